"""What do all rules for names share: kinds of cues, names that go on a list, a found name?"""

import re
from collections.abc import Iterator, Sequence

from cxresearch.privacy.name_words import (
    count_name,
    count_unlisted,
    first_names,
    is_never,
    is_no_name,
    name_words,
)
from cxresearch.privacy.scan import Found
from cxresearch.privacy.words import words_of

SELF = r"(?:io )?sono|this is|i am|i'm|im"
CUES = (
    *("titles", "soft_titles", "strong", "people", "thanks", "medium", "closings", "greetings"),
)
REACH = 110
JOINED = ("@", "#", "_", "&", "'", "’", "-", "[")
WEAK = re.compile(
    r"(?:from|with|con|ma|but|under|e che|it's|la guida|guida,?|chef|medico|host|recommend|love|"
    r"appreciate|request|give|grande|viva)$",
    re.I,
)
AND = re.compile(r"(?:,? (?:e|ed|and) | ?& |, )(?:(?:la|il|a|ad|to|alla|al) )?(?=[^\W\d_])")
_MOST_LISTED = 5


def any_of(patterns: Sequence[str]) -> str:
    return "|".join(sorted(patterns, key=len, reverse=True))


def others_after(text: str, end: int, *, is_cued: bool) -> Iterator[Found]:
    """Names that go on a list: "Anna, Luca e Zlata"."""
    for _ in range(_MOST_LISTED):
        met = AND.match(text, end)
        words = name_words(text, met.end()) if met else []
        if not words or text.isupper() or is_never(words):
            return
        first = words[0][0].lower()
        is_listed = first in first_names() and not is_no_name(first)
        if words[0][0].islower() and not (is_listed and is_cued and is_clear(words[0])):
            return
        is_comma = met is not None and "," in met[0] and len(met[0]) == len(", ")
        n = count_name(words, text) if is_listed else 0
        if not n and is_cued and not is_comma:
            n = count_unlisted(words, text, most=2)
        if not n:
            return
        end = words[n - 1].end()
        yield name_at(text, words[0].start(), end)


def is_clear(word: re.Match[str]) -> bool:
    return word[0].lower() not in words_of("ambiguous")


def name_at(text: str, start: int, end: int) -> Found:
    return Found(start, end, "name", " ".join(text[start:end].casefold().replace("’", "'").split()))
