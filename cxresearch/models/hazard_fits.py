"""Which way of foretelling who leaves does best on customers it has not seen?

Unit of observation: a customer in a month. Candidates are logistic regressions with stronger and
weaker penalties and, where enough have left, small boosted trees. All rows of a customer lie in one
fold; each is foretold from other people. The least log-loss wins, trees only where they win by more
than chance (a standard error).

It cannot say how well next year is foretold: see `hazard_forward`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import polars as pl

from cxresearch.models.balance import People
from cxresearch.models.hazard_design import Baseline
from cxresearch.models.logit import Logit, fit_logit, log_losses
from cxresearch.models.partialling import sum_by_person
from cxresearch.transforms.intervals import Array

N_FOLDS = 5
PENALTIES = (100.0, 10.0, 1.0)
"""Of the squares of log odds per standard deviation."""
TREES_FROM = 300
"""Least number of leavers for which boosted trees are tried."""
STAYERS = 15
"""Months without leaving that are kept for each one with, where candidates are compared."""
CANDIDATES = {"model": pl.String, "log_loss": pl.Float64, "is_chosen": pl.Boolean}

TREES = "trees"

_FREE = 0.1  # penalty of the time as a customer: bends, but does not wiggle
_BOUND = 1e-6


class Learned(Protocol):
    """What tells the log odds of leaving in a month."""

    def log_odds(self, known: Array, time: Array) -> Array:
        """Log odds a row, from the columns of the design and the time as a customer."""
        ...


@dataclass(frozen=True)
class LearnedLogit:
    """A logistic regression on time as a customer and the columns of the design."""

    baseline: Baseline
    fit: Logit

    def log_odds(self, known: Array, time: Array) -> Array:
        """Log odds a row."""
        return self.fit.log_odds(np.column_stack([self.baseline.lay_out(time), known]))


@dataclass(frozen=True)
class LearnedTrees:
    """Boosted trees on time as a customer and the columns of the design."""

    model: Any
    shift: float

    def log_odds(self, known: Array, time: Array) -> Array:
        """Log odds a row."""
        from threadpoolctl import threadpool_limits

        with threadpool_limits(limits=1):
            p = self.model.predict_proba(_with_time(known, time))[:, 1]
        p = np.clip(p, _BOUND, 1 - _BOUND)
        return np.asarray(np.log(p / (1 - p)) - self.shift, dtype=float)


@dataclass(frozen=True)
class Choice:
    """The candidate that was chosen.

    Attributes
    ----------
    name, learned
        Its name, and what it learned from everybody.
    slopes
        What each column of the design adds to the log odds in the best regression.
    folds, fold
        What it learned without the people of each fold, and the fold of each row.
    unseen
        Log odds of each row, foretold from other people.
    candidates
        model, log_loss (of rows unseen), is_chosen.
    """

    name: str
    learned: Learned
    slopes: Array
    folds: list[Learned]
    fold: People
    unseen: Array
    candidates: pl.DataFrame

    def unseen_at(self, known: Array, time: Array, rows: People) -> Array:
        """Log odds of some of the rows at another time, foretold from other people."""
        log_odds = np.empty(rows.size)
        for number, learned in enumerate(self.folds):
            here = self.fold[rows] == number
            if here.any():
                log_odds[here] = learned.log_odds(known[rows[here]], time[here])
        return log_odds


def choose_model(
    known: Array,
    leaves: Array,
    *,
    time: Array,
    baseline: Baseline,
    people: People,
    random_state: int = 0,
) -> Choice:
    """Fit all candidates fold by fold and keep the best.

    Parameters
    ----------
    known
        Rows by columns, standardised.
    leaves, time, people
        A number a row.
    """
    rng = np.random.default_rng(random_state)
    fold = deal_folds(leaves, people, rng=rng)
    kept, shift = thin_out(leaves, rng=rng)
    seen = Kept(known[kept], leaves[kept], time[kept], fold[kept], shift)
    tried: dict[str, list[Learned]] = dict(_regressions(seen, baseline))
    if sum_by_person(leaves, people).astype(bool).sum() >= TREES_FROM:
        tried[TREES] = [_grow(seen, without=k, random_state=random_state) for k in range(N_FOLDS)]
    odds = {name: _foretell(parts, known, time, fold) for name, parts in tried.items()}
    losses = {name: log_losses(told, leaves) for name, told in odds.items()}
    name = _best(losses, people)
    table = pl.DataFrame(
        {
            "model": list(tried),
            "log_loss": [float(loss.mean()) for loss in losses.values()],
            "is_chosen": [tried_name == name for tried_name in tried],
        },
        schema=CANDIDATES,
    )
    regression = min((n for n in losses if n != TREES), key=lambda n: float(losses[n].mean()))
    base = baseline.lay_out(time)
    penalty = _penalty(base.shape[1], known.shape[1], float(regression.split()[1]))
    fit = fit_logit(np.column_stack([base, known]), leaves, penalty=penalty, people=people)
    learned: Learned = LearnedLogit(baseline, fit)
    if name == TREES:
        learned = _grow(seen, without=None, random_state=random_state)
    slopes = fit.coefficients[1 + base.shape[1] :]
    return Choice(name, learned, slopes, tried[name], fold, odds[name], table)


@dataclass(frozen=True)
class Kept:
    """Rows on which candidates are compared: see `thin_out`."""

    known: Array
    leaves: Array
    time: Array
    fold: People
    shift: float

    def without(self, fold: int | None) -> "Kept":
        """Rows of the other folds."""
        rows = self.fold != fold
        return Kept(
            self.known[rows], self.leaves[rows], self.time[rows], self.fold[rows], self.shift
        )


def thin_out(leaves: Array, *, rng: np.random.Generator) -> tuple[People, float]:
    """All rows with leaving and some without, and how far that moves the log odds.

    Notes
    -----
    Months without leaving tell little beyond the first few for each one with. Drawing among them
    moves the intercept of a logistic regression and nothing else (Prentice & Pyke 1979).

    Examples
    --------
    >>> rows, shift = thin_out(np.array([1.0] + [0.0] * 30), rng=np.random.default_rng(0))
    >>> rows.size, round(shift, 3)
    (16, 0.693)
    """
    stays, left = np.flatnonzero(leaves <= 0), np.flatnonzero(leaves > 0)
    n = min(stays.size, STAYERS * left.size)
    if not 0 < n < stays.size:
        return np.arange(leaves.size), 0.0
    rows = np.sort(np.concatenate([left, rng.choice(stays, n, replace=False)]))
    return rows, float(np.log(stays.size / n))


def deal_folds(leaves: Array, people: People, *, rng: np.random.Generator) -> People:
    """The fold of each row: a customer's rows in one, leavers dealt out evenly."""
    persons, code = np.unique(people, return_inverse=True)
    left = np.zeros(persons.size, dtype=bool)
    np.logical_or.at(left, code, leaves > 0)
    order = np.concatenate(
        [rng.permutation(np.flatnonzero(left == side)) for side in (True, False)]
    )
    fold = np.empty(persons.size, dtype=np.int64)
    fold[order] = np.arange(persons.size) % N_FOLDS
    return np.asarray(fold[code], dtype=np.int64)


def _penalty(n_base: int, n_known: int, strength: float) -> Array:
    return np.concatenate([[0.0], np.full(n_base, _FREE), np.full(n_known, strength)])


def _regressions(seen: Kept, baseline: Baseline) -> dict[str, list[Learned]]:
    """What each penalty learns without each fold, from the strongest to the weakest."""
    found: dict[str, list[Learned]] = {f"logit {strength:g}": [] for strength in PENALTIES}
    for k in range(N_FOLDS):
        part, start = seen.without(k), None
        base = baseline.lay_out(part.time)
        columns = np.column_stack([base, part.known])
        offset = np.full(part.leaves.size, part.shift)
        for strength in PENALTIES:
            penalty = _penalty(base.shape[1], part.known.shape[1], strength)
            fit = fit_logit(columns, part.leaves, penalty=penalty, offset=offset, start=start)
            found[f"logit {strength:g}"].append(LearnedLogit(baseline, fit))
            start = fit.coefficients
    return found


def _foretell(parts: Sequence[Learned], known: Array, time: Array, fold: People) -> Array:
    log_odds = np.empty(time.size)
    for k, learned in enumerate(parts):
        log_odds[fold == k] = learned.log_odds(known[fold == k], time[fold == k])
    return log_odds


def _best(losses: dict[str, Array], people: People) -> str:
    """The regression with the least loss, or the trees where these beat it beyond chance."""
    regressions = {name: loss.mean() for name, loss in losses.items() if name != TREES}
    best = min(regressions, key=lambda name: regressions[name])
    if TREES not in losses:
        return best
    gain = losses[best] - losses[TREES]
    sums = sum_by_person(gain - gain.mean(), people)
    error = np.sqrt((sums**2).sum()) / gain.size
    return TREES if gain.mean() > error else best


def _with_time(known: Array, time: Array) -> Array:
    """Columns for trees; a time that is not known is a time before all others."""
    return np.column_stack([np.nan_to_num(time, nan=-1.0), known])


def _grow(seen: Kept, *, without: int | None, random_state: int) -> LearnedTrees:
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_limits

    part = seen.without(without)
    model = HistGradientBoostingClassifier(
        learning_rate=0.08, max_leaf_nodes=8, max_iter=100, min_samples_leaf=50,
        l2_regularization=1.0, early_stopping=False, random_state=random_state,
    )  # fmt: skip
    # Only what is loaded by now is limited: one thread, as many small steps wait for one another.
    with threadpool_limits(limits=1):
        grown = model.fit(_with_time(part.known, part.time), part.leaves > 0)
    return LearnedTrees(grown, part.shift)
