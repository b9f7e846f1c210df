"""A small executed notebook made by hand: real outputs of figures, tables and answers, no kernel.

The company, its touchpoints and figures are invented; some of its texts are hostile on purpose.
"""

from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import altair as alt
import nbformat
import polars as pl
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from cxresearch.actions.findings import make_findings
from cxresearch.charts import theme
from cxresearch.charts.answer import KeyFigure, show_answer, show_note
from cxresearch.charts.figure import Figure
from cxresearch.charts.table import Column, show_table
from cxresearch.language import message
from cxresearch.period import parse_period

SCORES = pl.DataFrame(
    {
        "touchpoint": ["app", "station", "call", "office", "refund", "desk"],
        "n": [2140, 980, 612, 1204, 88, 412],
        "estimate": [0.90, 0.83, 0.81, 0.76, 0.74, 0.42],
        "ci_low": [0.887, 0.805, 0.777, 0.735, 0.64, 0.373],
        "ci_high": [0.912, 0.852, 0.839, 0.783, 0.82, 0.468],
        "promise": [0.88, 0.80, 0.85, 0.85, 0.80, 0.85],
        "note": ["", "", "", "", "=1+1", "{{ 7*7 }}"],
    }
)
LABELS = {
    "app": {"en": "App purchase", "it": "Acquisto in app"},
    "station": {"en": "Station", "it": "Stazione"},
    "call": {"en": "Call centre", "it": "Telefono"},
    "office": {"en": "Ticket office", "it": "Biglietteria"},
    "refund": {"en": "Refunds", "it": "Rimborsi"},
    "desk": {"en": "Ticket change desk", "it": "Sportello cambi"},
}
HOSTILE = '</script><script>document.title="pwned"</script><img src=x onerror=alert(1)> {{ 7*7 }}'
SENTENCE = message(
    "The ticket change desk satisfies {estimate:share} ({low:share} to {high:share}) "
    "where {promise:share} was promised.",
    estimate=0.42,
    low=0.373,
    high=0.468,
    promise=0.85,
)
RUN: dict[str, Any] = {
    "run_id": "20251103T060007Z",
    "study": {"id": "rete", "name": "Rete Azzurra"},
    "state": "good",
    "exit_code": 0,
    "started_at": "2025-11-03T06:00:07+00:00",
    "finished_at": "2025-11-03T06:01:07+00:00",
    "timings": {"intake": 1.0, "notebooks": 2.0, "pages": 1.0},
    "period": {"label": "2025-10", "start": "2025-10-01", "end": "2025-11-01"},
    "data_until": "2025-11-01T00:00:00+00:00",
    "languages": ["en", "it"],
    "where": {},
    "seed": 0,
    "parameters": {"10_metrics": {"period": "2025-10"}},
    "data": [{"file": "responses.parquet", "bytes": 10, "sha256": "ab" * 32}],
    "versions": {"cxresearch": "0.1.0", "polars": "2.1.0"},
    "notebooks": [
        {
            "name": "10_metrics",
            "title": "How do customers rate us?",
            "state": "good",
            "seconds": 4.0,
            "reads": [],
            "missing": [],
            "pages": {"en": "10_metrics.html", "it": "10_metrics.it.html"},
            "failure": None,
        },
        {
            "name": "20_journey",
            "title": "Where does it break?",
            "state": "failed",
            "seconds": 2.0,
            "reads": [],
            "missing": [],
            "pages": {"en": "20_journey.html", "it": "20_journey.it.html"},
            "failure": {
                "kind": "error",
                "error": "DataError",
                "message": "column 'at' is missing.\n  allowed: a table with at\n  next: map it",
                "cell": 4,
                "source": 'journey = split_sessions(log, gap="30d")  # <b>',
            },
        },
    ],
}


class Document(HTMLParser):
    """A page as a browser reads it: its tags, their attributes and the text between them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.texts: list[str] = []
        self._inside = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        self._inside = tag
        if tag not in ("span", "b", "em"):
            self.texts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside not in ("script", "style"):
            self.texts.append(data)


def text_of(html: str) -> str:
    """What a reader of the page sees, folded parts included."""
    return " ".join("".join(Document(html).texts).split())


def plot_scores(table: pl.DataFrame = SCORES, **given: Any) -> Figure:
    """Scores with interval and promise, one touchpoint a row."""

    def draw(language: str, width: int) -> alt.TopLevelMixin:
        rows = table.with_columns(
            name=theme.named("touchpoint", given.get("labels", LABELS), language),
            colour=pl.when(pl.col("ci_high") < pl.col("promise"))
            .then(pl.lit(theme.BAD))
            .when(pl.col("ci_low") > pl.col("promise"))
            .then(pl.lit(theme.GOOD))
            .otherwise(pl.lit(theme.GREY)),
        ).drop("note")
        chart = theme.base(rows).encode(alt.Y("name:N").sort(None).title(None))
        colour = alt.Color("colour:N").scale(None)
        x = alt.X("estimate:Q").axis(format=".0%", tickCount=5).title(None)
        marks = (
            chart.mark_rule().encode(x=alt.X("ci_low:Q"), x2="ci_high:Q", color=colour)
            + chart.mark_tick(height=16).encode(x="promise:Q")
            + chart.mark_circle().encode(x=x, color=colour)
            + chart.mark_text(dy=-13, fontWeight=600).encode(
                x="estimate:Q", text=alt.Text("estimate:Q", format=".0%"), color=colour
            )
        )
        return marks.properties(height=alt.Step(44))

    texts = {
        "title": message("The ticket change desk keeps its promise to fewer than half"),
        "subtitle": message(
            "Share satisfied (4 or 5 of 5) with 95% interval; upright mark = promise. "
            "{period:period}, {n:count} answers.",
            period="2025-10",
            n=5436,
        ),
        "alt": message(
            "Dot plot of six touchpoints. Lowest: ticket change desk, {estimate:share} "
            "({low:share} to {high:share}) against a promise of {promise:share}.",
            **SENTENCE.values,
        ),
    }
    return Figure(
        name=given.get("name", "score-by-touchpoint"),
        draw=draw,
        table=table,
        columns=(
            Column("touchpoint", message("Touchpoint"), labels=given.get("labels", LABELS)),
            Column("estimate", message("Satisfied"), "share"),
            Column("ci_low", message("95% interval"), "share", upper="ci_high"),
            Column("promise", message("Promise"), "share"),
            Column("n", message("Answers"), "count"),
            Column("note", message("Note")),
        ),
        **{name: given.get(name, text) for name, text in texts.items()},
    )


def answer(question: str = "How do customers rate us?") -> Any:
    """An answer with four figures, one of them hidden for want of answers."""
    return show_answer(
        message("{question}", question=question),
        message(
            "NPS rose by {change:signed} points to {estimate:points}, and the change is larger "
            "than chance.",
            change=6,
            estimate=31,
        ),
        SENTENCE,
        figures=[
            KeyFigure(
                message("Net Promoter Score"),
                31.2,
                "points",
                28.1,
                34.3,
                2140,
                message("{change:signed} since September ({low:points} to {high:points})",
                        change=6, low=2, high=10),
                "good",
                (24, 25, 23.5, 26, 25, 27, 26, 28, 27.5, 31.2),
            ),
            KeyFigure(
                message("Satisfied at the ticket change desk"), 0.42, "share", 0.373, 0.468, 412,
                message("{change:gap} points since September", change=-0.09), "bad",
                (0.6, 0.58, 0.57, None, 0.55, 0.51, 0.42),
            ),
            KeyFigure(message("Ease of getting a refund"), None, "score", n=7),
            KeyFigure(
                message("Pledges"),
                message("{kept:count} kept · {broken:count} broken", kept=5, broken=2),
            ),
        ],
    )  # fmt: skip


def cell(source: str, *shown: Any, **metadata: Any) -> Any:
    """A code cell that showed the given objects, as a kernel would have written it."""
    outputs = [new_output("display_data", data=each._repr_mimebundle_()) for each in shown]
    return new_code_cell(source, outputs=outputs, metadata=metadata, execution_count=1)


def executed_notebook(*extra: Any, question: str = "How do customers rate us?") -> Any:
    """A notebook of the suite's shape, with `extra` cells before its end."""
    stream = new_output("stream", text="NPS 31 of 2140\n")
    return new_notebook(
        cells=[
            new_markdown_cell(
                "# How do customers rate us?\n\nThe director of customer experience decides on "
                "this page which touchpoint is mended first. It reads `responses`."
            ),
            cell('study: str = "../data/demo"', tags=["parameters"]),
            cell('study = "secret-path"', tags=["injected-parameters"]),
            cell("from cxresearch.charts import plot_scores\nopened = open_study(study)"),
            cell("# the answer first\nshow_answer(question, *sentences)", answer(question)),
            new_markdown_cell(
                "## Where the promise breaks\n\nEach dot is a share of answers with a 4 or a 5. "
                "**How to read it:** the line through a dot is its 95 % interval; a dot in colour "
                "differs from its promise beyond chance.\n\n"
                "What would change our mind: fewer than 30 answers at a touchpoint."
            ),
            cell("plot_scores(scores, labels=labels)", replace(plot_scores(), is_headline=True)),
            new_markdown_cell("## The same in figures\n\nEvery touchpoint with its base."),
            cell(
                "show_table(scores)",
                show_table(
                    SCORES,
                    *plot_scores().columns[:5],
                    name="scores",
                    title=message("One touchpoint of six breaks its promise by half"),
                    subtitle=message("Share satisfied, October 2025"),
                ),
                show_note(message("Refunds rest on few answers: read them with care."),
                          tone="doubt"),
            ),
            *extra,
            new_markdown_cell("## What this does not show\n\nWho did not answer."),
            new_code_cell(
                "print(headline)", outputs=[stream], metadata={"tags": ["keep_output"]}
            ),
        ]
    )  # fmt: skip


def write_notebook(notebook: Any, folder: Path, name: str = "10_metrics") -> Path:
    """Save `notebook` as the runner would."""
    path = folder / f"{name}.ipynb"
    nbformat.write(notebook, path)
    return path


def made_findings() -> pl.DataFrame:
    """Findings of two notebooks: two headline levels, a change, a gap."""
    estimate = pl.DataFrame(
        {
            "estimate": [31.2],
            "ci_low": [28.1],
            "ci_high": [34.3],
            "n": [2140],
            "series": [[24.0, 25.0, 23.5, 26.0, 25.0, 27.5, 31.2]],
        }
    )
    change = pl.DataFrame({"estimate": [6.0], "ci_low": [2.0], "ci_high": [10.0], "n": [2140]})
    desk = SCORES.filter(pl.col("touchpoint") == "desk")
    gaps = SCORES.filter(pl.col("touchpoint") != "desk").with_columns(
        estimate=pl.col("estimate") - pl.col("promise"),
        ci_low=pl.col("ci_low") - pl.col("promise"),
        ci_high=pl.col("ci_high") - pl.col("promise"),
        polarity=pl.when(pl.col("ci_high") < pl.col("promise"))
        .then(pl.lit("bad"))
        .when(pl.col("ci_low") > pl.col("promise"))
        .then(pl.lit("good"))
        .otherwise(pl.lit("neutral")),
    )
    shared: dict[str, Any] = {
        "topic": "metrics",
        "notebook": "10_metrics",
        "period": parse_period("2025-10", timezone="Europe/Rome"),
        "data_until": datetime(2025, 11, 1, tzinfo=UTC),
        "labels": {"touchpoint": LABELS},
    }
    return pl.concat(
        [
            make_findings(
                estimate, measure="nps", kind="level", unit="points", is_headline=True, rank=1,
                message=message("Customers rate us better: NPS rose by 6 points after the new app"),
                **shared,
            ),
            make_findings(
                change, measure="nps", kind="change", unit="points", polarity="good", rank=4,
                message=message("NPS rose by {estimate:points} points ({ci_low:points} to "
                                "{ci_high:points})."),
                **shared,
            ),
            make_findings(
                desk, measure="csat", kind="level", unit="share", is_headline=True, rank=2,
                message=message("{touchpoint} satisfies {estimate:share} ({ci_low:share} to "
                                "{ci_high:share}) where {promise:share} was promised."),
                **shared | {"notebook": "30_promise"},
            ),
            make_findings(
                gaps, measure="csat", kind="gap", unit="share", rank=5,
                message=message("{touchpoint} stands {estimate:gap} points from its promise "
                                "({ci_low:gap} to {ci_high:gap})."),
                **shared,
            ),
        ]
    )  # fmt: skip


def plot_panels() -> Figure:
    """Two panels side by side, one above the other on a telephone."""

    def draw(language: str, width: int) -> alt.TopLevelMixin:
        rows = theme.base(SCORES.drop("note").with_columns(group=pl.col("n") > 900))
        is_wide = width >= 500
        panel = rows.mark_circle().encode(
            alt.X("estimate:Q").axis(format=".0%").title(None), alt.Y("touchpoint:N").title(None)
        )
        size = width // 2 - 140 if is_wide else width - 120
        return panel.properties(width=size, height=160).facet(
            "group:N", columns=2 if is_wide else 1
        )

    return Figure(
        name="panels",
        title=message("Large and small touchpoints"),
        subtitle=message("Share satisfied"),
        alt=message("Small multiples of six touchpoints."),
        draw=draw,
        table=SCORES,
        columns=plot_scores().columns[:2],
    )
