"""Which entries of a lexicon does each distinct word of many texts match?

Unit of observation: a distinct token. All that is known of word forms happens here, once a distinct
word: accents, capitals, lengthened letters (troppooo), superlatives (-issimo), contractions (don't,
cant) and typing habits (nn, xke, thx). A word matches the entry that equals it, else the one with
the longest beginning of it; as written first, as mended after.

It cannot know a misspelling that is no habit.
"""

from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cxresearch.study import read_yaml
from cxresearch.transforms.text.lexicon import LONGEST, ROLES, Lexicon, fold
from cxresearch.transforms.text.tokens import FACES, WORDS, Ints, Tokens

HABITS = Path(__file__).parents[2] / "lexicons" / "habits.yml"
"""How words are typed in a hurry."""

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_LENGTHENED = "|".join(f"{letter}{{3,}}" for letter in _LETTERS)
_SUPERLATIVE = r"issim[oaei]$|issimamente$"
_REPEATED_MARK = r"([)(\]\[|/\\*dp])[)(\]\[|/\\*dp]+$"
_TONE, _ROLE, _PART = range(3)
"""What a pattern is for: an entry of tone, an entry of another role, a word of an idiom."""


@dataclass(frozen=True, eq=False)
class Patterns:
    """A lexicon made ready for matching.

    Parameters
    ----------
    patterns
        A row a pattern and purpose: pattern, is_stem, length, purpose, target (position of the
        entry, or of the word of idioms).
    role, strength
        Of each entry: number of the role in `ROLES`, strength (1 where there is none); last, of no
        entry (-1): 0 and 1.
    idioms
        Words of each idiom: positions in the words of idioms, -1 for any word, -2 after its end.
    idiom_tone, idiom_role, idiom_length
        Entry with tone and with another role (-1: none) and number of words of each idiom; of two
        that differ in a stem the one with more letters comes first.
    n_parts
        Number of distinct words of idioms.
    """

    patterns: pl.DataFrame
    role: NDArray[Any]
    strength: NDArray[Any]
    idioms: Ints
    idiom_tone: Ints
    idiom_role: Ints
    idiom_length: Ints
    n_parts: int


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
    words = words.with_columns(form=fold(pl.col("word"))).with_columns(
        pl.col("form").replace(_habits().get(lexicon.language, {}))
    )
    matches = _match(_forms(words), compile_lexicon(lexicon).patterns)
    tone, role = (_best(matches, purpose, len(tokens.words)) for purpose in (_TONE, _ROLE))
    word, form = pl.col("word"), pl.col("form")
    loud = (word.str.len_chars() > 2) & (word == word.str.to_uppercase())
    loud &= word != word.str.to_lowercase()
    most = form.str.contains(_SUPERLATIVE)
    flags = [
        _flag(words, flag, len(tokens.words))
        for flag in (loud, form.str.contains(_LENGTHENED), most)
    ]
    plain = _flag_entries(lexicon, tone)
    parts = matches.filter(pl.col("purpose") == _PART).select("token", part="target").unique()
    return Vocabulary(tone, role, flags[0], flags[1], flags[2] & plain, parts.sort("token", "part"))


@cache
def _habits() -> dict[str, dict[str, str]]:
    """The word meant by each way of typing it, by language."""
    return {
        language: {typed: word for word, ways in words.items() for typed in ways}
        for language, words in read_yaml(HABITS).items()
    }


def _flag(words: pl.DataFrame, flag: pl.Expr, n: int) -> NDArray[np.bool_]:
    flags = np.zeros(n, dtype=np.bool_)
    flags[words.filter(flag)["token"].to_numpy()] = True
    return flags


def _flag_entries(lexicon: Lexicon, tone: Ints) -> NDArray[np.bool_]:
    """Where the matched entry is no superlative itself."""
    is_plain = ~lexicon.entries["entry"].str.contains("issim").to_numpy()
    return np.append(is_plain, True)[tone]


def _forms(words: pl.DataFrame) -> pl.DataFrame:
    """Every form under which a word is looked up: token, form, order (the first is best)."""
    form = pl.col("form")
    long = words.filter(form.str.contains(_LENGTHENED))
    twice, once = (_shorten(long, times) for times in ("2", "1"))
    known = pl.concat([words.select("token", "form"), twice, once])
    order = pl.int_range(pl.len()).over("token") * 10
    known = known.with_columns(order=order)
    negated = known.filter(form.str.ends_with("n't")).with_columns(form=pl.lit("not"))
    faces = known.filter(form.str.contains(r"^\P{L}") & form.str.contains(_REPEATED_MARK))
    base = known.filter(form.str.contains(_SUPERLATIVE)).with_columns(
        form.str.replace(_SUPERLATIVE, "")
    )
    bases = [
        base.with_columns(form + end, order=pl.col("order") + 1) for end in ("o", "e", "a", "i")
    ]
    return pl.concat(
        [
            known,
            negated.with_columns(order=pl.col("order") + 1),
            faces.with_columns(form.str.replace(_REPEATED_MARK, "$1"), order=pl.col("order") + 1),
            *bases,
        ],
        how="vertical_relaxed",
    )


def _shorten(words: pl.DataFrame, times: str) -> pl.DataFrame:
    """Lengthened letters written so many times."""
    form = pl.col("form")
    for letter in _LETTERS:
        form = form.str.replace_all(f"{letter}{{3,}}", letter * int(times))
    return words.select("token", form.alias("form"))


def _match(forms: pl.DataFrame, patterns: pl.DataFrame) -> pl.DataFrame:
    """Every pattern that a form matches: token, order, is_stem, length, purpose, target."""
    exact = patterns.filter(~pl.col("is_stem"))
    found = [forms.join(exact, left_on="form", right_on="pattern").drop("form")]
    length = pl.col("length")
    stems = patterns.filter("is_stem")
    for size in stems["length"].unique().sort().to_list():
        begins = forms.filter(pl.col("form").str.len_chars() >= size).with_columns(
            pl.col("form").str.head(size)
        )
        of_size = stems.filter(length == size)
        found.append(begins.join(of_size, left_on="form", right_on="pattern").drop("form"))
    return pl.concat(found)


def _best(matches: pl.DataFrame, purpose: int, n: int) -> Ints:
    """The best entry of each token for a purpose: as written, exact, longest; else -1."""
    best = (
        matches.filter(pl.col("purpose") == purpose)
        .sort("order", "is_stem", -pl.col("length").cast(pl.Int64), "target")
        .unique("token", keep="first", maintain_order=True)
    )
    entries = np.full(n, -1, dtype=np.int64)
    entries[best["token"].to_numpy()] = best["target"].to_numpy()
    return entries


@lru_cache(maxsize=8)
def compile_lexicon(lexicon: Lexicon) -> Patterns:
    """A lexicon made ready for matching, once a lexicon."""
    entries = lexicon.entries.with_row_index("entry_id").with_columns(n=pl.col("parts").list.len())
    single = entries.filter(pl.col("n") == 1).select(
        written=pl.col("parts").list.first(),
        purpose=pl.when(pl.col("role") == "tone").then(_TONE).otherwise(_ROLE),
        target="entry_id",
    )
    is_tone = pl.col("role") == "tone"
    idioms = (
        entries.filter(pl.col("n") > 1)
        .group_by("parts", "n", maintain_order=True)
        .agg(
            tone=pl.col("entry_id").filter(is_tone).first(),
            role=pl.col("entry_id").filter(~is_tone).first(),
        )
        .sort(-pl.col("parts").list.join("").str.len_chars().cast(pl.Int64), maintain_order=True)
    )
    long = idioms.select(pl.int_range(pl.len()).alias("idiom"), "parts").explode("parts")
    part = long.select(written="parts").unique(maintain_order=True).filter(pl.col("written") != "_")
    part = part.with_row_index("target").select("written", pl.lit(_PART).alias("purpose"), "target")
    patterns = pl.concat([single, part], how="vertical_relaxed").select(
        pl.col("written").str.strip_suffix("*").alias("pattern"),
        pl.col("written").str.ends_with("*").alias("is_stem"),
        pl.col("written").str.strip_suffix("*").str.len_chars().alias("length"),
        "purpose",
        pl.col("target").cast(pl.Int64),
    )
    number = {role: code for code, role in enumerate(ROLES)}
    return Patterns(
        patterns,
        np.append(entries["role"].replace_strict(number, return_dtype=pl.Int64).to_numpy(), 0),
        np.append(entries["strength"].fill_null(1.0).to_numpy(), 1.0),
        _idiom_table(long, part, idioms.height),
        *(idioms[name].cast(pl.Int64).fill_null(-1).to_numpy() for name in ("tone", "role")),
        idioms["n"].to_numpy().astype(np.int64),
        part.height,
    )


def _idiom_table(long: pl.DataFrame, part: pl.DataFrame, n: int) -> Ints:
    """The words of each idiom by number."""
    placed = long.with_columns(place=pl.int_range(pl.len()).over("idiom")).join(
        part, left_on="parts", right_on="written", how="left", maintain_order="left"
    )
    table = np.full((n, LONGEST), -2, dtype=np.int64)
    number = placed["target"].cast(pl.Int64).fill_null(-1).to_numpy()
    table[placed["idiom"].to_numpy(), placed["place"].to_numpy()] = number
    return table
