"""Which words, numbers, emoji and marks does a text consist of, in which order?

Unit of observation: a token. A text is read by one pattern: words (an Italian elision is two,
l'attesa = l + attesa; an English n't stays with its verb), runs of stars, emoji, emoticons,
numbers, quotes, and the punctuation that ends a clause or a sentence. All else is silent.

Every distinct token is a number (`Tokens.id`): whatever is asked of words is asked once of each
distinct one, never of each text.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

Ints = NDArray[np.signedinteger[Any]]
Flags = NDArray[np.bool_]

WORD = r"\p{L}[\p{L}\p{M}\p{N}]*(?:['’´`‘][tT]\b)?|\p{N}+(?:[.,]\p{N}+)*"
"""A word, with the t of don't; a number."""
FACE = (
    r"[★☆⭐✩✭✰🌟]+"
    r"|>?[:;=][-o'_]?(?:[)(\]\[|/\\*;@$]+|[DdPp]\b|(?-u:3\b))|\([-']?[:;=]"
    r"|</?3|\^[_.]?\^|[-><._=][_.]{1,3}[-><=]'?|[tTuUoO]_+[tTuUoO]\b|¬_?¬"
    r"|\p{Extended_Pictographic}(?:\u{200D}\p{Extended_Pictographic})*"
)
"""Runs of stars, emoticons, emoji."""
MARKS = r"[.…]+|[!?‼⁉]+|\n\s*|[,;:(){}\[\]]|\s[-–—]+\s|[\"“”«»]"
TOKEN = rf"{FACE}|{WORD}|{MARKS}"
_REST = r"|(?s:.)"

WORDS, FACES, CLAUSE_ENDS, SENTENCE_ENDS, QUOTES, SILENT = range(6)
"""Kinds of token."""


@dataclass(frozen=True)
class Tokens:
    """The tokens of many texts, one after the other.

    Parameters
    ----------
    row
        Position of the text, of each token.
    id
        Position in `words`, of each token.
    words
        The distinct tokens, as written.
    kind
        Kind of each distinct token: a word or number, a face (emoji, emoticon, stars), the end of a
        clause, the end of a sentence, a quote, silent.
    """

    row: Ints
    id: Ints
    words: pl.Series
    kind: NDArray[Any]


def split_tokens(texts: pl.Series, *, keep_gaps: bool = False) -> Tokens:
    """The tokens of texts.

    Parameters
    ----------
    texts
        Cleaned texts; null has no token.
    keep_gaps
        Also give what lies between tokens, as silent ones: joined they are the text again.

    Examples
    --------
    >>> found = split_tokens(pl.Series(["L'attesa: 2 ore!! :(", None]))
    >>> found.words.gather(found.id).to_list()
    ['L', 'attesa', ':', '2', 'ore', '!!', ':(']
    """
    pattern = TOKEN + _REST if keep_gaps else TOKEN
    found = texts.cast(pl.String).str.extract_all(pattern)
    counts = found.list.len().fill_null(0).to_numpy().astype(np.int32)
    row = np.repeat(np.arange(len(texts), dtype=np.int32), counts)
    every = found.filter(found.list.len() > 0).explode()
    words = every.unique(maintain_order=True).alias("word")
    number = every.cast(pl.Enum(words)).to_physical().to_numpy().astype(np.int32)
    return Tokens(row, number, words, _kinds(words))


def _kinds(words: pl.Series) -> NDArray[Any]:
    """The kind of each distinct token."""
    word = pl.col("word")
    kind = (
        pl.when(word.str.contains(rf"^(?:{FACE})$"))
        .then(FACES)
        .when(word.str.contains(r"^[\p{L}\p{N}]"))
        .then(WORDS)
        .when(word.str.contains(r"^(?:[.…!?‼⁉]+|\n\s*)$"))
        .then(SENTENCE_ENDS)
        .when(word.str.contains(r"^(?:[,;:(){}\[\]]|\s[-–—]+\s)$"))
        .then(CLAUSE_ENDS)
        .when(word.str.contains('^["“”«»]$'))
        .then(QUOTES)
        .otherwise(SILENT)
    )
    return words.to_frame("word").select(kind.cast(pl.Int8)).to_series().to_numpy()
