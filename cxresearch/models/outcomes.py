"""How did each customer's path end: did they leave, would they recommend?

Unit of observation: a customer with a known outcome, with the instant up to which events belong to
the path. Contacts in the month of leaving are the leaving itself and are left out.

It cannot tell the outcome of whom nobody asked, nor of leaving that was never recorded.
"""

import polars as pl

from cxresearch.intake.tables import StudyTables
from cxresearch.language import mark
from cxresearch.period import Period

OUTCOMES: dict[str, pl.DataType] = {
    "customer_id": pl.String(),
    "is_reached": pl.Boolean(),
    "until": pl.Datetime("us", "UTC"),
}
PROMOTER = 9
FEWEST_LEAVERS = 100
"""Customers seen leaving below which nothing is learnt from them: only cohort curves are told."""

NO_LEAVING = mark("the data does not say who left")
FEW_LEAVERS = mark("too few customers left to learn from")


def list_leaving(tables: StudyTables, *, period: Period) -> pl.DataFrame:
    """Who left in the period, of those who were customers in it.

    Returns
    -------
    pl.DataFrame
        customer_id, is_reached, until (the first instant of the month of leaving; null for who
        stays). No row where nobody is known to have left.
    """
    if tables.customers is None:
        return pl.DataFrame(schema=OUTCOMES)
    start, end = (pl.lit(at).cast(OUTCOMES["until"]) for at in (period.start_at, period.end_at))
    left = pl.col("left_at")
    month = left.dt.convert_time_zone(period.timezone).dt.truncate("1mo")
    known = (
        tables.customers.filter(
            left.is_null() | (left >= start),
            pl.col("joined_at").is_null() | (pl.col("joined_at") < end),
        )
        .with_columns(is_reached=(left < end).fill_null(value=False))
        .select(
            "customer_id",
            "is_reached",
            pl.when("is_reached").then(month.dt.convert_time_zone("UTC")).alias("until"),
        )
        .sort("customer_id")
        .collect()
    )
    return known if known["is_reached"].any() else pl.DataFrame(schema=OUTCOMES)


def list_recommending(tables: StudyTables, *, period: Period) -> pl.DataFrame:
    """Who is a promoter at the last answer to the NPS question about the whole in the period.

    Returns
    -------
    pl.DataFrame
        customer_id, is_reached, until (the answer). No row where it was never asked.
    """
    if tables.responses is None:
        return pl.DataFrame(schema=OUTCOMES)
    return (
        tables.responses.filter(
            pl.col("voice") == "customer",
            pl.col("metric") == "nps",
            pl.col("touchpoint").is_null(),
            pl.col("customer_id").is_not_null(),
            pl.col("score").is_not_null(),
            period.contains(),
        )
        .sort("customer_id", "at", "response_id")
        .group_by("customer_id", maintain_order=True)
        .agg(
            (pl.col("score").last() >= PROMOTER).alias("is_reached"),
            pl.col("at").last().alias("until"),
        )
        .collect()
    )
