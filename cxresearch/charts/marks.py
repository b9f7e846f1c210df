"""The three ways a table of estimates becomes marks: dots by group, a line over periods, bars.

The unit is one estimate. These draw and say nothing: titles, alt texts and tables stand in the
figures that use them. Each gets rows with their words already written in one language.
"""

from collections.abc import Mapping
from typing import Any

import altair as alt
import polars as pl

from cxresearch.actions.findings import UNITS
from cxresearch.charts import theme
from cxresearch.language import format_value, mark, translate

Labels = Mapping[str, Mapping[str, str]]

_AXIS = {
    "points": "+,.0f",
    "tone": "+,.0f",
    "share": ".0%",
    "rate": ".1%",
    "scale": ".1f",
    "minutes": ",.0f",
    "count": ",.0f",
    "deviations": ".2f",
}
TURN_BELOW = 500
"""Pixels of width below which a chart is drawn for a telephone."""

_HIDDEN = mark("hidden, so that nobody can be recognised")

_OWN = ("n", "n_respondents", "estimate", "estimate_unweighted", "ci_low", "ci_high", "previous",
        "polarity")  # fmt: skip
_DRAWN = ("value", "label", "estimate", "ci_low", "ci_high", "previous", "target", "polarity",
          "is_reliable")  # fmt: skip


def draw_dots(
    rows: pl.DataFrame, *, unit: str, language: str, is_narrow: bool, has_zero: bool = False
) -> alt.TopLevelMixin:
    """Groups as dots with intervals; on a telephone their names stand above them.

    With `has_zero` the axis begins at nought, as that of a rate does.
    """
    is_left = _written_on_the_left(rows)
    rows = rows.with_columns(_right_end(rows).alias("text_at"), is_left.alias("is_left"))
    chart = theme.base(rows)
    shown = chart.transform_filter("isValid(datum.estimate)")
    grid = alt.Axis(
        format=_AXIS[unit],
        grid=True,
        gridColor=theme.LINE,
        domain=False,
        ticks=False,
        tickCount=4 if is_narrow else 7,
    )

    def x(column: str) -> alt.X:
        return alt.X(f"{column}:Q").title(None).axis(grid).scale(zero=has_zero, nice=True)

    names = None if is_narrow else alt.Axis(labelLimit=300)
    y = alt.Y("label:N").sort(None).title(None).axis(names)
    layers = [
        shown.mark_rule(strokeWidth=3).encode(
            y=y, x=x("ci_low"), x2="ci_high:Q", color=_colour(rows)
        ),
        shown.mark_point(size=110, strokeWidth=2, filled=False).encode(
            y=y, x=x("estimate"), stroke=_colour(rows, alt.Stroke), fill=_fill(rows)
        ),
        shown.transform_filter("!datum.is_left")
        .mark_text(align="left", dx=8)
        .encode(y=y, x=x("text_at"), text="value:N"),
        shown.transform_filter("datum.is_left")
        .mark_text(align="right", dx=-8)
        .encode(y=y, x=x("ci_low"), text="value:N"),
        chart.transform_filter("!isValid(datum.estimate)")
        .mark_text(align="left", color=theme.SOFT, fontStyle="italic")
        .encode(y=y, x=alt.value(4), text=alt.value(translate(_HIDDEN, language))),
    ]  # fmt: skip
    if "previous" in rows.columns:
        ghost = shown.mark_point(filled=True, color=theme.PALE, size=60)
        layers.insert(0, ghost.encode(y=y, x=x("previous")))
    if "target" in rows.columns:
        promise = chart.mark_tick(color=theme.INK, thickness=3, size=20)
        layers.append(promise.encode(y=y, x=x("target")))
    if is_narrow:
        above = chart.mark_text(align="left", dy=-16, color=theme.INK)
        layers.append(above.encode(y=y, x=alt.value(0), text="label:N"))
    return alt.layer(*layers).properties(height=alt.Step(50 if is_narrow else 34))


def _written_on_the_left(rows: pl.DataFrame) -> pl.Expr:
    """Whether the value is written before the interval: behind it stands the score before."""
    if "previous" not in rows.columns:
        return pl.lit(value=False)
    return (pl.col("previous") > pl.col("estimate")).fill_null(value=False)


def _right_end(rows: pl.DataFrame) -> pl.Expr:
    """Where a value written on the right touches no mark."""
    marks = [name for name in ("ci_high", "target") if name in rows.columns]
    return pl.max_horizontal(marks)


def draw_track(table: pl.DataFrame, *, unit: str, language: str) -> alt.TopLevelMixin:
    last = pl.int_range(pl.len()) == pl.len() - 1
    rows = table.with_columns(
        pl.Series("value", [format_value(v, UNITS[unit][0], language) for v in table["estimate"]]),
        last.alias("is_last"),
    )
    chart = theme.base(rows)
    scale = alt.Scale(zero=False, nice=True)
    x = (
        alt.X("period_start:T")
        .title(None)
        .axis(format="%b %Y", tickCount=6, labelOverlap="greedy", labelFlush=True)
    )
    y = alt.Y("estimate:Q").title(None).axis(format=_AXIS[unit], tickCount=5).scale(scale)
    layers: list[Any] = []
    if "limit_low" in rows.columns:
        layers.append(
            chart.mark_area(color=theme.WASH).encode(
                x=x, y=alt.Y("limit_low:Q").title(None).scale(scale), y2="limit_high:Q"
            )
        )
    if "target" in rows.columns:
        layers.append(
            chart.mark_line(color=theme.INK, strokeWidth=1.5, strokeDash=[4, 4]).encode(
                x=x, y=alt.Y("target:Q").scale(scale)
            )
        )
    layers += [
        chart.mark_rule(color=theme.PALE, strokeWidth=2).encode(
            x=x, y=alt.Y("ci_low:Q").title(None).scale(scale), y2="ci_high:Q"
        ),
        chart.mark_line(point=False).encode(x=x, y=y),
        chart.mark_point(filled=True, size=36).encode(x=x, y=y),
        chart.transform_filter("datum.is_last")
        .mark_text(dy=-14, fontWeight=600, fontSize=14, align="right", dx=4)
        .encode(x=x, y=alt.Y("ci_high:Q").scale(scale), text="value:N"),
    ]
    if "is_signal" in rows.columns:
        layers.append(
            chart.transform_filter("datum.is_signal")
            .mark_point(filled=False, size=170, color=theme.INK, strokeWidth=2)
            .encode(x=x, y=y)
        )
    return alt.layer(*layers).properties(height=300)


def draw_bars(table: pl.DataFrame, *, language: str) -> alt.TopLevelMixin:
    rows = table.with_columns(
        pl.Series("value", [format_value(v, "share", language) for v in table["estimate"]]),
        pl.Series("grade", _grades(table["score"], language)),
    )
    chart = theme.base(rows)
    x = alt.X("grade:O").sort(None).title(None).axis(labelAngle=0, labelFontSize=13)
    y = alt.Y("estimate:Q").title(None).axis(None).scale(zero=True)
    return alt.layer(
        chart.mark_bar(cornerRadiusEnd=2).encode(x=x, y=y, color=_colour(rows)),
        chart.mark_rule(color=theme.INK, strokeWidth=1).encode(x=x, y="ci_low:Q", y2="ci_high:Q"),
        chart.mark_text(dy=-8).encode(x=x, y=alt.Y("ci_high:Q"), text="value:N"),
    ).properties(height=240)


def _grades(scores: pl.Series, language: str) -> list[str]:
    """Grades as a reader writes them; halves, which some stars have, with their half."""
    spec = "count" if bool((scores == scores.round()).all()) else "number1"
    return [format_value(score, spec, language) for score in scores]


def write_labels(
    table: pl.DataFrame, *, by: str, unit: str, labels: Labels, language: str, has_n: bool = True
) -> pl.DataFrame:
    """The columns that are drawn and no others, with the words of each group.

    Parameters
    ----------
    has_n
        Whether n stands beside the name.
    """
    values = [format_value(value, UNITS[unit][0], language) for value in table["estimate"]]
    counts = [
        f"  n {format_value(n, 'count', language)}" if n and has_n else "" for n in table["n"]
    ]
    written = table.with_columns(
        pl.Series("value", values),
        pl.concat_str(theme.named(by, labels, language), pl.Series(counts)).alias("label"),
    )
    return written.select(name for name in _DRAWN if name in written.columns)


def blank_hidden(table: pl.DataFrame) -> pl.DataFrame:
    """The table without any figure of a group whose estimate is hidden.

    Examples
    --------
    >>> hidden = pl.DataFrame({"estimate": [None, 0.5], "n": [4, 40], "previous": [0.2, 0.4]})
    >>> blank_hidden(hidden).row(0)
    (None, None, None)
    """
    own = [name for name in _OWN if name in table.columns]
    return table.with_columns(pl.when(pl.col("estimate").is_not_null()).then(pl.col(own)))


def _colour(rows: pl.DataFrame, channel: Any = alt.Color) -> Any:
    if "polarity" not in rows.columns:
        return alt.value(theme.ACCENT)
    domain, colours = list(theme.POLARITY), list(theme.POLARITY.values())
    return channel("polarity:N").scale(domain=domain, range=colours).legend(None)


def _fill(rows: pl.DataFrame) -> Any:
    """The colour of the dot; that of the paper where the estimate rests on few answers."""
    colour = _colour(rows, alt.Fill)
    if "is_reliable" not in rows.columns:
        return colour
    return alt.condition("datum.is_reliable === false", alt.value(theme.PAPER), colour)


def ends_of(values: pl.Series) -> tuple[float, float]:
    """The least and the largest number of a column that has one; nulls do not count.

    Examples
    --------
    >>> ends_of(pl.Series([0.4, None, 0.1]))
    (0.1, 0.4)
    """
    known = values.drop_nulls().to_numpy()
    return float(known.min()), float(known.max())
