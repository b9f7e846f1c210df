"""How is a delimited text file written? Its encoding, its separator and its header.

What study.yml leaves out is found out from the file, and refused with the line to write where it
is not certain. A separator is right where it shows every column that the mapping names.
"""

import csv
import io
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from cxresearch.errors import DataError
from cxresearch.study import Csv

SEPARATORS = {",": "','", ";": "';'", "\t": '"\\t"', "|": "'|'"}
_HEAD_BYTES = 65_536
_LOOKED_AT = 50
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")  # its byte order marks


@dataclass(frozen=True)
class Delimited:
    """A file's header and how to read what is below it."""

    path: Path
    label: str
    header: tuple[str, ...]
    separator: str
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
    skip = options.skip_rows
    if skip == 0 and head.startswith("sep="):
        raise DataError(
            f"{label} begins with a line for Excel: '{head.splitlines()[0]}'",
            allowed="the header in the first line, or rows to skip declared",
            next_step="write `csv: {skip_rows: 1}` in the source in study.yml",
        )
    separator = options.separator or _find_separator(head, skip, wanted, label)
    header = _header(head, separator, skip)
    if options.separator and len(header) <= 1 and not set(wanted) <= set(header):
        raise _one_column(head, options, header, wanted, label)
    names = name_columns(header)
    check_header(names, label)
    return Delimited(path, label, names, separator, skip + options.skip_rows_after_header + 2, text)


def name_columns(header: Iterable[str]) -> tuple[str, ...]:
    """The names in a header; one left blank is called by its place."""
    return tuple(name.strip() or f"column_{i}" for i, name in enumerate(header, start=1))


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
        cause = f"{label}: the encoding '{encoding}' is not known"
    except UnicodeError as error:
        cause = f"{label} is not written in {encoding}: {error}"
    raise DataError(
        cause,
        allowed="the encoding the file was exported in: utf-8, latin-1, cp1252, utf-16, ...",
        next_step="mend `csv: {encoding: ...}` of the source in study.yml",
    )


def _head(path: Path, label: str, text: bytes | None) -> str:
    if text is not None:
        head = text[:_HEAD_BYTES]
    else:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
        if head.startswith(_UTF_16):
            raise _wrong_encoding(f"{label} is not UTF-8: it begins as utf-16", "utf-16")
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


def _records(text: str, separator: str, skip: int, n: int) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    return list(islice(reader, skip, skip + n))


def _header(text: str, separator: str, skip: int) -> list[str]:
    records = _records(text, separator, skip, 1)
    return [name.strip().removeprefix("\ufeff").strip() for name in records[0]] if records else []


def _candidates(text: str, skip: int, wanted: Collection[str]) -> list[str]:
    """Separators that show every column wanted, else those that part the lines evenly."""
    headers = {mark: _header(text, mark, skip) for mark in SEPARATORS}
    complete = [mark for mark, header in headers.items() if wanted and set(wanted) <= set(header)]
    if complete:
        # A single column is the same whatever the separator.
        return [mark for mark in complete if len(headers[mark]) > 1] or [","]
    return [mark for mark in SEPARATORS if _parts_evenly(text, mark, skip)]


def _parts_evenly(text: str, separator: str, skip: int) -> bool:
    # The last record may be cut where the piece read ends.
    records = _records(text, separator, skip, _LOOKED_AT)
    records = [record for record in records[:-1] if record] or records[:1]
    widths = [len(record) for record in records]
    return bool(widths) and widths[0] > 1 and widths.count(widths[0]) >= 0.9 * len(widths)


def _find_separator(text: str, skip: int, wanted: Collection[str], label: str) -> str:
    candidates = _candidates(text, skip, wanted)
    if len(candidates) > 1:
        raise DataError(
            f"{label}: the separator is not certain: "
            f"{' and '.join(SEPARATORS[mark] for mark in candidates)} both part the lines evenly",
            allowed="a declared separator",
            next_step=f"write `csv: {{separator: {SEPARATORS[candidates[0]]}}}` (or the other) "
            "in the source in study.yml",
        )
    return candidates[0] if candidates else ","


def _one_column(
    text: str, options: Csv, header: list[str], wanted: Collection[str], label: str
) -> DataError:
    better = _candidates(text, options.skip_rows, wanted)
    given = SEPARATORS.get(options.separator or "", f"'{options.separator}'")
    return DataError(
        f"{label}: the declared separator {given} leaves one single column: "
        f"'{header[0] if header else ''}'",
        allowed="the separator the file is written with",
        next_step=f"write `csv: {{separator: {SEPARATORS[better[0]] if better else '...'}}}` in "
        "the source in study.yml, or leave it out",
    )


def bad_byte(path: Path, label: str) -> DataError:
    """The error that names the first byte of a file that is not UTF-8."""
    content = path.read_bytes()
    # The bytes 0x80 to 0x9f are letters and quotes on Windows, nothing in latin-1.
    encoding = "cp1252" if re.search(rb"[\x80-\x9f]", content) else "latin-1"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        near = content[max(error.start - 12, 0) : error.start + 12].decode("latin-1")
        return _wrong_encoding(
            f"{label} is not UTF-8: line {line} holds the byte 0x{content[error.start]:02x}, "
            f"read as latin-1 '{' '.join(near.split())}'",
            encoding,
        )
    return _wrong_encoding(f"{label} is not UTF-8", encoding)


def _wrong_encoding(cause: str, encoding: str) -> DataError:
    return DataError(
        cause,
        allowed="UTF-8, or a declared encoding",
        next_step=f"write `csv: {{encoding: {encoding}}}` in the source in study.yml",
    )
