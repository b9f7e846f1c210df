"""Which words are somebody's name? Those a cue announces, and a first name with its surname.

Unit: a cue, or a first name of the lists, with what follows it. A title or "mi chiamo" announces a
name nobody knows; "parlato con", "thanks to" only a known one, since companies follow them too. A
first name alone needs a cue on its left or right. Streets, saints, brands and famous people stay.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from cxresearch.privacy.name_cues import after_cue
from cxresearch.privacy.name_lists import (
    AND,
    CUES,
    JOINED,
    REACH,
    SELF,
    WEAK,
    any_of,
    is_clear,
    name_at,
    others_after,
)
from cxresearch.privacy.name_words import (
    Words,
    count_name,
    count_unlisted,
    first_names,
    is_never,
    is_no_name,
    is_stop,
    known_names,
    name_words,
)
from cxresearch.privacy.scan import Candidate, Finder, Found
from cxresearch.privacy.words import read_words, words_of

_SHAPED = re.compile(
    r"(?:ini|etti|elli|ucci|oni|acci|azzi|ardi|aldi|otti|ieri|ello|illo|etto|uzzi|izzi|ato|ese|ano|asi|ari|"
    r"son|ton|ley|ford|well|worth|sen|berg|stein|ski|ska|wicz|escu|ovic|enko|ova|shaw|field|wood|"
    r"ham|man|sson|dez|ez|ndra|opoulos|idis|yan|eau|bridge|cott|more|ock|kins|ings|ers|ett|ard)$"
)
_INSIDE = re.compile(
    r"(?<![\w'’])(?!(?:the|a|an|this|that|of|in|at|by|to|for|il|la|lo|le|i|un|una|di|del|della|nel|"
    r"nella|al|alla|from|with|con|on|su|da|per|new|pizza|and|e|or|o|as|my|your|our|color|colour|"
    r"colore|una|nome|vitamina|model|modello|i|the|is|size|misura)\b)[a-zà-ù]{2,} $"
)
_THERE = re.compile(r"[a-zà-ù] (?:[a-zà-ù'’]+) $")
_ACTS = re.compile(
    r" (?:fa|fanno|makes|made|does|did|works|lavora|sa|knows|runs|gave|dà|prepara|cooks|cucina|"
    r"always|sempre|mi|ci|who|che|helped|told|said|was so|was very|saluta|sorride|smiles|serves)\b"
)
_ELIDED = re.compile(r"\b(?:l|d|dell|all|un)['’]$", re.IGNORECASE)


def _written(words: Iterable[str]) -> str:
    """Words with a capital or all in capitals, the longest first, as a pattern."""
    return any_of(sorted({form for word in words for form in (word.title(), word.upper())}))


@cache
def name_finders() -> tuple[Finder, ...]:
    """Names after a cue, names before one, then first names wherever they stand."""
    cues = read_words("cues")
    every = any_of([pattern for kind in CUES for pattern in cues[kind]])
    by_cue = rf"(?i)(?-u:\b)(?:{every}|{any_of(cues['roles'])}|{SELF})[\s,:]"
    word = r"\p{Lu}[\pL'’]{2,20}"
    done = any_of([*cues["did"], *cues["works"]])
    by_deed = rf"(?-u:\b){word}(?: (?:{word}|\p{{Lu}}\.))?,? (?:{done})"
    first = _written({word for word in first_names() if len(word) > 1})
    last = _written(words_of("surnames") - _no_surnames() - words_of("stop"))
    by_name = (
        rf"(?-u:\b)(?:(?:{last}) )?(?:{first})(?: (?:(?:D[ieoa]|Del|Della|L[ao]) )?(?:{first}))*"
        r"(?:[^\pL'’\-]|['’\-][^\pL]|['’]s|$)"
    )
    initial = rf"(?-u:\b)\p{{Lu}}\. ?(?:{last})(?-u:\b)"
    dash = r"(?:^|[.!?)\n\x22*] ?)[-–—~]+ ?\p{Lu}[\pL'’]+(?: \p{Lu}[\pL'’]*\.?){0,2}[\s.!]*$"
    return (
        Finder(pattern=by_cue, judge=after_cue, reach=REACH),
        Finder(pattern=dash, judge=_after_dash),
        Finder(pattern=by_deed, judge=_before_deed),
        Finder(pattern=initial, judge=_initial),
        Finder(pattern=by_name, judge=_first_name, reach=REACH),
    )


@cache
def _sides() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    cues = read_words("cues")
    cued = any_of(
        [p for kind in ("weak", "people", "thanks", "greetings", "roles") for p in cues[kind]]
    )
    before = re.compile(
        rf"(?:^|\W)({cued}|{SELF})[,:]? (?:(?:il|la|the|our|mister|signor|a|ad|da) )?$",
        re.I,
    )
    after = re.compile(rf",? (?:{any_of(cues['after'])})")
    places = re.compile(rf"(?:^|\W)(?:{any_of(cues['places'])})\.?\s?$", re.IGNORECASE)
    return before, after, places


def _after_dash(candidate: Candidate) -> Iterator[Found]:
    met = re.search(r"[^\W\d_]", candidate.text)
    words = name_words(candidate.text, met.start()) if met and not candidate.right else []
    first = words[0][0].lower() if words else ""
    n = count_unlisted(words, candidate.text) if first not in first_names() else len(words)
    if words and n and not is_never(words) and not (is_no_name(first) and n == 1):
        yield name_at(candidate.text, words[0].start(), words[n - 1].end())


def _before_deed(candidate: Candidate) -> Iterator[Found]:
    text, left = candidate.text, candidate.left
    words = name_words(text, 0)
    is_part = left[-1:] in JOINED or left[-2:-1].isdigit()
    if not words or is_part or is_never(words) or is_stop(words[0][0]):
        return
    first = words[0][0].lower()
    is_did = _did().fullmatch(text[words[0].end() :].lstrip(" ,")) is not None or (
        len(words) > 1 and _did().fullmatch(text[words[1].end() :].lstrip(" ,")) is not None
    )
    if first in first_names() and (is_did or is_clear(words[0]) or not is_no_name(first)):
        n = count_name(words, text)
    else:
        is_inside = re.search(r"[^\W\d_][,;]? (?:e |and |but |ma )?$", left) is not None
        n = count_unlisted(words, text, most=2) if is_inside or is_did else 0
        if n and words_of("shops").intersection(left.lower().split()[-1:]):
            n = 0
    if n:
        yield name_at(text, words[0].start(), words[n - 1].end())


@cache
def _did() -> re.Pattern[str]:
    return re.compile(rf"(?:{any_of(read_words('cues')['did'])})")


def _initial(candidate: Candidate) -> Iterator[Found]:
    if not re.search(
        r"[\w.&]$", candidate.left.rstrip(" ")[-1:] if candidate.left[-1:] == "." else ""
    ):
        yield name_at(candidate.text, 0, len(candidate.text))


def _first_name(candidate: Candidate) -> Iterator[Found]:
    text, left = candidate.text, candidate.left
    words = name_words(text, 0)
    at = 0 if words and words[0][0].lower() in first_names() else 1
    if at >= len(words) or words[at][0].lower() not in first_names():
        return
    before, _, places = _sides()
    is_part = (left[-1:] in JOINED or left.endswith("& ")) and not _ELIDED.search(left)
    rest = text[words[-1].end() :] or candidate.right
    is_shop = rest[:2] in ("'s", "’s") and f"{words[-1][0].lower()}'s" in words_of("brands")
    is_there = _THERE.search(left) and is_clear(words[at]) and _ACTS.match(rest)
    is_place = places.search(left) is not None and not is_there
    if is_part or is_shop or is_place or is_never(words):
        return
    n = count_name(words, text)
    cue = before.search(left)
    others = [word[0].lower() for word in words[:n] if word is not words[at]]
    if n == 1:
        rest = text[words[0].end() :] or candidate.right
        if _stands_alone(words, rest, cue) or _is_apart(words, rest, left):
            yield name_at(text, 0, words[0].end())
    elif is_clear(words[at]) or cue or _is_whole(words[:n], others):
        yield name_at(text, 0, words[n - 1].end())
    else:
        return
    yield from others_after(text, words[n - 1].end(), is_cued=cue is not None)


def _is_apart(words: Words, rest: str, left: str) -> bool:
    """Whether a first name that is a word as well stands as only a name would."""
    low = words[0][0].lower()
    if is_no_name(low) or low in words_of("things") or words[0][0].isupper():
        return False
    if left.endswith("(") and rest.startswith(")"):
        return True
    pair = AND.match(rest)
    if pair and "," not in pair[0] and "&" not in pair[0]:
        other = name_words(rest, pair.end())
        return bool(other) and other[0][0].lower() in first_names() and other[0][0][0].isupper()
    has_follower = len(words) > 1 and words[1][0][0].isupper()
    return _INSIDE.search(left) is not None and not has_follower and rest[:1] not in ("-", "&")


def _is_whole(words: Words, others: Sequence[str]) -> bool:
    """Whether a surname makes a name of a first name that is a word or a place as well."""
    plain = known_names().difference(_no_surnames())
    is_place = is_no_name(words[0][0])
    return (bool(plain.intersection(others)) and not is_place) or (
        _is_shaped(words) or (is_place and bool(plain.intersection(others)) and len(others[-1]) > 4)
    )


@cache
def _no_surnames() -> frozenset[str]:
    return words_of("shops") | words_of("words") | words_of("places")


def _is_shaped(words: Words) -> bool:
    """Whether a word that may be a first name is followed by one with the ending of surnames."""
    first, last = words[0][0].lower(), words[-1][0].lower()
    return not is_no_name(first) and not is_no_name(last) and _SHAPED.search(last) is not None


def _stands_alone(words: Words, rest: str, cue: re.Match[str] | None) -> bool:
    """Whether a first name without a surname is somebody's, not a place's or a brand's."""
    name = words[0][0]
    has_follower = len(words) > 1 and words[1][0][0].isupper()
    is_joined = rest.startswith(" &") and cue is None
    if is_joined or (has_follower and words[1][0].lower() in words_of("follows")):
        return False
    low = name.lower()
    if not is_clear(words[0]) and low in words_of("brands") | words_of("places"):
        return False
    if rest[:2] in ("'s", "’s") and re.match(r" [a-zà-ù]", rest[2:]):
        return low not in words_of("stop")
    if cue and (is_clear(words[0]) or not WEAK.search(cue[1])):
        return not (name.isupper() and is_stop(name))
    # Shouted words look like names too often: without a cue on the left they need one on the right.
    return (
        is_clear(words[0])
        and (not name.isupper() or _sides()[1].match(rest) is not None)
        and not is_stop(name)
    )
