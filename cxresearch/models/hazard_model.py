"""What can be asked of a fitted chance to leave?

Unit of observation: a customer in a month at risk; for `predict_risk` a customer as known now.

It cannot answer for customers unlike those it was fitted on.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from cxresearch.errors import ParameterError, require_columns
from cxresearch.language import Message
from cxresearch.models.hazard_ahead import Span, look_ahead
from cxresearch.models.hazard_design import Baseline, Term, lay_out
from cxresearch.models.hazard_fits import Choice
from cxresearch.models.hazard_leads import Leads
from cxresearch.models.in_brief import in_brief
from cxresearch.models.logit import chance
from cxresearch.transforms.intervals import Array, normal_quantile
from cxresearch.transforms.scales import Table

RISK = (
    *("risk", "ci_low", "ci_high"),
    *("remaining_months", "remaining_low", "remaining_high"),
)


def times_of(table: pl.DataFrame, time: str) -> Array:
    """Times as a customer, NaN where not known."""
    return table[time].cast(pl.Float64).fill_null(np.nan).to_numpy()


@dataclass(frozen=True)
class Fitted:
    """What is learned: the design, the chosen candidate, and what it tells of months ahead."""

    terms: list[Term]
    baseline: Baseline
    choice: Choice
    leads: Leads


@dataclass(frozen=True)
class HazardModel:
    """Result of `fit_hazard`.

    Attributes
    ----------
    effects, quality
        What `tidy` and `glance` return.
    candidates
        model, log_loss (a row, of customers unseen), is_chosen.
    dropped
        feature, reason {protected, constant, too_many_levels, not_a_feature}.
    overrides
        Protected features that were allowed all the same.
    unseen
        person, time and month of the rows fitted, with the `hazard` foretold from other people.
    why_not
        Why nothing is fitted; None where something is.
    person, time, month_length
        As given.
    fitted
        What was learned; None where too few left.
    confidence
        Of every interval.
    """

    effects: pl.DataFrame
    quality: pl.DataFrame
    candidates: pl.DataFrame
    dropped: pl.DataFrame
    overrides: tuple[str, ...]
    unseen: pl.DataFrame
    why_not: Message | None
    person: str
    time: str
    month_length: float
    fitted: Fitted | None
    confidence: float

    def __repr__(self) -> str:
        return in_brief(self, "n", "n_customers", "n_left", "model", "c_index")

    def tidy(self) -> pl.DataFrame:
        """A row a feature, or a level of one: what goes with leaving, all else being equal.

        Returns
        -------
        pl.DataFrame
            feature, category (a level, `missing`, null for a number), against (the level it is held
            against), n (months in which it is known, or is so), mean, sd, estimate (log odds of
            leaving in a month, per sd), ci_low, ci_high, odds_ratio (per sd), odds_low, odds_high,
            q_value (over all rows), is_clear (q_value at most 0.05), is_known (null figures where
            it cannot be told apart from other features).
        """
        return self.effects

    def glance(self) -> pl.DataFrame:
        """One row: n (months), n_customers, n_left, n_fitted (months fitted), model, log_loss and
        log_loss_base (of the rate alone), c_index, c_low, c_high (of customers unseen), is_fitted,
        why_not.
        """
        return self.quality

    def augment(self, table: Table) -> pl.DataFrame:
        """`table` with `hazard`: the chance to leave in the month (0-1; null where not fitted)."""
        frame = table.lazy().collect()
        if self.fitted is None:
            return frame.with_columns(pl.lit(None, pl.Float64).alias("hazard"))
        known, time = self._read(frame)
        odds = self.fitted.choice.learned.log_odds(known, time)
        told = chance(self.fitted.leads.at(0, odds, known)[0])
        return frame.with_columns(pl.Series("hazard", told))

    def predict_risk(
        self, table: Table, *, horizon_months: int = 3, within_months: int = 24
    ) -> pl.DataFrame:
        """The chance of each customer to leave in the months ahead, having stayed so far.

        Parameters
        ----------
        table
            A row a customer: the features and the time as they are now.
        horizon_months
            Months of the risk, the current one first.
        within_months
            Months of the remaining stay: what lies beyond is not counted.

        Returns
        -------
        pl.DataFrame
            person, risk (0-1), ci_low, ci_high, remaining_months (mean stay within
            `within_months`), remaining_low, remaining_high, in the order of `table`; null where
            nothing was fitted. The interval is about the chance of customers like this one, as far
            as the data tell it; it is not about whether this one leaves, nor about the candidate
            being the right kind of model.

        Raises
        ------
        ParameterError
            A number of months below 1.
        """
        if min(horizon_months, within_months) < 1:
            raise ParameterError(
                f"horizon_months={horizon_months}, within_months={within_months}",
                allowed="1 month or more",
            )
        frame = table.lazy().collect()
        require_columns(frame, self.person)
        who = frame.select(self.person)
        if self.fitted is None:
            return who.with_columns(pl.lit(None, pl.Float64).alias(name) for name in RISK)
        known, time = self._read(frame)
        span = Span(horizon_months, within_months, self.month_length)
        z = normal_quantile(self.confidence)
        fitted = self.fitted
        ahead = look_ahead(fitted.choice, fitted.leads, known, time=time, span=span, z=z)
        figures = zip(RISK, (*ahead.risk, *ahead.remaining), strict=True)
        return who.with_columns(pl.Series(name, values) for name, values in figures)

    def _read(self, frame: pl.DataFrame) -> tuple[Array, Array]:
        fitted = self.fitted
        terms = fitted.terms if fitted else []
        require_columns(frame, self.time, *dict.fromkeys(term.feature for term in terms))
        return lay_out(terms, frame), times_of(frame, self.time)
