"""Which words are somebody's name? Those a cue announces, and a first name with its surname.

Unit: a cue, or a first name of the lists, with what follows it. A title or "mi chiamo" announces a
name nobody knows; "parlato con", "thanks to" only a known one, since companies follow them too. A
first name alone needs a cue on its left or right. Streets, saints, brands and famous people stay.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from cxresearch.privacy.name_words import (
    Words,
    count_name,
    first_names,
    is_initial,
    is_never,
    is_particle,
    is_stop,
    known_names,
    looks_like_name,
    name_words,
)
from cxresearch.privacy.scan import MASK, Candidate, Finder, Found
from cxresearch.privacy.words import read_words, words_of

_SURE = re.compile(
    r"(?:sig\.?|sigg\.|sig\.ra|sig\.na|mr\.?|mrs\.?|ms\.?|mr\.? and mrs\.?|mi chiamo|"
    r"my name is|my name's|il mio nome .*)",
    re.I,
)
_MAYBE_CLOSING = re.compile(
    r"(?:best|cheers|best wishes|all the best|cordially|regards|un saluto|saluti)", re.IGNORECASE
)
_ENDS = re.compile(
    rf"(?:\s|[.,;:!?*()\"'’/+\-]|{MASK}|[^\w\s]|\b(?:tel|cell|ph|email|mail)\b|\d)*", re.IGNORECASE
)
_WEAK = re.compile(
    r"(?:from|with|con|ma|but|then|poi|under|met|asked|told|e che|it's|la guida|"
    r"guida,?|chef|medico|man|woman|guy|girl|host)$",
    re.I,
)
_SELF = r"(?:io )?sono|this is|i am|i'm|im"
_REACH = 110
_INITIALS = 3
_JOINED = ("@", "#", "_", "&", "'", "’", "-", "[")
_ELIDED = re.compile(r"\b(?:l|d|dell|all|un)['’]$", re.IGNORECASE)


def _any(patterns: Sequence[str]) -> str:
    return "|".join(sorted(patterns, key=len, reverse=True))


def _written(words: Iterable[str]) -> str:
    """Words with a capital or all in capitals, the longest first, as a pattern."""
    return _any(sorted({form for word in words for form in (word.title(), word.upper())}))


@cache
def name_finders() -> tuple[Finder, Finder]:
    """Names after a cue, then first names wherever they stand."""
    cues = read_words("cues")
    kinds = ("titles", "soft_titles", "strong", "medium", "closings")
    every = _any([pattern for kind in kinds for pattern in cues[kind]])
    by_cue = rf"(?i)(?-u:\b)(?:{every}|{_any(cues['roles'])}|{_SELF})[\s,:]"
    first = _written({word for word in first_names() if len(word) > 1})
    last = _written(words_of("surnames") - words_of("stop"))
    by_name = (
        rf"(?-u:\b)(?:(?:{last}) )?(?:{first})(?: (?:(?:D[ieoa]|Del|Della|L[ao]) )?(?:{first}))*"
        r"(?:[^\pL'’\-]|['’\-][^\pL]|$)"
    )
    return (
        Finder(pattern=by_cue, judge=_after_cue, reach=_REACH),
        Finder(pattern=by_name, judge=_first_name, reach=_REACH),
    )


@cache
def _cue() -> re.Pattern[str]:
    cues = read_words("cues")
    groups = [
        f"(?P<{kind}>{_any(cues[kind])})"
        for kind in ("titles", "soft_titles", "strong", "medium", "closings")
    ]
    return re.compile(
        rf"(?:{'|'.join(groups)}|(?P<roles>{_any(cues['roles'])})|"
        rf"(?P<self>{_SELF}))(?P<gap>[\s,:.!\-–*]+)(?=\w)",
        re.IGNORECASE,
    )


@cache
def _sides() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    cues = read_words("cues")
    before = re.compile(
        rf"(?:^|\W)({_any(cues['before'])})[,:]? (?:(?:il|la|the|our|mister|signor|a|ad|da) )?$",
        re.I,
    )
    after = re.compile(rf",? (?:{_any(cues['after'])})")
    places = re.compile(rf"(?:^|\W)(?:{_any(cues['places'])})\.?\s?$", re.IGNORECASE)
    return before, after, places


def _after_cue(candidate: Candidate) -> Iterator[Found]:
    met = _cue().match(candidate.text)
    if met is None or candidate.left.endswith("["):
        return
    kind, text = str(met.lastgroup), candidate.text
    kind = next(name for name, cue in met.groupdict().items() if cue and name != "gap")
    words = name_words(text, met.end())
    if (
        not words
        or ("\n" in met["gap"] and kind != "closings")
        or (met["gap"][:2] in (". ", "! ") and kind == "medium")
    ):
        return
    n = _TAKEN[kind](met, words, text, candidate)
    if n:
        yield _name(text, words[0].start(), words[n - 1].end())


def _by_title(met: re.Match[str], words: Words, text: str, candidate: Candidate) -> int:
    first = words[0][0]
    is_sure = _SURE.fullmatch(met[0][: met.start("gap")].strip()) is not None
    if is_stop(first) and not is_particle(words) and not is_initial(words, text):
        return 0
    is_known = first.lower() in known_names()
    is_shouted = first.isupper() and len(first) > _INITIALS and text.isupper()
    if not (is_sure or is_known) and (is_shouted or first[0].islower()):
        return 0
    return count_name(words, text, is_sure=is_sure)


def _by_known(met: re.Match[str], words: Words, text: str, candidate: Candidate) -> int:
    first = words[0][0].lower()
    if is_stop(first):
        return 0
    if first in first_names() and (words[0][0][0].isupper() or first not in words_of("ambiguous")):
        return 0 if is_never(words) else count_name(words, text)
    if met["medium"] and re.match(
        r"una cert|un cert|tale|a |someone", met["medium"], re.IGNORECASE
    ):
        return count_name(words, text) if looks_like_name(words[0][0]) and not text.isupper() else 0
    n = count_name(words, text)
    is_pair = n > 1 and all(looks_like_name(word[0]) for word in words[:n])
    return n if is_pair and not text.isupper() and not is_never(words) else 0


def _by_closing(met: re.Match[str], words: Words, text: str, candidate: Candidate) -> int:
    n = count_name(words, text)
    first = words[0][0]
    rest = text[words[n - 1].end() :]
    is_small = first.lower() in first_names() and (n > 1 or _is_clear(words[0]))
    if not (first[0].isupper() or is_small) or (
        is_stop(first) and not is_particle(words) and not is_initial(words, text)
    ):
        return 0
    if len(text) >= _REACH or _ENDS.fullmatch(rest) is None or candidate.right:
        return 0
    is_sure = not _MAYBE_CLOSING.fullmatch(met["closings"]) or bool(set(met["gap"]) & set(",\n-–"))
    return n if is_sure or first.lower() in first_names() else 0


def _by_self(met: re.Match[str], words: Words, text: str, candidate: Candidate) -> int:
    if len(words) < 2 or met["gap"].strip():
        return 0
    first, second = words[0][0].lower(), words[1][0].lower()
    return (
        count_name(words, text) if first in first_names() and second in words_of("surnames") else 0
    )


def _by_role(met: re.Match[str], words: Words, text: str, candidate: Candidate) -> int:
    n = count_name(words, text)
    first = words[0][0].lower()
    if met["gap"] == " " and first in first_names() and _is_clear(words[0]):
        return n
    is_apart = met["gap"] == ", " and text[words[n - 1].end() :][:1] in ("", ",", ".")
    return n if is_apart and looks_like_name(words[0][0]) and not text.isupper() else 0


_TAKEN = {
    "titles": _by_title,
    "soft_titles": _by_title,
    "strong": _by_title,
    "medium": _by_known,
    "closings": _by_closing,
    "roles": _by_role,
    "self": _by_self,
}


def _first_name(candidate: Candidate) -> Iterator[Found]:
    text, left = candidate.text, candidate.left
    words = name_words(text, 0)
    at = 0 if words and words[0][0].lower() in first_names() else 1
    if at >= len(words) or words[at][0].lower() not in first_names():
        return
    before, _, places = _sides()
    is_part = (left[-1:] in _JOINED or left.endswith("& ")) and not _ELIDED.search(left)
    if is_part or places.search(left) or is_never(words):
        return
    n = count_name(words, text)
    cue = before.search(left)
    others = [word[0].lower() for word in words[:n] if word is not words[at]]
    if n == 1:
        if _stands_alone(words, text[words[0].end() :] or candidate.right, cue):
            yield _name(text, 0, words[0].end())
    elif _is_clear(words[at]) or cue or known_names().intersection(others):
        yield _name(text, 0, words[n - 1].end())


def _stands_alone(words: Words, rest: str, cue: re.Match[str] | None) -> bool:
    """Whether a first name without a surname is somebody's, not a place's or a brand's."""
    name = words[0][0]
    has_follower = len(words) > 1 and words[1][0][0].isupper()
    is_joined = rest.startswith(" &") and cue is None
    if is_joined or (has_follower and words[1][0].lower() in words_of("follows")):
        return False
    if cue and (_is_clear(words[0]) or not _WEAK.search(cue[1])):
        return not (name.isupper() and is_stop(name))
    # Shouted words look like names too often: without a cue on the left they need one on the right.
    return (
        _is_clear(words[0])
        and (not name.isupper() or _sides()[1].match(rest) is not None)
        and not is_stop(name)
    )


def _is_clear(word: re.Match[str]) -> bool:
    return word[0].lower() not in words_of("ambiguous")


def _name(text: str, start: int, end: int) -> Found:
    return Found(start, end, "name", " ".join(text[start:end].casefold().replace("’", "'").split()))
