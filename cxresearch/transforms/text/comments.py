"""Which comments does a study hold, and what is known of each?

Unit of observation: a comment of the responses table. Comments are redacted at preparation; what
is read here holds no name and no address. The question, the score and its scale stand beside each.

It cannot say what those think who answered without writing.
"""

import polars as pl

from cxresearch.intake.tables import StudyTables
from cxresearch.period import Period

COMMENT_COLUMNS = (
    *("response_id", "respondent_id", "customer_id", "interaction_id", "touchpoint", "channel"),
    *("at", "voice", "team", "question", "metric", "score", "scale_min", "scale_max", "high_is"),
    *("comment", "language", "weight"),
)
"""Columns of `read_comments`."""


def read_comments(tables: StudyTables, *, period: Period | None = None) -> pl.LazyFrame:
    """The comments of a study.

    Parameters
    ----------
    tables
        A prepared study.
    period
        Only comments written in it; all without.

    Returns
    -------
    pl.LazyFrame
        `COMMENT_COLUMNS`; a row a response with a comment that is not blank, sorted by instant and
        response_id. Without rows where the study has no responses.
    """
    if tables.responses is None:
        return pl.LazyFrame(schema=dict.fromkeys(COMMENT_COLUMNS, pl.String))
    written = tables.responses.filter(pl.col("comment").str.strip_chars().str.len_bytes() > 0)
    asked = written if period is None else written.filter(period.contains())
    present = written.collect_schema().names()
    absent = [pl.lit(None, pl.String).alias(c) for c in COMMENT_COLUMNS if c not in present]
    return asked.with_columns(absent).select(COMMENT_COLUMNS).sort("at", "response_id")
