"""What changed between two periods or two groups, and which figures miss their target?

Unit of observation: an answer; a row of the result is one cell compared. Base: the answers with a
score on each side. The comparison must be chosen before looking: against a fixed target or one
earlier period, never each group against "the rest" (that lifts false discoveries from .05 to .13).
For a series of periods see `tracking`.

It cannot say why something changed.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl

from cxresearch.errors import require_columns
from cxresearch.transforms.cells import (
    RELIABLE_FROM,
    RESPONDENT,
    as_names,
    summarise_cells,
)
from cxresearch.transforms.differences import Moments, difference_of, p_value_of, q_values
from cxresearch.transforms.estimates import is_at_ceiling
from cxresearch.transforms.intervals import Array, interval_of, normal_quantile
from cxresearch.transforms.pairing import correlation_of, shared_people
from cxresearch.transforms.scales import Metric, Table, find_metric

CHANGE_COLUMNS = (
    "metric",
    "n",
    "n_against",
    "n_respondents",
    "n_respondents_against",
    "n_paired",
    "level",
    "level_against",
    "estimate",
    "ci_low",
    "ci_high",
    "p_value",
    "q_value",
    "is_change",
    "base",
    "is_reliable",
    "is_suppressed",
)
TARGET_COLUMNS = (
    "metric",
    "n",
    "n_respondents",
    "level",
    "target",
    "estimate",
    "ci_low",
    "ci_high",
    "p_value",
    "q_value",
    "is_different",
    "base",
    "is_reliable",
    "is_suppressed",
)


def compare(
    table: Table,
    *,
    against: Table,
    metric: str,
    by: str | Sequence[str] = (),
    score: str = "score",
    respondent: str | None = RESPONDENT,
    weight: str | None = None,
    confidence: float = 0.95,
) -> pl.DataFrame:
    """Change of a metric from the answers `against` to the answers `table`.

    Answers of one person are one cluster; a person on both sides makes the comparison partly
    paired and the interval narrower where their answers go together.

    Parameters
    ----------
    table, against
        Answers, as `measure` takes them: the period and the one before, or two groups.
    metric, by, score, respondent, weight, confidence
        As `measure`.

    Returns
    -------
    pl.DataFrame
        by..., metric, n, n_against, n_respondents, n_respondents_against, n_paired (people on both
        sides, null if unknown), level, level_against, estimate (level - level_against, in the
        metric's unit), ci_low, ci_high, p_value, q_value (Benjamini-Hochberg over the rows),
        is_change (q_value <= 1 - confidence), base, is_reliable (30 people on each side),
        is_suppressed (False). A cell missing on one side has n 0 there and a null estimate.

    Raises
    ------
    DataError
        As `measure`.

    Examples
    --------
    >>> now = pl.DataFrame({"score": [5] * 18 + [1] * 2})
    >>> before = pl.DataFrame({"score": [5] * 9 + [1] * 11})
    >>> compare(now, against=before, metric="csat").select("estimate", "is_change").row(0)
    (0.45, True)
    """
    rule, names = find_metric(metric), as_names(by)
    sides = [
        summarise_cells(
            side, metric=rule, by=names, score=score, respondent=respondent, weight=weight
        )
        for side in (table, against)
    ]
    both = _join(sides[0], sides[1], by=names)
    paired = shared_people(
        table, against, metric=rule, by=names, score=score, respondent=respondent, weight=weight
    )
    both = (
        both.join(paired, on=names, how="left", nulls_equal=True) if names else both.hstack(paired)
    )
    now, then = _moments(both), _moments(both, suffix="_against")
    correlation = correlation_of(both, now, then)
    z = normal_quantile(confidence)

    def limits(z: float | Array) -> tuple[Array, Array]:
        return difference_of(rule.interval, now, then, correlation=correlation, z=z)

    low, high = limits(z)
    p_value = p_value_of(limits, tested=np.zeros_like(now.mean))
    figures = {
        "level": now.mean * rule.unit,
        "level_against": then.mean * rule.unit,
        "estimate": (now.mean - then.mean) * rule.unit,
        "ci_low": low * rule.unit,
        "ci_high": high * rule.unit,
    }
    result = _with_tests(both, figures, p_value=p_value, metric=rule)
    people = pl.min_horizontal(
        pl.coalesce("n_respondents", "n"), pl.coalesce("n_respondents_against", "n_against")
    )
    return result.with_columns(
        (pl.col("q_value") <= 1 - confidence).fill_null(value=False).alias("is_change"),
        (people >= RELIABLE_FROM).alias("is_reliable"),
    ).select(*names, *CHANGE_COLUMNS)


def compare_to_target(
    table: Table,
    *,
    metric: str,
    target: float | pl.DataFrame,
    by: str | Sequence[str] = (),
    score: str = "score",
    respondent: str | None = RESPONDENT,
    weight: str | None = None,
    confidence: float = 0.95,
) -> pl.DataFrame:
    """Distance of a metric from its target.

    Parameters
    ----------
    target
        One target for all cells in the metric's unit, or a table with the `by` columns and
        `target`. Cells without a target have null figures.
    table, metric, by, score, respondent, weight, confidence
        As `measure`.

    Returns
    -------
    pl.DataFrame
        by..., metric, n, n_respondents, level, target, estimate (level - target), ci_low, ci_high,
        p_value, q_value (Benjamini-Hochberg over the rows), is_different (q_value <= 1 -
        confidence), base, is_reliable, is_suppressed.

    Raises
    ------
    DataError
        As `measure`; the table of targets lacks a column.

    Examples
    --------
    >>> answers = pl.DataFrame({"score": [5] * 90 + [1] * 10})
    >>> compare_to_target(answers, metric="csat", target=0.75)["is_different"].item()
    True
    """
    rule, names = find_metric(metric), as_names(by)
    cells = summarise_cells(
        table, metric=rule, by=names, score=score, respondent=respondent, weight=weight
    ).with_columns(pl.lit(None, pl.Float64).alias("target"))
    if isinstance(target, pl.DataFrame):
        require_columns(target, *names, "target")
        aims = target.select(*names, pl.col("target").cast(pl.Float64))
        cells = cells.drop("target").join(aims, on=names, how="left", nulls_equal=True)
    else:
        cells = cells.with_columns(pl.lit(float(target)).alias("target"))
    now = _moments(cells)
    aim = cells["target"].fill_null(np.nan).to_numpy()

    def limits(z: float | Array) -> tuple[Array, Array]:
        return interval_of(rule.interval, mean=now.mean, square=now.square, n=now.n, df=now.df, z=z)

    low, high = limits(normal_quantile(confidence))
    p_value = np.where(np.isnan(aim), np.nan, p_value_of(limits, tested=aim / rule.unit))
    figures = {
        "level": now.mean * rule.unit,
        "estimate": now.mean * rule.unit - aim,
        "ci_low": low * rule.unit - aim,
        "ci_high": high * rule.unit - aim,
    }
    result = _with_tests(cells, figures, p_value=p_value, metric=rule)
    return result.with_columns(
        (pl.col("q_value") <= 1 - confidence).fill_null(value=False).alias("is_different"),
        (pl.coalesce("n_respondents", "n") >= RELIABLE_FROM).alias("is_reliable"),
    ).select(*names, *TARGET_COLUMNS)


def _join(now: pl.DataFrame, then: pl.DataFrame, *, by: list[str]) -> pl.DataFrame:
    renamed = then.rename({name: f"{name}_against" for name in then.columns if name not in by})
    if not by:
        return now.hstack(renamed)
    counts = ("n", "n_blank", "n_against", "n_blank_against")
    joined = now.join(renamed, on=by, how="full", coalesce=True, nulls_equal=True)
    return joined.sort(by).with_columns(pl.col(counts).fill_null(0))


def _moments(cells: pl.DataFrame, *, suffix: str = "") -> Moments:
    mean, square, n, df = (
        cells[f"{name}{suffix}"].cast(pl.Float64).fill_null(np.nan).to_numpy()
        for name in ("mean", "square", "n_effective", "df")
    )
    return Moments(mean=mean, square=square, n=n, df=df)


def _with_tests(
    cells: pl.DataFrame, figures: dict[str, Array], *, p_value: Array, metric: Metric
) -> pl.DataFrame:
    """Figures and tests beside the cells; null where a mean is not to be shown."""
    hidden = pl.lit(value=False)
    if metric.interval == "t":
        hidden = is_at_ceiling()
        if "n_against" in cells.columns:
            hidden = hidden | is_at_ceiling(suffix="_against")
    shown = cells.select(~hidden.fill_null(value=False)).to_series().to_numpy()
    p_value = np.where(shown, p_value, np.nan)
    columns = {name: np.where(shown, values, np.nan) for name, values in figures.items()}
    return cells.with_columns(
        pl.Series(name, values).fill_nan(None)
        for name, values in {**columns, "p_value": p_value, "q_value": q_values(p_value)}.items()
    ).with_columns(
        pl.lit(metric.name).alias("metric"),
        pl.lit(metric.base).alias("base"),
        pl.lit(value=False).alias("is_suppressed"),
    )
