"""What do customers write about now that they did not write about before?

Unit of observation: a comment; a row of the result is a theme, a word or two words side by side.
Its share of the comments of a period is held against its share of an earlier one, people as
clusters, all of them tested together (Benjamini-Hochberg). Base: the comments of the same language
in each period.

It cannot say why: people may have been asked about something else, or another kind of people.
"""

import polars as pl

from cxresearch.errors import ParameterError, require_columns
from cxresearch.models.content_words import ContentWords, read_words
from cxresearch.models.mention_shares import compare_mentions
from cxresearch.models.theme_tables import order_comments
from cxresearch.models.themes import THEME_LANGUAGES
from cxresearch.period import Period
from cxresearch.transforms.scales import Table
from cxresearch.transforms.suppress import THRESHOLD
from cxresearch.transforms.text.tokens import Flags

EMERGING: dict[str, pl.DataType | type[pl.DataType]] = {
    "name": pl.String,
    "language": pl.String,
    "n": pl.Int64,
    "n_respondents": pl.Int64,
    "base": pl.Int64,
    "share": pl.Float64,
    "n_before": pl.Int64,
    "base_before": pl.Int64,
    "share_before": pl.Float64,
    "estimate": pl.Float64,
    "ci_low": pl.Float64,
    "ci_high": pl.Float64,
    "q_value": pl.Float64,
    "is_emerging": pl.Boolean,
    "is_new": pl.Boolean,
    "since": pl.Datetime("us", "UTC"),
    "tone": pl.Float64,
    "polarity": pl.String,
}
"""Columns of `find_emerging`, after `theme` or `word`."""
IN_ONE_PAIR = 0.8
"""Share of a word's comments with one pair from which the pair stands for it."""
_ALPHA = 0.05
_SPEAKING = ("positive", "negative", "mixed", "neutral")


def list_words(comments: Table, *, least: int = THRESHOLD) -> pl.DataFrame:
    """Every content word of every comment, single and in pairs.

    Parameters
    ----------
    comments
        As `find_themes` takes them.
    least
        Words of fewer comments are left out.

    Returns
    -------
    pl.DataFrame
        response_id, language, word (its stem), name (as most often written). A word that is hardly
        met but in one pair is left out: the pair says more.
    """
    ordered = order_comments(comments)
    parts = [
        pl.DataFrame(schema=dict.fromkeys(("response_id", "language", "word", "name"), pl.String))
    ]
    for language in THEME_LANGUAGES:
        table = ordered.filter(pl.col("language") == language)
        content = read_words(table["text"], language=language, least=least)
        parts.append(_listed(table, content, language))
    return pl.concat(parts)


def _listed(table: pl.DataFrame, content: ContentWords, language: str) -> pl.DataFrame:
    own = ~_is_in_one_pair(content)[content.word]
    row, word = content.row[own], content.word[own]
    return pl.DataFrame(
        {
            "response_id": table["response_id"].gather(row),
            "language": pl.repeat(language, len(row), eager=True, dtype=pl.String),
            "word": content.words["key"].gather(word),
            "name": content.words["shown"].gather(word),
        }
    )


def _is_in_one_pair(content: ContentWords) -> Flags:
    """Whether a single word stands in one and the same pair in most of its comments."""
    pairs = content.words.filter("is_pair").select(key=pl.col("key").str.split(" "), paired="n")
    most = pairs.explode("key").group_by("key").agg(pl.col("paired").max())
    table = content.words.join(most, on="key", how="left", maintain_order="left")
    inside = pl.col("paired") >= IN_ONE_PAIR * pl.col("n")
    return table.select((~pl.col("is_pair") & inside).fill_null(value=False)).to_series().to_numpy()


def find_emerging(
    mentions: pl.DataFrame,
    comments: Table,
    *,
    period: Period,
    earlier: Period,
    names: pl.DataFrame | None = None,
    hide_below: int = THRESHOLD,
) -> pl.DataFrame:
    """What is written more often, or less, than in an earlier period.

    Parameters
    ----------
    mentions
        `ThemeModel.augment()` (a row a comment and theme) or `list_words` (a comment and word).
    comments
        `response_id`, `at`, `comment`; where present `respondent_id`, `language` and `label` (the
        tone of each comment, for polarity).
    period, earlier
        The period looked at and the one it is held against.
    names
        `ThemeModel.tidy()`, for the names of themes.
    hide_below
        Only what so many people mention in the two periods together is tested.

    Returns
    -------
    pl.DataFrame
        theme or word, name, language, n, n_respondents, base, share (in the period), n_before,
        base_before, share_before, estimate (share - share_before), ci_low, ci_high, q_value,
        is_emerging (more often, q below .05), is_new (hardly or never mentioned before: by fewer
        people than `hide_below`), since (of what is new, the first mention in the period), tone
        (net tone of the comments that mention it, -1 to 1), polarity (`bad` where something that is
        mostly complained about becomes more frequent or something praised less, `good` the other
        way round, else `neutral`). The surest rise first. Figures of 1 to `hide_below` - 1 people
        are null, and so are those from which they could be found (difference and q_value; the
        flags stay); tone is null where fewer than `hide_below` people speak.

    Raises
    ------
    DataError
        A column is missing.
    ParameterError
        The periods overlap.

    Notes
    -----
    Newcombe's hybrid score interval with effective sample sizes, as `compare` has it.
    """
    by = _what(mentions)
    if earlier.start < period.end and period.start < earlier.end:
        raise ParameterError(
            f"the periods {period.label} and {earlier.label} overlap",
            allowed="an earlier period that ends before the other begins",
        )
    require_columns(comments, "response_id", "at", "comment")
    texts = _with_when(comments)
    sides = [_side(mentions, texts, by=by, period=p) for p in (period, earlier)]
    table = compare_mentions(*sides, by=[by, "language"], least=hide_below)
    told = sides[0][0].group_by(by, "language").agg(since=pl.col("at").min(), **_tone())
    table = table.join(told, on=[by, "language"], how="left")
    table = table.join(_names(mentions, names, by), on=[by, "language"], how="left")
    return _judged(table, by=by, hide_below=hide_below)


def _what(mentions: pl.DataFrame) -> str:
    by = "theme" if "theme" in mentions.columns else "word"
    require_columns(mentions, "response_id", by)
    return by


def _with_when(comments: Table) -> pl.DataFrame:
    """Comments with language, person, instant and label: a row a comment."""
    schema = comments.collect_schema()
    label = pl.col("label").cast(pl.String) if "label" in schema else pl.lit(None, pl.String)
    beside = comments.lazy().select(
        pl.col("response_id").cast(pl.String), "at", label.alias("label")
    )
    ordered = order_comments(comments).drop("text")
    return ordered.join(beside.unique("response_id").collect(), on="response_id").filter(
        pl.col("language").is_in(THEME_LANGUAGES)
    )


def _side(
    mentions: pl.DataFrame, texts: pl.DataFrame, *, by: str, period: Period
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Mentions and comments of one period."""
    inside = texts.filter(period.contains())
    told = mentions.select("response_id", by).unique().join(inside, on="response_id")
    return told, inside


def _tone() -> dict[str, pl.Expr]:
    """Positive less negative ones, of the comments that speak."""
    is_spoken = pl.col("label").is_in(_SPEAKING)
    speaks = is_spoken.sum()
    net = (pl.col("label") == "positive").sum().cast(pl.Float64) - (
        pl.col("label") == "negative"
    ).sum().cast(pl.Float64)
    return {
        "tone": pl.when(speaks > 0).then(net / speaks),
        "spoken": speaks.cast(pl.Float64),
        "speakers": pl.col("person").filter(is_spoken).n_unique(),
    }


def _names(mentions: pl.DataFrame, names: pl.DataFrame | None, by: str) -> pl.DataFrame:
    known = names if names is not None else mentions
    if not {by, "name", "language"} <= set(known.columns):
        schema = dict.fromkeys((by, "language", "name"), pl.String)
        return pl.DataFrame(schema=schema)
    return known.select(by, "language", "name").unique(
        [by, "language"], keep="first", maintain_order=True
    )


def _judged(table: pl.DataFrame, *, by: str, hide_below: int) -> pl.DataFrame:
    """Flags, polarity, and nothing about fewer people than may be shown."""
    changed = pl.col("q_value").fill_null(1.0) < _ALPHA
    rose = changed & (pl.col("estimate") > 0)
    few_before = pl.col("n_respondents_before") < hide_below
    # Net tone beyond twice its largest possible error, else nobody knows whether it is good news.
    margin = 1.96 / pl.col("spoken").clip(lower_bound=1).sqrt()
    liked = pl.when(pl.col("tone").abs() > margin).then(pl.col("tone").sign()).otherwise(0.0)
    news = liked.fill_null(0.0) * pl.col("estimate").sign()
    table = table.with_columns(
        is_emerging=rose,
        is_new=rose & few_before,
        polarity=pl.when(changed & (news > 0))
        .then(pl.lit("good"))
        .when(changed & (news < 0))
        .then(pl.lit("bad"))
        .otherwise(pl.lit("neutral")),
        name=pl.coalesce("name", by),
    ).with_columns(pl.when("is_new").then("since").alias("since"))
    small_now = pl.col("n_respondents").is_between(1, hide_below - 1)
    small_then = pl.col("n_respondents_before").is_between(1, hide_below - 1)
    # From the q-value of a difference and one of its sides the other can be counted.
    difference = ("estimate", "ci_low", "ci_high", "q_value")
    table = table.with_columns(
        pl.when(~small_now).then(pl.col("n", "n_respondents", "share")),
        pl.when(pl.col("speakers") >= hide_below).then(pl.col("tone")).alias("tone"),
        pl.when(~small_then).then(pl.col("n_before", "share_before")),
        pl.when(~(small_now | small_then)).then(pl.col(difference)),
    )
    # By what is told alone: a place among others would tell the rest.
    ordered = table.sort(
        [~pl.col("is_emerging"), pl.when("is_emerging").then("q_value"), "estimate", "share", by,
         "language"],
        descending=[False, False, True, True, False, False],
        nulls_last=True,
    )  # fmt: skip
    columns = {by: pl.String, **EMERGING, "base": pl.Int64, "base_before": pl.Int64}
    return ordered.select(
        pl.col(name).dt.convert_time_zone("UTC").cast(dtype)
        if name == "since"
        else pl.col(name).cast(dtype)
        for name, dtype in columns.items()
    )
