"""Findings on drivers: only what is beyond chance, tiers instead of ranks, never a sum."""

from types import SimpleNamespace

import polars as pl
import pytest

from cxresearch.actions.driver_sentences import say_strength, warn_of_unseen
from cxresearch.actions.drivers import (
    find_effects,
    find_gains,
    name_drivers,
    order_outcomes,
    title_of_effects,
    title_of_gains,
    title_of_together,
)
from cxresearch.actions.findings import finding_sentences
from cxresearch.actions.what_if_sentences import list_measures, say_gains
from tests.asked import DATES
from tests.driven import EFFECTS, LABELS, SCORES, TOGETHER, driver, table
from tests.gained import LABELS as PLACES
from tests.gained import gain, gains
from tests.gained import table as gained


def effects_of(rows):
    return find_effects(rows, labels=LABELS, **DATES)


def gains_of(rows):
    return find_gains(rows, labels=PLACES, **DATES)


def test_what_is_ours_and_beyond_chance_becomes_a_finding_and_nothing_else():
    found = effects_of(EFFECTS)
    assert found["touchpoint"].to_list() == ["desk", "refund"]
    assert set(found["evidence"]) == {"adjusted"}
    assert set(found["polarity"]) == {"bad"}
    assert not found["is_headline"].any()
    assert finding_sentences(found, "en")[0] == (
        "Change desk: a bad experience in the last three months is linked to a chance to leave in "
        "the next month that is 13.0 percentage points higher (+11.0 to +15.0, 700 customers)."
    )


def test_a_score_that_falls_is_bad_and_one_that_rises_is_no_merit():
    found = effects_of(SCORES)
    assert set(found["polarity"]) == {"bad"}
    assert "9.0 points lower (−11.0 to −7.0" in finding_sentences(found, "en")[0]
    better = effects_of(table(driver("app", 4.0, outcome="nps", half=1.0)))
    assert better["polarity"].to_list() == ["neutral"]
    assert "4.0 points higher" in finding_sentences(better, "en")[0]


@pytest.mark.parametrize(
    ("outcome", "direction", "in_italian"),
    [("leaving", "lower", "più bassa"), ("nps", "higher", "più alto"),
     ("csat", "more satisfied", "in più"), ("ces", "more who find it easy", "in più")],
)  # fmt: skip
def test_a_bad_experience_that_goes_with_the_better_is_told_as_such(outcome, direction, in_italian):
    estimate = -0.05 if outcome == "leaving" else 0.05
    found = effects_of(table(driver("app", estimate, outcome=outcome)))
    assert found["polarity"].to_list() == ["neutral"]
    told = finding_sentences(found, "en")[0]
    assert "a bad experience" in told
    assert direction in told
    assert "un'esperienza negativa" in finding_sentences(found, "it")[0]
    assert in_italian in finding_sentences(found, "it")[0]


def test_nothing_beyond_chance_is_no_finding():
    assert effects_of(table(driver("app", 0.001))).is_empty()
    assert gains_of(gained(gain("desk", estimate=10.0, spread=2.0))).is_empty()


def test_the_most_to_be_gained_leads_then_all_together_then_the_others():
    found = gains_of(gains()).sort("rank")
    assert found["rank"].to_list() == [100, 101, 341]
    assert found["is_headline"].to_list() == [True, True, False]
    first, joint, other = finding_sentences(found, "en")
    assert first == (
        "Desk: going well instead of badly is linked to 800 fewer leavers a year (600 to 1,000), "
        "the most of all."
    )
    assert joint.startswith("All touchpoints together are linked to 900 fewer leavers a year")
    assert "not added up" in joint
    assert other.startswith("App: going well")
    assert found["value"].to_list() == [80_000.0, 90_000.0, 20_000.0]
    assert set(found["currency"]) == {"EUR"}


def test_those_that_cannot_be_told_apart_are_named_together():
    near = gained(gain("desk", estimate=800.0), gain("app", estimate=700.0))
    (first, _) = finding_sentences(gains_of(near).sort("rank"), "en")
    assert first.startswith("Desk: going well instead of badly is linked to 800 fewer leavers")
    assert first.endswith("App cannot be told apart from it.")
    title = title_of_gains(near, measure="leavers", labels=PLACES).in_language("en")
    assert title == "Most is to be gained at Desk and App: they cannot be told apart"


def test_a_study_with_scores_alone_tells_of_points():
    score = gained(gain("desk", "nps", estimate=3.0), gain(None, "nps", estimate=4.0))
    found = gains_of(score).sort("rank")
    assert found["unit"].to_list() == ["points"] * 2
    assert found["value"].null_count() == 2
    assert "+3.0 points of Net Promoter Score" in finding_sentences(found, "en")[0]


def test_what_leads_is_what_is_beyond_chance_whatever_else_is_known_of_it():
    open_leavers = gain("desk", estimate=6.0, spread=2.0)
    rows = gained(open_leavers, gain("desk", "nps", estimate=3.0), gain("app", "nps", estimate=1.0))
    found = gains_of(rows).sort("rank")
    assert finding_sentences(found, "en")[0].startswith(
        "Desk: going well instead of badly is linked to +3.0 points of Net Promoter Score"
    )
    assert found["estimate"].to_list() == [3.0, 1.0]
    assert found["value"].null_count() == 2
    title = title_of_gains(rows, measure="nps", labels=PLACES).in_language("en")
    assert title == "Most is to be gained at Desk: +3.0 points"


def test_a_gain_turned_round_is_said_as_a_loss():
    (leavers,) = say_gains(list_measures(gained(gain("desk", estimate=-50.0))).rows(named=True)[:1])
    assert leavers.in_language("en") == "50 more leavers a year (38 to 62)"


def test_what_no_map_shows_says_so():
    drawn = SimpleNamespace(
        experience=SimpleNamespace(touchpoints=[SimpleNamespace(id="desk")]),
        labels=lambda kind: {},
    )
    drivers = pl.DataFrame({
        "driver": ["desk", "gate", "age"], "touchpoint": ["desk", "gate", None],
        "label": [{"en": name, "it": name} for name in ("Desk", "gate", "Age")],
    })  # fmt: skip
    named = name_drivers(drivers, study=drawn)
    assert [named[name]["en"] for name in named] == ["Desk", "gate (on no map)", "Age"]
    drawn.experience.touchpoints.clear()
    assert name_drivers(drivers, study=drawn)["gate"]["en"] == "gate"


def test_titles_say_what_is_found_or_that_nothing_is():
    title = title_of_effects(EFFECTS, outcome="leaving", labels=LABELS).in_language("en")
    assert title == "Linked to leaving beyond chance: Change desk and Refund"
    nothing = title_of_effects(EFFECTS, outcome="nps", labels=LABELS).in_language("en")
    assert nothing == "No touchpoint is linked to the Net Promoter Score beyond chance"
    many = table(*(driver(f"p{n}", 0.2 - n / 100) for n in range(5)))
    title = title_of_effects(many, outcome="leaving", labels=LABELS).in_language("en")
    assert title == "p0 and 4 more are linked to leaving beyond chance"
    alone = gains(with_score=False).filter(pl.col("touchpoint") == "desk")
    title = title_of_gains(alone, measure="leavers", labels=PLACES).in_language("en")
    assert title == "Where all goes well at Desk, 800 fewer leave a year"


def test_the_title_of_what_moves_together_ranks_nothing():
    assert title_of_together(TOGETHER).in_language("en") == (
        "What happens at the touchpoints goes with 1.6% of who leaves and 8.0% of the differences "
        "in Net Promoter Score"
    )
    assert "Too little" in title_of_together(TOGETHER.clear()).in_language("en")


def test_no_sentence_on_an_adjusted_effect_says_that_it_causes():
    told = [
        *finding_sentences(effects_of(EFFECTS), "en"),
        *finding_sentences(gains_of(gains()), "en"),
    ]
    assert not any(word in text for text in told for word in ("cause", "because", "would keep"))
    assert sum("linked to" in text for text in told) >= 3


def test_rows_in_another_order_make_the_same_findings():
    assert effects_of(EFFECTS.reverse()).equals(effects_of(EFFECTS))
    assert gains_of(gains().reverse()).sort("rank").equals(gains_of(gains()).sort("rank"))


def test_who_doubts_is_told_how_strong_the_unseen_would_have_to_be():
    row = driver("desk", 0.1) | {"e_value": 3.41, "e_value_low": 2.2}
    text = warn_of_unseen(row, driver=LABELS["desk"]).in_language("en")
    assert "3.4 times as likely" in text
    assert "2.2 times would be enough" in text
    assert "mood" in text
    unclear = driver("app", 0.0)
    assert say_strength(unclear).in_language("en") == "nothing: no link beyond chance"


@pytest.mark.parametrize("given", [["nps", "leaving"], ["leaving", "nps", "nps"]])
def test_outcomes_come_in_the_order_of_telling(given):
    assert order_outcomes(pl.DataFrame({"outcome": given})) == ["leaving", "nps"]
