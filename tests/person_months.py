"""Customers at risk month by month, made by a model that is known."""

from datetime import date
from itertools import product

import numpy as np
import polars as pl

from cxresearch.period import add_months

BASE, PER_WAIT, PER_PRICE, COAST = -4.2, 1.2, 0.35, 0.7
"""Log odds: of a month, of a bad wait in the last three months, of a sd of price, of the coast."""
WAITS = 0.06
"""Chance of a bad wait in a month."""
N_MONTHS = 24


def make_person_months(
    n: int = 3000, *, seed: int = 0, base: float = BASE, effect: float = 1.0
) -> pl.DataFrame:
    """A row a customer and month at risk, with `truth`: the chance to leave within three months.

    Parameters
    ----------
    effect
        How much of the planted effects is in the table; 0 for none.

    Notes
    -----
    Half came before the first month (left truncated at it), the rest later. Leaving gets rarer with
    time as a customer. A bad wait acts for three months; price, region and noise do not change.
    """
    rng = np.random.default_rng(seed)
    start = np.where(rng.random(n) < 0.5, 0, rng.integers(0, N_MONTHS, n))
    before = np.where(start == 0, rng.integers(0, 60, n), 0)
    price, coast = rng.standard_normal(n), rng.random(n) < 0.25
    noise = rng.standard_normal((n, 2))
    waits = rng.random((n, N_MONTHS + 3)) < WAITS
    steady = base + effect * (PER_PRICE * price + COAST * coast)
    waited = np.stack([waits[:, m : m + 3].any(axis=1) for m in range(N_MONTHS)], axis=1)
    month = np.arange(N_MONTHS)
    tenure = before[:, None] + month - start[:, None]
    odds = steady[:, None] - 0.02 * np.minimum(tenure, 40) + effect * PER_WAIT * waited
    left = rng.random((n, N_MONTHS)) < 1 / (1 + np.exp(-odds))
    left &= month >= start[:, None]
    last = np.where(left.any(axis=1), left.argmax(axis=1), N_MONTHS)
    who, when = np.nonzero((month >= start[:, None]) & (month <= last[:, None]))
    first = date(2024, 1, 1)
    days = pl.Series([add_months(first, k) for k in range(N_MONTHS)])
    rows = pl.DataFrame(
        {
            "customer_id": [f"c{k:05d}" for k in range(n)],
            "price": price,
            "region": np.where(coast, "coast", "inland"),
            "noise": noise[:, 0],
            "other": noise[:, 1],
        }
    )[who]
    return rows.with_columns(
        days.gather(when).alias("month"),
        pl.Series("tenure", tenure[who, when]).cast(pl.Float64),
        pl.Series("waited", waited[who, when]),
        pl.Series("leaves", left[who, when]),
        pl.Series("truth", chance_within_three(steady, tenure, waited, effect)[who, when]),
    )


def chance_within_three(
    steady: np.ndarray, tenure: np.ndarray, waited: np.ndarray, effect: float
) -> np.ndarray:
    """Chance to leave within three months, as far as it hangs on what is in the table.

    Averaged over in which of the last three months a wait was, and over waits still to come.
    """
    stay = np.zeros(tenure.shape)
    for waits in product((False, True), repeat=5):  # three months seen, two still to come
        path = np.ones(tenure.shape)
        for k in range(3):
            odds = steady[:, None] - 0.02 * np.minimum(tenure + k, 40)
            path *= 1 - 1 / (1 + np.exp(-odds - effect * PER_WAIT * any(waits[k : k + 3])))
        chance = np.prod([WAITS if wait else 1 - WAITS for wait in waits])
        stay += np.where(waited == any(waits[:3]), chance * path, 0)
    return 1 - stay / np.where(waited, 1 - (1 - WAITS) ** 3, (1 - WAITS) ** 3)
