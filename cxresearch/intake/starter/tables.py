"""Is an export no survey at all: a table of the contract as it is, or a log of contacts?"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from cxresearch.contract import SCHEMAS
from cxresearch.intake.starter import words
from cxresearch.intake.starter.export import Export
from cxresearch.intake.starter.guess import MAX_GROUPS, Guess
from cxresearch.intake.starter.plan import Plan, describe_customers, file_of
from cxresearch.intake.starter.shared import (
    choose_at,
    first_of,
    name_values,
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
    known = [name for name in export.rows.columns if name in SCHEMAS[table].column_names()]
    becomes = {name: name for name in known}
    source: dict[str, Any] = {"table": table, "name": table, **file_of(export)}
    named = {role: name_values(export, role) for role in ("touchpoint", "channel") if role in known}
    codes = {
        role: {label: name for name, label in ids if name != label} for role, ids in named.items()
    }
    source["values"] = {role: changed for role, changed in codes.items() if changed}
    attributes: Mapping[str, Mapping[str, str]] = {}
    if table == "customers":
        attributes = describe_customers(export, guesses, becomes)
        source["columns"] = {name: says["label"] for name, says in attributes.items()}
    at = next((guess for guess in guesses if guess.column == "at"), None)
    end, notes = say_end_of_data(at) if at and at.date_form else (None, ())
    dates = say_dates(at.date_form if at else None)
    return Plan(
        ({k: v for k, v in (source | {"dates": dates}).items() if v != {}},),
        becomes,
        named.get("touchpoint", ()),
        named.get("channel", ()),
        attributes,
        end,
        notes,
    )


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
    at, channel = choose_at(export, guesses), first_of(guesses, "channel")
    contact, customer = first_of(guesses, "answer_id"), first_of(guesses, "customer_id")
    if at is None or at.date_form is None or not (channel or contact or customer):
        return None
    found = {"interaction_id": contact, "customer_id": customer, "at": at, "channel": channel}
    found["reason"] = _find_reason(export, guesses)
    columns = {name: guess.column for name, guess in found.items() if guess}
    constants = {"kind": "contact", "direction": "inbound", "touchpoint": "contact"}
    ids = name_values(export, channel.column) if channel else ()
    if channel is None:
        constants["channel"] = "unknown"
    source = {
        "table": "interactions",
        "name": "contacts",
        **file_of(export),
        "columns": columns,
        "constants": constants,
        "values": {"channel": codes} if (codes := {x: n for n, x in ids if n != x}) else {},
        "dates": say_dates(at.date_form),
    }
    end, notes = say_end_of_data(at)
    note = "no column looks like an answer: the rows are taken for contacts that customers made"
    becomes = {guess.column: name for name, guess in found.items() if guess}
    kept = {key: value for key, value in source.items() if value != {}}
    touchpoints = (("contact", "Contact"),)
    return Plan((kept,), becomes, touchpoints, ids, {}, end, (note, *notes))


def _find_reason(export: Export, guesses: Sequence[Guess]) -> Guess | None:
    """A text that groups contacts and is named like a reason."""
    for guess in guesses:
        cells = export.rows[guess.column].drop_nulls()
        is_text = guess.role in ("text", "outcome", "ignored") and cells.str.contains("[a-z]").any()
        is_named = words.REASON.search(plain(guess.column))
        if is_text and is_named and 2 <= cells.n_unique() <= 2 * MAX_GROUPS:
            return guess
    return None
