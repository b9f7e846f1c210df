"""How do the effects of experiences read as tables, and which of them is a moment of truth?

Unit of observation: a touchpoint, a side (penalty or reward) and an outcome. Every row tested is
counted in the false discovery rate.

It cannot say more than the fit it is made from.
"""

import numpy as np
import polars as pl
import polars.selectors as cs

from cxresearch.intake.tables import StudyTables
from cxresearch.language import mark
from cxresearch.models.balance import Flags
from cxresearch.models.moment_fits import Fit, bad_less_good, by_answers, values_at
from cxresearch.models.panel import Panel
from cxresearch.models.partialling import e_value
from cxresearch.transforms.differences import q_values
from cxresearch.transforms.intervals import Array, normal_quantile

MOMENTS = {
    "touchpoint": pl.String,
    "side": pl.String,
    "outcome": pl.String,
    "source": pl.String,
    "n": pl.Int64,
    "n_customers": pl.Int64,
    "base": pl.String,
    "estimate": pl.Float64,
    "ci_low": pl.Float64,
    "ci_high": pl.Float64,
    "unit": pl.String,
    "p_value": pl.Float64,
    "q_value": pl.Float64,
    "is_moment": pl.Boolean,
    "believed": pl.Boolean,
    "polarity": pl.String,
    "e_value": pl.Float64,
    "e_value_low": pl.Float64,
    "is_reliable": pl.Boolean,
    "is_suppressed": pl.Boolean,
}
IMPORTANCE = {
    "touchpoint": pl.String,
    "outcome": pl.String,
    "importance": pl.Float64,
    "importance_low": pl.Float64,
    "importance_high": pl.Float64,
    "n": pl.Int64,
    "unit": pl.String,
}
SIDES = ("penalty", "reward")
ALPHA = 0.05
NOT_MET = mark("customers who did not meet it in that month")
ORDINARY = mark("customers who gave it neither a bad nor a top grade")
_LEAST_RISK = 1e-3


def effect_rows(panel: Panel, fit: Fit, *, z: float) -> pl.DataFrame:
    """A row a touchpoint and side, before q-values."""
    k = len(panel.touchpoints)
    estimate = values_at(fit, fit.effects.estimate)
    error = values_at(fit, fit.effects.standard_error())
    ratio, ratio_low = _ratios(fit, estimate, error, z=z)
    rows = pl.DataFrame(
        {
            "touchpoint": panel.touchpoints * 2,
            "side": np.repeat(SIDES, k),
            "outcome": fit.outcome,
            "source": panel.sources * 2,
            "n": fit.n.astype(np.int64),
            "n_customers": fit.n_customers,
            "base": np.tile(np.where(by_answers(panel), ORDINARY, NOT_MET), 2),
            "estimate": estimate,
            "ci_low": estimate - z * error,
            "ci_high": estimate + z * error,
            "unit": fit.unit,
            "p_value": np.where(fit.is_reliable, _p_values(estimate / error), np.nan),
            "q_value": np.nan,
            "is_moment": np.tile(_sides_differ(panel, fit), 2),
            "believed": False,
            "polarity": "neutral",
            "e_value": e_value(ratio),
            "e_value_low": e_value(ratio_low),
            "is_reliable": fit.is_reliable,
            "is_suppressed": (fit.n_customers > 0) & (fit.n_customers < fit.hide_below),
        },
        schema=MOMENTS,
    )
    hidden = pl.col("is_suppressed")
    return rows.with_columns(
        *(pl.when(~hidden).then(pl.col(name)).alias(name) for name in ("n", "n_customers"))
    )


def _ratios(fit: Fit, estimate: Array, error: Array, *, z: float) -> tuple[Array, Array]:
    """Risk ratios of the estimate and of the end of its interval nearer to no change.

    Of a metric the standardised difference is brought to a risk ratio (Chinn 2000; VanderWeele &
    Ding 2017).
    """
    nearest = np.sign(estimate) * np.maximum(np.abs(estimate) - z * error, 0)
    if fit.outcome == "loyalty":
        scale = 0.91 / fit.spread if fit.spread else 0.0
        return np.exp(scale * estimate), np.exp(scale * nearest)
    base = np.maximum(fit.risk - estimate, _LEAST_RISK)
    ratio, ratio_low = (
        np.maximum(base + change, _LEAST_RISK) / base for change in (estimate, nearest)
    )
    return ratio, ratio_low


def _sides_differ(panel: Panel, fit: Fit) -> Flags:
    """Whether bad is worse than good by more than chance, where the base did not meet the place."""
    gap, error = bad_less_good(fit, panel)
    harm = gap if fit.outcome == "leaving" else -gap
    with np.errstate(invalid="ignore"):
        return np.asarray(by_answers(panel) | (harm / error > normal_quantile(1 - ALPHA)))


def gap_rows(panel: Panel, fit: Fit, *, z: float) -> pl.DataFrame:
    """A row a touchpoint: how much worse a bad experience is than a good one."""
    k = len(panel.touchpoints)
    gap, error = bad_less_good(fit, panel)
    importance = gap if fit.outcome == "leaving" else -gap
    compared = np.where(fit.place >= 0, fit.n, 0)  # a side too small to show must not be told by n
    rows = pl.DataFrame(
        {
            "touchpoint": panel.touchpoints,
            "outcome": fit.outcome,
            "importance": importance,
            "importance_low": importance - z * error,
            "importance_high": importance + z * error,
            "n": (compared[:k] + compared[k:]).astype(np.int64),
            "unit": fit.unit,
        },
        schema=IMPORTANCE,
    )
    return rows.with_columns(cs.float().fill_nan(None))


def judge(effects: pl.DataFrame, tables: StudyTables) -> pl.DataFrame:
    """The rows with q-values over all of them, what is a moment and what is believed."""
    q_value = pl.Series("q_value", q_values(effects["p_value"].to_numpy()), dtype=pl.Float64)
    believed = {p.id: p.moment_of_truth for p in tables.study.experience.touchpoints}
    is_penalty, is_leaving = pl.col("side") == "penalty", pl.col("outcome") == "leaving"
    is_meant = (pl.col("estimate") > 0) == (is_penalty == is_leaving)
    is_moment = (pl.col("q_value") < ALPHA) & is_meant & pl.col("is_moment")
    polarity = pl.when(is_penalty).then(pl.lit("bad")).otherwise(pl.lit("good"))
    judged = (
        effects.with_columns(q_value)
        .with_columns(cs.float().fill_nan(None))
        .with_columns(
            is_moment.fill_null(value=False).alias("is_moment"),
            pl.col("touchpoint")
            .replace_strict(believed, default=None, return_dtype=pl.Boolean)
            .alias("believed"),
        )
        .with_columns(polarity=pl.when("is_moment").then(polarity).otherwise(pl.lit("neutral")))
    )
    return in_order(judged, tables).select(*MOMENTS)


def in_order(rows: pl.DataFrame, tables: StudyTables) -> pl.DataFrame:
    """Rows in the order of experience.yml, touchpoints nobody drew at the end."""
    drawn = {place.id: rank for rank, place in enumerate(tables.study.experience.touchpoints)}
    rank = pl.col("touchpoint").replace_strict(drawn, default=len(drawn), return_dtype=pl.Int64)
    return rows.sort(rank, "touchpoint", maintain_order=True)


def _p_values(z: Array) -> Array:
    from scipy.special import ndtr

    return np.asarray(2 * ndtr(-np.abs(z)), dtype=float)
