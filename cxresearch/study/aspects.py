"""What do customers speak about, and in which words? The parts of aspects.yml.

The aspects that come with the project (`lexicons/aspects.yml`) fit every trade. A study's own
aspects.yml adds words to them, adds aspects of its own, or replaces them. Nothing is measured here.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from cxresearch.study.packaged import read_packaged
from cxresearch.study.parts import Identifier, Part, Text, refuse

GENERIC = Path(__file__).parents[1] / "lexicons" / "aspects.yml"
LONGEST = 7
"""Words of the longest expression."""
_FLAGS = ("place", "is_complaint")
_WORD = re.compile(r"_|[^\W_]{2,}\*?|[^\W_]")


def fold_expression(text: str) -> str:
    """An expression as it is matched: lower case, no accents, its words a space apart.

    Examples
    --------
    >>> fold_expression("Com'è Andata, perché?*")
    'com e andata perche *'
    """
    plain = unicodedata.normalize("NFKD", text.lower()).replace("n't", " not")
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return " ".join(re.sub(r"[^\w*]|(?<=\w)_|_(?=\w)", " ", plain).split())


def _check_expression(text: str) -> str:
    words = fold_expression(text).split()
    if 1 <= len(words) <= LONGEST and all(map(_WORD.fullmatch, words)) and set(words) != {"_"}:
        return text
    raise refuse(
        f"'{text}' is no expression",
        allowed=f"one to {LONGEST} words; * at the end of a word of two letters or more stands "
        "for any ending, _ for any one word",
        next_step="write it as customers do: gentil*, or: cambi* _ bigliett*",
    )


Expression = Annotated[str, Field(min_length=1), AfterValidator(_check_expression)]
"""A word or words that must follow each other; `*` any ending, `_` any one word."""


class Words(Part):
    """How customers name something, in each language."""

    it: list[Expression] = Field(default=[], description="Expressions in Italian.")
    en: list[Expression] = Field(default=[], description="Expressions in English.")


class Aspect(Words):
    """Something that customers speak about."""

    id: Identifier = Field(description="Short name; one that exists gains these expressions.")
    label: Text | None = Field(default=None, description="What readers see.")
    place: bool = Field(
        default=False,
        description="Whether it is itself a point of contact, such as the app: touchpoints called "
        "so are recognised by its expressions.",
    )
    is_complaint: bool = Field(
        default=False,
        description="Whether to speak of it is to complain, such as having to tell it again: it "
        "counts as a complaint also where no other word says so.",
    )
    replace: bool = Field(
        default=False,
        description="Whether these expressions take the place of those it has; without any it is "
        "looked for no longer.",
    )


class Aspects(Part):
    """aspects.yml: what customers speak about."""

    aspects: list[Aspect] = Field(default=[], description="What customers speak about.")


@cache
def generic_aspects() -> tuple[Aspect, ...]:
    """The aspects that come with the project."""
    return tuple(Aspects.model_validate(read_packaged(GENERIC)).aspects)


def merge_aspects(own: Sequence[Aspect]) -> tuple[Aspect, ...]:
    """The generic aspects with those of a study on top.

    Parameters
    ----------
    own
        Aspects of a study. One with a known id gains its expressions, or replaces it.

    Returns
    -------
    tuple
        In the order of the generic file, new ones last; those without any expression left out.

    Examples
    --------
    >>> own = [Aspect(id="parking", it=["silos"]), Aspect(id="ski_pass", en=["pass"])]
    >>> added = merge_aspects(own)
    >>> [aspect.it[-1] for aspect in added if aspect.id == "parking"], added[-1].id
    (['silos'], 'ski_pass')
    """
    merged = {aspect.id: aspect for aspect in generic_aspects()}
    for aspect in own:
        known = merged.get(aspect.id)
        merged[aspect.id] = _on_top(known, aspect) if known else aspect
    return tuple(aspect for aspect in merged.values() if aspect.it or aspect.en)


def _on_top(known: Aspect, own: Aspect) -> Aspect:
    """A generic aspect with what a study says of it."""
    label = own.label or known.label
    if own.replace:
        return own.model_copy(update={"label": label})
    expressions = {
        language: list(dict.fromkeys([*getattr(known, language), *getattr(own, language)]))
        for language in Words.model_fields
    }
    flags = {name: getattr(known, name) or getattr(own, name) for name in _FLAGS}
    return known.model_copy(update={**expressions, "label": label, **flags})
