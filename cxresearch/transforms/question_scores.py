"""How is each question answered: in a period, against an earlier one, over time, grade by grade?

Unit of observation: an answer; a row of a result is a question, a period of it or a grade. Base:
the scored answers of one question in one period. Where the answers carry weights every figure is
weighted and the unweighted one stands beside it.

It cannot say why a question is answered as it is.
"""

from collections.abc import Sequence
from functools import partial

import polars as pl

from cxresearch.period import Period, periods_until
from cxresearch.transforms.compare import compare
from cxresearch.transforms.differences import q_values
from cxresearch.transforms.distribution import score_distribution
from cxresearch.transforms.metrics import measure
from cxresearch.transforms.questions import (
    QUESTION,
    WHOLE,
    Question,
    answers_in,
    answers_to,
    list_questions,
    threshold_of,
    weigh_together,
    weight_of,
    with_weights,
)
from cxresearch.transforms.scales import Table, counted, find_metric, with_scale
from cxresearch.transforms.suppress import THRESHOLD, suppress_small_cells
from cxresearch.transforms.tracking import track

ALPHA = 0.05
"""False discovery rate at which a change is called one."""

_JUDGED = ("centre", "limit_low", "limit_high", "signal")

LEAST_PERIODS = 12
"""A series reaches back at least so many periods."""
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
        _measured(inside, Question(*row), by=by, hide_below=hide_below, timezone=period.timezone)
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
    parts = [
        _compared(now, then, Question(*row), timezone=period.timezone)
        for row in shared.select(QUESTION).rows()
    ]
    if not parts:
        return pl.DataFrame()
    changes = pl.concat(parts)
    q = pl.Series("q_value", q_values(changes["p_value"].fill_null(float("nan")).to_numpy()))
    tested = changes.with_columns(q.fill_nan(None)).with_columns(
        (pl.col("q_value") <= ALPHA).fill_null(value=False).alias("is_change")
    )
    # Each question is a table of its own: none is a part of another's total.
    hide = partial(suppress_small_cells, by="metric", within=["voice", "about"])
    own = tested.filter(pl.col("voice") == "walkthrough")
    others = tested.filter(pl.col("voice") != "walkthrough")
    return pl.concat([hide(others, threshold=hide_below), hide(own, threshold=1)])


def track_question(
    responses: Table,
    question: Question,
    *,
    period: Period,
    months: int = 24,
    hide_below: int = THRESHOLD,
) -> pl.DataFrame:
    """One question over consecutive periods as long as `period`, the last of which it is.

    Parameters
    ----------
    months
        How far back the series reaches, and at least twelve periods.
    hide_below
        Least number of people shown of a period.

    Returns
    -------
    pl.DataFrame
        period (label), then the columns of `tracking.track`, and is_signal. Periods that are no
        month, quarter or year are followed by month.
    """
    reach = min(period.window(months).start, periods_until(period, LEAST_PERIODS)[0].start)
    window = Period(reach, period.end, period.timezone)
    answers = answers_in(responses, question, window)
    every = _length(period)
    follow = partial(
        track,
        metric=question.measure,
        every=every,
        timezone=period.timezone,
        data_from=window.start_at,
        data_until=window.end_at,
        weight=weight_of(answers),
    )
    # The page shows totals over these periods: a hidden one takes another with it, and shows in
    # neither the limits nor the signals of the others.
    every_period = suppress_small_cells(
        follow(answers).drop(_JUDGED),
        by="period_start",
        threshold=threshold_of(question, hide_below),
    )
    hidden = every_period.filter("is_suppressed").select("period_start", "is_suppressed")
    series = every_period.join(
        follow(_outside(answers, hidden, every=every, timezone=period.timezone)).select(
            "period_start", *_JUDGED
        ),
        on="period_start",
        how="left",
        maintain_order="left",
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
    responses: Table, *, period: Period, months: int = 24, hide_below: int = THRESHOLD
) -> dict[Question, pl.DataFrame]:
    """`track_question` for every question about the whole, and for those of customers."""
    asked = list_questions(responses).filter(
        (pl.col("voice") == "customer") | (pl.col("about") == WHOLE), pl.col("n") > 0
    )
    questions = [Question(*row) for row in asked.select(QUESTION).rows()]
    follow = partial(track_question, responses, period=period, months=months, hide_below=hide_below)
    return {question: follow(question) for question in questions}


def spread_of_answers(
    responses: Table, question: Question, *, period: Period, hide_below: int = THRESHOLD
) -> pl.DataFrame:
    """How the answers to a question spread over its grades.

    Parameters
    ----------
    hide_below
        Least number of people whose answers are shown.

    Returns
    -------
    pl.DataFrame
        As `distribution.score_distribution`, with polarity: for NPS `good` 9-10, `bad` 0-6; for
        others `good` where the grade counts in the measure's share, else `neutral`. No row where
        fewer people answered, or all of them alike, which would tell the answer of each.
    """
    answers = answers_in(responses, question, period)
    spread = score_distribution(answers, metric=question.measure, weight=weight_of(answers))
    people = pl.coalesce("n_respondents", "n") >= threshold_of(question, hide_below)
    spread = spread.filter(people, (pl.col("estimate") < 1).all())
    rule = find_metric(question.measure)
    scale = with_scale(answers, metric=rule, score="score").select(
        pl.col("scale_min", "scale_max", "high_is").first()
    )
    counts = spread.join(scale.collect(), how="cross").select(counted(rule, score="score"))
    value = counts.to_series()
    polarity = pl.when(value > 0).then(pl.lit("good")).when(value < 0).then(pl.lit("bad"))
    return spread.with_columns(polarity.otherwise(pl.lit("neutral")).alias("polarity"))


def _outside(
    answers: pl.DataFrame, hidden: pl.DataFrame, *, every: str, timezone: str
) -> pl.DataFrame:
    """The answers that lie in no hidden period."""
    started = pl.col("at").dt.convert_time_zone(timezone).dt.truncate(every).dt.date()
    return answers.filter(~started.is_in(hidden["period_start"].implode()))


def _length(period: Period) -> str:
    if len(period.label) == len("2025"):
        return "1y"
    return "1q" if "-Q" in period.label else "1mo"


def _measured(
    inside: pl.DataFrame,
    question: Question,
    *,
    by: str | Sequence[str],
    hide_below: int,
    timezone: str,
) -> pl.DataFrame:
    answers = with_weights(answers_to(inside, question).collect(), timezone=timezone)
    scores = measure(answers, metric=question.measure, by=by, weight=weight_of(answers))
    names = [by] if isinstance(by, str) else list(by)
    hidden = suppress_small_cells(
        scores, by=names or ["metric"], threshold=threshold_of(question, hide_below)
    )
    return hidden.select(
        pl.lit(question.voice).alias("voice"),
        "metric",
        pl.lit(question.about).alias("about"),
        pl.exclude("metric"),
    )


def _compared(
    now: pl.DataFrame, then: pl.DataFrame, question: Question, *, timezone: str
) -> pl.DataFrame:
    sides = weigh_together(
        *(answers_to(side, question).collect() for side in (now, then)), timezone=timezone
    )
    change = compare(sides[0], against=sides[1], metric=question.measure, weight=sides[2])
    return change.select(
        pl.lit(question.voice).alias("voice"),
        pl.lit(question.about).alias("about"),
        pl.all(),
    )
