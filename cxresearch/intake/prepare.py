"""From a study folder to prepared tables: made once, opened many times.

A prepared folder holds a Parquet file a table, the verdict, quarantine.csv and set_aside.csv
(private: they hold values of single rows), copies of the study's files and manifest.json. It is
written beside its place and renamed into it, so that it is whole or not there; the same input
gives the same bytes.
"""

import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

import polars as pl

from cxresearch.contract import TABLES
from cxresearch.engine import scan_table, write_table
from cxresearch.errors import DataError, ParameterError
from cxresearch.intake.build import Built, build_tables
from cxresearch.intake.fingerprint import fingerprint_study
from cxresearch.intake.tables import StudyTables
from cxresearch.intake.verdict import Verdict
from cxresearch.language import Message
from cxresearch.study import Study, read_study

MANIFEST = "manifest.json"
PART = ".part"
DAY_SECONDS = 86_400
STUDY_FILES = ("study.yml", "experience.yml", "aspects.yml", "themes.yml")


def open_study(
    path: Path | str, *, data: Path | str | None = None, where: Mapping[str, str] | None = None
) -> StudyTables:
    """Open the tables of a study.

    Parameters
    ----------
    path
        A study folder (with study.yml), prepared once and kept under `reports/.cache`; or a
        folder that `prepare_study` wrote, opened as it is.
    data
        Data folder; default the study's. Of no use for a prepared folder.
    where
        Limits the study to customers with these attributes.

    Raises
    ------
    StudyError, DataError
        The study's files or its data are refused.
    ParameterError
        `where` names no attribute or value, or is given for a prepared folder.
    """
    folder = Path(path)
    if (folder / MANIFEST).is_file():
        if where or data:
            raise ParameterError(
                f"{folder} is prepared: its data and its filter are fixed",
                next_step="open the study folder itself, or run again with --where",
            )
        return _open_prepared(folder)
    study = read_study(folder)
    fingerprint = fingerprint_study(study, data=data, where=where or {})
    kept = _cache_folder(folder) / fingerprint
    if not (kept / MANIFEST).is_file():
        _prepare(study, kept, fingerprint, data, where or {})
    return _open_prepared(kept)


def prepare_study(
    study: Study | Path | str,
    out: Path | str,
    *,
    data: Path | str | None = None,
    where: Mapping[str, str] | None = None,
) -> StudyTables:
    """Read, check and write the tables of a study to `out`.

    Parameters
    ----------
    study
        A study, or its folder.
    out
        Folder to write; it must not exist, or be empty.
    data, where
        As in `open_study`.
    """
    study = study if isinstance(study, Study) else read_study(study)
    out = Path(out)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ParameterError(
            f"{out} is not empty", allowed="a new folder", next_step="name another, or remove it"
        )
    fingerprint = fingerprint_study(study, data=data, where=where or {})
    _prepare(study, out, fingerprint, data, where or {})
    return _open_prepared(out)


def check_study(
    study: Study | Path | str,
    *,
    data: Path | str | None = None,
    where: Mapping[str, str] | None = None,
) -> Verdict:
    """Read and check a study without keeping its tables; the verdict tells a refusal."""
    study = study if isinstance(study, Study) else read_study(study)
    return build_tables(study, data=data, where=where or {}).verdict


def _prepare(
    study: Study, out: Path, fingerprint: str, data: Path | str | None, where: Mapping[str, str]
) -> None:
    built = build_tables(study, data=data, where=where)
    if built.verdict.is_refused:
        raise DataError(
            _in_english(built.verdict.messages("refusal")),
            allowed="at least one accepted row in each table the study declares",
            next_step=_in_english(built.verdict.hints())
            or "`cxresearch check` on the study shows what broke",
        )
    with _written_whole(out) as folder:
        _write(built, study, folder, fingerprint, where)


def _in_english(messages: Sequence[Message]) -> str:
    return " ".join(message.in_language("en") for message in messages)


def _write(
    built: Built, study: Study, folder: Path, fingerprint: str, where: Mapping[str, str]
) -> None:
    for name, table in built.tables.items():
        write_table(table, folder / f"{name}.parquet")
    built.verdict.write(folder / "verdict")
    _neutral(built.quarantine).write_csv(folder / "quarantine.csv")
    _neutral(built.set_aside).write_csv(folder / "set_aside.csv")
    for path in (study.folder / name for name in STUDY_FILES):
        if path.is_file():
            shutil.copyfile(path, folder / path.name)
    until = built.data_until.isoformat()
    manifest = {"fingerprint": fingerprint, "data_until": until, "where": dict(where)}
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    (folder / MANIFEST).write_text(text, encoding="utf-8")


def _neutral(lines: pl.DataFrame) -> pl.DataFrame:
    """Text that a spreadsheet would run as a formula gets an apostrophe before it."""
    return lines.with_columns(pl.col(pl.String).str.replace(r"^([=+\-@\t\r])", "'$1"))


@contextmanager
def _written_whole(out: Path) -> Iterator[Path]:
    """A folder beside `out` that takes its place when the block ends well, else vanishes."""
    out.parent.mkdir(parents=True, exist_ok=True)
    _remove_leftovers(out.parent)
    folder = Path(tempfile.mkdtemp(prefix=f".{out.name[:16]}-", suffix=PART, dir=out.parent))
    try:
        yield folder
        folder.chmod(0o755)
        try:
            folder.rename(out)
        except OSError:
            # Somebody else prepared the same in the meantime: theirs is as good.
            if not (out / MANIFEST).is_file():
                raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _remove_leftovers(parent: Path) -> None:
    """Remove what a killed process began to write a day ago or more."""
    for left in parent.glob(f".*{PART}"):
        with suppress(FileNotFoundError):  # another process has just finished it
            if time.time() - left.stat().st_mtime > DAY_SECONDS:
                shutil.rmtree(left, ignore_errors=True)


def _open_prepared(folder: Path) -> StudyTables:
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    paths = {name: folder / f"{name}.parquet" for name in TABLES}
    scans = {name: scan_table(path) if path.is_file() else None for name, path in paths.items()}
    return StudyTables(
        study=read_study(folder),
        folder=folder,
        verdict=Verdict.read(folder / "verdict"),
        data_until=datetime.fromisoformat(manifest["data_until"]),
        fingerprint=manifest["fingerprint"],
        where=manifest["where"],
        **scans,
    )


def _cache_folder(study: Path) -> Path:
    """`reports/.cache` of the checkout one works in, else a folder of the user."""
    here = Path.cwd()
    for base in (here, *here.parents, *study.resolve().parents):
        if (base / "reports").is_dir():
            return base / "reports" / ".cache"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cxresearch"
