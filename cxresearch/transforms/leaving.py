"""Who is a customer, since when, and when did they leave?

Unit of observation: a customer who was one at some time in the window. With a contract leaving is
`left_at`. Where none is known and the study declares `leaving`, a customer is gone by their own
rhythm: no purchase for X times the usual gap (see `rhythm`) and at least D days.

By rhythm somebody leaves at the instant that makes the silence long enough, not at the purchase
before it: on every earlier day they counted as a customer, and nobody could have known better. So
no row of features is left out, or called a leaver's, by what was seen only later. Somebody who buys
again came back. Missing purchases and then returning is an outcome of its own, temporary defection,
whatever X is, and with a contract too.

It cannot tell that somebody is gone before the silence is long enough: the last months of the data
hold leavers by rhythm who do not count yet.
"""

from datetime import UTC

import numpy as np
import polars as pl

from cxresearch.errors import ParameterError
from cxresearch.intake.tables import StudyTables
from cxresearch.period import Period
from cxresearch.study.models import Leaving
from cxresearch.transforms.intervals import normal_quantile, wilson
from cxresearch.transforms.people import INSTANT, knows_joining, knows_leaving, list_people
from cxresearch.transforms.rhythm import (
    find_returns,
    follow_rhythm,
    list_purchases,
    measure_pace,
)

LEAVING_COLUMNS = (
    *("customer_id", "definition", "times", "entered_at", "left_at", "left_month", "is_left"),
    *("usual_gap_days", "last_purchase_at", "came_back_at", "is_defector"),
    *("at_risk_from", "seen_until"),
)
COMPARISON_COLUMNS = (
    *("times", "n", "n_left", "share", "ci_low", "ci_high", "n_came_back", "share_came_back"),
    *("came_back_low", "came_back_high", "n_defectors"),
)


def find_leaving(
    tables: StudyTables, *, period: Period, times: float | None = None
) -> pl.DataFrame:
    """Who was a customer in the window, and who of them left.

    Parameters
    ----------
    period
        The window.
    times
        X of the definition by rhythm, which is then taken; default the middle one of the study
        where it declares `leaving` and no `left_at` is known, else the contract.

    Returns
    -------
    pl.DataFrame
        `LEAVING_COLUMNS`, by customer: definition (`contract` or `rhythm`), times (null by
        contract), entered_at (joining, else the first event; null where neither is known: before
        all data), left_at (null: not seen leaving in the data), left_month (the first instant of
        the calendar month of leaving; nothing at or after it is a feature), is_left (left in the
        window), usual_gap_days (of who bought, as known at last_purchase_at), last_purchase_at
        (before leaving), came_back_at (bought again after leaving by rhythm), is_defector (missed
        at least two purchases and returned in the window; null of who never bought), at_risk_from
        (from when on leaving could be seen: entered_at by contract, the first purchase by rhythm),
        seen_until (the first instant after the data, in the study's time zone).

    Notes
    -----
    By rhythm a row is the first stretch as a customer that reaches into the window: who came back
    entered then, and who came back later in the window is one row, not two. Who never bought is no
    customer by rhythm and has no row; where nobody bought twice there is no pace and nobody leaves.
    The pace of all customers is measured on the whole data, a constant of the definition as X and D
    are; a customer's own gaps only up to the silence.
    """
    if times is not None and times < 1:
        raise ParameterError(f"times={times:g}", allowed="1 usual gap or more")
    found = _purchases(tables)
    pace = measure_pace(found)
    bought = follow_rhythm(found, pace=pace)
    if _is_by_rhythm(tables, times):
        known = _by_rhythm(tables, bought, period, times=times)
    else:
        known = _by_contract(tables)
        known = known.join(_last_purchase(bought, known), on="customer_id", how="left")
    back = find_returns(found, pace=pace).filter(period.contains())["customer_id"]
    is_known = pl.col("customer_id").is_in(found["customer_id"].implode())
    is_back = pl.col("customer_id").is_in(back.implode())
    known = known.with_columns(pl.when(is_known).then(is_back).alias("is_defector"))
    return _in_window(known, tables, period).select(LEAVING_COLUMNS)


def find_recorded_leaving(tables: StudyTables, *, period: Period) -> pl.DataFrame:
    """As `find_leaving`, but no row where nothing tells of anybody's coming or going.

    A list of names without a day of joining or leaving is no record that everybody stayed: a rate
    of nought would be invented.
    """
    found = find_leaving(tables, period=period)
    is_told = _is_by_rhythm(tables, None) or knows_leaving(tables) or knows_joining(tables)
    return found if is_told else found.clear()


def find_customers(tables: StudyTables, *, period: Period) -> pl.DataFrame:
    """As `find_leaving`, but no more than who is a customer: without the rhythm of a contract.

    Returns
    -------
    pl.DataFrame
        customer_id, at_risk_from, left_at.
    """
    if _is_by_rhythm(tables, None):
        known = find_leaving(tables, period=period)
    else:
        known = _in_window(_by_contract(tables), tables, period)
    return known.select("customer_id", "at_risk_from", "left_at")


def _is_by_rhythm(tables: StudyTables, times: float | None) -> bool:
    return times is not None or (tables.study.leaving is not None and not knows_leaving(tables))


def _by_contract(tables: StudyTables) -> pl.DataFrame:
    """Every customer with leaving by contract."""
    return list_people(tables).with_columns(
        definition=pl.lit("contract"),
        times=pl.lit(None, pl.Float64),
        at_risk_from="entered_at",
        came_back_at=pl.lit(None, INSTANT),
    )


def _by_rhythm(
    tables: StudyTables, bought: pl.DataFrame, period: Period, *, times: float | None
) -> pl.DataFrame:
    """Every customer who ever bought, with leaving by their rhythm."""
    rule = tables.study.leaving or Leaving()
    times = rule.times[1] if times is None else times
    stretches = _first_stretch(
        bought, tables, period, times=times, at_least_days=rule.at_least_days
    )
    people = list_people(tables).drop("left_at")
    return people.join(stretches, on="customer_id", how="inner").with_columns(
        pl.coalesce("since", "entered_at").alias("entered_at"),
        definition=pl.lit("rhythm"),
        times=pl.lit(times),
    )


def compare_definitions(
    tables: StudyTables, *, period: Period, confidence: float = 0.95
) -> pl.DataFrame:
    """How many left by rhythm, and how many came back, at each X of the study.

    Returns
    -------
    pl.DataFrame
        times, n (customers of the window), n_left, share with ci_low and ci_high, n_came_back (of
        those who left, so far), share_came_back with came_back_low and came_back_high (null where
        nobody left), n_defectors. Intervals are Wilson's.
    """
    rule = tables.study.leaving or Leaving()
    rows = []
    for times in rule.times:
        leaving = find_leaving(tables, period=period, times=times)
        left = leaving.filter("is_left")
        rows.append(
            {
                "times": times,
                "n": leaving.height,
                "n_left": left.height,
                "n_came_back": left["came_back_at"].count(),
                "n_defectors": int(leaving["is_defector"].sum()),
            }
        )
    table = pl.DataFrame(rows)
    z = normal_quantile(confidence)
    left_of = _share(table, "n_left", "n", z=z, names=("share", "ci_low", "ci_high"))
    names = ("share_came_back", "came_back_low", "came_back_high")
    back = _share(table, "n_came_back", "n_left", z=z, names=names)
    return table.with_columns(*left_of, *back).select(COMPARISON_COLUMNS)


def _share(
    table: pl.DataFrame, count: str, base: str, *, z: float, names: tuple[str, str, str]
) -> list[pl.Series]:
    n = table[base].to_numpy().astype(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = table[count].to_numpy() / n
        figures = (share, *wilson(share=share, n=n, z=z))
    return [
        pl.Series(name, np.where(n > 0, values, np.nan)).fill_nan(None)
        for name, values in zip(names, figures, strict=True)
    ]


def _in_window(known: pl.DataFrame, tables: StudyTables, period: Period) -> pl.DataFrame:
    """Customers of the window with the month of leaving."""
    start, end = (pl.lit(at).cast(INSTANT) for at in (period.start_at, period.end_at))
    zone = tables.study.timezone
    seen_until = pl.lit(tables.data_until.astimezone(UTC)).cast(INSTANT)
    left = pl.when(pl.col("left_at") < seen_until).then(pl.col("left_at"))
    month = pl.col("left_at").dt.convert_time_zone(zone).dt.truncate("1mo")
    return (
        known.with_columns(left.alias("left_at"))
        .filter(
            pl.col("left_at").is_null() | (pl.col("left_at") >= start),
            pl.col("entered_at").is_null() | (pl.col("entered_at") < end),
        )
        .with_columns(
            month.dt.convert_time_zone("UTC").alias("left_month"),
            (pl.col("left_at") < end).fill_null(value=False).alias("is_left"),
            seen_until.dt.convert_time_zone(zone).alias("seen_until"),
        )
        .sort("customer_id")
    )


def _purchases(tables: StudyTables) -> pl.DataFrame:
    """Days on which known customers bought; none where the study has no log."""
    schema: dict[str, pl.DataType] = {
        "customer_id": pl.String(),
        "at": INSTANT,
        "kind": pl.String(),
    }
    log = pl.LazyFrame(schema=schema) if tables.interactions is None else tables.interactions
    return list_purchases(log, timezone=tables.study.timezone).collect()


def _first_stretch(
    bought: pl.DataFrame, tables: StudyTables, period: Period, *, times: float, at_least_days: int
) -> pl.DataFrame:
    """The first stretch of each customer that reaches into the window, or else the last one.

    A stretch ends with a purchase after which the silence is too long, or with the last one.
    """
    silence = pl.max_horizontal(times * pl.col("usual_gap_days"), pl.lit(float(at_least_days)))
    # Rounded up to whole minutes: nobody is gone by a fraction of a second.
    until = pl.col("at") + pl.duration(minutes=(silence * 1440).ceil().cast(pl.Int64))
    gone = pl.when(pl.col("usual_gap_days").is_not_null()).then(until)
    over = pl.col("next_at").is_null() | (pl.col("next_at") > pl.col("gone_at"))
    ends = bought.with_columns(gone.alias("gone_at")).filter(over)
    same = pl.col("customer_id") == pl.col("customer_id").shift()
    ends = ends.with_columns(pl.when(same).then(pl.col("next_at").shift()).alias("since"))
    first_at = bought.unique("customer_id", keep="first", maintain_order=True)
    ends = ends.join(first_at.select("customer_id", first_at="at"), on="customer_id", how="left")
    start = pl.lit(period.start_at).cast(INSTANT)
    reaches = pl.col("gone_at").is_null() | (pl.col("gone_at") >= start)
    first = ends.filter(reaches).unique("customer_id", keep="first", maintain_order=True)
    last = ends.unique("customer_id", keep="last", maintain_order=True)
    kept = pl.concat([first, last.join(first, on="customer_id", how="anti")])
    is_seen = pl.col("gone_at") < pl.lit(tables.data_until).cast(INSTANT)
    return kept.select(
        *("customer_id", "since", "usual_gap_days"),
        pl.coalesce("since", "first_at").alias("at_risk_from"),
        pl.when(is_seen).then("gone_at").alias("left_at"),
        pl.when(is_seen).then("next_at").alias("came_back_at"),
        pl.col("at").alias("last_purchase_at"),
    )


def _last_purchase(bought: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """Each customer's last purchase before leaving by contract."""
    left = people.select("customer_id", "left_at")
    before = pl.col("left_at").is_null() | (pl.col("at") < pl.col("left_at"))
    return (
        bought.join(left, on="customer_id", how="left", maintain_order="left")
        .filter(before)
        .unique("customer_id", keep="last", maintain_order=True)
        .select("customer_id", "usual_gap_days", pl.col("at").alias("last_purchase_at"))
    )
