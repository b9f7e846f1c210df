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
    Reading,
    as_arrays,
    as_names,
    join_cells,
    moments_of,
    summarise_cells,
)
from cxresearch.transforms.differences import difference_of, p_value_of, q_values
from cxresearch.transforms.estimates import is_crowded
from cxresearch.transforms.intervals import Array, interval_of, normal_quantile
from cxresearch.transforms.pairing import correlation_of, shared_people
from cxresearch.transforms.scales import Metric, Table, find_metric

CHANGE_COLUMNS = (
    *("metric", "n", "n_against", "n_respondents", "n_respondents_against", "n_paired"),
    *("level", "level_against", "estimate", "ci_low", "ci_high", "p_value", "q_value"),
    *("is_change", "base", "is_reliable", "is_suppressed"),
)
TARGET_COLUMNS = (
    *("metric", "n", "n_respondents", "level", "target", "estimate", "ci_low", "ci_high"),
    *("p_value", "q_value", "is_different", "base", "is_reliable", "is_suppressed"),
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
    reading = Reading(find_metric(metric), as_names(by), score, respondent, weight)
    rule, names = reading.metric, reading.by
    both = _join(summarise_cells(table, reading), summarise_cells(against, reading), by=names)
    both = join_cells(both, shared_people(table, against, reading), names)
    now, then = moments_of(both), moments_of(both, suffix="_against")
    correlation = correlation_of(both, now, then)

    def limits(z: float | Array) -> tuple[Array, Array]:
        return difference_of(rule.interval, now, then, correlation=correlation, z=z)

    low, high = limits(normal_quantile(confidence))
    figures = {
        "level": now.mean * rule.unit,
        "level_against": then.mean * rule.unit,
        "estimate": (now.mean - then.mean) * rule.unit,
        "ci_low": low * rule.unit,
        "ci_high": high * rule.unit,
        "p_value": p_value_of(limits, tested=np.zeros_like(now.mean)),
    }
    result = _with_tests(both, figures, metric=rule, alpha=1 - confidence)
    return result.rename({"is_called": "is_change"}).select(*names, *CHANGE_COLUMNS)


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
    reading = Reading(find_metric(metric), as_names(by), score, respondent, weight)
    rule, names = reading.metric, reading.by
    cells = summarise_cells(table, reading)
    if isinstance(target, pl.DataFrame):
        require_columns(target, *names, "target")
        cells = join_cells(cells, target.select(*names, pl.col("target").cast(pl.Float64)), names)
    else:
        cells = cells.with_columns(target=pl.lit(float(target)))
    now, (aim,) = moments_of(cells), as_arrays(cells, "target")

    def limits(z: float | Array) -> tuple[Array, Array]:
        return interval_of(rule.interval, now, z=z)

    low, high = limits(normal_quantile(confidence))
    p_value = np.where(np.isnan(aim), np.nan, p_value_of(limits, tested=aim / rule.unit))
    figures = {
        "level": now.mean * rule.unit,
        "estimate": now.mean * rule.unit - aim,
        "ci_low": low * rule.unit - aim,
        "ci_high": high * rule.unit - aim,
        "p_value": p_value,
    }
    result = _with_tests(cells, figures, metric=rule, alpha=1 - confidence)
    return result.rename({"is_called": "is_different"}).select(*names, *TARGET_COLUMNS)


def _join(now: pl.DataFrame, then: pl.DataFrame, *, by: list[str]) -> pl.DataFrame:
    renamed = then.rename({name: f"{name}_against" for name in then.columns if name not in by})
    if not by:
        return now.hstack(renamed)
    counts = ("n", "n_blank", "n_against", "n_blank_against")
    joined = now.join(renamed, on=by, how="full", coalesce=True, nulls_equal=True)
    return joined.sort(by).with_columns(pl.col(counts).fill_null(0))


def _with_tests(
    cells: pl.DataFrame, figures: dict[str, Array], *, metric: Metric, alpha: float
) -> pl.DataFrame:
    """Figures, tests and flags beside the cells; null where a mean is not to be shown."""
    sides = [side for side in ("", "_against") if f"n{side}" in cells.columns]
    if metric.interval == "t":
        hidden = cells.select(pl.any_horizontal(map(is_crowded, sides)).fill_null(value=False))
        figures = {
            name: np.where(hidden.to_series().to_numpy(), np.nan, values)
            for name, values in figures.items()
        }
    figures = {**figures, "q_value": q_values(figures["p_value"])}
    people = pl.min_horizontal(pl.coalesce(f"n_respondents{side}", f"n{side}") for side in sides)
    return cells.with_columns(
        pl.Series(name, values).fill_nan(None) for name, values in figures.items()
    ).with_columns(
        metric=pl.lit(metric.name),
        base=pl.lit(metric.base),
        is_called=(pl.col("q_value") <= alpha).fill_null(value=False),
        is_reliable=people >= RELIABLE_FROM,
        is_suppressed=pl.lit(value=False),
    )
