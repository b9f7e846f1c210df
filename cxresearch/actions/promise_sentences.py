"""In which words is a promise said to be kept, broken or open?

Texts only, by measure, statistic and unit: a sentence is a name, a figure with its range, and how
far that is from what was promised. Which one is true is decided in `actions.promise`.
"""

from collections.abc import Mapping
from typing import Any

from cxresearch.actions.tasks import write_figure, write_target
from cxresearch.language import LANGUAGES, Message, format_value, mark, message
from cxresearch.transforms.delivered import SCORES

Row = Mapping[str, Any]
Texts = Mapping[str, str]

FIGURES: dict[tuple[str, str], str] = {
    ("csat", "share"): mark("{estimate} satisfied"),
    ("csat", "mean"): mark("an average grade of {estimate}"),
    ("csat", "median"): mark("a middle grade of {estimate}"),
    ("nps", "nps"): mark("a Net Promoter Score of {estimate}"),
    ("ces", "share"): mark("{estimate} find it easy"),
    ("ces", "mean"): mark("an average grade of {estimate} for ease"),
    ("ces", "median"): mark("a middle grade of {estimate} for ease"),
    ("wait_minutes", "share"): mark("{estimate} wait {threshold} minutes at most"),
    ("wait_minutes", "mean"): mark("an average wait of {estimate} minutes"),
    ("wait_minutes", "median"): mark("a usual wait of {estimate} minutes"),
    ("wait_minutes", "p90"): mark("nine in ten wait {estimate} minutes at most"),
    ("duration_minutes", "share"): mark("{estimate} done within {threshold} minutes"),
    ("duration_minutes", "mean"): mark("an average of {estimate} minutes until done"),
    ("duration_minutes", "median"): mark("usually {estimate} minutes until done"),
    ("duration_minutes", "p90"): mark("nine in ten done within {estimate} minutes"),
    ("resolved", "share"): mark("{estimate} solved at once"),
    ("context_known", "share"): mark("{estimate} tell their story only once"),
}
"""What is delivered, by measure and statistic."""

_BROKEN = {
    ("share", False): mark("{size} percentage points less than promised"),
    ("share", True): mark("{size} percentage points more than promised"),
    ("points", False): mark("{size} points less than promised"),
    ("points", True): mark("{size} points more than promised"),
    ("scale", False): mark("{size} grades less than promised"),
    ("scale", True): mark("{size} grades more than promised"),
    ("minutes", False): mark("{size} minutes less than promised"),
    ("minutes", True): mark("{size} minutes more than promised"),
}
"""How far a broken promise is missed, by unit and whether at most so much was promised."""

PROMISES = {
    "broken": mark("{touchpoint}: {figure} ({range}), {distance}."),
    "kept": mark("{touchpoint}: {figure} ({range}), promised {target}: kept."),
    "open": mark(
        "{touchpoint}: {figure} ({range}), promised {target}: not enough evidence either way."
    ),
}
PLEDGES = {
    "broken": mark("“{quote}” Broken: {figure} ({range}), {distance}."),
    "kept": mark("“{quote}” Kept: {figure} ({range}), promised {target}."),
    "open": mark(
        "“{quote}” Not enough evidence either way: {figure} ({range}), promised {target}."
    ),
}
UNKNOWN_PLEDGE = mark("“{quote}” Not enough evidence: too few answers or contacts to show.")

_ONE = {"share": 0.01, "points": 1.0, "minutes": 1.0, "scale": 0.01}


def describe_figure(row: Row) -> Message:
    """What is delivered, in words.

    Parameters
    ----------
    row
        A promise or pledge with `measure`, `statistic`, `threshold`, `unit`, `gap`, `estimate`.

    Examples
    --------
    >>> row = {"measure": "csat", "statistic": "share", "threshold": 4.0, "unit": "share",
    ...        "gap": -0.31, "estimate": 0.47}
    >>> describe_figure(row).in_language("en")
    '47% satisfied'
    """
    values: dict[str, Any] = {"estimate": _write(row, "estimate")}
    if row["threshold"] is not None:
        whole = row["threshold"] % 1 == 0
        values["threshold"] = write_figure(row["threshold"], unit="minutes", is_fine=not whole)
    return Message(FIGURES[row["measure"], row["statistic"]], values)


def describe_range(row: Row) -> Message:
    """The interval of what is delivered, and on how many answers or contacts it rests."""
    values = {name: _write(row, name) for name in ("ci_low", "ci_high")} | {"n": row["n"]}
    answers = row["measure"] in SCORES
    if row["ci_low"] is None or row["ci_high"] is None:
        if answers:
            return message("answers: {n:count}", **values)
        if row["ci_high"] is None and row["ci_low"] is not None:
            return message("{ci_low} or more, {n:count} contacts", **values)
        return message("contacts: {n:count}", **values)
    if answers:
        return message("{ci_low} to {ci_high}, {n:count} answers", **values)
    return message("{ci_low} to {ci_high}, {n:count} contacts", **values)


def describe_distance(row: Row) -> Message:
    """How far a broken promise is missed.

    Examples
    --------
    >>> row = {"unit": "minutes", "is_at_most": True, "gap": -14.5}
    >>> describe_distance(row).in_language("en")
    '14 minutes more than promised'
    """
    return Message(_BROKEN[row["unit"], row["is_at_most"]], {"size": write_size(row)})


def describe_target(row: Row) -> Message:
    """What was promised, with its bound."""
    target = write_target(row)
    minutes = row["unit"] == "minutes"
    if row["is_at_most"]:
        if minutes:
            return message("at most {target} minutes", target=target)
        return message("at most {target}", target=target)
    if minutes:
        return message("at least {target} minutes", target=target)
    return message("at least {target}", target=target)


def write_size(row: Row) -> dict[str, str]:
    """The gap without its sign, in percentage points, points, grades or minutes."""
    unit, size = row["unit"], abs(row["gap"])
    if unit == "share":
        size, unit = size * 100, "points"
    fine = unit != "scale" and size < 1
    spec = "score" if unit == "scale" else "points1" if fine else "points"
    return {language: format_value(size, spec, language) for language in LANGUAGES}


def _write(row: Row, name: str) -> dict[str, str]:
    # One decimal more where the figure would otherwise read like the promise.
    return write_figure(row[name], unit=row["unit"], is_fine=abs(row["gap"]) < _ONE[row["unit"]])
