"""Which touchpoint is a comment about that names none? Learned from comments asked at touchpoints.

Unit of observation: a comment. One logistic regression a touchpoint, and one for "none of them"
(comments about the whole that name nothing), on the words, pairs of words and pieces of words.
Its word is checked on people it has not met; how often it was right there, for comments of which it
was as sure, is the confidence. Comments about the whole count as wrong there, whatever they mean,
so the confidence errs low.

It cannot route to a touchpoint that nobody was asked at.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cxresearch.transforms.intervals import Array, normal_quantile, wilson

NOWHERE = ""
"""The class of comments about the whole that name nothing."""

LEAST_LABELLED = 200
"""Labelled comments from which the words of touchpoints are learned."""
LEAST_PEOPLE = 20
"""People behind a touchpoint from which it is learned."""
MOST_LEARNED = 5_000
"""Comments that are learned from at most, a fixed draw: more change little and slow all."""
N_FOLDS = 5
RIGHT_AT_LEAST = 0.8
"""Routed comments are to be right four times in five, by the low end of its interval."""
CONFIDENCES = tuple(round(0.5 + 0.05 * step, 2) for step in range(10))
"""Least confidences that are tried, from as likely right as wrong; the lowest that keeps
`RIGHT_AT_LEAST` is taken."""

Texts = NDArray[np.object_]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Router:
    """A fitted model of touchpoints.

    Attributes
    ----------
    least
        Confidence from which a comment is routed; None where no confidence is right often enough.
    error
        Expected calibration error of the confidence (mean distance from how often it was right).
    seen
        Comments read by models that had met neither them nor their person: key, guess, confidence.
    """

    columns: Any
    model: Any
    slope: tuple[float, float]
    least: float | None
    error: float
    seen: pl.DataFrame

    def guess(self, texts: Texts) -> tuple[Texts, Array]:
        """The likeliest touchpoint of each text, and the confidence that it is right."""
        found = self.model.predict_proba(self.columns.transform(texts))
        place, chance = _best(found, self.model.classes_)
        return place, _confidence(chance, self.slope)


def why_not_learned(labelled: pl.DataFrame) -> str | None:
    """Why nothing can be learned: `few_comments`, `one_touchpoint`, or None where it can.

    Parameters
    ----------
    labelled
        A row a comment whose touchpoint is known: touchpoint, person.
    """
    if labelled.height < LEAST_LABELLED:
        return "few_comments"
    return "one_touchpoint" if learnable(labelled).height < 2 else None


def learnable(labelled: pl.DataFrame) -> pl.DataFrame:
    """The touchpoints with enough people to learn from: touchpoint."""
    people = labelled.group_by("touchpoint").agg(pl.col("person").n_unique())
    return people.filter(pl.col("person") >= LEAST_PEOPLE).select("touchpoint").sort("touchpoint")


def fit_router(table: pl.DataFrame, *, random_state: int = 0) -> Router:
    """Learn the touchpoint of comments and check it on people not met.

    Parameters
    ----------
    table
        A row a comment: key (unique), person, text (folded), touchpoint (`NOWHERE` for one about
        the whole that names nothing).
    random_state
        Seed of folds.

    Returns
    -------
    Router
        The same for any order of the rows.
    """
    table = _drawn(table)
    texts, truth = table["text"].to_numpy(), table["touchpoint"].to_numpy()
    person = table["person"].rank("dense").to_numpy()
    guess, chance = np.full(truth.size, NOWHERE, dtype=object), np.zeros(truth.size)
    columns = _columns()
    matrix = columns.fit_transform(texts)  # how rare words are; nothing of touchpoints
    for known, new in _folds(truth, person, random_state=random_state):
        model = _fit(matrix[known], truth[known])
        guess[new], chance[new] = _best(model.predict_proba(matrix[new]), model.classes_)
    right = (guess == truth) & (truth != NOWHERE)
    slope = _calibrate(chance, right)
    confidence = _confidence(chance, slope)
    return Router(
        columns=columns,
        model=_fit(matrix, truth),
        slope=slope,
        least=least_confidence(confidence, right),
        error=calibration_error(confidence, right),
        seen=table.select("key").with_columns(
            guess=pl.Series(guess.astype(str)), confidence=pl.Series(confidence)
        ),
    )


def least_confidence(confidence: Array, right: Flags) -> float | None:
    """The lowest of `CONFIDENCES` from which at least `RIGHT_AT_LEAST` are right, beyond chance.

    Examples
    --------
    >>> sure = np.repeat([0.6, 0.9], 100)
    >>> least_confidence(sure, np.repeat([False, True], 100))
    0.65
    """
    z = normal_quantile(0.95)
    for least in CONFIDENCES:
        routed = confidence >= least
        if routed.any():
            n = np.array([float(routed.sum())])
            low, _ = wilson(share=np.array([right[routed].mean()]), n=n, z=z)
            if low[0] >= RIGHT_AT_LEAST:
                return least
    return None


def calibration_error(confidence: Array, right: Flags, *, n_bins: int = 10) -> float:
    """Mean distance between confidence and how often it was right (Guo et al. 2017, ICML).

    Examples
    --------
    >>> round(calibration_error(np.full(4, 0.75), np.array([True, True, False, False])), 2)
    0.25
    """
    bins = np.minimum((confidence * n_bins).astype(int), n_bins - 1)
    gap = np.bincount(bins, weights=confidence - right)
    return float(np.abs(gap).sum() / confidence.size)


def _drawn(table: pl.DataFrame) -> pl.DataFrame:
    """At most `MOST_LEARNED` comments in an order that depends on their keys alone."""
    digest = [hashlib.sha256(key.encode()).hexdigest() for key in table["key"].cast(pl.String)]
    ordered = table.with_columns(_digest=pl.Series(digest, dtype=pl.String)).sort("_digest")
    return ordered.drop("_digest").head(MOST_LEARNED)


def _folds(truth: Texts, person: Array, *, random_state: int) -> Any:
    from sklearn.model_selection import StratifiedGroupKFold

    split = StratifiedGroupKFold(N_FOLDS, shuffle=True, random_state=random_state)
    return split.split(np.zeros(truth.size), truth.astype(str), person)


def _columns() -> Any:
    """Words, pairs of words and pieces of words, each weighed by how rare it is."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_union

    words = {"token_pattern": r"\S+", "ngram_range": (1, 2), "min_df": 2}
    pieces = {"analyzer": "char_wb", "ngram_range": (3, 5), "min_df": 3}
    return make_union(*(TfidfVectorizer(sublinear_tf=True, **kind) for kind in (words, pieces)))


def _fit(matrix: Any, truth: Texts) -> Any:
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsRestClassifier

    # The dual is solved in a thirtieth of the time where a text has few of many columns.
    one = LogisticRegression(C=3.0, solver="liblinear", dual=True, tol=1e-2, random_state=0)
    return OneVsRestClassifier(one).fit(matrix, truth.astype(str))


def _best(chances: Array, classes: NDArray[Any]) -> tuple[Texts, Array]:
    """The likeliest touchpoint of each row and its chance; being about none is no touchpoint."""
    places = np.flatnonzero(classes != NOWHERE)
    best = places[chances[:, places].argmax(axis=1)]
    return classes[best].astype(object), chances[np.arange(len(best)), best]


def _log_odds(chance: Array) -> Array:
    kept = np.clip(chance, 1e-6, 1 - 1e-6)
    return np.log(kept / (1 - kept))


def _calibrate(chance: Array, right: Flags) -> tuple[float, float]:
    """Intercept and slope that turn a chance into how often it is right (Platt 1999)."""
    from sklearn.linear_model import LogisticRegression

    if right.all() or not right.any():
        return 0.0, 1.0
    found = LogisticRegression(C=1e6).fit(_log_odds(chance)[:, None], right)
    return float(found.intercept_[0]), float(found.coef_[0, 0])


def _confidence(chance: Array, slope: tuple[float, float]) -> Array:
    return np.asarray(1 / (1 + np.exp(-(slope[0] + slope[1] * _log_odds(chance)))))
