"""How far is a foretold gain from the truth, and what do the cases themselves say of the error?

Unit of observation: a case. A model kept from leaning too far understates what it has learnt: a
plain mean of its predictions is biased. What the model leaves unexplained, on other people's cases,
is regressed on the drivers and the context once more; what this regression finds for the mended
cases is added, and how much the cases vary about the sum gives the interval.

It cannot mend what no case shows: where hardly anybody resembles a mended case the interval is wide
or, worse, rests on the form of the model.
"""

import numpy as np

from cxresearch.models.balance import Flags, People
from cxresearch.models.driver_design import Design
from cxresearch.models.partialling import sum_by_person
from cxresearch.models.what_if_fits import context_columns
from cxresearch.transforms.intervals import Array

_RIDGE = 1.0  # of scaled columns: only there to keep columns that repeat each other solvable


def weigh_cases(
    design: Design,
    mended: Array,
    risk: Array,
    *,
    moved: Flags,
    using: Flags,
    short_by: Array,
    fold: People,
) -> Array:
    """How much the error of each case's prediction counts in the correction.

    Parameters
    ----------
    mended
        Cases by drivers as they would be.
    risk
        What a case can be expected to have when mended: the correction may depend on it.
    moved
        Which drivers are mended.
    using
        Which drivers, and then which columns of context, are adjusted for.
    short_by
        Cases by moved drivers: how far each is from its target, 0 or more.

    Notes
    -----
    The Riesz representer of the mean change, by least squares on a basis, cross-fitted
    (Chernozhukov, Newey & Singh 2022, Econometrica 90): with it the estimate is doubly robust. The
    change itself is a modified treatment policy (Haneuse & Rotnitzky 2013; Diaz et al. 2023).
    """
    owner = design.block_of
    is_other = np.append(using[: moved.size] & ~moved, False)
    fixed = context_columns(design, using) | is_other[np.minimum(owner, moved.size)]
    risk = (risk - risk.mean()) / (risk.std() or 1.0)
    base = np.column_stack([np.ones(risk.size), risk, risk**2, design.blocks[:, fixed]])
    as_is = _dose(design.values[:, moved], design.values[:, moved], short_by, risk)
    after = _dose(mended[:, moved], design.values[:, moved], np.zeros_like(short_by), risk)
    basis = np.column_stack([base, as_is])
    change = after - as_is
    weights = np.empty(risk.size)
    parts = []
    for k in range(int(fold.max()) + 1):
        here = basis[fold == k]
        parts.append((here.T @ here, change[fold == k].sum(axis=0)))
    gram, moment = (sum(part[i] for part in parts) for i in (0, 1))
    penalty = _RIDGE * np.eye(basis.shape[1])
    for k, (own_gram, own_moment) in enumerate(parts):
        wanted = np.concatenate([np.zeros(base.shape[1]), moment - own_moment])
        solved = np.linalg.solve(gram - own_gram + penalty, wanted)
        weights[fold == k] = basis[fold == k] @ solved
    return weights


def _dose(values: Array, own: Array, short_by: Array, risk: Array) -> Array:
    """Of each moved driver its value, by how much and whether it is short; each also by risk."""
    spread = np.nanstd(own, axis=0)
    scaled = (values - np.nanmean(own, axis=0)) / np.where(spread, spread, 1)
    pieces = np.column_stack(
        [np.nan_to_num(scaled), short_by / np.where(spread, spread, 1), short_by > 0]
    )
    return np.column_stack([pieces, pieces * risk[:, None]])


def add_up(
    parts: Array,
    weights: Array,
    as_is: Array,
    outcome: Array,
    people: People,
    *,
    is_binary: bool,
    doubt: Array,
) -> list[tuple[float, float]]:
    """The mean change and its standard error, each person's cases taken together; one a column.

    Parameters
    ----------
    parts, weights
        Cases by scenarios: what a case adds, and how much the error of its prediction counts.
    as_is
        The prediction of each case as it is.
    doubt
        By scenario a standard error of another source, independent of the cases'.

    Notes
    -----
    The standard error of the cases is the larger of two: from the cases, and as if every outcome
    varied as its prediction says. Where few were mended already and none of them left, the first is
    too small.
    """
    n = outcome.size
    estimate = parts.mean(axis=0)
    sums = sum_by_person(parts - estimate, people)
    clustered = (sums**2).sum(axis=0) * len(sums) / max(len(sums) - 1, 1)
    if is_binary:
        chance = np.clip(as_is, 1e-4, 1 - 1e-4)
        variance = chance * (1 - chance)
    else:
        variance = np.full(n, np.mean((outcome - as_is) ** 2))
    error = np.hypot(np.sqrt(np.maximum(clustered, variance @ weights**2)) / n, doubt)
    return list(zip(estimate.tolist(), error.tolist(), strict=True))
