"""Between which bounds does the number lie of those who left through an experience, in silence?

Unit of observation: a leaver who said no word in the months before. Bounds are no confidence
interval: they hold where the assumption beside them holds, and are widened for the error of
sampling. Base: all who left in silence.

It cannot say who of them it was, and two bounds that agree do not prove the assumptions.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from cxresearch.language import mark
from cxresearch.models.silent_hazard import Hazard
from cxresearch.models.silent_months import Counts
from cxresearch.transforms.intervals import Array, normal_quantile, wilson

NAIVE, RECORDS, REASONS, BOTH = "naive", "records", "reasons", "records_and_reasons"
ASSUMPTIONS: Mapping[str, str] = {
    NAIVE: mark(
        "Nothing is assumed: all who left without a word may have left because of us, or none."
    ),
    RECORDS: mark(
        "Nothing unrecorded drives both the bad experience and the leaving: the higher chance of "
        "leaving that goes with a bad experience in our records is due to it, which is assumed and "
        "not shown. What no record shows accounts for at most as many again."
    ),
    REASONS: mark(
        "Of those who said why they left at most one in ten named a cause that was not theirs, and "
        "those who did not say are much like them: the odds of an experience with us differ by "
        "half at most."
    ),
    BOTH: mark(
        "Both hold: nothing unrecorded drives both the bad experience and the leaving, our records "
        "miss at most as much as they show, and those who said why they left named mostly what was "
        "so and are much like those who did not say."
    ),
}
"""What has to hold for each row of bounds."""

ODDS_APART = 1.5
"""How far the odds of those who did not say why may lie from those who did, either way."""
MISNAMED = 0.1
"""Share of those who said why they left who may have named a cause that was not theirs."""
UNRECORDED = 1.0
"""How many may have left through what no record shows, for each through what records show."""
_DRAWS = 500


@dataclass(frozen=True)
class Bounds:
    """How many, under one assumption; `ci_low`, `ci_high` widened for chance."""

    assumption: str
    low: float
    high: float
    ci_low: float
    ci_high: float
    n: int
    base: int

    def scaled(self, base: int) -> "Bounds":
        """The same shares of another number, where those looked at were drawn by lot."""
        ends = ("low", "high", "ci_low", "ci_high")
        times = base / max(self.base, 1)
        moved = {end: getattr(self, end) * times for end in ends}
        return self if base == self.base else replace(self, **moved, n=self.base, base=base)


def naive_bounds(n: int, *, assumption: str = NAIVE) -> Bounds:
    """From nobody to everybody."""
    return Bounds(assumption, 0.0, float(n), 0.0, float(n), n, n)


def chances_lost(
    hazard: Hazard, customer: Counts, month: Counts, harms: Array, *, for_good: bool
) -> Array:
    """The chance that each leaver left through a bad experience: draws by leavers.

    Parameters
    ----------
    harms
        Log odds that a bad experience adds: draws by touchpoints.
    for_good
        Whether they must, without it, still be customers at the end of the window.

    Notes
    -----
    max(0, 1 - h0 / h), with h the hazard in the month of leaving and h0 without what the bad
    experiences add: the share of leavers in that state who would not have left then (Greenland &
    Robins 1988, American Journal of Epidemiology 128, with a monotone effect).
    """
    log_odds = hazard.log_odds(customer, month)
    bad = hazard.months.bad[customer, month].astype(float)
    chance = 1 / (1 + np.exp(-log_odds))
    calm = 1 / (1 + np.exp(-(log_odds - harms @ bad.T)))
    lost = np.maximum(0, 1 - calm / chance)
    if for_good:
        lost = lost * (1 - calm) ** (hazard.months.n_months - 1 - month)
    return np.asarray(lost)


def bounds_of_records(
    hazard: Hazard,
    customer: Counts,
    month: Counts,
    *,
    n_silent: int,
    random_state: int,
    confidence: float,
) -> Bounds:
    """Bounds from what records show.

    Parameters
    ----------
    customer, month
        The silent leavers that the hazard knows, and when they left.
    n_silent
        All silent leavers; of the others (gone in the month they came) nothing is known: they add
        nothing to the lower bound, and all of themselves to the upper.

    Notes
    -----
    Below: only experiences that clearly go with leaving, the cautious harm, gone for good. Above:
    every experience as far as estimated, against one that went well, whether gone for good or not,
    and as many again. Coefficients are drawn from their distribution, and whether each leaver would
    have stayed is drawn on top: the bounds are of these leavers, not of an expected number.
    """
    if not hazard.n_places:
        return naive_bounds(n_silent, assumption=RECORDS)
    clear = hazard.clear
    cautious, bold = hazard.draw_harms(_DRAWS, random_state)
    rng = np.random.default_rng((random_state, 1))
    at_least = chances_lost(hazard, customer, month, cautious * clear, for_good=True)
    at_most = chances_lost(hazard, customer, month, bold, for_good=False)
    tail = (1 - confidence) / 2
    ends = {}
    for name, lost, times, level in (
        ("low", at_least, 1.0, tail),
        ("high", at_most, 1 + UNRECORDED, 1 - tail),
    ):
        noise = np.sqrt((lost * (1 - lost)).sum(axis=1)) * rng.standard_normal(_DRAWS)
        ends[name] = float(np.quantile(times * (lost.sum(axis=1) + noise), level))
    best = hazard.harms()[None, :]
    larger = best + np.maximum(hazard.good, 0) + np.maximum(-hazard.good, 0)
    low = chances_lost(hazard, customer, month, best * clear, for_good=True).sum()
    high = (1 + UNRECORDED) * chances_lost(hazard, customer, month, larger, for_good=False).sum()
    unknown = n_silent - customer.size
    low, high = float(min(low, n_silent)), float(min(high + unknown, n_silent))
    return Bounds(
        RECORDS,
        low,
        high,
        ci_low=float(np.clip(ends["low"], 0, low)),
        ci_high=float(np.clip(ends["high"] + unknown, high, n_silent)),
        n=n_silent,
        base=n_silent,
    )


def bounds_of_reasons(*, n_blaming: int, n_told: int, n_silent: int, confidence: float) -> Bounds:
    """Bounds from what those said who were asked why they left.

    Parameters
    ----------
    n_blaming
        Named an experience with us.
    n_told
        Named any cause.

    Notes
    -----
    Wilson's interval of the share who blame us, n raised by the finite population correction (those
    who said why are themselves among the leavers). From it the share of those who did leave through
    an experience, were up to `MISNAMED` of either side to name the other cause (Rogan & Gladen
    1978, American Journal of Epidemiology 107), carried to those who did not say at odds up to
    `ODDS_APART` away either way.

    Examples
    --------
    >>> found = bounds_of_reasons(n_blaming=10, n_told=40, n_silent=100, confidence=0.95)
    >>> [round(end, 1) for end in (found.ci_low, found.low, found.high, found.ci_high)]
    [5.5, 13.7, 33.1, 46.7]
    """
    share, n = n_blaming / n_told, n_told * max(n_silent - 1, 1) / max(n_silent - n_told, 1e-6)
    low, high = wilson(share=np.array([share]), n=np.array([n]), z=normal_quantile(confidence))

    def count(blaming: float, *, is_low: bool) -> float:
        true = (blaming - MISNAMED if is_low else blaming) / (1 - MISNAMED)
        true = min(max(true, 0.0), 1.0)
        others = _shift(true, 1 / ODDS_APART if is_low else ODDS_APART)
        return n_told * true + (n_silent - n_told) * others

    return Bounds(
        REASONS,
        low=count(share, is_low=True),
        high=count(share, is_low=False),
        ci_low=count(float(low[0]), is_low=True),
        ci_high=count(float(high[0]), is_low=False),
        n=n_told,
        base=n_silent,
    )


def _shift(share: float, odds_ratio: float) -> float:
    """A share whose odds are so many times those of another."""
    return share * odds_ratio / (1 - share + share * odds_ratio)


def bounds_of_both(records: Bounds, reasons: Bounds) -> Bounds:
    """What both leave possible; the hull of both where they contradict each other."""
    pair = (records, reasons)
    n, base = reasons.n, records.base
    if do_contradict(records, reasons):
        low, high = min(part.low for part in pair), max(part.high for part in pair)
        ends = min(part.ci_low for part in pair), max(part.ci_high for part in pair)
        return Bounds(BOTH, low, high, *ends, n=n, base=base)
    ci_low, ci_high = max(part.ci_low for part in pair), min(part.ci_high for part in pair)
    low, high = max(part.low for part in pair), min(part.high for part in pair)
    if low > high:  # apart by no more than chance: one number, which both allow
        low = high = (low + high) / 2
    low, high = (min(max(end, ci_low), ci_high) for end in (low, high))
    return Bounds(BOTH, low, high, ci_low, ci_high, n=n, base=base)


def do_contradict(records: Bounds, reasons: Bounds) -> bool:
    """Whether what records show and what people said cannot both be so."""
    return max(records.ci_low, reasons.ci_low) > min(records.ci_high, reasons.ci_high)
