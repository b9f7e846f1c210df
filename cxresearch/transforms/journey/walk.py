"""Where does a customer's journey begin, and what followed what?

Unit of observation: an event of a known customer. A journey is a stretch of one customer's events
without a pause of more than `gap_days`; whole numbers stand for customers and touchpoints from
here on, so that every count is one pass over a few narrow columns.

It cannot know that two visits belong together if the pause between them is longer.
"""

from collections.abc import Collection

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cxresearch.errors import DataError, ParameterError
from cxresearch.transforms.journey.log import NEXT_STEP, require_log
from cxresearch.transforms.scales import Table

GAP_DAYS = 30.0
"""Days without an event after which the next one begins a new journey."""

Whole = NDArray[np.unsignedinteger]

DAY_MICROSECONDS = 86_400_000_000


def split_journeys(log: Table, *, gap_days: float | None = GAP_DAYS) -> pl.DataFrame:
    """Tell which journey each event belongs to, and which step of it it is.

    Parameters
    ----------
    log
        As `prepare_log` makes it.
    gap_days
        A pause of more days begins a new journey; None: all of a customer's events are one.

    Returns
    -------
    pl.DataFrame
        The log's events of known customers with journey (from 1, in the log's order) and step
        (from 1).

    Raises
    ------
    DataError
        The log is not prepared.

    Examples
    --------
    >>> from datetime import date
    >>> from cxresearch.transforms.journey import prepare_log
    >>> days = [date(2025, 1, 1), date(2025, 1, 8), date(2025, 6, 1)]
    >>> log = prepare_log(
    ...     pl.DataFrame({"customer_id": ["a"] * 3, "at": days, "touchpoint": ["shop"] * 3})
    ... )
    >>> split_journeys(log)["journey", "step"].rows()
    [(1, 1), (1, 2), (2, 1)]
    """
    walked = walk(log, gap_days=gap_days)
    known = log.lazy().filter(pl.col("customer_id").is_not_null()).collect()
    return known.hstack(
        walked.select(
            journey=pl.col("is_start").cum_sum().cast(pl.Int64),
            step=position().cast(pl.Int64) + 1,
        )
    )


def walk(log: Table, *, gap_days: float | None) -> pl.DataFrame:
    """The events of known customers in narrow columns, in the log's order.

    Returns
    -------
    pl.DataFrame
        who (0, 1, ... a customer), code (of the touchpoint), gap (microseconds since the
        customer's event before, null for the first), is_first (of the customer), is_start (of a
        journey).

    Raises
    ------
    DataError
        The log is not in order.
    ParameterError
        gap_days is not above 0.
    """
    require_log(log)
    customer, at = pl.col("customer_id"), pl.col("at").dt.cast_time_unit("us").to_physical()
    starts = pl.col("is_first")
    if gap_days is not None:
        starts = starts | (pl.col("gap") > _microseconds(gap_days)).fill_null(value=False)
    walked = (
        log.lazy()
        .filter(customer.is_not_null())
        .select(
            customer,
            is_first=(customer != customer.shift(1)).fill_null(value=True),
            code=pl.col("touchpoint").to_physical().cast(pl.UInt32),
            since=at.diff(),
        )
        .with_columns(
            who=pl.col("is_first").cum_sum() - 1,
            gap=pl.when(~pl.col("is_first")).then(pl.col("since")),
        )
        .with_columns(is_start=starts)
        .collect()
    )
    _refuse_disorder(walked)
    return walked.select("who", "code", "gap", "is_first", "is_start")


def _refuse_disorder(walked: pl.DataFrame) -> None:
    customers = walked["customer_id"].filter(walked["is_first"])
    if (customers < customers.shift(1)).any() or (walked["gap"] < 0).any():
        raise DataError(
            "the log is not in order: a customer or an instant goes back",
            allowed="a log sorted by customer and instant",
            next_step=NEXT_STEP,
        )


def position() -> pl.Expr:
    """Steps since the journey's start (0 at it), on the columns of `walk`."""
    row = pl.int_range(pl.len(), dtype=pl.UInt32)
    return row - pl.when(pl.col("is_start")).then(row).forward_fill()


def journeys_of(walked: pl.LazyFrame) -> pl.LazyFrame:
    """A row a journey, in the log's order: who, length, codes, time from first to last event."""
    begins = pl.col("is_start")
    return (
        walked.select(
            "who",
            "code",
            journey=begins.cum_sum().set_sorted(),
            time=pl.when(~begins).then(pl.col("gap")).fill_null(0),
        )
        .group_by("journey", maintain_order=True)
        .agg(
            pl.col("who").first(),
            length=pl.len().cast(pl.Int64),
            codes=pl.col("code"),
            time=pl.col("time").sum(),
        )
    )


def key_type(n_keys: int) -> type[pl.UInt32] | type[pl.UInt64]:
    """The narrowest type for so many keys: it halves the time of sorting them."""
    return pl.UInt32 if n_keys < 2**32 else pl.UInt64


def count_keys(keys: pl.Series) -> pl.DataFrame:
    """How often each key is there: key, n; in order.

    numpy sorts whole numbers so fast that this takes a fifth of grouping by them.
    """
    ordered = np.sort(keys.to_numpy())
    begins = np.flatnonzero(is_new(ordered))
    n = np.diff(begins, append=ordered.size)
    return pl.DataFrame({"key": ordered[begins], "n": n}, schema={"key": keys.dtype, "n": pl.Int64})


def is_new(ordered: Whole) -> NDArray[np.bool_]:
    """Whether each number is another than the one before; the first is."""
    new = np.ones(ordered.size, dtype=np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=new[1:])
    return new


def count_by_customer(cells: pl.DataFrame, *, n_cells: int) -> pl.DataFrame:
    """Rows by customer and cell, the cells of a customer together: key, n.

    Parameters
    ----------
    cells
        who (in order) and cell (below n_cells). A key is who * n_cells + cell.
    """
    who = cells["who"]
    kind = key_type((int(who[-1]) + 1) * n_cells if len(who) else 0)
    keys = cells.select(pl.col("who").cast(kind) * n_cells + pl.col("cell").cast(kind))
    return count_keys(keys.to_series())


def count_cells(cells: pl.DataFrame, *, n_cells: int) -> pl.LazyFrame:
    """Rows and customers by `cell`, each customer once: cell, n, n_customers."""
    counted = count_by_customer(cells, n_cells=n_cells).lazy()
    people = pl.len().cast(pl.Int64)
    return counted.group_by(cell=pl.col("key") % n_cells).agg(pl.col("n").sum(), n_customers=people)


def as_touchpoint(code: pl.Expr, kind: pl.Enum, name: str = "touchpoint") -> pl.Expr:
    """The touchpoint of a code."""
    return code.cast(pl.UInt32).cat.to(kind).alias(name)


def codes_of(touchpoints: Collection[str], kind: pl.Enum) -> list[int]:
    """The codes of touchpoints; those that are not in the log have none."""
    return [code for code, name in enumerate(kind.categories) if name in touchpoints]


def _microseconds(gap_days: float) -> int:
    if not gap_days > 0:
        raise ParameterError(
            f"gap_days={gap_days}",
            allowed="a number of days above 0",
            next_step="gap_days=None makes one journey of all events of a customer",
        )
    return round(gap_days * DAY_MICROSECONDS)
