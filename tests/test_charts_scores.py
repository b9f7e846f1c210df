"""Ratings are drawn with interval and n, and what is hidden leaves no trace."""

import json
from datetime import date

import polars as pl
import pytest

from cxresearch.charts.answer import Note
from cxresearch.charts.figure import VEGALITE
from cxresearch.charts.scores import plot_score_distribution, plot_score_track, plot_scores
from cxresearch.charts.table import MIME
from cxresearch.errors import DataError
from cxresearch.language import LANGUAGES, message
from tests.asked import HOSTILE, assert_draws_everywhere, bundle_text, drawn, marks, svg_of

pytestmark = pytest.mark.slow

TEXTS = {"title": message("Finding."), "subtitle": message("What is drawn")}
DESK = {"desk": {"en": "Ticket desk", "it": "Biglietteria"}}
GROUPS = pl.DataFrame(
    {
        "touchpoint": ["desk", "app", "chat"],
        "n": [40, 60, 12],
        "estimate": [0.25, 0.8, 0.5],
        "ci_low": [0.15, 0.7, 0.3],
        "ci_high": [0.4, 0.9, 0.7],
    }
)
MONTHS = pl.DataFrame(
    {
        "period": ["2025-08", "2025-09", "2025-10"],
        "period_start": [date(2025, 8, 1), date(2025, 9, 1), date(2025, 10, 1)],
        "n": [100, 0, 120],
        "estimate": [30.0, None, 36.0],
        "ci_low": [20.0, None, 26.0],
        "ci_high": [40.0, None, 46.0],
    }
)
GRADES = pl.DataFrame(
    {
        "score": [1.0, 2.0, 3.0],
        "n_score": [10, 0, 30],
        "n": [40] * 3,
        "estimate": [0.25, 0.0, 0.75],
        "ci_low": [0.14, 0.0, 0.6],
        "ci_high": [0.4, 0.09, 0.86],
        "polarity": ["bad", "neutral", "good"],
    }
)


def dots(table=GROUPS, **given):
    about = {"name": "touchpoints", "by": "touchpoint", "group": message("Touchpoint")}
    return plot_scores(table, **(about | {"unit": "share"} | TEXTS | given))


def line(table=MONTHS, **given):
    return plot_score_track(table, **({"name": "over-time", "unit": "points"} | TEXTS | given))


def bars(table=GRADES, **given):
    return plot_score_distribution(table, **({"name": "spread"} | TEXTS | given))


def table_of(figure, language="en"):
    return figure.content(language)["table"]["rows"]


@pytest.mark.slow
@pytest.mark.parametrize("plot", [dots, line, bars])
def test_each_chart_is_drawn_at_both_widths_in_both_languages(plot):
    assert_draws_everywhere(plot())
    assert set(plot()._repr_mimebundle_()[MIME]["languages"]) == set(LANGUAGES)


def test_only_the_chart_called_headline_is_one():
    assert not bars()._repr_mimebundle_()[MIME]["is_headline"]
    assert bars(is_headline=True)._repr_mimebundle_()[MIME]["is_headline"]


@pytest.mark.parametrize(
    ("plot", "table"),
    [(dots, GROUPS), (line, MONTHS), (bars, GRADES)],
    ids=["dots", "line", "bars"],
)
def test_without_a_row_a_note_says_so_and_without_a_column_it_is_named(plot, table):
    nothing = plot(table.head(0))
    assert isinstance(nothing, Note)
    assert nothing.tone == "missing"
    with pytest.raises(DataError, match="ci_high"):
        plot(table.drop("ci_high"))


def test_n_and_interval_stand_in_the_table_beside_the_dots():
    assert table_of(dots())[0] == ["desk", "40", "25.0%", "15.0% to 40.0%"]
    assert table_of(dots(labels=DESK), "it")[0][:3] == ["Biglietteria", "40", "25,0%"]


@pytest.mark.slow
def test_every_interval_is_drawn_from_its_lower_to_its_upper_end():
    intervals = marks(dots(), "rule mark")
    assert len(intervals) == GROUPS.height
    assert any("ci_low: 15%" in label and "ci_high: 0.4" in label for label in intervals)
    assert len(marks(line(), "rule mark")) == 2  # the month without answers has none
    assert len(marks(bars(), "rule mark")) == GRADES.height


@pytest.mark.parametrize("width", [720, 340])
def test_a_group_shows_its_name_its_n_and_its_value(width):
    texts = drawn(dots(labels=DESK), language="it", width=width)
    assert "Biglietteria  n 40" in texts
    assert "25%" in texts


def test_groups_keep_the_order_of_the_table():
    texts = drawn(dots())
    at = [texts.index(name) for name in ("desk  n 40", "app  n 60", "chat  n 12")]
    assert at == sorted(at)


def test_groups_of_one_size_keep_their_n_unless_told_that_it_is_common_to_all():
    equal = GROUPS.with_columns(n=pl.lit(40))
    assert "app  n 40" in drawn(dots(equal))
    assert "app" in drawn(dots(equal, has_n=False))


HIDDEN = pl.concat(
    [
        GROUPS.with_columns(previous=pl.lit(0.55), change=pl.lit(0.11), polarity=pl.lit("good")),
        pl.DataFrame(
            {
                "touchpoint": ["mail"],
                "n": [7],
                "estimate": [None],
                "ci_low": [0.1234567],
                "ci_high": [0.7654321],
                "previous": [0.314159],
                "change": [0.271828],
                "polarity": ["bad"],
            },
            schema_overrides={"estimate": pl.Float64},
        ),
    ]
)


@pytest.mark.parametrize("width", [720, 340])
def test_a_hidden_group_is_drawn_as_words(width):
    texts = drawn(dots(HIDDEN), width=width)
    assert "mail" in texts
    assert "hidden, so that nobody can be recognised" in texts
    words = drawn(dots(HIDDEN), language="it", width=width)
    assert "mail" in words


@pytest.mark.slow
def test_no_number_of_a_hidden_group_leaves_with_the_chart():
    text = bundle_text(dots(HIDDEN))
    for number in ("0.123", "0.765", "0.314", "0.271", "n 7"):
        assert number not in text
    assert table_of(dots(HIDDEN))[3] == ["mail", *["–"] * 4]


def test_what_is_not_drawn_does_not_travel_in_the_specification():
    # the change of a group and its level before would tell a level hidden elsewhere
    assert "change" not in json.dumps(dots(HIDDEN).spec("en"))


@pytest.mark.slow
def test_all_groups_hidden_is_still_a_chart_that_says_so():
    hidden = GROUPS.with_columns(
        pl.lit(None, pl.Float64).alias(name) for name in ("estimate", "ci_low", "ci_high")
    )
    figure = dots(hidden)
    assert_draws_everywhere(figure)
    assert "Every group is hidden" in figure.alt.in_language("en")
    assert drawn(figure).count("hidden, so that nobody can be recognised") == GROUPS.height


@pytest.mark.slow
def test_one_group_alone_is_drawn():
    assert_draws_everywhere(dots(GROUPS.head(1)))
    assert "1 groups" not in dots(GROUPS.head(1)).alt.in_language("en")


@pytest.mark.slow
def test_a_target_is_drawn_and_tabled_only_where_it_is_given():
    assert marks(dots(), "tick") == []
    some = GROUPS.with_columns(target=pl.Series([0.6, None, None]))
    assert [label.split(";")[0] for label in marks(dots(some), "tick")] == ["target: 60%"]
    assert [c["label"] for c in dots(some).content("en")["table"]["columns"]][-1] == "Target"
    none = GROUPS.with_columns(target=pl.lit(None, pl.Float64))
    assert marks(dots(none), "tick") == []
    assert len(dots(none).content("en")["table"]["columns"]) == 4


def test_a_hidden_group_still_shows_what_was_promised():
    promised = HIDDEN.with_columns(target=pl.lit(0.6))
    assert any("mail" in label for label in marks(dots(promised), "tick"))


def test_the_period_before_is_a_dot_of_its_own():
    ghosts = [label for label in marks(dots(HIDDEN), "point") if label.startswith("previous")]
    assert len(ghosts) == GROUPS.height


def test_the_value_is_written_on_the_side_where_no_earlier_score_stands():
    lower, higher = (GROUPS.head(1).with_columns(previous=pl.lit(x)) for x in (0.01, 0.95))
    interval = GROUPS.row(0, named=True)
    ends = {name: f"{name}: {interval[name]:.0%}" for name in ("ci_low", "ci_high")}
    right = " ".join(marks(dots(lower), "text mark"))
    left = " ".join(marks(dots(higher), "text mark"))
    assert f"text_at{ends['ci_high'].removeprefix('ci_high')}" in right
    assert ends["ci_low"] in left
    assert "text_at" not in left


@pytest.mark.parametrize(
    ("polarity", "colour"), [("good", "#1b6d8c"), ("bad", "#b3261e"), ("neutral", "#768390")]
)
def test_the_colour_says_whether_a_group_became_better(polarity, colour):
    one = GROUPS.head(1).with_columns(polarity=pl.lit(polarity))
    assert f'fill="{colour}" stroke="{colour}"' in svg_of(dots(one))


def test_a_dot_that_rests_on_few_answers_is_hollow():
    few = GROUPS.head(1).with_columns(is_reliable=pl.lit(value=False))
    assert 'fill="#ffffff"' in svg_of(dots(few))
    assert 'fill="#ffffff"' not in svg_of(dots(few.with_columns(is_reliable=pl.lit(value=True))))


def test_hostile_names_stay_text_in_the_chart_and_beside_it():
    hostile = GROUPS.with_columns(touchpoint=pl.Series([HOSTILE, "{title}", "app"]))
    figure = dots(hostile)
    assert f"{HOSTILE}  n 40" in drawn(figure)
    assert table_of(figure)[0][0] == HOSTILE
    assert HOSTILE in figure.alt.in_language("en")
    labelled = dots(labels={"desk": {"en": HOSTILE, "it": HOSTILE}})
    assert f"{HOSTILE}  n 40" in drawn(labelled, language="it")


def test_the_text_for_those_who_cannot_see_names_lowest_and_highest_as_drawn():
    told = dots(labels=DESK).alt.in_language("en")
    assert "from Ticket desk (25%) to app (80%). Finding." in told
    points = GROUPS.with_columns(pl.col("estimate", "ci_low", "ci_high") * 100)
    assert "(25) to app (80)" in dots(points, unit="points").alt.in_language("en")
    assert "(0.25) to app (0.80)" in dots(unit="deviations").alt.in_language("en")


@pytest.mark.parametrize("unit", ["points", "share", "scale", "minutes", "count", "deviations"])
def test_every_unit_has_an_axis(unit):
    assert "desk  n 40" in drawn(dots(unit=unit))


def test_the_display_of_jupyterlab_is_in_the_language_asked_for():
    shown = dots(labels=DESK, language="it")._repr_mimebundle_()
    assert "Biglietteria" in json.dumps(shown[VEGALITE])
    assert "Ticket desk" not in json.dumps(shown[VEGALITE])


def test_a_line_is_broken_where_nobody_answered():
    texts = table_of(line())
    assert texts[1] == ["Sept 2025", "0", "–", "–"]
    assert next(label for label in marks(line(), "point") if "estimate" in label).endswith("30")
    assert len(marks(line(), "point")) == 2


def test_the_last_value_is_written_at_the_end_of_the_line():
    assert "36" in drawn(line())
    assert "36%" in drawn(line(_shares(MONTHS), unit="share"))


def _shares(table):
    return table.with_columns(pl.col("estimate", "ci_low", "ci_high") / 100)


@pytest.mark.slow
def test_the_objective_and_the_limits_are_drawn_only_where_given():
    plain = json.dumps(line().spec("en"))
    assert "limit_low" not in plain
    assert "target" not in plain
    full = line(
        MONTHS.with_columns(
            target=pl.lit(40.0),
            limit_low=pl.Series([20.0, None, 20.0]),
            limit_high=pl.Series([41.5, None, 41.5]),
            is_signal=pl.Series([False, False, True]),
        )
    )
    assert_draws_everywhere(full)
    heads = [column["label"] for column in full.content("en")["table"]["columns"]]
    assert heads[-2:] == ["Target", "Usual ups and downs"]
    assert table_of(full)[0][-2:] == ["40", "20 to 42"]
    ringed = [label for label in marks(full, "point") if "Oct" in label]
    assert len(ringed) == 2  # the dot and its ring


def test_a_single_period_is_drawn():
    assert_draws_everywhere(line(MONTHS.head(1)))


def test_bars_stand_on_zero_and_show_every_grade():
    spec = bars().spec("en")
    assert spec["layer"][0]["encoding"]["y"]["scale"]["zero"] is True
    texts = drawn(bars())
    assert [text for text in texts if text in "123"] == ["1", "2", "3"]
    assert "75%" in texts
    assert table_of(bars())[0] == ["1", "10", "25.0%", "14.0% to 40.0%"]
    assert "40 answers in all. Finding." in bars().alt.in_language("en")


def test_half_grades_are_bars_of_their_own():
    halves = GRADES.with_columns(score=pl.Series([4.0, 4.5, 5.0]))
    texts = drawn(bars(halves))
    assert {"4.0", "4.5", "5.0"} <= set(texts)
    assert "4,5" in drawn(bars(halves), language="it")
    assert [row[0] for row in table_of(bars(halves))] == ["4.0", "4.5", "5.0"]


def test_a_headline_stays_one_in_every_chart():
    assert all(plot(is_headline=True).is_headline for plot in (dots, line, bars))


def test_grades_stand_in_the_order_of_the_scale():
    eleven = pl.concat([GRADES.head(1).with_columns(score=pl.lit(float(i))) for i in range(11)])
    axis = [text for text in drawn(bars(eleven)) if "%" not in text]
    assert axis == [str(grade) for grade in range(11)]
