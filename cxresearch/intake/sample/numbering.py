"""Which ids does the raw export carry?

Inside the generator an id names the process a row came from, so it is the same with and without a
story. The export numbers rows in the order of time, as a company's systems would.
"""

import polars as pl

KEYS = {"interactions": ("interaction_id", "I"), "responses": ("response_id", "R"),
        "invitations": ("invitation_id", "V")}  # fmt: skip


def number_tables(tables: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """Tables sorted by time, with running ids, and every reference changed accordingly.

    They are taken out of `tables` one after another, so that none is held twice.
    """
    interactions, visits = _numbered(tables.pop("interactions"), "interactions")
    cases = interactions["case_id"].drop_nulls().unique(maintain_order=True)
    interactions = _renamed(interactions, _running(cases, "K"), "case_id")
    responses, answers = _numbered(tables.pop("responses"), "responses")
    responses = _renamed(responses, visits, "interaction_id")
    invitations, _ = _numbered(tables.pop("invitations"), "invitations")
    return {
        "customers": tables.pop("customers"),
        "interactions": interactions,
        "responses": responses,
        "invitations": _renamed(invitations, answers, "response_id"),
    }


def _numbered(table: pl.DataFrame, name: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The table in order of time with running ids, and which id became which."""
    key, prefix = KEYS[name]
    table = table.sort("at", key)
    numbers = _running(table[key], prefix)
    return table.with_columns(numbers["new"].alias(key)), numbers


def _running(old: pl.Series, prefix: str) -> pl.DataFrame:
    number = pl.int_range(1, pl.len() + 1).cast(pl.String).str.zfill(7)
    return old.alias("old").to_frame().with_columns(new=pl.lit(prefix) + number)


def _renamed(table: pl.DataFrame, numbers: pl.DataFrame, column: str) -> pl.DataFrame:
    renamed = table.select(pl.col(column).alias("old")).join(
        numbers, on="old", how="left", maintain_order="left"
    )
    return table.with_columns(renamed["new"].alias(column))
