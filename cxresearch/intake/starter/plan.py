"""Which sources would an export become? From guesses about columns to sources of study.yml.

Every question is a source of its own, since a scale and a metric belong to a source; they share
the columns that say who answered, when and where. A comment goes with the first question about
the whole. Columns that describe customers become attributes where an id tells customers apart.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from cxresearch.intake.starter import words
from cxresearch.intake.starter.batteries import Battery, group_answers
from cxresearch.intake.starter.export import Export
from cxresearch.intake.starter.guess import Guess
from cxresearch.intake.starter.shared import Labelled, Shared, share_columns
from cxresearch.intake.starter.words import plain, slug
from cxresearch.study import is_protected_name

MOST_ATTRIBUTES = 25
_TAKEN = {"customer_id", "joined_at", "left_at", "language", "annual_value", "left_reason"}


@dataclass(frozen=True)
class Plan:
    """What study.yml and experience.yml would hold.

    Parameters
    ----------
    sources
        Sources as they would be written.
    becomes
        By column, what it becomes; columns left out are missing.
    touchpoints, channels
        Id and label, in the order of the file.
    attributes
        Role, type and label by name.
    data_until
        The first day without data, where it must be declared.
    notes
        What a person should check first.
    """

    sources: tuple[Mapping[str, Any], ...]
    becomes: Mapping[str, str]
    touchpoints: Labelled = ()
    channels: Labelled = ()
    attributes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    data_until: date | None = None
    notes: tuple[str, ...] = ()


def plan_answers(export: Export, guesses: Sequence[Guess], *, written_on: date) -> Plan | None:
    """A plan for an export of answers, or None where no column looks like one.

    Parameters
    ----------
    export, guesses
        The export, and one guess a column in the order of the file.
    written_on
        The day the file was last changed: stands in where the export holds no date.
    """
    answers = group_answers(guesses)
    comments = _choose_comments(guesses)
    if not answers.single and not answers.batteries and not comments:
        return None
    shared = share_columns(export, guesses, written_on=written_on)
    becomes = dict(shared.becomes)
    sources = []
    for guess in answers.single:
        beside = comments.pop(0) if comments else None
        sources.append(_ask(guess, beside, export, shared, becomes))
    for battery in answers.batteries:
        sources.append(_ask_battery(battery, export, shared, becomes))
    for guess in comments:
        sources.append(_ask_comment(guess, export, shared, becomes))
    attributes: dict[str, dict[str, str]] = {}
    if shared.person and _is_key(export, shared.person):
        attributes = describe_customers(export, guesses, becomes)
    if attributes and shared.person:
        person = shared.person.column
        sources = [_with_customer(source, person) for source in sources]
        sources.insert(0, _customers(export, person, attributes))
    rated = [(name, label) for b in answers.batteries for _, name, label in b.members]
    return Plan(
        tuple(_named_apart(sources)),
        becomes,
        (*shared.touchpoints, *rated),
        shared.channels,
        attributes,
        shared.data_until,
        shared.notes,
    )


def file_of(export: Export) -> dict[str, Any]:
    """The keys of a source that say which file it reads, and how."""
    preset = {"preset": export.preset} if export.preset else {}
    return {"files": export.path.name, "csv": dict(export.csv), **preset}


def _choose_comments(guesses: Sequence[Guess]) -> list[Guess]:
    """Columns named like comments; long texts with another name only where there are none."""
    found = [guess for guess in guesses if guess.role == "comment"]
    return [guess for guess in found if guess.confidence == "sure"] or found


def _source(name: str, export: Export, shared: Shared) -> dict[str, Any]:
    return {
        "table": "responses",
        "name": slug(name),
        **file_of(export),
        "columns": dict(shared.columns),
        "constants": dict(shared.constants),
        "values": {role: dict(codes) for role, codes in shared.values.items()},
        "dates": dict(shared.dates),
    }


def _ask(
    guess: Guess,
    comment: Guess | None,
    export: Export,
    shared: Shared,
    becomes: dict[str, str],
) -> dict[str, Any]:
    """A question about the whole, or about the touchpoint that a column names."""
    source = _source(guess.column, export, shared)
    source["columns"]["score"] = guess.column
    about = "at the touchpoint named" if "touchpoint" in shared.columns else "about the whole"
    becomes[guess.column] = f"score, {guess.metric} {_range(guess.scale)}, {about}"
    if comment:
        source["columns"]["comment"] = comment.column
        becomes[comment.column] = f"comment, beside {guess.column}"
    _measure(source, guess.metric, guess.scale, guess.codes, guess.high_is)
    source["constants"]["question"] = guess.label
    return source


def _ask_battery(
    battery: Battery, export: Export, shared: Shared, becomes: dict[str, str]
) -> dict[str, Any]:
    source = _source("ratings", export, shared)
    source["columns"].pop("touchpoint", None)
    source["values"].pop("touchpoint", None)
    source["unpivot"] = {"columns": {column: name for column, name, _ in battery.members}}
    _measure(source, battery.metric, battery.scale, battery.codes, battery.high_is)
    for column, name, _ in battery.members:
        becomes[column] = f"score, {battery.metric} {_range(battery.scale)}, at touchpoint {name}"
    return source


def _ask_comment(
    guess: Guess, export: Export, shared: Shared, becomes: dict[str, str]
) -> dict[str, Any]:
    source = _source(guess.column, export, shared)
    source["columns"]["comment"] = guess.column
    source["constants"]["question"] = guess.label
    becomes[guess.column] = "comment"
    return source


def _measure(
    source: dict[str, Any],
    metric: str,
    scale: tuple[int, int],
    codes: Mapping[str, int | None],
    high_is: str,
) -> None:
    source["constants"]["metric"] = metric
    if codes:
        source["values"]["score"] = dict(codes)
    source["scale"] = {"min": scale[0], "max": scale[1]}
    if high_is == "bad":
        source["scale"]["high_is"] = "bad"


def describe_customers(
    export: Export, guesses: Sequence[Guess], becomes: dict[str, str]
) -> dict[str, dict[str, str]]:
    """Attributes of customers from the columns that nothing else uses; notes them in `becomes`."""
    attributes: dict[str, dict[str, str]] = {}
    describing = [g for g in guesses if g.column not in becomes and _describes(export, g)]
    for guess in describing[:MOST_ATTRIBUTES]:
        name = slug(guess.column, taken={*attributes, *_TAKEN})
        role = {"text": "context", "number": "usage"}[guess.role]
        role = "protected" if is_protected_name(guess.column) else role
        attributes[name] = {"role": role, "type": guess.role, "label": guess.column}
        becomes[guess.column] = f"attribute {name}, {role}"
    return attributes


def _is_key(export: Export, person: Guess) -> bool:
    ids = export.rows[person.column]
    return not ids.null_count() and ids.n_unique() == ids.len()


def _describes(export: Export, guess: Guess) -> bool:
    """Whether a column says something about a customer: neither answer, outcome nor code."""
    name = plain(guess.column)
    if guess.role not in ("text", "number"):
        return False
    if words.OUTCOME.search(name) or words.QUESTION.match(name):
        return False
    is_code = guess.role == "number" and words.IDENTIFIER.search(name)
    return not is_code and export.rows[guess.column].null_count() <= 0.2 * export.rows.height


def _with_customer(source: dict[str, Any], person: str) -> dict[str, Any]:
    return source | {"columns": {**source["columns"], "customer_id": person}}


def _customers(
    export: Export, person: str, attributes: Mapping[str, Mapping[str, str]]
) -> dict[str, Any]:
    columns = {name: says["label"] for name, says in attributes.items()}
    file = {key: value for key, value in file_of(export).items() if key != "preset"}
    if export.n_label_rows:
        file["csv"] = {**file["csv"], "skip_rows_after_header": export.n_label_rows}
    return {
        "table": "customers",
        "name": "customers",
        **file,
        "columns": {"customer_id": person, **columns},
    }


def _named_apart(sources: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Sources with different names, and without parts that say nothing."""
    taken: set[str] = set()
    named = []
    for source in sources:
        name = slug(source["name"], taken=taken)
        taken.add(name)
        named.append({k: v for k, v in (source | {"name": name}).items() if v != {}})
    return named


def _range(scale: tuple[int, int]) -> str:
    return f"{scale[0]}-{scale[1]}"
