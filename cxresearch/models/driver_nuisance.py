"""What do all other drivers and the context foretell of an outcome, and of a driver?

Unit of observation: a case, foretold from other people's cases: by a ridge regression on columns
cut into flags. What boosted trees see in the context beyond that stands among its columns, as far
as it helps.

It cannot foretell from what was not recorded.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from cxresearch.models.balance import Flags, People
from cxresearch.models.driver_design import Design
from cxresearch.transforms.intervals import Array

RIDGE, WITH_TREES = "ridge", "ridge with boosted trees"

_PENALTY = 1.0  # of scaled columns: only there to keep columns that repeat each other solvable
_CHUNK = 8192  # cases multiplied in single precision at a time, and added up in double
_MOST_TAUGHT = 10_000  # cases that trees of one fold learn from
_TREES = {"learning_rate": 0.2, "max_iter": 50, "max_leaf_nodes": 8}


@dataclass(frozen=True)
class _Solved:
    """A fold, and the regressions on all columns learnt from the others.

    Attributes
    ----------
    here
        Its cases.
    inverse
        Of the products of the columns, the constant first.
    learnt
        Columns by targets: the coefficients of all columns.
    """

    here: Flags
    inverse: Array
    learnt: Array

    def without(self, absent: People, target: int) -> Array:
        """The coefficients had these columns not been there: as if fitted anew."""
        whole = self.learnt[:, target]
        if not absent.size:
            return whole
        block = self.inverse[np.ix_(absent, absent)]
        found = whole - self.inverse[:, absent] @ np.linalg.solve(block, whole[absent])
        found[absent] = 0.0
        return np.asarray(found)


@dataclass(frozen=True)
class Nuisance:
    """Foretells any target of the cases from chosen drivers and context.

    Attributes
    ----------
    design
        The cases.
    fold
        The fold of each case; a person's cases lie in one.
    """

    design: Design
    fold: People

    def among(self, rows: Flags) -> "Nuisance":
        """The same, from some of the cases only."""
        return Nuisance(self.design.take(rows), self.fold[rows])

    def foretell(self, wanted: Sequence[tuple[int, Flags]]) -> Array:
        """Cases by what is wanted: each target out of fold.

        Parameters
        ----------
        wanted
            A target (0 is the outcome, 1 the first driver) and which parts of the design
            (`Design.block_of`) to foretell it from, each.
        """
        absent = [
            1 + np.flatnonzero(~np.asarray(using[self.design.block_of], dtype=bool))
            for _, using in wanted
        ]
        foretold = np.empty((self.fold.size, len(wanted)))
        for part in self._solved if wanted else ():
            pairs = zip(wanted, absent, strict=True)
            learnt = np.column_stack([part.without(away, target) for (target, _), away in pairs])
            blocks = self.design.blocks[part.here]
            foretold[part.here] = learnt[0] + blocks @ learnt[1:].astype(np.float32)
        return foretold

    @cached_property
    def _solved(self) -> list[_Solved]:
        """A fold each: one inverse serves all targets and all choices of columns."""
        targets = np.column_stack([self.design.outcome, self.design.filled])
        flags = [self.fold == k for k in np.unique(self.fold)]
        parts = [_multiply(self.design.blocks[here], targets[here]) for here in flags]
        gram, moment = (np.sum([part[i] for part in parts], axis=0) for i in (0, 1))
        penalty = np.diag([0.0, *np.full(len(gram) - 1, _PENALTY)])
        solved = []
        for here, (own_gram, own_moment) in zip(flags, parts, strict=True):
            inverse = np.linalg.inv(gram - own_gram + penalty)
            solved.append(_Solved(here, inverse, inverse @ (moment - own_moment)))
        return solved


def _multiply(blocks: Array, targets: Array) -> tuple[Array, Array]:
    """Products of the columns, a constant first, and of columns and targets."""
    p = blocks.shape[1] + 1
    gram, moment = np.zeros((p, p)), np.zeros((p, targets.shape[1]))
    gram[0, 0], moment[0] = len(blocks), targets.sum(axis=0)
    for start in range(0, len(blocks), _CHUNK):
        part = np.ascontiguousarray(blocks[start : start + _CHUNK])
        gram[1:, 1:] += part.T @ part
        gram[0, 1:] += part.sum(axis=0, dtype=np.float64)
        moment[1:] += part.T.astype(np.float64) @ targets[start : start + _CHUNK]
    gram[1:, 0] = gram[0, 1:]
    return gram, moment


def add_trees(design: Design, fold: People, *, caused: Flags, random_state: int) -> Design:
    """The design with one more column: what trees foretell of the outcome from the context.

    Parameters
    ----------
    caused
        Columns of context that come from a driver: the trees do without them.

    Notes
    -----
    Out of fold, as one learner of a stack (Wolpert 1992, Neural Networks 5): the regression on all
    columns gives it the weight it deserves. It belongs to the part after all others.
    """
    from sklearn.ensemble import HistGradientBoostingRegressor

    columns = design.context[:, ~caused].astype(np.float32)
    if not columns.shape[1]:
        return design
    foretold = np.empty(fold.size)
    order = np.random.default_rng(random_state).permutation(fold.size)
    for k in np.unique(fold):
        here = fold == k
        taught = np.sort(order[~here[order]][:_MOST_TAUGHT])
        model = HistGradientBoostingRegressor(
            **_TREES, early_stopping=False, random_state=random_state
        )
        model.fit(columns[taught], design.outcome[taught])
        foretold[here] = model.predict(columns[here])
    spread = foretold.std()
    if spread < 1e-9:
        return design
    scaled = ((foretold - foretold.mean()) / spread).astype(np.float32)
    return replace(
        design,
        blocks=np.column_stack([design.blocks, scaled]),
        block_of=np.append(design.block_of, design.n_parts - 1),
    )


def fold_people(people: People, *, n_folds: int, random_state: int) -> People:
    """A fold a case, drawn by person."""
    n = int(people.max()) + 1 if people.size else 0
    drawn = np.random.default_rng(random_state).permutation(n) % n_folds
    return np.asarray(drawn[people], dtype=np.int64)
