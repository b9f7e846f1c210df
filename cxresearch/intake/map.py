"""How does a raw row become a row of the contract? Rename, codes, constants, unpivot, types.

A value that cannot be read as its column's type becomes null here and is listed in `unreadable`
with its text as it stands in the file: `check` quarantines its row. Nothing is lost on the way:
the rows mapped are the rows read, times the unpivoted columns.

What a source does not say and the contract needs is filled where only one reading is sensible: an
answer is a customer's; NPS is asked from 0 to 10; a missing id is made of file and row; who
answered is the customer, else the row; who labelled is the file, where each coder fills one.
"""

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import dataframely as dy
import polars as pl

from cxresearch.contract import KEYS, TYPE_NAMES, build_schema
from cxresearch.errors import DataError, did_you_mean
from cxresearch.intake.faces import read_faces
from cxresearch.intake.read import PLACE, RawTable, as_text, source_name
from cxresearch.intake.values import LABEL_WORDS, Cells, Constant, read_column, written_as
from cxresearch.study import Source, Study
from cxresearch.study.source import Scale

_QUESTION = "__question__"
_FILLED = {"voice", "respondent_id"}  # of responses, where a source does not give them
_KEYED = ("customers", "labels")  # nobody can be known, nor labelled, by a row number
BROKEN = {"_index": pl.UInt32, "column": pl.String, "rule": pl.String}


@dataclass(frozen=True)
class MappedTable:
    """Rows of one source as rows of the contract.

    Parameters
    ----------
    rows
        Every column of the contract with its type, `_file` and `_row`.
    text
        By contract column, what stood in the file before it was read, row by row.
    unreadable
        Cells that could not be read: `_index` (position in `rows`), `column`, `rule`.
    made
        Columns of ids the source does not give, made of file and row.
    zones
        By column, how many values carry an offset and how many do not.
    """

    raw: RawTable
    rows: pl.DataFrame
    text: dict[str, pl.Series]
    unreadable: pl.DataFrame
    made: set[str]
    zones: dict[str, tuple[int, int]]


def schema_of(study: Study, table: str) -> type[dy.Schema]:
    """The schema of a contract table, with the study's attributes."""
    return build_schema(table, attributes={n: part.type for n, part in study.attributes.items()})


def contract_columns(study: Study, table: str) -> dict[str, pl.DataType]:
    """Column types of a contract table, with the study's attributes."""
    return {name: column.dtype for name, column in schema_of(study, table).columns().items()}


def broken_cells(places: pl.Series, column: str, rule: str) -> pl.DataFrame:
    """A row a broken cell of `column`: `BROKEN`."""
    cells = pl.DataFrame({"_index": places.cast(pl.UInt32)})
    return cells.with_columns(pl.lit(column).alias("column"), pl.lit(rule).alias("rule"))


def choose_columns(source: Source, study: Study, label: str, header: Collection[str]) -> list[str]:
    """The columns of a file that the mapping of its source uses.

    A column that already bears the contract's name is used unless the source fills that name in
    another way.

    Raises
    ------
    DataError
        A mapped column is not in the file, or nothing gives a column the contract needs.
    """
    mapping = _mapping(source, study, header)
    unpivoted = list(source.unpivot.columns) if source.unpivot else []
    for contract, column in [*source.columns.items(), *(("unpivot", c) for c in unpivoted)]:
        if column not in header:
            one = " If another character parts the columns, write it as `csv: {separator: '...'}`."
            raise DataError(
                f"{label}: the column '{column}' is missing.{did_you_mean(column, header)}",
                allowed=f"columns of the file: {', '.join(header)}",
                next_step=f"mend {_where(contract, column)} of the source "
                f"'{source_name(source)}' in study.yml, or export the column."
                + (one if len(header) == 1 else ""),
            )
    _check_needed(source, study, label, header, set(mapping))
    return list(dict.fromkeys([*mapping.values(), *unpivoted]))


def map_source(raw: RawTable, study: Study) -> MappedTable:
    """Map the rows of a source to its contract table.

    Raises
    ------
    DataError
        Dates are ambiguous (see `instants`).
    """
    source = raw.source
    mapping = _mapping(source, study, [c for c in raw.rows.columns if c not in PLACE])
    rows = _unpivot(raw.rows, source) if source.unpivot else raw.rows
    text = {name: rows[column].alias(name) for name, column in mapping.items()}
    if source.unpivot:
        into, question = source.unpivot.into, rows[_QUESTION]
        names = question.replace_strict(source.unpivot.columns, return_dtype=pl.String)
        text |= {source.unpivot.values: rows[source.unpivot.values], into: names.alias(into)}
        if source.table == "responses" and "question" not in text:
            text["question"] = question.alias("question")
    default = {"voice": "customer"} if source.table == "responses" else {}
    constants = {n: v for n, v in {**default, **source.constants}.items() if n not in text}
    types = contract_columns(study, source.table)
    read = _read_all(text, types, source, study)
    table = rows.select(*PLACE, pl.col(f"^{_QUESTION}$")).with_columns(
        *(cells.values for cells in read.values()),
        *(_constant(n, v, types[n], source, study) for n, v in constants.items()),
    )
    table = _with_ids(table, source)
    table = _with_scale(table, source) if source.table == "responses" else table
    blank = [pl.lit(None, dtype=t).alias(n) for n, t in types.items() if n not in table.columns]
    failures = [
        broken_cells(places, column, f"{column}|{rule}")
        for column, cells in read.items()
        for rule, places in cells.failures.items()
    ]
    return MappedTable(
        raw=raw,
        rows=table.with_columns(blank).select(*types, *PLACE),
        text=text,
        unreadable=pl.concat([pl.DataFrame(schema=BROKEN), *failures]),
        made={KEYS[source.table], "respondent_id"} - {*mapping, *source.filled},
        zones={column: cells.zones for column, cells in read.items() if cells.zones},
    )


def _mapping(source: Source, study: Study, header: Collection[str]) -> dict[str, str]:
    """Source column by contract column, the unpivoted ones aside."""
    taken = {*source.columns.values(), *(source.unpivot.columns if source.unpivot else ())}
    free = set(header) - taken - source.filled
    same = {name: name for name in contract_columns(study, source.table) if name in free}
    return {**same, **source.columns}


def _where(contract: str, column: str) -> str:
    if contract == "unpivot":
        return f"`unpivot: {{columns: {{{column}: ...}}}}`"
    return f"`columns: {{{contract}: {column}}}`"


def _check_needed(
    source: Source, study: Study, label: str, header: Collection[str], mapped: Collection[str]
) -> None:
    table = source.table
    given = {*mapped, *source.filled}
    given |= {"coder"} if table in _KEYED else {KEYS[table], *_FILLED}
    columns = build_schema(table).columns().items()
    missing = [name for name, c in columns if not c.nullable and name not in given]
    if missing:
        raise DataError(
            f"{label}: nothing gives '{missing[0]}', which {table} need."
            f"{did_you_mean(missing[0], header)}",
            allowed=f"columns of the file: {', '.join(header)}",
            next_step=f"write `columns: {{{missing[0]}: <one of these>}}` or "
            f"`constants: {{{missing[0]}: ...}}` in the source '{source_name(source)}'",
        )


def _unpivot(rows: pl.DataFrame, source: Source) -> pl.DataFrame:
    assert source.unpivot is not None  # noqa: S101  only wide sources come here
    if "comment" in source.columns:
        raise DataError(
            f"{source_name(source)}: the comment would be repeated for each of the "
            f"{len(source.unpivot.columns)} questions",
            allowed="unpivot without a comment",
            next_step="declare a second source of the same files that maps the comment alone",
        )
    wide = list(source.unpivot.columns)
    # One type for all answers of the wide survey: text where they differ.
    if len({rows.schema[name] for name in wide}) > 1:
        rows = rows.with_columns(as_text(pl.col(name), rows.schema[name]) for name in wide)
    kept = [name for name in rows.columns if name not in wide]
    return rows.unpivot(
        on=wide, index=kept, variable_name=_QUESTION, value_name=source.unpivot.values
    )


def _read_all(
    text: dict[str, pl.Series], types: dict[str, pl.DataType], source: Source, study: Study
) -> dict[str, Cells]:
    def read_one(column: str) -> Cells:
        return read_column(
            _with_faces(text, source) if column == "score" else text[column],
            types[column],
            codes=source.values.get(column, {}),
            source=source,
            timezone=study.timezone,
            what=f"{source_name(source)}, column '{source.columns.get(column, column)}'",
        )

    # Reading text as dates runs on one core a column; polars lets go of the interpreter for it.
    with ThreadPoolExecutor() as pool:
        return dict(zip(text, pool.map(read_one, text), strict=True))


def _with_faces(text: dict[str, pl.Series], source: Source) -> pl.Series:
    """The answers, with faces as scores where the question was asked with faces."""
    score, scale = text["score"], source.scale
    if source.table != "responses" or scale is None or score.dtype != pl.String:
        return score
    if "metric" not in text:
        asked = pl.repeat(source.constants.get("metric") == "emoji", len(score), eager=True)
    else:
        codes = {code: str(word) for code, word in source.values.get("metric", {}).items()}
        asked = (text["metric"].cast(pl.String).replace(codes) == "emoji").fill_null(value=False)
    if not asked.any():
        return score
    own = source.values.get("score", {})  # codes of the study win
    is_face = asked & ~score.is_in(list(own), nulls_equal=True)
    return score.zip_with(~is_face, read_faces(score, scale=scale))


def _constant(
    name: str, value: Constant, dtype: pl.DataType, source: Source, study: Study
) -> pl.Expr:
    """A constant read as a cell of its column would be."""
    written = pl.Series(name, [written_as(value)])
    where = f"{source_name(source)}, constants.{name}"
    cells = read_column(
        written, dtype, codes={}, source=source, timezone=study.timezone, what=where
    )
    if cells.values.null_count():
        raise DataError(
            f"{where}: '{value}' cannot be read as {TYPE_NAMES[dtype.base_type()]}",
            allowed="a value of the column's type; dates as 2025-04-03",
            next_step="mend it in study.yml",
        )
    return pl.lit(cells.values.item(), dtype=dtype).alias(name)


def _with_ids(table: pl.DataFrame, source: Source) -> pl.DataFrame:
    if source.table == "labels":
        return _with_coder(table)
    key = KEYS[source.table]
    place = pl.format("{}:{}", "_file", "_row")
    table = table.with_columns(
        (pl.lit(text) + pl.col(name)).alias(name)
        for name, text in source.prefixes.items()
        if name in table.columns
    )
    if source.table == "responses" and "respondent_id" not in table.columns:
        who = [pl.col("customer_id")] if "customer_id" in table.columns else []
        if not who or table["customer_id"].null_count():  # writing places out takes its time
            who.append(place)
        table = table.with_columns(pl.coalesce(who).alias("respondent_id"))
    if key not in table.columns:
        # Two sources that read the same file have names: `read_study` sees to it.
        made = pl.format("{}:{}", pl.lit(source.name), place) if source.name else place
        table = table.with_columns(made.alias(key))
    if source.unpivot:
        table = table.with_columns(pl.concat_str(key, _QUESTION, separator=":"))
    return table


def _with_coder(table: pl.DataFrame) -> pl.DataFrame:
    """Labels with who gave them, in the words of the contract."""
    file = pl.col("_file").str.replace(r"^.*/", "").str.replace(r"\.[^.]*$", "")
    named = [pl.col("coder")] if "coder" in table.columns else []
    words = pl.col("^label$").str.to_lowercase().replace(LABEL_WORDS)
    # The sheet that people fill in puts an apostrophe before what a spreadsheet would run.
    ids = pl.col("response_id").str.replace(r"^'([=+\-@])", "$1")
    return table.with_columns(pl.coalesce(*named, file).alias("coder"), words, ids)


def _with_scale(table: pl.DataFrame, source: Source) -> pl.DataFrame:
    if "metric" not in table.columns or "scale_min" in table.columns:
        return table
    metric, scale = pl.col("metric"), source.scale or Scale(min=0, max=10)
    asked = metric.is_not_null() if source.scale else metric == "nps"
    return table.with_columns(
        pl.when(asked).then(pl.lit(scale.min)).alias("scale_min"),
        pl.when(asked).then(pl.lit(scale.max)).alias("scale_max"),
        pl.when(asked).then(pl.lit(scale.high_is)).alias("high_is"),
    )
