"""Moments of truth: worse stands left whatever it is counted in, and only what was found shines."""

import polars as pl
import pytest

from cxresearch.charts import theme
from cxresearch.charts.answer import Note
from cxresearch.charts.moments import plot_moments
from cxresearch.charts.whole import plot_contentment, plot_peak_end, plot_removal
from cxresearch.errors import DataError
from cxresearch.language import message
from cxresearch.models.moment_fits import NO_LOYALTY
from cxresearch.models.outcomes import FEW_LEAVERS
from tests.asked import assert_draws_everywhere, drawn, svg_of

pytestmark = pytest.mark.slow

TEXTS = {"title": message("Finding."), "subtitle": message("What is drawn")}
LABELS = {"desk": {"en": "Ticket desk", "it": "Biglietteria"}}
MOMENTS = pl.DataFrame(
    {
        "touchpoint": ["app", "app", "desk", "desk"],
        "side": ["penalty", "reward"] * 2,
        "outcome": ["leaving"] * 4,
        "n": [200, 900, 120, 300],
        "estimate": [0.01, -0.002, 0.13, -0.04],
        "ci_low": [-0.02, -0.01, 0.1, -0.06],
        "ci_high": [0.04, 0.01, 0.16, -0.02],
        "unit": ["share"] * 4,
        "is_moment": [False, False, True, True],
        "believed": [True, True, False, False],
        "polarity": ["neutral", "neutral", "bad", "good"],
    }
)


def moments(table=MOMENTS, **given):
    return plot_moments(table, **({"outcome": "leaving", "labels": LABELS} | TEXTS | given))


LOYALTY = MOMENTS.with_columns(
    outcome=pl.lit("loyalty"),
    unit=pl.lit("points"),
    estimate=pl.col("estimate") * -100,
    ci_low=pl.col("ci_high") * -100,
    ci_high=pl.col("ci_low") * -100,
)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("table", "outcome"), [(MOMENTS, "leaving"), (LOYALTY, "loyalty"), (MOMENTS.head(1), "leaving")]
)
def test_each_outcome_is_drawn_at_both_widths(table, outcome):
    assert_draws_everywhere(moments(table, outcome=outcome))


def test_worse_stands_left_for_both_outcomes():
    def is_reversed(figure):
        axes = [layer["encoding"].get("x", {}) for layer in figure.spec("en")["layer"]]
        scales = [axis.get("scale", {}) for axis in axes if "field" in axis]
        return {scale.get("reverse", False) for scale in scales}

    assert is_reversed(moments()) == {True}
    assert is_reversed(moments(LOYALTY, outcome="loyalty")) == {False}
    assert "← more leave" in drawn(moments(), width=860)
    assert "← less loyal" in drawn(moments(LOYALTY, outcome="loyalty"), width=860)


def test_only_what_was_found_has_its_colour_and_its_figure():
    texts = drawn(moments(), width=860)
    assert {"+13 pts", "−4 pts"} <= set(texts)
    assert "+1 pts" not in texts
    svg = svg_of(moments())
    assert theme.BAD in svg
    plain = svg_of(moments(MOMENTS.filter(pl.col("touchpoint") == "app")))
    assert theme.BAD not in plain
    assert theme.GOOD not in plain


def test_what_the_company_believes_is_written_once_beside_its_touchpoint():
    assert drawn(moments(), width=860).count("believed to be one") == 1


def test_found_ones_stand_first_and_rows_in_any_order_make_the_same_chart():
    texts = drawn(moments(), width=860)
    assert texts.index("Ticket desk") < texts.index("app")
    assert moments(MOMENTS.reverse()).spec("en") == moments().spec("en")


def test_a_hidden_side_is_left_out():
    hidden = MOMENTS.with_columns(
        pl.when(pl.col("touchpoint") != "desk").then(pl.col("estimate", "ci_low", "ci_high"))
    )
    assert "Ticket desk" not in drawn(moments(hidden), width=860)


@pytest.mark.parametrize("outcome", ["leaving", "loyalty"])
def test_an_outcome_that_is_not_known_is_a_note_that_says_why(outcome):
    why = {"leaving": FEW_LEAVERS, "loyalty": NO_LOYALTY}[outcome]
    nothing = moments(MOMENTS.head(0), outcome=outcome, reason=why)
    assert isinstance(nothing, Note)
    assert nothing.text.in_language("en") == f"No moments of truth for {outcome}: {why}."
    assert why not in nothing.text.in_language("it")
    alone = moments(MOMENTS.head(0), outcome=outcome)
    assert "too few customers met" in alone.text.in_language("en")
    with pytest.raises(DataError, match="is_moment"):
        moments(MOMENTS.drop("is_moment"))


def test_those_who_cannot_see_are_told_what_was_found():
    assert "More than chance at: Ticket desk." in moments().alt.in_language("en")
    none = MOMENTS.with_columns(is_moment=pl.lit(value=False))
    assert "none is more than chance" in moments(none).alt.in_language("en")


def test_the_table_holds_both_sides_with_intervals():
    rows = moments().content("en")["table"]["rows"]
    assert rows[0] == ["Ticket desk", "a bad experience", "120", "+13", "+10 to +16", "yes", ""]
    assert [row[1] for row in rows] == ["a bad experience", "a good experience"] * 2


REMOVAL = pl.DataFrame(
    {
        "touchpoint": ["app", "desk"],
        "outcome": ["leaving"] * 2,
        "n": [900, 300],
        "base": [1000, 1000],
        "estimate": [0.4, 0.6],
        "ci_low": [0.35, 0.52],
        "ci_high": [0.45, 0.66],
    }
)
PEAK_END = pl.DataFrame(
    {
        "predictor": ["mean", "peak_end"],
        "n": [1000, 1000],
        "estimate": [0.12, 0.08],
        "ci_low": [0.1, 0.07],
        "ci_high": [0.14, 0.1],
    }
)
GROUPS = pl.DataFrame(
    {
        "group": ["all", "all_fine", "some_not"],
        "n": [1000, 800, 200],
        "estimate": [0.08, 0.1, 0.3],
        "ci_low": [0.06, 0.08, 0.24],
        "ci_high": [0.1, 0.12, 0.36],
    }
)


def test_removal_effects_stand_in_their_order():
    texts = drawn(plot_removal(REMOVAL, labels=LABELS, **TEXTS))
    assert texts.index("Ticket desk  n 300") < texts.index("app  n 900")
    assert isinstance(plot_removal(REMOVAL.head(0), **TEXTS), Note)


def test_summaries_are_named_and_what_could_not_be_compared_is_left_out():
    assert "the mean of all contacts" in drawn(plot_peak_end(PEAK_END, **TEXTS))
    unknown = PEAK_END.with_columns(pl.lit(None, pl.Float64).alias("estimate"))
    assert isinstance(plot_peak_end(unknown, **TEXTS), Note)


def test_those_content_everywhere_stand_beside_those_who_are_not():
    texts = drawn(plot_contentment(GROUPS, **TEXTS))
    assert "content at every touchpoint  n 800" in texts
    assert "all  n 1,000" not in texts
    assert isinstance(plot_contentment(GROUPS.head(0), **TEXTS), Note)
