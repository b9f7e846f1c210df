"""Who answered, when, where? The columns that all questions of an export have in common."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from cxresearch.intake.starter import words
from cxresearch.intake.starter.export import Export
from cxresearch.intake.starter.guess import Guess
from cxresearch.intake.starter.words import plain, slug

_PLAIN = ("language", "team", "weight", "touchpoint", "channel")
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
    """What every question of the export repeats.

    Parameters
    ----------
    source
        The keys of a source that all questions share, as in study.yml.
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

    source: Mapping[str, Any]
    becomes: Mapping[str, str]
    person: Guess | None
    touchpoints: Labelled
    channels: Labelled
    data_until: date | None
    notes: tuple[str, ...]


def share_columns(export: Export, guesses: Sequence[Guess], *, written_on: date) -> Shared:
    """Find the columns that say who answered, when, where and in which channel.

    Parameters
    ----------
    export, guesses
        The export, and one guess a column.
    written_on
        The day that stands in where the export holds no date.
    """
    at, customer = choose_at(export, guesses), first_of(guesses, "customer_id")
    person = _choose_person(export, guesses)
    found = {"response_id": _choose_answer_id(export, guesses)}
    found |= {"at": at, "respondent_id": person, "customer_id": customer}
    found |= {role: first_of(guesses, role) for role in _PLAIN}
    columns = {name: guess.column for name, guess in found.items() if guess}
    named = name_places(export, columns)
    end, notes = say_end_of_data(at) if at else (_next_month(written_on), (_NO_DATE,))
    source = {
        **file_of(export),
        "columns": columns,
        "constants": {"voice": "customer"} | ({} if at else {"at": written_on}),
        "values": code_places(named),
        "dates": say_dates(at),
    }
    becomes = {column: name for name, column in columns.items()}
    return Shared(source, becomes, person, named["touchpoint"], named["channel"], end, notes)


def _choose_person(export: Export, guesses: Sequence[Guess]) -> Guess | None:
    """Who answered; a column with blanks would leave answers without anybody."""
    found = [first_of(guesses, role) for role in ("customer_id", "respondent_id", "answer_id")]
    full = (guess for guess in found if guess and not export.rows[guess.column].null_count())
    return next(full, None)


def _choose_answer_id(export: Export, guesses: Sequence[Guess]) -> Guess | None:
    """An id of the answer: it tells rows exported twice from people who answered alike."""
    named = [g for g in guesses if g.role == "answer_id" and words.ANSWER.search(plain(g.column))]
    exact = (g for g in named if export.rows[g.column].n_unique() == export.n_distinct_rows)
    return next(exact, None)


def file_of(export: Export) -> dict[str, Any]:
    """The keys of a source that say which file it reads, and how."""
    preset = {"preset": export.preset} if export.preset else {}
    return {"files": export.path.name, "csv": dict(export.csv), **preset}


def first_of(guesses: Sequence[Guess], role: str) -> Guess | None:
    """The first column of a role."""
    return next((guess for guess in guesses if guess.role == role), None)


def choose_at(export: Export, guesses: Sequence[Guess]) -> Guess | None:
    """The surest date that hardly ever is blank."""
    rows = export.rows
    dates = [guess for guess in guesses if guess.role == "at"]
    full = [guess for guess in dates if rows[guess.column].null_count() <= 0.1 * rows.height]
    return min(full or dates, key=lambda guess: _RANK[guess.confidence], default=None)


def say_dates(at: Guess | None) -> dict[str, Any]:
    """What study.yml must say about how dates are written."""
    form = at.date_form if at else None
    if form and form.format:
        return {"format": form.format}
    return {"day_first": form.day_first} if form and form.day_first is not None else {}


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


def name_places(export: Export, columns: Mapping[str, str]) -> dict[str, Labelled]:
    """Ids of the touchpoints and channels met in `columns`, with each as it is written."""
    return {role: _name_values(export, columns.get(role)) for role in ("touchpoint", "channel")}


def _name_values(export: Export, column: str | None) -> Labelled:
    ids: dict[str, str] = {}
    for label in sorted(export.rows[column].drop_nulls().unique().to_list()) if column else ():
        is_id = _IDENTIFIER.fullmatch(label) and label not in ids
        ids[label if is_id else slug(label, taken=set(ids))] = label
    return tuple(ids.items())


def code_places(named: Mapping[str, Labelled]) -> dict[str, dict[str, str]]:
    """The `values` of a source: what is written otherwise than its id."""
    codes = {
        role: {label: id_ for id_, label in ids if id_ != label} for role, ids in named.items()
    }
    return {role: changed for role, changed in codes.items() if changed}
