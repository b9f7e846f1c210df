"""Promises, pledges and views are drawn in their own units, with interval, target and verdict."""

import json

import polars as pl
import pytest

from cxresearch.charts import theme
from cxresearch.charts.answer import Note
from cxresearch.charts.promise import plot_gaps, plot_pledges
from cxresearch.charts.promise_rows import axis_of
from cxresearch.charts.views import plot_views
from cxresearch.errors import DataError
from cxresearch.language import LANGUAGES, message
from tests.asked import HOSTILE, assert_draws_everywhere, bundle_text, drawn, marks, svg_of

pytestmark = pytest.mark.slow

TEXTS = {"title": message("Finding."), "subtitle": message("What is drawn")}
LABELS = {
    "desk": {"en": "Ticket desk", "it": "Biglietteria"},
    "app": {"en": "Buying in the app", "it": "Acquisto in app"},
    "chat": {"en": "Chat", "it": "Chat"},
}
GAPS = pl.DataFrame(
    {
        "touchpoint": ["desk", "chat", "app"],
        "measure": ["csat", "wait_minutes", "csat"],
        "statistic": ["share", "median", "share"],
        "threshold": [4.0, None, 4.0],
        "is_at_most": [False, True, False],
        "unit": ["share", "minutes", "share"],
        "target": [0.78, 10.0, 0.8],
        "estimate": [0.42, 24.0, 0.82],
        "ci_low": [0.36, 22.0, 0.78],
        "ci_high": [0.48, 27.0, 0.86],
        "n": [200, 400, 300],
        "gap": [-0.36, -14.0, 0.02],
        "gap_low": [-0.42, -17.0, -0.02],
        "gap_high": [-0.3, -12.0, 0.06],
        "verdict": ["broken", "broken", "open"],
        "is_reliable": [True, False, True],
        "rank": [1, 2, None],
        "tier": [1, 1, None],
        "priority": [0.02, 0.018, None],
    }
)
PLEDGES = GAPS.drop("touchpoint", "rank", "tier", "priority").with_columns(
    pledge=pl.Series(["desk", "chat", "app"])
)
VIEWS = pl.DataFrame(
    {
        "touchpoint": ["desk"] * 4 + ["app"] * 2,
        "view": ["promised", "expected", "walkthrough", "felt", "promised", "felt"],
        "n": [None, 300, 36, 200, None, 900],
        "estimate": [0.78, 0.85, 0.47, 0.42, 0.8, 0.82],
        "ci_low": [None, 0.8, 0.3, 0.36, None, 0.78],
        "ci_high": [None, 0.9, 0.65, 0.48, None, 0.86],
    }
)


def gaps(table=GAPS, **given):
    return plot_gaps(table, **({"labels": LABELS} | TEXTS | given))


def pledges(table=PLEDGES, **given):
    return plot_pledges(table, **({"labels": LABELS} | TEXTS | given))


def views(table=VIEWS, **given):
    return plot_views(table, **({"labels": LABELS} | TEXTS | given))


def words(figure, width=860):
    """What is written, each text with single spaces."""
    return [" ".join(text.split()) for text in drawn(figure, width=width)]


def rows_of(figure, language="en"):
    content = figure.content(language)["table"]
    heads = [column["name"] for column in content["columns"]]
    return [dict(zip(heads, row, strict=True)) for row in content["rows"]]


@pytest.mark.slow
@pytest.mark.parametrize("plot", [gaps, pledges, views])
def test_each_chart_is_drawn_at_both_widths_in_both_languages(plot):
    assert_draws_everywhere(plot())


@pytest.mark.parametrize(
    ("plot", "table", "column"),
    [(gaps, GAPS, "tier"), (pledges, PLEDGES, "target"), (views, VIEWS, "ci_high")],
)
def test_without_a_row_a_note_says_so_and_without_a_column_it_is_named(plot, table, column):
    nothing = plot(table.head(0))
    assert isinstance(nothing, Note)
    assert nothing.tone == "missing"
    with pytest.raises(DataError, match=column):
        plot(table.drop(column))


@pytest.mark.parametrize("width", [860, 340])
def test_each_gap_is_written_in_its_unit_and_one_within_chance_as_words(width):
    texts = drawn(gaps(), width=width)
    assert {"−36 pts", "14 min over", "cannot tell yet"} <= set(texts)
    assert {"in percent", "in minutes"} <= set(texts)


def test_several_that_may_be_first_are_told_so_and_a_single_first_has_its_rank():
    texts = words(gaps())
    assert "1= Ticket desk" in texts
    assert "1= Chat" in texts
    alone = words(gaps(GAPS.with_columns(tier=pl.Series([1, 2, None]))))
    assert "1 Ticket desk" in alone
    assert "2 Chat" in alone
    assert not any("1=" in text for text in alone)


def test_promises_of_one_unit_stand_on_one_axis_beneath_no_head():
    texts = drawn(gaps(GAPS.filter(pl.col("unit") == "share")), width=860)
    assert "in percent" not in texts
    assert "40%" in texts


def test_a_promise_is_said_with_what_was_delivered():
    texts = json.dumps(gaps().spec("en")).replace("\\n", " ")
    assert "42% satisfied, promised at least 78%" in texts
    assert "a usual wait of 24 minutes, promised at most 10 minutes" in texts


def test_a_pledge_has_its_verdict_in_a_word():
    texts = drawn(pledges(), width=860)
    assert texts.count("broken") == 2
    assert "disatteso" in drawn(pledges(), language="it", width=860)


def test_one_that_rests_on_few_answers_is_hollow():
    assert f'fill="{theme.PAPER}"' in svg_of(gaps())
    sure = GAPS.with_columns(is_reliable=pl.lit(value=True))
    assert f'fill="{theme.PAPER}"' not in svg_of(gaps(sure))


HIDDEN = ("estimate", "ci_low", "ci_high", "n", "gap", "gap_low", "gap_high")


@pytest.mark.slow
def test_a_hidden_promise_keeps_its_target_and_no_figure():
    hidden = GAPS.with_columns(
        pl.when(pl.col("touchpoint") != "desk").then(pl.col(HIDDEN)),
        verdict=pl.Series(["open", "broken", "open"]),
    )
    figure = gaps(hidden)
    assert "too few to show" in drawn(figure, width=860)
    assert rows_of(figure)[0]["promised"] == "78%"
    assert rows_of(figure)[0]["delivered"] == "–"
    assert "0.42" not in bundle_text(figure)


def test_a_figure_without_one_end_of_its_interval_is_drawn():
    open_end = GAPS.with_columns(ci_high=pl.lit(None, pl.Float64))
    assert "14 min over" in drawn(gaps(open_end), width=860)


def test_the_table_keeps_one_column_for_figures_of_several_units():
    desk, chat, app = rows_of(gaps())
    assert (desk["promised"], chat["promised"]) == ("78%", "10")
    assert (desk["gap_in_unit"], chat["gap_interval"]) == ("−36", "−17 to −12")
    assert (desk["verdict"], app["verdict"]) == ("promise broken", "cannot tell yet")
    assert app["rank"] == "–"
    heads, first, *_ = gaps().content("en")["table"]["csv"]
    file = dict(zip(heads, first, strict=True))
    assert (file["estimate"], file["unit"], float(file["gap"])) == ("0.42", "share", -0.36)


def test_those_who_cannot_see_are_told_how_many_are_kept():
    assert "3 promises: 0 kept, 2 broken. Finding." in gaps().alt.in_language("en")


def test_rows_keep_the_order_they_were_ranked_in():
    texts = [text for text in words(gaps()) if text.startswith(("1=", "Buying"))]
    assert texts == ["1= Ticket desk", "Buying in the app", "1= Chat"]


@pytest.mark.parametrize(
    ("values", "unit", "expected"),
    [
        ((0.42, 0.8), "share", (0.4, 0.8, 0.1)),
        ((10.0, 27.0), "minutes", (10.0, 30.0, 5.0)),
        ((-33.0, 15.0), "points", (-40.0, 20.0, 10.0)),
        ((0.5, 0.5), "share", (0.5, 0.6, 0.1)),
    ],
)
def test_an_axis_has_round_ends_that_hold_all(values, unit, expected):
    low, high = values
    row = {"target": low, "estimate": high, "ci_low": None, "ci_high": None}
    start, stop, step = axis_of([row], unit=unit)
    assert start <= low + 1e-9
    assert stop >= high - 1e-9
    assert (start, stop, step) == pytest.approx(expected)


def test_hostile_names_stay_text():
    figure = gaps(labels={"desk": dict.fromkeys(LANGUAGES, HOSTILE)})
    assert HOSTILE in "".join(drawn(figure, width=860))
    assert rows_of(figure)[0]["touchpoint"] == HOSTILE


# Views


def test_each_view_has_a_shape_of_its_own_and_its_interval():
    spec = json.dumps(views().spec("en", width=860))
    assert all(f'"shape": "{shape}"' in spec for shape in ("diamond", "square", "circle"))
    # four of them are measured, two are promised, and the axis has lines of its own
    intervals = [mark for mark in marks(views(), "rule mark", width=860) if "x1" in mark]
    assert len(intervals) == 4


def test_the_key_names_the_views_there_are_and_no_others():
    assert "our own walk-throughs" in drawn(views(), width=860)
    felt = VIEWS.filter(pl.col("view") == "felt")
    texts = drawn(views(felt), width=860)
    assert "felt by customers" in texts
    assert not {"promised", "our own walk-throughs", "expected by customers"} & set(texts)


def test_a_touchpoint_that_is_only_promised_is_not_drawn():
    alone = pl.concat(
        [VIEWS, VIEWS.head(1).with_columns(touchpoint=pl.lit("chat"))], how="vertical"
    )
    assert "Chat" not in drawn(views(alone), width=860)
    assert isinstance(views(VIEWS.filter(pl.col("view") == "promised")), Note)


def test_all_views_stand_in_the_table():
    assert [row["view"] for row in rows_of(views())] == [
        "promised",
        "expected by customers",
        "our own walk-throughs",
        "felt by customers",
        "promised",
        "felt by customers",
    ]
