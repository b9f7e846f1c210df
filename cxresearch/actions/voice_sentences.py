"""In which words does the tone of comments appear? Which of them is true `actions.voice` decides.

Tone goes with a place, it does not come from it: no sentence says why.
"""

from cxresearch.language import Message, mark, message
from cxresearch.period import Period

LEVELS = {
    "good": mark(
        "{positive:share} of comments are positive and {negative:share} negative: a net tone of "
        "{estimate:signed} ({ci_low:signed} to {ci_high:signed}, {n:count} comments), better than "
        "in {before:period}."
    ),
    "bad": mark(
        "{positive:share} of comments are positive and {negative:share} negative: a net tone of "
        "{estimate:signed} ({ci_low:signed} to {ci_high:signed}, {n:count} comments), worse than "
        "in {before:period}."
    ),
    "neutral": mark(
        "{positive:share} of comments are positive and {negative:share} negative: a net tone of "
        "{estimate:signed} ({ci_low:signed} to {ci_high:signed}, {n:count} comments)."
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
ALL_COMMENTS = mark("all comments")


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
