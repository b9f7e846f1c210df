"""How many are still customers after a given time, kind of customer by kind of customer?

Unit of observation: a customer, watched from `entry` (time already spent when the watching began)
to `duration`. Those still there when the watching ends are censored: they count while they are
seen. Base at each time: customers under watch just before it.

It cannot say why groups differ. A group formed by what happened on the way (those who ever met a
bad experience) must not be drawn: they stayed long enough to meet it, so they would seem loyal by
construction (immortal time). Such questions are asked month by month in `models.hazard`.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl

from cxresearch.errors import ParameterError, require_columns
from cxresearch.models.survival_steps import (
    ALL,
    add_starts,
    count_steps,
    cut_thin_ends,
    hidden_groups,
    read_stays,
    without_hidden,
)
from cxresearch.transforms.cells import RELIABLE_FROM, as_names
from cxresearch.transforms.intervals import normal_quantile, wilson
from cxresearch.transforms.scales import Table

CURVE = {
    "time": pl.Float64,
    **dict.fromkeys(("n_at_risk", "n_events", "n_censored"), pl.Int64),
    **dict.fromkeys(("estimate", "ci_low", "ci_high"), pl.Float64),
    **dict.fromkeys(("is_reliable", "is_suppressed"), pl.Boolean),
}
SUMMARY = {
    **dict.fromkeys(("n", "n_events"), pl.Int64),
    **dict.fromkeys(("median", "median_low", "median_high"), pl.Float64),
    **dict.fromkeys(("restricted_mean", "mean_low", "mean_high"), pl.Float64),
    **dict.fromkeys(("restricted_to", "since", "ends_at"), pl.Float64),
    **dict.fromkeys(("is_reliable", "is_suppressed"), pl.Boolean),
}


def estimate_survival(
    table: Table,
    *,
    duration: str,
    event: str,
    entry: str | None = None,
    by: str | Sequence[str] | None = None,
    confidence: float = 0.95,
    hide_below: int = 1,
    reliable_from: int = RELIABLE_FROM,
) -> pl.DataFrame:
    """Kaplan-Meier curve of each group, with late entry and censoring.

    Parameters
    ----------
    table
        A row a customer.
    duration
        Column with the time at which the customer left, or was last seen. Nulls are left out.
    event
        Column of true (left) and false (last seen as a customer).
    entry
        Column with the time from which the customer was watched; null: from the start. Somebody is
        at risk after `entry`, up to and with `duration`.
    by
        Column or columns of groups known when a customer entered.
    hide_below
        Groups of fewer customers are hidden, as is the next smallest where a hidden one could be
        found by subtraction. A curve starts and ends where fewer than so many are under watch.
    reliable_from
        Rows with fewer customers under watch are flagged.

    Returns
    -------
    pl.DataFrame
        by, time, n_at_risk (just before), n_events, n_censored, estimate (share still there, 0-1;
        where a late entry makes the curve start later, of those there at its first time), ci_low,
        ci_high, is_reliable, is_suppressed; the first row of a group is where its curve starts. A
        hidden group is one row without figures.

    Raises
    ------
    DataError
        A column is missing, a time is negative, or somebody left before the watching began.

    Notes
    -----
    Kaplan & Meier (1958, JASA 53); Greenwood's variance on the scale of log(-log S) (Kalbfleisch &
    Prentice 1980), Wilson's interval of those at risk while nobody, or once everybody, has left:
    Greenwood's would claim certainty there. Late entry: Tsai, Jewell & Wang (1987, Biometrika 74).

    Examples
    --------
    >>> stays = pl.DataFrame({"months": [1, 2, 2, 4], "left": [True, True, False, False]})
    >>> curve = estimate_survival(stays, duration="months", event="left")
    >>> curve.select("time", "n_at_risk", "n_events", "estimate").rows()
    [(0.0, 4, 0, 1.0), (1.0, 4, 1, 0.75), (2.0, 3, 1, 0.5), (4.0, 1, 0, 0.5)]
    """
    groups = as_names(by or ())
    stays = read_stays(table, duration=duration, event=event, entry=entry, by=groups)
    hidden = hidden_groups(stays, by=groups, hide_below=hide_below)
    steps = count_steps(without_hidden(stays, hidden), by=groups)
    drawn = add_starts(cut_thin_ends(steps, by=groups, least=hide_below), by=groups)
    curves = _with_interval(drawn, by=groups, confidence=confidence).with_columns(
        (pl.col("n_at_risk") >= reliable_from).alias("is_reliable"),
        pl.lit(value=False).alias("is_suppressed"),
    )
    blank = hidden.with_columns(pl.lit(value=True).alias("is_suppressed"))
    return (
        pl.concat([curves, blank], how="diagonal_relaxed")
        .select(*groups, *(_column(name, dtype) for name, dtype in CURVE.items()))
        .sort(*groups, "time", nulls_last=True)
    )


def _column(name: str, dtype: type[pl.DataType]) -> pl.Expr:
    return pl.col(name).cast(dtype)


def _with_interval(steps: pl.DataFrame, *, by: Sequence[str], confidence: float) -> pl.DataFrame:
    """Steps with estimate, ci_low, ci_high."""
    key, z = [ALL, *by], normal_quantile(confidence)
    left, n = pl.col("n_events"), pl.col("n_at_risk")
    frame = steps.with_columns(
        (1 - left / n).cum_prod().over(key).alias("estimate"),
        (left / (n * (n - left))).cum_sum().over(key).alias("_variance"),
    )
    share, n_left = frame["estimate"].to_numpy(), frame["n_at_risk"].to_numpy().astype(float)
    low, high = wilson(share=share, n=n_left, z=z)
    inside = (share > 0) & (share < 1)
    log = np.log(np.where(inside, share, 0.5))
    half = z * np.sqrt(np.where(inside, frame["_variance"].to_numpy(), 0)) / np.abs(log)
    low = np.where(inside, np.exp(log * np.exp(half)), low)
    high = np.where(inside, np.exp(log * np.exp(-half)), high)
    return frame.with_columns(pl.Series("ci_low", low), pl.Series("ci_high", high))


def summarise_survival(
    curves: pl.DataFrame,
    *,
    by: str | Sequence[str] | None = None,
    until: float | None = None,
    confidence: float = 0.95,
) -> pl.DataFrame:
    """Median and mean stay of each group, read from its curve.

    Parameters
    ----------
    curves
        What `estimate_survival` returns.
    until
        The mean is of the time up to here; default where the first of the curves ends.

    Returns
    -------
    pl.DataFrame
        by, n (customers under watch at some time of the curve), n_events (of the curve), median
        (null where half of them are still there at its end), median_low, median_high (null: not
        reached), restricted_mean (mean stay, counted no further than restricted_to), mean_low,
        mean_high, restricted_to, since (where the curve starts), ends_at, is_reliable,
        is_suppressed.

    Raises
    ------
    ParameterError
        `until` lies beyond the end of a curve, or where one starts.

    Notes
    -----
    Median's interval: Brookmeyer & Crowley (1982, Biometrics 38), from the drawn limits. Variance
    of the restricted mean: Klein & Moeschberger (2003, 4.5).

    Examples
    --------
    >>> stays = pl.DataFrame({"months": [1, 2, 2, 4], "left": [True, True, False, False]})
    >>> curve = estimate_survival(stays, duration="months", event="left")
    >>> summarise_survival(curve).select("median", "restricted_mean", "restricted_to").rows()
    [(2.0, 2.75, 4.0)]
    """
    groups = as_names(by or ())
    require_columns(curves, *groups, *CURVE)
    key = [ALL, *groups]
    curves = curves.with_columns(pl.lit(1).alias(ALL))
    shown = curves.filter(~pl.col("is_suppressed"))
    limit = _limit(shown, key, until)
    gone = pl.col("n_events") + pl.col("n_censored")
    found = shown.group_by(key, maintain_order=True).agg(
        (gone.sum() + (pl.col("n_at_risk") - gone).last()).alias("n"),
        pl.col("n_events").sum(),
        _first_below("estimate").alias("median"),
        _first_below("ci_low").alias("median_low"),
        _first_below("ci_high").alias("median_high"),
        pl.col("time").min().alias("since"),
        pl.col("time").max().alias("ends_at"),
        pl.col("is_reliable").any(),
        pl.col("is_suppressed").first(),
    )
    means = _restricted_mean(shown, key, until=limit, confidence=confidence)
    found = found.join(means, on=key, how="left", nulls_equal=True)
    hidden = curves.filter("is_suppressed").select(*key, "is_suppressed")
    both = pl.concat([found, hidden], how="diagonal_relaxed")
    return both.select(*groups, *(_column(name, dtype) for name, dtype in SUMMARY.items()))


def _first_below(name: str) -> pl.Expr:
    """The first time at which at most half are still there."""
    return pl.col("time").filter(pl.col(name) <= 0.5).min()


def _limit(shown: pl.DataFrame, key: Sequence[str], until: float | None) -> float:
    """Up to where the mean is taken."""
    if shown.is_empty():
        return np.inf
    ends = shown.group_by(key).agg(
        pl.col("time").min().alias("first"), pl.col("time").max().alias("last")
    )
    shortest, start = float(ends["last"].min()), float(ends["first"].max())  # type: ignore[arg-type]
    if until is not None and not start < until <= shortest:
        raise ParameterError(
            f"until={until:g}",
            allowed=f"a time after {start:g}, up to {shortest:g}, where the first curve ends",
            next_step="choose a time that every curve reaches, or leave it out",
        )
    return shortest if until is None else until


def _restricted_mean(
    shown: pl.DataFrame, key: Sequence[str], *, until: float, confidence: float
) -> pl.DataFrame:
    """key, restricted_mean, mean_low, mean_high, restricted_to."""
    z, time, left, n = normal_quantile(confidence), *map(pl.col, ("time", "n_events", "n_at_risk"))
    stops = pl.min_horizontal(time.shift(-1).over(key).fill_null(np.inf), pl.lit(until, pl.Float64))
    steps = shown.filter(time < until).with_columns(
        ((stops - time) * pl.col("estimate")).alias("_area")
    )
    after = pl.col("_area").cum_sum(reverse=True).over(key)
    term = pl.when(left < n).then(after**2 * left / (n * (n - left))).otherwise(0.0)
    means = (
        steps.with_columns(term.alias("_term"))
        .group_by(key)
        .agg(
            (pl.col("_area").sum() + pl.col("time").min()).alias("restricted_mean"),
            pl.col("_term").sum().sqrt().alias("_error"),
            pl.col("time").min().alias("_since"),
        )
    )
    mean, half = pl.col("restricted_mean"), z * pl.col("_error")
    return means.with_columns(
        pl.max_horizontal(mean - half, "_since").alias("mean_low"),
        pl.min_horizontal(mean + half, pl.lit(until, pl.Float64)).alias("mean_high"),
        pl.lit(until, pl.Float64).alias("restricted_to"),
    ).drop("_error", "_since")
