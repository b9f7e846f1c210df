"""Ranking, calibration and lift: small sums, limits, naive loops, published figures."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

from cxresearch.errors import DataError, ParameterError
from cxresearch.models.evaluation import auc_with_error, measure_ranking
from cxresearch.models.evaluation_tables import (
    compare_totals,
    tabulate_calibration,
    tabulate_lift,
)

cases = st.lists(
    st.tuples(st.booleans(), st.integers(0, 6), st.integers(0, 5)), min_size=2, max_size=40
)


def naive_auc(left, score, person):
    """AUC and its clustered error, pair by pair (Obuchowski 1997)."""
    hits, stays = np.flatnonzero(left > 0), np.flatnonzero(left <= 0)
    if not hits.size or not stays.size:
        return float("nan"), float("nan")
    wins = np.array(
        [[(score[i] > score[j]) + 0.5 * (score[i] == score[j]) for j in stays] for i in hits]
    )
    auc, m, n = wins.mean(), hits.size, stays.size
    names = sorted(set(person.tolist()))
    ten = [sum(wins[k].mean() - auc for k in range(m) if person[hits[k]] == p) for p in names]
    one = [sum(wins[:, k].mean() - auc for k in range(n) if person[stays[k]] == p) for p in names]
    with_left = len({person[i] for i in hits})
    with_stay = len({person[j] for j in stays})
    if min(with_left, with_stay) < 2:
        return auc, float("nan")
    variance = sum(x * x for x in ten) * with_left / (with_left - 1) / m**2
    variance += sum(x * x for x in one) * with_stay / (with_stay - 1) / n**2
    both = sum(x * y for x, y in zip(ten, one, strict=True))
    return auc, np.sqrt(max(variance + 2 * both * len(names) / (len(names) - 1) / (m * n), 0))


@settings(max_examples=60, deadline=None)
@given(cases)
def test_auc_and_its_error_are_those_of_a_loop_over_all_pairs(rows):
    left, score, person = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    codes = np.unique(person, return_inverse=True)[1]
    expected = naive_auc(left, score, codes)
    assert auc_with_error(left, score, codes) == pytest.approx(expected, abs=1e-9, nan_ok=True)


def test_the_error_is_that_published_for_the_images_of_hanley_and_mcneil():
    # 109 images rated 1-5 (Hanley & McNeil 1982); Stata's manual prints area .8932, error .0307.
    left = np.repeat([0.0, 1.0], [58, 51])
    rating = np.repeat([1.0, 2, 3, 4, 5, 1, 2, 3, 4, 5], [33, 6, 6, 11, 2, 3, 2, 2, 11, 33])
    auc, error = auc_with_error(left, rating, np.arange(109))
    assert (round(auc, 4), round(error, 4)) == (0.8932, 0.0307)
    assert auc - 1.959964 * error == pytest.approx(0.83295, abs=5e-6)


def test_figures_are_those_of_scikit_learn():
    rng = np.random.default_rng(3)
    risk = rng.beta(1, 3, 900).round(2)
    left = (rng.random(900) < risk).astype(int)
    row = measure_ranking(left, risk).row(0, named=True)
    assert row["auc"] == pytest.approx(roc_auc_score(left, risk))
    assert row["brier"] == pytest.approx(brier_score_loss(left, risk))
    assert row["log_loss"] == pytest.approx(log_loss(left, np.clip(risk, 1e-15, 1 - 1e-15)))
    base = np.full(900, left.mean())
    assert row["log_loss_base"] == pytest.approx(log_loss(left, base))
    assert row["brier_base"] == pytest.approx(brier_score_loss(left, base))


def test_one_who_left_in_three_who_scores_second_beats_half():
    row = measure_ranking([0, 1, 0], [0.9, 0.5, 0.1]).row(0, named=True)
    assert (row["n"], row["n_left"], row["auc"]) == (3, 1, 0.5)
    assert row["ci_low"] is None  # one person on a side tells no error


@pytest.mark.parametrize("outcome", [[0, 0, 0], [1, 1, 1], [1], []])
def test_one_side_alone_has_no_ranking(outcome):
    row = measure_ranking(outcome, [0.5] * len(outcome)).row(0, named=True)
    assert row["auc"] is row["ci_low"] is row["ci_high"] is None
    assert row["n"] == len(outcome)


def test_equal_scores_rank_like_a_coin():
    row = measure_ranking([1, 0, 1, 0], [0.5] * 4).row(0, named=True)
    assert row["auc"] == 0.5


def test_perfect_order_of_few_leaves_doubt():
    row = measure_ranking([1, 1, 1, 0, 0, 0], [6, 5, 4, 3, 2, 1]).row(0, named=True)
    assert (row["auc"], row["ci_high"]) == (1.0, 1.0)
    assert row["ci_low"] == pytest.approx(3 / (3 + 1.959964**2))  # Wilson, three of three
    assert row["brier"] is row["ece"] is None  # a rank is no chance


def test_the_same_people_twelve_times_do_not_make_it_surer():
    rng = np.random.default_rng(5)
    left = rng.integers(0, 2, 60)
    score = left + rng.normal(0, 1.5, 60)
    person = np.arange(60)
    once = measure_ranking(left, score, person=person)
    often = measure_ranking(np.tile(left, 12), np.tile(score, 12), person=np.tile(person, 12))
    assert often["n_people"].item() == 60
    names = ["auc", "ci_low", "ci_high"]
    assert often.select(names).row(0) == pytest.approx(once.select(names).row(0))
    assert measure_ranking(np.tile(left, 12), np.tile(score, 12))["ci_low"][0] > once["ci_low"][0]


def test_order_of_rows_changes_nothing():
    rng = np.random.default_rng(8)
    risk, person = rng.random(500).round(1), rng.integers(0, 90, 500)
    left = rng.random(500) < risk
    shuffled = rng.permutation(500)
    for function in (measure_ranking, tabulate_calibration, tabulate_lift, compare_totals):
        one = function(left, risk, person=person)
        other = function(left[shuffled], risk[shuffled], person=person[shuffled])
        for name in one.columns:
            assert one[name].to_list() == pytest.approx(other[name].to_list()), name


def test_the_interval_of_auc_holds_its_truth():
    # Scores N(1, 1) against N(0, 1): the true AUC is Phi(1 / sqrt 2) = .7602.
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(400):
        score = np.concatenate([rng.normal(1, 1, 25), rng.normal(0, 1, 60)])
        row = measure_ranking(np.repeat([1, 0], [25, 60]), score)
        held += row["ci_low"].item() <= 0.76025 <= row["ci_high"].item()
    assert held / 400 >= 0.925


def test_cases_without_outcome_or_score_are_left_out():
    row = measure_ranking(pl.Series([True, None, False]), pl.Series([0.5, 0.5, None]))
    assert row["n"].item() == 1


def test_an_outcome_other_than_nought_or_one_is_refused():
    with pytest.raises(DataError, match="outcome 2"):
        measure_ranking([0, 2], [0.1, 0.2])


def test_outcomes_and_scores_of_different_length_are_refused():
    with pytest.raises(DataError, match="2 outcomes, 1 scores"):
        measure_ranking([0, 1], [0.1])


def test_bins_hold_equally_many_and_tell_foretold_and_observed():
    risk = np.repeat([0.1, 0.6], 30)
    left = np.r_[np.repeat([1, 0], [3, 27]), np.repeat([1, 0], [12, 18])]
    bins = tabulate_calibration(left, risk)
    assert bins.select("bin", "n", "n_left", "predicted", "observed").rows() == [
        (1, 30, 3, pytest.approx(0.1), 0.1),
        (2, 30, 12, pytest.approx(0.6), 0.4),
    ]
    assert bins["is_within"].to_list() == [True, False]
    assert measure_ranking(left, risk)["ece"].item() == pytest.approx(0.1)


def test_ten_bins_at_most_and_thirty_cases_a_bin_at_least():
    risk = np.linspace(0, 1, 5000)
    bins = tabulate_calibration(risk > 0.5, risk)
    assert bins["n"].to_list() == [500] * 10
    assert tabulate_calibration([0, 1] * 20, np.linspace(0, 1, 40)).height == 1


def test_equal_risks_share_a_bin():
    assert tabulate_calibration([0, 1] * 300, [0.5] * 600)["n"].to_list() == [600]


def test_an_interval_is_wilson_where_nobody_repeats_and_wider_where_they_do():
    left, risk = np.repeat([1, 0], [81, 182]), np.full(263, 0.3)
    alone = tabulate_calibration(left, risk).row(0, named=True)
    assert (round(alone["ci_low"], 4), round(alone["ci_high"], 4)) == (0.2553, 0.3662)
    pairs = tabulate_calibration(left, risk, person=np.arange(263) // 2).row(0, named=True)
    assert pairs["ci_high"] - pairs["ci_low"] > 1.2 * (alone["ci_high"] - alone["ci_low"])


def test_lift_of_the_top_half_with_three_of_four_leavers():
    table = tabulate_lift([1, 1, 1, 0, 1, 0, 0, 0], [8, 7, 6, 5, 4, 3, 2, 1], shares=[0.5, 1.0])
    half, everybody = table.rows(named=True)
    assert (half["n"], half["n_left"], half["rate"], half["captured"]) == (4, 3, 0.75, 0.75)
    assert half["lift"] == 1.5
    assert half["ci_low"] < 1.5 < half["ci_high"] <= 2
    assert (everybody["lift"], everybody["n"]) == (1, 8)


def test_cases_of_equal_risk_are_in_the_top_together():
    table = tabulate_lift([1, 0, 0, 0], [0.5, 0.5, 0.5, 0.1], shares=[0.25])
    assert table.select("n", "n_left").row(0) == (3, 1)


def test_nobody_left_has_no_lift_and_no_ratio():
    assert tabulate_lift([0, 0], [0.1, 0.2])["lift"].null_count() == 7
    assert compare_totals([0, 0], [0.1, 0.2]).select("ratio", "ci_high").row(0) == (None, None)
    assert tabulate_lift([], []).is_empty()
    assert compare_totals([], []).is_empty()


@pytest.mark.parametrize("share", [0.0, 1.5])
def test_a_share_is_above_nought_and_at_most_one(share):
    with pytest.raises(ParameterError, match="share"):
        tabulate_lift([1, 0], [0.2, 0.1], shares=[share])


def test_foretold_over_observed():
    row = compare_totals(np.repeat([1, 0], [25, 75]), np.full(100, 0.5)).row(0, named=True)
    assert (row["predicted"], row["observed"], row["ratio"]) == (0.5, 0.25, 2.0)
    assert 1 < row["ci_low"] < 2 < row["ci_high"]
