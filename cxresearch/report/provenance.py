"""From what, with what and how was a report made?

The answer is `run.json`, published beside the pages; it is also what pages and index are told about
their run. Its keys:

- `run_id`, `study` {`id`, `name`}, `state` (`good` or `failed`), `exit_code`
- `started_at`, `finished_at` (UTC, ISO), `timings` in seconds {`intake`, `notebooks`, `pages`}
- `period` {`label`, `start`, `end` (excluded)}, `data_until` (ISO), `languages` (the first is that
  of `<notebook>.html`), `where` {attribute: value}, `seed`
- `parameters` {notebook: {name: value}}, defaults included
- `data`: a row a file that the notebooks read {`file`, `bytes`, `sha256`}
- `versions` {package: version}, `python` and `platform` among them
- `notebooks`: a row a notebook, in the order of the run {`name`, `title`, `state`, `seconds`,
  `reads`, `missing` (those of `reads` that failed or were left out), `pages` {language: file},
  `failure`}, where `failure` is null or {`kind` (`error`, `died`, `timeout`), `error`, `message`,
  `cell` (its place in the notebook as written, from 1, or null), `source`}
- `teams`: a row a team {`id`, `name` {language: text}, `owns`, `supports`: touchpoints by {`id`,
  `name`}}
- `left_out`: a row a notebook whose tables the study has not {`name`, `title`, `needs`}

Nothing in it names a path outside the run. Clock and durations appear here and nowhere else.
"""

import hashlib
import json
import platform
from collections.abc import Iterable, Mapping
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from cxresearch.report.notebooks import Notebook

# Every kernel starts with this hash seed, so that the order of sets does not change between runs.
SEED = 0
# The packages that can change a figure or a page.
_PACKAGES = (
    "cxresearch",
    "altair",
    "dataframely",
    "ipykernel",
    "nbconvert",
    "numpy",
    "papermill",
    "polars",
    "scikit-learn",
    "scipy",
    "vl-convert-python",
)
_CHUNK = 1 << 20
_VOLATILE = frozenset({"papermill", "execution", "widgets"})


def make_run_id(now: datetime) -> str:
    """Name of a run that starts `now` (UTC); names sort in the order of time.

    Examples
    --------
    >>> from datetime import UTC
    >>> make_run_id(datetime(2025, 11, 3, 6, 0, 7, tzinfo=UTC))
    '20251103T060007Z'
    """
    return f"{now:%Y%m%dT%H%M%SZ}"


def installed_versions() -> dict[str, str]:
    """Version of Python, of the platform and of each package that can change the report."""
    return {
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        **{package: version(package) for package in _PACKAGES},
    }


def fingerprint_files(folder: Path) -> list[dict[str, Any]]:
    """Name, size in bytes and SHA-256 of every file under `folder`, in order of name."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return [
        {
            "file": path.relative_to(folder).as_posix(),
            "bytes": path.stat().st_size,
            "sha256": _sha256(path),
        }
        for path in paths
    ]


def all_parameters(
    notebooks: Iterable[Notebook], injected: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """Each notebook's parameters as it ran: its defaults, overridden by what was injected."""
    return {
        notebook.name: {name: p.default for name, p in notebook.parameters.items()}
        | dict(injected[notebook.name])
        for notebook in notebooks
    }


def normalise_notebook(content: dict[str, Any]) -> dict[str, Any]:
    """Drop from an executed notebook all that differs between two runs on the same input.

    Timings, execution counts, cell ids, the papermill record and the interpreter's patch version
    go; sources, outputs, tags and what the notebook's author wrote in the metadata stay.

    Parameters
    ----------
    content
        The notebook as JSON; not changed.
    """
    cells = [
        _normalise_cell(cell, number)
        for number, cell in enumerate(
            cell
            for cell in content["cells"]
            if "papermill-error-cell-tag" not in cell["metadata"].get("tags", [])
        )
    ]
    metadata = _without(content["metadata"], _VOLATILE)
    if "language_info" in metadata:
        metadata["language_info"] = _without(metadata["language_info"], {"version"})
    return {**content, "cells": cells, "metadata": metadata}


def write_json(content: Any, path: Path) -> None:
    """Write `content` as readable JSON with a stable layout."""
    text = json.dumps(content, indent=1, ensure_ascii=False, sort_keys=False)
    path.write_text(text + "\n", encoding="utf-8")


def _normalise_cell(cell: Mapping[str, Any], number: int) -> dict[str, Any]:
    clean = {
        **cell,
        "id": f"cell-{number:03d}",
        "metadata": _without(cell["metadata"], _VOLATILE),
    }
    if cell["cell_type"] == "code":
        clean["execution_count"] = None
        clean["outputs"] = [
            {**output, "execution_count": None} if "execution_count" in output else output
            for output in cell["outputs"]
        ]
    return clean


def _without(mapping: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: value for name, value in mapping.items() if name not in set(names)}


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
