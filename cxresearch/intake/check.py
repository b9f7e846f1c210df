"""Which rows keep the contract, and what exactly is wrong with the others?

Rows that break a rule are quarantined, never dropped: every broken rule is a line with file, row,
column, value and rule. Exact copies keep the first; the same id with different contents
quarantines all. A customer nobody knows is quarantined or made anonymous, as the study declares;
an interaction nobody knows is set aside and the answer kept, since an answer without its contact
is still an answer.

Conservation holds in every source: rows after mapping = accepted + quarantined.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate

import polars as pl

from cxresearch.contract import KEYS, RULE_COLUMNS, SCHEMAS
from cxresearch.intake.instants import INSTANT
from cxresearch.intake.map import BROKEN, MappedTable, broken_cells, schema_of
from cxresearch.intake.read import PLACE, as_text
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
    **dict.fromkeys(("table", "source"), pl.String),
    **dict.fromkeys(("n_source_rows", "n_mapped", "n_accepted", "n_quarantined"), pl.UInt32),
}
_OF_CUSTOMERS = ("interactions", "responses", "invitations")
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
    def links(self) -> pl.DataFrame:
        """What rows name of other tables; answers of employees and walk-throughs name nobody."""
        if self.name == "responses":
            own = self.rows.lazy().filter(pl.col("voice") == "customer")
            return own.select("customer_id", "interaction_id").collect()
        return self.rows.select(["customer_id"] if self.name in _OF_CUSTOMERS else [])


def check_table(
    name: str,
    mapped: Sequence[MappedTable],
    *,
    study: Study,
    data_until: datetime | None = None,
    customers: pl.Series | None = None,
    interactions: pl.Series | None = None,
    responses: pl.Series | None = None,
) -> CheckedTable:
    """Part the good rows of a table from the broken ones.

    Parameters
    ----------
    name
        The contract table.
    mapped
        Its sources in the order of study.yml.
    study
        For declared attributes and what to do with unknown customers.
    data_until
        First instant after the data, where it is declared.
    customers, interactions, responses
        Accepted ids; None where the study has no such table.
    """
    rows = pl.concat([table.rows for table in mapped])
    ends = list(accumulate(table.rows.height for table in mapped))
    unreadable = pl.concat(
        table.unreadable.with_columns(pl.col("_index") + (end - table.rows.height))
        for table, end in zip(mapped, ends, strict=True)
    )
    rules = _broken_rules(rows, build_rules(name, study, data_until))
    made = set[str]().union(*(table.made for table in mapped))
    broken = [*_keep_causes(unreadable, rules), _copies(rows, name, unreadable, made)]
    aside = [_strangers(rows, "interaction_id", interactions if name == "responses" else None)]
    broken.append(_strangers(rows, "response_id", responses if name == "labels" else None))
    strangers = _strangers(rows, "customer_id", customers if name in _OF_CUSTOMERS else None)
    (aside if study.unknown_customers == "anonymous" else broken).append(strangers)

    all_broken = pl.concat(broken)
    emptied = pl.concat(aside).join(all_broken, on="_index", how="anti", maintain_order="left")
    is_good = pl.Series([True]).new_from_index(0, rows.height)
    is_good = is_good.scatter(all_broken["_index"].unique(), False)
    accepted = _empty(rows, emptied).filter(is_good)
    quarantine = [_whole_lines(name, table) for table in mapped]
    quarantine += _describe(name, mapped, all_broken)
    return CheckedTable(
        name=name,
        rows=accepted.drop(PLACE),
        quarantine=pl.concat(quarantine).sort("source", "file", "row", "column", "rule"),
        set_aside=pl.concat(_describe(name, mapped, emptied)),
        conservation=_conserve(name, mapped, is_good, all_broken),
    )


def build_rules(name: str, study: Study, data_until: datetime | None) -> dict[str, pl.Expr]:
    """What must hold in a row, by rule id: the contract's rules and those on instants.

    An expression that is null holds, as in dataframely.
    """
    schema = schema_of(study, name)
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
    cells = [broken_cells(places[rule][0], _column_of(rule), rule) for rule in broken]
    return pl.concat([pl.DataFrame(schema=BROKEN), *cells])


def _column_of(rule: str) -> str:
    return RULE_COLUMNS.get(rule) or rule.partition("|")[0]


def _keep_causes(unreadable: pl.DataFrame, rules: pl.DataFrame) -> list[pl.DataFrame]:
    """Drop "is empty" for a cell that is empty only because it could not be read."""
    is_empty = pl.col("rule").str.ends_with("|nullability")
    causes = rules.filter(is_empty).join(unreadable, on=["_index", "column"], how="anti")
    return [unreadable, rules.filter(~is_empty), causes]


def _copies(
    rows: pl.DataFrame, name: str, unreadable: pl.DataFrame, made: set[str]
) -> pl.DataFrame:
    """Exact copies after the first, and every row whose id stands for different contents."""
    key, keys = KEYS[name], SCHEMAS[name].primary_key()
    # Where all hashes differ all ids do: the quicker question, asked of every table.
    if rows[key].hash().n_unique() == rows.height:
        return pl.DataFrame(schema=BROKEN)
    contents = [column for column in rows.columns if column not in {*PLACE, *made}]
    # A row with an unreadable cell is a copy of nothing: its text is not compared.
    odd = pl.col("_index").is_in(unreadable["_index"].implode())
    same = (
        rows.with_row_index("_index")
        .filter(pl.col(key).is_not_null() & pl.struct(keys).is_duplicated())
        .with_columns(pl.when(odd).then("_index").alias("_odd"))
        .with_columns(pl.struct(*contents, "_odd").is_first_distinct().alias("_first"))
    )
    copies = same.filter(~pl.col("_first"))["_index"]
    different = same.filter("_first").filter(pl.struct(keys).is_duplicated())["_index"]
    return pl.concat(
        [broken_cells(copies, key, "exact_duplicate"), broken_cells(different, key, "primary_key")]
    )


def _strangers(rows: pl.DataFrame, column: str, known: pl.Series | None) -> pl.DataFrame:
    if known is None:
        return pl.DataFrame(schema=BROKEN)
    ids = pl.DataFrame({column: rows[column]}).with_row_index("_index").drop_nulls()
    unknown = ids.join(pl.DataFrame({column: known}), on=column, how="anti", maintain_order="left")
    return broken_cells(unknown["_index"], column, f"unknown_{column.removesuffix('_id')}")


def _empty(rows: pl.DataFrame, cells: pl.DataFrame) -> pl.DataFrame:
    for (column,), group in cells.group_by("column", maintain_order=True):
        name = str(column)
        rows = rows.with_columns(rows[name].scatter(group["_index"], None))
    return rows


def _by_source(
    mapped: Sequence[MappedTable], cells: pl.DataFrame
) -> Iterator[tuple[MappedTable, pl.DataFrame]]:
    """Each source with its own cells, `_index` counted within it."""
    start = 0
    for table in mapped:
        end = start + table.rows.height
        own = cells.filter(pl.col("_index").is_between(start, end, closed="left"))
        yield table, own.with_columns(pl.col("_index") - start)
        start = end


def _describe(name: str, mapped: Sequence[MappedTable], cells: pl.DataFrame) -> list[pl.DataFrame]:
    """Place of broken cells and what stood in the file."""
    parts = [pl.DataFrame(schema=QUARANTINE)]
    for table, own in _by_source(mapped, cells):
        for (column,), group in own.group_by("column", maintain_order=True):
            places = group["_index"]
            origin = table.text.get(str(column), table.rows[str(column)]).gather(places)
            parts.append(
                table.rows.select(pl.col(PLACE).gather(places)).select(
                    pl.col("_file").alias("file"),
                    pl.col("_row").alias("row"),
                    pl.lit(name).alias("table"),
                    pl.lit(table.raw.name).alias("source"),
                    group["column"],
                    as_text(pl.lit(origin), origin.dtype).alias("value"),
                    group["rule"],
                )
            )
    return parts


def _whole_lines(name: str, table: MappedTable) -> pl.DataFrame:
    """Lines that are no row of the table."""
    return table.raw.unreadable.select(
        pl.col("_file").alias("file"),
        pl.col("_row").alias("row"),
        pl.lit(name).alias("table"),
        pl.lit(table.raw.name).alias("source"),
        pl.lit(None, dtype=pl.String).alias("column"),
        "value",
        "rule",
    )


def _conserve(
    name: str, mapped: Sequence[MappedTable], is_good: pl.Series, broken: pl.DataFrame
) -> pl.DataFrame:
    lines, start = [], 0
    for table, own in _by_source(mapped, broken):
        n, n_lines = table.rows.height, table.raw.unreadable.height
        n_accepted = is_good.slice(start, n).sum()
        n_quarantined = own["_index"].n_unique() + n_lines
        n_source = table.raw.rows.height + n_lines
        lines.append((name, table.raw.name, n_source, n + n_lines, n_accepted, n_quarantined))
        start += n
    found = pl.DataFrame(lines, schema=CONSERVATION, orient="row")
    if (found["n_mapped"] != found["n_accepted"] + found["n_quarantined"]).any():
        raise AssertionError(f"rows were lost or counted twice on the way to {name}: {found}")
    return found
