"""Real tables of customers: ranking and chances as good as honest ones are, leaks named."""

from pathlib import Path

import polars as pl
import pytest

from cxresearch.errors import CxWarning
from cxresearch.models.churn import fit_churn
from cxresearch.models.churn_model import ChurnModel
from cxresearch.models.fairness import audit_equity
from cxresearch.models.leaks import find_leaks

pytestmark = pytest.mark.slow
WRITTEN_AFTERWARDS = {
    "Churn Label",
    "Churn Score",
    "Churn Category",
    "Churn Reason",
    "Customer Status",
    "Satisfaction Score",
}


@pytest.fixture(scope="module")
def telco(real_data: Path) -> pl.DataFrame:
    as_text = {"TotalCharges": pl.String}
    return pl.read_csv(real_data / "tabular" / "ibm_telco" / "telco.csv", schema_overrides=as_text)


@pytest.fixture(scope="module")
def model(telco: pl.DataFrame) -> ChurnModel:
    return fit_churn(telco, outcome="Churn")


@pytest.fixture(scope="module")
def cognos(real_data: Path) -> pl.DataFrame:
    folder = real_data / "tabular" / "ibm_telco_cognos"
    table = pl.read_csv(folder / "status.csv")
    for name in ("demographics", "location", "services"):
        other = pl.read_csv(folder / f"{name}.csv").drop("Count", "Quarter", strict=False)
        table = table.join(other, on="Customer ID")
    return table


def test_ranking_lies_in_its_band(model):
    auc = model.glance()["auc"].item()
    assert auc < 0.87, "better than an honest model can be: look for a leak"
    assert 0.840 <= auc <= 0.855


def test_chances_come_true(model):
    row = model.glance().row(0, named=True)
    assert row["brier"] <= 0.137
    assert row["ece"] <= 0.02
    assert model.calibration["is_within"].sum() >= 8


def test_a_tenth_holds_nearly_three_times_as_many_leavers(model):
    top = model.lift.filter(share=0.1).row(0, named=True)
    assert top["lift"] == pytest.approx(2.9, abs=0.2)
    assert top["ci_low"] < top["lift"] < top["ci_high"]


def test_protected_columns_and_the_id_do_not_enter_and_blanks_are_told(model):
    assert dict(model.dropped.select("column", "reason").iter_rows()) == {
        "gender": "protected",
        "SeniorCitizen": "protected",
        "Partner": "protected",
        "Dependents": "protected",
        "customerID": "id-like",
    }
    total = model.read.filter(column="TotalCharges").row(0, named=True)
    assert (total["read_from"], total["n_missing"]) == ("numbers in text", 11)


def test_no_honest_column_is_called_a_leak(telco, model):
    assert model.leaks.is_empty()
    assert find_leaks(telco, outcome="Churn").is_empty()


def test_groups_are_audited_on_cases_not_seen(telco, model):
    scored = model.augment(telco)
    assert scored["is_out_of_fold"].all()
    found = audit_equity(scored, groups=["gender", "SeniorCitizen"], outcome="Churn")
    assert found["n"].sum() == 2 * telco.height
    women = found.filter(group="Female").row(0, named=True)
    assert women["ratio_low"] < 1 < women["ratio_high"]


def test_what_was_written_afterwards_is_named(cognos):
    found = find_leaks(cognos, outcome="Churn Value")
    assert set(found.filter("is_excluded")["column"]) == WRITTEN_AFTERWARDS
    assert set(found["column"]) == WRITTEN_AFTERWARDS
    assert (found["n"] == cognos.height).all()


def test_a_default_fit_does_without_the_leaks_and_says_so(cognos):
    with pytest.warns(CxWarning, match="Satisfaction Score"):
        model = fit_churn(cognos, outcome="Churn Value")
    assert set(model.dropped.filter(reason="leak")["column"]) == WRITTEN_AFTERWARDS
    assert WRITTEN_AFTERWARDS.isdisjoint(model.tidy()["feature"])
    assert model.glance()["auc"].item() < 0.95
