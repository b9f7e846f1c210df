"""Sentences and titles of leaving: what stands beyond chance is said, and no link is a cause."""

from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest

from cxresearch.actions.churn import find_faster, find_left, find_links
from cxresearch.actions.churn_answerers import (
    name_answerers,
    name_counted,
    rows_of_answerers,
    say_answerers,
    title_of_answerers,
)
from cxresearch.actions.churn_fair import (
    find_unfair,
    name_groups,
    note_on_leaks,
    title_of_groups_foretold,
)
from cxresearch.actions.churn_links import (
    choose_linked,
    leave_leaks_out,
    links_of_experiences,
    list_links,
    name_links,
    note_on_links,
)
from cxresearch.actions.churn_risk import (
    find_at_risk,
    list_for_page,
    title_of_list,
    title_of_signs,
)
from cxresearch.actions.churn_sentences import say_definition
from cxresearch.actions.churn_silent import (
    bounds_in_shares,
    find_silent,
    note_on_bounds,
    title_of_bounds,
)
from cxresearch.actions.churn_titles import title_of_links, title_of_rate, title_of_staying
from cxresearch.actions.churn_trust import (
    list_reach,
    say_why_not,
    title_of_forward,
    title_of_reach,
)
from cxresearch.actions.churn_words import name_features
from cxresearch.actions.findings import finding_sentences
from cxresearch.charts.headline import key_figures
from cxresearch.errors import CxWarning
from cxresearch.language import LANGUAGES
from cxresearch.models.churn import fit_churn
from cxresearch.models.leaving_links import fit_links
from cxresearch.models.silent import SilentChurn
from cxresearch.models.silent_risk import AT_RISK, AtRisk
from cxresearch.models.silent_tables import BOUNDS, GLANCE
from cxresearch.period import parse_period

PERIOD = parse_period("2025-10")
DATES = {"period": PERIOD, "data_until": datetime(2025, 11, 1, tzinfo=UTC)}
DESK = {"desk": {"en": "Desk", "it": "Sportello"}}


def rate_of(estimate=0.02):
    return pl.DataFrame(
        {"estimate": [estimate], "ci_low": [0.015], "ci_high": [0.025], "n": [3000],
         "n_left": [60], "is_reliable": [True], "is_suppressed": [False]}
    )  # fmt: skip


def change_of(polarity, estimate=0.01):
    return pl.DataFrame(
        {"against": ["2025-09", "2024-10"], "n": [3000] * 2, "estimate": [estimate] * 2,
         "ci_low": [estimate - 0.005] * 2, "ci_high": [estimate + 0.005] * 2,
         "q_value": [0.01] * 2, "polarity": [polarity] * 2, "is_reliable": [True] * 2}
    )  # fmt: skip


def silent_of(**more):
    seen = {"n_left": 1000, "n_silent": 600, "n_stayed": 4000, "k_months": 3, "n_told": 0,
            "share": 0.6, "ci_low": 0.57, "ci_high": 0.63, "share_stayed": 0.7,
            "stayed_low": 0.68, "stayed_high": 0.72, "share_low": 0.17, "share_high": 0.41,
            "value_low": 123_456.0, "value_high": 345_678.0, "years": 2.0, "currency": "EUR",
            "is_fitted": True, "is_contradicting": False} | more  # fmt: skip
    rows = [{"assumption": "naive", "low": 0.0, "high": 600.0, "ci_low": 0.0, "ci_high": 600.0},
            {"assumption": "records", "low": 200.0, "high": 400.0, "ci_low": 170.0,
             "ci_high": 410.0}]  # fmt: skip
    bounds = pl.DataFrame(rows, schema=BOUNDS)
    none = pl.DataFrame()
    return SilentChurn(bounds, pl.DataFrame([seen], schema=GLANCE), none, none, none)


@pytest.mark.parametrize(
    ("polarity", "said"), [("bad", "more than in"), ("good", "fewer than in"), ("neutral", "")]
)
def test_only_a_change_beyond_chance_is_said(polarity, said):
    found = find_left(rate_of(), change_of(polarity), **DATES)
    first = finding_sentences(found, "en")[0]
    assert first.startswith("In October 2025 2.0% of customers left")
    assert said in first
    assert ("than in" in first) == (polarity != "neutral")


def test_a_hidden_rate_makes_no_finding():
    hidden = rate_of().with_columns(is_suppressed=pl.lit(value=True))
    assert find_left(hidden, change_of("neutral").clear(), **DATES).is_empty()


def test_the_figure_of_a_rate_has_one_decimal_and_its_change():
    (figure,) = key_figures(find_left(rate_of(), change_of("bad"), **DATES))
    shown = figure.content("en")
    assert (shown["value"], shown["interval"]) == ("2.0%", "1.5% to 2.5%")
    assert shown["change"].startswith("+1.0 percentage points")


def test_bounds_are_called_bounds_and_never_an_interval():
    found = find_silent(silent_of(), **DATES)
    first = finding_sentences(found, "en")[0]
    assert "17% and 41%" in first
    assert "€120,000 to €350,000 a year" in first
    assert "bounds under stated assumptions" in first
    bounds = next(f for f in key_figures(found) if f.ci_low is None).content("en")
    assert bounds["value"] == "17% to 41%"
    assert bounds["interval"] == ""
    assert "no 95% interval" in bounds["change"]


def test_without_a_model_or_reasons_there_are_no_bounds_but_the_count():
    alone = silent_of(is_fitted=False, why_not="too few customers left to learn from")
    found = find_silent(alone, **DATES)
    assert found["measure"].to_list() == ["left_silent"]
    assert find_silent(silent_of(n_left=0, share=None), **DATES).is_empty()


def test_silent_leavers_stand_beside_those_who_stayed():
    rows = bounds_in_shares(silent_of())
    assert rows["assumption"].to_list() == ["left_silent", "stayed_silent", "naive", "records"]
    assert rows["low"].to_list() == pytest.approx([0.6, 0.7, 0.0, 0.2])
    assert "17% to 41%" in title_of_bounds(silent_of()).in_language("en")


def gaps_of(estimate, is_difference=True):
    return pl.DataFrame(
        {"attribute": ["region"], "group": ["A"], "against": ["B"], "n": [300], "n_against": [500],
         "estimate": [estimate], "ci_low": [estimate * 0.8], "ci_high": [estimate * 1.25],
         "p_value": [0.001], "q_value": [0.001], "is_difference": [is_difference]}
    )  # fmt: skip


@pytest.mark.parametrize(("estimate", "fast", "slow"), [(2.0, "A", "B"), (0.5, "B", "A")])
def test_the_faster_group_is_named_first_whichever_side_it_stands_on(estimate, fast, slow):
    curves = pl.DataFrame({"time": [1.0], "estimate": [0.9]})
    title = title_of_staying(curves, gaps_of(estimate), labels={}).in_language("en")
    assert title == f"{fast}: the rate of leaving is 2.0 times that of {slow}"
    sentence = finding_sentences(find_faster(gaps_of(estimate), labels={}, **DATES), "en")[0]
    assert sentence.startswith(f"{fast}: the rate of leaving is 2.0 times that of {slow} (1.6 to")


def test_groups_that_chance_could_part_are_not_named():
    curves = pl.DataFrame({"time": [1.0], "estimate": [0.9]})
    gaps = gaps_of(2.0, is_difference=False)
    assert "No kind of customer" in title_of_staying(curves, gaps, labels={}).in_language("en")
    assert find_faster(gaps, labels={}, **DATES).is_empty()


def experiences(is_clear=True):
    return pl.DataFrame(
        {"touchpoint": ["desk"], "source": ["wait_minutes"], "n_customers": [900],
         "odds_ratio": [3.0], "ci_low": [0.9], "ci_high": [1.3], "q_value": [0.001],
         "is_clear": [is_clear]}
    )  # fmt: skip


def test_an_experience_is_linked_to_leaving_and_causes_nothing():
    links = links_of_experiences(experiences())
    found = find_links(links, labels=DESK, is_experience=True, **DATES)
    for language, verb in (("en", "is linked to leaving"), ("it", "legame")):
        (said,) = finding_sentences(found, language)
        assert verb in said
        assert "caus" not in said
    assert found["evidence"].to_list() == ["adjusted"]
    assert "at least" not in note_on_links(links, labels=DESK).in_language("en")


def test_what_chance_could_do_is_no_finding_and_no_title():
    links = links_of_experiences(experiences(is_clear=False))
    assert find_links(links, labels=DESK, is_experience=True, **DATES).is_empty()
    assert "Nothing known beforehand" in title_of_links(links, labels=DESK).in_language("en")
    assert "No link stands out" in note_on_links(links, labels=DESK).in_language("en")


def test_of_windows_one_is_told_and_nothing_leaving_is_defined_by():
    listed = pl.DataFrame(
        {"feature": ["n_uses_1m", "n_uses_3m", "n_uses_12m", "gap_ratio", "n_bad_3m"],
         "group": ["usage"] * 5, "months": [1, 3, 12, None, 3],
         "is_definition": [False, False, False, True, False]}
    )  # fmt: skip
    assert choose_linked(listed)["feature"].to_list() == ["n_uses_3m"]


def test_features_are_named_in_the_words_of_the_business():
    names = name_features(["bad_desk_3m", "amount_12m", "mystery"], touchpoints=DESK, attributes={})
    assert names["bad_desk_3m"]["it"] == "Sportello: brutte esperienze, ultimi 3 mesi"
    assert names["amount_12m"]["en"] == "Amount spent, last 12 months"
    assert names["mystery"]["en"] == "mystery"


@pytest.mark.parametrize(
    ("ends", "said"),
    [((0.9, 1.1), "As foretold"), ((0.6, 0.8), "More left"), ((1.2, 1.5), "Fewer left")],
)
def test_the_forecast_is_called_wrong_only_beyond_chance(ends, said):
    forward = pl.DataFrame(
        {"predicted": [0.04], "observed": [0.05], "ci_low": [ends[0]], "ci_high": [ends[1]]}
    )
    assert title_of_forward(forward).in_language("en").startswith(said)
    assert "Nothing was foretold" in title_of_forward(forward.clear()).in_language("en")


def test_a_sign_no_better_than_a_coin_is_said_to_be_none():
    signs = pl.DataFrame(
        {"signal": ["operations", "complaints"], "lead_months": [1, 1], "auc": [0.53, 0.5],
         "ci_low": [0.49, 0.47], "ci_high": [0.57, 0.53]}
    )  # fmt: skip
    assert "better than a coin" in title_of_signs(signs).in_language("en")
    assert "Too few" in title_of_signs(signs.clear()).in_language("en")


def answerers(q):
    groups = ["answered", "not_answered", "all", "difference"]
    return pl.DataFrame(
        {"measure": ["leaving"] * 4, "group": groups, "n": [50, 50, 100, 100],
         "estimate": [0.02, 0.06, 0.04, -0.04], "ci_low": [0.01, 0.05, 0.03, -0.06],
         "ci_high": [0.03, 0.07, 0.05, -0.02], "q_value": [None, None, None, q]}
    )  # fmt: skip


def test_answerers_differ_only_beyond_chance():
    assert "less often: 2.0% against 6.0%" in title_of_answerers(answerers(0.01)).in_language("en")
    assert "as often as" in title_of_answerers(answerers(0.4)).in_language("en")
    assert rows_of_answerers(answerers(0.4))["target"].to_list() == [0.04, 0.04]
    assert rows_of_answerers(answerers(0.4).clear()).is_empty()


def test_a_group_foretold_wrongly_is_named():
    audited = pl.DataFrame(
        {"attribute": ["age"], "group": ["75+"], "n": [400], "predicted": [0.02],
         "observed": [0.06], "ci_low": [0.04], "ci_high": [0.09], "is_clear": [True],
         "is_suppressed": [False], "q_value": [0.01], "is_reliable": [True]}
    )  # fmt: skip
    names = name_groups(audited, labels={"age": {"en": "Age", "it": "Età"}})
    title = title_of_groups_foretold(audited, labels=names)
    assert title.in_language("it") == "Previsti in modo sbagliato oltre il caso: Età: 75+"
    (said,) = finding_sentences(find_unfair(audited, labels=names, **DATES), "en")
    assert said == "Age: 75+: 2.0% foretold to leave, 6.0% left (4.0% to 9.0%, 400 cases)."
    right = audited.with_columns(is_clear=pl.lit(value=False))
    assert find_unfair(right, labels=names, **DATES).is_empty()
    assert "No group of 1" in title_of_groups_foretold(right, labels=names).in_language("en")


def test_titles_of_nothing_say_so_in_both_languages():
    empty = pl.DataFrame(schema={"period": pl.String, "estimate": pl.Float64})
    for language in LANGUAGES:
        assert title_of_rate(empty).in_language(language)


def months_by_region(odds):
    """Customers in one month each: of 1,000 in A 100 leave, in B with so many times the odds."""
    share = (odds / 9) / (1 + odds / 9)
    leaves = [i < 100 for i in range(1000)] + [i < round(400 * share) for i in range(400)]
    return pl.DataFrame(
        {"customer_id": [f"c{i}" for i in range(1400)], "month": [1] * 1400,
         "tenure_days": [30.0] * 1400, "leaves": leaves, "region": ["A"] * 1000 + ["B"] * 400}
    )  # fmt: skip


class Named:
    """The part of a study that names things."""

    def labels(self, kind):
        return {"region": {"en": "Region", "it": "Regione"}} if kind == "attribute" else {}


def test_the_odds_of_a_group_are_against_the_one_that_is_named():
    links = list_links(fit_links(months_by_region(3.0), features=["region"]))
    assert links["feature"].to_list() == ["region=B"]
    assert links["against"].to_list() == ["A"]
    left, stayed = 0.25, 0.75
    by_hand = (left / stayed) / (0.1 / 0.9)
    assert links["estimate"][0] == pytest.approx(by_hand, rel=0.02)
    names = name_links(links, study=Named())
    assert names["region=B"]["en"] == "Region: B (against A)"
    (said,) = finding_sentences(find_links(links, labels=names, **DATES), "en")
    assert "for a usual step" not in said


def test_all_clear_links_are_named_up_to_three_and_the_rest_counted():
    names = ["a", "b", "c", "d", "e"]
    clear = pl.DataFrame({"feature": names, "estimate": [3.0, 2.5, 2.0, 1.8, 1.5],
                          "is_clear": [True] * 5})  # fmt: skip
    three = title_of_links(clear.head(3), labels={}).in_language("en")
    assert three == "Linked to leaving more often: a, b and c"
    five = title_of_links(clear, labels={}).in_language("en")
    assert five == "Linked to leaving more often: a, b, c and 2 more"


def at_risk_of(*rows):
    """Risk and its lower end, a customer each, the riskiest first."""
    listed = pl.DataFrame(
        [{"rank": i + 1, "pseudonym": f"#{i + 1}", "customer_id": f"c{i}", "risk": risk,
          "ci_low": low, "ci_high": min(0.99, 2 * risk - low), "risk_if_good": 0.01,
          "annual_value": 431.0,
          "reasons": []} for i, (risk, low) in enumerate(rows)],
        schema=AT_RISK,
    )  # fmt: skip
    seen = {"n": 900, "n_silent": 100, "n_listed": len(rows), "expected": 5.0,
            "horizon_months": 1, "k_months": 3, "why_not": None}  # fmt: skip
    return AtRisk(listed, pl.DataFrame([seen], schema_overrides={"why_not": pl.String}))


def test_only_those_whom_the_title_counts_are_listed_and_worth_has_one_digit():
    some = at_risk_of((0.4, 0.2), (0.3, 0.1), (0.2, 0.01))
    listed = list_for_page(some, labels={})
    assert listed["pseudonym"].to_list() == ["#1", "#2"]
    assert listed["annual_value"].to_list() == [400.0, 400.0]
    assert title_of_list(some).in_language("en").endswith("leaving: 2")
    assert list_for_page(at_risk_of((0.2, 0.01)), labels={}).is_empty()


@pytest.mark.parametrize(
    ("rows", "said"),
    [([(0.9, 0.5), (0.8, 0.5)], "about 2 of them"), ([(0.3, 0.1)], "fewer than one of them"),
     ([(0.3, 0.01)], "None of 100")],
)  # fmt: skip
def test_how_many_are_expected_to_leave_is_never_about_nought(rows, said):
    (sentence,) = finding_sentences(find_at_risk(at_risk_of(*rows), **DATES), "en")
    assert said in sentence
    assert "about 0" not in sentence


def test_customers_without_invitations_are_not_called_invitations():
    asked = answerers(0.4).with_columns(base=pl.lit("asked"))
    unasked = answerers(0.01).with_columns(base=pl.lit("customers"))
    assert name_counted(asked).in_language("en") == "Invitations"
    assert name_counted(unasked).in_language("en") == "Months of customers"
    said = [say_answerers(unasked, period=PERIOD).in_language("en"),
            title_of_answerers(unasked).in_language("en"),
            *(name["en"] for name in name_answerers(unasked).values())]  # fmt: skip
    assert not any("nvitation" in text or "did not answer" in text for text in said)
    assert "with an answer leave less often" in said[1]


def test_where_nobody_left_every_sentence_says_so():
    leaving = pl.DataFrame({"definition": ["contract"], "is_left": [False]})
    assert "nobody left" in say_definition(leaving).in_language("en")
    nobody = silent_of(n_left=0, share=None, why_not="the data does not say who left")
    assert note_on_bounds(nobody).in_language("en").startswith("Nobody is known to have left")


def test_few_customers_or_no_leavers_are_not_called_usual():
    month = {"period": ["2025-10"], "estimate": [0.0], "n": [17], "limit_low": [None],
             "limit_high": [None], "is_signal": [False]}  # fmt: skip
    few = pl.DataFrame(month | {"n_left": [1], "is_reliable": [False]})
    assert title_of_rate(few).in_language("en") == "Too few to tell: 17 customers in October 2025"
    none = pl.DataFrame(month | {"n_left": [0], "is_reliable": [True]})
    assert title_of_rate(none).in_language("en").startswith("Nobody left")


def test_a_touchpoint_that_no_map_names_is_called_by_its_id_in_words():
    names = name_features(["good_phone_support_3m", "n_bad_3m"], touchpoints={}, attributes={})
    assert names["good_phone_support_3m"]["en"] == "Phone support: good experiences, last 3 months"
    assert names["n_bad_3m"]["en"] == "Bad experiences, last 3 months"


FORWARD = pl.DataFrame({"predicted": [0.04], "observed": [0.05], "ci_low": [0.8], "ci_high": [1.2]})
COIN = pl.DataFrame({"auc": [0.49], "ci_low": [0.44], "ci_high": [0.54]})
GOOD = pl.DataFrame({"auc": [0.7], "ci_low": [0.65], "ci_high": [0.75]})


def test_a_model_no_better_than_a_coin_is_called_so_and_lists_nobody():
    assert title_of_forward(FORWARD, quality=COIN).in_language("en").startswith("No:")
    assert title_of_forward(FORWARD, quality=GOOD).in_language("en").startswith("As foretold")
    lift = pl.DataFrame({"share": [0.1, 1.0], "n": [333, 1620], "captured": [0.2, 1.0]})
    assert list_reach(lift, quality=COIN).is_empty()
    assert list_reach(lift, quality=GOOD).height == 2


def test_a_top_of_equal_risks_is_called_as_large_as_it_is():
    lift = pl.DataFrame({"share": [0.1, 1.0], "n": [333, 1620], "captured": [0.2, 1.0]})
    assert title_of_reach(lift).in_language("en").startswith("The 21% most at risk hold 20%")


def test_a_bin_that_came_otherwise_stands_in_the_title():
    bins = pl.DataFrame(
        {"predicted": [0.02, 0.06], "observed": [0.02, 0.12], "ci_low": [0.01, 0.09],
         "ci_high": [0.04, 0.15]}
    )  # fmt: skip
    title = title_of_forward(FORWARD, quality=GOOD, calibration=bins).in_language("en")
    assert title.startswith("Nearly as foretold")
    assert "1 of 2 groups" in title


def test_why_nothing_is_foretold_tells_no_count_of_few():
    cases = pl.DataFrame({"left": [True] * 6 + [False] * 77, "wait": [float(i) for i in range(83)]})
    why = say_why_not(fit_churn(cases, outcome="left"))
    assert why is not None
    for language in LANGUAGES:
        assert not any(sign.isdigit() for sign in why.in_language(language))


def told_of_leaks(left: list[bool]) -> str:
    """The note on a table whose second column repeats the first."""
    number = pl.Series([i % 7 for i in range(len(left))])
    table = pl.DataFrame({"left": left, "calls": number, "unresolved": number})
    return str(note_on_leaks(fit_churn(table, outcome="left"), features={}))


def test_a_column_that_repeats_another_is_no_leak():
    assert told_of_leaks([i % 5 == 0 for i in range(60)]).startswith("No column looks")


def test_where_nobody_left_no_column_is_accused_or_cleared():
    assert told_of_leaks([False] * 60).startswith("Nobody is seen leaving")


def test_a_feature_is_left_where_a_study_has_no_other():
    alone = pl.DataFrame(
        {"feature": ["tenure_days"], "months": [None], "group": ["tenure"], "is_definition": False},
        schema_overrides={"months": pl.Int64},
    )
    assert choose_linked(alone)["feature"].to_list() == ["tenure_days"]


@pytest.mark.slow
def test_what_was_written_after_the_leaving_is_no_link():
    rng = np.random.default_rng(0)
    left = rng.random(600) < 0.3
    table = pl.DataFrame(
        {"left": left, "status": np.where(left, "closed", "open"), "calls": rng.poisson(2, 600)}
    )
    listed = pl.DataFrame({"feature": ["status", "calls"]})
    with pytest.warns(CxWarning, match="status"):
        model = fit_churn(table, outcome="left", features=listed)
    assert leave_leaks_out(listed, model) == ["calls"]
