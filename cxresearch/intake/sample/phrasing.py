"""How are phrases kept as YAML chosen and filled in?

A phrase belongs to a language, a part (clauses, openings, messages, ...), a topic and a tone. Its
slots are private characters until the end, so that no typing habit can break them.
"""

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from cxresearch.study import read_yaml

from .streams import scramble

LANGUAGES = ("it", "en")
SLOTS = (
    "minutes", "delay", "city", "train", "name", "first", "email", "phone", "iban", "cf",
    "address", "order", "days",
)  # fmt: skip
SIGNS = {slot: chr(0xE000 + position) for position, slot in enumerate(SLOTS)}
CITIES = (
    "Bologna", "Napoli", "Firenze", "Bari", "Verona", "Ancona", "Torino", "Pescara", "Salerno",
    "Padova", "Reggio Emilia", "Lecce",
)  # fmt: skip


@cache
def read_phrases(language: str) -> dict[str, Any]:
    """The phrases of one language."""
    path = files("cxresearch.intake.sample") / "phrases" / f"{language}.yml"
    found: dict[str, Any] = read_yaml(Path(str(path)))
    return found


@cache
def _bank() -> tuple[dict[str, int], dict[str, int], pl.Series]:
    """Where the texts of each `language.part.topic.tone` begin, how many they are, the texts."""
    starts: dict[str, int] = {}
    counts: dict[str, int] = {}
    texts: list[str] = []
    for language in LANGUAGES:
        for part, topics in read_phrases(language).items():
            for topic, tones in topics.items():
                for tone, lines in tones.items():
                    key = f"{language}.{part}.{topic}.{tone}"
                    starts[key], counts[key] = len(texts), len(lines)
                    texts.extend(_marked(line) for line in lines)
    return starts, counts, pl.Series(texts)


def _marked(line: str) -> str:
    """Slots as private characters, which no typing habit touches."""
    for slot, sign in SIGNS.items():
        line = line.replace("{" + slot + "}", sign)
    return line


def choose_phrases(table: pl.DataFrame, keys: list[pl.Expr], turn: int) -> pl.Series:
    """A phrase for each row from the first of `keys` that has any; empty where none has."""
    starts, counts, texts = _bank()
    found = table.select(
        pl.coalesce(
            key.replace_strict(known, default=None, return_dtype=pl.Int64) for key in keys
        ).alias(name)
        for name, known in (("start", starts), ("count", counts))
    )
    u = scramble(table["text_seed"].to_numpy(), turn)
    place = found["start"] + (pl.Series(u) * found["count"]).floor().cast(pl.Int64)
    return (
        texts.gather(place.fill_null(0))
        .to_frame("t")
        .select(pl.when(place.is_not_null()).then("t").otherwise(pl.lit("")))
        .to_series()
    )


def fill_slots(text: pl.DataFrame, seeds: np.ndarray, people: pl.DataFrame) -> pl.Series:
    """Put numbers, cities and persons into their places."""
    person = people[(scramble(seeds, 80) * people.height).astype(np.int64)]
    u = [scramble(seeds, turn) for turn in (81, 82, 83, 84, 85)]
    filled = {
        "minutes": pl.Series((15 + 40 * u[0]).astype(np.int64)).cast(pl.String),
        "delay": pl.Series((35 + 90 * u[1]).astype(np.int64)).cast(pl.String),
        "city": pl.Series(CITIES).gather((u[2] * len(CITIES)).astype(np.int64)),
        "train": pl.Series((2000 + 7000 * u[3]).astype(np.int64)).cast(pl.String),
        "order": "RA" + pl.Series((10**7 * (1 + 8 * u[4])).astype(np.int64)).cast(pl.String),
        "days": pl.Series((8 + 40 * u[0]).astype(np.int64)).cast(pl.String),
        **{slot: person[slot] for slot in person.columns},
    }
    result = text["text"]
    for slot, values in filled.items():
        table = pl.DataFrame({"text": result, "value": values})
        result = table.select(
            pl.col("text").str.replace_all(SIGNS[slot], pl.col("value"), literal=True)
        ).to_series()
    return result
