"""Which notebooks are there, what does each read, and in which order do they run?

The suite's own notebooks stand beside the package (in a checkout) or inside it (installed); a study
may bring more in its folder `notebooks/`. A notebook says what it needs in its metadata,
`{"cxresearch": {"needs": ["responses"], "reads": ["10_metrics"]}}`: the tables it cannot do without
and the notebooks whose results it reads, or `["*"]` for all that do not themselves read everything.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from cxresearch.contract import TABLES
from cxresearch.errors import ParameterError, RunError, did_you_mean
from cxresearch.report.parameters import Parameter, read_parameters

EVERYTHING = "*"
# The page's name is the notebook's: no dot (`.it` marks a language) and none that the run uses.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_TAKEN = frozenset({"index", "digest", "run", "findings", "latest"})
_TEAM = "team-"  # begins the name of a team's page


@dataclass(frozen=True)
class Notebook:
    """A notebook as written, before any run.

    Parameters
    ----------
    name
        File name without its ending; also the name of its page.
    title
        First heading, in English; empty where there is none.
    reads
        Names of the notebooks whose results it reads; `*` for every other one.
    needs
        Names of the tables it cannot do without: it is left out of a study that lacks one.
    parameters
        What its cell tagged `parameters` declares, by name.
    """

    name: str
    path: Path
    title: str = ""
    reads: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    parameters: Mapping[str, Parameter] = field(default_factory=dict)


def builtin_folder() -> Path:
    """Folder of the suite's own notebooks: inside an installed package, else beside it."""
    package = Path(__file__).parent.parent
    installed = package / "_notebooks"
    return installed if installed.is_dir() else package.parent / "notebooks"


def find_notebooks(*folders: Path) -> dict[str, Notebook]:
    """Read every notebook in `folders`; a folder that does not exist counts as empty.

    Returns
    -------
    dict of str to Notebook
        Sorted by name.

    Raises
    ------
    RunError
        Two notebooks share a name, a name cannot be a page's, or a file is not a notebook.
    """
    found: dict[str, Notebook] = {}
    for path in [path for folder in folders for path in sorted(folder.glob("*.ipynb"))]:
        notebook = read_notebook(path)
        if notebook.name in found:
            raise RunError(
                f"two notebooks are called '{notebook.name}': "
                f"{found[notebook.name].path} and {path}",
                allowed="one notebook a name, the study's own included",
                next_step=f"rename {path}",
            )
        found[notebook.name] = notebook
    return dict(sorted(found.items()))


def read_notebook(path: Path) -> Notebook:
    """Read a notebook's title, what it reads and its parameters, without executing it.

    Raises
    ------
    RunError
        The file is not a notebook, has an unusable name or no cell tagged `parameters`.
    """
    _check_name(path)
    content = _read_json(path)
    metadata = content.get("metadata", {}).get("cxresearch", {})
    cells = content["cells"]
    return Notebook(
        name=path.stem,
        path=path,
        title=_first_heading(cells),
        reads=_check_reads(path, metadata.get("reads", [])),
        needs=_check_needs(path, metadata.get("needs", [])),
        parameters=read_parameters(_parameters_cell(path, cells), path=path),
    )


def order_notebooks(found: Mapping[str, Notebook], *, wanted: Sequence[str] = ()) -> list[Notebook]:
    """The notebooks to run, each after those it reads; ties in order of name.

    Parameters
    ----------
    found
        All notebooks there are.
    wanted
        Names asked for; what they read runs too. Empty = all.

    Raises
    ------
    ParameterError
        A name asked for does not exist.
    RunError
        There is none, one reads another that does not exist, or they read in a circle.
    """
    if not found:
        raise RunError(
            f"there are no notebooks in {builtin_folder()}, and the study brings none",
            allowed="a folder with at least one notebook",
            next_step="install cxresearch again, or run it from its checkout",
        )
    for name in wanted:
        _check_known(name, found)
    reads = {name: resolve_reads(found, name) for name in found}
    needed = _closure(wanted or list(found), reads)
    sorter = TopologicalSorter({name: reads[name] for name in needed})
    try:
        sorter.prepare()
    except CycleError as error:
        raise RunError(
            f"notebooks read each other in a circle: {' reads '.join(reversed(error.args[1]))}",
            allowed="a notebook reads only results that exist before it runs",
            next_step="remove one of these from metadata.cxresearch.reads",
        ) from None
    order: list[str] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        order += ready
        sorter.done(*ready)
    return [found[name] for name in order]


def resolve_reads(found: Mapping[str, Notebook], name: str) -> tuple[str, ...]:
    """The names of the notebooks that `name` reads, `*` written out.

    Raises
    ------
    RunError
        It reads a notebook that does not exist.
    """
    if EVERYTHING in found[name].reads:
        return tuple(other for other in found if EVERYTHING not in found[other].reads)
    for read in found[name].reads:
        if read not in found:
            raise RunError(
                f"{found[name].path} reads '{read}', which is no notebook."
                f"{did_you_mean(read, found)}",
                allowed=", ".join(found),
                next_step="correct metadata.cxresearch.reads of that notebook",
            )
    return found[name].reads


def _closure(names: Iterable[str], reads: Mapping[str, tuple[str, ...]]) -> set[str]:
    needed: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting += reads[name]
    return needed


def _check_known(name: str, found: Mapping[str, Notebook]) -> None:
    if name not in found:
        raise ParameterError(
            f"there is no notebook '{name}'.{did_you_mean(name, found)}",
            allowed=", ".join(found),
            next_step="name one of these, or leave --notebook out to run all",
        )


def _check_name(path: Path) -> None:
    is_taken = path.stem in _TAKEN or path.stem.startswith(_TEAM)
    if is_taken or not _NAME.fullmatch(path.stem):
        raise RunError(
            f"{path}: '{path.stem}' cannot be the name of a page",
            allowed=f"letters, digits, - and _; not {', '.join(sorted(_TAKEN))} nor {_TEAM}...",
            next_step="rename the notebook",
        )


def _check_reads(path: Path, reads: Any) -> tuple[str, ...]:
    if not isinstance(reads, list) or not all(isinstance(name, str) for name in reads):
        raise RunError(
            f"{path}: metadata.cxresearch.reads is {reads!r}",
            allowed='a list of notebook names, or ["*"]',
            next_step="correct the notebook's metadata",
        )
    return tuple(reads)


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        for cell in content["cells"]:
            cell["source"] = "".join(cell["source"])
    except (ValueError, KeyError, TypeError) as error:
        raise RunError(
            f"{path} is not a notebook: {error}",
            allowed="a Jupyter notebook, format 4",
            next_step="open and save it in JupyterLab, or remove it",
        ) from None
    return dict(content)


def _first_heading(cells: list[dict[str, Any]]) -> str:
    lines = [
        line
        for cell in cells
        if cell.get("cell_type") == "markdown"
        for line in cell["source"].splitlines()
    ]
    return next((line.lstrip("#").strip() for line in lines if line.startswith("#")), "")


def _parameters_cell(path: Path, cells: list[dict[str, Any]]) -> str:
    for cell in cells:
        if "parameters" in cell.get("metadata", {}).get("tags", []):
            return str(cell["source"])
    raise RunError(
        f"{path} has no cell tagged 'parameters'",
        allowed="one code cell with that tag, holding study, output and what else it takes",
        next_step="tag the cell in JupyterLab (property inspector, Cell Tags)",
    )


def _check_needs(path: Path, needs: Any) -> tuple[str, ...]:
    if not isinstance(needs, list) or not set(needs) <= set(TABLES):
        raise RunError(
            f"{path}: metadata.cxresearch.needs is {needs!r}",
            allowed=f"a list of tables among {', '.join(TABLES)}",
            next_step="correct the notebook's metadata",
        )
    return tuple(needs)
