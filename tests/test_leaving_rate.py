"""How many leave in a month: small tables whose sum fits in the head."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from cxresearch.period import parse_period
from cxresearch.transforms.cutoffs import choose_cutoffs
from cxresearch.transforms.leaving_rate import (
    compare_leaving,
    list_months,
    measure_leaving,
    track_leaving,
)

OCTOBER = parse_period("2025-10")
UNTIL = datetime(2025, 11, 1, tzinfo=UTC)


def leavers(*rows):
    names = ("at_risk_from", "left_at")
    table = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.Datetime("us", "UTC")), orient="row")
    return table.with_columns(seen_until=pl.lit(UNTIL).cast(pl.Datetime("us", "UTC")))


def months(shares, n=200):
    """`n` customers a month, of whom so many leave, from January 2024 on."""
    rows = [
        (date(2024 + k // 12, k % 12 + 1, 1), i < left)
        for k, left in enumerate(shares)
        for i in range(n)
    ]
    return pl.DataFrame(rows, schema=["month", "leaves"], orient="row")


def test_a_customer_is_at_risk_from_the_month_after_entering_to_that_of_leaving():
    august, left = datetime(2025, 8, 10, tzinfo=UTC), datetime(2025, 10, 5, tzinfo=UTC)
    table = list_months(leavers((august, left)), period=OCTOBER.window(3))
    assert table.rows() == [(date(2025, 9, 1), False), (date(2025, 10, 1), True)]


def test_who_entered_before_all_data_is_at_risk_from_the_first_month():
    table = list_months(leavers((None, None)), period=OCTOBER.window(2))
    assert table["month"].to_list() == [date(2025, 9, 1), date(2025, 10, 1)]
    assert not table["leaves"].any()


def test_who_leaves_and_enters_in_one_month_is_in_no_base():
    inside = datetime(2025, 10, 3, tzinfo=UTC)
    table = list_months(leavers((inside, inside + timedelta(days=9))), period=OCTOBER)
    assert table.is_empty()


def test_the_rate_is_leavers_over_customers_at_risk():
    rate = measure_leaving(months([4] * 22), period=OCTOBER).row(0, named=True)
    assert (rate["estimate"], rate["n"], rate["n_left"]) == (0.02, 200, 4)
    assert 0 < rate["ci_low"] < 0.02 < rate["ci_high"] < 0.06


def test_where_nobody_left_the_rate_is_nought_and_its_interval_is_not():
    rate = measure_leaving(months([0] * 22), period=OCTOBER).row(0, named=True)
    assert (rate["estimate"], rate["ci_low"]) == (0.0, 0.0)
    assert rate["ci_high"] > 0


def test_few_customers_are_hidden():
    rate = measure_leaving(months([1] * 22, n=9), period=OCTOBER).row(0, named=True)
    assert rate["is_suppressed"]
    assert rate["estimate"] is None
    assert rate["n_left"] is None


def test_a_doubled_rate_is_bad_and_a_halved_one_good():
    rising = [10] * 21 + [40]
    verdicts = compare_leaving(months(rising), period=OCTOBER)
    assert verdicts["polarity"].to_list() == ["bad", "bad"]
    assert verdicts["against"].to_list() == ["2025-09", "2024-10"]
    falling = compare_leaving(months([40] * 21 + [10]), period=OCTOBER)
    assert set(falling["polarity"]) == {"good"}


def test_equal_months_are_no_change():
    verdicts = compare_leaving(months([10] * 22), period=OCTOBER)
    assert set(verdicts["polarity"]) == {"neutral"}
    assert verdicts["estimate"].to_list() == [0.0, 0.0]


def test_a_year_that_is_not_in_the_data_is_not_compared_with():
    short = months([10] * 22).filter(pl.col("month") >= date(2025, 9, 1))
    assert compare_leaving(short, period=OCTOBER)["against"].to_list() == ["2025-09"]
    assert compare_leaving(short.clear(), period=OCTOBER).is_empty()


def test_the_order_of_rows_does_not_matter():
    table = months([10, 3, 7] * 7 + [12])
    shuffled = table.sample(fraction=1.0, shuffle=True, seed=3)
    for function in (measure_leaving, compare_leaving):
        assert function(table, period=OCTOBER).equals(function(shuffled, period=OCTOBER))


def test_a_month_far_above_the_others_is_a_signal():
    series = track_leaving(months([10, 12] * 10 + [10, 60]), period=OCTOBER.window(22))
    assert series.height == 22
    assert series["is_signal"].to_list()[-1]
    calm = track_leaving(months([10, 12] * 11), period=OCTOBER.window(22))
    assert not calm["is_signal"].any()
    assert (series["limit_low"] >= 0).all()


def test_no_month_makes_an_empty_series():
    assert track_leaving(months([]), period=OCTOBER).is_empty()


@pytest.mark.parametrize("horizon", [1, 2, 3])
def test_cutoffs_lie_a_horizon_apart(horizon):
    table = pl.DataFrame(
        {"month": [date(2025, m, 1) for m in range(1, 13)], "leaves_within": [True] * 12}
    )
    chosen = choose_cutoffs(table, horizon_months=horizon, most=3)["month"].dt.month().to_list()
    assert chosen == [12 - 2 * horizon, 12 - horizon, 12]
