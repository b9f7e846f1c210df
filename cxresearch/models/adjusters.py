"""What was known of a customer before the month: who they are, since when, how they rated?

Unit of observation: a customer in a month. Attributes are as of the export, so only those of
context are taken: usage may have been measured after somebody left. The others are of the months
before.

It cannot know what nobody recorded; the ratings stand for how a person sees the company as a whole.
"""

from datetime import timedelta

import numpy as np
import polars as pl

from cxresearch.intake.tables import StudyTables
from cxresearch.models.balance import code_features
from cxresearch.models.grid import Grid, instants_of
from cxresearch.study import is_protected_name
from cxresearch.transforms.experiences import rating
from cxresearch.transforms.intervals import Array

_MOST_VALUES = 50
_BINS = 10


def attributes_of(tables: StudyTables, grid: Grid) -> Array:
    """Context of each customer, numbers cut at their deciles; neither usage nor what is protected.

    Usage as of the export falls when somebody leaves: adjusted for, it would hide what went before.
    A column that is called like a protected characteristic stays out, whatever its role.
    """
    kept = [
        name
        for name, part in tables.study.attributes.items()
        if part.role == "context" and not is_protected_name(name) and name in grid.people.columns
    ]
    people = grid.people.select(_binned(grid.people[name]) for name in kept)
    few = [name for name in people.columns if 1 < people[name].n_unique() <= _MOST_VALUES]
    if not few:
        return np.ones((grid.people.height, 1))
    return code_features(people, few).values


def _binned(values: pl.Series) -> pl.Series:
    """A number as the tenth of the customers it falls into, equal values in the same."""
    if not values.dtype.is_numeric() or values.n_unique() <= _BINS:
        return values.cast(pl.String)
    place = values.cast(pl.Float64).fill_nan(None).rank("min").cast(pl.Int64) - 1
    return (place * _BINS // max(place.len() - place.null_count(), 1)).cast(pl.String)


def tenure_of(grid: Grid) -> Array:
    """Customers by months by two: years since joining on a log scale, and whether unknown."""
    ends = np.array([edge.timestamp() for edge in grid.edges[1:]])[None, :]
    joined = instants_of(grid, "joined_at", grid.edges[0] - timedelta(days=400_000))
    years = (ends - joined[:, None]) / (365.25 * 86_400)
    is_unknown = years > 1000
    tenure = np.log1p(np.maximum(np.where(is_unknown, 0, years), 0))
    return np.stack([tenure, tenure**2, is_unknown.astype(float)], axis=2)


def earlier_ratings(tables: StudyTables, grid: Grid) -> list[Array]:
    """How a customer rated before the month: drawn to the mean the less there is, and how often.

    Each answer is held against others to the same question about the same place; the mean is
    shrunk by the correlation of one customer's answers (the halo): few answers tell little of it.
    """
    if tables.responses is None:
        return [np.zeros(grid.shape)]
    question = ["metric", "touchpoint"]
    given = (
        tables.responses.filter(
            pl.col("voice") == "customer",
            *(pl.col(name).is_not_null() for name in ("customer_id", "metric", "score")),
        )
        .select("customer_id", "at", *question, rating().alias("rating"))
        .filter(pl.col("at") < grid.edges[-1])
        .with_columns(
            z=(pl.col("rating") - pl.col("rating").mean().over(question))
            / pl.col("rating").std().over(question)
        )
        .filter(pl.col("z").is_finite())
    )
    placed = grid.place(given.collect())
    n, total = grid.sum(placed), grid.sum(placed, pl.col("z"))
    squares = grid.sum(placed, pl.col("z") ** 2).sum()
    pairs = (n.sum(axis=1) * (n.sum(axis=1) - 1)).sum()
    halo = ((total.sum(axis=1) ** 2).sum() - squares) / pairs if pairs else 0.0
    halo = min(max(halo, 0.01), 0.99)
    n, total = (values.cumsum(axis=1) - values for values in (n, total))
    shrunk = total / (n + (1 - halo) / halo)
    return [shrunk, shrunk**2, np.log1p(n), (n > 0).astype(float)]
