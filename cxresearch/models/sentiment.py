"""Is a comment praise or complaint? First by the lexicon, then by what labelled comments teach.

Unit of observation: a comment. Before any fit the lexicon answers (cold start), and says `unknown`
where nothing speaks. From about 50 labels with both tones a model of words learns on top of it; it
replaces the lexicon only where it read the same comments better, without having seen them.

What a model learned elsewhere is worth: little. Words that betray praise of a hotel say nothing
about headphones. Of nine pairs of sets a model taken from one to the other lost up to 11 points of
macro-F1 against the lexicon in five and won at most 3 in four (`benchmarks/sentiment.md`). So
a model is learned anew for every study, from its own labels or scores, and never carried over.

It cannot read what is meant but not written, and a model learned from scores knows two tones only.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin

from cxresearch.contract import TONES
from cxresearch.errors import ParameterError
from cxresearch.models.text_design import Columns
from cxresearch.models.text_reading import Reading, as_table, as_texts, read_texts
from cxresearch.models.tone_folds import ToneModel
from cxresearch.models.tone_labels import as_tones
from cxresearch.models.tone_learning import COMPARISON, learn_tones
from cxresearch.models.tone_rows import (
    CALLS,
    as_weights,
    check_lengths,
    choose_rows,
    find_usable,
    is_enough,
    make_calls,
    no_chances,
    spread_over,
    tie_texts,
    warn_of_few,
)
from cxresearch.models.tone_scores import UNKNOWN
from cxresearch.models.tone_words import explain_cold, explain_model
from cxresearch.transforms.text import score_tone


class SentimentClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """The tone of comments, by lexicon or learned.

    Parameters
    ----------
    language
        `it` or `en` where a comment holds no evidence of its own language.
    scores
        nps, csat, stars, emoji or ces where `fit` is given scores; default see `as_tones`.
    encoder
        None, "e5" (extra `embeddings`), or an object with encode(texts) -> array, learned from too.
    random_state
        Seed of the folds.

    Attributes
    ----------
    classes_
        The tones of what answers: those learned, as `predict_proba` orders them, or the lexicon's.
    is_learned_
        Whether the model answers: it had labels enough, and read better than the lexicon.
    n_labels_, n_others_
        Comments with a tone that were learned from, or would have been; comments without one.
    comparison_
        `COMPARISON`: both approaches on the same comments, the model on those it had not seen.
    reliability_
        Chances against how often they were right, see `tone_scores.reliability`; out of fold.
    out_of_fold_
        `CALLS` of the comments given to `fit`: what the model says of each without having seen it
        nor its person. Null where it was not learned from.
    scores_
        What was given: labels, or the name of the score.

    Examples
    --------
    >>> tone = SentimentClassifier()
    >>> tone.predict(["Personale gentilissimo", "Never again, terrible service", "Binario 4"])
    array(['positive', 'negative', 'unknown'], dtype='<U8')
    """

    def __init__(
        self,
        *,
        language: str | None = None,
        scores: str | None = None,
        encoder: Any = None,
        random_state: int = 0,
    ) -> None:
        self.language = language
        self.scores = scores
        self.encoder = encoder
        self.random_state = random_state

    def fit(
        self,
        texts: Any,
        scores_or_labels: Iterable[object],
        *,
        groups: Iterable[object] | None = None,
        sample_weight: Iterable[float] | None = None,
    ) -> Self:
        """Learn from labels, or from the customers' own scores.

        Parameters
        ----------
        texts
            Comments; None or blank ones are left out.
        scores_or_labels
            One a comment, see `as_tones`; None where there is none. Give such comments too: their
            words are learned from by what the lexicon says of them.
        groups
            Who wrote each (respondent_id): comments of one person are never both learned from and
            judged by, nor are those in the same words. Default: each text by another person.
        sample_weight
            Comments each labelled one stands for (`weight` of a drawn gold set). Default: one.

        Returns
        -------
        SentimentClassifier
            Itself; with too few labels, or of one tone alone, it stays with the lexicon.

        Raises
        ------
        ParameterError
            The lengths differ, a label is no tone, a score does not fit its scale, or a weight is
            no number above 0.

        Warns
        -----
        CxWarning
            There was too little to learn from.
        """
        comments = as_texts(texts)
        tones, self.scores_ = as_tones(scores_or_labels, scores=self.scores)
        people = None if groups is None else list(groups)
        check_lengths(len(comments), tones.size, people)
        weights = as_weights(sample_weight, n=len(comments))
        rows, codes, is_own = choose_rows(comments, tones, people)
        taught = rows[is_own]
        labels = tones[taught].astype(str)
        self.n_labels_, self.n_others_ = int(labels.size), int(rows.size - labels.size)
        self.columns_: Columns | None = None
        self.model_: ToneModel | None = None
        self.is_learned_, self.classes_ = False, np.array([*sorted(TONES), UNKNOWN])
        self.comparison_ = pl.DataFrame(schema=COMPARISON)
        self.reliability_ = pl.DataFrame()
        nothing = pl.DataFrame(schema=CALLS)
        self.out_of_fold_ = spread_over(nothing, rows[:0], n=len(comments))
        ties = tie_texts([comments[row] for row in taught], codes[is_own])
        if is_enough(labels, ties):
            from threadpoolctl import threadpool_limits

            with threadpool_limits(1):  # many small fits: threads only wait for one another
                found = learn_tones(
                    self._read([comments[row] for row in rows]),
                    is_own,
                    labels,
                    codes,
                    ties=ties,
                    weights=weights[taught],
                    random_state=self.random_state,
                )
            self.columns_, self.model_ = found.columns, found.model
            self.comparison_, self.reliability_ = found.comparison, found.reliability
            self.is_learned_ = found.is_better
            self.classes_ = found.model.classes if found.is_better else self.classes_
            self.out_of_fold_ = spread_over(found.calls, taught, n=len(comments))
        else:
            warn_of_few(labels)
        return self

    def predict(self, texts: Any) -> NDArray[np.str_]:
        """The tone of each text.

        Returns
        -------
        array of str
            Of `classes_`; by a model unknown too, where nothing is written.
        """
        return np.asarray(self.augment(texts)["label"].to_numpy().astype("<U8"))

    def predict_proba(self, texts: Any) -> NDArray[np.float64]:
        """Chance of each of `classes_`, a row a text; of an empty text the shares among the labels.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            The lexicon answers, which gives no chances: nothing was learned, or nothing better.
        """
        comments = as_texts(texts)
        if not self._answers:
            is_worse = getattr(self, "model_", None) is not None
            raise no_chances(getattr(self, "n_labels_", None), is_worse=is_worse)
        return self._chances(self._read(comments))

    def augment(self, texts: Any) -> pl.DataFrame:
        """Label, tone and probability of each text, by what answers.

        Returns
        -------
        pl.DataFrame
            `CALLS`: label; tone (-1 to 1: by a model the chance of praise less that of complaint,
            null where unknown); probability of the label (null by the lexicon).
        """
        comments = as_texts(texts)
        if not self._answers:
            scored = score_tone(as_table(comments, language=self.language))
            return scored.select("label", "tone", probability=pl.lit(None, pl.Float64))
        return self.read_learned(comments)

    def read_learned(self, texts: Any) -> pl.DataFrame:
        """As `augment`, by the model even where the lexicon answers: to hold both side by side.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            Nothing was learned.
        """
        reading = self._read(as_texts(texts))
        chances = self._chances(reading)
        labels = np.where(reading.is_empty, UNKNOWN, self._known.call(chances)).astype("<U8")
        return make_calls(labels, chances, self._known.classes.tolist())

    def explain(self, text: str) -> pl.DataFrame:
        """The words of a text that carried its tone.

        Returns
        -------
        pl.DataFrame
            word, source {lexicon, learned}, contribution, rules. By the lexicon a row a hit with
            its strength (-3 to 3) and the rules that changed it. By a model a row a word or pair,
            then `(lexicon)`, `(punctuation)`, `(meaning)` of an encoder and `(usual)`, the share of
            praise among the labels: together they are the log-odds of praise against complaint.
        """
        if not isinstance(text, str):
            raise ParameterError(f"{text!r} is not a text", allowed="one text")
        if not self._answers:
            return explain_cold(text, language=self.language)
        return explain_model(self._known, self._columns, self._read([text]))

    def score(
        self,
        texts: Any,
        scores_or_labels: Iterable[object],
        sample_weight: Iterable[float] | None = None,
    ) -> float:
        """Share of comments with a tone that `predict` calls rightly; by weight where given."""
        comments = as_texts(texts)
        tones, _ = as_tones(scores_or_labels, scores=self.scores)
        check_lengths(len(comments), tones.size, None)
        weights = as_weights(sample_weight, n=len(comments))
        rows = np.flatnonzero(find_usable(comments, tones, least=1)[0])
        if not rows.size:
            return float("nan")
        is_right = self.predict([comments[row] for row in rows]) == tones[rows]
        return float(np.average(is_right, weights=weights[rows]))

    @property
    def _answers(self) -> bool:
        """Whether the model answers, not the lexicon."""
        return bool(getattr(self, "is_learned_", False))

    @property
    def _known(self) -> ToneModel:
        model: ToneModel | None = getattr(self, "model_", None)
        if model is None:
            raise no_chances(getattr(self, "n_labels_", None))
        return model

    def _chances(self, reading: Reading) -> NDArray[np.float64]:
        model = self._known
        if not len(reading):
            return np.zeros((0, model.classes.size))
        counts = self._columns.count(reading)
        return np.where(reading.is_empty[:, None], model.prior, model.read(counts))

    @property
    def _columns(self) -> Columns:
        assert self.columns_ is not None  # noqa: S101  made with the model
        return self.columns_

    def _read(self, comments: Sequence[str | None]) -> Reading:
        return read_texts(comments, language=self.language, encoder=self.encoder)

    def __sklearn_is_fitted__(self) -> bool:
        """Whether `fit` was called, with whatever outcome."""
        return hasattr(self, "is_learned_")

    def __sklearn_tags__(self) -> Any:
        """Takes texts, None among them."""
        tags = super().__sklearn_tags__()
        tags.input_tags.string, tags.input_tags.two_d_array = True, False
        tags.input_tags.allow_nan, tags.requires_fit = True, False
        return tags
