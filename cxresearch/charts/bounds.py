"""Between which bounds does a share lie? A bar from the lower to the upper one, and no dot in it.

The unit is one assumption. Where within the bar the truth lies is not known, so nothing is drawn
there; thin ends show how far chance moves the bounds. Plain shares stand above them as dots, to be
held against. Nothing is computed here.
"""

from typing import Any

import altair as alt
import polars as pl

from cxresearch.charts import theme
from cxresearch.charts.answer import Note, show_note
from cxresearch.charts.figure import Figure
from cxresearch.charts.map_layout import wrap
from cxresearch.charts.marks import TURN_BELOW, Labels, ends_of
from cxresearch.charts.table import Column
from cxresearch.errors import require_columns
from cxresearch.language import Message, format_value, message

_NEEDED = ("assumption", "low", "high", "ci_low", "ci_high", "n")
_STEP, _NARROW_STEP = 50, 84


def plot_bounds(
    bounds: pl.DataFrame,
    *,
    title: Message,
    subtitle: Message,
    labels: Labels | None = None,
    otherwise: Message | None = None,
    name: str = "left-in-silence",
    language: str = "en",
    is_headline: bool = False,
) -> Figure | Note:
    """Bounds as bars, plain shares as dots, in the order given.

    Parameters
    ----------
    bounds
        assumption, low, high (equal for a plain share), ci_low (of low), ci_high (of high), n;
        where present `is_plain` marks plain shares.
    title, subtitle, otherwise, name, is_headline
        See `Figure`; what is said where there is nothing.
    labels
        What each row is, in words, by language.

    Raises
    ------
    DataError
        A column is missing.
    """
    require_columns(bounds, *_NEEDED)
    known = bounds.drop_nulls(["low", "high"])
    if known.is_empty():
        missing = message("No bounds: too few customers left to say how many did so in silence.")
        return show_note(otherwise or missing, tone="missing", language=language)
    is_plain = pl.col("is_plain") if "is_plain" in known.columns else pl.lit(value=False)
    table = known.with_columns(is_plain.fill_null(value=False).alias("is_plain"))
    names = labels or {}

    def draw(language: str, width: int) -> alt.TopLevelMixin:
        return _draw(table, names, language=language, is_narrow=width < TURN_BELOW)

    return Figure(
        name,
        title=title,
        subtitle=subtitle,
        alt=message("Bars from the lower to the upper bound, {n:count} rows. {title}",
                    n=table.height, title=title),
        draw=draw,
        table=table,
        columns=(
            Column("assumption", message("What is assumed"), labels=names),
            Column("n", message("Customers"), "count"),
            Column("low", message("Without chance"), "share", upper="high"),
            Column("ci_low", message("Bounds, widened for chance"), "share", upper="ci_high"),
        ),
        language=language,
        is_headline=is_headline,
    )  # fmt: skip


def _draw(
    bounds: pl.DataFrame, labels: Labels, *, language: str, is_narrow: bool
) -> alt.TopLevelMixin:
    named = bounds.select(theme.named("assumption", labels, language)).to_series()
    words = [wrap(text, width=320, size=13, lines=3) for text in named]
    drawn = bounds.with_columns(
        pl.Series("label", words),
        pl.Series("value", _values(bounds, language)),
        pl.col("ci_low", "ci_high").clip(0.0, 1.0),
    ).with_columns(pl.coalesce("ci_low", "low"), pl.coalesce("ci_high", "high"))
    drawn = drawn.select("label", "low", "high", "ci_low", "ci_high", "value", "is_plain")
    chart = theme.base(drawn)
    _, most = ends_of(drawn["ci_high"])
    scale = alt.Scale(domain=[0, min(1.0, most) * (1.3 if is_narrow else 1.16)], nice=False)
    axis = alt.Axis(format=".0%", grid=True, gridColor=theme.LINE, domain=False, ticks=False,
                    values=_ticks(most))  # fmt: skip

    def x(column: str) -> alt.X:
        return alt.X(f"{column}:Q").title(None).axis(axis).scale(scale)

    labelled = alt.Axis(labelLimit=400, labelExpr="split(datum.label, '\\n')", labelLineHeight=15)
    y = alt.Y("label:N").sort(words).title(None).axis(None if is_narrow else labelled)
    bars, dots = (chart.transform_filter(f) for f in ("!datum.is_plain", "datum.is_plain"))
    layers: list[Any] = [
        bars.mark_rule(strokeWidth=2, color=theme.STEPS[3]).encode(
            y=y, x=x("ci_low"), x2="ci_high:Q"
        ),
        bars.mark_bar(height=16, color=theme.ACCENT).encode(y=y, x=x("low"), x2="high:Q"),
        dots.mark_rule(strokeWidth=3, color=theme.PALE).encode(y=y, x=x("ci_low"), x2="ci_high:Q"),
        dots.mark_point(filled=True, size=110, color=theme.GREY).encode(y=y, x=x("low")),
        chart.mark_text(align="left", dx=9, fontWeight=600).encode(
            y=y, x=x("ci_high"), text="value:N"
        ),
    ]
    if is_narrow:
        # A text of several lines hangs from its first one.
        layers += [
            chart.transform_filter(f"length(split(datum.label, '\\n')) == {n}")
            .mark_text(align="left", dy=-1 - 15 * n, lineBreak="\n", lineHeight=15)
            .encode(y=y, x=alt.value(0), text="label:N")
            for n in (1, 2, 3)
        ]
    return alt.layer(*layers).properties(height=alt.Step(_NARROW_STEP if is_narrow else _STEP))


def _ticks(most: float) -> list[float]:
    step = 0.2 if most > 0.5 else 0.1 if most > 0.2 else 0.05
    return [round(step * n, 2) for n in range(int(min(1.0, most) / step) + 1)]


def _values(bounds: pl.DataFrame, language: str) -> list[str]:
    """What is written behind each row: one share, or from where to where."""
    texts = []
    for row in bounds.rows(named=True):
        ends = ("low", "high") if row["is_plain"] else ("ci_low", "ci_high")
        low, high = (format_value(row[name], "share", language) for name in ends)
        span = message("{low} to {high}", low=low, high=high).in_language(language)
        texts.append(low if row["is_plain"] else span)
    return texts
