"""What does each picture of the lived paths show, in one sentence that is its title?

The unit is one table of paths: the map, steps, variants, stages or last contacts. A title states
what the table says and no more. "Next" and "last" are said, never "because of".
"""

from collections.abc import Mapping
from typing import Any

import polars as pl

from cxresearch.language import Message, mark, message
from cxresearch.period import Period

_NAMED = 3  # at most so many names in a title
_SATISFIED = mark("Share satisfied")
_SCORES = {"nps": mark("Net Promoter Score"), "ces_share": mark("Share who find it easy")}

Labels = Mapping[str, Mapping[str, str]]


def title_of_map(table: pl.DataFrame, *, labels: Labels) -> Message:
    """Where the journey breaks: the widest broken promise, and whether it is a moment of truth.

    Parameters
    ----------
    table
        As `map_table.map_table` returns it.
    labels
        Names of touchpoints by language.
    """
    broken = table.filter(pl.col("verdict") == "broken", pl.col("gap").is_not_null())
    decisive = broken.filter("is_moment")
    if broken.is_empty():
        if table["verdict"].is_null().all():
            return message(
                "The journey as customers live it: {n:count} touchpoints", n=table.height
            )
        return message("No promise along the journey is broken beyond chance")
    if decisive.height == 1:
        name = name_of(decisive["touchpoint"][0], labels)
        return message(
            "Of {n:count} touchpoints, one breaks its promise at a moment of truth: {name}",
            n=table.height,
            name=name,
        )
    names = [name_of(id_, labels) for id_ in _widest(decisive if decisive.height else broken)]
    if decisive.height:
        return message("Promises broken at moments of truth: {names:list}", names=names)
    if broken.height > _NAMED:
        return message(
            "Promises broken at {n:count} touchpoints, most of all: {names:list}",
            n=broken.height,
            names=names,
        )
    return message("Promises broken along the journey: {names:list}", names=names)


def subtitle_of_map(table: pl.DataFrame, *, period: Period) -> Message:
    """What is drawn: the score, its interval, the promise, with n and period."""
    metric = next(iter(table["metric"].drop_nulls()), "csat")
    score = Message(_SCORES.get(metric, _SATISFIED))
    answers = int(table["n"].drop_nulls().sum())
    contacts = int(table["n_contacts"].drop_nulls().sum())
    if not answers:
        return message(
            "Contacts at each touchpoint, {period:period}, {contacts:count} contacts",
            period=period,
            contacts=contacts,
        )
    if not contacts:
        return message(
            "{score} at each touchpoint with 95% interval, {period:period}, {answers:count} "
            "answers",
            score=score,
            period=period,
            answers=answers,
        )
    return message(
        "{score} at each touchpoint with 95% interval, {period:period}, {answers:count} answers, "
        "{contacts:count} contacts; gaps to the promise",
        score=score,
        period=period,
        answers=answers,
        contacts=contacts,
    )


def title_of_transitions(transitions: pl.DataFrame, *, labels: Labels) -> Message:
    """The commonest step from one touchpoint to another.

    Parameters
    ----------
    transitions
        As `journey.count_transitions` returns it.
    labels
        Names of touchpoints by language.
    """
    # Going back to the same touchpoint is a step as well, but no news about the way.
    moved = common_steps(transitions).filter(pl.col("from_touchpoint") != pl.col("to_touchpoint"))
    if moved.is_empty():
        return message("Too few customers to show a path")
    row = moved.row(0, named=True)
    return message(
        "The commonest step: from {first} to {second}, after {share:share} of contacts there",
        first=name_of(row["from_touchpoint"], labels),
        second=name_of(row["to_touchpoint"], labels),
        share=row["share"],
    )


def title_of_steps(steps: pl.DataFrame, *, labels: Labels) -> Message:
    """The commonest beginning, and how many journeys are over after the first step.

    Parameters
    ----------
    steps
        As `journey.count_steps` returns it.
    """
    first = steps.filter(pl.col("step") == 1, pl.col("touchpoint").is_not_null())
    if first.is_empty():
        return message("Too few customers to show a path")
    row = first.sort("share", descending=True, nulls_last=True).row(0, named=True)
    over = _ended(steps)
    if over is None:
        return message(
            "The commonest beginning: {place} ({share:share} of journeys)",
            place=name_of(row["touchpoint"], labels),
            share=row["share"],
        )
    return message(
        "{over:share} of journeys are over after one contact; the commonest beginning: {place} "
        "({share:share})",
        over=over,
        place=name_of(row["touchpoint"], labels),
        share=row["share"],
    )


def title_of_variants(variants: pl.DataFrame) -> Message:
    """How much of all journeys the commonest paths cover.

    Parameters
    ----------
    variants
        As `journey.count_variants` returns it.
    """
    named = variants.filter(pl.col("variant").is_not_null())
    if named.is_empty():
        return message("No path is taken by enough customers to be shown")
    return message(
        "The {n:count} commonest paths cover {coverage:share} of journeys",
        n=named.height,
        coverage=named["coverage"][-1],
    )


def title_of_funnel(funnel: pl.DataFrame, *, labels: Labels) -> Message:
    """Between which stages the fewest customers go on.

    Parameters
    ----------
    funnel
        As `journey.count_funnel` returns it.
    labels
        Names of the stages by language.
    """
    known = funnel.with_columns(pl.col("stage").shift(1).alias("before")).filter(
        pl.col("share_of_previous").is_not_null(), pl.col("before").is_not_null()
    )
    if known.is_empty():
        return message("Too few customers to show how far they come")
    row = known.sort("share_of_previous", maintain_order=True).row(0, named=True)
    return message(
        "Fewest go on from {before} to {stage}: {share:share}",
        before=name_of(row["before"], labels),
        stage=name_of(row["stage"], labels),
        share=row["share_of_previous"],
    )


def title_of_times(transitions: pl.DataFrame, *, labels: Labels) -> Message:
    """The longest of the common times between two touchpoints.

    Parameters
    ----------
    transitions
        As `journey.count_transitions` returns it.
    """
    timed = common_steps(transitions).filter(pl.col("median_days").is_not_null()).head(12)
    if timed.is_empty():
        return message("Too few customers to show a time")
    row = timed.sort("median_days", descending=True, maintain_order=True).row(0, named=True)
    return message(
        "Longest on the way: from {first} to {second}, half of them take {days:number1} days or "
        "more",
        first=name_of(row["from_touchpoint"], labels),
        second=name_of(row["to_touchpoint"], labels),
        days=row["median_days"],
    )


def title_of_drop_off(drop_off: pl.DataFrame, *, labels: Labels) -> Message:
    """After which contacts customers leave more often than the base rate, beyond chance.

    Parameters
    ----------
    drop_off
        As `journey.measure_drop_off` returns it.
    """
    if drop_off.is_empty():
        return message("Nobody's leaving is known")
    worse = worse_than_chance(drop_off)
    if worse.is_empty():
        return message("No contact is the last one before leaving more often than chance allows")
    if worse.height == 1:
        row = worse.row(0, named=True)
        return message(
            "{name}: the last contact of {share:share} of those who left, of {stayed:share} of "
            "those who stayed",
            name=name_of(row["touchpoint"], labels),
            share=row["share"],
            stayed=row["share_stayed"],
        )
    return message(
        "More often the last contact before leaving than chance allows: {names:list}",
        names=[name_of(id_, labels) for id_ in worse["touchpoint"][:_NAMED]],
    )


def common_steps(transitions: pl.DataFrame) -> pl.DataFrame:
    """Steps from one touchpoint to one that is named, the commonest first."""
    return (
        transitions.filter(pl.col("to_touchpoint").is_not_null(), pl.col("share").is_not_null())
        .with_columns(pl.col("from_touchpoint", "to_touchpoint").cast(pl.String))
        .sort("n", "from_touchpoint", "to_touchpoint", descending=[True, False, False])
    )


def _ended(steps: pl.DataFrame) -> float | None:
    """The share of journeys that are over at the second step."""
    is_end = pl.col("touchpoint").is_null()
    if "place" in steps.columns:
        is_end = pl.col("place") == "end"
    over = steps.filter(pl.col("step") == 2, is_end)["share"].drop_nulls()
    return float(over[0]) if len(over) else None


def worse_than_chance(drop_off: pl.DataFrame) -> pl.DataFrame:
    """Last contacts that are more frequent among those who left, beyond chance."""
    return drop_off.filter(pl.col("polarity") == "bad", pl.col("difference").is_not_null()).sort(
        "difference", descending=True, maintain_order=True
    )


def _widest(broken: pl.DataFrame) -> list[str]:
    """The ids of the widest gaps that one unit can compare; else in the order of the journey."""
    if broken["promise_unit"].n_unique() == 1:
        broken = broken.sort("gap", maintain_order=True)
    return broken["touchpoint"].head(_NAMED).to_list()


def name_of(id_: str, labels: Labels) -> Any:
    """The name of an id in every language, or the id."""
    return labels.get(id_, id_)
