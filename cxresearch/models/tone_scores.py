"""How right are called tones, and are the chances given what they say?

Unit of observation: a comment whose tone is known. Base: all of them, so that a comment left
unknown counts as wrong; `coverage` says how many were answered. Comments of one person are one
cluster; weights stand for comments that were not labelled.

It cannot be better than the labels it is held against.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cxresearch.transforms.intervals import Array, normal_quantile, wilson

UNKNOWN = "unknown"
N_BINS = 10
Flags = NDArray[np.bool_]


def score_calls(
    truth: NDArray[Any],
    called: NDArray[Any],
    *,
    people: NDArray[Any] | None = None,
    weights: Array | None = None,
    confidence: float = 0.95,
) -> dict[str, float]:
    """Figures of called tones against true ones.

    Parameters
    ----------
    truth, called
        A tone a comment; called may be unknown.
    people
        Who wrote each; default everybody once.
    weights
        Comments each stands for; default one.

    Returns
    -------
    dict
        n, n_respondents, macro_f1 with ci_low and ci_high (mean over the tones that occur, unknown
        counted as wrong), macro_f1_answered, accuracy with accuracy_low and accuracy_high,
        coverage.

    Notes
    -----
    The error of macro-F1 is linearised: what one comment moves it, summed by person. Interval:
    Wilson on the n that gives the same error, which never leaves 0 to 1 nor shrinks to nothing
    where every call was right.

    Examples
    --------
    >>> truth = np.array(["positive", "positive", "negative", "negative"])
    >>> found = score_calls(truth, np.array(["positive", "unknown", "negative", "negative"]))
    >>> round(found["macro_f1"], 3), found["accuracy"], found["coverage"]
    (0.833, 0.75, 0.75)
    """
    weights = np.ones(truth.size) if weights is None else weights
    people = np.arange(truth.size) if people is None else np.unique(people, return_inverse=True)[1]
    answered, z = called != UNKNOWN, normal_quantile(confidence)
    f1, pulls = _macro_f1(truth, called, weights)
    right = truth == called
    accuracy = float(np.average(right, weights=weights)) if truth.size else float("nan")
    f1_ends = _interval(f1, pulls, people, weights, z=z)
    ends = _interval(accuracy, (right - accuracy) * weights / weights.sum(), people, weights, z=z)
    return {
        "n": truth.size,
        "n_respondents": int(np.unique(people).size),
        "macro_f1": f1,
        "ci_low": f1_ends[0],
        "ci_high": f1_ends[1],
        "macro_f1_answered": _macro_f1(truth[answered], called[answered], weights[answered])[0],
        "accuracy": accuracy,
        "accuracy_low": ends[0],
        "accuracy_high": ends[1],
        "coverage": float(np.average(answered, weights=weights)) if truth.size else float("nan"),
    }


def _macro_f1(truth: NDArray[Any], called: NDArray[Any], weights: Array) -> tuple[float, Array]:
    """Mean F1 over the true tones, and what each comment moves it."""
    tones = np.unique(truth)
    if not tones.size:
        return float("nan"), np.zeros(0)
    total, pulls = 0.0, np.zeros(truth.size)
    for tone in tones:
        is_true, is_called = truth == tone, called == tone
        both, either = is_true & is_called, is_true.astype(float) + is_called
        f1 = 2 * weights[both].sum() / (weights * either).sum()
        total += f1
        pulls += weights * (2 * both - f1 * either) / (weights * either).sum()
    return float(total / tones.size), pulls / tones.size


def _interval(
    share: float, pulls: Array, people: NDArray[Any], weights: Array, *, z: float
) -> tuple[float, float]:
    n_people = np.unique(people).size
    if n_people < 2 or not np.isfinite(share):
        return float("nan"), float("nan")
    variance = float((np.bincount(people, weights=pulls) ** 2).sum()) * n_people / (n_people - 1)
    own = np.bincount(people, weights=weights)
    most = float(own.sum() ** 2 / (own**2).sum())  # Kish: people of equal weight
    n = min(share * (1 - share) / variance, _kish(weights)) if variance > 0 else most
    low, high = wilson(share=np.array([share]), n=np.array([max(n, 1.0)]), z=z)
    return float(low[0]), float(high[0])


def _kish(weights: Array) -> float:
    """Comments of equal weight that tell as much: Kish's effective n."""
    return float(weights.sum() ** 2 / (weights**2).sum())


def score_chances(
    truth: NDArray[Any], chances: Array, *, classes: Sequence[str], weights: Array | None = None
) -> dict[str, float]:
    """log_loss, brier (0-2, both sides counted) and ece of chances.

    Notes
    -----
    Expected calibration error: mean distance between the chance of the likeliest tone and how often
    it was right, over ten bins of equal width (Guo et al. 2017, ICML).
    """
    weights = np.ones(truth.size) if weights is None else weights
    hit = truth[:, None] == np.asarray(classes)[None, :]
    own = np.clip(chances[hit], 1e-12, 1)
    bins = reliability(truth, chances, classes=classes, weights=weights)
    gaps = (bins["mean_chance"] - bins["share_right"]).abs()
    return {
        "log_loss": float(np.average(-np.log(own), weights=weights[hit.any(axis=1)])),
        "brier": float(np.average(((chances - hit) ** 2).sum(axis=1), weights=weights)),
        "ece": float(np.average(gaps.to_numpy(), weights=bins["weight"].to_numpy())),
    }


def reliability(
    truth: NDArray[Any],
    chances: Array,
    *,
    classes: Sequence[str],
    weights: Array | None = None,
    confidence: float = 0.95,
) -> pl.DataFrame:
    """A row a bin of the chance of the likeliest tone.

    Returns
    -------
    pl.DataFrame
        chance_from, chance_to, n, weight, mean_chance, share_right, ci_low, ci_high (Wilson).
    """
    weights = np.ones(truth.size) if weights is None else weights
    likeliest = chances.argmax(axis=1)
    table = pl.DataFrame(
        {
            "chance": chances[np.arange(truth.size), likeliest],
            "right": (np.asarray(classes)[likeliest] == truth).astype(float),
            "w": weights,
        }
    )
    weighted = {"mean_chance": "chance", "share_right": "right"}
    found = (
        table.with_columns(bin=(pl.col("chance") * N_BINS).floor().clip(0, N_BINS - 1))
        .group_by("bin")
        .agg(
            n=pl.len(),
            weight=pl.col("w").sum(),
            effective=pl.col("w").sum() ** 2 / (pl.col("w") ** 2).sum(),
            **{n: (pl.col(c) * pl.col("w")).sum() / pl.col("w").sum() for n, c in weighted.items()},
        )
        .sort("bin")
    )
    share, n = found["share_right"].to_numpy(), found["effective"].to_numpy()
    low, high = wilson(share=share, n=n, z=normal_quantile(confidence))
    return found.select(
        (pl.col("bin") / N_BINS).alias("chance_from"),
        ((pl.col("bin") + 1) / N_BINS).alias("chance_to"),
        *("n", "weight", "mean_chance", "share_right"),
        pl.Series("ci_low", low),
        pl.Series("ci_high", high),
    )
