"""What does a director read first? One page from the findings of a run.

The unit is a finding. The page reads the findings table and the record of the run, nothing else,
so that whatever it says stands in a row with its n, its interval and its notebook. First what was
found, then what to do first and what was promised, then every question with its answer. It ranks
nothing: the order is that of `rank`, given by the notebooks.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from cxresearch.actions.agenda import FIRST
from cxresearch.actions.findings import finding_message
from cxresearch.actions.promise import PLEDGE_TOPIC as PLEDGES
from cxresearch.actions.sentences import MEASURES
from cxresearch.charts.answer import KeyFigure
from cxresearch.charts.headline import KEY_FIGURES, key_figures
from cxresearch.language import format_value, message, translate
from cxresearch.period import Period
from cxresearch.report.cover import cover, describe_failure, notebook_title, page_name
from cxresearch.report.entries import (
    balance_of,
    joint_of,
    select_actions,
    select_headlines,
    tie_of_first,
    told_by_actions,
    without_own_place,
    write_actions,
    write_pledges,
)
from cxresearch.report.teams import team_pages
from cxresearch.report.typeset import environment

LISTED = 6
PLEDGES_LISTED = 12
"""At most so many findings in each list, and so many pledges."""


def render_index(
    findings: pl.DataFrame,
    *,
    language: str,
    out_path: Path,
    run: Mapping[str, Any],
) -> Path:
    """Write the index of a run.

    Parameters
    ----------
    findings
        `contract.Findings` of this run.
    language
        `en` or `it`.
    out_path
        The HTML file to write.
    run
        The record of the run, as `report.provenance` describes `run.json`.

    Returns
    -------
    Path
        `out_path`.
    """
    ordered = findings.sort("rank", "notebook", maintain_order=True)
    told = without_own_place(ordered)
    top = select_headlines(ordered)
    said = [*top["finding_id"], *told_by_actions(select_actions(ordered).head(FIRST))]
    rest = told.filter("is_reliable", ~pl.col("finding_id").is_in(said))
    teams = team_pages(run, findings, language=language)
    actions = write_actions(ordered, language=language, team_pages=teams)
    pages = {row["name"]: row["pages"][language] for row in run["notebooks"]}
    pledges = write_pledges(ordered, language=language, pages=pages)
    others = {other: _index_name(other, run) for other in run["languages"] if other != language}
    page = environment().get_template("index.html.j2")
    html = page.render(
        **cover(run, language=language),
        other_languages=others,
        scripts=[],
        headlines=_entries(top, run, language),
        figures=_figures(told, ordered, language),
        actions=actions[:FIRST],
        n_actions=len(actions),
        tie=tie_of_first(actions),
        balance=balance_of(ordered, language),
        joint=joint_of(ordered, language),
        plan_href=pages.get("90_actions", ""),
        pledges=pledges[:PLEDGES_LISTED],
        n_pledges=len(pledges),
        promised_in=_promised_in(ordered),
        digest_href=page_name("digest", language, run["languages"]),
        teams=[
            {"name": format_value(team["name"], "", language), "href": teams[team["id"]]}
            for team in run.get("teams", [])
            if team["id"] in teams
        ],
        lists={
            polarity: _entries(
                rest.filter(pl.col("polarity") == polarity).head(LISTED), run, language
            )
            for polarity in ("bad", "good")
        },
        questions=[_question(row, ordered, language) for row in run["notebooks"]],
        left_out=[
            {"title": notebook_title(row, language), "needs": row["needs"]}
            for row in run.get("left_out", [])
        ],
        stopped=[_stopped(row, language) for row in run["notebooks"] if row["failure"]],
    )
    out_path.write_text(html, encoding="utf-8")
    return out_path


def _figures(told: pl.DataFrame, ordered: pl.DataFrame, language: str) -> list[dict[str, Any]]:
    """The key figures, the pledges last where any were made."""
    figures = [figure.content(language) for figure in key_figures(told)]
    verdicts = ordered.filter(pl.col("topic") == PLEDGES)["polarity"]
    if verdicts.is_empty():
        return figures
    counts = {name: int((verdicts == name).sum()) for name in ("good", "bad", "neutral")}
    words = message("{good:count} of {n:count} kept", n=verdicts.len(), **counts)
    pledges = KeyFigure(message("Pledges"), words).content(language)
    rest = message("{bad:count} broken, {neutral:count} open", **counts)
    return [*figures[: KEY_FIGURES - 1], pledges | {"interval": rest.in_language(language)}]


def _entries(findings: pl.DataFrame, run: Mapping[str, Any], language: str) -> list[dict[str, Any]]:
    pages = {row["name"]: row["pages"][language] for row in run["notebooks"]}
    titles = {row["name"]: notebook_title(row, language) for row in run["notebooks"]}
    return [
        {
            "sentence": finding_message(row).in_language(language),
            "measure": _measure(row["measure"], language),
            "n": row["n"],
            "evidence": row["evidence"],
            "href": pages.get(row["notebook"], ""),
            "question": titles.get(row["notebook"], row["notebook"]),
        }
        for row in findings.rows(named=True)
    ]


def _measure(name: str, language: str) -> str:
    # A measure of a notebook's own has no name on a page; its sentence says what it is.
    return translate(MEASURES.get(name, ""), language)


def _question(row: Mapping[str, Any], ordered: pl.DataFrame, language: str) -> dict[str, Any]:
    own = ordered.filter(pl.col("notebook") == row["name"])
    own = own.sort("is_headline", descending=True, maintain_order=True).head(1)
    answers = [finding_message(found).in_language(language) for found in own.rows(named=True)]
    return {
        "title": notebook_title(row, language),
        "href": row["pages"][language],
        "answer": answers[0] if answers else "",
        "failed": bool(row["failure"]),
        "missing": row["missing"],
    }


def _stopped(row: Mapping[str, Any], language: str) -> dict[str, Any]:
    return {
        "title": notebook_title(row, language),
        "href": row["pages"][language],
        "words": describe_failure(row, language)["words"].splitlines()[0],
    }


def _promised_in(findings: pl.DataFrame) -> str:
    """The period in which pledges were measured: often longer than that of the page."""
    told = findings.filter(pl.col("topic") == "pledges").select("period_start", "period_end")
    return Period(*told.row(0)).label if told.height else ""


def _index_name(language: str, run: Mapping[str, Any]) -> str:
    return page_name("index", language, run["languages"])
