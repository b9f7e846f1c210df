"""Which instant does a written date mean? From text to UTC, or nothing where it is not certain.

A column is read in one order of its parts: year first (2025-04-03), or day and month first
(03/04/2025). Which of day and month comes first must be declared, or proved by the data: a day
above 12. Within that order every resolution is read: days, minutes, seconds, fractions. An offset
in the text (Z, +02:00) is honoured; text without one is local time of the declared zone. A local
time that occurs twice when clocks go back is taken as the earlier; one that never occurs because
clocks went forward is not read.
"""

import re
from dataclasses import dataclass

import polars as pl

from cxresearch.errors import DataError
from cxresearch.study import Dates

INSTANT = pl.Datetime("us", "UTC")
_TIME = (
    r"(?:(?P<gap>[T ]|, )(?P<hour>\d{1,2})(?P<minute>:\d{2})(?P<second>:\d{2})?"
    r"(?P<fraction>[.]\d+)?(?P<half> ?[AaPp][Mm])?)?"
)
_ZONE = r"(?P<zone> ?(?:Z|UTC|[+-]\d{2}:?\d{2}|[+-]\d{2}))?"
_YEAR_FIRST = re.compile(r"(?P<date>\d{4}(?P<sep>[-/.])\d{1,2}(?P=sep)\d{1,2})" + _TIME + _ZONE)
_COMPACT = re.compile(r"(?P<date>\d{8})" + _TIME + _ZONE)
_YEAR_LAST = re.compile(r"(?P<date>\d{1,2}(?P<sep>[-/.])\d{1,2}(?P=sep)\d{4})" + _TIME + _ZONE)
_SAMPLE = 1_000


@dataclass(frozen=True)
class Instants:
    """Text read as instants.

    Parameters
    ----------
    values
        UTC; null where the text is blank or cannot be read.
    skipped
        True where the local time never occurred (clocks went forward).
    n_with_zone, n_without_zone
        Values read that carry an offset, and that do not.
    """

    values: pl.Series
    skipped: pl.Series
    n_with_zone: int
    n_without_zone: int


def read_instants(text: pl.Series, *, dates: Dates, timezone: str, what: str) -> Instants:
    """Read text as instants.

    Parameters
    ----------
    text
        Dates or instants as written; null where blank.
    dates
        What study.yml declares.
    timezone
        The study's time zone, for text without an offset where `dates` names no zone.
    what
        The column and its file, for messages.

    Raises
    ------
    DataError
        Day and month cannot be told apart, or both orders occur.

    Examples
    --------
    >>> read = read_instants(pl.Series(["2025-07-01 10:00", "2025-07-01T10:00:00Z"]),
    ...                      dates=Dates(), timezone="Europe/Rome", what="at")
    >>> [value.isoformat() for value in read.values]
    ['2025-07-01T08:00:00+00:00', '2025-07-01T10:00:00+00:00']
    """
    zone = dates.timezone or timezone
    if dates.format is not None:
        return _read_form(text, dates.format, zone)
    sample = text.drop_nulls().head(_SAMPLE)
    day_first = None
    if sample.str.contains(r"^\d{1,2}[-/.]\d{1,2}[-/.]\d{4}").sum() * 2 > sample.len():
        day_first = _find_order(text, what) if dates.day_first is None else dates.day_first
    read = not_read(text)
    for form in _forms(sample, day_first):
        read = _read_left(text, read, form, zone)
    for form in _forms(text.filter(_is_left(read)).drop_nulls(), day_first):
        read = _read_left(text, read, form, zone)
    return read


def localise(values: pl.Series, timezone: str) -> Instants:
    """Local times as UTC."""
    local = values.cast(pl.Datetime("us"))
    aware = local.dt.replace_time_zone(timezone, ambiguous="earliest", non_existent="null")
    skipped = aware.is_null() & local.is_not_null()
    return Instants(aware.dt.convert_time_zone("UTC"), skipped, 0, aware.count())


def as_utc(values: pl.Series) -> Instants:
    """Times with a zone as UTC."""
    instants = values.dt.convert_time_zone("UTC").cast(INSTANT)
    return Instants(instants, instants.is_null() & False, instants.count(), 0)


def not_read(values: pl.Series) -> Instants:
    """No value read."""
    return as_utc(pl.Series(values.name, dtype=INSTANT).clear(values.len()))


def _is_left(read: Instants) -> pl.Series:
    return read.values.is_null() & ~read.skipped


def _read_left(text: pl.Series, read: Instants, form: str, zone: str) -> Instants:
    """Read in another form what is not read yet."""
    is_left = _is_left(read)
    more = _read_form(text.set(~is_left, None), form, zone)
    return Instants(
        more.values.zip_with(is_left, read.values),
        read.skipped | more.skipped,
        read.n_with_zone + more.n_with_zone,
        read.n_without_zone + more.n_without_zone,
    )


def _read_form(text: pl.Series, form: str, zone: str) -> Instants:
    parsed = text.str.to_datetime(form, strict=False, time_unit="us")
    if form.endswith(("Z", "UTC")):
        parsed = parsed.dt.replace_time_zone("UTC")
    return localise(parsed, zone) if parsed.dtype == pl.Datetime("us") else as_utc(parsed)


def _forms(text: pl.Series, day_first: bool | None) -> list[str]:
    """The patterns in which dates are written, the commonest first."""
    shapes = pl.DataFrame({"text": text, "shape": text.str.replace_all(r"\d", "9")})
    counted = shapes.group_by("shape", maintain_order=True).agg(pl.len(), pl.first("text"))
    examples = counted.sort("len", descending=True, maintain_order=True)["text"]
    forms = [_format_of(example, day_first) for example in examples]
    return list(dict.fromkeys(form for form in forms if form))


def _format_of(example: str, day_first: bool | None) -> str | None:
    """The pattern of a written date, None where its order is not the column's."""
    if day_first is None:
        match = _YEAR_FIRST.fullmatch(example) or _COMPACT.fullmatch(example)
    else:
        match = _YEAR_LAST.fullmatch(example)
    if match is None:
        return None
    parts = match.groupdict()
    mark = parts.get("sep") or ""
    order = ("%Y", "%m", "%d") if day_first is None else ("%d", "%m", "%Y")
    order = ("%m", "%d", "%Y") if day_first is False else order
    return mark.join(order) + _time_format(parts) + _zone_format(parts["zone"] or "")


def _time_format(parts: dict[str, str | None]) -> str:
    if parts["hour"] is None:
        return ""
    hour = "%I" if parts["half"] else "%H"
    second = ":%S" if parts["second"] else ""
    fraction = "%.f" if parts["fraction"] else ""
    half = (" %p" if (parts["half"] or "").startswith(" ") else "%p") if parts["half"] else ""
    return f"{parts['gap']}{hour}:%M{second}{fraction}{half}"


def _zone_format(zone: str) -> str:
    if not zone or zone.strip() in ("Z", "UTC"):
        return zone
    return (" " if zone.startswith(" ") else "") + "%#z"


def _find_order(text: pl.Series, what: str) -> bool:
    """Whether the day comes first, as the data proves it."""
    parts = pl.DataFrame({"text": text}).select(
        "text",
        first=pl.col("text").str.extract(r"^(\d{1,2})[-/.]").cast(pl.Int64),
        second=pl.col("text").str.extract(r"^\d{1,2}[-/.](\d{1,2})[-/.]\d{4}").cast(pl.Int64),
    )
    days = parts.filter(pl.col("first").is_between(13, 31) & pl.col("second").is_between(1, 12))
    months = parts.filter(pl.col("second").is_between(13, 31) & pl.col("first").is_between(1, 12))
    if days.height and months.height:
        raise DataError(
            f"{what}: dates stand in two orders, such as {days['text'][0]} and {months['text'][0]}",
            allowed="one order a source",
            next_step="write `dates: {day_first: true}` (or false) in the source in study.yml; "
            "the dates of the other order are then quarantined where they cannot be read",
        )
    if not days.height and not months.height:
        raise DataError(
            f"{what}: {text.drop_nulls()[0]} is ambiguous: no date tells day from month",
            allowed="dates like 2025-04-03, or a declared order",
            next_step="write `dates: {day_first: true}` in the source in study.yml where "
            "03/04/2025 is 3 April, false where it is 4 March",
        )
    return days.height > 0
