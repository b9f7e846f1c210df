"""Every row falls into one month, and a month without rows is a row of its own."""

from datetime import UTC, datetime

import polars as pl

from cxresearch.transforms.coverage import ROWS_COLUMNS, count_rows


def at(*instants):
    moments = [datetime(*instant, tzinfo=UTC) for instant in instants]
    return pl.DataFrame({"at": pl.Series(moments, dtype=pl.Datetime("us", "UTC"))})


def test_rows_are_counted_by_table_and_month():
    counted = count_rows(
        {"responses": at((2025, 1, 1), (2025, 1, 31)), "interactions": at((2025, 1, 2))}
    )
    assert counted.rows() == [("interactions", "2025-01", 1), ("responses", "2025-01", 2)]
    assert tuple(counted.columns) == ROWS_COLUMNS


def test_all_tables_share_the_months_from_the_first_to_the_last_of_all():
    counted = count_rows(
        {"responses": at((2025, 2, 3)), "interactions": at((2024, 12, 5), (2025, 3, 1))}
    )
    assert counted.filter(pl.col("table") == "responses")["n"].to_list() == [0, 0, 1, 0]
    assert counted.filter(pl.col("table") == "interactions")["n"].to_list() == [1, 0, 0, 1]


def test_a_month_begins_at_midnight_of_the_studys_time_zone():
    late = at((2025, 1, 31, 23, 30))  # half past midnight in Rome
    assert count_rows({"responses": late})["month"].to_list() == ["2025-01"]
    assert count_rows({"responses": late}, timezone="Europe/Rome")["month"].to_list() == ["2025-02"]


def test_a_table_the_study_has_not_or_without_instants_is_left_out():
    counted = count_rows(
        {"interactions": None, "customers": pl.DataFrame({"x": [1]}), "responses": at((2025, 1, 1))}
    )
    assert counted["table"].to_list() == ["responses"]


def test_without_a_dated_row_the_result_is_empty_and_keeps_its_columns():
    for tables in ({}, {"responses": None}, {"responses": at()}, {"responses": at().lazy()}):
        counted = count_rows(tables)
        assert counted.is_empty()
        assert counted.schema == {"table": pl.String, "month": pl.String, "n": pl.Int64}


def test_an_empty_table_beside_a_full_one_is_shown_as_empty():
    counted = count_rows({"responses": at(), "interactions": at((2025, 1, 1), (2025, 2, 1))})
    assert counted.filter(pl.col("table") == "responses")["n"].to_list() == [0, 0]


def test_no_row_is_lost_and_a_lazy_table_counts_alike():
    rows = at(*((2025, 1 + i % 12, 1 + i % 28, i % 24) for i in range(500)))
    assert count_rows({"responses": rows})["n"].sum() == 500
    assert count_rows({"responses": rows.lazy()}).equals(count_rows({"responses": rows}))
