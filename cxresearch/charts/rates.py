"""How often does something happen, group by group or month by month, and how often was expected?

The unit is one rate with its interval and, as a mark, what it is held against: what was foretold,
or the rate of all. A rate that few people make is written as hidden. Nothing is computed here.
"""

import altair as alt
import polars as pl

from cxresearch.actions.findings import UNITS
from cxresearch.charts.answer import Note
from cxresearch.charts.figure import Figure
from cxresearch.charts.marks import (
    TURN_BELOW,
    Labels,
    blank_hidden,
    draw_dots,
    draw_track,
    write_labels,
)
from cxresearch.charts.scores import nothing_to_draw
from cxresearch.charts.table import Column
from cxresearch.errors import require_columns
from cxresearch.language import Message, message


def plot_rates(
    rates: pl.DataFrame,
    *,
    name: str,
    by: str,
    title: Message,
    subtitle: Message,
    group: Message,
    counted: Message,
    rate: Message,
    mark: Message | None = None,
    unit: str = "rate",
    labels: Labels | None = None,
    otherwise: Message | None = None,
    language: str = "en",
    is_headline: bool = False,
) -> Figure | Note:
    """Rates as dots with intervals, one a row; a mark is what each is held against.

    Parameters
    ----------
    rates
        Columns `by`, `n`, `estimate`, `ci_low`, `ci_high`; where present `target` is the mark,
        `polarity` colours the dot, `n_left` stands in the table.
    group, counted, rate, mark
        What a group is, what `n` counts, what is drawn, and what the mark is: heads of columns.
    unit
        `rate`, or another name in `UNITS`.
    title, subtitle, labels, otherwise, name, is_headline
        As in `scores.plot_scores`.

    Raises
    ------
    DataError
        A column is missing.
    """
    require_columns(rates, by, "n", "estimate", "ci_low", "ci_high")
    if rates.is_empty():
        return nothing_to_draw(language, otherwise)
    known, table = labels or {}, blank_hidden(rates)

    def draw(language: str, width: int) -> alt.TopLevelMixin:
        rows = write_labels(table, by=by, unit=unit, labels=known, language=language)
        is_narrow = width < TURN_BELOW
        return draw_dots(rows, unit=unit, language=language, is_narrow=is_narrow, has_zero=True)

    spec = UNITS[unit][0]
    marked = (Column("target", mark, spec),) if mark and "target" in table.columns else ()
    left = (Column("n_left", message("Left"), "count"),) if "n_left" in table.columns else ()
    return Figure(
        name,
        title=title,
        subtitle=subtitle,
        alt=message("Dots with intervals, {n:count} rows. {title}", n=table.height, title=title),
        draw=draw,
        table=table,
        columns=(
            Column(by, group, labels=known),
            Column("n", counted, "count"),
            *left,
            Column("estimate", rate, spec),
            Column("ci_low", message("95% interval"), spec, upper="ci_high"),
            *marked,
        ),
        language=language,
        is_headline=is_headline,
    )


def plot_rate_track(
    rates: pl.DataFrame,
    *,
    name: str,
    title: Message,
    subtitle: Message,
    counted: Message,
    rate: Message,
    otherwise: Message | None = None,
    language: str = "en",
    is_headline: bool = False,
) -> Figure | Note:
    """A rate over consecutive months, with its usual ups and downs.

    Parameters
    ----------
    rates
        As `leaving_rate.track_leaving` returns it.
    counted, rate, title, subtitle, otherwise, name, is_headline
        As in `plot_rates`.

    Raises
    ------
    DataError
        A column is missing.
    """
    require_columns(rates, "period", "period_start", "n", "n_left", "estimate", "ci_low", "ci_high")
    if rates["estimate"].null_count() == rates.height:
        return nothing_to_draw(language, otherwise)

    def draw(language: str, width: int) -> alt.TopLevelMixin:
        return draw_track(rates, unit="rate", language=language)

    return Figure(
        name,
        title=title,
        subtitle=subtitle,
        alt=message("Line over {n:count} periods. {title}", n=rates.height, title=title),
        draw=draw,
        table=rates,
        columns=(
            Column("period", message("Period"), "short_period"),
            Column("n", counted, "count"),
            Column("n_left", message("Left"), "count"),
            Column("estimate", rate, "share1"),
            Column("ci_low", message("95% interval"), "share1", upper="ci_high"),
            Column("limit_low", message("Usual ups and downs"), "share1", upper="limit_high"),
        ),
        language=language,
        is_headline=is_headline,
    )
