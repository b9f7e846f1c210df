"""Does the journey that was drawn look like the one that is lived?

Unit of observation: an event (a contact, a purchase, a use; an answer about a touchpoint where a
study has no contacts), a journey or a customer. Base: the events of known customers in the period;
of the shares of fit, the journeys or customers that have one.

It cannot say which of the two should change: a step back may be a wrong turn, a wrong map, or the
next purchase of somebody who bought less than 30 days ago.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from cxresearch.intake.tables import StudyTables
from cxresearch.period import Period
from cxresearch.study import Study
from cxresearch.transforms.fit import FIT_COLUMNS as FIT_COLUMNS
from cxresearch.transforms.fit import measure_fit
from cxresearch.transforms.journey import (
    count_touchpoints,
    count_transitions,
    names_of_hidden,
    split_journeys,
)
from cxresearch.transforms.map_patch import write_patch
from cxresearch.transforms.reviews import REVIEW_MONTHS, list_unreviewed

UNDRAWN_COLUMNS = (
    *("touchpoint", "n", "n_customers", "first_at", "last_at", "channels"),
    *("likely_stage", "is_suppressed"),
)
_BACKWARD = {
    **dict.fromkeys(("from_touchpoint", "to_touchpoint", "from_stage", "to_stage"), pl.String),
    **dict.fromkeys(("n", "n_customers", "base"), pl.Int64),
    **dict.fromkeys(("share", "ci_low", "ci_high"), pl.Float64),
}
_EVENTS: dict[str, pl.DataType] = {
    "customer_id": pl.String(),
    "at": pl.Datetime("us", "UTC"),
    **dict.fromkeys(("touchpoint", "channel", "stage", "before", "after"), pl.String()),
}


@dataclass(frozen=True)
class DrawnAgainstLived:
    """Where the map and the journey part.

    Attributes
    ----------
    undrawn
        Met but not on the map: touchpoint, n (events), n_customers, first_at, last_at, channels
        (list), likely_stage (the stage most often right before or after it; null where none is),
        is_suppressed (few customers, or hidden by `count_touchpoints`); the most customers first.
    never_met
        On the map but not met: touchpoint, stage, owner.
    backward
        Transitions against the order of the stages: from_touchpoint, to_touchpoint, from_stage,
        to_stage, n, n_customers, base (departures from the touchpoint), share, ci_low, ci_high.
    fit
        As `fit.measure_fit` returns it.
    unreviewed
        touchpoint, owner, reviewed_on (null: never), months (whole months since).
    patch
        Text for experience.yml that draws the undrawn touchpoints; empty without any.
    """

    undrawn: pl.DataFrame
    never_met: pl.DataFrame
    backward: pl.DataFrame
    fit: pl.DataFrame
    unreviewed: pl.DataFrame
    patch: str


def compare_drawn(
    tables: StudyTables,
    *,
    period: Period,
    review_months: int = REVIEW_MONTHS,
    hide_below: int | None = None,
) -> DrawnAgainstLived:
    """Hold the map of experience.yml against what happened.

    Parameters
    ----------
    tables
        A prepared study. A touchpoint without interactions is met where customers answered about
        it; of transitions and fit only interactions tell.
    period
        Usually `period.window(study.window_months)`.
    review_months
        How long a review is good, counted back from the end of the data.
    hide_below
        Least number of customers shown; default the study's.

    Returns
    -------
    DrawnAgainstLived
        Journeys are split where nothing happens for 30 days.
    """
    study = tables.study
    threshold = study.privacy.hide_below if hide_below is None else hide_below
    log = _log(tables, period)
    answers = _answers(tables, period)
    events = None if log is None else split_journeys(log)
    hidden = [] if log is None else names_of_hidden(count_touchpoints(log, hide_below=threshold))
    strangers = _strangers(log, events, answers, study)
    undrawn = _undrawn(strangers, threshold=threshold, hidden=hidden)
    return DrawnAgainstLived(
        undrawn=undrawn,
        never_met=_never_met(log, answers, study),
        backward=_backward(log, study, threshold=threshold, hidden=hidden),
        fit=measure_fit(events, threshold=threshold),
        unreviewed=list_unreviewed(study, data_until=tables.data_until, months=review_months),
        patch=write_patch(undrawn.filter(~pl.col("is_suppressed")), study),
    )


def _log(tables: StudyTables, period: Period) -> pl.DataFrame | None:
    if tables.interactions is None:
        return None
    return tables.interactions.filter(period.contains()).select(list(_EVENTS)[:5]).collect()


def _answers(tables: StudyTables, period: Period) -> pl.LazyFrame:
    """Customers' answers about touchpoints, in the columns of events."""
    if tables.responses is None:
        return pl.LazyFrame(schema=_EVENTS)
    answered = tables.responses.filter(
        period.contains(),
        pl.col("voice") == "customer",
        pl.col("touchpoint").is_not_null(),
        pl.col("score").is_not_null(),
    )
    nothing = {name: pl.lit(None, _EVENTS[name]) for name in ("stage", "before", "after")}
    person = pl.col("respondent_id").alias("customer_id")
    return answered.select(person, "at", "touchpoint", "channel", **nothing)


def _strangers(
    log: pl.DataFrame | None, events: pl.DataFrame | None, answers: pl.LazyFrame, study: Study
) -> pl.DataFrame:
    """Events off the map with the stages `before` and `after` each in its journey.

    Where a touchpoint has answers and no events, the answers.
    """
    drawn = [place.id for place in study.experience.touchpoints]
    if log is None or events is None:
        return answers.filter(~pl.col("touchpoint").is_in(drawn)).collect()
    stage, journey, off_map = pl.col("stage"), pl.col("journey"), pl.col("stage").is_null()
    beside = {
        name: pl.when(journey.shift(step) == journey).then(stage.shift(step))
        for name, step in (("before", 1), ("after", -1))
    }
    known = events.lazy().with_columns(**beside).filter(off_map)
    nobody = log.lazy().filter(pl.col("customer_id").is_null(), off_map)
    logged = [*drawn, *log["touchpoint"].unique().cast(pl.String)]
    only_rated = answers.filter(~pl.col("touchpoint").is_in(logged))
    parts = [
        part.cast({name: kind for name, kind in _EVENTS.items() if kind == pl.String})
        for part in (known, nobody.with_columns(before=stage, after=stage))
    ]
    columns = list(_EVENTS)
    return pl.concat([part.select(columns) for part in [*parts, only_rated]]).collect()


def _undrawn(strangers: pl.DataFrame, *, threshold: int, hidden: Sequence[str]) -> pl.DataFrame:
    people = pl.coalesce("customer_id", pl.int_range(pl.len()).cast(pl.String))
    near = pl.col("before").append(pl.col("after"))
    counts = (
        strangers.group_by("touchpoint")
        .agg(
            pl.len().cast(pl.Int64).alias("n"),
            people.n_unique().cast(pl.Int64).alias("n_customers"),
            pl.col("at").min().alias("first_at"),
            pl.col("at").max().alias("last_at"),
            pl.col("channel").drop_nulls().unique().sort().alias("channels"),
            near.drop_nulls().mode().sort().first().alias("likely_stage"),
        )
        .sort("n_customers", "touchpoint", descending=[True, False])
    )
    few = (pl.col("n_customers") < threshold) | pl.col("touchpoint").is_in(hidden)
    figures = ("n", "n_customers", "first_at", "last_at", "channels", "likely_stage")
    return counts.with_columns(
        few.alias("is_suppressed"),
        *(pl.when(~few).then(pl.col(name)).alias(name) for name in figures),
    ).select(UNDRAWN_COLUMNS)


def _never_met(log: pl.DataFrame | None, answers: pl.LazyFrame, study: Study) -> pl.DataFrame:
    seen = set(answers.select(pl.col("touchpoint").unique()).collect().to_series())
    if log is not None:
        seen |= set(log["touchpoint"].unique().cast(pl.String))
    rows = [
        {"touchpoint": place.id, "stage": place.stage, "owner": place.owner}
        for place in study.experience.touchpoints
        if place.id not in seen
    ]
    return pl.DataFrame(rows, schema=dict.fromkeys(("touchpoint", "stage", "owner"), pl.String))


def _backward(
    log: pl.DataFrame | None, study: Study, *, threshold: int, hidden: Sequence[str]
) -> pl.DataFrame:
    """Transitions to an earlier stage, the most frequent first."""
    stages = {place.id: place.stage for place in study.experience.touchpoints}
    order = {stage.id: number for number, stage in enumerate(study.experience.stages)}
    if log is None or log.is_empty():
        return pl.DataFrame(schema=_BACKWARD)
    ends = ("from", "to")
    stage = [pl.col(f"{end}_touchpoint").replace_strict(stages, default=None) for end in ends]
    place = [
        pl.col(f"{end}_stage").replace_strict(order, default=None, return_dtype=pl.Int64)
        for end in ends
    ]
    return (
        count_transitions(log, hide_below=threshold, hidden=hidden)
        .with_columns(pl.col("from_touchpoint", "to_touchpoint").cast(pl.String))
        .with_columns(value.alias(f"{end}_stage") for value, end in zip(stage, ends, strict=True))
        .cast({"from_stage": pl.String, "to_stage": pl.String})
        .filter(place[1] < place[0])
        .sort("n", "from_touchpoint", "to_touchpoint", descending=[True, False, False])
        .select(*_BACKWARD)
    )
