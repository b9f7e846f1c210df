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
    told = []
    for problem in problems:
        keys = "".join(f"[{k}]" if isinstance(k, int) else f".{k}" for k in problem.location)
        key = f", key {keys.removeprefix('.')}" if keys else ""
        told.append(f"{document.path} line {document.line(problem.location)}{key}: {problem.cause}")
    if len(problems) == 1:
        raise StudyError(
            told[0],
            allowed=problems[0].allowed,
            next_step=problems[0].next_step or "mend this line, then run: cxresearch check STUDY",
        )
    lines = [f"{len(problems)} things are wrong in {document.path}"]
    for cause, problem in zip(told[:SHOWN], problems[:SHOWN], strict=True):
        parts = {"allowed": problem.allowed, "next": problem.next_step}
        more = "; ".join(f"{name}: {text}" for name, text in parts.items() if text)
        lines.append(f"  {cause}" + (f" ({more})" if more else ""))
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
    kind, given, context = found["type"], found["input"], found.get("ctx", {})
    location: Location = tuple(found["loc"])
    *above, key = location or ("",)
    if kind == "missing" and isinstance(key, int):  # a list of fixed length
        return Problem(tuple(above), "too few entries", "as many as the default has")
    if kind == "missing":
        meaning = _keys_at(model, above).get(str(key), "")
        return Problem(tuple(above), f"the key '{key}' is missing", f"{key}: {meaning}")
    if kind == "extra_forbidden":
        known = _keys_at(model, above)
        cause = f"'{key}' is not a key here.{did_you_mean(str(key), known)}"
        return Problem(location, cause, ", ".join(known))
    # A union adds the names of its members to the location: keep what the file holds.
    location = document.written(location)
    if kind == "cxresearch":
        inner = tuple(step for step in context["key"].split(".") if step)
        return Problem(location + inner, context["cause"], context["allowed"], context["next_step"])
    if kind == "literal_error":
        words = re.findall(r"'([^']*)'", context["expected"])
        cause = f"'{given}' is not known here.{did_you_mean(str(given), words)}"
        return Problem(location, cause, ", ".join(words))
    if kind == "string_pattern_mismatch":
        return _bad_identifier(given, location)
    if kind == "string_type":
        is_one = given is not None and not isinstance(given, dict | list)
        next_step = f'put it in quotes: "{given}"' if is_one else "write a text after the colon"
        return Problem(location, f"{_show(given)} is not a text", "a text", next_step)
    wording = (says for start, says in _WORDING.items() if kind.startswith(start))
    cause, allowed = next(wording, ("is not allowed", "{msg}"))
    shown = allowed.format_map({**context, "msg": found["msg"]})
    return Problem(location, f"{_show(given)} {cause}", shown)


_KEYS = ("holds no keys", "key: value pairs")
_NUMBER = ("is not a number", "a number, with a point: 0.8")
_WORDING = {
    "float": _NUMBER,
    "finite": _NUMBER,
    "int": ("is not a whole number", "a whole number"),
    "bool": ("is neither true nor false", "true or false"),
    "date": ("is not a day", "a day as 2025-10-31"),
    "dict": _KEYS,
    "model": _KEYS,
    "list": ("is not a list", "a list: - one item a line, or [one, two]"),
    "tuple": ("is not a list", "a list such as [2, 3, 4]"),
    "greater_than_equal": ("is too small", "{ge} or more"),
    "too_short": ("is too short", "at least {min_length} entries"),
    "too_long": ("is too long", "at most {max_length} entries"),
    "string_too_short": ("has the wrong length", "at least {min_length} characters"),
    "string_too_long": ("has the wrong length", "at most {max_length} characters"),
}
"""Beginning of pydantic's name of an error; what is wrong with the value, and what is allowed."""


def _show(given: Any) -> str:
    return "nothing" if given is None else f"'{given}'"


def _bad_identifier(given: str, location: Location) -> Problem:
    slug = re.sub(r"[^a-z0-9]+", "_", given.lower()).strip("_")
    return Problem(
        location,
        f"'{given}' is not an id" if given.strip() else "the text is empty",
        "letters, digits, _ . and -, beginning with a letter or a digit",
        f"write {slug}; the text for readers goes into label" if slug else "",
    )


def _keys_at(model: type[BaseModel], location: Iterable[str | int]) -> Mapping[str, str]:
    """Key and description of the part at `location`."""
    part: Any = model
    for step in location:
        fields = getattr(part, "model_fields", {})
        part = _part_in(fields[step].annotation if step in fields else part)
    fields = getattr(part, "model_fields", {})
    return {name: field.description or "" for name, field in fields.items()}


def _part_in(annotation: Any) -> Any:
    """The model inside `list[Model]`, `dict[str, Model]` or `Model | None`, if any."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _part_in(part))), None)
