"""Would the chances have come true? Fitted on the earlier months, held against the last ones.

Unit of observation: a customer at risk when the last months began. Base: those seen to the end of
these months or to their leaving. Nothing of the last months enters the fit.

It is one stretch of time: its interval is about chance among customers, not about how much one
quarter differs from another.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from cxresearch.errors import DataError, ParameterError, require_columns
from cxresearch.models.concordance import concordance
from cxresearch.models.hazard import fit_hazard
from cxresearch.models.hazard_model import HazardModel
from cxresearch.transforms.intervals import Array, normal_quantile, wilson
from cxresearch.transforms.scales import Table

FORWARD = {
    "from_month": pl.Date,
    **dict.fromkeys(("horizon_months", "n", "n_left", "n_unseen"), pl.Int64),
    **dict.fromkeys(("predicted", "observed", "ratio", "ci_low", "ci_high"), pl.Float64),
    **dict.fromkeys(("auc", "auc_low", "auc_high", "brier", "brier_base"), pl.Float64),
}
BINS = {
    **dict.fromkeys(("bin", "n", "n_left"), pl.Int64),
    **dict.fromkeys(("predicted", "observed", "ci_low", "ci_high"), pl.Float64),
}
MOST_BINS = 10
LEAST_A_BIN = 50


@dataclass(frozen=True)
class ForwardCheck:
    """Result of `check_forward`.

    Attributes
    ----------
    bins, quality
        What `tidy` and `glance` return.
    cases
        person, risk, ci_low, ci_high, left: a row a customer looked at.
    model
        The model of the earlier months.
    """

    bins: pl.DataFrame
    quality: pl.DataFrame
    cases: pl.DataFrame
    model: HazardModel

    def tidy(self) -> pl.DataFrame:
        """Customers from the lowest to the highest risk, in parts of equal size.

        Returns
        -------
        pl.DataFrame
            bin, n, n_left, predicted (mean risk), observed (share who left), ci_low, ci_high
            (Wilson, of observed). Without rows where nothing was fitted.
        """
        return self.bins

    def glance(self) -> pl.DataFrame:
        """One row: from_month, horizon_months, n, n_left, n_unseen (not seen to the end), predicted
        and observed (shares), ratio (predicted / observed), ci_low, ci_high, auc, auc_low,
        auc_high, brier, brier_base (of the share alone). Null where nothing was fitted.
        """
        return self.quality


def check_forward(
    person_months: Table,
    *,
    horizon_months: int = 3,
    features: Sequence[str] | None = None,
    person: str = "customer_id",
    outcome: str = "leaves",
    month: str = "month",
    confidence: float = 0.95,
    **options: Any,
) -> ForwardCheck:
    """Fit on the months before the last ones and foretell these.

    Parameters
    ----------
    person_months, features, person, outcome, month, options
        As `hazard.fit_hazard`; the column `month` is needed.
    horizon_months
        How many of the last months are kept aside.

    Raises
    ------
    DataError
        The column `month` is missing, or there are no months before the last ones.
    ParameterError
        A number of months below 1.
    """
    require_columns(person_months, person, outcome, month)
    if horizon_months < 1:
        raise ParameterError(f"horizon_months={horizon_months}", allowed="1 month or more")
    frame = person_months.lazy().collect()
    months = frame[month].unique().sort()
    if months.len() <= horizon_months:
        raise DataError(
            f"{months.len()} months are in the table, {horizon_months} of them to be foretold",
            allowed="more months than those foretold",
            next_step="give a longer window, or a shorter horizon",
        )
    first = months[-horizon_months]
    model = fit_hazard(
        frame.filter(pl.col(month) < first), features=features, person=person, outcome=outcome,
        month=month, confidence=confidence, **options,
    )  # fmt: skip
    now = frame.filter(pl.col(month) == first).sort(person)
    told = model.predict_risk(now, horizon_months=horizon_months)
    fate = (
        frame.filter(pl.col(month) >= first)
        .group_by(person)
        .agg(pl.col(outcome).any().alias("left"), (pl.col(month) == months[-1]).any().alias("_end"))
    )
    seen = told.join(fate, on=person).filter(pl.col("left") | pl.col("_end"))
    cases = seen.select(person, "risk", "ci_low", "ci_high", "left").sort(person)
    counts = {"n": cases.height, "n_left": int(cases["left"].sum())}
    about = {"from_month": first, "horizon_months": horizon_months, **counts}
    about["n_unseen"] = now.height - cases.height
    judged = cases.drop_nulls("risk")
    risk, left = judged["risk"].to_numpy(), judged["left"].cast(pl.Float64).to_numpy()
    z = normal_quantile(confidence)
    figures = _judge(risk, left, z=z, confidence=confidence) if risk.size else {}
    quality = pl.DataFrame([about | figures]).select(
        pl.col(name).cast(dtype) if name in about | figures else pl.lit(None, dtype).alias(name)
        for name, dtype in FORWARD.items()
    )
    quality = quality.with_columns(pl.col(pl.Float64).fill_nan(None))
    return ForwardCheck(_bins(risk, left, z=z), quality, cases, model)


def _judge(risk: Array, left: Array, *, z: float, confidence: float) -> dict[str, float]:
    """Predicted against observed, and how well leavers are told from others."""
    low, high = _poisson(float(left.sum()), z=z)
    nobody = np.zeros(left.size)
    auc = concordance(risk, left, time=nobody, people=np.arange(left.size), confidence=confidence)
    with np.errstate(divide="ignore"):
        ratios = np.float64(risk.sum()) / np.array([left.sum(), high, low])
    ratio, ratio_low, ratio_high = np.where(np.isfinite(ratios), ratios, np.nan)
    return {
        "predicted": float(risk.mean()),
        "observed": float(left.mean()),
        "ratio": float(ratio),
        "ci_low": float(ratio_low),
        "ci_high": float(ratio_high),
        **dict(zip(("auc", "auc_low", "auc_high"), auc, strict=True)),
        "brier": float(((risk - left) ** 2).mean()),
        "brier_base": float(left.var()),
    }


def _poisson(n: float, *, z: float) -> tuple[float, float]:
    """Exact interval of a count (Garwood 1936, Biometrika 28)."""
    from scipy.special import gammaincinv, ndtr

    tail = 1 - float(ndtr(z))
    low = float(gammaincinv(n, tail)) if n else 0.0
    return low, float(gammaincinv(n + 1, 1 - tail))


def _bins(risk: Array, left: Array, *, z: float) -> pl.DataFrame:
    n_bins = max(min(MOST_BINS, risk.size // LEAST_A_BIN), 1)
    order = np.argsort(risk, kind="stable")
    place = np.empty(risk.size, dtype=np.int64)
    place[order] = np.arange(risk.size) * n_bins // max(risk.size, 1) + 1
    frame = pl.DataFrame({"bin": place, "risk": risk, "left": left})
    bins = (
        frame.group_by("bin")
        .agg(
            pl.len().alias("n"),
            pl.col("left").sum().alias("n_left"),
            pl.col("risk").mean().alias("predicted"),
            pl.col("left").mean().alias("observed"),
        )
        .sort("bin")
    )
    low, high = wilson(share=bins["observed"].to_numpy(), n=bins["n"].cast(float).to_numpy(), z=z)
    bins = bins.with_columns(pl.Series("ci_low", low), pl.Series("ci_high", high))
    return bins.select(pl.col(name).cast(dtype) for name, dtype in BINS.items())
