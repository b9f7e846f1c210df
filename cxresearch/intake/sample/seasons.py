"""When do things happen at the sample company?

Days are counted in local time from the first midnight of 24 complete months; fractions are hours.
Weekdays and months change how much happens, never how well it goes.
"""

from datetime import date, datetime, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from .streams import Floats

TIMEZONE = "Europe/Rome"
START = date(2023, 11, 1)
END = date(2025, 11, 1)
N_DAYS = (END - START).days
N_MONTHS = 24

_DAYS = [START + timedelta(days=d) for d in range(N_DAYS + 1)]
MONTH_STARTS: NDArray[np.int64] = np.array([d for d, day in enumerate(_DAYS) if day.day == 1])
"""Day number of the first of each month, the end of the window included."""

_WEEKDAY = np.array([1.15, 1.0, 1.0, 1.05, 1.3, 0.85, 0.95])
_MONTH = np.array([0.9, 0.9, 1.0, 1.05, 1.0, 1.1, 1.2, 0.85, 1.05, 1.0, 0.95, 1.1])
_WEIGHT = np.array([_WEEKDAY[day.weekday()] * _MONTH[day.month - 1] for day in _DAYS[:-1]])
_DAY_CDF = np.cumsum(_WEIGHT) / _WEIGHT.sum()
_HOUR = np.array([3, 8, 10, 6, 5, 5, 6, 5, 5, 6, 8, 10, 8, 5, 3, 1], dtype=float)  # from 6 to 22
_HOUR_CDF = np.cumsum(_HOUR) / _HOUR.sum()


def draw_hours(rng: np.random.Generator, n: int) -> Floats:
    """Fractions of a day between 6 and 22 o'clock, with a morning and an evening peak."""
    hour = np.searchsorted(_HOUR_CDF, rng.random(n), side="right")
    return (6 + np.minimum(hour, 15) + rng.random(n)) / 24


def draw_days(rng: np.random.Generator, n: int) -> Floats:
    """Moments in the window, in days from its start."""
    day = np.searchsorted(_DAY_CDF, rng.random(n), side="right")
    return np.minimum(day, N_DAYS - 1) + draw_hours(rng, n)


def month_of(day: str = "day") -> pl.Expr:
    """Number of the month (0 to 23) in which a day number lies; 24 and more lie after the end."""
    starts = pl.lit(pl.Series(MONTH_STARTS[1:], dtype=pl.Float64))
    return starts.search_sorted(pl.col(day), side="right").cast(pl.Int64)


def instant(day: str | pl.Expr) -> pl.Expr:
    """A day number as a UTC instant, to the minute."""
    column = pl.col(day) if isinstance(day, str) else day
    # An hour skipped in spring does not exist: what falls into it happens an hour later.
    # Wall-clock time without a zone on purpose: the zone is put on below.
    local = pl.lit(datetime(START.year, START.month, START.day)) + pl.duration(  # noqa: DTZ001
        minutes=(column * 1_440).round().cast(pl.Int64)
    )
    zoned, later = (
        moment.dt.replace_time_zone(TIMEZONE, ambiguous="earliest", non_existent="null")
        for moment in (local, local + pl.duration(hours=1))
    )
    return pl.coalesce(zoned, later).dt.convert_time_zone("UTC").dt.cast_time_unit("us")
