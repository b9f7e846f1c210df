"""Which faults does the raw export of the sample company carry?

About three rows in a thousand, as in any export: exact copies, customers nobody knows, scores
outside the scale. Intake has to set them aside; `truth["faults"]` lists every one.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from .streams import Streams

SHARE = 0.001
"""Share of the rows of a table that carry each kind of fault."""
Rows = NDArray[np.int64]


def plant_faults(
    streams: Streams, tables: dict[str, pl.DataFrame]
) -> tuple[dict[str, pl.DataFrame], pl.DataFrame]:
    """The tables with faults, and the list of the faults: table, id, fault.

    Rows are taken out of `tables` one table after another, so that none is held twice.
    """
    responses, off = _scores_off_the_scale(streams, tables.pop("responses"))
    answered = responses["interaction_id"].drop_nulls().unique()
    interactions, lost = _unknown_customers(streams, tables.pop("interactions"), answered)
    twice_r = _some(streams, responses, "copy_r", ~_at(responses, off))
    twice_i = _some(streams, interactions, "copy_i", ~_at(interactions, lost))
    listed = [
        ("responses", "response_id", "score_on_scale", responses, off),
        ("interactions", "interaction_id", "unknown_customer", interactions, lost),
        ("responses", "response_id", "exact_duplicate", responses, twice_r),
        ("interactions", "interaction_id", "exact_duplicate", interactions, twice_i),
    ]
    faults = pl.concat(
        table[rows].select(
            pl.lit(name).alias("table"), pl.col(key).alias("id"), pl.lit(fault).alias("fault")
        )
        for name, key, fault, table, rows in listed
    )
    copied = {
        "responses": _with_copies(responses, twice_r),
        "interactions": _with_copies(interactions, twice_i),
    }
    return {**tables, **copied}, faults


def _scores_off_the_scale(streams: Streams, table: pl.DataFrame) -> tuple[pl.DataFrame, Rows]:
    scored = table.select(pl.col("score").is_not_null() & (pl.col("voice") == "customer"))
    rows = _some(streams, table, "score", scored.to_series())
    wrong = pl.when(_at(table, rows)).then(pl.col("scale_max") + 1).otherwise("score")
    return table.with_columns(score=wrong), rows


def _unknown_customers(
    streams: Streams, table: pl.DataFrame, answered: pl.Series
) -> tuple[pl.DataFrame, Rows]:
    # Visits that were answered keep their customer: one fault a row, and none that spreads.
    linked = table.select(
        pl.col("customer_id").is_not_null() & ~pl.col("interaction_id").is_in(answered.implode())
    )
    rows = _some(streams, table, "customer", linked.to_series())
    wrong = pl.lit("X") + pl.col("customer_id").str.slice(1)
    chosen = pl.when(_at(table, rows)).then(wrong).otherwise("customer_id")
    return table.with_columns(customer_id=chosen), rows


def _some(streams: Streams, table: pl.DataFrame, purpose: str, may: pl.Series) -> Rows:
    """Positions of the rows chosen among those that may carry the fault."""
    rows = may.arg_true().to_numpy().astype(np.int64)
    n = min(len(rows), round(SHARE * table.height))
    return np.sort(streams(f"faults.{purpose}").choice(rows, size=n, replace=False))


def _at(table: pl.DataFrame, rows: Rows) -> pl.Series:
    mask = np.zeros(table.height, dtype=np.bool_)
    mask[rows] = True
    return pl.Series(mask)


def _with_copies(table: pl.DataFrame, rows: Rows) -> pl.DataFrame:
    """Each of `rows` twice, the copy right after the original."""
    return table[np.sort(np.concatenate([np.arange(table.height), rows]))]
