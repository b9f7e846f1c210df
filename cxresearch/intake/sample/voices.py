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
ANONYMOUS_VOICES = (  # key, purpose, touchpoint, metric, answers a customer and month
    ("KSK", "kiosk", "station", "emoji", 0.025),
    ("STR", "store", "app_purchase", "stars", 0.013),
    ("X0", "expected.ticket_change_desk", "ticket_change_desk", "expectation", 0.004),
    ("X1", "expected.app_purchase", "app_purchase", "expectation", 0.004),
    ("X2", "expected.on_board", "on_board", "expectation", 0.004),
    ("X3", "expected.phone_support", "phone_support", "expectation", 0.004),
)


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
        response_id="R-" + key + pl.col("number"),
        respondent_id=key + pl.col("number"),
        voice=pl.lit(voice),
        metric=pl.lit(metric),
        felt_metric=pl.lit(metric),
        score=score("inclination", metric),
        felt=score("inclination", metric),
    )


def hear_staff(streams: Streams, morale: pl.DataFrame) -> pl.DataFrame:
    """Monthly eNPS answers of each team. Nobody can be followed from one month to the next."""
    cells = morale.filter(pl.col("month") >= 0)
    table = _rows(streams, "staff", cells, STAFF_OF_A_TEAM)
    table = table.filter(pl.col("u_happens") < STAFF_ANSWERS).with_columns(
        inclination=MORALE_IN_ENPS * pl.col("morale") - 0.2 + pl.col("z_score"),
        topic=pl.lit("staff"),
        has_comment=pl.col("u_happens") < 0.15,
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
        inclination=mean + pl.col("z_score"),
        topic=pl.col("touchpoint"),
        channel=pl.col("touchpoint").replace_strict(places),
        has_comment=pl.col("u_happens") < 0.6,
    )
    table = _finish(table, key="W", voice="walkthrough", metric="csat")
    walker = ("walker-" + (pl.col("text_seed") % 9 + 1).cast(pl.String)).alias("respondent_id")
    return table.with_columns(walker)


def hear_passers_by(
    streams: Streams, n_customers: int, stories: frozenset[str]
) -> list[pl.DataFrame]:
    """Kiosk faces at stations, stars in the app store, what people expect before they come."""
    better = strength(stories, "app_release", "score of the app (sd)")
    heard = []
    for key, purpose, touchpoint, metric, monthly in ANONYMOUS_VOICES:
        # Only the store takes a comment, and only there is the new app talked about.
        is_store = pl.lit(metric == "stars")
        is_new = is_store & (pl.col("month") >= APP_RELEASE_MONTH)
        cells = _months().with_columns(touchpoint=pl.lit(touchpoint))
        table = _rows(streams, purpose, cells, round(monthly * n_customers)).with_columns(
            inclination=pl.col("z_score") + pl.when(is_new).then(better).otherwise(0.0),
            topic=pl.when(is_new & pl.lit("app_release" in stories))
            .then(pl.lit("app_new"))
            .otherwise("touchpoint"),
            channel=pl.lit(PLACES[touchpoint].channel),
            has_comment=is_store & (pl.col("u_happens") < 0.30),
        )
        heard.append(_finish(table, key=key, voice="customer", metric=metric))
    return heard
