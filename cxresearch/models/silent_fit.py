"""What would a further column add to a regression of rare events, and are a few of them too many?

Unit of observation: a case, a row of arrays, with an outcome of 0 or 1. Columns are standardised
and the first is of ones; normal priors hold back what few cases tell of.

It cannot judge whether the cases are alike: that is for who lays them out.
"""

import numpy as np

from cxresearch.transforms.intervals import Array

SPREAD = 2.0
"""Log odds: a normal prior so wide shrinks nothing that many people show."""


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
