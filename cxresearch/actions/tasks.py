"""In which words is an action asked for, and what stands behind it?

The unit is one broken promise or pledge: a statistic of a measure, its bound and what was measured.
The words say what must become true and leave open how: a remedy is for the team that owns it, and
no figure of ours knows one.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from cxresearch.actions.findings import UNITS
from cxresearch.language import LANGUAGES, Message, format_value, mark, message

Row = Mapping[str, Any]
Texts = Mapping[str, str]

MEASURED: dict[tuple[str, str], str] = {
    ("csat", "share"): mark("Satisfied"),
    ("csat", "mean"): mark("Average grade"),
    ("csat", "median"): mark("Middle grade"),
    ("nps", "nps"): mark("Net Promoter Score"),
    ("ces", "share"): mark("Find it easy"),
    ("ces", "mean"): mark("Average ease"),
    ("ces", "median"): mark("Middle grade for ease"),
    ("wait_minutes", "share"): mark("Wait {threshold} minutes at most"),
    ("wait_minutes", "mean"): mark("Average wait"),
    ("wait_minutes", "median"): mark("Usual wait"),
    ("wait_minutes", "p90"): mark("Wait of nine in ten"),
    ("duration_minutes", "share"): mark("Done within {threshold} minutes"),
    ("duration_minutes", "mean"): mark("Average time needed"),
    ("duration_minutes", "median"): mark("Usual time needed"),
    ("duration_minutes", "p90"): mark("Time needed by nine in ten"),
    ("resolved", "share"): mark("Solved at once"),
    ("context_known", "share"): mark("Tell their story only once"),
}
"""What is measured, by measure and statistic."""

_AT_LEAST: dict[tuple[str, str], str] = {
    ("csat", "share"): mark("{touchpoint}: bring satisfied customers up to {target}"),
    ("csat", "mean"): mark("{touchpoint}: bring the average grade up to {target}"),
    ("nps", "nps"): mark("{touchpoint}: bring the Net Promoter Score up to {target}"),
    ("ces", "share"): mark("{touchpoint}: make it easy for {target} of customers"),
    ("wait_minutes", "share"): mark(
        "{touchpoint}: end {target} of waits within {threshold} minutes"
    ),
    ("duration_minutes", "share"): mark(
        "{touchpoint}: get {target} of contacts done within {threshold} minutes"
    ),
    ("resolved", "share"): mark("{touchpoint}: solve {target} of cases at once"),
    ("context_known", "share"): mark(
        "{touchpoint}: let {target} of customers tell their story only once"
    ),
}
_AT_MOST: dict[tuple[str, str], str] = {
    ("wait_minutes", "median"): mark("{touchpoint}: bring the usual wait down to {target} minutes"),
    ("wait_minutes", "mean"): mark("{touchpoint}: bring the average wait down to {target} minutes"),
    ("wait_minutes", "p90"): mark("{touchpoint}: let nine in ten wait {target} minutes at most"),
    ("duration_minutes", "median"): mark(
        "{touchpoint}: bring the usual time needed down to {target} minutes"
    ),
    ("duration_minutes", "mean"): mark(
        "{touchpoint}: bring the average time needed down to {target} minutes"
    ),
    ("duration_minutes", "p90"): mark("{touchpoint}: get nine in ten done within {target} minutes"),
}


def name_task(row: Row, *, touchpoint: Texts | None) -> Message:
    """What must become true, where.

    Parameters
    ----------
    row
        A promise or pledge with `measure`, `statistic`, `threshold`, `is_at_most`, `target`, `unit`
        and `gap`.
    touchpoint
        Its label in each language; None for a pledge about the whole.

    Examples
    --------
    >>> row = {"measure": "wait_minutes", "statistic": "median", "threshold": None, "gap": -8.0,
    ...        "is_at_most": True, "target": 10.0, "unit": "minutes"}
    >>> name_task(row, touchpoint={"en": "Desk", "it": "Sportello"}).in_language("en")
    'Desk: bring the usual wait down to 10 minutes'
    """
    texts = _AT_MOST if row["is_at_most"] else _AT_LEAST
    where = message("Everywhere") if touchpoint is None else touchpoint
    values = {"touchpoint": where, "target": write_target(row), **_threshold(row)}
    known = texts.get((row["measure"], row["statistic"]))
    if known:
        return Message(known, values)
    values |= {"measure": name_measured(row)}
    if row["is_at_most"]:
        return message("{touchpoint}: keep the promise of {target} at most: {measure}", **values)
    return message("{touchpoint}: keep the promise of {target} at least: {measure}", **values)


def name_measured(row: Row) -> Message:
    """What is measured, as a reader calls it."""
    known = MEASURED.get((row["measure"], row["statistic"]))
    return Message(known or row["measure"].replace("_", " "), _threshold(row))


def describe_evidence(row: Row, *, is_named: bool = True) -> Message:
    """The figure with its interval, what was promised, and n.

    Parameters
    ----------
    is_named
        Whether what is measured is said too; without it a pledge's own words stand beside.

    Examples
    --------
    >>> row = {"measure": "csat", "statistic": "share", "threshold": 4.0, "is_at_most": False,
    ...        "target": 0.85, "unit": "share", "gap": -0.43, "estimate": 0.42, "ci_low": 0.37,
    ...        "ci_high": 0.47, "n": 412}
    >>> describe_evidence(row).in_language("en")
    'Satisfied: 42% (37% to 47%), promised 85%, n 412'
    """
    fine = _is_fine(row)
    values = {
        "target": write_target(row),
        "n": row["n"],
        **{name: write_figure(row[name], unit=row["unit"], is_fine=fine) for name in _FIGURES},
    }
    key = _IN_MINUTES if row["unit"] == "minutes" else _IN_UNITS
    figure = Message(key, values)
    return (
        message("{measure}: {figure}", measure=name_measured(row), figure=figure)
        if is_named
        else figure
    )


def join_evidence(rows: Sequence[Row]) -> Message:
    """The evidence of all that is broken at one touchpoint, the first leading."""
    evidence = describe_evidence(rows[0])
    for row in rows[1:]:
        evidence = message("{evidence}; {more}", evidence=evidence, more=describe_evidence(row))
    return evidence


_IN_MINUTES = mark("{estimate} minutes ({ci_low} to {ci_high}), promised {target}, n {n:count}")
_IN_UNITS = mark("{estimate} ({ci_low} to {ci_high}), promised {target}, n {n:count}")
_FIGURES = ("estimate", "ci_low", "ci_high")
_ONE = {"share": 0.01, "points": 1.0, "minutes": 1.0, "scale": 0.01}
_FINER = {"share": "share1", "points": "points1", "minutes": "number1"}


def write_figure(value: float | None, *, unit: str, is_fine: bool = False) -> dict[str, str]:
    """A figure in each language, as its unit is written.

    Parameters
    ----------
    is_fine
        Whether one decimal more is needed to tell it from what was promised.

    Examples
    --------
    >>> write_figure(0.424, unit="share"), write_figure(2.4, unit="minutes", is_fine=True)
    ({'en': '42%', 'it': '42%'}, {'en': '2.4', 'it': '2,4'})
    """
    level = UNITS[unit][0]
    spec = _FINER.get(unit, level) if is_fine else level
    return {language: format_value(value, spec, language) for language in LANGUAGES}


def write_target(row: Row) -> dict[str, str]:
    """What was promised in each language, with a decimal only where it has one."""
    steps = row["target"] / _ONE[row["unit"]]
    return write_figure(row["target"], unit=row["unit"], is_fine=abs(steps - round(steps)) > 1e-6)


def message_as_json(text: Message) -> str:
    """A sentence as it is kept in a table: its key and its values, each in every language."""
    return json.dumps({"key": text.key, "values": _plain(text.values)}, ensure_ascii=False)


def message_from_json(text: str) -> Message:
    """The sentence that `message_as_json` kept.

    Examples
    --------
    >>> kept = message_as_json(message("{n:count} of {all}", n=3, all=message("Everywhere")))
    >>> message_from_json(kept).in_language("en")
    '3 of Everywhere'
    """
    kept = json.loads(text)
    return Message(kept["key"], kept["values"])


def _plain(value: Any) -> Any:
    if isinstance(value, Message):
        return {language: value.in_language(language) for language in LANGUAGES}
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value


def _threshold(row: Row) -> dict[str, Any]:
    threshold = row["threshold"]
    if threshold is None:
        return {}
    return {"threshold": write_figure(threshold, unit="minutes", is_fine=threshold % 1 != 0)}


def _is_fine(row: Row) -> bool:
    return bool(abs(row["gap"]) < _ONE[row["unit"]])
