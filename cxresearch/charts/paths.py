"""What follows what, step by step, and after how long? The lived paths as grids and dots.

The unit is a step from one touchpoint to the next, or a touchpoint at a step. Shares stand in
grids of five shades with the figure written in the cell, so that no shade has to be read alone.
What comes next is not what was caused: the charts say "next", never "because of".
"""

from collections.abc import Mapping, Sequence

import altair as alt
import polars as pl

from cxresearch.charts import theme
from cxresearch.charts.answer import Note, show_note
from cxresearch.charts.figure import Figure
from cxresearch.charts.grid import draw_grid
from cxresearch.charts.marks import TURN_BELOW, Labels
from cxresearch.charts.table import Column
from cxresearch.errors import require_columns
from cxresearch.language import (
    Message,
    format_value,
    in_every_language,
    mark,
    message,
    translate,
)

TOP = 12
"""At most so many steps on a telephone, and in the chart of times."""

_SAID = {"n": "count", "share": "share"}
_HEADS = {"end": mark("ends"), "other": mark("other")}
PLACES = {"other": mark("elsewhere"), "end": mark("the journey is over")}


def plot_transitions(
    transitions: pl.DataFrame,
    *,
    title: Message,
    subtitle: Message,
    labels: Labels | None = None,
    order: Sequence[str] | None = None,
    name: str = "transitions",
    language: str = "en",
) -> Figure | Note:
    """Where customers go from each touchpoint: a grid, and on a telephone the commonest steps.

    Parameters
    ----------
    transitions
        As `journey.count_transitions` returns it.
    title, subtitle
        The finding; what is drawn.
    labels
        Names of touchpoints by language.
    order
        The touchpoints in the order of the map; others follow. Default: as in the table.
    name
        See `Figure`.

    Raises
    ------
    DataError
        A column is missing.
    """
    require_columns(transitions, "from_touchpoint", "to_touchpoint", "n", "base", "share")
    rows = place_steps(transitions, "to_touchpoint").with_columns(
        pl.col("from_touchpoint").cast(pl.String)
    )
    if rows.is_empty():
        return nothing_lived(language)
    known = with_places(labels)
    names = _in_order(rows, "from_touchpoint", order)

    def draw(language: str, width: int) -> alt.TopLevelMixin:
        if width < TURN_BELOW:
            return _draw_commonest(rows, known, language=language)
        cells = rows.with_columns(
            pl.col("from_touchpoint").replace_strict(names, return_dtype=pl.Int64).alias("y"),
            pl.col("place").replace_strict(
                {**names, "other": len(names), "end": len(names) + 1}, default=len(names),
                return_dtype=pl.Int64,
            ).alias("x"),
        )  # fmt: skip
        texts = [f"{n + 1}  {_name(id_, known, language)}" for id_, n in names.items()]
        heads = [str(n + 1) for n in range(len(names))]
        ends = [translate(_HEADS[id_], language) for id_ in ("other", "end")]
        return draw_grid(cells, rows=texts, columns=[*heads, *ends], width=width)

    return Figure(
        name,
        title=title,
        subtitle=subtitle,
        alt=_alt_of_steps(rows, title=title, labels=known),
        draw=draw,
        table=rows.sort("n", descending=True, nulls_last=True),
        columns=(
            Column("from_touchpoint", message("From"), labels=known),
            Column("place", message("Next"), labels=known),
            Column("n", message("Departures"), "count"),
            Column("base", message("Of all departures"), "count"),
            Column("share", message("Share"), "share1"),
            Column("ci_low", message("95% interval"), "share1", upper="ci_high"),
            Column("median_days", message("Days between, median"), "number1"),
            Column("p90_days", message("Days between, nine in ten"), "number1"),
        ),
        language=language,
    )


def plot_steps(
    steps: pl.DataFrame,
    *,
    title: Message,
    subtitle: Message,
    labels: Labels | None = None,
    order: Sequence[str] | None = None,
    name: str = "step-matrix",
    language: str = "en",
) -> Figure | Note:
    """Where journeys are at their first, second, third step.

    Parameters
    ----------
    steps
        As `journey.count_steps` returns it.
    title, subtitle, labels, order, name
        As in `plot_transitions`.

    Raises
    ------
    DataError
        A column is missing.
    """
    require_columns(steps, "step", "touchpoint", "n", "base", "share")
    rows = place_steps(steps, "touchpoint")
    if rows.is_empty():
        return nothing_lived(language)
    known = with_places(labels)
    met = _in_order(rows, "place", order)
    at = {id_: n for n, id_ in enumerate([*(id_ for id_ in met if id_ not in PLACES), *PLACES])}

    def draw(language: str, width: int) -> alt.TopLevelMixin:
        cells = rows.with_columns(
            pl.col("place").replace_strict(at, return_dtype=pl.Int64).alias("y"),
            (pl.col("step") - 1).alias("x"),
        )
        texts = [_name(id_, known, language) for id_ in at]
        heads = [str(step) for step in rows["step"].unique().sort()]
        return draw_grid(cells, rows=texts, columns=heads, width=width)

    first = rows.filter(step=1).sort("share", descending=True, nulls_last=True).row(0, named=True)
    return Figure(
        name,
        title=title,
        subtitle=subtitle,
        alt=message(
            "Grid of {n:count} places by step. Most journeys begin at {place} ({share:share}). "
            "{title}",
            n=len(at),
            place=known.get(first["place"], first["place"]),
            share=first["share"],
            title=title,
        ),
        draw=draw,
        table=rows,
        columns=(
            Column("step", message("Step"), "count"),
            Column("place", message("Place"), labels=known),
            Column("n", message("Journeys"), "count"),
            Column("base", message("Of all journeys"), "count"),
            Column("share", message("Share"), "share1"),
            Column("ci_low", message("95% interval"), "share1", upper="ci_high"),
        ),
        language=language,
    )


def with_places(labels: Labels | None) -> dict[str, Mapping[str, str]]:
    """Names of touchpoints, of the end of a journey and of small places together."""
    return {**(labels or {}), **in_every_language(PLACES)}


def nothing_lived(language: str) -> Note:
    """What stands in place of a chart of paths without a row."""
    return show_note(
        message("No paths to draw: it takes contacts that can be tied to enough customers."),
        tone="missing",
        language=language,
    )


def place_steps(table: pl.DataFrame, touchpoint: str) -> pl.DataFrame:
    """The table with `place`: the touchpoint's id, `end` or `other`."""
    id_ = pl.col(touchpoint).cast(pl.String)
    if "place" not in table.columns:
        return table.with_columns(id_.fill_null("end").alias("place"))
    is_named = pl.col("place") == "touchpoint"
    return table.with_columns(
        pl.when(is_named).then(id_).otherwise("place").cast(pl.String).alias("place")
    )


def _in_order(rows: pl.DataFrame, column: str, order: Sequence[str] | None) -> dict[str, int]:
    present = rows[column].unique(maintain_order=True).to_list()
    met = rows.filter(pl.col("place").is_in(list(PLACES)).not_())["place"].to_list()
    wanted = [id_ for id_ in order or () if id_ in {*present, *met}]
    return {id_: n for n, id_ in enumerate(dict.fromkeys([*wanted, *present, *met]))}


def _name(id_: str, labels: Labels, language: str) -> str:
    return format_value(labels.get(id_, id_), "", language)


def name_steps(rows: pl.DataFrame, labels: Labels, language: str) -> pl.DataFrame:
    """Each step as "from → next" in words."""
    return rows.with_columns(
        pl.concat_str(
            theme.named("from_touchpoint", labels, language),
            pl.lit(" → "),
            theme.named("place", labels, language),
        ).alias("label")
    )


def _draw_commonest(rows: pl.DataFrame, labels: Labels, *, language: str) -> alt.TopLevelMixin:
    most = rows.filter(pl.col("place") != "end").sort("n", descending=True, nulls_last=True)
    named = name_steps(most.head(TOP), labels, language)
    counts = [
        " · ".join(format_value(row[name], spec, language) for name, spec in _SAID.items())
        for row in named.rows(named=True)
    ]
    chart = theme.base(named.select("label", "n", pl.Series("value", counts)))
    y = alt.Y("label:N").sort(None).title(None).axis(None)
    x = alt.X("n:Q").title(None).axis(None).scale(zero=True)
    return alt.layer(
        chart.mark_bar(height=8, yOffset=6, cornerRadiusEnd=2).encode(x=x, y=y),
        chart.mark_text(align="left", dy=-9).encode(x=alt.value(0), y=y, text="label:N"),
        chart.mark_text(align="left", dx=6, dy=6, color=theme.SOFT).encode(
            x=x, y=y, text="value:N"
        ),
    ).properties(height=alt.Step(42))


def _alt_of_steps(rows: pl.DataFrame, *, title: Message, labels: Labels) -> Message:
    steps = rows.filter(~pl.col("place").is_in(list(PLACES)))
    if steps.is_empty():
        return message("Grid of steps between touchpoints. {title}", title=title)
    row = steps.sort("n", descending=True, nulls_last=True).row(0, named=True)
    return message(
        "Grid of what follows each touchpoint. Most often: {first}, then {second} "
        "(after {share:share} of contacts there). {title}",
        first=labels.get(row["from_touchpoint"], row["from_touchpoint"]),
        second=labels.get(row["place"], row["place"]),
        share=row["share"],
        title=title,
    )
