"""Do those who answer surveys leave like those who do not?

The unit is one measure of answered and of unanswered invitations. A difference is said only beyond
chance, all measures corrected together.
"""

from datetime import datetime

import polars as pl

from cxresearch.actions.churn import NOTEBOOK, TOPIC
from cxresearch.actions.findings import make_findings, no_findings
from cxresearch.language import LANGUAGES, Message, mark, message
from cxresearch.period import Period

MEASURES = {
    "leaving": mark("Left afterwards"),
    "bad_experience": mark("Bad experience"),
    "complaint": mark("Complained"),
}
_GROUPS = {
    "answered": mark("answered"),
    "not_answered": mark("did not answer"),
    "all": mark("all"),
}
_OF_CUSTOMERS = {
    "answered": mark("with an answer"),
    "not_answered": mark("without an answer"),
    "all": mark("all"),
}
_RANK = 365
_ALPHA = 0.05
_ANSWERS = mark(
    "Of those who answered, {answered:share1} left within the months after; of those who did not, "
    "{silent:share1} ({ci_low:gap1} to {ci_high:gap1} percentage points)."
)
_ANSWERS_UNASKED = mark(
    "Of customers with an answer in the months before, {answered:share1} left within the months "
    "after; of those without one, {silent:share1} ({ci_low:gap1} to {ci_high:gap1} percentage "
    "points)."
)


def is_of_customers(compared: pl.DataFrame) -> bool:
    """Whether months of customers are compared, for nobody knows who was asked.

    Parameters
    ----------
    compared
        As `silent_answerers.compare_answerers` returns it.
    """
    return "base" in compared.columns and "customers" in compared["base"]


def say_answerers(compared: pl.DataFrame, *, period: Period) -> Message:
    """What is held against what: invitations, or months of customers."""
    if is_of_customers(compared):
        return message("Customers in a month, with an answer in the months before and without; the "
                       "mark is all; {period:period}", period=period)  # fmt: skip
    return message("Invitations answered and not, the mark is all; {period:period}", period=period)


def name_counted(compared: pl.DataFrame) -> Message:
    """What n counts."""
    if is_of_customers(compared):
        return message("Months of customers")
    return message("Invitations")


def find_answerers(compared: pl.DataFrame, *, period: Period, data_until: datetime) -> pl.DataFrame:
    """Whether those who answer leave like those who do not.

    Parameters
    ----------
    compared
        As `silent_answerers.compare_answerers` returns it.
    """
    rows = compared.filter(measure="leaving").drop_nulls("estimate")
    shares = dict(rows.select("group", "estimate").rows())
    gap = rows.filter(group="difference")
    if gap.is_empty():
        return no_findings()
    values = {"answered": shares.get("answered"), "silent": shares.get("not_answered")}
    return make_findings(
        gap.drop("measure"),
        topic=TOPIC,
        notebook=NOTEBOOK,
        kind="gap",
        measure="answerers_leave",
        unit="rate",
        message=Message(_ANSWERS_UNASKED if is_of_customers(compared) else _ANSWERS, values),
        rank=_RANK,
        period=period,
        data_until=data_until,
    )


def rows_of_answerers(compared: pl.DataFrame) -> pl.DataFrame:
    """What is drawn: those who answered and those who did not, the rate of all as a mark.

    Returns
    -------
    pl.DataFrame
        row (`leaving.answered`), n, estimate, ci_low, ci_high, target (the rate of all).
    """
    everyone = compared.filter(group="all").select("measure", target="estimate")
    sides = compared.filter(pl.col("group").is_in(["answered", "not_answered"]))
    return sides.join(everyone, on="measure", how="left", maintain_order="left").select(
        pl.concat_str("measure", pl.lit("."), "group").alias("row"),
        "n", "estimate", "ci_low", "ci_high", "target",
    )  # fmt: skip


def name_answerers(compared: pl.DataFrame) -> dict[str, dict[str, str]]:
    """What each row is called, by language."""
    groups = _OF_CUSTOMERS if is_of_customers(compared) else _GROUPS
    return {
        f"{measure}.{group}": {
            language: message("{measure}: {group}", measure=Message(MEASURES[measure]),
                              group=Message(groups[group])).in_language(language)
            for language in LANGUAGES
        }
        for measure in MEASURES
        for group in groups
    }  # fmt: skip


def title_of_answerers(compared: pl.DataFrame) -> Message:
    """Whether those who answer leave less often, more often, or alike."""
    rows = compared.filter(measure="leaving").drop_nulls("estimate")
    gap = rows.filter(group="difference")
    if gap.is_empty():
        return message("Whether those who answer leave like the others cannot be told")
    if is_of_customers(compared):
        return _title_of_customers(gap, rows)
    shares = dict(rows.select("group", "estimate").rows())
    values = {"answered": shares["answered"], "silent": shares["not_answered"]}
    if not (gap["q_value"][0] is not None and gap["q_value"][0] <= _ALPHA):
        return message("Those who answer leave as often as those who do not, as far as can be told")
    if gap["estimate"][0] < 0:
        return message("Those who answer leave less often: {answered:share1} against "
                       "{silent:share1}", **values)  # fmt: skip
    return message("Those who answer leave more often: {answered:share1} against {silent:share1}",
                   **values)  # fmt: skip


def _title_of_customers(gap: pl.DataFrame, rows: pl.DataFrame) -> Message:
    shares = dict(rows.select("group", "estimate").rows())
    values = {"answered": shares["answered"], "silent": shares["not_answered"]}
    if not (gap["q_value"][0] is not None and gap["q_value"][0] <= _ALPHA):
        return message("Customers with an answer leave as often as those without, as far as can be "
                       "told")  # fmt: skip
    if gap["estimate"][0] < 0:
        return message("Customers with an answer leave less often: {answered:share1} against "
                       "{silent:share1}", **values)  # fmt: skip
    return message("Customers with an answer leave more often: {answered:share1} against "
                   "{silent:share1}", **values)  # fmt: skip
