"""Is a comment praise or complaint? First by the lexicon, then by what labelled comments teach.

Unit of observation: a comment. Before any fit the lexicon answers (cold start), and says `unknown`
where nothing speaks. From about 50 labels with both tones a model of words learns on top of it; it
replaces the lexicon only where it read the same comments better, without having seen them.

What a model learned elsewhere is worth: little. Words that betray praise of a hotel say nothing
about headphones, and a model of words taken to another trade reads worse than the lexicon does. So
a model is learned anew for every study, from its own labels or scores, and never carried over.

It cannot read what is meant but not written, and a model learned from scores knows two tones only.
"""

import warnings
from collections.abc import Iterable, Sequence
from typing import Any, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin

from cxresearch.contract import TONES
from cxresearch.errors import CxWarning, ParameterError
from cxresearch.models.text_reading import Reading, as_table, as_texts, read_texts
from cxresearch.models.tone_folds import ToneModel, cross_fit, fit_model, sort_labelled
from cxresearch.models.tone_labels import as_tones
from cxresearch.models.tone_scores import UNKNOWN, reliability, score_calls, score_chances
from cxresearch.models.tone_words import explain_cold, explain_model
from cxresearch.transforms.text import score_tone

LEAST_LABELS = 50
LEAST_OF_A_TONE = 8
"""A tone given less often is not learned; without both praise and complaint nothing is."""
MOST_LABELS = 20_000
"""Of more labels a fixed sample is learned from: the rest would change little and cost hours."""
COLD, LEARNED = "cold", "learned"
COMPARISON = {
    "approach": pl.String,
    **dict.fromkeys(("n", "n_respondents"), pl.Int64),
    **dict.fromkeys(
        ("macro_f1", "ci_low", "ci_high", "macro_f1_answered", "accuracy", "accuracy_low"),
        pl.Float64,
    ),
    **dict.fromkeys(("accuracy_high", "coverage", "log_loss", "brier", "ece"), pl.Float64),
    "is_kept": pl.Boolean,
}
"""A row an approach; log_loss, brier and ece only of what gives chances."""


class SentimentClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """The tone of comments, by lexicon or learned.

    Parameters
    ----------
    language
        `it` or `en` where a comment holds no evidence of its own language.
    scores
        nps, csat, stars, emoji or ces where `fit` is given scores; default see `as_tones`.
    encoder
        None, "e5" (the extra `embeddings`), or an object with encode(texts) -> array: its vectors
        are learned from beside the words.
    random_state
        Seed of the folds.

    Attributes
    ----------
    classes_
        The tones that `predict_proba` has a column for; those of the cold start where there is no
        model.
    is_learned_
        Whether the model answers: it had labels enough, and read better than the lexicon.
    n_labels_
        Comments with a tone that were learned from, or would have been.
    comparison_
        `COMPARISON`: both approaches on the same comments, the model on those it had not seen.
    reliability_
        Chances against how often they were right, see `tone_scores.reliability`; out of fold.
    out_of_fold_
        A row a comment given to `fit`, in its order: label, called, one `chance_` a tone; what the
        model says of it without having seen it. Null where there was nothing to learn from.
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
    ) -> Self:
        """Learn from labels, or from the customers' own scores.

        Parameters
        ----------
        texts
            Comments; None or blank ones are left out.
        scores_or_labels
            One a comment, see `as_tones`; None where there is none.
        groups
            Who wrote each (respondent_id): comments of one person are never both learned from and
            judged by. Default: the same text counts as one person.

        Returns
        -------
        SentimentClassifier
            Itself; with too few labels, or of one tone alone, it stays with the lexicon.

        Raises
        ------
        ParameterError
            The lengths differ, a label is no tone, or a score does not fit its scale.

        Warns
        -----
        CxWarning
            There was too little to learn from.
        """
        comments = as_texts(texts)
        tones, self.scores_ = as_tones(scores_or_labels, scores=self.scores)
        people = None if groups is None else list(groups)
        _check_lengths(len(comments), tones.size, people)
        rows = _usable(comments, tones)
        own = [comments[row] for row in rows]
        who = None if people is None else [people[row] for row in rows]
        order, codes = sort_labelled(own, tones[rows].tolist(), who)
        taken, codes = rows[order][:MOST_LABELS], codes[:MOST_LABELS]
        labels = tones[taken].astype(str)
        self.n_labels_ = int(taken.size)
        self.model_: ToneModel | None = None
        self.is_learned_, self.classes_ = False, np.array([*sorted(TONES), UNKNOWN])
        self.comparison_ = pl.DataFrame(schema=COMPARISON)
        self.reliability_ = pl.DataFrame()
        self.out_of_fold_ = _out_of_fold(len(comments), taken[:0], labels[:0], None, [])
        if _is_enough(labels):
            self._learn([comments[row] for row in taken], labels, codes, taken, n=len(comments))
        else:
            _warn_of_few(labels)
        return self

    def _learn(
        self,
        comments: Sequence[str | None],
        labels: NDArray[np.str_],
        people: NDArray[np.int64],
        rows: NDArray[np.int64],
        *,
        n: int,
    ) -> None:
        reading = read_texts(comments, language=self.language, encoder=self.encoder)
        found = cross_fit(reading, labels, people, random_state=self.random_state)
        model = fit_model(reading, labels, people, random_state=self.random_state)
        self.model_, self.classes_ = model, model.classes
        tones = model.classes.tolist()
        cold = score_calls(labels, reading.cold, people=people)
        learned = score_calls(labels, found.labels, people=people)
        learned |= score_chances(labels, found.chances, classes=tones)
        self.is_learned_ = learned["macro_f1"] > cold["macro_f1"]
        table = [
            {"approach": COLD, **cold, "is_kept": not self.is_learned_},
            {"approach": LEARNED, **learned, "is_kept": self.is_learned_},
        ]
        self.comparison_ = pl.DataFrame(table, schema=COMPARISON)
        self.reliability_ = reliability(labels, found.chances, classes=tones)
        called = found.labels if self.is_learned_ else reading.cold
        self.out_of_fold_ = _out_of_fold(n, rows, called, found.chances, tones)

    def predict(self, texts: Any) -> NDArray[np.str_]:
        """The tone of each text.

        Returns
        -------
        array of str
            positive, negative, neutral, mixed or unknown by the lexicon; the tones that were
            labelled, and unknown where nothing is written, by a model.
        """
        comments = as_texts(texts)
        if self._model is not None and self.is_learned_:
            return np.asarray(self._model.labels(self._read(comments)).astype("<U8"))
        return (
            score_tone(as_table(comments, language=self.language))["label"].to_numpy().astype("<U8")
        )

    def predict_proba(self, texts: Any) -> NDArray[np.float64]:
        """Chance of each of `classes_`, a row a text; of an empty text the shares among the labels.

        Always the model's, even where the lexicon's labels were kept.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            Nothing was learned, so there are no chances to give.
        """
        from sklearn.exceptions import NotFittedError

        if self._model is None:
            seen = f" ({self.n_labels_} were given)" if hasattr(self, "n_labels_") else ""
            raise NotFittedError(
                "chances come from a model, and none was learned.\n"
                f"  allowed: {LEAST_LABELS} labels or more with praise and complaint{seen}\n"
                "  next: fit(texts, scores_or_labels), or use predict, which needs no fit"
            )
        return self._model.chances(self._read(as_texts(texts)))

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
        if self._model is not None and self.is_learned_:
            return explain_model(self._model, self._read([text]))
        return explain_cold(text, language=self.language)

    def score(self, texts: Any, scores_or_labels: Iterable[object]) -> float:
        """Share of comments with a tone that `predict` calls rightly."""
        comments = as_texts(texts)
        tones, _ = as_tones(scores_or_labels, scores=self.scores)
        _check_lengths(len(comments), tones.size, None)
        rows = _usable(comments, tones)
        return float(np.mean(self.predict([comments[row] for row in rows]) == tones[rows]))

    @property
    def _model(self) -> ToneModel | None:
        return getattr(self, "model_", None)

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


def _check_lengths(n: int, n_tones: int, people: Sequence[object] | None) -> None:
    if n != n_tones or (people is not None and len(people) != n):
        groups = "" if people is None else f" and {len(people)} groups"
        raise ParameterError(
            f"{n} texts, {n_tones} labels{groups}",
            allowed="one label, and one group, a text",
            next_step="take all of them from the same rows of one table",
        )


def _usable(comments: Sequence[str | None], tones: NDArray[np.object_]) -> NDArray[np.int64]:
    """Rows with a text and a tone that is given often enough to be learned."""
    is_said = np.array([bool(text and text.strip()) for text in comments], dtype=bool)
    has_tone = np.array([tone is not None for tone in tones.tolist()], dtype=bool)
    known = tones[is_said & has_tone].astype(str)
    rare = [tone for tone in np.unique(known) if (known == tone).sum() < LEAST_OF_A_TONE]
    is_rare = np.isin(tones.astype(str), rare)
    return np.flatnonzero(is_said & has_tone & ~is_rare)


def _is_enough(labels: NDArray[np.str_]) -> bool:
    return labels.size >= LEAST_LABELS and {"positive", "negative"} <= set(labels.tolist())


def _warn_of_few(labels: NDArray[np.str_]) -> None:
    given = ", ".join(f"{(labels == t).sum()} {t}" for t in np.unique(labels)) or "none"
    warnings.warn(
        f"too few labels to learn from ({given}); the lexicon goes on answering. It takes "
        f"{LEAST_LABELS} with {LEAST_OF_A_TONE} or more each of praise and complaint: "
        "cxresearch label STUDY --n 200",
        CxWarning,
        stacklevel=3,
    )


def _out_of_fold(
    n: int,
    rows: NDArray[np.int64],
    called: NDArray[np.str_],
    chances: NDArray[np.float64] | None,
    classes: Sequence[str],
) -> pl.DataFrame:
    """What was said of each comment given to `fit`, null where it was not learned from."""
    index = np.full(n, -1)
    index[rows] = np.arange(rows.size)
    place = pl.Series(index).replace(-1, None)
    columns = {"called": pl.Series(called.astype(str), dtype=pl.String)}
    if chances is not None:
        columns |= {f"chance_{t}": pl.Series(chances[:, i]) for i, t in enumerate(classes)}
    return pl.DataFrame({name: column.gather(place) for name, column in columns.items()})
