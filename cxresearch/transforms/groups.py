"""Which touchpoint or kind of customer is rated how, and which of them changed?

Unit of observation: an answer to one question; a row of the result is a group. Base: the scored
answers of the group in the period. Each group is compared with itself in the period before, never
with "the rest", and the changes of all groups are corrected together (Benjamini-Hochberg).

It cannot say that a group is the cause: kinds of customer differ in many things at once.
"""

import polars as pl

from cxresearch.errors import ParameterError, did_you_mean, require_columns
from cxresearch.intake.tables import StudyTables
from cxresearch.period import Period
from cxresearch.study import Study
from cxresearch.transforms.compare import compare
from cxresearch.transforms.metrics import measure
from cxresearch.transforms.questions import (
    TOUCHPOINT,
    Question,
    answers_to,
    most_answered,
    threshold_of,
    weigh_together,
)
from cxresearch.transforms.scales import Table
from cxresearch.transforms.suppress import THRESHOLD, roll_up_small, suppress_small_cells

NOT_RECORDED = "not recorded"
"""The group of those whose attribute is not known."""

CHANGE = {
    "level_against": "previous",
    "estimate": "change",
    "ci_low": "change_low",
    "ci_high": "change_high",
    "q_value": "q_value",
    "is_change": "is_change",
}
"""Columns taken from `compare.compare`, and their names here."""


def score_groups(
    responses: Table,
    question: Question,
    *,
    by: str,
    period: Period,
    hide_below: int = THRESHOLD,
) -> pl.DataFrame:
    """Each group's score in the period, in the one before, and whether it changed.

    Parameters
    ----------
    responses
        `contract.Responses`, with the column `by`. Answers where it is null are left out.
    question
        The question, never pooled with another.
    by
        The column of groups.
    hide_below
        Least number of people shown, in either period.

    Returns
    -------
    pl.DataFrame
        by, the columns of `metrics.measure`, previous, change, change_low, change_high, q_value,
        is_change, polarity (`good` where it rose beyond chance, `bad` where it fell, else
        `neutral`); the lowest first, hidden groups last.

    Raises
    ------
    DataError
        The column `by` is missing.
    """
    require_columns(responses, by)
    answers = answers_to(responses, question).filter(pl.col(by).is_not_null()).collect()
    now, then, weight = weigh_together(
        *(answers.filter(p.contains()) for p in (period, period.previous())),
        timezone=period.timezone,
    )
    threshold = threshold_of(question, hide_below)
    scores = suppress_small_cells(
        measure(now, metric=question.measure, by=by, weight=weight), by=by, threshold=threshold
    )
    changes = suppress_small_cells(
        compare(now, against=then, metric=question.measure, by=by, weight=weight),
        by=by,
        threshold=threshold,
    ).select(by, *(pl.col(name).alias(new) for name, new in CHANGE.items()))
    rose = pl.when(pl.col("change") > 0).then(pl.lit("good")).otherwise(pl.lit("bad"))
    changed = pl.col("is_change").fill_null(value=False) & pl.col("change").is_not_null()
    # What is hidden now must not come back as the score before and the change since.
    figures = ("previous", "change", "change_low", "change_high", "q_value")
    return (
        scores.join(changes, on=by, how="left")
        .with_columns(pl.when(~pl.col("is_suppressed")).then(pl.col(figures)))
        .with_columns(
            changed.alias("is_change"),
            pl.when(changed).then(rose).otherwise(pl.lit("neutral")).alias("polarity"),
        )
        .sort("estimate", by, nulls_last=True)
    )


def score_by_attribute(
    responses: Table,
    customers: Table | None,
    question: Question,
    *,
    attribute: str | None,
    period: Period,
    hide_below: int = THRESHOLD,
) -> pl.DataFrame:
    """`score_groups` by an attribute of the customer, small groups joined to `other`.

    Returns
    -------
    pl.DataFrame
        As `score_groups` with the groups in `segment`; without rows where there is no attribute or
        no answer can be tied to a customer.
    """
    if customers is None or attribute is None:
        return score_groups(
            responses.lazy().with_columns(pl.lit(None, pl.String).alias("segment")),
            question,
            by="segment",
            period=period,
            hide_below=hide_below,
        )
    asked = answers_to(responses, question).filter(period.contains() | period.previous().contains())
    # Those of whom it is not known are a group too: left out, they could be found by subtraction.
    tied = with_attribute(asked, customers, attribute).select(
        pl.exclude(attribute), pl.col(attribute).fill_null(NOT_RECORDED).alias("segment")
    )
    rolled = roll_up_small(tied, column="segment", threshold=hide_below)
    return score_groups(rolled.table, question, by="segment", period=period, hide_below=hide_below)


def with_attribute(responses: Table, customers: Table, attribute: str) -> pl.LazyFrame:
    """Responses with an attribute of the customer who answered; null where nobody is known.

    Parameters
    ----------
    responses, customers
        `contract.Responses`, `contract.Customers` with the declared attribute.

    Examples
    --------
    >>> answers = pl.DataFrame({"customer_id": ["a", None], "score": [9, 1]})
    >>> people = pl.DataFrame({"customer_id": ["a"], "region": ["Nord"]})
    >>> with_attribute(answers, people, "region").collect()["region"].to_list()
    ['Nord', None]
    """
    known = customers.lazy().select("customer_id", pl.col(attribute).cast(pl.String))
    return responses.lazy().join(known, on="customer_id", how="left", maintain_order="left")


def choose_attribute(study: Study, name: str = "") -> str | None:
    """The attribute asked for or, where none is, the first that gives context; None without any.

    Raises
    ------
    ParameterError
        The study declares no attribute of that name.
    """
    if name and name not in study.attributes:
        raise ParameterError(
            f"'{name}' is no attribute of the study.{did_you_mean(name, study.attributes)}",
            allowed=", ".join(study.attributes) or "study.yml declares none",
            next_step="name one of these, or declare it under attributes in study.yml",
        )
    context = [id_ for id_, attribute in study.attributes.items() if attribute.role == "context"]
    return name or (context[0] if context else None)


def score_touchpoints(
    tables: StudyTables, *, period: Period, hide_below: int | None = None
) -> pl.DataFrame | None:
    """Each touchpoint's score in the question that customers answered most about touchpoints.

    Parameters
    ----------
    tables
        A prepared study.
    hide_below
        Least number of people shown; default the study's.

    Returns
    -------
    pl.DataFrame or None
        As `score_groups` by touchpoint; None where the study has no answers.
    """
    if tables.responses is None:
        return None
    question = most_answered(tables.responses.filter(period.contains()), about=TOUCHPOINT)
    threshold = tables.study.privacy.hide_below if hide_below is None else hide_below
    return score_groups(
        tables.responses, question, by="touchpoint", period=period, hide_below=threshold
    )
