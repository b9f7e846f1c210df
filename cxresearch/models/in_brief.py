"""How does a fitted model introduce itself in one line?

The unit is a result with a `glance()`: what it rests on, how well it does, or why there is none.
Tables stay in `tidy()` and `glance()`.
"""

from typing import Any, Protocol

import polars as pl


class Glanced(Protocol):
    """A result that tells of itself in one row."""

    def glance(self) -> pl.DataFrame:
        """One row."""
        ...


def in_brief(result: Glanced, *names: str) -> str:
    """One line: the figures of `glance()` that are known, and why there are no others.

    Examples
    --------
    >>> class Seen:
    ...     def glance(self):
    ...         return pl.DataFrame({"n": [1200], "auc": [0.8123], "why_not": [None]})
    >>> in_brief(Seen(), "n", "n_left", "auc")
    'Seen(n=1,200, auc=0.81)'
    """
    row = result.glance().row(0, named=True)
    told = [f"{name}={_said(row[name])}" for name in names if row.get(name) is not None]
    if row.get("why_not"):
        told.append(f"why_not={row['why_not']!r}")
    return f"{type(result).__name__}({', '.join(told)})"


def _said(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
