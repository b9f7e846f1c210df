"""How much of something did a customer meet in the months before a month began?

Unit of observation: a customer at a cutoff, the first instant of a calendar month. Windows are the
whole calendar months just before it, so nothing at or after the cutoff is ever counted, nor what
happens in the month of leaving of who leaves after it. A window that begins before the log does is
null: a count of three months is no count of twelve. The month of the log's first event is whole.

It counts what it is handed; what an event is, is decided in `feature_events`.
"""

from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cxresearch.period import Period, add_months
from cxresearch.transforms.intervals import Array

Places = NDArray[np.int64]
LOOKBACK = 12
"""Months before the first cutoff that are told apart."""

DAY = 86_400_000_000
"""Microseconds a day."""

INSTANT = pl.Datetime("us", "UTC")


def month_starts(first: date, n: int, *, timezone: str) -> list[datetime]:
    """The first instants of `n` months from that of `first` on, in UTC."""
    days = [add_months(first.replace(day=1), number) for number in range(n)]
    return [Period(day, add_months(day, 1), timezone).start_at for day in days]


@dataclass(frozen=True)
class Cutoffs:
    """Customers and the cutoffs at which each is looked at.

    Attributes
    ----------
    people
        customer_id, by id.
    edges
        Month starts: `LOOKBACK` before the first cutoff, then the cutoffs.
    person, edge
        A row each: the place in `people`, and in `edges`.
    """

    people: pl.DataFrame
    edges: list[datetime]
    person: Places
    edge: Places

    @property
    def cutoff(self) -> Array:
        """The cutoff of each row, in microseconds since 1970."""
        return self._microseconds[self.edge]

    @property
    def _microseconds(self) -> Array:
        return np.array([edge.timestamp() * 1e6 for edge in self.edges])

    def span(self, months: int) -> tuple[datetime, datetime]:
        """From so many months before the first cutoff to the last one."""
        first = int(self.edge.min()) if self.edge.size else LOOKBACK
        return self.edges[first - months], self.edges[-1]

    def part(self, low: int, high: int) -> "Cutoffs":
        """The rows of the people from place `low` up to but without `high`."""
        kept = (self.person >= low) & (self.person < high)
        people = self.people[low:high]
        return Cutoffs(people, self.edges, self.person[kept] - low, self.edge[kept])

    def place(self, log: pl.LazyFrame, *, known: str = "at") -> pl.LazyFrame:
        """Rows of these customers before the last cutoff, with `_key`: the customer and the month.

        Parameters
        ----------
        log
            customer_id and an instant.
        known
            The column of that instant.
        """
        edges = pl.Series(self.edges, dtype=INSTANT)
        ids = self.people["customer_id"]
        first, last = (pl.lit(end, pl.String) for end in (ids.first(), ids.last()))
        people = self.people.lazy().select("customer_id", _person=pl.int_range(pl.len()))
        cell = pl.lit(edges).search_sorted(pl.col(known), side="right").cast(pl.Int64)
        # The log is sorted by customer: a range of ids is read without the rest of the file.
        return (
            log.filter(
                pl.col("customer_id").is_between(first, last),
                pl.col(known) < pl.lit(self.edges[-1]).cast(INSTANT),
            )
            .join(people, on="customer_id", how="inner", maintain_order="left")
            .with_columns(_key=pl.col("_person") * len(self.edges) + cell)
        )

    def running(self, key: Places, weights: Array | None = None) -> Array:
        """Customers by edges: the sum of `weights`, or the number of events, before each edge."""
        n = len(self.edges)
        counts = np.bincount(key, weights, self.people.height * n)
        return np.cumsum(counts.reshape(-1, n), axis=1, dtype=np.float64)

    def before(self, running: Array) -> Array:
        """A value a row: all before the cutoff."""
        return np.asarray(running[self.person, self.edge])

    def window(self, running: Array, months: int, *, since: datetime | None) -> Array:
        """A value a row: the months before the cutoff; NaN where the log began later.

        Parameters
        ----------
        running
            As `running` gives it.
        since
            The first event of the log.
        """
        first = running[self.person, self.edge - months]
        values = running[self.person, self.edge] - first
        begun = len(self.edges) if since is None else sum(edge <= since for edge in self.edges)
        return np.where(self.edge - months >= begun - 1, values, np.nan)

    def last(self, key: Places, values: Array) -> Array:
        """A value a row: that of the last event before the cutoff, NaN where there is none.

        Parameters
        ----------
        key, values
            A row an event, in the order of time within each customer.
        """
        n = len(self.edges)
        latest = np.full(self.people.height * n, -1, dtype=np.int64)
        latest[key] = np.arange(key.size)  # of equal keys the last one stays
        latest = np.maximum.accumulate(latest.reshape(-1, n), axis=1)[self.person, self.edge]
        found = np.append(values, np.nan)
        return np.asarray(found[latest])

    def days_since(self, key: Places, at: Array) -> Array:
        """Whole days since the last event; NaN where there is none."""
        return np.asarray((self.cutoff - self.last(key, at)) // DAY)

    def table(self, columns: dict[str, Array]) -> pl.DataFrame:
        """The rows as a table: NaN is null, counts are whole numbers."""
        customers = self.people["customer_id"].gather(self.person)
        edges = pl.Series("at", self.edges, dtype=INSTANT).gather(self.edge)
        table = pl.DataFrame([customers, edges]).with_columns(
            pl.Series(name, values).fill_nan(None) for name, values in columns.items()
        )
        counts = ("n_", "days_", "bad_", "good_", "trend_", "tenure_")
        whole = [name for name in columns if name.startswith(counts)]
        return table.with_columns(pl.col(whole).cast(pl.Int32))
