"""Which codes name one customer's order, booking, case, contract or card? Those beside such a word.

Nothing is taken for an order number by its looks: the word must stand before it, with at most a few
words such as "n." or "is" between. A year, a date, an amount, a quantity or a flight stays.
"""

import re
from collections.abc import Iterator

from cxresearch.privacy.scan import Candidate, Finder, Found

_SPOKEN = (
    "ordine|ordin\\.|prenotazione|pratica|pnr|ticket|biglietto|segnalazione|reclamo|"
    "richiesta|caso|protocollo|prot\\.|"
    "riferimento|rif\\.|cliente|utente|utenza|tessera|carta fedelt[àa]'?|carta socio|"
    "contratto|polizza|fattura|sinistro|"
    "spedizione|tracking|lettera di vettura|voucher|bolletta|abbonamento|pod|pdr|"
    "appuntamento|impegnativa|conto corrente|c/c|"
    "order|booking|reservation|confirmation|case|claim|reference|ref\\.?|"
    "record locator|customer|account|membership|"
    "member|policy|invoice|complaint|incident|job|loyalty card|frequent flyer|parcel|"
    "shipment|consignment|bag tag|"
    "contract|subscription|enquiry|request|itinerary|appointment|docket|warranty|tracking"
)
_FILLER = (
    r"n\.?|n[°ºr]\.?|no\.?|nr\.?|num\.?|numero|number|id|code|codice|cod\.?|ref\.?|"
    r"reference|riferimento|rif\.?|"
    r"is|was|è|e'|era|aperto|aperta|opened|amazon|online|pratica|il|mio|della mia|del|"
    r"mia|spedizione|prenotazione|cliente|aereo|auto|moto|casa|vita|luce|gas|socio"
)
_PATTERN = (
    rf"(?i)(?-u:\b)(?:{_SPOKEN})[\s:#.,\-–=()]*(?:(?:{_FILLER})[\s:#.,\-–=()]+){{0,4}}[A-Z]{{0,5}}[\-_/]?\d|"
    rf"(?-u:\b)(?:{_SPOKEN}) \pL{{2,15}} (?:n\.|n[°ºr]\.?|no\.|num\.|numero|number|"
    rf"#)[ :#]*[A-Z]{{0,5}}[\-_/]?\d|(?-u:\b)(?:pnr|record locator|booking ref\w*|"
    rf"confirmation code|booking code|codice (?:di )?prenotazione|"
    rf"numero (?:di )?prenotazione|(?:booking|confirmation|"
    rf"reservation) number)[\s:#.,\-=]*(?:(?:{_FILLER})[\s:#.,\-=]+){{0,3}}[A-Z0-9]{{5}}"
)
_HEAD = re.compile(
    rf"(?P<cue>{_SPOKEN})(?P<between>(?: [^\W\d_]{{2,15}}(?= (?:n\.|n[°ºr]|no\.|num|"
    rf"#)))?[\s:#.,\-–=()]*(?:(?:{_FILLER})(?:[\s:#.,\-–=()]+))*)"
    rf"(?P<code>[A-Z0-9][A-Z0-9\-/_]*[A-Z0-9])(?P<more>(?: \d{{3,}})*)",
    re.IGNORECASE,
)
_MARKER = re.compile(
    r"#|n\.|n[°ºr]|\bno\b|\bnr\b|\bnum|\bid\b|\bcod|\bref|\brif|:|\bis\b|è|=|\bn\b", re.IGNORECASE
)
_MARKER_BEFORE = re.compile(
    r"\b(?:numero|n\.|nr\.?|codice|cod\.|number)(?: (?:di|della|del|d'))? ?$", re.IGNORECASE
)
_LOCATOR = re.compile(r"pnr|locator|booking|confirmation|prenotazione|reservation", re.IGNORECASE)
_DATE = re.compile(
    r"\d{1,2}[/-]\d{1,2}(?:[/-]\d{2,4})?|(?:19|20)\d\d|(?:19|20)\d\d-\d\d?(?:-\d\d?)?|24/7|24/48"
)
_FLIGHT = re.compile(r"(?:[A-Z]{2}|[A-Z]\d|\d[A-Z])\d{2,4}", re.IGNORECASE)
_QUANTITY = re.compile(
    r"\s?(?:[€$£%]|[.,:]\d|eur|usd|dollar|pound|minut|or[ae]\b|hours?\b|mins?\b|giorn|"
    r"days?\b|volt|times\b|pezz|pcs|items?\b|"
    r"units?\b|copie|persone|people|pax|mes[ei]\b|months?\b|ann[io]\b|years?\b|"
    r"nott[ei]|nights?\b|kw|km|punti|points|pax)",
    re.IGNORECASE,
)
_SHORTEST, _LONG, _LATEST = 4, 5, 16
_LOCATOR_LENGTHS = (5, 6, 7)


def _judge(candidate: Candidate) -> Iterator[Found]:
    if candidate.left.endswith("["):
        return
    head = _HEAD.search(candidate.text)
    if head is None or head.start() > _LATEST:
        return
    start, end = head.span("code")
    has_marker = _MARKER.search(head["between"]) is not None or (
        head.start() == 0 and _MARKER_BEFORE.search(candidate.left) is not None
    )
    if head["more"] and has_marker and not _QUANTITY.match(candidate.text, head.end("more")):
        end = head.end("more")
    code = candidate.text[start:end]
    rest = candidate.text[end:] or candidate.right
    if not _is_quantity(code, rest, has_marker=has_marker) and _is_code(
        code, has_marker=has_marker, is_locator=_LOCATOR.search(candidate.text[:start]) is not None
    ):
        yield Found(start, end, "order", re.sub(r"\W", "", code).upper())


def _is_quantity(code: str, rest: str, *, has_marker: bool) -> bool:
    if _DATE.fullmatch(code) and not (has_marker and code.isdigit() and not _is_year(code)):
        return True
    return _QUANTITY.match(rest) is not None


def _is_year(code: str) -> bool:
    return len(code) == 4 and code[:2] in ("19", "20")


def _is_code(code: str, *, has_marker: bool, is_locator: bool) -> bool:
    signs = re.sub(r"\W", "", code)
    n_digits = sum(map(str.isdigit, signs))
    if is_locator and len(signs) in _LOCATOR_LENGTHS and signs.isupper():
        return has_marker or not _FLIGHT.fullmatch(signs) or signs.isalpha()
    if len(signs) < _SHORTEST or n_digits < 3:
        return False
    if _FLIGHT.fullmatch(signs) and not has_marker and not signs.isdigit():
        return False
    return n_digits >= _LONG or has_marker or (is_locator and n_digits == _SHORTEST)


ORDERS = Finder(pattern=_PATTERN, judge=_judge, reach=96)
