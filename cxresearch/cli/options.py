"""The options that commands take, explained for a newcomer."""

from pathlib import Path
from typing import Annotated, Literal

import typer

FAULT, REFUSED, NOTEBOOK_FAILED, INTERRUPTED, ENDED = 1, 2, 3, 130, 143
"""How a command ends, besides 0."""

StudyFolder = Annotated[
    Path,
    typer.Argument(
        metavar="STUDY", help="Folder of the study: it holds study.yml.", show_default=False
    ),
]
OutFolder = Annotated[Path, typer.Option("--out", help="Folder in which reports are published.")]
DataFolder = Annotated[
    Path | None,
    typer.Option(
        "--data", help="Where the files that study.yml names are found, if not beside it."
    ),
]
PeriodText = Annotated[
    str,
    typer.Option(
        help="2025-10, 2025-Q3, 2025 or 2025-10-01/2025-11-01 (end excluded). "
        "Without it: the last complete month of the data."
    ),
]
NotebookNames = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME",
        help="Run this notebook and those it reads; may be repeated. Without it: all.",
    ),
]
PageLanguage = Annotated[
    Literal["it", "en", "both"] | None,
    typer.Option(help="Language of the pages. Without it: those of the study."),
]
Conditions = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME=VALUE",
        help='Only customers with this attribute, as in "region=Nord"; may be repeated.',
    ),
]
Values = Annotated[
    list[str] | None,
    typer.Option(
        "-p",
        "--parameter",
        metavar="NAME=VALUE",
        help="A parameter of the notebooks; may be repeated.",
    ),
]
Seconds = Annotated[
    float, typer.Option(min=1, metavar="SECONDS", help="How long one notebook may take.")
]
