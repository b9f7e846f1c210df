"""An objective is met, missed or open, and where there is none nothing is said."""

from datetime import date

import polars as pl
import pytest

from cxresearch.study import Study
from cxresearch.transforms.objectives import (
    find_objective,
    measure_objective,
    project_objective,
    with_target,
)
from cxresearch.transforms.question_scores import track_question
from cxresearch.transforms.questions import Question
from tests.asked import OCTOBER, answers

RECOMMEND = Question("customer", "nps", "whole")
SATISFIED = Question("customer", "csat", "whole")
EASY = Question("customer", "ces", "whole")


def study_with(*objectives):
    study = Study.model_validate(
        {"name": "x", "sources": [{"table": "responses", "files": "r.csv"}]}
    )
    experience = type(study.experience).model_validate(
        study.experience.model_dump()
        | {
            "objectives": [
                {"id": f"o{i}", "by_on": "2026-06-30", **each} for i, each in enumerate(objectives)
            ]
        }
    )
    return study.model_copy(update={"experience": experience})


def objective(measure="nps", statistic="nps", target=40.0):
    return find_objective(
        study_with({"measure": measure, "statistic": statistic, "target": target}),
        Question("customer", measure, "whole"),
    )


def test_the_first_objective_of_the_question_is_taken():
    study = study_with(
        {"measure": "csat", "statistic": "share", "target": 0.8},
        {"measure": "nps", "statistic": "nps", "target": 40},
        {"measure": "nps", "statistic": "nps", "target": 60},
    )
    assert find_objective(study, RECOMMEND).target == 40
    assert find_objective(study, SATISFIED).target == 0.8


@pytest.mark.parametrize(
    "question",
    [
        Question("employee", "nps", "whole"),
        Question("customer", "nps", "touchpoint"),
        Question("customer", "stars", "whole"),
        EASY,
    ],
)
def test_an_objective_is_about_the_whole_as_customers_see_it(question):
    assert (
        find_objective(study_with({"measure": "nps", "statistic": "nps", "target": 40}), question)
        is None
    )


def test_an_objective_of_another_statistic_is_not_the_one_shown():
    mean = study_with({"measure": "csat", "statistic": "mean", "target": 4.2})
    assert find_objective(mean, SATISFIED) is None


def test_the_distance_is_the_score_less_the_target():
    # 30 promoters and 10 detractors of 40: NPS 50
    table = answers([10] * 30 + [0] * 10)
    row = measure_objective(table, RECOMMEND, objective(target=80), period=OCTOBER).row(
        0, named=True
    )
    assert (row["level"], row["target"], row["estimate"], row["n"]) == (50, 80, -30, 40)
    assert row["ci_low"] < -30 < row["ci_high"] < 0
    assert row["is_different"]
    assert row["by_on"] == date(2026, 6, 30)


def test_a_score_near_its_target_is_not_told_apart_from_it():
    table = answers([10] * 30 + [0] * 10)
    row = measure_objective(table, RECOMMEND, objective(target=55), period=OCTOBER).row(
        0, named=True
    )
    assert not row["is_different"]


def test_a_share_is_measured_against_a_share():
    table = answers([5] * 36 + [1] * 4, metric="csat")
    aim = objective("csat", "share", 0.75)
    row = measure_objective(table, SATISFIED, aim, period=OCTOBER).row(0, named=True)
    assert (row["level"], row["estimate"]) == (pytest.approx(0.9), pytest.approx(0.15))


def test_ease_is_measured_as_the_share_that_find_it_easy():
    table = answers([7] * 30 + [1] * 10, metric="ces")
    aim = objective("ces", "share", 0.5)
    row = measure_objective(table, EASY, aim, period=OCTOBER).row(0, named=True)
    assert (row["metric"], row["level"]) == ("ces_share", 0.75)


def test_only_the_period_counts():
    table = pl.concat([answers([10] * 30 + [0] * 10), answers([0] * 400, month=9)])
    assert measure_objective(table, RECOMMEND, objective(), period=OCTOBER)["level"].item() == 50


def test_weighted_answers_give_the_weighted_distance():
    heavy = answers([10] * 20).with_columns(weight=pl.lit(3.0))
    light = answers([0] * 20, touchpoint=None).with_columns(
        pl.concat_str(pl.lit("z"), "respondent_id").alias("respondent_id"), weight=pl.lit(1.0)
    )
    row = measure_objective(pl.concat([heavy, light]), RECOMMEND, objective(), period=OCTOBER)
    assert row["level"].item() == 50


@pytest.mark.parametrize("table", [answers([]), answers([None] * 20), answers([9] * 40, month=9)])
def test_without_an_objective_or_an_answer_there_is_no_row(table):
    assert measure_objective(table, RECOMMEND, objective(), period=OCTOBER).is_empty()
    assert measure_objective(answers([9, 0]), RECOMMEND, None, period=OCTOBER).is_empty()


@pytest.mark.parametrize("scores", [[10] * 5 + [0] * 4, [10] * 400])
def test_a_score_that_would_give_people_away_has_no_distance(scores):
    # nine people, or four hundred who all said the same: the level itself is hidden
    assert measure_objective(answers(scores), RECOMMEND, objective(), period=OCTOBER).is_empty()


def test_the_study_decides_how_many_people_a_score_hides_behind():
    table = answers([10] * 10 + [0] * 10)
    shown = measure_objective(table, RECOMMEND, objective(), period=OCTOBER)
    assert shown.height == 1
    hidden = measure_objective(table, RECOMMEND, objective(), period=OCTOBER, hide_below=21)
    assert hidden.is_empty()


def series(levels):
    """NPS of each month up to October, from 100 answers a month."""
    first = 11 - len(levels)
    parts = [
        answers([10] * (50 + level // 2) + [0] * (50 - level // 2), month=first + number)
        for number, level in enumerate(levels)
    ]
    return track_question(pl.concat(parts), RECOMMEND, period=OCTOBER)


def aim_by(day, target):
    aim = objective(target=target)
    return aim.model_copy(update={"by_on": day})


def test_a_steady_rise_is_on_course_for_what_lies_below_its_path_and_off_course_for_what_does_not():
    rising = series([0, 4, 8, 12, 16, 20, 24, 28, 32, 36])
    near, far = (
        project_objective(rising, aim_by(date(2025, 12, 15), target)).row(0, named=True)
        for target in (20, 80)
    )
    assert (near["outlook"], near["target"], near["n_ahead"]) == ("on_course", 20, 2)
    assert near["estimate"] == pytest.approx(44, abs=1)
    assert far["outlook"] == "off_course"


@pytest.mark.parametrize("day", [date(2025, 9, 30), date(2030, 1, 1)], ids=["passed", "too far"])
def test_no_outlook_for_a_day_that_has_passed_or_lies_too_far_ahead(day):
    assert project_objective(series([0, 4] * 5), aim_by(day, 20)).is_empty()


def test_no_outlook_without_an_objective_a_series_or_eight_periods():
    assert project_objective(series([0, 4] * 5), None).is_empty()
    assert project_objective(series([0, 4] * 5).head(0), aim_by(date(2025, 12, 1), 20)).is_empty()
    assert project_objective(series([0, 4, 8]), aim_by(date(2025, 12, 1), 20)).is_empty()


def test_no_outlook_over_a_month_without_answers():
    gap = series([0, 4] * 5).with_columns(
        pl.when(pl.col("period") != "2025-05").then(pl.col("estimate")).alias("estimate")
    )
    assert project_objective(gap, aim_by(date(2025, 12, 1), 20)).is_empty()


def test_the_target_stands_beside_every_period_where_there_is_one():
    rows = series([0, 4])
    assert with_target(rows, objective(target=40))["target"].to_list() == [40.0, 40.0]
    assert with_target(rows, None).columns == rows.columns
