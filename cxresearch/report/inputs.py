"""What does a run read? The prepared tables, made once for all of its notebooks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from cxresearch.errors import ParameterError, did_you_mean
from cxresearch.intake import StudyTables, Verdict, prepare_study
from cxresearch.period import Period, parse_period
from cxresearch.study import Study

MONTHS = 24
"""How far back trends look: so many months that end with the period."""


@dataclass(frozen=True)
class Inputs:
    """The prepared inputs of a run.

    Parameters
    ----------
    name
        The study's own name.
    period
        The period that every notebook of the run is told.
    verdict
        What intake found.
    tables
        Names of the tables that the study has.
    """

    name: str
    period: Period
    data_until: datetime
    verdict: Verdict
    tables: tuple[str, ...]


def check_request(study: Study, *, period: str, where: Mapping[str, str]) -> None:
    """Refuse, before any data is read, a period or an attribute that cannot be.

    Raises
    ------
    ParameterError
        `period` is not one, or `where` names an attribute that study.yml does not declare.
    """
    if period:
        parse_period(period, timezone=study.timezone)
    for name in where:
        if name not in study.attributes:
            raise ParameterError(
                f"--where names '{name}', no attribute of the study."
                f"{did_you_mean(name, study.attributes)}",
                allowed=", ".join(study.attributes) or "study.yml declares none",
                next_step="correct the name, or declare it under attributes in study.yml",
            )


def prepare_inputs(
    study: Study, target: Path, *, period: str, where: Mapping[str, str], data: Path | None
) -> Inputs:
    """Read the study's data, check its rows and write the prepared tables to `target`.

    Raises
    ------
    DataError
        The data is refused.
    ParameterError
        `where` leaves no customer, or no data lies in the months that `period` looks back on.
    """
    tables = prepare_study(study, target, where=where, data=data)
    asked = tables.period(period)
    _check_period(tables, asked)
    return Inputs(study.name, asked, tables.data_until, tables.verdict, tables.tables)


def _check_period(tables: StudyTables, period: Period) -> None:
    """Refuse a period after the data, or so long before it that no table has a row to show.

    A thin or empty period within the data is a result, and told by the notebooks.
    """
    every = (getattr(tables, name) for name in tables.tables if name != "customers")
    dated = [table for table in every if "at" in table.collect_schema()]
    if not dated:
        return
    at = pl.concat([table.select("at") for table in dated])
    looked_at = period.window(MONTHS)
    first, last, n = (
        at.select(first=pl.col("at").min(), last=pl.col("at").max(), n=looked_at.contains().sum())
        .collect()
        .row(0)
    )
    if first is None or (n and period.start_at < tables.data_until):
        return
    days = [f"{at.astimezone(ZoneInfo(period.timezone)):%Y-%m-%d}" for at in (first, last)]
    raise ParameterError(
        f"{period.label} holds no data: the data run from {days[0]} to {days[1]}",
        allowed=f"a period that starts before {days[1]} and ends after {days[0]}",
        next_step=f"run with --period {days[1][:7]}, or leave --period out for the last complete "
        "month",
    )
