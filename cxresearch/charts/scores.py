"""How are ratings drawn? A dot for the estimate, a line for its interval, a mark for the promise.

The unit is one estimate: a group, a period or a grade of the scale. Every plot takes a finished
table of estimates (`transforms`), shows n beside the group, and draws hidden cells as words, so
that nobody reads a missing dot as a zero. No axis of scores starts at zero unless bars stand on it.
"""

from collections.abc import Mapping
from typing import Any

import altair as alt
import polars as pl

from cxresearch.actions.findings import UNITS
from cxresearch.charts.answer import Note, show_note
from cxresearch.charts.figure import Figure
from cxresearch.charts.marks import (
    TURN_BELOW,
    blank_hidden,
    draw_bars,
    draw_dots,
    draw_track,
    write_labels,
)
from cxresearch.charts.table import Column
from cxresearch.errors import require_columns
from cxresearch.language import Message, in_every_language, mark, message

Labels = Mapping[str, Mapping[str, str]]


def plot_scores(
    table: pl.DataFrame,
    *,
    name: str,
    by: str,
    title: Message,
    subtitle: Message,
    group: Message,
    unit: str,
    labels: Labels | None = None,
    otherwise: Message | None = None,
    language: str = "en",
    is_headline: bool = False,
    has_n: bool = True,
) -> Figure | Note:
    """Groups as dots with intervals, one a row, in the order of the table.

    Parameters
    ----------
    table
        Columns `by`, `n`, `estimate`, `ci_low`, `ci_high`; null estimates are written as hidden.
        Where present: `target` is drawn as a mark, `previous` as a pale dot, `polarity` colours the
        dot, `is_reliable` false hollows it.
    name
        Of the figure, see `Figure`.
    by
        The column of groups.
    title, subtitle
        The finding; what is drawn.
    group
        What a group is, at the head of its column.
    unit
        A name in `UNITS`.
    labels
        Names of the groups by language.
    otherwise
        What is said where there is no group.
    is_headline
        Whether it must stand where scripts are off, see `Figure`.
    has_n
        Whether n stands beside each group; without it, one n for all belongs in the subtitle.

    Raises
    ------
    DataError
        A column is missing.
    """
    require_columns(table, by, "n", "estimate", "ci_low", "ci_high")
    if table.is_empty():
        return nothing_to_draw(language, otherwise)
    known, table = labels or {}, blank_hidden(table)

    def draw(language: str, width: int) -> alt.TopLevelMixin:
        rows = write_labels(table, by=by, unit=unit, labels=known, language=language, has_n=has_n)
        return draw_dots(rows, unit=unit, language=language, is_narrow=width < TURN_BELOW)

    return Figure(
        name,
        title=title,
        subtitle=subtitle,
        alt=_alt_of_groups(table, by=by, unit=unit, title=title, labels=known),
        draw=draw,
        table=table,
        columns=(
            Column(by, group, labels=known),
            *_estimate_columns(table, unit),
            *_optional(table, "target", message("Target"), UNITS[unit][0]),
            *_optional(table, "previous", message("Period before"), UNITS[unit][0]),
        ),
        language=language,
        is_headline=is_headline,
    )


def plot_score_track(
    table: pl.DataFrame,
    *,
    name: str,
    title: Message,
    subtitle: Message,
    unit: str,
    language: str = "en",
    is_headline: bool = False,
) -> Figure | Note:
    """A score over consecutive periods, with its usual ups and downs.

    Parameters
    ----------
    table
        Columns `period` (as `Period.label`), `period_start` (date), `n`, `estimate`, `ci_low`,
        `ci_high`; where present `limit_low`, `limit_high` (control limits), `is_signal`, `target`.
        A null estimate breaks the line.
    name, title, subtitle, unit, is_headline
        As in `plot_scores`.

    Raises
    ------
    DataError
        A column is missing.
    """
    require_columns(table, "period", "period_start", "n", "estimate", "ci_low", "ci_high")
    if table.is_empty():
        return nothing_to_draw(language)

    def draw(language: str, width: int) -> alt.TopLevelMixin:
        return draw_track(table, unit=unit, language=language)

    return Figure(
        name,
        title=title,
        subtitle=subtitle,
        alt=message("Line over {n:count} periods. {title}", n=table.height, title=title),
        draw=draw,
        table=table,
        columns=(
            Column("period", message("Period"), "short_period"),
            *_hidden(table),
            *_estimate_columns(table, unit),
            *_optional(table, "target", message("Target"), UNITS[unit][0]),
            *_limits(table, unit),
        ),
        language=language,
        is_headline=is_headline,
    )


def plot_score_distribution(
    table: pl.DataFrame,
    *,
    name: str,
    title: Message,
    subtitle: Message,
    language: str = "en",
    is_headline: bool = False,
) -> Figure | Note:
    """How many gave each grade: a bar a grade, from zero, with its interval.

    Parameters
    ----------
    table
        As `distribution.score_distribution` returns it: `score`, `n_score`, `n`, `estimate`,
        `ci_low`, `ci_high`; where present `polarity` colours the bar (promoters good).
    name, title, subtitle, is_headline
        As in `plot_scores`.

    Raises
    ------
    DataError
        A column is missing.
    """
    require_columns(table, "score", "n_score", "n", "estimate", "ci_low", "ci_high")
    if table.is_empty():
        return nothing_to_draw(language)

    def draw(language: str, width: int) -> alt.TopLevelMixin:
        return draw_bars(table, language=language)

    is_whole = bool((table["score"] == table["score"].round()).all())
    return Figure(
        name,
        title=title,
        subtitle=subtitle,
        alt=message(
            "Bars, one a grade, {n:count} answers in all. {title}", n=table["n"][0], title=title
        ),
        draw=draw,
        table=table,
        columns=(
            Column("score", message("Grade"), "count" if is_whole else "number1"),
            Column("n_score", message("Answers"), "count"),
            Column("estimate", message("Share of answers"), "share1"),
            Column("ci_low", message("95% interval"), "share1", upper="ci_high"),
        ),
        language=language,
        is_headline=is_headline,
    )


def nothing_to_draw(language: str, otherwise: Message | None = None) -> Note:
    """What stands in place of a chart without a row."""
    nothing = message("Nothing to draw: too few answers in this period.")
    return show_note(otherwise or nothing, tone="missing", language=language)


def _estimate_columns(table: pl.DataFrame, unit: str) -> tuple[Column, ...]:
    spec = UNITS[unit][0]
    exact = {"share": "share1", "points": "points1"}.get(spec, spec)
    return (
        Column("n", message("Answers"), "count"),
        *_optional(table, "n_respondents", message("People"), "count"),
        Column("estimate", message("Estimate"), exact),
        Column("ci_low", message("95% interval"), exact, upper="ci_high"),
        *_optional(table, "estimate_unweighted", message("Unweighted"), exact),
    )


def _hidden(table: pl.DataFrame) -> tuple[Column, ...]:
    """A column that says which rows are hidden, where any is."""
    if "is_suppressed" not in table.columns or not table["is_suppressed"].any():
        return ()
    words = in_every_language({"yes": mark("hidden: few people"), "no": ""})
    labels: Any = {True: words["yes"], False: words["no"]}
    return (Column("is_suppressed", message("Shown"), labels=labels),)


def _limits(table: pl.DataFrame, unit: str) -> tuple[Column, ...]:
    if "limit_low" not in table.columns:
        return ()
    label = message("Usual ups and downs")
    return (Column("limit_low", label, UNITS[unit][0], upper="limit_high"),)


def _optional(table: pl.DataFrame, name: str, label: Message, spec: str) -> tuple[Column, ...]:
    present = name in table.columns and table[name].is_not_null().any()
    return (Column(name, label, spec),) if present else ()


def _alt_of_groups(
    table: pl.DataFrame, *, by: str, unit: str, title: Message, labels: Labels
) -> Message:
    shown = table.filter(pl.col("estimate").is_not_null()).sort("estimate")
    if shown.is_empty():
        return message("Dots with intervals. Every group is hidden: people could be recognised.")
    lowest, highest = shown.row(0, named=True), shown.row(-1, named=True)
    if shown.height == 1:
        return message("One dot with its interval. {title}", title=title)
    spec = UNITS[unit][0]
    written = {
        "points": mark("Dots with intervals, {n:count} groups: from {lowest} ({low:points}) "
                       "to {highest} ({high:points}). {title}"),
        "share": mark("Dots with intervals, {n:count} groups: from {lowest} ({low:share}) "
                      "to {highest} ({high:share}). {title}"),
    }  # fmt: skip
    other = mark(
        "Dots with intervals, {n:count} groups: from {lowest} ({low:score}) "
        "to {highest} ({high:score}). {title}"
    )
    return Message(
        written.get(spec, other),
        {
            "title": title,
            "n": shown.height,
            "lowest": labels.get(lowest[by], str(lowest[by])),
            "highest": labels.get(highest[by], str(highest[by])),
            "low": lowest["estimate"],
            "high": highest["estimate"],
        },
    )
