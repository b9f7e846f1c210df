"""How is a text searched? Rust finds candidates in the whole column, Python judges each candidate.

A `Finder` has a pattern that polars looks for in linear time, and a judge that reads one candidate
with a little of what stands on either side and names the places that are personal. What is found
becomes a mask: private signs that no later pattern takes for letters or digits, and that stand for
one value of one kind. `pseudonyms` turns masks into what a reader sees.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import polars as pl

OPEN, CLOSE, START, END = "\ue000", "\ue001", "\ue002", "\ue003"
DIGIT_SIGNS = {str(digit): chr(0xE010 + digit) for digit in range(10)}
MASK = f"{OPEN}[\ue010-\ue019]+{CLOSE}"
"""What a mask looks like to a pattern."""
RESERVED = r"[\x{E000}-\x{E01F}]"
LEFT, RIGHT = 48, 24
_TO_SIGNS = str.maketrans(DIGIT_SIGNS)


class Found(NamedTuple):
    """A place in a candidate: from `start` to before `end`, its kind and its value normalised."""

    start: int
    end: int
    kind: str
    value: str


class Candidate(NamedTuple):
    """What a pattern met, what stands beside it, and the country whose phone numbers are meant."""

    left: str
    text: str
    right: str
    region: str


Judge = Callable[[Candidate], Iterable[Found]]


@dataclass(frozen=True)
class Finder:
    """A pattern and the judge of what it meets.

    Parameters
    ----------
    pattern
        Regular expression of Rust; linear whatever the text.
    judge
        From a candidate to what is personal in it.
    reach
        None: the candidate is what the pattern matches. Else it begins there and is so many
        characters long, at most up to the next match: cues may stand close together.
    sign
        A cheaper pattern without which the first is not looked for.
    """

    pattern: str
    judge: Judge
    reach: int | None = None
    sign: str = ""


@dataclass
class Register:
    """Values found so far, each with the number of its mask."""

    keep: frozenset[str] = frozenset()
    masks: dict[tuple[str, str], int] = field(default_factory=dict)

    def mask(self, kind: str, value: str) -> str:
        """The mask of a value, the same wherever it is met."""
        number = self.masks.setdefault((kind, value), len(self.masks))
        return OPEN + str(number).translate(_TO_SIGNS) + CLOSE

    def rewrite(self, candidate: Candidate, judge: Judge) -> str:
        """The candidate with a mask for everything personal in it."""
        text, parts, end = candidate.text, [], 0
        for found in sorted(judge(candidate)):
            if found.start >= end and not self._is_kept(found, text):
                parts += [text[end : found.start], self.mask(found.kind, found.value)]
                end = found.end
        return "".join([*parts, text[end:]])

    def _is_kept(self, found: Found, text: str) -> bool:
        if not self.keep:
            return False
        written = " ".join(text[found.start : found.end].casefold().split())
        if written in self.keep or found.value.casefold() in self.keep:
            return True
        is_wordy = found.kind in ("name", "address", "order")
        return is_wordy and any(f" {word} " in f" {written} " for word in self.keep)


def mask_found(texts: pl.DataFrame, finder: Finder, register: Register) -> pl.DataFrame:
    """The texts with masks for what a finder finds.

    Parameters
    ----------
    texts
        _row, region, text; no nulls.
    """
    hit = texts.filter(pl.col("text").str.contains(finder.sign or finder.pattern))
    if hit.is_empty():
        return texts
    pieces = _cut(hit, finder)
    met = pieces.filter("is_met")
    columns = [met[name].to_list() for name in ("left", "match", "right", "region")]
    seen: dict[Candidate, str] = {}
    for candidate in map(Candidate, *columns):
        if candidate not in seen:
            seen[candidate] = register.rewrite(candidate, finder.judge)
    written = [seen[candidate] for candidate in map(Candidate, *columns)]
    met = met.select("_piece", pl.Series("written", written, dtype=pl.String))
    new = (
        pieces.join(met, on="_piece", how="left", maintain_order="left")
        .group_by("_row", maintain_order=True)
        .agg(pl.concat_str(pl.coalesce("written", "match"), "tail").str.join("").alias("text"))
    )
    return texts.update(new, on="_row", maintain_order="left")


def _cut(texts: pl.DataFrame, finder: Finder) -> pl.DataFrame:
    """A row a piece of a text: what the pattern met, what follows it, what stands on either side.

    The first piece of a text was met by nothing.
    """
    close = END if finder.reach is None else ""
    marked = pl.col("text").str.replace_all(f"({finder.pattern})", f"{START}${{1}}{close}")
    pieces = (
        texts.with_columns(marked.str.split(START))
        .explode("text")
        .with_row_index("_piece")
        .with_columns((pl.col("_row") == pl.col("_row").shift(1)).fill_null(False).alias("is_met"))
    )
    text, is_met = pl.col("text"), pl.col("is_met")
    if finder.reach is None:
        parts = text.str.splitn(END, 2)
        match, tail = parts.struct.field("field_0"), parts.struct.field("field_1")
    else:
        match, tail = text.str.head(finder.reach), text.str.slice(finder.reach)
    pieces = pieces.select(
        "_piece",
        "_row",
        "region",
        "is_met",
        pl.when(is_met).then(match).otherwise(pl.lit("")).alias("match"),
        pl.when(is_met).then(tail).otherwise(text).fill_null("").alias("tail"),
    )
    whole = pl.concat_str("match", "tail")
    goes_on = pl.col("_row") == pl.col("_row").shift(-1)
    following = pl.when(goes_on).then(pl.col("match").shift(-1)).otherwise(pl.lit(""))
    return pieces.with_columns(
        whole.str.tail(LEFT).shift(1).fill_null("").alias("left"),
        pl.concat_str(pl.col("tail").str.head(RIGHT), following.str.head(RIGHT)).alias("right"),
    )
