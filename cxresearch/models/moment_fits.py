"""What do bad and good experiences at all touchpoints change in one outcome, taken together?

Unit of observation: a customer in a month, a row of the panel. All touchpoints enter one regression
(`models.partialling`), each as two exposures: a bad and a good experience in the month.

It cannot estimate what hardly anybody met: such experiences are only adjusted for.
"""

from dataclasses import dataclass

import numpy as np

from cxresearch.intake.tables import StudyTables
from cxresearch.language import mark
from cxresearch.models.balance import Flags
from cxresearch.models.outcomes import FEW_LEAVERS, FEWEST_LEAVERS, NO_LEAVING
from cxresearch.models.panel import Counts, Panel
from cxresearch.models.partialling import Effects, Matrix, partial_out
from cxresearch.transforms.experiences import OPERATIONS
from cxresearch.transforms.intervals import Array

FEWEST_EXPECTED = 5.0
"""Leavers to expect among those who met one side if it changed nothing."""

NO_EXPERIENCE = mark("nothing recorded tells a good experience from a bad one")
NO_LOYALTY = mark("too few customers were asked about the whole afterwards")


@dataclass(frozen=True)
class Fit:
    """Effects on one outcome. Columns: the bad experiences of all touchpoints, then the good."""

    outcome: str
    unit: str
    n: Array
    n_customers: Array
    place: Counts  # position of each column among the effects, -1 where it was not estimated
    is_reliable: Flags
    effects: Effects
    risk: Array  # mean outcome of those exposed
    spread: float
    is_within: bool
    hide_below: int


def fit_outcome(
    panel: Panel, tables: StudyTables, *, outcome: str, horizon_months: int, random_state: int
) -> Fit | str:
    """The effects on one outcome, or why there are none."""
    value = panel.leaves if outcome == "leaving" else panel.loyalty
    used = np.flatnonzero(np.isfinite(value))
    if reason := _missing(panel, outcome, used, value):
        return reason
    people, y = panel.customer[used], value[used]
    counts = np.column_stack([panel.bad, panel.good])[used]
    exposed = (counts > 0).astype(float)
    n_customers = np.array([np.unique(people[column > 0]).size for column in exposed.T])
    is_used = n_customers >= tables.study.privacy.hide_below
    if not is_used.any():
        return NO_LOYALTY if outcome == "loyalty" else NO_EXPERIENCE
    within = outcome == "loyalty" and _is_repeated(people, horizon_months)
    effects = partial_out(
        y,
        exposed[:, is_used],
        adjusters=_controls(panel, used, rare=exposed[:, ~is_used]),
        people=people,
        dropped=np.tile(_downstream(panel, tables), (2, 2))[np.ix_(is_used, is_used)],
        within=within,
        is_binary=outcome == "leaving",
        random_state=random_state,
    )
    place = np.full(is_used.size, -1)
    place[is_used] = np.where(effects.is_known, np.arange(effects.estimate.size), -1)
    is_reliable = n_customers >= tables.study.privacy.reliable_from
    if outcome == "leaving":
        is_reliable &= exposed.sum(axis=0) * y.mean() >= FEWEST_EXPECTED
    return Fit(
        outcome=outcome,
        unit="share" if outcome == "leaving" else panel.loyalty_unit,
        n=counts.sum(axis=0),
        n_customers=n_customers,
        place=place,
        is_reliable=is_reliable,
        effects=effects,
        risk=exposed.T @ y / np.maximum(exposed.sum(axis=0), 1),
        spread=float(y.std()),
        is_within=within,
        hide_below=tables.study.privacy.hide_below,
    )


def _is_repeated(people: Counts, horizon_months: int) -> bool:
    """Whether most rows are of people with several answers: more rows than the horizon has."""
    n_rows = np.bincount(people)
    return bool(n_rows[n_rows > horizon_months].sum() > people.size / 2)


def _controls(panel: Panel, used: Counts, *, rare: Matrix) -> Matrix:
    """What is adjusted for: all that was known before, and who met a touchpoint in the month."""
    answered = (panel.bad + panel.good + panel.ordinary)[used] > 0
    met = (panel.unknown[used] > 0, answered & by_answers(panel), rare)
    return np.column_stack([panel.adjusters[used], *(part.astype(np.float32) for part in met)])


def _missing(panel: Panel, outcome: str, used: Counts, value: Array) -> str:
    """Why an outcome cannot be looked at; empty where it can."""
    if not panel.touchpoints:
        return NO_EXPERIENCE
    if outcome == "leaving":
        if panel.n_left is None:
            return NO_LEAVING
        left = np.unique(panel.customer[used][value[used] > 0]).size
        return FEW_LEAVERS if left < FEWEST_LEAVERS else ""
    return NO_LOYALTY if np.unique(panel.customer[used]).size < FEWEST_LEAVERS else ""


def _downstream(panel: Panel, tables: StudyTables) -> Flags:
    """Touchpoints by touchpoints: whether the second is declared to come from the first."""
    causes = {driver.id: driver.downstream_of for driver in tables.study.experience.drivers}
    position = {name: i for i, name in enumerate(panel.touchpoints)}
    comes = np.zeros((len(position), len(position)), dtype=bool)
    for name, of in causes.items():
        for cause in of:
            if name in position and cause in position:
                comes[position[cause], position[name]] = True
    for _ in range(len(position).bit_length()):
        comes |= comes.astype(int) @ comes.astype(int) > 0
    np.fill_diagonal(comes, val=False)
    return comes


def by_answers(panel: Panel) -> Flags:
    """Whether the answers tell of a touchpoint."""
    return np.array([source not in OPERATIONS for source in panel.sources])


def values_at(fit: Fit, values: Array) -> Array:
    """Values of the effects at all columns, NaN where a column was not estimated."""
    return np.where(fit.place >= 0, values[fit.place], np.nan)


def bad_less_good(fit: Fit, panel: Panel) -> tuple[Array, Array]:
    """Bad less good at each touchpoint and its standard error.

    NaN where too few met either; of answers, where only the top is too rare, bad less ordinary.
    """
    k = len(panel.touchpoints)
    bad, good = fit.place[:k], fit.place[k:]
    contrasts = np.zeros((k, fit.effects.estimate.size))
    for sign, place in ((1.0, bad), (-1.0, good)):
        here = np.flatnonzero(place >= 0)
        contrasts[here, place[here]] = sign
    is_known = (bad >= 0) & ((good >= 0) | by_answers(panel))
    gap, error = contrasts @ fit.effects.estimate, fit.effects.standard_error(contrasts)
    return np.where(is_known, gap, np.nan), np.where(is_known, error, np.nan)
