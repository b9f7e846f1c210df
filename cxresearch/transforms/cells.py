"""What must be known of a cell of answers before any figure or interval is computed?

Unit of observation: an answer; a cell is all answers that share the values of the `by` columns.
One pass over the answers gives sums a cell, a second gives sums a person and cell; whatever
follows works on these few numbers. Answers of one person are one cluster.

It cannot find the same person under two ids.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl
import polars.selectors as cs

from cxresearch.errors import DataError, ParameterError, did_you_mean, require_columns
from cxresearch.transforms.intervals import Array, effective_n
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


def as_names(by: str | Sequence[str]) -> list[str]:
    """Column names from one name or several."""
    return [by] if isinstance(by, str) else list(by)


def make_answers(
    table: Table,
    *,
    metric: Metric,
    by: Sequence[str],
    score: str,
    respondent: str | None,
    weight: str | None,
) -> pl.LazyFrame:
    """Answers ready for summing: `x` what counts, `w` weight (0 for a blank), `person`.

    Raises
    ------
    DataError
        A column is missing.
    ParameterError
        A `by` column has the name of a result's column.
    """
    require_columns(table, *by)
    taken = [name for name in by if name in _RESERVED]
    if taken:
        raise ParameterError(
            f"by='{taken[0]}' has the name of a column of the result",
            allowed="any other column",
            next_step=f'rename it first: table.rename({{"{taken[0]}": "{taken[0]}_group"}})',
        )
    answers = with_scale(table, metric=metric, score=score)
    schema = answers.collect_schema()
    value = counted(metric, score=score)
    weighing = pl.lit(1.0) if weight is None else _weight(table, weight)
    person = person_column(schema, respondent)
    columns = [value.alias("x"), weighing.alias("_weight"), half_range(metric).alias("_half")]
    if person:
        # Nobody knows who gave an answer without an id: each stands for itself.
        row = pl.when(pl.col(person).is_null()).then(pl.int_range(pl.len()))
        columns += [pl.col(person).alias("person"), row.alias("_anonymous")]
    return answers.with_columns(columns).with_columns(
        pl.when(pl.col("x").is_not_null()).then(pl.col("_weight")).otherwise(0.0).alias("w"),
        pl.col("x").fill_null(0.0).alias("_x"),
    )


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


def _weight(table: Table, weight: str) -> pl.Expr:
    require_columns(table, weight)
    return pl.col(weight).cast(pl.Float64)


def summarise_cells(
    table: Table,
    *,
    metric: Metric,
    by: Sequence[str] = (),
    score: str = "score",
    respondent: str | None = RESPONDENT,
    weight: str | None = None,
) -> pl.DataFrame:
    """The numbers of each cell, on the scale of what is counted.

    Returns
    -------
    pl.DataFrame
        by..., n, n_respondents (null where people are unknown), n_blank, scale_min, scale_max,
        high_is, sum_w, sum_w2 (of squared weights), sum_ww (of people's squared weights), mean,
        mean_unweighted, square, n_effective, design_effect (Kish, of the weights), df, deviations
        (sum over people of their squared weighted deviation), at_end_share. Sorted by `by`. A
        cell without an answer has a null mean.

    Raises
    ------
    DataError
        As `refuse_mixtures`; an answer has no weight or a negative one.
    """
    answers = make_answers(
        table, metric=metric, by=by, score=score, respondent=respondent, weight=weight
    )
    schema = answers.collect_schema()
    sums = [
        *_sums_of_answers(score, metric=metric, is_weighted=weight is not None),
        *scale_checks(table.collect_schema(), score=score),
    ]
    cells_plan = group_sums(answers, by, sums)
    if "person" in schema:
        cells, people = pl.collect_all([cells_plan, _sums_of_people(answers, by)])
        cells = (
            cells.join(people, on=by, how="left", nulls_equal=True).with_columns(
                pl.col("n_respondents").fill_null(0)  # a cell of blanks alone
            )
            if by
            else cells.hstack(people.drop(by))
        )
    else:
        cells = cells_plan.collect().with_columns(
            pl.lit(None, pl.Int64).alias("n_respondents"),
            *(pl.lit(None, pl.Float64).alias(name) for name in ("_tt", "_tw", "_ww")),
        )
    cells = cells.sort(by) if by else cells
    refuse_mixtures(cells, metric=metric, by=by, score=score)
    _refuse_weights(cells, weight)
    moments = _with_moments(cells, by=by)
    return moments if weight is None else without_noise(moments)


def group_sums(plan: pl.LazyFrame, by: Sequence[str], sums: Sequence[pl.Expr]) -> pl.LazyFrame:
    """`sums` a group, or over everything where there is nothing to group by."""
    return plan.group_by(by).agg(sums) if by else plan.select(sums)


def _sums_of_answers(score: str, *, metric: Metric, is_weighted: bool) -> list[pl.Expr]:
    x, w, given = pl.col("_x"), pl.col("w"), pl.col("x").is_not_null()
    n, x1, x2 = given.sum().cast(pl.Int64), x.sum(), (x * x).sum()
    sums = {"n": n, "n_blank": pl.len().cast(pl.Int64) - n, "_x1": x1}
    if is_weighted:
        sums |= {"_w": w.sum(), "_w2": (w * w).sum(), "_wx": (w * x).sum()}
        sums |= {"_wxx": (w * x * x).sum(), "_w2x": (w * w * x).sum()}
        sums |= {"_w2xx": (w * w * x * x).sum()}
    else:  # the same sums, each once
        whole = n.cast(pl.Float64)
        sums |= {"_w": whole, "_w2": whole, "_wx": x1, "_wxx": x2, "_w2x": x1, "_w2xx": x2}
    at_end = pl.lit(0.0)
    if metric.interval == "t":
        ends = ((w * (pl.col(score) == pl.col(end))).sum() for end in ("scale_min", "scale_max"))
        at_end = pl.max_horizontal(*ends)
    sums |= {"_at_end": at_end, "_half": pl.col("_half").max()}
    sums["_n_unweighted"] = (given & pl.col("_weight").is_null()).sum()
    sums["_weight_min"] = pl.col("_weight").filter(given).min()
    if not is_weighted:
        sums |= {"_n_unweighted": pl.lit(0), "_weight_min": pl.lit(1.0)}
    return [value.alias(name) for name, value in sums.items()]


def _sums_of_people(answers: pl.LazyFrame, by: Sequence[str]) -> pl.LazyFrame:
    t, w = pl.col("t"), pl.col("w")
    return group_sums(
        sum_by_person(answers, by),
        by,
        [
            pl.len().cast(pl.Int64).alias("n_respondents"),
            (t * t).sum().alias("_tt"),
            (t * w).sum().alias("_tw"),
            (w * w).sum().alias("_ww"),
        ],
    )


def sum_by_person(answers: pl.LazyFrame, by: Sequence[str]) -> pl.LazyFrame:
    """Each person's weighted sum `t` and weight `w` in each cell, from `make_answers`."""
    w = pl.col("w")
    return (
        answers.filter(pl.col("x").is_not_null())
        .group_by([*by, "person", "_anonymous"])
        .agg(t=(w * pl.col("_x")).sum(), w=w.sum())
    )


def _refuse_weights(cells: pl.DataFrame, weight: str | None) -> None:
    missing = cells["_n_unweighted"].sum()
    least = cells["_weight_min"].min()
    if missing:
        raise DataError(
            f"{missing} answers have no weight in column '{weight}'",
            allowed="a weight of 0 or more for every answer",
            next_step=f'drop them or fill them: pl.col("{weight}").fill_null(...)',
        )
    if isinstance(least, float) and least < 0:
        raise DataError(
            f"column '{weight}' holds the weight {least:g}", allowed="weights of 0 or more"
        )


def _with_moments(cells: pl.DataFrame, *, by: Sequence[str]) -> pl.DataFrame:
    n, w = (cells[name].cast(pl.Float64).to_numpy() for name in ("n", "_w"))
    people = cells["n_respondents"].fill_null(0).to_numpy()
    known = cells["n_respondents"].is_not_null().to_numpy()
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = cells["_wx"].to_numpy() / w
        square = cells["_wxx"].to_numpy() / w
        kish = n * cells["_w2"].to_numpy() / w**2
        respondents = np.where(known, people, n)
        deviations = sum_of_deviations(cells, mean=mean)
        n_effective = _effective_n(cells, mean=mean, square=square, people=respondents)
        at_end = cells["_at_end"].to_numpy() / w
        unweighted = cells["_x1"].to_numpy() / n
    added = pl.DataFrame(
        {
            "mean": mean,
            "mean_unweighted": unweighted,
            "square": square,
            "n_effective": np.where(n > 0, n_effective, 0.0),
            "design_effect": kish,
            "df": respondents - 1.0,
            "deviations": deviations,
            "at_end_share": at_end,
        }
    ).fill_nan(None)
    sums = {name: f"sum{name}" for name in ("_w", "_w2", "_ww")}
    kept = [*by, "n", "n_respondents", "n_blank", "scale_min", "scale_max", "high_is"]
    return cells.rename(sums).select(*kept, *sums.values()).hstack(added)


def without_noise(table: pl.DataFrame) -> pl.DataFrame:
    """Numbers to twelve significant digits.

    A sum of weights differs in its last digits with the order in which threads add it; the same
    answers must give the same bytes.
    """
    return table.with_columns(cs.float().round_sig_figs(12))


def _effective_n(cells: pl.DataFrame, *, mean: Array, square: Array, people: Array) -> Array:
    """Weights and repeated answers together; see `intervals.effective_n`."""
    n, w, w2 = (cells[name].cast(pl.Float64).to_numpy() for name in ("n", "_w", "_w2"))
    ww = cells["_ww"].cast(pl.Float64).fill_null(np.nan).to_numpy()
    spread = square - mean**2
    alone = cells["_w2xx"].to_numpy() - 2 * mean * cells["_w2x"].to_numpy() + mean**2 * w2
    together = sum_of_deviations(cells, mean=mean) * people / (people - 1) * (n - 1) / n
    kish = n * w2 / w**2
    linear = n * alone / w**2 / np.where(spread > 0, spread, np.nan)
    # Equal weights cost nothing, exactly: rounding must not move an n across a threshold.
    weights_effect = np.where(kish < 1 + 1e-12, 1.0, np.fmax(kish, linear))
    return effective_n(
        n=n,
        weights_effect=weights_effect,
        clustering=np.where(alone > 1e-12 * w2, together / alone, np.nan),
        repetition=np.where(np.isfinite(ww), ww / w2, 1.0),
        information=(people - 1) * spread / cells["_half"].to_numpy() ** 2,
    )


def sum_of_deviations(cells: pl.DataFrame, *, mean: Array) -> Array:
    """Sum over people of (weighted sum - mean times weight) squared; NaN where unknown."""
    tt, tw, ww = (
        cells[name].cast(pl.Float64).fill_null(np.nan).to_numpy() for name in ("_tt", "_tw", "_ww")
    )
    return np.asarray(tt - 2 * mean * tw + mean**2 * ww, dtype=float)
