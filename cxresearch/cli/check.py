"""Tell what intake finds in a study: rows kept, rows set aside and why, links, doubts."""

from pathlib import Path

import polars as pl
import typer
from rich.markup import escape
from rich.table import Table

from cxresearch.cli.options import REFUSED
from cxresearch.cli.tables import make_console, make_table
from cxresearch.contract import describe_rule
from cxresearch.intake import Verdict, check_study
from cxresearch.language import format_value

_LANGUAGE = "en"


def check_and_tell(study: Path, *, data: Path | None) -> None:
    """Print the verdict; end with `REFUSED` if the data cannot be analysed."""
    verdict = check_study(study, data=data)
    console = make_console()
    for table in tell_verdict(verdict):
        console.print(table)
        console.print()
    for severity in ("note", "warning", "refusal"):
        for message in verdict.messages(severity):
            typer.echo(f"{severity}: {message.in_language(_LANGUAGE)}")
    removed = verdict.redacted()
    if removed:
        typer.echo(removed.in_language(_LANGUAGE))
    if verdict.is_refused:
        typer.echo("Refused: mend study.yml or its data, then check again.", err=True)
        raise typer.Exit(REFUSED)
    typer.echo(f"Accepted. Next: cxresearch run {study}")


def tell_verdict(verdict: Verdict) -> list[Table]:
    """The verdict as tables to print; a table without rows is left out."""
    tables = [
        _conservation(verdict.conservation),
        _rules("Rows set aside, by broken rule", verdict.quarantine_summary),
        _rules("Cells emptied in rows that are kept", verdict.set_aside_summary),
        _links(verdict.link_coverage),
    ]
    return [table for table in tables if table.row_count]


def _conservation(rows: pl.DataFrame) -> Table:
    table = make_table("Rows")
    table.add_column("table")
    table.add_column("source", overflow="fold")
    for name in ("in the source", "after mapping", "accepted", "set aside"):
        table.add_column(name, justify="right")
    for row in rows.iter_rows(named=True):
        counts = ("n_source_rows", "n_mapped", "n_accepted", "n_quarantined")
        table.add_row(row["table"], escape(row["source"]), *(_count(row[name]) for name in counts))
    return table


def _rules(title: str, rows: pl.DataFrame) -> Table:
    table = make_table(title)
    table.add_column("table")
    table.add_column("what is wrong", overflow="fold")
    table.add_column("cells", justify="right")
    table.add_column("the first one", overflow="fold")
    for row in rows.iter_rows(named=True):
        rule = describe_rule(row["rule"], table=row["table"]).in_language(_LANGUAGE)
        column = f", {row['column']} = {row['value']!r}" if row["column"] else ""
        place = f"{row['file']} row {row['row']}{column}"
        table.add_row(row["table"], rule, _count(row["n"]), escape(place))
    return table


def _links(rows: pl.DataFrame) -> Table:
    table = make_table("Links between tables")
    table.add_column("table")
    table.add_column("link")
    for name in ("rows", "linked", "share"):
        table.add_column(name, justify="right")
    for row in rows.iter_rows(named=True):
        share = format_value(row["linked_share"], "share", _LANGUAGE)
        table.add_row(row["table"], row["link"], _count(row["n"]), _count(row["n_linked"]), share)
    return table


def _count(number: int) -> str:
    return format_value(number, "count", _LANGUAGE)
