"""Which contacts and answers does a promise speak of, and what does each of them count?

Unit of observation: an answer (scores) or a contact, purchase or use (minutes, resolved, context
known) within the promise's touchpoint and channel. Only cases whose value is known can be counted;
those where it could have been known and is not are counted beside, never dropped in silence.

It measures nothing yet: `promise.measure_promises` turns these values into figures.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple

import polars as pl

from cxresearch.errors import DataError
from cxresearch.intake.tables import StudyTables
from cxresearch.period import Period
from cxresearch.study import Promise, Study
from cxresearch.transforms.metrics import measure
from cxresearch.transforms.questions import TOUCHPOINT, WHOLE, Question, answers_in, weight_of
from cxresearch.transforms.scales import METRICS, counted

SCORES = ("csat", "nps", "ces")
COLUMN = {
    "wait_minutes": "wait_minutes",
    "duration_minutes": "duration_minutes",
    "resolved": "is_resolved",
    "context_known": "is_context_known",
}
"""The column of interactions that holds each measure."""

VALUES = {
    "promise": pl.String,
    "person": pl.String,
    "value": pl.Float64,
    "weight": pl.Float64,
    "is_weighted": pl.Boolean,
}
"""Columns of the values counted: a row is a case, `value` null where it is unknown."""


_Answers = Callable[[str, str], pl.DataFrame | None]


class Promised(NamedTuple):
    """A promise and whose it is: `key` is a touchpoint or a pledge."""

    key: str
    touchpoint: str | None
    owner: str | None
    promise: Promise


def list_promises(study: Study) -> list[Promised]:
    """The promises of the touchpoints, in the order of experience.yml."""
    return [
        Promised(place.id, place.id, place.owner, place.promise)
        for place in study.experience.touchpoints
        if place.promise
    ]


def list_pledges(study: Study) -> list[Promised]:
    """The pledges of the statement, in its order; the owner is that of the touchpoint named."""
    statement = study.experience.statement
    owners = {place.id: place.owner for place in study.experience.touchpoints}
    return [
        Promised(
            pledge.id,
            pledge.promise.touchpoint,
            owners.get(pledge.promise.touchpoint or ""),
            pledge.promise,
        )
        for pledge in (statement.pledges if statement else [])
    ]


def collect_values(
    tables: StudyTables, promised: Sequence[Promised], *, period: Period
) -> pl.DataFrame:
    """What every case counts under every promise.

    Parameters
    ----------
    tables
        A promise about answers needs `responses`, one about contacts `interactions`; without the
        table the promise has no row.
    promised
        Keys are unique.

    Returns
    -------
    pl.DataFrame
        promise (key), person (who is one cluster; null where nobody is known), value (1 or 0 under
        a share, the score under NPS, else the score or the minutes themselves; null where it is
        unknown), weight (1 where there are none), is_weighted.

    Raises
    ------
    DataError
        Answers that do not belong in one figure are mixed, or a threshold or mean is promised on
        another scale than the answers have.

    Notes
    -----
    Scores are customers' answers: about the touchpoint where one is named, else about the whole
    or, where nobody was asked about that, about the touchpoints. Contacts count where the measure
    is ever recorded for their touchpoint, kind and direction: an automatic message that has no
    wait is no wait unknown.
    """

    @cache
    def about(metric: str, what: str) -> pl.DataFrame | None:
        return _answers(tables, metric, what, period)

    log = _log(tables, promised, period)
    parts = []
    for each in promised:
        if each.promise.measure in SCORES:
            cases = _of_answers(each, about)
        else:
            cases = _of_contacts(each, log)
        if cases is not None:
            parts.append(cases.select(pl.lit(each.key).alias("promise"), *list(VALUES)[1:]))
    return pl.concat(parts).cast(pl.Schema(VALUES)) if parts else pl.DataFrame(schema=VALUES)


def satisfied(measure_name: str, threshold: float | None) -> pl.Expr:
    """1 for an answer that counts as satisfied, 0 for another, null for a blank.

    Parameters
    ----------
    measure_name
        `csat` or `ces`.
    threshold
        The score from which it counts, on a scale where high is good (mirrored where high is
        bad); None is the measure's own rule: the two best grades, or above the middle.
    """
    if threshold is None:
        return counted(METRICS["csat" if measure_name == "csat" else "ces_share"], score="score")
    return (upright() >= threshold).cast(pl.Float64)


def upright() -> pl.Expr:
    """The score on a scale where high is good."""
    score = pl.col("score")
    mirrored = pl.col("scale_min") + pl.col("scale_max") - score
    return pl.when(pl.col("high_is") == "bad").then(mirrored).otherwise(score)


def _answers(tables: StudyTables, metric: str, about: str, period: Period) -> pl.DataFrame | None:
    if tables.responses is None:
        return None
    return answers_in(tables.responses, Question("customer", metric, about), period)


def _of_answers(each: Promised, about: _Answers) -> pl.DataFrame | None:
    promise = each.promise
    answers = about(promise.measure, TOUCHPOINT if each.touchpoint else WHOLE)
    if answers is not None and not each.touchpoint and answers["score"].count() == 0:
        answers = about(promise.measure, TOUCHPOINT)
    if answers is None:
        return None
    weight = weight_of(answers)
    if each.touchpoint:
        answers = answers.filter(pl.col("touchpoint") == each.touchpoint)
    if promise.channel:
        answers = answers.filter(pl.col("channel") == promise.channel)
    _refuse_other_scales(answers, each)
    if promise.statistic == "share":
        value = satisfied(promise.measure, promise.threshold)
    else:
        value = pl.col("score") if promise.statistic == "nps" else upright()
    return answers.select(
        pl.col("respondent_id").alias("person"),
        value.cast(pl.Float64).alias("value"),
        (pl.col(weight) if weight else pl.lit(1.0)).cast(pl.Float64).alias("weight"),
        pl.lit(weight is not None).alias("is_weighted"),
    )


def _refuse_other_scales(answers: pl.DataFrame, each: Promised) -> None:
    """Stop where answers cannot stand in one figure, or not on the scale the promise is in."""
    promise = each.promise
    measure(answers, metric="ces_share" if promise.measure == "ces" else promise.measure)
    if promise.statistic == "nps" or (promise.statistic == "share" and promise.threshold is None):
        return
    native = METRICS[promise.measure].native
    given = answers.filter(pl.col("score").is_not_null()).select("scale_min", "scale_max").unique()
    if given.height and given.row(0) != native:
        low, high = given.row(0)
        raise DataError(
            f"the promise '{each.key}' speaks of {promise.measure} on {native[0]} to {native[1]}, "
            f"the answers are on {low:g} to {high:g}",
            allowed="a share without threshold, which counts the best grades of any scale",
            next_step="remove threshold in experience.yml, or promise a share",
        )


def _log(tables: StudyTables, promised: Sequence[Promised], period: Period) -> pl.DataFrame | None:
    """The contacts of the period that any promise may speak of."""
    columns = sorted({COLUMN[p.promise.measure] for p in promised if p.promise.measure in COLUMN})
    if tables.interactions is None or not columns:
        return None
    names = pl.col("touchpoint", "channel").cast(pl.String)
    return (
        tables.interactions.filter(period.contains())
        .select("customer_id", names, "kind", "direction", *columns)
        .collect()
    )


def _of_contacts(each: Promised, log: pl.DataFrame | None) -> pl.DataFrame | None:
    if log is None:
        return None
    promise, value = each.promise, pl.col(COLUMN[each.promise.measure])
    cases = log.filter(pl.col("touchpoint") == each.touchpoint) if each.touchpoint else log
    if promise.channel:
        cases = cases.filter(pl.col("channel") == promise.channel)
    is_recorded = value.is_not_null().any().over("touchpoint", "kind", "direction")
    if promise.statistic == "share" and promise.threshold is not None:
        value = value <= promise.threshold
    return cases.filter(is_recorded).select(
        pl.col("customer_id").alias("person"),
        value.cast(pl.Float64).alias("value"),
        pl.lit(1.0).alias("weight"),
        pl.lit(value=False).alias("is_weighted"),
    )
