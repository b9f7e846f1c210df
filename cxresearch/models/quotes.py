"""Which comments speak for a group in their own words?

Unit of observation: a comment; a group is a theme, a touchpoint or any other column. Quotes are
near the middle of what the group writes, in the tone most of it has (another tone gets its share of
the places), unlike one another and of different people. Base: the comments of the group that can be
read: of a quotable length, not written twice, with at most one thing redacted, not sarcastic.

Quotes are examples and prove nothing; how many think so is measured elsewhere.
"""

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from cxresearch.errors import ParameterError, require_columns
from cxresearch.language import mark
from cxresearch.models.content_words import read_words
from cxresearch.transforms.cells import as_names
from cxresearch.transforms.intervals import Array
from cxresearch.transforms.scales import Table
from cxresearch.transforms.suppress import THRESHOLD
from cxresearch.transforms.text.language import detect_language
from cxresearch.transforms.text.lexicon import fold

QUOTES: dict[str, pl.DataType | type[pl.DataType]] = {
    "rank": pl.Int64,
    "response_id": pl.String,
    "comment": pl.String,
    "language": pl.String,
    "at": pl.Datetime("us", "UTC"),
    "touchpoint": pl.String,
    "label": pl.String,
    "why": pl.String,
}
"""Columns of `choose_quotes`, after the `by` columns."""

SHORTEST, LONGEST = 20, 300
"""Letters of a quote; a longer comment is cut where a clause ends."""
FITTING = (50, 160)
"""Letters between which a quote reads best."""
MOST_CANDIDATES = 300
"""Comments of a group that are looked at, drawn by a digest of their id."""
MOST_REDACTED = 1
RELEVANCE = 0.5
"""Weight of being typical against being unlike the quotes already chosen."""

TYPICAL = mark("typical of what the group writes")
OTHER_TONE = mark("typical of those in the group who see it otherwise")
_TONES = ("negative", "positive", "mixed", "neutral")
_PLACEHOLDER = r"\[[a-z ]{2,20} \d+\]"


def choose_quotes(
    comments: Table,
    *,
    by: str | Sequence[str],
    n: int = 3,
    hide_below: int = THRESHOLD,
    random_state: int = 0,
) -> pl.DataFrame:
    """Representative and different quotes of each group.

    Parameters
    ----------
    comments
        A row a comment, redacted: `response_id`, `comment`, the `by` columns; where present
        `respondent_id`, `language`, `at`, `touchpoint`, `label` (its tone), `is_sarcastic`. For
        themes join `ThemeModel.augment()` to the comments first.
    by
        Columns of groups; rows where one is null are left out.
    n
        Quotes a group, at most.
    hide_below
        Groups of fewer people have no quote: it could give one of them away.
    random_state
        Seed of the digest that draws candidates from large groups.

    Returns
    -------
    pl.DataFrame
        by..., rank (1, 2, ...), response_id, comment (cut with " …" where it was longer), language,
        at, touchpoint, label, why (English source text); sorted by `by` and rank.

    Raises
    ------
    DataError
        A column is missing.
    ParameterError
        `n` is below 1.

    Notes
    -----
    Maximal marginal relevance (Carbonell & Goldstein 1998, SIGIR) over TF-IDF of content words; the
    places go to tones by largest remainder of their shares.

    Examples
    --------
    >>> said = pl.DataFrame({"response_id": map(str, range(12)), "shop": "A", "language": "it",
    ...     "comment": [f"La coda alla cassa numero {i} è sempre lunga" for i in range(12)]})
    >>> choose_quotes(said, by="shop", n=1)["comment"].to_list()
    ['La coda alla cassa numero 0 è sempre lunga']
    """
    names = as_names(by)
    require_columns(comments, "response_id", "comment", *names)
    if n < 1:
        raise ParameterError(f"n={n}", allowed="1 quote or more")
    found = _candidates(comments, names, hide_below=hide_below, seed=random_state)
    candidates = found.with_row_index("place")
    vectors = _vectors(candidates)
    chosen: list[pl.DataFrame] = []
    for _, group in candidates.group_by(names, maintain_order=True):
        picked = _pick(group, vectors, n)
        chosen.append(
            group[[place for place, _ in picked]].with_columns(
                pl.Series("rank", range(1, len(picked) + 1), dtype=pl.Int64),
                pl.Series("why", [why for _, why in picked], dtype=pl.String),
            )
        )
    empty = candidates.clear().with_columns(rank=pl.lit(0, pl.Int64), why=pl.lit("", pl.String))
    table = pl.concat([empty, *chosen])
    kept = {name: dtype for name, dtype in QUOTES.items() if name not in names}
    return table.select(*names, *(_as_utc(name, dtype) for name, dtype in kept.items())).sort(
        *names, "rank"
    )


def _as_utc(name: str, dtype: Any) -> pl.Expr:
    return (
        pl.col(name).dt.convert_time_zone("UTC").cast(dtype)
        if name == "at"
        else pl.col(name).cast(dtype)
    )


def _candidates(comments: Table, names: list[str], *, hide_below: int, seed: int) -> pl.DataFrame:
    """Readable comments of groups that are large enough, sorted by group and response."""
    table = _with_all_columns(comments.lazy().drop_nulls(["comment", *names]))
    own = pl.lit("response ") + pl.col("response_id").cast(pl.String)
    table = table.with_columns(
        person=pl.coalesce(pl.col("respondent_id").cast(pl.String), own),
        comment=pl.col("comment").cast(pl.String).str.replace_all(r"\s+", " ").str.strip_chars(),
    )
    large = (
        table.group_by(names)
        .agg(pl.col("person").n_unique())
        .filter(pl.col("person") >= hide_below)
    )
    told = table.join(large, on=names, how="semi")
    readable = (
        told.with_columns(comment=_cut(pl.col("comment")))
        .with_columns(same=fold(pl.col("comment")).str.replace_all(r"[^\p{L}]+", " "))
        .filter(
            pl.col("comment").str.replace_all(_PLACEHOLDER, "").str.count_matches(r"\p{L}")
            >= SHORTEST,
            pl.col("comment").str.count_matches(_PLACEHOLDER) <= MOST_REDACTED,
            ~pl.col("is_sarcastic").fill_null(value=False),
        )
        .sort(*names, "response_id")
        .unique([*names, "same"], keep="first", maintain_order=True)
        .with_columns(lot=_lot(seed).rank("ordinal").over(names))
        .filter(pl.col("lot") <= MOST_CANDIDATES)
    )
    leading = told.group_by(*names, "label").len("told")
    detected = detect_language(readable.drop("lot"), text="comment")
    counted = detected.collect().sort(*names, "response_id")
    tones = (
        leading.filter(pl.col("label").is_in(_TONES))
        .group_by(names)
        .agg(
            pl.struct("label", "told")
            .sort_by(-pl.col("told").cast(pl.Int64), "label")
            .alias("tones")
        )
    )
    return counted.join(tones.collect(), on=names, how="left", maintain_order="left")


def _lot(seed: int) -> pl.Expr:
    """A digest of the id that is the same on every machine and in every version."""

    def digest(ids: pl.Series) -> pl.Series:
        texts = (hashlib.sha256(f"{seed} {id_}".encode()).hexdigest() for id_ in ids)
        return pl.Series(texts, dtype=pl.String)

    return pl.col("response_id").map_batches(digest, return_dtype=pl.String)


def _with_all_columns(table: pl.LazyFrame) -> pl.LazyFrame:
    """Absent columns as null."""
    schema = table.collect_schema()
    own = {"respondent_id": pl.String, "is_sarcastic": pl.Boolean}
    types: dict[str, pl.DataType | type[pl.DataType]] = {**own, **QUOTES}
    absent = [
        pl.lit(None, dtype).alias(name)
        for name, dtype in types.items()
        if name not in schema and name not in ("rank", "why")
    ]
    return table.with_columns(pl.col("response_id").cast(pl.String)).with_columns(absent)


def _cut(text: pl.Expr) -> pl.Expr:
    """A text as it is, or to the end of its last clause within `LONGEST`, with an ellipsis."""
    head = text.str.head(LONGEST - 2)
    clause = head.str.extract(r"^(.{100,})[.!?…;:,]")
    word = head.str.extract(r"^(.+)\s")
    short = pl.coalesce(clause, word, head).str.strip_chars_end(" .,;:!?…-") + " …"
    return pl.when(text.str.len_chars() > LONGEST).then(short).otherwise(text)


def _vectors(candidates: pl.DataFrame) -> Any:
    """Unit vectors of content words, a row a candidate."""
    from scipy.sparse import csr_array, diags_array

    rows, columns, n_words = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)], 0
    for language in ("it", "en"):
        place = np.flatnonzero(
            (candidates["language"] == language).fill_null(value=False).to_numpy()
        )
        # A word of one comment alone makes it neither typical nor like another.
        content = read_words(candidates["comment"].gather(place), language=language, least=2)
        rows.append(place[content.row])
        columns.append(content.word + n_words)
        n_words += content.words.height
    row, column = np.concatenate(rows), np.concatenate(columns)
    shape = (candidates.height, max(n_words, 1))
    held = csr_array((np.ones(len(row)), (row, column)), shape=shape)
    frequency = np.asarray(held.sum(axis=0)).ravel()
    weighted = held @ diags_array(np.log((1 + shape[0]) / (1 + frequency)) + 1)
    length = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)).ravel())
    return (diags_array(1 / np.where(length > 0, length, 1)) @ weighted).tocsr()


def _pick(group: pl.DataFrame, vectors: Any, n: int) -> list[tuple[int, str]]:
    """Positions in the group of its quotes, best first, and why each was chosen."""
    own = vectors[group["place"].to_numpy()]
    near = np.asarray((own @ own.T).todense())
    relevance = near.mean(axis=1) / max(near.mean(axis=1).max(), 1e-9) * _fit_of_length(group)
    labels, people = group["label"].to_list(), group["person"].to_list()
    quotas = _quotas(group["tones"][0], n)
    leading = next(iter(quotas), None)
    places_of: list[tuple[str | None, int]] = [*quotas.items()] or [(None, n)]
    chosen: list[tuple[int, str]] = []
    for tone, places in places_of:
        for _ in range(places):
            taken = [place for place, _ in chosen]
            used = {people[place] for place in taken}
            free = [i for i in range(len(people)) if people[i] not in used]
            wanted = [i for i in free if tone is None or labels[i] == tone]
            if not wanted:
                continue
            closest = near[:, taken].max(axis=1) if taken else np.zeros(len(people))
            score = np.round(RELEVANCE * relevance - (1 - RELEVANCE) * closest, 9)
            best = max(wanted, key=lambda i: (score[i], -i))
            chosen.append((best, TYPICAL if tone == leading else OTHER_TONE))
    return chosen


def _fit_of_length(group: pl.DataFrame) -> Array:
    """1 for a quote of fitting length, less for a shorter or longer one."""
    letters = group["comment"].str.len_chars().to_numpy().astype(float)
    short = np.clip(letters / FITTING[0], 0, 1)
    long = np.clip(FITTING[1] / np.maximum(letters, 1), 0, 1)
    return np.asarray(np.sqrt(short * long))


def _quotas(tones: Any, n: int) -> dict[str, int]:
    """Places of each tone by largest remainder, the most frequent tone first."""
    counts = {row["label"]: row["told"] for row in tones} if tones is not None else {}
    total = sum(counts.values())
    if not total:
        return {}
    exact = {tone: n * count / total for tone, count in counts.items()}
    places = {tone: int(share) for tone, share in exact.items()}
    for tone in sorted(exact, key=lambda t: (places[t] - exact[t], -counts[t], t))[
        : n - sum(places.values())
    ]:
        places[tone] += 1
    return {tone: count for tone, count in places.items() if count}
