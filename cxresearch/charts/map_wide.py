"""How is the journey map drawn where there is room? Stages as columns, the journey left to right.

The unit is one touchpoint, a column. From above: the key, the stages, the line of scores with
promises, the names, then channels and owners once for neighbours that share them and, below the
line of visibility, the teams behind the scenes.
"""

from collections.abc import Sequence
from typing import Any

import altair as alt
import polars as pl

from cxresearch.charts import theme
from cxresearch.charts.map_key import draw_key
from cxresearch.charts.map_layout import Label, share_labels, spread_labels, wrap
from cxresearch.charts.map_marks import (
    FOOT,
    across,
    draw_score_axis,
    draw_stations,
    place_stations,
    score_domain,
)
from cxresearch.language import mark, translate

MARGIN = 46.0
"""Pixels the axis takes beside the columns."""
PLOT = 250.0
FLAT = 24.0
"""Height of the scores, and of a line without any."""
NAME, SMALL = 12, 11
"""Font sizes."""
BOLD = 1.12
"""How much wider bold letters are."""
LINE = 14.0
"""Pixels from one line of a text to the next."""

_CHANNELS, _OWNER = mark("Channels"), mark("Owner")
_VISIBLE = mark("Line of visibility")
_BEHIND = mark("Behind the scenes")
_UNDRAWN = mark("Met, not drawn")


def draw_wide(
    stations: pl.DataFrame, *, unit: str, width: int, stages: dict[str, str], language: str
) -> alt.TopLevelMixin:
    """The whole map at `width` pixels.

    Parameters
    ----------
    stations
        As `map_words.write_stations` returns it.
    stages
        Names of the stages by id.
    """
    column = (width - MARGIN) / stations.height
    is_scored = stations["estimate"].is_not_null().any()
    key, top = draw_key(stations, width=width - MARGIN, language=language)
    head = top + 8
    bands = _stages(stations, stages, column=column, language=language)
    plot_top = head + 20 + LINE * max(band.n_lines for band in bands) + (18 if is_scored else 12)
    foot = plot_top + (PLOT if is_scored else FLAT)
    domain = score_domain(stations, unit=unit)
    placed = place_stations(stations, domain=domain, near=foot, far=plot_top)
    names, y = _names(placed, y=foot + FOOT, column=column)
    rows, bottom = _rows(placed, y=y + 10, column=column, language=language)
    layers: list[Any] = [
        *_draw_bands(bands, placed, y=head, y2=y),
        *draw_score_axis(domain, unit=unit, near=foot, far=plot_top, is_drawn=is_scored),
        *names,
        *draw_stations(
            placed, domain=domain, near=foot, far=plot_top, column=column, language=language
        ),
        *rows,
        *key,
    ]
    return alt.layer(*layers).properties(width=width, height=bottom)


def _stages(
    stations: pl.DataFrame, stages: dict[str, str], *, column: float, language: str
) -> list[Label]:
    ids = stations["stage"].to_list()
    is_drawn = stations["is_drawn"].to_list()
    named = [
        (stages.get(id_, id_) if known else translate(_UNDRAWN, language)) or " "
        for id_, known in zip(ids, is_drawn, strict=True)
    ]
    return [
        Label(
            wrap(
                run.text,
                width=(run.last - run.first + 1) * column - 8,
                size=15 if is_drawn[run.first] else SMALL,
            ),
            run.first,
            run.last,
        )
        for run in share_labels(named)
    ]


def _draw_bands(
    bands: Sequence[Label], placed: pl.DataFrame, *, y: float, y2: float
) -> list[alt.Chart]:
    rows = pl.DataFrame(
        {
            "text": [band.text for band in bands],
            "x": [band.middle for band in bands],
            "x1": [band.first - 0.5 + 0.03 for band in bands],
            "x2": [band.last + 0.5 - 0.03 for band in bands],
            "is_drawn": [placed["is_drawn"][band.first] for band in bands],
        }
    )
    chart = theme.base(rows)
    drawn, undrawn = (chart.transform_filter(test) for test in ("datum.is_drawn",
                                                                "!datum.is_drawn"))  # fmt: skip
    band = {"y": alt.value(y), "y2": alt.value(y2), "x": across("x1"), "x2": "x2:Q"}
    style: dict[str, Any] = {"baseline": "top", "lineBreak": "\n", "lineHeight": LINE + 2}
    place = {"x": across("x"), "y": alt.value(y + 9), "text": "text:N"}
    layers = [drawn.mark_rect(color=theme.WASH, cornerRadius=3).encode(**band)]
    if not rows["is_drawn"].all():
        outline = undrawn.mark_rect(
            fill=None, stroke=theme.PALE, strokeDash=[4, 4], strokeWidth=1, cornerRadius=3
        )
        aside = undrawn.mark_text(fontSize=SMALL, color=theme.SOFT, **style)
        layers += [outline.encode(**band), aside.encode(**place)]
    return [*layers, drawn.mark_text(fontSize=14, fontWeight=600, **style).encode(**place)]


def _names(placed: pl.DataFrame, *, y: float, column: float) -> tuple[list[alt.Chart], float]:
    """The names of touchpoints beneath their dots, and where they end."""
    texts = [wrap(name, width=max(column - 6, 66), size=NAME) for name in placed["name"]]
    single = [Label(text, column_, column_) for column_, text in enumerate(texts)]
    spread = spread_labels(single, column=column, size=NAME * BOLD)
    return _draw_labels(spread, y=y, size=NAME, is_name=True)


def _rows(
    placed: pl.DataFrame, *, y: float, column: float, language: str
) -> tuple[list[alt.Chart], float]:
    layers: list[alt.Chart] = []
    for name, head in (("channel", _CHANNELS), ("owner", _OWNER), ("behind", _BEHIND)):
        runs = share_labels(placed[name].to_list())
        if not runs:
            continue
        if name == "behind":
            layers += _line_of_visibility(y + 8, language)
            y += 18
        texts = [
            Label(
                wrap(run.text, width=max((run.last - run.first + 1) * column - 6, 62), size=SMALL),
                run.first,
                run.last,
            )
            for run in runs
        ]
        spread = spread_labels(texts, column=column, size=SMALL)
        layers.append(_head(translate(head, language), y))
        drawn, y = _draw_labels(spread, y=y + 17, size=SMALL)
        layers += drawn
        y += 6
    return layers, y


def _draw_labels(
    labels: Sequence[Label], *, y: float, size: int, is_name: bool = False
) -> tuple[list[alt.Chart], float]:
    """Labels beneath one another where they would touch, each tied to its columns by a line."""
    heights = [0.0]
    n_levels = max((label.level for label in labels), default=0) + 1
    for level in range(n_levels):
        lines = max((label.n_lines for label in labels if label.level == level), default=1)
        heights.append(heights[-1] + lines * LINE + 6)
    rows = pl.DataFrame(
        {
            "text": [label.text for label in labels],
            "x": [label.middle for label in labels],
            "x1": [label.first - 0.5 + 0.12 for label in labels],
            "x2": [label.last + 0.5 - 0.12 for label in labels],
            "y": [y + 5 + heights[label.level] for label in labels],
            "tie": [y + 3 + heights[label.level] for label in labels],
            "level": [label.level for label in labels],
        }
    )
    chart = theme.base(rows)
    text = chart.mark_text(
        baseline="top",
        lineBreak="\n",
        lineHeight=LINE,
        fontSize=size,
        fontWeight=600 if is_name else "normal",
        color=theme.INK if is_name else theme.SOFT,
    )
    place = {"x": across("x"), "y": _at("y"), "text": "text:N"}
    layers = [text.encode(**place)]
    if is_name:
        # A line to a lower name may pass behind.
        halo = text.copy()
        halo.mark.stroke, halo.mark.strokeWidth = theme.WASH, 4
        layers.insert(0, halo.encode(**place))
    if n_levels > 1:
        tie = chart.transform_filter("datum.level > 0").mark_rule(color=theme.PALE, strokeWidth=1)
        layers.insert(0, tie.encode(x=across("x"), y=_at("tie"), y2=alt.value(y)))
    if not is_name:
        span = chart.mark_rule(color=theme.PALE, strokeWidth=2)
        layers.insert(0, span.encode(x=across("x1"), x2="x2:Q", y=alt.value(y)))
    return layers, y + heights[-1]


def _at(column: str) -> alt.Y:
    return alt.Y(f"{column}:Q").scale(None).axis(None)


def _head(text: str, y: float) -> alt.Chart:
    one = theme.base(pl.DataFrame({"text": [text]}))
    style: dict[str, Any] = {"fontSize": SMALL, "fontWeight": 600, "color": theme.SOFT}
    head = one.mark_text(align="left", baseline="top", **style)
    return head.encode(x=alt.value(4), y=alt.value(y), text="text:N")  # type: ignore[no-any-return]  # altair leaves encode untyped


def _line_of_visibility(y: float, language: str) -> list[alt.Chart]:
    one = theme.base(pl.DataFrame({"text": [translate(_VISIBLE, language)]}))
    rule = one.mark_rule(color=theme.GREY, strokeDash=[6, 4], strokeWidth=1)
    text = one.mark_text(align="right", baseline="bottom", fontSize=10, dy=-3, color=theme.SOFT)
    place = {"x": alt.value("width"), "y": alt.value(y)}
    return [
        rule.encode(x=alt.value(0), x2=alt.value("width"), y=alt.value(y)),
        text.encode(**place, text="text:N"),
    ]
