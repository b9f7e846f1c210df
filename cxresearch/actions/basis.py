"""What does the order of a plan rest on, in words?

The unit is one ranking: all its priorities rest on the same factors, told by `basis`
(`transforms.gaps.rank_gaps`). The words name exactly those that were known.

They cannot say that the order is right: intervals and tiers tell where it may be chance.
"""

import polars as pl

from cxresearch.language import Message, mark, message

FIRST = 100
"""Priority is told as an index: the first has this."""

_RANKINGS = {
    "leaving": mark(
        "Ranked by how many meet the place, how strongly a bad experience there is linked to "
        "leaving and how far we fall short"
    ),
    "loyalty": mark(
        "Ranked by how many meet the place, how strongly a bad experience there is linked to lower "
        "loyalty and how far we fall short"
    ),
    "value": mark(
        "Ranked by the revenue a year that good instead of bad experiences there are linked to; "
        "where intervals meet, the least work first"
    ),
    "leavers": mark(
        "Ranked by how many fewer customers leave a year where experiences there go well; where "
        "intervals meet, the least work first"
    ),
    **dict.fromkeys(
        ("nps", "csat", "ces"),
        mark(
            "Ranked by how much better the score is where experiences there go well; where "
            "intervals meet, the least work first"
        ),
    ),
    "reach": mark("Ranked by how many meet the place and how far we fall short"),
    "shortfall": mark("Ranked by how far we fall short alone"),
    "": mark("In no order of priority"),
}
_SCALED = mark(
    "Reach × importance × shortfall; the first = {first:count}, with 95% interval; in colour those "
    "that may come first"
)
_SCALES = {
    "value": mark(
        "Revenue a year that good instead of bad experiences there are linked to, with 95% "
        "interval; what is below 0 counts as 0; in colour those that may come first"
    ),
    "leavers": mark(
        "Fewer leavers a year where experiences there go well, with 95% interval; what is below 0 "
        "counts as 0; in colour those that may come first"
    ),
    **dict.fromkeys(
        ("nps", "csat", "ces"),
        mark(
            "Points of score where experiences there go well, with 95% interval; what is below 0 "
            "counts as 0; in colour those that may come first"
        ),
    ),
    "leaving": _SCALED,
    "loyalty": _SCALED,
    "reach": mark(
        "Reach × shortfall; the first = {first:count}, with 95% interval; in colour those that may "
        "come first"
    ),
    "shortfall": mark(
        "Shortfall; the first = {first:count}, with 95% interval; in colour those that may come "
        "first"
    ),
}
_RESTS = {
    "reach": mark("the order rests on how many meet the place and how far we fall short"),
    "shortfall": mark("the order rests on how far we fall short alone"),
}


def find_basis(table: pl.DataFrame) -> str:
    """What the priorities of a plan or of gaps rest on; empty where there is none.

    Examples
    --------
    >>> find_basis(pl.DataFrame({"priority": [None, 0.1], "basis": ["reach", "reach"]}))
    'reach'
    """
    return next(iter(table.drop_nulls(["priority", "basis"])["basis"]), "")


def describe_ranking(plan: pl.DataFrame) -> Message:
    """By what the actions of a plan are ranked."""
    return Message(_RANKINGS[find_basis(plan)])


def describe_scale(plan: pl.DataFrame) -> Message:
    """What an index of priority is made of; only of a plan that has priorities."""
    return Message(_SCALES[find_basis(plan)], {"first": FIRST})


def describe_missing(gaps: pl.DataFrame, importance: pl.DataFrame | None) -> Message | None:
    """What an order was made without; None where it had everything or there is none.

    Parameters
    ----------
    gaps, importance
        The result of `gaps.rank_gaps` and the importance it was given.
    """
    rests = _RESTS.get(find_basis(gaps))
    if rests is None:
        return None
    if importance is None or importance.is_empty():
        return message(
            "What a bad experience is linked to is not known: {rests}.", rests=Message(rests)
        )
    return message(
        "What a bad experience is linked to is known of too few broken promises: {rests}.",
        rests=Message(rests),
    )
