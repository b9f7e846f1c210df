"""Which comments are read for themes, in which order, and how are the tables of themes made?

Unit of observation: a comment in one language. Comments are put into an order of their own first
(text, then response), so that the order of the rows decides nothing.
"""

import polars as pl

from cxresearch.errors import require_columns
from cxresearch.models.content_words import ContentWords
from cxresearch.models.mention_shares import share_mentions
from cxresearch.models.theme_fit import CARRIED_FROM
from cxresearch.models.theme_names import N_WORDS
from cxresearch.transforms.scales import Table
from cxresearch.transforms.text.language import detect_language

TIDY: dict[str, pl.DataType | type[pl.DataType]] = {
    "theme": pl.String,
    "name": pl.String,
    "words": pl.List(pl.String),
    "language": pl.String,
    "n": pl.Int64,
    "n_respondents": pl.Int64,
    "base": pl.Int64,
    "share": pl.Float64,
    "ci_low": pl.Float64,
    "ci_high": pl.Float64,
    "is_declared": pl.Boolean,
    "is_suppressed": pl.Boolean,
}
AUGMENTED: dict[str, type[pl.DataType]] = {
    "response_id": pl.String,
    "theme": pl.String,
    "weight": pl.Float64,
    "is_main": pl.Boolean,
}
GLANCE: dict[str, type[pl.DataType]] = {
    "language": pl.String,
    "n": pl.Int64,
    "n_respondents": pl.Int64,
    "n_themes": pl.Int64,
    "n_none": pl.Int64,
    "share_none": pl.Float64,
    "stability": pl.Float64,
    "coherence": pl.Float64,
    "reason": pl.String,
}
USUAL_WORDS = 8
"""Content words of a comment up to which one of a theme's foremost words is enough."""


def order_comments(comments: Table) -> pl.DataFrame:
    """Comments with a text: response_id, person, text, language; in an order of their own.

    A response without a respondent is a person of its own. Where the language is not known, the
    text decides.

    Raises
    ------
    DataError
        A column is missing.
    """
    require_columns(comments, "response_id", "comment")
    schema = comments.collect_schema()
    person = [pl.col("respondent_id").cast(pl.String)] if "respondent_id" in schema else []
    known = pl.col("language") if "language" in schema else pl.lit(None, pl.String)
    table = (
        comments.lazy()
        .select(
            pl.col("response_id").cast(pl.String),
            pl.coalesce(*person, pl.lit("response ") + pl.col("response_id").cast(pl.String)).alias(
                "person"
            ),
            pl.col("comment").cast(pl.String).alias("text"),
            known.cast(pl.String).str.to_lowercase().str.extract(r"([a-z]{2,})").alias("language"),
        )
        .filter(pl.col("text").str.strip_chars().str.len_bytes() > 0)
    )
    written = table.collect()
    is_known = pl.col("language").is_not_null()
    told = detect_language(written.filter(~is_known), text="text").select(written.columns)
    both = pl.concat([written.filter(is_known), told.collect()])
    return both.sort("language", "text", "response_id", nulls_last=True)


def carry_themes(
    comments: pl.DataFrame, content: ContentWords, terms: pl.DataFrame
) -> pl.DataFrame:
    """Which comments carry which themes: row, response_id, person, language, theme, weight.

    Parameters
    ----------
    comments
        Of one language, in order; `content` counts its rows.
    terms
        theme, term, weight.

    Notes
    -----
    A comment's weight is the sum of the weights of the theme's words in it: one of the foremost is
    enough, of weaker ones it takes several. Of a comment with more content words than `USUAL_WORDS`
    the sum is divided by the root of how many times more, for in many words chance meets any theme.
    """
    place = (
        content.words.select("key", "is_pair")
        .with_row_index("word")
        .with_columns(pl.col("word").cast(pl.Int64))
    )
    used = place.join(terms.select("theme", key="term", weight="weight"), on="key")
    held = pl.DataFrame({"row": content.row, "word": content.word})
    single = held.join(place.filter(~pl.col("is_pair")), on="word", how="semi")
    size = single.group_by("row").agg(
        (pl.len() / USUAL_WORDS).sqrt().clip(lower_bound=1).alias("size")
    )
    weights = (
        held.join(used, on="word")
        .group_by("row", "theme")
        .agg(pl.col("weight").sort().sum())
        .join(size, on="row")
        .with_columns((pl.col("weight") / pl.col("size")).round(6))
        .filter(pl.col("weight") >= CARRIED_FROM)
    )
    numbered = comments.with_row_index("row").with_columns(pl.col("row").cast(pl.Int64))
    return numbered.join(weights, on="row").select(
        "row", "response_id", "person", "language", "theme", "weight"
    )


def tidy_themes(
    carried: pl.DataFrame,
    comments: pl.DataFrame,
    terms: pl.DataFrame,
    content: ContentWords,
    *,
    declared: set[str],
    hide_below: int,
) -> pl.DataFrame:
    """A row a theme and language, the most frequent first.

    Of words only those in `content` are told. Of few people a found theme is none, and of one
    declared nothing but its id is told.
    """
    frequency = content.words.select(term="key", frequency="n")
    telling = pl.col("weight") * pl.col("frequency").fill_null(1).sqrt()
    named = (
        terms.join(frequency, on="term", how="left")
        .sort("theme", "language", telling, "term", descending=[False, False, True, False])
        .group_by("theme", "language", maintain_order=True)
        .agg(
            pl.col("name").first(),
            pl.col("word").filter(pl.col("frequency").is_not_null()).head(N_WORDS).alias("words"),
        )
    )
    shares = share_mentions(carried, comments, by=["theme", "language"])
    table = named.join(shares, on=["theme", "language"], how="left").with_columns(
        pl.col("theme").is_in(list(declared)).alias("is_declared"),
        pl.col("n", "n_respondents").fill_null(0),
        pl.col("base").fill_null(pl.lit(comments.height)),
    )
    # Themes overlap: no margin is published from which one could be found by subtraction.
    small = pl.col("n_respondents").is_between(1, hide_below - 1)
    told = ("name", "words", "n", "n_respondents", "share", "ci_low", "ci_high")
    return (
        table.with_columns(is_suppressed=small)
        .filter(pl.col("is_declared") | ~pl.col("is_suppressed"))
        .with_columns(pl.when(~pl.col("is_suppressed")).then(pl.col(told)))
        .sort("language", pl.col("n").fill_null(-1), "theme", descending=[False, True, False])
        .select(pl.col(name).cast(dtype) for name, dtype in TIDY.items())
    )


def hide_terms(terms: pl.DataFrame, themes: pl.DataFrame, content: ContentWords) -> pl.DataFrame:
    """Terms of the themes that are shown, of words in `content` alone: they are published."""
    shown = themes.filter(~pl.col("is_suppressed"))
    of_themes = terms.join(shown, on=["theme", "language"], how="semi", maintain_order="left")
    words = content.words.select(term="key")
    return of_themes.join(words, on="term", how="semi", maintain_order="left")


def augment_themes(carried: pl.DataFrame) -> pl.DataFrame:
    """A row a comment and theme; `is_main` is the theme of most weight, the first id on a tie."""
    ordered = carried.sort("response_id", "weight", "theme", descending=[False, True, False])
    first = pl.int_range(pl.len()).over("response_id") == 0
    return ordered.with_columns(first.alias("is_main")).select(
        pl.col(name).cast(dtype) for name, dtype in AUGMENTED.items()
    )


def other_languages(comments: pl.DataFrame, *, reason: str) -> pl.DataFrame:
    """How many comments are in languages without themes, or in none that is known."""
    counted = comments.group_by("language").agg(
        pl.len().alias("n"), pl.col("person").n_unique().alias("n_respondents")
    )
    told = counted.sort("language", nulls_last=True).select(
        "language",
        "n",
        "n_respondents",
        pl.lit(0).alias("n_themes"),
        pl.col("n").alias("n_none"),
        pl.lit(1.0).alias("share_none"),
        pl.lit(None).alias("stability"),
        pl.lit(None).alias("coherence"),
        pl.lit(reason).alias("reason"),
    )
    return told.select(pl.col(name).cast(dtype) for name, dtype in GLANCE.items())
