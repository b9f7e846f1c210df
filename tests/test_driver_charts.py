"""Drivers as drawn: what moves together has no rank, tiers no order inside, corners a name."""

import polars as pl
import pytest

from cxresearch.charts import theme
from cxresearch.charts.answer import Note
from cxresearch.charts.driver_effects import plot_effects
from cxresearch.charts.driver_gains import plot_gains
from cxresearch.charts.driver_quadrants import plot_quadrants, title_of_quadrants
from cxresearch.charts.driver_shares import plot_together
from cxresearch.errors import DataError
from cxresearch.language import message
from cxresearch.models.driver_tables import ASSESSED, order_drivers
from tests.asked import assert_draws_everywhere, drawn, svg_of
from tests.driven import EFFECTS, LABELS, SCORES, TOGETHER, driver, table

pytestmark = pytest.mark.slow
TEXTS = {"title": message("Finding"), "subtitle": message("What is drawn"), "labels": LABELS}
ORDER = ("app", "refund", "desk")
GAINS = pl.DataFrame(
    {
        "touchpoint": ["all", "app", "desk"],
        "measure": ["leavers"] * 3,
        "unit": ["count"] * 3,
        "currency": [None] * 3,
        "estimate": [1000.0, 30.0, 800.0],
        "ci_low": [700.0, -90.0, 600.0],
        "ci_high": [1300.0, 150.0, 1000.0],
        "linear": [950.0, 40.0, 780.0],
        "boosted": [1050.0, 20.0, 820.0],
        "n": [9000] * 3,
    },
    schema_overrides={"currency": pl.String},
)


def together(**given):
    return plot_together(TOGETHER, **({"order": ORDER} | TEXTS | given))


def effects(rows=EFFECTS, outcome="leaving"):
    return plot_effects(rows, outcome=outcome, **TEXTS)


def quadrants(rows=EFFECTS, outcome="leaving"):
    return plot_quadrants(rows, outcome=outcome, **TEXTS)


def gains(rows=GAINS):
    return plot_gains(rows, measure="leavers", **TEXTS)


@pytest.mark.parametrize("plot", [together, effects, quadrants, gains])
def test_each_chart_is_drawn_at_both_widths_and_in_both_languages(plot):
    assert_draws_everywhere(plot())


def test_what_moves_together_keeps_the_order_of_the_journey():
    texts = drawn(together(), width=860)
    assert texts.index("App") < texts.index("Refund") < texts.index("Change desk")
    assert plot_together(TOGETHER.reverse(), order=ORDER, **TEXTS).spec("en") == together().spec(
        "en"
    )
    assert "Leaving, 1.6% in all" in texts


def test_a_driver_unknown_of_an_outcome_leaves_a_gap_there():
    rows = together().content("en")["table"]["rows"]
    assert [row[:2] for row in rows if row[0] == "Net Promoter Score"] == [
        ["Net Promoter Score", "App"],
        ["Net Promoter Score", "Change desk"],
    ]


def test_tiers_are_said_in_words_and_what_is_given_stands_last():
    texts = drawn(effects(), width=860)
    heads = [text for text in texts if text.startswith(("Ours", "Given"))]
    assert heads == [
        "Ours to change: first, and not to be told apart",
        "Ours to change: no link beyond chance",
        "Given: it explains and cannot be changed",
    ]
    apart = drawn(effects(SCORES, "nps"), width=860)
    assert "Ours to change: first" in apart
    assert "Ours to change: next" in apart


def test_only_what_is_beyond_chance_has_its_figure():
    texts = drawn(effects(), width=860)
    assert "+13.0 pts" in texts
    assert "+1.0 pts" not in texts
    nothing = effects(table(driver("app", 0.001)))
    assert theme.BAD not in svg_of(nothing)


def test_the_worse_stands_left_for_leaving_and_for_a_score():
    for rows, outcome in ((EFFECTS, "leaving"), (SCORES, "nps")):
        spec = effects(rows, outcome).spec("en")
        points = next(iter(spec["datasets"].values()))
        placed = [p for each in spec["datasets"].values() for p in each if "zero" in p and "x" in p]
        assert points
        assert all(p["x"] < p["zero"] for p in placed if p["is_clear"])


def test_the_table_of_effects_says_how_strong_an_unseen_factor_would_have_to_be():
    rows = effects().content("en")["table"]["rows"]
    assert rows[0][:3] == ["Change desk", "ours to change", "operations"]
    assert rows[0][-1] == "3.0 times as likely, both; 2.0 times would leave it open"
    assert rows[2][-1] == "nothing: no link beyond chance"


@pytest.mark.parametrize("plot", [plot_effects, plot_quadrants])
def test_an_outcome_that_was_not_looked_at_draws_nothing(plot):
    assert plot(EFFECTS, outcome="csat", **TEXTS) is None
    with pytest.raises(DataError, match="ci_low"):
        plot(EFFECTS.drop("ci_low"), outcome="leaving", **TEXTS)


def test_corners_are_named_and_what_is_beyond_chance_always_has_its_name():
    for width in (340, 860):
        texts = drawn(quadrants(), width=width)
        assert {"Mend", "Keep", "Watch", "Let be", "Change desk", "Refund"} <= set(texts)
    assert "Region" not in drawn(quadrants(), width=860)


def test_names_of_many_drivers_do_not_lie_on_each_other():
    rows = table(*(driver(f"place {n}", 0.1, performance=0.6) for n in range(5)))
    spec = quadrants(rows).spec("en")
    told = [p for each in spec["datasets"].values() for p in each if "clear" in p]
    spots = {(round(p["x"]), round(p["y"])) for p in told}
    assert len(spots) == 5


def test_the_title_of_the_corners_names_what_to_mend_or_says_that_nothing_is():
    assert title_of_quadrants(EFFECTS, outcome="leaving", labels=LABELS).in_language("en") == (
        "Clearly linked, and it goes badly: Change desk and Refund"
    )
    fine = EFFECTS.with_columns(quadrant=pl.lit("keep"))
    title = title_of_quadrants(fine, outcome="leaving", labels=LABELS)
    assert title.in_language("en").startswith("Nothing that is linked to the outcome")


@pytest.mark.parametrize(("outcome", "sign"), [("leaving", 1), ("nps", -100)])
def test_the_title_names_what_stands_in_the_corner_of_what_to_mend(outcome, sign):
    """A place that matters and goes worse than the mean, as the model has it and as it is drawn."""
    given = (("desk", 0.13, 0.5), ("refund", 0.12, 0.9), ("app", 0.001, 0.4), ("gate", -0.1, 0.3),
             ("shop", 0.06, 0.55), ("lift", 0.05, 0.7))  # fmt: skip
    rows = table(*(
        driver(name, sign * size, half=0.02 * abs(sign), outcome=outcome, performance=share)
        for name, size, share in given
    ))  # fmt: skip
    assessed = rows.with_columns(
        importance=pl.col("estimate").abs(), importance_low=pl.lit(0.0), importance_high=pl.lit(1.0)
    )
    absent = [name for name in ASSESSED if name not in assessed.columns]
    whole = order_drivers(assessed.with_columns(pl.lit(None).alias(name) for name in absent))
    corners = whole.select("driver", "quadrant")
    rows = rows.drop("quadrant").join(corners, on="driver", maintain_order="left")
    title = title_of_quadrants(rows, outcome=outcome, labels=LABELS).in_language("en")
    spec = quadrants(rows, outcome).spec("en")
    lines = [layer["encoding"] for layer in spec["layer"] if "x" in layer["encoding"]]
    (zero,) = (e["y"]["value"] for e in lines if "x2" in e and "value" in e["x"])
    (middle,) = (e["x"]["value"] for e in lines if "y2" in e and "value" in e["x"])
    (points,) = (each for each in spec["datasets"].values() if "y1" in each[0])
    mend = {p["label"] for p in points if p["x"] < middle and p["y"] < zero and p["is_clear"]}
    assert mend == {"Change desk", "shop"}
    told = title.removeprefix("Clearly linked, and it goes badly: ")
    assert set(told.split(" and ")) == mend


def test_the_joint_worth_stands_last_and_apart():
    texts = drawn(gains(), width=860)
    assert texts.index("Change desk") < texts.index("App") < texts.index("All of them together")
    assert {"800", "600 to 1,000", "straight lines", "trees"} <= set(texts)
    rows = gains().content("en")["table"]["rows"]
    assert rows[0] == ["Change desk", "800 (600 to 1,000)", "780", "820", "9,000"]


def test_without_a_gain_there_is_a_line():
    nothing = gains(GAINS.clear())
    assert isinstance(nothing, Note)


def test_those_who_cannot_see_are_told_the_largest():
    assert "The largest: Change desk, 800 (600 to 1,000)" in gains().alt.in_language("en")
    assert "More than chance: Change desk and Refund." in effects().alt.in_language("en")
