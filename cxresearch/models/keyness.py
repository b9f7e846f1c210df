"""What do promoters and detractors write that the others do not?

Unit of observation: a person on one side of a score; a person who uses a word ten times counts
once. Base: the people of a side who wrote in the language. A word's odds of being used by one side
are held against those of the other, drawn towards no difference where few people use it.

It cannot say that a word's subject made people promoters or detractors.
"""

from collections.abc import Mapping

import numpy as np
import polars as pl

from cxresearch.errors import require_columns
from cxresearch.models.emerging import list_words
from cxresearch.models.theme_tables import order_comments
from cxresearch.transforms.differences import q_values
from cxresearch.transforms.intervals import Array, normal_quantile
from cxresearch.transforms.scales import Table, counted, find_metric, with_scale
from cxresearch.transforms.suppress import THRESHOLD

KEYNESS = {
    "word": pl.String,
    "language": pl.String,
    "n_promoters": pl.Int64,
    "n_detractors": pl.Int64,
    "base_promoters": pl.Int64,
    "base_detractors": pl.Int64,
    "log_odds": pl.Float64,
    "ci_low": pl.Float64,
    "ci_high": pl.Float64,
    "p_value": pl.Float64,
    "q_value": pl.Float64,
    "side": pl.String,
    "term": pl.String,
    "is_pair": pl.Boolean,
}
PRIOR_PEOPLE = 100.0
"""People who speak as both sides together do, added to each side."""
_ALPHA = 0.05
_NAMES: Mapping[float, str] = {1.0: "promoters", -1.0: "detractors"}


def compare_words(
    comments: Table,
    *,
    metric: str = "nps",
    hide_below: int = THRESHOLD,
    confidence: float = 0.95,
) -> pl.DataFrame:
    """Words and pairs of words that tell promoters from detractors.

    Parameters
    ----------
    comments
        `response_id`, `comment`, `score`; where present `respondent_id`, `language`, `metric`,
        `scale_min`, `scale_max`, `high_is`.
    metric
        Whose score makes the sides: of `nps` 9-10 and 0-6; of a share, those it counts and those it
        does not (`csat`: the two best grades, and all others). What lies between is left out.
    hide_below
        A word is told where so many people use it, both sides together, and a side only where so
        many of its people wrote.

    Returns
    -------
    pl.DataFrame
        word, language, n_promoters, n_detractors (people who use it; null where fewer than
        `hide_below` but not nobody), base_promoters, base_detractors (people who wrote), log_odds
        (above 0: promoters), ci_low, ci_high, p_value, q_value (Benjamini-Hochberg over all words),
        side (whose word it is, where q is below .05, else null), term, is_pair. The surest first.
        Beside a count that is null these are figures of the count, of those it may be, that is
        nearest to no difference, so that it cannot be found from them; of two such counts none.

    Raises
    ------
    DataError
        A column is missing.

    Notes
    -----
    Log-odds ratio with an informative Dirichlet prior (Monroe, Colaresi & Quinn 2008, Political
    Analysis 16:372, eq. 15-16), of people instead of tokens; the variance keeps the terms of those
    who do not use the word (ibid., eq. 19), which matter where many do.

    Examples
    --------
    >>> said = pl.DataFrame({"response_id": map(str, range(40)), "language": "it",
    ...     "comment": ["coda in cassa"] * 20 + ["consegna rapida"] * 20,
    ...     "score": [2] * 20 + [10] * 20})
    >>> compare_words(said).select("word", "n_promoters", "n_detractors", "side").rows()[:2]
    [('coda in cassa', 0, 20, 'detractors'), ('consegna rapida', 20, 0, 'promoters')]
    """
    require_columns(comments, "response_id", "comment", "score")
    people = _sides(comments, metric)
    words = list_words(comments, least=hide_below)
    told = _users(words, people)
    sizes = _bases(comments_languages=_languages(comments), people=people)
    table = told.join(sizes, on="language").filter(
        pl.col("n_promoters") + pl.col("n_detractors") >= hide_below,
        pl.min_horizontal("base_promoters", "base_detractors") >= hide_below,
    )
    counts, seen = _hidden(table, hide_below)
    figures = log_odds(
        *counts,
        *(table[f"base_{side}"].to_numpy().astype(float) for side in _NAMES.values()),
        confidence=confidence,
    )
    figures["q_value"] = q_values(figures["p_value"])
    table = table.with_columns(
        pl.Series(name, values, dtype=pl.Float64).fill_nan(None) for name, values in figures.items()
    )
    way = pl.when(pl.col("log_odds") > 0).then(pl.lit("promoters")).otherwise(pl.lit("detractors"))
    return (
        table.with_columns(seen, side=pl.when(pl.col("q_value") < _ALPHA).then(way))
        .sort("q_value", -pl.col("log_odds").abs(), "language", "term")
        .select(pl.col(name).cast(dtype) for name, dtype in KEYNESS.items())
    )


def log_odds(
    used: Array, used_other: Array, base: Array, base_other: Array, *, confidence: float = 0.95
) -> dict[str, Array]:
    """Log-odds ratio of one side against the other, its interval and p-value.

    Parameters
    ----------
    used, used_other
        People of each side who use the word.
    base, base_other
        People of each side.
    """
    from scipy.special import ndtr

    with np.errstate(invalid="ignore", divide="ignore"):
        prior = PRIOR_PEOPLE * (used + used_other) / (base + base_other)
        odds, variance = [], np.zeros_like(used)
        for count, size in ((used, base), (used_other, base_other)):
            with_word = count + prior
            without = size + PRIOR_PEOPLE - with_word
            odds.append(np.log(with_word / without))
            variance = variance + 1 / with_word + 1 / without
        ratio = odds[0] - odds[1]
        error = np.sqrt(variance)
        p_value = 2 * ndtr(-np.abs(ratio) / error)
    half = normal_quantile(confidence) * error
    return {"log_odds": ratio, "ci_low": ratio - half, "ci_high": ratio + half, "p_value": p_value}


def _hidden(table: pl.DataFrame, hide_below: int) -> tuple[list[Array], list[pl.Series]]:
    """Counts to reckon with, which say no more than those that are told, and these."""
    sides = list(_NAMES.values())
    counts = [table[f"n_{side}"].to_numpy().astype(float) for side in sides]
    base = [table[f"base_{side}"].to_numpy().astype(float) for side in sides]
    few = [(n >= 1) & (n < hide_below) for n in counts]
    used = []
    for own, other in ((0, 1), (1, 0)):
        with np.errstate(invalid="ignore", divide="ignore"):
            expected = np.clip(counts[other] / base[other] * base[own], 1, max(hide_below - 1, 1))
        used.append(np.where(few[own], np.where(few[other], np.nan, expected), counts[own]))
    told = [
        table[f"n_{side}"].cast(pl.Int64).set(pl.Series(hidden, dtype=pl.Boolean), None)
        for side, hidden in zip(sides, few, strict=True)
    ]
    return used, told


def _sides(comments: Table, metric: str) -> pl.DataFrame:
    """Responses on a side: response_id, person, side."""
    rule = find_metric(metric)
    scaled = with_scale(comments, metric=rule, score="score")
    own = pl.lit("response ") + pl.col("response_id").cast(pl.String)
    has_person = "respondent_id" in scaled.collect_schema()
    person = pl.coalesce(pl.col("respondent_id").cast(pl.String), own) if has_person else own
    value = counted(rule, score="score").cast(pl.Float64)
    # A net score counts -1, 0, 1; a share counts 0 and 1, and its other side is all the rest.
    sign = value if rule.counting == "net" else 2 * value - 1
    told = scaled.select(
        pl.col("response_id").cast(pl.String), person.alias("person"), sign.alias("sign")
    )
    return (
        told.filter(pl.col("sign").is_in(list(_NAMES)))
        .with_columns(pl.col("sign").replace_strict(_NAMES, return_dtype=pl.String).alias("side"))
        .drop("sign")
        .collect()
    )


def _languages(comments: Table) -> pl.DataFrame:
    """The language of every comment."""
    return order_comments(comments).select("response_id", "language")


def _bases(*, comments_languages: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """People a side and language: language, base_promoters, base_detractors."""
    joined = people.join(comments_languages, on="response_id")
    return joined.group_by("language").agg(
        pl.col("person").filter(pl.col("side") == side).n_unique().alias(f"base_{side}")
        for side in _NAMES.values()
    )


def _users(words: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """People of each side who use each word: term, word, language, is_pair, n_promoters, ..."""
    used = words.join(people, on="response_id")
    return (
        used.group_by(term="word", word="name", language="language")
        .agg(
            pl.col("person").filter(pl.col("side") == side).n_unique().alias(f"n_{side}")
            for side in _NAMES.values()
        )
        .with_columns(is_pair=pl.col("term").str.contains(" ", literal=True))
    )
