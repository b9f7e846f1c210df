"""How are the dates of a column written, and does the column tell day from month?"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import polars as pl

_SAMPLE = 2_000
_TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p", " %H.%M", " %H.%M.%S")
_LOOKS_LIKE_DATE = r"^(\d{1,4}[-/.]\d{1,2}[-/.]\d{2,4}|\d{8}$)"
_YEAR_FIRST = r"^(\d{4})[-/.]?(\d{1,2})[-/.]?(\d{1,2})"
_READ_BY_ITSELF = (
    r"^\d{4}[-/.]?\d{1,2}[-/.]?\d{1,2}([T ]\d{1,2}:\d{2}(:\d{2})?([.]\d+)?( ?[AaPp][Mm])?)?"
    r"( ?(Z|UTC|[+-]\d{2}:?\d{2}))?$"
)


@dataclass(frozen=True)
class DateForm:
    """How dates are written.

    Parameters
    ----------
    format
        The pattern to declare, or None where the intake reads the dates by itself.
    day_first
        Whether day or month comes first, or None where the year does.
    is_ambiguous
        Whether no date tells day from month.
    earliest, latest
        Local time, as read.
    """

    format: str | None
    day_first: bool | None
    is_ambiguous: bool
    example: str
    n_seen: int
    n_read: int
    earliest: datetime
    latest: datetime


def find_date_form(filled: pl.Series) -> DateForm | None:
    """The form in which at least nine in ten cells are dates between 1990 and 2100, or None.

    Parameters
    ----------
    filled
        Cells as text, without nulls.

    Examples
    --------
    >>> form = find_date_form(pl.Series(["31/01/2025 10.15.00", "01/02/2025 9.00.00"]))
    >>> form.format, form.day_first, form.is_ambiguous
    ('%d/%m/%Y %H.%M.%S', True, False)
    """
    sample = filled.gather_every(max(1, filled.len() // _SAMPLE))
    if share_of(sample.str.contains(_LOOKS_LIKE_DATE)) < 0.9:
        return None
    is_year_first = share_of(sample.str.contains(_YEAR_FIRST)) >= 0.9
    return _year_first(sample) if is_year_first else _year_last(sample)


def share_of(mask: pl.Series) -> float:
    """Share of true values, 0 where there are none at all."""
    return float(mask.sum()) / max(1, mask.len())


def _year_first(sample: pl.Series) -> DateForm | None:
    digits = sample.str.extract_groups(_YEAR_FIRST).struct.unnest()
    text = digits.select(pl.concat_str(pl.all().str.zfill(2), separator="-")).to_series()
    form = None
    if share_of(sample.str.contains(_READ_BY_ITSELF)) < 0.9 and sample.str.contains(r"\s").any():
        found = (f for f in _forms("%Y{0}%m{0}%d", sample) if _share(sample, f) >= 0.9)
        form = next(found, None)
    return _make(sample, text.str.to_datetime("%Y-%m-%d", strict=False), form, None)


def _year_last(sample: pl.Series) -> DateForm | None:
    day, month = (
        max(_forms(order, sample), key=lambda form: _share(sample, form))
        for order in ("%d{0}%m{0}%Y", "%m{0}%d{0}%Y")
    )
    day_share, month_share = _share(sample, day), _share(sample, month)
    form = day if day_share >= month_share else month
    declared = form if "." in form or "%Z" in form else None
    dates = sample.str.to_datetime(form, strict=False)
    both = day_share == month_share
    return _make(sample, dates, declared, form == day, is_ambiguous=both)


def _forms(date: str, sample: pl.Series) -> Iterator[str]:
    mark = str(sample.str.extract(r"^\d+([-/.])").drop_nulls().first() or "-")
    for zone in ("", " %Z"):
        for time in _TIMES:
            yield date.format(mark) + time + zone


def _share(sample: pl.Series, form: str) -> float:
    read = sample.str.to_datetime(form, strict=False)
    return 1 - read.null_count() / max(1, read.len())


def _make(
    sample: pl.Series,
    dates: pl.Series,
    form: str | None,
    day_first: bool | None,
    *,
    is_ambiguous: bool = False,
) -> DateForm | None:
    read = dates.drop_nulls()
    # Dates as written carry no zone yet.
    read = read.filter(read.is_between(datetime(1990, 1, 1), datetime(2100, 1, 1)))  # noqa: DTZ001
    if read.len() < 0.9 * sample.len():
        return None
    earliest, latest = read.min(), read.max()
    assert isinstance(earliest, datetime)  # noqa: S101  nine in ten were read
    assert isinstance(latest, datetime)  # noqa: S101  as above
    return DateForm(
        form, day_first, is_ambiguous, str(sample[0]), sample.len(), read.len(), earliest, latest
    )
