"""Where do customers go from a touchpoint, and how long does it take them?

Unit of observation: a departure, that is an event and what follows it in the same journey: another
event, or nothing more. Base of the shares: of all who leave this touchpoint, the end of the journey
included. Departures of one customer are one cluster.

It cannot say that one touchpoint led to the other: one follows the other, no more.
"""

from collections.abc import Collection
from functools import partial as fixing

import numpy as np
import polars as pl

from cxresearch.engine import Counts, run_in_parts, sum_counts
from cxresearch.transforms.journey.durations import N_BINS, bin_of, quantiles_of
from cxresearch.transforms.journey.log import require_log
from cxresearch.transforms.journey.shares import PLACE, join_small, with_share
from cxresearch.transforms.journey.walk import (
    GAP_DAYS,
    as_touchpoint,
    codes_of,
    count_by_customer,
    count_keys,
    is_new,
    key_type,
    walk,
)
from cxresearch.transforms.scales import Table
from cxresearch.transforms.suppress import THRESHOLD

TRANSITION_COLUMNS = (
    *("from_touchpoint", "to_touchpoint", "place", "n", "n_customers", "base"),
    *("share", "ci_low", "ci_high", "median_days", "p90_days"),
)
FROM, TO = "from_touchpoint", "to_touchpoint"
_QUANTILES = {"median_days": 0.5, "p90_days": 0.9}


def count_transitions(
    log: Table,
    *,
    gap_days: float | None = GAP_DAYS,
    hide_below: int = THRESHOLD,
    hidden: Collection[str] = (),
    n_parts: int = 1,
    confidence: float = 0.95,
) -> pl.DataFrame:
    """What follows each touchpoint, how often and after how long.

    Parameters
    ----------
    log
        As `prepare_log` makes it.
    gap_days
        As in `split_journeys`.
    hide_below
        Least number of customers a row stands for. Smaller ones are joined, a touchpoint that
        fewer leave is left out.
    hidden
        Touchpoints that `count_touchpoints` hides: joined as well, and left out as touchpoint left.
    n_parts
        Parts of whole customers to count one after the other, for a log larger than memory.
    confidence
        Of the interval.

    Returns
    -------
    pl.DataFrame
        from_touchpoint, to_touchpoint (null where place is not `touchpoint`), place (`touchpoint`;
        `end`: the journey is over; `other`: touchpoints or ends of few customers), n, n_customers
        (null for `other`: one may be in several of what it joins), base (departures from the
        touchpoint), share, ci_low, ci_high (Wilson, customers as clusters), median_days, p90_days
        (within 1 %; null for `end`, and for `other`, behind which may be one person). Sorted by
        from_touchpoint, touchpoints before the rest, the most frequent first.

    Raises
    ------
    DataError
        The log is not prepared.

    Examples
    --------
    >>> from datetime import date
    >>> from cxresearch.transforms.journey import prepare_log
    >>> days = [date(2025, 1, 1), date(2025, 1, 3), date(2025, 1, 1)]
    >>> where = ["shop", "help", "shop"]
    >>> log = prepare_log(
    ...     pl.DataFrame({"customer_id": ["a", "a", "b"], "at": days, "touchpoint": where})
    ... )
    >>> columns = ("from_touchpoint", "to_touchpoint", "place", "n", "base")
    >>> for row in count_transitions(log, hide_below=1).select(columns).rows():
    ...     print(*row)
    help None end 1 1
    shop help touchpoint 1 2
    shop None end 1 2
    """
    counts = run_in_parts(log, fixing(partial, gap_days=gap_days), n_parts=n_parts)
    return merge(
        counts,
        kind=require_log(log),
        hide_below=hide_below,
        hidden=hidden,
        confidence=confidence,
    )


def partial(part: pl.LazyFrame, *, gap_days: float | None) -> Counts:
    """Departures of a part: by cell, by touchpoint left, and times between by bin.

    A cell is a number: touchpoint left * (touchpoints + 1) + touchpoint met, the end coming last.
    """
    end = require_log(part).categories.len()
    is_last = pl.col("is_start").shift(-1, fill_value=True)
    to = pl.when(is_last).then(pl.lit(end, pl.UInt32)).otherwise(pl.col("code").shift(-1))
    departures = (
        walk(part, gap_days=gap_days)
        .lazy()
        .select("who", cell=pl.col("code") * (end + 1) + to, time=pl.col("gap").shift(-1))
        .collect()
    )
    runs = _runs(departures, end)
    cells, leaving = pl.collect_all([_count_cells(runs), _count_leaving(runs, end)])
    return {"cells": cells, "leaving": leaving, "times": _count_times(departures, end)}


def merge(
    counts: Counts,
    *,
    kind: pl.Enum,
    hide_below: int = THRESHOLD,
    hidden: Collection[str] = (),
    confidence: float = 0.95,
) -> pl.DataFrame:
    """The table of all parts; see `count_transitions`."""
    width, codes = kind.categories.len() + 1, codes_of(hidden, kind)
    cells = sum_counts(counts["cells"], by=["cell"]).with_columns(left=pl.col("cell") // width)
    known = cells.join(sum_counts(counts["leaving"], by=["left"]), on="left", maintain_order="left")
    to_hidden = (pl.col("cell") % width).is_in(codes)
    marked = join_small(
        known.filter(~pl.col("left").is_in(codes)),
        within=["left"],
        hide_below=hide_below,
        hidden=to_hidden,
    ).with_columns(
        shown=pl.when(~pl.col("_joins")).then("cell").otherwise(width**2 + pl.col("left"))
    )
    rest = (
        marked.filter("_joins")
        .group_by("left", "shown")
        .agg(pl.col("n").sum(), pl.col("base", "people", "base_squares").first())
    )
    table = pl.concat([marked.filter(~pl.col("_joins")), rest], how="diagonal")
    quantiles = _time_between(counts["times"], table["shown"])
    return (
        with_share(table, confidence=confidence)
        .join(quantiles, on="shown", how="left")
        .with_columns(_named(kind))
        .sort(FROM, "place", "n", TO, descending=[False, False, True, False])
        .select(TRANSITION_COLUMNS)
    )


def _time_between(times: pl.DataFrame, cells: pl.Series) -> pl.DataFrame:
    """Quantiles by the cell shown."""
    known = times.filter(pl.col("cell").is_in(cells.implode())).rename({"cell": "shown"})
    return quantiles_of(known, by="shown", quantiles=_QUANTILES)


def _count_times(departures: pl.DataFrame, end: int) -> pl.DataFrame:
    """Departures to another touchpoint by cell and bin of time."""
    kind = key_type((end + 1) ** 2 * N_BINS)
    goes_on = departures.filter(pl.col("cell") % (end + 1) < end)
    keys = goes_on["cell"].cast(kind) * N_BINS + bin_of(goes_on["time"])
    return count_keys(keys).select(
        cell=(pl.col("key") // N_BINS).cast(pl.UInt64), bin=pl.col("key") % N_BINS, n="n"
    )


def _runs(departures: pl.DataFrame, end: int) -> pl.DataFrame:
    """A row a customer and cell: departures, `n`, and all those from the touchpoint, `all`."""
    counted = count_by_customer(departures, n_cells=(end + 1) ** 2)
    left, n = (counted["key"] // (end + 1)).to_numpy(), counted["n"].to_numpy()
    leaves = is_new(left)
    begins = np.flatnonzero(leaves)
    ends = np.append(begins, len(n))[1:]
    # Sums as differences of a running sum: twice as fast as summing each stretch.
    up_to = np.append(0, np.cumsum(n))
    totals = np.repeat(up_to[ends] - up_to[begins], ends - begins)
    return counted.select(
        pl.Series("all", totals, dtype=pl.Int64),
        pl.Series("leaves", leaves),
        cell=pl.col("key") % (end + 1) ** 2,
        n="n",
    )


def _count_cells(runs: pl.DataFrame) -> pl.LazyFrame:
    n, of_all = pl.col("n"), pl.col("all")
    sums = runs.lazy().group_by("cell")
    return sums.agg(
        n.sum(),
        n_customers=pl.len().cast(pl.Int64),
        squares=(n * n).sum(),
        products=(n * of_all).sum(),
    ).with_columns(pl.col("cell").cast(pl.UInt64))


def _count_leaving(runs: pl.DataFrame, end: int) -> pl.LazyFrame:
    of_all, people = pl.col("all"), pl.len().cast(pl.Int64)
    leaving = runs.lazy().filter("leaves").group_by(left=pl.col("cell") // (end + 1))
    return leaving.agg(
        base=of_all.sum(), people=people, base_squares=(of_all * of_all).sum()
    ).with_columns(pl.col("left").cast(pl.UInt64))


def _named(kind: pl.Enum) -> list[pl.Expr]:
    """The columns of what is shown: a cell, or beyond the last cell those that are joined."""
    end = kind.categories.len()
    to = pl.when(pl.col("shown") < (end + 1) ** 2).then(pl.col("shown") % (end + 1))
    place = pl.when(to == end).then(pl.lit("end")).when(to < end).then(pl.lit("touchpoint"))
    return [
        as_touchpoint(pl.col("left"), kind, FROM),
        as_touchpoint(pl.when(to < end).then(to), kind, TO),
        place.otherwise(pl.lit("other")).cast(PLACE).alias("place"),
    ]
