"""What was known of each customer before a month began?

Unit of observation: a customer at a cutoff, the start of a calendar month in the study's zone, or a
customer in a month at risk. Nothing at or after the cutoff enters, so nothing in the month of
leaving does either: contacts then are the leaving itself. How a contact went is known when it was
over, an answer to an invitation when it was given. Which measure tells of a touchpoint, which
questions were asked and the pace of all customers are likewise read from before (`build_features`:
before the cutoff; `build_person_months`: before the end of the window, the pace at each month).

It cannot make features of what a table says as of the export, and takes context attributes from
there as if they had never changed.
"""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from cxresearch.errors import ParameterError, require_columns
from cxresearch.intake.tables import StudyTables
from cxresearch.period import Period, add_months
from cxresearch.transforms.feature_list import all_before, list_features, read_protected
from cxresearch.transforms.feature_rows import known_before, read_features
from cxresearch.transforms.feature_windows import INSTANT, LOOKBACK, Cutoffs, month_starts
from cxresearch.transforms.intervals import Array
from cxresearch.transforms.leaving import find_customers

__all__ = [
    "build_features",
    "build_person_months",
    "list_features",
    "read_protected",
    "with_outcome",
]


def build_features(
    tables: StudyTables,
    *,
    at: datetime,
    leaving: pl.DataFrame | None = None,
    comments: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """What was known of each customer of a month's start.

    Parameters
    ----------
    at
        The first instant of a calendar month in the study's zone.
    leaving
        As `find_leaving` gives it; default from what was known at `at`.
    comments
        Scored comments: customer_id, at, tone (-1 to 1, null unknown).

    Returns
    -------
    pl.DataFrame
        customer_id, at, and the features of `list_features(tables, at=at)`, by customer. Counts are
        0 where there was nothing, null where the log began within the window; times since and last
        answers are null where there was none. `last_nps` is the grade, the last answer to any other
        question its share of the scale (1 is the best grade), about the whole where that is asked.

    Raises
    ------
    ParameterError
        `at` is not the start of a month.

    Notes
    -----
    With a contract, leaving at or after `at` is not known: those customers have a row.
    """
    day = _month_of(at, tables)
    zone = tables.study.timezone
    if leaving is None:
        month = Period(day, add_months(day, 1), zone)
        leaving = find_customers(known_before(tables, at), period=month)
    here = leaving.filter(*_is_customer(pl.lit(at).cast(INSTANT)))
    edges = month_starts(add_months(day, -LOOKBACK), LOOKBACK + 1, timezone=zone)
    n = here.height
    cutoffs = Cutoffs(
        here.select("customer_id").sort("customer_id"),
        edges,
        np.arange(n, dtype=np.int64),
        np.full(n, LOOKBACK, dtype=np.int64),
    )
    return read_features(tables, cutoffs, until=at, comments=comments)


def build_person_months(
    tables: StudyTables,
    *,
    period: Period,
    leaving: pl.DataFrame,
    comments: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """A row a customer and calendar month at risk, with what was known when the month began.

    Parameters
    ----------
    period
        The window; its whole calendar months count, as far as the data reaches.
    leaving
        As `find_leaving` gives it for the window.
    comments
        Scored comments, as in `build_features`.

    Returns
    -------
    pl.DataFrame
        customer_id, month (its first day), month_number (0 is the window's first), the features,
        leaves (in that month), by customer and month. A customer is at risk from the month after
        entering (by rhythm: after the first purchase seen) to that of leaving. Who entered before
        the window is at risk from its first month on (left truncated).
    """
    zone = tables.study.timezone
    first = period.start if period.start.day == 1 else add_months(period.start, 1).replace(day=1)
    end = min(period.end, all_before(tables, tables.data_until).end)
    n = max((end.year - first.year) * 12 + end.month - first.month, 0)
    edges = month_starts(add_months(first, -LOOKBACK), LOOKBACK + n + 1, timezone=zone)
    people = leaving.sort("customer_id")
    begins = pl.Series(edges[LOOKBACK:], dtype=INSTANT).dt.epoch("us").to_numpy()
    entered = _microseconds(people["at_risk_from"], otherwise=-np.inf)[:, None]
    left = _microseconds(people["left_at"], otherwise=np.inf)[:, None]
    person, month = np.nonzero((entered < begins[:-1]) & (left >= begins[:-1]))
    cutoffs = Cutoffs(people.select("customer_id"), edges[:-1] or edges, person, month + LOOKBACK)
    known = read_features(tables, cutoffs, until=period.end_at, comments=comments)
    days = pl.Series("month", [add_months(first, number) for number in range(n)], dtype=pl.Date)
    return known.drop("at").select(
        "customer_id",
        days.gather(month),
        pl.Series("month_number", month, dtype=pl.Int32),
        *(name for name in known.columns if name not in ("customer_id", "at")),
        pl.Series("leaves", left[person, 0] < begins[month + 1], dtype=pl.Boolean),
    )


def with_outcome(
    features: pl.DataFrame, leaving: pl.DataFrame, *, horizon_months: int
) -> pl.DataFrame:
    """Features with whether the customer leaves within the months from the cutoff on.

    Parameters
    ----------
    features
        As `build_features` or `build_person_months` gives them.
    leaving
        As `find_leaving` gives it.
    horizon_months
        How many months, the first of them the one that begins at the cutoff.

    Returns
    -------
    pl.DataFrame
        The features and `leaves_within`, null where the horizon reaches past the data and of
        customers without a row in `leaving`.

    Raises
    ------
    DataError, ParameterError
        A column is missing; a horizon below 1 month.
    """
    if horizon_months < 1:
        raise ParameterError(f"horizon_months={horizon_months}", allowed="1 month or more")
    cutoff = "month" if "month" in features.columns else "at"
    require_columns(features, "customer_id", cutoff)
    require_columns(leaving, "customer_id", "left_at", "seen_until")
    zone = getattr(leaving["seen_until"].dtype, "time_zone", "UTC")
    begins = pl.col("month").cast(pl.Datetime("us")).dt.replace_time_zone(zone)
    if cutoff == "at":
        begins = pl.col("at").dt.convert_time_zone(zone)
    until = begins.dt.offset_by(f"{horizon_months}mo")
    within = (pl.col("left_at").dt.convert_time_zone(zone) < until).fill_null(value=False)
    known = leaving.select("customer_id", "left_at", "seen_until")
    return (
        features.join(known, on="customer_id", how="left", maintain_order="left")
        .with_columns(pl.when(until <= pl.col("seen_until")).then(within).alias("leaves_within"))
        .drop("left_at", "seen_until")
    )


def _month_of(at: datetime, tables: StudyTables) -> date:
    zone = ZoneInfo(tables.study.timezone)
    if at.tzinfo is not None:
        day = at.astimezone(zone).date()
        if day.day == 1 and Period(day, add_months(day, 1), str(zone)).start_at == at:
            return day
    raise ParameterError(
        f"at={at.isoformat()} is not the start of a month in {zone}",
        allowed="the first instant of a calendar month, with its zone",
        next_step="take that of a period: at=tables.period().end_at",
    )


def _is_customer(at: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    entered, left = pl.col("at_risk_from"), pl.col("left_at")
    return entered.is_null() | (entered < at), left.is_null() | (left >= at)


def _microseconds(values: pl.Series, *, otherwise: float) -> Array:
    return values.dt.epoch("us").cast(pl.Float64).fill_null(otherwise).to_numpy()
