"""Chances by group, and features that give a protected characteristic away."""

import numpy as np
import polars as pl
import pytest

from cxresearch.errors import DataError, ParameterError
from cxresearch.models.evaluation import measure_ranking
from cxresearch.models.evaluation_tables import tabulate_lift
from cxresearch.models.fairness import audit_equity
from cxresearch.models.proxies import audit_proxies, explained


@pytest.fixture
def scored() -> pl.DataFrame:
    """Two groups of equal risk; of the first as many leave as foretold, of the second twice."""
    rng = np.random.default_rng(0)
    n = 2000
    risk = rng.beta(2, 8, 2 * n)
    is_second = np.arange(2 * n) >= n
    left = rng.random(2 * n) < np.where(is_second, np.minimum(2 * risk, 1), risk)
    return pl.DataFrame(
        {
            "left": left,
            "risk": risk,
            "sex": np.where(is_second, "m", "f"),
            "age": rng.permutation(2 * n),
        }
    )


@pytest.mark.parametrize("groups", [[], "sex"])
def test_a_text_or_nothing_where_groups_belong_is_refused(scored, groups):
    with pytest.raises(ParameterError, match="groups="):
        audit_equity(scored, groups=groups, outcome="left")


def test_a_group_whose_chances_are_wrong_is_found_and_only_that(scored):
    found = audit_equity(scored, groups=["sex"], outcome="left")
    right, wrong = found.rows(named=True)
    assert (right["group"], right["n"], right["is_clear"]) == ("f", 2000, False)
    assert right["ratio_low"] < 1 < right["ratio_high"]
    assert wrong["is_clear"]
    assert wrong["ratio"] == pytest.approx(0.5, abs=0.06)
    assert wrong["q_value"] < 0.001
    assert right["ci_low"] <= right["observed"] <= right["ci_high"]


def test_figures_of_a_group_are_those_of_its_cases_alone(scored):
    row = audit_equity(scored, groups=["sex"], outcome="left").row(1, named=True)
    own = scored.filter(sex="m")
    ranked = measure_ranking(own["left"], own["risk"])
    assert row["auc"] == ranked["auc"].item()
    assert row["auc_low"] == ranked["ci_low"].item()
    assert row["predicted"] == pytest.approx(own["risk"].mean())
    top = scored.sort("risk", descending=True).head(400)
    assert row["flagged"] == pytest.approx((top["sex"] == "m").sum() / own.height)
    caught = top.filter(pl.col("left"), sex="m").height
    assert row["captured"] == pytest.approx(caught / own["left"].sum())


def test_lift_of_everybody_is_that_of_the_lift_table(scored):
    one = audit_equity(scored.with_columns(all=pl.lit("all")), groups=["all"], outcome="left")
    lift = tabulate_lift(scored["left"], scored["risk"], shares=[0.1])
    assert one["lift"].item() == pytest.approx(lift["lift"].item())
    assert one["flagged"].item() == pytest.approx(0.1)


def test_numbers_of_many_values_are_read_in_four_parts_and_blanks_stand_apart(scored):
    aged = scored.with_columns(pl.when(pl.int_range(pl.len()) >= 200).then("age").alias("age"))
    found = audit_equity(aged, groups=["age"], outcome="left")
    assert found["group"].str.slice(0, 2).to_list() == ["1:", "2:", "3:", "4:", "un"]
    assert found["n"].sum() == 4000


def test_small_groups_and_what_would_give_them_away_are_hidden(scored):
    few = scored.with_columns(
        place=pl.when(pl.int_range(pl.len()) < 4)
        .then(pl.lit("tiny"))
        .when(pl.int_range(pl.len()) < 100)
        .then(pl.lit("small"))
        .otherwise(pl.lit("large"))
    )
    found = audit_equity(few, groups=["place"], outcome="left", hide_below=10)
    assert dict(found.select("group", "is_suppressed").iter_rows()) == {
        "large": False,
        "small": True,
        "tiny": True,
    }
    hidden = found.filter("is_suppressed").drop("attribute", "group", "is_suppressed", "is_clear")
    assert all(hidden[name].null_count() == 2 for name in hidden.columns if name != "is_reliable")


def test_a_group_of_which_nobody_left_is_hidden():
    table = pl.DataFrame(
        {"left": [0] * 40 + [1, 0] * 40, "risk": [0.2] * 120, "g": ["a"] * 40 + ["b"] * 80}
    )
    assert audit_equity(table, groups=["g"], outcome="left")["is_suppressed"].all()


def test_order_of_rows_changes_nothing(scored):
    mixed = scored.sample(fraction=1, shuffle=True, seed=1)
    one, two = (audit_equity(t, groups=["sex", "age"], outcome="left") for t in (scored, mixed))
    for name in one.columns:
        assert one[name].to_list() == pytest.approx(two[name].to_list()), name


def test_false_alarms_are_rare_where_all_groups_are_right():
    rng = np.random.default_rng(7)
    clear = 0
    for _ in range(100):
        risk = rng.beta(2, 6, 1500)
        table = pl.DataFrame(
            {
                "left": rng.random(1500) < risk,
                "risk": risk,
                "g": rng.integers(0, 5, 1500).astype(str),
            }
        )
        clear += audit_equity(table, groups=["g"], outcome="left")["is_clear"].any()
    assert clear <= 9


@pytest.mark.parametrize("top", [0.0, 1.0])
def test_the_flagged_share_lies_between_nought_and_one(scored, top):
    with pytest.raises(ParameterError, match="top"):
        audit_equity(scored, groups=["sex"], outcome="left", top=top)


def test_without_risk_there_is_nothing_to_audit(scored):
    blank = scored.with_columns(risk=pl.lit(None, pl.Float64))
    with pytest.raises(DataError, match="no row has both"):
        audit_equity(blank, groups=["sex"], outcome="left")


@pytest.mark.slow
def test_features_that_carry_a_characteristic_are_found_and_the_strongest_named():
    rng = np.random.default_rng(1)
    n = 1500
    sex, age = rng.choice(["f", "m"], n), rng.integers(18, 80, n)
    table = pl.DataFrame(
        {
            "sex": sex,
            "age": age,
            "spend": (sex == "m") * 2 + rng.normal(size=n),
            "tenure": age / 8 + rng.normal(size=n),
            "noise": rng.normal(size=n),
        }
    )
    found = audit_proxies(table, protected=["sex", "age"], features=["spend", "tenure", "noise"])
    rows = {row["value"] or row["protected"]: row for row in found.rows(named=True)}
    assert (rows["f"]["measure"], rows["age"]["measure"]) == ("auc", "r2")
    assert rows["m"]["strongest"] == "spend"
    assert rows["age"]["strongest"] == "tenure"
    assert rows["m"]["estimate"] == pytest.approx(0.92, abs=0.03)  # Phi(2 / sqrt 2) at best
    assert rows["age"]["estimate"] == pytest.approx(0.83, abs=0.05)
    assert found["is_clear"].all()
    assert (found["strongest_share"] > 0.8).all()
    nothing = audit_proxies(table, protected=["sex", "age"], features=["noise"])
    assert not nothing["is_clear"].any()


def test_a_value_that_few_have_has_no_figure():
    table = pl.DataFrame({"faith": ["a"] * 300 + ["b"] * 20, "x": [i % 9 for i in range(320)]})
    found = audit_proxies(table, protected=["faith"], features=["x"])
    assert found["estimate"].null_count() == 2
    assert found["n_with"].to_list() == [300, 20]
    assert not found["is_clear"].any()


def test_one_value_alone_tells_nothing():
    table = pl.DataFrame({"faith": ["a", None], "x": [1, 2]})
    assert audit_proxies(table, protected=["faith"], features=["x"]).is_empty()


def test_a_protected_column_is_no_feature():
    with pytest.raises(ParameterError, match="'age' is both"):
        audit_proxies(pl.DataFrame({"age": [1]}), protected=["age"], features=["age"])


def test_explained_is_one_less_the_share_of_squares_missed():
    estimate, low, high = explained(
        np.array([0.0, 2, 4, 6]), np.array([1.0, 2, 4, 5]), np.arange(4), confidence=0.95
    )
    assert estimate == pytest.approx(1 - 2 / 20)
    assert low < estimate < high


def test_what_rests_on_a_few_leavers_is_hidden_with_what_would_give_it_away():
    left = [1] * 3 + [0] * 57 + [1] * 30 + [0] * 30 + [1] * 40 + [0] * 20
    table = pl.DataFrame(
        {"group": ["few"] * 60 + ["some"] * 60 + ["most"] * 60, "left": left,
         "risk": [0.2 + 0.003 * k for k in range(180)]}
    )  # fmt: skip
    found = audit_equity(table, groups=["group"], outcome="left", top=0.3, hide_below=10)
    shown = dict(found.select("group", "captured").rows())
    assert shown["few"] is None
    assert sum(value is None for value in shown.values()) == 2
    assert found["observed"].null_count() == 0
