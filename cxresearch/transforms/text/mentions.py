"""Whose comments speak of what? What was found in comments, with the person and the time of each.

Unit of observation: a comment and something found in it: a theme, an aspect.

It cannot say more of a person than that they wrote the comment.
"""

import polars as pl

from cxresearch.errors import require_columns
from cxresearch.transforms.scales import Table

KEY = "response_id"


def join_comments(mentions: Table, comments: Table) -> pl.DataFrame:
    """Mentions with what is known of their comments; those of other comments are left out.

    Parameters
    ----------
    mentions
        response_id and what was found; its own columns are kept where both have one of a name.
    comments
        A row a comment, with response_id.

    Raises
    ------
    DataError
        A column is missing.

    Examples
    --------
    >>> said = pl.DataFrame({"response_id": ["a", "b"], "label": ["mixed", "unknown"]})
    >>> named = pl.DataFrame({"response_id": ["a", "z"], "aspect": ["queue", "queue"]})
    >>> join_comments(named, said).rows()
    [('a', 'queue', 'mixed')]
    """
    require_columns(mentions, KEY)
    require_columns(comments, KEY)
    own = mentions.lazy()
    taken = set(own.collect_schema().names()) - {KEY}
    known = comments.lazy().select(pl.exclude(taken) if taken else pl.all())
    return own.join(known, on=KEY, how="inner", maintain_order="left").collect()
