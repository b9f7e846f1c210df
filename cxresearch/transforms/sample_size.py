"""How many answers are needed, and what difference would be missed with those there are?

Unit of observation: an independent answer; with people who repeat or with weights read the
effective n. The spread comes from the shares expected: by default the mix that needs most among
usual ones (35 % promoters and 35 % detractors; half satisfied).

It cannot tell how many of those invited will answer.
"""

import math

from cxresearch.errors import ParameterError
from cxresearch.transforms.intervals import normal_quantile
from cxresearch.transforms.scales import find_metric

DEFAULT_SPREAD = {"net": 0.35 + 0.35, "share": 0.25}
"""Variance of an answer: +1, 0, -1 of a net share, 1 and 0 of a share."""


def needed_n(
    *,
    margin: float,
    metric: str = "nps",
    variance: float | None = None,
    confidence: float = 0.95,
) -> int:
    """Answers needed for an estimate of plus or minus `margin`.

    Parameters
    ----------
    margin
        Half the width of the interval in the metric's unit: NPS points, share 0-1, grades.
    metric
        A metric of `measure`.
    variance
        Variance of what an answer counts (+1, 0, -1 for NPS). Needed for `ces`.
    confidence
        Between 0 and 1.

    Raises
    ------
    ParameterError
        `margin` is not above 0, or `ces` is asked without a variance.

    Examples
    --------
    >>> needed_n(margin=10), needed_n(margin=5), needed_n(margin=0.05, metric="csat")
    (269, 1076, 385)
    """
    if not margin > 0:
        raise ParameterError(f"margin {margin}", allowed="above 0, in the unit of the metric")
    unit = find_metric(metric).unit
    spread = _spread(metric, variance)
    return math.ceil(normal_quantile(confidence) ** 2 * spread / (margin / unit) ** 2)


def detection_power(
    *,
    gap: float,
    n: int,
    n_against: int | None = None,
    metric: str = "nps",
    variance: float | None = None,
    confidence: float = 0.95,
) -> float:
    """Chance that a true difference of `gap` between two groups is called a change.

    Parameters
    ----------
    gap
        True difference in the metric's unit.
    n, n_against
        Answers on each side; the same number where only one is given.
    metric, variance, confidence
        As `needed_n`.

    Returns
    -------
    float
        0 to 1. With 100 answers a side a true 25-point gap in NPS is missed 4 times in 10.

    Examples
    --------
    >>> round(detection_power(gap=25, n=100), 2)
    0.56
    """
    from scipy.special import ndtr

    sizes = (n, n if n_against is None else n_against)
    if min(sizes) < 1:
        raise ParameterError(f"n {min(sizes)}", allowed="1 answer or more on each side")
    error = math.sqrt(_spread(metric, variance) * sum(1 / size for size in sizes))
    distance = abs(gap) / find_metric(metric).unit / error
    z = normal_quantile(confidence)
    return float(ndtr(distance - z) + ndtr(-distance - z))


def _spread(metric: str, variance: float | None) -> float:
    if variance is not None:
        if not variance > 0:
            raise ParameterError(f"variance {variance}", allowed="above 0")
        return variance
    counting = find_metric(metric).counting
    if counting == "score":
        raise ParameterError(
            f"the spread of '{metric}' is not known beforehand",
            allowed="the variance of the grades",
            next_step="take it from earlier answers: variance=answers['score'].var()",
        )
    return DEFAULT_SPREAD["net" if counting == "net" else "share"]
