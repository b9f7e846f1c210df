"""Which entries of a lexicon does each distinct word of many texts match?

Unit of observation: a distinct token. All that is known of word forms happens here, once a distinct
word: accents, capitals, lengthened letters (troppooo), superlatives (-issimo), contractions (don't,
cant) and typing habits (nn, xke, thx). A word matches the entry that equals it, else the one with
the longest beginning of it; as written first, as mended after.

It cannot know a misspelling that is no habit.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cxresearch.study import read_packaged
from cxresearch.transforms.text.lexicon import Lexicon, fold
from cxresearch.transforms.text.patterns import compile_lexicon
from cxresearch.transforms.text.tokens import FACES, WORDS, Ints, Tokens

HABITS = Path(__file__).parents[2] / "lexicons" / "habits.yml"
"""How words are typed in a hurry."""

_LENGTHENED = "|".join(f"{letter}{{3,}}" for letter in "abcdefghijklmnopqrstuvwxyz")
_LENGTH = re.compile(r"([a-z])\1\1+")
_SUPERLATIVE = r"issim[oaei]$|issimamente$"
_FLAGS = ("loud", "long", "most")
_REPEATED_MARK = r"([)(\]\[|/\\*dp])[)(\]\[|/\\*dp]+$"


@dataclass(frozen=True)
class Vocabulary:
    """What is known of each distinct token.

    Parameters
    ----------
    tone, role
        Position of the entry with tone and of the one with another role; -1 where there is none.
    is_loud, is_long, is_most
        In capitals, with lengthened letters, a superlative of its entry.
    parts
        Pairs (token, word of idioms) that match, sorted: token, part.
    """

    tone: Ints
    role: Ints
    is_loud: NDArray[np.bool_]
    is_long: NDArray[np.bool_]
    is_most: NDArray[np.bool_]
    parts: pl.DataFrame


def describe_words(tokens: Tokens, lexicon: Lexicon) -> Vocabulary:
    """What the lexicon says of each distinct token.

    Parameters
    ----------
    tokens
        From `tokens.split_tokens`.
    lexicon
        From `lexicon.read_lexicon`.
    """
    words = pl.DataFrame({"token": np.arange(len(tokens.words)), "word": tokens.words}).filter(
        np.isin(tokens.kind, (WORDS, FACES))
    )
    word, form, n = pl.col("word"), pl.col("form"), len(tokens.words)
    loud = (word.str.len_chars() > 2) & (word == word.str.to_uppercase())
    words = words.with_columns(
        form=fold(word).replace(_habits().get(lexicon.language, {})),
        loud=loud & (word != word.str.to_lowercase()),
    ).with_columns(
        long=form.str.contains(_LENGTHENED),
        most=form.str.contains(_SUPERLATIVE),
    )
    matches = _match(_forms(words), compile_lexicon(lexicon).patterns)
    ranked = matches.sort("order", "is_stem", -pl.col("length").cast(pl.Int64), "target")
    tones, roles, part = (ranked.filter(pl.col("purpose") == purpose) for purpose in range(3))
    parts = part.select("token", part="target").unique().sort("token", "part")
    found = pl.collect_all([tones, roles, parts])
    tone = _best(found[0], n)
    is_loud, is_long, is_most = (_flag(words, name, n) for name in _FLAGS)
    return Vocabulary(
        tone, _best(found[1], n), is_loud, is_long, is_most & _is_plain(lexicon, tone), found[2]
    )


@cache
def _habits() -> dict[str, dict[str, str]]:
    """The word meant by each way of typing it, by language."""
    return {
        language: {typed: word for word, ways in words.items() for typed in ways}
        for language, words in read_packaged(HABITS).items()
    }


def _flag(words: pl.DataFrame, name: str, n: int) -> NDArray[np.bool_]:
    flags = np.zeros(n, dtype=np.bool_)
    flags[words["token"].to_numpy()] = words[name].to_numpy()
    return flags


def _is_plain(lexicon: Lexicon, entry: Ints) -> NDArray[np.bool_]:
    """Where the matched entry is no superlative itself."""
    plain = ~lexicon.entries["entry"].str.contains("issim").to_numpy()
    flags: NDArray[np.bool_] = np.append(plain, True)[entry]
    return flags


def _forms(words: pl.DataFrame) -> pl.LazyFrame:
    """Every form under which a word is looked up: token, form, order (the least is best)."""
    form, order = pl.col("form"), pl.col("order")
    written = words.lazy().select("token", "form", "most", order=pl.lit(0))
    long = words.filter("long").select("token", "form", "most")
    shorter = [
        long.lazy().with_columns(
            form=pl.Series(
                [_LENGTH.sub(r"\1" * times, word) for word in long["form"]], dtype=pl.String
            ),
            order=pl.lit(30 - 10 * times),
        )
        for times in (2, 1)
    ]
    known = pl.concat([written, *shorter])
    mended = [
        known.filter(form.str.ends_with("n't")).with_columns(form=pl.lit("not")),
        known.filter(form.str.contains(r"^\P{L}.*" + _REPEATED_MARK)).with_columns(
            form.str.replace(_REPEATED_MARK, "$1")
        ),
        *(
            known.filter("most").with_columns(form.str.replace(_SUPERLATIVE, end))
            for end in ("o", "e", "a", "i")
        ),
    ]
    return pl.concat([known, *(forms.with_columns(order + 1) for forms in mended)]).drop("most")


def _shorten(words: pl.DataFrame, times: int) -> pl.LazyFrame:
    """Lengthened letters written so many times."""
    short = [_LENGTH.sub(r"\1" * times, word) for word in words["form"]]
    return words.lazy().with_columns(form=pl.Series(short, dtype=pl.String))


def _match(forms: pl.LazyFrame, patterns: pl.DataFrame) -> pl.LazyFrame:
    """Every pattern that a form matches: token, order, is_stem, length, purpose, target."""
    every, form = forms.collect().lazy(), pl.col("form")
    exact, stems = (patterns.filter(pl.col("is_stem") == is_stem) for is_stem in (False, True))
    heads = [
        every.filter(form.str.len_chars() >= size).with_columns(form.str.head(size))
        for size in stems["length"].unique().sort().to_list()
    ]
    found = [
        asked.join(known.lazy(), left_on="form", right_on="pattern").drop("form")
        for asked, known in ((every, exact), (pl.concat(heads or [every.clear()]), stems))
    ]
    return pl.concat(found).collect().lazy()


def _best(ranked: pl.DataFrame, n: int) -> Ints:
    """The first entry of each token; -1 where it has none."""
    best = ranked.unique("token", keep="first", maintain_order=True)
    entries = np.full(n, -1, dtype=np.int64)
    entries[best["token"].to_numpy()] = best["target"].to_numpy()
    return entries
