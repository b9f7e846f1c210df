"""What is a theme called, and is it one that was known before?

Unit: a theme given by the weights of its words. It is named by the word that most of its comments
share and others do not, or by two that people write side by side where most do ("customer
service"), in the form written most often; never by praise or blame. A theme near enough to one of
an earlier run keeps the id and the name it had there.

It cannot tell whether a name is a good one: `themes.yml` in the study's folder is for that.
"""

import re
import unicodedata
from collections.abc import Iterable

import numpy as np
import polars as pl

from cxresearch.models.content_words import ContentWords
from cxresearch.models.theme_fit import match

KEPT_FROM = 0.5
"""Cosine of two themes' word weights from which they are the same theme."""
PAIR_FROM = 0.5
"""Share of the leading word's comments with one pair from which the pair names the theme."""
ALONE_FROM = 0.5
"""Share of a theme's comments from which a word names it alone."""
N_WORDS = 5
TERMS = {
    "theme": pl.String,
    "name": pl.String,
    "language": pl.String,
    "term": pl.String,
    "word": pl.String,
    "weight": pl.Float64,
}
"""Columns of the terms of themes: term is the stem that is matched, word how it is written."""


def name_theme(
    terms: pl.DataFrame,
    content: ContentWords,
    *,
    rows: Iterable[int],
    n_texts: int,
    taken: set[str],
    judging: set[str],
) -> str:
    """A name that no other theme has.

    Parameters
    ----------
    terms
        term, word, weight: those of one theme.
    rows
        Positions of the comments that carry it, of `n_texts`.
    taken
        Names given already.
    judging
        Keys of words that praise or blame: they lead no name.

    Notes
    -----
    The word that leads stands in the largest share of the theme's comments, above its share of all.
    """
    counts = _counts(content, rows=np.fromiter(rows, dtype=np.int64)).filter(
        pl.col("inside") > 0, ~pl.col("key").is_in(list(judging))
    )
    above = (pl.col("inside") / pl.col("of") - pl.col("n") / n_texts).round(3)
    ordered = counts.sort(above, "inside", "key", descending=[True, True, False])
    single = ordered.filter(~pl.col("is_pair"))
    led = single.filter(~pl.col("shown").is_in([name.split(", ")[0] for name in taken]))
    single = single if led.is_empty() else led
    candidates = [] if single.is_empty() else _leading(single, ordered.filter("is_pair"))
    plain = terms.sort(["weight", "term"], descending=[True, False])["word"].to_list()
    for words in (single["shown"].to_list(), plain):
        candidates += [", ".join(words[:n]) for n in (2, 3, N_WORDS)]
    free = [name for name in candidates if name and name not in taken]
    return free[0] if free else f"{candidates[0]} ({len(taken) + 1})"


def _counts(content: ContentWords, *, rows: np.ndarray) -> pl.DataFrame:
    """In how many of a theme's comments each word stands: key, shown, is_pair, n, inside, of."""
    inside = np.isin(content.row, rows)
    counts = np.bincount(content.word[inside], minlength=content.words.height)
    return content.words.with_columns(pl.Series("inside", counts), of=pl.lit(max(len(rows), 1)))


def _leading(single: pl.DataFrame, pairs: pl.DataFrame) -> list[str]:
    """The first word, where half of its comments have it in one pair as the pair; if most do."""
    first = single.row(0, named=True)
    half = PAIR_FROM * first["inside"]
    with_it = pairs.filter(
        pl.col("key").str.split(" ").list.contains(first["key"]), pl.col("inside") >= half
    )
    enough = first["inside"] >= ALONE_FROM * first["of"]
    return [*with_it.head(1)["shown"], *([first["shown"]] if enough else [])]


def make_id(name: str, *, language: str, taken: set[str]) -> str:
    """A readable id that no other theme has.

    Examples
    --------
    >>> make_id("sala d'attesa", language="it", taken={"it-sala-d-attesa"})
    'it-sala-d-attesa-2'
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "theme"
    id_, n = f"{language}-{slug}", 2
    while id_ in taken:
        id_, n = f"{language}-{slug}-{n}", n + 1
    return id_


def match_known(terms: list[dict[str, float]], known: pl.DataFrame) -> dict[int, tuple[str, str]]:
    """Which themes were known before: position to id and name.

    Parameters
    ----------
    terms
        Of each theme, weight by term.
    known
        `TERMS` of an earlier run, of the same language.
    """
    before = known.group_by("theme", "name", maintain_order=True).agg("term", "weight")
    if before.is_empty() or not terms:
        return {}
    earlier = [
        dict(zip(row["term"], row["weight"], strict=True)) for row in before.iter_rows(named=True)
    ]
    matrices = unit_rows([*terms, *earlier])
    rows, columns, cosine = match(matrices[: len(terms)], matrices[len(terms) :])
    ids = before.select("theme", "name").rows()
    return {
        int(row): ids[column]
        for row, column, near in zip(rows, columns, cosine, strict=True)
        if near >= KEPT_FROM
    }


def unit_rows(terms: list[dict[str, float]]) -> np.ndarray:
    """Themes by words, each row of length 1."""
    words = sorted({word for theme in terms for word in theme})
    place = {word: position for position, word in enumerate(words)}
    matrix = np.zeros((len(terms), max(len(words), 1)))
    for row, theme in enumerate(terms):
        matrix[row, [place[word] for word in theme]] = list(theme.values())
    length = np.linalg.norm(matrix, axis=1, keepdims=True)
    return np.asarray(matrix / np.where(length > 0, length, 1))
