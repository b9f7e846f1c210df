"""How sure is an action, and how will it be seen next period whether it worked?

The unit is one broken promise or pledge. How sure is a rule on what was measured: whether the gap
is beyond chance, rests on enough answers, and lies where a bad experience is linked to losing
customers. An action is chosen because a figure is bad, and part of what is bad is luck: the figure
to beat is therefore the shrunk one, not the one that caused the alarm.

It cannot say whether an action will work: no remedy is measured here.
"""

import math
from collections.abc import Mapping
from typing import Any

import polars as pl

from cxresearch.actions.tasks import name_measured, write_figure, write_target
from cxresearch.language import Message, mark, message
from cxresearch.transforms.intervals import normal_quantile
from cxresearch.transforms.ranking import rank_shrunk

CLEAR = 3.29
"""Standard errors of an importance from 0: p < .001 keeps fifty places together below .05."""

SEEN = 0.8
"""Chance with which a figure that has reached its target is told from today's."""

CERTAINTIES = {"strong": mark("strong"), "moderate": mark("moderate"), "weak": mark("weak")}

Row = Mapping[str, Any]

# Where leaving is known, importance and gains are of leaving: only without it are they of scores.
_LOYALTY = ("loyalty", "nps", "csat", "ces")


def judge(row: Row) -> tuple[str, Message]:
    """How sure it is that the action matters, and the reason.

    `weak`: few answers, or a gap that may be chance. `strong`: beyond chance, and a bad experience
    there is linked, adjusted for what else differs, to losing customers or their loyalty so clearly
    (`CLEAR`) that it is beyond chance even where fifty places were looked at. `moderate`:
    everything between.

    Parameters
    ----------
    row
        A broken promise or pledge with `q_value`, `is_reliable`, `n` and, where known,
        `importance`, `importance_low` and `basis`, the outcome it is about.

    Examples
    --------
    >>> judge({"q_value": 0.001, "is_reliable": True, "n": 412, "importance": 0.1,
    ...        "importance_low": 0.05, "basis": "leaving"})[0]
    'strong'
    """
    if not row["is_reliable"]:
        return "weak", message("it rests on few answers (n {n:count})", n=row["n"])
    if row.get("q_value") is None or row["q_value"] > 0.05:
        return "weak", message("the gap may be chance")
    if row.get("importance") is None:
        return "moderate", message("beyond chance; whether it is linked to leaving is not known")
    is_loyalty = row["basis"] in _LOYALTY
    if not _is_clear(row["importance"], row["importance_low"]):
        if is_loyalty:
            return "moderate", message("beyond chance; no clear link to loyalty")
        return "moderate", message("beyond chance; no clear link to leaving")
    if is_loyalty:
        return "strong", message("beyond chance, and linked to lower loyalty")
    return "strong", message("beyond chance, and linked to leaving")


def _is_clear(importance: float, low: float | None) -> bool:
    """Whether an importance would survive correction for the number of places looked at."""
    if low is None:
        return False
    return importance > 0 and importance >= CLEAR * (importance - low) / normal_quantile(0.95)


def count_needed(row: Row, *, at_least: int = 1) -> int | None:
    """Answers or contacts after which a figure at its target is told from today's.

    The spread is that of the interval measured, so people who answer twice and uneven waits count
    as they did. None where the interval has no width or no end, and where today's figure is so
    uncertain that no number would do.

    Parameters
    ----------
    row
        `n`, `ci_low`, `ci_high`, `gap`.
    at_least
        From how many on a figure is reliable at all.

    Notes
    -----
    Two samples, both with error: the gap is (z + z of `SEEN`) standard errors of the difference, of
    which today's figure takes its own, so that the difference is seen in four cases of five (Cohen
    1988, 2.3.3).

    Examples
    --------
    >>> count_needed({"n": 400, "ci_low": 0.45, "ci_high": 0.55, "gap": -0.1})
    418
    """
    error, allowed = _error_today(row), _error_allowed(row)
    if not error or allowed <= error:
        return None
    return max(at_least, math.ceil(float(row["n"]) * error**2 / (allowed**2 - error**2)))


def _error_today(row: Row) -> float | None:
    """Standard error of today's figure; None where its interval has no end."""
    if row.get("ci_low") is None or row.get("ci_high") is None:
        return None
    return float((row["ci_high"] - row["ci_low"]) / 2 / normal_quantile(0.95))


def _error_allowed(row: Row) -> float:
    """Standard error at which a difference as large as the gap is seen as often as `SEEN`."""
    return float(abs(row["gap"]) / (normal_quantile(0.95) + normal_quantile(2 * SEEN - 1)))


def describe_check(row: Row) -> Message:
    """What to look at, what it must be, and on how many answers.

    A figure that has reached its target lies below it every second time: it counts as reached
    where its interval holds the target.

    Parameters
    ----------
    row
        `target`, `unit`, `measure`, `statistic`, `threshold`, `is_at_most`, `needed_n` and, where
        that is None, `ci_low`, `ci_high` and `gap`.

    Examples
    --------
    >>> describe_check({"measure": "csat", "statistic": "share", "threshold": 4.0, "target": 0.8,
    ...                 "unit": "share", "is_at_most": False, "needed_n": 66}).in_language("en")
    'Satisfied: 80% or more, give or take its margin, on at least 66 new cases'
    """
    key = _CHECKS[row["unit"] == "minutes", row["is_at_most"]]
    goal = Message(key, {"measure": name_measured(row), "target": write_target(row)})
    if row["needed_n"] is not None:
        return message(
            "{goal}, on at least {needed:count} new cases", goal=goal, needed=row["needed_n"]
        )
    if _error_today(row):
        return message(
            "{goal}; today's figure is too uncertain to see the change beside it", goal=goal
        )
    return goal


_CHECKS: dict[tuple[bool, bool], str] = {
    (False, False): mark("{measure}: {target} or more, give or take its margin"),
    (False, True): mark("{measure}: {target} or less, give or take its margin"),
    (True, False): mark("{measure}: {target} minutes or more, give or take its margin"),
    (True, True): mark("{measure}: {target} minutes or less, give or take its margin"),
}


def describe_pace(row: Row, *, months: int) -> Message | None:
    """How long it takes until enough answers have come in; None where that is not known.

    Parameters
    ----------
    months
        How many months the `n` answers of the row took.

    Examples
    --------
    >>> describe_pace({"n": 120, "needed_n": 30}, months=12).in_language("en")
    "at today's pace after 3 months"
    """
    if not row["needed_n"] or not row["n"]:
        return None
    needed = math.ceil(row["needed_n"] / (row["n"] / months) - 1e-9)
    if needed <= 1:
        return message("at today's pace after a month")
    return message("at today's pace after {months:count} months", months=needed)


def describe_caution(row: Row) -> Message:
    """What the figure would become by itself, and what to compare it with."""
    if row.get("expected") is None:
        return message(
            "Chosen because it was bad, the figure may improve a little by itself: compare it "
            "with touchpoints where nothing is changed."
        )
    return message(
        "Chosen because it was bad, the figure may improve by itself: expect {expected} even if "
        "nothing is changed, and compare with touchpoints where nothing is.",
        expected=write_expected(row),
    )


def write_expected(row: Row) -> dict[str, str]:
    """The figure to expect where nothing is changed, in each language."""
    return write_figure(row["expected"], unit=row["unit"], is_fine=row["unit"] == "minutes")


def expect_unchanged(table: pl.DataFrame) -> pl.DataFrame:
    """What to expect of each promise next time where nothing is done: its shrunk figure.

    Gaps in one statistic of one measure are drawn towards their common mean
    (`ranking.rank_shrunk`); a promise and a pledge on the same figure count once. Fewer than four
    teach nothing about their spread and give no expectation.

    Parameters
    ----------
    table
        Promises and pledges, broken or not: `touchpoint`, `measure`, `statistic`, `gap`,
        `gap_low`, `gap_high`, `target`, `is_at_most`.

    Returns
    -------
    pl.DataFrame
        The rows given, in their order, with `expected` in the unit of the estimate.
    """
    kind = ["measure", "statistic"]
    figures = ["touchpoint", *kind, "delivered"]
    delivered = pl.when("is_at_most").then(-pl.col("gap")).otherwise("gap") + pl.col("target")
    # What is measured with error is the figure; promises about it are exact.
    ends = {"gap": "estimate", "gap_low": "ci_low", "gap_high": "ci_high"}
    numbered = table.with_columns(delivered.round_sig_figs(9).alias("delivered"))
    known = numbered.drop_nulls(list(ends)).unique(figures, keep="first", maintain_order=True)
    parts = [
        rank_shrunk(
            alike.select(*figures, *(pl.col(old).alias(new) for old, new in ends.items()))
        ).select(*figures, (pl.col("shrunk") - pl.col("estimate")).alias("change"))
        for alike in known.partition_by(kind, maintain_order=True)
        if alike.height > 3
    ]
    empty = pl.DataFrame(schema={**{name: numbered.schema[name] for name in figures},
                                 "change": pl.Float64})  # fmt: skip
    turned = pl.when("is_at_most").then(-pl.col("change")).otherwise("change")
    return (
        numbered.join(
            pl.concat([empty, *parts]), on=figures, how="left", nulls_equal=True,
            maintain_order="left",
        )
        .with_columns((pl.col("delivered") + turned).alias("expected"))
        .drop("delivered", "change")
    )  # fmt: skip
