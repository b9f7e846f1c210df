"""What is said of paths is what the table says; nothing is bad but what is more than chance."""

from datetime import UTC, datetime

import polars as pl
import pytest

from cxresearch.actions.findings import finding_sentences
from cxresearch.actions.path_titles import (
    subtitle_of_map,
    title_of_drop_off,
    title_of_funnel,
    title_of_map,
    title_of_steps,
    title_of_times,
    title_of_transitions,
    title_of_variants,
)
from cxresearch.actions.paths import find_drop_off, find_steps
from cxresearch.charts.answer import Note
from cxresearch.charts.drop_off import plot_drop_off
from cxresearch.charts.funnel import plot_funnel
from cxresearch.charts.paths import plot_steps, plot_transitions
from cxresearch.charts.times import plot_times
from cxresearch.charts.variants import plot_variants
from cxresearch.errors import DataError
from cxresearch.language import LANGUAGES, message
from cxresearch.study.experience import Experience
from cxresearch.transforms.journey import (
    count_funnel,
    count_steps,
    count_transitions,
    count_variants,
    measure_drop_off,
    prepare_log,
)
from cxresearch.transforms.map_table import map_table
from tests.asked import DATES, HOSTILE, OCTOBER, assert_draws_everywhere, bundle_text, drawn

LABELS = {
    "shop": {"en": "Ticket office", "it": "Biglietteria"},
    "help": {"en": "Phone support", "it": "Assistenza telefonica"},
}
TEXTS = {"title": message("Finding."), "subtitle": message("What is drawn")}


def make_log(paths):
    """A log of customers who each take one path, a step a day."""
    rows = [
        {"customer_id": f"c{n}", "at": datetime(2025, 1, 1 + step, tzinfo=UTC), "touchpoint": place}
        for n, path in enumerate(paths)
        for step, place in enumerate(path)
    ]
    return prepare_log(pl.DataFrame(rows))


# 30 go from the shop to the help, 10 stay at the shop
LOG = make_log([["shop", "help"]] * 30 + [["shop"]] * 10)
TRANSITIONS = count_transitions(LOG)
STEPS = count_steps(LOG)
VARIANTS = count_variants(LOG)
FUNNEL = count_funnel(LOG, {"buy": ["shop"], "resolve": ["help"]})
LEFT = pl.DataFrame(
    {
        "customer_id": [f"c{n}" for n in range(40)],
        "left_at": [datetime(2025, 2, 1, tzinfo=UTC)] * 20 + [None] * 20,
    }
)
DROP_OFF = measure_drop_off(LOG, LEFT)
PLOTS = {
    "transitions": (plot_transitions, TRANSITIONS, "base"),
    "steps": (plot_steps, STEPS, "share"),
    "times": (plot_times, TRANSITIONS, "p90_days"),
    "variants": (plot_variants, VARIANTS, "coverage"),
    "funnel": (plot_funnel, FUNNEL, "share_of_previous"),
    "drop-off": (plot_drop_off, DROP_OFF, "polarity"),
}


def said(text, language="en"):
    return text.in_language(language)


@pytest.mark.slow
@pytest.mark.parametrize("name", PLOTS)
def test_each_chart_is_drawn_at_both_widths_in_both_languages(name):
    plot, table, _ = PLOTS[name]
    assert_draws_everywhere(plot(table, labels=LABELS, **TEXTS))


@pytest.mark.parametrize("name", PLOTS)
def test_without_a_row_a_note_says_so_and_without_a_column_it_is_named(name):
    plot, table, column = PLOTS[name]
    nothing = plot(table.head(0), **TEXTS)
    assert isinstance(nothing, Note)
    assert nothing.tone == "missing"
    with pytest.raises(DataError, match=column):
        plot(table.drop(column), **TEXTS)


def test_the_commonest_step_is_said_with_its_share():
    # 30 of 40 departures from the shop
    assert said(title_of_transitions(TRANSITIONS, labels=LABELS)) == (
        "The commonest step: from Ticket office to Phone support, after 75% of contacts there"
    )
    assert said(title_of_transitions(TRANSITIONS.head(0), labels=LABELS)).startswith("Too few")


def test_going_back_to_the_same_place_is_no_step_to_speak_of():
    again = count_transitions(make_log([["shop", "shop"]] * 30))
    assert said(title_of_transitions(again, labels=LABELS)).startswith("Too few")


def test_the_grid_writes_shares_and_leaves_small_ones_blank():
    texts = drawn(plot_transitions(TRANSITIONS, labels=LABELS, **TEXTS), width=860)
    assert {"75", "25", "100"} <= set(texts)
    assert "Biglietteria → Assistenza telefonica" in drawn(
        plot_transitions(TRANSITIONS, labels=LABELS, **TEXTS), language="it", width=340
    )


def test_the_grid_follows_the_order_of_the_map():
    def first(*order):
        figure = plot_transitions(TRANSITIONS, labels=LABELS, order=order, **TEXTS)
        return next(text.split(maxsplit=1)[1] for text in drawn(figure, width=860)
                    if text.startswith("1 "))  # fmt: skip

    assert first("shop", "help") == "Ticket office"
    assert first("help", "shop") == "Phone support"


def test_steps_say_where_journeys_begin_and_how_many_are_over():
    assert said(title_of_steps(STEPS, labels=LABELS)) == (
        "25% of journeys are over after one contact; the commonest beginning: Ticket office (100%)"
    )


def test_paths_say_what_they_cover_and_are_drawn_station_by_station():
    assert said(title_of_variants(VARIANTS)) == "The 2 commonest paths cover 100% of journeys"
    texts = drawn(plot_variants(VARIANTS, labels=LABELS, **TEXTS), width=860)
    assert texts.count("Ticket office") == 2
    assert texts.count("→") == 1
    assert "75.0%" in texts
    few = count_variants(make_log([["shop"]] * 3))
    assert said(title_of_variants(few)).startswith("No path")


def test_a_funnel_says_where_fewest_go_on():
    stages = {"buy": {"en": "Buy"}, "resolve": {"en": "Resolve"}}
    assert said(title_of_funnel(FUNNEL, labels=stages)) == ("Fewest go on from Buy to Resolve: 75%")
    assert "↓ 75% of the stage before" in drawn(plot_funnel(FUNNEL, labels=stages, **TEXTS))
    assert said(title_of_funnel(FUNNEL.head(1), labels=stages)).startswith("Too few")


def test_the_longest_time_is_said_in_days():
    assert "half of them take 1.0 days or more" in said(title_of_times(TRANSITIONS, labels=LABELS))


# Customers leave after the help; the others' last contact is the shop.
PLANTED = measure_drop_off(
    make_log([["shop", "help"]] * 40 + [["shop"]] * 40),
    pl.DataFrame(
        {
            "customer_id": [f"c{n}" for n in range(80)],
            "left_at": [datetime(2025, 2, 1, tzinfo=UTC)] * 40 + [None] * 40,
        }
    ),
)


def test_a_planted_last_contact_is_found_and_named_bad():
    found = find_drop_off(PLANTED, labels=LABELS, **DATES)
    assert found["touchpoint"].to_list() == ["help"]
    assert found["polarity"].to_list() == ["bad"]
    assert found["evidence"].to_list() == ["described"]
    (sentence,) = finding_sentences(found, "en")
    assert sentence.startswith("Phone support: the last contact of 100% of those who left")
    assert "Phone support" in said(title_of_drop_off(PLANTED, labels=LABELS))


def test_where_leaving_goes_with_nothing_there_is_no_finding():
    same = measure_drop_off(
        make_log([["shop"], ["help"]] * 40),
        pl.DataFrame(
            {
                "customer_id": [f"c{n}" for n in range(80)],
                "left_at": [datetime(2025, 2, 1, tzinfo=UTC), datetime(2025, 2, 1, tzinfo=UTC),
                            None, None] * 20,
            }
        ),
    )  # fmt: skip
    assert find_drop_off(same, labels=LABELS, **DATES).is_empty()
    assert said(title_of_drop_off(same, labels=LABELS)).startswith("No contact")


def test_nobody_known_to_have_left_makes_no_finding_and_a_title_that_says_so():
    nobody = measure_drop_off(LOG, None)
    assert find_drop_off(nobody, labels=LABELS, **DATES).is_empty()
    assert said(title_of_drop_off(nobody, labels=LABELS)) == "Nobody's leaving is known"


def test_the_dot_of_those_who_left_is_told_from_the_mark_of_those_who_stayed():
    figure = plot_drop_off(PLANTED, labels=LABELS, **TEXTS)
    texts = drawn(figure, width=860)
    assert {"of those who stayed", "of those who left, with interval"} <= set(texts)
    assert any(text.startswith("+100 pts (") for text in texts)
    assert "Phone support, 100% of those who left against 0%" in said(figure.alt)


def test_hidden_last_contacts_are_words_and_no_figures():
    hidden = DROP_OFF.with_columns(
        pl.lit(None, pl.Float64).alias(name)
        for name in ("share", "share_stayed", "difference", "ci_low", "ci_high")
    )
    figure = plot_drop_off(hidden, labels=LABELS, **TEXTS)
    assert "hidden, so that nobody can be recognised" in drawn(figure, width=860)


def test_the_commonest_steps_become_findings_with_their_base():
    found = find_steps(TRANSITIONS, labels=LABELS, **DATES)
    assert found["measure"].to_list() == ["next_help"]
    assert found["estimate"].to_list() == [0.75]
    assert found["n"].to_list() == [40]
    assert finding_sentences(found, "en")[0].startswith(
        "Ticket office: after 75% of contacts the next is: Phone support ("
    )
    assert find_steps(TRANSITIONS.head(0), labels=LABELS, **DATES).is_empty()


@pytest.mark.slow
def test_hostile_names_stay_text():
    labels = {"help": dict.fromkeys(LANGUAGES, HOSTILE)}
    for plot, table, _ in PLOTS.values():
        figure = plot(table, labels=labels, **TEXTS)
        assert figure.content("en")["title"] == "Finding."
        assert "\\u003c" not in figure.alt.in_language("en")
    assert HOSTILE in "".join(drawn(plot_variants(VARIANTS, labels=labels, **TEXTS), width=860))


@pytest.mark.slow
def test_no_customer_leaves_with_a_chart():
    for plot, table, _ in PLOTS.values():
        assert '"c1"' not in bundle_text(plot(table, **TEXTS))


# The map


def make_map(verdicts, *, moments=()):
    places = [f"p{n}" for n in range(len(verdicts))]
    drawn_ = Experience.model_validate(
        {
            "stages": [{"id": "buy", "label": "Buy"}],
            "touchpoints": [{"id": id_, "label": id_, "stage": "buy"} for id_ in places],
        }
    )
    promises = pl.DataFrame(
        {
            "touchpoint": places,
            "measure": "csat",
            "statistic": "share",
            "unit": "share",
            "target": 0.8,
            "gap": [-0.1 * (n + 1) for n in range(len(places))],
            "gap_low": -0.9,
            "gap_high": 0.9,
            "verdict": verdicts,
        }
    )
    found = pl.DataFrame({"touchpoint": places, "is_moment": [id_ in moments for id_ in places]})
    return map_table(drawn_, promises=promises, moments=found)


@pytest.mark.parametrize(
    ("verdicts", "moments", "expected"),
    [
        (["kept", "open"], (), "No promise along the journey is broken beyond chance"),
        (["broken", "kept"], (), "Promises broken along the journey: p0"),
        (["broken", "broken"], ("p0",),
         "Of 2 touchpoints, one breaks its promise at a moment of truth: p0"),
        (["broken", "broken"], ("p0", "p1"), "Promises broken at moments of truth: p1 and p0"),
        (["broken"] * 4, (), "Promises broken at 4 touchpoints, most of all: p3, p2 and p1"),
    ],
)  # fmt: skip
def test_the_map_is_called_by_where_it_breaks(verdicts, moments, expected):
    assert said(title_of_map(make_map(verdicts, moments=moments), labels={})) == expected


def test_a_map_without_promises_is_called_by_its_size():
    table = make_map(["open"]).with_columns(verdict=pl.lit(None, pl.String))
    assert said(title_of_map(table, labels={})) == (
        "The journey as customers live it: 1 touchpoints"
    )


def test_the_subtitle_of_the_map_says_what_is_there():
    table = make_map(["open"])
    assert said(subtitle_of_map(table, period=OCTOBER)).startswith("Contacts at each touchpoint")
    answered = table.with_columns(n=pl.lit(40, pl.Int64))
    assert "40 answers" in said(subtitle_of_map(answered, period=OCTOBER))
    both = answered.with_columns(n_contacts=pl.lit(90, pl.Int64))
    assert "90 contacts; gaps" in said(subtitle_of_map(both, period=OCTOBER))
