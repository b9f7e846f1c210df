"""What does each chart of leaving show, in one sentence that is its title?

The unit is one table. A title says what stands beyond chance and, where nothing does, that nothing
does.
"""

from collections.abc import Mapping
from typing import Any

import polars as pl

from cxresearch.language import LANGUAGES, Message, message

_NAMED = 3  # at most so many names in a title

Labels = Mapping[str, Mapping[str, str]]


def title_of_rate(series: pl.DataFrame) -> Message:
    """Whether more leave in the last month than is usual.

    Parameters
    ----------
    series
        As `leaving_rate.track_leaving` returns it.
    """
    known = series.filter(pl.col("estimate").is_not_null())
    if known.is_empty():
        return message("Too few customers to show who leaves")
    last = known.row(-1, named=True)
    values = {"estimate": last["estimate"], "period": last["period"]}
    if not known["n_left"].sum():
        return message("Nobody left in the months shown")
    if not last["is_reliable"]:
        return message("Too few to tell: {n:count} customers in {period:period}", n=last["n"],
                       period=last["period"])  # fmt: skip
    if last["limit_low"] is None:
        return message("{estimate:share1} left in {period:period}; too few months to say what is "
                       "usual", **values)  # fmt: skip
    if not last["is_signal"]:
        return message("As many leave as usual: {estimate:share1} in {period:period}", **values)
    middle = (last["limit_low"] + last["limit_high"]) / 2
    if last["estimate"] > middle:
        return message("More leave than usual: {estimate:share1} in {period:period}", **values)
    return message("Fewer leave than usual: {estimate:share1} in {period:period}", **values)


def title_of_definitions(definitions: pl.DataFrame) -> Message:
    """How far the count of leavers hangs on the definition.

    Parameters
    ----------
    definitions
        As `leaving.compare_definitions` returns it.
    """
    known = definitions.drop_nulls("share").sort("times")
    if known.is_empty():
        return message("Nobody bought often enough to have a rhythm")
    first, last = known.row(0, named=True), known.row(-1, named=True)
    return message(
        "From {low:share} to {high:share} have left, by how long a silence counts as leaving",
        low=min(first["share"], last["share"]),
        high=max(first["share"], last["share"]),
    )


def title_of_staying(curves: pl.DataFrame, gaps: pl.DataFrame, *, labels: Labels) -> Message:
    """Which kind of customer leaves faster, or how many of all are still there.

    Parameters
    ----------
    curves, gaps
        As `durations.curve_by_group` gives them.
    labels
        Names of groups by language.
    """
    known = curves.drop_nulls("estimate")
    if known.is_empty():
        return message("Too few customers to show how long they stay")
    clear = gaps.filter("is_difference").drop_nulls("estimate")
    if clear.height:
        size = pl.col("estimate").log().abs()
        row = clear.sort(-size, "group", "against").row(0, named=True)
        is_faster = row["estimate"] > 1
        fast, slow = (row["group"], row["against"])[:: 1 if is_faster else -1]
        return message(
            "{fast}: the rate of leaving is {times:number1} times that of {slow}",
            fast=labels.get(fast, fast),
            slow=labels.get(slow, slow),
            times=row["estimate"] if is_faster else 1 / row["estimate"],
        )
    if gaps.drop_nulls("p_value").height:
        return message("No kind of customer leaves faster than another, beyond chance")
    last = known.sort("time").row(-1, named=True)
    return message(
        "Of all customers {estimate:share} are still there after {time:count} months",
        estimate=last["estimate"],
        time=last["time"],
    )


def title_of_links(links: pl.DataFrame, *, labels: Labels) -> Message:
    """What is linked most strongly to leaving.

    Parameters
    ----------
    links
        feature, estimate (odds ratio), is_clear.
    labels
        What each feature is, by language.
    """
    if links["estimate"].null_count() == links.height:
        return message("Too few customers left to say what goes with it")
    size = pl.col("estimate").log().abs()
    clear = links.filter("is_clear").sort(-size, "feature")
    if clear.is_empty():
        return message("Nothing known beforehand is linked to leaving beyond chance")
    more = clear.filter(pl.col("estimate") > 1)
    if more.is_empty():
        return message("Linked to leaving less often: {names:list}", names=_names(clear, labels))
    return message("Linked to leaving more often: {names:list}", names=_names(more, labels))


def _names(rows: pl.DataFrame, labels: Labels) -> list[Any]:
    names: list[Any] = [
        labels.get(f, dict.fromkeys(LANGUAGES, f)) for f in rows["feature"].head(_NAMED)
    ]
    more = rows.height - _NAMED
    return [*names, message("{n:count} more", n=more)] if more > 0 else names
