"""How are the bounds of silent churn told: a row an assumption, and one row for all of it?

Unit of observation: an assumption; or the window. Shares have all who left as their base; a value
is that of the customers who leave in a year, as yearly value, at the mean of those who left in
silence and whose value is known.

It cannot tell what a customer would have been worth later.
"""

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np
import polars as pl

from cxresearch.intake.tables import StudyTables
from cxresearch.models.silent_bounds import Bounds
from cxresearch.models.silent_reasons import Reasons
from cxresearch.models.silent_words import Silence
from cxresearch.period import Period
from cxresearch.transforms.intervals import normal_quantile, wilson

BOUNDS = {
    "assumption": pl.String,
    **dict.fromkeys(("low", "high", "ci_low", "ci_high"), pl.Float64),
    **dict.fromkeys(("n", "base"), pl.Int64),
    **dict.fromkeys(("share_low", "share_high"), pl.Float64),
    "is_headline": pl.Boolean,
}
_COUNTS = ("n_left", "n_silent", "n_stayed", "k_months", "n_told", "n_not_mapped")
_FIGURES = (
    *("share", "ci_low", "ci_high", "share_stayed", "stayed_low", "stayed_high", "low", "high"),
    *("share_low", "share_high", "value_low", "value_high", "years"),
)
_OF_LEAVERS = ("n_silent", "share", "ci_low", "ci_high", "n_told", "n_not_mapped")
_OF_STAYED = ("share_stayed", "stayed_low", "stayed_high")
GLANCE = {
    **dict.fromkeys(_COUNTS, pl.Int64),
    **dict.fromkeys(_FIGURES, pl.Float64),
    "currency": pl.String,
    "is_contradicting": pl.Boolean,
    "is_fitted": pl.Boolean,
    "why_not": pl.String,
}


def list_bounds(rows: Sequence[Bounds], *, n_left: int, hide_below: int) -> pl.DataFrame:
    """A row an assumption, the last one the headline; none of fewer leavers than may be shown."""
    table = pl.DataFrame([asdict(row) for row in rows])
    if table.is_empty() or n_left < hide_below:
        return pl.DataFrame(schema=BOUNDS)
    return table.with_columns(
        share_low=pl.col("ci_low") / n_left,
        share_high=pl.col("ci_high") / n_left,
        is_headline=pl.int_range(pl.len()) == pl.len() - 1,
    ).select(pl.col(name).cast(dtype) for name, dtype in BOUNDS.items())


def at_a_glance(
    tables: StudyTables,
    bounds: pl.DataFrame,
    silence: Silence,
    reasons: Reasons,
    *,
    window: Period,
    k_months: int,
    confidence: float,
    is_contradicting: bool,
    why_not: str | None,
) -> pl.DataFrame:
    """One row: `GLANCE`."""
    z = normal_quantile(confidence)
    n_left, n_silent = silence.leavers.height, int(silence.leavers["is_silent"].sum())
    shares = {
        "share": (n_silent / n_left if n_left else float("nan"), n_left),
        "stayed": (silence.share_stayed, silence.n_stayed),
    }
    told = {}
    for name, (share, n) in shares.items():
        ends = wilson(share=np.array([share]), n=np.array([float(max(n, 1))]), z=z)
        told[name] = [share, *(float(end[0]) for end in ends)]
    years = window.days / 365.25
    row = {
        **dict(zip(("share", "ci_low", "ci_high"), told["share"], strict=True)),
        **dict(zip(("share_stayed", "stayed_low", "stayed_high"), told["stayed"], strict=True)),
        **_headline(bounds, value=_mean_value(tables, silence), years=years),
        **dict(zip(_COUNTS, (n_left, n_silent, silence.n_stayed, k_months), strict=False)),
        "n_told": reasons.n_told,
        "n_not_mapped": reasons.n_not_mapped,
        "years": years,
        "currency": tables.study.currency,
        "is_contradicting": is_contradicting,
        "is_fitted": why_not is None,
        "why_not": why_not,
    }
    table = pl.DataFrame([row], schema=GLANCE).with_columns(pl.col(pl.Float64).fill_nan(None))
    enough = [
        pl.when(pl.col(n) >= tables.study.privacy.hide_below).then(pl.col(names)).name.keep()
        for n, names in (("n_left", _OF_LEAVERS), ("n_stayed", _OF_STAYED))
    ]
    return table.with_columns(enough)


def _headline(
    bounds: pl.DataFrame, *, value: float | None, years: float
) -> dict[str, float | None]:
    """The narrowest bounds, with their share and value."""
    names = ("low", "high", "share_low", "share_high", "value_low", "value_high")
    if bounds.is_empty():
        return dict.fromkeys(names)
    last = bounds.row(-1, named=True)
    ends = [last["ci_low"], last["ci_high"]]
    values = [None if value is None else end * value / years for end in ends]
    found = [*ends, last["share_low"], last["share_high"], *values]
    return dict(zip(names, found, strict=True))


def _mean_value(tables: StudyTables, silence: Silence) -> float | None:
    """The mean yearly value of those who left in silence."""
    if tables.customers is None or "annual_value" not in tables.customers.collect_schema():
        return None
    silent = silence.leavers.filter("is_silent").select("customer_id").lazy()
    known = tables.customers.select("customer_id", "annual_value").join(
        silent, on="customer_id", how="semi"
    )
    mean = known.select(pl.col("annual_value").mean()).collect().item()
    return None if mean is None else float(mean)
