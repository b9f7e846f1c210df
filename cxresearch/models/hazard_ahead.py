"""How likely is each customer to leave in the months ahead, and how long will the stay still be?

Unit of observation: a customer at the start of a month, and each of the months that follow. What is
known fades as `hazard_leads` has learned; time as a customer goes on.

It cannot foresee seasons or events: a month ahead counts as an average one.
"""

from dataclasses import dataclass

import numpy as np

from cxresearch.models.hazard_fits import Choice, Learned, LearnedLogit
from cxresearch.models.hazard_leads import Leads
from cxresearch.models.logit import chance
from cxresearch.transforms.intervals import Array, student_quantile

_LEAST = 1e-9


@dataclass(frozen=True)
class Ahead:
    """What lies ahead of each customer, with intervals.

    Attributes
    ----------
    risk
        Chance to leave within the horizon: estimate, low, high.
    remaining
        Mean months still to come of those looked at: estimate, low, high.
    """

    risk: tuple[Array, Array, Array]
    remaining: tuple[Array, Array, Array]


@dataclass(frozen=True)
class Span:
    """How far to look: months of risk, months of stay, and how long a month is in units of time."""

    horizon: int
    months: int
    month_length: float


def look_ahead(
    choice: Choice, leads: Leads, known: Array, *, time: Array, span: Span, z: float
) -> Ahead:
    """Risk within the horizon and mean stay within the months, of customers still there."""
    months = span.months
    path = _walk(choice.learned, leads, known, time=time, span=span)
    if isinstance(choice.learned, LearnedLogit):
        errors = path.errors_of(choice.learned, known, leads)
        quantile = z
    else:
        parts = [_walk(part, leads, known, time=time, span=span) for part in choice.folds]
        errors = _grouped([part.cumulative for part in parts], [part.stay for part in parts])
        quantile = float(student_quantile(df=np.array(len(parts) - 1.0), z=z))
    on_risk, on_stay = (
        np.hypot(error, own)
        for error, own in zip(errors, (path.lead_risk, path.lead_stay), strict=True)
    )
    log, half = np.log(path.cumulative), quantile * on_risk / path.cumulative
    risk = tuple(1 - np.exp(-np.exp(log + side * half)) for side in (0, -1, 1))
    share = np.clip(path.stay / months, _LEAST, 1 - _LEAST)
    log, half = np.log(share / (1 - share)), quantile * on_stay / months / (share * (1 - share))
    stay = tuple(months * chance(log + side * half) for side in (0, -1, 1))
    return Ahead((risk[0], risk[1], risk[2]), (stay[0], stay[1], stay[2]))


@dataclass(frozen=True)
class _Path:
    """Cumulative hazard to the horizon, mean stay, and what they would change with.

    `on_risk` and `on_stay` are the weights of the odds of each month, rows by months.
    """

    cumulative: Array
    stay: Array
    on_risk: Array
    on_stay: Array
    lead_risk: Array
    lead_stay: Array
    times: Array

    def errors_of(self, learned: LearnedLogit, known: Array, leads: Leads) -> tuple[Array, Array]:
        """Standard errors of both from those of the coefficients."""
        errors = []
        for weights in (self.on_risk, self.on_stay):
            base = sum(
                weights[:, [k]] * learned.baseline.lay_out(self.times[:, k])
                for k in range(weights.shape[1])
            )
            total = weights.sum(axis=1, keepdims=True)
            held = weights @ leads.left_after(weights.shape[1]) * known
            errors.append(learned.fit.error_of(np.column_stack([total, base, held])))
        return errors[0], errors[1]


def _walk(learned: Learned, leads: Leads, known: Array, *, time: Array, span: Span) -> _Path:
    """Go through the months ahead one by one."""
    horizon, months = span.horizon, span.months
    n, size = time.size, max(horizon, months)
    hazard, slope, error, times = (np.empty((n, size)) for _ in range(4))
    for k in range(size):
        times[:, k] = time + k * span.month_length
        odds, error[:, k], steep = leads.at(k, learned.log_odds(known, times[:, k]), known)
        hazard[:, k], slope[:, k] = chance(odds), steep
    cumulative = -np.log1p(-np.minimum(hazard, 1 - _LEAST)).cumsum(axis=1)
    there = np.exp(-cumulative[:, :months])
    # Who leaves in a month was there for half of it.
    weight = np.full(months, 1.0)
    weight[-1] = 0.5
    stay = 0.5 + there @ weight
    later = (there * weight)[:, ::-1].cumsum(axis=1)[:, ::-1]
    on_stay, on_risk = hazard[:, :months] * later, hazard[:, :horizon]
    return _Path(
        cumulative=np.maximum(cumulative[:, horizon - 1], _LEAST),
        stay=stay,
        on_risk=on_risk * slope[:, :horizon],
        on_stay=on_stay * slope[:, :months],
        lead_risk=(on_risk * error[:, :horizon]).sum(axis=1),
        lead_stay=(on_stay * error[:, :months]).sum(axis=1),
        times=times,
    )


def _grouped(cumulative: list[Array], stay: list[Array]) -> tuple[Array, Array]:
    """Standard errors from fits without a fold each (delete-a-group jackknife, Kott 2001)."""
    errors = []
    for parts in (np.array(cumulative), np.array(stay)):
        n = len(parts)
        errors.append(np.sqrt((n - 1) / n * ((parts - parts.mean(axis=0)) ** 2).sum(axis=0)))
    return errors[0], errors[1]
