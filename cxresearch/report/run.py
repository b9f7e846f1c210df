"""From a study to a published report, in a straight line.

Choose the notebooks and check their parameters; prepare the inputs once; execute; make the pages;
publish. Everything that can be refused is refused before the first notebook starts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from cxresearch.intake import Verdict
from cxresearch.language import LANGUAGES, check_language
from cxresearch.report.carry import EARLIER, bring_earlier, keep_for_later
from cxresearch.report.cover import page_name
from cxresearch.report.execute import Outcome, execute_notebooks
from cxresearch.report.inputs import Inputs, check_request, prepare_inputs
from cxresearch.report.notebooks import (
    Notebook,
    builtin_folder,
    find_notebooks,
    order_notebooks,
    resolve_reads,
)
from cxresearch.report.pages import RECORD, write_pages
from cxresearch.report.parameters import check_parameters
from cxresearch.report.provenance import (
    SEED,
    all_parameters,
    fingerprint_files,
    installed_versions,
    write_json,
)
from cxresearch.report.publish import RunFolder, open_run_folder, publish, study_folder_name
from cxresearch.report.teams import describe_teams
from cxresearch.report.watch import Nobody, Stopwatch, Watcher
from cxresearch.study import read_study

TIMEOUT_SECONDS = 1800.0


@dataclass(frozen=True)
class Request:
    """What is asked of a run.

    Parameters
    ----------
    study
        Folder of the study.
    out
        Reports folder.
    period
        Written period; empty for the last complete month of the data.
    notebooks
        Names; what they read runs too. Empty = all.
    language
        `en`, `it`, `both` (the study's first language first), or empty for the study's languages.
    where
        Value by declared attribute: only these customers.
    parameters
        Value by name, for each notebook that declares it.
    timeout
        Seconds a notebook may take.
    data
        Folder against which the sources' paths resolve, in place of the study's own.
    """

    study: Path
    out: Path = Path("reports")
    period: str = ""
    notebooks: Sequence[str] = ()
    language: str = ""
    where: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    timeout: float = TIMEOUT_SECONDS
    data: Path | None = None


@dataclass(frozen=True)
class Report:
    """What a run published.

    Parameters
    ----------
    folder
        The published folder.
    record
        The content of its `run.json`.
    findings
        Of the notebooks that succeeded.
    verdict
        What intake found.
    private
        Where prepared tables, executed notebooks and logs are kept.
    """

    folder: Path
    record: Mapping[str, Any]
    findings: pl.DataFrame
    verdict: Verdict
    private: Path

    @property
    def failed(self) -> list[Mapping[str, Any]]:
        """The rows of `record["notebooks"]` that failed."""
        return [row for row in self.record["notebooks"] if row["failure"]]


def run_study(request: Request, *, watcher: Watcher | None = None) -> Report:
    """Run the notebooks on a study and publish what they found.

    A notebook that fails does not stop the others: the report is published with a page that says
    so, and the links to the latest report stay where they are.

    Raises
    ------
    ParameterError
        A notebook, a parameter, a language, a period or an attribute is none that exists.
    StudyError, DataError
        The study or its data is refused.
    RunError
        The reports folder cannot be written, or a notebook is malformed.
    """
    watcher = watcher or Nobody()
    started = datetime.now(UTC)
    name = study_folder_name(request.study)
    study = read_study(request.study)
    check_request(study, period=request.period, where=request.where)
    languages = choose_languages(request.language, study.languages)
    found = find_notebooks(builtin_folder(), request.study / "notebooks")
    chosen = order_notebooks(found, wanted=request.notebooks)
    given = check_parameters({n.name: n.parameters for n in chosen}, request.parameters)
    clock = Stopwatch(watcher)
    with open_run_folder(request.out, now=started) as folder:
        with clock.stage("intake"):
            inputs = prepare_inputs(
                study,
                folder.inputs,
                period=request.period,
                where=request.where,
                data=request.data,
            )
        bring_earlier(folder, study=name)
        lacking = {n.name: [t for t in n.needs if t not in inputs.tables] for n in chosen}
        left_out = [notebook for notebook in chosen if lacking[notebook.name]]
        chosen = [notebook for notebook in chosen if not lacking[notebook.name]]
        injected = {n.name: _injected(n, given[n.name], inputs, languages) for n in chosen}
        reads = {n.name: resolve_reads(found, n.name) for n in chosen}
        watcher.planned([notebook.name for notebook in chosen])
        with clock.stage("notebooks"):
            outcomes = execute_notebooks(
                chosen,
                folder=folder.path,
                reads=_among(chosen, reads),
                parameters=injected,
                timeout=request.timeout,
                listener=watcher.notebook,
            )
        record = {
            **_describe(folder, name, inputs, started=started),
            "languages": languages,
            "teams": describe_teams(study),
            "where": dict(request.where),
            "parameters": all_parameters(chosen, injected),
            "notebooks": _rows(chosen, outcomes, reads, languages),
            "left_out": [
                {"name": n.name, "title": n.title, "needs": lacking[n.name]} for n in left_out
            ],
        }
        return _publish(folder, record, inputs.verdict, clock)


def choose_languages(asked: str, of_study: Sequence[str]) -> list[str]:
    """The languages of the pages, the first being that of the plain file names.

    Parameters
    ----------
    asked
        `en`, `it`, `both` or empty.
    of_study
        The study's languages, its default first.

    Raises
    ------
    ParameterError
        `asked` is none of these.

    Examples
    --------
    >>> choose_languages("", ["it"]), choose_languages("both", ["it"])
    (['it'], ['it', 'en'])
    """
    if asked == "both":
        return list(dict.fromkeys([*of_study, *LANGUAGES]))
    return [check_language(asked)] if asked else list(of_study)


def _publish(
    folder: RunFolder, record: dict[str, Any], verdict: Verdict, clock: "Stopwatch"
) -> Report:
    is_good = all(row["state"] == "good" for row in record["notebooks"])
    record |= {"state": "good" if is_good else "failed", "exit_code": 0 if is_good else 3}
    record |= {"finished_at": _iso(datetime.now(UTC)), "timings": clock.seconds}
    with clock.stage("pages"):
        findings = write_pages(folder, record)
        keep_for_later(folder)
    record |= {"finished_at": _iso(datetime.now(UTC)), "timings": clock.seconds}
    write_json(record, folder.pages / RECORD)
    with clock.stage("publish"):
        published = publish(folder, study=record["study"]["id"], is_good=is_good)
    return Report(published, record, findings, verdict, folder.path)


def _injected(
    notebook: Notebook, given: Mapping[str, Any], inputs: Inputs, languages: Sequence[str]
) -> dict[str, Any]:
    """Paths are relative to the run's folder, so that parameters are equal in every run."""
    own = {
        "study": "inputs",
        "output": "results",
        "earlier": EARLIER,
        "period": inputs.period.label,
        "language": languages[0],
    }
    return {name: value for name, value in own.items() if name in notebook.parameters} | dict(given)


def _describe(folder: RunFolder, name: str, inputs: Inputs, *, started: datetime) -> dict[str, Any]:
    return {
        "run_id": folder.run_id,
        "study": {"id": name, "name": inputs.name},
        "started_at": _iso(started),
        "period": {
            "label": inputs.period.label,
            "start": inputs.period.start.isoformat(),
            "end": inputs.period.end.isoformat(),
        },
        "data_until": _iso(inputs.data_until),
        "seed": SEED,
        "data": fingerprint_files(folder.inputs),
        "versions": installed_versions(),
    }


def _rows(
    notebooks: Sequence[Notebook],
    outcomes: Mapping[str, Outcome],
    reads: Mapping[str, Sequence[str]],
    languages: Sequence[str],
) -> list[dict[str, Any]]:
    return [
        {
            "name": notebook.name,
            "title": notebook.title,
            "state": "failed" if outcomes[notebook.name].failure else "good",
            "seconds": round(outcomes[notebook.name].seconds, 2),
            "reads": list(reads[notebook.name]),
            "missing": [
                read
                for read in reads[notebook.name]
                if read not in outcomes or outcomes[read].failure
            ],
            "pages": {each: page_name(notebook.name, each, languages) for each in languages},
            "failure": outcomes[notebook.name].failure,
        }
        for notebook in notebooks
    ]


def _among(
    notebooks: Sequence[Notebook], reads: Mapping[str, Sequence[str]]
) -> dict[str, list[str]]:
    """What each notebook reads, without those left out of this run."""
    names = {notebook.name for notebook in notebooks}
    return {name: [read for read in reads[name] if read in names] for name in names}


def _iso(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="seconds")
