"""What does a delimited text file say, row by row, before anybody interprets it?

Every cell stays text, so that a value that cannot be read later is quarantined as it was written.
A row's number is its record in the file with the header as 1: the line number, unless a quoted
cell holds line breaks. Lines with more cells than the header are handed back whole; a short line
is filled with blanks, as spreadsheets leave trailing blanks out, and counted, since a line cut
short looks the same. A line without a single cell is no row.
"""

import csv
import io
from collections.abc import Collection, Iterator

import polars as pl

from cxresearch.errors import DataError
from cxresearch.intake.dialect import SEPARATORS, Delimited, bad_byte
from cxresearch.intake.slips import ShortLines, find_short_lines

EXTRA = "__extra__"
_LAST = "__last__"


def read_delimited(
    file: Delimited, columns: Collection[str]
) -> tuple[pl.DataFrame, pl.DataFrame, ShortLines | None]:
    """Read `columns` of a file as text.

    Returns
    -------
    tuple
        The rows: `columns` and `_row`. The lines longer than the header: `_row`, `value` (the
        line as it stands in the file). What is known of lines shorter than the header.
    """
    try:
        last = pl.col(file.header[-1]).alias(_LAST)
        table = scan_delimited(file).select("_row", EXTRA, *columns, last).collect()
        has_blank_end = len(file.header) > 1 and table[_LAST].null_count() > 0
        table = table.drop(_LAST)
        table = _without_blank_lines(file, table)
    except pl.exceptions.NoDataError:
        types = {"_row": pl.UInt32, **dict.fromkeys([EXTRA, *columns], pl.String)}
        table, has_blank_end = pl.DataFrame(schema=types), False
    except pl.exceptions.PolarsError as error:
        raise _unreadable(file, error) from None
    is_long = pl.col(EXTRA).is_not_null()
    long = table.filter(is_long)["_row"].to_list()
    rows = table.filter(~is_long) if long else table
    # Looking at single lines is slow: it is done only where some line can be short.
    short = find_short_lines(file) if has_blank_end else None
    return rows.drop(EXTRA), _long_lines(file, long), short


def scan_delimited(file: Delimited) -> pl.LazyFrame:
    """Every record of a file as text: `_row`, its columns and `EXTRA` (cells beyond the header)."""
    return pl.scan_csv(
        file.text if file.text is not None else file.path,
        has_header=False,
        skip_rows=file.first_row - 1,
        schema=dict.fromkeys([*file.header, EXTRA], pl.String),
        separator=file.separator,
        truncate_ragged_lines=True,
        missing_columns="insert",
        extra_columns="ignore",
        row_index_name="_row",
        row_index_offset=file.first_row,
        glob=False,
    )


def _without_blank_lines(file: Delimited, table: pl.DataFrame) -> pl.DataFrame:
    """Leave out lines without a single cell; a file of one column may hold blanks."""
    blank = table.select(pl.all_horizontal(pl.exclude("_row").is_null())).to_series()
    if len(file.header) < 2 or not blank.any():
        return table
    # What is blank where the mapping looks may hold something in the other columns.
    cells = pl.col(*file.header, EXTRA)
    return table.filter(
        ~scan_delimited(file).select(pl.all_horizontal(cells.is_null())).collect().to_series()
    )


def _unreadable(file: Delimited, error: Exception) -> DataError:
    if "utf-8" in str(error).lower():
        return bad_byte(file.path, file.label)
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


def _open_quote(file: Delimited) -> int:
    """Line on which the last record starts, if that record swallows the rest of the file."""
    end = 0
    try:
        for line, _ in _records(file, strict=True):
            end = line
    except csv.Error:
        return end + 1
    return 0


def _long_lines(file: Delimited, rows: list[int]) -> pl.DataFrame:
    """The lines of records `rows` as they stand in the file."""
    wanted = set(rows)
    records = enumerate(_records(file, strict=False), start=1) if rows else ()
    found = [(number, text.rstrip("\r\n")) for number, (_, text) in records if number in wanted]
    return pl.DataFrame(found, schema={"_row": pl.UInt32, "value": pl.String}, orient="row")


def _records(file: Delimited, *, strict: bool) -> Iterator[tuple[int, str]]:
    """Each record as it stands in the file, with the line on which it ends."""
    text = (file.text or file.path.read_bytes()).decode("utf-8-sig", errors="replace")
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))
    lines = list(io.StringIO(text, newline=""))
    reader = csv.reader(lines, delimiter=file.separator, strict=strict)
    end = 0
    for _ in reader:
        yield reader.line_num, "".join(lines[end : reader.line_num])
        end = reader.line_num
