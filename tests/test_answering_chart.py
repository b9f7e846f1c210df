"""Who answers is drawn fact by fact, named in words; what chance could have done is not called."""

import numpy as np
import polars as pl
import pytest

from cxresearch.charts.answer import Note
from cxresearch.charts.answering import (
    LARGEST,
    fact_labels,
    note_of_reweighting,
    plot_silence,
    subtitle_of_silence,
)
from cxresearch.language import LANGUAGES, message
from cxresearch.models.response import fit_response
from cxresearch.period import parse_period
from tests.asked import HOSTILE, assert_draws_everywhere, drawn, marks, svg_of

pytestmark = pytest.mark.slow

YEAR = parse_period("2025")
TEXTS = {"title": message("Finding."), "subtitle": message("What is drawn")}
REGION = {"region": {"en": "Region", "it": "Regione"}}


@pytest.fixture(scope="module")
def model():
    """Those who waited long answer less; the region plays no part."""
    rng = np.random.default_rng(4)
    wait = rng.exponential(10, 1500)
    return fit_response(
        pl.DataFrame(
            {
                "invitation_id": [f"i{i}" for i in range(wait.size)],
                "longest_wait_minutes": pl.Series(wait).set(
                    pl.Series(rng.random(1500) < 0.1), None
                ),
                "region": rng.choice(["north", "south"], wait.size),
                "is_answered": rng.random(wait.size) < 1 / (1 + np.exp((wait - 10) / 8)),
            }
        ),
        features=["longest_wait_minutes", "region"],
        answered="is_answered",
    )


def plot(differences, **given):
    return plot_silence(differences, labels=fact_labels(REGION), **(TEXTS | given))


@pytest.mark.slow
def test_each_fact_is_a_dot_with_its_interval_at_both_widths(model):
    figure = plot(model.tidy())
    assert_draws_everywhere(figure)
    assert len(marks(figure, "rule mark")) == model.tidy().height


def test_facts_are_named_in_words_and_no_one_n_stands_at_each(model):
    texts = drawn(plot(model.tidy()))
    assert "Longest wait in the days before" in texts
    assert "Longest wait in the days before: not recorded" in texts
    assert "Region: north" in texts
    assert not any("  n " in text for text in texts)
    assert "Regione: north" in drawn(plot(model.tidy()), language="it")


def test_interval_and_n_stand_in_the_table_beside(model):
    rows = plot(model.tidy()).content("en")["table"]["rows"]
    assert rows[0][0] == "Longest wait in the days before"
    assert rows[0][1] == "1,500"
    assert " to " in rows[0][3]


def test_the_largest_difference_comes_first_whatever_its_direction(model):
    rows = plot(model.tidy()).content("en")["table"]["rows"]
    sizes = [abs(float(row[2].replace("−", "-"))) for row in rows]
    assert sizes == sorted(sizes, reverse=True)


def test_only_what_stands_out_is_coloured(model):
    svg = svg_of(plot(model.tidy()))
    assert svg.count('stroke="#b3261e" stroke-width="3"') == 1
    chance = model.tidy().with_columns(ci_low=pl.lit(-5.0), ci_high=pl.lit(5.0))
    assert "#b3261e" not in svg_of(plot(chance))


def test_the_colour_stays_with_its_fact_when_facts_are_sorted(model):
    wait = "Longest wait in the days before"
    for table in (model.tidy(), model.tidy().reverse()):
        rules = [label for label in marks(plot(table), "rule mark") if "polarity: bad" in label]
        assert [f"label: {wait};" in label for label in rules] == [True]


def test_only_the_largest_are_drawn(model):
    many = pl.concat(
        [
            model.tidy().head(1).with_columns(feature=pl.lit(f"f{i}"), estimate=pl.lit(i / 100))
            for i in range(LARGEST + 5)
        ]
    )
    rows = plot(many).content("en")["table"]["rows"]
    assert [row[0] for row in rows] == [f"f{i}" for i in range(LARGEST + 4, 4, -1)]


@pytest.mark.slow
def test_a_fact_that_does_not_vary_is_no_dot(model):
    flat = model.tidy().with_columns(
        pl.lit(None, pl.Float64).alias(name) for name in ("estimate", "ci_low", "ci_high")
    )
    assert_draws_everywhere(plot(flat))


def test_hostile_categories_stay_text(model):
    hostile = model.tidy().with_columns(category=pl.lit(HOSTILE)).head(1)
    # a name longer than its place ends in an ellipsis on the axis, and is whole in the table
    name = f"Longest wait in the days before: {HOSTILE}"
    assert any(text.startswith(name[:45]) for text in drawn(plot(hostile)))
    assert plot(hostile).content("en")["table"]["rows"][0][0] == name


def test_without_invitations_a_note_says_what_it_takes(model):
    note = plot(model.tidy().head(0))
    assert isinstance(note, Note)
    assert note.tone == "missing"
    assert "invitations" in note.text.in_language("en")


def test_the_subtitle_says_how_many_were_asked_and_how_many_answered(model):
    told = subtitle_of_silence(model.glance(), period=YEAR).in_language("en")
    share = model.glance()["estimate"].item()
    assert f"1,500 invitations of 2025, of which {share:.0%} were answered" in told
    assert subtitle_of_silence(pl.DataFrame(), period=YEAR).in_language("en") == "No invitations"


REWEIGHTED = pl.DataFrame(
    {
        "metric": ["nps"], "estimate": [12.34], "ci_low": [8.0], "ci_high": [16.0],
        "estimate_unweighted": [20.0], "shift": [-7.66], "n": [420],
    }
)  # fmt: skip


@pytest.mark.parametrize("metric", ["nps", "enps"])
def test_reweighted_points_are_told_with_interval_n_and_shift(metric):
    note = note_of_reweighting(REWEIGHTED.with_columns(metric=pl.lit(metric)), period=YEAR)
    told = note.text.in_language("en")
    assert "12.3 (8.0 to 16.0) instead of 20.0, over 420 answers" in told
    assert told.endswith("a shift of −7.7 points.")


@pytest.mark.parametrize("metric", ["csat", "ces_share", "stars", "emoji", "expectation"])
def test_reweighted_shares_are_told_as_shares(metric):
    shares = REWEIGHTED.with_columns(
        pl.col("estimate", "ci_low", "ci_high", "estimate_unweighted") / 100, metric=pl.lit(metric)
    )
    told = note_of_reweighting(shares, period=YEAR).text.in_language("en")
    assert "12.3% (8.0% to 16.0%) instead of 20.0%" in told


def test_without_a_model_the_note_says_that_nothing_was_corrected():
    note = note_of_reweighting(pl.DataFrame(), period=YEAR)
    assert note.tone == "missing"
    assert all(note.text.in_language(language) for language in LANGUAGES)


def test_every_fact_has_a_name_and_the_studys_own_names_win():
    labels = fact_labels({"region": REGION["region"], "channel": {"en": "Way", "it": "Via"}})
    assert labels["region"]["it"] == "Regione"
    assert labels["channel"]["en"] == "Way"
    from cxresearch.transforms.invited import CONTACT_FACTS

    assert {*CONTACT_FACTS, "tenure_days", "channel", "touchpoint"} <= set(labels)
