"""How are all questions shown together? One table: who was asked what, the score, its change.

The unit is a question. Shares and points stand in one column, each written in its own unit.
"""

import polars as pl

from cxresearch.actions.findings import UNITS
from cxresearch.actions.scores import unit_of
from cxresearch.actions.sentences import name_measure
from cxresearch.charts.answer import Note, show_note
from cxresearch.charts.scores import nothing_to_draw
from cxresearch.charts.table import Column, Table, show_table
from cxresearch.language import (
    LANGUAGES,
    Message,
    format_value,
    in_every_language,
    mark,
    message,
)
from cxresearch.period import Period
from cxresearch.transforms.questions import Question

VOICE_LABELS = {
    "customer": mark("Customers"),
    "employee": mark("Employees"),
    "walkthrough": mark("Our own walk-throughs"),
}


_SHARE = mark("share of answers with one of the two best grades")
_SCALES = {
    "nps": mark("share of 9-10 less share of 0-6, in points from −100 to 100"),
    "enps": mark("share of 9-10 less share of 0-6, in points from −100 to 100"),
    "ces_share": mark("share of answers above the middle of the scale"),
}


def table_of_questions(
    scores: pl.DataFrame, changes: pl.DataFrame, *, subtitle: Message, language: str = "en"
) -> Table | Note:
    """Every question with its score, interval, n and change.

    Parameters
    ----------
    scores
        As `question_scores.measure_questions` returns it.
    changes
        As `question_scores.compare_questions` returns it; may be empty.
    subtitle
        The period, and the one it is compared with.
    """
    if scores.is_empty():
        return nothing_to_draw(language)
    shown = _with_changes(scores, changes)
    names = ("estimate", "interval", "change", "estimate_unweighted")
    figures = {name: _written(shown, name) for name in names}
    # A column holds one unit: the raw figures, each with its own, are text to a spreadsheet.
    rows = shown.with_columns(
        pl.concat_str("voice", "metric", "about", separator=" ").alias("question"),
        *(pl.Series(name, _raw_figures(shown, name), dtype=pl.String) for name in figures),
    )
    return show_table(
        rows,
        *_voices(shown),
        Column("question", message("Question"), labels=_question_labels(rows)),
        Column("estimate", message("Score"), labels=figures["estimate"], align="right"),
        Column("interval", message("95% interval"), labels=figures["interval"], align="right"),
        *_weighting(shown, figures["estimate_unweighted"]),
        Column("n", message("Answers"), "count"),
        Column("n_respondents", message("People"), "count"),
        Column("n_blank", message("Blank"), "count"),
        Column("change", message("Change"), labels=figures["change"], align="right"),
        name="questions",
        title=message("Every question by itself"),
        subtitle=subtitle,
        language=language,
    )


def subtitle_of(question: Question | None, period: Period) -> Message:
    """What is drawn: the measure, who was asked, the period."""
    if question is None:
        return message(
            "{period:period}, change compared with {before:than_period}",
            period=period,
            before=period.previous(),
        )
    scale = _SCALES.get(question.measure, _SHARE)
    return message(
        "{measure}: {scale}, 95% intervals, {period:period}",
        measure=name_measure(voice=question.voice, measure=question.measure, about=question.about),
        scale=Message(scale),
        period=period,
    )


def note_of_period(asked: Period, used: Period, *, language: str = "en") -> Note | None:
    """That the page looks at a longer period than asked for; nothing where it does not."""
    if used == asked:
        return None
    return show_note(
        message(
            "{asked:period} has too few answers: this page looks at {used:period} instead.",
            asked=asked,
            used=used,
        ),
        tone="doubt",
        language=language,
    )


def _voices(shown: pl.DataFrame) -> tuple[Column, ...]:
    """Who was asked, where not everybody is of one kind."""
    if shown["voice"].n_unique() < 2:
        return ()
    return (Column("voice", message("Asked"), labels=in_every_language(VOICE_LABELS)),)


def _weighting(shown: pl.DataFrame, written: dict[str, dict[str, str]]) -> tuple[Column, ...]:
    """The unweighted score and what weighting costs, where any question is weighted."""
    if "design_effect" not in shown.columns or not shown["design_effect"].is_not_null().any():
        return ()
    return (
        Column("estimate_unweighted", message("Unweighted"), labels=written, align="right"),
        Column("design_effect", message("Design effect"), "number2"),
        Column("n_effective", message("Effective answers"), "count"),
    )


def _with_changes(scores: pl.DataFrame, changes: pl.DataFrame) -> pl.DataFrame:
    keys = ["voice", "metric", "about"]
    if changes.is_empty():
        nothing = {"change": pl.Float64, "change_low": pl.Float64, "change_high": pl.Float64}
        return scores.with_columns(pl.lit(None, kind).alias(name) for name, kind in nothing.items())
    differences = changes.select(
        *keys,
        pl.col("estimate").alias("change"),
        pl.col("ci_low").alias("change_low"),
        pl.col("ci_high").alias("change_high"),
    )
    return scores.join(differences, on=keys, how="left")


def _written(shown: pl.DataFrame, name: str) -> dict[str, dict[str, str]]:
    """The figure of each question in its own unit, in every language."""
    return {
        raw: {language: _figure(row, name, language) for language in LANGUAGES}
        for raw, row in zip(_raw_figures(shown, name), shown.rows(named=True), strict=True)
        if raw is not None
    }


def _raw_figures(shown: pl.DataFrame, name: str) -> list[str | None]:
    """The figure of each question as it is, with its unit; null where there is none."""
    return [_raw(row, name) for row in shown.rows(named=True)]


def _raw(row: dict[str, object], name: str) -> str | None:
    if row["is_suppressed"] and name == "estimate":
        return "hidden"
    ends = {"interval": ("ci_low", "ci_high"), "change": ("change", "change_low", "change_high")}
    parts = [row.get(part) for part in ends.get(name, (name,))]
    if None in parts:
        return None
    return " ".join([*(f"{part:.6g}" for part in parts), unit_of(str(row["metric"]))])


def _figure(row: dict[str, object], name: str, language: str) -> str:
    level, difference = UNITS[unit_of(str(row["metric"]))]
    if row["is_suppressed"]:
        return message("hidden").in_language(language)
    # A decimal more only where it tells the weighted from the unweighted score.
    level = f"{level}1" if row.get("design_effect") is not None else level
    if name in ("estimate", "estimate_unweighted"):
        return format_value(row.get(name), level, language)
    low, high, spec = ("ci_low", "ci_high", level)
    if name == "change":
        low, high, spec = ("change_low", "change_high", difference)
    ends = {"low": format_value(row[low], spec, language),
            "high": format_value(row[high], spec, language)}  # fmt: skip
    if name == "interval":
        return message("{low} to {high}", **ends).in_language(language)
    change = format_value(row["change"], spec, language)
    return message("{change} ({low} to {high})", change=change, **ends).in_language(language)


def _question_labels(rows: pl.DataFrame) -> dict[str, dict[str, str]]:
    names = {
        row["question"]: name_measure(voice=row["voice"], measure=row["metric"], about=row["about"])
        for row in rows.rows(named=True)
    }
    return {
        question: {language: name.in_language(language) for language in LANGUAGES}
        for question, name in names.items()
    }
