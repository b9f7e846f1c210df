"""Which cells of a published table would give a person away, and how is that avoided?

Unit of observation: a cell of a table of estimates, or a category of answers. Privacy is about
people: cells are counted in respondents where these are known, in answers elsewhere. This is not
the reliability flag (30), which hides nothing.

It cannot protect against what is published elsewhere: the same answers cut two ways in two tables.
"""

from collections.abc import Sequence
from typing import NamedTuple

import polars as pl
import polars.selectors as cs

from cxresearch.errors import ParameterError, require_columns
from cxresearch.transforms.cells import RESPONDENT, as_names, person_column
from cxresearch.transforms.scales import METRICS, Table

THRESHOLD = 10
"""People below which a cell is hidden, unless the study says otherwise."""


class RolledUp(NamedTuple):
    """Answers with small categories joined, and what became of each category.

    Attributes
    ----------
    table
        The answers, with the column of categories rewritten.
    categories
        category, n_respondents, rolled_into (null where it stands for itself).
    """

    table: pl.DataFrame
    categories: pl.DataFrame


def suppress_small_cells(
    table: Table,
    *,
    by: str | Sequence[str],
    threshold: int = THRESHOLD,
    within: str | Sequence[str] = (),
) -> pl.DataFrame:
    """Hide cells that would show what single people answered.

    Hidden are cells of 1 to `threshold` - 1 people; cells where everyone answered alike (0 % or
    100 %, NPS of -100 or 100), which tell the answer of each; and, in every margin where the
    hidden cells could be found by subtraction, the next smallest cells until at least two cells of
    `threshold` people together are hidden.

    Parameters
    ----------
    table
        Estimates (`n`, `estimate`; counted in `n_respondents` where not null).
    by
        Columns that make the cells. The totals over each of them count as published.
    threshold
        Least number of people shown.
    within
        Columns whose every combination is a table of its own, such as a question or a period.

    Returns
    -------
    pl.DataFrame
        The same rows and columns in the same order; in hidden rows is_suppressed is True and every
        number is null.

    Raises
    ------
    DataError
        A column is missing.
    ParameterError
        The threshold is below 1.

    Examples
    --------
    >>> cells = pl.DataFrame({"region": ["A", "B", "C"], "n": [4, 50, 20], "estimate": [0.5] * 3})
    >>> suppress_small_cells(cells, by="region")["n"].to_list()
    [None, 50, None]
    """
    cells, fixed = as_names(by), as_names(within)
    require_columns(table, *cells, *fixed, "n", "estimate")
    if threshold < 1:
        raise ParameterError(f"threshold {threshold}", allowed="1 person or more")
    frame = table.lazy().collect()
    people = _people(frame)
    small = people.is_between(1, threshold - 1) | (is_uniform(frame) & (people > 0))
    marked = frame.with_row_index("_row").with_columns(
        pl.lit(1).alias("_all"),
        # A number that is null was hidden before, together with what protects it.
        people.fill_null(threshold).alias("_people"),
        small.fill_null(value=True).alias("_hide"),
    )
    margins = [["_all", *fixed, *(name for name in cells if name != over)] for over in cells]
    n_before = None
    while n_before != marked["_hide"].sum():
        n_before = marked["_hide"].sum()
        for margin in margins:
            others = [other for other in margins if other != margin]
            marked = _hide_complements(
                marked, margin=margin, others=others, fixed=["_all", *fixed], threshold=threshold
            )
    return _blank_hidden(marked, keep=[*cells, *fixed]).select(
        *frame.columns, *(() if "is_suppressed" in frame.columns else ("is_suppressed",))
    )


def is_uniform(frame: pl.DataFrame) -> pl.Expr:
    """Whether all answers of a cell are alike, as far as the figure shows it."""
    if "metric" not in frame.columns:
        return pl.lit(value=False)
    compared = sorted({"level", "level_against"} & set(frame.columns))
    shares = [rule.name for rule in METRICS.values() if rule.interval == "wilson"]
    nets = {rule.name: rule.unit for rule in METRICS.values() if rule.interval == "adjusted_wald"}
    metric = pl.col("metric")
    everybody = metric.replace_strict(nets, default=None, return_dtype=pl.Float64)
    return pl.any_horizontal(
        (metric.is_in(shares) & pl.col(name).is_in([0.0, 1.0])) | (pl.col(name).abs() == everybody)
        for name in compared or ["estimate"]
    ).fill_null(value=False)


def _people(frame: pl.DataFrame) -> pl.Expr:
    """People of a cell; of a comparison, those of its smaller side.

    Where weights leave few of them their say, only so many count as the figure is worth.
    """
    columns = frame.columns
    sides = [side for side in ("", "_against") if f"n{side}" in columns]
    people = [
        pl.coalesce(name for name in (f"n_respondents{side}", f"n{side}") if name in columns)
        for side in sides
    ]
    if "design_effect" in columns:
        worth = pl.when(pl.col("design_effect").is_not_null()).then(pl.col("n_effective").round(6))
        people.append(worth)
    return pl.min_horizontal(people)


def _hide_complements(
    marked: pl.DataFrame,
    *,
    margin: list[str],
    others: list[list[str]],
    fixed: list[str],
    threshold: int,
) -> pl.DataFrame:
    """Hide the best complement where the hidden cells of a margin are not yet protected.

    Best is a cell that needs no complement of its own because something is hidden in its other
    margins too; among these the smallest, and the earlier row on a tie.
    """
    hidden, shown = pl.col("_hide"), ~pl.col("_hide") & (pl.col("_people") > 0)
    people = pl.col("_people").filter(hidden).sum().over(margin)
    n_hidden = hidden.sum().over(margin)
    is_open = (n_hidden > 0) & ((n_hidden < 2) | (people < threshold))
    opens_another = pl.any_horizontal(
        pl.lit(value=False), *(hidden.sum().over(other) == 0 for other in others)
    )
    cost = pl.col("_people") + opens_another * pl.col("_people").sum()
    candidate = pl.when(shown & is_open).then(cost)
    # One cell at a time: each may close the need of another margin.
    cheapest = candidate.rank("ordinal").over(fixed) == 1
    return marked.with_columns(_hide=hidden | (is_open & cheapest).fill_null(value=False))


def _blank_hidden(marked: pl.DataFrame, *, keep: list[str]) -> pl.DataFrame:
    numbers = cs.numeric() - cs.by_name(*keep, "_row", require_all=False)
    already = pl.col("is_suppressed") if "is_suppressed" in marked.columns else pl.lit(value=False)
    return (
        marked.with_columns(is_suppressed=already | pl.col("_hide"))
        .with_columns(pl.when(~pl.col("is_suppressed")).then(numbers).name.keep())
        .sort("_row")
    )


def roll_up_small(
    table: Table,
    *,
    column: str,
    threshold: int = THRESHOLD,
    score: str = "score",
    respondent: str | None = RESPONDENT,
    other: str = "other",
) -> RolledUp:
    """Join small categories into one before estimating, and say which.

    Parameters
    ----------
    table
        Answers; categories are counted in people who gave a score (answers where unknown).
    column
        The category; null stays null and is not counted.
    threshold
        Least number of people of a category that stands for itself. If the joined categories
        together still have fewer, the next smallest joins them.
    other
        Name of the joined category.

    Returns
    -------
    RolledUp
        `table` and `categories`, the largest first.

    Examples
    --------
    >>> answers = pl.DataFrame({"shop": ["A"] * 12 + ["B"] * 11 + ["C"], "score": [9] * 24})
    >>> roll_up_small(answers, column="shop").categories.rows()
    [('A', 12, None), ('B', 11, 'other'), ('C', 1, 'other')]
    """
    require_columns(table, column)
    schema = table.collect_schema()
    person = person_column(schema, respondent)
    answered = pl.col(score).is_not_null() if score in schema else pl.lit(value=True)
    people = pl.len() if person is None else pl.col(person).n_unique()
    sizes = (
        table.lazy()
        .filter(answered & pl.col(column).is_not_null())
        .group_by(pl.col(column).cast(pl.String).alias("category"))
        .agg(people.cast(pl.Int64).alias("n_respondents"))
        .collect()
        .sort(["n_respondents", "category"], descending=[True, False])
    )
    size = pl.col("n_respondents")
    is_small = size < threshold
    # Reading from the smallest up, a category joins as long as those below it are too few to hide.
    below = size.cum_sum(reverse=True) - size
    joins = is_small | (is_small.any() & (below < threshold))
    categories = sizes.with_columns(rolled_into=pl.when(joins & (pl.len() > 1)).then(pl.lit(other)))
    rolled = categories.drop_nulls("rolled_into")["category"].to_list()
    name = pl.col(column).cast(pl.String)
    renamed = pl.when(name.is_in(rolled)).then(pl.lit(other)).otherwise(name)
    return RolledUp(table.lazy().with_columns(renamed.alias(column)).collect(), categories)
