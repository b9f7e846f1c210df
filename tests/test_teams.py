"""A team's page holds what is about its own touchpoints, and nothing of other teams."""

import re

import pytest

from cxresearch.actions.findings import save_results
from cxresearch.errors import RunError
from cxresearch.report.notebooks import read_notebook
from cxresearch.report.pages import write_pages
from cxresearch.report.publish import RunFolder
from cxresearch.report.teams import describe_teams, name_pages, render_team, team_pages
from tests.pages import HOSTILE, RUN, Document, text_of
from tests.planned import all_findings, make_study


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return make_study(tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="module")
def findings(study):
    return all_findings(study)


@pytest.fixture
def render(study, findings, tmp_path):
    def go(team, language="en", teams=None):
        run = RUN | {"teams": teams or describe_teams(study)}
        row = next(each for each in run["teams"] if each["id"] == team)
        out_path = tmp_path / "team.html"
        render_team(findings, team=row, language=language, out_path=out_path, run=run)
        return out_path.read_text(encoding="utf-8")

    return go


def test_a_team_is_described_by_what_it_owns_and_supports(study):
    stations, digital, loyalty = describe_teams(study)
    assert [place["id"] for place in stations["owns"]] == ["desk"]
    assert [place["id"] for place in digital["supports"]] == ["desk"]
    assert stations["name"] == {"en": "Stations", "it": "Stazioni"}
    assert (loyalty["owns"], loyalty["supports"]) == ([], [])


def test_only_teams_with_a_finding_have_a_page(study, findings):
    run = RUN | {"teams": describe_teams(study)}
    assert team_pages(run, findings, language="it") == {
        "stations": "team-stations.it.html",
        "digital": "team-digital.it.html",
    }
    assert team_pages(run, findings.clear(), language="en") == {}
    assert team_pages(RUN, findings, language="en") == {}  # a run recorded before there were teams


def test_the_page_leads_with_what_the_team_is_asked_for(render):
    text = text_of(render("stations"))
    assert "To lead: 1. First: Desk: bring satisfied customers up to 80%" in text
    assert "Pledged: “Happy at the desk.”" in text
    assert "A second desk for the objective: Short queues" in text
    assert "Before calling it a success" in text
    assert "broken “Ten minutes.”" in text


def test_the_page_holds_nothing_of_other_teams(render):
    html = render("stations")
    for foreign in ("Gate", "App", "Glad to recommend us", "Loyalty"):
        assert foreign not in text_of(html)
    assert "Gate" not in text_of(render("digital"))


def test_a_team_that_supports_sees_what_it_helps_with_and_who_leads(render):
    html = render("digital")
    assert 'id="leads"' not in html
    helps = html[html.index('id="helps"') :]
    assert "Desk: bring satisfied customers" in helps
    assert "Stations" in text_of(helps)
    assert "App: 90% satisfied" in text_of(html)


def test_the_other_language_has_its_own_words_and_links(render):
    html = render("stations", "it")
    assert "Sportello: portare i clienti soddisfatti a quota 80%" in html
    assert 'href="index.it.html"' in html
    assert 'href="team-stations.html" lang="en"' in html


def test_the_page_needs_no_script_and_loads_nothing(render):
    html = render("stations")
    assert "script-src 'none'" in html
    document = Document(html)
    assert not document.tags & {"script", "img", "iframe", "form"}
    links = [value for name, value in document.attributes if name in ("href", "src")]
    assert all(re.fullmatch(r"#main|[\w.-]+\.html", link) for link in links)


@pytest.mark.parametrize(
    "hostile",
    ["../../etc/passwd", "a/b", "..", "a\x00b", "CON", "<script>", "à è", "", "a.it", "-"],
)
def test_no_id_leads_out_of_the_folder_or_to_another_page(hostile):
    (name,) = name_pages([{"id": hostile}]).values()
    assert re.fullmatch(r"team-[a-z0-9_][a-z0-9_-]*", name)


def test_ids_that_differ_only_in_case_or_signs_have_pages_of_their_own():
    names = name_pages([{"id": each} for each in ("ops", "OPS", "o.p.s", "o-p-s", "ops-2")])
    assert len({name.lower() for name in names.values()}) == 5


def test_hostile_names_appear_as_text(render, study):
    teams = describe_teams(study)
    teams[0] |= {"name": {"en": HOSTILE, "it": HOSTILE}}
    html = render("stations", teams=teams)
    document = Document(html)
    assert not document.tags & {"script", "img"}
    assert HOSTILE in text_of(html)


def test_a_run_writes_a_page_a_team_and_a_digest_in_each_language(findings, study, tmp_path):
    folder = RunFolder(tmp_path, "run", tmp_path)
    folder.pages.mkdir()
    save_results(folder.results, notebook="90_actions", findings=findings)
    write_pages(folder, RUN | {"teams": describe_teams(study), "notebooks": []})
    assert {path.name for path in folder.pages.glob("*.html")} == {
        f"{name}{language}.html"
        for name in ("index", "digest", "team-stations", "team-digital")
        for language in ("", ".it")
    }


@pytest.mark.parametrize("name", ["digest", "team-stations"])
def test_no_notebook_takes_the_name_of_such_a_page(tmp_path, name):
    path = tmp_path / f"{name}.ipynb"
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(RunError, match="cannot be the name of a page"):
        read_notebook(path)
