"""Faces as answers: read as scores where a question was asked with them, else refused."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from cxresearch.intake.build import Built, build_tables
from cxresearch.intake.faces import STEPS, THUMBS, read_faces
from cxresearch.study.source import Scale
from tests.small_studies import HEADER, with_more, write_study

FIVE = Scale(min=1, max=5)


def answered(folder: Path, cells: list[str], **more: Any) -> Built:
    """A study that asked with faces and got these answers."""
    rows = "".join(f"R{i},{cell},2025-03-01\n" for i, cell in enumerate(cells))
    keys = {"constants": {"metric": "emoji", "touchpoint": "desk"}, **more}
    return build_tables(write_study(folder, {"answers.csv": HEADER + rows}, with_more(**keys)))


def scores(built: Built) -> list[float | None]:
    return built.tables["responses"].sort("response_id")["score"].to_list()


def test_no_face_stands_on_two_steps() -> None:
    faces = [face for step in (*STEPS, THUMBS) for face in step]
    assert len(faces) == len(set(faces))


def test_five_faces_are_the_scores_1_to_5() -> None:
    assert read_faces(pl.Series(["😡", "😞", "😐", "🙂", "😍"]), scale=FIVE).to_list() == list(
        "12345"
    )


def test_thumbs_are_the_ends_of_any_scale() -> None:
    thumbs = pl.Series(["👎", "👍🏿"])
    assert read_faces(thumbs, scale=FIVE).to_list() == ["1", "5"]
    assert read_faces(thumbs, scale=Scale(min=0, max=1)).to_list() == ["0", "1"]


def test_a_happy_face_is_good_news_where_a_high_answer_is_bad() -> None:
    turned = Scale(min=1, max=5, high_is="bad")
    assert read_faces(pl.Series(["😡", "😐", "👍"]), scale=turned).to_list() == ["5", "3", "1"]


def test_faces_need_a_scale_of_five_steps() -> None:
    assert read_faces(pl.Series(["😡", "👍"]), scale=Scale(min=1, max=3)).to_list() == ["😡", "3"]


@pytest.mark.parametrize("cell", ["☹️", "☹", " ☹️ "])
def test_what_cannot_be_seen_makes_no_difference(cell: str) -> None:
    assert read_faces(pl.Series([cell, None]), scale=FIVE).to_list() == ["2", None]


def test_a_column_of_faces_needs_no_codes(tmp_path: Path) -> None:
    built = answered(tmp_path, ["😡", "😞", "😐", "🙂", "😍", "👍", "👎", "3"])
    assert scores(built) == [1, 2, 3, 4, 5, 5, 1, 3]
    assert built.quarantine.height == 0


def test_a_face_on_no_list_is_quarantined_as_it_was_written(tmp_path: Path) -> None:
    built = answered(tmp_path, ["😍", "🐟"])
    assert scores(built) == [5]
    assert built.quarantine.select("column", "value", "rule").rows() == [
        ("score", "🐟", "score|dtype")
    ]


def test_codes_of_the_study_win(tmp_path: Path) -> None:
    built = answered(tmp_path, [":D", "🙂", ":)"], values={"score": {":D": 4, ":)": None}})
    assert scores(built) == [4, 4, None]


def test_faces_answer_no_other_metric(tmp_path: Path) -> None:
    built = answered(tmp_path, ["😍", "4"], constants={"metric": "csat", "touchpoint": "desk"})
    assert built.quarantine["value"].to_list() == ["😍"]


def test_faces_are_read_row_by_row_where_metrics_are_mixed(tmp_path: Path) -> None:
    content = "id,vote,when,metric\nR1,😍,2025-03-01,face\nR2,😍,2025-03-01,csat\n"
    source = with_more(constants={"touchpoint": "desk"}, values={"metric": {"face": "emoji"}})
    built = build_tables(write_study(tmp_path, {"answers.csv": content}, source))
    assert scores(built) == [5]
    assert built.quarantine["row"].to_list() == [3]
