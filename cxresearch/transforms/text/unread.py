"""How many comments does the reading pass over or doubt, language by language?

Unit of observation: a comment with its label; a row of the result is a language. Base: all comments
of the language. Languages are listed and never compared: people of one use stronger words than
those of another, and their lexicons differ.

It cannot say how many of those read were read wrongly: that takes comments labelled by people.
"""

import polars as pl

from cxresearch.errors import require_columns
from cxresearch.transforms.metrics import measure
from cxresearch.transforms.scales import Table
from cxresearch.transforms.suppress import THRESHOLD, suppress_small_cells

UNDETERMINED = "undetermined"
"""Comments of which nobody can tell the language."""


def measure_unread(scored: Table, *, hide_below: int = THRESHOLD) -> pl.DataFrame:
    """The share of comments without a tone, and how many were doubted.

    Parameters
    ----------
    scored
        `label`, `language`, `is_sarcastic`, as `tone.score_tone` gives them; `respondent_id` where
        people are known.
    hide_below
        Least number of people of a language that is shown.

    Returns
    -------
    pl.DataFrame
        language (`undetermined` where null), n (comments), n_respondents, n_unknown, estimate
        (share unknown), ci_low, ci_high, n_mixed, n_sarcastic, is_reliable, is_suppressed; the most
        frequent first.

    Raises
    ------
    DataError
        A column is missing.

    Examples
    --------
    >>> said = pl.DataFrame({"language": ["it"] * 4, "is_sarcastic": [False] * 4,
    ...                      "label": ["positive", "negative", "mixed", "unknown"]})
    >>> measure_unread(said, hide_below=1).select("n", "n_unknown", "estimate", "n_mixed").row(0)
    (4, 1, 0.25, 1)
    """
    require_columns(scored, "label", "language", "is_sarcastic")
    people = [name for name in ("respondent_id",) if name in scored.collect_schema()]
    table = (
        scored.lazy()
        .select(
            *people,
            pl.col("language").fill_null(UNDETERMINED),
            (pl.col("label") == "unknown").cast(pl.Float64).alias("score"),
            (pl.col("label") == "mixed").alias("mixed"),
            "is_sarcastic",
        )
        .collect()
    )
    shares = measure(table.drop("mixed", "is_sarcastic"), metric="share", by="language")
    counts = table.group_by("language").agg(
        pl.col("score").sum().cast(pl.Int64).alias("n_unknown"),
        pl.col("mixed").sum().cast(pl.Int64).alias("n_mixed"),
        pl.col("is_sarcastic").sum().cast(pl.Int64).alias("n_sarcastic"),
    )
    joined = shares.join(counts, on="language").sort("n", descending=True, maintain_order=True)
    # A share of 0 or 1 tells nothing about a person here: the reader failed, nobody answered.
    small = suppress_small_cells(joined.drop("metric"), by="language", threshold=hide_below)
    return small.select(
        *("language", "n", "n_respondents", "n_unknown", "estimate", "ci_low", "ci_high"),
        *("n_mixed", "n_sarcastic", "is_reliable", "is_suppressed"),
    )
