"""In which order do actions come, and may chance have made it? Bars with intervals, an action each.

The unit is one action. Where gains are known a bar is a gain in its own unit, else an index of the
first. In colour are those that may come first. Everything comes finished from `actions.plan`.
"""

from collections.abc import Mapping
from typing import Any

import altair as alt
import polars as pl

from cxresearch.actions.basis import FIRST, describe_scale, find_basis
from cxresearch.actions.checks import CERTAINTIES
from cxresearch.actions.plan_gains import BASES
from cxresearch.actions.tasks import message_from_json, name_measured
from cxresearch.actions.what_if_sentences import write_gain
from cxresearch.charts import theme
from cxresearch.charts.answer import Note, show_note
from cxresearch.charts.figure import Figure
from cxresearch.charts.plan import Texts, in_all, texts_of
from cxresearch.charts.table import Column
from cxresearch.language import (
    Message,
    format_value,
    in_every_language,
    mark,
    message,
    translate,
)
from cxresearch.study import Study

_OPEN = mark("no gain beyond chance")
_PRECISION = {"nps": "number1", "csat": "number1", "ces": "number1"}


def plot_priorities(
    plan: pl.DataFrame, *, study: Study, language: str = "en", is_headline: bool = False
) -> Figure | Note:
    """The broken promises in their order, each with the interval of its priority.

    Parameters
    ----------
    plan
        As `plan.make_plan` returns it; actions without priority are not drawn.

    Notes
    -----
    Priority is an index of the first, and its intervals are scaled alike: it orders what to mend
    and counts no customers (`transforms.gaps`).
    """
    ranked = plan.filter(pl.col("priority").is_not_null())
    if ranked.is_empty():
        return show_note(message("There is no order to draw."), language=language)
    basis = find_basis(ranked)
    unit = 1.0 if basis in BASES else FIRST / (ranked["priority"][0] or 1.0)
    table = ranked.select(
        *("action_id", "tier", "certainty", "n"),
        pl.lit(basis).alias("basis"),
        pl.col("gain_currency").alias("currency"),
        (pl.col("priority") * unit).alias("estimate"),
        (pl.col("priority_low") * unit).alias("ci_low"),
        (pl.col("priority_high") * unit).alias("ci_high"),
    )
    whats, subjects = texts_of(ranked, "what"), _subjects(ranked, study)

    def draw(language: str, width: int) -> alt.TopLevelMixin:
        return draw_priorities(table, labels=subjects, language=language)

    return Figure(
        "priorities",
        title=title_of_plan(plan),
        subtitle=describe_scale(plan),
        alt=_alt_of(table, whats, title=title_of_plan(plan)),
        draw=draw,
        table=table,
        columns=(
            Column("action_id", message("What"), labels=whats),
            Column("estimate", message("Priority"), _PRECISION.get(basis, "count")),
            Column(
                "ci_low", message("95% interval"), _PRECISION.get(basis, "count"), upper="ci_high"
            ),
            Column("certainty", message("How sure"), labels=in_every_language(CERTAINTIES)),
            Column("n", message("n"), "count"),
        ),
        language=language,
        is_headline=is_headline,
    )


def draw_priorities(table: pl.DataFrame, *, labels: Texts, language: str) -> alt.TopLevelMixin:
    """Bars from zero with their intervals; place and measure stand in words above each bar."""
    rows = table.with_columns(
        theme.named("action_id", labels, language).alias("label"),
        pl.Series("value", [_write_priority(row, language) for row in table.rows(named=True)]),
        pl.when(pl.col("tier") == table["tier"][0])
        .then(pl.lit(theme.BAD))
        .otherwise(pl.lit(theme.GREY))
        .alias("colour"),
    )
    chart = theme.base(rows)
    y = alt.Y("label:N").sort(None).title(None).axis(None)
    x = alt.X("estimate:Q").title(None).axis(None).scale(zero=True, nice=False)
    colour = alt.Color("colour:N").scale(None)
    return alt.layer(
        chart.mark_bar(height=9, cornerRadiusEnd=2).encode(y=y, x=x, color=colour),
        chart.mark_rule(color=theme.INK, strokeWidth=1.5).encode(
            y=y, x=alt.X("ci_low:Q").title(None), x2="ci_high:Q"
        ),
        chart.mark_text(align="left", dy=-16, fontSize=13).encode(
            y=y, x=alt.value(0), text="label:N"
        ),
        chart.mark_text(align="left", dx=8, fontWeight=600).encode(
            y=y, x="ci_high:Q", text="value:N"
        ),
    ).properties(height=alt.Step(52))


def _write_priority(row: Mapping[str, Any], language: str) -> str:
    """A gain in its own unit, else the index."""
    unit = {"value": "money", "leavers": "count"}.get(row["basis"], "points")
    if row["basis"] not in BASES:
        return format_value(row["estimate"], "count", language)
    if row["ci_low"] <= 0:
        return translate(_OPEN, language)
    return write_gain({**row, "unit": unit})["figure"][language]


def title_of_plan(plan: pl.DataFrame) -> Message:
    """Whether one action comes first, or several that cannot be told apart."""
    measured = plan.filter(pl.col("gap").is_not_null())
    if measured.is_empty():
        return message("No promise is broken beyond chance")
    first = measured.filter(pl.col("tier") == measured["tier"][0])
    if measured["priority"][0] is None:
        return message(
            "What broken promises are linked to is not known: their order is no evidence"
        )
    if first.height > 1:
        return message("{n:count} come first, and cannot be told apart", n=first.height)
    return message("First: {what}", what=message_from_json(measured["what"][0]))


def _subjects(ranked: pl.DataFrame, study: Study) -> Texts:
    """Touchpoint and measure, short enough for a telephone."""
    return {
        row["action_id"]: in_all(
            message(
                "{touchpoint}: {measure}",
                touchpoint=study.label("touchpoint", row["touchpoint"]),
                measure=name_measured(row),
            )
        )
        for row in ranked.rows(named=True)
    }


def _alt_of(table: pl.DataFrame, labels: Texts, *, title: Message) -> Message:
    first = table.row(0, named=True)
    return message(
        "Bars with intervals, one an action: {n:count}. The longest: {what} ({estimate:count}, "
        "{ci_low:count} to {ci_high:count}). {title}.",
        n=table.height,
        what=labels[first["action_id"]],
        title=title,
        **{name: first[name] for name in ("estimate", "ci_low", "ci_high")},
    )
