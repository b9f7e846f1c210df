"""Whom does the company ask, who answers, and what do customers answer?

A row of the answers is one question answered by one customer. After a visit CSAT is asked, with
CES after a contact and NPS after a trip; the relational NPS is asked of a panel month by month.
Every inclination exists whether or not it is ever asked for, so the true score of those who never
answered is known too.
"""

import numpy as np
import polars as pl

from .layout import PLACES, case, pick
from .model import Leaving, place_shift, score
from .seasons import MONTH_STARTS, N_DAYS, N_MONTHS, month_of
from .stories import APP_RELEASE_MONTH, EFFECTS, PILOT_MONTH, STORIES, strength
from .streams import Streams, scramble

INVITED_AFTER_VISIT = 0.60
ANSWERS_AFTER_VISIT = 0.42
INVITED_TO_PANEL = 0.55
ANSWERS_IN_PANEL = 0.60
BLANK_SCORE = 0.015
COMMENT_ONLY = 0.01
HAS_COMMENT = 0.30
ABOUT_A_PLACE = 0.45
WRITTEN_ABOUT = (
    "on_board", "station", "ticket_office", "app_purchase", "phone_support",
    "delay_information", "partner_booking", "loyalty_programme",
)  # fmt: skip
INVITED_BY = {"email": 0.5, "app": 0.3, "sms": 0.2}
TEAM_OF = {name: place.team for name, place in PLACES.items()}


def rate_visits(
    visits: pl.DataFrame, people: pl.DataFrame, morale: pl.DataFrame, stories: frozenset[str]
) -> pl.DataFrame:
    """Add month, team and the `inclination` of the customer after each visit."""
    persons = people.select(pl.col("_customer").alias("customer"), "_shared", "_own", "_is_pilot")
    before = morale.select("team", pl.col("month") + 1, "score_next_month")
    table = visits.with_columns(
        month=month_of(), team=pl.col("touchpoint").cast(pl.String).replace_strict(TEAM_OF)
    )
    table = table.join(persons, on="customer", how="left", maintain_order="left")
    table = table.join(before, on=["team", "month"], how="left", maintain_order="left")
    pilot = STORIES["right_journey"].sizes["score at every touchpoint (sd)"]
    in_pilot = pl.col("_is_pilot") & (pl.col("month") >= PILOT_MONTH)
    mean = (
        pl.col("_shared")
        + place_shift(stories)
        + pl.col("score_next_month")
        + pl.when(in_pilot).then(pilot).otherwise(0.0)
    )
    again = 0.7 * pl.col("z_score") + np.sqrt(1 - 0.49) * pl.col("z_second")
    return table.with_columns(
        inclination=mean + pl.col("_own") * pl.col("z_score"),
        inclination_2=mean + pl.col("_own") * again,
    ).drop("_shared", "_own", "_is_pilot", "score_next_month")


def ask_panel(
    streams: Streams, people: pl.DataFrame, leaving: Leaving, stories: frozenset[str]
) -> pl.DataFrame:
    """One row a customer and month in the panel: the relational NPS, asked or not."""
    shape = (people.height, N_MONTHS)
    lengths = np.diff(MONTH_STARTS)[None, :]
    first = MONTH_STARTS[None, :N_MONTHS] + np.floor(streams("panel.day").random(shape) * lengths)
    day = first + 9 / 24 + streams("panel.hour").random(shape) / 3
    noise = streams("panel.score").standard_normal(shape)
    shared = people["_shared"].to_numpy()[:, None] + leaving.loyalty
    inclination = shared + people["_own"].to_numpy()[:, None] * noise
    is_here = (day > people["_joined_day"].to_numpy()[:, None]) & (day < leaving.day[:, None])
    row, month = np.nonzero(is_here)
    event = np.full(shape, "", dtype=object)
    for name, exposed in leaving.exposure.items():
        if EFFECTS[name].story in stories:
            event[exposed] = name
    seeds = streams("panel.text").integers(0, 2**63, shape, dtype=np.uint64)
    return pl.DataFrame(
        {
            "customer": row,
            "month": month,
            "day": day[is_here],
            "inclination": inclination[is_here],
            "u_invited": streams("panel.invited").random(shape)[is_here],
            "u_answers": streams("panel.answers").random(shape)[is_here],
            "text_seed": seeds[is_here],
            "event": pl.Series(event[is_here].tolist(), dtype=pl.String).replace("", None),
        }
    )


def chance_to_answer(base: float, stories: frozenset[str]) -> pl.Expr:
    """The chance that somebody asked answers; it falls with dissatisfaction in the story."""
    slope = strength(stories, "unhappy_silence", "answering (log odds for a standard deviation)")
    logit = float(np.log(base / (1 - base))) + slope * pl.col("inclination")
    return 1 / (1 + (-logit).exp())


def _asked(
    table: pl.DataFrame, *, invited: float, answers: float, stories: frozenset[str], key: pl.Expr
) -> pl.DataFrame:
    """Those invited, with their lag, whether they answer, and the ids of both."""
    asked = table.filter(pl.col("u_invited") < invited)
    seeds = asked["text_seed"].to_numpy()
    asked = asked.with_columns(
        pl.Series("lag", 0.01 - 0.5 * np.log1p(-scramble(seeds, 20))),
        pl.Series("u_by", scramble(seeds, 21)),
        key.alias("key"),
    )
    does = (pl.col("u_answers") < chance_to_answer(answers, stories)) & (
        pl.col("day") + pl.col("lag") < N_DAYS
    )
    return asked.with_columns(is_answered=does, by=pick("u_by", INVITED_BY))


def _invitations(asked: pl.DataFrame) -> pl.DataFrame:
    return asked.select(
        ("V-" + pl.col("key")).alias("invitation_id"),
        "customer",
        pl.col("touchpoint").cast(pl.String),
        pl.col("by").alias("channel"),
        (pl.col("day") + 0.002).alias("day"),
        pl.when("is_answered").then("R-" + pl.col("key")).alias("response_id"),
    )


def _answers(asked: pl.DataFrame, *, metric: str, column: str, suffix: str) -> pl.DataFrame:
    """Rows of one question; the first question of a form may carry a comment or stay blank."""
    answered = asked.filter("is_answered")
    is_first = suffix == ""
    u = scramble(answered["text_seed"].to_numpy(), 22 if is_first else 23)
    only = pl.lit(is_first) & (pl.col("u_blank") < COMMENT_ONLY)
    blank = pl.col("u_blank").is_between(COMMENT_ONLY, COMMENT_ONLY + BLANK_SCORE)
    return (
        answered.with_columns(pl.Series("u_blank", u))
        .with_columns(felt=score(column, metric))
        .with_columns(
            response_id="R-" + pl.col("key") + suffix,
            metric=pl.when(~only).then(pl.lit(metric)),
            score=pl.when(~only & ~blank).then("felt"),
            felt_metric=pl.lit(metric),
            has_comment=pl.lit(is_first) & (only | (pl.col("u_blank") > 1 - HAS_COMMENT)),
            day=pl.col("day") + pl.col("lag"),
        )
    )


def survey_visits(
    visits: pl.DataFrame, stories: frozenset[str]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Answers and invitations after visits."""
    key = pl.col("source") + pl.col("chunk") + pl.col("number").cast(pl.String).str.zfill(6)
    is_new = (pl.col("touchpoint") == "app_purchase") & (pl.col("month") >= APP_RELEASE_MONTH)
    told = [event for event, effect in EFFECTS.items() if effect.story in stories]
    topic = case(
        (pl.col("event").is_in(told), "event"),
        (pl.col("is_sent_on"), pl.lit("sent_on")),
        (is_new & pl.lit("app_release" in stories), pl.lit("app_new")),
        otherwise=pl.col("touchpoint").cast(pl.String),
    )
    table = visits.filter("is_linked").with_columns(
        topic.alias("topic"),
        pl.col("touchpoint").cast(pl.String),
    )
    asked = _asked(
        table, invited=INVITED_AFTER_VISIT, answers=ANSWERS_AFTER_VISIT, stories=stories, key=key
    )
    is_contact = (pl.col("kind") == "contact") & (pl.col("direction") == "inbound")
    parts = [
        _answers(asked, metric="csat", column="inclination", suffix=""),
        _answers(asked.filter(is_contact), metric="ces", column="inclination_2", suffix="-2"),
        _answers(
            asked.filter(pl.col("touchpoint") == "on_board"),
            metric="nps",
            column="inclination_2",
            suffix="-2",
        ),
    ]
    return pl.concat(parts, how="diagonal"), _invitations(asked)


def survey_panel(
    panel: pl.DataFrame, chunk: str, stories: frozenset[str]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Answers and invitations of the relational panel."""
    number = pl.col("customer").cast(pl.String).str.zfill(6)
    key = pl.lit("NPS" + chunk) + number + "-" + pl.col("month").cast(pl.String).str.zfill(2)
    # Asked about the whole, nearly half of the people write about one place all the same.
    u = pl.Series("u_about", scramble(panel["text_seed"].to_numpy(), 24))
    about = pick(pl.col("u_about") / ABOUT_A_PLACE, dict.fromkeys(WRITTEN_ABOUT, 1.0))
    about = pl.when(pl.col("u_about") < ABOUT_A_PLACE).then(about).otherwise(pl.lit("general"))
    table = panel.with_columns(u).with_columns(
        topic=pl.coalesce("event", about), touchpoint=pl.lit(None, dtype=pl.String)
    )
    asked = _asked(
        table, invited=INVITED_TO_PANEL, answers=ANSWERS_IN_PANEL, stories=stories, key=key
    )
    answers = _answers(asked, metric="nps", column="inclination", suffix="")
    return answers, _invitations(asked)
