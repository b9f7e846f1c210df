"""Does a score put those who leave first, and do the chances it gives come true?

Unit of observation: a case with a known outcome (1 = left) and a score foretold without it. Base:
all cases with both. Cases of one person are one cluster: who is seen in twelve months does not
count as twelve people.

It cannot tell whether the score was made without the outcome: a leak looks like skill
(`models.leaks`).
"""

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from cxresearch.models.balance import People
from cxresearch.models.evaluation_tables import known_cases, tabulate_calibration
from cxresearch.models.partialling import sum_by_person
from cxresearch.transforms.intervals import Array, normal_quantile, wilson

RANKING = {
    **dict.fromkeys(("n", "n_left", "n_people"), pl.Int64),
    **dict.fromkeys(("base_rate", "auc", "ci_low", "ci_high", "brier", "brier_base"), pl.Float64),
    **dict.fromkeys(("log_loss", "log_loss_base", "ece"), pl.Float64),
}
_LEAST = 1e-15  # a chance of nought that came true would cost all


def measure_ranking(
    outcome: ArrayLike,
    score: ArrayLike,
    *,
    person: ArrayLike | None = None,
    confidence: float = 0.95,
) -> pl.DataFrame:
    """How well a score ranks cases and, where it is a chance, how far it is from what came.

    Parameters
    ----------
    outcome
        1 or true: left. Cases without outcome or score are left out.
    score
        The higher, the likelier to leave.
    person
        Who each case belongs to; None: each case is another person's.
    confidence
        Of the interval.

    Returns
    -------
    pl.DataFrame
        One row: n, n_left, n_people, base_rate, auc, ci_low, ci_high (of auc), brier and brier_base
        (of the base rate alone), log_loss and log_loss_base, ece. auc is null where nobody or
        everybody left, its ends where fewer than two people did or did not; brier, log_loss and
        ece are null where a score lies outside 0 to 1 and is no chance.

    Raises
    ------
    DataError
        Outcome and score differ in length, or an outcome is neither 0 nor 1.

    Notes
    -----
    auc: chance that one who left scores higher than one who stayed, ties counting half; its error
    by DeLong, DeLong & Clarke-Pearson (1988, Biometrics 44), with clusters by Obuchowski (1997,
    Biometrics 53), the interval on the logit scale. Expected calibration error: mean distance of
    foretold and observed share over the bins of `tabulate_calibration`, weighted by cases.

    Examples
    --------
    >>> measure_ranking([1, 0, 1, 0], [0.9, 0.8, 0.7, 0.1]).select("n", "auc", "ece").row(0)
    (4, 0.75, 0.125)
    """
    left, scores, people = known_cases(outcome, score, person)
    auc, low, high = auc_with_interval(left, scores, people, confidence=confidence)
    n, n_left = left.size, int(left.sum())
    rate = n_left / n if n else float("nan")
    row: dict[str, Any] = {
        "n": n,
        "n_left": n_left,
        "n_people": np.unique(people).size,
        "base_rate": rate,
        "auc": auc,
        "ci_low": low,
        "ci_high": high,
    }
    if n and scores.min() >= 0 and scores.max() <= 1:
        bins = tabulate_calibration(left, scores)
        gaps = (bins["predicted"] - bins["observed"]).abs()
        row |= {
            "brier": float(((scores - left) ** 2).mean()),
            "brier_base": rate * (1 - rate),
            "log_loss": float(losses(left, scores).mean()),
            "log_loss_base": float(losses(left, np.full(n, rate)).mean()),
            "ece": float((gaps * bins["n"]).sum() / n),
        }
    return pl.DataFrame([row], schema=RANKING).with_columns(pl.col(pl.Float64).fill_nan(None))


def auc_with_interval(
    left: Array, score: Array, people: People, *, confidence: float = 0.95
) -> tuple[float, float, float]:
    """AUC with the ends of its interval, people as clusters; NaN where they cannot be known."""
    auc, error = auc_with_error(left, score, people)
    return auc, *_auc_interval(auc, error, left, people, z=normal_quantile(confidence))


def auc_with_error(left: Array, score: Array, people: People) -> tuple[float, float]:
    """AUC and its standard error, people as clusters; NaN where they cannot be known.

    Examples
    --------
    >>> auc, error = auc_with_error(np.array([1.0, 1, 0, 0]), np.array([3.0, 1, 2, 0]),
    ...                             np.arange(4))
    >>> auc, round(error, 4)
    (0.75, 0.3536)
    """
    from scipy.stats import rankdata

    is_left = left > 0
    m, n = int(is_left.sum()), int((~is_left).sum())
    if not m or not n:
        return float("nan"), float("nan")
    # Midranks within all and within one's own side tell how many of the other side lie below.
    own = np.empty(left.size)
    own[is_left], own[~is_left] = rankdata(score[is_left]), rankdata(score[~is_left])
    below = rankdata(score) - own
    auc = float(below[is_left].sum() / (m * n))
    parts = np.where(is_left, below / n, 1 - below / m) - auc  # each case's part less the mean
    pulls = np.column_stack([parts * is_left, parts * ~is_left, is_left, ~is_left])
    left_of, stay_of, n_left_of, n_stay_of = sum_by_person(pulls, people).T
    clusters, stayers = int((n_left_of > 0).sum()), int((n_stay_of > 0).sum())
    if min(clusters, stayers) < 2:
        return auc, float("nan")
    variance = (
        (left_of**2).sum() / m**2 * clusters / (clusters - 1)
        + (stay_of**2).sum() / n**2 * stayers / (stayers - 1)
        + 2 * (left_of * stay_of).sum() / (m * n) * len(left_of) / (len(left_of) - 1)
    )
    return auc, float(np.sqrt(max(variance, 0.0)))


def _auc_interval(
    auc: float, error: float, left: Array, people: People, *, z: float
) -> tuple[float, float]:
    """On the logit scale; Wilson on the people of the fewer side where all pairs are in order."""
    if not np.isfinite(error):
        return float("nan"), float("nan")
    if 0 < auc < 1 and error > 0:
        centre, half = np.log(auc / (1 - auc)), z * error / (auc * (1 - auc))
        low, high = 1 / (1 + np.exp(-(centre + np.array([-half, half]))))
        return float(low), float(high)
    fewer = min(np.unique(people[side]).size for side in (left > 0, left <= 0))
    ends = wilson(share=np.array([auc]), n=np.array([float(fewer)]), z=z)
    return float(ends[0][0]), float(ends[1][0])


def losses(left: Array, chance: Array) -> Array:
    """What each chance cost: minus the logarithm of the chance given to what came."""
    given = np.where(left > 0, chance, 1 - chance)
    return np.asarray(-np.log(np.clip(given, _LEAST, 1)), dtype=float)
