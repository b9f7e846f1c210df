"""What does a run take over from the one before it? The words of its themes, so that names last.

A theme that was called "ticket change" last month is called so this month, though its comments are
others. The latest good report of the study holds the words in `themes.parquet`; a run finds them in
its folder `earlier`, laid out as results are, and its own replace them when it is published.
"""

import shutil
from pathlib import Path

from cxresearch.report.publish import RunFolder, latest_report

EARLIER = "earlier"
"""Folder of a run in which its notebooks find what an earlier one found."""
KEPT = {"themes.parquet": ("50_voice", "terms")}
"""File in a published report: the notebook and the table of its results that it holds."""


def bring_earlier(folder: RunFolder, *, study: str) -> None:
    """Lay what the latest good report of `study` kept where this run's notebooks look for it."""
    latest = latest_report(folder.out, study=study)
    for file, (notebook, table) in KEPT.items():
        if latest is not None and (latest / file).is_file():
            _copy(latest / file, folder.path / EARLIER / notebook / f"{table}.parquet")


def keep_for_later(folder: RunFolder) -> None:
    """Put what later runs need beside the pages; without it the earlier report's is kept."""
    for file, (notebook, table) in KEPT.items():
        sources = (root / notebook / f"{table}.parquet" for root in _roots(folder))
        found = next((source for source in sources if source.is_file()), None)
        if found is not None:
            _copy(found, folder.pages / file)


def _roots(folder: RunFolder) -> tuple[Path, Path]:
    return folder.results, folder.path / EARLIER


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
