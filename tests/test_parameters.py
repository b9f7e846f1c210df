"""Strict parameters: what a notebook declares, and what it may be given."""

import json
from pathlib import Path

import pytest

from cxresearch.errors import ParameterError, RunError
from cxresearch.report.notebooks import builtin_folder, find_notebooks
from cxresearch.report.parameters import check_parameters, read_parameters, split_assignments

CELL = """
study: str = "../data/demo"
minimum: int = 30  # fewest answers shown
share: float = 0.5
is_weighted: bool = True
stages: list[str] = ["buy", "use"]  # in order
formula: str = "a=b # not help"  # text with signs
"""


def declared() -> dict[str, dict]:
    return {"10_metrics": read_parameters(CELL, path=Path("10_metrics.ipynb"))}


def test_a_parameters_cell_is_read_with_types_defaults_and_help() -> None:
    found = declared()["10_metrics"]
    assert list(found) == ["study", "minimum", "share", "is_weighted", "stages", "formula"]
    assert [p.default for p in found.values()][1:] == [
        30,
        0.5,
        True,
        ["buy", "use"],
        "a=b # not help",
    ]
    assert found["minimum"].help == "fewest answers shown"
    assert found["formula"].help == "text with signs"
    assert found["share"].help == ""


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("minimum", "50", 50),
        ("share", "1", 1.0),
        ("is_weighted", "no", False),
        ("is_weighted", "TRUE", True),
        ("stages", "buy, leave", ["buy", "leave"]),
        ("stages", ["buy"], ["buy"]),
        ("formula", "50", "50"),
    ],
)
def test_text_from_the_command_line_becomes_the_declared_type(name, text, value) -> None:
    injected = check_parameters(declared(), {name: text})["10_metrics"]
    assert injected == {name: value}
    assert type(injected[name]) is type(value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("minimum", "many"),
        ("minimum", "1.5"),
        ("minimum", True),
        ("minimum", 1.5),
        ("share", "half"),
        ("share", "nan"),
        ("is_weighted", "perhaps"),
        ("stages", 3),
        ("formula", 3),
    ],
)
def test_a_value_of_another_type_is_refused_with_the_type_and_an_example(name, value) -> None:
    with pytest.raises(ParameterError) as refusal:
        check_parameters(declared(), {name: value})
    assert f"parameter '{name}' of 10_metrics is {value!r}" in refusal.value.cause
    assert declared()["10_metrics"][name].type_name in refusal.value.allowed


def test_an_unknown_name_is_refused_with_the_nearest_and_all_allowed() -> None:
    with pytest.raises(ParameterError) as refusal:
        check_parameters(declared(), {"minimun": 5})
    assert "Did you mean 'minimum'?" in refusal.value.cause
    assert "minimum: int = 30 (fewest answers shown)" in refusal.value.allowed
    assert "study" not in refusal.value.allowed  # the run sets it


@pytest.mark.parametrize("name", ["study", "output", "period", "language"])
def test_what_the_run_sets_itself_is_no_parameter_to_give(name) -> None:
    with pytest.raises(ParameterError, match="set by the run itself"):
        check_parameters(declared(), {name: "x"})


def test_a_value_goes_to_each_notebook_that_declares_it_and_to_no_other() -> None:
    other = read_parameters("n: int = 2", path=Path("20.ipynb"))
    injected = check_parameters({**declared(), "20_journey": other}, {"n": "7"})
    assert injected == {"10_metrics": {}, "20_journey": {"n": 7}}


@pytest.mark.parametrize(
    "line",
    [
        "minimum = 30",
        "minimum: int = 'thirty'",
        "minimum: int = 20 + 10",
        "minimum: int = len('abc')",
        "minimum: dict = {}",
        "minimum: int",
        "import os",
        "minimum: int = (",
    ],
)
def test_a_cell_that_holds_more_than_typed_literals_is_refused(line) -> None:
    with pytest.raises(RunError, match=r"10\.ipynb: its parameters cell holds"):
        read_parameters(line, path=Path("10.ipynb"))


def test_assignments_need_a_name_and_come_once() -> None:
    assert split_assignments(["a = b = c"], option="-p") == {"a": "b = c"}
    for texts in (["a"], ["=b"], ["a=1", "a=2"]):
        with pytest.raises(ParameterError, match="-p"):
            split_assignments(texts, option="-p")


def test_the_suites_own_notebooks_declare_what_papermill_finds_in_them() -> None:
    from papermill import inspect_notebook

    found = find_notebooks(builtin_folder())
    if not found:
        pytest.skip("there are no notebooks yet")
    for notebook in found.values():
        inspected = inspect_notebook(str(notebook.path))
        ours = {name: parameter.type_name for name, parameter in notebook.parameters.items()}
        theirs = {name: p["inferred_type_name"] for name, p in inspected.items()}
        # Papermill overlooks a line whose help holds an equals sign: all it finds, we find.
        assert theirs.items() <= ours.items()
        assert {"study", "output", "period", "language"} <= set(ours)


def test_a_notebook_without_a_parameters_cell_is_refused(tmp_path: Path) -> None:
    cell = {"cell_type": "code", "metadata": {}, "source": "study = 1", "outputs": []}
    (tmp_path / "10_a.ipynb").write_text(json.dumps({"cells": [cell], "metadata": {}}))
    with pytest.raises(RunError, match="no cell tagged 'parameters'"):
        find_notebooks(tmp_path)
