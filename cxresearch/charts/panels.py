"""How are several figures of the same thing shown in one row? Panels side by side, a scale each.

The unit is one row: a theme with its share, its tone, what goes with it. On a telephone the first
panel is drawn and the others are written beneath. Everything is placed in pixels.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import polars as pl

from cxresearch.charts import theme
from cxresearch.charts.grid import pixels
from cxresearch.charts.map_layout import wrap
from cxresearch.charts.marks import TURN_BELOW
from cxresearch.charts.promise_rows import axis_of
from cxresearch.language import format_value, message

_LEFT, _GAP, _HEAD, _STEP = 212.0, 34.0, 44.0, 42.0
_LABEL = 40.0  # room for the value beyond the mark
_SMALL = 11


@dataclass(frozen=True)
class Panel:
    """One column of figures.

    Parameters
    ----------
    name
        The columns drawn: `name`, `name_low`, `name_high` and, where known, `name_polarity`.
    head
        What it is, in the reader's language.
    spec
        How values are written, see `language.FORMATS`.
    short
        What it is where there is little room; empty = `head`.
    is_bar
        Whether a bar from zero is drawn, as for a share; else a dot on an axis that holds zero.
    upto
        What the scale reaches at least: bars of two panels of one scale can be compared.
    colour
        Of the bar.
    """

    name: str
    head: str
    spec: str
    short: str = ""
    is_bar: bool = False
    upto: float = 0.0
    colour: str = theme.STEPS[1]


def draw_panels(
    rows: pl.DataFrame, panels: Sequence[Panel], *, language: str, width: int
) -> alt.TopLevelMixin:
    """A row a thing, a panel a figure.

    Parameters
    ----------
    rows
        `label` and `small` (words, already in the reader's language) and the columns of `panels`.
    """
    is_narrow = width < TURN_BELOW
    drawn = list(panels[:1] if is_narrow else panels)
    left = 0.0 if is_narrow else _LEFT
    each = (width - left - _GAP * (len(drawn) - 1)) / len(drawn)
    spans = [(left + n * (each + _GAP), left + n * (each + _GAP) + each) for n in range(len(drawn))]
    labels = [wrap(t, width=width if is_narrow else _LEFT - 14, size=13, lines=2)
              for t in rows["label"]]  # fmt: skip
    tops, y = [], 8.0 if is_narrow else _HEAD
    for text in labels:
        tops.append(y)
        tall = 17.0 * (text.count("\n") + 1) + 34.0 + 14.0 * len(panels)
        y += tall if is_narrow else _STEP
    more = panels[1:] if is_narrow else ()
    beneath = _beneath(rows, more, language)
    places = pl.DataFrame({"label": labels, "beneath": beneath, "top": tops}).with_columns(
        lines=pl.col("label").str.count_matches("\n") + 1
    )
    layers = list(_draw_names(places, is_narrow=is_narrow))
    for panel, span in zip(drawn, spans, strict=True):
        middle = (
            places.select(pl.col("top") + 17.0 * pl.col("lines") + 10).to_series()
            if is_narrow
            else places["top"] + _STEP / 2
        )
        layers += _draw_panel(
            rows.with_columns(middle.alias("y")), panel, span=span, bottom=y, language=language,
            has_axis=not is_narrow,
        )  # fmt: skip
    return alt.layer(*layers).properties(width=width, height=y)


def _beneath(rows: pl.DataFrame, panels: Sequence[Panel], language: str) -> list[str]:
    """The small words, and the figures of the panels that a telephone has no room for."""
    said = []
    for row in rows.rows(named=True):
        parts = [row["small"]]
        for panel in panels:
            if row[panel.name] is None:
                continue
            ends = (row[f"{panel.name}_low"], row[f"{panel.name}_high"])
            low, high = (format_value(end, panel.spec, language) for end in ends)
            value = format_value(row[panel.name], panel.spec, language)
            figure = {"head": panel.short or panel.head, "value": value, "low": low, "high": high}
            text = message("{head} {value} ({low} to {high})", **figure)
            parts.append(text.in_language(language))
        said.append("\n".join(parts))
    return said


def _draw_names(places: pl.DataFrame, *, is_narrow: bool) -> list[alt.Chart]:
    style: dict[str, Any] = {"align": "left", "lineBreak": "\n", "baseline": "top"}
    if is_narrow:
        spots = places.with_columns(y=pl.col("top"), y2=pl.col("top") + 17.0 * pl.col("lines") + 21)
    else:
        words = 16.0 * pl.col("lines") + 14.0 * (pl.col("beneath") != "")
        start = pl.col("top") + (_STEP - words) / 2
        spots = places.with_columns(y=start, y2=start + 16.0 * pl.col("lines") + 1)
    chart = theme.base(spots.select("label", "beneath", "y", "y2"))
    return [
        chart.mark_text(**style, fontSize=13, fontWeight=600, lineHeight=16).encode(
            x=alt.value(0), y=pixels("y", alt.Y), text="label:N"
        ),
        chart.mark_text(**style, fontSize=_SMALL, color=theme.SOFT, lineHeight=13).encode(
            x=alt.value(0), y=pixels("y2", alt.Y), text="beneath:N"
        ),
    ]


def _draw_panel(
    rows: pl.DataFrame, panel: Panel, *, span: tuple[float, float], bottom: float, language: str,
    has_axis: bool,
) -> list[alt.Chart]:  # fmt: skip
    left, right = span[0] + (0.0 if panel.is_bar else 6.0), span[1] - _LABEL
    low, high = _ends(rows, panel)
    scale = (right - left) / (high - low)
    name, ends = panel.name, (f"{panel.name}_low", f"{panel.name}_high")
    polarity = f"{name}_polarity"
    values = [format_value(v, panel.spec, language) if v is not None else "" for v in rows[name]]
    kinds = (
        rows[polarity] if polarity in rows.columns else pl.repeat("neutral", len(rows), eager=True)
    )
    plain = theme.ACCENT if panel.is_bar else theme.INK
    colours = {"good": theme.GOOD, "bad": theme.BAD, "neutral": plain}
    placed = rows.select(
        "y",
        *((left + (pl.col(c).cast(pl.Float64) - low) * scale).alias(to)
          for c, to in zip((name, *ends), ("x", "x1", "x2"), strict=True)),
        pl.lit(left - low * scale).alias("zero"),
        pl.Series("value", values),
        kinds.fill_null("neutral").replace_strict(colours).alias("colour"),
    )  # fmt: skip
    zero = left - low * scale
    chart = theme.base(placed)
    known, y = chart.transform_filter("isValid(datum.x)"), pixels("y", alt.Y)
    colour = alt.Color("colour:N").scale(None).legend(None)
    layers = _draw_axis(panel, zero=zero, span=span, bottom=bottom) if has_axis else []
    if not has_axis and not panel.is_bar:
        ticks = chart.mark_tick(color=theme.PALE, thickness=1.5, size=22)
        layers.append(ticks.encode(x=pixels("zero"), y=y))
    if panel.is_bar:
        bar = known.mark_rule(strokeWidth=14, color=panel.colour)
        layers.append(bar.encode(x=pixels("zero"), x2="x:Q", y=y))
    layers += [
        known.mark_rule(strokeWidth=2.5).encode(x=pixels("x1"), x2="x2:Q", y=y, color=colour),
        known.mark_point(filled=True, size=70 if panel.is_bar else 100).encode(
            x=pixels("x"), y=y, color=colour
        ),
        known.mark_text(align="left", dx=7, fontSize=12).encode(
            x=pixels("x2"), y=y, text="value:N", color=colour
        ),
    ]
    return layers


def _draw_axis(
    panel: Panel, *, zero: float, span: tuple[float, float], bottom: float
) -> list[alt.Chart]:
    head = wrap(panel.head, width=span[1] - span[0], size=12, lines=2)
    one = theme.base(pl.DataFrame({"head": [head]}))
    return [
        one.mark_rule(color=theme.PALE, strokeWidth=1).encode(
            x=alt.value(zero), y=alt.value(_HEAD - 2), y2=alt.value(bottom)
        ),
        one.mark_text(
            align="left", baseline="top", fontSize=12, color=theme.SOFT, lineBreak="\n",
            lineHeight=14,
        ).encode(x=alt.value(span[0]), y=alt.value(4), text="head:N"),
    ]  # fmt: skip


def _ends(rows: pl.DataFrame, panel: Panel) -> tuple[float, float]:
    """The ends of a panel's scale: they hold every interval, and zero."""
    names = {"estimate": panel.name, "ci_low": f"{panel.name}_low", "ci_high": f"{panel.name}_high"}
    written = rows.select(pl.col(column).alias(name) for name, column in names.items())
    held: list[Mapping[str, Any]] = [
        {**row, "target": panel.upto}
        for row in written.rows(named=True)
        if row["estimate"] is not None
    ]
    low, high, _ = axis_of(held, unit="deviations")
    return (0.0 if panel.is_bar else low), high if math.isfinite(high) else 1.0
