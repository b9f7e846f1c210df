"""The index says the run's answers first, plainly what is missing, and nothing of its own."""

import re

import polars as pl
import pytest

from cxresearch.actions.findings import no_findings
from cxresearch.report.index import render_index
from tests.pages import HOSTILE, RUN, Document, made_findings, text_of

PROMISE = {
    **RUN["notebooks"][0],
    "name": "30_promise",
    "title": "Do we keep what we promise?",
    "pages": {"en": "30_promise.html", "it": "30_promise.it.html"},
}
WHOLE_RUN = RUN | {"notebooks": [*RUN["notebooks"], PROMISE]}


@pytest.fixture
def index(tmp_path):
    """Render the index of the given findings and return it as text."""

    def render(findings=None, *, language="en", **run):
        out_path = tmp_path / "index.html"
        findings = made_findings() if findings is None else findings
        render_index(findings, language=language, out_path=out_path, run=WHOLE_RUN | run)
        return out_path.read_text(encoding="utf-8")

    return render


def test_the_first_headline_is_the_title_and_other_questions_follow(index):
    html = index()
    assert re.findall(r"<h1>(.*?)</h1>", html) == [
        "Customers rate us better: NPS rose by 6 points after the new app"
    ]
    assert re.search(r'<p class="lede">Ticket change desk satisfies 42%', html)


def test_a_key_figure_carries_interval_n_and_change_from_the_findings(index):
    text = text_of(index())
    assert "31 28 to 34 · n 2,140 better" in text
    assert "6 points (2 to 10)" in text
    assert "Ticket change desk 42% 37% to 47% · n 412" in text


def test_earlier_periods_are_drawn_as_a_line_where_a_finding_carries_them(index):
    assert index().count('class="spark') == 1


def test_what_is_bad_and_good_stands_under_its_heading_with_its_evidence(index):
    html = index()
    bad = html[html.index('id="bad"') : html.index('id="good"')]
    good = html[html.index('id="good"') : html.index('id="questions"')]
    assert "Ticket office stands −9 points from its promise" in bad
    assert 'href="10_metrics.html"' in bad
    assert "n 1,204" in bad
    assert "App purchase stands +2 points" in good
    assert "App purchase" not in bad
    assert "Refunds" not in bad + good  # within chance of its promise


def test_unreliable_findings_are_not_put_forward(index):
    html = index(made_findings().with_columns(is_reliable=pl.lit(value=False)))
    assert 'id="bad"' not in html


def test_every_question_has_its_answer_and_its_link(index):
    html = index()
    for row in WHOLE_RUN["notebooks"]:
        assert f'<dt><a href="{row["pages"]["en"]}">{row["title"]}</a></dt>' in html
    assert "Stopped before it found an answer." in text_of(html)


def test_a_notebook_that_stopped_is_named_before_the_findings(index):
    html = index()
    assert html.index("Not answered in this run") < html.index("Needs attention")
    assert "DataError: column &#39;at&#39; is missing." in html


def test_a_question_without_its_table_says_what_it_would_need(index):
    lacking = {"name": "20_journey", "title": "Where does it break?", "needs": ["interactions"]}
    text = text_of(index(left_out=[lacking]))
    assert "Where does it break? Not asked: the study has no table interactions." in text


def test_a_run_without_failures_says_nothing_of_them(index):
    assert "Not answered" not in index(notebooks=[PROMISE])


def test_a_run_that_found_nothing_says_so(index):
    text = text_of(index(no_findings()))
    assert "Rete Azzurra, October 2025" in text
    assert "No notebook of this run put a finding forward." in text
    assert "Nothing to put forward in this period." in text


def test_the_italian_index_writes_numbers_and_links_in_italian(index):
    html = index(language="it")
    assert '<html lang="it">' in html
    assert "n 2.140" in html
    assert 'href="30_promise.it.html"' in html
    assert 'href="index.html" lang="en"' in html
    assert "Sportello cambi" in html


def test_hostile_text_in_findings_and_run_appears_as_text(index):
    findings = made_findings().with_columns(message=pl.lit(HOSTILE.replace("{{ 7*7 }}", "")))
    row = PROMISE | {"title": HOSTILE, "missing": [HOSTILE]}
    html = index(findings, notebooks=[row], study={"id": "x", "name": HOSTILE})
    document = Document(html)
    assert not document.tags & {"script", "img"}
    assert not [name for name, _ in document.attributes if name.startswith("on")]
    assert HOSTILE in text_of(html)


def test_the_index_carries_no_script_and_is_small(index):
    html = index()
    assert "script-src 'none'" in html
    assert len(html) < 60_000
