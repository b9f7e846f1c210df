"""How is a logistic regression of rare events fitted, and what would a further column add?

Unit of observation: a case, a row of arrays, with an outcome of 0 or 1. Columns are standardised
and the first is of ones; normal priors hold back what few cases tell of.

It cannot judge whether the cases are alike: that is for who lays them out.
"""

import numpy as np

from cxresearch.transforms.intervals import Array

SPREAD = 2.0
"""Log odds: a normal prior so wide shrinks nothing that many people show."""
_ROUNDS = 40


def fit_logit(x: Array, y: Array, precision: Array) -> tuple[Array, Array]:
    """A logistic regression with normal priors: coefficients at the mode, and their covariance.

    Parameters
    ----------
    x
        Cases by columns, the first of ones.
    y
        0 or 1.
    precision
        Of the prior of each coefficient, with mean 0; 0 for none.

    Notes
    -----
    Newton's method, steps halved until the penalised likelihood rises; the covariance is the
    inverse of its curvature (Laplace). A person leaves once: months of one person carry a
    likelihood of their own each (Allison 1982, Sociological Methodology 13).

    Examples
    --------
    >>> x = np.array([[1.0, 0], [1, 0], [1, 0], [1, 0], [1, 1], [1, 1]])
    >>> coefficients, _ = fit_logit(x, np.array([1.0, 0, 0, 0, 1, 0]), np.zeros(2))
    >>> coefficients.round(4).tolist()
    [-1.0986, 1.0986]
    """
    beta = np.zeros(x.shape[1])
    rate = np.clip(y.mean(), 1e-6, 1 - 1e-6)
    beta[0] = np.log(rate / (1 - rate))
    eta = x @ beta

    def value(eta: Array, beta: Array) -> float:
        return float(y @ eta - np.logaddexp(0, eta).sum() - 0.5 * precision @ beta**2)

    best, curvature = value(eta, beta), np.eye(len(beta))
    for _ in range(_ROUNDS):
        chance = 1 / (1 + np.exp(-eta))
        slope = x.T @ (y - chance) - precision * beta
        curvature = (x * (chance * (1 - chance))[:, None]).T @ x + np.diag(precision)
        step = np.linalg.lstsq(curvature, slope, rcond=None)[0]
        moved, size = x @ step, 1.0
        while (new := value(eta + size * moved, beta + size * step)) < best and size > 1e-4:
            size /= 2
        is_done = new - best < 1e-8 * (1 + abs(best))
        beta, eta, best = beta + size * step, eta + size * moved, new
        if is_done:
            break
    return np.asarray(beta, dtype=float), np.asarray(np.linalg.pinv(curvature, hermitian=True))


def add_each(
    x: Array, y: Array, coefficients: Array, covariance: Array, added: Array
) -> tuple[Array, Array]:
    """What each further column alone would add to the fit, and its error: one Newton step.

    One at a time: contacts that follow from a bad experience elsewhere, all in one fit, would take
    its place.
    """
    chance = 1 / (1 + np.exp(-(x @ coefficients)))
    weighted = added * (chance * (1 - chance))[:, None]
    slope = added.T @ (y - chance)
    own = np.einsum("ij,ij->j", added, weighted) + 1 / SPREAD**2
    shared = x.T @ weighted
    left_over = own - np.einsum("ij,ik,kj->j", shared, covariance, shared)
    left_over = np.maximum(left_over, 1 / SPREAD**2)
    error: Array = 1 / np.sqrt(left_over)
    return np.asarray(slope / left_over, dtype=float), error


def chances_of_counts(x: Array, y: Array, coefficients: Array, n_places: int) -> Array:
    """Chance of the leavers counted after a bad experience, or more, had it added nothing."""
    from scipy.special import pdtrc

    log_odds = x @ coefficients
    chances = np.ones(n_places)
    for place in range(n_places):
        column = x.shape[1] - n_places + place
        bad = x[:, column] > 0
        calm = 1 / (1 + np.exp(-(log_odds[bad] - coefficients[column])))
        left = y[bad].sum()
        chances[place] = pdtrc(left - 1, calm.sum()) if left else 1.0
    return chances
