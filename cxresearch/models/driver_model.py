"""What is kept of an assessment of drivers?

Unit of observation: a driver in `tidy`, a case in `augment`.

It cannot say more than the fit it is made from.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from cxresearch.models.driver_design import PROTECTED, Design
from cxresearch.models.driver_tables import ASSESSED, Judged, order_drivers
from cxresearch.models.in_brief import in_brief
from cxresearch.transforms.scales import Table

_CASES = {"row": pl.Int64, "foretold": pl.Float64, "left": pl.Float64}


@dataclass(frozen=True)
class DriverModel:
    """Result of `assess_drivers`.

    Attributes
    ----------
    assessed
        What `tidy` returns.
    quality
        What `glance` returns.
    cases
        row, foretold, left: what `augment` adds.
    dropped
        column, reason: context that was left out.
    overrides
        Columns used although they stand for a protected characteristic.
    """

    assessed: pl.DataFrame
    quality: pl.DataFrame
    cases: pl.DataFrame
    dropped: pl.DataFrame
    overrides: list[str]

    def __repr__(self) -> str:
        return in_brief(self, "n", "n_people", "mean", "learner")

    def tidy(self) -> pl.DataFrame:
        """A row a driver, what matters most first.

        Returns
        -------
        pl.DataFrame
            driver, role, estimate (change of the outcome with one more of the driver; of a driver
            of two values from the lower to the higher, what a common mood hides of it undone),
            ci_low, ci_high (they hold the interval with nothing undone as well), estimate_plain
            (nothing undone), n (cases that know it), n_worse (of them not at its best), n_people,
            base (compared with whom), p_value (the largest: grades taken as exact or as rounded, a
            mood undone or not; 1 where these differ in sign), p_plain (grades exact, nothing
            undone), q_value (of p_value, over all drivers), is_clear (q below .05), tier (of what
            is clear and actionable; within one nothing can be told apart), tied (how many share
            it), rank (null below 1,000 cases and wherever a tier is shared), e_value and
            e_value_low (how strong an unseen factor would have to be to explain away the estimate,
            and the end of its interval nearer to no change, as risk ratios), halo_needed and
            halo_needed_low (the same for an impression that colours all ratings: by how much a
            standard deviation of it would have to change the outcome by itself; null where drivers
            are no ratings), importance (change of the outcome with a standard deviation),
            importance_low, importance_high, performance (0-1: share at the best, or mean as a share
            of the scale), its interval, quadrant (`mend`, `keep`, `watch`, `let_be`), is_reliable,
            why_not (null, or why it has no figures).
        """
        return self.assessed

    def glance(self) -> pl.DataFrame:
        """One row: n, n_people, mean (of the outcome), learner (what all else was taken away with),
        halo (by how much the common impression changes the outcome as far as it was undone; 0 where
        it was not), is_halo_undone, n_folds, why_not (why nothing was fitted).
        """
        return self.quality

    def augment(self, table: Table) -> pl.DataFrame:
        """The table with `foretold` (the outcome out of fold, from drivers and context) and `left`
        (the outcome less that); null where the outcome is not known.
        """
        numbered = table.lazy().collect().with_row_index("_row").cast({"_row": pl.Int64})
        return numbered.join(
            self.cases, left_on="_row", right_on="row", how="left", maintain_order="left"
        ).drop("_row")


def make_model(
    design: Design,
    judged: Judged | None,
    rows: pl.DataFrame | None,
    *,
    why_not: str,
    drivers: Sequence[str],
    roles: Mapping[str, str],
    overrides: list[str],
    n_folds: int,
) -> DriverModel:
    """The result, with every driver asked for, whether it could be judged or not."""
    assessed = pl.DataFrame(schema=ASSESSED) if rows is None else rows
    absent = [name for name in drivers if name not in assessed["driver"].to_list()]
    others = pl.DataFrame(
        {"driver": absent, "why_not": [_reason(name, design, why_not) for name in absent]},
        schema={"driver": pl.String, "why_not": pl.String},
    )
    role = pl.col("driver").replace_strict(roles, default="actionable", return_dtype=pl.String)
    every = pl.concat([assessed, others], how="diagonal").with_columns(role.alias("role"))
    cases = pl.DataFrame(schema=_CASES)
    if judged is not None:
        foretold = judged.fit.foretold
        left = design.outcome - foretold
        cases = pl.DataFrame({"row": design.rows, "foretold": foretold, "left": left})
    return DriverModel(
        assessed=order_drivers(every),
        quality=_quality(design, judged, n_folds=n_folds, why_not=why_not),
        cases=cases,
        dropped=pl.DataFrame(
            list(design.dropped.items()),
            schema={"column": pl.String, "reason": pl.String},
            orient="row",
        ),
        overrides=overrides,
    )


def _reason(name: str, design: Design, why_not: str) -> str:
    """Why a driver has no figures: as a rule what holds for all of them goes before."""
    own = design.why_not.get(name, why_not)
    return own if own == PROTECTED else why_not or own


def _quality(design: Design, judged: Judged | None, *, n_folds: int, why_not: str) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "n": [design.outcome.size],
            "n_people": np.unique(design.people).size,
            "mean": float(design.outcome.mean()) if design.outcome.size else None,
            "learner": judged.fit.learner if judged else None,
            "halo": judged.halo.strength if judged else 0.0,
            "is_halo_undone": judged.halo.is_corrected if judged else False,
            "n_folds": n_folds,
            "why_not": why_not or None,
        },
        schema_overrides={"mean": pl.Float64, "learner": pl.String, "why_not": pl.String},
    )
