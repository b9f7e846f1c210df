"""The command line: what each command takes, and how an error is told.

Commands import what they need when they run, so that `--help` is there at once.
"""

import signal
import sys
import warnings
from pathlib import Path
from types import FrameType
from typing import Annotated, Any, Literal

import typer

from cxresearch.cli.options import (
    ENDED,
    FAULT,
    NOTEBOOK_FAILED,
    REFUSED,
    Conditions,
    DataFolder,
    NotebookNames,
    OutFolder,
    PageLanguage,
    PeriodText,
    Seconds,
    StudyFolder,
    Values,
)

app = typer.Typer(
    name="cxresearch",
    help="Customer experience research: from a study folder to reports that open offline.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 2 refused, 3 published but a notebook failed, 130 interrupted.",
)


def _show_version(is_asked: bool) -> None:
    if is_asked:
        from importlib.metadata import version

        typer.echo(f"cxresearch {version('cxresearch')}")
        raise typer.Exit


@app.callback()
def common(
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the whole traceback of an error.")
    ] = False,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Options that stand before the command."""


@app.command()
def run(
    study: StudyFolder,
    period: PeriodText = "",
    notebook: NotebookNames = None,
    language: PageLanguage = None,
    where: Conditions = None,
    out: OutFolder = Path("reports"),
    parameter: Values = None,
    timeout: Seconds = 1800,
    data: DataFolder = None,
) -> None:
    """Run the notebooks on a study and publish the report."""
    from cxresearch.cli.run import run_and_tell
    from cxresearch.report.parameters import split_assignments
    from cxresearch.report.run import Request

    request = Request(
        study=study,
        out=out,
        period=period,
        notebooks=notebook or [],
        language=language or "",
        where=split_assignments(where or [], option="--where"),
        parameters=split_assignments(parameter or [], option="-p"),
        timeout=timeout,
        data=data,
    )
    raise typer.Exit(NOTEBOOK_FAILED if run_and_tell(request).failed else 0)


@app.command()
def render(
    run: Annotated[
        str,
        typer.Argument(
            metavar="RUN",
            help="Id of a run, or the path of its published folder.",
            show_default=False,
        ),
    ],
    out: OutFolder = Path("reports"),
) -> None:
    """Make the pages of a kept run again, without executing its notebooks."""
    from cxresearch.report.pages import render_again
    from cxresearch.report.publish import find_kept_run, hold

    folder, published = find_kept_run(out, run)
    with hold(folder):
        render_again(folder, published)
    typer.echo(str(published / "index.html"))


@app.command()
def check(study: StudyFolder, data: DataFolder = None) -> None:
    """Say what of a study's data is accepted, what is set aside and why."""
    from cxresearch.cli.check import check_and_tell

    check_and_tell(study, data=data)


@app.command()
def init(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Folder of the new study.", show_default=False)
    ],
    source: Annotated[
        Path | None, typer.Option("--from", help="An export to start from: CSV, Excel, Parquet.")
    ] = None,
    preset: Annotated[
        str | None, typer.Option(help="A known export's mapping, kept with cxresearch.")
    ] = None,
) -> None:
    """Start a study: study.yml and experience.yml to fill in, guessed from an export if given."""
    from cxresearch.cli.start import start_and_tell

    start_and_tell(folder, source=source, preset=preset)


@app.command()
def sample(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Folder to write.", show_default=False)
    ],
    seed: Annotated[
        int | None,
        typer.Option(help="Another seed is another company. Without it: that of data/demo."),
    ] = None,
    customers: Annotated[int, typer.Option(min=1, help="How many customers.")] = 6000,
    without: Annotated[
        list[str] | None,
        typer.Option(metavar="STORY", help="Leave this planted story out; may be repeated."),
    ] = None,
    format_: Annotated[
        Literal["parquet", "csv"], typer.Option("--format", help="How the tables are written.")
    ] = "parquet",
) -> None:
    """Write the sample company, a study with known, planted stories."""
    from cxresearch.cli.start import sample_and_tell

    sample_and_tell(
        folder, seed=seed, customers=customers, without=without or [], file_format=format_
    )


@app.command()
def label(
    study: StudyFolder,
    n: Annotated[int, typer.Option("--n", min=1, help="How many comments to draw.")] = 200,
    out: Annotated[
        Path | None,
        typer.Option(help="File to write. Without it: labels/labels.csv in the study's folder."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Another seed draws other comments.")] = 0,
    data: DataFolder = None,
) -> None:
    """Draw comments for people to label, so that the tone read can be checked and learned."""
    from cxresearch.cli.label import label_and_tell

    label_and_tell(study, n=n, out=out, seed=seed, data=data)


def run_app() -> None:
    """Run the command that the process was called with, and tell errors in three lines."""
    signal.signal(signal.SIGTERM, _end)
    warnings.showwarning = _show_warning
    try:
        app()
    except Exception as error:
        if "--debug" in sys.argv:
            raise
        sys.exit(_tell(error))


def _tell(error: Exception) -> int:
    from cxresearch.errors import CxError

    if isinstance(error, CxError):
        typer.echo(f"cxresearch: {error}", err=True)
        return REFUSED
    typer.echo(
        f"cxresearch: unexpected {type(error).__name__}: {error}\n"
        "  next: put --debug before the command to see where, and report it",
        err=True,
    )
    return FAULT


def _end(number: int, frame: FrameType | None) -> None:
    # As an exception, so that a run ends its workers and removes its folder.
    sys.exit(ENDED)


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: Any = None,
    line: str | None = None,
) -> None:
    from cxresearch.errors import CxWarning

    where = "" if issubclass(category, CxWarning) else f" ({Path(filename).name}, line {lineno})"
    typer.echo(f"warning: {message}{where}", err=True)
