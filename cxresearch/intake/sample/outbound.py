"""What does the company send out by itself?

Three kinds of message: the notice of a delay, the terms of a refund, an offer. Without stories
each goes out in the channel the customer prefers, in their language, with their name, never
against a refusal, and every channel states the same number of days.
"""

import numpy as np
import polars as pl

from .layout import TOUCHPOINT
from .seasons import N_DAYS, draw_days
from .stories import STORIES
from .streams import Streams
from .visits import add_common_draws, count_poisson

NOTICE_FROM_MINUTES = 15.0
OFFERS_MONTHLY = 0.02
REFUND_DAYS = 14
REACHABLE = {"phone": "phone", "chat": "chat", "email": "email", "app": "app", "desk": "email"}
CARRIED = ("customer", "region", "_is_quiet", "preferred_channel", "reason", "case")


def _notices(streams: Streams, visits: pl.DataFrame) -> pl.DataFrame:
    trips = visits.filter(pl.col("touchpoint") == "on_board")
    table = trips.select(*CARRIED, "day", pl.col("wait_minutes").alias("told_minutes"))
    table = add_common_draws(streams, table.with_columns(_numbered("OUD")), "outbound.delay")
    late = table.filter(pl.col("told_minutes") >= NOTICE_FROM_MINUTES)
    return late.with_columns(
        touchpoint=pl.lit("delay_information", dtype=TOUCHPOINT),
        template=pl.lit("delay_notice"),
        wait_minutes=(-2.17 * (1 - pl.col("u_time")).log()).round(1),
    )


def _terms(streams: Streams, visits: pl.DataFrame) -> pl.DataFrame:
    asked = visits.filter((pl.col("reason") == "refund") & ~pl.col("is_follow_up"))
    table = asked.select(*CARRIED, pl.col("touchpoint"), (pl.col("day") + 0.02).alias("day"))
    table = add_common_draws(streams, table.with_columns(_numbered("OUR")), "outbound.refund")
    return table.with_columns(template=pl.lit("refund_terms"))


def _offers(streams: Streams, people: pl.DataFrame) -> pl.DataFrame:
    mean = np.full(people.height, OFFERS_MONTHLY * N_DAYS / 30.4)
    count = count_poisson(streams("outbound.offers").random(people.height), mean)
    row = np.repeat(np.arange(people.height), count)
    table = people[row].select(
        pl.col("_customer").alias("customer"), "region", "_is_quiet", "preferred_channel"
    )
    table = table.with_columns(
        pl.Series("day", draw_days(streams("outbound.offer_day"), len(row))), *_numbered("OUO")
    )
    return add_common_draws(streams, table, "outbound.offer").with_columns(
        touchpoint=pl.lit("loyalty_programme", dtype=TOUCHPOINT),
        template=pl.lit("offer"),
        reason=pl.lit("offer"),
    )


def _numbered(source: str) -> list[pl.Expr]:
    return [pl.int_range(pl.len()).alias("number"), pl.lit(source).alias("source")]


def draw_outbound(
    streams: Streams, people: pl.DataFrame, visits: pl.DataFrame, stories: frozenset[str]
) -> pl.DataFrame:
    """All messages the company sends, before anybody leaves."""
    parts = [_notices(streams, visits), _terms(streams, visits), _offers(streams, people)]
    table = pl.concat(parts, how="diagonal").join(
        people.select(pl.col("_customer").alias("customer"), "opted_out_channels", "language"),
        on="customer",
        how="left",
        maintain_order="left",
    )
    return (
        _addressed(table, stories)
        .with_columns(
            kind=pl.lit("contact"),
            direction=pl.lit("outbound"),
            is_automated=pl.lit(True),
            is_sent_on=pl.lit(False),
            is_follow_up=pl.lit(False),
            is_support=pl.lit(False),
        )
        .drop("opted_out_channels", "told_minutes")
    )


def _addressed(table: pl.DataFrame, stories: frozenset[str]) -> pl.DataFrame:
    """Channel, language, name and stated days of each message."""
    right = pl.col("preferred_channel").replace_strict(REACHABLE, default="email")
    refused = pl.col("opted_out_channels").fill_null("")
    chosen = pl.when(refused.str.contains(right, literal=True)).then(pl.lit("app")).otherwise(right)
    language = pl.col("language")
    is_unfilled = pl.lit(False)
    if "careless_outbound" in stories:
        sizes = STORIES["careless_outbound"].sizes
        against = sizes["in a refused channel (share of those who refused one)"]
        other = sizes["not in the preferred channel (share)"]
        elsewhere = pl.when(right == "email").then(pl.lit("app")).otherwise(pl.lit("email"))
        allowed = ~refused.str.contains(elsewhere, literal=True)
        is_elsewhere = (pl.col("u_next") < other) & allowed
        chosen = pl.when(is_elsewhere).then(elsewhere).otherwise(chosen)
        is_against = (refused != "") & (pl.col("u_follow") < against)
        chosen = pl.when(is_against).then(refused.str.split(";").list.first()).otherwise(chosen)
        swapped = pl.when(language == "it").then(pl.lit("en")).otherwise(pl.lit("it"))
        is_swapped = pl.col("u_known") < sizes["wrong language (share)"]
        language = pl.when(is_swapped).then(swapped).otherwise(language)
        is_unfilled = pl.col("u_case") < sizes["unfilled name (share)"]
    days: pl.Expr = pl.lit(REFUND_DAYS)
    if "inconsistent_refund" in stories:
        sizes = STORIES["inconsistent_refund"].sizes
        days = pl.when(chosen == "email").then(int(sizes["by e-mail (days)"]))
        days = days.when(chosen == "phone").then(int(sizes["by phone (days)"]))
        days = days.otherwise(REFUND_DAYS)
    return table.with_columns(
        channel=chosen, language=language, is_unfilled=is_unfilled, stated_days=days.cast(pl.Int64)
    )
