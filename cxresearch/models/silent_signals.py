"""What foretells first who leaves: operations and usage, complaints, or surveys?

Unit of observation: a customer at the start of a month, and whether they leave in that month
(`lead_months` 1), in the next (2) or the one after (3). Each signal is a hazard of its own, learned
from other people. `silent` looks at customers without a word only; `any` at all of them, and is
where complaints can show what they are worth. Base: customers' months, one person a cluster.

It cannot be better than what drives people away leaves traces: who goes for reasons of their own is
foretold by nothing.
"""

from collections.abc import Mapping

import numpy as np
import polars as pl

from cxresearch.intake.tables import StudyTables
from cxresearch.models.evaluation import auc_with_interval
from cxresearch.models.evaluation_tables import number_people
from cxresearch.models.grid import draw_customers
from cxresearch.models.logit import fit_logit
from cxresearch.models.outcomes import FEWEST_LEAVERS
from cxresearch.models.silent_months import Counts, Months, in_months_before, lay_out_months
from cxresearch.models.silent_words import find_words
from cxresearch.period import Period
from cxresearch.transforms.intervals import Array
from cxresearch.transforms.leaving import find_leaving
from cxresearch.transforms.scales import Table

SIGNALS = ("operations_usage", "operations", "complaints", "last_nps", "all")
COMPARED = {
    **dict.fromkeys(("signal", "among"), pl.String),
    **dict.fromkeys(("lead_months", "n", "n_left", "n_customers"), pl.Int64),
    **dict.fromkeys(("auc", "ci_low", "ci_high"), pl.Float64),
}
LEADS = (1, 2, 3)


def compare_signals(
    tables: StudyTables,
    *,
    period: Period,
    window_months: int = 0,
    k_months: int = 3,
    scored: Table | None = None,
    most_customers: int = 6_000,
    n_folds: int = 5,
    random_state: int = 0,
    confidence: float = 0.95,
) -> pl.DataFrame:
    """How well, and how early, each signal puts those who leave first.

    Parameters
    ----------
    period
        The last period of the window.
    most_customers
        Of a study with more, so many are drawn by lot.

    Returns
    -------
    pl.DataFrame
        signal (`operations_usage`, `operations`, `complaints`, `last_nps`, `all`), among (`silent`
        or `any` customers), lead_months, n (customers' months), n_left, n_customers, auc, ci_low,
        ci_high. Without rows below 100 leavers.

    Notes
    -----
    Scores are cross-fitted: of each person by models of other people. A lead of two months takes
    the score as it stood a month earlier. The interval is DeLong's with people as clusters.
    """
    rows = score_signals(
        tables,
        period=period,
        window_months=window_months,
        k_months=k_months,
        scored=scored,
        most_customers=most_customers,
        n_folds=n_folds,
        random_state=random_state,
    )
    found = []
    for among, table in (("silent", rows.filter("is_silent")), ("any", rows)):
        for lead in LEADS:
            known = table.filter(pl.col("leaves_in").is_null() | (pl.col("leaves_in") >= lead - 1))
            known = known.filter(pl.col("months_left") >= lead)
            left = (known["leaves_in"] == lead - 1).fill_null(value=False)
            if not left.any():
                continue
            went, people = left.cast(pl.Float64).to_numpy(), number_people(known["customer_id"])
            sizes = (left.len(), int(left.sum()), np.unique(people).size)
            for signal in SIGNALS:
                score = known[signal].to_numpy()
                ranked = auc_with_interval(went, score, people, confidence=confidence)
                found.append((signal, among, lead, *sizes, *ranked))
    return pl.DataFrame(found, schema=COMPARED, orient="row").with_columns(
        pl.col(pl.Float64).fill_nan(None)
    )


def score_signals(
    tables: StudyTables,
    *,
    period: Period,
    window_months: int = 0,
    k_months: int = 3,
    scored: Table | None = None,
    most_customers: int = 6_000,
    n_folds: int = 5,
    random_state: int = 0,
) -> pl.DataFrame:
    """The score of each customer in each month by each signal, learned from other people.

    Returns
    -------
    pl.DataFrame
        customer_id, month (number in the window), months_left (in the window, this one included),
        is_silent (no word in the months before), leaves_in (months from this one until leaving;
        null where not in the window), and a score (chance to leave in the month) a signal. Without
        rows below 100 leavers.
    """
    window = period.window(window_months or tables.study.window_months)
    tables = draw_customers(tables, most=most_customers, random_state=random_state)
    leaving = find_leaving(tables, period=window)
    months = lay_out_months(tables, leaving, period=window, k_months=k_months)
    customer, month = months.rows()
    if int((months.gone >= 0).sum()) < FEWEST_LEAVERS:
        customer, month = customer[:0], month[:0]
    words = months.grid.place(find_words(tables, scored=scored))
    spoken = in_months_before(months.grid.sum(words), k_months)[customer, month]
    gone = months.gone[customer]
    left = (gone == month).astype(float)
    fold = np.random.default_rng(random_state).permutation(months.gone.size)[customer] % n_folds
    scores = {
        signal: _cross_fit(design, left, fold)
        for signal, design in _designs(months, tables, words, customer, month).items()
    }
    return pl.DataFrame(
        {
            "customer_id": months.grid.people["customer_id"].gather(customer),
            "month": month - months.grid.before,
            "months_left": months.n_months - month,
            "is_silent": spoken == 0,
            "leaves_in": np.where(gone >= 0, gone - month, -1),
            **scores,
        }
    ).with_columns(pl.when(pl.col("leaves_in") >= 0).then("leaves_in"))


def _designs(
    months: Months, tables: StudyTables, words: pl.DataFrame, customer: Counts, month: Counts
) -> Mapping[str, Array]:
    """What each signal knows at the start of the month."""
    grid, span = months.grid, (months.k_months, 12)
    rows = (customer, month)
    complaints = grid.sum(words.filter(pl.col("kind") == "complaint"))
    said = np.column_stack([np.log1p(in_months_before(complaints, k)[rows]) for k in span])
    operations = np.column_stack([months.bad[rows], months.good[rows]]).astype(float)
    usage = [part[rows] for part in (*months.by_month[:3], *months.usage)]
    known = np.column_stack([operations, *usage])
    nps = _last_nps(tables, months)[rows]
    is_asked = np.isfinite(nps)
    mean = nps[is_asked].mean() if is_asked.any() else 0.0
    asked = np.column_stack([np.where(is_asked, nps, mean), ~is_asked]).astype(float)
    rest = months.adjusters(customer, month).astype(float)
    everything = np.column_stack([known, said, asked, rest])
    designs = (known, operations, said, asked, everything)
    return dict(zip(SIGNALS, designs, strict=True))


def _last_nps(tables: StudyTables, months: Months) -> Array:
    """Customers by months: the last NPS given before, NaN where none."""
    grid = months.grid
    last = np.full(grid.shape, np.nan)
    if tables.responses is not None:
        asked = (pl.col("metric") == "nps") & (pl.col("voice") == "customer")
        given = tables.responses.filter(
            asked, pl.col("score").is_not_null(), pl.col("customer_id").is_not_null()
        )
        placed = grid.place(given.select("customer_id", "at", "score").collect())
        final = placed.sort("at").unique(["_customer", "_month"], keep="last", maintain_order=True)
        last[final["_customer"].to_numpy(), final["_month"].to_numpy()] = final["score"].to_numpy()
    known = np.where(np.isfinite(last), np.arange(grid.shape[1]), -1)
    known = np.maximum.accumulate(known, axis=1)
    filled = np.take_along_axis(last, np.maximum(known, 0), axis=1)
    filled = np.where(known >= 0, filled, np.nan)
    return np.concatenate([np.full((grid.shape[0], 1), np.nan), filled], axis=1)


def _cross_fit(design: Array, left: Array, fold: Counts) -> Array:
    """Chances from a logistic regression learned from the other folds."""
    from threadpoolctl import threadpool_limits

    chance = np.zeros(left.size)
    if not left.size:
        return chance
    centre, scale = design.mean(axis=0), design.std(axis=0)
    varies = scale > 1e-9
    x = (design[:, varies] - centre[varies]) / scale[varies]
    x = np.column_stack([np.ones(left.size), x])
    precision = np.append(0.0, np.ones(x.shape[1] - 1))
    with threadpool_limits(limits=1):
        for number in np.unique(fold):
            here = fold == number
            learnt = fit_logit(x[~here, 1:], left[~here], penalty=precision)
            chance[here] = 1 / (1 + np.exp(-learnt.log_odds(x[here, 1:])))
    return chance
