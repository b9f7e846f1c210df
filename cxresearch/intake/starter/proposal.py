"""From an export to a study that runs: what is guessed, how sure, and the two files written."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cxresearch.errors import DataError
from cxresearch.intake.starter import words
from cxresearch.intake.starter.columns import guess_column
from cxresearch.intake.starter.export import Export, read_export
from cxresearch.intake.starter.files import EXPERIENCE, STUDY, head_of, start_folder
from cxresearch.intake.starter.guess import Column, Guess
from cxresearch.intake.starter.plan import Plan, plan_answers
from cxresearch.intake.starter.tables import plan_contacts, plan_table
from cxresearch.intake.starter.unfinished import find_unfinished
from cxresearch.intake.starter.words import plain
from cxresearch.intake.starter.writing import (
    Notes,
    comment,
    one_line,
    write_items,
    write_mapping,
    write_value,
)
from cxresearch.study import Study, read_study

_SAMPLED = 200
_TELLS_WHO = {
    "ExternalReference": "customer_id",
    "Email Address": "respondent_id",
    "Indirizzo email": "respondent_id",
}
"""Columns by which survey tools tell who answered, where they were asked to."""
_EXPERIENCE_HEAD = """\
# The experience the company wants to deliver. Part the journey into stages, give
# each touchpoint an owner and a promise, such as
#   owner: service   # with {id: service, label: Customer service} under teams
#   promise: {measure: csat, statistic: share, at_least: 0.8}
"""


@dataclass(frozen=True)
class Reading:
    """How one column was read: what it becomes (empty when left out), how sure, and why."""

    column: str
    becomes: str
    confidence: str
    why: str


@dataclass(frozen=True)
class Proposal:
    """What was written, and what a person should check.

    Parameters
    ----------
    folder
        The study's folder.
    study
        The study as read back from there.
    preset
        The survey tool recognised, or None.
    readings
        One a column, in the order of the file.
    notes
        What to check first, as sentences.
    """

    folder: Path
    study: Study
    preset: str | None
    readings: tuple[Reading, ...]
    notes: tuple[str, ...]


def propose_study(
    export_path: Path | str, folder: Path | str, *, preset: str | None = None
) -> Proposal:
    """Write a study for an export of your own, with every guess beside it as a comment.

    Parameters
    ----------
    export_path
        A CSV, Excel, Parquet or JSON lines file with answers.
    folder
        The study's folder; made where it does not exist.
    preset
        A survey tool; recognised by its headers when left out.

    Returns
    -------
    Proposal
        The study is valid and can be run as it is.

    Raises
    ------
    StudyError
        The folder already holds a study, or there is no such preset.
    DataError
        The export cannot be read, or no column looks like an answer.
    """
    path, folder = Path(export_path), Path(folder)
    export = read_export(path, preset=preset)
    guesses = [_look_at(export, name) for name in export.rows.columns]
    changed_on = datetime.fromtimestamp(path.stat().st_mtime, UTC).date()
    plan = (
        plan_table(export, guesses)
        or plan_answers(export, guesses, written_on=changed_on)
        or plan_contacts(export, guesses)
    )
    if plan is None:
        raise _nothing_found(export, guesses)
    plan = replace(plan, notes=(*find_unfinished(export), *plan.notes))
    readings = tuple(
        Reading(guess.column, plan.becomes.get(guess.column, ""), guess.confidence, guess.why)
        for guess in guesses
    )
    languages = _languages(export, guesses)
    start_folder(folder)
    study = _study_lines(export, plan, readings, folder, languages)
    for name, lines in {STUDY: study, EXPERIENCE: _experience_lines(plan, languages)}.items():
        text = "\n".join([*head_of(name), *lines]) + "\n"
        (folder / name).write_text(text, encoding="utf-8")
    return Proposal(folder, read_study(folder), export.preset, readings, plan.notes)


def _nothing_found(export: Export, guesses: Sequence[Guess]) -> DataError:
    left = ", ".join(guess.column for guess in guesses if guess.role == "score")
    return DataError(
        f"no column of {export.path.name} looks like an answer"
        + (f"; {left} could be, but neither names nor neighbours say so" if left else ""),
        allowed="a score (0-10, 1-5, 1-7, very satisfied ...), a comment, or dated contacts; "
        f"columns: {', '.join(export.rows.columns[:40])}",
        next_step="write a starter study with `cxresearch init DIR` and map the columns in it",
    )


def _look_at(export: Export, name: str) -> Guess:
    label, cells = one_line(export.labels[name]), export.rows[name]
    if name in _TELLS_WHO and cells.count() >= 0.5 * cells.len():
        why = f"{cells.count():,} of {cells.len():,} rows name somebody"
        return Guess(name, label, _TELLS_WHO[name], "likely", why)
    if cells.null_count() == 0 and cells.n_unique() == export.n_distinct_rows:
        cells = cells.unique(maintain_order=True)  # an id still, though rows stand there twice
    column = Column(name, label, cells.drop_nulls(), cells.len())
    if name in export.ignored:
        return Guess(name, label, "ignored", "sure", f"written by {export.preset}")
    return guess_column(column)


def _languages(export: Export, guesses: Sequence[Guess]) -> list[str]:
    """Italian first where headers and comments hold more Italian than English words."""
    texts = list(export.labels.values())
    for guess in guesses:
        if guess.role == "comment":
            texts += export.rows[guess.column].drop_nulls().head(_SAMPLED).to_list()
    joined = plain(" ".join(texts))
    is_italian = len(words.ITALIAN.findall(joined)) > len(words.ENGLISH.findall(joined))
    return ["it", "en"] if is_italian else ["en"]


def _study_lines(
    export: Export, plan: Plan, readings: Sequence[Reading], folder: Path, languages: list[str]
) -> list[str]:
    by_column = {reading.column: reading for reading in readings}
    top = {
        "name": one_line(export.path.stem.replace("_", " ")).strip().capitalize() or "Study",
        "languages": languages,
        "currency": "EUR",
        "timezone": "Europe/Rome" if languages[0] == "it" else "UTC",
        "data_until": plan.data_until,
        "data_root": _data_root(export.path, folder),
    }
    notes: Notes = {
        ("name",): "the company or brand, as reports call it",
        ("timezone",): "where days and months begin: check it",
        ("data_until",): "the first day without data",
    }
    out = [reading for reading in readings if not reading.becomes]
    return [
        *comment(f"Proposed from {export.path.name}: each guess says how sure it is."),
        *comment("Check those marked unsure, then run: cxresearch check, cxresearch run."),
        *(line for note in plan.notes for line in comment(f"Check first: {note}")),
        "",
        *write_mapping({key: value for key, value in top.items() if value}, notes),
        "",
        *_attribute_lines(plan, by_column),
        "sources:",
        *write_items((_filled(source), _notes_of(source, by_column)) for source in plan.sources),
        *(["", "# Columns left out:"] if out else []),
        *(line for r in out for line in comment(f"- {r.column}: {r.why}")),
    ]


def _filled(source: Mapping[str, Any]) -> dict[str, Any]:
    """A source without the parts that say nothing."""
    return {key: value for key, value in source.items() if value != {}}


def _attribute_lines(plan: Plan, by_column: Mapping[str, Reading]) -> list[str]:
    if not plan.attributes:
        return []
    notes: Notes = {
        ("attributes", name): by_column[says["label"]].why for name, says in plan.attributes.items()
    }
    return [
        "# What tells customers apart. A protected attribute never explains an outcome:",
        "# check each role (context, usage or protected).",
        *write_mapping({"attributes": plan.attributes}, notes),
        "",
    ]


def _notes_of(source: Mapping[str, Any], by_column: Mapping[str, Reading]) -> Notes:
    """How sure each mapping is; attributes of customers say so where they are declared."""
    if source["table"] == "customers":
        return {}
    read: dict[tuple[str, ...], str] = {
        ("columns", name): column for name, column in source.get("columns", {}).items()
    }
    unpivoted = source.get("unpivot", {}).get("columns", {})
    read |= {("unpivot", "columns", column): column for column in unpivoted}
    notes = {at: f"{by_column[c].confidence}: {by_column[c].why}" for at, c in read.items()}
    if "at" in source.get("constants", {}):
        notes["constants", "at"] = "unsure: the export holds no date"
    return notes


def _data_root(export: Path, folder: Path) -> str:
    """Folder of the export as seen from the study, empty when they are the same."""
    there, here = export.resolve().parent, folder.resolve()
    if there == here:
        return ""
    shared = Path(os.path.commonpath([there, here]))
    is_far = shared == Path(shared.anchor)
    return there.as_posix() if is_far else Path(os.path.relpath(there, here)).as_posix()


def _experience_lines(plan: Plan, languages: list[str]) -> list[str]:
    stage = {"id": "experience", "label": {"en": "Experience", "it": "Esperienza"}}
    parts = {
        "stages": [stage] if plan.touchpoints else [],
        "touchpoints": [
            {**_labelled(place, languages), "stage": "experience"} for place in plan.touchpoints
        ],
        "channels": [_labelled(place, languages) for place in plan.channels],
    }
    lines = [_EXPERIENCE_HEAD]
    for key, entries in parts.items():
        lines += [f"{key}:" if entries else f"{key}: []"]
        lines += [f"  - {write_value(entry)}" for entry in entries]
    return lines


def _labelled(place: tuple[str, str], languages: list[str]) -> dict[str, Any]:
    label = one_line(place[1]) or "–"
    return {"id": place[0], "label": label if languages[0] == "en" else {languages[0]: label}}
