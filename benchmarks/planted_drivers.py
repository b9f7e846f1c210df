"""A survey of which it is known what makes customers leave, and how much.

Twelve experiences, from 1 to 5, correlated among themselves and with where a customer lives. Seven
change the chance to leave, one more only through another (a late train is told of late), four
change nothing. Customers rate them; `halo` is the share of the variance of every rating that
belongs to the person and not to the experience. Two of the four without effect weigh most in how
satisfied customers say they are. One experience that keeps customers is better where a rival
makes more of them leave, so that without the region it seems to drive them away.

With `harm` three of the four without effect make customers leave where they are better, alike and
without any halo: what a common mood would look like, and is none.

The truth is worked out, not estimated: for everybody, the chance to leave as it is and as it would
be had the experience been another, all else equal.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

Array = NDArray[np.float64]

KEEPS = {
    "ticket_desk": 0.60,
    "punctuality": 0.34,
    "refunds": 0.40,
    "delay_news": 0.22,
    "station": 0.34,
    "app": 0.15,
    "fares": 0.10,
    "boarding": 0.0,
    "kindness": 0.0,
    "comfort": 0.0,
    "website": 0.0,
    "food": 0.0,
}
"""Fall of the log odds to leave with a point of the experience."""

PLEASES = {"kindness": 0.8, "comfort": 0.7, "app": 0.2, "website": 0.2, "ticket_desk": 0.1}
"""Weight in how satisfied customers say they are."""

DOWNSTREAM_OF = {"punctuality": ["boarding"], "delay_news": ["punctuality", "boarding"]}
"""Each experience that others cause: boarding acts through punctuality, and that through news."""

FLOWS = (("boarding", "punctuality", 0.6), ("punctuality", "delay_news", 0.6))
CONFOUNDED = "station"
HARMFUL = ("comfort", "website", "food")
NO_EFFECT = ("kindness", "comfort", "website", "food")
CONTEXT = ("region", "fare_class", "years")
_REGIONS = ("coast", "hills", "plain")
_COAST_LEAVES, _COAST_STATION = 2.5, 2.0
_MEAN, _SPREAD = 3.4, 1.1
_COMMON = 0.45
_WITH_DESK = 0.4
_BASE = -2.9
_SHARED = _COMMON**2 / (1 + _COMMON**2)
_VARIANCE = np.array(
    [
        1
        + (name == "kindness") * (_WITH_DESK**2 + 2 * _WITH_DESK * _SHARED)
        + (name == CONFOUNDED) * _COAST_STATION**2 * 0.3 * 0.7
        + (name == "comfort") * 0.3**2 / 4
        for name in KEEPS
    ]
)


@dataclass(frozen=True)
class Planted:
    """A survey and its truth.

    Attributes
    ----------
    table
        person, leaves (0 or 1), satisfaction (1 to 5), the ratings, the context.
    drivers, context, downstream_of
        Names as `assess_drivers` takes them.
    truth
        A row a driver and one, `all`, for all together: effect (change in the chance to leave with
        half a point more rather than half a point less), gain (change in it if everybody had an
        experience of at least 4), gain_rated (if everybody rated at least 4, experiences being made
        so much better, to 5 at most), has_effect.
    """

    table: pl.DataFrame
    drivers: list[str]
    context: list[str]
    downstream_of: dict[str, list[str]]
    truth: pl.DataFrame


def plant_drivers(
    seed: int,
    *,
    n: int = 8000,
    halo: float = 0.0,
    halo_on_leaving: float = 0.0,
    harm: float = 0.0,
) -> Planted:
    """Draw a survey.

    Parameters
    ----------
    halo
        Share of the variance of every rating that belongs to the person, 0 to 1.
    halo_on_leaving
        Fall of the log odds to leave with a standard deviation of what colours a person's ratings.
        Above 0 nothing recorded tells it from good experiences: no method is safe.
    harm
        Rise of the log odds to leave with a point of each of `HARMFUL`.
    """
    rng = np.random.default_rng(seed)
    names = list(KEEPS)
    keeps = np.array([-harm if name in HARMFUL else kept for name, kept in KEEPS.items()])
    region = rng.choice(3, n, p=[0.3, 0.3, 0.4])
    fare = rng.choice(2, n)
    years = rng.gamma(2.0, 2.0, n).round(1)
    own = _COMMON * rng.standard_normal((n, 1)) + rng.standard_normal((n, len(names)))
    own = own / np.sqrt(1 + _COMMON**2)
    own[:, names.index("kindness")] += _WITH_DESK * own[:, names.index("ticket_desk")]
    own[:, names.index(CONFOUNDED)] += _COAST_STATION * ((region == 0) - 0.3)
    own[:, names.index("comfort")] += 0.3 * (fare - 0.5)
    own /= np.sqrt(_VARIANCE)
    trait = rng.standard_normal(n)
    fixed = _BASE + _COAST_LEAVES * (region == 0) - 0.08 * (years - 4) - halo_on_leaving * trait
    felt = _flow(own)
    leaves = (rng.random(n) < _chance(felt, fixed, keeps)).astype(float)
    coloured = np.sqrt(1 - halo) * felt + np.sqrt(halo) * trait[:, None]
    weights = np.array([PLEASES.get(name, 0.0) for name in names])
    pleased = felt @ weights + trait + 0.5 * rng.standard_normal(n)
    table = pl.DataFrame(
        {
            "person": np.arange(n),
            "leaves": leaves,
            "satisfaction": _grade(pleased / pleased.std()),
            **{name: _grade(coloured[:, i]) for i, name in enumerate(names)},
            "region": [_REGIONS[i] for i in region],
            "fare_class": [("second", "first")[i] for i in fare],
            "years": years,
        }
    )
    truth = _truth(own, fixed, trait, halo=halo, keeps=keeps)
    return Planted(table, names, list(CONTEXT), dict(DOWNSTREAM_OF), truth)


def _grade(felt: Array) -> Array:
    return np.asarray(np.round(np.clip(_MEAN + _SPREAD * felt, 1, 5)), dtype=float)


def _flow(own: Array, lift: Callable[[str, Array], Array] = lambda _, felt: felt) -> Array:
    """What is felt: each experience with what flows into it, changed by `lift` on the way."""
    names, felt = list(KEEPS), own.copy()
    for i, name in enumerate(names):
        if name not in DOWNSTREAM_OF:
            felt[:, i] = lift(name, felt[:, i])
    for cause, name, share in FLOWS:
        i = names.index(name)
        rest = np.sqrt(1 - share**2 + (share * _SHARED) ** 2) - share * _SHARED  # keeps variance 1
        felt[:, i] = lift(name, share * felt[:, names.index(cause)] + rest * felt[:, i])
    return felt


def _chance(felt: Array, fixed: Array, keeps: Array) -> Array:
    points = _grade(felt) - 3
    return np.asarray(1 / (1 + np.exp(points @ keeps - fixed)), dtype=float)


def _truth(own: Array, fixed: Array, trait: Array, *, halo: float, keeps: Array) -> pl.DataFrame:
    """The truth on the people drawn."""
    names = list(KEEPS)
    as_is = _chance(_flow(own), fixed, keeps).mean()
    floor = (3.5 + 1e-9 - _MEAN) / _SPREAD  # from here an experience is graded 4
    rated = np.full(trait.size, np.inf)
    if halo < 1:
        rated = (floor - np.sqrt(halo) * trait) / np.sqrt(1 - halo)

    def change(mended: Collection[str], least: Array | float) -> float:
        felt = _flow(own, lambda name, z: np.maximum(z, least) if name in mended else z)
        return float(_chance(felt, fixed, keeps).mean() - as_is)

    rows = [
        (
            name,
            _effect(own, fixed, name, keeps),
            change([name], floor),
            change([name], rated),
            name not in NO_EFFECT or bool(keeps[names.index(name)]),
        )
        for name in names
    ]
    rows.append(("all", None, change(names, floor), change(names, rated), True))
    columns = ("driver", "effect", "gain", "gain_rated", "has_effect")
    return pl.DataFrame(rows, schema=columns, orient="row")


def _effect(own: Array, fixed: Array, name: str, keeps: Array) -> float:
    """Change in the chance to leave with a point, centred, that flows on to what comes of it."""
    half = 0.5 / _SPREAD
    sides = []
    for step in (half, -half):
        felt = _flow(own, lambda n, z, step=step: z + step if n == name else z)
        # As felt, not as graded: half a point would else be none for many and one for others.
        points = np.clip(_MEAN + _SPREAD * felt, 1, 5) - 3
        sides.append((1 / (1 + np.exp(points @ keeps - fixed))).mean())
    return float(sides[0] - sides[1])
