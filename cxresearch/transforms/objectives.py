"""Is the objective of a question met, and where is the question heading by its date?

Unit of observation: one question with an objective in experience.yml. The distance carries the
interval of the score; the outlook a backtested prediction interval, and none is given below eight
periods. It cannot say what would happen if something were done.
"""

import polars as pl

from cxresearch.errors import CxError
from cxresearch.period import Period
from cxresearch.study import Objective, Study
from cxresearch.transforms.compare import compare_to_target
from cxresearch.transforms.projection import project_to
from cxresearch.transforms.questions import (
    WHOLE,
    Question,
    answers_in,
    weight_of,
)
from cxresearch.transforms.scales import Table
from cxresearch.transforms.suppress import THRESHOLD, suppress_small_cells

_STATISTIC = {"nps": "nps", "csat": "share", "ces": "share"}


def find_objective(study: Study, question: Question) -> Objective | None:
    """The first objective of customers' answers about the whole; None for other questions."""
    if question.voice != "customer" or question.about != WHOLE:
        return None
    statistic = _STATISTIC.get(question.metric)
    for objective in study.experience.objectives:
        if (objective.measure, objective.statistic) == (question.metric, statistic):
            return objective
    return None


def measure_objective(
    responses: Table,
    question: Question,
    objective: Objective | None,
    *,
    period: Period,
    hide_below: int = THRESHOLD,
) -> pl.DataFrame:
    """Distance of a question from its objective in the period.

    Parameters
    ----------
    hide_below
        Least number of people shown: a distance tells the level.

    Returns
    -------
    pl.DataFrame
        As `compare.compare_to_target`, one row, with by_on (the objective's day); no row without an
        objective, without an answer, or where the level is hidden.
    """
    if objective is None:
        return pl.DataFrame()
    answers = answers_in(responses, question, period)
    distance = compare_to_target(
        answers, metric=question.measure, target=objective.target, weight=weight_of(answers)
    )
    shown = suppress_small_cells(distance, by="metric", threshold=hide_below)
    return shown.filter(pl.col("estimate").is_not_null()).with_columns(
        pl.lit(objective.by_on).alias("by_on")
    )


def project_objective(series: pl.DataFrame, objective: Objective | None) -> pl.DataFrame:
    """Where the question is heading by the objective's day.

    Parameters
    ----------
    series
        As `question_scores.track_question` returns it.

    Returns
    -------
    pl.DataFrame
        As `projection.project_to`, one row; no row where there is no objective, its day has passed
        or lies further ahead than the series is long, or the series is too short or has gaps.
    """
    if objective is None or series.is_empty():
        return pl.DataFrame()
    try:
        return project_to(series, on=objective.by_on, target=objective.target)
    except CxError:
        # The projection says itself when it would be a guess: then there is none.
        return pl.DataFrame()


def with_target(series: pl.DataFrame, objective: Objective | None) -> pl.DataFrame:
    """The series with the objective's target beside it, where there is one."""
    if objective is None:
        return series
    return series.with_columns(pl.lit(objective.target).alias("target"))
