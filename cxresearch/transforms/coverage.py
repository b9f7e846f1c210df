"""How many rows of each table fall into each month, so that holes and jumps are seen?

Unit of observation: a row with an instant. It cannot say whether a quiet month is a hole in the
export or a quiet month.
"""

from collections.abc import Mapping

import polars as pl

from cxresearch.transforms.scales import Table

ROWS_COLUMNS = ("table", "month", "n")


def count_rows(
    tables: Mapping[str, Table | None], *, timezone: str = "UTC", at: str = "at"
) -> pl.DataFrame:
    """Rows by table and month.

    Parameters
    ----------
    tables
        Table by name; None, or one without the column `at`, is left out.
    timezone
        Where months begin.

    Returns
    -------
    pl.DataFrame
        table, month (`2025-10`), n; months without rows between the first and the last of all
        have n 0, also those of a table without any row.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> at = [datetime(2025, 1, 3, tzinfo=UTC), datetime(2025, 3, 3, tzinfo=UTC)]
    >>> count_rows({"responses": pl.DataFrame({"at": at})}).rows()
    [('responses', '2025-01', 1), ('responses', '2025-02', 0), ('responses', '2025-03', 1)]
    """
    month = pl.col(at).dt.convert_time_zone(timezone).dt.truncate("1mo").dt.date().alias("month")
    dated = {
        name: table.lazy()
        for name, table in tables.items()
        if table is not None and at in table.collect_schema()
    }
    counts = [
        table.group_by(month)
        .agg(pl.len().cast(pl.Int64).alias("n"))
        .select(pl.lit(name).alias("table"), "month", "n")
        for name, table in dated.items()
    ]
    found = pl.concat(counts).collect() if counts else pl.DataFrame()
    if found.is_empty():
        return pl.DataFrame(schema=dict.fromkeys(ROWS_COLUMNS[:2], pl.String) | {"n": pl.Int64})
    calendar = found.select(pl.date_range(pl.col("month").min(), pl.col("month").max(), "1mo"))
    return (
        pl.DataFrame({"table": list(dated)})
        .join(calendar, how="cross")
        .join(found, on=["table", "month"], how="left")
        .with_columns(pl.col("n").fill_null(0), pl.col("month").dt.strftime("%Y-%m"))
        .sort("table", "month")
    )
