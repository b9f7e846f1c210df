"""Which words carried the tone of one text?

Unit of observation: a word, or pair, of the text. By the lexicon: its hits. By a model: coefficient
times value, in log-odds of praise against complaint; pieces of words count for the words they are
in. A word carries what it carried here, beside all the others, not what it means.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from cxresearch.models.text_design import Columns, join_blocks
from cxresearch.models.text_reading import SIGNALS, Reading, as_table
from cxresearch.models.tone_folds import ToneModel
from cxresearch.transforms.intervals import Array
from cxresearch.transforms.text import find_tone_words

EXPLANATION: dict[str, pl.DataType] = {
    "word": pl.String(),
    "source": pl.String(),
    "contribution": pl.Float64(),
    "rules": pl.List(pl.String),
}
_PUNCTUATION = ("exclamations", "questions", "length")


def explain_cold(text: str, *, language: str | None) -> pl.DataFrame:
    """The hits of the lexicon, strongest first: `EXPLANATION`."""
    hits = find_tone_words(as_table([text], language=language), key="text_id")
    found = hits.select(
        "word", pl.lit("lexicon").alias("source"), contribution="strength", rules="rules"
    )
    return _strongest(found.cast(pl.Schema(EXPLANATION)))


def explain_model(model: ToneModel, columns: Columns, reading: Reading) -> pl.DataFrame:
    """Words and pairs of one text as read, then the other parts: `EXPLANATION`.

    The contributions add up to the log-odds of praise against complaint.
    """
    counts = columns.count(reading)
    blocks = model.design.blocks(counts)
    slopes, usual = _towards_praise(model)
    carried = join_blocks(blocks, words=model.weights.words).multiply(slopes[None, :]).toarray()[0]
    found: dict[str, float] = {}
    if model.weights.words:
        words, pieces, carried = np.split(carried, np.cumsum([b.shape[1] for b in blocks[:2]]))
        names = [n[r > 0] for n, r in zip(columns.names(), model.design.rarity, strict=True)]
        found = _by_word(words, pieces, names, str(reading.words[0]))
    n_signals = blocks[2].shape[1]
    signals, meaning = carried[:n_signals], carried[n_signals:]
    told = {"(lexicon)": 0.0, "(punctuation)": 0.0}
    for name, part in zip(SIGNALS, signals, strict=False):
        told["(punctuation)" if name in _PUNCTUATION else "(lexicon)"] += float(part)
    if columns.echo is not None:
        slope = slopes[len(slopes) - len(meaning) - 1] / model.design.scale.scale_[-1]
        heard = columns.echo.parts(counts.words)
        for place in np.flatnonzero(heard):
            word = str(columns.names()[0][place])
            found[word] = found.get(word, 0.0) + float(slope * heard[place])
        usual += float(signals[-1] - slope * heard.sum())
    if meaning.size:
        told["(meaning)"] = float(meaning.sum())
    return _as_table(found, told | {"(usual)": usual})


def _as_table(words: dict[str, float], rest: dict[str, float]) -> pl.DataFrame:
    """`EXPLANATION`: the words, strongest first, then the other parts."""
    given = {"word": pl.String, "contribution": pl.Float64}
    learned, parts = (pl.DataFrame(list(of.items()), given, orient="row") for of in (words, rest))
    is_lexicon = pl.col("word") == "(lexicon)"
    return (
        pl.concat([_strongest(learned), parts])
        .with_columns(
            source=pl.when(is_lexicon).then(pl.lit("lexicon")).otherwise(pl.lit("learned")),
            rules=pl.lit(None, dtype=pl.List(pl.String)),
        )
        .select(EXPLANATION.keys())
    )


def _strongest(table: pl.DataFrame) -> pl.DataFrame:
    return table.sort(pl.col("contribution").abs(), descending=True, maintain_order=True)


def _towards_praise(model: ToneModel) -> tuple[Array, float]:
    """Slopes and intercept of the log-odds of praise against complaint."""
    coefficients, start = model.model.coef_, model.model.intercept_
    if len(coefficients) == 1:  # of two tones the second, which is positive
        return np.asarray(coefficients[0]), float(start[0])
    tones = model.classes.tolist()
    good, bad = tones.index("positive"), tones.index("negative")
    return np.asarray(coefficients[good] - coefficients[bad]), float(start[good] - start[bad])


def _by_word(words: Array, pieces: Array, names: Sequence[Any], text: str) -> dict[str, float]:
    """What each word and pair carried; a piece is shared out over the words it is in."""
    found = {str(names[0][place]): float(words[place]) for place in np.flatnonzero(words)}
    met = text.split()
    for place in np.flatnonzero(pieces):
        piece = str(names[1][place])
        counts = {word: f" {word} ".count(piece) for word in dict.fromkeys(met)}
        times = {word: n * met.count(word) for word, n in counts.items() if n}
        for word, n in times.items():
            found[word] = found.get(word, 0.0) + float(pieces[place]) * n / sum(times.values())
    return found
