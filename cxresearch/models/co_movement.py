"""What moves together with the outcome?

Unit of observation: a case (an answer, a customer's month) that belongs to a person. R2 of a linear
regression of the outcome on all drivers is shared among them (LMG), with an interval that takes
each person's cases together; Johnson's relative weights stand beside as a check. Base: the complete
cases. Of an outcome of yes and no it is the R2 of a linear probability.

It is co-movement and no more: a driver of no effect gets its share where it goes with others, or
with a mood that colours every answer. It never ranks actions: what matters is asked in
`models.drivers`, what would be gained in `models.what_if`.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Literal

import numpy as np
import polars as pl
import polars.selectors as cs
from threadpoolctl import threadpool_limits

from cxresearch.errors import ParameterError, require_names
from cxresearch.language import mark
from cxresearch.models.case_values import CaseValues, read_cases
from cxresearch.models.shapley_r2 import (
    MOST_EXACT,
    draw_orders,
    error_forms,
    exact_shares,
    relative_weights,
    sampled_shares,
)
from cxresearch.transforms.intervals import Array, normal_quantile, student_quantile
from cxresearch.transforms.scales import Table

CO_MOVEMENT: dict[str, Any] = {
    "driver": pl.String,
    **dict.fromkeys(("estimate", "ci_low", "ci_high", "share", "r2"), pl.Float64),
    **dict.fromkeys(("n", "n_people", "n_missing"), pl.Int64),
    "relative_weight": pl.Float64,
    "n_permutations": pl.Int64,
    "method": pl.String,
    "is_reliable": pl.Boolean,
    "why_not": pl.String,
}
PEOPLE_A_DRIVER = 10
"""With fewer people for every driver a share is called unreliable: R2 itself is too high then."""

FEW_CASES = mark("too few complete cases for so many drivers")
NO_CHANGE = mark("the outcome is the same for all")
_FOR_ERRORS = 250  # orders that the interval rests on
_PIECE = 2_048  # cases at a time

Method = Literal["auto", "exact", "sampled"]


def measure_co_movement(
    table: Table,
    *,
    outcome: str,
    drivers: Sequence[str],
    person: str | None = None,
    weight: str | None = None,
    method: Method = "auto",
    n_permutations: int = 64_000,
    allow_protected: Iterable[str] = (),
    random_state: int = 0,
    confidence: float = 0.95,
) -> pl.DataFrame:
    """Share R2 among the drivers.

    Parameters
    ----------
    table
        A row a case; outcome and drivers are numbers or true/false.
    person
        Whose case it is; without it each case counts as a person.
    weight
        How much a case counts.
    method
        `exact` over all subsets (20 drivers at most), `sampled` over orders drawn by lot; `auto`
        is exact wherever it can be.
    n_permutations
        Orders to draw at least.
    allow_protected
        Drivers kept although their names suggest a protected characteristic.

    Returns
    -------
    pl.DataFrame
        A row a driver, the largest first: driver, estimate (its part of R2, 0-1; they add up to
        r2), ci_low, ci_high, share (of r2), r2, n (complete cases), n_people, n_missing (cases
        without a value of it), relative_weight (Johnson), n_permutations (0 where exact), method,
        is_reliable (ten people a driver or more), why_not (null, or why it has no figures).

    Raises
    ------
    DataError
        A column is missing or holds text.
    ParameterError
        No driver, a driver twice, or too many for the exact shares.

    Notes
    -----
    The interval is from the influence of each case on the share (the delta method), summed by
    person (Liang & Zeger 1986); shares are below 0 nowhere and neither is an interval.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x = rng.standard_normal((4000, 2))
    >>> cases = pl.DataFrame({"wait": x[:, 0], "price": x[:, 1],
    ...                       "score": x[:, 0] + rng.standard_normal(4000)})
    >>> found = measure_co_movement(cases, outcome="score", drivers=["price", "wait"])
    >>> found.select("driver", pl.col("estimate").round(1)).rows()
    [('wait', 0.5), ('price', 0.0)]
    """
    require_names(drivers, "drivers", least=1)
    if n_permutations < 1:
        raise ParameterError(f"n_permutations={n_permutations}", allowed="1 or more")
    if method not in ("auto", "exact", "sampled"):
        raise ParameterError(f"method={method!r}", allowed="'auto', 'exact' or 'sampled'")
    cases = read_cases(
        table, outcome=outcome, columns=drivers, person=person, weight=weight,
        allow_protected=allow_protected,
    )  # fmt: skip
    p = len(cases.columns)
    if method == "auto":
        method = "exact" if p <= MOST_EXACT else "sampled"
    reason = _missing(cases)
    found: dict[str, Any] = {"driver": []}
    if not reason and p:
        n_orders = 0 if method == "exact" else n_permutations
        with threadpool_limits(1):  # the matrices are small: threads would wait for each other
            found = _share(cases, n_orders, random_state=random_state, confidence=confidence)
    return _in_order(found, cases, drivers, method=method, reason=reason)


def _share(
    cases: CaseValues, n_orders: int, *, random_state: int, confidence: float
) -> dict[str, Any]:
    """The figures of each driver; exact without orders to draw."""
    matrix, scaled = _correlate(cases)
    if n_orders:
        orders = draw_orders(len(cases.columns), n=n_orders, random_state=random_state)
        estimate, n_orders = sampled_shares(matrix, orders), len(orders)
    else:
        estimate = exact_shares(matrix)
    error = _standard_error(cases, scaled, matrix, random_state=random_state)
    df = np.array(cases.n_people - 1.0)
    half = error * student_quantile(df=df, z=normal_quantile(confidence))
    r2 = estimate.sum()
    return {
        "driver": cases.columns,
        "estimate": estimate,
        "ci_low": np.clip(estimate - half, 0, 1),
        "ci_high": np.clip(estimate + half, 0, 1),
        "share": estimate / r2 if r2 > 0 else np.full(estimate.size, np.nan),
        "r2": r2,
        "relative_weight": relative_weights(matrix),
        "n_permutations": n_orders,
    }


def _in_order(
    found: dict[str, Any], cases: CaseValues, drivers: Sequence[str], *, method: str, reason: str
) -> pl.DataFrame:
    """A row a driver asked for, those without figures last."""
    asked = pl.DataFrame(
        {
            "driver": drivers,
            "why_not": [cases.why_not.get(name, reason) or None for name in drivers],
            "n_missing": [cases.n_missing[name] for name in drivers],
        },
        schema_overrides={"why_not": pl.String},
    )
    figures = pl.DataFrame(found, schema_overrides={"driver": pl.String})
    enough = cases.n_people >= PEOPLE_A_DRIVER * len(cases.columns)
    rows = asked.join(figures, on="driver", how="left").with_columns(
        pl.lit(cases.outcome.size).alias("n"),
        pl.lit(cases.n_people).alias("n_people"),
        pl.lit(method).alias("method"),
        (pl.col("why_not").is_null() & enough).alias("is_reliable"),
        *(pl.lit(None).alias(name) for name in CO_MOVEMENT.keys() - figures.columns
          - {"why_not", "n_missing", "n", "n_people", "method", "is_reliable"}),
    )  # fmt: skip
    return (
        rows.select(pl.col(name).cast(dtype) for name, dtype in CO_MOVEMENT.items())
        .with_columns(cs.float().fill_nan(None))
        .sort("estimate", descending=True, nulls_last=True, maintain_order=True)
    )


def _missing(cases: CaseValues) -> str:
    """Why nothing can be shared; empty where it can."""
    if cases.outcome.size <= len(cases.columns) + 1 or cases.n_people < 2:
        return FEW_CASES
    return NO_CHANGE if np.ptp(cases.outcome) == 0 else ""


def _correlate(cases: CaseValues) -> tuple[Array, Array]:
    """Correlations of drivers and outcome (last), and the standardised values."""
    values = np.column_stack([cases.values, cases.outcome])
    weights = cases.weights / cases.weights.sum()
    values -= weights @ values
    is_even = np.ptp(weights) == 0
    weighted = values * weights[0] if is_even else values * weights[:, None]
    moments = values.T @ weighted
    spread = np.sqrt(np.diag(moments))
    return moments / spread / spread[:, None], values / spread


def _standard_error(cases: CaseValues, scaled: Array, matrix: Array, *, random_state: int) -> Array:
    """Standard error of each share, each person's cases taken together."""
    p = len(matrix) - 1
    forms = error_forms(matrix, draw_orders(p, n=_FOR_ERRORS, random_state=random_state))
    forms[:, p, p] -= np.einsum("jkl,kl->j", forms, matrix)  # the share itself
    row, column = np.triu_indices(p + 1)
    flat = (forms * (2 - np.eye(p + 1)))[:, row, column].T.astype(np.float32)
    influence = np.empty((len(scaled), p), order="F")
    for first in range(0, len(scaled), _PIECE):
        piece = scaled[first : first + _PIECE].T.astype(np.float32)  # enough for an error
        products = np.concatenate([piece[k] * piece[k:] for k in range(p + 1)])
        influence[first : first + _PIECE] = products.T @ flat
    if np.ptp(cases.weights) > 0:
        influence *= cases.weights[:, None]
    sums = np.array([np.bincount(cases.people, weights=column) for column in influence.T])
    n, people = len(scaled), cases.n_people
    # What p regressions have already fitted is missing from the residuals (as in CR1).
    correction = people / (people - 1) * (n - 1) / max(n - p - 1, 1)
    return np.asarray(np.sqrt((sums**2).sum(axis=1) * correction) / n, dtype=float)
