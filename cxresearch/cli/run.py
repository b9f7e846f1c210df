"""Tell a run: its progress while it works, then where the report is and what it says."""

import time
from collections.abc import Sequence
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from cxresearch.actions.findings import finding_sentences
from cxresearch.errors import RunError
from cxresearch.intake import Verdict
from cxresearch.report.execute import Outcome
from cxresearch.report.run import Report, Request, run_study
from cxresearch.report.watch import Watcher

STAGES = {
    "intake": "reading and checking the data",
    "notebooks": "running the notebooks",
    "pages": "making the pages",
    "publish": "publishing",
}
SUMMARY_SENTENCES = 8


def run_and_tell(request: Request) -> Report:
    """Run, showing progress on standard error and the summary on standard output."""
    console = Console(stderr=True, highlight=False)
    try:
        if console.is_terminal:
            with Bars(console) as watcher:
                report = run_study(request, watcher=watcher)
        else:
            report = run_study(request, watcher=Lines())
    except KeyboardInterrupt:
        typer.echo(
            "cxresearch: interrupted; nothing was published, the last report stands", err=True
        )
        raise
    tell_report(report)
    return report


def tell_report(report: Report) -> None:
    """Print where the report is, its headline findings, and on standard error what failed."""
    headlines = report.findings.filter("is_headline").sort("rank", maintain_order=True)
    typer.echo(f"{report.record['study']['name']}, {report.record['period']['label']}")
    for sentence in finding_sentences(headlines.head(SUMMARY_SENTENCES), "en"):
        typer.echo(f"  {sentence}")
    _tell_intake(report.verdict)
    typer.echo(f"Report: {_relative(report.folder / 'index.html')}")
    for row in report.failed:
        failure = row["failure"]
        cell = "" if failure["cell"] is None else f" in cell {failure['cell']}"
        error = RunError(
            f"notebook {row['name']} failed{cell}: {failure['error']}: {failure['message']}",
            next_step=f"see {_relative(report.private / 'executed')} and "
            f"{_relative(report.private / 'logs' / row['name'])}.log",
        )
        typer.echo(f"cxresearch: {error}", err=True)
    if report.failed:
        typer.echo("  latest still points to the last good report, if there is one", err=True)


def _tell_intake(verdict: Verdict) -> None:
    for message in verdict.messages("warning"):
        typer.echo(f"warning: {message.in_language('en')}", err=True)
    removed = verdict.redacted()
    if removed:
        typer.echo(f"  {removed.in_language('en')}")
    n_aside = int(verdict.conservation["n_quarantined"].sum())
    if n_aside:
        n_mapped = int(verdict.conservation["n_mapped"].sum())
        typer.echo(f"  {n_aside:,} of {n_mapped:,} rows were set aside: see cxresearch check")


class Lines:
    """Progress as plain lines, for a log."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def stage(self, name: str) -> None:
        self._say(STAGES[name])

    def planned(self, names: Sequence[str]) -> None:
        self._say(f"{len(names)} notebooks: {', '.join(names)}")

    def notebook(self, name: str, outcome: Outcome | None) -> None:
        if outcome is not None:
            state = "FAILED" if outcome.failure else "done"
            self._say(f"{name} {state} in {outcome.seconds:.1f} s")

    def _say(self, text: str) -> None:
        minutes, seconds = divmod(int(time.monotonic() - self._began), 60)
        typer.echo(f"{minutes:02d}:{seconds:02d} {text}", err=True)


class Bars:
    """Progress as a live bar over all notebooks and a line for each that is running."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            TextColumn("{task.fields[state]}"),
            TimeElapsedColumn(),
            console=console,
        )
        self._all: TaskID = self._progress.add_task(STAGES["intake"], total=None, state="")
        self._running: dict[str, TaskID] = {}
        self._names: Sequence[str] = ()
        self._ended = 0

    def __enter__(self) -> Watcher:
        self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._progress.stop()

    def stage(self, name: str) -> None:
        self._progress.update(self._all, description=STAGES[name])

    def planned(self, names: Sequence[str]) -> None:
        self._names = names
        self._progress.update(self._all, total=len(names), state=f"0/{len(names)}")

    def notebook(self, name: str, outcome: Outcome | None) -> None:
        if outcome is None:
            self._running[name] = self._progress.add_task(f"  {name}", total=None, state="")
            return
        self._ended += 1
        state = "[red]failed[/red]" if outcome.failure else "done"
        self._progress.update(self._running[name], total=1, completed=1, state=state)
        self._progress.stop_task(self._running[name])
        self._progress.update(
            self._all, completed=self._ended, state=f"{self._ended}/{len(self._names)}"
        )


def _relative(path: Path) -> Path:
    """As the user would type it, where it is below the current folder."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
