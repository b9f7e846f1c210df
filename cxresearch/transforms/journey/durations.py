"""How long does it take, for half of the cases and for nine in ten?

Unit of observation: a length of time in microseconds, kept as a count a bin. Bins grow with the
length, so that any quantile is at most `RELATIVE_ERROR` off, and counts of different parts of a log
simply add up: the same figure on every machine and for every split.

It cannot give a quantile finer than that, nor a mean.
"""

from collections.abc import Mapping

import numpy as np
import polars as pl

from cxresearch.transforms.journey.walk import DAY_MICROSECONDS

_BITS = 6
"""Each doubling of the length is cut into 2 ** 6 bins of one width."""

RELATIVE_ERROR = 2.0 ** -(_BITS + 1)
"""Half a bin's width over its lower end: 0.8 %."""

N_BINS = 4096
"""More bins than the longest time needs: with it a bin and a cell make one key."""

_SHIFT = 52 - _BITS
_ONE = 1023 << _BITS


def bin_of(microseconds: pl.Series) -> pl.Series:
    """The bin of each length of time: 0 for none, then 64 for every doubling.

    Notes
    -----
    The bin is what a double begins with, its exponent and the first bits of its fraction: exact
    on every machine, and no logarithm (log-linear bins, as Tene's HdrHistogram).

    Examples
    --------
    >>> bin_of(pl.Series([0, 1, 2, 4])).to_list()
    [0, 1, 65, 129]
    """
    bins = microseconds.to_numpy().astype(np.float64).view(np.int64)
    # In place: for millions of rows, asking for memory costs more than counting.
    np.right_shift(bins, _SHIFT, out=bins)
    np.subtract(bins, _ONE - 1, out=bins)
    np.maximum(bins, 0, out=bins)
    return pl.Series("bin", bins.astype(np.uint32), dtype=pl.UInt32)


def days_of(bins: pl.Series) -> pl.Series:
    """The length in days that stands for each bin: its middle.

    Examples
    --------
    >>> days_of(pl.Series([0, 1], dtype=pl.UInt32)).to_list()[0]
    0.0
    """
    first = bins.to_numpy().astype(np.int64) + (_ONE - 1)
    low, high = ((first + step << _SHIFT).view(np.float64) for step in (0, 1))
    return pl.Series(np.where(bins.to_numpy() > 0, (low + high) / 2, 0.0) / DAY_MICROSECONDS)


def quantiles_of(counts: pl.DataFrame, *, by: str, quantiles: Mapping[str, float]) -> pl.DataFrame:
    """Quantiles in days, interpolated between neighbours as a median of two usually is.

    Parameters
    ----------
    counts
        by, bin, n; a bin may have several rows.
    by
        Column of whole numbers that tells the cells apart.
    quantiles
        Name of the column to quantile.

    Returns
    -------
    pl.DataFrame
        by and a column a quantile, in the order of by.

    Examples
    --------
    >>> counts = pl.DataFrame({"cell": [7, 7], "bin": [0, 1], "n": [3, 1]})
    >>> quantiles_of(counts, by="cell", quantiles={"median": 0.5}).rows()
    [(7, 0.0)]
    """
    key = pl.col(by).cast(pl.UInt64) * N_BINS + pl.col("bin").cast(pl.UInt64)
    ordered = counts.select(key.alias("key"), "n").sort("key")
    cells = ordered.select((pl.col("key") // N_BINS).alias(by), "n")
    groups = cells.group_by(by, maintain_order=True).agg(pl.col("n").sum())
    sizes, up_to = groups["n"].to_numpy(), ordered["n"].cum_sum().to_numpy()
    before = np.cumsum(sizes) - sizes
    days = days_of(ordered["key"] % N_BINS).to_numpy()
    figures = {}
    for name, share in quantiles.items():
        rank = (sizes - 1) * share
        low, high = (
            days[np.searchsorted(up_to, before + side, side="right")]
            for side in (np.floor(rank), np.ceil(rank))
        )
        figures[name] = low + (high - low) * (rank - np.floor(rank))
    return groups.select(by).with_columns(
        pl.Series(name, values, dtype=pl.Float64) for name, values in figures.items()
    )
