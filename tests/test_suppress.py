"""Small cells are hidden so that nobody finds them by subtraction."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxresearch.errors import DataError, ParameterError
from cxresearch.transforms.compare import compare
from cxresearch.transforms.metrics import csat, measure, nps
from cxresearch.transforms.suppress import roll_up_small, suppress_small_cells


def cells(n, **columns):
    return pl.DataFrame({"cell": range(len(n)), "n": n, "estimate": [0.5] * len(n), **columns})


def hidden(table, **options):
    result = suppress_small_cells(table, by="cell", **options)
    return [row["cell"] for row in result.iter_rows(named=True) if row["is_suppressed"]]


def test_the_smallest_other_cell_is_hidden_with_a_single_small_one():
    assert hidden(cells([4, 50, 20, 30])) == [0, 2]


def test_two_small_cells_protect_each_other_only_if_they_are_enough_people():
    assert hidden(cells([6, 7, 50, 20])) == [0, 1]
    assert hidden(cells([1, 2, 50, 20])) == [0, 1, 3]


def test_no_small_cell_hides_nothing_and_an_empty_one_protects_nobody():
    assert hidden(cells([10, 50, 20])) == []
    assert hidden(cells([4, 0, 20])) == [0, 2]
    assert hidden(cells([0, 50, 20])) == []


def test_hidden_rows_lose_every_number_and_keep_their_place():
    table = cells([50, 4, 20], metric=["csat"] * 3, ci_low=[0.1] * 3)
    result = suppress_small_cells(table, by="cell")
    assert result["cell"].to_list() == [0, 1, 2]
    assert result.row(1) == (1, None, None, "csat", None, True)
    assert result.row(0)[:3] == (0, 50, 0.5)


def test_people_are_counted_where_they_are_known():
    assert hidden(cells([40, 50, 60], n_respondents=[3, 50, 60])) == [0, 1]


def test_a_cell_where_everyone_answers_alike_tells_on_each():
    answers = pl.DataFrame(
        {"shop": ["A"] * 20 + ["B"] * 30 + ["C"] * 40, "score": [5] * 20 + [5, 1] * 35}
    )
    estimates = csat(answers, by="shop")
    result = suppress_small_cells(estimates, by="shop")
    assert result["is_suppressed"].to_list() == [True, True, False]
    promoters = nps(answers.with_columns(pl.col("score") * 2), by="shop")
    assert suppress_small_cells(promoters, by="shop")["estimate"].to_list()[0] is None


def test_a_comparison_is_as_small_as_its_smaller_side():
    now = pl.DataFrame({"cell": [0] * 40 + [1] * 40, "score": [5, 1] * 40})
    then = pl.DataFrame({"cell": [0] * 4 + [1] * 40, "score": [5, 1] * 22})
    result = suppress_small_cells(compare(now, against=then, metric="csat", by="cell"), by="cell")
    assert result["is_suppressed"].to_list() == [True, True]


def test_each_table_within_is_protected_by_itself():
    table = pl.concat([cells([4, 50, 20]), cells([40, 50, 20])]).with_columns(
        question=pl.Series(["a"] * 3 + ["b"] * 3)
    )
    result = suppress_small_cells(table, by="cell", within="question")
    assert result["is_suppressed"].to_list() == [True, False, True, False, False, False]


def test_both_margins_of_a_cross_table_are_protected():
    table = pl.DataFrame(
        {
            "shop": ["A", "A", "A", "B", "B", "B", "C", "C", "C"],
            "channel": ["x", "y", "z"] * 3,
            "n": [4, 50, 30, 60, 45, 70, 80, 90, 20],
            "estimate": [0.5] * 9,
        }
    )
    result = suppress_small_cells(table, by=["shop", "channel"])
    gone = result.filter("is_suppressed")
    for margin in ("shop", "channel"):
        assert (gone.group_by(margin).len()["len"] >= 2).all()
    assert gone.height == 4


def test_hiding_twice_hides_no_more():
    once = suppress_small_cells(cells([4, 50, 20, 30]), by="cell")
    assert suppress_small_cells(once, by="cell").equals(once)


@pytest.mark.slow
@settings(max_examples=80, deadline=None)
@given(st.lists(st.integers(0, 40), min_size=4, max_size=24), st.integers(2, 4))
def test_no_margin_gives_a_hidden_cell_away(sizes, width):
    rows = [(i // width, i % width, n, 0.5) for i, n in enumerate(sizes)]
    table = pl.DataFrame(rows, schema=["a", "b", "n", "estimate"], orient="row")
    result = suppress_small_cells(table, by=["a", "b"]).with_columns(table["n"].alias("people"))
    assert result.filter(pl.col("people").is_between(1, 9))["is_suppressed"].all()
    for margin in ("a", "b"):
        for _, line in result.group_by(margin):
            gone = line.filter("is_suppressed")
            shown = line.filter(~pl.col("is_suppressed") & (pl.col("people") > 0))
            if gone.height and shown.height:
                assert gone.height >= 2
                assert gone["people"].sum() >= 10


def test_what_cannot_be_hidden_is_refused():
    with pytest.raises(ParameterError, match="threshold 0"):
        suppress_small_cells(cells([1]), by="cell", threshold=0)
    with pytest.raises(DataError, match="'n' is missing"):
        suppress_small_cells(pl.DataFrame({"cell": [1], "estimate": [1.0]}), by="cell")


def answers(sizes):
    return pl.DataFrame(
        [(shop, 9, f"{shop}{i}") for shop, n in sizes.items() for i in range(n)],
        schema=["shop", "score", "respondent_id"],
        orient="row",
    )


def test_small_categories_become_one_and_are_named():
    rolled = roll_up_small(answers({"A": 30, "B": 20, "C": 6, "D": 5}), column="shop")
    assert dict(rolled.categories.select("category", "rolled_into").rows()) == {
        "A": None,
        "B": None,
        "C": "other",
        "D": "other",
    }
    assert dict(nps(rolled.table, by="shop").select("shop", "n").rows()) == {
        "A": 30,
        "B": 20,
        "other": 11,
    }


def test_a_joined_category_still_too_small_takes_the_next():
    rolled = roll_up_small(answers({"A": 30, "B": 20, "C": 6}), column="shop")
    assert rolled.categories.filter(pl.col("rolled_into") == "other")["category"].to_list() == [
        "B",
        "C",
    ]


def test_people_not_answers_make_a_category_large():
    often = pl.DataFrame(
        {
            "shop": ["A"] * 30 + ["B"] * 30,
            "score": 9,
            "respondent_id": ["a"] * 30 + list(range(30)),
        },
        strict=False,
    )
    rolled = roll_up_small(often, column="shop")
    assert rolled.categories["n_respondents"].to_list() == [30, 1]


def test_nothing_small_is_left_as_it_is():
    table = answers({"A": 30, "B": 20})
    rolled = roll_up_small(table, column="shop")
    assert rolled.table.equals(table)
    assert rolled.categories["rolled_into"].is_null().all()


def test_a_cell_that_one_weight_decides_is_hidden():
    answers = pl.DataFrame({"score": [5.0] + [1.0] * 29, "weight": [1e6] + [1.0] * 29})
    cells = measure(answers, metric="csat", weight="weight")
    assert suppress_small_cells(cells, by="metric")["is_suppressed"].item()
    assert not cells["is_reliable"].item()
    even = measure(answers.with_columns(weight=pl.lit(2.0)), metric="csat", weight="weight")
    assert not suppress_small_cells(even, by="metric")["is_suppressed"].item()
