"""Where does each word of a crowded picture stand, so that none lies on another?

The unit is one label: its text, its middle and its width, all in pixels. Widths are estimates from
the number of letters, generous, as the reader's font is not known here. Nothing is measured.
"""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

LETTER = 0.53
"""Width of a letter as a share of the font size, as system fonts have it on average."""


@dataclass(frozen=True)
class Label:
    """A text below a run of columns: written once where neighbours share it.

    `first` and `last` are the columns it belongs to, `level` the line of labels it stands on.
    """

    text: str
    first: int
    last: int
    level: int = 0

    @property
    def middle(self) -> float:
        """The column, or half a column, where the text is centred."""
        return (self.first + self.last) / 2

    @property
    def n_lines(self) -> int:
        """How many lines the text takes."""
        return self.text.count("\n") + 1


def wrap(text: str, *, width: float, size: float, lines: int = 3) -> str:
    """Break `text` into lines of at most `width` pixels, words kept whole.

    A text that would take more than `lines` is given wider lines instead: it may reach beyond its
    column, and its neighbours make room.

    Examples
    --------
    >>> wrap("Refund on the spot", width=60, size=12)
    'Refund on\\nthe spot'
    >>> wrap("Refund on the spot", width=20, size=12, lines=2)
    'Refund on\\nthe spot'
    """
    letters = max(1, int(width / (LETTER * size)))
    kept: dict[str, Any] = {"break_long_words": False, "break_on_hyphens": False}
    wrapped = textwrap.wrap(text, letters, **kept)
    while len(wrapped) > lines:
        letters += 1
        wrapped = textwrap.wrap(text, letters, **kept)
    return "\n".join(wrapped)


def width_of(text: str, *, size: float) -> float:
    """Pixels that `text` takes at a font size; of several lines the longest counts."""
    return max((len(line) for line in text.split("\n")), default=0) * LETTER * size


def share_labels(texts: Sequence[str | None]) -> list[Label]:
    """Each text once for neighbours that have the same; empty ones make no label.

    Examples
    --------
    >>> [(label.text, label.first, label.last) for label in share_labels(["a", "a", None, "b"])]
    [('a', 0, 1), ('b', 3, 3)]
    """
    found: list[Label] = []
    for column, text in enumerate(texts):
        if not text:
            continue
        if found and found[-1].text == text and found[-1].last == column - 1:
            found[-1] = Label(text, found[-1].first, column)
        else:
            found.append(Label(text, column, column))
    return found


def spread_labels(
    labels: Sequence[Label], *, column: float, size: float, gap: float = 5.0
) -> list[Label]:
    """The labels on as few lines as keep them apart, each on the first line with room.

    Parameters
    ----------
    column
        Pixels a column is wide.
    size
        Font size.
    gap
        Pixels left free between two labels of one line.

    Examples
    --------
    >>> crowded = [Label("Booking", 0, 0), Label("Support", 1, 1), Label("Return", 2, 2)]
    >>> [label.level for label in spread_labels(crowded, column=30, size=12)]
    [0, 1, 0]
    """
    ends: list[float] = []
    placed = []
    for label in labels:
        half = width_of(label.text, size=size) / 2
        left, right = label.middle * column - half, label.middle * column + half
        level = next((n for n, end in enumerate(ends) if end + gap <= left), len(ends))
        ends[level : level + 1] = [right]
        placed.append(Label(label.text, label.first, label.last, level))
    return placed


def flow(widths: Sequence[float], *, width: float, line: float) -> list[tuple[float, float]]:
    """Left and top of boxes set one after another, on a new line where one does not fit.

    Examples
    --------
    >>> flow([60, 50, 40], width=120, line=20)
    [(0.0, 0.0), (60.0, 0.0), (0.0, 20.0)]
    """
    placed, x, y = [], 0.0, 0.0
    for box in widths:
        if x and x + box > width:
            x, y = 0.0, y + line
        placed.append((x, y))
        x += box
    return placed
