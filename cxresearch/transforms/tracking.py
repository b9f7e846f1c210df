"""How does a figure run over time, and which periods stand out from its usual ups and downs?

Unit of observation: a complete calendar period; periods never overlap. Base: the answers of the
period. A period is signalled only when it leaves limits that hold both kinds of noise, the chance
of the sample and the ordinary movement from one period to the next: limits from n alone raised 13 %
false alarms where weeks differed by 1.5 points.

It cannot tell why a period stands out. For where the figure is heading see `projection`.
"""

from collections.abc import Sequence
from datetime import datetime

import polars as pl

from cxresearch.errors import DataError, ParameterError, require_columns
from cxresearch.transforms.cells import RESPONDENT, Reading, as_names, summarise_cells
from cxresearch.transforms.estimates import ESTIMATE_COLUMNS, estimate_cells
from cxresearch.transforms.scales import Metric, Table, find_metric

TRACK_COLUMNS = (
    *("period_start", "period_end", *ESTIMATE_COLUMNS),
    *("centre", "limit_low", "limit_high", "signal"),
)
EVERY = ("1d", "1w", "1mo", "1q", "1y")
"""Lengths of a period: day, week from Monday, calendar month, quarter, year."""

LEAST_PERIODS = 8
"""Periods with answers below which no limits are drawn."""

RUN = 8
"""Periods in a row on one side of the centre that make a signal."""

_MOVING_RANGE = 1.128  # mean range of two normal draws, in standard deviations


def track(
    table: Table,
    *,
    metric: str,
    every: str = "1mo",
    at: str = "at",
    timezone: str = "UTC",
    data_from: datetime | None = None,
    data_until: datetime | None = None,
    by: str | Sequence[str] = (),
    score: str = "score",
    respondent: str | None = RESPONDENT,
    weight: str | None = None,
    confidence: float = 0.95,
) -> pl.DataFrame:
    """A metric over complete periods, with control limits and signals.

    Parameters
    ----------
    table, metric, by, score, respondent, weight, confidence
        As `measure`.
    every
        Length of a period: 1d, 1w, 1mo, 1q or 1y.
    at
        Column of instants (UTC where it has no zone) or days.
    timezone
        Where days begin.
    data_from, data_until
        First instant of the data and first instant after it (aware). Periods not wholly between
        them are left out. Without `data_until` the period of the latest answer counts as
        incomplete; without `data_from` the period of the earliest as complete.

    Returns
    -------
    pl.DataFrame
        by..., period_start, period_end (days, end excluded), the columns of `measure`, centre,
        limit_low, limit_high (null below 8 periods with answers), signal (`outside`: beyond the
        limits; `run`: eighth or later in a row on one side of the centre; else null). Periods
        without answers have a row with n 0.

    Raises
    ------
    DataError
        As `measure`; `at` is neither an instant nor a day.
    ParameterError
        `every` is none of those allowed.

    Notes
    -----
    Laney's p' chart (2002, Quality Engineering 14:531) with the within-period variance of the
    metric in place of p(1 - p), so that it serves net shares and means alike; the ratio of total
    to sampling spread is never taken below 1.

    Examples
    --------
    >>> from datetime import date
    >>> answers = pl.DataFrame({"at": [date(2025, m, 3) for m in range(1, 4)], "score": [9, 10, 1]})
    >>> track(answers, metric="nps").select("period_start", "estimate").rows()
    [(datetime.date(2025, 1, 1), 100.0), (datetime.date(2025, 2, 1), 100.0)]
    """
    rule, names = find_metric(metric), as_names(by)
    dated = _with_periods(
        table, every=every, at=at, timezone=timezone, limits=(data_from, data_until)
    )
    reading = Reading(rule, [*names, "period_start"], score, respondent, weight)
    periods = _with_gaps(summarise_cells(dated, reading), names, every=every)
    estimates = estimate_cells(periods, metric=rule, confidence=confidence)
    return _with_limits(estimates, metric=rule, by=names).select(*names, *TRACK_COLUMNS)


def _with_periods(
    table: Table,
    *,
    every: str,
    at: str,
    timezone: str,
    limits: tuple[datetime | None, datetime | None],
) -> pl.LazyFrame:
    require_columns(table, at)
    if every not in EVERY:
        raise ParameterError(f"every='{every}'", allowed=", ".join(EVERY))
    kind = table.collect_schema()[at]
    local = pl.col(at)
    if isinstance(kind, pl.Datetime):
        local = local if kind.time_zone else local.dt.replace_time_zone("UTC")
        local = local.dt.convert_time_zone(timezone)
    elif kind == pl.Date:
        local = local.cast(pl.Datetime("us")).dt.replace_time_zone(timezone)
    else:
        raise DataError(f"column '{at}' is {kind}", allowed="instants (Datetime) or days (Date)")
    started = local.dt.truncate(every)
    ended = started.dt.offset_by(every)
    since, until = (
        pl.lit(limit, pl.Datetime("us", "UTC")).dt.convert_time_zone(timezone) if limit else None
        for limit in limits
    )
    complete = ended <= (local.max() if until is None else until)
    if since is not None:
        complete &= started >= since
    return table.lazy().filter(complete).with_columns(period_start=started.dt.date())


def _with_gaps(cells: pl.DataFrame, by: list[str], *, every: str) -> pl.DataFrame:
    """A row for every period between the first and the last of all, in order."""
    start = pl.col("period_start")
    if cells.is_empty():
        return cells.with_columns(period_end=start)
    calendar = cells.select(pl.date_range(start.min(), start.max(), every))
    grid = cells.select(by).unique().join(calendar, how="cross") if by else calendar
    keys = [*by, "period_start"]
    return (
        grid.join(cells, on=keys, how="left", nulls_equal=True)
        .sort(keys)
        .with_columns(
            pl.col("n", "n_blank").fill_null(0),
            pl.col("n_effective").fill_null(0.0),
            start.dt.offset_by(every).alias("period_end"),
        )
    )


def _with_limits(estimates: pl.DataFrame, *, metric: Metric, by: Sequence[str]) -> pl.DataFrame:
    """Centre, limits and signals beside periods in order; see `track`.

    Parameters
    ----------
    estimates
        Columns of `estimate_cells`; the moments in the scale of what is counted.
    """
    n, mean, square = pl.col("n_effective"), pl.col("mean"), pl.col("square")
    known = mean.is_not_null()
    centre, error, z = pl.col("_centre"), pl.col("_se"), pl.col("_z")
    total = n.filter(known).sum()
    within = ["_all", *by]
    frame = (
        estimates.with_columns(_all=pl.lit(1))
        .with_columns(
            _centre=((n * mean).sum() / total).over(within),
            _square=((n * square).sum() / total).over(within),
            _periods=known.sum().over(within),
        )
        .with_columns(_se=((pl.col("_square") - centre**2).clip(0) / n).sqrt())
        .with_columns(_z=pl.when(known & (error > 0)).then((mean - centre) / error))
        .with_columns(_moving=z.drop_nulls().diff().abs().mean().over(within) / _MOVING_RANGE)
    )
    half = 3 * pl.max_horizontal(pl.col("_moving"), pl.lit(1.0)) * error
    lowest, highest = _range_of(metric)
    drawn = pl.when(pl.col("_periods") >= LEAST_PERIODS)
    limited = pl.when((pl.col("_periods") >= LEAST_PERIODS) & known)
    frame = frame.with_columns(
        centre=drawn.then(centre * metric.unit),
        limit_low=limited.then((centre - half).clip(lowest) * metric.unit),
        limit_high=limited.then((centre + half).clip(None, highest) * metric.unit),
        _side=limited.then((mean - centre).sign()),
    )
    return _with_signals(frame, within)


def _range_of(metric: Metric) -> tuple[pl.Expr, pl.Expr]:
    if metric.counting == "score":
        return pl.col("scale_min"), pl.col("scale_max")
    return pl.lit(-1.0 if metric.counting == "net" else 0.0), pl.lit(1.0)


def _with_signals(frame: pl.DataFrame, within: list[str]) -> pl.DataFrame:
    side, numbered = pl.col("_side"), frame.with_row_index("_row")
    # Periods without answers neither continue nor break a run: they are passed over.
    runs = (
        numbered.drop_nulls("_side")
        .with_columns(_run=side.rle_id().over(within))
        .select("_row", _length=pl.int_range(1, pl.len() + 1).over([*within, "_run"]))
    )
    slack = 1e-9
    below = pl.col("estimate") < pl.col("limit_low") - slack
    above = pl.col("estimate") > pl.col("limit_high") + slack
    in_run = (pl.col("_length") >= RUN) & (side != 0)
    signal = pl.when(below | above).then(pl.lit("outside")).when(in_run).then(pl.lit("run"))
    return numbered.join(runs, on="_row", how="left", maintain_order="left").with_columns(
        signal=signal.otherwise(pl.lit(None, pl.String))
    )
