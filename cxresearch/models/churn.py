"""Who is likely to leave, how sure is that, and on what does the model lean?

Unit of observation: a case, a row of a plain table: a customer, or a customer in a month. Base: the
rows whose outcome is known. Each is foretold by a model that has not seen its person; every figure
of the quality of the model rests on these.

It cannot say why people leave, nor what would keep them (`models.drivers`). It is no better than
its columns: what was written after the outcome makes it look right and is called out
(`models.leaks`).
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from cxresearch.errors import require_columns
from cxresearch.models.balance import People
from cxresearch.models.churn_choice import choose_columns
from cxresearch.models.churn_fit import Learned, learn
from cxresearch.models.churn_forward import check_time, foretell_forward
from cxresearch.models.churn_model import ChurnModel, base_rate, key_of, quality_row, unfitted
from cxresearch.models.churn_outcome import read_outcome
from cxresearch.models.churn_reasons import weigh_features
from cxresearch.models.evaluation import measure_ranking
from cxresearch.models.evaluation_tables import (
    number_people,
    tabulate_calibration,
    tabulate_lift,
)
from cxresearch.models.split import order_rows
from cxresearch.transforms.intervals import Array
from cxresearch.transforms.scales import Table


def fit_churn(
    table: Table,
    *,
    outcome: str,
    features: Sequence[str] | pl.DataFrame | None = None,
    person: str | None = None,
    time: str | None = None,
    horizon_months: int = 0,
    protected: Sequence[str] = (),
    allow_protected: Sequence[str] = (),
    is_weighed: bool = True,
    random_state: int = 0,
) -> ChurnModel:
    """Foretell who leaves from a plain table.

    Parameters
    ----------
    table
        A row a case; columns of any type. Text whose words are all numbers is read as numbers.
    outcome
        Column of who left: true/false, 1/0, yes/no (`churn_outcome`). Blank: left out.
    features
        Columns to learn from; None: all but those that are protected, possible leaks, ids,
        constants, free text or repetitions. A possible leak that is named here is kept, with a
        warning. Of a list of features as `features.list_features` returns it (a table with a
        column `feature`) nobody has looked at each, so possible leaks are left out.
    person
        Whose case it is, where people repeat: nobody is foretold from himself, and their cases are
        one cluster. None: each row is another's, but rows exactly alike are one's.
    time
        When a case was as described (days, instants, or months as numbers): the last part is then
        foretold from the earlier ones.
    horizon_months
        How long after `time` the outcome became known.
    protected
        Columns that never enter, beyond those whose names say so.
    allow_protected
        Protected columns that enter all the same; kept in `overrides`, with a warning.
    is_weighed
        Whether the weight of each feature is measured, which takes as long as all the rest;
        without it `tidy()` has no rows.
    random_state
        Seed of folds, trees and permutations.

    Returns
    -------
    ChurnModel
        With `tidy()`, `glance()`, `augment(table)` and `reasons(table)`. Below 100 who left, or
        stayed, nothing is fitted: `why_not` says so and no figure is made up.

    Raises
    ------
    DataError
        A column is missing, or the outcome cannot be read.
    ParameterError
        `allow_protected` names no feature, `features` none at all, or a text is given for a list.

    Warns
    -----
    CxWarning
        Possible leaks were left out, or kept; a protected column was let in.

    Notes
    -----
    Of a ridge regression, small and larger gradient-boosted trees, and all of them together, the
    one of least log-loss on unseen people is kept (`churn_fit`; the larger trees only where ten of
    the rarer outcome are there for each of their leaves); chances by Platt's curve.

    Examples
    --------
    >>> cases = pl.DataFrame({"left": [True, False, False], "tenure": [1, 20, 30]})
    >>> fit_churn(cases, outcome="left").glance().select("n", "n_left", "is_fitted").row(0)
    (3, 1, False)
    """
    known, left, n_unknown = _known(table, outcome)
    beside = [name for name in (person, time) if name is not None]
    chosen = choose_columns(
        known,
        outcome=outcome,
        features=features,
        person=person,
        beside=beside,
        protected=protected,
        allow_protected=allow_protected,
        random_state=random_state,
    )
    people = _people(known, person)
    model = unfitted(chosen, left, people, n_unknown=n_unknown, person=person)
    if model.why_not:
        return model
    order = order_rows(chosen.read, left, people)
    read, left, people, known = chosen.read[order], left[order], people[order], known[order]
    learned = learn(read, chosen.columns, left, people, random_state=random_state)
    forward = model.forward
    if time is not None:
        check_time(known[time])
        forward = foretell_forward(
            read,
            chosen.columns,
            left,
            people,
            at=known[time],
            horizon_months=horizon_months,
            random_state=random_state,
        )
    key = key_of(read, known, person)
    weights = model.weights
    if is_weighed:
        weights = weigh_features(read, left, people, learned, random_state=random_state)
    return replace(
        model,
        weights=weights,
        quality=_quality(left, people, learned, n_unknown=n_unknown),
        calibration=tabulate_calibration(left, learned.risk, person=people),
        lift=tabulate_lift(left, learned.risk, person=people),
        forward=forward,
        _fitted=learned.model,
        _seen=key.with_columns(_risk=pl.Series(learned.risk)).group_by(key.columns).agg(
            pl.col("_risk").mean()
        ),
    )  # fmt: skip


def _known(table: Table, outcome: str) -> tuple[pl.DataFrame, Array, int]:
    """Rows whose outcome is known, 1 for who left, and how many others there are."""
    require_columns(table, outcome)
    frame = table.lazy().collect()
    left = read_outcome(frame, outcome)
    has = left.is_not_null()
    return frame.filter(has), left.filter(has).cast(pl.Float64).to_numpy(), int((~has).sum())


def _people(known: pl.DataFrame, person: str | None) -> People:
    """A number a person; without a column of people, rows exactly alike are one's."""
    if person is not None:
        return number_people(known[person])
    # Where most rows have a twin the columns are few, and twins are no sign of the same case.
    if not known.height // 2 <= known.unique().height < known.height:
        return np.arange(known.height)
    numbered = known.with_columns(pl.int_range(pl.len()).alias("_place"))
    first = numbered.select(pl.col("_place").min().over(known.columns))
    return first.to_series().to_numpy().astype(np.int64)


def _quality(left: Array, people: People, learned: Learned, *, n_unknown: int) -> pl.DataFrame:
    ranked = measure_ranking(left, learned.risk, person=people).row(0, named=True)
    told = {"n_unknown": n_unknown, "model": learned.model.kind, "is_fitted": True}
    told["n_features"] = len(learned.model.design.features)
    return quality_row(ranked | base_rate(left, people) | told)
