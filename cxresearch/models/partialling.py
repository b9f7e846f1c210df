"""How much does an outcome change with each of several exposures, all else known being equal?

Unit of observation: a case (a row of arrays) that belongs to a person. What the adjusters foretell
of outcome and exposures is taken away, each person's part foretold from other people; what is left
of the outcome is regressed on what is left of all exposures together.

It cannot adjust for what was not recorded: `e_value` says how strong that would have to be.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cxresearch.models.balance import Flags, People
from cxresearch.transforms.intervals import Array

Matrix = NDArray[np.floating[Any]]

_RIDGE = 1.0  # of standardised columns: only there to keep columns that repeat each other solvable
_SINGULAR = 1e-10


@dataclass(frozen=True)
class Effects:
    """Effects of exposures, in their order.

    Attributes
    ----------
    estimate
        Change of the outcome with the exposure, in the unit of the outcome.
    weights
        Cases by exposures: how much the outcome of each case counts in the estimate.
    scores
        Cases by exposures: what each case adds to the error of the estimate.
    chance_variance
        Variance of each case's outcome if no exposure had an effect.
    people
        A number a person, a case.
    is_known
        False where the other exposures and the adjusters leave nothing to estimate an effect from.
    """

    estimate: Array
    weights: Array
    scores: Array
    chance_variance: Array
    people: People
    is_known: Flags

    def standard_error(self, contrasts: Array | None = None) -> Array:
        """Standard error of the estimates, or of linear combinations of them (a row each).

        Notes
        -----
        The larger of two: with people as clusters (Liang & Zeger 1986), and as if cases were
        independent and nothing had an effect. Where few people were exposed and none of them had
        the outcome, the first is far too small.
        """
        weights, scores = self.weights, self.scores
        if contrasts is not None:
            weights, scores = weights @ contrasts.T, scores @ contrasts.T
        sums = sum_by_person(scores, self.people)
        clustered = (sums**2).sum(axis=0) * (len(sums) / max(len(sums) - 1, 1))
        independent = self.chance_variance @ weights**2
        return np.asarray(np.sqrt(np.maximum(clustered, independent)), dtype=float)


def partial_out(
    outcome: Array,
    exposures: Array,
    *,
    adjusters: Matrix,
    people: People,
    dropped: Flags | None = None,
    within: bool = False,
    is_binary: bool = False,
    n_folds: int = 5,
    random_state: int = 0,
) -> Effects:
    """Effects of all exposures on the outcome, adjusted.

    Parameters
    ----------
    outcome
        One a case.
    exposures, adjusters
        Cases by columns.
    people
        A number from 0 a case: one person's cases lie in one fold and make one cluster.
    dropped
        Exposures by exposures: which others are left out when one is judged, as they come from it.
    within
        Compare each person with himself only: what does not change of a person cannot matter then,
        recorded or not. Needs several cases a person.
    is_binary
        Whether the outcome is 0 or 1.

    Notes
    -----
    Robinson (1988, Econometrica 56), cross-fitted as by Chernozhukov et al. (2018, Econometrics
    Journal 21), with a ridge regression on the adjusters as given: cut numbers at quantiles to let
    them bend. Within people: the same after taking each person's mean away.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> cause = rng.standard_normal(4000)
    >>> met = (cause + rng.standard_normal(4000) > 0).astype(float)
    >>> outcome = 2 * cause + 0.5 * met + rng.standard_normal(4000)
    >>> found = partial_out(outcome, met[:, None], adjusters=cause[:, None],
    ...                     people=np.arange(4000))
    >>> found.estimate.round(1).tolist()
    [0.5]
    """
    both = np.column_stack([outcome, exposures])
    if within:
        both = np.asarray(_centred(both, people), dtype=float)
        adjusters = _centred(adjusters, people)
    foretold = _foretell(both, adjusters, people=people, n_folds=n_folds, random_state=random_state)
    left = both - foretold
    estimate, weights, scores, is_known = _regress(left[:, 0], left[:, 1:], dropped=dropped)
    if is_binary:
        chance = np.clip(foretold[:, 0], 1e-4, 1 - 1e-4)
        variance = chance * (1 - chance)
    else:
        groups = np.unique(people).size if within else 1
        variance = np.full(outcome.size, (left[:, 0] ** 2).sum() / max(outcome.size - groups, 1))
    return Effects(estimate, weights, scores, variance, people, is_known)


def _regress(
    outcome: Array, exposures: Array, *, dropped: Flags | None
) -> tuple[Array, Array, Array, Flags]:
    """Estimates, weights, scores, which are known; each set of exposures is regressed on once."""
    k = exposures.shape[1]
    apart = np.zeros((k, k), dtype=bool) if dropped is None else dropped
    estimate, weights, scores = np.empty(k), np.empty_like(exposures), np.empty_like(exposures)
    is_known = np.empty(k, dtype=bool)
    for absent in np.unique(apart, axis=0):
        taken = (apart == absent).all(axis=1)
        kept = exposures[:, ~absent]
        gram = kept.T @ kept
        inverse = np.linalg.pinv(gram, rcond=_SINGULAR, hermitian=True)
        solved = kept @ inverse
        effects = solved.T @ outcome
        wanted = taken[~absent]
        is_known[taken] = np.abs(inverse @ gram - np.eye(len(gram))).max(axis=1)[wanted] < 1e-6
        rest = outcome - kept @ effects
        estimate[taken], weights[:, taken] = effects[wanted], solved[:, wanted]
        scores[:, taken] = solved[:, wanted] * rest[:, None]
    return estimate, weights, scores, is_known


def sum_by_person(values: Matrix, people: People) -> Array:
    """Sums over each person's cases, people in the order of their numbers."""
    order = np.argsort(people, kind="stable")
    starts = np.flatnonzero(np.diff(people[order], prepend=-1))
    sums = np.add.reduceat(values[order], starts, axis=0, dtype=np.float64)
    return np.asarray(sums, dtype=float)


def _centred(values: Matrix, people: People) -> Matrix:
    """Values less the mean of the person."""
    _, code, n = np.unique(people, return_inverse=True, return_counts=True)
    means = (sum_by_person(values, people) / n[:, None]).astype(values.dtype)
    return np.asarray(values - means[code])


def _foretell(
    targets: Array, adjusters: Matrix, *, people: People, n_folds: int, random_state: int
) -> Array:
    """Each case's targets from the adjusters, by ridge regressions on other people's cases."""
    n = len(targets)
    centre = adjusters.mean(axis=0, dtype=np.float64)
    squares = np.einsum("ij,ij->j", adjusters, adjusters, dtype=np.float64) / n
    spread = np.sqrt(np.maximum(squares - centre**2, 0))
    varies = spread > 1e-6 * np.sqrt(squares)

    def design(rows: Flags) -> Array:  # a fold at a time: all at once would be the largest table
        scaled = (adjusters[rows][:, varies] - centre[varies]) / spread[varies]
        return np.column_stack([np.ones(len(scaled)), scaled])

    persons, code = np.unique(people, return_inverse=True)
    fold = np.random.default_rng(random_state).permutation(persons.size)[code] % n_folds
    parts = []
    for k in range(n_folds):
        here = design(fold == k)
        parts.append((here.T @ here, here.T @ targets[fold == k]))
    gram, moment = (sum(part[i] for part in parts) for i in (0, 1))
    penalty = np.diag([0.0, *np.full(int(varies.sum()), _RIDGE)])
    foretold = np.empty_like(targets)
    for k, (own_gram, own_moment) in enumerate(parts):
        learnt = np.linalg.solve(gram - own_gram + penalty, moment - own_moment)
        foretold[fold == k] = design(fold == k) @ learnt
    return foretold


def e_value(ratio: Array) -> Array:
    """How strong an unseen factor would have to be to explain a risk ratio away.

    The least risk ratio by which it would have to go with both the exposure and the outcome
    (VanderWeele & Ding 2017, Annals of Internal Medicine 167). 1: nothing is needed.

    Examples
    --------
    >>> e_value(np.array([2.0, 0.5, 1.0])).round(2).tolist()
    [3.41, 3.41, 1.0]
    """
    above = np.maximum(ratio, 1 / ratio)
    return np.asarray(above + np.sqrt(above * (above - 1)), dtype=float)
