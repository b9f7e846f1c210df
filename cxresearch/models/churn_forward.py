"""Does what was learned of earlier months hold for the last ones?

Unit of observation: a case at its time. The last part, a fifth of the cases or a little more, is
foretold by a model that learned only of cases whose outcome was known before that part begins.

It cannot tell of a month whose outcome is not known yet.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl

from cxresearch.errors import DataError, ParameterError
from cxresearch.language import Message, message
from cxresearch.models.balance import People
from cxresearch.models.churn_fit import learn
from cxresearch.models.evaluation import RANKING, measure_ranking
from cxresearch.models.evaluation_tables import TOTALS, compare_totals
from cxresearch.models.plain_columns import PlainColumn
from cxresearch.transforms.intervals import Array

LEAST = 100
"""Cases of each kind below which nothing is learned."""
LAST_SHARE = 0.2

FORWARD = {
    "from": pl.String,
    "until": pl.String,
    "n_learned": pl.Int64,
    "model": pl.String,
    **TOTALS,
    **dict.fromkeys(("auc", "auc_low", "auc_high"), pl.Float64),
    **{name: dtype for name, dtype in RANKING.items() if name.startswith(("brier", "log", "ece"))},
    "is_fitted": pl.Boolean,
    "why_not": pl.String,
}


def too_few(left: Array) -> Message | None:
    """Why nothing can be learned of these cases, or None where it can.

    Examples
    --------
    >>> too_few(np.zeros(30)).in_language("en")
    '0 left, 30 stayed: fewer than 100 of one kind teach no model'
    """
    n_left = int(left.sum())
    if min(n_left, left.size - n_left) >= LEAST:
        return None
    return message(
        "{n_left:count} left, {n_stayed:count} stayed: fewer than {least:count} of one kind teach "
        "no model",
        n_left=n_left,
        n_stayed=left.size - n_left,
        least=LEAST,
    )


def foretell_forward(
    read: pl.DataFrame,
    columns: Sequence[PlainColumn],
    left: Array,
    people: People,
    *,
    at: pl.Series,
    horizon_months: int,
    random_state: int,
) -> pl.DataFrame:
    """The last part foretold from what was known before it: one row, `FORWARD`.

    Parameters
    ----------
    at
        When each case was as it is described: days, instants, or numbers counted in months.
    horizon_months
        How long after that the outcome became known.
    """
    times = at.drop_nulls().value_counts(name="n_of_time").sort(at.name, descending=True)
    reached = times["n_of_time"].cum_sum() >= LAST_SHARE * at.count()
    place = int(reached.arg_max() or 0) if times.height else 0
    if times.height < 2 or place == times.height - 1:
        why = message("all cases are of one time: no later ones to foretell")
        return _not_fitted(why)
    cut, until = times[at.name][place], times[at.name][0]
    later = (at >= cut).fill_null(value=False).to_numpy()
    earlier = (_after(at, horizon_months) <= cut).fill_null(value=False).to_numpy() & ~later
    if why_not := too_few(left[earlier]):
        return _not_fitted(why_not)
    known, new = np.flatnonzero(earlier), np.flatnonzero(later)
    model = learn(read[known], columns, left[known], people[known], random_state=random_state).model
    risk = model.read_risk(read[new])
    ranked = measure_ranking(left[new], risk, person=people[new]).rename(
        {"ci_low": "auc_low", "ci_high": "auc_high"}
    )
    totals = compare_totals(left[new], risk, person=people[new])
    row = ranked.row(0, named=True) | totals.row(0, named=True)
    row |= {"from": str(cut), "until": str(until), "n_learned": known.size, "model": model.kind}
    return _as_row(row | {"is_fitted": True})


def _after(at: pl.Series, months: int) -> pl.Series:
    """The time at which the outcome of each case is known."""
    if months < 0:
        raise ParameterError(f"horizon_months={months}", allowed="0 or more")
    if at.dtype.is_temporal():
        return at.to_frame().select(pl.col(at.name).dt.offset_by(f"{months}mo")).to_series()
    # A row of the month t tells of the months t + 1 ... t + horizon.
    return at + months


def check_time(at: pl.Series) -> None:
    """Make sure that a column tells times.

    Raises
    ------
    DataError
        It holds neither days nor instants nor numbers.
    """
    if not (at.dtype in (pl.Date, pl.Datetime) or at.dtype.is_numeric()):
        raise DataError(
            f"time column '{at.name}' holds {at.dtype}",
            allowed="days, instants, or numbers that count months",
            next_step=f'turn it into days: pl.col("{at.name}").str.to_date("%Y-%m-%d")',
        )


def _not_fitted(why: Message) -> pl.DataFrame:
    return _as_row({"is_fitted": False, "why_not": why.in_language("en")})


def _as_row(row: dict[str, object]) -> pl.DataFrame:
    return pl.DataFrame([{n: row.get(n) for n in FORWARD}], schema=FORWARD)
