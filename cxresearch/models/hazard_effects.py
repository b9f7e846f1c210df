"""What goes with leaving in a month, all else that is recorded being equal?

Unit of observation: a customer in a month. All features stand in one logistic regression, beside
the time as a customer and the calendar month. Its penalty is so light that it moves only what rests
on next to nothing.

It cannot tell causes, nor adjust for what was not recorded.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl

from cxresearch.models.balance import People
from cxresearch.models.hazard_design import Term
from cxresearch.models.logit import fit_logit, told_apart
from cxresearch.transforms.differences import q_values
from cxresearch.transforms.intervals import Array, normal_quantile

EFFECTS = {
    **dict.fromkeys(("feature", "category", "against"), pl.String),
    "n": pl.Int64,
    **dict.fromkeys(
        ("mean", "sd", "estimate", "ci_low", "ci_high", "odds_ratio", "odds_low", "odds_high"),
        pl.Float64,
    ),
    "q_value": pl.Float64,
    **dict.fromkeys(("is_clear", "is_known"), pl.Boolean),
}
_LIGHT = 1.0  # as one more leaver's worth of doubt about an effect of a standard deviation


def estimate_effects(
    terms: Sequence[Term],
    known: Array,
    leaves: Array,
    *,
    beside: Array,
    people: People,
    confidence: float = 0.95,
) -> pl.DataFrame:
    """Log odds of leaving per standard deviation of each term, the clearest first.

    Parameters
    ----------
    terms, known
        Terms of the design, and rows by terms, standardised.
    leaves, people
        A number a row.
    beside
        Rows by columns that are adjusted for and not told.

    Returns
    -------
    pl.DataFrame
        See `HazardModel.tidy`.
    """
    if not terms:
        return pl.DataFrame(schema=EFFECTS)
    spread = np.array([term.spread for term in terms])
    is_kept, apart = told_apart(known, spread=spread, beside=beside)
    columns = np.column_stack([known[:, is_kept], beside])
    penalty = np.concatenate([[0.0], np.full(columns.shape[1], _LIGHT)])
    fit = fit_logit(columns, leaves, penalty=penalty, people=people)
    n = int(is_kept.sum())
    estimate, error = np.full(len(terms), np.nan), np.full(len(terms), np.nan)
    estimate[is_kept] = fit.coefficients[1 : n + 1]
    error[is_kept] = fit.error_of(np.eye(columns.shape[1] + 1)[1 : n + 1])
    estimate[~apart] = np.nan
    z = normal_quantile(confidence)
    low, high = estimate - z * error, estimate + z * error
    q = q_values(_p_values(estimate / error))
    figures = {
        "estimate": estimate, "ci_low": low, "ci_high": high, "odds_ratio": np.exp(estimate),
        "odds_low": np.exp(low), "odds_high": np.exp(high), "q_value": q,
    }  # fmt: skip
    named = {
        "feature": [term.feature for term in terms],
        "category": [term.category for term in terms],
        "against": [term.against for term in terms],
        "n": [term.n for term in terms],
        "mean": [term.centre for term in terms],
        "sd": [term.spread for term in terms],
        "is_known": apart,
    }
    return (
        pl.DataFrame(named | figures)
        .with_columns(pl.col(*figures).fill_nan(None))
        .with_columns(
            (pl.col("q_value") <= 1 - confidence).fill_null(value=False).alias("is_clear")
        )
        .select(pl.col(name).cast(dtype) for name, dtype in EFFECTS.items())
        .sort("q_value", pl.col("estimate").abs() * -1, "feature", "category", nulls_last=True)
    )


def _p_values(z: Array) -> Array:
    from scipy.special import ndtr

    return np.asarray(2 * ndtr(-np.abs(z)), dtype=float)
