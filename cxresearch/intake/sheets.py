"""What do a sheet of a workbook and a file of JSON lines hold? Cells as they stand, with places."""

import json
from pathlib import Path
from typing import Any

import polars as pl

from cxresearch.errors import DataError, did_you_mean
from cxresearch.intake.dialect import check_header, name_columns

BAD_JSON = "not_json"


def read_excel(
    path: Path, *, label: str, sheet: str | None = None, skip_rows: int = 0
) -> pl.DataFrame:
    """Read one sheet as text.

    Returns
    -------
    polars.DataFrame
        `_row` (the row of the sheet, from 1) and the columns named in the first row read. Dates
        come as ISO text, whole numbers without a fraction.

    Raises
    ------
    DataError
        The file is no workbook, or has no such sheet, no header, or a column twice.
    """
    import fastexcel

    try:
        workbook = fastexcel.read_excel(path)
    except fastexcel.FastExcelError as error:
        raise DataError(
            f"{label} is not an Excel workbook: {str(error).splitlines()[0]}",
            allowed=".xlsx, .xls, .xlsb, .ods",
            next_step="open it and save it again as .xlsx",
        ) from None
    names = workbook.sheet_names
    if sheet is not None and sheet not in names:
        raise DataError(
            f"{label} has no sheet '{sheet}'.{did_you_mean(sheet, names)}",
            allowed=", ".join(names),
            next_step="mend `sheet` of the source in study.yml",
        )
    loaded = workbook.load_sheet(
        sheet or 0, header_row=None, skip_rows=skip_rows, dtypes="string", schema_sample_rows=None
    )
    cells = loaded.to_polars().with_row_index("_row", offset=skip_rows + 1)
    if cells.height == 0 or cells.width == 1:
        raise DataError(
            f"{label}: the sheet '{sheet or names[0]}' is empty",
            allowed="a header row and one row a row of the table",
            next_step="name the right sheet with `sheet: ...` in study.yml; "
            f"there are: {', '.join(names)}",
        )
    return _with_header(cells, label)


def _with_header(cells: pl.DataFrame, label: str) -> pl.DataFrame:
    names = name_columns("" if name is None else str(name) for name in cells.row(0)[1:])
    check_header(names, label)
    renamed = cells.slice(1).rename(dict(zip(cells.columns[1:], names, strict=True)))
    return renamed.filter(~pl.all_horizontal(pl.col(names).is_null()))


def read_json_lines(path: Path, *, label: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read a file of one JSON object a line.

    Returns
    -------
    tuple
        `_row` (the line, from 1) and a column a key, as text (JSON for nested values). The lines
        that are no JSON object: `_row`, `value` (the line), `rule`.

    Raises
    ------
    DataError
        The file is empty or not UTF-8.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise DataError(
            f"{label} is not UTF-8: byte {error.start + 1} is 0x{error.object[error.start]:02x}",
            allowed="UTF-8, as JSON is defined",
            next_step="export it again as UTF-8",
        ) from None
    broken: list[tuple[int, str, str]] = []
    objects: list[dict[str, Any]] = []
    for number, line in enumerate(lines, start=1):
        record = _parsed(line)
        if record is not None:
            objects.append({"_row": number, **record})
        elif line.strip():
            broken.append((number, line.rstrip("\r"), BAD_JSON))
    if not objects:
        cause = f"line {broken[0][0]} is no JSON object: {broken[0][1][:60]}" if broken else "empty"
        raise DataError(
            f"{label} holds no row: {cause}",
            allowed="one JSON object a line",
            next_step="export the file again, or take it out of the source in study.yml",
        )
    keys = dict.fromkeys(key for record in objects for key in record)
    table = pl.DataFrame(
        {key: [_as_written(record.get(key)) for record in objects] for key in keys},
        schema=dict.fromkeys(keys, pl.String),
    ).with_columns(pl.col("_row").cast(pl.UInt32))
    places = {"_row": pl.UInt32, "value": pl.String, "rule": pl.String}
    return table, pl.DataFrame(broken, schema=places, orient="row")


def _parsed(line: str) -> dict[str, Any] | None:
    try:
        record = json.loads(line)
    except ValueError:
        return None
    if not isinstance(record, dict):
        return None
    return {str(key).strip(): value for key, value in record.items()}


def _as_written(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(value, ensure_ascii=False)
