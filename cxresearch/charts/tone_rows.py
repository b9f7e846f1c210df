"""How is tone drawn? Negative to the left, positive to the right, the net tone as a dot between.

The unit is one group of comments, its words already in one language. A group may have two lines:
comments of those asked about it, and comments that name it unasked. Everything is placed in pixels.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import polars as pl

from cxresearch.charts import theme
from cxresearch.charts.grid import pixels
from cxresearch.charts.map_layout import wrap
from cxresearch.charts.marks import TURN_BELOW
from cxresearch.language import format_value, mark, translate

NEGATIVE, POSITIVE = mark("negative"), mark("positive")
_NET, _UNKNOWN = mark("net tone"), mark("unknown")
SOURCES = {"asked": mark("asked about it"), "named": mark("speak of it unasked")}
_HIDDEN = mark("hidden, so that nobody can be recognised")
_NOTHING = mark("nothing speaks")

_NEGATIVE_BAR, _POSITIVE_BAR = theme.DIVERGING[1], theme.DIVERGING[3]
_COLOURS = {"good": theme.GOOD, "bad": theme.BAD, "neutral": theme.INK}
_LEFT, _RIGHT = 232.0, 196.0
_HEAD, _LINE, _NAME, _SMALL = 44.0, 24.0, 13, 11
_STEP = 0.2
_HALO: dict[str, Any] = {
    "color": theme.PAPER, "stroke": theme.PAPER, "strokeWidth": 5, "strokeJoin": "round"
}  # fmt: skip
"""Paper around words, so that no line of the axis runs through them."""

Row = Mapping[str, Any]


def draw_tone(rows: Sequence[Row], *, language: str, width: int) -> alt.TopLevelMixin:
    """Groups in the order given; rows of one `name` that follow each other are lines of one group.

    Parameters
    ----------
    rows
        `name`, `source`, `n`, `base`, `share_positive`, `share_negative`, `share_unknown`,
        `estimate`, `ci_low`, `ci_high` (-1 to 1), `polarity`, `is_reliable`.
    """
    is_narrow = width < TURN_BELOW
    left = 26.0 if is_narrow else _LEFT
    right = width - (26.0 if is_narrow else _RIGHT)
    low, high = ends_of(rows)
    sources = sorted({row["source"] for row in rows})  # those asked come first
    head = _HEAD + (22.0 if len(sources) > 1 else 0.0)
    lines, names, y = [], [], head
    for number, row in enumerate(rows):
        if number == 0 or row["name"] != rows[number - 1]["name"]:
            y += 6.0 if is_narrow else 10.0
            name = wrap(row["name"], width=(width - 80) if is_narrow else _LEFT - 16, size=_NAME)
            names.append({"text": name, "y": y + (10 if is_narrow else _LINE / 2)})
            y += (name.count("\n") + 1) * 17.0 + 3.0 if is_narrow else 0.0
        lines.append(_place(row, y=y + _LINE / 2, ends=(low, high), span=(left, right),
                            language=language, is_first=row["source"] == sources[0]))  # fmt: skip
        y += _LINE + (18.0 if is_narrow else 4.0)
    placed = pl.DataFrame(lines, infer_schema_length=None)
    layers = [
        *_draw_axis((low, high), span=(left, right), top=head, bottom=y, language=language),
        *_draw_marks(placed),
        *_draw_words(placed, width=width, is_narrow=is_narrow, language=language, top=head),
        *_draw_names(names, is_narrow=is_narrow),
        *(_draw_key(sources, language) if len(sources) > 1 else []),
    ]
    return alt.layer(*layers).properties(width=width, height=y + 4)


def ends_of(rows: Sequence[Row]) -> tuple[float, float]:
    """Round ends of an axis that holds every bar and every interval, zero between them.

    Examples
    --------
    >>> ends_of([{"share_negative": 0.31, "share_positive": 0.5, "ci_low": -0.4, "ci_high": 0.3}])
    (-0.4, 0.6)
    """

    def reach(values: Sequence[float | None]) -> float:
        longest = max((value for value in values if value is not None), default=0.0)
        return max(_STEP, round(math.ceil(longest / _STEP - 1e-9) * _STEP, 6))

    lows = [v for row in rows for v in (row["share_negative"], _negated(row["ci_low"]))]
    highs = [v for row in rows for v in (row["share_positive"], row["ci_high"])]
    return -reach(lows), reach(highs)


def _negated(value: float | None) -> float | None:
    return None if value is None else -value


def _place(
    row: Row, *, y: float, ends: tuple[float, float], span: tuple[float, float], language: str,
    is_first: bool,
) -> dict[str, Any]:  # fmt: skip
    (low, high), (left, right) = ends, span

    def at(value: float | None) -> float | None:
        return None if value is None else left + (value - low) / (high - low) * (right - left)

    def say(value: Any, spec: str) -> str:
        return "" if value is None else format_value(value, spec, language)

    net, shown = row["estimate"], row["estimate"] is not None
    colour = _COLOURS[row["polarity"] or "neutral"] if is_first else theme.SOFT
    nothing = row["n"] is not None and not row["base"]
    return {
        "y": y,
        "zero": at(0.0),
        "negative": at(_negated(row["share_negative"])) if shown else None,
        "positive": at(row["share_positive"]) if shown else None,
        "x": at(net),
        "x1": at(row["ci_low"]),
        "x2": at(row["ci_high"]),
        "low": say(row["share_negative"], "share") if shown else "",
        "high": say(row["share_positive"], "share") if shown else "",
        "net": say(None if net is None else net * 100, "signed"),
        "n": say(row["base"], "count"),
        "unknown": say(row["share_unknown"], "share"),
        "colour": colour,
        "fill": colour if row["is_reliable"] else theme.PAPER,
        "shape": "circle" if is_first else "diamond",
        "thick": 13 if is_first else 6,
        "missing": "" if shown else translate(_NOTHING if nothing else _HIDDEN, language),
    }


def _draw_axis(
    ends: tuple[float, float], *, span: tuple[float, float], top: float, bottom: float,
    language: str,
) -> list[alt.Chart]:  # fmt: skip
    (low, high), (left, right) = ends, span
    steps = range(round(low / _STEP), round(high / _STEP) + 1)
    scale = (right - left) / (high - low)
    every = 2 if len(steps) * 40 > right - left else 1
    ticks = [
        {
            "x": left + (step * _STEP - low) * scale,
            "text": format_value(abs(step * _STEP), "share", language) if step % every == 0 else "",
            "is_zero": step == 0,
        }
        for step in steps
    ]
    chart, zero = theme.base(pl.DataFrame(ticks)), left - low * scale
    ends_said = theme.base(pl.DataFrame({
        "negative": [f"← {translate(NEGATIVE, language)}"],
        "positive": [f"{translate(POSITIVE, language)} →"],
    }))  # fmt: skip
    y: dict[str, Any] = {"y": alt.value(top - 4), "y2": alt.value(bottom)}
    return [
        chart.mark_rule(color=theme.LINE, strokeWidth=1).encode(x=pixels("x"), **y),
        chart.mark_text(color=theme.SOFT, fontSize=11).encode(
            x=pixels("x"), y=alt.value(top - 12), text="text:N"
        ),
        chart.transform_filter("datum.is_zero").mark_rule(color=theme.INK, strokeWidth=1).encode(
            x=pixels("x"), **y
        ),
        ends_said.mark_text(align="right", color=theme.BAD, fontSize=12, fontWeight=600).encode(
            x=alt.value(zero - 8), y=alt.value(top - 30), text="negative:N"
        ),
        ends_said.mark_text(align="left", color=theme.GOOD, fontSize=12, fontWeight=600).encode(
            x=alt.value(zero + 8), y=alt.value(top - 30), text="positive:N"
        ),
    ]  # fmt: skip


def _draw_marks(placed: pl.DataFrame) -> list[alt.Chart]:
    numbers = ("y", "zero", "negative", "positive", "x", "x1", "x2")
    columns = (*numbers, "low", "high", "colour", "fill", "shape", "thick")
    chart = theme.base(placed.select(columns).with_columns(pl.col(numbers).cast(pl.Float64)))
    known, y = chart.transform_filter("isValid(datum.x)"), pixels("y", alt.Y)
    layers: list[alt.Chart] = []
    for thick in sorted(placed["thick"].unique()):
        lines = known.transform_filter(f"datum.thick == {thick}")
        for end, colour in (("negative", _NEGATIVE_BAR), ("positive", _POSITIVE_BAR)):
            layers.append(
                lines.mark_rule(color=colour, strokeWidth=thick).encode(
                    x=pixels("zero"), x2=f"{end}:Q", y=y
                )
            )
    words: dict[str, Any] = {"fontSize": _SMALL, "color": theme.SOFT}
    stroke = alt.Color("colour:N").scale(None).legend(None)
    layers += [
        known.mark_text(align="right", dx=-4, **words).encode(
            x=pixels("least"), y=y, text="low:N"
        ).transform_calculate(least="min(datum.negative, datum.x1)"),
        known.mark_text(align="left", dx=4, **words).encode(
            x=pixels("most"), y=y, text="high:N"
        ).transform_calculate(most="max(datum.positive, datum.x2)"),
        known.mark_rule(color=theme.PAPER, strokeWidth=6).encode(x=pixels("x1"), x2="x2:Q", y=y),
        known.mark_rule(strokeWidth=2.5).encode(x=pixels("x1"), x2="x2:Q", y=y, color=stroke),
    ]  # fmt: skip
    for shape in ("circle", "diamond"):
        dots = known.transform_filter(f"datum.shape == '{shape}'")
        size = 130 if shape == "circle" else 90
        layers += [
            dots.mark_point(shape=shape, size=size * 1.9, filled=True, color=theme.PAPER).encode(
                x=pixels("x"), y=y
            ),
            dots.mark_point(shape=shape, size=size, strokeWidth=2).encode(
                x=pixels("x"), y=y, fill=alt.Fill("fill:N").scale(None).legend(None),
                stroke=alt.Stroke("colour:N").scale(None).legend(None),
            ),
        ]  # fmt: skip
    return layers


def _draw_words(
    placed: pl.DataFrame, *, width: int, is_narrow: bool, language: str, top: float
) -> list[alt.Chart]:
    words = placed.select("y", "net", "n", "unknown", "colour", "missing", pl.col("zero"))
    net, unknown = translate(_NET, language), translate(_UNKNOWN, language)
    if is_narrow:
        words = words.with_columns(
            pl.concat_str(pl.lit(f"{net} "), "net", pl.lit(" · n "), "n", pl.lit(f" · {unknown} "),
                          "unknown").alias("beneath")
        )  # fmt: skip
    chart = theme.base(words.with_columns(pl.col("y").cast(pl.Float64)))
    known, y = chart.transform_filter("datum.missing == ''"), pixels("y", alt.Y)
    colour = alt.Color("colour:N").scale(None).legend(None)
    missing = chart.transform_filter("datum.missing != ''").mark_text(
        align="left", color=theme.SOFT, fontStyle="italic", fontSize=12
    )
    layers = [missing.encode(x=alt.value(8 if is_narrow else _LEFT + 8), y=y, text="missing:N")]
    if is_narrow:
        place = {"x": alt.value(0), "y": y, "text": "beneath:N"}
        beneath: dict[str, Any] = {"align": "left", "fontSize": _SMALL, "dy": 16}
        return [
            *layers,
            known.mark_text(**beneath, **_HALO).encode(**place),
            known.mark_text(**beneath, color=theme.SOFT).encode(**place),
        ]
    ends: dict[str, float] = {"net": width - 122, "n": width - 66, "unknown": width - 2}
    heads = theme.base(pl.DataFrame({"net": [net], "n": ["n"], "unknown": [unknown]}))
    head: dict[str, Any] = {"align": "right", "fontSize": _SMALL, "color": theme.SOFT}
    for name, x in ends.items():
        style: dict[str, Any] = {"fontSize": 12}
        if name == "net":
            style = {"fontWeight": 700, "fontSize": 13}
        text = known.mark_text(align="right", **style)
        paint = {"color": colour} if name == "net" else {"color": alt.value(theme.SOFT)}
        layers += [
            text.encode(x=alt.value(x), y=y, text=f"{name}:N", **paint),
            heads.mark_text(**head).encode(x=alt.value(x), y=alt.value(top - 12), text=f"{name}:N"),
        ]
    return layers


def _draw_names(names: Sequence[Row], *, is_narrow: bool) -> list[alt.Chart]:
    shifted = [
        {**name, "y": name["y"] - (0 if is_narrow else 8.0 * name["text"].count("\n"))}
        for name in names
    ]
    chart = theme.base(pl.DataFrame(shifted))
    style: dict[str, Any] = {
        "align": "left", "fontSize": _NAME, "fontWeight": 600, "lineBreak": "\n", "lineHeight": 16
    }  # fmt: skip
    place = {"x": alt.value(0), "y": pixels("y", alt.Y), "text": "text:N"}
    halo = [chart.mark_text(**style, **_HALO).encode(**place)] if is_narrow else []
    return [*halo, chart.mark_text(**style).encode(**place)]


def _draw_key(sources: Sequence[str], language: str) -> list[alt.Chart]:
    layers: list[alt.Chart] = []
    x = 7.0
    for source in sources:
        said = translate(SOURCES[source], language)
        one = theme.base(pl.DataFrame({"text": [said]}))
        shape = "diamond" if source == "named" else "circle"
        layers += [
            one.mark_point(shape=shape, filled=True, size=90, color=theme.INK).encode(
                x=alt.value(x), y=alt.value(10)
            ),
            one.mark_text(align="left", fontSize=12, color=theme.SOFT).encode(
                x=alt.value(x + 10), y=alt.value(10), text="text:N"
            ),
        ]
        x += 34 + 6.6 * len(said)
    return layers
