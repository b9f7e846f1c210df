"""What does a delimited text file say, row by row, before anybody interprets it?

Every cell stays text, so that a value that cannot be read later is quarantined as it was written.
A row's number is its record in the file with the header as 1: the line number, unless a quoted
cell holds line breaks. Lines with more cells than the header are handed back whole; a short line
is filled with blanks, as spreadsheets leave trailing blanks out. A line without a single cell is no
row.
"""

import csv
import io
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from cxresearch.errors import DataError
from cxresearch.study import Csv

SEPARATORS = {",": "','", ";": "';'", "\t": '"\\t"', "|": "'|'"}
_EXTRA = "__extra__"
_HEAD_BYTES = 65_536
_BYTE_ORDER_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


@dataclass(frozen=True)
class Delimited:
    """A file's header and how to read what is below it."""

    path: Path
    label: str
    header: tuple[str, ...]
    separator: str
    skip_rows: int  # records above the header
    first_row: int  # record number of the first row of data
    text: bytes | None  # the content as UTF-8 where the file has another encoding


def open_delimited(path: Path, *, label: str, options: Csv, wanted: Collection[str]) -> Delimited:
    """Find out separator and header of a file.

    Parameters
    ----------
    path, label
        The file, and its name in messages.
    options
        What study.yml declares; a separator left out is found out.
    wanted
        Source columns the mapping needs; a separator that shows them all is the right one.

    Raises
    ------
    DataError
        The file is empty, in another encoding, has a column twice, or its separator is wrong or
        not certain.
    """
    if path.stat().st_size == 0:
        raise DataError(
            f"{label} is empty (0 bytes)",
            allowed="a header line and one line a row",
            next_step="export the file again, or take it out of the source in study.yml",
        )
    text = _as_utf8(path, label, options.encoding)
    head = _head(path, label, text)
    separator = options.separator or _find_separator(head, options.skip_rows, wanted, label)
    header = _header(head, separator, options.skip_rows)
    if options.separator:
        _check_separator(head, options, header, wanted, label)
    names = tuple(name or f"column_{i}" for i, name in enumerate(header, start=1))
    check_header(names, label)
    first_row = options.skip_rows + options.skip_rows_after_header + 2
    return Delimited(path, label, names, separator, options.skip_rows, first_row, text)


def read_delimited(file: Delimited, columns: Collection[str]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read `columns` of a file as text.

    Returns
    -------
    tuple
        The rows: `columns` and `_row`. The lines longer than the header: `_row`, `value` (the
        line as it stands in the file).
    """
    try:
        table = _scan(file).select("_row", _EXTRA, *columns).collect()
        blank = _blank_lines(file, table.select(columns))
    except pl.exceptions.NoDataError:
        types = {"_row": pl.UInt32, **dict.fromkeys([_EXTRA, *columns], pl.String)}
        table, blank = pl.DataFrame(schema=types), None
    except pl.exceptions.PolarsError as error:
        raise _unreadable(file, error) from None
    if blank is not None:
        table = table.filter(~blank)
    is_long = pl.col(_EXTRA).is_not_null()
    if table[_EXTRA].null_count() == table.height:
        return table.drop(_EXTRA), _long_lines(file, [])
    long = table.filter(is_long)["_row"].to_list()
    return table.filter(~is_long).drop(_EXTRA), _long_lines(file, long)


def _scan(file: Delimited) -> pl.LazyFrame:
    return pl.scan_csv(
        file.text if file.text is not None else file.path,
        has_header=False,
        skip_rows=file.first_row - 1,
        schema=dict.fromkeys([*file.header, _EXTRA], pl.String),
        separator=file.separator,
        truncate_ragged_lines=True,
        missing_columns="insert",
        extra_columns="ignore",
        row_index_name="_row",
        row_index_offset=file.first_row,
        glob=False,
    )


def _blank_lines(file: Delimited, wanted: pl.DataFrame) -> pl.Series | None:
    """Marks lines without a single cell; None where there is none.

    The other columns are read only where all those wanted are blank somewhere.
    """
    if len(file.header) < 2 or any(wanted[name].null_count() == 0 for name in wanted.columns):
        return None
    if not wanted.select(pl.all_horizontal(pl.all().is_null()).any()).item():
        return None
    cells = pl.col(*file.header, _EXTRA)
    return _scan(file).select(pl.all_horizontal(cells.is_null())).collect().to_series()


def check_header(names: tuple[str, ...], label: str) -> None:
    """Refuse a header that has a name twice."""
    for name in names:
        if names.count(name) > 1:
            places = [str(i) for i, other in enumerate(names, start=1) if other == name]
            raise DataError(
                f"{label}: the column '{name}' stands {len(places)} times in the header "
                f"(columns {' and '.join(places)})",
                allowed="each column name once",
                next_step="rename one of them in the export: which one is meant cannot be known",
            )


def _as_utf8(path: Path, label: str, encoding: str) -> bytes | None:
    if encoding.lower().replace("_", "-") in ("utf-8", "utf8", "utf-8-sig"):
        return None
    try:
        return path.read_bytes().decode(encoding).encode()
    except LookupError:
        raise DataError(
            f"{label}: the encoding '{encoding}' is not known",
            allowed="utf-8, latin-1, cp1252, utf-16 or another name Python knows",
            next_step="mend `csv: {encoding: ...}` of the source in study.yml",
        ) from None
    except UnicodeError as error:
        raise DataError(
            f"{label} is not written in {encoding}: {error}",
            allowed="the encoding the file was exported in",
            next_step="mend `csv: {encoding: ...}` of the source in study.yml",
        ) from None


def _head(path: Path, label: str, text: bytes | None) -> str:
    if text is not None:
        head = text[:_HEAD_BYTES]
    else:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
        for mark, encoding in _BYTE_ORDER_MARKS.items():
            if head.startswith(mark):
                raise _wrong_encoding(f"{label} is not UTF-8: it begins as {encoding}", encoding)
        if b"\0" in head:
            raise DataError(
                f"{label} is not a text file: it holds zero bytes",
                allowed="a header line and one line a row",
                next_step="write `format: excel` or `format: parquet` in the source in study.yml "
                "where it is one",
            )
    try:
        # A character may be cut at the end of the piece read.
        return head.decode("utf-8-sig", errors="strict" if len(head) < _HEAD_BYTES else "ignore")
    except UnicodeDecodeError:
        raise _bad_byte(path, label) from None


def _records(text: str, separator: str) -> Iterator[list[str]]:
    return csv.reader(io.StringIO(text, newline=""), delimiter=separator)


def _first(text: str, separator: str, skip: int, n: int) -> list[list[str]]:
    found: list[list[str]] = []
    for i, record in enumerate(_records(text, separator)):
        if i >= skip:
            found.append(record)
        if len(found) > n:
            break
    return found


def _header(text: str, separator: str, skip: int) -> list[str]:
    records = _first(text, separator, skip, 0)
    return [name.strip().removeprefix("\ufeff").strip() for name in records[0]] if records else []


def _find_separator(text: str, skip: int, wanted: Collection[str], label: str) -> str:
    headers = {mark: _header(text, mark, skip) for mark in SEPARATORS}
    complete = [mark for mark, header in headers.items() if wanted and set(wanted) <= set(header)]
    wide = [mark for mark in complete if len(headers[mark]) > 1]
    if complete and not wide:
        return ","  # a single column, whatever the separator
    splitting = wide or [mark for mark in SEPARATORS if _splits_evenly(text, mark, skip)]
    if len(splitting) > 1:
        raise DataError(
            f"{label}: the separator is not certain: "
            f"{' and '.join(SEPARATORS[mark] for mark in splitting)} both part the lines evenly",
            allowed="a declared separator",
            next_step=f"write `csv: {{separator: {SEPARATORS[splitting[0]]}}}` (or the other) "
            "in the source in study.yml",
        )
    return splitting[0] if splitting else ","


def _splits_evenly(text: str, separator: str, skip: int) -> bool:
    records = [record for record in _first(text, separator, skip, 50)[:-1] if record]
    if not records:
        records = _first(text, separator, skip, 0)
    widths = [len(record) for record in records]
    return bool(widths) and widths[0] > 1 and widths.count(widths[0]) >= 0.9 * len(widths)


def _check_separator(
    text: str, options: Csv, header: list[str], wanted: Collection[str], label: str
) -> None:
    if len(header) > 1 or not wanted or set(wanted) <= set(header):
        return
    better = [
        mark for mark in SEPARATORS if set(wanted) <= set(_header(text, mark, options.skip_rows))
    ]
    better = better or [
        mark for mark in SEPARATORS if _splits_evenly(text, mark, options.skip_rows)
    ]
    hint = SEPARATORS[better[0]] if better else "..."
    given = SEPARATORS.get(options.separator or "", f"'{options.separator}'")
    raise DataError(
        f"{label}: the declared separator {given} leaves one single column: "
        f"'{header[0] if header else ''}'",
        allowed="the separator the file is written with",
        next_step=f"write `csv: {{separator: {hint}}}` in the source in study.yml, or leave it out",
    )


def _unreadable(file: Delimited, error: Exception) -> DataError:
    if "utf-8" in str(error).lower():
        return _bad_byte(file.path, file.label)
    line = _open_quote(file)
    if line:
        return DataError(
            f"{file.label}: a quotation mark opened in line {line} is never closed",
            allowed='cells in "quotation marks", a mark within a cell doubled',
            next_step="mend that line, or export the file again",
        )
    return DataError(
        f"{file.label} cannot be read as text with the separator {SEPARATORS.get(file.separator)}: "
        f"{str(error).splitlines()[0]}",
        allowed="a header line and one line a row",
        next_step="open the file in an editor and look at that place, or export it again",
    )


def _bad_byte(path: Path, label: str) -> DataError:
    content = path.read_bytes()
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        shown = content[max(error.start - 12, 0) : error.start + 12].decode("latin-1")
        shown = " ".join(shown.split())
        return _wrong_encoding(
            f"{label} is not UTF-8: line {line} holds the byte 0x{content[error.start]:02x}, "
            f"read as latin-1 '{shown}'",
            # The bytes 0x80 to 0x9f are letters and quotes on Windows, nothing in latin-1.
            "cp1252" if re.search(rb"[\x80-\x9f]", content) else "latin-1",
        )
    return _wrong_encoding(f"{label} is not UTF-8", "latin-1")


def _wrong_encoding(cause: str, encoding: str) -> DataError:
    return DataError(
        cause,
        allowed="UTF-8, or a declared encoding",
        next_step=f"write `csv: {{encoding: {encoding}}}` in the source in study.yml",
    )


def _open_quote(file: Delimited) -> int:
    """Line on which the last record starts, if that record swallows the rest of the file."""
    text = (file.text or file.path.read_bytes()).decode("utf-8-sig", errors="replace")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=file.separator, strict=True)
    start = 1
    try:
        for _ in reader:
            start = reader.line_num + 1
    except csv.Error:
        return start
    return 0


def _long_lines(file: Delimited, rows: list[int]) -> pl.DataFrame:
    """The lines of records `rows` as they stand in the file."""
    found: dict[str, list[object]] = {"_row": [], "value": []}
    if rows:
        text = (file.text or file.path.read_bytes()).decode("utf-8-sig")
        csv.field_size_limit(max(csv.field_size_limit(), len(text)))
        lines = text.splitlines(keepends=True)
        reader = csv.reader(iter(lines), delimiter=file.separator)
        wanted, start = set(rows), 0
        for number, _ in enumerate(reader, start=1):
            if number in wanted:
                found["_row"].append(number)
                found["value"].append("".join(lines[start : reader.line_num]).rstrip("\r\n"))
            start = reader.line_num
    return pl.DataFrame(found, schema={"_row": pl.UInt32, "value": pl.String})
