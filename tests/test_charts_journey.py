"""The journey map shows every touchpoint with its score, promise and owner, and invents nothing."""

import json
import re

import polars as pl
import pytest
from nbformat.v4 import new_markdown_cell, new_notebook

from cxresearch.charts import theme
from cxresearch.charts.answer import Note
from cxresearch.charts.journey_map import UNDRAWN, plot_journey_map
from cxresearch.charts.map_layout import Label, share_labels, spread_labels, width_of, wrap
from cxresearch.charts.map_marks import place_stations, score_domain, score_steps
from cxresearch.charts.map_words import write_gap, write_stations
from cxresearch.errors import DataError
from cxresearch.language import LANGUAGES, message
from cxresearch.report.page import render_page
from cxresearch.study.experience import Experience
from cxresearch.transforms.map_table import COLUMNS, map_table
from tests.asked import HOSTILE, assert_draws_everywhere, bundle_text, drawn, marks, svg_of
from tests.pages import RUN, cell, write_notebook

pytestmark = pytest.mark.slow

TEXTS = {"title": message("Finding."), "subtitle": message("What is drawn")}
DRAWN = Experience.model_validate(
    {
        "stages": [{"id": "buy", "label": "Buy"}, {"id": "travel", "label": "Travel"}],
        "touchpoints": [
            {"id": "train", "label": "Train", "stage": "travel", "channels": ["train"],
             "owner": "operations", "moment_of_truth": True},
            {"id": "app", "label": "App", "stage": "buy", "channels": ["app"],
             "owner": "digital"},
            {"id": "desk", "label": "Desk", "stage": "buy", "channels": ["desk", "phone"],
             "owner": "digital", "supported_by": ["stations"]},
        ],
        "teams": [{"id": id_, "label": id_.title()}
                  for id_ in ("digital", "operations", "stations")],
    }
)  # fmt: skip
LABELS = {
    "touchpoint": {
        "train": {"en": "On board", "it": "A bordo"},
        "app": {"en": "Buying in the app", "it": "Acquisto in app"},
        "desk": {"en": "Ticket desk", "it": "Biglietteria"},
    },
    "stage": {"buy": {"en": "Buy", "it": "Acquistare"}},
    "team": {"digital": {"en": "Digital", "it": "Digitale"}},
}
SCORES = pl.DataFrame(
    {
        "touchpoint": ["desk", "app", "train"],
        "metric": ["csat"] * 3,
        "n": [200, 300, 12],
        "estimate": [0.42, 0.86, 0.7],
        "ci_low": [0.36, 0.82, 0.5],
        "ci_high": [0.48, 0.9, 0.85],
        "is_reliable": [True, True, False],
        "is_suppressed": [False] * 3,
    }
)
VOLUMES = pl.DataFrame(
    {
        "touchpoint": ["app", "desk", "train", "kiosk", "fair"],
        "n": [900, 100, 400, 30, 60],
        "n_customers": [500, 90, 300, 28, 55],
        "reach": [0.9, 0.2, 0.6, 0.05, 0.1],
    }
)
PROMISES = pl.DataFrame(
    {
        "touchpoint": ["desk", "app", "train"],
        "measure": ["csat", "csat", "wait_minutes"],
        "statistic": ["share", "share", "median"],
        "unit": ["share", "share", "minutes"],
        "target": [0.78, 0.8, 10.0],
        "gap": [-0.36, 0.06, -8.0],
        "gap_low": [-0.42, 0.02, -9.0],
        "gap_high": [-0.3, 0.1, -7.0],
        "verdict": ["broken", "kept", "broken"],
        "is_suppressed": [False] * 3,
    }
)
MOMENTS = pl.DataFrame(
    {
        "touchpoint": ["desk", "desk", "app"],
        "side": ["penalty", "reward", "penalty"],
        "is_moment": [True, False, False],
    }
)
DROP_OFF = pl.DataFrame(
    {
        "touchpoint": ["desk", "app"],
        "difference": [0.06, -0.02],
        "ci_low": [0.03, -0.04],
        "ci_high": [0.09, 0.0],
        "polarity": ["bad", "good"],
    }
)
PARTS = {
    "scores": SCORES,
    "volumes": VOLUMES,
    "promises": PROMISES,
    "moments": MOMENTS,
    "drop_off": DROP_OFF,
}
TABLE = map_table(DRAWN, **PARTS)


def chart(table=TABLE, **given):
    return plot_journey_map(table, **({"labels": LABELS} | TEXTS | given))


def row_of(touchpoint, table=TABLE):
    return table.row(by_predicate=pl.col("touchpoint") == touchpoint, named=True)


def shown(figure, language="en"):
    content = figure.content(language)["table"]
    heads = [column["name"] for column in content["columns"]]
    return [dict(zip(heads, row, strict=True)) for row in content["rows"]]


# The table


def test_touchpoints_stand_in_the_order_of_their_stages_and_the_undrawn_after_them():
    assert TABLE["touchpoint"].to_list() == ["app", "desk", "train", "fair", "kiosk"]
    assert TABLE["is_drawn"].to_list() == [True, True, True, False, False]
    assert TABLE["position"].to_list() == [0, 1, 2, 3, 4]
    assert TABLE.schema == COLUMNS


def test_the_figures_are_those_of_the_tables_given():
    desk = row_of("desk")
    assert (desk["n"], desk["estimate"], desk["n_contacts"]) == (200, 0.42, 100)
    assert (desk["target"], desk["gap"], desk["verdict"]) == (0.78, -0.36, "broken")
    assert desk["is_moment"] is True
    assert desk["believed"] is False
    assert (desk["is_drop_off"], desk["drop_off"]) == (True, 0.06)
    assert row_of("app")["is_drop_off"] is False


def test_rows_in_any_order_make_the_same_map():
    turned = {name: part.reverse() for name, part in PARTS.items()}
    assert map_table(DRAWN, **turned).equals(TABLE)


@pytest.mark.parametrize("left_out", [[name] for name in PARTS] + [list(PARTS)])
def test_a_table_that_is_not_there_leaves_its_columns_empty_and_the_rest_as_it_is(left_out):
    table = map_table(DRAWN, **{name: t for name, t in PARTS.items() if name not in left_out})
    assert table.schema == COLUMNS
    assert table["touchpoint"].to_list()[:3] == ["app", "desk", "train"]
    if "scores" in left_out:
        assert table["estimate"].is_null().all()


def test_nothing_at_all_makes_an_empty_map():
    assert map_table(Experience()).is_empty()
    assert map_table(Experience(), volumes=VOLUMES)["is_drawn"].any() is False


def test_a_promise_about_something_else_than_the_score_is_not_on_its_axis():
    assert row_of("desk")["is_on_axis"] is True
    assert row_of("train")["is_on_axis"] is False
    mean = PROMISES.with_columns(statistic=pl.lit("mean"))
    assert not map_table(DRAWN, **PARTS | {"promises": mean})["is_on_axis"].any()


@pytest.mark.slow
def test_a_hidden_score_and_a_hidden_gap_leave_no_figure():
    hidden = map_table(
        DRAWN,
        **PARTS
        | {
            "scores": SCORES.with_columns(is_suppressed=pl.col("touchpoint") == "desk"),
            "promises": PROMISES.with_columns(is_suppressed=pl.col("touchpoint") == "desk"),
        },
    )
    desk = row_of("desk", hidden)
    assert [desk[name] for name in ("n", "estimate", "ci_low", "gap", "gap_low")] == [None] * 5
    assert desk["verdict"] == "open"
    text = bundle_text(chart(hidden))
    for figure in ("0.42", "0.36", "-0.36", "36%"):
        assert figure not in text


def test_a_table_without_touchpoints_is_refused_by_name():
    with pytest.raises(DataError, match="touchpoint"):
        map_table(DRAWN, scores=SCORES.drop("touchpoint"))


def test_the_ids_of_a_prepared_log_are_joined_as_text():
    enum = VOLUMES.with_columns(pl.col("touchpoint").cast(pl.Enum(VOLUMES["touchpoint"])))
    assert map_table(DRAWN, **PARTS | {"volumes": enum}).equals(TABLE)


# The picture


@pytest.mark.slow
@pytest.mark.parametrize(
    "table",
    [
        TABLE,
        TABLE.head(1),
        map_table(DRAWN, volumes=VOLUMES),
        map_table(DRAWN, scores=SCORES),
        map_table(DRAWN),
        map_table(Experience(), volumes=VOLUMES, scores=SCORES),
    ],
    ids=["all", "one", "volumes", "scores", "nothing-measured", "nothing-drawn"],
)
def test_the_map_is_drawn_at_both_widths_whatever_is_known(table):
    assert_draws_everywhere(chart(table))


def test_without_a_touchpoint_a_note_says_what_it_takes():
    nothing = chart(map_table(Experience()))
    assert isinstance(nothing, Note)
    assert nothing.tone == "missing"
    with pytest.raises(DataError, match="is_on_axis"):
        chart(TABLE.drop("is_on_axis"))


@pytest.mark.parametrize("width", [860, 340])
def test_gap_score_and_leaving_are_written_beside_the_dot(width):
    texts = drawn(chart(), width=width)
    assert {"−36 pts", "42%", "+6 pts", "86%", "8 min over", "waiting"} <= set(texts)
    assert "Buy" in texts
    assert "Acquistare" in drawn(chart(), language="it", width=width)


@pytest.mark.slow
def test_the_promise_is_a_mark_only_where_the_axis_is_that_of_the_promise():
    ticks = marks(chart(), "tick", width=860)
    assert len(ticks) == 2
    assert any("target: 0.78" in tick for tick in ticks)


def test_a_moment_found_has_a_solid_ring_and_one_only_believed_a_dashed_one():
    def dashes(table):
        rings = [layer for layer in chart(table).spec("en", width=860)["layer"]
                 if layer["encoding"].get("size", {}).get("field") == "ring_area"]  # fmt: skip
        return [ring["mark"]["strokeDash"] for ring in rings]

    assert dashes(TABLE) == [[1, 0], [3, 3]]
    plain = TABLE.with_columns(pl.lit(value=False).alias(n) for n in ("is_moment", "believed"))
    assert dashes(plain) == []


def test_the_key_says_only_what_occurs():
    words = set(drawn(chart(), width=860))
    assert {"promise broken", "promise kept", "moment of truth found"} <= words
    few = set(drawn(chart(map_table(DRAWN, volumes=VOLUMES)), width=860))
    assert not {"promise broken", "moment of truth found", "promise"} & few


def test_a_station_without_answers_or_with_few_is_hollow():
    written = write_stations(TABLE, unit="share", labels={}, language="en", column=60)
    fills = dict(written.select("name", "fill").rows())
    assert fills["desk"] == theme.BAD
    assert fills["train"] == fills["kiosk"] == theme.PAPER


def test_where_nobody_was_asked_contacts_are_written_instead_of_scores():
    texts = drawn(chart(map_table(DRAWN, volumes=VOLUMES)), width=860)
    assert {"900", "400", "100"} <= set(texts)
    assert "no score" not in texts
    assert "no score" in drawn(chart(map_table(DRAWN, **PARTS)), width=860)


def test_areas_grow_with_contacts():
    written = write_stations(TABLE, unit="share", labels={}, language="en", column=60)
    area = dict(written.select("name", pl.col("diameter") ** 2).rows())
    # 900 contacts against 400
    assert area["app"] / area["train"] == pytest.approx(2.25)


def test_the_line_never_leaves_the_range_of_its_points():
    lines = [layer["mark"] for layer in chart().spec("en", width=860)["layer"]
             if layer["mark"]["type"] == "line"]  # fmt: skip
    assert [line["interpolate"] for line in lines] == ["monotone"]


@pytest.mark.slow
def test_only_the_most_met_of_the_undrawn_stand_on_the_picture():
    many = pl.concat(
        [VOLUMES]
        + [VOLUMES.head(1).with_columns(touchpoint=pl.lit(f"x{i}"), n=pl.lit(5 - i, pl.Int64))
           for i in range(4)]
    )  # fmt: skip
    table = map_table(DRAWN, **PARTS | {"volumes": many})
    texts = drawn(chart(table), width=860)
    assert len(table) == 9
    assert {"fair", "kiosk", "x0"} <= set(texts)
    assert "x1" not in texts
    assert len(shown(chart(table))) == 9
    assert UNDRAWN == 3


@pytest.mark.slow
def test_twenty_five_touchpoints_with_long_names_keep_clear_of_each_other():
    rows = pl.concat([TABLE.head(1)] * 25).with_columns(
        position=pl.int_range(25), touchpoint=pl.int_range(25).cast(pl.String)
    )
    long = {str(i): dict.fromkeys(LANGUAGES, "Assistenza telefonica prenotazioni")
            for i in range(25)}  # fmt: skip
    figure = chart(rows, labels={"touchpoint": long})
    assert_draws_everywhere(figure)
    column = 814 / 25
    text = wrap(long["0"]["it"], width=66, size=12)
    labels = spread_labels([Label(text, i, i) for i in range(25)], column=column, size=12)
    for level in range(max(label.level for label in labels) + 1):
        line = [label for label in labels if label.level == level]
        ends = [label.middle * column + width_of(text, size=12) / 2 for label in line]
        starts = [label.middle * column - width_of(text, size=12) / 2 for label in line]
        assert all(end < start for end, start in zip(ends, starts[1:], strict=False))


def test_neighbours_of_one_owner_have_one_label():
    texts = drawn(chart(), width=860)
    assert texts.count("Digital") == 1
    assert share_labels(["a", "b", "b"]) == [Label("a", 0, 0), Label("b", 1, 2)]


def test_hostile_names_stay_text():
    labels = {"touchpoint": {"desk": dict.fromkeys(LANGUAGES, HOSTILE)}}
    figure = chart(labels=labels)
    assert HOSTILE in " ".join(drawn(figure, width=860)).replace("\n", " ")
    assert HOSTILE in figure.alt.in_language("en")


@pytest.mark.slow
def test_no_colour_stands_that_the_page_cannot_turn_dark():
    known = {colour for colour, _, _ in theme.TOKENS.values()}
    for width in (860, 340):
        used = set(re.findall(r'(?:fill|stroke)="(#[0-9a-fA-F]{6})"', svg_of(chart(), width=width)))
        assert used <= known


def test_the_specification_stays_light():
    assert len(json.dumps(chart().spec("en", width=860))) < 40_000


# Beside the picture


@pytest.mark.slow
def test_the_table_writes_each_promise_in_its_own_unit():
    rows = {row["touchpoint"]: row for row in shown(chart())}
    assert rows["Ticket desk"]["promised"] == "78%"
    assert rows["Ticket desk"]["gap_interval"] == "−42 to −30"
    assert rows["On board"]["promised"] == "10"
    assert rows["On board"]["gap_in_unit"] == "−8"
    assert rows["Ticket desk"]["moment"] == "found"
    assert rows["On board"]["moment"] == "only believed to be one"
    assert rows["Ticket desk"]["drop_off"] == "+6"
    assert rows["fair"]["is_drawn"] == ""
    heads, first, *_ = chart().content("en")["table"]["csv"]
    file = dict(zip(heads, first, strict=True))
    assert (file["target"], file["promise_unit"], file["promise_measure"]) == (
        "0.8",
        "share",
        "csat",
    )


@pytest.mark.slow
def test_columns_that_say_nothing_are_left_out():
    names = {column["name"] for column in chart(map_table(DRAWN, scores=SCORES))
             .content("en")["table"]["columns"]}  # fmt: skip
    assert "estimate" in names
    assert not {"n_contacts", "target", "gap", "drop_off", "is_drawn"} & names


def test_those_who_cannot_see_are_told_the_figures_that_matter():
    told = chart().alt.in_language("en")
    assert "Touchpoints: 5; stages: 2." in told
    assert "Ticket desk (42%)" in told
    assert "Buying in the app (86%)" in told
    assert "Promise broken at: Ticket desk and On board." in told
    assert "Moments of truth found: Ticket desk." in told


@pytest.mark.parametrize(
    ("gap", "unit", "verdict", "expected"),
    [
        (-0.31, "share", "broken", "−31 pts"),
        (12.4, "points", "kept", "+12 pts"),
        (-0.35, "scale", "broken", "−0.4"),
        (-8.0, "minutes", "broken", "8 min over"),
        (3.0, "minutes", "kept", "3 min under"),
        (-0.31, "share", "open", ""),
        (None, "share", "broken", ""),
    ],
)
def test_a_gap_is_written_in_its_unit_and_only_beyond_chance(gap, unit, verdict, expected):
    row = {"gap": gap, "promise_unit": unit, "verdict": verdict}
    assert write_gap(row, "en") == expected


def test_the_axis_holds_every_interval_and_promise_between_round_scores():
    frame = pl.DataFrame({"ci_low": [0.61], "ci_high": [0.72], "target": [0.75]})
    assert score_domain(frame, unit="share") == pytest.approx((0.6, 0.8))
    points = pl.DataFrame({"ci_low": [-33.0], "ci_high": [15.0], "target": [None]})
    assert score_domain(points, unit="points") == (-40.0, 20.0)
    empty = pl.DataFrame({"ci_low": [None], "ci_high": [None], "target": [None]})
    assert score_domain(empty, unit="share") == (0.0, 1.0)
    assert score_steps((0.0, 1.0), unit="share") == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 1])


def test_pixels_run_up_for_a_map_across_and_rightwards_for_one_turned():
    one = write_stations(TABLE.head(1), unit="share", labels={}, language="en", column=60)
    up = place_stations(one, domain=(0.5, 1.0), near=300, far=100).row(0, named=True)
    # 0.86 stands at 72 % of the way from 0.5 to 1.0
    assert up["at"] == pytest.approx(300 - 0.72 * 200)
    right = place_stations(one, domain=(0.5, 1.0), near=100, far=300).row(0, named=True)
    assert right["at"] == pytest.approx(100 + 0.72 * 200)
    assert up["before"] < up["at"] < up["after"]


@pytest.mark.browser
@pytest.mark.parametrize(("paper", "across"), [("A3", 1190), ("A4", 841)])
def test_on_paper_the_map_has_a_sheet_of_its_own_across(open_page, tmp_path, paper, across):
    cells = [new_markdown_cell("# Where does it break?"), cell("plot_journey_map()", chart())]
    notebook = write_notebook(new_notebook(cells=cells), tmp_path)
    html = render_page(notebook, language="en", out_path=tmp_path / "page.html", run=RUN)
    page = open_page(html)
    on_screen = page.locator("#journey-map .live svg").bounding_box()["width"]
    printed = page.pdf(format=paper)
    widths = [float(width) for width in re.findall(rb"/MediaBox \[0 0 ([\d.]+) ", printed)]
    assert any(abs(width - across) < 2 for width in widths)
    assert page.locator("#journey-map .live svg").bounding_box()["width"] == on_screen
    assert page.errors == []
