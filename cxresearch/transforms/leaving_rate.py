"""How many customers leave in a month, and is that more than before?

Unit of observation: a customer in a month at risk, as in `features.build_person_months`.
Base: those who were customers at the start of the month. Whether somebody leaves
in one month says nothing of whether another does in the next, so months are compared as independent
samples, though most people are in both.

It cannot tell why they left, nor see the last months of those whose leaving is read from silence.
"""

import polars as pl

from cxresearch.errors import require_columns
from cxresearch.period import Period, add_months
from cxresearch.transforms.compare import compare
from cxresearch.transforms.differences import q_values
from cxresearch.transforms.metrics import measure
from cxresearch.transforms.suppress import THRESHOLD
from cxresearch.transforms.tracking import track

RATE_COLUMNS = ("estimate", "ci_low", "ci_high", "n", "n_left", "is_reliable", "is_suppressed")
LEFT_COLUMNS = ("period", "period_start", *RATE_COLUMNS, "limit_low", "limit_high", "is_signal")
CHANGE_COLUMNS = ("against", "n", "n_against", "level", "level_against", "estimate", "ci_low",
                  "ci_high", "q_value", "polarity", "is_reliable")  # fmt: skip

_ALPHA = 0.05


def list_months(leaving: pl.DataFrame, *, period: Period) -> pl.DataFrame:
    """The months in which each customer was at risk, and whether they left in it.

    Parameters
    ----------
    leaving
        As `leaving.find_leaving` gives it for the window.
    period
        Its whole calendar months count, as far as the data reaches.

    Returns
    -------
    pl.DataFrame
        month (its first day), leaves; a row a customer and month that began as their customer.
    """
    require_columns(leaving, "at_risk_from", "left_at", "seen_until")
    first = period.start if period.start.day == 1 else add_months(period.start, 1).replace(day=1)
    months = [Period(first, add_months(first, 1), period.timezone)]
    while months[-1].end < period.end:
        months.append(Period(months[-1].end, add_months(months[-1].end, 1), period.timezone))
    instant = pl.Datetime("us", "UTC")
    parts = []
    for month in months:
        start, end = (pl.lit(at).cast(instant) for at in (month.start_at, month.end_at))
        entered = pl.col("at_risk_from").is_null() | (pl.col("at_risk_from") < start)
        stayed = pl.col("left_at").is_null() | (pl.col("left_at") >= start)
        is_seen = pl.col("seen_until").dt.convert_time_zone("UTC") >= end
        here = leaving.lazy().filter(entered & stayed & is_seen & pl.lit(month.end <= period.end))
        leaves = (pl.col("left_at") < end).fill_null(value=False)
        parts.append(here.select(pl.lit(month.start).alias("month"), leaves.alias("leaves")))
    return pl.concat(parts).collect()


def measure_leaving(
    months: pl.DataFrame, *, period: Period, hide_below: int = THRESHOLD
) -> pl.DataFrame:
    """The share of customers who left in a month of the period.

    Parameters
    ----------
    months
        month (the first day), leaves: as `list_months` gives them.
    period
        Where it has several months, the share is that of an average one.
    hide_below
        Of fewer customers at risk nothing is told.

    Returns
    -------
    pl.DataFrame
        One row: estimate (0-1), ci_low, ci_high (Wilson), n (customers' months at risk), n_left,
        is_reliable, is_suppressed.

    Examples
    --------
    >>> from datetime import date
    >>> from cxresearch.period import parse_period
    >>> months = pl.DataFrame({"month": [date(2025, 10, 1)] * 20, "leaves": [True] + [False] * 19})
    >>> measure_leaving(months, period=parse_period("2025-10")).select("n", "estimate").row(0)
    (20, 0.05)
    """
    inside = _inside(months, period)
    rate = measure(inside, metric="share", score="leaves", respondent=None)
    return _hidden(_counted(rate), hide_below)


def track_leaving(
    months: pl.DataFrame, *, period: Period, hide_below: int = THRESHOLD
) -> pl.DataFrame:
    """The share who left, month by month, with the limits of its usual ups and downs.

    Parameters
    ----------
    months, hide_below
        As `measure_leaving`.
    period
        The months to show, such as `asked.window(24)`.

    Returns
    -------
    pl.DataFrame
        period (label), period_start, the columns of `measure_leaving`, limit_low, limit_high (null
        below eight months), is_signal; in the order of time.
    """
    inside = _inside(months, period)
    if inside.is_empty():
        return pl.DataFrame(schema=dict.fromkeys(LEFT_COLUMNS, pl.Float64))
    tracked = track(
        inside.rename({"month": "at"}),
        metric="share",
        score="leaves",
        respondent=None,
        timezone=period.timezone,
        data_until=period.end_at,
    )
    named = tracked.with_columns(
        pl.col("period_start").dt.strftime("%Y-%m").alias("period"),
        pl.col("signal").is_not_null().alias("is_signal"),
        pl.col("limit_low").clip(lower_bound=0.0),
    )
    return _hidden(_counted(named), hide_below).select(LEFT_COLUMNS)


def compare_leaving(
    months: pl.DataFrame, *, period: Period, hide_below: int = THRESHOLD
) -> pl.DataFrame:
    """The change since the period before and since the same period a year before.

    Returns
    -------
    pl.DataFrame
        A row for each that is known: against (label), n, n_against, level, level_against, estimate
        (0-1), ci_low, ci_high (Newcombe), q_value (over both), polarity (`bad` where more leave
        beyond chance, `good` where fewer do), is_reliable.
    """
    now = _inside(months, period).with_columns(group=pl.lit("all"))
    parts = []
    for against in (period.previous(), period.year_before()):
        then = _inside(months, against).with_columns(group=pl.lit("all"))
        if min(now.height, then.height) < max(hide_below, 1) or not _is_whole(months, against):
            continue
        row = compare(now, against=then, metric="share", score="leaves", respondent=None)
        parts.append(row.with_columns(against=pl.lit(against.label)))
    if not parts:
        return pl.DataFrame(schema=dict.fromkeys(CHANGE_COLUMNS, pl.Float64)).cast(
            {"against": pl.String, "polarity": pl.String, "n": pl.Int64}
        )
    return _judged(pl.concat(parts)).select(CHANGE_COLUMNS)


def _inside(months: pl.DataFrame, period: Period) -> pl.DataFrame:
    require_columns(months, "month", "leaves")
    in_period = pl.col("month").is_between(period.start, period.end, closed="left")
    return months.filter(in_period).select("month", pl.col("leaves").cast(pl.Float64))


def _is_whole(months: pl.DataFrame, period: Period) -> bool:
    """Whether the months begin early enough to hold the period."""
    return bool((months["month"] <= period.start).any())


def _counted(rates: pl.DataFrame) -> pl.DataFrame:
    left = (pl.col("estimate") * pl.col("n")).round(0).cast(pl.Int64)
    return rates.with_columns(n_left=left)


def _hidden(rates: pl.DataFrame, hide_below: int) -> pl.DataFrame:
    is_small = pl.col("n") < hide_below
    shown = [pl.when(~is_small).then(pl.col(c)).alias(c)
             for c in ("estimate", "ci_low", "ci_high", "n_left")]  # fmt: skip
    kept = [c for c in rates.columns if c in (*LEFT_COLUMNS, *RATE_COLUMNS)]
    return rates.with_columns(*shown, is_suppressed=is_small).select(kept)


def _judged(changes: pl.DataFrame) -> pl.DataFrame:
    q = pl.Series("q_value", q_values(changes["p_value"].to_numpy()))
    is_change = pl.col("q_value") <= _ALPHA
    way = pl.when(pl.col("estimate") > 0).then(pl.lit("bad")).otherwise(pl.lit("good"))
    return changes.with_columns(q).with_columns(
        polarity=pl.when(is_change).then(way).otherwise(pl.lit("neutral"))
    )
