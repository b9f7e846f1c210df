"""A page says what its notebook showed, in the reader's language, and text stays text."""

import csv
import io
import json
import re
from dataclasses import replace
from functools import cache
from html import unescape
from urllib.parse import unquote

import polars as pl
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from cxresearch.charts.answer import show_note
from cxresearch.charts.listing import show_listing
from cxresearch.charts.table import Column, show_table
from cxresearch.errors import RunError
from cxresearch.language import message
from cxresearch.report import vega
from cxresearch.report.page import render_failure, render_page
from cxresearch.report.typeset import (
    draw_spark,
    json_script,
    neutralise,
    render_markdown,
    script_hash,
    translate_markdown,
)
from tests.pages import (
    HOSTILE,
    RUN,
    SCORES,
    Document,
    answer,
    cell,
    executed_notebook,
    plot_scores,
    text_of,
    write_notebook,
)


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """Render a notebook (by default the small one) and return the page as text."""
    small = cache(lambda language: render(executed_notebook(), language, RUN))

    def render(notebook, language, run):
        folder = tmp_path_factory.mktemp("page")
        path, out_path = write_notebook(notebook, folder), folder / "page.html"
        assert render_page(path, language=language, out_path=out_path, run=run) == out_path
        return out_path.read_text(encoding="utf-8")

    def get(notebook=None, language="en", **run):
        if notebook is None and not run:
            return small(language)
        return render(notebook or executed_notebook(), language, RUN | run)

    return get


def without_scripts(html):
    return re.sub(r"<script\b.*?</script>|<style>.*?</style>", "", html, flags=re.DOTALL)


def scripts_of(html):
    return re.findall(r"<script>(.*?)</script>", html, flags=re.DOTALL)


def test_the_question_and_its_answer_come_before_everything_else(page):
    text = text_of(page())
    order = ["How do customers rate us?", "NPS rose by +6 points", "Net Promoter Score", "28 to 34"]
    places = [text.index(words) for words in [*order, "The director of customer experience"]]
    assert places == sorted(places)


def test_a_page_has_one_title_and_its_first_heading_is_not_repeated(page):
    html = page()
    assert len(re.findall("<h1", html)) == 1
    body = html[html.index("<body>") :]
    assert text_of(body).count("How do customers rate us?") == 1


def test_a_page_without_an_answer_takes_its_title_from_the_notebook(page):
    notebook = new_notebook(cells=[new_markdown_cell("# Where <b>now</b>?\n\nWords.")])
    assert re.search(r"<h1>Where &lt;b&gt;now&lt;/b&gt;\?</h1>", page(notebook))


def test_each_language_has_its_own_words_numbers_and_mark(page):
    english, italian = page(), page(language="it")
    assert '<html lang="en">' in english
    assert '<html lang="it">' in italian
    assert "n 2,140" in english
    assert "n 2.140" in italian
    assert "Ticket office" in text_of(english)
    assert "Biglietteria" in text_of(italian)
    assert 'href="10_metrics.it.html" lang="it"' in english
    assert 'href="10_metrics.html" lang="en"' in italian


def test_injected_parameters_and_printed_text_stay_out_of_the_story(page):
    html = page()
    assert "secret-path" not in html
    story = re.sub(r"<details.*?</details>", "", without_scripts(html), flags=re.DOTALL)
    assert "NPS 31 of 2140" not in story
    assert "NPS 31 of 2140" in html


def test_all_code_is_there_and_folded_away(page):
    html = without_scripts(page())
    story = re.sub(r"<details.*?</details>", "", html, flags=re.DOTALL)
    for source in ("open_study", "plot_scores", "show_table", "show_answer"):
        assert source in text_of(html)
        assert source not in story


def test_a_chart_comes_with_title_subtitle_description_table_and_file(page):
    html = page()
    assert re.search(r"<h3>The ticket change desk", html)
    assert re.search(r'role="img" aria-label="Dot plot of six touchpoints', html)
    assert "{{ 7*7 }}" in text_of(html)
    assert 'download="score-by-touchpoint.csv"' in html
    spec = re.search(r'data-spec="score-by-touchpoint">(.*?)</script>', html)[1]
    assert json.loads(spec)["spec"]["config"]["locale"]["number"]["decimal"] == "."


def test_text_to_copy_stays_as_it_is_and_stays_text(page):
    text = "  - id: gate\n    label: <img src=x onerror=alert(1)>\n"
    listing = show_listing(
        text, name="patch", title=message("For the map"), subtitle=message("To paste")
    )
    html = page(new_notebook(cells=[new_markdown_cell("# What?"), cell("show_patch()", listing)]))
    shown = re.search(r"<h3>For the map</h3>.*?<pre[^>]*><code>(.*?)</code></pre>", html, re.DOTALL)
    assert unescape(shown[1]) == text
    assert "<img" not in without_scripts(html)


def test_the_file_to_download_holds_raw_values_and_no_formula(page):
    address = re.search(r'download="score-by-touchpoint.csv" href="data:([^"]+)"', page())[1]
    kind, data = unquote(address).split(",", 1)
    rows = list(csv.DictReader(io.StringIO(data.removeprefix("\ufeff"))))
    assert kind == "text/csv;charset=utf-8"
    assert data.startswith("\ufeff")
    assert [row["touchpoint"] for row in rows] == SCORES["touchpoint"].to_list()
    assert rows[0]["estimate"] == "0.9"
    assert rows[4]["note"] == "'=1+1"


@pytest.mark.parametrize(
    ("cell_text", "safe"),
    [
        ("=SUM(A1)", "'=SUM(A1)"),
        ("+39 06 1234", "'+39 06 1234"),
        ("-2+3", "'-2+3"),
        ("@x", "'@x"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        ("-4.25", "-4.25"),
        ("+1e-7", "+1e-7"),
        ("", ""),
        ("app", "app"),
    ],
)
def test_a_formula_becomes_text_and_a_number_stays_one(cell_text, safe):
    assert neutralise(cell_text) == safe


@pytest.mark.slow
def test_only_the_headline_chart_stands_as_a_still(page):
    extra = cell("plot_scores(other)", plot_scores(name="other"))
    html = page(executed_notebook(extra))
    assert len(re.findall(r'class="still wide"', html)) == 1
    assert len(re.findall(r'class="still narrow"', html)) == 1
    assert len(re.findall("data-chart=", html)) == 2
    ids = re.findall(r'\bid="([^"]+)"', without_scripts(html))
    assert len(ids) == len(set(ids))


@pytest.mark.slow
def test_two_charts_of_one_name_get_two_anchors(page):
    html = page(executed_notebook(cell("again", plot_scores())))
    assert 'id="score-by-touchpoint"' in html
    assert 'id="score-by-touchpoint-2"' in html


@pytest.mark.slow
def test_the_bundle_is_there_once_when_a_chart_is_and_else_not_at_all(page):
    extra = [cell("again", plot_scores()), cell("again", plot_scores())]
    assert page(executed_notebook(*extra)).count("window.vegaEmbed=") == 1
    bare = page(new_notebook(cells=[cell("answer", answer())]))
    assert "vegaEmbed" not in bare
    assert "script-src 'none'" in bare
    assert len(bare) < 60_000


@pytest.mark.slow
def test_a_page_with_twelve_charts_stays_under_the_size_limit(page):
    extra = [cell("again", plot_scores()) for _ in range(11)]
    assert len(page(executed_notebook(*extra)).encode()) < 1_600_000


def test_no_address_of_the_page_leads_outside(page):
    html = without_scripts(page())
    for address in re.findall(r'(?:href|src)="([^"]*)"', html):
        assert address.startswith(("#", "data:text/csv", "index", "10_metrics")), address
    assert "http:" not in html.replace("http://www.w3.org", "")
    assert "https:" not in html


def test_the_policy_names_each_script_by_its_hash_and_allows_no_other(page):
    html = page()
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', html)[1]
    assert policy.startswith("default-src 'none';")
    allowed = re.search(r"script-src ([^;]+);", policy)[1].split()
    assert allowed == [f"'{script_hash(script)}'" for script in scripts_of(html)]
    assert len(allowed) == 2


def hostile_page(page):
    words = message("{text}", text=HOSTILE)
    table = SCORES.with_columns(note=pl.lit(HOSTILE))
    labels = {name: {"en": HOSTILE, "it": HOSTILE} for name in SCORES["touchpoint"]}
    chart = replace(
        plot_scores(table, labels=labels, title=words, subtitle=words, alt=words, name="x"),
        is_headline=True,
    )
    shown = show_table(
        pl.DataFrame({"comment": [HOSTILE]}),
        Column("comment", words),
        name=HOSTILE,
        title=words,
        subtitle=words,
    )
    extra = [
        new_markdown_cell(
            f"## {HOSTILE}\n\n{HOSTILE} [x](javascript:alert(1)) ![x](//e.org/x.png)"
        ),
        cell(f"# {HOSTILE}", chart, shown, show_note(words)),
        new_code_cell(
            "x",
            outputs=[
                new_output("display_data", data={"text/html": f"<b>{HOSTILE}</b>"}),
                new_output("stream", text=HOSTILE),
            ],
        ),
    ]
    study = {"id": "x", "name": HOSTILE}
    data = [{"file": HOSTILE, "bytes": 1, "sha256": "ab" * 32}]
    notebook = executed_notebook(*extra, question=HOSTILE)
    return page(notebook, study=study, data=data, where={HOSTILE: HOSTILE})


@pytest.mark.slow
def test_hostile_text_anywhere_appears_as_text(page):
    html = hostile_page(page)
    assert len(scripts_of(html)) == 2
    document = Document(html)
    assert not document.tags & {"img", "iframe", "object", "link", "form", "embed"}
    assert not [name for name, _ in document.attributes if name.startswith("on")]
    addresses = [value for name, value in document.attributes if name in ("href", "src")]
    assert all(value.startswith(("#", "data:text/csv", "index", "10_")) for value in addresses)
    assert text_of(html).count(HOSTILE) > 8


def test_html_that_a_cell_printed_never_reaches_the_page(page):
    output = new_output("display_data", data={"text/html": "<b>bold</b>", "text/plain": "plain"})
    html = page(new_notebook(cells=[new_code_cell("x", outputs=[output])]))
    assert "<b>bold</b>" not in html
    assert "plain" in html


def test_json_cannot_end_its_script_and_reads_back_the_same():
    value = {"a": "</script><!--", "b": "\u2028&", "c": [1.5, None]}
    text = json_script(value)
    assert not set("<>&\u2028") & set(text)
    assert json.loads(text) == value


def test_markdown_is_translated_block_by_block_and_pictures_become_words(monkeypatch):
    catalogue = {"## Why": "## Perché", "Two lines": "Due righe"}
    monkeypatch.setattr(
        "cxresearch.report.typeset.translate", lambda key, language: catalogue.get(key, key)
    )
    source = "## Why\n\nTwo\nlines\n\n![a map](map.png)"
    html, headings = render_markdown(translate_markdown(source, "it"))
    assert [heading.text for heading in headings] == ["Perché"]
    assert "<p>Due righe</p>" in html
    assert "a map" in html
    assert "<img" not in html


def test_a_line_of_earlier_values_leaves_gaps_and_refuses_to_draw_two_points():
    assert draw_spark([1, None, 3]) == ""
    drawn = draw_spark([1, 2, None, 4, 5], "good")
    assert drawn.count("M") == 2
    assert 'class="spark good"' in drawn
    assert "M" in draw_spark([2, 2, 2])


def test_a_still_is_refused_where_it_would_weigh_more_than_it_is_worth():
    spec = {
        "data": {"values": [{"n": number} for number in range(vega.STILL_MARKS + 1)]},
        "mark": "point",
        "encoding": {"x": {"field": "n", "type": "quantitative"}},
    }
    assert vega.draw_still(spec, width=300) is None
    spec["data"]["values"].pop()
    assert vega.draw_still(spec, width=300).startswith("<svg")


def test_a_still_never_loads_data_from_an_address():
    spec = {"data": {"url": "https://example.org/x.json"}, "mark": "point", "encoding": {}}
    with pytest.raises(RunError, match=r"a chart cannot be drawn: (.|\n)*not allowed"):
        vega.draw_still(spec, width=300)


@pytest.mark.slow
def test_the_bundle_is_kept_and_made_again_where_it_cannot_be_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    vega.read_bundle.cache_clear()
    made = vega.read_bundle()
    (kept,) = (tmp_path / "cxresearch").iterdir()
    assert kept.read_text(encoding="utf-8") == made
    assert "</script" not in made
    kept.unlink()
    kept.parent.rmdir()
    kept.parent.write_text("a file where the folder should be", encoding="utf-8")
    vega.read_bundle.cache_clear()
    assert vega.read_bundle() == made


def failed(tmp_path, *, is_there=True):
    path = tmp_path / "20_journey.ipynb"
    if is_there:
        write_notebook(executed_notebook(), tmp_path, "20_journey")
    out_path = tmp_path / "failure.html"
    render_failure(path, language="en", out_path=out_path, run=RUN)
    return out_path.read_text(encoding="utf-8")


def test_a_failure_says_what_where_in_whose_words_and_what_next(tmp_path):
    text = text_of(failed(tmp_path))
    for words in (
        "20_journey, cell 4",
        "DataError: column 'at' is missing.",
        "next: map it",
        "split_sessions(log, gap=",
        "cxresearch run STUDY --notebook 20_journey",
        "The ticket change desk keeps its promise",
    ):
        assert words in text


def test_a_failure_after_the_answer_does_not_deny_the_answer(tmp_path):
    text = text_of(failed(tmp_path))
    assert "This page is not complete" in text
    assert "no answer in this run" not in text


def test_a_failure_before_any_cell_still_has_a_page(tmp_path):
    html = failed(tmp_path, is_there=False)
    assert "<h1>Where does it break?</h1>" in html
    assert "no answer in this run" in html
    assert "What was worked out before" not in html


def test_a_notebook_that_lacks_what_it_reads_says_so(page):
    row = RUN["notebooks"][0] | {"missing": ["20_journey"]}
    assert "20_journey stopped in this run" in text_of(page(notebooks=[row]))


def test_a_notebook_the_run_does_not_know_is_refused(tmp_path):
    path = write_notebook(executed_notebook(), tmp_path, "99_other")
    with pytest.raises(RunError, match="no notebook '99_other'"):
        render_page(path, language="en", out_path=tmp_path / "x.html", run=RUN)


def test_rendering_twice_gives_the_same_bytes(page):
    assert page() == page(executed_notebook())
