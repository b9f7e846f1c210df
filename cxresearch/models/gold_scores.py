"""How often are called tones what people read, by language, and do people agree among themselves?

Unit of observation: a label, weighted back to all comments where its weight is known. A comment
that two people labelled counts half for each. Base: labelled comments; one left unknown is wrong.

It cannot be surer than the labellers: their agreement stands beside every figure.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from cxresearch.errors import DataError, require_columns
from cxresearch.models.tone_scores import UNKNOWN, reliability, score_calls
from cxresearch.transforms.intervals import normal_quantile
from cxresearch.transforms.scales import Table

ALL = "all"
_FIGURES = (
    *("n", "n_respondents", "coverage", "macro_f1", "ci_low", "ci_high", "macro_f1_answered"),
    *("accuracy", "accuracy_low", "accuracy_high"),
)


@dataclass(frozen=True)
class GoldScores:
    """Result of `measure_gold`.

    Attributes
    ----------
    languages
        What `tidy` returns.
    confusion
        label, called, n, share (weighted, of all with that label).
    calibration
        As `tone_scores.reliability`; empty where no chance is known.
    agreement
        One row: n (comments that two or more labelled), n_coders, share_agreed (of their pairs),
        alpha, ci_low, ci_high. Empty where nobody labelled twice.
    """

    languages: pl.DataFrame
    confusion: pl.DataFrame
    calibration: pl.DataFrame
    agreement: pl.DataFrame

    def tidy(self) -> pl.DataFrame:
        """A row a language, `all` first: n (labels), n_respondents, coverage, macro_f1, ci_low,
        ci_high, macro_f1_answered, accuracy, accuracy_low, accuracy_high, n_comments, is_weighted.
        """
        return self.languages

    def glance(self) -> pl.DataFrame:
        """One row: the figures of all languages together, alpha and n_both of the labellers."""
        both = self.agreement.select("alpha", n_both="n")
        if both.is_empty():
            both = pl.DataFrame({"alpha": [None], "n_both": [0]}, schema_overrides=_AGREED)
        return self.languages.filter(pl.col("language") == ALL).hstack(both)


_AGREED = {"alpha": pl.Float64, "n_both": pl.UInt32}


def measure_gold(called: Table, labels: Table, *, confidence: float = 0.95) -> GoldScores:
    """Hold called tones against the labels that people gave.

    Parameters
    ----------
    called
        A row a comment: response_id, respondent_id, language, label (unknown among them); and
        probability, the chance of that label, where it is known. Of a learned model: what it says
        of comments it has not seen, as `fit_tone(...).augment` gives.
    labels
        The contract table: response_id, coder, label, weight. Null labels are left out.
    confidence
        Of the intervals.

    Raises
    ------
    DataError
        A column is missing, or none of the labels is of these comments.
    """
    require_columns(called, "response_id", "respondent_id", "language", "label")
    require_columns(labels, "response_id", "coder", "label")
    given = labels.lazy().filter(pl.col("label").is_not_null()).collect()
    calls = called.lazy().rename({"label": "called"}).collect()
    gold = _join(given, calls)
    languages = [_figures(gold, ALL, confidence=confidence)]
    languages += [
        _figures(part, str(name), confidence=confidence)
        for (name,), part in gold.sort("language").group_by("language", maintain_order=True)
        if name is not None
    ]
    return GoldScores(
        languages=pl.DataFrame(languages, infer_schema_length=None),
        confusion=_confusion(gold),
        calibration=_calibration(gold, confidence=confidence),
        agreement=agreement(given, confidence=confidence),
    )


def _join(given: pl.DataFrame, calls: pl.DataFrame) -> pl.DataFrame:
    names = ["response_id", "respondent_id", "language", "called"]
    names += ["probability"] if "probability" in calls.columns else []
    weight = pl.col("weight") if "weight" in given.columns else pl.lit(None, pl.Float64)
    each = weight.fill_null(weight.mean()).fill_null(1.0) / pl.len().over("response_id")
    is_weighted = weight.is_not_null()
    gold = given.with_columns(w=each, is_weighted=is_weighted).join(
        calls.select(names), on="response_id"
    )
    if gold.is_empty():
        raise DataError(
            f"none of the {given.height} labels is of these comments",
            allowed="labels of comments in the table",
            next_step="draw comments of this study: cxresearch label STUDY --n 200",
        )
    return gold.sort("response_id", "coder")


def _figures(gold: pl.DataFrame, language: str, *, confidence: float) -> dict[str, Any]:
    found = score_calls(
        gold["label"].to_numpy().astype(str),
        gold["called"].to_numpy().astype(str),
        people=gold["respondent_id"].to_numpy(),
        weights=gold["w"].to_numpy(),
        confidence=confidence,
    )
    figures = {name: found[name] for name in _FIGURES}
    n_comments = gold["response_id"].n_unique()
    is_weighted = gold["is_weighted"].all()
    return {"language": language, **figures, "n_comments": n_comments, "is_weighted": is_weighted}


def _confusion(gold: pl.DataFrame) -> pl.DataFrame:
    counts = gold.group_by("label", "called").agg(n=pl.len(), weight=pl.col("w").sum())
    return counts.select(
        "label",
        "called",
        "n",
        share=pl.col("weight") / pl.col("weight").sum().over("label"),
    ).sort("label", "called")


def _calibration(gold: pl.DataFrame, *, confidence: float) -> pl.DataFrame:
    if "probability" not in gold.columns:
        return pl.DataFrame()
    sure = gold.filter(pl.col("probability").is_not_null(), pl.col("called") != UNKNOWN)
    if sure.is_empty():
        return pl.DataFrame()
    chance = sure["probability"].to_numpy()
    right = np.where(sure["label"] == sure["called"], "right", "wrong")
    # One column a call: the chance of the call itself, right or wrong.
    return reliability(
        right,
        chance[:, None],
        classes=["right"],
        weights=sure["w"].to_numpy(),
        confidence=confidence,
    )


def agreement(labels: Table, *, confidence: float = 0.95) -> pl.DataFrame:
    """How far people who labelled the same comments agree, beyond chance.

    Parameters
    ----------
    labels
        response_id, coder, label; a comment that one person alone labelled is left out.

    Returns
    -------
    pl.DataFrame
        n, n_coders, share_agreed, alpha, ci_low, ci_high; one row, or none.

    Notes
    -----
    Krippendorff's alpha for names, any number of coders, labels missing at will (Krippendorff 2011,
    "Computing Krippendorff's Alpha-Reliability"): 1 - observed / expected disagreement. 1 is full
    agreement, 0 that of chance; below .667 he draws no conclusions. Interval: jackknife by comment.

    Examples
    --------
    >>> both = pl.DataFrame({"response_id": ["a", "a", "b", "b", "c", "c"],
    ...     "coder": ["x", "y"] * 3, "label": ["positive"] * 3 + ["negative"] * 3})
    >>> agreement(both).select(pl.col("n"), pl.col("share_agreed", "alpha").round(2)).row(0)
    (3, 0.67, 0.44)
    """
    known = labels.lazy().filter(pl.col("label").is_not_null()).collect()
    twice = known.filter(pl.len().over("response_id") > 1)
    if twice.is_empty():
        return pl.DataFrame(schema=_AGREEMENT)
    counts = (
        twice.group_by("response_id", "label")
        .agg(n=pl.len())
        .sort("response_id", "label")
        .pivot("label", index="response_id", values="n", sort_columns=True)
        .drop("response_id")
        .fill_null(0)
        .to_numpy()
        .astype(float)
    )
    pairs = counts.sum(axis=1)  # of a comment with m labels, m (m - 1) pairs weigh m
    same = (counts * (counts - 1)).sum(axis=1) / (pairs - 1)
    alpha = float(_alpha(same.sum(), counts.sum(axis=0)))
    left = np.array(
        [
            _alpha(same.sum() - s, counts.sum(axis=0) - row)
            for s, row in zip(same, counts, strict=True)
        ]
    )
    m = left.size
    error = float(np.sqrt((m - 1) / m * ((left - left.mean()) ** 2).sum())) if m > 1 else np.nan
    half = normal_quantile(confidence) * error
    row = {
        "n": m,
        "n_coders": twice["coder"].n_unique(),
        "share_agreed": float(same.sum() / pairs.sum()),
        "alpha": alpha,
        "ci_low": alpha - half,
        "ci_high": min(alpha + half, 1.0),
    }
    return pl.DataFrame([row], schema=_AGREEMENT).fill_nan(None)


_AGREEMENT = {
    "n": pl.UInt32,
    "n_coders": pl.UInt32,
    **dict.fromkeys(("share_agreed", "alpha", "ci_low", "ci_high"), pl.Float64),
}


def _alpha(same: float, totals: Any) -> float:
    """Alpha from the weight of equal pairs and how often each label was given."""
    n = totals.sum()
    expected = n * n - (totals**2).sum()
    return 1 - (n - 1) * (n - same) / expected if expected > 0 else float("nan")
