"""No promise tells what few people answered: not by itself, and not by subtraction."""

import polars as pl
import pytest

from cxresearch.transforms.promise import measure_pledges, measure_promises
from tests.promised import (
    YEAR,
    contacts,
    place,
    pledge,
    rated,
    satisfied,
    study_of,
    tables_of,
    waits,
)

FIGURES = ("estimate", "ci_low", "ci_high", "gap", "gap_low", "gap_high", "q_value", "n",
           "n_respondents", "n_unknown", "estimate_unweighted",
           "within", "within_low", "within_high")  # fmt: skip


def promises(*parts, log=None, places=("desk", "gate", "shop"), promise=None, **more):
    drawn = [place(name, promise=promise or satisfied(0.7)) for name in places]
    tables = tables_of(study_of(*drawn), *parts, contacts=log)
    return measure_promises(tables, period=YEAR, **more)


def hidden(table):
    return table.filter("is_suppressed")["touchpoint"].to_list()


def test_nine_people_are_hidden_and_ten_are_shown():
    log = pl.concat([contacts("desk", wait_minutes=[5.0, 6, 7] * 3),
                     contacts("gate", wait_minutes=[5.0, 6] * 5)])  # fmt: skip
    table = promises(log=log, places=("desk", "gate"), promise=waits(at_most=9))
    assert hidden(table) == ["desk"]
    row = table.row(0, named=True)
    assert all(row[name] is None for name in FIGURES)
    assert table.row(1, named=True)["within"] == 1.0
    assert (row["target"], row["verdict"], row["is_reliable"]) == (9, "open", False)


def test_many_contacts_of_nine_people_are_hidden():
    log = contacts(wait_minutes=[5.0, 6, 7] * 30).with_columns(
        pl.Series("customer_id", [f"c{i % 9}" for i in range(90)])
    )
    assert hidden(promises(log=log, places=("desk",), promise=waits(at_most=9))) == ["desk"]


def test_the_study_says_how_few_are_hidden():
    study = study_of(place("desk", promise=satisfied(0.7)), privacy={"hide_below": 50})
    tables = tables_of(study, rated(30, 10))
    assert measure_promises(tables, period=YEAR)["is_suppressed"].item()
    assert not measure_promises(tables, period=YEAR, hide_below=40)["is_suppressed"].item()


def test_a_touchpoint_that_could_be_found_by_subtraction_takes_the_next_smallest_along():
    table = promises(rated(3, 3), rated(15, 5, "gate"), rated(30, 20, "shop"))
    assert hidden(table) == ["desk", "gate"]


def test_the_complement_may_be_a_touchpoint_that_promises_nothing():
    parts = [rated(3, 3), rated(15, 5, "gate"), rated(30, 20, "shop")]
    table = promises(*parts, places=("desk", "shop"))
    assert hidden(table) == ["desk"]


def test_a_pledge_does_not_tell_what_a_promise_hides():
    study = study_of(
        *(place(name, promise=satisfied(0.7)) for name in ("desk", "gate")),
        pledges=[
            pledge("care", **satisfied(0.7, touchpoint="gate")),
            pledge("please", **satisfied(0.7, touchpoint="shop")),
        ],
    )
    tables = tables_of(study, rated(3, 3), rated(15, 5, "gate"), rated(30, 20, "shop"))
    pledges = measure_pledges(tables, period=YEAR)
    assert pledges["is_suppressed"].to_list() == [True, False]


@pytest.mark.parametrize(("good", "bad"), [(40, 0), (0, 40)])
def test_answers_all_alike_tell_the_answer_of_each(good, bad):
    table = promises(rated(good, bad), rated(30, 20, "gate"), rated(25, 20, "shop"))
    assert "desk" in hidden(table)


def test_contacts_all_in_time_are_a_fact_about_the_company():
    log = contacts(wait_minutes=[2.0, 3.0] * 20)
    table = promises(log=log, places=("desk",), promise=waits("share", threshold=5, at_least=0.9))
    assert table["estimate"].item() == 1.0
    assert table["verdict"].item() == "kept"


RESOLVED = {"measure": "resolved", "statistic": "share", "at_least": 0.8}
SOLVED = pl.concat(
    [
        contacts("desk", is_resolved=[True] * 150 + [False] * 50, channel="phone"),
        contacts("gate", is_resolved=[True] * 180 + [False] * 40, channel="chat"),
        contacts("shop", is_resolved=[True, False, False], channel="phone"),
    ]
)


def promised_with(**pledged):
    places = [place(name, promise=RESOLVED) for name in ("desk", "gate", "shop")]
    study = study_of(*places, pledges=[pledge("solve", **pledged)])
    return tables_of(study, contacts=SOLVED)


def test_a_pledge_on_all_contacts_less_the_promises_does_not_tell_of_few_people():
    tables = promised_with(**RESOLVED)
    assert hidden(measure_promises(tables, period=YEAR)) == ["desk", "shop"]
    pledges = measure_pledges(tables, period=YEAR)
    assert pledges.select("n", "is_suppressed").row(0) == (423, False)


def test_a_pledge_on_one_touchpoint_less_than_all_is_hidden_like_its_promise():
    pledges = [pledge("solve", **RESOLVED), pledge("help", **RESOLVED, touchpoint="desk")]
    tables = tables_of(study_of(place("desk"), pledges=pledges), contacts=SOLVED)
    assert measure_pledges(tables, period=YEAR)["is_suppressed"].to_list() == [False, True]


@pytest.mark.parametrize(
    "pledged",
    [{**RESOLVED, "touchpoint": "gate"}, {**RESOLVED, "channel": "chat"}, waits(at_most=5)],
)
def test_without_a_pledge_on_the_same_contacts_nothing_more_is_hidden(pledged):
    assert hidden(measure_promises(promised_with(**pledged), period=YEAR)) == ["shop"]


def test_a_pledge_on_one_channel_hides_what_could_be_found_from_it():
    tables = promised_with(**RESOLVED, channel="phone")
    assert hidden(measure_promises(tables, period=YEAR)) == ["desk", "shop"]


def test_one_channel_is_hidden_where_few_people_used_the_others():
    study = study_of(
        place("desk", promise=waits(at_most=9, channel="phone")),
        pledges=[pledge("hurry", **waits(at_most=9, touchpoint="desk"))],
    )
    log = pl.concat([
        contacts(wait_minutes=[float(i % 9) for i in range(40)], channel="phone"),
        contacts(wait_minutes=[30.0] * 4, channel="chat").with_columns(
            pl.format("x{}", pl.col("customer_id")).alias("customer_id")),
    ])  # fmt: skip
    tables = tables_of(study, contacts=log)
    assert measure_promises(tables, period=YEAR)["is_suppressed"].item()
    assert not measure_pledges(tables, period=YEAR)["is_suppressed"].item()


def test_a_promise_without_a_case_is_not_hidden():
    assert hidden(promises(rated(30, 20), places=("desk", "gate"))) == []
