"""Labels come back from people: in their words, from files of their own, about answers we know."""

from typing import Any

import polars as pl
import pytest

from cxresearch.errors import StudyError
from cxresearch.intake import open_study
from tests.small_studies import ANSWERS, HEADER, answers, write_study

LABELS: dict[str, Any] = {"table": "labels", "files": "labels/*.csv"}


def labels_of(tmp_path, monkeypatch, files, source=LABELS, **keys):
    (tmp_path / "reports").mkdir()
    monkeypatch.chdir(tmp_path)
    written = {"answers.csv": HEADER + answers(12), **files}
    write_study(tmp_path / "study", written, ANSWERS, source, **keys)
    tables = open_study(tmp_path / "study")
    return tables, tables.labels.sort("response_id", "coder").collect()


def broken(tables) -> list[tuple[str, str]]:
    kept = pl.read_csv(tables.folder / "quarantine.csv", infer_schema=False)
    return sorted(kept.select("value", "rule").rows())


def test_people_write_tones_in_either_language(tmp_path, monkeypatch) -> None:
    rows = "R0,Positivo\nR1,NEGATIVE\nR2,neutro\nR3,misto\nR4,pos\nR5,\n"
    _, labels = labels_of(tmp_path, monkeypatch, {"labels/anna.csv": "response_id,label\n" + rows})
    tones = ["positive", "negative", "neutral", "mixed", "positive", None]
    assert labels["label"].to_list() == tones
    assert labels["coder"].unique().to_list() == ["anna"]


def test_two_people_may_label_the_same_comment_in_files_of_their_own(tmp_path, monkeypatch) -> None:
    files = {
        "labels/anna.csv": "response_id,label\nR0,positivo\nR1,negativo\n",
        "labels/marco.csv": "response_id,label\nR0,misto\n",
    }
    tables, labels = labels_of(tmp_path, monkeypatch, files)
    assert labels.select("response_id", "coder").rows() == [
        ("R0", "anna"),
        ("R0", "marco"),
        ("R1", "anna"),
    ]
    assert broken(tables) == []


def test_what_cannot_be_used_is_set_aside_with_its_reason(tmp_path, monkeypatch) -> None:
    rows = "R0,anna,bello\nR1,anna,positivo\nR77,anna,positivo\nR2,anna,misto\nR2,anna,positivo\n"
    files = {"labels/all.csv": "response_id,coder,label\n" + rows}
    tables, labels = labels_of(tmp_path, monkeypatch, files)
    assert labels["response_id"].to_list() == ["R1"]
    assert broken(tables) == [
        ("R2", "primary_key"),
        ("R2", "primary_key"),
        ("R77", "unknown_response"),
        ("bello", "label|check__known"),
    ]


def test_an_exact_copy_keeps_the_first(tmp_path, monkeypatch) -> None:
    files = {"labels/a.csv": "response_id,label\nR0,pos\nR0,pos\n"}
    tables, labels = labels_of(tmp_path, monkeypatch, files)
    assert labels.height == 1
    assert broken(tables) == [("R0", "exact_duplicate")]


def test_a_studys_own_codes_stand_for_tones(tmp_path, monkeypatch) -> None:
    source = {**LABELS, "values": {"label": {"1": "positive", "2": "negative"}}}
    files = {"labels/a.csv": "response_id,label\nR0,1\nR1,2\n"}
    _, labels = labels_of(tmp_path, monkeypatch, files, source)
    assert labels["label"].to_list() == ["positive", "negative"]


def test_a_code_that_stands_for_no_tone_is_refused(tmp_path) -> None:
    source = {**LABELS, "values": {"label": {"1": "joyful"}}}
    with pytest.raises(StudyError, match="'joyful' is not a label"):
        write_study(tmp_path, {"answers.csv": HEADER + answers(3)}, ANSWERS, source)


def test_labels_follow_the_answers_a_study_is_limited_to(tmp_path, monkeypatch) -> None:
    (tmp_path / "reports").mkdir()
    monkeypatch.chdir(tmp_path)
    files = {
        "people.csv": "customer_id,region\nC1,Nord\nC2,Sud\n",
        "answers.csv": "id,customer_id,vote,when\n"
        "R0,C1,5,2025-03-01 10:00\nR1,C2,1,2025-03-02 10:00\n",
        "labels.csv": "response_id,label\nR0,pos\nR1,neg\n",
    }
    people = {"table": "customers", "files": "people.csv"}
    labels = {"table": "labels", "files": "labels.csv"}
    region = {"region": {"role": "context"}}
    write_study(tmp_path / "study", files, people, ANSWERS, labels, attributes=region)
    tables = open_study(tmp_path / "study", where={"region": "Nord"})
    assert tables.labels.collect()["response_id"].to_list() == ["R0"]
