"""Where were customers last before they left, and is that more than one would expect?

Unit of observation: a customer; a row is a touchpoint. Leavers count by their last event before
the instant they left, base: leavers with such an event. Stayers count by their last event before
an instant drawn from those at which others left, base: stayers with such an event. Without that
base rate the busiest touchpoint would always look the most dangerous.

It cannot say that the touchpoint made them leave.
"""

from collections.abc import Collection
from datetime import datetime
from functools import partial as fixing

import numpy as np
import polars as pl

from cxresearch.engine import Counts, run_in_parts
from cxresearch.errors import DataError, require_columns
from cxresearch.transforms.cells import as_arrays
from cxresearch.transforms.differences import difference_of, p_value_of, q_values
from cxresearch.transforms.intervals import Array, Moments, normal_quantile
from cxresearch.transforms.journey.log import require_log
from cxresearch.transforms.journey.walk import as_touchpoint, walk
from cxresearch.transforms.scales import Table
from cxresearch.transforms.suppress import THRESHOLD, suppress_small_cells

DROP_OFF_COLUMNS = (
    *("touchpoint", "n", "base", "share", "n_stayed", "base_stayed", "share_stayed"),
    *("difference", "ci_low", "ci_high", "q_value", "polarity", "is_suppressed"),
)

_GOLDEN = (5**0.5 - 1) / 2


def measure_drop_off(
    log: Table,
    customers: Table | None,
    *,
    until: datetime | None = None,
    hide_below: int = THRESHOLD,
    hidden: Collection[str] = (),
    n_parts: int = 1,
    confidence: float = 0.95,
) -> pl.DataFrame:
    """The last touchpoint before leaving against the last before a like instant of who stayed.

    Parameters
    ----------
    log
        As `prepare_log` makes it. Events at or after the instant never count.
    customers
        customer_id and left_at, null for who stays. Customers that are not in it count for nothing.
    until
        Where the log ends before the data does: its end. Who left at it or later is still there.
    hide_below
        Least number of customers shown, on either side.
    hidden
        Touchpoints that `count_touchpoints` hides: hidden here as well.
    n_parts
        Parts of whole customers to count one after the other, for a log larger than memory.
    confidence
        Of the interval; 1 - confidence is the false discovery rate of the polarity.

    Returns
    -------
    pl.DataFrame
        touchpoint, n (leavers whose last it was), base (leavers), share, n_stayed, base_stayed,
        share_stayed, difference (share - share_stayed), ci_low, ci_high (Newcombe), q_value
        (Benjamini-Hochberg over touchpoints), polarity (`bad`: more often the last before leaving,
        `good`: less often, beyond chance; else `neutral`), is_suppressed. The largest difference
        first, hidden rows last. Without rows where nobody's leaving is known.

    Raises
    ------
    DataError
        The log is not prepared, or a column of `customers` is missing.

    Notes
    -----
    The instants of the stayers run through those of the leavers in golden-ratio steps, customer by
    customer in the order of their ids: the same in every run and for any split of the log, and as
    evenly spread as can be.

    Examples
    --------
    >>> from datetime import date, datetime
    >>> from cxresearch.transforms.journey import prepare_log
    >>> people = [f"{number:02d}" for number in range(40)]
    >>> where = ["desk"] * 20 + ["app"] * 20
    >>> log = prepare_log(
    ...     pl.DataFrame({"customer_id": people, "at": date(2025, 1, 1), "touchpoint": where})
    ... )
    >>> left = [datetime(2025, 2, 1)] * 20 + [None] * 20
    >>> customers = pl.DataFrame({"customer_id": people, "left_at": left})
    >>> measure_drop_off(log, customers, hide_below=1)["touchpoint", "difference"].rows()
    [('desk', 1.0), ('app', -1.0)]
    """
    kind = require_log(log)
    counts = {"last": _no_counts(kind)}
    instants = None if customers is None else make_instants(log, customers, until=until)
    if instants is not None:
        counts = run_in_parts(log, fixing(partial, instants=instants), n_parts=n_parts)
    return merge(counts, hide_below=hide_below, hidden=hidden, confidence=confidence)


def make_instants(
    log: Table, customers: Table, *, until: datetime | None = None
) -> pl.DataFrame | None:
    """The instant before which each customer's last event counts; None where nobody left.

    Returns
    -------
    pl.DataFrame or None
        customer_id, has_left, before (of the type of the log's instants).

    Raises
    ------
    DataError
        A column is missing, or a customer has two rows.
    """
    require_columns(customers, "customer_id", "left_at")
    schema = log.collect_schema()
    known = (
        customers.lazy()
        .select(
            pl.col("customer_id").cast(schema["customer_id"]),
            before=pl.col("left_at").cast(schema["at"]),
        )
        .drop_nulls("customer_id")
        .collect()
    )
    _refuse_twice(known)
    first = log.lazy().select(pl.col("at").min()).collect().item()
    before = pl.col("before")
    left = known.filter(
        (before > first).fill_null(value=False)
        if until is None
        else before.is_between(first, until, closed="none")
    )
    if left.is_empty():
        return None
    instants = left["before"].sort()
    stayed = known.filter(
        before.is_null() if until is None else before.is_null() | (before >= until)
    )
    ranks = np.arange(1, stayed.height + 1) * _GOLDEN
    drawn = np.floor((ranks % 1.0) * instants.len()).astype(np.uint32)
    references = stayed.sort("customer_id").with_columns(before=instants.gather(drawn))
    return pl.concat([left.with_columns(has_left=True), references.with_columns(has_left=False)])


def partial(part: pl.LazyFrame, *, instants: pl.DataFrame) -> Counts:
    """Leavers and stayers of a part by their last touchpoint before the instant."""
    kind = require_log(part)
    walked = walk(part, gap_days=None).select("who", "code", "is_first")
    known = part.filter(pl.col("customer_id").is_not_null())
    events = walked.hstack(known.select("at").collect())
    people = (
        known.select("customer_id")
        .collect()
        .filter(walked["is_first"])
        .join(instants, on="customer_id", how="left", maintain_order="left")
    )
    last = (
        events.lazy()
        .filter(pl.col("at") < pl.lit(people["before"]).gather(pl.col("who")))
        .group_by(pl.col("who").set_sorted(), maintain_order=True)
        .agg(pl.col("code").last())
        .group_by(
            as_touchpoint(pl.col("code"), kind),
            has_left=pl.lit(people["has_left"]).gather(pl.col("who")),
        )
        .agg(n=pl.len().cast(pl.Int64))
    )
    return {"last": last.collect()}


def merge(
    counts: Counts,
    *,
    hide_below: int = THRESHOLD,
    hidden: Collection[str] = (),
    confidence: float = 0.95,
) -> pl.DataFrame:
    """The table of all parts; see `measure_drop_off`."""
    n, has_left = pl.col("n"), pl.col("has_left")
    table = (
        counts["last"]
        .group_by("touchpoint")
        .agg(n=n.filter(has_left).sum(), n_stayed=n.filter(~has_left).sum())
        .with_columns(base=n.sum(), base_stayed=pl.col("n_stayed").sum())
        .sort("touchpoint")
    )
    compared = table.with_columns(_figures(table, confidence))
    shown = _hide_small(compared, below=hide_below, hidden=hidden)
    beyond = pl.col("q_value") <= 1 - confidence
    rose = pl.when(pl.col("difference") > 0).then(pl.lit("bad")).otherwise(pl.lit("good"))
    return (
        shown.with_columns(
            polarity=pl.when(beyond.fill_null(value=False)).then(rose).otherwise(pl.lit("neutral"))
        )
        .sort("difference", "touchpoint", descending=[True, False], nulls_last=True)
        .select(DROP_OFF_COLUMNS)
    )


def _figures(table: pl.DataFrame, confidence: float) -> list[pl.Series]:
    """Shares, their difference and what chance may have done to it."""
    n, base, n_stayed, base_stayed = as_arrays(table, "n", "base", "n_stayed", "base_stayed")
    with np.errstate(invalid="ignore", divide="ignore"):
        share, share_stayed = n / base, n_stayed / base_stayed
    left = Moments(mean=share, square=share, n=base, df=base - 1)
    stayed = Moments(mean=share_stayed, square=share_stayed, n=base_stayed, df=base_stayed - 1)
    apart = np.zeros_like(share)

    def limits(z: float | Array) -> tuple[Array, Array]:
        return difference_of("wilson", left, stayed, correlation=apart, z=z)

    low, high = limits(normal_quantile(confidence))
    figures = {
        "share": share,
        "share_stayed": share_stayed,
        "difference": share - share_stayed,
        "ci_low": low,
        "ci_high": high,
        "q_value": q_values(p_value_of(limits, tested=apart)),
    }
    return [pl.Series(name, values).fill_nan(None) for name, values in figures.items()]


def _hide_small(table: pl.DataFrame, *, below: int, hidden: Collection[str]) -> pl.DataFrame:
    """Rows lose their figures where either side is few customers or protects such a side."""
    is_open = ~pl.col("touchpoint").cast(pl.String).is_in(hidden)
    sides = [
        table.select(
            "touchpoint",
            side=pl.lit(name),
            n=pl.when(is_open).then(name),
            estimate=pl.lit(0.0),
        )
        for name in ("n", "n_stayed")
    ]
    cells = suppress_small_cells(pl.concat(sides), by=["touchpoint", "side"], threshold=below)
    few = cells.group_by("touchpoint").agg(pl.col("is_suppressed").any())
    figures = pl.exclude("touchpoint", "is_suppressed")
    return table.join(few, on="touchpoint", maintain_order="left").with_columns(
        pl.when(~pl.col("is_suppressed")).then(figures).name.keep()
    )


def _no_counts(kind: pl.Enum) -> pl.DataFrame:
    return pl.DataFrame(schema={"touchpoint": kind, "has_left": pl.Boolean, "n": pl.Int64})


def _refuse_twice(known: pl.DataFrame) -> None:
    if twice := known.height - known["customer_id"].n_unique():
        raise DataError(
            f"{twice} rows of the customers repeat a customer_id",
            allowed="a row a customer",
            next_step='keep one of each: customers.unique("customer_id", keep="first")',
        )
