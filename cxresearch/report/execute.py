"""Run the notebooks: each in a process of its own, two at a time, each after those it reads.

A notebook that fails, dies or takes too long is an outcome, not an exception: the others go on, and
one that reads a failed notebook runs without its results.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cxresearch.report.imports import write_kernel_profile
from cxresearch.report.notebooks import Notebook
from cxresearch.report.provenance import SEED, write_json

AT_A_TIME = 2
_POLL_SECONDS = 0.05
_GRACE_SECONDS = 5.0
_LAST_LINES = 5
# What ipykernel says of its sockets at every start; they are bound to this machine only.
_NOISE = ("TCP without encryption", "Debugger warning", "frozen modules", "PYDEVD_DISABLE")


@dataclass(frozen=True)
class Outcome:
    """How the execution of one notebook ended.

    Parameters
    ----------
    seconds
        From start to end.
    failure
        None, or {`kind`, `error`, `message`, `cell`, `source`} as in `run.json`.
    """

    name: str
    seconds: float
    failure: dict[str, Any] | None = None


Listener = Callable[[str, Outcome | None], None]
"""Called with a notebook's name when it starts (None) and when it ends (its outcome)."""


@dataclass
class _Job:
    notebook: Notebook
    folder: Path
    process: subprocess.Popen[bytes]
    log: Path
    started: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started


def execute_notebooks(
    notebooks: Sequence[Notebook],
    *,
    folder: Path,
    reads: Mapping[str, Sequence[str]],
    parameters: Mapping[str, Mapping[str, Any]],
    timeout: float,
    listener: Listener,
) -> dict[str, Outcome]:
    """Execute `notebooks` in `folder` and say how each ended.

    Parameters
    ----------
    notebooks
        In an order in which each comes after those it reads.
    folder
        The run's folder: working directory of every kernel. Executed notebooks are written to
        `executed/`, what kernels print beside the notebook to `logs/`.
    reads
        For each notebook the names that must have ended before it starts.
    parameters
        Values to inject, for each notebook.
    timeout
        Seconds a notebook may take.

    Returns
    -------
    dict of str to Outcome
        In the order of `notebooks`.
    """
    write_kernel_profile(folder / "logs" / "ipython")
    waiting = list(notebooks)
    running: list[_Job] = []
    outcomes: dict[str, Outcome] = {}
    try:
        while waiting or running:
            for notebook in _ready(waiting, reads, outcomes)[: AT_A_TIME - len(running)]:
                waiting.remove(notebook)
                running.append(_start(notebook, folder, parameters[notebook.name]))
                listener(notebook.name, None)
            time.sleep(_POLL_SECONDS)
            for job in [job for job in running if _has_ended(job, timeout)]:
                running.remove(job)
                outcome = _read_outcome(job, timeout)
                outcomes[outcome.name] = outcome
                if outcome.failure:  # half a result is none
                    shutil.rmtree(folder / "results" / outcome.name, ignore_errors=True)
                listener(outcome.name, outcome)
    finally:
        for job in running:
            _end(job.process)
    return {notebook.name: outcomes[notebook.name] for notebook in notebooks}


def _ready(
    waiting: Sequence[Notebook],
    reads: Mapping[str, Sequence[str]],
    outcomes: Mapping[str, Outcome],
) -> list[Notebook]:
    return [
        notebook for notebook in waiting if all(read in outcomes for read in reads[notebook.name])
    ]


def _start(notebook: Notebook, folder: Path, parameters: Mapping[str, Any]) -> _Job:
    logs, executed = folder / "logs", folder / "executed"
    executed.mkdir(exist_ok=True)
    job_path = logs / f"{notebook.name}.job.json"
    job = {
        "notebook": str(notebook.path.resolve()),
        "executed": str(executed / f"{notebook.name}.ipynb"),
        "parameters": dict(parameters),
        "cwd": str(folder),
        "outcome": str(logs / f"{notebook.name}.outcome.json"),
    }
    write_json(job, job_path)
    log = logs / f"{notebook.name}.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(  # noqa: S603 (our own module, no shell)
            [sys.executable, "-m", "cxresearch.report.worker", str(job_path)],
            stdin=subprocess.PIPE,
            stdout=stream,
            stderr=stream,
            env=_environment(folder),
            # Ctrl-C reaches the runner alone, which then ends its workers in order.
            start_new_session=True,
        )
    return _Job(notebook, folder, process, log)


def _environment(folder: Path) -> dict[str, str]:
    """The caller's environment, without what could make two runs differ."""
    threads = str(max(1, (os.cpu_count() or 1) // AT_A_TIME))
    return {
        "POLARS_MAX_THREADS": threads,
        "OMP_NUM_THREADS": threads,
        **os.environ,
        "PYTHONHASHSEED": str(SEED),
        "TZ": "UTC",
        # Without compiled modules a kernel takes four times as long to import what it needs.
        "PYTHONDONTWRITEBYTECODE": "",
        # The kernel of this environment, not one the user has installed; no start-up files.
        "JUPYTER_PREFER_ENV_PATH": "1",
        "JUPYTER_PLATFORM_DIRS": "1",
        "IPYTHONDIR": str(folder / "logs" / "ipython"),
    }


def _has_ended(job: _Job, timeout: float) -> bool:
    if job.process.poll() is not None:
        return True
    if job.seconds <= timeout:
        return False
    _end(job.process)
    (job.folder / "logs" / f"{job.notebook.name}.outcome.json").unlink(missing_ok=True)
    return True


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a worker; asked politely, it takes its kernel along."""
    if process.poll() is None:
        process.terminate()
        try:
            with suppress(subprocess.TimeoutExpired):
                process.wait(_GRACE_SECONDS)
        finally:  # also when Ctrl-C is pressed again
            process.kill()
            process.wait()
    if process.stdin:
        process.stdin.close()


def _read_outcome(job: _Job, timeout: float) -> Outcome:
    seconds = job.seconds
    _end(job.process)
    path = job.folder / "logs" / f"{job.notebook.name}.outcome.json"
    if path.is_file() and job.process.returncode == 0:
        failure = json.loads(path.read_text(encoding="utf-8"))
        if failure is not None and failure["kind"] == "died":
            failure["message"] = _last_words(job.log) or failure["message"]
        return Outcome(job.notebook.name, seconds, failure)
    if seconds > timeout:
        return Outcome(job.notebook.name, seconds, _timed_out(timeout))
    return Outcome(job.notebook.name, seconds, _ended_by_itself(job))


def _timed_out(timeout: float) -> dict[str, Any]:
    text = f"not finished after {timeout:g} seconds"
    return {"kind": "timeout", "error": "Timeout", "message": text, "cell": None, "source": ""}


def _ended_by_itself(job: _Job) -> dict[str, Any]:
    code = job.process.returncode
    reason = signal.Signals(-code).name if code < 0 else f"exit code {code}"
    text = _last_words(job.log) or "the process said nothing"
    return {"kind": "died", "error": reason, "message": text, "cell": None, "source": ""}


def _last_words(log: Path) -> str:
    """What the process printed last, without the kernel's usual noise."""
    lines = [
        line.strip()
        for line in log.read_text(encoding="utf-8", errors="replace").splitlines()
        if line.strip() and not any(noise in line for noise in _NOISE)
    ]
    return "\n".join(lines[-_LAST_LINES:])
