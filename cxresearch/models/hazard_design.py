"""How does what is known of a customer at a month's start become numbers that can be fitted?

Unit of observation: a customer in a month. A number is standardised; where it is not known it takes
the middle, and a flag of its own says so. A category becomes one flag a level against the most
frequent one; levels of few customers are joined. Time as a customer bends at knots.

What a number does beyond a straight line, or two features together, is not in these columns.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b

import numpy as np
import polars as pl

from cxresearch.transforms.intervals import Array

MISSING, OTHER = "missing", "other"
LEAST_PEOPLE = 20
"""Levels of a category with fewer customers are joined to OTHER; flags of fewer are left out."""
MOST_LEVELS = 50
N_KNOTS = 8

_CONSTANT = 1e-9


@dataclass(frozen=True)
class Term:
    """One column of the design.

    Attributes
    ----------
    feature, category
        Where it comes from; category is a level, `missing`, or None for a number.
    against
        The level a level is held against.
    fill
        What stands in for a number that is not known.
    joined
        Levels that stand for themselves: any other is OTHER.
    centre, spread
        Mean and standard deviation where it was learned.
    n
        Rows in which the number is known, or which the flag marks.
    """

    feature: str
    category: str | None = None
    against: str | None = None
    fill: float = 0.0
    joined: tuple[str, ...] = ()
    centre: float = 0.0
    spread: float = 1.0
    n: int = 0

    def values(self, table: pl.DataFrame) -> Array:
        """The column before it is standardised."""
        column = table[self.feature]
        if self.joined:
            return (levels_of(column, self.joined) == self.category).cast(pl.Float64).to_numpy()
        number = as_number(column)
        if self.category == MISSING:
            return number.is_null().cast(pl.Float64).to_numpy()
        return number.fill_null(self.fill).to_numpy()


def as_number(column: pl.Series) -> pl.Series:
    """The column as numbers; what is not finite is not known."""
    number = column.cast(pl.Float64, strict=False)
    return pl.select(pl.when(number.is_finite()).then(number)).to_series()


def levels_of(column: pl.Series, kept: Sequence[str]) -> pl.Series:
    """Levels of a category: null is MISSING, and what is not among those kept is OTHER."""
    text = column.cast(pl.String).fill_null(MISSING)
    known = text.is_in(list(kept))
    return pl.select(pl.when(known).then(text).otherwise(pl.lit(OTHER))).to_series()


def learn_terms(
    table: pl.DataFrame, features: Sequence[str], *, person: str
) -> tuple[list[Term], list[tuple[str, str]]]:
    """Columns of the design, and features that cannot be used with the reason.

    Returns
    -------
    list of Term, list of (feature, reason)
        Reasons: `constant`, `too_many_levels`, `not_a_feature`. A number that is missing in the
        same rows as one before it has no flag of its own.

    Examples
    --------
    >>> table = pl.DataFrame({"who": ["a", "b"], "wait": [1.0, 3.0], "one": [1, 1]})
    >>> terms, dropped = learn_terms(table, ["wait", "one"], person="who")
    >>> [(term.feature, term.centre) for term in terms], dropped
    ([('wait', 2.0)], [('one', 'constant')])
    """
    terms: list[Term] = []
    dropped: list[tuple[str, str]] = []
    gaps: set[bytes] = set()
    for feature in features:
        column = table[feature]
        if column.dtype.is_temporal() or column.dtype.is_nested():
            dropped.append((feature, "not_a_feature"))
            continue
        is_number = column.dtype.is_numeric() or column.dtype in (pl.Boolean, pl.Null)
        found = _number_terms(column) if is_number else _level_terms(table, feature, person)
        if found is None:
            dropped.append((feature, "too_many_levels"))
            continue
        kept = [term for term in (_measured(t, table) for t in found) if term.spread > _CONSTANT]
        people = [table.filter(_is_marked(t, table))[person].n_unique() for t in kept]
        kept = [t for t, n in zip(kept, people, strict=True) if n >= LEAST_PEOPLE or not t.category]
        terms += [term for term in kept if _is_new(term, table, gaps)]
        if not kept:
            dropped.append((feature, "constant"))
    return terms, dropped


def _is_new(term: Term, table: pl.DataFrame, gaps: set[bytes]) -> bool:
    """Whether a number is missing in other rows than any before it; any other term is new."""
    if term.category != MISSING or term.joined:
        return True
    pattern = blake2b(np.packbits(term.values(table) > 0).tobytes()).digest()
    is_new = pattern not in gaps
    gaps.add(pattern)
    return is_new


def _number_terms(column: pl.Series) -> list[Term]:
    number = as_number(column)
    middle = number.median()
    fill = float(middle) if isinstance(middle, float) else 0.0
    n_missing = number.null_count()
    terms = [Term(column.name, fill=fill, n=column.len() - n_missing)]
    return [*terms, Term(column.name, MISSING, n=n_missing)] if n_missing else terms


def _level_terms(table: pl.DataFrame, feature: str, person: str) -> list[Term] | None:
    """A term a level but the most frequent one; None where there are too many levels."""
    named = table.select(pl.col(feature).cast(pl.String).fill_null(MISSING), person)
    sizes = named.group_by(feature).agg(pl.col(person).n_unique().alias("n"), pl.len())
    sizes = sizes.sort(["n", feature], descending=[True, False])
    kept = sizes.filter(pl.col("n") >= LEAST_PEOPLE)[feature].to_list()
    if len(kept) > MOST_LEVELS or (not kept and sizes.height > MOST_LEVELS):
        return None
    levels = (*kept, OTHER) if len(kept) < sizes.height and OTHER not in kept else tuple(kept)
    rows = dict(sizes.select(feature, "len").iter_rows())
    n_other = table.height - sum(rows[name] for name in kept)
    return [
        Term(feature, name, against=levels[0], joined=levels, n=rows.get(name, n_other))
        for name in levels[1:]
    ]


def _measured(term: Term, table: pl.DataFrame) -> Term:
    values = term.values(table)
    return replace(term, centre=float(values.mean()), spread=float(values.std()))


def _is_marked(term: Term, table: pl.DataFrame) -> pl.Series:
    return pl.Series(term.values(table) == 1)


def lay_out(terms: Sequence[Term], table: pl.DataFrame) -> Array:
    """Rows by terms, standardised."""
    columns = [(term.values(table) - term.centre) / term.spread for term in terms]
    return np.column_stack(columns) if columns else np.empty((table.height, 0))


@dataclass(frozen=True)
class Baseline:
    """How leaving bends with time as a customer, the same for all.

    Attributes
    ----------
    knots
        Times between which the log odds are straight; before the first and after the last they
        stay as they are.
    fill
        What stands in for a time that is not known.
    has_missing
        Whether such times were met: they have a level of their own.
    """

    knots: Array
    fill: float
    has_missing: bool
    centre: Array
    spread: Array

    def lay_out(self, time: Array) -> Array:
        """Rows by columns, standardised."""
        return (self._columns(time) - self.centre) / self.spread

    def _columns(self, time: Array) -> Array:
        missing = np.isnan(time)
        held = np.clip(np.where(missing, self.fill, time), self.knots[0], self.knots[-1])
        width = np.diff(self.knots)
        # Each column rises from 0 to 1 between two knots.
        parts = [np.clip((held[:, None] - self.knots[:-1]) / width, 0, 1)]
        if self.has_missing:
            parts.append(missing[:, None].astype(float))
        return np.concatenate(parts, axis=1)


def learn_baseline(time: Array, leaves: Array) -> Baseline:
    """Knots where equally many leave between two of them.

    Examples
    --------
    >>> months = np.arange(100.0)
    >>> learn_baseline(months, (months < 50).astype(float)).knots[[0, -1]].tolist()
    [0.0, 98.0]
    """
    known = ~np.isnan(time)
    if not known.any():
        time = np.zeros_like(time)
    seen = time[~np.isnan(time)]
    left = time[known & (leaves > 0)] if (known & (leaves > 0)).any() else seen
    inner = np.quantile(left, np.linspace(0, 1, N_KNOTS + 1))
    ends = (seen.min(), np.quantile(seen, 0.99, method="lower"))
    knots = np.unique(np.concatenate([ends, np.clip(inner, *ends)]))
    fill = float(np.median(seen))
    if knots.size < 2:
        knots = np.array([knots[0], knots[0] + 1])
    empty = Baseline(knots, fill, not known.all(), np.zeros(1), np.ones(1))
    columns = empty.lay_out(time if known.any() else np.full_like(time, np.nan))
    spread = columns.std(axis=0)
    return replace(
        empty, centre=columns.mean(axis=0), spread=np.where(spread > _CONSTANT, spread, 1.0)
    )
