"""How long does it take, for half of the cases and for nine in ten?

Unit of observation: a length of time in microseconds, kept as a count a bin. Bins grow by a
constant factor, so that any quantile is at most `RELATIVE_ERROR` off, and counts of different
parts of a log simply add up: the same figure on every machine and for every split.

It cannot give a quantile finer than that, nor a mean.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from cxresearch.transforms.journey.walk import DAY_MICROSECONDS

RELATIVE_ERROR = 0.01
N_BINS = 4096
"""More bins than the longest time needs: with it a bin and a cell make one key."""

_GROWTH = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR)


def bin_of(microseconds: pl.Expr) -> pl.Expr:
    """The bin of a length of time: 0 for none, then one for every 2 % more.

    Notes
    -----
    Bin i > 0 holds lengths above growth^(i-2) and up to growth^(i-1) (DDSketch: Masson, Rim & Lee
    2019, VLDB 12:2195).
    """
    bins = (microseconds.cast(pl.Float64).log() / math.log(_GROWTH)).ceil() + 1
    return pl.when(microseconds > 0).then(bins).otherwise(0).cast(pl.UInt32)


def days_of(bins: pl.Expr) -> pl.Expr:
    """The length in days that stands for a bin."""
    middle = (bins.cast(pl.Float64) - 1) * math.log(_GROWTH)
    days = middle.exp() * (2 / (_GROWTH + 1) / DAY_MICROSECONDS)
    return pl.when(bins > 0).then(days).otherwise(0.0)


def quantiles_of(
    counts: pl.DataFrame, *, by: Sequence[str], quantiles: Mapping[str, float]
) -> pl.DataFrame:
    """Quantiles in days, interpolated between neighbours as a median of two usually is.

    Parameters
    ----------
    counts
        by..., bin, n.
    quantiles
        Name of the column to quantile.

    Returns
    -------
    pl.DataFrame
        by... and a column a quantile.

    Examples
    --------
    >>> counts = pl.DataFrame({"a": ["x", "x"], "bin": [0, 1], "n": [3, 1]})
    >>> quantiles_of(counts, by=["a"], quantiles={"median": 0.5}).rows()
    [('x', 0.0)]
    """
    keys = list(by)
    ordered = counts.sort(*keys, "bin", nulls_last=True)
    groups = ordered.group_by(keys, maintain_order=True).agg(n=pl.col("n").sum())
    sizes, up_to = groups["n"].to_numpy(), ordered["n"].cum_sum().to_numpy()
    begins = np.cumsum(sizes) - sizes
    days = ordered.select(days_of(pl.col("bin"))).to_series().to_numpy()
    figures = {}
    for name, share in quantiles.items():
        rank = (sizes - 1) * share
        low, high = (
            days[np.searchsorted(up_to, begins + side, side="right")]
            for side in (np.floor(rank), np.ceil(rank))
        )
        figures[name] = low + (high - low) * (rank - np.floor(rank))
    return groups.select(keys).with_columns(
        pl.Series(name, values, dtype=pl.Float64) for name, values in figures.items()
    )
