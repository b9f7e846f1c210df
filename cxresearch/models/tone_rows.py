"""Which comments can be learned from, are they enough, and what was said of each?

Unit of observation: a comment given to `SentimentClassifier.fit`, by its place. Comments without
text are left out; those without a tone teach words alone.
"""

import warnings
from collections.abc import Iterable, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cxresearch.errors import CxWarning, ParameterError
from cxresearch.models.tone_folds import Index, sort_labelled
from cxresearch.models.tone_scores import UNKNOWN
from cxresearch.transforms.intervals import Array

LEAST_LABELS = 50
LEAST_OF_A_TONE = 8
"""A tone given less often is not learned; praise and complaint must come from so many people."""
MOST_LABELS = 10_000
"""Of more labels a fixed sample is learned from: the rest would change little and cost hours."""
MOST_OTHERS = 5_000
"""Likewise of comments without a label, whose words are learned from by what the lexicon calls."""
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


def as_weights(given: Iterable[float] | None, *, n: int) -> Array:
    """Weights as numbers above 0, one a text; ones by default."""
    if given is None:
        return np.ones(n)
    try:
        weights = np.array(list(given), dtype=float)
    except (TypeError, ValueError):
        weights = np.zeros(0)
    if weights.shape != (n,) or not (np.isfinite(weights) & (weights > 0)).all():
        raise ParameterError(
            f"weights that are not {n} numbers above 0",
            allowed="the comments each text stands for, one number above 0 a text",
            next_step="leave sample_weight out where the texts were not drawn",
        )
    return weights


def no_chances(n_labels: int | None, *, is_worse: bool = False) -> Exception:
    """What to say where chances are asked for and the lexicon answers."""
    from sklearn.exceptions import NotFittedError

    error: type[Exception] = NotFittedError
    if is_worse:
        return error(
            "chances come from a model, and the lexicon answers: it read the labels no worse.\n"
            "  allowed: a fit whose `is_learned_` is true\n"
            "  next: use predict or augment, or read_learned for what the model would say"
        )
    seen = "" if n_labels is None else f" ({n_labels} were given)"
    return error(
        "chances come from a model, and none was learned.\n"
        f"  allowed: {LEAST_LABELS} labels or more with praise and complaint{seen}\n"
        "  next: fit(texts, scores_or_labels), or use predict, which needs no fit"
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


def tie_texts(texts: Sequence[str | None], people: Index) -> Index:
    """What hangs together: comments of one person, and those of others in the same words.

    A text that many write ("Ottimo!", "ottimo") must not be learned from one and asked of another;
    whoever wrote it brings along what else they wrote. So ties are the connected parts of people
    and texts. Upper case, accents and marks do not tell texts apart.

    Examples
    --------
    >>> said = ["Ottimo!", "Bene", "ottimo", "Male", "Mai più"]
    >>> tie_texts(said, np.array([0, 0, 1, 2, 3])).tolist()
    [0, 0, 0, 1, 2]
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    text = pl.Series(list(texts), dtype=pl.String).fill_null("").str.normalize("NFKD")
    bare = text.str.to_lowercase().str.replace_all(r"\p{M}", "")
    words = bare.str.replace_all(r"[\W_]+", " ").str.strip_chars()
    folded = words.zip_with(words != "", bare).to_numpy()
    # Of marks alone, such as a thumb, the marks are the text.
    who, n_people = np.unique(people, return_inverse=True)[1], np.unique(people).size
    what = np.unique(folded.astype(str), return_inverse=True)[1] + n_people
    size = int(n_people + what.max(initial=0) + 1)
    edges = coo_array((np.ones(who.size), (who, what)), shape=(size, size))
    parts = connected_components(edges, directed=False)[1][who]
    return np.asarray(np.unique(parts, return_inverse=True)[1], dtype=np.int64)


def choose_rows(
    comments: Sequence[str | None], tones: NDArray[np.object_], people: Sequence[object] | None
) -> tuple[Index, Index, NDArray[np.bool_]]:
    """Places of the comments to learn from in the order of digests, their people, whether taught.

    `people` are numbers; whoever is not known counts as one person a text.
    """
    is_taught, is_other = find_usable(comments, tones)
    rows = np.flatnonzero(is_taught | is_other)
    who = None if people is None else [people[row] for row in rows.tolist()]
    own = [tones[row] if is_taught[row] else None for row in rows]
    order, codes = sort_labelled([comments[row] for row in rows.tolist()], own, who)
    rows = rows[order]
    kept = take_first(is_taught[rows], MOST_LABELS) | take_first(is_other[rows], MOST_OTHERS)
    return rows[kept], codes[kept], is_taught[rows[kept]]


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
