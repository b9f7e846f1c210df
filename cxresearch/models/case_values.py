"""What of a table of cases can a model use, and why not the rest?

Unit of observation: a case (a row) that belongs to a person. A column is left out, with the reason,
where it stands for a protected characteristic, is known of less than half of the cases or is the
same for all; of the rest the complete cases are used.

It cannot tell why a value is missing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from cxresearch.errors import DataError, ParameterError, require_columns
from cxresearch.language import mark
from cxresearch.models.balance import Flags, People
from cxresearch.study import is_protected_name
from cxresearch.transforms.intervals import Array
from cxresearch.transforms.scales import Table

LEAST_KNOWN = 0.5
"""Columns known of a smaller share of the cases are left out: complete cases would be few."""

PROTECTED = mark("it stands for a protected characteristic")
RARELY_KNOWN = mark("it is known of less than half of the cases")
ALL_ALIKE = mark("it is the same for all")


@dataclass(frozen=True)
class CaseValues:
    """The complete cases of a table.

    Attributes
    ----------
    outcome
        One a case.
    columns
        Names of the columns that can be used, in the order asked for.
    values
        Cases by columns.
    people
        A number from 0 a case; a case without a person is a person of its own.
    weights
        One a case, 1 on average.
    rows
        Position of each case in the table.
    why_not
        Columns left out, and why.
    n_missing
        Of every column asked for, how many cases have no value.
    """

    outcome: Array
    columns: list[str]
    values: Array
    people: People
    weights: Array
    rows: People
    why_not: dict[str, str]
    n_missing: dict[str, int]

    @property
    def n_people(self) -> int:
        """How many people the cases belong to."""
        return int(self.people.max()) + 1 if self.people.size else 0


def read_cases(
    table: Table,
    *,
    outcome: str,
    columns: Sequence[str],
    person: str | None = None,
    weight: str | None = None,
    allow_protected: Iterable[str] = (),
) -> CaseValues:
    """The outcome and the usable columns of the complete cases.

    Parameters
    ----------
    table
        A row a case; `columns` are numbers or true/false. What is not finite counts as missing.
    person, weight
        Whose case it is; how much it counts (0 or more).
    allow_protected
        Columns used although their names suggest a protected characteristic.

    Raises
    ------
    DataError
        A column is missing or is text; a weight is negative or missing.
    ParameterError
        A column is asked for twice, or is the outcome.
    """
    _check_names(outcome, columns, person=person)
    others = [name for name in (person, weight) if name]
    require_columns(table, outcome, *columns, *others)
    data = table.lazy().select(outcome, *columns, *others).collect()
    _check_numbers(data.select(outcome, *columns, *([weight] if weight else [])))
    check_finite(data[outcome])
    matrix = data.select(pl.col(outcome, *columns).cast(pl.Float64)).to_numpy()
    is_known = np.isfinite(matrix)
    n_missing = (~is_known).sum(axis=0)
    asked = is_known[:, 0]
    why_not = _left_out(columns, is_known[asked], allowed=set(allow_protected))
    places = [place for place, name in enumerate(columns, start=1) if name not in why_not]
    rows = np.flatnonzero(is_known[:, [0, *places]].all(axis=1))
    if rows.size < len(matrix):
        matrix = matrix[rows]
    varies = [place for place in places if rows.size and np.ptp(matrix[:, place]) > 0]
    why_not |= {columns[place - 1]: ALL_ALIKE for place in places if place not in varies}
    return CaseValues(
        outcome=matrix[:, 0],
        columns=[columns[place - 1] for place in varies],
        values=matrix[:, 1:] if len(varies) == len(columns) else matrix[:, varies],
        people=_people(data, rows, person),
        weights=_weights(data, rows, weight),
        rows=rows,
        why_not=why_not,
        n_missing=dict(zip(columns, n_missing[1:].tolist(), strict=True)),
    )


def _left_out(columns: Sequence[str], is_known: Flags, *, allowed: set[str]) -> dict[str, str]:
    """Columns that cannot be used whatever the others are, and why."""
    reasons = {}
    for place, name in enumerate(columns, start=1):
        if is_protected_name(name) and name not in allowed:
            reasons[name] = PROTECTED
        elif not len(is_known) or is_known[:, place].mean() < LEAST_KNOWN:
            reasons[name] = RARELY_KNOWN
    return reasons


def _check_names(outcome: str, columns: Sequence[str], *, person: str | None) -> None:
    twice = sorted({name for name in columns if list(columns).count(name) > 1})
    if twice:
        raise ParameterError(
            f"'{twice[0]}' is named twice", allowed="every column once", next_step="name it once"
        )
    for name in (outcome, person):
        if name in columns:
            raise ParameterError(
                f"'{name}' is the outcome or the person, and a driver too",
                allowed="drivers that are neither",
                next_step=f"leave '{name}' out of the drivers",
            )


def _check_numbers(data: pl.DataFrame) -> None:
    for name, dtype in data.schema.items():
        if not (dtype.is_numeric() or dtype in (pl.Boolean, pl.Null)):
            raise DataError(
                f"column '{name}' holds {dtype}",
                allowed="numbers, or true and false",
                next_step=f'cut it into columns of true and false: table.to_dummies("{name}")',
            )


def check_finite(outcome: pl.Series) -> None:
    """Make sure that no outcome is infinite: such cases are neither known nor blank.

    Raises
    ------
    DataError
        Says how many are.
    """
    n = int(outcome.cast(pl.Float64).is_infinite().sum())
    if n:
        raise DataError(
            f"column '{outcome.name}' is infinite in {n:,} of {outcome.len():,} rows",
            allowed="numbers, and blank where it is not known",
            next_step=f'leave them out: table.filter(pl.col("{outcome.name}").is_finite())',
        )


def _people(data: pl.DataFrame, rows: People, person: str | None) -> People:
    """A number from 0 a case."""
    if person is None:
        return np.arange(rows.size)
    named = data[person]
    if rows.size < len(named):
        named = named.gather(rows)
    if named.dtype.is_integer() and not named.null_count() and named.len():
        code = named.to_numpy()
        width = int(code.max()) - int(code.min()) + 1
        if width <= 4 * code.size:  # numbered already: no sorting
            met = np.zeros(width, dtype=bool)
            met[code - code.min()] = True
            return np.asarray((np.cumsum(met) - 1)[code - code.min()], dtype=np.int64)
    rank = named.rank("dense").cast(pl.Int64)
    nobody = rank.is_null().to_numpy()
    code = rank.fill_null(0).to_numpy(writable=True)
    code[nobody] = rows.size + 1 + np.arange(int(nobody.sum()))
    return np.asarray(np.unique(code, return_inverse=True)[1] if nobody.any() else code - 1)


def _weights(data: pl.DataFrame, rows: People, weight: str | None) -> Array:
    """Weights with mean 1."""
    if weight is None or not rows.size:
        return np.ones(rows.size)
    given = data[weight].gather(rows).cast(pl.Float64)
    if given.null_count() or not given.is_finite().all() or (given < 0).any() or not given.sum():
        raise DataError(
            f"'{weight}' has missing, negative or only zero weights",
            allowed="0 or more in every row, not all 0",
            next_step=f'set them: table.with_columns(pl.col("{weight}").fill_null(1))',
        )
    return np.asarray(given.to_numpy() / given.mean(), dtype=float)
