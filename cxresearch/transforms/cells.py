"""What must be known of a cell of answers before any figure or interval is computed?

Unit of observation: an answer; a cell is all answers that share the values of the `by` columns.
One pass over the answers gives sums a cell, a second gives sums a person and cell; whatever
follows works on these few numbers. Answers of one person are one cluster.

It cannot find the same person under two ids.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
import polars.selectors as cs

from cxresearch.errors import DataError, ParameterError, did_you_mean, require_columns
from cxresearch.transforms.intervals import Array, Moments, effective_n
from cxresearch.transforms.scales import (
    Metric,
    Table,
    counted,
    half_range,
    refuse_mixtures,
    scale_checks,
    with_scale,
)

RESPONDENT = "respondent_id"
"""Where people are told apart unless another column is named."""

RELIABLE_FROM = 30
"""People (answers, where people are unknown) from which an estimate is not flagged."""

_RESERVED = {"metric", "n", "estimate", "ci_low", "ci_high", "score"}


@dataclass(frozen=True)
class Reading:
    """How a table of answers is read: what is counted, in which cells, from which columns."""

    metric: Metric
    by: list[str]
    score: str
    respondent: str | None
    weight: str | None


def as_names(by: str | Sequence[str]) -> list[str]:
    """Column names from one name or several."""
    return [by] if isinstance(by, str) else list(by)


def as_arrays(table: pl.DataFrame, *names: str) -> list[Array]:
    """Columns as arrays of floats, null as NaN."""
    return [table[name].cast(pl.Float64).fill_null(np.nan).to_numpy() for name in names]


def moments_of(cells: pl.DataFrame, *, suffix: str = "") -> Moments:
    """What intervals are made from, out of `summarise_cells`."""
    names = (f"{name}{suffix}" for name in ("mean", "square", "n_effective", "df"))
    return Moments(*as_arrays(cells, *names))


def join_cells(left: pl.DataFrame, right: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """`right` beside `left`, cell by cell; its single row beside all where there are no cells."""
    if not by:
        return left.join(right, how="cross")
    return left.join(right, on=by, how="left", nulls_equal=True, maintain_order="left")


def make_answers(table: Table, reading: Reading) -> pl.LazyFrame:
    """Answers ready for summing: `x` what counts, `w` weight (0 for a blank), `person`.

    Raises
    ------
    DataError
        A column is missing.
    ParameterError
        A `by` column has the name of a result's column.
    """
    weight = reading.weight
    require_columns(table, *reading.by, *([weight] if weight else []))
    if taken := [name for name in reading.by if name in _RESERVED]:
        raise ParameterError(
            f"by='{taken[0]}' has the name of a column of the result",
            allowed="any other column",
            next_step=f'rename it first: table.rename({{"{taken[0]}": "{taken[0]}_group"}})',
        )
    answers = with_scale(table, metric=reading.metric, score=reading.score)
    value = counted(reading.metric, score=reading.score)
    weighing = pl.col(weight).cast(pl.Float64) if weight else pl.lit(1.0)
    columns = {
        "x": value,
        "w": pl.when(value.is_not_null()).then(weighing).otherwise(0.0),
        "_half": half_range(reading.metric),
    }
    if person := person_column(answers.collect_schema(), reading.respondent):
        columns["person"] = pl.col(person)
        # Nobody knows who gave an answer without an id: each stands for itself.
        columns["_anonymous"] = pl.when(pl.col(person).is_null()).then(pl.int_range(pl.len()))
    return answers.with_columns(**columns)


def person_column(schema: pl.Schema, respondent: str | None) -> str | None:
    """The column that tells people apart, or None where answers count as independent.

    Raises
    ------
    DataError
        A column other than the usual one was named and is missing.
    """
    if respondent is None or respondent in schema:
        return respondent
    if respondent == RESPONDENT:
        return None
    raise DataError(
        f"respondent column '{respondent}' is missing.{did_you_mean(respondent, schema.names())}",
        allowed=f"one of {', '.join(schema.names())}",
        next_step="name the column, or respondent=None if every answer is another person's",
    )


def summarise_cells(table: Table, reading: Reading) -> pl.DataFrame:
    """The numbers of each cell, on the scale of what is counted.

    Returns
    -------
    pl.DataFrame
        by..., n, n_respondents (null where people are unknown), n_blank, scale_min, scale_max,
        high_is, sum_w, sum_w2 (of squared weights), sum_ww (of people's squared weights), mean,
        mean_unweighted, square, n_effective, design_effect (Kish, of the weights), df, deviations
        (sum over people of their squared weighted deviation), modal_share (of the commonest
        grade). Sorted by `by`. A cell without an answer has a null mean.

    Raises
    ------
    DataError
        As `refuse_mixtures`; an answer has no weight or a negative one.
    """
    by = reading.by
    answers = make_answers(table, reading)
    checks = scale_checks(table.collect_schema(), score=reading.score)
    plan = group_sums(answers, by, [*_sums_of_answers(reading), *checks])
    if "person" in answers.collect_schema():
        cells, people = pl.collect_all([plan, _sums_of_people(answers, by)])
        cells = join_cells(cells, people, by).with_columns(
            pl.col("n_respondents").fill_null(0)  # a cell of blanks alone
        )
    else:
        unknown = pl.lit(None, pl.Float64)
        cells = plan.collect().with_columns(
            n_respondents=pl.lit(None, pl.Int64), _tt=unknown, _tw=unknown, _ww=unknown
        )
    cells = cells.sort(by) if by else cells
    refuse_mixtures(cells, metric=reading.metric, by=by, score=reading.score)
    _refuse_weights(cells, reading.weight)
    moments = _with_moments(cells, by=by)
    return without_noise(moments) if reading.weight else moments


def group_sums(plan: pl.LazyFrame, by: Sequence[str], sums: Sequence[pl.Expr]) -> pl.LazyFrame:
    """`sums` a group, or over everything where there is nothing to group by."""
    return plan.group_by(by).agg(sums) if by else plan.select(sums)


def _sums_of_answers(reading: Reading) -> list[pl.Expr]:
    x, w, n = pl.col("x"), pl.col("w"), pl.col("x").count().cast(pl.Int64)
    sums = {"n": n, "n_blank": pl.len().cast(pl.Int64) - n, "_x1": x.sum()}
    if reading.weight:
        products = {"_w": w, "_w2": w * w, "_wx": w * x, "_w2x": w * w * x}
        products |= {"_wxx": w * x * x, "_w2xx": w * w * x * x}
    else:  # the same with every weight 1: equal sums are computed once
        products = {"_w": w, "_w2": w, "_wx": x, "_w2x": x, "_wxx": x * x, "_w2xx": x * x}
    sums |= {name: product.sum() for name, product in products.items()}
    sums |= {"_half": pl.col("_half").max(), "_modal": pl.lit(0.0)}
    if reading.metric.interval == "t":
        sums["_modal"] = x.drop_nulls().unique_counts().max().cast(pl.Float64)
    sums |= {"_n_unweighted": w.null_count(), "_weight_min": w.min()}
    return [value.alias(name) for name, value in sums.items()]


def _sums_of_people(answers: pl.LazyFrame, by: Sequence[str]) -> pl.LazyFrame:
    t, w = pl.col("t"), pl.col("w")
    sums = {"_tt": t * t, "_tw": t * w, "_ww": w * w}
    totals = [product.sum().alias(name) for name, product in sums.items()]
    count = pl.len().cast(pl.Int64).alias("n_respondents")
    return group_sums(sum_by_person(answers, by), by, [count, *totals])


def sum_by_person(answers: pl.LazyFrame, by: Sequence[str]) -> pl.LazyFrame:
    """Each person's weighted sum `t` and weight `w` in each cell, from `make_answers`."""
    x, w = pl.col("x"), pl.col("w")
    person = [*by, "person", "_anonymous"]
    return answers.filter(x.is_not_null()).group_by(person).agg(t=(w * x).sum(), w=w.sum())


def _refuse_weights(cells: pl.DataFrame, weight: str | None) -> None:
    least = cells["_weight_min"].min()
    if missing := cells["_n_unweighted"].sum():
        raise DataError(
            f"{missing} answers have no weight in column '{weight}'",
            allowed="a weight of 0 or more for every answer",
            next_step=f'drop them or fill them: pl.col("{weight}").fill_null(...)',
        )
    total = cells["_w"].sum()
    if not math.isfinite(total):
        raise DataError(
            f"column '{weight}' holds weights that are no finite numbers",
            allowed="weights of 0 or more",
            next_step=f'drop them or fill them: pl.col("{weight}").fill_nan(...)',
        )
    if isinstance(least, float) and least < 0:
        raise DataError(
            f"column '{weight}' holds the weight {least:g}", allowed="weights of 0 or more"
        )


def _with_moments(cells: pl.DataFrame, *, by: Sequence[str]) -> pl.DataFrame:
    n, people, w, w2, modal = as_arrays(cells, "n", "n_respondents", "_w", "_w2", "_modal")
    x1, wx, wxx, tt, tw, ww = as_arrays(cells, "_x1", "_wx", "_wxx", "_tt", "_tw", "_ww")
    people = np.where(np.isnan(people), n, people)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean, square = wx / w, wxx / w
        deviations = tt - 2 * mean * tw + mean**2 * ww
        size = _effective_n(cells, mean=mean, square=square, people=people, deviations=deviations)
        moments = {
            "mean": mean,
            "mean_unweighted": x1 / n,
            "square": square,
            "n_effective": np.where(n > 0, size, 0.0),
            "design_effect": n * w2 / w**2,
            "df": people - 1,
            "deviations": deviations,
            "modal_share": modal / n,
        }
    sums = {name: f"sum{name}" for name in ("_w", "_w2", "_ww")}
    kept = [*by, "n", "n_respondents", "n_blank", "scale_min", "scale_max", "high_is"]
    added = pl.DataFrame(moments).fill_nan(None)
    return cells.rename(sums).select(*kept, *sums.values()).hstack(added)


def without_noise(table: pl.DataFrame) -> pl.DataFrame:
    """Numbers to twelve significant digits.

    A sum of weights differs in its last digits with the order in which threads add it; the same
    answers must give the same bytes.
    """
    return table.with_columns(cs.float().round_sig_figs(12))


def _effective_n(
    cells: pl.DataFrame, *, mean: Array, square: Array, people: Array, deviations: Array
) -> Array:
    """Weights and repeated answers together; see `intervals.effective_n`."""
    n, w, w2, w2x, w2xx = as_arrays(cells, "n", "_w", "_w2", "_w2x", "_w2xx")
    ww, half = as_arrays(cells, "_ww", "_half")
    spread = square - mean**2
    alone = w2xx - 2 * mean * w2x + mean**2 * w2
    together = deviations * people / (people - 1) * (n - 1) / n
    kish = n * w2 / w**2
    linear = n * alone / w**2 / np.where(spread > 0, spread, np.nan)
    # Equal weights cost nothing, exactly: rounding must not move an n across a threshold.
    weights_effect = np.where(kish < 1 + 1e-12, 1.0, np.fmax(kish, linear))
    return effective_n(
        n=n,
        weights_effect=weights_effect,
        clustering=np.where(alone > 1e-12 * w2, together / alone, np.nan),
        repetition=np.where(np.isfinite(ww), ww / w2, 1.0),
        information=(people - 1) * spread / half**2,
    )
