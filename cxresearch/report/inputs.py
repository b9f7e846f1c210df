"""What does a run read? The prepared tables, made once for all of its notebooks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cxresearch.errors import ParameterError, did_you_mean
from cxresearch.intake import Verdict, prepare_study
from cxresearch.period import Period, parse_period
from cxresearch.study import Study


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
        `where` leaves no customer.
    """
    tables = prepare_study(study, target, where=where, data=data)
    return Inputs(
        study.name, tables.period(period), tables.data_until, tables.verdict, tables.tables
    )
