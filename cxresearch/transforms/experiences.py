"""What counts as a good and as a bad experience at a touchpoint, and how is it known?

Unit of observation: an experience, that is one interaction or one answer of a customer at one
touchpoint. Operations come first: they are known for nearly every contact, whoever answers, and an
opinion of the company as a whole cannot colour them. Only where they say nothing is the customer's
own answer about that touchpoint taken. Each touchpoint has one source, never a mixture. How a
contact went is known when it was over, not when it began: a case that is closed because its
customer leaves is no reason to have left.

It cannot say whether a wait within the promise felt long: the promise is what it is held against.
"""

from collections.abc import Iterator

import polars as pl

from cxresearch.contract import METRICS
from cxresearch.intake.tables import StudyTables
from cxresearch.period import Period
from cxresearch.study import Study
from cxresearch.study.experience import Promise
from cxresearch.study.parts import MINUTES

EXPERIENCE_COLUMNS = ("customer_id", "at", "known_at", "touchpoint", "source", "side")
SIDES = ("bad", "ordinary", "good", "unknown")
OPERATIONS = (*MINUTES, "resolved", "context_known")
"""Sources from operations, the first that is known well enough is taken."""

KNOWN_SHARE = 0.5
"""Least share of a touchpoint's contacts for which a source must be known."""

_MINUTES: dict[str, pl.DataType] = {
    "touchpoint": pl.String(),
    "source": pl.String(),
    "minutes": pl.Float64(),
    "channel": pl.String(),
}
_INSTANT = pl.Datetime("us", "UTC")
_MET: dict[str, pl.DataType] = {
    "customer_id": pl.String(),
    "at": _INSTANT,
    "known_at": _INSTANT,
    "touchpoint": pl.String(),
    "is_own": pl.Boolean(),
    "source": pl.String(),
    "went_well": pl.Boolean(),
    "side": pl.String(),
}


def promised_minutes(study: Study) -> pl.DataFrame:
    """Minutes promised at each touchpoint: by its own promise, else by a pledge of the statement.

    Returns
    -------
    pl.DataFrame
        touchpoint, source (`wait_minutes` or `duration_minutes`), minutes, channel (null: any); a
        touchpoint with no promise in minutes has no row.
    """
    table = pl.DataFrame(list(_minutes_of(study)), schema=_MINUTES, orient="row")
    return table.unique("touchpoint", keep="first", maintain_order=True)


def _minutes_of(study: Study) -> Iterator[tuple[str, str, float, str | None]]:
    experience = study.experience
    promises: list[tuple[str | None, Promise]] = [
        (place.id, place.promise) for place in experience.touchpoints if place.promise
    ]
    pledges = experience.statement.pledges if experience.statement else []
    promises += [(pledge.promise.touchpoint, pledge.promise) for pledge in pledges]
    for touchpoint, promise in promises:
        minutes = promise.threshold if promise.statistic == "share" else promise.at_most
        if touchpoint and promise.measure in MINUTES and minutes is not None:
            yield touchpoint, promise.measure, minutes, promise.channel


def rate_experiences(tables: StudyTables, *, period: Period) -> pl.DataFrame:
    """Good, ordinary and bad experiences of known customers.

    Parameters
    ----------
    period
        Which experiences, by the instant of the contact or of the answer.

    Returns
    -------
    pl.DataFrame
        customer_id, at, known_at (when it was known how it went: answers when given, contacts as
        `over_at` says; null where not before the end of the period), touchpoint, source
        (`wait_minutes` and `duration_minutes` against the promised minutes, `resolved`,
        `context_known`, else the metric answered), side, by customer and instant. Side is `bad`,
        `good`, `ordinary` (of answers only: neither below the middle of the scale nor at its top)
        or `unknown` (a contact of which its source does not tell, or that is not over yet). What
        follows from an experience follows after `known_at`.

    Notes
    -----
    An operational source serves where it is known for half of the contacts and has gone either way
    as often as the study asks of a reliable figure. Messages sent out count only where customers
    never come by themselves.
    """
    met = _operations(tables, period=period)
    sources = choose_sources(tables, period=period)
    served = sources["touchpoint"].to_list()
    is_told = pl.col("side") != "unknown"
    counted = met.lazy().filter(is_told | _is_counted())
    parts = [counted.join(sources.lazy(), on=["touchpoint", "source"], how="semi")]
    if tables.responses is not None:
        asked = _answers(tables.responses, served=served, period=period)
        usual = asked.select("touchpoint", "source").unique()
        # Who met the place and did not answer: a row a contact, whatever was recorded of it.
        silent = met.lazy().filter(pl.col("source") == OPERATIONS[-1]).drop("source")
        silent = silent.with_columns(side=pl.lit("unknown"), known_at="at")
        parts += [asked, silent.join(usual, on="touchpoint")]
    rated = pl.concat([part.select(EXPERIENCE_COLUMNS) for part in parts]).collect()
    return rated.sort("customer_id", "at", "touchpoint", "side", "known_at")


def choose_sources(tables: StudyTables, *, period: Period) -> pl.DataFrame:
    """The operational source of each touchpoint that has one, as `rate_experiences` takes it.

    Returns
    -------
    pl.DataFrame
        touchpoint, source, by touchpoint.
    """
    if tables.interactions is None:
        return pl.DataFrame(schema={"touchpoint": pl.String, "source": pl.String})
    order = {name: rank for rank, name in enumerate(OPERATIONS)}
    told = [pl.col(name).is_not_null().sum().alias(f"{name} told") for name in OPERATIONS]
    well = [pl.col(name).sum().alias(f"{name} well") for name in OPERATIONS]
    counts = (
        with_outcomes(tables.interactions.filter(period.contains()), study=tables.study)
        .filter(pl.col("customer_id").is_not_null())
        .group_by("touchpoint", (pl.col("direction") == "inbound").alias("is_own"))
        .agg(pl.len().alias("n"), *told, *well)
        .collect()
    )
    by_source = pl.concat(
        counts.select(
            *("touchpoint", "is_own", "n"),
            pl.lit(name).alias("source"),
            pl.col(f"{name} told").cast(pl.Int64).alias("told"),
            pl.col(f"{name} well").cast(pl.Int64).alias("well"),
        )
        for name in OPERATIONS
    )
    reliable_from = tables.study.privacy.reliable_from
    return (
        by_source.filter(_is_counted())
        .filter(
            pl.col("told") >= KNOWN_SHARE * pl.col("n"),
            pl.min_horizontal("well", pl.col("told") - pl.col("well")) >= reliable_from,
        )
        .sort("touchpoint", pl.col("source").replace_strict(order, return_dtype=pl.Int64))
        .unique("touchpoint", keep="first", maintain_order=True)
        .select("touchpoint", "source")
    )


def with_outcomes(log: pl.LazyFrame, *, study: Study) -> pl.LazyFrame:
    """Interactions with a column an operational source: whether it went well, null if unknown."""
    limits = promised_minutes(study).lazy().rename({"source": "limited", "channel": "only"})
    covered = pl.col("only").is_null() | (pl.col("only") == pl.col("channel").cast(pl.String))
    minutes = [
        pl.when((pl.col("limited") == name) & covered)
        .then(pl.col(name) <= pl.col("minutes"))
        .alias(f"{name} kept")
        for name in MINUTES
    ]
    return (
        log.with_columns(pl.col("touchpoint").cast(pl.String))
        .join(limits, on="touchpoint", how="left", maintain_order="left")
        .with_columns(
            *minutes, *(pl.col(f"is_{name}").alias(name) for name in ("resolved", "context_known"))
        )
        .drop("limited", "only", "minutes", *MINUTES)
        .rename({f"{name} kept": name for name in MINUTES})
    )


def over_at(log: pl.LazyFrame) -> pl.Expr:
    """When it was known how the interactions of a log went, as the column `over_at`.

    At `closed_at`, else after the minutes of waiting and of the contact itself, never before `at`.
    Null while the matter is open: not solved and not closed, at a touchpoint where most that were
    not solved have been closed.
    """
    minutes = pl.sum_horizontal(pl.col(MINUTES).fill_null(0)) * 60e6
    spent = pl.col("at") + pl.duration(microseconds=minutes.cast(pl.Int64))
    if "closed_at" not in log.collect_schema().names():
        return spent.alias("over_at")
    place, is_closed = pl.col("touchpoint").cast(pl.String), pl.col("closed_at").is_not_null()
    unsolved = log.filter(~pl.col("is_resolved")).group_by(place).agg(is_closed.mean())
    closes = unsolved.filter(pl.col("closed_at") > KNOWN_SHARE).collect()["touchpoint"].to_list()
    is_open = ~pl.col("is_resolved") & ~is_closed & place.is_in(closes)
    over = pl.max_horizontal("at", pl.coalesce("closed_at", spent))
    return pl.when(~is_open.fill_null(value=False)).then(over).alias("over_at")


def _operations(tables: StudyTables, *, period: Period) -> pl.DataFrame:
    """A row a contact and operational source: how it went, null where that is unknown."""
    if tables.interactions is None:
        return pl.DataFrame(schema=_MET)
    log = tables.interactions.filter(pl.col("customer_id").is_not_null(), period.contains())
    is_over = pl.col("over_at") < pl.lit(period.end_at).cast(_INSTANT)
    well = pl.col("went_well") & is_over
    side = pl.when(well).then(pl.lit("good")).when(~pl.col("went_well") & is_over)
    return (
        with_outcomes(log.with_columns(over_at(log)), study=tables.study)
        .with_columns((pl.col("direction") == "inbound").alias("is_own"))
        .unpivot(
            list(OPERATIONS),
            index=["customer_id", "at", "over_at", "touchpoint", "is_own"],
            variable_name="source",
            value_name="went_well",
        )
        .with_columns(
            side=side.then(pl.lit("bad")).otherwise(pl.lit("unknown")),
            known_at=pl.when(is_over).then("over_at"),
        )
        .collect()
    )


def _is_counted() -> pl.Expr:
    """Contacts customers make themselves, or all where they never do."""
    return pl.col("is_own") | ~pl.col("is_own").any().over("touchpoint")


def _answers(responses: pl.LazyFrame, *, served: list[str], period: Period) -> pl.LazyFrame:
    """Answers about touchpoints without an operational source, in the metric most often asked."""
    asked = responses.filter(
        pl.col("voice") == "customer",
        *(pl.col(name).is_not_null() for name in ("customer_id", "touchpoint", "metric", "score")),
        ~pl.col("touchpoint").is_in(served),
        pl.col("metric") != "expectation",
        period.contains(),
    )
    order = {name: rank for rank, name in enumerate(METRICS)}
    rank = pl.col("metric").replace_strict(order, return_dtype=pl.Int64)
    usual = (
        asked.group_by("touchpoint", "metric")
        .agg(pl.len().alias("n"), rank.first().alias("order"))
        .sort("touchpoint", "n", "order", descending=[False, True, False])
        .unique("touchpoint", keep="first", maintain_order=True)
        .select("touchpoint", "metric")
    )
    return asked.join(usual, on=["touchpoint", "metric"], how="semi").with_columns(
        pl.col("metric").alias("source"), side=answered_side(), known_at="at"
    )


def answered_side() -> pl.Expr:
    """`bad` below the middle of the scale, `good` at its top, else `ordinary`.

    Of NPS the detractors and the promoters; of any other scale the top is its last tenth, on up to
    seven grades the best grade alone.

    Examples
    --------
    >>> asked = pl.DataFrame({"metric": "csat", "score": [2.0, 3.0, 5.0], "scale_min": 1.0,
    ...                       "scale_max": 5.0, "high_is": "good"})
    >>> asked.select(answered_side()).to_series().to_list()
    ['bad', 'ordinary', 'good']
    """
    share = rating()
    is_net = pl.col("metric") == "nps"
    is_bad = pl.when(is_net).then(pl.col("score") <= 6).otherwise(share < 0.5)
    is_good = pl.when(is_net).then(pl.col("score") >= 9).otherwise(share >= 0.9)
    side = pl.when(is_bad).then(pl.lit("bad")).when(is_good).then(pl.lit("good"))
    return side.otherwise(pl.lit("ordinary")).alias("side")


def rating() -> pl.Expr:
    """The answer as a share of its scale, 0 the worst and 1 the best grade."""
    score, low, high = pl.col("score"), pl.col("scale_min"), pl.col("scale_max")
    share = (score - low) / (high - low)
    return pl.when(pl.col("high_is") == "bad").then(1 - share).otherwise(share)
