"""In which words do ratings appear? Every sentence on scores, by measure, unit and direction.

Texts only: which of them is true is decided in `actions.scores`. A question without a sentence of
its own is named and given its figure.
"""

from cxresearch.language import Message, mark, message
from cxresearch.transforms.questions import WHOLE

ON_YEAR = "_on_year"
"""Ends the name of a measure whose change is against the same period a year before."""

MEASURES: dict[str, str] = {
    "nps": mark("Net Promoter Score"),
    "enps": mark("Employee Net Promoter Score"),
    "csat": mark("Satisfied overall"),
    "ces_share": mark("Find dealing with us easy"),
    "stars": mark("Four or five stars"),
    "emoji": mark("Happy faces"),
    "expectation": mark("Expect to be satisfied"),
    "quarantined": mark("Rows set aside"),
    "link_coverage": mark("Contacts tied to a customer"),
    "broken_promises": mark("Broken promises and pledges"),
    "warnings": mark("Faults to look at"),
    "pledges_broken": mark("Broken pledges"),
    "promises_broken": mark("Broken promises"),
    "undrawn": mark("Touchpoints nobody drew"),
    "content_but_not_whole": mark("Content at every touchpoint, not with the whole"),
    "net_tone": mark("Net tone of comments"),
    "net_tone_named": mark("Net tone of comments that name it"),
    "complaints": mark("Comments with a complaint"),
    "unknown_tone": mark("Comments whose tone is unknown"),
    "theme_share": mark("Share of comments on a theme"),
    "left": mark("Left in a month"),
    "left_silent": mark("Left without a word"),
    "left_over_experience": mark("Left silently, perhaps over us"),
    "at_risk_in_silence": mark("At risk now, and silent"),
    "leaves_faster": mark("Leaves faster"),
    "linked_to_leaving": mark("Linked to leaving"),
    "nps_touchpoint": mark("Net Promoter Score right after a contact"),
    "csat_touchpoint": mark("Satisfied with a touchpoint"),
    "ces_share_touchpoint": mark("Find a contact easy"),
    "stars_touchpoint": mark("Four or five stars for a touchpoint"),
    "emoji_touchpoint": mark("Happy faces at a touchpoint"),
    "expectation_touchpoint": mark("Expect to be satisfied at a touchpoint"),
    "csat_touchpoint_walkthrough": mark("Our own walk-throughs: satisfactory"),
}
"""How a measure is called on a page."""

_VOICES = {"employee": mark("employees"), "walkthrough": mark("our own walk-throughs")}


def measure_id(*, voice: str, measure: str, about: str) -> str:
    """The name of a question's measure among findings.

    Examples
    --------
    >>> measure_id(voice="customer", measure="csat", about="touchpoint")
    'csat_touchpoint'
    >>> measure_id(voice="walkthrough", measure="csat", about="touchpoint")
    'csat_touchpoint_walkthrough'
    """
    parts = [measure]
    if about != WHOLE:
        parts.append(about)
    if voice != "customer" and measure != "enps":
        parts.append(voice)
    return "_".join(parts)


def name_measure(*, voice: str, measure: str, about: str) -> Message:
    """How a question's measure is called on a page; no question is without a name.

    Examples
    --------
    >>> name_measure(voice="employee", measure="csat", about="whole").in_language("en")
    'Satisfied overall (employees)'
    """
    known = measure_id(voice=voice, measure=measure, about=about)
    if known in MEASURES:
        return Message(MEASURES[known])
    of_customers = measure_id(voice="customer", measure=measure, about=about)
    plain = MEASURES.get(measure, measure.replace("_", " "))
    name = Message(MEASURES.get(of_customers, plain))
    if about != WHOLE and of_customers not in MEASURES:
        name = message("{measure}, about a touchpoint", measure=name)
    if voice == "customer" or measure == "enps":
        return name
    asked = Message(_VOICES.get(voice, voice))
    return message("{measure} ({voice})", measure=name, voice=asked)


LEVELS: dict[str, str] = {
    "nps": mark(
        "The Net Promoter Score is {estimate:points} "
        "({ci_low:points} to {ci_high:points}, {n:count} answers)."
    ),
    "nps touchpoint": mark(
        "Right after a contact the Net Promoter Score is {estimate:points} "
        "({ci_low:points} to {ci_high:points}, {n:count} answers)."
    ),
    "enps": mark(
        "Among employees the Net Promoter Score is {estimate:points} "
        "({ci_low:points} to {ci_high:points}, {n:count} answers)."
    ),
    "csat": mark(
        "{estimate:share} of customers are satisfied overall "
        "({ci_low:share} to {ci_high:share}, {n:count} answers)."
    ),
    "csat touchpoint": mark(
        "Where customers meet us, {estimate:share} are satisfied "
        "({ci_low:share} to {ci_high:share}, {n:count} answers)."
    ),
    "ces_share": mark(
        "{estimate:share} find dealing with us easy "
        "({ci_low:share} to {ci_high:share}, {n:count} answers)."
    ),
    "ces_share touchpoint": mark(
        "{estimate:share} find a contact easy "
        "({ci_low:share} to {ci_high:share}, {n:count} answers)."
    ),
    "stars touchpoint": mark(
        "{estimate:share} give four or five stars "
        "({ci_low:share} to {ci_high:share}, {n:count} answers)."
    ),
    "emoji touchpoint": mark(
        "{estimate:share} choose a happy face "
        "({ci_low:share} to {ci_high:share}, {n:count} answers)."
    ),
    "expectation touchpoint": mark(
        "{estimate:share} expect to be satisfied "
        "({ci_low:share} to {ci_high:share}, {n:count} answers)."
    ),
    "walkthrough touchpoint": mark(
        "Our own walk-throughs rate {estimate:share} as satisfactory "
        "({ci_low:share} to {ci_high:share}, {n:count} answers)."
    ),
    "employee": mark(
        "{estimate:share} of employees answer with one of the two best grades "
        "({ci_low:share} to {ci_high:share}, {n:count} answers)."
    ),
}

NAMED_LEVELS: dict[str, str] = {
    "points": mark(
        "{measure}: {estimate:points} ({ci_low:points} to {ci_high:points}, {n:count} answers)."
    ),
    "share": mark(
        "{measure}: {estimate:share} ({ci_low:share} to {ci_high:share}, {n:count} answers)."
    ),
}
"""For a question that has no sentence of its own in `LEVELS`."""

CHANGES: dict[tuple[str, str], str] = {
    ("points", "up"): mark(
        "{measure} rose by {size:points} points compared with {before:than_period} "
        "({ci_low:signed} to {ci_high:signed})."
    ),
    ("points", "down"): mark(
        "{measure} fell by {size:points} points compared with {before:than_period} "
        "({ci_low:signed} to {ci_high:signed})."
    ),
    ("points", "none"): mark(
        "{measure}: no change beyond chance compared with {before:than_period} "
        "({ci_low:signed} to {ci_high:signed} points)."
    ),
    ("points", "maybe"): mark(
        "{measure}: {estimate:signed} points compared with {before:than_period} "
        "({ci_low:signed} to {ci_high:signed}), which may be chance, as several questions are "
        "compared."
    ),
    ("share", "maybe"): mark(
        "{measure}: {estimate:gap} percentage points compared with {before:than_period} "
        "({ci_low:gap} to {ci_high:gap}), which may be chance, as several questions are compared."
    ),
    ("share", "up"): mark(
        "{measure}: up by {size:pp} percentage points compared with {before:than_period} "
        "({ci_low:gap} to {ci_high:gap})."
    ),
    ("share", "down"): mark(
        "{measure}: down by {size:pp} percentage points compared with {before:than_period} "
        "({ci_low:gap} to {ci_high:gap})."
    ),
    ("share", "none"): mark(
        "{measure}: no change beyond chance compared with {before:than_period} "
        "({ci_low:gap} to {ci_high:gap} percentage points)."
    ),
}

DISTANCES: dict[tuple[str, str], str] = {
    ("points", "above"): mark(
        "The objective of {target:points} by {by_on:day} is exceeded by {size:points} points "
        "({ci_low:signed} to {ci_high:signed})."
    ),
    ("points", "below"): mark(
        "The objective of {target:points} by {by_on:day} is {size:points} points away "
        "({ci_low:signed} to {ci_high:signed})."
    ),
    ("points", "open"): mark(
        "The score cannot be told apart from the objective of {target:points} by {by_on:day} "
        "({ci_low:signed} to {ci_high:signed} points)."
    ),
    ("share", "above"): mark(
        "The objective of {target:share} by {by_on:day} is exceeded by {size:pp} percentage points "
        "({ci_low:gap} to {ci_high:gap})."
    ),
    ("share", "below"): mark(
        "The objective of {target:share} by {by_on:day} is {size:pp} percentage points away "
        "({ci_low:gap} to {ci_high:gap})."
    ),
    ("share", "open"): mark(
        "The score cannot be told apart from the objective of {target:share} by {by_on:day} "
        "({ci_low:gap} to {ci_high:gap} percentage points)."
    ),
}

OUTLOOKS: dict[tuple[str, str], str] = {
    ("points", "on_course"): mark(
        "If things go on as they have, the objective will be met: "
        "{ci_low:points} to {ci_high:points} by {on:day}, against {target:points}."
    ),
    ("points", "off_course"): mark(
        "If things go on as they have, the objective will be missed: "
        "{ci_low:points} to {ci_high:points} by {on:day}, against {target:points}."
    ),
    ("points", "open"): mark(
        "If things go on as they have, whether the objective will be met is open: "
        "{ci_low:points} to {ci_high:points} by {on:day}, against {target:points}."
    ),
    ("share", "on_course"): mark(
        "If things go on as they have, the objective will be met: "
        "{ci_low:share} to {ci_high:share} by {on:day}, against {target:share}."
    ),
    ("share", "off_course"): mark(
        "If things go on as they have, the objective will be missed: "
        "{ci_low:share} to {ci_high:share} by {on:day}, against {target:share}."
    ),
    ("share", "open"): mark(
        "If things go on as they have, whether the objective will be met is open: "
        "{ci_low:share} to {ci_high:share} by {on:day}, against {target:share}."
    ),
}

GROUPS: dict[tuple[str, str], str] = {
    ("touchpoint", "points"): mark(
        "{touchpoint}: {estimate:points} ({ci_low:points} to {ci_high:points}, {n:count} answers)."
    ),
    ("touchpoint", "share"): mark(
        "{touchpoint}: {estimate:share} ({ci_low:share} to {ci_high:share}, {n:count} answers)."
    ),
    ("segment", "points"): mark(
        "{segment}: {estimate:points} ({ci_low:points} to {ci_high:points}, {n:count} answers)."
    ),
    ("segment", "share"): mark(
        "{segment}: {estimate:share} ({ci_low:share} to {ci_high:share}, {n:count} answers)."
    ),
}

LOWEST: dict[str, str] = {
    "points": mark(
        "{touchpoint} is rated lowest of {of:count} touchpoints: {estimate:points} "
        "({ci_low:points} to {ci_high:points}, {n:count} answers)."
    ),
    "share": mark(
        "{touchpoint} is rated lowest of {of:count} touchpoints: {estimate:share} "
        "({ci_low:share} to {ci_high:share}, {n:count} answers)."
    ),
}

GROUP_CHANGES: dict[tuple[str, str], str] = {
    ("touchpoint", "points"): mark(
        "{touchpoint}: {estimate:signed} points compared with {before:than_period} "
        "({ci_low:signed} to {ci_high:signed})."
    ),
    ("touchpoint", "share"): mark(
        "{touchpoint}: {estimate:gap} percentage points compared with {before:than_period} "
        "({ci_low:gap} to {ci_high:gap})."
    ),
    ("segment", "points"): mark(
        "{segment}: {estimate:signed} points compared with {before:than_period} "
        "({ci_low:signed} to {ci_high:signed})."
    ),
    ("segment", "share"): mark(
        "{segment}: {estimate:gap} percentage points compared with {before:than_period} "
        "({ci_low:gap} to {ci_high:gap})."
    ),
}
