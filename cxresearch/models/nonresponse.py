"""Would the score of a study differ if everybody who was asked had answered?

Unit of observation: an invitation of the period that asked the question. This joins what the study
knew of the invited (`transforms.invited`) with the model of who answers (`models.response`). Where
the study has no invitations, or too few to fit, the result is empty and says nothing.
"""

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from cxresearch.errors import DataError
from cxresearch.intake.tables import StudyTables
from cxresearch.models.balance import code_features, fewest_people, people_of
from cxresearch.models.response import ResponseModel, fit_response
from cxresearch.period import Period
from cxresearch.transforms.invited import describe_invited, facts_known
from cxresearch.transforms.questions import (
    WHOLE,
    Question,
    answers_to,
    weight_of,
    with_weights,
)
from cxresearch.transforms.suppress import suppress_small_cells

MOST_VALUES = 50
"""A fact of more values, such as a town, is left out: `models.balance` compares no more."""

_DIFFERENCES = {
    "feature": pl.String,
    "category": pl.String,
    "n": pl.Int64,
    "estimate": pl.Float64,
    "ci_low": pl.Float64,
    "ci_high": pl.Float64,
    "is_notable": pl.Boolean,
}


def compare_silent(tables: StudyTables, question: Question, *, period: Period) -> ResponseModel:
    """Those who answered against those who did not, among the invited of the period.

    Parameters
    ----------
    tables
        The prepared study. Invitations about touchpoints are taken for a question about
        touchpoints, those about nothing in particular for a question about the whole.

    Returns
    -------
    ResponseModel
        Without rows where there are no invitations, nothing was known of the invited, or fewer
        answered or stayed silent than the model needs. `tidy()` has no row of a category of which
        fewer people than the study's `hide_below` answered, or stayed silent.
    """
    if tables.invitations is None:
        return _nothing_known()
    about = pl.col("touchpoint").is_null()
    asked = tables.invitations.filter(
        period.contains(), about if question.about == WHOLE else ~about
    )
    facts = describe_invited(
        asked, study=tables.study, customers=tables.customers, interactions=tables.interactions
    )
    known = [name for name in facts_known(facts, study=tables.study) if _is_countable(facts[name])]
    try:
        model = fit_response(facts, features=known) if known else _nothing_known()
    except DataError:
        # Fewer answered or silent than a fold needs: then nothing is said, rather than guessed.
        return _nothing_known()
    if model.differences.is_empty():
        return model
    return _without_few(model, facts, known, hide_below=tables.study.privacy.hide_below)


def reweight_score(
    model: ResponseModel, tables: StudyTables, question: Question, *, period: Period
) -> pl.DataFrame:
    """The question's score with each answer weighted by the inverse of its chance to be given.

    Returns
    -------
    pl.DataFrame
        As `ResponseModel.reweight`: one row, or none where the model is empty, no answer to the
        question can be tied to an invitation, or so few people gave one that it is hidden. Weights
        of the study's own stay in both figures: estimate_unweighted has them alone.
    """
    if model.cases.is_empty() or tables.invitations is None or tables.responses is None:
        return pl.DataFrame()
    invited = tables.invitations.select("invitation_id", "response_id").drop_nulls()
    given = with_weights(
        answers_to(tables.responses, question).filter(period.contains()).collect(),
        timezone=period.timezone,
    )
    answers = (
        given.lazy()
        .join(invited, on="response_id")
        .collect()
        .join(model.cases.select("invitation_id"), on="invitation_id", how="semi")
    )
    hidden = suppress_small_cells(
        model.reweight(answers, metric=question.measure, weight=weight_of(given)),
        by="metric",
        threshold=tables.study.privacy.hide_below,
    )
    return hidden.filter(pl.col("estimate").is_not_null())


def _without_few(
    model: ResponseModel, facts: pl.DataFrame, known: Sequence[str], *, hide_below: int
) -> ResponseModel:
    """The model without the categories that would tell of single people."""
    fewest = fewest_people(
        code_features(facts, known),
        facts["response_id"].is_not_null().to_numpy(),
        people=people_of(facts, group="customer_id", key="invitation_id"),
    )
    is_shown = pl.col("category").is_null() | (pl.Series(fewest) >= hide_below)
    return replace(model, differences=model.differences.filter(is_shown))


def _is_countable(fact: pl.Series) -> bool:
    """Whether a fact is a number, or has so few values that each can be compared."""
    return fact.dtype.is_numeric() or fact.n_unique() <= MOST_VALUES


def _nothing_known() -> ResponseModel:
    nothing = pl.DataFrame(schema=_DIFFERENCES)
    return ResponseModel(
        cases=pl.DataFrame(), differences=nothing, quality=pl.DataFrame(), key="invitation_id"
    )
