"""Every notebook has the shape a reader and the runner count on. Nothing is executed here."""

import ast
import json
import re
from pathlib import Path

import pytest

NOTEBOOKS = sorted((Path(__file__).resolve().parents[1] / "notebooks").glob("*.ipynb"))
EVERY_NOTEBOOK = {
    "study": "../data/demo",
    "output": "../reports/.work",
    "period": "",
    "language": "en",
}
FORBIDDEN_IMPORTS = {"pandas", "sklearn", "altair", "re", "numpy"}
FORBIDDEN_NODES = (ast.FunctionDef, ast.ClassDef, ast.For, ast.While, ast.Lambda, ast.ListComp)

pytestmark = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def cells(path: Path, kind: str) -> list[dict]:
    notebook = json.loads(path.read_text("utf-8"))
    return [cell for cell in notebook["cells"] if cell["cell_type"] == kind]


def source(cell: dict) -> str:
    return "".join(cell["source"])


def tagged(path: Path, tag: str) -> list[dict]:
    return [c for c in cells(path, "code") if tag in c["metadata"].get("tags", [])]


def test_it_opens_with_its_question_and_says_what_it_does_not_show(path):
    texts = [source(cell) for cell in cells(path, "markdown")]
    first_line = texts[0].splitlines()[0]
    assert re.fullmatch(r"# .+\?", first_line)
    assert any("What this does not show" in text for text in texts)


def test_its_kernel_is_named_with_its_language(path):
    kernel = json.loads(path.read_text("utf-8"))["metadata"]["kernelspec"]
    assert (kernel["name"], kernel["language"]) == ("python3", "python")


def test_its_parameters_are_typed_literals_with_help(path):
    (cell,) = tagged(path, "parameters")
    lines = [line for line in source(cell).splitlines() if line.strip()]
    assert all(re.fullmatch(r"\w+: (str|int|float|bool) = .+  # .+", line) for line in lines)
    values = {n.target.id: ast.literal_eval(n.value) for n in ast.parse(source(cell)).body}
    assert EVERY_NOTEBOOK.items() <= values.items()


def test_its_code_wires_calls_and_defines_nothing(path):
    for cell in cells(path, "code"):
        tree = ast.parse(source(cell))
        assert not [node for node in ast.walk(tree) if isinstance(node, FORBIDDEN_NODES)]
        names = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
        names |= {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
        assert not {name.split(".")[0] for name in names} & FORBIDDEN_IMPORTS
        assert ".join(" not in source(cell)


def test_a_chart_cell_is_short(path):
    for cell in cells(path, "code")[3:]:
        assert len(source(cell).splitlines()) <= 10


def test_no_figure_is_typed_into_its_prose(path):
    # thresholds of a method are no figures of the data: they carry a unit word or a code span
    for text in map(source, cells(path, "markdown")):
        prose = re.sub(r"`[^`]*`|\[[^\]]*\]\([^)]*\)", "", text)
        assert not re.search(r"\d+([.,]\d+)? ?%|[+−-]\d|\bn ?= ?\d", prose)


def test_it_hands_on_its_results(path):
    assert any("save_results(" in source(cell) for cell in cells(path, "code"))


def test_its_kept_output_is_compared_when_it_runs_again(path):
    # a cell without output or execution count is never compared: it would check nothing
    kept = tagged(path, "keep_output")
    assert kept
    for cell in kept:
        assert "nbval-check-output" in cell["metadata"]["tags"]
        assert cell["execution_count"] is not None
        text = "".join("".join(output.get("text", "")) for output in cell["outputs"])
        assert re.search(r"\d", text)


def test_it_carries_no_other_output(path):
    kept = tagged(path, "keep_output")
    assert all(not cell["outputs"] for cell in cells(path, "code") if cell not in kept)


def test_it_declares_the_tables_and_notebooks_it_needs(path):
    needs = json.loads(path.read_text("utf-8"))["metadata"]["cxresearch"]
    assert set(needs) >= {"needs", "reads"}
