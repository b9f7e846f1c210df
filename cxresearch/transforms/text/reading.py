"""What speaks in many texts, each read with the lexicon of its language?

Unit of observation: a hit. Texts are taken in batches of bounded size, a language at a time; no
figure depends on the batch or on the order of the texts.

It cannot tell a language that is neither Italian nor English: of those only emoji are read.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from cxresearch.errors import require_columns
from cxresearch.language import LANGUAGES, check_language
from cxresearch.transforms.scales import Table
from cxresearch.transforms.text.clauses import Stream, read_stream
from cxresearch.transforms.text.clean import clean_text
from cxresearch.transforms.text.language import MIXED, detect_language
from cxresearch.transforms.text.lexicon import Lexicon, read_lexicon
from cxresearch.transforms.text.patterns import compile_lexicon
from cxresearch.transforms.text.rules import apply_rules
from cxresearch.transforms.text.tokens import FACES, WORDS, Tokens, split_tokens
from cxresearch.transforms.text.vocabulary import describe_words

BATCH_TEXTS = 50_000
BATCH_BYTES = 16_000_000
"""Texts and bytes read at once: memory stays bounded whatever the texts."""

Extra = Mapping[str, Mapping[str, Any]]
"""Entries of a study, by language, in the form of the lexicon files."""


@dataclass(frozen=True)
class Reading:
    """What a lexicon finds in a batch of texts.

    Parameters
    ----------
    row
        Row of each text of the batch in the table.
    tokens, stream
        Its tokens and their places.
    hits
        As `rules.apply_rules`, `row` of the table, and the entry's text and emotion.
    """

    row: pl.Series
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
        row (position in the table), text (cleaned), language (declared or detected), lexicon (the
        one it is read with); in the order of the table.
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
    open_ = pl.col("language").is_null() | (pl.col("language") == MIXED)
    lexicon = pl.when(code.is_in(LANGUAGES)).then(code).otherwise(pl.lit("emoji"))
    spoken = spoken.with_columns(lexicon=pl.when(~open_).then(lexicon))
    return spoken.with_columns(pl.col("lexicon").fill_null(_loudest(spoken, extra)))


def _loudest(spoken: pl.DataFrame, extra: Extra | None) -> pl.Series:
    """For texts without a lexicon, the one that finds more in them; on a tie the emoji alone."""
    unclear = spoken.filter(pl.col("lexicon").is_null(), pl.col("text").is_not_null())
    found = np.zeros((len(LANGUAGES), spoken.height), dtype=np.int64)
    for number, name in enumerate(LANGUAGES if unclear.height else ()):
        asked = unclear.with_columns(lexicon=pl.lit(name))
        for reading in read_texts(asked, extra):
            found[number] += np.bincount(reading.hits["row"].to_numpy(), minlength=spoken.height)
    best = np.where(found.max(axis=0) == found.min(axis=0), len(LANGUAGES), found.argmax(axis=0))
    return pl.Series(np.array([*LANGUAGES, "emoji"])[best])


def read_texts(
    spoken: pl.DataFrame, extra: Extra | None = None, *, keep_gaps: bool = False
) -> Iterator[Reading]:
    """What speaks, batch by batch.

    Parameters
    ----------
    spoken
        From `prepare_texts`.
    keep_gaps
        As `tokens.split_tokens`.
    """
    if not spoken["text"].str.len_bytes().sum():
        yield _read_batch(spoken.clear(), read_lexicon("emoji"), keep_gaps=keep_gaps)
    for name in (*LANGUAGES, "emoji"):
        part = spoken.filter(pl.col("lexicon") == name, pl.col("text").str.len_bytes() > 0)
        if part.height:
            lexicon = read_lexicon(name, extra=(extra or {}).get(name))
            size = part["text"].str.len_bytes().cast(pl.Int64).cum_sum() // BATCH_BYTES
            batch = size + pl.Series(np.arange(part.height) // BATCH_TEXTS)
            starts = np.flatnonzero(np.diff(batch.to_numpy(), prepend=-1))
            for start, end in zip(starts, [*starts[1:], part.height], strict=True):
                yield _read_batch(part[int(start) : int(end)], lexicon, keep_gaps=keep_gaps)


def _read_batch(part: pl.DataFrame, lexicon: Lexicon, *, keep_gaps: bool) -> Reading:
    """What a lexicon finds in one batch."""
    patterns = compile_lexicon(lexicon)
    tokens = split_tokens(part["text"], keep_gaps=keep_gaps)
    stream = read_stream(tokens, describe_words(tokens, lexicon), patterns)
    entries = lexicon.entries.select(
        entry_text="entry", entry_strength="strength", emotion="emotion"
    ).with_row_index("entry")
    events = stream.events.join(
        entries.with_columns(pl.col("entry").cast(pl.Int64)),
        on="entry", how="left", maintain_order="left",
    )  # fmt: skip
    hits = apply_rules(events, reach=lexicon.reach)
    return Reading(part["row"], tokens, stream, hits.with_columns(part["row"].gather(hits["row"])))


def number_clauses(reading: Reading) -> pl.DataFrame:
    """The clauses of a batch that hold a word or a face.

    Returns
    -------
    pl.DataFrame
        clause (number in the batch), row (of the table), number (from 1 in each text).
    """
    kind = reading.tokens.kind[reading.tokens.id]
    spoken = np.isin(kind, (WORDS, FACES))
    table = pl.DataFrame(
        {"clause": reading.stream.clause[spoken], "row": reading.tokens.row[spoken]}
    ).unique(maintain_order=True)
    number = pl.int_range(1, pl.len() + 1).over("row")
    return table.with_columns(number=number, row=reading.row.gather(table["row"]))
