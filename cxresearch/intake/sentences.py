"""Which doubts can intake raise, how grave is each, and in which words is it told?"""

from dataclasses import dataclass
from typing import Any

from cxresearch.language import Message, mark

REFUSALS = {
    "nothing_accepted": mark(
        "None of the {n_rows:count} rows of {table} from {source} was accepted. The "
        "commonest reason, {n_reason:count} times: {reason}. The first is in {file}, "
        "row {row}."
    ),
}
WARNINGS = {
    "many_quarantined": mark(
        "{n:count} of {n_rows:count} rows of {source} ({share:share1}) are quarantined. "
        "The commonest reason, {n_reason:count} times: {reason}. The first is in {file}, "
        "row {row}."
    ),
    "file_without_rows": mark("{file} has a header but no rows."),
    "short_lines": mark(
        "{n:count} of the {n_looked_at:count} lines of {file} looked at have fewer cells than the "
        "header; the first is row {row}. What is missing was read as blank."
    ),
    "mixed_time_zones": mark(
        "In {source}, {column} carries a time zone {n_with:count} times and none "
        "{n_without:count} times; these are read as time in {timezone}."
    ),
    "zeros_as_blanks": mark(
        "Not one of {n:count} {metric} answers in {source} is 0, though {n_low:count} "
        "are 1 to 3 and {n_blank:count} are blank: the export may have written zeros "
        "as blanks, which makes the score look better than it is."
    ),
    "lonely_end": mark(
        "The latest instant of {table}, {latest:day}, comes {n:count} days after 999 in "
        "1,000 of the others, and the last month is taken from it. If it is a mistake, "
        "write data_until with the first day without data in study.yml."
    ),
}
HINTS = {
    "codes_outside_scale": mark(
        "{n:count} scores of {source} lie outside the scale, all of them {codes:list}. If "
        "that means no answer, write in the source: {line}"
    ),
    "decimal_comma": mark(
        "In {source}, {column} holds what looks like decimal commas ({n:count} times, such "
        "as '{value}'). If they are, write in the source: {line}"
    ),
    "unreadable_dates": mark(
        "In {source}, {column} holds what is no date in the order of the others ({n:count} "
        "times, such as '{value}'). If all are written in one way, say how: {line}"
    ),
    "unreadable_values": mark(
        "In {source}, {column} holds what cannot be read ({n:count} times, such as "
        "'{value}'). If that means no answer, write in the source: {line}"
    ),
}
"""Warnings that name the line of study.yml which would most likely mend what broke."""
NOTES = {
    "limited": mark(
        "Limited to {limits}: {n_kept:count} of {n:count} rows of {table}; "
        "{n_nobody:count} rows without a customer are left out."
    ),
    "short_last_cell": mark(
        "{n:count} of the {n_looked_at:count} lines of {file} looked at leave out the last cell, "
        "which was read as blank; the first is row {row}."
    ),
    "exact_copies": mark(
        "{n:count} rows of {file} are exact copies of another row and have no id of their own: "
        "if they were exported twice, they are counted twice. If a column numbers the "
        "rows, map it as {key}."
    ),
    "unused_columns": mark("Columns of {source} that are not used: {columns:list}."),
    "empty_columns": mark("Columns of {source} that hold nothing: {columns:list}."),
    "link_coverage": mark(
        "Of {n:count} rows of {table} that come from customers, {n_linked:count} "
        "({share:share}) name the customer; the others are left out of every figure "
        "across channels."
    ),
    "link_set_aside": mark(
        "Rows of {table} that name {what} nobody knows: {n:count}. They are kept without it."
    ),
    "touchpoints_not_drawn": mark(
        "{n:count} rows of {table} are at touchpoints that experience.yml does not draw: "
        "{touchpoints:list}."
    ),
    "reasons_not_mapped": mark(
        "Reasons for leaving that left_reasons in study.yml does not map: {codes:list} "
        "({n:count} customers). They count as not stated."
    ),
    "days_only": mark(
        "Every instant of {table} is a midnight: days are known, times of day are not."
    ),
}
SEVERITIES = {"refusal": REFUSALS, "warning": WARNINGS | HINTS, "note": NOTES}
"""Sentences by what is doubted, by severity, the gravest first."""


@dataclass(frozen=True)
class Doubt:
    """One thing to know before reading a figure; severity is one of `SEVERITIES`."""

    warning: str
    severity: str
    table: str
    message: Message


def doubt(warning: str, table: str, /, **values: Any) -> Doubt:
    """A doubt about a table, with the values its sentence tells."""
    severity = next(name for name, sentences in SEVERITIES.items() if warning in sentences)
    sentence = SEVERITIES[severity][warning]
    return Doubt(warning, severity, table, Message(sentence, {"table": table, **values}))
