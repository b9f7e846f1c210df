"""A promise broken is bad, one kept good; where evidence lacks nothing is held against it."""

import json
from datetime import UTC, datetime

import polars as pl
import pytest

from cxresearch.actions.drawn import find_map
from cxresearch.actions.findings import finding_sentences
from cxresearch.actions.promise import find_pledges, find_promises, find_verdicts
from cxresearch.actions.promise_sentences import FIGURES
from cxresearch.actions.promise_titles import (
    title_of_fit,
    title_of_gaps,
    title_of_pledges,
    title_of_views,
)
from cxresearch.language import LANGUAGES, translate
from cxresearch.study.parts import STATISTICS
from cxresearch.transforms.drawn import DrawnAgainstLived, compare_drawn
from cxresearch.transforms.gaps import rank_gaps
from cxresearch.transforms.promise import measure_pledges, measure_promises
from cxresearch.transforms.views import measure_views
from tests.asked import HOSTILE, answers
from tests.promised import (
    UNTIL,
    YEAR,
    contacts,
    place,
    pledge,
    rated,
    satisfied,
    study_of,
    tables_of,
    waits,
)
from tests.test_drawn import MAP, lived

DATES = {"period": YEAR, "data_until": UNTIL}
PLACES = [
    place("desk", promise=satisfied(0.78), owner="stations"),
    place("gate", promise=satisfied(0.7)),
    place("shop", promise=satisfied(0.5)),
]
PARTS = [rated(47, 53), rated(14, 7, "gate"), rated(90, 10, "shop")]


def gaps_of(*parts, places=PLACES, log=None):
    study = study_of(*places)
    promises = measure_promises(tables_of(study, *parts, contacts=log), period=YEAR)
    return rank_gaps(promises, None, None), study.labels("touchpoint")


def found(*parts, **more):
    gaps, labels = gaps_of(*parts, **more)
    return find_promises(gaps, labels=labels, **DATES)


def pledged(*pledges, parts=(), log=None):
    study = study_of(place("desk"), pledges=list(pledges))
    table = measure_pledges(tables_of(study, *parts, contacts=log), period=YEAR)
    return find_pledges(table, texts=study.labels("pledge"), **DATES), table


def test_each_promise_has_its_sentence_its_polarity_and_its_gap():
    findings = found(*PARTS)
    assert findings["touchpoint"].to_list() == ["desk", "gate", "shop"]
    assert findings["polarity"].to_list() == ["bad", "neutral", "good"]
    assert set(findings["kind"]) == {"gap"}
    desk = findings.row(0, named=True)
    assert desk["estimate"] == pytest.approx(-0.31)
    assert desk["ci_low"] < -0.31 < desk["ci_high"] < 0
    assert (desk["target"], desk["n"], desk["is_headline"]) == (0.78, 100, True)
    assert findings["is_headline"].to_list() == [True, False, False]
    assert finding_sentences(findings, "en") == [
        "Desk: 47% satisfied (38% to 57%, 100 answers), 31 percentage points less than promised.",
        "Gate: 67% satisfied (45% to 83%, 21 answers), promised at least 70%: "
        "not enough evidence either way.",
        "Shop: 90% satisfied (83% to 94%, 100 answers), promised at least 50%: kept.",
    ]


def test_in_italian_every_word_is_italian():
    sentences = finding_sentences(found(*PARTS), "it")
    assert sentences[0] == (
        "Desk: 47% soddisfatti (da 38% a 57%, risposte: 100), "
        "31 punti percentuali in meno di quanto promesso."
    )
    assert sentences[2].endswith("promesso almeno 50%: mantenuta.")


def test_a_broken_promise_that_ranks_first_stands_first():
    findings = found(rated(10, 90), rated(30, 70, "gate"), rated(90, 10, "shop"))
    assert findings.sort("rank")["touchpoint"].to_list() == ["desk", "gate", "shop"]
    assert findings["rank"].is_sorted()


def test_a_hidden_promise_is_no_finding():
    assert found(rated(3, 3), places=[PLACES[0]]).is_empty()
    assert found(places=PLACES).is_empty()


def test_a_wait_too_long_is_told_in_minutes():
    log = contacts(wait_minutes=[24.0] * 30 + [20.0, 30.0] * 10)
    sentences = finding_sentences(
        found(places=[place("desk", promise=waits(at_most=10))], log=log), "en"
    )
    assert sentences == [
        "Desk: a usual wait of 24 minutes (24 to 24, 50 contacts), 14 minutes more than promised."
    ]


def test_a_gap_below_one_is_written_with_a_decimal():
    log = contacts(wait_minutes=[10.4] * 60)
    sentences = finding_sentences(
        found(places=[place("desk", promise=waits(at_most=10))], log=log), "en"
    )
    assert "wait of 10.4 minutes" in sentences[0]
    assert "0.4 minutes more than promised" in sentences[0]


def test_an_unknown_bound_is_said_as_such():
    log = contacts(wait_minutes=[float(i) for i in range(20)])
    sentence = finding_sentences(
        found(places=[place("desk", promise=waits("p90", at_most=10))], log=log), "en"
    )[0]
    assert " or more, 20 contacts)" in sentence
    assert "–" not in sentence


@pytest.mark.parametrize(("measure", "statistic"), FIGURES)
def test_every_statistic_of_every_measure_is_said_in_both_languages(measure, statistic):
    text = FIGURES[measure, statistic]
    assert translate(text, "it") != text
    assert set(FIGURES) == {(m, s) for m, known in STATISTICS.items() for s in known}


def test_a_pledge_is_quoted_in_its_own_words():
    findings, _ = pledged(pledge("care", **satisfied(0.78)), parts=[rated(47, 53, None)])
    row = findings.row(0, named=True)
    assert (row["topic"], row["measure"], row["polarity"]) == ("pledges", "pledge_care", "bad")
    assert finding_sentences(findings, "en") == [
        "“We care.” Broken: 47% satisfied (38% to 57%, 100 answers), "
        "31 percentage points less than promised."
    ]
    assert finding_sentences(findings, "it")[0].startswith("«Noi care.» Non mantenuto: 47%")
    values = json.loads(row["values"])
    assert values["quote"] == {"en": "We care.", "it": "Noi care."}
    assert "47%" in values["evidence_words"]["it"]


def test_a_pledge_nobody_can_judge_is_listed_without_a_figure():
    findings, table = pledged(
        pledge("care", **satisfied(0.78)), pledge("hurry", **waits(at_most=5)),
        parts=[rated(4, 4, None)],
    )  # fmt: skip
    assert table["is_suppressed"].to_list() == [True, False]
    assert findings["measure"].to_list() == ["pledge_care", "pledge_hurry"]
    assert set(findings["polarity"]) == {"neutral"}
    assert findings["n"].to_list() == [0, 0]
    for sentence in finding_sentences(findings, "en"):
        assert not any(character.isdigit() for character in sentence)


def test_text_of_the_study_is_quoted_and_never_filled_in():
    study = study_of(pledges=[{**pledge("care", **satisfied(0.7)), "text": HOSTILE}])
    table = measure_pledges(tables_of(study, rated(47, 53, None)), period=YEAR)
    findings = find_pledges(table, texts=study.labels("pledge"), **DATES)
    assert HOSTILE in finding_sentences(findings, "en")[0]


def test_the_headline_counts_pledges_before_promises():
    study = study_of(
        *PLACES, pledges=[pledge("care", **satisfied(0.2)), pledge("hurry", **waits(at_most=1))]
    )
    tables = tables_of(study, *PARTS, rated(47, 53, None))
    gaps = measure_promises(tables, period=YEAR)
    pledges = measure_pledges(tables, period=YEAR)
    findings = find_verdicts(gaps, pledges, **DATES)
    assert findings.select("measure", "estimate", "n", "polarity", "is_headline").rows() == [
        ("pledges_broken", 0.0, 2, "neutral", True),
        ("promises_broken", 1.0, 3, "bad", False),
    ]
    assert finding_sentences(findings, "en")[0] == (
        "Pledges kept: 1 of 2; broken: 0; without enough evidence: 1."
    )
    only = find_verdicts(gaps, pledges.clear(), **DATES)
    assert only["is_headline"].to_list() == [True]
    assert find_verdicts(gaps.clear(), pledges.clear(), **DATES).is_empty()


def test_the_map_is_told_what_it_lacks():
    study = study_of(*MAP, place("booth", reviewed_on="2025-12-01"))
    log = lived(["shop", "gate", "train"], ["train", "shop"])
    result = compare_drawn(tables_of(study, contacts=log), period=YEAR)
    findings = find_map(result, labels=study.labels("touchpoint"), **DATES)
    assert findings.select("measure", "touchpoint").rows() == [
        ("undrawn", "gate"),
        ("never_met", "help"),
        ("never_met", "booth"),
        ("fits_map", None),
        ("unreviewed", None),
    ]
    assert set(findings["polarity"]) == {"neutral"}
    assert finding_sentences(findings, "en") == [
        "gate: met by 12 customers, and not on the map (12 contacts, the first on 2 March 2025).",
        "Help: on the map, and nobody is known to have met it.",
        "Booth: on the map, and nobody is known to have met it.",
        "0% of journeys follow the map: nothing off it and no step back (0% to 24%, 24 journeys).",
        "Touchpoints whose entry nobody has reviewed lately: 3 (Shop, Train and Help).",
    ]


def test_a_map_without_fault_says_only_how_many_follow_it():
    places = [{**each, "reviewed_on": "2025-12-01"} for each in MAP]
    study = study_of(*places)
    tables = tables_of(study, contacts=lived(["shop", "train", "help"]))
    findings = find_map(compare_drawn(tables, period=YEAR), labels={}, **DATES)
    assert findings["measure"].to_list() == ["fits_map"]


def test_an_undrawn_touchpoint_of_few_customers_is_no_finding():
    study = study_of(*MAP)
    result = compare_drawn(
        tables_of(study, contacts=lived(["shop", "gate"], repeat=9)), period=YEAR
    )
    assert isinstance(result, DrawnAgainstLived)
    findings = find_map(result, labels=study.labels("touchpoint"), **DATES)
    assert "undrawn" not in findings["measure"].to_list()


def english(title):
    assert title.in_language("it") != title.in_language("en") or ":" in title.in_language("en")
    return title.in_language("en")


def test_the_title_names_the_broken_promise_that_matters_most():
    gaps, labels = gaps_of(*PARTS)
    assert english(title_of_gaps(gaps, labels=labels)) == (
        "Desk: 47% satisfied, 31 percentage points less than promised"
    )


def test_the_title_names_what_is_tied():
    gaps, labels = gaps_of(rated(40, 60), rated(35, 65, "gate"), rated(90, 10, "shop"))
    assert english(title_of_gaps(gaps, labels=labels)) == (
        "Broken, and too close to tell apart: Desk and Gate"
    )


def test_a_title_names_no_more_than_three():
    places = [place(name, promise=satisfied(0.78)) for name in "abcd"]
    gaps, labels = gaps_of(*(rated(40, 60, name) for name in "abcd"), places=places)
    assert "too close to say which comes first" in english(title_of_gaps(gaps, labels=labels))


def test_where_nothing_is_broken_the_title_says_so():
    gaps, labels = gaps_of(*(rated(80, 15, name) for name in ("desk", "gate", "shop")))
    assert english(title_of_gaps(gaps, labels=labels)) == "No promise is broken beyond chance"
    nobody, labels = gaps_of()
    assert english(title_of_gaps(nobody, labels=labels)) == "Too few answers to show"


def test_the_title_of_pledges_counts_them():
    _, table = pledged(pledge("care", **satisfied(0.78)), parts=[rated(47, 53, None)])
    assert english(title_of_pledges(table)) == "Pledges kept: 0 of 1; broken: 1"
    assert english(title_of_pledges(table.clear())) == "No pledge is written in experience.yml"


def views_of(*parts):
    return measure_views(tables_of(study_of(place("desk")), *parts), period=YEAR)


def test_the_title_of_views_names_where_less_is_felt_than_expected():
    expected = answers([5] * 85 + [1] * 15, metric="expectation", touchpoint="desk")
    labels = {"desk": dict.fromkeys(LANGUAGES, "Desk")}
    assert english(title_of_views(views_of(rated(47, 53), expected), labels=labels)) == (
        "Desk: 85% expect to be satisfied, 47% are"
    )
    assert "Nowhere is less felt" in english(
        title_of_views(views_of(rated(83, 17), expected), labels={})
    )
    assert "touchpoint by touchpoint" in english(title_of_views(views_of(rated(5, 8)), labels={}))


def test_the_title_of_fit_tells_journeys_and_customers():
    tables = tables_of(study_of(*MAP), contacts=lived(["shop", "train"], ["train", "shop"]))
    result = compare_drawn(tables, period=YEAR)
    assert english(title_of_fit(result.fit)) == (
        "50% of journeys follow the map, and every journey of 0% of customers"
    )
    assert english(title_of_fit(result.fit.clear())) == "Too few customers to show"


def test_the_same_promise_has_the_same_id_next_year():
    gaps, labels = gaps_of(*PARTS)
    later = {"period": YEAR.year_before(), "data_until": datetime(2025, 1, 1, tzinfo=UTC)}
    ids = [find_promises(gaps, labels=labels, **dates)["finding_id"] for dates in (DATES, later)]
    assert ids[0].equals(ids[1])
    assert isinstance(gaps, pl.DataFrame)
