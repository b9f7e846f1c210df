"""Do those who answer surveys fare as those who do not, in what is known of both?

Unit of observation: an invitation to answer, looked at from the start of the month after it (of a
study without invitations: a customer at the start of a month, who answered in the months before or
did not). Held against each other are answered and unanswered ones, on hard data: leaving in the
months after, a bad experience on record and a complaint in the months before. Base: invitations;
the interval counts a customer once.

It cannot tell why somebody did not answer. Without invitations, who meets us often has more chances
to answer, and more to be let down: then the two are no like with like.
"""

from collections.abc import Iterator

import numpy as np
import polars as pl

from cxresearch.intake.tables import StudyTables
from cxresearch.models.grid import draw_customers
from cxresearch.models.silent_months import Counts, Flags, Months, in_months_before, lay_out_months
from cxresearch.models.silent_words import find_words
from cxresearch.period import Period
from cxresearch.transforms.differences import q_values
from cxresearch.transforms.intervals import normal_quantile, wilson
from cxresearch.transforms.leaving import find_leaving
from cxresearch.transforms.scales import Table

GROUPS = ("answered", "not_answered", "all", "difference")
MEASURES = ("leaving", "bad_experience", "complaint")
ANSWERERS = {
    **dict.fromkeys(("measure", "group", "base"), pl.String),
    **dict.fromkeys(("n", "n_cases", "n_customers"), pl.Int64),
    **dict.fromkeys(("estimate", "ci_low", "ci_high", "q_value"), pl.Float64),
    "is_suppressed": pl.Boolean,
}


def compare_answerers(
    tables: StudyTables,
    *,
    period: Period,
    window_months: int = 0,
    k_months: int = 3,
    scored: Table | None = None,
    most_customers: int = 20_000,
    random_state: int = 0,
    confidence: float = 0.95,
) -> pl.DataFrame:
    """Those who answered against those who did not, on what is known of both.

    Parameters
    ----------
    period
        The last period of the window.
    k_months
        How many months leaving is looked for after, an experience or a complaint before.

    Returns
    -------
    pl.DataFrame
        measure (`leaving` within the months after, `bad_experience` and `complaint` in the months
        before, that of the invitation included), group (`answered`, `not_answered`, `all`,
        `difference`: answered less not answered), base (`asked`: invitations; `customers`: months
        of customers, where nobody knows who was asked), n, n_cases (with the measure), n_customers,
        estimate (share of n; of the difference a difference of shares), ci_low, ci_high, q_value
        (of the differences), is_suppressed (a side has fewer customers than the study shows: all
        of the measure is hidden). Without rows where nobody answered or everybody did; a measure
        of which nothing is recorded has none.

    Notes
    -----
    Wilson, and Newcombe's difference (1998, Statistics in Medicine 17:873, method 10), with as many
    independent cases as there are customers. Customers in both groups are taken as two. Both make
    the interval too wide rather than too narrow.
    """
    window = period.window(window_months or tables.study.window_months)
    tables = draw_customers(tables, most=most_customers, random_state=random_state)
    leaving = find_leaving(tables, period=window)
    months = lay_out_months(tables, leaving, period=window, k_months=k_months)
    customer, month, is_answered, base = _cases(tables, months)
    if not is_answered.any() or is_answered.all():
        return pl.DataFrame(schema=ANSWERERS)
    words = months.grid.place(find_words(tables, scored=scored))
    complaints = months.grid.sum(words.filter(pl.col("kind") == "complaint"))
    gone = months.gone[customer]
    known = {
        "leaving": (gone >= month) & (gone < month + k_months),
        "bad_experience": months.bad[customer, month].sum(axis=1) > 0,
        "complaint": in_months_before(complaints, k_months)[customer, month] > 0,
    }
    rows = [
        row
        for measure, flags in known.items()
        if flags.any()
        for row in _compare(
            flags, is_answered, customer, measure=measure, z=normal_quantile(confidence)
        )
    ]
    if not rows:
        return pl.DataFrame(schema=ANSWERERS)
    table = pl.DataFrame(rows, schema_overrides=ANSWERERS).with_columns(base=pl.lit(base))
    return _judged(table, hide_below=tables.study.privacy.hide_below)


def _cases(tables: StudyTables, months: Months) -> tuple[Counts, Counts, Flags, str]:
    """Customer, month from which leaving is looked for, and whether answered, a case; the base."""
    grid, k = months.grid, months.k_months
    if tables.invitations is not None:
        sent = tables.invitations.filter(pl.col("customer_id").is_not_null())
        placed = grid.place(sent.select("customer_id", "at", "response_id").collect())
        customer, month = placed["_customer"].to_numpy(), placed["_month"].to_numpy() + 1
        answered, base = placed["response_id"].is_not_null().to_numpy(), "asked"
    else:
        customer, month = months.rows()
        told = np.zeros(grid.shape)
        if tables.responses is not None:
            own = (pl.col("voice") == "customer") & pl.col("customer_id").is_not_null()
            placed = grid.place(tables.responses.filter(own).select("customer_id", "at").collect())
            told = grid.sum(placed)
        answered, base = in_months_before(told, k)[customer, month] > 0, "customers"
    in_window = (month >= grid.before) & (month + k <= months.n_months)
    known = in_window & months.here[customer, np.minimum(month, months.n_months - 1)]
    return customer[known], month[known], answered[known], base


def _compare(
    flags: Flags, is_answered: Flags, customer: Counts, *, measure: str, z: float
) -> Iterator[dict[str, object]]:
    """The rows of one measure."""
    ends = {}
    everybody = np.ones_like(flags)
    for group, members in zip(GROUPS, (is_answered, ~is_answered, everybody), strict=False):
        n, cases = int(members.sum()), int(flags[members].sum())
        people = np.unique(customer[members]).size
        share = cases / n
        ends_of = wilson(share=np.array([share]), n=np.array([float(people)]), z=z)
        low, high = (float(end[0]) for end in ends_of)
        ends[group] = (share, low, high)
        yield {
            "measure": measure,
            "group": group,
            "n": n,
            "n_cases": cases,
            "n_customers": people,
            "estimate": share,
            "ci_low": low,
            "ci_high": high,
        }
    (a, a_low, a_high), (b, b_low, b_high) = ends["answered"], ends["not_answered"]
    down, up = np.hypot(a - a_low, b_high - b), np.hypot(a_high - a, b - b_low)
    yield {
        "measure": measure,
        "group": "difference",
        "n": flags.size,
        "n_cases": int(flags.sum()),
        "n_customers": np.unique(customer).size,
        "estimate": a - b,
        "ci_low": a - b - float(down),
        "ci_high": a - b + float(up),
        "q_value": _p_value(a - b, float(up if a < b else down) / z),
    }


def _p_value(difference: float, error: float) -> float:
    from scipy.special import ndtr

    return float(2 * ndtr(-abs(difference) / error)) if error else 1.0


def _judged(table: pl.DataFrame, *, hide_below: int) -> pl.DataFrame:
    """Chances corrected for the number of comparisons; a measure with a small side is hidden."""
    if "q_value" not in table.columns:
        table = table.with_columns(q_value=pl.lit(None, pl.Float64))
    is_gap = pl.col("group") == "difference"
    gaps = table.filter(is_gap)
    q = dict(zip(gaps["measure"], q_values(gaps["q_value"].to_numpy()), strict=True))
    own = pl.col("measure").replace_strict(q, default=None, return_dtype=pl.Float64)
    few = (pl.col("n_customers") < hide_below).any().over("measure")
    hidden = ("n_cases", "estimate", "ci_low", "ci_high", "q_value")
    return (
        table.with_columns(q_value=pl.when(is_gap).then(own), is_suppressed=few)
        .with_columns(pl.when(~few).then(pl.col(name)).alias(name) for name in hidden)
        .select(pl.col(name).cast(dtype) for name, dtype in ANSWERERS.items())
    )
