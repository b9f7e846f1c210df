"""What does a YAML file say, and on which line? The only YAML reader of the project.

Stricter than YAML: tabs, duplicate keys, several documents, anchors and aliases are refused, and
every key is text exactly as written (`0`, `01` and `no` stay so). Used for study.yml and
experience.yml, lexicons, phrases and presets. Nothing is ever executed: only plain scalars.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.constructor import SafeConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError
from ruamel.yaml.scanner import Scanner, ScannerError

from cxresearch.errors import StudyError

Location = tuple[str | int, ...]
"""Keys and positions that lead to a value, outermost first."""

_TEXT = "tag:yaml.org,2002:str"
_INDENTED_BY_TAB = re.compile(r"^ *\t", re.MULTILINE)


@dataclass(frozen=True)
class Document:
    """A YAML file as read: its data, and the line of every value."""

    path: Path
    data: Any
    root: Node

    def line(self, location: Location) -> int:
        """The line (from 1) of the value at `location`, or of the nearest part that holds it."""
        line, node = self.root.start_mark.line, self.root
        for step in location:
            found = _child(node, step)
            if found is None:
                break
            line, node = found
        return int(line) + 1

    def written(self, location: Location) -> Location:
        """The leading part of `location` that is in the file."""
        node, steps = self.root, 0
        for step in location:
            found = _child(node, step)
            if found is None:
                break
            node, steps = found[1], steps + 1
        return location[:steps]


def read_yaml(path: Path | str) -> Any:
    """Read one YAML file into plain dicts, lists and scalars.

    Parameters
    ----------
    path
        A UTF-8 file with one document.

    Returns
    -------
    dict, list or scalar
        Keys are always text as written.

    Raises
    ------
    StudyError
        The file is missing, empty, not UTF-8, not YAML, or uses a tab, a duplicate key, an anchor,
        an alias, a tag or a second document. The line is named.
    """
    return read_document(Path(path)).data


def read_document(path: Path) -> Document:
    """As `read_yaml`, keeping the lines."""
    text = _read_text(path)
    root = _compose(path, text)
    if root is None:
        raise StudyError(
            f"{path} is empty",
            allowed="a YAML file with at least one key",
            next_step="write its keys, or delete the file where it is not needed",
        )
    _refuse_tabs(path, text, root)
    return Document(path, _build(root, path), root)


class _PlainScanner(Scanner):
    """A scanner without anchors and aliases: they hide where a value comes from, or explode."""

    def fetch_anchor(self) -> None:
        raise ScannerError(None, None, "an anchor (&)", self.reader.get_mark())

    def fetch_alias(self) -> None:
        raise ScannerError(None, None, "an alias (*)", self.reader.get_mark())


def _read_text(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except FileNotFoundError as error:
        raise StudyError(
            f"{path} does not exist",
            next_step="check the folder, or write a starter study with: cxresearch init DIR",
        ) from error
    except OSError as error:
        raise StudyError(f"{path} cannot be read: {error.strerror}") from error
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise StudyError(
            f"{path} line {line}: the file is not UTF-8 text",
            allowed="UTF-8",
            next_step="save it again with the encoding UTF-8",
        ) from error


def _compose(path: Path, text: str) -> Node | None:
    yaml = YAML(typ="safe", pure=True)
    yaml.Scanner = _PlainScanner
    try:
        root: Node | None = yaml.compose(text)
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise StudyError(
            f"{path} line {line}: a control character that YAML does not take",
            next_step="delete it; it is invisible in most editors",
        ) from error
    except MarkedYAMLError as error:
        raise _explain(path, text, error) from error
    except RecursionError as error:
        raise StudyError(f"{path} is nested too deeply", allowed="a handful of levels") from error
    except YAMLError as error:
        raise StudyError(f"{path} is not YAML: {error}") from error
    return None if _is_blank(root) else root


def _is_blank(root: Node | None) -> bool:
    return root is None or (isinstance(root, ScalarNode) and root.value == "")


def _explain(path: Path, text: str, error: MarkedYAMLError) -> StudyError:
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else 1
    problem = str(error.problem or error.context or error)
    lines = text.splitlines()
    near = "\n".join(lines[max(0, line - 2) : line])
    where = f"{path} line {line}"
    if "'\\t'" in problem or _INDENTED_BY_TAB.search(near):
        return _tab_error(path, _tab_line(lines, line))
    if problem.startswith(("an anchor", "an alias")):
        return StudyError(
            f"{where}: {problem}",
            allowed="plain values; anchors and aliases are not read",
            next_step="write the value out, or put text that begins with & or * in quotes",
        )
    if "another document" in problem:
        return StudyError(
            f"{where}: a second document begins",
            allowed="one document a file",
            next_step="remove the line ---",
        )
    if "mapping values are not allowed" in problem:
        return StudyError(
            f"{where}: a colon where none is expected",
            allowed="one key: value a line, keys of one level aligned",
            next_step="align the key with its neighbours, or put text with a colon in quotes",
        )
    return StudyError(
        f"{where}: this is not YAML: {problem}",
        next_step="look at this line and the one above: indentation, quotes, brackets",
    )


def _tab_line(lines: list[str], line: int) -> int:
    near = [n for n in (line, line - 1) if n >= 1 and "\t" in lines[n - 1]]
    return near[0] if near else line


def _tab_error(path: Path, line: int) -> StudyError:
    return StudyError(
        f"{path} line {line}: a tab is used to indent",
        allowed="blanks; YAML takes no tabs",
        next_step="replace the tab with two blanks",
    )


def _refuse_tabs(path: Path, text: str, root: Node) -> None:
    # A tab may stand inside quoted or block text, and nowhere else: YAML would glue the line to
    # the one above without a word.
    tabbed = {text.count("\n", 0, found.start()) for found in _INDENTED_BY_TAB.finditer(text)}
    if not tabbed:
        return
    for node in _scalars(root):
        if node.style:
            tabbed -= set(range(node.start_mark.line + 1, node.end_mark.line + 1))
    lines = text.split("\n")
    wrong = sorted(n for n in tabbed if lines[n].strip() and not lines[n].strip().startswith("#"))
    if wrong:
        raise _tab_error(path, wrong[0] + 1)


def _scalars(node: Node) -> Iterator[ScalarNode]:
    if isinstance(node, ScalarNode):
        yield node
    else:
        for entry in node.value:
            for part in entry if isinstance(entry, tuple) else (entry,):
                yield from _scalars(part)


def _build(node: Node, path: Path) -> Any:
    if isinstance(node, SequenceNode):
        return [_build(entry, path) for entry in node.value]
    if isinstance(node, MappingNode):
        return _build_mapping(node, path)
    return node.value if str(node.tag) == _TEXT else _plain(node, path)


def _build_mapping(node: MappingNode, path: Path) -> dict[str, Any]:
    built: dict[str, Any] = {}
    lines: dict[str, int] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, ScalarNode):
            raise StudyError(f"{path} line {line}: a key that is not a text", allowed="key: value")
        if key.value in built:
            raise StudyError(
                f"{path} line {line}: key '{key.value}' is written twice, "
                f"first on line {lines[key.value]}",
                allowed="each key once",
                next_step="remove one of the two, or merge them",
            )
        built[key.value] = _build(value, path)
        lines[key.value] = line
    return built


def _plain(node: Node, path: Path) -> Any:
    kind = str(node.tag).rpartition(":")[2]
    construct = {
        "null": SafeConstructor.construct_yaml_null,
        "bool": SafeConstructor.construct_yaml_bool,
        "int": SafeConstructor.construct_yaml_int,
        "float": SafeConstructor.construct_yaml_float,
        "timestamp": SafeConstructor.construct_yaml_timestamp,
    }.get(kind)
    line = node.start_mark.line + 1
    if construct is None:
        raise StudyError(
            f"{path} line {line}: a value with the tag {node.tag}",
            allowed="plain text, numbers, true, false, null, days and lists of these",
            next_step="put the value in quotes",
        )
    try:
        return construct(_constructor(), node)
    except ValueError as error:
        raise StudyError(
            f"{path} line {line}: '{node.value}' cannot be read as {kind}",
            next_step="put it in quotes if it is a text",
        ) from error


@cache
def _constructor() -> SafeConstructor:
    return SafeConstructor(loader=YAML(typ="safe", pure=True))


def _child(node: Node, step: str | int) -> tuple[int, Node] | None:
    if isinstance(node, SequenceNode) and isinstance(step, int) and step < len(node.value):
        entry = node.value[step]
        return entry.start_mark.line, entry
    if isinstance(node, MappingNode):
        for key, value in node.value:
            if key.value == str(step):
                return key.start_mark.line, value
    return None
