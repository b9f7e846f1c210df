"""From logs to a table of features: what is gathered once, and then a part of customers at a time.

Unit of observation: a customer at a cutoff, as `feature_windows` lays them out. Gathered over all
customers before the cutoffs are: where logs begin, which measure tells of a touchpoint, which
questions were asked, the pace at which customers buy, and who joined when.

It cannot hold more customers in memory than one part; only the finished rows are kept.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

import polars as pl

from cxresearch.intake.tables import StudyTables
from cxresearch.transforms import feature_events as events
from cxresearch.transforms.experiences import choose_sources
from cxresearch.transforms.feature_list import (
    all_before,
    asked_metrics,
    context_attributes,
    tabulate,
)
from cxresearch.transforms.feature_windows import DAY, INSTANT, Cutoffs
from cxresearch.transforms.intervals import Array
from cxresearch.transforms.people import list_people
from cxresearch.transforms.rhythm import Pace, list_purchases, measure_pace

PART_CELLS = 4_000_000
"""Customers times months that are laid out at once."""


@dataclass(frozen=True)
class _Gathered:
    """What is the same for every part of the customers."""

    people: pl.DataFrame
    purchases: pl.DataFrame
    paces: list[Pace]
    starts: dict[str, datetime | None]
    comments: pl.LazyFrame | None
    sources: pl.DataFrame = field(default_factory=pl.DataFrame)
    asked: pl.DataFrame = field(default_factory=pl.DataFrame)


def known_before(tables: StudyTables, at: datetime) -> StudyTables:
    """The study as it was at an instant, as far as its logs tell."""
    until = pl.lit(at).cast(INSTANT)
    logs = {
        name: log.filter(pl.col("at") < until)
        for name in ("interactions", "responses", "invitations")
        if (log := getattr(tables, name)) is not None
    }
    return replace(tables, **logs, data_until=min(at, tables.data_until))


def read_features(
    tables: StudyTables, cutoffs: Cutoffs, *, until: datetime, comments: pl.DataFrame | None
) -> pl.DataFrame:
    """The features of all rows, in their order.

    Parameters
    ----------
    until
        Before it the touchpoints and questions are known that make the columns.

    Returns
    -------
    pl.DataFrame
        customer_id, at, and the features of `list_features(tables, at=until)`.
    """
    sources = choose_sources(tables, period=all_before(tables, until))
    asked = asked_metrics(tables, at=until)
    listed = tabulate(tables, sources=sources, asked=asked, has_tone=comments is not None)
    known = known_before(tables, cutoffs.edges[-1])
    gathered = replace(_gather(known, cutoffs, comments=comments), sources=sources, asked=asked)
    size = max(PART_CELLS // len(cutoffs.edges), 1)
    bounds = range(0, max(cutoffs.people.height, 1), size)
    table = pl.concat(
        _features_of(known, cutoffs.part(low, low + size), gathered) for low in bounds
    )
    context = context_attributes(tables)
    if context and tables.customers is not None:
        own = tables.customers.select("customer_id", *context).collect()
        table = table.join(own, on="customer_id", how="left", maintain_order="left")
    return table.select("customer_id", "at", *listed["feature"])


def _gather(known: StudyTables, cutoffs: Cutoffs, *, comments: pl.DataFrame | None) -> _Gathered:
    purchases, paces = pl.DataFrame(), []
    if known.interactions is not None:
        zone = known.study.timezone
        purchases = list_purchases(known.interactions, timezone=zone).collect()
        used = set(cutoffs.edge.tolist())
        nobody = measure_pace(purchases.clear())
        paces = [
            measure_pace(purchases.filter(pl.col("at") < pl.lit(edge).cast(INSTANT)))
            if place in used
            else nobody
            for place, edge in enumerate(cutoffs.edges)
        ]
    return _Gathered(
        people=list_people(known).select("customer_id", "entered_at"),
        purchases=purchases,
        paces=paces,
        starts=dict(_starts(known)),
        comments=None if comments is None else comments.lazy(),
    )


def _starts(known: StudyTables) -> Iterator[tuple[str, datetime | None]]:
    for name in ("interactions", "responses", "invitations"):
        log = getattr(known, name)
        yield name, None if log is None else log.select(pl.col("at").min()).collect().item()


def _features_of(known: StudyTables, cutoffs: Cutoffs, gathered: _Gathered) -> pl.DataFrame:
    """The features of a part of the customers, but for their attributes."""
    entered = cutoffs.people.join(
        gathered.people, on="customer_id", how="left", maintain_order="left"
    )["entered_at"]
    since = entered.dt.epoch("us").cast(pl.Float64).fill_null(float("nan")).to_numpy()
    columns: dict[str, Array] = {"tenure_days": (cutoffs.cutoff - since[cutoffs.person]) // DAY}
    log, answers, starts = known.interactions, known.responses, gathered.starts
    if log is not None:
        columns |= events.from_interactions(
            cutoffs,
            log,
            study=known.study,
            sources=gathered.sources,
            since=starts["interactions"],
        )
        columns |= events.from_purchases(cutoffs, gathered.purchases, paces=gathered.paces)
    if answers is not None:
        columns |= events.from_responses(
            cutoffs, answers, asked=gathered.asked, since=starts["responses"]
        )
    if log is not None or answers is not None:
        begun = [at for name in ("interactions", "responses") if (at := starts[name])]
        columns |= events.from_complaints(
            cutoffs,
            events.list_complaints(log, answers, gathered.comments),
            since=max(begun, default=None),
        )
    if gathered.comments is not None:
        columns |= events.from_comments(cutoffs, gathered.comments, since=starts["responses"])
    if known.invitations is not None:
        columns |= events.from_invitations(
            cutoffs, known.invitations, answers, since=starts["invitations"]
        )
    return cutoffs.table(columns)
