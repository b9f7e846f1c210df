"""How is a delimited text file written? Its encoding, its separator and its header.

What study.yml leaves out is found out from the file, and refused with the line to write where it
is not certain. A separator is right where it shows every column that the mapping names.
"""

import csv
import io
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from cxresearch.errors import DataError
from cxresearch.study import Csv

SEPARATORS = {",": "','", ";": "';'", "\t": '"\\t"', "|": "'|'"}
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
    if options.skip_rows == 0 and head.startswith("sep="):
        raise DataError(
            f"{label} begins with a line for Excel: '{head.splitlines()[0]}'",
            allowed="the header in the first line, or rows to skip declared",
            next_step="write `csv: {skip_rows: 1}` in the source in study.yml",
        )
    separator = options.separator or _find_separator(head, options.skip_rows, wanted, label)
    header = _header(head, separator, options.skip_rows)
    if options.separator:
        _check_separator(head, options, header, wanted, label)
    names = tuple(name or f"column_{i}" for i, name in enumerate(header, start=1))
    check_header(names, label)
    first_row = options.skip_rows + options.skip_rows_after_header + 2
    return Delimited(path, label, names, separator, options.skip_rows, first_row, text)


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
        raise bad_byte(path, label) from None


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


def bad_byte(path: Path, label: str) -> DataError:
    """The error that names the first byte of a file that is not UTF-8."""
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
