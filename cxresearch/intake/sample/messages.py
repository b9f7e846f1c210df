"""Which words stand in a message, sent or received?"""

import polars as pl

from .phrasing import SIGNS, choose_phrases, fill_slots


def write_messages(table: pl.DataFrame, people: pl.DataFrame) -> pl.Series:
    """A message for each row of `message_key`, language, text_seed; null where there is none.

    `stated_days` overrides the days named in it, `is_unfilled` leaves the place of the name open.
    """
    key = pl.concat_str("language", pl.lit(".messages."), "message_key", pl.lit(".any"))
    seeds = table["text_seed"].to_numpy()
    text = (
        choose_phrases(table, [key], 9)
        .to_frame("text")
        .with_columns(table["stated_days"].cast(pl.String), table["is_unfilled"].fill_null(False))
    )
    days, first = SIGNS["days"], SIGNS["first"]
    stated = pl.col("text").str.replace_all(
        days, pl.col("stated_days").fill_null(days), literal=True
    )
    text = text.with_columns(text=stated).with_columns(
        text=pl.when("is_unfilled")
        .then(pl.col("text").str.replace_all(first, "{nome}", literal=True))
        .otherwise("text")
    )
    filled = fill_slots(text, seeds, people)
    return (
        filled.to_frame("m")
        .select(pl.when(pl.col("m") != "").then("m").alias("message"))
        .to_series()
    )
