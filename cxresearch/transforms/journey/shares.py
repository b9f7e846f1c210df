"""How sure is a share of events, and which shares stand for too few people to be shown?

Unit of observation: a cell of a table of counts (n of base, n_customers). Events of one customer
are one cluster. Small cells are joined into one, which keeps every sum; the figures of what is
joined cannot be found by subtraction.

It cannot say how many people are behind joined cells: one person may be in several, or in all.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl

from cxresearch.errors import ParameterError
from cxresearch.transforms.cells import as_arrays
from cxresearch.transforms.intervals import effective_n, normal_quantile, wilson

PLACE = pl.Enum(["touchpoint", "end", "other"])
"""What a row stands for: a touchpoint, the end of the journey, or places of few customers."""

_NOTHING = pl.lit(value=False)


def with_share(table: pl.DataFrame, *, count: str = "n", confidence: float = 0.95) -> pl.DataFrame:
    """Share of the base with its Wilson interval, customers as clusters.

    Parameters
    ----------
    table
        n, base, people (customers in the base), base_squares (each one's part of the base, squared
        and summed); squares (of their n) and products (n times base) where these are known. Else
        all of a customer count as alike, which never makes the interval too narrow.
    count
        Column to take for n.

    Returns
    -------
    pl.DataFrame
        The table with share, ci_low and ci_high.
    """
    n, base, people, ww = as_arrays(table, count, "base", "people", "base_squares")
    known = {"squares", "products"} <= set(table.columns)
    nothing = np.full_like(n, np.nan)
    tt, tw = as_arrays(table, "squares", "products") if known else (nothing, nothing)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = n / base
        spread = share * (1 - share)
        apart = (tt - 2 * share * tw + share**2 * ww) * people / (people - 1) * (base - 1) / base
        size = effective_n(
            n=base,
            weights_effect=np.ones_like(n),
            clustering=np.where(spread > 0, apart / (base * spread), np.nan),
            repetition=ww / base,
            information=(people - 1) * spread * 4,
        )
        low, high = wilson(share=share, n=size, z=normal_quantile(confidence))
    return table.with_columns(
        pl.Series(name, values).fill_nan(None)
        for name, values in {"share": share, "ci_low": low, "ci_high": high}.items()
    )


def join_small(
    table: pl.DataFrame,
    *,
    within: Sequence[str],
    hide_below: int,
    hidden: pl.Expr = _NOTHING,
) -> pl.DataFrame:
    """Tell in `_joins` which rows are joined: those of few customers, and what protects them.

    From the row of fewest customers up, a row joins as long as the n_customers below it add up to
    less than `hide_below`: whatever is joined is at least two rows that add up to as many, or all
    there is. They need not be different people, so of what is joined only counts may be shown,
    nothing that describes somebody, such as a time.

    Parameters
    ----------
    table
        Has n, n_customers and people (of the whole that `within` tells apart). Wholes of fewer
        than `hide_below` customers are left out.
    within
        Columns whose every combination is a whole, such as the touchpoint left.
    hidden
        Rows that join however many customers they have, as another table hides them.

    Examples
    --------
    >>> cells = pl.DataFrame({"n": [40, 12, 3], "n_customers": [40, 12, 3], "people": [45] * 3})
    >>> join_small(cells, within=[], hide_below=10)["_joins"].to_list()
    [True, True, False]
    """
    require_threshold(hide_below)
    people, whole = pl.col("n_customers"), [*within, pl.lit(0)]
    is_small = (people < hide_below) | hidden
    below = people.cum_sum().over(whole) - people
    needed = (below < hide_below) | (pl.int_range(pl.len()).over(whole) < 2)
    return (
        table.filter(pl.col("people") >= hide_below)
        .sort(*within, ~is_small, "n_customers", "n", nulls_last=True, maintain_order=True)
        .with_columns(_joins=is_small | (is_small.any().over(whole) & needed))
    )


def require_threshold(hide_below: int) -> None:
    """Make sure that the least number of customers shown is 1 or more."""
    if hide_below < 1:
        raise ParameterError(f"hide_below={hide_below}", allowed="1 customer or more")
