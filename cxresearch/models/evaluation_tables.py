"""How far is what was foretold from what came, and how much richer in leavers is the top?

Unit of observation: a case with a known outcome (1 = left) and a risk foretold without it; a row of
a table is a bin of them. Base: all cases with both. Cases of one person are one cluster.

It cannot say which cases are wrong, only how many of each bin.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from cxresearch.errors import DataError, ParameterError
from cxresearch.models.balance import People
from cxresearch.transforms.intervals import Array, effective_n, normal_quantile, wilson

SHARES = {
    "group": pl.Int64,
    "risk_low": pl.Float64,
    "risk_high": pl.Float64,
    **dict.fromkeys(("n", "n_left", "n_people"), pl.Int64),
    **dict.fromkeys(("predicted", "observed", "ci_low", "ci_high"), pl.Float64),
    "is_within": pl.Boolean,
}
LIFT = {
    "share": pl.Float64,
    **dict.fromkeys(("n", "n_left", "n_people"), pl.Int64),
    **dict.fromkeys(("rate", "captured", "lift", "ci_low", "ci_high"), pl.Float64),
}
TOTALS = {
    **dict.fromkeys(("n", "n_left", "n_people"), pl.Int64),
    **dict.fromkeys(("predicted", "observed", "ratio", "ci_low", "ci_high"), pl.Float64),
}
N_BINS = 10
PER_BIN = 30
"""Cases a bin of risk holds at least; fewer bins where there are not so many."""
TOPS = (0.01, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0)
"""Shares of the cases, those of the highest risk, of which lift is told."""


def tabulate_calibration(
    outcome: ArrayLike,
    risk: ArrayLike,
    *,
    person: ArrayLike | None = None,
    confidence: float = 0.95,
) -> pl.DataFrame:
    """Foretold against observed share, in bins of equally many cases.

    Ten bins, fewer where one would hold fewer than 30 cases; cases of the same risk lie in the same
    bin.

    Returns
    -------
    pl.DataFrame
        A row a bin, the lowest risk first: bin (1, ...), risk_low, risk_high, n, n_left, n_people,
        predicted (mean risk), observed (share who left), ci_low, ci_high (Wilson, people as
        clusters), is_within (the interval holds what was foretold).

    Examples
    --------
    >>> tabulate_calibration([0, 0, 0, 1], [0.1, 0.1, 0.2, 0.6]).select(
    ...     "n", "n_left", "predicted", "observed").row(0)
    (4, 1, 0.25, 0.25)
    """
    left, risks, people = known_cases(outcome, risk, person)
    return share_by(_bins(risks), left, risks, people, confidence=confidence).select(
        (pl.col("group") + 1).alias("bin"), *list(SHARES)[1:]
    )


def _bins(risk: Array) -> People:
    from scipy.stats import rankdata

    count = int(np.clip(risk.size // PER_BIN, 1, N_BINS))
    place = (rankdata(risk) - 0.5) / max(risk.size, 1)
    taken = np.minimum((place * count).astype(np.int64), count - 1)
    return np.unique(taken, return_inverse=True)[1].astype(np.int64)


def tabulate_lift(
    outcome: ArrayLike,
    risk: ArrayLike,
    *,
    person: ArrayLike | None = None,
    shares: Sequence[float] = TOPS,
    confidence: float = 0.95,
) -> pl.DataFrame:
    """How many times more leavers than on average are among the cases of the highest risk.

    Returns
    -------
    pl.DataFrame
        A row a share: share (0-1), n (cases at least as risky as the last of them: more than the
        share where risks are equal), n_left, n_people, rate (of them who left), captured (share of
        all who left that are among them), lift (rate over the base rate), ci_low, ci_high. Null
        where nobody left.

    Raises
    ------
    ParameterError
        A share is not above 0 and at most 1.

    Notes
    -----
    The share of cases is fixed, so that lift is `captured` over it: the interval is Wilson's of
    `captured`, on the people who left.

    Examples
    --------
    >>> tabulate_lift([1, 1, 0, 0], [0.9, 0.8, 0.2, 0.1], shares=[0.5]).select(
    ...     "n", "n_left", "rate", "captured", "lift").row(0)
    (2, 2, 1.0, 1.0, 2.0)
    """
    if wrong := [share for share in shares if not 0 < share <= 1]:
        raise ParameterError(f"share {wrong[0]:g}", allowed="above 0, at most 1")
    left, risks, people = known_cases(outcome, risk, person)
    total, z = int(left.sum()), normal_quantile(confidence)
    n_leavers = float(np.unique(people[left > 0]).size)
    ordered = np.sort(risks)[::-1]
    rows = []
    for share in shares if left.size else ():
        is_top = risks >= ordered[int(np.ceil(share * left.size - 1e-9)) - 1]
        n, hits = int(is_top.sum()), int(left[is_top].sum())
        row = {"share": share, "n": n, "n_left": hits, "n_people": np.unique(people[is_top]).size}
        if total:
            captured, part = hits / total, n / left.size
            low, high = wilson(share=np.array([captured]), n=np.array([n_leavers]), z=z)
            row |= {"rate": hits / n, "captured": captured, "lift": captured / part}
            row |= {"ci_low": float(low[0]) / part, "ci_high": float(high[0]) / part}
        rows.append(row)
    return pl.DataFrame(rows, schema=LIFT)


def compare_totals(
    outcome: ArrayLike,
    risk: ArrayLike,
    *,
    person: ArrayLike | None = None,
    confidence: float = 0.95,
) -> pl.DataFrame:
    """How many were foretold to leave for each who did.

    Returns
    -------
    pl.DataFrame
        One row: n, n_left, n_people, predicted (mean risk), observed (share who left), ratio
        (predicted over observed), ci_low, ci_high (of the ratio, from Wilson's interval of
        observed, people as clusters). ratio and ci_high are null where nobody left.

    Examples
    --------
    >>> compare_totals([1, 0, 0, 0], [0.4, 0.2, 0.2, 0.2])["ratio"].item()
    1.0
    """
    left, risks, people = known_cases(outcome, risk, person)
    everybody = np.zeros(left.size, dtype=np.int64)
    whole = share_by(everybody, left, risks, people, confidence=confidence)
    return with_ratio(whole).select(list(TOTALS)) if whole.height else pl.DataFrame(schema=TOTALS)


def with_ratio(shares: pl.DataFrame) -> pl.DataFrame:
    """`share_by` with ratio (predicted over observed); ci_low and ci_high are then its own."""
    foretold = pl.col("predicted")
    ratio = {"ratio": "observed", "ci_low": "ci_high", "ci_high": "ci_low"}
    return shares.with_columns(
        pl.when(pl.col(name) > 0).then(foretold / pl.col(name)).alias(made)
        for made, name in ratio.items()
    )


def share_by(
    group: People, left: Array, risk: Array, people: People, *, confidence: float = 0.95
) -> pl.DataFrame:
    """What was foretold and what came, a row a group (0, 1, ...): `SHARES` and n_effective.

    The interval is Wilson's on n_effective, the independent cases that would tell as much.
    """
    if not left.size:
        return pl.DataFrame(schema=SHARES)
    cases = pl.DataFrame({"group": group, "left": left, "risk": risk, "person": people})
    cases = cases.sort("group", "risk", "left")  # sums are the same to the last digit
    found = cases.group_by("group", maintain_order=True).agg(
        pl.col("risk").min().alias("risk_low"),
        pl.col("risk").max().alias("risk_high"),
        pl.len().cast(pl.Int64).alias("n"),
        pl.col("left").sum().cast(pl.Int64).alias("n_left"),
        pl.col("person").n_unique().cast(pl.Int64).alias("n_people"),
        pl.col("risk").mean().alias("predicted"),
        pl.col("left").mean().alias("observed"),
    )
    sums = cases.group_by("group", "person").agg(
        pl.col("left").sum().alias("t"), pl.len().alias("w")
    )
    sums = sums.join(found.select("group", "observed"), on="group").sort("group", "t", "w")
    within = sums.group_by("group", maintain_order=True).agg(
        ((pl.col("t") - pl.col("w") * pl.col("observed")) ** 2).sum().alias("deviations"),
        (pl.col("w").cast(pl.Float64) ** 2).sum().alias("squares"),
    )  # fmt: skip
    found = found.join(within, on="group").sort("group")
    worth = _worth(found)
    low, high = wilson(share=found["observed"].to_numpy(), n=worth, z=normal_quantile(confidence))
    ends = {"ci_low": low, "ci_high": high, "n_effective": worth}
    return found.with_columns(pl.Series(name, values) for name, values in ends.items()).select(
        *list(SHARES)[:-1],
        pl.col("predicted").is_between("ci_low", "ci_high").alias("is_within"),
        "n_effective",
    )


def _worth(found: pl.DataFrame) -> Array:
    """Independent cases that would tell as much as those of each group."""
    names = ("n", "n_people", "observed", "deviations", "squares")
    n, people, share, deviations, squares = (
        found[name].cast(pl.Float64).to_numpy() for name in names
    )
    spread = share * (1 - share)
    with np.errstate(invalid="ignore", divide="ignore"):
        clustering = deviations / (n * spread) * people / (people - 1)
    return effective_n(
        n=n,
        weights_effect=np.ones_like(n),
        clustering=clustering,
        repetition=squares / n,
        information=(people - 1) * 4 * spread,
    )


def known_cases(
    outcome: ArrayLike, score: ArrayLike, person: ArrayLike | None
) -> tuple[Array, Array, People]:
    """Outcome (0 or 1), score and a number a person, of the cases that have both."""
    left, scores = (_column(values).cast(pl.Float64, strict=False) for values in (outcome, score))
    names = pl.int_range(left.len(), eager=True) if person is None else _column(person)
    if not left.len() == scores.len() == names.len():
        raise DataError(
            f"{left.len()} outcomes, {scores.len()} scores, {names.len()} people",
            allowed="one of each a case",
        )
    has = (left.is_finite() & scores.is_finite()).fill_null(value=False)
    if wrong := sorted(set(left.filter(has)) - {0.0, 1.0}):
        raise DataError(
            f"outcome {wrong[0]:g}", allowed="1 or true for who left, 0 or false for who stayed"
        )
    return (
        left.filter(has).to_numpy(),
        scores.filter(has).to_numpy(),
        number_people(names.filter(has)),
    )


def _column(values: Any) -> pl.Series:
    return values if isinstance(values, pl.Series) else pl.Series("", values)


def number_people(names: pl.Series) -> People:
    """A number from 0 a person; who has no id stands alone."""
    alone = pl.int_range(names.len(), eager=True).cast(pl.String)
    named = ("p" + names.cast(pl.String)).fill_null("-" + alone)
    return np.asarray(named.rank("dense").cast(pl.Int64).to_numpy() - 1, dtype=np.int64)
