"""Which rows does a query give? SQLite and DuckDB, by a URI from the environment.

The URI may hold a password: it is never printed, nor is what a driver says about it.
"""

import os
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from cxresearch.errors import DataError
from cxresearch.intake.dialect import check_header
from cxresearch.study import Sql

SCHEMES = "sqlite:///file.db, duckdb:///file.duckdb (a fourth slash for an absolute path)"
_PLAIN = {bool, int, float, str, date, datetime}


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
    connect, refusal = _driver(scheme, path, label)
    try:
        with closing(connect()) as connection:
            cursor = connection.execute(sql.query)
            names = tuple(column[0] for column in cursor.description or ())
            rows = cursor.fetchall()
    except refusal as error:
        reason = " ".join(str(error).replace(str(path), "the database").split())
        raise DataError(
            f"{label}: the database refused the query: {reason}",
            allowed="one SELECT the database understands",
            next_step="run the query in the database's own shell, then mend `sql: {query: ...}`",
        ) from None
    check_header(names, label)
    columns = zip(*rows, strict=True) if rows else [()] * len(names)
    return pl.DataFrame([_series(n, c) for n, c in zip(names, columns, strict=True)])


def database_path(sql: Sql, *, data: Path, label: str) -> tuple[Path, str]:
    """The database file a URI points at, and its scheme."""
    uri = os.environ.get(sql.uri_env, "")
    scheme, separator, rest = uri.partition(":///")
    path = data / rest.partition("?")[0]
    if not uri:
        cause = f"the environment variable {sql.uri_env} is not set"
        next_step = f"set it for the command: {sql.uri_env}=sqlite:///survey.db cxresearch ..."
    elif not separator or scheme not in ("sqlite", "duckdb"):
        shown = uri.partition(":")[0] if ":" in uri else "none"
        cause = f"the URI in {sql.uri_env} has the scheme '{shown}'"
        next_step = "export other databases to Parquet or CSV first, and name those files"
    elif not path.is_file():
        cause = f"the URI in {sql.uri_env} points at no database file"
        next_step = "check the path in the variable; a relative one starts at the data folder"
    else:
        return path, scheme
    raise DataError(f"{label}: {cause}", allowed=SCHEMES, next_step=next_step)


def _driver(scheme: str, path: Path, label: str) -> tuple[Callable[[], Any], type[Exception]]:
    """How to connect for reading only, and what the driver raises."""
    if scheme == "sqlite":
        uri = f"{path.resolve().as_uri()}?mode=ro"
        return partial(sqlite3.connect, uri, uri=True), sqlite3.Error
    try:
        import duckdb
    except ImportError:
        raise DataError(
            f"{label}: reading a DuckDB database needs the package duckdb, which is not installed",
            allowed=SCHEMES,
            next_step="install cxresearch with its extra: pip install 'cxresearch[duckdb]'",
        ) from None
    return partial(duckdb.connect, str(path), read_only=True), duckdb.Error


def _series(name: str, values: Sequence[Any]) -> pl.Series:
    # SQLite lets every cell have its own type: what is mixed becomes text, nothing turns null.
    kinds = {type(value) for value in values if value is not None}
    if len(kinds) == 1 and kinds <= _PLAIN:
        return pl.Series(name, values)
    return pl.Series(name, [None if v is None else str(v) for v in values], dtype=pl.String)
