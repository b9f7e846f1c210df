"""Which rows does a query give? SQLite and DuckDB, by a URI from the environment.

The URI may hold a password: it is never printed, nor is what a driver says about it.
"""

import os
import sqlite3
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from cxresearch.errors import DataError
from cxresearch.intake.dialect import check_header
from cxresearch.study import Sql

SCHEMES = "sqlite:///file.db, duckdb:///file.duckdb (a fourth slash for an absolute path)"


def read_query(sql: Sql, *, data: Path, label: str) -> pl.DataFrame:
    """Run a query.

    Parameters
    ----------
    sql
        The query, and the name of the environment variable that holds the URI.
    data
        Folder against which a relative database path is resolved.
    label
        The source's name in messages.

    Returns
    -------
    polars.DataFrame
        The columns of the query. A column of mixed types is text.

    Raises
    ------
    DataError
        The variable is not set, the URI's scheme is not known, the database is missing or
        refuses the query.
    """
    path, scheme = database_path(sql, data=data, label=label)
    try:
        names, rows = _run_sqlite(path, sql) if scheme == "sqlite" else _run_duckdb(path, sql)
    except ImportError:
        raise DataError(
            f"{label}: reading a DuckDB database needs the package duckdb, which is not installed",
            allowed=SCHEMES,
            next_step="install cxresearch with its extra: pip install 'cxresearch[duckdb]'",
        ) from None
    except Exception as error:
        if not isinstance(error, sqlite3.Error) and not type(error).__module__.startswith(
            ("duckdb", "_duckdb")
        ):
            raise
        reason = " ".join(str(error).replace(str(path), "the database").split())
        raise DataError(
            f"{label}: the database refused the query: {reason}",
            allowed="one SELECT the database understands",
            next_step="run the query in the database's own shell, then mend `sql: {query: ...}`",
        ) from None
    check_header(tuple(names), label)
    columns = zip(*rows, strict=True) if rows else [()] * len(names)
    return pl.DataFrame([_series(n, c) for n, c in zip(names, columns, strict=True)])


def database_path(sql: Sql, *, data: Path, label: str) -> tuple[Path, str]:
    """The database file a URI points at, and its scheme."""
    uri = os.environ.get(sql.uri_env, "")
    if not uri:
        raise DataError(
            f"{label}: the environment variable {sql.uri_env} is not set",
            allowed=SCHEMES,
            next_step=f"set it for the command: {sql.uri_env}=sqlite:///survey.db cxresearch ...",
        )
    scheme, separator, rest = uri.partition(":///")
    if not separator or scheme not in ("sqlite", "duckdb"):
        shown = uri.partition(":")[0] if ":" in uri else "none"
        raise DataError(
            f"{label}: the URI in {sql.uri_env} has the scheme '{shown}'",
            allowed=SCHEMES,
            next_step="export other databases to Parquet or CSV first, and name those files",
        )
    path = data / rest.partition("?")[0]
    if not path.is_file():
        raise DataError(
            f"{label}: the URI in {sql.uri_env} points at no database file",
            allowed=SCHEMES,
            next_step="check the path in the variable; a relative one starts at the data folder",
        )
    return path, scheme


def _run_sqlite(path: Path, sql: Sql) -> tuple[list[str], Sequence[tuple[Any, ...]]]:
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    try:
        cursor = connection.execute(sql.query)
        return [column[0] for column in cursor.description or ()], cursor.fetchall()
    finally:
        connection.close()


def _run_duckdb(path: Path, sql: Sql) -> tuple[list[str], Sequence[tuple[Any, ...]]]:
    import duckdb

    connection = duckdb.connect(str(path), read_only=True)
    try:
        cursor = connection.execute(sql.query)
        return [column[0] for column in cursor.description or ()], cursor.fetchall()
    finally:
        connection.close()


def _series(name: str, values: Sequence[Any]) -> pl.Series:
    # SQLite lets every cell have its own type: what is mixed becomes text, nothing turns null.
    kinds = {type(value) for value in values if value is not None}
    if not kinds:
        return pl.Series(name, values, dtype=pl.String)
    if kinds <= {int, float, Decimal} and kinds != {int}:
        return pl.Series(name, [None if v is None else float(v) for v in values], dtype=pl.Float64)
    if len(kinds) == 1 and not kinds & {bytes, list, dict, tuple}:
        return pl.Series(name, values, strict=True)
    return pl.Series(name, [None if v is None else str(v) for v in values], dtype=pl.String)
