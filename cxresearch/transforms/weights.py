"""How are answers weighted so that they stand for all customers, and what does it cost?

Unit of observation: an answer. Raking multiplies weights until the weighted shares of every margin
equal the known ones. The price is the design effect beside every weighted estimate; for the gain
see `calibration`.

It cannot mend a difference that no margin knows of.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cxresearch.errors import DataError, ParameterError, require_columns
from cxresearch.transforms.intervals import Array
from cxresearch.transforms.scales import Table

Codes = NDArray[np.int64]

_ROUNDS = 200  # through all margins before giving up


@dataclass(frozen=True)
class _Margin:
    """One margin in numbers: the category of every row and the share each should have."""

    column: str
    categories: list[str]
    codes: Codes
    wanted: Array

    def shares(self, weights: Array) -> Array:
        totals = np.bincount(self.codes, weights=weights, minlength=len(self.categories))
        return np.asarray(totals / weights.sum(), dtype=float)

    def distance(self, weights: Array) -> float:
        return float(np.abs(self.shares(weights) - self.wanted).max())


def rake(
    table: Table,
    *,
    margins: Mapping[str, Mapping[str, float]],
    weight: str | None = None,
    into: str = "weight",
    trim: float | None = 5.0,
    tolerance: float = 1e-4,
) -> pl.DataFrame:
    """Weight answers so that their shares equal known shares, margin by margin.

    Parameters
    ----------
    table
        A row is an answer (or a person: weights are then equal for all answers of one).
    margins
        Column -> category -> share or count among all customers; each margin is scaled to 1.
    weight
        Column of starting weights; None starts from 1.
    into
        Column the weights are written to; their mean is 1.
    trim
        Largest weight in medians; None trims nothing.
    tolerance
        Largest difference of a share accepted (0.0001 = a hundredth of a percentage point).

    Returns
    -------
    pl.DataFrame
        `table` with the column `into`.

    Raises
    ------
    DataError
        A margin's column is missing, has blanks, a category without a known share, or no answer
        for a known one; or no weights meet all margins: the margin furthest off is named.

    Notes
    -----
    Iterative proportional fitting (Deming & Stephan 1940), trimmed within each round.

    Examples
    --------
    >>> people = pl.DataFrame({"sex": ["f", "f", "f", "m"]})
    >>> rake(people, margins={"sex": {"f": 0.5, "m": 0.5}})["weight"].round(3).to_list()
    [0.667, 0.667, 0.667, 2.0]
    """
    frame = table.lazy().collect()
    require_columns(frame, *margins, *([weight] if weight else []))
    fitted = [_margin(frame, column, known) for column, known in margins.items()]
    weights = np.ones(frame.height) if weight is None else _starting(frame, weight)
    for _ in range(_ROUNDS):
        for margin in fitted:
            have = margin.shares(weights)
            weights = weights * (margin.wanted / np.where(have > 0, have, np.nan))[margin.codes]
        weights = weights / weights.mean()
        if trim is not None:
            weights = np.minimum(weights, trim * np.median(weights))
        if max(margin.distance(weights) for margin in fitted) <= tolerance:
            return frame.with_columns(pl.Series(into, weights / weights.mean()))
    raise _not_met(fitted, weights, trim=trim)


def _starting(frame: pl.DataFrame, weight: str) -> Array:
    given = frame[weight].cast(pl.Float64)
    if given.null_count() or not bool((given > 0).all()):
        least = cast("float | None", given.min())
        raise DataError(
            f"column '{weight}' has {given.null_count()} blanks and a least value of {least}",
            allowed="starting weights above 0",
            next_step="fill them, or leave weight=None to start from 1",
        )
    return cast("Array", given.to_numpy())


def _margin(frame: pl.DataFrame, column: str, known: Mapping[str, float]) -> _Margin:
    given = frame[column].cast(pl.String)
    categories = [str(category) for category in known]
    met = set(given.drop_nulls())
    strangers, missing = sorted(met - set(categories)), sorted(set(categories) - met)
    wanted = np.array([float(share) for share in known.values()])
    if given.null_count() or strangers:
        what = f"'{strangers[0]}'" if strangers else f"{given.null_count()} blanks"
        raise DataError(
            f"margin '{column}' meets {what} in the answers, whose share is not known",
            allowed=f"the categories {', '.join(categories)}",
            next_step="give its share, or join it to a category that has one",
        )
    if missing:
        raise DataError(
            f"margin '{column}': nobody among the answers is '{missing[0]}'",
            allowed="categories with at least one answer",
            next_step="join it to another category in the answers and in the margin",
        )
    if not (np.isfinite(wanted).all() and (wanted > 0).all()):
        raise ParameterError(f"margin '{column}' has the share {wanted.min()}", allowed="above 0")
    codes = given.cast(pl.Enum(categories)).to_physical().cast(pl.Int64).to_numpy()
    return _Margin(column, categories, codes, wanted / wanted.sum())


def _not_met(margins: Sequence[_Margin], weights: Array, *, trim: float | None) -> DataError:
    worst = max(margins, key=lambda margin: margin.distance(weights))
    have = worst.shares(weights)
    at = int(np.abs(have - worst.wanted).argmax())
    return DataError(
        f"no weights meet all margins: '{worst.column}' = '{worst.categories[at]}' ends at "
        f"{have[at]:.3f} instead of {worst.wanted[at]:.3f}",
        allowed="margins that can hold together"
        + ("" if trim is None else f" with no weight above {trim} medians"),
        next_step="join small categories, drop this margin, or raise trim",
    )
