"""How many left because of an experience with us, and never said a word?

Unit of observation: a customer who left in the window. Silent are those without a complaint, an
answer at the bad end or a negative comment in the `k_months` months before they left. How many of
them left through an experience is told as bounds, each under the assumption that stands beside it,
from nobody to everybody down to what records and stated reasons leave possible. Base: leavers;
beside their silent share stands that of those who stayed, for most customers are silent anyway.

It cannot name those who left through an experience, nor prove the assumptions.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from cxresearch.errors import ParameterError
from cxresearch.intake.tables import StudyTables
from cxresearch.language import mark
from cxresearch.models.grid import draw_customers
from cxresearch.models.in_brief import in_brief
from cxresearch.models.outcomes import FEW_LEAVERS, FEWEST_LEAVERS, NO_LEAVING
from cxresearch.models.silent_answerers import compare_answerers
from cxresearch.models.silent_bounds import (
    ASSUMPTIONS,
    BOTH,
    NAIVE,
    REASONS,
    RECORDS,
    Bounds,
    bounds_of_both,
    bounds_of_reasons,
    bounds_of_records,
    chances_lost,
    do_contradict,
    naive_bounds,
)
from cxresearch.models.silent_hazard import EXPERIENCES, Hazard, fit_months
from cxresearch.models.silent_months import Counts, lay_out_months
from cxresearch.models.silent_reasons import Reasons, count_reasons
from cxresearch.models.silent_risk import AtRisk, list_at_risk
from cxresearch.models.silent_signals import compare_signals
from cxresearch.models.silent_tables import at_a_glance, list_bounds
from cxresearch.models.silent_words import Silence, find_silence, find_words
from cxresearch.period import Period
from cxresearch.transforms.leaving import find_leaving
from cxresearch.transforms.scales import Table

__all__ = [
    "ASSUMPTIONS",
    "AtRisk",
    "SilentChurn",
    "compare_answerers",
    "compare_signals",
    "list_at_risk",
    "size_silent_churn",
]

NO_RECORDS = mark("no record tells a good experience from a bad one")


@dataclass(frozen=True)
class SilentChurn:
    """Result of `size_silent_churn`.

    Attributes
    ----------
    bounds
        What `tidy` returns.
    quality
        What `glance` returns.
    leavers
        A row a leaver: customer_id, left_at, is_silent, chance (0-1: of having left through a bad
        experience on record, as far as estimated; null where nothing is estimated).
    experiences
        What a bad experience goes with, touchpoint by touchpoint: `Hazard.experiences`.
    reasons
        A row a stated code: code, meaning (`experience`, `other`, `unknown`; null: not mapped in
        study.yml), n, n_silent (null where fewer leavers gave it than the study shows).
    """

    bounds: pl.DataFrame
    quality: pl.DataFrame
    leavers: pl.DataFrame
    experiences: pl.DataFrame
    reasons: pl.DataFrame

    def __repr__(self) -> str:
        return in_brief(self, "n_left", "n_silent", "low", "high")

    def tidy(self) -> pl.DataFrame:
        """A row an assumption, from the weakest to the strongest.

        Returns
        -------
        pl.DataFrame
            assumption (its sentence: `ASSUMPTIONS`), low, high (customers), ci_low and ci_high (the
            same, widened for chance: the figures to print), n (whose data speaks), base (who left
            in silence), share_low, share_high (ci_low and ci_high as shares of all who left),
            is_headline (the narrowest that the data supports).
        """
        return self.bounds

    def glance(self) -> pl.DataFrame:
        """One row: n_left, n_silent, share (of those who left, how many in silence) with ci_low and
        ci_high, n_stayed, share_stayed (the base rate) with stayed_low and stayed_high, low and
        high (the headline, widened), share_low and share_high (of those who left), value_low and
        value_high (yearly value lost in a year, in `currency`; null where no value is known),
        years, k_months, n_told (leavers in silence who named a cause), n_not_mapped (leavers whose
        code study.yml does not map), is_contradicting (records and reasons cannot both be so),
        is_fitted, why_not. What is of fewer customers than the study shows is null.
        """
        return self.quality

    def augment(self, table: Table) -> pl.DataFrame:
        """`table` with is_silent and chance of each leaver, by customer_id; null of all others."""
        added = self.leavers.select("customer_id", "is_silent", "chance").lazy()
        joined = table.lazy().join(added, on="customer_id", how="left", maintain_order="left")
        return joined.collect()


def size_silent_churn(
    tables: StudyTables,
    *,
    period: Period,
    window_months: int = 0,
    k_months: int = 3,
    scored: Table | None = None,
    most_customers: int = 20_000,
    random_state: int = 0,
    confidence: float = 0.95,
) -> SilentChurn:
    """Size silent churn in the window that ends with `period`.

    Parameters
    ----------
    period
        The last period of the window; nothing after it is looked at.
    window_months
        Months of the window; 0 for `study.window_months`.
    k_months
        How many months before leaving a word, or an experience, counts.
    scored
        Comments with their tone, see `silent_words.find_words`; None: comments do not count.
    most_customers
        Of a study with more, so many are drawn by lot for the hazard; leavers are counted in all.
    random_state
        Seed of the draws.

    Returns
    -------
    SilentChurn
        With `tidy()`, `glance()` and `augment()`. Below 100 leavers, or without records of how
        contacts went, no hazard is fitted and `why_not` says so.

    Raises
    ------
    ParameterError
        `k_months` below 1.

    Notes
    -----
    Lower bound: the sum over silent leavers of max(0, 1 - h0 / h), h a hazard lagged by `k_months`,
    h0 without what bad experiences add (Ascarza, Netzer & Hardie 2018, Marketing Science 37, on
    churn without a word; Braun & Schweidel 2011, Marketing Science 30, on causes of churn).
    """
    if k_months < 1:
        raise ParameterError(f"k_months={k_months}", allowed="1 month or more")
    window = period.window(window_months or tables.study.window_months)
    leaving = find_leaving(tables, period=window)
    words = find_words(tables, scored=scored)
    silence = find_silence(leaving, words, period=window, k_months=k_months)
    drawn = draw_customers(tables, most=most_customers, random_state=random_state)
    learnt = _learn(drawn, leaving, silence, window=window, k_months=k_months)
    said = count_reasons(tables, silence.leavers)
    least = tables.study.privacy.reliable_from
    rows = _bound(
        learnt, silence, said, least=least, random_state=random_state, confidence=confidence
    )
    n_left, hide_below = silence.leavers.height, tables.study.privacy.hide_below
    bounds = list_bounds(list(rows.values()), n_left=n_left, hide_below=hide_below)
    quality = at_a_glance(
        tables,
        bounds,
        silence,
        said,
        window=window,
        k_months=k_months,
        confidence=confidence,
        is_contradicting=BOTH in rows and do_contradict(rows[RECORDS], rows[REASONS]),
        why_not=learnt if isinstance(learnt, str) else None,
    )
    experiences = pl.DataFrame(schema=EXPERIENCES)
    if isinstance(learnt, Hazard):
        experiences = learnt.experiences(confidence=confidence)
    return SilentChurn(bounds, quality, _with_chance(silence, learnt), experiences, said.codes)


def _bound(
    learnt: Hazard | str,
    silence: Silence,
    said: Reasons,
    *,
    least: int,
    random_state: int,
    confidence: float,
) -> dict[str, Bounds]:
    """Bounds by assumption, the weakest first; stated reasons count from `least` of them on."""
    n_silent = int(silence.leavers["is_silent"].sum())
    if not n_silent:
        return {}
    rows = {NAIVE: naive_bounds(n_silent)}
    if isinstance(learnt, Hazard):
        rows[RECORDS] = _bound_records(
            learnt, silence, n_silent=n_silent, random_state=random_state, confidence=confidence
        )
    if said.n_told >= least:
        rows[REASONS] = bounds_of_reasons(
            n_blaming=said.n_blaming, n_told=said.n_told, n_silent=n_silent, confidence=confidence
        )
    if RECORDS in rows and REASONS in rows:
        rows[BOTH] = bounds_of_both(rows[RECORDS], rows[REASONS])
    return rows


def _learn(
    tables: StudyTables,
    leaving: pl.DataFrame,
    silence: Silence,
    *,
    window: Period,
    k_months: int,
) -> Hazard | str:
    """The hazard, or why there is none."""
    if silence.leavers.is_empty():
        return NO_LEAVING
    if silence.leavers.height < FEWEST_LEAVERS:
        return FEW_LEAVERS
    months = lay_out_months(tables, leaving, period=window, k_months=k_months)
    if not months.touchpoints:
        return NO_RECORDS
    return fit_months(months, hide_below=tables.study.privacy.hide_below)


def _when_left(hazard: Hazard, silence: Silence) -> tuple[Counts, Counts]:
    """Silent leavers that the hazard knows at the start of the month in which they left."""
    silent = silence.leavers.filter("is_silent")["customer_id"]
    is_silent = hazard.months.grid.people["customer_id"].is_in(silent.implode()).to_numpy()
    gone = hazard.months.gone
    customer = np.flatnonzero(is_silent & (gone >= 0))
    customer = customer[hazard.months.here[customer, gone[customer]]]
    return customer, gone[customer]


def _bound_records(
    learnt: Hazard,
    silence: Silence,
    *,
    n_silent: int,
    random_state: int,
    confidence: float,
) -> Bounds:
    """Bounds from records, of those drawn, scaled to all."""
    customer, month = _when_left(learnt, silence)
    ids = learnt.months.grid.people["customer_id"]
    drawn = silence.leavers.filter("is_silent", pl.col("customer_id").is_in(ids.implode())).height
    bounds = bounds_of_records(
        learnt,
        customer,
        month,
        n_silent=drawn,
        random_state=random_state,
        confidence=confidence,
    )
    return bounds.scaled(n_silent)


def _with_chance(silence: Silence, learnt: Hazard | str) -> pl.DataFrame:
    """Leavers with the chance of having left through what is on record."""
    chances = pl.DataFrame(schema={"customer_id": pl.String, "chance": pl.Float64})
    if isinstance(learnt, Hazard):
        customer, month = _when_left(learnt, silence)
        harms = learnt.harms()[None, :] * learnt.clear
        lost = chances_lost(learnt, customer, month, harms, for_good=False)[0]
        ids = learnt.months.grid.people["customer_id"].gather(customer)
        chances = pl.DataFrame({"customer_id": ids, "chance": lost}, schema=chances.schema)
    return silence.leavers.join(chances, on="customer_id", how="left", maintain_order="left")
