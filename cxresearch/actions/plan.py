"""What should be done first, by whom, and how will it be seen that it worked?

The unit is one action: something promised that is not delivered, at one touchpoint. All that is
broken there is one action with several findings: what mends one may mend the other, and the same
customers leave only once. Actions are ordered by what mending the place is linked to in a year
where that is known (`actions.plan_gains`), else by the highest priority of a gap there (reach x
importance x shortfall, see `transforms.gaps.rank_gaps`); those whose intervals meet cannot be told
apart and share a tier. Without a broken promise there is nothing to do: an empty plan is an answer.

It invents no remedy, and knows no cost but the effort that experience.yml states.
"""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import polars as pl

from cxresearch.actions.broken import rank_broken
from cxresearch.actions.checks import (
    count_needed,
    describe_caution,
    describe_check,
    describe_pace,
    judge,
)
from cxresearch.actions.plan_gains import GAINS, gains_by_place, order_by_effort
from cxresearch.actions.tasks import join_evidence, message_as_json, name_task
from cxresearch.actions.upkeep import list_upkeep
from cxresearch.study import Objective, Study
from cxresearch.study.experience import Programme, Touchpoint
from cxresearch.transforms.gaps import rank_gaps

MONTHS = 12
"""How many months of answers stand behind a promise, see `promise.PROMISE_MONTHS`."""

PLAN_SCHEMA: dict[str, Any] = {
    "action_id": pl.String,
    "rank": pl.Int64,
    "tier": pl.Int64,
    "tied": pl.Int64,
    "topic": pl.String,
    **dict.fromkeys(("touchpoint", "owner", "pledge", "measure", "statistic"), pl.String),
    "supported_by": pl.List(pl.String),
    "threshold": pl.Float64,
    "is_at_most": pl.Boolean,
    "unit": pl.String,
    **dict.fromkeys(("target", "estimate", "ci_low", "ci_high"), pl.Float64),
    "n": pl.Int64,
    **dict.fromkeys(("gap", "gap_low", "gap_high", "q_value"), pl.Float64),
    "is_reliable": pl.Boolean,
    "basis": pl.String,
    **dict.fromkeys(("importance", "importance_low"), pl.Float64),
    **dict.fromkeys(("priority", "priority_low", "priority_high"), pl.Float64),
    **GAINS,
    "certainty": pl.String,
    "needed_n": pl.Int64,
    "expected": pl.Float64,
    **dict.fromkeys(("effort", "objective", "programme"), pl.String),
    "finding_ids": pl.List(pl.String),
    **dict.fromkeys(("what", "evidence", "sure", "check", "pace", "caution"), pl.String),
}
"""Columns of a plan; `gain` and the last six hold sentences, see `tasks.message_from_json`."""


def make_plan(
    gaps: pl.DataFrame | None,
    pledges: pl.DataFrame | None,
    study: Study,
    *,
    reach: pl.DataFrame | None = None,
    importance: pl.DataFrame | None = None,
    findings: pl.DataFrame | None = None,
    undrawn: pl.DataFrame | None = None,
    gains: pl.DataFrame | None = None,
    months: int = MONTHS,
) -> pl.DataFrame:
    """Broken promises and pledges as a ranked list of actions.

    Parameters
    ----------
    gaps
        Promises as `gaps.rank_gaps` returns them; None or empty where there are none.
    pledges
        Pledges as `promise.measure_pledges` returns them. Those whose priority can be worked out
        on the basis of that of `gaps` compete with them, the others come after.
    study
        Its experience.yml names owners, supporting teams, effort, objectives and programmes.
    reach, importance
        As `gaps.rank_gaps` takes them, to rank the pledges like the gaps.
    findings
        The findings of the run, whose ids the actions carry.
    undrawn
        Touchpoints that customers meet and nobody drew: touchpoint, n, n_customers. Each may
        become a last action.
    gains
        What mending each touchpoint is linked to in a year, as the page on drivers hands it on.
    months
        How many months of answers stand behind `gaps` and `pledges`.

    Returns
    -------
    pl.DataFrame
        `PLAN_SCHEMA`, a row an action, the first to do first. `rank` counts from 1, `tier` groups
        those that cannot be told apart, `tied` says how many share the tier; `basis` what the order
        rests on (one of `plan_gains.BASES`, or as `gaps.rank_gaps` has it); `topic` is `gap`,
        `pledge`, `owner` (name an owner) or `map` (draw a touchpoint); `certainty` strong, moderate
        or weak; `expected` the figure to expect where nothing is done.

    Raises
    ------
    DataError
        A column is missing.
    """
    ranked = None if pledges is None else rank_gaps(pledges, reach, importance)
    ids = _ids_of(findings)
    broken = rank_broken(gaps, ranked, gains).rows(named=True)
    worth = gains_by_place(gains)
    rows = order_by_effort(
        [
            _act(row, study, ids, months=months) | worth.get(row["touchpoint"] or "", {})
            for row in broken
        ]
    )
    upkeep = [
        row | {"finding_ids": [ids[key] for key in [("map", row["touchpoint"])] if key in ids]}
        for row in list_upkeep(study, undrawn)
    ]
    last = max((row["tier"] for row in rows), default=0) + 1
    order = {"tier": last, "tied": len(upkeep)}
    rows += [
        {**row, **order, "rank": number} for number, row in enumerate(upkeep, start=len(rows) + 1)
    ]
    return pl.DataFrame(rows, schema=PLAN_SCHEMA)


def _act(
    row: Mapping[str, Any], study: Study, ids: Mapping[tuple[str, str], str], *, months: int
) -> dict[str, Any]:
    """A row of the plan for a broken promise or pledge."""
    place = _find_place(study, row["touchpoint"])
    where = None if row["touchpoint"] is None else study.label("touchpoint", row["touchpoint"])
    keys = [("pledges", f"pledge_{pledge}") for pledge in row["pledges"]]
    if "gap" in row["topics"]:
        keys.insert(0, ("promise", row["touchpoint"]))
    found = [ids[key] for key in keys if key in ids]
    row = {**row, "needed_n": count_needed(row, at_least=study.privacy.reliable_from)}
    certainty, sure = judge(row)
    objective, programme = _served([row, *row["also"]], study, found)
    pace = describe_pace(row, months=months)
    return {
        **{name: row[name] for name in PLAN_SCHEMA if name in row},
        "action_id": f"keep_{row['touchpoint'] or row['about']}",
        "topic": "gap" if "gap" in row["topics"] else "pledge",
        "owner": place.owner if place else None,
        "supported_by": place.supported_by if place else [],
        "certainty": certainty,
        "effort": (programme.effort if programme else None) or (place.effort if place else None),
        "objective": objective.id if objective else None,
        "programme": programme.id if programme else None,
        "finding_ids": found,
        "what": message_as_json(name_task(row, touchpoint=where)),
        "evidence": message_as_json(join_evidence([row, *row["also"]])),
        "sure": message_as_json(sure),
        "check": message_as_json(describe_check(row)),
        "pace": pace and message_as_json(pace),
        "caution": message_as_json(describe_caution(row)),
    }


def _served(
    broken: Sequence[Mapping[str, Any]], study: Study, found: list[str]
) -> tuple[Objective | None, Programme | None]:
    """The objective that the action serves, and what already runs for it.

    A programme that names one of the findings settles it. Otherwise an objective serves where it is
    about the same statistic of the same measure; one of minutes belongs to one place, so its target
    must be that of the promise too.
    """
    objectives = {objective.id: objective for objective in study.experience.objectives}
    live = [each for each in study.experience.programmes if each.status in ("planned", "running")]
    for programme in live:
        if set(programme.findings) & set(found):
            return objectives.get(programme.objective), programme
    for row, objective in product(broken, objectives.values()):
        same = (objective.measure, objective.statistic) == (row["measure"], row["statistic"])
        if same and (row["unit"] != "minutes" or objective.target == row["target"]):
            running = [each for each in live if each.objective == objective.id]
            return objective, next(iter(running), None)
    return None, None


def _ids_of(findings: pl.DataFrame | None) -> dict[tuple[str, str], str]:
    """Ids of the findings on promises and the map (by touchpoint) and on pledges (by measure)."""
    if findings is None:
        return {}
    by_place = pl.col("kind") == "gap", pl.col("measure") == "undrawn"
    known = findings.filter(
        pl.when(pl.col("topic") == "promise").then(by_place[0])
        .when(pl.col("topic") == "map").then(by_place[1])
        .otherwise(pl.col("topic") == "pledges")
    ).select(
        "topic",
        pl.when(pl.col("topic") == "pledges").then("measure").otherwise("touchpoint"),
        "finding_id",
    )  # fmt: skip
    return {(topic, about): id_ for topic, about, id_ in known.iter_rows()}


def _find_place(study: Study, touchpoint: str | None) -> Touchpoint | None:
    return next((each for each in study.experience.touchpoints if each.id == touchpoint), None)
