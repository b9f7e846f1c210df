"""What had gone well and badly for each customer in the months before a month, and who left in it?

Unit of observation: a customer at the start of a month. Experiences are those that operations tell
of, known in the `k_months` months before; nothing of the month itself enters, as contacts that end
in the month of leaving are the leaving itself. What people answered is no experience here: an
answer at the bad end is a word, and this is about those who say none.

By rhythm somebody who has left is placed in the month in which the next purchase was due and did
not come: this looks back at what went before the silence, and the wait of the rule tells nothing of
why. Who has left, and how many, is as `find_leaving` says.

It cannot see contacts that nobody tied to a customer, nor places without a record of how it went.
"""

from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cxresearch.intake.tables import StudyTables
from cxresearch.models.adjusters import attributes_of, earlier_ratings, tenure_of
from cxresearch.models.grid import Grid, lay_out
from cxresearch.period import Period
from cxresearch.transforms.experiences import OPERATIONS, rate_experiences
from cxresearch.transforms.intervals import Array

Flags = NDArray[np.bool_]
Counts = NDArray[np.int64]

_USAGE_MONTHS = 12
_FAR = float("inf")
NEVER = 10_000
"""Months since what never was."""


@dataclass(frozen=True)
class Months:
    """Customers by months; where a month is a position, the last is the one after the window.

    Attributes
    ----------
    grid
        Who stands in which row, and where months begin.
    k_months
        How many months before a month count.
    touchpoints, sources
        Places of which operations tell, and what tells of them.
    bad, good
        Customers by months by touchpoints: any bad, any good experience in the months before.
    since_bad
        Customers by touchpoints: whole months between the last bad experience and the end of the
        window, 0 in its last month; far more than any window where there is none.
    here
        Customers by months: a customer at the start, with what happens in the month known.
    gone
        Month in which a customer left, -1 where not in the window.
    """

    grid: Grid
    k_months: int
    touchpoints: list[str]
    sources: list[str]
    bad: Flags
    good: Flags
    since_bad: Counts
    here: Flags
    gone: Counts
    attributes: Array
    by_month: tuple[Array, ...]
    usage: tuple[Array, ...]

    @property
    def n_months(self) -> int:
        """Months of the grid."""
        return self.grid.shape[1]

    def rows(self) -> tuple[Counts, Counts]:
        """Customers and months at risk in the window."""
        customer, month = np.nonzero(self.here)
        return customer, month

    def adjusters(self, customer: Counts, month: Counts, *, usage: bool = False) -> Array:
        """What else is known: context, tenure, earlier ratings, the calendar month, and usage."""
        known = np.minimum(month, self.n_months - 1)
        calendar = known[:, None] == np.arange(self.grid.before + 1, self.n_months)[None, :]
        parts = [self.attributes[customer], calendar.astype(float)]
        parts += [part[customer, month] for part in self.by_month]
        if usage:
            parts += [part[customer, month] for part in self.usage]
        return np.column_stack(parts).astype(np.float32)

    def without(self, touchpoints: Flags) -> "Months":
        """The same with the marked touchpoints left out."""
        kept = np.flatnonzero(~touchpoints)
        names = [[of[i] for i in kept] for of in (self.touchpoints, self.sources)]
        return replace(
            self,
            touchpoints=names[0],
            sources=names[1],
            bad=self.bad[:, :, kept],
            good=self.good[:, :, kept],
            since_bad=self.since_bad[:, kept],
        )


def lay_out_months(
    tables: StudyTables, leaving: pl.DataFrame, *, period: Period, k_months: int
) -> Months:
    """The months of the window for all customers.

    Parameters
    ----------
    leaving
        As `transforms.leaving.find_leaving` gives it for the window.
    period
        The window.
    """
    grid = lay_out(tables, period=period, before=max(k_months, _USAGE_MONTHS))
    rated = rate_experiences(tables, period=period.window(grid.shape[1]))
    rated = rated.filter(pl.col("source").is_in(OPERATIONS), pl.col("side") != "unknown")
    placed = grid.place(rated.with_columns(at="known_at"))
    places = placed.select("touchpoint", "source").unique().sort("touchpoint")
    names = places["touchpoint"].to_list()
    here, gone = _at_risk(grid, leaving, at_least_days=_at_least_days(tables))
    by_rhythm = leaving.filter(definition="rhythm").height > 0
    return Months(
        grid=grid,
        k_months=k_months,
        touchpoints=names,
        sources=places["source"].to_list(),
        bad=_by_place(grid, placed.filter(pl.col("side") == "bad"), names, k_months),
        good=_by_place(grid, placed.filter(pl.col("side") == "good"), names, k_months),
        since_bad=_since_last(grid, placed.filter(pl.col("side") == "bad"), names),
        here=here,
        gone=gone,
        attributes=attributes_of(tables, grid),
        by_month=_known_before(tables, grid, k_months),
        usage=_usage(tables, grid, k_months, by_rhythm=by_rhythm),
    )


def in_months_before(values: Array, months: int) -> Array:
    """Sums over the months before each month, and before the one after the last.

    Examples
    --------
    >>> in_months_before(np.array([[1.0, 0.0, 2.0]]), 2).tolist()
    [[0.0, 1.0, 1.0, 2.0]]
    """
    total = np.concatenate([np.zeros_like(values[:, :1]), values.cumsum(axis=1)], axis=1)
    month = np.arange(total.shape[1])
    return np.asarray(total - total[:, np.maximum(month - months, 0)])


def _by_place(grid: Grid, placed: pl.DataFrame, names: list[str], k_months: int) -> Flags:
    n, months = grid.shape
    met = np.zeros((n, months + 1, len(names)), dtype=bool)
    for number, name in enumerate(names):
        own = grid.sum(placed.filter(pl.col("touchpoint") == name))
        met[:, :, number] = in_months_before(own, k_months) > 0
    return met


def _since_last(grid: Grid, placed: pl.DataFrame, names: list[str]) -> Counts:
    """Months since the last row of each customer and touchpoint, at the end of the grid."""
    n, months = grid.shape
    since = np.full((n, len(names)), NEVER, dtype=np.int64)
    if not names:
        return since
    last = placed.group_by("_customer", "touchpoint").agg(pl.col("_month").max())
    column = last["touchpoint"].replace_strict(
        {name: number for number, name in enumerate(names)}, return_dtype=pl.Int64
    )
    since[last["_customer"].to_numpy(), column.to_numpy()] = months - 1 - last["_month"].to_numpy()
    return since


def _at_least_days(tables: StudyTables) -> int:
    return tables.study.leaving.at_least_days if tables.study.leaving else 0


def _at_risk(grid: Grid, leaving: pl.DataFrame, *, at_least_days: int) -> tuple[Flags, Counts]:
    """Who is at risk in which months, and in which month they leave."""
    due = pl.col("last_purchase_at") + pl.duration(
        minutes=(pl.col("usual_gap_days") * 1440).cast(pl.Int64)
    )
    by_rhythm = pl.col("definition") == "rhythm"
    last = pl.min_horizontal("left_at", due)
    is_late = by_rhythm & pl.col("left_at").is_not_null()  # who is merely overdue has not left
    gone = pl.when(is_late).then(last).otherwise("left_at")
    # Nobody has been found gone yet whose silence is not long enough: their last months tell
    # nothing of whether they left, neither of them nor of those already found gone.
    gap = pl.col("usual_gap_days")
    silence = pl.max_horizontal(pl.col("times") * gap, pl.lit(float(at_least_days)))
    waits = pl.duration(minutes=((silence - gap).clip(0) * 1440).ceil().cast(pl.Int64))
    known = pl.when(by_rhythm).then(pl.col("seen_until").dt.convert_time_zone("UTC") - waits)
    seconds = {
        name: value.dt.epoch("us").cast(pl.Float64) / 1e6
        for name, value in (("gone", gone), ("entered", pl.col("entered_at")), ("known", known))
    }
    own = leaving.select("customer_id", pl.lit(value=True).alias("is_known"), **seconds)
    people = grid.people.select("customer_id").join(
        own, on="customer_id", how="left", maintain_order="left"
    )
    is_known = people["is_known"].fill_null(value=False).to_numpy()[:, None]
    left, entered, until = (
        people[name].fill_null(other).to_numpy()[:, None]
        for name, other in (("gone", _FAR), ("entered", -_FAR), ("known", _FAR))
    )
    edges = np.array([edge.timestamp() for edge in grid.edges])
    starts, ends = edges[:-1][None, :], edges[1:][None, :]
    here = is_known & (entered < starts) & (left >= starts) & (np.minimum(until, _FAR) >= ends)
    here[:, : grid.before] = False
    month = np.searchsorted(edges, left[:, 0], side="right") - 1
    leaves = (month >= grid.before) & (month < grid.shape[1]) & is_known[:, 0]
    return here, np.where(leaves, month, -1)


def _later(values: Array, months: int = 1) -> Array:
    """Values of the months of the grid, moved to the month so many later."""
    first = np.repeat(values[:, :1], months, axis=1)
    return np.asarray(np.concatenate([first, values], axis=1)[:, : values.shape[1] + 1])


def _known_before(tables: StudyTables, grid: Grid, k_months: int) -> tuple[Array, ...]:
    """Tenure at the start of the month, and ratings given before the experiences that count."""
    tenure = tenure_of(grid)
    parts = [_later(tenure[:, :, i]) for i in range(tenure.shape[2])]
    parts += [_later(part, k_months) for part in earlier_ratings(tables, grid)]
    return tuple(parts)


def _usage(tables: StudyTables, grid: Grid, k_months: int, *, by_rhythm: bool) -> tuple[Array, ...]:
    """How much a customer bought, used and asked lately, and how long ago they last did.

    By rhythm leaving is made of purchases: they would foretell it by definition and stay out.
    """
    if tables.interactions is None:
        return ()
    own = tables.interactions.filter(
        pl.col("customer_id").is_not_null(), pl.col("direction") == "inbound"
    ).select("customer_id", "at", pl.col("kind").cast(pl.String))
    placed = grid.place(own.collect())
    parts = []
    for kind in ("use", "contact") if by_rhythm else ("purchase", "use", "contact"):
        by_month = grid.sum(placed.filter(pl.col("kind") == kind))
        recent, longer = (
            np.log1p(in_months_before(by_month, span)) for span in (k_months, _USAGE_MONTHS)
        )
        parts += [recent, longer, _months_since(by_month)]
    return tuple(parts)


def _months_since(counts: Array) -> Array:
    """Months since the last month with any, on a log scale; as many as are known where never."""
    months = np.arange(counts.shape[1] + 1)
    last = np.where(counts > 0, months[:-1], -1)
    last = np.maximum.accumulate(last, axis=1)
    last = np.concatenate([np.full((counts.shape[0], 1), -1), last], axis=1)
    return np.asarray(np.log1p(months[None, :] - 1 - last), dtype=float)
