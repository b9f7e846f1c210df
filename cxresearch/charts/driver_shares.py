"""What moves together with leaving and with the scores? Parts of their differences, drawn as bars.

The unit is one driver and outcome. The rows keep the order of the journey, so that nobody reads a
rank into them: this is co-movement, and a driver of no effect may have a long bar. Nothing is
computed here.
"""

from collections.abc import Sequence

import altair as alt
import polars as pl

from cxresearch.actions.driver_sentences import OUTCOMES
from cxresearch.charts import theme
from cxresearch.charts.answer import Note, show_note
from cxresearch.charts.figure import Figure
from cxresearch.charts.marks import Labels
from cxresearch.charts.panels import Panel, draw_panels
from cxresearch.charts.table import Column
from cxresearch.errors import require_columns
from cxresearch.language import Message, in_every_language, message, translate


def plot_together(
    together: pl.DataFrame,
    *,
    title: Message,
    subtitle: Message,
    labels: Labels | None = None,
    order: Sequence[str] = (),
    otherwise: Message | None = None,
    language: str = "en",
) -> Figure | Note:
    """The part of each outcome's differences that goes with each driver, an outcome a panel.

    Parameters
    ----------
    together
        As `measure_co_movement` returns it, with `outcome`.
    title, subtitle
        The finding; what is drawn.
    labels
        Names of drivers by language.
    order
        Drivers in the order of the journey; others come last.
    otherwise
        What is said where nothing can be shared.

    Raises
    ------
    DataError
        A column is missing.
    """
    require_columns(together, "outcome", "driver", "estimate", "ci_low", "ci_high", "n", "r2")
    require_columns(together, "relative_weight")
    known = together.filter(pl.col("estimate").is_not_null())
    if known.is_empty():
        missing = message("Too few answers and leavers to see what moves together.")
        return show_note(otherwise or missing, tone="missing", language=language)
    labels = labels or {}
    drivers = known["driver"].unique(maintain_order=True).to_list()
    others = sorted(set(drivers) - set(order))
    place = {name: number for number, name in enumerate([*order, *others])}
    outcomes = [name for name in OUTCOMES if name in known["outcome"].to_list()]
    table = known.sort(
        pl.col("outcome").replace_strict({name: n for n, name in enumerate(OUTCOMES)}),
        pl.col("driver").replace_strict(place),
        maintain_order=True,
    )

    def draw(language: str, width: int) -> alt.TopLevelMixin:
        rows = _spread(table, outcomes, sorted(drivers, key=place.__getitem__))
        written = rows.with_columns(
            theme.named("driver", labels, language).alias("label"), pl.lit("").alias("small")
        )
        panels = [_panel(table, name, language) for name in outcomes]
        return draw_panels(written, panels, language=language, width=width)

    return Figure(
        "moves-together",
        title=title,
        subtitle=subtitle,
        alt=message(
            "Bars with intervals in the order of the journey: which part of the differences goes "
            "with each of {n:count} drivers. {title}",
            n=len(drivers),
            title=title,
        ),
        draw=draw,
        table=table,
        columns=(
            Column("outcome", message("Outcome"), labels=in_every_language(OUTCOMES)),
            Column("driver", message("Driver"), labels=labels),
            Column("n", message("n"), "count"),
            Column("estimate", message("Part of the differences"), "share1"),
            Column("ci_low", message("95% interval"), "share1", upper="ci_high"),
            Column("relative_weight", message("By relative weights"), "share1"),
        ),
        language=language,
    )


def _panel(table: pl.DataFrame, outcome: str, language: str) -> Panel:
    r2 = table.filter(pl.col("outcome") == outcome)["r2"][0]
    head = message(
        "{outcome}, {r2:share1} in all",
        outcome=Message(OUTCOMES[outcome]),
        r2=r2,
    )
    return Panel(
        outcome, head.in_language(language), "share1", is_bar=True, colour=theme.STEPS[1],
        short=translate(OUTCOMES[outcome], language),
    )  # fmt: skip


def _spread(table: pl.DataFrame, outcomes: Sequence[str], drivers: Sequence[str]) -> pl.DataFrame:
    """A row a driver, three columns an outcome."""
    rows = pl.DataFrame({"driver": drivers})
    for name in outcomes:
        own = table.filter(pl.col("outcome") == name).select(
            "driver",
            pl.col("estimate").alias(name),
            pl.col("ci_low").alias(f"{name}_low"),
            pl.col("ci_high").alias(f"{name}_high"),
        )
        rows = rows.join(own, on="driver", how="left", maintain_order="left")
    return rows
