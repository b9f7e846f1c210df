"""Which cases left? A column of outcomes, however it is written, as true and false.

Unit of observation: a case. A case whose outcome is blank is known of neither kind and is left out
of every base.

It cannot guess: words other than those of `LEFT` and `STAYED` are refused, with what to write.
"""

import numpy as np
import polars as pl

from cxresearch.errors import DataError, require_columns

LEFT = ("yes", "y", "true", "1", "left", "churned", "si", "sì", "vero", "uscito", "perso")
STAYED = ("no", "n", "false", "0", "stayed", "active", "retained", "falso", "rimasto", "attivo")


def read_outcome(table: pl.DataFrame, outcome: str) -> pl.Series:
    """True where a case left, false where it stayed, null where that is unknown.

    Parameters
    ----------
    outcome
        A column of true and false, 1 and 0, or one of the words of `LEFT` and `STAYED`, whatever
        their capitals.

    Raises
    ------
    DataError
        The column is missing, or holds something else.

    Examples
    --------
    >>> read_outcome(pl.DataFrame({"Churn": ["Yes", "No", " "]}), "Churn").to_list()
    [True, False, None]
    """
    require_columns(table, outcome)
    values = table[outcome]
    if values.dtype == pl.Boolean:
        return values
    if values.dtype.is_numeric():
        number = values.cast(pl.Float64)
        text = pl.select(
            pl.when(number.is_finite() & (number % 1 == 0))
            .then(number.cast(pl.Int64, strict=False).cast(pl.String))
            .when(number.is_not_null() & number.is_not_nan())
            .then(number.cast(pl.String))
        ).to_series()
    else:
        text = values.cast(pl.String, strict=False).str.strip_chars().str.to_lowercase()
    text = text.set(text == "", None)
    known = {**dict.fromkeys(LEFT, True), **dict.fromkeys(STAYED, False)}
    strangers = sorted(set(text.drop_nulls().unique()) - set(known))
    if strangers:
        shown = ", ".join(f"'{word}'" for word in strangers[:5])
        more = f" and {len(strangers) - 5} more" if len(strangers) > 5 else ""
        raise DataError(
            f"outcome '{outcome}' holds {shown}{more}",
            allowed=f"true/false, 1/0, or who left ({', '.join(LEFT)}) and who stayed "
            f"({', '.join(STAYED)})",
            next_step="say which value means leaving: "
            f'table.with_columns(left=pl.col("{outcome}") == ...), outcome="left"',
        )
    return text.replace_strict(known, return_dtype=pl.Boolean).alias(outcome)


def as_array(outcome: pl.Series) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """A known outcome as 1 and 0."""
    return outcome.cast(pl.Float64).to_numpy()
