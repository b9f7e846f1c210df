"""Where do the rows of an analysis come from? Prepared Parquet, in parts of whole customers.

Tables are written once, zstd-compressed, byte-identical for the same rows. The log of
interactions is sorted by customer, instant and id, so that a transform may look at the row before
without sorting again.
"""

from collections.abc import Iterator
from pathlib import Path

import polars as pl

LOG_ORDER = ("customer_id", "at", "interaction_id")


def write_table(table: pl.DataFrame, path: Path) -> None:
    """Write a table as Parquet; zstd's fastest level is as small here as its default."""
    table.write_parquet(path, compression="zstd", compression_level=1)


def scan_table(path: Path) -> pl.LazyFrame:
    """Open a Parquet table without reading it."""
    return pl.scan_parquet(path, glob=False)


def sort_log(interactions: pl.DataFrame) -> pl.DataFrame:
    """Sort interactions by customer, instant and id; those of nobody known come last."""
    return interactions.sort(LOG_ORDER, nulls_last=True)


def split_by_customer(log: pl.LazyFrame, n_parts: int) -> Iterator[pl.LazyFrame]:
    """Parts of `log` that hold whole customers, each in the log's order.

    Rows without a customer are spread by interaction_id.

    Parameters
    ----------
    log
        Has customer_id and interaction_id.
    n_parts
        How many parts; 1 hands back the log as it is.

    Examples
    --------
    >>> log = pl.LazyFrame({"customer_id": ["a", "a", "b"], "interaction_id": ["1", "2", "3"]})
    >>> sum(part.collect().height for part in split_by_customer(log, 2))
    3
    """
    if n_parts <= 1:
        yield log
        return
    who = pl.coalesce("customer_id", "interaction_id").hash(seed=0) % n_parts
    for part in range(n_parts):
        yield log.filter(who == part)
