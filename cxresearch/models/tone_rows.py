"""Which comments can be learned from, are they enough, and what was said of each?

Unit of observation: a comment given to `SentimentClassifier.fit`, by its place. Comments without
text are left out; those without a tone teach words alone.
"""

import warnings
from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cxresearch.errors import CxWarning, ParameterError
from cxresearch.models.tone_folds import Index
from cxresearch.models.tone_scores import UNKNOWN

LEAST_LABELS = 50
LEAST_OF_A_TONE = 8
"""A tone given less often is not learned; praise and complaint must come from so many people."""
CALLS = {"label": pl.String, "tone": pl.Float64, "probability": pl.Float64}
"""What is said of a comment."""


def check_lengths(n: int, n_tones: int, people: Sequence[object] | None) -> None:
    """Refuse texts, labels and people of different numbers."""
    if n != n_tones or (people is not None and len(people) != n):
        groups = "" if people is None else f" and {len(people)} groups"
        raise ParameterError(
            f"{n} texts, {n_tones} labels{groups}",
            allowed="one label, and one group, a text",
            next_step="take all of them from the same rows of one table",
        )


def find_usable(
    comments: Sequence[str | None], tones: NDArray[np.object_], *, least: int = LEAST_OF_A_TONE
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which comments have a tone that is given often enough to be learned, and which have none."""
    is_said = np.array([bool(text and text.strip()) for text in comments], dtype=bool)
    has_tone = np.array([tone is not None for tone in tones.tolist()], dtype=bool)
    known = tones[is_said & has_tone].astype(str)
    rare = [tone for tone in np.unique(known) if (known == tone).sum() < least]
    is_rare = has_tone & np.isin(tones.astype(str), rare)
    return is_said & has_tone & ~is_rare, is_said & ~has_tone


def take_first(chosen: NDArray[np.bool_], most: int) -> NDArray[np.bool_]:
    """The first so many of those chosen."""
    return np.asarray(chosen & (np.cumsum(chosen) <= most))


def is_enough(labels: NDArray[np.str_], people: Index) -> bool:
    """Whether there are labels to learn from, praise and complaint each of enough people."""
    sides = [np.unique(people[labels == side]).size for side in ("positive", "negative")]
    return labels.size >= LEAST_LABELS and min(sides) >= LEAST_OF_A_TONE


def warn_of_few(labels: NDArray[np.str_]) -> None:
    """Say what there was, and what it takes."""
    given = ", ".join(f"{(labels == t).sum()} {t}" for t in np.unique(labels)) or "none"
    warnings.warn(
        f"too few labels to learn from ({given}); the lexicon goes on answering. It takes "
        f"{LEAST_LABELS} with {LEAST_OF_A_TONE} or more each of praise and complaint: "
        "cxresearch label STUDY --n 200",
        CxWarning,
        stacklevel=3,
    )


def make_calls(
    labels: NDArray[np.str_], chances: NDArray[np.float64], classes: Sequence[str]
) -> pl.DataFrame:
    """`CALLS` of a model."""
    of_label = (labels[:, None] == np.asarray(classes)[None, :]) * chances
    good, bad = (chances[:, classes.index(side)] for side in ("positive", "negative"))
    probability = pl.Series(of_label.sum(axis=1), dtype=pl.Float64)
    return pl.DataFrame(
        {"label": pl.Series(labels.tolist(), dtype=pl.String), "tone": good - bad}
    ).with_columns(
        pl.when(pl.col("label") != UNKNOWN).then("tone").alias("tone"),
        probability=pl.when(pl.col("label") != UNKNOWN).then(probability),
    )


def spread_over(said: pl.DataFrame, rows: Index, *, n: int) -> pl.DataFrame:
    """What was said of some rows, null for the others."""
    index = np.full(n, -1)
    index[rows] = np.arange(rows.size)
    place = pl.Series(index).replace(-1, None)
    return said.select(pl.all().gather(place))
