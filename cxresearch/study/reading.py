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
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from cxresearch.errors import StudyError

Location = tuple[str | int, ...]
"""Keys and positions that lead to a value, outermost first."""

_PLAIN = ("null", "bool", "int", "float", "timestamp")
_TAB = re.compile(r"^ *\t", re.MULTILINE)
_NO_ANCHORS = ("plain values", "write the value out, or put text beginning with & or * in quotes")
_EXPLAINED = {
    "alias": ("an alias (*) is not read", *_NO_ANCHORS),
    "another document": ("a second document begins", "one document a file", "remove the line ---"),
    "mapping values are not allowed": (
        "a colon where none is expected",
        "one key: value a line, keys of one level aligned",
        "align the key with its neighbours, or put text with a colon in quotes",
    ),
}
"""What ruamel says; then cause, what is allowed and what to do, as a person needs them."""


@dataclass(frozen=True)
class Document:
    """A YAML file as read: its data, and the line of every value."""

    path: Path
    data: Any
    root: Node

    def line(self, location: Location) -> int:
        """The line (from 1) of the value at `location`, or of the nearest part that holds it."""
        return self._follow(location)[-1][0] + 1

    def written(self, location: Location) -> Location:
        """The leading part of `location` that is in the file."""
        return location[: len(self._follow(location)) - 1]

    def _follow(self, location: Location) -> list[tuple[int, Node]]:
        """Line (from 0) and node of the whole file, then of each step that is in it."""
        found = [(int(self.root.start_mark.line), self.root)]
        for step in location:
            child = _child(found[-1][1], step)
            if child is None:
                break
            found.append(child)
        return found


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
    if root is None or (isinstance(root, ScalarNode) and root.value == ""):
        raise StudyError(
            f"{path} is empty",
            allowed="a YAML file with at least one key",
            next_step="write its keys, or delete the file where it is not needed",
        )
    data = _build(root, path)
    _refuse_tabs(path, text, root)
    return Document(path, data, root)


def _wrong(path: Path, line: int, cause: str, allowed: str = "", next_step: str = "") -> StudyError:
    """An error about a line, counted from 0 as ruamel does."""
    return StudyError(f"{path} line {line + 1}: {cause}", allowed=allowed, next_step=next_step)


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
        line = raw.count(b"\n", 0, error.start)
        save = "save it again with the encoding UTF-8"
        raise _wrong(path, line, "the file is not UTF-8 text", "UTF-8", save) from error


def _compose(path: Path, text: str) -> Node | None:
    try:
        root: Node | None = YAML(typ="safe", pure=True).compose(text)
    except ReaderError as error:
        line = text.count("\n", 0, error.position)
        cause = "a control character that YAML does not take"
        next_step = "delete it; it is invisible in most editors"
        raise _wrong(path, line, cause, next_step=next_step) from error
    except MarkedYAMLError as error:
        raise _explain(path, text, error) from error
    except RecursionError as error:
        raise StudyError(f"{path} is nested too deeply", allowed="a handful of levels") from error
    return root


def _explain(path: Path, text: str, error: MarkedYAMLError) -> StudyError:
    mark = error.problem_mark or error.context_mark
    line = mark.line if mark else 0
    problem = str(error.problem or error.context or error)
    lines = text.splitlines()
    for near in (line, line - 1):  # a tab is often noticed one line too late
        if 0 <= near < len(lines) and _TAB.match(lines[near]):
            return _tab_error(path, near)
    for told, explained in _EXPLAINED.items():
        if told in problem:
            return _wrong(path, line, *explained)
    look = "look at this line and the one above: indentation, quotes, brackets, tabs"
    return _wrong(path, line, f"this is not YAML: {problem}", next_step=look)


def _tab_error(path: Path, line: int) -> StudyError:
    blanks = ("blanks; YAML takes no tabs", "replace the tab with two blanks")
    return _wrong(path, line, "a tab is used to indent", *blanks)


def _refuse_tabs(path: Path, text: str, root: Node) -> None:
    # A tab may stand inside quoted or block text, and nowhere else: YAML would glue the line to
    # the one above without a word.
    tabbed = {text.count("\n", 0, found.start()) for found in _TAB.finditer(text)}
    if not tabbed:
        return
    for node in _scalars(root):
        if node.style:
            tabbed -= set(range(node.start_mark.line + 1, node.end_mark.line + 1))
    lines = text.split("\n")
    for line in sorted(tabbed):
        if lines[line].strip() and not lines[line].strip().startswith("#"):
            raise _tab_error(path, line)


def _scalars(node: Node) -> Iterator[ScalarNode]:
    if isinstance(node, ScalarNode):
        yield node
    else:
        for entry in node.value:
            for part in entry if isinstance(entry, tuple) else (entry,):
                yield from _scalars(part)


def _build(node: Node, path: Path) -> Any:
    if node.anchor:  # it hides where a value comes from, and lets a short file explode
        raise _wrong(path, node.start_mark.line, "an anchor (&) is not read", *_NO_ANCHORS)
    if isinstance(node, SequenceNode):
        return [_build(entry, path) for entry in node.value]
    if isinstance(node, MappingNode):
        return _build_mapping(node, path)
    return _build_scalar(node, path)


def _build_mapping(node: MappingNode, path: Path) -> dict[str, Any]:
    built: dict[str, Any] = {}
    lines: dict[str, int] = {}
    for key, value in node.value:
        line = key.start_mark.line
        if not isinstance(key, ScalarNode) or key.anchor:
            raise _wrong(path, line, "a key that is not a text", "key: value")
        key.value = _join_halves(key, path)
        if key.value in built:
            cause = f"key '{key.value}' is written twice, first on line {lines[key.value] + 1}"
            merge = "remove one of the two, or merge them"
            raise _wrong(path, line, cause, "each key once", merge)
        built[key.value] = _build(value, path)
        lines[key.value] = line
    return built


def _build_scalar(node: Node, path: Path) -> Any:
    kind, line = str(node.tag).rpartition(":")[2], node.start_mark.line
    if node.tag == "tag:yaml.org,2002:str":
        return _join_halves(node, path)
    if kind not in _PLAIN:
        allowed = "plain text, numbers, true, false, null, days and lists of these"
        raise _wrong(path, line, f"the tag {node.tag}", allowed, "put the value in quotes")
    try:
        return getattr(_constructor(), f"construct_yaml_{kind}")(node)
    except (ValueError, KeyError) as error:
        cause = f"'{node.value}' cannot be read as {kind}"
        raise _wrong(path, line, cause, "", "put it in quotes if it is a text") from error


def _join_halves(node: Node, path: Path) -> str:
    """The text of a node; a sign escaped in two halves as JSON does, "\\ud83d\\ude0a", is one."""
    try:
        return str(node.value).encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError as error:
        cause = "an escaped sign of which one half is missing"
        allowed = r'the sign itself, or both halves, as in "\ud83d\ude0a"'
        raise _wrong(path, node.start_mark.line, cause, allowed, "write the sign itself") from error


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
