"""How do the customers of a study go through it? Every count of `transforms.journey` at once.

Unit of observation: an interaction of a known customer within the period. Bases are those of the
counts themselves. A study without interactions has empty tables, so that a page can say what it
would need.

It cannot follow a contact that is tied to nobody: `described` says how many there are.
"""

from dataclasses import dataclass

import polars as pl

from cxresearch.intake.tables import StudyTables
from cxresearch.period import Period
from cxresearch.study import Study
from cxresearch.transforms.journey import (
    GAP_DAYS,
    count_funnel,
    count_steps,
    count_touchpoints,
    count_transitions,
    count_variants,
    describe_log,
    measure_drop_off,
    names_of_hidden,
    number_customers,
    prepare_log,
)
from cxresearch.transforms.scales import Table

_NO_LOG = pl.Schema(
    {"customer_id": pl.String(), "at": pl.Datetime("us", "UTC"), "touchpoint": pl.String()}
)


@dataclass(frozen=True)
class LivedJourney:
    """The lived paths of a study.

    Attributes
    ----------
    log
        The interactions of the period, as `journey.prepare_log` makes a log; empty without any.
    described
        As `journey.describe_log` returns it.
    touchpoints, transitions, steps, variants, funnel, drop_off
        As `count_touchpoints`, `count_transitions`, `count_steps`, `count_variants`,
        `count_funnel` and `measure_drop_off` return them.
    """

    log: pl.LazyFrame
    described: pl.DataFrame
    touchpoints: pl.DataFrame
    transitions: pl.DataFrame
    steps: pl.DataFrame
    variants: pl.DataFrame
    funnel: pl.DataFrame
    drop_off: pl.DataFrame


def follow_customers(
    tables: StudyTables,
    *,
    period: Period,
    gap_days: float | None = GAP_DAYS,
    hide_below: int | None = None,
    n_parts: int = 1,
) -> LivedJourney:
    """Count the paths of a study's customers.

    Parameters
    ----------
    tables
        A prepared study; without interactions every table is empty.
    period
        Usually `period.window(study.window_months)`.
    gap_days
        As in `journey.split_journeys`.
    hide_below
        Least number of customers shown; default the study's. A touchpoint that `touchpoints` hides
        stands open in no other table.
    n_parts
        Parts of whole customers to count one after the other, for a log larger than memory; 1
        holds the log in memory, which is faster. The tables are the same.
    """
    threshold = tables.study.privacy.hide_below if hide_below is None else hide_below
    log = (
        _no_log() if tables.interactions is None else tables.interactions.filter(period.contains())
    )
    events: Table = log
    people: Table | None = tables.customers
    if n_parts == 1:
        events, people = number_customers(log, tables.customers)
    touchpoints = count_touchpoints(events, hide_below=threshold, n_parts=n_parts)
    hidden, shown = names_of_hidden(touchpoints), {"hide_below": threshold, "n_parts": n_parts}
    return LivedJourney(
        log=log,
        described=describe_log(events),
        touchpoints=touchpoints,
        transitions=count_transitions(events, gap_days=gap_days, hidden=hidden, **shown),
        steps=count_steps(events, gap_days=gap_days, hidden=hidden, **shown),
        variants=count_variants(events, gap_days=gap_days, hidden=hidden, **shown),
        funnel=count_funnel(events, _stages(tables.study, events), **shown),
        drop_off=measure_drop_off(events, people, until=period.end_at, hidden=hidden, **shown),
    )


def _stages(study: Study, log: Table) -> dict[str, list[str]]:
    """The touchpoints of each stage, as far as the log knows them."""
    kind = log.collect_schema()["touchpoint"]
    known = set(kind.categories) if isinstance(kind, pl.Enum) else set()
    stages: dict[str, list[str]] = {stage.id: [] for stage in study.experience.stages}
    for place in study.experience.touchpoints:
        if place.id in known:
            stages[place.stage].append(place.id)
    return {stage: places for stage, places in stages.items() if places}


def _no_log() -> pl.LazyFrame:
    return prepare_log(pl.DataFrame(schema=_NO_LOG)).lazy()
