"""Below which value do half of the cases lie, or nine in ten, and how far may that value be off?

Unit of observation: a case with a number, such as a wait; a row of the result is a group of cases.
Base: the cases with a number in the group. Nothing is assumed about the shape of the numbers: the
limits are cases themselves, found where the distribution function leaves the range that chance
allows. Cases of one person are not independent and count as `cells.summarise_cells` says.

It cannot bound a 90th percentile from above on fewer than 36 independent cases: that bound is null.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl

from cxresearch.errors import ParameterError, require_columns
from cxresearch.transforms.cells import RELIABLE_FROM, Reading, as_arrays, summarise_cells
from cxresearch.transforms.scales import METRICS, Table

QUANTILE_COLUMNS = (
    *("estimate", "ci_low", "ci_high", "n", "n_respondents", "n_effective"),
    *("p_value", "is_reliable"),
)

_SLACK = 1e-9  # shares of equal weights are compared with rounding in their last digit


def estimate_quantiles(
    table: Table,
    *,
    share: float,
    by: Sequence[str],
    value: str = "value",
    respondent: str | None = "person",
    weight: str | None = None,
    tested: str | None = None,
    is_at_most: str | None = None,
    confidence: float = 0.95,
) -> pl.DataFrame:
    """A quantile a group, with its distribution-free interval.

    Parameters
    ----------
    table
        A row is a case; rows without a number are left out.
    share
        The share of cases that lie below: 0.5 for the median.
    by
        Columns that make the groups, one or more.
    respondent
        Column that tells people apart; None makes every case independent.
    weight
        Column of weights, 0 or more.
    tested
        Column with the value each group is tested against, the same in all rows of a group.
    is_at_most
        Column that is true where the claim is "at most this value" and false where it is "at least
        this value"; None means at most everywhere. It matters where many cases have just the value.

    Returns
    -------
    pl.DataFrame
        by..., estimate, ci_low, ci_high (in the unit of the numbers; null where the cases cannot
        bound it), n, n_respondents, n_effective, p_value (two-sided; null without `tested`),
        is_reliable. Sorted by `by`.

    Raises
    ------
    DataError
        A column is missing.
    ParameterError
        `share` or `confidence` is not between 0 and 1.

    Notes
    -----
    The exact binomial test of the share below a value, inverted (order statistics; Woodruff 1952,
    JASA 47:635), with the effective n of that share in place of n. The p-value is the other side of
    the interval. An even number of equal cases has the mean of the middle two as its median
    (Hyndman & Fan 1996, type 2).

    Examples
    --------
    >>> waits = pl.DataFrame({"desk": ["a"] * 5, "value": [1.0, 2.0, 3.0, 4.0, 100.0]})
    >>> estimate_quantiles(waits, share=0.5, by=["desk"], respondent=None)["estimate"].item()
    3.0
    """
    require_columns(table, *by, value, *([respondent] if respondent else []))
    for name, given in (("share", share), ("confidence", confidence)):
        if not 0 < given < 1:
            raise ParameterError(f"{name} {given}", allowed="between 0 and 1")
    ranked = _with_ranks(table, by=list(by), value=value, weight=weight)
    found = ranked.group_by(by).agg(_quantile(share).alias("estimate")).sort(by)
    sizes = _effective_sizes(
        ranked.join(found, on=by, nulls_equal=True), by=list(by), respondent=respondent
    )
    cells = found.join(sizes, on=by, nulls_equal=True, maintain_order="left")
    tail, x = (1 - confidence) / 2, pl.col("_x")
    # Below the least case lies nobody: it is a bound where chance would have put somebody there.
    is_bound = (1 - share) ** pl.col("n_effective").first() <= tail
    steps = ranked.join(cells.select(*by, "n_effective"), on=by, nulls_equal=True)
    limits = (
        _with_tails(steps.unique([*by, "_x"], keep="first", maintain_order=True), share=share)
        .group_by(by)
        .agg(
            pl.when(is_bound).then(x.filter(pl.col("_at_most") > tail).first()).alias("ci_low"),
            x.filter(pl.col("_at_least") <= tail).first().alias("ci_high"),
        )
    )
    held = ranked.group_by(by).agg(_share_at(tested, is_at_most).alias("_to"))
    joined = cells.join(limits, on=by, nulls_equal=True).join(held, on=by, nulls_equal=True)
    people = pl.min_horizontal("n_respondents", pl.col("n_effective") + _SLACK)
    return (
        _with_tails(joined.sort(by), share=share)
        .with_columns(
            (2 * pl.min_horizontal("_at_most", "_at_least")).clip(0, 1).alias("p_value"),
            (people >= RELIABLE_FROM).alias("is_reliable"),
        )
        .select(*by, *QUANTILE_COLUMNS)
    )


def _with_ranks(table: Table, *, by: list[str], value: str, weight: str | None) -> pl.DataFrame:
    """Cases in order, `_to` the share of the group's weight up to each (ties included)."""
    own = pl.col(weight).cast(pl.Float64) if weight else pl.lit(1.0)
    tied = [*by, "_x"]
    return (
        table.lazy()
        .with_columns(_x=pl.col(value).cast(pl.Float64).fill_nan(None), _w=own)
        .filter(pl.col("_x").is_not_null(), pl.col("_w") > 0)
        .collect()
        .sort(tied)
        .with_columns(_to=(pl.col("_w").cum_sum() / pl.col("_w").sum()).over(by))
        .with_columns(_to=pl.col("_to").max().over(tied))
    )


def _quantile(share: float) -> pl.Expr:
    """Type 2: where the distribution function just reaches `share`, the mean of two cases."""
    x, to = pl.col("_x"), pl.col("_to")
    reached, passed = (x.filter(to >= share + slack).first() for slack in (-_SLACK, _SLACK))
    return (reached + passed.fill_null(reached)) / 2


def _share_at(tested: str | None, is_at_most: str | None) -> pl.Expr:
    """The share of weight up to the value tested; below it, where the claim is "at least"."""
    if tested is None:
        return pl.lit(None, pl.Float64)
    x, w, value = pl.col("_x"), pl.col("_w"), pl.col(tested).first()
    up_to, below = ((w * side).sum() / w.sum() for side in (x <= value, x < value))
    if is_at_most is None:
        return up_to
    return pl.when(pl.col(is_at_most).first()).then(up_to).otherwise(below)


def _effective_sizes(
    ranked: pl.DataFrame, *, by: list[str], respondent: str | None
) -> pl.DataFrame:
    """n, n_respondents and n_effective of the share of cases up to the quantile."""
    below = ranked.select(
        *by,
        *([pl.col(respondent).alias("person")] if respondent else []),
        (pl.col("_x") <= pl.col("estimate")).cast(pl.Float64).alias("_is_below"),
        "_w",
    )
    person = "person" if respondent else None
    cells = summarise_cells(below, Reading(METRICS["share"], by, "_is_below", person, "_w"))
    people = pl.coalesce("n_respondents", "n")
    return cells.select(*by, "n", people.alias("n_respondents"), "n_effective")


def _with_tails(table: pl.DataFrame, *, share: float) -> pl.DataFrame:
    """How likely at most, and at least, the share `_to` of the cases lies below the quantile.

    Tails of the binomial, continued from whole numbers to any effective n.
    """
    from scipy.special import betainc

    n, to = as_arrays(table, "n_effective", "_to")
    k = n * to
    with np.errstate(invalid="ignore"):
        at_most = np.where(to > 1 - _SLACK, 1.0, 1 - betainc(k + 1, n - k, share))
        at_least = np.where(to < _SLACK, 1.0, betainc(k, n - k + 1, share))
    tails = {"_at_most": at_most, "_at_least": at_least}
    return table.with_columns(
        pl.Series(name, np.where(np.isnan(to), np.nan, tail)).fill_nan(None)
        for name, tail in tails.items()
    )
