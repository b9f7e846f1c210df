"""What does an estimate say of itself? From the numbers of a cell to figure, interval and flags.

Unit of observation: a cell of answers, as `cells.summarise_cells` gives it.

It cannot say more than the cell's few numbers: which answers belong together is decided before.
"""

import polars as pl

from cxresearch.language import mark
from cxresearch.transforms.cells import RELIABLE_FROM, moments_of
from cxresearch.transforms.intervals import interval_of, normal_quantile
from cxresearch.transforms.scales import Metric

ESTIMATE_COLUMNS = (
    *("estimate", "ci_low", "ci_high", "n", "n_respondents", "n_blank", "n_effective", "metric"),
    *("base", "scale_min", "scale_max", "high_is", "is_reliable", "is_suppressed"),
)
"""Columns of every estimate, after the `by` columns: first what a printed table must show."""

WEIGHTED_COLUMNS = ("estimate_unweighted", "design_effect")
"""Columns that follow where a weight is given."""

CROWDED_SHARE = 0.5
CROWDED_N = 100
"""More than this share of fewer than this many answers on one grade leave no mean to trust."""

_CROWDED = mark("too many answers on one grade for a mean: read the share")


def estimate_cells(cells: pl.DataFrame, *, metric: Metric, confidence: float) -> pl.DataFrame:
    """Estimate and interval from the numbers of `summarise_cells`."""
    moments = moments_of(cells)
    low, high = interval_of(metric.interval, moments, z=normal_quantile(confidence))
    hidden = is_crowded() if metric.interval == "t" else pl.lit(value=False)
    figures = {"estimate": moments.mean, "ci_low": low, "ci_high": high}
    people = pl.coalesce("n_respondents", "n")
    return cells.with_columns(
        pl.Series(name, values * metric.unit).fill_nan(None) for name, values in figures.items()
    ).with_columns(
        *(pl.when(~hidden).then(pl.col(name)).alias(name) for name in figures),
        pl.when(hidden).then(pl.lit(_CROWDED)).otherwise(pl.lit(metric.base)).alias("base"),
        pl.lit(metric.name).alias("metric"),
        (pl.col("mean_unweighted") * metric.unit).alias("estimate_unweighted"),
        # Weights may leave few answers their say however many people gave them.
        (pl.min_horizontal(people, pl.col("n_effective") + 1e-9) >= RELIABLE_FROM).alias(
            "is_reliable"
        ),
        pl.lit(value=False).alias("is_suppressed"),
    )


def is_crowded(suffix: str = "") -> pl.Expr:
    """Whether too many answers lie on one grade for a t interval of the mean."""
    crowded = pl.col(f"modal_share{suffix}").fill_null(0) > CROWDED_SHARE
    return crowded & (pl.col(f"n_effective{suffix}") < CROWDED_N)
