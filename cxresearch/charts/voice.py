"""How is the tone of comments shown, group by group?

The unit is one group of comments as `transforms.text.measure` counts it. What is unknown stands
beside and in no bar; what is hidden is written as hidden. A dot takes colour only where the group
lies beyond chance from all others.
"""

from collections.abc import Mapping

import altair as alt
import polars as pl

from cxresearch.charts.answer import Note, show_note
from cxresearch.charts.figure import Figure
from cxresearch.charts.marks import Labels
from cxresearch.charts.table import Column
from cxresearch.charts.theme import named
from cxresearch.charts.tone_rows import SOURCES, draw_tone
from cxresearch.errors import require_columns
from cxresearch.language import Message, format_value, in_every_language, mark, message

_NEEDED = ("n", "n_unknown", "base", "share_positive", "share_negative", "estimate", "ci_low",
           "ci_high", "is_reliable")  # fmt: skip


GROUPS = {
    "touchpoint": mark("Touchpoint"),
    "channel": mark("Channel"),
    "aspect": mark("Need"),
    "language": mark("Language"),
}
"""What a group is, at the head of its column."""


def plot_tone(
    tone: pl.DataFrame,
    *,
    by: str,
    title: Message,
    subtitle: Message,
    apart: pl.DataFrame | None = None,
    unasked: pl.DataFrame | None = None,
    labels: Labels | None = None,
    otherwise: Message | None = None,
    language: str = "en",
    is_headline: bool = False,
) -> Figure | Note:
    """Share negative and positive of each group, with the net tone and its interval.

    Parameters
    ----------
    tone
        As `measure_tone` by `by`; drawn from the lowest net tone to the highest, hidden ones last.
    by
        `touchpoint`, `channel` or another column of groups; names the figure.
    title, subtitle, is_headline
        See `Figure`.
    apart
        As `compare_tone_to_rest`: which groups take colour; of `unasked` where `tone` has no row.
    unasked
        As `tone`, of comments that name the group unasked: a second line, never added to the first,
        for the groups of which enough is known.
    labels
        Names of the groups by language.
    otherwise
        What is said where there is no group.

    Raises
    ------
    DataError
        A column is missing.
    """
    require_columns(tone, by, *_NEEDED)
    table = _in_order(tone, unasked, by=by, apart=apart)
    if table.is_empty():
        missing = message("No comment to read here: nothing is drawn.")
        return show_note(otherwise or missing, tone="missing", language=language)
    known = labels or {}

    def draw(language: str, width: int) -> alt.TopLevelMixin:
        rows = table.with_columns(named(by, known, language).alias("name"))
        return draw_tone(rows.rows(named=True), language=language, width=width)

    return Figure(
        f"tone-by-{by}",
        title=title,
        subtitle=subtitle,
        alt=_alt(table, by=by, title=title, labels=known),
        draw=draw,
        table=table,
        columns=_columns(table, by=by, labels=known),
        language=language,
        is_headline=is_headline,
    )


def _in_order(
    tone: pl.DataFrame, unasked: pl.DataFrame | None, *, by: str, apart: pl.DataFrame | None
) -> pl.DataFrame:
    """The lines of the chart: lowest first, what was asked before what was named."""
    parts = [tone.with_columns(source=pl.lit("asked"))]
    if unasked is not None:
        shown = unasked.filter(~pl.col("is_suppressed"), pl.col("estimate").is_not_null())
        parts.append(shown.with_columns(source=pl.lit("named")))
    lines = pl.concat(parts, how="diagonal_relaxed")
    first = lines.group_by(by).agg(
        pl.col("estimate").filter(source="asked").first().alias("_asked"),
        pl.col("estimate").first().alias("_any"),
    )
    place = first.select(by, pl.coalesce("_asked", "_any").alias("_place"))
    # What is drawn of those asked or, where nobody was, of those who speak of it unasked.
    verdicts = _verdicts(apart, by=by, source="named" if tone.is_empty() else "asked")
    shares = {
        "share_unknown": pl.when(pl.col("n") > 0).then(pl.col("n_unknown") / pl.col("n")),
        "net": pl.col("estimate") * 100,
        "net_low": pl.col("ci_low") * 100,
        "net_high": pl.col("ci_high") * 100,
    }
    return (
        lines.drop("polarity", strict=False)
        .join(verdicts, on=[by, "source"], how="left")
        .join(place, on=by, how="left", nulls_equal=True)
        .with_columns(
            pl.col("polarity").fill_null("neutral"),
            *(expression.cast(pl.Float64).alias(name) for name, expression in shares.items()),
        )
        .sort("_place", by, "source", nulls_last=True)
        .drop("_place")
    )


def _verdicts(apart: pl.DataFrame | None, *, by: str, source: str) -> pl.DataFrame:
    if apart is None:
        return pl.DataFrame(schema={by: pl.String, "source": pl.String, "polarity": pl.String})
    return apart.select(pl.col(by).cast(pl.String), pl.lit(source).alias("source"), "polarity")


def _columns(table: pl.DataFrame, *, by: str, labels: Labels) -> tuple[Column, ...]:
    spoke = Column("source", message("Who spoke"), labels=in_every_language(SOURCES))
    return (
        Column(by, Message(GROUPS.get(by, by)), labels=labels),
        *((spoke,) if table["source"].n_unique() > 1 else ()),
        Column("n", message("Comments"), "count"),
        Column("base", message("of which speak"), "count"),
        Column("share_negative", message("Negative"), "share1"),
        Column("share_mixed", message("Mixed"), "share1"),
        Column("share_neutral", message("Neutral"), "share1"),
        Column("share_positive", message("Positive"), "share1"),
        Column("net", message("Net tone"), "signed"),
        Column("net_low", message("95% interval"), "signed", upper="net_high"),
        Column("share_unknown", message("Unknown"), "share1"),
    )


def _alt(table: pl.DataFrame, *, by: str, title: Message, labels: Labels) -> Message:
    shown = table.filter(pl.col("estimate").is_not_null())
    if shown.is_empty():
        return message("Bars of negative and positive comments. Every group is hidden or unknown.")
    low, high = (
        shown.sort("estimate").row(0, named=True),
        shown.sort("estimate").row(-1, named=True),
    )

    def called(row: Mapping[str, str]) -> Mapping[str, str] | str:
        return labels.get(row[by], format_value(row[by], "", "en"))

    return message(
        "Bars of negative and positive comments, {n:count} groups: net tone from {low:signed} "
        "({lowest}) to {high:signed} ({highest}). {title}",
        n=table[by].n_unique(),
        low=low["net"],
        lowest=called(low),
        high=high["net"],
        highest=called(high),
        title=title,
    )
