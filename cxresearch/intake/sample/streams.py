"""Where does every random number of the sample company come from?

One seed, one chunk of customers and one purpose name a stream of their own. A story that is
switched off therefore leaves the draws of every other purpose as they were, and two companies
that differ in one story can be compared customer by customer.
"""

import zlib
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Streams:
    """Named child streams of a seed. Chunk 0 is the company itself, customers start at 1.

    Examples
    --------
    >>> float(Streams(7)("delays").random()) == float(Streams(7)("delays").random())
    True
    >>> float(Streams(7)("delays").random()) == float(Streams(7)("waits").random())
    False
    """

    seed: int
    chunk: int = 0

    def __call__(self, purpose: str) -> np.random.Generator:
        """The generator of one purpose, from its beginning."""
        key = zlib.crc32(purpose.encode())
        return np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=(self.chunk, key)))

    def uniforms(self, table: pl.DataFrame, purpose: str, *names: str) -> pl.DataFrame:
        """`table` with a uniform column for each of `names`, each from its own stream."""
        return table.with_columns(
            pl.Series(name, self(f"{purpose}.{name}").random(table.height)) for name in names
        )

    def normals(self, table: pl.DataFrame, purpose: str, *names: str) -> pl.DataFrame:
        """`table` with a standard normal column for each of `names`."""
        return table.with_columns(
            pl.Series(name, self(f"{purpose}.{name}").standard_normal(table.height))
            for name in names
        )


def scramble(seeds: NDArray[np.uint64], turn: int) -> Floats:
    """Uniform numbers from one stored integer a row (splitmix64), a new one for each `turn`.

    Source: Steele, Lea and Flood (2014), Fast splittable pseudorandom number generators.
    """
    with np.errstate(over="ignore"):
        x = seeds + np.uint64(0x9E3779B97F4A7C15) * np.uint64(turn + 1)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        x = x ^ (x >> np.uint64(31))
    return (x >> np.uint64(11)).astype(np.float64) / float(1 << 53)
