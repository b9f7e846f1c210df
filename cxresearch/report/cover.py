"""What does every page say of its run: whose, of when, made how?

Read from the record of the run (`run.json`, see `report.provenance`) and from nothing else.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from cxresearch.errors import RunError
from cxresearch.language import check_language, translate
from cxresearch.report.typeset import Words


def page_name(name: str, language: str, languages: Sequence[str]) -> str:
    """File name of a page.

    Examples
    --------
    >>> page_name("10_metrics", "it", ["it", "en"]), page_name("10_metrics", "en", ["it", "en"])
    ('10_metrics.html', '10_metrics.en.html')
    """
    return f"{name}.html" if language == languages[0] else f"{name}.{language}.html"


def notebook_row(run: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """What the record says of one notebook.

    Raises
    ------
    RunError
        The run has no notebook of that name.
    """
    for row in run["notebooks"]:
        if row["name"] == name:
            return dict(row)
    raise RunError(
        f"the record of the run has no notebook '{name}'",
        allowed=", ".join(row["name"] for row in run["notebooks"]) or "it has none",
        next_step="render a notebook of this run",
    )


def page_resources(
    run: Mapping[str, Any], row: Mapping[str, Any], *, language: str, index_href: str
) -> dict[str, Any]:
    """What the template of a notebook's page needs besides the notebook."""
    others = {other: href for other, href in row["pages"].items() if other != language}
    return {
        **cover(run, language=language),
        "notebook_name": row["name"],
        "notebook_title": notebook_title(row, language),
        "index_href": index_href,
        "other_languages": others,
        "missing": row.get("missing", []),
        "failure": None,
    }


def cover(run: Mapping[str, Any], *, language: str) -> dict[str, Any]:
    """The words, the run and the lines of provenance of any page in `language`."""
    return {
        "message": Words(check_language(language)),
        "language": language,
        "run": run,
        "provenance": provenance(run, language),
    }


def describe_failure(row: Mapping[str, Any], language: str) -> dict[str, Any]:
    """The cell, its source, the error's words and what to do next, for a notebook that failed."""
    message = Words(language)
    failure = row["failure"]
    next_steps = {
        "error": message(
            "Read the words above and mend the cause. Then run the study again, or this question "
            "alone:"
        ),
        "died": message(
            "The process was stopped from outside, most often for want of memory. Run this "
            "question again on a larger machine, or for a shorter period:"
        ),
        "timeout": message(
            "It took longer than allowed. Run this question again with more time, or for a "
            "shorter period:"
        ),
    }
    return {
        "words": ": ".join(filter(None, (failure["error"], failure["message"]))),
        "cell": failure["cell"],
        "source": failure["source"] or "",
        "next_step": next_steps.get(failure["kind"], next_steps["error"]),
        "command": f"cxresearch run STUDY --notebook {row['name']}",
    }


def notebook_title(row: Mapping[str, Any], language: str) -> str:
    """The notebook's question in `language`; its name where it asks none."""
    title = row.get("title") or ""
    # In the catalogue a heading is a block of markdown, its number sign included.
    return translate(f"# {title}", language).lstrip("# ") if title else str(row["name"])


def provenance(run: Mapping[str, Any], language: str) -> list[tuple[str, str]]:
    """Name and value of what a reader needs to trust or repeat the run."""
    message = Words(language)  # named so that Babel finds the texts
    versions = ", ".join(f"{name} {number}" for name, number in run["versions"].items())
    where = ", ".join(f"{name} = {value}" for name, value in run.get("where", {}).items())
    files = ", ".join(f"{file['file']} {file['sha256'][:12]}" for file in run["data"])
    lines = [
        (message("Run"), str(run["run_id"])),
        (message("Made"), message("{at:datetime} UTC", at=run["started_at"])),
        (message("Period"), message.write(run["period"]["label"], "period")),
        (message("Data until"), message("{at:datetime} UTC", at=run["data_until"])),
        (message("Only customers with"), where),
        (message("Random seed"), str(run["seed"])),
        (message("Data files and their fingerprints"), files),
        (message("Versions"), versions),
    ]
    return [(name, value) for name, value in lines if value]
