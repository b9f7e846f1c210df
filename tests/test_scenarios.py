"""The slider moves between finished rows; whoever cannot use it finds the same figures in words."""

import json

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxresearch.actions.what_if_sentences import list_measures, round_to_interval, say_gains
from cxresearch.charts.answer import Note, show_answer
from cxresearch.charts.scenarios import show_scenarios
from cxresearch.charts.table import MIME
from cxresearch.language import message
from cxresearch.report.page import render_page
from tests.gained import LABELS, gain, scenarios, table
from tests.pages import HOSTILE, RUN, cell, executed_notebook, write_notebook

TEXTS = {"title": message("What if it were mended?"), "subtitle": message("Drawn from 4 rows")}


def shown(rows=None, **given):
    return show_scenarios(
        scenarios() if rows is None else rows, **({"labels": LABELS} | TEXTS | given)
    )


def step(content, scenario, number):
    names = [each["label"] for each in content["scenarios"]]
    return content["scenarios"][names.index(scenario)]["steps"][number]


def test_every_stand_of_the_slider_says_what_it_is_linked_to_in_words():
    content = shown().content("en")
    assert [each["label"] for each in content["scenarios"]] == [
        "All of them together",
        "Desk",
        "App",
    ]
    assert step(content, "Desk", 1)["said"] == (
        "If 50% of the bad experiences at Desk ended well: 400 fewer leavers a year (300 to 500), "
        "€40,000 of revenue a year (€30,000 to €50,000) and +1.5 points of Net Promoter Score "
        "(+1.1 to +1.9)."
    )
    assert step(content, "Desk", 0)["said"] == "Nothing is mended: all stays as it is."


def test_a_gain_that_may_be_none_is_said_to_be_perhaps_none():
    (told,) = say_gains(
        list_measures(table(gain("desk", "nps", estimate=2.0, spread=1.5))).rows(named=True)
    )
    assert told.in_language("en") == (
        "no points of Net Promoter Score beyond chance (−1.0 to +5.0)"
    )


def test_marks_stand_where_the_figures_do_and_keep_their_axis():
    content = shown().content("en")
    half, whole = (step(content, "Desk", number)["gauges"]["0"] for number in (1, 2))
    zero = content["gauges"][0]["zero"]
    assert zero == 2.0
    assert whole["at"] - zero == pytest.approx(2 * (half["at"] - zero), abs=0.02)
    assert half["low"] < half["at"] < half["high"]
    ends = [s["gauges"]["0"]["high"] for each in content["scenarios"] for s in each["steps"]]
    assert max(ends) == 98.0


def test_a_measure_unknown_of_a_touchpoint_has_no_mark_there():
    assert step(shown().content("en"), "App", 2)["gauges"].keys() == {"0", "1"}


def test_the_table_holds_all_mended_with_the_joint_worth_last():
    content = shown().content("it")["table"]
    assert [row[0] for row in content["rows"]] == ["Sportello", "L'app", "Tutti insieme"]
    assert content["rows"][0][1:] == [
        "800 (da 600 a 1.000)",
        "80.000\xa0€ (da 60.000\xa0€ a 100.000\xa0€)",
        "+3,0 (da +2,2 a +3,8)",
    ]
    assert content["csv"][0][:4] == ["touchpoint", "leavers", "leavers_low", "leavers_high"]
    assert content["csv"][1][1:3] == ["800.0", "600.0"]


def test_a_study_with_scores_alone_has_no_customers_and_no_money():
    points = scenarios().filter(pl.col("outcome") == "nps")
    assert [each["label"] for each in shown(points).content("en")["gauges"]] == [
        "Net Promoter Score, points"
    ]


def test_a_share_is_told_in_percentage_points():
    rows = list_measures(table(gain("desk", "csat", estimate=0.05)))
    assert rows.row(0, named=True)["estimate"] == pytest.approx(5.0)


def test_without_a_gain_there_is_a_line_instead_of_a_slider():
    nothing = shown(scenarios().clear())
    assert isinstance(nothing, Note)
    assert "cannot be worked out" in nothing.text.in_language("en")
    own = message("No leaver is known.")
    assert shown(scenarios().clear(), otherwise=own).text == own


def test_jupyterlab_gets_a_plain_table_and_the_page_both_languages():
    bundle = shown()._repr_mimebundle_()
    assert bundle["text/plain"].startswith("If 100% of the bad experiences at all of them")
    assert "<table>" in bundle["text/html"]
    assert bundle[MIME]["languages"].keys() == {"en", "it"}
    assert "script" not in bundle["text/html"]


def test_rows_in_another_order_of_shares_make_the_same_scenarios():
    turned = scenarios().sort("share_mended", descending=True, maintain_order=True)
    assert shown(turned).content("en")["scenarios"] == shown().content("en")["scenarios"]


@given(st.floats(-1e7, 1e7), st.floats(0.001, 1e6), st.floats(0.001, 1e6))
def test_rounding_never_moves_a_figure_by_more_than_a_tenth_of_the_half_width(middle, below, above):
    ends = (middle, middle - below, middle + above)
    half = (ends[2] - ends[1]) / 2
    for before, after in zip(ends, round_to_interval(*ends), strict=True):
        assert abs(before - after) <= half / 10 + 1e-6


@pytest.fixture(scope="module")
def page_of(tmp_path_factory):
    folder = tmp_path_factory.mktemp("what-if")
    labels = {name: {"en": f"{HOSTILE} {name}"} for name in ("desk", "app")}
    answer = show_answer(message("What would it bring?"), message("Much."))
    cells = [
        cell("ask", answer),
        cell("show()", shown()),
        cell("h()", shown(labels=labels, name="h")),
    ]
    notebook = write_notebook(executed_notebook(*cells), folder)

    def write(language="en"):
        out = folder / f"{language}.html"
        return render_page(notebook, language=language, out_path=out, run=RUN)

    return write


def test_hostile_names_stay_text(page_of):
    html = page_of().read_text("utf-8")
    assert '<script>document.title="pwned"' not in html
    assert (
        json.dumps(HOSTILE)[1:20] not in html.split("data-scenarios")[2].split("</script>")[0][:40]
    )


@pytest.mark.browser
@pytest.mark.parametrize("language", ["en", "it"])
def test_the_keyboard_moves_the_slider_and_words_marks_and_value_follow(
    open_page, page_of, language
):
    page = open_page(page_of(language))
    slider = page.locator("#what-if input[type=range]")
    label = page.locator("#what-if label[for=what-if-share]")
    assert label.is_visible()
    whole = page.locator("#what-if .said").inner_text()
    before = page.locator("#what-if .dot").first.bounding_box()["x"]
    slider.focus()
    page.keyboard.press("ArrowLeft")
    assert slider.get_attribute("aria-valuetext") == "50%"
    said = page.locator("#what-if .said").inner_text()
    assert "50%" in said
    assert said != whole
    assert page.locator("#what-if .dot").first.bounding_box()["x"] < before
    band = page.locator("#what-if .band").first.bounding_box()
    assert band["width"] > 10
    page.keyboard.press("Home")
    assert slider.get_attribute("aria-valuetext") == "0%"
    page.locator("#what-if select").select_option(index=2)
    page.keyboard.press("Tab")
    assert page.locator("#what-if .said").get_attribute("aria-live") == "polite"
    assert page.errors == []


@pytest.mark.browser
def test_a_measure_that_is_not_known_shows_no_mark(open_page, page_of):
    page = open_page(page_of())
    page.locator("#what-if select").select_option("App")
    assert page.locator("#what-if .gauge").nth(2).locator(".dot").is_hidden()
    assert page.locator("#what-if .gauge").nth(2).locator("b").inner_text() == "–"


@pytest.mark.browser
@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize("width", [1280, 390])
def test_it_fits_a_telephone_with_scripts_and_without(open_page, page_of, width, scripts):
    page = open_page(page_of("it"), width=width, java_script_enabled=scripts)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("#what-if .controls").is_visible() == scripts
    assert page.locator("#what-if .said").is_visible()
    assert page.locator("#what-if td").first.is_visible() != scripts


@pytest.mark.browser
def test_on_paper_the_figures_for_all_mended_stand_in_the_table(open_page, page_of):
    page = open_page(page_of())
    page.emulate_media(media="print")
    assert page.locator("#what-if td").first.is_visible()
    assert page.locator("#what-if .controls").is_hidden()


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_in_it(open_page, page_of, width, scheme):
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(open_page(page_of(), width=width, color_scheme=scheme))
    assert found.violations_count == 0, found.generate_report()
