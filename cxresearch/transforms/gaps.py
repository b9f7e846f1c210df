"""Which broken promise should be mended first?

Unit of observation: a promise. Priority = reach x importance x shortfall: how many meet the place,
what a bad experience there goes with, how far we fall short. It is an index that orders and counts
nothing: reach is per customer, importance per customer and month met and perhaps of another measure
at that touchpoint than the shortfall. Where no importance is known at all, reach x shortfall ranks,
without contacts the shortfall alone; `basis` says which. One ranking has one basis.

It cannot say what mending a promise would bring: importance is adjusted, not randomised. Nor how
many customers leave because of it.
"""

from functools import reduce
from operator import mul

import numpy as np
import polars as pl

from cxresearch.errors import require_columns
from cxresearch.transforms.cells import as_arrays
from cxresearch.transforms.intervals import Array, normal_quantile

GAP_COLUMNS = (
    *("reach", "importance", "importance_low", "importance_high", "basis", "shortfall"),
    *("priority", "priority_low", "priority_high", "rank", "tier"),
)
"""Columns that follow those of the promises."""

DRAWS = 4000
"""Draws behind the interval of a priority."""

_SPAN = {"csat": 4.0, "ces": 6.0}
_QUANTILES = {"median": 0.5, "p90": 0.9}
_WITHIN = ("within", "within_low", "within_high")
_OUTCOMES = ("leaving", "loyalty")  # the one that matters most first
_ORDER = {"broken": 0, "open": 1, "kept": 2}


def rank_gaps(
    promises: pl.DataFrame,
    reach: pl.DataFrame | None,
    importance: pl.DataFrame | None,
    *,
    random_state: int = 0,
) -> pl.DataFrame:
    """The promises, the broken ones ranked by what is at stake.

    Parameters
    ----------
    promises
        As `promise.measure_promises` returns it.
    reach
        touchpoint, reach (0-1, share of customers who met it), ci_low, ci_high. None or empty where
        no contacts are known: it then plays no part.
    importance
        touchpoint, outcome, importance, importance_low, importance_high: the adjusted change for
        the worse that goes with a bad instead of a good experience. Only one outcome is used,
        leaving before loyalty. None or empty where no importance is known.
    random_state
        Seed of the draws.

    Returns
    -------
    pl.DataFrame
        The columns of `promises`, reach, importance, importance_low, importance_high, basis
        (`leaving` or `loyalty`: reach x importance of that outcome x shortfall rank; `reach`:
        reach x shortfall; `shortfall`: the shortfall alone), shortfall (0-1), priority,
        priority_low, priority_high, rank (1 = first; null but for broken promises whose priority is
        known), tier (1 = may be the first: its interval reaches that of the first). The ranked
        first, then broken promises without a priority, open and kept ones, the widest gap first.

    Raises
    ------
    DataError
        A column is missing.

    Notes
    -----
    The shortfall is a share in every unit: a share as it is; points of NPS by 200 and grades by
    the length of the scale. Of a median or 90th percentile it is the share of cases that should
    have been as promised (half, nine in ten) less the share that was (`within`), so that it counts
    the same experiences as the importance; without `within`, and of a mean, the minutes beyond
    those promised by these, at most 1. Shortfall and importance are cut at 0. The interval
    comes from `DRAWS` draws of the three, independent and normal on each side of the estimate, cut
    alike; ties in `tier` are ranks that chance may have ordered.

    Examples
    --------
    >>> broken = pl.DataFrame({
    ...     "touchpoint": ["desk", "app"], "measure": ["csat"] * 2, "unit": ["share"] * 2,
    ...     "target": [0.8, 0.8], "gap": [-0.2, -0.3], "gap_low": [-0.22, -0.32],
    ...     "gap_high": [-0.18, -0.28], "verdict": ["broken"] * 2})
    >>> met = pl.DataFrame({"touchpoint": ["desk", "app"], "reach": [0.5, 0.1],
    ...                     "ci_low": [0.49, 0.09], "ci_high": [0.51, 0.11]})
    >>> rank_gaps(broken, met, None).select("touchpoint", "priority", "rank", "tier").rows()
    [('desk', 0.1, 1, 1), ('app', 0.03, 2, 2)]
    """
    require_columns(promises, "touchpoint", "measure", "unit", "target", "verdict")
    require_columns(promises, "gap", "gap_low", "gap_high")
    table = _with_importance(_with_reach(_with_within(promises), reach), importance)
    factors = [pl.col("shortfall"), *(pl.col(name).clip(0) for name in _factors(table))]
    table = table.with_columns(
        _shortfall("gap", "within").alias("shortfall"),
        _shortfall("gap_high", "within_high").alias("shortfall_low"),
        _shortfall("gap_low", "within_low").alias("shortfall_high"),
    ).with_columns(reduce(mul, factors).alias("priority"))
    low, high = _interval(table, random_state=random_state)
    known = pl.col("priority").is_not_null()
    table = table.with_columns(
        pl.when(known).then(pl.Series("priority_low", low).fill_nan(None)),
        pl.when(known).then(pl.Series("priority_high", high).fill_nan(None)),
    ).with_columns(
        # Draws never leave the figure itself outside.
        pl.min_horizontal("priority", "priority_low").alias("priority_low"),
        pl.max_horizontal("priority", "priority_high").alias("priority_high"),
    )
    return _in_order(table).select(*promises.columns, *GAP_COLUMNS)


def _with_reach(promises: pl.DataFrame, reach: pl.DataFrame | None) -> pl.DataFrame:
    """reach and its interval; `basis` until importance is known."""
    if reach is None:
        return _joined(promises, None, "reach", basis="shortfall")
    require_columns(reach, "touchpoint", "reach", "ci_low", "ci_high")
    own = reach.rename({"ci_low": "reach_low", "ci_high": "reach_high"})
    return _joined(promises, own, "reach", basis="reach", otherwise="shortfall")


def _with_importance(promises: pl.DataFrame, importance: pl.DataFrame | None) -> pl.DataFrame:
    """importance and its interval for the one outcome used, which becomes the basis."""
    own, outcome = None, ""
    if importance is not None:
        require_columns(importance, "touchpoint", "outcome", "importance")
        known = importance.filter(pl.col("importance").is_not_null())
        met = set(known["outcome"].cast(pl.String))
        outcome = next((outcome for outcome in _OUTCOMES if outcome in met), "")
        own = known.filter(pl.col("outcome").cast(pl.String) == outcome)
    return _joined(promises, own, "importance", basis=outcome)


def _joined(
    promises: pl.DataFrame,
    known: pl.DataFrame | None,
    name: str,
    *,
    basis: str,
    otherwise: str | None = None,
) -> pl.DataFrame:
    """A factor and its interval beside each promise; `basis` where it is known of enough."""
    figures = (name, f"{name}_low", f"{name}_high")
    if known is None:
        known = pl.DataFrame(schema={"touchpoint": pl.String, **dict.fromkeys(figures, pl.Float64)})
    require_columns(known, "touchpoint", *figures)
    own = known.select(pl.col("touchpoint").cast(pl.String), *figures)
    joined = promises.join(own, on="touchpoint", how="left", maintain_order="left")
    before = pl.col("basis") if "basis" in promises.columns else pl.lit(otherwise or basis)
    used = pl.lit(basis) if _is_known(joined, name) else before
    return joined.with_columns(used.alias("basis"))


def _with_within(promises: pl.DataFrame) -> pl.DataFrame:
    """The promises with the columns of `within`, null where they were not given."""
    absent = [name for name in (*_WITHIN, "statistic", "is_at_most") if name not in promises]
    return promises.with_columns(pl.lit(None).alias(name) for name in absent)


def _shortfall(gap: str, within: str) -> pl.Expr:
    """How far short as a share, 0 where the promise is met; null where the gap is unknown."""
    share = (
        pl.col("statistic")
        .cast(pl.String)
        .replace_strict(_QUANTILES, default=None, return_dtype=pl.Float64)
    )
    due = pl.when(pl.col("is_at_most").cast(pl.Boolean)).then(share).otherwise(1 - share)
    short = (-pl.col(gap)).clip(0)
    promised = pl.col("target")
    relative = pl.when(promised > 0).then(short / promised).otherwise(short.sign()).clip(0, 1)
    span = pl.col("measure").replace_strict(_SPAN, default=1.0, return_dtype=pl.Float64)
    return (
        pl.when(pl.col("unit") == "minutes")
        .then(pl.coalesce((due - pl.col(within).cast(pl.Float64)).clip(0), relative))
        .when(pl.col("unit") == "points")
        .then(short / 200)
        .when(pl.col("unit") == "scale")
        .then(short / span)
        .otherwise(short)
    )


def _factors(table: pl.DataFrame) -> list[str]:
    """What the shortfall is multiplied with."""
    return [name for name in ("reach", "importance") if _is_known(table, name)]


def _is_known(table: pl.DataFrame, name: str) -> bool:
    """Whether a factor is known of half the broken promises or more.

    Where it is not, ranking the few of which it is would put them before all others.
    """
    broken = table.filter(pl.col("verdict") == "broken")
    known = (broken if broken.height else table)[name].is_not_null()
    return bool(known.any()) and bool(2 * known.sum() >= known.len())


def _interval(table: pl.DataFrame, *, random_state: int) -> tuple[Array, Array]:
    """2.5 and 97.5 % of the products, on the same draws in every row: order does not matter."""
    if table.is_empty():
        return np.empty(0), np.empty(0)
    names = ["shortfall", *_factors(table)]
    draws = np.random.default_rng(random_state).standard_normal((3, DRAWS))
    product = np.ones((table.height, DRAWS))
    for name, z in zip(names, draws, strict=False):
        product = product * _drawn(table, z, name, f"{name}_low", f"{name}_high")
    low, high = np.quantile(product, [0.025, 0.975], axis=1)
    return low, high


def _drawn(table: pl.DataFrame, z: Array, *names: str) -> Array:
    """Normal draws with the spread of the lower limit below the estimate, of the upper above."""
    estimate, low, high = (each[:, None] for each in as_arrays(table, *names))
    z95 = normal_quantile(0.95)
    # A limit that is not known is as far away as the other one.
    below = np.where(np.isnan(low), high - estimate, estimate - low) / z95
    above = np.where(np.isnan(high), estimate - low, high - estimate) / z95
    return np.maximum(estimate + z * np.where(z < 0, below, above), 0)


def _in_order(table: pl.DataFrame) -> pl.DataFrame:
    """Ranks and tiers of the broken promises; the others after them, the widest gap first."""
    numbered = table.with_row_index("_row")
    ranked = numbered.filter(pl.col("verdict") == "broken", pl.col("priority").is_not_null()).sort(
        "priority", "touchpoint", descending=[True, False]
    )
    tiers = tiers_of(*as_arrays(ranked, "priority_low", "priority_high"))
    placed = ranked.select(
        "_row",
        pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("rank"),
        pl.Series("tier", tiers, dtype=pl.Int64),
    )
    order = pl.col("verdict").replace_strict(_ORDER, default=len(_ORDER), return_dtype=pl.Int64)
    return numbered.join(placed, on="_row", how="left", maintain_order="left").sort(
        "rank", order, "shortfall", "gap", "touchpoint",
        descending=[False, False, True, False, False],
        nulls_last=True,
    )  # fmt: skip


def tiers_of(low: Array, high: Array) -> list[int]:
    """The tier of each, highest first: a new one where an interval ends below the tier's first."""
    tiers: list[int] = []
    floor = -np.inf
    for lowest, highest in zip(low, high, strict=True):
        if not tiers or highest < floor:
            tiers.append(tiers[-1] + 1 if tiers else 1)
            floor = lowest
        else:
            tiers.append(tiers[-1])
    return tiers
