"""What is promised, what is delivered, and how do the views of a touchpoint differ?

The unit is one promise, one pledge or one view. Each promise stands in its own unit: those in
percent share one axis, those in minutes another. The mark is what was promised, the dot what was
delivered, with its interval; the verdict has a colour and is written.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import polars as pl

from cxresearch.actions.findings import UNITS
from cxresearch.actions.promise_sentences import describe_figure, describe_range, describe_target
from cxresearch.charts.answer import Note, show_note
from cxresearch.charts.figure import Figure
from cxresearch.charts.map_words import VERDICTS, write_gap
from cxresearch.charts.marks import Labels
from cxresearch.charts.promise_rows import draw_promises
from cxresearch.charts.table import Column
from cxresearch.errors import require_columns
from cxresearch.language import (
    LANGUAGES,
    Message,
    format_value,
    in_every_language,
    mark,
    message,
    translate,
)

SHORT = {"kept": mark("kept"), "broken": mark("broken"), "open": mark("cannot tell yet")}
"""The verdict of a pledge in a word, beneath the gap."""

_NEEDED = ("measure", "statistic", "threshold", "is_at_most", "target", "estimate", "ci_low",
           "ci_high", "n", "unit", "gap", "gap_low", "gap_high", "verdict")  # fmt: skip


def plot_gaps(
    gaps: pl.DataFrame,
    *,
    title: Message,
    subtitle: Message,
    labels: Labels | None = None,
    name: str = "gaps",
    language: str = "en",
    is_headline: bool = False,
) -> Figure | Note:
    """Promises against what is delivered, the broken ones ranked by what is at stake.

    A number before the name is the rank; `1=` says that several may be the first.

    Parameters
    ----------
    gaps
        As `gaps.rank_gaps` returns it.
    title, subtitle
        The finding; what is drawn.
    labels
        Names of touchpoints by language.
    name, is_headline
        See `Figure`.

    Raises
    ------
    DataError
        A column is missing.
    """
    require_columns(gaps, "touchpoint", "rank", "tier", *_NEEDED)
    if gaps.is_empty():
        return show_note(
            message("No promise is written in experience.yml: there is nothing to hold against."),
            tone="missing",
            language=language,
        )
    known = labels or {}
    ranks = _ranks(gaps)
    names: list[Mapping[str, str]] = [
        {lang: f"{rank}{_text(known, id_, lang)}" for lang in LANGUAGES}
        for rank, id_ in zip(ranks, gaps["touchpoint"], strict=True)
    ]
    return _promise_figure(
        gaps,
        names,
        verdicts=VERDICTS,
        name=name,
        title=title,
        subtitle=subtitle,
        language=language,
        is_headline=is_headline,
        columns=(
            Column("rank", message("Rank"), "count"),
            Column("touchpoint", message("Touchpoint"), labels=known),
        ),
        more=(
            *_optional(gaps, "reach", message("Reach"), "share1"),
            *_optional(gaps, "importance", message("Importance"), "number2"),
            *_optional(gaps, "priority", message("Priority"), "score"),
        ),
    )


def plot_pledges(
    pledges: pl.DataFrame,
    *,
    title: Message,
    subtitle: Message,
    labels: Labels | None = None,
    name: str = "pledges",
    language: str = "en",
    is_headline: bool = False,
) -> Figure | Note:
    """The statement, pledge by pledge: what was said, what was delivered, the verdict.

    Parameters
    ----------
    pledges
        As `promise.measure_pledges` returns it.
    title, subtitle
        The finding; what is drawn.
    labels
        The text of each pledge by language, `study.labels("pledge")`.
    name, is_headline
        See `Figure`.

    Raises
    ------
    DataError
        A column is missing.
    """
    require_columns(pledges, "pledge", *_NEEDED)
    if pledges.is_empty():
        return show_note(
            message("No pledge to check: it takes a statement with pledges in experience.yml."),
            tone="missing",
            language=language,
        )
    known = labels or {}
    names: list[Mapping[str, str]] = [
        {lang: _text(known, id_, lang) for lang in LANGUAGES} for id_ in pledges["pledge"]
    ]
    return _promise_figure(
        pledges,
        names,
        verdicts=SHORT,
        name=name,
        title=title,
        subtitle=subtitle,
        language=language,
        is_headline=is_headline,
        columns=(Column("pledge", message("Pledge"), labels=known),),
        more=(),
    )


def _promise_figure(
    table: pl.DataFrame,
    names: Sequence[Mapping[str, str]],
    *,
    verdicts: Mapping[str, str],
    columns: tuple[Column, ...],
    more: tuple[Column, ...],
    title: Message,
    **given: Any,
) -> Figure:
    rows = table.rows(named=True)

    def draw(language: str, width: int) -> alt.TopLevelMixin:
        written = [
            _write(row, text[language], verdicts, language)
            for row, text in zip(rows, names, strict=True)
        ]
        return draw_promises(written, language=language, width=width)

    kept, broken = (int((table["verdict"] == word).sum()) for word in ("kept", "broken"))
    raw = _raw(table)
    return Figure(
        title=title,
        alt=message(
            "Dots with intervals against marks, {n:count} promises: {kept:count} kept, "
            "{broken:count} broken. {title}",
            n=table.height,
            kept=kept,
            broken=broken,
            title=title,
        ),
        draw=draw,
        table=raw,
        columns=(
            *columns,
            *(
                Column(key, head, labels=_written(rows, raw, key), align="right", raw=_in_file(key))
                for key, head in (
                    ("promised", message("Promised")),
                    ("delivered", message("Delivered")),
                    ("interval", message("95% interval")),
                    ("gap_in_unit", message("Gap")),
                    ("gap_interval", message("95% interval of the gap")),
                )
            ),
            Column("n", message("Answers or contacts"), "count"),
            Column("verdict", message("Verdict"), labels=in_every_language(verdicts)),
            *more,
        ),
        **given,
    )


def _write(
    row: Mapping[str, Any], name: str, verdicts: Mapping[str, str], language: str
) -> dict[str, Any]:
    """A promise as it is drawn: all words in one language, all figures in its unit."""
    is_known = row["estimate"] is not None
    figure = describe_figure(row).in_language(language) if is_known else ""
    promised = message("promised {target}", target=describe_target(row)).in_language(language)
    return {
        "name": name,
        "small": f"{figure}, {promised}" if figure else promised,
        "gap": write_gap(
            {"gap": row["gap"], "promise_unit": row["unit"], "verdict": row["verdict"],
             "is_at_most": row["is_at_most"]}, language
        ),
        "verdict_text": translate(verdicts[row["verdict"]], language),
        # Of gaps the sign says it already.
        "beneath": translate(verdicts[row["verdict"]], language) if verdicts is SHORT else "",
        "range": describe_range(row).in_language(language) if is_known else "",
        **{key: row[key] for key in ("unit", "verdict", "target", "estimate", "ci_low", "ci_high")},
        "is_reliable": row.get("is_reliable") is not False,
    }  # fmt: skip


def _ranks(gaps: pl.DataFrame) -> list[str]:
    """The rank of each promise as it stands before its name; ties for the first are said."""
    is_first = ((gaps["tier"] == 1) & gaps["rank"].is_not_null()).fill_null(value=False)
    tied = is_first.sum() > 1
    return [
        "" if rank is None else "1=  " if tied and first else f"{rank}  "
        for rank, first in zip(gaps["rank"], is_first, strict=True)
    ]


def _text(labels: Labels, id_: str | None, language: str) -> str:
    return format_value(labels.get(id_ or "", id_), "", language)


def _in_file(key: str) -> tuple[str, ...]:
    """The numbers behind a text, for the file."""
    low, high, _ = _SOURCES[key]
    ends = tuple(name for name in (low, high) if name)
    return (*ends, "unit") if key == "promised" else ends


def _raw(table: pl.DataFrame) -> pl.DataFrame:
    """Figures of several units as text with their unit, so that a column holds one kind."""
    unit = pl.col("unit")
    return table.with_columns(
        pl.concat_str("target", pl.lit(" "), unit).alias("promised"),
        pl.concat_str("estimate", pl.lit(" "), unit).alias("delivered"),
        pl.concat_str("ci_low", pl.lit(" "), "ci_high", pl.lit(" "), unit).alias("interval"),
        pl.concat_str("gap", pl.lit(" "), unit).alias("gap_in_unit"),
        pl.concat_str("gap_low", pl.lit(" "), "gap_high", pl.lit(" "), unit).alias("gap_interval"),
    )


_SOURCES = {
    "promised": ("target", "", 0),
    "delivered": ("estimate", "", 0),
    "interval": ("ci_low", "ci_high", 0),
    "gap_in_unit": ("gap", "", 1),
    "gap_interval": ("gap_low", "gap_high", 1),
}


def _written(
    rows: Sequence[Mapping[str, Any]], raw: pl.DataFrame, key: str
) -> dict[str, dict[str, str]]:
    low, high, form = _SOURCES[key]
    return {
        raw_value: {language: _figures(row, low, high, form, language) for language in LANGUAGES}
        for raw_value, row in zip(raw[key], rows, strict=True)
        if raw_value is not None
    }


def _figures(row: Mapping[str, Any], low: str, high: str, form: int, language: str) -> str:
    spec = UNITS[row["unit"]][form]
    first = format_value(row[low], spec, language)
    if not high:
        return first
    last = format_value(row[high], spec, language)
    return message("{low} to {high}", low=first, high=last).in_language(language)


def _optional(table: pl.DataFrame, name: str, label: Message, spec: str) -> tuple[Column, ...]:
    present = name in table.columns and table[name].is_not_null().any()
    return (Column(name, label, spec),) if present else ()
