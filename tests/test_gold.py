"""The gold set: drawn so that rare comments are seen, weighed so that the whole stays true."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxresearch.errors import DataError, ParameterError
from cxresearch.models.gold import GOLD_COLUMNS, WEIGHT_UNIT, draw_gold
from cxresearch.models.gold_scores import agreement, measure_gold
from cxresearch.models.tone_scores import reliability, score_calls, score_chances
from cxresearch.transforms.intervals import normal_quantile, wilson


def comments(**counts: int) -> pl.DataFrame:
    """So many comments of each cold label, each of another person."""
    labels = [label for label, n in counts.items() for _ in range(n)]
    return pl.DataFrame(
        {
            "response_id": [f"R{i:04d}" for i in range(len(labels))],
            "respondent_id": [f"P{i}" for i in range(len(labels))],
            "comment": [f"comment {i}" for i in range(len(labels))],
            "language": ["it"] * len(labels),
            "label": labels,
        },
        schema=dict.fromkeys(
            ("response_id", "respondent_id", "comment", "language", "label"), pl.String
        ),
    )


# ------------------------------------------------------------------- drawing
def test_rare_kinds_are_drawn_more_often_than_their_share() -> None:
    said = comments(positive=900, unknown=99, mixed=1)
    drawn = draw_gold(said, n=100).join(said, on="response_id")
    n = dict(drawn["label"].value_counts().iter_rows())
    assert n["mixed"] == 1
    assert n["unknown"] > 20  # a tenth by share, a quarter by root
    assert drawn.height == 100


def test_weights_bring_the_whole_back() -> None:
    said = comments(positive=900, unknown=90, mixed=10)
    drawn = draw_gold(said, n=60).join(said, on="response_id")
    totals = drawn.group_by("label").agg(pl.col("weight").sum() / WEIGHT_UNIT).sort("label")
    assert totals["weight"].to_list() == pytest.approx([10, 900, 90], rel=0.01)


def test_all_are_drawn_where_there_are_fewer() -> None:
    drawn = draw_gold(comments(positive=3, negative=2), n=200)
    assert drawn.height == 5
    assert drawn["weight"].to_list() == [WEIGHT_UNIT] * 5


def test_the_order_of_rows_changes_nothing() -> None:
    said = comments(positive=50, negative=30, unknown=20)
    assert draw_gold(said, n=20).equals(draw_gold(said.reverse(), n=20))
    assert not draw_gold(said, n=20).equals(draw_gold(said, n=20, random_state=1))


def test_the_same_words_of_the_same_person_are_drawn_once() -> None:
    said = comments(positive=4).with_columns(comment=pl.lit("ok"), respondent_id=pl.lit("P"))
    assert draw_gold(said, n=4)["response_id"].to_list() == ["R0000"]


def test_score_and_touchpoint_part_strata_only_where_there_is_room() -> None:
    said = comments(positive=40).with_columns(
        touchpoint=pl.Series(["app", "desk"] * 20),
        metric=pl.lit("csat"),
        score=pl.Series([1.0, 5.0, 3.0, 5.0] * 10),
        scale_min=pl.lit(1.0),
        scale_max=pl.lit(5.0),
        high_is=pl.lit("good"),
    )
    drawn = draw_gold(said, n=9).join(said.select("response_id", "score"), on="response_id")
    assert set(drawn["score"]) == {1.0, 3.0, 5.0}  # three bands, three each
    assert drawn.columns[: len(GOLD_COLUMNS)] == list(GOLD_COLUMNS)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 60), min_size=1, max_size=4), st.integers(1, 80))
def test_as_many_are_drawn_as_asked_for_and_none_twice(sizes, n) -> None:
    names = ("positive", "negative", "unknown", "mixed")
    said = comments(**dict(zip(names, sizes, strict=False)))
    if said.is_empty():
        with pytest.raises(DataError, match="no comment to label"):
            draw_gold(said, n=n)
        return
    drawn = draw_gold(said, n=n)
    assert drawn.height == min(n, said.height)
    assert drawn["response_id"].is_unique().all()
    assert (drawn["weight"] >= WEIGHT_UNIT).all()


def test_nothing_is_drawn_of_nothing() -> None:
    with pytest.raises(ParameterError, match="n=0"):
        draw_gold(comments(positive=1), n=0)


# ------------------------------------------------------------------- measuring
CALLED = pl.DataFrame(
    {
        "response_id": ["a", "b", "c", "d", "e"],
        "respondent_id": ["1", "2", "3", "4", "5"],
        "language": ["it", "it", "it", "en", "en"],
        "label": ["positive", "positive", "unknown", "negative", "negative"],
    }
)


def labels(*tones: str | None, coder: str = "anna", weight: float | None = None) -> pl.DataFrame:
    ids = ["a", "b", "c", "d", "e"][: len(tones)]
    return pl.DataFrame(
        {"response_id": ids, "coder": [coder] * len(ids), "label": list(tones)}
    ).with_columns(weight=pl.lit(weight, pl.Float64))


def test_accuracy_counts_unknown_as_wrong() -> None:
    gold = measure_gold(CALLED, labels("positive", "negative", "positive", "negative", "negative"))
    whole, english, italian = gold.tidy().sort("language").iter_rows(named=True)
    assert (whole["n"], whole["accuracy"], whole["coverage"]) == (5, 0.6, 0.8)
    assert (italian["n"], italian["accuracy"]) == (3, pytest.approx(1 / 3))
    assert (english["n"], english["accuracy"]) == (2, 1.0)
    assert english["accuracy_low"] < 1.0 == english["accuracy_high"]


def test_weights_bring_accuracy_back_to_all_comments() -> None:
    given = labels("positive", "negative").with_columns(weight=pl.Series([300.0, 100.0]))
    assert measure_gold(CALLED, given).glance()["accuracy"].item() == 0.75
    assert measure_gold(CALLED, given).glance()["is_weighted"].item()
    assert measure_gold(CALLED, labels("positive", "negative")).glance()["accuracy"].item() == 0.5


def test_confusion_says_what_became_of_each_label() -> None:
    gold = measure_gold(CALLED, labels("positive", "negative", "positive"))
    assert gold.confusion.rows() == [
        ("negative", "positive", 1, 1.0),
        ("positive", "positive", 1, 0.5),
        ("positive", "unknown", 1, 0.5),
    ]


def test_a_comment_that_two_read_differently_counts_half_for_each() -> None:
    given = pl.concat([labels("positive", "positive"), labels("negative", coder="marco")])
    assert measure_gold(CALLED, given).glance()["accuracy"].item() == 0.75


def test_chances_are_held_against_the_labels() -> None:
    sure = CALLED.with_columns(probability=pl.Series([0.9, 0.9, None, 0.6, 0.6]))
    gold = measure_gold(sure, labels("positive", "negative", "positive", "negative", "negative"))
    assert gold.calibration.select("n", "mean_chance", "share_right").rows() == [
        (2, pytest.approx(0.6), 1.0),
        (2, pytest.approx(0.9), 0.5),
    ]


def test_labels_of_other_comments_are_refused() -> None:
    with pytest.raises(DataError, match="none of the 1 labels"):
        measure_gold(CALLED, labels("positive").with_columns(response_id=pl.lit("zzz")))


def test_comments_of_one_person_widen_the_interval() -> None:
    called = pl.concat([CALLED.with_columns(pl.col("response_id") + str(i)) for i in range(20)])
    given = called.select("response_id", pl.lit("x").alias("coder"), label=pl.lit("positive"))
    one = measure_gold(called.with_columns(respondent_id=pl.col("label")), given).glance()
    many = measure_gold(called.with_columns(respondent_id=pl.col("response_id")), given).glance()
    assert one["accuracy"].item() == many["accuracy"].item()
    assert one["accuracy_low"].item() < many["accuracy_low"].item()


# ------------------------------------------------------------------- agreement
KRIPPENDORFF = {
    "A": "1 2 3 3 2 1 4 1 2 . . .",
    "B": "1 2 3 3 2 2 4 1 2 5 . 3",
    "C": ". 3 3 3 2 3 4 2 2 5 1 .",
    "D": "1 2 3 3 2 4 4 1 2 5 1 .",
}
"""The example of Krippendorff (2011), section D: four observers, twelve units, labels missing."""


def test_alpha_is_that_of_krippendorffs_example() -> None:
    rows = [
        {"response_id": str(unit), "coder": coder, "label": value}
        for coder, line in KRIPPENDORFF.items()
        for unit, value in enumerate(line.split())
        if value != "."
    ]
    found = agreement(pl.DataFrame(rows)).row(0, named=True)
    assert round(found["alpha"], 3) == 0.743
    assert (found["n"], found["n_coders"]) == (11, 4)  # the twelfth unit one coder saw
    assert found["ci_low"] < found["alpha"] < found["ci_high"] <= 1


def test_full_agreement_is_one_and_nobody_twice_is_no_row() -> None:
    two = pl.concat([labels("positive", "negative"), labels("positive", "negative", coder="m")])
    assert agreement(two)["alpha"].item() == 1.0
    assert agreement(labels("positive", "negative")).is_empty()
    alone = measure_gold(CALLED, labels("positive", "negative"))
    assert alone.glance().select("alpha", "n_both").row(0) == (None, 0)


def test_all_labels_alike_leave_agreement_beyond_chance_undefined() -> None:
    two = pl.concat([labels("positive", "positive"), labels("positive", "positive", coder="m")])
    assert agreement(two).select("share_agreed", "alpha").row(0) == (1.0, None)


# ------------------------------------------------------------------- scores
@settings(max_examples=60, deadline=None)
@given(st.data())
def test_macro_f1_is_that_of_scikit_learn(data) -> None:
    from sklearn.metrics import accuracy_score, f1_score

    n = data.draw(st.integers(3, 30))
    draw = st.lists(st.sampled_from(["positive", "negative", "unknown"]), min_size=n, max_size=n)
    truth = np.array(data.draw(draw))
    truth = np.where(truth == "unknown", "neutral", truth)
    called = np.array(data.draw(draw))
    weights = np.array(data.draw(st.lists(st.integers(1, 5), min_size=n, max_size=n)), dtype=float)
    found = score_calls(truth, called, weights=weights)
    expected = f1_score(
        truth, called, labels=np.unique(truth), average="macro", sample_weight=weights
    )
    assert found["macro_f1"] == pytest.approx(expected)
    right = accuracy_score(truth, called, sample_weight=weights)
    assert found["accuracy"] == pytest.approx(right)
    assert 0 <= found["ci_low"] <= found["macro_f1"] <= found["ci_high"] <= 1


@pytest.mark.slow
def test_the_interval_of_macro_f1_holds_the_truth_as_often_as_it_says() -> None:
    rng, held = np.random.default_rng(0), 0
    truths = np.array(["negative", "positive"])
    for _ in range(400):
        truth = truths[(rng.random(150) < 0.7).astype(int)]
        is_right = rng.random(150) < 0.85
        called = np.where(is_right, truth, truths[(truth == "negative").astype(int)])
        found = score_calls(truth, called)
        # F1 of each tone from its expected shares of right and wrong calls.
        both = {"negative": 0.3 * 0.85, "positive": 0.7 * 0.85}
        called_share = {"negative": 0.3 * 0.85 + 0.7 * 0.15, "positive": 0.7 * 0.85 + 0.3 * 0.15}
        share = {"negative": 0.3, "positive": 0.7}
        expected = np.mean([2 * both[t] / (share[t] + called_share[t]) for t in both])
        held += found["ci_low"] <= expected <= found["ci_high"]
    assert 0.92 <= held / 400 <= 0.99


def test_honest_chances_have_no_calibration_error() -> None:
    chances = np.tile([[0.8, 0.2]], (10, 1))
    truth = np.array(["negative"] * 8 + ["positive"] * 2)
    both = ["negative", "positive"]
    found = score_chances(truth, chances, classes=both)
    assert found["ece"] == pytest.approx(0)
    assert found["brier"] == pytest.approx((8 * (0.04 + 0.04) + 2 * (0.64 + 0.64)) / 10)
    assert reliability(truth, chances, classes=both)["n"].to_list() == [10]


def test_chances_that_boast_are_off_by_what_they_boast() -> None:
    truth = np.array(["negative"] * 6 + ["positive"] * 4)
    found = score_chances(truth, np.tile([[0.95, 0.05]], (10, 1)), classes=["negative", "positive"])
    assert found["ece"] == pytest.approx(0.35)


def test_weights_bring_the_figures_of_drawn_labels_nearer_to_those_of_all() -> None:
    # The lexicon reads 90 % of what it calls praise rightly, 40 % of the rarer rest.
    said = comments(positive=900, negative=60, unknown=40)
    is_right = np.array([(i % 10 < 9) if i < 900 else (i % 10 < 4) for i in range(1000)])
    truth = said.select("response_id", is_right=pl.Series(is_right))
    drawn = draw_gold(said, n=120).join(truth, on="response_id")
    tones = np.where(drawn["is_right"], "positive", "negative")
    called = np.full(drawn.height, "positive")
    plain = score_calls(tones, called)["accuracy"]
    weighed = score_calls(tones, called, weights=drawn["weight"].to_numpy().astype(float))
    assert abs(weighed["accuracy"] - is_right.mean()) < 0.05 < abs(plain - is_right.mean())


def test_people_whose_calls_cancel_out_prove_no_more_than_their_comments() -> None:
    # Nine people are right once and wrong once: they hardly vary, and still are eighteen comments.
    truth = np.array(["positive"] * 20)
    called = np.array(["positive", "negative"] * 9 + ["positive"] * 2)
    found = score_calls(truth, called, people=np.repeat(np.arange(10), 2))
    low, high = wilson(share=np.array([0.55]), n=np.array([20.0]), z=normal_quantile(0.95))
    assert (found["accuracy_low"], found["accuracy_high"]) == pytest.approx((low[0], high[0]))
