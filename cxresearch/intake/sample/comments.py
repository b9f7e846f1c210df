"""What do people write?

A comment is put together from phrases kept as YAML in `phrases/`: an opening, one or two clauses
about what happened at the touchpoint, an ending, now and then personal data; then typing habits
(no accents, no capitals, texting, shouting, a slip of the finger) and emoji. The tone follows the
score. All choices come from the one integer stored with the row.
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
    "minutes",
    "delay",
    "city",
    "train",
    "name",
    "first",
    "email",
    "phone",
    "iban",
    "cf",
    "address",
    "order",
    "days",
)
_PRIVATE = {slot: chr(0xE000 + position) for position, slot in enumerate(SLOTS)}
PERSONAL = 0.04
CITIES = (
    "Bologna",
    "Napoli",
    "Firenze",
    "Bari",
    "Verona",
    "Ancona",
    "Torino",
    "Pescara",
    "Salerno",
    "Padova",
    "Reggio Emilia",
    "Lecce",
)
GOOD_FROM = {"nps": 9, "csat": 4, "ces": 6, "stars": 4, "emoji": 4, "expectation": 4}
BAD_UNTIL = {"nps": 6, "csat": 2, "ces": 3, "stars": 2, "emoji": 2, "expectation": 2}
HABITS = {  # share of comments, what is replaced by what
    "it": (
        (0.22, {"à": "a'", "è": "e'", "é": "e'", "ì": "i'", "ò": "o'", "ù": "u'"}),
        (0.06, {" non ": " nn ", " che ": " ke ", "perché": "xke", "comunque": "cmq",
                " per ": " x ", "anche": "anke"}),
        (0.05, {"tt": "t", "pp": "p"}),
        (0.04, {"zione": "zoine", "mento": "mneto", "nte": "net"}),
        (0.04, {"troppo": "troppooo", "bene": "beneee", "mai": "maiii", "basta": "bastaaa"}),
        (0.03, {", ": " ,", ". ": "."}),
    ),
    "en": (
        (0.10, {" you ": " u ", " are ": " r ", "please": "pls", "because": "cos"}),
        (0.05, {"the ": "teh ", "ing ": "ign "}),
        (0.04, {"tt": "t", "ll": "l"}),
        (0.04, {"so ": "sooo ", "never": "neverrr"}),
        (0.04, {"'": ""}),
    ),
}  # fmt: skip
EMOJI = {
    "good": ("👍", "😊", "👏", "😍", "🙂", "❤️", "👌", "🚆👍"),
    "bad": ("😡", "👎", "🤬", "😤", "🙄", "😞", "🤦", "😡😡"),
    "mixed": ("😐", "🤷", "🙂", "😕"),
}


@cache
def read_phrases(language: str) -> dict[str, Any]:
    """The phrases of one language."""
    path = files("cxresearch.intake.sample") / "phrases" / f"{language}.yml"
    found: dict[str, Any] = read_yaml(Path(str(path)))
    return found


@cache
def _bank() -> tuple[pl.DataFrame, pl.Series]:
    """Where the texts of each `language.part.topic.tone` begin, how many they are, the texts."""
    keys, starts, counts, texts = [], [], [], []
    for language in LANGUAGES:
        for part, topics in read_phrases(language).items():
            for topic, tones in topics.items():
                for tone, lines in tones.items():
                    keys.append(f"{language}.{part}.{topic}.{tone}")
                    starts.append(len(texts))
                    counts.append(len(lines))
                    texts.extend(_marked(line) for line in lines)
    return pl.DataFrame({"key": keys, "start": starts, "count": counts}), pl.Series(texts)


def _marked(line: str) -> str:
    """Slots as private characters, which no typing habit touches."""
    for slot, sign in _PRIVATE.items():
        line = line.replace("{" + slot + "}", sign)
    return line


def _chosen(table: pl.DataFrame, keys: list[pl.Expr], turn: int) -> pl.Series:
    """A phrase for each row from the first of `keys` that has any; empty where none has."""
    bank, texts = _bank()
    starts = dict(zip(bank["key"], bank["start"], strict=True))
    counts = dict(zip(bank["key"], bank["count"], strict=True))
    found = table.select(
        pl.coalesce(
            key.replace_strict(starts, default=None, return_dtype=pl.Int64) for key in keys
        ).alias("start"),
        pl.coalesce(
            key.replace_strict(counts, default=None, return_dtype=pl.Int64) for key in keys
        ).alias("count"),
    )
    u = scramble(table["text_seed"].to_numpy(), turn)
    place = found["start"] + (pl.Series(u) * found["count"]).floor().cast(pl.Int64)
    return (
        texts.gather(place.fill_null(0))
        .to_frame("t")
        .select(pl.when(place.is_not_null()).then("t").otherwise(pl.lit("")))
        .to_series()
    )


def tone() -> pl.Expr:
    """good, mixed or bad, from the score felt."""
    felt, metric = pl.col("felt"), pl.col("felt_metric")
    good = felt >= metric.replace_strict(GOOD_FROM, return_dtype=pl.Int64)
    bad = felt <= metric.replace_strict(BAD_UNTIL, return_dtype=pl.Int64)
    choice = pl.when(good).then(pl.lit("good")).when(bad).then(pl.lit("bad"))
    return choice.otherwise(pl.lit("mixed"))


def write_comments(table: pl.DataFrame, people: pl.DataFrame) -> pl.Series:
    """A comment for each row of topic, touchpoint, felt, felt_metric, language, text_seed.

    `people` is the pool of invented persons whose personal data slips in.
    """
    if table.is_empty():
        return pl.Series("comment", [], dtype=pl.String)
    table = table.with_columns(
        tone().alias("tone"), pl.col("touchpoint").fill_null("general").alias("place")
    )
    seeds = table["text_seed"].to_numpy()
    u = {
        name: pl.Series(scramble(seeds, turn))
        for turn, name in enumerate(
            ("open", "second", "end", "irony", "personal", "emoji", "stop", "lower", "join"),
            start=40,
        )
    }
    parts = _parts(table)
    drawn = pl.DataFrame({**u, **parts, "tone": table["tone"], "language": table["language"]})
    is_bad, is_mixed = pl.col("tone") == "bad", pl.col("tone") == "mixed"
    glue = pl.when(pl.col("join") < 0.5).then(pl.lit(", ")).otherwise(pl.lit(". "))
    but = pl.when(pl.col("language") == "en").then(pl.lit(", but "))
    but = but.otherwise(
        pl.when(pl.col("join") < 0.5).then(pl.lit(", ma ")).otherwise(pl.lit(", però "))
    )
    plain = pl.concat_str(
        pl.when(pl.col("open") < 0.3).then(pl.col("opening") + " ").otherwise(pl.lit("")),
        "clause",
        pl.when((pl.col("second") < 0.35) & (pl.col("other") != pl.col("clause")))
        .then(glue + pl.col("other"))
        .otherwise(pl.lit("")),
    )
    body = (
        pl.when(is_bad & (pl.col("irony") < 0.12))
        .then("irony_text")
        .when(is_mixed)
        .then(pl.col("praise") + but + pl.col("blame"))
        .otherwise(plain)
    )
    ending = pl.when((pl.col("end") < 0.3) & (pl.col("ending") != "")).then(". " + pl.col("ending"))
    private = pl.when(pl.col("personal") < PERSONAL).then(". " + pl.col("private"))
    text = drawn.select(
        (body + ending.otherwise(pl.lit("")) + private.otherwise(pl.lit(""))).alias("text"),
        "language",
        "tone",
        "emoji",
        "stop",
        "lower",
    )
    return _fill(_typed(text, seeds), seeds, people).alias("comment")


def _parts(table: pl.DataFrame) -> dict[str, pl.Series]:
    """The phrases from which each comment may be put together."""
    language, mood = pl.col("language"), pl.col("tone")

    def keys(part: str, mood: pl.Expr, *topics: pl.Expr) -> list[pl.Expr]:
        return [pl.concat_str(language, pl.lit(f".{part}."), t, pl.lit("."), mood) for t in topics]

    topic, place, general = pl.col("topic"), pl.col("place"), pl.lit("general")
    good, bad = pl.lit("good"), pl.lit("bad")
    return {
        "opening": _chosen(table, keys("openings", mood, general), 1),
        "clause": _chosen(table, keys("clauses", mood, topic, place, general), 2),
        "other": _chosen(table, keys("clauses", mood, place, general), 3),
        "praise": _chosen(table, keys("clauses", good, place, general), 4),
        "blame": _chosen(table, keys("clauses", bad, topic, place, general), 5),
        "ending": _chosen(table, keys("endings", mood, general), 6),
        "irony_text": _chosen(table, keys("irony", bad, topic, place, general), 7),
        "private": _chosen(table, keys("personal", pl.lit("any"), general), 8),
    }


def _typed(text: pl.DataFrame, seeds: np.ndarray) -> pl.DataFrame:
    """Capitals, full stops, emoji and slips, as people type."""
    column = pl.col("text")
    text = text.with_columns(
        pl.when(pl.col("lower") < 0.75)
        .then(column.str.slice(0, 1).str.to_uppercase() + column.str.slice(1))
        .otherwise(column)
    )
    turn = 60
    for language, habits in HABITS.items():
        for share, changes in habits:
            turn += 1
            has = pl.Series(scramble(seeds, turn) < share) & (text["language"] == language)
            changed = text["text"].str.replace_many(list(changes), list(changes.values()))
            text = text.with_columns(pl.when(has).then(changed).otherwise("text").alias("text"))
    shouts = (pl.col("tone") == "bad") & (pl.col("lower") > 0.97)
    stop = pl.when(pl.col("stop") < 0.5).then(pl.lit("."))
    stop = stop.when((pl.col("stop") < 0.62) & (pl.col("tone") != "mixed")).then(pl.lit("!!!"))
    stop = stop.otherwise(pl.lit(""))
    picked = pl.Series(scramble(seeds, 59))
    emoji = pl.lit("")
    for mood, signs in EMOJI.items():
        place = (picked * len(signs)).floor().cast(pl.Int64)
        sign = pl.Series(signs).gather(place)
        emoji = (
            pl.when((pl.col("tone") == mood) & (pl.col("emoji") < 0.14))
            .then(pl.lit(" ") + pl.lit(sign))
            .otherwise(emoji)
        )
    shouted = pl.when(shouts).then(column.str.to_uppercase()).otherwise(column)
    return text.with_columns((shouted + stop + emoji).alias("text"))


def _fill(text: pl.DataFrame, seeds: np.ndarray, people: pl.DataFrame) -> pl.Series:
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
            pl.col("text").str.replace_all(_PRIVATE[slot], pl.col("value"), literal=True)
        ).to_series()
    return result


def write_messages(table: pl.DataFrame, people: pl.DataFrame) -> pl.Series:
    """A message for each row of `message_key`, language, text_seed; null where there is none.

    `stated_days` overrides the days named in it, `is_unfilled` leaves the place of the name open.
    """
    key = pl.concat_str("language", pl.lit(".messages."), "message_key", pl.lit(".any"))
    seeds = table["text_seed"].to_numpy()
    text = (
        _chosen(table, [key], 9)
        .to_frame("text")
        .with_columns(table["stated_days"].cast(pl.String), table["is_unfilled"].fill_null(False))
    )
    days, first = _PRIVATE["days"], _PRIVATE["first"]
    stated = pl.col("text").str.replace_all(
        days, pl.col("stated_days").fill_null(days), literal=True
    )
    text = text.with_columns(stated.alias("text")).with_columns(
        pl.when("is_unfilled")
        .then(pl.col("text").str.replace_all(first, "{nome}", literal=True))
        .otherwise("text")
        .alias("text")
    )
    filled = _fill(text, seeds, people)
    return (
        filled.to_frame("m")
        .select(pl.when(pl.col("m") != "").then("m").alias("message"))
        .to_series()
    )
