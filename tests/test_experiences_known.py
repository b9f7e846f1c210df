"""A world in which nothing matters, but cases are closed because their customers leave."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from cxresearch.intake import StudyTables
from cxresearch.models.moments import find_moments
from cxresearch.models.silent import size_silent_churn
from cxresearch.models.silent_signals import compare_signals
from tests.decisive import YEAR, answer, contact, decisive_tables

JOINED = datetime(2020, 1, 1, tzinfo=UTC)
SEEDS = (0, 1, 2)


def closed_by_leaving(seed: int, *, stays_open: bool = False, n: int = 900) -> StudyTables:
    """Leaving by lot; cases last 60 days. Who leaves before has the case closed, or left, unsolved.

    With the contact's start as the moment it went badly, whoever left soon after had a bad one.
    """
    rng = np.random.default_rng(seed)
    people, contacts = [], []
    for i in range(n):
        name = f"c{i:04d}"
        day = timedelta(days=float(rng.uniform(20, 360)))
        left = YEAR.start_at + day if rng.random() < 0.3 else None
        people.append({"customer_id": name, "joined_at": JOINED, "left_at": left})
        for _ in range(rng.poisson(3)):
            at = YEAR.start_at + timedelta(days=float(rng.uniform(-80, 360)))
            solved, due = bool(rng.random() < 0.7), at + timedelta(days=60)
            closed: datetime | None = due
            if left and at >= left:
                continue
            if left and left < due:
                solved, closed = False, None if stays_open else left
            contacts.append(contact(name, at, is_resolved=solved, closed_at=closed))
    asked = [answer("c0000", JOINED + timedelta(days=1), 9)]
    return decisive_tables(contacts=contacts, answers=asked, customers=people)


@pytest.mark.slow
@pytest.mark.parametrize("stays_open", [False, True])
@pytest.mark.parametrize("seed", SEEDS)
def test_cases_that_leaving_ends_are_no_reason_to_leave(seed: int, stays_open: bool) -> None:
    tables = closed_by_leaving(seed, stays_open=stays_open)
    found = size_silent_churn(tables, period=YEAR, window_months=12)
    assert found.experiences.height == 1
    assert not found.experiences["is_clear"].any()
    assert (found.tidy()["share_low"] < 0.01).all()
    moments = find_moments(tables, period=YEAR, window_months=12).tidy()
    assert moments.height
    assert not moments["is_moment"].any()
    ranked = compare_signals(tables, period=YEAR, window_months=12)
    operations = ranked.filter(signal="operations", lead_months=1)
    assert operations.height
    assert (operations["ci_low"] < 0.5).all()
