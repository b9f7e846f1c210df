"""Which sources would an export become? From guesses about columns to sources of study.yml.

Every question is a source of its own, since a scale and a metric belong to a source; they share
the columns that say who answered, when and where. A comment goes with the first question about
the whole. Columns that describe customers become attributes where an id tells customers apart.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from cxresearch.errors import DataError
from cxresearch.intake.starter import words
from cxresearch.intake.starter.batteries import Answers, Battery, group_answers
from cxresearch.intake.starter.columns import Guess
from cxresearch.intake.starter.export import Export
from cxresearch.intake.starter.words import plain, slug
from cxresearch.study import is_protected_name

_SHARED = {"channel": "channel", "language": "language", "team": "team", "weight": "weight"}
MOST_ATTRIBUTES = 25


@dataclass(frozen=True)
class Plan:
    """What study.yml and experience.yml would hold.

    Parameters
    ----------
    sources
        Sources as they would be written.
    becomes
        By column, what it becomes; columns that are missing are left out.
    touchpoints, channels
        Id and label, in the order of the file.
    attributes
        Role and type by name.
    data_until
        The first day without data, where it must be declared for a run to find the answers.
    notes
        What a person should check first.
    """

    sources: tuple[Mapping[str, Any], ...]
    becomes: Mapping[str, str]
    touchpoints: tuple[tuple[str, str], ...] = ()
    channels: tuple[tuple[str, str], ...] = ()
    attributes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    data_until: date | None = None
    notes: tuple[str, ...] = ()


def make_plan(export: Export, guesses: Sequence[Guess], *, written_on: date) -> Plan:
    """Turn guesses into sources.

    Parameters
    ----------
    export, guesses
        The export, and one guess a column in the order of the file.
    written_on
        The day the file was last changed: stands in where the export holds no date.

    Raises
    ------
    DataError
        No column looks like an answer.
    """
    answers = group_answers(guesses)
    comments = [guess for guess in guesses if guess.role == "comment"]
    comments.sort(key=lambda guess: guess.confidence != "sure")
    if not answers.single and not answers.batteries and not comments:
        raise _no_answers(export, answers)
    draft = _Draft(export, guesses, written_on)
    for guess in answers.single:
        draft.add_question(guess, comments.pop(0) if comments else None)
    for n, battery in enumerate(answers.batteries, start=1):
        draft.add_battery(battery, n if len(answers.batteries) > 1 else 0)
    for guess in comments:
        draft.add_comment(guess)
    draft.add_customers()
    return draft.finish()


def _no_answers(export: Export, answers: Answers) -> DataError:
    left = ", ".join(guess.column for guess in answers.left[:5])
    return DataError(
        f"no column of {export.path.name} looks like an answer"
        + (f"; {left} could be, but neither names nor neighbours say so" if left else ""),
        allowed="a score (0-10, 1-5, 1-7, very satisfied ...) or a comment; columns: "
        + ", ".join(export.rows.columns[:40]),
        next_step="write a starter study with `cxresearch init DIR` and map the columns in it",
    )


class _Draft:
    """Sources as they grow; one draft an export."""

    def __init__(self, export: Export, guesses: Sequence[Guess], written_on: date) -> None:
        self.export = export
        self.guesses = guesses
        self.written_on = written_on
        self.sources: list[dict[str, Any]] = []
        self.becomes: dict[str, str] = {}
        self.touchpoints: list[tuple[str, str]] = []
        self.channels: list[tuple[str, str]] = []
        self.attributes: dict[str, dict[str, str]] = {}
        self.notes: list[str] = []
        self.data_until: date | None = None
        self.at = self._choose_at()
        self.person = self._first("customer_id") or self._first("answer_id")
        self.shared = self._share()

    def add_question(self, guess: Guess, comment: Guess | None) -> None:
        source = self._source(guess.column)
        source["columns"]["score"] = guess.column
        self.becomes[guess.column] = f"score, {guess.metric} {_on(guess.scale)}, about the whole"
        if comment:
            source["columns"]["comment"] = comment.column
            self.becomes[comment.column] = f"comment, beside {guess.column}"
        self._measure(source, guess.metric, guess.scale, guess.codes, guess.high_is)
        source["constants"]["question"] = guess.label

    def add_battery(self, battery: Battery, number: int) -> None:
        source = self._source(f"ratings_{number}" if number else "ratings")
        source["columns"].pop("touchpoint", None)
        source["values"].pop("touchpoint", None)
        source["unpivot"] = {"columns": {column: name for column, name, _ in battery.members}}
        self._measure(source, battery.metric, battery.scale, battery.codes, battery.high_is)
        for column, name, label in battery.members:
            self.becomes[column] = (
                f"score, {battery.metric} {_on(battery.scale)}, at touchpoint {name}"
            )
            self.touchpoints.append((name, label))

    def add_comment(self, guess: Guess) -> None:
        source = self._source(guess.column)
        source["columns"]["comment"] = guess.column
        source["constants"]["question"] = guess.label
        self.becomes[guess.column] = "comment"

    def add_customers(self) -> None:
        """Attributes, where an id tells customers apart."""
        describing = [guess for guess in self.guesses if self._describes(guess)]
        is_known = self.person and self._is_unique(self.person)
        if not describing or not is_known or self.person is None:
            return
        columns = {"customer_id": self.person.column}
        for guess in describing[:MOST_ATTRIBUTES]:
            name = slug(guess.column, taken={*self.attributes, *_CONTRACT})
            role = "context" if guess.role == "text" else "usage"
            if is_protected_name(guess.column):
                role = "protected"
            kind = {"text": "text", "number": "number"}[guess.role]
            self.attributes[name] = {"role": role, "type": kind, "label": guess.column}
            self.becomes[guess.column] = f"attribute {name}, {role}"
            columns[name] = guess.column
        for source in self.sources:
            source["columns"]["customer_id"] = self.person.column
        self.sources.insert(
            0, {"table": "customers", "name": "customers", **self._file(), "columns": columns}
        )

    def finish(self) -> Plan:
        # An empty part says nothing.
        kept = [{k: v for k, v in source.items() if v != {}} for source in self.sources]
        return Plan(
            tuple(kept),
            self.becomes,
            tuple(self.touchpoints),
            tuple(self.channels),
            self.attributes,
            self.data_until,
            tuple(self.notes),
        )

    def _source(self, name: str) -> dict[str, Any]:
        taken = {source["name"] for source in self.sources}
        shared = {key: dict(value) for key, value in self.shared.items()}
        return self._keep(
            {"table": "responses", "name": slug(name, taken=taken), **self._file(), **shared}
        )

    def _keep(self, source: dict[str, Any]) -> dict[str, Any]:
        self.sources.append(source)
        return source

    def _file(self) -> dict[str, Any]:
        found: dict[str, Any] = {"files": self.export.path.name, "csv": dict(self.export.csv)}
        if self.export.preset:
            found["preset"] = self.export.preset
        return found

    def _measure(
        self,
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

    def _share(self) -> dict[str, dict[str, Any]]:
        """Columns, constants, codes and dates that every question of the export has."""
        columns: dict[str, str] = {}
        constants: dict[str, Any] = {"voice": "customer"}
        dates: dict[str, Any] = {}
        if self.at and self.at.date_form:
            columns["at"] = self.at.column
            self.becomes[self.at.column] = "at, when the answer was given"
            form = self.at.date_form
            if form.format:
                dates["format"] = form.format
            elif form.day_first is not None:
                dates["day_first"] = form.day_first
            self._set_end(form.earliest, form.latest)
        else:
            constants["at"] = self.written_on
            self.data_until = _next_month(self.written_on)
            self.notes.append(
                "the export holds no date: every answer is dated on the day the file was last "
                "changed; write the day of the survey under constants"
            )
        if self.person:
            is_customer = self.person.role == "customer_id"
            columns["respondent_id"] = self.person.column
            if is_customer:
                columns["customer_id"] = self.person.column
            self.becomes[self.person.column] = "customer_id" if is_customer else "respondent_id"
        values = self._share_words(columns)
        return {"columns": columns, "constants": constants, "values": values, "dates": dates}

    def _share_words(self, columns: dict[str, str]) -> dict[str, dict[str, str]]:
        values: dict[str, dict[str, str]] = {}
        for role, contract in _SHARED.items():
            found = self._first(role)
            if found:
                columns[contract] = found.column
                self.becomes[found.column] = contract
        for role, into in (("touchpoint", self.touchpoints), ("channel", self.channels)):
            found = self._first(role)
            if found:
                columns[role] = found.column
                self.becomes[found.column] = role
                ids = self._ids(found)
                into.extend((name, label) for label, name in ids.items())
                values[role] = {label: name for label, name in ids.items() if label != name}
        return {role: codes for role, codes in values.items() if codes}

    def _ids(self, guess: Guess) -> dict[str, str]:
        ids: dict[str, str] = {}
        for label in sorted(self.export.rows[guess.column].drop_nulls().unique().to_list()):
            ids[label] = slug(label, taken=set(ids.values()))
        return ids

    def _set_end(self, earliest: datetime, latest: datetime) -> None:
        # A run covers the last complete month; answers of one month only make that month count.
        if (earliest.year, earliest.month) == (latest.year, latest.month):
            self.data_until = _next_month(latest.date())
            self.notes.append(
                f"all dates lie in {latest:%Y-%m}, which is taken as complete by data_until"
            )

    def _choose_at(self) -> Guess | None:
        rows = self.export.rows
        dates = [guess for guess in self.guesses if guess.role == "at"]
        full = [g for g in dates if rows[g.column].null_count() <= 0.1 * rows.height]
        rank = {"sure": 0, "likely": 1, "unsure": 2}
        best = min(full or dates, key=lambda guess: rank[guess.confidence], default=None)
        if best and best.date_form and best.date_form.is_ambiguous:
            order = "day" if best.date_form.day_first else "month"
            self.notes.append(
                f"no date of {best.column} tells day from month: the {order} is taken to come "
                "first; check day_first"
            )
        return best

    def _first(self, role: str) -> Guess | None:
        return next((guess for guess in self.guesses if guess.role == role), None)

    def _describes(self, guess: Guess) -> bool:
        """Whether a column says something about a customer: neither answer, outcome nor code."""
        name = plain(guess.column)
        if guess.role not in ("text", "number") or guess.column in self.becomes:
            return False
        if words.OUTCOME.search(name) or words.QUESTION.match(name):
            return False
        is_code = guess.role == "number" and words.IDENTIFIER.search(name)
        blank = self.export.rows[guess.column].null_count()
        return not is_code and blank <= 0.2 * self.export.rows.height

    def _is_unique(self, guess: Guess) -> bool:
        column = self.export.rows[guess.column]
        return not column.null_count() and column.n_unique() == column.len()


_CONTRACT = {"customer_id", "joined_at", "left_at", "language", "annual_value"}


def _on(scale: tuple[int, int]) -> str:
    return f"{scale[0]}-{scale[1]}"


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
