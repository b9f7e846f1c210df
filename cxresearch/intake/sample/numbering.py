"""Which ids does the raw export carry?

Inside the generator an id names the process a row came from, so it is the same with and without a
story. The export numbers rows in the order of time, as a company's systems would.
"""

import polars as pl

KEYS = {"interactions": ("interaction_id", "I"), "responses": ("response_id", "R"),
        "invitations": ("invitation_id", "V")}  # fmt: skip


def number_tables(tables: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Tables sorted by time, with running ids, and every reference changed accordingly."""
    ordered = {
        name: table.sort("at", KEYS[name][0]) if name in KEYS else table
        for name, table in tables.items()
    }
    visits = _numbers(ordered["interactions"], "interactions")
    answers = _numbers(ordered["responses"], "responses")
    interactions = _renamed(ordered["interactions"], visits, "interaction_id")
    cases = interactions["case_id"].drop_nulls().unique(maintain_order=True)
    numbered = pl.DataFrame({"old": cases}).with_columns(_running("K"))
    responses = _renamed(ordered["responses"], answers, "response_id")
    invitations = ordered["invitations"]
    own = _numbers(invitations, "invitations")
    invitations = _renamed(invitations, own, "invitation_id")
    return {
        **ordered,
        "interactions": _renamed(interactions, numbered, "case_id"),
        "responses": _renamed(responses, visits, "interaction_id"),
        "invitations": _renamed(invitations, answers, "response_id"),
    }


def _running(prefix: str) -> pl.Expr:
    return pl.format(
        "{}{}", pl.lit(prefix), pl.int_range(1, pl.len() + 1).cast(pl.String).str.zfill(7)
    ).alias("new")


def _numbers(table: pl.DataFrame, name: str) -> pl.DataFrame:
    key, prefix = KEYS[name]
    return table.select(pl.col(key).alias("old"), _running(prefix))


def _renamed(table: pl.DataFrame, numbers: pl.DataFrame, column: str) -> pl.DataFrame:
    order = table.columns
    joined = table.join(numbers, left_on=column, right_on="old", how="left", maintain_order="left")
    return joined.drop(column).rename({"new": column}).select(order)
