"""How far may a figure be from the truth? Intervals that hold their coverage at small n.

Unit: one cell of a table, given by the mean of what its answers count, the mean of the squares and
an effective n. Arrays in, arrays out; everything is on the scale of what is counted (NPS -1 to 1).

Weighted and clustered answers enter only through `effective_n`: the number of independent answers
of equal weight that would carry the same uncertainty. Plain Wald and bootstrap intervals are not
offered: at n = 10 they hold 65 to 90 % where 95 % is claimed.

It cannot mend a biased sample: an interval is about chance alone.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cxresearch.transforms.scales import Interval

Array = NDArray[np.float64]

PSEUDO_ANSWERS = 3.0
"""Answers added by the adjusted Wald interval: 3/4 promoters, 3/2 passives, 3/4 detractors."""

PSEUDO_RESPONDENTS = 2.0
"""People who always repeat themselves, added to the estimate of the intraclass correlation."""


@dataclass(frozen=True)
class Moments:
    """What an interval is made from, an entry a cell: see `cells.summarise_cells`."""

    mean: Array
    square: Array
    n: Array
    df: Array


def normal_quantile(confidence: float) -> float:
    """Two-sided normal quantile: 1.96 at a confidence of 0.95."""
    from scipy.special import ndtri

    return float(ndtri((1 + confidence) / 2))


def effective_n(
    *,
    n: Array,
    weights_effect: Array,
    clustering: Array,
    repetition: Array,
    information: Array,
) -> Array:
    """How many independent answers of equal weight tell as much as these.

    Parameters
    ----------
    n
        Answers.
    weights_effect
        Design effect of the weights alone, >= 1.
    clustering
        Variance of the mean with people as clusters over that without; NaN where it cannot be
        estimated (all answers alike, one person).
    repetition
        Answers a person, weighted by themselves; 1 where nobody repeats. `clustering` would reach
        it if all answers of a person were alike.
    information
        People - 1 times the share of the largest possible variance that is there: how much the
        data can tell about the correlation within people.

    Returns
    -------
    Array
        n / (weights_effect * (1 + (repetition - 1) * rho)).

    Notes
    -----
    rho is the intraclass correlation (Kish 1965, "Survey Sampling", 5.4) averaged with
    `PSEUDO_RESPONDENTS` of correlation 1, in the spirit of the adjusted Wald's pseudo-answers: an
    estimate from five people is too often too small. Measured at 3 and 14 answers a person; see
    ``benchmarks/coverage.md``.
    """
    repeats = repetition - 1
    with np.errstate(invalid="ignore", divide="ignore"):
        raw = np.clip((clustering - 1) / repeats, 0, 1)
    known = np.isfinite(raw)
    rho = (np.where(known, raw, 0) * information + PSEUDO_RESPONDENTS) / (
        np.where(known, information, 0) + PSEUDO_RESPONDENTS
    )
    effect = np.where(repeats > 1e-9, 1 + repeats * rho, 1.0)
    return np.asarray(n / (weights_effect * effect), dtype=float)


def adjusted_wald(*, mean: Array, square: Array, n: Array, z: float | Array) -> tuple[Array, Array]:
    """Interval of a net share (promoters - detractors).

    Parameters
    ----------
    mean, square
        Mean and mean square of +1, 0, -1.
    n
        Effective n.
    z
        Normal quantile.

    Notes
    -----
    Wald on the counts with 3/4, 3/2, 3/4 added (Rocks 2016, arXiv 1601.07235), cut at -1 and 1 and
    stretched to hold the estimate itself.
    """
    centre, error = adjusted_moments(mean=mean, square=square, n=n)
    low = np.minimum(np.maximum(centre - z * error, -1), mean)
    return low, np.maximum(np.minimum(centre + z * error, 1), mean)


def adjusted_moments(*, mean: Array, square: Array, n: Array) -> tuple[Array, Array]:
    """Centre and standard error after the pseudo-answers of `adjusted_wald`."""
    total = n + PSEUDO_ANSWERS
    centre = n * mean / total
    spread = (n * square + PSEUDO_ANSWERS / 2) / total - centre**2
    return centre, np.sqrt(np.maximum(spread, 0) / total)


def wilson(*, share: Array, n: Array, z: float | Array) -> tuple[Array, Array]:
    """Score interval of a share (Wilson 1927, JASA 22).

    Examples
    --------
    >>> low, high = wilson(share=np.array([81 / 263]), n=np.array([263.0]), z=1.959964)
    >>> low.round(4), high.round(4)
    (array([0.2553]), array([0.3662]))
    """
    total = n + z**2
    centre = (n * share + z**2 / 2) / total
    half = z * np.sqrt(n * share * (1 - share) + z**2 / 4) / total
    low = np.minimum(np.maximum(centre - half, 0), share)
    return low, np.maximum(np.minimum(centre + half, 1), share)


def student(
    *, mean: Array, square: Array, n: Array, df: Array, z: float | Array
) -> tuple[Array, Array]:
    """Student t interval of a mean; infinite where nothing is left to estimate the spread from.

    Parameters
    ----------
    df
        Degrees of freedom: people - 1.
    """
    half = student_quantile(df=df, z=z) * standard_error_of_mean(mean=mean, square=square, n=n)
    return mean - half, mean + half


def standard_error_of_mean(*, mean: Array, square: Array, n: Array) -> Array:
    """Standard error of a mean from its effective n; NaN below two."""
    with np.errstate(invalid="ignore", divide="ignore"):
        error = np.sqrt(np.maximum(square - mean**2, 0) / (n - 1))
    return np.where(n > 1, error, np.nan)


def student_quantile(*, df: Array, z: float | Array) -> Array:
    """The t quantile of the same probability as the normal quantile `z`."""
    from scipy.special import ndtr, stdtrit

    return np.where(df >= 1, stdtrit(np.maximum(df, 1), ndtr(z)), np.nan)


def interval_of(kind: Interval, cells: Moments, *, z: float | Array) -> tuple[Array, Array]:
    """The interval of one figure by its kind, NaN where there is no answer."""
    with np.errstate(invalid="ignore", divide="ignore"):
        if kind == "adjusted_wald":
            return adjusted_wald(mean=cells.mean, square=cells.square, n=cells.n, z=z)
        if kind == "wilson":
            return wilson(share=cells.mean, n=cells.n, z=z)
        return student(mean=cells.mean, square=cells.square, n=cells.n, df=cells.df, z=z)
