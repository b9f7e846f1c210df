"""What does the sample company look like, and what is true about it?

Customers are made in chunks, so that a million of them fit into memory. Everything a customer
would do is drawn first; leaving, and two trips with a competitor, cut it; then people are asked.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from cxresearch.errors import ParameterError

from .defections import draw_defections, forget_events, list_returns
from .export import INVITATIONS, export_customers, export_interactions, export_responses
from .faults import plant_faults
from .follow_ups import draw_follow_ups
from .identities import invent_people
from .model import Leaving, draw_leaving, draw_morale, person_shift
from .numbering import number_tables
from .outbound import draw_outbound
from .people import draw_people
from .seasons import instant
from .stories import STORIES, choose_stories
from .streams import Streams, scramble
from .survey import ask_panel, rate_visits, survey_panel, survey_visits
from .visits import draw_visits
from .voices import hear_passers_by, hear_staff, walk_through

SEED = 20251101
CHUNK = 25_000
"""Customers made at a time."""
ANONYMOUS = {"social": 0.35, "phone": 0.06, "chat": 0.08, "station": 0.25, "web": 0.30}
"""Share of contacts that cannot be tied to a customer, by channel."""


@dataclass(frozen=True)
class SampleCompany:
    """The tables of a sample company and what is true about it.

    Attributes
    ----------
    customers, interactions, responses, invitations
        The raw export, in the columns of the contract.
    truth
        What no study folder contains: `stories`, `people` (hidden traits; `left_through`: left in
        a month they would have stayed through, had nothing gone wrong), `leaving`
        (potential outcomes by customer and story), `scores` (inclination of everybody, asked or
        not), `morale`, `defections`, `faults`, `identities` (the persons whose data slip in).
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
        names = ("customers", "interactions", "responses", "invitations")
        return {name: getattr(self, name) for name in names}


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
    drawn = {name: _take(chunks, name) for name in ("customers", "interactions", "invitations")}
    drawn["responses"] = pl.concat([_take(chunks, "responses"), others])
    tables, faults = plant_faults(company, number_tables(drawn))
    truth = {name: _take(chunks, name) for name in ("people", "leaving", "scores", "defections")}
    listed = pl.DataFrame(
        [
            {"story": name, "size": size, "value": value, "is_active": name in stories}
            for name, story in STORIES.items()
            for size, value in story.sizes.items()
        ]
    )
    truth |= {"stories": listed, "morale": morale, "faults": faults, "identities": pool}
    return SampleCompany(**tables, truth=truth, stories=stories)


def _take(chunks: list[dict[str, pl.DataFrame]], name: str) -> pl.DataFrame:
    """One table of all chunks, taken out of them: a large company is never held twice."""
    return pl.concat([chunk.pop(name) for chunk in chunks])


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
    visits = draw_visits(streams, people, stories)
    missed = draw_defections(streams, people, visits, stories)
    visits = draw_follow_ups(streams, forget_events(visits, missed), stories)
    leaving = draw_leaving(streams, people, visits, stories)
    outbound = draw_outbound(streams, people, visits, stories)
    inbound = visits.join(missed, on=["customer", "turn"], how="anti", maintain_order="left")
    language = people.select("language", customer="_customer")
    inbound = inbound.join(language, on="customer", how="left", maintain_order="left")
    inbound = inbound.with_columns(
        direction=pl.when(pl.col("touchpoint") == "after_sales")
        .then(pl.lit("outbound"))
        .otherwise(pl.lit("inbound"))
    )
    met = _met(pl.concat([inbound, outbound], how="diagonal"), people, leaving, streams.chunk)
    met = rate_visits(met, people, morale, stories)
    answers, invitations = survey_visits(
        met.filter(pl.col("template").fill_null("").is_in(["", "delay_notice"])), stories
    )
    panel = ask_panel(streams, people, leaving, stories)
    panel_answers, panel_invitations = survey_panel(panel, f"{streams.chunk:02d}", stories)
    # People are answered in the language they speak, whatever language they were written to in.
    responses = pl.concat([answers.drop("language"), panel_answers], how="diagonal").join(
        language, on="customer", how="left", maintain_order="left"
    )
    ids = people.select("customer_id", customer="_customer")
    return {
        "customers": export_customers(streams, people, leaving),
        "interactions": export_interactions(met, ids, pool),
        "responses": export_responses(responses.join(ids, on="customer", how="left"), pool),
        "invitations": pl.concat([invitations, panel_invitations])
        .join(ids, on="customer", how="left")
        .with_columns(at=instant("day"))
        .select(INVITATIONS),
        "people": _hidden(people, leaving),
        "leaving": leaving.outcomes,
        "scores": _scores(met, panel, ids),
        "defections": list_returns(missed, inbound, leaving)
        .join(ids, on="customer")
        .drop("customer"),
    }


def _met(visits: pl.DataFrame, people: pl.DataFrame, leaving: Leaving, chunk: int) -> pl.DataFrame:
    """What really happened: after joining, before leaving; some contacts nobody can link."""
    span = people.select(customer="_customer", joined="_joined_day", left=pl.Series(leaving.day))
    table = visits.join(span, on="customer", how="left", maintain_order="left")
    table = table.filter(pl.col("day").is_between("joined", "left")).drop("joined", "left")
    u = pl.Series("u_link", scramble(table["text_seed"].to_numpy(), 30))
    unknown = pl.col("channel").replace_strict(ANONYMOUS, default=0.0, return_dtype=pl.Float64)
    can_be = pl.col("template").is_null() & (pl.col("kind") != "purchase")
    return table.with_columns(u).with_columns(
        is_linked=~can_be | (pl.col("u_link") >= unknown), chunk=pl.lit(f"{chunk:02d}")
    )


def _hidden(people: pl.DataFrame, leaving: Leaving) -> pl.DataFrame:
    traits = pl.col("_kind", "_trait", "_is_quiet", "_is_pilot", "_gap_days")
    return people.select(
        "customer_id",
        traits.name.map(lambda name: name.removeprefix("_")),
        has_left=pl.Series(np.isfinite(leaving.day)),
        left_through=pl.Series(leaving.through),
    )


def _scores(met: pl.DataFrame, panel: pl.DataFrame, ids: pl.DataFrame) -> pl.DataFrame:
    """Inclination of everybody at everything, whether asked or not."""
    columns = ("customer", "month", "touchpoint", "event", "inclination")
    whole = panel.with_columns(touchpoint=pl.lit(None, dtype=pl.String)).select(columns)
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
    return export_responses(
        table.with_columns(language=pl.when(language).then(pl.lit("it")).otherwise(pl.lit("en"))),
        pool,
    )
