"""Does a column hold answers on a scale: of which metric, from where to where, with which codes?"""

from typing import Literal

from cxresearch.intake.starter import words
from cxresearch.intake.starter.answers import MISSING_CODES, Answers, codes_of, read_answers
from cxresearch.intake.starter.guess import Column, Guess
from cxresearch.intake.starter.words import plain
from cxresearch.study import is_protected_name


def guess_score(column: Column) -> Guess | None:
    """A score, where every cell is a small whole number or a usual word for one."""
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
    is_unsure = bool(blanks) or not why or metric == "nps"
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
        if scale == (0, 10) and not words.SATISFACTION.search(column.words):
            return "nps", "named like a score, on the scale of the recommendation question"
        return "csat", "named like a rating"
    return ("nps", "") if scale == (0, 10) else ("csat", "")
