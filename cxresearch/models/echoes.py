"""Which words say the same thing because they stand in the same comments?

Unit of observation: a word, or two words side by side, that became more or less frequent. One turn
of phrase moves all its words at once: of words that share most of their comments one is kept.

It cannot tell a phrase that people repeat from one that a form suggested to them.
"""

import polars as pl

from cxresearch.errors import require_columns

OVERLAP = 0.5
"""Share of the comments of two words, together, that hold both: from here one echoes the other."""


def drop_echoes(emerging: pl.DataFrame, mentions: pl.DataFrame) -> pl.DataFrame:
    """The words without those that stand in the same comments as one that says more.

    Parameters
    ----------
    emerging
        word, language, name, n, q_value, as `emerging.find_emerging` gives them.
    mentions
        response_id, language, word, as `emerging.list_words` gives them, of the same comments.

    Returns
    -------
    pl.DataFrame
        The rows kept, in their order, with `theme` (language and word: an id). Two words side by
        side say more than one, then what more comments hold.

    Examples
    --------
    >>> rows = [("a", "it", "app"), ("a", "it", "app nuova"), ("b", "it", "coda")]
    >>> mentions = pl.DataFrame(rows, schema=["response_id", "language", "word"], orient="row")
    >>> found = mentions.select("language", "word", name="word", n=1, q_value=0.01)
    >>> drop_echoes(found, mentions)["word"].to_list()
    ['app nuova', 'coda']
    """
    require_columns(emerging, "word", "language", "name", "n", "q_value")
    key = ["language", "word"]
    by_weight = [
        ~pl.col("name").str.contains(" "),
        -pl.col("n").fill_null(0).cast(pl.Int64),
        "q_value",
        "word",
    ]
    places = emerging.select(*key, pl.struct(by_weight).rank("ordinal").alias("place"))
    told = mentions.select("response_id", *key).unique().join(places, on=key)
    counts = told.group_by("place").len("n_own")
    pairs = (
        told.join(told, on=["response_id", "language"], suffix="_of")
        .filter(pl.col("place_of") < pl.col("place"))
        .group_by("place", "place_of")
        .len("both")
        .join(counts, on="place")
        .join(counts.rename({"place": "place_of", "n_own": "n_of"}), on="place_of")
        .filter(pl.col("both") >= OVERLAP * (pl.col("n_own") + pl.col("n_of") - pl.col("both")))
    )
    kept = places.join(pairs, on="place", how="anti").select(key)
    own = emerging.join(kept, on=key, how="semi", maintain_order="left")
    return own.with_columns(pl.concat_str(*key, separator="-").alias("theme"))
