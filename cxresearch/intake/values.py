"""What does a cell say? Text, numbers, flags, days and instants, as their column's type.

Blank text is null. What cannot be read is null and its place is told, so that the row can be
quarantined with the text that stood there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from cxresearch.intake.instants import INSTANT, as_utc, localise, not_read, read_instants
from cxresearch.intake.read import as_text
from cxresearch.study import Source

TRUE = ("true", "yes", "y", "t", "1", "si", "sì", "s", "vero", "x")
FALSE = ("false", "no", "n", "f", "0", "falso")
LABEL_WORDS: dict[str, str] = {
    **dict.fromkeys(("positive", "pos", "positivo", "positiva", "+"), "positive"),
    **dict.fromkeys(("negative", "neg", "negativo", "negativa", "-"), "negative"),
    **dict.fromkeys(("neutral", "neu", "neutro", "neutra", "neutrale", "0"), "neutral"),
    **dict.fromkeys(("mixed", "mix", "misto", "mista"), "mixed"),
}
"""How people write a tone, in any letter case."""
Constant = str | int | float | bool
_GROUPED = r"^[+-]?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?$"


@dataclass(frozen=True)
class Cells:
    """A column as read: its values, the places that failed by rule, and offsets met in dates."""

    values: pl.Series
    failures: dict[str, pl.Series] = field(default_factory=dict)
    zones: tuple[int, int] | None = None


def read_column(
    raw: pl.Series,
    dtype: pl.DataType,
    *,
    codes: Mapping[str, Constant | None],
    source: Source,
    timezone: str,
    what: str,
) -> Cells:
    """Read one column as `dtype`.

    Parameters
    ----------
    raw
        The column as it stands in the source.
    dtype
        The contract's type.
    codes
        Value codes: what is written, and what it means.
    source, timezone
        Date and number formats; the study's time zone.
    what
        Column and source, for messages.

    Returns
    -------
    Cells
        `failures` maps `dtype` (cannot be read as its type) and `skipped_hour` (a local time that
        never occurred) to positions.
    """
    values = _translate(_trim(raw), codes) if codes else _trim(raw)
    if dtype == values.dtype:
        return Cells(values)
    if dtype == pl.String:
        return Cells(_as_text(values))
    if dtype in (INSTANT, pl.Date):
        return _read_dates(values, dtype, source, timezone, what)
    if values.dtype == pl.String:
        parsed = _read_flags(values) if dtype == pl.Boolean else _read_numbers(values, source)
    elif dtype == pl.Boolean:
        parsed = values.replace_strict({0: False, 1: True}, default=None, return_dtype=pl.Boolean)
    else:
        parsed = values.cast(pl.Float64, strict=False)
    if dtype == pl.Int64 and parsed.dtype == pl.Float64:
        whole = parsed.cast(pl.Int64, strict=False)
        parsed = whole.set(whole.cast(pl.Float64) != parsed, None)
    return Cells(parsed, {"dtype": _failed(values, parsed)})


def _as_text(values: pl.Series) -> pl.Series:
    return values.to_frame().select(as_text(pl.col(values.name), values.dtype)).to_series()


def _failed(given: pl.Series, read: pl.Series) -> pl.Series:
    if given.null_count() == read.null_count():
        return pl.Series([], dtype=pl.UInt32)
    return (read.is_null() & given.is_not_null()).arg_true()


def _trim(column: pl.Series) -> pl.Series:
    """Text without blanks around it, null where nothing is left; cheap where nothing is to do."""
    if column.dtype in (pl.Categorical, pl.Enum):
        column = column.cast(pl.String)
    if column.dtype != pl.String:
        return column
    name, cells = pl.col(column.name), column.to_frame()
    is_padded, is_blank = cells.select(
        padded=(name.str.starts_with(" ") | name.str.ends_with(" ")).any(),
        blank=(name.str.len_bytes() == 0).any(),
    ).row(0)
    if is_padded:
        cells, is_blank = cells.select(name.str.strip_chars()), True
    if is_blank:
        cells = cells.select(pl.when(name.str.len_bytes() > 0).then(name))
    return cells.to_series()


def _translate(column: pl.Series, codes: Mapping[str, Constant | None]) -> pl.Series:
    meanings = {code: None if value is None else written_as(value) for code, value in codes.items()}
    return _as_text(column).replace(
        list(meanings), pl.Series(list(meanings.values()), dtype=pl.String)
    )


def written_as(value: Constant) -> str:
    """A value of study.yml as it would stand in a file."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _read_flags(text: pl.Series) -> pl.Series:
    meanings = dict.fromkeys(TRUE, True) | dict.fromkeys(FALSE, False)
    return text.str.to_lowercase().replace_strict(meanings, default=None, return_dtype=pl.Boolean)


def _read_numbers(text: pl.Series, source: Source) -> pl.Series:
    if source.csv.decimal_comma:
        fits = text.str.contains(_GROUPED)
        plain = text.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
        text = plain.set(~fits, None)
    return text.cast(pl.Float64, strict=False)


def _read_dates(
    values: pl.Series, dtype: pl.DataType, source: Source, timezone: str, what: str
) -> Cells:
    # A day is the same day everywhere.
    zone = "UTC" if dtype == pl.Date else source.dates.timezone or timezone
    if values.dtype == pl.String:
        dates = source.dates.model_copy(update={"timezone": zone})
        read = read_instants(values, dates=dates, timezone=zone, what=what)
    elif values.dtype in (pl.Date, pl.Datetime):
        read = (
            as_utc(values) if getattr(values.dtype, "time_zone", None) else localise(values, zone)
        )
    else:
        # A bare number may be days, seconds or milliseconds since several dates: never guessed.
        read = not_read(values)
    failures = {
        "dtype": _failed(values.set(read.skipped, None), read.values),
        "skipped_hour": read.skipped.arg_true(),
    }
    if dtype == pl.Date:
        return Cells(read.values.dt.date(), failures)
    return Cells(read.values, failures, (read.n_with_zone, read.n_without_zone))
