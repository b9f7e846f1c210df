"""How much would be gained if a driver were mended, for some or all of those short of its target?

Unit of observation: a case (an answer, a customer's month) that belongs to a person. The outcome is
foretold from drivers and context, by two kinds of model, for every case as it is and with those
short of the target given it; the mean of the change, corrected by what the models leave
unexplained, is the gain. Base: all cases, also those with nothing to mend.

It is adjusted for what is recorded, not proved by lot: what nobody recorded may carry part of it,
and two models that agree are no evidence against that. Gains of several drivers overlap: their
joint worth is a row of its own, never a sum.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from threadpoolctl import threadpool_limits

from cxresearch.errors import ParameterError, did_you_mean, require_names
from cxresearch.models.balance import Flags
from cxresearch.models.driver_design import Design, lay_out_cases
from cxresearch.models.driver_nuisance import fold_people
from cxresearch.models.driver_roles import Causes, check_roles, flag_descendants
from cxresearch.models.in_brief import in_brief
from cxresearch.models.what_if_fits import KINDS, Kind, choose_learner
from cxresearch.models.what_if_halo import read_gains
from cxresearch.models.what_if_scenarios import Scenario, list_scenarios, why_nothing
from cxresearch.models.what_if_shift import weigh_cases
from cxresearch.models.what_if_tables import GAINS, gain_rows
from cxresearch.models.what_if_targets import Target as Target
from cxresearch.models.what_if_targets import Targets, read_targets
from cxresearch.transforms.intervals import Array
from cxresearch.transforms.scales import Table

SHARES = tuple(step / 10 for step in range(11))
"""Shares of the cases short of the target that are mended: the stops of a slider."""
_N_FOLDS = 5


@dataclass(frozen=True)
class WhatIf:
    """Result of `simulate_gain`.

    Attributes
    ----------
    gains
        What `tidy` returns.
    quality
        What `glance` returns.
    """

    gains: pl.DataFrame
    quality: pl.DataFrame

    def __repr__(self) -> str:
        return in_brief(self, "n", "n_people", "base", "is_binary")

    def tidy(self) -> pl.DataFrame:
        """A row a scenario, share and model.

        Returns
        -------
        pl.DataFrame
            driver (`all`: everything together), is_joint, target, is_at_most (null of all), mended
            (drivers that are), share_mended (0-1, of the cases short of the target), model
            (`linear`, `boosted`, `widest`: the hull of the intervals about the mean of both),
            estimate (change in the mean outcome of all cases, what a common mood hides of it
            undone), ci_low, ci_high (they hold the interval with nothing undone as well), n,
            n_people, n_short, n_people_short (short of the target), base (the mean outcome now),
            model_gap (between the models; null in their own rows), mean_value, n_valued (mean of
            `value` of the people short, over how many), is_reliable, is_extrapolated (of all:
            hardly anybody reaches everything at once), is_suppressed, why_not (null, or why it has
            no figures).
        """
        return self.gains

    def glance(self) -> pl.DataFrame:
        """One row: n, n_people, base, is_binary, has_products (of drivers in the linear model),
        is_halo_undone (in either model), is_fitted, why_not.
        """
        return self.quality

    def widest(self) -> pl.DataFrame:
        """What to report: everything mended, the hull of both models; a row a driver and `all`."""
        return self.gains.filter(pl.col("model") == "widest", pl.col("share_mended") == 1.0)


def simulate_gain(
    table: Table,
    *,
    outcome: str,
    drivers: Sequence[str],
    targets: Targets,
    context: Sequence[str] = (),
    roles: Mapping[str, str] | None = None,
    downstream_of: Causes | None = None,
    person: str | None = None,
    value: str | None = None,
    rated: Collection[str] = (),
    is_rated_outcome: bool = False,
    models: Sequence[Kind] = KINDS,
    shares: Sequence[float] = SHARES,
    hide_below: int = 1,
    allow_protected: Collection[str] = (),
    random_state: int = 0,
    confidence: float = 0.95,
) -> WhatIf:
    """Foretell the gain of mending each driver, and all together.

    Parameters
    ----------
    table
        A row a case.
    outcome
        A number, or 0 and 1.
    drivers
        Numbers, or true and false. A case without a value did not meet it and is not mended.
    targets
        By driver: at least so much, or a `Target`, see `what_if_targets.targets_of`.
    context
        What is adjusted for: numbers or categories.
    roles
        `actionable` (default), `context` or `proxy`: only the first can be mended.
    downstream_of
        Drivers that each driver, or column of context, comes from: when its cause is mended it is
        left out of the model, for the gain may come by way of it.
    person
        Whose case it is; without it each case is another person's.
    value
        What a case's customer is worth a year, for `mean_value`.
    rated
        Drivers that people graded, so that one impression may colour them; by default none.
    is_rated_outcome
        Whether the outcome is a rating of the same people: then nothing of that impression can be
        told and undone.
    models
        `linear`, `boosted` or both.
    shares
        Shares of the cases short of the target that are mended, drawn by lot among them; all
        together: the same share of cases, each mended in everything.
    hide_below
        Scenarios in which fewer people are short of the target are hidden.

    Returns
    -------
    WhatIf
        With `tidy()`, `glance()` and `widest()`; without figures, and with a reason, below 100
        people, or 100 of the rarer outcome, and for targets that fewer than 30 people reach.

    Raises
    ------
    DataError
        A column is missing, or holds text where a number belongs.
    ParameterError
        A target of what is no driver, an unknown model, a share outside 0 to 1, drivers that cause
        each other in a circle.

    Notes
    -----
    g-computation (Robins 1986), cross-fitted by person, with the correction of one step that makes
    it doubly robust (`what_if_shift`); what one impression hides of ratings is undone as far as
    they show it (`what_if_halo`), supposing that no better experience drives people away: the
    intervals hold the gain with and without. The gain grows in a straight line with the share
    mended.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> wait = rng.random(4000) < 0.4
    >>> cases = pl.DataFrame({"wait": wait, "left": rng.random(4000) < 0.1 + 0.2 * wait})
    >>> found = simulate_gain(cases, outcome="left", drivers=["wait"], models=["linear"],
    ...                       targets={"wait": Target(0, is_at_most=True)}, shares=[0.5, 1])
    >>> found.tidy().filter(model="linear", is_joint=False).select(
    ...     "driver", "share_mended", pl.col("estimate").round(2)).rows()
    [('wait', 0.5, -0.04), ('wait', 1.0, -0.08)]
    """
    require_names(drivers, "drivers", least=1)
    _check(drivers, targets, models=models, shares=shares)
    check_roles(roles or {}, drivers)
    design = lay_out_cases(
        table, outcome=outcome, drivers=drivers, context=context, person=person,
        allow_protected=allow_protected,
    )  # fmt: skip
    comes = flag_descendants(design.names, downstream_of or {}, context=design.context_names)
    scenarios = list_scenarios(
        design, read_targets(targets), roles=roles or {}, comes=comes, hide_below=hide_below,
        values=None if value is None else _read_value(table, value, design),
    )  # fmt: skip
    is_binary = bool(np.isin(design.outcome, (0, 1)).all())
    reason = why_nothing(design, is_binary=is_binary)
    figures: dict[tuple[str, str], list[tuple[float, float]]] = {}
    has_products, is_undone = None, False
    wanted = [each for each in scenarios if not each.why_not]
    if wanted and not reason:
        import sklearn.ensemble  # noqa: F401  threads of what is not loaded yet are not limited

        with threadpool_limits(1):
            figures, has_products, is_undone = _simulate(
                design, wanted, models=models, comes=comes, rated=rated, is_binary=is_binary,
                is_rated_outcome=is_rated_outcome, random_state=random_state,
            )  # fmt: skip
    gains = gain_rows(
        design, scenarios, figures, models=models, shares=shares, reason=reason,
        confidence=confidence,
    )  # fmt: skip
    quality = pl.DataFrame(
        {
            "n": design.outcome.size,
            "n_people": int(design.people.max()) + 1 if design.people.size else 0,
            "base": float(design.outcome.mean()) if design.outcome.size else None,
            "is_binary": is_binary,
            "has_products": has_products,
            "is_halo_undone": is_undone,
            "is_fitted": bool(figures),
            "why_not": reason or None,
        },
        schema_overrides={"base": pl.Float64, "has_products": pl.Boolean, "why_not": pl.String},
    )
    return WhatIf(gains.select(*GAINS), quality)


def _simulate(
    design: Design,
    scenarios: Sequence[Scenario],
    *,
    models: Sequence[Kind],
    comes: Flags,
    rated: Collection[str],
    is_binary: bool,
    is_rated_outcome: bool,
    random_state: int,
) -> tuple[dict[tuple[str, str], list[tuple[float, float]]], bool, bool]:
    """Readings by scenario and model; whether drivers have products, and anything was undone.

    Scenarios that leave the same drivers out share their models.
    """
    fold = fold_people(design.people, n_folds=_N_FOLDS, random_state=random_state)
    learner = choose_learner(design, fold, is_binary=is_binary, random_state=random_state)
    n, m = design.outcome.size, len(scenarios)
    weights = np.empty((n, m))
    parts = {kind: np.empty((n, m)) for kind in models}
    as_is: dict[Kind, Array] = {}
    for using in {tuple(each.using.tolist()): each.using for each in scenarios}.values():
        group = [i for i, each in enumerate(scenarios) if (each.using == using).all()]
        worlds = [design.values, *(scenarios[i].mended for i in group)]
        found = {kind: learner.foretell(worlds, using, kind=kind) for kind in models}
        for i, *after in zip(group, *(worlds[1:] for worlds in found.values()), strict=True):
            weights[:, i] = weigh_cases(
                design, scenarios[i].mended, after[0], moved=scenarios[i].moved, using=using,
                short_by=scenarios[i].short_by, fold=fold,
            )  # fmt: skip
            for kind, mended in zip(models, after, strict=True):
                own = found[kind][0]
                as_is.setdefault(kind, own)
                parts[kind][:, i] = mended - own + weights[:, i] * (design.outcome - own)
    figures: dict[tuple[str, str], list[tuple[float, float]]] = {}
    is_undone = False
    for kind in models:
        readings = read_gains(
            design, scenarios, parts[kind], weights, as_is[kind], comes=comes, fold=fold,
            rated=() if is_rated_outcome else rated, is_binary=is_binary,
        )  # fmt: skip
        is_undone |= len(readings[0]) > 1
        for each, ends in zip(scenarios, readings, strict=True):
            figures[each.driver, str(kind)] = ends
    return figures, learner.has_products, is_undone


def _read_value(table: Table, value: str, design: Design) -> Array:
    """The value of each case's customer, NaN where unknown."""
    column = table.lazy().select(pl.col(value).cast(pl.Float64)).collect()[value]
    return np.asarray(column.fill_null(np.nan).to_numpy()[design.rows], dtype=float)


def _check(
    drivers: Sequence[str], targets: Targets, *, models: Sequence[str], shares: Sequence[float]
) -> None:
    for name in targets:
        if name not in drivers:
            raise ParameterError(
                f"a target of '{name}', which is no driver.{did_you_mean(name, drivers)}",
                allowed=", ".join(drivers) or "drivers",
                next_step=f"add '{name}' to drivers=, or leave its target out",
            )
    for kind in models:
        if kind not in KINDS:
            raise ParameterError(
                f"model '{kind}'.{did_you_mean(kind, KINDS)}", allowed=", ".join(KINDS)
            )
    if not models:
        raise ParameterError("no model", allowed="linear, boosted or both")
    if not shares or not all(0 <= share <= 1 for share in shares):
        raise ParameterError(f"shares={list(shares)}", allowed="numbers from 0 to 1")
