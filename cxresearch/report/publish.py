"""Where does a run live, and when does a reader see it?

A run works in `<out>/.work/<run_id>/`, closed to other users and never linked: prepared tables,
executed notebooks, logs and `quarantine.csv` stay there. Its pages are made in there too and become
visible by one rename, `<out>/<study>/<run_id>/`; then `latest` of the study and of `<out>` are
replaced by rename. So a reader meets the last good report or the new one, never half of one.

An exception or Ctrl-C removes the run's folder. What a killed run leaves behind, the next run
removes: a folder whose lock is free and whose pages were never published. The folders of the last
`KEPT_RUNS` runs of a study are kept, for `cxresearch render` and to look into; published pages are
never removed.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cxresearch.errors import ParameterError
from cxresearch.report.disk import explain_full_disk, explain_writing
from cxresearch.report.provenance import make_run_id

KEPT_RUNS = 5
WORK = ".work"
_LATEST = "latest"
_LOCK = "lock"
_PUBLISHED = "published.txt"


@dataclass(frozen=True)
class RunFolder:
    """The private folder of one run.

    Parameters
    ----------
    out
        The reports folder, absolute.
    path
        `<out>/.work/<run_id>`.
    """

    out: Path
    run_id: str
    path: Path

    @property
    def inputs(self) -> Path:
        """Prepared tables, as every notebook of the run reads them."""
        return self.path / "inputs"

    @property
    def results(self) -> Path:
        """A folder a notebook, as `save_results` writes it."""
        return self.path / "results"

    @property
    def executed(self) -> Path:
        """Executed notebooks, normalised."""
        return self.path / "executed"

    @property
    def pages(self) -> Path:
        """What will be published."""
        return self.path / "pages"


@contextmanager
def open_run_folder(out: Path, *, now: datetime) -> Iterator[RunFolder]:
    """Make the folder of a run that starts `now`; remove it should the run not finish.

    Debris of killed runs and the folders of old ones are removed first.

    Raises
    ------
    RunError
        `out` cannot be written to, or the disk is full.
    """
    with explain_writing(out):
        out = out.resolve()
        (out / WORK).mkdir(parents=True, exist_ok=True)
        (out / WORK).chmod(0o700)
        with _locked(out / WORK / _LOCK):
            _sweep(out)
            folder, lock = _make_folder(out, now)
    try:
        with explain_full_disk(out):
            folder.pages.mkdir()
            yield folder
    except BaseException:
        shutil.rmtree(folder.path, ignore_errors=True)
        raise
    finally:
        os.close(lock)


def publish(folder: RunFolder, *, study: str, is_good: bool) -> Path:
    """Make the pages of a run visible, and move both links to them if the run is good.

    Parameters
    ----------
    study
        Name of the study's folder under `out`.
    is_good
        Whether every notebook succeeded. If not, the links stay on the last good report.

    Returns
    -------
    Path
        The published folder.

    Raises
    ------
    RunError
        `out` cannot be written to, or something that is no link stands where a link belongs.
    """
    target = folder.out / study / folder.run_id
    with explain_writing(folder.out), _locked(folder.out / WORK / _LOCK):
        target.parent.mkdir(exist_ok=True)
        (folder.path / _PUBLISHED).write_text(f"{study}/{folder.run_id}\n", encoding="utf-8")
        folder.pages.rename(target)
        if is_good:
            _point(folder.out / study / _LATEST, folder.run_id)
            _point(folder.out / _LATEST, f"{study}/{folder.run_id}")
    return target


def study_folder_name(study: Path) -> str:
    """Name under which a study's reports are published: that of its folder.

    Raises
    ------
    ParameterError
        The name is one the reports folder needs itself.
    """
    name = study.resolve().name
    if name in ("", _LATEST) or name.startswith("."):
        raise ParameterError(
            f"a study folder called '{name}' cannot be published",
            allowed=f"any name but '{_LATEST}' and names that begin with a dot",
            next_step="rename the study's folder",
        )
    return name


def latest_report(out: Path, *, study: str) -> Path | None:
    """The published folder of the latest good run of a study; None before the first."""
    link = out / study / _LATEST
    return link.resolve() if link.is_dir() else None


def find_kept_run(out: Path, run: str) -> tuple[RunFolder, Path]:
    """The private folder of a run that is kept, and its published folder.

    Parameters
    ----------
    run
        A run's id, or the path of its published folder or of a link to it, from here or in `out`.

    Raises
    ------
    ParameterError
        No such run is kept; those kept are named.
    """
    out, run_id = out.resolve(), run
    found = [path.resolve() for path in (Path(run), out / run) if path.is_dir()]
    if found:
        run_id = found[0].name
        of_found = found[0].parent.parent
        out = of_found if (of_found / WORK).is_dir() else out
    folder = RunFolder(out, run_id, out / WORK / run_id)
    published = _published_folder(folder.path)
    if "/" in run_id or published is None:
        kept = sorted(path.name for path in (out / WORK).glob("*") if _published_folder(path))
        raise ParameterError(
            f"no kept run '{run}' in {out}",
            allowed=", ".join(kept) or "none is kept here",
            next_step="name one of these, or run the study again",
        )
    return folder, published


@contextmanager
def hold(folder: RunFolder) -> Iterator[None]:
    """Keep other runs from removing `folder`, and two renderings of it from meeting."""
    with explain_writing(folder.out), _locked(folder.path / _LOCK):
        yield


def _make_folder(out: Path, now: datetime) -> tuple[RunFolder, int]:
    """A new folder and the descriptor that holds its lock. Two runs may start in one second."""
    run_id = make_run_id(now)
    number = 1
    while (out / WORK / run_id).exists() or list(out.glob(f"*/{run_id}")):
        number += 1
        run_id = f"{make_run_id(now)}-{number}"
    path = out / WORK / run_id
    path.mkdir()
    return RunFolder(out, run_id, path), _lock(path / _LOCK)


def _sweep(out: Path) -> None:
    """Remove what killed runs left, and the private folders of all but each study's last runs."""
    for link in [*out.glob(f".{_LATEST}.*"), *out.glob(f"*/.{_LATEST}.*")]:
        link.unlink()
    kept: dict[str, int] = {}
    for path in sorted((path for path in (out / WORK).iterdir() if path.is_dir()), reverse=True):
        published = _published_folder(path)
        if published is not None:
            kept[published.parent.name] = kept.get(published.parent.name, 0) + 1
        if published is None or kept[published.parent.name] > KEPT_RUNS:
            _remove_unless_held(path)


def _remove_unless_held(path: Path) -> None:
    try:
        descriptor = _lock(path / _LOCK, wait=False)
    except BlockingIOError:
        return  # a run is at work in it
    shutil.rmtree(path)
    os.close(descriptor)


def _published_folder(path: Path) -> Path | None:
    """The published folder of the run whose private folder is `path`; None if there is none."""
    marker = path / _PUBLISHED
    if not marker.is_file():
        return None
    published = path.parent.parent / marker.read_text(encoding="utf-8").strip()
    return published if published.is_dir() else None


def _point(link: Path, target: str) -> None:
    """Replace `link` by a relative link to `target`, in one step."""
    made = link.with_name(f".{link.name}.{Path(target).name}")
    made.symlink_to(target, target_is_directory=True)
    try:
        made.replace(link)
    except OSError:
        made.unlink()
        raise


def _lock(path: Path, *, wait: bool = True) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    descriptor = _lock(path)
    try:
        yield
    finally:
        os.close(descriptor)
