"""The answer of a page is made of its findings, the first by rank first."""

import polars as pl
import pytest

from cxresearch.actions.findings import make_findings, no_findings
from cxresearch.actions.scores import find_changes, find_levels
from cxresearch.charts.headline import KEY_FIGURES, SENTENCES, answer_from, key_figures
from cxresearch.language import LANGUAGES, message
from cxresearch.transforms.question_scores import (
    compare_questions,
    measure_questions,
    track_questions,
)
from tests.asked import DATES, HOSTILE, OCTOBER, answers

QUESTION = message("How do they rate us?")
NOBODY = message("Nobody answered.")


def found(measure="nps", estimate=31.0, **given):
    row = {"estimate": estimate, "n": 400}
    row |= (
        {"ci_low": estimate - 3, "ci_high": estimate + 3} if given.pop("has_interval", True) else {}
    )
    about = {"kind": "level", "unit": "points", "is_headline": True, "rank": 0, "topic": "metrics"}
    subject = {name: given.pop(name) for name in ("touchpoint", "segment") if name in given}
    sentence = given.pop("message", message("{measure} is {estimate:points}.", measure=measure))
    return make_findings(
        pl.DataFrame([row | subject]),
        **(about | given),
        measure=measure,
        notebook="10_metrics",
        message=sentence,
        **DATES,
    )


def changed(estimate=6.0, *, polarity="good", measure="nps", unit="points", **given):
    told = message("It rose compared with {before:than_period}.", before=OCTOBER.previous())
    about = {"kind": "change", "unit": unit, "polarity": polarity, "rank": 2, "message": told}
    return found(measure, estimate, **(about | given))


def answered(*findings):
    return answer_from(QUESTION, pl.concat(findings), otherwise=NOBODY).content("en")


def test_the_sentences_are_those_of_the_headline_findings_by_rank():
    content = answered(
        found("csat", rank=10), found("nps", rank=0), found("ces", rank=5, is_headline=False)
    )
    assert content["question"] == "How do they rate us?"
    assert content["sentences"] == ["nps is 31.", "csat is 31."]


def test_findings_of_one_rank_keep_their_order():
    assert answered(found("b"), found("a"))["sentences"] == ["b is 31.", "a is 31."]


def test_no_more_than_three_sentences_and_four_figures_stand_on_the_first_screen():
    content = answered(*(found(f"m{i}", rank=i) for i in range(9)))
    assert len(content["sentences"]) == SENTENCES
    assert len(content["figures"]) == KEY_FIGURES
    assert content["sentences"][0] == "m0 is 31."


def test_without_a_headline_it_says_what_it_was_told_to_say():
    for findings in (no_findings(), found(is_headline=False)):
        content = answered(findings)
        assert content["sentences"] == ["Nobody answered."]
        assert content["figures"] == []


def test_a_figure_has_its_interval_its_n_and_a_name():
    (figure,) = answered(found())["figures"]
    assert figure["label"] == "Net Promoter Score"
    assert (figure["value"], figure["interval"], figure["n"]) == ("31", "28 to 34", "n 400")
    assert (figure["change"], figure["polarity"]) == ("", "neutral")


def test_a_measure_nobody_named_is_called_by_its_words():
    assert answered(found("joy_at_work"))["figures"][0]["label"] == "joy at work"


@pytest.mark.parametrize(
    ("estimate", "polarity", "told"),
    [
        (6.0, "good", "+6 compared with September 2025 (+3 to +9)"),
        (-6.0, "bad", "−6 compared with September 2025 (−9 to −3)"),
        (1.0, "neutral", "no change beyond chance compared with September 2025 (−2 to +4)"),
    ],
)
def test_a_figure_takes_its_change_and_polarity_from_its_own_finding(estimate, polarity, told):
    (figure,) = answered(found(), changed(estimate, polarity=polarity))["figures"]
    assert (figure["change"], figure["polarity"]) == (told, polarity)


def test_the_change_of_a_share_is_told_in_points_of_percentage():
    row = pl.col("estimate") / 100
    level = found("csat", 31.0, unit="share").with_columns(row, pl.col("ci_low", "ci_high") / 100)
    change = changed(6.0, measure="csat", unit="share").with_columns(
        row, pl.col("ci_low", "ci_high") / 100
    )
    (figure,) = answered(level, change)["figures"]
    assert (figure["value"], figure["interval"]) == ("31%", "28% to 34%")
    assert figure["change"] == "+6 percentage points compared with September 2025 (+3 to +9)"


def test_another_measures_change_is_not_taken():
    others = [changed(measure="csat"), changed(touchpoint="desk"), changed(topic="journey")]
    assert answered(found(), *others)["figures"][0]["change"] == ""


def test_a_real_change_on_the_year_comes_before_none_on_the_month():
    month = changed(1.0, polarity="neutral")
    year = changed(8.0, measure="nps_on_year")
    told = answered(found(), month, year)["figures"][0]["change"]
    assert told.startswith("+8 ")


def test_an_interval_without_zero_is_never_called_no_change():
    perhaps = changed(5.0, polarity="neutral")
    told = answered(found(), perhaps)["figures"][0]["change"]
    assert told.endswith("(+2 to +8), perhaps by chance")


def test_a_subject_is_named_beside_the_measure_in_each_language():
    labels = {"touchpoint": {"desk": {"en": "Ticket desk", "it": "Biglietteria"}}}
    told = message("{touchpoint}: {estimate:points}")
    findings = found(touchpoint="desk", message=told, labels=labels)
    figures = [
        answer_from(QUESTION, findings, otherwise=NOBODY).content(language)["figures"][0]["label"]
        for language in LANGUAGES
    ]
    assert figures[0] == "Net Promoter Score: Ticket desk"
    assert figures[1].endswith("Biglietteria")


def test_a_hostile_subject_stays_text():
    shown = answer_from(QUESTION, found(touchpoint=HOSTILE), otherwise=NOBODY)
    assert shown.content("en")["figures"][0]["label"] == f"Net Promoter Score: {HOSTILE}"
    assert HOSTILE not in shown._repr_mimebundle_()["text/html"]


def test_a_count_stands_without_an_interval():
    counted = found("quarantined", 5.0, kind="count", unit="count", has_interval=False)
    (figure,) = answered(counted)["figures"]
    assert (figure["label"], figure["value"], figure["interval"]) == ("Rows set aside", "5", "")


@pytest.mark.parametrize("kind", ["change", "gap", "effect", "gain"])
def test_only_levels_and_counts_become_figures(kind):
    assert key_figures(found(kind=kind)) == []


def test_the_line_of_a_figure_ends_with_the_figure_itself():
    table = pl.concat([answers([10] * 30 + [0] * 10), answers([10] * 20 + [0] * 20, month=9)])
    changes = compare_questions(table, period=OCTOBER, against=OCTOBER.previous())
    levels = find_levels(
        measure_questions(table, period=OCTOBER),
        series=track_questions(table, period=OCTOBER),
        **DATES,
    )
    (figure,) = answered(levels, find_changes(changes, **DATES))["figures"]
    assert figure["spark"] == [0.0, 50.0]
    assert figure["value"] == "50"
    assert figure["change"].startswith("+50 compared with September 2025")
    assert figure["polarity"] == "good"


def test_a_hidden_question_has_neither_sentence_nor_figure():
    levels = find_levels(measure_questions(answers([10] * 5), period=OCTOBER), **DATES)
    assert answered(levels)["figures"] == []
    assert answered(levels)["sentences"] == ["Nobody answered."]
