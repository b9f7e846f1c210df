"""Which personal data do the invented people leave in their comments?

A pool of invented persons with names, addresses, phone numbers, IBAN and codice fiscale whose
check digits are right, so that redaction meets what it would meet in life. None belongs to
anybody: names are combined at random and the mail domains are reserved for examples (RFC 2606).
"""

import numpy as np
import polars as pl

FIRST = (
    "Marco", "Giulia", "Luca", "Chiara", "Andrea", "Francesca", "Matteo", "Sara", "Davide",
    "Elena", "Paolo", "Martina", "Stefano", "Valentina", "Giorgio", "Silvia", "Antonio", "Laura",
    "Simone", "Federica", "Nicola", "Alessia", "Enrico", "Ilaria", "Roberto", "Teresa",
)  # fmt: skip
LAST = (
    "Rossi", "Bianchi", "Ferrari", "Esposito", "Romano", "Colombo", "Ricci", "Marino", "Greco",
    "Bruno", "Gallo", "Conti", "Costa", "Giordano", "Mancini", "Rizzo", "Lombardi", "Moretti",
    "Barbieri", "Fontana", "Santoro", "Mariani", "Rinaldi", "Caruso", "Ferrara", "De Luca",
)  # fmt: skip
STREETS = ("via Garibaldi", "via Roma", "corso Italia", "viale Mazzini", "piazza Dante", "via Po")
DOMAINS = ("example.com", "example.org", "example.net", "posta.example.com")
TOWNS = ("F205", "H501", "L219", "D969", "F839", "A944", "D612", "A662")
POOL = 400

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ODD = dict(
    zip(
        "0123456789" + _LETTERS,
        (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3,
         6, 8, 12, 14, 16, 10, 22, 25, 24, 23),
        strict=True,
    )
)  # fmt: skip


def _control_letter(text: str) -> str:
    """The letter that closes a codice fiscale, and opens an Italian BBAN.

    Source: decree 23 December 1976, article 11; the CIN of the BBAN uses the same table.

    Examples
    --------
    >>> _control_letter("RSSMRA85T10A562")
    'S'
    """
    odd = sum(_ODD[sign] for sign in text[::2])
    even = sum(int(sign) if sign.isdigit() else _LETTERS.index(sign) for sign in text[1::2])
    return _LETTERS[(odd + even) % 26]


def _iban(bank: int, branch: int, account: int) -> str:
    """An Italian IBAN with its CIN and check digits (ISO 13616, ISO 7064 mod 97-10).

    Examples
    --------
    >>> _iban(5428, 11101, 123456)
    'IT60X0542811101000000123456'
    """
    bban = f"{bank:05d}{branch:05d}{account:012d}"
    bban = _control_letter(bban) + bban
    digits = "".join(str(int(sign, 36)) for sign in bban + "IT00")
    return f"IT{98 - int(digits) % 97:02d}{bban}"


def _code(word: str, *, is_first: bool) -> str:
    letters = [sign for sign in word.upper() if sign in _LETTERS]
    consonants = [sign for sign in letters if sign not in "AEIOU"]
    if is_first and len(consonants) >= 4:
        return consonants[0] + consonants[2] + consonants[3]
    vowels = [sign for sign in letters if sign in "AEIOU"]
    return "".join([*consonants, *vowels, "X", "X"])[:3]


def invent_people(rng: np.random.Generator) -> pl.DataFrame:
    """A pool of invented persons: first, name, email, phone, iban, cf, address."""
    rows = []
    for _ in range(POOL):
        first, last = rng.choice(FIRST), rng.choice(LAST)
        year, month, day = rng.integers(50, 99), rng.integers(0, 12), rng.integers(1, 29)
        body = _code(last, is_first=False) + _code(first, is_first=True)
        body += f"{year:02d}{'ABCDEHLMPRST'[month]}{day:02d}{rng.choice(TOWNS)}"
        mail = f"{first}.{last}{rng.integers(1, 99)}@{rng.choice(DOMAINS)}".replace(" ", "").lower()
        phone = f"3{rng.integers(20, 99)}{rng.choice(['', ' '])}{rng.integers(1000000, 9999999)}"
        rows.append(
            {
                "first": first,
                "name": f"{first} {last}",
                "email": mail,
                "phone": rng.choice(["", "+39 "]) + phone,
                "iban": _iban(
                    int(rng.integers(1000, 9999)),
                    int(rng.integers(1000, 99999)),
                    int(rng.integers(1, 10**9)),
                ),
                "cf": body + _control_letter(body),
                "address": f"{rng.choice(STREETS)} {rng.integers(1, 120)}",
            }
        )
    return pl.DataFrame(rows)
