"""The index says the run's answers first, plainly what is missing, and nothing of its own."""

import re

import polars as pl
import pytest

from cxresearch.actions.findings import no_findings
from cxresearch.report.index import PLEDGES_LISTED, render_index
from cxresearch.report.teams import describe_teams
from tests.pages import HOSTILE, RUN, Document, made_findings, text_of
from tests.planned import CSAT, PLEDGES, all_findings, make_study, pledged, promised, table

pytestmark = pytest.mark.slow

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


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return make_study(tmp_path_factory.mktemp("study"))


@pytest.fixture
def acting(index, study):
    """The index of a run that also held promises against what was delivered."""

    def render(*, language="en", **given):
        findings = pl.concat([made_findings(), all_findings(study, **given)])
        return index(findings, language=language, teams=describe_teams(study))

    return render


def part(html, id_):
    return html[html.index(f'id="{id_}"') :].split("</section>")[0]


def test_a_run_without_promises_looks_as_before(index):
    html = index()
    for new in ("do-first", 'id="pledges"', 'class="index acting"', "Pledges"):
        assert new not in html


def test_what_to_do_first_says_who_how_sure_and_how_to_check(acting):
    first = text_of(part(acting(), "do-first"))
    assert (
        "1 Desk: bring satisfied customers up to 80% "
        "Satisfied: 50% (45% to 55%), promised 80%, n 400; "
        "Usual wait: 24 minutes (22 to 26), promised 10, n 400 "
        "Owner Stations How sure strong : beyond chance, and linked to leaving "
        "Check next period Satisfied: 80% or more, give or take its margin, "
        "on at least 30 new cases"
    ) in first.replace("strong:", "strong :")


def test_an_owner_leads_to_the_page_of_the_team_and_nobody_is_said_loudly(acting):
    html = part(acting(), "do-first")
    assert '<a href="team-stations.html">Stations</a>' in html
    assert re.search(r'class="unowned">.*?nobody owns it yet', html, re.DOTALL)


def test_only_the_first_three_stand_on_the_index(acting):
    assert part(acting(), "do-first").count('class="what"') == 3


def test_each_pledge_stands_with_its_verdict_in_a_word_its_figure_and_its_evidence(acting):
    html = part(acting(), "pledges")
    verdicts = re.findall(r'class="verdict (\w+)">(\w+)<', html)
    assert verdicts == [("bad", "broken"), ("bad", "broken"), ("good", "kept")]
    assert "“Ten minutes.” 24 minutes (22 to 26), promised 10, n 400" in text_of(html)
    assert html.count('href="30_promise.html"') == 3


def test_a_long_statement_shows_what_is_broken_and_says_how_much_is_left_out(index, tmp_path):
    ids = [f"p{number}" for number in range(20)]
    statement = {
        "text": "We care.",
        "pledges": [{"id": id_, "text": f"We do {id_}.", "promise": CSAT} for id_ in ids],
    }
    rows = [pledged(id_, promised(None, 0.5 if id_ == "p19" else 0.9)) for id_ in ids]
    study = make_study(tmp_path, statement=statement)
    html = part(index(all_findings(study, pledges=table(*rows))), "pledges")
    assert html.count('class="verdict') == PLEDGES_LISTED
    assert html.index("We do p19.") < html.index("We do p0.")
    assert "The first 12 of 20" in html


def test_the_pledges_are_a_key_figure_and_are_told_once(acting):
    text = text_of(acting())
    assert "Pledges 1 of 3 kept 2 broken, 0 open" in text
    assert text.count("“Ten minutes.”") == 1


def test_two_headlines_of_two_topics_leave_room_for_the_plan(acting):
    html = acting()
    assert html.count('class="lede"') == 1
    assert "Desk: 50% satisfied" in html.split('class="lede"')[1][:200]


def test_a_finding_that_an_action_stands_on_is_not_told_again(acting):
    html = acting()
    lists = html.split('id="bad"')[1].split('id="questions"')[0]
    assert "Gate: 60% satisfied" not in lists
    assert "Ticket office stands" in lists


def test_where_nothing_is_broken_the_index_says_so(acting):
    html = acting(gaps=table(promised("desk", 0.9)), pledges=PLEDGES.tail(1))
    first = text_of(part(html, "do-first"))
    # The gate without owner is upkeep, and no promise broken.
    assert first.index("nothing has to be done first") < first.index("Name an owner for: Gate")


def test_an_empty_plan_is_an_answer(index, study):
    found = all_findings(study, gaps=table(promised("desk", 0.9)), pledges=PLEDGES.tail(1))
    found = found.filter(pl.col("measure") != "name_owners")
    first = text_of(part(index(found), "do-first"))
    assert "No promise and no pledge is broken beyond chance" in first


def test_actions_and_pledges_are_not_repeated_in_the_lists(acting):
    html = acting()
    assert "Ten minutes" not in html.split('id="bad"')[1]
    assert "bring satisfied customers" not in html.split('id="bad"')[1].split('id="questions"')[0]


def test_the_digest_and_every_team_are_a_link_away(acting):
    html = acting(language="it")
    for file in ("digest.it.html", "team-stations.it.html", "team-digital.it.html"):
        assert f'href="{file}"' in html
    assert "team-loyalty" not in html  # no finding is about it


def test_the_index_with_a_plan_is_small_and_runs_no_script(acting):
    html = acting()
    assert "script-src 'none'" in html
    assert len(html) < 80_000
