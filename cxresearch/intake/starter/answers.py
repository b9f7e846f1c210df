"""Which whole number does each answer of a column stand for? `4`, `4 - good`, `4.0`, `good`.

Only columns in which every cell is an answer, or a usual word for "no answer", are read.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import polars as pl

from cxresearch.intake.starter.words import NO_ANSWER, plain
from cxresearch.study import read_yaml

MISSING_CODES = (88, 97, 98, 99, 999)
"""Codes that surveys write for blank, refused or not applicable."""

Answers = Mapping[str, int | None]
"""What each different cell stands for; None is no answer."""

_MOST = 30
_LEADING = re.compile(r"(\d{1,2})(?:\s*[-–—:=.)(]+\s*|\s+)\D.*")


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
    read: dict[str, int | None] = {}
    likert = _likert(cells)
    for cell in cells:
        value = likert.get(cell, _number(cell))
        if value is None and not NO_ANSWER.fullmatch(plain(cell)):
            return None
        read[cell] = value
    return read if any(value is not None for value in read.values()) else None


def codes_of(read: Answers, blanks: Iterable[int] = ()) -> dict[str, int | None]:
    """The cells that need a code: those not written as their number, and those that are blank.

    Examples
    --------
    >>> codes_of({"0": 0, "4": 4, "5 - good": 5, "99": 99}, blanks=[0])
    {'0': None, '5 - good': 5, '99': None}
    """
    none = {*blanks, *MISSING_CODES}
    found: dict[str, int | None] = {}
    for cell, value in read.items():
        if value is None or value in none:
            found[cell] = None
        elif not re.fullmatch(r"\d+(\.0+)?", cell):
            found[cell] = value
    return found


def _number(cell: str) -> int | None:
    if re.fullmatch(r"\d{1,3}([.,]0+)?", cell):
        return int(re.split("[.,]", cell)[0])
    match = _LEADING.fullmatch(cell)
    return int(match[1]) if match else None


def _likert(cells: list[str]) -> dict[str, int]:
    """Value by cell on the first scale of words that holds them all; at least three are needed."""
    worded = {cell: _stem(cell) for cell in cells if not NO_ANSWER.fullmatch(plain(cell))}
    for scale in _likert_scales():
        if len(worded) >= 3 and set(worded.values()) <= set(scale):
            return {cell: scale[stem] for cell, stem in worded.items()}
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
