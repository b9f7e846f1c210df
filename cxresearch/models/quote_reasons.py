"""Why has a group no quote?

Unit: a group of comments, as `choose_quotes` makes them. Base: the comments of the group. A reason
is given for every group that has comments and no quote.

It cannot tell what the comments say.
"""

from collections.abc import Sequence

import polars as pl

from cxresearch.errors import require_columns
from cxresearch.language import mark
from cxresearch.transforms.cells import as_names
from cxresearch.transforms.scales import Table
from cxresearch.transforms.suppress import THRESHOLD

FEW_PEOPLE = mark("too few people wrote")
FEW_TEXTS = mark("no comment is long enough, without personal data and without irony")


def explain_quotes(
    comments: Table, quotes: pl.DataFrame, *, by: str | Sequence[str], hide_below: int = THRESHOLD
) -> pl.DataFrame:
    """The groups that are not quoted, and why.

    Parameters
    ----------
    comments, by, hide_below
        As `choose_quotes` took them.
    quotes
        What it gave.

    Returns
    -------
    pl.DataFrame
        by..., reason (English source text); sorted by `by`.

    Examples
    --------
    >>> said = pl.DataFrame({"response_id": ["a"], "shop": ["A"], "comment": ["La coda"]})
    >>> explain_quotes(said, said.clear(), by="shop").rows()
    [('A', 'too few people wrote')]
    """
    names = as_names(by)
    require_columns(comments, "response_id", "comment", *names)
    table = comments.lazy().drop_nulls(["comment", *names])
    own = pl.lit("response ") + pl.col("response_id").cast(pl.String)
    person = (
        [pl.col("respondent_id").cast(pl.String)]
        if "respondent_id" in table.collect_schema()
        else []
    )
    few = pl.col("people") < hide_below
    return (
        table.group_by(names)
        .agg(pl.coalesce(*person, own).n_unique().alias("people"))
        .join(quotes.lazy(), on=names, how="anti")
        .select(
            *names,
            pl.when(few).then(pl.lit(FEW_PEOPLE)).otherwise(pl.lit(FEW_TEXTS)).alias("reason"),
        )
        .sort(names)
        .collect()
    )
