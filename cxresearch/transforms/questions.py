"""Which questions are asked, whom and about what, and how is each answered now and before?

Unit of observation: an answer. A *question* is a voice (customer, employee, walkthrough), a metric
and what it is about: the whole relationship (touchpoint null) or a touchpoint. Questions are never
pooled. Base: the scored answers of one question in one period.

It cannot say which question matters: `headline_question` follows a declared order, not the data.
"""

from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from cxresearch.period import Period, periods_until
from cxresearch.transforms.compare import compare
from cxresearch.transforms.differences import q_values
from cxresearch.transforms.distribution import score_distribution
from cxresearch.transforms.metrics import measure
from cxresearch.transforms.scales import Table, counted, find_metric, with_scale
from cxresearch.transforms.suppress import THRESHOLD, suppress_small_cells
from cxresearch.transforms.tracking import track

QUESTION = ("voice", "metric", "about")
WHOLE, TOUCHPOINT = "whole", "touchpoint"

ORDER = ("nps", "csat", "stars", "emoji", "ces", "expectation")
"""Which metric heads the page where several are asked: the most general first."""


LEAST_PERIODS = 12
"""A series reaches back at least so many periods."""


class Question(NamedTuple):
    """A voice, a metric and what it is about."""

    voice: str
    metric: str
    about: str

    @property
    def measure(self) -> str:
        """The name of the measure: employees' NPS is eNPS, ease is read as a share."""
        if self.metric == "nps" and self.voice == "employee":
            return "enps"
        return "ces_share" if self.metric == "ces" else self.metric


def list_questions(responses: Table) -> pl.DataFrame:
    """Every question asked.

    Parameters
    ----------
    responses
        `contract.Responses`.

    Returns
    -------
    pl.DataFrame
        voice, metric, about (`whole` or `touchpoint`), n (scored answers), n_blank, n_respondents,
        first_at, last_at; the headline question first, then by voice and metric.

    Examples
    --------
    >>> asked = pl.DataFrame({
    ...     "voice": ["customer"] * 2, "metric": ["csat", "nps"], "touchpoint": ["desk", None],
    ...     "score": [4, 9], "respondent_id": ["a", "a"], "at": [1, 2],
    ... })
    >>> list_questions(asked).select("metric", "about", "n").rows()
    [('nps', 'whole', 1), ('csat', 'touchpoint', 1)]
    """
    scored = pl.col("score").is_not_null()
    return (
        responses.lazy()
        .filter(pl.col("metric").is_not_null())
        .group_by("voice", "metric", _about().alias("about"))
        .agg(
            scored.sum().cast(pl.Int64).alias("n"),
            (~scored).sum().cast(pl.Int64).alias("n_blank"),
            pl.col("respondent_id").filter(scored).n_unique().cast(pl.Int64).alias("n_respondents"),
            pl.col("at").min().alias("first_at"),
            pl.col("at").max().alias("last_at"),
        )
        .collect()
        .sort(*_headline_order())
    )


def headline_question(responses: Table, *, about: str | None = None) -> Question:
    """The question that heads the page: customers before others, the whole before touchpoints.

    Parameters
    ----------
    about
        `whole` or `touchpoint` to choose among these only.

    Returns
    -------
    Question
        Customers' NPS, which then has no answers, where nothing was scored.
    """
    asked = list_questions(responses).filter(pl.col("n") > 0)
    if about:
        asked = asked.filter(pl.col("about") == about)
    if asked.is_empty():
        return Question("customer", "nps", about or WHOLE)
    return Question(*asked.select(QUESTION).row(0))


def most_answered(responses: Table, *, about: str, voice: str = "customer") -> Question:
    """The question about touchpoints, or about the whole, that most answers were given to."""
    asked = list_questions(responses).filter(pl.col("about") == about, pl.col("voice") == voice)
    if asked.is_empty():
        return Question(voice, "csat", about)
    return Question(*asked.sort("n", descending=True).select(QUESTION).row(0))


def answers_to(responses: Table, question: Question) -> pl.LazyFrame:
    """The answers to one question, scored or blank."""
    return responses.lazy().filter(
        pl.col("voice") == question.voice,
        pl.col("metric") == question.metric,
        _about() == question.about,
    )


def period_with_answers(responses: Table, period: Period, *, at_least: int) -> Period:
    """The period asked for or, where it has too few answers, the next longer one that ends with it.

    Tried in turn: the period itself, three, twelve and twenty-four months. If none has `at_least`
    scored answers of customers, the longest is returned.
    """
    tried = [period, *(period.window(months) for months in (3, 12, 24))]
    scored = responses.lazy().filter(pl.col("score").is_not_null(), pl.col("voice") == "customer")
    counts = scored.select(
        tried_one.contains().sum().alias(str(number)) for number, tried_one in enumerate(tried)
    ).collect()
    enough = [p for p, n in zip(tried, counts.row(0), strict=True) if n >= at_least]
    longer = [p for p in enough if p.days >= period.days]
    return longer[0] if longer else max(tried, key=lambda p: p.days)


def measure_questions(
    responses: Table, *, period: Period, by: str | Sequence[str] = (), hide_below: int = THRESHOLD
) -> pl.DataFrame:
    """Every question's score in a period, by itself.

    Parameters
    ----------
    responses
        `contract.Responses`. Where the answers of a question carry weights the estimate is
        weighted and `estimate_unweighted` stands beside it.
    by
        Columns of `responses`; a row a combination.
    hide_below
        Least number of people shown.

    Returns
    -------
    pl.DataFrame
        voice, metric (name of the measure, see `Question.measure`), about, by..., then the columns
        of `metrics.measure` with estimate_unweighted and design_effect (null without weights).
    """
    inside = responses.lazy().filter(period.contains()).collect()
    parts = [
        _measured(inside, Question(*row), by=by, hide_below=hide_below)
        for row in list_questions(inside).select(QUESTION).rows()
    ]
    return pl.concat(parts, how="diagonal") if parts else pl.DataFrame(schema=_EMPTY)


def compare_questions(
    responses: Table, *, period: Period, against: Period, hide_below: int = THRESHOLD
) -> pl.DataFrame:
    """Every question's change between two periods.

    Returns
    -------
    pl.DataFrame
        voice, about, then the columns of `compare.compare`, q-values over all questions together.
        A question asked in one of the periods only is left out.
    """
    lazy = responses.lazy()
    now, then = (lazy.filter(p.contains()).collect() for p in (period, against))
    shared = list_questions(now).join(list_questions(then), on=QUESTION, how="semi")
    parts = [_compared(now, then, Question(*row)) for row in shared.select(QUESTION).rows()]
    if not parts:
        return pl.DataFrame()
    changes = pl.concat(parts)
    q = pl.Series("q_value", q_values(changes["p_value"].fill_null(float("nan")).to_numpy()))
    tested = changes.with_columns(q.fill_nan(None)).with_columns(
        (pl.col("q_value") <= 0.05).fill_null(value=False).alias("is_change")
    )
    # Each question is a table of its own: none is a part of another's total.
    return suppress_small_cells(
        tested, by="metric", within=["voice", "about"], threshold=hide_below
    )


def weight_of(answers: pl.DataFrame) -> str | None:
    """`weight` where the answers carry weights, else None."""
    has_weights = "weight" in answers.columns and answers["weight"].is_not_null().any()
    return "weight" if has_weights else None


def track_question(
    responses: Table, question: Question, *, period: Period, months: int = 24
) -> pl.DataFrame:
    """One question over consecutive periods as long as `period`, the last of which it is.

    Parameters
    ----------
    months
        How far back the series reaches, and at least twelve periods.

    Returns
    -------
    pl.DataFrame
        period (label), then the columns of `tracking.track`, and is_signal. Periods that are no
        month, quarter or year are followed by month.
    """
    reach = min(period.window(months).start, periods_until(period, LEAST_PERIODS)[0].start)
    window = Period(reach, period.end, period.timezone)
    answers = with_weights(answers_to(responses, question).filter(window.contains()).collect())
    every = _length(period)
    series = track(
        answers,
        metric=question.measure,
        every=every,
        timezone=period.timezone,
        data_from=window.start_at,
        data_until=window.end_at,
        weight=weight_of(answers),
    )
    start = pl.col("period_start")
    label = {
        "1mo": start.dt.strftime("%Y-%m"),
        "1q": pl.format("{}-Q{}", start.dt.year(), start.dt.quarter()),
        "1y": start.dt.strftime("%Y"),
    }[every]
    signal = pl.col("signal").is_not_null().alias("is_signal")
    return series.select(label.alias("period"), pl.all(), signal)


def track_questions(
    responses: Table, *, period: Period, months: int = 24
) -> dict[Question, pl.DataFrame]:
    """`track_question` for every question about the whole, and for those of customers."""
    asked = list_questions(responses).filter(
        (pl.col("voice") == "customer") | (pl.col("about") == WHOLE), pl.col("n") > 0
    )
    questions = [Question(*row) for row in asked.select(QUESTION).rows()]
    return {q: track_question(responses, q, period=period, months=months) for q in questions}


def spread_of_answers(responses: Table, question: Question, *, period: Period) -> pl.DataFrame:
    """How the answers to a question spread over its grades.

    Returns
    -------
    pl.DataFrame
        As `distribution.score_distribution`, with polarity: for NPS `good` 9-10, `bad` 0-6; for
        others `good` where the grade counts in the measure's share, else `neutral`.
    """
    answers = with_weights(answers_to(responses, question).filter(period.contains()).collect())
    spread = score_distribution(answers, metric=question.measure, weight=weight_of(answers))
    rule = find_metric(question.measure)
    scale = with_scale(answers, metric=rule, score="score").select(
        pl.col("scale_min", "scale_max", "high_is").first()
    )
    counts = spread.join(scale.collect(), how="cross").select(counted(rule, score="score"))
    value = counts.to_series()
    polarity = pl.when(value > 0).then(pl.lit("good")).when(value < 0).then(pl.lit("bad"))
    return spread.with_columns(polarity.otherwise(pl.lit("neutral")).alias("polarity"))


def with_weights(answers: pl.DataFrame) -> pl.DataFrame:
    """Answers with a weight of 1 where a whole month was collected without weights.

    A month in which only some answers lack their weight is left as it is, and refused by `measure`.
    """
    if weight_of(answers) is None:
        return answers
    weight = pl.col("weight")
    unweighted = weight.is_null().all().over(pl.col("at").dt.truncate("1mo"))
    return answers.with_columns(pl.when(unweighted).then(1.0).otherwise(weight).alias("weight"))


def _length(period: Period) -> str:
    if len(period.label) == len("2025"):
        return "1y"
    return "1q" if "-Q" in period.label else "1mo"


def _about() -> pl.Expr:
    return pl.when(pl.col("touchpoint").is_null()).then(pl.lit(WHOLE)).otherwise(pl.lit(TOUCHPOINT))


def _headline_order() -> list[pl.Expr]:
    metric_rank = pl.col("metric").replace_strict(
        {metric: rank for rank, metric in enumerate(ORDER)}, default=len(ORDER)
    )
    return [pl.col("voice") != "customer", pl.col("about") != WHOLE, metric_rank, pl.col("voice")]


def _measured(
    inside: pl.DataFrame, question: Question, *, by: str | Sequence[str], hide_below: int
) -> pl.DataFrame:
    answers = with_weights(answers_to(inside, question).collect())
    scores = measure(answers, metric=question.measure, by=by, weight=weight_of(answers))
    names = [by] if isinstance(by, str) else list(by)
    # Walk-throughs are the company's own measurement: there is nobody to protect.
    threshold = 1 if question.voice == "walkthrough" else hide_below
    hidden = suppress_small_cells(scores, by=names or ["metric"], threshold=threshold)
    return hidden.select(
        pl.lit(question.voice).alias("voice"),
        "metric",
        pl.lit(question.about).alias("about"),
        pl.exclude("metric"),
    )


def _compared(now: pl.DataFrame, then: pl.DataFrame, question: Question) -> pl.DataFrame:
    sides = [with_weights(answers_to(side, question).collect()) for side in (now, then)]
    weights = [weight_of(side) for side in sides]
    weight = "weight" if all(weights) else None
    change = compare(sides[0], against=sides[1], metric=question.measure, weight=weight)
    return change.select(
        pl.lit(question.voice).alias("voice"),
        pl.lit(question.about).alias("about"),
        pl.all(),
    )


_EMPTY = {
    "voice": pl.String,
    "metric": pl.String,
    "about": pl.String,
    "n": pl.Int64,
    "estimate": pl.Float64,
    "ci_low": pl.Float64,
    "ci_high": pl.Float64,
    "is_suppressed": pl.Boolean,
}
