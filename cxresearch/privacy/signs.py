"""Which signs hide a number from a reader of text? Invisible ones, and digits of other alphabets.

They are replaced in the stored text: full-width and mathematical letters and digits by plain ones,
other dashes by a hyphen, blanks that do not break by blanks; zero-width, directional and control
characters go. Emoji keep the joiners between their parts.
"""

import polars as pl

from cxresearch.privacy.scan import RESERVED

_DIGITS = (0xFF10, 0x0660, 0x06F0, 0x0966, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6)
_LETTERS = (0xFF21, 0x1D400, 0x1D5A0, 0x1D5D4, 0x1D670)
_SMALL = (0xFF41, 0x1D41A, 0x1D5BA, 0x1D5EE, 0x1D68A)
_BLANKS = "\u00a0\u1680\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
_DASHES = "\u2010\u2011\u2012\u2013\u2212\ufe58\ufe63\uff0d\u2043"
_PLAIN: dict[str, str] = (
    {chr(first + n): str(n) for first in _DIGITS for n in range(10)}
    | {chr(first + n): chr(65 + n) for first in _LETTERS for n in range(26)}
    | {chr(first + n): chr(97 + n) for first in _SMALL for n in range(26)}
    | dict.fromkeys(_BLANKS, " ")
    | dict.fromkeys(_DASHES, "-")
    | {"\uff20": "@", "\uff0e": ".", "\uff0b": "+", "\uff3f": "_", "\uff1a": ":", "\uff0f": "/"}
    | {"\ufe6b": "@", "\ufb00": "ff", "&#64;": "@", "&commat;": "@", "&#46;": ".", "&nbsp;": " "}
)
_HIDDEN = (
    r"[\x{0}-\x{8}\x{B}\x{C}\x{E}-\x{1F}\x{7F}-\x{9F}\x{AD}\x{34F}\x{61C}\x{180E}\x{200B}\x{200C}"
    r"\x{200E}\x{200F}\x{2028}-\x{202E}\x{2060}-\x{2064}\x{2066}-\x{206F}\x{FEFF}]"
)
_JOINED = r"([\pL\pN@.,:+_\-/ ])[\x{200D}\x{FE0E}\x{FE0F}\x{20E3}]+"
_ODD = r"[^\x{9}\x{A}\x{D}\x{20}-\x{7E}À-ÿ€’‘“”…]|&#|&nbsp;|&commat;"


def show_signs(column: pl.Expr) -> pl.Expr:
    """Text in which nothing hides between its letters and digits.

    Examples
    --------
    >>> table = pl.DataFrame({"comment": ["call １２３\\u200b４５", "a\\u00a0b"]})
    >>> table.select(show_signs(pl.col("comment")))["comment"].to_list()
    ['call 12345', 'a b']
    """
    plain = column.str.replace_many(_PLAIN).str.replace_all(RESERVED, "")
    plain = plain.str.replace_all(_HIDDEN, "").str.replace_all(_JOINED, "$1")
    return pl.when(column.str.contains(_ODD)).then(plain).otherwise(column)
