"""Every question stands in one table, each figure in its own unit and as it is in the file."""

import json

import polars as pl
import pytest

from cxresearch.charts.answer import Note
from cxresearch.charts.questions import (
    VOICE_LABELS,
    note_of_period,
    subtitle_of,
    table_of_questions,
)
from cxresearch.contract import VOICES
from cxresearch.language import LANGUAGES, message
from cxresearch.period import parse_period
from cxresearch.transforms.question_scores import compare_questions, measure_questions
from cxresearch.transforms.questions import Question
from tests.asked import OCTOBER, answers, bundle_text

SUBTITLE = message("October")
MIXED = [10] * 30 + [0] * 10
GRADES = [5] * 30 + [1] * 10
BEFORE = [10] * 10 + [0] * 30


def table(*answered, language="en"):
    rows = pl.concat(answered)
    scores = measure_questions(rows, period=OCTOBER)
    changes = compare_questions(rows, period=OCTOBER, against=OCTOBER.previous())
    return table_of_questions(scores, changes, subtitle=SUBTITLE, language=language)


def rows_of(shown, language="en"):
    content = shown.content(language)["table"]
    heads = [column["name"] for column in content["columns"]]
    return [dict(zip(heads, row, strict=True)) for row in content["rows"]]


def csv_of(shown):
    heads, *rows = shown.content("en")["table"]["csv"]
    return [dict(zip(heads, row, strict=True)) for row in rows]


def test_points_and_shares_stand_in_one_column_each_in_its_unit():
    # 30 of 40: NPS 50 points, 75 % satisfied
    nps, csat = rows_of(table(answers(MIXED), answers(GRADES, metric="csat")))
    assert (nps["question"], nps["estimate"]) == ("Net Promoter Score", "50")
    assert (csat["question"], csat["estimate"]) == ("Satisfied overall", "75%")
    assert " to " in nps["interval"]
    assert "%" not in nps["interval"]
    assert "%" in csat["interval"]
    assert (nps["n"], nps["n_respondents"], nps["n_blank"]) == ("40", "40", "0")


def test_the_file_keeps_the_figures_with_their_unit():
    nps, csat = csv_of(table(answers(MIXED), answers(GRADES, metric="csat")))
    assert (nps["estimate"], csat["estimate"]) == ("50 points", "0.75 share")
    low, high, unit = csat["interval"].split()
    assert float(low) < 0.75 < float(high)
    assert unit == "share"


def test_two_questions_with_the_same_number_keep_their_own_units():
    one = measure_questions(
        pl.concat([answers(MIXED), answers(GRADES, metric="csat")]), period=OCTOBER
    ).with_columns(estimate=pl.lit(0.5), ci_low=pl.lit(0.4), ci_high=pl.lit(0.6))
    shown = rows_of(table_of_questions(one, pl.DataFrame(), subtitle=SUBTITLE))
    assert [row["estimate"] for row in shown] == ["0", "50%"]


def test_a_change_stands_beside_with_its_interval():
    (row,) = rows_of(table(answers(MIXED), answers(BEFORE, month=9)))
    assert row["change"].startswith("+100 (+")
    csat = rows_of(
        table(answers(GRADES, metric="csat"), answers(GRADES[::-1], metric="csat", month=9))
    )
    assert csat[0]["change"].startswith("0 (−")


def test_without_a_period_before_there_is_no_change():
    (row,) = rows_of(table(answers(MIXED)))
    assert row["change"] == "–"
    assert csv_of(table(answers(MIXED)))[0]["change"] == ""


@pytest.mark.parametrize("scores", [[10] * 5 + [0] * 2, [10] * 70])
def test_a_hidden_question_is_a_word_and_its_numbers_are_nowhere(scores):
    # seven people; seventy who all said the same
    shown = table(answers(scores), answers(GRADES, metric="csat"))
    hidden = rows_of(shown)[0]
    assert hidden["estimate"] == "hidden"
    assert [hidden[name] for name in ("interval", "n", "n_respondents", "change")] == ["–"] * 4
    assert f'"{len(scores)}"' not in bundle_text(shown)
    for number in ("42.8", "100.0", '"100'):
        assert number not in json.dumps(shown.content("en"))


def test_all_questions_hidden_is_a_table_of_words():
    shown = rows_of(table(answers([10] * 4)))
    assert [row["estimate"] for row in shown] == ["hidden"]


def test_without_answers_a_note_says_so():
    assert isinstance(table(answers([])), Note)


@pytest.mark.parametrize("voice", ["employee", "walkthrough"])
@pytest.mark.parametrize("metric", ["nps", "csat", "ces", "stars"])
def test_any_single_question_is_shown_by_name(voice, metric):
    top = {"nps": 10, "ces": 7}.get(metric, 5)
    shown = table(answers([top] * 30 + [1] * 10, metric=metric, voice=voice, touchpoint="desk"))
    (row,) = rows_of(shown)
    assert "_" not in row["question"]
    assert row["estimate"] not in ("–", "hidden")
    assert rows_of(shown, "it")[0]["question"]


def test_each_voice_has_a_name():
    assert set(VOICE_LABELS) == set(VOICES)


def test_weights_and_what_they_cost_are_shown_only_where_there_are_some():
    plain = rows_of(table(answers(MIXED)))[0]
    assert "design_effect" not in plain
    weighted = answers(MIXED).with_columns(
        weight=pl.when(pl.col("score") > 5).then(1.0).otherwise(3.0)
    )
    row = rows_of(table(weighted))[0]
    assert (row["estimate"], row["estimate_unweighted"]) == ("0.0", "50.0")
    assert float(row["design_effect"]) > 1


def test_the_table_is_written_in_both_languages():
    shown = table(answers(MIXED), answers(GRADES, metric="csat"))
    assert rows_of(shown, "it")[1]["estimate"] == "75%"
    assert {shown.content(language)["title"] for language in LANGUAGES}


def test_a_subtitle_names_measure_scale_and_period():
    told = subtitle_of(Question("customer", "nps", "whole"), OCTOBER).in_language("en")
    assert told.startswith("Net Promoter Score: share of 9-10 less share of 0-6")
    assert told.endswith("95% intervals, October 2025")
    ease = subtitle_of(Question("customer", "ces", "touchpoint"), OCTOBER).in_language("en")
    assert "above the middle" in ease
    assert "Find a contact easy" in ease


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_subtitle_of_an_unusual_question_has_no_id_in_it(language):
    told = subtitle_of(Question("employee", "csat", "whole"), OCTOBER).in_language(language)
    assert "csat" not in told


def test_a_subtitle_of_all_questions_names_both_periods():
    told = subtitle_of(None, OCTOBER).in_language("en")
    assert told == "October 2025, change compared with September 2025"


def test_a_longer_period_than_asked_for_is_said_and_the_same_is_not():
    note = note_of_period(OCTOBER, parse_period("2025-08-01/2025-11-01"))
    assert note.tone == "doubt"
    assert note.text.in_language("en").startswith("October 2025 has too few answers")
    assert "August 2025 – October 2025" in note.text.in_language("en")
    assert note_of_period(OCTOBER, OCTOBER) is None
