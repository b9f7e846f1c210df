"""A promise is kept, broken or open in its own metric; a negative gap is worse than promised."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from scipy import stats

from cxresearch.errors import DataError
from cxresearch.transforms.differences import q_values
from cxresearch.transforms.metrics import measure
from cxresearch.transforms.promise import (
    PROMISE_COLUMNS,
    hold_against,
    measure_pledges,
    measure_promises,
    unit_of_promise,
)
from tests.asked import answers
from tests.promised import (
    YEAR,
    contacts,
    place,
    pledge,
    rated,
    satisfied,
    study_of,
    tables_of,
    waits,
)


def measured(promise, *parts, log=None, **more):
    study = study_of(place("desk", promise=promise, owner="stations"))
    table = measure_promises(tables_of(study, *parts, contacts=log), period=YEAR, **more)
    return table.row(0, named=True)


def test_three_in_four_satisfied_are_what_was_promised():
    row = measured(satisfied(0.75), rated(30, 10))
    assert (row["touchpoint"], row["owner"]) == ("desk", "stations")
    assert (row["estimate"], row["target"], row["gap"], row["unit"]) == (0.75, 0.75, 0.0, "share")
    assert (row["n"], row["n_respondents"], row["n_unknown"]) == (40, 40, 0)
    assert row["verdict"] == "open"


def test_ten_of_forty_satisfied_are_far_below_three_in_four():
    row = measured(satisfied(0.75), rated(10, 30))
    assert row["gap"] == -0.5
    assert row["gap_low"] < -0.5 < row["gap_high"] < 0
    assert row["verdict"] == "broken"


def test_all_but_two_of_forty_satisfied_keep_a_promise_of_three_in_four():
    row = measured(satisfied(0.75), rated(38, 2))
    assert row["gap_low"] > 0
    assert row["verdict"] == "kept"


def test_figure_and_interval_are_those_of_the_metric():
    table = rated(28, 12)
    row = measured(satisfied(0.9), table)
    known = measure(table, metric="csat").row(0, named=True)
    assert [row[name] for name in ("estimate", "ci_low", "ci_high")] == [
        known[name] for name in ("estimate", "ci_low", "ci_high")
    ]
    assert row["gap_low"] == pytest.approx(known["ci_low"] - 0.9)
    assert row["gap_high"] == pytest.approx(known["ci_high"] - 0.9)


def test_columns_are_those_declared_in_both_tables():
    study = study_of(
        place("desk", promise=satisfied(0.7)), pledges=[pledge("care", **satisfied(0.7))]
    )
    tables = tables_of(study, rated(30, 10))
    assert tuple(measure_promises(tables, period=YEAR).columns) == PROMISE_COLUMNS
    assert tuple(measure_pledges(tables, period=YEAR).columns) == ("pledge", *PROMISE_COLUMNS)


def test_a_promise_of_at_most_is_worse_above_it():
    log = contacts(wait_minutes=[2, 4, 8, 10, 12, 12, 14, 20, 22, 40, 50])
    row = measured(waits(at_most=10), log=log)
    assert (row["estimate"], row["gap"], row["unit"]) == (12, -2, "minutes")
    # the interval of the gap turns with it: the longest wait is the worst gap
    assert (row["gap_low"], row["gap_high"]) == (10 - row["ci_high"], 10 - row["ci_low"])


def test_a_median_far_above_is_broken_and_far_below_is_kept():
    long, short = contacts(wait_minutes=[20.0, 30.0] * 30), contacts(wait_minutes=[2.0, 3.0] * 30)
    assert measured(waits(at_most=10), log=long)["verdict"] == "broken"
    assert measured(waits(at_most=10), log=short)["verdict"] == "kept"


def test_beside_a_median_stands_the_share_that_was_as_promised():
    row = measured(waits(at_most=10), log=contacts(wait_minutes=[4.0, 10.0, 12.0, 30.0] * 10))
    assert row["within"] == 0.5  # ten minutes are as promised
    assert row["within_low"] < 0.5 < row["within_high"]
    assert (
        measured(waits("mean", at_most=10), log=contacts(wait_minutes=[4.0, 12.0] * 10))["within"]
        is None
    )


def test_a_median_of_just_what_was_promised_is_kept_where_nearly_all_wait_so_long():
    row = measured(waits(at_most=10), log=contacts(wait_minutes=[10.0] * 50 + [30.0] * 5))
    assert (row["estimate"], row["gap"], row["verdict"]) == (10, 0, "kept")
    at_least = measured(
        {"measure": "csat", "statistic": "median", "at_least": 4},
        answers([4] * 50 + [1] * 5, metric="csat", touchpoint="desk"),
    )
    assert (at_least["estimate"], at_least["verdict"], at_least["unit"]) == (4, "kept", "scale")


def test_a_share_of_waits_counts_those_up_to_the_threshold():
    log = contacts(wait_minutes=[5, 10, 10, 11])
    row = measured(waits("share", threshold=10, at_least=0.8), log=log, hide_below=1)
    assert (row["estimate"], row["n"], row["unit"]) == (0.75, 4, "share")


def test_a_mean_has_the_interval_of_student():
    minutes = [3.0, 5.0, 8.0, 9.0, 20.0] * 8
    row = measured(waits("mean", at_most=10), log=contacts(wait_minutes=minutes))
    mean, error = stats.tmean(minutes), stats.sem(minutes)
    low, high = stats.t.interval(0.95, len(minutes) - 1, loc=mean, scale=error)
    assert row["estimate"] == pytest.approx(9.0)
    assert (row["ci_low"], row["ci_high"]) == pytest.approx((low, high))
    p = stats.ttest_1samp(minutes, 10).pvalue
    assert row["q_value"] == pytest.approx(p)


def test_a_ninetieth_percentile_has_nine_in_ten_below():
    log = contacts(wait_minutes=[float(i) for i in range(1, 101)])
    row = measured(waits("p90", at_most=60), log=log)
    assert row["estimate"] == 90.5
    assert row["verdict"] == "broken"


def test_nps_is_promised_in_points():
    row = measured(
        {"measure": "nps", "statistic": "nps", "at_least": 20},
        answers([10] * 30 + [0] * 10, touchpoint="desk"),
    )
    assert (row["estimate"], row["gap"], row["unit"]) == (50, 30, "points")
    assert row["verdict"] == "kept"


def test_unknown_is_counted_beside_and_never_in_the_base():
    flags = [True] * 15 + [False] * 5 + [None] * 7
    row = measured({"measure": "resolved", "statistic": "share", "at_least": 0.7},
                   log=contacts(is_resolved=flags))  # fmt: skip
    assert (row["estimate"], row["n"], row["n_unknown"]) == (0.75, 20, 7)


def test_blank_answers_are_counted_as_unknown():
    row = measured(satisfied(0.7), answers([5] * 15 + [None] * 4, metric="csat", touchpoint="desk"),
                   rated(3, 3, voice="customer", month=9))  # fmt: skip
    assert (row["n"], row["n_unknown"]) == (21, 4)


def test_messages_that_never_have_a_wait_are_no_unknown_waits():
    log = pl.concat(
        [
            contacts(wait_minutes=[5.0] * 12 + [None] * 3),
            contacts(n=40, direction="outbound").with_columns(
                pl.format("m{}", pl.col("interaction_id")).alias("interaction_id")
            ),
        ]
    )
    row = measured(waits(at_most=10), log=log)
    assert (row["n"], row["n_unknown"]) == (12, 3)


def test_a_notice_sent_out_counts_where_its_delay_is_known():
    log = contacts(wait_minutes=[3.0] * 20, direction="outbound")
    assert measured(waits(at_most=5), log=log)["n"] == 20


def test_only_the_channel_promised_is_measured():
    log = pl.concat([
        contacts(wait_minutes=[5.0] * 20, channel="phone"),
        contacts(wait_minutes=[50.0] * 20, channel="chat").with_columns(
            pl.format("x{}", pl.col("customer_id")).alias("customer_id")),
    ])  # fmt: skip
    row = measured(waits(at_most=10, channel="phone"), log=log)
    assert (row["n"], row["estimate"], row["channel"]) == (20, 5, "phone")
    rated_apart = [rated(15, 5, channel="phone"), rated(2, 18, channel="chat", month=9)]
    assert measured(satisfied(0.7, channel="phone"), *rated_apart)["estimate"] == 0.75


def test_only_the_period_asked_for_is_measured():
    before = rated(0, 40).with_columns(pl.col("at").dt.offset_by("-1y"))
    assert measured(satisfied(0.7), rated(30, 10), before)["n"] == 40


def test_contacts_of_one_customer_are_one_cluster():
    alone = contacts(wait_minutes=[5.0, 15.0] * 20)
    same = alone.with_columns(pl.Series("customer_id", [f"c{i % 10}" for i in range(40)]))
    alike = same.with_columns(
        pl.Series("wait_minutes", [5.0 if i % 10 < 5 else 15.0 for i in range(40)])
    )
    promise = waits("share", threshold=10, at_least=0.5)
    wide, narrow = measured(promise, log=alike), measured(promise, log=alone)
    assert wide["estimate"] == narrow["estimate"] == 0.5
    assert wide["n_respondents"] == 10
    assert wide["ci_high"] - wide["ci_low"] > 1.5 * (narrow["ci_high"] - narrow["ci_low"])


def test_weights_lead_and_the_unweighted_figure_stands_beside():
    table = rated(20, 20).with_columns(pl.Series("weight", [3.0] * 20 + [1.0] * 20))
    row = measured(satisfied(0.7), table)
    assert (row["estimate"], row["estimate_unweighted"]) == (0.75, 0.5)
    assert measured(satisfied(0.7), rated(20, 20))["estimate_unweighted"] is None


def test_a_threshold_is_the_least_score_that_satisfies():
    table = answers([5] * 10 + [4] * 20 + [1] * 10, metric="csat", touchpoint="desk")
    assert measured(satisfied(0.7), table)["estimate"] == 0.75
    assert measured(satisfied(0.7, threshold=5), table)["estimate"] == 0.25


def test_where_high_is_bad_a_threshold_is_mirrored():
    table = rated(10, 30).with_columns(pl.lit("bad").alias("high_is"))
    assert measured(satisfied(0.7), table)["estimate"] == 0.75
    assert measured(satisfied(0.7, threshold=4), table)["estimate"] == 0.75
    mean = {"measure": "csat", "statistic": "mean", "at_least": 3}
    turned = answers([1, 2, 3] * 40, metric="csat", touchpoint="desk", high_is="bad")
    assert measured(mean, turned)["estimate"] == pytest.approx(4.0)


def test_answers_of_both_polarities_are_refused():
    turned = rated(5, 5, month=9).with_columns(pl.lit("bad").alias("high_is"))
    with pytest.raises(DataError, match="high is good and where high is bad"):
        measured(satisfied(0.7, threshold=4), rated(5, 5), turned)


def test_a_threshold_on_another_scale_than_the_answers_is_refused():
    table = rated(5, 5).with_columns(pl.lit(10.0).alias("scale_max"))
    with pytest.raises(DataError, match="answers are on 1 to 10"):
        measured(satisfied(0.7, threshold=4), table)


def test_other_voices_and_questions_are_left_out():
    parts = [rated(15, 5), rated(0, 20, voice="walkthrough"), rated(0, 20, None)]
    assert measured(satisfied(0.7), *parts)["n"] == 20


def test_a_promise_nobody_can_judge_stays_open_without_a_figure():
    for row in (measured(satisfied(0.7)), measured(waits(at_most=5), rated(5, 5))):
        assert (row["n"], row["n_respondents"], row["verdict"]) == (0, 0, "open")
        assert row["estimate"] is None
        assert row["gap"] is None
        assert not row["is_suppressed"]
        assert not row["is_reliable"]


def test_a_study_without_promises_has_no_rows():
    tables = tables_of(study_of(place("desk")), rated(30, 10))
    assert measure_promises(tables, period=YEAR).is_empty()
    assert measure_pledges(tables, period=YEAR).is_empty()


def test_under_thirty_people_a_figure_is_shown_as_uncertain():
    assert not measured(satisfied(0.7), rated(20, 9))["is_reliable"]
    assert measured(satisfied(0.7), rated(20, 10))["is_reliable"]


def test_an_unreachable_bound_is_null_and_keeps_nothing():
    # the largest of twenty waits may well lie below the 90th percentile
    row = measured(waits("p90", at_most=60), log=contacts(wait_minutes=[1.0, 2.0] * 10))
    assert row["ci_high"] is None
    assert row["gap_low"] is None
    assert row["verdict"] == "open"


def test_the_order_of_rows_changes_nothing():
    study = study_of(
        place("desk", promise=satisfied(0.7)), place("gate", promise=waits("p90", at_most=9))
    )
    log = contacts("gate", wait_minutes=[float(i % 13) for i in range(60)])
    table = rated(30, 12)
    first = measure_promises(tables_of(study, table, contacts=log), period=YEAR)
    again = measure_promises(
        tables_of(study, table.sample(fraction=1, shuffle=True, seed=3), contacts=log[::-1]),
        period=YEAR,
    )
    assert_frame_equal(first, again)


def test_q_values_are_those_of_all_promises_together_and_leave_out_the_hidden():
    study = study_of(
        place("desk", promise=satisfied(0.75)),
        place("gate", promise=waits(at_most=10)),
        place("shop", promise=waits(at_most=10)),
    )
    log = pl.concat(
        [
            contacts("gate", wait_minutes=[8.0] * 25 + [12.0] * 35),
            contacts("shop", wait_minutes=[99.0] * 5),
        ]
    )
    table = measure_promises(tables_of(study, rated(22, 18), contacts=log), period=YEAR)
    desk, gate, shop = table.rows(named=True)
    assert shop["is_suppressed"]
    assert shop["q_value"] is None
    p_gate = 2 * stats.binom.cdf(25, 60, 0.5)
    alone = measured(satisfied(0.75), rated(22, 18))["q_value"]
    expected = q_values(pl.Series([alone, p_gate]).to_numpy())
    assert [desk["q_value"], gate["q_value"]] == pytest.approx(expected.tolist(), abs=1e-6)


def test_a_pledge_without_touchpoint_speaks_of_the_whole():
    study = study_of(pledges=[pledge("care", **satisfied(0.7))])
    row = measure_pledges(tables_of(study, rated(30, 10, None), rated(0, 50)), period=YEAR).row(
        0, named=True
    )
    assert (row["pledge"], row["touchpoint"], row["estimate"]) == ("care", None, 0.75)


def test_where_nobody_was_asked_about_the_whole_it_speaks_of_the_touchpoints():
    study = study_of(pledges=[pledge("care", **satisfied(0.7))])
    parts = [rated(20, 0), rated(10, 10, "gate")]
    row = measure_pledges(tables_of(study, *parts), period=YEAR).row(0, named=True)
    assert (row["estimate"], row["n"]) == (0.75, 40)


def test_a_pledge_about_contacts_without_touchpoint_speaks_of_all_of_them():
    study = study_of(pledges=[pledge("hurry", **waits(at_most=10))])
    log = pl.concat([contacts(wait_minutes=[5.0] * 20), contacts("gate", wait_minutes=[30.0] * 5)])
    row = measure_pledges(tables_of(study, contacts=log), period=YEAR).row(0, named=True)
    assert (row["estimate"], row["n"]) == (5, 25)


def test_a_pledge_has_the_owner_of_its_touchpoint():
    study = study_of(
        place("desk", owner="stations"),
        pledges=[pledge("care", **satisfied(0.7, touchpoint="desk"))],
    )
    row = measure_pledges(tables_of(study, rated(30, 10)), period=YEAR).row(0, named=True)
    assert (row["owner"], row["touchpoint"]) == ("stations", "desk")


@pytest.mark.parametrize(
    ("measure_name", "statistic", "unit"),
    [
        ("csat", "share", "share"),
        ("nps", "nps", "points"),
        ("ces", "mean", "scale"),
        ("duration_minutes", "median", "minutes"),
        ("resolved", "share", "share"),
    ],
)
def test_every_promise_has_a_unit(measure_name, statistic, unit):
    assert unit_of_promise(measure_name, statistic) == unit


@given(
    st.floats(0, 1), st.floats(0, 0.3), st.floats(0, 0.3), st.floats(0, 1), st.booleans(),
    st.floats(0, 1),
)  # fmt: skip
@settings(deadline=None)
def test_a_verdict_follows_from_the_whole_interval_and_the_evidence(
    estimate, below, above, target, at_most, p_value
):
    row = hold_against(
        pl.DataFrame(
            {
                "estimate": [estimate],
                "ci_low": [estimate - below],
                "ci_high": [estimate + above],
                "target": [target],
                "is_at_most": [at_most],
                "p_value": [p_value],
            }
        )
    ).row(0, named=True)
    better = (target - estimate) if at_most else (estimate - target)
    assert row["gap"] == pytest.approx(better)
    assert row["gap_low"] <= row["gap"] <= row["gap_high"]
    assert (row["verdict"] == "kept") == (p_value <= 0.05 and row["gap_low"] >= 0)
    assert (row["verdict"] == "broken") == (p_value <= 0.05 and row["gap_high"] < 0)
