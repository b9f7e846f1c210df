"""At which months is a customer looked at, to learn who leaves in the months after?

Unit of observation: a customer at a cutoff. Cutoffs lie so far apart that the months after one end
where the next begins: nobody's leaving is counted at two of them.

It cannot tell of the last months, whose outcome is not known yet.
"""

import polars as pl

from cxresearch.errors import ParameterError, require_columns


def choose_cutoffs(
    person_months: pl.DataFrame, *, horizon_months: int, most: int = 4
) -> pl.DataFrame:
    """The rows of the latest cutoffs whose outcome is known.

    Parameters
    ----------
    person_months
        As `features.with_outcome` gives them: month, leaves_within.
    horizon_months
        The months of the outcome: how far cutoffs lie apart.
    most
        At most so many cutoffs, the latest ones.

    Returns
    -------
    pl.DataFrame
        The rows at those months, in their order.

    Raises
    ------
    ParameterError
        A number below 1.

    Examples
    --------
    >>> from datetime import date
    >>> months = pl.DataFrame({"month": [date(2025, m, 1) for m in range(1, 8)],
    ...                        "leaves_within": [False] * 5 + [None] * 2})
    >>> choose_cutoffs(months, horizon_months=3)["month"].dt.month().to_list()
    [2, 5]
    """
    if min(horizon_months, most) < 1:
        raise ParameterError(f"horizon_months={horizon_months}, most={most}", allowed="1 or more")
    require_columns(person_months, "month", "leaves_within")
    known = person_months.drop_nulls("leaves_within")["month"].unique().sort(descending=True)
    chosen = known.gather_every(horizon_months).head(most)
    return person_months.filter(
        pl.col("month").is_in(chosen.implode()), pl.col("leaves_within").is_not_null()
    )
