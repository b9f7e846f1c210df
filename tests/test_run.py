"""Running: the order of notebooks, how each ends, and what is published."""

import hashlib
import json
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

import polars as pl
import pytest

from cxresearch.errors import ParameterError, RunError
from cxresearch.intake.sample import make_sample, write_sample
from cxresearch.intake.verdict import make_verdict
from cxresearch.period import parse_period
from cxresearch.report import execute as execute_module
from cxresearch.report import run as running
from cxresearch.report.execute import AT_A_TIME, Outcome, execute_notebooks
from cxresearch.report.inputs import Inputs
from cxresearch.report.notebooks import (
    builtin_folder,
    find_notebooks,
    order_notebooks,
    resolve_reads,
)
from cxresearch.report.pages import render_again
from cxresearch.report.provenance import normalise_notebook
from cxresearch.report.publish import find_kept_run
from cxresearch.report.run import Request, choose_languages, run_study
from cxresearch.study.experience import Experience

PARAMETERS = """study: str = "../data/demo"
output: str = "../reports/.work"
period: str = ""
language: str = "en"
minimum: int = 30  # fewest answers
"""
SAVE = """from pathlib import Path
Path(output, "NAME").mkdir(parents=True)
Path(output, "NAME", "seen.txt").write_text(f"{study} {period} {language} {minimum}")
"""


def write_notebook(
    folder: Path,
    name: str,
    code: str = "1 + 1",
    reads: list[str] | None = None,
    needs: list[str] | None = None,
):
    """A notebook of one heading, its parameters and one cell of code."""
    folder.mkdir(exist_ok=True, parents=True)

    def cell(kind: str, source: str, **more: object) -> dict:
        tags = ["parameters"] if source == PARAMETERS else []
        return {"cell_type": kind, "source": source, "metadata": {"tags": tags}, **more}

    empty = {"outputs": [], "execution_count": None}
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    content = {
        "nbformat": 4,
        "nbformat_minor": 4,
        "metadata": {
            "kernelspec": kernel,
            "cxresearch": {"reads": reads or [], "needs": needs or []},
        },
        "cells": [
            cell("markdown", f"# What does {name} ask?"),
            cell("code", PARAMETERS, **empty),
            cell("code", code, **empty),
        ],
    }
    (folder / f"{name}.ipynb").write_text(json.dumps(content))


def names(folder: Path, *wanted: str) -> list[str]:
    return [n.name for n in order_notebooks(find_notebooks(folder), wanted=wanted)]


# ------------------------------------------------------------------ order


def test_a_notebook_runs_after_those_it_reads_and_ties_go_by_name(tmp_path) -> None:
    write_notebook(tmp_path, "10_a", reads=["30_c"])
    write_notebook(tmp_path, "20_b")
    write_notebook(tmp_path, "30_c")
    assert names(tmp_path) == ["20_b", "30_c", "10_a"]


def test_asking_for_a_notebook_runs_what_it_reads_too_and_nothing_else(tmp_path) -> None:
    write_notebook(tmp_path, "10_a")
    write_notebook(tmp_path, "20_b", reads=["10_a"])
    write_notebook(tmp_path, "30_c", reads=["20_b"])
    write_notebook(tmp_path, "40_d")
    assert names(tmp_path, "30_c") == ["10_a", "20_b", "30_c"]


def test_a_star_reads_every_notebook_that_does_not_itself_read_all(tmp_path) -> None:
    write_notebook(tmp_path, "10_all", reads=["*"])
    write_notebook(tmp_path, "20_all", reads=["*"])
    write_notebook(tmp_path, "30_a")
    found = find_notebooks(tmp_path)
    assert resolve_reads(found, "10_all") == ("30_a",)
    assert names(tmp_path) == ["30_a", "10_all", "20_all"]


def test_a_circle_is_refused_and_named(tmp_path) -> None:
    write_notebook(tmp_path, "10_a", reads=["20_b"])
    write_notebook(tmp_path, "20_b", reads=["10_a"])
    with pytest.raises(RunError, match="circle") as refusal:
        names(tmp_path)
    assert "10_a reads 20_b" in refusal.value.cause


def test_reading_a_notebook_that_does_not_exist_is_refused(tmp_path) -> None:
    write_notebook(tmp_path, "10_metrics")
    write_notebook(tmp_path, "20_b", reads=["10_metric"])
    with pytest.raises(RunError, match="Did you mean '10_metrics'"):
        names(tmp_path)


def test_asking_for_a_notebook_that_does_not_exist_lists_those_that_do(tmp_path) -> None:
    write_notebook(tmp_path, "10_metrics")
    with pytest.raises(ParameterError, match="Did you mean '10_metrics'") as refusal:
        names(tmp_path, "metrics")
    assert refusal.value.allowed == "10_metrics"


@pytest.mark.parametrize("name", ["index", "10.it", "run", "a b"])
def test_a_name_that_cannot_be_a_page_is_refused(tmp_path, name) -> None:
    write_notebook(tmp_path, name)
    with pytest.raises(RunError, match="name of a page"):
        find_notebooks(tmp_path)


def test_a_study_may_not_bring_a_second_notebook_of_the_same_name(tmp_path) -> None:
    write_notebook(tmp_path / "own", "10_a")
    write_notebook(tmp_path / "suite", "10_a")
    with pytest.raises(RunError, match="two notebooks are called '10_a'"):
        find_notebooks(tmp_path / "suite", tmp_path / "own")


@pytest.mark.parametrize("text", ["no json", "[]", "{}", '{"cells": 3}'])
def test_a_file_that_is_no_notebook_is_refused_by_name(tmp_path, text) -> None:
    (tmp_path / "10_a.ipynb").write_text(text)
    with pytest.raises(RunError, match=r"10_a\.ipynb is not a notebook"):
        find_notebooks(tmp_path)


# ------------------------------------------------- execution, without kernels


@pytest.fixture
def scripted(monkeypatch, tmp_path):
    """Workers that do what the notebook's code says in a word, in a fraction of a second."""
    script = tmp_path / "scripted.py"
    script.write_text(
        "import json, os, sys, time\n"
        "job = json.load(open(sys.argv[1]))\n"
        "code = json.load(open(job['notebook']))['cells'][2]['source']\n"
        "time.sleep(60 if code == 'sleep' else 0.05)\n"
        "if code == 'abort':\n    os.abort()\n"
        "bad = {'kind': 'error', 'error': 'E', 'message': 'm', 'cell': 3, 'source': 's'}\n"
        "json.dump(bad if code == 'fail' else None, open(job['outcome'], 'w'))\n"
    )
    popen = subprocess.Popen

    def start(command, **kwargs):
        return popen([sys.executable, "-S", str(script), command[-1]], **kwargs)

    monkeypatch.setattr("cxresearch.report.execute.subprocess.Popen", start)


def execute(folder: Path, run: Path, *, timeout: float = 30.0, listener=lambda *_: None):
    run.mkdir()
    found = find_notebooks(folder)
    events: list[tuple[str, Outcome | None]] = []

    def listen(name: str, outcome: Outcome | None) -> None:
        events.append((name, outcome))
        listener(name, outcome)

    outcomes = execute_notebooks(
        order_notebooks(found),
        folder=run,
        reads={name: resolve_reads(found, name) for name in found},
        parameters={name: {} for name in found},
        timeout=timeout,
        listener=listen,
    )
    return outcomes, events


def test_two_notebooks_run_at_a_time_and_never_more(tmp_path, scripted) -> None:
    for name in ("10_a", "20_b", "30_c", "40_d", "50_e"):
        write_notebook(tmp_path / "nb", name)
    _, events = execute(tmp_path / "nb", tmp_path / "run")
    changes = [1 if outcome is None else -1 for _, outcome in events]
    running_now = [sum(changes[: i + 1]) for i in range(len(changes))]
    assert max(running_now) == AT_A_TIME == 2
    assert running_now[-1] == 0


def test_a_notebook_starts_only_when_those_it_reads_have_ended(tmp_path, scripted) -> None:
    write_notebook(tmp_path / "nb", "10_a")
    write_notebook(tmp_path / "nb", "20_b", reads=["10_a"])
    _, events = execute(tmp_path / "nb", tmp_path / "run")
    assert [(name, outcome is None) for name, outcome in events] == [
        ("10_a", True),
        ("10_a", False),
        ("20_b", True),
        ("20_b", False),
    ]


def test_a_failure_does_not_stop_the_others_and_takes_its_half_results_away(
    tmp_path, scripted
) -> None:
    write_notebook(tmp_path / "nb", "10_a", "fail")
    write_notebook(tmp_path / "nb", "20_b", reads=["10_a"])
    half = tmp_path / "run" / "results" / "10_a"

    def make_half_a_result(name: str, outcome: Outcome | None) -> None:
        if outcome is None and name == "10_a":
            half.mkdir(parents=True)

    outcomes, _ = execute(tmp_path / "nb", tmp_path / "run", listener=make_half_a_result)
    assert outcomes["10_a"].failure["error"] == "E"
    assert outcomes["20_b"].failure is None
    assert not half.exists()


def test_a_process_that_dies_is_a_failure_that_names_the_signal(tmp_path, scripted) -> None:
    write_notebook(tmp_path / "nb", "10_a", "abort")
    outcomes, _ = execute(tmp_path / "nb", tmp_path / "run")
    assert outcomes["10_a"].failure["kind"] == "died"
    assert outcomes["10_a"].failure["error"] == "SIGABRT"


def test_a_notebook_that_takes_too_long_is_ended_and_says_so(tmp_path, scripted) -> None:
    write_notebook(tmp_path / "nb", "10_a", "sleep")
    outcomes, _ = execute(tmp_path / "nb", tmp_path / "run", timeout=0.5)
    assert outcomes["10_a"].failure["kind"] == "timeout"
    assert outcomes["10_a"].failure["message"] == "not finished after 0.5 seconds"
    assert outcomes["10_a"].seconds < 10


def test_an_interruption_ends_the_workers(tmp_path, scripted, monkeypatch) -> None:
    write_notebook(tmp_path / "nb", "10_a", "sleep")
    started: list[subprocess.Popen] = []
    start = execute_module.subprocess.Popen

    def remember(*args, **kwargs) -> subprocess.Popen:
        started.append(start(*args, **kwargs))
        return started[-1]

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(execute_module.subprocess, "Popen", remember)
    with pytest.raises(KeyboardInterrupt):
        execute(tmp_path / "nb", tmp_path / "run", listener=interrupt)
    assert [process.returncode for process in started] == [-signal.SIGTERM]


# --------------------------------------------------------- a run, with kernels


@pytest.fixture
def study(tmp_path, monkeypatch) -> Path:
    """A study whose intake is one file, with the notebooks in `suite/` and none of ours."""
    folder = tmp_path / "demo"
    folder.mkdir()

    def prepare(study_folder: Path, target: Path, **_: object) -> Inputs:
        target.mkdir()
        pl.DataFrame({"score": [9, 3]}).write_parquet(target / "responses.parquet")
        until = datetime(2025, 11, 1, tzinfo=UTC)
        return Inputs("Demo", parse_period("2025-10"), until, make_verdict([], []), ("responses",))

    class FakeStudy:
        languages = ("it", "en")
        attributes: ClassVar[dict[str, str]] = {}
        timezone = "UTC"
        experience = Experience()

    monkeypatch.setattr(running, "prepare_inputs", prepare)
    monkeypatch.setattr(running, "read_study", lambda _: FakeStudy)
    monkeypatch.setattr(running, "builtin_folder", lambda: tmp_path / "suite")
    monkeypatch.setattr("cxresearch.report.pages._write_notebook_pages", write_plain_pages)
    monkeypatch.setattr("cxresearch.report.pages._write_index", write_plain_index)
    return folder


def write_plain_pages(folder, record) -> None:
    for notebook in record["notebooks"]:
        for page in notebook["pages"].values():
            (folder.pages / page).write_text("failed" if notebook["failure"] else "good")


def write_plain_index(folder, record, findings) -> None:
    (folder.pages / "index.html").write_text(record["state"])


@pytest.mark.run
@pytest.mark.slow
def test_a_notebook_without_its_table_is_left_out_and_those_that_read_it_still_run(
    tmp_path, study
) -> None:
    write_notebook(tmp_path / "suite", "10_a", needs=["responses"])
    write_notebook(tmp_path / "suite", "20_b", needs=["responses", "interactions"])
    write_notebook(tmp_path / "suite", "30_c", reads=["20_b"])
    record = run_study(Request(study, out=tmp_path / "reports")).record
    assert [row["name"] for row in record["notebooks"]] == ["10_a", "30_c"]
    assert record["left_out"] == [
        {"name": "20_b", "title": "What does 20_b ask?", "needs": ["interactions"]}
    ]
    assert record["notebooks"][1]["missing"] == ["20_b"]
    assert record["state"] == "good"


def test_a_notebook_that_needs_no_table_of_the_contract_is_refused(tmp_path) -> None:
    write_notebook(tmp_path, "10_a", needs=["answers"])
    with pytest.raises(RunError, match="needs is") as refusal:
        find_notebooks(tmp_path)
    assert "responses" in refusal.value.allowed


@pytest.mark.run
@pytest.mark.slow
def test_a_run_executes_injects_and_publishes(tmp_path, study) -> None:
    write_notebook(tmp_path / "suite", "10_a", SAVE.replace("NAME", "10_a"))
    write_notebook(study / "notebooks", "20_own", "1 / 0", reads=["10_a"])
    report = run_study(Request(study=study, out=tmp_path / "out", parameters={"minimum": "5"}))
    record = json.loads((report.folder / "run.json").read_text())
    assert (report.private / "results/10_a/seen.txt").read_text() == "inputs 2025-10 it 5"
    assert [(row["name"], row["state"]) for row in record["notebooks"]] == [
        ("10_a", "good"),
        ("20_own", "failed"),
    ]
    failure = record["notebooks"][1]["failure"]
    assert (failure["error"], failure["cell"], failure["source"]) == (
        "ZeroDivisionError",
        3,
        "1 / 0",
    )
    assert (record["state"], record["exit_code"]) == ("failed", 3)
    assert record["parameters"]["10_a"] == {
        "study": "inputs",
        "output": "results",
        "period": "2025-10",
        "language": "it",
        "minimum": 5,
    }
    assert record["languages"] == ["it", "en"]
    assert [row["file"] for row in record["data"]] == ["responses.parquet"]
    assert {"10_a.html", "10_a.en.html", "20_own.html", "findings.parquet"} <= {
        path.name for path in report.folder.iterdir()
    }
    assert not (tmp_path / "out" / "latest").is_symlink()
    assert "quarantine.csv" not in {path.name for path in report.folder.rglob("*")}


@pytest.mark.run
@pytest.mark.slow
def test_two_runs_on_the_same_input_write_the_same_bytes(tmp_path, study) -> None:
    code = 'print(sorted({"b", "a"}), {"x", "y", "z"})\n' + SAVE.replace("NAME", "10_a")
    write_notebook(tmp_path / "suite", "10_a", code)
    reports = [run_study(Request(study=study, out=tmp_path / out)) for out in ("one", "two")]
    first, second = ([*digests(report.private).items()] for report in reports)
    assert len(first) == 3
    assert first == second
    assert (tmp_path / "one" / "latest" / "index.html").read_text() == "good"


def digests(private: Path) -> dict[str, str]:
    return {
        path.relative_to(private).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for part in ("inputs", "results", "executed")
        for path in sorted((private / part).rglob("*"))
        if path.is_file()
    }


def test_nothing_is_made_when_a_parameter_is_wrong(tmp_path, study) -> None:
    write_notebook(tmp_path / "suite", "10_a")
    with pytest.raises(ParameterError, match="minimun"):
        run_study(Request(study=study, out=tmp_path / "out", parameters={"minimun": "5"}))
    assert not (tmp_path / "out").exists()


@pytest.mark.run
@pytest.mark.slow
def test_pages_are_made_again_from_a_kept_run_without_executing(tmp_path, study) -> None:
    write_notebook(tmp_path / "suite", "10_a")
    published = run_study(Request(study=study, out=tmp_path / "out")).folder
    record = (published / "run.json").read_bytes()
    (published / "10_a.html").write_text("old")
    (published / "index.html").unlink()
    folder, found = find_kept_run(tmp_path / "out", "latest")
    render_again(folder, found)
    assert found == published
    assert (published / "10_a.html").read_text() == "good"
    assert (published / "index.html").is_file()
    assert (published / "run.json").read_bytes() == record
    assert not folder.pages.exists()


@pytest.mark.run
@pytest.mark.slow
def test_the_sample_company_becomes_a_report_in_two_languages(tmp_path) -> None:
    folder = write_sample(make_sample(n_customers=300), tmp_path / "demo")
    report = run_study(Request(study=folder, out=tmp_path / "out", language="both"))
    assert [row["failure"] for row in report.record["notebooks"] if row["failure"]] == []
    names = list(find_notebooks(running.builtin_folder()))
    assert {"index.html", "run.json", "findings.json", "findings.parquet"} | {
        f"{name}{ending}" for name in names for ending in (".html", ".en.html")
    } <= {path.name for path in report.folder.iterdir()}
    assert 'lang="it"' in (report.folder / "index.html").read_text()
    assert 'lang="en"' in (report.folder / "index.en.html").read_text()
    assert (tmp_path / "out" / "latest").resolve() == report.folder
    findings = json.loads((report.folder / "findings.json").read_text())
    assert len(findings) == report.findings.height > 0
    assert all(set(row["sentence"]) == {"it", "en"} for row in findings)
    assert (report.private / "inputs" / "quarantine.csv").is_file()
    told = "".join(path.read_text() for path in report.folder.glob("*.html"))
    assert str(tmp_path) not in told + (report.folder / "run.json").read_text()


def test_the_suites_own_notebooks_are_found_beside_the_package(root) -> None:
    assert builtin_folder() == root / "notebooks"


@pytest.mark.parametrize(
    ("asked", "of_study", "chosen"),
    [
        ("", ["it", "en"], ["it", "en"]),
        ("", ["en"], ["en"]),
        ("it", ["en"], ["it"]),
        ("both", ["it"], ["it", "en"]),
        ("both", ["en"], ["en", "it"]),
    ],
)
def test_the_first_language_is_the_one_asked_or_the_studys(asked, of_study, chosen) -> None:
    assert choose_languages(asked, of_study) == chosen


def test_normalising_drops_what_differs_between_runs_and_keeps_the_rest() -> None:
    cell = {
        "cell_type": "code",
        "id": "f00",
        "execution_count": 4,
        "source": "1",
        "metadata": {"tags": ["keep"], "papermill": {"duration": 1.0}, "execution": {}},
        "outputs": [{"output_type": "execute_result", "execution_count": 4, "data": {"a": 1}}],
    }
    marker = {"cell_type": "markdown", "metadata": {"tags": ["papermill-error-cell-tag"]}}
    metadata = {"papermill": {}, "language_info": {"name": "python", "version": "3.11.7"}}
    clean = normalise_notebook({"cells": [marker, cell], "metadata": metadata, "nbformat": 4})
    assert clean["metadata"] == {"language_info": {"name": "python"}}
    assert clean["cells"] == [
        {
            "cell_type": "code",
            "id": "cell-000",
            "execution_count": None,
            "source": "1",
            "metadata": {"tags": ["keep"]},
            "outputs": [
                {"output_type": "execute_result", "execution_count": None, "data": {"a": 1}}
            ],
        }
    ]
    assert cell["id"] == "f00"  # the given notebook is not changed
