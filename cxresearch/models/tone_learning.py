"""What is learned of the tone of comments, and does it read better than the lexicon?

Unit of observation: a labelled comment. The lexicon and a model are held against the same labels;
the model reads each comment unseen. What is kept is the model only where its macro-F1 is higher.

It cannot tell whether the labels are right.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cxresearch.models.text_design import Columns
from cxresearch.models.text_reading import Reading
from cxresearch.models.tone_folds import Index, ToneModel, Tones, cross_fit, fit_model
from cxresearch.models.tone_rows import make_calls
from cxresearch.models.tone_scores import reliability, score_calls, score_chances
from cxresearch.transforms.intervals import Array

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


@dataclass(frozen=True)
class Learned:
    """Result of `learn_tones`.

    Attributes
    ----------
    columns, model
        What reads new comments.
    comparison
        `COMPARISON`: lexicon and model on the same comments.
    reliability
        Chances against how often they were right, out of fold.
    calls
        `CALLS` of the labelled comments, out of fold.
    is_better
        Whether the model read them better than the lexicon.
    """

    columns: Columns
    model: ToneModel
    comparison: pl.DataFrame
    reliability: pl.DataFrame
    calls: pl.DataFrame
    is_better: bool


def learn_tones(
    reading: Reading,
    is_taught: NDArray[np.bool_],
    labels: Tones,
    people: Index,
    *,
    ties: Index,
    weights: Array,
    random_state: int,
) -> Learned:
    """Learn from the labelled comments, the others beside them, and judge what was learned.

    Parameters
    ----------
    reading
        All comments; labels are of those where `is_taught`, in their order.
    people
        Who wrote each of all comments.
    ties, weights
        Of the labelled ones: those of one tie (`tone_rows.tie_texts`) are read unseen together;
        comments each stands for.
    """
    columns = Columns(reading)
    heard = columns.listen(reading, people, random_state=random_state)
    taught = np.flatnonzero(is_taught)
    counts, people = heard.take(taught), people[taught]
    found = cross_fit(counts, labels, ties, weights=weights, random_state=random_state)
    model = fit_model(counts, labels, ties, weights=weights, random_state=random_state)
    tones = model.classes.tolist()
    cold = score_calls(labels, reading.cold[taught], people=people, weights=weights)
    learned = score_calls(labels, found.labels, people=people, weights=weights)
    learned |= score_chances(labels, found.chances, classes=tones, weights=weights)
    is_better = bool(learned["macro_f1"] > cold["macro_f1"])
    table = [
        {"approach": COLD, **cold, "is_kept": not is_better},
        {"approach": LEARNED, **learned, "is_kept": is_better},
    ]
    return Learned(
        columns=columns,
        model=model,
        comparison=pl.DataFrame(table, schema=COMPARISON),
        reliability=reliability(labels, found.chances, classes=tones, weights=weights),
        calls=make_calls(found.labels, found.chances, tones),
        is_better=is_better,
    )
