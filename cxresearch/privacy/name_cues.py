"""Which words after a cue are somebody's name?

Each kind of cue has its rule: "mi chiamo" announces any word; "parlato con" and "thanks to" any
word with a capital that is no firm, place, department or everyday word; "is called" one that stands
after a person. Texts all in capitals need a known name.
"""

import re
from collections.abc import Iterator
from functools import cache

from cxresearch.privacy.name_lists import (
    CUES,
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
    is_initial,
    is_never,
    is_no_name,
    is_particle,
    is_stop,
    known_names,
    name_words,
)
from cxresearch.privacy.scan import MASK, Candidate, Found
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
_PERSON = re.compile(
    r"\b(?:guy|lady|man|woman|girl|boy|gentleman|person|waiter|waitress|server|agent|rep|he|she|"
    r"ragazz[oa]|signora?|operat(?:ore|rice)|commess[oa]|tizi[oa]|person[ae]|camerier[ea]|lui|lei|"
    r"tecnico|dottor(?:e|essa)|collega|impiegat[oa]|addett[oa]|figli[oa])\W+(?:\w+\W+){0,3}$",
    re.I,
)
_FILLED = (
    r"il|la|lo|le|i|un|una|uno|a|ad|alla|al|allo|da|del|della|the|our|my|your|his|her|their|an|"
    r"l'|caro|cara|carissim[oa]|mitic[oa]|brav[oa]|bravissim[oa]|gentilissim[oa]|simpatic[oa]|"
    r"simpaticissim[oa]|giovane|lovely|amazing|wonderful|fantastic|great|awesome|brilliant|"
    r"excellent|kind|super|very|helpful|young|nice|delightful|friendly|certo|certa|nostr[oa]|both|"
    r"vostr[oa]|tale|anche|especially|particularly|particolare|and|e|gentile|patient|incredible"
)
_INITIALS = 3
_SHORT = 6
_HELLO = re.compile(r"(?:^|hi|hello|hey|ciao|salve|buongiorno|buonasera)[\s,.!]*$", re.IGNORECASE)


@cache
def _cue() -> re.Pattern[str]:
    cues = read_words("cues")
    groups = [f"(?P<{kind}>{any_of(cues[kind])})" for kind in CUES]
    return re.compile(
        rf"(?:{'|'.join(groups)}|(?P<roles>{any_of(cues['roles'])})|"
        rf"(?P<self>{SELF}))(?P<gap>[\s,:.!\-–*]+)(?P<filled>(?-i:(?:{_FILLED}) )*)(?=\w)",
        re.IGNORECASE,
    )


def after_cue(candidate: Candidate) -> Iterator[Found]:
    met = _cue().match(candidate.text)
    if met is None or candidate.left.endswith("["):
        return
    kind, text = str(met.lastgroup), candidate.text
    kind = next(name for name, cue in met.groupdict().items() if cue)
    words = name_words(text, met.end())
    if (
        not words
        or ("\n" in met["gap"] and kind != "closings")
        or (met["gap"][:2] in (". ", "! ") and kind in ("people", "thanks", "medium", "roles"))
    ):
        return
    n = _TAKEN[kind](met, words, text, candidate)
    if n:
        yield name_at(text, words[0].start(), words[n - 1].end())
        yield from others_after(text, words[n - 1].end(), is_cued=kind != "closings")


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
    n = _by_people(met, words, text, candidate)
    is_listed = words[0][0].lower() in first_names()
    return n if is_listed or _PERSON.search(candidate.left) else 0


def _by_people(met: re.Match[str], words: Words, text: str, candidate: Candidate) -> int:
    first = words[0][0].lower()
    if is_never(words) or first in words_of("brands"):
        return 0
    is_written = words[0][0][0].isupper()
    if first in first_names() and not is_stop(first) and (is_written or is_clear(words[0])):
        n = count_name(words, text)
        is_shop = n == 1 and len(words) > 1 and words[1][0].lower() in words_of("shops")
        is_place = n == 1 and is_no_name(first) and WEAK.search(met[0][: met.start("gap")])
        return 0 if (is_shop and words[1][0][0].isupper()) or is_place else n
    is_title = met[0][: met.start("gap")].split()[-1].istitle() and met.start("gap") > _SHORT
    is_the = met["filled"].endswith(("the ", "il ", "i ", "le ", "an "))
    if is_title or is_the or text.isupper() or "\n" in met["gap"]:
        return 0
    return count_unlisted(words, text)


def _by_thanks(met: re.Match[str], words: Words, text: str, candidate: Candidate) -> int:
    n = _by_people(met, words, text, candidate)
    if not n or words[0][0].lower() in first_names():
        return n
    return n if met["gap"] == " " or met["gap"].strip() == "," else 0


def _by_greeting(met: re.Match[str], words: Words, text: str, candidate: Candidate) -> int:
    n = _by_people(met, words, text, candidate)
    if not n or words[0][0].lower() in first_names():
        return n
    return n if re.match(r"\s*[,!.:\n]", text[words[n - 1].end() :]) else 0


def _by_closing(met: re.Match[str], words: Words, text: str, candidate: Candidate) -> int:
    n = count_name(words, text)
    first = words[0][0]
    rest = text[words[n - 1].end() :]
    is_small = first.lower() in first_names() and (n > 1 or is_clear(words[0]))
    if not (first[0].isupper() or is_small) or (
        is_stop(first) and not is_particle(words) and not is_initial(words, text)
    ):
        return 0
    if len(text) >= REACH or _ENDS.fullmatch(rest) is None or candidate.right:
        return 0
    is_sure = not _MAYBE_CLOSING.fullmatch(met["closings"]) or bool(set(met["gap"]) & set(",\n-–"))
    return n if is_sure or first.lower() in first_names() else 0


def _by_self(met: re.Match[str], words: Words, text: str, candidate: Candidate) -> int:
    if met["gap"].strip() or met["filled"]:
        return 0
    first = words[0][0].lower()
    if first in first_names() and not is_stop(first):
        n = count_name(words, text)
        is_surname = len(words) > 1 and words[1][0].lower() in words_of("surnames")
        if (n > 1 and is_surname) or (words[0][0][0].isupper() and is_clear(words[0])):
            return n
    n = count_unlisted(words, text, most=2)
    rest = text[words[max(n, 1) - 1].end() :]
    is_introduced = re.match(r"(?:,|\.|!| and I| from | e (?:vi|ho|sono|vorrei|scrivo))", rest)
    return n if n and is_introduced and (n > 1 or _HELLO.search(candidate.left)) else 0


def _by_role(met: re.Match[str], words: Words, text: str, candidate: Candidate) -> int:
    first = words[0][0].lower()
    gap, rest = met["gap"], text[words[0].end() :]
    is_written = words[0][0][0].isupper()
    if gap not in (" ", ", ") or is_never(words) or is_stop(first) or text.isupper() > is_written:
        return 0
    if first in first_names() and (is_clear(words[0]) or (is_written and not is_no_name(first))):
        return count_name(words, text)
    is_title = met[0][0].isupper() and candidate.left.rstrip(" ")[-1:].isalnum()
    n = 0 if text.isupper() or is_title else count_unlisted(words, text, most=2)
    is_apart = n and text[words[n - 1].end() :][:1] in ("", ",", ".", "!", ")")
    return n if gap == " " or is_apart or rest[:1] == "," else 0


_TAKEN = {
    "titles": _by_title,
    "soft_titles": _by_title,
    "strong": _by_title,
    "people": _by_people,
    "thanks": _by_thanks,
    "greetings": _by_greeting,
    "medium": _by_known,
    "closings": _by_closing,
    "roles": _by_role,
    "self": _by_self,
}
