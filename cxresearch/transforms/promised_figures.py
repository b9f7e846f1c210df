"""What is delivered of each promise, in the statistic that was promised?

Unit of observation: a case (an answer or a contact) of which the value is known; a row of the
result is a promise. Cases of one person are one cluster. Medians and 90th percentiles also tell
the share of cases that were as promised.

It cannot tell of cases whose value nobody recorded: `transforms.promise` counts them beside.
"""

from collections.abc import Callable

import numpy as np
import polars as pl

from cxresearch.language import mark
from cxresearch.transforms.cells import Reading, as_arrays, moments_of, summarise_cells
from cxresearch.transforms.differences import p_value_of
from cxresearch.transforms.estimates import estimate_cells
from cxresearch.transforms.intervals import Array, interval_of
from cxresearch.transforms.quantiles import estimate_quantiles
from cxresearch.transforms.scales import METRICS, Metric

DELIVERED = {
    "promise": pl.String,
    **dict.fromkeys(("estimate", "ci_low", "ci_high"), pl.Float64),
    **dict.fromkeys(("n", "n_respondents"), pl.Int64),
    **dict.fromkeys(("n_effective", "estimate_unweighted", "p_value"), pl.Float64),
    **dict.fromkeys(("within", "within_low", "within_high"), pl.Float64),
}
"""Columns of what is delivered: `within` is null but for medians and 90th percentiles."""

_WITHIN = {"estimate": "within", "ci_low": "within_low", "ci_high": "within_high"}
_MEAN = Metric("mean", "mean", "score", "t", (0, 0), mark("all answers"))
_MOMENTS = {"share": METRICS["share"], "nps": METRICS["nps"], "mean": _MEAN}
_QUANTILES = {"median": 0.5, "p90": 0.9}


def deliver(values: pl.DataFrame, statistic: str) -> pl.DataFrame:
    """One statistic of every promise that is about it.

    Parameters
    ----------
    values
        promise, person, value (known), weight, target, is_at_most.
    statistic
        `share`, `nps`, `mean`, `median` or `p90`.

    Returns
    -------
    pl.DataFrame
        `DELIVERED`: estimate, ci_low, ci_high (95 %), n, n_respondents, n_effective,
        estimate_unweighted, p_value (two-sided, of the target); within, within_low, within_high
        (share of cases as promised) for a median or 90th percentile.
    """
    if statistic in _QUANTILES:
        return _deliver_quantile(values, _QUANTILES[statistic])
    metric = _MOMENTS[statistic]
    if statistic == "mean":
        value = pl.col("value")
        values = values.with_columns(
            value.min().over("promise").alias("scale_min"),
            value.max().over("promise").alias("scale_max"),
            pl.lit("good").alias("high_is"),
        )
    cells = summarise_cells(values, Reading(metric, ["promise"], "value", "person", "weight"))
    estimates = estimate_cells(cells, metric=metric, confidence=0.95)
    targets = values.group_by("promise").agg(pl.col("target").first())
    tested = cells.join(targets, on="promise", maintain_order="left")
    p_value = p_value_of(
        _limits(cells, metric), tested=as_arrays(tested, "target")[0] / metric.unit
    )
    return estimates.with_columns(
        pl.when(pl.col("estimate").is_not_null())
        .then(pl.Series("p_value", p_value).fill_nan(None))
        .alias("p_value"),
        pl.coalesce("n_respondents", "n").alias("n_respondents"),
    ).select(name for name in DELIVERED if name not in _WITHIN.values())


def _deliver_quantile(values: pl.DataFrame, share: float) -> pl.DataFrame:
    """A quantile of every promise that is about it, and how many cases are as promised."""
    quantiles = estimate_quantiles(
        values,
        share=share,
        by=["promise"],
        weight="weight",
        tested="target",
        is_at_most="is_at_most",
    ).drop("is_reliable")
    value, target = pl.col("value"), pl.col("target")
    is_within = pl.when("is_at_most").then(value <= target).otherwise(value >= target)
    within = deliver(values.with_columns(is_within.cast(pl.Float64).alias("value")), "share")
    return quantiles.join(
        within.select("promise", *_WITHIN).rename(_WITHIN), on="promise", maintain_order="left"
    )


def _limits(cells: pl.DataFrame, metric: Metric) -> Callable[[Array], tuple[Array, Array]]:
    moments = moments_of(cells)

    def limits(z: Array) -> tuple[Array, Array]:
        low, high = interval_of(metric.interval, moments, z=z)
        return np.asarray(low), np.asarray(high)

    return limits
