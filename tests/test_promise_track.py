"""A promise is followed stretch by stretch, and no stretch tells what few people answered."""

from datetime import UTC, datetime

import pytest

from cxresearch.actions.promise_titles import title_of_first_gap
from cxresearch.errors import ParameterError
from cxresearch.transforms.promise_track import TRACK_COLUMNS, track_promises
from tests.promised import YEAR, contacts, place, rated, satisfied, study_of, tables_of, waits

PLACES = [place("desk", promise=satisfied(0.7)), place("gate", promise=satisfied(0.5))]


def quarters(*counts, touchpoint="desk"):
    """Good and bad answers in February, May, August and November."""
    return [
        rated(good, bad, touchpoint, month=3 * number + 2)
        for number, (good, bad) in enumerate(counts)
    ]


def test_a_promise_that_gets_better_has_a_row_a_quarter():
    parts = quarters((10, 30), (20, 20), (30, 10), (36, 4))
    table = track_promises(tables_of(study_of(PLACES[0]), *parts), period=YEAR)
    assert tuple(table.columns) == TRACK_COLUMNS
    assert table["period"].to_list() == ["2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4"]
    assert table["estimate"].to_list() == [0.25, 0.5, 0.75, 0.9]
    assert table["gap"].to_list() == pytest.approx([-0.45, -0.2, 0.05, 0.2])
    assert (table["ci_low"] < table["estimate"]).all()
    assert table["target"].to_list() == [0.7] * 4


def test_a_stretch_without_answers_keeps_its_row():
    table = track_promises(tables_of(study_of(PLACES[0]), *quarters((20, 20))), period=YEAR)
    assert table["n"].to_list() == [40, 0, 0, 0]
    assert table["estimate"].to_list() == [0.5, None, None, None]
    assert not table["is_suppressed"].any()


def test_a_hidden_stretch_takes_another_along():
    parts = quarters((20, 20), (3, 2), (15, 10), (20, 10))
    table = track_promises(tables_of(study_of(PLACES[0]), *parts), period=YEAR)
    assert table["is_suppressed"].to_list() == [False, True, True, False]
    assert table.filter("is_suppressed")["n"].to_list() == [None, None]
    assert table["target"].null_count() == 0


def test_promises_come_in_the_order_drawn():
    parts = [*quarters((20, 20), (20, 20), touchpoint="gate"), *quarters((20, 20), (20, 20))]
    table = track_promises(tables_of(study_of(*PLACES), *parts), period=YEAR, every_months=6)
    assert table.select("touchpoint", "period").rows() == [
        ("desk", "2025-01-01/2025-07-01"),
        ("desk", "2025-07-01/2026-01-01"),
        ("gate", "2025-01-01/2025-07-01"),
        ("gate", "2025-07-01/2026-01-01"),
    ]


def test_what_is_left_over_at_the_start_is_not_shown():
    tables = tables_of(study_of(PLACES[0]), *quarters((20, 20)))
    table = track_promises(tables, period=YEAR, every_months=5)
    assert table["period"].to_list() == ["2025-03-01/2025-08-01", "2025-08-01/2026-01-01"]


def test_without_promises_there_is_nothing_to_follow():
    assert track_promises(tables_of(study_of(), rated(20, 20)), period=YEAR).is_empty()


def test_a_stretch_of_no_month_is_refused():
    with pytest.raises(ParameterError, match="every_months=0"):
        track_promises(tables_of(study_of()), period=YEAR, every_months=0)


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        (((10, 30), (20, 20), (36, 4)), "Desk: better than at the start, beyond chance"),
        (((36, 4), (20, 20), (10, 30)), "Desk: worse than at the start, beyond chance"),
        (((20, 20), (36, 4), (22, 18)), "Desk: no sign that it gets better or worse"),
        (((20, 20),), "Too few answers to show"),
        ((), "Too few answers to show"),
    ],
)
def test_better_or_worse_is_said_only_beyond_chance(counts, words):
    track = track_promises(tables_of(study_of(PLACES[0]), *quarters(*counts)), period=YEAR)
    title = title_of_first_gap(track, labels={"desk": {"en": "Desk", "it": "Sportello"}})
    assert title.in_language("en") == words


def test_more_minutes_than_at_the_start_are_worse():
    months = [datetime(2025, 2, 5, tzinfo=UTC)] * 30 + [datetime(2025, 11, 5, tzinfo=UTC)] * 30
    log = contacts(wait_minutes=[5.0] * 30 + [30.0] * 30, at=months)
    study = study_of(place("desk", promise=waits(at_most=10)))
    track = track_promises(tables_of(study, contacts=log), period=YEAR)
    title = title_of_first_gap(track, labels={})
    assert title.in_language("en") == "desk: worse than at the start, beyond chance"
