"""What goes with leaving in a month, and how likely is each customer to leave in the months ahead?

Unit of observation: a customer in a month at risk, with what was known at its start. Base: all such
months; who entered before the window is watched from its start, who is still there at its end is
censored. Two fits: a logistic regression with every feature tells what goes with leaving, all else
in the table being equal; the candidate that foretells unseen customers best tells the risks.

It cannot tell causes: features that go with leaving may stand for something not recorded. Its
intervals are about chance in the data, not about a future unlike the past.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from cxresearch.errors import require_columns, require_names
from cxresearch.language import Message, message
from cxresearch.models.balance import People
from cxresearch.models.concordance import concordance
from cxresearch.models.durations import DAYS_A_MONTH
from cxresearch.models.hazard_design import lay_out, learn_baseline, learn_terms
from cxresearch.models.hazard_effects import EFFECTS, estimate_effects
from cxresearch.models.hazard_fits import CANDIDATES, N_FOLDS, Choice, choose_model
from cxresearch.models.hazard_leads import learn_leads
from cxresearch.models.hazard_model import Fitted, HazardModel, times_of
from cxresearch.models.logit import chance, log_losses
from cxresearch.models.outcomes import FEWEST_LEAVERS
from cxresearch.study import is_protected_name
from cxresearch.transforms.intervals import Array
from cxresearch.transforms.scales import Table

MOST_ROWS = 400_000
"""Months at risk beyond which customers are drawn at random."""
QUALITY = {
    **dict.fromkeys(("n", "n_customers", "n_left", "n_fitted"), pl.Int64),
    "model": pl.String,
    **dict.fromkeys(("log_loss", "log_loss_base", "c_index", "c_low", "c_high"), pl.Float64),
    "is_fitted": pl.Boolean,
    "why_not": pl.String,
}
DROPPED = {"feature": pl.String, "reason": pl.String}


def fit_hazard(
    person_months: Table,
    *,
    features: Sequence[str] | None = None,
    person: str = "customer_id",
    outcome: str = "leaves",
    time: str = "tenure_days",
    month: str = "month",
    month_length: float = DAYS_A_MONTH,
    protected: Sequence[str] = (),
    allow_protected: Sequence[str] = (),
    random_state: int = 0,
    confidence: float = 0.95,
) -> HazardModel:
    """Fit the chance to leave in a month.

    Parameters
    ----------
    person_months
        A row a customer and month at risk, without gaps, up to the month of leaving.
    features
        Columns known at the month's start; default every column but those named here. Numbers,
        true/false, or categories; a null has a flag of its own.
    outcome
        True in the month in which the customer leaves.
    time
        Column of the time as a customer at the month's start, null where not known.
    month
        Column of the calendar month, taken into account where it is in the table.
    month_length
        A month in units of `time`: 1 where it is counted in months.
    protected
        Columns that are protected whatever their name.
    allow_protected
        Protected columns that are used all the same; see `HazardModel.overrides`.
    random_state
        Of the folds.

    Returns
    -------
    HazardModel
        With `tidy()`, `glance()`, `augment()` and `predict_risk()`. Below 100 customers seen
        leaving nothing is fitted and `why_not` says so.

    Raises
    ------
    DataError
        A column is missing.

    Notes
    -----
    Discrete-time hazard: Singer & Willett (1993, J. Educ. Stat. 18); Allison (1982).

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> waited = rng.random(6000) < 0.3
    >>> months = pl.DataFrame({"customer_id": np.arange(6000), "tenure": rng.integers(0, 9, 6000),
    ...                        "waited": waited, "leaves": rng.random(6000) < 0.05 + 0.2 * waited})
    >>> model = fit_hazard(months, time="tenure", month_length=1)
    >>> model.tidy().select("feature", "is_clear", pl.col("odds_ratio").round(1)).rows()
    [('waited', True, 2.2)]
    """
    require_names(features, "features", least=1)
    require_names(protected, "protected")
    require_names(allow_protected, "allow_protected")
    require_columns(person_months, person, outcome, time, *(features or ()))
    frame = _read(person_months, keys=(person, outcome, time, month))
    base = _Base(person, outcome, time, month, month_length, random_state, confidence)
    asked = _asked(frame, features, base)
    guarded = [name for name in asked if name in protected or is_protected_name(name)]
    refused = [name for name in guarded if name not in allow_protected]
    used = [name for name in asked if name not in refused]
    dropped = [(name, "protected") for name in refused]
    n_left = frame.filter(outcome)[person].n_unique()
    why_not = None if n_left >= FEWEST_LEAVERS else _too_few(n_left)
    parts = _Parts(None, pl.DataFrame(schema=EFFECTS), _CANDIDATES, _UNSEEN, {})
    if why_not is None:
        parts, unusable = _fit(frame, used, base)
        dropped += unusable
    quality = {
        "n": frame.height,
        "n_customers": frame[person].n_unique(),
        "n_left": n_left,
        **parts.quality,
        "is_fitted": why_not is None,
        "why_not": why_not.in_language("en") if why_not else None,
    }
    return HazardModel(
        effects=parts.effects,
        quality=pl.DataFrame([quality], schema=QUALITY),
        candidates=parts.candidates,
        dropped=pl.DataFrame(dropped, schema=DROPPED, orient="row"),
        overrides=tuple(name for name in guarded if name not in refused),
        unseen=parts.unseen,
        why_not=why_not,
        person=person,
        time=time,
        month_length=month_length,
        fitted=parts.fitted,
        confidence=confidence,
    )


def _too_few(n_left: int) -> Message:
    return message(
        "Customers seen leaving: {n:count}. Below {least:count} no chance of leaving is worked "
        "out; only how long customers stay is shown.",
        n=n_left,
        least=FEWEST_LEAVERS,
    )


@dataclass(frozen=True)
class _Base:
    """Names and settings, as given."""

    person: str
    outcome: str
    time: str
    month: str
    month_length: float
    random_state: int
    confidence: float


@dataclass(frozen=True)
class _Parts:
    """What `_fit` finds."""

    fitted: Fitted | None
    effects: pl.DataFrame
    candidates: pl.DataFrame
    unseen: pl.DataFrame
    quality: dict[str, object]


_CANDIDATES = pl.DataFrame(schema=CANDIDATES)
_UNSEEN = pl.DataFrame(schema={"hazard": pl.Float64})
_NO_FEATURES = ("month_number", "at")


def _read(table: Table, *, keys: tuple[str, str, str, str]) -> pl.DataFrame:
    """Months at risk, by customer and month, or by time where no month is given."""
    person, outcome, time, month = keys
    order = month if month in table.collect_schema() else time
    return (
        table.lazy()
        .with_columns(pl.col(outcome).cast(pl.Boolean))
        .drop_nulls([person, outcome])
        .sort(person, order)
        .collect()
    )


def _asked(frame: pl.DataFrame, features: Sequence[str] | None, base: "_Base") -> list[str]:
    keys = {base.person, base.outcome, base.time, base.month, *_NO_FEATURES}
    names = frame.columns if features is None else features
    return [name for name in dict.fromkeys(names) if name not in keys]


def _fit(
    frame: pl.DataFrame, used: Sequence[str], base: _Base
) -> tuple[_Parts, list[tuple[str, str]]]:
    """Both fits, and the features that could not be used."""
    from threadpoolctl import threadpool_limits

    frame = _draw(frame, base)
    terms, dropped = learn_terms(frame, used, person=base.person)
    known, time = lay_out(terms, frame), times_of(frame, base.time)
    leaves = frame[base.outcome].cast(pl.Float64).to_numpy()
    people = frame[base.person].rle_id().cast(pl.Int64).to_numpy()
    baseline = learn_baseline(time, leaves)
    with threadpool_limits(limits=1):  # the same figures on every machine
        choice = choose_model(
            known, leaves, time=time, baseline=baseline, people=people,
            random_state=base.random_state,
        )  # fmt: skip
        leads = learn_leads(
            choice, known, leaves, time=time, people=people, month_length=base.month_length,
            random_state=base.random_state,
        )  # fmt: skip
        effects = estimate_effects(
            terms, known, leaves, beside=_beside(frame, baseline.lay_out(time), base.month),
            people=people, confidence=base.confidence,
        )  # fmt: skip
    named = [name for name in (base.person, base.time, base.month) if name in frame.columns]
    told = chance(leads.at(0, choice.unseen, known)[0])
    unseen = frame.select(*dict.fromkeys(named)).with_columns(pl.Series("hazard", told))
    quality = _measure(choice, leaves, time=time, people=people, base=base)
    quality |= {"n_fitted": frame.height, "model": choice.name}
    fitted = Fitted(terms, baseline, choice, leads)
    return _Parts(fitted, effects, choice.candidates, unseen, quality), dropped


def _draw(frame: pl.DataFrame, base: _Base) -> pl.DataFrame:
    """All rows, or those of customers drawn at random where there are too many."""
    if frame.height <= MOST_ROWS:
        return frame
    person = frame[base.person].rle_id()
    share, n = MOST_ROWS / frame.height, int(person[-1]) + 1
    drawn = np.random.default_rng(base.random_state).random(n) < share
    return frame.filter(pl.Series(drawn[person.to_numpy()]))


def _beside(frame: pl.DataFrame, baseline: Array, month: str) -> Array:
    """What effects are adjusted for beside features: time as a customer, and calendar month."""
    if month not in frame.columns:
        return baseline
    code = frame[month].rank("dense").to_numpy() - 1
    flags = (code[:, None] == np.arange(1, int(code.max()) + 1)[None, :]).astype(float)
    return np.column_stack([baseline, flags])


def _measure(
    choice: Choice, leaves: Array, *, time: Array, people: People, base: _Base
) -> dict[str, object]:
    """How well customers unseen are foretold."""
    rate = np.clip(leaves.mean(), 1e-9, 1 - 1e-9)
    of_all = np.full(leaves.size, np.log(rate / (1 - rate)))
    lived = np.where(np.isnan(time), -1, np.floor(time / base.month_length))
    # Without a fold its leavers' months of life look safer: compared are people of one fold.
    alike = np.asarray(lived * N_FOLDS + choice.fold, dtype=float)
    c, low, high = concordance(
        choice.unseen, leaves, time=alike, people=people, confidence=base.confidence
    )
    return {
        "log_loss": float(log_losses(choice.unseen, leaves).mean()),
        "log_loss_base": float(log_losses(of_all, leaves).mean()),
        "c_index": c,
        "c_low": low,
        "c_high": high,
    }
