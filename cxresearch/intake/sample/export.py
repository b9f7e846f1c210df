"""How does what happened become rows of a raw export?

Only here do columns get the names of the contract, and hidden columns are left behind. Blanks are
those of any export: a wait that was not measured, a contact that was never closed.
"""

from collections.abc import Iterable

import numpy as np
import polars as pl

from .comments import write_comments
from .layout import case
from .messages import write_messages
from .model import SCALES, Leaving
from .people import ATTRIBUTES
from .seasons import instant
from .streams import Streams, scramble

CUSTOMERS = (
    "customer_id", "joined_at", "left_at", "left_reason", "preferred_channel",
    "opted_out_channels", "is_contactable", "annual_value", "language", *ATTRIBUTES,
)  # fmt: skip
INTERACTIONS = (
    "interaction_id", "customer_id", "at", "kind", "direction", "touchpoint", "channel",
    "case_id", "reason", "closed_at", "is_resolved", "is_context_known", "wait_minutes",
    "duration_minutes", "amount", "cost", "team", "template", "is_automated", "language", "message",
)  # fmt: skip
RESPONSES = (
    "response_id", "respondent_id", "customer_id", "interaction_id", "touchpoint", "channel", "at",
    "voice", "team", "question", "metric", "score", "scale_min", "scale_max", "high_is",
    "comment", "language", "weight",
)  # fmt: skip
INVITATIONS = ("invitation_id", "customer_id", "touchpoint", "channel", "at", "response_id")
TOLD = {"price": 0.12, "moved": 0.10, "competitor": 0.12, "not_stated": 0.04}
"""Of those who leave: asked why and answering, by what they say where it was nothing of ours."""
BLAMES_US = {True: 0.85, False: 0.05}
"""Share who say `service` instead, of those who left through something bad and of the others."""
COST = {"phone": 4.2, "chat": 2.1, "email": 2.8, "social": 2.5, "desk": 5.0}


def export_customers(streams: Streams, people: pl.DataFrame, leaving: Leaving) -> pl.DataFrame:
    n = people.height
    u_why, u_blame = (streams(f"people.{name}").random(n) for name in ("left_reason", "blames_us"))
    blames = u_blame < np.where(leaving.through, BLAMES_US[True], BLAMES_US[False])
    left = pl.Series("_left_day", np.where(np.isfinite(leaving.day), leaving.day, np.nan))
    table = people.with_columns(
        left.fill_nan(None), pl.Series("u_why", u_why), pl.Series("blames", blames)
    ).with_columns(left_at=instant("_left_day"))
    edges = np.cumsum(list(TOLD.values())).tolist()
    is_told = pl.col("u_why") < edges[-2]  # what is not stated blames nobody
    why = case(
        (is_told & pl.col("blames"), pl.lit("service")),
        *((pl.col("u_why") < edge, pl.lit(code)) for code, edge in zip(TOLD, edges, strict=True)),
    )
    return table.with_columns(
        left_reason=pl.when(pl.col("left_at").is_not_null()).then(why)
    ).select(CUSTOMERS)


def _interaction_id() -> pl.Expr:
    return pl.col("source") + pl.col("chunk") + pl.col("number").cast(pl.String).str.zfill(6)


def export_interactions(met: pl.DataFrame, ids: pl.DataFrame, pool: pl.DataFrame) -> pl.DataFrame:
    seeds = met["text_seed"].to_numpy()
    written = pl.col("channel").is_in(["email", "chat", "social"]) & (pl.col("u_write") < 0.4)
    told = (pl.col("event") == "asked_again") & (pl.col("u_write") < 0.5)
    key = pl.when(pl.col("template").is_not_null()).then("template").when(told)
    key = key.then(pl.lit("asked_again")).when(written & (pl.col("kind") == "contact"))
    table = met.join(ids, on="customer", how="left", maintain_order="left").with_columns(
        pl.Series("u_write", scramble(seeds, 31)), pl.Series("u_blank", scramble(seeds, 32))
    )
    table = table.with_columns(message_key=key.then("reason"))
    table = table.with_columns(write_messages(table, pool))
    minutes = pl.col("wait_minutes").fill_null(0) + pl.col("duration_minutes").fill_null(0)
    is_contact = (pl.col("kind") == "contact") & (pl.col("direction") == "inbound")
    cost = pl.col("channel").replace_strict(COST, default=None, return_dtype=pl.Float64)
    spent = cost * pl.col("duration_minutes").fill_null(6.0) / 6.0
    return table.with_columns(
        _interaction_id().alias("interaction_id"),
        pl.when("is_linked").then("customer_id").alias("customer_id"),
        pl.when(pl.col("case").is_not_null())
        .then("K" + pl.col("chunk") + pl.col("case"))
        .alias("case_id"),
        instant("day").alias("at"),
        pl.when(is_contact & (pl.col("u_blank") >= 0.03))
        .then(instant(pl.col("day") + minutes / 1440))
        .alias("closed_at"),
        pl.when(is_contact).then(spent.round(1)).alias("cost"),
        pl.when(pl.col("u_blank") < 0.98).then("wait_minutes").alias("wait_minutes"),
        pl.col("is_automated").fill_null(False) | (pl.col("channel").is_in(["web", "app"])),
        pl.col("touchpoint").cast(pl.String),
    ).select(INTERACTIONS)


def export_responses(answers: pl.DataFrame, pool: pl.DataFrame) -> pl.DataFrame:
    """Contract rows from answers with topic, felt score, language and draws."""
    ends = {
        name: pl.col("metric").replace_strict(
            {metric: float(scale[end]) for metric, scale in SCALES.items()},
            default=None,
            return_dtype=pl.Float64,
        )
        for end, name in enumerate(("scale_min", "scale_max"))
    }
    wordy = answers.filter("has_comment")
    said = wordy.select("response_id").with_columns(write_comments(wordy, pool))
    table = answers.join(said, on="response_id", how="left", maintain_order="left")
    seeds = table["text_seed"].to_numpy()
    table = table.with_columns(pl.Series("u_known", scramble(seeds, 33)))
    has_visit = pl.col("number").is_not_null() if "number" in table.columns else pl.lit(False)
    return (
        _complete(table, (*RESPONSES, "source", "chunk", "number"))
        .with_columns(
            pl.coalesce("respondent_id", "customer_id").alias("respondent_id"),
            pl.when(has_visit & pl.col("source").is_not_null())
            .then(_interaction_id())
            .alias("interaction_id"),
            instant("day").alias("at"),
            pl.coalesce("voice", pl.lit("customer")).alias("voice"),
            pl.col("felt_metric").alias("question"),
            pl.when(pl.col("metric").is_not_null()).then(pl.lit("good")).alias("high_is"),
            pl.when(pl.col("u_known") < 0.9).then("language").alias("language"),
            pl.col("weight").cast(pl.Float64),
            **ends,
        )
        .select(RESPONSES)
    )


def _complete(table: pl.DataFrame, columns: Iterable[str]) -> pl.DataFrame:
    missing = [name for name in columns if name not in table.columns]
    return table.with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in missing)
