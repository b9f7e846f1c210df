"""How is a study written so that a person can read and mend it? YAML with a comment a guess."""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import date
from textwrap import wrap
from typing import Any

_SAFE = re.compile(r"[A-Za-z_][\w./%-]*( [\w./-]+)*")
_RESERVED = {"true", "false", "null", "yes", "no", "on", "off", "y", "n", "~"}
_UNSEEN = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_WIDTH = 100

Notes = Mapping[tuple[str, ...], str]
"""Comment by the keys that lead to a value."""


def write_value(value: Any) -> str:
    """One value as YAML on one line, in quotes where YAML would read something else.

    Examples
    --------
    >>> [write_value(v) for v in ("score", "Q3: why?", "no", 3, None, {"min": 1, "0": None})]
    ['score', '"Q3: why?"', '"no"', '3', 'null', '{min: 1, "0": null}']
    """
    if isinstance(value, Mapping):
        inside = (f"{write_value(key)}: {write_value(inner)}" for key, inner in value.items())
        return "{" + ", ".join(inside) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(write_value(entry) for entry in value) + "]"
    if isinstance(value, str):
        is_safe = _SAFE.fullmatch(value) and value.lower() not in _RESERVED
        return value if is_safe else _quote(value)
    return value.isoformat() if isinstance(value, date) else json.dumps(value)


def _quote(text: str) -> str:
    quoted = json.dumps(text, ensure_ascii=False)
    # YAML takes these for line breaks or refuses them, JSON lets them stand.
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)


def write_mapping(
    mapping: Mapping[str, Any], notes: Notes, *, at: tuple[str, ...] = (), indent: int = 0
) -> list[str]:
    """Lines of a mapping; small ones on one line, with the comments of `notes`.

    Examples
    --------
    >>> write_mapping({"scale": {"min": 1, "max": 5}}, {("scale",): "unsure: values 1 to 5"})
    ['scale: {min: 1, max: 5}  # unsure: values 1 to 5']
    """
    lines = []
    for key, value in mapping.items():
        where = (*at, key)
        start = " " * indent + f"{write_value(key)}:"
        inline = f"{start} {write_value(value)}"
        is_small = not isinstance(value, Mapping) or len(inline) <= _WIDTH
        below = any(place[: len(where)] == where and place != where for place in notes)
        if is_small and not below:
            lines.append(_noted(inline, notes.get(where)))
        else:
            lines.append(_noted(start, notes.get(where)))
            lines += write_mapping(value, notes, at=where, indent=indent + 2)
    return lines


def write_items(items: Iterable[tuple[Mapping[str, Any], Notes]]) -> list[str]:
    """Lines of a list of mappings, one below the other, indented by two."""
    lines: list[str] = []
    for mapping, notes in items:
        written = write_mapping(mapping, notes, indent=4)
        lines += ["  - " + written[0][4:], *written[1:]]
    return lines


def comment(text: str) -> list[str]:
    """A text as comment lines, broken at blanks."""
    lines = wrap(one_line(text), _WIDTH - 2, break_long_words=False, break_on_hyphens=False)
    return ["# " + line for line in lines]


def _noted(line: str, note: str | None) -> str:
    return f"{line}  # {one_line(note)}" if note else line


def one_line(text: str) -> str:
    """A text without line breaks or control characters, as a comment needs it."""
    return " ".join(re.sub(r"[\x00-\x1f\x7f\u0085\u2028\u2029]", " ", text).split())
