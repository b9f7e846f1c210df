"""Which promises rest on so few people that their figures would give somebody away?

Unit of observation: a promise. The rules are those of `suppress`: few people, everyone answering
alike, and what could be found by subtraction - from the touchpoints of one question together, from
a pledge about the contacts of all touchpoints, or from a touchpoint with and without one of its
channels. How quickly contacts were dealt with is a fact about the company: a share of 100 % is
hidden for answers only.

It cannot protect against figures published elsewhere.
"""

from collections.abc import Sequence
from functools import partial

import polars as pl

from cxresearch.intake.tables import StudyTables
from cxresearch.period import Period
from cxresearch.transforms.delivered import (
    COLUMN,
    SCORES,
    Promised,
    collect_values,
    list_pledges,
)
from cxresearch.transforms.metrics import measure
from cxresearch.transforms.questions import TOUCHPOINT, Question, answers_in, weight_of
from cxresearch.transforms.suppress import suppress_small_cells

_BLANKED = (
    *("estimate", "ci_low", "ci_high", "estimate_unweighted", "p_value"),
    *("n", "n_respondents", "n_unknown", "within", "within_low", "within_high"),
)

_HIDDEN = {"touchpoint": pl.String, "measure": pl.String, "_is_hidden": pl.Boolean}


def hide_promises(
    table: pl.DataFrame,
    tables: StudyTables,
    promised: Sequence[Promised],
    *,
    period: Period,
    threshold: int,
) -> pl.DataFrame:
    """Blank every figure of promises that must not be shown.

    Parameters
    ----------
    table
        promise, touchpoint, measure, statistic, estimate, n_respondents and the figures to blank.
    promised
        The promises of `table`.
    threshold
        Least number of people shown.

    Returns
    -------
    pl.DataFrame
        The rows given with is_suppressed; the targets stay.
    """
    people, figure = pl.col("n_respondents"), pl.col("estimate")
    is_uniform = pl.col("measure").is_in(SCORES) & (
        ((pl.col("statistic") == "share") & figure.is_in([0.0, 1.0]))
        | ((pl.col("statistic") == "nps") & (figure.abs() == 100.0))
    )
    hidden = pl.concat(
        [
            _hidden_touchpoints(tables, promised, period=period, threshold=threshold),
            _hidden_by_pledges(tables, period=period, threshold=threshold),
        ]
    )
    beside = _people_beside(table, tables, promised, period=period)
    marked = (
        table.join(hidden, on=["touchpoint", "measure"], how="left", maintain_order="left")
        .join(beside, on="promise", how="left", maintain_order="left")
        .with_columns(
            pl.any_horizontal(
                people.is_between(1, threshold - 1),
                is_uniform.fill_null(value=False) & (people > 0),
                pl.col("_is_hidden").fill_null(value=False),
                pl.col("_beside").is_between(1, threshold - 1).fill_null(value=False),
            ).alias("is_suppressed")
        )
    )
    shown = pl.when(~pl.col("is_suppressed"))
    return marked.with_columns(
        *(shown.then(pl.col(name)).alias(name) for name in _BLANKED),
        (pl.col("is_reliable") & ~pl.col("is_suppressed")).alias("is_reliable"),
    ).drop("_is_hidden", "_beside")


def _hidden_touchpoints(
    tables: StudyTables, promised: Sequence[Promised], *, period: Period, threshold: int
) -> pl.DataFrame:
    """touchpoint, measure, _is_hidden: what the table of all touchpoints of a question hides."""
    if tables.responses is None:
        return pl.DataFrame(schema=_HIDDEN)
    asked = sorted({p.promise.measure for p in promised if p.touchpoint} & set(SCORES))
    parts = []
    for name in asked:
        answers = answers_in(tables.responses, Question("customer", name, TOUCHPOINT), period)
        metric = Question("customer", name, TOUCHPOINT).measure
        scores = partial(measure, answers, metric=metric, weight=weight_of(answers))
        cells = suppress_small_cells(scores(by="touchpoint"), by="touchpoint", threshold=threshold)
        parts.append(
            cells.select(
                "touchpoint",
                pl.lit(name).alias("measure"),
                pl.col("is_suppressed").alias("_is_hidden"),
            )
        )
    return pl.concat([pl.DataFrame(schema=_HIDDEN), *parts])


def _hidden_by_pledges(tables: StudyTables, *, period: Period, threshold: int) -> pl.DataFrame:
    """The same of contacts, where a pledge tells of those of all touchpoints together."""
    log, name = tables.interactions, pl.col("touchpoint").cast(pl.String)
    person = pl.coalesce("customer_id", pl.int_range(pl.len()).cast(pl.String))
    counts = [pl.len().alias("n"), person.n_unique().alias("n_respondents")]
    parts = [pl.DataFrame(schema=_HIDDEN)]
    for pledge in list_pledges(tables.study):
        promise = pledge.promise
        if log is None or promise.touchpoint or promise.measure in SCORES:
            continue
        cases = log.filter(period.contains(), pl.col(COLUMN[promise.measure]).is_not_null())
        if promise.channel:
            cases = cases.filter(pl.col("channel") == promise.channel)
        table = cases.group_by(name).agg(*counts).sort("n", "touchpoint").collect()
        cells = suppress_small_cells(
            table.with_columns(estimate=pl.lit(0.0)), by="touchpoint", threshold=threshold
        )
        hides = pl.col("is_suppressed").alias("_is_hidden")
        parts.append(cells.select(name, pl.lit(promise.measure).alias("measure"), hides))
    return pl.concat(parts).group_by("touchpoint", "measure").agg(pl.col("_is_hidden").any())


def _people_beside(
    table: pl.DataFrame, tables: StudyTables, promised: Sequence[Promised], *, period: Period
) -> pl.DataFrame:
    """promise, _beside: people of a touchpoint whom a promise about one channel leaves out."""
    whole = [
        each._replace(promise=each.promise.model_copy(update={"channel": None}))
        for each in promised
        if each.promise.channel
    ]
    person = pl.coalesce("person", pl.int_range(pl.len()).cast(pl.String))
    return (
        collect_values(tables, whole, period=period)
        .filter(pl.col("value").is_not_null())
        .group_by("promise")
        .agg(person.n_unique().cast(pl.Int64).alias("_people"))
        .join(table.select("promise", "n_respondents"), on="promise")
        .select("promise", (pl.col("_people") - pl.col("n_respondents")).alias("_beside"))
    )
