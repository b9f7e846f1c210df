"""What is the tone of a group's comments, where does it differ, and did it change?

Unit of observation: a comment with its label, or what a comment says of one touchpoint; a row of a
result is a group. Base: the comments in which something speaks. Those in which nothing does are
counted beside and are in no share: unknown is not neutral. Net tone is the share of positive minus
the share of negative ones, mixed and neutral between them; comments of one person are one cluster.

It cannot say what those think who wrote nothing, nor how often the reading of a comment is wrong.
"""

import math
from collections.abc import Sequence

import polars as pl

from cxresearch.errors import DataError, require_columns
from cxresearch.transforms.cells import RESPONDENT, as_names, join_cells
from cxresearch.transforms.compare import compare
from cxresearch.transforms.differences import q_values
from cxresearch.transforms.metrics import measure
from cxresearch.transforms.scales import Table
from cxresearch.transforms.suppress import THRESHOLD, suppress_small_cells

LABELS = ("positive", "negative", "mixed", "neutral", "unknown")
"""What a comment can be read as; `unknown` where nothing speaks."""

TONE_COLUMNS = (
    *("n", "n_respondents", "n_unknown", "base", "share_positive", "share_negative"),
    *("share_mixed", "share_neutral", "estimate", "ci_low", "ci_high"),
    *("is_reliable", "is_suppressed"),
)
"""Columns of `measure_tone`, after the `by` columns."""

CHANGE_COLUMNS = (
    *("n", "n_before", "n_respondents", "level", "before", "estimate", "ci_low", "ci_high"),
    *("q_value", "is_change", "polarity", "is_reliable", "is_suppressed"),
)
REST_COLUMNS = (
    *("n", "n_respondents", "level", "rest", "estimate", "ci_low", "ci_high"),
    *("q_value", "is_different", "polarity", "is_reliable", "is_suppressed"),
)

EVERYTHING = "_all"
ALPHA = 0.05
_KEY = "response_id"
_POINTS = ("estimate", "ci_low", "ci_high", "level", "before", "previous", "rest", "centre",
           "limit_low", "limit_high")  # fmt: skip


def measure_tone(
    scored: Table, *, by: str | Sequence[str] = (), hide_below: int = THRESHOLD
) -> pl.DataFrame:
    """Shares of each tone and the net tone of every group.

    Parameters
    ----------
    scored
        `label` (one of `LABELS`) and the `by` columns; people are told apart by `respondent_id`
        where it is present. One row a comment, or a comment and touchpoint.
    by
        Columns whose combinations get a row each; none gives one row.
    hide_below
        Least number of people whose comments speak of a group that is shown.

    Returns
    -------
    pl.DataFrame
        by..., n (comments), n_respondents (people whose comments speak), n_unknown, base (n -
        n_unknown), share_positive, share_negative, share_mixed, share_neutral (of the base),
        estimate (net tone, -1 to 1), ci_low, ci_high (95 %, people as clusters), is_reliable
        (30 people), is_suppressed. Hidden rows have no number.

    Raises
    ------
    DataError
        A column is missing, or a label is none of `LABELS`.

    Notes
    -----
    The interval is that of the Net Promoter Score, a net share as well (`intervals.adjusted_wald`).

    Examples
    --------
    >>> said = pl.DataFrame({"label": ["positive"] * 3 + ["negative", "unknown"]})
    >>> measure_tone(said, hide_below=1).select("n", "base", "share_positive", "estimate").row(0)
    (5, 4, 0.75, 0.5)
    """
    names = as_names(by)
    counted = count_tone(scored, names)
    shares = _shares(counted, names)
    levels = measure(counted, metric="tone", by=names)
    table = join_cells(levels.rename({"n": "_base"}).drop("base"), shares, names)
    table = table.rename({"_base": "base"})
    return _hide_small(table, by=names, hide_below=hide_below).select(*names, *TONE_COLUMNS)


def compare_tone(
    scored: Table,
    *,
    against: Table,
    by: str | Sequence[str] = (),
    hide_below: int = THRESHOLD,
) -> pl.DataFrame:
    """How the net tone of each group changed from the comments `against`.

    Parameters
    ----------
    scored, against, by, hide_below
        As `measure_tone`: the period and an earlier one.

    Returns
    -------
    pl.DataFrame
        by..., n, n_before (comments that speak), n_respondents, level, before (net tones), estimate
        (the change, -2 to 2), ci_low, ci_high, q_value (Benjamini-Hochberg over the groups),
        is_change (q-value at most 0.05), polarity (`good` where it rose beyond chance), is_reliable
        (30 people on each side), is_suppressed.

    Raises
    ------
    DataError
        As `measure_tone`.
    """
    names = as_names(by)
    sides = [count_tone(side, names) for side in (scored, against)]
    change = _hide_small(
        compare(sides[0], against=sides[1], metric="tone", by=names),
        by=names,
        hide_below=hide_below,
    ).rename({"n_against": "n_before", "level_against": "before"})
    return _judged(change, called="is_change").select(*names, *CHANGE_COLUMNS)


def compare_tone_to_rest(
    scored: Table, *, by: str, everyone: Table | None = None, hide_below: int = THRESHOLD
) -> pl.DataFrame:
    """How far each group's net tone lies from that of all other comments together.

    Where one large group is very bad the others differ from their rest because of it: read the
    groups that stand out first, not how many do.

    Parameters
    ----------
    scored, hide_below
        As `measure_tone`.
    by
        The column of groups; rows where it is null are left out.
    everyone
        Where a comment may be in several groups, as with themes: all comments, a row each, and
        `response_id` in both tables. The rest of a group are then those that are not in it, each
        once, also those that are in none. Otherwise the rest are the rows of all other groups.

    Returns
    -------
    pl.DataFrame
        by, n, n_respondents, level, rest (net tones), estimate (level - rest), ci_low, ci_high (a
        person in both is one cluster), q_value (Benjamini-Hochberg over the groups), is_different
        (q-value at most 0.05), polarity, is_reliable, is_suppressed.

    Raises
    ------
    DataError
        As `measure_tone`.

    Examples
    --------
    >>> said = pl.DataFrame({"at": ["desk"] * 40 + ["app"] * 40,
    ...                      "label": ["negative"] * 30 + ["positive"] * 49 + ["negative"]})
    >>> compare_tone_to_rest(said, by="at", hide_below=1).select("at", "estimate").rows()
    [('app', 1.45), ('desk', -1.45)]
    """
    speaks = pl.col("score").is_not_null()
    key = [] if everyone is None else [_KEY]
    rows = count_tone(scored, [by, *key]).filter(pl.col(by).is_not_null(), speaks).collect()
    comments = None if everyone is None else count_tone(everyone, key).filter(speaks).collect()
    parts = [_compare_one(rows, comments, by=by, group=group) for group in rows[by].unique().sort()]
    gap = pl.concat(parts or [compare(rows, against=rows, metric="tone", by=by)])
    q_value = q_values(gap["p_value"].cast(pl.Float64).fill_null(math.nan).to_numpy())
    gap = gap.with_columns(pl.Series("q_value", q_value, dtype=pl.Float64).fill_nan(None))
    gap = gap.with_columns((pl.col("q_value") <= ALPHA).alias("is_different"))
    gap = _hide_small(gap, by=[by], hide_below=hide_below).rename({"level_against": "rest"})
    return _judged(gap, called="is_different").select(by, *REST_COLUMNS)


def _compare_one(
    rows: pl.DataFrame, comments: pl.DataFrame | None, *, by: str, group: object
) -> pl.DataFrame:
    """One group against the rest; a group at a time, so that no comment is copied for each."""
    is_own = pl.col(by) == pl.lit(group, dtype=rows.schema[by])
    own = rows.filter(is_own)
    rest = rows.filter(~is_own) if comments is None else comments.join(own, on=_KEY, how="anti")
    compared = compare(own.drop(by), against=rest, metric="tone")
    return compared.select(pl.lit(group, dtype=rows.schema[by]).alias(by), pl.all())


def order_groups(rows: pl.DataFrame, apart: pl.DataFrame, *, n: int) -> pl.DataFrame:
    """Rows of the groups worth hearing first: those that stand out, then the others.

    Parameters
    ----------
    rows
        A row a group, or several; those of groups that are not in `apart` are left out.
    apart
        As `compare_tone_to_rest` returns it; its groups beyond chance from the rest come first,
        then the lowest net tone.
    n
        Groups kept at most.
    """
    by = apart.columns[0]
    order = apart.sort(~pl.col("is_different"), "level", nulls_last=True, maintain_order=True)
    heard = order.select(by).join(
        rows.select(by).unique(), on=by, how="semi", maintain_order="left"
    )
    return heard.head(n).join(rows, on=by, maintain_order="left_right")


def in_points(table: pl.DataFrame) -> pl.DataFrame:
    """Net tones from -1 to 1 as points from -100 to 100, as pages write them.

    Examples
    --------
    >>> in_points(pl.DataFrame({"estimate": [-0.25], "n": [40]})).row(0)
    (-25.0, 40)
    """
    present = [name for name in _POINTS if name in table.columns]
    return table.with_columns(pl.col(present).cast(pl.Float64) * 100)


def count_tone(scored: Table, names: list[str]) -> pl.LazyFrame:
    """What each comment counts in `score`: 1, -1, 0 for mixed and neutral; null if unknown."""
    require_columns(scored, "label", *names)
    schema = scored.collect_schema()
    people = [RESPONDENT] if RESPONDENT in schema and RESPONDENT not in names else []
    label = pl.col("label").cast(pl.String)
    value = {"positive": 1.0, "negative": -1.0, "mixed": 0.0, "neutral": 0.0}
    table = scored.lazy().select(
        *names,
        *people,
        label.alias("label"),
        label.replace_strict(value, default=None, return_dtype=pl.Float64).alias("score"),
    )
    strange = table.filter(~pl.col("label").is_in(LABELS)).select(pl.col("label").first())
    if (given := strange.collect()["label"].drop_nulls()).len():
        raise DataError(
            f"column 'label' holds '{given[0]}'",
            allowed=", ".join(LABELS),
            next_step="score the comments first: score_tone(comments)",
        )
    return table


def _shares(counted: pl.LazyFrame, names: list[str]) -> pl.DataFrame:
    label, known = pl.col("label"), pl.col("score").is_not_null()
    base = known.sum()
    sums = [
        pl.len().cast(pl.Int64).alias("n"),
        (~known).sum().cast(pl.Int64).alias("n_unknown"),
        *(
            pl.when(base > 0).then((label == one).sum() / base).alias(f"share_{one}")
            for one in LABELS[:4]
        ),
    ]
    grouped = counted.group_by(names).agg(sums) if names else counted.select(sums)
    return grouped.collect()


def _hide_small(table: pl.DataFrame, *, by: list[str], hide_below: int) -> pl.DataFrame:
    keyed = table if by else table.with_columns(pl.lit("all").alias(EVERYTHING))
    return suppress_small_cells(keyed, by=by or EVERYTHING, threshold=hide_below)


def _judged(table: pl.DataFrame, *, called: str) -> pl.DataFrame:
    """Good or bad only beyond chance, nothing of what is hidden."""
    is_called = pl.col(called).fill_null(value=False) & pl.col("estimate").is_not_null()
    side = pl.when(pl.col("estimate") > 0).then(pl.lit("good")).otherwise(pl.lit("bad"))
    return table.with_columns(
        is_called.alias(called),
        pl.when(is_called).then(side).otherwise(pl.lit("neutral")).alias("polarity"),
    )
