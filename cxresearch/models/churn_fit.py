"""Which model foretells best who leaves, and what chance does it give?

Unit of observation: a case with its outcome; cases of one person lie in one fold. Three kinds of
model are tried on people they have not seen; the one of least log-loss is kept, and its score is
turned into a chance by a curve of two numbers, fitted on the same unseen people. No class is
weighted: that would make the chances wrong.

It cannot tell what makes people leave.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from cxresearch.models.balance import People
from cxresearch.models.churn_design import Design, Encoded
from cxresearch.models.evaluation import losses
from cxresearch.models.plain_columns import PlainColumn
from cxresearch.models.split import split_people_in_folds
from cxresearch.transforms.intervals import Array

RIDGE, SMALL_TREES, TREES = "ridge", "small trees", "trees"
KINDS = (RIDGE, SMALL_TREES, TREES)
N_FOLDS = 5
FEW = 2_000
"""Cases below which the linear model is held more strongly to the base rate."""
CHOSEN_ON = 20_000
"""The kind of model is chosen on so many cases at most."""


@dataclass(frozen=True)
class Fitted:
    """A model of the chance to leave.

    Attributes
    ----------
    design
        How it sees a case.
    kind
        One of `KINDS`.
    estimator
        The fitted scikit-learn model.
    slope, intercept
        The curve from its score to the chance's log odds.
    log_loss
        Of each kind, on people it had not seen.
    """

    design: Design
    kind: str
    estimator: Any
    slope: float
    intercept: float
    log_loss: dict[str, float]

    def risk(self, cases: Encoded) -> Array:
        """The chance to leave of each case, 0-1."""
        with one_thread():
            score = _score(self.kind, self.estimator, cases)
        return _chance(self.slope * score + self.intercept)

    def read_risk(self, read: pl.DataFrame) -> Array:
        """The chance to leave of cases as `read_columns` gives them."""
        return self.risk(self.design.encode(read))


@dataclass(frozen=True)
class Learned:
    """Result of `learn`.

    Attributes
    ----------
    model
        Fitted on all cases.
    risk, fold
        Of each case: the chance that a model of other people gives it, and its fold.
    models
        The model that foretold each fold.
    """

    model: Fitted
    risk: Array
    fold: People
    models: list[Fitted]


@contextmanager
def one_thread() -> Iterator[None]:
    """Many small fits: threads only wait for one another, and sums would depend on their number."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        yield


def learn(
    read: pl.DataFrame,
    columns: Sequence[PlainColumn],
    left: Array,
    people: People,
    *,
    random_state: int,
) -> Learned:
    """Foretell every case from other people, choose the kind of model, and fit it on all.

    Parameters
    ----------
    read, columns
        From `read_columns`, rows in the order of `order_rows`.
    left
        1 where a case left.
    people
        A number a case.

    Notes
    -----
    Each fold is foretold by a model that has not seen its people, its curve fitted on the other
    folds. One kind of three serves all folds: where kinds are alike it hardly matters which, and
    where they are not every fold would choose the same.
    """
    fold = split_people_in_folds(left, people, n=N_FOLDS, random_state=random_state)
    parts = _Parts(read, columns, left, fold, random_state)
    some = _some(people, random_state=random_state)
    scores = {kind: parts.score(kind, some) for kind in KINDS}
    costs = {kind: _losses_of(score, left[some], fold[some]) for kind, score in scores.items()}
    mean = {kind: float(cost.mean()) for kind, cost in costs.items()}
    kind = min(KINDS, key=lambda name: mean[name])
    score = scores[kind]
    if some.size < left.size:  # more cases make a surer score: its curve is another
        score = parts.score(kind, np.arange(left.size))
    models, risk = [], np.empty(left.size)
    for k in range(N_FOLDS):
        here = fold == k
        slope, intercept = fit_curve(score[~here], left[~here])
        models.append(Fitted(*parts.models[kind, k], slope, intercept, mean))
        risk[here] = _chance(slope * score[here] + intercept)
    design = Design(read, columns)
    with one_thread():
        estimator = _fit(kind, design.encode(read), left, design, random_state)
    model = Fitted(design, kind, estimator, *fit_curve(score, left), mean)
    return Learned(model, risk, fold, models)


class _Parts:
    """Models that have each seen all folds but one."""

    def __init__(
        self,
        read: pl.DataFrame,
        columns: Sequence[PlainColumn],
        left: Array,
        fold: People,
        random_state: int,
    ) -> None:
        self._read, self._columns, self._left, self._fold = read, columns, left, fold
        self._random_state = random_state
        self.models: dict[tuple[str, int], tuple[Design, str, Any]] = {}

    def score(self, kind: str, places: People) -> Array:
        """Score of each case at these places by a model of the other people there."""
        left, fold = self._left[places], self._fold[places]
        found = np.empty(places.size)
        for k in range(N_FOLDS):
            known, unseen = places[fold != k], places[fold == k]
            design = Design(self._read[known], self._columns)
            cases, new = (design.encode(self._read[rows]) for rows in (known, unseen))
            with one_thread():
                model = _fit(kind, cases, left[fold != k], design, self._random_state)
                found[fold == k] = _score(kind, model, new)
            self.models[kind, k] = design, kind, model
        return found


def _losses_of(score: Array, left: Array, fold: People) -> Array:
    """What each case costs, the curve fitted on the other folds."""
    cost = np.empty(left.size)
    for k in range(N_FOLDS):
        here = fold == k
        slope, intercept = fit_curve(score[~here], left[~here])
        cost[here] = losses(left[here], _chance(slope * score[here] + intercept))
    return cost


def _some(people: People, *, random_state: int) -> People:
    """Places of the cases of people drawn until there are enough to choose on."""
    if people.size <= CHOSEN_ON:
        return np.arange(people.size)
    _, first, code, n = np.unique(
        people, return_index=True, return_inverse=True, return_counts=True
    )
    drawn = np.argsort(first)[np.random.default_rng(random_state).permutation(first.size)]
    is_in = np.zeros(first.size, dtype=bool)
    is_in[drawn[np.cumsum(n[drawn]) <= CHOSEN_ON]] = True
    return np.flatnonzero(is_in[code])


def _fit(kind: str, cases: Encoded, left: Array, design: Design, random_state: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression

    if kind == RIDGE:
        strength = 0.05 if left.size < FEW else 1.0
        return LogisticRegression(C=strength, max_iter=1000).fit(cases.linear, left)
    size = {"learning_rate": 0.05, "max_leaf_nodes": 8, "max_iter": 250}
    trees = HistGradientBoostingClassifier(
        **(size if kind == SMALL_TREES else {}),
        categorical_features=design.is_category,
        early_stopping=False,
        random_state=random_state,
    )
    return trees.fit(cases.tree, left)


def _score(kind: str, model: Any, cases: Encoded) -> Array:
    """Log odds to leave, as the model says them."""
    seen = cases.linear if kind == RIDGE else cases.tree
    return np.asarray(model.decision_function(seen), dtype=float)


def _chance(log_odds: Array) -> Array:
    from scipy.special import expit

    return np.asarray(expit(log_odds), dtype=float)


def fit_curve(score: Array, left: Array) -> tuple[float, float]:
    """Slope and intercept that turn a score into the log odds to leave.

    Notes
    -----
    Platt (1999), "Probabilistic outputs for support vector machines": both outcomes are drawn a
    little to the middle, so that a perfect score gives no chance of nought or one. A score that
    runs the wrong way tells nothing and gives everybody the base rate.

    Examples
    --------
    >>> score = np.repeat([-1.0, 1.0], 1000)
    >>> left = np.r_[np.repeat([1.0, 0], [250, 750]), np.repeat([1.0, 0], [750, 250])]
    >>> slope, intercept = fit_curve(score, left)
    >>> round(float(_chance(np.array([slope + intercept]))[0]), 2)
    0.75
    """
    n_left = left.sum()
    aim = np.where(left > 0, (n_left + 1) / (n_left + 2), 1 / (left.size - n_left + 2))
    base = float(np.log(aim.mean() / (1 - aim.mean())))
    centre, spread = float(score.mean()), float(score.std()) or 1.0
    design = np.column_stack([(score - centre) / spread, np.ones(score.size)])
    found = np.array([0.0, base])
    for _ in range(100):
        chance = _chance(design @ found)
        slopes = design.T @ (aim - chance)
        bends = (design * (chance * (1 - chance))[:, None]).T @ design
        step = np.linalg.solve(bends + 1e-9 * np.eye(2), slopes)
        found = found + step * min(1.0, 5 / max(float(np.abs(step).max()), 1e-12))
        if np.abs(step).max() < 1e-10:
            break
    if not np.isfinite(found).all() or found[0] <= 0:
        return 0.0, base
    slope = float(found[0]) / spread
    return slope, float(found[1]) - slope * centre
