"""How likely is leaving in a month, and how likely had nothing gone wrong before?

Unit of observation: a customer in a month at risk. A discrete-time logit hazard: what is known of
the customer, and at which places it went badly in the months before. The hazard without the bad
experience is read in two ways: as if the contact had not been, or as if it had gone well. Where
people come who leave however it goes there, only the second tells what the bad experience adds; the
more cautious of the two says what is claimed at least.

It cannot adjust for what nobody recorded.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from cxresearch.models.logit import fit_logit
from cxresearch.models.partialling import Matrix
from cxresearch.models.silent_fit import SPREAD, add_each, chances_of_counts
from cxresearch.models.silent_months import Counts, Flags, Months
from cxresearch.transforms.differences import q_values
from cxresearch.transforms.intervals import Array, normal_quantile

EXPERIENCES = {
    **dict.fromkeys(("touchpoint", "source"), pl.String),
    **dict.fromkeys(("n", "n_customers"), pl.Int64),
    **dict.fromkeys(("estimate", "ci_low", "ci_high", "odds_ratio", "q_value"), pl.Float64),
    "is_clear": pl.Boolean,
}
FALSE_DISCOVERY = 0.05


@dataclass(frozen=True)
class Hazard:
    """A fitted hazard.

    Attributes
    ----------
    months
        What it was fitted on, touchpoints that too few met left out.
    coefficients, covariance
        Of the intercept, adjusters and bad experiences, in this order.
    good, good_error
        Log odds that a good experience adds, touchpoint by touchpoint, and its error.
    chance_of_count
        Chance of as many leavers after a bad experience, or more, if it added nothing.
    centre, scale
        Of the adjusters.
    n, n_left
        Months at risk, and how many ended with leaving.
    with_usage
        Whether usage is among the adjusters.
    """

    months: Months
    coefficients: Array
    covariance: Array
    good: Array
    good_error: Array
    chance_of_count: Array
    centre: Array
    scale: Array
    n: int
    n_left: int
    with_usage: bool

    @property
    def n_places(self) -> int:
        """Touchpoints with experiences."""
        return len(self.months.touchpoints)

    @property
    def clear(self) -> Flags:
        """Touchpoints where a bad experience goes with more leaving beyond chance."""
        if not self.n_places:
            return np.zeros(0, dtype=bool)
        return np.asarray(q_values(self._tested()[1]) < FALSE_DISCOVERY)

    def log_odds(self, customer: Counts, month: Counts) -> Array:
        """The log odds of leaving in the month."""
        return np.asarray(self._rows(customer, month) @ self.coefficients)

    def log_odds_after(
        self, customer: Counts, *, ahead: int, is_bad: bool = True
    ) -> tuple[Array, Array]:
        """Log odds in a month after the window and their errors, from what is known at its end.

        Parameters
        ----------
        ahead
            0 for the first month after the window.
        is_bad
            False: as if no bad experience had been.
        """
        x = self._rows(customer, np.full(customer.size, self.months.n_months))
        lasts = self.months.since_bad[customer] + ahead < self.months.k_months
        x[:, x.shape[1] - self.n_places :] = lasts & is_bad
        errors = np.sqrt(np.einsum("ij,jk,ik->i", x, self.covariance, x))
        return np.asarray(x @ self.coefficients), errors

    def usage_part(self, customer: Counts) -> Array:
        """Log odds that usage adds at the end of the window, against the average."""
        x = self._rows(customer, np.full(customer.size, self.months.n_months))
        end = x.shape[1] - self.n_places
        part = slice(end - len(self.months.usage) * self.with_usage, end)
        return np.asarray(x[:, part] @ self.coefficients[part])

    def _rows(self, customer: Counts, month: Counts) -> Array:
        design = _design(self.months, customer, month, usage=self.with_usage)
        return _standardised(design, self.centre, self.scale)

    def harms(self) -> Array:
        """Log odds that a bad experience adds: against none, or against a good one where less."""
        return np.asarray(self._bad(self.coefficients) - np.maximum(self.good, 0))

    def draw_harms(self, n: int, random_state: int) -> tuple[Array, Array]:
        """Cautious harms as they might have come out, and those against a good experience."""
        rng = np.random.default_rng(random_state)
        values, vectors = np.linalg.eigh(self.covariance)
        root = vectors * np.sqrt(np.maximum(values, 0))
        drawn = self.coefficients + rng.standard_normal((n, len(values))) @ root.T
        good = self.good + self.good_error * rng.standard_normal((n, self.n_places))
        bad = self._bad(drawn)
        return bad - np.maximum(good, 0), bad + np.maximum(-good, 0)

    def _bad(self, coefficients: Array) -> Array:
        return np.asarray(coefficients[..., coefficients.shape[-1] - self.n_places :])

    def experiences(self, *, confidence: float = 0.95) -> pl.DataFrame:
        """What a bad experience goes with, touchpoint by touchpoint.

        Returns
        -------
        pl.DataFrame
            touchpoint, source, n (months after a bad experience), n_customers, estimate (log odds
            of leaving a month, the cautious reading), ci_low, ci_high, odds_ratio, q_value (one
            side, over touchpoints), is_clear (it goes with more leaving beyond chance).
        """
        if not self.n_places:
            return pl.DataFrame(schema=EXPERIENCES)
        estimate = self.harms()
        error, p_value = self._tested()
        q = q_values(p_value)
        half = normal_quantile(confidence) * error
        customer, month = self.months.rows()
        bad = self.months.bad[customer, month]
        return pl.DataFrame(
            {
                "touchpoint": self.months.touchpoints,
                "source": self.months.sources,
                "n": bad.sum(axis=0),
                "n_customers": _people_of(bad, customer),
                "estimate": estimate,
                "ci_low": estimate - half,
                "ci_high": estimate + half,
                "odds_ratio": np.exp(estimate),
                "q_value": q,
                "is_clear": q < FALSE_DISCOVERY,
            },
            schema=EXPERIENCES,
        )

    def _tested(self) -> tuple[Array, Array]:
        """Errors of the harms, and the chance of such harms if there were none.

        Both readings must be harmful (intersection-union test: Berger 1982, Technometrics 24).
        """
        from scipy.special import ndtr

        bad = self._bad(self.coefficients)
        alone = np.sqrt(self._bad(np.diag(self.covariance)))
        against_good = np.hypot(alone, self.good_error)
        p_value = np.maximum(ndtr(-bad / alone), ndtr(-(bad - self.good) / against_good))
        # Where few leavers are to be expected, log odds are far from normal: counts decide.
        p_value = np.maximum(p_value, self.chance_of_count)
        return np.where(self.good > 0, against_good, alone), np.asarray(p_value, dtype=float)


def fit_months(months: Months, *, hide_below: int, usage: bool = False) -> Hazard:
    """Fit the hazard on the months at risk.

    Parameters
    ----------
    hide_below
        Touchpoints where fewer customers had a bad experience are left out.
    usage
        Whether what a customer bought and used lately is adjusted for as well.
    """
    customer, month = months.rows()
    few = _people_of(months.bad[customer, month], customer) < hide_below
    months = months.without(few)
    left = (months.gone[customer] == month).astype(float)
    design = _design(months, customer, month, usage=usage)
    n_plain = design.shape[1] - len(months.touchpoints)
    centre, scale = np.zeros(design.shape[1]), np.ones(design.shape[1])
    centre[:n_plain] = design[:, :n_plain].mean(axis=0)
    scale[:n_plain] = design[:, :n_plain].std(axis=0)
    scale[scale < 1e-9] = np.inf  # a constant tells nothing
    x = _standardised(design, centre, scale)
    spread = np.full(x.shape[1], 1.0)
    spread[1 + n_plain :] = SPREAD
    precision = 1 / spread**2
    precision[0] = 0.0
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):  # the machine is shared: threads would only wait
        fit = fit_logit(x[:, 1:], left, penalty=precision)
    coefficients, covariance = fit.coefficients, fit.independent
    good, error = add_each(
        x, left, coefficients, covariance, months.good[customer, month].astype(float)
    )
    counts = chances_of_counts(x, left, coefficients, len(months.touchpoints))
    n_left = int(left.sum())
    return Hazard(
        *(months, coefficients, covariance, good, error, counts, centre, scale),
        n=left.size,
        n_left=n_left,
        with_usage=usage,
    )


def _design(months: Months, customer: Counts, month: Counts, *, usage: bool) -> Matrix:
    parts: list[Any] = [months.adjusters(customer, month, usage=usage)]
    parts.append(months.bad[customer, month])
    return np.column_stack([part.astype(np.float32) for part in parts])


def _standardised(design: Matrix, centre: Array, scale: Array) -> Array:
    return np.column_stack([np.ones(len(design)), (design - centre) / scale])


def _people_of(flags: Flags, customer: Counts) -> Counts:
    """How many customers have the flag in any of their rows, a column."""
    if not len(customer):
        return np.zeros(flags.shape[1], dtype=np.int64)
    starts = np.flatnonzero(np.diff(customer, prepend=-1))
    return np.asarray(np.logical_or.reduceat(flags, starts, axis=0).sum(axis=0), dtype=np.int64)
