"""How are changes drawn? A dot for the change with its interval, on an axis through no change.

The unit is one group, then and now: a touchpoint whose tone moved, a theme that more people write
of. The figures before and after stand beneath the name; colour says that the change is more than
chance, the side of the axis which way it went.
"""

import altair as alt
import polars as pl

from cxresearch.charts.answer import Note, show_note
from cxresearch.charts.figure import Figure
from cxresearch.charts.marks import Labels
from cxresearch.charts.panels import Panel, draw_panels
from cxresearch.charts.table import Column
from cxresearch.charts.theme import named
from cxresearch.errors import require_columns
from cxresearch.language import Message, mark, message, translate

LARGEST, LEAST = 16, 5
"""At most and, as far as there are, at least so many rows are drawn; the table has all."""

_POINTS, _SHARES = mark("Change in net tone, points"), mark("Change in share, percentage points")
_FROM_TO = {
    "points": mark("{before:signed} → {now:signed} · n {n:count}"),
    "share": mark("{before:share1} → {now:share1} · n {n:count}"),
}


def plot_moved(
    change: pl.DataFrame,
    *,
    title: Message,
    subtitle: Message,
    labels: Labels | None = None,
    otherwise: Message | None = None,
    language: str = "en",
) -> Figure | Note:
    """The change in net tone of each touchpoint, from the largest fall to the largest rise.

    Parameters
    ----------
    change
        As `measure.compare_tone` by touchpoint.
    title, subtitle
        The finding; what is drawn.
    labels
        Names of touchpoints by language.
    otherwise
        What is said where nothing can be compared.

    Raises
    ------
    DataError
        A column is missing.
    """
    require_columns(change, "touchpoint", "n", "level", "before", "estimate", "polarity")
    shown = change.filter(pl.col("estimate").is_not_null()).with_columns(
        pl.col("estimate", "ci_low", "ci_high", "level", "before") * 100
    )
    # Every touchpoint is worth a look: none is left out for not having moved.
    rows = shown.rename({"touchpoint": "label", "level": "now"}).with_columns(is_called=True)
    return _plot(
        rows, name="moved", unit="points", title=title, subtitle=subtitle, labels=labels or {},
        group=message("Touchpoint"), otherwise=otherwise, language=language,
    )  # fmt: skip


def plot_new(
    emerging: pl.DataFrame,
    *,
    title: Message,
    subtitle: Message,
    otherwise: Message | None = None,
    language: str = "en",
) -> Figure | Note:
    """The change in the share of comments that speak of each theme.

    Parameters
    ----------
    emerging
        name, n, share, share_before, estimate, ci_low, ci_high, q_value, as `find_emerging` gives
        them; a theme that rose is neither good nor bad unless there is `polarity`.
    title, subtitle, otherwise
        As `plot_moved`.

    Raises
    ------
    DataError
        A column is missing.
    """
    require_columns(emerging, "name", "n", "share", "share_before", "estimate", "q_value")
    called = pl.col("q_value") <= 0.05
    side = pl.col("polarity") if "polarity" in emerging.columns else pl.lit("good")
    shown = emerging.filter(pl.col("estimate").is_not_null()).with_columns(
        called.fill_null(value=False).alias("is_called"),
        pl.when(called).then(side).otherwise(pl.lit("neutral")).alias("polarity"),
    )
    rows = shown.rename({"name": "label", "share": "now", "share_before": "before"})
    return _plot(
        rows, name="new", unit="share", title=title, subtitle=subtitle, labels={},
        group=message("Theme"), otherwise=otherwise, language=language,
    )  # fmt: skip


def _plot(
    rows: pl.DataFrame,
    *,
    name: str,
    unit: str,
    title: Message,
    subtitle: Message,
    labels: Labels,
    group: Message,
    otherwise: Message | None,
    language: str,
) -> Figure | Note:
    if rows.is_empty():
        missing = message("Too few comments before or after: nothing can be compared.")
        return show_note(otherwise or missing, tone="missing", language=language)
    table = rows.sort("estimate", descending=True, maintain_order=True)
    is_called = pl.col("is_called")
    largest = table.sort(~is_called, -pl.col("estimate").abs(), maintain_order=True)
    # What is more than chance stands alone where there is enough of it.
    enough = max(LEAST, int(table["is_called"].sum()))
    drawn = largest.head(min(enough, LARGEST)).sort(
        "estimate", descending=True, maintain_order=True
    )
    spec = {"points": "signed", "share": "share1"}[unit]

    def draw(language: str, width: int) -> alt.TopLevelMixin:
        small = [
            Message(_FROM_TO[unit], {key: row[key] for key in ("before", "now", "n")})
            for row in drawn.rows(named=True)
        ]
        ready = drawn.with_columns(
            named("label", labels, language).alias("label"),
            pl.Series("small", [text.in_language(language) for text in small]),
            *(pl.col(c).alias(to) for c, to in (
                ("estimate", "change"), ("ci_low", "change_low"), ("ci_high", "change_high"),
                ("polarity", "change_polarity"),
            )),
        )  # fmt: skip
        head = translate(_POINTS if unit == "points" else _SHARES, language)
        panel = Panel("change", head, {"points": "signed", "share": "gap"}[unit])
        return draw_panels(ready, [panel], language=language, width=width)

    return Figure(
        name,
        title=title,
        subtitle=subtitle,
        alt=message("Dots with intervals around no change, {n:count} rows. {title}",
                    n=drawn.height, title=title),
        draw=draw,
        table=table,
        columns=(
            Column("label", group, labels=labels),
            Column("n", message("Comments"), "count"),
            *((Column("n_before", message("Comments before"), "count"),)
              if "n_before" in table.columns else ()),
            Column("before", message("Before"), spec),
            Column("now", message("Now"), spec),
            Column("estimate", message("Change"), {"points": "signed", "share": "gap"}[unit]),
            Column("ci_low", message("95% interval"), {"points": "signed", "share": "gap"}[unit],
                   upper="ci_high"),
        ),
        language=language,
    )  # fmt: skip
