"""What do the marks of the journey map mean? A key of those that occur, and of no other.

The unit is one kind of mark: a sample of it and its words.
"""

from typing import Any

import altair as alt
import polars as pl

from cxresearch.charts import theme
from cxresearch.charts.map_layout import flow, width_of
from cxresearch.charts.map_marks import pixel
from cxresearch.charts.map_words import FILLS, VERDICTS
from cxresearch.language import mark, translate

_KEY = (
    ("tick", mark("promise")),
    ("size", mark("larger: more contacts")),
    ("ring", mark("moment of truth found")),
    ("dashed", mark("only believed to be one")),
    ("leaves", mark("more leave after it than elsewhere")),
    ("hollow", mark("hollow: few answers or none")),
)


def draw_key(
    stations: pl.DataFrame, *, width: float, language: str
) -> tuple[list[alt.Chart], float]:
    """What colours, marks and rings mean, as far as they occur, and where the key ends."""
    is_scored = stations["estimate"].is_not_null().any()
    has_verdicts = (stations["verdict"] != "none").any()
    items = [
        ("dot", FILLS[verdict], translate(text, language))
        for verdict, text in VERDICTS.items()
        if has_verdicts and stations.filter(pl.col("verdict") == verdict).height
    ]
    occurs = {
        "tick": stations["target"].is_not_null().any(),
        "size": stations["diameter"].n_unique() > 1,
        "ring": stations["is_moment"].any(),
        "dashed": (stations["believed"] & ~stations["is_moment"]).any(),
        "leaves": (stations["leaves"] != "").any(),
        "hollow": is_scored and (stations["fill"] == theme.PAPER).any(),
    }
    items += [(kind, theme.INK, translate(text, language)) for kind, text in _KEY if occurs[kind]]
    boxes = [24 + 1.06 * width_of(text, size=12) + 12 for _, _, text in items]
    places = flow(boxes, width=width, line=20.0)
    rows = pl.DataFrame(
        {
            "kind": [kind for kind, _, _ in items],
            "colour": [colour for _, colour, _ in items],
            "text": [text for _, _, text in items],
            "x": [x + 10 for x, _ in places],
            "x_text": [x + 23 for x, _ in places],
            "y": [y + 8 for _, y in places],
        }
    )
    return _draw_key(rows), (places[-1][1] + 20.0 if places else 0.0)


_SHAPES: dict[str, dict[str, Any]] = {
    "dot": {"filled": True, "size": 110},
    "tick": {"shape": "stroke", "filled": False, "stroke": theme.INK, "strokeWidth": 3,
             "size": 260},
    "size": {"filled": False, "stroke": theme.GREY, "strokeWidth": 1.5, "size": 200},
    "ring": {"filled": False, "stroke": theme.INK, "strokeWidth": 2, "size": 170},
    "dashed": {"filled": False, "stroke": theme.INK, "strokeWidth": 2, "size": 170,
               "strokeDash": [3, 3]},
    "leaves": {"shape": "triangle-down", "filled": True, "color": theme.BAD, "size": 60},
    "hollow": {"filled": False, "stroke": theme.GREY, "strokeWidth": 2, "size": 90},
}  # fmt: skip


def _draw_key(rows: pl.DataFrame) -> list[alt.Chart]:
    chart = theme.base(rows)
    y = pixel("y")

    def x(column: str) -> alt.X:
        return alt.X(f"{column}:Q").axis(None).scale(None)

    layers = []
    for kind in rows["kind"].unique(maintain_order=True):
        point = chart.transform_filter(f"datum.kind == '{kind}'").mark_point(**_SHAPES[kind])
        encoded: dict[str, Any] = {"x": x("x"), "y": y}
        if kind == "dot":
            encoded["color"] = alt.Color("colour:N").scale(None).legend(None)
        layers.append(point.encode(**encoded))
    text = chart.mark_text(align="left", baseline="middle", color=theme.SOFT, fontSize=12)
    return [*layers, text.encode(x=x("x_text"), y=y, text="text:N")]
