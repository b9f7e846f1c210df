"""What does a model see of a comment? Its words, what the lexicon says of it, and its vector.

Unit of observation: a text. Everything here is found in the text alone: nothing is learned, so a
text reads the same in every fold and in every company.

It cannot see what was left out of the text: who wrote it, when, or about which touchpoint.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cxresearch.errors import ParameterError
from cxresearch.models.embeddings import encode_texts
from cxresearch.transforms.intervals import Array
from cxresearch.transforms.text import detect_language, find_tone_words, score_tone

SIGNALS = (
    "tone",
    "is_silent",
    "is_positive",
    "is_negative",
    "is_neutral",
    "is_mixed",
    "is_sarcastic",
    "praise",
    "blame",
    "strongest_praise",
    "strongest_blame",
    "last",
    "exclamations",
    "questions",
    "length",
)
"""What the lexicon and the punctuation say of a text, a column each, not yet standardised."""

LONGEST = 5_000
"""Characters of a text that are read for its words; of longer ones the beginning."""
_NOISE = r"\[[a-z ]+ \d+\]|https?://\S+|www\.\S+|[@#&]\w+;?"
_MARKS = {"exclamations": "!", "questions": "?"}


@dataclass(frozen=True)
class Reading:
    """Texts as read, an entry a text.

    Attributes
    ----------
    words
        Lower-case words and marks parted by blanks, without accents, names or numbers.
    signals
        `SIGNALS`, a column each.
    cold
        Label of the cold start: positive, negative, neutral, mixed or unknown.
    vectors
        Of the encoder, a row a text; None without one.
    """

    words: NDArray[np.object_]
    signals: Array
    cold: NDArray[np.str_]
    vectors: Array | None = None

    def take(self, index: NDArray[Any]) -> "Reading":
        """The texts at these places."""
        vectors = None if self.vectors is None else self.vectors[index]
        return replace(
            self,
            words=self.words[index],
            signals=self.signals[index],
            cold=self.cold[index],
            vectors=vectors,
        )

    @property
    def is_empty(self) -> NDArray[np.bool_]:
        """Where nothing is written, or nothing but what was taken out."""
        return np.equal(self.words, "").astype(bool)

    def __len__(self) -> int:
        """How many texts."""
        return int(self.words.size)


def as_texts(texts: Any) -> list[str | None]:
    """Texts as a list of str, None where there is none.

    Raises
    ------
    ParameterError
        A single text, or something that is no text.

    Examples
    --------
    >>> as_texts(("Ottimo", None, float("nan")))
    ['Ottimo', None, None]
    """
    if isinstance(texts, str | bytes):
        raise ParameterError(
            "a single text was given where several are expected",
            allowed="a list, a tuple, an array or a polars Series of texts",
            next_step="put it into a list: [text]",
        )
    if isinstance(texts, pl.DataFrame | pl.LazyFrame):
        raise ParameterError(
            "a table was given where texts are expected",
            allowed="a list, a tuple, an array or a polars Series of texts",
            next_step='name its column: table["comment"]',
        )
    if isinstance(texts, Mapping) or not isinstance(texts, Iterable):
        raise ParameterError(
            f"{type(texts).__name__} was given where texts are expected",
            allowed="a list, a tuple, an array or a polars Series of texts",
            next_step="put one text into a list: [text]; of a mapping take list(texts.values())",
        )
    given = texts.to_list() if isinstance(texts, pl.Series) else np.ravel(_listed(texts)).tolist()
    read = [None if text is None or text != text else text for text in given]
    odd = next((text for text in read if text is not None and not isinstance(text, str)), None)
    if odd is not None:
        raise ParameterError(
            f"{odd!r} is not a text", allowed="str, or None where nothing is written"
        )
    return read


def _listed(texts: Any) -> NDArray[np.object_]:
    values = list(texts)
    listed = np.empty(len(values), dtype=object)
    listed[:] = values
    return listed


def read_texts(
    texts: Sequence[str | None], *, language: str | None = None, encoder: Any = None
) -> Reading:
    """Read texts: their words, what the lexicon says, their vectors.

    Parameters
    ----------
    texts
        None where nothing is written.
    language
        `it` or `en` where a text holds no evidence of its own.
    encoder
        As `embeddings.encode_texts`; None for no vectors.
    """
    table = as_table(texts, language=language)
    scored, hits = score_tone(table), find_tone_words(table, key="text_id")
    words = scored.select(_words(pl.col("comment"))).to_series()
    spoken = scored["comment"].fill_null("").to_list()
    return Reading(
        words=words.to_numpy().astype(object),
        signals=_signals(scored, hits),
        cold=scored["label"].to_numpy().astype(str),
        vectors=None if encoder is None else encode_texts(spoken, encoder=encoder),
    )


def as_table(texts: Sequence[str | None], *, language: str | None) -> pl.DataFrame:
    """row, comment and, where a default is given, language."""
    schema = {"text_id": pl.Int64, "comment": pl.String}
    table = pl.DataFrame({"text_id": range(len(texts)), "comment": list(texts)}, schema=schema)
    return table if language is None else detect_language(table, default=language).collect()


def _words(text: pl.Expr) -> pl.Expr:
    plain = text.fill_null("").str.head(LONGEST).str.to_lowercase().str.normalize("NFKD")
    return (
        plain.str.replace_all(_NOISE, " ")
        .str.replace_all(r"\p{M}|\p{Cf}|\p{Cc}", " ", literal=False)
        .str.replace_all(r"\d+(?:[.,:/]\d+)*", " 0 ")
        .str.replace_all(r"['’`´_]", " ")
        .str.replace_all(r"([^\w\s])", " $1 ")
        .str.replace_all(r"\s+", " ")
        .str.strip_chars()
    )


def _signals(scored: pl.DataFrame, hits: pl.DataFrame) -> Array:
    strength = pl.col("strength")
    told = hits.group_by("text_id").agg(
        praise=strength.filter(strength > 0).sum(),
        blame=-strength.filter(strength < 0).sum(),
        strongest_praise=strength.max().clip(lower_bound=0),
        strongest_blame=(-strength.min()).clip(lower_bound=0),
        last=strength.filter(strength != 0).last(),
    )
    text, label = pl.col("comment").fill_null("").str.head(LONGEST), pl.col("label")
    table = (
        scored.select("text_id", "comment", "tone", "label", "is_sarcastic")
        .join(told, on="text_id", how="left", maintain_order="left")
        .with_columns(pl.col("praise", "blame").log1p())
        .with_columns(
            is_silent=label == "unknown",
            **{
                f"is_{tone}": label == tone for tone in ("positive", "negative", "neutral", "mixed")
            },
            **{n: text.str.count_matches(m, literal=True).log1p() for n, m in _MARKS.items()},
            length=text.str.len_chars().log1p(),
        )
    )
    return table.select(pl.col(SIGNALS).cast(pl.Float64).fill_null(0).fill_nan(0)).to_numpy()
