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
_NO_SPEECH = (
    r"<[A-Za-z/!][^<>]{0,500}>"
    r"|\[[a-z ]{2,20} \d+\]"
    r"|(?i:https?://|www\.)[^\s<>]+"
    r"|[\w.+%-]+@[\w-]+\.[\w.-]+"
    r"|@\w+"
    r"|[\x00-\x09\x0B\x0C\x0E-\x1F\x7F-\x9F©®™\u{FFFC}\u{FFFD}]"
)
"""Tags, placeholders of redaction, addresses, handles, control characters, marks of a brand."""
_ENTITIES = ["amp", "lt", "gt", "quot", "#39", "#039", "apos", "rsquo", "#8217", "hellip"]
_ENTITIES += ["agrave", "egrave", "eacute", "igrave", "ograve", "ugrave", "Egrave"]
_MEANT = [*'&<>"', *"'''’’…àèéìòùÈ"]
_LINE_BREAKS = r"(?i:<(?:br|/p|/div|/li)[^<>]{0,100}>)|\r\n?|[\u{2028}\u{2029}\u{85}]"
_JOINED_TAG = r"#\w*\p{Ll}\p{Lu}"


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
    seen = text.str.replace_all(_UNSEEN, "").str.replace_all(_LINE_BREAKS, "\n")
    plain = (
        pl.when(seen.str.contains("&", literal=True))
        .then(
            seen.str.replace_many([f"&{entity};" for entity in _ENTITIES], _MEANT)
            .str.replace_all(r"&(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|[A-Za-z]{2,10});", " ")
        )
        .otherwise(seen)
    )  # fmt: skip
    speech = plain.str.replace_all(_NO_SPEECH, " ")
    humps = speech.str.replace_all(r"(\p{Ll})(\p{Lu})", "$1 $2")
    apart = pl.when(speech.str.contains(_JOINED_TAG)).then(humps).otherwise(speech)
    return apart.str.replace_all("#", " ", literal=True)
