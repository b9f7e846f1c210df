"""Which tone does a label or a customer's own score stand for?

Unit of observation: a comment with a label a person gave it, or with the score its customer gave
beside it. A score is a proxy: whoever gives five stars may still complain of the parking. The
middle of a scale is dropped, since it stands for anything.

It cannot tell a neutral or a mixed comment from a score; only labels can.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from numbers import Real

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cxresearch.contract import TONES
from cxresearch.errors import ParameterError
from cxresearch.intake.values import LABEL_WORDS

Labels = NDArray[np.object_]

SCORES: Mapping[str, tuple[float, float]] = {
    "nps": (0, 10),
    "csat": (1, 5),
    "stars": (1, 5),
    "emoji": (1, 5),
    "ces": (1, 7),
}
"""Scores that can stand for a tone, each with the scale it is usually asked on."""

_NPS_BAD, _NPS_GOOD = 6.0, 9.0
_QUARTER = 0.25


def tone_of_score(
    *, score: str = "score", metric: str = "metric", scale: tuple[str, str, str] | None = None
) -> pl.Expr:
    """The tone a score stands for, null in the middle of the scale and where there is none.

    Parameters
    ----------
    score, metric
        Columns; a metric that is none of `SCORES` stands for no tone.
    scale
        Columns scale_min, scale_max and high_is; default those names.

    Returns
    -------
    pl.Expr
        positive or negative. NPS: 9-10 and 0-6. Every other scale: its upper and its lower quarter,
        which on 1 to 5 are 4-5 and 1-2, on 1 to 7 are 6-7 and 1-2; turned where high is bad.

    Examples
    --------
    >>> asked = pl.DataFrame({"metric": ["nps", "stars", "stars"], "score": [6.0, 3.0, 4.0],
    ...     "scale_min": [0.0, 1.0, 1.0], "scale_max": [10.0, 5.0, 5.0], "high_is": ["good"] * 3})
    >>> asked.select(tone_of_score()).to_series().to_list()
    ['negative', None, 'positive']
    """
    low, high, direction = scale or ("scale_min", "scale_max", "high_is")
    value = pl.col(score)
    place = (value - pl.col(low)) / (pl.col(high) - pl.col(low))
    place = pl.when(pl.col(direction) == "bad").then(1 - place).otherwise(place)
    is_nps = pl.col(metric) == "nps"
    good = pl.when(is_nps).then(value >= _NPS_GOOD).otherwise(place >= 1 - _QUARTER)
    bad = pl.when(is_nps).then(value <= _NPS_BAD).otherwise(place <= _QUARTER)
    known = pl.col(metric).is_in(list(SCORES))
    return (
        pl.when(known & good).then(pl.lit("positive")).when(known & bad).then(pl.lit("negative"))
    ).alias("label")


def as_tones(given: Iterable[object], *, scores: str | None = None) -> tuple[Labels, str]:
    """The tones that labels or scores stand for.

    Parameters
    ----------
    given
        Labels (positive, negative, neutral, mixed, their short forms, or the same in Italian), or
        scores. Null, and the middle of a scale, stand for no tone.
    scores
        nps, csat, stars, emoji or ces where scores are given. Default: whole numbers from 1 to 5
        are stars, those that reach above 5 within 0 to 10 are NPS.

    Returns
    -------
    tuple
        The tones (None where there is none), and what was read: "labels" or the name of the score.

    Raises
    ------
    ParameterError
        A word is no tone, a score does not fit its scale, or the scale is not clear.

    Examples
    --------
    >>> as_tones(["pos", "Negativo", None])
    (array(['positive', 'negative', None], dtype=object), 'labels')
    >>> as_tones([5, 3, 1])[0].tolist()
    ['positive', None, 'negative']
    """
    if isinstance(given, str | bytes | Mapping) or not isinstance(given, Iterable):
        raise ParameterError(
            f"{type(given).__name__} was given where labels or scores are expected",
            allowed="a list, an array or a polars Series, one label or score a text",
            next_step='fit(table["comment"], table["label"]); predict needs no labels',
        )
    values = np.array([*given, None], dtype=object)[:-1]
    known = [value for value in values.tolist() if value is not None and value == value]
    if any(isinstance(value, str) for value in known):
        return _read_words(values), "labels"
    if any(isinstance(value, bool | np.bool_) for value in known):
        raise ParameterError(
            "yes and no do not say which of them is the good one",
            allowed=f"labels ({', '.join(TONES)}) or scores",
            next_step='write them out: np.where(is_good, "positive", "negative")',
        )
    odd = next((value for value in known if not isinstance(value, Real | Decimal)), None)
    if odd is not None:
        raise ParameterError(
            f"{odd!r} is neither a label nor a score",
            allowed=f"labels ({', '.join(TONES)}) or numbers",
            next_step="take one column: labels, or scores as numbers",
        )
    numbers = np.array([np.nan if value is None else float(value) for value in values.tolist()])
    name = _check_scale(numbers, scores)
    low, high = SCORES[name]
    table = pl.DataFrame({"score": numbers}).with_columns(
        pl.col("score").fill_nan(None),
        metric=pl.lit(name),
        scale_min=pl.lit(low),
        scale_max=pl.lit(high),
        high_is=pl.lit("good"),
    )
    return table.select(tone_of_score()).to_series().to_numpy().astype(object), name


def _read_words(values: Labels) -> Labels:
    words = [None if v is None or v != v else str(v).strip().lower() for v in values.tolist()]
    tones = [LABEL_WORDS.get(word) if word else None for word in words]
    odd = sorted({word for word, tone in zip(words, tones, strict=True) if word and not tone})
    if odd:
        raise ParameterError(
            f"'{odd[0]}' is not a tone",
            allowed=", ".join(LABEL_WORDS),
            next_step="leave such comments out, or give them None",
        )
    return np.array(tones, dtype=object)


def _check_scale(numbers: NDArray[np.float64], scores: str | None) -> str:
    if scores is not None and scores not in SCORES:
        raise ParameterError(f"scores='{scores}'", allowed=", ".join(SCORES))
    known = numbers[np.isfinite(numbers)]
    least, most = (known.min(), known.max()) if known.size else (1.0, 1.0)
    name = scores or _guess_scale(known, least, most)
    low, high = SCORES[name]
    if least < low or most > high:
        raise ParameterError(
            f"scores from {least:g} to {most:g} given as {name}",
            allowed=f"{low:g} to {high:g}",
            next_step=_other_scale(least, most),
        )
    return name


def _guess_scale(known: NDArray[np.float64], least: float, most: float) -> str:
    is_whole = bool((known == np.round(known)).all())
    if is_whole and least >= 1 and most <= SCORES["stars"][1]:
        return "stars"
    if is_whole and least >= 0 and SCORES["stars"][1] < most <= SCORES["nps"][1]:
        return "nps"
    raise ParameterError(
        f"scores from {least:g} to {most:g}: on which scale they were given is not clear",
        allowed=", ".join(f"{name} {low:g} to {high:g}" for name, (low, high) in SCORES.items()),
        next_step=_other_scale(least, most),
    )


def _other_scale(least: float, most: float) -> str:
    """A line that works: a scale that holds these scores, else how to make them fit one."""
    if (least, most) == (0, 1):
        return 'write yes and no out: ["positive" if score else "negative" for score in scores]'
    fitting = [name for name, (low, high) in SCORES.items() if low <= least and most <= high]
    if fitting:
        calls = " or ".join(f'SentimentClassifier(scores="{name}")' for name in fitting)
        return f"name the scale they were given on: {calls}"
    return (
        "rescale them to 1 to 5, 1 + 4 * (score - worst) / (best - worst) of their scale, and name "
        'it: SentimentClassifier(scores="stars")'
    )
