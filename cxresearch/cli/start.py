"""Start a study: from an export, from nothing, or from the sample company."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import typer

from cxresearch.intake.sample import SEED, make_sample, write_sample


def start_and_tell(folder: Path, *, source: Path | None, preset: str | None) -> None:
    """Write a study to fill in and say what to do next."""
    from cxresearch.intake.starter import start_study

    start_study(folder, source=source, preset=preset)
    typer.echo(f"{folder} is started. Next: read study.yml, then cxresearch check {folder}")


def sample_and_tell(
    folder: Path,
    *,
    seed: int | None,
    customers: int,
    without: Sequence[str],
    file_format: Literal["parquet", "csv"],
) -> None:
    """Write the sample company and say what it holds."""
    company = make_sample(
        seed=SEED if seed is None else seed, n_customers=customers, without=without
    )
    write_sample(company, folder, format=file_format)
    rows = ", ".join(f"{table.height:,} {name}" for name, table in company.tables.items())
    typer.echo(f"{folder}: {rows}. Next: cxresearch run {folder}")
