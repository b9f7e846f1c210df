"""Which rows keep the contract, and what exactly is wrong with the others?

Rows that break a rule are quarantined, never dropped: every broken rule is a line with file, row,
column, value and rule. Exact copies keep the first; the same id with different contents
quarantines all. A customer nobody knows is quarantined or made anonymous, as the study declares;
an interaction nobody knows is set aside and the answer kept, since an answer without its contact
is still an answer.

Conservation holds in every source: rows after mapping = accepted + quarantined.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate

import polars as pl

from cxresearch.contract import KEYS, RULE_COLUMNS, build_schema
from cxresearch.intake.instants import INSTANT
from cxresearch.intake.map import UNREADABLE, MappedTable
from cxresearch.intake.read import PLACE, RawTable, as_text
from cxresearch.study import Study

QUARANTINE = {
    "file": pl.String,
    "row": pl.UInt32,
    "table": pl.String,
    "source": pl.String,
    "column": pl.String,
    "value": pl.String,
    "rule": pl.String,
}
CONSERVATION = {
    "table": pl.String,
    "source": pl.String,
    "n_source_rows": pl.UInt32,
    "n_mapped": pl.UInt32,
    "n_accepted": pl.UInt32,
    "n_quarantined": pl.UInt32,
}
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
LATEST = datetime(2090, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class CheckedTable:
    """A contract table and what was kept out of it.

    Parameters
    ----------
    rows
        Accepted rows, columns of the contract.
    quarantine
        One line a broken rule: `QUARANTINE`.
    set_aside
        Cells emptied in accepted rows, same columns.
    conservation
        One line a source: `CONSERVATION`.
    """

    name: str
    rows: pl.DataFrame
    quarantine: pl.DataFrame
    set_aside: pl.DataFrame
    conservation: pl.DataFrame

    @property
    def from_customers(self) -> pl.DataFrame:
        """Rows that come from a customer: answers of employees and walk-throughs do not."""
        if self.name != "responses":
            return self.rows
        return self.rows.filter(pl.col("voice") == "customer")


def check_table(
    name: str,
    mapped: Sequence[MappedTable],
    raw: Sequence[RawTable],
    *,
    study: Study,
    data_until: datetime | None = None,
    customers: pl.Series | None = None,
    interactions: pl.Series | None = None,
) -> CheckedTable:
    """Part the good rows of a table from the broken ones.

    Parameters
    ----------
    name
        The contract table.
    mapped, raw
        Its sources in the order of study.yml, mapped and raw.
    study
        For declared attributes and what to do with unknown customers.
    data_until
        First instant after the data, where it is declared.
    customers, interactions
        Accepted ids; None where the study has no such table.
    """
    stack = _Stack(name, mapped)
    rows, unreadable = stack.rows, stack.unreadable
    broken = _keep_causes(
        unreadable,
        _broken_rules(rows, build_rules(name, study, data_until)),
        _copies(rows, KEYS[name], unreadable["_index"], made=stack.made),
    )
    aside = [_strangers(rows, "interaction_id", interactions if name == "responses" else None)]
    strangers = _strangers(rows, "customer_id", customers if name != "customers" else None)
    (aside if study.unknown_customers == "anonymous" else broken).append(strangers)

    all_broken = pl.concat(broken)
    keep = _all_but(all_broken["_index"], rows.height)
    emptied = pl.concat(aside).filter(pl.col("_index").is_in(keep.arg_true().implode()))
    accepted = _empty(rows, emptied).drop(PLACE)
    accepted = accepted.filter(keep) if all_broken.height else accepted
    lines = [stack.describe(all_broken), *(_lines(name, table) for table in raw)]
    return CheckedTable(
        name=name,
        rows=accepted,
        quarantine=pl.concat(lines).sort("source", "file", "row", "column", "rule"),
        set_aside=stack.describe(emptied),
        conservation=_conserve(stack, raw, keep, all_broken, accepted.height),
    )


def build_rules(name: str, study: Study, data_until: datetime | None) -> dict[str, pl.Expr]:
    """What must hold in a row, by rule id: the contract's rules and those on instants.

    An expression that is null holds, as in dataframely.
    """
    attributes = {column: part.type for column, part in study.attributes.items()}
    schema = build_schema(name, attributes=attributes)
    # dataframely evaluates every rule into a column; counting first is several times faster on
    # data that is mostly right. A test holds the two ways equal.
    rules = {
        rule: check.expr
        for rule, check in schema._validation_rules(with_cast=False).items()
        if rule != "primary_key"
    }
    instants = [c for c, column in schema.columns().items() if column.dtype == INSTANT]
    for column in instants:
        rules[f"{column}|before_1990"] = pl.col(column) >= pl.lit(EARLIEST, dtype=INSTANT)
        rules[f"{column}|after_2090"] = pl.col(column) < pl.lit(LATEST, dtype=INSTANT)
    if data_until and "at" in instants:  # what began before the end may well close after it
        rules["at|after_end_of_data"] = pl.col("at") < pl.lit(data_until, dtype=INSTANT)
    return rules


def _broken_rules(rows: pl.DataFrame, rules: dict[str, pl.Expr]) -> pl.DataFrame:
    counts = rows.lazy().select((~rule).sum().alias(name) for name, rule in rules.items()).collect()
    broken = [name for name, n in counts.row(0, named=True).items() if n]
    found = rows.lazy().select(
        pl.arg_where((~rules[name]).fill_null(False)).implode().alias(name) for name in broken
    )
    places = found.collect() if broken else pl.DataFrame()
    return pl.concat(
        [pl.DataFrame(schema=UNREADABLE)]
        + [_broken(places[name][0], _column_of(name), name) for name in broken]
    )


def _column_of(rule: str) -> str:
    return RULE_COLUMNS.get(rule) or rule.partition("|")[0]


def _broken(places: pl.Series, column: str, rule: str) -> pl.DataFrame:
    return pl.DataFrame({"_index": places.cast(pl.UInt32)}).with_columns(
        pl.lit(column).alias("column"), pl.lit(rule).alias("rule")
    )


def _keep_causes(
    unreadable: pl.DataFrame, rules: pl.DataFrame, copies: pl.DataFrame
) -> list[pl.DataFrame]:
    """Drop "is empty" for a cell that is empty only because it could not be read."""
    empty = rules.filter(pl.col("rule").str.ends_with("|nullability"))
    follows = empty.join(unreadable, on=["_index", "column"], how="semi")
    return [unreadable, rules.join(follows, on=["_index", "rule"], how="anti"), copies]


def _all_but(places: pl.Series, n: int) -> pl.Series:
    everything = pl.Series([True]).new_from_index(0, n)
    return everything.scatter(places.unique(), False) if places.len() else everything


def _copies(
    rows: pl.DataFrame, key: str, unreadable: pl.Series, *, made: frozenset[str]
) -> pl.DataFrame:
    """Exact copies after the first, and every row whose id stands for different contents."""
    blank = pl.DataFrame(schema=UNREADABLE)
    keys = rows[key]
    if keys.n_unique() == keys.len():
        return blank
    contents = [name for name in rows.columns if name not in PLACE and name not in made]
    # A row with an unreadable cell is a copy of nothing: its text is not compared.
    odd = pl.when(pl.col("_index").is_in(unreadable.implode())).then(pl.col("_index"))
    same = (
        rows.with_row_index("_index")
        .filter(pl.col(key).is_not_null() & pl.col(key).is_duplicated())
        .with_columns(odd.alias("_odd"))
        .with_columns(pl.struct(*contents, "_odd").is_first_distinct().alias("_first"))
    )
    copies = same.filter(~pl.col("_first"))["_index"]
    different = same.filter("_first").filter(pl.col(key).is_duplicated())["_index"]
    return pl.concat(
        [_broken(copies, key, "exact_duplicate"), _broken(different, key, "primary_key")]
    )


def _strangers(rows: pl.DataFrame, column: str, known: pl.Series | None) -> pl.DataFrame:
    if known is None:
        return pl.DataFrame(schema=UNREADABLE)
    ids = pl.DataFrame({column: rows[column]}).with_row_index("_index").drop_nulls()
    unknown = ids.join(pl.DataFrame({column: known}), on=column, how="anti", maintain_order="left")
    rule = "unknown_customer" if column == "customer_id" else "unknown_interaction"
    return _broken(unknown["_index"], column, rule)


def _empty(rows: pl.DataFrame, cells: pl.DataFrame) -> pl.DataFrame:
    for (column,), group in cells.group_by("column", maintain_order=True):
        name = str(column)
        rows = rows.with_columns(rows[name].scatter(group["_index"], None))
    return rows


class _Stack:
    """The sources of a table below one another; knows for a row where it came from."""

    def __init__(self, name: str, mapped: Sequence[MappedTable]) -> None:
        heights = [table.rows.height for table in mapped]
        self.name, self.mapped = name, mapped
        self.rows = pl.concat([table.rows for table in mapped])
        self.offsets = list(accumulate(heights, initial=0))
        self.made = frozenset[str]().union(*(table.made for table in mapped))
        self.unreadable = pl.concat(
            table.unreadable.with_columns(pl.col("_index") + pl.lit(offset, dtype=pl.UInt32))
            for table, offset in zip(mapped, self.offsets, strict=False)
        )

    def inside(self, number: int, broken: pl.DataFrame) -> pl.DataFrame:
        """Broken cells of source `number`."""
        start, end = self.offsets[number], self.offsets[number + 1]
        return broken.filter(pl.col("_index").is_between(start, end, closed="left"))

    def describe(self, broken: pl.DataFrame) -> pl.DataFrame:
        """Place of broken cells and what stood in the file."""
        parts = [pl.DataFrame(schema=QUARANTINE)]
        for number, table in enumerate(self.mapped):
            own = self.inside(number, broken)
            for (column,), group in own.group_by("column", maintain_order=True):
                parts.append(self._lines(table, str(column), group, self.offsets[number]))
        return pl.concat(parts)

    def _lines(
        self, table: MappedTable, column: str, group: pl.DataFrame, start: int
    ) -> pl.DataFrame:
        places = group["_index"] - start
        origin = table.text.get(column, table.rows[column])
        cells = origin.gather(places).alias("value").to_frame()
        return pl.DataFrame(
            {
                "file": table.rows["_file"].gather(places),
                "row": table.rows["_row"].gather(places),
            }
        ).with_columns(
            pl.lit(self.name).alias("table"),
            pl.lit(table.name).alias("source"),
            group["column"],
            cells.select(as_text(pl.col("value"), cells.schema["value"])).to_series(),
            group["rule"],
        )


def _lines(name: str, table: RawTable) -> pl.DataFrame:
    return table.unreadable.select(
        pl.col("_file").alias("file"),
        pl.col("_row").alias("row"),
        pl.lit(name).alias("table"),
        pl.lit(table.name).alias("source"),
        pl.lit(None, dtype=pl.String).alias("column"),
        "value",
        "rule",
    )


def _conserve(
    stack: _Stack, raw: Sequence[RawTable], keep: pl.Series, broken: pl.DataFrame, n_kept: int
) -> pl.DataFrame:
    lines = []
    for number, (table, origin) in enumerate(zip(stack.mapped, raw, strict=True)):
        n, n_lines = table.rows.height, origin.unreadable.height
        n_accepted = int(keep.slice(stack.offsets[number], n).sum())
        n_quarantined = stack.inside(number, broken)["_index"].n_unique() + n_lines
        counts = (table.n_source_rows + n_lines, n + n_lines, n_accepted, n_quarantined)
        lines.append((stack.name, table.name, *counts))
    table_of = pl.DataFrame(lines, schema=CONSERVATION, orient="row")
    sums = table_of.select("n_mapped", pl.col("n_accepted") + pl.col("n_quarantined"))
    if table_of["n_accepted"].sum() != n_kept or (sums["n_mapped"] != sums["n_accepted"]).any():
        raise AssertionError(
            f"rows were lost or counted twice on the way to {stack.name}: {table_of}"
        )
    return table_of
