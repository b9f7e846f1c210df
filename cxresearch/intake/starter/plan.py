"""Which sources would an export become? From guesses about columns to sources of study.yml.

Every question is a source of its own, since a scale and a metric belong to a source; they share
the columns that say who answered, when and where. A comment goes with the first question about
the whole. Columns that describe customers become attributes where an id tells customers apart.
"""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import date
from typing import Any

from cxresearch.intake.starter import words
from cxresearch.intake.starter.batteries import Battery, group_answers
from cxresearch.intake.starter.export import Export
from cxresearch.intake.starter.guess import Guess
from cxresearch.intake.starter.shared import Labelled, Shared, file_of, share_columns
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
    touchpoints: Labelled
    channels: Labelled
    attributes: Mapping[str, Mapping[str, str]]
    data_until: date | None
    notes: tuple[str, ...]


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
    if not (answers.single or answers.batteries or comments):
        return None
    shared = share_columns(export, guesses, written_on=written_on)
    becomes, person = dict(shared.becomes), shared.person
    sources = []
    for guess in answers.single:
        sources.append(_ask(shared, becomes, guess, comments.pop(0) if comments else None))
    sources += [_ask_battery(shared, becomes, battery) for battery in answers.batteries]
    sources += [_ask(shared, becomes, None, guess) for guess in comments]
    is_key = (
        person
        and person.role != "respondent_id"
        and export.rows[person.column].drop_nulls().n_unique() == export.rows.height
    )
    attributes = describe_customers(export, guesses, becomes) if is_key else {}
    if attributes and person:
        for source in sources:
            source["columns"]["customer_id"] = person.column
        sources.insert(0, _customers(export, person.column, attributes))
    rated = [(name, label) for b in answers.batteries for _, name, label in b.members]
    return Plan(
        tuple(_ids_apart(list(_named_apart(sources)))),
        becomes,
        (*shared.touchpoints, *rated),
        shared.channels,
        attributes,
        shared.data_until,
        shared.notes,
    )


def _choose_comments(guesses: Sequence[Guess]) -> list[Guess]:
    """Columns named like comments; long texts with another name only where there are none."""
    found = [guess for guess in guesses if guess.role == "comment"]
    return [guess for guess in found if guess.confidence == "sure"] or found


def _source(name: str, shared: Shared, score: Guess | None) -> dict[str, Any]:
    """What all questions share, and the metric and scale of one."""
    source = {"table": "responses", "name": name, **deepcopy(dict(shared.source))}
    if score:
        source["constants"]["metric"] = score.metric
        source["values"] |= {"score": dict(score.codes)} if score.codes else {}
        source["scale"] = {"min": score.scale[0], "max": score.scale[1]}
        source["scale"] |= {"high_is": "bad"} if score.high_is == "bad" else {}
    return source


def _ask(
    shared: Shared, becomes: dict[str, str], score: Guess | None, comment: Guess | None
) -> dict[str, Any]:
    """A question about the whole or the touchpoint a column names; a score, a comment or both."""
    asked = score or comment
    assert asked is not None  # noqa: S101  a question asks for something
    source = _source(asked.column, shared, score)
    source["constants"]["question"] = asked.label
    if score:
        source["columns"]["score"] = score.column
        about = (
            "at the touchpoint named" if "touchpoint" in source["columns"] else "about the whole"
        )
        becomes[score.column] = f"{_name_score(score)}, {about}"
    if comment:
        source["columns"]["comment"] = comment.column
        becomes[comment.column] = f"comment, beside {score.column}" if score else "comment"
    return source


def _ask_battery(shared: Shared, becomes: dict[str, str], battery: Battery) -> dict[str, Any]:
    source = _source("ratings", shared, battery.score)
    source["columns"].pop("touchpoint", None)
    source["values"].pop("touchpoint", None)
    source["unpivot"] = {"columns": {column: name for column, name, _ in battery.members}}
    for column, name, _ in battery.members:
        becomes[column] = f"{_name_score(battery.score)}, at touchpoint {name}"
    return source


def _name_score(score: Guess) -> str:
    return f"score, {score.metric} {score.scale[0]}-{score.scale[1]}"


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


def _describes(export: Export, guess: Guess) -> bool:
    """Whether a column says something about a customer: neither answer, outcome nor code."""
    name = plain(guess.column)
    if guess.role not in ("text", "number"):
        return False
    if words.OUTCOME.search(name) or words.QUESTION.match(name):
        return False
    is_code = guess.role == "number" and words.IDENTIFIER.search(name)
    return not is_code and export.rows[guess.column].null_count() <= 0.2 * export.rows.height


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


def _named_apart(sources: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    taken: set[str] = set()
    for source in sources:
        name = slug(source["name"], taken=taken)
        taken.add(name)
        yield source | {"name": name}


def _ids_apart(sources: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Each question of a row is an answer of its own: its name goes before the id of the row."""
    n_questions = sum(source["table"] == "responses" for source in sources)
    for source in sources:
        has_id = "response_id" in source["columns"] and n_questions > 1
        yield source | ({"prefixes": {"response_id": f"{source['name']}:"}} if has_id else {})
