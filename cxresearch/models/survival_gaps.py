"""Do kinds of customers leave at different rates, or could chance alone have put them apart?

Unit of observation: a pair of groups of one attribute. At each time at which somebody leaves, those
who left in a group are held against what its share of all under watch would have given (log-rank).
Base: customers under watch just before that time.

It cannot see differences that turn round on the way: many leavers early in one group and late in
the other may balance. Groups may differ in much beside their name.
"""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import polars as pl

from cxresearch.models.survival_steps import hidden_groups, read_stays, without_hidden
from cxresearch.transforms.cells import as_names
from cxresearch.transforms.differences import q_values
from cxresearch.transforms.intervals import Array, normal_quantile
from cxresearch.transforms.scales import Table

GAPS = {
    **dict.fromkeys(("attribute", "group", "against"), pl.String),
    **dict.fromkeys(("n", "n_against", "n_left", "n_left_against"), pl.Int64),
    **dict.fromkeys(("estimate", "ci_low", "ci_high", "p_value", "q_value"), pl.Float64),
    "is_difference": pl.Boolean,
    "p_value_all": pl.Float64,
}


def compare_survival(
    table: Table,
    *,
    duration: str,
    event: str,
    by: str | Sequence[str],
    entry: str | None = None,
    confidence: float = 0.95,
    hide_below: int = 1,
) -> pl.DataFrame:
    """Each pair of groups of each attribute, all comparisons corrected together.

    Parameters
    ----------
    table, duration, event, entry
        As `survival.estimate_survival`.
    by
        One or more attributes, each compared by itself. Customers of whom it is not known are left
        out.
    hide_below
        Groups of fewer customers are not compared.

    Returns
    -------
    pl.DataFrame
        attribute, group, against, n, n_against (customers), n_left, n_left_against, estimate (how
        many times as fast the group leaves), ci_low, ci_high, p_value, q_value (over all rows),
        is_difference (q_value of at most 1 - confidence), p_value_all (all groups of the attribute
        at once). Null where nobody left while both were under watch.

    Notes
    -----
    Log-rank (Mantel 1966; Peto & Peto 1972); the ratio is Peto's, exp((O - E) / V), which draws
    large ratios somewhat towards 1. q-values: Benjamini & Hochberg (1995).

    Examples
    --------
    >>> stays = pl.DataFrame({"months": [1, 2, 3, 4], "left": [True] * 4,
    ...                       "plan": ["a", "a", "b", "b"]})
    >>> found = compare_survival(stays, duration="months", event="left", by="plan")
    >>> found.select("group", "against", pl.col("p_value").round(4)).rows()
    [('a', 'b', 0.0896)]
    """
    rows = []
    for attribute in as_names(by):
        stays = read_stays(table, duration=duration, event=event, entry=entry, by=[attribute])
        hidden = hidden_groups(stays, by=[attribute], hide_below=hide_below)
        known = without_hidden(stays, hidden).drop_nulls(attribute)
        rows += _compare(known, attribute, z=normal_quantile(confidence))
    found = pl.DataFrame(rows, schema={name: GAPS[name] for name in GAPS if name in _GIVEN})
    found = found.with_columns(pl.col(pl.Float64).fill_nan(None))
    q = q_values(found["p_value"].fill_null(np.nan).to_numpy())
    return (
        found.with_columns(pl.Series("q_value", q).fill_nan(None))
        .with_columns(
            (pl.col("q_value") <= 1 - confidence).fill_null(value=False).alias("is_difference")
        )
        .select(*GAPS)
    )


_GIVEN = set(GAPS) - {"q_value", "is_difference"}


def _compare(stays: pl.DataFrame, attribute: str, *, z: float) -> list[dict[str, object]]:
    """A row a pair of groups of one attribute."""
    parts = stays.sort(attribute).partition_by(attribute, maintain_order=True)
    times = np.unique(stays.filter("_event")["_duration"].to_numpy())
    counted = [_count(part, times) for part in parts]
    left = np.array([events for events, _ in counted]).reshape(len(parts), times.size)
    there = np.array([n for _, n in counted]).reshape(len(parts), times.size)
    everybody = _p_value(left, there)
    rows: list[dict[str, object]] = []
    for one, two in combinations(range(len(parts)), 2):
        pair = [one, two]
        surplus, variance = _surplus(left[pair], there[pair])
        with np.errstate(divide="ignore", invalid="ignore"):
            log, half = surplus[0] / variance[0, 0], z / np.sqrt(variance[0, 0])
        rows.append(
            {
                "attribute": attribute,
                "group": str(parts[one][attribute][0]),
                "against": str(parts[two][attribute][0]),
                "n": parts[one].height,
                "n_against": parts[two].height,
                "n_left": int(left[one].sum()),
                "n_left_against": int(left[two].sum()),
                "estimate": float(np.exp(log)),
                "ci_low": float(np.exp(log - half)),
                "ci_high": float(np.exp(log + half)),
                "p_value": _p_value(left[pair], there[pair]),
                "p_value_all": everybody,
            }
        )
    return rows


def _count(stays: pl.DataFrame, times: Array) -> tuple[Array, Array]:
    """Who left at each time, and how many were under watch just before."""
    ends, begins = np.sort(stays["_duration"].to_numpy()), np.sort(stays["_entry"].to_numpy())
    gone = np.sort(stays.filter("_event")["_duration"].to_numpy())
    left = np.searchsorted(gone, times, "right") - np.searchsorted(gone, times, "left")
    there = np.searchsorted(begins, times, "left") - np.searchsorted(ends, times, "left")
    return left.astype(float), there.astype(float)


def _surplus(left: Array, there: Array) -> tuple[Array, Array]:
    """Leavers beyond what was expected, a group, and their covariance."""
    total, n = left.sum(axis=0), there.sum(axis=0)
    seen = n > 1
    left, there, total, n = left[:, seen], there[:, seen], total[seen], n[seen]
    share = there / n
    spread = total * (n - total) / (n - 1)
    covariance = np.diag(share @ spread) - (share * spread) @ share.T
    return (left - share * total).sum(axis=1), covariance


def _p_value(left: Array, there: Array) -> float:
    """How likely are such gaps where all groups leave at one rate; NaN where none can be."""
    from scipy.special import chdtrc

    surplus, covariance = _surplus(left, there)
    rank = int(np.linalg.matrix_rank(covariance)) if covariance.any() else 0
    if not rank:
        return float("nan")
    statistic = surplus @ np.linalg.pinv(covariance, hermitian=True) @ surplus
    return float(chdtrc(rank, statistic))
