"""Where does somebody live? Streets with a number, postcodes with a town, in Italian and English.

A street without a number is an address only after words such as "abito in": shops and stations bear
the names of streets too. "via" is mostly no street ("andato via", "via mail"): the words between it
and the number decide.
"""

import re
from collections.abc import Iterator

from cxresearch.privacy.scan import Candidate, Finder, Found
from cxresearch.privacy.words import words_of

_KINDS = (
    r"via|viale|v\.le|piazza|p\.za|p\.zza|piazzale|p\.le|piazzetta|corso|c\.so|largo|"
    r"l\.go|vicolo|vico|strada|"
    r"contrada|c\.da|borgo|lungomare|lungotevere|lungarno|lungo po|salita|galleria|"
    r"localit[àa]'?|loc\.|frazione|fraz\.|traversa|"
    r"calle|fondamenta|rione|circonvallazione|rotonda|passeggiata|vialetto|stradone"
)
_WORD = r"[\pL\d'’.°]+"
_STREET = (
    rf"(?i)(?-u:\b)(?:{_KINDS})[ ](?:{_WORD}[ ,]{{1,3}}){{1,6}}?(?:n\.?[°r]?\.?|civico|"
    rf"num\.?|numero)?[ ]?\d"
)
_P_WORD = _WORD.replace(r"\pL", r"^\W\d_").replace(r"[^\W\d_\d'’.°]", r"[\w'’.°]")
_ITALIAN = re.compile(
    rf"\b(?P<kind>{_KINDS}) (?P<name>(?:{_P_WORD}[ ,]{{1,3}}){{1,6}}?)"
    r"(?:n\.?[°r]?\.?|civico|num\.?|"
    r"numero)? ?(?P<number>\d{1,4}(?: ?/ ?[A-Za-z0-9]{1,3}\b|-?[A-Fa-f]\b| ?bis\b|"
    r" ?ter\b)?)(?!\d)"
    r"(?P<rest>(?:,? (?:int|interno|sc|scala|piano|pal|palazzina)\.? ?\w{1,3}\b)*"
    r"(?:(?:[,\s-]+)\d{5}(?:[ ,]+[A-ZÀ-Ù][\w'’]+(?: (?:[A-ZÀ-Ù][\w'’]+|di|del|della|d'|"
    r"in))*)?(?: ?\([A-Za-z]{2}\))?"
    r"|,? (?P<town>[A-ZÀ-Ù][\w'’]+)(?: ?\([A-Z]{2}\))?)?)",
    re.IGNORECASE,
)
_PARTICLES = frozenset(("di", "del", "della", "dello", "dei", "degli", "delle", "san", "santa"))
_MOST_SMALL = 2
_UNIT = re.compile(
    r"\s?(?:[€$£%:]|[.,]\d|or[ae]\b|h\b|minut|min\b|giorn|volt|eur|km\b|met|cm\b|mm\b|"
    r"mes[ei]\b|ann[io]\b|settiman|person|"
    r"scal[oi]\b|stelle|lezion|pezz|tratt|fermat|kg\b|gradi|°)",
    re.IGNORECASE,
)
_HOME = r"(?i:abit[oia]\w*|resident[ei]|risied\w+|viv[oea]\w*|domicili\w+|indirizzo|residenza)"
_AT_HOME = (
    rf"{_HOME}\W+(?i:è|e'|in|a|ad)?\s*(?:\w+ (?i:in) )?(?:{_KINDS}) \p{{Lu}}\w+(?: \p{{Lu}}\w+)*"
)
_STREET_AT_HOME = re.compile(
    rf"\b(?:{_KINDS}) [^\W\d_][\w'’]+(?: [A-ZÀ-Ù][\w'’]+)*$", re.IGNORECASE
)

_ROADS = (
    "street|st|road|rd|avenue|ave|av|lane|ln|drive|dr|close|court|ct|crescent|cres|way|"
    "place|pl|square|sq|terrace|"
    "boulevard|blvd|gardens|grove|hill|mews|row|walk|highway|hwy|parkway|pkwy|circle|"
    "trail|quay|parade"
)
_AREAS = (
    "AB|AL|B|BA|BB|BD|BH|BL|BN|BR|BS|BT|CA|CB|CF|CH|CM|CO|CR|CT|CV|CW|DA|DD|DE|DG|DH|"
    "DL|DN|DT|DY|E|EC|EH|EN|EX|FK|FY|G|GL|GU|"
    "HA|HD|HG|HP|HR|HS|HU|HX|IG|IM|IP|IV|JE|KA|KT|KW|KY|L|LA|LD|LE|LL|LN|LS|LU|M|ME|MK|"
    "ML|N|NE|NG|NN|NP|NR|NW|OL|OX|PA|PE|PH|"
    "PL|PO|PR|RG|RH|RM|S|SA|SE|SG|SK|SL|SM|SN|SO|SP|SR|SS|ST|SW|SY|TA|TD|TF|TN|TQ|TR|"
    "TS|TW|UB|W|WA|WC|WD|WF|WN|WR|WS|WV|YO|ZE"
)
_STATES = (
    "AL|AK|AZ|AR|CA|CO|CT|DE|DC|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|"
    "NE|NV|NH|NJ|NM|NY|NC|ND|OH|OK|OR|PA|"
    "RI|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY"
)
_POSTCODE = rf"(?:{_AREAS})\d[A-Z\d]? \d[A-Z]{{2}}(?-u:\b)"
_ZIP = rf"(?:{_STATES}),? \d{{5}}(?:-\d{{4}})?(?-u:\b)"
_CITY = r"\p{Lu}[\pL'’]+(?: \p{Lu}[\pL'’]+){0,2}"
_ROOM = r"(?i:flat|apt\.?|apartment|unit|suite|#) ?\w{1,4}"
_ROAD = (
    rf"(?:{_ROOM},? )?(?-u:\b)\d{{1,5}}[A-Za-z]?,? (?:[\pL'’.]+ "
    rf"){{1,4}}?(?i:{_ROADS})(?: (?i:{_ROADS}))?(?-u:\b)\.?"
    rf"(?:,? {_ROOM})?(?:(?:,? {_CITY})?,? (?:{_POSTCODE}|{_ZIP}))?"
)
_ENGLISH = re.compile(
    rf"(?:(?:flat|apt\.?|apartment|unit|"
    rf"suite) \w{{1,4}},? )?\d+[a-z]?,? (?P<name>(?:[^\W\d_][\w'’.]* )+?)(?:{_ROADS})\b",
    re.IGNORECASE,
)
_SMALL_ROAD = re.compile(
    r" (?:street|st|road|rd|avenue|ave|lane|drive|court|close)$", re.IGNORECASE
)
_BOX = r"(?i:p\.? ?o\.? box|casella postale|c\.p\.) ?\d{1,6}"
_CODES = (
    rf"(?-u:\b){_POSTCODE}|{_CITY},? {_ZIP}|{_BOX}|"
    rf"(?-u:\b)\d{{5}}[ ,]+{_CITY}(?: ?\([A-Za-z]{{2}}\))?|(?i:cap|c\.a\.p\.|"
    rf"zip(?: code)?)[ :.è]+\d{{5}}"
    r"|(?i:postcode|post code)(?i: is)?[ :]+(?i:[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2})"
)
_TOWN = re.compile(
    r"(?P<code>\d{5})[ ,]+(?P<town>[^\W\d_][\w'’]+).*?(?P<province>\([A-Za-z]{2}\))?$", re.DOTALL
)
_CUED = re.compile(
    r"(?:cap|c\.a\.p\.|zip(?: code)?|postcode|post code)(?: is)?[ :.è]+", re.IGNORECASE
)
_NO_CAP = re.compile(
    r"(?:tren[oi]|regionale|ordine|volo|order|train|flight|n\.|#|€)\W*$", re.IGNORECASE
)


def _street(candidate: Candidate) -> Iterator[Found]:
    at = 0
    while met := _ITALIAN.search(candidate.text, at):
        at = met.start() + 1
        if not _is_street(met, candidate):
            continue
        town = met["town"]
        end = met.end()
        if town and not _is_town(town):
            end = met.start("town")
            end = met.start() + len(candidate.text[met.start() : end].rstrip(" ,"))
        yield _address(met.start(), end, candidate.text)
        at = end


def _is_town(word: str) -> bool:
    """After a street, its number and a comma, a capital is a town's: the sentence goes on small."""
    low = word.lower()
    is_name = low in words_of("first") - words_of("towns")
    return word[0].isupper() and not (low in words_of("stop") or is_name)


def _is_street(met: re.Match[str], candidate: Candidate) -> bool:
    if candidate.text[: met.start()].lower().endswith("per ") or candidate.left.lower().endswith(
        "per "
    ):
        return False
    words = met["name"].lower().replace(",", " ").split()
    kind = met["kind"].lower()
    if any(word in words_of("no_street") for word in words) or not any(
        w[0].isalpha() for w in words
    ):
        return False
    rest = candidate.text[met.end("number") :] or candidate.right
    if _UNIT.match(rest) or (len(met["number"]) == 4 and met["number"][:2] in ("19", "20")):
        return False
    if kind in ("corso", "largo", "strada", "borgo", "galleria") and len(words) == 1:
        return met["name"][0].isupper() or "n" in met[0][met.end("name") - met.start() :][:2]
    is_named = any(word[0].isupper() for word in met["name"].split())
    few = [word for word in words if word not in _PARTICLES]
    return is_named or (len(few) <= _MOST_SMALL and len(words) <= _MOST_SMALL + 1)


def _home(candidate: Candidate) -> Iterator[Found]:
    met = _STREET_AT_HOME.search(candidate.text)
    if met:
        yield _address(met.start(), met.end(), candidate.text)


def _road(candidate: Candidate) -> Iterator[Found]:
    met = _ENGLISH.match(candidate.text)
    if met is None or candidate.left[-1:] in ("$", "£", "€", ".", ":"):
        return
    words = met["name"].split()
    is_plain = any(word[0].isupper() for word in words) or _SMALL_ROAD.search(met[0])
    if is_plain and not words_of("no_road").intersection(re.split(r"[ ,.]+", met["name"].lower())):
        yield _address(0, len(candidate.text), candidate.text)


def _code(candidate: Candidate) -> Iterator[Found]:
    text = candidate.text
    cued = _CUED.match(text)
    if cued:
        yield _address(cued.end(), len(text), text)
        return
    met = _TOWN.match(text)
    if met is None or not text[0].isdigit():
        yield _address(0, len(text), text)
    elif (met["province"] or met["town"].lower() in words_of("towns")) and not _NO_CAP.search(
        candidate.left
    ):
        end = len(text) if met["province"] else met.end("town")
        yield _address(0, end, text)


def _address(start: int, end: int, text: str) -> Found:
    return Found(start, end, "address", " ".join(re.findall(r"\w+", text[start:end].casefold())))


ADDRESSES = (
    Finder(pattern=_STREET, judge=_street, reach=140),
    Finder(pattern=_AT_HOME, judge=_home),
    Finder(pattern=_ROAD, judge=_road),
    Finder(pattern=_CODES, judge=_code),
)
