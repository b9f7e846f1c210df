"""Who met what in a month, what was known of them before, and what they did in the months after?

Unit of observation: a customer in a month (counted back from the end of the window), from the month
of joining to the month before leaving: contacts in the month of leaving are the leaving itself.
What happens in the month, or in the months up to it, stands against leaving, and the next answer
about the whole, in the months after; everything that is adjusted for comes from before or does not
change.

It cannot see contacts that nobody could tie to a customer.
"""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cxresearch.errors import ParameterError
from cxresearch.intake.tables import StudyTables
from cxresearch.models.adjusters import attributes_of, earlier_ratings, tenure_of
from cxresearch.models.grid import Grid, instants_of, lay_out
from cxresearch.models.partialling import Matrix
from cxresearch.period import Period
from cxresearch.transforms.experiences import SIDES, rate_experiences
from cxresearch.transforms.intervals import Array
from cxresearch.transforms.questions import WHOLE, answers_to, headline_question
from cxresearch.transforms.scales import counted, find_metric, with_scale

Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]

TENURE = ("tenure", "tenure_squared", "tenure_unknown")
RATINGS = ("earlier_rating", "earlier_rating_squared", "earlier_answers", "has_answered")
_FIXED = ("attribute", "month")


@dataclass(frozen=True)
class Panel:
    """Customers by months, as arrays. Rows are customers and months at risk, by customer and month.

    Attributes
    ----------
    touchpoints, sources
        Touchpoints with experiences, and what tells of them there.
    customer, month
        Position of the customer and of the month, a row.
    bad, good, ordinary, unknown
        Rows by touchpoints: how many experiences of that side in the month (and those up to it).
    adjusters, adjuster_names
        Rows by columns: what is adjusted for; and what each column holds.
    leaves
        Whether the customer leaves in the months after; NaN where these are not all in the window.
    loyalty
        What the next answer about the whole counts, NaN where none is given in the months after.
    loyalty_unit
        `points` or `share`; empty where nobody was asked about the whole.
    n_left
        Customers seen leaving in the window; None where no leaving is known.
    """

    touchpoints: list[str]
    sources: list[str]
    customer: Counts
    month: Counts
    bad: Matrix
    good: Matrix
    ordinary: Matrix
    unknown: Matrix
    adjusters: Matrix
    adjuster_names: list[str]
    leaves: Array
    loyalty: Array
    loyalty_unit: str
    n_left: int | None


def build_panel(
    tables: StudyTables,
    *,
    period: Period,
    horizon_months: int = 3,
    lookback_months: int = 3,
    exposure_months: int = 1,
) -> Panel:
    """Lay out the months of the window that ends with `period`.

    Parameters
    ----------
    period
        The window; its months are counted back from its end.
    horizon_months
        How many months after the month of an experience leaving, or the next answer, is looked for.
    lookback_months
        How many months before these earlier experiences are adjusted for.
    exposure_months
        Experiences of how many months, the month among them and the last, are held against what
        follows.

    Raises
    ------
    ParameterError
        A number of months below 1.
    """
    if min(horizon_months, lookback_months, exposure_months) < 1:
        raise ParameterError(
            f"horizon_months={horizon_months}, lookback_months={lookback_months}, "
            f"exposure_months={exposure_months}",
            allowed="1 month or more",
        )
    grid = lay_out(tables, period=period, before=lookback_months + exposure_months - 1)
    months = grid.shape[1]
    rated = rate_experiences(tables, period=period.window(months))
    experiences = grid.place(rated.with_columns(at="known_at"))
    places = experiences.select("touchpoint", "source").unique().sort("touchpoint")
    met = {side: _count_met(grid, experiences, places["touchpoint"], side) for side in SIDES}
    here, leaves, n_left = _leaving(grid, horizon=horizon_months)
    loyalty, unit = _next_answer(tables, grid, horizon=horizon_months)
    here[:, : grid.before] = False
    if places.is_empty() or (n_left is None and not unit):
        here[:] = False  # no effect to look for: nothing more is laid out
    customer, month = np.nonzero(here)
    rows, first = (customer, month), (customer, month - exposure_months + 1)
    before = [_months_before(np.minimum(met[side], 3), lookback_months)[first] for side in met]
    recent = {side: (counts + _months_before(counts, exposure_months - 1))[rows]
              for side, counts in met.items()}  # fmt: skip
    known = [attributes_of(tables, grid)[customer], _dummies(month), *before]
    names = [f"{kind}:{n}" for kind, part in zip(_FIXED, known, strict=False) for n in _of(part)]
    names += [f"{side}_before:{place}" for side in met for place in _names(places)]
    ratings = earlier_ratings(tables, grid)
    known += [tenure_of(grid)[rows], *(part[first] for part in ratings)]
    names += [*TENURE, *RATINGS[: len(ratings)]]
    return Panel(
        touchpoints=places["touchpoint"].to_list(),
        sources=places["source"].to_list(),
        customer=customer,
        month=month,
        **recent,
        adjusters=np.column_stack([part.astype(np.float32) for part in known]),
        adjuster_names=names,
        leaves=leaves[rows],
        loyalty=loyalty[rows],
        loyalty_unit=unit,
        n_left=n_left,
    )


def _count_met(grid: Grid, experiences: pl.DataFrame, places: pl.Series, side: str) -> Matrix:
    """Customers by months by touchpoints: how many experiences of a side."""
    met = np.zeros((*grid.shape, max(places.len(), 1)), dtype=np.float32)
    of_side = experiences.filter(pl.col("side") == side)
    for number, name in enumerate(places):
        met[:, :, number] = grid.sum(of_side.filter(pl.col("touchpoint") == name))
    return met


def _leaving(grid: Grid, *, horizon: int) -> tuple[Flags, Array, int | None]:
    """Who is a customer to the end of each month, and who leaves in the months after."""
    edges = np.array([edge.timestamp() for edge in grid.edges])
    far = grid.edges[-1] + timedelta(days=36500)
    left = instants_of(grid, "left_at", far)[:, None]
    joined = instants_of(grid, "joined_at", grid.edges[0] - timedelta(days=36500))[:, None]
    ends = edges[1:][None, :]
    here = (joined < ends) & (left >= ends)
    after = np.full(ends.shape, np.nan)
    after[0, : max(ends.size - horizon, 0)] = edges[1 + horizon :]
    leaves = np.where(np.isnan(after), np.nan, (left < after).astype(float))
    seen = (left >= edges[grid.before]) & (left < edges[-1])
    n_left = int(seen.sum())
    return here, leaves, n_left or None


def _next_answer(tables: StudyTables, grid: Grid, *, horizon: int) -> tuple[Array, str]:
    """What the first answer about the whole in the months after counts."""
    none = np.full(grid.shape, np.nan)
    if tables.responses is None:
        return none, ""
    question = headline_question(tables.responses, about=WHOLE)
    metric = find_metric(question.measure)
    answers = with_scale(answers_to(tables.responses, question), metric=metric, score="score")
    value = (counted(metric, score="score") * metric.unit).alias("value")
    given = answers.filter(pl.col("customer_id").is_not_null()).select("customer_id", "at", value)
    placed = grid.place(given.drop_nulls().collect()).sort("_customer", "at", "value")
    first = placed.unique(["_customer", "_month"], keep="first", maintain_order=True)
    if question.voice != "customer" or first.is_empty():
        return none, ""
    own = none.copy()
    own[first["_customer"].to_numpy(), first["_month"].to_numpy()] = first["value"].to_numpy()
    following = none.copy()
    for step in range(horizon, 0, -1):
        sooner = own[:, step:]
        following[:, :-step] = np.where(np.isnan(sooner), following[:, :-step], sooner)
    return following, "points" if metric.unit == 100 else "share"


def _months_before(values: Matrix, months: int) -> Matrix:
    """The sum over the months before each month."""
    total = np.concatenate([np.zeros_like(values[:, :1]), values.cumsum(axis=1)], axis=1)
    month = np.arange(values.shape[1])
    return np.asarray(total[:, month] - total[:, np.maximum(month - months, 0)])


def _of(part: Matrix) -> range:
    return range(part.shape[1])


def _names(places: pl.DataFrame) -> list[str]:
    """Touchpoints; where there are none, one without a name, as `_count_met` has it."""
    return places["touchpoint"].to_list() or [""]


def _dummies(values: Counts) -> Array:
    return np.asarray(values[:, None] == np.unique(values)[None, :], dtype=float)
