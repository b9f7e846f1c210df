"""In which words do drivers appear: what was asked, what they are known from, how sure it is?

Texts only, by outcome, role, source and unit; which of them is true `actions.drivers` decides. What
moves together "goes with", what is adjusted "is linked to"; nothing here causes anything.
"""

from collections.abc import Mapping
from typing import Any

from cxresearch.language import Message, mark, message

OUTCOMES: dict[str, str] = {
    "leaving": mark("Leaving"),
    "nps": mark("Net Promoter Score"),
    "csat": mark("Satisfied overall"),
    "ces": mark("Find dealing with us easy"),
}
"""What may be asked of drivers, in the order of telling."""

EFFECT_UNITS = {"share": "gap1", "points": "signed1"}
"""How a change of an outcome is written, by its unit."""

UNDRAWN = "undrawn"
"""Stands for the role of what customers meet and no map shows."""

_ROLES = {
    UNDRAWN: mark("met but on no map"),
    "actionable": mark("ours to change"),
    "context": mark("given"),
    "proxy": mark("stands for something else"),
}
_SOURCES = {
    "operations": mark("operations"),
    "answers": mark("the customers' own answers"),
    "attribute": mark("customer data"),
}

EFFECTS: dict[tuple[str, str], str] = {
    ("leaving", "bad"): mark(
        "{driver}: a bad experience in the last three months is linked to a chance to leave in the "
        "next month that is {size:points1} percentage points higher ({low:signed1} to "
        "{high:signed1}, {n_people:count} customers)."
    ),
    ("leaving", "better"): mark(
        "{driver}: a bad experience in the last three months is linked to a chance to leave in "
        "the next month that is {size:points1} percentage points lower ({low:signed1} to "
        "{high:signed1}, {n_people:count} customers)."
    ),
    ("nps", "bad"): mark(
        "{driver}: a bad experience is linked to a Net Promoter Score {size:points1} points lower "
        "({low:signed1} to {high:signed1}, {n_people:count} customers)."
    ),
    ("nps", "better"): mark(
        "{driver}: a bad experience is linked to a Net Promoter Score {size:points1} points higher "
        "({low:signed1} to {high:signed1}, {n_people:count} customers)."
    ),
    ("csat", "bad"): mark(
        "{driver}: a bad experience is linked to {size:points1} percentage points fewer satisfied "
        "customers ({low:signed1} to {high:signed1}, {n_people:count} customers)."
    ),
    ("csat", "better"): mark(
        "{driver}: a bad experience is linked to {size:points1} percentage points more satisfied "
        "customers ({low:signed1} to {high:signed1}, {n_people:count} customers)."
    ),
    ("ces", "bad"): mark(
        "{driver}: a bad experience is linked to {size:points1} percentage points fewer who find "
        "it easy ({low:signed1} to {high:signed1}, {n_people:count} customers)."
    ),
    ("ces", "better"): mark(
        "{driver}: a bad experience is linked to {size:points1} percentage points more who find it "
        "easy ({low:signed1} to {high:signed1}, {n_people:count} customers)."
    ),
}
"""An adjusted effect of a bad experience beyond chance, by outcome and by which way it goes. Where
fewer leave after a bad experience that is nobody's merit: it is told as it is found."""

GAIN = mark("{place}: going well instead of badly is linked to {gains}.")
MOST = mark("{place}: going well instead of badly is linked to {gains}, the most of all.")
MOST_TIED = mark(
    "{place}: going well instead of badly is linked to {gains}; {others} cannot be told apart from "
    "it."
)
JOINT_GAIN = mark(
    "All touchpoints together are linked to {gains}: worked out together, not added up."
)
JOINT_EXTRAPOLATED = mark(
    "All touchpoints together are linked to {gains}: worked out together, not added up. Hardly "
    "anybody finds all of them going well at once, so part of it is carried over from what is seen "
    "of each alone."
)
NO_EFFECT: dict[str, str] = {
    "leaving": mark("No touchpoint is linked to leaving beyond chance"),
    "nps": mark("No touchpoint is linked to the Net Promoter Score beyond chance"),
    "csat": mark("No touchpoint is linked to being satisfied overall beyond chance"),
    "ces": mark("No touchpoint is linked to finding it easy beyond chance"),
}
CLEAR_EFFECT: dict[str, str] = {
    "leaving": mark("Linked to leaving beyond chance: {names:list}"),
    "nps": mark("Linked to the Net Promoter Score beyond chance: {names:list}"),
    "csat": mark("Linked to being satisfied overall beyond chance: {names:list}"),
    "ces": mark("Linked to finding it easy beyond chance: {names:list}"),
}
CLEAR_MORE: dict[str, str] = {
    "leaving": mark("{first} and {n:count} more are linked to leaving beyond chance"),
    "nps": mark("{first} and {n:count} more are linked to the Net Promoter Score beyond chance"),
    "csat": mark("{first} and {n:count} more are linked to being satisfied overall beyond chance"),
    "ces": mark("{first} and {n:count} more are linked to finding it easy beyond chance"),
}
"""Titles of a chart of effects, by outcome."""

TOGETHER: dict[str, str] = {
    "leaving": mark("{r2:share1} of who leaves"),
    "nps": mark("{r2:share1} of the differences in Net Promoter Score"),
    "csat": mark("{r2:share1} of who is satisfied"),
    "ces": mark("{r2:share1} of who finds it easy"),
}

_UNTOLD = mark("nothing: no link beyond chance")
_STRENGTH = mark(
    "{e_value:number1} times as likely, both; {e_low:number1} times would leave it open"
)


def name_role(role: str) -> Message:
    """What a role means to a reader.

    Examples
    --------
    >>> name_role("actionable").in_language("en")
    'ours to change'
    """
    return Message(_ROLES.get(role, role))


def describe_source(source: str | None) -> Message:
    """Where a driver is known from; answers carry a mood that colours the score as well."""
    return Message(_SOURCES.get(source or "", ""))


def say_strength(row: Mapping[str, Any]) -> Message:
    """How strong an unseen factor would have to be to explain an effect away.

    Parameters
    ----------
    row
        `is_clear`, `e_value` and `e_value_low`, risk ratios by which it would have to go with both
        the bad experience and the outcome.

    Examples
    --------
    >>> say_strength({"is_clear": True, "e_value": 3.41, "e_value_low": 2.2}).in_language("en")
    '3.4 times as likely, both; 2.2 times would leave it open'
    """
    if not row["is_clear"] or row["e_value"] is None or row["e_value_low"] is None:
        return Message(_UNTOLD)
    return Message(_STRENGTH, {"e_value": row["e_value"], "e_low": row["e_value_low"]})


def warn_of_mood(row: Mapping[str, Any], *, driver: Any) -> Message:
    """How much a mood would have to be worth to explain an effect of grades away.

    Parameters
    ----------
    row
        `outcome`, `unit` and `halo_needed`, the change of the outcome for each standard deviation
        of an impression that colours all grades.
    """
    times = 100 if row["unit"] == "share" else 1
    values = {"driver": driver, "size": row["halo_needed"] * times}
    if row["outcome"] == "leaving":
        return message(
            "{driver} is known from grades: a mood that colours all of them would explain the link "
            "away if a usual difference in mood alone moved the chance to leave by {size:points1} "
            "percentage points.",
            **values,
        )
    return message(
        "{driver} is known from grades: a mood that colours all of them would explain the link "
        "away if a usual difference in mood alone moved the score by {size:points1} points.",
        **values,
    )


def warn_of_unseen(row: Mapping[str, Any], *, driver: Any) -> Message:
    """What somebody who doubts an effect would have to show.

    Parameters
    ----------
    row
        As `say_strength` takes it, with `outcome`.
    """
    values = {"driver": driver, "e_value": row["e_value"], "e_low": row["e_value_low"]}
    if row["outcome"] == "leaving":
        return message(
            "No method sees what nobody recorded. For {driver}, an unseen factor would have to "
            "make both the bad experience and leaving {e_value:number1} times as likely to explain "
            "the link away; {e_low:number1} times would be enough to leave it open. A mood that "
            "colours ratings and leaving alike would be one.",
            **values,
        )
    return message(
        "No method sees what nobody recorded. For {driver}, an unseen factor would have to make "
        "both the bad experience and a low score {e_value:number1} times as likely to explain the "
        "link away; {e_low:number1} times would be enough to leave it open. A mood that colours "
        "all answers alike would be one.",
        **values,
    )
