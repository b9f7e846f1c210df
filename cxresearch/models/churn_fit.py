"""Which model foretells best who leaves, and what chance does it give?

Unit of observation: a case with its outcome; cases of one person lie in one fold. Up to three
kinds of model, and all of them together, are tried on people they have not seen; the one of least
log-loss is kept, and its score is turned into a chance by a curve fitted on the same unseen people
(`churn_curve`). No class is weighted: that would make the chances wrong.

It cannot tell what makes people leave.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from cxresearch.models.balance import People
from cxresearch.models.churn_curve import chance_of, fit_curve
from cxresearch.models.churn_design import Design, Encoded
from cxresearch.models.evaluation import losses
from cxresearch.models.plain_columns import PlainColumn
from cxresearch.models.split import split_people_in_folds
from cxresearch.transforms.intervals import Array

RIDGE, SMALL_TREES, TREES = "ridge", "small trees", "trees"
BOTH, TOGETHER = "ridge and small trees together", "all three together"
LEAVES = {SMALL_TREES: 8, TREES: 31}
MEMBERS = {
    **{kind: [kind] for kind in (RIDGE, *LEAVES)},
    BOTH: [RIDGE, SMALL_TREES],
    TOGETHER: [RIDGE, *LEAVES],
}
"""The kinds to choose from, each with the models whose scores it takes."""
PER_LEAF = 10
"""Cases of the rarer outcome a leaf below which trees of that size are not tried."""
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
        One of `MEMBERS`.
    estimators
        The fitted scikit-learn models, one a member.
    slopes, intercept
        The curve from their scores to the chance's log odds.
    log_loss
        Of each kind, on people it had not seen.
    """

    design: Design
    kind: str
    estimators: list[Any]
    slopes: Array
    intercept: float
    log_loss: dict[str, float]

    def risk(self, cases: Encoded) -> Array:
        """The chance to leave of each case, 0-1."""
        members = zip(MEMBERS[self.kind], self.estimators, strict=True)
        with one_thread():
            scores = np.column_stack([_score(name, model, cases) for name, model in members])
        return chance_of(scores @ self.slopes + self.intercept)

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
    import sklearn.ensemble  # noqa: F401  # only what is loaded can be held to one thread
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
    folds. One kind serves all folds: where kinds are alike it hardly matters which, and
    where they are not every fold would choose the same. Ten cases of the rarer outcome for all that
    is estimated: Peduzzi et al. (1996, J. Clin. Epidemiol. 49).
    """
    kinds = kinds_for(left)
    fold = split_people_in_folds(left, people, n=N_FOLDS, random_state=random_state)
    parts = _Parts(read, columns, left, fold, random_state)
    some = _some(people, random_state=random_state)
    single = [name for name in kinds if MEMBERS[name] == [name]]
    scores = {name: parts.score(name, some) for name in single}
    mean = {
        kind: _cost(
            np.column_stack([scores[name] for name in MEMBERS[kind]]), left[some], fold[some]
        )
        for kind in kinds
    }
    kind = min(kinds, key=lambda name: mean[name])
    if some.size < left.size:  # more cases make a surer score: its curve is another
        scores = {name: parts.score(name, np.arange(left.size)) for name in MEMBERS[kind]}
    score = np.column_stack([scores[name] for name in MEMBERS[kind]])
    models, risk = [], np.empty(left.size)
    for k in range(N_FOLDS):
        here = fold == k
        curve = fit_curve(score[~here], left[~here])
        risk[here] = chance_of(score[here] @ curve[0] + curve[1])
        seen = [parts.models[name, k] for name in MEMBERS[kind]]
        models.append(Fitted(parts.designs[k], kind, seen, *curve, mean))
    design = Design(read, columns)
    cases = design.encode(read)
    with one_thread():
        fitted = [_fit(name, cases, left, design, random_state) for name in MEMBERS[kind]]
    return Learned(Fitted(design, kind, fitted, *fit_curve(score, left), mean), risk, fold, models)


def kinds_for(left: Array) -> list[str]:
    """The kinds of model that so many who left, and stayed, can teach; several only all together.

    Examples
    --------
    >>> kinds_for(np.repeat([1.0, 0.0], [276, 5850]))
    ['ridge', 'small trees', 'ridge and small trees together']
    """
    rarer = min(left.sum(), left.size - left.sum())
    single = [RIDGE, *(kind for kind, leaves in LEAVES.items() if rarer >= PER_LEAF * leaves)]
    return [kind for kind, names in MEMBERS.items() if kind in single or names == single]


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
        self.designs: dict[int, Design] = {}
        self.models: dict[tuple[str, int], Any] = {}

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
            self.designs[k], self.models[kind, k] = design, model
        return found


def _cost(score: Array, left: Array, fold: People) -> float:
    """Mean log-loss of scores, the curve fitted on the other folds."""
    cost = np.empty(left.size)
    for k in range(N_FOLDS):
        here = fold == k
        slopes, intercept = fit_curve(score[~here], left[~here])
        cost[here] = losses(left[here], chance_of(score[here] @ slopes + intercept))
    return float(cost.mean())


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
    trees = HistGradientBoostingClassifier(
        max_leaf_nodes=LEAVES[kind],
        categorical_features=design.is_category,
        early_stopping=False,
        random_state=random_state,
    )
    return trees.fit(cases.tree, left)


def _score(kind: str, model: Any, cases: Encoded) -> Array:
    """Log odds to leave, as the model says them."""
    seen = cases.linear if kind == RIDGE else cases.tree
    return np.asarray(model.decision_function(seen), dtype=float)
