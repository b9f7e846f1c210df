"""What came in is counted, and a hole in the calendar is named."""

from datetime import UTC, datetime

import polars as pl
import pytest

from cxresearch.actions.findings import finding_sentences, save_results
from cxresearch.actions.intake import find_intake, title_of_rows
from cxresearch.intake.check import CONSERVATION
from cxresearch.intake.verdict import LINKS, Doubt, Verdict, make_verdict
from cxresearch.language import message
from cxresearch.transforms.coverage import count_rows
from tests.asked import DATES


def verdict(*, rows=(), links=(), severities=()):
    nothing = make_verdict([], [])
    doubts = [Doubt("x", severity, "responses", message("Look.")) for severity in severities]
    return Verdict(
        conservation=pl.DataFrame(list(rows), schema=CONSERVATION, orient="row"),
        quarantine_summary=nothing.quarantine_summary,
        set_aside_summary=nothing.set_aside_summary,
        warnings=make_verdict([], doubts).warnings,
        coverage=nothing.coverage,
        link_coverage=pl.DataFrame(list(links), schema=LINKS, orient="row"),
    )


ROWS = [("responses", "answers.csv", 1000, 1200, 1195, 5), ("customers", "c.csv", 300, 300, 300, 0)]
CONTACTS = ("interactions", "customer_id", 200, 150, 0.75)


def said(given):
    return finding_sentences(find_intake(given, **DATES), "en")


def test_the_rows_of_all_sources_are_added_up():
    # 1,200 + 300 rows came in, 5 were set aside
    assert said(verdict(rows=ROWS)) == ["1,495 of 1,500 rows were accepted, 5 set aside."]


def test_contacts_tied_to_a_customer_are_counted():
    (sentence,) = said(verdict(links=[CONTACTS]))
    assert sentence.startswith("150 of 200 contacts are tied to a customer (75%)")


def test_where_every_contact_is_tied_there_are_no_others_to_speak_of():
    linked = ("interactions", "customer_id", 200, 200, 1.0)
    assert said(verdict(links=[linked])) == ["Every one of 200 contacts is tied to a customer."]


def test_nearly_all_is_not_all():
    nearly = ("interactions", "customer_id", 10_000, 9_999, 0.9999)
    assert said(verdict(links=[nearly]))[0].startswith("9,999 of 10,000 contacts")


def test_only_contacts_and_customers_are_spoken_of():
    others = [("responses", "customer_id", 9, 1, 0.1), ("interactions", "case_id", 9, 1, 0.1)]
    assert said(verdict(links=others)) == []


def test_a_table_without_a_contact_says_nothing():
    assert said(verdict(links=[("interactions", "customer_id", 0, 0, None)])) == []


def test_only_warnings_are_counted_as_faults():
    given = verdict(severities=["note", "warning", "warning", "note"])
    assert said(given) == ["Faults of the export to look at before figures are read: 2."]
    assert said(verdict(severities=["note"])) == []


def test_a_study_without_a_row_has_no_finding():
    assert said(verdict()) == []
    assert said(verdict(rows=[("responses", "a.csv", 0, 0, 0, 0)])) == []


def test_the_findings_are_counts_that_head_the_page_and_can_be_saved(tmp_path):
    found = find_intake(verdict(rows=ROWS, links=[CONTACTS], severities=["warning"]), **DATES)
    assert found["measure"].to_list() == ["quarantined", "link_coverage", "warnings"]
    assert found["is_headline"].all()
    assert found["rank"].is_sorted()
    assert set(found["kind"]) == {"count"}
    assert found["n"].to_list() == [1500, 200, 1]
    save_results(tmp_path, notebook="00_intake", findings=found)


@pytest.mark.parametrize("language", ["en", "it"])
def test_each_count_has_a_sentence_in_each_language(language):
    found = find_intake(verdict(rows=ROWS, links=[CONTACTS], severities=["warning"]), **DATES)
    assert all(finding_sentences(found, language))


def months(**tables):
    return count_rows(
        {
            name: pl.DataFrame({"at": [datetime(2025, m, 2, tzinfo=UTC) for m in numbers]})
            for name, numbers in tables.items()
        }
    )


def titled(**tables):
    return title_of_rows(months(**tables)).in_language("en")


def test_every_month_filled_is_said():
    full = "Every table has rows in each month from its first to its last"
    assert titled(responses=[1, 2, 3]) == full
    # a table that begins later and ends earlier has no hole
    assert titled(responses=[2], interactions=[1, 2, 3]) == full


def test_months_without_a_row_are_counted_and_the_earliest_named():
    assert titled(responses=[1, 3, 5]) == (
        "Months without a row between a table's first and last: 2, since February 2025"
    )


def test_the_earliest_hole_is_named_whatever_the_order_of_the_tables():
    told = titled(interactions=[1, 2, 3, 4, 5, 7], responses=[1, 3, 4, 5, 6, 7])
    assert told.endswith("2, since February 2025")


def test_a_month_that_two_tables_lack_is_one_month():
    assert ": 1, since" in titled(interactions=[1, 3], responses=[1, 3])


def test_without_a_dated_row_the_title_says_so():
    assert title_of_rows(count_rows({})).in_language("en") == "No table has dated rows"
