"""How are the answers spread over the grades?

Unit of observation: an answer; a row of the result is one grade of one cell. Base: all answers with
a score in the cell. Every grade of the scale has a row, also those nobody gave.

It cannot be summed up: two very different spreads can have the same mean, which is why it is shown.
"""

from collections.abc import Sequence

import polars as pl

from cxresearch.language import mark
from cxresearch.transforms.cells import RESPONDENT, Reading, as_names, join_cells, summarise_cells
from cxresearch.transforms.estimates import estimate_cells
from cxresearch.transforms.scales import METRICS, Table, find_metric, with_scale

DISTRIBUTION_COLUMNS = (
    *("metric", "score", "n_score", "n", "n_respondents", "n_blank", "estimate"),
    *("ci_low", "ci_high", "n_effective", "base", "is_reliable", "is_suppressed"),
)

_BASE = mark("all answers")


def score_distribution(
    table: Table,
    *,
    metric: str,
    by: str | Sequence[str] = (),
    score: str = "score",
    respondent: str | None = RESPONDENT,
    weight: str | None = None,
    confidence: float = 0.95,
) -> pl.DataFrame:
    """Share of every grade, with its interval.

    Parameters
    ----------
    table, metric, by, score, respondent, weight, confidence
        As `measure`.

    Returns
    -------
    pl.DataFrame
        by..., metric, score (grade), n_score (answers of that grade), n (all
        answers of the cell: the base), n_respondents, n_blank, estimate (share 0-1, weighted where
        there is a weight; the shares of a cell sum to 1), ci_low, ci_high (Wilson), n_effective,
        base, is_reliable, is_suppressed. Cells without answers have no rows.

    Raises
    ------
    DataError
        As `measure`.

    Examples
    --------
    >>> answers = pl.DataFrame({"score": [1, 3, 3, 3], "scale_max": [3] * 4})
    >>> grades = score_distribution(answers, metric="csat")
    >>> grades.select("score", "n_score", "estimate").rows()
    [(1.0, 1, 0.25), (2.0, 0, 0.0), (3.0, 3, 0.75)]
    """
    rule, names = find_metric(metric), as_names(by)
    cells = summarise_cells(table, Reading(rule, names, score, respondent, weight))
    declared = ("metric", "scale_min", "scale_max", "high_is")
    answers = with_scale(table, metric=rule, score=score).drop(declared, strict=False).collect()
    ends = [*rule.native, *cells["scale_min"].drop_nulls(), *cells["scale_max"].drop_nulls()]
    given = answers[score].drop_nulls().unique()
    grades = sorted({*given, *range(int(min(ends)), int(max(ends)) + 1)})
    # Each grade is a share of its own: the answers of that grade among all.
    share = Reading(METRICS["share"], names, "_is_given", respondent, weight)
    shares = pl.concat(
        summarise_cells(answers.with_columns(_is_given=pl.col(score) == grade), share).with_columns(
            score=pl.lit(float(grade))
        )
        for grade in grades
    )
    scales = cells.select(*names, _lowest="scale_min", _highest="scale_max")
    figures = estimate_cells(shares, metric=share.metric, confidence=confidence)
    return (
        join_cells(figures, scales, names)
        .filter(pl.col("n") > 0, pl.col("score").is_between("_lowest", "_highest"))
        .with_columns(
            metric=pl.lit(rule.name),
            n_score=(pl.col("mean_unweighted") * pl.col("n")).round().cast(pl.Int64),
            base=pl.lit(_BASE),
        )
        .sort(*names, "score")
        .select(*names, *DISTRIBUTION_COLUMNS)
    )
