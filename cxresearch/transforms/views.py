"""Promised, expected, seen by ourselves, felt: do the views of a touchpoint agree?

Unit of observation: an answer; a row of the result is one view of one touchpoint. All views are
the same figure, the share who are satisfied (the two best grades), so that they can stand side by
side. Base: the answers of one voice to one question about the touchpoint; views are never pooled.

It cannot say which view is right: those who expect, those who walk through and those who felt it
are different people at different times.
"""

import polars as pl

from cxresearch.intake.tables import StudyTables
from cxresearch.period import Period
from cxresearch.study import Promise
from cxresearch.transforms.metrics import measure
from cxresearch.transforms.questions import (
    TOUCHPOINT,
    Question,
    answers_in,
    threshold_of,
    weight_of,
)
from cxresearch.transforms.scales import METRICS
from cxresearch.transforms.suppress import suppress_small_cells

VIEWS = ("promised", "expected", "walkthrough", "felt")
"""The views, in the order in which they arise."""

VIEW_COLUMNS = (
    *("touchpoint", "view", "measure", "unit", "n", "n_respondents"),
    *("estimate", "ci_low", "ci_high", "base", "is_reliable"),
)

_QUESTIONS = {
    "expected": Question("customer", "expectation", TOUCHPOINT),
    "walkthrough": Question("walkthrough", "csat", TOUCHPOINT),
    "felt": Question("customer", "csat", TOUCHPOINT),
}
_SCHEMA = {
    **dict.fromkeys(("touchpoint", "view", "measure", "unit"), pl.String),
    **dict.fromkeys(("n", "n_respondents"), pl.Int64),
    **dict.fromkeys(("estimate", "ci_low", "ci_high"), pl.Float64),
    "base": pl.String,
    "is_reliable": pl.Boolean,
}


def measure_views(
    tables: StudyTables, *, period: Period, hide_below: int | None = None
) -> pl.DataFrame:
    """Every view of every touchpoint that exists, as the share satisfied.

    Parameters
    ----------
    tables
        A prepared study. The promise of a touchpoint is a view where it is a share of satisfaction
        counted as the answers are: the two best grades.
    period
        Usually `period.window(PROMISE_MONTHS)`.
    hide_below
        Least number of people shown, but for our own walk-throughs; default the study's.

    Returns
    -------
    pl.DataFrame
        touchpoint, view (`promised`, `expected`: what customers say they expect, `walkthrough`:
        our own, `felt`: what customers say afterwards), measure (`csat`, `expectation`), unit
        (`share`), n, n_respondents, estimate, ci_low, ci_high (null for a promise), base,
        is_reliable. Touchpoints in the order of experience.yml, then others; no row for a view
        that does not exist or is hidden.
    """
    threshold = tables.study.privacy.hide_below if hide_below is None else hide_below
    parts = [_promised(tables)]
    if tables.responses is not None:
        parts += [
            _seen(tables.responses, view, period=period, threshold=threshold) for view in _QUESTIONS
        ]
    drawn = {place.id: n for n, place in enumerate(tables.study.experience.touchpoints)}
    place = pl.col("touchpoint").replace_strict(drawn, default=len(drawn), return_dtype=pl.Int64)
    order = pl.col("view").replace_strict({view: n for n, view in enumerate(VIEWS)})
    return pl.concat(parts).sort(place, "touchpoint", order).select(VIEW_COLUMNS)


def _promised(tables: StudyTables) -> pl.DataFrame:
    rows = [
        {
            "touchpoint": place.id,
            "view": "promised",
            "measure": "csat",
            "unit": "share",
            "estimate": place.promise.target,
            "is_reliable": True,
        }
        for place in tables.study.experience.touchpoints
        if place.promise and _is_top_two(place.promise)
    ]
    return pl.DataFrame(rows, schema=_SCHEMA)


def _is_top_two(promise: Promise) -> bool:
    best = METRICS["csat"].native[1] - 1
    is_share = (promise.measure, promise.statistic) == ("csat", "share")
    is_floor = promise.at_least is not None and promise.channel is None
    return is_share and is_floor and promise.threshold in (None, best)


def _seen(responses: pl.LazyFrame, view: str, *, period: Period, threshold: int) -> pl.DataFrame:
    question = _QUESTIONS[view]
    answers = answers_in(responses, question, period)
    scores = measure(answers, metric=question.measure, by="touchpoint", weight=weight_of(answers))
    cells = suppress_small_cells(
        scores, by="touchpoint", threshold=threshold_of(question, threshold)
    )
    return cells.filter(pl.col("estimate").is_not_null()).select(
        "touchpoint",
        pl.lit(view).alias("view"),
        pl.lit(question.metric).alias("measure"),
        pl.lit("share").alias("unit"),
        *list(_SCHEMA)[4:],
    )
