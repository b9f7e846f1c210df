"""Which people stand on both sides of a comparison, and how much do their answers go together?

Unit of observation: a person with answers on both sides. Where the same people answer twice the
difference is better known than from two separate samples.

It cannot pair people whose ids changed.
"""

import numpy as np
import polars as pl

from cxresearch.transforms.cells import (
    Reading,
    as_arrays,
    group_sums,
    make_answers,
    sum_by_person,
    without_noise,
)
from cxresearch.transforms.intervals import Array, Moments
from cxresearch.transforms.scales import Table

PSEUDO_PAIRS = 2.0
"""Uncorrelated pairs of people added to the estimate of the correlation of two periods."""

_PAIR_SUMS = ("_tt", "_tw", "_wt", "_ww")


def shared_people(table: Table, against: Table, reading: Reading) -> pl.DataFrame:
    """Sums over the people who answered on both sides of a comparison.

    Returns
    -------
    pl.DataFrame
        by..., n_paired, _tt, _tw, _wt, _ww: sums of products of each person's weighted sum (t) and
        weight (w), the first letter of `table`, the second of `against`. Empty of rows (one row of
        nulls without `by`) where people are unknown.
    """
    by = reading.by
    now, then = (make_answers(side, reading) for side in (table, against))
    if not all("person" in side.collect_schema() for side in (now, then)):
        types = {"n_paired": pl.Int64} | dict.fromkeys(_PAIR_SUMS, pl.Float64)
        schema = {name: now.collect_schema()[name] for name in by} | types
        return pl.DataFrame({} if by else {name: [None] for name in schema}, schema=schema)
    keys = [*by, "person"]
    pairs = (
        sum_by_person(now, by)
        .join(sum_by_person(then, by), on=keys, nulls_equal=True, suffix="2")
        .filter(pl.col("person").is_not_null())
    )
    t, w, t2, w2 = (pl.col(name) for name in ("t", "w", "t2", "w2"))
    sums = {"_tt": t * t2, "_tw": t * w2, "_wt": w * t2, "_ww": w * w2}
    totals = [product.sum().alias(name) for name, product in sums.items()]
    n_paired = pl.len().cast(pl.Int64).alias("n_paired")
    return without_noise(group_sums(pairs, by, [n_paired, *totals]).collect())


def correlation_of(both: pl.DataFrame, now: Moments, then: Moments) -> Array:
    """Correlation of the two means through the people on both sides.

    Sum over these of the products of their deviations, by the sums of squares of all; drawn towards
    0 where few are on both sides, since few say little.
    """
    tt, tw, wt, ww, n_paired = map(np.nan_to_num, as_arrays(both, *_PAIR_SUMS, "n_paired"))
    product = tt - then.mean * tw - now.mean * wt + now.mean * then.mean * ww
    own, other = as_arrays(both, "deviations", "deviations_against")
    with np.errstate(invalid="ignore", divide="ignore"):
        raw = product / np.sqrt(own * other)
    trusted = np.where(np.isfinite(raw), np.clip(raw, -1, 1), 0)
    return np.asarray(trusted * n_paired / (n_paired + PSEUDO_PAIRS), dtype=float)
