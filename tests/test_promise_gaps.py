"""The gap that matters most comes first, and what chance may have ordered is called a tie."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from cxresearch.errors import DataError
from cxresearch.transforms.gaps import GAP_COLUMNS, rank_gaps


def promise(touchpoint, gap, *, half=0.02, verdict="broken", unit="share", target=0.8, **more):
    return {
        "touchpoint": touchpoint,
        "measure": "csat",
        "unit": unit,
        "target": target,
        "gap": gap,
        "gap_low": None if gap is None else gap - half,
        "gap_high": None if gap is None else gap + half,
        "verdict": verdict,
        **more,
    }


def met(**reach):
    rows = [
        {"touchpoint": name, "reach": share, "ci_low": share * 0.98, "ci_high": share * 1.02}
        for name, share in reach.items()
    ]
    return pl.DataFrame(rows)


def matters(outcome="leaving", half=0.01, **importance):
    rows = [
        {
            "touchpoint": name,
            "outcome": outcome,
            "importance": size,
            "importance_low": size - half,
            "importance_high": size + half,
        }
        for name, size in importance.items()
    ]
    return pl.DataFrame(rows)


def ranked(promises, reach=None, importance=None):
    return rank_gaps(pl.DataFrame(promises), reach, importance)


def test_priority_is_reach_times_importance_times_shortfall():
    row = ranked([promise("desk", -0.2)], met(desk=0.5), matters(desk=0.1)).row(0, named=True)
    assert row["priority"] == pytest.approx(0.5 * 0.1 * 0.2)
    assert row["priority_low"] < row["priority"] < row["priority_high"]
    assert (row["rank"], row["tier"], row["basis"]) == (1, 1, "leaving")


def test_a_wide_gap_where_nothing_hangs_on_it_comes_after_a_narrow_one_that_matters():
    table = ranked(
        [promise("website", -0.3), promise("desk", -0.1)],
        met(website=0.6, desk=0.6),
        matters(website=0.001, desk=0.2),
    )
    assert table["touchpoint"].to_list() == ["desk", "website"]
    assert table["tier"].to_list() == [1, 2]


def minutes(**more):
    return promise("desk", -14.0, unit="minutes", target=10.0, is_at_most=True, **more)


def test_a_median_falls_short_by_the_cases_that_should_have_been_within_it():
    late = minutes(statistic="median", within=0.12, within_low=0.10, within_high=0.15)
    row = ranked([late]).row(0, named=True)
    assert row["shortfall"] == pytest.approx(0.5 - 0.12)
    assert row["priority_low"] == pytest.approx(0.5 - 0.15, abs=0.005)
    assert row["priority_high"] == pytest.approx(0.5 - 0.10, abs=0.005)


def test_a_90th_percentile_falls_short_by_those_of_nine_in_ten_that_were_not_within_it():
    late = minutes(statistic="p90", within=0.80, within_low=0.78, within_high=0.82)
    assert ranked([late])["shortfall"].item() == pytest.approx(0.1)


def test_a_mean_in_minutes_falls_short_by_the_minutes_beyond_those_promised():
    late = promise("desk", -4.0, unit="minutes", target=10.0, statistic="mean", is_at_most=True)
    assert ranked([late])["shortfall"].item() == pytest.approx(0.4)
    twice = promise("desk", -24.0, unit="minutes", target=10.0, statistic="mean", is_at_most=True)
    assert ranked([twice])["shortfall"].item() == 1.0


def test_importance_below_nothing_is_nothing():
    row = ranked([promise("desk", -0.2)], met(desk=0.5), matters(desk=-0.05)).row(0, named=True)
    assert (row["priority"], row["priority_low"], row["priority_high"]) == (0, 0, 0)
    assert row["rank"] == 1


def test_only_broken_promises_are_ranked_and_the_others_follow_by_gap():
    table = ranked(
        [
            promise("kept", 0.1, verdict="kept"),
            promise("near", -0.01, verdict="open"),
            promise("far", -0.05, verdict="open", half=0.06),
            promise("desk", -0.2),
        ],
        met(kept=0.9, near=0.9, far=0.9, desk=0.1),
    )
    assert table["touchpoint"].to_list() == ["desk", "far", "near", "kept"]
    assert table["rank"].to_list() == [1, None, None, None]
    assert table["tier"].to_list() == [1, None, None, None]


def test_without_importance_reach_and_shortfall_rank_and_the_table_says_so():
    for nothing in (None, matters(desk=0.1).clear(), matters(elsewhere=0.1)):
        row = ranked([promise("desk", -0.2)], met(desk=0.5), nothing).row(0, named=True)
        assert (row["basis"], row["importance"]) == ("reach", None)
        assert row["priority"] == pytest.approx(0.1)


def test_without_contacts_the_shortfall_ranks_alone():
    row = ranked([promise("desk", -0.2)]).row(0, named=True)
    assert (row["basis"], row["reach"], row["priority"]) == ("shortfall", None, 0.2)


def test_two_outcomes_are_never_mixed():
    both = pl.concat([matters(desk=0.1), matters("loyalty", desk=9.0, gate=9.0)])
    table = ranked([promise("gate", -0.3), promise("desk", -0.2)], met(desk=0.5, gate=0.5), both)
    desk, gate = table.rows(named=True)
    assert (desk["touchpoint"], desk["importance"], desk["rank"]) == ("desk", 0.1, 1)
    # of the gate nothing is known about leaving: it gets no rank by another unit
    assert (gate["importance"], gate["priority"], gate["rank"]) == (None, None, None)
    assert gate["basis"] == "leaving"


def test_a_factor_known_of_few_broken_promises_ranks_none_of_them():
    # answers tell of four places, contacts of one of them only
    rows = [promise(name, -0.1 - i / 10) for i, name in enumerate("abcd")]
    table = ranked(rows, met(a=0.9))
    assert table["touchpoint"].to_list() == ["d", "c", "b", "a"]
    assert set(table["basis"]) == {"shortfall"}
    assert table["rank"].to_list() == [1, 2, 3, 4]
    assert table.filter(touchpoint="a").select("reach", "priority").row(0) == (0.9, 0.1)
    half = ranked(rows, met(a=0.9, b=0.9))
    assert half["touchpoint"].to_list()[:2] == ["b", "a"]
    assert half["rank"].to_list() == [1, 2, None, None]


def test_loyalty_serves_where_no_leaving_is_known():
    row = ranked([promise("desk", -0.2)], met(desk=0.5), matters("loyalty", desk=2.0))
    assert row["basis"].item() == "loyalty"


@pytest.mark.parametrize(
    ("unit", "measure", "gap", "target", "shortfall"),
    [
        ("share", "csat", -0.2, 0.8, 0.2),
        ("points", "nps", -40.0, 30.0, 0.2),
        ("scale", "csat", -0.4, 4.2, 0.1),
        ("scale", "ces", -0.6, 6.0, 0.1),
        ("minutes", "wait_minutes", -5.0, 10.0, 0.5),
        ("minutes", "wait_minutes", -50.0, 10.0, 1.0),
        ("minutes", "wait_minutes", -5.0, 0.0, 1.0),
        ("share", "csat", 0.1, 0.8, 0.0),
    ],
)
def test_a_shortfall_is_a_share_in_every_unit(unit, measure, gap, target, shortfall):
    row = promise("desk", gap, unit=unit, target=target, half=0.01 * abs(gap)) | {
        "measure": measure
    }
    assert ranked([row])["shortfall"].item() == pytest.approx(shortfall)


def test_ranks_that_chance_may_have_ordered_share_a_tier():
    table = ranked(
        [
            promise("first", -0.30, half=0.05),
            promise("close", -0.27, half=0.05),
            promise("far", -0.05, half=0.02),
        ]
    )
    assert table["rank"].to_list() == [1, 2, 3]
    assert table["tier"].to_list() == [1, 1, 2]


def test_a_hidden_promise_has_neither_priority_nor_rank():
    table = ranked([promise("desk", None, verdict="open"), promise("gate", -0.2)])
    assert table["touchpoint"].to_list() == ["gate", "desk"]
    assert table["priority"].to_list()[1] is None


def test_a_limit_that_is_not_known_is_as_far_as_the_other():
    row = promise("desk", -10.0, unit="minutes", target=50.0, half=4.0)
    unknown = pl.lit(None, pl.Float64).alias("gap_low")
    one_sided = rank_gaps(pl.DataFrame([row]).with_columns(unknown), None, None).row(0, named=True)
    assert one_sided["priority_high"] == pytest.approx(0.28, abs=0.01)


def test_the_three_factors_err_independently_of_each_other():
    """Variance of a product of independents (Goodman 1960): (1 + .1^2)^3 - 1, relative; shared
    errors of a tenth each would make the interval wider by two thirds."""
    table = rank_gaps(
        pl.DataFrame([promise("desk", -0.2, half=1.959964 * 0.02)]),
        pl.DataFrame({"touchpoint": ["desk"], "reach": [0.5], "ci_low": [0.5 - 1.959964 * 0.05],
                      "ci_high": [0.5 + 1.959964 * 0.05]}),
        matters(half=1.959964 * 0.01, desk=0.1),
    )  # fmt: skip
    whole = 0.5 * 0.1 * 0.2
    width = 2 * 1.959964 * (1.01**3 - 1) ** 0.5 * whole
    low, high = table.select("priority_low", "priority_high").row(0)
    assert high - low == pytest.approx(width, rel=0.07)


def test_columns_are_added_and_none_is_lost():
    table = ranked([promise("desk", -0.2)])
    assert tuple(table.columns[-len(GAP_COLUMNS) :]) == GAP_COLUMNS
    assert set(promise("desk", 0)) <= set(table.columns)


def test_no_promise_makes_no_row():
    nothing = pl.DataFrame([promise("desk", -0.2)]).clear()
    assert rank_gaps(nothing, met(desk=0.5), matters(desk=0.1)).is_empty()


def test_a_missing_column_is_named():
    with pytest.raises(DataError, match="'gap_low' is missing"):
        rank_gaps(pl.DataFrame([promise("desk", -0.2)]).drop("gap_low"), None, None)
    with pytest.raises(DataError, match="'outcome' is missing"):
        rank_gaps(pl.DataFrame([promise("desk", -0.2)]), None, matters(desk=1.0).drop("outcome"))


def test_touchpoints_may_come_as_enum():
    kind = pl.Enum(["desk", "gate"])
    reach = met(desk=0.5).cast({"touchpoint": kind})
    assert ranked([promise("desk", -0.2)], reach)["reach"].item() == 0.5


@given(st.permutations(range(5)))
@settings(deadline=None, max_examples=20)
def test_the_order_of_rows_changes_nothing(order):
    rows = [promise(name, -0.1 - i / 50) for i, name in enumerate("abcde")]
    reach, importance = met(**dict.fromkeys("abcde", 0.4)), matters(**dict.fromkeys("abcde", 0.1))
    shuffled = ranked([rows[i] for i in order], reach, importance)
    assert_frame_equal(ranked(rows, reach, importance), shuffled)


@pytest.mark.slow
def test_the_interval_holds_the_true_priority_nineteen_times_in_twenty():
    """Reach, importance and shortfall estimated with normal errors; the last two may be near 0."""
    rng = np.random.default_rng(7)
    runs = 1500
    for truth, sizes in (((0.4, 0.10, 0.20), (0.02, 0.03, 0.03)),
                         ((0.1, 0.05, 0.10), (0.01, 0.03, 0.04)),
                         ((0.6, 0.20, 0.30), (0.03, 0.02, 0.02))):  # fmt: skip
        reach, importance, short = (
            value + size * rng.standard_normal(runs)
            for value, size in zip(truth, sizes, strict=True)
        )
        names = [str(i) for i in range(runs)]
        halves = [1.959964 * size for size in sizes]
        broken = [promise(n, -s, half=halves[2]) for n, s in zip(names, short, strict=True)]
        table = rank_gaps(
            pl.DataFrame(broken),
            pl.DataFrame({"touchpoint": names, "reach": reach, "ci_low": reach - halves[0],
                          "ci_high": reach + halves[0]}),
            pl.DataFrame({"touchpoint": names, "outcome": "leaving", "importance": importance,
                          "importance_low": importance - halves[1],
                          "importance_high": importance + halves[1]}),
        )  # fmt: skip
        whole = float(np.prod(truth))
        covered = (pl.col("priority_low") <= whole) & (whole <= pl.col("priority_high"))
        assert table.select(covered.mean()).item() >= 0.93
