"""The chance to leave in a month: planted effects, later months, odd data, nothing from nothing."""

import json
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from cxresearch.errors import DataError, ParameterError
from cxresearch.intake.prepare import open_study
from cxresearch.intake.sample import make_sample, write_sample
from cxresearch.intake.sample.stories import EFFECTS as STORIES_EFFECTS
from cxresearch.models.concordance import concordance
from cxresearch.models.hazard import fit_hazard
from cxresearch.models.hazard_effects import EFFECTS
from cxresearch.models.hazard_forward import check_forward
from cxresearch.models.hazard_model import RISK, HazardModel
from cxresearch.models.logit import fit_logit
from cxresearch.transforms.features import build_person_months, list_features
from cxresearch.transforms.leaving import find_leaving
from tests.person_months import COAST, PER_PRICE, PER_WAIT, make_person_months

ORACLE = Path(__file__).parent / "oracles" / "survival_lifelines.json"
FEATURES = ["price", "region", "noise", "other", "waited"]
PLANTED = {"waited": PER_WAIT, "price": PER_PRICE, "region": COAST, "noise": 0.0, "other": 0.0}


def fit(months: pl.DataFrame, features: list[str] | None = None, **options) -> HazardModel:
    used = FEATURES if features is None else features
    return fit_hazard(months, features=used, time="tenure", month_length=1, **options)


def per_unit(model: HazardModel) -> pl.DataFrame:
    return model.tidy().with_columns(pl.col("estimate", "ci_low", "ci_high") / pl.col("sd"))


@pytest.fixture(scope="module")
def months() -> pl.DataFrame:
    return make_person_months(1000, base=-3.8)


@pytest.fixture(scope="module")
def model(months: pl.DataFrame) -> HazardModel:
    return fit(months)


def test_planted_effects_have_their_size_and_the_others_none(model: HazardModel) -> None:
    for row in per_unit(model).iter_rows(named=True):
        assert row["ci_low"] - 0.1 <= PLANTED[row["feature"]] <= row["ci_high"] + 0.1
        assert row["is_clear"] == (PLANTED[row["feature"]] != 0)
    assert model.tidy().columns == [*EFFECTS]


def test_what_was_fitted_is_counted(model: HazardModel, months: pl.DataFrame) -> None:
    quality = model.glance().row(0, named=True)
    assert quality["n"] == quality["n_fitted"] == months.height
    assert quality["n_customers"] == months["customer_id"].n_unique()
    assert quality["n_left"] == months["leaves"].sum()
    assert quality["log_loss"] < quality["log_loss_base"]
    assert 0.6 < quality["c_low"] < quality["c_index"] < quality["c_high"] < 0.75
    assert model.candidates["is_chosen"].sum() == 1
    assert model.why_not is None


def test_the_mean_hazard_is_the_rate(model: HazardModel, months: pl.DataFrame) -> None:
    told = model.augment(months)
    assert told["hazard"].mean() == pytest.approx(months["leaves"].mean(), rel=0.05)
    assert model.unseen["hazard"].mean() == pytest.approx(months["leaves"].mean(), rel=0.05)
    assert model.unseen.height == months.height


def test_risk_grows_with_the_horizon_and_lies_in_its_interval(
    model: HazardModel, months: pl.DataFrame
) -> None:
    now = months.filter(pl.col("month") == date(2025, 12, 1))
    one, three = (model.predict_risk(now, horizon_months=k) for k in (1, 3))
    assert (one["risk"] < three["risk"]).all()
    for told in (one, three):
        assert (told["ci_low"] <= told["risk"]).all()
        assert (told["risk"] <= told["ci_high"]).all()
        assert told["ci_high"].max() <= 1
        assert (told["remaining_low"] <= told["remaining_months"]).all()
        assert told["remaining_high"].max() <= 24
    hazard = model.augment(now)["hazard"]
    assert (one["risk"] - hazard).abs().max() < 1e-9
    near = model.predict_risk(now, within_months=6)["remaining_months"]
    assert (near < three["remaining_months"]).all()


def test_a_bad_wait_fades(model: HazardModel, months: pl.DataFrame) -> None:
    left = model.fitted.leads.left
    place = [term.feature for term in model.fitted.terms].index("waited")
    price = [term.feature for term in model.fitted.terms].index("price")
    # One of three months is no longer looked at a month on; after three nothing is left of it.
    assert left[1, place] == pytest.approx(2 / 3, abs=0.08)
    assert abs(left[4, place]) < 0.1
    assert left[4, price] == pytest.approx(1)


@pytest.mark.slow
def test_the_order_of_rows_changes_nothing(months: pl.DataFrame, model: HazardModel) -> None:
    mixed = fit(months.sample(fraction=1, shuffle=True, seed=5))
    assert mixed.tidy().equals(model.tidy())
    assert mixed.glance().equals(model.glance())


@pytest.mark.slow
def test_nothing_after_the_month_is_looked_at(months: pl.DataFrame) -> None:
    """Poisoned last months change nothing of what is foretold for them."""
    first = date(2025, 10, 1)
    bad = months.with_columns(
        pl.when(pl.col("month") > first).then(99.0).otherwise(pl.col("price")).alias("price")
    )
    clean, poisoned = (
        check_forward(t, features=FEATURES, time="tenure", month_length=1) for t in (months, bad)
    )
    assert clean.cases.equals(poisoned.cases)
    assert clean.glance()["from_month"].item() == first


def test_the_last_months_come_true(months: pl.DataFrame) -> None:
    check = check_forward(months, features=FEATURES, time="tenure", month_length=1)
    quality = check.glance().row(0, named=True)
    assert quality["ci_low"] < 1 < quality["ci_high"]
    assert quality["ratio"] == pytest.approx(quality["predicted"] / quality["observed"])
    assert quality["auc"] > 0.55
    assert quality["brier"] < quality["brier_base"]
    assert check.tidy()["n"].sum() == quality["n"]
    assert check.tidy()["n_left"].sum() == quality["n_left"]
    assert check.tidy()["predicted"].is_sorted()


def test_who_is_not_seen_to_the_end_is_not_judged() -> None:
    months = make_person_months(600, seed=2)
    gone = months.filter(pl.col("month") == date(2025, 10, 1), ~pl.col("leaves"))["customer_id"][0]
    cut = months.filter((pl.col("customer_id") != gone) | (pl.col("month") <= date(2025, 10, 1)))
    check = check_forward(cut, features=FEATURES, time="tenure", month_length=1)
    assert check.glance()["n_unseen"].item() == 1
    with pytest.raises(DataError, match="24 months are in the table, 24 of them"):
        check_forward(months, horizon_months=24)


@pytest.mark.slow
def test_without_effects_nothing_is_clear() -> None:
    called = 0
    for seed in range(3):
        found = fit(make_person_months(1000, seed=seed, effect=0, base=-3.5))
        called += int(found.tidy()["is_clear"].sum())
        assert abs(found.glance()["c_index"].item() - 0.5) < 0.05
    assert called == 0


def test_below_a_hundred_leavers_nothing_is_fitted(months: pl.DataFrame) -> None:
    few = make_person_months(30)
    told = fit(few)
    n_left = few["leaves"].sum()
    assert told.why_not.in_language("en").startswith(f"Customers seen leaving: {n_left}. Below 100")
    assert told.why_not.in_language("it") != told.why_not.in_language("en")
    assert told.glance().row(0, named=True)["is_fitted"] is False
    assert told.tidy().is_empty()
    assert told.augment(few)["hazard"].null_count() == few.height
    risk = told.predict_risk(few)
    assert risk.columns == ["customer_id", *RISK]
    assert risk.select(RISK).null_count().row(0) == (few.height,) * len(RISK)
    forward = check_forward(few, features=FEATURES, time="tenure", month_length=1)
    assert forward.tidy().is_empty()
    assert forward.glance()["ratio"].item() is None
    nobody = fit(few.with_columns(leaves=pl.lit(value=False)))
    assert nobody.glance()["n_left"].item() == 0
    assert fit(few.clear()).glance()["n"].item() == 0


@pytest.mark.slow
def test_all_may_leave() -> None:
    """Everybody leaves in the first month under watch, or in one of five."""
    rng = np.random.default_rng(0)
    at_once = pl.DataFrame(
        {"customer_id": range(300), "tenure": 0.0, "wait": rng.random(300), "leaves": True}
    )
    told = fit(at_once, ["wait"])
    assert told.predict_risk(at_once)["risk"].min() > 0.9
    assert np.isnan(told.glance()["c_index"].item() or np.nan)


@pytest.mark.slow
def test_odd_columns_neither_crash_nor_count(months: pl.DataFrame) -> None:
    rng = np.random.default_rng(1)
    odd = months.with_columns(
        constant=pl.lit(3),
        empty=pl.lit(None, pl.Float64),
        gaps=pl.when(pl.Series(rng.random(months.height) < 0.4)).then(pl.col("noise")),
        twin=pl.col("price") * 2,
        once=pl.when(pl.int_range(pl.len()) == 0).then(pl.lit("rare")).otherwise(pl.lit("usual")),
        number=pl.when(pl.int_range(pl.len()) == 0).then(np.inf).otherwise(pl.col("noise")),
        code=pl.col("customer_id"),
        day=pl.col("month"),
    )
    names = ["constant", "empty", "gaps", "twin", "price", "once", "number", "code", "day"]
    told = fit(odd, [*names, "waited"])
    assert dict(told.dropped.iter_rows()) == {
        "constant": "constant",
        "empty": "constant",
        "once": "constant",
        "code": "too_many_levels",
        "day": "not_a_feature",
    }
    effects = told.tidy()
    unclear = effects.filter(~pl.col("is_known"))
    assert set(unclear["feature"]) == {"twin", "price"}
    assert unclear["estimate"].null_count() == 2
    assert set(effects.filter(feature="gaps")["category"]) == {None, "missing"}
    wait = per_unit(told).filter(feature="waited").row(0, named=True)
    assert wait["ci_low"] < PER_WAIT < wait["ci_high"]


@pytest.mark.slow
def test_a_sum_of_other_features_leaves_them_known(months: pl.DataFrame) -> None:
    both = months.with_columns(total=pl.col("noise") + pl.col("waited").cast(pl.Float64) * 3)
    effects = fit(both, ["noise", "waited", "total"]).tidy()
    assert effects.filter(~pl.col("is_known"))["feature"].to_list() == ["total"]


@pytest.mark.slow
def test_protected_columns_are_refused_unless_allowed(months: pl.DataFrame) -> None:
    rows = months.with_columns(age=pl.col("price") + pl.col("noise"), club=pl.col("other") > 0)
    asked = ["waited", "age", "club"]
    refused = fit(rows, asked, protected=["club"])
    assert refused.dropped.rows() == [("age", "protected"), ("club", "protected")]
    assert refused.tidy()["feature"].unique().to_list() == ["waited"]
    assert refused.overrides == ()
    allowed = fit(rows, asked, protected=["club"], allow_protected=["age"])
    assert allowed.overrides == ("age",)
    assert "age" in allowed.tidy()["feature"]


@pytest.mark.slow
def test_unknown_times_have_a_level_of_their_own() -> None:
    rows = make_person_months(1200, seed=4)
    dark = rows.with_columns(pl.when(pl.col("region") == "inland").then("tenure"))
    told = fit(dark, ["waited", "price"])
    assert told.glance()["c_index"].item() > 0.55
    assert told.predict_risk(dark)["risk"].null_count() == 0
    nowhere = fit(rows.with_columns(tenure=pl.lit(None, pl.Float64)), ["waited", "price"])
    assert nowhere.predict_risk(rows)["risk"].null_count() == 0


def test_what_is_missing_is_named(model: HazardModel, months: pl.DataFrame) -> None:
    with pytest.raises(DataError, match="column 'pricee' is missing"):
        fit(months, ["pricee"])
    with pytest.raises(DataError, match="column 'price' is missing"):
        model.predict_risk(months.drop("price"))
    with pytest.raises(ParameterError, match="horizon_months=0"):
        model.predict_risk(months, horizon_months=0)


def test_levels_never_seen_before_get_a_risk(model: HazardModel, months: pl.DataFrame) -> None:
    moved = months.head(5).with_columns(region=pl.lit("mountain"), price=pl.lit(None, pl.Float64))
    assert model.predict_risk(moved)["risk"].null_count() == 0


def test_concordance_is_the_share_of_pairs_a_loop_finds() -> None:
    rng = np.random.default_rng(0)
    score = rng.integers(0, 5, 60).astype(float)
    leaves = (rng.random(60) < 0.3).astype(float)
    time, people = rng.integers(0, 3, 60).astype(float), np.arange(60)
    won = [
        (score[i] > score[j]) + (score[i] == score[j]) / 2
        for i in range(60)
        for j in range(60)
        if leaves[i] and not leaves[j] and time[i] == time[j]
    ]
    estimate, low, high = concordance(score, leaves, time=time, people=people)
    assert estimate == pytest.approx(np.mean(won))
    assert low < estimate < high


def test_the_interval_of_concordance_is_that_of_delong() -> None:
    rng = np.random.default_rng(1)
    leaves = (np.arange(400) < 120).astype(float)
    score = rng.standard_normal(400) + leaves
    above = score[:120, None] > score[None, 120:]
    own = above.mean(axis=1).var(ddof=1) / 120 + above.mean(axis=0).var(ddof=1) / 280
    estimate, low, high = concordance(score, leaves, time=np.zeros(400), people=np.arange(400))
    slope = estimate * (1 - estimate)
    half = (np.log(high / (1 - high)) - np.log(low / (1 - low))) / 2 / 1.959964
    assert half * slope == pytest.approx(np.sqrt(own), rel=0.01)


def test_the_regression_is_that_of_scikit_learn() -> None:
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(0)
    columns = rng.standard_normal((500, 3))
    leaves = (rng.random(500) < 1 / (1 + np.exp(1 - columns[:, 0]))).astype(float)
    ours = fit_logit(columns, leaves, penalty=np.array([0.0, 2.0, 2.0, 2.0]))
    theirs = LogisticRegression(C=0.5, tol=1e-10, max_iter=1000).fit(columns, leaves)
    assert ours.coefficients[1:] == pytest.approx(theirs.coef_[0], abs=1e-5)
    assert ours.coefficients[0] == pytest.approx(theirs.intercept_[0], abs=1e-5)


def sample_months(folder: Path, seed: int, without: tuple[str, ...] = ()) -> pl.DataFrame:
    """Months at risk of the sample company, with what was known of each at its start."""
    write_sample(make_sample(seed=seed, n_customers=4000, without=without), folder)
    tables = open_study(folder)
    window = tables.period().window(24)
    leaving = find_leaving(tables, period=window)
    months = build_person_months(tables, period=window, leaving=leaving)
    named = list_features(tables)["feature"].to_list()
    keys = ["customer_id", "month", "tenure_days", "leaves"]
    return months.select(*dict.fromkeys([*keys, *named]))


@pytest.mark.slow
def test_the_stories_of_the_sample_are_found(tmp_path: Path) -> None:
    months = sample_months(tmp_path, 0)
    # Counts of all contacts would say once more what good and bad ones say, and share their effect.
    told = ["region", "good_refund_on_the_spot_3m"]
    told += [name for name in months.columns if name.startswith("bad_")]
    effects = per_unit(fit_hazard(months, features=told)).filter(pl.col("category").is_null())
    found = {row["feature"]: row for row in effects.iter_rows(named=True)}
    for feature, event in {
        "bad_ticket_change_desk_3m": "waited",
        "bad_refund_on_the_spot_3m": "refused",
        "good_refund_on_the_spot_3m": "paid",
    }.items():
        row, truth = found[feature], STORIES_EFFECTS[event].leaving
        assert np.sign(row["estimate"]) == np.sign(truth)
        # A count stands for "at least once", and the months looked back on differ: roughly.
        assert row["ci_low"] - 0.35 <= truth <= row["ci_high"] + 0.35
    assert found["bad_ticket_change_desk_3m"]["is_clear"]
    assert found["bad_refund_on_the_spot_3m"]["is_clear"]


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_company_without_stories_has_nothing_clear(seed: int, tmp_path: Path) -> None:
    effects = fit_hazard(sample_months(tmp_path, seed, ("all",))).tidy()
    assert effects["is_clear"].sum() <= 1


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_risks_hold_the_truth(seed: int) -> None:
    months = make_person_months(3000, seed=seed)
    now = months.filter(pl.col("month") == date(2025, 12, 1))
    told = fit(months).predict_risk(now, horizon_months=3).with_columns(now["truth"])
    held = told.filter(pl.col("truth").is_between("ci_low", "ci_high")).height / told.height
    assert held > 0.75  # of one table; over tables see benchmarks/hazard.md
    assert told["risk"].mean() == pytest.approx(told["truth"].mean(), rel=0.15)


@pytest.mark.slow
def test_the_telecom_set_is_ranked_as_by_cox(real_data: Path) -> None:
    cox = json.loads(ORACLE.read_text(encoding="utf-8"))["figures"]["telco"]["cox_concordance"]
    raw = pl.read_csv(real_data / "tabular/ibm_telco/telco.csv").drop("TotalCharges")
    life = raw.with_columns(life=pl.int_ranges(pl.col("tenure"))).explode("life").drop_nulls("life")
    last = (pl.col("life") == pl.col("tenure") - 1) & (pl.col("Churn") == "Yes")
    months = life.with_columns(leaves=last).drop("Churn", "tenure")
    told = fit_hazard(months, person="customerID", time="life", month_length=1)
    protected = {"gender", "SeniorCitizen", "Partner", "Dependents"}
    assert set(told.dropped.filter(reason="protected")["feature"]) == protected
    assert told.glance()["c_index"].item() == pytest.approx(cox, abs=0.005)
