"""The paths of a whole study, and of one that has no contacts."""

from dataclasses import replace
from datetime import UTC, datetime

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from cxresearch.errors import DataError
from cxresearch.intake import open_study
from cxresearch.transforms import lived as lived_paths
from cxresearch.transforms.journey import (
    count_touchpoints,
    count_transitions,
    count_variants,
    describe_log,
    measure_drop_off,
    number_customers,
    prepare_log,
)
from cxresearch.transforms.lived import follow_customers
from tests.promised import UNTIL, YEAR, contacts, place, study_of, tables_of

TABLES = ("touchpoints", "transitions", "steps", "variants", "funnel", "drop_off")


@pytest.fixture(scope="module")
def demo(root):
    return open_study(root / "data" / "demo")


def test_every_count_is_of_the_period_asked_for(demo):
    month = demo.period("2025-10")
    lived = follow_customers(demo, period=month)
    alone = count_touchpoints(demo.interactions.filter(month.contains()))
    assert lived.touchpoints.equals(alone)
    assert lived.described["first_at"][0] >= month.start_at
    assert lived.described["last_at"][0] < month.end_at


def test_customers_as_numbers_change_no_figure(demo):
    month = demo.period("2025-10")
    lived = follow_customers(demo, period=month)
    log = demo.interactions.filter(month.contains())
    assert lived.described.equals(describe_log(log))
    assert lived.transitions.equals(count_transitions(log))
    assert lived.variants.equals(count_variants(log))
    by_id = measure_drop_off(log, demo.customers, until=month.end_at)
    assert lived.drop_off.equals(by_id)


def test_the_stages_are_those_of_the_map_in_its_order(demo):
    lived = follow_customers(demo, period=demo.period("2025-10"))
    stages = [stage.id for stage in demo.study.experience.stages]
    assert lived.funnel["stage"].to_list() == stages
    assert lived.funnel["n_customers"].is_sorted(descending=True)


def test_parts_change_no_table(demo):
    month = demo.period("2025-10")
    whole, parted = (follow_customers(demo, period=month, n_parts=n) for n in (1, 3))
    for name in ("described", *TABLES):
        assert_frame_equal(getattr(parted, name), getattr(whole, name), check_exact=True)


def test_in_parts_the_whole_log_is_not_numbered_in_memory(demo, monkeypatch):
    def refuse(*_):
        raise AssertionError

    monkeypatch.setattr(lived_paths, "number_customers", refuse)
    follow_customers(demo, period=demo.period("2025-10"), n_parts=2)


def also(where, people, *, day):
    """Contacts of people who are known from elsewhere, in June."""
    at = [datetime(2025, 6, day, tzinfo=UTC)] * len(people)
    ids = [f"{where}-{who}" for who in people]
    return contacts(where, customer_id=people, at=at, interaction_id=ids)


def test_a_touchpoint_of_few_customers_stands_open_nowhere():
    """12 customers at the gate, 3 at the spa: the gate would tell of the spa."""
    crowds = {"shop": 60, "train": 50, "gate": 12}
    first = [contacts(where, n=n) for where, n in crowds.items()]
    later = [
        also("spa", ["cshop0", "cshop1", "cshop2"], day=6),
        also("shop", ["cshop0", "cshop1", "cshop2"], day=7),
        also("train", ["cshop3", "cshop4", "cshop5", "cshop6"], day=4),
    ]
    log = pl.concat([*first, *later])
    is_even = pl.int_range(pl.len()) % 2 == 0
    people = log.select(pl.col("customer_id").unique().sort()).with_columns(
        left_at=pl.when(is_even).then(pl.lit(UNTIL)).dt.offset_by("-1mo")
    )
    tables = replace(tables_of(study_of(place("shop"), place("train")), contacts=log),
                     customers=people.lazy())  # fmt: skip
    lived = follow_customers(tables, period=YEAR, hide_below=5)
    assert lived.touchpoints.filter("is_suppressed")["touchpoint"].to_list() == ["spa"]
    assert "spa" not in lived.transitions["from_touchpoint"]
    assert "spa" not in lived.transitions["to_touchpoint"]
    assert "spa" not in lived.steps["touchpoint"]
    assert not any("spa" in path for path in lived.variants["variant"].drop_nulls())
    spa = lived.drop_off.filter(touchpoint="spa")
    assert spa.is_empty() or spa["is_suppressed"].all()


def test_a_pause_allowed_for_longer_makes_fewer_journeys(demo):
    quarter = demo.period("2025-Q3")
    short, long = (follow_customers(demo, period=quarter, gap_days=days) for days in (7, 60))
    assert long.steps["base"][0] < short.steps["base"][0]


def test_a_study_without_contacts_has_empty_tables(demo):
    lived = follow_customers(replace(demo, interactions=None), period=demo.period("2025-10"))
    assert [getattr(lived, name).height for name in TABLES] == [0] * 6
    assert lived.described["n_events"].to_list() == [0]


def test_without_customers_nothing_is_said_of_leaving(demo):
    lived = follow_customers(replace(demo, customers=None), period=demo.period("2025-10"))
    assert lived.drop_off.is_empty()
    assert lived.transitions.height > 0


def test_a_log_out_of_order_is_still_refused_with_numbers():
    day = datetime(2025, 1, 1, tzinfo=UTC)
    events = pl.DataFrame(
        {"customer_id": ["b", "a", "b"], "at": [day] * 3, "touchpoint": ["x"] * 3}
    )
    numbered, _ = number_customers(prepare_log(events)[[0, 1, 2]][[1, 0, 2]])
    with pytest.raises(DataError, match="not in order"):
        count_transitions(numbered)


def test_customers_without_an_event_keep_their_place_among_the_numbers():
    day = datetime(2025, 1, 1, tzinfo=UTC)
    events = pl.DataFrame(
        {"customer_id": ["c", None, "a"], "at": [day] * 3, "touchpoint": ["x"] * 3}
    )
    people = pl.DataFrame({"customer_id": ["b", "c"], "left_at": [day, None]})
    numbered, known = number_customers(prepare_log(events), people)
    assert numbered["customer_id"].to_list() == [0, 2, None]
    assert known["customer_id"].to_list() == [1, 2]
