"""What do cases of leaving and cases of a score have in common?

Unit of observation: a case. Each layout gives the same parts, which `models.driver_cases` puts
together.

It cannot say what they mean: each layout does.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from cxresearch.intake.tables import StudyTables
from cxresearch.study import is_protected_name
from cxresearch.study.models import Attribute


@dataclass(frozen=True)
class Place:
    """A touchpoint as a driver.

    Attributes
    ----------
    measured_by
        What tells good from bad.
    met
        Of which cases something is known of it.
    worst, best
        Values of the column.
    unit
        `bad` or `grade`.
    """

    measured_by: str
    met: pl.Expr
    worst: float
    best: float
    unit: str


@dataclass(frozen=True)
class Parts:
    """Cases before it is known which drivers enough people met.

    Attributes
    ----------
    table
        case, person, outcome, a column a place, context.
    places
        Touchpoints by the name of their column.
    context
        Columns of what is adjusted for.
    unit
        Of the outcome.
    share
        The share of the window that cases can be of.
    reason
        Why there are none.
    horizon_months
        Months in which the outcome was looked for, where other than asked.
    """

    table: pl.DataFrame
    places: Mapping[str, Place]
    context: list[str]
    unit: str
    share: float = 1.0
    reason: str = ""
    horizon_months: int = 0


EMPTY = pl.DataFrame(schema={"case": pl.Int64, "person": pl.String, "outcome": pl.Float64})


def nothing(reason: str, *, unit: str) -> Parts:
    """No cases, and why."""
    return Parts(EMPTY, {}, [], unit, reason=reason)


def is_usable(name: str, attribute: Attribute) -> bool:
    """Whether an attribute may be adjusted for, or be a driver."""
    return attribute.role == "context" and not is_protected_name(name)


def read_attributes(tables: StudyTables, *, taken: Mapping[str, Place]) -> pl.DataFrame:
    """customer_id and the attributes of context, flags as numbers.

    An attribute that is called like a touchpoint gets `attribute:` before its name.
    """
    if tables.customers is None:
        return pl.DataFrame(schema={"customer_id": pl.String})
    present = tables.customers.collect_schema().names()
    kept = [
        name
        for name, attribute in tables.study.attributes.items()
        if name in present and is_usable(name, attribute)
    ]
    read = tables.customers.select("customer_id", *kept).collect()
    flags = [name for name in kept if read[name].dtype == pl.Boolean]
    days = [name for name in kept if read[name].dtype.is_temporal()]
    return (
        read.with_columns(pl.col(flags).cast(pl.Float64))
        .with_columns(pl.col(days).cast(pl.Date).dt.epoch("d").cast(pl.Float64))
        .rename({name: f"attribute:{name}" for name in kept if name in taken})
    )
