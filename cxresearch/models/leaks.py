"""Which columns of a plain table may have been written after the outcome they are to foretell?

Unit of observation: a column; rows that are exactly alike make a row of their own. Base: rows with
a known outcome. Each column is asked alone, on rows it has not seen, how well it tells who left,
and so is whether it is filled at all.

It cannot know when a value was written: what is called out is a possible leak, and a leak that
tells little is not seen.
"""

import re
from typing import Any

import numpy as np
import polars as pl

from cxresearch.errors import require_columns
from cxresearch.models.balance import People
from cxresearch.models.churn_outcome import read_outcome
from cxresearch.models.evaluation import auc_with_interval
from cxresearch.models.evaluation_tables import number_people
from cxresearch.models.plain_columns import read_columns
from cxresearch.models.split import order_rows, split_people_in_folds
from cxresearch.transforms.intervals import Array
from cxresearch.transforms.scales import Table

LEAKS = {
    **dict.fromkeys(("column", "reason", "other"), pl.String),
    **dict.fromkeys(("n", "n_left"), pl.Int64),
    **dict.fromkeys(("auc", "ci_low", "ci_high", "settled"), pl.Float64),
    "is_excluded": pl.Boolean,
}
NEAR_PERFECT = 0.95
"""A column alone is suspected where its AUC is at least so large even at the interval's low end:
what people do has exceptions, and models of many honest columns seldom reach it."""
SETTLED = 0.5
"""Or where its values settle more than this share of those who left, and of those who stayed,
without one exception: what was written afterwards knows no exceptions either."""

_PER_VALUE = 30  # rows alike below which a value without exception may be chance
_LEVELS = 50
_FOLDS = 5
_PRIOR = 5.0  # rows of the base rate that the rate of each value is drawn to
_AFTER = re.compile(
    r"(^|_)(churn\w*|attrit\w*|left|leaving|cancel\w*|terminat\w*|deactivat\w*|defect(ed|ion)|"
    r"lapsed|exited|unsubscri\w*|disdett\w*|recess\w*|cessat\w*|cessazion\w*|abbandon\w*|"
    r"disatt\w*|uscit[aoi])(_|$)"
)
_COMMON = frozenset(
    (  # words that many columns share
        *("is", "has", "was", "the", "of", "in", "no", "num", "number", "value", "label", "flag"),
        *("score", "status", "customer", "client", "user", "account", "total", "target", "class"),
        *("outcome", "category", "reason", "code", "type", "name", "date", "day", "days", "month"),
        *("months", "within", "next", "will", "cliente", "esito"),
    )
)


def find_leaks(
    table: Table, *, outcome: str, person: str | None = None, random_state: int = 0
) -> pl.DataFrame:
    """Columns, and rows, of a table that may give the outcome away.

    Parameters
    ----------
    table
        A row a case; columns of any type.
    outcome
        Column of who left, as `read_outcome` takes it.
    person
        Who each case belongs to, where people repeat.
    random_state
        Seed of the folds.

    Returns
    -------
    pl.DataFrame
        A row a suspicion, the surest first: column (null for rows alike), reason, other (the column
        it repeats), n and n_left (rows on which the figure rests), auc with ci_low and ci_high (of
        the column alone, on rows it has not seen), settled (share, of those who left or of those
        who stayed, whichever is less, whose value leaves no exception), is_excluded (whether
        `fit_churn` leaves the column out unless somebody names it). Reasons:

        - near_perfect: `NEAR_PERFECT` or `SETTLED` is reached;
        - near_perfect_missing: whether it is filled reaches it;
        - after_outcome_name: named like the outcome, or with a word of leaving; excluded where it
          tells more than every column that is not suspected;
        - duplicate_of: repeats another column, row by row;
        - duplicate_rows: so many rows (n) repeat another one exactly.

    Raises
    ------
    DataError
        The outcome is missing or cannot be read.

    Examples
    --------
    >>> left = [i % 3 == 0 for i in range(900)]
    >>> told = pl.DataFrame({"left": left, "tenure": [i % 7 for i in range(900)],
    ...                      "why": ["price" if gone else None for gone in left]})
    >>> find_leaks(told, outcome="left").select("column", "reason", "auc").row(0)
    ('why', 'near_perfect_missing', 1.0)
    """
    known, left = known_rows(table, outcome)
    if person is not None:
        require_columns(known, person)
    read, _, dropped = read_columns(
        known, [name for name in known.columns if name not in (outcome, person)]
    )
    rows: list[dict[str, Any]] = []
    if read.width and 0 < left.sum() < left.size:
        alone = pl.int_range(left.size, eager=True)
        people = number_people(alone if person is None else known[person])
        order = order_rows(read, left, people)
        rows = _suspicions(
            read[order], left[order], people[order], outcome=outcome, random_state=random_state
        )
    repeats = dropped.filter(pl.col("reason") == "repeats").select("column", "detail")
    for name, other in repeats.iter_rows():
        rows.append({"column": name, "reason": "duplicate_of", "other": other})
    sizes = {"n": left.size, "n_left": int(left.sum()), "is_excluded": False}
    rows = [sizes | row for row in rows]
    if again := known.height - known.unique().height:
        alike = int(left[known.is_duplicated().to_numpy()].sum())
        rows.append(sizes | {"reason": "duplicate_rows", "n": again, "n_left": alike})
    return (
        pl.DataFrame(rows, schema=LEAKS)
        .with_columns(pl.col(pl.Float64).fill_nan(None))
        .sort(
            ["is_excluded", "auc", "reason", "column"],
            descending=[True, True, False, False],
            nulls_last=True,
        )
    )


def known_rows(table: Table, outcome: str) -> tuple[pl.DataFrame, Array]:
    """Rows whose outcome is known, and 1 for who left."""
    frame = table.lazy().collect()
    left = read_outcome(frame, outcome)
    known = left.is_not_null()
    return frame.filter(known), left.filter(known).cast(pl.Float64).to_numpy()


def _suspicions(
    read: pl.DataFrame, left: Array, people: People, *, outcome: str, random_state: int
) -> list[dict[str, Any]]:
    """A row a suspected column."""
    fold = split_people_in_folds(left, people, n=_FOLDS, random_state=random_state)
    figures = {name: ask_alone(read[name], left, people, fold) for name in read.columns}
    named = {name for name in read.columns if is_after_outcome(name, outcome)}
    sure = {name for name, figure in figures.items() if _is_near_perfect(figure)}
    best = max([0.5, *(figures[n]["auc"] for n in read.columns if n not in named | sure)])
    rows: list[dict[str, Any]] = []
    for name in sorted(named | sure):
        row: dict[str, Any] = {"column": name, "reason": "after_outcome_name", **figures[name]}
        row["is_excluded"] = name in sure or figures[name]["ci_low"] > best
        if name in sure:
            is_blank = read[name].is_null().cast(pl.Int64)
            by_blank = _is_near_perfect(_ask_codes(is_blank, left, people, fold))
            row["reason"] = "near_perfect_missing" if by_blank else "near_perfect"
        rows.append(row)
    return rows


def _is_near_perfect(figure: dict[str, float]) -> bool:
    return figure["ci_low"] >= NEAR_PERFECT or figure["settled"] > SETTLED


def ask_alone(values: pl.Series, left: Array, people: People, fold: People) -> dict[str, float]:
    """How well one column tells who left: by its values as categories and, of a number, by size."""
    found = _ask_codes(_levels(values), left, people, fold)
    if values.dtype.is_numeric():
        size = values.fill_null(values.median()).to_numpy()
        for score in (size, -size):
            ranked = auc_with_interval(left, score, people)
            if ranked[0] > found["auc"]:
                found |= dict(zip(("auc", "ci_low", "ci_high"), ranked, strict=True))
    return found


def _levels(values: pl.Series) -> pl.Series:
    """A number a value; numbers of many values in 50 parts of equally many rows; -1 for none."""
    if values.dtype.is_numeric() and values.drop_nulls().n_unique() > _LEVELS:
        share = values.rank("average") / max(values.count(), 1)
        return (share * _LEVELS).floor().clip(0, _LEVELS - 1).cast(pl.Int64).fill_null(-1)
    return values.rank("dense").cast(pl.Int64).fill_null(-1)


def _ask_codes(codes: pl.Series, left: Array, people: People, fold: People) -> dict[str, float]:
    """auc of the rate of each value in the other folds, and the share it settles."""
    level = codes.rank("dense").cast(pl.Int64).to_numpy() - 1
    count = int(level.max()) + 1
    total, hits = np.bincount(level, minlength=count), np.bincount(level, left, count)
    score = np.empty(left.size)
    for k in range(_FOLDS):
        here = fold == k
        others, gone = ~here, hits - np.bincount(level[here], left[here], count)
        seen = total - np.bincount(level[here], minlength=count)
        base = left[others].mean() if others.any() else 0.5
        score[here] = ((gone + _PRIOR * base) / (seen + _PRIOR))[level[here]]
    auc, low, high = auc_with_interval(left, score, people)
    large = total >= _PER_VALUE
    all_left, all_stayed = hits[large & (hits == total)].sum(), total[large & (hits == 0)].sum()
    n_left = left.sum()
    settled = min(all_left / max(n_left, 1), all_stayed / max(left.size - n_left, 1))
    return {"auc": auc, "ci_low": low, "ci_high": high, "settled": float(settled)}


def is_after_outcome(name: str, outcome: str) -> bool:
    """Whether a name shares a telling word with the outcome's, or speaks of leaving.

    Examples
    --------
    >>> [is_after_outcome(name, "Churn Value") for name in ("Churn Reason", "Total Value", "plan")]
    [True, False, False]
    """
    words, own = (_words(text) for text in (name, outcome))
    telling = {word for word in own.split("_") if len(word) > 2} - _COMMON
    return bool(_AFTER.search(words)) or bool(telling & set(words.split("_")))


def _words(name: str) -> str:
    split = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[0-9])(?=[A-Za-z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", split.lower())
