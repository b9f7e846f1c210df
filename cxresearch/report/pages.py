"""Which files does a run publish, and what is in them?

`index.html`, `digest.html`, a page a notebook and a team, `run.json`, `findings.parquet` and
`findings.json`. The first language of the run has the plain names, another one its code before the
ending (`index.it.html`).
Pages are made from executed notebooks and from the record of the run alone, so that they can be
made again without executing anything.
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from cxresearch.actions.findings import finding_sentences, read_findings
from cxresearch.errors import RunError
from cxresearch.report.cover import page_name
from cxresearch.report.imports import skip_address_grammar
from cxresearch.report.provenance import write_json
from cxresearch.report.publish import RunFolder

RECORD = "run.json"


def write_pages(folder: RunFolder, record: Mapping[str, Any]) -> pl.DataFrame:
    """Write everything that is published, but for `run.json`, into `folder.pages`.

    Parameters
    ----------
    record
        The content of `run.json` as far as it is known.

    Returns
    -------
    pl.DataFrame
        The findings of the notebooks that succeeded.
    """
    skip_address_grammar()
    findings = read_findings(folder.results)
    _write_notebook_pages(folder, record)
    _write_index(folder, record, findings)
    findings.write_parquet(folder.pages / "findings.parquet", compression="zstd")
    write_json(findings_as_json(findings, record["languages"]), folder.pages / "findings.json")
    return findings


def findings_as_json(findings: pl.DataFrame, languages: Sequence[str]) -> list[dict[str, Any]]:
    """A row a finding: its columns, `values` as an object, and `sentence` {language: text}."""
    sentences = {language: finding_sentences(findings, language) for language in languages}
    rows = json.loads(findings.write_json())
    return [
        {
            **row,
            "values": json.loads(row["values"]),
            "sentence": {language: sentences[language][number] for language in languages},
        }
        for number, row in enumerate(rows)
    ]


def render_again(folder: RunFolder, published: Path) -> None:
    """Make the pages of a kept run anew and replace those published, one file at a time.

    Nothing is executed and `run.json` stays as it is.

    Raises
    ------
    RunError
        The published folder has no readable `run.json`.
    """
    record = read_record(published)
    shutil.rmtree(folder.pages, ignore_errors=True)
    folder.pages.mkdir()
    write_pages(folder, record)
    for made in sorted(folder.pages.iterdir()):
        made.replace(published / made.name)
    folder.pages.rmdir()


def read_record(published: Path) -> dict[str, Any]:
    """The content of `run.json` in a published folder.

    Raises
    ------
    RunError
        There is none, or it is not JSON.
    """
    path = published / RECORD
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise RunError(
            f"{path} cannot be read: {error}",
            allowed="the run.json that the run published",
            next_step="run the study again",
        ) from None


def _write_index(folder: RunFolder, record: Mapping[str, Any], findings: pl.DataFrame) -> None:
    """The pages made of findings: index, digest and one a team."""
    from cxresearch.report.digest import render_digest
    from cxresearch.report.index import render_index
    from cxresearch.report.teams import render_team, team_pages

    for language in record["languages"]:
        given: dict[str, Any] = {"language": language, "run": record}
        for name, render in (("index", render_index), ("digest", render_digest)):
            file = page_name(name, language, record["languages"])
            render(findings, out_path=folder.pages / file, **given)
        files = team_pages(record, findings, language=language)
        for team in record.get("teams", []):
            if team["id"] in files:
                out_path = folder.pages / files[team["id"]]
                render_team(findings, team=team, out_path=out_path, **given)


def _write_notebook_pages(folder: RunFolder, record: Mapping[str, Any]) -> None:
    from cxresearch.report.page import render_failure, render_page

    for language in record["languages"]:
        for notebook in record["notebooks"]:
            render = render_failure if notebook["failure"] else render_page
            render(
                folder.executed / f"{notebook['name']}.ipynb",
                language=language,
                out_path=folder.pages / notebook["pages"][language],
                run=record,
                index_href=page_name("index", language, record["languages"]),
            )
