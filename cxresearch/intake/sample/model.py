"""What makes a score, and what makes a customer leave?

The structural model. Scores are a standard normal inclination shifted by causes and cut at fixed
places; leaving is a monthly logit with the causes of `stories.EFFECTS`. One uniform number a
customer and month decides in every world alike, so that a customer's fate with and without a
story (the potential outcomes) is known exactly.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from .layout import PLACES, TEAMS, case
from .seasons import MONTH_STARTS, N_MONTHS, month_of
from .stories import APP_RELEASE_MONTH, EFFECTS, PILOT_MONTH, STORIES, strength
from .streams import Floats, Streams

BASE_LOGIT = float(np.log(0.008 / 0.992))
"""Eight customers in a thousand leave in a month in which nothing acts."""

CUTS = {  # standard normal quantiles between neighbouring scores
    "nps": (-2.05, -1.88, -1.75, -1.64, -1.48, -1.20, -0.84, -0.39, 0.05, 0.74),
    "csat": (-1.88, -1.48, -1.08, 0.15),
    "ces": (-2.05, -1.75, -1.41, -1.04, -0.39, 0.47),
    "stars": (-1.75, -1.41, -1.08, 0.10),
    "emoji": (-1.75, -1.41, -1.08, 0.20),
    "expectation": (-2.33, -1.75, -1.08, 0.25),
}
LOWEST = {"nps": 0, "csat": 1, "ces": 1, "stars": 1, "emoji": 1, "expectation": 1}
SCALES = {metric: (LOWEST[metric], LOWEST[metric] + len(cuts)) for metric, cuts in CUTS.items()}
CAUSAL = (
    "broken_promise", "moment_of_truth", "silent_leavers", "asked_again",
    "partner_double_booking", "right_journey", "halo", "confounded_driver",
)  # fmt: skip
"""Stories that change who leaves."""
ANY_BAD_EXPERIENCE = "any_bad_experience"
"""A world beside those of the stories: no bad event of `EFFECTS` acts, all else stays."""

WORLD = pl.Enum([*CAUSAL, ANY_BAD_EXPERIENCE])
OUTCOMES: dict[str, pl.DataType] = {
    "customer_id": pl.String(),
    "story": WORLD,
    "p_with": pl.Float32(),
    "p_without": pl.Float32(),
    "left_with": pl.Boolean(),
    "left_without": pl.Boolean(),
}


def score(inclination: str | pl.Expr, metric: str) -> pl.Expr:
    """The answer on the scale of `metric`, from a standard normal inclination.

    Examples
    --------
    >>> pl.DataFrame({"z": [-3.0, 0.0, 3.0]}).select(score("z", "csat")).to_series().to_list()
    [1.0, 4.0, 5.0]
    """
    column = pl.col(inclination) if isinstance(inclination, str) else inclination
    above = pl.lit(pl.Series(CUTS[metric])).search_sorted(column, side="left")
    return above.cast(pl.Float64) + LOWEST[metric]


def draw_morale(streams: Streams, stories: frozenset[str]) -> pl.DataFrame:
    """Morale of each team and month (-1 to 23), a standard normal that partly lasts."""
    noise = streams("company.morale").standard_normal((len(TEAMS), N_MONTHS + 1))
    morale = noise.copy()
    for month in range(1, N_MONTHS + 1):
        morale[:, month] = 0.4 * morale[:, month - 1] + np.sqrt(1 - 0.4**2) * noise[:, month]
    slope = strength(stories, "team_morale", "score for a standard deviation of morale (sd)")
    return pl.DataFrame(
        {
            "team": np.repeat(TEAMS, N_MONTHS + 1),
            "month": np.tile(np.arange(-1, N_MONTHS), len(TEAMS)),
            "morale": morale.ravel(),
        }
    ).with_columns(score_next_month=slope * pl.col("morale"))


def person_shift(people: pl.DataFrame, stories: frozenset[str]) -> pl.DataFrame:
    """`_shared`, the part of every inclination that belongs to the person, and `_own`.

    The inclination is `_shared + _own * noise`; its variance is one with the halo and without.
    """
    kinds = STORIES["three_kinds"].sizes
    shared = strength(stories, "halo", "shared part of every rating (sd)")
    by_kind = {"commuter": kinds["commuter: score (sd)"], "leisure": kinds["leisure: score (sd)"]}
    of_kind = pl.col("_kind").replace_strict(by_kind, default=0.0, return_dtype=pl.Float64)
    return people.with_columns(
        _shared=shared * pl.col("_trait") + of_kind, _own=pl.lit(float(np.sqrt(1 - shared**2)))
    )


def level_shift(stories: frozenset[str]) -> pl.Expr:
    """What the touchpoint and its month alone add to any score given there."""
    touchpoint = pl.col("touchpoint").cast(pl.String)
    levels = {name: place.level for name, place in PLACES.items()}
    uneven = touchpoint.replace_strict(levels, return_dtype=pl.Float64)
    shift = uneven if "uneven_touchpoints" in stories else pl.lit(0.0)
    low = strength(stories, "harmless_low", "score (sd)")
    better = strength(stories, "app_release", "score of the app (sd)")
    is_new = (touchpoint == "app_purchase") & (pl.col("month") >= APP_RELEASE_MONTH)
    return shift + case((touchpoint == "website", low), (is_new, better), otherwise=0.0)


def place_shift(stories: frozenset[str]) -> pl.Expr:
    """What the touchpoint, its month and the event at it add to the score given there."""
    sent_on = strength(stories, "sent_on", "score (sd)")
    sent_away = pl.when("is_sent_on").then(sent_on).otherwise(0.0)
    return level_shift(stories) + sent_away + event_shift(stories)


def event_shift(stories: frozenset[str]) -> pl.Expr:
    """What the event of a visit adds to the score given for that visit."""
    active = {event: e.score for event, e in EFFECTS.items() if e.story in stories}
    if not active:
        return pl.lit(0.0)
    return pl.col("event").replace_strict(active, default=0.0, return_dtype=pl.Float64)


def expose(visits: pl.DataFrame, event: str, n: int) -> NDArray[np.bool_]:
    """Customer by month: did `event` happen in one of the months just before?

    The month of the event itself is left out: what leads to leaving comes before it.
    """
    met = np.zeros((n, N_MONTHS), dtype=np.int32)
    rows = visits.filter(pl.col("event") == event).select("customer", month_of().alias("month"))
    np.add.at(met, (rows["customer"].to_numpy(), rows["month"].to_numpy()), 1)
    total = np.concatenate([np.zeros((n, 1), dtype=np.int64), met.cumsum(axis=1)], axis=1)
    month = np.arange(N_MONTHS)
    start = np.maximum(month - EFFECTS[event].months, 0)
    recent: NDArray[np.bool_] = (total[:, month] - total[:, start]) > 0
    return recent


@dataclass(frozen=True)
class Leaving:
    """Who leaves when, in this world and in the worlds without one story.

    Attributes
    ----------
    day
        Day of leaving by customer, infinite for those who stay.
    outcomes
        A row a customer and causal story (and one for `any_bad_experience`, all bad events at
        once): `p_with`, `p_without`, `left_with`, `left_without`.
    loyalty
        Customer by month: shift of the relational inclination through events.
    exposure
        Customer by month, for each event of `EFFECTS`.
    through
        By customer: whether they left in a month in which, had no bad event acted, they would have
        stayed. They may still have left later.
    """

    day: Floats
    outcomes: pl.DataFrame
    loyalty: Floats
    exposure: dict[str, NDArray[np.bool_]]
    through: NDArray[np.bool_]


def draw_leaving(
    streams: Streams, people: pl.DataFrame, visits: pl.DataFrame, stories: frozenset[str]
) -> Leaving:
    """Leaving under the model, with the potential outcomes of every causal story."""
    n = people.height
    exposure = {event: expose(visits, event, n) for event in EFFECTS}
    parts = leaving_logits(people, exposure, stories)
    bad = _bad_experience(exposure, stories)
    total = sum(parts.values(), np.full((n, N_MONTHS), BASE_LOGIT))
    u = streams("leaving.u").random((n, N_MONTHS))
    joined = np.maximum(people["_joined_day"].to_numpy(), 0.0)
    is_here = MONTH_STARTS[None, :N_MONTHS] >= joined[:, None]
    p_with, month = _fate(total, u, is_here)
    worlds = []
    if bad.any():
        parts[ANY_BAD_EXPERIENCE] = bad
    for story, part in parts.items():
        p_without, month_without = _fate(total - part, u, is_here)
        world = {
            "customer_id": people["customer_id"],
            "story": pl.Series([story], dtype=WORLD).new_from_index(0, n),
            "p_with": p_with.astype(np.float32),
            "p_without": p_without.astype(np.float32),
            "left_with": month < N_MONTHS,
            "left_without": month_without < N_MONTHS,
        }
        worlds.append(pl.DataFrame(world))
    fraction = streams("leaving.day").random(n)
    edges = np.append(MONTH_STARTS, np.inf)
    first = edges[month]
    length = np.where(month < N_MONTHS, edges[np.minimum(month + 1, N_MONTHS)] - first, 0.0)
    day = np.where(month < N_MONTHS, np.floor(first + fraction * length) + 0.9, np.inf)
    outcomes = pl.concat(worlds) if worlds else pl.DataFrame(schema=OUTCOMES)
    calm = 1 / (1 + np.exp(bad - total))
    last = np.minimum(month, N_MONTHS - 1)
    through = (month < N_MONTHS) & (u >= calm)[np.arange(n), last]
    return Leaving(day, outcomes, _loyalty(people, exposure, stories), exposure, through)


def leaving_logits(
    people: pl.DataFrame, exposure: dict[str, NDArray[np.bool_]], stories: frozenset[str]
) -> dict[str, Floats]:
    """What each causal story adds to the logit of leaving, customer by month."""
    always = np.ones((1, N_MONTHS), dtype=np.float64)
    none = np.zeros((people.height, N_MONTHS), dtype=np.float64)
    parts: dict[str, Floats] = {}
    for event, effect in EFFECTS.items():
        if effect.story in stories:
            part = parts.setdefault(effect.story, none.copy())
            part += effect.leaving * exposure[event]
    if "right_journey" in stories:
        calm = STORIES["right_journey"].sizes["leaving (log odds a month)"]
        since = np.arange(N_MONTHS)[None, :] >= PILOT_MONTH
        parts["right_journey"] = none + calm * (people["_is_pilot"].to_numpy()[:, None] & since)
    if "halo" in stories:
        slope = STORIES["halo"].sizes["leaving (log odds for a sd)"]
        parts["halo"] = slope * people["_trait"].to_numpy()[:, None] * always
    if "confounded_driver" in stories:
        rival = STORIES["confounded_driver"].sizes["leaving on the coast (log odds a month)"]
        coast = (people["region"] == "Costa").to_numpy()[:, None]
        parts["confounded_driver"] = rival * coast * always
    return parts


def _bad_experience(exposure: dict[str, NDArray[np.bool_]], stories: frozenset[str]) -> Floats:
    """What all bad events together add to the logit of leaving."""
    total = np.zeros(exposure["waited"].shape, dtype=np.float64)
    for event, effect in EFFECTS.items():
        if effect.story in stories and effect.leaving > 0:
            total += effect.leaving * exposure[event]
    return total


def _fate(logit: Floats, u: Floats, is_here: NDArray[np.bool_]) -> tuple[Floats, NDArray[np.int64]]:
    """Chance to leave in the window, and the month of leaving (24: stays)."""
    hazard = np.where(is_here, 1 / (1 + np.exp(-logit)), 0.0)
    leaves = u < hazard
    month = np.where(leaves.any(axis=1), leaves.argmax(axis=1), N_MONTHS)
    return 1 - np.prod(1 - hazard, axis=1), month


def _loyalty(
    people: pl.DataFrame, exposure: dict[str, NDArray[np.bool_]], stories: frozenset[str]
) -> Floats:
    """Shift of the relational inclination, customer by month."""
    shift = np.zeros((people.height, N_MONTHS))
    for event, effect in EFFECTS.items():
        if effect.story in stories:
            shift += effect.loyalty * exposure[event]
    month = np.arange(N_MONTHS)[None, :]
    in_pilot = people["_is_pilot"].to_numpy()[:, None] & (month >= PILOT_MONTH)
    shift += strength(stories, "right_journey", "score at every touchpoint (sd)") * in_pilot
    return shift + strength(stories, "app_release", "loyalty (sd)") * (month >= APP_RELEASE_MONTH)
