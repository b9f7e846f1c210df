"""Which halves of the public comment sets may be looked at, and which are only reported?

A lexicon written while looking at a set fits that set. Every text therefore falls, by a digest of
its own characters, into the half `look`, which may be read while building, or the half `report`,
on which figures are printed. The sets are licensed for research and stay outside this project.
"""

import hashlib
from pathlib import Path

import polars as pl

ROOT = Path(__file__).resolve().parents[2] / "shared" / "data"
SETS = {
    "it_multiemotions": "text/it_multiemotions/it_multiemotions.parquet",
    "it_amazon_scraped": "text/it_amazon_scraped/it_amazon_scraped.parquet",
    "en_airline_tweets": "text/en_airline_tweets/en_airline_tweets.parquet",
}


def read_set(name: str, *, half: str) -> pl.DataFrame:
    """One half of a set: text, label {pos, neg, neu, mixed, unrelated} and the set's own columns.

    Raises
    ------
    FileNotFoundError
        The sets are not beside this project.
    """
    table = pl.read_parquet(ROOT / SETS[name]).filter(pl.col("text").is_not_null())
    digests = [hashlib.sha256(text.encode()).digest()[0] % 2 for text in table["text"]]
    return table.filter(pl.Series(digests) == ("look", "report").index(half))
