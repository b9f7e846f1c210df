from datetime import UTC, date, datetime
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxresearch.errors import ParameterError
from cxresearch.period import Period, add_months, parse_period, periods_until, resolve_period


@pytest.mark.parametrize("text", ["2025-10", "2025-Q3", "2025", "2025-10-01/2025-10-08"])
def test_the_label_of_a_period_is_the_way_it_is_written(text):
    assert parse_period(text).label == text


@pytest.mark.parametrize(
    "text",
    ["october", "2025-13", "2025-Q5", "2025-10-08/2025-10-01", "2025-10-01/2025-10-01", "0000"],
)
def test_what_is_no_period_is_refused_with_the_forms_allowed(text):
    with pytest.raises(ParameterError, match="2025-Q3"):
        parse_period(text)


def test_without_a_period_it_is_the_last_complete_month_of_the_data():
    until = datetime(2025, 11, 17, 9, tzinfo=UTC)
    assert resolve_period("", data_until=until).label == "2025-10"


def test_the_last_month_counts_as_complete_at_local_midnight():
    # 23:00 UTC on 31 October is already 1 November in Rome
    until = datetime(2025, 10, 31, 23, tzinfo=UTC)
    assert resolve_period("", data_until=until, timezone="Europe/Rome").label == "2025-10"
    assert resolve_period("", data_until=until).label == "2025-09"


def test_a_period_holds_its_first_instant_and_not_its_last():
    october = parse_period("2025-10", timezone="Europe/Rome")
    table = pl.DataFrame({"at": [october.start_at, october.end_at]}).select(
        pl.col("at").cast(pl.Datetime("us", "UTC"))
    )
    assert table.filter(october.contains())["at"].to_list() == [october.start_at]


def test_a_month_with_a_clock_change_has_an_hour_more():
    october = parse_period("2025-10", timezone="Europe/Rome")
    assert (october.end_at - october.start_at).total_seconds() == (31 * 24 + 1) * 3600


def test_the_period_before_a_quarter_is_a_quarter_and_before_a_week_a_week():
    assert parse_period("2025-Q1").previous().label == "2024-Q4"
    assert parse_period("2025-10-08/2025-10-15").previous().label == "2025-10-01/2025-10-08"


def test_a_window_ends_with_the_period():
    assert parse_period("2025-10").window(24).label == "2023-11-01/2025-11-01"


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(-500, 500))
def test_moving_by_months_keeps_the_day_or_takes_the_last_of_the_month(day, months):
    moved = add_months(day, months)
    assert (moved.year * 12 + moved.month) - (day.year * 12 + day.month) == months
    assert moved.day == day.day or add_months(moved.replace(day=1), 1).toordinal() - 1 == (
        moved.toordinal()
    )


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(1, 800))
def test_consecutive_periods_touch_and_do_not_overlap(start, days):
    period = Period(start, date.fromordinal(start.toordinal() + days))
    periods = periods_until(period, 4)
    assert periods[-1] == period
    assert all(a.end == b.start for a, b in pairwise(periods))
