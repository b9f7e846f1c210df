"""What do people write?

A comment is put together from phrases kept as YAML in `phrases/`: an opening, one or two clauses
about what happened at the touchpoint, an ending, now and then personal data; then typing habits
(no accents, no capitals, texting, shouting, a slip of the finger) and emoji. The tone follows the
score. All choices come from the one integer stored with the row.
"""

import numpy as np
import polars as pl

from .layout import case
from .phrasing import choose_phrases, fill_slots
from .streams import scramble

PERSONAL = 0.04
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
TURNS = {
    name: 40 + turn
    for turn, name in enumerate(
        ("open", "second", "end", "irony", "personal", "emoji", "stop", "lower", "join")
    )
}
"""Which turn of the stored integer decides what."""
EMOJI = {
    "good": ("👍", "😊", "👏", "😍", "🙂", "❤️", "👌", "🚆👍"),
    "bad": ("😡", "👎", "🤬", "😤", "🙄", "😞", "🤦", "😡😡"),
    "mixed": ("😐", "🤷", "🙂", "😕"),
}


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
    staff = pl.when(pl.col("topic") == "staff").then("topic").otherwise(pl.lit("general"))
    table = table.with_columns(tone=tone(), place=pl.coalesce("touchpoint", staff))
    seeds = table["text_seed"].to_numpy()
    draws = {name: scramble(seeds, turn) for name, turn in TURNS.items()}
    drawn = pl.DataFrame({**draws, **_parts(table)}).hstack(
        table.select("tone", "language", "place")
    )
    text = drawn.with_columns(text=_composed()).select(
        "text", "language", "tone", "emoji", "stop", "lower"
    )
    return fill_slots(_typed(text, seeds), seeds, people).alias("comment")


def _composed() -> pl.Expr:
    """Opening, clauses, ending and personal data as one text."""
    but = case(
        (pl.col("language") == "en", pl.lit(", but ")),
        (pl.col("join") < 0.5, pl.lit(", ma ")),
        otherwise=pl.lit(", però "),
    )
    has_other = (pl.col("second") < 0.35) & (pl.col("other") != pl.col("clause"))
    other = (
        pl.when(has_other & (pl.col("join") < 0.5))
        .then(", " + pl.col("other"))
        .when(has_other)
        .then(". " + _capital("other"))
        .otherwise(pl.lit(""))
    )
    plain = (
        pl.when((pl.col("open") < 0.3) & pl.col("opening").str.ends_with("."))
        .then(pl.col("opening") + " " + _capital("clause"))
        .when(pl.col("open") < 0.3)
        .then(pl.col("opening") + " " + pl.col("clause"))
        .otherwise("clause")
    )
    body = (
        pl.when((pl.col("tone") == "bad") & (pl.col("irony") < 0.12))
        .then("irony_text")
        .when(pl.col("tone") == "mixed")
        .then(pl.col("praise") + but + pl.col("blame"))
        .otherwise(plain + other)
    )
    ending = pl.when(pl.col("end") < 0.3).then(". " + pl.col("ending")).otherwise(pl.lit(""))
    # Customers leave their data behind; staff answer without a name.
    tells = (pl.col("personal") < PERSONAL) & (pl.col("place") != "staff")
    private = pl.when(tells).then(". " + _capital("private"))
    return body + ending + private.otherwise(pl.lit(""))


def _capital(name: str) -> pl.Expr:
    column = pl.col(name)
    return column.str.slice(0, 1).str.to_uppercase() + column.str.slice(1)


def _parts(table: pl.DataFrame) -> dict[str, pl.Series]:
    """The phrases from which each comment may be put together."""
    mood, good, bad = pl.col("tone"), pl.lit("good"), pl.lit("bad")
    topic, place, general = pl.col("topic"), pl.col("place"), pl.lit("general")

    def keys(part: str, mood: pl.Expr, *topics: pl.Expr) -> list[pl.Expr]:
        start = pl.col("language") + f".{part}."
        return [start + topic + "." + mood for topic in topics]

    return {
        "opening": choose_phrases(table, keys("openings", mood, general), 1),
        "clause": choose_phrases(table, keys("clauses", mood, topic, place, general), 2),
        "other": choose_phrases(table, keys("clauses", mood, place, general), 3),
        "praise": choose_phrases(table, keys("clauses", good, place, general), 4),
        "blame": choose_phrases(table, keys("clauses", bad, topic, place, general), 5),
        "ending": choose_phrases(table, keys("endings", mood, general), 6),
        "irony_text": choose_phrases(table, keys("irony", bad, topic, place, general), 7),
        "private": choose_phrases(table, keys("personal", pl.lit("any"), general), 8),
    }


def _typed(text: pl.DataFrame, seeds: np.ndarray) -> pl.DataFrame:
    """Capitals, full stops, emoji and slips, as people type."""
    column = pl.col("text")
    text = text.with_columns(
        pl.when(pl.col("lower") < 0.75).then(_capital("text")).otherwise(column)
    )
    turn = 60
    for language, habits in HABITS.items():
        for share, changes in habits:
            turn += 1
            has = pl.Series(scramble(seeds, turn) < share) & (text["language"] == language)
            changed = text["text"].str.replace_many(list(changes), list(changes.values()))
            text = text.with_columns(text=pl.when(has).then(changed).otherwise("text"))
    shouts = (pl.col("tone") == "bad") & (pl.col("lower") > 0.97)
    stop = case(
        (pl.col("stop") < 0.5, pl.lit(".")),
        ((pl.col("stop") < 0.62) & (pl.col("tone") != "mixed"), pl.lit("!!!")),
        otherwise=pl.lit(""),
    )
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
    ended = column.str.strip_chars_end(".")
    shouted = pl.when(shouts).then(ended.str.to_uppercase()).otherwise(ended)
    return text.with_columns(text=shouted + stop + emoji)
