"""How many customers get as far as each stage?

Unit of observation: a customer; a row is a stage. Base: the customers in the log. A customer has
reached a stage who met one of its touchpoints, or one of a later stage: nobody travels without a
ticket, wherever they bought it.

It cannot say when somebody stopped, nor that they will not go on.
"""

from collections.abc import Mapping, Sequence
from functools import partial as fixing

import polars as pl

from cxresearch.engine import Counts, run_in_parts
from cxresearch.errors import ParameterError, did_you_mean
from cxresearch.transforms.journey.log import require_log
from cxresearch.transforms.journey.shares import require_threshold, with_share
from cxresearch.transforms.journey.walk import walk
from cxresearch.transforms.scales import Table
from cxresearch.transforms.suppress import THRESHOLD

FUNNEL_COLUMNS = (
    *("stage", "n_customers", "base", "share", "ci_low", "ci_high", "share_of_previous"),
    "is_suppressed",
)


def count_funnel(
    log: Table,
    stages: Mapping[str, Sequence[str]],
    *,
    hide_below: int = THRESHOLD,
    n_parts: int = 1,
    confidence: float = 0.95,
) -> pl.DataFrame:
    """Customers who reached at least each stage.

    Parameters
    ----------
    log
        As `prepare_log` makes it.
    stages
        The touchpoints of each stage, the stages in order. What is in no stage counts for none.
    hide_below
        Least number of customers in a stage, and between two figures shown: with 500 customers in
        the log, 499 of them at a stage would tell of one who is not.
    n_parts
        Parts of whole customers to count one after the other, for a log larger than memory.
    confidence
        Of the interval.

    Returns
    -------
    pl.DataFrame
        stage, n_customers (who met it or a later one), base (customers in the log), share, ci_low,
        ci_high (Wilson), share_of_previous (n_customers over those of the stage before; null for
        the first and where either is hidden), is_suppressed (only the stage's name is left). In the
        order of the stages.

    Raises
    ------
    DataError
        The log is not prepared.
    ParameterError
        A touchpoint is in two stages, or a stage has none in the log's spelling.

    Examples
    --------
    >>> from datetime import date
    >>> from cxresearch.transforms.journey import prepare_log
    >>> days = [date(2025, 1, 1), date(2025, 1, 3), date(2025, 1, 1)]
    >>> where = ["shop", "trip", "shop"]
    >>> log = prepare_log(
    ...     pl.DataFrame({"customer_id": ["a", "a", "b"], "at": days, "touchpoint": where})
    ... )
    >>> stages = {"buy": ["shop"], "travel": ["trip"]}
    >>> count_funnel(log, stages, hide_below=1)["stage", "share"].rows()
    [('buy', 1.0), ('travel', 0.5)]
    """
    numbers = _stage_numbers(require_log(log), stages)
    counts = run_in_parts(log, fixing(partial, numbers=numbers), n_parts=n_parts)
    return merge(counts, stages=list(stages), hide_below=hide_below, confidence=confidence)


def partial(part: pl.LazyFrame, *, numbers: pl.Series) -> Counts:
    """Customers of a part by the last stage they reached; null: none.

    Parameters
    ----------
    numbers
        The stage of each touchpoint by its code, null where it is in none.
    """
    reached = (
        walk(part, gap_days=None)
        .lazy()
        .select(pl.col("who").set_sorted(), stage=pl.lit(numbers).gather(pl.col("code")))
        .group_by("who", maintain_order=True)
        .agg(pl.col("stage").max())
        .group_by("stage")
        .agg(n=pl.len().cast(pl.Int64))
    )
    return {"reached": reached.collect()}


def merge(
    counts: Counts, *, stages: Sequence[str], hide_below: int = THRESHOLD, confidence: float = 0.95
) -> pl.DataFrame:
    """The table of all parts; see `count_funnel`."""
    require_threshold(hide_below)
    base = int(counts["reached"]["n"].sum())
    last = counts["reached"].drop_nulls("stage").group_by("stage").agg(pl.col("n").sum())
    every = pl.DataFrame({"name": list(stages)}, schema={"name": pl.String}).with_row_index("stage")
    table = (
        every.join(last, on="stage", how="left")
        .sort("stage")
        .select(
            stage="name",
            n_customers=pl.col("n").fill_null(0).cum_sum(reverse=True),
            base=pl.lit(base, pl.Int64),
        )
        .with_columns(n="n_customers", people="base", base_squares="base")
    )
    shown = _far_apart(table["n_customers"].to_list(), base=base, hide_below=hide_below)
    hidden = with_share(table, confidence=confidence).with_columns(
        pl.when(pl.Series(shown, dtype=pl.Boolean)).then(pl.exclude("stage")).name.keep(),
        is_suppressed=~pl.Series(shown, dtype=pl.Boolean),
    )
    n = pl.col("n_customers")
    return hidden.with_columns(
        share_of_previous=pl.when(n.shift(1) > 0).then(n / n.shift(1))
    ).select(FUNNEL_COLUMNS)


def _far_apart(reached: Sequence[int], *, base: int, hide_below: int) -> list[bool]:
    """Which stages may be shown: no two figures, the base and 0 included, differ by few people."""
    shown, before = [], base
    for n in reached:
        shown.append(all(apart == 0 or apart >= hide_below for apart in (before - n, n)))
        before = n if shown[-1] else before
    return shown


def _stage_numbers(kind: pl.Enum, stages: Mapping[str, Sequence[str]]) -> pl.Series:
    named = [touchpoint for touchpoints in stages.values() for touchpoint in touchpoints]
    if twice := sorted({name for name in named if named.count(name) > 1}):
        raise ParameterError(
            f"touchpoint '{twice[0]}' is in more than one stage",
            allowed="each touchpoint in one stage at most",
            next_step="keep it where it belongs",
        )
    number = {name: i for i, group in enumerate(stages.values()) for name in group}
    known = kind.categories.to_list()
    if named and known and not set(named) & set(known):
        raise ParameterError(
            f"no touchpoint of the stages is in the log.{did_you_mean(named[0], known)}",
            allowed=", ".join(known[:20]),
            next_step="spell the touchpoints as the log does",
        )
    return pl.Series(values=[number.get(name) for name in known], dtype=pl.UInt32)
