"""Is an export no survey at all: a table of the contract as it is, or a log of contacts?"""

from collections.abc import Collection, Sequence

from cxresearch.contract import SCHEMAS
from cxresearch.intake.starter import words
from cxresearch.intake.starter.export import Export
from cxresearch.intake.starter.guess import MAX_GROUPS, Guess
from cxresearch.intake.starter.plan import Plan, describe_customers
from cxresearch.intake.starter.shared import (
    choose_at,
    code_places,
    file_of,
    first_of,
    name_places,
    say_dates,
    say_end_of_data,
)
from cxresearch.intake.starter.words import plain

_SCALE = {"scale_min", "scale_max", "high_is"}
_TELLING = {"customers": {"joined_at", "left_at", "preferred_channel", "annual_value"}}


def plan_table(export: Export, guesses: Sequence[Guess]) -> Plan | None:
    """A plan for an export whose columns already bear the names of the contract, or None."""
    table = _find_table(export.rows.columns)
    if table is None:
        return None
    known = {name: name for name in export.rows.columns if name in SCHEMAS[table].column_names()}
    becomes, named = dict(known), name_places(export, known)
    attributes = describe_customers(export, guesses, becomes) if table == "customers" else {}
    at = next((guess for guess in guesses if guess.column == "at" and guess.date_form), None)
    end, notes = say_end_of_data(at) if at else (None, ())
    source = {
        "table": table,
        "name": table,
        **file_of(export),
        "values": code_places(named),
        "columns": {name: says["label"] for name, says in attributes.items()},
        "dates": say_dates(at),
    }
    places = (named["touchpoint"], named["channel"])
    return Plan((source,), becomes, *places, attributes, end, notes)


def _find_table(columns: Collection[str]) -> str | None:
    """The contract table whose required columns are all there."""
    for table in ("responses", "interactions", "invitations", "customers"):
        schema = SCHEMAS[table].columns()
        needed = {name for name, column in schema.items() if not column.nullable} - {"voice"}
        needed |= (
            (_SCALE if "metric" in columns else {"comment"}) if table == "responses" else set()
        )
        telling = _TELLING.get(table, set(schema))
        if needed <= set(columns) and telling & set(columns):
            return table
    return None


def plan_contacts(export: Export, guesses: Sequence[Guess]) -> Plan | None:
    """A plan for a log of contacts: a date, and an id or a channel, but no answers; or None."""
    at = choose_at(export, guesses)
    found = {
        "interaction_id": first_of(guesses, "answer_id"),
        "customer_id": first_of(guesses, "customer_id"),
        "at": at,
        "channel": first_of(guesses, "channel"),
    }
    if at is None or sum(guess is not None for guess in found.values()) < 2:
        return None
    found["reason"] = _find_reason(export, guesses)
    columns = {name: guess.column for name, guess in found.items() if guess}
    constants = {"kind": "contact", "direction": "inbound", "touchpoint": "contact"}
    named = name_places(export, columns)
    source = {
        "table": "interactions",
        "name": "contacts",
        **file_of(export),
        "columns": columns,
        "constants": constants | ({} if found["channel"] else {"channel": "unknown"}),
        "values": code_places(named),
        "dates": say_dates(at),
    }
    end, notes = say_end_of_data(at)
    note = "no column looks like an answer: the rows are taken for contacts that customers made"
    becomes = {column: name for name, column in columns.items()}
    touchpoints = (("contact", "Contact"),)
    return Plan((source,), becomes, touchpoints, named["channel"], {}, end, (note, *notes))


def _find_reason(export: Export, guesses: Sequence[Guess]) -> Guess | None:
    """A text that groups contacts and is named like a reason."""
    for guess in guesses:
        cells = export.rows[guess.column].drop_nulls()
        is_text = guess.role in ("text", "outcome", "ignored") and cells.str.contains("[a-z]").any()
        is_named = words.REASON.search(plain(guess.column))
        if is_text and is_named and 2 <= cells.n_unique() <= 2 * MAX_GROUPS:
            return guess
    return None
