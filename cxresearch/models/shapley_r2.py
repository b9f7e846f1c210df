"""How is R2 shared among drivers that go together? Arithmetic on one matrix of correlations.

Unit: a matrix of correlations of the drivers and, last, the outcome. R2 is given out by the mean
over all orders in which the drivers could enter a linear regression of what each adds (LMG). The
cases are not touched again.

It cannot say what would happen to the outcome if a driver were changed.
"""

import itertools
import math

import numpy as np

from cxresearch.errors import ParameterError
from cxresearch.models.balance import People
from cxresearch.transforms.intervals import Array

MOST_EXACT = 20
"""So many drivers at most are shared exactly: 2^20 regressions in about a tenth of a second."""

RIDGE = 1e-10
"""Added to the variance of each driver (1): keeps drivers that repeat each other solvable."""
_PIECE = 2_048  # orders at a time


def exact_shares(correlations: Array) -> Array:
    """LMG of each driver from all subsets.

    Parameters
    ----------
    correlations
        Drivers and, last, the outcome; 20 drivers at most.

    Returns
    -------
    Array
        A share of R2 a driver; their sum is R2.

    Notes
    -----
    Lindeman, Merenda & Gold (1980); Groemping (2007, American Statistician 61). All 2^p residual
    variances by doubling: one driver after the other is either dropped from every matrix or swept
    out of it (Schur complement), so that half of the work is done on matrices of 2 x 2.

    Examples
    --------
    >>> both = np.array([[1, 0, 0.6], [0, 1, 0.3], [0.6, 0.3, 1]])
    >>> exact_shares(both).round(4).tolist()
    [0.36, 0.09]
    """
    p = len(correlations) - 1
    if p > MOST_EXACT:
        raise ParameterError(
            f"{p} drivers for the exact shares",
            allowed=f"{MOST_EXACT} at most",
            next_step='take method="sampled"',
        )
    matrices = _ridged(correlations)[None]
    for _ in range(p):
        kept, cross = matrices[:, 1:, 1:], matrices[:, 1:, 0]
        swept = cross / matrices[:, 0, 0][:, None]
        matrices = np.concatenate([kept, kept - cross[:, :, None] * swept[:, None, :]])
    r2 = (1 - matrices[:, 0, 0]).reshape((2,) * p)  # axis 0 tells of the last driver
    sizes = np.zeros(1, dtype=np.int64)
    for _ in range(p - 1):
        sizes = np.concatenate([sizes, sizes + 1])
    weight = np.array([1 / (p * math.comb(p - 1, size)) for size in range(p)])[sizes]
    shares = np.empty(p)
    for driver in range(p):
        without, given = np.moveaxis(r2, p - 1 - driver, 0)
        shares[driver] = weight @ (given - without).ravel()
    return np.maximum(shares, 0)


def draw_orders(p: int, *, n: int, random_state: int) -> People:
    """At least `n` orders of `p` drivers, or all of them where there are no more.

    Every order drawn comes with its rotations, so that each driver stands at each place equally
    often, and with their mirror images (antithetic: Mitchell et al. 2022, JMLR 23).
    """
    if math.factorial(min(p, 12)) <= n:
        return np.array(list(itertools.permutations(range(p)))).reshape(-1, p)
    rng = np.random.default_rng(random_state)
    drawn = np.array([rng.permutation(p) for _ in range(-(-n // (2 * p)))])
    rotated = (np.arange(p)[None, :] + np.arange(p)[:, None]) % p
    forward = drawn[:, rotated].reshape(-1, p)
    return np.concatenate([forward, forward[:, ::-1]])


def sampled_shares(correlations: Array, orders: People) -> Array:
    """LMG of each driver from some orders.

    What each driver adds is read off the last row of the Cholesky factor, a factor an order.

    Examples
    --------
    >>> both = np.array([[1, 0, 0.6], [0, 1, 0.3], [0.6, 0.3, 1]])
    >>> sampled_shares(both, np.array([[0, 1], [1, 0]])).round(4).tolist()
    [0.36, 0.09]
    """
    matrix, p = _ridged(correlations), orders.shape[1]
    total = np.zeros(p)
    for first in range(0, len(orders), _PIECE):
        order = orders[first : first + _PIECE]
        added = _factor(matrix, order)[:, p, :p] ** 2
        total += np.bincount(order.ravel(), weights=added.ravel(), minlength=p)
    return np.asarray(total / len(orders), dtype=float)


def error_forms(correlations: Array, orders: People) -> Array:
    """Forms that say what a case adds to the error of each driver's share.

    Returns
    -------
    Array
        Drivers by variables by variables. With v the standardised values of a case (outcome last),
        v' form v is the mean over orders of the squared residual before the driver less that after
        it; less share x outcome^2 it is the influence of the case on the share.
    """
    matrix, p = _ridged(correlations), orders.shape[1]
    forms = np.zeros((p, p + 1, p + 1))
    for first in range(0, len(orders), _PIECE):
        order = orders[first : first + _PIECE]
        n = len(order)
        factor = _factor(matrix, order)
        inner = np.linalg.inv(factor[:, :p, :p])
        taken = np.cumsum(factor[:, p, :p, None] * inner, axis=1)
        residual = np.zeros((n, p + 1, p + 1))  # order by place by variable
        residual[:, :, p] = 1
        case, place = np.arange(n)[:, None, None], np.arange(1, p + 1)[None, :, None]
        residual[case, place, order[:, None, :]] = -taken
        places = np.argsort(order, axis=1)
        for driver in range(p):
            before = residual[np.arange(n), places[:, driver]]
            after = residual[np.arange(n), places[:, driver] + 1]
            forms[driver] += before.T @ before - after.T @ after
    return forms / len(orders)


def relative_weights(correlations: Array) -> Array:
    """Johnson's relative weight of each driver, a check on LMG.

    Notes
    -----
    Johnson (2000, Multivariate Behavioral Research 35): R2 is given to the uncorrelated variables
    nearest to the drivers and handed back by their squared correlations.

    Examples
    --------
    >>> both = np.array([[1, 0, 0.6], [0, 1, 0.3], [0.6, 0.3, 1]])
    >>> relative_weights(both).round(4).tolist()
    [0.36, 0.09]
    """
    between, outcome = correlations[:-1, :-1], correlations[:-1, -1]
    values, vectors = np.linalg.eigh(between)
    root = np.sqrt(np.maximum(values, 0))
    inverse = np.where(root > 1e-6, 1 / np.maximum(root, 1e-6), 0)
    nearest = (vectors * root) @ vectors.T
    slopes = (vectors * inverse) @ vectors.T @ outcome
    return np.asarray(nearest**2 @ slopes**2, dtype=float)


def _factor(matrix: Array, order: People) -> Array:
    """Cholesky factors of the matrix with its drivers put into each order."""
    whole = np.column_stack([order, np.full(len(order), order.shape[1])])
    return np.asarray(np.linalg.cholesky(matrix[whole[:, :, None], whole[:, None, :]]))


def _ridged(correlations: Array) -> Array:
    """The matrix, kept solvable; the outcome too, where the drivers tell all of it."""
    return np.asarray(correlations + RIDGE * np.eye(len(correlations)), dtype=float)
