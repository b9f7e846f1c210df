"""Which words of a comment say what it is about?

Unit of observation: a word, or two words side by side, in a comment. What cannot name a subject is
left out: grammar, courtesies and judgement (`lexicons/stopwords.yml`), numbers, marks and what
redaction put in the place of personal data. Forms of one word are one word (biglietto, biglietti;
train, trains), shown in the form that people write most often. Base: comments of one language.

It cannot tell two meanings of a word apart, nor join two words of one meaning.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import polars as pl

from cxresearch.study import read_packaged
from cxresearch.transforms.text.clean import clean_text
from cxresearch.transforms.text.lexicon import FOLDER, fold
from cxresearch.transforms.text.tokens import (
    CLAUSE_ENDS,
    QUOTES,
    SENTENCE_ENDS,
    WORDS,
    Flags,
    Ints,
    Tokens,
    split_tokens,
)

BETWEEN = 2
"""Words without a subject that may stand between two of a pair: sala d'attesa, cambio del posto."""
LEAST_LETTERS = 2
_ELIDED = r"\b(d|l|un|dell|all|nell|sull|dall|coll|quell) ([aeiouhàèéìòù])"
_LONGEST = 40  # letters; what is longer was never a word


@dataclass(frozen=True)
class ContentWords:
    """The content words of many texts.

    Attributes
    ----------
    row, word
        Position of the text, and of the word in `words`; each pair of the two once, sorted.
    words
        A row a word: key (its stem, two stems for a pair), shown (as most often written), is_pair,
        n (texts). Sorted by is_pair and key.
    """

    row: Ints
    word: Ints
    words: pl.DataFrame


def read_words(
    texts: pl.Series, *, language: str, least: int = 1, forbidden: tuple[str, ...] = ()
) -> ContentWords:
    """The content words of texts in one language.

    Parameters
    ----------
    texts
        Texts as written; null has no words. The result does not depend on what lies in other rows
        beyond `least` and the form shown.
    language
        `it` or `en`.
    least
        Words in fewer texts are left out.
    forbidden
        Further words to leave out, in any form.

    Examples
    --------
    >>> said = pl.Series(["Il cambio del biglietto!", "Cambi biglietti, sala d'attesa"])
    >>> read_words(said, language="it").words.select("shown", "n").rows()[:3]
    [('attesa', 1), ('biglietti', 2), ('cambi', 2)]
    """
    cleaned = texts.cast(pl.String).to_frame("t").select(clean_text(pl.col("t"))).to_series()
    tokens = split_tokens(cleaned)
    forms = _forms(tokens, language=language, forbidden=forbidden)
    stem, content = forms["number"].to_numpy()[tokens.id], forms["is_content"].to_numpy()[tokens.id]
    at = np.flatnonzero(content)
    names = forms.filter("is_content").unique("number").sort("number")["stem"]
    single = _distinct(tokens.row[at], stem[at], least=least)
    first, second = _neighbours(at, tokens, forms["is_link"].to_numpy())
    n_stems = max(len(names), 1)
    code = stem[at[first]] * n_stems + stem[at[second]]
    paired = _distinct(tokens.row[at[first]], code, least=least)
    shown = _shown(stem[at], forms["lower"].gather(tokens.id[at]))
    spans = _spans(code, at[first], at[second], tokens, forms["lower"], kept=paired[2])
    words = pl.concat(
        [
            pl.DataFrame({"id": single[2], "key": names.gather(single[2]), "n": single[3]})
            .join(shown, on="id", how="left", maintain_order="left")
            .with_columns(is_pair=pl.lit(value=False)),
            pl.DataFrame(
                {
                    "id": paired[2],
                    "key": names.gather(paired[2] // n_stems)
                    + " "
                    + names.gather(paired[2] % n_stems),
                    "n": paired[3],
                }
            )
            .join(spans, on="id", how="left", maintain_order="left")
            .with_columns(is_pair=pl.lit(value=True)),
        ],
        how="vertical_relaxed",
    )
    row = np.concatenate([single[0], paired[0]])
    word = np.concatenate([single[1], paired[1] + len(single[2])])
    return _in_order(row, word, words)


def _in_order(row: Ints, word: Ints, words: pl.DataFrame) -> ContentWords:
    """Words by key and pairs by row, whatever order the texts gave them."""
    ordered = words.with_row_index("was").sort("is_pair", "key")
    place = np.empty(len(words), dtype=np.int64)
    place[ordered["was"].to_numpy()] = np.arange(len(words))
    word = place[word]
    order = np.lexsort((word, row))
    kept = ordered.select("key", "shown", "is_pair", pl.col("n").cast(pl.Int64))
    return ContentWords(row[order], word[order], kept)


def _forms(tokens: Tokens, *, language: str, forbidden: tuple[str, ...]) -> pl.DataFrame:
    """What each distinct token is: lower, stem, number (of the stem), is_content."""
    exact, beginnings = stop_words(language)
    lower, folded = pl.col("word").str.to_lowercase(), pl.col("folded")
    stopped = folded.is_in(list(exact)) | folded.str.contains(rf"^(?:{'|'.join(beginnings)})")
    words = tokens.words.alias("word").to_frame()
    if words.is_empty():
        words = words.cast(pl.String)
    barred = stem_words(pl.Series(forbidden, dtype=pl.String), language=language)
    table = words.with_columns(lower=lower, folded=fold(pl.col("word"))).with_columns(
        stem=stem_expression(folded, language)
    )
    is_word = pl.Series(tokens.kind == WORDS, dtype=pl.Boolean)
    return (
        table.with_columns(
            is_content=is_word
            & table["folded"].str.contains(r"^\p{L}+$")
            & table["folded"].str.len_chars().is_between(LEAST_LETTERS, _LONGEST)
            & ~table.select(stopped).to_series()
            & ~table["stem"].is_in(barred.to_list())
        )
        .with_columns(number=pl.col("stem").rank("dense").cast(pl.Int64) - 1)
        .with_columns(
            is_link=folded.is_in(_links(language)),
            number=pl.when("is_content")
            .then(pl.col("stem"))
            .rank("dense")
            .cast(pl.Int64)
            .sub(1)
            .fill_null(0),
        )
    )


@cache
def stop_words(language: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """Words that name no subject, without accents: whole ones, and beginnings of words."""
    groups: dict[str, Any] = _lists()[language]
    written = [word for lines in groups.values() for line in lines for word in _as_list(line)]
    words = pl.Series("w", written, dtype=pl.String).to_frame().select(fold(pl.col("w")))["w"]
    whole = frozenset(word for word in words if not word.endswith("*"))
    return whole, tuple(sorted({word[:-1] for word in words if word.endswith("*")})) or ("\\b$",)


@cache
def _lists() -> dict[str, Any]:
    lists: dict[str, Any] = read_packaged(FOLDER / "stopwords.yml")
    return lists


@cache
def _links(language: str) -> list[str]:
    """Small words that may stand inside a pair."""
    return [str(word) for word in _lists()[language]["links"]]


def _as_list(line: str | list[str]) -> list[str]:
    return [line] if isinstance(line, str) else line


def stem_words(words: pl.Series, *, language: str) -> pl.Series:
    """The stems of single words.

    Examples
    --------
    >>> stem_words(pl.Series(["Biglietti", "qualità"]), language="it").to_list()
    ['bigliett', 'qualit']
    """
    table = words.cast(pl.String).alias("w").to_frame()
    return table.select(stem_expression(fold(pl.col("w")), language)).to_series()


def stem_expression(folded: pl.Expr, language: str) -> pl.Expr:
    """The stem of a word in lower case without accents.

    Notes
    -----
    Italian loses its last vowels (the light stemmer of Savoy 2001 for Romance languages), English
    its plural s (Harman 1991, JASIS 42). Nothing more: strong stemmers join what is not one word.
    """
    letters = folded.str.len_chars()
    if language == "it":
        short = folded.str.replace(r"([^aeiou])[aeiou]{1,2}$", "$1")
        return pl.when(letters >= 4).then(short).otherwise(folded)
    ends = folded.str.ends_with
    return (
        pl.when((letters > 4) & ends("ies"))
        .then(folded.str.replace("ies$", "y"))
        .when((letters > 3) & ends("s") & ~(ends("ss") | ends("us") | ends("is")))
        .then(folded.str.replace("s$", ""))
        .otherwise(folded)
    )


def _distinct(row: Ints, code: Ints, *, least: int) -> tuple[Ints, Ints, Ints, Ints]:
    """Each (row, code) once, codes in at least so many rows: row, place, codes, rows a code."""
    codes, place = np.unique(code, return_inverse=True)
    size = max(len(codes), 1)
    both = np.unique(row * size + place)
    row, place = both // size, both % size
    counts = np.bincount(place, minlength=len(codes))
    kept = counts >= least
    renumbered = np.cumsum(kept) - 1
    inside = kept[place]
    return row[inside], renumbered[place[inside]], codes[kept], counts[kept]


def _neighbours(at: Ints, tokens: Tokens, links: Flags) -> tuple[Ints, Ints]:
    """Positions in `at` of content words side by side in one clause, links between at most."""
    ends = np.isin(tokens.kind, (CLAUSE_ENDS, SENTENCE_ENDS, QUOTES))[tokens.id]
    clause = np.cumsum(ends)[at] if len(at) else at
    left, right = at[:-1], at[1:]
    near: Flags = (tokens.row[left] == tokens.row[right]) & (right - left <= BETWEEN + 1)
    near &= clause[:-1] == clause[1:]
    near &= tokens.id[left] != tokens.id[right]
    others = np.cumsum(~links[tokens.id])  # content words and links aside, what lies between?
    near &= others[right] - others[left] == 1
    first = np.flatnonzero(near)
    return first, first + 1


def _shown(number: Ints, written: pl.Series) -> pl.DataFrame:
    """The form of each stem that is written most often: id, shown."""
    forms = pl.DataFrame({"id": number, "shown": written})
    return _most_frequent(forms)


def _spans(
    code: Ints, first: Ints, second: Ints, tokens: Tokens, lower: pl.Series, *, kept: Ints
) -> pl.DataFrame:
    """The way each kept pair is written most often, with the words between: id, shown."""
    inside = np.isin(code, kept)
    start, end = first[inside], second[inside]
    parts = {"id": pl.Series(code[inside], dtype=pl.Int64)}
    for step in range(BETWEEN + 2):
        there = start + step <= end
        where = tokens.id[np.where(there, start + step, start)]
        word = (
            lower.gather(where)
            .to_frame("w")
            .select(pl.when(pl.Series(there, dtype=pl.Boolean)).then(pl.col("w")))
        )
        parts[f"part_{step}"] = word.to_series()
    joined = pl.concat_str(
        [f"part_{step}" for step in range(BETWEEN + 2)], separator=" ", ignore_nulls=True
    )
    spans = pl.DataFrame(parts).select("id", shown=joined.str.replace_all(_ELIDED, "$1'$2"))
    return _most_frequent(spans)


def _most_frequent(forms: pl.DataFrame) -> pl.DataFrame:
    counted = forms.group_by("id", "shown").len()
    first = counted.sort(["id", "len", "shown"], descending=[False, True, False])
    return first.unique("id", keep="first", maintain_order=True).select(
        pl.col("id").cast(pl.Int64), "shown"
    )
