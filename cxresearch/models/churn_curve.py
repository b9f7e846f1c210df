"""What chance does a score of a model stand for?

Unit of observation: a case with its scores, one a model, and its outcome. A curve of two or more
parameters, learned on people that the models had not seen, turns scores into chances.

It cannot put cases in a better order than the scores do.
"""

import numpy as np

from cxresearch.transforms.intervals import Array


def chance_of(log_odds: Array) -> Array:
    """The chance, 0-1, of log odds."""
    from scipy.special import expit

    return np.asarray(expit(log_odds), dtype=float)


def fit_curve(scores: Array, left: Array) -> tuple[Array, float]:
    """Slopes and intercept that turn scores (cases by models) into the log odds to leave.

    Notes
    -----
    Platt (1999), "Probabilistic outputs for support vector machines", of several scores as by
    Wolpert (1992, Neural Networks 5): both outcomes are drawn a little to the middle, so that a
    perfect score gives no chance of nought or one. A score that runs the wrong way tells nothing;
    without any left everybody has the base rate.

    Examples
    --------
    >>> score = np.repeat([[-1.0], [1.0]], 1000, axis=0)
    >>> left = np.r_[np.repeat([1.0, 0], [250, 750]), np.repeat([1.0, 0], [750, 250])]
    >>> slopes, intercept = fit_curve(score, left)
    >>> round(float(chance_of(slopes + intercept)[0]), 2)
    0.75
    """
    n_left = left.sum()
    aim = np.where(left > 0, (n_left + 1) / (n_left + 2), 1 / (left.size - n_left + 2))
    used = scores.std(axis=0) > 0
    while True:
        slopes, intercept = _fit_aim(scores[:, used], aim)
        if (slopes > 0).all():
            break
        used[np.flatnonzero(used)[slopes.argmin()]] = False
    found = np.zeros(scores.shape[1])
    found[used] = slopes
    return found, intercept


def _fit_aim(scores: Array, aim: Array) -> tuple[Array, float]:
    """Logistic regression of the aim on scores, by Newton's steps, none of them too long."""
    centre, spread = scores.mean(axis=0), scores.std(axis=0)
    design = np.column_stack([(scores - centre) / spread, np.ones(aim.size)])
    found = np.append(np.zeros(scores.shape[1]), np.log(aim.mean() / (1 - aim.mean())))
    for _ in range(100):
        chance = chance_of(design @ found)
        bends = (design * (chance * (1 - chance))[:, None]).T @ design
        step = np.linalg.solve(bends + 1e-9 * np.eye(found.size), design.T @ (aim - chance))
        found = found + step * min(1.0, 5 / max(float(np.abs(step).max()), 1e-12))
        if np.abs(step).max() < 1e-10:
            break
    slopes = found[:-1] / spread
    return slopes, float(found[-1] - slopes @ centre)
