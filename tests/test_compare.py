"""Changes, targets, false discoveries, ranks and sample sizes."""

import numpy as np
import polars as pl
import pytest
from scipy import stats

from cxresearch.errors import DataError, ParameterError
from cxresearch.transforms.compare import compare, compare_to_target
from cxresearch.transforms.differences import q_values
from cxresearch.transforms.metrics import measure
from cxresearch.transforms.ranking import rank_shrunk, shrink
from cxresearch.transforms.sample_size import detection_power, needed_n


def satisfied(count, n):
    return pl.DataFrame({"score": [5] * count + [1] * (n - count)})


def test_four_of_five_after_two_of_five_is_a_gain_of_two_fifths():
    result = compare(satisfied(4, 5), against=satisfied(2, 5), metric="csat")
    assert result.select("n", "n_against", "level", "level_against").row(0) == (5, 5, 0.8, 0.4)
    assert result["estimate"].item() == pytest.approx(0.4)
    assert not result["is_change"].item()
    assert not result["is_reliable"].item()


@pytest.mark.parametrize(
    ("now", "then", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_shares_differ_by_the_published_intervals(now, then, low, high):
    """Newcombe (1998), Statistics in Medicine 17:873, table II, method 10."""
    result = compare(satisfied(*now), against=satisfied(*then), metric="csat")
    assert result.select("ci_low", "ci_high").row(0) == pytest.approx((low, high), abs=6e-5)


def test_net_scores_differ_by_an_adjusted_wald_with_three_answers_more_each():
    now, then = pl.DataFrame({"score": [10] * 6 + [8] * 4}), pl.DataFrame({"score": [10, 8, 0, 0]})
    centres, variances = [], []
    for plus, passive, minus in ((6, 4, 0), (1, 1, 2)):
        n = plus + passive + minus + 3
        centre = (plus - minus) / n
        centres.append(centre)
        variances.append(((plus + minus + 1.5) / n - centre**2) / n)
    middle, half = centres[0] - centres[1], 1.959964 * np.sqrt(sum(variances))
    result = compare(now, against=then, metric="nps")
    expected = (100 * (middle - half), 100 * (middle + half))
    assert result.select("ci_low", "ci_high").row(0) == pytest.approx(expected, abs=1e-3)
    assert result["estimate"].item() == pytest.approx(60 + 25)


def test_effort_means_differ_by_welchs_test():
    now, then = [1, 4, 5, 6, 4, 5, 6], [2, 3, 3, 5, 4, 1, 2, 3, 4]
    result = compare(
        pl.DataFrame({"score": now}), against=pl.DataFrame({"score": then}), metric="ces"
    )
    expected = stats.ttest_ind(now, then, equal_var=False)
    assert result["p_value"].item() == pytest.approx(expected.pvalue, rel=1e-6)
    interval = expected.confidence_interval(0.95)
    assert result.select("ci_low", "ci_high").row(0) == pytest.approx(tuple(interval))


@pytest.mark.parametrize("metric", ["nps", "csat", "ces"])
def test_turning_the_comparison_round_turns_only_the_sign(metric):
    now, then = pl.DataFrame({"score": [5, 1, 5, 4, 3, 2]}), pl.DataFrame({"score": [1, 1, 5, 3]})
    there = compare(now, against=then, metric=metric)
    back = compare(then, against=now, metric=metric)
    assert there["estimate"].item() == pytest.approx(-back["estimate"].item())
    assert there["ci_low"].item() == pytest.approx(-back["ci_high"].item())
    assert there["p_value"].item() == pytest.approx(back["p_value"].item())


@pytest.mark.parametrize("metric", ["nps", "csat", "ces"])
def test_the_p_value_is_the_other_side_of_the_interval(metric):
    rng = np.random.default_rng(5)
    ends = {"nps": (0, 11), "csat": (1, 6), "ces": (1, 8)}[metric]
    tables = [
        pl.DataFrame({"cell": np.repeat(np.arange(60), 25), "score": rng.integers(*ends, 1500)})
        for _ in range(2)
    ]
    result = compare(tables[0], against=tables[1], metric=metric, by="cell")
    outside = (result["ci_low"] > 0) | (result["ci_high"] < 0)
    assert outside.to_list() == (result["p_value"] < 0.05).to_list()
    assert 0 < outside.sum() < 12


def test_a_cell_on_one_side_only_has_no_change():
    now = pl.DataFrame({"shop": ["A", "B"], "score": [9, 9]})
    then = pl.DataFrame({"shop": ["A", "C"], "score": [9, 0]})
    result = compare(now, against=then, metric="nps", by="shop")
    assert result.select("shop", "n", "n_against", "estimate", "p_value").rows() == [
        ("A", 1, 1, 0.0, 1.0),
        ("B", 1, 0, None, None),
        ("C", 0, 1, None, None),
    ]


def test_the_same_people_asked_twice_make_a_surer_comparison():
    now = pl.DataFrame({"score": [10] * 20 + [0] * 20, "respondent_id": range(40)})
    then = pl.DataFrame({"score": [10] * 15 + [8] * 5 + [0] * 20, "respondent_id": range(40)})
    others = then.with_columns(pl.col("respondent_id") + 100)
    paired = compare(now, against=then, metric="nps")
    apart = compare(now, against=others, metric="nps")
    assert (paired["n_paired"].item(), apart["n_paired"].item()) == (40, 0)
    assert paired["p_value"].item() < 0.3 < apart["p_value"].item()
    widths = [row["ci_high"].item() - row["ci_low"].item() for row in (paired, apart)]
    assert widths[0] < 0.5 * widths[1]


def test_unknown_people_cannot_be_paired():
    answers = pl.DataFrame({"score": [10, 0]})
    assert compare(answers, against=answers, metric="nps")["n_paired"].item() is None


def simulated_changes(metric, *, people, times, shared, seed, cells=400):
    """Two periods of equal truth; some people answer in both and keep their mood."""
    rng = np.random.default_rng(seed)
    mood = rng.standard_normal((cells, people, 1))
    fresh = rng.standard_normal((cells, people, 1))
    ids = np.arange(people)
    keeps = ids < shared * people
    tables = []
    for at, person in ((mood, ids), (np.where(keeps[:, None], mood, fresh), ids + 1000 * ~keeps)):
        latent = (at + rng.standard_normal((cells, people, times))) / np.sqrt(2)
        score = np.where(latent > 0, 10, np.where(latent < -0.84, 0, 8))
        if metric == "csat":
            score = np.where(latent > -0.5, 5, 2)
        tables.append(
            pl.DataFrame(
                {
                    "cell": np.repeat(np.arange(cells), people * times),
                    "respondent_id": np.tile(np.repeat(person, times), cells),
                    "score": score.ravel(),
                }
            )
        )
    return compare(tables[0], against=tables[1], metric=metric, by="cell")


@pytest.mark.parametrize("metric", ["nps", "csat"])
@pytest.mark.parametrize(("times", "shared"), [(1, 0), (1, 1), (3, 0.5), (14, 1)])
def test_where_nothing_changed_few_changes_are_found(metric, times, shared):
    result = simulated_changes(metric, people=30, times=times, shared=shared, seed=3)
    assert (result["p_value"] < 0.05).mean() <= 0.075
    assert result["is_change"].mean() <= 0.05


@pytest.mark.slow
def test_a_company_without_stories_shows_hardly_any_change():
    """100 companies of 50 cells: pooled share of cells flagged, and share of companies alarmed."""
    rng = np.random.default_rng(8)
    flagged = []
    for _ in range(40):
        score = rng.choice([0, 8, 10], p=[0.25, 0.3, 0.45], size=(2, 50 * 60))
        cell = np.repeat(np.arange(50), 60)
        now, then = (pl.DataFrame({"cell": cell, "score": side}) for side in score)
        flagged.append(compare(now, against=then, metric="nps", by="cell")["is_change"].sum())
    assert np.mean(flagged) / 50 <= 0.01
    assert np.mean(np.array(flagged) > 0) <= 0.15


def test_a_change_that_is_there_is_found_among_many_that_are_not():
    rng = np.random.default_rng(9)
    cell = np.repeat(np.arange(50), 200)
    now, then = (rng.choice([0, 8, 10], p=[0.25, 0.3, 0.45], size=10_000) for _ in range(2))
    now = np.where((cell == 7) & (now == 10), 0, now)
    result = compare(
        pl.DataFrame({"cell": cell, "score": now}),
        against=pl.DataFrame({"cell": cell, "score": then}),
        metric="nps",
        by="cell",
    )
    assert result.filter("is_change")["cell"].to_list() == [7]


def test_benjamini_and_hochberg_reject_four_of_their_fifteen():
    """Benjamini & Hochberg (1995), JRSS B 57:289, section 4."""
    p = [
        *(0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240),
        *(0.4262, 0.5719, 0.6528, 0.7590, 1.0),
    ]
    q = q_values(np.array(p[::-1]))[::-1]
    assert (q <= 0.05).sum() == 4
    assert q == pytest.approx(stats.false_discovery_control(p))


def test_a_target_is_missed_only_where_chance_cannot_explain_it():
    answers = pl.concat(
        [
            satisfied(50, 100).with_columns(shop=pl.lit("A")),
            satisfied(78, 100).with_columns(shop=pl.lit("B")),
        ]
    )
    result = compare_to_target(answers, metric="csat", target=0.8, by="shop")
    assert result["estimate"].to_list() == pytest.approx([-0.3, -0.02])
    assert result["is_different"].to_list() == [True, False]
    level = measure(answers, metric="csat", by="shop")
    assert (result["ci_low"] + 0.8).to_list() == pytest.approx(level["ci_low"].to_list())


def test_every_cell_may_have_its_own_target():
    answers = pl.concat(
        [satisfied(5, 10).with_columns(shop=pl.lit(shop)) for shop in ("A", "B", "C")]
    )
    targets = pl.DataFrame({"shop": ["A", "B"], "target": [0.5, 0.9]})
    result = compare_to_target(answers, metric="csat", target=targets, by="shop")
    assert result.select("shop", "target", "estimate").rows() == [
        ("A", 0.5, 0.0),
        ("B", 0.9, pytest.approx(-0.4)),
        ("C", None, None),
    ]
    assert result["p_value"].to_list()[::2] == [pytest.approx(1), None]


def test_ranking_draws_the_worst_known_estimate_furthest_in():
    table = pl.DataFrame(
        {
            "shop": list("ABCDE"),
            "estimate": [90.0, 50, 45, 40, 35],
            "ci_low": [20.0, 45, 40, 35, 30],
            "ci_high": [160.0, 55, 50, 45, 40],
        }
    )
    result = rank_shrunk(table)
    moved = dict(result.select("shop", pl.col("shrunk") - pl.col("estimate")).rows())
    assert moved["A"] < -20
    assert all(abs(moved[shop]) < 6 for shop in "BCDE")
    assert result["rank"].to_list() == [1, 2, 3, 4, 5]
    assert result["own_share"].is_between(0, 1).all()


def test_three_estimates_are_left_as_they_are():
    table = pl.DataFrame({"estimate": [1.0, 2, 3], "ci_low": [0.0, 1, 2], "ci_high": [2.0, 3, 4]})
    result = rank_shrunk(table)
    assert result["shrunk"].to_list() == [3, 2, 1]
    assert result["shrunk_low"].to_list() == pytest.approx([2, 1, 0])


def test_an_estimate_that_is_missing_has_no_rank():
    table = pl.DataFrame(
        {
            "estimate": [1.0, None, 3, 4, 5],
            "ci_low": [0.0, None, 2, 3, 4],
            "ci_high": [2.0, None, 4, 5, 6],
        }
    )
    assert rank_shrunk(table)["rank"].to_list() == [1, 2, 3, 4, None]


def test_the_worst_of_equal_touchpoints_is_not_expected_to_improve():
    """Its own figure would rise by itself; the shrunk one stays where the next one will be."""
    rng = np.random.default_rng(2)
    rise, rise_shrunk = [], []
    for _ in range(400):
        variance = np.full(14, 0.7 / 45)
        before, after = rng.normal(0.3, np.sqrt(0.7 / 45), (2, 14))
        worst = before.argmin()
        shrunk, _, _ = shrink(before, variance=variance)
        rise.append(100 * (after - before)[worst])
        rise_shrunk.append(100 * (after - shrunk)[worst])
    assert np.mean(rise) > 15
    assert abs(np.mean(rise_shrunk)) < 0.3 * np.mean(rise)


@pytest.mark.parametrize("spread", [0, 0.5, 1, 3])
def test_shrunk_intervals_hold_the_truth(spread):
    rng = np.random.default_rng(4)
    held = []
    for _ in range(500):
        variance = rng.uniform(0.3, 2, 14)
        truth = spread * rng.standard_normal(14)
        shrunk, error, _ = shrink(
            truth + np.sqrt(variance) * rng.standard_normal(14), variance=variance
        )
        held.append(np.abs(shrunk - truth) <= 1.96 * error)
    assert np.mean(held) >= 0.935


def test_several_metrics_cannot_be_ranked_together():
    table = pl.DataFrame(
        {"metric": ["nps", "csat"], "estimate": [1.0, 2], "ci_low": [0.0, 1], "ci_high": [2.0, 3]}
    )
    with pytest.raises(DataError, match="csat, nps"):
        rank_shrunk(table)


def test_ten_points_need_about_270_answers_and_five_about_1070():
    assert needed_n(margin=10) == pytest.approx(270, abs=3)
    assert needed_n(margin=5) == pytest.approx(1070, abs=10)
    assert needed_n(margin=0.5, metric="ces", variance=1.0) == 16


def test_a_gap_of_25_points_is_missed_four_times_in_ten_with_100_a_side():
    assert 1 - detection_power(gap=25, n=100) == pytest.approx(0.44, abs=0.01)
    assert detection_power(gap=0, n=100) == pytest.approx(0.05)
    assert detection_power(gap=25, n=100, n_against=10**6) > detection_power(gap=25, n=100)


def test_what_cannot_be_planned_is_refused():
    with pytest.raises(ParameterError, match="spread"):
        needed_n(margin=0.5, metric="ces")
    with pytest.raises(ParameterError, match="margin"):
        needed_n(margin=0)
    with pytest.raises(ParameterError, match="n 0"):
        detection_power(gap=1, n=0)
