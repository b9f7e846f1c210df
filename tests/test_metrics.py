"""NPS, CSAT, effort and their kin: right on five rows, at the limits, and against naive loops."""

from collections import Counter

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from cxresearch.errors import CxWarning, DataError, ParameterError
from cxresearch.transforms.metrics import (
    ces,
    ces_share,
    csat,
    emoji,
    enps,
    measure,
    nps,
    score_distribution,
    stars,
)

FIGURES = ("estimate", "ci_low", "ci_high")


def test_two_promoters_of_five_less_one_detractor_are_twenty_points():
    answers = pl.DataFrame({"score": [10, 9, 8, 7, 6]})
    assert nps(answers).select("n", "estimate").row(0) == (5, 20.0)


def test_blanks_are_counted_beside_and_never_in_the_base():
    answers = pl.DataFrame(
        {"score": [10.0, 0.0, None, float("nan")], "respondent_id": list("aabb")}
    )
    assert nps(answers).select("n", "n_respondents", "n_blank", "estimate").row(0) == (2, 1, 2, 0.0)


@pytest.mark.parametrize("function", [csat, stars, emoji])
def test_satisfied_are_the_two_best_grades(function):
    assert function(pl.DataFrame({"score": [5, 4, 3, 2, 1]}))["estimate"].item() == 0.4


def test_the_two_best_grades_follow_the_declared_scale_and_polarity():
    answers = pl.DataFrame(
        {
            "scale": ["seven"] * 3 + ["five, low is good"] * 3,
            "score": [7, 6, 5, 1, 2, 5],
            "scale_min": [1] * 6,
            "scale_max": [7] * 3 + [5] * 3,
            "high_is": ["good"] * 3 + ["bad"] * 3,
        }
    )
    assert csat(answers, by="scale")["estimate"].to_list() == pytest.approx([2 / 3, 2 / 3])
    assert csat(answers, by="scale")["scale_max"].to_list() == [5, 7]


def test_effort_is_a_mean_and_its_share_counts_grades_above_the_middle():
    answers = pl.DataFrame({"score": [7, 6, 5, 4, 3]})
    assert ces(answers)["estimate"].item() == 5.0
    assert ces_share(answers)["estimate"].item() == 0.6


def test_easy_grades_lie_below_the_middle_where_high_is_bad():
    answers = pl.DataFrame({"score": [1, 2, 3, 5], "high_is": ["bad"] * 4, "scale_max": [5] * 4})
    assert ces_share(answers)["estimate"].item() == 0.5


def test_a_share_takes_true_and_false():
    answers = pl.DataFrame({"is_resolved": [True, True, False, None]})
    result = measure(answers, metric="share", score="is_resolved")
    assert result.select("n", "n_blank", "estimate").row(0) == (3, 1, pytest.approx(2 / 3))


def test_employees_alone_make_the_employee_score():
    answers = pl.DataFrame({"score": [10, 10, 0], "voice": ["employee", "customer", "employee"]})
    assert enps(answers).select("metric", "n", "estimate").row(0) == ("enps", 2, 0.0)


def test_answers_to_other_metrics_are_left_out():
    answers = pl.DataFrame({"score": [10, 1, 5], "metric": ["nps", "ces", "csat"]})
    assert nps(answers).select("n", "estimate").row(0) == (1, 100.0)
    assert csat(answers).select("n", "estimate").row(0) == (1, 1.0)


def test_all_promoters_are_a_hundred_points_with_an_interval_below():
    low, high = nps(pl.DataFrame({"score": [10] * 20})).select("ci_low", "ci_high").row(0)
    assert high == 100
    assert 60 < low < 90


def test_nobody_answered_is_no_figure_but_a_row():
    for answers in (pl.DataFrame({"score": [None, None]}), pl.DataFrame({"score": []})):
        result = nps(answers)
        assert result["n"].item() == 0
        assert result.select(FIGURES).row(0) == (None, None, None)
        assert not result["is_reliable"].item()


def test_a_group_without_answers_keeps_its_row():
    answers = pl.DataFrame({"shop": ["A", "B"], "score": [9, None]})
    assert nps(answers, by="shop").select("shop", "n", "n_blank", "estimate").rows() == [
        ("A", 1, 0, 100.0),
        ("B", 0, 1, None),
    ]


def test_one_answer_tells_next_to_nothing():
    result = nps(pl.DataFrame({"score": [10]}))
    assert result["ci_high"].item() - result["ci_low"].item() > 90
    assert ces(pl.DataFrame({"score": [4]})).select(FIGURES).row(0) == (None, None, None)


def test_independent_answers_count_in_full_exactly():
    rng = np.random.default_rng(0)
    answers = pl.DataFrame(
        {"cell": np.repeat(np.arange(200), 100), "score": rng.integers(1, 8, 20_000)}
    )
    assert (ces(answers, by="cell")["n_effective"] == 100).all()
    assert (ces_share(answers, by="cell")["n_effective"] == 100).all()


def test_one_person_with_all_answers_tells_as_much_as_one_answer():
    alone = pl.DataFrame({"score": [10], "respondent_id": ["a"]})
    often = pl.DataFrame({"score": [10] * 40, "respondent_id": ["a"] * 40})
    assert nps(often).select(FIGURES).row(0) == pytest.approx(nps(alone).select(FIGURES).row(0))
    assert not nps(often)["is_reliable"].item()
    assert nps(often.drop("respondent_id"))["is_reliable"].item()


def test_people_who_repeat_themselves_widen_the_interval_to_that_of_the_people():
    people = pl.DataFrame({"score": [10, 8, 0] * 100, "respondent_id": range(300)})
    fourfold = pl.concat([people] * 4)
    assert nps(fourfold)["n_effective"].item() == pytest.approx(300, rel=0.02)
    assert nps(fourfold.drop("respondent_id"))["n_effective"].item() == 1200


def test_answers_without_an_id_stand_for_themselves():
    answers = pl.DataFrame(
        {"score": [10, 8, 0, 5], "respondent_id": [None] * 4},
        schema_overrides={"respondent_id": str},
    )
    result = nps(answers)
    assert result.select("n_respondents", "n_effective").row(0) == (4, 4.0)


def test_people_unknown_is_said_by_a_null():
    assert nps(pl.DataFrame({"score": [10]}))["n_respondents"].item() is None


def test_the_order_of_rows_changes_nothing():
    answers = pl.DataFrame(
        {
            "score": [10, 3, 8, 9, 7, 2, 10, 10],
            "shop": list("ABABABAB"),
            "respondent_id": list("xxyyzzxy"),
            "weight": [1.0, 2, 1, 3, 1, 1, 2, 1],
        }
    )
    whole = nps(answers, by="shop", weight="weight")
    assert_frame_equal(whole, nps(answers.reverse(), by="shop", weight="weight"))
    assert_frame_equal(whole, nps(answers.lazy(), by="shop", weight="weight"))


def test_the_same_weighted_answers_give_the_same_bytes():
    rng = np.random.default_rng(0)
    answers = pl.DataFrame(
        {
            "score": rng.integers(0, 11, 3000),
            "shop": rng.integers(0, 20, 3000),
            "respondent_id": rng.integers(0, 1000, 3000),
            "weight": rng.random(3000),
        }
    )
    first = nps(answers, by="shop", weight="weight")
    assert all(nps(answers, by="shop", weight="weight").equals(first) for _ in range(5))


def test_weights_twice_as_large_change_nothing():
    answers = pl.DataFrame({"score": [10, 3, 8, 9], "weight": [1.0, 2, 1, 3]})
    doubled = answers.with_columns(pl.col("weight") * 2)
    assert_frame_equal(nps(answers, weight="weight"), nps(doubled, weight="weight"))


def test_equal_weights_leave_the_interval_of_no_weights():
    answers = pl.DataFrame({"score": [10, 3, 8, 9], "weight": [2.0] * 4})
    weighted = nps(answers, weight="weight")
    assert weighted.select(FIGURES).row(0) == pytest.approx(nps(answers).select(FIGURES).row(0))
    assert weighted.select("estimate_unweighted", "design_effect").row(0) == (50 - 25, 1.0)


def test_the_weighted_figure_stands_beside_the_unweighted():
    answers = pl.DataFrame({"score": [10, 0], "weight": [3.0, 1.0]})
    result = nps(answers, weight="weight")
    assert result.select("estimate", "estimate_unweighted").row(0) == (50.0, 0.0)
    assert result["design_effect"].item() == pytest.approx(2 * 10 / 16)


def test_weights_on_the_loud_cost_more_than_kish_says():
    quiet = pl.DataFrame({"score": [8] * 90, "weight": [1.0] * 90})
    loud = pl.DataFrame({"score": [10, 0] * 5, "weight": [5.0] * 10})
    result = nps(pl.concat([quiet, loud]), weight="weight")
    assert result["n_effective"].item() < 0.7 * 100 / result["design_effect"].item()


def test_a_null_in_a_grouping_column_is_a_group():
    answers = pl.DataFrame({"shop": ["A", None], "score": [10, 0], "respondent_id": ["a", "b"]})
    assert nps(answers, by="shop").select("shop", "n_respondents", "estimate").rows() == [
        (None, 1, -100.0),
        ("A", 1, 100.0),
    ]


def test_the_mean_is_withheld_where_answers_crowd_at_the_end_of_the_scale():
    crowded = pl.DataFrame({"score": [7] * 15 + [6, 5, 2]})
    assert ces(crowded).select(FIGURES).row(0) == (None, None, None)
    assert "share" in ces(crowded)["base"].item()
    assert ces_share(crowded)["estimate"].item() == pytest.approx(17 / 18)
    assert ces(pl.concat([crowded] * 6))["estimate"].item() is not None


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"score": [11, 3]}, "outside the scale"),
        ({"score": [-1, 3]}, "outside the scale"),
        ({"score": [8.5, 3]}, "not a whole number"),
        ({"score": [9, 3], "scale_max": [10, 5]}, "different scales"),
        ({"score": [5, 3], "scale_max": [5, 5]}, "other than 0 to 10"),
        ({"score": [9, 3], "high_is": ["good", "bad"]}, "where high is bad"),
        ({"score": [9, 3], "touchpoint": [None, "desk"]}, "about the whole"),
        ({"score": [9, 3], "voice": ["customer", "employee"]}, "different voices"),
        ({"score": ["9", "3"]}, "score column 'score' is String"),
        ({"scroe": [9, 3]}, "Did you mean 'scroe'"),
    ],
)
def test_answers_that_do_not_belong_in_one_figure_are_refused(columns, words):
    with pytest.raises(DataError, match=words) as caught:
        nps(pl.DataFrame(columns))
    assert caught.value.next_step


def test_what_is_refused_together_is_measured_apart():
    answers = pl.DataFrame(
        {"score": [9, 3], "touchpoint": [None, "desk"], "voice": ["customer", "employee"]}
    )
    assert nps(answers, by=["touchpoint", "voice"])["n"].to_list() == [1, 1]


def test_blank_answers_of_another_kind_do_no_harm():
    answers = pl.DataFrame({"score": [9, None], "touchpoint": ["desk", None]})
    assert nps(answers)["n"].item() == 1


@pytest.mark.parametrize(
    ("weights", "words"), [([1.0, None], "1 answers have no weight"), ([1.0, -2.0], "weight -2")]
)
def test_missing_and_negative_weights_are_refused(weights, words):
    with pytest.raises(DataError, match=words):
        nps(pl.DataFrame({"score": [9, 3], "weight": weights}), weight="weight")


def test_a_misspelt_respondent_column_is_not_taken_for_independence():
    with pytest.raises(DataError, match="person_id"):
        nps(pl.DataFrame({"score": [9], "person": ["a"]}), respondent="person_id")


def test_unknown_metrics_and_reserved_columns_are_refused():
    with pytest.raises(ParameterError, match="Did you mean 'nps'"):
        measure(pl.DataFrame({"score": [9]}), metric="npss")
    with pytest.raises(ParameterError, match="name of a column"):
        nps(pl.DataFrame({"score": [9], "metric": ["nps"]}), by="metric")
    with pytest.raises(ParameterError, match="confidence"):
        nps(pl.DataFrame({"score": [9]}), confidence=95)


answers_of_shops = st.lists(
    st.tuples(
        st.sampled_from("ABC"), st.one_of(st.none(), st.integers(0, 10)), st.sampled_from("xyzuvw")
    ),
    min_size=1,
    max_size=40,
)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(answers_of_shops)
def test_grouped_nps_equals_a_naive_loop(rows):
    table = pl.DataFrame(rows, schema=["shop", "score", "respondent_id"], orient="row")
    table = table.with_columns(pl.col("score").cast(pl.Int64))
    for row in nps(table, by="shop").iter_rows(named=True):
        mine = [(score, who) for shop, score, who in rows if shop == row["shop"]]
        given_scores = [score for score, _ in mine if score is not None]
        kinds = Counter("+" if s >= 9 else "-" if s <= 6 else "0" for s in given_scores)
        assert row["n"] == len(given_scores)
        assert row["n_blank"] == len(mine) - len(given_scores)
        assert row["n_respondents"] == len({who for score, who in mine if score is not None})
        if given_scores:
            assert row["estimate"] == pytest.approx(
                100 * (kinds["+"] - kinds["-"]) / len(given_scores), abs=1e-9
            )
            assert -100 <= row["ci_low"] <= row["estimate"] <= row["ci_high"] <= 100
            assert row["n_effective"] <= row["n"] + 1e-9


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(answers_of_shops)
def test_the_distribution_equals_a_naive_count_and_sums_to_one(rows):
    table = pl.DataFrame(rows, schema=["shop", "score", "respondent_id"], orient="row")
    table = table.with_columns(pl.col("score").cast(pl.Int64))
    result = score_distribution(table, metric="nps", by="shop")
    counts = Counter((shop, score) for shop, score, _ in rows if score is not None)
    for row in result.iter_rows(named=True):
        assert row["n_score"] == counts[row["shop"], row["score"]]
        assert row["ci_low"] <= row["estimate"] <= row["ci_high"]
    sums = result.group_by("shop").agg(pl.col("estimate", "n_score").sum(), pl.col("n").first())
    assert sums["estimate"].to_list() == pytest.approx([1] * sums.height)
    assert sums["n_score"].to_list() == sums["n"].to_list()


def test_the_distribution_of_two_grades_is_as_wide_as_the_share():
    table = pl.DataFrame(
        {
            "score": [5, 1, 5, 5, 1, 5, 5, 5],
            "respondent_id": list("aabbccdd"),
            "weight": [1.0, 2, 1, 1, 3, 1, 1, 1],
        }
    )
    grades = score_distribution(table, metric="csat")
    assert grades["n_score"].to_list() == [2, 0, 0, 0, 6]
    share = csat(table).select(FIGURES).row(0)
    assert grades.filter(pl.col("score") == 5).select(FIGURES).row(0) == pytest.approx(share)


def test_the_distribution_leaves_answers_to_other_metrics_out():
    answers = pl.DataFrame({"score": [5, 9], "metric": ["csat", "nps"]})
    assert score_distribution(answers, metric="csat")["n"].to_list() == [1] * 5


@pytest.fixture(scope="module")
def airport(real_data):
    answers = pl.read_csv(
        real_data / "tabular/sfo_survey/sfo_2017.csv", infer_schema=False, encoding="utf8-lossy"
    )
    return answers.select(
        pl.col("NETPRO").cast(pl.Float64).alias("score"), pl.col("WEIGHT").cast(pl.Float64)
    )


def test_a_code_outside_the_scale_is_refused_not_counted_as_a_promoter(airport):
    with pytest.raises(DataError, match="outside the scale"):
        nps(airport)


def test_the_airport_of_2017_has_its_published_scores(airport):
    answers = airport.with_columns(pl.col("score").replace(11.0, None))
    result = nps(answers, weight="WEIGHT")
    assert round(result["estimate_unweighted"].item(), 1) == 39.8
    assert round(result["estimate"].item(), 1) == 40.4
    assert result["design_effect"].item() > 1.1
    assert result["n_blank"].item() == 85


def test_help_and_completion_show_the_options_of_a_metric():
    from inspect import signature

    shown = signature(nps).parameters
    assert list(shown) == ["table", "by", "score", "respondent", "weight", "confidence"]
    assert shown["confidence"].default == 0.95


def test_ratings_from_1_to_5_taken_for_nps_raise_a_doubt():
    ratings = pl.DataFrame({"score": [5, 4, 3] * 10})
    with pytest.warns(CxWarning, match=r"no answer above 5.*csat"):
        nps(ratings)
    nps(pl.DataFrame({"score": [5, 4, 9] * 10}))  # no doubt: warnings are errors here


def test_a_mean_of_answers_crowded_on_any_grade_is_not_shown():
    for crowded in ([4.0] * 18 + [6.0, 7.0], [7.0] * 18 + [6.0, 2.0], [4.0] * 20):
        row = ces(pl.DataFrame({"score": crowded})).row(0, named=True)
        assert row["estimate"] is None
        assert "one grade" in row["base"]
    assert ces(pl.DataFrame({"score": [4.0] * 10 + [5.0] * 10}))["estimate"].item() == 4.5
