"""Which columns may a model of leaving learn from, and why not the others?

Unit of observation: a column. Protected characteristics never enter, by role or by name, unless
somebody lets one in by its name, which is kept with the result. Columns that may have been written
after the outcome are left out and named.

It cannot know that a harmless name hides a protected characteristic (`fairness.audit_proxies`).
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from cxresearch.errors import CxWarning, ParameterError, require_columns, require_names
from cxresearch.models.leaks import find_leaks
from cxresearch.models.plain_columns import NOT_LEARNED, PlainColumn, read_columns, tell_read
from cxresearch.study import is_protected_name

PROTECTED, LEAK, ALLOWED = "protected", "leak", "allowed"


@dataclass(frozen=True)
class Chosen:
    """What a model may learn from.

    Attributes
    ----------
    read
        The columns as numbers and text.
    columns
        How each is read.
    dropped
        column, reason, detail: those that do not enter.
    told
        column, kind, read_from, n_missing: those that do.
    leaks
        From `find_leaks`; is_excluded is whether the column was left out here.
    overrides
        column, reason: protected columns that were let in.
    """

    read: pl.DataFrame
    columns: list[PlainColumn]
    dropped: pl.DataFrame
    told: pl.DataFrame
    leaks: pl.DataFrame
    overrides: pl.DataFrame


def choose_columns(
    known: pl.DataFrame,
    *,
    outcome: str,
    features: Sequence[str] | pl.DataFrame | None,
    person: str | None,
    beside: Sequence[str],
    protected: Sequence[str],
    allow_protected: Sequence[str],
    random_state: int,
) -> Chosen:
    """The columns to learn from.

    Parameters
    ----------
    known
        Rows whose outcome is known.
    features
        Columns to learn from; None: all that are no leak. A leak that is named here stays, with a
        warning; of a list of features (a table with a column `feature`) it is left out.
    beside
        Columns that are no features: person and time.
    protected, allow_protected
        Protected columns beyond those whose name says so; those that are let in all the same.

    Warns
    -----
    CxWarning
        A leak was left out or kept, or a protected column was let in.
    """
    is_named = features is not None and not isinstance(features, pl.DataFrame)
    if isinstance(features, pl.DataFrame):
        require_columns(features, "feature")
        features = features["feature"].to_list()
    require_names(features, "features", least=1)
    require_names(protected, "protected")
    require_names(allow_protected, "allow_protected")
    require_columns(known, outcome, *(features or ()), *beside, *protected)
    names = [
        n for n in (known.columns if features is None else features) if n not in {outcome, *beside}
    ]
    if strangers := [name for name in allow_protected if name not in names]:
        raise ParameterError(
            f"allow_protected='{strangers[0]}' is not among the features",
            allowed=", ".join(names) or "no feature",
            next_step="spell it as the table does, or leave it out",
        )
    barred = [n for n in names if n in protected or is_protected_name(n)]
    let_in = [n for n in barred if n in allow_protected]
    barred = [n for n in barred if n not in let_in]
    names = list(dict.fromkeys(n for n in names if n not in barred))
    leaks = find_leaks(
        known.select(outcome, *([person] if person else []), *names),
        outcome=outcome,
        person=person,
        random_state=random_state,
    )
    leaking = leaks.filter("is_excluded")["column"].to_list()
    _warn(leaks.filter("is_excluded"), let_in, outcome=outcome, is_named=is_named)
    out = [] if is_named else leaking
    read, columns, dropped = read_columns(known, [n for n in names if n not in out])
    others = [
        *({"column": n, "reason": PROTECTED, "detail": _by(n, protected)} for n in barred),
        *({"column": n, "reason": LEAK, "detail": r} for n, r in _reasons(leaks, out)),
    ]
    return Chosen(
        # By name: the order of a table's columns changes no figure.
        read=read.select(sorted(read.columns)),
        columns=sorted(columns, key=lambda how: how.name),
        dropped=pl.concat([pl.DataFrame(others, schema=NOT_LEARNED), dropped]),
        told=tell_read(read, columns),
        leaks=leaks.with_columns(pl.col("is_excluded") & pl.lit(not is_named)),
        overrides=pl.DataFrame(
            {"column": let_in, "reason": [ALLOWED] * len(let_in)},
            schema={"column": pl.String, "reason": pl.String},
        ),
    )


def _by(name: str, protected: Sequence[str]) -> str:
    return "declared" if name in protected else "by its name"


def _reasons(leaks: pl.DataFrame, names: Sequence[str]) -> list[tuple[str, str]]:
    found = leaks.filter(pl.col("column").is_in(names), "is_excluded")
    return list(found.select("column", "reason").iter_rows())


def _warn(leaks: pl.DataFrame, let_in: Sequence[str], *, outcome: str, is_named: bool) -> None:
    told = ", ".join(
        f"'{name}' (AUC {auc:.2f} alone, n {n:,})"
        for name, auc, n in leaks.select("column", "auc", "n").iter_rows()
    )
    if told and is_named:
        warnings.warn(
            f"possible leaks among the features you named: {told}. What the model foretells may be "
            "what was written afterwards; leave them out of features=[...]",
            CxWarning,
            stacklevel=4,
        )
    elif told:
        warnings.warn(
            f"left out as possible leaks: {told}. If a column was known beforehand, name all "
            "columns to learn from: features=[...]",
            CxWarning,
            stacklevel=4,
        )
    if let_in:
        warnings.warn(
            f"protected columns enter the model because allow_protected names them: "
            f"{', '.join(let_in)}. It is kept in .overrides; hold the result against "
            f"cx.audit_equity(model.augment(table), groups={list(let_in)}, outcome={outcome!r})",
            CxWarning,
            stacklevel=4,
        )
