"""What do those say who are not asked after a visit: staff, our own walkers, passers-by?

Employees answer eNPS pulses that cannot be tied together; walkers test every drawn touchpoint
each month; kiosks at stations and the app store collect anonymous ratings; some customers say
what they expect before they come.
"""

import numpy as np
import polars as pl

from .layout import PLACES, UNDRAWN
from .model import level_shift, score
from .seasons import MONTH_STARTS, N_MONTHS, draw_hours
from .stories import APP_RELEASE_MONTH, strength
from .streams import Streams

STAFF_OF_A_TEAM = 30
STAFF_ANSWERS = 0.7
MORALE_IN_ENPS = 0.8
WALKS = 3  # walks through a touchpoint in a month
KIOSK_MONTHLY = 0.025  # answers a customer and month
STORE_MONTHLY = 0.013
EXPECTED_MONTHLY = 0.016


def _rows(streams: Streams, purpose: str, cells: pl.DataFrame, each: int) -> pl.DataFrame:
    """`each` rows for every cell (which has a month), with a day, draws and a number."""
    table = cells[np.repeat(np.arange(cells.height), each)]
    n = table.height
    month = table["month"].to_numpy()
    u = streams(f"{purpose}.day").random(n)
    length = MONTH_STARTS[month + 1] - MONTH_STARTS[month]
    day = MONTH_STARTS[month] + np.floor(u * length) + draw_hours(streams(f"{purpose}.hour"), n)
    table = streams.uniforms(table, purpose, "u_happens")
    table = streams.normals(table, purpose, "z_score")
    seeds = streams(f"{purpose}.text").integers(0, 2**63, n, dtype=np.uint64)
    return table.with_columns(
        pl.Series("day", day),
        pl.Series("text_seed", seeds),
        pl.int_range(pl.len()).cast(pl.String).str.zfill(6).alias("number"),
    )


def _months() -> pl.DataFrame:
    return pl.DataFrame({"month": np.arange(N_MONTHS)})


def _finish(table: pl.DataFrame, *, key: str, voice: str, metric: str) -> pl.DataFrame:
    return table.with_columns(
        ("R-" + key + pl.col("number")).alias("response_id"),
        (key + pl.col("number")).alias("respondent_id"),
        pl.lit(voice).alias("voice"),
        pl.lit(metric).alias("metric"),
        pl.lit(metric).alias("felt_metric"),
        score("inclination", metric).alias("score"),
        score("inclination", metric).alias("felt"),
    )


def hear_staff(streams: Streams, morale: pl.DataFrame) -> pl.DataFrame:
    """Monthly eNPS answers of each team. Nobody can be followed from one month to the next."""
    cells = morale.filter(pl.col("month") >= 0)
    table = _rows(streams, "staff", cells, STAFF_OF_A_TEAM)
    table = table.filter(pl.col("u_happens") < STAFF_ANSWERS).with_columns(
        (MORALE_IN_ENPS * pl.col("morale") - 0.2 + pl.col("z_score")).alias("inclination"),
        pl.lit("staff").alias("topic"),
        (pl.col("u_happens") < 0.15).alias("has_comment"),
    )
    return _finish(table, key="E", voice="employee", metric="nps")


def walk_through(streams: Streams, stories: frozenset[str]) -> pl.DataFrame:
    """Our own walks through every drawn touchpoint, rated as a customer would."""
    names = [name for name in PLACES if name != UNDRAWN]
    cells = pl.DataFrame({"touchpoint": names}).join(_months(), how="cross")
    table = _rows(streams, "walks", cells, WALKS)
    waited = strength(stories, "broken_promise", "waited: score (sd)")
    at_desk = pl.when(pl.col("touchpoint") == "ticket_change_desk").then(0.9 * waited)
    mean = level_shift(stories) + at_desk.otherwise(0.0)
    places = {name: place.channel for name, place in PLACES.items()}
    table = table.with_columns(
        (mean + pl.col("z_score")).alias("inclination"),
        pl.col("touchpoint").alias("topic"),
        pl.col("touchpoint").replace_strict(places).alias("channel"),
        (pl.col("u_happens") < 0.6).alias("has_comment"),
    )
    table = _finish(table, key="W", voice="walkthrough", metric="csat")
    walker = ("walker-" + (pl.col("text_seed") % 9 + 1).cast(pl.String)).alias("respondent_id")
    return table.with_columns(walker)


def _anonymous(
    streams: Streams, n: int, *, key: str, purpose: str, touchpoint: str, metric: str
) -> pl.DataFrame:
    cells = _months().with_columns(pl.lit(touchpoint).alias("touchpoint"))
    table = _rows(streams, purpose, cells, n).with_columns(
        pl.col("z_score").alias("inclination"),
        pl.lit(touchpoint).alias("topic"),
        pl.lit(PLACES[touchpoint].channel).alias("channel"),
        (pl.col("u_happens") < 0.30).alias("has_comment"),
    )
    return _finish(table, key=key, voice="customer", metric=metric)


def hear_passers_by(
    streams: Streams, n_customers: int, stories: frozenset[str]
) -> list[pl.DataFrame]:
    """Kiosk faces at stations, stars in the app store, what people expect of the desk."""
    kiosk = _anonymous(
        streams,
        round(KIOSK_MONTHLY * n_customers),
        key="KSK",
        purpose="kiosk",
        touchpoint="station",
        metric="emoji",
    ).with_columns(pl.lit(False).alias("has_comment"))
    store = _anonymous(
        streams,
        round(STORE_MONTHLY * n_customers),
        key="STR",
        purpose="store",
        touchpoint="app_purchase",
        metric="stars",
    )
    better = strength(stories, "app_release", "score of the app (sd)")
    is_new = (pl.col("month") >= APP_RELEASE_MONTH) & pl.lit("app_release" in stories)
    store = store.with_columns(
        inclination=pl.col("inclination") + pl.when(is_new).then(better).otherwise(0.0),
        topic=pl.when(is_new).then(pl.lit("app_new")).otherwise("topic"),
    )
    store = _finish(store, key="STR", voice="customer", metric="stars")
    expected = [
        _anonymous(
            streams,
            round(EXPECTED_MONTHLY * n_customers / 4),
            key=f"X{number}",
            purpose=f"expected.{name}",
            touchpoint=name,
            metric="expectation",
        ).with_columns(pl.lit(False).alias("has_comment"))
        for number, name in enumerate(
            ("ticket_change_desk", "app_purchase", "on_board", "phone_support")
        )
    ]
    return [kiosk, store, *expected]
