"""Which sentences does leaving deserve?

The unit is one rate, one group or one link. More leaving than before is bad and less is good, only
beyond chance; a link is adjusted for what else is known and is no cause.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import polars as pl

from cxresearch.actions.churn_sentences import (
    AFTER,
    CHANGE,
    FASTER,
    LEFT,
    LEFT_A_MONTH,
    LINKED,
    LINKED_GROUP,
    UNCHANGED,
)
from cxresearch.actions.findings import make_findings, no_findings
from cxresearch.actions.moment_sentences import name_experience
from cxresearch.actions.sentences import ON_YEAR
from cxresearch.language import Message
from cxresearch.period import Period, parse_period

TOPIC, NOTEBOOK = "churn", "60_churn"

_RANK, _RANK_GROUPS, _RANK_EXPERIENCES, _RANK_LINKS = 70, 333, 335, 341
_LINKS = 6  # links that make findings, the clearest ones

Labels = Mapping[str, Mapping[str, str]]


def find_left(
    rate: pl.DataFrame,
    changes: pl.DataFrame,
    *,
    series: pl.DataFrame | None = None,
    period: Period,
    data_until: datetime,
) -> pl.DataFrame:
    """The share of customers who left, a headline, and its changes.

    Parameters
    ----------
    rate
        As `leaving_rate.measure_leaving`.
    changes
        As `leaving_rate.compare_leaving`; the year before gets a measure of its own.
    series
        As `leaving_rate.track_leaving`: drawn small beside the figure.
    """
    shared: dict[str, Any] = {**_shared(period, data_until), "unit": "rate"}
    levels = rate.filter(~pl.col("is_suppressed"), pl.col("estimate").is_not_null())
    if levels.height and series is not None and series.height > 1:
        line = pl.Series([series["estimate"].to_list()], dtype=pl.List(pl.Float64))
        levels = levels.with_columns(line.alias("series"))
    real = changes.filter(pl.col("polarity") != "neutral").head(1)
    verdict = str(real["polarity"].first() or "neutral")
    texts = LEFT if period.window(1).start == period.start else LEFT_A_MONTH
    before = parse_period(real["against"][0]) if real.height else period.previous()
    level = make_findings(
        levels,
        kind="level",
        measure="left",
        message=Message(texts[verdict], {"now": period, "before": before}),
        is_headline=True,
        rank=_RANK,
        **shared,
    )
    parts = [level]
    for row in changes.rows(named=True):
        is_year = row["against"] != period.previous().label
        text = UNCHANGED if row["polarity"] == "neutral" else CHANGE
        parts.append(
            make_findings(
                changes.filter(pl.col("against") == row["against"]),
                kind="change",
                measure="left" + (ON_YEAR if is_year else ""),
                message=Message(text, {"before": parse_period(row["against"])}),
                rank=_RANK + 5 + is_year,
                **shared,
            )
        )
    return pl.concat(parts)


def find_faster(
    gaps: pl.DataFrame, *, labels: Labels, period: Period, data_until: datetime
) -> pl.DataFrame:
    """Groups that leave faster than another one, beyond chance: described, and neutral.

    Parameters
    ----------
    gaps
        As `durations.curve_by_group(...).gaps`: a row a pair; each is said from the side of the
        faster one.
    labels
        Names of groups by language.
    """
    clear = gaps.filter("is_difference").drop_nulls(["estimate", "ci_low", "ci_high"])
    slower = pl.col("estimate") < 1
    turned = clear.select(
        pl.when(slower).then("against").otherwise("group").alias("segment"),
        pl.when(slower).then("group").otherwise("against").alias("against"),
        pl.when(slower).then("n_against").otherwise("n").alias("n"),
        pl.when(slower).then("n").otherwise("n_against").alias("n_against"),
        pl.when(slower).then(1 / pl.col("estimate")).otherwise("estimate").alias("estimate"),
        pl.when(slower).then(1 / pl.col("ci_high")).otherwise("ci_low").alias("ci_low"),
        pl.when(slower).then(1 / pl.col("ci_low")).otherwise("ci_high").alias("ci_high"),
        "q_value",
    )
    first = turned.sort("estimate", "segment", descending=[True, False]).unique(
        "segment", keep="first", maintain_order=True
    )
    return make_findings(
        first,
        kind="effect",
        measure="leaves_faster",
        unit="deviations",
        message=Message(FASTER),
        labels={"segment": labels, "against": labels},
        rank=_RANK_GROUPS,
        **_shared(period, data_until),
    )


def find_links(
    links: pl.DataFrame,
    *,
    labels: Labels,
    is_experience: bool = False,
    period: Period,
    data_until: datetime,
) -> pl.DataFrame:
    """What is linked to leaving beyond chance, the strongest first.

    Parameters
    ----------
    links
        As `churn_links.list_links`, or `churn_links.links_of_experiences`: then the subject is a
        touchpoint.
    labels
        What each feature, or touchpoint, is called, by language.
    is_experience
        Whether these are bad experiences on record.
    """
    size = pl.col("estimate").log().abs()
    clear = links.filter("is_clear").sort(-size, "feature").head(_LINKS)
    if clear.is_empty():
        return no_findings()
    subject = "touchpoint" if is_experience else "segment"
    rows = clear.with_columns(pl.col("feature").alias(subject))
    if "category" not in rows.columns:
        rows = rows.with_columns(category=pl.lit(None, pl.String))
    parts = [
        make_findings(
            pl.DataFrame([row]).with_columns(pl.lit(polarity).alias("polarity")),
            kind="effect",
            measure="bad_experience_and_leaving" if is_experience else "linked_to_leaving",
            unit="deviations",
            message=_said(row, labels, is_experience=is_experience),
            labels={subject: labels},
            evidence="adjusted",
            rank=(_RANK_EXPERIENCES if is_experience else _RANK_LINKS) + number,
            **_shared(period, data_until),
        )
        for number, row in enumerate(rows.rows(named=True))
        for polarity in (["bad"] if is_experience and row["estimate"] > 1 else ["neutral"])
    ]
    return pl.concat(parts)


def _said(row: Mapping[str, Any], labels: Labels, *, is_experience: bool) -> Message:
    texts = AFTER if is_experience else LINKED if row["category"] is None else LINKED_GROUP
    way = texts["up" if row["estimate"] > 1 else "down"]
    values = {"segment": labels.get(row["feature"], row["feature"])}
    if is_experience:
        return Message(way, values | {"experience": name_experience(row["source"], "penalty")})
    return Message(way, values)


def _shared(period: Period, data_until: datetime) -> dict[str, Any]:
    return {
        "topic": TOPIC,
        "notebook": NOTEBOOK,
        "period": period,
        "data_until": data_until,
    }
