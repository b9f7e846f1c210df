"""What is promised, expected, seen by ourselves and felt stand side by side, never pooled."""

import pytest

from cxresearch.transforms.metrics import measure
from cxresearch.transforms.views import VIEW_COLUMNS, measure_views
from tests.asked import answers
from tests.promised import YEAR, place, rated, satisfied, study_of, tables_of


def views(*parts, places=(), **more):
    return measure_views(tables_of(study_of(*places), *parts), period=YEAR, **more)


def shares(table, touchpoint="desk"):
    return dict(table.filter(touchpoint=touchpoint).select("view", "estimate").rows())


def expected(good, bad):
    return answers([5] * good + [1] * bad, metric="expectation", touchpoint="desk")


def test_four_views_of_one_touchpoint():
    table = views(
        rated(15, 5),
        rated(3, 1, voice="walkthrough"),
        expected(18, 2),
        places=[place("desk", promise=satisfied(0.8))],
    )
    assert tuple(table.columns) == VIEW_COLUMNS
    assert table["view"].to_list() == ["promised", "expected", "walkthrough", "felt"]
    assert shares(table) == {"promised": 0.8, "expected": 0.9, "walkthrough": 0.75, "felt": 0.75}
    assert table["n"].to_list() == [None, 20, 4, 20]
    assert set(table["unit"]) == {"share"}


def test_each_view_has_the_interval_of_its_own_answers():
    felt = rated(15, 5)
    table = views(felt, expected(2, 40))
    known = measure(felt, metric="csat").row(0, named=True)
    row = table.filter(view="felt").row(0, named=True)
    assert (row["ci_low"], row["ci_high"]) == (known["ci_low"], known["ci_high"])


def test_a_promise_has_no_interval():
    row = views(places=[place("desk", promise=satisfied(0.8))]).row(0, named=True)
    assert (row["ci_low"], row["ci_high"], row["n"]) == (None, None, None)


@pytest.mark.parametrize(
    "promise",
    [
        satisfied(0.8, threshold=5),
        {"measure": "wait_minutes", "statistic": "median", "at_most": 10},
        {"measure": "csat", "statistic": "mean", "at_least": 4},
        {"measure": "ces", "statistic": "share", "at_least": 0.8},
    ],
)
def test_what_is_promised_in_another_metric_is_no_view(promise):
    assert views(places=[place("desk", promise=promise)]).is_empty()


def test_the_two_best_grades_may_be_written_as_a_threshold():
    assert shares(views(places=[place("desk", promise=satisfied(0.8, threshold=4))])) == {
        "promised": 0.8
    }


def test_a_view_that_does_not_exist_has_no_row():
    assert views(rated(15, 5))["view"].to_list() == ["felt"]
    assert views().is_empty()


def test_few_customers_are_hidden_and_our_own_walk_throughs_are_not():
    table = views(rated(3, 2), rated(1, 1, voice="walkthrough"))
    assert table["view"].to_list() == ["walkthrough"]


def test_touchpoints_come_in_the_order_drawn_and_others_after():
    parts = [rated(15, 5, name) for name in ("arrival", "zoo", "desk")]
    table = views(*parts, places=[place("zoo"), place("desk")])
    assert table["touchpoint"].to_list() == ["zoo", "desk", "arrival"]


def test_employees_and_the_whole_are_no_view():
    assert views(rated(15, 5, voice="employee"), rated(15, 5, None)).is_empty()
