"""Who answers among the invited, and what the figure would be if all had."""

import numpy as np
import polars as pl
import pytest

from cxresearch.actions.titles import stands_out
from cxresearch.errors import DataError, ParameterError
from cxresearch.models.balance import code_features, people_of, standardised_differences
from cxresearch.models.response import ResponseModel, fit_response
from cxresearch.transforms.answering import answer_rate
from cxresearch.transforms.metrics import nps


def company(seed, *, invited=6000, pull=1.2):
    """Everybody has a score; those who waited long are unhappier and answer less often."""
    rng = np.random.default_rng(seed)
    wait = rng.exponential(10, invited)
    region = rng.choice(["north", "south"], invited)
    score = np.clip(np.round(9 - 0.25 * wait + 1.5 * rng.standard_normal(invited)), 0, 10)
    chance = 1 / (1 + np.exp(-(0.2 - pull * (wait - 10) / 10)))
    says = rng.random(invited) < chance
    return pl.DataFrame(
        {
            "invitation_id": [f"i{i}" for i in range(invited)],
            "customer_id": [f"c{i // 2}" for i in range(invited)],
            "wait_minutes": wait,
            "region": region,
            "score": score,
            "is_answered": says,
            "chance": chance,
        }
    )


FEATURES = ["wait_minutes", "region"]


@pytest.fixture(scope="module")
def invited():
    return company(1)


@pytest.fixture(scope="module")
def model(invited):
    return fit_response(invited, features=FEATURES, answered="is_answered")


def test_the_predicted_chance_is_the_planted_one(invited, model):
    cases = model.augment(invited)
    assert np.corrcoef(cases["p_answer"], invited["chance"])[0, 1] > 0.98
    assert cases["p_answer"].mean() == pytest.approx(invited["is_answered"].mean(), abs=0.01)


def test_those_who_waited_stay_silent_and_the_region_plays_no_part(model):
    parts = {(row["feature"], row["category"]): row for row in model.tidy().iter_rows(named=True)}
    assert parts["wait_minutes", None]["ci_high"] < -0.3
    assert parts["wait_minutes", None]["is_notable"]
    assert abs(parts["wait_minutes", None]["difference_weighted"]) < 0.1
    assert not parts["region", "north"]["is_notable"]


def test_reweighted_the_answers_come_back_to_the_truth_of_all(invited, model):
    truth = nps(invited.select("score"))["estimate"].item()
    answers = invited.filter("is_answered")
    row = model.reweight(answers, metric="nps", respondent="customer_id").row(0, named=True)
    assert row["estimate_unweighted"] - truth > 8
    assert row["ci_low"] <= truth <= row["ci_high"]
    assert abs(row["estimate"] - truth) < 0.4 * (row["estimate_unweighted"] - truth)
    assert row["shift"] == pytest.approx(row["estimate"] - row["estimate_unweighted"])


def test_the_fit_says_how_well_it_tells_who_answers(model):
    row = model.glance().row(0, named=True)
    assert row["n"] == 6000
    assert 0.65 < row["auc"] < 0.85
    assert row["log_loss"] < row["log_loss_base"]
    assert row["ci_low"] < row["estimate"] < row["ci_high"]
    assert row["largest_difference_weighted"] < row["largest_difference"]
    assert row["design_effect"] > 1


@pytest.mark.slow
def test_where_answering_is_chance_nothing_is_shifted():
    invited = company(2, pull=0.0)
    model = fit_response(invited, features=FEATURES, answered="is_answered")
    assert model.glance()["auc"].item() == pytest.approx(0.5, abs=0.03)
    answers = invited.filter("is_answered")
    assert abs(model.reweight(answers, metric="nps")["shift"].item()) < 2


def test_nobody_predicts_himself(invited):
    """With random labels by customer a leak between folds would show as a high AUC."""
    rng = np.random.default_rng(3)
    labels = np.repeat(rng.random(3000) < 0.5, 2)
    coded = invited.with_columns(
        pl.Series("is_answered", labels),
        *(pl.Series(f"noise{i}", np.repeat(rng.standard_normal(3000), 2)) for i in range(40)),
    ).head(600)
    features = [f"noise{i}" for i in range(40)]
    grouped = fit_response(coded, features=features, answered="is_answered")
    leaking = fit_response(coded, features=features, answered="is_answered", group=None)
    assert grouped.glance()["auc"].item() < 0.57
    assert leaking.glance()["auc"].item() > grouped.glance()["auc"].item() + 0.03


@pytest.mark.slow
def test_the_same_seed_gives_the_same_chances(invited):
    first, second = (
        fit_response(invited, features=FEATURES, answered="is_answered").cases for _ in range(2)
    )
    assert first.equals(second)


def test_weights_are_trimmed_and_average_one(model):
    weights = model.cases["response_weight"].drop_nulls()
    assert weights.mean() == pytest.approx(1)
    assert weights.max() <= 5 * weights.median() + 1e-9
    assert model.cases.filter(~pl.col("is_answered"))["response_weight"].is_null().all()


def test_answers_nobody_invited_are_refused(invited, model):
    stranger = invited.head(1).with_columns(invitation_id=pl.lit("x"))
    with pytest.raises(DataError, match="1 rows have a 'invitation_id'"):
        model.augment(stranger)


@pytest.mark.parametrize(
    ("change", "options", "error", "words"),
    [
        ({"invitation_id": pl.lit("i")}, {}, DataError, "repeats"),
        ({"is_answered": pl.lit(value=True)}, {}, DataError, "too few"),
        ({"region": pl.col("invitation_id")}, {}, DataError, "6000 categories"),
        ({}, {"features": []}, ParameterError, "features"),
        ({}, {"features": ["wait"]}, DataError, "wait_minutes"),
    ],
)
def test_what_cannot_be_fitted_is_refused(invited, change, options, error, words):
    with pytest.raises(error, match=words):
        fit_response(
            invited.with_columns(**change),
            **({"features": FEATURES, "answered": "is_answered"} | options),
        )


def test_missing_numbers_take_the_median_and_a_flag():
    coded = code_features(pl.DataFrame({"age": [1.0, None, 3, 9]}), ["age"])
    assert coded.categories == [None, "missing"]
    assert coded.values.tolist() == [[1, 0], [3, 1], [3, 0], [9, 0]]


def test_a_standardised_difference_is_the_gap_in_standard_deviations():
    coded = code_features(pl.DataFrame({"age": [0.0, 2, 1, 3]}), ["age"])
    answered = np.array([False, False, True, True])
    row = standardised_differences(coded, answered, weights=np.ones(4)).row(0, named=True)
    assert row["estimate"] == pytest.approx(1.0)
    assert row["difference_weighted"] == pytest.approx(0.5)


def asked_again(seed, *, people=60, times=10):
    """An attribute that is noise, of people who each tend to answer or not."""
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(people), times)
    tends = 1 / (1 + np.exp(-2 * rng.standard_normal(people)))
    return pl.DataFrame(
        {
            "invitation_id": np.arange(people * times),
            "customer_id": person,
            "noise": rng.standard_normal(people)[person],
            "is_answered": rng.random(people * times) < tends[person],
        }
    )


@pytest.mark.slow
def test_noise_is_seldom_notable_where_people_are_asked_again():
    called = []
    for seed in range(200):
        asked = asked_again(seed)
        differences = standardised_differences(
            code_features(asked, ["noise"]),
            asked["is_answered"].to_numpy(),
            weights=np.ones(asked.height),
            people=people_of(asked, group="customer_id", key="invitation_id"),
        )
        called.append(stands_out(differences).item())
    assert np.mean(called) <= 0.08


def test_people_asked_again_widen_every_interval_of_the_fit():
    asked = asked_again(1)
    known = fit_response(asked, features=["noise"], answered="is_answered")
    unknown = fit_response(asked, features=["noise"], answered="is_answered", group=None)
    for table in (ResponseModel.tidy, ResponseModel.glance):
        width = [
            (table(model)["ci_high"] - table(model)["ci_low"]).item() for model in (known, unknown)
        ]
        assert width[0] > 1.5 * width[1]
    rate = answer_rate(asked, answered="is_answered").select("estimate", "ci_low", "ci_high")
    assert known.glance().select(rate.columns).equals(rate)


def test_whoever_has_no_id_stands_alone():
    asked = asked_again(1).with_columns(customer_id=pl.lit(None, pl.Int64))
    alone = fit_response(asked.drop("customer_id"), features=["noise"], answered="is_answered")
    unknown = fit_response(asked, features=["noise"], answered="is_answered")
    half = [(model.tidy()["ci_high"] - model.tidy()["ci_low"]).item() for model in (unknown, alone)]
    assert half[0] == pytest.approx(half[1], rel=0.05)
    same = pl.DataFrame({"invitation_id": ["a", "b", "c"], "customer_id": ["b", None, "b"]})
    people = people_of(same, group="customer_id", key="invitation_id").tolist()
    assert people[0] == people[2] != people[1]


def test_a_difference_that_hangs_on_one_person_is_told_from_nothing():
    coded = code_features(pl.DataFrame({"x": [0.1] * 40 + [1.1, 1.1]}), ["x"])
    answered = np.arange(42) % 3 > 0
    people = np.array([*range(40), 40, 40])
    row = standardised_differences(coded, answered, weights=np.ones(42), people=people).row(
        0, named=True
    )
    assert row["ci_low"] < 0 < row["ci_high"]


def test_weights_of_the_answers_own_stay_in_both_figures(invited, model):
    answers = invited.filter("is_answered").with_columns(
        own=pl.when(pl.col("region") == "north").then(3.0).otherwise(0.5)
    )
    row = model.reweight(answers, metric="nps", weight="own").row(0, named=True)
    assert row["estimate_unweighted"] == pytest.approx(
        nps(answers, weight="own")["estimate"].item()
    )
    both = model.augment(answers).with_columns(own=pl.col("own") * pl.col("response_weight"))
    assert row["estimate"] == pytest.approx(nps(both, weight="own")["estimate"].item())
    assert row["shift"] == pytest.approx(row["estimate"] - row["estimate_unweighted"])


def test_two_of_four_invitations_answered_are_half():
    asked = pl.DataFrame(
        {
            "response_id": ["a", None, "b", None, None],
            "channel": ["mail", "mail", "sms", "sms", "sms"],
            "customer_id": list("xyzzz"),
        }
    )
    result = answer_rate(asked, by="channel")
    assert result.select("channel", "metric", "n", "n_respondents", "estimate").rows() == [
        ("mail", "answer_rate", 2, 2, 0.5),
        ("sms", "answer_rate", 3, 1, pytest.approx(1 / 3)),
    ]
    flagged = asked.with_columns(response_id=pl.col("response_id").is_not_null())
    assert answer_rate(flagged, by="channel").equals(result)
