"""Which share of comments speaks of each need?

Unit of observation: a comment and a need that it speaks of. Base: all comments, of every language:
the words by which needs are recognised exist in each. Comments of one person are one cluster.

It cannot say how many have the need and do not write of it.
"""

import polars as pl

from cxresearch.errors import require_columns
from cxresearch.models.mention_shares import share_mentions
from cxresearch.transforms.suppress import THRESHOLD, suppress_small_cells


def share_needs(
    aspects: pl.DataFrame, comments: pl.DataFrame, *, hide_below: int = THRESHOLD
) -> pl.DataFrame:
    """The share of comments that speak of each aspect.

    Parameters
    ----------
    aspects
        response_id, aspect, as `tag_aspects` gives them.
    comments
        All comments: response_id, respondent_id.
    hide_below
        Aspects that fewer people speak of have no figure.

    Returns
    -------
    pl.DataFrame
        aspect, n (comments), n_respondents, base (all comments), share, ci_low, ci_high (95 %,
        people as clusters), is_suppressed; the most frequent first.

    Raises
    ------
    DataError
        A column is missing.

    Examples
    --------
    >>> said = pl.DataFrame({"response_id": ["a", "b"], "respondent_id": ["p", "q"]})
    >>> named = pl.DataFrame({"response_id": ["a"], "aspect": ["queue"]})
    >>> share_needs(named, said, hide_below=1).select("aspect", "n", "base", "share").row(0)
    ('queue', 1, 2, 0.5)
    """
    require_columns(aspects, "response_id", "aspect")
    require_columns(comments, "response_id", "respondent_id")
    people = comments.select(
        "response_id",
        pl.coalesce("respondent_id", "response_id").alias("person"),
        pl.lit("all").alias("within"),
    )
    named = aspects.select("response_id", "aspect").unique().join(people, on="response_id")
    shares = share_mentions(
        named.drop("response_id"), people.drop("response_id"), by=["aspect", "within"],
        within="within",
    )  # fmt: skip
    hidden = suppress_small_cells(
        shares.drop("within").rename({"share": "estimate"}), by="aspect", threshold=hide_below
    )
    return hidden.rename({"estimate": "share"}).sort("share", descending=True, nulls_last=True)
