"""Where does the name of a dot stand among many, so that none lies on another name or dot?

The unit is one dot, placed in pixels. Names that matter always stand; others only where they find
room, for the table beside the chart has them all.
"""

from collections.abc import Sequence
from typing import Any

import altair as alt
import polars as pl

from cxresearch.charts import theme
from cxresearch.charts.grid import pixels
from cxresearch.charts.map_layout import width_of

_LINE, _GAP = 14.0, 8.0


def name_points(placed: pl.DataFrame, *, right: float, is_narrow: bool) -> list[alt.Chart]:
    """The names that find room: of clear points always, of others where none is hit.

    Parameters
    ----------
    placed
        x, y in pixels, label, is_clear.
    right
        Where a name must end.
    is_narrow
        On a telephone only clear points are named.
    """
    rows = placed.sort(~pl.col("is_clear"), maintain_order=True).rows(named=True)
    points = [(row["x"], row["y"]) for row in rows]
    boxes: list[tuple[float, float, float]] = []
    told = []
    for row in rows:
        if is_narrow and not row["is_clear"]:
            continue
        size = 13 if row["is_clear"] else 11
        wide = width_of(row["label"], size=size)
        spot = _find_room(row, wide, boxes, points, right=right, must=row["is_clear"])
        if spot is None:
            continue
        boxes.append((spot[0], spot[1], wide))
        told.append({"text": row["label"], "x": spot[0], "y": spot[1], "clear": row["is_clear"]})
    chart = theme.base(
        pl.DataFrame(told, schema={"text": pl.String, "x": pl.Float64, "y": pl.Float64,
                                   "clear": pl.Boolean})
    )  # fmt: skip
    x, y = pixels("x"), pixels("y", alt.Y)
    return [
        chart.transform_filter("datum.clear")
        .mark_text(align="left", fontSize=13, fontWeight=600)
        .encode(x=x, y=y, text="text:N"),
        chart.transform_filter("!datum.clear")
        .mark_text(align="left", fontSize=11, color=theme.SOFT)
        .encode(x=x, y=y, text="text:N"),
    ]


def _find_room(
    row: dict[str, Any],
    wide: float,
    boxes: Sequence[tuple[float, float, float]],
    points: Sequence[tuple[float, float]],
    *,
    right: float,
    must: bool,
) -> tuple[float, float] | None:
    """Where a name of that width stands beside its dot without hitting another name or dot."""
    sides = (row["x"] + _GAP, row["x"] - _GAP - wide)
    for shift in (-9.0, 10.0, -22.0, 23.0, -36.0, 37.0):
        for x in sides:
            y = row["y"] + shift
            if x < 0 or x + wide > right:
                continue
            if not any(abs(y - b) < _LINE and x < a + w and a < x + wide for a, b, w in boxes) and (
                not any(abs(y - b) < 9 and x - 5 < a < x + wide + 5 for a, b in points)
            ):
                return x, y
    return (max(0.0, min(sides[0], right - wide)), row["y"] - 9.0) if must else None
