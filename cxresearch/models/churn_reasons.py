"""On which features does a model of leaving lean, and which of them raise the risk of one case?

Unit of observation: a case. A feature matters to the model by what the foretelling costs more once
its values are dealt out anew among cases not seen in the fit. A reason of one case is a feature
whose usual value would lower its risk.

It cannot say what would happen if a feature were changed: these are features of the model, not
causes. Features that tell the same share their weight.
"""

import numpy as np
import polars as pl

from cxresearch.models.balance import People
from cxresearch.models.churn_design import Encoded
from cxresearch.models.churn_fit import Fitted, Learned
from cxresearch.models.evaluation import losses
from cxresearch.models.partialling import sum_by_person
from cxresearch.transforms.differences import q_values
from cxresearch.transforms.intervals import Array, normal_quantile, student_quantile

WEIGHTS = {
    "feature": pl.String,
    **dict.fromkeys(("n", "n_people"), pl.Int64),
    **dict.fromkeys(("estimate", "ci_low", "ci_high", "q_value"), pl.Float64),
    "is_clear": pl.Boolean,
}
REASON = pl.Struct(
    {
        "feature": pl.String,
        "value": pl.String,
        "usual": pl.String,
        "added": pl.Float64,
    }
)
_REPEATS = 5
_ROWS = 50_000  # cases foretold at once
_AT_MOST = 10_000  # cases on which the weight of features is measured
_CLEAR = 0.05


def weigh_features(
    read: pl.DataFrame,
    left: Array,
    people: People,
    learned: Learned,
    *,
    random_state: int,
    confidence: float = 0.95,
) -> pl.DataFrame:
    """What the foretelling costs more without each feature.

    Returns
    -------
    pl.DataFrame
        `WEIGHTS`, the heaviest first: feature, n, n_people (cases on which it was measured, none
        seen in the fit), estimate (log-loss added, in nats a case), ci_low, ci_high (people as
        clusters, t), q_value, is_clear (adds loss, q below .05).

    Notes
    -----
    Permutation importance (Breiman 2001, Machine Learning 45; Fisher, Rudin & Dominici 2019, JMLR
    20) out of fold: the mean of five permutations within a fold.
    """
    rng = np.random.default_rng(random_state)
    added, whose = [], []
    for k, model in enumerate(learned.models):
        places = np.flatnonzero(learned.fold == k)
        if read.height > _AT_MOST:
            places = np.sort(rng.permutation(places)[: _AT_MOST // len(learned.models)])
        added.append(_added(read[places], left[places], model, rng))
        whose.append(people[places])
    who = np.unique(np.concatenate(whose), return_inverse=True)[1]
    cost = np.concatenate(added)
    n = int(who.max()) + 1
    mean = cost.mean(axis=0)
    sums = sum_by_person(cost - mean, who)
    error = np.sqrt((sums**2).sum(axis=0) * n / max(n - 1, 1)) / len(cost)
    half = student_quantile(df=np.array([n - 1.0]), z=normal_quantile(confidence)) * error
    q = q_values(_p_values(mean, error, n))
    return pl.DataFrame(
        {
            "feature": learned.model.design.features,
            "n": len(cost),
            "n_people": n,
            "estimate": mean,
            "ci_low": mean - half,
            "ci_high": mean + half,
            "q_value": q,
            "is_clear": (q < _CLEAR) & (mean > 0),
        },
        schema=WEIGHTS,
    ).sort("estimate", "feature", descending=[True, False])


def _p_values(mean: Array, error: Array, n: int) -> Array:
    from scipy.special import stdtr

    ratio = np.divide(np.abs(mean), error, out=np.zeros_like(mean), where=error > 0)
    return np.asarray(2 * stdtr(max(n - 1, 1), -ratio), dtype=float)


def _added(read: pl.DataFrame, left: Array, model: Fitted, rng: np.random.Generator) -> Array:
    """Cases by features: loss added when each feature is dealt out anew, mean of the repeats."""
    cases = model.design.encode(read)
    before = losses(left, model.risk(cases))
    added = np.zeros((left.size, len(model.design.features)))
    for _ in range(_REPEATS):
        mixed = _risk_with(cases, cases.take(rng.permutation(left.size)), model)
        added += (losses(left[:, None], mixed) - before[:, None]) / _REPEATS
    return added


def _risk_with(cases: Encoded, other: Encoded, model: Fitted) -> Array:
    """Cases by features: the risk if that one feature were as the other cases have it."""
    n, blocks = len(cases.tree), list(enumerate(model.design.blocks))
    at_once = max(_ROWS // max(n, 1), 1)
    found = []
    for first in range(0, len(blocks), at_once):
        part = blocks[first : first + at_once]
        mixed = [cases.with_feature(other, block, column) for column, block in part]
        stacked = Encoded(
            np.concatenate([one.linear for one in mixed]),
            np.concatenate([one.tree for one in mixed]),
        )
        found.append(model.risk(stacked).reshape(len(part), n))
    return np.concatenate(found).T


def give_reasons(read: pl.DataFrame, model: Fitted, *, k: int) -> pl.Series:
    """The k features that raise the risk of each case most: lists of `REASON`.

    added: risk (0-1) less the risk the case would have if this one feature were as usual: the
    median of the cases learned from, or the commonest category. Only what adds is a reason.
    """
    cases = model.design.encode(read)
    usual = model.design.encode(_as_usual(read, model))
    gains = model.risk(cases)[:, None] - _risk_with(cases, usual, model)
    names = pl.Series("feature", model.design.features)
    usually = names.replace_strict(
        {name: str(value) for name, value in model.design.usual.items() if value is not None},
        default=None,
        return_dtype=pl.String,
    )
    values = read.select(pl.col(names.to_list()).cast(pl.String)).to_numpy()
    row = np.arange(read.height)
    ranked: list[pl.Series] = []
    for column in np.argsort(-gains, axis=1, kind="stable")[:, :k].T:
        parts = {
            "feature": names[column],
            "value": pl.Series(values[row, column].tolist(), dtype=pl.String),
            "usual": usually[column],
            "added": pl.Series(gains[row, column]),
        }
        ranked.append(pl.DataFrame(parts).to_struct(str(len(ranked))))
    adds = pl.element().struct.field("added") > 0
    listed = pl.DataFrame(ranked).select(reasons=pl.concat_list(pl.all()))
    return listed.select(pl.col("reasons").list.eval(pl.element().filter(adds))).to_series()


def _as_usual(read: pl.DataFrame, model: Fitted) -> pl.DataFrame:
    return read.with_columns(
        pl.lit(value).cast(read.schema[name]).alias(name)
        for name, value in model.design.usual.items()
    )
