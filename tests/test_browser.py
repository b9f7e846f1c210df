"""Pages opened offline in Chromium: nothing is fetched, charts are drawn, anyone can read them."""

from pathlib import Path

import pytest

from cxresearch.language import message
from cxresearch.report.index import render_index
from cxresearch.report.page import render_failure, render_page
from tests.pages import (
    HOSTILE,
    RUN,
    cell,
    executed_notebook,
    made_findings,
    plot_panels,
    plot_scores,
    write_notebook,
)

PAGES = ("page", "failure", "index")

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A page with two charts, one that turns and hostile words; the page of a failure; an index."""
    folder = tmp_path_factory.mktemp("site")
    labels = {name: {"en": f"{HOSTILE[:30]} {name}"} for name in ("app", "desk")}
    extra = [
        cell("plot_panels(scores)", plot_panels()),
        cell(
            "plot_scores(hostile)",
            plot_scores(labels=labels, name="hostile", title=message("Hostile names")),
        ),
    ]
    notebook = write_notebook(executed_notebook(*extra), folder)
    given = {"language": "en", "run": RUN}
    render_page(notebook, out_path=folder / "page.html", **given)
    write_notebook(executed_notebook(), folder, "20_journey")
    render_failure(folder / "20_journey.ipynb", out_path=folder / "failure.html", **given)
    render_index(made_findings(), out_path=folder / "index.html", **given)
    return folder


@pytest.fixture
def visit(open_page, site):
    """Open a page of the site by its name."""

    def go(name, **settings):
        return open_page(site / f"{name}.html", **settings)

    return go


@pytest.mark.parametrize("name", PAGES)
def test_no_request_leaves_the_page_and_nothing_goes_wrong(visit, name):
    page = visit(name)
    assert [url for url in page.requested if not url.startswith("file://")] == []
    assert len(page.requested) == 1
    assert page.errors == []
    assert page.title() != "pwned"


def test_every_chart_is_drawn_with_its_marks(visit):
    page = visit("page")
    charts = page.query_selector_all("[data-chart]")
    assert len(charts) == 3
    for chart in charts:
        assert chart.get_attribute("data-drawn") == "true"
        assert len(chart.query_selector_all(".live svg .mark-symbol path")) >= 6
        # A chart of the whole width is drawn a second time once Vega knows its place.
        chart.wait_for_selector(".live svg:not([width='0'])")
    assert not page.is_visible(".still")
    assert not page.is_visible(".undrawn")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_no_barrier_that_axe_can_find(visit, name, width, scheme):
    from axe_playwright_python.sync_playwright import Axe

    page = visit(name, width=width, color_scheme=scheme)
    page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


def test_charts_take_the_colours_of_the_dark(visit):
    def colour(scheme):
        page = visit("page", color_scheme=scheme)
        mark = page.query_selector('.live [fill="#b3261e"]')
        return mark.evaluate("mark => getComputedStyle(mark).fill")

    assert colour("light") == "rgb(179, 38, 30)"
    assert colour("dark") == "rgb(255, 143, 128)"


def test_without_scripts_the_answer_its_figures_and_the_headline_chart_stand(visit):
    page = visit("page", java_script_enabled=False)
    text = page.inner_text("body")
    for words in ("NPS rose by +6 points", "28 to 34 · n 2,140", "The ticket change desk keeps"):
        assert words in text
    still = page.locator("#score-by-touchpoint .still.wide svg")
    assert still.is_visible()
    assert still.bounding_box()["width"] > 600
    assert "Small multiples" in text  # the others are described


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("scripts", [True, False])
def test_a_telephone_never_scrolls_sideways(visit, name, scripts):
    page = visit(name, width=390, java_script_enabled=scripts)
    widest = page.evaluate(
        "Math.max(...[...document.querySelectorAll('body, body *:not(.hidden, .skip, thead *)')]"
        ".map(each => each.getBoundingClientRect().right))"
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert widest <= 391


def test_on_a_telephone_rows_become_cards_and_charts_turn(visit):
    page = visit("page", width=390)
    label = page.locator("td[data-label=Answers]").last
    assert label.evaluate("cell => getComputedStyle(cell, '::before').content") == '"Answers"'
    assert page.locator("thead").last.bounding_box()["width"] <= 1
    assert page.get_attribute('[data-chart="panels"]', "data-form") == "spec_narrow"


def test_a_chart_is_drawn_anew_when_the_window_narrows(visit):
    page = visit("page")
    assert page.get_attribute('[data-chart="panels"]', "data-form") == "spec"
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_selector('[data-chart="panels"][data-form="spec_narrow"] .live svg')
    assert page.errors == []


def test_on_paper_data_are_open_code_is_gone_and_charts_are_there(visit):
    page = visit("page", color_scheme="dark")
    page.emulate_media(media="print")
    assert page.locator("#score-by-touchpoint td").first.is_visible()
    assert not page.locator("details.code").first.is_visible()
    assert page.locator("#score-by-touchpoint .live svg").is_visible()
    ink = page.evaluate("getComputedStyle(document.documentElement).color")
    assert ink == "rgb(29, 39, 51)"


def test_the_file_that_is_downloaded_is_the_one_announced(visit):
    page = visit("page")
    with page.expect_download() as download:
        page.click("#score-by-touchpoint a.download")
    assert download.value.suggested_filename == "score-by-touchpoint.csv"
    assert "desk" in Path(download.value.path()).read_text(encoding="utf-8-sig")


def test_the_keyboard_reaches_the_answer_first(visit):
    page = visit("page")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.hash") == "#main"


def test_a_page_whose_charts_cannot_be_drawn_says_so_and_keeps_its_still(visit, site):
    html = (site / "page.html").read_text(encoding="utf-8")
    broken = html.replace('"mark":{"type":"circle"', '"mark":{"type":"no-such-mark"')
    assert broken != html
    (site / "broken.html").write_text(broken, encoding="utf-8")
    page = visit("broken")
    assert page.locator("#score-by-touchpoint .undrawn").is_visible()
    assert page.locator("#score-by-touchpoint .still.wide svg").is_visible()
