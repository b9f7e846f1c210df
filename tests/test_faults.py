"""Faults from outside: interruptions, killed processes, full and closed disks, runs at once."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

pytestmark = [pytest.mark.run, pytest.mark.slow]

WAIT_SECONDS = 180
PARAMETERS = 'study: str = "x"\noutput: str = "y"\nperiod: str = ""\nlanguage: str = "en"'
# The command line with an intake of one file and plain pages: here it is processes that matter.
DRIVER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from cxresearch.intake.verdict import make_verdict
from cxresearch.period import parse_period
from cxresearch.report import pages, run
from cxresearch.report.inputs import Inputs
from cxresearch.study.experience import Experience

class Study:
    languages = ["en"]
    attributes = {}
    timezone = "UTC"
    experience = Experience()

def prepare(folder, target, **_):
    target.mkdir()
    until = datetime(2025, 11, 1, tzinfo=UTC)
    return Inputs("Demo", parse_period("2025-10"), until, make_verdict([], []), ("responses",))

def write_index(folder, record, findings):
    (folder.pages / "index.html").write_text(record["run_id"])

def write_notebook_pages(folder, record):
    for row in record["notebooks"]:
        (folder.pages / row["pages"]["en"]).write_text(row["state"])

run.read_study = lambda _: Study
run.prepare_inputs = prepare
run.builtin_folder = lambda: Path("none")
pages._write_index = write_index
pages._write_notebook_pages = write_notebook_pages
sys.argv[0] = "cxresearch"
from cxresearch.cli import main
main()
"""
MARK_AND_SLEEP = """import os, pathlib, time
pathlib.Path("PIDS").open("a").write(f"{os.getpid()}\\n")
time.sleep(600)"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a driver and a study whose one notebook succeeds at once."""
    (tmp_path / "driver.py").write_text(DRIVER)
    write_notebook(tmp_path, "1 + 1")
    return tmp_path


def write_notebook(place: Path, code: str, *, name: str = "10_own") -> None:
    """A notebook in the study's folder: its parameters and one cell of code."""
    folder = place / "demo" / "notebooks"
    folder.mkdir(parents=True, exist_ok=True)
    empty = {"cell_type": "code", "outputs": [], "execution_count": None}
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    content = {
        "nbformat": 4,
        "nbformat_minor": 4,
        "metadata": {"kernelspec": kernel},
        "cells": [
            {**empty, "source": PARAMETERS, "metadata": {"tags": ["parameters"]}},
            {**empty, "source": code, "metadata": {}},
        ],
    }
    (folder / f"{name}.ipynb").write_text(json.dumps(content))


def start(place: Path, *options: str, out: Path | None = None) -> subprocess.Popen[str]:
    command = [sys.executable, "driver.py", "run", "demo", "--out", str(out or "reports"), *options]
    return subprocess.Popen(
        command,
        cwd=place,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def finish(place: Path, *options: str, out: Path | None = None) -> tuple[int, str]:
    """Exit code and standard error of a whole run."""
    process = start(place, *options, out=out)
    _, told = process.communicate(timeout=WAIT_SECONDS)
    return process.returncode, told


def start_and_wait_for_the_kernel(place: Path) -> tuple[subprocess.Popen[str], int]:
    """A run whose notebook sleeps, and the id of its kernel's process."""
    marks = place / "pids.txt"
    write_notebook(place, MARK_AND_SLEEP.replace("PIDS", str(marks)))
    process = start(place)
    until(lambda: marks.is_file() and marks.read_text().endswith("\n"))
    return process, int(marks.read_text())


def until(is_so) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.1)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    # A process that has ended and was not yet collected by its parent is not alive.
    return not (state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z")


def work_folders(place: Path) -> list[Path]:
    return [path for path in (place / "reports" / ".work").iterdir() if path.is_dir()]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_run_ends_its_kernels_and_leaves_the_last_report(
    place, number, code
) -> None:
    assert finish(place)[0] == 0
    last = (place / "reports" / "latest").resolve()
    process, kernel = start_and_wait_for_the_kernel(place)
    process.send_signal(number)
    _, told = process.communicate(timeout=WAIT_SECONDS)
    assert process.returncode == code
    assert "Traceback" not in told
    until(lambda: not is_alive(kernel))
    assert [path.name for path in work_folders(place)] == [last.name]
    assert (place / "reports" / "latest").resolve() == last
    assert (place / "reports" / "demo" / "latest").resolve() == last


def test_a_killed_run_leaves_the_last_report_and_the_next_run_removes_its_debris(place) -> None:
    assert finish(place)[0] == 0
    last = (place / "reports" / "latest").resolve()
    process, kernel = start_and_wait_for_the_kernel(place)
    process.kill()
    process.communicate(timeout=WAIT_SECONDS)
    assert (place / "reports" / "latest").resolve() == last
    debris = [path for path in work_folders(place) if path.name != last.name]
    assert len(debris) == 1
    until(lambda: not is_alive(kernel))
    write_notebook(place, "1 + 1")
    assert finish(place)[0] == 0
    assert not debris[0].exists()
    assert (place / "reports" / "latest").resolve() != last


def test_a_kernel_that_dies_is_a_failed_notebook_and_the_link_stays(place) -> None:
    assert finish(place)[0] == 0
    last = (place / "reports" / "latest").resolve()
    write_notebook(place, "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    code, told = finish(place)
    assert code == 3
    assert "notebook 10_own failed" in told
    assert "TCP without encryption" not in told
    (failed,) = {path.resolve() for path in (place / "reports/demo").iterdir()} - {last}
    row = json.loads((failed / "run.json").read_text())["notebooks"][0]
    assert (row["state"], row["failure"]["kind"]) == ("failed", "died")
    assert (failed / "10_own.html").read_text() == "failed"
    assert (place / "reports" / "latest").resolve() == last


def test_a_notebook_over_its_time_is_a_failed_notebook(place) -> None:
    write_notebook(place, "import time; time.sleep(600)")
    code, told = finish(place, "--timeout", "5")
    assert code == 3
    assert "not finished after 5 seconds" in told


def test_two_runs_at_once_both_publish_and_the_links_are_whole(place) -> None:
    processes = [start(place), start(place)]
    told = [process.communicate(timeout=WAIT_SECONDS)[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], told
    runs = {path.resolve() for path in (place / "reports/demo").iterdir()}
    assert len(runs) == 2
    assert (place / "reports" / "latest").resolve() in runs
    assert all((run / "index.html").read_text() == run.name for run in runs)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, 1 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("only root may mount a small file system")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


def test_a_full_disk_leaves_the_last_report_and_says_so(place, small_disk) -> None:
    code, told = finish(place, out=small_disk)
    assert code == 0, told
    last = (small_disk / "latest").resolve()
    with (small_disk / "ballast").open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"0" * 4096)
    code, told = finish(place, out=small_disk)
    assert code == 2
    assert "no space left" in told
    assert "the last report stands" in told
    assert "Traceback" not in told
    assert (small_disk / "latest").resolve() == last
    assert (last / "index.html").read_text() == last.name
    assert [path.name for path in (small_disk / ".work").iterdir() if path.is_dir()] == [last.name]


def test_a_read_only_disk_is_refused_before_anything_runs(place, small_disk) -> None:
    remount = ["mount", "-o", "remount,ro", str(small_disk)]
    subprocess.run(remount, check=True)
    code, told = finish(place, out=small_disk)
    assert code == 2
    assert "cannot write" in told
    assert "--out" in told
