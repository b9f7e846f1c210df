"""What goes with leaving? Odds on a scale that doubles, less to the left and more to the right.

The unit is one thing known of a customer before the month: how many times as high the odds of
leaving are for each step of it, the others held equal. Adjusted and not proved: the chart says
"linked". Nothing is computed here.
"""

import math
from typing import Any

import altair as alt
import polars as pl

from cxresearch.charts import theme
from cxresearch.charts.answer import Note, show_note
from cxresearch.charts.figure import Figure
from cxresearch.charts.marks import TURN_BELOW, Labels, ends_of
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

LARGEST = 14
"""At most so many rows are drawn; the table has all."""

_LESS, _MORE = mark("← leave less often"), mark("leave more often →")
_TIMES = mark("× {times:number2}")
_TICKS = (0.25, 0.33, 0.5, 0.67, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0, 4.0, 6.0, 10.0)
_FLAGS = {"yes": mark("yes"), "no": ""}


def plot_links(
    links: pl.DataFrame,
    *,
    title: Message,
    subtitle: Message,
    labels: Labels | None = None,
    otherwise: Message | None = None,
    name: str = "linked-to-leaving",
    language: str = "en",
) -> Figure | Note:
    """Odds ratios with intervals, the highest first; what is beyond chance has colour and figure.

    Parameters
    ----------
    links
        feature, estimate (odds ratio), ci_low, ci_high, q_value, is_clear.
    labels
        What each feature is, in the words of the business, by language.
    title, subtitle, otherwise, name
        See `Figure`; what is said where there is none.

    Raises
    ------
    DataError
        A column is missing.
    """
    require_columns(links, "feature", "estimate", "ci_low", "ci_high", "q_value", "is_clear")
    known = links.drop_nulls(["estimate", "ci_low", "ci_high"])
    if known.is_empty():
        missing = message("No link to leaving can be told: it takes enough leavers.")
        return show_note(otherwise or missing, tone="missing", language=language)
    names = labels or {}
    order = known.sort("estimate", "feature", descending=[True, False])
    drawn = _largest(order)

    def draw(language: str, width: int) -> alt.TopLevelMixin:
        return _draw(drawn, names, language=language, is_narrow=width < TURN_BELOW)

    flag = pl.when("is_clear").then(pl.lit("yes")).otherwise(pl.lit("no"))
    return Figure(
        name,
        title=title,
        subtitle=subtitle,
        alt=message(
            "Dots with intervals on both sides of no link, {n:count} rows, {clear:count} of them "
            "beyond chance. {title}",
            n=drawn.height,
            clear=drawn.filter("is_clear").height,
            title=title,
        ),
        draw=draw,
        table=order.with_columns(flag.alias("is_clear")),
        columns=(
            Column("feature", message("What is known before the month"), labels=names),
            Column("estimate", message("Odds of leaving, times"), "number2"),
            Column("ci_low", message("95% interval"), "number2", upper="ci_high"),
            Column("is_clear", message("Beyond chance"), labels=in_every_language(_FLAGS)),
        ),
        language=language,
    )


def _largest(links: pl.DataFrame) -> pl.DataFrame:
    """Those beyond chance first, then the largest, in the order of the table."""
    size = pl.col("estimate").log().abs()
    return (
        links.with_row_index("_row")
        .sort(~pl.col("is_clear"), -size, "feature")
        .head(LARGEST)
        .sort("_row")
        .drop("_row")
    )


def _draw(
    links: pl.DataFrame, labels: Labels, *, language: str, is_narrow: bool
) -> alt.TopLevelMixin:
    way = pl.when(pl.col("estimate") > 1).then(pl.lit(theme.BAD)).otherwise(pl.lit(theme.GOOD))
    clear = pl.col("is_clear")
    times = [Message(_TIMES, {"times": v}).in_language(language) for v in links["estimate"]]
    drawn = links.select(
        theme.named("feature", labels, language).alias("label"),
        "estimate", "ci_low", "ci_high", "is_clear",
        pl.when(clear).then(way).otherwise(pl.lit(theme.GREY)).alias("colour"),
        pl.when(clear).then(way).otherwise(pl.lit(theme.PALE)).alias("line"),
        pl.Series("value", times),
    )  # fmt: skip
    low, high = _ends(drawn)
    drawn = drawn.with_columns(pl.col("ci_low", "ci_high").clip(low, high))
    ticks = [t for t in _TICKS if low <= t <= high]
    if is_narrow:
        ticks = [t for t in ticks if t in (0.25, 0.5, 1.0, 2.0, 4.0, 10.0)] or ticks
    said = " : ".join(
        f"datum.value == {t} ? '{format_value(t, 'number2', language).rstrip('0').rstrip('.,')}'"
        for t in ticks
    )
    axis = alt.Axis(values=ticks, labelExpr=f"{said} : ''" if said else "''", grid=True,
                    gridColor=theme.LINE, domain=False, ticks=False)  # fmt: skip
    room = high * (1.5 if is_narrow else 1.18)

    def x(column: str) -> alt.X:
        scale = alt.Scale(type="log", domain=[low, room], nice=False)
        return alt.X(f"{column}:Q").title(None).axis(axis).scale(scale)

    chart = theme.base(drawn)
    y = alt.Y("label:N").sort(None).title(None)
    y = y.axis(None if is_narrow else alt.Axis(labelLimit=400))
    colour = alt.Color("colour:N").scale(None).legend(None)
    line = alt.Color("line:N").scale(None).legend(None)
    one = theme.base(pl.DataFrame({"one": [1.0]}))
    layers: list[Any] = [
        one.mark_rule(color=theme.GREY, strokeWidth=1).encode(x=x("one")),
        chart.mark_rule(strokeWidth=3).encode(y=y, x=x("ci_low"), x2="ci_high:Q", color=line),
        chart.mark_point(filled=True, size=100).encode(y=y, x=x("estimate"), color=colour),
        chart.transform_filter("datum.is_clear")
        .mark_text(align="left", dx=8, fontWeight=600)
        .encode(y=y, x=x("ci_high"), text="value:N", color=colour),
        *_ways(language),
    ]
    if is_narrow:
        above = chart.mark_text(align="left", dy=-16)
        layers.append(above.encode(x=alt.value(0), y=y, text="label:N"))
    return alt.layer(*layers).properties(height=alt.Step(48 if is_narrow else 32))


def _ends(drawn: pl.DataFrame) -> tuple[float, float]:
    """The ends of the axis: they hold every estimate, and intervals as far as they can be read."""
    lowest, highest = ends_of(drawn["ci_low"])[0], ends_of(drawn["ci_high"])[1]
    least, most = ends_of(drawn["estimate"])
    low = max(min(lowest, 0.8), min(least, 0.25))
    high = min(max(highest, 1.25), max(most, 4.0) * math.e)
    return low / 1.05, high * 1.05


def _ways(language: str) -> list[alt.Chart]:
    texts = {"less": [translate(_LESS, language)], "more": [translate(_MORE, language)]}
    one = theme.base(pl.DataFrame(texts))
    style: dict[str, Any] = {"fontSize": 12, "fontWeight": 600, "color": theme.SOFT}
    return [
        one.mark_text(align="left", **style).encode(
            x=alt.value(0), y=alt.value(-20), text="less:N"
        ),
        one.mark_text(align="right", **style).encode(
            x=alt.value("width"), y=alt.value(-20), text="more:N"
        ),
    ]
