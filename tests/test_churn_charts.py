"""Charts of leaving: what is drawn, in the colours of the theme, and what is said instead."""

import json

import polars as pl
import pytest

from cxresearch.charts.answer import Note
from cxresearch.charts.bounds import plot_bounds
from cxresearch.charts.calibration import plot_calibration
from cxresearch.charts.links import LARGEST, plot_links
from cxresearch.charts.rates import plot_rate_track, plot_rates
from cxresearch.charts.reach import plot_definitions, plot_reach
from cxresearch.charts.risk_list import show_risk_list
from cxresearch.charts.signals import plot_signals
from cxresearch.charts.survival import plot_survival
from cxresearch.charts.theme import TOKENS
from cxresearch.errors import DataError
from cxresearch.language import LANGUAGES, message

SAID = {"title": message("Title"), "subtitle": message("Subtitle")}
STAYS = {"group": message("Kind"), "unit": message("Months"), **SAID}
HEADS = {"group": message("Group"), "counted": message("Cases"), "rate": message("Left"), **SAID}


def colours_in(node):
    if isinstance(node, dict):
        return set().union(*map(colours_in, node.values()))
    if isinstance(node, list):
        return set().union(*map(colours_in, node), set())
    return {node.lower()} if isinstance(node, str) and node.startswith("#") else set()


def rows_of(figure, language="en", width=860):
    spec = figure.spec(language, width=width)
    return [row for data in spec["datasets"].values() for row in data]


def curves():
    rows = [
        (group, float(t), 100 - t, 1, 0.98**t, 0.98**t - 0.02, min(1.0, 0.98**t + 0.02), t < 40)
        for group in ("A", "B")
        for t in range(51)
    ]
    names = ("segment", "time", "n_at_risk", "n_events", "estimate", "ci_low", "ci_high",
             "is_reliable")  # fmt: skip
    return pl.DataFrame(rows, schema=names, orient="row")


def links(n=3):
    return pl.DataFrame(
        {"feature": [f"f{i:02}" for i in range(n)], "estimate": [2.0 - 0.05 * i for i in range(n)],
         "ci_low": [1.5] * n, "ci_high": [2.6] * n, "q_value": [0.01] * n,
         "is_clear": [i == n - 1 for i in range(n)]}
    )  # fmt: skip


def bounds():
    return pl.DataFrame(
        {"assumption": ["left_silent", "records"], "low": [0.6, 0.2], "high": [0.6, 0.4],
         "ci_low": [0.57, 0.15], "ci_high": [0.63, 0.45], "n": [900, 900],
         "is_plain": [True, False]}
    )  # fmt: skip


def bins():
    return pl.DataFrame(
        {"n": [500, 500], "n_left": [10, 60], "predicted": [0.02, 0.06],
         "observed": [0.02, 0.12], "ci_low": [0.01, 0.09], "ci_high": [0.04, 0.15]}
    )  # fmt: skip


def signals():
    rows = [(s, m, 900, 90, a, a - 0.03, a + 0.03)
            for s, a in (("all", 0.8), ("operations", 0.7), ("complaints", 0.5))
            for m in (1, 2, 3)]  # fmt: skip
    names = ("signal", "lead_months", "n", "n_left", "auc", "ci_low", "ci_high")
    return pl.DataFrame(rows, schema=names, orient="row")


def lift():
    return pl.DataFrame(
        {"share": [0.1, 0.5, 1.0], "n": [100, 500, 1000], "captured": [0.3, 0.8, 1.0],
         "ci_low": [2.0, 1.4, 1.0], "ci_high": [4.0, 1.8, 1.0]}
    )  # fmt: skip


def rates():
    return pl.DataFrame(
        {"row": ["a", "b"], "n": [900, 800], "estimate": [0.02, 0.04], "ci_low": [0.01, 0.03],
         "ci_high": [0.03, 0.05], "target": [0.03, 0.03], "polarity": ["neutral", "bad"]}
    )  # fmt: skip


FIGURES = {
    "survival": lambda: plot_survival(curves(), by="segment", **STAYS),
    "links": lambda: plot_links(links(), **SAID),
    "bounds": lambda: plot_bounds(bounds(), **SAID),
    "calibration": lambda: plot_calibration(bins(), **SAID),
    "signals": lambda: plot_signals(signals(), **SAID),
    "reach": lambda: plot_reach(lift(), **SAID),
    "rates": lambda: plot_rates(rates(), name="rates", by="row", **HEADS),
}
EMPTY = {
    "survival": lambda: plot_survival(curves().clear(), by="segment", **STAYS),
    "links": lambda: plot_links(links().clear(), **SAID),
    "bounds": lambda: plot_bounds(bounds().clear(), **SAID),
    "calibration": lambda: plot_calibration(bins().clear(), **SAID),
    "signals": lambda: plot_signals(signals().clear(), **SAID),
    "reach": lambda: plot_reach(lift().clear(), **SAID),
    "rates": lambda: plot_rates(rates().clear(), name="rates", by="row", **HEADS),
}


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("width", [860, 340])
def test_a_figure_is_drawn_in_the_colours_of_the_theme(name, width):
    figure = FIGURES[name]()
    known = {colour for light, _, _ in TOKENS.values() for colour in [light.lower()]}
    for language in LANGUAGES:
        spec = figure.spec(language, width=width)
        assert colours_in(spec) <= known
        assert "NaN" not in json.dumps(spec)
    assert figure.content("it")["alt"]


@pytest.mark.parametrize("name", EMPTY)
def test_nothing_to_draw_is_said_in_a_line(name):
    note = EMPTY[name]()
    assert isinstance(note, Note)
    assert all(note.content(language)["text"] for language in LANGUAGES)


def test_the_tail_of_a_curve_that_few_people_make_is_in_the_table_alone():
    figure = plot_survival(curves(), by="segment", **STAYS)
    assert max(row.get("time", 0) for row in rows_of(figure)) <= 39
    assert figure.table["time"].max() == 50


def test_without_groups_there_is_one_curve_of_all():
    one = curves().filter(pl.col("segment") == curves()["segment"][0])
    nobody = one.with_columns(segment=pl.lit(None, pl.String))
    figure = plot_survival(nobody, by="segment", **STAYS)
    assert {row["estimate"] for row in rows_of(figure) if "estimate" in row}
    assert "segment" not in [column.name for column in figure.columns]
    for language in LANGUAGES:
        assert figure.content(language)["spec"]


def test_who_is_watched_stands_beneath_each_curve():
    texts = [row.get("text") for row in rows_of(plot_survival(curves(), by="segment", **STAYS))]
    assert "n 100" in texts


def test_what_is_beyond_chance_is_drawn_before_what_is_not():
    many = plot_links(links(LARGEST + 5), **SAID)
    drawn = {row["label"] for row in rows_of(many) if "label" in row}
    assert len(drawn) == LARGEST
    assert f"f{LARGEST + 4:02}" in drawn


def test_only_a_link_beyond_chance_has_colour():
    rows = {row["label"]: row for row in rows_of(plot_links(links(), **SAID)) if "label" in row}
    assert {label for label, row in rows.items() if row["colour"] == TOKENS["bad"][0]} == {"f02"}


def test_between_bounds_there_is_no_dot_and_no_estimate():
    rows = {r["label"]: r for r in rows_of(plot_bounds(bounds(), **SAID)) if "label" in r}
    assert rows["records"]["value"] == "15% to 45%"
    assert rows["left_silent"]["value"] == "60%"
    assert "estimate" not in rows["records"]


def test_a_bin_whose_interval_misses_the_line_is_marked():
    rows = [r for r in rows_of(plot_calibration(bins(), **SAID)) if "colour" in r]
    assert [row["colour"] == TOKENS["bad"][0] for row in rows] == [False, True]


def test_the_best_single_sign_has_the_accent_and_not_all_of_them_together():
    rows = [r for r in rows_of(plot_signals(signals(), **SAID)) if "colour" in r and "auc" in r]
    accented = {row["label"] for row in rows if row["colour"] == TOKENS["accent"][0]}
    assert accented == {"operations"}


def test_the_top_of_the_list_is_held_against_drawing_lots():
    table = plot_reach(lift(), **SAID).table
    assert table.select("estimate", "target", "ci_low").row(0) == (0.3, 0.1, 0.2)
    assert 1.0 not in table["top"].to_list()


def test_tops_of_equal_risks_are_one_row_as_large_as_it_is():
    tied = pl.DataFrame(
        {"share": [0.05, 0.1, 1.0], "n": [333, 333, 1620], "captured": [0.2, 0.2, 1.0],
         "ci_low": [0.6, 0.6, 1.0], "ci_high": [1.4, 1.4, 1.0]}
    )  # fmt: skip
    table = plot_reach(tied, **SAID).table
    assert table.height == 1
    assert table["target"][0] == pytest.approx(333 / 1620)
    assert table["ci_high"][0] == pytest.approx(1.4 * 333 / 1620)


def test_the_axis_of_a_rate_begins_at_nought():
    spec = plot_rates(rates(), name="rates", by="row", **HEADS).spec("en", width=860)
    scales = [layer["encoding"]["x"].get("scale", {}) for layer in spec["layer"]
              if "field" in layer["encoding"].get("x", {})]  # fmt: skip
    assert scales
    assert all(scale["zero"] for scale in scales)


def test_by_contract_there_is_one_definition_and_it_is_said():
    empty = pl.DataFrame(
        schema=dict.fromkeys(("times", "n", "n_left", "share", "ci_low", "ci_high"), pl.Float64)
    )
    note = plot_definitions(empty, otherwise=message("By contract."), **SAID)
    assert isinstance(note, Note)
    assert note.content("en")["text"] == "By contract."


def test_no_month_with_a_rate_is_a_line_of_words():
    names = ("period", "period_start", "n", "n_left", "estimate", "ci_low", "ci_high")
    empty = pl.DataFrame(schema=dict.fromkeys(names, pl.Float64))
    heads = {"counted": message("Customers"), "rate": message("Left")}
    assert isinstance(plot_rate_track(empty, name="left", **heads, **SAID), Note)


def test_the_list_shows_places_and_reasons_and_a_missing_column_is_named():
    listed = pl.DataFrame(
        {"pseudonym": ["#1"], "risk": [0.4], "ci_low": [0.3], "ci_high": [0.5],
         "risk_if_good": [0.01], "annual_value": [430.0],
         "because": [{"en": "Desk: a long wait", "it": "Sportello: lunga attesa"}],
         "features": ["desk"]}
    )  # fmt: skip
    shown = show_risk_list(listed, **SAID).content("it")["table"]
    assert shown["rows"][0][-1] == "Sportello: lunga attesa"
    assert shown["csv"][1][-1] == "desk"
    with pytest.raises(DataError):
        show_risk_list(listed.drop("risk"), **SAID)
