"""How well would a tone model read comments of people it has not met?

Unit of observation: a labelled comment. Every comment is read by a model that saw neither it nor
another comment of its respondent; the settings of that model are chosen within what it saw. Rows
are put in the order of their texts' digests first, so that the order they come in changes nothing.

It cannot tell how the model reads comments of another trade, company or year than those labelled.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cxresearch.models.text_design import (
    Counts,
    Design,
    Weights,
    chances,
    fit_words,
    join_blocks,
    split_people,
)
from cxresearch.transforms.intervals import Array

Tones = NDArray[np.str_]
Index = NDArray[np.int64]

N_FOLDS, N_INNER = 5, 4
CHOSEN_ON = 1_500
"""Settings are chosen on so many labels at most: more change the choice no longer."""
SETTINGS = tuple(
    Weights(words=words, c=c)
    for words, c in ((0.0, 0.1), (3.0, 0.1), (3.0, 0.3), (3.0, 1.0), (6.0, 0.1))
)
TILTS = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True)
class ToneModel:
    """A fitted model of tones.

    Attributes
    ----------
    classes
        The tones it knows, in the order of its columns.
    weights, tilt
        Settings chosen; see `decide`.
    prior
        Share of each tone among the labels, or among the comments they stand for.
    """

    design: Design
    model: Any
    classes: Tones
    weights: Weights
    tilt: float
    prior: Array

    def read(self, counts: Counts) -> Array:
        """Chance of each tone of texts already counted."""
        return chances(
            self.model, join_blocks(self.design.blocks(counts), words=self.weights.words)
        )

    def call(self, found: Array) -> Tones:
        """The tone of each text, from its chances."""
        return decide(found, self.prior, classes=self.classes, tilt=self.tilt)


@dataclass(frozen=True)
class OutOfFold:
    """What models that had not seen a comment nor its person say of it, a row a comment."""

    chances: Array
    labels: Tones


def sort_labelled(
    texts: Sequence[str | None], tones: Sequence[object], groups: Sequence[object] | None
) -> tuple[Index, Index]:
    """Places of the rows in the order of their texts' digests, and the person of each in it.

    Without groups, rows of the same text count as of the same person.
    """
    digests = [
        hashlib.sha256((text or "").encode("utf-8", "replace")).hexdigest() for text in texts
    ]
    people = [str(who) for who in groups] if groups is not None else digests
    keys = [f"{d} {tone} {who}" for d, tone, who in zip(digests, tones, people, strict=True)]
    order = np.array(sorted(range(len(keys)), key=keys.__getitem__), dtype=np.int64)
    named: dict[str, int] = {}
    codes = [named.setdefault(people[place], len(named)) for place in order.tolist()]
    return order, np.array(codes, dtype=np.int64)


def cross_fit(
    counts: Counts,
    tones: Tones,
    people: Index,
    *,
    weights: Array | None = None,
    random_state: int,
) -> OutOfFold:
    """Read every comment with a model that has met neither it nor its person."""
    classes, weights = np.unique(tones), _weights(tones, weights)
    found = np.zeros((tones.size, classes.size))
    labels = np.full(tones.size, "unknown", dtype="<U8")
    for seen, unseen in split_people(tones, people, n=N_FOLDS, random_state=random_state):
        # A word that a model has not seen has no weight in it, though it has a column.
        known = counts.take(seen), tones[seen], people[seen]
        model = fit_model(*known, weights=weights[seen], random_state=random_state)
        places = np.searchsorted(classes, model.classes)
        read = model.read(counts.take(unseen))
        found[np.ix_(unseen, places)] = read
        labels[unseen] = model.call(read)
    return OutOfFold(found, labels)


def fit_model(
    counts: Counts,
    tones: Tones,
    people: Index,
    *,
    weights: Array | None = None,
    random_state: int,
) -> ToneModel:
    """Choose the settings within these comments, then learn from all of them.

    Weights are the comments each stands for: settings, chances and shares are those of all.
    """
    known = _weights(tones, weights)
    chosen, tilt = _choose(counts, tones, people, known, random_state=random_state)
    design = Design(counts)
    matrix = join_blocks(design.blocks(counts), words=chosen.words)
    model = fit_words(matrix, tones, c=chosen.c, weights=known)
    prior = _shares(tones, model.classes_, known)
    return ToneModel(design, model, model.classes_, chosen, tilt, prior)


def decide(found: Array, prior: Array, *, classes: Tones, tilt: float) -> Tones:
    """The tone to call, from the chance of each.

    Parameters
    ----------
    tilt
        0 calls the likeliest tone; 1 the one whose chance rose most over its share. Where nine in
        ten comments are praise, a chance of 40 % that one is a complaint may be worth the call:
        the tilt is chosen by macro-F1, which weighs every tone alike.

    Examples
    --------
    >>> praise = np.array([[0.4, 0.6]])
    >>> both = np.array(["negative", "positive"])
    >>> [decide(praise, np.array([0.1, 0.9]), classes=both, tilt=t).item() for t in (0.0, 1.0)]
    ['positive', 'negative']
    """
    risen = np.log(np.maximum(found, 1e-12)) - tilt * np.log(np.maximum(prior, 1e-12))
    return np.asarray(classes[risen.argmax(axis=1)])


def _choose(
    counts: Counts, tones: Tones, people: Index, weights: Array, *, random_state: int
) -> tuple[Weights, float]:
    """The settings of least log-loss within these comments, then the tilt of best macro-F1.

    Its expectation is taken (Ye et al. 2012, "Optimizing F-measures", ICML).
    """
    from sklearn.metrics import log_loss

    # Rows are in the order of digests: the first are a fair sample.
    first = np.arange(min(tones.size, CHOSEN_ON))
    counts, tones, people, weights = counts.take(first), tones[first], people[first], weights[first]
    classes = np.unique(tones)
    found = np.zeros((len(SETTINGS), tones.size, classes.size))
    for seen, unseen in split_people(tones, people, n=N_INNER, random_state=random_state):
        design = Design(counts.take(seen))
        known, new = design.blocks(counts.take(seen)), design.blocks(counts.take(unseen))
        for place, setting in enumerate(SETTINGS):
            matrix = join_blocks(known, words=setting.words)
            model = fit_words(matrix, tones[seen], c=setting.c, weights=weights[seen])
            columns = np.searchsorted(classes, model.classes_)
            read = chances(model, join_blocks(new, words=setting.words))
            found[place][np.ix_(unseen, columns)] = read
    lost = [log_loss(tones, part, labels=classes, sample_weight=weights) for part in found]
    best = int(np.argmin(lost))
    prior = _shares(tones, classes, weights)
    hopes = [_expected_f1(found[best], prior, weights, classes=classes, tilt=t) for t in TILTS]
    return SETTINGS[best], TILTS[int(np.argmax(hopes))]


def _expected_f1(
    found: Array, prior: Array, weights: Array, *, classes: Tones, tilt: float
) -> float:
    """Macro-F1 as the chances themselves expect it: steadier than counting a few rare labels."""
    is_called = decide(found, prior, classes=classes, tilt=tilt)[:, None] == classes[None, :]
    right = weights @ (is_called * found)
    return float(np.mean(2 * right / (weights @ is_called + weights @ found)))


def _shares(tones: Tones, classes: Tones, weights: Array) -> Array:
    return np.array([np.average(tones == tone, weights=weights) for tone in classes])


def _weights(tones: Tones, weights: Array | None) -> Array:
    """Of mean one, so that the penalty on words is the same for drawn labels as for others."""
    return np.ones(tones.size) if weights is None else weights / weights.mean()
