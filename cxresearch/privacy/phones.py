"""Is this run of digits somebody's telephone number? phonenumbers judges, shapes go before it.

A number with its country code is taken wherever it is valid. A national one is taken where digits
and groups are those of Italy, the United Kingdom or North America (or of the study's own country);
a shorter or mistyped one only beside a cue such as "tel". Free and premium numbers belong to
companies and stay.
"""

import re
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumberType

_OF_COMPANIES = frozenset(
    {
        PhoneNumberType.TOLL_FREE,
        PhoneNumberType.PREMIUM_RATE,
        PhoneNumberType.SHARED_COST,
        PhoneNumberType.UAN,
        PhoneNumberType.VOICEMAIL,
    }
)
_THOUSANDS = re.compile(r"\d{1,3}(?:\.\d{3})+")
_AMERICAN = re.compile(r"(?:1[ .-]?)?(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}")
_FEWEST, _MOST = 8, 12
_INTERNATIONAL = 11
_FREE = ("800", "0800", "0808", "199", "848", "892", "1800", "0300", "0345", "0845", "0844", "0870")
_ITALIAN_MOBILE = re.compile(r"3\d{9}")
_ITALIAN_LANDLINE = re.compile(r"0\d{7,10}")
_BRITISH = re.compile(r"0[127]\d{8,9}")
_REGIONS = ("IT", "GB", "US")


@lru_cache(maxsize=65_536)
def read_phone(written: str, *, region: str, has_cue: bool) -> str | None:
    """The number in E.164, or None where no telephone number of a person is meant.

    Parameters
    ----------
    written
        Digits with separators; may begin with + or 00.
    region
        Country of numbers without a country code, ISO 3166.
    has_cue
        Whether a word such as "tel" stands before it.

    Examples
    --------
    >>> read_phone("347 123 4567", region="IT", has_cue=False)
    '+393471234567'
    >>> read_phone("12.500.000", region="IT", has_cue=False) is None
    True
    """
    digits = re.sub(r"\D", "", written)
    if not 6 <= len(digits) <= 15:
        return None
    if written.lstrip("(").startswith("+") or (digits.startswith("00") and len(digits) >= 10):
        plus = "+" + (digits if "+" in written else digits[2:])
        is_written = "+" in written and len(digits) >= _INTERNATIONAL
        return _valid(re.sub(r"^(\+\d\d)0(?=7)", r"\1", plus), None, has_cue=has_cue or is_written)
    if digits.startswith(_FREE) or (_THOUSANDS.fullmatch(written) and not has_cue):
        return None
    for country in dict.fromkeys((region, *_REGIONS)):
        if _has_shape(written, digits, country) or (has_cue and country == region):
            number = _valid(written, country, has_cue=_is_unmistakable(written, digits, country))
            if number:
                return number
    if has_cue:
        return _as_mistyped(digits, region)
    return None


def _has_shape(written: str, digits: str, country: str) -> bool:
    if country == "IT":
        return bool(_ITALIAN_MOBILE.fullmatch(digits) or _ITALIAN_LANDLINE.fullmatch(digits))
    if country == "GB":
        return _BRITISH.fullmatch(digits) is not None
    if country == "US":
        return _AMERICAN.fullmatch(written) is not None
    return len(digits) >= 9 and digits[0] in "0679"


def _is_unmistakable(written: str, digits: str, country: str) -> bool:
    """Written as only telephone numbers are, in use or not."""
    if country == "US":
        return re.fullmatch(r"[2-9]\d{9}", digits) is not None and written[-5] == "-"
    return country == "GB" and digits.startswith("07") and len(digits) == _INTERNATIONAL


def _valid(written: str, region: str | None, *, has_cue: bool) -> str | None:
    try:
        number = phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException:
        return None
    is_taken = phonenumbers.is_valid_number(number) or (
        has_cue and phonenumbers.is_possible_number(number)
    )
    if not is_taken or phonenumbers.number_type(number) in _OF_COMPANIES:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _as_mistyped(digits: str, region: str) -> str | None:
    """What somebody calls their number and no exchange knows: too short, too long, no such area."""
    code = phonenumbers.country_code_for_region(region)
    if digits.startswith(str(code)) and len(digits) > _MOST - 2:
        return _valid(f"+{digits}", None, has_cue=False)
    if not _FEWEST <= len(digits) <= _MOST or digits.startswith(("19", "20")):
        return None
    return f"+{code}{digits}"
