"""What would each customer do and meet in 24 months, if nobody ever left?

A row is a potential visit: a purchase, a use or a contact, with what happened there (how long it
took, whether it was solved) and, in `event`, whether it was one of the events that stories act
through. Leaving comes later and only cuts these rows off, so every company made from one seed
shares them.
"""

import numpy as np
import polars as pl

from .layout import HARD_REASONS, PARTNER_PRODUCTS, PLACES, REASONS, TOUCHPOINT, case, pick
from .seasons import N_DAYS, draw_days, draw_hours
from .stories import (
    GATE_MONTH,
    LONG_DELAY_MINUTES,
    PILOT_MONTH,
    PROMISED_MINUTES,
    STORIES,
    strength,
)
from .streams import Floats, Streams

COMMON_DRAWS = ("u_case", "u_time", "u_follow", "u_next", "u_known", "u_invited", "u_answers")
"""Uniform draws that every visit carries, so that later steps need no draws of their own."""

SUPPORT_CHANNELS = {"phone": 0.4, "email": 0.25, "chat": 0.25, "social": 0.1}
HARD_CHANNELS = {"phone": 0.2, "email": 0.25, "chat": 0.45, "social": 0.1}
EASY_CHANNELS = {"phone": 0.53, "email": 0.25, "chat": 0.12, "social": 0.1}
RESOLVED = 0.80
SOLVED_BY = {  # channel: share resolved of easy and of hard reasons, story `case_mix`
    "phone": (0.88, 0.50),
    "chat": (0.94, 0.62),
    "email": (0.80, 0.45),
    "social": (0.80, 0.45),
}
TOUCHPOINT_OF = {
    "phone": "phone_support",
    "email": "email_support",
    "chat": "chat_support",
    "social": "social_care",
}


def add_common_draws(streams: Streams, table: pl.DataFrame, purpose: str) -> pl.DataFrame:
    """Attach the uniform, normal and integer draws that later steps use."""
    table = streams.uniforms(table, purpose, *COMMON_DRAWS)
    table = streams.normals(table, purpose, "z_wait", "z_long", "z_score", "z_second")
    seeds = streams(f"{purpose}.text").integers(0, 2**63, table.height, dtype=np.uint64)
    return table.with_columns(pl.Series("text_seed", seeds))


def count_poisson(u: Floats, mean: Floats) -> np.ndarray:
    """Poisson counts by inversion, so that each customer spends exactly one draw."""
    count = np.zeros(len(u), dtype=np.int64)
    term = np.exp(-mean)
    below = term.copy()
    k = 0
    while np.any(u > below) and k < 200:
        count += u > below
        k += 1
        term = term * mean / k
        below = below + term
    return count


def _service_visits(streams: Streams, people: pl.DataFrame, touchpoint: str) -> pl.DataFrame:
    place = PLACES[touchpoint]
    purpose = f"visits.{touchpoint}"
    mean = np.full(people.height, place.monthly * N_DAYS / 30.4)
    count = count_poisson(streams(f"{purpose}.count").random(people.height), mean)
    table = pl.DataFrame(
        {
            "customer": np.repeat(people["_customer"].to_numpy(), count),
            "day": draw_days(streams(f"{purpose}.day"), int(count.sum())),
        }
    ).with_columns(
        touchpoint=pl.lit(touchpoint, dtype=TOUCHPOINT),
        kind=pl.lit(place.kind),
        channel=pl.lit(place.channel),
        number=pl.int_range(pl.len()),
        source=pl.lit(touchpoint[:2].upper() + touchpoint[-1].upper()),
    )
    return add_common_draws(streams, table, purpose)


def _purchases(streams: Streams, people: pl.DataFrame) -> pl.DataFrame:
    """Purchases come at a usual gap with some irregularity, little of it in the pilot."""
    n = people.height
    phase = streams("purchases.phase").random(n)
    gap = people["_gap_days"].to_numpy()
    count = np.ceil(N_DAYS / gap).astype(np.int64)
    row = np.repeat(np.arange(n), count)
    turn = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    planned = (phase[row] + turn) * gap[row]
    calm = STORIES["right_journey"].sizes["irregularity of purchases (times)"]
    in_pilot = people["_is_pilot"].to_numpy()[row] & (planned >= PILOT_MONTH * 30.4)
    jitter = streams("purchases.jitter").standard_normal(len(row)) * 0.22 * gap[row]
    day = np.floor(planned + np.where(in_pilot, calm, 1.0) * jitter)
    table = pl.DataFrame(
        {
            "customer": row,
            "turn": turn,
            "day": day + draw_hours(streams("purchases.hour"), len(row)),
            "app_share": people["app_purchase_share"].to_numpy()[row],
            "fare": people["average_fare"].to_numpy()[row],
        }
    )
    table = streams.uniforms(table, "purchases", "u_app", "u_place", "u_product")
    table = streams.normals(table, "purchases", "z_amount")
    rest = {"ticket_office": 0.44, "partner_booking": 0.40, "phone_booking": 0.16}
    bought = pl.when(pl.col("u_app") < 0.85 * pl.col("app_share")).then(pl.lit("app_purchase"))
    table = table.with_columns(
        touchpoint=bought.otherwise(pick("u_place", rest)).cast(TOUCHPOINT),
        kind=pl.lit("purchase"),
        number=pl.int_range(pl.len()),
        source=pl.lit("PUR"),
        amount=(pl.col("fare") * 2.5 * (0.3 * pl.col("z_amount")).exp()).round(1),
    ).with_columns(
        reason=pl.when(pl.col("touchpoint") == "partner_booking")
        .then(pick("u_product", PARTNER_PRODUCTS))
        .otherwise(pick("u_product", {"ticket": 0.7, "pass": 0.3})),
        channel=pl.col("touchpoint").replace_strict(
            {name: place.channel for name, place in PLACES.items()}, return_dtype=pl.String
        ),
    )
    kept = table.drop("app_share", "fare", "u_app", "u_place", "z_amount")
    return add_common_draws(streams, kept, "purchases")


def draw_visits(streams: Streams, people: pl.DataFrame, stories: frozenset[str]) -> pl.DataFrame:
    """All potential visits of `people`, follow-ups excepted."""
    services = [name for name, place in PLACES.items() if place.monthly]
    parts = [_service_visits(streams, people, name) for name in services]
    parts.append(_purchases(streams, people))
    person = people.select(
        *("region", "preferred_channel", "_is_quiet", "_joined_day"), customer="_customer"
    )
    table = pl.concat(parts, how="diagonal").join(
        person, on="customer", how="left", maintain_order="left"
    )
    table = table.filter(
        pl.col("day").is_between(0, N_DAYS, closed="left"), pl.col("day") >= pl.col("_joined_day")
    ).drop("_joined_day")
    gates = pl.col("day") >= GATE_MONTH * 30.5 if "undrawn_touchpoint" in stories else pl.lit(False)
    table = table.filter((pl.col("touchpoint") != "access_gate") | gates)
    return _with_events(_with_outcomes(_with_support(table, stories), stories), stories)


def _with_support(table: pl.DataFrame, stories: frozenset[str]) -> pl.DataFrame:
    """Give every support contact its reason and its channel; the case mix is a story."""
    is_support = pl.col("touchpoint") == "phone_support"
    reason = pick("u_case", REASONS)
    is_hard = reason.is_in(HARD_REASONS)
    if "case_mix" in stories:
        drawn = pl.when(is_hard).then(pick("u_next", HARD_CHANNELS))
        chosen = drawn.otherwise(pick("u_next", EASY_CHANNELS))
    else:
        chosen = pick("u_next", SUPPORT_CHANNELS)
    likes = pl.col("preferred_channel").is_in(list(SUPPORT_CHANNELS)) & (pl.col("u_known") < 0.35)
    channel = pl.when(likes).then(pl.col("preferred_channel")).otherwise(chosen)
    fixed = {"ticket_change_desk": "change", "refund_on_the_spot": "refund"}
    touchpoint = pl.col("touchpoint").cast(pl.String)
    others = touchpoint.replace_strict(fixed, default=None, return_dtype=pl.String)
    support = channel.replace_strict(TOUCHPOINT_OF, default="phone_support")
    return table.with_columns(
        channel=pl.when(is_support).then(channel).otherwise("channel"),
        touchpoint=pl.when(is_support).then(support).otherwise(touchpoint).cast(TOUCHPOINT),
        reason=pl.when(is_support).then(reason).otherwise(pl.coalesce("reason", others)),
        is_support=is_support,
    )


def _with_outcomes(table: pl.DataFrame, stories: frozenset[str]) -> pl.DataFrame:
    """Add waiting, duration and resolution. Waits are log-normal with a median of 4 minutes."""
    desk = pl.lit("broken_promise" in stories) & (pl.col("touchpoint") == "ticket_change_desk")
    coast = (
        pl.lit("confounded_driver" in stories)
        & (pl.col("touchpoint") == "station")
        & (pl.col("region") == "Costa")
    )
    longer = STORIES["confounded_driver"].sizes["wait at the station on the coast (times)"]
    times = case(
        (desk, STORIES["broken_promise"].sizes["median wait (times)"]),
        (coast, longer),
        (pl.col("channel") == "email", 60.0),
        otherwise=1.0,
    )
    delay = pl.when(pl.col("u_time") < 0.25).then(-40.0 * (pl.col("u_time") / 0.25).log())
    served = pl.col("channel").is_in(["desk", "phone", "email", "chat", "social", "station"])
    wait = pl.when(served).then(4.0 * times * (0.6 * pl.col("z_wait")).exp())
    is_contact = pl.col("kind") == "contact"
    long = case(
        (pl.col("channel").is_in(["desk", "phone", "chat"]), 6.0), (pl.col("channel") == "app", 0.9)
    )
    return table.with_columns(
        wait_minutes=pl.when(pl.col("touchpoint") == "on_board")
        .then(delay.fill_null(0.0))
        .otherwise(wait)
        .round(1),
        duration_minutes=(long * (0.35 * pl.col("z_long")).exp()).round(1),
        is_resolved=pl.when(is_contact & (pl.col("touchpoint") != "after_sales")).then(
            pl.col("u_time") < share_resolved(stories)
        ),
    )


def share_resolved(stories: frozenset[str]) -> pl.Expr:
    """The true chance that a contact is resolved: one for all without the story `case_mix`."""
    if "case_mix" not in stories:
        return pl.lit(RESOLVED)
    is_hard = pl.col("reason").is_in(HARD_REASONS)
    share = pl.lit(RESOLVED)
    for channel, (easy, hard) in SOLVED_BY.items():
        here = pl.col("is_support") & (pl.col("channel") == channel)
        share = pl.when(here & is_hard).then(hard).when(here).then(easy).otherwise(share)
    return share


def _with_events(table: pl.DataFrame, stories: frozenset[str]) -> pl.DataFrame:
    """Name the events through which stories act, and who is sent on from the desk."""
    desk = pl.col("touchpoint") == "ticket_change_desk"
    spot = pl.col("touchpoint") == "refund_on_the_spot"
    sent = strength(stories, "sent_on", "sent on (share of visits)")
    double = strength(stories, "partner_double_booking", "double-booked (share of car bookings)")
    is_double = (
        (pl.col("touchpoint") == "partner_booking")
        & (pl.col("reason") == "car")
        & (pl.col("u_case") < double)
    )
    is_sent = desk & (pl.col("u_next") < sent)
    on_board = pl.col("touchpoint") == "on_board"
    event = case(
        (desk & (pl.col("wait_minutes") > PROMISED_MINUTES), pl.lit("waited")),
        (spot & pl.col("is_resolved"), pl.lit("paid")),
        (spot, pl.lit("refused")),
        (on_board & (pl.col("wait_minutes") >= LONG_DELAY_MINUTES), pl.lit("delayed")),
        (is_double, pl.lit("double_booked")),
    )
    resolved = pl.when(is_sent).then(False).otherwise("is_resolved")
    return table.with_columns(is_sent_on=is_sent, is_resolved=resolved, event=event)
