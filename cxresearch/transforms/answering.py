"""Of those who were asked, how many answered?

Unit of observation: an invitation. Base: all invitations. A person asked several times is one
cluster where `customer_id` is present. Who the silent are and what it does to the figures is in
`models.response`.

It cannot count those nobody asked.
"""

from collections.abc import Sequence

import polars as pl

from cxresearch.errors import require_columns
from cxresearch.language import mark
from cxresearch.transforms.cells import as_names
from cxresearch.transforms.metrics import measure
from cxresearch.transforms.scales import Table

_INVITED = mark("all invitations")


def answer_rate(
    invitations: Table,
    *,
    by: str | Sequence[str] = (),
    answered: str = "response_id",
    respondent: str | None = "customer_id",
    confidence: float = 0.95,
) -> pl.DataFrame:
    """Share of invitations that were answered.

    Parameters
    ----------
    invitations
        A row is an invitation.
    by
        Columns whose combinations get a row each.
    answered
        Column of true and false, or any column that is null where nobody answered.
    respondent
        Column that tells people apart; ignored where it is absent.
    confidence
        Between 0 and 1.

    Returns
    -------
    pl.DataFrame
        The columns of `measure`; metric `answer_rate`, n counts invitations, estimate 0-1.

    Raises
    ------
    DataError
        A column is missing.

    Examples
    --------
    >>> asked = pl.DataFrame({"response_id": ["r1", None, None, "r2"]})
    >>> answer_rate(asked).select("n", "estimate", "base").row(0)
    (4, 0.5, 'all invitations')
    """
    require_columns(invitations, answered)
    known = respondent if respondent in invitations.collect_schema() else None
    kept = [*as_names(by), *([known] if known else [])]
    asked = invitations.lazy().select(*kept, _answered=is_answered(invitations, answered))
    rates = measure(
        asked, metric="share", by=by, score="_answered", respondent=known, confidence=confidence
    )
    return rates.with_columns(metric=pl.lit("answer_rate"), base=pl.lit(_INVITED))


def is_answered(invitations: Table, answered: str) -> pl.Expr:
    """Whether an invitation was answered: the column itself if it is true or false, else not null.

    Examples
    --------
    >>> asked = pl.DataFrame({"response_id": ["r1", None]})
    >>> asked.select(is_answered(asked, "response_id")).to_series().to_list()
    [True, False]
    """
    if invitations.collect_schema()[answered] == pl.Boolean:
        return pl.col(answered).fill_null(value=False)
    return pl.col(answered).is_not_null()
