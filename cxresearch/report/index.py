"""What does a director read first? One page from the findings of a run.

The unit is a finding. The page reads the findings table and the record of the run, nothing else,
so that whatever it says stands in a row with its n, its interval and its notebook. It ranks
nothing: the order is that of `rank`, given by the notebooks.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from cxresearch.actions.findings import MEASURES, SUBJECT, UNITS, finding_message
from cxresearch.charts.answer import KeyFigure
from cxresearch.language import Message, message
from cxresearch.period import Period
from cxresearch.report.cover import cover, describe_failure, notebook_title
from cxresearch.report.typeset import environment

KEY_FIGURES = 4
HEADLINES = 3
LISTED = 6
"""At most so many figures, sentences at the top, and findings in each list."""


def render_index(
    findings: pl.DataFrame,
    *,
    language: str,
    out_path: Path,
    run: Mapping[str, Any],
    earlier: pl.DataFrame | None = None,
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
    earlier
        Findings of earlier periods, one row a finding and period, for the sparklines.

    Returns
    -------
    Path
        `out_path`.
    """
    ordered = findings.sort("rank", "notebook", maintain_order=True)
    headlines = ordered.filter("is_headline")
    top = _of_different_notebooks(headlines).head(HEADLINES)
    shown = pl.concat([top, key_levels(ordered)])
    rest = ordered.join(shown, on="finding_id", how="anti").filter("is_reliable")
    others = {other: _index_name(other, run) for other in run["languages"] if other != language}
    page = environment().get_template("index.html.j2")
    html = page.render(
        **cover(run, language=language),
        other_languages=others,
        scripts=[],
        headlines=_entries(top, run, language),
        figures=[figure.content(language) for figure in key_figures(ordered, earlier)],
        lists={
            polarity: _entries(
                rest.filter(pl.col("polarity") == polarity).head(LISTED), run, language
            )
            for polarity in ("bad", "good")
        },
        questions=[_question(row, ordered, language) for row in run["notebooks"]],
        stopped=[_stopped(row, language) for row in run["notebooks"] if row["failure"]],
    )
    out_path.write_text(html, encoding="utf-8")
    return out_path


def key_figures(findings: pl.DataFrame, earlier: pl.DataFrame | None = None) -> list[KeyFigure]:
    """The figures of the first screen: levels and counts that their notebooks call headlines.

    Each takes its change from the finding of kind `change` about the same measure and subject, and
    its line from `earlier`. Findings come in the order of the page.
    """
    changes = findings.filter(pl.col("kind") == "change")
    return [
        _key_figure(row, _same_subject(changes, row), _line(row, earlier))
        for row in key_levels(findings).rows(named=True)
    ]


def key_levels(findings: pl.DataFrame) -> pl.DataFrame:
    """The levels and counts that become figures of the first screen, in the order given."""
    is_level = pl.col("kind").is_in(["level", "count"])
    return findings.filter("is_headline", is_level).head(KEY_FIGURES)


def _key_figure(
    row: Mapping[str, Any], changes: Sequence[Mapping[str, Any]], line: tuple[float, ...]
) -> KeyFigure:
    level, _ = UNITS.get(row["unit"], ("number1", "signed1"))
    change = changes[0] if changes else None
    return KeyFigure(
        label=_label(row),
        estimate=row["estimate"],
        spec=level,
        ci_low=row["ci_low"],
        ci_high=row["ci_high"],
        n=row["n"],
        change=_change(change) if change else None,
        polarity=change["polarity"] if change else "neutral",
        spark=line,
    )


def _change(row: Mapping[str, Any]) -> Message:
    _, signed = UNITS.get(row["unit"], ("number1", "signed1"))
    before = Period(row["period_start"], row["period_end"], "UTC").previous()
    text = (
        message("{change} since {period:short_period} ({low} to {high}), within chance")
        if row["polarity"] == "neutral"
        else message("{change} since {period:short_period} ({low} to {high})")
    )
    numbers = {"change": "estimate", "low": "ci_low", "high": "ci_high"}
    values = {
        place: Message(f"{{x:{signed}}}", {"x": row[name]}) for place, name in numbers.items()
    }
    return Message(text.key, {**values, "period": before})


def _label(row: Mapping[str, Any]) -> Message:
    measure = Message(MEASURES.get(row["measure"], row["measure"].replace("_", " ")))
    named = finding_message(row).values
    subject = [named.get(name, row[name]) for name in SUBJECT if row[name]]
    if not subject:
        return measure
    return message("{measure}: {subject:list}", measure=measure, subject=subject)


def _same_subject(changes: pl.DataFrame, row: Mapping[str, Any]) -> list[dict[str, Any]]:
    same = [pl.col(name).eq_missing(row[name]) for name in ("topic", "measure", *SUBJECT)]
    return changes.filter(*same).rows(named=True)


def _line(row: Mapping[str, Any], earlier: pl.DataFrame | None) -> tuple[float, ...]:
    if earlier is None:
        return ()
    before = earlier.filter(
        pl.col("finding_id") == row["finding_id"], pl.col("period_start") < row["period_start"]
    ).sort("period_start")
    return (*before["estimate"], row["estimate"])


def _of_different_notebooks(headlines: pl.DataFrame) -> pl.DataFrame:
    # One sentence a question: the director's page is not the summary of one notebook.
    return headlines.unique("notebook", keep="first", maintain_order=True)


def _of_polarity(findings: pl.DataFrame, polarity: str) -> pl.DataFrame:
    return findings.filter(pl.col("polarity") == polarity).head(LISTED)


def _entries(findings: pl.DataFrame, run: Mapping[str, Any], language: str) -> list[dict[str, Any]]:
    pages = {row["name"]: row["pages"][language] for row in run["notebooks"]}
    titles = {row["name"]: notebook_title(row, language) for row in run["notebooks"]}
    return [
        {
            "sentence": finding_message(row).in_language(language),
            "n": row["n"],
            "evidence": row["evidence"],
            "href": pages.get(row["notebook"], ""),
            "question": titles.get(row["notebook"], row["notebook"]),
        }
        for row in findings.rows(named=True)
    ]


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


def _index_name(language: str, run: Mapping[str, Any]) -> str:
    from cxresearch.report.pages import page_name

    return page_name("index", language, run["languages"])
