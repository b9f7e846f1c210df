"""How does a table reach a reader in two languages, and a spreadsheet untouched?

The unit is one column: which values, under what name, written how. Display strings are for eyes
(rounded, in the reader's language); the CSV keeps the raw values and the raw column names. It
computes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any, Literal

import polars as pl

from cxresearch.errors import require_columns
from cxresearch.language import LANGUAGES, Message, format_value, message

MIME = "application/vnd.cxresearch+json"
"""The output type that carries the content of a cell in every language to the report page."""


@dataclass(frozen=True)
class Column:
    """One column of a shown table.

    Parameters
    ----------
    name
        The column of the table.
    label
        What stands at its head.
    spec
        How values are written, a name in `language.FORMATS`; empty for text.
    upper
        The column of the upper end, where `name` is the lower end of an interval: the two are
        shown in one cell, "28 to 34", and stay two columns in the CSV.
    labels
        Names of ids per language, `{"desk": {"en": "Ticket desk", "it": "Biglietteria"}}`.
    raw
        Columns that stand in the CSV in place of `name`, where what is shown is words made of them.
    align
        Which side the cells keep to; empty = `right` for numbers, so that their digits stand in
        columns, and `left` for text. Figures written as text take `right`.

    Examples
    --------
    >>> table = pl.DataFrame({"ci_low": [0.281], "ci_high": [0.343]})
    >>> column = Column("ci_low", message("95% interval"), "share", upper="ci_high")
    >>> column.cells(table, "en")
    ['28% to 34%']
    """

    name: str
    label: Message
    spec: str = ""
    upper: str = ""
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    align: Literal["", "left", "right"] = ""
    raw: tuple[str, ...] = ()

    @property
    def in_file(self) -> list[str]:
        """The columns of the CSV."""
        return list(self.raw) or [name for name in (self.name, self.upper) if name]

    def cells(self, table: pl.DataFrame, language: str) -> list[str]:
        """What stands in each row, written for a reader of `language`."""
        lower = [self._written(value, language) for value in table[self.name]]
        if not self.upper:
            return lower
        upper = [self._written(value, language) for value in table[self.upper]]
        empty = format_value(None, "", language)
        return [
            empty
            if low == high == empty
            else message("{low} to {high}", low=low, high=high).in_language(language)
            for low, high in zip(lower, upper, strict=True)
        ]

    def side(self, table: pl.DataFrame) -> str:
        """`align`, or what suits the type of the column."""
        return self.align or ("right" if table.schema[self.name].is_numeric() else "left")

    def _written(self, value: Any, language: str) -> str:
        return format_value(self.labels.get(value, value), self.spec, language)


def tabulate(table: pl.DataFrame, columns: Sequence[Column], language: str) -> dict[str, Any]:
    """The table as JSON: `columns` (name, label, align), `rows` to read, `csv` to download.

    The first row of `csv` holds the column names; its other cells are raw values as text, empty
    where null. Nothing is made safe here: the page does that at its own border.

    Raises
    ------
    DataError
        A column is not in the table.

    Examples
    --------
    >>> t = pl.DataFrame({"touchpoint": ["app"], "n": [1200]})
    >>> shown = tabulate(t, [Column("n", message("Answers"), "count")], "en")
    >>> shown["rows"], shown["csv"]
    ([['1,200']], [['n'], ['1200']])
    """
    require_columns(table, *(n for c in columns for n in (c.name, c.upper) if n))
    names = list(dict.fromkeys(name for column in columns for name in column.in_file))
    require_columns(table, *names)
    cells = [column.cells(table, language) for column in columns]
    return {
        "columns": [
            {
                "name": column.name,
                "label": column.label.in_language(language),
                "align": column.side(table),
            }
            for column in columns
        ],
        "rows": [list(row) for row in zip(*cells, strict=True)],
        "csv": [names, *([_raw(value) for value in row] for row in table.select(names).rows())],
    }


def _raw(value: Any) -> str:
    if value is None or value != value:
        return ""
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


@dataclass(frozen=True)
class Table:
    """A table that stands on the page by itself.

    Parameters
    ----------
    name
        Short and unique on its page; names the CSV file.
    title
        What the table shows, as a finding where it can be one.
    subtitle
        What the figures are: unit, n, period.
    table
        One row a line, in the order to show.
    columns
        What is shown of it.
    language
        The language of JupyterLab's display.
    """

    name: str
    title: Message
    subtitle: Message
    table: pl.DataFrame
    columns: tuple[Column, ...]
    language: str = "en"

    def content(self, language: str) -> dict[str, Any]:
        """Title, subtitle and table as text in `language`."""
        return {
            "title": self.title.in_language(language),
            "subtitle": self.subtitle.in_language(language),
            "table": tabulate(self.table, self.columns, language),
        }

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        shown = self.content(self.language)
        return {
            "text/plain": shown["title"],
            "text/html": f"<h4>{escape(shown['title'])}</h4><p>{escape(shown['subtitle'])}</p>"
            + table_as_html(shown["table"]),
            MIME: {
                "kind": "table",
                "name": self.name,
                "languages": {language: self.content(language) for language in LANGUAGES},
            },
        }


def show_table(
    table: pl.DataFrame,
    *columns: Column,
    name: str,
    title: Message,
    subtitle: Message,
    language: str = "en",
) -> Table:
    """Show `table` on the page, the given columns in the given order.

    Examples
    --------
    >>> t = pl.DataFrame({"touchpoint": ["app"], "n": [1200]})
    >>> shown = show_table(t, Column("n", message("Answers"), "count"), name="answers",
    ...                    title=message("Who answered"), subtitle=message("By touchpoint"))
    >>> shown.content("it")["table"]["rows"]
    [['1.200']]
    """
    return Table(name, title, subtitle, table, columns, language)


def table_as_html(shown: Mapping[str, Any]) -> str:
    """A plain HTML table for JupyterLab, every text escaped."""
    head = "".join(f"<th>{escape(column['label'])}</th>" for column in shown["columns"])
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>"
        for row in shown["rows"]
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
