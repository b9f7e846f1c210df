"""How do the log odds of an event change with each column, when large effects need evidence?

Unit of observation: a case (a row) of a person. Logistic regression with a penalty of its own on
each coefficient, solved by Newton's steps. Its uncertainty takes a person's cases as one.

It cannot tell apart columns that repeat each other: `told_apart` says which these are.
"""

from dataclasses import dataclass

import numpy as np

from cxresearch.models.balance import Flags, People
from cxresearch.models.partialling import sum_by_person
from cxresearch.transforms.intervals import Array

_CHUNK = 50_000
_MOST_STEPS = 50
_CLOSE = 1e-6
_SINGULAR = 1e-8
_SHARED = 1e-4


@dataclass(frozen=True)
class Logit:
    """A fitted regression; the first coefficient is of a column of ones that is not given.

    Attributes
    ----------
    coefficients
        Log odds per unit of each column.
    clustered, independent
        Covariance with people as clusters, and as if all cases were independent.
    """

    coefficients: Array
    clustered: Array
    independent: Array

    def log_odds(self, columns: Array) -> Array:
        """Log odds of the event, a row."""
        return np.asarray(self.coefficients[0] + columns @ self.coefficients[1:], dtype=float)

    def error_of(self, contrasts: Array) -> Array:
        """Standard error of linear combinations of the coefficients, a row each.

        Notes
        -----
        The larger of two: clustered (Liang & Zeger 1986) and independent. Where few people carry a
        column and none of them had the event, the first is far too small.
        """
        spread = [
            np.einsum("ij,jk,ik->i", contrasts, covariance, contrasts, optimize=True)
            for covariance in (self.clustered, self.independent)
        ]
        return np.asarray(np.sqrt(np.maximum(np.maximum(*spread), 0)), dtype=float)


def fit_logit(
    columns: Array,
    outcome: Array,
    *,
    penalty: Array,
    people: People | None = None,
    target: Array | None = None,
    offset: Array | None = None,
    start: Array | None = None,
) -> Logit:
    """Fit by penalised likelihood.

    Parameters
    ----------
    columns
        Rows by columns, without a column of ones.
    outcome
        0 or 1, a row.
    penalty
        A number for the ones and for each column: half of it times the squared distance from
        `target` is taken off the log-likelihood.
    people
        A number a person, a row; None for independent rows.
    target
        What coefficients are drawn to; default 0.
    offset
        Added to the log odds of each row.
    start
        Coefficients to begin at.

    Examples
    --------
    >>> met = np.repeat([0.0, 1.0], 100)[:, None]
    >>> left = np.concatenate([np.arange(100) < 20, np.arange(100) < 50]).astype(float)
    >>> fit = fit_logit(met, left, penalty=np.zeros(2))
    >>> fit.coefficients.round(3).tolist()  # log(20/80), log(50/50) - log(20/80)
    [-1.386, 1.386]
    """
    drawn = np.zeros(columns.shape[1] + 1) if target is None else target
    known = np.zeros(outcome.size) if offset is None else offset
    beta = drawn.copy()
    share = np.clip(outcome.mean(), 1e-6, 1 - 1e-6) if outcome.size else 0.5
    if start is not None:
        beta = start.copy()
    elif target is None:
        beta[0] = np.log(share / (1 - share)) - known.mean()
    loss = _loss(beta, columns, outcome, penalty, drawn, known)
    for _ in range(_MOST_STEPS):
        gradient, curvature = _slopes(beta, columns, outcome, known)
        gradient -= penalty * (beta - drawn)
        step = _solve(curvature + np.diag(penalty), gradient)
        beta, loss, moved = _search(beta, step, loss, columns, outcome, penalty, drawn, known)
        if moved < _CLOSE:
            break
    _, curvature = _slopes(beta, columns, outcome, known)
    inverse = _solve(curvature + np.diag(penalty), np.eye(beta.size))
    rest = outcome - chance(known + beta[0] + columns @ beta[1:])
    scores = np.column_stack([rest, columns * rest[:, None]])
    sums = scores if people is None else sum_by_person(scores, people)
    meat = sums.T @ sums * (len(sums) / max(len(sums) - 1, 1))
    return Logit(beta, np.asarray(inverse @ meat @ inverse, dtype=float), inverse)


def _solve(matrix: Array, target: Array) -> Array:
    """The solution, the smallest one where columns repeat each other."""
    return np.asarray(np.linalg.pinv(matrix, hermitian=True) @ target, dtype=float)


def _search(
    beta: Array, step: Array, loss: float, columns: Array, outcome: Array,
    penalty: Array, target: Array, offset: Array,
) -> tuple[Array, float, float]:  # fmt: skip
    """The step, halved until the loss falls: coefficients, loss, how far they moved."""
    for _ in range(30):
        there = beta + step
        then = _loss(there, columns, outcome, penalty, target, offset)
        if then <= loss + 1e-12 * abs(loss):
            return there, then, float(np.abs(step).max(initial=0))
        step = step / 2
    return beta, loss, 0.0


def chance(log_odds: Array) -> Array:
    """Chance of the event from its log odds."""
    from scipy.special import expit

    return np.asarray(expit(log_odds), dtype=float)


def log_losses(log_odds: Array, outcome: Array) -> Array:
    """-log of the chance given to what happened, a row."""
    return np.asarray(np.logaddexp(0, log_odds) - outcome * log_odds, dtype=float)


def _loss(
    beta: Array, columns: Array, outcome: Array, penalty: Array, target: Array, offset: Array
) -> float:
    log_odds = offset + beta[0] + columns @ beta[1:]
    fined = 0.5 * float((penalty * (beta - target) ** 2).sum())
    return float(log_losses(log_odds, outcome).sum()) + fined


def _slopes(beta: Array, columns: Array, outcome: Array, offset: Array) -> tuple[Array, Array]:
    """Gradient of the log-likelihood and its curvature, a piece of the rows at a time."""
    size = columns.shape[1] + 1
    gradient, curvature = np.zeros(size), np.zeros((size, size))
    for first in range(0, outcome.size, _CHUNK):
        rows = slice(first, first + _CHUNK)
        part = np.column_stack([np.ones(outcome[rows].size), columns[rows]])
        p = chance(offset[rows] + part @ beta)
        gradient += part.T @ (outcome[rows] - p)
        curvature += (part * (p * (1 - p))[:, None]).T @ part
    return gradient, curvature


def told_apart(columns: Array, *, spread: Array, beside: Array) -> tuple[Flags, Flags]:
    """Which columns belong into a regression, and of which of them an effect can be told.

    Parameters
    ----------
    columns, beside
        Rows by columns; those beside come first and are never judged.
    spread
        Of each column in its own unit. Where columns add up to another, the one with the largest is
        taken for their sum.

    Returns
    -------
    Flags, Flags
        is_kept: False for the sum of others and for what is there already. is_known: False for
        these, and for the column that another one repeats: their effects cannot be told apart.

    Examples
    --------
    >>> one, two = np.array([0.0, 1.0, 2.0, 0.0]), np.array([1.0, 0.0, 0.0, 0.0])
    >>> none = np.empty((4, 0))
    >>> told_apart(np.column_stack([one + two, one, two]), spread=np.array([3.0, 2, 1]),
    ...            beside=none)[1].tolist()
    [False, True, True]
    >>> told_apart(np.column_stack([one, 2 * one, two]), spread=np.ones(3), beside=none)[1].tolist()
    [False, False, True]
    """
    n = columns.shape[1]
    both = np.column_stack([beside, columns])
    centred = both - both.mean(axis=0)
    length = np.linalg.norm(centred, axis=0)
    scaled = centred / np.where(length > 0, length, 1)
    gram = scaled.T @ scaled
    n_beside = beside.shape[1]
    order = [*range(n_beside), *(n_beside + np.argsort(spread, kind="stable")).tolist()]
    taken: list[int] = []
    is_kept, is_known = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
    for column in order:
        share = _solve(gram[np.ix_(taken, taken)], gram[taken, column])
        rest = gram[column, column] - gram[column, taken] @ share
        if rest > _SINGULAR:
            taken.append(column)
            if column >= n_beside:
                is_kept[column - n_beside] = is_known[column - n_beside] = True
            continue
        parts = np.array(taken, dtype=int)[np.abs(share) > _SHARED] - n_beside
        parts = parts[parts >= 0]
        if column >= n_beside and parts.size == 1:
            is_known[parts] = False
    return is_kept, is_known
