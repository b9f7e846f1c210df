"""How do findings on actions and pledges become the lines of a page?

The unit is one finding. Index, team pages and digest write the same lines, and read them from the
finding alone: what its `values` carry beside the sentence (`actions.agenda.DETAILS`).
"""

import json
from collections.abc import Mapping
from typing import Any

import polars as pl

from cxresearch.actions.agenda import BEFORE, FIRST, TOPIC, UNPLANNED
from cxresearch.actions.drivers import GAIN_TOPIC as GAINS
from cxresearch.actions.findings import finding_message
from cxresearch.actions.promise import PLEDGE_TOPIC as PLEDGES
from cxresearch.actions.promise import TOPIC as PROMISE
from cxresearch.actions.what_if_sentences import JOINT
from cxresearch.language import format_value, mark, translate

HEADLINES = 3
"""At most so many sentences at the top."""

BALANCE = "broken_promises"
"""Measure of the finding that counts what is broken."""

VERDICTS = {"bad": mark("broken"), "neutral": mark("open"), "good": mark("kept")}
"""Verdict by polarity, the one that asks for most first."""

_TEXTS = (
    *("owner", "supporters", "where", "certainty_name", "evidence_words", "sure", "check"),
    *("pace", "caution", "tie", "effort", "objective", "programme", "quote", "gain", "worth"),
)


def write_actions(
    findings: pl.DataFrame, *, language: str, team_pages: Mapping[str, str]
) -> list[dict[str, Any]]:
    """The actions among `findings`, the first to do first.

    Parameters
    ----------
    team_pages
        Address of the page of a team by its id.

    Returns
    -------
    list of dict
        `what`, `number`, `owner_id`, `owner_href`, `certainty` (strong, moderate, weak) and the
        texts of an action in `language`, empty where there is none.
    """
    actions = select_actions(findings)
    return [_action(row, language, team_pages) for row in actions.rows(named=True)]


def select_actions(findings: pl.DataFrame) -> pl.DataFrame:
    """The findings that are actions, in their order."""
    is_action = (pl.col("topic") == TOPIC) & (pl.col("measure") != BALANCE)
    return findings.filter(is_action).sort("rank", maintain_order=True)


def write_pledges(
    findings: pl.DataFrame, *, language: str, pages: Mapping[str, str]
) -> list[dict[str, Any]]:
    """The pledges among `findings`: broken, open, kept.

    Parameters
    ----------
    pages
        Address of a notebook's page by the notebook's name.

    Returns
    -------
    list of dict
        `verdict` (bad, neutral, good), `word`, `quote`, `figure`, `sentence`, `n` and `href`.
    """
    pledges = findings.filter(pl.col("topic") == PLEDGES).sort(
        pl.col("polarity").cast(pl.Enum(list(VERDICTS))), "rank", maintain_order=True
    )
    return [_pledge(row, language, pages) for row in pledges.rows(named=True)]


def balance_of(findings: pl.DataFrame, language: str) -> str:
    """How many promises and pledges are broken, in one sentence; empty where none was made."""
    balance = findings.filter(pl.col("topic") == TOPIC, pl.col("measure") == BALANCE)
    rows = balance.rows(named=True)
    return finding_message(rows[0]).in_language(language) if rows else ""


def joint_of(findings: pl.DataFrame, language: str) -> str:
    """What mending all together is linked to, and what is worth it and yet no action.

    Empty where neither is known.
    """
    gains = findings.filter(pl.col("topic") == GAINS).sort("rank")
    told = [
        finding_message(row).in_language(language)
        for measure in (JOINT, UNPLANNED)
        for row in gains.filter(pl.col("measure") == measure).head(1).rows(named=True)
    ]
    return " ".join(told)


def without_own_place(findings: pl.DataFrame) -> pl.DataFrame:
    """The findings that have no place of their own on a page: no action, no pledge, no count."""
    is_count = (pl.col("topic") == PROMISE) & (pl.col("kind") == "count")
    return findings.filter(~pl.col("topic").is_in([TOPIC, PLEDGES]), ~is_count)


def select_headlines(ordered: pl.DataFrame) -> pl.DataFrame:
    """The findings at the top of a page, in their order.

    Where a plan or pledges follow, which belong on the first screen too, one less: the first of
    all, and the first on a promise, else the second of all.
    """
    told = without_own_place(ordered).filter("is_headline")
    if told.height == ordered.filter("is_headline").height:
        return told.head(HEADLINES)
    rest = told.slice(1).sort(pl.col("topic") != PROMISE, maintain_order=True)
    return pl.concat([told.head(1), rest.head(HEADLINES - 2)])


def told_by_actions(actions: pl.DataFrame) -> list[str]:
    """Ids of the findings that `actions` stand on."""
    ids = [json.loads(values).get("finding_ids") or [] for values in actions["values"]]
    return [id_ for of_one in ids for id_ in of_one]


def tie_of_first(actions: list[dict[str, Any]]) -> str:
    """That the first actions cannot be told apart, where they cannot."""
    return next((action["tie"] for action in actions[:FIRST] if action["tie"]), "")


def _action(row: Mapping[str, Any], language: str, team_pages: Mapping[str, str]) -> dict[str, Any]:
    values = json.loads(row["values"])
    owner = values.get("owner_id") or ""
    return {
        "number": row["rank"] - BEFORE,
        "what": finding_message(row).in_language(language),
        "owner_id": owner,
        "owner_href": team_pages.get(owner, ""),
        "is_measured": row["kind"] == "gap",
        "touchpoint": row["touchpoint"],
        "certainty": values.get("certainty") or "",
        "supporter_ids": values.get("supporter_ids") or [],
        **{name: _text(values.get(name), language) for name in _TEXTS},
    }


def _pledge(row: Mapping[str, Any], language: str, pages: Mapping[str, str]) -> dict[str, Any]:
    values = json.loads(row["values"])
    unknown = translate(mark("too few answers or contacts to show"), language)
    return {
        "verdict": row["polarity"],
        "word": translate(VERDICTS[row["polarity"]], language),
        "quote": _text(values.get("quote"), language),
        "figure": _text(values.get("evidence_words"), language) or unknown,
        "sentence": finding_message(row).in_language(language),
        "n": row["n"],
        "href": pages.get(row["notebook"], ""),
    }


def _text(value: Any, language: str) -> str:
    """A text of a finding's values, which may be missing in every language."""
    if isinstance(value, Mapping):
        value = next((text for text in (value.get(language), *value.values()) if text), None)
    return "" if value is None else format_value(value, "", language)
