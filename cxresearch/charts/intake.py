"""How is drawn what came in? Rows by month, and the tables of what was accepted and set aside.

The unit is a month of a table, a source or a broken rule. Everything comes from the verdict of
intake and from counts; values of single rows are shown only where the verdict gives an example.
"""

from collections.abc import Sequence

import altair as alt
import polars as pl

from cxresearch.charts import theme
from cxresearch.charts.answer import Note, show_note
from cxresearch.charts.figure import Figure
from cxresearch.charts.marks import TURN_BELOW
from cxresearch.charts.table import Column, Table, show_table
from cxresearch.contract import describe_rule
from cxresearch.language import LANGUAGES, Message, in_every_language, mark, message

_CELLS = ("value", "line", "codes", "example", "examples")
"""Places of a doubt that hold what stood in a cell."""

TABLE_LABELS = {
    "customers": mark("Customers"),
    "interactions": mark("Interactions"),
    "responses": mark("Answers"),
    "invitations": mark("Invitations"),
    "labels": mark("Labels"),
}


def plot_rows(
    rows: pl.DataFrame, *, title: Message, subtitle: Message, language: str = "en"
) -> Figure | Note:
    """Accepted rows of each table by month, each from zero.

    Parameters
    ----------
    rows
        As `transforms.coverage.count_rows` returns it: table, month, n.
    title, subtitle
        The finding; what is drawn.
    """
    if rows.is_empty():
        return show_note(message("No table has dated rows."), tone="missing", language=language)
    labels = in_every_language(TABLE_LABELS)

    def draw(language: str, width: int) -> alt.TopLevelMixin:
        start = (pl.col("month") + "-01").str.to_date().alias("month_start")
        named = rows.with_columns(theme.named("table", labels, language), start)
        bars = theme.base(named).mark_bar(width=max(2, width // 40))
        drawn: alt.TopLevelMixin = (
            bars.encode(
                x=alt.X("month_start:T").title(None).axis(format="%b %Y", tickCount=4),
                y=alt.Y("n:Q").title(None).axis(tickCount=3, format=",.0f"),
                row=alt.Row("table:N")
                .title(None)
                .header(labelOrient="top", labelPadding=2)
                .sort([labels[name][language] for name in TABLE_LABELS]),
            )
            .properties(height=64, width=width - (56 if width < TURN_BELOW else 72))
            .resolve_scale(y="independent")
        )
        return drawn

    return Figure(
        "rows-by-month",
        title=title,
        subtitle=subtitle,
        alt=message(
            "Bars by month, one row of bars a table, {n:count} rows in all.", n=rows["n"].sum()
        ),
        draw=draw,
        table=rows,
        columns=(
            Column("table", message("Table"), labels=labels),
            Column("month", message("Month"), "short_period"),
            Column("n", message("Rows"), "count"),
        ),
        language=language,
        is_headline=True,
    )


def table_of_conservation(conservation: pl.DataFrame, *, language: str = "en") -> Table:
    """Rows of each source: in the file, after mapping, accepted, set aside."""
    return show_table(
        conservation,
        *(
            Column("source", message("Source")),
            Column("table", message("Table"), labels=in_every_language(TABLE_LABELS)),
            Column("n_source_rows", message("In the file"), "count"),
            Column("n_mapped", message("After mapping"), "count"),
            Column("n_accepted", message("Accepted"), "count"),
            Column("n_quarantined", message("Set aside"), "count"),
        ),
        name="rows-in-and-out",
        title=message("Rows after mapping = rows accepted + rows set aside"),
        subtitle=message("Every source; what was set aside stays in quarantine.csv of the run"),
        language=language,
    )


def table_of_quarantine(summary: pl.DataFrame, *, language: str = "en") -> Table | Note:
    """Why rows were set aside: the broken rule, how often, where it is first met."""
    if summary.is_empty():
        return show_note(message("No row was set aside."), language=language)
    # The same rule may say another thing of another table.
    rules = {
        f"{row['table']}: {row['rule']}": describe_rule(row["rule"], table=row["table"])
        for row in summary.select("rule", "table").unique(maintain_order=True).rows(named=True)
    }
    return show_table(
        summary.with_columns(pl.concat_str("table", "rule", separator=": ").alias("rule")),
        *(
            Column("rule", message("Reason"), labels=_rendered(rules)),
            Column("source", message("Source")),
            Column("n", message("How often"), "count"),
            Column("row", message("First in row"), "count"),
            Column("column", message("Column")),
        ),
        name="why-set-aside",
        title=message("Why rows were set aside"),
        subtitle=message("By source and reason, with the first row it is met in"),
        language=language,
    )


def table_of_columns(
    coverage: pl.DataFrame, *, tables: Sequence[str], language: str = "en"
) -> Table:
    """How full the columns are that are neither full nor empty; these two are counted.

    Parameters
    ----------
    coverage
        As `Verdict.coverage`: table, column, n, n_filled, filled_share.
    """
    known = coverage.filter(pl.col("table").is_in(tables))
    filled = known.filter(pl.col("n_filled") > 0, pl.col("n_filled") < pl.col("n"))
    return show_table(
        filled,
        *(
            Column("table", message("Table"), labels=in_every_language(TABLE_LABELS)),
            Column("column", message("Column")),
            Column("n_filled", message("Filled"), "count"),
            Column("filled_share", message("Share of rows"), "share"),
        ),
        name="how-full",
        title=message(
            "Full columns: {full:count}; empty: {empty:count}; filled in part: {n:count}",
            full=((known["n_filled"] == known["n"]) & (known["n"] > 0)).sum(),
            empty=(known["n_filled"] == 0).sum(),
            n=filled.height,
        ),
        subtitle=message("Columns filled in part, among accepted rows"),
        language=language,
    )


def table_of_doubts(messages: Sequence[Message], *, language: str = "en") -> Table | Note:
    """What to know before reading any figure, the gravest first."""
    if not messages:
        return show_note(message("Nothing to doubt was found."), language=language)
    # What stood in single cells is for whoever mends the export, never for a page.
    texts = {str(number): _without_cells(text) for number, text in enumerate(messages)}
    return show_table(
        pl.DataFrame({"doubt": list(texts)}),
        *(Column("doubt", message("What was found"), labels=_rendered(texts)),),
        name="doubts",
        title=message("Before reading a figure"),
        subtitle=message("Found by intake, the gravest first"),
        language=language,
    )


def _without_cells(text: Message) -> Message:
    kept = {name: "…" if name in _CELLS else value for name, value in text.values.items()}
    return Message(text.key, kept)


def _rendered(messages: dict[str, Message]) -> dict[str, dict[str, str]]:
    return {
        id_: {language: text.in_language(language) for language in LANGUAGES}
        for id_, text in messages.items()
    }
