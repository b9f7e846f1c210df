"""How are needs shown: how many complain of each, how many praise it, and in which tone?

The unit is one need, recognised by the words people use for it. Complaints and praise stand beside
each other on one scale, each a share of all comments; the needs complained of most come first.
"""

from typing import Any

import altair as alt
import polars as pl

from cxresearch.charts import theme
from cxresearch.charts.answer import Note, show_note
from cxresearch.charts.figure import Figure
from cxresearch.charts.marks import Labels
from cxresearch.charts.panels import Panel, draw_panels
from cxresearch.charts.table import Column
from cxresearch.errors import require_columns
from cxresearch.language import Message, mark, message, translate

LARGEST = 16
"""At most so many needs are drawn; the table beneath has all."""

_COMPLAIN, _PRAISE, _TONE = mark("Complain of it"), mark("Praise it"), mark("Net tone")


def plot_needs(
    spoken: pl.DataFrame,
    *,
    complaints: pl.DataFrame,
    praise: pl.DataFrame,
    tone: pl.DataFrame,
    title: Message,
    subtitle: Message,
    labels: Labels | None = None,
    language: str = "en",
) -> Figure | Note:
    """Needs, those complained of most first.

    Parameters
    ----------
    spoken, complaints, praise
        aspect, n, base, share, ci_low, ci_high: comments that speak of it, that say something
        negative (positive) of it, as `share_needs` gives them.
    tone
        As `measure_tone` by aspect.
    title, subtitle
        The finding; what is drawn.
    labels
        Names of aspects by language.

    Raises
    ------
    DataError
        A column is missing.
    """
    for table in (spoken, complaints, praise):
        require_columns(table, "aspect", "n", "base", "share", "ci_low", "ci_high")
    require_columns(tone, "aspect", "estimate", "ci_low", "ci_high")
    rows = _joined(spoken, complaints, praise, tone)
    if rows.is_empty():
        nothing = message("No need is spoken of by enough people to show.")
        return show_note(nothing, tone="missing", language=language)
    known = labels or {}

    def draw(language: str, width: int) -> alt.TopLevelMixin:
        drawn = rows.head(LARGEST)
        small = [
            message("n {n:count} · {share:share1}", n=n, share=share).in_language(language)
            for n, share in drawn.select("n", "share").rows()
        ]
        ready = drawn.with_columns(
            theme.named("aspect", known, language).alias("label"), pl.Series("small", small)
        )
        return draw_panels(ready, _panels(drawn, language), language=language, width=width)

    return Figure(
        "needs",
        title=title,
        subtitle=subtitle,
        alt=message(
            "Bars of complaints and praise beside each other, {n:count} needs. {title}",
            n=min(rows.height, LARGEST), title=title,
        ),
        draw=draw,
        table=rows,
        columns=(
            Column("aspect", message("Need"), labels=known),
            Column("n", message("Comments"), "count"),
            Column("base", message("of all"), "count"),
            Column("share", message("Share"), "share1"),
            Column("complain", message("Complain of it"), "share1"),
            Column("complain_low", message("95% interval"), "share1", upper="complain_high"),
            Column("praise", message("Praise it"), "share1"),
            Column("praise_low", message("95% interval"), "share1", upper="praise_high"),
            Column("tone", message("Net tone"), "signed"),
            Column("tone_low", message("95% interval"), "signed", upper="tone_high"),
        ),
        language=language,
    )  # fmt: skip


def _joined(
    spoken: pl.DataFrame, complaints: pl.DataFrame, praise: pl.DataFrame, tone: pl.DataFrame
) -> pl.DataFrame:
    """One row a need that enough people speak of, the figures under the names of their panels."""
    parts = {"complain": (complaints, "share", 1.0), "praise": (praise, "share", 1.0),
             "tone": (tone, "estimate", 100.0)}  # fmt: skip
    rows = spoken.filter(pl.col("share").is_not_null()).select("aspect", "n", "base", "share")
    for name, (table, figure, factor) in parts.items():
        ends = {figure: "", "ci_low": "_low", "ci_high": "_high"}
        told = table.select(
            "aspect", *((pl.col(c) * factor).alias(f"{name}{end}") for c, end in ends.items())
        )
        rows = rows.join(told, on="aspect", how="left", maintain_order="left")
    order = ["complain", "share"]
    return rows.with_columns(complain_polarity=pl.lit("bad")).sort(
        order, descending=True, nulls_last=True, maintain_order=True
    )


def _panels(rows: pl.DataFrame, language: str) -> list[Panel]:
    furthest = rows.select(pl.max_horizontal(pl.col("complain_high", "praise_high").max())).item()
    scale: dict[str, Any] = {"is_bar": True, "upto": float(furthest or 0.0)}
    complain, praise, tone = (translate(t, language) for t in (_COMPLAIN, _PRAISE, _TONE))
    return [
        Panel("complain", complain, "share1", colour=theme.DIVERGING[1], **scale),
        Panel("praise", praise, "share1", colour=theme.DIVERGING[3], **scale),
        Panel("tone", tone, "signed"),
    ]
