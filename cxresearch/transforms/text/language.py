"""Is a comment written in Italian, in English, in both, or can nobody tell?

Unit of observation: a text. Evidence is counted, never learned: words that belong to one language
(2), words and endings that suggest it (1), its accents and spellings (a half). The tables are
`lexicons/languages.yml`. The language with clearly more evidence is taken; where both have plenty
the text is `mixed`; where neither has any, or another language has more, it is null.

It cannot name a third language, and a word that both languages write alike ("ok", "top") says
nothing. Of a long text the first 300 characters and the last 150 are read.
"""

from functools import cache
from pathlib import Path

import polars as pl

from cxresearch.errors import require_columns
from cxresearch.language import LANGUAGES, check_language
from cxresearch.study import read_packaged
from cxresearch.transforms.scales import Table

MIXED = "mixed"
"""The language of a text in which both languages speak."""

WORDS = Path(__file__).parents[2] / "lexicons" / "languages.yml"
_WEIGHTS = {"sure": 2.0, "likely": 1.0, "letters": 0.5}
_EVIDENCE = ("evidence_it", "evidence_en", "evidence_other")
_LEAST = 1.0
"""Least evidence for a language: one ending, or two spellings."""
_CLEARLY = 1.25
"""How many times the evidence of the other language it takes."""
_SURELY = 2
"""Sure words of one language at which, without one of another, nothing else is weighed."""
_PLENTY = 6.0
"""Evidence (three sure words) from which a second language is no loan word."""
_BESIDE = 1 / 3
"""Share of the first language's evidence from which the second stands beside it."""
_HEAD, _TAIL = 300, 150
_NOISE = (
    r"\[[a-z ]+ \d+\]|https?://\S+|www\.\S+|\S*@\S+|(?-u:\b)(?:check.?(?:in|out)|wi.?fi)(?-u:\b)"
)
"""Placeholders of redaction, addresses, handles, words that both borrow: of no language."""
_ITALIAN_ACCENT = r"[a-z][àìòù](?:[^a-z]|$)|(?:^|[ ('])[èé](?:[^a-z]|$)|[aeiou]'(?:[ ,.;!?]|$)"
_FOREIGN_ACCENT = r"[àâãáäåæçèéêëìíîïñòóôõöøœùúûü][a-z]|[ãñßõäöü¿¡]"
_FOREIGN_SCRIPT = (
    r"[\p{Arabic}\p{Hebrew}\p{Cyrillic}\p{Greek}\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}"
    r"\p{Thai}\p{Devanagari}]"
)
_FOLDED = {
    **dict.fromkeys("àáâãäå", "a"),
    **dict.fromkeys("èéêë", "e"),
    **dict.fromkeys("ìíîï", "i"),
    **dict.fromkeys("òóôõö", "o"),
    **dict.fromkeys("ùúûü", "u"),
    "ç": "c",
    "ñ": "n",
    "ß": "ss",
    "\u0300": "",
    "\u0301": "",
}


def detect_language(
    table: Table,
    *,
    text: str = "comment",
    language: str = "language",
    default: str | None = None,
) -> pl.LazyFrame:
    """The language of every text.

    Parameters
    ----------
    table
        A row a text.
    text
        The column of texts; null has no language.
    language
        The column where the data declares a language (`it`, `it-IT`, `EN`): what is declared is
        kept. Without the column, or where it is null, the text decides.
    default
        `it` or `en`: taken where a text holds no evidence at all ("ok", "👍"), not where it speaks
        another language or where evidence is divided.

    Returns
    -------
    pl.LazyFrame
        The table with `language`: it, en, `mixed`, another declared code, or null (undetermined).

    Raises
    ------
    DataError
        The column `text` is missing.
    ParameterError
        `default` is no language known here.

    Examples
    --------
    >>> said = ["Servizio ottimo", "Great service", "👍", "Sehr freundlich, danke"]
    >>> found = detect_language(pl.DataFrame({"comment": said}), default="it").collect()
    >>> found["language"].to_list()
    ['it', 'en', 'it', None]
    """
    require_columns(table, text)
    if default is not None:
        check_language(default)
    said = table.lazy().with_row_index("_at")
    declared = pl.lit(None, pl.String)
    if language in said.collect_schema():
        declared = pl.col(language).cast(pl.String).str.to_lowercase().str.extract(r"([a-z]{2,})")
    told = said.select("_at", pl.col(text).alias("_text"), declared.alias("_told"))
    asked = told.filter(pl.col("_told").is_null(), pl.col("_text").is_not_null())
    plain = _prepared(asked, "_text").with_columns(_told=_plain_language()).collect()
    open_ = plain.lazy().filter(pl.col("_told").is_null()).drop("_told")
    weighed = _weighed(open_).select("_at", _told=_decide(default))
    found = pl.concat([plain.lazy().select("_at", "_told"), weighed])
    return (
        said.join(
            found.filter(pl.col("_told").is_not_null()), on="_at", how="left", maintain_order="left"
        )
        .with_columns(pl.coalesce(declared, "_told").alias(language))
        .drop("_at", "_told")
    )


def count_evidence(table: Table, *, text: str = "comment") -> pl.LazyFrame:
    """How much each language speaks in every text.

    Parameters
    ----------
    table, text
        As `detect_language`.

    Returns
    -------
    pl.LazyFrame
        The table with `evidence_it`, `evidence_en` and `evidence_other` (German, French, Spanish,
        Portuguese, Dutch together, and other scripts), from 0 up.

    Examples
    --------
    >>> count_evidence(pl.DataFrame({"comment": ["grazie"]})).select("evidence_it").collect().item()
    2.0
    """
    return _weighed(_prepared(table.lazy(), text)).drop("_read", "_words")


def _prepared(table: pl.LazyFrame, text: str) -> pl.LazyFrame:
    """The table with what of a text is read, as written and without accents."""
    return table.with_columns(_read(pl.col(text)).alias("_read")).with_columns(
        pl.col("_read").str.replace_many(_FOLDED).alias("_words")
    )


def _plain_language() -> pl.Expr:
    """The language that alone has sure words, and enough: nothing else need be weighed."""
    sure = {
        name: pl.col("_words").str.count_matches(_patterns()[name][0][1]) for name in _patterns()
    }
    nobody_else = {
        name: pl.all_horizontal(n == 0 for other, n in sure.items() if other != name)
        for name in LANGUAGES
    }
    plain = [
        pl.when((sure[name] >= _SURELY) & nobody_else[name]).then(pl.lit(name))
        for name in LANGUAGES
    ]
    return pl.coalesce(plain)


def _weighed(table: pl.LazyFrame) -> pl.LazyFrame:
    """The table with the evidence for each language."""
    words, read = pl.col("_words"), pl.col("_read")
    return table.with_columns(
        _weigh(words, "it") + read.str.count_matches(_ITALIAN_ACCENT),
        _weigh(words, "en"),
        _weigh(words, "other")
        + read.str.count_matches(_FOREIGN_ACCENT)
        + 0.5 * read.str.count_matches(_FOREIGN_SCRIPT),
    )


def _read(text: pl.Expr) -> pl.Expr:
    """The part of a text that is read: lower case, its noise gone, one kind of apostrophe."""
    long = text.str.len_bytes() > _HEAD + _TAIL
    part = (
        pl.when(long)
        .then(pl.concat_str(text.str.head(_HEAD), pl.lit(" "), text.str.tail(_TAIL)))
        .otherwise(text)
    )
    plain = part.fill_null("").str.to_lowercase().str.replace_all("[’‘`´]", "'")
    return plain.str.replace_all(_NOISE, " ")


def _weigh(words: pl.Expr, language: str) -> pl.Expr:
    """The evidence for one language: its words and spellings, each times its weight."""
    return pl.sum_horizontal(
        weight * words.str.count_matches(pattern) for weight, pattern in _patterns()[language]
    ).alias(f"evidence_{language}")


@cache
def _patterns() -> dict[str, list[tuple[float, str]]]:
    """Weight and pattern of every group of words, by language."""
    return {
        language: [(_WEIGHTS[kind], _pattern(words.split())) for kind, words in groups.items()]
        for language, groups in read_packaged(WORDS).items()
    }


def _pattern(words: list[str]) -> str:
    """One pattern for many words; a star stands for letters. Boundaries are ASCII: they are fast.

    Examples
    --------
    >>> _pattern(["grazie", "*zione", "*ee*"])
    '(?-u:\\\\b)(?:[a-z]{2,}(?:zione)|[a-z]*(?:ee)[a-z]*|(?:grazie))(?-u:\\\\b)'
    """
    shapes = {
        "[a-z]{2,}%s": [w[1:] for w in words if w[0] == "*" and w[-1] != "*"],
        "%s[a-z]{2,}": [w[:-1] for w in words if w[0] != "*" and w[-1] == "*"],
        "[a-z]*%s[a-z]*": [w[1:-1] for w in words if w[0] == "*" and w[-1] == "*"],
        "%s": [w for w in words if "*" not in w],
    }
    written = "|".join(
        shape % f"(?:{'|'.join(sorted(parts, key=lambda part: (-len(part), part)))})"
        for shape, parts in shapes.items()
        if parts
    )
    return rf"(?-u:\b)(?:{written})(?-u:\b)"


def _decide(default: str | None) -> pl.Expr:
    """The language by its evidence; `default` only where no language has any."""
    italian, english, other = (pl.col(name) for name in _EVIDENCE)
    most, second = pl.max_horizontal(italian, english), pl.min_horizontal(italian, english)
    nobody = pl.max_horizontal(most, other) < _LEAST
    return (
        pl.when(nobody)
        .then(pl.lit(default, pl.String))
        .when((other > most) | (most < _LEAST))
        .then(None)
        .when((second >= _PLENTY) & (second >= _BESIDE * most))
        .then(pl.lit(MIXED))
        .when(most < _CLEARLY * second)
        .then(None)
        .when(italian > english)
        .then(pl.lit("it"))
        .otherwise(pl.lit("en"))
    )
