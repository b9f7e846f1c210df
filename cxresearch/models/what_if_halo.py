"""What must be undone of gains from ratings that one general impression colours?

Unit of observation: a scenario. Of two people who grade a place alike, the one in the better mood
had the worse experience: gains of ratings come out too small, and ratings without effect seem to do
harm. What `models.driver_halo` reads off effects is read off gains here, by the point mended.

It cannot see an impression that changes the outcome by itself, as good experiences do.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np

from cxresearch.models.balance import Flags, People
from cxresearch.models.driver_design import Design
from cxresearch.models.driver_fit import DriverFit
from cxresearch.models.driver_halo import _shifts, find_halo
from cxresearch.models.driver_nuisance import RIDGE, Nuisance
from cxresearch.models.partialling import Effects
from cxresearch.models.what_if_scenarios import JOINT, Scenario
from cxresearch.transforms.intervals import Array

RATED_LEVELS = (3, 11)
"""Drivers of so many values are taken for ratings."""


def undo_impression(
    design: Design,
    scenarios: Sequence[Scenario],
    parts: Array,
    *,
    comes: Flags,
    fold: People,
    rated: Collection[str] | None,
) -> Array:
    """Scenarios by scenarios: the combinations of gains that are the corrected ones.

    Parameters
    ----------
    parts
        Cases by scenarios: what each case adds to the gain; the mean is the gain.
    comes
        Drivers by drivers and context: whether the second comes from the first.
    rated
        Drivers that people graded; by default those of 3 to 11 values.
    """
    same = np.eye(len(scenarios))
    k = len(design.names)
    place = {each.driver: i for i, each in enumerate(scenarios)}
    is_rated = np.array([name in place and _is_rated(design, name, rated) for name in design.names])
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
    whole = _shifts(replace(fit, descendants=np.zeros_like(comes)), halo.loadings)
    found = same.copy()
    for i, each in enumerate(scenarios):
        shifts = whole if each.driver == JOINT else halo.shifts
        off = shifts[each.moved] @ step[each.moved]
        for j in np.flatnonzero(combination):
            found[i, place[design.names[j]]] -= off * combination[j] / step[j]
    return found


def _is_rated(design: Design, name: str, rated: Collection[str] | None) -> bool:
    if rated is not None:
        return name in rated
    values = design.values[:, design.names.index(name)]
    fewest, most = RATED_LEVELS
    return fewest <= np.unique(values[~np.isnan(values)]).size <= most


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
