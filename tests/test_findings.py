from datetime import UTC, datetime

import polars as pl
import pytest

from cxresearch.actions.findings import (
    finding_message,
    finding_sentences,
    make_findings,
    read_findings,
    read_result,
    save_results,
)
from cxresearch.errors import DataError
from cxresearch.language import message
from cxresearch.period import parse_period

ESTIMATES = pl.DataFrame(
    {
        "touchpoint": ["desk", "app"],
        "estimate": [-12.0, 40.5],
        "ci_low": [-20.0, 35.0],
        "ci_high": [-4.0, 46.0],
        "n": [120, 900],
    }
)
SENTENCE = message("{touchpoint} scores {estimate:points} in {when:period}.", when="2025-10")
LABELS = {"touchpoint": {"desk": {"en": "Ticket desk", "it": "Biglietteria"}}}


def found(table=ESTIMATES, period="2025-10", sentence=SENTENCE, **changes):
    given = {"topic": "metrics", "notebook": "10_metrics", "measure": "nps", "kind": "level"}
    return make_findings(
        table,
        **(given | changes),
        unit="points",
        message=sentence,
        labels=LABELS,
        period=parse_period(period),
        data_until=datetime(2025, 11, 1, tzinfo=UTC),
    )


def test_a_finding_is_a_sentence_in_each_language():
    assert finding_sentences(found(), "en")[0] == "Ticket desk scores −12 in October 2025."
    row = found().row(0, named=True)
    assert "Biglietteria" in finding_message(row).in_language("it")
    assert "ottobre 2025" in finding_message(row).in_language("it")


def test_an_id_without_a_label_is_shown_as_it_is():
    assert finding_sentences(found(), "it")[1].startswith("app ")


def test_the_id_tells_what_it_is_about_and_nothing_of_value_or_period():
    later = found(
        ESTIMATES.with_columns(estimate=pl.lit(-10.0), ci_high=pl.lit(0.0)).head(1),
        period="2025-11",
    )
    assert later["finding_id"][0] == found()["finding_id"][0]
    assert found(measure="csat")["finding_id"][0] != found()["finding_id"][0]
    assert found(kind="change")["finding_id"][0] != found()["finding_id"][0]


def test_suppressed_and_empty_cells_never_become_findings():
    hidden = ESTIMATES.with_columns(is_suppressed=pl.Series([True, False]))
    assert found(hidden)["touchpoint"].to_list() == ["app"]
    blank = ESTIMATES.with_columns(estimate=pl.Series([None, 40.5]))
    assert found(blank)["touchpoint"].to_list() == ["app"]
    assert found(ESTIMATES.head(0)).is_empty()


def test_a_sentence_with_an_unknown_place_is_refused():
    with pytest.raises(DataError, match="Did you mean 'touchpoint'"):
        found(sentence=message("{touchpont} is low."))


def test_an_interval_that_misses_its_estimate_is_refused():
    with pytest.raises(DataError, match="interval_holds_estimate"):
        found(ESTIMATES.with_columns(ci_low=pl.lit(50.0), ci_high=pl.lit(60.0)))


def test_the_same_subject_twice_is_refused():
    with pytest.raises(DataError, match="primary_key"):
        found(pl.concat([ESTIMATES, ESTIMATES]))


def test_what_is_saved_is_read_again(tmp_path):
    save_results(tmp_path, notebook="10_metrics", tables={"nps": ESTIMATES}, findings=found())
    save_results(tmp_path, notebook="00_intake", findings=[])
    assert read_findings(tmp_path).equals(found())
    assert read_result(tmp_path, notebook="10_metrics", table="nps").equals(ESTIMATES)
    assert read_result(tmp_path, notebook="60_churn", table="risk") is None
    assert not list(tmp_path.rglob("*.partial"))


def test_hostile_labels_stay_text_through_the_file(tmp_path):
    hostile = "</script>{{ 7*7 }}{n}"
    table = ESTIMATES.head(1).with_columns(touchpoint=pl.lit(hostile))
    save_results(tmp_path, notebook="10_metrics", findings=found(table))
    assert finding_sentences(read_findings(tmp_path), "en")[0].startswith(hostile + " scores")
