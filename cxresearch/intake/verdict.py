"""What did intake find? How many rows came through, what broke, and what to doubt.

The verdict travels with the prepared tables; `cxresearch check` prints it and the intake notebook
draws it. Values of single rows are only in quarantine.csv, which stays with the run; here each
rule shows one example.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import polars as pl

from cxresearch.engine import write_table
from cxresearch.intake.check import CONSERVATION, QUARANTINE, CheckedTable
from cxresearch.intake.sentences import HINTS, SEVERITIES, Doubt
from cxresearch.language import Message
from cxresearch.privacy import REDACTIONS, redact_comments, redaction_sentence

SUMMARY = {
    **dict.fromkeys(("table", "source", "rule", "column"), pl.String),
    "n": pl.UInt32,
    **{name: QUARANTINE[name] for name in ("file", "row", "value")},
}
WARNINGS = dict.fromkeys(("warning", "severity", "table", "message", "values"), pl.String)
COVERAGE = {
    "table": pl.String,
    "column": pl.String,
    "n": pl.UInt32,
    "n_filled": pl.UInt32,
    "filled_share": pl.Float64,
}
LINKS = dict(
    zip(("table", "link", "n", "n_linked", "linked_share"), COVERAGE.values(), strict=True)
)


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
    redactions
        A row a column of free text and kind of personal data: table, column, kind, n places
        removed, n_rows, n_values, base (rows with text).
    """

    conservation: pl.DataFrame
    quarantine_summary: pl.DataFrame
    set_aside_summary: pl.DataFrame
    warnings: pl.DataFrame
    coverage: pl.DataFrame
    link_coverage: pl.DataFrame
    redactions: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=REDACTIONS))

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
        about = pl.col("table").is_in(refused.implode()) & pl.col("warning").is_in(list(HINTS))
        return _sentences(self.warnings.filter(about))

    def redacted(self) -> Message | None:
        """What was removed from the free texts, in one sentence; None where there are none."""
        return redaction_sentence(self.redactions)

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


def make_verdict(
    tables: Sequence[CheckedTable], doubts: Sequence[Doubt], redactions: pl.DataFrame | None = None
) -> Verdict:
    """Put together what checking found."""
    gravest = list(SEVERITIES)
    warnings = [
        (d.warning, d.severity, d.table, d.message.key, _to_json(d.message.values))
        for d in sorted(doubts, key=lambda doubt: gravest.index(doubt.severity))
    ]
    blank = pl.DataFrame(schema=CONSERVATION)
    return Verdict(
        conservation=pl.concat([blank, *(table.conservation for table in tables)]),
        quarantine_summary=_summarise([table.quarantine for table in tables]),
        set_aside_summary=_summarise([table.set_aside for table in tables]),
        warnings=pl.DataFrame(warnings, schema=WARNINGS, orient="row"),
        coverage=_count_filled([(table.name, table.rows) for table in tables], COVERAGE),
        link_coverage=_count_filled([(table.name, table.links) for table in tables], LINKS),
        redactions=pl.DataFrame(schema=REDACTIONS) if redactions is None else redactions,
    )


def _sentences(warnings: pl.DataFrame) -> list[Message]:
    rows = warnings.select("message", "values").iter_rows()
    return [Message(key, json.loads(values, object_hook=_from_json)) for key, values in rows]


def _to_json(values: Mapping[str, Any]) -> str:
    return json.dumps(dict(values), ensure_ascii=False, default=vars)  # vars: of a nested Message


def _from_json(value: dict[str, Any]) -> Any:
    return Message(**value) if value.keys() == {"key", "values"} else value


def _summarise(lines: Sequence[pl.DataFrame]) -> pl.DataFrame:
    summary = (
        pl.concat([pl.DataFrame(schema=QUARANTINE), *lines])
        .group_by("table", "source", "rule", "column", maintain_order=True)
        .agg(pl.len().alias("n"), pl.col("file", "row", "value").first())
        .with_columns(pl.when(pl.col("column").is_not_null()).then("value").alias("value"))
        .sort("table", "n", descending=[False, True], maintain_order=True)
        .cast(pl.Schema(SUMMARY))
    )
    # A line out of step puts a comment where a score should be; examples are published.
    return redact_comments(summary, columns=["value"])


def _count_filled(
    tables: Sequence[tuple[str, pl.DataFrame]], schema: Mapping[str, type[pl.DataType]]
) -> pl.DataFrame:
    counted = [
        (name, column.name, rows.height, column.count()) for name, rows in tables for column in rows
    ]
    *counts, share = schema
    found = pl.DataFrame(counted, schema={name: schema[name] for name in counts}, orient="row")
    n, n_filled = (pl.col(name) for name in counts[2:])
    return found.with_columns(pl.when(n > 0).then(n_filled / n).alias(share))
