"""What does the map itself need: what was never drawn, and what nobody owns?

The unit is a touchpoint. These are facts of experience.yml and of the log, counted and not
estimated; they stand at the end of a plan, for no promise is broken by them.
"""

from typing import Any

import polars as pl

from cxresearch.actions.tasks import message_as_json
from cxresearch.language import Message, message
from cxresearch.study import Study


def list_upkeep(study: Study, undrawn: pl.DataFrame | None) -> list[dict[str, Any]]:
    """Actions on the map, as rows of a plan without order.

    Parameters
    ----------
    study
        Owners are asked for only where the study names teams.
    undrawn
        Touchpoints that customers meet and nobody drew: touchpoint, n, n_customers. Those met by
        fewer people than the study hides are left out.
    """
    rows = [] if undrawn is None else [_draw(study, row) for row in _met(study, undrawn)]
    unowned = [each.id for each in study.experience.touchpoints if each.owner is None]
    if unowned and study.experience.teams:
        rows.append(_name_owners(study, unowned))
    return rows


def _met(study: Study, undrawn: pl.DataFrame) -> list[dict[str, Any]]:
    shown = undrawn.filter(pl.col("n_customers") >= study.privacy.hide_below)
    return shown.sort("n_customers", "touchpoint", descending=[True, False]).to_dicts()


def _draw(study: Study, row: dict[str, Any]) -> dict[str, Any]:
    return _action(
        "map",
        action_id=f"draw_{row['touchpoint']}",
        touchpoint=row["touchpoint"],
        measure="undrawn",
        n=row["n"],
        what=message(
            "{touchpoint}: draw it on the map, with an owner and a promise",
            touchpoint=study.label("touchpoint", row["touchpoint"]),
        ),
        evidence=message(
            "On no map, yet met {n:count} times by {people:count} customers",
            n=row["n"],
            people=row["n_customers"],
        ),
        check=message("It stands in experience.yml with an owner and a promise"),
    )


def _name_owners(study: Study, unowned: list[str]) -> dict[str, Any]:
    names = [study.label("touchpoint", each) for each in unowned]
    return _action(
        "owner",
        action_id="name_owners",
        touchpoint=unowned[0] if len(unowned) == 1 else None,
        measure="unowned",
        n=len(unowned),
        what=message("Name an owner for: {names:list}", names=names),
        evidence=message(
            "Touchpoints without owner: {n:count} of {of:count}",
            n=len(unowned),
            of=len(study.experience.touchpoints),
        ),
        check=message("Every touchpoint in experience.yml has an owner"),
    )


def _action(
    topic: str,
    *,
    action_id: str,
    touchpoint: str | None,
    measure: str,
    n: int,
    what: Message,
    evidence: Message,
    check: Message,
) -> dict[str, Any]:
    return {
        "action_id": action_id,
        "topic": topic,
        "touchpoint": touchpoint,
        "measure": measure,
        "supported_by": [],
        "unit": "count",
        "estimate": float(n),
        "n": n,
        "is_reliable": True,
        "certainty": "strong",
        "what": message_as_json(what),
        "evidence": message_as_json(evidence),
        "sure": message_as_json(message("it is counted, not estimated")),
        "check": message_as_json(check),
        "caution": message_as_json(message("Nothing is measured here that chance could move.")),
    }
