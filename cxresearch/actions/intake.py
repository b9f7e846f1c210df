"""Which sentences does the intake deserve?

The unit is a table or the study as a whole. These are counts of rows, not estimates: they have a
base and no interval.
"""

from datetime import datetime

import polars as pl

from cxresearch.actions.findings import make_findings, no_findings
from cxresearch.intake.verdict import Verdict
from cxresearch.language import Message, mark, message
from cxresearch.period import Period

TOPIC, NOTEBOOK = "intake", "00_intake"

_ROWS = mark("{accepted:count} of {n:count} rows were accepted, {estimate:count} set aside.")
_LINKED = mark(
    "{estimate:count} of {n:count} contacts are tied to a customer ({share:share}): "
    "the others count for touchpoints and channels, not for journeys."
)
_ALL_LINKED = mark("Every one of {n:count} contacts is tied to a customer.")
_DOUBTS = mark("Faults of the export to look at before figures are read: {estimate:count}.")


def find_intake(verdict: Verdict, *, period: Period, data_until: datetime) -> pl.DataFrame:
    """Rows set aside, contacts tied to a customer, warnings.

    Parameters
    ----------
    verdict
        Of the prepared study.
    """
    totals = verdict.conservation.select("n_mapped", "n_accepted", "n_quarantined").sum()
    rows = totals.select(
        pl.col("n_quarantined").cast(pl.Float64).alias("estimate"),
        pl.col("n_mapped").alias("n"),
        pl.col("n_accepted").alias("accepted"),
    ).filter(pl.col("n") > 0)
    links = (
        verdict.link_coverage.filter(
            pl.col("table") == "interactions", pl.col("link") == "customer_id"
        )
        .select(
            pl.col("n_linked").cast(pl.Float64).alias("estimate"),
            "n",
            pl.col("linked_share").alias("share"),
        )
        .filter(pl.col("n") > 0)
    )
    is_linked = bool((links["estimate"] == links["n"]).all())
    linked = _ALL_LINKED if is_linked else _LINKED
    n_warnings = (verdict.warnings["severity"] == "warning").sum()
    doubts = pl.DataFrame({"estimate": [float(n_warnings)], "n": [verdict.warnings.height]})
    parts = [
        _counts(rows, "quarantined", _ROWS, rank=200, period=period, data_until=data_until),
        _counts(links, "link_coverage", linked, rank=201, period=period, data_until=data_until),
        _counts(
            doubts.filter(pl.col("estimate") > 0),
            "warnings",
            _DOUBTS,
            rank=202,
            period=period,
            data_until=data_until,
        ),
    ]
    return pl.concat([part for part in parts if part.height] or [no_findings()])


def title_of_rows(rows: pl.DataFrame) -> Message:
    """Whether a table has months without a row between its first and its last.

    Parameters
    ----------
    rows
        As `coverage.count_rows` returns it.
    """
    if rows.is_empty():
        return message("No table has dated rows")
    is_between = (pl.col("n").cum_sum() > 0) & (pl.col("n").cum_sum(reverse=True) > 0)
    holes = rows.filter(is_between.over("table"), pl.col("n") == 0)
    if holes.is_empty():
        return message("Every table has rows in each month from its first to its last")
    return message(
        "Months without a row between a table's first and last: {n:count}, since {month:period}",
        n=holes["month"].n_unique(),
        month=holes["month"].min(),
    )


def _counts(
    table: pl.DataFrame,
    measure: str,
    sentence: str,
    *,
    rank: int,
    period: Period,
    data_until: datetime,
) -> pl.DataFrame:
    return make_findings(
        table,
        topic=TOPIC,
        notebook=NOTEBOOK,
        measure=measure,
        kind="count",
        unit="count",
        message=Message(sentence),
        period=period,
        data_until=data_until,
        is_headline=True,
        rank=rank,
    )
