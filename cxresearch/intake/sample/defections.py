"""Who makes two trips with a competitor after a long delay, and comes back?

They never leave: purchases are missing at their usual pace, then go on. Only those are chosen who
buy often, and for whom the window is long enough to see them come back.
"""

import numpy as np
import polars as pl

from .model import Leaving
from .stories import STORIES
from .streams import Streams

FREQUENT_DAYS = 130.0
"""Usual gap between purchases below which a customer may go to a competitor for two trips."""


def draw_defections(
    streams: Streams, people: pl.DataFrame, visits: pl.DataFrame, stories: frozenset[str]
) -> pl.DataFrame:
    """Purchases made with a competitor, by customer and turn: the two after a long delay."""
    if "temporary_defectors" not in stories:
        return pl.DataFrame(schema={"customer": pl.Int64, "turn": pl.Int64})
    sizes = STORIES["temporary_defectors"].sizes
    frequent = people.filter(pl.col("_gap_days") < FREQUENT_DAYS)["_customer"]
    trips = streams.uniforms(
        visits.filter(pl.col("touchpoint") == "on_board"), "defections", "u_goes"
    )
    goes = trips.filter(
        (pl.col("event") == "delayed")
        & (pl.col("u_goes") < sizes["defect after a long delay (share)"])
        & pl.col("customer").is_in(frequent.implode())
    ).select("customer", "day")
    bought = visits.filter(pl.col("turn").is_not_null()).select("customer", "day", "turn")
    first = goes.sort("day").join_asof(
        bought.sort("day"), on="day", by="customer", strategy="forward", check_sortedness=False
    )
    first = first.drop_nulls("turn").group_by("customer").agg(pl.col("turn").min())
    count = int(sizes["purchases missed (count)"])
    back = bought.select("customer", (pl.col("turn") - count).alias("turn"))
    first = first.join(back, on=["customer", "turn"], how="semi")  # time enough to come back
    following = pl.DataFrame({"step": np.arange(count)})
    table = first.join(following, how="cross").sort("customer", "step")
    return table.select("customer", (pl.col("turn") + pl.col("step")).alias("turn"))


def list_returns(missed: pl.DataFrame, visits: pl.DataFrame, leaving: Leaving) -> pl.DataFrame:
    """A row a defector: which purchases were made elsewhere, and whether a later one was ours."""
    span = missed.group_by("customer", maintain_order=True).agg(
        pl.col("turn").min().alias("first_missed"), pl.col("turn").max().alias("last_missed")
    )
    left = pl.DataFrame({"customer": np.arange(len(leaving.day)), "left": leaving.day})
    later = visits.join(span, on="customer").filter(pl.col("turn") > pl.col("last_missed"))
    later = later.join(left, on="customer").filter(pl.col("day") <= pl.col("left"))
    return span.with_columns(is_back=pl.col("customer").is_in(later["customer"].unique().implode()))


def forget_events(visits: pl.DataFrame, missed: pl.DataFrame) -> pl.DataFrame:
    """Nothing happens at a purchase made elsewhere; its row stays to keep every draw in place."""
    is_missed = pl.struct("customer", "turn").is_in(missed.to_struct("missed").implode())
    return visits.with_columns(event=pl.when(pl.col("turn").is_null() | ~is_missed).then("event"))
