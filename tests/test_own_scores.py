"""Do customers' own scores bear out what the words of a group say?"""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxresearch.errors import DataError
from cxresearch.transforms.text.measure import compare_tone_to_rest
from cxresearch.transforms.text.own_scores import CONFIRMED, confirm_tone

SIGNS = {"+": "positive", "-": "negative", ".": None}


def make(**groups):
    """desk=("--+", "++.", "csat"): words, scores (a dot: the middle), the question asked."""
    rows = [
        (group, SIGNS[word], SIGNS[score], question)
        for group, (words, scores, question) in groups.items()
        for word, score in zip(words, scores, strict=True)
    ]
    schema = dict.fromkeys(("touchpoint", "label", "own_tone", "question"), pl.String)
    table = pl.DataFrame(rows, schema=schema, orient="row")
    return table.with_columns(pl.int_range(pl.len()).cast(pl.String).alias("respondent_id"))


def confirm(said, **more):
    apart = compare_tone_to_rest(said, by="touchpoint")
    found = confirm_tone(apart, said, by="touchpoint", **more)
    return {row["touchpoint"]: row for row in found.rows(named=True)}


HARSH, EVEN, KIND = "-" * 40 + "+" * 20, "-+" * 30, "+" * 40 + "-" * 20


def test_harsh_words_with_low_scores_are_confirmed():
    desk = confirm(make(desk=(HARSH, HARSH, "q"), app=(KIND, KIND, "q"), bus=(KIND, KIND, "q")))
    assert (desk["desk"]["is_confirmed"], desk["desk"]["polarity"]) == (True, "bad")
    # 20 less 40 of 60, against 40 less 20 of 60
    assert desk["desk"]["score_gap"] == pytest.approx(-2 / 3)
    assert desk["desk"]["score_low"] < -2 / 3 < desk["desk"]["score_high"] < 0
    assert desk["desk"]["n_scores"] == 60


def test_harsh_words_with_scores_like_all_others_are_not():
    found = confirm(make(delay=(HARSH, KIND, "q"), app=(KIND, KIND, "q"), bus=(KIND, KIND, "q")))
    delay = found["delay"]
    assert delay["is_different"]
    assert (delay["is_confirmed"], delay["polarity"]) == (False, "neutral")
    assert delay["score_gap"] == pytest.approx(0)


def test_scores_that_differ_the_other_way_confirm_nothing():
    found = confirm(make(delay=(HARSH, KIND, "q"), app=(KIND, HARSH, "q"), bus=(KIND, HARSH, "q")))
    assert (found["delay"]["is_confirmed"], found["delay"]["polarity"]) == (False, "neutral")


def test_without_scores_words_stand_and_are_said_to_be_unchecked():
    none = "." * 60
    found = confirm(make(desk=(HARSH, none, "q"), app=(KIND, none, "q"), bus=(KIND, none, "q")))
    assert (found["desk"]["is_confirmed"], found["desk"]["polarity"]) == (None, "bad")
    few = confirm(
        make(desk=(HARSH, "-" * 20 + none[20:], "q"), app=(KIND, KIND, "q"), bus=(KIND, KIND, "q"))
    )
    assert (few["desk"]["is_confirmed"], few["desk"]["polarity"]) == (None, "bad")


def test_another_question_with_lower_scores_confirms_no_group():
    # Those asked to recommend score lower everywhere; the desk asks many, the app few.
    strict, mild = "-" * 30 + "+" * 10, "+" * 30 + "-" * 10
    said = pl.concat(
        [
            make(desk=(strict, strict, "nps"), app=(strict, strict, "nps")),
            make(desk=(strict[:40], mild, "csat"), app=(mild, mild, "csat")),
            make(app=(mild * 3, mild * 3, "csat")),
        ]
    ).with_columns(pl.int_range(pl.len()).cast(pl.String).alias("respondent_id"))
    desk = confirm(said)["desk"]
    assert desk["is_different"]
    assert desk["score_gap"] == pytest.approx(0)
    assert not desk["is_confirmed"]


def test_a_question_nobody_else_was_asked_compares_with_nobody():
    desk = confirm(make(desk=(HARSH, HARSH, "own"), app=(KIND, KIND, "q"), bus=(KIND, KIND, "q")))
    assert (desk["desk"]["is_confirmed"], desk["desk"]["n_scores"]) == (None, None)


def test_groups_alike_have_nothing_to_confirm():
    found = confirm(make(a=(EVEN, EVEN, "q"), b=(EVEN, EVEN, "q"), c=(EVEN, EVEN, "q")))
    assert {row["is_confirmed"] for row in found.values()} == {None}
    assert {row["polarity"] for row in found.values()} == {"neutral"}


def test_nobody_wrote_and_comments_that_say_nothing_count_for_nothing():
    said = make(desk=(HARSH, HARSH, "q"), app=(KIND, KIND, "q"), bus=(KIND, KIND, "q"))
    assert confirm(said.clear()) == {}
    silent = said.with_columns(label=pl.lit("unknown"), own_tone=pl.lit("negative"))
    more = pl.concat([said, silent])
    assert confirm(more)["desk"]["score_gap"] == confirm(said)["desk"]["score_gap"]


def test_figures_of_few_people_are_not_shown():
    said = make(
        desk=(HARSH, "-" * 4 + "+" * 3 + "." * 53, "q"),
        app=(KIND, KIND, "q"),
        bus=(KIND, KIND, "q"),
    )
    desk = confirm(said, hide_below=10)["desk"]
    assert [desk[name] for name in CONFIRMED] == [None] * 5


def test_a_column_too_few_is_said():
    with pytest.raises(DataError, match="own_tone"):
        confirm(make(a=(EVEN, EVEN, "q"), b=(EVEN, EVEN, "q")).drop("own_tone"))


@settings(max_examples=20, deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.sampled_from("ab"), st.sampled_from("+-"), st.sampled_from("xy")),
        min_size=30,
        max_size=80,
    ),
    turn=st.randoms(use_true_random=False),
)
def test_the_gap_is_that_of_a_naive_count_within_questions_in_any_order(rows, turn):
    schema = ["touchpoint", "own_tone", "question"]

    def gap(table):
        said = pl.DataFrame(table, schema=schema, orient="row").with_columns(
            pl.col("own_tone").replace_strict(SIGNS), label=pl.lit("mixed")
        )
        names = said["touchpoint"].unique().sort()
        apart = pl.DataFrame({"touchpoint": names}).with_columns(
            estimate=0.0, is_different=pl.lit(value=False), polarity=pl.lit("neutral")
        )
        found = confirm_tone(apart, said, by="touchpoint", hide_below=1)
        return dict(found.select("touchpoint", "score_gap").rows())

    shown = gap(rows)
    assert shown == pytest.approx(gap(turn.sample(rows, len(rows))))
    value = {"+": 1, "-": -1}

    def mean(group, question):
        of = [value[s] for g, s, q in rows if (g, q) == (group, question)]
        return (sum(of) / len(of), len(of)) if of else (0.0, 0)

    for group, other in (("a", "b"), ("b", "a")):
        both = [(mean(group, q), mean(other, q)) for q in "xy"]
        shared = [(own, rest) for own, rest in both if own[1] and rest[1]]
        n = sum(own[1] for own, _ in shared)
        if shown.get(group) is None:
            continue
        expected = sum(own[1] * (own[0] - rest[0]) for own, rest in shared) / n
        assert shown[group] == pytest.approx(expected)
