"""Which comments should people label, so that a few hundred tell of all?

Unit of observation: a comment. Comments are drawn within strata of language, what the lexicon says
(unknown among it), score and touchpoint: rare ones more often than their share, so that each kind
is seen, with a weight that undoes it. Names were taken out at preparation.

It cannot replace a second person: what two people read differently has no right answer.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl

from cxresearch.errors import DataError, ParameterError, require_columns
from cxresearch.models.tone_labels import tone_of_score
from cxresearch.transforms.scales import Table

GOLD_COLUMNS = ("response_id", "language", "touchpoint", "comment", "weight")
"""Columns of `draw_gold`, after which people write label and note."""

STRATA = ("language", "label", "band", "touchpoint")
"""What a stratum is made of, the last left out first where there would be too many."""
_IN_A_STRATUM = 2
WEIGHT_UNIT = 100
"""A weight is a whole number, as a spreadsheet may read 1.5 as the first of May; only how weights
compare matters."""


def draw_gold(scored: Table, *, n: int = 200, random_state: int = 0) -> pl.DataFrame:
    """Draw comments for people to label.

    Parameters
    ----------
    scored
        Comments as `score_tone` returns them: response_id, respondent_id, comment, language,
        label; touchpoint, metric, score and the scale where they are known. The same words of the
        same person are drawn once.
    n
        How many; all where there are fewer.
    random_state
        Another seed draws others.

    Returns
    -------
    pl.DataFrame
        `GOLD_COLUMNS`, in an order that tells nothing. `weight`: comments a drawn one stands for,
        in hundredths.

    Raises
    ------
    DataError
        A column is missing, or there is no comment.
    ParameterError
        n is below 1.

    Examples
    --------
    >>> said = pl.DataFrame({"response_id": list("abcdef"), "respondent_id": list("123456"),
    ...     "comment": ["Ottimo", "Bene", "Bravi", "Grazie", "Comodo", "Male"],
    ...     "language": ["it"] * 6, "label": ["positive"] * 5 + ["negative"]})
    >>> draw_gold(said, n=4).sort("weight")["weight"].to_list()  # three for five, one for one
    [100, 167, 167, 167]
    """
    if n < 1:
        raise ParameterError(f"n={n}", allowed="1 comment or more")
    require_columns(scored, "response_id", "respondent_id", "comment", "language", "label")
    frame = _with_bands(scored)
    if frame.is_empty():
        raise DataError(
            "there is no comment to label",
            allowed="responses with a comment, not all of them labelled already",
            next_step="map the column of comments in study.yml: columns: {comment: ...}",
        )
    rng = np.random.default_rng(random_state)
    frame = frame.with_columns(chance=rng.random(frame.height))
    keys = _strata(frame, n=n)
    drawn = frame.with_columns(
        size=pl.len().over(keys), place=pl.col("chance").rank("ordinal").over(keys)
    ).join(_allocate(frame, keys, n=n), on=keys, nulls_equal=True)
    drawn = drawn.filter(pl.col("place") <= pl.col("take")).sort("chance")
    weight = (pl.col("size") / pl.col("take") * WEIGHT_UNIT).round().cast(pl.Int64)
    return drawn.with_columns(weight=weight).select(GOLD_COLUMNS)


def _with_bands(scored: Table) -> pl.DataFrame:
    """One row a comment and person, with the band of its score."""
    present = scored.collect_schema().names()
    is_rated = {"score", "metric", "scale_min", "scale_max", "high_is"} <= set(present)
    middle = pl.when(pl.col("score").is_not_null()).then(pl.lit("middle")) if is_rated else None
    band = pl.lit(None, pl.String) if middle is None else pl.coalesce(tone_of_score(), middle)
    absent = [pl.lit(None, pl.String).alias("touchpoint")] if "touchpoint" not in present else []
    return (
        scored.lazy()
        .filter(pl.col("comment").str.strip_chars().str.len_bytes() > 0)
        .with_columns(*absent, band=band)
        .sort("response_id")
        .unique(["respondent_id", "comment"], keep="first", maintain_order=True)
        .collect()
    )


def _strata(frame: pl.DataFrame, *, n: int) -> list[str]:
    """As many of `STRATA` as leave two comments to draw for each."""
    for many in range(len(STRATA), 1, -1):
        keys = list(STRATA[:many])
        if frame.select(pl.struct(keys).n_unique()).item() * _IN_A_STRATUM <= n:
            return keys
    return list(STRATA[:1])


def _allocate(frame: pl.DataFrame, keys: Sequence[str], *, n: int) -> pl.DataFrame:
    """How many to draw in each stratum: by the root of its size, never more than there are.

    The root lies between equal numbers, best for comparing strata, and proportional ones, best for
    the whole (Bankier 1988, "Power allocations", The American Statistician 42:174).
    """
    sizes = frame.group_by(keys, maintain_order=True).agg(size=pl.len()).sort(keys)
    size = sizes["size"].to_numpy().astype(float)
    take, left = np.zeros(size.size), float(min(n, size.sum()))
    while left >= 1:
        is_open = take < size
        share = np.sqrt(size) * is_open
        more = np.minimum(np.floor(left * share / share.sum()), size - take)
        if not more.any():  # fewer are left than strata: the largest parts get one each
            first = np.argsort(-share, kind="stable")[: int(left)]
            more[first] = np.minimum(1, size - take)[first]
        take, left = take + more, left - more.sum()
    return (
        sizes.select(keys)
        .with_columns(take=pl.Series(take).cast(pl.Int64))
        .filter(pl.col("take") > 0)
    )
