"""Which questions are asked, whom and about what?

Unit of observation: an answer. A *question* is a voice (customer, employee, walkthrough), a metric
and what it is about: the whole relationship (touchpoint null) or a touchpoint. Questions are never
pooled. Base: the scored answers of one question in one period.

It cannot say which question matters: `headline_question` follows a declared order, not the data.
"""

from typing import NamedTuple

import polars as pl

from cxresearch.period import Period
from cxresearch.transforms.scales import Table

QUESTION = ("voice", "metric", "about")
WHOLE, TOUCHPOINT = "whole", "touchpoint"

ORDER = ("nps", "csat", "stars", "emoji", "ces", "expectation")
"""Which metric heads the page where several are asked: the most general first."""


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


def headline_question(responses: Table, *, about: str | None = None, at_least: int = 1) -> Question:
    """The question that heads the page: customers before others, the whole before touchpoints.

    Parameters
    ----------
    about
        `whole` or `touchpoint` to choose among these only.
    at_least
        People a question should have; one that fewer answered leads only where none has so many.

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
    answered = asked.filter(pl.col("n_respondents") >= at_least)
    return Question(*(answered if answered.height else asked).select(QUESTION).row(0))


def answers_in(responses: Table, question: Question, period: Period) -> pl.DataFrame:
    """The answers to one question in a period, each with its weight where there are weights."""
    answers = answers_to(responses, question).filter(period.contains()).collect()
    return with_weights(answers, timezone=period.timezone)


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


def weight_of(answers: pl.DataFrame) -> str | None:
    """`weight` where the answers carry weights, else None."""
    has_weights = "weight" in answers.columns and answers["weight"].is_not_null().any()
    return "weight" if has_weights else None


def weigh_together(
    now: pl.DataFrame, then: pl.DataFrame, *, timezone: str = "UTC"
) -> tuple[pl.DataFrame, pl.DataFrame, str | None]:
    """Two sides of a comparison and their common weight, None where neither carries weights.

    A side collected without weights counts each answer once, so that the other side is compared by
    the same weighted figure that stands on the page.
    """
    sides = [with_weights(side, timezone=timezone) for side in (now, then)]
    if weight_of(now) is None and weight_of(then) is None:
        return sides[0], sides[1], None
    filled = [
        side if weight_of(side) else side.with_columns(pl.lit(1.0).alias("weight"))
        for side in sides
    ]
    return filled[0], filled[1], "weight"


def threshold_of(question: Question, hide_below: int) -> int:
    """Least number of people shown: 1 for our own walk-throughs, where nobody needs protection."""
    return 1 if question.voice == "walkthrough" else hide_below


def with_weights(answers: pl.DataFrame, *, timezone: str = "UTC") -> pl.DataFrame:
    """Answers with the usual weight where a whole month was collected without weights.

    The usual weight is the mean of those there are, so that weights that count customers and
    weights around 1 serve alike. A month in which only some answers lack their weight is left as it
    is, and refused by `measure`.
    """
    if weight_of(answers) is None:
        return answers
    weight = pl.col("weight")
    month = pl.col("at").dt.convert_time_zone(timezone).dt.truncate("1mo")
    unweighted = weight.is_null().all().over(month)
    usual = pl.when(unweighted).then(weight.mean()).otherwise(weight)
    return answers.with_columns(usual.alias("weight"))


def _about() -> pl.Expr:
    return pl.when(pl.col("touchpoint").is_null()).then(pl.lit(WHOLE)).otherwise(pl.lit(TOUCHPOINT))


def _headline_order() -> list[pl.Expr]:
    metric_rank = pl.col("metric").replace_strict(
        {metric: rank for rank, metric in enumerate(ORDER)}, default=len(ORDER)
    )
    return [pl.col("voice") != "customer", pl.col("about") != WHOLE, metric_rank, pl.col("voice")]
