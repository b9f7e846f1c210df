"""What would each action bring, and does that settle the order of a plan?

The unit is a touchpoint at which something is broken. Where the gain is known of half of them or
more it is the priority: the revenue a year that mending is linked to, else the customers kept, else
the points of score. Those whose intervals meet cannot be told apart; among them the least work
comes first.

It cannot say that mending brings the gain: a gain is adjusted, not proved by lot. And gains
overlap: they never add up.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from cxresearch.actions.driver_sentences import JOINT_EXTRAPOLATED, JOINT_GAIN
from cxresearch.actions.tasks import message_as_json
from cxresearch.actions.what_if_sentences import (
    JOINT,
    NAMES,
    is_gain,
    join_gains,
    list_measures,
)
from cxresearch.language import Message, mark, message

BASES = ("value", "leavers", "nps", "csat", "ces")
"""What a gain may be counted in, the one that settles the order first."""

GAINS: dict[str, Any] = {
    **{f"gain_{base}{end}": pl.Float64
       for base in ("leavers", "value", "points") for end in ("", "_low", "_high")},
    "gain_currency": pl.String,
    "gain_metric": pl.String,
    "gain": pl.String,
    "worth": pl.String,
}  # fmt: skip
"""Columns of a plan: customers kept, revenue and points of `gain_metric` a year, a sentence, and a
short one where it is beyond chance: the revenue alone where it is known."""

_EFFORTS = {"low": 0, "medium": 1, "high": 2}
_TOLD = 2  # measures in the sentence of an action; the table has all
_NAMED = 3  # at most so many places without an action are named
_ASIDE = mark("{place} with {gains}")
_PRIORITY = ("priority", "priority_low", "priority_high")


def rank_by_gain(broken: pl.DataFrame, gains: pl.DataFrame | None) -> pl.DataFrame:
    """What is broken with its gain as its priority, where enough gains are known.

    Parameters
    ----------
    broken
        A row a touchpoint: touchpoint, basis, priority, priority_low, priority_high.
    gains
        As `what_if_sentences.list_measures` takes them; None where there are none.

    Returns
    -------
    pl.DataFrame
        `broken`, in its order; `basis` is one of `BASES` where the gain became the priority. A gain
        below 0 counts as 0, and so does one at a touchpoint that is not known to matter beyond
        chance, up to the end of its interval; such a gain is none of the half that has to be known.
    """
    if gains is None or gains.is_empty():
        return broken
    measures = list_measures(gains).filter(pl.col("touchpoint") != JOINT)
    places = broken["touchpoint"].drop_nulls()
    for base in BASES:
        own = measures.filter(
            pl.col("measure") == base, pl.col("touchpoint").is_in(places.implode())
        )
        n_clear = int(own["is_clear"].sum())
        if n_clear and 2 * n_clear >= places.len():
            figures = own.select("touchpoint", *_priorities())
            joined = broken.drop(_PRIORITY).join(
                figures, on="touchpoint", how="left", maintain_order="left"
            )
            return joined.with_columns(pl.lit(base).alias("basis")).select(broken.columns)
    return broken


def _priorities() -> list[pl.Expr]:
    """The gain and its interval as a priority; of what is unclear only the upper end is left."""
    low, size, high = (pl.col(name).clip(0) for name in ("ci_low", "estimate", "ci_high"))
    known = (pl.when("is_clear").then(value).otherwise(0.0) for value in (size, low))
    return [value.alias(name) for value, name in zip((*known, high), _PRIORITY, strict=True)]


def order_by_effort(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Actions ranked by gain, the least work first within a tier; others as they are.

    Examples
    --------
    >>> rows = [{"basis": "value", "tier": 1, "rank": 1, "effort": "high"},
    ...         {"basis": "value", "tier": 1, "rank": 2, "effort": "low"}]
    >>> [(row["effort"], row["rank"]) for row in order_by_effort(rows)]
    [('low', 1), ('high', 2)]
    """
    if not rows or rows[0]["basis"] not in BASES:
        return list(rows)
    ordered = sorted(rows, key=lambda row: (row["tier"], _work(row["effort"]), row["rank"]))
    return [row | {"rank": number} for number, row in enumerate(ordered, start=1)]


def _work(effort: str | None) -> int:
    """How much work; what is not known to be little comes after what is."""
    return _EFFORTS.get(effort or "", len(_EFFORTS))


def gains_by_place(gains: pl.DataFrame | None) -> dict[str, dict[str, Any]]:
    """The columns of `GAINS` by touchpoint, `JOINT` for all together."""
    if gains is None or gains.is_empty():
        return {}
    measures = list_measures(gains)
    parts = measures.partition_by("touchpoint", as_dict=True, maintain_order=True)
    return {id_: _describe(part.rows(named=True)) for (id_,), part in parts.items()}


def _describe(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Leavers, value and the first score that is known of one touchpoint."""
    found: dict[str, Any] = dict.fromkeys(GAINS)
    told = []
    for row in rows:
        name = row["measure"] if row["measure"] in ("leavers", "value") else "points"
        if found[f"gain_{name}"] is not None:
            continue
        ends = {"": "estimate", "_low": "ci_low", "_high": "ci_high"}
        found |= {f"gain_{name}{end}": row[column] for end, column in ends.items()}
        if name == "points":
            found["gain_metric"] = row["measure"]
        found["gain_currency"] = found["gain_currency"] or row["currency"]
        told.append(row)
    found["gain"] = message_as_json(join_gains(told[:_TOLD]))
    money = [row for row in told if row["measure"] == "value"]
    first = [row for row in (money or told)[:1] if row["ci_low"] > 0 or row["ci_high"] < 0]
    found["worth"] = message_as_json(join_gains(first)) if first else None
    return found


def say_joint(gains: pl.DataFrame | None) -> Message | None:
    """What all touchpoints together are worth; None where it is not known."""
    if gains is None or gains.is_empty():
        return None
    joint = list_measures(gains).filter(pl.col("touchpoint") == JOINT)
    if joint.is_empty():
        return None
    template = JOINT_EXTRAPOLATED if joint["is_extrapolated"].any() else JOINT_GAIN
    return Message(template, {"gains": join_gains(joint.rows(named=True))})


def list_unplanned(gains: pl.DataFrame | None, plan: pl.DataFrame) -> pl.DataFrame:
    """Touchpoints with a gain beyond chance that no action is about, the largest gain first.

    Parameters
    ----------
    gains
        As `what_if_sentences.list_measures` takes them; None where there are none.
    plan
        touchpoint, as `plan.make_plan` returns it.

    Returns
    -------
    pl.DataFrame
        As `list_measures` returns them, a row a touchpoint in the first measure that is clear.
    """
    if gains is None or gains.is_empty():
        return pl.DataFrame(schema={"touchpoint": pl.String})
    planned = plan["touchpoint"].drop_nulls().implode()
    order = {name: number for number, name in enumerate(NAMES)}
    return (
        list_measures(gains)
        .filter(is_gain(), ~pl.col("touchpoint").is_in(planned))
        .sort(
            pl.col("measure").replace_strict(order, return_dtype=pl.Int64),
            -pl.col("estimate"),
            "touchpoint",
        )
        .unique("touchpoint", keep="first", maintain_order=True)
    )


def say_unplanned(
    gains: pl.DataFrame | None, plan: pl.DataFrame, *, labels: Mapping[str, Mapping[str, str]]
) -> Message | None:
    """Which touchpoints with a gain are no action, and why; None where all are one.

    Parameters
    ----------
    gains, plan
        As `list_unplanned` takes them.
    labels
        Names of touchpoints by language.
    """
    rows = list_unplanned(gains, plan).rows(named=True)
    parts = [
        Message(_ASIDE, {"place": labels.get(row["touchpoint"], row["touchpoint"]),
                         "gains": join_gains([row])})
        for row in rows[:_NAMED]
    ]  # fmt: skip
    if not parts:
        return None
    if len(rows) > _NAMED:
        parts.append(message("{n:count} more", n=len(rows) - _NAMED))
    told = message("{parts:list}", parts=parts)
    return message("No action here, as no promise is broken there: {told}.", told=told)
