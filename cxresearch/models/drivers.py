"""Does it matter: how much does an outcome change with each driver, all else being equal?

Unit of observation: a case (a customer's month, an answer) that belongs to a person. Each driver is
judged with all other drivers and the context adjusted for, and without what comes from it. Base:
cases alike in all else that is recorded.

It cannot prove a cause. What was not recorded is not adjusted for, and where drivers and outcome
are answers of the same person, a mood that colours both looks like an effect: `halo_needed` and
`e_value` say how strong such a thing would have to be. No method tells it apart from the data.
"""

import logging
import warnings
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from cxresearch.errors import CxWarning, ParameterError, require_columns, require_names
from cxresearch.language import mark
from cxresearch.models.driver_design import PROTECTED, Design, lay_out_cases
from cxresearch.models.driver_fit import DriverFit, fit_drivers
from cxresearch.models.driver_halo import find_halo
from cxresearch.models.driver_model import DriverModel, make_model
from cxresearch.models.driver_roles import Causes, check_roles, flag_descendants
from cxresearch.models.driver_tables import Judged, make_rows
from cxresearch.study import is_protected_name
from cxresearch.transforms.intervals import Array, normal_quantile
from cxresearch.transforms.scales import Table

FEWEST = 100
FEW_OF_ONE_KIND = mark("too few people of the rarer outcome to learn from")
FEW_PEOPLE = mark("too few people to learn from")

_LOG = logging.getLogger("cxresearch")


def assess_drivers(
    table: Table,
    *,
    outcome: str,
    drivers: Sequence[str],
    context: Sequence[str] = (),
    roles: Mapping[str, str] | None = None,
    downstream_of: Causes | None = None,
    person: str | None = None,
    is_binary: bool | None = None,
    best: Mapping[str, float] | None = None,
    met: Mapping[str, str] | None = None,
    rated: Collection[str] = (),
    is_rated_outcome: bool = False,
    allow_protected: Collection[str] = (),
    n_folds: int = 5,
    random_state: int = 0,
    confidence: float = 0.95,
) -> DriverModel:
    """Judge each driver with the others and the context held still.

    Parameters
    ----------
    table
        A row a case.
    outcome
        A number, or true and false; cases without it are left out.
    drivers
        Numbers, or true and false; a case without a value of one tells nothing of it and counts for
        the others.
    context
        What is adjusted for and not judged: numbers or categories.
    roles
        `actionable` (default), `context` or `proxy` of drivers.
    downstream_of
        Drivers that each driver, or column of context, comes from: what comes from a driver is left
        out when it is judged.
    person
        Whose case it is; without it each case is another person's.
    is_binary
        Whether the outcome is 0 or 1; by default seen from its values.
    best
        Value of the best experience; by default the highest.
    met
        Columns that say (above 0) in which cases a driver was met, where it is 0 without.
    rated
        Drivers that people graded, so that one impression may colour them and grades are rounded;
        by default none.
    is_rated_outcome
        Whether the outcome is an answer of the same people: a good impression lifts it by itself,
        and what it hides of drivers is not undone.
    allow_protected
        Columns used although their names suggest a protected characteristic; logged.

    Returns
    -------
    DriverModel
        With `tidy()`, `glance()` and `augment(table)`. Without figures, and with a reason, below
        100 people, or 100 of the rarer outcome.

    Raises
    ------
    DataError
        A column is missing, or holds text where a number belongs.
    ParameterError
        A column named twice, no driver, a text for a list, an unknown role, drivers that cause each
        other in a circle, fewer than 2 folds.

    Warns
    -----
    CxWarning
        Context that stands for a protected characteristic was left out; `dropped` has all that was.

    Notes
    -----
    Partialling-out double machine learning (`models.driver_fit`); intervals and tests take each
    person's cases together; q-values by Benjamini & Hochberg (1995). What a common impression hides
    of ratings is undone as far as they show it (`models.driver_halo`), supposing that no better
    experience drives people away. Where that is untrue what was found holds: intervals hold both
    readings, and what is clear must be so in both. Nor are grades exact: a rounded one has
    step² / 12 of variance more than what it stands for (Sheppard 1898; Fuller 1987, 1.2), and what
    is clear must be so with and without it. `p_value` is the largest of all. E-values by
    VanderWeele & Ding (2017): of an outcome of two kinds from risks as estimated, else by way of
    the standardised difference.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> wait, price = rng.random((2, 4000)) < 0.5
    >>> left = rng.random(4000) < 0.1 + 0.2 * wait
    >>> cases = pl.DataFrame({"wait": wait, "price": price, "left": left})
    >>> found = assess_drivers(cases, outcome="left", drivers=["price", "wait"],
    ...                        best={"wait": 0, "price": 0})
    >>> found.tidy().select("driver", pl.col("estimate").round(1), "is_clear").rows()
    [('wait', 0.2, True), ('price', 0.0, False)]
    """
    if n_folds < 2:
        raise ParameterError(f"n_folds={n_folds}", allowed="2 or more")
    require_names(drivers, "drivers", least=1)
    check_roles(roles or {}, drivers)
    design = lay_out_cases(
        table, outcome=outcome, drivers=drivers, context=context, person=person,
        allow_protected=allow_protected,
    )  # fmt: skip
    if barred := [name for name, why in design.dropped.items() if why == PROTECTED]:
        warnings.warn(
            f"left out of context, as they stand for a protected characteristic: "
            f"{', '.join(barred)}. To adjust for them all the same: allow_protected={barred}",
            CxWarning,
            stacklevel=2,
        )
    overrides = [name for name in (*drivers, *context) if name in allow_protected]
    overrides = [name for name in overrides if is_protected_name(name)]
    if overrides:
        _LOG.info("protected columns used on request: %s", ", ".join(overrides))
    values = set(np.unique(design.outcome).tolist())
    two = values <= {0.0, 1.0} if is_binary is None else is_binary
    descendants = flag_descendants(design.names, downstream_of or {}, context=design.context_names)
    shared: dict[str, Any] = {
        "drivers": drivers, "roles": roles or {}, "overrides": overrides, "n_folds": n_folds,
    }  # fmt: skip
    why_not = _missing(design, is_binary=two)
    if why_not or not design.names:
        return make_model(design, None, None, why_not=why_not, **shared)
    fit = fit_drivers(
        design, descendants=descendants, is_binary=two, n_folds=n_folds, random_state=random_state
    )
    judged = _judge(
        table, design, fit, best=best or {}, met=met or {}, rated=rated, is_binary=two,
        is_rated_outcome=is_rated_outcome,
        z=normal_quantile(confidence),
    )  # fmt: skip
    return make_model(design, judged, make_rows(judged), why_not="", **shared)


def _judge(
    table: Table,
    design: Design,
    fit: DriverFit,
    *,
    best: Mapping[str, float],
    met: Mapping[str, str],
    rated: Collection[str],
    is_binary: bool,
    is_rated_outcome: bool,
    z: float,
) -> Judged:
    """The fit with all that its table needs."""
    low, high = np.nanmin(design.values, axis=0), np.nanmax(design.values, axis=0)
    named = np.array([best.get(name, top) for name, top in zip(design.names, high, strict=True)])
    n_values = np.array([np.unique(v[~np.isnan(v)]).size for v in design.values.T])
    is_rated = np.array([name in set(rated) for name in design.names], dtype=bool)
    is_up = np.abs(named - low) >= np.abs(named - high)
    scale = np.where(is_up, high - low, low - high)
    known = ~np.isnan(design.values)
    require_columns(table, *met.values())
    for j, name in enumerate(design.names):
        if name in met:
            flag = table.lazy().select((pl.col(met[name]) > 0).fill_null(value=False)).collect()
            known[:, j] &= flag.to_series().to_numpy()[design.rows]
    return Judged(
        design=design,
        fit=fit,
        halo=find_halo(
            fit, is_rated, scale=scale, step=_steps(design), is_rated_outcome=is_rated_outcome
        ),
        best=np.where(is_up, high, low),
        met=known,
        is_two=n_values == 2,
        is_binary=is_binary,
        z=z,
    )


def _steps(design: Design) -> Array:
    """From one value of each driver to the next, as a rule."""
    values = [np.unique(v[~np.isnan(v)]) for v in design.values.T]
    share = 1 - np.isnan(design.values).mean(axis=0)  # where it is not known nothing is rounded
    return np.asarray([np.median(np.diff(v)) for v in values] * np.sqrt(share), dtype=float)


def _missing(design: Design, *, is_binary: bool) -> str:
    """Why nothing can be fitted; empty where it can."""
    if np.unique(design.people).size < FEWEST:
        return FEW_PEOPLE
    if is_binary:
        sides = (design.outcome > 0.5, design.outcome <= 0.5)
        if min(np.unique(design.people[side]).size for side in sides) < FEWEST:
            return FEW_OF_ONE_KIND
    return "" if np.unique(design.outcome).size > 1 else FEW_OF_ONE_KIND
