"""What does an export hold, before anybody has said what it means? Its rows as text, its labels.

Encoding and survey tool are found out; the separator is left to the reader of delimited files. A
tool that writes rows of labels below the header (Qualtrics) gives the text of each question.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from cxresearch.errors import DataError, did_you_mean
from cxresearch.intake.read import PLACE, as_text, read_source
from cxresearch.study import Source, Study, format_of, list_presets, read_preset

_LISTED = 8
_INSTEAD = (
    "mend the export or export it again; or write a starter study with `cxresearch init DIR` and "
    "say in it how the file is to be read"
)
_SEPARATORS = (",", ";", "\t", "|")


@dataclass(frozen=True)
class Export:
    """An export as it stands in the file.

    Parameters
    ----------
    path
        The file.
    rows
        Every column as text, blanks as null, rows of labels left out.
    labels
        The text of the question by column; the column's name where the file has no labels.
    csv
        What study.yml must say about how the file is written.
    preset
        The survey tool recognised, or None.
    n_label_rows
        Rows of labels below the header.
    ignored
        Columns the tool adds that answer no question.
    """

    path: Path
    rows: pl.DataFrame
    labels: Mapping[str, str]
    csv: Mapping[str, Any]
    preset: str | None
    n_label_rows: int
    ignored: tuple[str, ...]

    @cached_property
    def n_distinct_rows(self) -> int:
        """Rows that differ from every other."""
        return self.rows.unique().height


def read_export(path: Path, *, preset: str | None = None) -> Export:
    """Read an export and recognise the tool that wrote it.

    Raises
    ------
    DataError
        The file is missing or cannot be read.
    StudyError
        There is no such preset.
    """
    if path.is_dir():
        raise DataError(
            f"{path} is a folder",
            allowed="one CSV, Excel, Parquet or JSON lines file",
            next_step="name a file in it" + _first_files(path),
        )
    if not path.is_file():
        there = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
        raise DataError(
            f"the export {path} does not exist.{did_you_mean(path.name, there)}",
            allowed="a CSV, Excel, Parquet or JSON lines file",
            next_step="check the path; put quotes around a name with blanks",
        )
    if preset:
        read_preset(preset)  # an unknown name is refused before the file is read
    options: dict[str, Any] = {}
    if format_of(path.name) in ("csv", None):
        options = _find_encoding(path)
    try:
        table, options = _read_rows(path, options)
    except DataError as error:
        # The reader advises on study.yml, which does not exist yet.
        raise DataError(error.cause, allowed=error.allowed, next_step=_INSTEAD) from None
    preset = preset or _recognise(table)
    options |= _find_decimal_comma(table)
    known = read_preset(preset) if preset else None
    n_label_rows = 0
    if known and (expected := known.source["csv"].get("skip_rows_after_header", 0)):
        n_label_rows = _count_label_rows(table, known.source["columns"]["at"], expected)
        options |= {"skip_rows_after_header": n_label_rows} if n_label_rows != expected else {}
    labels = {c: str(table[c][0] or c) if n_label_rows else c for c in table.columns}
    rows, ignored = table.slice(n_label_rows), tuple(known.ignored if known else ())
    if not rows.height:
        raise DataError(
            f"{path.name}: a header and rows of labels, but no answers",
            allowed="at least one answer",
            next_step=_INSTEAD,
        )
    return Export(path, rows, labels, options, preset, n_label_rows, ignored)


def _first_files(folder: Path) -> str:
    files = sorted(path.name for path in folder.iterdir() if path.is_file())
    return f": {', '.join(files[:_LISTED])}" if files else "; it holds none"


def _read_rows(path: Path, options: dict[str, Any]) -> tuple[pl.DataFrame, dict[str, Any]]:
    try:
        return _read_with(path, options), options
    except DataError as error:
        if "separator is not certain" not in error.cause:
            raise
    wide = {mark: _read_with(path, {**options, "separator": mark}).width for mark in _SEPARATORS}
    options = {**options, "separator": max(wide, key=lambda mark: wide[mark])}
    return _read_with(path, options), options


def _read_with(path: Path, options: Mapping[str, Any]) -> pl.DataFrame:
    said = {"table": "responses", "files": path.name, "csv": options}
    source = Source.model_validate(said | ({} if format_of(path.name) else {"format": "csv"}))
    study = Study(name="export", sources=[source])
    raw = read_source(source, study=study, choose=lambda _, header: list(header), data=path.parent)
    rows = raw.rows.select(
        as_text(pl.col(name), dtype).str.strip_chars()
        for name, dtype in raw.rows.schema.items()
        if name not in PLACE
    )
    return rows.with_columns(pl.when(pl.all() != "").then(pl.all()))


def _find_encoding(path: Path) -> dict[str, Any]:
    raw = path.read_bytes()
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return {"encoding": "utf-16"}
    for encoding, said in {"utf-8": {}, "cp1252": {"encoding": "cp1252"}}.items():
        with suppress(UnicodeDecodeError):
            raw.decode(encoding)
            if b"\0" not in raw:
                return dict(said)
    raise DataError(
        f"{path.name} is no text file",
        allowed="text as UTF-8, UTF-16 or Windows-1252; other files by their ending: .xlsx, "
        ".parquet, .jsonl",
        next_step="export the answers as CSV, or give a workbook or a Parquet file its own ending",
    )


def _find_decimal_comma(table: pl.DataFrame) -> dict[str, Any]:
    """Whether 4,5 stands for four and a half in some column, and 4.5 in none."""
    comma, point = (
        any(table.select(pl.all().str.contains(rf"^-?\d+{mark}\d+$").mean() > 0.5).row(0))
        for mark in (",", "[.]")
    )
    return {"decimal_comma": True} if comma and not point else {}


def _recognise(table: pl.DataFrame) -> str | None:
    if _has_import_ids(table):
        return "qualtrics"
    for name in list_presets():
        if set(read_preset(name).recognised_by) <= set(table.columns):
            return name
    return None


def _count_label_rows(table: pl.DataFrame, at: str, most: int) -> int:
    """Rows below the header that hold labels: where the date of an answer stands, no year does."""
    if at not in table.columns:
        return most if _has_import_ids(table) else 0
    has_year = table[at].head(most).str.contains(r"\d{4}").fill_null(True).to_list()
    return has_year.index(True) if True in has_year else len(has_year)


def _has_import_ids(table: pl.DataFrame) -> bool:
    cells = table.row(1) if table.height > 1 else ()
    return any(str(cell).startswith('{"ImportId"') for cell in cells)
