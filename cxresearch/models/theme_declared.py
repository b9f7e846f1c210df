"""Which themes did a person declare, and how are found ones written down for a person to edit?

The unit is a theme of `themes.yml`: an id, a name and words in each language. A comment with one of
the words carries the theme. A found theme most of whose weight lies on such words, most of whose
comments carry it or that has its id is not told beside it, so that words given to one theme rename
it, and words of several join them. One without words renames the found theme of its id.
"""

import json
from collections.abc import Iterator, Sequence

import polars as pl

from cxresearch.errors import ParameterError
from cxresearch.models.content_words import ContentWords, read_words
from cxresearch.models.theme_names import TERMS
from cxresearch.study import DeclaredTheme, Themes, fold_expression

ABSORBED_FROM = 0.5
"""Share of a found theme's weight on declared words from which the declared one stands for it."""
WRITTEN_WORDS = 12
_PAIR = 2


def declared_terms(
    themes: Sequence[DeclaredTheme], content: ContentWords, *, language: str
) -> pl.DataFrame:
    """The words of declared themes that are met in comments: `TERMS`, each of weight 1.

    Raises
    ------
    ParameterError
        A word says nothing of a subject, or has more than two words that do.
    """
    keys = content.words.select("key", "shown", "is_pair")
    parts = [
        keys.filter(_matches(word, language=language)).select(
            pl.lit(theme.id).alias("theme"),
            pl.lit(_name(theme, language)).alias("name"),
            pl.lit(language).alias("language"),
            pl.col("key").alias("term"),
            pl.col("shown").alias("word"),
            pl.lit(1.0).alias("weight"),
        )
        for theme in themes
        for word in getattr(theme.words, language)
    ]
    found = pl.concat([pl.DataFrame(schema=TERMS), *parts])
    return found.unique(["theme", "term"], keep="first", maintain_order=True)


def renamed_themes(themes: Themes, language: str = "it") -> dict[str, str]:
    """Declared themes without words: id of a found theme and the name it is to have."""
    return {
        theme.id: _name(theme, language)
        for theme in themes.themes
        if not (theme.words.it or theme.words.en)
    }


def _name(theme: DeclaredTheme, language: str) -> str:
    if isinstance(theme.name, str):
        return theme.name
    return theme.name.get("it" if language == "it" else "en", next(iter(theme.name.values())))


def _matches(word: str, *, language: str) -> pl.Expr:
    """Whether a key is the word, or the pair of words."""
    text = fold_expression(word).strip()
    is_open = text.endswith("*")
    read = read_words(pl.Series([text.rstrip("* ")]), language=language).words
    single = read.filter(~pl.col("is_pair")).height
    if not 1 <= single <= _PAIR or (single == _PAIR and not read["is_pair"].any()):
        raise ParameterError(
            f"'{word}' in themes.yml holds {single} words that name a subject",
            allowed="one such word, or two side by side; articles and judgements name none",
            next_step="split it into several words, or name the thing itself",
        )
    if single == _PAIR:
        return pl.col("key") == pl.lit(read.filter("is_pair")["key"].item())
    if is_open:
        return ~pl.col("is_pair") & pl.col("key").str.starts_with(text.rstrip("* "))
    return pl.col("key") == pl.lit(read["key"].item())


def is_absorbed(terms: dict[str, float], declared: pl.DataFrame) -> bool:
    """Whether a found theme lies mostly on words of declared ones."""
    taken = set(declared["term"])
    taken |= {part for term in taken for part in term.split(" ")}
    on_declared = sum(weight for term, weight in terms.items() if term in taken)
    return on_declared >= ABSORBED_FROM * sum(terms.values())


def write_declaration(terms: pl.DataFrame) -> str:
    """Found themes as text for themes.yml, to be edited.

    Parameters
    ----------
    terms
        `ThemeModel.terms()`.

    Returns
    -------
    str
        YAML; empty without themes.

    Examples
    --------
    >>> row = {"theme": "it-coda", "name": "coda", "language": "it", "term": "cod",
    ...        "word": "coda", "weight": 1.0}
    >>> print(write_declaration(pl.DataFrame([row])))
    themes:
      - id: it-coda
        name: {it: "coda"}
        words: {it: ["coda"]}
    <BLANKLINE>
    """
    if terms.is_empty():
        return ""
    return "\n".join(["themes:", *_entries(terms)]) + "\n"


def _entries(terms: pl.DataFrame) -> Iterator[str]:
    best = terms.sort("weight", "term", descending=[True, False])
    for theme in terms["theme"].unique(maintain_order=True):
        rows = best.filter(pl.col("theme") == theme)
        yield f"  - id: {theme}"
        names = rows.unique("language", keep="first", maintain_order=True).sort("language")
        written = (
            f"{row['language']}: {json.dumps(row['name'], ensure_ascii=False)}"
            for row in names.iter_rows(named=True)
        )
        yield f"    name: {{{', '.join(written)}}}"
        words = (
            f"{language}: "
            + json.dumps(group["word"].head(WRITTEN_WORDS).to_list(), ensure_ascii=False)
            for (language,), group in rows.group_by("language", maintain_order=True)
        )
        yield f"    words: {{{', '.join(words)}}}"


def forbidden_words(themes: Themes, language: str) -> tuple[str, ...]:
    """Words that make no theme, in one language."""
    return tuple(
        part
        for word in getattr(themes.forbidden, language)
        for part in fold_expression(word).replace("*", " ").split()
    )
