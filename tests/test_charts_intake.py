"""What came in is drawn from zero and tabled without a value of a single row."""

import json

import polars as pl

from cxresearch.charts.answer import Note
from cxresearch.charts.intake import (
    TABLE_LABELS,
    plot_rows,
    table_of_columns,
    table_of_conservation,
    table_of_doubts,
    table_of_quarantine,
)
from cxresearch.contract import SCHEMAS, describe_rule
from cxresearch.intake import check_study
from cxresearch.intake.check import CONSERVATION
from cxresearch.intake.verdict import COVERAGE, SUMMARY
from cxresearch.language import LANGUAGES, message
from tests.asked import HOSTILE, assert_draws_everywhere, bundle_text, drawn, marks
from tests.small_studies import HEADER, answers, write_study

TEXTS = {"title": message("Finding"), "subtitle": message("What is drawn")}
ROWS = pl.DataFrame(
    {
        "table": ["interactions", "interactions", "responses", "responses"],
        "month": ["2025-09", "2025-10"] * 2,
        "n": [1200, 1500, 0, 30],
    }
)


def shown(table, language="en"):
    return table.content(language)


def test_rows_are_bars_by_month_one_panel_a_table():
    figure = plot_rows(ROWS, **TEXTS)
    assert_draws_everywhere(figure)
    texts = drawn(figure)
    assert {"Interactions", "Answers"} <= set(texts)
    assert len(marks(figure, "bar")) == 4
    assert figure.is_headline


def test_each_panel_has_its_own_scale_and_bars_stand_on_zero():
    spec = plot_rows(ROWS, **TEXTS).spec("en")
    assert spec["resolve"]["scale"]["y"] == "independent"
    assert spec["encoding"]["y"].get("scale", {}).get("zero") is not False


def test_a_bar_stands_at_its_own_month():
    labels = " ".join(marks(plot_rows(ROWS, **TEXTS), "bar"))
    assert "Sep 2025" in labels
    assert "Oct 2025" in labels
    assert "Aug 2025" not in labels


def test_the_table_beside_and_the_text_count_the_same_rows():
    figure = plot_rows(ROWS, **TEXTS)
    content = shown(figure)
    assert content["table"]["rows"][0] == ["Interactions", "Sept 2025", "1,200"]
    assert "2,730 rows in all" in content["alt"]
    assert shown(figure, "it")["table"]["rows"][0][2] == "1.200"


def test_a_chart_for_a_telephone_is_narrower():
    wide, narrow = (plot_rows(ROWS, **TEXTS).spec("en", width=width) for width in (720, 340))
    assert narrow["width"] < wide["width"] < 720
    assert narrow["width"] < 340


def test_without_rows_a_note_says_so():
    note = plot_rows(ROWS.head(0), **TEXTS)
    assert isinstance(note, Note)
    assert note.tone == "missing"


def test_every_table_of_the_contract_has_a_name():
    assert set(TABLE_LABELS) == set(SCHEMAS)


def test_each_source_shows_what_became_of_its_rows():
    given = pl.DataFrame(
        [("responses", HOSTILE, 1000, 1200, 1195, 5)], schema=CONSERVATION, orient="row"
    )
    content = shown(table_of_conservation(given))
    assert content["table"]["rows"] == [[HOSTILE, "Answers", "1,000", "1,200", "1,195", "5"]]
    assert HOSTILE not in table_of_conservation(given)._repr_mimebundle_()["text/html"]


def test_a_study_without_a_source_has_an_empty_table():
    assert shown(table_of_conservation(pl.DataFrame(schema=CONSERVATION)))["table"]["rows"] == []


ADDRESS = "mario.rossi@example.org"
BROKEN = pl.DataFrame(
    [
        ("responses", "a.csv", "score_on_scale", "score", 7, "a.csv", 1204, ADDRESS),
        ("responses", "a.csv", "at|nullability", "at", 2, "a.csv", 9, None),
        ("interactions", "b.csv", "at|nullability", "at", 1, "b.csv", 3, None),
    ],
    schema=SUMMARY,
    orient="row",
)


def test_a_broken_rule_is_a_sentence_with_its_count_and_first_row():
    content = shown(table_of_quarantine(BROKEN))
    reason = describe_rule("score_on_scale", table="responses").in_language("en")
    assert content["table"]["rows"][0] == [reason, "a.csv", "7", "1,204", "score"]
    assert len(content["table"]["rows"]) == BROKEN.height


def test_no_value_of_a_row_set_aside_is_shown():
    assert ADDRESS not in bundle_text(table_of_quarantine(BROKEN))


def test_one_rule_says_of_each_table_what_it_means_there(monkeypatch):
    monkeypatch.setattr(
        "cxresearch.charts.intake.describe_rule",
        lambda rule, *, table: message("{rule} of {table}", rule=rule, table=table),
    )
    reasons = [row[0] for row in shown(table_of_quarantine(BROKEN))["table"]["rows"]]
    assert reasons[1:] == ["at|nullability of responses", "at|nullability of interactions"]


def test_where_nothing_was_set_aside_a_note_says_so():
    assert isinstance(table_of_quarantine(BROKEN.head(0)), Note)


COLUMNS = pl.DataFrame(
    [
        ("responses", "score", 100, 100, 1.0),
        ("responses", "comment", 100, 25, 0.25),
        ("responses", "weight", 100, 0, 0.0),
        ("customers", "joined_at", 50, 10, 0.2),
        ("invitations", "at", 0, 0, None),
    ],
    schema=COVERAGE,
    orient="row",
)


def columns(*tables):
    return shown(table_of_columns(COLUMNS, tables=tables))


def test_only_columns_filled_in_part_are_listed_and_the_others_counted():
    content = columns("responses")
    assert content["table"]["rows"] == [["Answers", "comment", "25", "25%"]]
    assert content["title"] == "Full columns: 1; empty: 1; filled in part: 1"


def test_tables_the_study_has_not_are_left_out():
    assert len(columns("responses", "customers")["table"]["rows"]) == 2
    assert columns()["table"]["rows"] == []


def test_a_column_of_an_empty_table_holds_nothing_and_is_not_full():
    assert columns("invitations")["title"].startswith("Full columns: 0; empty: 1")


def test_doubts_keep_their_order_and_hostile_text_stays_text():
    doubts = [message("Grave: {text}", text=HOSTILE), message("Light.")]
    content = shown(table_of_doubts(doubts))
    assert [row[0] for row in content["table"]["rows"]] == [f"Grave: {HOSTILE}", "Light."]
    html = table_of_doubts(doubts)._repr_mimebundle_()["text/html"]
    assert "</script>" not in html


def test_without_a_doubt_a_note_says_so():
    assert isinstance(table_of_doubts([]), Note)


def test_everything_exists_in_both_languages():
    parts = [
        plot_rows(ROWS, **TEXTS),
        table_of_quarantine(BROKEN),
        table_of_columns(COLUMNS, tables=["responses"]),
        table_of_doubts([message("Light.")]),
    ]
    for part in parts:
        for language in LANGUAGES:
            assert json.dumps(part.content(language))


def test_what_stood_in_a_cell_is_on_no_page(tmp_path):
    written = "platform seven"
    bad = "".join(f"B{i},{written},2025-03-01 10:00\n" for i in range(6))
    study = write_study(tmp_path, {"answers.csv": HEADER + answers(60) + bad})
    verdict = check_study(study)
    told = [message.in_language("en") for message in verdict.messages()]
    assert any(written in text for text in told)  # who mends the export is told
    shown = [
        table_of_doubts(verdict.messages()),
        table_of_quarantine(verdict.quarantine_summary),
        table_of_conservation(verdict.conservation),
        table_of_columns(verdict.coverage, tables=["responses"]),
    ]
    assert not [table for table in shown if written in json.dumps(table._repr_mimebundle_())]
