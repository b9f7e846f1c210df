"""Which line of study.yml would most likely mend what broke?

A hint is a guess from the values that were quarantined, worded as one: it names the line to write
and when it is right.
"""

from collections.abc import Iterator

import polars as pl

from cxresearch.contract import build_schema
from cxresearch.intake.check import CheckedTable
from cxresearch.intake.instants import INSTANT
from cxresearch.intake.verdict import Doubt
from cxresearch.language import message
from cxresearch.study import Study

FEW_CODES = 3
OFTEN = 5
MANY = 0.02  # fewer are slips of single rows, not a way of writing
_COMMA = r"^[+-]?[\d.]+,\d+$"


def find_hints(table: CheckedTable, study: Study) -> Iterator[Doubt]:
    """Hints for every source of a table."""
    types = {
        name: column.dtype
        for name, column in build_schema(
            table.name, attributes={name: part.type for name, part in study.attributes.items()}
        )
        .columns()
        .items()
    }
    n_mapped = dict(table.conservation.select("source", "n_mapped").iter_rows())
    for (source,), lines in table.quarantine.group_by("source", maintain_order=True):
        yield from _of_scores(table, str(source), lines)
        unreadable = lines.filter(pl.col("rule").str.ends_with("|dtype"))
        for (column,), cells in unreadable.group_by("column", maintain_order=True):
            is_word = cells.height >= OFTEN and cells["value"].n_unique() <= FEW_CODES
            if is_word or cells.height >= MANY * n_mapped[str(source)]:
                yield from _of_cells(
                    table.name, str(source), str(column), cells, types[str(column)]
                )


def _of_scores(table: CheckedTable, source: str, lines: pl.DataFrame) -> Iterator[Doubt]:
    if table.name != "responses":
        return
    outside = lines.filter(pl.col("rule") == "score_on_scale")["value"].drop_nulls()
    codes = outside.unique().sort().to_list()
    # A code that is a good answer to another question must not be mapped to a blank.
    answers = {f"{score:g}" for score in table.rows["score"].unique().drop_nulls()}
    if 0 < len(codes) <= FEW_CODES and not answers & set(codes):
        yield Doubt(
            "codes_outside_scale",
            "warning",
            table.name,
            message(
                "{n:count} scores of {source} lie outside the scale, all of them {codes:list}. If "
                "that means no answer, write in the source: {line}",
                n=outside.len(),
                source=source,
                codes=codes,
                line=f"values: {{score: {_as_blank(outside.unique().sort())}}}",
            ),
        )


def _as_blank(words: pl.Series) -> str:
    return "{" + ", ".join(f"'{word}': null" for word in words) + "}"


def _of_cells(
    table: str, source: str, column: str, cells: pl.DataFrame, dtype: pl.DataType
) -> Iterator[Doubt]:
    values = {"n": cells.height, "column": column, "source": source, "value": cells["value"][0]}
    commas = cells.filter(pl.col("value").str.contains(_COMMA))
    if dtype.is_numeric() and commas.height:
        values |= {"n": commas.height, "value": commas["value"][0]}
        line = "csv: {decimal_comma: true}"
        yield Doubt(
            "decimal_comma",
            "warning",
            table,
            message(
                "In {source}, {column} holds what looks like decimal commas ({n:count} times, such "
                "as '{value}'). If they are, write in the source: {line}",
                line=line,
                **values,
            ),
        )
    elif dtype in (INSTANT, pl.Date):
        yield Doubt(
            "unreadable_dates",
            "warning",
            table,
            message(
                "In {source}, {column} holds what is no date in the order of the others ({n:count} "
                "times, such as '{value}'). If all are written in one way, say how: {line}",
                line="dates: {format: '%d/%m/%Y %H:%M'}",
                **values,
            ),
        )
    else:
        words = cells["value"].unique(maintain_order=True).head(FEW_CODES)
        line = f"values: {{{column}: {_as_blank(words)}}}"
        yield Doubt(
            "unreadable_values",
            "warning",
            table,
            message(
                "In {source}, {column} holds what cannot be read ({n:count} times, such as "
                "'{value}'). If that means no answer, write in the source: {line}",
                line=line,
                **values,
            ),
        )
