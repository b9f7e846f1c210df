"""How are themes shown: how many speak of them, in which tone, and what goes with it?

The unit is one theme, named by words of customers, which stay in their language. Share, tone and
the score that goes with it stand in one row, each with its interval.
"""

from collections.abc import Mapping

import altair as alt
import polars as pl

from cxresearch.actions.voice_titles import IN_LANGUAGE
from cxresearch.charts.answer import Note, show_note
from cxresearch.charts.figure import Draw, Figure
from cxresearch.charts.marks import Labels
from cxresearch.charts.panels import Panel, draw_panels
from cxresearch.charts.table import Column
from cxresearch.charts.theme import named
from cxresearch.charts.voice import GROUPS
from cxresearch.errors import require_columns
from cxresearch.language import Message, in_every_language, mark, message, translate

LARGEST = 14
"""At most so many rows are drawn; the table beneath has all."""

_SHARE, _TONE = mark("Share of comments"), mark("Net tone")
_HIDDEN = mark("net tone hidden: few people on one side, or all alike")
_IMPACT = mark("Net Promoter Score with its comments, less without")
_IMPACT_SHARE = mark("Share of good scores with its comments, less without (points)")
_SHORT, _SHORT_SHARE = mark("NPS with less without"), mark("Good scores with less without")


def plot_themes(
    themes: pl.DataFrame,
    *,
    by: str = "theme",
    title: Message,
    subtitle: Message,
    tone: pl.DataFrame | None = None,
    apart: pl.DataFrame | None = None,
    impact: pl.DataFrame | None = None,
    labels: Labels | None = None,
    otherwise: Message | None = None,
    language: str = "en",
) -> Figure | Note:
    """Themes or aspects, the most frequent first: share, net tone, impact.

    Parameters
    ----------
    themes
        `by`, n, base, share, ci_low, ci_high and, where known, `name` and `words`.
    by
        `theme` or `aspect`; names the figure.
    title, subtitle
        See `Figure`.
    tone, apart
        As `measure_tone` and `compare_tone_to_rest` give them by `by`.
    impact
        by, metric (one), n, estimate, ci_low, ci_high, q_value; see `measure_theme_impact`.
    labels
        Names by language where `themes` has no column `name`.
    otherwise
        What is said where there is no theme.

    Raises
    ------
    DataError
        A column is missing.
    """
    require_columns(themes, by, "n", "base", "share", "ci_low", "ci_high")
    known = themes.filter(pl.col("share").is_not_null())
    if known.is_empty():
        missing = message("Too few comments for themes: nothing is drawn.")
        return show_note(otherwise or missing, tone="missing", language=language)
    table = _joined(known, by=by, tone=tone, apart=apart, impact=impact)
    shown = labels or {}
    group = message("Theme") if by == "theme" else Message(GROUPS.get(by, by))
    is_points = impact is None or impact.is_empty() or impact["metric"][0] == "nps"
    return Figure(
        f"share-by-{by}",
        title=title,
        subtitle=subtitle,
        alt=message("Rows with share, tone and score, {n:count} of them. {title}",
                    n=_drawn(table).height, title=title),
        draw=_drawer(table, by=by, labels=shown, is_points=is_points),
        table=table,
        columns=_columns(table, by=by, group=group, labels=shown, is_points=is_points),
        language=language,
    )  # fmt: skip


def _drawer(table: pl.DataFrame, *, by: str, labels: Labels, is_points: bool) -> Draw:
    def draw(language: str, width: int) -> alt.TopLevelMixin:
        rows = _drawn(table)
        name = pl.col("name") if "name" in rows.columns else named(by, labels, language)
        small = [_small(row, language) for row in rows.rows(named=True)]
        rows = rows.with_columns(name.alias("label"), pl.Series("small", small))
        panels = _panels(rows, language, is_points=is_points)
        return draw_panels(rows, panels, language=language, width=width)

    return draw


def _joined(
    themes: pl.DataFrame,
    *,
    by: str,
    tone: pl.DataFrame | None,
    apart: pl.DataFrame | None,
    impact: pl.DataFrame | None,
) -> pl.DataFrame:
    """One row a theme, the figures of each panel under the panel's name."""
    ends = {"estimate": "", "ci_low": "_low", "ci_high": "_high"}

    def renamed(table: pl.DataFrame, panel: str, factor: float) -> pl.DataFrame:
        figures = [(pl.col(c) * factor).alias(f"{panel}{end}") for c, end in ends.items()]
        return table.select(by, *figures)

    rows = themes.rename({"ci_low": "share_low", "ci_high": "share_high"})
    if tone is not None:
        rows = rows.join(renamed(tone, "tone", 100.0), on=by, how="left", maintain_order="left")
        hidden = pl.when(pl.col("tone").is_null()).then(pl.lit("hidden"))
        rows = rows.with_columns(hidden.alias("tone_note"))
    if apart is not None:
        verdicts = apart.select(by, pl.col("polarity").alias("tone_polarity"))
        rows = rows.join(verdicts, on=by, how="left", maintain_order="left")
    if impact is not None and impact.height:
        factor = 1.0 if impact["metric"][0] == "nps" else 100.0
        side = pl.when(pl.col("estimate") < 0).then(pl.lit("bad")).otherwise(pl.lit("good"))
        called = pl.when(pl.col("q_value") <= 0.05).then(side).otherwise(pl.lit("neutral"))
        verdicts = impact.select(by, called.alias("impact_polarity"), pl.col("q_value"))
        rows = rows.join(
            renamed(impact, "impact", factor), on=by, how="left", maintain_order="left"
        )
        rows = rows.join(verdicts, on=by, how="left", maintain_order="left")
    # Shares of different languages have different bases: no order runs across them.
    return rows.sort("base", "share", descending=True, maintain_order=True)


def _drawn(table: pl.DataFrame) -> pl.DataFrame:
    """The most frequent rows of each language."""
    if "language" not in table.columns:
        return table.head(LARGEST)
    each = max(LARGEST // max(table["language"].n_unique(), 1), 1)
    kept = table.group_by("language", maintain_order=True).head(each)
    return kept.select(table.columns)


def _small(row: Mapping[str, object], language: str) -> str:
    said = message("n {n:count}", n=row["n"])
    if row.get("language") in IN_LANGUAGE:
        spoken = Message(IN_LANGUAGE[str(row["language"])])
        said = message("n {n:count} {spoken}", n=row["n"], spoken=spoken)
    if row.get("tone_note") is not None:
        said = message("{said} · tone hidden", said=said)
    return said.in_language(language)


def _panels(rows: pl.DataFrame, language: str, *, is_points: bool) -> list[Panel]:
    panels = [Panel("share", translate(_SHARE, language), "share", is_bar=True)]
    if "tone" in rows.columns:
        panels.append(Panel("tone", translate(_TONE, language), "signed"))
    if "impact" in rows.columns:
        text, short = (_IMPACT, _SHORT) if is_points else (_IMPACT_SHARE, _SHORT_SHARE)
        said = (translate(one, language) for one in (text, short))
        panels.append(Panel("impact", next(said), "signed1", short=next(said)))
    return panels


def _columns(
    table: pl.DataFrame, *, by: str, group: Message, labels: Labels, is_points: bool
) -> tuple[Column, ...]:
    interval = message("95% interval")
    first = Column("name", group, raw=(by, "name")) if "name" in table.columns else Column(
        by, group, labels=labels
    )  # fmt: skip
    columns = [
        first,
        Column("n", message("Comments"), "count"),
        Column("base", message("of all"), "count"),
        Column("share", message("Share"), "share1"),
        Column("share_low", interval, "share1", upper="share_high"),
    ]
    if "tone" in table.columns:
        columns += [
            Column("tone", message("Net tone"), "signed"),
            Column("tone_low", interval, "signed", upper="tone_high"),
        ]
    if "tone_note" in table.columns and table["tone_note"].is_not_null().any():
        note = in_every_language({"hidden": _HIDDEN})
        columns.append(Column("tone_note", message("Note"), labels=note))
    if "impact" in table.columns:
        head = Message(_SHORT if is_points else _SHORT_SHARE)
        columns += [
            Column("impact", head, "signed1"),
            Column("impact_low", interval, "signed1", upper="impact_high"),
        ]
    return tuple(columns)
