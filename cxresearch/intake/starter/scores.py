"""Does a column hold answers on a scale: of which metric, from where to where, with which codes?

Only columns in which nearly every cell is an answer (`4`, `4 - good`, `4.0`, `good`), or a usual
word for "no answer", are read; the few others are told.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import polars as pl

from cxresearch.intake.starter import words
from cxresearch.intake.starter.guess import Column, Confidence, Guess
from cxresearch.intake.starter.words import NO_ANSWER, plain
from cxresearch.study import is_protected_name, read_yaml

MISSING_CODES = (88, 97, 98, 99, 999)
"""Codes that surveys write for blank, refused or not applicable."""

Answers = Mapping[str, int | None]
"""What each different cell stands for; None is no answer."""

_MOST = 30
_ON_SCALE = 0.95  # the rest are slips of the pen
_NUMBER = re.compile(r"(\d{1,3})([.,]0+)?|(\d{1,2})(\s*[-–—:=.)(]+\s*|\s+)\D.*")


def guess_score(column: Column) -> Guess | None:
    """A score, where every cell is a small whole number or a usual word for one."""
    kept = _without_slips(column.filled)
    read = read_answers(kept)
    if read is None or _is_label(column):
        return None
    answers = sorted({n for n in read.values() if n is not None and n not in MISSING_CODES})
    if not answers or answers[-1] > 11 or set(answers) <= {0, 1}:
        return None
    is_nps = bool(words.NPS.search(column.words)) and (answers[-1] > 5 or len(answers) < 3)
    if not is_nps and len(answers) < 3 and column.n_rows > 30:
        return None
    scale, blanks = ((0, 10), [n for n in answers if n > 10]) if is_nps else _scale_of(answers)
    metric, named = _metric_of(column, scale, is_nps=is_nps)
    is_effort = metric == "ces" and bool(words.HIGH_IS_BAD.search(column.words))
    why = f"{named}, " if named else ""
    why += f"answers {answers[0]} to {answers[-1]}"
    if blanks:
        why += f", of which {' and '.join(str(n) for n in blanks)} read as no answer"
    if is_effort:
        why += "; a high answer is read as much effort"
    if slips := column.filled.filter(~column.filled.is_in(kept.unique().implode())).to_list():
        why += f"; {len(slips)} cells such as '{slips[0]}' are no answer to it: their rows will be "
        why += "quarantined until values say what they mean"
    is_unsure = blanks or slips or is_effort or not named or (metric == "nps" and not is_nps)
    confidence: Confidence = "unsure" if is_unsure else "sure" if is_nps else "likely"
    return column.guess(
        "score",
        confidence,
        why,
        metric=metric,
        scale=scale,
        codes=codes_of(read, blanks),
        is_named=bool(named),
        is_full=is_nps or _is_full(scale, answers, column.filled.len()),
        high_is="bad" if is_effort else "good",
    )


def _without_slips(filled: pl.Series) -> pl.Series:
    """Leave out the few cells that fit no scale on which all the others are.

    What is left is the column itself where there is no such scale.
    """
    counts = filled.rename("cell").value_counts().sort("count", "cell", descending=[True, False])
    common = counts["cell"].head(_MOST).to_list()
    scales = [{_stem(cell) for cell in common if _number(cell) is not None}]
    scales += [set(scale) for scale in _likert_scales()]
    blank = {cell for cell in common if NO_ANSWER.fullmatch(plain(cell))}
    for scale in scales:
        fits = filled.is_in([cell for cell in common if _stem(cell) in scale or cell in blank])
        others = filled.filter(~fits).str.replace(",", ".", literal=True)
        has_numbers = others.cast(pl.Float64, strict=False).count()  # 4.5 is no slip
        if fits.sum() >= _ON_SCALE * filled.len() and not has_numbers:
            return filled.filter(fits)
    return filled


def read_answers(filled: pl.Series) -> Answers | None:
    """What each different cell of a column stands for, or None where one cannot be told.

    Parameters
    ----------
    filled
        Cells as text, without nulls.

    Examples
    --------
    >>> read_answers(pl.Series(["5 - ottimo", "4", "Blank"]))
    {'4': 4, '5 - ottimo': 5, 'Blank': None}
    >>> read_answers(pl.Series(["Molto soddisfatta", "Insoddisfatto", "Neutrale"]))
    {'Insoddisfatto': 2, 'Molto soddisfatta': 5, 'Neutrale': 3}
    >>> read_answers(pl.Series(["North", "South"])) is None
    True
    """
    cells = sorted(filled.unique().to_list())
    if len(cells) > _MOST:
        return None
    blank = {cell for cell in cells if NO_ANSWER.fullmatch(plain(cell))}
    likert = _likert([cell for cell in cells if cell not in blank])
    read = {cell: likert.get(cell, _number(cell)) for cell in cells}
    told = {cell for cell, value in read.items() if value is not None}
    return read if told and told | blank == set(cells) else None


def codes_of(read: Answers, blanks: Iterable[int] = ()) -> dict[str, int | None]:
    """The cells that need a code: those not written as their number, and those that are blank.

    Examples
    --------
    >>> codes_of({"0": 0, "4": 4, "5 - good": 5, "99": 99}, blanks=[0])
    {'0': None, '5 - good': 5, '99': None}
    """
    none = {None, *blanks, *MISSING_CODES}
    return {
        cell: None if value in none else value
        for cell, value in read.items()
        if value in none or not re.fullmatch(r"\d+(\.0+)?", cell)
    }


def _number(cell: str) -> int | None:
    match = _NUMBER.fullmatch(cell)
    return int(match[1] or match[3]) if match else None


def _likert(cells: list[str]) -> dict[str, int]:
    """Value by cell on the first scale of words that holds them all; at least three are needed."""
    stems = {cell: _stem(cell) for cell in cells}
    for scale in _likert_scales():
        if len(stems) >= 3 and set(stems.values()) <= set(scale):
            return {cell: scale[stem] for cell, stem in stems.items()}
    return {}


def _stem(text: str) -> str:
    return re.sub(r"[oaie]\b", "", plain(text))


@cache
def _likert_scales() -> list[dict[str, int]]:
    scales = read_yaml(Path(__file__).parent / "likert.yml")
    return [
        {_stem(word): place for place, ways in enumerate(scale, start=1) for word in ways}
        for scale in scales
    ]


def _is_label(column: Column) -> bool:
    """Whether whole numbers in this column number groups rather than rate anything."""
    if words.NPS.search(column.words) or words.RATING.search(column.words):
        return False
    return bool(words.IDENTIFIER.search(plain(column.name))) or is_protected_name(column.name)


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


def _metric_of(column: Column, scale: tuple[int, int], *, is_nps: bool) -> tuple[str, str]:
    """The metric, and what in the column's name says so (empty where nothing does)."""
    if is_nps:
        return "nps", "named like the recommendation question"
    if words.CES.search(column.words):
        return "ces", "named like an effort question"
    if words.STARS.search(column.words) and scale == (1, 5):
        return "stars", "named stars"
    is_rating, from_0_to_10 = words.RATING.search(column.words), scale == (0, 10)
    if from_0_to_10 and not words.SATISFACTION.search(column.words):
        named = "named like a score, on the scale of the recommendation question"
        return "nps", named if is_rating else ""
    return "csat", "named like a rating" if is_rating else ""
