"""Which rows of a file does an export seem to have cut short, or written twice?

Neither can be proved from the rows that are read: a blank cell is an answer left out, and two
people may answer alike. What is found here is told as a doubt.
"""

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import TextIO

import polars as pl

from cxresearch.intake.dialect import Delimited

LOOKED_AT = 100_000


@dataclass(frozen=True)
class ShortLines:
    """Lines of a file with fewer cells than its header.

    Parameters
    ----------
    file
        The file in messages.
    n, n_looked_at
        Short lines among the lines looked at: the first `LOOKED_AT` records of the file.
    row
        Record of the first one; the header is 1.
    is_one_cell
        Whether each lacks the last cell alone, as spreadsheets leave a blank one out.
    """

    file: str
    n: int
    n_looked_at: int
    row: int
    is_one_cell: bool


def find_short_lines(file: Delimited) -> ShortLines | None:
    """Count the lines that end before the last column of the header; None where there are none."""
    width, short, n, first, shortest = len(file.header), 0, 0, 0, len(file.header)
    with _opened(file) as text:
        reader = csv.reader(text, delimiter=file.separator)
        records = islice(enumerate(reader, start=1), file.first_row - 1, file.first_row + LOOKED_AT)
        for row, cells in records:
            if not any(cells):
                continue
            n += 1
            if len(cells) < width:
                short, first, shortest = short + 1, first or row, min(shortest, len(cells))
    return ShortLines(file.label, short, n, first, shortest == width - 1) if short else None


@contextmanager
def _opened(file: Delimited) -> Iterator[TextIO]:
    size = len(file.text) if file.text is not None else file.path.stat().st_size
    csv.field_size_limit(max(csv.field_size_limit(), size))
    if file.text is not None:
        yield io.StringIO(file.text.decode("utf-8-sig", errors="replace"), newline="")
        return
    with file.path.open(encoding="utf-8-sig", errors="replace", newline="") as text:
        yield text


def count_copies(rows: pl.LazyFrame) -> int:
    """Rows equal to an earlier one in every column; rows without a single cell are none.

    Examples
    --------
    >>> count_copies(pl.LazyFrame({"a": [1, 1, 2, None, None], "b": [1, 1, 1, None, None]}))
    1
    """
    filled = rows.filter(~pl.all_horizontal(pl.all().is_null()))
    n, n_distinct = (
        filled.select(pl.struct(pl.all()).hash().alias("hash"))
        .select(pl.len().alias("n"), pl.col("hash").n_unique().alias("n_distinct"))
        .collect()
        .row(0)
    )
    return int(n - n_distinct)
