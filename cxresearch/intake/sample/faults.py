"""Which faults does the raw export of the sample company carry?

About three rows in a thousand, as in any export: exact copies, customers nobody knows, scores
outside the scale. Intake has to set them aside; `truth["faults"]` lists every one.
"""

import polars as pl

from .streams import Streams

SHARE = 0.001
"""Share of the rows of a table that carry each kind of fault."""


def _some(streams: Streams, table: pl.DataFrame, purpose: str, condition: pl.Expr) -> pl.Series:
    rows = table.select(condition.arg_true()).to_series()
    n = min(rows.len(), round(SHARE * table.height))
    picked = streams(f"faults.{purpose}").choice(rows.len(), size=n, replace=False)
    return rows.gather(pl.Series(picked, dtype=pl.UInt32)).sort()


def plant_faults(
    streams: Streams, tables: dict[str, pl.DataFrame]
) -> tuple[dict[str, pl.DataFrame], pl.DataFrame]:
    """The tables with faults, and the list of the faults: table, id, fault."""
    responses, interactions = tables["responses"], tables["interactions"]
    scored = pl.col("score").is_not_null() & (pl.col("voice") == "customer")
    off = _some(streams, responses, "score", scored)
    responses = responses.with_row_index("row").with_columns(
        pl.when(pl.col("row").is_in(off.implode()))
        .then(pl.col("scale_max") + 1)
        .otherwise("score")
        .alias("score")
    )
    unlinked = ~pl.col("interaction_id").is_in(responses["interaction_id"].drop_nulls().implode())
    lost = _some(streams, interactions, "customer", unlinked & pl.col("customer_id").is_not_null())
    interactions = interactions.with_row_index("row").with_columns(
        pl.when(pl.col("row").is_in(lost.implode()))
        .then(pl.lit("X") + pl.col("customer_id").str.slice(1))
        .otherwise("customer_id")
        .alias("customer_id")
    )
    twice_r = _some(streams, responses, "copy_r", ~pl.col("row").is_in(off.implode()))
    twice_i = _some(streams, interactions, "copy_i", ~pl.col("row").is_in(lost.implode()))
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
    faulty = {
        **tables,
        "responses": _with_copies(responses, twice_r),
        "interactions": _with_copies(interactions, twice_i),
    }
    return faulty, faults


def _with_copies(table: pl.DataFrame, rows: pl.Series) -> pl.DataFrame:
    """Each of `rows` twice, the copy right after the original."""
    return pl.concat([table, table[rows]]).sort("row", maintain_order=True).drop("row")
