"""The command line: what it says to a newcomer, and how it tells an error."""

import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
import typer
from typer.testing import CliRunner

from cxresearch.cli import app as command_line
from cxresearch.cli.app import app
from cxresearch.cli.check import tell_verdict
from cxresearch.errors import CxWarning, RunError, StudyError
from cxresearch.intake.verdict import make_verdict
from cxresearch.report.execute import Outcome
from cxresearch.report.run import Report

COMMANDS = ["check", "init", "label", "render", "run", "sample"]
STUDY = """name: Acme
sources:
  - table: responses
    files: answers.csv
    columns: {response_id: id, respondent_id: person, at: when, score: score}
    constants: {voice: customer, metric: nps, question: recommend}
    scale: {min: 0, max: 10}
"""
ANSWERS = "id,person,when,score\n1,a,2025-10-02,9\n2,b,2025-10-03,10\n3,c,2025-10-04,{score}\n"


@pytest.fixture
def study(tmp_path: Path, monkeypatch) -> Path:
    """Three answers, one of them outside the scale, and one notebook."""
    folder = tmp_path / "acme"
    (folder / "notebooks").mkdir(parents=True)
    cell = {
        "cell_type": "code",
        "metadata": {"tags": ["parameters"]},
        "source": 'study: str = ""\nminimum: int = 30',
    }
    (folder / "notebooks" / "10_metrics.ipynb").write_text(json.dumps({"cells": [cell]}))
    monkeypatch.setattr("cxresearch.report.run.builtin_folder", lambda: tmp_path / "none")
    (folder / "study.yml").write_text(STUDY)
    (folder / "answers.csv").write_text(ANSWERS.format(score=12))
    return folder


def run_app(monkeypatch, *arguments: str) -> int:
    """Exit code of the whole command line, in this process."""
    monkeypatch.setattr(sys, "argv", ["cxresearch", *arguments])
    monkeypatch.setattr(command_line.signal, "signal", lambda *_: None)
    monkeypatch.setattr(command_line.warnings, "showwarning", None)
    with pytest.raises(SystemExit) as end:
        command_line.run_app()
    return int(end.value.code or 0)


def test_every_command_and_option_is_explained() -> None:
    commands = typer.main.get_command(app).commands
    assert sorted(commands) == COMMANDS
    for name, command in commands.items():
        assert command.help, name
        for parameter in command.params:
            assert parameter.help, f"{name} {parameter.name}"


def test_the_version_is_that_of_the_package(monkeypatch, capsys) -> None:
    assert run_app(monkeypatch, "--version") == 0
    assert capsys.readouterr().out.startswith("cxresearch 0.")


def test_help_is_there_at_once_because_nothing_heavy_is_imported() -> None:
    heavy = "polars numpy altair papermill nbformat nbconvert sklearn scipy"
    code = (
        f"import sys, cxresearch.cli.app; print([m for m in {heavy.split()} if m in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_an_error_is_three_lines_on_standard_error_and_exit_2(monkeypatch, capsys) -> None:
    assert run_app(monkeypatch, "run", "nowhere") == 2
    told = capsys.readouterr()
    assert told.out == ""
    lines = told.err.splitlines()
    assert lines[0] == "cxresearch: the study folder nowhere does not exist."
    assert [line.split(":")[0].strip() for line in lines[1:]] == ["allowed", "next"]


def test_debug_shows_where_an_error_comes_from(monkeypatch) -> None:
    monkeypatch.setattr(sys, "argv", ["cxresearch", "--debug", "run", "nowhere"])
    monkeypatch.setattr(command_line.signal, "signal", lambda *_: None)
    monkeypatch.setattr(command_line.warnings, "showwarning", None)
    with pytest.raises(StudyError, match="nowhere does not exist"):
        command_line.run_app()


def test_a_fault_of_ours_is_told_without_a_traceback_and_exit_1(monkeypatch, capsys) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("cxresearch.report.run.run_study", fail)
    monkeypatch.setattr("cxresearch.cli.run.run_study", fail)
    assert run_app(monkeypatch, "run", "nowhere") == 1
    told = capsys.readouterr().err
    assert "unexpected ZeroDivisionError: a bug" in told
    assert "--debug" in told
    assert "Traceback" not in told


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--notebook", "10_metric"], "there is no notebook '10_metric'"),
        (["-p", "nothing"], "-p 'nothing' is no name=value"),
        (["-p", "no_such_thing=1"], "no notebook of this run takes a parameter 'no_such_thing'"),
        (["-p", "minimum=many"], "parameter 'minimum' of 10_metrics is 'many'"),
        (["-p", "study=x"], "set by the run itself"),
        (["--where", "region=Nord"], "--where names 'region'"),
        (["--period", "October"], "'October' is not a period"),
    ],
)
def test_a_wrong_request_is_refused_before_anything_is_written(
    monkeypatch, capsys, study, tmp_path, arguments, said
) -> None:
    out = tmp_path / "out"
    assert run_app(monkeypatch, "run", str(study), "--out", str(out), *arguments) == 2
    assert said in capsys.readouterr().err
    assert not out.exists()


def test_check_tells_what_is_set_aside_and_why(study) -> None:
    result = CliRunner().invoke(app, ["check", str(study)])
    assert result.exit_code == 0, result.output
    words = " ".join(result.stdout.split())
    assert "responses answers.csv 3 3 2 1" in words
    assert "the score lies outside the declared scale" in words
    assert "answers.csv row 4, score = '12'" in words
    assert f"Next: cxresearch run {study}" in words


def test_check_refuses_a_study_without_one_good_row_with_exit_2(study) -> None:
    (study / "answers.csv").write_text("id,person,when,score\n1,a,2025-10-02,12\n")
    result = CliRunner().invoke(app, ["check", str(study)])
    assert result.exit_code == 2
    assert "refusal:" in result.output


def test_a_value_from_the_data_cannot_style_the_table() -> None:
    verdict = make_verdict([], [])
    row = {
        "table": "responses",
        "source": "[red]a.csv",
        "n_source_rows": 1,
        "n_mapped": 1,
        "n_accepted": 1,
        "n_quarantined": 0,
    }
    rows = pl.DataFrame([row], schema=verdict.conservation.schema)
    told = tell_verdict(type(verdict)(**{**vars(verdict), "conservation": rows}))
    (cell,) = told[0].columns[1].cells
    assert cell == r"\[red]a.csv"


@pytest.mark.slow
def test_sample_writes_a_study_that_check_accepts(tmp_path) -> None:
    folder = str(tmp_path / "demo")
    options = ["--customers", "60", "--seed", "3", "--without", "all", "--format", "csv"]
    made = CliRunner().invoke(app, ["sample", folder, *options])
    assert made.exit_code == 0, made.output
    assert "60 customers" in made.output
    assert CliRunner().invoke(app, ["check", folder]).exit_code == 0


def test_init_starts_a_study_from_nothing_and_never_over_another(
    monkeypatch, capsys, tmp_path
) -> None:
    folder = tmp_path / "new"
    assert run_app(monkeypatch, "init", str(folder)) == 0
    assert f"wrote {folder / 'study.yml'}" in capsys.readouterr().out
    assert run_app(monkeypatch, "init", str(folder)) == 2
    assert "already exists" in capsys.readouterr().err


def test_init_from_an_export_tells_how_each_column_was_read(monkeypatch, capsys, tmp_path) -> None:
    export = tmp_path / "answers.csv"
    rows = "".join(f"{n},2025-10-{n:02d},{n % 11}\n" for n in range(1, 29))
    export.write_text("ResponseId,Date,How likely are you to recommend us?\n" + rows)
    folder = tmp_path / "new"
    assert run_app(monkeypatch, "init", str(folder), "--from", str(export)) == 0
    told = capsys.readouterr().out
    assert "score, nps 0-10, about the whole" in told
    assert f"cxresearch check {folder}" in told
    assert run_app(monkeypatch, "check", str(folder)) == 0


def test_a_preset_without_an_export_is_refused(monkeypatch, capsys, tmp_path) -> None:
    assert run_app(monkeypatch, "init", str(tmp_path / "new"), "--preset", "qualtrics") == 2
    assert "--from" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


def test_an_unknown_story_is_refused_with_the_list(monkeypatch, capsys, tmp_path) -> None:
    assert run_app(monkeypatch, "sample", str(tmp_path / "x"), "--without", "broken_promis") == 2
    assert "Did you mean 'broken_promise'?" in capsys.readouterr().err


def test_rendering_a_run_that_is_not_kept_is_refused(monkeypatch, capsys, tmp_path) -> None:
    assert run_app(monkeypatch, "render", "20250101T000000Z", "--out", str(tmp_path)) == 2
    assert "no kept run '20250101T000000Z'" in capsys.readouterr().err


def report(tmp_path: Path, *, failure: dict | None) -> Report:
    row = {"name": "10_metrics", "failure": failure}
    record = {
        "languages": ["en"],
        "study": {"name": "Acme"},
        "period": {"label": "2025-10"},
        "notebooks": [row],
    }
    from cxresearch.actions.findings import no_findings

    return Report(
        folder=tmp_path / "out" / "acme" / "20251103T060000Z",
        record=record,
        findings=no_findings(),
        verdict=make_verdict([], []),
        private=tmp_path / "out" / ".work" / "20251103T060000Z",
    )


def test_a_run_says_where_the_report_is_and_ends_with_0(monkeypatch, capsys, tmp_path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        "cxresearch.cli.run.run_study", lambda *_, **__: report(tmp_path, failure=None)
    )
    assert run_app(monkeypatch, "run", "acme") == 0
    told = capsys.readouterr()
    assert told.out.splitlines() == [
        "Acme, 2025-10",
        "Report: out/acme/20251103T060000Z/index.html",
    ]
    assert told.err == ""


def test_a_failed_notebook_is_named_on_standard_error_with_exit_3(
    monkeypatch, capsys, tmp_path
) -> None:
    failure = {"error": "KeyError", "message": "'x'", "cell": 4}
    monkeypatch.setattr(
        "cxresearch.cli.run.run_study", lambda *_, **__: report(tmp_path, failure=failure)
    )
    assert run_app(monkeypatch, "run", "acme") == 3
    told = capsys.readouterr()
    assert "Report: " in told.out
    assert "notebook 10_metrics failed in cell 4: KeyError: 'x'" in told.err
    assert "latest still points to the last good report" in told.err


def test_progress_in_a_log_is_one_line_an_event(capsys) -> None:
    from cxresearch.cli.run import Lines

    lines = Lines()
    lines.stage("intake")
    lines.planned(["10_metrics"])
    lines.notebook("10_metrics", None)
    lines.notebook("10_metrics", Outcome("10_metrics", 3.21))
    lines.notebook("20_journey", Outcome("20_journey", 1.0, {"kind": "error"}))
    assert capsys.readouterr().err.splitlines() == [
        "00:00 reading and checking the data",
        "00:00 1 notebooks: 10_metrics",
        "00:00 10_metrics done in 3.2 s",
        "00:00 20_journey FAILED in 1.0 s",
    ]


def test_progress_on_a_terminal_shows_each_notebook_and_how_many_are_done() -> None:
    from io import StringIO

    from rich.console import Console

    from cxresearch.cli.run import Bars

    console = Console(file=StringIO(), force_terminal=True, width=100)
    with Bars(console) as bars:
        bars.stage("notebooks")
        bars.planned(["10_metrics", "20_journey"])
        bars.notebook("10_metrics", None)
        bars.notebook("10_metrics", Outcome("10_metrics", 3.2))
    shown = console.file.getvalue()
    assert "10_metrics" in shown
    assert "1/2" in shown


def test_a_doubt_is_told_without_a_line_of_code_and_others_with_theirs(capsys) -> None:
    command_line._show_warning("look at this", CxWarning, "/a/b.py", 3)
    command_line._show_warning("old call", DeprecationWarning, "/a/b.py", 3)
    assert capsys.readouterr().err.splitlines() == [
        "warning: look at this",
        "warning: old call (b.py, line 3)",
    ]


def test_an_error_of_the_run_itself_is_refused_with_exit_2(monkeypatch, capsys) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise RunError("cannot write reports", allowed="a folder", next_step="choose --out")

    monkeypatch.setattr("cxresearch.cli.run.run_study", refuse)
    assert run_app(monkeypatch, "run", "acme") == 2
    assert capsys.readouterr().err.splitlines() == [
        "cxresearch: cannot write reports",
        "  allowed: a folder",
        "  next: choose --out",
    ]
