"""What does a reader need to know in one minute, on a telephone or in an e-mail?

One file that stands by itself: no script, no image, no address, so that it can be sent on as it is.
It reads the findings and the record of the run. It leaves out what the pages hold: charts, tables
and everything that neither changed nor asks for anything.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from cxresearch.actions.agenda import FIRST
from cxresearch.actions.findings import finding_message, finding_sentences
from cxresearch.charts.theme import TOKENS
from cxresearch.report.cover import cover, notebook_title
from cxresearch.report.entries import (
    balance_of,
    select_headlines,
    tie_of_first,
    write_actions,
    write_pledges,
)
from cxresearch.report.typeset import environment

CHANGES = 4
"""At most so many changes are told."""


def render_digest(
    findings: pl.DataFrame, *, language: str, out_path: Path, run: Mapping[str, Any]
) -> Path:
    """Write the digest of a run.

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
    """
    ordered = findings.sort("rank", "notebook", maintain_order=True)
    actions = write_actions(ordered, language=language, team_pages={})
    pledges = write_pledges(ordered, language=language, pages={})
    html = (
        environment()
        .get_template("digest.html.j2")
        .render(
            **cover(run, language=language),
            light={name: colour[0] for name, colour in TOKENS.items()},
            dark={name: colour[1] for name, colour in TOKENS.items()},
            headline=finding_sentences(select_headlines(ordered), language),
            changes=_changes(ordered, language),
            is_compared=ordered.filter(pl.col("kind") == "change").height > 0,
            actions=actions[:FIRST],
            tie=tie_of_first(actions),
            balance=balance_of(ordered, language),
            pledges=pledges,
            counts={
                verdict: sum(pledge["verdict"] == verdict for pledge in pledges)
                for verdict in ("good", "bad", "neutral")
            },
            n_unreliable=ordered.filter(~pl.col("is_reliable")).height,
            unanswered=[
                notebook_title(row, language)
                for row in (*run["notebooks"], *run.get("left_out", []))
                if row.get("failure") or "needs" in row
            ],
        )
    )
    out_path.write_text(html, encoding="utf-8")
    return out_path


def _changes(ordered: pl.DataFrame, language: str) -> list[dict[str, Any]]:
    """What changed beyond chance: first what concerns everybody, then single places."""
    changed = ordered.filter(
        pl.col("kind") == "change", pl.col("polarity") != "neutral", "is_reliable"
    )
    return [
        {"sentence": finding_message(row).in_language(language), "polarity": row["polarity"]}
        for row in changed.head(CHANGES).rows(named=True)
    ]
