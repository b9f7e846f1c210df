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

from cxresearch import contract, engine, privacy
from cxresearch.intake.read import data_folder, label_of, source_files, source_name
from cxresearch.intake.sql import database_path
from cxresearch.study import Study

_LENGTH = 32


def fingerprint_study(
    study: Study, *, data: Path | str | None = None, where: Mapping[str, str]
) -> str:
    """A hash of a study, its data, a filter and the code of intake."""
    limits = repr(sorted(where.items()))
    found = hashlib.sha256()
    files = (study, study.experience, study.own_aspects, study.themes)
    for part in (_code(), *(file.model_dump_json() for file in files), limits):
        found.update(part.encode() + b"\0")
    for name, path in _inputs(study, data_folder(study, data)):
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").digest()
        found.update(name.encode() + b"\0" + content)
    return found.hexdigest()[:_LENGTH]


def _inputs(study: Study, folder: Path) -> Iterator[tuple[str, Path]]:
    for source in study.sources:
        name = source_name(source)
        if source.sql is not None:
            yield name, database_path(source.sql, data=folder, label=name)[0]
        for path in source_files(source, folder):
            yield label_of(path, folder), path


@cache
def _code() -> str:
    modules = [Path(contract.__file__), Path(engine.__file__)]
    modules += sorted(Path(__file__).parent.glob("*.py"))
    # A better redaction is another preparation: what the old one left is not opened again.
    modules += sorted(Path(privacy.__file__).parent.glob("*.[py][ym]*"))
    text = hashlib.sha256(b"".join(path.read_bytes() for path in modules))
    return f"{version('cxresearch')} {pl.__version__} {version('phonenumbers')} {text.hexdigest()}"
