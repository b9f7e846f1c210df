"""What did intake find? How many rows came through, what broke, and what to doubt.

The verdict travels with the prepared tables; `cxresearch check` prints it and the intake notebook
draws it. Values of single rows are only in quarantine.csv, which stays with the run; here each
rule shows one example.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import polars as pl

from cxresearch.contract import describe_rule
from cxresearch.engine import write_table
from cxresearch.intake.check import CONSERVATION, CheckedTable
from cxresearch.language import Message

SUMMARY = {
    "table": pl.String,
    "source": pl.String,
    "rule": pl.String,
    "column": pl.String,
    "n": pl.UInt32,
    "file": pl.String,
    "row": pl.UInt32,
    "value": pl.String,
}
WARNINGS = {
    "warning": pl.String,
    "severity": pl.String,
    "table": pl.String,
    "message": pl.String,
    "values": pl.String,
}
COVERAGE = {
    "table": pl.String,
    "column": pl.String,
    "n": pl.UInt32,
    "n_filled": pl.UInt32,
    "filled_share": pl.Float64,
}
LINKS = {
    "table": pl.String,
    "link": pl.String,
    "n": pl.UInt32,
    "n_linked": pl.UInt32,
    "linked_share": pl.Float64,
}
HINTS = ("codes_outside_scale", "decimal_comma", "unreadable_dates", "unreadable_values")
SEVERITIES = ("refusal", "warning", "note")


@dataclass(frozen=True)
class Doubt:
    """One thing to know before reading a figure; severity is one of `SEVERITIES`."""

    warning: str
    severity: str
    table: str
    message: Message


@dataclass(frozen=True)
class Verdict:
    """The result of intake, as tables.

    Parameters
    ----------
    conservation
        A row a source: table, source, n_source_rows, n_mapped, n_accepted, n_quarantined.
    quarantine_summary
        A row a source and broken rule: table, source, rule, column, n (broken cells), and the
        first example: file, row, value.
        A whole line is not shown: it may hold a comment.
    set_aside_summary
        The same for cells emptied in accepted rows.
    warnings
        A row a doubt: warning, severity (refusal, warning, note), table, message, values (JSON).
    coverage
        A row a column of each table: n rows, n_filled, filled_share (0-1).
    link_coverage
        A row a link between tables: table, link, n rows that come from customers, n_linked,
        linked_share (0-1).
    """

    conservation: pl.DataFrame
    quarantine_summary: pl.DataFrame
    set_aside_summary: pl.DataFrame
    warnings: pl.DataFrame
    coverage: pl.DataFrame
    link_coverage: pl.DataFrame

    @property
    def is_refused(self) -> bool:
        """Whether the data cannot be analysed at all."""
        return bool((self.warnings["severity"] == "refusal").any())

    def messages(self, severity: str | None = None) -> list[Message]:
        """The doubts as sentences, the gravest first."""
        wanted = pl.lit(True) if severity is None else pl.col("severity") == severity
        return _sentences(self.warnings.filter(wanted))

    def hints(self) -> list[Message]:
        """Which line of study.yml would most likely mend the tables that are refused."""
        refused = self.warnings.filter(pl.col("severity") == "refusal")["table"]
        about = pl.col("table").is_in(refused.implode()) & pl.col("warning").is_in(HINTS)
        return _sentences(self.warnings.filter(about))

    def explain_rules(self) -> list[Message]:
        """A sentence for each row of `quarantine_summary`, in its order."""
        rows = self.quarantine_summary.iter_rows(named=True)
        return [describe_rule(row["rule"], table=row["table"]) for row in rows]

    def write(self, folder: Path) -> None:
        """Write the tables as Parquet into `folder`."""
        folder.mkdir()
        for part in fields(self):
            write_table(getattr(self, part.name), folder / f"{part.name}.parquet")

    @classmethod
    def read(cls, folder: Path) -> "Verdict":
        """Read what `write` wrote."""
        names = [part.name for part in fields(cls)]
        return cls(**{name: pl.read_parquet(folder / f"{name}.parquet") for name in names})


def make_verdict(tables: Sequence[CheckedTable], doubts: Sequence[Doubt]) -> Verdict:
    """Put together what checking found."""
    ranked = sorted(doubts, key=lambda doubt: SEVERITIES.index(doubt.severity))
    lines = [(d.warning, d.severity, d.table, d.message.key, _to_json(d.message)) for d in ranked]
    blank = pl.DataFrame(schema=CONSERVATION)
    return Verdict(
        conservation=pl.concat([blank, *(table.conservation for table in tables)]),
        quarantine_summary=_summarise([table.quarantine for table in tables]),
        set_aside_summary=_summarise([table.set_aside for table in tables]),
        warnings=pl.DataFrame(lines, schema=WARNINGS, orient="row"),
        coverage=pl.concat(
            [pl.DataFrame(schema=COVERAGE), *(_cover(table.name, table.rows) for table in tables)]
        ),
        link_coverage=pl.concat([pl.DataFrame(schema=LINKS), *map(_link, tables)]),
    )


def _sentences(warnings: pl.DataFrame) -> list[Message]:
    rows = warnings.select("message", "values").iter_rows()
    return [Message(key, json.loads(values, object_hook=_from_json)) for key, values in rows]


def _to_json(message: Message) -> str:
    def nested(value: object) -> dict[str, object]:
        if isinstance(value, Message):
            return {"message": value.key, "values": dict(value.values)}
        raise TypeError(f"{type(value).__name__} has no place in a sentence")

    return json.dumps(dict(message.values), ensure_ascii=False, default=nested)


def _from_json(value: dict[str, Any]) -> Any:
    is_message = value.keys() == {"message", "values"}
    return Message(value["message"], value["values"]) if is_message else value


def _summarise(lines: Sequence[pl.DataFrame]) -> pl.DataFrame:
    if not lines:
        return pl.DataFrame(schema=SUMMARY)
    counted = (
        pl.concat(lines)
        .group_by("table", "source", "rule", "column", maintain_order=True)
        .agg(pl.len().alias("n"), pl.col("file", "row", "value").first())
        .with_columns(pl.when(pl.col("column").is_not_null()).then(pl.col("value")).alias("value"))
    )
    ranked = counted.sort("table", "n", descending=[False, True], maintain_order=True)
    return ranked.cast(pl.Schema(SUMMARY))


def _cover(table: str, rows: pl.DataFrame) -> pl.DataFrame:
    n = rows.height
    filled = [n - rows[name].null_count() for name in rows.columns]
    return pl.DataFrame(
        {
            "table": [table] * len(filled),
            "column": rows.columns,
            "n": [n] * len(filled),
            "n_filled": filled,
            "filled_share": [found / n if n else None for found in filled],
        },
        schema=COVERAGE,
    )


def _link(table: CheckedTable) -> pl.DataFrame:
    key = {"responses": ("customer_id", "interaction_id")}.get(table.name, ("customer_id",))
    links = [name for name in key if name in table.rows.columns and table.name != "customers"]
    rows = linkable(table).select(links)
    covered = _cover(table.name, rows)
    return covered.rename(
        {"column": "link", "n_filled": "n_linked", "filled_share": "linked_share"}
    )


def linkable(table: CheckedTable) -> pl.DataFrame:
    """Rows that come from a customer: answers of employees and walk-throughs do not."""
    if table.name != "responses":
        return table.rows
    return table.rows.filter(pl.col("voice") == "customer")
