"""What did a customer do and meet, and when did each of it become known?

Unit of observation: an interaction or an answer of a known customer. A purchase, contact or use
counts at its instant. How it went (the wait, whether it was solved, whether the promise was kept)
counts when it was over, as `over_at` says. A complaint is a customer's own contact whose
reason says so, a comment with a bad score, or one of negative tone where comments are scored.

It cannot see what nobody tied to a customer, and knows no complaint that has another reason.
"""

from datetime import datetime

import numpy as np
import polars as pl

from cxresearch.study import Study
from cxresearch.transforms.experiences import (
    OPERATIONS,
    answered_side,
    over_at,
    rating,
    with_outcomes,
)
from cxresearch.transforms.feature_windows import INSTANT, Cutoffs
from cxresearch.transforms.intervals import Array
from cxresearch.transforms.rhythm import Pace

Columns = dict[str, Array]
KINDS = ("purchase", "contact", "use")
COMPLAINT = r"(?i)complain|reclam|lament|grievance"
"""What the reason of a contact says where it is a complaint."""

REPEAT_DAYS = 7
"""Days from the close of a contact in which another about the same reason is a repeat."""

_OPTIONAL: dict[str, pl.DataType] = {
    "reason": pl.String(),
    "closed_at": INSTANT,
    "is_resolved": pl.Boolean(),
    "is_context_known": pl.Boolean(),
    "wait_minutes": pl.Float64(),
    "duration_minutes": pl.Float64(),
    "amount": pl.Float64(),
    "comment": pl.String(),
}


def complete(log: pl.LazyFrame, *names: str) -> pl.LazyFrame:
    """The log with optional columns, null where it lacks them."""
    present = log.collect_schema().names()
    missing = [name for name in names if name not in present]
    return log.with_columns(pl.lit(None, _OPTIONAL[name]).alias(name) for name in missing)


def from_interactions(
    cutoffs: Cutoffs,
    log: pl.LazyFrame,
    *,
    study: Study,
    sources: pl.DataFrame,
    since: datetime | None,
) -> Columns:
    """Purchases, contacts and uses in windows, and how contacts went."""
    log = complete(log, *list(_OPTIONAL)[:-1])
    is_own = (pl.col("direction") == "inbound").alias("is_own")
    at = pl.col("at").dt.epoch("us").alias("at")
    table = cutoffs.place(log).select("_key", "kind", "amount", is_own, at).collect()
    is_counted = (pl.col("kind") != "contact") | pl.col("is_own")
    columns: Columns = {}
    for kind in KINDS:
        own = table.filter(pl.col("kind") == kind, is_counted)
        key, when = own["_key"].to_numpy(), own["at"].to_numpy().astype(float)
        running = cutoffs.running(key)
        for months in (1, 3, 12):
            columns[f"n_{kind}s_{months}m"] = cutoffs.window(running, months, since=since)
        if kind == "purchase":
            earlier = cutoffs.window(running, 6, since=since) - columns["n_purchases_3m"]
            columns["trend_purchases"] = columns["n_purchases_3m"] - earlier
        columns[f"days_since_{kind}"] = cutoffs.days_since(*_in_time(key, when))
    paid = table.filter(pl.col("amount").is_not_null())
    running = cutoffs.running(paid["_key"].to_numpy(), paid["amount"].to_numpy())
    for months in (3, 12):
        amount = cutoffs.window(running, months, since=since)
        columns[f"amount_{months}m"] = np.round(amount, 6)
    del table
    return columns | _outcomes(cutoffs, log, study=study, sources=sources, since=since)


def _in_time(key: np.ndarray, at: Array) -> tuple[np.ndarray, Array]:
    """Events in the order of time within customers: the prepared log is, others are sorted."""
    step = np.diff(key) >= 0
    if step.all() and (np.diff(at)[np.diff(key) == 0] >= 0).all():
        return key, at
    order = np.lexsort((at, key))
    return key[order], at[order]


def _outcomes(
    cutoffs: Cutoffs,
    log: pl.LazyFrame,
    *,
    study: Study,
    sources: pl.DataFrame,
    since: datetime | None,
) -> Columns:
    """How contacts went, each as of when it was over."""
    first, last = (pl.lit(at).cast(INSTANT) for at in cutoffs.span(3))
    met = log.filter(pl.col("at") < last).with_columns(over_at(log), waited="wait_minutes")
    told = with_outcomes(met.filter(pl.col("over_at") >= first), study=study)
    well = pl.coalesce(pl.when(pl.col("source") == name).then(pl.col(name)) for name in OPERATIONS)
    placed = cutoffs.place(
        told.join(sources.lazy(), on="touchpoint", how="left", maintain_order="left"),
        known="over_at",
    )
    is_contact = (pl.col("kind") == "contact") & (pl.col("direction") == "inbound")
    table = placed.select(
        *("_key", "touchpoint", "waited"),
        well.alias("well"),
        (is_contact & ~pl.col("resolved")).fill_null(value=False).alias("is_unresolved"),
    ).collect()
    columns: Columns = {}
    for name in sources["touchpoint"]:
        here = table.filter(pl.col("touchpoint") == name, pl.col("well").is_not_null())
        for side, rows in (("bad", here.filter(~pl.col("well"))), ("good", here.filter("well"))):
            running = cutoffs.running(rows["_key"].to_numpy())
            columns[f"{side}_{name}_3m"] = cutoffs.window(running, 3, since=since)
    bad = table.filter(~pl.col("well"))["_key"].to_numpy()
    unsolved = table.filter("is_unresolved")["_key"].to_numpy()
    columns["n_bad_3m"] = cutoffs.window(cutoffs.running(bad), 3, since=since)
    columns["n_unresolved_3m"] = cutoffs.window(cutoffs.running(unsolved), 3, since=since)
    waits = table.filter(pl.col("waited").is_not_null())
    columns["wait_minutes_3m"] = _mean(cutoffs, waits, "waited", months=3, since=since)
    repeats = list_repeats(log, since=cutoffs.span(3)[0])
    repeated = cutoffs.place(repeats).select("_key").collect()["_key"].to_numpy()
    columns["n_repeat_contacts_3m"] = cutoffs.window(cutoffs.running(repeated), 3, since=since)
    return columns


def _mean(
    cutoffs: Cutoffs, table: pl.DataFrame, value: str, *, months: int, since: datetime | None
) -> Array:
    """The mean of a value over the window, NaN where there was none."""
    key, values = table["_key"].to_numpy(), table[value].to_numpy()
    n = cutoffs.window(cutoffs.running(key), months, since=since)
    total = cutoffs.window(cutoffs.running(key, values), months, since=since)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.round(np.where(n > 0, total / n, np.nan), 6), dtype=float)


def list_repeats(log: pl.LazyFrame, *, since: datetime) -> pl.LazyFrame:
    """Customers' own contacts about a reason within days of the close of an earlier one.

    Parameters
    ----------
    log
        As `contract.Interactions`.
    since
        Repeats before it are of no interest.

    Returns
    -------
    pl.LazyFrame
        customer_id, at.
    """
    before = ["customer_id", "reason"]
    days = pl.duration(days=REPEAT_DAYS)
    earlier = pl.col("closed").cum_max().shift().over(before)
    return (
        complete(log, "reason", "closed_at")
        .filter(
            pl.col("kind") == "contact",
            pl.col("direction") == "inbound",
            *(pl.col(name).is_not_null() for name in before),
        )
        .select(*before, "at", closed=pl.max_horizontal("at", "closed_at"))
        .filter(pl.col("closed") >= pl.lit(since).cast(INSTANT) - days)
        .sort(*before, "at", "closed")
        .filter(pl.col("at") - earlier <= days)
        .select("customer_id", "at")
    )


def from_purchases(cutoffs: Cutoffs, purchases: pl.DataFrame, *, paces: list[Pace]) -> Columns:
    """Days since the last purchase over the usual gap as known at the cutoff.

    Parameters
    ----------
    purchases
        As `rhythm.list_purchases` gives them.
    paces
        The pace of all customers known at each edge.
    """
    placed = cutoffs.place(purchases.lazy()).collect()
    key = placed["_key"].to_numpy()
    gaps = placed["gap_days"].fill_null(1).to_numpy().astype(float)
    is_gap = placed["gap_days"].is_not_null().to_numpy().astype(float)
    n = cutoffs.before(cutoffs.running(key, is_gap))
    logs = cutoffs.before(cutoffs.running(key, np.log(gaps)))
    usual = np.array([pace.usual_gap_days for pace in paces])[cutoffs.edge]
    weight = np.array([max(pace.weight, 1e-9) for pace in paces])[cutoffs.edge]
    own = np.exp((logs + weight * np.log(usual)) / (n + weight))
    since = cutoffs.days_since(key, placed["at"].dt.epoch("us").to_numpy().astype(float))
    return {"gap_ratio": np.round(since / own, 6)}


def from_responses(
    cutoffs: Cutoffs, answers: pl.LazyFrame, *, asked: pl.DataFrame, since: datetime | None
) -> Columns:
    """The last answer to each question, and how long ago; comments in the window."""
    given = cutoffs.place(complete(answers, "comment").filter(pl.col("voice") == "customer"))
    table = (
        given.select(
            *("_key", "metric", "score"),
            pl.col("at").dt.epoch("us").alias("at"),
            pl.col("touchpoint").is_null().alias("is_whole"),
            rating().round(6).alias("rating"),
            (pl.col("comment").str.strip_chars().str.len_bytes() > 0).alias("is_comment"),
        )
        .sort("_key", "at", "metric", "score")
        .collect()
    )
    columns: Columns = {}
    for metric, is_whole in asked.rows():
        own = table.filter(pl.col("metric") == metric, pl.col("score").is_not_null())
        own = own.filter("is_whole") if is_whole else own
        value = own["score" if metric == "nps" else "rating"].to_numpy()
        columns[f"last_{metric}"] = cutoffs.last(own["_key"].to_numpy(), value)
    columns["days_since_answer"] = cutoffs.days_since(
        table["_key"].to_numpy(), table["at"].to_numpy().astype(float)
    )
    said = cutoffs.running(table.filter("is_comment")["_key"].to_numpy())
    columns["n_comments_12m"] = cutoffs.window(said, 12, since=since)
    return columns


def list_complaints(
    interactions: pl.LazyFrame | None,
    answers: pl.LazyFrame | None,
    comments: pl.LazyFrame | None,
) -> pl.LazyFrame:
    """Complaints of known customers: customer_id, at."""
    parts = [pl.LazyFrame(schema={"customer_id": pl.String, "at": INSTANT})]
    if interactions is not None:
        own = (pl.col("kind") == "contact") & (pl.col("direction") == "inbound")
        says = pl.col("reason").cast(pl.String).str.contains(COMPLAINT)
        parts.append(complete(interactions, "reason").filter(own, says))
    if answers is not None:
        is_said = pl.col("comment").str.strip_chars().str.len_bytes() > 0
        is_bad = pl.col("score").is_not_null() & (answered_side() == "bad")
        parts.append(
            complete(answers, "comment").filter(pl.col("voice") == "customer", is_said, is_bad)
        )
    if comments is not None:
        parts.append(comments.filter(pl.col("tone") < 0))
    named = pl.concat([part.select("customer_id", "at") for part in parts])
    # A comment with a bad score and a negative tone is one complaint.
    return named.filter(pl.col("customer_id").is_not_null()).unique()


def from_complaints(
    cutoffs: Cutoffs, complaints: pl.LazyFrame, *, since: datetime | None
) -> Columns:
    """Complaints in the windows."""
    key = cutoffs.place(complaints).select("_key").collect()["_key"].to_numpy()
    running = cutoffs.running(key)
    return {
        f"n_complaints_{months}m": cutoffs.window(running, months, since=since)
        for months in (3, 12)
    }


def from_comments(cutoffs: Cutoffs, comments: pl.LazyFrame, *, since: datetime | None) -> Columns:
    """The mean tone of the window's comments."""
    table = cutoffs.place(comments.filter(pl.col("tone").is_not_null())).collect()
    return {"tone_12m": _mean(cutoffs, table, "tone", months=12, since=since)}


def from_invitations(
    cutoffs: Cutoffs,
    invitations: pl.LazyFrame,
    answers: pl.LazyFrame | None,
    *,
    since: datetime | None,
) -> Columns:
    """Requests to answer in the window, and the share answered before the cutoff."""
    key = cutoffs.place(invitations).select("_key").collect()["_key"].to_numpy()
    n = cutoffs.window(cutoffs.running(key), 12, since=since)
    columns: Columns = {"n_invited_12m": n}
    if answers is not None:
        given = invitations.select("customer_id", "response_id").join(
            answers.select("response_id", "at"), on="response_id", how="inner"
        )
        key = cutoffs.place(given).select("_key").collect()["_key"].to_numpy()
        answered = cutoffs.window(cutoffs.running(key), 12, since=since)
        with np.errstate(invalid="ignore", divide="ignore"):
            share = np.where(n > 0, np.minimum(answered / n, 1.0), np.nan)
        columns["answered_share_12m"] = np.asarray(np.round(share, 6), dtype=float)
    return columns
