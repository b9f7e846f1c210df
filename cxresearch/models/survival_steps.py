"""Who is under watch, and who leaves, at each time of a curve?

Unit of observation: a customer's stay, then a time of a group at which somebody was last seen.
Groups are counted with the column `ALL` in front, so that a curve of everybody is a group too.

It cannot tell a customer nobody watched yet from one who is gone.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl

from cxresearch.errors import DataError, ParameterError, require_columns
from cxresearch.transforms.scales import Table
from cxresearch.transforms.suppress import suppress_small_cells

ALL = "_all"
"""A column with the same value in every row."""


def read_stays(
    table: Table, *, duration: str, event: str, entry: str | None, by: Sequence[str]
) -> pl.DataFrame:
    """ALL, by, _duration, _event, _entry (minus infinity: from the start) of rows with both ends.

    Raises
    ------
    DataError
        A column is missing, a time is negative, or somebody left before the watching began.
    """
    require_columns(table, duration, event, *([entry] if entry else []), *by)
    began = pl.col(entry).cast(pl.Float64).fill_nan(None) if entry else pl.lit(None, pl.Float64)
    stays = (
        table.lazy()
        .select(
            pl.lit(1).alias(ALL),
            *by,
            pl.col(duration).cast(pl.Float64).fill_nan(None).alias("_duration"),
            pl.col(event).cast(pl.Boolean).alias("_event"),
            began.fill_null(-np.inf).alias("_entry"),
        )
        .drop_nulls(["_duration", "_event"])
        .collect()
    )
    if negative := stays.filter(pl.col("_duration") < 0).height:
        raise DataError(
            f"{negative} rows have a negative '{duration}'",
            allowed="a time since the customer entered: 0 or more",
            next_step="look at the instants of entering and leaving of these rows",
        )
    if late := stays.filter(pl.col("_entry") >= pl.col("_duration")).height:
        raise DataError(
            f"{late} rows have an '{entry}' that is not before their '{duration}'",
            allowed="customers who were watched for some time",
            next_step=f'leave them out: table.filter(pl.col("{entry}") < pl.col("{duration}"))',
        )
    return stays


def hidden_groups(stays: pl.DataFrame, *, by: Sequence[str], hide_below: int) -> pl.DataFrame:
    """The groups that are too small to be shown, or that would give such a one away.

    Raises
    ------
    ParameterError
        The threshold is below 1.
    """
    if hide_below < 1:
        raise ParameterError(f"hide_below={hide_below}", allowed="1 person or more")
    sizes = stays.group_by(ALL, *by, maintain_order=True).len("n")
    sizes = sizes.with_columns(pl.lit(None, pl.Float64).alias("estimate"))
    cells = suppress_small_cells(sizes, by=list(by) or ALL, threshold=hide_below)
    return cells.filter("is_suppressed").select(ALL, *by)


def without_hidden(stays: pl.DataFrame, hidden: pl.DataFrame) -> pl.DataFrame:
    """Stays of the groups that are not hidden."""
    return stays.join(hidden, on=hidden.columns, how="anti", nulls_equal=True)


def count_steps(stays: pl.DataFrame, *, by: Sequence[str]) -> pl.DataFrame:
    """A row a group and time at which somebody was last seen.

    Returns
    -------
    pl.DataFrame
        ALL, by, time, n_at_risk (under watch just before it), n_events, n_censored, _since (where
        the watching began), in the order of groups and times.
    """
    key = [ALL, *by]
    ends = stays.group_by(*key, pl.col("_duration").alias("time")).agg(
        pl.col("_event").sum().cast(pl.Int64).alias("n_events"),
        (~pl.col("_event")).sum().cast(pl.Int64).alias("n_censored"),
    )
    came = stays.group_by(*key, pl.col("_entry").alias("time")).agg(
        pl.len().cast(pl.Int64).alias("_came")
    )
    both = ends.join(came, on=[*key, "time"], how="full", coalesce=True, nulls_equal=True)
    gone = (pl.col("n_events") + pl.col("n_censored")).fill_null(0)
    net = pl.col("_came").fill_null(0) - gone
    # Who comes at an instant is under watch only after it; who goes at it was until then.
    return (
        both.sort(*key, "time")
        .with_columns(
            (net.cum_sum() - net).over(key).alias("n_at_risk"),
            pl.max_horizontal(pl.col("time").min().over(key), pl.lit(0.0)).alias("_since"),
        )
        .drop_nulls("n_events")
        .drop("_came")
    )


def cut_thin_ends(steps: pl.DataFrame, *, by: Sequence[str], least: int) -> pl.DataFrame:
    """The stretch around the largest number under watch in which never fewer than `least` are."""
    key = [ALL, *by]
    few = pl.col("n_at_risk") < least
    place, peak = pl.int_range(pl.len()).over(key), pl.col("n_at_risk").arg_max().over(key)
    marked = steps.with_columns(
        pl.when(few & (place < peak)).then("time").max().over(key).alias("_before"),
        pl.when(few & (place > peak)).then("time").min().over(key).alias("_after"),
    )
    return marked.filter(
        ~few,
        pl.col("time") > pl.col("_before").fill_null(-np.inf),
        pl.col("time") < pl.col("_after").fill_null(np.inf),
    ).with_columns(pl.max_horizontal("_since", "_before").alias("_since"))


def add_starts(steps: pl.DataFrame, *, by: Sequence[str]) -> pl.DataFrame:
    """With a row without events where each curve starts, unless something happens there."""
    first = (
        steps.group_by(ALL, *by, maintain_order=True)
        .first()
        .filter(pl.col("time") > pl.col("_since"))
        .with_columns(
            pl.col("_since").alias("time"),
            pl.lit(0, pl.Int64).alias("n_events"),
            pl.lit(0, pl.Int64).alias("n_censored"),
        )
    )
    return pl.concat([first.select(steps.columns), steps]).sort(ALL, *by, "time")
