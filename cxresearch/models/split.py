"""Which people are in which fold? Nobody in two, leavers spread evenly.

Unit of observation: a person with the cases that belong to them. Base: all people.

It cannot separate people who share a household or a shop.
"""

import numpy as np
import polars as pl

from cxresearch.models.balance import People
from cxresearch.transforms.intervals import Array


def split_people_in_folds(outcome: Array, people: People, *, n: int, random_state: int) -> People:
    """The fold (0 to n - 1) of each case.

    Parameters
    ----------
    outcome
        1 where a case left. People with and without such a case are dealt to the folds in turn.
    people
        A number a case.
    n
        Folds.
    random_state
        Seed.

    Examples
    --------
    >>> fold = split_people_in_folds(np.array([1.0, 0, 0, 1, 0, 0]), np.array([0, 0, 1, 2, 3, 3]),
    ...                              n=2, random_state=0)
    >>> bool(fold[0] == fold[1]), bool(fold[0] != fold[3])
    (True, True)
    """
    # People are numbered as they appear: what they are called changes nothing.
    _, first, named = np.unique(people, return_index=True, return_inverse=True)
    code = np.argsort(np.argsort(first))[named]
    ever = np.bincount(code, outcome, first.size) > 0
    order = np.random.default_rng(random_state).permutation(first.size)
    dealt = np.empty(first.size, dtype=np.int64)
    mixed = order[np.argsort(ever[order], kind="stable")]
    dealt[mixed] = np.arange(first.size) % n
    return np.asarray(dealt[code], dtype=np.int64)


def order_rows(read: pl.DataFrame, outcome: Array, people: People) -> People:
    """Places of the rows in an order that does not depend on the one they, or columns, came in.

    Rows that are alike in all columns, outcome and person are interchangeable.

    Examples
    --------
    >>> order_rows(pl.DataFrame({"a": [3, 1, 2]}), np.zeros(3), np.arange(3)).tolist()
    [1, 2, 0]
    """
    keys = {"outcome": outcome, "person": people, "place": np.arange(outcome.size)}
    ranked = pl.DataFrame(keys)
    if read.width:
        ranked.insert_column(0, read.select(row=pl.struct(sorted(read.columns))).to_series())
    return np.asarray(ranked.sort(ranked.columns)["place"].to_numpy(), dtype=np.int64)
