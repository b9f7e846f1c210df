"""Which columns does a tone model learn from? Words, pieces of words, what the lexicon says.

Unit of observation: a text as read (`text_reading`). Three blocks stand side by side: single words
and pairs, pieces of 3 to 5 letters within a word (endings and typing slips), and the signals of the
lexicon, standardised, so that the penalty that tames thousands of words leaves them alone. A fourth
block are the vectors of an encoder, where one is given.

A last signal is the echo: what the words of a comment say, learned from what the lexicon called
other comments, labelled or not. Words that stand beside praise come to mean praise.

Words are counted once (`Columns`); how rare each is, and the spread of the signals, is found anew
in what each model may see (`Design`).

It cannot hold the order of words beyond pairs.
"""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cxresearch.models.text_reading import Reading
from cxresearch.transforms.intervals import Array

RARE_FROM = 1_500
"""From so many texts a word must occur twice: what occurs once teaches nothing and slows all."""


@dataclass(frozen=True)
class Weights:
    """How much words and vectors weigh beside the signals of the lexicon, and the penalty on all.

    Attributes
    ----------
    words
        Factor of the blocks of words; 0 leaves them out.
    c
        Inverse strength of the penalty, as LogisticRegression's C.
    """

    words: float
    c: float


@dataclass(frozen=True)
class Counts:
    """Texts as counts of words and of pieces (sparse), signals and vectors, a row a text."""

    words: Any
    pieces: Any
    signals: Array
    vectors: Array | None

    def take(self, index: NDArray[Any]) -> "Counts":
        """The texts at these places."""
        vectors = None if self.vectors is None else self.vectors[index]
        return replace(
            self,
            words=self.words[index],
            pieces=self.pieces[index],
            signals=self.signals[index],
            vectors=vectors,
        )


class Columns:
    """The words and pieces that occur in some texts, and the echo of the lexicon in them."""

    def __init__(self, reading: Reading) -> None:
        self.echo: Echo | None = None
        from sklearn.feature_extraction.text import CountVectorizer

        pairs = {"token_pattern": r"\S+", "ngram_range": (1, 2)}
        rare = {"min_df": 2 if len(reading) >= RARE_FROM else 1, "lowercase": False}
        self._words = CountVectorizer(**pairs, **rare)
        self._pieces = CountVectorizer(analyzer="char_wb", ngram_range=(3, 5), **rare)
        self._words.fit(reading.words)
        self._pieces.fit(reading.words)

    def listen(self, reading: Reading, people: NDArray[np.int64], *, random_state: int) -> Counts:
        """The counts of the texts themselves; none hears its own echo, nor that of its person."""
        counts = self._count(reading)
        if not _is_heard(reading.cold, people):
            return counts
        own, sides = np.zeros(len(reading)), np.where(reading.cold == _SIDES[1], *_SIDES[::-1])
        for seen, unseen in split_people(sides, people, n=_FOLDS, random_state=random_state):
            echo = Echo(counts.words[seen], reading.cold[seen])
            own[unseen] = echo.hear(counts.words[unseen])
        self.echo = Echo(counts.words, reading.cold)
        return replace(counts, signals=np.column_stack([counts.signals, own]))

    def count(self, reading: Reading) -> Counts:
        """The counts of new texts."""
        counts = self._count(reading)
        if self.echo is None:
            return counts
        heard = self.echo.hear(counts.words)
        return replace(counts, signals=np.column_stack([counts.signals, heard]))

    def _count(self, reading: Reading) -> Counts:
        return Counts(
            words=self._words.transform(reading.words).astype(float),
            pieces=self._pieces.transform(reading.words).astype(float),
            signals=reading.signals,
            vectors=reading.vectors,
        )

    def names(self) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
        """The words and pairs, the pieces."""
        return self._words.get_feature_names_out(), self._pieces.get_feature_names_out()


class Echo:
    """What words say of praise against complaint, learned from the calls of the lexicon alone."""

    def __init__(self, words: Any, cold: NDArray[np.str_]) -> None:
        is_called = np.flatnonzero(np.isin(cold, _SIDES))
        self.rarity = _rarity(words[is_called])
        model = fit_words(_tfidf(words[is_called], self.rarity), cold[is_called], c=_ECHO_C)
        self.slopes, self.start = model.coef_[0], float(model.intercept_[0])

    def parts(self, words: Any) -> Array:
        """What each word of one text adds, a column each."""
        found = np.zeros(self.rarity.size)
        found[self.rarity > 0] = _tfidf(words, self.rarity).toarray()[0] * self.slopes
        return found

    def hear(self, words: Any) -> Array:
        """Log-odds of praise, a text each."""
        return np.asarray(_tfidf(words, self.rarity) @ self.slopes + self.start)


_SIDES = ("positive", "negative")
_ECHO_C = 3.0
_FOLDS = 5
_LEAST_HEARD = 20
"""People whose comments the lexicon must call praise, and complaint, for words to echo."""


def _is_heard(cold: NDArray[np.str_], people: NDArray[np.int64]) -> bool:
    return all(np.unique(people[cold == side]).size >= _LEAST_HEARD for side in _SIDES)


def split_people(
    tones: NDArray[np.str_], people: NDArray[np.int64], *, n: int, random_state: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Places seen and unseen, fold by fold: nobody is in both, each fold has its share of tones."""
    from sklearn.model_selection import StratifiedGroupKFold

    split = StratifiedGroupKFold(n, shuffle=True, random_state=random_state)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a rare tone may be missing in a fold
        folds = list(split.split(np.zeros(tones.size), tones, people))
    yield from folds


class Design:
    """What a model may know of its columns: how rare each word is, how the signals spread."""

    def __init__(self, seen: Counts) -> None:
        from sklearn.preprocessing import StandardScaler

        self.rarity = _rarity(seen.words), _rarity(seen.pieces)
        self.scale = StandardScaler().fit(seen.signals)
        self._centre: Array | None = None
        if seen.vectors is not None:
            self._centre = seen.vectors.mean(axis=0)
            spread = float(np.linalg.norm(seen.vectors - self._centre, axis=1).mean())
            self._reach = _VECTORS / (spread or 1.0)

    def blocks(self, counts: Counts) -> list[Any]:
        """words, pieces, signals and, where there is an encoder, vectors."""
        from scipy.sparse import csr_array

        found = [
            _tfidf(counts.words, self.rarity[0]),
            _tfidf(counts.pieces, self.rarity[1]),
            csr_array(np.clip(self.scale.transform(counts.signals), -_FURTHEST, _FURTHEST)),
        ]
        if self._centre is not None and counts.vectors is not None:
            found.append(csr_array((counts.vectors - self._centre) * self._reach))
        return found


_FURTHEST = 3.0
"""Spreads from the mean at which a signal ends: a text a hundred times longer proves no more."""
_VECTORS = 3.0
"""Mean length of a text's vector beside the signals, each of which has a spread of one."""


def _rarity(counts: Any) -> Array:
    """Inverse document frequency, smoothed; 0 where a word was not seen."""
    n = counts.shape[0]
    met = np.asarray((counts > 0).sum(axis=0)).ravel()
    return np.where(met > 0, np.log((1 + n) / (1 + met)) + 1, 0.0)


def _tfidf(counts: Any, rarity: Array) -> Any:
    """Sublinear counts times rarity, each text of length 1 (Salton & Buckley 1988)."""
    from scipy.sparse import csr_array
    from sklearn.preprocessing import normalize

    weighed = csr_array(counts[:, np.flatnonzero(rarity)])
    weighed.data = np.log(weighed.data) + 1
    return normalize(weighed.multiply(rarity[rarity > 0][None, :]).tocsr(), copy=False)


def join_blocks(blocks: list[Any], *, words: float) -> Any:
    """One sparse matrix of the blocks; words and pieces times their weight."""
    from scipy.sparse import csr_array, hstack

    text, pieces, *rest = blocks
    kept = rest if words == 0 else [text * words, pieces * words, *rest]
    return csr_array(hstack(kept, format="csr"))


def fit_words(
    matrix: Any, tones: NDArray[np.str_], *, c: float, weights: Array | None = None
) -> Any:
    """A logistic regression of the tones on the columns; weights as times a text counts."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=c, max_iter=2_000, tol=1e-3)
    return model.fit(matrix, tones, sample_weight=weights)


def chances(model: Any, matrix: Any) -> Array:
    """Chance of each tone, a column each in the order of `model.classes_`."""
    return np.asarray(model.predict_proba(matrix), dtype=float)
