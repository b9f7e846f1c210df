"""Promised, expected, seen by ourselves, felt: where do the views of a touchpoint part?

The unit is one view of one touchpoint; all are the share satisfied, so that one axis holds them.
Each view has a line of its own and a shape of its own. They are views of different people, so a
difference between two is one of people as well.
"""

from collections.abc import Mapping
from typing import Any

import altair as alt
import polars as pl

from cxresearch.charts import theme
from cxresearch.charts.answer import Note, show_note
from cxresearch.charts.figure import Figure
from cxresearch.charts.grid import pixels
from cxresearch.charts.map_layout import flow, width_of, wrap
from cxresearch.charts.marks import TURN_BELOW, Labels
from cxresearch.charts.promise_rows import axis_of
from cxresearch.charts.table import Column
from cxresearch.errors import require_columns
from cxresearch.language import (
    Message,
    format_value,
    in_every_language,
    mark,
    message,
    translate,
)

VIEWS: dict[str, str] = {
    "promised": mark("promised"),
    "expected": mark("expected by customers"),
    "walkthrough": mark("our own walk-throughs"),
    "felt": mark("felt by customers"),
}
"""The views in the order in which they arise, as a reader is told of them."""

_LOOKS: dict[str, tuple[str, str, str]] = {
    "expected": ("diamond", theme.GREY, theme.PAPER),
    "walkthrough": ("square", theme.GREY, theme.GREY),
    "felt": ("circle", theme.ACCENT, theme.ACCENT),
}  # shape, line, fill
_LEFT, _TOP, _HEAD, _STEP = 230.0, 8.0, 24.0, 14.0


def plot_views(
    views: pl.DataFrame,
    *,
    title: Message,
    subtitle: Message,
    labels: Labels | None = None,
    name: str = "views",
    language: str = "en",
) -> Figure | Note:
    """The views of each touchpoint side by side.

    Parameters
    ----------
    views
        As `views.measure_views` returns it.
    title, subtitle
        The finding; what is drawn.
    labels
        Names of touchpoints by language.
    name
        See `Figure`.

    Raises
    ------
    DataError
        A column is missing.
    """
    require_columns(views, "touchpoint", "view", "n", "estimate", "ci_low", "ci_high")
    shown = views.filter(pl.col("estimate").is_not_null(), pl.col("view").is_in(list(VIEWS)))
    if shown.filter(pl.col("view") != "promised").is_empty():
        return show_note(
            message(
                "No views to compare: it takes answers about touchpoints, of customers or of our "
                "own walk-throughs."
            ),
            tone="missing",
            language=language,
        )
    known = labels or {}

    def draw(language: str, width: int) -> alt.TopLevelMixin:
        return _draw(shown, known, language=language, width=width)

    return Figure(
        name,
        title=title,
        subtitle=subtitle,
        alt=message(
            "Dots with intervals, up to four views of {n:count} touchpoints. {title}",
            n=shown["touchpoint"].n_unique(),
            title=title,
        ),
        draw=draw,
        table=shown,
        columns=(
            Column("touchpoint", message("Touchpoint"), labels=known),
            Column("view", message("View"), labels=in_every_language(VIEWS)),
            Column("n", message("Answers"), "count"),
            Column("estimate", message("Satisfied"), "share1"),
            Column("ci_low", message("95% interval"), "share1", upper="ci_high"),
        ),
        language=language,
    )


def _draw(views: pl.DataFrame, labels: Labels, *, language: str, width: int) -> alt.TopLevelMixin:
    is_narrow = width < TURN_BELOW
    left, right = (10.0 if is_narrow else _LEFT), width - (44.0 if is_narrow else 60.0)
    present = [view for view in VIEWS if view in views["view"]]
    key, y = _key(present, language=language, width=width)
    # A promise alone says nothing about how it is kept.
    told = views.filter(pl.col("view") != "promised")["touchpoint"].unique(maintain_order=True)
    low, high, step = _ends(views)
    start, y = y, y + _HEAD
    dots: list[dict[str, Any]] = []
    ticks: list[dict[str, Any]] = []
    names: list[dict[str, Any]] = []

    def at(value: float | None) -> float | None:
        return None if value is None else left + (value - low) / (high - low) * (right - left)

    for place in told:
        of_place = {row["view"]: row for row in views.filter(touchpoint=place).rows(named=True)}
        lines = [view for view in _LOOKS if view in of_place]
        text = wrap(format_value(labels.get(place, place), "", language),
                    width=left - 20 if not is_narrow else width - 20, size=14, lines=3)  # fmt: skip
        n_lines = text.count("\n") + 1
        head = 20.0 * n_lines if is_narrow else 0.0
        height = max(len(lines) * _STEP, 0 if is_narrow else n_lines * 17.0)
        names.append({"text": text, "y": y + (0 if is_narrow else (height - n_lines * 17) / 2)})
        for number, view in enumerate(lines):
            dots.append(_dot(of_place[view], at, y=y + head + (number + 0.5) * _STEP,
                             language=language))  # fmt: skip
        if "promised" in of_place:
            ticks.append({"x": at(of_place["promised"]["estimate"]), "y1": y + head - 3,
                          "y2": y + head + height + 3})  # fmt: skip
        y += head + height + (18.0 if is_narrow else 16.0)
    grid = [
        {"x": at(low + step * n), "y1": start + 16, "y2": y,
         "text": format_value(low + step * n, "share", language)}
        for n in range(round((high - low) / step) + 1)
    ]  # fmt: skip
    layers = [*_draw_grid(grid), *_draw_ticks(ticks), *_draw_dots(dots), _draw_names(names), *key]
    return alt.layer(*layers).properties(width=width, height=y)


def _ends(views: pl.DataFrame) -> tuple[float, float, float]:
    rows = views.with_columns(pl.lit(None, pl.Float64).alias("target")).rows(named=True)
    return axis_of(rows, unit="share")


def _dot(row: Mapping[str, Any], at: Any, *, y: float, language: str) -> dict[str, Any]:
    shape, stroke, fill = _LOOKS[row["view"]]
    return {
        "x": at(row["estimate"]),
        "x1": at(row["ci_low"]),
        "x2": at(row["ci_high"]),
        "y": y,
        "shape": shape,
        "stroke": stroke,
        "fill": fill,
        "value": format_value(row["estimate"], "share", language) if row["view"] == "felt" else "",
    }


def _draw_grid(rows: list[dict[str, Any]]) -> list[alt.Chart]:
    chart = theme.base(pl.DataFrame(rows))
    return [
        chart.mark_rule(color=theme.LINE, strokeWidth=1).encode(
            x=pixels("x"), y=pixels("y1", alt.Y), y2="y2:Q"
        ),
        chart.mark_text(color=theme.SOFT, fontSize=11, dy=-8).encode(
            x=pixels("x"), y=pixels("y1", alt.Y), text="text:N"
        ),
    ]


def _draw_ticks(rows: list[dict[str, Any]]) -> list[alt.Chart]:
    if not rows:
        return []
    rule = theme.base(pl.DataFrame(rows)).mark_rule(color=theme.INK, strokeWidth=3)
    return [rule.encode(x=pixels("x"), y=pixels("y1", alt.Y), y2="y2:Q")]


def _draw_dots(rows: list[dict[str, Any]]) -> list[alt.Chart]:
    chart, y = theme.base(pl.DataFrame(rows)), pixels("y", alt.Y)
    stroke = alt.Stroke("stroke:N").scale(None).legend(None)
    return [
        chart.mark_rule(strokeWidth=2).encode(
            x=pixels("x1"), x2="x2:Q", y=y, color=alt.Color("stroke:N").scale(None).legend(None)
        ),
        chart.mark_point(size=70, strokeWidth=2).encode(
            x=pixels("x"),
            y=y,
            shape=alt.Shape("shape:N").scale(None).legend(None),
            fill=alt.Fill("fill:N").scale(None).legend(None),
            stroke=stroke,
        ),
        chart.mark_text(align="left", dx=8, fontWeight=600, fontSize=12).encode(
            x=pixels("x2"), y=y, text="value:N"
        ),
    ]


def _draw_names(rows: list[dict[str, Any]]) -> alt.Chart:
    chart = theme.base(pl.DataFrame(rows))
    text = chart.mark_text(
        align="left", baseline="top", lineBreak="\n", lineHeight=17, fontSize=13, fontWeight=600
    )
    names: alt.Chart = text.encode(x=alt.value(0), y=pixels("y", alt.Y), text="text:N")
    return names


def _key(present: list[str], *, language: str, width: float) -> tuple[list[alt.Chart], float]:
    texts = [translate(VIEWS[view], language) for view in present]
    places = flow([36 + width_of(text, size=13) for text in texts], width=width, line=20.0)
    looks = [_LOOKS.get(view, ("stroke", theme.INK, theme.INK)) for view in present]
    rows = pl.DataFrame(
        {
            "text": texts,
            "x": [x + 8 for x, _ in places],
            "x_text": [x + 20 for x, _ in places],
            "y": [y + 8 for _, y in places],
            "shape": [shape for shape, _, _ in looks],
            "stroke": [stroke for _, stroke, _ in looks],
            "fill": [fill for _, _, fill in looks],
            "angle": [90 if view == "promised" else 0 for view in present],
        }
    )
    chart, y = theme.base(rows), pixels("y", alt.Y)
    return [
        chart.mark_point(size=90, strokeWidth=2.5).encode(
            x=pixels("x"),
            y=y,
            angle=alt.Angle("angle:Q").scale(None).legend(None),
            shape=alt.Shape("shape:N").scale(None).legend(None),
            fill=alt.Fill("fill:N").scale(None).legend(None),
            stroke=alt.Stroke("stroke:N").scale(None).legend(None),
        ),
        chart.mark_text(align="left", color=theme.SOFT, fontSize=12).encode(
            x=pixels("x_text"), y=y, text="text:N"
        ),
    ], places[-1][1] + 20.0
