"""What does one column of an export seem to hold, how sure is that, and why?

A guess reads the column's name, its question and its values; it never looks at other columns.
Which columns form one battery of ratings is decided in `batteries.py`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import polars as pl

from cxresearch.intake.starter import words
from cxresearch.intake.starter.answers import MISSING_CODES, Answers, codes_of, read_answers
from cxresearch.intake.starter.instants import DateForm, find_date_form, share_of
from cxresearch.intake.starter.words import plain
from cxresearch.study import is_protected_name

Role = Literal[
    "answer_id",
    "customer_id",
    "at",
    "score",
    "number",
    "comment",
    "weight",
    "channel",
    "touchpoint",
    "language",
    "team",
    "personal",
    "outcome",
    "text",
    "empty",
    "ignored",
]
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
        What it would become.
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
    role: Role
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


def guess_column(column: Column) -> Guess:
    """The first reading that fits, from the most telling to the least."""
    if not column.filled.len():
        return _guess(column, "empty", "sure", "no cell is filled")
    tests: tuple[Callable[[Column], Guess | None], ...] = (
        _as_date,
        _as_weight,
        _as_identifier,
        _as_score,
        _as_word,
        _as_comment,
        _as_personal,
        _as_number,
    )
    found = (test(column) for test in tests)
    return next((guess for guess in found if guess), None) or _as_text(column)


def _guess(column: Column, role: Role, confidence: Confidence, why: str) -> Guess:
    return Guess(column.name, column.label, role, confidence, why)


def _as_date(column: Column) -> Guess | None:
    form = find_date_form(column.filled)
    if form is None:
        return None
    is_named = bool(words.AT.search(column.words)) and not words.NOT_AT.search(column.words)
    why = f"{form.n_read} of {form.n_seen} cells looked at are dates such as {form.example}"
    if form.is_ambiguous:
        why += "; no date tells day from month"
    confidence: Confidence = "sure" if is_named and not form.is_ambiguous else "unsure"
    return Guess(column.name, column.label, "at", confidence, why, date_form=form)


def _as_weight(column: Column) -> Guess | None:
    if not words.WEIGHT.search(column.words):
        return None
    numbers = column.numbers()
    if numbers.null_count() or (numbers < 0).any():
        return None
    return _guess(column, "weight", "likely", f"named a weight, {_range(numbers)}")


def _as_identifier(column: Column) -> Guess | None:
    is_customer = bool(words.CUSTOMER.search(column.words))
    if not words.IDENTIFIER.search(plain(column.name)) and not (is_customer and column.is_unique):
        return None
    if column.filled.str.contains(" ").any() or column.n_distinct < min(3, column.n_rows):
        return None
    if is_customer:
        return _guess(column, "customer_id", "likely", f"{column.n_distinct:,} different ids")
    if column.is_unique:
        return _guess(column, "answer_id", "likely", "an id that differs in every row")
    return None


def _as_score(column: Column) -> Guess | None:
    read = read_answers(column.filled)
    if read is None or _is_label(column):
        return None
    answers = sorted({n for n in read.values() if n is not None and n not in MISSING_CODES})
    if not answers or answers[0] < 0 or answers[-1] > 11 or set(answers) <= {0, 1}:
        return None
    if words.NPS.search(column.words) and (answers[-1] > 5 or len(answers) < 3):
        return _as_nps(column, answers, read)
    if len(answers) < 3 and column.n_rows > 30:
        return None
    return _as_rating(column, answers, read)


def _is_label(column: Column) -> bool:
    """Whether whole numbers in this column number groups rather than rate anything."""
    if words.NPS.search(column.words) or words.RATING.search(column.words):
        return False
    return bool(words.IDENTIFIER.search(plain(column.name))) or is_protected_name(column.name)


def _as_nps(column: Column, answers: list[int], read: Answers) -> Guess:
    beyond = [n for n in answers if n > 10]
    why = f"named like the recommendation question, answers {answers[0]} to {answers[-1]}"
    if beyond:
        why += f"; {beyond[0]} is no answer from 0 to 10 and is read as blank"
    return Guess(
        column.name,
        column.label,
        "score",
        "unsure" if beyond else "sure",
        why,
        metric="nps",
        scale=(0, 10),
        codes=codes_of(read, beyond),
        is_named=True,
        is_full=True,
    )


def _as_rating(column: Column, answers: list[int], read: Answers) -> Guess:
    scale, blanks = _scale_of(answers)
    metric, why = _metric_of(column, scale)
    shown = f"answers {answers[0]} to {answers[-1]}"
    if blanks:
        shown += f", of which {' and '.join(str(n) for n in blanks)} read as no answer"
    is_unsure = bool(blanks) or not why
    high_is: Literal["good", "bad"] = "good"
    if metric == "ces" and words.HIGH_IS_BAD.search(column.words):
        high_is, is_unsure = "bad", True
        shown += "; a high answer is read as much effort"
    return Guess(
        column.name,
        column.label,
        "score",
        "unsure" if is_unsure else "likely",
        f"{why}, {shown}" if why else shown,
        metric=metric,
        scale=scale,
        codes=codes_of(read, blanks),
        is_named=bool(why),
        is_full=_is_full(scale, answers, column.filled.len()),
        high_is=high_is,
    )


def _scale_of(answers: list[int]) -> tuple[tuple[int, int], list[int]]:
    """The scale that the answers suggest, and the codes among them that are no answers."""
    low, high = answers[0], answers[-1]
    if high <= 5:
        return (1, 5), [0] if low == 0 else []
    if high == 6 and low == 0:  # 1 to 5 with a code for blank and one for "does not apply"
        return (1, 5), [0, 6]
    if high <= 7 and low >= 1:
        return (1, 7), []
    return ((0, 10) if low == 0 else (1, 10)), [11] if high > 10 else []


def _is_full(scale: tuple[int, int], answers: list[int], n: int) -> bool:
    """Whether nearly every answer of a scale occurs, as ratings do and group codes do not."""
    given = [answer for answer in answers if scale[0] <= answer <= scale[1]]
    width = scale[1] - scale[0] + 1
    if n < 40:
        return len(given) >= 3 and given[-1] >= scale[1] - 1
    return len(given) >= 0.75 * width and given[-1] == scale[1]


def _metric_of(column: Column, scale: tuple[int, int]) -> tuple[str, str]:
    if words.CES.search(column.words):
        return "ces", "named like an effort question"
    if words.STARS.search(column.words) and scale == (1, 5):
        return "stars", "named stars"
    if words.RATING.search(column.words):
        return "csat", "named like a rating"
    return ("nps", "") if scale == (0, 10) else ("csat", "")


def _as_word(column: Column) -> Guess | None:
    name = plain(column.name)
    if column.n_distinct > 2 * MAX_GROUPS:
        return None
    for role, pattern in _WORDS.items():
        if pattern.search(name):
            return _guess(column, role, "likely", f"named so, {column.n_distinct} values")
    return None


_WORDS: Mapping[Role, re.Pattern[str]] = {
    "touchpoint": words.TOUCHPOINT,
    "channel": words.CHANNEL,
    "language": words.LANGUAGE,
    "team": words.TEAM,
}


def _as_comment(column: Column) -> Guess | None:
    filled = column.filled
    mean = int(filled.str.len_chars().sum()) / filled.len()
    has_words = share_of(filled.str.contains(r"\S\s+\S"))
    varied = column.n_distinct / filled.len()
    if column.numbers().null_count() < 0.5 * filled.len():
        return None
    is_named = bool(words.COMMENT.search(column.words))
    if has_words >= 0.5 and varied >= 0.5 and mean >= (12 if is_named else 40):
        why = f"{'named so, ' if is_named else ''}{mean:.0f} characters on average"
        return _guess(column, "comment", "sure" if is_named else "likely", why)
    return None


def _as_personal(column: Column) -> Guess | None:
    if words.PERSONAL.search(column.words) and column.n_distinct > MAX_GROUPS:
        return _guess(column, "personal", "likely", "personal data, not needed here")
    return None


def _as_number(column: Column) -> Guess | None:
    if words.OUTCOME.search(column.words):
        return _guess(column, "outcome", "unsure", "named like an outcome, so it explains nothing")
    numbers = column.numbers()
    if numbers.null_count() > 0.01 * column.filled.len() or column.n_distinct < 3:
        return None
    return _guess(column, "number", "unsure", _range(numbers))


def _as_text(column: Column) -> Guess:
    if 2 <= column.n_distinct <= MAX_GROUPS:
        return _guess(column, "text", "unsure", f"{column.n_distinct} groups")
    return _guess(column, "ignored", "unsure", f"{column.n_distinct:,} different texts")


def _range(numbers: pl.Series) -> str:
    ordered = numbers.drop_nulls().sort()
    return f"numbers {float(ordered[0]):g} to {float(ordered[-1]):g}"
