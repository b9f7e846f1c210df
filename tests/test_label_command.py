"""A sheet goes out to people and comes back as a table: nothing leaks, nothing is overwritten."""

import csv
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from cxresearch.cli.app import app
from cxresearch.cli.label import INSTRUCTIONS
from cxresearch.errors import ParameterError
from cxresearch.intake import open_study
from cxresearch.language import translate
from tests.small_studies import write_study

COMMENTS = {
    "table": "responses",
    "files": "answers.csv",
    "columns": {"response_id": "id", "score": "vote", "at": "when"},
    "constants": {"metric": "csat", "touchpoint": "desk"},
    "scale": {"min": 1, "max": 5},
}
SAID = ["Great service", "Terrible queue", "Platform 4", "=1+1", "-2 for the wait", "@all, bravi"]
LABELS = {"table": "labels", "files": "labels/*.csv"}


@pytest.fixture
def study(tmp_path: Path, monkeypatch) -> Path:
    """Thirty comments, some of which a spreadsheet would run."""
    (tmp_path / "reports").mkdir()
    monkeypatch.chdir(tmp_path)
    rows = [f'R{i},{i % 5 + 1},2025-03-{i % 27 + 1:02d},"{SAID[i % 6]} {i}"' for i in range(30)]
    files = {"answers.csv": "id,vote,when,comment\n" + "\n".join(rows)}
    write_study(tmp_path / "acme", files, COMMENTS, languages=["it"])
    return tmp_path / "acme"


def label(*arguments: object):
    return CliRunner().invoke(app, ["label", *map(str, arguments)])


def sheet_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def write_labels(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        sheet = csv.DictWriter(file, rows[0], delimiter=";")
        sheet.writeheader()
        sheet.writerows(rows)


def test_the_sheet_shows_neither_score_nor_prediction(study) -> None:
    assert label(study, "--n", 12).exit_code == 0
    rows = sheet_of(study / "labels" / "labels.csv")
    assert len(rows) == 12
    assert list(rows[0]) == [
        *("response_id", "language", "touchpoint", "comment", "label", "note", "weight")
    ]
    assert {row["label"] + row["note"] for row in rows} == {""}


def test_no_comment_is_a_formula(study) -> None:
    label(study, "--n", 30)
    cells = [cell for row in sheet_of(study / "labels" / "labels.csv") for cell in row.values()]
    assert any(cell.startswith("'=") for cell in cells)
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]


def test_instructions_are_in_the_studys_language(study) -> None:
    told = label(study, "--n", 5).stdout
    beside = (study / "labels" / "labels.txt").read_text()
    for sentence in INSTRUCTIONS:
        assert translate(sentence, "it") != sentence
        assert translate(sentence, "it") in told
        assert translate(sentence, "it") in beside


def test_a_sheet_with_labels_is_never_overwritten(study) -> None:
    out = study / "labels" / "labels.csv"
    label(study, "--n", 5)
    assert label(study, "--n", 6).exit_code == 0  # nobody had filled it in
    rows = sheet_of(out)
    rows[3]["label"] = "positivo"
    write_labels(out, rows)
    before = out.read_bytes()
    refused = label(study, "--n", 7)
    assert isinstance(refused.exception, ParameterError)
    assert "labels already" in str(refused.exception)
    assert out.read_bytes() == before


@pytest.mark.parametrize("content", [b"id,vote\n1,2\n", b"\xff\xfe\x00", b"PAR1\x00\x00"])
def test_another_file_is_never_overwritten(study, tmp_path, content) -> None:
    out = tmp_path / "mine.csv"
    out.write_bytes(content)
    assert isinstance(label(study, "--out", out).exception, ParameterError)
    assert out.read_bytes() == content


def test_the_same_seed_draws_the_same_comments(study, tmp_path) -> None:
    paths = [tmp_path / f"{name}.csv" for name in "abc"]
    for path, seed in zip(paths, (0, 0, 1), strict=True):
        label(study, "--n", 8, "--out", path, "--seed", seed)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert paths[0].read_bytes() != paths[2].read_bytes()


def test_a_filled_sheet_comes_back_as_a_table(study) -> None:
    out = study / "labels" / "labels.csv"
    label(study, "--n", 30)
    rows = sheet_of(out)
    for row, tone in zip(rows, ["positivo", "Negativo", "neutro", "misto", ""] * 6, strict=True):
        row["label"] = tone
    write_labels(out, rows)
    write_study(study, {}, COMMENTS, LABELS, languages=["it"])
    labels = open_study(study).labels.collect()
    assert (
        labels["label"].value_counts().sort("label", nulls_last=True)["count"].to_list() == [6] * 5
    )
    assert labels["weight"].to_list() == [100.0] * 30  # each stands for itself
    assert set(labels["response_id"]) == {f"R{i}" for i in range(30)}
    assert label(study, "--n", 30, "--out", study / "labels" / "more.csv").exit_code == 0
    again = sheet_of(study / "labels" / "more.csv")
    assert {row["response_id"] for row in again} == {
        row["response_id"] for row in rows if not row["label"]
    }


@pytest.mark.parametrize("out", [None, "elsewhere/mine.csv"])
def test_the_source_it_proposes_finds_the_sheet(study, tmp_path, monkeypatch, out) -> None:
    given = ["--out", tmp_path / out] if out else []
    write_study(study, {}, COMMENTS | {"files": "acme/answers.csv"}, data_root="..")
    told = label(study, "--n", 6, *given).output.replace("\n", "")
    files = told.rpartition('files: "')[2].partition('"')[0]
    write_study(study, {}, COMMENTS | {"files": "acme/answers.csv"},
                {"table": "labels", "files": files}, data_root="..")  # fmt: skip
    assert open_study(study).labels.collect().height == 6


def test_a_study_without_comments_says_so(tmp_path, monkeypatch) -> None:
    (tmp_path / "reports").mkdir()
    monkeypatch.chdir(tmp_path)
    files = {"answers.csv": "id,vote,when\nR1,5,2025-03-01\n"}
    write_study(tmp_path / "acme", files, COMMENTS)
    assert "no comment to label" in str(label(tmp_path / "acme").exception)
    assert not (tmp_path / "acme" / "labels").exists()


def test_an_id_that_looks_like_a_formula_finds_its_answer_again(tmp_path, monkeypatch) -> None:
    (tmp_path / "reports").mkdir()
    monkeypatch.chdir(tmp_path)
    files = {
        "answers.csv": "id,vote,when\n=R1,5,2025-03-01\n",
        "labels/a.csv": "response_id,label\n'=R1,pos\n",
    }
    write_study(tmp_path / "acme", files, COMMENTS, LABELS)
    assert open_study(tmp_path / "acme").labels.collect()["response_id"].to_list() == ["=R1"]


def test_names_of_columns_are_those_of_the_contract(study) -> None:
    label(study, "--n", 3)
    known = {"response_id", "touchpoint", "label", "weight"}
    assert known <= set(pl.read_csv(study / "labels" / "labels.csv", separator=";").columns)
