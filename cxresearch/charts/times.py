"""How long do customers take from one touchpoint to the next?

The unit is a step between two touchpoints: the time within which half of the customers, and nine in
ten, have taken it. The axis is logarithmic, from minutes to weeks. It cannot say whether the time
was waiting or living.
"""

import altair as alt
import polars as pl

from cxresearch.charts import theme
from cxresearch.charts.answer import Note
from cxresearch.charts.figure import Figure
from cxresearch.charts.grid import pixels
from cxresearch.charts.marks import TURN_BELOW, Labels
from cxresearch.charts.paths import TOP, name_steps, nothing_lived, place_steps, with_places
from cxresearch.charts.table import Column
from cxresearch.errors import require_columns
from cxresearch.language import Message, mark, message, translate

_TICKS = {1 / 24: mark("1 hour"), 6 / 24: mark("6 hours"), 1: mark("1 day"), 7: mark("1 week"),
          30: mark("30 days")}  # fmt: skip
_SOONEST = 1 / 144  # ten minutes: what is sooner stands at the edge of the axis
_HALF, _MOST = mark("half within"), mark("nine in ten within")


def plot_times(
    transitions: pl.DataFrame,
    *,
    title: Message,
    subtitle: Message,
    labels: Labels | None = None,
    name: str = "time-between",
    language: str = "en",
) -> Figure | Note:
    """How long customers take between two touchpoints: the middle case and nine in ten.

    Parameters
    ----------
    transitions
        As `journey.count_transitions` returns it; the `TOP` commonest steps are drawn.
    title, subtitle, labels, name
        As in `plot_transitions`.

    Raises
    ------
    DataError
        A column is missing.
    """
    require_columns(transitions, "from_touchpoint", "to_touchpoint", "n", "median_days", "p90_days")
    timed = place_steps(transitions, "to_touchpoint").filter(pl.col("median_days").is_not_null())
    rows = timed.sort("n", descending=True, nulls_last=True).head(TOP).sort("median_days")
    if rows.is_empty():
        return nothing_lived(language)
    known = with_places(labels)

    def draw(language: str, width: int) -> alt.TopLevelMixin:
        return _draw(rows, known, language=language, is_narrow=width < TURN_BELOW)

    return Figure(
        name,
        title=title,
        subtitle=subtitle,
        alt=message("Dots, one a step from one touchpoint to the next. {title}", title=title),
        draw=draw,
        table=rows,
        columns=(
            Column("from_touchpoint", message("From"), labels=known),
            Column("place", message("Next"), labels=known),
            Column("n", message("Departures"), "count"),
            Column("median_days", message("Days between, median"), "number1"),
            Column("p90_days", message("Days between, nine in ten"), "number1"),
        ),
        language=language,
    )


def _draw(
    rows: pl.DataFrame, labels: Labels, *, language: str, is_narrow: bool
) -> alt.TopLevelMixin:
    named = name_steps(rows, labels, language).select(
        "label",
        pl.col("median_days", "p90_days").clip(lower_bound=_SOONEST),
    )
    longest = max([7.0, *named["p90_days"].drop_nulls().to_list()])
    ticks = [tick for tick in _TICKS if tick <= longest]
    said = " : ".join(
        f"datum.value == {tick} ? '{translate(_TICKS[tick], language)}'" for tick in ticks
    )
    axis = alt.Axis(
        values=ticks, labelExpr=f"{said} : ''", grid=True, gridColor=theme.LINE, domain=False,
        ticks=False,
    )  # fmt: skip
    chart = theme.base(named)

    def x(column: str) -> alt.X:
        scale = alt.Scale(type="log", domain=[_SOONEST * 0.8, longest * 1.1], nice=False)
        return alt.X(f"{column}:Q").title(None).axis(axis).scale(scale)

    y = (
        alt.Y("label:N")
        .sort(None)
        .title(None)
        .axis(None if is_narrow else alt.Axis(labelLimit=340))
    )
    layers = [
        chart.mark_rule(color=theme.PALE, strokeWidth=3).encode(
            x=x("median_days"), x2="p90_days:Q", y=y
        ),
        chart.mark_point(filled=True, size=110, color=theme.ACCENT).encode(x=x("median_days"), y=y),
        chart.mark_point(filled=False, fill=theme.PAPER, size=90, stroke=theme.GREY).encode(
            x=x("p90_days"), y=y
        ),
        *_key(language),
    ]
    if is_narrow:
        above = chart.mark_text(align="left", dy=-16)
        layers.append(above.encode(x=alt.value(0), y=y, text="label:N"))
    return alt.layer(*layers).properties(height=alt.Step(48 if is_narrow else 32))


def _key(language: str) -> list[alt.Chart]:
    """Which dot is which, above the first row."""
    half, most = translate(_HALF, language), translate(_MOST, language)
    rows = pl.DataFrame(
        {
            "text": [half, most],
            "x": [6.0, 6.0 + 30 + 7 * len(half)],
            "fill": [theme.ACCENT, theme.PAPER],
            "stroke": [theme.ACCENT, theme.GREY],
        }
    )
    chart = theme.base(rows)
    where = {"x": pixels("x"), "y": alt.value(-22)}
    return [
        chart.mark_point(shape="circle", size=90, strokeWidth=2).encode(
            **where,
            fill=alt.Fill("fill:N").scale(None).legend(None),
            stroke=alt.Stroke("stroke:N").scale(None).legend(None),
        ),
        chart.mark_text(align="left", dx=10, color=theme.SOFT).encode(**where, text="text:N"),
    ]
