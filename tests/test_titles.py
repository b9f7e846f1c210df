"""A chart's title says what its table says, and nothing where chance could have done it."""

import numpy as np
import polars as pl
import pytest
from scipy.stats import chi2

from cxresearch.actions.titles import (
    stands_out,
    title_of_distribution,
    title_of_groups,
    title_of_silence,
    title_of_track,
)
from cxresearch.transforms.intervals import wilson
from cxresearch.transforms.question_scores import spread_of_answers, track_question
from cxresearch.transforms.questions import Question
from cxresearch.transforms.ranking import chance_of_equals
from tests.asked import HOSTILE, OCTOBER, answers

RECOMMEND = Question("customer", "nps", "whole")


def estimates(*levels, half=5.0, **columns):
    rows = {
        "touchpoint": [f"t{i}" for i in range(len(levels))],
        "estimate": pl.Series(levels, dtype=pl.Float64),
        "is_reliable": [True] * len(levels),
    }
    ends = {"ci_low": pl.col("estimate") - half, "ci_high": pl.col("estimate") + half}
    return pl.DataFrame(rows | columns).with_columns(**ends)


def about_groups(table, unit="points", labels=None):
    return title_of_groups(table, by="touchpoint", unit=unit, labels=labels or {})


def test_the_lowest_is_named_with_its_figures():
    told = about_groups(estimates(40, 10, 60)).in_language("en")
    assert told == "t1 is rated lowest, with 10 (5 to 15)"


def test_names_are_those_of_the_study_in_each_language():
    labels = {"t1": {"en": "Ticket desk", "it": "Biglietteria"}}
    message = about_groups(estimates(40, 10, 60), labels=labels)
    assert message.in_language("en").startswith("Ticket desk ")
    assert "Biglietteria" in message.in_language("it")
    hostile = about_groups(estimates(40, 10, 60), labels={"t1": {"en": HOSTILE, "it": HOSTILE}})
    assert hostile.in_language("en").startswith(HOSTILE)


def test_shares_are_written_as_shares():
    table = estimates(0.4, 0.1, half=0.05)
    assert "with 10% (5% to 15%)" in about_groups(table, "share").in_language("en")


def test_where_chance_could_have_done_it_no_group_is_called_lowest():
    told = about_groups(estimates(40, 41, 42)).in_language("en")
    assert told == "No group of 3 differs by more than chance"


def test_hidden_and_unreliable_groups_are_not_ranked():
    table = estimates(40, None, 70, 5, is_reliable=[True, True, True, False])
    assert about_groups(table).in_language("en").startswith("t0 is rated lowest, with 40")


def test_those_too_close_to_the_lowest_are_named_with_it():
    told = about_groups(estimates(40, 44, 90, 95)).in_language("en")
    assert told == "Rated lowest, too close to tell apart: t0 and t1"
    many = about_groups(estimates(40, 41, 42, 43, 95)).in_language("en")
    assert many == "Groups differ, but 4 of 5 are too close to say which is lowest"


@pytest.mark.parametrize(
    "table",
    [
        estimates(),
        estimates(40),
        estimates(None, None),
        estimates(40, 10, is_reliable=[True, False]),
    ],
)
def test_fewer_than_two_groups_are_not_compared(table):
    assert about_groups(table).in_language("en").startswith("Too few groups")


def test_the_chance_is_that_of_the_chi_square_distribution():
    rng = np.random.default_rng(3)
    level, error = rng.normal(50, 6, 7), rng.uniform(1, 5, 7)
    table = pl.DataFrame(
        {"estimate": level, "ci_low": level - 1.959964 * error, "ci_high": level + 1.959964 * error}
    )
    weights = [1 / e**2 for e in error]
    centre = sum(w * x for w, x in zip(weights, level, strict=True)) / sum(weights)
    q = sum(w * (x - centre) ** 2 for w, x in zip(weights, level, strict=True))
    assert chance_of_equals(table) == pytest.approx(chi2.sf(q, 6), rel=1e-4)
    assert chance_of_equals(table.sample(fraction=1, shuffle=True, seed=1)) == pytest.approx(
        chance_of_equals(table)
    )


def test_two_figures_give_the_chance_of_their_difference():
    # 60 and 40, each known to 5 / 1.96: they differ by 5.5 standard errors
    from scipy.stats import norm

    z = 20 / (5 / 1.959964 * 2**0.5)
    assert chance_of_equals(estimates(60, 40)) == pytest.approx(2 * norm.sf(z), rel=1e-3)


def test_the_confidence_of_the_intervals_matters():
    table = estimates(60, 50)
    assert chance_of_equals(table, confidence=0.99) < chance_of_equals(table, confidence=0.9)


def test_with_fewer_than_two_figures_nothing_differs():
    assert chance_of_equals(estimates()) == 1.0
    assert chance_of_equals(estimates(40)) == 1.0
    assert chance_of_equals(estimates(None, 40)) == 1.0


def test_a_figure_without_an_interval_decides_nothing():
    sure = pl.DataFrame({"estimate": [0.0, 50.0], "ci_low": [0.0, 45.0], "ci_high": [0.0, 55.0]})
    assert chance_of_equals(sure) == 1.0


@pytest.mark.slow
def test_equal_groups_are_called_different_once_in_twenty():
    rng = np.random.default_rng(20251101)
    n_times, n_groups, n = 2000, 6, 150
    shares = rng.binomial(n, 0.7, (n_times, n_groups)) / n
    low, high = wilson(share=shares, n=np.full(shares.shape, float(n)), z=1.959964)
    called = [
        chance_of_equals(pl.DataFrame({"estimate": s, "ci_low": a, "ci_high": b})) <= 0.05
        for s, a, b in zip(shares, low, high, strict=True)
    ]
    # four standard errors of 2,000 draws at .05 are .02
    assert 0.03 <= np.mean(called) <= 0.07


def test_a_touchpoint_that_is_worse_is_found_among_equals():
    rng = np.random.default_rng(5)
    shares = rng.binomial(150, [0.7] * 5 + [0.5], (200, 6)) / 150
    low, high = wilson(share=shares, n=np.full(shares.shape, 150.0), z=1.959964)
    found = [
        chance_of_equals(pl.DataFrame({"estimate": s, "ci_low": a, "ci_high": b})) <= 0.05
        for s, a, b in zip(shares, low, high, strict=True)
    ]
    assert np.mean(found) > 0.9


def months(levels):
    """NPS of each month up to October, 200 answers a month."""
    first = 11 - len(levels)
    return pl.concat(
        [
            answers([10] * (100 + level) + [0] * (100 - level), month=first + number)
            for number, level in enumerate(levels)
        ]
    )


def about_track(levels):
    series = track_question(months(levels), RECOMMEND, period=OCTOBER)
    return title_of_track(series, unit="points").in_language("en")


def test_a_month_like_the_others_is_within_its_ups_and_downs():
    assert about_track([20, 22, 18, 21, 19, 22, 18, 20, 21]) == (
        "Within the usual ups and downs: 21 in October 2025"
    )


@pytest.mark.parametrize(("last", "word"), [(80, "Above"), (-40, "Below")])
def test_a_month_outside_the_limits_is_above_or_below_them(last, word):
    told = about_track([20, 22, 18, 21, 19, 22, 18, 20, last])
    assert told.startswith(f"{word} the usual ups and downs")


@pytest.mark.parametrize(("low", "high", "word"), [(20, 26, "above"), (26, 20, "below")])
def test_a_long_run_is_called_a_run_and_not_an_outlier(low, high, word):
    series = pl.DataFrame(
        {
            "period": ["2025-10"], "estimate": [float(high)], "centre": [(low + high) / 2],
            "limit_low": [10.0], "limit_high": [40.0], "signal": ["run"], "is_signal": [True],
        }
    )  # fmt: skip
    told = title_of_track(series, unit="points").in_language("en")
    assert told == f"A long run {word} its middle: {high} in October 2025"


def test_a_short_series_says_that_it_is_short_and_an_empty_one_that_it_is_empty():
    assert "too few periods" in about_track([20, 22])
    nothing = track_question(answers([]), RECOMMEND, period=OCTOBER)
    assert title_of_track(nothing, unit="points").in_language("en") == "Too few answers to show"


def test_the_last_month_with_an_answer_is_the_one_told():
    series = track_question(months([20, 22]), RECOMMEND, period=OCTOBER)
    blank = series.with_columns(
        pl.when(pl.col("period") != "2025-10").then(pl.col("estimate")).alias("estimate")
    )
    assert "September 2025" in title_of_track(blank, unit="points").in_language("en")


def spread(scores, metric):
    question = Question("customer", metric, "whole")
    table = spread_of_answers(answers(scores, metric=metric), question, period=OCTOBER)
    return title_of_distribution(table, metric=question.measure).in_language("en")


def test_promoters_and_detractors_are_counted_apart():
    assert spread([10] * 5 + [7] * 3 + [0] * 2, "nps") == "50% promoters, 20% detractors"


def test_the_two_best_grades_are_counted_together():
    assert spread([5, 4, 3, 1] * 10, "csat") == "50% give one of the two best grades"


def test_ease_counts_every_grade_above_the_middle():
    # grades 5, 6 and 7 of seven: three, not two
    assert spread([7, 6, 5, 4, 1] * 4, "ces") == "60% give a grade above the middle"


def test_all_promoters_and_nobody_at_all_have_a_title():
    assert spread([10] * 10 + [9] * 10, "nps") == "100% promoters, 0% detractors"
    assert spread([], "nps") == "Too few answers to show"


def difference(estimate, half=0.05, feature="n_contacts", **row):
    given = {
        "feature": feature, "category": None, "n": 4000, "estimate": estimate,
        "ci_low": estimate - half, "ci_high": estimate + half, "is_notable": abs(estimate) >= 0.1,
    }  # fmt: skip
    return given | row


def silence(*rows):
    table = pl.DataFrame(list(rows), schema_overrides={"category": pl.String})
    return title_of_silence(table, labels={"n_contacts": {"en": "Contacts", "it": "Contatti"}})


def test_the_largest_difference_is_named_with_its_direction():
    told = silence(difference(0.2, feature="region"), difference(-0.4)).in_language("en")
    assert told == (
        "Those who answer differ most from the silent in: Contacts (−0.40 standard deviations)"
    )


def test_a_small_difference_is_none():
    assert silence(difference(0.05)).in_language("en").startswith("Nothing recorded")
    none = pl.DataFrame([difference(0.4)]).clear().cast({"category": pl.String})
    assert title_of_silence(none, labels={}).in_language("en").startswith("Nothing recorded")


def test_a_large_difference_of_few_is_chance():
    assert silence(difference(0.3, half=0.35)).in_language("en").startswith("Nothing recorded")


def test_all_facts_are_tested_together():
    # one of twenty lies just outside its interval, as one of twenty does
    rows = [difference(0.25, half=0.24)] + [difference(0.01, half=0.24)] * 19
    assert not stands_out(pl.DataFrame(rows)).any()
    assert stands_out(pl.DataFrame(rows[:1])).all()


def test_a_fact_that_does_not_vary_stands_out_in_nothing():
    none = dict.fromkeys(("estimate", "ci_low", "ci_high"))
    flat = pl.DataFrame([difference(0.4), difference(0.0) | none | {"is_notable": False}])
    assert stands_out(flat).to_list() == [True, False]
