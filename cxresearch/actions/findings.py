"""What was found, with its evidence, in one table that index, plan, alerts and history read.

A row is one thing found: an estimate with n and interval, who it concerns, what it rests on and a
sentence that exists in every language. A suppressed cell never becomes a finding. The id is a hash
of what the finding is about and never of its value or period, so that next month's run can say
what became of it. This module cannot say whether a finding matters: ranks come from its caller.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from string import Formatter
from typing import Any

import polars as pl

from cxresearch.contract import Findings
from cxresearch.errors import DataError, did_you_mean, require_columns
from cxresearch.language import LANGUAGES, Message
from cxresearch.period import Period

SUBJECT = ("touchpoint", "channel", "segment", "team")
IDENTITY = ("topic", "kind", "measure", *SUBJECT)

UNITS: dict[str, tuple[str, str]] = {
    "points": ("points", "signed"),
    "tone": ("signed", "signed"),
    "share": ("share", "gap"),
    "rate": ("share1", "gap1"),
    "bounds": ("share", "gap"),
    "scale": ("score", "signed1"),
    "minutes": ("minutes", "signed"),
    "count": ("count", "signed"),
    "deviations": ("number2", "number2"),
}
"""Format of a level and of a difference (see `language.FORMATS`) by unit."""


def make_findings(
    table: pl.DataFrame,
    *,
    topic: str,
    notebook: str,
    measure: str,
    kind: str,
    unit: str,
    message: Message,
    period: Period,
    data_until: datetime,
    labels: Mapping[str, Mapping[str, Mapping[str, str]]] | None = None,
    details: Sequence[str] = (),
    polarity: str = "neutral",
    evidence: str = "described",
    is_headline: bool = False,
    rank: int = 0,
) -> pl.DataFrame:
    """Turn a table of estimates into findings.

    Parameters
    ----------
    table
        Columns `estimate` and `n`; where known `ci_low`, `ci_high`, `base`, `target`, `q_value`,
        `value`, `currency`, `is_reliable`, `polarity`, and the subject: `touchpoint`, `channel`,
        `segment`, `team`; `series`, the estimates of earlier periods and this one, oldest first.
        Rows with a null estimate or `is_suppressed` are left out.
    topic, notebook, measure
        Where it belongs; `measure` is a name in `sentences.MEASURES` or the caller's own.
    kind
        One of `contract.FINDING_KINDS`.
    unit
        A name in `UNITS`.
    message
        The sentence. Its places are filled from `message.values`, else from the row's columns.
    labels
        For a column whose values are ids: text by language by id, ``{"touchpoint": {"desk": {"en":
        "Desk", "it": "Sportello"}}}``.
    details
        Columns that pages read besides the sentence, such as an owner or how to check; kept in
        `values` as they are, a struct of texts by language included.
    polarity
        For every row, unless the table has a column `polarity`.
    rank
        Order on a page, the smallest first; ties keep the table's order.

    Returns
    -------
    pl.DataFrame
        `contract.Findings`.

    Raises
    ------
    DataError
        A place of the message is neither a value nor a column, or the contract is broken.

    Examples
    --------
    >>> from datetime import UTC
    >>> from cxresearch.language import message
    >>> from cxresearch.period import parse_period
    >>> found = make_findings(
    ...     pl.DataFrame({"estimate": [31.0], "ci_low": [28.0], "ci_high": [34.0], "n": [2140]}),
    ...     topic="metrics", notebook="10_metrics", measure="nps", kind="level", unit="points",
    ...     message=message("NPS is {estimate:points} ({ci_low:points} to {ci_high:points})."),
    ...     period=parse_period("2025-10"), data_until=datetime(2025, 11, 1, tzinfo=UTC))
    >>> finding_sentences(found, "en")
    ['NPS is 31 (28 to 34).']
    """
    require_columns(table, "estimate", "n")
    kept = table.filter(pl.col("estimate").is_not_null())
    if "is_suppressed" in table.columns:
        kept = kept.filter(~pl.col("is_suppressed"))
    fixed = {
        "topic": topic,
        "notebook": notebook,
        "period_start": period.start,
        "period_end": period.end,
        "data_until": data_until,
        "kind": kind,
        "measure": measure,
        "unit": unit,
        "evidence": evidence,
        "is_headline": is_headline,
        "rank": rank,
        "message": message.key,
    }
    values = _values(kept, message, labels or {}, details)
    found = kept.with_columns(values.alias("values")).with_columns(
        pl.lit(value).alias(name) for name, value in fixed.items()
    )
    found = _with_defaults(found, polarity=polarity)
    return _validated(found.with_columns(_finding_ids(found)))


def no_findings() -> pl.DataFrame:
    """An empty findings table."""
    return Findings.create_empty()


def finding_message(finding: Mapping[str, Any]) -> Message:
    """The sentence of one finding (a row as a dict, see `pl.DataFrame.row`)."""
    return Message(finding["message"], json.loads(finding["values"]))


def finding_series(finding: Mapping[str, Any]) -> tuple[float | None, ...]:
    """The estimates of earlier periods and this one, oldest first; empty where none were given."""
    return tuple(json.loads(finding["values"]).get("series") or ())


def finding_sentences(findings: pl.DataFrame, language: str) -> list[str]:
    """The sentences of `findings` in `language`, in their order."""
    pairs = findings.select("message", "values").rows(named=True)
    return [finding_message(pair).in_language(language) for pair in pairs]


def save_results(
    output: str | Path,
    *,
    notebook: str,
    tables: Mapping[str, pl.DataFrame] | None = None,
    findings: pl.DataFrame | Sequence[pl.DataFrame] | None = None,
) -> Path:
    """Hand on what a notebook found: `<output>/<notebook>/findings.parquet` and its tables.

    Returns
    -------
    Path
        The folder written. Each file is complete or absent, never half written.

    Raises
    ------
    DataError
        Two findings with the same id: the same thing found twice.
    """
    folder = Path(output) / notebook
    folder.mkdir(parents=True, exist_ok=True)
    parts = [findings] if isinstance(findings, pl.DataFrame) else list(findings or [])
    found = pl.concat(parts) if parts else no_findings()
    _write(_validated(found), folder / "findings.parquet")
    for name, table in (tables or {}).items():
        _write(table, folder / f"{name}.parquet")
    return folder


def read_findings(output: str | Path) -> pl.DataFrame:
    """All findings below `output` (the results folder of a run), by notebook and rank."""
    files = sorted(Path(output).glob("*/findings.parquet"))
    parts = [pl.read_parquet(file) for file in files]
    found = pl.concat(parts) if parts else no_findings()
    return _validated(found).sort("notebook", "rank", maintain_order=True)


def read_result(output: str | Path, *, notebook: str, table: str) -> pl.DataFrame | None:
    """A table another notebook of the run handed on; None if that notebook did not run."""
    file = Path(output) / notebook / f"{table}.parquet"
    return pl.read_parquet(file) if file.exists() else None


def _values(
    table: pl.DataFrame,
    message: Message,
    labels: Mapping[str, Mapping[str, Mapping[str, str]]],
    details: Sequence[str],
) -> pl.Expr:
    require_columns(table, *details)
    places = dict.fromkeys(name for _, name, _, _ in Formatter().parse(message.key) if name)
    columns = [_place(name, table.columns, message, labels.get(name, {})) for name in places]
    if "series" in table.columns:
        columns.append(pl.col("series"))
    columns += [pl.col(name) for name in details if name not in places]
    if not columns:
        return pl.lit("{}")
    return pl.struct(columns).struct.json_encode()


def _place(
    name: str,
    columns: Sequence[str],
    message: Message,
    labels: Mapping[str, Mapping[str, str]],
) -> pl.Expr:
    if name in message.values:
        return _constant(message.values[name]).alias(name)
    if name not in columns:
        known = [*columns, *message.values]
        raise DataError(
            f"the sentence '{message.key}' has no value for '{name}'.{did_you_mean(name, known)}",
            allowed=", ".join(sorted(known)),
            next_step="give the value to message(...) or add the column to the table",
        )
    if not labels:
        return pl.col(name)
    by_language = {
        language: {id_: text[language] for id_, text in labels.items() if language in text}
        for language in LANGUAGES
    }
    return pl.struct(
        pl.col(name).replace(known).alias(language) for language, known in by_language.items()
    ).alias(name)


def _constant(value: Any) -> pl.Expr:
    if isinstance(value, Period):
        return pl.lit(value.label)
    if isinstance(value, Message):
        value = {language: value.in_language(language) for language in LANGUAGES}
    if isinstance(value, Mapping):
        return pl.struct(pl.lit(text).alias(language) for language, text in value.items())
    if hasattr(value, "isoformat"):
        return pl.lit(value.isoformat())
    return pl.lit(value)


def _with_defaults(found: pl.DataFrame, *, polarity: str) -> pl.DataFrame:
    defaults = {"polarity": polarity, "is_reliable": True}
    missing = {
        name: defaults.get(name)
        for name in Findings.column_names()
        if name not in found.columns and name != "finding_id"
    }
    return found.with_columns(pl.lit(value).alias(name) for name, value in missing.items())


def _finding_ids(found: pl.DataFrame) -> pl.Series:
    about = found.select(
        pl.concat_str(
            [pl.col(name).cast(pl.String).fill_null("") for name in IDENTITY], separator="\x1f"
        ).alias("about")
    )["about"]
    digests = [hashlib.sha256(text.encode()).hexdigest()[:12] for text in about]
    return pl.Series("finding_id", digests, dtype=pl.String)


def _validated(found: pl.DataFrame) -> pl.DataFrame:
    good, failures = Findings.filter(found, cast=True)
    if len(failures):
        rules = ", ".join(f"{rule} ({n})" for rule, n in failures.counts().items())
        raise DataError(
            f"{len(failures)} of {len(found)} findings break the contract: {rules}",
            allowed="see cxresearch.contract.Findings",
            next_step="look at the estimates the findings were made from; the same subject twice "
            "in one topic and measure breaks primary_key",
        )
    return good


def _write(table: pl.DataFrame, path: Path) -> None:
    partial = path.with_suffix(".partial")
    table.write_parquet(partial, compression="zstd")
    partial.replace(path)
