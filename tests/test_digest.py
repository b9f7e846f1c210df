"""The digest is one small file that stands by itself and can be read in a minute."""

import re

import polars as pl
import pytest

from cxresearch.actions.findings import no_findings
from cxresearch.report.digest import render_digest
from tests.pages import HOSTILE, RUN, Document, made_findings, text_of
from tests.planned import PLEDGES, all_findings, make_study, pledged, promised, table

pytestmark = pytest.mark.slow

LARGEST = 400_000  # bytes
MINUTE = 330  # words that are read in a minute or so


@pytest.fixture(scope="module")
def findings(tmp_path_factory):
    return pl.concat([made_findings(), all_findings(make_study(tmp_path_factory.mktemp("study")))])


@pytest.fixture
def digest(tmp_path, findings):
    def render(told=findings, *, language="en", **run):
        out_path = tmp_path / "digest.html"
        render_digest(told, language=language, out_path=out_path, run=RUN | run)
        return out_path.read_text(encoding="utf-8")

    return render


def test_it_says_what_changed_what_to_do_and_what_became_of_the_pledges(digest):
    text = text_of(digest())
    for words in (
        "What changed better · NPS rose by 6 points (2 to 10).",
        "1. Desk: bring satisfied customers up to 80% Owner : Stations",
        "2. Gate: bring satisfied customers up to 80% Owner : nobody owns it yet",
        "Kept: 1 · broken: 2 · open: 0",
        "broken · “Ten minutes.” 24 minutes (22 to 26), promised 10, n 400",
        "kept · “Glad to recommend us.”",
        "Not answered this time: Where does it break?",
    ):
        assert words in text.replace("Owner:", "Owner :")


def test_it_is_short(digest):
    assert len(text_of(digest()).split()) < MINUTE
    assert len(digest().encode()) < LARGEST / 10


def test_many_findings_do_not_make_it_long(digest, tmp_path):
    study = make_study(tmp_path)
    many = table(*(pledged(f"p{n}", promised(None, 0.5)) for n in range(60)))
    texts = {f"p{n}": {"en": "We promise. " * 30, "it": "Promettiamo. " * 30} for n in range(60)}
    from cxresearch.actions.promise import find_pledges
    from tests.planned import DATES

    told = pl.concat([all_findings(study), find_pledges(many, texts=texts, **DATES)])
    assert len(digest(told).encode()) < LARGEST


@pytest.mark.parametrize("language", ["en", "it"])
def test_it_has_no_script_no_image_and_no_address(digest, language):
    html = digest(language=language)
    document = Document(html)
    assert not document.tags & {"script", "img", "link", "iframe", "object", "form", "svg"}
    assert "http" not in html.replace('<meta http-equiv="Content-Security-Policy"', "")
    links = [value for name, value in document.attributes if name in ("href", "src", "action")]
    assert all(link.startswith("#") for link in links)
    assert not re.search(r"url\(|@import|var\(--", html)


def test_its_policy_forbids_everything_but_its_own_style(digest):
    assert "default-src 'none'; style-src 'unsafe-inline'" in digest()


def test_it_speaks_the_language_asked_for(digest):
    html = digest(language="it")
    assert '<html lang="it">' in html
    assert "Sportello: portare i clienti soddisfatti a quota 80%" in html
    assert "«Dieci minuti.»" in html
    assert "ancora nessun responsabile" in html


def test_a_pledge_without_evidence_is_open_and_counted_as_unknown(digest, tmp_path):
    unknown = table(pledged("ten", promised("desk", 0.78)), *PLEDGES.tail(1).to_dicts())
    told = all_findings(make_study(tmp_path), pledges=unknown)
    text = text_of(digest(told))
    assert "open · “Ten minutes.” 78% (73% to 83%), promised 80%, n 400" in text
    assert "Pledges without enough evidence to say: 1" in text


def test_nothing_broken_is_said(digest, tmp_path):
    kept = table(promised("app", 0.9))
    told = all_findings(make_study(tmp_path), gaps=kept, pledges=PLEDGES.tail(1))
    told = told.filter(pl.col("measure") != "name_owners")
    assert "No promise and no pledge is broken beyond chance" in text_of(digest(told))


def test_a_run_that_found_nothing_has_a_digest_too(digest):
    text = text_of(digest(no_findings()))
    assert "Rete Azzurra, October 2025" in text
    assert "There is no earlier period to compare with." in text
    assert "What we promised" not in text
    assert "Do first" not in text


def test_that_nothing_changed_is_said_only_where_something_was_compared(digest, findings):
    calm = findings.filter(pl.col("kind") == "change").with_columns(polarity=pl.lit("neutral"))
    assert calm.height
    assert "Nothing changed by more than chance." in text_of(digest(calm))


def test_hostile_text_appears_as_text(digest, findings):
    hostile = findings.with_columns(message=pl.lit(HOSTILE.replace("{{ 7*7 }}", "")))
    html = digest(hostile, study={"id": "x", "name": HOSTILE})
    document = Document(html)
    assert not document.tags & {"script", "img"}
    assert not [name for name, _ in document.attributes if name.startswith("on")]
    assert HOSTILE in text_of(html)


def test_a_change_on_few_answers_is_not_told(digest, findings):
    few = findings.with_columns(is_reliable=pl.lit(value=False))
    text = text_of(digest(few))
    assert "Nothing changed by more than chance." in text
    assert f"not told here: {findings.height}" in text
