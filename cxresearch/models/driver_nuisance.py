"""What do all other drivers and the context foretell of an outcome, and of a driver?

Unit of observation: a case, foretold from other people's cases. Of two learners, a ridge regression
on columns cut into flags and boosted trees, the one serves that foretells better; the trees only
where they do so by more than chance.

It cannot foretell from what was not recorded.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cxresearch.models.balance import Flags, People
from cxresearch.models.driver_design import Design
from cxresearch.models.partialling import sum_by_person
from cxresearch.transforms.intervals import Array

RIDGE, BOOSTED = "ridge", "boosted"

_PENALTY = 1.0  # of scaled columns: only there to keep columns that repeat each other solvable
_MOST_TRIED = 5_000  # cases that the learner is chosen on
_MOST_TAUGHT = 10_000  # cases that trees of one fold learn from
_TREES = {"learning_rate": 0.1, "max_iter": 100, "max_leaf_nodes": 8}


@dataclass(frozen=True)
class Nuisance:
    """Foretells any target of the cases from chosen drivers and all context.

    Attributes
    ----------
    design
        The cases.
    fold
        The fold of each case; a person's cases lie in one.
    random_state
        Of the trees.
    """

    design: Design
    fold: People
    random_state: int

    def among(self, rows: Flags) -> "Nuisance":
        """The same, from some of the cases only."""
        return Nuisance(self.design.take(rows), self.fold[rows], self.random_state)

    @cached_property
    def _folds(self) -> list[tuple[Array, Array]]:
        """Products of the columns, and of columns and targets, a fold."""
        columns = np.column_stack([self.design.outcome, self.design.filled])
        parts = []
        for k in range(int(self.fold.max()) + 1):
            here = self.fold == k
            block = np.column_stack([np.ones(here.sum()), self.design.blocks[here]])
            parts.append((block.T @ block, block.T @ columns[here]))
        return parts

    def foretell(self, target: int, using: Flags, *, learner: str) -> Array:
        """A target out of fold.

        Parameters
        ----------
        target
            0 is the outcome, 1 the first driver.
        using
            Which parts of the design (`Design.block_of`) to foretell from.
        learner
            `ridge` or `boosted`.
        """
        if learner == BOOSTED and self._for_trees(using).shape[1]:
            return self._by_trees(target, using)
        taken = self._columns(using)
        used = np.concatenate([[True], taken])
        gram, moment = (sum(part[i] for part in self._folds) for i in (0, 1))
        penalty = np.diag([0.0, *np.full(int(taken.sum()), _PENALTY)])
        learnt = np.zeros((used.size, len(self._folds)))
        for k, (own_gram, own_moment) in enumerate(self._folds):
            left = (gram - own_gram)[np.ix_(used, used)] + penalty
            learnt[used, k] = np.linalg.solve(left, (moment - own_moment)[used, target])
        every = learnt[0] + self.design.blocks @ learnt[1:].astype(np.float32)
        return np.asarray(every[np.arange(self.fold.size), self.fold], dtype=float)

    def _columns(self, using: Flags) -> Flags:
        return np.asarray(using[self.design.block_of], dtype=bool)

    def _by_trees(self, target: int, using: Flags) -> Array:
        from threadpoolctl import threadpool_limits

        columns, values = self._for_trees(using), self._target(target)
        foretold = np.empty(self.fold.size)
        order = np.random.default_rng(self.random_state).permutation(self.fold.size)
        with threadpool_limits(limits=1):
            for k in range(int(self.fold.max()) + 1):
                here = self.fold == k
                taught = np.sort(order[~here[order]][:_MOST_TAUGHT])
                model = _trees(self.random_state).fit(columns[taught], values[taught])
                foretold[here] = model.predict(columns[here])
        return foretold

    def choose(self, target: int, using: Flags) -> str:
        """The learner that foretells unseen cases of a target better.

        Notes
        -----
        The simpler one unless the other is better by more than one standard error of the mean
        difference of their squared errors (Breiman et al. 1984).
        """
        from threadpoolctl import threadpool_limits

        n = self.fold.size
        rng = np.random.default_rng(self.random_state)
        tried = np.sort(rng.permutation(n)[:_MOST_TRIED])
        held = self.fold[tried] == 0
        columns = self._for_trees(using)[tried]
        if held.all() or not held.any() or not columns.shape[1]:
            return RIDGE
        values, taken = self._target(target)[tried], self._columns(using)
        flags = np.column_stack([np.ones(tried.size), self.design.blocks[tried][:, taken]])
        seen = flags[~held]
        penalty = np.diag([0.0, *np.full(int(taken.sum()), _PENALTY)])
        learnt = np.linalg.solve(seen.T @ seen + penalty, seen.T @ values[~held])
        with threadpool_limits(limits=1):
            model = _trees(self.random_state).fit(columns[~held], values[~held])
        by_trees = model.predict(columns[held])
        better = (values[held] - flags[held] @ learnt) ** 2 - (values[held] - by_trees) ** 2
        sums = sum_by_person((better - better.mean())[:, None], self.design.people[tried][held])
        error = np.sqrt((sums**2).sum()) / better.size
        return BOOSTED if better.mean() > error else RIDGE

    def _target(self, target: int) -> Array:
        return self.design.outcome if target == 0 else self.design.filled[:, target - 1]

    def _for_trees(self, using: Flags) -> Array:
        k, c = len(self.design.names), len(self.design.context_names)
        values, context = self.design.values, self.design.context
        return np.column_stack([values[:, using[:k]], context[:, using[k : k + c]]])


def _trees(random_state: int):  # type: ignore[no-untyped-def]
    from sklearn.ensemble import HistGradientBoostingRegressor

    return HistGradientBoostingRegressor(**_TREES, early_stopping=False, random_state=random_state)


def fold_people(people: People, *, n_folds: int, random_state: int) -> People:
    """A fold a case, drawn by person."""
    n = int(people.max()) + 1 if people.size else 0
    drawn = np.random.default_rng(random_state).permutation(n) % n_folds
    return np.asarray(drawn[people], dtype=np.int64)
