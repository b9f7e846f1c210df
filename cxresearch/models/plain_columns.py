"""What does each column of a plain table hold: numbers, categories, days, or nothing to learn from?

Unit of observation: a column. Text whose every word is a number is read as numbers, its blanks as
missing; days and instants become days. What cannot teach anything of a customer not yet seen is
named: ids, constants, free text, columns that repeat another.

It cannot know what a column means: a code of a region written as a number is read as a number.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import polars as pl

Kind = Literal["number", "category"]
NOT_LEARNED = {"column": pl.String, "reason": pl.String, "detail": pl.String}
READ = {"column": pl.String, "kind": pl.String, "read_from": pl.String, "n_missing": pl.Int64}

MANY = 50
"""Text with more values than this is an id or free text where most rows differ."""

_BLANKS = ("", "-", "?", "na", "n/a", "nan", "null", "none", "nd", "n.d.")
_ID = re.compile(r"(^|_)(id|ids|key|uuid|guid|rownames?|rownum|row|index|nr|codice)(_|$)")
_DAY = r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}.*)?$"
_CODE = r"^0\d"


@dataclass(frozen=True)
class PlainColumn:
    """How one column is read.

    Attributes
    ----------
    name, kind
        Its name; whether it becomes a number or a category.
    read_from
        What it was: number, flag, day, text, numbers in text, days in text.
    """

    name: str
    kind: Kind
    read_from: str

    def read(self) -> pl.Expr:
        """The column as `Float64` (a day as days since 1970) or `String`, blanks as null."""
        column = pl.col(self.name)
        if self.kind == "category":
            text = column.cast(pl.String).str.strip_chars()
            return pl.when(text != "").then(text).alias(self.name)
        if self.read_from == "day":
            return _as_days(column).alias(self.name)
        if self.read_from == "days in text":
            day = column.cast(pl.String).str.strip_chars().str.slice(0, 10)
            return _as_days(day.str.to_date("%Y-%m-%d", strict=False)).alias(self.name)
        if self.read_from == "numbers in text":
            column = column.cast(pl.String).str.strip_chars()
        number = column.cast(pl.Float64, strict=False)
        return pl.when(number.is_finite()).then(number).alias(self.name)


def _as_days(column: pl.Expr) -> pl.Expr:
    instant = column.cast(pl.Datetime("us"), strict=False)
    return instant.dt.epoch("us").cast(pl.Float64) / 86_400_000_000


def recognise(values: pl.Series) -> PlainColumn | None:
    """How a column is read; None for lists and the like.

    Examples
    --------
    >>> recognise(pl.Series("TotalCharges", ["29.85", " ", "1889.5"])).read_from
    'numbers in text'
    >>> recognise(pl.Series("plan", ["a", "b"])).kind
    'category'
    """
    dtype, name = values.dtype, values.name
    if dtype == pl.Boolean:
        return PlainColumn(name, "number", "flag")
    if dtype.is_numeric():
        return PlainColumn(name, "number", "number")
    if dtype in (pl.Date, pl.Datetime):
        return PlainColumn(name, "number", "day")
    if dtype == pl.Null:
        return PlainColumn(name, "category", "text")
    if dtype not in (pl.String, pl.Categorical, pl.Enum):
        return None
    text = values.cast(pl.String).str.strip_chars()
    said = text.filter(text.is_not_null() & ~text.str.to_lowercase().is_in(_BLANKS)).unique()
    if said.len() and dtype == pl.String:
        is_code = bool(said.str.contains(_CODE).filter(~said.str.contains(r"[.]")).any())
        numbers = said.cast(pl.Float64, strict=False)
        if numbers.null_count() == 0 and numbers.is_finite().all() and not is_code:
            return PlainColumn(name, "number", "numbers in text")
        if said.str.contains(_DAY).all():
            return PlainColumn(name, "number", "days in text")
    return PlainColumn(name, "category", "text")


def read_columns(
    table: pl.DataFrame, names: Sequence[str]
) -> tuple[pl.DataFrame, list[PlainColumn], pl.DataFrame]:
    """The columns that can teach something, as numbers and text, and why others cannot.

    Returns
    -------
    tuple
        The columns read; how each is read; `NOT_LEARNED`: column, reason {constant, id-like, free
        text, repeats, unsupported}, detail (of which column it is a repetition).
    """
    read: dict[str, pl.Series] = {}
    kept: list[PlainColumn] = []
    dropped: list[dict[str, str | None]] = []
    seen: dict[int, list[str]] = {}
    for name in names:
        how = recognise(table[name])
        values = None if how is None else table.select(how.read()).to_series()
        reason = "unsupported" if values is None or how is None else _why_not(values, how)
        twin = None
        if not reason and values is not None:
            mark = int(values.hash().sum() or 0)
            twin = next((n for n in seen.get(mark, []) if read[n].equals(values)), None)
            seen.setdefault(mark, []).append(name)
        if reason or twin:
            dropped.append({"column": name, "reason": reason or "repeats", "detail": twin})
        elif how is not None and values is not None:
            read[name] = values
            kept.append(how)
    found = pl.DataFrame(list(read.values())) if read else table.select()
    return found, kept, pl.DataFrame(dropped, schema=NOT_LEARNED)


def _why_not(values: pl.Series, how: PlainColumn) -> str:
    """Why a column cannot teach anything of others: constant, id-like, free text; else empty."""
    n_known, n_values = values.count(), values.drop_nulls().n_unique()
    if n_values == 0 or (n_values == 1 and n_known == values.len()):
        return "constant"
    if how.kind == "category":
        is_named = is_id_name(values.name)
        if (n_values == n_known and (n_known > MANY or is_named)) or (n_values > MANY and is_named):
            return "id-like"
        return "free text" if n_values > max(MANY, n_known / 2) else ""
    is_whole = how.read_from != "day" and bool((values.drop_nulls() % 1 == 0).all())
    if n_values < n_known or not is_whole or n_known <= MANY / 2:
        return ""
    low, high = values.min(), values.max()
    runs = isinstance(low, float) and isinstance(high, float) and high - low + 1 == n_values
    return "id-like" if runs or is_id_name(values.name) else ""


def is_id_name(name: str) -> bool:
    """Whether a name says that a column numbers its rows.

    Examples
    --------
    >>> [is_id_name(name) for name in ("customerID", "Customer ID", "rownames", "paid", "amount")]
    [True, True, True, False, False]
    """
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)
    return bool(_ID.search(re.sub(r"[^a-z0-9]+", "_", words.lower())))


def tell_read(read: pl.DataFrame, columns: Sequence[PlainColumn]) -> pl.DataFrame:
    """`READ`: how each column was read and how many of its values are missing."""
    rows = [
        {
            "column": how.name,
            "kind": how.kind,
            "read_from": how.read_from,
            "n_missing": read[how.name].null_count(),
        }
        for how in columns
    ]
    return pl.DataFrame(rows, schema=READ)
