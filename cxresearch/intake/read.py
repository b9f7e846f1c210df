"""Which rows do the sources of a study hold? One raw table a source, with the place of every row.

Text formats stay text until the mapping reads them. `_file` is the path against the data folder
(posix), `_row` the place in it as a person counts: the record for CSV and the line for JSON lines
(the header is 1), the row of the sheet for Excel, the row from 1 for Parquet and queries.
"""

import glob
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

import polars as pl

from cxresearch.contract import KEYS
from cxresearch.errors import DataError
from cxresearch.intake.delimited import read_delimited, scan_delimited
from cxresearch.intake.dialect import open_delimited
from cxresearch.intake.sheets import read_excel, read_json_lines
from cxresearch.intake.slips import ShortLines, count_copies
from cxresearch.intake.sql import read_query
from cxresearch.study import Source, Study, format_of

LONG_LINE = "more_cells_than_header"
PLACE = ("_file", "_row")
_NO_LINES = pl.DataFrame(schema={"_row": pl.UInt32, "value": pl.String, "rule": pl.String})

Choice = Callable[[str, Collection[str]], list[str]]
"""From a file's label and header to the columns wanted of it; raises where one is missing."""
Pick = Callable[[Collection[str]], list[str]]


class Content(NamedTuple):
    """What one file holds.

    Parameters
    ----------
    header
        Its columns.
    rows
        `_row` and the columns wanted.
    broken
        The lines that are no row.
    whole
        Every column of its rows, read only where it is asked.
    short
        Lines with fewer cells than the header.
    """

    header: Collection[str]
    rows: pl.DataFrame
    broken: pl.DataFrame
    whole: pl.LazyFrame
    short: ShortLines | None = None


@dataclass(frozen=True)
class RawTable:
    """What one source holds.

    Parameters
    ----------
    name
        The source in messages.
    rows
        `_file`, `_row` and the columns wanted.
    unreadable
        Lines that are no row of the table: `_file`, `_row`, `value` (the line), `rule`.
    unused
        Columns of the files that the mapping does not use.
    without_rows
        Files that hold a header and nothing else.
    short_lines
        Lines with fewer cells than the header, a file each.
    copies
        By file, rows that are exact copies of another row; of sources without an id of their own.
    """

    source: Source
    name: str
    rows: pl.DataFrame
    unreadable: pl.DataFrame
    unused: tuple[str, ...]
    without_rows: tuple[str, ...]
    short_lines: tuple[ShortLines, ...]
    copies: Mapping[str, int]


def data_folder(study: Study, data: Path | str | None = None) -> Path:
    """The folder against which source paths are resolved."""
    if data is not None:
        return Path(data)
    return study.folder / (study.data_root or "")


def source_name(source: Source) -> str:
    """What messages call a source."""
    return source.name or (source.files[0] if source.files else f"query on {source.table}")


def source_files(source: Source, folder: Path) -> list[Path]:
    """The files of a source, each once, in the order of their names.

    Raises
    ------
    DataError
        A path or glob matches no file; those that are there are listed.
    """
    found: list[Path] = []
    for pattern in source.files or []:
        # glob.glob takes absolute patterns and those that climb (../exports/*.csv); Path.glob not.
        matches = glob.glob(pattern, root_dir=folder, recursive=True)  # noqa: PTH207  takes ".." too
        files = [folder / match for match in sorted(matches) if (folder / match).is_file()]
        exact = folder / pattern
        if not files and exact.is_file():  # a name that holds brackets
            files = [exact]
        if not files:
            raise DataError(
                f"{pattern}: no such file in the data folder {folder}",
                allowed=_listing(folder),
                next_step=f"mend `files` of the source '{source_name(source)}' in study.yml, "
                "or name the folder with --data",
            )
        found += files
    return list(dict.fromkeys(found))


def read_source(
    source: Source, *, study: Study, choose: Choice, data: Path | str | None = None
) -> RawTable:
    """Read the rows of one source.

    Parameters
    ----------
    source, study
        The source, and the study it belongs to.
    choose
        Tells for a file's label and header which columns to read.
    data
        Data folder; default the study's.

    Raises
    ------
    DataError
        A file is missing, empty or unreadable, or no file holds a row.
    """
    folder, name = data_folder(study, data), source_name(source)
    if source.sql is not None:
        table = read_query(source.sql, data=folder, label=name).with_row_index("_row", offset=1)
        labels = [f"query:{name}"]
        files = [_choose_from(table, _NO_LINES, partial(choose, labels[0]))]
    else:
        paths = source_files(source, folder)
        labels = [label_of(path, folder) for path in paths]
        files = [
            _read_file(source, path, label, partial(choose, label))
            for path, label in zip(paths, labels, strict=True)
        ]
    by_label = list(zip(labels, files, strict=True))
    rows = _stack([_placed(file.rows, label) for label, file in by_label])
    unreadable = pl.concat(_placed(file.broken, label) for label, file in by_label)
    if rows.height == 0 and unreadable.height == 0:
        raise DataError(
            f"{' and '.join(labels[:3])}: a header, but no rows",
            allowed="at least one row",
            next_step="export the data again, or take the source out of study.yml",
        )
    columns = dict.fromkeys(column for file in files for column in file.header)
    copies = {label: _count_copies(source, file) for label, file in by_label}
    return RawTable(
        source=source,
        name=name,
        rows=rows,
        unreadable=unreadable,
        unused=tuple(column for column in columns if column not in rows.columns),
        without_rows=tuple(label for label, file in by_label if not file.rows.height),
        short_lines=tuple(file.short for file in files if file.short),
        copies={label: n for label, n in copies.items() if n},
    )


def label_of(path: Path, folder: Path) -> str:
    """What messages call a file: its path against the data folder."""
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name


def _read_file(source: Source, path: Path, label: str, pick: Pick) -> Content:
    kind = source.format or format_of(path.name)
    if kind == "csv":
        wanted = [*source.columns.values(), *(source.unpivot.columns if source.unpivot else ())]
        file = open_delimited(path, label=label, options=source.csv, wanted=wanted)
        rows, long, short = read_delimited(file, pick(file.header))
        long = long.with_columns(pl.lit(LONG_LINE).alias("rule"))
        return Content(file.header, rows, long, scan_delimited(file).drop("_row"), short)
    if kind == "jsonl":
        return _choose_from(*read_json_lines(path, label=label), pick)
    if kind == "excel":
        skip = source.csv.skip_rows
        table = read_excel(path, label=label, sheet=source.sheet, skip_rows=skip)
        return _choose_from(table, _NO_LINES, pick)
    if kind == "parquet":
        return _read_parquet(path, label, pick)
    raise DataError(
        f"{label}: what kind of file this is cannot be told from its ending",
        allowed="csv, parquet, jsonl, excel",
        next_step="write `format: csv` (or another) in the source in study.yml",
    )


def _read_parquet(path: Path, label: str, pick: Pick) -> Content:
    try:
        scan = pl.scan_parquet(path, glob=False, row_index_name="_row", row_index_offset=1)
        header = [name for name in scan.collect_schema().names() if name != "_row"]
        rows = scan.select("_row", *pick(header)).collect()
        return Content(header, rows, _NO_LINES, scan.drop("_row"))
    except pl.exceptions.PolarsError as error:
        raise DataError(
            f"{label} is not a Parquet file: {str(error).splitlines()[0]}",
            allowed="a whole Parquet file",
            next_step="export it again; a copy may have been cut short",
        ) from None


def _choose_from(table: pl.DataFrame, broken: pl.DataFrame, pick: Pick) -> Content:
    header = [name for name in table.columns if name != "_row"]
    return Content(header, table.select("_row", *pick(header)), broken, table.lazy().drop("_row"))


def _count_copies(source: Source, file: Content) -> int:
    """Exact copies among rows that no id tells apart; whole rows are read only where needed."""
    key = KEYS[source.table]
    if key in source.filled or key in file.header or not file.rows.height:
        return 0
    return count_copies(file.whole) if count_copies(file.rows.lazy().drop("_row")) else 0


def _placed(rows: pl.DataFrame, label: str) -> pl.DataFrame:
    return rows.select(
        pl.lit(label).alias("_file"), pl.col("_row").cast(pl.UInt32), pl.exclude("_row")
    )


def _stack(tables: list[pl.DataFrame]) -> pl.DataFrame:
    """All rows below one another; a column that differs in type between files is text."""
    if len(tables) == 1:
        return tables[0]
    kept = [table for table in tables if table.height] or tables[:1]
    types: dict[str, set[pl.DataType]] = {}
    for table in kept:
        for name, dtype in table.schema.items():
            types.setdefault(name, set()).add(dtype)
    mixed = [name for name, found in types.items() if len(found) > 1]
    # rechunk: expressions over many small pieces are slower than one copy.
    return pl.concat(
        [table.with_columns(as_text(pl.col(c), table.schema[c]) for c in mixed) for table in kept],
        how="diagonal",
        rechunk=True,
    )


def as_text(column: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """A column as a person would write it: 9.0 is `9`."""
    if dtype.is_float():
        whole = column.cast(pl.Int64, strict=False)
        is_whole = whole.cast(pl.Float64) == column
        return pl.when(is_whole).then(whole.cast(pl.String)).otherwise(column.cast(pl.String))
    return column.cast(pl.String)


def _listing(folder: Path, limit: int = 12) -> str:
    if not folder.is_dir():
        return f"a file below the data folder, but {folder} is not a folder"
    files = [label_of(path, folder) for path in sorted(folder.rglob("*")) if path.is_file()]
    shown = ", ".join(files[:limit]) + (f" and {len(files) - limit} more" if files[limit:] else "")
    return f"one of the files there: {shown}" if files else "a file there; the folder holds none"
