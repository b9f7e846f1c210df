"""Which tables does an analysis start from? Those of one study, checked and ready to scan."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from cxresearch.contract import TABLES
from cxresearch.intake.verdict import Verdict
from cxresearch.period import Period, resolve_period
from cxresearch.study import Study


@dataclass(frozen=True)
class StudyTables:
    """A prepared study.

    Parameters
    ----------
    study
        study.yml and experience.yml as read.
    customers, interactions, responses, invitations, labels
        Accepted rows (lazy), None where the study has no such table. Instants are UTC.
        `interactions` is the log: sorted by customer_id, at and interaction_id (rows without a
        customer last), `touchpoint`, `channel` and the added `stage` as Enum in the order of
        experience.yml.
    verdict
        What intake found.
    data_until
        First instant after the data, UTC.
    fingerprint
        Changes with the study's files, its data, the filter and the code that prepared it.
    where
        The customers it is limited to: attribute to value.
    """

    study: Study
    folder: Path
    customers: pl.LazyFrame | None
    interactions: pl.LazyFrame | None
    responses: pl.LazyFrame | None
    invitations: pl.LazyFrame | None
    verdict: Verdict
    data_until: datetime
    fingerprint: str
    where: Mapping[str, str]
    labels: pl.LazyFrame | None = None

    def period(self, text: str = "") -> Period:
        """The period asked for; empty is the last complete month of the data."""
        return resolve_period(text, data_until=self.data_until, timezone=self.study.timezone)

    @property
    def redactions(self) -> pl.DataFrame:
        """What was removed from the free texts: a row a column and kind; see `Verdict`."""
        return self.verdict.redactions

    def __repr__(self) -> str:
        """The study's name, its tables with their rows, and where its data ends."""
        # The rows stand in the foot of a Parquet file: counting reads nothing else.
        counts = [f"{name}: {self._count(name):,}" for name in self.tables]
        until = self.data_until.astimezone(ZoneInfo(self.study.timezone)).date()
        return f"StudyTables({self.study.name!r}, {', '.join(counts)}, data until {until})"

    def _count(self, name: str) -> int:
        return int(getattr(self, name).select(pl.len()).collect().item())

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the tables that the study has."""
        return tuple(name for name in TABLES if getattr(self, name) is not None)
