"""What does a fitted model of leaving say of itself, and of a case?

Unit of observation: a case. Base of every figure: cases foretold by a model that had not seen their
person. Without a model every figure is missing, none is made up.

It cannot foretell from columns that it was not given.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from cxresearch.errors import require_columns
from cxresearch.language import Message, message
from cxresearch.models.balance import People
from cxresearch.models.churn_choice import Chosen
from cxresearch.models.churn_fit import Fitted
from cxresearch.models.churn_forward import FORWARD, too_few
from cxresearch.models.churn_reasons import REASON, WEIGHTS, give_reasons
from cxresearch.models.evaluation import RANKING
from cxresearch.models.evaluation_tables import LIFT, SHARES, share_by
from cxresearch.models.in_brief import in_brief
from cxresearch.models.plain_columns import PlainColumn
from cxresearch.transforms.intervals import Array
from cxresearch.transforms.scales import Table

QUALITY = {
    **{name: RANKING[name] for name in ("n", "n_left", "n_people")},
    "n_unknown": pl.Int64,
    **dict.fromkeys(("base_rate", "base_low", "base_high"), pl.Float64),
    "model": pl.String,
    **{name: dtype for name, dtype in RANKING.items() if name[:2] not in ("n", "n_", "ba")},
    "n_features": pl.Int64,
    "is_fitted": pl.Boolean,
    "why_not": pl.String,
}
CALIBRATION = {"bin": pl.Int64, **dict(list(SHARES.items())[1:])}


@dataclass(frozen=True)
class ChurnModel:
    """Result of `fit_churn`.

    Attributes
    ----------
    weights, quality
        What `tidy` and `glance` return.
    calibration
        Foretold against observed: bin, risk_low, risk_high, n, n_left, n_people, predicted,
        observed, ci_low, ci_high, is_within (see `tabulate_calibration`).
    lift
        share, n, n_left, n_people, rate, captured, lift, ci_low, ci_high (see `tabulate_lift`).
    forward
        One row: the last part foretold from the earlier ones: from, until, n_learned, model, n,
        n_left, n_people, predicted, observed, ratio, ci_low, ci_high (of ratio), auc, auc_low,
        auc_high, brier, ..., is_fitted, why_not. Empty without `time`.
    dropped
        column, reason {protected, leak, constant, id-like, free text, repeats, unsupported},
        detail: what did not enter.
    read
        column, kind, read_from, n_missing: what did, and how it was read.
    leaks
        What `find_leaks` found among the columns.
    overrides
        column, reason: protected columns that somebody let in.
    why_not
        Why no model was fitted; None where one was.
    """

    weights: pl.DataFrame
    quality: pl.DataFrame
    calibration: pl.DataFrame
    lift: pl.DataFrame
    forward: pl.DataFrame
    dropped: pl.DataFrame
    read: pl.DataFrame
    leaks: pl.DataFrame
    overrides: pl.DataFrame
    why_not: Message | None = None
    _columns: Sequence[PlainColumn] = field(default=(), repr=False)
    _fitted: Fitted | None = field(default=None, repr=False)
    _seen: pl.DataFrame = field(default_factory=pl.DataFrame, repr=False)
    _person: str | None = None

    def __repr__(self) -> str:
        return in_brief(self, "n", "n_left", "model", "auc")

    def tidy(self) -> pl.DataFrame:
        """A row a feature, the one the model leans on most first.

        Returns
        -------
        pl.DataFrame
            feature, n, n_people, estimate (log-loss added when its values are dealt out anew, in
            nats a case), ci_low, ci_high, q_value, is_clear. Empty where nothing was fitted.
        """
        return self.weights

    def glance(self) -> pl.DataFrame:
        """One row: n, n_left, n_people, n_unknown (outcome blank), base_rate with base_low and
        base_high, model, auc with ci_low and ci_high, brier and brier_base, log_loss and
        log_loss_base, ece, n_features, is_fitted, why_not (in English).
        """
        return self.quality

    def augment(self, table: Table) -> pl.DataFrame:
        """`table` with the risk of each row.

        Returns
        -------
        pl.DataFrame
            The table with risk (0-1; null where nothing was fitted) and is_out_of_fold: true where
            the row was learned from, and its risk is that of a model that had not seen its person.

        Raises
        ------
        DataError
            A column that was learned from is missing.
        """
        frame = table.lazy().collect()
        if self._fitted is None:
            risk = pl.lit(None, dtype=pl.Float64).alias("risk")
            return frame.with_columns(risk, is_out_of_fold=pl.lit(value=False))
        read = self._read(frame)
        key = key_of(read, frame, self._person)
        met = key.join(
            self._seen, on=key.columns, how="left", nulls_equal=True, maintain_order="left"
        )["_risk"]
        risks = pl.Series("risk", self._fitted.read_risk(read)) if frame.height else met
        return frame.with_columns(risk=met.fill_null(risks), is_out_of_fold=met.is_not_null())

    def reasons(self, table: Table, *, k: int = 3) -> pl.DataFrame:
        """`table` with the features that raise the risk of each row most.

        Returns
        -------
        pl.DataFrame
            The table with reasons: up to k of feature, value, usual (median or commonest of those
            learned from), added (risk, 0-1, less what it would be with the usual value), the
            largest first. Empty lists where nothing was fitted.

        Raises
        ------
        DataError
            A column that was learned from is missing.
        """
        frame = table.lazy().collect()
        if self._fitted is None or not frame.height:
            return frame.with_columns(pl.lit([], dtype=pl.List(REASON)).alias("reasons"))
        return frame.with_columns(give_reasons(self._read(frame), self._fitted, k=k))

    def _read(self, frame: pl.DataFrame) -> pl.DataFrame:
        require_columns(frame, *(how.name for how in self._columns))
        return frame.select(how.read() for how in self._columns)


def unfitted(
    chosen: Chosen, left: Array, people: People, *, n_unknown: int, person: str | None
) -> ChurnModel:
    """A model without figures, with the reason where there can be none."""
    why = too_few(left)
    if why is None and not chosen.columns:
        why = message("no column is left that could tell who leaves")
    return ChurnModel(
        weights=pl.DataFrame(schema=WEIGHTS),
        quality=quality_row(
            base_rate(left, people) | {"n_unknown": n_unknown, "n_features": len(chosen.columns)}
            | {"is_fitted": False, "why_not": why.in_language("en") if why else None}
        ),
        calibration=pl.DataFrame(schema=CALIBRATION),
        lift=pl.DataFrame(schema=LIFT),
        forward=pl.DataFrame(schema=FORWARD),
        dropped=chosen.dropped,
        read=chosen.told,
        leaks=chosen.leaks,
        overrides=chosen.overrides,
        why_not=why,
        _columns=chosen.columns,
        _person=person,
    )  # fmt: skip


def key_of(read: pl.DataFrame, frame: pl.DataFrame, person: str | None) -> pl.DataFrame:
    """What tells a row of those learned from: its columns and its person."""
    if person is None:
        return read
    require_columns(frame, person)
    return read.with_columns(frame[person].alias("_person"))


def base_rate(left: Array, people: People) -> dict[str, object]:
    """n, n_left, n_people and the base rate with its interval."""
    whole = share_by(np.zeros(left.size, dtype=np.int64), left, left, people)
    if not whole.height:
        return {"n": 0, "n_left": 0, "n_people": 0}
    names = {"observed": "base_rate", "ci_low": "base_low", "ci_high": "base_high"}
    sizes = ("n", "n_left", "n_people")
    return whole.rename(names).select(*sizes, *names.values()).row(0, named=True)


def quality_row(values: dict[str, object]) -> pl.DataFrame:
    return pl.DataFrame([{name: values.get(name) for name in QUALITY}], schema=QUALITY)
