"""How do a table of cases and its columns become the arrays that effects are fitted on?

Unit of observation: a case with a known outcome. Where others are judged, a driver without a value
stands at its mean and a flag says so, which is adjusted for. Numbers are cut at
their deciles beside being taken as they are, so that what is adjusted for may bend; small
categories are joined.

It cannot tell why a value is missing.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from cxresearch.errors import DataError, ParameterError, require_columns, require_names
from cxresearch.language import mark
from cxresearch.models.balance import Flags, People
from cxresearch.models.case_values import check_finite
from cxresearch.models.partialling import Matrix
from cxresearch.models.plain_columns import is_id_name
from cxresearch.study import is_protected_name
from cxresearch.transforms.intervals import Array
from cxresearch.transforms.scales import Table

PROTECTED = mark("it stands for a protected characteristic")
ALL_ALIKE = mark("it is the same for all")
FEW_KNOWN = mark("too few people have a value of it")
ID_LIKE = mark("each of its values has only a few cases")
FEWEST_KNOWN = 100
"""People who must have a value of a driver."""

_LEVELS = 10
_SMALL = 10  # cases of a category of its own
_MOST_CATEGORIES = 40


@dataclass(frozen=True)
class Design:
    """Cases as arrays.

    Attributes
    ----------
    rows
        Position of each case in the table.
    outcome, people
        One a case.
    names
        Drivers that can be judged, in the order asked for.
    values
        Cases by drivers, NaN where missing.
    context_names, context
        Columns of context, and cases by columns: numbers, categories as codes.
    blocks
        Cases by columns: drivers and context cut into flags and scaled.
    block_of
        Of each column of `blocks` the part it belongs to: the drivers first, then the columns of
        context, then the flags of missing of the drivers, at last what is learnt from context.
    why_not
        Drivers that cannot be judged, and why.
    dropped
        Context that was left out, and why.
    """

    rows: People
    outcome: Array
    people: People
    names: list[str]
    values: Array
    context_names: list[str]
    context: Array
    blocks: Matrix
    block_of: People
    why_not: dict[str, str]
    dropped: dict[str, str]

    def take(self, rows: Flags) -> "Design":
        """Some of the cases."""
        parts = ("rows", "outcome", "people", "values", "context", "blocks")
        return replace(self, **{name: getattr(self, name)[rows] for name in parts})

    @property
    def n_parts(self) -> int:
        """How many parts columns of `blocks` may belong to."""
        return 2 * len(self.names) + len(self.context_names) + 1

    @property
    def filled(self) -> Array:
        """Cases by drivers, the mean where missing; 0 where no case knows it."""
        missing = np.isnan(self.values)
        n = np.maximum((~missing).sum(axis=0), 1)
        return np.where(missing, np.where(missing, 0.0, self.values).sum(axis=0) / n, self.values)


def lay_out_cases(
    table: Table,
    *,
    outcome: str,
    drivers: Sequence[str],
    context: Sequence[str],
    person: str | None,
    allow_protected: Collection[str],
) -> Design:
    """The arrays of a table.

    Raises
    ------
    DataError
        A column is missing; outcome or driver hold text.
    ParameterError
        A column is named twice, or has two parts; no driver, or a text for a list.
    """
    require_names(drivers, "drivers", least=1)
    require_names(context, "context")
    require_names(allow_protected, "allow_protected")
    _check_names([outcome, *drivers, *context, *([person] if person else [])])
    require_columns(table, outcome, *drivers, *context, *([person] if person else []))
    data = table.lazy().select(outcome, *drivers, *context, *([person] if person else [])).collect()
    _check_numbers(data.select(outcome, *drivers))
    check_finite(data[outcome])
    number = pl.col(outcome, *drivers).cast(pl.Float64)
    data = data.with_columns(pl.when(number.is_finite()).then(number).name.keep())
    data = data.with_row_index("_row").filter(pl.col(outcome).is_not_null())
    people = _people(data, person)
    why_not = {name: PROTECTED for name in drivers if _is_refused(name, allow_protected)}
    why_not |= {
        name: reason
        for name in drivers
        if name not in why_not and (reason := _unfit(data[name], people))
    }
    refused = {name: PROTECTED for name in context if _is_refused(name, allow_protected)}
    kept = [name for name in context if name not in refused]
    refused |= {name: reason for name in kept if (reason := _tells_nothing(data[name]))}
    names = [name for name in drivers if name not in why_not]
    kept = [name for name in kept if name not in refused]
    values = data.select(names).cast(pl.Float64).fill_null(np.nan).to_numpy()
    values = values.reshape(data.height, len(names)).astype(float)
    columns = [_as_code(data[name]) for name in kept]
    blocks, block_of = _cut(data, names, kept)
    return Design(
        rows=data["_row"].to_numpy().astype(np.int64),
        outcome=data[outcome].to_numpy().astype(float),
        people=people,
        names=names,
        values=values,
        context_names=kept,
        context=np.column_stack([np.zeros((data.height, 0)), *columns]),
        blocks=blocks,
        block_of=block_of,
        why_not=why_not,
        dropped=refused,
    )


def _is_refused(name: str, allowed: Collection[str]) -> bool:
    return is_protected_name(name) and name not in allowed


def _unfit(values: pl.Series, people: People) -> str:
    """Why a driver cannot be judged; empty where it can."""
    known = values.is_not_null().to_numpy()
    if np.unique(people[known]).size < FEWEST_KNOWN:
        return FEW_KNOWN
    return ALL_ALIKE if values.drop_nulls().n_unique() < 2 else ""


def _tells_nothing(values: pl.Series) -> str:
    """Why a column of context cannot be adjusted for; empty where it can."""
    if values.n_unique() < 2:
        return ALL_ALIKE
    is_own = values.n_unique() == values.len() > _SMALL
    if _is_number(values):
        return ID_LIKE if is_own and is_id_name(values.name) else ""
    largest = values.cast(pl.String).fill_null("").value_counts()["count"].max()
    return "" if isinstance(largest, int) and largest >= min(_SMALL, values.len()) else ID_LIKE


def _check_names(names: Sequence[str]) -> None:
    twice = sorted({name for name in names if list(names).count(name) > 1})
    if twice:
        raise ParameterError(
            f"'{twice[0]}' is named twice",
            allowed="every column once: outcome, person, driver or context",
            next_step=f"leave '{twice[0]}' out of one of them",
        )


def _check_numbers(data: pl.DataFrame) -> None:
    for name, dtype in data.schema.items():
        if not (dtype.is_numeric() or dtype in (pl.Boolean, pl.Null)):
            raise DataError(
                f"column '{name}' holds {dtype}",
                allowed="numbers, or true and false; categories belong in context",
                next_step=f'context=["{name}"], or a flag: pl.col("{name}") == "..."',
            )


def _people(data: pl.DataFrame, person: str | None) -> People:
    """A number from 0 a case; a case without a person is a person of its own."""
    if person is None or not data.height:
        return np.arange(data.height)
    alone = pl.format("-{}", pl.col("_row"))
    named = pl.coalesce(pl.format("p{}", pl.col(person).cast(pl.String)), alone)
    code = data.select(named.rank("dense")).to_series().to_numpy().astype(np.int64)
    return np.asarray(code - 1, dtype=np.int64)


def _as_code(values: pl.Series) -> Array:
    """A column of context as numbers, missing as NaN."""
    if values.dtype.is_numeric() or values.dtype == pl.Boolean:
        return values.cast(pl.Float64).fill_null(np.nan).to_numpy().astype(float)
    codes = values.cast(pl.String).rank("dense").cast(pl.Float64)
    return codes.fill_null(np.nan).to_numpy().astype(float)


def _cut(
    data: pl.DataFrame, drivers: Sequence[str], context: Sequence[str]
) -> tuple[Matrix, People]:
    """Flags and numbers of all columns, scaled; and whose each of them is."""
    parts: list[Array] = []
    owner: list[int] = []
    for position, name in enumerate([*drivers, *context]):
        values = data[name]
        missing = values.is_null().to_numpy().astype(float)
        if position < len(drivers) and missing.any():
            parts.append(missing[:, None])
            owner.append(len(drivers) + len(context) + position)
        block = _numbers(values) if _is_number(values) else _categories(values)
        parts.append(block)
        owner += [position] * block.shape[1]
    joined = np.column_stack([np.zeros((data.height, 0)), *parts]).astype(np.float32)
    centre = joined.mean(axis=0, dtype=np.float64) if len(joined) else np.zeros(0)
    spread = joined.std(axis=0, dtype=np.float64) if len(joined) else np.zeros(0)
    varies = spread > 1e-6
    scaled = (joined[:, varies] - centre[varies]) / spread[varies]
    return scaled.astype(np.float32), np.asarray(owner, dtype=np.int64)[varies]


def _is_number(values: pl.Series) -> bool:
    return values.dtype.is_numeric() or values.dtype == pl.Boolean


def _numbers(values: pl.Series) -> Array:
    """A number as it is and, where it has more than two values, a flag a value or a tenth."""
    number = values.cast(pl.Float64)
    known = number.drop_nulls()
    filled = number.fill_null(known.mean() if known.len() else 0.0).to_numpy()
    levels = np.unique(known.to_numpy())
    if levels.size <= 2:
        return np.asarray(filled[:, None])
    if levels.size > _LEVELS:
        shares = np.linspace(0, 1, _LEVELS + 1)[1:-1]
        edges = np.unique(np.quantile(known.to_numpy(), shares))
        return np.column_stack([filled, *(filled > edge for edge in edges)])
    return np.column_stack([filled, *(filled >= level for level in levels[2:])])


def _categories(values: pl.Series) -> Array:
    """A flag a category, small ones joined."""
    text = values.cast(pl.String).fill_null("")
    sizes = text.value_counts(sort=False).sort(["count", text.name], descending=[True, False])
    kept = sizes.filter(pl.col("count") >= _SMALL)[text.name].to_list()[:_MOST_CATEGORIES]
    flags = [(text == level).to_numpy().astype(float) for level in kept]
    return np.column_stack([np.zeros((text.len(), 0)), *flags])
