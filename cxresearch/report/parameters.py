"""Which parameters does a notebook take, and are the given ones among them and of their type?

A notebook declares its parameters in the cell tagged `parameters`, one a line:
`name: type = value  # help`, literals only, because the given values are injected after that cell.
Papermill itself lets an unknown name or a wrong type pass with a log line; here both are errors
before anything runs. The cell is read as Python (`ast`) and not by `papermill.inspect_notebook`,
which overlooks a line with a second equals sign, be it in its help.
"""

import ast
import io
import math
import tokenize
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from cxresearch.errors import ParameterError, RunError, did_you_mean

# What the runner sets itself, and the option that sets it.
RESERVED = MappingProxyType(
    {
        "study": "the folder named first on the command line",
        "output": "--out",
        "period": "--period",
        "language": "--language",
    }
)
_TRUE = frozenset({"true", "yes", "1"})
_FALSE = frozenset({"false", "no", "0"})


@dataclass(frozen=True)
class Parameter:
    """One line of a notebook's parameters cell.

    Parameters
    ----------
    type_name
        `str`, `int`, `float`, `bool`, `list[str]`, `list[int]` or `list[float]`.
    default
        The literal in the cell.
    """

    name: str
    type_name: str
    default: Any
    help: str = ""

    def __str__(self) -> str:
        explained = f" ({self.help})" if self.help else ""
        return f"{self.name}: {self.type_name} = {self.default!r}{explained}"

    def read(self, value: Any) -> Any:
        """Turn `value` (text from the command line, or already typed) into this type.

        Raises
        ------
        ValueError
            It cannot be read as this type.

        Examples
        --------
        >>> Parameter("minimum", "int", 30).read("50")
        50
        >>> Parameter("shares", "list[float]", [0.5]).read("0.1, 0.9")
        [0.1, 0.9]
        """
        return _READERS[self.type_name](value)


def read_parameters(source: str, *, path: Path) -> dict[str, Parameter]:
    """Read the parameters that a cell's `source` declares, in its order.

    Parameters
    ----------
    path
        The notebook, named in errors.

    Raises
    ------
    RunError
        A line is not `name: type = literal`, the type is none we inject, or the literal is of
        another type.

    Examples
    --------
    >>> cell = 'minimum: int = 30  # fewest answers shown'
    >>> print(read_parameters(cell, path=Path("10_metrics.ipynb"))["minimum"])
    minimum: int = 30 (fewest answers shown)
    """
    try:
        statements = ast.parse(source).body
        comments = _comments(source)
    except (SyntaxError, tokenize.TokenError) as error:
        raise _not_declared(path, str(error)) from None
    found = [_read_statement(statement, comments, path=path) for statement in statements]
    return {parameter.name: parameter for parameter in found if parameter is not None}


def check_parameters(
    declared: Mapping[str, Mapping[str, Parameter]], given: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    """The values to inject into each notebook, once every given one is known and of its type.

    Parameters
    ----------
    declared
        Parameters by name, for each notebook that is to run.
    given
        Values by parameter name; each goes to every notebook that declares the name.

    Returns
    -------
    dict of str to dict
        For each notebook the given values, typed. Defaults are left to the notebook.

    Raises
    ------
    ParameterError
        A name is reserved, or declared by no notebook; or a value is not of the declared type.
    """
    known = {p.name: p for each in declared.values() for p in each.values()}
    for name in given:
        _check_name(name, known)
    return {
        notebook: {
            name: _read_value(notebook, parameters[name], value)
            for name, value in given.items()
            if name in parameters
        }
        for notebook, parameters in declared.items()
    }


def split_assignments(texts: Iterable[str], *, option: str) -> dict[str, str]:
    """Read `name=value` texts, as options give them.

    Raises
    ------
    ParameterError
        A text has no `=` or no name, or a name comes twice.

    Examples
    --------
    >>> split_assignments(["region=Nord", "plan=a=b"], option="--where")
    {'region': 'Nord', 'plan': 'a=b'}
    """
    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        name = name.strip()
        if not equals or not name or name in found:
            raise ParameterError(
                f"{option} '{text}' " + ("repeats a name" if name in found else "is no name=value"),
                allowed="name=value, each name once",
                next_step=f'write {option} "name=value"',
            )
        found[name] = value.strip()
    return found


def _check_name(name: str, known: Mapping[str, Parameter]) -> None:
    if name in RESERVED:
        raise ParameterError(
            f"parameter '{name}' is set by the run itself",
            allowed=_listed(known),
            next_step=f"use {RESERVED[name]} instead",
        )
    if name not in known:
        raise ParameterError(
            f"no notebook of this run takes a parameter '{name}'.{did_you_mean(name, known)}",
            allowed=_listed(known),
            next_step="correct the name; nothing has run",
        )


def _listed(known: Mapping[str, Parameter]) -> str:
    free = [str(parameter) for name, parameter in sorted(known.items()) if name not in RESERVED]
    return "; ".join(free) or "these notebooks take none"


def _read_value(notebook: str, parameter: Parameter, value: Any) -> Any:
    try:
        return parameter.read(value)
    except (ValueError, TypeError):
        raise ParameterError(
            f"parameter '{parameter.name}' of {notebook} is {value!r}",
            allowed=f"{parameter.type_name}, for example {parameter.default!r}",
            next_step=parameter.help or "correct the value; nothing has run",
        ) from None


def _read_statement(
    statement: ast.stmt, comments: Mapping[int, str], *, path: Path
) -> Parameter | None:
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return None  # a docstring
    where = ast.unparse(statement)
    if not (
        isinstance(statement, ast.AnnAssign)
        and isinstance(statement.target, ast.Name)
        and statement.value is not None
    ):
        raise _not_declared(path, where)
    type_name = ast.unparse(statement.annotation)
    try:
        default = ast.literal_eval(statement.value)
        if type_name not in _READERS or _READERS[type_name](default) != default:
            raise ValueError
    except (ValueError, TypeError):
        raise _not_declared(path, where) from None
    comment = comments.get(statement.end_lineno or 0, "")
    return Parameter(statement.target.id, type_name, default, comment)


def _comments(source: str) -> dict[int, str]:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {
        token.start[0]: token.string.lstrip("# ").strip()
        for token in tokens
        if token.type == tokenize.COMMENT
    }


def _not_declared(path: Path, where: str) -> RunError:
    return RunError(
        f"{path}: its parameters cell holds '{where}'",
        allowed=f"lines 'name: type = literal  # help' with type {', '.join(_READERS)}",
        next_step="move anything else to a later cell",
    )


def _read_text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _read_int(value: Any) -> int:
    if isinstance(value, bool | float):
        raise TypeError(value)
    return int(value)


def _read_float(value: Any) -> float:
    if isinstance(value, bool):
        raise TypeError(value)
    if not math.isfinite(number := float(value)):
        raise ValueError(value)
    return number


def _read_bool(value: Any) -> bool:
    text = str(value).strip().lower()
    if text not in _TRUE | _FALSE:
        raise ValueError(value)
    return text in _TRUE


def _read_list(read: Callable[[Any], Any]) -> Callable[[Any], list[Any]]:
    def read_items(value: Any) -> list[Any]:
        if isinstance(value, str):
            return [read(item.strip()) for item in value.split(",") if item.strip()]
        if not isinstance(value, list | tuple):
            raise TypeError(value)
        return [read(item) for item in value]

    return read_items


_READERS: Mapping[str, Callable[[Any], Any]] = MappingProxyType(
    {
        "str": _read_text,
        "int": _read_int,
        "float": _read_float,
        "bool": _read_bool,
        "list[str]": _read_list(_read_text),
        "list[int]": _read_list(_read_int),
        "list[float]": _read_list(_read_float),
    }
)
