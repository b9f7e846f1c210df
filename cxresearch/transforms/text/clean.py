"""What is left of a comment once everything that is no speech is taken out?

Unit of observation: a text. Taken out: mark-up, addresses, handles, the placeholders of redaction,
what cannot be seen (zero-width, direction and control characters, skin tones). Words, emoji and
punctuation stay as written, and so does null. Every pattern takes time in proportion to the text.

It cannot tell a text that was pasted from one that was written.
"""

import polars as pl

_UNSEEN = (
    r"[\u{00AD}\u{061C}\u{180E}\u{200B}-\u{200F}\u{202A}-\u{202E}\u{2060}-\u{2069}\u{FE00}-\u{FE0F}"
    r"\u{FEFF}\u{1F3FB}-\u{1F3FF}\u{E0000}-\u{E007F}]"
)
"""Nothing to see: zero-width, direction and variation marks, skin tones, tags."""
_JOINER, _KEPT = "\u200d", "\ue000"
_SIGNS = r"\u{200D}[♀♂]"
"""Man or woman: an emoji says the same of both."""
_NO_SPEECH = (
    r"&(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|[A-Za-z]{2,10});"
    r"|<[A-Za-z/!][^<>]{0,500}>"
    r"|\[[a-z ]{2,20} \d+\]"
    r"|(?i:https?://|www\.)[^\s<>]+"
    r"|[\w.+%-]+@[\w-]+\.[\w.-]+"
    r"|@\w+"
    r"|[\x00-\x09\x0B\x0C\x0E-\x1F\x7F-\x9F©®™\u{FFFC}\u{FFFD}]"
)
"""Other entities, tags, placeholders of redaction, addresses, handles, control characters."""
_ENTITIES = ["amp", "lt", "gt", "quot", "#39", "#039", "apos", "rsquo", "#8217", "hellip"]
_ENTITIES += ["agrave", "egrave", "eacute", "igrave", "ograve", "ugrave", "Egrave"]
_MEANT = [*'&<>"', *"'''’’…àèéìòùÈ"]
_LINE_BREAKS = r"(?i:<(?:br|/p|/div|/li)[^<>]{0,100}>)|\r\n?|[\u{2028}\u{2029}\u{85}]"
_JOINED_TAG = r"#(\w*\p{Ll})(\p{Lu})"
_HUMPS = 4
"""Words more than one in a hashtag that are taken apart."""


def clean_text(text: pl.Expr) -> pl.Expr:
    """A text without what is no speech.

    Parameters
    ----------
    text
        Texts; null stays null.

    Returns
    -------
    pl.Expr
        The words as written. A hashtag keeps its words and loses its sign, taken apart where it
        is written in humps.

    Examples
    --------
    >>> said = ["<b>Bravi</b> @shop, www.shop.it", "#NeverAgain [email 3] caff&egrave;", None]
    >>> pl.DataFrame({"t": said}).select(clean_text(pl.col("t")))["t"].to_list()
    [' Bravi   ,  ', ' Never Again   caffè', None]
    """
    seen = drop_unseen(text).str.replace_all(_LINE_BREAKS, "\n")
    plain = seen.str.replace_many([f"&{entity};" for entity in _ENTITIES], _MEANT)
    speech = plain.str.replace_all(_NO_SPEECH, " ")
    for _ in range(_HUMPS):
        speech = speech.str.replace_all(_JOINED_TAG, "#$1 $2")
    return speech.str.replace_all("#", " ", literal=True)


def drop_unseen(text: pl.Expr) -> pl.Expr:
    """A text without what cannot be seen; joined emoji stay joined.

    Examples
    --------
    >>> said = ["be\u200bne", "\U0001f44d\U0001f3fd", "\u2764\ufe0f\u200d\U0001f525"]
    >>> pl.DataFrame({"t": said}).select(drop_unseen(pl.col("t")))["t"].str.len_chars().to_list()
    [4, 1, 3]
    """
    return (
        text.str.replace_all(_SIGNS, "")
        .str.replace_all(r"\u{200D}(\p{Extended_Pictographic})", _KEPT + "$1")
        .str.replace_all(_UNSEEN, "")
        .str.replace_all(_KEPT, _JOINER, literal=True)
    )
