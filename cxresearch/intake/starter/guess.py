"""What is known about a column of an export, and what it is taken to hold?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import polars as pl

from cxresearch.intake.starter.instants import DateForm
from cxresearch.intake.starter.words import plain

Confidence = Literal["sure", "likely", "unsure"]

MAX_GROUPS = 20
"""A text column with more values than this does not group anything."""


@dataclass(frozen=True)
class Guess:
    """What a column seems to hold.

    Parameters
    ----------
    column, label
        Its name in the file, and the text of its question.
    role
        answer_id, customer_id, respondent_id, at, score, number, comment, weight, channel,
        touchpoint, language, team, personal, outcome, text, empty or ignored.
    confidence, why
        How sure the guess is, and on what it rests.
    metric, scale, codes, is_named, is_full
        For a score: what it measures, its lowest and highest answer, the codes in the file and
        what they mean (None for a blank), whether the name told so, and whether nearly every
        answer of the scale occurs.
    high_is
        Whether a high score is good news.
    date_form
        For a date: how it is written.
    """

    column: str
    label: str
    role: str
    confidence: Confidence
    why: str
    metric: str = ""
    scale: tuple[int, int] = (1, 5)
    codes: Mapping[str, int | None] = field(default_factory=dict)
    is_named: bool = False
    is_full: bool = False
    high_is: Literal["good", "bad"] = "good"
    date_form: DateForm | None = None


@dataclass(frozen=True)
class Column:
    """A column with what every test asks of it."""

    name: str
    label: str
    filled: pl.Series
    n_rows: int

    @property
    def words(self) -> str:
        """Name and question, ready for comparison."""
        both = f"{self.name} {self.label}" if self.label != self.name else self.name
        return plain(both)

    @property
    def n_distinct(self) -> int:
        return self.filled.n_unique()

    @property
    def is_unique(self) -> bool:
        """Whether the column tells rows apart."""
        return self.filled.len() == self.n_rows > 1 and self.n_distinct >= 0.999 * self.n_rows

    def numbers(self) -> pl.Series:
        """The filled cells as numbers; null where one is not."""
        return self.filled.str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)

    def guess(self, role: str, confidence: Confidence, why: str, **details: Any) -> Guess:
        """What this column seems to hold."""
        return Guess(self.name, self.label, role, confidence, why, **details)
