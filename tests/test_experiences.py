"""What is a good and what a bad experience, and from which source."""

from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from cxresearch.transforms.experiences import EXPERIENCE_COLUMNS, promised_minutes, rate_experiences
from tests.decisive import FEW, YEAR, answer, contact, decisive_tables, on
from tests.promised import place, pledge, study_of, waits

PROMISED = place("desk", promise=waits("share", threshold=10, at_least=0.9))


def sides(tables) -> dict[str, list[str]]:
    rated = rate_experiences(tables, period=YEAR)
    return {
        f"{touchpoint} {source}": part["side"].to_list()
        for (touchpoint, source), part in rated.group_by(
            "touchpoint", "source", maintain_order=True
        )
    }


def desk(*waited: float | None, **more) -> list[dict]:
    return [contact("a", on(1, day + 1), wait_minutes=w, **more) for day, w in enumerate(waited)]


def test_a_wait_is_held_against_the_minutes_promised() -> None:
    study = study_of(PROMISED, privacy=FEW)
    tables = decisive_tables(contacts=desk(5, 10, 10.5, 30, None), study=study)
    assert sides(tables) == {"desk wait_minutes": ["good", "good", "bad", "bad", "unknown"]}
    assert rate_experiences(tables, period=YEAR).columns == list(EXPERIENCE_COLUMNS)


def test_the_touchpoints_own_promise_leads_and_a_pledge_serves_where_it_says_no_minutes() -> None:
    shop = place("shop", promise={"measure": "csat", "statistic": "share", "at_least": 0.8})
    study = study_of(
        PROMISED,
        shop,
        place("site"),
        pledges=[
            pledge("desk_fast", **waits(at_most=3, touchpoint="desk")),
            pledge("shop_fast", **waits("p90", at_most=20, touchpoint="shop")),
            pledge("all_fast", **waits(at_most=1)),
        ],
    )
    assert promised_minutes(study).select("touchpoint", "source", "minutes").rows() == [
        ("desk", "wait_minutes", 10.0),
        ("shop", "wait_minutes", 20.0),
    ]


def test_a_promise_for_one_channel_tells_nothing_of_another() -> None:
    promised = place("desk", promise=waits("median", at_most=10, channel="phone"))
    study = study_of(promised, privacy=FEW, sources=[{"table": "responses", "files": "r.csv"}])
    contacts = [*desk(5, 6, 20, 30), *desk(50, channel="chat")]
    assert sides(decisive_tables(contacts=contacts, study=study)) == {
        "desk wait_minutes": ["good", "unknown", "good", "bad", "bad"]
    }


def test_without_a_promise_in_minutes_it_counts_whether_the_matter_was_solved() -> None:
    contacts = [
        contact("a", on(1, day), is_resolved=solved, wait_minutes=99.0)
        for day, solved in enumerate([True, True, False, False, None], start=1)
    ]
    assert sides(decisive_tables(contacts=contacts)) == {
        "desk resolved": ["good", "good", "bad", "bad", "unknown"]
    }


@pytest.mark.parametrize(
    "solved",
    [
        [True, False, True, False, None, None, None, None, None],  # known for fewer than half
        [True, True, True, False],  # gone wrong less often than a reliable figure needs
    ],
)
def test_answers_serve_where_operations_do_not(solved: list[bool | None]) -> None:
    contacts = [contact("a", on(1, day + 1), is_resolved=s) for day, s in enumerate(solved)]
    answers = [answer("b", on(2, day), score, "desk") for day, score in ((1, 2), (2, 4), (3, 5))]
    assert sides(decisive_tables(contacts=contacts, answers=answers)) == {
        "desk csat": ["unknown"] * len(solved) + ["bad", "ordinary", "good"]
    }


def test_messages_sent_out_do_not_count_where_customers_come_by_themselves() -> None:
    contacts = [contact("a", on(1, day), is_resolved=day < 3) for day in (1, 2, 3, 4)]
    contacts += [contact("a", on(2, day), direction="outbound") for day in range(1, 10)]
    contacts += [
        contact("b", on(3, day), "call", direction="outbound", is_resolved=day < 3)
        for day in (1, 2, 3, 4)
    ]
    assert sides(decisive_tables(contacts=contacts)) == {
        "desk resolved": ["good", "good", "bad", "bad"],
        "call resolved": ["good", "good", "bad", "bad"],
    }


def test_answers_are_bad_below_the_middle_and_good_at_the_top_of_their_own_scale() -> None:
    given = {
        "desk": ("csat", {}, {1: "bad", 2: "bad", 3: "ordinary", 4: "ordinary", 5: "good"}),
        "train": ("nps", {}, {6: "bad", 7: "ordinary", 8: "ordinary", 9: "good"}),
        "call": ("ces", {"high_is": "bad"}, {1: "good", 2: "ordinary", 4: "ordinary", 5: "bad"}),
    }
    answers = [
        answer("a", on(1, score), score, touchpoint, metric=metric, **more)
        for touchpoint, (metric, more, expected) in given.items()
        for score in expected
    ]
    found = sides(decisive_tables(answers=answers))
    for touchpoint, (metric, _, expected) in given.items():
        assert found[f"{touchpoint} {metric}"] == list(expected.values())


def test_expectations_walkthroughs_blanks_and_strangers_are_no_experiences() -> None:
    answers = [
        answer("a", on(1), 5, "desk", metric="expectation"),
        answer("a", on(1), 5, "desk", voice="walkthrough"),
        answer("a", on(1), 4, "desk"),
        {**answer("a", on(1), 4, "desk"), "score": None},
        {**answer("a", on(1), 4, "desk"), "customer_id": None},
    ]
    assert sides(decisive_tables(answers=answers)) == {"desk csat": ["ordinary"]}


def test_the_question_most_answered_about_a_touchpoint_tells_of_it() -> None:
    answers = [
        answer("a", on(1), 7, "desk", metric="ces"),
        *(answer("a", on(2, day), 1, "desk") for day in (1, 2)),
    ]
    assert sides(decisive_tables(answers=answers)) == {"desk csat": ["bad", "bad"]}


def test_only_the_period_counts_and_the_order_of_rows_does_not() -> None:
    study = study_of(PROMISED, privacy=FEW)
    contacts = desk(5, 6, 20, 30)
    late = contact("a", YEAR.end_at, wait_minutes=50.0)
    early = contact("a", YEAR.start_at, wait_minutes=50.0)
    straight = rate_experiences(
        decisive_tables(contacts=[*contacts, late, early], study=study), period=YEAR
    )
    turned = rate_experiences(
        decisive_tables(contacts=[early, *reversed(contacts)], study=study), period=YEAR
    )
    assert straight.equals(turned)
    assert straight.height == 5


def test_a_study_without_logs_has_no_experience() -> None:
    rated = rate_experiences(decisive_tables(), period=YEAR)
    assert rated.is_empty()
    assert rated.schema["at"] == pl.Datetime("us", "UTC")


def known(*contacts: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Side and day it was known, of contacts at the desk; others there were solved, or not."""
    others = [
        contact("z", on(1, day), is_resolved=day < 3, closed_at=on(1, 9)) for day in (1, 2, 3, 4)
    ]
    rated = rate_experiences(decisive_tables(contacts=[*others, *contacts]), period=YEAR)
    return rated.filter(customer_id="a").select("side", "known_at").rows()


def test_how_it_went_is_known_when_it_is_over() -> None:
    began = on(6, 1)
    minutes: dict[str, Any] = {"wait_minutes": 60.0, "duration_minutes": 30.0}
    assert known(
        contact("a", began, is_resolved=True, closed_at=on(8), **minutes),
        contact("a", began + timedelta(days=1), is_resolved=False, closed_at=on(7)),
        contact("a", began + timedelta(days=2), is_resolved=True, closed_at=None, **minutes),
    ) == [("good", on(8)), ("bad", on(7)), ("good", began + timedelta(days=2, hours=1.5))]


def test_what_is_not_closed_by_the_end_is_unknown() -> None:
    late = YEAR.end_at + timedelta(days=1)
    assert known(
        contact("a", on(11), is_resolved=False, closed_at=late),
        contact("a", on(12), is_resolved=False, closed_at=None),
    ) == [("unknown", None), ("unknown", None)]


def test_where_nothing_unsolved_is_ever_closed_a_missing_close_tells_nothing() -> None:
    contacts = [
        contact("a", on(1, day), is_resolved=day < 3, closed_at=on(1, 9) if day < 3 else None)
        for day in (1, 2, 3, 4)
    ]
    assert sides(decisive_tables(contacts=contacts)) == {
        "desk resolved": ["good", "good", "bad", "bad"]
    }


def test_an_answer_is_known_when_given() -> None:
    tables = decisive_tables(answers=[answer("a", on(3), 1, "desk"), answer("a", on(4), 5, "desk")])
    rated = rate_experiences(tables, period=YEAR)
    assert rated["known_at"].to_list() == rated["at"].to_list() == [on(3), on(4)]
