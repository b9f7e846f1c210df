"""How does the tone of comments run over time, and which periods can be compared?

Unit of observation: a comment with its label. Base: the comments in which something speaks.

It cannot tell why a month stands out.
"""

import polars as pl

from cxresearch.errors import require_columns
from cxresearch.period import Period
from cxresearch.transforms.scales import Table
from cxresearch.transforms.suppress import THRESHOLD, suppress_small_cells
from cxresearch.transforms.text.measure import count_tone
from cxresearch.transforms.tracking import track

LEAST_EARLIER = 30
"""Comments that speak below which a period is not compared with."""

_JUDGED = ("centre", "limit_low", "limit_high", "signal")


def track_tone(
    scored: Table, *, period: Period, months: int = 24, hide_below: int = THRESHOLD
) -> pl.DataFrame:
    """The net tone month by month, with the limits of its usual ups and downs.

    Parameters
    ----------
    scored
        As `measure_tone`, with `at` (UTC).
    period
        The series ends with it.
    months
        How far back it reaches.
    hide_below
        Least number of people of a month that is shown.

    Returns
    -------
    pl.DataFrame
        period (label), period_start, n (comments that speak), n_respondents, estimate, ci_low,
        ci_high (-1 to 1), centre, limit_low, limit_high (null below eight months), is_signal,
        is_reliable, is_suppressed. Hidden months are in no limit.

    Raises
    ------
    DataError
        As `measure_tone`.
    """
    require_columns(scored, "at")
    window = period.window(months)
    inside = count_tone(scored.lazy().filter(window.contains()), ["at"])
    every = _tracked(inside, window)
    hidden = suppress_small_cells(
        every.drop(_JUDGED), by="period_start", threshold=hide_below
    ).with_columns(pl.col("period_start").dt.strftime("%Y-%m").alias("period"))
    gone = hidden.filter("is_suppressed")["period_start"].implode()
    local = pl.col("at").dt.convert_time_zone(window.timezone).dt.truncate("1mo").dt.date()
    judged = _tracked(inside.filter(~local.is_in(gone)), window).select("period_start", *_JUDGED)
    series = hidden.join(judged, on="period_start", how="left", maintain_order="left")
    return series.with_columns(pl.col("signal").is_not_null().alias("is_signal")).select(
        "period", "period_start", "n", "n_respondents", "estimate", "ci_low", "ci_high",
        "centre", "limit_low", "limit_high", "is_signal", "is_reliable", "is_suppressed",
    )  # fmt: skip


def choose_earlier(scored: Table, *, period: Period) -> Period:
    """The period to compare with: the same months a year before, else those just before.

    The year before is free of seasons; it is taken where at least `LEAST_EARLIER` comments that
    speak lie in it.
    """
    before = period.year_before()
    speaks = pl.col("label") != "unknown"
    n = scored.lazy().filter(before.contains(), speaks).select(pl.len()).collect().item()
    return before if n >= LEAST_EARLIER else period.previous()


def period_with_comments(scored: Table, *, period: Period, at_least: int) -> Period:
    """The period asked for or, where too few comments speak in it, the next longer one.

    Tried in turn: the period itself, three, twelve and twenty-four months ending with it. If none
    has `at_least`, the longest is returned.
    """
    tried = [period, *(period.window(months) for months in (3, 12, 24))]
    counts = (
        scored.lazy()
        .filter(pl.col("label") != "unknown")
        .select(one.contains().sum().alias(str(number)) for number, one in enumerate(tried))
        .collect()
    )
    enough = [p for p, n in zip(tried, counts.row(0), strict=True) if n >= at_least]
    longer = [p for p in enough if p.days >= period.days]
    return longer[0] if longer else max(tried, key=lambda p: p.days)


def _tracked(inside: pl.LazyFrame, window: Period) -> pl.DataFrame:
    return track(
        inside.select(pl.exclude("label")),
        metric="tone",
        timezone=window.timezone,
        data_from=window.start_at,
        data_until=window.end_at,
    )
