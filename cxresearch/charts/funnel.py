"""How far do customers come along the stages of the journey?

The unit is a stage: the customers who met it or a later one. Bars start at zero; between two of
them stands what is left of the stage before. It cannot say when somebody stopped, nor why.
"""

from collections.abc import Mapping
from typing import Any

import altair as alt
import polars as pl

from cxresearch.charts import theme
from cxresearch.charts.answer import Note
from cxresearch.charts.figure import Figure
from cxresearch.charts.marks import TURN_BELOW, Labels
from cxresearch.charts.paths import nothing_lived
from cxresearch.charts.table import Column
from cxresearch.errors import require_columns
from cxresearch.language import Message, format_value, mark, message, translate

_HIDDEN = mark("hidden, so that nobody can be recognised")
_NARROWING = mark("{share:share} of the stage before")


def plot_funnel(
    funnel: pl.DataFrame,
    *,
    title: Message,
    subtitle: Message,
    labels: Labels | None = None,
    name: str = "funnel",
    language: str = "en",
) -> Figure | Note:
    """How many customers come as far as each stage.

    Parameters
    ----------
    funnel
        As `journey.count_funnel` returns it.
    title, subtitle
        The finding; what is drawn.
    labels
        Names of the stages by language.
    name
        See `Figure`.

    Raises
    ------
    DataError
        A column is missing.
    """
    require_columns(funnel, "stage", "n_customers", "base", "share", "share_of_previous")
    if funnel.is_empty() or funnel["share"].is_null().all():
        return nothing_lived(language)
    known = labels or {}

    def draw(language: str, width: int) -> alt.TopLevelMixin:
        return _draw_funnel(funnel, known, language=language, is_narrow=width < TURN_BELOW)

    last = funnel.filter(pl.col("share").is_not_null()).row(-1, named=True)
    return Figure(
        name,
        title=title,
        subtitle=subtitle,
        alt=message(
            "Bars, one a stage, from zero: {share:share} of {base:count} customers come as far as "
            "{stage}. {title}",
            share=last["share"],
            base=last["base"],
            stage=known.get(last["stage"], last["stage"]),
            title=title,
        ),
        draw=draw,
        table=funnel,
        columns=(
            Column("stage", message("Stage"), labels=known),
            Column("n_customers", message("Customers"), "count"),
            Column("base", message("Of all customers"), "count"),
            Column("share", message("Share"), "share1"),
            Column("ci_low", message("95% interval"), "share1", upper="ci_high"),
            Column("share_of_previous", message("Share of the stage before"), "share1"),
        ),
        language=language,
    )


def _draw_funnel(
    funnel: pl.DataFrame, labels: Labels, *, language: str, is_narrow: bool
) -> alt.TopLevelMixin:
    said = [_said(row, language) for row in funnel.rows(named=True)]
    rows = funnel.select(
        theme.named("stage", labels, language).alias("label"),
        "share",
        "ci_low",
        "ci_high",
        pl.Series("value", [format_value(v, "share", language) for v in funnel["share"]]),
        pl.Series("next", said),
    )
    chart = theme.base(rows)
    shown = chart.transform_filter("isValid(datum.share)")
    names = None if is_narrow else alt.Axis(labelLimit=260, labelFontWeight=600)
    y = alt.Y("label:N").sort(None).title(None).axis(names)

    def x(column: str) -> alt.X:
        scale = alt.Scale(domain=[0, 1.12], nice=False)
        return alt.X(f"{column}:Q").title(None).axis(None).scale(scale)

    layers: list[Any] = [
        shown.mark_bar(height=22, cornerRadiusEnd=2, color=theme.STEPS[1]).encode(
            y=y, x=x("share")
        ),
        shown.mark_rule(color=theme.INK, strokeWidth=1).encode(y=y, x=x("ci_low"), x2="ci_high:Q"),
        shown.mark_text(align="left", dx=8, fontSize=14, fontWeight=600).encode(
            y=y, x=x("ci_high"), text="value:N"
        ),
        chart.mark_text(align="left", dx=8, dy=-23, fontSize=11, color=theme.SOFT).encode(
            y=y, x=alt.value(100 if is_narrow else 0), text="next:N"
        ),
        chart.transform_filter("!isValid(datum.share)")
        .mark_text(align="left", color=theme.SOFT, fontStyle="italic")
        .encode(y=y, x=alt.value(4), text=alt.value(translate(_HIDDEN, language))),
    ]
    if is_narrow:
        above = chart.mark_text(align="left", dy=-23, fontSize=13, fontWeight=600)
        layers.append(above.encode(y=y, x=alt.value(0), text="label:N"))
    return alt.layer(*layers).properties(height=alt.Step(54))


def _said(row: Mapping[str, Any], language: str) -> str:
    if row["share_of_previous"] is None:
        return ""
    return "↓ " + Message(_NARROWING, {"share": row["share_of_previous"]}).in_language(language)
