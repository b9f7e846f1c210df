"""Which broken promises and pledges make one action, and which of them comes first?

The unit of the result is a touchpoint with all that is broken there, or a pledge about the whole.
What concerns the same touchpoint and measure is told once; the measure of highest priority leads,
the others stand beside: what mends one may mend the other, and a customer leaves only once.

It cannot say that two touchpoints of one tier differ: their order may be chance.
"""

import polars as pl

from cxresearch.actions.checks import expect_unchanged
from cxresearch.actions.plan_gains import rank_by_gain
from cxresearch.errors import require_columns
from cxresearch.transforms.cells import as_arrays
from cxresearch.transforms.gaps import tiers_of

_EVIDENCE = (
    *("measure", "statistic", "threshold", "is_at_most", "unit", "target"),
    *("estimate", "ci_low", "ci_high", "n", "gap"),
)
_NEEDED = ("touchpoint", *_EVIDENCE, "gap_low", "gap_high", "q_value", "verdict", "is_reliable",
           "is_suppressed")  # fmt: skip
_PRIORITY = ("priority", "priority_low", "priority_high")
_RANKED = ("basis", "importance", "importance_low", *_PRIORITY)
_TEXTS = ("touchpoint", "measure", "statistic", "unit", "verdict", "basis", "pledge", "topic")
_FLAGS = ("is_at_most", "is_reliable", "is_suppressed")
_FIGURES = [name for name in (*_NEEDED, *_RANKED) if name not in (*_TEXTS, *_FLAGS, "n")]
_EMPTY = {
    **dict.fromkeys(_TEXTS, pl.String),
    **dict.fromkeys(_FLAGS, pl.Boolean),
    **dict.fromkeys(_FIGURES, pl.Float64),
    "n": pl.Int64,
}


def rank_broken(
    gaps: pl.DataFrame | None, pledges: pl.DataFrame | None, gains: pl.DataFrame | None = None
) -> pl.DataFrame:
    """What is broken, a row a touchpoint, the first to mend first.

    Parameters
    ----------
    gaps, pledges
        As `gaps.rank_gaps` returns them, of promises and of pledges; None where there are none.
    gains
        As `plan_gains.rank_by_gain` takes them.

    Returns
    -------
    pl.DataFrame
        The columns of `gaps` of the measure that leads, expected (see `checks.expect_unchanged`),
        about (that measure; of a pledge about the whole its id), pledge, pledges and topics (of
        all that is broken there), also (a list of what else is broken there, with its figures),
        rank, tier, tied (how many share the tier).

    Raises
    ------
    DataError
        A column is missing.
    """
    broken = _gather(gaps, pledges).filter(
        pl.col("verdict") == "broken", pl.col("gap").is_not_null(), ~pl.col("is_suppressed")
    )
    return _order(rank_by_gain(_join_places(_merge(broken)), gains))


def _gather(gaps: pl.DataFrame | None, pledges: pl.DataFrame | None) -> pl.DataFrame:
    """Promises and pledges below each other, each with what to expect of it."""
    parts = []
    for topic, table in (("gap", gaps), ("pledge", pledges)):
        if table is None:
            continue
        require_columns(table, *_NEEDED)
        known = [name for name in (*_RANKED, "pledge") if name in table.columns]
        parts.append(table.select(*_NEEDED, *known).with_columns(pl.lit(topic).alias("topic")))
    table = pl.concat([pl.DataFrame(schema=_EMPTY), *parts], how="diagonal_relaxed")
    # Priorities on another basis are other quantities: one order has one basis, that of the gaps.
    same = pl.col("basis") == pl.col("basis").drop_nulls().first()
    comparable = table.with_columns(pl.when(same).then(pl.col(_PRIORITY)))
    return expect_unchanged(comparable)


def _merge(broken: pl.DataFrame) -> pl.DataFrame:
    """One row for what concerns the same touchpoint and measure: the one of highest priority."""
    about = pl.when(pl.col("touchpoint").is_null()).then("pledge").otherwise("measure")
    shown = broken.sort(
        *(pl.col("priority").fill_null(-1.0), pl.col("topic") == "gap", pl.col("pledge")),
        descending=[True, True, False],
    )
    rest = [name for name in shown.columns if name not in ("touchpoint", "pledge")]
    return shown.group_by(
        "touchpoint", about.alias("about"), maintain_order=True
    ).agg(
        *(pl.col(name).first() for name in rest),
        pl.col("pledge").drop_nulls().first(),
        pl.col("pledge").drop_nulls().alias("pledges"),
        pl.col("topic").alias("topics"),
    )  # fmt: skip


def _join_places(merged: pl.DataFrame) -> pl.DataFrame:
    """One row a touchpoint: the measure of highest priority leads, `also` holds the others."""
    ordered = merged.sort("priority", descending=True, nulls_last=True, maintain_order=True)
    alone = pl.when(pl.col("touchpoint").is_null()).then("about")
    whole = ("pledges", "topics")
    first = [name for name in merged.columns if name not in ("touchpoint", *whole)]
    return ordered.group_by(
        "touchpoint", alone.alias("alone"), maintain_order=True
    ).agg(
        *(pl.col(name).first() for name in first),
        *(pl.col(name).list.explode(keep_nulls=False, empty_as_null=False) for name in whole),
        pl.struct(_EVIDENCE).slice(1).alias("also"),
    )  # fmt: skip


def _order(merged: pl.DataFrame) -> pl.DataFrame:
    """Order and tiers; what has no priority comes last, the largest doubt removed first."""
    ordered = merged.sort(
        *(pl.col("priority"), pl.col("q_value"), pl.col("touchpoint"), pl.col("about")),
        descending=[True, False, False, False],
        nulls_last=True,
    )
    bottomless, topless = pl.lit(float("-inf")), pl.lit(float("inf"))
    # What has no priority stands below everything that has one.
    high = pl.when(pl.col("priority").is_null()).then(bottomless)
    ends = ordered.select(
        low=pl.col("priority_low").fill_null(bottomless),
        high=high.otherwise(pl.col("priority_high").fill_null(topless)),
    )
    tiers = pl.Series("tier", tiers_of(*as_arrays(ends, "low", "high")), dtype=pl.Int64)
    return ordered.with_columns(tiers).with_columns(
        pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("rank"),
        pl.len().over("tier").cast(pl.Int64).alias("tied"),
    )
