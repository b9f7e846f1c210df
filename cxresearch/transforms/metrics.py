"""How satisfied are people, how far may the figure be off, and on how many answers does it rest?

Unit of observation: an answer to one question. Base: all answers with a score in the cell; blanks
are counted beside, never in the base. Every function takes any table with a column of scores, with
or without a study, and returns one row a combination of the `by` columns (one row without `by`).

What may not stand in one figure is refused: different scales, polarities or voices, and answers
about the whole (touchpoint null) with answers about a touchpoint. Where `respondent_id` is present,
answers of one person are one cluster and the interval widens accordingly; where it is absent every
answer counts as another person's and `n_respondents` is null.

It cannot say why people answered so, nor what those think who did not answer.
"""

import warnings
from collections.abc import Callable, Sequence
from inspect import signature
from typing import TypedDict, TypeVar, Unpack

import polars as pl

from cxresearch.errors import CxWarning, ParameterError
from cxresearch.transforms.calibration import with_calibration
from cxresearch.transforms.cells import (
    RELIABLE_FROM,
    RESPONDENT,
    Reading,
    as_names,
    summarise_cells,
)
from cxresearch.transforms.distribution import score_distribution as score_distribution
from cxresearch.transforms.estimates import ESTIMATE_COLUMNS, WEIGHTED_COLUMNS, estimate_cells
from cxresearch.transforms.scales import Table, find_metric


def measure(
    table: Table,
    *,
    metric: str,
    by: str | Sequence[str] = (),
    score: str = "score",
    respondent: str | None = RESPONDENT,
    weight: str | None = None,
    calibrated_on: str | Sequence[str] = (),
    confidence: float = 0.95,
) -> pl.DataFrame:
    """Any metric by its name, with its interval.

    Parameters
    ----------
    table
        A row is an answer. Only the column `score` is needed. Obeyed where present: `metric`
        (other metrics are left out), `scale_min`, `scale_max`, `high_is`, `touchpoint`, `voice`.
    metric
        `nps`, `enps`, `csat`, `stars`, `emoji`, `expectation`, `ces`, `ces_share`, or
        `share` (a column of true and false, or 1 and 0).
    by
        Columns whose combinations get a row each; a null value is a group of its own.
    score
        Column of scores; null and NaN are blanks.
    respondent
        Column that tells people apart; None, or the absence of `respondent_id`, makes every answer
        independent. Answers with a null id stand for themselves.
    weight
        Column of weights, 0 or more; None leaves the answers unweighted.
    calibrated_on
        Columns on which `weights.rake` made these weights: the interval then uses what the margins
        explain. Empty: the weights count as fixed, which is safe and somewhat wide.
    confidence
        Between 0 and 1.

    Returns
    -------
    pl.DataFrame
        by..., estimate, ci_low, ci_high, n (answers), n_respondents (people, null if unknown),
        n_blank, n_effective (independent equal answers with the same uncertainty), metric, base,
        scale_min, scale_max, high_is, is_reliable (30 people or more), is_suppressed (False); with
        a weight also estimate_unweighted and design_effect (Kish, of the weights alone). NPS in
        points -100 to 100, shares 0 to 1, `ces` in grades. Without an answer the estimate is null.
        Where more than half of fewer than 100 answers lie on one grade `ces` gives no mean (its
        interval would hold 64 to 77 % where 95 % is claimed); `ces_share` does.

    Raises
    ------
    DataError
        A column is missing; a score lies outside the scale; answers that do not belong in one
        figure are mixed; a weight is missing or negative.
    ParameterError
        The metric is unknown, or the confidence is not between 0 and 1.

    Examples
    --------
    >>> answers = pl.DataFrame({"score": [10, 9, 8, 3, None]})
    >>> measure(answers, metric="nps").select("n", "n_blank", "estimate").row(0)
    (4, 1, 25.0)
    """
    if not 0 < confidence < 1:
        raise ParameterError(f"confidence {confidence}", allowed="between 0 and 1, such as 0.95")
    reading = Reading(find_metric(metric), as_names(by), score, respondent, weight)
    cells = summarise_cells(table, reading)
    if margins := as_names(calibrated_on):
        cells = with_calibration(cells, table, reading, margins=margins)
    _doubt_scale(table, reading)
    estimates = estimate_cells(cells, metric=reading.metric, confidence=confidence)
    shown = [*reading.by, *ESTIMATE_COLUMNS, *(WEIGHTED_COLUMNS if weight else ())]
    return estimates.select(shown)


def _doubt_scale(table: Table, reading: Reading) -> None:
    """Warn where a scale is taken for granted and every answer lies in its lower half or so."""
    low, high = reading.metric.native
    if "scale_max" in table.collect_schema() or high - low < 6:
        return
    greatest = table.lazy().select(pl.col(reading.score).cast(pl.Float64).max(), pl.len()).collect()
    top, n = greatest.row(0)
    if top is not None and top <= 5 and n >= RELIABLE_FROM:
        warnings.warn(
            f"no answer above {top:g}, where {reading.metric.name} goes from {low} to {high}: is "
            "this another scale? Try csat(table), or table.with_columns(scale_min=pl.lit(1.0), "
            'scale_max=pl.lit(5.0), high_is=pl.lit("good"))',
            CxWarning,
            stacklevel=4,
        )


class Options(TypedDict, total=False):
    """What the metrics below may be told, with the meaning and the defaults of `measure`."""

    by: str | Sequence[str]
    score: str
    respondent: str | None
    weight: str | None
    confidence: float


_Metric = TypeVar("_Metric", bound=Callable[..., pl.DataFrame])


def _shown(function: _Metric) -> _Metric:
    """Show the options in help and completion; `metric` is the function itself."""
    whole = signature(measure)
    names = ("table", *Options.__annotations__)
    own = [whole.parameters[name] for name in names]
    vars(function)["__signature__"] = whole.replace(parameters=own)
    return function


@_shown
def nps(table: Table, **options: Unpack[Options]) -> pl.DataFrame:
    """Net Promoter Score: share of 9-10 less share of 0-6, in points -100 to 100.

    Only on 0 to 10, never rescaled. Interval: adjusted Wald (Rocks 2016, arXiv 1601.07235).
    Options, columns and errors as `measure`.

    Examples
    --------
    >>> nps(pl.DataFrame({"score": [10, 10, 9, 7, 0]})).select("n", "estimate").row(0)
    (5, 40.0)
    """
    return measure(table, metric="nps", **options)


@_shown
def enps(table: Table, **options: Unpack[Options]) -> pl.DataFrame:
    """Employee Net Promoter Score: `nps` of the voice `employee`.

    Where the table has no column `voice` all answers are taken as employees'.

    Examples
    --------
    >>> enps(pl.DataFrame({"score": [10, 0], "voice": ["employee", "customer"]}))["n"].item()
    1
    """
    return measure(table, metric="enps", **options)


@_shown
def csat(table: Table, **options: Unpack[Options]) -> pl.DataFrame:
    """Customer satisfaction: share of the two best grades of the declared scale (4-5 of 1-5), 0-1.

    Interval: Wilson (1927). Options, columns and errors as `measure`.

    Examples
    --------
    >>> csat(pl.DataFrame({"score": [5, 4, 3, 1]}))["estimate"].item()
    0.5
    """
    return measure(table, metric="csat", **options)


@_shown
def stars(table: Table, **options: Unpack[Options]) -> pl.DataFrame:
    """Star ratings: share of the two best grades, counted as `csat`."""
    return measure(table, metric="stars", **options)


@_shown
def emoji(table: Table, **options: Unpack[Options]) -> pl.DataFrame:
    """Faces from sad to happy, coded 1 to 5: share of the two best, counted as `csat`."""
    return measure(table, metric="emoji", **options)


@_shown
def ces(table: Table, **options: Unpack[Options]) -> pl.DataFrame:
    """Customer Effort Score: mean grade of the declared scale (1-7, 7 = very easy, by default).

    Interval: Student t. Null where the answers crowd on one grade (see `measure`).

    Examples
    --------
    >>> ces(pl.DataFrame({"score": [7, 6, 5, 2]}))["estimate"].item()
    5.0
    """
    return measure(table, metric="ces", **options)


@_shown
def ces_share(table: Table, **options: Unpack[Options]) -> pl.DataFrame:
    """Share of easy answers: above the middle of the scale (5-7 of 1-7), 0-1; Wilson interval.

    Examples
    --------
    >>> ces_share(pl.DataFrame({"score": [7, 6, 5, 2]}))["estimate"].item()
    0.75
    """
    return measure(table, metric="ces_share", **options)
