"""Which words go together, so that they make a theme?

Unit of observation: a word in a comment. Two words are near where they stand in the same comment
more often than chance puts them there (normalised pointwise mutual information); the map of all
such pairs is taken apart into themes. The number of themes is chosen so that two halves of the
comments give the same ones and many comments carry one. Base: the comments of one language.

It cannot find a theme that everybody puts in other words, or one of very few comments.
"""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cxresearch.models.content_words import ContentWords
from cxresearch.transforms.intervals import Array
from cxresearch.transforms.text.tokens import Ints

NUMBERS = (6, 8, 10, 12, 15)
"""Numbers of themes that are tried where none is asked for."""
MOST_WORDS = 800
"""The most frequent words make the map: time and memory grow with their square."""
MOST_FITTED = 50_000
"""Of more comments, every second, third, ... makes the themes; all are then assigned."""
MOST_SHARE = 0.5
"""A word in more than this share of comments is about everything."""
LEAST_TOGETHER = 3
"""Comments that two words share before they count as near."""
FREQUENCY = 0.25
"""Power of a word's frequency in the map: 0 favours rare words, 0.5 frequent ones."""
CARRIED_FROM = 0.5
"""Weight of a theme's words in a comment from which the comment carries it."""
TOP_WORDS = 6
LEAST_COHERENCE = 0.1
LEAST_WEIGHT = 0.15
MOST_TERMS = 20
N_HALVES = 2


@dataclass(frozen=True)
class Fitted:
    """Themes as weights of words.

    Attributes
    ----------
    weights
        Themes by words, 0-1; 1 is the theme's foremost word.
    word
        Position of each column in the words fitted on.
    coherence
        Of each theme: mean normalised mutual information of its foremost words, -1 to 1.
    stability
        Agreement of the themes of two halves of the comments, 0-1.
    """

    weights: Array
    word: Ints
    coherence: Array
    stability: float


def fit_themes(
    content: ContentWords, *, n_texts: int, n_themes: int | None, least: int, random_state: int
) -> Fitted | None:
    """Themes of the words of comments; None where no words go together.

    Parameters
    ----------
    content
        Words of comments that were put in an order of their own before.
    n_texts
        Comments, with or without words.
    n_themes
        Number of themes; None chooses among `NUMBERS`.
    least
        Comments in which a word must stand.

    Notes
    -----
    The map holds, for each pair of words, normalised mutual information (Bouma 2009) times the
    fourth root of both frequencies; non-negative factors (Lee & Seung 1999) from a start without
    chance (NNDSVD, Boutsidis & Gallopoulos 2008). Measured against factors of TF-IDF and k-means
    in ``benchmarks/themes.md``.
    """
    content, n_texts, least = _thinned(content, n_texts=n_texts, least=least)
    word = _words_of_map(content, n_texts=n_texts, least=least)
    if len(word) < TOP_WORDS:
        return None
    held = _incidence(content, word, n_texts)
    whole = _together(held)
    halves = _halves(held, random_state=random_state)
    tried = [n_themes] if n_themes else [n for n in NUMBERS if n * TOP_WORDS <= len(word)]
    tried = [min(n, len(word) // 2) for n in tried or NUMBERS[:1]]
    agreement = {
        n: _agreement(halves, n, n_texts=n_texts / 2, random_state=random_state) for n in tried
    }
    fits = [
        _coherent(
            _factors(whole, n, n_texts=n_texts, random_state=random_state),
            whole,
            word,
            n_texts=n_texts,
            stability=agreement[n],
        )
        for n in agreement
    ]
    best = max(fits, key=lambda fit: round(fit.stability * _coverage(fit, held), 6))
    return best if len(best.weights) else None


def _coherent(
    factors: Array, together: Array, word: Ints, *, n_texts: int, stability: float
) -> Fitted:
    """The themes whose words go together."""
    coherence = _coherence(factors, together, n_texts=n_texts)
    weights = _sharpened(factors)
    kept = (coherence > LEAST_COHERENCE) & (weights > 0).any(axis=1)
    return Fitted(weights[kept], word, coherence[kept], stability)


def _coverage(fit: Fitted, held: Any) -> float:
    """Share of comments with a theme."""
    if not len(fit.weights):
        return 0.0
    return float(((held @ fit.weights.T) >= CARRIED_FROM).any(axis=1).mean())


def _thinned(content: ContentWords, *, n_texts: int, least: int) -> tuple[ContentWords, int, int]:
    """Every so many comments of the order they are in, and the counts that go with them."""
    step = -(-n_texts // MOST_FITTED)
    if step <= 1:
        return content, n_texts, least
    inside = content.row % step == 0
    row, word = content.row[inside] // step, content.word[inside]
    counts = np.bincount(word, minlength=content.words.height)
    words = content.words.with_columns(pl.Series("n", counts))
    return ContentWords(row, word, words), -(-n_texts // step), max(1, least // step)


def _words_of_map(content: ContentWords, *, n_texts: int, least: int) -> Ints:
    """Single words, neither rare nor everywhere; the most frequent of them, in order."""
    n = content.words["n"].to_numpy()
    single = ~content.words["is_pair"].to_numpy()
    fits = np.flatnonzero(single & (n >= least) & (n <= MOST_SHARE * n_texts))
    frequent = fits[np.argsort(-n[fits], kind="stable")[:MOST_WORDS]]
    return np.sort(frequent)


def _incidence(content: ContentWords, word: Ints, n_texts: int) -> Any:
    """Comments by words of the map, 1 where the word stands in the comment."""
    from scipy.sparse import csr_array

    column = np.full(content.words.height, -1)
    column[word] = np.arange(len(word))
    inside = column[content.word] >= 0
    cells = (content.row[inside], column[content.word[inside]])
    return csr_array((np.ones(inside.sum()), cells), shape=(n_texts, len(word)))


def _together(held: Any) -> Array:
    """Comments in which two words stand both; on the diagonal those of a word."""
    return np.asarray((held.T @ held).todense(), dtype=float)


def _halves(held: Any, *, random_state: int) -> list[tuple[Array, Array]]:
    """Counts of two halves of the comments, drawn more than once."""
    rng = np.random.default_rng(random_state)
    drawn = [rng.permutation(held.shape[0]) for _ in range(N_HALVES)]
    cuts = [np.split(rows, [held.shape[0] // 2]) for rows in drawn]
    return [(_together(held[np.sort(a)]), _together(held[np.sort(b)])) for a, b in cuts]


def _mutual_information(together: Array, *, n_texts: float) -> Array:
    """Normalised pointwise mutual information of each pair; -1 where they never meet."""
    alone = np.maximum(np.diag(together), 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = together / n_texts
        pointwise = np.log(together * n_texts / np.outer(alone, alone)) / -np.log(share)
    return np.where(together > 0, np.nan_to_num(pointwise, nan=1.0), -1.0)


def _factors(together: Array, n: int, *, n_texts: float, random_state: int) -> Array:
    """Themes by words, each of length 1 and with figures that rounding cannot move."""
    from sklearn.decomposition import NMF
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    alone = np.diag(together)
    near = _mutual_information(together, n_texts=n_texts)
    near[together < LEAST_TOGETHER] = 0
    np.fill_diagonal(near, 0)
    frequency = alone**FREQUENCY
    map_of_words = np.maximum(near, 0) * np.outer(frequency, frequency)
    model = NMF(n, init="nndsvda", tol=1e-3, max_iter=200, random_state=random_state)
    # One thread: the same figures on every machine, and small matrices gain nothing from more.
    with warnings.catch_warnings(), threadpool_limits(limits=1):
        warnings.simplefilter("ignore", ConvergenceWarning)  # stopped early is near enough
        model.fit(map_of_words)
    factors = np.asarray(model.components_, dtype=float)
    length = np.linalg.norm(factors, axis=1, keepdims=True)
    return np.round(factors / np.where(length > 0, length, 1), 8)


def _agreement(
    halves: list[tuple[Array, Array]], n: int, *, n_texts: float, random_state: int
) -> float:
    """Mean cosine of the themes of one half with those of the other, matched one to one."""
    fits = [
        [_factors(half, n, n_texts=n_texts, random_state=random_state) for half in both]
        for both in halves
    ]
    found = [match(first, second)[2].mean() for first, second in fits]
    return round(float(np.mean(found)), 6)


def match(first: Array, second: Array) -> tuple[NDArray[Any], NDArray[Any], Array]:
    """Rows of two matrices of unit rows matched one to one: their positions and cosines.

    Notes
    -----
    The assignment of greatest total similarity (Kuhn 1955, the Hungarian method).
    """
    from scipy.optimize import linear_sum_assignment

    cosine = first @ second.T
    rows, columns = linear_sum_assignment(-cosine)
    return rows, columns, cosine[rows, columns]


def _coherence(factors: Array, together: Array, *, n_texts: int) -> Array:
    """Mean mutual information of the foremost words of each theme (Newman et al. 2010)."""
    information = _mutual_information(together, n_texts=n_texts)
    top = np.argsort(-factors, axis=1, kind="stable")[:, :TOP_WORDS]
    upper = np.triu_indices(TOP_WORDS, 1)
    near = np.maximum(information, 0)  # never together says little where both are rare
    return np.array([near[np.ix_(words, words)][upper].mean() for words in top])


def _sharpened(factors: Array) -> Array:
    """The foremost words of each theme; a word of several themes counts less in each."""
    total = factors.sum(axis=0, keepdims=True)
    own = factors * np.divide(factors, total, out=np.zeros_like(factors), where=total > 0)
    most = own.max(axis=1, keepdims=True)
    weights = np.divide(own, most, out=np.zeros_like(own), where=most > 0)
    least = np.sort(weights, axis=1)[:, ::-1][:, min(MOST_TERMS, weights.shape[1]) - 1]
    return np.where(weights >= np.maximum(least[:, None], LEAST_WEIGHT), weights, 0.0)
