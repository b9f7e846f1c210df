"""How much does an outcome change with each driver, the others and the context being equal?

Unit of observation: a case. What the other drivers and the context foretell of the outcome and of a
driver is taken away, each person's part foretold from other people; what is left of the outcome is
regressed on what is left of that driver. What comes from a driver is left out when it is judged:
its effect through them is its own.

It cannot adjust for what was not recorded.
"""

from dataclasses import dataclass, replace

import numpy as np

from cxresearch.models.balance import Flags
from cxresearch.models.driver_design import Design
from cxresearch.models.driver_nuisance import (
    RIDGE,
    WITH_TREES,
    Nuisance,
    add_trees,
    fold_people,
)
from cxresearch.models.partialling import Effects
from cxresearch.transforms.intervals import Array

LEAST_LEFT = 1e-3
"""Share of a driver's variance that the others must leave, or nothing of its own can be seen."""


@dataclass(frozen=True)
class DriverFit:
    """Effects of the drivers, in their order.

    Attributes
    ----------
    effects
        With weights and scores a case, as `partialling.Effects` has them.
    residuals
        Cases by drivers: what context alone leaves of each.
    outcome_left
        What context alone leaves of the outcome.
    foretold
        The outcome out of fold, from all drivers and context.
    descendants
        Drivers by drivers and context: whether the second comes from the first.
    learner
        What foretold outcome and drivers.
    """

    effects: Effects
    residuals: Array
    outcome_left: Array
    foretold: Array
    descendants: Flags
    learner: str


def fit_drivers(
    design: Design, *, descendants: Flags, is_binary: bool, n_folds: int, random_state: int
) -> DriverFit:
    """The effects.

    Parameters
    ----------
    descendants
        Drivers by drivers and columns of context: whether the second comes from the first.

    Notes
    -----
    The partially linear model of Robinson (1988, Econometrica 56), partialled out and cross-fitted
    as by Chernozhukov et al. (2018, Econometrics Journal 21), once a driver.
    """
    import sklearn.ensemble  # noqa: F401  threads are limited only of what is loaded
    from threadpoolctl import threadpool_limits

    fold = fold_people(design.people, n_folds=n_folds, random_state=random_state)
    k = len(design.names)
    caused = np.asarray(descendants[:, k:].any(axis=0), dtype=bool)
    everyone = np.ones(design.n_parts, dtype=bool)
    context = np.arange(design.n_parts) >= k
    with threadpool_limits(limits=1):
        wide = add_trees(design, fold, caused=caused, random_state=random_state)
        nuisance = Nuisance(wide, fold)
        alone = nuisance.foretell([(0, everyone), *((j, context) for j in range(k + 1))])
        effects = _partial_out(nuisance, _others(design, descendants))
    learner = RIDGE if wide is design else WITH_TREES
    variance = _variance(design, alone[:, 1], is_binary)
    return DriverFit(
        replace(effects, chance_variance=variance), design.filled - alone[:, 2:],
        design.outcome - alone[:, 1], alone[:, 0], descendants, learner,
    )  # fmt: skip


def _partial_out(nuisance: Nuisance, others: Flags) -> Effects:
    """Each driver's effect, from the cases that know it."""
    design = nuisance.design
    n, k = design.values.shape
    weights, scores = np.zeros((n, k)), np.zeros((n, k))
    estimate, is_known = np.zeros(k), np.zeros(k, dtype=bool)
    known = ~np.isnan(design.values)
    full = np.flatnonzero(known.all(axis=0))
    foretold = nuisance.foretell(
        [(target, others[j]) for j in full.tolist() for target in (0, 1 + j)]
    )
    for j in range(k):
        here, rows = foretold[:, 2 * np.searchsorted(full, j) :][:, :2], design
        if not known[:, j].all():
            # Where it is not known, others stand for it: that must not teach what it goes with.
            own_cases = nuisance.among(known[:, j])
            here = own_cases.foretell([(0, others[j]), (1 + j, others[j])])
            rows = own_cases.design
        rest, own = rows.outcome - here[:, 0], rows.values[:, j] - here[:, 1]
        square = (own**2).sum()
        is_known[j] = (
            square > LEAST_LEFT * ((rows.values[:, j] - rows.values[:, j].mean()) ** 2).sum()
        )
        if is_known[j]:
            weights[known[:, j], j] = own / square
            estimate[j] = own @ rest / square
            scores[known[:, j], j] = own / square * (rest - estimate[j] * own)
    return Effects(estimate, weights, scores, np.zeros(n), design.people, is_known)


def _others(design: Design, descendants: Flags) -> Flags:
    """Drivers by parts of the design: what each is judged beside, all but it and what it causes."""
    k = len(design.names)
    learnt = np.zeros((k, 1), dtype=bool)
    kept = ~np.column_stack([descendants, descendants[:, :k], learnt])
    kept[np.arange(k), np.arange(k)] = False
    return kept


def _variance(design: Design, foretold: Array, is_binary: bool) -> Array:
    """Variance of each case's outcome around what is foretold of it without any driver.

    With them in it, a driver without a case of the outcome would make its own variance small.
    """
    if is_binary:
        chance = np.clip(foretold, 1e-4, 1 - 1e-4)
        return np.asarray(chance * (1 - chance))
    rest = design.outcome - foretold
    return np.full(rest.size, (rest**2).mean())
