"""At which pace does a customer buy, and when has a silence become too long for that pace?

Unit of observation: a purchase of a known customer; purchases of one day are one. The *usual gap*
of a customer is the geometric mean of the days between purchases, drawn to that of all customers
the fewer gaps there are. It is taken at each purchase from what went before: a silence never
lengthens the gap it is held against.

It cannot tell a customer who is gone from one who will be back: it only says how unusual a silence
is. Gaps are seen only once they end, so the pace of customers who buy rarely looks faster than it
is, and most of all that of those seen buying once.
"""

from dataclasses import dataclass
from math import exp, log

import polars as pl

from cxresearch.transforms.scales import Table

PURCHASE_COLUMNS = ("customer_id", "day", "at", "next_at", "n_gaps", "usual_gap_days")

MISSED_GAPS = 2.5
"""Usual gaps after which two purchases are missed: the third is nearer than the second."""

RARE_SILENCE = 2.326
"""Normal quantile of the silence that one gap in a hundred exceeds."""

OWN_GAPS = 2
"""Least number of other gaps that a customer's silence is held against."""


@dataclass(frozen=True)
class Pace:
    """The pace of all customers together.

    Attributes
    ----------
    usual_gap_days
        Geometric mean over customers of their own; NaN where nobody bought twice.
    weight
        How many gaps of a customer's own it weighs: variance within customers over that between.
    spread
        Standard deviation within customers of the logarithm of a gap.
    """

    usual_gap_days: float
    weight: float
    spread: float


def list_purchases(interactions: Table, *, timezone: str = "UTC") -> pl.LazyFrame:
    """Days on which known customers bought, with the gap since the purchase before.

    Parameters
    ----------
    interactions
        `contract.Interactions`, in any order.
    timezone
        Where days begin.

    Returns
    -------
    pl.LazyFrame
        customer_id, day, at (the first purchase of the day), gap_days (null for the first), by
        customer and day.
    """
    day = pl.col("at").dt.convert_time_zone(timezone).dt.date().alias("day")
    same = pl.col("customer_id") == pl.col("customer_id").shift()
    return (
        interactions.lazy()
        .filter(pl.col("kind") == "purchase", pl.col("customer_id").is_not_null())
        .select("customer_id", day, "at")
        .group_by("customer_id", "day")
        .agg(pl.col("at").min())
        .sort("customer_id", "day")
        .with_columns(pl.when(same).then(pl.col("day").diff().dt.total_days()).alias("gap_days"))
    )


def measure_pace(purchases: Table) -> Pace:
    """The pace of all customers, and how much it says of one.

    Parameters
    ----------
    purchases
        As `list_purchases` gives them.

    Notes
    -----
    Empirical Bayes on the logarithms of gaps (Efron & Morris 1975, JASA 70): variances by the
    method of moments. Where nobody has two gaps, the common pace weighs as much as one gap.

    Examples
    --------
    >>> gaps = pl.DataFrame({"customer_id": ["a", "a", "b", "b"], "gap_days": [10, 10, 40, 40]})
    >>> measure_pace(gaps)
    Pace(usual_gap_days=20.0, weight=0.0, spread=0.0)
    """
    gap = pl.col("gap_days").cast(pl.Float64).log()
    own = (
        purchases.lazy()
        .filter(pl.col("gap_days").is_not_null())
        .group_by("customer_id")
        .agg(n=pl.len().cast(pl.Int64), mean=gap.mean(), square=(gap - gap.mean()).pow(2).sum())
        .sort("customer_id")
        .select("n", "mean", "square")
        .collect()
    )
    if own.is_empty():
        return Pace(float("nan"), 1.0, 0.0)
    mean = float(own["mean"].sum()) / own.height
    again = int((own["n"] - 1).sum())
    if not again:
        return Pace(_rounded(exp(mean)), 1.0, 0.0)
    within = float(own["square"].sum()) / again
    apart = float(((own["mean"] - mean) ** 2).sum()) / max(own.height - 1, 1)
    between = apart - within * float((1 / own["n"]).sum()) / own.height
    weight = within / between if between > 1e-9 else 1e9
    return Pace(_rounded(exp(mean)), _rounded(weight), _rounded(within**0.5))


def _rounded(value: float) -> float:
    """Nine digits: sums differ in the last ones with the order of the rows."""
    return float(f"{value:.9g}")


def follow_rhythm(purchases: Table, *, pace: Pace) -> pl.DataFrame:
    """Each purchase with the one after it and the usual gap as known at it.

    Parameters
    ----------
    purchases
        As `list_purchases` gives them.
    pace
        As `measure_pace` gives it.

    Returns
    -------
    pl.DataFrame
        `PURCHASE_COLUMNS`: next_at is null for a customer's last; n_gaps and usual_gap_days are
        those of the customer up to and with this purchase, null where nobody ever bought twice.
    """
    n = pl.col("gap_days").is_not_null().cast(pl.Int64).cum_sum().over("customer_id")
    logs = pl.col("gap_days").cast(pl.Float64).log().fill_null(0.0).cum_sum().over("customer_id")
    same = pl.col("customer_id").shift(-1) == pl.col("customer_id")
    return (
        purchases.lazy()
        .with_columns(
            pl.when(same).then(pl.col("at").shift(-1)).alias("next_at"),
            n.alias("n_gaps"),
            logs.alias("_logs"),
        )
        .with_columns(usual_gap(pl.col("n_gaps"), pl.col("_logs"), pace).alias("usual_gap_days"))
        .select(PURCHASE_COLUMNS)
        .collect()
    )


def usual_gap(n: pl.Expr, logs: pl.Expr, pace: Pace) -> pl.Expr:
    """The usual gap from a customer's number of gaps and the sum of their logarithms."""
    if pace.usual_gap_days != pace.usual_gap_days:  # nobody bought twice
        return pl.lit(None, pl.Float64)
    weight = max(pace.weight, 1e-9)
    return ((logs + weight * log(pace.usual_gap_days)) / (n + weight)).exp()


def find_returns(purchases: Table, *, pace: Pace) -> pl.DataFrame:
    """Purchases after a silence in which at least two were missed.

    Parameters
    ----------
    purchases
        As `list_purchases` gives them.
    pace
        As `measure_pace` gives it.

    Returns
    -------
    pl.DataFrame
        customer_id, at (of the return), gap_days, by customer and day.

    Notes
    -----
    The silence is held against the customer's other gaps, before and after it, of which there must
    be `OWN_GAPS`: what happened is told once it is over, and a single gap is no rhythm. It is
    longer than `MISSED_GAPS` usual gaps, and than all but one in a hundred gaps of a customer of
    whom so little is known (the predictive interval of a log-normal gap).
    """
    if pace.usual_gap_days != pace.usual_gap_days:  # nobody bought twice
        return purchases.lazy().select("customer_id", "at", "gap_days").clear().collect()
    own = pl.col("gap_days").cast(pl.Float64).log()
    n = pl.len().over("customer_id") - 1
    usual = usual_gap(n, own.sum().over("customer_id") - own, pace)
    chance = (1 + 1 / (n + max(pace.weight, 1e-9))).sqrt() * pace.spread * RARE_SILENCE
    longer = own - usual.log()
    return (
        purchases.lazy()
        .filter(pl.col("gap_days").is_not_null())
        .filter(n >= OWN_GAPS, longer > log(MISSED_GAPS), longer > chance)
        .select("customer_id", "at", "gap_days")
        .collect()
    )
