"""How do effects of drivers read as a table: what is clear, what tied, what would explain it away?

Unit of observation: a driver. Every driver tested is counted in the false discovery rate; those of
which the intervals overlap share a tier, so that no order is given that may be chance.

It cannot say more than the fit it is made from.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
import polars.selectors as cs

from cxresearch.language import mark
from cxresearch.models.balance import Flags
from cxresearch.models.driver_design import Design
from cxresearch.models.driver_fit import DriverFit
from cxresearch.models.driver_halo import Halo
from cxresearch.models.partialling import e_value, sum_by_person
from cxresearch.transforms.differences import q_values
from cxresearch.transforms.gaps import tiers_of
from cxresearch.transforms.intervals import Array, wilson

_PERFORMANCE = ("performance", "performance_low", "performance_high")

ASSESSED: dict[str, Any] = {
    "driver": pl.String,
    "role": pl.String,
    **dict.fromkeys(("estimate", "ci_low", "ci_high", "estimate_plain"), pl.Float64),
    **dict.fromkeys(("n", "n_worse", "n_people"), pl.Int64),
    "base": pl.String,
    **dict.fromkeys(("p_value", "p_plain", "q_value"), pl.Float64),
    "is_clear": pl.Boolean,
    **dict.fromkeys(("tier", "tied", "rank"), pl.Int64),
    **dict.fromkeys(("e_value", "e_value_low", "halo_needed", "halo_needed_low"), pl.Float64),
    **dict.fromkeys(("importance", "importance_low", "importance_high"), pl.Float64),
    **dict.fromkeys(_PERFORMANCE, pl.Float64),
    "quadrant": pl.String,
    "is_reliable": pl.Boolean,
    "why_not": pl.String,
}
ALPHA = 0.05
RANKED_FROM = 1000
"""Cases from which a place in the order is given at all."""
FEWEST_EXPECTED = 5.0
FEWEST_WORSE = 30
WITHOUT = mark("cases alike in all else that is recorded, without it")
ONE_MORE = mark("cases alike in all else that is recorded, one grade or unit apart")
SAME = mark("the other drivers and the context already say the same")
_LEAST_RISK = 1e-3


@dataclass(frozen=True)
class Judged:
    """What the table is made from.

    Attributes
    ----------
    best
        Of each driver the value of the best experience.
    met
        Cases by drivers: of which cases it is known how the driver went.
    is_two, is_binary
        Whether a driver, or the outcome, has two values.
    z
        Normal quantile of the intervals.
    """

    design: Design
    fit: DriverFit
    halo: Halo
    best: Array
    met: Flags
    is_two: Flags
    is_binary: bool
    z: float

    @property
    def estimate(self) -> Array:
        """Effects, what the common impression hides of them undone."""
        values = self.halo.contrasts @ self.fit.effects.estimate
        return np.where(self.fit.effects.is_known, values, np.nan)

    @property
    def plain(self) -> Array:
        """Effects with nothing undone."""
        return np.where(self.fit.effects.is_known, self.fit.effects.estimate, np.nan)

    @property
    def ends(self) -> Array:
        """Ends of the intervals, which hold both readings: with and without what was undone."""
        effects = self.fit.effects
        half = self.z * effects.standard_error(self.halo.contrasts)
        plain_half = self.z * effects.standard_error()
        low = np.minimum(self.estimate - half, self.plain - plain_half)
        return np.array([low, np.maximum(self.estimate + half, self.plain + plain_half)])

    @property
    def nearest(self) -> Array:
        """Size of the end nearer to no change, 0 where the interval holds none."""
        ends = self.ends
        return np.where(ends[0] * ends[1] > 0, np.abs(ends).min(axis=0), 0.0)

    @property
    def worst(self) -> Array:
        """Of each driver the value at the other end."""
        low, high = np.nanmin(self.design.values, axis=0), np.nanmax(self.design.values, axis=0)
        other = np.where(np.abs(self.best - low) < np.abs(self.best - high), high, low)
        return np.asarray(other, dtype=float)


def make_rows(judged: Judged) -> pl.DataFrame:
    """A row a driver that could be judged, without role, tier and quadrant."""
    design, estimate, ends, nearest = judged.design, judged.estimate, judged.ends, judged.nearest
    n_worse, n_people, is_reliable = _count(judged)
    is_known = judged.fit.effects.is_known
    p_value = np.where(is_reliable & is_known, _p_values(judged, *judged.halo.readings), np.nan)
    p_plain = np.where(is_reliable & is_known, _p_values(judged, np.eye(is_known.size)), np.nan)
    q_value = q_values(p_value)
    with np.errstate(invalid="ignore"):
        is_clear = q_value < ALPHA
    spread = np.nanstd(np.where(judged.met, design.values, np.nan), axis=0)
    ratio, ratio_low = _ratios(judged, spread)
    size = np.abs(estimate)
    with np.errstate(divide="ignore", invalid="ignore"):
        shifts = np.where(judged.halo.shifts != 0, np.abs(judged.halo.shifts), np.nan)
    return pl.DataFrame(
        {
            "driver": design.names,
            "estimate": estimate,
            "ci_low": ends[0],
            "ci_high": ends[1],
            "estimate_plain": judged.plain,
            "n": judged.met.sum(axis=0),
            "n_worse": n_worse,
            "n_people": n_people,
            "base": np.where(judged.is_two, WITHOUT, ONE_MORE),
            "p_value": p_value,
            "p_plain": p_plain,
            "q_value": q_value,
            "is_clear": is_clear,
            "e_value": e_value(ratio),
            "e_value_low": e_value(ratio_low),
            "halo_needed": size / shifts,
            "halo_needed_low": nearest / shifts,
            "importance": size * spread,
            "importance_low": nearest * spread,
            "importance_high": np.abs(ends).max(axis=0) * spread,
            **dict(zip(_PERFORMANCE, _performance(judged), strict=True)),
            "is_reliable": is_reliable & is_known,
            "why_not": np.where(is_known, "", SAME),
        },
        schema_overrides={name: ASSESSED[name] for name in ("driver", "base", "why_not")},
    ).with_columns(cs.float().fill_nan(None), pl.col("why_not").replace("", None))


def _count(judged: Judged) -> tuple[Array, Array, Flags]:
    """Cases below the best of two values, people who met each driver, whether there are enough."""
    values, people = judged.design.values, judged.design.people
    worse = judged.met & (values != judged.best)
    n_worse, n_people, is_reliable = [], [], []
    rarer = min(judged.design.outcome.mean(), 1 - judged.design.outcome.mean())
    for j, two in enumerate(judged.is_two):
        n_people.append(np.unique(people[judged.met[:, j]]).size)
        sides = [worse[:, j], ~np.isnan(values[:, j]) & (values[:, j] == judged.best[j])]
        n_worse.append(int(sides[0].sum()))
        enough = min(np.unique(people[side]).size for side in sides) >= FEWEST_WORSE
        expected = not judged.is_binary or n_worse[-1] * rarer >= FEWEST_EXPECTED
        is_reliable.append(not two or (enough and expected))
    return np.array(n_worse), np.array(n_people), np.array(is_reliable, dtype=bool)


def _ratios(judged: Judged, spread: Array) -> tuple[Array, Array]:
    """Risk ratios of the estimate, and of the end of its interval nearer to no change.

    Of a driver of two values for those who met the worse; of grades for a standard deviation from
    the mean. Of a metric the standardised difference is brought to a risk ratio (Chinn 2000;
    VanderWeele & Ding 2017).
    """
    design, estimate = judged.design, judged.estimate
    step = np.where(judged.is_two, judged.worst - judged.best, spread)
    nearest = np.sign(estimate) * judged.nearest
    if not judged.is_binary:
        scale = 0.91 / design.outcome.std() if design.outcome.std() else 0.0
        return np.exp(scale * step * estimate), np.exp(scale * step * nearest)
    worse = judged.met & (design.values != judged.best)
    mean = design.outcome.mean()
    risk = np.array([design.outcome[here].mean() if here.any() else mean for here in worse.T])
    base = np.where(judged.is_two, np.maximum(risk - step * estimate, _LEAST_RISK), mean)
    ratio, low = (
        np.clip(base + step * change, _LEAST_RISK, None) / base for change in (estimate, nearest)
    )
    return ratio, low


def _performance(judged: Judged) -> tuple[Array, Array, Array]:
    """How near to the best each driver is, 0-1: the share that met the best, or the mean grade."""
    figures = []
    for j, two in enumerate(judged.is_two):
        here = judged.met[:, j]
        people = judged.design.people[here]
        values = judged.design.values[here, j]
        reached = (values - judged.worst[j]) / (judged.best[j] - judged.worst[j])
        mean, n = reached.mean(), here.sum()
        sums = sum_by_person((reached - mean)[:, None], people)[:, 0]
        error = np.sqrt((sums**2).sum()) / n
        if two and 0 < mean < 1:
            worth = np.array([min(mean * (1 - mean) / max(error**2, 1e-12), n)])
            low, high = wilson(share=np.array([mean]), n=worth, z=judged.z)
            figures.append((mean, low[0], high[0]))
        else:
            half = judged.z * error
            figures.append((mean, max(mean - half, 0.0), min(mean + half, 1.0)))
    columns = np.array(figures, dtype=float).reshape(-1, 3).T
    return columns[0], columns[1], columns[2]


def _p_values(judged: Judged, *readings: Array) -> Array:
    """The largest over the readings, 1 where they disagree in sign: a finding holds with each."""
    from scipy.special import ndtr

    effects = judged.fit.effects
    with np.errstate(divide="ignore", invalid="ignore"):
        away = np.array([r @ effects.estimate / effects.standard_error(r) for r in readings])
    is_agreed = (away > 0).all(axis=0) | (away < 0).all(axis=0)
    least = np.where(is_agreed, np.abs(away).min(axis=0), 0.0)
    return np.asarray(2 * ndtr(-least), dtype=float)


def order_drivers(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows by importance with tier, tied, rank and quadrant; what was not judged comes last.

    Notes
    -----
    A tier begins where an interval ends below the first of the tier before. Tiers are of what is
    clear and can be acted on; a place in the order is given only from 1,000 cases, and only to who
    stands alone in a tier.
    """
    ordered = rows.drop("tier", "tied", "rank", "quadrant", strict=False).sort(
        pl.col("is_clear").fill_null(value=False), pl.col("importance").fill_null(-1), "driver",
        descending=[True, True, False],
    ).with_row_index("_row")  # fmt: skip
    actionable = (pl.col("role") == "actionable") & pl.col("is_clear").fill_null(value=False)
    leading = ordered.filter(actionable)
    low, high = (leading[f"importance_{end}"].to_numpy() for end in ("low", "high"))
    tiers = leading.select("_row", tier=pl.Series(tiers_of(low, high), dtype=pl.Int64))
    tiers = tiers.with_columns(tied=pl.len().over("tier").cast(pl.Int64))
    place = pl.int_range(1, pl.len() + 1, dtype=pl.Int64)
    alone = (pl.col("tied") == 1) & (pl.col("n") >= RANKED_FROM)
    ranked = leading.join(tiers, on="_row").select(
        "_row", "tier", "tied", rank=pl.when(alone).then(place)
    )
    return (
        ordered.join(ranked, on="_row", how="left", maintain_order="left")
        .with_columns(quadrant=_quadrant())
        .select(pl.col(name).cast(dtype) for name, dtype in ASSESSED.items())
    )


def _quadrant() -> pl.Expr:
    """The corner of importance and performance of what can be acted on.

    Much is shown to hang on what is clear, however often it is met; what lies below the mean
    performance goes badly.
    """
    ours = pl.all_horizontal(
        pl.col("role") == "actionable",
        pl.col("estimate").is_not_null(),
        pl.col("performance").is_not_null(),
    )
    much = pl.col("is_clear").fill_null(value=False)
    badly = pl.col("performance") < pl.col("performance").filter(ours).mean()
    named = (
        pl.when(much & badly).then(pl.lit("mend")).when(much).then(pl.lit("keep"))
        .when(badly).then(pl.lit("watch")).otherwise(pl.lit("let_be"))
    )  # fmt: skip
    return pl.when(ours).then(named)
