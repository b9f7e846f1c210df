"""Who are the customers of the sample company?

A row is a customer. Columns that begin with an underscore are hidden from the study: the kind of
customer, the way a person sees the company as a whole, whether they keep silent, whether they are
in the pilot. `_customer` is the position in the chunk.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from .layout import REGIONS, case, pick
from .seasons import N_DAYS, instant
from .stories import STORIES
from .streams import Floats, Streams


@dataclass(frozen=True)
class Usage:
    """How one kind of customer uses the company: medians and their spread on a log scale."""

    trips_a_year: float
    booking_lead_days: float
    weekend_share: float
    average_fare: float
    app_share: float
    gap_days: float
    spread: float


KINDS = {
    "commuter": Usage(170.0, 0.8, 0.08, 7.0, 0.80, 75.0, 0.22),
    "business": Usage(45.0, 4.0, 0.12, 72.0, 0.60, 110.0, 0.28),
    "leisure": Usage(9.0, 26.0, 0.55, 38.0, 0.40, 160.0, 0.32),
}
ONE_KIND = Usage(30.0, 8.0, 0.30, 30.0, 0.55, 110.0, 0.12)
"""One kind in little spread: a long tail in each attribute would itself make groups."""

FARE_CLASSES = {
    "commuter": {"regional": 0.90, "standard": 0.09, "premium": 0.01},
    "business": {"regional": 0.05, "standard": 0.45, "premium": 0.50},
    "leisure": {"regional": 0.25, "standard": 0.65, "premium": 0.10},
    "single": {"regional": 0.40, "standard": 0.43, "premium": 0.17},
}

PREFERRED = {"phone": 0.28, "chat": 0.25, "email": 0.20, "app": 0.17, "desk": 0.10}
AGES = {"18-29": 0.21, "30-44": 0.29, "45-59": 0.28, "60-74": 0.17, "75+": 0.05}
GENDERS = {"F": 0.50, "M": 0.485, "X": 0.015}

ATTRIBUTES = (
    "region", "trips_a_year", "booking_lead_days", "weekend_share", "average_fare",
    "app_purchase_share", "fare_class", "age_band", "gender",
)  # fmt: skip
"""Columns beyond the contract, as study.yml declares them."""


def _kinds(streams: Streams, n: int, *, is_planted: bool) -> tuple[list[Usage], np.ndarray]:
    if not is_planted:
        return [ONE_KIND], np.zeros(n, dtype=np.int64)
    sizes = STORIES["three_kinds"].sizes
    edges = np.cumsum([sizes[f"{kind} (share)"] for kind in KINDS])
    drawn = np.searchsorted(edges, streams("people.kind").random(n), side="right")
    return list(KINDS.values()), np.minimum(drawn, len(KINDS) - 1)


def _usage(streams: Streams, usages: list[Usage], kind: np.ndarray) -> pl.DataFrame:
    n = len(kind)

    def median(name: str) -> Floats:
        medians: Floats = np.array([getattr(usage, name) for usage in usages], dtype=np.float64)
        own: Floats = medians[kind]
        return own

    def spread_out(name: str, *, times: float = 1.0) -> Floats:
        noise = streams(f"people.{name}").standard_normal(n)
        return median(name) * np.exp(times * median("spread") * noise)

    def share(name: str) -> Floats:
        centre = np.log(median(name) / (1 - median(name)))
        noise = streams(f"people.{name}").standard_normal(n)
        return 1 / (1 + np.exp(-(centre + 1.5 * median("spread") * noise)))

    return pl.DataFrame(
        {
            "trips_a_year": np.maximum(spread_out("trips_a_year"), 1.0).round().astype(np.int64),
            "booking_lead_days": spread_out("booking_lead_days").round(1),
            "weekend_share": share("weekend_share").round(3),
            "average_fare": spread_out("average_fare", times=0.7).round(2),
            "app_purchase_share": share("app_share").round(3),
            "_gap_days": np.clip(spread_out("gap_days", times=0.4), 30.0, 300.0),
        }
    )


def draw_people(streams: Streams, n: int, *, first: int, stories: frozenset[str]) -> pl.DataFrame:
    """`n` customers numbered from `first`, with everything but their leaving."""
    is_planted = "three_kinds" in stories
    usages, kind = _kinds(streams, n, is_planted=is_planted)
    names = ("region", "age", "gender", "fare", "preferred", "out", "out2", "language", "contact")
    table = pl.DataFrame({"_customer": np.arange(n, dtype=np.int64)})
    table = streams.uniforms(table, "people", *names, "joined", "since", "quiet", "pilot", "gaps")
    table = streams.normals(table, "people", "_trait", "value").hstack(
        _usage(streams, usages, kind)
    )
    labels = list(KINDS) if is_planted else ["single"]
    number = (pl.col("_customer") + first).cast(pl.String).str.zfill(7)
    table = table.with_columns(
        _kind=pl.Series(np.array(labels)[kind]),
        customer_id=pl.lit("C") + number,
        region=pick("region", REGIONS),
        age_band=pick("age", AGES),
        gender=pick("gender", GENDERS),
        language=pl.when(pl.col("language") < 0.88).then(pl.lit("it")).otherwise(pl.lit("en")),
    ).with_columns(
        fare_class=case(
            *((pl.col("_kind") == name, pick("fare", of)) for name, of in FARE_CLASSES.items())
        )
    )
    return _with_relation(table, stories)


def _with_relation(table: pl.DataFrame, stories: frozenset[str]) -> pl.DataFrame:
    """Add since when, through which channels, at what value, and what stays hidden."""
    quiet = STORIES["silent_leavers"].sizes["quiet customers (share)"]
    pilot = STORIES["right_journey"].sizes["pilot (share of customers)"]
    preferred = pick("preferred", PREFERRED)
    refused = pick("out2", {"sms": 0.5, "phone": 0.25, "email": 0.25})
    refused = pl.when(refused == preferred).then(pl.lit("sms")).otherwise(refused)
    both = pl.when(refused == "sms").then(pl.lit("sms;social")).otherwise(refused + ";sms")
    return table.with_columns(
        _joined_day=pl.when(pl.col("joined") < 0.82)
        .then(-2500.0 * pl.col("since") - 0.5)
        .otherwise(pl.col("since") * (N_DAYS - 45)),
        preferred_channel=pl.when(pl.col("gaps") >= 0.06).then(preferred),
        opted_out_channels=pl.when(pl.col("out") < 0.02)
        .then(both)
        .when(pl.col("out") < 0.12)
        .then(refused),
        is_contactable=pl.col("contact") < 0.96,
        annual_value=pl.when(pl.col("gaps") < 0.99).then(
            (pl.col("trips_a_year") * pl.col("average_fare") * (0.1 * pl.col("value")).exp()).round(
                0
            )
        ),
        _is_quiet=(pl.col("quiet") < quiet) & pl.lit("silent_leavers" in stories),
        _is_pilot=(pl.col("pilot") < pilot) & pl.lit("right_journey" in stories),
    ).with_columns(joined_at=instant((pl.col("_joined_day") * 24).floor() / 24))
