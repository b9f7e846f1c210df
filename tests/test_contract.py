"""The contract: what it accepts, and that every rule has a sentence."""

from datetime import UTC, datetime

import polars as pl
import pytest

from cxresearch.contract import (
    COLUMN_RULES,
    KEYS,
    RULE_COLUMNS,
    RULES,
    SCHEMAS,
    TABLES,
    Customers,
    Findings,
    Responses,
    build_schema,
    describe_rule,
)

AT = datetime(2025, 3, 1, tzinfo=UTC)
ANSWER = {
    "response_id": "R1",
    "respondent_id": "P1",
    "at": AT,
    "voice": "customer",
    "metric": "nps",
    "score": 9.0,
    "scale_min": 0.0,
    "scale_max": 10.0,
    "high_is": "good",
}


def broken(**changes: object) -> set[str]:
    """Rules that an NPS answer of 9 breaks when changed so."""
    types = {name: column.dtype for name, column in Responses.columns().items()}
    row = {name: [{**ANSWER, **changes}.get(name)] for name in types}
    _, failure = Responses.filter(pl.DataFrame(row, schema=types))
    return set(failure.counts())


def test_a_plain_answer_breaks_nothing() -> None:
    assert broken() == set()


@pytest.mark.parametrize(
    ("changes", "rules"),
    [
        ({"score": 11.0}, {"score_on_scale"}),
        ({"score": -1.0}, {"score_on_scale"}),
        ({"score": 8.5}, {"nps_is_whole"}),
        ({"scale_max": 5.0, "score": 4.0}, {"nps_scale_is_0_to_10"}),
        ({"high_is": "bad"}, {"nps_scale_is_0_to_10"}),
        ({"metric": None}, {"score_has_metric"}),
        ({"metric": "csat", "scale_min": None}, {"metric_has_scale"}),
        ({"metric": "stars", "scale_min": 1.0, "scale_max": 5.0, "score": 6.0}, {"score_on_scale"}),
        ({"metric": "joy"}, {"metric|check__known"}),
        ({"voice": "robot"}, {"voice|check__known"}),
        ({"respondent_id": None}, {"respondent_id|nullability"}),
        ({"weight": -0.1}, {"weight|min"}),
        ({"score": float("nan")}, {"score|nan"}),
        ({"score": None}, set()),
        ({"score": None, "metric": None, "comment": "fine"}, set()),
    ],
)
def test_what_breaks_an_answer_and_what_does_not(
    changes: dict[str, object], rules: set[str]
) -> None:
    assert rules <= broken(**changes)
    assert bool(broken(**changes)) == bool(rules)


@pytest.mark.parametrize("table", TABLES)
def test_every_rule_has_a_sentence_and_a_column(table: str) -> None:
    schema = SCHEMAS[table]
    for rule in schema._validation_rules(with_cast=True):
        sentence = describe_rule(rule, table=table).in_language("en")
        assert sentence != rule, rule
        column, _, kind = rule.partition("|")
        if kind:
            assert column in schema.column_names()
            assert kind.removeprefix("check__") in COLUMN_RULES
        else:
            assert rule in RULES
            assert rule == "primary_key" or RULE_COLUMNS[rule] in schema.column_names()


def test_findings_rules_have_sentences_too() -> None:
    named = {rule for rule in Findings._validation_rules(with_cast=False) if "|" not in rule}
    assert named <= set(RULES)


def test_the_key_of_a_table_is_its_primary_key() -> None:
    rest = {"labels": ["coder"]}  # every coder may label the same comment
    assert {name: [key, *rest.get(name, [])] for name, key in KEYS.items()} == {
        name: schema.primary_key() for name, schema in SCHEMAS.items()
    }


def test_a_customer_leaves_after_joining() -> None:
    columns = {name: [None] for name in Customers.column_names()}
    later = datetime(2025, 4, 1, tzinfo=UTC)
    row = {**columns, "customer_id": ["C1"], "joined_at": [later], "left_at": [AT]}
    types = {name: column.dtype for name, column in Customers.columns().items()}
    _, failure = Customers.filter(pl.DataFrame(row, schema=types))
    assert failure.counts() == {"left_after_joined": 1}


def test_declared_attributes_join_customers_alone() -> None:
    kinds = {
        "region": "text",
        "trips": "whole",
        "is_member": "flag",
        "born": "day",
        "fare": "number",
    }
    schema = build_schema("customers", attributes=kinds)
    assert schema.column_names()[-5:] == list(kinds)
    assert build_schema("responses", attributes=kinds) is Responses


def test_an_attribute_unreadable_as_its_type_has_a_sentence() -> None:
    sentence = describe_rule("trips|dtype", table="customers").in_language("en")
    assert sentence == "trips cannot be read as what study.yml declares"
