"""Which sentences do actions deserve?

The unit is one action of a plan. Everything a page says of it, its owner, how sure, how to check,
travels with the finding in each language, so that index, team pages and digest read findings alone.
One more finding counts what is broken; where nothing is, it says so.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import polars as pl

from cxresearch.actions.checks import CERTAINTIES
from cxresearch.actions.findings import make_findings, no_findings
from cxresearch.actions.plan_gains import list_unplanned, say_unplanned
from cxresearch.actions.tasks import message_from_json
from cxresearch.language import LANGUAGES, Message, in_every_language, mark, message
from cxresearch.period import Period
from cxresearch.study import Study

TOPIC, NOTEBOOK = "actions", "90_actions"
UNPLANNED = "no_action"
"""Measure of the finding, among those on gains, that names what is worth much and is no action."""
FIRST = 3
"""So many actions are put forward first."""
BEFORE = 10
"""Rank of a finding less the action's place in the plan."""
_NAMED = 3  # at most so many places written one by one

DETAILS = (
    *("owner_id", "owner", "supporter_ids", "supporters", "where", "certainty", "certainty_name"),
    *(
        "evidence_words",
        "sure",
        "check",
        "pace",
        "caution",
        "tie",
        "effort",
        "objective",
        "programme",
    ),
    *("gain", "worth", "pledge", "quote", "finding_ids"),
)
"""What a finding on an action carries in its values, each text as {language: text} or null."""

EFFORTS = {"low": mark("little work"), "medium": mark("some work"), "high": mark("much work")}


def find_actions(
    plan: pl.DataFrame, *, study: Study, period: Period, data_until: datetime
) -> pl.DataFrame:
    """One finding an action, in the order of the plan; the first ones are headlines.

    The figure of an action is its gap, so its evidence is `described`: only what ranks it is
    adjusted.

    Parameters
    ----------
    plan
        As `plan.make_plan` returns it.
    """
    tiers = plan.group_by("tier").agg(pl.col("rank").min().alias("from_"), pl.col("rank").max())
    ties = {tier: (first, last) for tier, first, last in tiers.iter_rows()}
    parts = [
        make_findings(
            _row(row, study, ties[row["tier"]]),
            topic=TOPIC,
            notebook=NOTEBOOK,
            measure=row["action_id"],
            kind="gap" if row["gap"] is not None else "count",
            unit=row["unit"],
            message=message_from_json(row["what"]),
            details=DETAILS,
            polarity="bad" if row["gap"] is not None else "neutral",
            evidence="described",
            is_headline=row["rank"] <= FIRST,
            rank=BEFORE + row["rank"],
            period=period,
            data_until=data_until,
        )
        for row in plan.rows(named=True)
    ]
    return pl.concat(parts) if parts else no_findings()


def find_balance(
    gaps: pl.DataFrame | None,
    pledges: pl.DataFrame | None,
    *,
    period: Period,
    data_until: datetime,
) -> pl.DataFrame:
    """How many of all promises and pledges are broken; nothing where none was made.

    Parameters
    ----------
    gaps, pledges
        As `plan.make_plan` takes them.
    """
    tables = [table.select("verdict") for table in (gaps, pledges) if table is not None]
    verdicts = pl.concat([pl.DataFrame(schema={"verdict": pl.String}), *tables])["verdict"]
    if verdicts.is_empty():
        return no_findings()
    counts = {name: int((verdicts == name).sum()) for name in ("kept", "broken", "open")}
    text = (
        message(
            "Promises and pledges broken beyond chance: {broken:count} of {n:count} "
            "(kept: {kept:count}, without enough evidence: {open:count}).",
            **counts,
        )
        if counts["broken"]
        else message(
            "No promise and no pledge is broken beyond chance: nothing has to be done first "
            "(kept: {kept:count}, without enough evidence: {open:count}).",
            **counts,
        )
    )
    return make_findings(
        pl.DataFrame({"estimate": [float(counts["broken"])], "n": [verdicts.len()]}),
        topic=TOPIC,
        notebook=NOTEBOOK,
        measure="broken_promises",
        kind="count",
        unit="count",
        message=text,
        is_headline=True,
        rank=BEFORE if not counts["broken"] else BEFORE + FIRST + 1,
        period=period,
        data_until=data_until,
    )


def find_unplanned(
    plan: pl.DataFrame,
    gains: pl.DataFrame | None,
    *,
    study: Study,
    period: Period,
    data_until: datetime,
) -> pl.DataFrame:
    """Which touchpoints with a gain beyond chance are no action, and why, in one finding.

    Parameters
    ----------
    plan, gains
        As `plan.make_plan` returns and takes them.
    """
    text = say_unplanned(gains, plan, labels=study.labels("touchpoint"))
    if text is None:
        return no_findings()
    n = list_unplanned(gains, plan).height
    return make_findings(
        pl.DataFrame({"estimate": [float(n)], "n": [n]}),
        topic="gains",
        notebook=NOTEBOOK,
        measure=UNPLANNED,
        kind="count",
        unit="count",
        message=text,
        rank=BEFORE + FIRST + 2,
        period=period,
        data_until=data_until,
    )


def _row(row: Mapping[str, Any], study: Study, tier: tuple[int, int]) -> pl.DataFrame:
    """The estimate of an action and what pages say of it; a gap where something was promised."""
    is_gap = row["gap"] is not None
    figures = {
        "touchpoint": row["touchpoint"],
        "estimate": row["gap"] if is_gap else row["estimate"],
        "ci_low": row["gap_low"],
        "ci_high": row["gap_high"],
        "n": row["n"],
        "target": row["target"],
        "q_value": row["q_value"],
        "is_reliable": row["is_reliable"],
        "value": row["gain_value"],
        "currency": row["gain_currency"] if row["gain_value"] is not None else None,
    }
    words = describe_action(row, study) | {"tie": _texts(_tie(row, *tier))}
    return pl.DataFrame([figures | words], infer_schema_length=None)


def describe_action(row: Mapping[str, Any], study: Study) -> dict[str, Any]:
    """What pages say of an action, by the names of `DETAILS`."""
    supporters = [study.label("team", team) for team in row["supported_by"]]
    certainty = Message(CERTAINTIES[row["certainty"]])
    return {
        "owner_id": row["owner"],
        "owner": _label(study, "team", row["owner"]) or _texts(message("nobody owns it yet")),
        "supporter_ids": row["supported_by"],
        "supporters": _texts(message("{teams:list}", teams=supporters)) if supporters else None,
        "where": _label(study, "touchpoint", row["touchpoint"]),
        "certainty": row["certainty"],
        "certainty_name": _texts(certainty),
        "evidence_words": _texts(message_from_json(row["evidence"])),
        "sure": _texts(message_from_json(row["sure"])),
        "check": _texts(message_from_json(row["check"])),
        "pace": row["pace"] and _texts(message_from_json(row["pace"])),
        "caution": _texts(message_from_json(row["caution"])),
        "gain": row["gain"] and _texts(message_from_json(row["gain"])),
        "worth": row["worth"] and _texts(message_from_json(row["worth"])),
        "effort": _effort(row["effort"]),
        "objective": _label(study, "objective", row["objective"]),
        "programme": _label(study, "programme", row["programme"]),
        "pledge": row["pledge"],
        "quote": _label(study, "pledge", row["pledge"]),
        "finding_ids": row["finding_ids"],
    }


def _tie(row: Mapping[str, Any], first: int, last: int) -> Message | None:
    """That the order among some is not evidence."""
    if first == last or row["gap"] is None:
        return None
    few = list(range(first, last + 1))
    ranks = (
        message("{ranks:list}", ranks=few)
        if len(few) <= _NAMED
        else message("{first:count} to {last:count}", first=first, last=last)
    )
    if row["priority"] is None:
        return message("{ranks} come last, as what they are linked to is not known", ranks=ranks)
    return message("{ranks} cannot be told apart: their order may be chance", ranks=ranks)


def _effort(effort: str | None) -> dict[str, str] | None:
    return in_every_language(EFFORTS).get(effort or "")


def _label(study: Study, kind: str, id_: str | None) -> dict[str, str] | None:
    return None if id_ is None else dict(study.label(kind, id_))


def _texts(text: Message | None) -> dict[str, str] | None:
    if text is None:
        return None
    return {language: text.in_language(language) for language in LANGUAGES}
