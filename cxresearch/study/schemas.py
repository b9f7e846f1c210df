"""How do editors and readers learn the keys? JSON Schemas and a reference, from the same models."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cxresearch.study.experience import Experience
from cxresearch.study.models import StudyFile
from cxresearch.study.parts import Part

FOLDER = Path(__file__).parents[1] / "schemas"
FILES: Mapping[str, type[Part]] = {"study": StudyFile, "experience": Experience}

_TEXTS = "one text a language"
_HEAD = """# The keys of a study

A study is a folder with `study.yml` (where the data is and how it maps to the contract) and, if the
experience has been drawn, `experience.yml` (the experience we want to deliver). `cxresearch init`
writes both, `cxresearch check` tells what is wrong in them, and editors complete the keys through
the JSON Schemas in `cxresearch/schemas/`. Keys in **bold** are required. A *text* is a text, or one
text a language: `{en: Ticket office, it: Biglietteria}`.

This page is generated from the models: `python -m cxresearch.study`.
"""


def schema_of(name: str) -> dict[str, Any]:
    """The JSON Schema of `study` or `experience`."""
    schema = FILES[name].model_json_schema()
    return (
        {"$schema": "https://json-schema.org/draft/2020-12/schema"}
        | schema
        | {"title": f"{name}.yml"}
    )


def write_schemas(folder: Path = FOLDER) -> list[Path]:
    """Write both JSON Schemas into `folder`, and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name in FILES:
        path = folder / f"{name}.schema.json"
        path.write_text(json.dumps(schema_of(name), indent=1) + "\n", encoding="utf-8")
        paths.append(path)
    return paths


def reference() -> str:
    """The table of all keys, as Markdown."""
    return _HEAD + "".join(_describe_file(name) for name in FILES)


def _describe_file(name: str) -> str:
    schema = schema_of(name)
    text = f"\n## {name}.yml\n\n{_table(schema, schema)}"
    for part in _parts(schema):
        definition = schema["$defs"][part]
        text += f"\n### {part}\n\n{_first_line(definition)}\n\n{_table(definition, schema)}"
    return text


def _table(part: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    lines = ["| key | takes | default | meaning |", "|---|---|---|---|"]
    for key, says in part["properties"].items():
        shown = f"**{key}**" if key in part.get("required", []) else key
        default = _default(says, key in part.get("required", []))
        meaning = says.get("description", "")
        lines.append(f"| {shown} | {_type(says, schema)} | {default} | {meaning} |")
    return "\n".join(lines) + "\n"


def _parts(schema: Mapping[str, Any]) -> Iterator[str]:
    """Names of the parts, in the order in which the file meets them."""
    waiting: list[Any] = [schema["properties"]]
    seen: set[str] = set()
    while waiting:
        found = waiting.pop(0)
        for reference_ in _references(found):
            if reference_ not in seen:
                seen.add(reference_)
                yield reference_
                waiting.append(schema["$defs"][reference_]["properties"])


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield _part_name(node)
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)


def _type(says: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    if "$ref" in says:
        return f"[{_part_name(says)}](#{_part_name(says).lower()})"
    if "enum" in says:
        return ", ".join(f"`{word}`" for word in says["enum"])
    if "anyOf" in says:
        return _any_of(says["anyOf"], schema)
    kind = says.get("type")
    if kind == "array":
        return "list of " + _type(says["items"], schema) if "items" in says else "three numbers"
    if kind == "object":
        inner = says.get("additionalProperties")
        if "patternProperties" in says:
            inner = next(iter(says["patternProperties"].values()))
        return "key: " + _type(inner, schema) if isinstance(inner, dict) else _TEXTS
    if says.get("format") == "date":
        return "day"
    words = {"string": "text", "integer": "whole number", "number": "number", "boolean": "flag"}
    return words.get(str(kind), "anything")


def _any_of(choices: list[dict[str, Any]], schema: Mapping[str, Any]) -> str:
    return " or ".join(_type(choice, schema) for choice in choices if choice.get("type") != "null")


def _default(says: Mapping[str, Any], is_required: bool) -> str:
    value = says.get("default")
    if is_required or value is None or value in ([], {}) or "$ref" in says:
        return ""
    return f"`{json.dumps(value)}`" if not isinstance(value, str) else f"`{value}`"


def _part_name(says: Mapping[str, Any]) -> str:
    return str(says["$ref"]).rpartition("/")[2]


def _first_line(part: Mapping[str, Any]) -> str:
    return str(part.get("description", "")).splitlines()[0]
