"""In which words does a moment of truth appear?

Texts only, by what tells a good experience from a bad one, and by side, outcome and unit. Which one
is true is decided in `actions.moments`. The verb is "is linked to": effects are adjusted, not
proved.
"""

from collections.abc import Mapping

import polars as pl

from cxresearch.language import Message, mark, message

Labels = Mapping[str, Mapping[str, str]]

_BAD = {
    "wait_minutes": mark("waiting longer than promised"),
    "duration_minutes": mark("taking longer than promised"),
    "resolved": mark("a matter left unsolved"),
    "context_known": mark("having to tell it all again"),
}
_GOOD = {
    "wait_minutes": mark("a wait within the promise"),
    "duration_minutes": mark("being done within the promised time"),
    "resolved": mark("a matter solved at once"),
    "context_known": mark("not having to tell it again"),
}
_ANSWERED = {"penalty": mark("an unhappy answer"), "reward": mark("the best grade")}

EFFECTS: dict[tuple[str, str, str], str] = {
    ("leaving", "share", "up"): mark(
        "{touchpoint}: {experience} is linked to a chance to leave within {within} "
        "that is {size:pp} percentage points higher ({ci_low:gap} to {ci_high:gap}, "
        "{n_customers:count} customers)."
    ),
    ("leaving", "share", "down"): mark(
        "{touchpoint}: {experience} is linked to a chance to leave within {within} "
        "that is {size:pp} percentage points lower ({ci_low:gap} to {ci_high:gap}, "
        "{n_customers:count} customers)."
    ),
    ("loyalty", "points", "up"): mark(
        "{touchpoint}: {experience} is linked to a later Net Promoter Score {size:points} points "
        "higher ({ci_low:signed} to {ci_high:signed}, {n_customers:count} customers)."
    ),
    ("loyalty", "points", "down"): mark(
        "{touchpoint}: {experience} is linked to a later Net Promoter Score {size:points} points "
        "lower ({ci_low:signed} to {ci_high:signed}, {n_customers:count} customers)."
    ),
    ("loyalty", "share", "up"): mark(
        "{touchpoint}: {experience} is linked to {size:pp} percentage points more customers "
        "content with the whole later ({ci_low:gap} to {ci_high:gap}, {n_customers:count} "
        "customers)."
    ),
    ("loyalty", "share", "down"): mark(
        "{touchpoint}: {experience} is linked to {size:pp} percentage points fewer customers "
        "content with the whole later ({ci_low:gap} to {ci_high:gap}, {n_customers:count} "
        "customers)."
    ),
}

UNPROVEN: dict[tuple[str, str], str] = {
    ("leaving", "share"): mark(
        "{touchpoint}: listed as a moment of truth; that {experience} makes a difference to "
        "leaving is not shown ({ci_low:gap} to {ci_high:gap} percentage points, "
        "{n_customers:count} customers)."
    ),
    ("loyalty", "points"): mark(
        "{touchpoint}: listed as a moment of truth; that {experience} makes a difference to the "
        "later Net Promoter Score is not shown ({ci_low:signed} to {ci_high:signed} points, "
        "{n_customers:count} customers)."
    ),
    ("loyalty", "share"): mark(
        "{touchpoint}: listed as a moment of truth; that {experience} makes a difference to being "
        "content with the whole is not shown ({ci_low:gap} to {ci_high:gap} percentage points, "
        "{n_customers:count} customers)."
    ),
}

JOURNEY = mark(
    "{estimate:share} of customers are content wherever we asked them, and not with the whole "
    "({ci_low:share} to {ci_high:share}, {n:count} customers)."
)

PEAK_END: dict[str, str] = {
    "mean": mark(
        "The answer about the whole goes more with the average of all contacts than with the most "
        "extreme and the last one: they explain {mean:share1} and {peak_end:share1} of it "
        "({n_customers:count} customers)."
    ),
    "peak_end": mark(
        "The answer about the whole goes more with the most extreme and the last contact than with "
        "the average of all: they explain {peak_end:share1} and {mean:share1} of it "
        "({n_customers:count} customers)."
    ),
    "open": mark(
        "Whether the answer about the whole goes more with the average of all contacts or with the "
        "most extreme and the last one cannot be told: they explain {mean:share1} and "
        "{peak_end:share1} of it ({n_customers:count} customers)."
    ),
}


def name_experience(source: str, side: str) -> Message:
    """What a good or a bad experience was, in a few words.

    Examples
    --------
    >>> name_experience("wait_minutes", "penalty").in_language("en")
    'waiting longer than promised'
    >>> name_experience("csat", "reward").in_language("en")
    'the best grade'
    """
    texts = _BAD if side == "penalty" else _GOOD
    return Message(texts.get(source, _ANSWERED[side]))


def note_on_unseen(effects: pl.DataFrame, *, labels: Labels) -> Message:
    """How strong an unseen factor would have to be, for the moment that is easiest to explain away.

    Parameters
    ----------
    effects
        As `MomentsModel.tidy` returns it.

    """
    if effects["estimate"].null_count() == effects.height:
        return message("Nothing could be tested, so nothing is known of what matters.")
    moments = effects.filter("is_moment").sort("e_value_low", "touchpoint", "side")
    if moments.is_empty():
        return message("No moment stands out, so nothing has to be explained away.")
    weakest = moments.row(0, named=True)
    return message(
        "Easiest to explain away is {touchpoint}: something unrecorded would have to make both the "
        "experience and what follows at least {times:number1} times as likely.",
        touchpoint=labels.get(weakest["touchpoint"], weakest["touchpoint"]),
        times=weakest["e_value_low"],
    )


def name_months(months: int) -> Message:
    """A number of months in words.

    Examples
    --------
    >>> name_months(3).in_language("it"), name_months(1).in_language("en")
    ('3 mesi', 'one month')
    """
    return message("one month") if months == 1 else message("{months:count} months", months=months)
