"""Which tone does every comment of a study have, by the lexicon or by what was learned here?

Unit of observation: a comment. Two models may learn beside the lexicon: one from the labels people
gave, one from the scores customers gave beside their comments. Labels of people judge all three,
and the best one answers for every comment. Without labels enough the lexicon answers: scores cannot
judge what scores taught, and a tone that was learned from them proves nothing about them.

A comment that was learned from is read by a model that had not seen it nor its person, so that its
tone may stand beside its score without having been told it.

It cannot tell more tones than it was taught: a model of scores never says neutral or mixed.
"""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from cxresearch.errors import CxWarning, DataError, require_columns
from cxresearch.models.sentiment import SentimentClassifier
from cxresearch.models.tone_labels import tone_of_score
from cxresearch.models.tone_learning import COMPARISON
from cxresearch.models.tone_rows import CALLS
from cxresearch.models.tone_scores import score_calls
from cxresearch.transforms.scales import Table
from cxresearch.transforms.text import score_tone

LEXICON, LEARNED = "lexicon", "learned"
LABELS, SCORES = "labels", "scores"
APPROACHES = {"approach": pl.String, "judged_by": pl.String} | {
    name: dtype for name, dtype in COMPARISON.items() if name != "approach"
}
"""A row an approach: lexicon, labels, scores; judged by labels or by scores."""


@dataclass(frozen=True)
class ToneFit:
    """Result of `fit_tone`.

    Attributes
    ----------
    calls
        response_id, label, tone, probability, source, taught_by of the comments given.
    comparison
        What `tidy` returns.
    calibration
        Chances against how often they were right (`tone_scores.reliability`), out of fold; without
        rows where nothing was learned.
    kept
        lexicon, labels or scores: what answers. `augment` tells it of each comment as `taught_by`.
    model
        The classifier that answers; of `lexicon` one that was never fitted.
    """

    calls: pl.DataFrame
    comparison: pl.DataFrame
    calibration: pl.DataFrame
    kept: str
    model: SentimentClassifier

    def tidy(self) -> pl.DataFrame:
        """`APPROACHES`: n, n_respondents, macro_f1 (unknown counted as wrong), ci_low, ci_high,
        macro_f1_answered, accuracy, accuracy_low, accuracy_high, coverage, log_loss, brier, ece,
        is_kept. Each approach on comments it had not seen.
        """
        return self.comparison

    def glance(self) -> pl.DataFrame:
        """One row: kept, n (comments), n_unknown, n_labels, n_scores, judged_by and the figures of
        what was kept (null where there was nothing to judge by).
        """
        kept = self.comparison.filter("is_kept")
        told = self.calls.select(
            kept=pl.lit(self.kept), n=pl.len(), n_unknown=(pl.col("label") == "unknown").sum()
        )
        taught = dict(self.comparison.filter(pl.col("approach") != LEXICON)["approach", "n"].rows())
        counts = [pl.lit(taught.get(name, 0)).alias(f"n_{name}") for name in (LABELS, SCORES)]
        figures = (
            kept
            if kept.height
            else pl.DataFrame([[None] * len(APPROACHES)], APPROACHES, orient="row")
        )
        chosen = ("judged_by", "macro_f1", "ci_low", "ci_high", "accuracy", "coverage", "ece")
        return told.with_columns(counts).hstack(figures.select(chosen))

    def augment(self, comments: Table) -> pl.DataFrame:
        """Comments with label, tone, probability and source.

        Parameters
        ----------
        comments
            response_id, comment, language. Those that were learned from get what was said of them
            out of fold; others are read now.

        Returns
        -------
        pl.DataFrame
            The table with label (unknown among them), tone (-1 to 1: by a model the chance of
            praise less that of complaint), probability (of the label; null by the lexicon), source
            {lexicon, learned}, taught_by {labels, scores; null by the lexicon}, and evidence,
            emotion, is_sarcastic of the lexicon.
        """
        require_columns(comments, "response_id", "comment")
        frame = comments.lazy().collect().drop(*CALLS, "source", "taught_by", strict=False)
        known = self.calls.join(frame, on="response_id", how="semi")
        fresh = frame.join(known, on="response_id", how="anti").unique("response_id")
        calls = pl.concat([known, _read(fresh, self.model, self.kept)])
        scored = score_tone(frame).drop("label", "tone")
        return scored.join(calls, on="response_id", how="left", maintain_order="left")


def fit_tone(
    comments: Table,
    labels: Table | None = None,
    *,
    language: str | None = None,
    encoder: Any = None,
    random_state: int = 0,
) -> ToneFit:
    """Learn the tone of a study's comments from labels and from scores; keep what reads best.

    Parameters
    ----------
    comments
        As `read_comments`: response_id, respondent_id, comment; metric, score, scale_min, scale_max
        and high_is where scores are known.
    labels
        The contract table: response_id, coder, label. A comment that people read differently is
        learned with the label most gave it, and left out where they are even. Where its weight is
        known, it counts for the comments it stands for.
    language, encoder, random_state
        As `SentimentClassifier`.

    Returns
    -------
    ToneFit
        With `tidy()`, `glance()` and `augment(comments)`. Without labels enough to judge by the
        lexicon answers; that is no error.

    Raises
    ------
    DataError
        A column is missing, or a response_id repeats.
    """
    require_columns(comments, "response_id", "respondent_id", "comment")
    frame = comments.lazy().collect().sort("response_id")
    if frame["response_id"].is_duplicated().any():
        raise DataError("a response_id repeats among the comments", allowed="one row a comment")
    frame = _with_tones(frame, labels)
    options = {"language": language, "encoder": encoder, "random_state": random_state}
    fits = {name: _fit(frame, name, options) for name in (LABELS, SCORES)}
    cold = score_tone(frame.drop(LABELS, SCORES, WEIGHT)).select("response_id", *_COLD)
    frame = frame.join(cold, on="response_id", how="left", maintain_order="left")
    comparison, kept = _compare(frame, fits)
    model = fits.get(kept)
    model = SentimentClassifier(**options) if model is None else model
    calls = _read(frame, model, kept)
    if kept != LEXICON:
        calls = _unseen(calls, model)
    return ToneFit(
        calls=calls,
        comparison=comparison,
        calibration=pl.DataFrame() if kept == LEXICON else model.reliability_,
        kept=kept,
        model=model,
    )


_COLD = ("label", "tone")
WEIGHT = "stands_for"
"""Comments that a labelled one stands for, in any unit."""


def _with_tones(frame: pl.DataFrame, labels: Table | None) -> pl.DataFrame:
    """The comments with the tone people gave them, its weight, and what their score stands for."""
    parts = ("score", "metric", "scale_min", "scale_max", "high_is")
    is_rated = set(parts) <= set(frame.columns)
    rated = tone_of_score() if is_rated else pl.lit(None, pl.String)
    frame = frame.drop(LABELS, SCORES, "label", "tone", strict=False).with_columns(
        rated.alias(SCORES), pl.lit(1.0).alias(WEIGHT)
    )
    if labels is None:
        return frame.with_columns(pl.lit(None, pl.String).alias(LABELS))
    require_columns(labels, "response_id", "label")
    weighed = "weight" in labels.collect_schema()
    weight = pl.col("weight").cast(pl.Float64) if weighed else pl.lit(None, pl.Float64)
    votes = (
        labels.lazy()
        .with_columns(weight.alias(WEIGHT))
        .filter(pl.col("label").is_not_null(), pl.col(WEIGHT).fill_null(1.0) > 0)
        .group_by("response_id", "label")
        .agg(pl.col(WEIGHT).mean(), n=pl.len())
        .filter(pl.col("n") == pl.col("n").max().over("response_id"))
        .filter(pl.len().over("response_id") == 1)
        .select("response_id", WEIGHT, pl.col("label").alias(LABELS))
        .collect()
    )
    found = frame.drop(WEIGHT).join(votes, on="response_id", how="left", maintain_order="left")
    return found.with_columns(pl.col(WEIGHT).fill_null(pl.col(WEIGHT).mean()).fill_null(1.0))


def _fit(
    frame: pl.DataFrame, taught_by: str, options: dict[str, Any]
) -> SentimentClassifier | None:
    """The model of labels, or of scores; None where there are too few."""
    if frame[taught_by].drop_nulls().is_empty():
        return None
    model = SentimentClassifier(**options)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CxWarning)  # `tidy` shows what was not learned
        model.fit(
            frame["comment"],
            frame[taught_by],
            groups=frame["respondent_id"],
            # Only labelled comments were drawn; scores are all there are.
            sample_weight=frame[WEIGHT] if taught_by == LABELS else None,
        )
    return model if model.model_ is not None else None


def _compare(
    frame: pl.DataFrame, fits: dict[str, SentimentClassifier | None]
) -> tuple[pl.DataFrame, str]:
    """Lexicon and models on the same comments, by labels where a model learned from them.

    What scores taught is kept where labels judged it alone: its own teacher finds it right.
    """
    learned = {name: model for name, model in fits.items() if model is not None}
    if not learned:
        return pl.DataFrame(schema=APPROACHES), LEXICON
    judge = LABELS if LABELS in learned else SCORES
    taught = learned[judge].out_of_fold_["label"].is_not_null()
    truth = frame.filter(taught)
    calls = {LEXICON: truth["label"]} | {
        name: _unseen(model.read_learned(frame["comment"]), model)["label"].filter(taught)
        for name, model in learned.items()
    }
    rows = []
    for name, called in calls.items():
        found = score_calls(
            truth[judge].to_numpy().astype(str),
            called.to_numpy().astype(str),
            people=truth["respondent_id"].to_numpy(),
            weights=truth[WEIGHT].to_numpy() if judge == LABELS else None,
        )
        own = learned[name].comparison_.row(1, named=True) if name == judge else {}
        chances = {key: own.get(key) for key in ("log_loss", "brier", "ece")}
        rows.append({"approach": name, "judged_by": judge, **found, **chances})
    table = pl.DataFrame(rows, schema={k: v for k, v in APPROACHES.items() if k != "is_kept"})
    may = [name == LEXICON or (judge == LABELS and learned[name].is_learned_) for name in calls]
    best = int(np.argmax(np.where(may, table["macro_f1"].to_numpy(), -1.0)))
    kept = str(table["approach"][best])
    return table.with_columns(is_kept=pl.col("approach") == kept), kept


def _read(frame: pl.DataFrame, model: SentimentClassifier, kept: str) -> pl.DataFrame:
    """response_id, `CALLS`, source and taught_by of every comment, read now."""
    source, teacher = (LEXICON, None) if kept == LEXICON else (LEARNED, kept)
    said = model.augment(frame["comment"]).select(CALLS.keys())
    return (
        frame.select("response_id")
        .hstack(said)
        .with_columns(source=pl.lit(source), taught_by=pl.lit(teacher, pl.String))
    )


def _unseen(calls: pl.DataFrame, model: SentimentClassifier) -> pl.DataFrame:
    """The calls, of comments that were learned from what was said of them out of fold."""
    own = model.out_of_fold_
    is_own = own["label"].is_not_null()
    return calls.with_columns(
        pl.when(is_own).then(own[name]).otherwise(pl.col(name)).alias(name) for name in CALLS
    )
