from datetime import UTC, datetime

import polars as pl
import pytest

from cxresearch.errors import DataError
from cxresearch.period import parse_period
from cxresearch.transforms.question_scores import (
    compare_questions,
    measure_questions,
    period_with_answers,
    spread_of_answers,
    track_question,
)
from cxresearch.transforms.questions import (
    Question,
    answers_to,
    headline_question,
    list_questions,
    most_answered,
)

OCTOBER = parse_period("2025-10")


def answers(scores, *, metric="nps", voice="customer", touchpoint=None, month=10, weight=None):
    """One respondent an answer, on the fifth of the month."""
    scale = {"nps": (0, 10), "csat": (1, 5), "ces": (1, 7)}[metric]
    n = len(scores)
    return pl.DataFrame(
        {
            "respondent_id": [f"{metric}{voice}{touchpoint}{month}-{i}" for i in range(n)],
            "voice": [voice] * n,
            "metric": [metric] * n,
            "touchpoint": pl.Series([touchpoint] * n, dtype=pl.String),
            "score": pl.Series(scores, dtype=pl.Float64),
            "scale_min": [float(scale[0])] * n,
            "scale_max": [float(scale[1])] * n,
            "high_is": ["good"] * n,
            "at": [datetime(2025, month, 5, tzinfo=UTC)] * n,
            "weight": pl.Series(weight or [None] * n, dtype=pl.Float64),
        }
    )


def test_answers_about_the_whole_and_about_a_touchpoint_are_two_questions():
    both = pl.concat([answers([9]), answers([9, 0], touchpoint="desk")])
    asked = list_questions(both)
    assert asked.select("metric", "about", "n").rows() == [
        ("nps", "whole", 1),
        ("nps", "touchpoint", 2),
    ]


def test_blank_answers_are_counted_beside():
    assert list_questions(answers([9, None])).select("n", "n_blank").row(0) == (1, 1)


def test_customers_come_before_employees_and_the_whole_before_touchpoints():
    table = pl.concat(
        [
            answers([9], voice="employee"),
            answers([5], metric="csat", touchpoint="desk"),
            answers([4], metric="csat"),
        ]
    )
    assert headline_question(table) == Question("customer", "csat", "whole")


def test_without_a_scored_answer_every_table_is_empty_and_nothing_fails():
    blank = answers([None])
    question = headline_question(blank)
    assert question == Question("customer", "nps", "whole")
    assert track_question(blank.head(0), question, period=OCTOBER).is_empty()
    assert measure_questions(blank.head(0), period=OCTOBER).is_empty()


def test_the_question_most_answered_about_touchpoints_is_found():
    table = pl.concat(
        [
            answers([5] * 3, metric="csat", touchpoint="desk"),
            answers([7] * 4, metric="ces", touchpoint="desk"),
            answers([9] * 9),
        ]
    )
    assert most_answered(table, about="touchpoint") == Question("customer", "ces", "touchpoint")


def test_a_question_is_measured_by_itself():
    table = pl.concat([answers([10] * 15 + [0] * 5), answers([5] * 6 + [1] * 14, metric="csat")])
    scores = measure_questions(table, period=OCTOBER)
    assert dict(scores.select("metric", "estimate").rows()) == {"nps": 50.0, "csat": 0.3}


def test_employees_are_measured_as_enps_and_ease_as_a_share():
    table = pl.concat(
        [answers([10] * 8 + [0] * 4, voice="employee"), answers([7] * 6 + [1] * 6, metric="ces")]
    )
    assert set(measure_questions(table, period=OCTOBER)["metric"]) == {"enps", "ces_share"}


def test_a_small_question_is_hidden():
    scores = measure_questions(answers([10] * 5 + [0] * 4), period=OCTOBER)
    assert scores.select("is_suppressed", "estimate", "n").row(0) == (True, None, None)


def test_where_weights_exist_the_weighted_figure_leads_and_the_unweighted_stands_beside():
    table = answers([10] * 10 + [0] * 10, weight=[3.0] * 10 + [1.0] * 10)
    row = measure_questions(table, period=OCTOBER).row(0, named=True)
    assert (row["estimate"], row["estimate_unweighted"]) == (50.0, 0.0)


def test_a_period_without_answers_is_empty_and_not_an_error():
    assert measure_questions(answers([9] * 20), period=parse_period("2024-01")).is_empty()


def test_only_questions_asked_in_both_periods_are_compared():
    table = pl.concat(
        [
            answers([10] * 40),
            answers([0] * 40, month=9),
            answers([5] * 40, metric="csat"),
        ]
    )
    changes = compare_questions(table, period=OCTOBER, against=OCTOBER.previous())
    assert changes["metric"].to_list() == ["nps"]
    assert changes["estimate"].item() is None  # all alike on each side: would tell each answer


def test_a_change_has_its_interval_and_q_value():
    table = pl.concat([answers([10] * 30 + [0] * 10), answers([10] * 10 + [0] * 30, month=9)])
    row = compare_questions(table, period=OCTOBER, against=OCTOBER.previous()).row(0, named=True)
    assert row["estimate"] == pytest.approx(100)
    assert row["ci_low"] > 50
    assert row["is_change"]
    assert row["q_value"] == row["p_value"]


def test_a_thin_period_widens_to_the_next_one_that_suffices():
    table = pl.concat([answers([9] * 3), answers([9] * 40, month=9)])
    assert period_with_answers(table, OCTOBER, at_least=30).label == "2025-08-01/2025-11-01"
    assert period_with_answers(table, OCTOBER, at_least=3) == OCTOBER


def test_a_long_period_asked_for_is_never_shortened():
    year = parse_period("2025")
    assert period_with_answers(answers([9] * 3), year, at_least=30).days >= year.days


def test_a_series_has_a_row_for_every_period_also_the_empty_one():
    table = pl.concat([answers([10, 10, 0]), answers([10, 0], month=8)])
    question = Question("customer", "nps", "whole")
    series = track_question(table, question, period=OCTOBER, hide_below=1)
    assert series.select("period", "n").rows() == [("2025-08", 2), ("2025-09", 0), ("2025-10", 3)]
    assert series["estimate"].to_list()[1] is None


def test_a_series_has_the_length_of_its_period():
    table = pl.concat([answers([10, 10, 0]), answers([10], month=3)])
    question = Question("customer", "nps", "whole")
    quarter = track_question(table, question, period=parse_period("2025-Q4"))
    assert quarter["period"].to_list() == ["2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4"]
    assert track_question(table, question, period=parse_period("2025"))["period"].to_list() == [
        "2025"
    ]


def test_a_month_without_weights_counts_each_answer_once():
    table = pl.concat([answers([10, 0], weight=[3.0, 1.0]), answers([10, 0], month=9)])
    question = Question("customer", "nps", "whole")
    series = track_question(table, question, period=OCTOBER, hide_below=1)
    assert series["estimate"].to_list() == [0.0, 50.0]


def test_a_month_without_weights_gets_the_usual_weight_whatever_its_scale():
    # weights that count 2,500 customers each must not drown the month that has none
    table = pl.concat([answers([10] * 20, weight=[2500.0] * 20), answers([0] * 20, month=9)])
    year = measure_questions(table, period=parse_period("2025")).row(0, named=True)
    assert year["estimate"] == pytest.approx(0)


def test_a_month_without_weights_ends_at_local_midnight():
    rome = parse_period("2025", timezone="Europe/Rome")
    table = pl.concat(
        [answers([10, 0] * 10, weight=[1.0] * 20, month=10), answers([10, 0] * 10, month=11)]
    ).with_columns(
        at=pl.when(pl.col("at").dt.month() == 11)
        .then(pl.lit(datetime(2025, 10, 31, 23, 30, tzinfo=UTC)))
        .otherwise("at")
    )
    assert measure_questions(table, period=rome)["n"].to_list() == [40]


def test_a_question_hardly_anybody_answered_does_not_head_the_page():
    table = pl.concat([answers([9]), answers([5] * 40, metric="csat")])
    assert headline_question(table).metric == "nps"
    assert headline_question(table, at_least=30).metric == "csat"


def test_an_answer_without_its_weight_among_weighted_ones_is_refused():
    table = answers([10, 0], weight=[3.0, None])
    with pytest.raises(DataError, match="weight"):
        track_question(table, Question("customer", "nps", "whole"), period=OCTOBER)


def test_a_period_of_few_people_is_hidden_and_takes_the_next_smallest_with_it():
    table = pl.concat(
        [
            answers([10] * 9 + [0] * 6),
            answers([10, 10, 10, 0], month=9),
            answers([10] * 8 + [0] * 4, month=8),
        ]
    )
    series = track_question(table, Question("customer", "nps", "whole"), period=OCTOBER)
    # from a total over the three months, September alone could be found by subtraction
    assert series.select("n", "is_suppressed").rows() == [(None, True), (None, True), (15, False)]


def test_hidden_periods_leave_no_trace_in_limits_or_signals():
    few = [answers([10, 0, 0], month=month) for month in range(1, 10)]
    shown = answers([10] * 15 + [0] * 5)
    series = track_question(
        pl.concat([*few, shown]), Question("customer", "nps", "whole"), period=OCTOBER
    )
    assert series["n"].to_list() == [None] * 9 + [20]
    assert series.select("limit_low", "limit_high", "centre", "signal").null_count().row(0) == (
        10, 10, 10, 10,
    )  # fmt: skip


def test_the_grades_of_few_people_are_not_shown():
    question = Question("customer", "nps", "whole")
    assert spread_of_answers(answers([10] * 5 + [0] * 4), question, period=OCTOBER).is_empty()
    assert spread_of_answers(answers([10] * 50), question, period=OCTOBER).is_empty()
    spread = spread_of_answers(answers([10] * 6 + [0] * 4), question, period=OCTOBER)
    given = spread.filter(pl.col("n_score") > 0).select("score", "estimate", "polarity")
    assert given.rows() == [(0.0, 0.4, "bad"), (10.0, 0.6, "good")]


def test_a_side_without_weights_is_compared_with_the_weighted_figure():
    now = answers([10] * 20 + [0] * 20, weight=[3.0] * 20 + [1.0] * 20)
    table = pl.concat([now, answers([10] * 20 + [0] * 20, month=9)])
    row = compare_questions(table, period=OCTOBER, against=OCTOBER.previous()).row(0, named=True)
    assert (row["level"], row["level_against"]) == (pytest.approx(50), pytest.approx(0))


def test_our_own_walk_throughs_are_shown_and_compared_however_few():
    few = {"metric": "csat", "voice": "walkthrough", "touchpoint": "desk"}
    table = pl.concat([answers([5, 5, 1], **few), answers([5, 1, 1], month=9, **few)])
    assert measure_questions(table, period=OCTOBER)["n"].to_list() == [3]
    changes = compare_questions(table, period=OCTOBER, against=OCTOBER.previous())
    assert changes["estimate"].to_list() == [pytest.approx(1 / 3)]


def test_an_answer_is_found_by_its_question():
    table = pl.concat([answers([9]), answers([1], touchpoint="desk")])
    found = answers_to(table, Question("customer", "nps", "touchpoint")).collect()
    assert found["score"].to_list() == [1]
