"""How do editors and readers learn the keys? JSON Schemas and a reference, from the same models."""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from cxresearch.study.aspects import Aspects
from cxresearch.study.experience import Experience
from cxresearch.study.models import StudyFile
from cxresearch.study.parts import Part
from cxresearch.study.themes import Themes

FOLDER = Path(__file__).parents[1] / "schemas"
FILES: Mapping[str, type[Part]] = {
    "study": StudyFile,
    "experience": Experience,
    "aspects": Aspects,
    "themes": Themes,
}

_PART = r'"#/\$defs/(\w+)"'
_WORDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "flag",
    "array": "three numbers",
    "object": "one text a language",
}
_HEAD = """# The keys of a study

A study is a folder with `study.yml` (where the data is and how it maps to the contract) and, if the
experience has been drawn, `experience.yml` (the experience we want to deliver); `aspects.yml` (how
customers name what they speak about) is for words of the trade's own, `themes.yml` names and joins
the themes of comments. `cxresearch init` writes the
first two, `cxresearch check` tells what is wrong in them, and editors complete the keys through
the JSON Schemas in `cxresearch/schemas/`. Keys in **bold** are required. A *text* is a text, or one
text a language: `{en: Ticket office, it: Biglietteria}`.

This page is generated from the models: `python -m cxresearch.study`.
"""


def schema_of(name: str) -> dict[str, Any]:
    """The JSON Schema of one of `FILES`."""
    draft = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return draft | FILES[name].model_json_schema() | {"title": f"{name}.yml"}


def write_schemas(folder: Path = FOLDER) -> None:
    """Write the JSON Schemas into `folder`."""
    for name in FILES:
        text = json.dumps(schema_of(name), indent=1) + "\n"
        (folder / f"{name}.schema.json").write_text(text, encoding="utf-8")


def reference() -> str:
    """The table of all keys, as Markdown."""
    text = _HEAD
    for name in FILES:
        schema = schema_of(name)
        text += f"\n## {name}.yml\n\n{_table(schema)}"
        for part in _parts(schema):
            says = schema["$defs"][part]
            text += f"\n### {part}\n\n{says['description'].splitlines()[0]}\n\n{_table(says)}"
    return text


def _parts(schema: Mapping[str, Any]) -> Iterable[str]:
    """Names of the parts, in the order in which the file meets them."""
    met = re.findall(_PART, json.dumps(schema["properties"]))
    for name in met:  # grows while it is read: parts hold parts
        met += re.findall(_PART, json.dumps(schema["$defs"][name]))
    return dict.fromkeys(met)


def _table(part: Mapping[str, Any]) -> str:
    lines = ["| key | takes | default | meaning |", "|---|---|---|---|"]
    for key, says in part["properties"].items():
        shown = f"**{key}**" if key in part.get("required", []) else key
        meaning = says.get("description", "")
        lines.append(f"| {shown} | {_type(says)} | {_default(says)} | {meaning} |")
    return "\n".join(lines) + "\n"


def _type(says: Mapping[str, Any]) -> str:
    match says:
        case {"$ref": str(target)}:
            name = target.rpartition("/")[2]
            return f"[{name}](#{name.lower()})"
        case {"enum": words}:
            return ", ".join(f"`{word}`" for word in words)
        case {"anyOf": choices}:
            return " or ".join(_type(one) for one in choices if one.get("type") != "null")
        case {"type": "array", "items": item}:
            return "list of " + _type(item)
        case {"patternProperties": patterns}:
            return "key: " + _type(*patterns.values())
        case {"additionalProperties": dict(inner)}:
            return "key: " + _type(inner)
        case {"format": "date"}:
            return "day"
    return _WORDS.get(says.get("type", ""), "anything")


def _default(says: Mapping[str, Any]) -> str:
    value = says.get("default")
    if value in (None, [], {}) or "$ref" in says:
        return ""
    return f"`{value}`" if isinstance(value, str) else f"`{json.dumps(value)}`"
