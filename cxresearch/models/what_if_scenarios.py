"""Which drivers can be mended in these data, alone and together, and whom would it touch?

Unit of observation: a driver with its target, and all of them together. A scenario says which cases
change and what must be left out of the model; where it cannot be foretold it says why.

It cannot foretell a target that hardly anybody reaches.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from cxresearch.language import mark
from cxresearch.models.balance import Flags
from cxresearch.models.driver_design import Design
from cxresearch.models.what_if_targets import Target, mend
from cxresearch.transforms.intervals import Array

JOINT = "all"
"""Stands for all drivers together."""

FEWEST_PEOPLE = 100
"""People, and people of the rarer outcome, below whom nothing is foretold."""
FEWEST_REACH = 30
"""People who must reach a target for a gain to be foretold from them."""

NOT_ACTIONABLE = mark("it cannot be changed: it is only adjusted for")
NOTHING_SHORT = mark("nobody is short of its target")
FEW_SHORT = mark("too few people are short of its target to show them")
FEW_REACH = mark("hardly anybody reaches its target: nothing to foretell a gain from")
FEW_PEOPLE = mark("too few people to foretell a gain from")
FEW_OUTCOMES = mark("too few people had the outcome, or too few did not")


@dataclass(frozen=True)
class Scenario:
    """One thing mended, or all.

    Attributes
    ----------
    driver
        The driver, or `all`.
    targets
        What is mended.
    mended
        Cases by drivers as they would be.
    moved, using
        Which drivers change; which drivers, and then columns of context, the model keeps.
    short_by
        Cases by moved drivers: how far from the target, 0 where it is reached.
    n_short, n_people_short
        Cases, and people, short of the target.
    mean_value, n_valued
        Mean value of the people short, and how many have one; NaN where none.
    is_reliable
        Whether enough people are short of the target and, of one driver, enough reach it.
    is_extrapolated
        Whether, of all, hardly anybody reaches everything at once. People reach each target, and
        the models put together what they learn of each: their form carries the gain.
    why_not
        Why nothing is foretold; empty where it is.
    """

    driver: str
    targets: Mapping[str, Target]
    mended: Array = field(repr=False)
    moved: Flags
    using: Flags
    short_by: Array = field(repr=False)
    n_short: int
    n_people_short: int
    mean_value: float
    n_valued: int
    is_reliable: bool
    is_extrapolated: bool
    why_not: str


def list_scenarios(
    design: Design,
    targets: Mapping[str, Target],
    *,
    roles: Mapping[str, str],
    comes: Flags,
    hide_below: int,
    values: Array | None,
) -> list[Scenario]:
    """A scenario a target, and the one of all that can be mended."""
    alone, able = list[Scenario](), dict[str, Target]()
    for name, target in targets.items():
        reason = design.why_not.get(name, "")
        if roles.get(name, "actionable") != "actionable":
            reason = NOT_ACTIONABLE
        usable = {} if reason else {name: target}
        scenario = _lay_out(
            name, design, usable, comes=comes, hide_below=hide_below, values=values, reason=reason
        )
        alone.append(scenario)
        if not scenario.why_not:
            able[name] = target
    if not able:
        return alone
    joint = _lay_out(
        JOINT, design, able, comes=comes, hide_below=hide_below, values=values, reason=""
    )
    return [*alone, joint]


def why_nothing(design: Design, *, is_binary: bool) -> str:
    """Why no gain can be foretold at all; empty where it can."""
    outcome, people = design.outcome, design.people
    if np.unique(people).size < FEWEST_PEOPLE:
        return FEW_PEOPLE
    if is_binary:
        rarer = min(np.unique(people[outcome == kind]).size for kind in (0, 1))
        return FEW_OUTCOMES if rarer < FEWEST_PEOPLE else ""
    return FEW_OUTCOMES if np.ptp(outcome) == 0 else ""


def _lay_out(
    driver: str,
    design: Design,
    targets: Mapping[str, Target],
    *,
    comes: Flags,
    hide_below: int,
    values: Array | None,
    reason: str,
) -> Scenario:
    position = {name: i for i, name in enumerate(design.names)}
    moved = np.array([name in targets for name in design.names], dtype=bool)
    mended = mend(design.values, position, targets)
    short_by = np.abs(np.nan_to_num(mended - design.values))[:, moved]
    is_joint = driver == JOINT
    is_short = np.asarray((short_by > 0).any(axis=1), dtype=bool)
    has_reached = (short_by == 0).all(axis=1) & ~np.isnan(design.values[:, moved]).all(axis=1)
    n_short, n_reach = (np.unique(design.people[f]).size for f in (is_short, has_reached))
    if not reason:
        reason = _why_not(n_short, n_reach, hide_below=hide_below, is_joint=is_joint)
    mean_value, n_valued = _mean_value(design, is_short, values)
    return Scenario(
        driver=driver,
        targets=targets,
        mended=mended,
        moved=moved,
        using=~comes[moved].any(axis=0) | np.append(moved, np.zeros(len(design.context_names)) > 0),
        short_by=short_by,
        n_short=int(is_short.sum()),
        n_people_short=n_short,
        mean_value=mean_value,
        n_valued=n_valued,
        is_reliable=not reason and (n_short if is_joint else min(n_short, n_reach)) >= FEWEST_REACH,
        is_extrapolated=not reason and is_joint and n_reach < FEWEST_REACH,
        why_not=reason,
    )


def _why_not(n_short: int, n_reach: int, *, hide_below: int, is_joint: bool) -> str:
    if not n_short:
        return NOTHING_SHORT
    if n_short < hide_below:
        return FEW_SHORT
    return FEW_REACH if n_reach < FEWEST_REACH and not is_joint else ""


def _mean_value(design: Design, is_short: Flags, values: Array | None) -> tuple[float, int]:
    """Mean value of the people short of the target, a person counting once."""
    if values is None:
        return np.nan, 0
    known = is_short & np.isfinite(values)
    _, first = np.unique(design.people[known], return_index=True)
    worth = values[known][first]
    return (float(worth.mean()), worth.size) if worth.size else (np.nan, 0)
