"""Which events does a journey consist of, and in what order did they happen?

Unit of observation: an event of (customer, instant, touchpoint), from any source. A prepared log
is sorted by customer, instant and a declared order; what is then still equal keeps the order of
its rows. Every count of this package looks at the row before and never sorts again.

It cannot tell what happened first among simultaneous events unless `order` says so.
"""

from collections.abc import Sequence

import polars as pl

from cxresearch.errors import DataError, ParameterError, require_columns
from cxresearch.transforms.cells import as_names
from cxresearch.transforms.scales import Table

LOG_COLUMNS = ("customer_id", "at", "touchpoint")
"""Columns of every log, whatever they were called before."""

NEXT_STEP = "prepare it: log = prepare_log(events)"


def prepare_log(
    events: Table,
    *,
    customer: str = "customer_id",
    at: str = "at",
    touchpoint: str = "touchpoint",
    order: str | Sequence[str] = (),
) -> pl.DataFrame:
    """Make an event log out of any table of events.

    The `interactions` of a study are such a log already.

    Parameters
    ----------
    events
        A row an event, in any order.
    customer
        Whose event it is; null where nobody knows.
    at
        When: a date, or an instant in any unit.
    touchpoint
        Where or what: text, or an Enum whose order is kept.
    order
        Columns that say what came first among events of one customer at one instant. Without them,
        or where they are equal too, the order of the rows is kept.

    Returns
    -------
    pl.DataFrame
        customer_id, at (microseconds), touchpoint (Enum), then the other columns; sorted by
        customer, instant and `order`. Rows without a customer come last: no path counts them,
        `describe_log` tells how many they are.

    Raises
    ------
    DataError
        A column is missing; an instant or a touchpoint is null; `at` is neither date nor instant.
    ParameterError
        Another column already has one of the three names.

    Examples
    --------
    >>> from datetime import date
    >>> events = pl.DataFrame(
    ...     {
    ...         "user": ["b", "a", "a"],
    ...         "day": [date(2025, 1, 1), date(2025, 1, 9), date(2025, 1, 2)],
    ...         "page": ["shop", "help", "shop"],
    ...     }
    ... )
    >>> prepare_log(events, customer="user", at="day", touchpoint="page")["touchpoint"].to_list()
    ['shop', 'help', 'shop']
    """
    names = {customer: "customer_id", at: "at", touchpoint: "touchpoint"}
    ties = as_names(order)
    require_columns(events, *names, *ties)
    _refuse_clash(events, names)
    table = events.lazy().select(*names, pl.exclude(*names)).rename(names).collect()
    ties = [names.get(name, name) for name in ties]
    _refuse_nulls(table, names)
    typed = table.with_columns(_as_instant(table, name=at), _as_enum(table))
    if isinstance(typed.schema["customer_id"], pl.Categorical | pl.Enum):
        typed = typed.with_columns(pl.col("customer_id").cast(pl.String))
    return typed.sort("customer_id", "at", *ties, nulls_last=True, maintain_order=True)


def describe_log(log: Table) -> pl.DataFrame:
    """What a log holds, and how much of it paths cannot use.

    Returns
    -------
    pl.DataFrame
        One row: n_events, n_without_customer (in no path), n_customers, n_touchpoints,
        n_simultaneous (events at the instant of the same customer's event before: their order is
        declared, not known), first_at, last_at.

    Examples
    --------
    >>> from datetime import date
    >>> events = {"customer_id": ["a", "a", None], "at": [date(2025, 1, 1)] * 3}
    >>> log = prepare_log(pl.DataFrame({**events, "touchpoint": ["shop", "help", "shop"]}))
    >>> describe_log(log).row(0)[:5]
    (3, 1, 1, 2, 1)
    """
    require_log(log)
    customer, at = pl.col("customer_id"), pl.col("at")
    again = customer == customer.shift(1)
    return (
        log.lazy()
        .select(
            n_events=pl.len().cast(pl.Int64),
            n_without_customer=customer.null_count().cast(pl.Int64),
            n_customers=customer.drop_nulls().n_unique().cast(pl.Int64),
            n_touchpoints=pl.col("touchpoint").n_unique().cast(pl.Int64),
            n_simultaneous=(again & (at == at.shift(1))).sum().cast(pl.Int64),
            first_at=at.min(),
            last_at=at.max(),
        )
        .collect()
    )


def number_customers(
    log: Table, customers: Table | None = None
) -> tuple[pl.DataFrame, pl.DataFrame | None]:
    """The log in memory with whole numbers for customers, read once for all that is counted.

    Whole numbers are a third of the cost of ids where several tables are counted of one log.

    Parameters
    ----------
    log
        As `prepare_log` makes it.
    customers
        Has customer_id; other columns stay.

    Returns
    -------
    tuple
        customer_id, at and touchpoint of the log, and `customers`, both with the place of the id
        among all ids in order, so that every count is the same as with the ids.

    Examples
    --------
    >>> from datetime import date
    >>> events = {"customer_id": ["b", "b", None], "at": [date(2025, 1, 1)] * 3}
    >>> log = prepare_log(pl.DataFrame({**events, "touchpoint": ["shop", "help", "shop"]}))
    >>> numbered, people = number_customers(log, pl.DataFrame({"customer_id": ["a", "b"]}))
    >>> numbered["customer_id"].to_list(), people["customer_id"].to_list()
    ([1, 1, None], [0, 1])
    """
    require_log(log)
    customer = pl.col("customer_id")
    is_other = customer.ne_missing(customer.shift(1)) | (pl.int_range(pl.len()) == 0)
    events = log.lazy().select(*LOG_COLUMNS, is_other=is_other).collect()
    stretches = events.lazy().filter("is_other").select("customer_id").collect()
    known = [stretches]
    if customers is not None:
        known.append(
            customers.lazy().select(customer.cast(stretches.schema["customer_id"])).collect()
        )
    ids = pl.concat(known).drop_nulls().unique().sort("customer_id").with_row_index("number")
    numbers = stretches.join(ids, on="customer_id", how="left", maintain_order="left")["number"]
    stretch = pl.col("is_other").cum_sum() - 1
    numbered = events.select(pl.lit(numbers).gather(stretch).alias("customer_id"), *LOG_COLUMNS[1:])
    if customers is None:
        return numbered, None
    people = customers.lazy().with_columns(customer.cast(stretches.schema["customer_id"])).collect()
    place = people.join(ids, on="customer_id", how="left", maintain_order="left")["number"]
    return numbered, people.with_columns(place.alias("customer_id"))


def require_log(log: Table) -> pl.Enum:
    """Make sure that `log` has the columns of a log; hand back its touchpoints.

    Raises
    ------
    DataError
        A column is missing, touchpoint is no Enum, or `at` is no instant.
    """
    require_columns(log, *LOG_COLUMNS)
    schema = log.collect_schema()
    touchpoint = schema["touchpoint"]
    if not isinstance(touchpoint, pl.Enum):
        raise DataError(
            f"column 'touchpoint' is {touchpoint}, so this is no prepared log",
            allowed="a log sorted by customer and instant, with touchpoint as Enum",
            next_step=NEXT_STEP,
        )
    if not isinstance(schema["at"], pl.Datetime):
        raise DataError(f"column 'at' is {schema['at']}", allowed="an instant", next_step=NEXT_STEP)
    return touchpoint


def _refuse_clash(events: Table, names: dict[str, str]) -> None:
    present = events.collect_schema().names()
    taken = [new for old, new in names.items() if new in present and new not in names]
    if taken:
        raise ParameterError(
            f"the events have a column '{taken[0]}' beside the one named for it",
            allowed="one column for each of customer, instant and touchpoint",
            next_step=f'drop or rename it first: events.drop("{taken[0]}")',
        )


def _refuse_nulls(table: pl.DataFrame, names: dict[str, str]) -> None:
    for old, new in list(names.items())[1:]:
        if n := table[new].null_count():
            raise DataError(
                f"{n} of {table.height} events have no value in column '{old}'",
                allowed="an instant and a touchpoint for every event",
                next_step=f'drop them, knowing how many: events.drop_nulls("{old}")',
            )


def _as_instant(table: pl.DataFrame, *, name: str) -> pl.Expr:
    kind = table.schema["at"]
    if isinstance(kind, pl.Datetime):
        return pl.col("at").dt.cast_time_unit("us")
    if kind == pl.Date:
        return pl.col("at").cast(pl.Datetime("us"))
    raise DataError(
        f"column '{name}' is {kind}",
        allowed="a date or an instant",
        next_step=f'read it first: pl.col("{name}").str.to_datetime()',
    )


def _as_enum(table: pl.DataFrame) -> pl.Expr:
    touchpoint = pl.col("touchpoint")
    if isinstance(table.schema["touchpoint"], pl.Enum):
        return touchpoint
    written = table["touchpoint"].unique().cast(pl.String).sort()
    return touchpoint.cast(pl.String).cast(pl.Enum(written))
