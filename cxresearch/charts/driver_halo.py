"""What is said where ratings seem to share a mood, and figures are shown without it?

The unit is one page on drivers. The note says what was supposed and that intervals hold both
readings. It cannot say which of the two is true: the ratings do not show it.
"""

import polars as pl

from cxresearch.charts.answer import Note, show_note
from cxresearch.charts.marks import ends_of
from cxresearch.language import message


def note_of_halo(outcomes: pl.DataFrame, *, language: str = "en") -> Note | None:
    """That figures are shown without a mood that ratings seem to share; nothing where they are not.

    Parameters
    ----------
    outcomes
        outcome, halo (change of the chance to leave with a usual difference in mood; 0 where only
        gains show it), is_halo_undone.
    """
    undone = outcomes.filter("is_halo_undone")
    if undone.is_empty():
        return None
    text = message(
        "Ratings seemed coloured by a common mood: shown is what is left without it, supposing "
        "that no better experience drives customers away. Were that untrue the ratings would look "
        "the same: so the intervals hold both readings, with the mood and without, and only what "
        "stands in both counts as beyond chance."
    )
    moods = undone["halo"].abs().drop_nulls()
    if moods.len() and ends_of(moods)[1]:
        said = message(
            "A usual difference in mood was taken to hide {size:points1} percentage points of the "
            "chance to leave.",
            size=ends_of(moods)[1] * 100,
        )
        text = message("{first} {second}", first=text, second=said)
    return show_note(text, tone="doubt", language=language)
