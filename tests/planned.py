"""Promises and pledges as measured, small enough to plan in the head; a company made for them."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from cxresearch.actions.agenda import find_actions, find_balance
from cxresearch.actions.plan import make_plan
from cxresearch.actions.promise import find_pledges, find_promises
from cxresearch.period import parse_period
from cxresearch.study import Study
from tests.small_studies import write_study

DATES: dict[str, Any] = {
    "period": parse_period("2025-10", timezone="Europe/Rome"),
    "data_until": datetime(2025, 11, 1, tzinfo=UTC),
}
CSAT = {"measure": "csat", "statistic": "share", "threshold": 4, "at_least": 0.8}
WAIT = {"measure": "wait_minutes", "statistic": "median", "at_most": 10}
EXPERIENCE: dict[str, Any] = {
    "stages": [{"id": "buy", "label": "Buy"}],
    "teams": [
        {"id": "stations", "label": {"en": "Stations", "it": "Stazioni"}},
        {"id": "digital", "label": {"en": "Digital", "it": "Digitale"}},
        {"id": "loyalty", "label": "Loyalty"},
    ],
    "touchpoints": [
        {
            "id": "desk", "label": {"en": "Desk", "it": "Sportello"}, "stage": "buy",
            "owner": "stations", "supported_by": ["digital"], "effort": "high", "promise": CSAT,
        },
        {"id": "app", "label": "App", "stage": "buy", "owner": "digital", "promise": CSAT},
        {"id": "gate", "label": "Gate", "stage": "buy", "promise": CSAT},
    ],
    "statement": {
        "text": "We care.",
        "pledges": [
            {"id": "ten", "text": {"en": "Ten minutes.", "it": "Dieci minuti."},
             "promise": {**WAIT, "touchpoint": "desk"}},
            {"id": "happy_desk", "text": "Happy at the desk.",
             "promise": {**CSAT, "touchpoint": "desk"}},
            {"id": "glad", "text": "Glad to recommend us.",
             "promise": {"measure": "nps", "statistic": "nps", "at_least": 15}},
        ],
    },
    "objectives": [
        {"id": "short", "label": "Short queues", "measure": "wait_minutes",
         "statistic": "median", "target": 10, "by_on": "2026-01-01"},
    ],
    "programmes": [
        {"id": "second", "label": "A second desk", "objective": "short", "status": "running",
         "effort": "medium"},
    ],
}  # fmt: skip


def make_study(folder: Path, **changes: Any) -> Study:
    """The company; `changes` replace parts of its experience."""
    return write_study(folder, {}, experience=EXPERIENCE | changes)


def promised(touchpoint: str | None, estimate: float, **given: Any) -> dict[str, Any]:
    """A promise as measured: satisfied share against 0.8, give or take 0.05, unless said."""
    row: dict[str, Any] = {
        "touchpoint": touchpoint, "channel": None, "owner": None, "measure": "csat",
        "statistic": "share", "threshold": 4.0, "is_at_most": False, "target": 0.8,
        "n": 400, "n_respondents": 400, "unit": "share", "half": 0.05, "is_reliable": True,
        "is_suppressed": False,
    } | given  # fmt: skip
    half = row.pop("half")
    gap = (estimate - row["target"]) * (-1 if row["is_at_most"] else 1)
    verdict = "broken" if gap + half < 0 else "kept" if gap - half >= 0 else "open"
    figures = {"estimate": estimate, "ci_low": estimate - half, "ci_high": estimate + half,
               "gap": gap, "gap_low": gap - half, "gap_high": gap + half,
               "q_value": 0.3 if verdict == "open" else 0.001, "verdict": verdict}  # fmt: skip
    return row | figures | {name: given[name] for name in figures if name in given}


def waiting(touchpoint: str, estimate: float, **given: Any) -> dict[str, Any]:
    """A promise of ten minutes at most, the usual wait, give or take two."""
    minutes = {"measure": "wait_minutes", "statistic": "median", "threshold": None,
               "is_at_most": True, "target": 10.0, "unit": "minutes", "half": 2.0}  # fmt: skip
    return promised(touchpoint, estimate, **(minutes | given))


def ranked(row: dict[str, Any], priority: float, spread: float = 0.1) -> dict[str, Any]:
    """The promise with a priority, give or take a share of it, and an importance beyond chance."""
    return row | {
        "basis": "leaving", "importance": 0.2, "importance_low": 0.12, "importance_high": 0.28,
        "priority": priority, "priority_low": priority * (1 - spread),
        "priority_high": priority * (1 + spread),
    }  # fmt: skip


def table(*rows: dict[str, Any]) -> pl.DataFrame:
    """Rows as a table whose empty columns keep their type."""
    types = {"touchpoint": pl.String, "threshold": pl.Float64, "channel": pl.String}
    return pl.DataFrame(list(rows), schema_overrides=types, infer_schema_length=None)


def pledged(pledge: str, row: dict[str, Any]) -> dict[str, Any]:
    """The promise as the pledge of that id."""
    return {"pledge": pledge, **row}


GAPS = table(ranked(promised("desk", 0.5), 0.05), ranked(promised("gate", 0.6), 0.01),
             promised("app", 0.9))  # fmt: skip
PLEDGES = table(
    pledged("ten", waiting("desk", 24.0)),
    pledged("happy_desk", promised("desk", 0.5)),
    pledged("glad", promised(None, 56.0, measure="nps", statistic="nps", unit="points",
                             target=15.0, threshold=None, half=4.0)),
)  # fmt: skip


def all_findings(
    study: Study, gaps: pl.DataFrame = GAPS, pledges: pl.DataFrame = PLEDGES
) -> pl.DataFrame:
    """What the pages on promises and on actions find in them."""
    told = [
        find_promises(gaps, labels=study.labels("touchpoint"), **DATES),
        find_pledges(pledges, texts=study.labels("pledge"), **DATES),
    ]
    plan = make_plan(gaps, pledges, study, findings=pl.concat(told))
    actions = find_actions(plan, study=study, **DATES)
    return pl.concat([*told, actions, find_balance(gaps, pledges, **DATES)])
