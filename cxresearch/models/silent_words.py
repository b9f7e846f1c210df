"""Who said a word of dissatisfaction before leaving, and who never does?

Unit of observation: a word, that is a contact whose reason is a complaint, an answer at the bad end
of its scale, or a comment that reads as negative (where comments with their tone are handed in).
Customers are silent where no word of theirs falls into the months before they left; by rhythm, into
the months before their last purchase and all that follows it, for the silence itself is no time in
which much is said. Beside them stand those who stayed, looked at over as long a time. Bases: those
who left, those who stayed.

A contact that was not solved is no word: it is an experience, and most people bear it in silence.
It cannot hear what nobody tied to the customer: such words count as silence.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from cxresearch.errors import require_columns
from cxresearch.intake.tables import StudyTables
from cxresearch.period import Period
from cxresearch.transforms.experiences import answered_side
from cxresearch.transforms.scales import Table

COMPLAINT = r"(?i)complain|reclam|lament|grievance|disservi"
"""Reasons that are complaints, in either language; map other codes to `complaint` in the source."""

WORDS: dict[str, pl.DataType] = {
    "customer_id": pl.String(),
    "at": pl.Datetime("us", "UTC"),
    "kind": pl.String(),
}


def find_words(tables: StudyTables, *, scored: Table | None = None) -> pl.DataFrame:
    """Every word of dissatisfaction that is tied to a customer.

    Parameters
    ----------
    scored
        Comments with their tone: customer_id, at, label, as `transforms.text.score_tone` gives
        them; those labelled `negative` are words.

    Returns
    -------
    pl.DataFrame
        customer_id, at, kind (`complaint`, `answer`, `comment`), by customer and instant.
    """
    parts = [pl.LazyFrame(schema=WORDS)]
    if tables.interactions is not None:
        is_complaint = (pl.col("direction") == "inbound") & pl.col("reason").str.contains(COMPLAINT)
        has_reason = "reason" in tables.interactions.collect_schema()
        spoken = tables.interactions.filter(is_complaint if has_reason else pl.lit(value=False))
        parts.append(spoken.select("customer_id", "at", kind=pl.lit("complaint")))
    if tables.responses is not None:
        asked = (pl.col("voice") == "customer") & (pl.col("metric") != "expectation")
        bad = tables.responses.filter(
            asked, pl.col("score").is_not_null(), answered_side() == "bad"
        )
        parts.append(bad.select("customer_id", "at", kind=pl.lit("answer")))
    if scored is not None:
        require_columns(scored, "customer_id", "at", "label")
        negative = scored.lazy().filter(pl.col("label") == "negative")
        parts.append(negative.select("customer_id", "at", kind=pl.lit("comment")))
    told = pl.concat(
        [part.select(pl.col(name).cast(dtype) for name, dtype in WORDS.items()) for part in parts]
    )
    return told.drop_nulls("customer_id").sort("customer_id", "at", "kind").collect()


@dataclass(frozen=True)
class Silence:
    """Who was silent.

    Attributes
    ----------
    leavers
        A row a leaver: customer_id, left_at, is_silent.
    n_stayed
        Customers who stayed to the end of the window.
    share_stayed
        How many of them said no word in as many months, averaged over the months in which others
        left; NaN where nobody stayed or nobody left.
    """

    leavers: pl.DataFrame
    n_stayed: int
    share_stayed: float


def find_silence(
    leaving: pl.DataFrame, words: pl.DataFrame, *, period: Period, k_months: int
) -> Silence:
    """Leavers without a word in the `k_months` months before, and the same of those who stayed.

    Parameters
    ----------
    leaving
        As `transforms.leaving.find_leaving` gives it for the window.
    words
        As `find_words` gives them.
    period
        The window.

    Notes
    -----
    The months before somebody left run to the very instant of leaving: a word said on the last day
    is a word. By rhythm somebody has left when the silence is long enough, so the months are those
    before the last purchase, and what is said after it counts as well. Whoever stayed is looked at
    over the `k_months` months, and by rhythm the usual silence of those who left, that end in the
    middle of each month of the window, and months count by how many left in them.
    """
    spans = _hearing(leaving.filter("is_left"), timezone=period.timezone, k_months=k_months)
    inside = pl.col("at").is_between("since", "left_at")
    spoke = words.join(spans, on="customer_id").filter(inside)["customer_id"]
    left = spans.select("customer_id", "left_at")
    leavers = left.with_columns(is_silent=~pl.col("customer_id").is_in(spoke.implode()))
    stayed = leaving.filter(~pl.col("is_left"))
    local = pl.col("left_at").dt.convert_time_zone(period.timezone)
    month = leavers.select(local.dt.year() * 12 + local.dt.month() - 1).to_series()
    counted = month.value_counts(name="n").sort("left_at")
    waited = timedelta(days=spans.select(pl.col("waited").median()).item() or 0.0)
    shares, weights = [], []
    for number, n in counted.iter_rows():
        share = _silent_share(
            stayed, words, number, k_months=k_months, waited=waited, timezone=period.timezone
        )
        if share is not None:
            shares.append(share)
            weights.append(n)
    share = float(np.average(shares, weights=weights)) if shares else float("nan")
    return Silence(leavers, stayed.height, share)


def _hearing(left: pl.DataFrame, *, timezone: str, k_months: int) -> pl.DataFrame:
    """customer_id, since (a word counts from then on), left_at, waited (days; 0 by contract)."""
    bought = pl.when(pl.col("definition") == "rhythm").then("last_purchase_at")
    last = pl.min_horizontal("left_at", bought)
    first = last.dt.convert_time_zone(timezone).dt.offset_by(f"-{k_months}mo")
    return left.select(
        "customer_id",
        "left_at",
        since=first.dt.convert_time_zone("UTC"),
        waited=(pl.col("left_at") - last).dt.total_seconds() / 86_400,
    ).sort("customer_id")


def _silent_share(
    stayed: pl.DataFrame,
    words: pl.DataFrame,
    number: int,
    *,
    k_months: int,
    waited: timedelta,
    timezone: str,
) -> float | None:
    """Of who stayed and was a customer by the middle of a month: how many said no word before."""
    middle, since = (
        datetime(n // 12, n % 12 + 1, 15, 12, tzinfo=ZoneInfo(timezone)).astimezone(UTC)
        for n in (number, number - k_months)
    )
    since -= waited
    here = stayed.filter(pl.col("entered_at").is_null() | (pl.col("entered_at") < middle))
    if here.is_empty():
        return None
    spoke = words.filter(pl.col("at").is_between(since, middle))["customer_id"]
    return float((~here["customer_id"].is_in(spoke.implode())).mean())  # type: ignore[arg-type]
