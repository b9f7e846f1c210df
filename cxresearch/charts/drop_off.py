"""After which contact do customers leave more often than one would expect?

The unit is a touchpoint that was the last contact. It is drawn against its base rate: the busiest
touchpoint is the last contact of many who leave only because it is the last contact of everybody.
It cannot say that the contact made anybody leave.
"""

from collections.abc import Mapping
from typing import Any

import altair as alt
import polars as pl

from cxresearch.charts import theme
from cxresearch.charts.answer import Note, show_note
from cxresearch.charts.figure import Figure
from cxresearch.charts.marks import TURN_BELOW, Labels
from cxresearch.charts.table import Column
from cxresearch.errors import require_columns
from cxresearch.language import Message, mark, message, translate

_HIDDEN = mark("hidden, so that nobody can be recognised")
_BASE, _LEFT = mark("of those who stayed"), mark("of those who left, with interval")


def plot_drop_off(
    drop_off: pl.DataFrame,
    *,
    title: Message,
    subtitle: Message,
    labels: Labels | None = None,
    name: str = "drop-off",
    language: str = "en",
) -> Figure | Note:
    """The last contact before leaving, against the last contact of those who stayed.

    The mark is the base rate, the dot the share among those who left; the line around the dot is
    the interval of the difference, laid on the base rate: where it clears the mark, the difference
    is more than chance.

    Parameters
    ----------
    drop_off
        As `journey.measure_drop_off` returns it.
    title, subtitle
        The finding; what is drawn.
    labels
        Names of touchpoints by language.
    name
        See `Figure`.

    Raises
    ------
    DataError
        A column is missing.
    """
    require_columns(drop_off, "touchpoint", "n", "base", "share", "n_stayed", "share_stayed")
    require_columns(drop_off, "difference", "ci_low", "ci_high", "polarity")
    if drop_off.is_empty():
        return show_note(
            message(
                "No drop-off: it takes customers whose leaving is known, and contacts before it."
            ),
            tone="missing",
            language=language,
        )
    known = labels or {}
    rows = drop_off.with_columns(pl.col("touchpoint").cast(pl.String)).sort(
        "difference", descending=True, nulls_last=True
    )

    def draw(language: str, width: int) -> alt.TopLevelMixin:
        return _draw_drop_off(rows, known, language=language, is_narrow=width < TURN_BELOW)

    return Figure(
        name,
        title=title,
        subtitle=subtitle,
        alt=_alt_of_drop_off(rows, title=title, labels=known),
        draw=draw,
        table=rows,
        columns=(
            Column("touchpoint", message("Last contact"), labels=known),
            Column("n", message("Left after it"), "count"),
            Column("share", message("Share of those who left"), "share1"),
            Column("n_stayed", message("Stayed after it"), "count"),
            Column("share_stayed", message("Share of those who stayed"), "share1"),
            Column("difference", message("Difference in points"), "gap"),
            Column("ci_low", message("95% interval"), "gap", upper="ci_high"),
        ),
        language=language,
    )


def _draw_drop_off(
    rows: pl.DataFrame, labels: Labels, *, language: str, is_narrow: bool
) -> alt.TopLevelMixin:
    stays = pl.col("share_stayed")
    texts = [
        "" if row["difference"] is None else _difference(row, language)
        for row in rows.rows(named=True)
    ]
    drawn = rows.select(
        theme.named("touchpoint", labels, language).alias("label"),
        "share",
        "share_stayed",
        (stays + pl.col("ci_low")).clip(0).alias("low"),
        (stays + pl.col("ci_high")).alias("high"),
        pl.max_horizontal(stays + pl.col("ci_high"), stays).alias("end"),
        pl.Series("value", texts),
        pl.col("polarity").fill_null("neutral").replace_strict(theme.POLARITY).alias("colour"),
        (pl.col("polarity") != "neutral").fill_null(value=False).alias("is_real"),
    )
    chart = theme.base(drawn)
    shown = chart.transform_filter("isValid(datum.share)")
    colour = alt.Color("colour:N").scale(None).legend(None)
    names = None if is_narrow else alt.Axis(labelLimit=260)
    y = alt.Y("label:N").sort(None).title(None).axis(names)
    grid = alt.Axis(format=".0%", grid=True, gridColor=theme.LINE, domain=False, ticks=False,
                    tickCount=4 if is_narrow else 6)  # fmt: skip

    # Room for the words behind the longest line.
    furthest = max(drawn["end"].drop_nulls().to_list(), default=1.0) * (1.7 if is_narrow else 1.25)

    def x(column: str) -> alt.X:
        scale = alt.Scale(domain=[0, furthest], nice=False)
        return alt.X(f"{column}:Q").title(None).axis(grid).scale(scale)

    words = shown.mark_text(align="left", dx=9, fontSize=12)
    layers: list[Any] = [
        shown.mark_rule(strokeWidth=3).encode(y=y, x=x("low"), x2="high:Q", color=colour),
        shown.mark_point(filled=True, size=110).encode(y=y, x=x("share"), color=colour),
        shown.mark_tick(color=theme.INK, thickness=3, size=18).encode(y=y, x=x("share_stayed")),
        *(
            words.transform_filter(test)
            .mark_text(align="left", dx=9, fontSize=12, fontWeight=weight, **style)
            .encode(y=y, x=x("end"), text="value:N", **coloured)
            for test, weight, style, coloured in (
                ("datum.is_real", 600, {}, {"color": colour}),
                ("!datum.is_real", "normal", {"color": theme.SOFT}, {}),
            )
        ),
        chart.transform_filter("!isValid(datum.share)")
        .mark_text(align="left", color=theme.SOFT, fontStyle="italic")
        .encode(y=y, x=alt.value(4), text=alt.value(translate(_HIDDEN, language))),
        *_key(language, is_narrow=is_narrow),
    ]
    if is_narrow:
        above = chart.mark_text(align="left", dy=-16)
        layers.append(above.encode(y=y, x=alt.value(0), text="label:N"))
    return alt.layer(*layers).properties(height=alt.Step(48 if is_narrow else 32))


def _difference(row: Mapping[str, Any], language: str) -> str:
    return message(
        "{difference:gap} pts ({low:gap} to {high:gap})",
        difference=row["difference"],
        low=row["ci_low"],
        high=row["ci_high"],
    ).in_language(language)


def _key(language: str, *, is_narrow: bool) -> list[alt.Chart]:
    """What mark and dot are, above the first row."""
    base, left = translate(_BASE, language), translate(_LEFT, language)
    one = theme.base(pl.DataFrame({"base": [base], "left": [left]}))
    text = one.mark_text(align="left", color=theme.SOFT)
    first, second = alt.value(-40 if is_narrow else -20), alt.value(-20)
    x = 6.0 if is_narrow else 40.0 + 6.6 * len(base)
    tick = one.mark_point(
        shape="stroke", angle=90, filled=False, stroke=theme.INK, strokeWidth=3, size=200
    )
    dot = one.mark_point(filled=True, size=90, color=theme.GREY)
    return [
        tick.encode(x=alt.value(6), y=first),
        text.encode(x=alt.value(16), y=first, text="base:N"),
        dot.encode(x=alt.value(x), y=second),
        text.encode(x=alt.value(x + 10), y=second, text="left:N"),
    ]


def _alt_of_drop_off(rows: pl.DataFrame, *, title: Message, labels: Labels) -> Message:
    worse = rows.filter(pl.col("polarity") == "bad")
    if worse.is_empty():
        return message(
            "Dots against marks, {n:count} touchpoints: none is the last contact of those who left "
            "more often than of those who stayed, beyond chance. {title}",
            n=rows.height,
            title=title,
        )
    first = worse.row(0, named=True)
    return message(
        "Dots against marks, {n:count} touchpoints. Furthest above its base rate: {touchpoint}, "
        "{share:share} of those who left against {stayed:share} of those who stayed. {title}",
        n=rows.height,
        touchpoint=labels.get(first["touchpoint"], first["touchpoint"]),
        share=first["share"],
        stayed=first["share_stayed"],
        title=title,
    )
