"""What is linked to leaving in a month, everything else that is recorded being equal?

Unit of observation: a customer in a month at risk, with what was known at its start. One logistic
regression holds all features, the time as a customer and the calendar month; nothing is foretold
here, which is what `models.hazard` is for. Base: all such months.

It cannot tell causes, nor adjust for what was not recorded.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from cxresearch.errors import require_columns
from cxresearch.models.hazard_design import lay_out, learn_baseline, learn_terms
from cxresearch.models.hazard_effects import EFFECTS, estimate_effects
from cxresearch.models.hazard_model import times_of
from cxresearch.models.outcomes import FEWEST_LEAVERS
from cxresearch.study import is_protected_name


@dataclass(frozen=True)
class LinksModel:
    """Result of `fit_links`.

    Attributes
    ----------
    effects
        What `tidy` returns.
    quality
        What `glance` returns.
    """

    effects: pl.DataFrame
    quality: pl.DataFrame

    def tidy(self) -> pl.DataFrame:
        """A row a feature, or a level of one: see `hazard_effects.estimate_effects`.

        Odds of a number are for a standard deviation of it, those of a level for having it, against
        the level named in `against`.
        """
        return self.effects

    def glance(self) -> pl.DataFrame:
        """One row: n (months), n_customers, n_left, is_fitted (100 customers left or more)."""
        return self.quality


def fit_links(
    person_months: pl.DataFrame,
    *,
    features: Sequence[str],
    person: str = "customer_id",
    outcome: str = "leaves",
    time: str = "tenure_days",
    month: str = "month",
    confidence: float = 0.95,
) -> LinksModel:
    """Odds of leaving in a month that go with each feature, all of them together.

    Parameters
    ----------
    person_months
        As `features.build_person_months` gives them.
    features
        Columns known at the month's start. Those named like a protected one are left out.

    Returns
    -------
    LinksModel
        Without rows below 100 customers seen leaving.

    Raises
    ------
    DataError
        A column is missing.

    Examples
    --------
    >>> few = pl.DataFrame({"customer_id": ["a"], "month": [1], "tenure_days": [9.0],
    ...                     "leaves": [True], "waited": [1.0]})
    >>> fit_links(few, features=["waited"]).glance().row(0)
    (1, 1, 1, False)
    """
    from threadpoolctl import threadpool_limits

    require_columns(person_months, person, outcome, time, month, *features)
    frame = person_months.drop_nulls([person, outcome]).sort(person, month)
    n_left = frame.filter(outcome)[person].n_unique()
    is_fitted = n_left >= FEWEST_LEAVERS
    effects = pl.DataFrame(schema=EFFECTS)
    if is_fitted:
        used = [name for name in features if name != time and not is_protected_name(name)]
        with threadpool_limits(limits=1):  # the same figures on every machine
            terms, _ = learn_terms(frame, used, person=person)
            leaves = frame[outcome].cast(pl.Float64).to_numpy()
            baseline = learn_baseline(times_of(frame, time), leaves)
            code = frame[month].rank("dense").to_numpy() - 1
            flags = (code[:, None] == np.arange(1, int(code.max()) + 1)[None, :]).astype(float)
            found = estimate_effects(
                terms,
                lay_out(terms, frame),
                leaves,
                beside=np.column_stack([baseline.lay_out(times_of(frame, time)), flags]),
                people=frame[person].rle_id().cast(pl.Int64).to_numpy(),
                confidence=confidence,
            )
            effects = _whole_levels(found)
    quality = {
        "n": frame.height,
        "n_customers": frame[person].n_unique(),
        "n_left": n_left,
        "is_fitted": is_fitted,
    }
    return LinksModel(effects, pl.DataFrame([quality]))


def _whole_levels(effects: pl.DataFrame) -> pl.DataFrame:
    """Odds of a level for having it or not, and no longer for a standard deviation of its flag."""
    has_level, odds = pl.col("category").is_not_null(), ("odds_ratio", "odds_low", "odds_high")
    whole = [pl.when(has_level).then(pl.col(c) ** (1 / pl.col("sd"))).otherwise(c) for c in odds]
    return effects.with_columns(part.alias(c) for c, part in zip(odds, whole, strict=True))
