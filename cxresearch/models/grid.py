"""Where do the rows of a log fall among customers and months?

Unit of observation: a cell, one customer in one month; months are counted back from the end of the
window. Customers come from the customers table, else from whoever the logs name.

It cannot place what is tied to no customer.
"""

from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import polars as pl

from cxresearch.intake.tables import StudyTables
from cxresearch.period import Period
from cxresearch.transforms.intervals import Array


@dataclass(frozen=True)
class Grid:
    """Customers by months.

    Attributes
    ----------
    people
        A row a customer, with `_customer`, the position.
    edges
        Where months begin, and where the last one ends.
    before
        Months at the start that lie before the window.
    period
        The window.
    """

    people: pl.DataFrame
    edges: list[datetime]
    before: int
    period: Period

    @property
    def shape(self) -> tuple[int, int]:
        """How many customers and months."""
        return self.people.height, len(self.edges) - 1

    def place(self, table: pl.DataFrame) -> pl.DataFrame:
        """Rows of known customers with `_customer` and `_month` on the grid."""
        edges = pl.Series(self.edges, dtype=pl.Datetime("us", "UTC"))
        month = pl.lit(edges).search_sorted(pl.col("at"), side="right").cast(pl.Int64) - 1
        people = self.people.select("customer_id", "_customer")
        return (
            table.join(people, on="customer_id", maintain_order="left")
            .with_columns(month.alias("_month"))
            .filter(pl.col("_month").is_between(0, len(self.edges) - 2))
        )

    def sum(self, table: pl.DataFrame, values: pl.Expr | None = None) -> Array:
        """Customers by months: the sum of `values`, or the number of rows."""
        n, months = self.shape
        where = table["_customer"].to_numpy() * months + table["_month"].to_numpy()
        weights = None if values is None else table.select(values).to_series().to_numpy()
        return np.bincount(where, weights, n * months).reshape(n, months).astype(np.float64)


def draw_customers(tables: StudyTables, *, most: int, random_state: int) -> StudyTables:
    """The study limited to `most` of its customers, drawn by lot; as it is where it has no more."""
    ids = _customer_ids(tables)
    if ids.height <= most:
        return tables
    drawn = np.sort(np.random.default_rng(random_state).permutation(ids.height)[:most])
    kept = ids[drawn].lazy()
    limited = {
        name: log.join(kept, on="customer_id", how="semi", maintain_order="left")
        for name in ("customers", "interactions", "responses")
        if (log := getattr(tables, name)) is not None
    }
    return replace(tables, **limited)


def _customer_ids(tables: StudyTables) -> pl.DataFrame:
    """Customers of the customers table, else whoever the logs name, by id."""
    logs = [tables.customers]
    if tables.customers is None:
        logs = [tables.interactions, tables.responses]
    ids = [log.select("customer_id") for log in logs if log is not None]
    named = pl.concat([pl.LazyFrame(schema={"customer_id": pl.String}), *ids])
    return named.drop_nulls().unique().sort("customer_id").collect()


def lay_out(tables: StudyTables, *, period: Period, before: int) -> Grid:
    """Customers by id, and the months of the window with those looked back at.

    Parameters
    ----------
    period
        The window; its months are counted back from its end, whatever day that is.
    before
        Months before the window that are only looked back at.
    """
    count = 0
    while period.window(count).start > period.start:
        count += 1
    edges = [period.window(months).start_at for months in range(count + before, -1, -1)]
    people = _customer_ids(tables)
    if tables.customers is not None:
        people = tables.customers.sort("customer_id").collect()
    numbered = people.with_row_index("_customer").cast({"_customer": pl.Int64})
    return Grid(numbered, edges, before, period)


def instants_of(grid: Grid, name: str, otherwise: datetime) -> Array:
    """A customer's instant as seconds, a null or missing column as `otherwise`."""
    fill = otherwise.timestamp()
    if name not in grid.people.columns:
        return np.full(grid.people.height, fill)
    seconds = pl.col(name).dt.epoch("us").cast(pl.Float64) / 1e6
    seconds_of = grid.people.select(seconds.fill_null(fill)).to_series().to_numpy()
    return np.asarray(seconds_of, dtype=float)
