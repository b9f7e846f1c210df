"""Is a promise delivered better or worse than some months ago?

Unit of observation: as in `promise`; a row of the result is one promise in one stretch of the
period. Stretches do not overlap and end with the period. Each has its own interval: two stretches
whose intervals overlap may be alike, and many stretches will hold one that stands out by chance.

It cannot say what made the difference, nor whether a stretch is out of the ordinary: for that see
`tracking` on the answers themselves, which knows how much periods differ anyway.
"""

import polars as pl

from cxresearch.errors import ParameterError
from cxresearch.intake.tables import StudyTables
from cxresearch.period import Period, periods_until
from cxresearch.transforms.promise import measure_promises
from cxresearch.transforms.suppress import suppress_small_cells

EVERY_MONTHS = 3
"""Length of a stretch."""

TRACK_COLUMNS = (
    *(
        "touchpoint",
        "period",
        "period_start",
        "target",
        "unit",
        "is_at_most",
        "estimate",
        "ci_low",
        "ci_high",
    ),
    *("n", "n_respondents", "gap", "is_suppressed"),
)
_FIGURES = ("estimate", "ci_low", "ci_high", "n", "n_respondents", "gap")


def track_promises(
    tables: StudyTables,
    *,
    period: Period,
    every_months: int = EVERY_MONTHS,
    hide_below: int | None = None,
) -> pl.DataFrame:
    """Every promise of a touchpoint, stretch by stretch.

    Parameters
    ----------
    tables, hide_below
        As `promise.measure_promises`.
    period
        Usually `period.window(PROMISE_MONTHS)`.
    every_months
        Length of a stretch; what is left over at the start of the period is not shown.

    Returns
    -------
    pl.DataFrame
        touchpoint, period (label), period_start, target, unit, is_at_most, estimate, ci_low,
        ci_high, n, n_respondents, gap (negative: worse than promised), is_suppressed (few people,
        or what a stretch of few people could be found from). Stretches in order, the last one ends
        with the period.

    Raises
    ------
    ParameterError
        every_months is below 1.
    """
    if every_months < 1:
        raise ParameterError(f"every_months={every_months}", allowed="1 or more")
    months = round(period.days / 30.44)
    stretches = periods_until(period.window(every_months), max(months // every_months, 1))
    series = pl.concat(
        measure_promises(tables, period=stretch, hide_below=hide_below).with_columns(
            pl.lit(stretch.label).alias("period"),
            pl.lit(stretch.start).alias("period_start"),
            pl.lit(number).alias("_stretch"),
        )
        for number, stretch in enumerate(stretches)
    )
    threshold = tables.study.privacy.hide_below if hide_below is None else hide_below
    return _protect(series, threshold=threshold)


def _protect(series: pl.DataFrame, *, threshold: int) -> pl.DataFrame:
    """The whole period is shown beside: a hidden stretch takes another one along."""
    key = ["touchpoint", "_stretch"]
    cells = series.select(*key, "is_suppressed", *_FIGURES)
    protected = suppress_small_cells(cells, by="_stretch", within="touchpoint", threshold=threshold)
    known = series.select(*key, "period", "period_start", "target", "unit", "is_at_most")
    order = series.select("touchpoint").unique(maintain_order=True).with_row_index("_order")
    return (
        known.join(protected, on=key)
        .join(order, on="touchpoint")
        .sort("_order", "_stretch")
        .select(TRACK_COLUMNS)
    )
