"""In which words does leaving appear? Which of them is true is decided in `actions.churn`.

Texts only. What goes with leaving is linked to it and never its cause; bounds under assumptions are
called bounds and never an interval.
"""

import polars as pl

from cxresearch.language import Message, mark, message
from cxresearch.models.silent_risk import AtRisk
from cxresearch.period import Period

LEFT = {
    "bad": mark(
        "In {now:period} {estimate:share1} of customers left ({ci_low:share1} to {ci_high:share1}, "
        "{n:count} customers), more than in {before:than_period}."
    ),
    "good": mark(
        "In {now:period} {estimate:share1} of customers left ({ci_low:share1} to {ci_high:share1}, "
        "{n:count} customers), fewer than in {before:than_period}."
    ),
    "neutral": mark(
        "In {now:period} {estimate:share1} of customers left ({ci_low:share1} to {ci_high:share1}, "
        "{n:count} customers)."
    ),
}
LEFT_A_MONTH = {
    "bad": mark(
        "In an average month of {now:period} {estimate:share1} of customers left "
        "({ci_low:share1} to {ci_high:share1}), more than in {before:than_period}."
    ),
    "good": mark(
        "In an average month of {now:period} {estimate:share1} of customers left "
        "({ci_low:share1} to {ci_high:share1}), fewer than in {before:than_period}."
    ),
    "neutral": mark(
        "In an average month of {now:period} {estimate:share1} of customers left "
        "({ci_low:share1} to {ci_high:share1})."
    ),
}
"""Where the period has several months: what an average one had."""
CHANGE = mark(
    "Left in a month: {estimate:gap1} percentage points compared with {before:than_period} "
    "({ci_low:gap1} to {ci_high:gap1})."
)
UNCHANGED = mark(
    "Left in a month: no change beyond chance compared with {before:than_period} "
    "({ci_low:gap1} to {ci_high:gap1} percentage points)."
)
FASTER = mark(
    "{segment}: the rate of leaving is {estimate:number1} times that of {against} "
    "({ci_low:number1} to {ci_high:number1}, {n:count} and {n_against:count} customers)."
)
AFTER = {
    "up": mark(
        "{segment}: {experience} is linked to leaving; the odds in a month are {estimate:number1} "
        "times as high ({ci_low:number1} to {ci_high:number1}, {n:count} customers)."
    ),
    "down": mark(
        "{segment}: {experience} is linked to leaving less; the odds in a month are "
        "{estimate:number1} times as high ({ci_low:number1} to {ci_high:number1}, {n:count} "
        "customers)."
    ),
}
LINKED = {
    "up": mark(
        "{segment}: linked to leaving more often; odds × {estimate:number2} for a usual step "
        "({ci_low:number2} to {ci_high:number2}, {n:count} months of customers)."
    ),
    "down": mark(
        "{segment}: linked to leaving less often; odds × {estimate:number2} for a usual step "
        "({ci_low:number2} to {ci_high:number2}, {n:count} months of customers)."
    ),
}
LINKED_GROUP = {
    "up": mark(
        "{segment}: linked to leaving more often; odds × {estimate:number2} "
        "({ci_low:number2} to {ci_high:number2}, {n:count} months of customers)."
    ),
    "down": mark(
        "{segment}: linked to leaving less often; odds × {estimate:number2} "
        "({ci_low:number2} to {ci_high:number2}, {n:count} months of customers)."
    ),
}


def say_nothing_known(*, has_customers: bool) -> Message:
    """Why there is no answer: nobody known, or no leaving known."""
    if not has_customers:
        return message(
            "Who leaves is not known: it takes a table of customers with the day on which they "
            "left, or purchases to read their rhythm from."
        )
    return message(
        "No customer is known to have left: either nobody did, or it was never recorded. Declare "
        "left_at in customers, or leaving in study.yml, to read it from purchases."
    )


def say_definition(leaving: pl.DataFrame) -> Message:
    """How leaving is known, and how many came back.

    Parameters
    ----------
    leaving
        As `leaving.find_leaving` returns it.
    """
    by_rhythm = leaving.filter(pl.col("definition") == "rhythm")
    if by_rhythm.is_empty() and not leaving["is_left"].any():
        return message("Leaving is known from the contract, and by it nobody left in these months.")
    if by_rhythm.is_empty():
        return message(
            "Leaving is known from the contract: it is the day recorded, and nothing is inferred."
        )
    return message(
        "Without a contract a customer counts as gone after {times:number1} times the usual gap "
        "between purchases. Of {n:count} gone, {back:count} have bought again since: they count "
        "as left, and as come back.",
        times=by_rhythm["times"][0],
        n=by_rhythm.filter("is_left").height,
        back=by_rhythm.filter("is_left")["came_back_at"].count(),
    )


def say_defectors(leaving: pl.DataFrame) -> Message:
    """How many missed purchases and returned, apart from leaving; by rhythm, who came back."""
    base = leaving["is_defector"].count()
    if base == 0:
        return message(
            "Temporary defection cannot be seen: it takes purchases to know a customer's rhythm."
        )
    n = int(leaving["is_defector"].sum())
    apart = message(
        "Apart from leaving: of {base:count} customers who buy, {n:count} missed at least two of "
        "their usual purchases and then returned. Somebody else served them meanwhile, or nobody.",
        n=n,
        base=base,
    )
    if leaving.filter(pl.col("definition") == "rhythm").is_empty():
        return apart
    return message("{first} {second}", first=say_definition(leaving), second=apart)


def say_rate_period(period: Period) -> Message:
    """Of which months the rate is."""
    return message(
        "Share of customers who leave in a month; the band is what is usual for one month; "
        "{period:period}",
        period=period,
    )


def say_where_ids_are(at_risk: AtRisk) -> Message:
    """Where whoever acts on the list finds the customers behind it."""
    if at_risk.private.is_empty():
        return message("No list was made, so no customer is named anywhere.")
    return message(
        "Who they are stands in no page. The table at_risk of 60_churn, in the private folder of "
        "the run (reports/.work, results), holds the ids of all {n:count} silent customers by "
        "rank; it is closed to other users and never published.",
        n=at_risk.private.height,
    )
