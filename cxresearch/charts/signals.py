"""Which sign shows it, and how long before? A line a sign, month by month before the leaving.

The unit is one sign and one number of months before. Upwards stands in how many of a hundred pairs,
one who will leave and one who will stay, the sign points at the right one; fifty is a coin. Nothing
is computed here.
"""

from typing import Any

import altair as alt
import polars as pl

from cxresearch.charts import theme
from cxresearch.charts.answer import Note, show_note
from cxresearch.charts.figure import Figure
from cxresearch.charts.marks import TURN_BELOW, Labels, ends_of
from cxresearch.charts.table import Column
from cxresearch.errors import require_columns
from cxresearch.language import Message, format_value, mark, message, translate

_COIN = mark("as good as a coin")
_MONTHS = {1: mark("a month before"), 2: mark("2 months"), 3: mark("3 months before")}
_TALL, _APART = 320, 21.0


def plot_signals(
    signals: pl.DataFrame,
    *,
    title: Message,
    subtitle: Message,
    labels: Labels | None = None,
    otherwise: Message | None = None,
    name: str = "signs-before-leaving",
    language: str = "en",
) -> Figure | Note:
    """How well each sign tells leavers from stayers, one to some months before.

    Parameters
    ----------
    signals
        signal, lead_months, n, n_left, auc, ci_low, ci_high.
    title, subtitle, otherwise, name
        See `Figure`; what is said where there is nothing.
    labels
        What each sign is, in words, by language.

    Raises
    ------
    DataError
        A column is missing.
    """
    require_columns(signals, "signal", "lead_months", "n", "n_left", "auc", "ci_low", "ci_high")
    known = signals.drop_nulls(["auc", "ci_low"])
    if known.is_empty():
        missing = message("Too few customers left to say which sign shows it first.")
        return show_note(otherwise or missing, tone="missing", language=language)
    names, best = labels or {}, pl.col("auc").max().over("signal")
    table = known.sort(best, "signal", "lead_months", descending=[True, False, True])

    def draw(language: str, width: int) -> alt.TopLevelMixin:
        return _draw(table, names, language=language, is_narrow=width < TURN_BELOW)

    return Figure(
        name,
        title=title,
        subtitle=subtitle,
        alt=message("Lines over the months before leaving, {n:count} signs, with intervals. "
                    "{title}", n=table["signal"].n_unique(), title=title),
        draw=draw,
        table=table,
        columns=(
            Column("signal", message("Sign"), labels=names),
            Column("lead_months", message("Months before"), "count"),
            Column("n", message("Customers"), "count"),
            Column("n_left", message("Left"), "count"),
            Column("auc", message("Right in pairs"), "share"),
            Column("ci_low", message("95% interval"), "share", upper="ci_high"),
        ),
        language=language,
    )  # fmt: skip


def _draw(
    signals: pl.DataFrame, labels: Labels, *, language: str, is_narrow: bool
) -> alt.TopLevelMixin:
    order = signals["signal"].unique(maintain_order=True).to_list()
    low = min(0.45, ends_of(signals["ci_low"])[0] - 0.02)
    high = min(1.0, ends_of(signals["ci_high"])[1] + 0.03)
    place = {signal: n - (len(order) - 1) / 2 for n, signal in enumerate(order)}
    # The best single sign is the news; all of them together only say how far one can get.
    best = next((signal for signal in order if signal != "all"), order[0])
    rows = signals.select(
        "auc", "ci_low", "ci_high", "lead_months",
        theme.named("signal", labels, language).alias("label"),
        (0.025 * pl.col("signal").replace_strict(place) - pl.col("lead_months")).alias("x"),
        pl.when(pl.col("signal") == best)
        .then(pl.lit(theme.ACCENT))
        .when(pl.col("signal") == "all")
        .then(pl.lit(theme.INK))
        .otherwise(pl.lit(theme.GREY))
        .alias("colour"),
    )  # fmt: skip
    draw = _draw_rows if is_narrow else _draw_lines
    return draw(rows, language=language, ends=(low, high))


def _draw_lines(
    rows: pl.DataFrame, *, language: str, ends: tuple[float, float]
) -> alt.TopLevelMixin:
    """Lines from the furthest month to the last, their names behind it."""
    leads = sorted(rows["lead_months"].unique().to_list(), reverse=True)
    chart = theme.base(rows)
    right = 1.15 * max(1, len(leads) - 1) / 2 + 0.2 - leads[-1]
    said = " : ".join(f"datum.value == {-lead} ? '{_lead(lead, language)}'" for lead in leads)
    x = alt.X("x:Q").title(None).scale(domain=[-leads[0] - 0.2, right], nice=False)
    x = x.axis(values=[-lead for lead in leads], labelExpr=f"{said} : ''", domain=False,
               ticks=False, labelFlush=False, labelAlign="center")  # fmt: skip
    scale = alt.Scale(domain=list(ends), nice=False)
    y = alt.Y("auc:Q").title(None).scale(scale)
    y = y.axis(format=".0%", tickCount=5, grid=True, gridColor=theme.LINE, domain=False)
    paint = alt.Color("colour:N").scale(None).legend(None)
    bottom = alt.Y("ci_low:Q").title(None).scale(scale)
    coin = theme.base(pl.DataFrame({"auc": [0.5], "text": [translate(_COIN, language)]}))
    layers: list[Any] = [
        coin.mark_rule(color=theme.INK, strokeWidth=1, strokeDash=[4, 4]).encode(y=y),
        coin.mark_text(align="left", dy=9, color=theme.SOFT, fontStyle="italic").encode(
            x=alt.value(2), y=y, text="text:N"
        ),
        chart.mark_rule(strokeWidth=2).encode(x=x, y=bottom, y2="ci_high:Q", color=paint),
        chart.mark_line(strokeWidth=2.5).encode(x=x, y=y, color=paint, detail="label:N"),
        chart.mark_point(filled=True, size=80).encode(x=x, y=y, color=paint),
        *_names(rows, x, language, ends=ends),
    ]
    return alt.layer(*layers).properties(height=_TALL)


def _draw_rows(
    rows: pl.DataFrame, *, language: str, ends: tuple[float, float]
) -> alt.TopLevelMixin:
    """A row a sign: the last month before leaving as a dot, earlier ones as smaller pale ones."""
    first = pl.col("lead_months").min()
    texts = [format_value(auc, "share", language) for auc in rows["auc"]]
    drawn = rows.with_columns(
        (pl.col("lead_months") == first).alias("is_last"), pl.Series("value", texts)
    )
    chart = theme.base(drawn.drop("x", "lead_months"))
    last, earlier = (chart.transform_filter(f) for f in ("datum.is_last", "!datum.is_last"))
    axis = alt.Axis(format=".0%", grid=True, gridColor=theme.LINE, domain=False, ticks=False,
                    tickCount=4)  # fmt: skip

    def x(column: str) -> alt.X:
        scale = alt.Scale(domain=[ends[0], ends[1] + 0.06], nice=False)
        return alt.X(f"{column}:Q").title(None).axis(axis).scale(scale)

    y = alt.Y("label:N").sort(None).title(None).axis(None)
    paint = alt.Color("colour:N").scale(None).legend(None)
    coin = theme.base(pl.DataFrame({"auc": [0.5], "text": [translate(_COIN, language)]}))
    layers = [
        coin.mark_rule(color=theme.INK, strokeWidth=1, strokeDash=[4, 4]).encode(x=x("auc")),
        coin.mark_text(align="left", dx=3, color=theme.SOFT, fontStyle="italic").encode(
            x=x("auc"), y=alt.value(-10), text="text:N"
        ),
        earlier.mark_point(filled=True, size=50, color=theme.PALE).encode(x=x("auc"), y=y),
        last.mark_rule(strokeWidth=3).encode(x=x("ci_low"), x2="ci_high:Q", y=y, color=paint),
        last.mark_point(filled=True, size=100).encode(x=x("auc"), y=y, color=paint),
        last.mark_text(align="left", dx=8, fontWeight=600).encode(
            x=x("ci_high"), y=y, text="value:N", color=paint
        ),
        last.mark_text(align="left", dy=-16).encode(x=alt.value(0), y=y, text="label:N"),
    ]
    return alt.layer(*layers).properties(height=alt.Step(48))


def _lead(lead: int, language: str) -> str:
    if lead in _MONTHS:
        return translate(_MONTHS[lead], language)
    return message("{n:count} months before", n=lead).in_language(language)


def _names(
    rows: pl.DataFrame, x: alt.X, language: str, *, ends: tuple[float, float]
) -> list[alt.Chart]:
    """The name and the last figure of each line, moved apart where they would touch."""
    last = rows.sort("x").group_by("label", maintain_order=True).last().sort("auc", descending=True)
    scale = _TALL / (ends[1] - ends[0])
    places: list[float] = []
    for auc in last["auc"]:
        wanted = (ends[1] - auc) * scale
        places.append(max(wanted, places[-1] + _APART) if places else wanted)
    over = max(0.0, places[-1] - (_TALL - 6))
    figures = [format_value(auc, "share", language) for auc in last["auc"]]
    texts = [f"{figure}  {name}" for figure, name in zip(figures, last["label"], strict=True)]
    drawn = last.select("x", "colour", pl.Series("text", texts),
                        pl.Series("place", [place - over for place in places]))  # fmt: skip
    spot = alt.Y("place:Q").axis(None).scale(None)
    paint = alt.Color("colour:N").scale(None).legend(None)
    words = theme.base(drawn).mark_text(align="left", dx=12, fontWeight=600)
    return [words.encode(x=x, y=spot, color=paint, text="text:N")]
