"""Which answer does a face stand for? Emoji given as the answer to a question, read as scores.

Unit of observation: a cell of the score of a question asked with faces (the metric `emoji`). Five
steps of faces are the scores of a scale from 1 to 5; thumbs are the two ends of any scale. Where a
high answer is bad, the scale is turned: a happy face is good news always. Codes written in
study.yml win.

It cannot say how far a face lies from its neighbours, nor read a face that is on neither list: it
stays as it is written, and its row is quarantined as a score that cannot be read.
"""

import polars as pl

from cxresearch.study.source import Scale

STEPS = (
    ("😡", "🤬", "😠", "😭", "😢", "😩", "😫"),
    ("😞", "🙁", "☹", "😟", "😕", "😔", ":(", ":-("),
    ("😐", "😑", "😶", ":|", ":-|"),
    ("🙂", "😊", "☺", "😌", ":)", ":-)"),
    ("😍", "🤩", "🥰", "😀", "😃", "😄", "😁", "😆", ":D", ":-D"),
)
"""Faces of the scores 1 to 5."""
THUMBS = ("👎", "👍")
"""The two ends of a scale."""
_UNSEEN = r"[\u{FE0E}\u{FE0F}\u{1F3FB}-\u{1F3FF}\u{200B}-\u{200D}]"


def read_faces(answers: pl.Series, *, scale: Scale) -> pl.Series:
    """Faces as the scores they stand for; everything else as written.

    Parameters
    ----------
    answers
        The cells as they stand in the source, text.
    scale
        The scale of the question. Its ends are the thumbs; the five faces need one from 1 to 5.

    Examples
    --------
    >>> read_faces(pl.Series(["😡", "🙂", "👍🏽", "🐟", "4"]), scale=Scale(min=1, max=5)).to_list()
    ['1', '4', '5', '🐟', '4']
    """
    ends = (scale.min, scale.max)
    scores = dict(zip(THUMBS, ends, strict=True))
    if scale.min == 1 and scale.max == len(STEPS):
        scores |= {face: step for step, faces in enumerate(STEPS, 1) for face in faces}
    if scale.high_is == "bad":
        scores = {face: sum(ends) - score for face, score in scores.items()}
    plain = answers.str.replace_all(_UNSEEN, "").str.strip_chars()
    told = {face: f"{score:g}" for face, score in scores.items()}
    read = plain.replace_strict(told, default=None, return_dtype=pl.String)
    return read.fill_null(answers)
