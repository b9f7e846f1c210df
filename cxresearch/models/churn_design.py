"""What does a model see of a case? Columns of numbers and categories as two matrices.

Unit of observation: a case. A linear model sees standardised numbers, a flag where one is missing,
and a column a category; trees see numbers as they are, missing ones included, and a code a
category. Medians, spreads and categories are those of the cases the design was made from.

It cannot see a category that those cases did not have: such a case has none of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cxresearch.models.plain_columns import PlainColumn
from cxresearch.transforms.intervals import Array

Places = NDArray[np.int64]

RARE = 10
"""Cases below which a category is joined with other rare ones."""

_MOST_LEVELS = 50
_OTHER = "\x00other"


@dataclass(frozen=True)
class Encoded:
    """Cases as a model sees them: `linear` and `tree`, a row a case."""

    linear: Array
    tree: Array

    def take(self, places: NDArray[np.int64] | NDArray[np.bool_]) -> "Encoded":
        """The cases at these places."""
        return Encoded(self.linear[places], self.tree[places])

    def with_feature(self, other: "Encoded", block: slice, column: int) -> "Encoded":
        """These cases with one feature as the other cases have it."""
        linear, tree = self.linear.copy(), self.tree.copy()
        linear[:, block], tree[:, column] = other.linear[:, block], other.tree[:, column]
        return Encoded(linear, tree)


class Design:
    """How each feature becomes columns, learned from some cases.

    Attributes
    ----------
    features
        Names, in the order of the columns of `tree`.
    blocks
        The columns of `linear` that are of each feature.
    is_category
        Which columns of `tree` are codes.
    usual
        The median of each number, the commonest of each category.
    """

    def __init__(self, read: pl.DataFrame, columns: Sequence[PlainColumn]) -> None:
        self._parts = [
            _Number(read[how.name]) if how.kind == "number" else _Category(read[how.name])
            for how in columns
        ]
        self.features = [how.name for how in columns]
        self.is_category = [how.kind == "category" for how in columns]
        self.usual = {part.name: part.usual for part in self._parts}
        ends = np.cumsum([0, *(part.width for part in self._parts)]).tolist()
        self.blocks = [slice(*pair) for pair in pairwise(ends)]

    def encode(self, read: pl.DataFrame) -> Encoded:
        """Cases read by `read_columns` as matrices."""
        coded = [part.encode(read[part.name]) for part in self._parts]
        return Encoded(
            np.hstack([linear for linear, _ in coded]),
            np.column_stack([tree for _, tree in coded]),
        )


class _Number:
    """A number: standardised, held within what was seen; a flag where it is missing."""

    def __init__(self, values: pl.Series) -> None:
        self.name = values.name
        known = values.drop_nulls().to_numpy()
        self.usual: float | str | None = float(np.median(known)) if known.size else None
        self._middle = float(np.median(known)) if known.size else 0.0
        self._low = float(known.min()) if known.size else 0.0
        self._high = float(known.max()) if known.size else 0.0
        self._mean = float(known.mean()) if known.size else 0.0
        spread = float(known.std()) if known.size else 0.0
        self._spread = spread if spread > 1e-9 * max(abs(self._mean), 1e-9) else np.inf
        self._has_flag = values.null_count() > 0
        self.width = 1 + self._has_flag

    def encode(self, values: pl.Series) -> tuple[Array, Array]:
        raw = values.cast(pl.Float64).fill_null(float("nan")).to_numpy()
        is_missing = np.isnan(raw)
        held = np.clip(np.where(is_missing, self._middle, raw), self._low, self._high)
        scaled = (held - self._mean) / self._spread
        flag = [is_missing.astype(float)] if self._has_flag else []
        return np.column_stack([scaled, *flag]), raw


class _Category:
    """A category: a column each, the rare ones joined; a missing one is a category of its own."""

    def __init__(self, values: pl.Series) -> None:
        self.name = values.name
        counts = (
            values.drop_nulls().value_counts().sort("count", values.name, descending=[True, False])
        )
        self.usual: float | str | None = counts[values.name][0] if counts.height else None
        frequent = counts.filter(pl.col("count") >= RARE)[values.name].head(_MOST_LEVELS - 2)
        self._levels = sorted(frequent.to_list())
        if len(self._levels) < counts.height:
            self._levels.append(_OTHER)
        self._codes = {level: code for code, level in enumerate(self._levels)}
        self._has_missing = values.null_count() > 0
        self.width = len(self._levels) + self._has_missing

    def encode(self, values: pl.Series) -> tuple[Array, Array]:
        default = self._codes.get(_OTHER)
        known = values.drop_nulls().unique().to_list()
        codes = {level: self._codes.get(level, default) for level in known}
        code = (
            values.replace_strict(codes, return_dtype=pl.Int64) if codes else values.cast(pl.Int64)
        )
        if self._has_missing:
            code = code.set(values.is_null(), len(self._levels))
        tree = code.cast(pl.Float64).fill_null(float("nan")).to_numpy()
        return (tree[:, None] == np.arange(self.width)).astype(float), tree
