"""What a run reads: periods without data are refused before a notebook starts."""

from pathlib import Path

import pytest

from cxresearch.errors import ParameterError
from cxresearch.report.inputs import Inputs, prepare_inputs
from tests.small_studies import ANSWERS, HEADER, write_study

CONTENT = HEADER + "R1,4,2025-01-02 10:00\nR2,5,2025-10-31 10:00\n"


def prepare(folder: Path, period: str) -> Inputs:
    study = write_study(folder / "study", {"answers.csv": CONTENT})
    return prepare_inputs(study, folder / "inputs", period=period, where={}, data=None)


@pytest.mark.parametrize("period", ["2019-01", "2024-12", "2025-11", "2026"])
def test_a_period_without_data_is_refused_with_the_days_there_are(
    tmp_path: Path, period: str
) -> None:
    with pytest.raises(ParameterError) as caught:
        prepare(tmp_path, period)
    cause = f"{period} holds no data: the data run from 2025-01-02 to 2025-10-31"
    assert caught.value.cause == cause
    assert "2025-10-31" in caught.value.allowed
    assert "--period 2025-10" in caught.value.next_step


@pytest.mark.parametrize("period", ["", "2025-01", "2025-05", "2025-10", "2025-Q4"])
def test_a_thin_period_within_the_data_is_left_to_the_notebooks(
    tmp_path: Path, period: str
) -> None:
    assert prepare(tmp_path, period).tables == ("responses",)


def test_data_that_begins_after_the_last_complete_month_is_told_which_period_to_ask(
    tmp_path: Path,
) -> None:
    content = HEADER + "R1,4,2025-03-02 10:00\nR2,5,2025-03-08 10:00\n"
    study = write_study(tmp_path / "study", {"answers.csv": content})
    with pytest.raises(ParameterError) as caught:
        prepare_inputs(study, tmp_path / "inputs", period="", where={}, data=None)
    assert "2025-02 holds no data" in caught.value.cause
    assert "--period 2025-03" in caught.value.next_step


def test_labels_have_no_day_and_stand_in_the_way_of_no_run(tmp_path: Path) -> None:
    files = {"answers.csv": CONTENT, "labels.csv": "response_id,coder,label\nR1,Ada,positive\n"}
    study = write_study(
        tmp_path / "study", files, ANSWERS, {"table": "labels", "files": "labels.csv"}
    )
    found = prepare_inputs(study, tmp_path / "inputs", period="", where={}, data=None)
    assert found.tables == ("responses", "labels")
