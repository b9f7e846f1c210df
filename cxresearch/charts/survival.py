"""How long do customers stay? A curve a group, each in a panel of its own, the others pale behind.

The unit is a group of customers and a time since they began: the share still there, with its
interval, and how many were watched at that time. Panels share both axes. Nothing is computed here.
"""

from collections.abc import Sequence
from typing import Any

import altair as alt
import polars as pl

from cxresearch.charts import theme
from cxresearch.charts.answer import Note, show_note
from cxresearch.charts.figure import Figure
from cxresearch.charts.marks import TURN_BELOW, Labels
from cxresearch.charts.table import Column
from cxresearch.errors import require_columns
from cxresearch.language import Message, format_value, message

LARGEST = 6
"""At most so many groups are drawn, those with the most customers; the table has all."""

_DRAWN = 60  # times of a curve that are drawn: more cannot be told apart
_TICKS = 4  # times at which n at risk is written
_TALL, _SHORT, _GAP = 150, 96, 30
_NEEDED = ("time", "n_at_risk", "n_events", "estimate", "ci_low", "ci_high")


def plot_survival(
    curves: pl.DataFrame,
    *,
    by: str | None,
    title: Message,
    subtitle: Message,
    group: Message,
    unit: Message,
    otherwise: Message | None = None,
    labels: Labels | None = None,
    name: str = "staying",
    language: str = "en",
    is_headline: bool = False,
) -> Figure | Note:
    """The share still there over time since they began, a panel a group.

    Parameters
    ----------
    curves
        As `survival.estimate_survival` returns it: time, n_at_risk, n_events, estimate, ci_low,
        ci_high, and the column `by`.
    by
        The column of groups; None, or nothing in it, for one curve of all.
    title, subtitle, name, is_headline
        See `Figure`.
    group, unit
        What a group is, and what time is counted in, at the heads of their columns.
    otherwise
        What is said where there is no curve.
    labels
        Names of the groups by language.

    Raises
    ------
    DataError
        A column is missing.
    """
    require_columns(curves, *_NEEDED, *([by] if by else []))
    shown = curves.drop_nulls("estimate")
    if shown.is_empty():
        return show_note(otherwise or _nothing(), tone="missing", language=language)
    if by and not shown[by].count():  # nothing tells groups apart
        by = None
    grouped = shown.with_columns(pl.col(by).cast(pl.String) if by else pl.lit("").alias("_all"))
    key = by or "_all"
    drawn, known = _chosen(grouped, key), labels or {}

    def draw(language: str, width: int) -> alt.TopLevelMixin:
        return _draw(drawn, key, known, language=language, width=width)

    return Figure(
        name,
        title=title,
        subtitle=subtitle,
        alt=_alt(drawn, key, title=title),
        draw=draw,
        table=_thinned(grouped, key, least=12),
        columns=(
            *((Column(by, group, labels=known),) if by else ()),
            Column("time", unit, "count"),
            Column("n_at_risk", message("Customers watched"), "count"),
            Column("estimate", message("Still there"), "share1"),
            Column("ci_low", message("95% interval"), "share1", upper="ci_high"),
        ),
        language=language,
        is_headline=is_headline,
    )


def _nothing() -> Message:
    return message("No curve of staying: it takes customers and the day on which they left.")


def _chosen(curves: pl.DataFrame, by: str) -> pl.DataFrame:
    """The curves of the largest groups, the one that keeps the fewest first."""
    size = curves.group_by(by).agg(pl.col("n_at_risk").max().alias("size"))
    largest = size.sort("size", by, descending=[True, False]).head(LARGEST)[by]
    kept = curves.filter(pl.col(by).is_in(largest.implode()))
    if "is_reliable" in kept.columns:
        # The tail of a curve rests on a handful of people: it is in the table alone.
        told = pl.col("time").filter("is_reliable").max().over(by)
        kept = kept.filter(pl.col("time") <= told.fill_null(float("inf")))
    until = kept.group_by(by).agg(pl.col("time").max())["time"].min()
    at_end = (
        kept.filter(pl.col("time") <= until)
        .sort("time")
        .group_by(by)
        .agg(pl.col("estimate").last().alias("_end"))
    )
    return kept.join(at_end, on=by).sort("_end", by, "time").drop("_end")


def _thinned(curves: pl.DataFrame, by: str, *, least: int) -> pl.DataFrame:
    """Each curve at evenly spaced times, its last one among them: a step holds until the next."""
    last = curves["time"].max()
    step = max(float(last) / least, 1e-9)  # type: ignore[arg-type]
    slot = (pl.col("time") / step).floor()
    return (
        curves.sort("time")
        .group_by(by, slot.alias("_slot"), maintain_order=True)
        .last()
        .join(curves.select(by).unique(maintain_order=True).with_row_index("_order"), on=by)
        .sort("_order", "time")
        .drop("_slot", "_order")
    )


def _draw(
    curves: pl.DataFrame, by: str, labels: Labels, *, language: str, width: int
) -> alt.TopLevelMixin:
    groups = curves[by].unique(maintain_order=True).to_list()
    across = min(len(groups), 1 if width < TURN_BELOW else 3)
    if len(groups) == 4 and across == 3:
        across = 2
    each = (width - 46 - (across - 1) * _GAP) / across
    points = _thinned(curves, by, least=_DRAWN)
    low = float(points["ci_low"].min()) if points.height else 0.0  # type: ignore[arg-type]
    ends = (max(0.0, round(low - 0.1, 1)), float(points["time"].max()))  # type: ignore[arg-type]
    tall = _SHORT if width < TURN_BELOW else _TALL
    panels = [
        _panel(
            points, curves.filter(pl.col(by) == group), by, ends=ends, size=(each, tall),
            name=format_value(labels.get(group, group), "", language),
            is_first=number % across == 0, language=language,
        )
        for number, group in enumerate(groups)
    ]  # fmt: skip
    rows = [alt.hconcat(*panels[at : at + across], spacing=_GAP - 12)
            for at in range(0, len(panels), across)]  # fmt: skip
    return alt.vconcat(*rows, spacing=26)


def _panel(
    points: pl.DataFrame, curve: pl.DataFrame, by: str, *, ends: tuple[float, float],
    size: tuple[float, float], name: str, is_first: bool, language: str,
) -> Any:  # fmt: skip
    group = curve[by][0]
    own = points.filter(pl.col(by) == group)
    last = own.row(-1, named=True)
    watched = _watched(curve, until=ends[1], language=language)
    figure = format_value(last["estimate"], "share", language)
    x = alt.X("time:Q").title(None).axis(
        format=",.0f", tickCount=_TICKS, domain=False, labelPadding=3
    ).scale(domain=[0, ends[1]], nice=False)  # fmt: skip
    y = (
        alt.Y("estimate:Q")
        .title(None)
        .axis(format=".0%", tickCount=4, grid=True, labels=is_first, domain=False, ticks=False)
        .scale(domain=[ends[0], 1.0], nice=False)
    )
    band, high = (
        alt.Y(f"{end}:Q").title(None).scale(domain=[ends[0], 1.0], nice=False)
        for end in ("ci_low", "ci_high")
    )
    steps: dict[str, Any] = {"interpolate": "step-after"}
    columns = ("time", "estimate", "ci_low", "ci_high")
    mine = theme.base(own.select(columns))
    others = theme.base(points.filter(pl.col(by) != group).select(by, "time", "estimate"))
    layers = [
        others.mark_line(color=theme.PALE, strokeWidth=1, **steps).encode(
            x=x, y=y, detail=f"{by}:N"
        ),
        mine.mark_area(color=theme.STEPS[1], opacity=0.7, **steps).encode(
            x=x, y=band, y2="ci_high:Q"
        ),
        mine.mark_line(strokeWidth=2.5, **steps).encode(x=x, y=y),
        *_words(own, watched, x, high, name=name, figure=figure, tall=size[1]),
    ]
    return alt.layer(*layers).properties(width=size[0], height=size[1])


def _words(
    own: pl.DataFrame, watched: pl.DataFrame, x: alt.X, y: alt.Y, *, name: str, figure: str,
    tall: float,
) -> list[alt.Chart]:  # fmt: skip
    """The name of the group, the share at its end, and how many were watched when."""
    last = theme.base(own.tail(1).select("time", "ci_high", pl.lit(figure).alias("text")))
    small: dict[str, Any] = {"fontSize": 11, "color": theme.SOFT, "align": "left"}
    one = theme.base(pl.DataFrame({"name": [name]}))
    return [
        one.mark_text(align="left", fontSize=13, fontWeight=600).encode(
            x=alt.value(0), y=alt.value(-14), text="name:N"
        ),
        last.mark_text(align="right", baseline="bottom", dy=-3, fontWeight=600, fontSize=14).encode(
            x=x, y=y, text="text:N"
        ),
        theme.base(watched).mark_text(**small).encode(x=x, y=alt.value(tall + 30), text="text:N"),
    ]


def _watched(curve: pl.DataFrame, *, until: float, language: str) -> pl.DataFrame:
    """How many are watched at a few times; nothing once nobody is."""
    times = pl.DataFrame({"at": [until * n / _TICKS for n in range(_TICKS)]})
    known = times.join_asof(
        curve.select(pl.col("time").cast(pl.Float64), "n_at_risk").sort("time"),
        left_on="at",
        right_on="time",
        strategy="forward",
    )
    counts = [format_value(n, "count", language) if n else "" for n in known["n_at_risk"]]
    texts = [f"n {text}" if number == 0 else text for number, text in enumerate(counts)]
    return known.select(pl.col("at").alias("time"), pl.Series("text", texts))


def _alt(curves: pl.DataFrame, by: str, *, title: Message) -> Message:
    groups: Sequence[str] = curves[by].unique().to_list()
    if len(groups) == 1:
        return message("Curve of the share still there over time, with its band. {title}",
                       title=title)  # fmt: skip
    return message(
        "Curves of the share still there over time, with bands, {n:count} groups. {title}",
        n=len(groups),
        title=title,
    )
