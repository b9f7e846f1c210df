"""How do findings become the answer at the top of a page?

The unit is one question and the findings that answer it. Sentences and figures both come from
findings, so that the notebook, its page and the index never say different things.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from cxresearch.actions.findings import SUBJECT, UNITS, finding_message, finding_series
from cxresearch.actions.sentences import MEASURES, ON_YEAR
from cxresearch.charts.answer import Answer, KeyFigure, show_answer
from cxresearch.language import Message, mark, message

KEY_FIGURES = 4
SENTENCES = 3
"""At most so many figures and sentences."""


def answer_from(
    question: Message, findings: pl.DataFrame, *, otherwise: Message, language: str = "en"
) -> Answer:
    """The answer that the headline findings give, the smallest rank first.

    Parameters
    ----------
    findings
        `contract.Findings`; those with `is_headline` make the sentences, and those of them that are
        levels or counts make the figures.
    otherwise
        What is said where there is none.

    Examples
    --------
    >>> from cxresearch.actions.findings import no_findings
    >>> answer_from(message("How?"), no_findings(), otherwise=message("Nobody said.")).sentences
    (Message(key='Nobody said.', values={}),)
    """
    ordered = findings.sort("rank", maintain_order=True)
    rows = ordered.filter("is_headline").head(SENTENCES).rows(named=True)
    sentences = [finding_message(row) for row in rows] or [otherwise]
    return show_answer(question, *sentences, figures=key_figures(ordered), language=language)


def key_figures(findings: pl.DataFrame) -> list[KeyFigure]:
    """The figures of a first screen: headline levels and counts, in the order given.

    Each takes its change from the findings of kind `change` about the same measure and subject: the
    one that is more than chance, since the period before or else since the year before.
    """
    levels = findings.filter("is_headline", pl.col("kind").is_in(["level", "count"]))
    changes = findings.filter(pl.col("kind") == "change")
    return [
        _key_figure(row, _same_subject(changes, row))
        for row in levels.head(KEY_FIGURES).rows(named=True)
    ]


def _key_figure(row: Mapping[str, Any], changes: Sequence[Mapping[str, Any]]) -> KeyFigure:
    level, _ = UNITS.get(row["unit"], ("number1", "signed1"))
    # The change that is one, since the period before or the year before; else the first of them.
    real = [change for change in changes if change["polarity"] != "neutral"]
    change = next(iter([*real, *changes]), None)
    if row["unit"] == "bounds":
        return _bounds_figure(row)
    return KeyFigure(
        label=_label(row),
        estimate=row["estimate"],
        spec=level,
        ci_low=row["ci_low"],
        ci_high=row["ci_high"],
        n=row["n"],
        change=_short_change(change) if change else None,
        polarity=change["polarity"] if change else "neutral",
        spark=finding_series(row),
    )


def _bounds_figure(row: Mapping[str, Any]) -> KeyFigure:
    """From where to where, and that this is no interval: nothing stands between two bounds."""
    ends = message("{low:share} to {high:share}", low=row["ci_low"], high=row["ci_high"])
    said = message("bounds under stated assumptions, no 95% interval")
    return KeyFigure(label=_label(row), estimate=ends, n=row["n"], change=said)


_CHANGED = {
    "points": mark(
        "{change:signed} compared with {before:than_period} ({low:signed} to {high:signed})"
    ),
    "tone": mark(
        "{change:signed} compared with {before:than_period} ({low:signed} to {high:signed})"
    ),
    "share": mark(
        "{change:gap} percentage points compared with {before:than_period} "
        "({low:gap} to {high:gap})"
    ),
    "rate": mark(
        "{change:gap1} percentage points compared with {before:than_period} "
        "({low:gap1} to {high:gap1})"
    ),
}
_MAYBE = {
    "points": mark(
        "{change:signed} compared with {before:than_period} ({low:signed} to {high:signed}), "
        "perhaps by chance"
    ),
    "tone": mark(
        "{change:signed} compared with {before:than_period} ({low:signed} to {high:signed}), "
        "perhaps by chance"
    ),
    "share": mark(
        "{change:gap} percentage points compared with {before:than_period} "
        "({low:gap} to {high:gap}), perhaps by chance"
    ),
    "rate": mark(
        "{change:gap1} percentage points compared with {before:than_period} "
        "({low:gap1} to {high:gap1}), perhaps by chance"
    ),
}
_UNCHANGED = {
    "points": mark(
        "no change beyond chance compared with {before:than_period} ({low:signed} to {high:signed})"
    ),
    "tone": mark(
        "no change beyond chance compared with {before:than_period} ({low:signed} to {high:signed})"
    ),
    "share": mark(
        "no change beyond chance compared with {before:than_period} ({low:gap} to {high:gap})"
    ),
    "rate": mark(
        "no change beyond chance compared with {before:than_period} ({low:gap1} to {high:gap1})"
    ),
}


def _short_change(row: Mapping[str, Any]) -> Message:
    """The change of a figure without naming it again."""
    whole = finding_message(row)
    holds_zero = row["ci_low"] <= 0 <= row["ci_high"]
    texts = _CHANGED if row["polarity"] != "neutral" else _UNCHANGED if holds_zero else _MAYBE
    if row["unit"] not in texts or "before" not in whole.values:
        return whole
    figures = {"change": row["estimate"], "low": row["ci_low"], "high": row["ci_high"]}
    return Message(texts[row["unit"]], {**figures, "before": whole.values["before"]})


def _label(row: Mapping[str, Any]) -> Message:
    measure = Message(MEASURES.get(row["measure"], row["measure"].replace("_", " ")))
    named = finding_message(row).values
    subject = [named.get(name, row[name]) for name in SUBJECT if row[name]]
    if not subject:
        return measure
    return message("{measure}: {subject:list}", measure=measure, subject=subject)


def _same_subject(changes: pl.DataFrame, row: Mapping[str, Any]) -> list[dict[str, Any]]:
    same = [pl.col(name).eq_missing(row[name]) for name in ("topic", *SUBJECT)]
    measure = pl.col("measure").is_in([row["measure"], f"{row['measure']}{ON_YEAR}"])
    return changes.filter(measure, *same).sort("measure").rows(named=True)
