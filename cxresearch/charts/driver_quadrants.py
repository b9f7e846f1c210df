"""Where does what matters go badly? Drivers by how well they go and how strongly they are linked.

The unit is one driver that is the company's to change. To the right is what goes well more often,
above is what is linked more strongly, each with its interval; a name stands in every corner. Only
what is beyond chance has a colour. Nothing is computed here.
"""

from typing import Any

import altair as alt
import polars as pl

from cxresearch.actions.driver_sentences import EFFECT_UNITS
from cxresearch.charts import theme
from cxresearch.charts.figure import Figure
from cxresearch.charts.grid import pixels
from cxresearch.charts.marks import TURN_BELOW, Labels
from cxresearch.charts.room import name_points
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

QUADRANTS: dict[str, str] = {
    "mend": mark("Mend: clearly linked, and it goes badly"),
    "keep": mark("Keep: clearly linked, and it goes well"),
    "watch": mark("Watch: it goes badly, no clear link"),
    "let_be": mark("Let be: it goes well, no clear link"),
}
"""The corners, by name."""

_SHORT = {
    "mend": mark("Mend"),
    "keep": mark("Keep"),
    "watch": mark("Watch"),
    "let_be": mark("Let be"),
}
_X = mark("goes well more often →")
_Y = {
    "leaving": mark("↑ more leave where it goes badly"),
    "nps": mark("↑ lower score where it goes badly"),
    "csat": mark("↑ fewer satisfied where it goes badly"),
    "ces": mark("↑ harder where it goes badly"),
}
_TOP, _BOTTOM, _LEFT, _HEIGHT = 44.0, 40.0, 44.0, 430.0


def plot_quadrants(
    drivers: pl.DataFrame,
    *,
    outcome: str,
    title: Message,
    subtitle: Message,
    labels: Labels | None = None,
    language: str = "en",
) -> Figure | None:
    """Importance against performance, both with intervals.

    Parameters
    ----------
    drivers
        outcome, driver, role, performance (0-1), performance_low, performance_high, estimate,
        ci_low, ci_high (the change of the outcome where it goes badly), unit, is_clear, quadrant
        (a name in `QUADRANTS`), n.
    outcome
        Which outcome is drawn.
    title, subtitle
        The finding; what is drawn.
    labels
        Names of drivers by language.

    Returns
    -------
    Figure or None
        None where the outcome is not among them: why is said once for all (`note_of_outcomes`).

    Raises
    ------
    DataError
        A column is missing.
    """
    require_columns(drivers, "outcome", "driver", "role", "estimate", "ci_low", "ci_high", "n")
    require_columns(drivers, "performance", "performance_low", "performance_high")
    require_columns(drivers, "unit", "is_clear", "quadrant")
    rows = _in_corners(drivers, outcome)
    if rows.is_empty():
        return None
    known = labels or {}
    spec = EFFECT_UNITS[rows["unit"][0]]
    drawn = _turn(rows, outcome)

    def draw(language: str, width: int) -> alt.TopLevelMixin:
        return _draw(drawn, known, outcome=outcome, language=language, width=width)

    mend = rows.filter(pl.col("quadrant") == "mend")["driver"]
    return Figure(
        f"importance-performance-{outcome}",
        title=title,
        subtitle=subtitle,
        alt=message(
            "Dots with intervals both ways, {n:count} drivers. Clearly linked, and it goes badly: "
            "{names:list}. {title}",
            n=rows.height,
            names=[known.get(name, name) for name in mend] or [message("none")],
            title=title,
        ),
        draw=draw,
        table=rows,
        columns=(
            Column("driver", message("Driver"), labels=known),
            Column("quadrant", message("Corner"), labels=in_every_language(QUADRANTS)),
            Column("n", message("n"), "count"),
            Column("performance", message("Goes well"), "share"),
            Column("performance_low", message("95% interval"), "share", upper="performance_high"),
            Column("estimate", message("Change where it goes badly, points"), spec),
            Column("ci_low", message("95% interval"), spec, upper="ci_high"),
        ),
        language=language,
    )


def title_of_quadrants(drivers: pl.DataFrame, *, outcome: str, labels: Labels) -> Message:
    """What is clearly linked and goes badly."""
    rows = _in_corners(drivers, outcome).filter(pl.col("quadrant") == "mend")
    names = [labels.get(name, name) for name in rows["driver"]]
    if not names:
        return message(
            "Nothing that is linked to the outcome beyond chance goes badly more often than "
            "the rest"
        )
    return message("Clearly linked, and it goes badly: {names:list}", names=names)


def _in_corners(drivers: pl.DataFrame, outcome: str) -> pl.DataFrame:
    """What is drawn, the largest first; what does no harm is not to be mended."""
    is_worse = pl.col("estimate") > 0 if outcome == "leaving" else pl.col("estimate") < 0
    lowered = pl.col("quadrant").replace({"mend": "watch", "keep": "let_be"})
    return (
        drivers.filter(
            pl.col("outcome") == outcome,
            pl.col("role") == "actionable",
            pl.col("estimate").is_not_null(),
            pl.col("performance").is_not_null(),
        )
        .with_columns(quadrant=pl.when(is_worse).then("quadrant").otherwise(lowered))
        .sort(-pl.col("estimate").abs(), "driver")
    )


def _turn(rows: pl.DataFrame, outcome: str) -> pl.DataFrame:
    """For the worse is up, whatever the outcome is counted in."""
    if outcome == "leaving":
        return rows.with_columns(pl.col("ci_low").alias("y_low"), pl.col("ci_high").alias("y_high"),
                                 pl.col("estimate").alias("y"))  # fmt: skip
    return rows.with_columns(
        (-pl.col("ci_high")).alias("y_low"), (-pl.col("ci_low")).alias("y_high"),
        (-pl.col("estimate")).alias("y"),
    )  # fmt: skip


def _draw(
    rows: pl.DataFrame, labels: Labels, *, outcome: str, language: str, width: int
) -> alt.TopLevelMixin:
    is_narrow = width < TURN_BELOW
    left = 8.0 if is_narrow else _LEFT
    right, top, bottom = width - 14.0, _TOP, _HEIGHT - _BOTTOM
    low = min(0.0, *rows["y_low"].drop_nulls().to_list(), *rows["y"].to_list())
    high = max(0.0, *rows["y_high"].drop_nulls().to_list(), *rows["y"].to_list()) or 1.0
    first = max(0.0, min(rows["performance_low"].drop_nulls().to_list() or [0.0]) - 0.03)

    def x(column: str) -> pl.Expr:
        placed: pl.Expr = left + (pl.col(column) - first) / (1.0 - first) * (right - left)
        return placed

    def y(column: str) -> pl.Expr:
        placed: pl.Expr = bottom - (pl.col(column) - low) / (high - low) * (bottom - top)
        return placed

    is_clear = pl.col("is_clear").fill_null(value=False)
    is_worse = pl.col("y") > 0
    colour = pl.when(is_worse).then(pl.lit(theme.BAD)).otherwise(pl.lit(theme.GOOD))
    placed = rows.select(
        x("performance").alias("x"), x("performance_low").alias("x1"),
        x("performance_high").alias("x2"), y("y").alias("y"), y("y_low").alias("y1"),
        y("y_high").alias("y2"), is_clear.alias("is_clear"),
        pl.when(is_clear).then(colour).otherwise(pl.lit(theme.PALE)).alias("line"),
        pl.when(is_clear).then(colour).otherwise(pl.lit(theme.GREY)).alias("colour"),
        theme.named("driver", labels, language).alias("label"),
    )  # fmt: skip
    middle = rows.select(x("performance").mean()).item()
    zero = bottom - (0.0 - low) / (high - low) * (bottom - top)
    layers = [
        *_corners(left, middle, right, zero, top=top, bottom=bottom, language=language),
        *_ticks(first, left, right, bottom, language),
        *_axes(outcome, left, right, bottom, language),
        *_points(placed),
        *name_points(placed, right=float(width), is_narrow=is_narrow),
    ]
    return alt.layer(*layers).properties(width=width, height=_HEIGHT)


def _points(placed: pl.DataFrame) -> list[alt.Chart]:
    chart = theme.base(placed)
    line = alt.Color("line:N").scale(None).legend(None)
    colour = alt.Color("colour:N").scale(None).legend(None)
    x, y = pixels("x"), pixels("y", alt.Y)
    return [
        chart.mark_rule(strokeWidth=2).encode(x=pixels("x1"), x2="x2:Q", y=y, color=line),
        chart.mark_rule(strokeWidth=2).encode(x=x, y=pixels("y1", alt.Y), y2="y2:Q", color=line),
        chart.mark_point(filled=True, size=80).encode(x=x, y=y, color=colour),
    ]


def _corners(
    left: float, middle: float, right: float, zero: float, *, top: float, bottom: float,
    language: str,
) -> list[alt.Chart]:  # fmt: skip
    """Two lines that part the corners, and the name of each."""
    one = theme.base(pl.DataFrame({"a": [0]}))
    line = one.mark_rule(color=theme.LINE, strokeWidth=1.5)
    names = {name: translate(text, language) for name, text in _SHORT.items()}
    corners = pl.DataFrame(
        {
            "text": [names["mend"], names["watch"]],
            "y": [top - 6, bottom - 4],
        }
    )
    others = corners.with_columns(pl.Series("text", [names["keep"], names["let_be"]]))
    style: dict[str, Any] = {"fontSize": 13, "fontWeight": 700, "color": theme.SOFT}
    return [
        line.encode(x=alt.value(left), x2=alt.value(right), y=alt.value(zero)),
        line.encode(x=alt.value(middle), y=alt.value(top), y2=alt.value(bottom)),
        theme.base(corners).mark_text(align="left", **style).encode(
            x=alt.value(left), y=pixels("y", alt.Y), text="text:N"
        ),
        theme.base(others).mark_text(align="right", **style).encode(
            x=alt.value(right), y=pixels("y", alt.Y), text="text:N"
        ),
    ]  # fmt: skip


def _ticks(
    first: float, left: float, right: float, bottom: float, language: str
) -> list[alt.Chart]:
    shares = [share / 10 for share in range(11) if share / 10 >= first and share % 2 == 0]
    ticks = pl.DataFrame(
        {
            "text": [format_value(share, "share", language) for share in shares],
            "x": [left + (share - first) / (1 - first) * (right - left) for share in shares],
        },
        schema_overrides={"x": pl.Float64, "text": pl.String},
    )
    chart = theme.base(ticks)
    return [
        chart.mark_text(fontSize=11, color=theme.SOFT).encode(
            x=pixels("x"), y=alt.value(bottom + 14), text="text:N"
        )
    ]


def _axes(outcome: str, left: float, right: float, bottom: float, language: str) -> list[alt.Chart]:
    one = theme.base(
        pl.DataFrame({"x": [translate(_X, language)], "y": [translate(_Y[outcome], language)]})
    )
    style: dict[str, Any] = {"fontSize": 12, "color": theme.SOFT}
    return [
        one.mark_text(align="right", **style).encode(
            x=alt.value(right), y=alt.value(bottom + 32), text="x:N"
        ),
        one.mark_text(align="left", **style).encode(x=alt.value(left), y=alt.value(12), text="y:N"),
    ]
