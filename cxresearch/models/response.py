"""Who answers among those invited, and would the figure differ if all had?

Unit of observation: an invitation. Base: all invitations with the hard data known before they were
sent. The chance to answer is predicted out of sample (cross-fitted logistic regression); answers
are then weighted by its inverse.

It cannot correct for what the hard data do not know: people who stay silent because of how they
feel, alike in everything recorded, stay unseen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Unpack

import numpy as np
import polars as pl

from cxresearch.errors import DataError, ParameterError, require_columns
from cxresearch.models.balance import (
    Flags,
    People,
    code_features,
    people_of,
    standardised_differences,
)
from cxresearch.transforms.answering import answer_rate, is_answered
from cxresearch.transforms.intervals import Array
from cxresearch.transforms.metrics import Options, measure
from cxresearch.transforms.scales import Table

_TRIM = 5.0  # largest weight, in medians
_LEAST_PER_FOLD = 10


@dataclass(frozen=True)
class ResponseModel:
    """Result of `fit_response`.

    Attributes
    ----------
    cases
        The key, is_answered, p_answer (0-1), response_weight (null for the silent).
    differences
        What `tidy` returns.
    quality
        What `glance` returns.
    key
        Column by which `augment` joins.
    """

    cases: pl.DataFrame
    differences: pl.DataFrame
    quality: pl.DataFrame
    key: str

    def tidy(self) -> pl.DataFrame:
        """A row a feature (a category of one): those who answered against those who did not.

        Returns
        -------
        pl.DataFrame
            feature, category (null for a number), n, n_answered, mean_answered, mean_silent,
            mean_invited, estimate (standardised difference answered - silent), ci_low, ci_high,
            difference_weighted (standardised difference answered - invited after weighting),
            is_notable (0.1 or more before weighting).
        """
        return self.differences

    def glance(self) -> pl.DataFrame:
        """One row: n, n_answered, estimate (share answered), ci_low, ci_high, auc, log_loss,
        log_loss_base (of the share alone), largest_difference, largest_difference_weighted,
        design_effect (Kish, of the weights), n_folds.
        """
        return self.quality

    def augment(self, table: Table) -> pl.DataFrame:
        """`table` with p_answer and response_weight, joined by the key.

        Raises
        ------
        DataError
            The key is missing, or a row was not among the invited.
        """
        require_columns(table, self.key)
        found = self.cases.select(self.key, "p_answer", "response_weight")
        joined = table.lazy().collect().join(found, on=self.key, how="left", maintain_order="left")
        if strangers := joined["p_answer"].null_count():
            raise DataError(
                f"{strangers} rows have a '{self.key}' that was not among the invited",
                allowed="rows whose invitation was part of the fit",
                next_step="leave them out: table.join(invited, on=..., how='semi')",
            )
        return joined

    def reweight(self, answers: Table, *, metric: str, **options: Unpack[Options]) -> pl.DataFrame:
        """A metric with answers weighted by the inverse of their chance to be given.

        Parameters
        ----------
        answers
            Answers that carry the key.
        metric, options
            As `measure`; a weight the answers carry is multiplied with the one fitted.

        Returns
        -------
        pl.DataFrame
            The columns of `measure` with a weight, and `shift` (estimate - estimate_unweighted),
            where estimate_unweighted is without the fitted weight: it keeps the answers' own.
            The interval takes the weights as fixed, which is somewhat wide (Hirano, Imbens & Ridder
            2003, Econometrica 71).
        """
        weighed, own = self.augment(answers), options.get("weight")
        fitted: Options = {**options, "weight": "response_weight"}
        if own is None:
            estimates = measure(weighed, metric=metric, **fitted)
        else:
            before = measure(weighed, metric=metric, **options)
            both = weighed.with_columns(pl.col("response_weight") * pl.col(own))
            estimates = measure(both, metric=metric, **fitted).with_columns(
                before["estimate"].alias("estimate_unweighted")
            )
        return estimates.with_columns(shift=pl.col("estimate") - pl.col("estimate_unweighted"))


def fit_response(
    invited: Table,
    *,
    features: Sequence[str],
    answered: str = "response_id",
    key: str = "invitation_id",
    group: str | None = "customer_id",
    n_folds: int = 5,
    random_state: int = 0,
    confidence: float = 0.95,
) -> ResponseModel:
    """Fit the chance that an invitation is answered.

    Parameters
    ----------
    invited
        A row is an invitation, with hard data known when it was sent.
    features
        Columns of that data: numbers (a null takes the median and a flag of its own), true/false,
        or categories (null is a category).
    answered
        Column of true and false, or one that is null where nobody answered.
    key
        Column that is unique among the invitations.
    group
        Column that tells people apart, ignored where absent: rows of one stay in one fold, so that
        nobody predicts himself, and count as one cluster. Rows without an id stand alone.
    n_folds
        Folds of the cross-fitting, 2 or more.
    random_state
        Seed of the folds.
    confidence
        Of the intervals.

    Returns
    -------
    ResponseModel
        With `tidy()`, `glance()`, `augment(table)` and `reweight(answers, metric=...)`.

    Raises
    ------
    DataError
        A column is missing, the key repeats, or fewer than 10 answered or stayed silent per fold.
    ParameterError
        No feature, or fewer than two folds.

    Examples
    --------
    >>> asked = pl.DataFrame({
    ...     "invitation_id": range(400), "is_old": [True, False] * 200,
    ...     "response_id": ["r" if i % 2 and i % 3 or i % 10 == 0 else None for i in range(400)],
    ... })
    >>> model = fit_response(asked, features=["is_old"])
    >>> model.glance().select("n", "n_answered").row(0)
    (400, 173)
    """
    if not features or n_folds < 2:
        raise ParameterError(
            f"features={list(features)}, n_folds={n_folds}",
            allowed="at least one feature and two folds",
        )
    require_columns(invited, key, answered, *features)
    frame = invited.lazy().with_columns(_answered=is_answered(invited, answered)).collect()
    outcome = frame["_answered"].to_numpy()
    _refuse_thin(frame, outcome, key=key, n_folds=n_folds)
    design = code_features(frame, features)
    people = people_of(frame, group=group, key=key) if group in frame.columns else None
    chance = _cross_fitted(
        design.values, outcome, groups=people, n_folds=n_folds, random_state=random_state
    )
    weights = _weights(chance, outcome)
    cases = frame.select(key, pl.col("_answered").alias("is_answered")).with_columns(
        pl.Series("p_answer", chance), pl.Series("response_weight", weights).fill_nan(None)
    )
    differences = standardised_differences(
        design, outcome, weights=weights, people=people, confidence=confidence
    )
    rate = answer_rate(frame, answered="_answered", respondent=group, confidence=confidence)
    quality = _quality(rate, outcome, chance, differences, weights=weights).with_columns(
        n_folds=pl.lit(n_folds)
    )
    return ResponseModel(cases=cases, differences=differences, quality=quality, key=key)


def _refuse_thin(frame: pl.DataFrame, outcome: Flags, *, key: str, n_folds: int) -> None:
    if frame[key].is_duplicated().any() or frame[key].null_count():
        raise DataError(
            f"key '{key}' repeats or is empty", allowed="one value an invitation, none null"
        )
    least = min(int(outcome.sum()), int((~outcome).sum()))
    if least < _LEAST_PER_FOLD * n_folds:
        raise DataError(
            f"{int(outcome.sum())} of {outcome.size} answered: too few of one kind to learn from",
            allowed=f"{_LEAST_PER_FOLD * n_folds} who answered and as many who did not",
            next_step="widen the period, or report the share of answers alone",
        )


def _cross_fitted(
    values: Array, outcome: Flags, *, groups: People | None, n_folds: int, random_state: int
) -> Array:
    """Chance to answer of each case from a model that has not seen it (nor its group)."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    folds = StratifiedKFold if groups is None else StratifiedGroupKFold
    predicted = cross_val_predict(
        make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)),
        values,
        outcome,
        groups=groups,
        cv=folds(n_folds, shuffle=True, random_state=random_state),
        method="predict_proba",
    )
    return np.asarray(predicted[:, 1], dtype=float)


def _weights(chance: Array, outcome: Flags) -> Array:
    """Inverse chances of those who answered, mean 1, cut at five medians; NaN for the silent."""
    weights = np.where(outcome, 1 / chance, np.nan)
    weights = np.minimum(weights, _TRIM * np.nanmedian(weights))
    return np.asarray(weights / np.nanmean(weights), dtype=float)


def _quality(
    rate: pl.DataFrame, outcome: Flags, chance: Array, differences: pl.DataFrame, *, weights: Array
) -> pl.DataFrame:
    from sklearn.metrics import log_loss, roc_auc_score

    used = weights[outcome]
    largest = differences.select(pl.col("estimate", "difference_weighted").abs().max()).row(0)
    return pl.DataFrame(
        {
            "n": [outcome.size],
            "n_answered": int(outcome.sum()),
            **{name: rate[name] for name in ("estimate", "ci_low", "ci_high")},
            "auc": roc_auc_score(outcome, chance),
            "log_loss": log_loss(outcome, chance),
            "log_loss_base": log_loss(outcome, np.full(outcome.size, outcome.mean())),
            "largest_difference": largest[0],
            "largest_difference_weighted": largest[1],
            "design_effect": used.size * (used**2).sum() / used.sum() ** 2,
        }
    )
