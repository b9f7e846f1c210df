"""Which touchpoints decide whether customers stay and recommend?

Unit of observation: a customer in a month. For each touchpoint, a bad and a good experience in the
month are held apart against leaving in the months after (a penalty and a reward: Brandt 1987) and
against the next answer about the whole, all touchpoints together, adjusted for what was known
before. Base: customers who met the touchpoint without either where such exist, else those who did
not meet it that month.

It cannot prove a cause: what was not recorded is not adjusted for. Answers about the whole come
only from those who stay and answer, so a change in loyalty is understated rather than overstated.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from cxresearch.intake.tables import StudyTables
from cxresearch.models.grid import draw_customers
from cxresearch.models.moment_fits import Fit, fit_outcome
from cxresearch.models.moment_tables import (
    IMPORTANCE,
    MOMENTS,
    effect_rows,
    gap_rows,
    in_order,
    judge,
)
from cxresearch.models.panel import build_panel
from cxresearch.period import Period
from cxresearch.transforms.intervals import normal_quantile


@dataclass(frozen=True)
class MomentsModel:
    """Result of `find_moments`.

    Attributes
    ----------
    effects
        What `tidy` returns.
    gaps
        A row a touchpoint and outcome, the columns of `importance`.
    quality
        What `glance` returns.
    """

    effects: pl.DataFrame
    gaps: pl.DataFrame
    quality: pl.DataFrame

    def tidy(self) -> pl.DataFrame:
        """A row a touchpoint, side and outcome.

        Returns
        -------
        pl.DataFrame
            touchpoint, side (`penalty` of a bad, `reward` of a good experience), outcome
            (`leaving`, `loyalty`), source (what tells good from bad), n (experiences of that side),
            n_customers, base (compared with whom), estimate (change in the chance to leave, or in
            the metric of loyalty), ci_low, ci_high, unit (`share`, `points`), p_value, q_value
            (over all rows), is_moment, believed (moment_of_truth in experience.yml; null for a
            touchpoint that is not in it), polarity, e_value and e_value_low (how strong an unseen
            factor would have to be to explain away the estimate, and the end of its interval that
            is nearer to no change; as risk ratios), is_reliable, is_suppressed.
        """
        return self.effects

    def glance(self) -> pl.DataFrame:
        """One row: n_customers, n (customers' months), n_left, horizon_months, is_within (loyalty
        compares each customer with himself), leaving_reason and loyalty_reason (why an outcome is
        missing, else null).
        """
        return self.quality

    def importance(self) -> pl.DataFrame:
        """How much more is at stake at a touchpoint between a bad and a good experience.

        Returns
        -------
        pl.DataFrame
            touchpoint, outcome (`leaving` where it is known, else `loyalty`), importance (chance to
            leave after a bad less after a good experience; of loyalty good less bad), its interval,
            n (experiences compared), unit. Null where too few met either side; of answers, where
            only the top is rare, bad is held against ordinary. May be below 0.
        """
        outcomes = self.gaps["outcome"].unique().to_list()
        leads = "leaving" if "leaving" in outcomes else "loyalty"
        return self.gaps.filter(pl.col("outcome") == leads)


def find_moments(
    tables: StudyTables,
    *,
    period: Period,
    window_months: int = 0,
    horizon_months: int = 3,
    lookback_months: int = 3,
    most_customers: int = 20_000,
    random_state: int = 0,
    confidence: float = 0.95,
) -> MomentsModel:
    """Find the touchpoints where a bad or a good experience goes on to decide.

    Parameters
    ----------
    tables
        The prepared study.
    period
        The last period of the window; nothing after it is looked at.
    window_months
        Months of the window; 0 for `study.window_months`.
    horizon_months
        Leaving, and the next answer about the whole, are looked for in so many months after.
    lookback_months
        Earlier experiences of so many months are adjusted for.
    most_customers
        Of a study with more, so many are drawn by lot: memory grows with them.

    Returns
    -------
    MomentsModel
        With `tidy()`, `glance()` and `importance()`; without rows where neither outcome is known.

    Notes
    -----
    Adjusted (`models.partialling`) for the study's attributes of context, tenure, the
    calendar month, contacts and experiences of the months before, ratings given before, and
    experiences of the same month elsewhere. Where most answers about the whole come from people who
    gave several, loyalty is compared within each customer, which takes the halo away.

    A moment of truth has q below .05 in the direction that its side means. Where the base did not
    meet the touchpoint at all, bad must differ from good as well: who goes there at all may be
    about to leave.
    """
    window = period.window(window_months or tables.study.window_months)
    tables = draw_customers(tables, most=most_customers, random_state=random_state)
    panel = build_panel(
        tables, period=window, horizon_months=horizon_months, lookback_months=lookback_months
    )
    fits = {
        outcome: fit_outcome(
            panel, tables, outcome=outcome, horizon_months=horizon_months, random_state=random_state
        )
        for outcome in ("leaving", "loyalty")
    }
    parts = [fit for fit in fits.values() if isinstance(fit, Fit)]
    z = normal_quantile(confidence)
    effects = pl.concat(
        [effect_rows(panel, fit, z=z) for fit in parts] or [pl.DataFrame(schema=MOMENTS)]
    )
    gaps = pl.concat(
        [gap_rows(panel, fit, z=z) for fit in parts] or [pl.DataFrame(schema=IMPORTANCE)]
    )
    reasons = {
        f"{name}_reason": [fit if isinstance(fit, str) else None] for name, fit in fits.items()
    }
    quality = pl.DataFrame(
        {
            "n_customers": [np.unique(panel.customer).size],
            "n": panel.customer.size,
            "n_left": panel.n_left,
            "horizon_months": horizon_months,
            "is_within": any(fit.is_within for fit in parts),
            **reasons,
        },
        schema_overrides=dict.fromkeys(reasons, pl.String) | {"n_left": pl.Int64},
    )
    return MomentsModel(judge(effects, tables), in_order(gaps, tables), quality)
