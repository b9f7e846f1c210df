"""How long had each customer been one when the window ended, or when they left?

Unit of observation: a customer who was one at some time in the window. Time counts from the day of
entering. Who entered before the window is watched from its start only (left truncation): those who
had left by then were never in the data. Who is still there at its end is censored.

It cannot place customers of whom the entering is not known: they are left out and counted. Groups
are what the record says of a customer today, taken as known at entering.
"""

from dataclasses import dataclass
from typing import NamedTuple

import polars as pl

from cxresearch.errors import ParameterError, did_you_mean, require_columns
from cxresearch.intake.tables import StudyTables
from cxresearch.models.survival import estimate_survival, summarise_survival
from cxresearch.models.survival_gaps import compare_survival
from cxresearch.period import Period
from cxresearch.transforms.cells import as_names
from cxresearch.transforms.groups import NOT_RECORDED
from cxresearch.transforms.scales import Table
from cxresearch.transforms.suppress import roll_up_small

DAYS_A_MONTH = 365.25 / 12
UNITS = {"days": 1.0, "months": DAYS_A_MONTH}
_HALF_A_DAY = 0.5  # who enters and leaves at one instant was there for a moment


class Durations(NamedTuple):
    """What `survival_table` returns.

    Attributes
    ----------
    table
        customer_id, duration, entry, event and the columns of groups.
    left_out
        reason {entered_unknown, entered_later, left_before}, n: customers without a stay in the
        window.
    """

    table: pl.DataFrame
    left_out: pl.DataFrame


def survival_table(
    leaving: Table,
    period: Period,
    *,
    by: str | list[str] | tuple[str, ...] = (),
    unit: str = "months",
) -> Durations:
    """Durations, late entries and events, as `survival.estimate_survival` takes them.

    Parameters
    ----------
    leaving
        As `transforms.leaving.find_leaving`: customer_id, entered_at, left_at, and the columns of
        groups where some are asked for. Where it has them, nobody is watched before at_risk_from,
        nor from seen_until on.
    period
        The window in which leaving is seen.
    by
        Columns that are kept.
    unit
        `months` (of 30.4 days) or `days` since entering.

    Returns
    -------
    Durations
        `table` and `left_out`.

    Raises
    ------
    ParameterError
        Another unit.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> from cxresearch.period import parse_period
    >>> leaving = pl.DataFrame({
    ...     "customer_id": ["a", "b", "c"],
    ...     "entered_at": [datetime(2024, 12, 22, tzinfo=UTC), datetime(2025, 1, 11, tzinfo=UTC),
    ...                    None],
    ...     "left_at": [datetime(2025, 1, 6, tzinfo=UTC), None, None]})
    >>> found = survival_table(leaving, parse_period("2025-01"), unit="days")
    >>> found.table.rows(), found.left_out.rows()
    ([('a', 15.0, 10.0, True), ('b', 21.0, 0.0, False)], [('entered_unknown', 1)])
    """
    if unit not in UNITS:
        raise ParameterError(
            f"'{unit}' is no unit of time.{did_you_mean(unit, UNITS)}", allowed=", ".join(UNITS)
        )
    groups = as_names(by)
    require_columns(leaving, "customer_id", "entered_at", "left_at", *groups)
    instant = pl.Datetime("us", "UTC")
    start, end = (pl.lit(at).cast(instant) for at in (period.start_at, period.end_at))
    entered, left = (pl.col(name).cast(instant) for name in ("entered_at", "left_at"))
    given = leaving.collect_schema()
    first, last = (
        [pl.col(name).cast(instant)] if name in given else []
        for name in ("at_risk_from", "seen_until")
    )
    begins, ends = pl.max_horizontal(start, entered, *first), pl.min_horizontal(end, *last)
    reason = (
        pl.when(entered.is_null())
        .then(pl.lit("entered_unknown"))
        .when(begins >= ends)
        .then(pl.lit("entered_later"))
        .when(left < begins)
        .then(pl.lit("left_before"))
    )
    rows = leaving.lazy().with_columns(reason.alias("_reason")).collect()
    left_out = rows.drop_nulls("_reason").group_by(pl.col("_reason").alias("reason")).len("n")
    seen = (left < ends).fill_null(value=False)
    entry = _days(begins - entered)
    stay = _days(pl.when(seen).then(left).otherwise(ends) - entered)
    duration = pl.max_horizontal(stay, entry + _HALF_A_DAY)
    table = rows.filter(pl.col("_reason").is_null()).select(
        pl.col("customer_id"),
        (duration / UNITS[unit]).alias("duration"),
        (entry / UNITS[unit]).alias("entry"),
        seen.alias("event"),
        *groups,
    )
    return Durations(table, left_out.with_columns(pl.col("n").cast(pl.Int64)).sort("reason"))


def _days(span: pl.Expr) -> pl.Expr:
    return span.dt.total_microseconds() / 86_400_000_000


@dataclass(frozen=True)
class GroupCurves:
    """Result of `curve_by_group`.

    Attributes
    ----------
    curves
        As `survival.estimate_survival`, groups in the column `segment`; time in months since
        entering.
    summary
        As `survival.summarise_survival`.
    gaps
        As `survival_gaps.compare_survival`; without rows where there is no attribute.
    left_out
        reason, n: as `Durations.left_out`.
    """

    curves: pl.DataFrame
    summary: pl.DataFrame
    gaps: pl.DataFrame
    left_out: pl.DataFrame


def curve_by_group(
    tables: StudyTables,
    leaving: Table,
    *,
    period: Period,
    by: str | None = None,
    hide_below: int | None = None,
    confidence: float = 0.95,
) -> GroupCurves:
    """How long customers stay, of everybody or by an attribute of the record.

    Parameters
    ----------
    tables
        A prepared study.
    leaving
        As `survival_table`.
    period
        The window.
    by
        An attribute declared in the study; None for one curve of all (segment is null). Small
        groups are joined to `other`, those of whom it is not known are a group too.
    hide_below
        Least number of customers of a group, and under watch at any time of a curve; default the
        study's.

    Raises
    ------
    ParameterError
        The study declares no such attribute. What happened on the way is none: those who ever met
        something had to stay long enough to meet it, and would seem loyal by construction.
    """
    threshold = tables.study.privacy.hide_below if hide_below is None else hide_below
    named = _with_segment(tables, leaving, by, threshold=threshold)
    stays = survival_table(named, period, by="segment")
    columns = {"duration": "duration", "event": "event", "entry": "entry"}
    curves = estimate_survival(
        stays.table, **columns, by="segment", confidence=confidence, hide_below=threshold,
        reliable_from=tables.study.privacy.reliable_from,
    )  # fmt: skip
    gaps = compare_survival(
        stays.table, **columns, by="segment", confidence=confidence, hide_below=threshold
    ).with_columns(pl.lit(by).alias("attribute"))
    summary = summarise_survival(curves, by="segment", confidence=confidence)
    return GroupCurves(curves, summary, gaps, stays.left_out)


def _with_segment(
    tables: StudyTables, leaving: Table, by: str | None, *, threshold: int
) -> pl.DataFrame:
    """Leaving with the group of each customer; null where no attribute is asked for."""
    rows = leaving.lazy().collect()
    if by is None:
        return rows.with_columns(pl.lit(None, pl.String).alias("segment"))
    attributes = tables.study.attributes
    if by not in attributes or tables.customers is None:
        raise ParameterError(
            f"'{by}' is no attribute of the study.{did_you_mean(by, attributes)}",
            allowed=", ".join(attributes) or "study.yml declares none",
            next_step="name an attribute known at entering; what a bad experience on the way goes "
            "with is told by hazard.fit_hazard, month by month",
        )
    known = tables.customers.select("customer_id", pl.col(by).cast(pl.String).alias("segment"))
    tied = rows.join(known.collect(), on="customer_id", how="left", maintain_order="left")
    tied = tied.with_columns(pl.col("segment").fill_null(NOT_RECORDED))
    return roll_up_small(
        tied, column="segment", threshold=threshold, respondent="customer_id"
    ).table
