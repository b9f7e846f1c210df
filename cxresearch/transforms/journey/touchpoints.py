"""Which touchpoints do customers meet, and how many of them?

Unit of observation: an event of a known customer; a row is a touchpoint. Base of the reach: the
customers in the log. A customer counts once however often they came.

It cannot see who met a touchpoint without leaving an event, nor why.
"""

import polars as pl

from cxresearch.engine import Counts, run_in_parts
from cxresearch.transforms.journey.log import require_log
from cxresearch.transforms.journey.shares import with_share
from cxresearch.transforms.journey.walk import as_touchpoint, count_cells, walk
from cxresearch.transforms.scales import Table
from cxresearch.transforms.suppress import THRESHOLD

TOUCHPOINT_COLUMNS = (
    *("touchpoint", "n", "n_customers", "base", "reach", "ci_low", "ci_high"),
    *("first_at", "last_at", "is_suppressed"),
)


def count_touchpoints(
    log: Table, *, hide_below: int = THRESHOLD, n_parts: int = 1, confidence: float = 0.95
) -> pl.DataFrame:
    """Events and reach of every touchpoint in the log.

    Parameters
    ----------
    log
        As `prepare_log` makes it.
    hide_below
        Least number of customers shown; smaller rows keep their name and lose their figures, with
        the next smallest where they could be found by subtraction.
    n_parts
        Parts of whole customers to count one after the other, for a log larger than memory.
    confidence
        Of the interval.

    Returns
    -------
    pl.DataFrame
        touchpoint, n (events), n_customers, base (customers in the log), reach (n_customers /
        base), ci_low, ci_high (Wilson), first_at, last_at, is_suppressed; the most customers
        first.

    Raises
    ------
    DataError
        The log is not prepared.

    Examples
    --------
    >>> from datetime import date
    >>> from cxresearch.transforms.journey import prepare_log
    >>> days = [date(2025, 1, 1), date(2025, 1, 8), date(2025, 1, 1)]
    >>> where = ["shop", "help", "shop"]
    >>> log = prepare_log(
    ...     pl.DataFrame({"customer_id": ["a", "a", "b"], "at": days, "touchpoint": where})
    ... )
    >>> count_touchpoints(log, hide_below=1)["touchpoint", "n", "reach"].rows()
    [('shop', 2, 1.0), ('help', 1, 0.5)]
    """
    counts = run_in_parts(log, partial, n_parts=n_parts)
    return merge(counts, hide_below=hide_below, confidence=confidence)


def names_of_hidden(touchpoints: pl.DataFrame) -> list[str]:
    """The touchpoints whose figures `count_touchpoints` hides: no other table may show them."""
    return touchpoints.filter("is_suppressed")["touchpoint"].cast(pl.String).to_list()


def partial(part: pl.LazyFrame) -> Counts:
    """Events, customers and the ends of time of each touchpoint in a part."""
    touchpoints = require_log(part)
    walked = walk(part, gap_days=None)
    cells = walked.select("who", cell="code")
    met = count_cells(cells, n_cells=max(touchpoints.categories.len(), 1))
    at = pl.col("at")
    seen = (
        part.filter(pl.col("customer_id").is_not_null())
        .group_by("touchpoint")
        .agg(first_at=at.min(), last_at=at.max())
    )
    named = met.select(as_touchpoint(pl.col("cell"), touchpoints), "n", "n_customers")
    return {
        "touchpoints": seen.join(named, on="touchpoint").collect(),
        "customers": walked.select(pl.col("is_first").sum().cast(pl.Int64).alias("base")),
    }


def merge(counts: Counts, *, hide_below: int = THRESHOLD, confidence: float = 0.95) -> pl.DataFrame:
    """The table of all parts; see `count_touchpoints`."""
    base = counts["customers"]["base"].sum()
    table = (
        counts["touchpoints"]
        .group_by("touchpoint")
        .agg(pl.col("n", "n_customers").sum(), pl.col("first_at").min(), pl.col("last_at").max())
        .with_columns(base=pl.lit(base, pl.Int64), people=pl.lit(base, pl.Int64))
        .with_columns(base_squares=pl.col("base"))
        .sort("n_customers", "n", "touchpoint", descending=[True, True, False])
    )
    shares = with_share(table, count="n_customers", confidence=confidence)
    # A customer is in several rows: no other row has to be hidden for one not to be found.
    is_small = pl.col("n_customers") < hide_below
    figures = ("n", "n_customers", "base", "share", "ci_low", "ci_high", "first_at", "last_at")
    return (
        shares.with_columns(is_suppressed=is_small)
        .with_columns(pl.when(~pl.col("is_suppressed")).then(pl.col(figures)))
        .rename({"share": "reach"})
        .select(TOUCHPOINT_COLUMNS)
    )
