"""Who answered, when, where? The columns that all questions of an export have in common."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from cxresearch.intake.starter.export import Export
from cxresearch.intake.starter.guess import Guess
from cxresearch.intake.starter.instants import DateForm
from cxresearch.intake.starter.words import slug

_PLAIN = ("language", "team", "weight")
_IDENTIFIER = re.compile(r"[a-z0-9][a-z0-9_.-]*")
_RANK = {"sure": 0, "likely": 1, "unsure": 2}
_NO_DATE = (
    "the export holds no date: every answer is dated on the day the file was last changed; "
    "write the day of the survey under constants"
)
Labelled = tuple[tuple[str, str], ...]
"""Ids with the label they had in the file."""


@dataclass(frozen=True)
class Shared:
    """The part of a source that every question of the export repeats.

    Parameters
    ----------
    columns, constants, values, dates
        As in study.yml.
    becomes
        What each column used here becomes.
    person
        The column that tells who answered, or None.
    touchpoints, channels
        Values found, as ids with labels.
    data_until
        The first day without data, where it must be declared for a run to find the answers.
    notes
        What a person should check first.
    """

    columns: Mapping[str, str]
    constants: Mapping[str, Any]
    values: Mapping[str, Mapping[str, str]]
    dates: Mapping[str, Any]
    becomes: Mapping[str, str]
    person: Guess | None = None
    touchpoints: Labelled = ()
    channels: Labelled = ()
    data_until: date | None = None
    notes: tuple[str, ...] = field(default=())


def share_columns(export: Export, guesses: Sequence[Guess], *, written_on: date) -> Shared:
    """Find the columns that say who answered, when, where and in which channel.

    Parameters
    ----------
    export, guesses
        The export, and one guess a column.
    written_on
        The day that stands in where the export holds no date.
    """
    at = choose_at(export, guesses)
    person = first_of(guesses, "customer_id") or first_of(guesses, "answer_id")
    columns: dict[str, str] = {}
    becomes: dict[str, str] = {}
    if at:
        columns["at"], becomes[at.column] = at.column, "at, when the answer was given"
    if person:
        columns["respondent_id"], becomes[person.column] = person.column, "respondent_id"
        if person.role == "customer_id":
            columns["customer_id"], becomes[person.column] = person.column, "customer_id"
    for role in _PLAIN:
        if found := first_of(guesses, role):
            columns[role], becomes[found.column] = found.column, role
    spoken = {role: first_of(guesses, role) for role in ("touchpoint", "channel")}
    words = {role: name_values(export, g.column) if g else () for role, g in spoken.items()}
    values: dict[str, dict[str, str]] = {}
    for role, ids in words.items():
        if found := spoken[role]:
            columns[role], becomes[found.column] = found.column, role
        changed = {label: name for name, label in ids if name != label}
        values |= {role: changed} if changed else {}
    end, notes = say_end_of_data(at) if at else (_next_month(written_on), (_NO_DATE,))
    return Shared(
        columns,
        {"voice": "customer"} | ({} if at else {"at": written_on}),
        values,
        say_dates(at.date_form if at else None),
        becomes,
        person,
        words["touchpoint"],
        words["channel"],
        end,
        notes,
    )


def first_of(guesses: Sequence[Guess], role: str) -> Guess | None:
    """The first column of a role."""
    return next((guess for guess in guesses if guess.role == role), None)


def choose_at(export: Export, guesses: Sequence[Guess]) -> Guess | None:
    """The surest date that hardly ever is blank."""
    rows = export.rows
    dates = [guess for guess in guesses if guess.role == "at"]
    full = [guess for guess in dates if rows[guess.column].null_count() <= 0.1 * rows.height]
    return min(full or dates, key=lambda guess: _RANK[guess.confidence], default=None)


def say_dates(form: DateForm | None) -> dict[str, Any]:
    """What study.yml must say about how dates are written."""
    if form is None:
        return {}
    if form.format:
        return {"format": form.format}
    return {} if form.day_first is None else {"day_first": form.day_first}


def say_end_of_data(at: Guess) -> tuple[date | None, tuple[str, ...]]:
    """The end of the data where it must be declared, and what to check about dates.

    A run covers the last complete month: answers of one month only must make that complete.
    """
    form = at.date_form
    assert form is not None  # noqa: S101  a guess of the role `at` has one
    notes: tuple[str, ...] = ()
    if form.is_ambiguous:
        order = "day" if form.day_first else "month"
        notes = (
            f"no date of {at.column} tells day from month: the {order} is taken to come first; "
            "check day_first under dates",
        )
    if (form.earliest.year, form.earliest.month) != (form.latest.year, form.latest.month):
        return None, notes
    note = f"all dates lie in {form.latest:%Y-%m}, which data_until declares complete"
    return _next_month(form.latest.date()), (*notes, note)


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def name_values(export: Export, column: str) -> Labelled:
    """An id for each value of a column, with the value as it is written."""
    ids: dict[str, str] = {}
    for label in sorted(export.rows[column].drop_nulls().unique().to_list()):
        name = label if _IDENTIFIER.fullmatch(label) and label not in ids else None
        ids[name or slug(label, taken=set(ids))] = label
    return tuple(ids.items())
