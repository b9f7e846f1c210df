"""How far apart are two figures, and could chance alone have put them there?

Unit: a pair of cells, each given by mean, mean square, effective n and degrees of freedom, and the
correlation of the two means (0 where no person is in both). Arrays in, arrays out, on the scale of
what is counted. A p-value here is always the other side of the interval: it falls below 0.05
exactly where the 95 % interval leaves out the value tested.
"""

from collections.abc import Callable

import numpy as np

from cxresearch.transforms.intervals import (
    Array,
    Moments,
    adjusted_moments,
    standard_error_of_mean,
    student_quantile,
    wilson,
)
from cxresearch.transforms.scales import Interval

_LARGEST_Z = 8.0  # beyond it a p-value is below 1e-15 and the normal tail is rounding


def difference_of(
    kind: Interval, now: Moments, then: Moments, *, correlation: Array, z: float | Array
) -> tuple[Array, Array]:
    """Interval of `now.mean - then.mean`.

    Notes
    -----
    Net shares: adjusted Wald with three pseudo-answers in each sample (Rocks 2016; Agresti & Caffo
    2000 for the two-sample idea). Shares: Newcombe's hybrid score interval (1998, Statistics in
    Medicine 17:873, method 10), with the correlation of paired samples (ibid. 2635; Zou & Donner
    2008). Means: Welch's t. NaN where a side has no answer.
    """
    difference = {"wilson": _hybrid_score, "adjusted_wald": _adjusted_difference, "t": _welch}[kind]
    with np.errstate(invalid="ignore", divide="ignore"):
        return difference(now, then, correlation, z)


def _hybrid_score(
    now: Moments, then: Moments, correlation: Array, z: float | Array
) -> tuple[Array, Array]:
    low, high = wilson(share=now.mean, n=now.n, z=z)
    low2, high2 = wilson(share=then.mean, n=then.n, z=z)
    gap = now.mean - then.mean
    down = _combined(now.mean - low, high2 - then.mean, correlation)
    up = _combined(high - now.mean, then.mean - low2, correlation)
    return gap - down, gap + up


def _adjusted_difference(
    now: Moments, then: Moments, correlation: Array, z: float | Array
) -> tuple[Array, Array]:
    centre, error = adjusted_moments(mean=now.mean, square=now.square, n=now.n)
    centre2, error2 = adjusted_moments(mean=then.mean, square=then.square, n=then.n)
    gap, middle = now.mean - then.mean, centre - centre2
    half = z * _combined(error, error2, correlation)
    return (
        np.minimum(np.maximum(middle - half, -2), gap),
        np.maximum(np.minimum(middle + half, 2), gap),
    )


def _welch(
    now: Moments, then: Moments, correlation: Array, z: float | Array
) -> tuple[Array, Array]:
    error = standard_error_of_mean(mean=now.mean, square=now.square, n=now.n)
    error2 = standard_error_of_mean(mean=then.mean, square=then.square, n=then.n)
    pooled = (error**2 + error2**2) ** 2
    df = pooled / (error**4 / now.df + error2**4 / then.df)
    # Two samples without any spread leave 0/0: the smaller sample then decides.
    df = np.where(np.isfinite(df), df, np.minimum(now.df, then.df))
    half = student_quantile(df=df, z=z) * _combined(error, error2, correlation)
    gap = now.mean - then.mean
    return gap - half, gap + half


def _combined(first: Array, second: Array, correlation: Array) -> Array:
    return np.sqrt(np.maximum(first**2 + second**2 - 2 * correlation * first * second, 0))


def p_value_of(limits: Callable[[Array], tuple[Array, Array]], *, tested: Array) -> Array:
    """The two-sided p-value at which the interval just reaches the value tested.

    Parameters
    ----------
    limits
        The interval as a function of the normal quantile, one a row.
    tested
        Value tested, one a row.

    Returns
    -------
    Array
        Between 0 and 1; NaN where the interval is.
    """
    from scipy.special import ndtr

    inside, outside = np.zeros_like(tested), np.full_like(tested, _LARGEST_Z)
    undefined = ~np.isfinite(limits(np.ones_like(tested))[0])
    for _ in range(50):
        middle = (inside + outside) / 2
        low, high = limits(middle)
        excluded = (tested < low) | (tested > high)
        inside, outside = np.where(excluded, middle, inside), np.where(excluded, outside, middle)
    return np.where(undefined, np.nan, 2 * ndtr(-inside))


def q_values(p_values: Array) -> Array:
    """False discovery rate at which each test would be called (Benjamini & Hochberg 1995).

    NaN stays NaN and is not counted as a test.

    Examples
    --------
    >>> q_values(np.array([0.01, 0.04, np.nan, 0.03])).round(3).tolist()
    [0.03, 0.04, nan, 0.04]
    """
    q = np.full_like(p_values, np.nan)
    tested = np.flatnonzero(np.isfinite(p_values))
    order = tested[np.argsort(p_values[tested], kind="stable")]
    steps = p_values[order] * order.size / np.arange(1, order.size + 1)
    q[order] = np.minimum.accumulate(steps[::-1])[::-1]
    return q
