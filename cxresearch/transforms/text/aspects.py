"""Which aspects and touchpoints does a comment speak of, and with which tone of each?

Unit of observation: a clause of a comment; a row of a result is a comment and what it names. What
is named is found by seeds, expressions that customers use; several may be named by one clause. The
tone of what is named is the tone of the clauses that name it, and of no other: a clause that names
it without a word of tone leaves it `unknown`.

It cannot find what is meant and not named ("they kept me forty minutes" names no desk).
"""

import polars as pl

from cxresearch.errors import require_columns
from cxresearch.language import LANGUAGES
from cxresearch.study import Study, Words, fold_expression
from cxresearch.study.aspects import generic_aspects
from cxresearch.transforms.scales import Table
from cxresearch.transforms.text.language import MIXED
from cxresearch.transforms.text.tone import BALANCE, NEUTRAL, SATURATION, SIDES

SEED_COLUMNS = {
    "name": pl.String,
    "language": pl.String,
    "way": pl.Int64,
    "part": pl.Int64,
    "expression": pl.String,
}
"""Columns of seeds."""

NAMED_COLUMNS = ("n", "tone", "evidence", "label", "words")
"""Columns of `tag_aspects` and `tag_touchpoints`, after the key and what is named."""

_CONTRACTED = {
    f"{written}{mark}t": f"{meant} not"
    for mark in "'’"
    for written, meant in (("can", "can"), ("won", "will"), ("n", ""))
}


def read_aspect_seeds(study: Study | None = None) -> pl.DataFrame:
    """How customers name each aspect.

    Parameters
    ----------
    study
        A study whose aspects.yml adds to the generic aspects; default these alone.

    Returns
    -------
    pl.DataFrame
        name (of the aspect), language, way, part (0: each expression is enough), expression.

    Examples
    --------
    >>> seeds = read_aspect_seeds()
    >>> seeds.filter(name="parking", language="it")["expression"][0]
    'parchegg*'
    """
    aspects = generic_aspects() if study is None else study.aspects
    return seeds_of({aspect.id: aspect for aspect in aspects})


def seeds_of(words: dict[str, Words]) -> pl.DataFrame:
    """Seeds, as `read_aspect_seeds`, out of words by name; each expression is enough."""
    rows = [
        (name, language, 0, 0, fold_expression(expression))
        for name, spoken in words.items()
        for language in LANGUAGES
        for expression in getattr(spoken, language)
    ]
    return pl.DataFrame(rows, schema=SEED_COLUMNS, orient="row").unique(maintain_order=True)


def tag_aspects(
    clauses: Table, seeds: pl.DataFrame | None = None, *, key: str = "response_id"
) -> pl.DataFrame:
    """The aspects that each comment speaks of, with the tone of each.

    Parameters
    ----------
    clauses
        As `tone.score_clauses` gives them. A clause in `it` or `en` is read with the seeds of its
        language, one in both or in an unknown one with both; one in another language with none.
    seeds
        From `read_aspect_seeds`; default the generic aspects.
    key
        The column that names a comment.

    Returns
    -------
    pl.DataFrame
        key, aspect, n (clauses that name it), tone (-1 to 1; null without evidence), evidence,
        label (positive, negative, neutral, mixed, unknown), words (that name it, each once), by
        key and aspect.

    Raises
    ------
    DataError
        A column is missing.

    Examples
    --------
    >>> from cxresearch.transforms.text.tone import score_clauses
    >>> said = ["Personale gentile ma fila interminabile"]
    >>> clauses = score_clauses(pl.DataFrame({"response_id": ["a"], "comment": said}))
    >>> tag_aspects(clauses).select("aspect", "label").rows()
    [('queue', 'negative'), ('staff_courtesy', 'positive')]
    """
    seeds = read_aspect_seeds() if seeds is None else seeds
    return sum_named(find_named(clauses, seeds, key=key), key=key).rename({"name": "aspect"})


def tag_touchpoints(
    clauses: Table, seeds: pl.DataFrame, *, key: str = "response_id"
) -> pl.DataFrame:
    """The touchpoints that each comment names, with the tone of each.

    Parameters
    ----------
    clauses, key
        As `tag_aspects`.
    seeds
        From `touchpoint_seeds.read_touchpoint_seeds`. Where one touchpoint is named by some of the
        words that name another ("ticket office" in "the change desk of the ticket office"), the
        clause names the other alone.

    Returns
    -------
    pl.DataFrame
        As `tag_aspects`, with `touchpoint` in place of `aspect`.

    Raises
    ------
    DataError
        As `tag_aspects`.
    """
    named = find_most_named(clauses, seeds, key=key)
    return sum_named(named, key=key).rename({"name": "touchpoint"})


def find_named(clauses: Table, seeds: pl.DataFrame, *, key: str = "response_id") -> pl.DataFrame:
    """Every clause with everything that it names.

    Parameters
    ----------
    clauses, key
        As `tag_aspects`.
    seeds
        A name is found where all parts of one of its ways are, a part where one expression is.

    Returns
    -------
    pl.DataFrame
        key, clause, name, tone, evidence, label, words (that name it), by key, clause and name.

    Raises
    ------
    DataError
        A column is missing.
    """
    require_columns(clauses, key, "clause", "clause_text", "tone", "evidence", "label")
    table = clauses.lazy().collect().with_columns(_folded=fold_text(pl.col("clause_text")))
    if "language" not in table.columns:
        table = table.with_columns(language=pl.lit(None, pl.String))
    unclear = pl.col("language").is_null() | (pl.col("language") == MIXED)
    read_with = {
        language: table.filter(unclear | pl.col("language").str.starts_with(language)).lazy()
        for language in seeds["language"].unique()
    }
    nowhere = _where(table.lazy().head(0), key, name="", language="", way=0, part=0, pattern="^$")
    parts = [_where(read_with[one["language"]], key, **one) for one in _patterns(seeds).to_dicts()]
    found = pl.concat(pl.collect_all([nowhere, *parts]))
    whole = seeds.group_by("name", "language", "way").agg(wanted=pl.col("part").n_unique())
    together = (
        found.group_by(key, "clause", "name", "language", "way")
        .agg(pl.col("part").n_unique().alias("found"), _joined("words"))
        .join(whole, on=("name", "language", "way"))
        .filter(pl.col("found") == pl.col("wanted"))
        .group_by(key, "clause", "name")
        .agg(_joined("words").unique().sort())
    )
    spoken = ("tone", "evidence", "label")
    own = together.join(table.select(key, "clause", *spoken), on=(key, "clause"))
    return own.select(key, "clause", "name", *spoken, "words").sort(key, "clause", "name")


def find_most_named(
    clauses: Table, seeds: pl.DataFrame, *, key: str = "response_id"
) -> pl.DataFrame:
    """As `find_named`, without names whose words are a part of those of another in a clause."""
    named = find_named(clauses, seeds, key=key).with_row_index("_row")
    place = (key, "clause")
    single = pl.col("words").list.join(" ").str.split(" ").list.unique()
    own = named.select("_row", *place, _single=single)
    pairs = own.join(own, on=place, suffix="_of")
    lost = pairs.filter(
        pl.col("_single").list.set_difference("_single_of").list.len() == 0,
        pl.col("_single").list.len() < pl.col("_single_of").list.len(),
    )
    return named.join(lost.select("_row"), on="_row", how="anti", maintain_order="left").drop(
        "_row"
    )


def fold_text(text: pl.Expr) -> pl.Expr:
    """Texts as seeds are matched: lower case, no accents, words a space apart, n't as "not".

    Examples
    --------
    >>> told = pl.DataFrame({"t": ["Com'è andata? PERCHÉ!", "Didn't know"]})
    >>> told.select(fold_text(pl.col("t")))["t"].to_list()
    ['com e andata perche', 'did not know']
    """
    plain = text.str.to_lowercase().str.replace_many(_CONTRACTED).str.normalize("NFKD")
    words = plain.str.replace_all(r"\p{M}", "").str.replace_all(r"[^\p{L}\p{N}]+", " ")
    return words.str.strip_chars()


def _patterns(seeds: pl.DataFrame) -> pl.DataFrame:
    """One pattern for the expressions of each part: name, language, way, part, pattern.

    Boundaries are ASCII (they are fast): folded words hold no accents.
    """
    expression = pl.col("expression").str.replace_all(r"\b_\b", "[a-z0-9]+")
    written = expression.str.replace_all("*", "[a-z0-9]*", literal=True)
    longest_first = written.sort_by(pl.col("expression").str.len_chars(), written, descending=True)
    pattern = pl.format(r"(?-u:\b)(?:{})(?-u:\b)", longest_first.str.join("|"))
    return seeds.group_by("name", "language", "way", "part", maintain_order=True).agg(
        pattern=pattern.first()
    )


def _where(
    table: pl.LazyFrame, key: str, *, name: str, language: str, way: int, part: int, pattern: str
) -> pl.LazyFrame:
    """The clauses that hold a pattern."""
    return table.filter(pl.col("_folded").str.contains(pattern)).select(
        key,
        "clause",
        name=pl.lit(name),
        language=pl.lit(language),
        way=pl.lit(way, pl.Int64),
        part=pl.lit(part, pl.Int64),
        words=pl.col("_folded").str.extract_all(pattern),
    )


def sum_named(named: pl.DataFrame, *, key: str = "response_id") -> pl.DataFrame:
    """The tone of each name in each comment: the strengths of its clauses, added.

    Parameters
    ----------
    named
        As `find_named` gives it; a row with a null clause names something without a clause.
    key
        The column that names a comment.

    Returns
    -------
    pl.DataFrame
        key, name, n, tone, evidence, label, words (as `tag_aspects`), by key and name.
    """
    tone, label = pl.col("tone").fill_null(0.0), pl.col("label")
    strength = tone * (SATURATION / (1 - tone**2)).sqrt()
    total = pl.col("_praise") - pl.col("_blame")
    less, more = pl.min_horizontal("_praise", "_blame"), pl.max_horizontal("_praise", "_blame")
    said = (
        pl.when(pl.col("evidence") == 0)
        .then(pl.lit("unknown"))
        .when(pl.col("_is_mixed") | ((less >= SIDES) & (less >= BALANCE * more)))
        .then(pl.lit("mixed"))
        .when(total.abs() < NEUTRAL)
        .then(pl.lit("neutral"))
        .when(total > 0)
        .then(pl.lit("positive"))
        .otherwise(pl.lit("negative"))
    )
    return (
        named.group_by(key, "name")
        .agg(
            pl.col("clause").count().cast(pl.UInt32).alias("n"),
            pl.col("evidence").sum(),
            strength.clip(lower_bound=0).sum().alias("_praise"),
            (-strength.clip(upper_bound=0)).sum().alias("_blame"),
            (label == "mixed").any().alias("_is_mixed"),
            _joined("words").unique().sort(),
        )
        .with_columns(
            tone=pl.when(pl.col("evidence") > 0).then(total / (total**2 + SATURATION).sqrt()),
            label=said,
        )
        .select(key, "name", *NAMED_COLUMNS)
        .sort(key, "name")
    )


def _joined(lists: str) -> pl.Expr:
    """All items of the lists of a group."""
    return pl.col(lists).list.explode(keep_nulls=False, empty_as_null=False)
