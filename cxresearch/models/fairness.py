"""Are the chances to leave as right for every group, and whom does a list of the riskiest name?

Unit of observation: a case that was foretold without its outcome, in a group of people who share a
protected characteristic. Base: the cases of the group. Groups are held against what was foretold of
them, not against one another.

It cannot say what would be fair: who is named may need help or be bothered.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from cxresearch.errors import DataError, ParameterError, require_columns, require_names
from cxresearch.models.balance import Flags, People
from cxresearch.models.churn_outcome import read_outcome
from cxresearch.models.evaluation import auc_with_interval
from cxresearch.models.evaluation_tables import number_people, share_by
from cxresearch.models.proxies import audit_proxies as audit_proxies
from cxresearch.transforms.cells import RELIABLE_FROM
from cxresearch.transforms.differences import p_value_of, q_values
from cxresearch.transforms.intervals import Array, wilson
from cxresearch.transforms.scales import Table
from cxresearch.transforms.suppress import THRESHOLD, suppress_small_cells

EQUITY = {
    **dict.fromkeys(("attribute", "group"), pl.String),
    **dict.fromkeys(("n", "n_left", "n_people"), pl.Int64),
    **dict.fromkeys(("predicted", "observed", "ci_low", "ci_high"), pl.Float64),
    **dict.fromkeys(("ratio", "ratio_low", "ratio_high", "p_value", "q_value"), pl.Float64),
    **dict.fromkeys(("auc", "auc_low", "auc_high"), pl.Float64),
    **dict.fromkeys(("flagged", "flagged_low", "flagged_high"), pl.Float64),
    **dict.fromkeys(("captured", "captured_low", "captured_high", "lift"), pl.Float64),
    **dict.fromkeys(("lift_low", "lift_high"), pl.Float64),
    **dict.fromkeys(("is_clear", "is_reliable", "is_suppressed"), pl.Boolean),
}
UNKNOWN = "unknown"
_Q = 0.05
_PARTS = 4  # a number of many values is read in so many parts
_FEW_VALUES = 10
_AUC = ("auc", "auc_low", "auc_high")
_OF_LEAVERS = (
    *_AUC,
    *(f"{name}{end}" for name in ("captured", "lift") for end in ("", "_low", "_high")),
)


def audit_equity(
    scored: Table,
    *,
    groups: Sequence[str],
    outcome: str,
    risk: str = "risk",
    person: str | None = None,
    top: float = 0.1,
    hide_below: int = THRESHOLD,
    confidence: float = 0.95,
) -> pl.DataFrame:
    """How right the chances are for each group, and how many of it are among the riskiest.

    Parameters
    ----------
    scored
        What `ChurnModel.augment` returned, with outcome and groups; rows without risk or outcome
        are left out.
    groups
        Columns of protected characteristics. Numbers of more than ten values are read in four parts
        of equally many cases; blanks are the group `unknown`.
    top
        Share of all cases, those of the highest risk, that are called flagged.
    hide_below
        Groups of fewer people, and those by which these could be found, have no figures; groups
        of fewer leavers have none of captured, lift and AUC.

    Returns
    -------
    pl.DataFrame
        A row a group of each attribute: attribute, group, n, n_left, n_people, predicted (mean
        risk), observed (share who left) with ci_low and ci_high, ratio (predicted over observed)
        with ratio_low and ratio_high, p_value and q_value (that predicted is what comes true; over
        all rows), auc with auc_low and auc_high (ranking within the group), flagged (share of the
        group that is flagged), captured (share of those of the group who left that are flagged) and
        lift (captured over flagged), each with low and high, is_clear (q below .05: the chances are
        wrong for this group), is_reliable, is_suppressed.

    Raises
    ------
    DataError
        A column is missing, or nothing is both foretold and known.
    ParameterError
        `groups` names none, or is a text; `top` is no share.

    Examples
    --------
    >>> scored = pl.DataFrame({"left": [1, 0] * 40, "risk": [0.6, 0.4] * 40,
    ...                        "region": ["N"] * 40 + ["S"] * 40})
    >>> audit_equity(scored, groups=["region"], outcome="left").select(
    ...     "group", "n", pl.col("predicted").round(3), "observed").rows()
    [('N', 40, 0.5, 0.5), ('S', 40, 0.5, 0.5)]
    """
    require_names(groups, "groups", least=1)
    if not 0 < top < 1:
        raise ParameterError(f"top={top:g}", allowed="above 0, below 1", next_step="top=0.1")
    require_columns(scored, outcome, risk, *groups, *([person] if person else []))
    frame = scored.lazy().collect()
    frame = frame.with_columns(_left=read_outcome(frame, outcome).cast(pl.Float64))
    frame = frame.filter(pl.col("_left").is_not_null() & pl.col(risk).is_finite())
    if not frame.height:
        raise DataError(
            f"no row has both '{outcome}' and '{risk}'",
            allowed="cases that were foretold and whose outcome is known",
            next_step="scored = model.augment(table)",
        )
    left, risks = (frame[n].cast(pl.Float64).to_numpy() for n in ("_left", risk))
    people = number_people(frame[person] if person else pl.int_range(frame.height, eager=True))
    threshold = np.sort(risks)[::-1][int(np.ceil(top * risks.size - 1e-9)) - 1]
    cases = _Cases(left, risks, people, (risks >= threshold).astype(float))
    parts = [_audit(frame[name], cases, confidence=confidence) for name in groups]
    return _finish(pl.concat(parts), hide_below=hide_below)


class _Cases(NamedTuple):
    left: Array
    risk: Array
    people: People
    flagged: Array

    def where(self, has: Flags) -> "_Cases":
        return _Cases(self.left[has], self.risk[has], self.people[has], self.flagged[has])


def _audit(values: pl.Series, cases: _Cases, *, confidence: float) -> pl.DataFrame:
    """A row a group of one attribute, nothing hidden."""
    names = _name_groups(values)
    levels = sorted(names.unique())
    codes = names.replace_strict({n: k for k, n in enumerate(levels)}, return_dtype=pl.Int64)
    code = codes.to_numpy()
    found = share_by(code, cases.left, cases.risk, cases.people, confidence=confidence)
    gone = cases.where(cases.left > 0)
    aucs = [
        auc_with_interval(part.left, part.risk, part.people, confidence=confidence)
        for part in (cases.where(code == k) for k in range(len(levels)))
    ]
    listed = share_by(code, cases.flagged, cases.risk, cases.people, confidence=confidence)
    caught = share_by(
        code[cases.left > 0], gone.flagged, gone.risk, gone.people, confidence=confidence
    )
    return (
        found.with_columns(
            pl.lit(values.name).alias("attribute"),
            pl.Series("p_value", _p_values(found)),
            *(
                pl.Series(name, ends)
                for name, ends in zip(_AUC, zip(*aucs, strict=True), strict=True)
            ),
        )
        .join(_as(listed, "flagged"), on="group", how="left")
        .join(_as(caught, "captured"), on="group", how="left")
        .with_columns(
            pl.col("group").replace_strict(dict(enumerate(levels)), return_dtype=pl.String)
        )
        .sort("group")
    )


def _as(shares: pl.DataFrame, name: str) -> pl.DataFrame:
    """The observed shares and their ends under another name."""
    ends = {"observed": name, "ci_low": f"{name}_low", "ci_high": f"{name}_high"}
    return shares.select("group", *(pl.col(old).alias(new) for old, new in ends.items()))


def _name_groups(values: pl.Series) -> pl.Series:
    """The group of each case; numbers of many values in four parts, named by their ends."""
    if not values.dtype.is_numeric() or values.drop_nulls().n_unique() <= _FEW_VALUES:
        return values.cast(pl.String).fill_null(UNKNOWN)
    number = values.cast(pl.Float64).fill_nan(None)
    part = (number.rank("average") / number.count() * _PARTS).ceil().clip(1, _PARTS)
    ends = pl.DataFrame({"part": part, "number": number}).with_columns(
        low=pl.col("number").min().over("part"), high=pl.col("number").max().over("part")
    )
    named = pl.format("{}: {}-{}", pl.col("part").cast(pl.Int64), "low", "high")
    return ends.select(named).to_series().fill_null(UNKNOWN)


def _p_values(found: pl.DataFrame) -> Array:
    """How likely so many, or so few, would leave if the chances were right."""
    share, n = found["observed"].to_numpy(), found["n_effective"].to_numpy()

    def limits(z: float | Array) -> tuple[Array, Array]:
        return wilson(share=share, n=n, z=z)

    return p_value_of(limits, tested=found["predicted"].to_numpy())


def _hide_few_leavers(told: pl.DataFrame, *, hide_below: int) -> pl.DataFrame:
    """The same without what rests on the leavers of a group alone, where these are too few."""
    reached = told.select("attribute", "group", n="n_left", estimate="captured")
    is_few = suppress_small_cells(reached, by="group", within="attribute", threshold=hide_below)
    shown = ~is_few["is_suppressed"].fill_null(value=False)
    return told.with_columns(pl.when(shown).then(pl.col(name)).alias(name) for name in _OF_LEAVERS)


def _finish(audited: pl.DataFrame, *, hide_below: int) -> pl.DataFrame:
    """Ratios, small groups hidden, q-values over what is left."""
    predicted, flagged = pl.col("predicted"), pl.col("flagged")
    ratios = {"ratio": "observed", "ratio_low": "ci_high", "ratio_high": "ci_low"}
    lifts = {"lift": "captured", "lift_low": "captured_low", "lift_high": "captured_high"}
    # Where all of a group left, or none, its figure tells of each of them.
    is_alike = pl.col("observed").is_in([0.0, 1.0])
    told = audited.with_columns(
        *(
            pl.when(pl.col(old) > 0).then(predicted / pl.col(old)).alias(new)
            for new, old in ratios.items()
        ),
        *(
            pl.when(flagged > 0).then(pl.col(old) / flagged).alias(new)
            for new, old in lifts.items()
        ),
        is_reliable=pl.col("n_people") >= RELIABLE_FROM,
        estimate=pl.col("observed"),
        n_respondents=pl.when(is_alike).then(1).otherwise("n_people"),
    )
    hidden = suppress_small_cells(told, by="group", within="attribute", threshold=hide_below)
    hidden = _hide_few_leavers(hidden, hide_below=hide_below)
    q = q_values(hidden["p_value"].cast(pl.Float64).fill_null(float("nan")).to_numpy())
    return (
        hidden.with_columns(pl.Series("q_value", q).fill_nan(None))
        .with_columns(is_clear=(pl.col("q_value") < _Q).fill_null(value=False))
        .select(pl.col(name).cast(dtype) for name, dtype in EQUITY.items())
        .with_columns(pl.col(pl.Float64).fill_nan(None))
    )
