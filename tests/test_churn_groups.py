"""Which kinds of customers are held against each other: never those that the leaving made."""

from datetime import UTC, datetime

import pytest

from cxresearch.actions.churn_groups import Stays, compare_stays
from cxresearch.transforms.leaving import find_leaving
from tests.decisive import FEW, YEAR, decisive_tables, on
from tests.promised import study_of

USAGE = {"visits": {"role": "usage"}}
CONTEXT = {"region": {"role": "context"}}


def stays_by(**attributes: dict[str, str]) -> Stays:
    """Sixty customers, of whom a third left; the export says of all who left that none visit."""
    people = [
        {
            "customer_id": f"c{i:02d}",
            "joined_at": datetime(2024, 12, 1, tzinfo=UTC),
            "left_at": on(2 + i % 9) if i % 3 == 0 else None,
            "visits": "none" if i % 3 == 0 else "some",
            "region": "north" if i % 2 else "south",
        }
        for i in range(60)
    ]
    study = study_of(window_months=12, privacy=FEW, attributes=attributes)
    tables = decisive_tables(customers=people, study=study)
    return compare_stays(tables, find_leaving(tables, period=YEAR), period=YEAR)


def test_usage_as_of_the_export_makes_no_groups_although_they_differ_most() -> None:
    stays = stays_by(**USAGE, **CONTEXT)
    assert stays.attribute == "region"
    assert set(stays.gaps["attribute"]) == {"region"}
    assert stays_by(**USAGE).attribute is None


@pytest.mark.parametrize("role", ["context", "usage"])
def test_the_same_words_as_context_would_lead(role: str) -> None:
    found = stays_by(visits={"role": role}, **CONTEXT)
    assert found.attribute == {"context": "visits", "usage": "region"}[role]
