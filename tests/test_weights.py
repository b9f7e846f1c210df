"""Weights meet their margins, say what they cost, and say when they cannot."""

import numpy as np
import polars as pl
import pytest

from cxresearch.errors import DataError, ParameterError
from cxresearch.transforms.metrics import measure
from cxresearch.transforms.weights import rake


def people(**columns):
    return pl.DataFrame(columns)


def test_three_women_and_a_man_weigh_as_many_men_as_women():
    raked = rake(people(sex=["f", "f", "f", "m"]), margins={"sex": {"f": 50, "m": 50}})
    assert raked["weight"].to_list() == pytest.approx([2 / 3, 2 / 3, 2 / 3, 2])
    assert raked["weight"].mean() == pytest.approx(1)


def test_every_margin_is_met_and_the_association_within_is_kept():
    table = people(
        sex=["f"] * 60 + ["m"] * 40,
        age=["young"] * 40 + ["old"] * 20 + ["young"] * 10 + ["old"] * 30,
    )
    margins = {"sex": {"f": 0.5, "m": 0.5}, "age": {"young": 0.4, "old": 0.6}}
    raked = rake(table, margins=margins, tolerance=1e-9)
    total = raked["weight"].sum()
    for column, known in margins.items():
        shares = dict(raked.group_by(column).agg(pl.col("weight").sum() / total).rows())
        assert shares == pytest.approx(known, abs=1e-8)
    cell = dict(raked.group_by(pl.concat_str("sex", "age")).agg(pl.col("weight").sum()).rows())
    odds = cell["fyoung"] * cell["mold"] / (cell["fold"] * cell["myoung"])
    assert odds == pytest.approx(40 * 30 / (20 * 10))  # raking leaves odds ratios alone


def test_margins_that_hold_already_leave_equal_weights():
    raked = rake(people(sex=["f", "m"] * 5), margins={"sex": {"f": 1, "m": 1}})
    assert raked["weight"].to_list() == pytest.approx([1.0] * 10)


def test_starting_weights_are_kept_within_a_category():
    table = people(sex=["f", "f", "m"], start=[1.0, 3.0, 1.0])
    raked = rake(table, margins={"sex": {"f": 0.5, "m": 0.5}}, weight="start")
    assert raked["weight"].to_list() == pytest.approx([0.375, 1.125, 1.5])


def test_no_weight_exceeds_five_medians():
    rng = np.random.default_rng(1)
    table = people(
        a=rng.choice(["x", "y"], 2000, p=[0.9, 0.1]), b=rng.choice(["x", "y"], 2000, p=[0.85, 0.15])
    )
    margins = {"a": {"x": 0.75, "y": 0.25}, "b": {"x": 0.72, "y": 0.28}}
    loose = rake(table, margins=margins, trim=None)["weight"]
    tight = rake(table, margins=margins)["weight"]
    assert loose.max() > 5 * loose.median()
    assert tight.max() <= 5 * tight.median() * (1 + 1e-9)


def test_margins_out_of_reach_name_the_one_furthest_off():
    table = people(sex=["f"] * 95 + ["m"] * 5, age=["old", "young"] * 50)
    margins = {"age": {"old": 0.5, "young": 0.5}, "sex": {"f": 0.3, "m": 0.7}}
    with pytest.raises(DataError, match=r"'sex' = '[fm]' ends at") as caught:
        rake(table, margins=margins)
    assert "trim" in caught.value.next_step


def test_margins_that_contradict_each_other_are_refused():
    table = people(a=["x", "x", "y"], b=["p", "p", "q"])
    with pytest.raises(DataError, match="no weights meet all margins"):
        rake(table, margins={"a": {"x": 0.5, "y": 0.5}, "b": {"p": 0.8, "q": 0.2}}, trim=None)


@pytest.mark.parametrize(
    ("values", "known", "words"),
    [
        (["f", "m", "d"], {"f": 0.5, "m": 0.5}, "'d' in the answers"),
        (["f", "m", None], {"f": 0.5, "m": 0.5}, "1 blanks"),
        (["f", "f", "f"], {"f": 0.5, "m": 0.5}, "nobody among the answers is 'm'"),
        (["f", "m", "m"], {"f": 1.0, "m": 0.0}, "share 0.0"),
    ],
)
def test_margins_must_know_every_category(values, known, words):
    with pytest.raises((DataError, ParameterError), match=words):
        rake(people(sex=values), margins={"sex": known})


def test_starting_weights_must_be_positive():
    with pytest.raises(DataError, match="least value of 0"):
        rake(people(sex=["f", "m"], w=[0.0, 1.0]), margins={"sex": {"f": 1, "m": 1}}, weight="w")


def test_one_weight_of_three_among_ones_costs_a_third():
    answers = people(score=[1, 0, 1, 0], weight=[1.0, 1, 1, 3])
    assert measure(answers, metric="share", weight="weight")["design_effect"].item() == (
        pytest.approx(4 / 3)
    )
    answers = people(g=["a", "a", "b"], score=[1, 0, 1], weight=[1.0, 1, 5])
    grouped = measure(answers, metric="share", by="g", weight="weight")
    assert grouped["design_effect"].to_list() == [1, 1]


def sample(rng, n):
    """Answers of a population whose region decides both the score and who answers."""
    region = rng.choice(4, n, p=[0.16, 0.22, 0.28, 0.34])
    score = np.clip(np.round(7 + 1.8 * (region - 1.5) + 2 * rng.standard_normal(n)), 0, 10)
    return pl.DataFrame({"score": score, "region": region.astype(str)})


def truth_of(rng):
    region = rng.choice(4, 400_000)
    score = np.clip(np.round(7 + 1.8 * (region - 1.5) + 2 * rng.standard_normal(400_000)), 0, 10)
    return 100 * ((score >= 9).mean() - (score <= 6).mean())


@pytest.mark.slow
def test_raked_answers_with_known_margins_hold_the_truth_without_excess():
    rng = np.random.default_rng(6)
    truth, margins = truth_of(rng), {"region": dict.fromkeys("0123", 0.25)}
    held = {"calibrated": [], "fixed": [], "unweighted": []}
    widths = {name: [] for name in held}
    for _ in range(150):
        answers = rake(sample(rng, 300), margins=margins)
        results = {
            "calibrated": measure(answers, metric="nps", weight="weight", calibrated_on="region"),
            "fixed": measure(answers, metric="nps", weight="weight"),
            "unweighted": measure(answers, metric="nps"),
        }
        for name, result in results.items():
            low, high = result.select("ci_low", "ci_high").row(0)
            held[name].append(low <= truth <= high)
            widths[name].append(high - low)
    assert 0.90 <= np.mean(held["calibrated"]) <= 0.99
    assert np.mean(held["fixed"]) >= np.mean(held["calibrated"])
    assert np.mean(widths["fixed"]) > 1.15 * np.mean(widths["calibrated"])
    assert np.mean(held["unweighted"]) < 0.7


def test_calibration_without_a_weight_is_refused():
    with pytest.raises(ParameterError, match="without a weight"):
        measure(people(score=[9], sex=["f"]), metric="nps", calibrated_on="sex")


def test_a_margin_that_explains_nothing_gains_nothing():
    rng = np.random.default_rng(3)
    answers = people(
        score=rng.integers(0, 11, 2000), coin=rng.choice(["h", "t"], 2000), w=[1.0] * 2000
    )
    sizes = [
        measure(answers, metric="nps", weight="w", calibrated_on=on)["n_effective"].item()
        for on in ((), "coin")
    ]
    assert sizes[1] == pytest.approx(sizes[0], rel=0.01)


def test_calibration_keeps_to_the_people_who_repeat():
    rng = np.random.default_rng(3)
    once = people(score=rng.integers(0, 11, 400), coin=rng.choice(["h", "t"], 400), w=[1.0] * 400)
    often = pl.concat([once.with_columns(respondent_id=pl.int_range(pl.len()))] * 5)
    size = measure(often, metric="nps", weight="w", calibrated_on="coin", by="coin")
    assert (size["n_effective"] < 1.1 * size["n_respondents"]).all()
