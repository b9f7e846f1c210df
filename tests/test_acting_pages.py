"""Index, team pages and digest in a browser: what to do stands on the first screen, for anyone."""

import polars as pl
import pytest

from cxresearch.report.digest import render_digest
from cxresearch.report.index import render_index
from cxresearch.report.teams import describe_teams, render_team
from tests.pages import RUN, made_findings
from tests.planned import GAPS, PLEDGES, all_findings, make_study, promised, ranked, table

pytestmark = pytest.mark.browser
PAGES = ("index", "index.it", "team", "digest", "digest.it")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """An index, a team's page and a digest about the same findings."""
    folder = tmp_path_factory.mktemp("site")
    study = make_study(folder / "study")
    gaps = table(*GAPS.to_dicts(), ranked(promised("app", 0.5, is_reliable=False), 0.03))
    findings = pl.concat([made_findings(), all_findings(study, gaps, PLEDGES)])
    run = RUN | {"teams": describe_teams(study), "notebooks": RUN["notebooks"][:1]}
    for language, ending in (("en", ""), ("it", ".it")):
        given = {"language": language, "run": run}
        render_index(findings, out_path=folder / f"index{ending}.html", **given)
        render_digest(findings, out_path=folder / f"digest{ending}.html", **given)
    render_team(
        findings, team=run["teams"][0], language="en", out_path=folder / "team.html", run=run
    )
    return folder


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_no_barrier_that_axe_can_find(open_page, site, name, width, scheme):
    from axe_playwright_python.sync_playwright import Axe

    page = open_page(site / f"{name}.html", width=width, color_scheme=scheme)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_requested_and_nothing_scrolls_sideways(open_page, site, name):
    page = open_page(site / f"{name}.html", width=390)
    assert len(page.requested) == 1
    assert page.errors == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("name", ["index", "index.it"])
def test_the_first_screen_holds_three_actions_and_the_pledges(open_page, site, name):
    page = open_page(site / f"{name}.html")
    page.set_viewport_size({"width": 1280, "height": 800})
    for part in (".figures", ".actions > li:nth-child(3)", ".pledges > li:last-child"):
        box = page.locator(part).bounding_box()
        assert box["y"] + box["height"] <= 800


def test_on_a_telephone_actions_and_pledges_stand_below_each_other(open_page, site):
    page = open_page(site / "index.html", width=390)
    boxes = [page.locator(part).bounding_box() for part in (".actions", ".pledges")]
    assert boxes[0]["y"] + boxes[0]["height"] <= boxes[1]["y"]
    assert boxes[0]["width"] > 340
    cells = page.locator(".actions > li:first-child dd")
    lefts = {round(cells.nth(number).bounding_box()["x"]) for number in range(cells.count())}
    assert len(lefts) == 1


def test_on_paper_a_team_page_is_whole_and_in_ink(open_page, site):
    page = open_page(site / "team.html", color_scheme="dark")
    page.emulate_media(media="print")
    assert page.locator(".actions > li").count() == 1
    assert page.locator(".actions .wide").first.is_visible()
    assert not page.locator("nav").first.is_visible()
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(29, 39, 51)"


def test_the_digest_reads_the_same_with_its_style_stripped(open_page, site):
    page = open_page(site / "digest.html", width=390, java_script_enabled=False)
    page.evaluate("document.querySelector('style').remove()")
    text = page.inner_text("main")
    assert text.index("What changed") < text.index("Do first") < text.index("What we promised")
