"""In which words does the tone of comments appear? Which of them is true `actions.voice` decides.

Tone goes with a place, it does not come from it: no sentence says why.
"""

from collections.abc import Mapping

import polars as pl

from cxresearch.language import LANGUAGES, Message, mark, message
from cxresearch.period import Period

LEVELS = {
    "good": mark(
        "{positive:share} of comments are positive and {negative:share} negative: a net tone of "
        "{estimate:signed} points in {now:period} ({ci_low:signed} to {ci_high:signed}, {n:count} "
        "comments), better than in {before:than_period}."
    ),
    "bad": mark(
        "{positive:share} of comments are positive and {negative:share} negative: a net tone of "
        "{estimate:signed} points in {now:period} ({ci_low:signed} to {ci_high:signed}, {n:count} "
        "comments), worse than in {before:than_period}."
    ),
    "neutral": mark(
        "{positive:share} of comments are positive and {negative:share} negative: a net tone of "
        "{estimate:signed} points in {now:period} ({ci_low:signed} to {ci_high:signed}, {n:count} "
        "comments)."
    ),
}
CHANGE = mark(
    "Net tone of comments: {estimate:signed} points compared with {before:than_period} "
    "({ci_low:signed} to {ci_high:signed})."
)
UNCHANGED = mark(
    "Net tone of comments: no change beyond chance compared with {before:than_period} "
    "({ci_low:signed} to {ci_high:signed} points)."
)
WORST = {
    1: mark(
        "{touchpoint} is spoken of worst: {estimate:signed} "
        "({ci_low:signed} to {ci_high:signed}, {n:count} comments)."
    ),
    2: mark(
        "{touchpoint} is among those spoken of worst: {estimate:signed} "
        "({ci_low:signed} to {ci_high:signed}, {n:count} comments)."
    ),
}
BEST = {
    1: mark(
        "{touchpoint} is spoken of best: {estimate:signed} "
        "({ci_low:signed} to {ci_high:signed}, {n:count} comments)."
    ),
    2: mark(
        "{touchpoint} is among those spoken of best: {estimate:signed} "
        "({ci_low:signed} to {ci_high:signed}, {n:count} comments)."
    ),
}
BOTH = {
    (1, 1): mark(
        "{touchpoint} is spoken of worst ({estimate:signed}; {ci_low:signed} to {ci_high:signed}; "
        "{n:count} comments), {best} best ({top:signed}; {top_low:signed} to {top_high:signed}; "
        "{top_n:count} comments)."
    ),
    (1, 2): mark(
        "{touchpoint} is spoken of worst ({estimate:signed}; {ci_low:signed} to {ci_high:signed}; "
        "{n:count} comments), {best} among the best ({top:signed}; {top_low:signed} to "
        "{top_high:signed}; {top_n:count} comments)."
    ),
    (2, 1): mark(
        "{touchpoint} is among those spoken of worst ({estimate:signed}; {ci_low:signed} to "
        "{ci_high:signed}; {n:count} comments), {best} is spoken of best ({top:signed}; "
        "{top_low:signed} to {top_high:signed}; {top_n:count} comments)."
    ),
    (2, 2): mark(
        "{touchpoint} is among those spoken of worst ({estimate:signed}; {ci_low:signed} to "
        "{ci_high:signed}; {n:count} comments), {best} among the best ({top:signed}; "
        "{top_low:signed} to {top_high:signed}; {top_n:count} comments)."
    ),
}
PLACES = {
    "touchpoint": mark(
        "Comments on {touchpoint}: net tone {estimate:signed} "
        "({ci_low:signed} to {ci_high:signed}, {n:count} comments)."
    ),
    "channel": mark(
        "Comments from the channel {channel}: net tone {estimate:signed} "
        "({ci_low:signed} to {ci_high:signed}, {n:count} comments)."
    ),
}
MOVED = {
    "good": mark(
        "Comments on {touchpoint} have become kinder: net tone {level:signed}, "
        "{estimate:signed} points compared with {before_in:than_period} "
        "({ci_low:signed} to {ci_high:signed}, {n:count} comments)."
    ),
    "bad": mark(
        "Comments on {touchpoint} have become harsher: net tone {level:signed}, "
        "{estimate:signed} points compared with {before_in:than_period} "
        "({ci_low:signed} to {ci_high:signed}, {n:count} comments)."
    ),
}
SILENT = mark(
    "In {estimate:share} of comments nothing speaks that can be read "
    "({ci_low:share} to {ci_high:share}, {n:count} comments)."
)
BASE = mark("comments in which something speaks; unknown ones are left out")
UNCHECKED = mark(
    "comments in which something speaks; too few have a score that could confirm what they say"
)
ALL_COMMENTS = mark("all comments")
_HARSHER = mark(
    "The words sound harsher than the scores given beside them: {names:list}. Read some before "
    "acting."
)
_KINDER = mark(
    "The words sound kinder than the scores given beside them: {names:list}. Read some before "
    "acting."
)
_UNCHECKED = mark("Too few scores stand beside the comments to confirm what is said: {names:list}.")
_JOINED = {2: mark("{first} {second}"), 3: mark("{first} {second} {third}")}


def say_no_comments(n: int) -> Message:
    """Why there is no answer: no comment, or none that speaks."""
    if n == 0:
        return message("No customer wrote a comment in this period: there is nothing to read.")
    return message("Too few comments to say anything of their tone: {n:count} in all.", n=n)


def say_period(period: Period, *, asked: Period) -> Message:
    """Which comments the headline is about; a longer period where too few were written in one."""
    if period == asked:
        return message("The headline is about the comments of {period:period}.", period=period)
    return message(
        "Too few comments were written in {asked:period}: the headline is about {period:period}.",
        asked=asked,
        period=period,
    )


def base_of(apart: pl.DataFrame, *, by: str) -> pl.Expr:
    """What figures of groups rest on: said where too few scores could confirm what stands out."""
    unchecked = pl.Series([], dtype=pl.String)
    if "is_confirmed" in apart.columns:
        rows = apart.filter("is_different", pl.col("is_confirmed").is_null())
        unchecked = rows[by].cast(pl.String)
    is_unchecked = pl.col(by).cast(pl.String).is_in(unchecked.implode())
    return pl.when(is_unchecked).then(pl.lit(UNCHECKED)).otherwise("base")


def say_checked(
    apart: pl.DataFrame, *, by: str, labels: Mapping[str, Mapping[str, str]] | None = None
) -> Message:
    """Whether customers' scores say the same as their words, and where they do not.

    Parameters
    ----------
    apart
        As `own_scores.confirm_tone` gives it.
    by, labels
        The column of groups; their names by language.
    """
    called = apart.filter("is_different", pl.col("estimate").is_not_null()).sort("estimate", by)
    if called.is_empty():
        return message("No words stand out here that scores would have to confirm.")
    doubted = ~pl.col("is_confirmed")
    kinds = {
        _HARSHER: called.filter(doubted, pl.col("estimate") < 0),
        _KINDER: called.filter(doubted, pl.col("estimate") > 0),
        _UNCHECKED: called.filter(pl.col("is_confirmed").is_null()),
    }
    known = labels or {}
    said = [
        Message(text, {"names": [known.get(g, dict.fromkeys(LANGUAGES, str(g))) for g in rows[by]]})
        for text, rows in kinds.items()
        if rows.height
    ]
    if not said:
        return message("Where words stand out, the scores given beside them say the same.")
    if len(said) == 1:
        return said[0]
    return Message(_JOINED[len(said)], dict(zip(("first", "second", "third"), said, strict=False)))
