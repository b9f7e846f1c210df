"""Is every group foretold rightly, and does what is used hint at what must not be?

The unit is one group of people who share a protected characteristic. Nobody is compared with
another group here but with what was foretold of their own.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import polars as pl

from cxresearch.actions.churn import NOTEBOOK, TOPIC
from cxresearch.actions.findings import make_findings
from cxresearch.language import LANGUAGES, Message, in_every_language, mark, message
from cxresearch.models.churn_model import ChurnModel
from cxresearch.models.fairness import EQUITY, audit_equity
from cxresearch.models.proxies import PROXIES, audit_proxies
from cxresearch.period import Period

_RANK_UNFAIR = 335
_BY_PLACE = ("bad_", "good_")
_UNFAIR = mark(
    "{segment}: {predicted:share1} foretold to leave, {observed:share1} left ({low:share1} to "
    "{high:share1}, {n:count} cases)."
)

Labels = Mapping[str, Mapping[str, str]]


def audit_groups(
    model: ChurnModel, cases: pl.DataFrame, protected: pl.DataFrame, *, hide_below: int
) -> pl.DataFrame:
    """What was foretold and what came, for each group that shares a protected characteristic.

    Parameters
    ----------
    model
        Fitted on `cases`; without a model there are no rows.
    cases
        customer_id, leaves_within and the features.
    protected
        As `features.read_protected` gives it; without a characteristic there are no rows.

    Returns
    -------
    pl.DataFrame
        As `fairness.audit_equity`.
    """
    groups = [name for name in protected.columns if name != "customer_id"]
    if model.why_not is not None or not groups or cases.is_empty():
        return pl.DataFrame(schema=EQUITY)
    scored = model.augment(cases).join(protected, on="customer_id", how="left")
    return audit_equity(
        scored, groups=groups, outcome="leaves_within", person="customer_id", hide_below=hide_below
    )


def audit_hints(
    model: ChurnModel, cases: pl.DataFrame, protected: pl.DataFrame, *, most: int = 1_200
) -> pl.DataFrame:
    """How well the features of the model tell each protected characteristic.

    Parameters
    ----------
    model, cases, protected
        As `audit_groups`; one case a customer is looked at, the latest. Counts of experiences at
        single touchpoints are left out: they are many, and tell of places and not of people.
    most
        At most so many customers.

    Returns
    -------
    pl.DataFrame
        As `proxies.audit_proxies`.
    """
    groups = [name for name in protected.columns if name != "customer_id"]
    if model.why_not is not None or not groups or cases.is_empty():
        return pl.DataFrame(schema=PROXIES)
    used = [how for how in model.read["column"] if how in cases.columns]
    features = [name for name in used if not name.startswith(_BY_PLACE)]
    latest = cases.sort("month").unique("customer_id", keep="last", maintain_order=True)
    table = latest.sort("customer_id").head(most).join(protected, on="customer_id", how="left")
    kept = [name for name in groups if name not in features]
    return audit_proxies(table, protected=kept, features=features)


def rows_of_groups(audited: pl.DataFrame) -> pl.DataFrame:
    """What is drawn: what came as dots, what was foretold as marks.

    Returns
    -------
    pl.DataFrame
        row (attribute and group), n, n_left, estimate, ci_low, ci_high, target, polarity, and of
        the riskiest tenth: flagged, captured and lift, each with its ends (`fairness`).
    """
    is_wrong = pl.when("is_clear").then(pl.lit("bad")).otherwise(pl.lit("neutral"))
    return audited.select(
        pl.concat_str("attribute", pl.lit("="), "group").alias("row"),
        "n", "n_left",
        pl.col("observed").alias("estimate"),
        "ci_low", "ci_high",
        pl.col("predicted").alias("target"),
        "flagged", "flagged_low", "flagged_high",
        "captured", "captured_low", "captured_high",
        "lift", "lift_low", "lift_high",
        is_wrong.alias("polarity"),
    )  # fmt: skip


def name_groups(audited: pl.DataFrame, *, labels: Labels) -> dict[str, dict[str, str]]:
    """What each group is called, by language: the attribute, then the group."""
    unknown = in_every_language({"unknown": mark("not known")})
    named: dict[str, dict[str, str]] = {}
    for attribute, group in audited.select("attribute", "group").rows():
        text = message("{attribute}: {group}", attribute=labels.get(attribute, attribute),
                       group=unknown.get(group, group))  # fmt: skip
        named[f"{attribute}={group}"] = {
            language: text.in_language(language) for language in LANGUAGES
        }
    return named


def find_unfair(
    audited: pl.DataFrame, *, labels: Labels, period: Period, data_until: datetime
) -> pl.DataFrame:
    """Groups of which more, or fewer, left than was foretold, beyond chance.

    Parameters
    ----------
    audited
        As `audit_groups` returns it.
    labels
        As `name_groups` gives them.
    """
    wrong = audited.filter("is_clear", ~pl.col("is_suppressed"))
    rows = wrong.with_columns(
        pl.concat_str("attribute", pl.lit("="), "group").alias("segment"),
        (pl.col("observed") - pl.col("predicted")).alias("estimate"),
        pl.col("ci_low").alias("low"),
        pl.col("ci_high").alias("high"),
        (pl.col("ci_low") - pl.col("predicted")).alias("ci_low"),
        (pl.col("ci_high") - pl.col("predicted")).alias("ci_high"),
    )
    return make_findings(
        rows,
        topic=TOPIC,
        notebook=NOTEBOOK,
        kind="gap",
        measure="foretold_wrongly",
        unit="rate",
        message=Message(_UNFAIR),
        labels={"segment": labels},
        polarity="bad",
        rank=_RANK_UNFAIR,
        period=period,
        data_until=data_until,
    )


def title_of_groups_foretold(audited: pl.DataFrame, *, labels: Labels) -> Message:
    """Whether any group is foretold wrongly beyond chance."""
    known = audited.drop_nulls("observed")
    if known.is_empty():
        return message("No protected characteristic is known, or nothing is foretold")
    wrong = known.filter("is_clear")
    if wrong.is_empty():
        return message("No group of {n:count} is foretold wrongly beyond chance", n=known.height)
    keys = wrong.select(pl.concat_str("attribute", pl.lit("="), "group")).to_series()
    names = [labels.get(key, dict.fromkeys(LANGUAGES, key)) for key in keys.head(3)]
    return message("Foretold wrongly beyond chance: {names:list}", names=names)


def title_of_flagged(audited: pl.DataFrame) -> Message:
    """How much of each group the riskiest tenth of all names."""
    known = audited.drop_nulls("flagged")["flagged"]
    if known.is_empty():
        return message("Nobody is foretold, so no group is named")
    return message(
        "The riskiest tenth of all names {low:share} to {high:share} of each group",
        low=known.min(),
        high=known.max(),
    )


def note_on_protected(
    model: ChurnModel, hints: pl.DataFrame, *, protected: Sequence[str], labels: Labels,
    features: Labels,
) -> Message:  # fmt: skip
    """What was kept out, what was let in all the same, and what hints at it.

    Parameters
    ----------
    hints
        As `audit_hints` returns it.
    protected
        Names of the protected columns.
    labels, features
        Names of attributes and of features by language.
    """
    if model.overrides.height:
        names = [labels.get(name, name) for name in model.overrides["column"]]
        return message("Protected columns that were let into the model on purpose: {names:list}. "
                       "The log of the run says so too.", names=names)  # fmt: skip
    if not protected:
        return message("The study declares no protected characteristic: nothing can be checked, "
                       "and nothing named like one is used.")  # fmt: skip
    kept = [labels.get(name, name) for name in protected]
    clear = hints.filter("is_clear", measure="auc").sort("estimate", descending=True)
    if clear.is_empty():
        return message("Never used to foretell: {kept:list}. What is used does not give them away "
                       "beyond chance, single touchpoints left out.", kept=kept)  # fmt: skip
    row: dict[str, Any] = clear.row(0, named=True)
    strongest = row["strongest"]
    return message(
        "Never used to foretell: {kept:list}. What is used still hints at them: {attribute} "
        "({group}) is told right in {auc:share} of pairs ({low:share} to {high:share}), most by: "
        "{strongest}.",
        kept=kept,
        attribute=labels.get(row["protected"], row["protected"]),
        group=row["value"],
        auc=row["estimate"],
        low=row["ci_low"],
        high=row["ci_high"],
        strongest=features.get(strongest, strongest) if strongest else "–",
    )


def note_on_leaks(model: ChurnModel, *, features: Labels) -> Message:
    """Columns that may have been written after the leaving; one that repeats another is none."""
    if not model.glance()["n_left"].item():
        return message(
            "Nobody is seen leaving: whether a column was written afterwards cannot be asked."
        )
    left_out = model.dropped.filter(pl.col("reason") == "leak")["column"].to_list()
    suspected = model.leaks.filter(pl.col("reason") != "duplicate_of")["column"]
    named = sorted({*left_out, *suspected.drop_nulls().to_list()})
    if not named:
        return message("No column looks as if it had been written after the leaving.")
    return message(
        "Possible leaks, columns that tell too well who left: {names:list}. Ask when they are "
        "written.",
        names=[features.get(name, name) for name in named],
    )
