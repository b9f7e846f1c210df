from datetime import UTC, datetime

import polars as pl
import pytest

from cxresearch.study import Study
from cxresearch.transforms.invited import describe_invited, facts_known


def on(day, month=10):
    return datetime(2025, month, day, tzinfo=UTC)


@pytest.fixture
def study():
    return Study.model_validate(
        {
            "name": "x",
            "sources": [{"table": "invitations", "files": "i.csv"}],
            "attributes": {"region": {"role": "context"}, "gender": {"role": "protected"}},
        }
    )


ASKED = pl.DataFrame(
    {
        "invitation_id": ["i1", "i2", "i3"],
        "customer_id": ["a", "b", None],
        "touchpoint": [None, "desk", None],
        "channel": ["mail", "mail", "app"],
        "at": [on(10), on(12), on(13)],
        "response_id": ["r1", None, None],
    }
)
CUSTOMERS = pl.DataFrame(
    {
        "customer_id": ["a", "b"],
        "joined_at": [on(10, 9), on(2)],
        "region": ["Nord", "Sud"],
        "gender": ["f", "m"],
    }
)
CONTACTS = pl.DataFrame(
    {
        "customer_id": ["a", "a", "a", "b", "a"],
        "kind": ["contact", "contact", "contact", "purchase", "contact"],
        "at": [on(1), on(9), on(11), on(1), on(1, 5)],
        "closed_at": [on(2), on(11), on(12), None, on(2, 5)],
        "is_resolved": [False, False, False, None, False],
        "wait_minutes": [5.0, 20.0, 90.0, None, 200.0],
    }
)


def test_only_what_was_known_when_asking_is_used(study):
    facts = describe_invited(ASKED, study=study, customers=CUSTOMERS, interactions=CONTACTS)
    first = facts.row(0, named=True)
    # the contact of the 11th came later, that of May too early; the 9th was not yet closed
    assert (first["n_contacts"], first["n_unresolved"], first["longest_wait_minutes"]) == (2, 1, 20)
    assert first["tenure_days"] == 30


def test_somebody_without_contacts_has_none_and_a_stranger_has_no_facts(study):
    facts = describe_invited(ASKED, study=study, customers=CUSTOMERS, interactions=CONTACTS)
    assert facts["n_contacts"].to_list() == [2, 0, 0]
    assert facts["region"].to_list() == ["Nord", "Sud", None]


def test_a_protected_attribute_is_never_used(study):
    facts = describe_invited(ASKED, study=study, customers=CUSTOMERS)
    assert "gender" not in facts.columns
    assert facts_known(facts, study=study) == ["region", "tenure_days", "channel", "touchpoint"]


def test_invitations_alone_are_enough(study):
    facts = describe_invited(ASKED, study=study)
    assert facts["invitation_id"].to_list() == ["i1", "i2", "i3"]


def test_a_wait_that_goes_on_counts_as_long_as_it_had_lasted(study):
    late = CONTACTS.head(2).with_columns(
        at=pl.lit(on(9)), wait_minutes=pl.Series([None, 5000.0], dtype=pl.Float64)
    )
    facts = describe_invited(ASKED, study=study, interactions=late)
    assert facts["longest_wait_minutes"].to_list() == [24 * 60, None, None]
    unknown = describe_invited(ASKED, study=study, interactions=late.head(1))
    assert unknown["longest_wait_minutes"].to_list() == [None] * 3


def test_who_joined_after_being_asked_has_no_tenure(study):
    joined = CUSTOMERS.with_columns(joined_at=pl.Series([on(10), on(13)]))
    facts = describe_invited(ASKED, study=study, customers=joined)
    assert facts["tenure_days"].to_list() == [0, None, None]


def test_the_documentation_says_of_when_attributes_are():
    assert "attributes as of the export" in describe_invited.__doc__
