"""Which stretch of time is asked about? Half-open periods of whole days in the study's time zone.

A period is written `2025-10` (month), `2025-Q3` (quarter), `2025` (year) or
`2025-10-01/2025-11-01` (any days, the end excluded). Nothing here reads the clock: where no period
is given it is the last complete calendar month before the end of the data.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from cxresearch.errors import ParameterError

_MONTH = re.compile(r"(\d{4})-(\d{2})")
_QUARTER = re.compile(r"(\d{4})-[Qq]([1-4])")
_YEAR = re.compile(r"(\d{4})")
_DAYS = re.compile(r"(\d{4}-\d{2}-\d{2})/(\d{4}-\d{2}-\d{2})")


@dataclass(frozen=True)
class Period:
    """Days from `start` up to but without `end`, midnight to midnight in `timezone`.

    Examples
    --------
    >>> october = parse_period("2025-10", timezone="Europe/Rome")
    >>> october.label, october.previous().label, october.year_before().label
    ('2025-10', '2025-09', '2024-10')
    >>> october.start_at.isoformat()
    '2025-09-30T22:00:00+00:00'
    """

    start: date
    end: date
    timezone: str = "UTC"

    @property
    def label(self) -> str:
        """The shortest way of writing the period that `parse_period` understands."""
        months = _whole_months(self.start, self.end)
        if months == 1:
            return f"{self.start:%Y-%m}"
        if months == 3 and self.start.month % 3 == 1:
            return f"{self.start:%Y}-Q{(self.start.month + 2) // 3}"
        if months == 12 and self.start.month == 1:
            return f"{self.start:%Y}"
        return f"{self.start.isoformat()}/{self.end.isoformat()}"

    @property
    def start_at(self) -> datetime:
        """First instant of the period, in UTC."""
        return _midnight(self.start, self.timezone)

    @property
    def end_at(self) -> datetime:
        """First instant after the period, in UTC."""
        return _midnight(self.end, self.timezone)

    @property
    def days(self) -> int:
        """Length in days."""
        return (self.end - self.start).days

    def previous(self) -> "Period":
        """The period of the same length that ends where this one starts."""
        months = _whole_months(self.start, self.end)
        if months:
            return Period(add_months(self.start, -months), self.start, self.timezone)
        return Period(self.start - (self.end - self.start), self.start, self.timezone)

    def year_before(self) -> "Period":
        """The same period a year earlier."""
        return Period(add_months(self.start, -12), add_months(self.end, -12), self.timezone)

    def window(self, months: int) -> "Period":
        """The `months` months that end with this period."""
        return Period(add_months(self.end, -months), self.end, self.timezone)

    def contains(self, column: str = "at") -> pl.Expr:
        """Expression that is true where the instant in `column` (UTC) lies in the period."""
        return pl.col(column).is_between(
            pl.lit(self.start_at).cast(pl.Datetime("us", "UTC")),
            pl.lit(self.end_at).cast(pl.Datetime("us", "UTC")),
            closed="left",
        )


def parse_period(text: str, *, timezone: str = "UTC") -> Period:
    """Read a period from its written form.

    Raises
    ------
    ParameterError
        `text` is not a period, or ends before it starts.

    Examples
    --------
    >>> parse_period("2025-Q3").start
    datetime.date(2025, 7, 1)
    >>> parse_period("2025-13")
    Traceback (most recent call last):
    cxresearch.errors.ParameterError: '2025-13' is not a period
      allowed: 2025-10 (month), 2025-Q3 (quarter), 2025 (year), 2025-10-01/2025-11-01 (end excluded)
      next: write one of these, or leave it empty for the last complete month
    """
    try:
        start, end = _bounds(text.strip())
    except ValueError:
        start = end = None
    if start is None or end is None or end <= start:
        raise ParameterError(
            f"'{text}' is not a period",
            allowed="2025-10 (month), 2025-Q3 (quarter), 2025 (year), "
            "2025-10-01/2025-11-01 (end excluded)",
            next_step="write one of these, or leave it empty for the last complete month",
        )
    return Period(start, end, timezone)


def resolve_period(text: str, *, data_until: datetime, timezone: str = "UTC") -> Period:
    """The period asked for, or the last complete calendar month of the data.

    Parameters
    ----------
    text
        A written period, or empty.
    data_until
        The first instant after the data (aware).
    timezone
        The study's time zone.

    Examples
    --------
    >>> until = datetime(2025, 11, 3, tzinfo=UTC)
    >>> resolve_period("", data_until=until).label
    '2025-10'
    """
    if text.strip():
        return parse_period(text, timezone=timezone)
    end = data_until.astimezone(ZoneInfo(timezone)).date().replace(day=1)
    return Period(add_months(end, -1), end, timezone)


def periods_until(period: Period, n: int) -> list[Period]:
    """The `n` consecutive periods that end with `period`, the earliest first.

    Examples
    --------
    >>> [p.label for p in periods_until(parse_period("2025-01"), 3)]
    ['2024-11', '2024-12', '2025-01']
    """
    periods = [period]
    while len(periods) < n:
        periods.insert(0, periods[0].previous())
    return periods


def add_months(day: date, months: int) -> date:
    """Move `day` by whole months; a day that the month lacks becomes its last.

    Examples
    --------
    >>> add_months(date(2024, 3, 31), -1)
    datetime.date(2024, 2, 29)
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    first = date(year, month + 1, 1)
    following = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    return first + timedelta(days=min(day.day, (following - first).days) - 1)


def _bounds(text: str) -> tuple[date | None, date | None]:
    if match := _MONTH.fullmatch(text):
        start = date(int(match[1]), int(match[2]), 1)
        return start, add_months(start, 1)
    if match := _QUARTER.fullmatch(text):
        start = date(int(match[1]), 3 * int(match[2]) - 2, 1)
        return start, add_months(start, 3)
    if match := _YEAR.fullmatch(text):
        return date(int(match[1]), 1, 1), date(int(match[1]) + 1, 1, 1)
    if match := _DAYS.fullmatch(text):
        return date.fromisoformat(match[1]), date.fromisoformat(match[2])
    return None, None


def _whole_months(start: date, end: date) -> int:
    if start.day != 1 or end.day != 1:
        return 0
    return (end.year - start.year) * 12 + end.month - start.month


def _midnight(day: date, timezone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(timezone)).astimezone(UTC)
