"""Is a comment praise or complaint, how strongly, and which words say so?

Unit of observation: a comment, one of its clauses, or a word in it that speaks (a hit). The tone
is read with a lexicon (`lexicon.read_lexicon`) and rules (`rules`), without any training. Where no
word speaks the label is `unknown` and the tone null: silence is neither praise nor complaint.

The strengths of the hits, after the rules, are summed to s; tone = s / sqrt(s^2 + a), as Hutto &
Gilbert (2014) keep a sum between -1 and 1.

It cannot know what the writer took for granted, and reads irony only where words give it away.
"""

import numpy as np
import polars as pl

from cxresearch.errors import require_columns
from cxresearch.transforms.scales import Table
from cxresearch.transforms.text.reading import (
    Extra,
    Reading,
    number_clauses,
    prepare_texts,
    read_texts,
)
from cxresearch.transforms.text.rules import RULES
from cxresearch.transforms.text.tokens import FACES, WORDS

SATURATION = 6.0
"""`a` of the tone: a single strong word (2.5) gives 0.71."""
NEUTRAL = 0.25
"""Sum of strengths below which little speaks for either side."""
SIDES = 1.0
"""Strength from which a side is heard in a mixed text."""
BALANCE = 0.7
"""Share of the stronger side from which the weaker makes a text mixed."""

SCORES = ("tone", "evidence", "label", "emotion", "is_sarcastic")
"""Columns of `score_tone`, after the language."""


def score_tone(
    table: Table,
    *,
    text: str = "comment",
    language: str = "language",
    extra: Extra | None = None,
) -> pl.DataFrame:
    """The tone of each comment.

    Parameters
    ----------
    table
        A row a comment.
    text
        The column of comments. Null and a text without a word that speaks are `unknown`.
    language
        The column of languages, as `language.detect_language` takes it. A comment in another
        language is read for its emoji alone; one whose language nobody can tell, or that mixes
        the two, is read with the lexicon that finds more in it.
    extra
        Entries of the study, by language, in the form of the lexicon files.

    Returns
    -------
    pl.DataFrame
        The table with language, tone (-1 to 1; null without evidence), evidence (number of hits),
        label (positive, negative, neutral, mixed, unknown), emotion (the strongest; null where no
        hit has one) and is_sarcastic.

    Raises
    ------
    DataError
        The column `text` is missing.

    Examples
    --------
    >>> said = ["Personale gentile", "Personale per niente gentile", "Sono andato in agenzia"]
    >>> score_tone(pl.DataFrame({"comment": said}))["label"].to_list()
    ['positive', 'negative', 'unknown']
    """
    spoken = prepare_texts(table, text=text, language=language, extra=extra)
    scores = pl.concat(sum_up(reading.hits, by="row") for reading in read_texts(spoken, extra))
    own = table.lazy().collect().drop(*SCORES, language, strict=False)
    scored = own.with_columns(spoken["language"].alias(language)).with_row_index("_row")
    return (
        scored.join(
            scores,
            left_on="_row",
            right_on="row",
            how="left",
            maintain_order="left",
        )
        .drop("_row")
        .with_columns(
            pl.col("evidence").fill_null(0),
            pl.col("label").fill_null("unknown"),
            pl.col("is_sarcastic").fill_null(value=False),
        )
    )


def score_clauses(
    table: Table,
    *,
    key: str = "response_id",
    text: str = "comment",
    language: str = "language",
    extra: Extra | None = None,
) -> pl.DataFrame:
    """The tone of each clause of each comment.

    Parameters
    ----------
    table, text, language, extra
        As `score_tone`.
    key
        The column that names a comment.

    Returns
    -------
    pl.DataFrame
        key, language, clause (from 1), clause_text (as written, without what is no speech), tone,
        evidence, label, emotion, is_sarcastic, words (that carried it), in the order of the table.
        A comment without a word has no row.

    Raises
    ------
    DataError
        A column is missing.

    Examples
    --------
    >>> said = ["Personale gentile ma attesa lenta"]
    >>> said = pl.DataFrame({"response_id": ["a"], "comment": said})
    >>> score_clauses(said).select("clause", "clause_text", "label").rows()
    [(1, 'Personale gentile', 'positive'), (2, 'ma attesa lenta', 'negative')]
    """
    require_columns(table, text, key)
    spoken = prepare_texts(table, text=text, language=language, extra=extra)
    parts = [_clauses(reading) for reading in read_texts(spoken, extra, keep_gaps=True)]
    names = table.lazy().select(key).collect().with_columns(spoken["language"].alias(language))
    return (
        names.with_row_index("row")
        .join(pl.concat(parts), on="row", maintain_order="left_right")
        .drop("row")
    )


def find_tone_words(
    table: Table,
    *,
    key: str = "response_id",
    text: str = "comment",
    language: str = "language",
    extra: Extra | None = None,
) -> pl.DataFrame:
    """Every word and idiom that speaks, with what the rules made of it.

    Parameters
    ----------
    table, key, text, language, extra
        As `score_clauses`.

    Returns
    -------
    pl.DataFrame
        key, clause, word (as written), entry (of the lexicon), strength (after the rules), rules
        (names of those that applied, of `rules.RULES`), emotion; in the order of the text.

    Raises
    ------
    DataError
        A column is missing.

    Examples
    --------
    >>> said = pl.DataFrame({"response_id": ["a"], "comment": ["Non è affatto gentile"]})
    >>> find_tone_words(said).select("word", "rules").rows()
    [('gentile', ['negated'])]
    """
    require_columns(table, text, key)
    spoken = prepare_texts(table, text=text, language=language, extra=extra)
    parts = [_told(reading) for reading in read_texts(spoken, extra)]
    names = table.lazy().select(key).collect().with_row_index("row")
    return names.join(pl.concat(parts), on="row", maintain_order="left_right").drop("row")


def sum_up(hits: pl.DataFrame, *, by: str) -> pl.DataFrame:
    """The tone of each group of hits.

    Parameters
    ----------
    hits
        As `reading.Reading.hits`.
    by
        The column of groups: `row` or `clause`.

    Returns
    -------
    pl.DataFrame
        by, tone, evidence, label, emotion, is_sarcastic.
    """
    tone = pl.col("tone")
    total = pl.col("_praise") - pl.col("_blame")
    less, more = pl.min_horizontal("_praise", "_blame"), pl.max_horizontal("_praise", "_blame")
    label = (
        pl.when((less >= SIDES) & (less >= BALANCE * more))
        .then(pl.lit("mixed"))
        .when(total.abs() < NEUTRAL)
        .then(pl.lit("neutral"))
        .when(total > 0)
        .then(pl.lit("positive"))
        .otherwise(pl.lit("negative"))
    )
    sums = hits.group_by(by, maintain_order=True).agg(
        tone.clip(lower_bound=0).sum().alias("_praise"),
        (-tone.clip(upper_bound=0)).sum().alias("_blame"),
        pl.len().cast(pl.UInt32).alias("evidence"),
        pl.col("ironic").any(),
    )
    return sums.join(_strongest_emotion(hits, by=by), on=by, how="left").select(
        by,
        (total / (total**2 + SATURATION).sqrt()).alias("tone"),
        "evidence",
        label.alias("label"),
        "emotion",
        is_sarcastic="ironic",
    )


def _strongest_emotion(hits: pl.DataFrame, *, by: str) -> pl.DataFrame:
    """The emotion with the greatest strength among hits that were not turned."""
    kept = hits.filter(
        pl.col("emotion").is_not_null(), pl.col("tone") * pl.col("entry_strength") > 0
    )
    sums = kept.group_by(by, "emotion").agg(pl.col("tone").abs().sum().round(9).alias("_mass"))
    return (
        sums.sort(by, "_mass", "emotion", descending=[False, True, False])
        .unique(by, keep="first")
        .select(by, "emotion")
    )


def _told(reading: Reading) -> pl.DataFrame:
    """The hits of a batch as `find_tone_words` gives them, with the row."""
    hits = reading.hits.with_row_index("hit")
    names = [pl.when(rule).then(pl.lit(rule)) for rule in RULES]
    return hits.join(number_clauses(reading).drop("row"), on="clause", maintain_order="left").join(
        written(reading), on="hit", maintain_order="left"
    ).select(
        "row",
        clause="number",
        word="word",
        entry="entry_text",
        strength="tone",
        rules=pl.concat_list(names).list.drop_nulls(),
        emotion="emotion",
    )  # fmt: skip


def written(reading: Reading) -> pl.DataFrame:
    """The words of each hit as written: hit, word."""
    hits, tokens = reading.hits.with_row_index("hit"), reading.tokens
    places = hits.select("hit", at=pl.int_ranges("first", pl.col("last") + 1)).explode("at")
    at = places["at"].to_numpy()
    spoken = np.isin(tokens.kind[tokens.id[at]], (WORDS, FACES))
    words = places.with_columns(word=tokens.words.gather(tokens.id[at])).filter(pl.Series(spoken))
    return words.group_by("hit", maintain_order=True).agg(pl.col("word").str.join(" "))


def _clauses(reading: Reading) -> pl.DataFrame:
    """The clauses of a batch as `score_clauses` gives them, with the row."""
    tokens = reading.tokens
    text = (
        pl.DataFrame({"clause": reading.stream.clause, "word": tokens.words.gather(tokens.id)})
        .group_by("clause")
        .agg(pl.col("word").str.join("").str.strip_chars().alias("clause_text"))
    )
    hits = reading.hits.with_row_index("hit").join(written(reading), on="hit")
    words = hits.group_by("clause", maintain_order=True).agg(words="word")
    return (
        number_clauses(reading)
        .join(text, on="clause", how="left", maintain_order="left")
        .join(sum_up(reading.hits, by="clause"), on="clause", how="left", maintain_order="left")
        .join(words, on="clause", how="left", maintain_order="left")
        .select(
            "row",
            clause="number",
            clause_text="clause_text",
            tone="tone",
            evidence=pl.col("evidence").fill_null(0),
            label=pl.col("label").fill_null("unknown"),
            emotion="emotion",
            is_sarcastic=pl.col("is_sarcastic").fill_null(value=False),
            words=pl.col("words").fill_null([]),
        )
    )
