"""Small studies for moments of truth: contacts, answers and customers made in memory."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from cxresearch.intake import StudyTables
from cxresearch.period import parse_period
from cxresearch.study import Study
from tests.promised import study_of

YEAR = parse_period("2025")
UNTIL = datetime(2026, 1, 1, tzinfo=UTC)
FEW = {"hide_below": 2, "reliable_from": 2}
_CONTACT = {
    "kind": "contact",
    "direction": "inbound",
    "channel": "phone",
    "is_resolved": None,
    "is_context_known": None,
    "wait_minutes": None,
    "duration_minutes": None,
}
_TYPES = {
    "is_resolved": pl.Boolean,
    "is_context_known": pl.Boolean,
    "wait_minutes": pl.Float64,
    "duration_minutes": pl.Float64,
    "at": pl.Datetime("us", "UTC"),
    "joined_at": pl.Datetime("us", "UTC"),
    "left_at": pl.Datetime("us", "UTC"),
    "score": pl.Float64,
    "scale_min": pl.Float64,
    "scale_max": pl.Float64,
    "touchpoint": pl.String,
    "customer_id": pl.String,
}
SCALES = {"nps": (0, 10), "ces": (1, 7)}


def on(month: int, day: int = 10, hour: int = 12) -> datetime:
    """A day of 2025."""
    return datetime(2025, month, day, hour, tzinfo=UTC)


def contact(customer: str, at: datetime, touchpoint: str = "desk", **more: Any) -> dict[str, Any]:
    """One contact."""
    return {"customer_id": customer, "at": at, "touchpoint": touchpoint, **_CONTACT, **more}


def answer(
    customer: str, at: datetime, score: float, touchpoint: str | None = None, **more: Any
) -> dict[str, Any]:
    """One answer: NPS about the whole, CSAT about a touchpoint."""
    metric = more.pop("metric", "csat" if touchpoint else "nps")
    low, high = SCALES.get(metric, (1, 5))
    return {
        "customer_id": customer,
        "respondent_id": customer,
        "at": at,
        "score": score,
        "touchpoint": touchpoint,
        "metric": metric,
        "voice": "customer",
        "high_is": "good",
        "scale_min": low,
        "scale_max": high,
        **more,
    }


def decisive_tables(
    *,
    contacts: Sequence[dict[str, Any]] | pl.DataFrame | None = None,
    answers: Sequence[dict[str, Any]] | pl.DataFrame | None = None,
    customers: Sequence[dict[str, Any]] | pl.DataFrame | None = None,
    study: Study | None = None,
) -> StudyTables:
    """A prepared study; months are those of UTC."""
    responses = _table(answers)
    if responses is not None and "response_id" not in responses.columns:
        responses = responses.with_row_index("response_id").cast({"response_id": pl.String})
    tables = {
        "customers": _table(customers),
        "interactions": _table(contacts),
        "responses": responses,
    }
    lazy: dict[str, Any] = {k: None if v is None else v.lazy() for k, v in tables.items()}
    return StudyTables(
        study=study or study_of(window_months=12, privacy=FEW),
        folder=Path(),
        **lazy,
        invitations=None,
        verdict=None,  # type: ignore[arg-type]
        data_until=UNTIL,
        fingerprint="",
        where={},
    )


def _table(rows: Sequence[dict[str, Any]] | pl.DataFrame | None) -> pl.DataFrame | None:
    if rows is None or isinstance(rows, pl.DataFrame):
        return rows
    table = pl.DataFrame(list(rows), infer_schema_length=None)
    return table.cast({k: v for k, v in _TYPES.items() if k in table.columns})


def simple_company(n: int = 900, *, seed: int = 0, refused_leave: float = 0.4) -> StudyTables:
    """Everybody goes to the desk in one month; a third is refused and leaves more the month after.

    Somebody else leaves with a chance of .04 a month; who was served never does in the month after.
    The site is met by chance and matters to nobody.
    """
    rng = np.random.default_rng(seed)
    visit = rng.integers(2, 9, n)
    refused = rng.random(n) < 1 / 3
    leaves = rng.random((n, 13)) < 0.04
    row = np.arange(n)
    after = np.where(refused, rng.random(n) < refused_leave, False)
    leaves[row, visit + 1] = after
    leaves[:, :2] = False
    leaves[row, visit] = False
    first = np.where(leaves.any(axis=1), leaves.argmax(axis=1), 13)
    ids = [f"c{i:04d}" for i in range(n)]
    contacts = [
        contact(ids[i], on(int(visit[i])), is_resolved=not refused[i])
        for i in range(n)
        if visit[i] < first[i]
    ]
    for i in range(n):
        month = int(rng.integers(1, 13))
        if month < first[i]:
            good = bool(rng.random() < 0.5)
            contacts.append(contact(ids[i], on(month, 12), "site", is_resolved=good))
    customers = [
        {
            "customer_id": ids[i],
            "joined_at": datetime(2020, 1, 1, tzinfo=UTC),
            "left_at": on(int(first[i]), 20) if first[i] < 13 else None,
        }
        for i in range(n)
    ]
    return decisive_tables(contacts=contacts, customers=customers)
