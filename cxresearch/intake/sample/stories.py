"""Which effects are planted in the sample company, and how large are they?

A story is either in the company with exactly the size written here, or absent. What an analysis
finds is held against these sizes and against the potential outcomes in `SampleCompany.truth`.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from cxresearch.errors import ParameterError, did_you_mean


@dataclass(frozen=True)
class Story:
    """One planted effect.

    Attributes
    ----------
    description
        What happens, in one sentence.
    sizes
        True sizes by name; the unit is part of the name.
    tables
        Tables in which the story can be seen.
    """

    description: str
    sizes: dict[str, float]
    tables: tuple[str, ...]


@dataclass(frozen=True)
class Effect:
    """What one bad (or good) event does, when its story is in the company.

    Attributes
    ----------
    score
        Shift of the score given for that very contact, in standard deviations.
    loyalty
        Shift of the relational score in the months that follow, in standard deviations.
    leaving
        Added to the logit of leaving in each of the months that follow.
    months
        How many months after the month of the event it lasts.
    """

    story: str
    score: float
    loyalty: float
    leaving: float
    months: int


EFFECTS = {
    "waited": Effect("broken_promise", -1.3, -0.8, 1.9, 3),
    "paid": Effect("moment_of_truth", 0.7, 0.5, -1.0, 6),
    "refused": Effect("moment_of_truth", -0.9, -0.7, 1.6, 3),
    "delayed": Effect("silent_leavers", -0.8, -0.5, 1.8, 3),
    "asked_again": Effect("asked_again", -0.9, -0.5, 0.9, 3),
    "double_booked": Effect("partner_double_booking", -1.6, -0.5, 1.0, 3),
}
"""Effect by event. An event without its story happens just as often, and changes nothing."""

PROMISED_MINUTES = 10.0
"""A change of ticket takes ten minutes at most."""
LONG_DELAY_MINUTES = 30.0
APP_RELEASE_MONTH = 20  # July 2025
PILOT_MONTH = 6  # May 2024
GATE_MONTH = 6


def _of(event: str) -> dict[str, float]:
    effect = EFFECTS[event]
    return {
        f"{event}: score (sd)": effect.score,
        f"{event}: loyalty (sd)": effect.loyalty,
        f"{event}: leaving (log odds a month)": effect.leaving,
        f"{event}: lasts (months)": effect.months,
    }


STORIES: dict[str, Story] = {
    "broken_promise": Story(
        "The ticket-change desk promises ten minutes and keeps most people waiting far longer; "
        "those who wait longer rate it badly and leave more often in the next three months.",
        {"median wait (times)": 6.0, **_of("waited")},
        ("interactions", "responses", "customers"),
    ),
    "sent_on": Story(
        "The ticket-change desk sends people on to the ticket office with nothing done.",
        {"sent on (share of visits)": 0.40, "score (sd)": -0.6},
        ("interactions", "responses"),
    ),
    "moment_of_truth": Story(
        "A refund paid on the spot makes people stay; one refused makes them go.",
        {**_of("paid"), **_of("refused")},
        ("responses", "customers"),
    ),
    "silent_leavers": Story(
        "Long delays make people leave, and most of those who suffer never say a word.",
        {"quiet customers (share)": 0.65, **_of("delayed")},
        ("interactions", "responses", "customers"),
    ),
    "temporary_defectors": Story(
        "After a long delay frequent buyers make two trips with a competitor and then come back.",
        {"defect after a long delay (share)": 0.40, "purchases missed (count)": 2},
        ("interactions",),
    ),
    "partner_double_booking": Story(
        "The car-hire partner sells the same car twice; the customer has to call us.",
        {"double-booked (share of car bookings)": 0.25, **_of("double_booked")},
        ("interactions", "responses", "customers"),
    ),
    "right_journey": Story(
        "In a pilot drawn by lot every phase goes right; use becomes regular and people stay.",
        {
            "pilot (share of customers)": 0.12,
            "score at every touchpoint (sd)": 0.8,
            "leaving (log odds a month)": -1.5,
            "irregularity of purchases (times)": 0.2,
        },
        ("interactions", "responses", "customers"),
    ),
    "asked_again": Story(
        "Those who write an e-mail and then phone have to tell everything again.",
        {
            "phone after e-mail (share)": 0.45,
            "asked again (share of them)": 0.62,
            **_of("asked_again"),
        },
        ("interactions", "responses", "customers"),
    ),
    "inconsistent_refund": Story(
        "E-mail promises the refund within 5 days, the recorded message on the phone within 30.",
        {"by e-mail (days)": 5, "by phone (days)": 30},
        ("interactions",),
    ),
    "case_mix": Story(
        "Chat solves more than the phone for every reason, yet less in total: it gets the "
        "difficult cases.",
        {"easy reasons (share resolved)": 0.06, "hard reasons (share resolved)": 0.12},
        ("interactions",),
    ),
    "unhappy_silence": Story(
        "The less satisfied people are, the less they answer.",
        {"answering (log odds for a standard deviation)": 0.4},
        ("responses", "invitations"),
    ),
    "team_morale": Story(
        "A team's morale moves its customers' score one month later.",
        {"score for a standard deviation of morale (sd)": 0.25, "lag (months)": 1},
        ("responses",),
    ),
    "app_release": Story(
        "The app released in July 2025 is truly better, and people like the company more for it.",
        {"score of the app (sd)": 0.7, "loyalty (sd)": 0.25},
        ("responses",),
    ),
    "harmless_low": Story(
        "The website is rated badly, with no consequence for staying or recommending.",
        {"score (sd)": -1.0, "leaving (log odds a month)": 0.0},
        ("responses",),
    ),
    "halo": Story(
        "How people see the company as a whole colours every rating, and a little their staying.",
        {"shared part of every rating (sd)": 0.6, "leaving (log odds for a sd)": -0.3},
        ("responses", "customers"),
    ),
    "undrawn_touchpoint": Story(
        "Access gates appear in May 2024 and nobody puts them on the map.",
        {"visits (a customer and month)": 0.02},
        ("interactions", "responses"),
    ),
    "three_kinds": Story(
        "Commuters, business and leisure travellers use the company in three different ways.",
        {
            "commuter (share)": 0.30,
            "business (share)": 0.20,
            "leisure (share)": 0.50,
            "commuter: score (sd)": -0.25,
            "leisure: score (sd)": 0.15,
        },
        ("customers", "interactions", "responses"),
    ),
    "confounded_driver": Story(
        "On the coast people queue longer at the station and leave more often, but for a "
        "competitor's new line: the queue itself has no effect.",
        {
            "wait at the station on the coast (times)": 3.0,
            "leaving on the coast (log odds a month)": 0.9,
            "leaving because of the wait (log odds)": 0.0,
        },
        ("interactions", "customers"),
    ),
    "uneven_touchpoints": Story(
        "Some touchpoints are a little better or worse than others, as in life.",
        {"largest difference from the average (sd)": 0.15},
        ("responses",),
    ),
    "careless_outbound": Story(
        "Messages go out in a channel people did not choose, against their refusal, in the wrong "
        "language or with an unfilled name.",
        {
            "not in the preferred channel (share)": 0.35,
            "in a refused channel (share of those who refused one)": 0.30,
            "wrong language (share)": 0.05,
            "unfilled name (share)": 0.04,
        },
        ("interactions",),
    ),
}
"""Every planted effect by name."""


def strength(stories: frozenset[str], story: str, size: str) -> float:
    """The size planted by `story`; 0 in a company without it.

    Examples
    --------
    >>> strength(frozenset({"sent_on"}), "sent_on", "score (sd)")
    -0.6
    >>> strength(frozenset(), "sent_on", "score (sd)")
    0.0
    """
    return STORIES[story].sizes[size] if story in stories else 0.0


def choose_stories(without: Iterable[str] = ()) -> frozenset[str]:
    """The stories that stay when those of `without` are left out; `all` leaves none.

    Raises
    ------
    ParameterError
        If a name is no story.

    Examples
    --------
    >>> "halo" in choose_stories(["halo"])
    False
    >>> choose_stories(["all"])
    frozenset()
    """
    left_out = set(without)
    if "all" in left_out:
        return frozenset()
    for name in sorted(left_out - STORIES.keys()):
        raise ParameterError(
            f"'{name}' is no story of the sample company.{did_you_mean(name, STORIES)}",
            allowed=f"all, {', '.join(STORIES)}",
            next_step="correct the name after --without",
        )
    return frozenset(STORIES.keys() - left_out)
