"""Whose comments speak of what? What was found in comments, with the person and the time of each.

Unit of observation: a comment and something found in it: a theme, an aspect. Some aspects are
complaints by being said at all.

It cannot say more of a person than that they wrote the comment.
"""

from collections.abc import Sequence

import polars as pl

from cxresearch.errors import require_columns
from cxresearch.study.aspects import Aspect
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


def mark_complaints(tagged: Table, aspects: Sequence[Aspect]) -> pl.DataFrame:
    """What is a complaint by being said at all counts as one where no other word says so.

    Parameters
    ----------
    tagged
        aspect, label, as `aspects.tag_aspects` gives them.
    aspects
        `Study.aspects`: those with `is_complaint`.

    Returns
    -------
    pl.DataFrame
        The rows with label `negative` in place of unknown and neutral; praise ("I did not have to
        repeat myself") and mixed ones stay.

    Raises
    ------
    DataError
        A column is missing.

    Examples
    --------
    >>> again = Aspect(id="again", en=["once more"], is_complaint=True)
    >>> said = {"aspect": ["again", "again", "app"], "label": ["unknown", "positive", "unknown"]}
    >>> mark_complaints(pl.DataFrame(said), [again])["label"].to_list()
    ['negative', 'positive', 'unknown']
    """
    require_columns(tagged, "aspect", "label")
    named = pl.col("aspect").is_in([aspect.id for aspect in aspects if aspect.is_complaint])
    silent = pl.col("label").is_in(["unknown", "neutral"])
    label = pl.when(named & silent).then(pl.lit("negative")).otherwise("label")
    return tagged.lazy().with_columns(label.alias("label")).collect()
