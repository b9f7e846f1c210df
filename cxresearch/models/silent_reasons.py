"""What did those say who were asked why they left?

Unit of observation: a leaver. study.yml says of each code of `left_reason` whether it names an
experience with us, another cause, or nothing; a code it does not map counts as nothing said.

It cannot tell whether people name what truly drove them, nor speak for those who were not asked.
"""

from dataclasses import dataclass

import polars as pl

from cxresearch.intake.tables import StudyTables

CODES = {
    **dict.fromkeys(("code", "meaning"), pl.String),
    **dict.fromkeys(("n", "n_silent"), pl.Int64),
}


@dataclass(frozen=True)
class Reasons:
    """Stated reasons, counted.

    Attributes
    ----------
    codes
        A row a code: code, meaning (`experience`, `other`, `unknown`; null: not mapped), n and
        n_silent (leavers, and those in silence, who gave it; null where fewer than the study
        shows), the most frequent first.
    n_blaming, n_told
        Leavers in silence who named an experience with us; who named any cause.
    n_not_mapped
        Leavers whose code is not mapped.
    """

    codes: pl.DataFrame
    n_blaming: int
    n_told: int
    n_not_mapped: int


def count_reasons(tables: StudyTables, leavers: pl.DataFrame) -> Reasons:
    """The stated reasons of leavers.

    Parameters
    ----------
    leavers
        customer_id, is_silent.
    """
    customers = tables.customers
    if customers is None or "left_reason" not in customers.collect_schema():
        return Reasons(pl.DataFrame(schema=CODES), 0, 0, 0)
    given = customers.select("customer_id", pl.col("left_reason").alias("code")).collect()
    meaning = pl.col("code").replace_strict(
        dict(tables.study.left_reasons), default=None, return_dtype=pl.String
    )
    told = leavers.join(given, on="customer_id").drop_nulls("code").with_columns(meaning=meaning)
    codes = (
        told.group_by("code", "meaning")
        .agg(pl.len().alias("n"), pl.col("is_silent").sum().alias("n_silent"))
        .select(pl.col(name).cast(dtype) for name, dtype in CODES.items())
        .sort("n", "code", descending=[True, False])
    )
    of = {
        meaning: int(codes.filter(pl.col("meaning") == meaning)["n_silent"].sum())
        for meaning in ("experience", "other")
    }
    not_mapped = int(codes.filter(pl.col("meaning").is_null())["n"].sum())
    is_shown = pl.col("n") >= tables.study.privacy.hide_below
    codes = codes.with_columns(pl.when(is_shown).then(pl.col("n", "n_silent")))
    return Reasons(codes, of["experience"], sum(of.values()), not_mapped)
