"""What does each chart of leaving show, in one sentence that is its title?

The unit is one table. A title says what stands beyond chance and, where nothing does, that nothing
does.
"""

from collections.abc import Mapping
from typing import Any

import polars as pl

from cxresearch.language import LANGUAGES, Message, message

_NAMED = 2  # at most so many names in a title

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
            "{fast}: customers leave {times:number1} times as fast as in {slow}",
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


def title_of_forward(forward: pl.DataFrame) -> Message:
    """Whether as many left as had been foretold from the months before.

    Parameters
    ----------
    forward
        As `ChurnModel.forward`: predicted and observed (shares), ratio (predicted to observed) with
        ci_low and ci_high.
    """
    known = forward.drop_nulls(["predicted", "observed", "ci_low"])
    if known.is_empty():
        return message("Nothing was foretold, so nothing can be checked")
    row = known.row(-1, named=True)
    values: dict[str, Any] = {name: row[name] for name in ("predicted", "observed")}
    if row["ci_low"] <= 1 <= row["ci_high"]:
        return message("As foretold: {observed:share1} left, {predicted:share1} had been foretold",
                       **values)  # fmt: skip
    if row["ci_high"] < 1:
        return message("More left than foretold: {observed:share1} against {predicted:share1}",
                       **values)  # fmt: skip
    return message("Fewer left than foretold: {observed:share1} against {predicted:share1}",
                   **values)  # fmt: skip


def title_of_reach(reach: pl.DataFrame) -> Message:
    """How many of those who left were among the tenth most at risk.

    Parameters
    ----------
    reach
        As `ChurnModel.lift`: share (of customers), captured (share of those who left).
    """
    known = reach.drop_nulls("captured")
    if known.is_empty():
        return message("Nothing was foretold, so nobody can be ranked")
    tenth = known.sort((pl.col("share") - 0.1).abs()).row(0, named=True)
    return message(
        "The {share:share} most at risk hold {captured:share} of those who left",
        share=tenth["share"],
        captured=tenth["captured"],
    )


def _names(rows: pl.DataFrame, labels: Labels) -> list[Mapping[str, str]]:
    return [labels.get(f, dict.fromkeys(LANGUAGES, f)) for f in rows["feature"].head(_NAMED)]
