"""What went wrong, what is allowed and what to do next.

Every error a user can cause is a `CxError`. It answers three questions in this order: what was
given, what is allowed, what to do next. Programming mistakes stay ordinary Python exceptions.
"""

from collections.abc import Iterable
from difflib import get_close_matches

import polars as pl


class CxError(Exception):
    """An error a user can mend.

    Parameters
    ----------
    cause
        What was given and where: file, row, column, value.
    allowed
        What is accepted there.
    next_step
        What to do next.

    Examples
    --------
    >>> print(CxError("score 11 in row 4", allowed="0 to 10", next_step="map 11 to blank"))
    score 11 in row 4
      allowed: 0 to 10
      next: map 11 to blank
    """

    def __init__(self, cause: str, *, allowed: str = "", next_step: str = "") -> None:
        super().__init__(cause)
        self.cause = cause
        self.allowed = allowed
        self.next_step = next_step

    def __str__(self) -> str:
        lines = [self.cause]
        if self.allowed:
            lines.append(f"  allowed: {self.allowed}")
        if self.next_step:
            lines.append(f"  next: {self.next_step}")
        return "\n".join(lines)


class StudyError(CxError):
    """The study's own files (study.yml, experience.yml) are wrong."""


class DataError(CxError):
    """The data cannot be read, or cannot answer what was asked of it."""


class ParameterError(CxError):
    """A command, a notebook or a function was given a value it does not take."""


class RunError(CxError):
    """A run could not be carried out or published."""


class CxWarning(UserWarning):
    """Doubt about the answer. The text shows the line to try."""


def did_you_mean(word: str, options: Iterable[str]) -> str:
    """Suggest the nearest of `options` to `word`.

    Returns
    -------
    str
        `` Did you mean 'nearest'?`` with a leading blank, or an empty string when nothing is near.

    Examples
    --------
    >>> did_you_mean("scroe", ["score", "comment"])
    " Did you mean 'score'?"
    >>> did_you_mean("xyz", ["score", "comment"])
    ''
    """
    spelled = {option.lower(): option for option in options}
    near = get_close_matches(word.lower(), list(spelled), n=1, cutoff=0.6)
    return f" Did you mean '{spelled[near[0]]}'?" if near else ""


def require_names(names: Iterable[str] | None, argument: str, *, least: int = 0) -> None:
    """Make sure that an argument that takes a list of names was given one.

    Parameters
    ----------
    names
        As given; None is whatever the function takes it for.
    argument
        What it is called.
    least
        How many names there must be.

    Raises
    ------
    ParameterError
        It is a text, or holds too few names.

    Examples
    --------
    >>> require_names("calls", "features")
    Traceback (most recent call last):
    cxresearch.errors.ParameterError: features='calls' is a text where a list belongs
      allowed: a list of names
      next: write features=['calls']
    """
    if isinstance(names, str):
        raise ParameterError(
            f"{argument}={names!r} is a text where a list belongs",
            allowed="a list of names",
            next_step=f"write {argument}=[{names!r}]",
        )
    if names is not None and least and len(list(names)) < least:
        raise ParameterError(
            f"{argument}=[] names nothing",
            allowed="one name or more",
            next_step=f"name them: {argument}=['...']",
        )


def require_columns(table: pl.DataFrame | pl.LazyFrame, *columns: str) -> None:
    """Make sure that `table` has `columns`.

    Raises
    ------
    DataError
        Names the first missing column, the nearest one present and all those present; or says that
        what is given is no table.

    Examples
    --------
    >>> require_columns(pl.DataFrame({"scroe": [9]}), "score")
    Traceback (most recent call last):
    cxresearch.errors.DataError: column 'score' is missing. Did you mean 'scroe'?
      allowed: a table with score; present: scroe
      next: rename the column, or name yours where the function asks for it
    """
    if not hasattr(table, "collect_schema"):
        named = f'pl.DataFrame({{"{columns[0]}": ...}})' if columns else "pl.DataFrame(...)"
        raise DataError(
            f"a {type(table).__name__} is given where a table belongs",
            allowed="a polars DataFrame or LazyFrame",
            next_step=f"put it into one: {named}",
        )
    present = table.collect_schema().names()
    missing = [column for column in columns if column not in present]
    if missing:
        raise DataError(
            f"column '{missing[0]}' is missing.{did_you_mean(missing[0], present)}",
            allowed=f"a table with {', '.join(columns)}; present: {', '.join(present) or 'none'}",
            next_step="rename the column, or name yours where the function asks for it",
        )
