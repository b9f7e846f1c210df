"""What must be undone of gains from ratings that one general impression colours?

Unit of observation: a scenario. Of two people who grade a place alike, the one in the better mood
had the worse experience: gains of ratings come out too small, and ratings without effect seem to do
harm. What `models.driver_halo` reads off effects is read off gains here, by the point mended.

It cannot see an impression that changes the outcome by itself, as good experiences do.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np

from cxresearch.models.balance import Flags, People
from cxresearch.models.driver_design import Design
from cxresearch.models.driver_fit import DriverFit
from cxresearch.models.driver_halo import find_halo
from cxresearch.models.driver_nuisance import RIDGE, Nuisance
from cxresearch.models.partialling import Effects
from cxresearch.models.what_if_scenarios import JOINT, Scenario
from cxresearch.models.what_if_shift import add_up
from cxresearch.transforms.intervals import Array


@dataclass(frozen=True)
class Undone:
    """What of gains is undone.

    Attributes
    ----------
    mixed
        Scenarios by scenarios: the combinations of gains that are the corrected ones.
    doubt
        By scenario the standard error of what was undone that comes of the choice of drivers it
        was read from; what chance does to their gains is in the combinations already.
    """

    mixed: Array = field(repr=False)
    doubt: Array


def read_gains(
    design: Design,
    scenarios: Sequence[Scenario],
    parts: Array,
    weights: Array,
    as_is: Array,
    *,
    comes: Flags,
    fold: People,
    rated: Collection[str],
    is_binary: bool,
) -> list[list[tuple[float, float]]]:
    """Of each scenario estimate and standard error: what is shown, then any other reading of it.

    Where ratings show an impression what it hides is undone; what was found stands beside it, for
    several ratings that truly do harm alike would look the same.

    Parameters
    ----------
    parts, weights, as_is
        As `what_if_shift.add_up` takes them.
    comes, fold, rated
        As `undo_impression` takes them.
    """
    m = len(scenarios)
    same = Undone(np.eye(m), np.zeros(m))
    undone = undo_impression(design, scenarios, parts, comes=comes, fold=fold, rated=rated)
    readings = [same] if (undone.mixed == same.mixed).all() else [undone, same]
    found = []
    for reading in readings:
        mixed, shift = reading.mixed.copy(), np.zeros(m)
        if is_binary and scenarios[-1].driver == JOINT and (mixed[-1] != same.mixed[-1]).any():
            mixed[-1], shift[-1] = soften(parts, mixed, m - 1, base=float(design.outcome.mean()))
        ends = add_up(
            parts @ mixed.T + shift, weights @ mixed.T, as_is, design.outcome, design.people,
            is_binary=is_binary, doubt=reading.doubt,
        )  # fmt: skip
        found.append(ends)
    return [list(ends) for ends in zip(*found, strict=True)]


def undo_impression(
    design: Design,
    scenarios: Sequence[Scenario],
    parts: Array,
    *,
    comes: Flags,
    fold: People,
    rated: Collection[str],
) -> Undone:
    """The corrected gains, as far as ratings show an impression, and the doubt about them.

    Parameters
    ----------
    parts
        Cases by scenarios: what each case adds to the gain; the mean is the gain.
    comes
        Drivers by drivers and context: whether the second comes from the first.
    rated
        Drivers that people graded.

    Notes
    -----
    How strong the impression is says a set of ratings that are held to have no effect. Any of them
    may have one: each is left out once, and the jackknife (Tukey 1958) of the strength over them is
    the doubt.
    """
    same = Undone(np.eye(len(scenarios)), np.zeros(len(scenarios)))
    k = len(design.names)
    place = {each.driver: i for i, each in enumerate(scenarios)}
    is_rated = np.array([name in place and name in rated for name in design.names], dtype=bool)
    if is_rated.sum() < 2:
        return same
    step = np.zeros(k)  # mean change of each driver where it alone is mended
    slopes, scores = np.zeros(k), np.zeros((len(parts), k))
    for j in np.flatnonzero([name in place for name in design.names]):
        i = place[design.names[j]]
        step[j] = np.nan_to_num(scenarios[i].mended[:, j] - design.values[:, j]).mean()
        slopes[j] = parts[:, i].mean() / step[j]
        scores[:, j] = (parts[:, i] - parts[:, i].mean()) / (len(parts) * step[j])
    fit = _fit(design, slopes, scores, known=step != 0, comes=comes, fold=fold)
    scale = np.sign(step) * np.ptp(design.filled, axis=0)
    halo = find_halo(fit, is_rated, scale=np.where(scale, scale, 1.0))
    if not halo.is_corrected:
        return same
    strongest = int(np.abs(halo.shifts).argmax())
    combination = (np.eye(k) - halo.contrasts)[strongest] / halo.shifts[strongest]
    strength_error = doubt_of_strength(combination * halo.shifts, slopes, halo.shifts)
    whole = _shifts_of_all(fit, halo.loadings)
    found = Undone(same.mixed.copy(), same.doubt.copy())
    for i, each in enumerate(scenarios):
        shifts = whole if each.driver == JOINT else halo.shifts
        off = shifts[each.moved] @ step[each.moved]
        found.doubt[i] = abs(off) * strength_error
        for j in np.flatnonzero(combination):
            found.mixed[i, place[design.names[j]]] -= off * combination[j] / step[j]
    return found


def doubt_of_strength(weights: Array, slopes: Array, shifts: Array) -> float:
    """Standard error of the strength over the drivers that it was read from, each left out once.

    Parameters
    ----------
    weights
        How much each driver counts; they sum to 1, 0 of those it was not read from.
    slopes, shifts
        The gain of each by the point, and how far it is off for each unit of the impression.

    Examples
    --------
    >>> third = np.full(3, 1 / 3)
    >>> round(doubt_of_strength(third, np.array([1.0, 2.0, 3.0]), np.ones(3)), 3)
    0.577
    """
    used = np.flatnonzero(weights)
    strengths = slopes[used] / shifts[used]
    without = (weights[used] @ strengths - weights[used] * strengths) / (1 - weights[used])
    return float(np.sqrt((used.size - 1) * without.var()))


def _shifts_of_all(fit: DriverFit, loadings: Array) -> Array:
    """The coefficients when the impression is regressed on all drivers, whatever they come from."""
    known = fit.effects.is_known
    covariance = np.cov(fit.residuals[:, known], rowvar=False)
    found = np.zeros(loadings.size)
    found[known] = np.linalg.pinv(covariance, rcond=1e-10, hermitian=True) @ loadings[known]
    return found


def _fit(
    design: Design,
    slopes: Array,
    scores: Array,
    *,
    known: Flags,
    comes: Flags,
    fold: People,
) -> DriverFit:
    """Gains by the point mended, as effects, and what context alone leaves of all columns."""
    k = len(design.names)
    context = np.arange(design.n_parts) >= k
    foretold = Nuisance(design, fold).foretell([(target, context) for target in range(k + 1)])
    left = np.column_stack([design.outcome, design.filled]) - foretold
    effects = Effects(slopes, scores, scores, np.zeros(len(scores)), design.people, known)
    return DriverFit(effects, left[:, 1:], left[:, 0], design.outcome, comes, RIDGE)


def soften(parts: Array, mixed: Array, joint: int, *, base: float) -> tuple[Array, float]:
    """The corrected combination of all together, and what is to be added to it.

    What is undone grows with the risk that is left: it is taken off in proportion, so that no more
    than the whole risk can be mended.

    Parameters
    ----------
    mixed
        As `undo_impression` gives it.
    joint
        The row of all together.
    base
        The mean of an outcome of 0 and 1.
    """
    own = np.eye(len(mixed))[joint]
    sign, risk = (1.0, base) if base <= 0.5 else (-1.0, 1 - base)  # the rarer outcome is the risk
    undone = own - mixed[joint]
    gain, off = sign * (parts.mean(axis=0) @ np.column_stack([own, undone]))
    left = max(risk + gain, 0.0) * np.exp(-off / risk)
    share = np.exp(-off / risk)
    combination = share * own - left / risk * undone
    straight = share * gain - left / risk * off
    return combination, float(sign * (left - risk - straight))
