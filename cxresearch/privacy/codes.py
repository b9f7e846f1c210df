"""Which texts are IBANs or Italian fiscal codes? Right check digits, or a cue beside wrong ones.

People mistype: what follows "IBAN" or "codice fiscale" is personal even where its digits do not
add up. Without a cue only right check digits count, since product codes look alike.
"""

import re
from collections.abc import Iterator

from cxresearch.privacy.checksums import IBAN_LENGTHS, has_fiscal_shape, is_fiscal_code, is_iban
from cxresearch.privacy.scan import Candidate, Finder, Found

_COUNTRIES = "|".join(sorted(IBAN_LENGTHS))
_IBAN = rf"(?:{_COUNTRIES})[ .\-]?[0-9]{{2}}(?:[ .\-]?[A-Z0-9]){{8}}"
_D = "[0-9LMNPQRSTUV]"
_FISCAL = (
    rf"[A-Z]{{3}}[ .\-]?[A-Z]{{3}}[ .\-]?{_D}{{2}}[ .\-]?[ABCDEHLMPRST][ .\-]?{_D}{{2}}[ .\-]?"
    rf"[A-Z][ .\-]?{_D}{{3}}[ .\-]?[A-Z]"
)
_PATTERN = rf"(?i)(?-u:\b)(?:{_IBAN}|{_FISCAL}(?-u:\b))"
_SHAPE = re.compile(rf"{_FISCAL}(?!\w)", re.IGNORECASE)
_IBAN_CUE = re.compile(
    r"\b(?:iban|bonific\w*|accredit\w*|conto|account|bank|refund)\b[^\d]{0,30}$", re.I
)
_FISCAL_CUE = re.compile(
    r"(?:\bcod\w*\.? ?fisc\w*|\bc\.? ?f\.?|\btax (?:code|id)|\bfiscal (?:code|"
    r"number))\W*(?:\w+\W+){0,3}$",
    re.I,
)
_SEPARATED = re.compile(r"[A-Za-z0-9]+")
_LEAST_DIGITS = 0.4
_LONGEST_SEPARATOR = 1


def _judge(candidate: Candidate) -> Iterator[Found]:
    code = _SHAPE.match(candidate.text)
    if code:
        yield from _fiscal_code(code[0], candidate.left)
    elif candidate.text[:2].upper() in IBAN_LENGTHS:
        yield from _iban(candidate)


def _fiscal_code(written: str, left: str) -> Iterator[Found]:
    value = re.sub(r"[ .\-]", "", written).upper()
    is_plain = any(sign.isdigit() for sign in value) or written.isupper()
    if has_fiscal_shape(value) and (
        (is_fiscal_code(value) and is_plain) or _FISCAL_CUE.search(left)
    ):
        yield Found(0, len(written), "fiscal code", value)


def _iban(candidate: Candidate) -> Iterator[Found]:
    text = candidate.text
    length = IBAN_LENGTHS[text[:2].upper()]
    compact, end = "", 0
    has_cue = _IBAN_CUE.search(candidate.left) is not None
    for part in _SEPARATED.finditer(text):
        is_word = part[0].isalpha() and len(part[0]) > 4 and not part[0].isupper()
        if (part.start() - end > _LONGEST_SEPARATOR and end) or len(compact) >= length or is_word:
            break
        compact, end = compact + part[0].upper(), part.end()
        if is_iban(compact) and sum(map(str.isdigit, compact)) >= _LEAST_DIGITS * length:
            yield Found(0, end, "iban", compact)
            return
    is_like = abs(len(compact) - length) <= 2 and compact[2:4].isdigit()
    if has_cue and is_like and sum(map(str.isdigit, compact)) >= _LEAST_DIGITS * length:
        yield Found(0, end, "iban", compact)


CODES = Finder(pattern=_PATTERN, judge=_judge, reach=64)
