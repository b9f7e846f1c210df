"""Do the check digits hold? IBAN, codice fiscale, partita IVA, VAT of the United Kingdom, cards.

Each function takes letters and digits without blanks, upper case, and answers yes or no; nothing
raises. A right checksum says that a string was made to be such a number, not that it is in use.
"""

import re
from collections.abc import Mapping

IBAN_LENGTHS: Mapping[str, int] = {
    country: int(length)
    for length, countries in {
        "15": "NO", "16": "BE", "18": "DK FI FO GL NL SD", "19": "MK SI",
        "20": "AT BA EE KZ LT LU XK",
        "21": "CH HR LI LV", "22": "BG BH CR DE GB GE IE ME RS VA", "23": "AE GI IL IQ OM TL",
        "24": "AD CZ DZ ES MD PK RO SA SE SK TN VG", "25": "LY PT ST", "26": "IS TR",
        "27": "BI DJ FR GR IT MC MR SM",
        "28": "AL AZ BY CY DO GT HU LB NI PL SV", "29": "BR PS QA UA",
        "30": "JO KW MU", "31": "MT SC", "32": "LC", "33": "RU",
    }.items()
    for country in countries.split()
}  # fmt: skip
"""Length of an IBAN by country (ISO 13616 registry)."""

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ODD = dict(
    zip(
        "0123456789" + _LETTERS,
        (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3,
         6, 8, 12, 14, 16, 10, 22, 25, 24, 23),
        strict=True,
    )
)  # fmt: skip
_D = "[0-9LMNPQRSTUV]"
_FISCAL_CODE = re.compile(f"[A-Z]{{6}}{_D}{{2}}[ABCDEHLMPRST]{_D}{{2}}[A-Z]{_D}{{3}}[A-Z]")
_BRANDS = (
    (r"4", (13, 16, 19)),
    (r"5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720", (16,)),
    (r"3[47]", (15,)),
    (r"3(?:0[0-5]|[689])", (14,)),
    (r"6011|65|64[4-9]|62", (16, 17, 18, 19)),
    (r"35(?:2[89]|[3-8])", (16, 17, 18, 19)),
    (r"50|5[6-9]|6", (16, 18, 19)),
)


def is_iban(text: str) -> bool:
    """ISO 13616: the length of the country and ISO 7064 mod 97-10.

    Examples
    --------
    >>> is_iban("GB82WEST12345698765432"), is_iban("GB83WEST12345698765432")
    (True, False)
    """
    if IBAN_LENGTHS.get(text[:2]) != len(text) or not text.isascii() or not text.isalnum():
        return False
    return int("".join(str(int(sign, 36)) for sign in text[4:] + text[:4])) % 97 == 1


def has_fiscal_shape(text: str) -> bool:
    """Whether a text is written like a codice fiscale, digits replaced by letters included."""
    return _FISCAL_CODE.fullmatch(text) is not None


def is_fiscal_code(text: str) -> bool:
    """Decree of 23 December 1976, article 11; omocodia (digits written as letters) included.

    Examples
    --------
    >>> is_fiscal_code("RSSMRA85T10A562S"), is_fiscal_code("RSSMRA85T10A562T")
    (True, False)
    """
    if not has_fiscal_shape(text):
        return False
    odd = sum(_ODD[sign] for sign in text[:15:2])
    even = sum(int(s) if s.isdigit() else _LETTERS.index(s) for s in text[1:15:2])
    return _LETTERS[(odd + even) % 26] == text[15]


def has_luhn(digits: str) -> bool:
    """ISO/IEC 7812-1, annex B.

    Examples
    --------
    >>> has_luhn("4539578763621486"), has_luhn("4539578763621487")
    (True, False)
    """
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (sum(map(int, digits[::-2])) + sum(doubled)) % 10 == 0


def is_vat_number(digits: str) -> bool:
    """Partita IVA: 11 digits, Luhn, and an office of issue that exists (art. 35 DPR 633/72).

    Examples
    --------
    >>> is_vat_number("00743110157"), is_vat_number("00743110158")
    (True, False)
    """
    if len(digits) != 11 or not digits.isascii() or not digits.isdigit() or digits[:7] == "0000000":
        return False
    office = int(digits[7:10])
    return (1 <= office <= 100 or office in (120, 121, 888, 999)) and has_luhn(digits)


def is_card(digits: str) -> bool:
    """A card number: Luhn, and a brand that has numbers of that beginning and length.

    Examples
    --------
    >>> is_card("4539578763621486"), is_card("9999999999999995")
    (True, False)
    """
    if not 13 <= len(digits) <= 19 or len(set(digits)) == 1:
        return False
    is_brand = any(len(digits) in lengths and re.match(b, digits) for b, lengths in _BRANDS)
    return is_brand and has_luhn(digits)
