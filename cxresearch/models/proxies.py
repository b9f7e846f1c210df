"""How well do the features of a model tell a protected characteristic that it never sees?

Unit of observation: a case whose characteristic is known. It is foretold from the features by trees
that have not seen the case's person; a value that beats chance clearly means that the features
carry it, whatever they are called.

It cannot say whether a model uses what it could.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
import polars as pl

from cxresearch.errors import ParameterError, require_columns, require_names
from cxresearch.models.balance import People
from cxresearch.models.churn_design import Design
from cxresearch.models.churn_fit import one_thread
from cxresearch.models.evaluation import auc_with_interval
from cxresearch.models.evaluation_tables import number_people
from cxresearch.models.partialling import sum_by_person
from cxresearch.models.plain_columns import PlainColumn, read_columns, recognise
from cxresearch.models.split import order_rows, split_people_in_folds
from cxresearch.transforms.differences import q_values
from cxresearch.transforms.intervals import Array, normal_quantile
from cxresearch.transforms.scales import Table

PROXIES = {
    **dict.fromkeys(("protected", "value", "measure"), pl.String),
    **dict.fromkeys(("n", "n_with", "n_people"), pl.Int64),
    **dict.fromkeys(("estimate", "ci_low", "ci_high", "chance", "q_value"), pl.Float64),
    "is_clear": pl.Boolean,
    "strongest": pl.String,
    "strongest_share": pl.Float64,
}
LEAST = 100
"""Cases with and without a value below which nothing is foretold."""

_FOLDS = 5
_FEW_VALUES = 10
_AT_MOST = 20_000
_ROUNDS = 50


def audit_proxies(
    table: Table,
    *,
    protected: Sequence[str],
    features: Sequence[str],
    person: str | None = None,
    random_state: int = 0,
    confidence: float = 0.95,
) -> pl.DataFrame:
    """How well the features tell each protected characteristic, and which of them most.

    Parameters
    ----------
    table
        A row a case; of more than 20,000 cases so many are drawn.
    protected
        Columns to be told. Numbers of more than ten values are told as numbers, others value by
        value.
    features
        Columns to tell them from.
    person
        Who each case belongs to, where people repeat.

    Returns
    -------
    pl.DataFrame
        A row a protected column and value: protected, value (null of a number), measure {auc, r2},
        n, n_with (cases that have the value), n_people, estimate, ci_low, ci_high (people as
        clusters), chance (0.5 or 0), q_value (Benjamini-Hochberg over all rows), is_clear (told
        better than by chance, beyond it), and of what is: strongest (the feature without which most
        of it goes) and strongest_share (what goes, of the estimate above chance). Values that fewer
        than 100 cases have, or lack, have no figure.

    Raises
    ------
    DataError
        A column is missing.
    ParameterError
        A column is both feature and protected.

    Examples
    --------
    >>> cases = pl.DataFrame({"gender": ["f", "m"] * 150, "title": ["Ms", "Mr"] * 150})
    >>> audit_proxies(cases, protected=["gender"], features=["title"]).select(
    ...     "value", "estimate", "strongest").rows()
    [('f', 1.0, 'title'), ('m', 1.0, 'title')]
    """
    require_names(protected, "protected")
    require_names(features, "features")
    require_columns(table, *protected, *features, *([person] if person else []))
    if both := sorted(set(protected) & set(features)):
        raise ParameterError(
            f"'{both[0]}' is both protected and a feature",
            allowed="a column on one side only",
            next_step="leave it out of features",
        )
    frame = table.lazy().collect()
    people = number_people(frame[person] if person else pl.int_range(frame.height, eager=True))
    read, columns, _ = read_columns(frame, features)
    order = order_rows(read.with_columns(frame.select(protected)), np.zeros(frame.height), people)
    if order.size > _AT_MOST:
        order = np.sort(np.random.default_rng(random_state).permutation(order.size)[:_AT_MOST])
    audit = _Audit(read[order], columns, people[order], random_state, confidence)
    told = [one for name in protected for one in audit.tell(frame[name][order])]
    chances = [one.p_value(confidence) for one in told]
    q = q_values(np.array(chances, dtype=float))
    rows = [
        {**one.row, "q_value": value, "is_clear": bool(value < 1 - confidence)}
        | (audit.weigh(one) if value < 1 - confidence else {})
        for one, value in zip(told, q, strict=True)
    ]
    return pl.DataFrame(rows, schema=PROXIES).with_columns(pl.col(pl.Float64).fill_nan(None))


@dataclass(frozen=True)
class _Told:
    """What was told of one value: its row so far, whom it was told of, and by which models."""

    row: dict[str, Any]
    target: Array
    people: People
    parts: list[tuple[People, Any, Array]]  # places, model of the others, features

    @property
    def is_number(self) -> bool:
        return bool(self.row["measure"] == "r2")

    def judge(self, told: Array, confidence: float) -> tuple[float, float, float]:
        if self.is_number:
            return explained(self.target, told, self.people, confidence=confidence)
        return auc_with_interval(self.target, told, self.people, confidence=confidence)

    def p_value(self, confidence: float) -> float:
        """How likely chance alone tells it so well: the other side of the interval."""
        ends = np.array([self.row.get(name) for name in ("estimate", "ci_low", "ci_high")], float)
        if not np.isfinite(ends).all():
            return float("nan")
        if not self.is_number:  # the interval of an AUC is one of its log odds
            ends = np.log(np.maximum(ends, 1e-12)) - np.log(np.maximum(1 - ends, 1e-12))
        error = (ends[2] - ends[1]) / (2 * normal_quantile(confidence))
        if not error > 0:
            return 0.0 if ends[0] > 0 else 1.0
        return 2 * NormalDist().cdf(-ends[0] / error) if ends[0] > 0 else 1.0


class _Audit:
    """The features of all cases, and what is told from them."""

    def __init__(
        self,
        read: pl.DataFrame,
        columns: Sequence[PlainColumn],
        people: People,
        random_state: int,
        confidence: float,
    ) -> None:
        self._read, self._columns, self._people = read, columns, people
        self._random_state, self._confidence = random_state, confidence

    def tell(self, values: pl.Series) -> list[_Told]:
        """One a value of a protected column; a single one of a number of many values."""
        how = recognise(values)
        read = values.cast(pl.String) if how is None else values.to_frame().select(how.read())
        known = read if isinstance(read, pl.Series) else read.to_series()
        has = np.flatnonzero(known.is_not_null().to_numpy())
        said = known.drop_nulls()
        name = {"protected": values.name}
        if said.dtype.is_numeric() and said.n_unique() > _FEW_VALUES:
            return [self._told(name, said.to_numpy(), has, is_number=True)]
        levels = [] if said.n_unique() < 2 else sorted(said.unique())
        return [
            self._told(
                name | {"value": f"{level:g}" if isinstance(level, float) else level},
                (said == level).cast(pl.Float64).to_numpy(),
                has,
                is_number=False,
            )
            for level in levels
        ]

    def weigh(self, told: _Told) -> dict[str, Any]:
        """The feature without which, its values dealt anew, most of what is told goes."""
        rng = np.random.default_rng(self._random_state)
        without = np.empty((told.target.size, len(self._columns)))
        with one_thread():
            for new, model, unseen in told.parts:
                for column in range(unseen.shape[1]):
                    mixed = unseen.copy()
                    mixed[:, column] = rng.permutation(mixed[:, column])
                    without[new, column] = _say(model, mixed)
        left = [told.judge(one, self._confidence)[0] for one in without.T]
        place, estimate = int(np.argmin(left)), told.row["estimate"]
        share = min((estimate - left[place]) / (estimate - told.row["chance"]), 1.0)
        return {"strongest": self._columns[place].name, "strongest_share": share}

    def _told(self, name: dict[str, Any], target: Array, has: People, *, is_number: bool) -> _Told:
        people = self._people[has]
        n_with = target.size if is_number else int(target.sum())
        row = name | {"measure": "r2" if is_number else "auc", "n": target.size}
        row |= {"n_with": n_with, "n_people": np.unique(people).size}
        row["chance"] = 0.0 if is_number else 0.5
        few = min(n_with, target.size if is_number else target.size - n_with) < LEAST
        told = _Told(row, target, people, [])
        if few or not self._columns:
            return told
        said = self._foretell(told, has)
        ends = zip(
            ("estimate", "ci_low", "ci_high"), told.judge(said, self._confidence), strict=True
        )
        row.update(ends)
        return told

    def _foretell(self, told: _Told, has: People) -> Array:
        """What the cases of other people tell of each; keeps the models."""
        strata = np.zeros(told.target.size) if told.is_number else told.target
        fold = split_people_in_folds(strata, told.people, n=_FOLDS, random_state=self._random_state)
        said = np.empty(told.target.size)
        for k in range(_FOLDS):
            known, new = np.flatnonzero(fold != k), np.flatnonzero(fold == k)
            design = Design(self._read[has[known]], self._columns)
            cases, unseen = (design.encode(self._read[has[rows]]).tree for rows in (known, new))
            with one_thread():
                model = _trees(design, self._random_state, is_number=told.is_number)
                model.fit(cases, told.target[known])
                said[new] = _say(model, unseen)
            told.parts.append((new, model, unseen))
        return said


def explained(
    target: Array, told: Array, people: People, *, confidence: float
) -> tuple[float, float, float]:
    """R2 of what was told of cases not seen, with its interval (linearised, people as clusters).

    Examples
    --------
    >>> explained(np.array([1.0, 3]), np.array([1.0, 3]), np.arange(2), confidence=0.95)
    (1.0, 1.0, 1.0)
    """
    missed, spread = (target - told) ** 2, (target - target.mean()) ** 2
    estimate = 1 - missed.mean() / spread.mean()
    pulls = (missed - (1 - estimate) * spread) / spread.mean()
    sums = sum_by_person(pulls[:, None], people)[:, 0]
    error = np.sqrt((sums**2).sum() * len(sums) / max(len(sums) - 1, 1)) / target.size
    half = normal_quantile(confidence) * error
    return float(estimate), float(estimate - half), float(estimate + half)


def _trees(design: Design, random_state: int, *, is_number: bool) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    kind = HistGradientBoostingRegressor if is_number else HistGradientBoostingClassifier
    return kind(
        max_leaf_nodes=8,
        max_iter=_ROUNDS,
        categorical_features=design.is_category,
        early_stopping=False,
        random_state=random_state,
    )


def _say(model: Any, cases: Array) -> Array:
    said = model.decision_function if hasattr(model, "decision_function") else model.predict
    return np.asarray(said(cases), dtype=float)
