"""How are the answers spread over the grades?

Unit of observation: an answer; a row of the result is one grade of one cell. Base: all answers with
a score in the cell. Every grade of the scale has a row, also those nobody gave.

It cannot be summed up: two very different spreads can have the same mean, which is why it is shown.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from cxresearch.errors import DataError
from cxresearch.language import mark
from cxresearch.transforms.cells import (
    RELIABLE_FROM,
    RESPONDENT,
    Reading,
    as_arrays,
    as_names,
    join_cells,
    make_answers,
    sum_by_person,
    summarise_cells,
    without_noise,
)
from cxresearch.transforms.intervals import effective_n, normal_quantile, wilson
from cxresearch.transforms.scales import METRICS, Metric, Table, find_metric

DISTRIBUTION_COLUMNS = (
    *("metric", "score", "n_score", "n", "n_respondents", "n_blank", "estimate"),
    *("ci_low", "ci_high", "n_effective", "base", "is_reliable", "is_suppressed"),
)

_BASE = mark("all answers")


def score_distribution(
    table: Table,
    *,
    metric: str | None = None,
    by: str | Sequence[str] = (),
    score: str = "score",
    respondent: str | None = RESPONDENT,
    weight: str | None = None,
    confidence: float = 0.95,
) -> pl.DataFrame:
    """Share of every grade, with its interval.

    Parameters
    ----------
    metric
        As `measure`; None takes the one in the column `metric`, or, without that column, a scale
        from the least to the greatest score.
    table, by, score, respondent, weight, confidence
        As `measure`.

    Returns
    -------
    pl.DataFrame
        by..., metric (null if unknown), score (grade), n_score (answers of that grade), n (all
        answers of the cell: the base), n_respondents, n_blank, estimate (share 0-1, weighted where
        there is a weight; the shares of a cell sum to 1), ci_low, ci_high (Wilson), n_effective,
        base, is_reliable, is_suppressed. Cells without answers have no rows.

    Raises
    ------
    DataError
        As `measure`; several metrics stand in the table and none is named.

    Examples
    --------
    >>> answers = pl.DataFrame({"score": [1, 3, 3, 3]})
    >>> score_distribution(answers).select("score", "n_score", "estimate").rows()
    [(1.0, 1, 0.25), (2.0, 0, 0.0), (3.0, 3, 0.75)]
    """
    rule, names = _grades(table, metric=metric, score=score), as_names(by)
    reading = Reading(rule, names, score, respondent, weight)
    cells = summarise_cells(table, reading)
    answers = make_answers(table, reading).filter(pl.col("x").is_not_null())
    sums = without_noise(_sums_of_grades(answers, names))
    figures = _shares(_with_every_grade(sums, cells, names), confidence=confidence)
    known = None if rule.name == "score" else rule.name
    return figures.with_columns(
        pl.lit(known, pl.String).alias("metric"),
        pl.lit(_BASE).alias("base"),
        (pl.coalesce("n_respondents", "n") >= RELIABLE_FROM).alias("is_reliable"),
        pl.lit(value=False).alias("is_suppressed"),
    ).select(*names, *DISTRIBUTION_COLUMNS)


def _grades(table: Table, *, metric: str | None, score: str) -> Metric:
    """The metric asked for, counted by its grades instead of its usual way."""
    schema = table.collect_schema()
    if metric is None and "metric" in schema:
        given = table.lazy().select(pl.col("metric").drop_nulls().unique().sort()).collect()
        found = given["metric"].to_list()
        if len(found) > 1:
            raise DataError(
                f"answers to {', '.join(found)} stand in one table",
                allowed="one metric",
                next_step=f'name it: metric="{found[0]}"',
            )
        metric = found[0] if found else None
    if metric is not None:
        rule = find_metric(metric)
        return replace(rule, counting="score", interval="wilson")
    native = (0.0, 0.0)
    if score in schema and schema[score].is_numeric():
        ends = table.lazy().select(pl.col(score).min(), pl.col(score).max().alias("_max")).collect()
        native = tuple(float(end or 0) for end in ends.row(0))  # type: ignore[assignment]
    return replace(METRICS["ces"], name="score", native=native, interval="wilson")


def _sums_of_grades(answers: pl.LazyFrame, by: list[str]) -> pl.DataFrame:
    """Sums of each grade: weights, their squares, and people's totals against all they gave."""
    grade = pl.col("x").alias("score")
    weights = answers.group_by([*by, grade]).agg(
        n_score=pl.len().cast(pl.Int64), w=pl.col("w").sum(), w2=(pl.col("w") ** 2).sum()
    )
    if "person" not in answers.collect_schema():
        unknown = pl.lit(None, pl.Float64)
        return weights.with_columns(tt=unknown, tw=unknown).collect()
    person = [*by, "person", "_anonymous"]
    given = answers.group_by([*person, grade]).agg(t=pl.col("w").sum())
    people = (
        given.join(sum_by_person(answers, by), on=person, nulls_equal=True)
        .group_by([*by, "score"])
        .agg(
            tt=(pl.col("t") ** 2).sum(),
            tw=(pl.col("t") * pl.col("w")).sum(),
        )
    )
    return weights.join(people, on=[*by, "score"], nulls_equal=True).collect()


def _with_every_grade(sums: pl.DataFrame, cells: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    whole = pl.int_ranges(
        pl.col("scale_min").cast(pl.Int64), pl.col("scale_max").cast(pl.Int64) + 1
    ).cast(pl.List(pl.Float64))
    keys = [*by, "score"]
    counted = ("n_score", "w", "w2", "tt", "tw")
    answered = cells.filter(pl.col("n") > 0)
    scale = answered.with_columns(whole.alias("score")).explode("score")
    grades = pl.concat([scale.select(keys), sums.select(keys)]).unique()
    return (
        join_cells(grades, answered, by)
        .join(sums, on=keys, how="left", nulls_equal=True)
        .sort(keys)
        .with_columns(pl.col(counted).fill_null(0))
    )


def _shares(grades: pl.DataFrame, *, confidence: float) -> pl.DataFrame:
    n, people, total, w2, ww = as_arrays(grades, "n", "n_respondents", "sum_w", "sum_w2", "sum_ww")
    w, own2, tt, tw = as_arrays(grades, "w", "w2", "tt", "tw")
    share = w / total
    alone = own2 * (1 - 2 * share) + share**2 * w2
    with np.errstate(invalid="ignore", divide="ignore"):
        together = (tt - 2 * share * tw + share**2 * ww) * people / (people - 1) * (n - 1) / n
        clustering = np.where(alone > 1e-12 * w2, together / alone, np.nan)
    size = effective_n(
        n=n,
        weights_effect=n * w2 / total**2,
        clustering=clustering,
        repetition=np.where(np.isfinite(ww), ww / w2, 1.0),
        information=(people - 1) * 4 * share * (1 - share),
    )
    low, high = wilson(share=share, n=size, z=normal_quantile(confidence))
    figures = {"estimate": share, "ci_low": low, "ci_high": high, "n_effective": size}
    return grades.with_columns(pl.Series(name, values) for name, values in figures.items())
