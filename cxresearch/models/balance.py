"""How do two groups differ in what is known of them, in units that can be compared?

Unit of observation: a case with its features. Numbers, flags and categories are brought to the same
measure, the standardised difference, which does not grow with the number of cases.

It cannot see what was not recorded.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
import polars.selectors as cs
from numpy.typing import NDArray

from cxresearch.errors import DataError
from cxresearch.transforms.intervals import Array, normal_quantile

NOTABLE = 0.1
"""Standardised difference from which a feature is called out (Austin 2009)."""

_MOST_CATEGORIES = 50

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Features:
    """Features as numbers: one column a number, flag or category."""

    features: list[str]
    categories: list[str | None]
    values: Array


def code_features(frame: pl.DataFrame, features: Sequence[str]) -> Features:
    """Features as numbers, in the order given.

    A number or flag is one column (a null takes the median, and a column `missing` marks it), a
    category one column each, null being the category `missing`.

    Raises
    ------
    DataError
        A feature has more than 50 categories.

    Examples
    --------
    >>> coded = code_features(pl.DataFrame({"age": [30, None], "region": ["N", "S"]}),
    ...                       ["age", "region"])
    >>> list(zip(coded.features, coded.categories))
    [('age', None), ('age', 'missing'), ('region', 'N'), ('region', 'S')]
    """
    names: list[str] = []
    categories: list[str | None] = []
    columns: list[pl.Series] = []
    for feature in features:
        for category, values in _coded(frame[feature]):
            names.append(feature)
            categories.append(category)
            columns.append(values)
    return Features(names, categories, np.column_stack([c.to_numpy() for c in columns]))


def _coded(values: pl.Series) -> list[tuple[str | None, pl.Series]]:
    if values.dtype == pl.Boolean or values.dtype.is_numeric():
        number = values.cast(pl.Float64).fill_nan(None)
        missing = number.is_null().cast(pl.Float64)
        middle = number.median()
        filled = number.fill_null(middle if isinstance(middle, float) else 0.0)
        return [(None, filled), *([("missing", missing)] if missing.sum() else [])]
    text = values.cast(pl.String).fill_null("missing")
    levels = sorted(text.unique())
    if len(levels) > _MOST_CATEGORIES:
        raise DataError(
            f"feature '{values.name}' ({values.dtype}) has {len(levels)} categories",
            allowed=f"numbers, true/false, or up to {_MOST_CATEGORIES} categories",
            next_step="turn instants into days, join small categories, or leave it out",
        )
    return [(level, (text == level).cast(pl.Float64)) for level in levels]


def standardised_differences(
    design: Features, answered: Flags, *, weights: Array, confidence: float = 0.95
) -> pl.DataFrame:
    """Cases that answered against those that stayed silent, feature by feature.

    Parameters
    ----------
    design
        From `code_features`.
    answered
        Which of the cases answered.
    weights
        Weights of those that answered, to stand for all; ignored for the others.

    Returns
    -------
    pl.DataFrame
        feature, category, n, n_answered, mean_answered, mean_silent, mean_invited, estimate (gap
        of the means over the root of the mean variance), ci_low, ci_high, difference_weighted
        (weighted answered - all, same unit), is_notable. Null where a feature does not vary.

    Notes
    -----
    Standard error after Hedges & Olkin (1985).
    """
    said, silent = design.values[answered], design.values[~answered]
    spread = np.sqrt((said.var(axis=0) + silent.var(axis=0)) / 2)
    spread = np.where(spread > 0, spread, np.nan)
    gap = (said.mean(axis=0) - silent.mean(axis=0)) / spread
    sizes = (said.shape[0], silent.shape[0])
    half = normal_quantile(confidence) * np.sqrt(
        1 / sizes[0] + 1 / sizes[1] + gap**2 / (2 * sum(sizes))
    )
    weighted = np.average(said, axis=0, weights=weights[answered])
    columns = {
        "mean_answered": said.mean(axis=0),
        "mean_silent": silent.mean(axis=0),
        "mean_invited": design.values.mean(axis=0),
        "estimate": gap,
        "ci_low": gap - half,
        "ci_high": gap + half,
        "difference_weighted": (weighted - design.values.mean(axis=0)) / spread,
        "is_notable": np.abs(gap) >= NOTABLE,
    }
    named = {
        "feature": design.features,
        "category": pl.Series(design.categories, dtype=pl.String),
        "n": answered.size,
        "n_answered": sizes[0],
    }
    return pl.DataFrame(named | columns).with_columns(cs.float().fill_nan(None))
