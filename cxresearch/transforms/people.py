"""Which customers does a study know, since when, and does it know who left?

Unit of observation: a customer: a row of the customers table, or, in a study without one, whoever
the logs name. Where joining is unknown the first event stands for it.

It cannot know since when somebody was a customer whose joining nobody wrote down: the first event
is the latest that it can have been.
"""

import polars as pl

from cxresearch.intake.tables import StudyTables

INSTANT = pl.Datetime("us", "UTC")


def knows_leaving(tables: StudyTables) -> bool:
    """Whether any customer is known to have left."""
    return _knows(tables, "left_at")


def knows_joining(tables: StudyTables) -> bool:
    """Whether it is known of any customer when they joined."""
    return _knows(tables, "joined_at")


def _knows(tables: StudyTables, name: str) -> bool:
    if tables.customers is None or name not in tables.customers.collect_schema():
        return False
    return bool(tables.customers.select(pl.col(name).is_not_null().any()).collect().item())


def list_people(tables: StudyTables) -> pl.DataFrame:
    """Every known customer with joining, or else the first event, and leaving by contract.

    Returns
    -------
    pl.DataFrame
        customer_id, joined_at, entered_at, left_at, by customer.
    """
    people = pl.LazyFrame(schema={"customer_id": pl.String, "joined_at": INSTANT})
    if tables.customers is not None:
        people = tables.customers
    present = people.collect_schema().names()
    own = [
        pl.col(name) if name in present else pl.lit(None, INSTANT).alias(name)
        for name in ("joined_at", "left_at")
    ]
    known = people.select("customer_id", *own).sort("customer_id").collect()
    first = _first_events(tables, known)
    if tables.customers is None:
        known = first.join(known, on="customer_id", how="left")
    else:
        known = known.join(first, on="customer_id", how="left")
    return (
        known.with_columns(pl.coalesce("joined_at", "first_at").alias("entered_at"))
        .select("customer_id", "joined_at", "entered_at", "left_at")
        .sort("customer_id")
    )


def _first_events(tables: StudyTables, known: pl.DataFrame) -> pl.DataFrame:
    """The first event of each customer whose joining is unknown."""
    dated = known.filter(pl.col("joined_at").is_not_null()).select("customer_id").lazy()
    logs = [log for log in (tables.interactions, tables.responses) if log is not None]
    if tables.customers is not None and dated.select(pl.len()).collect().item() == known.height:
        logs = []
    parts = [pl.LazyFrame(schema={"customer_id": pl.String, "first_at": INSTANT})]
    parts += [
        log.filter(pl.col("customer_id").is_not_null())
        .group_by("customer_id")
        .agg(pl.col("at").min().alias("first_at"))
        .join(dated, on="customer_id", how="anti")
        for log in logs
    ]
    return pl.concat(parts).group_by("customer_id").agg(pl.col("first_at").min()).collect()
