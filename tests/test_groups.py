from datetime import UTC, datetime

import polars as pl
import pytest

from cxresearch.errors import ParameterError
from cxresearch.period import parse_period
from cxresearch.study import Study
from cxresearch.transforms.groups import (
    choose_attribute,
    score_by_attribute,
    score_groups,
    with_attribute,
)
from cxresearch.transforms.questions import Question

OCTOBER = parse_period("2025-10")
SATISFIED = Question("customer", "csat", "touchpoint")


def answers(good, bad, *, touchpoint, month=10):
    """So many answers of 5 and of 1, one person each."""
    n = good + bad
    return pl.DataFrame(
        {
            "respondent_id": [f"{touchpoint}{month}-{i}" for i in range(n)],
            "customer_id": [f"{touchpoint}{month}-{i}" for i in range(n)],
            "voice": ["customer"] * n,
            "metric": ["csat"] * n,
            "touchpoint": [touchpoint] * n,
            "score": [5.0] * good + [1.0] * bad,
            "at": [datetime(2025, month, 5, tzinfo=UTC)] * n,
        }
    )


def test_the_lowest_group_comes_first_and_hidden_ones_last():
    table = pl.concat(
        [
            answers(30, 10, touchpoint="app"),
            answers(10, 30, touchpoint="desk"),
            answers(15, 15, touchpoint="chat"),
            answers(2, 2, touchpoint="mail"),
        ]
    )
    groups = score_groups(table, SATISFIED, by="touchpoint", period=OCTOBER)
    # chat is hidden too: from the total, mail could be found by subtraction
    assert groups["touchpoint"].to_list()[:2] == ["desk", "app"]
    assert groups["is_suppressed"].to_list() == [False, False, True, True]


def test_a_group_is_compared_with_itself_before():
    table = pl.concat(
        [
            answers(10, 50, touchpoint="desk"),
            answers(50, 10, touchpoint="desk", month=9),
            answers(30, 30, touchpoint="app"),
            answers(30, 30, touchpoint="app", month=9),
        ]
    )
    groups = score_groups(table, SATISFIED, by="touchpoint", period=OCTOBER)
    desk, app = groups.rows(named=True)
    assert (desk["touchpoint"], desk["polarity"]) == ("desk", "bad")
    assert desk["change"] == pytest.approx(-40 / 60)
    assert desk["previous"] == pytest.approx(50 / 60)
    assert (app["polarity"], app["is_change"]) == ("neutral", False)


def test_a_group_that_is_new_has_no_change():
    groups = score_groups(
        answers(30, 30, touchpoint="app"), SATISFIED, by="touchpoint", period=OCTOBER
    )
    assert groups.select("change", "is_change", "polarity").row(0) == (None, False, "neutral")


def test_a_group_hidden_before_shows_no_change_from_which_it_could_be_found():
    table = pl.concat([answers(30, 30, touchpoint="app"), answers(3, 2, touchpoint="app", month=9)])
    groups = score_groups(table, SATISFIED, by="touchpoint", period=OCTOBER)
    assert groups.select("previous", "change", "is_change").row(0) == (None, None, False)


def test_a_hidden_group_shows_neither_what_it_was_nor_how_it_changed():
    table = pl.concat(
        [
            answers(30, 10, touchpoint="app"),
            answers(15, 15, touchpoint="chat"),
            answers(2, 2, touchpoint="mail"),
            answers(30, 10, touchpoint="app", month=9),
            answers(30, 15, touchpoint="chat", month=9),
            answers(30, 15, touchpoint="mail", month=9),
        ]
    )
    groups = score_groups(table, SATISFIED, by="touchpoint", period=OCTOBER)
    hidden = groups.filter("is_suppressed").select("previous", "change", "change_low", "q_value")
    assert hidden.height == 2
    assert hidden.null_count().row(0) == (2, 2, 2, 2)


def test_those_whose_attribute_is_unknown_are_a_group_too():
    table = answers(30, 30, touchpoint="app")
    people = pl.DataFrame(
        {"customer_id": [f"app10-{i}" for i in range(60)], "region": ["Nord"] * 45 + [None] * 15}
    )
    groups = score_by_attribute(table, people, SATISFIED, attribute="region", period=OCTOBER)
    assert sorted(groups["segment"].to_list()) == ["Nord", "not recorded"]


def test_answers_without_a_group_are_left_out():
    table = answers(30, 30, touchpoint="app").with_columns(region=pl.lit(None, pl.String))
    assert score_groups(table, SATISFIED, by="region", period=OCTOBER).is_empty()


def test_the_first_attribute_that_gives_context_is_taken():
    study = Study.model_validate(
        {
            "name": "x",
            "sources": [{"table": "customers", "files": "c.csv"}],
            "attributes": {"age": {"role": "protected"}, "region": {"role": "context"}},
        }
    )
    assert choose_attribute(study) == "region"
    assert choose_attribute(study, "age") == "age"
    with pytest.raises(ParameterError, match="Did you mean 'region'"):
        choose_attribute(study, "regoin")


def test_an_answer_nobody_can_be_tied_to_keeps_its_row():
    table = with_attribute(
        pl.DataFrame({"customer_id": ["a", "z", None], "score": [1, 2, 3]}),
        pl.DataFrame({"customer_id": ["a"], "region": ["Nord"]}),
        "region",
    ).collect()
    assert table["region"].to_list() == ["Nord", None, None]
