"""Where are customers at the first, the second, the third step of a journey?

Unit of observation: a journey at a step. Base: all journeys, so that the shares of a step, those
that are over included, sum to one. Journeys of one customer are one cluster.

It cannot compare steps in time: the third step may be minutes or weeks after the first.
"""

from collections.abc import Collection
from functools import partial as fixing

import polars as pl

from cxresearch.engine import Counts, run_in_parts, sum_counts
from cxresearch.errors import ParameterError
from cxresearch.transforms.journey.log import require_log
from cxresearch.transforms.journey.shares import PLACE, join_small, with_share
from cxresearch.transforms.journey.walk import (
    GAP_DAYS,
    as_touchpoint,
    count_cells,
    journeys_of,
    position,
    walk,
)
from cxresearch.transforms.scales import Table
from cxresearch.transforms.suppress import THRESHOLD

STEP_COLUMNS = (
    *("step", "touchpoint", "place", "n", "n_customers", "base", "share", "ci_low", "ci_high"),
)
MANY_STEPS = 1000


def count_steps(
    log: Table,
    *,
    steps: int = 8,
    gap_days: float | None = GAP_DAYS,
    hide_below: int = THRESHOLD,
    hidden: Collection[str] = (),
    n_parts: int = 1,
    confidence: float = 0.95,
) -> pl.DataFrame:
    """The step matrix: where the journeys are, step by step.

    Parameters
    ----------
    log
        As `prepare_log` makes it.
    steps
        How many steps, 1 to 1000.
    gap_days
        As in `split_journeys`.
    hide_below
        Least number of customers a row stands for. Smaller ones are joined.
    hidden
        Touchpoints that `count_touchpoints` hides: joined as well.
    n_parts
        Parts of whole customers to count one after the other, for a log larger than memory.
    confidence
        Of the interval.

    Returns
    -------
    pl.DataFrame
        step (1 to `steps`), touchpoint (null where place is not `touchpoint`), place (`touchpoint`;
        `end`: the journey is already over; `other`: places of few customers), n, n_customers (null
        for `other`), base (journeys), share, ci_low, ci_high (Wilson, customers as clusters that
        are alike: never too narrow). Touchpoints in the log's order, the end last.

    Raises
    ------
    DataError
        The log is not prepared.
    ParameterError
        `steps` is out of range.

    Examples
    --------
    >>> from datetime import date
    >>> from cxresearch.transforms.journey import prepare_log
    >>> days = [date(2025, 1, 1), date(2025, 1, 3), date(2025, 1, 1)]
    >>> where = ["shop", "help", "shop"]
    >>> log = prepare_log(
    ...     pl.DataFrame({"customer_id": ["a", "a", "b"], "at": days, "touchpoint": where})
    ... )
    >>> count_steps(log, steps=2, hide_below=1)["step", "touchpoint", "share"].rows()
    [(1, 'shop', 1.0), (2, 'help', 0.5), (2, None, 0.5)]
    """
    if not 1 <= steps <= MANY_STEPS:
        raise ParameterError(f"steps={steps}", allowed=f"1 to {MANY_STEPS}")
    counts = run_in_parts(log, fixing(partial, steps=steps, gap_days=gap_days), n_parts=n_parts)
    return merge(counts, steps=steps, hide_below=hide_below, hidden=hidden, confidence=confidence)


def partial(part: pl.LazyFrame, *, steps: int, gap_days: float | None) -> Counts:
    """Journeys and customers of a part by step and place, by length, and in all."""
    kind = require_log(part)
    n_codes = max(kind.categories.len(), 1)
    placed = walk(part, gap_days=gap_days).with_columns(step=position())
    met = placed.filter(pl.col("step") < steps).select(
        "who", cell=pl.col("step") * n_codes + pl.col("code")
    )
    people = (
        journeys_of(placed.lazy())
        .group_by(pl.col("who").set_sorted(), maintain_order=True)
        .agg(n=pl.len().cast(pl.Int64), lengths=pl.col("length").clip(upper_bound=steps))
        .collect()
    )
    named = count_cells(met, n_cells=steps * n_codes).select(
        step=(pl.col("cell") // n_codes).cast(pl.Int64) + 1,
        touchpoint=as_touchpoint(pl.col("cell") % n_codes, kind),
        n="n",
        n_customers="n_customers",
    )
    return {"cells": named.collect(), **_count_lengths(people)}


def merge(
    counts: Counts,
    *,
    steps: int,
    hide_below: int = THRESHOLD,
    hidden: Collection[str] = (),
    confidence: float = 0.95,
) -> pl.DataFrame:
    """The table of all parts; see `count_steps`."""
    cells = sum_counts(counts["cells"], by=["step", "touchpoint"])
    ends = _count_ends(counts, steps=steps)
    places = [
        table.with_columns(place=pl.lit(place, PLACE))
        for place, table in {"touchpoint": cells, "end": ends}.items()
    ]
    known = pl.concat(places, how="diagonal").join(sum_counts(counts["all"], by=[]), how="cross")
    is_hidden = pl.col("touchpoint").cast(pl.String).is_in(hidden).fill_null(value=False)
    marked = join_small(known, within=["step"], hide_below=hide_below, hidden=is_hidden)
    rest = (
        marked.filter("_joins")
        .group_by("step")
        .agg(pl.col("n").sum(), pl.col("base", "people", "base_squares").first())
        .with_columns(place=pl.lit("other", PLACE))
    )
    table = pl.concat([marked.filter(~pl.col("_joins")), rest], how="diagonal")
    shares = with_share(table, confidence=confidence)
    return shares.sort("step", "place", "touchpoint").select(STEP_COLUMNS)


def _count_lengths(people: pl.DataFrame) -> Counts:
    """Journeys by length, customers by their shortest, and how many there are of both."""
    n = pl.col("n")
    lengths = people.lazy().select(length=pl.col("lengths").explode()).group_by("length")
    shortest = people.lazy().group_by(length=pl.col("lengths").list.min())
    count = pl.len().cast(pl.Int64)
    every = people.lazy().select(base=n.sum(), people=count, base_squares=(n * n).sum())
    tables = pl.collect_all([lengths.agg(n=count), shortest.agg(n_customers=count), every])
    return dict(zip(("lengths", "shortest", "all"), tables, strict=True))


def _count_ends(counts: Counts, *, steps: int) -> pl.DataFrame:
    """Journeys that are over before a step, and customers with such a journey."""
    every = pl.DataFrame({"length": pl.int_range(1, steps + 1, eager=True)})
    over = every
    for name in ("lengths", "shortest"):
        over = over.join(sum_counts(counts[name], by=["length"]), on="length", how="left")
    return (
        over.sort("length")
        .select(
            pl.col("length").alias("step"),
            pl.col("n", "n_customers").fill_null(0).cum_sum().shift(1, fill_value=0),
        )
        .filter(pl.col("n") > 0)
    )
