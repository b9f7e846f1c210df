"""How is a promise drawn beside what was delivered? A row each, rows of one unit on one axis.

The unit is one promise, written already in one language. Everything is placed in pixels, because
rows of different units stand beneath one another and share no scale.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import polars as pl

from cxresearch.actions.findings import UNITS
from cxresearch.charts import theme
from cxresearch.charts.grid import pixels
from cxresearch.charts.map_layout import wrap
from cxresearch.charts.map_words import FILLS
from cxresearch.charts.marks import TURN_BELOW
from cxresearch.language import format_value, mark, translate

UNITS_SAID = {
    "share": mark("in percent"),
    "points": mark("in points"),
    "scale": mark("average grade"),
    "minutes": mark("in minutes"),
}
_PROMISED, _DELIVERED = mark("promised"), mark("delivered, with 95% interval")
_UNKNOWN = mark("too few to show")
_BOUNDS = {"share": (0.0, 1.0), "points": (-100.0, 100.0), "minutes": (0.0, math.inf)}
_LEFT, _RIGHT = 300.0, 110.0
_NAME, _SMALL, _LINE = 13, 11, 15.0
_TOP, _HEAD, _BETWEEN = 30.0, 30.0, 14.0

_WEIGHTS: dict[str, Any] = {"broken": 700, "kept": 600, "open": "normal", "none": "normal"}

Row = Mapping[str, Any]


def draw_promises(rows: Sequence[Row], *, language: str, width: int) -> alt.TopLevelMixin:
    """Promises in the order given, those of one unit beneath one another.

    Parameters
    ----------
    rows
        With `name`, `small`, `gap`, `verdict_text`, `beneath`, `unit`, `verdict`, `target`,
        `estimate`, `ci_low`, `ci_high`, `is_reliable`.
    """
    units = list(dict.fromkeys(row["unit"] for row in rows))
    is_narrow = width < TURN_BELOW
    left = 8.0 if is_narrow else _LEFT
    right = width - (20.0 if is_narrow else _RIGHT)
    y, placed, ticks, heads = _TOP, [], [], []
    for unit in units:
        group = [row for row in rows if row["unit"] == unit]
        low, high, step = axis_of(group, unit=unit)
        if len(units) > 1:
            heads.append({"text": translate(UNITS_SAID[unit], language), "y": y})
            y += _LINE if is_narrow else 0.0
        start, y = y, y + _HEAD
        for row in group:
            place, height = _place(row, y=y, left=left, right=right, ends=(low, high),
                                   is_narrow=is_narrow)  # fmt: skip
            placed.append(place)
            y += height
        ticks += [
            {
                "x": left + (tick - low) / (high - low) * (right - left),
                "y1": start + _HEAD - 4,
                "y2": y - 4,
                "text": format_value(tick, UNITS[unit][0], language),
            }
            for tick in _ticks(low, high, step)
        ]
        y += _BETWEEN
    layers = [
        *_draw_axes(pl.DataFrame(ticks)),
        *_draw_marks(pl.DataFrame(placed, infer_schema_length=None)),
        *_draw_words(pl.DataFrame(placed, infer_schema_length=None), width=width, language=language,
                     is_narrow=is_narrow),
        *_draw_heads(heads),
        *_draw_key(language),
    ]  # fmt: skip
    return alt.layer(*layers).properties(width=width, height=y)


def axis_of(rows: Sequence[Row], *, unit: str) -> tuple[float, float, float]:
    """Round ends of an axis that holds all intervals and promises, and its step.

    Examples
    --------
    >>> rows = [{"target": 10.0, "estimate": 24.0, "ci_low": 22.0, "ci_high": 27.0}]
    >>> axis_of(rows, unit="minutes")
    (10.0, 30.0, 5.0)
    """
    names = ("target", "estimate", "ci_low", "ci_high")
    values = [row[name] for row in rows for name in names if row[name] is not None] or [0.0, 1.0]
    low, high = min(values), max(values)
    span = (high - low) or abs(high) or 1.0
    power = 10.0 ** math.floor(math.log10(span / 3))
    step = next(power * size for size in (1, 2, 5, 10) if span / (power * size) <= 5)
    least, most = _BOUNDS.get(unit, (-math.inf, math.inf))
    start = max(least, math.floor(low / step + 1e-9) * step)
    stop = min(most, math.ceil(high / step - 1e-9) * step)
    return start, max(stop, start + step), step


def _ticks(low: float, high: float, step: float) -> list[float]:
    return [low + step * n for n in range(round((high - low) / step) + 1)]


def _place(
    row: Row, *, y: float, left: float, right: float, ends: tuple[float, float], is_narrow: bool
) -> tuple[dict[str, Any], float]:
    """The pixels of one promise, and the height of its row."""
    low, high = ends
    room = right - left - 84 if is_narrow else left - 24
    name = wrap(row["name"], width=room, size=_NAME * 1.1, lines=4)
    small = wrap(row["small"], width=room, size=_SMALL, lines=4)
    n_name, n_small = name.count("\n") + 1, small.count("\n") + 1
    words = n_name * (_LINE + 2) + n_small * _LINE
    height = words + (44.0 if is_narrow else 16.0)
    middle = y + words + 18 if is_narrow else y + max(words, 28) / 2

    def at(value: float | None) -> float | None:
        return None if value is None else left + (value - low) / (high - low) * (right - left)

    colour = FILLS[row["verdict"]]
    return {
        "name": name,
        "small": small,
        "value": row["gap"] or wrap(row["verdict_text"], width=_RIGHT - 10, size=12),
        "beneath": row["beneath"] if row["gap"] else "",
        "verdict": row["verdict"],
        "colour": colour,
        "fill": colour if row["is_reliable"] else theme.PAPER,
        "y": middle,
        "y_name": y,
        "y_small": y + n_name * (_LINE + 2) + 1,
        "x": at(row["estimate"]),
        "x1": at(row["ci_low"]) if row["ci_low"] is not None else at(row["estimate"]),
        "x2": at(row["ci_high"]) if row["ci_high"] is not None else at(row["estimate"]),
        "target": at(row["target"]),
    }, max(height, 0.0)


def _draw_axes(ticks: pl.DataFrame) -> list[alt.Chart]:
    chart = theme.base(ticks)
    return [
        chart.mark_rule(color=theme.LINE, strokeWidth=1).encode(
            x=pixels("x"), y=pixels("y1", alt.Y), y2="y2:Q"
        ),
        chart.mark_text(color=theme.SOFT, fontSize=11, dy=-8).encode(
            x=pixels("x"), y=pixels("y1", alt.Y), text="text:N"
        ),
    ]


def _draw_marks(rows: pl.DataFrame) -> list[alt.Chart]:
    marks = rows.select("x", "x1", "x2", "y", "target", "colour", "fill", "verdict")
    chart = theme.base(marks.with_columns(pl.col("x", "x1", "x2", "target").cast(pl.Float64)))
    known = chart.transform_filter("isValid(datum.x)")
    y = pixels("y", alt.Y)
    colour = alt.Color("colour:N").scale(None).legend(None)
    return [
        known.transform_filter("datum.verdict == 'broken'")
        .mark_rule(color=theme.BAD, strokeWidth=1.5, strokeDash=[2, 3])
        .encode(x=pixels("x"), x2="target:Q", y=y),
        known.mark_rule(strokeWidth=3).encode(x=pixels("x1"), x2="x2:Q", y=y, color=colour),
        known.mark_point(shape="circle", size=120, strokeWidth=2).encode(
            x=pixels("x"),
            y=y,
            fill=alt.Fill("fill:N").scale(None).legend(None),
            stroke=alt.Stroke("colour:N").scale(None).legend(None),
        ),
        _tick(chart, length=420).encode(x=pixels("target"), y=y),
    ]


def _tick(chart: alt.Chart, *, length: float) -> alt.Chart:
    tick: alt.Chart = chart.mark_point(
        shape="stroke", angle=90, filled=False, stroke=theme.INK, strokeWidth=3, size=length
    )
    return tick


def _draw_words(
    rows: pl.DataFrame, *, width: int, language: str, is_narrow: bool
) -> list[alt.Chart]:
    chart = theme.base(
        rows.select("name", "small", "value", "verdict", "beneath", "y", "y_name", "y_small",
                    "x", "colour").with_columns(pl.col("x").cast(pl.Float64))
    )  # fmt: skip
    style: dict[str, Any] = {"align": "left", "baseline": "top", "lineBreak": "\n"}
    name = chart.mark_text(**style, fontSize=_NAME, fontWeight=600, lineHeight=_LINE + 2)
    small = chart.mark_text(**style, fontSize=_SMALL, color=theme.SOFT, lineHeight=_LINE)
    x_name = alt.value(8 if is_narrow else 0)
    side: Any = "right" if is_narrow else "left"
    x_value = alt.value(width - 8 if is_narrow else width - _RIGHT + 16)
    y_value = pixels("y_name" if is_narrow else "y", alt.Y)
    has_second = bool((rows["beneath"] != "").any())
    first = 6 if is_narrow else -7 if has_second else 0
    layers = [
        name.encode(x=x_name, y=pixels("y_name", alt.Y), text="name:N"),
        small.encode(x=x_name, y=pixels("y_small", alt.Y), text="small:N"),
        chart.transform_filter("!isValid(datum.x)")
        .mark_text(align="left", color=theme.SOFT, fontStyle="italic", fontSize=12)
        .encode(
            x=alt.value(16 if is_narrow else _LEFT + 10),
            y=pixels("y", alt.Y),
            text=alt.value(translate(_UNKNOWN, language)),
        ),
    ]
    for verdict, colour in FILLS.items():
        if rows.filter(verdict=verdict).is_empty():
            continue
        told = chart.transform_filter(f"datum.verdict == '{verdict}'")
        tone = theme.SOFT if verdict in ("open", "none") else colour
        place = {"x": x_value, "y": y_value}
        layers += [
            told.mark_text(
                align=side,
                color=tone,
                fontWeight=_WEIGHTS[verdict],
                fontSize=13,
                dy=first,
                lineBreak="\n",
            ).encode(**place, text="value:N"),
            told.mark_text(align=side, color=tone, fontSize=_SMALL, dy=first + 15).encode(
                **place, text="beneath:N"
            ),
        ]
    return layers


def _draw_heads(heads: Sequence[Row]) -> list[alt.Chart]:
    if not heads:
        return []
    chart = theme.base(pl.DataFrame(heads))
    text = chart.mark_text(align="left", fontSize=12, color=theme.SOFT, fontStyle="italic", dy=12)
    return [text.encode(x=alt.value(0), y=pixels("y", alt.Y), text="text:N")]


def _draw_key(language: str) -> list[alt.Chart]:
    promised, delivered = translate(_PROMISED, language), translate(_DELIVERED, language)
    one = theme.base(pl.DataFrame({"promised": [promised], "delivered": [delivered]}))
    text = one.mark_text(align="left", color=theme.SOFT, fontSize=12)
    y, second = alt.value(10), 46.0 + 6.6 * len(promised)
    return [
        _tick(one, length=220).encode(x=alt.value(8), y=y),
        text.encode(x=alt.value(18), y=y, text="promised:N"),
        one.mark_point(filled=True, size=100, color=theme.GREY).encode(x=alt.value(second), y=y),
        text.encode(x=alt.value(second + 12), y=y, text="delivered:N"),
    ]
