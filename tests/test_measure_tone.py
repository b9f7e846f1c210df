"""Tone of groups: shares, net tone with clustered intervals, differences, time."""

from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxresearch.errors import DataError
from cxresearch.period import parse_period
from cxresearch.transforms.metrics import nps
from cxresearch.transforms.text.measure import (
    LABELS,
    TONE_COLUMNS,
    compare_tone,
    compare_tone_to_rest,
    in_points,
    measure_tone,
    order_groups,
)
from cxresearch.transforms.text.tone_track import (
    choose_earlier,
    period_with_comments,
    track_tone,
)

FIVE = pl.DataFrame(
    {
        "respondent_id": ["a", "b", "c", "d", "e"],
        "label": ["positive", "positive", "negative", "mixed", "unknown"],
    }
)
SHARES = ["share_positive", "share_negative", "share_mixed", "share_neutral"]


def make(**groups):
    """Comments of people of their own: make(desk="--+") has three at the desk."""
    signs = {"+": "positive", "-": "negative", "~": "mixed", "0": "neutral", "?": "unknown"}
    rows = [(group, signs[s]) for group, said in groups.items() for s in said]
    table = pl.DataFrame(rows, schema=["touchpoint", "label"], orient="row")
    return table.with_columns(pl.int_range(pl.len()).cast(pl.String).alias("respondent_id"))


def dated(table, day):
    return table.with_columns(at=pl.lit(datetime.fromisoformat(day).replace(tzinfo=UTC)))


def test_five_comments_make_the_shares_of_the_four_that_speak():
    row = measure_tone(FIVE, hide_below=1).row(0, named=True)
    assert list(row) == list(TONE_COLUMNS)
    assert [row[name] for name in ("n", "n_unknown", "base", "n_respondents")] == [5, 1, 4, 4]
    assert [row[name] for name in SHARES] == [0.5, 0.25, 0.25, 0.0]
    assert row["estimate"] == 0.25
    assert row["ci_low"] < 0.25 < row["ci_high"]
    assert not row["is_reliable"]


def test_unknown_is_not_neutral():
    more = pl.concat([FIVE, FIVE.filter(label="unknown")])
    before, after = (measure_tone(t, hide_below=1).row(0, named=True) for t in (FIVE, more))
    assert after["n_unknown"] == 2
    assert after["estimate"] == before["estimate"]
    assert measure_tone(
        FIVE.with_columns(label=pl.col("label").replace("unknown", "neutral")), hide_below=1
    )["estimate"].item() == pytest.approx(0.2)


def test_only_unknown_comments_have_no_tone_but_are_counted():
    row = measure_tone(make(app="???"), hide_below=1).row(0, named=True)
    assert (row["n"], row["n_unknown"], row["base"]) == (3, 3, 0)
    assert [row[name] for name in (*SHARES, "estimate", "ci_low", "ci_high")] == [None] * 7


def test_nobody_wrote_gives_no_group_and_one_empty_whole():
    empty = FIVE.clear().with_columns(touchpoint=pl.lit("desk"))
    assert measure_tone(empty, by="touchpoint").is_empty()
    assert measure_tone(empty).select("n", "base", "estimate").row(0) == (0, 0, None)
    assert compare_tone_to_rest(empty, by="touchpoint").is_empty()
    assert compare_tone(empty, against=empty, by="touchpoint").is_empty()


def test_the_interval_is_that_of_a_net_promoter_score():
    said = make(desk="+" * 30 + "-" * 12 + "~" * 8)
    score = {"positive": 10, "negative": 0, "mixed": 7}
    same = said.with_columns(score=pl.col("label").replace_strict(score)).drop("touchpoint")
    ours = in_points(measure_tone(said)).select("estimate", "ci_low", "ci_high").row(0)
    assert ours == pytest.approx(nps(same).select("estimate", "ci_low", "ci_high").row(0))


def test_ten_comments_of_one_person_are_worth_less_than_ten_of_ten():
    apart = make(desk="++++++++----" * 5)
    together = apart.with_columns(respondent_id=pl.int_range(pl.len()) // 4)
    wide, narrow = (measure_tone(t, hide_below=1) for t in (together, apart))
    assert wide["estimate"].item() == narrow["estimate"].item()
    spread = [(t["ci_high"] - t["ci_low"]).item() for t in (wide, narrow)]
    assert spread[0] > 1.3 * spread[1]
    assert wide["n_respondents"].item() == 15


def test_without_people_every_comment_stands_for_itself():
    row = measure_tone(FIVE.drop("respondent_id"), hide_below=1).row(0, named=True)
    assert (row["n_respondents"], row["base"]) == (None, 4)


def test_a_small_group_is_hidden_with_the_one_that_would_give_it_away():
    said = make(app="+-" * 20, desk="+-" * 10, gate="+-~")
    shown = measure_tone(said, by="touchpoint").sort("touchpoint")
    assert shown["is_suppressed"].to_list() == [False, True, True]
    numbers = [name for name in TONE_COLUMNS if name not in ("is_reliable", "is_suppressed")]
    assert shown.select(numbers).row(2) == (None,) * len(numbers)


def test_a_group_of_one_mind_is_hidden_it_tells_what_each_wrote():
    said = make(app="+" * 40, desk="+-" * 30, gate="+-~" * 20)
    hidden = measure_tone(said, by="touchpoint").filter("is_suppressed")["touchpoint"]
    assert "app" in hidden.to_list()


def test_people_count_not_comments_when_groups_are_hidden():
    said = make(desk="+-" * 20).with_columns(respondent_id=pl.lit("one"))
    assert measure_tone(said, by="touchpoint")["is_suppressed"].item()


def test_a_label_nobody_gives_is_refused_with_those_allowed():
    with pytest.raises(DataError, match="'good'"):
        measure_tone(FIVE.with_columns(label=pl.lit("good")))
    with pytest.raises(DataError, match="label"):
        measure_tone(FIVE.drop("label"))


def test_the_metric_of_a_question_does_not_leave_comments_out():
    asked = FIVE.with_columns(metric=pl.lit("nps"), scale_max=pl.lit(10.0), voice=pl.lit("x"))
    assert measure_tone(asked, hide_below=1).equals(measure_tone(FIVE, hide_below=1))


@settings(max_examples=30, deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.sampled_from("abc"), st.integers(0, 5), st.sampled_from(LABELS)), min_size=1
    ),
    turn=st.randoms(use_true_random=False),
)
def test_shares_are_those_of_a_naive_count_in_any_order(rows, turn):
    schema = ["touchpoint", "respondent_id", "label"]
    shuffled = turn.sample(rows, len(rows))
    table, again = (
        measure_tone(pl.DataFrame(r, schema=schema, orient="row"), by="touchpoint", hide_below=1)
        for r in (rows, shuffled)
    )
    for row in table.filter(~pl.col("is_suppressed")).rows(named=True):
        said = [label for group, _, label in rows if group == row["touchpoint"]]
        known = [label for label in said if label != "unknown"]
        assert (row["n"], row["base"]) == (len(said), len(known))
        if known:
            net = known.count("positive") - known.count("negative")
            assert row["estimate"] == pytest.approx(net / len(known))
            assert row["share_mixed"] == pytest.approx(known.count("mixed") / len(known))
    assert table.equals(again)


def test_the_group_that_differs_from_the_rest_is_named_and_no_other():
    said = make(desk="-" * 60 + "+" * 20, app="+-" * 40, gate="-+" * 40, bus="+-" * 40)
    apart = compare_tone_to_rest(said, by="touchpoint").sort("estimate")
    first = apart.row(0, named=True)
    assert (first["touchpoint"], first["polarity"], first["is_different"]) == ("desk", "bad", True)
    assert first["level"] == pytest.approx(-0.5)
    assert first["rest"] == pytest.approx(0.0)


def test_groups_without_a_place_are_in_nobodys_rest():
    said = make(desk="+-" * 20, app="++-" * 20)
    nowhere = make(x="-" * 200).with_columns(touchpoint=pl.lit(None, pl.String))
    both = compare_tone_to_rest(pl.concat([said, nowhere]), by="touchpoint")
    assert both.equals(compare_tone_to_rest(said, by="touchpoint"))


def test_the_rest_of_a_theme_are_the_comments_without_it_each_once():
    signs = {"a": "negative", "b": "negative", "c": "positive", "d": "positive", "e": "negative"}
    said = pl.DataFrame({"response_id": list(signs), "label": list(signs.values())})
    said = said.with_columns(respondent_id="response_id")
    # b and d carry the queue, b and c the staff, a, b and c the price, nothing e
    named = {"response_id": list("bdbcabc"), "theme": ["queue"] * 2 + ["staff"] * 2 + ["price"] * 3}
    carried = pl.DataFrame(named).join(said, on="response_id")
    apart = compare_tone_to_rest(carried, by="theme", everyone=said, hide_below=1)
    figures = {row["theme"]: (row["level"], row["rest"]) for row in apart.rows(named=True)}
    assert figures["queue"] == (0, pytest.approx(-1 / 3))
    assert figures["staff"] == (0, pytest.approx(-1 / 3))
    assert figures["price"] == (pytest.approx(-1 / 3), 0)


def test_where_groups_do_not_overlap_all_comments_and_all_groups_are_one_rest():
    said = make(desk="-" * 60 + "+" * 20, app="+-" * 40, gate="-+~0" * 20)
    said = said.with_columns(response_id="respondent_id")
    alone = compare_tone_to_rest(said, by="touchpoint")
    assert compare_tone_to_rest(said, by="touchpoint", everyone=said).equals(alone)


def test_groups_of_fewer_people_than_asked_for_are_not_compared():
    said = make(desk="+-" * 20, app="++-" * 20, gate="+-~" * 15, bus="-~+" * 2)
    shown, hidden = (
        compare_tone_to_rest(said, by="touchpoint", hide_below=n).filter("is_suppressed")
        for n in (1, 50)
    )
    assert shown.is_empty()
    assert set(hidden["touchpoint"]) >= {"desk", "gate", "bus"}
    assert hidden["estimate"].is_null().all()


@pytest.mark.slow
def test_alike_groups_are_rarely_called_different():
    called = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        n = 12 * 60
        table = pl.DataFrame(
            {
                "touchpoint": rng.integers(0, 12, n).astype(str),
                "respondent_id": rng.integers(0, 250, n),
                "label": rng.choice(["positive", "negative", "mixed"], n),
            }
        )
        called.append(compare_tone_to_rest(table, by="touchpoint")["is_different"].any())
    # the one-sided 95 % bound of a binomial of 60 at 0.05 is 6
    assert sum(called) <= 6


def test_a_rise_beyond_chance_is_good_and_a_small_one_is_nothing():
    then = make(app="-" * 60 + "+" * 40, desk="+-" * 50)
    now = make(app="-" * 20 + "+" * 80, desk="+-" * 49 + "++")
    change = compare_tone(now, against=then, by="touchpoint").sort("touchpoint")
    assert change["estimate"].to_list() == pytest.approx([0.8, 0.02])
    assert change["polarity"].to_list() == ["good", "neutral"]
    assert change.select("before", "level", "n_before", "n").row(0) == pytest.approx(
        (-0.2, 0.6, 100, 100)
    )


def test_a_group_too_small_before_is_not_compared():
    then = make(app="-+" * 3, desk="+-" * 50, gate="+-" * 40)
    now = make(app="-+" * 30, desk="+-" * 50, gate="+-" * 40)
    hidden = compare_tone(now, against=then, by="touchpoint").filter("is_suppressed")
    assert "app" in hidden["touchpoint"].to_list()


def test_a_month_is_a_row_of_the_series_and_a_small_one_is_hidden():
    months = [dated(make(x="+-" * 20), f"2025-{m:02}-10") for m in range(1, 10)]
    few = dated(make(x="+-+"), "2025-10-10")
    series = track_tone(pl.concat([*months, few]), period=parse_period("2025-10"), months=10)
    assert series["period"].to_list()[0] == "2025-01"
    assert series["period"].to_list()[-1] == "2025-10"
    assert series["estimate"].to_list()[-1] is None
    assert series["is_suppressed"].sum() == 2
    assert not series["is_signal"].any()


def test_a_month_that_falls_out_of_the_usual_is_a_signal():
    months = [dated(make(x="+-" * 40 + "+" * (m % 3)), f"2025-{m:02}-10") for m in range(1, 12)]
    bad = dated(make(x="-" * 70 + "+" * 10), "2025-12-10")
    series = track_tone(pl.concat([*months, bad]), period=parse_period("2025-12"), months=12)
    assert series["is_signal"].to_list()[-1]


def test_the_year_before_is_compared_where_it_speaks_enough():
    period = parse_period("2025-10")
    then = dated(make(x="+-" * 20), "2024-10-10")
    assert choose_earlier(then, period=period).label == "2024-10"
    assert choose_earlier(then.head(3), period=period).label == "2025-09"


def test_a_period_with_too_few_comments_is_widened():
    period = parse_period("2025-10")
    few = dated(make(x="+-" * 5), "2025-10-10")
    more = dated(make(x="+-" * 20), "2025-09-10")
    assert period_with_comments(pl.concat([few, more]), period=period, at_least=30).days > 31
    assert period_with_comments(few, period=period, at_least=5) == period
    silent = few.with_columns(label=pl.lit("unknown"))
    assert period_with_comments(silent, period=period, at_least=5).days > 700


def test_groups_that_stand_out_are_heard_first_the_harshest_before_the_kindest():
    said = make(desk="-" * 60 + "+" * 20, app="+" * 70 + "-" * 10, gate="-+" * 40, bus="+-" * 40)
    rows = pl.DataFrame({"touchpoint": ["gate", "app", "desk", "desk", "moon"], "rank": range(5)})
    apart = compare_tone_to_rest(said, by="touchpoint")
    ordered = order_groups(rows, apart, n=3)
    assert ordered.rows() == [("desk", 2), ("desk", 3), ("app", 1), ("gate", 0)]
    assert order_groups(rows, apart, n=1)["touchpoint"].to_list() == ["desk", "desk"]
    assert order_groups(rows, apart.clear(), n=3).is_empty()
