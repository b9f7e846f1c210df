"""A whole run, opened as a stakeholder would: the sample company, and a study of hostile text."""

import json
import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from cxresearch.report.run import Request, run_study
from tests.small_studies import write_study

pytestmark = [pytest.mark.run, pytest.mark.slow, pytest.mark.browser]

LARGEST = 1_900_000  # bytes a page; Vega alone is half of it
CHARTS = {
    "00_intake": 1,
    "10_metrics": 5,
    "20_journey": 12,
    "30_promise": 3,
    "50_voice": 6,
    "60_churn": 10,
    "70_drivers": 6,
    "90_actions": 1,
}
"""Least number of charts of each notebook's page."""
PROMISE = {"measure": "csat", "statistic": "share", "threshold": 4, "at_least": 0.9}
NOTEBOOKS = tuple(CHARTS)
OTHERS = ("index", "digest", "team-stations")
PAGES = [f"{name}{language}.html" for name in (*OTHERS, *NOTEBOOKS) for language in ("", ".en")]
SCRIPT = "<script>document.title='pwned'</script>"
BREAKOUT = "</script><img src=x onerror=\"document.title='pwned'\">"
TEMPLATE = "{{ 7*7 }}"
FORMULA = '=HYPERLINK("http://example.org";"x")'


@pytest.fixture(scope="module")
def report(root, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("reports")
    made = run_study(Request(root / "data" / "demo", out=out, language="both"))
    assert made.failed == []
    return made.folder


@pytest.fixture(scope="module")
def hostile(tmp_path_factory) -> Path:
    """A report on a study whose name, labels, ids, comments and file name want to be markup."""
    folder = tmp_path_factory.mktemp("hostile") / "study"
    lines = ["id,who,customer,when,vote,where,comment"]
    for number in range(90):
        where = ("desk", SCRIPT, FORMULA)[number % 3].replace('"', '""')
        comment = (SCRIPT, BREAKOUT, FORMULA, TEMPLATE)[number % 4].replace('"', '""')
        vote = 99 if number == 7 else number % 5 + 1
        ids = f"R{number},P{number},C{number}"
        lines.append(f'{ids},2025-10-{number % 27 + 1:02d},{vote},"{where}","{comment}"')
    people = ["id,region"] + [f'C{n},"{(SCRIPT, TEMPLATE)[n % 2]}"' for n in range(90)]
    name = 'the answers\' "final" <b>2025</b>.csv'
    write_study(
        folder,
        {name: "\n".join(lines) + "\n", "people.csv": "\n".join(people) + "\n"},
        {
            "table": "responses",
            "files": name,
            "columns": {
                "response_id": "id",
                "respondent_id": "who",
                "customer_id": "customer",
                "at": "when",
                "score": "vote",
                "touchpoint": "where",
            },
            "constants": {"metric": "csat"},
            "scale": {"min": 1, "max": 5},
        },
        {"table": "customers", "files": "people.csv", "columns": {"customer_id": "id"}},
        name=f"{SCRIPT} {TEMPLATE}",
        languages=["en"],
        attributes={"region": {"role": "context", "label": BREAKOUT}},
        experience={
            "stages": [{"id": "buy", "label": SCRIPT}],
            "teams": [{"id": "ops", "label": f"{FORMULA} {SCRIPT}"}],
            "touchpoints": [
                {
                    "id": "desk",
                    "label": f"{BREAKOUT} {TEMPLATE}",
                    "stage": "buy",
                    "owner": "ops",
                    "promise": PROMISE,
                }
            ],
            "statement": {
                "text": SCRIPT,
                "pledges": [{"id": "care", "text": BREAKOUT, "promise": PROMISE}],
            },
        },
    )
    made = run_study(Request(folder, out=folder.parent / "reports", period="2025-10"))
    assert made.failed == []
    return made.folder


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_one_file_that_loads_nothing_and_draws_all_its_charts(report, open_page, name):
    page = open_page(report / name)
    assert page.requested == [(report / name).resolve().as_uri()]
    assert page.errors == []
    charts = page.query_selector_all("[data-chart]")
    assert all(chart.get_attribute("data-drawn") == "true" for chart in charts)
    assert len(charts) >= CHARTS.get(name.split(".")[0], 0)
    assert (report / name).stat().st_size < LARGEST


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", [f"{name}.html" for name in (*OTHERS, *NOTEBOOKS)])
def test_axe_finds_nothing_on_a_real_page(report, open_page, name, scheme):
    found = Axe().run(open_page(report / name, color_scheme=scheme))
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("name", PAGES)
def test_a_real_page_never_scrolls_sideways_on_a_telephone(report, open_page, name):
    page = open_page(report / name, width=390)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_with_scripts_off_the_answer_its_figures_and_the_headline_chart_stand(
    report, open_page, name
):
    page = open_page(report / f"{name}.html", java_script_enabled=False)
    assert page.query_selector("h1").inner_text()
    assert page.query_selector(".figures, .figure") is not None
    still = page.query_selector("section .still svg")
    assert still is not None
    assert still.is_visible()


@pytest.mark.parametrize("name", ["index.html", "index.en.html"])
def test_the_first_screen_says_what_to_do_first_and_what_was_promised(report, open_page, name):
    page = open_page(report / name)
    page.set_viewport_size({"width": 1280, "height": 800})
    for part in (".figures", ".actions > li:nth-child(3)", ".pledges > li:last-child"):
        box = page.locator(part).bounding_box()
        assert box["y"] + box["height"] <= 800


def test_the_digest_is_small_has_no_script_and_no_way_out(report):
    for name in ("digest.html", "digest.en.html"):
        html = (report / name).read_text("utf-8")
        assert len(html.encode()) < 400_000
        assert "<script" not in html
        assert "://" not in html
        assert all(link.startswith("#") for link in re.findall(r'href="([^"]*)"', html))


def test_each_language_says_the_same_in_its_own_words(report):
    findings = json.loads((report / "findings.json").read_text("utf-8"))
    pairs = [(row["sentence"]["it"], row["sentence"]["en"]) for row in findings]
    assert pairs
    # a sentence may consist of a name and figures only
    assert sum(italian != english for italian, english in pairs) > len(pairs) / 3
    assert 'lang="it"' in (report / "index.html").read_text("utf-8")[:400]
    assert 'lang="en"' in (report / "index.en.html").read_text("utf-8")[:400]


def test_nothing_private_is_published(report):
    assert {path.suffix for path in report.iterdir()} <= {".html", ".json", ".parquet"}
    assert not list(report.rglob("*quarantine*"))


HOSTILE_PAGES = ("index", "digest", "team-ops", *NOTEBOOKS)


@pytest.mark.parametrize("name", [f"{name}.html" for name in HOSTILE_PAGES])
def test_hostile_text_appears_as_text_and_never_runs(hostile, open_page, name):
    page = open_page(hostile / name)
    assert page.errors == []
    assert page.title() != "pwned"
    assert page.query_selector("img[onerror]") is None
    assert "2025" not in page.locator("b").all_inner_texts()  # the marked-up part of a file's name
    shown = page.inner_text("body")
    assert "<script>document.title" in shown
    assert "{{ 7*7 }}" in page.title()


def test_hostile_labels_are_drawn_as_text(hostile, open_page):
    page = open_page(hostile / "10_metrics.html")
    drawn = " ".join(node.text_content() for node in page.query_selector_all(".live svg text"))
    assert "onerror" in drawn or "<img" in page.inner_text("body")
    assert page.query_selector(".live svg script, .live svg img") is None


def test_a_downloaded_file_carries_no_formula(hostile, open_page):
    page = open_page(hostile / "10_metrics.html")
    files = page.evaluate(
        "Promise.all([...document.querySelectorAll('a[download]')]"
        ".map(link => decodeURIComponent(link.href)))"
    )
    rows = [row for file in files for row in file.splitlines() if "HYPERLINK" in row]
    assert rows
    assert all("'=HYPERLINK" in row for row in rows)


def test_the_quarantine_kept_for_the_owner_carries_no_formula(hostile):
    kept = hostile.parents[1] / ".work" / hostile.name / "inputs" / "quarantine.csv"
    text = kept.read_text("utf-8")
    assert "99" in text
    assert ',"=' not in text
    assert ",=" not in text
