"""Which of the words that follow each other belong to one name, and where does it end?

Capitals tell, where a writer uses them: a name goes on while words with capitals follow that are no
everyday word, place or firm. In texts all small or all capitals only known surnames go on.
"""

import re
from collections.abc import Sequence
from functools import cache

from cxresearch.privacy.words import words_of

Words = Sequence[re.Match[str]]
_TOKEN = re.compile(r"[^\W\d_]+(?:['’\-](?!s\b)[^\W\d_]+)*")
_MOST_WORDS = 4
_PARTICLES = frozenset(
    ("de", "di", "del", "della", "dello", "dei", "degli", "da", "d", "la", "lo", "li", "van", "von",
     "der", "den", "mac", "mc", "st", "al", "el", "bin", "ben", "dos", "san")
)  # fmt: skip
_SHOUTED = 30


def name_words(text: str, start: int) -> list[re.Match[str]]:
    """Words from `start` on that are parted by one blank, or by the dot of an initial."""
    words: list[re.Match[str]] = []
    end = start
    for word in _TOKEN.finditer(text, start):
        gap = text[end : word.start()]
        is_initial = bool(words) and len(words[-1][0]) == 1 and gap in (". ", ".")
        if (
            (words and gap != " " and not is_initial)
            or (not words and gap)
            or len(words) > _MOST_WORDS
        ):
            break
        words.append(word)
        end = word.end()
    return words


def count_name(words: Words, text: str, *, is_sure: bool = False) -> int:
    """How many of the words belong to the name that begins with the first."""
    n = 2 if is_sure and _goes_on(words, text) else 1
    is_shouted = text[words[0].start() : words[0].start() + _SHOUTED].isupper()
    is_small = words[0][0].islower()
    while n < len(words) and n < _MOST_WORDS:
        word = words[n][0]
        if is_shouted or is_small:
            is_ending = not is_no_name(word) and _ends_clause(word, words[n], text)
            if word.lower() not in words_of("surnames") or not (is_shouted or is_ending):
                break
        elif is_particle(words[n:]) or _is_small_particle(words[n:]):
            n += 1
        elif not looks_like_name(word) and not (len(word) == 1 and word.isupper()):
            break
        n += 1
    return n


def _is_small_particle(words: Words) -> bool:
    """Whether a small particle joins a known name, as in Vincent van Dijk."""
    return (
        len(words) > 1
        and words[0][0] in _PARTICLES
        and words[1][0].istitle()
        and words[1][0].lower() in known_names()
        and not is_no_name(words[1][0])
    )


def _ends_clause(word: str, met: re.Match[str], text: str) -> bool:
    return (
        word.islower() and re.match(r"\s*(?:[,.;:!?\n)]|$|e |and )", text[met.end() :]) is not None
    )


def count_unlisted(words: Words, text: str, *, most: int = 3) -> int:
    """How many words with a capital follow each other, 0 where one of them is no name's."""
    n = 0
    while n < len(words) and words[n][0][0].isupper():
        n += 1
    if not 0 < n <= most or text[words[n - 1].end() :][:2] in ("'s", "’s", " &"):
        n = 0 if n == 0 or n > most or not _is_owner(words[n - 1], text) else n
    for place, word in enumerate(words[:n]):
        low = word[0].lower()
        is_surname = place > 0 and low in words_of("surnames") and low not in words_of("shops")
        is_written = len(low) > 1 or place > 0
        if not is_written or (is_no_name(low) and not (is_surname or is_particle(words[place:]))):
            return 0
        if word[0].isupper() and len(low) > 1 and low not in known_names():
            return 0
    return n


def _is_owner(word: re.Match[str], text: str) -> bool:
    """Whether an apostrophe s makes no shop of a word."""
    follower = text[word.end() : word.end() + 2]
    return follower in ("'s", "’s") and f"{word[0].lower()}'s" not in words_of("brands")


def _goes_on(words: Words, text: str) -> bool:
    """Whether a word nobody knows ends the name: first name, it, and then a pause."""
    return (
        len(words) > 1
        and words[0][0].lower() in first_names()
        and not is_stop(words[1][0])
        and words[0][0].isupper() == words[1][0].isupper()
        and re.match(r"\s*(?:[,.;:!\n\-]|$|e |and )", text[words[1].end() :]) is not None
    )


def looks_like_name(word: str) -> bool:
    low = word.lower()
    is_place = low in words_of("towns") and low not in words_of("surnames")
    is_code = word.isupper() and len(word) > 1 and low not in known_names()
    return word[0].isupper() and not (
        is_stop(low)
        or is_place
        or is_code
        or low in words_of("follows")
        or low in words_of("shops")
    )


@cache
def _no_names() -> frozenset[str]:
    lists = ("stop", "follows", "towns", "brands", "places", "people", "words", "shops")
    return frozenset().union(*map(words_of, lists))


def is_no_name(word: str) -> bool:
    """Whether a word is a place, a firm, a department, or a word that begins sentences."""
    return word.lower() in _no_names()


def is_particle(words: Words) -> bool:
    """Whether a particle such as De or van stands before another word with a capital."""
    first = words[0][0].lower().rstrip("'’")
    return (
        len(words) > 1
        and first in _PARTICLES
        and words[0][0][0].isupper()
        and words[1][0][0].isupper()
    )


def is_initial(words: Words, text: str) -> bool:
    """Whether the first word is a letter with a dot, and a name follows."""
    end = words[0].end()
    return len(words) > 1 and end - words[0].start() == 1 and text[end] == "."


def is_stop(word: str) -> bool:
    return word.lower() in words_of("stop")


def is_never(words: Words) -> bool:
    return " ".join(word[0].lower() for word in words[:2]) in words_of("never")


@cache
def first_names() -> frozenset[str]:
    """First names that are no everyday word, or are known to be one as well."""
    return words_of("first") - (words_of("stop") - words_of("ambiguous"))


@cache
def known_names() -> frozenset[str]:
    return first_names() | words_of("surnames")
