"""Which whole paths do customers take most often?

Unit of observation: a journey; a variant is the exact sequence of its touchpoints, repeats
included. Base: all journeys. Journeys of one customer are one cluster.

It cannot say that two variants are much the same: one event more is another variant.
"""

from collections.abc import Collection
from functools import partial as fixing

import polars as pl

from cxresearch.engine import Counts, run_in_parts
from cxresearch.errors import ParameterError
from cxresearch.transforms.journey.durations import bin_of, quantiles_of
from cxresearch.transforms.journey.log import require_log
from cxresearch.transforms.journey.shares import require_threshold, with_share
from cxresearch.transforms.journey.walk import GAP_DAYS, codes_of, journeys_of, walk
from cxresearch.transforms.scales import Table
from cxresearch.transforms.suppress import THRESHOLD

VARIANT_COLUMNS = (
    *("variant", "n", "n_customers", "base", "share", "ci_low", "ci_high", "coverage"),
    "median_days",
)


def count_variants(
    log: Table,
    *,
    top: int = 10,
    gap_days: float | None = GAP_DAYS,
    hide_below: int = THRESHOLD,
    hidden: Collection[str] = (),
    n_parts: int = 1,
    confidence: float = 0.95,
) -> pl.DataFrame:
    """The most frequent paths and how much of all journeys they cover.

    Parameters
    ----------
    log
        As `prepare_log` makes it.
    top
        How many paths to show at most.
    gap_days
        As in `split_journeys`.
    hide_below
        Least number of customers of a path that is shown.
    hidden
        Touchpoints that `count_touchpoints` hides: paths through them are among the others.
    n_parts
        Parts of whole customers to count one after the other, for a log larger than memory.
    confidence
        Of the interval.

    Returns
    -------
    pl.DataFrame
        variant (touchpoints in order; null: all other paths together), n, n_customers (null for
        the other paths: one may have taken several), base (journeys), share, ci_low, ci_high
        (Wilson, customers as clusters that are alike: never too narrow), coverage (share of this
        row and those above), median_days (from the first event to the last, within 1 %; null for
        the other paths). The most frequent first, the other paths last.

    Raises
    ------
    DataError
        The log is not prepared.
    ParameterError
        `top` is below 1.

    Examples
    --------
    >>> from datetime import date
    >>> from cxresearch.transforms.journey import prepare_log
    >>> days = [date(2025, 1, 1), date(2025, 1, 3), date(2025, 1, 1)]
    >>> where = ["shop", "help", "shop"]
    >>> log = prepare_log(
    ...     pl.DataFrame({"customer_id": ["a", "a", "b"], "at": days, "touchpoint": where})
    ... )
    >>> count_variants(log, hide_below=1)["variant", "n", "coverage"].rows()
    [(['shop'], 1, 0.5), (['shop', 'help'], 1, 1.0)]
    """
    if top < 1:
        raise ParameterError(f"top={top}", allowed="1 path or more")
    counts = run_in_parts(log, fixing(partial, gap_days=gap_days), n_parts=n_parts)
    return merge(
        counts,
        kind=require_log(log),
        top=top,
        hide_below=hide_below,
        hidden=hidden,
        confidence=confidence,
    )


def partial(part: pl.LazyFrame, *, gap_days: float | None) -> Counts:
    """Journeys, customers and bins of time of a part by path (a list of codes), and in all."""
    journeys = journeys_of(walk(part, gap_days=gap_days).lazy()).collect()
    n, count = pl.col("n"), pl.len().cast(pl.Int64)
    paths = journeys.with_columns(bin_of(journeys["time"])).lazy().group_by("codes")
    every = journeys.lazy().group_by("who").agg(n=count)
    tables = pl.collect_all(
        [
            paths.agg(
                n=count, n_customers=pl.col("who").n_unique().cast(pl.Int64), bins=pl.col("bin")
            ),
            every.select(base=n.sum(), people=count, base_squares=(n * n).sum()),
        ]
    )
    return dict(zip(("paths", "all"), tables, strict=True))


def merge(
    counts: Counts,
    *,
    kind: pl.Enum,
    top: int = 10,
    hide_below: int = THRESHOLD,
    hidden: Collection[str] = (),
    confidence: float = 0.95,
) -> pl.DataFrame:
    """The table of all parts; see `count_variants`."""
    whole = counts["all"].sum()
    sums = counts["paths"].lazy().group_by("codes").agg(pl.col("n", "n_customers").sum()).collect()
    codes = pl.Series(codes_of(hidden, kind), dtype=pl.UInt32)
    chosen = _choose(sums, top=top, hide_below=hide_below, hidden=codes).with_row_index("rank")
    shown = chosen.join(whole, how="cross")
    others = whole.with_columns(n=pl.col("base") - shown["n"].sum()).filter(pl.col("n") > 0)
    table = pl.concat([shown, others], how="diagonal").filter(pl.col("people") >= hide_below)
    times = counts["paths"].join(chosen.select("rank", "codes"), on="codes")
    bins = times.select("rank", bin="bins", n=pl.lit(1, pl.Int64)).explode("bin")
    medians = quantiles_of(bins, by="rank", quantiles={"median_days": 0.5})
    names = pl.element().cat.to(kind).cast(pl.String)
    return (
        with_share(table, confidence=confidence)
        .join(medians, on="rank", how="left", maintain_order="left")
        .with_columns(
            variant=pl.col("codes").list.eval(names),
            coverage=pl.col("n").cum_sum() / pl.col("base"),
        )
        .select(VARIANT_COLUMNS)
    )


def _choose(paths: pl.DataFrame, *, top: int, hide_below: int, hidden: pl.Series) -> pl.DataFrame:
    """The paths to show: the most frequent of enough customers.

    Where the others are few, or one path, the rarest of the rest stay with them, as `join_small`
    does it for tables of few rows.
    """
    require_threshold(hide_below)
    people, is_hidden = pl.col("n_customers"), pl.lit(value=False)
    if len(hidden):
        is_hidden = pl.col("codes").list.eval(pl.element().is_in(hidden.implode())).list.any()
    small = paths.filter((people < hide_below) | is_hidden)
    n_small = small["n_customers"].sum()
    enough = people.cum_sum() - people + n_small >= hide_below
    is_third = pl.int_range(pl.len()) + small.height >= 2
    return (
        paths.filter((people >= hide_below) & ~is_hidden)
        .sort("n_customers", "n", "codes")
        .filter(pl.lit(small.is_empty()) | (enough & is_third))
        .sort("n", "n_customers", "codes", descending=[True, True, False])
        .head(top)
    )
