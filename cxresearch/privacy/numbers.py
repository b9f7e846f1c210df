"""What does a run of digits mean: a card, a VAT number, a telephone number, or nothing personal?

Runs of digits with blanks, dots, dashes and slashes between them are cut into groups; windows of
neighbouring groups are tried, the longest first. Dates, amounts, thousands, what follows "train" or
stands before a unit is never personal.
"""

import re
from collections.abc import Iterator

from cxresearch.privacy.checksums import is_card, is_vat_number
from cxresearch.privacy.phones import read_phone
from cxresearch.privacy.scan import Candidate, Finder, Found

_PATTERN = r"(?:(?-u:\b)[A-Z]{2}[ ]?)?[(+]*\d(?:[()./\- ]{0,3}\d){5,}"
_SIGN = r"\d(?:[()./\- ]{0,3}\d){5}"
_GROUP = re.compile(r"\d+")
_DATE = re.compile(
    r"(?<![\d./-])(?:(?:0?[1-9]|[12]\d|3[01])[./-](?:0?[1-9]|1[0-2])[./-](?:(?:19|20)\d\d|\d\d)"
    r"|(?:19|20)\d\d[./-](?:0?[1-9]|1[0-2])[./-](?:0?[1-9]|[12]\d|3[01])"
    r"|(?:0?[1-9]|1[0-2])/(?:0?[1-9]|[12]\d|3[01])/(?:(?:19|20)\d\d|\d\d)"
    r"|(?:0?[1-9]|1[0-2])[/-](?:19|20)\d\d)(?![\d])(?![./-]\d)"
)
_FEW_WORDS = r"\W*(?:\w+\W+){0,3}$"
_PHONE_CUE = re.compile(
    r"(?:\btel\b|\btelefon\w*|\btelephone|\bcell?\b|\bcellulare|\bmobile|\bphone|"
    r"\bwhats ?app|\bwa\.me/|\bmio numero|"
    r"\bmy number|\bphone number|\bchiam\w+|\brichiam\w+|\bricontatt\w+|\bcontatt\w+|"
    r"\bcall|\bring|\btext|\bdial|\breach me|\brecapit\w+|"
    r"\bfisso|\blandline|\bfax|\bsms|\bph\b)" + _FEW_WORDS,
    re.IGNORECASE,
)
_CARD_CUE = re.compile(
    r"\b(?:carta|carte|card|visa|mastercard|master card|bancomat|amex|american express|"
    r"postepay|maestro)" + _FEW_WORDS,
    re.IGNORECASE,
)
_VAT_CUE = re.compile(
    r"(?:\bp\.? ?iva|\bpart\w*\.? iva|\bpiva|\bvat\b|\bi\.v\.a\.)" + _FEW_WORDS, re.IGNORECASE
)
_OTHER_CUE = re.compile(
    r"(?:[€$£#=]|\b(?:tren[oi]|train|vol[oi]|flight|ean|isbn|imei|barcode|codice|"
    r"cod\.?|code|errore|error|articolo|art\.?|"
    r"modello|model|serial[ei]?|s/n|lotto|lot|version[ei]?|euro|eur|usd|gbp|bus|linea|"
    r"item|sku|asin|regionale|intercity|"
    r"frecciarossa|matricola|kwh|lettura|contatore|meter|punti|points))\W*(?:n|no|nr|"
    r"num|numero|number|is|è)?\W*$",
    re.IGNORECASE,
)
_UNIT = re.compile(
    r"\s?(?:[€$£%]|eur(?:o|os)?\b|usd\b|gbp\b|pounds?\b|dollars?\b|k?wh\b|km\b|"
    r"m[bq]?\b|gb\b|kg\b|pezzi\b|punti\b|points\b|"
    r"recensioni\b|reviews\b|passi\b|steps\b|visualizzazioni\b|views\b|abitanti\b|"
    r"lire\b|rpm\b|volte\b|giri\b)"
    r"|[.,]\d{1,2}(?!\d)|,\d{3}",
    re.IGNORECASE,
)
_PART_OF_CODE = re.compile(r"(?:[A-Za-z0-9][-_/.]?|[#=_])$")
_HOUR = re.compile(r"[:.]\d\d(?!\d)")
_SEPARATORS_OF_CARD = re.compile(r"\d+(?:[ -]\d+)*")
_MOST_GROUPS = 8
_LONGEST_GROUP = 19
_LONGEST_PHONE = 15


def _judge(candidate: Candidate) -> Iterator[Found]:
    text, left, right = candidate.text, candidate.left, candidate.right
    dates = {n for date in _DATE.finditer(text) for n in range(*date.span())}
    groups = [m.span() for m in _GROUP.finditer(text) if m.start() not in dates]
    if _HOUR.match(right) and groups and groups[-1][1] == len(text):
        groups.pop()
    reader = _Reader(text, left, right, candidate.region)
    place = 0
    while place < len(groups):
        found = reader.read(groups[place : place + _MOST_GROUPS])
        if found is None:
            place += 1
            continue
        yield found
        place += sum(1 for start, _ in groups[place : place + _MOST_GROUPS] if start < found.end)


class _Reader:
    """Reads windows of one run; cues are looked up once."""

    def __init__(self, text: str, left: str, right: str, region: str) -> None:
        self.text, self.right, self.region = text, right, region
        prefix = re.match(r"[A-Z]{2} ?", text)
        self.lead = prefix.end() if prefix else 0
        self.is_phone_cue = _PHONE_CUE.search(left) is not None
        self.is_card_cue = _CARD_CUE.search(left) is not None
        self.is_vat_cue = _VAT_CUE.search(left) is not None
        is_other = _OTHER_CUE.search(left) is not None
        has_unit = _UNIT.match(right) is not None
        is_code = _PART_OF_CODE.search(left) is not None and not left.endswith(".")
        is_code |= right[:1].isalpha() or bool(self.lead)
        self.is_free = self.is_phone_cue or not (is_other or has_unit or is_code)
        self.is_number = self.is_card_cue or self.is_vat_cue or not (is_other or has_unit)

    def read(self, groups: list[tuple[int, int]]) -> Found | None:
        """What the longest window at the first group means."""
        first = groups[0][1] - groups[0][0]
        is_national = first > 1 or self.text[groups[0][0]] == "1"
        if first > _LONGEST_GROUP or not (is_national or self._has_plus(groups[0][0])):
            return None
        for last in range(len(groups), 0, -1):
            start, end = groups[0][0], groups[last - 1][1]
            n_digits = sum(e - s for s, e in groups[:last])
            if n_digits > _LONGEST_GROUP or n_digits < 6:
                continue
            found = self._card(start, end, n_digits) or self._vat(start, end, n_digits)
            found = found or self._phone(groups[:last])
            if found:
                return found
        return None

    def _has_plus(self, start: int) -> bool:
        return "+" in self.text[max(start - 2, 0) : start]

    def _card(self, start: int, end: int, n_digits: int) -> Found | None:
        written = self.text[start:end]
        if n_digits < 13 or not self.text[start : start + 3].isdigit():
            return None
        if not self.is_number or not _SEPARATORS_OF_CARD.fullmatch(written):
            return None
        digits = re.sub(r"\D", "", written)
        is_card_number = is_card(digits) and self.right[:1] != "/" and not self.lead
        if is_card_number or (self.is_card_cue and n_digits <= 16):
            return Found(start, end, "card", digits)
        return None

    def _vat(self, start: int, end: int, n_digits: int) -> Found | None:
        digits = re.sub(r"\D", "", self.text[start:end])
        lead = self.text[: self.lead].strip()
        if self.is_vat_cue and (n_digits == 11 or (lead and 8 <= n_digits <= 12)):
            begin = 0 if lead and start == self.lead else start
            return Found(begin, end, "vat number", digits)
        is_bare = end - start == 11 and self.is_number and lead in ("", "IT")
        if is_bare and is_vat_number(digits) and not self.is_phone_cue:
            return Found(start, end, "vat number", digits)
        return None

    def _phone(self, groups: list[tuple[int, int]]) -> Found | None:
        start, end = groups[0][0], groups[-1][1]
        while start and self.text[start - 1] in "+(":
            start -= 1
        has_plus = self._has_plus(groups[0][0])
        sizes = [e - s for s, e in groups]
        if sum(sizes) > _LONGEST_PHONE:
            return None
        if (len(groups) > 1 and min(sizes[1:]) < 2 and not has_plus) or not (
            self.is_free or has_plus
        ):
            return None
        if _UNIT.match(self.right) and end == len(self.text) and not has_plus:
            return None
        number = read_phone(self.text[start:end], region=self.region, has_cue=self.is_phone_cue)
        return Found(start, end, "phone", number) if number else None


NUMBERS = Finder(pattern=_PATTERN, judge=_judge, sign=_SIGN)
