"""Which texts are e-mail addresses? Also typed with blanks, with (at) and [dot], or spelled out.

Blanks are accepted where nothing but an address can be meant: a provider everybody knows, blanks on
both sides of the sign, or the words for the signs (chiocciola, punto, at, dot).
"""

import re
from collections.abc import Iterator

from cxresearch.privacy.scan import Candidate, Finder, Found

_PROVIDERS = (
    "gmail|googlemail|hotmail|outlook|live|msn|yahoo|ymail|libero|virgilio|tiscali|"
    "alice|tin|tim|inwind|iol|aruba|"
    "pec|legalmail|fastwebnet|icloud|me|mac|proton|protonmail|aol|gmx|btinternet|sky|"
    "virginmedia|comcast|"
    "verizon|att|mail|email|posta|vodafone|poste"
)
_TOP = (
    "com|it|org|net|eu|info|biz|edu|gov|uk|co|de|fr|es|ch|at|be|nl|ie|us|ca|au|io|me|"
    "app|dev|pt|pl|ro|"
    "gr|dk|se|no|fi|cz|hu|tv|cloud|online|email|store|shop"
)
_AT = r"(?: ?(?:@|%40|[(\[{](?:at|chiocciola)[)\]}]) ?| chiocciol(?:in)?a )"
_DOT = r"(?: ?(?:\.|\(dot\)|\[dot\]|\(punto\)|\[punto\]) ?| (?:punto|dot) )"
_LINK = r"(?:" + r"[._%+'\-]+| (?:punto|dot|trattino|underscore|dash) " + r")"
_WORD = r"[\pL\pN_%+\-]+"
_NAME = rf"{_WORD}(?:{_LINK}{_WORD})*"
_HOST = r"[\pL\pN\-]+"
_PATTERN = (
    rf"(?i)(?:{_NAME}{_AT}{_HOST}(?:{_DOT}{_HOST})*(?:,(?:com|it|net|org)\b)?"
    rf"|{_NAME} at {_HOST}(?: (?:punto|dot) {_HOST})*? (?:punto|dot) (?:{_TOP})\b)"
)
_SIGN = r"(?i)@|%40|[(\[{](?:at|chiocciola)|chiocciol| at .{1,40} (?:dot|punto) "
_PARTS = re.compile(
    r"(?P<name>.+?)(?P<at> ?(?:@|%40|[(\[{](?:at|chiocciola)[)\]}]) ?|"
    r" (?:chiocciol(?:in)?a|at) )(?P<host>.+)",
    re.IGNORECASE | re.DOTALL,
)
_PLAIN_HOST = re.compile(r"[^\W_](?:[\w-]*)(?:\.[\w-]+)*\.[^\W\d_]{2,}")
_SPACED_HOST = re.compile(rf"[\w-]+(?: ?\. ?[\w-]+)*? ?\. ?(?:{_TOP})\b(?: ?\. ?uk\b)?")
_PROVIDER_HOST = re.compile(rf"(?:{_PROVIDERS})(?:(?: ?[.,] ?)(?:{_TOP})\b(?:\.uk\b)?)?(?![\w.])")
_WORDS = (
    (r" ?[(\[]?\b(?:punto|dot)\b[)\]]? ?", "."),
    (r" (?:trattino|dash) ", "-"),
    (r" underscore ", "_"),
)


def _judge(candidate: Candidate) -> Iterator[Found]:
    parts = _PARTS.fullmatch(candidate.text)
    if parts is None:
        return
    sign = parts["at"].strip().lower()
    if sign in ("@", "%40"):
        host_end = _host_after_sign(parts)
    else:
        host = _as_signs(parts["host"].lower())
        is_bare = sign == "at"
        is_host = re.fullmatch(rf"[\w-]+(?:\.[\w-]+)*\.(?:{_TOP})", host) is not None
        has_word = host != parts["host"].lower() or not is_bare
        host_end = len(parts["host"]) if is_host and has_word else 0
    if not host_end:
        return
    name = parts["name"]
    start = len(name) - len(name.lstrip("'-"))
    end = parts.start("host") + host_end
    value = _as_signs(f"{name[start:]}@{parts['host'][:host_end]}".lower())
    yield Found(start, end, "email", value.replace(" ", "").replace(",", "."))


def _host_after_sign(parts: re.Match[str]) -> int:
    """How much of what follows an @ is a host; 0 where no address is meant."""
    host = parts["host"].lower()
    plain = _PLAIN_HOST.match(host)
    if parts["at"] in ("@", "%40"):
        known = _PROVIDER_HOST.match(host)
        spelled = re.match(rf"[\w-]+(?: (?:punto|dot) [\w-]+)* (?:punto|dot) (?:{_TOP})\b", host)
        return max(match.end() if match else 0 for match in (plain, known, spelled))
    known = _PROVIDER_HOST.match(host)
    spaced = (known if known and re.search(r"[.,]", known[0]) else None) or (
        plain if parts["at"].startswith(" ") and parts["at"].endswith(" ") else None
    )
    if spaced is None and re.search(r"[._\d]", parts["name"]):
        spaced = plain
    return spaced.end() if spaced else 0


def _as_signs(text: str) -> str:
    for words, sign in _WORDS:
        text = re.sub(words, sign, text)
    return text


EMAILS = Finder(pattern=_PATTERN, judge=_judge, sign=_SIGN)
