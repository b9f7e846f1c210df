"""Medians and 90th percentiles: the cases themselves, and limits that hold without any shape."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from scipy import stats

from cxresearch.errors import DataError, ParameterError
from cxresearch.transforms.quantiles import QUANTILE_COLUMNS, estimate_quantiles

MIDDLE = {"share": 0.5, "by": ["desk"]}


def cases(values, people=None, **columns):
    n = len(values)
    people = [f"p{i}" for i in range(n)] if people is None else people
    return pl.DataFrame(
        {
            "desk": ["a"] * n,
            "value": pl.Series(values, dtype=pl.Float64),
            "person": people,
            **columns,
        },
        schema_overrides={"person": pl.String},
    )


def row(values, people=None, share=0.5, **more):
    table = estimate_quantiles(cases(values, people, **more.pop("columns", {})), share=share,
                               by=["desk"], **more)  # fmt: skip
    return table.row(0, named=True)


def naive(values, share):
    """The same by hand: unweighted, every case another person's."""
    ordered, n = sorted(values), len(values)
    up_to = [(v, sum(other <= v for other in ordered)) for v in ordered]
    low = [v for v, k in up_to if stats.binom.cdf(k, n, share) > 0.025]
    high = [v for v, k in up_to if stats.binom.sf(k - 1, n, share) <= 0.025]
    is_bound = stats.binom.cdf(0, n, share) <= 0.025
    return low[0] if is_bound else None, high[0] if high else None


def test_the_middle_of_five_waits_is_the_third():
    assert row([1, 2, 3, 4, 100])["estimate"] == 3


def test_the_middle_of_four_waits_lies_between_the_second_and_the_third():
    assert row([1, 2, 4, 100])["estimate"] == 3


def test_columns_are_those_declared():
    table = estimate_quantiles(cases([1.0, 2.0]), **MIDDLE)
    assert tuple(table.columns) == ("desk", *QUANTILE_COLUMNS)


@pytest.mark.parametrize(
    ("n", "low", "high"), [(10, 2, 9), (20, 6, 15), (50, 18, 33), (100, 40, 61)]
)
def test_the_limits_of_the_median_are_those_of_every_table_of_order_statistics(n, low, high):
    limits = row(list(range(1, n + 1)))
    assert (limits["ci_low"], limits["ci_high"]) == (low, high)
    assert stats.binom.cdf(high - 1, n, 0.5) - stats.binom.cdf(low - 1, n, 0.5) >= 0.95


@given(
    st.lists(st.integers(0, 30).map(float), min_size=4, max_size=80), st.sampled_from([0.5, 0.9])
)
@settings(deadline=None, max_examples=40)
def test_estimate_and_limits_are_those_of_a_naive_loop(values, share):
    found = row(values, share=share)
    expected = np.quantile(values, share, method="averaged_inverted_cdf")
    assert found["estimate"] == pytest.approx(expected)
    assert (found["ci_low"], found["ci_high"]) == naive(values, share)
    assert found["ci_low"] is None or found["ci_low"] <= found["estimate"]
    if found["ci_high"] is not None:
        assert found["ci_high"] >= found["estimate"]


@given(
    st.lists(st.integers(0, 12).map(float), min_size=8, max_size=60),
    st.integers(0, 12).map(float),
    st.booleans(),
)
@settings(deadline=None, max_examples=40)
def test_the_p_value_is_the_other_side_of_the_interval(values, tested, at_most):
    columns = {"aim": [tested] * len(values), "at_most": [at_most] * len(values)}
    found = row(values, columns=columns, tested="aim", is_at_most="at_most")
    is_far = found["p_value"] < 0.05 - 1e-6
    low, high = found["ci_low"], found["ci_high"]
    if at_most:  # broken where the interval lies above, kept where it reaches no further
        assert is_far == (low > tested or (high is not None and high <= tested))
    else:
        assert is_far == (low >= tested or (high is not None and high < tested))


def test_no_ninetieth_percentile_is_bounded_above_by_fewer_than_36_cases():
    assert row(list(range(35)), share=0.9)["ci_high"] is None
    assert row(list(range(36)), share=0.9)["ci_high"] == 35


def test_weights_are_copies():
    weighted = row([1, 5, 9], columns={"w": [3.0, 1.0, 1.0]}, weight="w", respondent=None)
    copied = row([1, 1, 1, 5, 9], respondent=None)
    assert weighted["estimate"] == copied["estimate"] == 1


def test_a_weight_of_nothing_counts_nothing():
    assert row([1, 5, 900], columns={"w": [1.0, 1.0, 0.0]}, weight="w")["estimate"] == 3


def test_ten_waits_of_one_person_tell_little_more_than_one():
    values = [float(i // 10) for i in range(100)]  # every person always waits as long
    people = [f"p{i // 10}" for i in range(100)]
    apart, together = row(values), row(values, people)
    assert together["estimate"] == apart["estimate"]
    assert together["n_effective"] < 15 < apart["n_effective"]
    assert together["ci_high"] - together["ci_low"] > apart["ci_high"] - apart["ci_low"]
    assert not together["is_reliable"]


def test_unknown_waits_are_left_out():
    assert row([1.0, None, 3.0, float("nan"), 5.0])["n"] == 3


def test_everyone_waiting_as_long_leaves_no_doubt():
    limits = row([7.0] * 50)
    assert (limits["estimate"], limits["ci_low"], limits["ci_high"]) == (7, 7, 7)


def test_a_single_case_has_no_limits():
    limits = row([7.0])
    assert (limits["estimate"], limits["ci_low"], limits["ci_high"]) == (7, None, None)


def test_nobody_makes_no_row():
    assert estimate_quantiles(cases([]), **MIDDLE).is_empty()


def test_the_order_of_cases_changes_nothing():
    table = cases([float(i % 17) for i in range(90)], [f"p{i % 40}" for i in range(90)])
    shuffled = table.sample(fraction=1, shuffle=True, seed=1)
    assert_frame_equal(estimate_quantiles(table, **MIDDLE), estimate_quantiles(shuffled, **MIDDLE))


def test_groups_stand_for_themselves():
    table = pl.concat([cases([1.0, 2, 3]), cases([7.0, 8, 9]).with_columns(desk=pl.lit("b"))])
    found = estimate_quantiles(table, **MIDDLE)
    assert found["estimate"].to_list() == [2, 8]


@pytest.mark.parametrize("given", [{"share": 1.0}, {"confidence": 0.0}])
def test_what_is_no_share_is_refused(given):
    with pytest.raises(ParameterError, match="between 0 and 1"):
        estimate_quantiles(cases([1.0]), **{**MIDDLE, **given})


def test_a_missing_column_is_named():
    with pytest.raises(DataError, match="'value' is missing"):
        estimate_quantiles(cases([1.0]).drop("value"), **MIDDLE)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("share", "people", "each", "alike", "least"),
    [
        (0.5, 10, 1, 0.0, 0.95),
        (0.5, 30, 1, 0.0, 0.945),
        (0.5, 100, 1, 0.0, 0.945),
        (0.9, 60, 1, 0.0, 0.945),
        (0.9, 200, 1, 0.0, 0.945),
        (0.5, 40, 4, 0.5, 0.94),
        (0.9, 60, 4, 0.5, 0.94),
        (0.5, 100, 8, 0.8, 0.94),
    ],
)
def test_limits_hold_the_truth_nineteen_times_in_twenty(share, people, each, alike, least):
    """Log-normal waits, `each` a person, correlated `alike`; 1500 samples, one group each."""
    rng = np.random.default_rng(20251101)
    runs = 1500
    person = np.sqrt(alike) * rng.standard_normal((runs, people, 1))
    own = np.sqrt(1 - alike) * rng.standard_normal((runs, people, each))
    waits = np.exp(person + own).reshape(runs, -1)
    run, who = np.indices(waits.shape)
    table = pl.DataFrame(
        {"desk": run.ravel(), "person": (who // each).ravel(), "value": waits.ravel()}
    ).with_columns(pl.format("{}-{}", "desk", "person").alias("person"))
    found = estimate_quantiles(table, share=share, by=["desk"])
    truth = float(np.exp(stats.norm.ppf(share)))
    covered = (pl.col("ci_low") <= truth) & (pl.col("ci_high").fill_null(np.inf) >= truth)
    assert found.select(covered.mean()).item() >= least
