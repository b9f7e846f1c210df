"""The made set of comments: what stands in it, and how a redaction of it is judged.

A comment is written with its personal data in tags: `call <phone>347 1234567</phone>`. A planted
place is found when none of its letters and digits is left; a removed place is right when at least
four fifths of its letters and digits were planted.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import polars as pl

from cxresearch.privacy import KINDS, redact_tables
from cxresearch.study import read_yaml

FOLDER = Path(__file__).parent / "redaction"
TAG = re.compile(rf"<({'|'.join(KINDS)})>(.*?)</\1>", re.DOTALL)
PLACEHOLDER = re.compile(rf"\[({'|'.join(KINDS)}) \d+\]")
ENOUGH = 0.8


class Planted(NamedTuple):
    """A comment and the kind of each of its characters, None where nothing is personal."""

    text: str
    kinds: list[str | None]
    places: list[tuple[int, int, str]]


def read_planted(language: str, part: str | None = None) -> list[Planted]:
    """The comments of a language: all parts, or one of them."""
    found = read_yaml(FOLDER / f"{language}.yml")
    return [plant(line) for name, lines in found.items() if part in (None, name) for line in lines]


def plant(line: str) -> Planted:
    """A tagged comment as it was written, with its places."""
    text, places, end = "", [], 0
    for tag in TAG.finditer(line):
        text += line[end : tag.start()]
        places.append((len(text), len(text) + len(tag[2]), tag[1]))
        text += tag[2]
        end = tag.end()
    text += line[end:]
    kinds: list[str | None] = [None] * len(text)
    for start, stop, kind in places:
        kinds[start:stop] = [kind] * (stop - start)
    return Planted(text, kinds, places)


def redact_planted(planted: Sequence[Planted], language: str) -> list[str]:
    """The comments without what redaction finds."""
    table = pl.DataFrame({"comment": [one.text for one in planted]}).with_columns(
        language=pl.lit(language)
    )
    return redact_tables({"responses": table}).tables["responses"]["comment"].to_list()


def removed_places(text: str, redacted: str) -> Iterator[tuple[int, int, str]]:
    """Where in `text` the placeholders of `redacted` stand, found by what is left between them."""
    pieces = PLACEHOLDER.split(redacted)
    pattern = "(.+?)".join(re.escape(piece) for piece in pieces[::2])
    met = re.fullmatch(pattern, text, re.DOTALL)
    assert met, (text, redacted)
    for number, kind in enumerate(pieces[1::2], start=1):
        yield (*met.span(number), kind)


class Score(NamedTuple):
    """Counts by kind: planted and found, removed and right; what went wrong, to be read."""

    planted: Counter[str]
    found: Counter[str]
    removed: Counter[str]
    right: Counter[str]
    faults: list[str]

    def recall(self, *kinds: str) -> float:
        """Share of planted places that are gone."""
        return sum(self.found[k] for k in kinds) / sum(self.planted[k] for k in kinds)

    def precision(self) -> float:
        """Share of removed places that were planted."""
        return self.right.total() / self.removed.total()


def score(planted: Sequence[Planted], redacted: Sequence[str]) -> Score:
    """Hold redacted comments against what was planted in them."""
    result = Score(Counter(), Counter(), Counter(), Counter(), [])
    for one, shown in zip(planted, redacted, strict=True):
        gone = list(removed_places(one.text, shown))
        hidden = {place for start, end, _ in gone for place in range(start, end)}
        for start, end, kind in one.places:
            result.planted[kind] += 1
            left = [n for n in range(start, end) if one.text[n].isalnum() and n not in hidden]
            result.found[kind] += not left
            if left:
                result.faults.append(f"missed {kind} {one.text[start:end]!r}: {shown}")
        for start, end, kind in gone:
            signs = [n for n in range(start, end) if one.text[n].isalnum()]
            is_right = sum(one.kinds[n] is not None for n in signs) >= ENOUGH * len(signs)
            result.removed[kind] += 1
            result.right[kind] += is_right
            if not is_right:
                result.faults.append(f"wrong {kind} {one.text[start:end]!r}: {shown}")
    return result
