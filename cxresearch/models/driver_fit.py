"""How much does an outcome change with each driver, the others and the context being equal?

Unit of observation: a case. What the other drivers and the context foretell of the outcome and of a
driver is taken away, each person's part foretold from other people; what is left of the outcome is
regressed on what is left of that driver. What comes from a driver is left out when it is judged:
its effect through them is its own.

It cannot adjust for what was not recorded.
"""

from dataclasses import dataclass

import numpy as np

from cxresearch.models.balance import Flags
from cxresearch.models.driver_design import Design
from cxresearch.models.driver_nuisance import RIDGE, Nuisance, fold_people
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
    learners
        Which learner foretold the outcome, and each driver.
    """

    effects: Effects
    residuals: Array
    outcome_left: Array
    foretold: Array
    descendants: Flags
    learners: list[str]


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
    fold = fold_people(design.people, n_folds=n_folds, random_state=random_state)
    nuisance = Nuisance(design, fold, random_state)
    k = len(design.names)
    others = _others(design, descendants)
    everyone = np.ones(descendants.shape[1] + k, dtype=bool)
    context = everyone & (np.arange(everyone.size) >= k)
    learners = [nuisance.choose(0, everyone)]
    # What is foretold badly does harm only where outcome and driver both are.
    if learners[0] == RIDGE:
        learners += [RIDGE] * k
    else:
        learners += [nuisance.choose(1 + j, others[j]) for j in range(k)]
    foretold = nuisance.foretell(0, everyone, learner=learners[0])
    weights, scores = np.zeros((fold.size, k)), np.zeros((fold.size, k))
    estimate, is_known = np.zeros(k), np.zeros(k, dtype=bool)
    filled = design.filled
    for j in range(k):
        known = ~np.isnan(design.values[:, j])
        # Where it is not known, others stand for it: such cases must not teach what it goes with.
        own_cases = nuisance if known.all() else nuisance.among(known)
        values = own_cases.design.values[:, j]
        rest = own_cases.design.outcome - own_cases.foretell(0, others[j], learner=learners[0])
        own = values - own_cases.foretell(1 + j, others[j], learner=learners[1 + j])
        square = (own**2).sum()
        is_known[j] = square > LEAST_LEFT * ((values - values.mean()) ** 2).sum()
        if is_known[j]:
            weights[known, j] = own / square
            estimate[j] = weights[known, j] @ rest
            scores[known, j] = weights[known, j] * (rest - estimate[j] * own)
    residuals = np.column_stack(
        [filled[:, j] - nuisance.foretell(1 + j, context, learner=RIDGE) for j in range(k)]
    )
    outcome_left = design.outcome - nuisance.foretell(0, context, learner=RIDGE)
    return DriverFit(
        Effects(
            estimate, weights, scores, _variance(design, foretold, is_binary), design.people,
            is_known,
        ),
        residuals, outcome_left, foretold, descendants, learners,
    )  # fmt: skip


def _others(design: Design, descendants: Flags) -> Flags:
    """Drivers by parts of the design: what each is judged beside, all but it and what it causes."""
    k = len(design.names)
    kept = ~np.column_stack([descendants, descendants[:, :k]])
    kept[np.arange(k), np.arange(k)] = False
    return kept


def _variance(design: Design, foretold: Array, is_binary: bool) -> Array:
    """Variance of each case's outcome around what is foretold of it."""
    if is_binary:
        chance = np.clip(foretold, 1e-4, 1 - 1e-4)
        return np.asarray(chance * (1 - chance))
    rest = design.outcome - foretold
    return np.full(rest.size, (rest**2).mean())
