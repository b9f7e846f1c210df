"""How large is the share of comments that mention something, and did it change?

Unit of observation: a comment that mentions a theme or a word. Base: the comments of the same
language. Comments of one person are one cluster; a person in both periods makes their comparison
partly paired. Only mentions are looked at, so that thousands of words cost no more than a few.

It cannot say why more people mention something: they may have been asked about it more often.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl

from cxresearch.transforms.cells import as_arrays
from cxresearch.transforms.differences import difference_of, p_value_of, q_values
from cxresearch.transforms.intervals import (
    Array,
    Moments,
    effective_n,
    interval_of,
    normal_quantile,
)
from cxresearch.transforms.pairing import PSEUDO_PAIRS

_HALF = 0.5  # of the range of what is counted, 0 or 1


def count_mentions(
    mentions: pl.DataFrame, base: pl.DataFrame, *, by: Sequence[str], within: str = "language"
) -> pl.DataFrame:
    """What an interval is made from, for everything mentioned.

    Parameters
    ----------
    mentions
        A row a comment and mention: the `by` columns (among them `within`), person.
    base
        A row a comment: `within`, person.

    Returns
    -------
    pl.DataFrame
        by..., n (comments), n_respondents, base (comments), mean, square, n_effective, df,
        deviations; sorted by `by`. Mentions without a base are left out.
    """
    people = base.group_by(within, "person").agg(m=pl.len().cast(pl.Float64))
    totals = people.group_by(within).agg(
        pl.col("m").sum().alias("base"),
        pl.len().alias("people"),
        (pl.col("m") ** 2).sum().alias("mm"),
    )
    cells = (
        mentions.group_by([*by, "person"])
        .agg(t=pl.len().cast(pl.Float64))
        .join(people, on=[within, "person"])
        .group_by(by)
        .agg(
            pl.col("t").sum().alias("n"),
            pl.len().alias("n_respondents"),
            (pl.col("t") ** 2).sum().alias("tt"),
            (pl.col("t") * pl.col("m")).sum().alias("tm"),
        )
        .join(totals, on=within)
        .sort(by)
    )
    moments = _moments(cells)
    kept = [*by, pl.col("n", "n_respondents").cast(pl.Int64), pl.col("base").cast(pl.Int64)]
    return cells.select(kept).hstack(moments)


def _moments(cells: pl.DataFrame) -> pl.DataFrame:
    n, base, people, tt, tm, mm = as_arrays(cells, "n", "base", "people", "tt", "tm", "mm")
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = n / base
        spread = mean * (1 - mean)
        deviations = np.maximum(tt - 2 * mean * tm + mean**2 * mm, 0)
        together = deviations * people / (people - 1) * (base - 1) / base
        alone = base * spread
        size = effective_n(
            n=base,
            weights_effect=np.ones_like(base),
            clustering=np.where(alone > 0, together / alone, np.nan),
            repetition=mm / base,
            information=(people - 1) * spread / _HALF**2,
        )
    figures = {"mean": mean, "square": mean, "n_effective": size, "df": people - 1}
    return pl.DataFrame({**figures, "deviations": deviations}).cast(pl.Float64)


def moments_of_mentions(cells: pl.DataFrame, *, suffix: str = "") -> Moments:
    """The moments in the columns of `count_mentions`."""
    names = (f"{name}{suffix}" for name in ("mean", "square", "n_effective", "df"))
    return Moments(*as_arrays(cells, *names))


def share_mentions(
    mentions: pl.DataFrame, base: pl.DataFrame, *, by: Sequence[str], within: str = "language"
) -> pl.DataFrame:
    """Shares with 95 % intervals: by..., n, n_respondents, base, share, ci_low, ci_high."""
    cells = count_mentions(mentions, base, by=by, within=within)
    low, high = interval_of("wilson", moments_of_mentions(cells), z=normal_quantile(0.95))
    figures = [
        pl.Series(name, limit, dtype=pl.Float64)
        for name, limit in (("ci_low", low), ("ci_high", high))
    ]
    shown = cells.select(*by, "n", "n_respondents", "base", pl.col("mean").alias("share"))
    return shown.with_columns(figures)


def compare_mentions(
    now: tuple[pl.DataFrame, pl.DataFrame],
    then: tuple[pl.DataFrame, pl.DataFrame],
    *,
    by: Sequence[str],
    least: int,
    within: str = "language",
) -> pl.DataFrame:
    """How the share of comments that mention something changed.

    Parameters
    ----------
    now, then
        Mentions and base of each period, as `count_mentions` takes them.
    least
        People who mention it in the two periods together at least; what fewer mention is no
        test. (A choice by the larger period would favour what differs by chance.)

    Returns
    -------
    pl.DataFrame
        by..., n, n_respondents, base, share, and the same with `_before`, estimate (share -
        share_before), ci_low, ci_high, p_value, q_value (Benjamini-Hochberg over all rows); sorted
        by `by`.
    """
    sides = [count_mentions(*side, by=by, within=within) for side in (now, then)]
    joined = sides[0].join(sides[1], on=by, how="full", coalesce=True, suffix="_before")
    people = pl.concat([side[0].select(*by, "person") for side in (now, then)]).group_by(by)
    known = people.agg(pl.col("person").n_unique()).filter(pl.col("person") >= least)
    both = joined.join(known, on=by, how="semi").sort(by)
    both = _with_absent(both, now[1], then[1], within=within)
    moments = [moments_of_mentions(both, suffix=suffix) for suffix in ("", "_before")]
    correlation = _correlation(both, now, then, by=by, within=within)

    def limits(z: float | Array) -> tuple[Array, Array]:
        return difference_of("wilson", *moments, correlation=correlation, z=z)

    low, high = limits(normal_quantile(0.95))
    tested = p_value_of(limits, tested=np.zeros(both.height))
    figures = {
        "estimate": moments[0].mean - moments[1].mean,
        "ci_low": low,
        "ci_high": high,
        "p_value": tested,
        "q_value": q_values(tested),
    }
    columns = ("n", "n_respondents", "base", "share")
    named = both.with_columns(share="mean", share_before="mean_before")
    return named.select(*by, *columns, *(f"{name}_before" for name in columns)).with_columns(
        pl.Series(name, v, dtype=pl.Float64) for name, v in figures.items()
    )


def _with_absent(
    both: pl.DataFrame, now: pl.DataFrame, then: pl.DataFrame, *, within: str
) -> pl.DataFrame:
    """Zeros where something is mentioned in one period only; languages absent in one go."""
    for suffix, base in (("", now), ("_before", then)):
        size = base.group_by(within).agg(
            pl.len().cast(pl.Int64).alias("_base"), pl.col("person").n_unique().alias("_people")
        )
        both = (
            both.join(size, on=within, how="inner", maintain_order="left")
            .with_columns(
                pl.col(f"base{suffix}").fill_null(pl.col("_base")),
                pl.col(f"n_effective{suffix}").fill_null(pl.col("_people").cast(pl.Float64)),
                pl.col(f"df{suffix}").fill_null(pl.col("_people").cast(pl.Float64) - 1),
                pl.col(f"n{suffix}", f"n_respondents{suffix}").fill_null(0),
                pl.col(f"mean{suffix}", f"square{suffix}", f"deviations{suffix}").fill_null(0.0),
            )
            .drop("_base", "_people")
        )
    return both


def _correlation(
    both: pl.DataFrame,
    now: tuple[pl.DataFrame, pl.DataFrame],
    then: tuple[pl.DataFrame, pl.DataFrame],
    *,
    by: Sequence[str],
    within: str,
) -> Array:
    """Correlation of the two shares through people who wrote in both periods."""
    sizes = [
        base.group_by(within, "person").agg(m=pl.len().cast(pl.Float64)) for _, base in (now, then)
    ]
    shared = sizes[0].join(sizes[1], on=[within, "person"], suffix="2")
    told = [
        mentions.join(shared.select(within, "person"), on=[within, "person"], how="semi")
        .group_by([*by, "person"])
        .agg(t=pl.len().cast(pl.Float64))
        for mentions, _ in (now, then)
    ]
    pairs = (
        told[0]
        .join(told[1], on=[*by, "person"], how="full", coalesce=True, suffix="2")
        .with_columns(pl.col("t", "t2").fill_null(0.0))
        .join(shared, on=[within, "person"])
    )
    t, t2, m, m2 = (pl.col(name) for name in ("t", "t2", "m", "m2"))
    sums = pairs.group_by(by).agg(tt=(t * t2).sum(), tm=(t * m2).sum(), mt=(m * t2).sum())
    base = shared.group_by(within).agg(mm=(m * m2).sum(), paired=pl.len())
    cells = both.join(sums, on=by, how="left", maintain_order="left").join(
        base, on=within, how="left", maintain_order="left"
    )
    tt, tm, mt, mm, paired = map(np.nan_to_num, as_arrays(cells, "tt", "tm", "mt", "mm", "paired"))
    share, before, own, other = as_arrays(
        cells, "mean", "mean_before", "deviations", "deviations_before"
    )
    product = tt - before * tm - share * mt + share * before * mm
    with np.errstate(invalid="ignore", divide="ignore"):
        raw = product / np.sqrt(own * other)
    trusted = np.where(np.isfinite(raw), np.clip(raw, -1, 1), 0)
    return np.asarray(trusted * paired / (paired + PSEUDO_PAIRS), dtype=float)
