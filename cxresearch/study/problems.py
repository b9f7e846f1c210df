"""What is wrong in the study's files, on which line, and what is allowed there?

Pydantic says where and what kind of thing is wrong; here that becomes a sentence with file, line,
key and a suggestion. All problems of a file are told at once, the first `SHOWN` of them.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from cxresearch.errors import StudyError, did_you_mean
from cxresearch.study.reading import Document, Location

SHOWN = 20


@dataclass(frozen=True)
class Problem:
    """One thing wrong at `location`: what was given, what is allowed, what to do next."""

    location: Location
    cause: str
    allowed: str = ""
    next_step: str = ""


def raise_problems(document: Document, problems: Sequence[Problem]) -> None:
    """Raise all `problems` of a file as one error; do nothing when there are none.

    Raises
    ------
    StudyError
        One problem fills the three parts of the error; several are listed a line each.
    """
    if not problems:
        return
    where = [f"{document.path} line {document.line(problem.location)}" for problem in problems]
    causes = [
        f"{place}{_name_key(problem.location)}: {problem.cause}"
        for place, problem in zip(where, problems, strict=True)
    ]
    if len(problems) == 1:
        raise StudyError(
            causes[0],
            allowed=problems[0].allowed,
            next_step=problems[0].next_step or "mend this line, then run: cxresearch check STUDY",
        )
    lines = [f"{len(problems)} things are wrong in {document.path}"]
    for cause, problem in zip(causes[:SHOWN], problems[:SHOWN], strict=True):
        more = [f"allowed: {problem.allowed}"] if problem.allowed else []
        more += [f"next: {problem.next_step}"] if problem.next_step else []
        lines.append("  " + cause + (f" ({'; '.join(more)})" if more else ""))
    if len(problems) > SHOWN:
        lines.append(f"  and {len(problems) - SHOWN} more")
    raise StudyError("\n".join(lines), next_step="mend these, then run: cxresearch check STUDY")


def explain(error: ValidationError, model: type[BaseModel], document: Document) -> list[Problem]:
    """The problems behind a pydantic error, in the order of the file."""
    problems: dict[tuple[Location, str], Problem] = {}
    for found in error.errors(include_url=False):
        problem = _explain_one(dict(found), model, document)
        problems.setdefault((problem.location, problem.cause), problem)
    return sorted(problems.values(), key=lambda problem: document.line(problem.location))


def _explain_one(found: Mapping[str, Any], model: type[BaseModel], document: Document) -> Problem:
    kind, context = found["type"], found.get("ctx", {})
    location: Location = tuple(found["loc"])
    if kind == "missing" and isinstance(location[-1], int):  # a list of fixed length
        return Problem(location[:-1], "too few entries", "as many as the default has")
    if kind == "missing":
        return _missing(location, model)
    # A union adds the names of its members to the location: keep what the file holds.
    location = document.written(location)
    if kind == "cxresearch":
        inner = tuple(step for step in context["key"].split(".") if step)
        return Problem(location + inner, context["cause"], context["allowed"], context["next_step"])
    if kind == "extra_forbidden":
        return _unknown(location, model)
    if kind == "literal_error":
        words = re.findall(r"'([^']*)'", context["expected"])
        cause = f"'{found['input']}' is not known here.{did_you_mean(str(found['input']), words)}"
        return Problem(location, cause, ", ".join(words))
    return _explain_value(kind, found["input"], context, location, found["msg"])


def _missing(location: Location, model: type[BaseModel]) -> Problem:
    key = location[-1]
    fields = _fields_at(model, location[:-1])
    says = fields.get(str(key), "")
    return Problem(location[:-1], f"the key '{key}' is missing", f"{key}: {says}")


def _unknown(location: Location, model: type[BaseModel]) -> Problem:
    fields = _fields_at(model, location[:-1])
    key = str(location[-1])
    return Problem(
        location, f"'{key}' is not a key here.{did_you_mean(key, fields)}", ", ".join(fields)
    )


def _explain_value(
    kind: str, given: Any, context: Mapping[str, Any], location: Location, fallback: str
) -> Problem:
    shown = "nothing" if given is None else f"'{given}'"
    if kind == "string_type":
        return Problem(location, f"{shown} is not a text", "a text", _quote(given))
    if kind == "string_pattern_mismatch":
        return _bad_identifier(given, location)
    wording = {
        "float": ("is not a number", "a number, with a point: 0.8"),
        "int": ("is not a whole number", "a whole number"),
        "bool": ("is neither true nor false", "true or false"),
        "date": ("is not a day", "a day as 2025-10-31"),
        "dict": ("holds no keys", "key: value pairs"),
        "model": ("holds no keys", "key: value pairs"),
        "list": ("is not a list", "a list: - one item a line, or [one, two]"),
        "tuple": ("is not a list", "a list such as [2, 3, 4]"),
        "greater": ("is too small", f"{context.get('ge', context.get('gt'))} or more"),
        "too_short": ("is too short", f"at least {context.get('min_length')} entries"),
        "too_long": ("is too long", f"at most {context.get('max_length')} entries"),
        "string": ("has the wrong length", fallback.lower().removeprefix("string should have ")),
    }
    if kind.startswith(("finite", "int_from", "date_from")):
        kind = {"f": "float", "i": "int", "d": "date"}[kind[0]]
    told = kind if kind in wording else kind.split("_")[0]
    cause, allowed = wording.get(told, ("is not allowed", fallback))
    return Problem(location, f"{shown} {cause}", allowed)


def _quote(given: Any) -> str:
    if given is None or isinstance(given, dict | list):
        return "write a text after the colon"
    return f'put it in quotes: "{given}"'


def _bad_identifier(given: str, location: Location) -> Problem:
    slug = re.sub(r"[^a-z0-9]+", "_", given.lower()).strip("_")
    return Problem(
        location,
        f"'{given}' is not an id" if given.strip() else "the text is empty",
        "letters, digits, _ . and -, beginning with a letter or a digit",
        f"write {slug}; the text for readers goes into label" if slug else "",
    )


def _fields_at(model: type[BaseModel], location: Location) -> Mapping[str, str]:
    """Key and description of the part at `location`."""
    part: Any = model
    for step in location:
        inner = part.model_fields.get(str(step)) if _is_part(part) else None
        part = _part_in(inner.annotation) if inner else _part_in(part)
    if not _is_part(part):
        return {}
    return {name: field.description or "" for name, field in part.model_fields.items()}


def _part_in(annotation: Any) -> Any:
    """The model inside `list[Model]`, `dict[str, Model]`, `Model | None`, or the annotation."""
    if _is_part(annotation):
        return annotation
    inner: Iterable[Any] = get_args(annotation)
    return next((found for part in inner if _is_part(found := _part_in(part))), annotation)


def _is_part(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _name_key(location: Location) -> str:
    name = ""
    for step in location:
        name += f"[{step}]" if isinstance(step, int) else f".{step}" if name else str(step)
    return f", key {name}" if name else ""
