"""Where do the rows of an analysis come from? Prepared Parquet, in parts of whole customers.

Tables are written once, zstd-compressed, byte-identical for the same rows. The log of
interactions is sorted by customer, instant and id, so that a transform may look at the row before
without sorting again.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import polars as pl

from cxresearch.errors import ParameterError

Counts = dict[str, pl.DataFrame]
"""Small tables of whole numbers by name: what a transform counts in a part of the log."""

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

    Rows without a customer are spread by interaction_id; without that column they are in the first
    part.

    Parameters
    ----------
    log
        Has customer_id.
    n_parts
        How many parts; 1 hands back the log as it is.

    Raises
    ------
    ParameterError
        n_parts is below 1.

    Examples
    --------
    >>> log = pl.LazyFrame({"customer_id": ["a", "a", "b"], "interaction_id": ["1", "2", "3"]})
    >>> sum(part.collect().height for part in split_by_customer(log, 2))
    3
    """
    if n_parts < 1:
        raise ParameterError(f"n_parts={n_parts}", allowed="1 part or more")
    if n_parts == 1:
        yield log
        return
    schema, customer = log.collect_schema(), pl.col("customer_id")
    known = customer.hash(seed=0)
    if "interaction_id" in schema:
        nobody = pl.col("interaction_id").hash(seed=0)
    else:
        nobody = pl.lit(0, pl.UInt64)
    who = pl.when(customer.is_null()).then(nobody).otherwise(known) % n_parts
    for part in range(n_parts):
        yield log.filter(who == part)


def run_in_parts(
    log: pl.DataFrame | pl.LazyFrame, partial: Callable[[pl.LazyFrame], Counts], *, n_parts: int = 1
) -> Counts:
    """What `partial` counts in each part of whole customers, one part in memory at a time.

    Parameters
    ----------
    log
        Has customer_id; a scanned file is read a part at a time.
    partial
        From a part to small tables of whole numbers that may be added up, by name.
    n_parts
        How many parts. The result is the same for any number.

    Returns
    -------
    dict of pl.DataFrame
        The tables of all parts, one below the other: `sum_counts` adds them up.

    Examples
    --------
    >>> log = pl.DataFrame({"customer_id": ["a", "a", "b"]})
    >>> def rows(part):
    ...     return {"rows": part.select(n=pl.len()).collect()}
    >>> run_in_parts(log, rows, n_parts=3)["rows"]["n"].sum()
    3
    """
    parts = [partial(part) for part in split_by_customer(log.lazy(), n_parts)]
    return {name: pl.concat([part[name] for part in parts]) for name in parts[0]}


def sum_counts(table: pl.DataFrame, *, by: Sequence[str]) -> pl.DataFrame:
    """Add up the counts of parts: a row a combination of `by`, in its order.

    Examples
    --------
    >>> sum_counts(pl.DataFrame({"a": ["y", "x", "y"], "n": [1, 2, 3]}), by=["a"]).rows()
    [('x', 2), ('y', 4)]
    """
    if not by:
        return table.sum()
    return table.group_by(by).agg(pl.all().sum()).sort(by, nulls_last=True)
