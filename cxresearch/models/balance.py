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
from cxresearch.transforms.intervals import Array, normal_quantile, student_quantile

NOTABLE = 0.1
"""Standardised difference from which a feature is called out (Austin 2009)."""

_MOST_CATEGORIES = 50

Flags = NDArray[np.bool_]
People = NDArray[np.int64]


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


def people_of(frame: pl.DataFrame, *, group: str | None, key: str) -> People:
    """A number a person; whoever has no id, and everybody without the column, stands alone.

    Examples
    --------
    >>> asked = pl.DataFrame({"i": ["1", "2", "3", "4"], "person": ["a", "a", None, "3"]})
    >>> len(set(people_of(asked, group="person", key="i").tolist()))
    3
    """
    if group not in frame.columns:
        return np.arange(frame.height)
    # An id of a case may be spelled like that of another person.
    person = pl.coalesce(pl.format("p{}", pl.col(group)), pl.format("-{}", pl.col(key)))
    names = frame.select(person).to_series().to_numpy()
    return np.asarray(np.unique(names, return_inverse=True)[1], dtype=np.int64)


def fewest_people(design: Features, answered: Flags, *, people: People) -> list[int]:
    """Each column's people with a value other than 0, on the side that has fewer of them."""
    return [
        min(np.unique(people[has & side]).size for side in (answered, ~answered))
        for has in (design.values != 0).T
    ]


def standardised_differences(
    design: Features,
    answered: Flags,
    *,
    weights: Array,
    people: People | None = None,
    confidence: float = 0.95,
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
    people
        From `people_of`: the cases of one person are one cluster. None: each case is another's.

    Returns
    -------
    pl.DataFrame
        feature, category, n, n_answered, mean_answered, mean_silent, mean_invited, estimate (gap
        of the means over the root of the mean variance), ci_low, ci_high, difference_weighted
        (weighted answered - all, same unit), is_notable. Null where a feature does not vary.

    Notes
    -----
    Standard error by leaving out one person at a time (jackknife: Miller 1974, Biometrika 61) with
    t on their number - 1, never below that of independent cases (Hedges & Olkin 1985).
    """
    said, silent = design.values[answered], design.values[~answered]
    spread = np.sqrt((said.var(axis=0) + silent.var(axis=0)) / 2)
    spread = np.where(spread > 0, spread, np.nan)
    gap = (said.mean(axis=0) - silent.mean(axis=0)) / spread
    sizes = (said.shape[0], silent.shape[0])
    independent = 1 / sizes[0] + 1 / sizes[1] + gap**2 / (2 * sum(sizes))
    half = normal_quantile(confidence) * np.sqrt(independent)
    if people is not None:
        half = np.maximum(
            half, _clustered_half(design, answered, people=people, confidence=confidence)
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


def _clustered_half(
    design: Features, answered: Flags, *, people: People, confidence: float
) -> Array:
    """Half the interval of each gap, the cases of a person counting as one."""
    n = int(people.max()) + 1
    fewer = min(np.unique(people[side]).size for side in (answered, ~answered))
    quantile = student_quantile(df=np.array([fewer - 1.0]), z=normal_quantile(confidence))
    gaps = (_without_each(values, answered, people=people) for values in design.values.T)
    errors = np.array([np.sqrt((n - 1) * gap.var()) for gap in gaps])
    return np.asarray(quantile * errors, dtype=float)


def _without_each(values: Array, answered: Flags, *, people: People) -> Array:
    """The gap of one feature with each person left out in turn."""
    centred = values - values.mean()
    moments = []
    for side in (answered, ~answered):
        powers = (np.ones(int(side.sum())), centred[side], centred[side] ** 2)
        sums = (np.bincount(people[side], power, int(people.max()) + 1) for power in powers)
        left = [total.sum() - total for total in sums]
        with np.errstate(invalid="ignore", divide="ignore"):
            mean, square = left[1] / left[0], left[2] / left[0]
        moments.append((mean, np.maximum(square - mean**2, 0)))
    (said, said_var), (silent, silent_var) = moments
    spread = (said_var + silent_var) / 2
    varies = spread > 1e-9 * centred.var()  # else the one left out was the only one who differs
    return np.where(varies, said - silent, 0) / np.sqrt(np.where(varies, spread, 1))
