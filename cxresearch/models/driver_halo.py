"""How far does a general impression that colours all ratings distort what each of them does?

Unit of observation: a driver that people graded. What ratings have in common (one factor) is partly
how good things are, partly how a person grades. The second hides effects: of two people who grade a
place alike, the one in the better mood had the worse experience. Ratings without effect then seem
to do harm. Where several do by more than chance, and alike, that much is undone, and no more. And
a grade is rounded: part of what one driver does then shows in others that go with it.

It cannot tell several ratings that truly do harm alike from an impression: what is undone is one
reading, what was found the other, and `Halo.readings` has both. Nor can it see an impression that
changes the outcome by itself in the same direction as good experiences do: `halo_needed` of
`assess_drivers` says how strong that would have to be.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cxresearch.models.balance import Flags
from cxresearch.models.driver_fit import DriverFit
from cxresearch.models.partialling import sum_by_person
from cxresearch.transforms.intervals import Array

Order = NDArray[np.int64]

FEWEST_ALIKE = 3
"""Drivers that must seem to do harm alike before the impression is held responsible."""

_ALPHA = 0.05
_ALIKE = 0.05
_LEAST_CORRELATION = 0.02


@dataclass(frozen=True)
class Halo:
    """What the common impression does to the estimates.

    Attributes
    ----------
    loadings
        How much of each driver's standard deviation is the common impression, in its own unit; 0 of
        what is not a rating.
    shifts
        By how much each estimate is off for each unit by which the impression itself changes the
        outcome (a standard deviation of it, all ratings being equal).
    strength
        That change, as far as the ratings show it; 0 where they show none.
    contrasts
        Drivers by drivers: the combinations of estimates that are the corrected ones.
    readings
        All combinations by which a finding must hold: corrected and as found, and both again if
        each grade stands for anything that rounds to it.
    """

    loadings: Array
    shifts: Array
    strength: float
    contrasts: Array
    readings: tuple[Array, ...]

    @property
    def is_corrected(self) -> bool:
        """Whether anything was undone."""
        return self.strength != 0.0


def find_halo(
    fit: DriverFit,
    rated: Flags,
    *,
    scale: Array,
    step: Array | None = None,
    is_rated_outcome: bool = False,
) -> Halo:
    """The common impression of the rated drivers, and what of it must be undone.

    Parameters
    ----------
    rated
        Which drivers people graded.
    scale
        The length of each driver's scale, below 0 where low is good.
    step
        From one grade of each driver to the next; by default grades count as exact.
    is_rated_outcome
        Whether the outcome is a rating of the same people, which a good impression lifts by itself:
        nothing is undone then.

    Notes
    -----
    What all ratings have in common cannot be told apart into impression and quality. What is
    supposed is the simplest: the impression moves every rating by the same part of its scale. An
    impression that is left out moves each estimate by the formula of omitted variables, that is
    along `shifts`; how far is read from the drivers that seem most harmful: the largest set from
    the most harmful on whose harm is one multiple of their shifts (Cochran's Q at .05), if it has
    three drivers and lies below 0 by more than chance. It supposes that no better experience drives
    people away, which the ratings do not show: so both readings are kept (docs/decisions/0019). If
    every driver had an effect, too little would be undone.

    Rounding adds a twelfth of a squared step to the variance of a grade (Sheppard 1898); taken from
    the covariances it gives the effects of what was rounded (Fuller 1987, Measurement Error Models,
    1.2), at most half of what is left of any combination of grades being taken for rounding.
    """
    rated = rated & fit.effects.is_known
    covariance = np.cov(fit.residuals, rowvar=False).reshape(rated.size, rated.size)
    halo = _undo(fit, rated, covariance, scale=scale, is_rated_outcome=is_rated_outcome)
    if step is None or not rated.any():
        return halo
    error = _rounding(covariance, np.where(rated, step**2 / 12, 0.0))
    mixed = _unround(fit, covariance, error)
    own = fit.effects
    effects = replace(
        own, estimate=mixed @ own.estimate, weights=own.weights @ mixed.T,
        scores=own.scores @ mixed.T,
    )  # fmt: skip
    second = _undo(
        replace(fit, effects=effects), rated, covariance - np.diag(error), scale=scale,
        is_rated_outcome=is_rated_outcome,
    )  # fmt: skip
    return replace(
        halo, readings=(*halo.readings, *(reading @ mixed for reading in second.readings))
    )


def _undo(
    fit: DriverFit, rated: Flags, covariance: Array, *, scale: Array, is_rated_outcome: bool
) -> Halo:
    """The common impression, given how what is left of the drivers goes together."""
    k = rated.size
    same = np.eye(k)
    nothing = Halo(np.zeros(k), np.zeros(k), 0.0, same, (same,))
    if rated.sum() < FEWEST_ALIKE:
        return nothing
    loadings = np.zeros(k)
    loadings[rated] = _common_part(covariance[np.ix_(rated, rated)], scale[rated])
    if not loadings.any():
        return nothing
    shifts = shifts_of(fit, loadings, covariance)
    nothing = replace(nothing, loadings=loadings, shifts=shifts)
    upward = shifts * np.sign(scale)
    usable = rated & (upward > 1e-3 * np.abs(upward).max())
    if is_rated_outcome or usable.sum() < FEWEST_ALIKE:
        return nothing
    better = fit.residuals[:, rated] / scale[rated]
    meant = np.sign(better.sum(axis=1) @ fit.outcome_left) or 1.0
    strength, combination = _read_strength(fit, shifts, usable, meant=meant)
    contrasts = same - np.outer(shifts, combination)
    if strength == 0:
        return nothing
    return replace(nothing, strength=strength, contrasts=contrasts, readings=(contrasts, same))


def _rounding(covariance: Array, error: Array) -> Array:
    """Variance of rounding, as much of it as leaves half of every combination of grades."""
    root = np.sqrt(error)
    inverse = np.linalg.pinv(covariance, rcond=1e-10, hermitian=True)
    largest = float(np.linalg.eigvalsh(root[:, None] * inverse * root).max())
    return np.asarray(error * min(1.0, 0.5 / max(largest, 1e-12)))


def _unround(fit: DriverFit, covariance: Array, error: Array) -> Array:
    """Drivers by drivers: the combinations of estimates that grades without rounding would give."""
    k = error.size
    mixed = np.eye(k)
    for j in np.flatnonzero(fit.effects.is_known):
        kept = fit.effects.is_known & ~fit.descendants[j, :k]
        own = covariance[np.ix_(kept, kept)]
        true = np.linalg.pinv(own - np.diag(error[kept]), rcond=1e-10, hermitian=True)
        mixed[j, kept] = true[int(kept[:j].sum())] @ own
    return mixed


def _common_part(covariance: Array, scale: Array) -> Array:
    """How much one impression moves each rating: all by the same part of their scale.

    How large a part says the middle one of the covariances, nothing if they do not go together.
    """
    covariance = covariance / np.outer(scale, scale)
    middle = np.median(covariance[np.triu_indices(scale.size, 1)])
    if middle <= _LEAST_CORRELATION * np.median(np.diag(covariance)):
        return np.zeros(scale.size)
    return np.asarray(np.sqrt(middle) * scale)


def shifts_of(fit: DriverFit, loadings: Array, covariance: Array) -> Array:
    """The coefficient of each driver when the impression is regressed on it and on its others.

    Parameters
    ----------
    loadings
        How much of each driver is the impression.
    covariance
        Of what context leaves of the drivers.
    """
    shifts = np.zeros(loadings.size)
    for j in np.flatnonzero(fit.effects.is_known):
        kept = fit.effects.is_known & ~fit.descendants[j, : loadings.size]
        part = np.linalg.pinv(covariance[np.ix_(kept, kept)], rcond=1e-10, hermitian=True)
        shifts[j] = (part @ loadings[kept])[int(kept[:j].sum())]
    return shifts


def _read_strength(
    fit: DriverFit, shifts: Array, usable: Flags, *, meant: float
) -> tuple[float, Array]:
    """How strong the impression must at least be, and the combination of estimates that says so."""
    from scipy.special import ndtri

    combination = np.zeros(shifts.size)
    places = np.flatnonzero(usable)
    scale = shifts[places]
    harm = meant * fit.effects.estimate[places] / scale
    sums = sum_by_person(fit.effects.scores[:, places], fit.effects.people)
    errors = (sums.T @ sums) / np.outer(scale, scale)
    order = np.argsort(harm, kind="stable").astype(np.int64)
    for first in range(order.size - FEWEST_ALIKE + 1):
        taken = _alike(order[first:], harm, errors)
        if taken.size < FEWEST_ALIKE:
            continue  # one that does harm for a reason of its own
        weights = _weights(errors, taken)
        mean = float(weights @ harm[taken])
        error = np.sqrt(weights @ errors[np.ix_(taken, taken)] @ weights)
        if mean > ndtri(_ALPHA) * error:
            return 0.0, combination
        combination[places[taken]] = weights / scale[taken]
        return meant * mean, combination
    return 0.0, combination


def _weights(errors: Array, taken: Order) -> Array:
    """Weights of the best common mean."""
    inverse = np.linalg.pinv(errors[np.ix_(taken, taken)], hermitian=True)
    return np.asarray(inverse.sum(axis=0) / inverse.sum())


def _alike(order: Order, harm: Array, errors: Array) -> Order:
    """As many from the first on as chance alone may keep apart."""
    from scipy.special import chdtrc

    size = 1
    while size < order.size:
        taken = order[: size + 1]
        away = harm[taken] - _weights(errors, taken) @ harm[taken]
        inverse = np.linalg.pinv(errors[np.ix_(taken, taken)], hermitian=True)
        if chdtrc(size, away @ inverse @ away) < _ALIKE:
            break
        size += 1
    return order[:size]
