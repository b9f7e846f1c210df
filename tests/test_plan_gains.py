"""A plan is ordered by what mending is linked to, where that is known; gains never add up."""

import polars as pl
import pytest

from cxresearch.actions.agenda import find_actions, find_unplanned
from cxresearch.actions.basis import describe_ranking, describe_scale
from cxresearch.actions.drivers import find_gains
from cxresearch.actions.plan import PLAN_SCHEMA, make_plan
from cxresearch.actions.plan_gains import rank_by_gain, say_joint
from cxresearch.actions.tasks import message_from_json
from cxresearch.charts.plan import note_of_inputs, note_of_joint, note_of_unplanned, table_of_plan
from cxresearch.charts.priorities import plot_priorities
from cxresearch.report.entries import joint_of, select_actions, write_actions
from tests.gained import gain
from tests.gained import table as gained
from tests.planned import DATES, GAPS, PLEDGES, make_study, promised, ranked, table


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return make_study(tmp_path_factory.mktemp("study"))


def gains(**places):
    """Fewer leavers a year by touchpoint; `all_` is the joint worth."""
    return gained(
        *(gain(None if name == "all_" else name, estimate=n) for name, n in places.items())
    ).drop("share_mended")


def test_the_largest_gain_comes_first_whatever_the_shortfall(study):
    assert make_plan(GAPS, None, study)["touchpoint"].to_list()[:2] == ["desk", "gate"]
    plan = make_plan(GAPS, None, study, gains=gains(desk=100.0, gate=900.0))
    assert plan["touchpoint"].to_list()[:2] == ["gate", "desk"]
    assert plan["tier"].to_list()[:2] == [1, 2]
    assert plan["basis"].to_list()[:2] == ["value"] * 2
    assert plan["priority"].to_list()[:2] == [90_000.0, 10_000.0]
    assert plan.schema == pl.Schema(PLAN_SCHEMA)


def test_among_those_that_cannot_be_told_apart_the_least_work_comes_first(study):
    gaps = table(*(ranked(promised(name, 0.5), 0.05) for name in ("desk", "app")))
    easy = study.model_copy(deep=True)
    for place in easy.experience.touchpoints:
        place.__dict__["effort"] = {"desk": "high", "app": "low"}.get(place.id)
    plan = make_plan(gaps, None, easy, gains=gains(desk=500.0, app=450.0))
    assert plan["touchpoint"].to_list()[:2] == ["app", "desk"]
    assert plan["tier"].to_list()[:2] == [1, 1]
    far = make_plan(gaps, None, easy, gains=gains(desk=900.0, app=100.0))
    assert far["touchpoint"].to_list()[:2] == ["desk", "app"]


def test_the_short_line_of_an_action_tells_only_a_gain_beyond_chance(study):
    plan = make_plan(GAPS, None, study, gains=gains(desk=900.0, gate=100.0))
    short = dict(plan.select("touchpoint", "worth").rows())
    assert "revenue" in message_from_json(short["desk"]).in_language("en")
    assert short["gate"] is None  # 100, give or take 200
    assert plan.filter(touchpoint="gate")["gain"][0] is not None


def test_without_revenue_the_customers_kept_order_and_without_leavers_the_score(study):
    money = [f"value_a_year{end}" for end in ("", "_low", "_high")]
    unknown = [pl.lit(None, dtype=pl.Float64).alias(name) for name in money]
    no_money = gains(desk=100.0, gate=900.0).with_columns(unknown)
    assert make_plan(GAPS, None, study, gains=no_money)["basis"][0] == "leavers"
    score = gained(gain("desk", "nps", estimate=1.0), gain("gate", "nps", estimate=4.0))
    plan = make_plan(GAPS, None, study, gains=score)
    assert plan["basis"][0] == "nps"
    assert plan["touchpoint"][0] == "gate"
    assert plan["gain_points"][0] == 4.0


def test_a_gain_known_of_less_than_half_orders_nothing_and_is_told_all_the_same(study):
    gaps = table(*(ranked(promised(name, 0.5), 0.05) for name in ("desk", "gate", "app")))
    plan = make_plan(gaps, None, study, gains=gains(gate=900.0))
    assert plan["basis"][0] == "leaving"
    assert plan.filter(pl.col("touchpoint") == "gate")["gain_leavers"][0] == 900.0


def test_an_unclear_gain_counts_nothing_in_the_order_and_keeps_its_upper_end():
    rows = pl.DataFrame(
        {"touchpoint": ["desk", "gate"], "basis": ["leaving"] * 2,
         **{name: [9.0, 1.0] for name in ("priority", "priority_low", "priority_high")}}
    )  # fmt: skip
    told = gains(desk=900.0, gate=400.0)
    for unclear in (False, None):
        is_clear = pl.Series("is_clear", [unclear, True], dtype=pl.Boolean)
        found = rank_by_gain(rows, told.with_columns(is_clear))
        assert found["basis"].to_list() == ["value"] * 2
        assert found["priority"].to_list() == [0.0, 40_000.0]
        assert found["priority_low"].to_list() == [0.0, 30_000.0]
        assert found["priority_high"].to_list() == [112_500.0, 50_000.0]
    assert rank_by_gain(rows, told)["priority"].to_list() == [90_000.0, 40_000.0]


def test_unclear_gains_are_none_of_the_half_that_has_to_be_known(study):
    gaps = table(*(ranked(promised(name, 0.5), 0.05) for name in ("desk", "gate", "app")))
    two = gains(desk=100.0, gate=900.0)
    assert make_plan(gaps, None, study, gains=two)["basis"][0] == "value"
    one = two.with_columns(is_clear=pl.col("touchpoint") == "gate")
    assert make_plan(gaps, None, study, gains=one)["basis"][0] == "leaving"
    unknown = two.with_columns(is_clear=pl.lit(None, dtype=pl.Boolean))
    assert make_plan(GAPS, None, study, gains=unknown)["basis"][0] == "leaving"


def test_a_gain_below_nothing_counts_as_none_and_is_said_as_a_loss(study):
    plan = make_plan(GAPS, None, study, gains=gains(desk=-50.0, gate=900.0))
    assert plan["priority"][1] == 0.0
    assert "50 more leavers" in message_from_json(plan["gain"][1]).in_language("en")
    assert "€5,000 less of revenue" in message_from_json(plan["gain"][1]).in_language("en")
    assert "no gain beyond chance" in str(plot_priorities(plan, study=study).spec("en"))


def test_what_is_worth_much_and_is_no_action_is_named_with_its_reason(study):
    known = gains(desk=800.0, lounge=500.0, all_=1200.0)
    plan = make_plan(GAPS, None, study, gains=known)
    text = (
        "No action here, as no promise is broken there: lounge with 500 fewer leavers a year "
        "(380 to 620)."
    )
    assert note_of_unplanned(plan, known, study=study).text.in_language("en") == text
    told = find_unplanned(plan, known, study=study, **DATES)
    joint = find_gains(known, labels={}, **DATES)
    said = joint_of(pl.concat([told, joint]), "en")
    assert said.endswith(f"not added up. {text}")
    assert select_actions(told).is_empty()
    same = gains(desk=800.0, lounge=5.0).with_columns(is_clear=pl.col("touchpoint") == "desk")
    assert note_of_unplanned(plan, same, study=study) is None
    assert find_unplanned(plan, None, study=study, **DATES).is_empty()


def test_an_action_says_what_it_is_linked_to_in_both_languages(study):
    plan = make_plan(GAPS, PLEDGES, study, gains=gains(desk=800.0, gate=100.0, all_=820.0))
    found = find_actions(plan, study=study, **DATES)
    assert (found["value"][0], found["currency"][0]) == (80_000.0, "EUR")
    (first, *_, last) = write_actions(found, language="it", team_pages={})
    assert first["gain"] == (
        "800 abbandoni in meno all'anno (da 600 a 1.000) e 80.000\xa0€ di ricavi all'anno "
        "(da 60.000\xa0€ a 100.000\xa0€)"
    )
    assert last["gain"] == ""


def test_table_and_chart_carry_the_gain_in_its_own_unit(study):
    plan = make_plan(GAPS, PLEDGES, study, gains=gains(desk=800.0, gate=100.0))
    shown = table_of_plan(plan, study=study).content("en")["table"]
    assert "Linked to, a year" in [column["label"] for column in shown["columns"]]
    assert "gain_value_low" in shown["csv"][0]
    figure = plot_priorities(plan, study=study)
    assert "Revenue a year" in figure.subtitle.in_language("en")
    assert figure.content("en")["table"]["rows"][0][1] == "80,000"
    assert "€80,000" in str(figure.spec("en"))
    assert "revenue" in describe_ranking(plan).in_language("en")
    assert "Fewer leavers" in describe_scale(
        plan.with_columns(basis=pl.lit("leavers"))
    ).in_language("en")


def test_without_gains_the_table_has_no_column_for_them(study):
    shown = table_of_plan(make_plan(GAPS, PLEDGES, study), study=study).content("en")["table"]
    assert "Linked to, a year" not in [column["label"] for column in shown["columns"]]


def test_the_joint_worth_is_said_once_and_never_as_a_sum():
    text = say_joint(gains(desk=800.0, gate=100.0, all_=820.0)).in_language("en")
    assert text.startswith("All touchpoints together are linked to 820 fewer leavers a year")
    assert "not added up" in text
    assert say_joint(gains(desk=800.0)) is None
    assert say_joint(None) is None
    carried = gains(desk=800.0, all_=820.0).with_columns(is_extrapolated=pl.col("is_joint"))
    said = say_joint(carried).in_language("en")
    assert "extrapolated" in said
    assert "carried over" in said
    unknown = note_of_joint(None).text.in_language("en")
    assert "not known" in unknown


def test_an_order_by_gain_needs_no_word_on_importance(study):
    plan = make_plan(GAPS, None, study, gains=gains(desk=800.0, gate=100.0))
    assert note_of_inputs(GAPS, None, plan=plan) is None
    on_reach = GAPS.with_columns(basis=pl.lit("reach"))
    assert note_of_inputs(on_reach, None, plan=make_plan(on_reach, None, study)) is not None


def test_rows_of_gains_in_any_order_make_the_same_plan(study):
    known = gains(desk=800.0, gate=100.0, all_=820.0)
    plan = make_plan(GAPS, PLEDGES, study, gains=known)
    assert make_plan(GAPS.reverse(), PLEDGES, study, gains=known.reverse()).equals(plan)
