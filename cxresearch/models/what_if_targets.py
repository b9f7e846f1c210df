"""How good is good enough? What every case would have to have of a driver.

Unit of observation: a case. A case is short of a target where its value is known and worse; it is
mended by being given the target itself, no more. A case without a value did not meet the driver and
cannot be mended.

It cannot tell whether the company is able to reach the target.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from cxresearch.errors import require_columns
from cxresearch.models.balance import Flags
from cxresearch.transforms.intervals import Array

GOOD_ENOUGH = 0.75
"""How far up its scale a grade is good enough: 4 of 1 to 5."""


@dataclass(frozen=True)
class Target:
    """At least, or at most, so much of a driver.

    Examples
    --------
    >>> Target(4).is_short(np.array([3.0, 4.0, np.nan])).tolist()
    [True, False, False]
    >>> Target(0, is_at_most=True).is_short(np.array([0.0, 1.0])).tolist()
    [False, True]
    """

    value: float
    is_at_most: bool = False

    def is_short(self, values: Array) -> Flags:
        """Which values are worse than the target."""
        return values > self.value if self.is_at_most else values < self.value


Targets = Mapping[str, float | Target]


def read_targets(targets: Targets) -> dict[str, Target]:
    """Targets by driver; a plain number means at least so much."""
    return {
        name: target if isinstance(target, Target) else Target(float(target))
        for name, target in targets.items()
    }


def targets_of(drivers: pl.DataFrame) -> dict[str, Target]:
    """What mending means for each driver that the company can change.

    Parameters
    ----------
    drivers
        As `DriverCases.drivers`: driver, role, worst, best, unit.

    Returns
    -------
    dict[str, Target]
        Of bad experiences none; of grades at least three quarters of the scale, a whole grade (4 of
        1 to 5, 8 of 0 to 10, 6 of 1 to 7). Drivers without a scale have none.

    Examples
    --------
    >>> found = targets_of(pl.DataFrame({
    ...     "driver": ["desk", "app", "region"], "role": ["actionable", "actionable", "context"],
    ...     "worst": [1.0, 1.0, None], "best": [0.0, 5.0, None],
    ...     "unit": ["bad", "grade", "number"]}))
    >>> found["desk"], found["app"], "region" in found
    (Target(value=0.0, is_at_most=True), Target(value=4.0, is_at_most=False), False)
    """
    require_columns(drivers, "driver", "role", "worst", "best", "unit")
    known = drivers.filter(
        pl.col("role") == "actionable", pl.col("worst").is_not_null(), pl.col("best").is_not_null()
    )
    found = {}
    for row in known.iter_rows(named=True):
        worst, best, is_at_most = row["worst"], row["best"], row["best"] < row["worst"]
        value = best
        if row["unit"] != "bad":
            value = worst + GOOD_ENOUGH * (best - worst)
            value = float(np.floor(value) if is_at_most else np.ceil(value))
        found[row["driver"]] = Target(value, is_at_most)
    return found


def mend(values: Array, position: Mapping[str, int], targets: Mapping[str, Target]) -> Array:
    """Cases by drivers with every case that is short of a target given the target."""
    mended = values.copy()
    for name, target in targets.items():
        column = mended[:, position[name]]
        column[target.is_short(column)] = target.value
    return mended
