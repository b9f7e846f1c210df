"""Which touchpoints decide? What goes with a bad and with a good experience, held apart.

The unit is one side of one touchpoint. Left of the line is for the worse and right of it for the
better, whatever the outcome is counted in; what is more than chance has a colour, a weight and its
figure. The effects are adjusted, not randomised: the charts say "is linked to".
"""

from collections.abc import Mapping
from typing import Any

import altair as alt
import polars as pl

from cxresearch.actions.findings import UNITS
from cxresearch.charts import theme
from cxresearch.charts.answer import Note, show_note
from cxresearch.charts.figure import Figure
from cxresearch.charts.marks import TURN_BELOW, Labels
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

SIDES = {"penalty": mark("a bad experience"), "reward": mark("a good experience")}
"""The two sides of a touchpoint."""

_ENDS = {
    "leaving": (mark("← more leave"), mark("fewer leave →")),
    "loyalty": (mark("← less loyal"), mark("more loyal →")),
}
_FORMATS = {"share": "+.0%", "points": "+,.0f", "scale": "+.1f"}
_BELIEVED = mark("believed to be one")
_FLAGS = {"yes": mark("yes"), "no": ""}


def plot_moments(
    moments: pl.DataFrame,
    *,
    outcome: str,
    title: Message,
    subtitle: Message,
    reason: str | None = None,
    labels: Labels | None = None,
    name: str = "moments-of-truth",
    language: str = "en",
) -> Figure | Note:
    """Penalty and reward of each touchpoint on one axis, for the worse on the left.

    Parameters
    ----------
    moments
        As `moments.find_moments(...).tidy()` returns it.
    outcome
        `leaving` or `loyalty`.
    title, subtitle
        The finding; what is drawn.
    reason
        Why there is none, from `glance()`.
    labels
        Names of touchpoints by language.
    name
        See `Figure`.

    Raises
    ------
    DataError
        A column is missing.
    """
    require_columns(moments, "touchpoint", "side", "outcome", "estimate", "ci_low", "ci_high")
    require_columns(moments, "n", "unit", "is_moment", "believed", "polarity")
    rows = _in_order(moments.filter(pl.col("outcome") == outcome))
    if rows.is_empty():
        return show_note(_missing(outcome, reason), tone="missing", language=language)
    known = labels or {}
    unit = rows["unit"][0]

    def draw(language: str, width: int) -> alt.TopLevelMixin:
        return _draw(rows, known, outcome=outcome, language=language,
                     is_narrow=width < TURN_BELOW)  # fmt: skip

    flag = {name: pl.when(name).then(pl.lit("yes")).otherwise(pl.lit("no"))
            for name in ("is_moment", "believed")}  # fmt: skip
    return Figure(
        name,
        title=title,
        subtitle=subtitle,
        alt=_alt(rows, title=title, labels=known),
        draw=draw,
        table=rows.with_columns(expr.alias(name) for name, expr in flag.items()),
        columns=(
            Column("touchpoint", message("Touchpoint"), labels=known),
            Column("side", message("After"), labels=in_every_language(SIDES)),
            Column("n", message("Experiences"), "count"),
            Column("estimate", message("Change"), UNITS[unit][1]),
            Column("ci_low", message("95% interval"), UNITS[unit][1], upper="ci_high"),
            Column("is_moment", message("Moment of truth"), labels=in_every_language(_FLAGS)),
            Column("believed", message("Believed to be one"), labels=in_every_language(_FLAGS)),
        ),
        language=language,
    )


def _missing(outcome: str, reason: str | None) -> Message:
    why = Message(reason) if reason else message("too few customers met the same touchpoint")
    if outcome == "leaving":
        return message("No moments of truth for leaving: {why}.", why=why)
    return message("No moments of truth for loyalty: {why}.", why=why)


def _in_order(rows: pl.DataFrame) -> pl.DataFrame:
    """Touchpoints with the most at stake first, only those with a figure."""
    worst = pl.col("estimate").abs().max().over("touchpoint")
    found = pl.col("is_moment").any().over("touchpoint")
    return (
        rows.filter(pl.col("estimate").is_not_null())
        .with_columns(worst.alias("_worst"), found.alias("_found"))
        .sort("_found", "_worst", "touchpoint", "side", descending=[True, True, False, False])
        .drop("_worst", "_found")
    )


def _draw(
    rows: pl.DataFrame, labels: Labels, *, outcome: str, language: str, is_narrow: bool
) -> alt.TopLevelMixin:
    unit, spec = rows["unit"][0], UNITS[rows["unit"][0]][1]
    ends = ("ci_low", "ci_high") if outcome == "loyalty" else ("ci_high", "ci_low")
    values = [_value(row, spec, language) for row in rows.rows(named=True)]
    is_found = pl.col("is_moment").fill_null(value=False)
    drawn = rows.select(
        theme.named("touchpoint", labels, language).alias("label"),
        "side",
        "estimate",
        "ci_low",
        "ci_high",
        pl.col(ends[1]).alias("end"),
        pl.when(is_found)
        .then(pl.col("polarity").replace_strict(theme.POLARITY, default=theme.GREY))
        .otherwise(pl.lit(theme.GREY))
        .alias("colour"),
        pl.when(is_found)
        .then(pl.col("polarity").replace_strict(theme.POLARITY, default=theme.GREY))
        .otherwise(pl.lit(theme.PALE))
        .alias("line"),
        is_found.alias("is_found"),
        pl.Series("value", values),
        pl.Series("flag", [_flag(row, language) for row in rows.rows(named=True)]),
    )
    chart = theme.base(drawn)
    axis = alt.Axis(format=_FORMATS[unit], grid=True, gridColor=theme.LINE, domain=False,
                    ticks=False, tickCount=4 if is_narrow else 7)  # fmt: skip

    def x(column: str) -> alt.X:
        scale = alt.Scale(reverse=outcome == "leaving", nice=True, zero=True)
        return alt.X(f"{column}:Q").title(None).axis(axis).scale(scale)

    names = None if is_narrow else alt.Axis(labelLimit=260)
    y = alt.Y("label:N").sort(None).title(None).axis(names)
    colour = alt.Color("colour:N").scale(None).legend(None)
    line = alt.Color("line:N").scale(None).legend(None)
    zero = theme.base(pl.DataFrame({"zero": [0.0]})).mark_rule(color=theme.GREY, strokeWidth=1)
    layers: list[Any] = [zero.encode(x=x("zero"))]
    for side, shift in (("penalty", -6), ("reward", 6)):
        part = chart.transform_filter(f"datum.side == '{side}'")
        shape = "circle" if side == "penalty" else "diamond"
        layers += [
            part.mark_rule(strokeWidth=3, yOffset=shift).encode(
                y=y, x=x("ci_low"), x2="ci_high:Q", color=line
            ),
            part.mark_point(filled=True, size=90, shape=shape, yOffset=shift).encode(
                y=y, x=x("estimate"), color=colour
            ),
            part.transform_filter("datum.is_found")
            .mark_text(align="left", dx=8, dy=shift, fontWeight=600)
            .encode(y=y, x=x("end"), text="value:N", color=colour),
        ]
    layers += _flags(chart, y, is_narrow=is_narrow)
    layers += _key(outcome, language, is_narrow=is_narrow)
    return alt.layer(*layers).properties(height=alt.Step(58 if is_narrow else 38))


def _flags(chart: alt.Chart, y: alt.Y, *, is_narrow: bool) -> list[alt.Chart]:
    """What the company believes, at the right, and on a telephone the names above the dots."""
    flagged = chart.transform_filter("datum.side == 'penalty' && datum.flag != ''")
    style: dict[str, Any] = {"align": "right", "fontSize": 11, "color": theme.SOFT}
    layers = [
        flagged.mark_text(**style, dy=-20 if is_narrow else 0).encode(
            y=y, x=alt.value("width"), text="flag:N"
        )
    ]
    if is_narrow:
        above = chart.transform_filter("datum.side == 'penalty'")
        layers.append(
            above.mark_text(align="left", dy=-20).encode(y=y, x=alt.value(0), text="label:N")
        )
    return layers


def _key(outcome: str, language: str, *, is_narrow: bool) -> list[alt.Chart]:
    """Which dot is which, and which way is worse, above the first row."""
    bad, good = (translate(text, language) for text in SIDES.values())
    worse, better = (translate(text, language) for text in _ENDS[outcome])
    one = theme.base(pl.DataFrame({"bad": [bad], "good": [good], "worse": [worse],
                                   "better": [better]}))  # fmt: skip
    first, second = alt.value(-46), alt.value(-20)
    if not is_narrow:
        first = second = alt.value(-20)
    middle = 36.0 + 6.6 * len(bad)
    text = one.mark_text(align="left", color=theme.SOFT)
    point: dict[str, Any] = {"filled": True, "size": 90, "color": theme.GREY}
    ways: dict[str, Any] = {"fontSize": 12, "fontWeight": 600, "color": theme.SOFT}
    left = 0 if is_narrow else middle + 40 + 6.6 * len(good)
    return [
        one.mark_point(shape="circle", **point).encode(x=alt.value(6), y=first),
        text.encode(x=alt.value(16), y=first, text="bad:N"),
        one.mark_point(shape="diamond", **point).encode(x=alt.value(middle), y=first),
        text.encode(x=alt.value(middle + 10), y=first, text="good:N"),
        one.mark_text(align="left", **ways).encode(x=alt.value(left), y=second, text="worse:N"),
        one.mark_text(align="right", **ways).encode(
            x=alt.value("width"), y=second, text="better:N"
        ),
    ]


def _value(row: Mapping[str, Any], spec: str, language: str) -> str:
    change = format_value(row["estimate"], spec, language)
    if row["unit"] == "scale":
        return change
    return message("{change} pts", change=change).in_language(language)


def _flag(row: Mapping[str, Any], language: str) -> str:
    return translate(_BELIEVED, language) if row["believed"] else ""


def _alt(rows: pl.DataFrame, *, title: Message, labels: Labels) -> Message:
    found = rows.filter(pl.col("is_moment").fill_null(value=False))["touchpoint"]
    names = [labels.get(id_, id_) for id_ in found.unique(maintain_order=True)]
    if not names:
        return message(
            "Dots with intervals on both sides of no change, {n:count} touchpoints: none is more "
            "than chance. {title}",
            n=rows["touchpoint"].n_unique(),
            title=title,
        )
    return message(
        "Dots with intervals on both sides of no change, {n:count} touchpoints. More than chance "
        "at: {names:list}. {title}",
        n=rows["touchpoint"].n_unique(),
        names=names,
        title=title,
    )
