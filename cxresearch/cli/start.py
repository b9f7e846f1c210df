"""Start a study: from an export, from nothing, or from the sample company."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import typer
from rich.markup import escape

from cxresearch.cli.tables import make_console, make_table
from cxresearch.errors import ParameterError

if TYPE_CHECKING:
    from cxresearch.intake.starter.proposal import Proposal


def start_and_tell(folder: Path, *, source: Path | None, preset: str | None) -> None:
    """Write a study to fill in, or one guessed from an export; say what to look at next."""
    from cxresearch.intake.starter.files import write_starter
    from cxresearch.intake.starter.proposal import propose_study

    if source is None and preset:
        raise ParameterError(
            f"--preset {preset} maps an export, and none is given",
            allowed="--preset together with --from",
            next_step="name the export: --from export.csv",
        )
    if source is None:
        for path in write_starter(folder):
            typer.echo(f"wrote {path}")
        typer.echo(f"Next: fill in study.yml, then cxresearch check {folder}")
        return
    proposal = propose_study(source, folder, preset=preset)
    tell_proposal(proposal)
    typer.echo(f"Next: look at {folder / 'study.yml'}, then cxresearch check {folder}")


def tell_proposal(proposal: "Proposal") -> None:
    """Print how each column of an export was read, and what to check first."""
    table = make_table("How the columns were read")
    table.add_column("column", overflow="fold")
    table.add_column("becomes", overflow="fold")
    table.add_column("how sure")
    table.add_column("why", overflow="fold")
    for reading in proposal.readings:
        becomes = reading.becomes or "left out"
        cells = (reading.column, becomes, reading.confidence, reading.why)
        table.add_row(*(escape(cell) for cell in cells))
    make_console().print(table)
    for note in proposal.notes:
        typer.echo(f"check: {note}")


def sample_and_tell(
    folder: Path,
    *,
    seed: int | None,
    customers: int,
    without: Sequence[str],
    file_format: Literal["parquet", "csv"],
) -> None:
    """Write the sample company and say what it holds."""
    from cxresearch.intake.sample import SEED, make_sample, write_sample

    company = make_sample(
        seed=SEED if seed is None else seed, n_customers=customers, without=without
    )
    write_sample(company, folder, format=file_format)
    rows = ", ".join(f"{table.height:,} {name}" for name, table in company.tables.items())
    typer.echo(f"{folder}: {rows}. Next: cxresearch run {folder}")
