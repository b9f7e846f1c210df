"""Through which touchpoints do the paths run that end in leaving, or in a recommendation?

Unit of observation: a customer's path, from the first contact to the outcome known of that
customer. The paths become a Markov chain from start through touchpoints to one of two ends. A
touchpoint is removed by ending every path that enters it without the outcome; the removal effect is
the share of the chance of the outcome that goes with it. Base: customers whose outcome is known and
who met at least one touchpoint.

It is an association and no more: what most people pass through has a large effect whatever happens
there. What a touchpoint changes is asked in `models.moments`.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from cxresearch.errors import DataError, ParameterError, require_columns
from cxresearch.transforms.intervals import Array
from cxresearch.transforms.scales import Table

REMOVAL = {
    "touchpoint": pl.String,
    "outcome": pl.String,
    "n": pl.Int64,
    "base": pl.Int64,
    "estimate": pl.Float64,
    "ci_low": pl.Float64,
    "ci_high": pl.Float64,
    "is_suppressed": pl.Boolean,
}
_CHUNK = 20_000  # customers whose weights are drawn at a time
_PIECE = 64  # resampled chains solved at a time


@dataclass(frozen=True)
class RemovalModel:
    """Result of `fit_removal`.

    Attributes
    ----------
    effects
        What `tidy` returns.
    quality
        What `glance` returns.
    """

    effects: pl.DataFrame
    quality: pl.DataFrame

    def tidy(self) -> pl.DataFrame:
        """A row a touchpoint, the largest effect first.

        Returns
        -------
        pl.DataFrame
            touchpoint, outcome, n (paths through it), base (paths), estimate (0-1: share of the
            chance of the outcome that is lost without it), ci_low, ci_high, is_suppressed. Null
            where nobody reached the outcome, or too few passed.
        """
        return self.effects

    def glance(self) -> pl.DataFrame:
        """One row: outcome, n (paths), n_reached, estimate (chance of the outcome), n_resamples."""
        return self.quality


def fit_removal(
    log: Table,
    outcomes: Table,
    *,
    outcome: str,
    reached: str = "is_reached",
    until: str = "until",
    customer: str = "customer_id",
    at: str = "at",
    touchpoint: str = "touchpoint",
    hide_below: int = 1,
    n_resamples: int = 400,
    random_state: int = 0,
    confidence: float = 0.95,
) -> RemovalModel:
    """Fit the chain and remove each touchpoint in turn.

    Parameters
    ----------
    log
        A row an event. Events at one instant keep the order of the log.
    outcomes
        A row a customer: `reached` (true or false, null is left out) and, where the column `until`
        exists and is not null, the first instant that no longer belongs to the path.
    outcome
        What is reached, as the table names it.
    hide_below
        Effects of touchpoints that fewer customers passed are hidden.
    n_resamples, random_state
        Customers are drawn with replacement so often, with this seed, for the intervals; 0 for
        none.

    Returns
    -------
    RemovalModel
        With `tidy()` and `glance()`. Customers without an event have no path.

    Raises
    ------
    DataError
        A column is missing, or a customer has two outcomes.
    ParameterError
        A negative number of resamples.

    Notes
    -----
    Anderl, Becker, von Wangenheim & Schumann (2016, IJRM 33), first order, repeats kept. With N the
    fundamental matrix and h the chance of the outcome from each state, paths that ever enter k
    carry N[start, k] / N[k, k] * h[k] of h[start]: one inverse serves all touchpoints, equal to
    redirecting k to the null end in a chain of its own.

    Examples
    --------
    >>> log = pl.DataFrame({"customer_id": ["a", "a", "b", "c"], "at": [1, 2, 1, 1],
    ...                     "touchpoint": ["site", "desk", "site", "desk"]})
    >>> ends = pl.DataFrame({"customer_id": ["a", "b", "c"], "is_reached": [True, False, True]})
    >>> fit_removal(log, ends, outcome="leaving").tidy().select(
    ...     "touchpoint", "n", "base", pl.col("estimate").round(3)).rows()
    [('desk', 2, 3, 1.0), ('site', 2, 3, 0.5)]
    """
    if n_resamples < 0:
        raise ParameterError(f"n_resamples={n_resamples}", allowed="0 or more")
    require_columns(log, customer, at, touchpoint)
    require_columns(outcomes, customer, reached)
    known = _known(outcomes, customer=customer, reached=reached, until=until)
    steps = _steps(log, known, customer=customer, at=at, touchpoint=touchpoint)
    names = sorted(steps["to"].drop_nulls().unique())
    counts = _count(steps, names)
    total = counts.sum(axis=0).reshape(1, len(names) + 1, len(names) + 2)
    estimate = removal_effects(total)[0]
    low, high = _interval(
        counts, names, n_resamples=n_resamples, random_state=random_state, confidence=confidence
    )
    # An effect at its bound may lie beyond the percentiles of those drawn anew.
    low, high = np.minimum(low, estimate), np.maximum(high, estimate)
    effects = pl.DataFrame(
        {"touchpoint": names, "estimate": estimate, "ci_low": low, "ci_high": high},
        schema_overrides={"touchpoint": pl.String},
    ).with_columns(pl.col("estimate", "ci_low", "ci_high").fill_nan(None))
    people = steps["person"].n_unique()
    n_reached = int(steps.filter(pl.col("to").is_null())["is_reached"].sum())
    quality = pl.DataFrame(
        {
            "outcome": [outcome],
            "n": people,
            "n_reached": n_reached,
            "estimate": n_reached / people if people else None,
            "n_resamples": n_resamples,
        },
        schema_overrides={"estimate": pl.Float64},
    )
    effects = _with_paths(effects, steps, outcome=outcome, hide_below=hide_below)
    return RemovalModel(effects, quality)


def _with_paths(
    effects: pl.DataFrame, steps: pl.DataFrame, *, outcome: str, hide_below: int
) -> pl.DataFrame:
    """Effects with the paths they rest on, the largest first, small ones hidden."""
    through = steps.drop_nulls("to").group_by("to").agg(pl.col("person").n_unique().alias("n"))
    hidden = pl.col("n") < hide_below
    return (
        effects.join(through.rename({"to": "touchpoint"}), on="touchpoint", how="left")
        .with_columns(
            pl.when(~hidden).then(pl.col("n", "estimate", "ci_low", "ci_high")),
            hidden.alias("is_suppressed"),
            pl.lit(outcome).alias("outcome"),
            pl.lit(steps["person"].n_unique()).alias("base"),
        )
        .select(pl.col(name).cast(dtype) for name, dtype in REMOVAL.items())
        .sort(pl.col("estimate").fill_null(-1), "touchpoint", descending=[True, False])
    )


def removal_effects(counts: Array) -> Array:
    """Removal effect of each touchpoint from counts of transitions.

    Parameters
    ----------
    counts
        Chains by (touchpoints + 1) by (touchpoints + 2): departures from each touchpoint and, in
        the last row, the start; arrivals at each touchpoint, the outcome and the null end.

    Returns
    -------
    Array
        Chains by touchpoints, NaN where the outcome is never reached.

    Examples
    --------
    >>> one_way = np.array([[[0.0, 3.0, 1.0], [4.0, 0.0, 0.0]]])
    >>> removal_effects(one_way).tolist()
    [[1.0]]
    """
    k = counts.shape[2] - 2
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.nan_to_num(counts / counts.sum(axis=2, keepdims=True))
        inner = np.linalg.inv(np.eye(k) - share[:, :k, :k])
        reach = np.einsum("cij,cj->ci", inner, share[:, :k, k])
        visits = np.einsum("ci,cij->cj", share[:, k, :k], inner)
        total = np.einsum("ci,ci->c", share[:, k, :k], reach) + share[:, k, k]
        entered = visits / np.einsum("cii->ci", inner)
        effects = np.where(total[:, None] > 0, entered * reach / total[:, None], np.nan)
    return np.asarray(np.clip(effects, 0, 1), dtype=float)


def _known(outcomes: Table, *, customer: str, reached: str, until: str) -> pl.DataFrame:
    """Customers with an outcome: customer, is_reached, until."""
    has_until = until in outcomes.collect_schema()
    limit = pl.col(until) if has_until else pl.lit(None)
    known = (
        outcomes.lazy()
        .select(customer, pl.col(reached).alias("is_reached"), limit.alias("until"))
        .drop_nulls([customer, "is_reached"])
        .collect()
    )
    if twice := known.height - known[customer].n_unique():
        raise DataError(
            f"{twice} customers have more than one outcome",
            allowed="a row a customer",
            next_step=f'keep the last: outcomes.unique("{customer}", keep="last")',
        )
    return known


def _steps(
    log: Table, known: pl.DataFrame, *, customer: str, at: str, touchpoint: str
) -> pl.DataFrame:
    """A row a transition: person (0, 1, ...), from (null: start), to (null: an end), is_reached."""
    met = (
        log.lazy()
        .select(customer, at, pl.col(touchpoint).cast(pl.String).alias("to"))
        .drop_nulls([customer, "to"])
        .join(known.lazy(), on=customer)
    )
    if known["until"].dtype != pl.Null:
        met = met.filter(pl.col("until").is_null() | (pl.col(at) < pl.col("until")))
    path = met.sort(customer, at, maintain_order=True).collect()
    person = path[customer].rle_id().cast(pl.Int64)
    path = path.select(person.alias("person"), "to", "is_reached")
    ends = path.group_by("person", maintain_order=True).agg(
        pl.lit(None, dtype=pl.String).alias("to"), pl.col("is_reached").first()
    )
    ordered = pl.concat([path, ends]).sort("person", maintain_order=True)
    start = pl.col("person") != pl.col("person").shift()
    return ordered.with_columns(
        pl.when(~start.fill_null(value=True)).then(pl.col("to").shift()).alias("from")
    )


def _count(steps: pl.DataFrame, names: list[str]) -> Any:
    """Customers by transitions (departures by arrivals, flattened), as a sparse matrix."""
    from scipy.sparse import csr_array

    k = len(names)
    position = {name: i for i, name in enumerate(names)}
    end = pl.when("is_reached").then(pl.lit(k)).otherwise(pl.lit(k + 1))
    start, stop = (
        pl.col(name).replace_strict(position, default=None, return_dtype=pl.Int64)
        for name in ("from", "to")
    )
    cells = steps.group_by(
        "person", (start.fill_null(k) * (k + 2) + stop.fill_null(end)).alias("cell")
    ).len()
    shape = (steps["person"].n_unique(), (k + 1) * (k + 2))
    where = (cells["person"].to_numpy(), cells["cell"].to_numpy())
    return csr_array((cells["len"].to_numpy().astype(float), where), shape=shape)


def _interval(
    counts: Any, names: list[str], *, n_resamples: int, random_state: int, confidence: float
) -> tuple[Array, Array]:
    """Percentiles of the effects over customers drawn anew (Poisson weights, mean 1)."""
    k = len(names)
    if not n_resamples or not k:
        return np.full(k, np.nan), np.full(k, np.nan)
    rng = np.random.default_rng(random_state)
    drawn = np.zeros((n_resamples, counts.shape[1]))
    for first in range(0, counts.shape[0], _CHUNK):
        part = counts[first : first + _CHUNK]
        drawn += (part.T @ rng.poisson(1.0, (part.shape[0], n_resamples)).astype(float)).T
    chains = drawn.reshape(n_resamples, k + 1, k + 2)
    pieces = range(0, n_resamples, _PIECE)
    effects = np.concatenate([removal_effects(chains[i : i + _PIECE]) for i in pieces])
    effects = effects[np.isfinite(effects).all(axis=1)]
    if not effects.size:
        return np.full(k, np.nan), np.full(k, np.nan)
    low, high = np.quantile(effects, [(1 - confidence) / 2, (1 + confidence) / 2], axis=0)
    return low, high
