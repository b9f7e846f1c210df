"""What is a theme called, and is it one that was known before?

Unit: a theme given by the weights of its words. It is named by two words that people write side by
side where many do ("customer service"), else by its two foremost words, in the form written most
often. A theme near enough to one of an earlier run keeps the id and the name it had there.

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
PAIR_FROM = 0.1
"""Share of a theme's comments with two words side by side from which these name it."""
FOREMOST = 8
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
    terms: pl.DataFrame, content: ContentWords, *, rows: Iterable[int], taken: set[str]
) -> str:
    """A name that no other theme has.

    Parameters
    ----------
    terms
        term, word, weight: those of one theme.
    rows
        Positions of the comments that carry it.
    taken
        Names given already.
    """
    ordered = terms.sort(["weight", "term"], descending=[True, False])
    counts = _counts(content, rows=np.fromiter(rows, dtype=np.int64))
    candidates = _pairs(ordered.head(FOREMOST), counts)
    telling = pl.col("weight") * pl.col("inside").sqrt()
    frequent = ordered.join(counts, left_on="term", right_on="key", how="left")
    words = frequent.sort(telling, "term", descending=[True, False])["word"].to_list()
    candidates += [", ".join(words[:2]), ", ".join(words[:3]), ", ".join(words[:N_WORDS])]
    free = [name for name in candidates if name and name not in taken]
    return free[0] if free else f"{candidates[0]} ({len(taken) + 1})"


def _counts(content: ContentWords, *, rows: np.ndarray) -> pl.DataFrame:
    """In how many of a theme's comments each word stands: key, shown, is_pair, inside, of."""
    inside = np.isin(content.row, rows)
    counts = np.bincount(content.word[inside], minlength=content.words.height)
    return content.words.with_columns(pl.Series("inside", counts), of=pl.lit(len(rows)))


def _pairs(foremost: pl.DataFrame, counts: pl.DataFrame) -> list[str]:
    """Two foremost words side by side, those of most comments and weight first."""
    weight = dict(foremost.select("term", "weight").iter_rows())
    both = pl.col("key").str.split(" ")
    pairs = (
        counts.filter("is_pair", pl.col("inside") >= PAIR_FROM * pl.col("of"), pl.col("inside") > 0)
        .with_columns(
            pl.min_horizontal(
                both.list.get(side).replace_strict(weight, default=0.0, return_dtype=pl.Float64)
                for side in (0, 1)
            ).alias("weight")
        )
        .filter(pl.col("weight") > 0)
        .sort([pl.col("weight") * pl.col("inside"), "key"], descending=[True, False])
    )
    return pairs["shown"].to_list()


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
