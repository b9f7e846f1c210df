"""On which cases can it be asked what drives leaving, or satisfaction?

Unit of observation: a case. Of leaving it is a customer's month with what was met in the last
months, held against leaving in the next month alone: a leaver counts once. Of a score it is an
answer about the whole with what came before it. One column a driver, beside it what is adjusted
for.

It cannot name a driver that nobody recorded. Where nothing but ratings is known, drivers and score
come out of the same mouth in the same minute: `drivers` says so in `source`.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import polars as pl

from cxresearch.errors import ParameterError, did_you_mean
from cxresearch.intake.tables import StudyTables
from cxresearch.language import mark
from cxresearch.models.driver_answers import gather_answers
from cxresearch.models.driver_list import describe_drivers
from cxresearch.models.driver_months import gather_months
from cxresearch.models.driver_parts import Parts, is_usable
from cxresearch.models.grid import draw_customers
from cxresearch.period import Period
from cxresearch.study import Study

OUTCOMES = ("leaving", "nps", "csat", "ces")
Outcome = Literal["leaving", "nps", "csat", "ces"]

UNMET = mark("nothing in the data is called so")
TOO_FEW = mark("too few people met it")
IS_USAGE = mark("usage as of the export falls when somebody leaves")
IS_CATEGORY = mark("a category has no better and worse: it is adjusted for")


@dataclass(frozen=True)
class DriverCases:
    """Result of `gather_cases`.

    Attributes
    ----------
    table
        A row a case: case, person, outcome, a column a driver, the columns of `context`.
    drivers
        A row a driver: driver, label, touchpoint (null: an attribute), role, is_declared (else the
        role is taken to be actionable), source (`operations`, `answers`, `attribute`), measured_by
        (what tells good from bad, as `rate_experiences` says it), downstream_of, worst, best (the
        value of the worst and of the best experience), unit (`bad`: 1 had a bad experience, 0 had
        not; `grade`), n (cases that met it or rated it), n_people.
    context
        Columns of what is adjusted for.
    outcome, unit, is_binary
        What is held against them; a change of it is in `share` or NPS `points`; 0 or 1 or not.
    horizon_months
        Of leaving 1, the next month; of a score, how far back experiences count.
    cases_a_year
        How many such cases the company has in a year.
    dropped
        driver, reason: declared and not looked at.
    reason
        Why there are no cases; empty where there are.
    """

    table: pl.DataFrame
    drivers: pl.DataFrame
    context: list[str]
    outcome: str
    unit: str
    is_binary: bool
    horizon_months: int
    cases_a_year: float
    dropped: pl.DataFrame
    reason: str = ""
    person: str = field(default="person", init=False)

    @property
    def n_people(self) -> int:
        """How many people the cases belong to."""
        return self.table["person"].n_unique() if self.table.height else 0

    @property
    def downstream_of(self) -> dict[str, list[str]]:
        """Drivers that each driver comes from."""
        return dict(self.drivers.select("driver", "downstream_of").iter_rows())

    @property
    def arguments(self) -> dict[str, Any]:
        """What `assess_drivers` is to be called with, beside the table.

        That a place was met at all may come of what caused it. Touchpoints are no characteristics
        of people, whatever they are called.
        """
        best = self.drivers.filter(pl.col("best").is_not_null()).select("driver", "best")
        is_graded = pl.col("unit") == "grade"
        named = self.drivers["driver"].to_list()
        return {
            "outcome": "outcome",
            "drivers": named,
            "context": self.context,
            "roles": self.roles,
            "downstream_of": self.downstream_of
            | {
                f"{kind}:{name}": causes
                for name, causes in self.downstream_of.items()
                for kind in ("met", "unknown")
            },
            "person": self.person,
            "is_binary": self.is_binary,
            "best": dict(best.iter_rows()),
            "met": {name: f"met:{name}" for name in named if f"met:{name}" in self.context},
            "rated": self.drivers.filter(is_graded)["driver"].to_list(),
            "is_rated_outcome": self.outcome != "leaving",
            "allow_protected": self.drivers["touchpoint"].drop_nulls().to_list()
            + [name for name in self.context if ":" in name],
        }

    @property
    def roles(self) -> dict[str, str]:
        """The role of each driver."""
        return dict(self.drivers.select("driver", "role").iter_rows())


def gather_cases(
    tables: StudyTables,
    *,
    outcome: Outcome,
    period: Period,
    window_months: int = 0,
    horizon_months: int = 3,
    most_customers: int = 20_000,
    random_state: int = 0,
) -> DriverCases:
    """Lay out drivers against an outcome.

    Parameters
    ----------
    tables
        The prepared study.
    outcome
        `leaving`, or the metric of an answer about the whole: `nps` (points), `csat` (share of the
        two best grades), `ces` (share of those who found it easy).
    period
        The last period of the window; nothing after it is looked at.
    window_months
        Months of the window; 0 for `study.window_months`.
    horizon_months
        How far back experiences count: of leaving, in so many months up to and with the one before
        it; of a score, in so many before the answer.
    most_customers
        Of a study with more, so many are drawn by lot.

    Returns
    -------
    DriverCases
        Without cases, and with a reason, where nobody left or too few did (100), where the
        question was not asked, or where nothing tells a good experience from a bad one.

    Raises
    ------
    ParameterError
        An outcome that there is not; months below 1.

    Notes
    -----
    A touchpoint is told by operations where these tell it, else by the answers about it
    (`transforms.experiences`). `had a bad one` is held against those who met the place without
    (whether it was met is in the context): mending it does not make the visit undone. Attributes
    of context are adjusted for; one that is declared a driver with another role is one, if it is a
    number or a flag. Protected attributes are neither.
    """
    if outcome not in OUTCOMES:
        raise ParameterError(
            f"outcome '{outcome}'.{did_you_mean(outcome, OUTCOMES)}", allowed=", ".join(OUTCOMES)
        )
    if horizon_months < 1:
        raise ParameterError(f"horizon_months={horizon_months}", allowed="1 month or more")
    study = tables.study
    window = period.window(window_months or study.window_months)
    drawn = draw_customers(tables, most=most_customers, random_state=random_state)
    gather = gather_months if outcome == "leaving" else gather_answers
    parts = gather(drawn, outcome=outcome, window=window, horizon_months=horizon_months)
    attributes, dropped = _attribute_drivers(parts, study)
    drivers = describe_drivers(parts, attributes, study)
    names = drivers["driver"].to_list()
    few = [name for name in parts.places if name not in names]
    dropped += [(name, TOO_FEW) for name in few]
    context = [name for name in parts.context if name not in names and _varies(parts.table, name)]
    context += [name for name in few if _varies(parts.table, name)]
    reason = parts.reason or (NO_DRIVER if drivers.is_empty() else "")
    table = parts.table.select("case", "person", "outcome", *names, *context)
    years = window.days / 365.25
    return DriverCases(
        table=table.clear() if reason else table,
        drivers=drivers.clear() if reason else drivers,
        context=context,
        outcome=outcome,
        unit=parts.unit,
        is_binary=outcome != "nps",
        horizon_months=parts.horizon_months or horizon_months,
        cases_a_year=_scale(tables, drawn) * parts.table.height / max(years * parts.share, 1e-9),
        dropped=pl.DataFrame(
            dropped, schema={"driver": pl.String, "reason": pl.String}, orient="row"
        ),
        reason=reason,
    )


NO_DRIVER = mark("nothing recorded tells a good experience from a bad one")


def _attribute_drivers(parts: Parts, study: Study) -> tuple[list[str], list[tuple[str, str]]]:
    """Attributes that are drivers, and what was declared and is not, with the reason."""
    used, dropped = list[str](), list[tuple[str, str]]()
    for driver in study.experience.drivers:
        name, attribute = driver.id, study.attributes.get(driver.id)
        if name in parts.places or (attribute and driver.role == "context"):
            continue
        if attribute is None or not is_usable(name, attribute):
            dropped.append((name, IS_USAGE if attribute and attribute.role == "usage" else UNMET))
        elif name in parts.context:
            if parts.table[name].dtype.is_numeric():
                used.append(name)
            else:
                dropped.append((name, IS_CATEGORY))
    return used, dropped


def _varies(table: pl.DataFrame, name: str) -> bool:
    return table[name].n_unique() > 1


def _scale(tables: StudyTables, drawn: StudyTables) -> float:
    """How many times more customers there are than were drawn."""
    if tables is drawn:
        return 1.0
    log = "customers" if tables.customers is not None else "responses"
    n, n_drawn = (
        getattr(each, log).select(pl.col("customer_id").n_unique()).collect().item()
        for each in (tables, drawn)
    )
    return float(n / np.maximum(n_drawn, 1))
