"""Is the reading of comments right, as far as people labelled some of them?

Unit of observation: a comment that people labelled. See `gold_scores` for the figures.

It cannot say anything where nobody labelled a comment of those that were read.
"""

import polars as pl

from cxresearch.models.gold_scores import GoldScores, measure_gold
from cxresearch.transforms.scales import Table


def check_reading(called: Table, labels: Table | None) -> GoldScores | None:
    """`measure_gold`, or None where nobody labelled any of these comments.

    Parameters
    ----------
    called
        As `measure_gold` takes it.
    labels
        `StudyTables.labels`; None where the study has none.
    """
    if labels is None:
        return None
    given = labels.lazy().filter(pl.col("label").is_not_null())
    ours = given.join(called.lazy().select("response_id"), on="response_id", how="semi").collect()
    return None if ours.is_empty() else measure_gold(called, ours)
