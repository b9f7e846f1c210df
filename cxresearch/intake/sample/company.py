"""What does the sample company look like, and what is true about it?

Customers are made in chunks, so that a million of them fit into memory. Everything a customer
would do is drawn first; leaving, and two trips with a competitor, cut it; then people are asked.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from cxresearch.errors import ParameterError

from .comments import write_comments, write_messages
from .faults import plant_faults
from .follow_ups import draw_follow_ups
from .identities import invent_people
from .model import SCALES, Leaving, draw_leaving, draw_morale, person_shift
from .numbering import number_tables
from .outbound import draw_outbound
from .people import ATTRIBUTES, draw_people
from .seasons import instant
from .stories import STORIES, choose_stories
from .streams import Streams, scramble
from .survey import ask_panel, rate_visits, survey_panel, survey_visits
from .visits import draw_visits
from .voices import hear_passers_by, hear_staff, walk_through

SEED = 20251101
CHUNK = 25_000
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
ANONYMOUS = {"social": 0.35, "phone": 0.06, "chat": 0.08, "station": 0.25, "web": 0.30}
COST = {"phone": 4.2, "chat": 2.1, "email": 2.8, "social": 2.5, "desk": 5.0}


@dataclass(frozen=True)
class SampleCompany:
    """The tables of a sample company and what is true about it.

    Attributes
    ----------
    customers, interactions, responses, invitations
        The raw export, in the columns of the contract.
    truth
        What no study folder contains: `stories`, `customers` (hidden traits), `leaving`
        (potential outcomes by customer and story), `scores` (inclination of everybody, asked or
        not), `morale`, `defections`, `faults`.
    stories
        Names of the stories in this company.
    """

    customers: pl.DataFrame
    interactions: pl.DataFrame
    responses: pl.DataFrame
    invitations: pl.DataFrame
    truth: Mapping[str, pl.DataFrame]
    stories: frozenset[str]

    @property
    def tables(self) -> dict[str, pl.DataFrame]:
        """The four tables by name."""
        return {
            "customers": self.customers,
            "interactions": self.interactions,
            "responses": self.responses,
            "invitations": self.invitations,
        }


def make_sample(
    *, seed: int = SEED, n_customers: int = 6000, without: Iterable[str] = ()
) -> SampleCompany:
    """Make a sample company.

    Parameters
    ----------
    seed
        Same seed, same company; a story left out changes only what it touches.
    n_customers
        One or more. About 15 interactions and 12 answers a customer come with them.
    without
        Names of `STORIES` to leave out, or `all`.

    Raises
    ------
    ParameterError
        If a name is no story or there is no customer.

    Examples
    --------
    >>> company = make_sample(seed=1, n_customers=50, without=["all"])
    >>> company.customers.height, company.truth["leaving"].height
    (50, 0)
    """
    if n_customers < 1:
        raise ParameterError(
            f"{n_customers} customers", allowed="1 or more", next_step="raise --customers"
        )
    stories = choose_stories(without)
    company = Streams(seed)
    morale = draw_morale(company, stories)
    pool = invent_people(company("company.identities"))
    chunks = [
        _make_chunk(Streams(seed, 1 + first // CHUNK), first, n_customers, morale, pool, stories)
        for first in range(0, n_customers, CHUNK)
    ]
    others = _other_voices(company, n_customers, morale, pool, stories)
    tables = {
        "customers": _stack(chunks, "customers"),
        "interactions": _stack(chunks, "interactions"),
        "responses": pl.concat([_stack(chunks, "responses"), others]),
        "invitations": _stack(chunks, "invitations"),
    }
    tables, faults = plant_faults(company, number_tables(tables))
    truth = {name: _stack(chunks, name) for name in ("people", "leaving", "scores", "defections")}
    listed = pl.DataFrame(
        [
            {"story": name, "size": size, "value": value, "is_active": name in stories}
            for name, story in STORIES.items()
            for size, value in story.sizes.items()
        ]
    )
    truth |= {"stories": listed, "morale": morale, "faults": faults}
    return SampleCompany(**tables, truth=truth, stories=stories)


def _stack(chunks: list[dict[str, pl.DataFrame]], name: str) -> pl.DataFrame:
    return pl.concat([chunk[name] for chunk in chunks])


def _make_chunk(
    streams: Streams,
    first: int,
    n_customers: int,
    morale: pl.DataFrame,
    pool: pl.DataFrame,
    stories: frozenset[str],
) -> dict[str, pl.DataFrame]:
    """Tables and truth of the customers from `first` on."""
    n = min(CHUNK, n_customers - first)
    people = person_shift(draw_people(streams, n, first=first + 1, stories=stories), stories)
    visits = draw_follow_ups(streams, draw_visits(streams, people, stories), stories)
    leaving = draw_leaving(streams, people, visits, stories)
    missed = _defections(streams, people, visits, stories)
    outbound = draw_outbound(streams, people, visits, stories)
    inbound = visits.join(missed, on=["customer", "turn"], how="anti", maintain_order="left")
    language = people.select(pl.col("_customer").alias("customer"), "language")
    inbound = inbound.join(language, on="customer", how="left", maintain_order="left")
    inbound = inbound.with_columns(
        pl.when(pl.col("touchpoint") == "after_sales")
        .then(pl.lit("outbound"))
        .otherwise(pl.lit("inbound"))
        .alias("direction")
    )
    met = _met(pl.concat([inbound, outbound], how="diagonal"), people, leaving, streams.chunk)
    met = rate_visits(met, people, morale, stories)
    answers, invitations = survey_visits(
        met.filter(pl.col("template").fill_null("").is_in(["", "delay_notice"])), stories
    )
    panel = ask_panel(streams, people, leaving, stories)
    panel_answers, panel_invitations = survey_panel(panel, f"{streams.chunk:02d}", stories)
    responses = pl.concat([answers, panel_answers], how="diagonal").join(
        language, on="customer", how="left", maintain_order="left"
    )
    ids = people.select(pl.col("_customer").alias("customer"), "customer_id")
    return {
        "customers": _customers(streams, people, leaving),
        "interactions": _interactions(met, ids, pool),
        "responses": _responses(responses.join(ids, on="customer", how="left"), pool),
        "invitations": pl.concat([invitations, panel_invitations])
        .join(ids, on="customer", how="left")
        .with_columns(instant("day").alias("at"))
        .select(INVITATIONS),
        "people": _hidden(people, leaving),
        "leaving": leaving.outcomes,
        "scores": _scores(met, panel, ids),
        "defections": missed.join(ids, on="customer").select("customer_id", "turn"),
    }


def _defections(
    streams: Streams, people: pl.DataFrame, visits: pl.DataFrame, stories: frozenset[str]
) -> pl.DataFrame:
    """Purchases made with a competitor: the two that follow a long delay, then no more."""
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
    following = pl.DataFrame({"step": np.arange(count)})
    table = first.join(following, how="cross").sort("customer", "step")
    return table.select("customer", (pl.col("turn") + pl.col("step")).alias("turn"))


FREQUENT_DAYS = 130.0


def _met(visits: pl.DataFrame, people: pl.DataFrame, leaving: Leaving, chunk: int) -> pl.DataFrame:
    """What really happened: after joining, before leaving; some contacts nobody can link."""
    span = pl.DataFrame(
        {
            "customer": people["_customer"],
            "joined": people["_joined_day"],
            "left": leaving.day,
        }
    )
    table = visits.join(span, on="customer", how="left", maintain_order="left")
    table = table.filter(pl.col("day").is_between("joined", "left")).drop("joined", "left")
    u = pl.Series("u_link", scramble(table["text_seed"].to_numpy(), 30))
    unknown = pl.col("channel").replace_strict(ANONYMOUS, default=0.0, return_dtype=pl.Float64)
    can_be = pl.col("template").is_null() & (pl.col("kind") != "purchase")
    return table.with_columns(u).with_columns(
        (~can_be | (pl.col("u_link") >= unknown)).alias("is_linked"),
        pl.lit(f"{chunk:02d}").alias("chunk"),
    )


def _customers(streams: Streams, people: pl.DataFrame, leaving: Leaving) -> pl.DataFrame:
    u = streams("people.left_reason").random(people.height)
    left = pl.Series("_left_day", np.where(np.isfinite(leaving.day), leaving.day, np.nan))
    table = people.with_columns(left.fill_nan(None), pl.Series("u_why", u)).with_columns(
        instant("_left_day").alias("left_at")
    )
    why = pl.when(pl.col("u_why") < 0.12).then(pl.lit("price"))
    why = why.when(pl.col("u_why") < 0.22).then(pl.lit("moved"))
    why = why.when(pl.col("u_why") < 0.34).then(pl.lit("competitor"))
    return table.with_columns(
        pl.when(pl.col("left_at").is_not_null()).then(why).alias("left_reason")
    ).select(CUSTOMERS)


def _hidden(people: pl.DataFrame, leaving: Leaving) -> pl.DataFrame:
    return people.select(
        "customer_id",
        pl.col("_kind").alias("kind"),
        pl.col("_trait").alias("trait"),
        pl.col("_is_quiet").alias("is_quiet"),
        pl.col("_is_pilot").alias("is_pilot"),
        pl.col("_gap_days").alias("gap_days"),
    ).with_columns(pl.Series("has_left", np.isfinite(leaving.day)))


def _scores(met: pl.DataFrame, panel: pl.DataFrame, ids: pl.DataFrame) -> pl.DataFrame:
    """Inclination of everybody at everything, whether asked or not."""
    columns = ("customer", "month", "touchpoint", "event", "inclination")
    whole = panel.with_columns(pl.lit(None, dtype=pl.String).alias("touchpoint")).select(columns)
    inbound = met.filter(pl.col("direction") == "inbound").with_columns(
        pl.col("touchpoint").cast(pl.String), pl.col("month").cast(pl.Int64)
    )
    table = pl.concat([inbound.select(columns), whole]).join(ids, on="customer", how="left")
    return table.select(
        "customer_id",
        pl.col("month").cast(pl.Int8),
        pl.col("touchpoint").cast(pl.Categorical),
        pl.col("event").cast(pl.Categorical),
        pl.col("inclination").cast(pl.Float32),
    )


def _interaction_id() -> pl.Expr:
    return pl.col("source") + pl.col("chunk") + pl.col("number").cast(pl.String).str.zfill(6)


def _interactions(met: pl.DataFrame, ids: pl.DataFrame, pool: pl.DataFrame) -> pl.DataFrame:
    seeds = met["text_seed"].to_numpy()
    written = pl.col("channel").is_in(["email", "chat", "social"]) & (pl.col("u_write") < 0.4)
    told = (pl.col("event") == "asked_again") & (pl.col("u_write") < 0.5)
    key = pl.when(pl.col("template").is_not_null()).then("template").when(told)
    key = key.then(pl.lit("asked_again")).when(written & (pl.col("kind") == "contact"))
    table = met.join(ids, on="customer", how="left", maintain_order="left").with_columns(
        pl.Series("u_write", scramble(seeds, 31)), pl.Series("u_blank", scramble(seeds, 32))
    )
    table = table.with_columns(key.then("reason").alias("message_key"))
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


def _responses(answers: pl.DataFrame, pool: pl.DataFrame) -> pl.DataFrame:
    """Contract rows from answers with topic, felt score, language and draws."""
    low = {metric: float(scale[0]) for metric, scale in SCALES.items()}
    high = {metric: float(scale[1]) for metric, scale in SCALES.items()}
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
            pl.col("metric")
            .replace_strict(low, default=None, return_dtype=pl.Float64)
            .alias("scale_min"),
            pl.col("metric")
            .replace_strict(high, default=None, return_dtype=pl.Float64)
            .alias("scale_max"),
            pl.when(pl.col("metric").is_not_null()).then(pl.lit("good")).alias("high_is"),
            pl.when(pl.col("u_known") < 0.9).then("language").alias("language"),
            pl.col("weight").cast(pl.Float64),
        )
        .select(RESPONSES)
    )


def _complete(table: pl.DataFrame, columns: Iterable[str]) -> pl.DataFrame:
    missing = [name for name in columns if name not in table.columns]
    return table.with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in missing)


def _other_voices(
    streams: Streams,
    n_customers: int,
    morale: pl.DataFrame,
    pool: pl.DataFrame,
    stories: frozenset[str],
) -> pl.DataFrame:
    parts = [
        hear_staff(streams, morale),
        walk_through(streams, stories),
        *hear_passers_by(streams, n_customers, stories),
    ]
    table = pl.concat(parts, how="diagonal").drop("number")
    language = pl.Series("language", scramble(table["text_seed"].to_numpy(), 34) < 0.9)
    return _responses(
        table.with_columns(
            pl.when(language).then(pl.lit("it")).otherwise(pl.lit("en")).alias("language")
        ),
        pool,
    )
