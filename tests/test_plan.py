"""A plan says what is broken, who answers for it, how sure it is and how it will be seen."""

import json
import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxresearch.actions.agenda import find_actions, find_balance
from cxresearch.actions.checks import (
    count_needed,
    describe_caution,
    describe_check,
    expect_unchanged,
    judge,
)
from cxresearch.actions.findings import finding_sentences, read_findings, save_results
from cxresearch.actions.plan import PLAN_SCHEMA, make_plan
from cxresearch.actions.tasks import describe_evidence, message_from_json, name_task
from cxresearch.charts.plan import (
    note_of_inputs,
    table_of_checks,
    table_of_plan,
)
from cxresearch.charts.priorities import plot_priorities, title_of_plan
from cxresearch.errors import DataError
from cxresearch.study.parts import STATISTICS
from tests.planned import (
    DATES,
    GAPS,
    PLEDGES,
    all_findings,
    make_study,
    pledged,
    promised,
    ranked,
    table,
    waiting,
)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return make_study(tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="module")
def plan(study):
    return make_plan(GAPS, PLEDGES, study)


def said(plan, column, number=0, language="en"):
    return message_from_json(plan[column][number]).in_language(language)


def test_broken_promises_come_in_the_order_of_their_priority(plan):
    assert plan["action_id"].to_list() == [
        "keep_desk",
        "keep_gate",
        "name_owners",
    ]
    assert plan["rank"].to_list() == [1, 2, 3]


def test_all_that_is_broken_at_a_touchpoint_is_one_action_led_by_what_weighs_most(plan):
    assert plan["measure"][0] == "csat"
    assert said(plan, "evidence") == (
        "Satisfied: 50% (45% to 55%), promised 80%, n 400; "
        "Usual wait: 24 minutes (22 to 26), promised 10, n 400"
    )
    assert plan["pledge"][0] == "happy_desk"


def test_a_promise_and_a_pledge_on_the_same_are_one_action_with_both_findings(study):
    findings = all_findings(study)
    plan = make_plan(GAPS, PLEDGES, study, findings=findings)
    told = dict(findings.select("finding_id", pl.concat_str("topic", "measure")).iter_rows())
    assert [told[id_] for id_ in plan["finding_ids"][0]] == [
        "promisepromise_csat",
        "pledgespledge_happy_desk",
        "pledgespledge_ten",
    ]


def test_a_pledge_that_is_kept_lends_no_finding_to_a_promise_that_is_broken(study):
    kept = table(pledged("happy_desk", promised("desk", 0.9)))
    plan = make_plan(GAPS, kept, study, findings=all_findings(study))
    assert len(plan["finding_ids"][0]) == 1
    assert plan["pledge"][0] is None


def test_nothing_broken_is_an_empty_plan(study):
    kept = table(promised("app", 0.9), promised("desk", 0.78))
    owned = study.model_copy(
        update={
            "experience": study.experience.model_copy(
                update={"touchpoints": study.experience.touchpoints[:2]}
            )
        }
    )
    plan = make_plan(kept, None, owned)
    assert plan.is_empty()
    assert plan.schema == pl.Schema(PLAN_SCHEMA)
    assert find_actions(plan, study=owned, **DATES).is_empty()
    (sentence,) = finding_sentences(find_balance(kept, None, **DATES), "en")
    assert sentence.startswith("No promise and no pledge is broken beyond chance")


@pytest.mark.parametrize("missing", [None, GAPS.clear()])
def test_a_study_without_promises_has_no_plan_and_no_finding(study, missing):
    pledges = None if missing is None else PLEDGES.clear()
    plan = make_plan(missing, pledges, study)
    assert plan.filter(pl.col("gap").is_not_null()).is_empty()
    assert find_balance(missing, pledges, **DATES).is_empty()


def test_a_hidden_gap_is_no_action(study):
    hidden = table(ranked(promised("desk", 0.5, is_suppressed=True), 0.05))
    assert make_plan(hidden, None, study)["topic"].to_list() == ["owner"]


def test_the_order_of_the_rows_does_not_matter(study, plan):
    turned = make_plan(GAPS.reverse(), PLEDGES.reverse(), study)
    assert turned.equals(plan)


@given(st.lists(st.floats(0.001, 1), min_size=1, max_size=6, unique=True), st.floats(0, 0.9))
def test_tiers_are_those_of_a_loop_over_the_intervals(study, priorities, spread):
    rows = [
        ranked(promised(f"place{number}", 0.5), priority, spread)
        for number, priority in enumerate(priorities)
    ]
    plan = make_plan(table(*rows), None, study)
    expected, first = [], None
    for priority in sorted(priorities, reverse=True):
        if first is None or priority * (1 + spread) < first * (1 - spread):
            first = priority
            expected.append((expected[-1] if expected else 0) + 1)
        else:
            expected.append(expected[-1])
    assert plan["tier"].to_list()[: len(expected)] == expected


def test_what_cannot_be_told_apart_says_so(study):
    near = table(*(ranked(promised(place, 0.5), 0.05, 0.5) for place in ("desk", "app", "gate")))
    found = find_actions(make_plan(near, None, study), study=study, **DATES)
    ties = [json.loads(values)["tie"] for values in found["values"]][:3]
    assert {tie["en"] for tie in ties} == {
        "1, 2 and 3 cannot be told apart: their order may be chance"
    }


def test_without_a_priority_an_action_stands_after_those_that_have_one(study):
    two = table(pledged("ten", waiting("app", 24.0)), pledged("glad", promised(None, 0.2)))
    assert make_plan(GAPS, two, study)["priority"].to_list()[2:4] == [None, None]
    found = find_actions(make_plan(GAPS, two, study), study=study, **DATES)
    assert "come last" in json.loads(found["values"][2])["tie"]["en"]


def test_a_pledge_is_ranked_like_the_gaps_where_reach_and_importance_are_known(study):
    reach = pl.DataFrame({"touchpoint": ["desk"], "reach": [0.5], "ci_low": [0.49],
                          "ci_high": [0.51]})  # fmt: skip
    importance = pl.DataFrame({"touchpoint": ["desk"], "outcome": ["leaving"],
                               "importance": [0.2], "importance_low": [0.15],
                               "importance_high": [0.25]})  # fmt: skip
    plan = make_plan(GAPS, PLEDGES, study, reach=reach, importance=importance)
    assert plan["measure"][0] == "wait_minutes"
    assert plan["priority"][0] == pytest.approx(0.5 * 0.2 * 1.0)  # twice the promise or more


def test_a_priority_on_another_basis_does_not_compete(study):
    reach = pl.DataFrame({"touchpoint": ["desk"], "reach": [1.0], "ci_low": [0.99],
                          "ci_high": [1.0]})  # fmt: skip
    plan = make_plan(GAPS, PLEDGES, study, reach=reach)
    assert plan.select("measure", "priority").row(0) == ("csat", 0.05)


def test_owner_support_effort_objective_and_programme_come_from_the_experience(plan):
    desk, gate = plan.head(2).rows(named=True)
    assert (desk["owner"], desk["supported_by"]) == ("stations", ["digital"])
    assert (desk["objective"], desk["programme"], desk["effort"]) == ("short", "second", "medium")
    assert (gate["objective"], gate["effort"]) == (None, None)


def test_an_objective_of_minutes_serves_only_the_place_with_the_same_target(study):
    pledges = table(pledged("ten", waiting("app", 24.0, target=12.0)))
    assert make_plan(None, pledges, study)["objective"][0] is None


def test_a_programme_that_names_the_finding_is_the_one_under_way(tmp_path):
    first = all_findings(make_study(tmp_path))
    id_ = first.filter(pl.col("measure") == "promise_csat")["finding_id"][0]
    programmes = [{"id": "train", "label": "Training", "objective": "short", "status": "planned",
                   "findings": [id_]}]  # fmt: skip
    named = make_study(tmp_path / "named", programmes=programmes)
    assert make_plan(GAPS, PLEDGES, named, findings=first)["programme"][0] == "train"


def test_a_programme_that_is_over_is_not_under_way(tmp_path):
    over = [{"id": "old", "label": "Old", "objective": "short", "status": "done"}]
    plan = make_plan(GAPS, PLEDGES, make_study(tmp_path, programmes=over))
    assert plan["programme"].null_count() == plan.height
    assert plan["objective"][0] == "short"
    assert plan["effort"][0] == "high"  # of the touchpoint, where no programme says


def test_an_action_nobody_owns_says_so_and_asks_for_an_owner(plan, study):
    found = find_actions(plan, study=study, **DATES)
    gate = json.loads(found["values"][1])
    assert gate["owner_id"] is None
    assert gate["owner"] == {"en": "nobody owns it yet", "it": "ancora nessun responsabile"}
    assert said(plan, "what", 2) == "Name an owner for: Gate"


def test_without_teams_nobody_is_asked_to_name_owners(tmp_path):
    places = [{"id": "desk", "label": "Desk", "stage": "buy"}]
    alone = make_study(tmp_path, teams=[], touchpoints=places, programmes=[])
    assert make_plan(GAPS, None, alone)["topic"].to_list() == ["gap", "gap"]


def test_an_undrawn_touchpoint_comes_last_unless_too_few_met_it(study):
    undrawn = pl.DataFrame(
        {"touchpoint": ["lost", "rare"], "n": [900, None], "n_customers": [700, None]}
    )
    plan = make_plan(GAPS, PLEDGES, study, undrawn=undrawn)
    assert plan["action_id"].to_list()[-2:] == ["draw_lost", "name_owners"]
    assert said(plan, "evidence", -2) == "On no map, yet met 900 times by 700 customers"


@pytest.mark.parametrize(
    ("given", "certainty"),
    [
        ({}, "strong"),
        ({"importance_low": 0.0}, "moderate"),
        ({"importance": 0.2, "importance_low": 0.01}, "moderate"),  # 2.1 standard errors
        ({"importance": 0.2, "importance_low": 0.2 - 0.2 * 1.96 / 3.2}, "moderate"),
        ({"importance": 0.2, "importance_low": 0.2 - 0.2 * 1.96 / 3.4}, "strong"),
        ({"importance": -0.2, "importance_low": -0.2}, "moderate"),
        ({"importance_low": None}, "moderate"),
        ({"importance": None, "importance_low": None}, "moderate"),
        ({"is_reliable": False}, "weak"),
        ({"q_value": 0.06}, "weak"),
        ({"q_value": None}, "weak"),
    ],
)
def test_how_sure_follows_from_interval_number_and_importance(given, certainty):
    row = ranked(promised("desk", 0.5), 0.05) | given
    word, reason = judge(row)
    assert word == certainty
    assert reason.in_language("it") != reason.in_language("en")


def test_of_fifty_places_where_nothing_matters_hardly_any_is_strong():
    """One interval of 95 % each would call one or more strong in seven rankings of ten."""
    rng, called = np.random.default_rng(3), 0
    for _ in range(200):
        sizes = rng.standard_normal(50)
        rows = [
            ranked(promised("desk", 0.5), 0.05)
            | {"importance": size, "importance_low": size - 1.959964}
            for size in sizes
        ]
        called += any(judge(row)[0] == "strong" for row in rows)
    assert called <= 16  # P(Binomial(200, .025) > 16) < .0001


def test_no_reason_says_that_anything_causes_anything():
    for basis in ("leaving", "loyalty"):
        _, reason = judge(ranked(promised("desk", 0.5), 0.05) | {"basis": basis})
        assert "linked to" in reason.in_language("en")


@pytest.mark.parametrize(
    ("basis", "of_what"),
    [("leaving", "leaving"), ("value", "leaving"), ("leavers", "leaving"),
     ("loyalty", "lower loyalty"), ("nps", "lower loyalty"), ("ces", "lower loyalty")],
)  # fmt: skip
def test_the_reason_names_what_importance_is_of_whatever_settles_the_order(basis, of_what):
    certainty, reason = judge(ranked(promised("desk", 0.5), 0.05) | {"basis": basis})
    assert (certainty, reason.in_language("en")) == (
        "strong",
        f"beyond chance, and linked to {of_what}",
    )


def as_measured(share, n, target):
    """A share known by n answers, as a row of the plan."""
    half = 1.959964 * math.sqrt(share * (1 - share) / n)
    return promised("desk", share, n=n, half=half, target=target)


def test_the_number_needed_sees_the_gap_in_four_cases_of_five():
    """Two samples, two-sided 5 %, power 80 %: (z + z)^2 (v / n + v / n) = gap^2 at equal n."""
    share, gap = 0.5, 0.1
    alike = 2 * (1.959964 + 0.841621) ** 2 * share * (1 - share) / gap**2
    assert alike == pytest.approx(392.4, abs=0.1)
    assert count_needed(as_measured(share, 393, share + gap)) == pytest.approx(393, abs=2)


def test_a_figure_of_today_known_exactly_needs_half_as_many():
    """Cohen (1988), 2.3.4: one sample against a fixed value."""
    exact = (1.959964 + 0.841621) ** 2 * 0.25 / 0.1**2
    assert count_needed(as_measured(0.5, 10_000_000, 0.6)) == pytest.approx(exact, abs=1)


@pytest.mark.slow
@pytest.mark.parametrize(("today", "target", "n"), [(0.7, 0.8, 300), (0.6, 0.7, 500),
                                                    (0.4, 0.6, 120)])  # fmt: skip
def test_on_so_many_new_cases_a_success_is_seen_and_passes_its_check(today, target, n):
    rng, runs = np.random.default_rng(11), 20_000
    needed = count_needed(as_measured(today, n, target))
    before = rng.binomial(n, today, runs) / n
    after = rng.binomial(needed, target, runs) / needed
    error = np.sqrt(before * (1 - before) / n + after * (1 - after) / needed)
    assert 0.75 <= np.mean((after - before) / error > 1.959964) <= 0.85
    margin = 1.959964 * np.sqrt(after * (1 - after) / needed)
    assert np.mean(after + margin >= target) >= 0.9
    assert np.mean(after >= target) < 0.65  # why the margin of error is part of the check


def test_where_today_is_too_uncertain_no_number_is_named_and_the_check_says_so():
    row = as_measured(0.5, 100, 0.6)
    row["needed_n"] = count_needed(row)
    assert row["needed_n"] is None
    assert describe_check(row).in_language("en") == (
        "Satisfied: 60% or more, give or take its margin; "
        "today's figure is too uncertain to see the change beside it"
    )
    assert "con il suo margine" in describe_check(row).in_language("it")
    without = row | {"ci_low": None}
    assert "uncertain" not in describe_check(without).in_language("en")


def test_the_number_needed_is_never_below_what_is_reliable():
    row = {"n": 400, "ci_low": 0.45, "ci_high": 0.55, "gap": -0.5}
    assert count_needed(row) < 30
    assert count_needed(row, at_least=30) == 30


@pytest.mark.parametrize("row", [{"ci_high": None}, {"ci_high": 0.4, "ci_low": 0.4}, {"gap": 0}])
def test_without_an_interval_nothing_is_promised_about_numbers(row):
    assert count_needed({"n": 9, "ci_low": 0.4, "ci_high": 0.6, "gap": -0.9} | row) is None


def test_the_figure_to_beat_is_shrunk_towards_the_others():
    uncertain = promised("desk", 0.5, half=0.25)
    others = [promised(f"p{n}", 0.8 + n / 100, half=0.03) for n in range(4)]
    expected = expect_unchanged(table(uncertain, *others))["expected"]
    assert 0.5 < expected[0] < 0.84
    assert abs(expected[1] - 0.8) < 0.02


def test_the_worst_of_equals_is_expected_to_be_like_the_others():
    """Of 14 touchpoints that are all alike the worst improves by over ten points by itself."""
    rng, n, share = np.random.default_rng(0), 45, 0.7
    raw, expected = [], []
    for _ in range(60):
        rates = rng.binomial(n, share, size=14) / n
        halves = 1.96 * np.sqrt(rates * (1 - rates) / n)
        rows = [
            promised(f"p{k}", rate, half=half)
            for k, (rate, half) in enumerate(zip(rates, halves, strict=True))
        ]
        shrunk = expect_unchanged(table(*rows))["expected"]
        raw.append(rates.min() - share)
        expected.append(shrunk[int(rates.argmin())] - share)
    assert np.mean(raw) < -0.1
    assert abs(np.mean(expected)) < 0.05


def test_a_promise_and_a_pledge_on_one_figure_teach_the_spread_once():
    three = [promised(f"p{n}", 0.7 + n / 10, half=0.1) for n in range(3)]
    assert expect_unchanged(table(*three, three[0]))["expected"].null_count() == 4
    four = [*three, promised("p3", 0.6, half=0.1)]
    once, twice = (expect_unchanged(table(*rows))["expected"] for rows in (four, [*four, four[0]]))
    assert twice.to_list() == [*once, once[0]]


def test_figures_of_other_measures_teach_nothing():
    other = {"measure": "context_known", "threshold": None}
    mixed = [promised(f"p{n}", 0.7, **(other if n % 2 else {})) for n in range(6)]
    assert expect_unchanged(table(*mixed))["expected"].null_count() == 6


def test_minutes_that_are_too_many_are_expected_to_be_fewer_next_time():
    rows = [waiting("desk", 30.0, half=8.0), *(waiting(f"p{n}", 10.0 + n) for n in range(4))]
    expected = expect_unchanged(table(*rows))["expected"]
    assert 10 < expected[0] < 30


def test_too_few_promises_give_no_expectation_and_say_only_to_compare():
    known = expect_unchanged(GAPS)
    assert known["expected"].null_count() == 3
    assert "compare" in describe_caution(known.row(0, named=True)).in_language("en")


def test_the_words_say_what_must_become_true(plan, study):
    assert said(plan, "what") == "Desk: bring satisfied customers up to 80%"
    wait = make_plan(None, table(pledged("ten", waiting("desk", 24.0))), study)
    assert said(wait, "what") == "Desk: bring the usual wait down to 10 minutes"
    assert said(wait, "what", language="it") == "Sportello: ridurre l'attesa abituale a 10 minuti"
    assert said(wait, "evidence") == "Usual wait: 24 minutes (22 to 26), promised 10, n 400"
    assert said(plan, "check", 0) == (
        "Satisfied: 80% or more, give or take its margin, on at least 30 new cases"
    )


@pytest.mark.parametrize("is_at_most", [True, False])
@pytest.mark.parametrize(
    ("measure", "statistic"), [(m, s) for m, every in STATISTICS.items() for s in every]
)
def test_every_promise_that_can_be_written_has_its_words(measure, statistic, is_at_most):
    unit = {"share": "share", "nps": "points"}.get(statistic, "minutes")
    row = promised(
        None, 1.0, measure=measure, statistic=statistic, unit=unit, is_at_most=is_at_most,
        threshold=5.0 if statistic == "share" else None, target=0.8,
    )  # fmt: skip
    for language in ("en", "it"):
        for text in (name_task(row, touchpoint=None), describe_evidence(row)):
            written = text.in_language(language)
            assert "{" not in written
            assert measure not in written.replace("nps", "")


def test_a_figure_close_to_its_promise_gets_a_decimal():
    row = waiting("desk", 10.4, half=0.2)
    assert describe_evidence(row).in_language("it").startswith("Attesa abituale: 10,4 minuti")
    near = describe_evidence(promised("desk", 0.796, half=0.001)).in_language("en")
    assert near == "Satisfied: 79.6% (79.5% to 79.7%), promised 80%, n 400"


def test_hostile_labels_stay_text_through_plan_and_findings(tmp_path):
    hostile = "</script>{{ 7*7 }}{n}{estimate}"
    places = [{"id": "desk", "label": hostile, "stage": "buy", "owner": "stations"}]
    study = make_study(tmp_path, touchpoints=places)
    plan = make_plan(GAPS, None, study)
    assert said(plan, "what").startswith(hostile)
    save_results(tmp_path, notebook="90_actions", findings=find_actions(plan, study=study, **DATES))
    assert finding_sentences(read_findings(tmp_path), "it")[0].startswith(hostile)


def test_an_action_keeps_its_id_when_figures_and_period_change(study, plan):
    worse = GAPS.with_columns(pl.col("estimate", "ci_low", "ci_high", "gap") - 0.01)
    later = make_plan(worse, PLEDGES, study)
    before, after = (find_actions(each, study=study, **DATES) for each in (plan, later))
    assert before["finding_id"].to_list() == after["finding_id"].to_list()


def test_an_action_is_as_described_as_its_gap_however_its_importance_was_found(plan, study):
    assert plan["importance"][0] is not None
    found = find_actions(plan, study=study, **DATES)
    assert set(found["evidence"]) == {"described"}


def test_a_missing_column_is_named(study):
    with pytest.raises(DataError, match="verdict"):
        make_plan(GAPS.drop("verdict"), None, study)


def test_the_balance_counts_every_promise_and_pledge_once_measured():
    (sentence,) = finding_sentences(find_balance(GAPS, PLEDGES, **DATES), "en")
    assert "4 of 6 (kept: 2, without enough evidence: 0)" in sentence


def test_the_table_names_what_and_who(plan, study):
    shown = table_of_plan(plan, study=study).content("en")
    assert shown["table"]["rows"][0][:3] == [
        "1", "Desk: bring satisfied customers up to 80%", "Stations",
    ]  # fmt: skip
    assert shown["table"]["rows"][1][2] == "nobody owns it yet"
    assert shown["title"] == "Actions: 3, asked of teams: 1, without an owner: 2"
    heads, first, *_ = shown["table"]["csv"]
    file = dict(zip(heads, first, strict=True))
    assert (file["action_id"], file["owner"], file["certainty"]) == (
        "keep_desk",
        "stations",
        plan["certainty"][0],
    )
    assert (file["measure"], file["estimate"], file["n"]) == ("csat", "0.5", "400")
    heads, first, *_ = table_of_checks(plan, study=study).content("en")["table"]["csv"]
    file = dict(zip(heads, first, strict=True))
    assert (file["target"], file["needed_n"]) == ("0.8", str(plan["needed_n"][0]))
    checks = table_of_checks(plan, study=study).content("it")["table"]["rows"]
    assert len(checks) == 2
    assert checks[0][1] == "A second desk"
    assert [row[-1] for row in checks] == ["–"] * 2  # three promises teach nothing of the spread


@pytest.mark.parametrize("basis", ["leaving", "loyalty", "reach", "shortfall"])
def test_the_chart_is_an_index_of_the_first_and_counts_no_customers(basis, plan, study):
    figure = plot_priorities(plan.with_columns(pl.lit(basis).alias("basis")), study=study)
    rows = figure.content("en")["table"]["rows"]
    assert [row[1:3] for row in rows] == [["100", "90 to 110"], ["20", "18 to 22"]]
    assert "the first = 100" in figure.subtitle.in_language("en")
    assert "customers" not in figure.subtitle.in_language("en")
    assert title_of_plan(plan).in_language("en").startswith("First: Desk")


@pytest.mark.parametrize(
    ("basis", "has_reach", "importance"),
    [("leaving", True, "leaving"), ("loyalty", True, "loyalty"),
     ("reach", True, ""), ("shortfall", False, "")],
)  # fmt: skip
def test_the_words_name_exactly_what_ranks(basis, has_reach, importance, plan, study):
    on = plan.with_columns(pl.lit(basis).alias("basis"))
    ranking = table_of_plan(on, study=study).content("en")["subtitle"]
    scale = plot_priorities(on, study=study).subtitle.in_language("en")
    assert ("many meet" in ranking, "Reach" in scale) == (has_reach, has_reach)
    assert ("linked to" in ranking, "importance" in scale) == (bool(importance), bool(importance))
    assert importance in ranking
    missing = note_of_inputs(GAPS.with_columns(pl.lit(basis).alias("basis")), None)
    if importance:
        assert missing is None
    else:
        assert ("many meet" in missing.content("en")["text"]) == has_reach


def test_importance_known_of_too_few_is_not_called_unknown():
    gaps = GAPS.with_columns(pl.lit("reach").alias("basis"))
    known = pl.DataFrame({"touchpoint": ["desk"]})
    assert "too few broken promises" in note_of_inputs(gaps, known).content("en")["text"]
    assert "not known" in note_of_inputs(gaps, None).content("en")["text"]


def test_a_plan_without_priorities_claims_no_order(study):
    plan = make_plan(None, PLEDGES, study)
    alone = plan.with_columns(pl.lit(None, pl.Float64).alias("priority"))
    shown = table_of_plan(alone, study=study).content("en")["subtitle"]
    assert shown == "In no order of priority"


def test_an_empty_plan_is_said_and_missing_inputs_too(plan, study):
    none = plan.clear()
    shown = table_of_plan(none, study=study).content("en")["text"]
    assert "nothing has to be done first" in shown
    assert table_of_checks(none, study=study).content("en")["text"] == "There is nothing to check."
    assert plot_priorities(none, study=study).content("en")["text"] == "There is no order to draw."
    assert title_of_plan(none).in_language("en") == "No promise is broken beyond chance"
    assert note_of_inputs(None, None).tone == "missing"
    assert note_of_inputs(GAPS, pl.DataFrame({"touchpoint": ["desk"]})) is None
