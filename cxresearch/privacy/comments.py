"""How is a table of one's own redacted, outside a study?"""

from collections.abc import Iterable, Sequence

import polars as pl

from cxresearch.errors import require_columns
from cxresearch.privacy.redact import redact_tables


def redact_comments(
    table: pl.DataFrame | pl.LazyFrame,
    *,
    columns: Sequence[str] = ("comment",),
    keep: Iterable[str] = (),
    country: str | None = None,
    language: str = "en",
) -> pl.DataFrame:
    """Replace personal data in texts by placeholders such as `[phone 2]`.

    Comments of a prepared study are redacted already; this is for any other table.

    Parameters
    ----------
    table
        Has `columns`; a `language` column (it, en) tells how numbers are written.
    columns
        Columns of text, redacted together: the same value has the same number in all of them.
    keep
        Words that are never a name, an address or an order number; values that stay.
    country
        Country of telephone numbers without a country code (ISO 3166); default by language.
    language
        Language of texts that name none.

    Returns
    -------
    pl.DataFrame
        The same rows and columns; nulls stay null.

    Raises
    ------
    DataError
        A column is missing.

    Examples
    --------
    >>> said = pl.DataFrame({"comment": ["call me on 07700 900123, John Carter"]})
    >>> redact_comments(said)["comment"].to_list()
    ['call me on [phone 1], [name 1]']
    """
    require_columns(table, *columns)
    found = redact_tables(
        {"table": table.lazy().collect()},
        columns={"table": columns},
        keep=keep,
        country=country,
        language=language,
    )
    return found.tables["table"]
