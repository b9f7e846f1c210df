"""How are shares drawn in rows and columns? Cells of five shades with the figure written in them.

The unit is one cell. No shade has to be read alone, and what is too little to be read stays blank.
"""

from collections.abc import Sequence
from typing import Any

import altair as alt
import polars as pl

from cxresearch.charts import theme
from cxresearch.charts.map_layout import wrap
from cxresearch.charts.marks import TURN_BELOW

THRESHOLDS = (0.05, 0.1, 0.2, 0.4)
"""Shares from which the next darker of `theme.STEPS` begins."""
WRITTEN_FROM = 0.02
"""Smaller shares stay blank."""
_HEAD = 26.0


def draw_grid(
    cells: pl.DataFrame, *, rows: Sequence[str], columns: Sequence[str], width: int
) -> alt.TopLevelMixin:
    """Shares in cells of five shades, the figure written where it is worth reading.

    Parameters
    ----------
    cells
        `x`, `y` (counted from 0), `share`.
    rows, columns
        The names of both, already in the reader's language.
    """
    is_narrow = width < TURN_BELOW
    left, step = (118.0, 24.0) if is_narrow else (210.0, 24.0)
    across = (width - left) / len(columns)
    shown = cells.filter(pl.col("share") >= WRITTEN_FROM).select(
        (left + pl.col("x") * across).alias("x"),
        (left + (pl.col("x") + 1) * across - 2).alias("x2"),
        (_HEAD + pl.col("y") * step).alias("y"),
        (_HEAD + (pl.col("y") + 1) * step - 2).alias("y2"),
        _shade("share").alias("colour"),
        pl.when(pl.col("share") >= THRESHOLDS[2])
        .then(pl.lit(theme.PAPER))
        .otherwise(pl.lit(theme.INK))
        .alias("ink"),
        (pl.col("share") * 100).round(0).cast(pl.Int64).cast(pl.String).alias("text"),
    )
    shown = shown.with_columns(
        ((pl.col("x") + pl.col("x2")) / 2).alias("cx"),
        ((pl.col("y") + pl.col("y2")) / 2).alias("cy"),
    )
    size = 10 if is_narrow else 12
    heads = pl.DataFrame(
        {
            "text": list(columns),
            "x": [left + (n + 0.5) * across - 1 for n in range(len(columns))],
        }
    )
    broken = [wrap(text, width=left - 8, size=12, lines=2) for text in rows]
    names = pl.DataFrame(
        {
            "text": broken,
            # A text of two lines is set from its first line.
            "y": [
                _HEAD + (n + 0.5) * step - 1 - 5.5 * text.count("\n")
                for n, text in enumerate(broken)
            ],
        }
    )
    grid, head, name = theme.base(shown), theme.base(heads), theme.base(names)
    plane = theme.base(pl.DataFrame({"y2": [_HEAD + len(rows) * step - 2]}))
    layers = [
        plane.mark_rect(color=theme.WASH).encode(
            x=alt.value(left), x2=alt.value(width), y=alt.value(_HEAD), y2=alt.value("height")
        ),
        grid.mark_rect().encode(
            x=pixels("x"), x2="x2:Q", y=pixels("y", alt.Y), y2="y2:Q",
            color=alt.Color("colour:N").scale(None).legend(None),
        ),
        grid.mark_text(fontSize=size).encode(
            x=pixels("cx"), y=pixels("cy", alt.Y), text="text:N",
            color=alt.Color("ink:N").scale(None).legend(None),
        ),
        head.mark_text(fontSize=11, color=theme.SOFT, baseline="bottom").encode(
            x=pixels("x"), y=alt.value(_HEAD - 6), text="text:N"
        ),
        name.mark_text(
            align="left", fontSize=11 if is_narrow else 13, baseline="middle", lineBreak="\n",
            lineHeight=11,
        ).encode(x=alt.value(0), y=pixels("y", alt.Y), text="text:N"),
    ]  # fmt: skip
    return alt.layer(*layers).properties(width=width, height=_HEAD + len(rows) * step)


def pixels(column: str, channel: Any = alt.X) -> Any:
    """The place of something in pixels."""
    return channel(f"{column}:Q").axis(None).scale(None)


def _shade(column: str) -> pl.Expr:
    shade = pl.lit(theme.STEPS[0])
    for threshold, colour in zip(THRESHOLDS, theme.STEPS[1:], strict=True):
        shade = pl.when(pl.col(column) >= threshold).then(pl.lit(colour)).otherwise(shade)
    return shade
