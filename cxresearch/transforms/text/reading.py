"""What speaks in many texts, each read with the lexicon of its language?

Unit of observation: a hit. Texts are taken in batches of bounded size, a language at a time; no
figure depends on the batch or on the order of the texts.

It cannot tell a language that is neither Italian nor English: of those only emoji are read.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cxresearch.errors import require_columns
from cxresearch.language import LANGUAGES, check_language
from cxresearch.transforms.scales import Table
from cxresearch.transforms.text.clauses import Stream, read_stream
from cxresearch.transforms.text.clean import clean_text
from cxresearch.transforms.text.language import MIXED, detect_language
from cxresearch.transforms.text.lexicon import Lexicon, read_lexicon
from cxresearch.transforms.text.patterns import compile_lexicon
from cxresearch.transforms.text.rules import apply_rules
from cxresearch.transforms.text.tokens import FACES, WORDS, Flags, Tokens, split_tokens
from cxresearch.transforms.text.vocabulary import describe_words

BATCH_TEXTS = 40_000
BATCH_BYTES = 10_000_000
"""Texts and bytes read at once: memory stays bounded whatever the texts."""

OTHER = "other"
"""Stands for the lexicon of a language that has none: only emoji are read."""

Extra = Mapping[str, Mapping[str, Any]]
"""Entries of a study, by language, in the form of the lexicon files."""


@dataclass(frozen=True)
class Reading:
    """What a lexicon finds in a batch of texts.

    Parameters
    ----------
    row
        Row of each text of the batch in the table.
    is_own
        Whether each text is read with this lexicon; else with that of the other language.
    tokens, stream
        Its tokens and their places.
    hits
        As `rules.apply_rules`, with `row` of the table; of own texts alone.
    """

    row: pl.Series
    is_own: Flags
    tokens: Tokens
    stream: Stream
    hits: pl.DataFrame


def prepare_texts(
    table: Table, *, text: str, language: str, extra: Extra | None = None
) -> pl.DataFrame:
    """Texts ready for reading.

    Returns
    -------
    pl.DataFrame
        row (position in the table), text (cleaned), language (declared or detected), lexicon (it,
        en, `OTHER`; null where nobody can tell); in the order of the table.
    """
    for known in extra or {}:
        check_language(known)
    require_columns(table, text)
    declared = pl.col(language) if language in table.collect_schema() else pl.lit(None, pl.String)
    said = table.lazy().select(text=pl.col(text).cast(pl.String), language=declared)
    # Where a language is declared nobody has to look for one.
    asked = pl.when(pl.col("language").is_null()).then("text")
    spoken = (
        detect_language(said.with_columns(_asked=asked), text="_asked")
        .select(clean_text(pl.col("text")), "language")
        .collect()
        .with_row_index("row")
    )
    code = pl.col("language").str.head(2)
    other = pl.when(pl.col("language").is_not_null() & (pl.col("language") != MIXED)).then(
        pl.lit(OTHER)
    )
    return spoken.with_columns(lexicon=pl.when(code.is_in(LANGUAGES)).then(code).otherwise(other))


def read_texts(
    spoken: pl.DataFrame, extra: Extra | None = None, *, keep_gaps: bool = False
) -> Iterator[Reading]:
    """What speaks, batch by batch, each text with one lexicon.

    Parameters
    ----------
    spoken
        From `prepare_texts`. A text without a lexicon is read with the one that finds more in it,
        on a tie for its emoji alone, as is one of another language.
    extra
        As `prepare_texts`.
    keep_gaps
        As `tokens.split_tokens`.
    """
    lexicons = [read_lexicon(name, extra=(extra or {}).get(name)) for name in LANGUAGES]
    said = spoken.filter(pl.col("text").str.len_bytes() > 0)
    size = said["text"].str.len_bytes().cast(pl.Int64).cum_sum().to_numpy() // BATCH_BYTES
    number = size + np.arange(said.height) // BATCH_TEXTS
    ends = [*np.flatnonzero(np.diff(number)) + 1, said.height]
    for start, end in zip([0, *ends[:-1]], ends, strict=True):
        batch = said[int(start) : int(end)]
        yield from _choose(batch, [_read_batch(batch, lexicon, keep_gaps) for lexicon in lexicons])


def _read_batch(batch: pl.DataFrame, lexicon: Lexicon, keep_gaps: bool) -> Reading:
    """What a lexicon finds in the texts of a batch that may be read with it."""
    name = pl.col("lexicon")
    own = name == lexicon.language
    other = (name == OTHER) & (lexicon.language == LANGUAGES[0])
    part = batch.filter(own | other | name.is_null())
    patterns = compile_lexicon(lexicon)
    tokens = split_tokens(part["text"], keep_gaps=keep_gaps)
    stream = read_stream(tokens, describe_words(tokens, lexicon), patterns)
    entries = lexicon.entries.select(
        pl.int_range(pl.len()).alias("entry"),
        entry_text="entry",
        entry_strength="strength",
        emotion="emotion",
    )
    events = stream.events.join(entries, on="entry", how="left", maintain_order="left")
    hits = apply_rules(events, reach=lexicon.reach)
    hits = hits.with_columns(part["row"].gather(hits["row"]))
    return Reading(part["row"], np.ones(part.height, dtype=np.bool_), tokens, stream, hits)


def _choose(batch: pl.DataFrame, readings: list[Reading]) -> Iterator[Reading]:
    """The readings of a batch, each with the texts that are its own and their hits."""
    first, last = (batch["row"][n] for n in (0, -1)) if batch.height else (0, -1)
    found = np.stack([
        np.bincount(reading.hits["row"].to_numpy() - first, minlength=last - first + 1)
        for reading in readings
    ])  # fmt: skip
    lexicon = np.full(last - first + 1, None)
    lexicon[batch["row"].to_numpy() - first] = batch["lexicon"].to_numpy()
    most = np.where(found.max(axis=0) > found.min(axis=0), found.argmax(axis=0), len(LANGUAGES))
    choice = np.array([*LANGUAGES, OTHER], dtype=object)[most]
    lexicon = np.where(lexicon == None, choice, lexicon)  # noqa: E711
    for name, reading in zip(LANGUAGES, readings, strict=True):
        yield _with_own(reading, lexicon, name, first)


def _with_own(reading: Reading, lexicon: NDArray[Any], name: str, first: int) -> Reading:
    """A reading with its own texts; those of no language are the first one's, for their faces."""
    others = OTHER if name == LANGUAGES[0] else name
    row, hit = (rows.to_numpy() - first for rows in (reading.row, reading.hits["row"]))
    is_face = reading.hits["is_face"].to_numpy()
    kept = (lexicon[hit] == name) | ((lexicon[hit] == others) & is_face)
    is_own = (lexicon[row] == name) | (lexicon[row] == others)
    return replace(reading, is_own=is_own, hits=reading.hits.filter(kept))


def number_clauses(reading: Reading) -> pl.DataFrame:
    """The clauses of a batch that hold a word or a face.

    Returns
    -------
    pl.DataFrame
        clause (number in the batch), row (of the table), number (from 1 in each text).
    """
    kind = reading.tokens.kind[reading.tokens.id]
    spoken = np.isin(kind, (WORDS, FACES)) & reading.is_own[reading.tokens.row]
    table = pl.DataFrame(
        {"clause": reading.stream.clause[spoken], "row": reading.tokens.row[spoken]}
    ).unique(maintain_order=True)
    number = pl.int_range(1, pl.len() + 1).over("row")
    return table.with_columns(number=number, row=reading.row.gather(table["row"]))
