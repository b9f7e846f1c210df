"""Leaving foretold from plain tables: odd and small data, planted truth, what never enters."""

import warnings

import numpy as np
import polars as pl
import pytest

import cxresearch
from cxresearch.errors import CxWarning, DataError, ParameterError
from cxresearch.models.churn import fit_churn
from cxresearch.models.churn_choice import choose_columns
from cxresearch.models.churn_fit import fit_curve, learn
from cxresearch.models.churn_model import ChurnModel
from cxresearch.models.churn_outcome import read_outcome
from cxresearch.models.plain_columns import read_columns


def simulate(n: int = 1600, *, seed: int = 0) -> pl.DataFrame:
    """Cases whose log odds to leave are -1 - tenure + .9 if the plan is monthly; noise beside."""
    rng = np.random.default_rng(seed)
    tenure, monthly = rng.normal(size=n), rng.random(n) < 0.5
    chance = 1 / (1 + np.exp(1 + tenure - 0.9 * monthly))
    return pl.DataFrame(
        {
            "left": rng.random(n) < chance,
            "tenure": tenure,
            "plan": np.where(monthly, "monthly", "yearly"),
            "noise": rng.normal(size=n),
            "chance": chance,
        }
    )


@pytest.fixture(scope="module")
def cases() -> pl.DataFrame:
    return simulate()


@pytest.fixture(scope="module")
def model(cases: pl.DataFrame) -> ChurnModel:
    return fit_churn(cases.drop("chance"), outcome="left")


def test_the_package_offers_it():
    assert cxresearch.fit_churn is fit_churn


@pytest.mark.slow
def test_chances_are_those_planted(cases, model):
    risk = model.augment(cases)["risk"]
    assert (risk - cases["chance"]).abs().mean() < 0.03
    assert np.corrcoef(risk, cases["chance"])[0, 1] > 0.97


@pytest.mark.slow
def test_calibration_holds_and_lift_falls(model):
    assert model.calibration.height == 10
    assert model.calibration["n"].sum() == 1600
    assert model.calibration["is_within"].sum() >= 8
    assert model.lift["lift"].is_sorted(descending=True)
    assert model.lift["lift"][-1] == 1


@pytest.mark.slow
def test_the_whole_is_told_in_one_row(cases, model):
    row = model.glance().row(0, named=True)
    assert model.glance().height == 1
    assert (row["n"], row["n_left"], row["n_people"]) == (1600, cases["left"].sum(), 1600)
    assert row["is_fitted"]
    assert row["why_not"] is None
    assert row["base_low"] < row["base_rate"] < row["base_high"]
    assert row["ci_low"] < row["auc"] < row["ci_high"]
    assert row["brier"] < row["brier_base"]
    assert row["log_loss"] < row["log_loss_base"]
    assert row["ece"] < 0.04


@pytest.mark.slow
def test_the_model_leans_on_what_acts_and_not_on_noise(model):
    weights = model.tidy()
    assert weights["feature"].to_list()[:2] == ["tenure", "plan"]
    assert weights["is_clear"].to_list() == [True, True, False]
    assert (weights["ci_low"] <= weights["estimate"]).all()


@pytest.mark.slow
def test_reasons_are_what_raises_the_risk_of_a_case(model):
    table = pl.DataFrame({"tenure": [-2.0, 2.0], "plan": ["yearly", "yearly"], "noise": [0.0, 0.0]})
    first, second = model.reasons(table, k=2)["reasons"].to_list()
    assert first[0]["feature"] == "tenure"
    assert first[0]["value"] == "-2.0"
    assert 0.2 < first[0]["added"] < 1
    assert "tenure" not in [reason["feature"] for reason in second]
    assert all(reason["added"] > 0 for reason in second)


@pytest.mark.slow
def test_rows_learned_from_carry_the_risk_of_a_model_that_had_not_seen_them(cases, model):
    scored = model.augment(cases)
    assert scored["is_out_of_fold"].all()
    assert scored.columns == [*cases.columns, "risk", "is_out_of_fold"]
    new = model.augment(simulate(50, seed=9))
    assert not new["is_out_of_fold"].any()
    assert new["risk"].is_between(0, 1).all()


@pytest.mark.slow
def test_order_of_rows_and_columns_changes_nothing(cases, model):
    mixed = cases.drop("chance").sample(fraction=1, shuffle=True, seed=4)
    other = fit_churn(mixed.select("noise", "left", "plan", "tenure"), outcome="left")
    assert other.glance().equals(model.glance())
    assert other.calibration.equals(model.calibration)
    one, two = (m.augment(cases)["risk"].to_list() for m in (model, other))
    assert one == pytest.approx(two, abs=1e-9)


@pytest.mark.slow
def test_two_fits_are_the_same(cases, model):
    again = fit_churn(cases.drop("chance"), outcome="left")
    assert again.tidy().equals(model.tidy())
    assert again.glance().equals(model.glance())


@pytest.mark.slow
def test_unseen_categories_and_blanks_get_a_risk(model):
    odd = pl.DataFrame(
        {"tenure": [None, 0.0], "plan": ["weekly", None], "noise": [None, None]},
        schema={"tenure": pl.Float64, "plan": pl.String, "noise": pl.Float64},
    )
    assert model.augment(odd)["risk"].is_between(0, 1).all()
    assert model.reasons(odd)["reasons"].len() == 2


@pytest.mark.slow
def test_a_missing_column_is_named(model):
    with pytest.raises(DataError, match="'plan'"):
        model.augment(pl.DataFrame({"tenure": [1.0], "noise": [0.0]}))


@pytest.mark.parametrize(
    ("yes", "no"), [("Yes", "No"), ("sì", "no"), (1, 0), (1.0, 0.0), ("1", "0"), ("TRUE", "false")]
)
def test_outcomes_are_read_however_they_are_written(yes, no):
    table = pl.DataFrame({"left": [yes, no, None]}, strict=False)
    assert read_outcome(table, "left").to_list() == [True, False, None]


def test_an_outcome_of_other_numbers_is_refused():
    with pytest.raises(DataError, match="'2'"):
        read_outcome(pl.DataFrame({"left": [0, 1, 2]}), "left")


def test_a_missing_outcome_is_named():
    with pytest.raises(DataError, match="Did you mean 'left'"):
        fit_churn(pl.DataFrame({"left": [1]}), outcome="lef")


@pytest.mark.parametrize("n_left", [0, 5, 30])
def test_thirty_customers_teach_no_model_and_no_figure_is_made_up(n_left):
    left = [i < n_left for i in range(30)]
    table = pl.DataFrame({"left": left, "a": [i % 7 for i in range(30)], "age": range(30)})
    model = fit_churn(table, outcome="left")
    row = model.glance().row(0, named=True)
    assert not row["is_fitted"]
    assert "fewer than 100" in row["why_not"]
    assert row["auc"] is row["brier"] is row["model"] is None
    assert model.why_not.in_language("it") != model.why_not.in_language("en")
    for empty in (model.tidy(), model.calibration, model.lift, model.forward):
        assert empty.is_empty()
    scored = model.augment(table)
    assert scored["risk"].null_count() == 30
    assert model.reasons(table)["reasons"].list.len().sum() == 0
    assert model.dropped.row(0) == ("age", "protected", "by its name")


def test_an_empty_table_teaches_nothing():
    table = pl.DataFrame(schema={"left": pl.Boolean, "a": pl.Int64})
    row = fit_churn(table, outcome="left").glance().row(0, named=True)
    assert (row["n"], row["is_fitted"], row["base_rate"]) == (0, False, None)


def test_a_table_without_a_column_to_learn_from_says_so(cases):
    model = fit_churn(cases.select("left", age="tenure"), outcome="left")
    assert "no column" in model.glance()["why_not"].item()


@pytest.mark.slow
def test_odd_columns_do_no_harm(cases):
    rng = np.random.default_rng(3)
    n = cases.height
    odd = cases.drop("chance").with_columns(
        constant=pl.lit("x"),
        sparse=pl.Series(np.where(rng.random(n) < 0.6, np.nan, rng.normal(size=n))),
        once=pl.Series(["rare", *["usual"] * (n // 2), *["other"] * (n - 1 - n // 2)]),
        double=pl.col("tenure") * 2 + 1,
        charges=pl.Series(
            [" " if i % 90 == 0 else f"{x:.2f}" for i, x in enumerate(rng.normal(size=n))]
        ),
        joined=pl.Series(rng.integers(18000, 20000, n)).cast(pl.Date),
        is_member=pl.Series(rng.random(n) < 0.5),
        customerID=pl.Series([f"c{i}" for i in range(n)]),
        Age=pl.Series(rng.integers(20, 80, n)),
    )
    model = fit_churn(odd, outcome="left")
    row = model.glance().row(0, named=True)
    assert row["is_fitted"]
    assert row["auc"] > 0.7
    assert row["ece"] < 0.05
    assert dict(model.dropped.select("column", "reason").iter_rows()) == {
        "Age": "protected",
        "constant": "constant",
        "customerID": "id-like",
    }
    told = {name: row for name, *row in model.read.iter_rows()}
    assert told["charges"] == ["number", "numbers in text", 18]
    assert told["joined"] == ["number", "day", 0]
    assert told["is_member"] == ["number", "flag", 0]
    assert model.augment(odd)["risk"].is_between(0, 1).all()


@pytest.mark.slow
def test_a_leak_is_left_out_and_named_in_a_warning(cases):
    leaking = cases.drop("chance").with_columns(
        mood=pl.when("left").then(1.0).otherwise(5.0) + pl.col("noise") / 9
    )
    with pytest.warns(CxWarning, match=r"left out as possible leaks: 'mood' \(AUC 1.00"):
        model = fit_churn(leaking, outcome="left")
    assert model.dropped.row(0) == ("mood", "leak", "near_perfect")
    assert model.glance()["auc"].item() < 0.85
    with pytest.warns(CxWarning, match="among the features you named: 'mood'"):
        kept = fit_churn(leaking, outcome="left", features=["mood", "tenure"])
    assert kept.glance()["auc"].item() > 0.99
    assert kept.leaks["column"].to_list() == ["mood"]


def test_of_a_list_of_features_a_leak_is_left_out_and_of_names_it_is_kept():
    rng = np.random.default_rng(0)
    left = rng.random(600) < 0.3
    told = pl.DataFrame({"left": left, "n_uses_3m": rng.poisson(3, 600)}).with_columns(
        status=pl.when("left").then(pl.lit("closing")).otherwise(pl.lit("active"))
    )
    names = ["n_uses_3m", "status"]

    def chosen(features):
        return choose_columns(
            told,
            outcome="left",
            features=features,
            person=None,
            beside=(),
            protected=(),
            allow_protected=(),
            random_state=0,
        )

    with pytest.warns(CxWarning, match="left out as possible leaks: 'status'"):
        listed = chosen(pl.DataFrame({"feature": names, "role": ["usage", "context"]}))
    assert listed.read.columns == ["n_uses_3m"]
    assert listed.dropped.rows() == [("status", "leak", "near_perfect")]
    excluded = listed.leaks.filter("is_excluded")
    assert excluded["column"].to_list() == ["status"]
    with pytest.warns(CxWarning, match="among the features you named: 'status'"):
        named = chosen(names)
    assert named.read.columns == names
    assert "status" in named.leaks["column"]
    assert not named.leaks["is_excluded"].any()


@pytest.mark.parametrize("change", [{"features": []}, {"features": "plan"}, {"protected": "plan"}])
def test_a_text_or_nothing_where_a_list_belongs_is_refused(cases, change):
    with pytest.raises(ParameterError, match=r"names nothing|a text where a list belongs"):
        fit_churn(cases, outcome="left", **change)


def test_a_model_introduces_itself_in_one_line():
    few = pl.DataFrame({"left": [True, False], "tenure": [1, 2]})
    model = fit_churn(few, outcome="left")
    assert repr(model).startswith("ChurnModel(n=2, n_left=1, why_not='")
    assert "\n" not in repr(model)
    assert str(model.why_not) == model.why_not.in_language("en")


@pytest.mark.slow
def test_protected_columns_never_enter_unless_somebody_lets_them_in(cases):
    told = cases.drop("chance").with_columns(age=pl.col("noise"), region=pl.col("plan") + "x")
    model = fit_churn(
        told, outcome="left", features=["tenure", "age", "region"], protected=["region"]
    )
    assert dict(model.dropped.select("column", "detail").iter_rows()) == {
        "age": "by its name",
        "region": "declared",
    }
    assert model.overrides.is_empty()
    with pytest.warns(CxWarning, match="allow_protected names them: age") as told_of:
        allowed = fit_churn(
            told, outcome="left", features=["tenure", "age"], allow_protected=["age"]
        )
    assert allowed.overrides.row(0) == ("age", "allowed")
    assert "age" in allowed.tidy()["feature"]
    line = str(told_of[0].message).rpartition("against ")[2]
    assert eval(line, {"cx": cxresearch, "model": allowed, "table": told}).height  # noqa: S307


def test_an_override_of_a_column_that_is_no_feature_is_refused(cases):
    with pytest.raises(ParameterError, match="allow_protected='agee'"):
        fit_churn(cases, outcome="left", allow_protected=["agee"])


@pytest.mark.slow
def test_nobody_is_foretold_from_himself():
    # Each of 300 people twelve times, an id-like trait, leaving a trait of the person by lot: a
    # model that has met the person knows; one that has not cannot.
    rng = np.random.default_rng(5)
    trait, fate = rng.normal(size=300), rng.random(300) < 0.5
    who = np.repeat(np.arange(300), 12)
    table = pl.DataFrame({"person": who, "trait": trait[who], "left": fate[who]})
    apart = fit_churn(table, outcome="left", person="person").glance().row(0, named=True)
    assert apart["n_people"] == 300
    assert apart["ci_low"] < 0.5 < apart["ci_high"] or abs(apart["auc"] - 0.5) < 0.07
    assert apart["brier"] == pytest.approx(0.25, abs=0.02)
    alone = fit_churn(table.drop("person"), outcome="left").glance()["auc"].item()
    assert alone > 0.7


@pytest.mark.slow
def test_the_last_months_are_foretold_from_the_earlier_ones():
    parts = [
        simulate(400, seed=month).with_columns(month=pl.date(2025, month, 1))
        for month in range(1, 11)
    ]
    table = pl.concat(parts).drop("chance")
    model = fit_churn(table, outcome="left", time="month", horizon_months=2)
    row = model.forward.row(0, named=True)
    assert (row["from"], row["until"], row["n"]) == ("2025-09-01", "2025-10-01", 800)
    assert row["n_learned"] == 2800  # January to July: the outcome of August is not known yet
    assert row["ci_low"] < 1 < row["ci_high"]
    assert row["auc_low"] > 0.65
    assert "month" not in model.tidy()["feature"]


@pytest.mark.slow
def test_a_world_that_changed_shows_in_the_forward_check():
    before, after = simulate(1200, seed=1), simulate(300, seed=2)
    after = after.with_columns(left=pl.Series(np.random.default_rng(0).random(300) < 0.05))
    table = pl.concat([before.with_columns(at=1), after.with_columns(at=2)]).drop("chance")
    row = fit_churn(table, outcome="left", time="at").forward.row(0, named=True)
    assert row["ratio"] > 2
    assert row["ci_low"] > 1.5


@pytest.mark.slow
def test_one_time_alone_has_no_forward_check(cases):
    table = cases.drop("chance").with_columns(at=1)
    row = fit_churn(table, outcome="left", time="at").forward.row(0, named=True)
    assert not row["is_fitted"]
    assert "of one time" in row["why_not"]


@pytest.mark.slow
def test_a_time_in_words_is_refused(cases):
    table = cases.drop("chance").with_columns(at=pl.lit("March"))
    with pytest.raises(DataError, match="time column 'at'"):
        fit_churn(table, outcome="left", time="at")


@pytest.mark.slow
def test_blank_outcomes_are_counted_beside(cases):
    table = cases.drop("chance").with_columns(pl.col("left").cast(pl.Int8))
    blanks = table.head(10).with_columns(left=pl.lit(None, pl.Int8))
    row = fit_churn(pl.concat([table, blanks]), outcome="left").glance().row(0, named=True)
    assert (row["n"], row["n_unknown"]) == (1600, 10)


@pytest.mark.slow
def test_a_worthless_table_gives_everybody_the_base_rate():
    rng = np.random.default_rng(2)
    table = pl.DataFrame({"left": rng.random(1500) < 0.3, "a": rng.normal(size=1500)})
    model = fit_churn(table, outcome="left")
    row = model.glance().row(0, named=True)
    assert row["ci_low"] < 0.55
    assert row["log_loss"] < row["log_loss_base"] + 0.005
    assert model.augment(table)["risk"].std() < 0.05
    assert not model.tidy()["is_clear"].any()


def test_a_curve_never_runs_backwards():
    score = np.random.default_rng(0).normal(size=(500, 1))
    slopes, intercept = fit_curve(score, (score[:, 0] < 0).astype(float))
    assert slopes.tolist() == [0]
    assert intercept == pytest.approx(0, abs=0.3)


@pytest.mark.slow
def test_trees_are_chosen_where_the_line_fails_and_beyond_twenty_thousand_cases():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 24_000))
    left = rng.random(24_000) < np.where(a * b > 0, 0.5, 0.1)
    read, columns, _ = read_columns(pl.DataFrame({"a": a, "b": b}), ["a", "b"])
    learned = learn(read, columns, left.astype(float), np.arange(24_000), random_state=0)
    assert "trees" in learned.model.kind
    assert learned.model.log_loss["ridge"] > learned.model.log_loss["small trees"] + 0.05
    assert abs(learned.risk[a * b > 0.5].mean() - 0.5) < 0.02


@pytest.mark.slow
def test_chances_hold_over_twenty_tables():
    """Bins of risk whose interval holds what was foretold: .95 less chance, over twenty fits."""
    within = []
    for seed in range(20):
        table = simulate(1200, seed=100 + seed).drop("chance")
        within += fit_churn(table, outcome="left").calibration["is_within"].to_list()
    assert np.mean(within) >= 0.9


@pytest.mark.slow
def test_nothing_warns_on_honest_data(cases):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit_churn(cases.drop("chance").head(800), outcome="left")
