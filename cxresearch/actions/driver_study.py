"""What matters for leaving and for each score, and what would mending it bring in a year?

The unit is one driver of one outcome. The three questions are asked of the same cases: what moves
together, what matters when all else is held still, what would be gained. Where an outcome cannot be
looked at, the reason is kept and no figure is.

It cannot prove that a gain would come: gains are adjusted for what is recorded.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from cxresearch.actions.driver_sentences import OUTCOMES
from cxresearch.actions.what_if_sentences import is_gain, list_measures
from cxresearch.intake.tables import StudyTables
from cxresearch.models.co_movement import CO_MOVEMENT, measure_co_movement
from cxresearch.models.driver_cases import DriverCases, Outcome, gather_cases
from cxresearch.models.driver_model import DriverModel
from cxresearch.models.driver_tables import ASSESSED
from cxresearch.models.drivers import assess_drivers
from cxresearch.models.what_if import simulate_gain
from cxresearch.models.what_if_tables import to_yearly, with_annual_value
from cxresearch.models.what_if_targets import targets_of
from cxresearch.period import Period
from cxresearch.transforms.cells import as_arrays
from cxresearch.transforms.gaps import tiers_of

MODEL_OF_BOTH = "widest"
_ASKED: tuple[Outcome, ...] = ("leaving", "nps", "csat", "ces")
_KEPT = tuple(f"leavers_a_year{end}" for end in ("", "_low", "_high"))
_WORTH = tuple(f"value_a_year{end}" for end in ("", "_low", "_high"))
_EFFECTS: dict[str, Any] = {name: dtype for name, dtype in ASSESSED.items() if name != "rank"} | {
    "outcome": pl.String,
    "touchpoint": pl.String,
    "source": pl.String,
    "unit": pl.String,
    "horizon_months": pl.Int64,
}
_GAINS: dict[str, Any] = {
    "touchpoint": pl.String,
    "is_joint": pl.Boolean,
    "share_mended": pl.Float64,
    "outcome": pl.String,
    "unit": pl.String,
    "model": pl.String,
    **dict.fromkeys(("estimate", "ci_low", "ci_high"), pl.Float64),
    "n": pl.Int64,
    "base": pl.Float64,
    **dict.fromkeys((*_KEPT, *_WORTH), pl.Float64),
    "currency": pl.String,
    "model_gap": pl.Float64,
    "e_value": pl.Float64,
    **dict.fromkeys(("is_clear", "is_extrapolated"), pl.Boolean),
}


@dataclass(frozen=True)
class DriverStudy:
    """Result of `ask_drivers`.

    Attributes
    ----------
    outcomes
        A row an outcome: outcome, n, n_people, base (its mean), unit, horizon_months, reason (why
        it could not be looked at; empty where it was), halo (the change of the outcome with a
        standard deviation of a mood that colours all grades, as far as effects show one),
        is_halo_undone (whether effects or gains are shown without that mood).
    drivers
        As `DriverCases.drivers`, with outcome.
    dropped
        outcome, driver, reason: declared, and not looked at.
    together
        As `measure_co_movement` returns it, with outcome.
    effects
        As `DriverModel.tidy`, with outcome, touchpoint, source, unit (of the outcome) and
        horizon_months; the change where it goes badly: one bad experience, or one grade less. Tiers
        are of that change.
    simulated
        Gains by touchpoint, outcome, share mended and model.
    overrides
        Columns used on request although called like a protected characteristic.
    """

    outcomes: pl.DataFrame
    drivers: pl.DataFrame
    dropped: pl.DataFrame
    together: pl.DataFrame
    effects: pl.DataFrame
    simulated: pl.DataFrame
    overrides: tuple[str, ...] = ()

    @property
    def scenarios(self) -> pl.DataFrame:
        """Gains by touchpoint, outcome and share mended, the hull of both models."""
        return self.simulated.filter(pl.col("model") == MODEL_OF_BOTH).drop("model")

    @property
    def gains(self) -> pl.DataFrame:
        """Gains with everything mended, as the plan reads them."""
        return self.scenarios.filter(pl.col("share_mended") == 1.0).drop("share_mended")

    def compare_models(self) -> pl.DataFrame:
        """Gains with everything mended as `list_measures` has them, with linear and boosted."""
        whole = self.simulated.filter(pl.col("share_mended") == 1.0)
        found = list_measures(whole.filter(pl.col("model") == MODEL_OF_BOTH))
        for model in ("linear", "boosted"):
            own = list_measures(whole.filter(pl.col("model") == model))
            found = found.join(
                own.select("touchpoint", "measure", pl.col("estimate").alias(model)),
                on=["touchpoint", "measure"],
                how="left",
                maintain_order="left",
            )
        return found

    @property
    def labels(self) -> dict[str, dict[str, str]]:
        """Names of the drivers in each language."""
        return dict(self.drivers.select("driver", "label").iter_rows())

    @property
    def score(self) -> str:
        """The score that was looked at, the first in the order of telling; else `nps`."""
        asked = self.outcomes.filter(pl.col("reason") == "")["outcome"].to_list()
        return next((name for name in OUTCOMES if name in asked and name != "leaving"), "nps")

    @property
    def measure(self) -> str:
        """What gains are told in: the first that is beyond chance anywhere, else that is known."""
        measures = list_measures(self.gains)
        return next(iter([*measures.filter(is_gain())["measure"], *measures["measure"]]), "leavers")


def ask_drivers(
    tables: StudyTables,
    *,
    period: Period,
    window_months: int = 0,
    most_customers: int = 20_000,
    allow_protected: Sequence[str] = (),
    random_state: int = 0,
) -> DriverStudy:
    """Ask the three questions of leaving and of every score about the whole.

    Parameters
    ----------
    tables
        The prepared study.
    period
        The last period of the window.
    window_months
        Months of the window; 0 for `study.window_months`.
    most_customers
        Of a study with more, so many are drawn by lot.
    allow_protected
        Columns used although their names suggest a protected characteristic; logged.

    An outcome that could not be looked at has its reason and no other row.
    """
    parts = [
        _ask(tables, outcome, period=period, window_months=window_months,
             most_customers=most_customers, allowed=allow_protected, random_state=random_state)
        for outcome in _ASKED
    ]  # fmt: skip
    names = ("outcomes", "drivers", "dropped", "together", "effects", "simulated")
    tables_of = {name: pl.concat([part[name] for part in parts], how="diagonal") for name in names}
    overrides = tuple(sorted({name for part in parts for name in part["overrides"]}))
    return DriverStudy(**tables_of, overrides=overrides)


def _ask(
    tables: StudyTables, outcome: Outcome, *, period: Period, window_months: int,
    most_customers: int, allowed: Sequence[str], random_state: int,
) -> dict[str, Any]:  # fmt: skip
    """All tables of one outcome."""
    cases = gather_cases(
        tables, outcome=outcome, period=period, window_months=window_months,
        most_customers=most_customers, random_state=random_state,
    )  # fmt: skip
    names = cases.drivers["driver"].to_list()
    asked, allowed = allowed, [*cases.arguments["allow_protected"], *allowed]
    about = {"outcome": pl.lit(outcome), "unit": pl.lit(cases.unit),
             "horizon_months": pl.lit(cases.horizon_months)}  # fmt: skip
    found = {
        "drivers": cases.drivers.with_columns(outcome=pl.lit(outcome)),
        "dropped": cases.dropped.with_columns(outcome=pl.lit(outcome)),
        "together": pl.DataFrame(schema=CO_MOVEMENT | {"outcome": pl.String}),
        "effects": pl.DataFrame(schema=_EFFECTS),
        "simulated": pl.DataFrame(schema=_GAINS),
        "overrides": [],
    }
    reason, halo, is_undone = cases.reason, 0.0, False
    if not reason:
        model = _assess(cases, allowed=allowed, random_state=random_state)
        reason = model.glance()["why_not"].item() or ""
        found["overrides"] = [name for name in model.overrides if name in asked]
    if not reason:
        found["together"] = measure_co_movement(
            cases.table,
            outcome="outcome",
            drivers=names,
            person="person",
            allow_protected=allowed,
            random_state=random_state,
        ).with_columns(outcome=pl.lit(outcome))
        effects = _turn(model.tidy(), cases).with_columns(**about)
        found["effects"] = effects.select(
            pl.col(name).cast(dtype) for name, dtype in _EFFECTS.items()
        )
        found["simulated"], is_undone = _simulate(tables, cases, model, allowed, random_state)
        halo = model.glance()["halo"].item()
        is_undone |= model.glance()["is_halo_undone"].item()
    mean = cases.table["outcome"].mean() if cases.table.height else None
    found["outcomes"] = pl.DataFrame(
        {
            "n": [cases.table.height],
            "n_people": cases.n_people,
            "base": mean,
            "reason": reason,
            "halo": halo,
            "is_halo_undone": is_undone,
        },
        schema_overrides={"base": pl.Float64, "n_people": pl.Int64},
    ).with_columns(**about)
    return found


def _assess(cases: DriverCases, *, allowed: Sequence[str], random_state: int) -> DriverModel:
    given = cases.arguments | {"allow_protected": allowed}
    return assess_drivers(cases.table, **given, random_state=random_state)


def _turn(effects: pl.DataFrame, cases: DriverCases) -> pl.DataFrame:
    """The change where it goes badly, and tiers of it among what is clear and ours to change."""
    about = cases.drivers.select(
        "driver", "touchpoint", "source",
        is_up=(pl.col("best") > pl.col("worst")).fill_null(value=False),
    )  # fmt: skip
    ends = {"estimate": "estimate", "ci_low": "ci_high", "ci_high": "ci_low"}
    ends["estimate_plain"] = "estimate_plain"
    turned = (
        effects.join(about, on="driver", how="left", maintain_order="left")
        .with_columns(
            pl.when("is_up").then(-pl.col(old)).otherwise(pl.col(new)).alias(new)
            for new, old in ends.items()
        )
        .drop("is_up", "tier", "tied", "rank")
    )
    size, far = pl.col("estimate").abs(), pl.max_horizontal(pl.col("ci_low", "ci_high").abs())
    clear = turned.filter(
        pl.col("role") == "actionable", pl.col("is_clear").fill_null(value=False)
    ).sort(-size, "driver")
    near = pl.min_horizontal(pl.col("ci_low", "ci_high").abs())
    tiers = pl.Series("tier", tiers_of(*as_arrays(clear.select(near=near, far=far), "near", "far")),
                      dtype=pl.Int64)  # fmt: skip
    placed = clear.select("driver", tiers).with_columns(tied=pl.len().over("tier").cast(pl.Int64))
    return turned.join(placed, on="driver", how="left", maintain_order="left")


def _simulate(
    tables: StudyTables, cases: DriverCases, model: DriverModel, allowed: Sequence[str],
    random_state: int,
) -> tuple[pl.DataFrame, bool]:  # fmt: skip
    """Gains of one outcome in the columns that everybody reads; whether a mood was undone."""
    table, value = with_annual_value(cases.table, tables)
    simulated = simulate_gain(
        table,
        outcome="outcome",
        drivers=cases.drivers["driver"].to_list(),
        targets=targets_of(cases.drivers),
        context=cases.context,
        roles=cases.roles,
        downstream_of=cases.arguments["downstream_of"],
        rated=cases.arguments["rated"],
        is_rated_outcome=cases.arguments["is_rated_outcome"],
        person="person",
        value=value,
        hide_below=tables.study.privacy.hide_below,
        allow_protected=allowed,
        random_state=random_state,
    )
    rows = simulated.tidy().filter(
        pl.col("estimate").is_not_null(), ~pl.col("is_suppressed"), "is_reliable"
    )
    if cases.outcome == "leaving":
        rows = to_yearly(rows, cases_a_year=cases.cases_a_year, currency=tables.study.currency)
    strength = model.tidy().select("driver", "e_value", "is_clear")
    rows = rows.join(strength, on="driver", how="left", maintain_order="left").with_columns(
        pl.when("is_joint").then(None).otherwise("driver").alias("touchpoint"),
        pl.lit(cases.outcome).alias("outcome"),
        pl.lit(cases.unit).alias("unit"),
    )
    absent = [name for name in _GAINS if name not in rows.columns]
    rows = rows.with_columns(pl.lit(None).alias(name) for name in absent).select(
        pl.col(name).cast(dtype) for name, dtype in _GAINS.items()
    )
    return rows, bool(simulated.glance()["is_halo_undone"].item())
