"""How often does a score put those who leave above those who stay, at the same time as customers?

Unit of observation: a customer in a month. Compared are a customer who leaves in a month of
customer life and one who was at risk in the same month of life and did not leave in it. Base: all
such pairs.

It says nothing of how large the chances are: see the calibration.
"""

import numpy as np
import polars as pl

from cxresearch.models.balance import People
from cxresearch.transforms.intervals import Array, normal_quantile


def concordance(
    score: Array, leaves: Array, *, time: Array, people: People, confidence: float = 0.95
) -> tuple[float, float, float]:
    """Share of pairs in the right order, ties half, with its interval; NaN without pairs.

    Parameters
    ----------
    score
        Higher: leaves sooner.
    leaves
        0 or 1, a row.
    time
        Rows are compared within equal times; with one time only this is the AUC.
    people
        A number a person, a row.

    Returns
    -------
    float, float, float
        Estimate, low, high.

    Notes
    -----
    With rows of constant score expanded into months this is Harrell's C (1982, JAMA 247). Interval:
    the projection of the two-sample sum on people (Hoeffding 1948), on the scale of the log odds.

    Examples
    --------
    >>> score, leaves = np.array([3.0, 1.0, 2.0]), np.array([1.0, 0.0, 0.0])
    >>> concordance(score, leaves, time=np.zeros(3), people=np.arange(3))[0]
    1.0
    """
    left, month = pl.col("leaves"), "time"
    frame = pl.DataFrame({"score": score, "leaves": leaves > 0, "time": time, "who": people})
    n_left, n_stay = left.sum().over(month), (~left).sum().over(month)
    rank = pl.col("score").rank("average")
    among_all, among_own = rank.over(month), rank.over(month, "leaves")
    # A leaver's rank among all less that among leavers is how many stayers lie below it.
    below = among_all - among_own
    pairs = pl.when(left).then(n_stay).otherwise(n_left).cast(pl.Float64)
    won = pl.when(left).then(below).otherwise(n_left - below)
    scored = frame.with_columns(won.alias("won"), pairs.alias("pairs"), left.alias("leaves"))
    total = float(scored.filter(left)["pairs"].sum())
    if not total:
        return (float("nan"),) * 3
    estimate = float(scored.filter(left)["won"].sum()) / total
    own = scored.group_by("who").agg(
        (pl.col("won") - estimate * pl.col("pairs")).sum().alias("own")
    )
    error = float(np.sqrt((own["own"].to_numpy() ** 2).sum())) / total
    low, high = _limits(estimate, error, pairs=total, z=normal_quantile(confidence))
    return estimate, low, high


def _limits(estimate: float, error: float, *, pairs: float, z: float) -> tuple[float, float]:
    """Limits on the scale of the log odds; at 0 or 1 the error is that of half a pair."""
    inside = min(max(estimate, 0.5 / pairs), 1 - 0.5 / pairs)
    slope = inside * (1 - inside)
    if not slope:
        return 0.0, 1.0
    centre, half = np.log(inside / (1 - inside)), z * max(error, 0.5 / pairs) / slope
    low, high = (1 / (1 + np.exp(-(centre + side * half))) for side in (-1, 1))
    return min(float(low), estimate), max(float(high), estimate)
