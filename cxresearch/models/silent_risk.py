"""Who of today's customers may soon leave without a word, and after which experience?

Unit of observation: a customer at the end of the window who said no word of dissatisfaction in the
months before. The hazard is fitted on the months of the window, with usage; the risk is that of the
months that follow, as far as known today: an experience counts until it is `k_months` old, and what
will yet happen is taken as average.

It cannot see who is about to leave for reasons of their own, nor prove that a list is worth acting
on: only a trial with some of it left alone can.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from cxresearch.errors import ParameterError
from cxresearch.intake.tables import StudyTables
from cxresearch.language import mark
from cxresearch.models.grid import draw_customers
from cxresearch.models.outcomes import FEW_LEAVERS, FEWEST_LEAVERS
from cxresearch.models.silent_hazard import Hazard, fit_months
from cxresearch.models.silent_months import Counts, lay_out_months
from cxresearch.models.silent_words import find_words
from cxresearch.period import Period, add_months
from cxresearch.transforms.intervals import Array, normal_quantile, wilson
from cxresearch.transforms.leaving import find_leaving
from cxresearch.transforms.leaving_rate import list_months
from cxresearch.transforms.scales import Table

REASON = pl.Struct(
    {
        "feature": pl.String,
        "touchpoint": pl.String,
        "source": pl.String,
        "month": pl.Date,
        "times": pl.Float64,
    }
)
AT_RISK: dict[str, pl.DataType | type[pl.DataType]] = {
    "rank": pl.Int64,
    "pseudonym": pl.String,
    "customer_id": pl.String,
    **dict.fromkeys(("risk", "ci_low", "ci_high", "risk_if_good", "annual_value"), pl.Float64),
    "reasons": pl.List(REASON),
}
NOBODY = mark("no customer of today is without a word")
FAR_OFF = mark(
    "the risks worked out for today are more than twice, or less than half, what was seen of late"
)
_AT_MOST_TIMES = 2.0  # the mean risk over the rate seen, or the rate over the risk
_OF_LATE = 3  # months
_NOTABLE = float(np.log(1.2))  # a usage that raises the odds by less is no reason


@dataclass(frozen=True)
class AtRisk:
    """Result of `list_at_risk`.

    Attributes
    ----------
    private
        All columns, customer_id among them: for those who act, never for a page.
    quality
        What `glance` returns.
    """

    private: pl.DataFrame
    quality: pl.DataFrame

    def tidy(self) -> pl.DataFrame:
        """A row a customer, the largest risk first, without ids.

        Returns
        -------
        pl.DataFrame
            rank, pseudonym (`#17`: the place on this list, nothing else), risk (0-1, of leaving
            within the horizon), ci_low, ci_high, risk_if_good (had no bad experience on record
            been), annual_value (to two digits, so that it names nobody), reasons: a list of feature
            (`bad_experience`, `usage`), touchpoint, source, month (the last time; its first day),
            times (by which the odds of leaving are higher), the strongest first.
        """
        value = pl.col("annual_value").round_sig_figs(2)
        return self.private.drop("customer_id").with_columns(value)

    def glance(self) -> pl.DataFrame:
        """One row: n (customers of today), n_silent (without a word), n_listed, expected (leavers
        among those silent within the horizon), horizon_months, k_months, why_not.
        """
        return self.quality


def list_at_risk(
    tables: StudyTables,
    *,
    period: Period,
    window_months: int = 0,
    k_months: int = 3,
    horizon_months: int = 1,
    scored: Table | None = None,
    most: int = 200,
    most_customers: int = 20_000,
    random_state: int = 0,
    confidence: float = 0.95,
) -> AtRisk:
    """Rank the silent customers at the end of `period` by their risk of leaving.

    Parameters
    ----------
    period
        The last period of the window; nothing after it is looked at.
    k_months
        How many months a word, or an experience, counts.
    horizon_months
        Within how many months; the further, the less is known.
    scored
        Comments with their tone, see `silent_words.find_words`.
    most
        The longest list.
    most_customers
        Of a study with more, so many are drawn by lot, to learn from and to list.

    Returns
    -------
    AtRisk
        With `tidy()`, `glance()` and `private`; empty below 100 leavers, and where the mean risk is
        more than twice, or less than half, as high as the share who left in a month, of the window
        and of its last three months (the ends of their intervals): `why_not` says so.

    Raises
    ------
    ParameterError
        A number of months, or of customers, below 1.
    """
    if min(horizon_months, k_months, most) < 1:
        raise ParameterError(
            f"horizon_months={horizon_months}, k_months={k_months}, most={most}",
            allowed="1 or more",
        )
    window = period.window(window_months or tables.study.window_months)
    tables = draw_customers(tables, most=most_customers, random_state=random_state)
    leaving = find_leaving(tables, period=window)
    told = {"horizon_months": horizon_months, "k_months": k_months, "n": 0, "n_silent": 0}
    if int(leaving["is_left"].sum()) < FEWEST_LEAVERS:
        return _nobody(told, FEW_LEAVERS)
    months = lay_out_months(tables, leaving, period=window, k_months=k_months)
    hazard = fit_months(months, hide_below=tables.study.privacy.hide_below, usage=True)
    words = find_words(tables, scored=scored)
    here, silent = _silent_today(hazard, leaving, words, window=window)
    told |= {"n": here, "n_silent": silent.size}
    if not silent.size:
        return _nobody(told, NOBODY)
    table = _with_risk(hazard, silent, horizon=horizon_months, confidence=confidence)
    if _is_far_off(table["risk"].to_numpy(), leaving, window=window, horizon=horizon_months):
        return _nobody(told, FAR_OFF)
    quality = _glanced(told, n_listed=min(most, table.height), expected=float(table["risk"].sum()))
    ranked = table.sort("risk", "customer_id", descending=[True, False]).head(most)
    listed = _with_reasons(hazard, ranked, window).join(
        _values(tables), on="customer_id", how="left", maintain_order="left"
    )
    return AtRisk(_in_form(listed), quality)


def _silent_today(
    hazard: Hazard, leaving: pl.DataFrame, words: pl.DataFrame, *, window: Period
) -> tuple[int, Counts]:
    """How many are customers at the end of the window, and where those without a word stand."""
    end = window.end_at
    entered = pl.col("entered_at").is_null() | (pl.col("entered_at") < end)
    here = leaving.filter(entered, pl.col("left_at").is_null() | (pl.col("left_at") >= end))
    since = window.window(hazard.months.k_months)
    spoke = words.filter(since.contains())["customer_id"]
    is_silent = ~pl.col("customer_id").is_in(spoke.implode())
    silent = hazard.months.grid.people.join(here.filter(is_silent), on="customer_id", how="semi")
    return here.height, np.sort(silent["_customer"].to_numpy())


def _with_risk(
    hazard: Hazard, customer: Counts, *, horizon: int, confidence: float
) -> pl.DataFrame:
    """Risk within the horizon with its interval, and without the bad experiences."""
    z = normal_quantile(confidence)
    stays = {name: np.ones(customer.size) for name in ("risk", "ci_low", "ci_high", "risk_if_good")}
    for ahead in range(horizon):
        log_odds, error = hazard.log_odds_after(customer, ahead=ahead)
        good, _ = hazard.log_odds_after(customer, ahead=ahead, is_bad=False)
        shifted = {
            "risk": log_odds,
            "ci_low": log_odds - z * error,
            "ci_high": log_odds + z * error,
            "risk_if_good": good,
        }
        for name, value in shifted.items():
            stays[name] *= 1 / (1 + np.exp(value))
    ids = hazard.months.grid.people["customer_id"].gather(customer)
    risks = {name: 1 - value for name, value in stays.items()}
    return pl.DataFrame({"customer_id": ids, "_customer": customer, **risks})


def _is_far_off(risk: Array, leaving: pl.DataFrame, *, window: Period, horizon: int) -> bool:
    """Whether the mean risk is no risk that the months seen speak for."""
    stayed = list_months(leaving, period=window)
    late = stayed.filter(pl.col("month") >= add_months(window.end, -_OF_LATE))
    for seen in (stayed, late):
        n, left = seen.height, float(seen["leaves"].sum())
        if not n:
            continue
        ends = wilson(share=np.array([left / n]), n=np.array([float(n)]), z=normal_quantile(0.95))
        low, high = (1 - (1 - float(end[0])) ** horizon for end in ends)
        if low / _AT_MOST_TIMES <= risk.mean() <= high * _AT_MOST_TIMES:
            return False
    return True


def _with_reasons(hazard: Hazard, ranked: pl.DataFrame, window: Period) -> pl.DataFrame:
    """The experiences, and the usage, that raise the risk of each."""
    customer = ranked["_customer"].to_numpy()
    months = hazard.months
    harms = hazard.harms()
    counts = (months.since_bad[customer] < months.k_months) & hazard.clear
    row, place = np.nonzero(counts)
    since = months.since_bad[customer][row, place]
    days = pl.Series([add_months(window.end, -1 - int(k)) for k in range(months.k_months)])
    bad = pl.DataFrame(
        {
            "_customer": customer[row],
            "feature": pl.Series(["bad_experience"]).new_from_index(0, row.size),
            "touchpoint": pl.Series(months.touchpoints, dtype=pl.String).gather(place),
            "source": pl.Series(months.sources, dtype=pl.String).gather(place),
            "month": days.gather(since),
            "times": np.exp(harms[place]),
        }
    )
    usage = pl.DataFrame({"_customer": customer, "part": _usage(hazard, customer)})
    less = usage.filter(pl.col("part") > _NOTABLE).select(
        "_customer", feature=pl.lit("usage"), times=pl.col("part").exp()
    )
    reasons = pl.concat([bad, less], how="diagonal_relaxed").sort(
        "_customer", "times", "touchpoint", descending=[False, True, False]
    )
    listed = reasons.group_by("_customer", maintain_order=True).agg(
        pl.struct(*REASON.to_schema()).cast(REASON).alias("reasons")
    )
    return ranked.join(listed, on="_customer", how="left", maintain_order="left")


def _usage(hazard: Hazard, customer: Counts) -> Array:
    return hazard.usage_part(customer) if customer.size else np.zeros(0)


def _values(tables: StudyTables) -> pl.DataFrame:
    has_value = tables.customers is not None and "annual_value" in tables.customers.collect_schema()
    if tables.customers is None or not has_value:
        return pl.DataFrame(schema={"customer_id": pl.String, "annual_value": pl.Float64})
    return tables.customers.select("customer_id", "annual_value").collect()


def _in_form(listed: pl.DataFrame) -> pl.DataFrame:
    rank = pl.int_range(1, pl.len() + 1)
    return listed.with_columns(
        rank.alias("rank"),
        pl.format("#{}", rank).alias("pseudonym"),
        pl.col("reasons").fill_null([]),
    ).select(pl.col(name).cast(dtype) for name, dtype in AT_RISK.items())


def _glanced(
    told: dict[str, int], *, n_listed: int, expected: float, why_not: str | None = None
) -> pl.DataFrame:
    row = {
        **{name: told[name] for name in ("n", "n_silent")},
        "n_listed": n_listed,
        "expected": expected,
        **{name: told[name] for name in ("horizon_months", "k_months")},
        "why_not": why_not,
    }
    return pl.DataFrame([row], schema_overrides={"why_not": pl.String})


def _nobody(told: dict[str, int], why_not: str) -> AtRisk:
    return AtRisk(
        pl.DataFrame(schema=AT_RISK), _glanced(told, n_listed=0, expected=0.0, why_not=why_not)
    )
