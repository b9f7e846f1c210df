"""What outcome is to be expected of a case as it is, and with drivers set to other values?

Unit of observation: a case, foretold by models fitted on other people's cases. Two kinds: a linear
model (logistic where the outcome is yes or no; products of drivers join where they foretell unseen
cases better) and boosted trees, which find bends and combinations by themselves.

It cannot foretell well where hardly any case resembles the one that is asked for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from cxresearch.models.balance import Flags, People
from cxresearch.models.driver_design import Design
from cxresearch.transforms.intervals import Array

Kind = Literal["linear", "boosted"]
KINDS: tuple[Kind, ...] = ("linear", "boosted")

MOST_LEARNT = 30_000
"""Cases that trees learn from at most: more change them little and cost as much as all the rest."""

_TREES = {"learning_rate": 0.1, "max_iter": 100, "max_leaf_nodes": 8}
_STRONG, _WEAK, _FEW = 0.05, 1.0, 2_000


@dataclass(frozen=True)
class Learner:
    """Foretells the outcome of cases.

    Attributes
    ----------
    design
        The cases.
    fold
        The fold of each case; a person's cases lie in one.
    is_binary
        Whether the outcome is 0 or 1.
    has_products
        Whether the linear model has the products of its drivers.
    random_state
        Of the trees, and of the cases they learn from.
    """

    design: Design
    fold: People
    is_binary: bool
    has_products: bool
    random_state: int

    def foretell(self, worlds: Sequence[Array], using: Flags, *, kind: Kind) -> list[Array]:
        """The expected outcome of every case in each world, out of fold.

        Parameters
        ----------
        worlds
            Cases by drivers: first as they are, then as they would be.
        using
            Which drivers, and then which columns of context, to foretell from.
        """
        found = [np.empty(self.fold.size) for _ in worlds]
        as_is = worlds[0]
        differs = [((world != as_is) & ~np.isnan(as_is)).any(axis=1) for world in worlds[1:]]
        columns = self._linear if kind == "linear" else self._trees
        fit = self._fit_linear if kind == "linear" else self._fit_trees
        own = columns(self.design.values, using)
        for k in range(int(self.fold.max()) + 1):
            here = self.fold == k
            model = fit(own, np.flatnonzero(~here))
            found[0][here] = self._read(model, columns(as_is, using, here))
            for expected, world, other in zip(found[1:], worlds[1:], differs, strict=True):
                expected[here] = found[0][here]
                if (here & other).any():
                    expected[here & other] = self._read(model, columns(world, using, here & other))
        return found

    def _linear(self, values: Array, using: Flags, rows: Flags | slice = slice(None)) -> Array:
        """Scaled drivers (the mean where missing), their products, and the context."""
        own = self.design.values[:, self._drivers(using)]
        spread = np.nanstd(own, axis=0)
        scaled = (values[rows][:, self._drivers(using)] - np.nanmean(own, axis=0)) / np.where(
            spread, spread, 1
        )
        scaled = np.nan_to_num(scaled)
        parts = [scaled]
        if self.has_products:
            first, second = np.triu_indices(scaled.shape[1])
            parts.append(scaled[:, first] * scaled[:, second])
        context = self.design.blocks[:, context_columns(self.design, using)][rows]
        return np.column_stack([*parts, context])

    def _drivers(self, using: Flags) -> Flags:
        return using[: len(self.design.names)]

    def _trees(self, values: Array, using: Flags, rows: Flags | slice = slice(None)) -> Array:
        context = self.design.context[:, using[len(self.design.names) :]]
        return np.column_stack([values[rows][:, self._drivers(using)], context[rows]])

    def _fit_linear(self, columns: Array, taught: People) -> Any:
        from sklearn.linear_model import LogisticRegression, Ridge

        outcome = self.design.outcome[taught]
        c = _STRONG if taught.size < _FEW else _WEAK
        if not self.is_binary:
            return Ridge(alpha=1 / c).fit(columns[taught], outcome)
        model = LogisticRegression(C=c, solver="newton-cholesky", max_iter=50)
        return model.fit(columns[taught], outcome)

    def _fit_trees(self, columns: Array, taught: People) -> Any:
        from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

        kind = HistGradientBoostingClassifier if self.is_binary else HistGradientBoostingRegressor
        if taught.size > MOST_LEARNT:
            rng = np.random.default_rng(self.random_state)
            taught = np.sort(rng.choice(taught, MOST_LEARNT, replace=False))
        model = kind(**_TREES, early_stopping=False, random_state=self.random_state)
        return model.fit(columns[taught], self.design.outcome[taught])

    def _read(self, model: Any, columns: Array) -> Array:
        found = model.predict_proba(columns)[:, 1] if self.is_binary else model.predict(columns)
        return np.asarray(found, dtype=float)


def choose_learner(design: Design, fold: People, *, is_binary: bool, random_state: int) -> Learner:
    """The learner, with products of drivers if they foretell unseen cases better.

    Better by more than one standard error of the mean difference of their losses, on at most
    30,000 cases; else the simpler one serves.
    """
    plain, rich = (
        Learner(design, fold, is_binary, has_products, random_state)
        for has_products in (False, True)
    )
    using = np.ones(len(design.names) + len(design.context_names), dtype=bool)
    if len(design.names) ** 2 * 10 > fold.size or fold.size > MOST_LEARNT:
        return plain
    losses = [
        _loss(design.outcome, learner.foretell([design.values], using, kind="linear")[0], is_binary)
        for learner in (plain, rich)
    ]
    better = losses[0] - losses[1]
    sums = np.bincount(design.people, weights=better - better.mean())
    return rich if better.mean() > np.sqrt((sums**2).sum()) / better.size else plain


def context_columns(design: Design, using: Flags) -> Flags:
    """Which columns of `blocks` are context, or say that a driver is missing, and are used."""
    k = len(design.names)
    return np.asarray(
        (design.block_of >= k) & np.append(using, using[:k])[design.block_of], dtype=bool
    )


def _loss(outcome: Array, expected: Array, is_binary: bool) -> Array:
    if not is_binary:
        return np.asarray((outcome - expected) ** 2)
    chance = np.clip(expected, 1e-6, 1 - 1e-6)
    return np.asarray(-np.log(np.where(outcome > 0, chance, 1 - chance)))
