"""Possible leaks are named with their figure; honest columns are not."""

import numpy as np
import polars as pl
import pytest

from cxresearch.errors import DataError
from cxresearch.models.leaks import find_leaks, is_after_outcome
from cxresearch.models.plain_columns import is_id_name, read_columns, recognise
from cxresearch.models.split import order_rows, split_people_in_folds


@pytest.fixture
def cases() -> pl.DataFrame:
    """1,200 cases in which two columns act a little."""
    rng = np.random.default_rng(1)
    tenure, plan = rng.integers(0, 70, 1200), rng.choice(["a", "b", "c"], 1200)
    left = rng.random(1200) < 1 / (1 + np.exp(0.04 * tenure - 0.8 * (plan == "a")))
    return pl.DataFrame(
        {"tenure": tenure, "plan": plan, "spend": rng.normal(50, 10, 1200).round(4), "left": left}
    )


def reasons(table: pl.DataFrame, **options) -> dict[str | None, str]:
    found = find_leaks(table, outcome="left", **options)
    return dict(found.select("column", "reason").iter_rows())


def test_honest_columns_are_not_called_out(cases):
    assert find_leaks(cases, outcome="left").is_empty()


def test_a_copy_of_the_outcome_under_another_name_is_near_perfect(cases):
    leaking = cases.with_columns(state=pl.when("left").then(pl.lit("gone")).otherwise(pl.lit("in")))
    row = find_leaks(leaking, outcome="left").row(0, named=True)
    assert (row["column"], row["reason"], row["auc"]) == ("state", "near_perfect", 1.0)
    assert row["is_excluded"]
    assert (row["n"], row["n_left"]) == (1200, int(cases["left"].sum()))
    assert row["ci_low"] > 0.95


def test_a_column_filled_only_for_those_who_left_leaks_by_being_filled(cases):
    noted = cases.with_columns(
        closing_note=pl.when("left").then(pl.col("plan")), ended=pl.when("left").then("tenure")
    )
    assert reasons(noted) == {
        "closing_note": "near_perfect_missing",
        "ended": "near_perfect_missing",
    }


def test_a_number_that_runs_the_other_way_is_found_too(cases):
    rng = np.random.default_rng(2)
    risky = cases.with_columns(mood=-pl.col("left").cast(pl.Float64) * 5 + rng.normal(0, 1, 1200))
    assert reasons(risky) == {"mood": "near_perfect"}


def test_values_without_exception_settle_though_the_middle_tells_nothing(cases):
    # Of those who left and of those who stayed 60 % have a value only they have: AUC about .92.
    rng = np.random.default_rng(3)
    is_told = rng.random(1200) < 0.6
    score = np.where(is_told, np.where(cases["left"].to_numpy(), 1, 5), 3)
    row = find_leaks(cases.with_columns(score=score), outcome="left").row(0, named=True)
    assert row["ci_low"] < 0.95
    assert row["settled"] == pytest.approx(0.6, abs=0.05)
    assert row["reason"] == "near_perfect"


def test_a_strong_but_honest_column_is_not_called_out(cases):
    rng = np.random.default_rng(4)
    strong = cases.with_columns(score=pl.col("left") * 2.0 + rng.normal(0, 1, 1200))  # AUC .92
    assert find_leaks(strong, outcome="left").is_empty()


def test_a_category_of_many_values_does_not_look_perfect_by_chance(cases):
    rng = np.random.default_rng(5)
    coded = cases.with_columns(city=rng.integers(0, 500, 1200).astype(str))
    assert find_leaks(coded, outcome="left").is_empty()


def test_a_name_after_the_outcome_is_called_out_and_excluded_only_where_it_tells_most(cases):
    rng = np.random.default_rng(6)
    named = cases.with_columns(
        churn_score=pl.col("left") * 1.5 + rng.normal(0, 1, 1200),
        left_before=rng.integers(0, 2, 1200),
    )
    found = find_leaks(named, outcome="left")
    assert dict(found.select("column", "is_excluded").iter_rows()) == {
        "churn_score": True,
        "left_before": False,
    }
    assert set(found["reason"]) == {"after_outcome_name"}


def test_repeated_columns_and_rows_are_called_out(cases):
    twice = cases.with_columns(months=pl.col("tenure"))
    twice = pl.concat([twice, twice.head(7)])
    found = find_leaks(twice, outcome="left")
    repeated = found.filter(reason="duplicate_of").row(0, named=True)
    assert (repeated["column"], repeated["other"]) == ("months", "tenure")
    rows = found.filter(reason="duplicate_rows").row(0, named=True)
    assert (rows["column"], rows["n"]) == (None, 7)
    assert not found["is_excluded"].any()


def test_order_of_rows_and_columns_changes_nothing(cases):
    leaking = cases.with_columns(
        churn_score=pl.col("left") + np.random.default_rng(7).normal(0, 1, 1200)
    )
    shuffled = leaking.sample(fraction=1, shuffle=True, seed=3).select(reversed(leaking.columns))
    assert find_leaks(leaking, outcome="left").equals(find_leaks(shuffled, outcome="left"))


@pytest.mark.parametrize("left", [[True] * 5, [False] * 5, [None] * 5, []])
def test_one_kind_alone_accuses_no_column(left):
    table = pl.DataFrame(
        {"left": left, "a": list(range(len(left)))}, schema_overrides={"left": pl.Boolean}
    )
    assert find_leaks(table, outcome="left").is_empty()


def test_a_perfect_order_of_ten_cases_is_no_proof():
    table = pl.DataFrame({"left": [0, 1] * 5, "a": [1.5, 2.5] * 5})
    assert "near_perfect" not in reasons(table).values()


def test_an_outcome_in_unknown_words_is_refused_with_what_is_allowed():
    table = pl.DataFrame({"left": ["Satisfied", "Not"]})
    with pytest.raises(DataError, match="'not', 'satisfied'") as refused:
        find_leaks(table, outcome="left")
    assert "yes" in refused.value.allowed
    assert 'pl.col("left") ==' in refused.value.next_step


def test_names_of_leaving():
    assert is_after_outcome("ChurnScore", "target")
    assert is_after_outcome("data_disdetta", "esito")
    assert is_after_outcome("exit_survey", "exit")
    assert not is_after_outcome("customer_value", "customer_status")
    assert not is_after_outcome("leftover_minutes", "churn")
    assert is_id_name("rownames")


@pytest.mark.parametrize(
    ("values", "read_from", "first"),
    [
        (["29.85", " ", "N/A"], "numbers in text", 29.85),
        (["2025-03-01", "", None], "days in text", 20148.0),
        ([True, None, False], "flag", 1.0),
        ([3, None, 4], "number", 3.0),
        (["00123", "00456", "00789"], "text", "00123"),
        (["a ", "b", ""], "text", "a"),
    ],
)
def test_columns_are_read_for_what_they_hold(values, read_from, first):
    column = pl.Series("x", values)
    how = recognise(column)
    assert how.read_from == read_from
    assert column.to_frame().select(how.read())["x"][0] == first


def test_instants_with_a_time_zone_are_days():
    at = pl.Series("at", ["2025-03-01T12:00:00Z"]).str.to_datetime(time_zone="UTC")
    assert at.to_frame().select(recognise(at).read()).item() == 20148.5


def test_what_cannot_teach_is_named():
    n = 80
    table = pl.DataFrame(
        {
            "row": range(n),
            "code": [f"c{i}" for i in range(n)],
            "same": ["x"] * n,
            "nothing": [None] * n,
            "list": [[1]] * n,
            "a": [i % 3 for i in range(n)],
            "b": [i % 3 for i in range(n)],
            "amount": [i * 1.5 for i in range(n)],
            "notes": [f"text {i // 2 if i < 20 else i}" for i in range(n)],
        }
    )
    read, columns, dropped = read_columns(table, table.columns)
    assert [how.name for how in columns] == read.columns == ["a", "amount"]
    assert dict(dropped.select("column", "reason").iter_rows()) == {
        "row": "id-like",
        "code": "id-like",
        "same": "constant",
        "nothing": "constant",
        "list": "unsupported",
        "b": "repeats",
        "notes": "free text",
    }


def test_nobody_is_in_two_folds_and_leavers_are_spread():
    rng = np.random.default_rng(0)
    people = rng.permutation(2000) % 300
    left = (rng.random(2000) < 0.05).astype(float)
    fold = split_people_in_folds(left, people, n=5, random_state=0)
    assert all(np.unique(fold[people == who]).size == 1 for who in range(300))
    ever = np.array([left[people == who].any() for who in range(300)])
    first = np.array([fold[people == who][0] for who in range(300)])
    assert np.ptp(np.bincount(first[ever], minlength=5)) <= 1


def test_folds_follow_the_rows_not_their_order():
    rng = np.random.default_rng(0)
    read = pl.DataFrame({"a": rng.integers(0, 9, 300), "b": rng.normal(size=300)})
    left, alone = rng.integers(0, 2, 300).astype(float), np.arange(300)
    mixed = rng.permutation(300)
    found = []
    for places in (alone, mixed):
        order = order_rows(read[places], left[places], alone)
        fold = split_people_in_folds(left[places][order], order, n=5, random_state=1)
        found.append(read[places][order].with_columns(fold=fold))
    assert found[0].equals(found[1])
