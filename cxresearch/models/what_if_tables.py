"""How do gains read as a table, by share mended, by model and in a year?

Unit of observation: a scenario, a share of it and a model. The hull of both models stands as a row
of its own, `widest`.

A year's figures count what the cases of a year would gain; a leaver kept is counted with a year's
revenue, which is no margin.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from cxresearch.errors import ParameterError, require_columns
from cxresearch.intake.tables import StudyTables
from cxresearch.models.driver_design import Design
from cxresearch.models.what_if_scenarios import FEW_SHORT, JOINT, Scenario
from cxresearch.transforms.intervals import normal_quantile

GAINS: dict[str, Any] = {
    "driver": pl.String,
    "is_joint": pl.Boolean,
    "target": pl.Float64,
    "is_at_most": pl.Boolean,
    "mended": pl.List(pl.String),
    "share_mended": pl.Float64,
    "model": pl.String,
    **dict.fromkeys(("estimate", "ci_low", "ci_high"), pl.Float64),
    **dict.fromkeys(("n", "n_people", "n_short", "n_people_short"), pl.Int64),
    **dict.fromkeys(("base", "model_gap", "mean_value"), pl.Float64),
    "n_valued": pl.Int64,
    "is_reliable": pl.Boolean,
    "is_extrapolated": pl.Boolean,
    "is_suppressed": pl.Boolean,
    "why_not": pl.String,
}
Figures = Mapping[tuple[str, str], Sequence[tuple[float, float]]]
"""By scenario and model estimate and standard error: as shown first, then in other readings."""
WIDEST = "widest"
_FIGURES = ("estimate", "ci_low", "ci_high")
_OF_THE_SHORT = ("n_short", "n_people_short", "mean_value", "n_valued")


def gain_rows(
    design: Design,
    scenarios: Sequence[Scenario],
    figures: Figures,
    *,
    models: Sequence[str],
    shares: Sequence[float],
    reason: str,
    confidence: float,
) -> pl.DataFrame:
    """A row a scenario, share and model, from the readings of mending all."""
    z = normal_quantile(confidence)
    outcome = design.outcome
    known = {
        "n": outcome.size,
        "n_people": np.unique(design.people).size,
        "base": float(outcome.mean()) if outcome.size else None,
    }
    rows = []
    for each in scenarios:
        about = _describe(each, reason) | known
        found = {
            kind: figures[each.driver, kind] for kind in models if figures and not each.why_not
        }
        spread = {kind: spread_readings(readings, z) for kind, readings in found.items()}
        for share in shares:
            ends = {
                kind: (share * mean, share * low, share * high)
                for kind, (mean, low, high) in spread.items()
            }
            rows += [
                about | {"share_mended": share, "model": kind} | _name(ends.get(kind))
                for kind in models
            ]
            rows.append(about | {"share_mended": share, "model": WIDEST} | _hull([*ends.values()]))
    return pl.DataFrame(rows, schema=GAINS)


def _describe(each: Scenario, reason: str) -> dict[str, Any]:
    """What a scenario says of itself; of too few people short nothing that tells how many."""
    target = None if each.driver == JOINT else each.targets.get(each.driver)
    is_hidden = each.why_not == FEW_SHORT
    value = None if np.isnan(each.mean_value) else each.mean_value
    of_the_short = (each.n_short, each.n_people_short, value, each.n_valued)
    return {
        "driver": each.driver,
        "is_joint": each.driver == JOINT,
        "target": None if target is None else target.value,
        "is_at_most": None if target is None else target.is_at_most,
        "mended": sorted(each.targets),
        "is_reliable": each.is_reliable and not reason,
        "is_extrapolated": each.is_extrapolated and not reason,
        "is_suppressed": is_hidden,
        "why_not": reason or each.why_not or None,
        **{
            name: None if is_hidden else figure
            for name, figure in zip(_OF_THE_SHORT, of_the_short, strict=True)
        },
    }


def spread_readings(
    readings: Sequence[tuple[float, float]], z: float
) -> tuple[float, float, float]:
    """The estimate of the first reading, and an interval that holds those of all."""
    low = min(mean - z * error for mean, error in readings)
    return readings[0][0], low, max(mean + z * error for mean, error in readings)


def _name(ends: tuple[float, float, float] | None) -> dict[str, float]:
    return {} if ends is None else dict(zip(_FIGURES, ends, strict=True))


def _hull(ends: Sequence[tuple[float, float, float]]) -> dict[str, float]:
    """The mean of the models, the lowest and highest end of their intervals, and their gap."""
    if not ends:
        return {}
    means, lows, highs = zip(*ends, strict=True)
    middle = sum(means) / len(means)
    return _name((middle, min(lows), max(highs))) | {"model_gap": max(means) - min(means)}


def to_yearly(
    gains: pl.DataFrame, *, cases_a_year: float, currency: str | None = None
) -> pl.DataFrame:
    """Gains of leaving as leavers kept in a year, and the revenue that stays with them.

    Parameters
    ----------
    gains
        As `WhatIf.tidy`, of an outcome that is 1 where a customer left.
    cases_a_year
        How many such cases there are in a year: `DriverCases.cases_a_year`. Where each case is a
        customer who leaves or not within h months, customers x 12 / h: months of leaving that
        overlap would count a leaver several times.
    currency
        Of `mean_value`; without it no value is given.

    Returns
    -------
    pl.DataFrame
        `gains` with leavers_a_year (fewer leavers a year: above 0 is good), leavers_a_year_low,
        leavers_a_year_high, value_a_year, value_a_year_low, value_a_year_high (revenue of one year
        of those kept, at the mean of the people short of the target; null where unknown), currency.

    Raises
    ------
    ParameterError
        A negative number of cases.

    Notes
    -----
    The error of the mean value is left out: it is small beside that of the leavers. Customers kept
    who would leave later for another reason are counted as kept: of those kept in a year fewer are
    still there after two (in the sample company a sixth fewer).

    Examples
    --------
    >>> gains = pl.DataFrame({"estimate": [-0.01], "ci_low": [-0.02], "ci_high": [0.0],
    ...                       "mean_value": [300.0]})
    >>> to_yearly(gains, cases_a_year=1000, currency="EUR").select(
    ...     "leavers_a_year", "leavers_a_year_low", "leavers_a_year_high", "value_a_year").rows()
    [(10.0, -0.0, 20.0, 3000.0)]
    """
    require_columns(gains, *_FIGURES, "mean_value")
    if not cases_a_year >= 0:
        raise ParameterError(f"cases_a_year={cases_a_year}", allowed="0 or more")
    ends = {"": "estimate", "_low": "ci_high", "_high": "ci_low"}
    kept = [
        (-cases_a_year * pl.col(name)).alias(f"leavers_a_year{end}") for end, name in ends.items()
    ]
    worth = pl.col("mean_value") if currency else pl.lit(None, dtype=pl.Float64)
    value = [(pl.col(f"leavers_a_year{end}") * worth).alias(f"value_a_year{end}") for end in ends]
    return gains.with_columns(kept).with_columns(
        *value, pl.when(worth.is_not_null()).then(pl.lit(currency)).alias("currency")
    )


def with_annual_value(cases: pl.DataFrame, tables: StudyTables) -> tuple[pl.DataFrame, str | None]:
    """The cases with what their customers pay a year, and the column; none where nobody is known.

    Parameters
    ----------
    cases
        With `person`, a customer.
    """
    customers = tables.customers
    if customers is None or "annual_value" not in customers.collect_schema().names():
        return cases, None
    worth = customers.select("customer_id", pl.col("annual_value").cast(pl.Float64)).collect()
    if worth["annual_value"].null_count() == worth.height:
        return cases, None
    named = worth.rename({"customer_id": "person", "annual_value": "a_year"}).with_columns(
        pl.col("person").cast(cases.schema["person"])
    )
    return cases.join(named, on="person", how="left", maintain_order="left"), "a_year"
