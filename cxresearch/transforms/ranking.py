"""Which touchpoint is really best or worst, once luck is taken out of the extremes?

Unit of observation: an estimate with its interval. The best and the worst of many figures owe part
of their place to chance: the worst of 14 equal touchpoints with 45 answers "improves" by 11 points
by itself. Each estimate is drawn towards the mean of all, the more the less it is known.

It cannot rank figures of different metrics, nor tell why one is better.
"""

import numpy as np
import polars as pl

from cxresearch.errors import DataError, ParameterError, require_columns
from cxresearch.transforms.cells import as_arrays
from cxresearch.transforms.intervals import Array, normal_quantile

RANK_COLUMNS = ("rank", "shrunk", "shrunk_low", "shrunk_high", "own_share")


def rank_shrunk(estimates: pl.DataFrame, *, confidence: float = 0.95) -> pl.DataFrame:
    """Rank estimates after shrinking them towards their common mean.

    The shrunk figure is the one to expect next time: `shrunk` - `estimate` is the change to expect
    from chance alone, with which an action chosen because of a bad score is judged.

    Parameters
    ----------
    estimates
        `estimate`, `ci_low`, `ci_high` of one metric, as `measure` returns them. Rows with a null
        estimate keep null figures.
    confidence
        The confidence of the intervals given, and of those returned.

    Returns
    -------
    pl.DataFrame
        The rows given, the highest shrunk figure first, with rank (1 = highest; null where there
        is no estimate), shrunk, shrunk_low, shrunk_high (same unit as `estimate`), own_share (0-1:
        weight of the figure's own answers against the common mean).

    Raises
    ------
    DataError
        A column is missing, or several metrics are mixed.
    ParameterError
        The confidence is not between 0 and 1.

    Notes
    -----
    Normal empirical Bayes; spread between by Paule & Mandel (1982); the interval carries the
    uncertainty of mean and spread (Morris 1983, JASA 78). Fewer than four estimates are left as
    they are: nothing can be learnt from so few about their spread.

    Examples
    --------
    >>> table = pl.DataFrame({"estimate": [60.0, 40, 42, 38], "ci_low": [20.0, 35, 37, 33],
    ...                       "ci_high": [100.0, 45, 47, 43]})
    >>> rank_shrunk(table).select("estimate", pl.col("shrunk").round(0)).row(0)
    (60.0, 53.0)
    """
    require_columns(estimates, "estimate", "ci_low", "ci_high")
    if not 0 < confidence < 1:
        raise ParameterError(f"confidence {confidence}", allowed="between 0 and 1, such as 0.95")
    if "metric" in estimates.columns and estimates["metric"].n_unique() > 1:
        raise DataError(
            f"several metrics to rank: {', '.join(sorted(estimates['metric'].unique()))}",
            allowed="one metric",
            next_step='filter one: pl.col("metric") == "nps"',
        )
    estimate, low, high = as_arrays(estimates, "estimate", "ci_low", "ci_high")
    z = normal_quantile(confidence)
    variance = ((high - low) / (2 * z)) ** 2
    shrunk, error, own = shrink(estimate, variance=variance)
    columns = {
        "shrunk": shrunk,
        "shrunk_low": shrunk - z * error,
        "shrunk_high": shrunk + z * error,
        "own_share": own,
    }
    return (
        estimates.with_columns(pl.Series(k, v).fill_nan(None) for k, v in columns.items())
        .with_columns(rank=pl.col("shrunk").rank("ordinal", descending=True).cast(pl.Int64))
        .sort("rank", nulls_last=True)
        .select(*estimates.columns, *RANK_COLUMNS)
    )


def lowest_tier(estimates: pl.DataFrame) -> pl.DataFrame:
    """The rows that may be the lowest: those whose interval reaches that of the lowest.

    Parameters
    ----------
    estimates
        `estimate`, `ci_low`, `ci_high` of one metric; rows with a null estimate are passed over.

    Examples
    --------
    >>> figures = pl.DataFrame({"estimate": [0.5, 0.6, 0.9], "ci_low": [0.4, 0.5, 0.8],
    ...                         "ci_high": [0.6, 0.7, 1.0]})
    >>> lowest_tier(figures)["estimate"].to_list()
    [0.5, 0.6]
    """
    known = estimates.filter(pl.col("estimate").is_not_null()).sort("estimate", maintain_order=True)
    return known.filter(pl.col("ci_low") <= pl.col("ci_high").first())


def chance_of_equals(estimates: pl.DataFrame, *, confidence: float = 0.95) -> float:
    """The p-value of Cochran's Q: that figures all alike would differ by as much as these.

    Parameters
    ----------
    estimates
        `estimate`, `ci_low`, `ci_high` of one metric; rows with a null estimate, or whose interval
        has no width, are passed over: how well they are known is not known.
    confidence
        The confidence of the intervals given.

    Returns
    -------
    float
        0 to 1; 1 with fewer than two figures.

    Notes
    -----
    Cochran (1954), Biometrics 10:101. Figures of the same people are not independent, which makes
    the p-value too large rather than too small.

    Examples
    --------
    >>> ends = {"ci_low": [55.0, 35.0], "ci_high": [65.0, 45.0]}
    >>> apart = pl.DataFrame({"estimate": [60.0, 40.0], **ends})
    >>> chance_of_equals(apart) < 0.001
    True
    """
    from scipy.special import chdtrc

    known = estimates.drop_nulls(["estimate", "ci_low", "ci_high"]).filter(
        pl.col("ci_high") > pl.col("ci_low")
    )
    if known.height < 2:
        return 1.0
    error = (known["ci_high"] - known["ci_low"]).to_numpy() / (2 * normal_quantile(confidence))
    weights = 1 / error**2
    estimate = known["estimate"].to_numpy()
    centre = np.sum(weights * estimate) / weights.sum()
    q = np.sum(weights * (estimate - centre) ** 2)
    return float(chdtrc(known.height - 1, q))


def shrink(estimate: Array, *, variance: Array) -> tuple[Array, Array, Array]:
    """Shrunk estimates, their standard errors and the share of their own answers.

    Parameters
    ----------
    estimate, variance
        Estimates and their sampling variances; NaN stays NaN.
    """
    used = np.isfinite(estimate) & np.isfinite(variance) & (variance > 0)
    k = int(used.sum())
    if k < 4:
        return estimate, np.sqrt(variance), np.where(np.isfinite(estimate), 1.0, np.nan)
    between = spread_between(estimate[used], variance=variance[used])
    weights = 1 / (variance + between)
    centre = np.sum((weights * estimate)[used]) / weights[used].sum()
    # (k - 3) / (k - 1) keeps the spread, estimated from the same figures, from pulling too hard.
    chance = np.divide(variance, variance + between, where=variance > 0, out=0 * variance)
    pull = (k - 3) / (k - 1) * chance
    own = 1 - pull
    shrunk = own * estimate + pull * centre
    uncertainty = (
        variance * (1 - pull * (1 - weights / weights[used].sum()))
        + 2 / (k - 3) * pull**2 * (estimate - centre) ** 2
    )
    return shrunk, np.sqrt(uncertainty), own


def spread_between(estimate: Array, *, variance: Array) -> float:
    """Variance between the true figures (Paule & Mandel 1982); 0 where chance explains it all.

    Examples
    --------
    >>> spread_between(np.array([1.0, 1.0, 1.0]), variance=np.ones(3))
    0.0
    """

    def excess(between: float) -> float:
        weights = 1 / (variance + between)
        centre = np.sum(weights * estimate) / weights.sum()
        return float(np.sum(weights * (estimate - centre) ** 2) - (estimate.size - 1))

    if excess(0.0) <= 0:
        return 0.0
    low, high = 0.0, float(np.var(estimate) * estimate.size)
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if excess(middle) > 0 else (low, middle)
    return (low + high) / 2
