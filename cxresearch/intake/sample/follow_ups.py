"""Which contacts does one visit bring about?

Four kinds: the same matter again, being sent on to the ticket office, a call about a double
booking, a complaint after something bad. Every possible parent spends the same draws whether or
not something follows, so that switching a story changes only its own rows.
"""

import polars as pl

from .layout import TOUCHPOINT, pick
from .seasons import N_DAYS
from .stories import STORIES
from .streams import Streams
from .visits import RESOLVED, TOUCHPOINT_OF, add_common_draws

AGAIN_IF_UNRESOLVED = 0.35
AGAIN_IF_RESOLVED = 0.05
CONTEXT_KNOWN = 0.90
CONTEXT_BLANK = 0.15
COMPLAINS = 0.50
KEPT = ("customer", "region", "preferred_channel", "_is_quiet", "case", "reason")


def _candidates(streams: Streams, parents: pl.DataFrame, purpose: str) -> pl.DataFrame:
    """One possible follow-up for each parent, with draws of its own."""
    drawn = parents.select(
        *KEPT,
        pl.col("day").alias("after"),
        pl.col("channel").alias("from_channel"),
        pl.col("is_resolved").alias("was_resolved"),
        pl.col("event").alias("from_event"),
        "is_sent_on",
        "is_support",
        pl.lit("contact").alias("kind"),
        pl.int_range(pl.len()).alias("number"),
        pl.lit(purpose[:2].upper() + "F").alias("source"),
    )
    drawn = add_common_draws(streams, drawn, f"follow.{purpose}")
    return streams.uniforms(drawn, f"follow.{purpose}", "u_happens", "u_lag", "u_hour", "u_place")


def _at_another_day(lags: int) -> pl.Expr:
    """Between one and `lags` days later, at some hour of the day."""
    later = 1 + (pl.col("u_lag") * lags).floor()
    return pl.col("after").floor() + later + (8 + 12 * pl.col("u_hour")) / 24


def _served(table: pl.DataFrame, *, minutes: float = 4.0) -> pl.DataFrame:
    """Waiting and duration of a follow-up, as for first contacts."""
    times = pl.when(pl.col("channel") == "email").then(60.0).otherwise(1.0)
    return table.with_columns(
        wait_minutes=(minutes * times * (0.6 * pl.col("z_wait")).exp()).round(1),
        duration_minutes=pl.when(pl.col("channel") != "social").then(
            (6.0 * (0.35 * pl.col("z_long")).exp()).round(1)
        ),
        is_resolved=pl.col("u_time") < RESOLVED,
    )


def _repeats(streams: Streams, visits: pl.DataFrame, stories: frozenset[str]) -> pl.DataFrame:
    """The same matter within a week; with the story, from e-mail to the phone and asked again."""
    parents = visits.filter(pl.col("is_support") | (pl.col("touchpoint") == "ticket_change_desk"))
    table = _candidates(streams, parents, "repeat")
    sizes = STORIES["asked_again"].sizes
    is_story = (pl.col("from_channel") == "email") & pl.lit("asked_again" in stories)
    usual = pl.when(pl.col("was_resolved")).then(AGAIN_IF_RESOLVED).otherwise(AGAIN_IF_UNRESOLVED)
    chance = pl.when(is_story).then(sizes["phone after e-mail (share)"]).otherwise(usual)
    known = pl.when(is_story).then(1 - sizes["asked again (share of them)"])
    same = pl.when((pl.col("u_place") < 0.5) & (pl.col("from_channel") != "desk"))
    table = table.filter(pl.col("u_happens") < chance).with_columns(
        day=_at_another_day(6),
        channel=pl.when(is_story)
        .then(pl.lit("phone"))
        .otherwise(same.then(pl.col("from_channel")).otherwise(pl.lit("phone"))),
        is_context_known=pl.col("u_known") < known.otherwise(CONTEXT_KNOWN),
    )
    return _served(table).with_columns(
        touchpoint=pl.col("channel").replace_strict(TOUCHPOINT_OF).cast(TOUCHPOINT),
        event=pl.when(~pl.col("is_context_known")).then(pl.lit("asked_again")),
        is_context_known=pl.when(pl.col("u_next") >= CONTEXT_BLANK).then("is_context_known"),
    )


def _sent_on(streams: Streams, visits: pl.DataFrame) -> pl.DataFrame:
    """Ten minutes to an hour later at the ticket office, for the same matter."""
    table = _candidates(
        streams, visits.filter(pl.col("touchpoint") == "ticket_change_desk"), "sent_on"
    )
    table = table.filter("is_sent_on").with_columns(
        day=pl.col("after") + (10 + 50 * pl.col("u_lag")) / 1440,
        channel=pl.lit("desk"),
        touchpoint=pl.lit("ticket_office", dtype=TOUCHPOINT),
        is_context_known=pl.col("u_known") < CONTEXT_KNOWN,
    )
    return _served(table)


def _double_bookings(streams: Streams, visits: pl.DataFrame) -> pl.DataFrame:
    """A call about a car that somebody else has already taken."""
    table = _candidates(streams, visits.filter(pl.col("touchpoint") == "partner_booking"), "double")
    table = table.filter(pl.col("from_event") == "double_booked").with_columns(
        day=_at_another_day(10),
        channel=pl.lit("phone"),
        touchpoint=pl.lit("phone_support", dtype=TOUCHPOINT),
        reason=pl.lit("double_booking"),
        is_context_known=pl.col("u_known") < CONTEXT_KNOWN,
    )
    return _served(table)


def _complaints(streams: Streams, visits: pl.DataFrame) -> pl.DataFrame:
    """Those who speak up: half of the people something bad happened to, none of the quiet."""
    met = pl.col("touchpoint").is_in(["ticket_change_desk", "refund_on_the_spot", "on_board"])
    table = _candidates(streams, visits.filter(met), "complaint")
    bad = pl.col("from_event").is_in(["waited", "refused", "delayed"])
    speaks = bad & ~pl.col("_is_quiet") & (pl.col("u_happens") < COMPLAINS)
    table = table.filter(speaks).with_columns(
        day=_at_another_day(9),
        channel=pick("u_place", {"phone": 0.4, "email": 0.35, "social": 0.25}),
        reason=pl.lit("complaint"),
        case=pl.lit(None, dtype=pl.String),
    )
    return _served(table).with_columns(
        touchpoint=pl.col("channel").replace_strict(TOUCHPOINT_OF).cast(TOUCHPOINT)
    )


def draw_follow_ups(
    streams: Streams, visits: pl.DataFrame, stories: frozenset[str]
) -> pl.DataFrame:
    """All visits with the contacts they bring about; `case` holds what belongs together."""
    own = pl.col("source") + pl.col("number").cast(pl.String).str.zfill(6)
    has_case = (pl.col("kind") == "contact") | (pl.col("touchpoint") == "partner_booking")
    visits = visits.with_columns(case=pl.when(has_case).then(own))
    parts = [
        _repeats(streams, visits, stories),
        _sent_on(streams, visits),
        _double_bookings(streams, visits),
        _complaints(streams, visits),
    ]
    dropped = ("after", "from_channel", "was_resolved", "from_event", "u_happens", "u_lag")
    extra = pl.concat(parts, how="diagonal").drop(*dropped, "u_hour", "u_place")
    extra = extra.with_columns(
        is_sent_on=pl.lit(False), is_follow_up=pl.lit(True), case=pl.coalesce("case", own)
    )
    table = pl.concat([visits.with_columns(is_follow_up=pl.lit(False)), extra], how="diagonal")
    return table.filter(pl.col("day").is_between(0, N_DAYS, closed="left"))
