"""What is on one team's page? Its own touchpoints, promises, pledges, actions and changes.

The unit is a team of experience.yml. Its page reads findings and the record of the run, and holds
only what is about touchpoints that the team owns or supports, about the team itself, or asked of
it. A team without any finding has no page.
"""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from cxresearch.actions.agenda import TOPIC
from cxresearch.actions.findings import finding_message
from cxresearch.actions.promise import PLEDGE_TOPIC as PLEDGES
from cxresearch.actions.promise import TOPIC as PROMISE
from cxresearch.language import format_value
from cxresearch.report.cover import cover, page_name
from cxresearch.report.entries import select_actions, write_actions, write_pledges
from cxresearch.report.typeset import environment
from cxresearch.study import Study

PREFIX = "team-"


def describe_teams(study: Study) -> list[dict[str, Any]]:
    """The teams of a study for the record of a run: a row a team, in the order of experience.yml.

    Returns
    -------
    list of dict
        `id`, `name` {language: text}, `owns` and `supports` (a list of {`id`, `name`} each).
    """
    places = [
        (place, {"id": place.id, "name": dict(study.label("touchpoint", place.id))})
        for place in study.experience.touchpoints
    ]
    return [
        {
            "id": team.id,
            "name": dict(study.label("team", team.id)),
            "owns": [named for place, named in places if place.owner == team.id],
            "supports": [named for place, named in places if team.id in place.supported_by],
        }
        for team in study.experience.teams
    ]


def name_pages(teams: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The name of each team's page, without ending, by the team's id.

    Ids become lower case without dots, which mark the language of a page; two that become the same
    are numbered in their order.

    Examples
    --------
    >>> name_pages([{"id": "Ops.it"}, {"id": "ops-it"}, {"id": "../x"}])
    {'Ops.it': 'team-ops-it', 'ops-it': 'team-ops-it-2', '../x': 'team-x'}
    """
    names: dict[str, str] = {}
    for team in teams:
        slug = re.sub(r"[^a-z0-9_]+", "-", team["id"].lower()).strip("-") or "unnamed"
        name, number = PREFIX + slug, 1
        while name in names.values():
            number += 1
            name = f"{PREFIX}{slug}-{number}"
        names[team["id"]] = name
    return names


def team_pages(run: Mapping[str, Any], findings: pl.DataFrame, *, language: str) -> dict[str, str]:
    """The file of each team's page in `language`, of those teams that have one."""
    teams = run.get("teams", [])
    names = name_pages(teams)
    return {
        team["id"]: page_name(names[team["id"]], language, run["languages"])
        for team in teams
        if not select_for_team(findings, team).is_empty()
    }


def select_for_team(findings: pl.DataFrame, team: Mapping[str, Any]) -> pl.DataFrame:
    """The findings that concern a team: about its touchpoints or itself, or asked of it."""
    places = [place["id"] for place in (*team["owns"], *team["supports"])]
    about = pl.col("touchpoint").is_in(places) | (pl.col("team") == team["id"])
    return findings.filter(about.fill_null(value=False) | _asked_of(findings, team["id"]))


def render_team(
    findings: pl.DataFrame,
    *,
    team: Mapping[str, Any],
    language: str,
    out_path: Path,
    run: Mapping[str, Any],
) -> Path:
    """Write the page of one team.

    Parameters
    ----------
    findings
        All findings of the run.
    team
        A row of `describe_teams`.
    """
    own = select_for_team(findings, team).sort("rank", "notebook", maintain_order=True)
    pages = {row["name"]: row["pages"][language] for row in run["notebooks"]}
    actions = write_actions(own, language=language, team_pages={})
    names = name_pages(run["teams"])
    html = (
        environment()
        .get_template("team.html.j2")
        .render(
            **cover(run, language=language),
            scripts=[],
            index_href=page_name("index", language, run["languages"]),
            other_languages={
                other: page_name(names[team["id"]], other, run["languages"])
                for other in run["languages"]
                if other != language
            },
            name=format_value(team["name"], "", language),
            owns=_names(team["owns"], language),
            supports=_names(team["supports"], language),
            leads=[action for action in actions if action["owner_id"] == team["id"]],
            helps=[action for action in actions if action["owner_id"] != team["id"]],
            pledges=write_pledges(own, language=language, pages=pages),
            promises=_lines(own.filter(pl.col("topic") == PROMISE), pages, language),
            changes=_lines(_changes(own), pages, language),
            others=_lines(_others(own), pages, language),
        )
    )
    out_path.write_text(html, encoding="utf-8")
    return out_path


def _asked_of(findings: pl.DataFrame, team: str) -> pl.Series:
    """Which findings are actions that `team` leads or supports."""
    actions = select_actions(findings).select("finding_id", "values").rows()
    asked = [id_ for id_, values in actions if team in _asked(json.loads(values))]
    return findings["finding_id"].is_in(asked)


def _asked(values: Mapping[str, Any]) -> list[str]:
    return [values.get("owner_id"), *(values.get("supporter_ids") or [])]


def _changes(own: pl.DataFrame) -> pl.DataFrame:
    return own.filter(pl.col("kind") == "change", pl.col("polarity") != "neutral")


def _others(own: pl.DataFrame) -> pl.DataFrame:
    """What no other list tells: a level of a place whose promise is told says nothing new."""
    told = pl.col("topic").is_in([PLEDGES, PROMISE, TOPIC]) | (pl.col("kind") == "change")
    promised = own.filter(pl.col("topic") == PROMISE)["touchpoint"].drop_nulls().implode()
    is_plain = (pl.col("kind") == "level") & (pl.col("polarity") == "neutral")
    repeated = (is_plain & pl.col("touchpoint").is_in(promised)).fill_null(value=False)
    return own.filter(~told, ~repeated)


def _names(places: Sequence[Mapping[str, Any]], language: str) -> list[str]:
    return [format_value(place["name"], "", language) for place in places]


def _lines(findings: pl.DataFrame, pages: Mapping[str, str], language: str) -> list[dict[str, Any]]:
    return [
        {
            "sentence": finding_message(row).in_language(language),
            "n": row["n"],
            "polarity": row["polarity"],
            "is_reliable": row["is_reliable"],
            "href": pages.get(row["notebook"], ""),
        }
        for row in findings.rows(named=True)
    ]
