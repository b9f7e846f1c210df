"""What does one column of an export seem to hold, how sure is that, and why?

A guess reads the column's name, its question and its values; it never looks at other columns.
Which columns form one battery of ratings is decided in `batteries.py`.
"""

from collections.abc import Callable

import polars as pl

from cxresearch.intake.starter import words
from cxresearch.intake.starter.guess import MAX_GROUPS, Column, Confidence, Guess
from cxresearch.intake.starter.instants import find_date_form, share_of
from cxresearch.intake.starter.scores import guess_score
from cxresearch.intake.starter.words import plain


def guess_column(column: Column) -> Guess:
    """The first reading that fits, from the most telling to the least."""
    if not column.filled.len():
        return column.guess("empty", "sure", "no cell is filled")
    return next(guess for test in _TESTS if (guess := test(column)))


def _as_date(column: Column) -> Guess | None:
    form = find_date_form(column.filled)
    if form is None:
        return None
    is_named = bool(words.AT.search(column.words)) and not words.NOT_AT.search(column.words)
    why = f"{form.n_read} of {form.n_seen} cells looked at are dates such as {form.example}"
    if form.is_ambiguous:
        why += "; no date tells day from month"
    confidence: Confidence = "sure" if is_named and not form.is_ambiguous else "unsure"
    return column.guess("at", confidence, why, date_form=form)


def _as_weight(column: Column) -> Guess | None:
    if not words.WEIGHT.search(column.words):
        return None
    numbers = column.numbers()
    if numbers.null_count() or (numbers < 0).any():
        return None
    return column.guess("weight", "likely", f"named a weight, {_range(numbers)}")


def _as_identifier(column: Column) -> Guess | None:
    is_customer = bool(words.CUSTOMER.search(column.words))
    if not words.IDENTIFIER.search(plain(column.name)) and not (is_customer and column.is_unique):
        return None
    if column.filled.str.contains(" ").any() or column.n_distinct < min(3, column.n_rows):
        return None
    if is_customer:
        return column.guess("customer_id", "likely", f"{column.n_distinct:,} different ids")
    if column.is_unique:
        return column.guess("answer_id", "likely", "an id that tells the rows apart")
    return None


def _as_word(column: Column) -> Guess | None:
    for role, pattern in _WORDS.items():
        if pattern.search(plain(column.name)) and column.n_distinct <= 2 * MAX_GROUPS:
            return column.guess(role, "likely", f"named so, {column.n_distinct} values")
    return None


_WORDS = {
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
    least_varied, least_long = (0.1, 12) if is_named else (0.5, 40)
    if has_words >= 0.5 and varied >= least_varied and mean >= least_long:
        why = f"{'named so, ' if is_named else ''}{mean:.0f} characters on average"
        return column.guess("comment", "sure" if is_named else "likely", why)
    return None


def _as_personal(column: Column) -> Guess | None:
    if words.PERSONAL.search(column.words) and column.n_distinct > MAX_GROUPS:
        return column.guess("personal", "likely", "personal data, not needed here")
    return None


def _as_number(column: Column) -> Guess | None:
    if words.OUTCOME.search(column.words):
        return column.guess("outcome", "unsure", "named like an outcome, so it explains nothing")
    numbers = column.numbers()
    if numbers.null_count() > 0.01 * column.filled.len() or column.n_distinct < 3:
        return None
    return column.guess("number", "unsure", _range(numbers))


def _as_text(column: Column) -> Guess:
    if 2 <= column.n_distinct <= MAX_GROUPS:
        return column.guess("text", "unsure", f"{column.n_distinct} groups")
    return column.guess("ignored", "unsure", f"{column.n_distinct:,} different texts")


def _range(numbers: pl.Series) -> str:
    ordered = numbers.drop_nulls().sort()
    return f"numbers {float(ordered[0]):g} to {float(ordered[-1]):g}"


_TESTS: tuple[Callable[[Column], Guess | None], ...] = (
    _as_date,
    _as_weight,
    _as_identifier,
    guess_score,
    _as_word,
    _as_comment,
    _as_personal,
    _as_number,
    _as_text,
)
"""From the most telling to the least; the last one always answers."""
