"""Is this the same input as before? A hash of everything the prepared tables depend on.

The study's files and the data by their content, the filter, and the code that prepares: two
checkouts of the same study agree, whatever their paths and dates.
"""

import hashlib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path

import polars as pl

from cxresearch import contract, engine
from cxresearch.intake.read import data_folder, source_files, source_name
from cxresearch.intake.sql import database_path
from cxresearch.study import Study

_LENGTH = 32


def fingerprint_study(
    study: Study, *, data: Path | str | None = None, where: Mapping[str, str]
) -> str:
    """A hash of a study, its data, a filter and the code of intake."""
    found = hashlib.sha256()
    for part in (
        _code(),
        study.model_dump_json(),
        study.experience.model_dump_json(),
        repr(sorted(where.items())),
    ):
        found.update(part.encode() + b"\0")
    for name, path in _inputs(study, data_folder(study, data)):
        found.update(name.encode() + b"\0" + _content(path))
    return found.hexdigest()[:_LENGTH]


def _inputs(study: Study, folder: Path) -> Iterator[tuple[str, Path]]:
    for source in study.sources:
        if source.sql is not None:
            path, _ = database_path(source.sql, data=folder, label=source_name(source))
            yield source_name(source), path
        for path in source_files(source, folder):
            yield (
                path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name,
                path,
            )


def _content(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


@cache
def _code() -> str:
    modules = [Path(contract.__file__), Path(engine.__file__)]
    modules += sorted(Path(__file__).parent.glob("*.py"))
    text = hashlib.sha256()
    for path in modules:
        text.update(path.read_bytes())
    return f"{version('cxresearch')} {pl.__version__} {text.hexdigest()}"
