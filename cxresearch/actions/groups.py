"""Which sentences do touchpoints and kinds of customer deserve?

The unit is one group of answers to one question, as `transforms.groups` scores it. A level is
neither good nor bad, but for the lowest touchpoint where touchpoints differ by more than chance and
no other comes near it; a change is good or bad only where it is more than chance.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import polars as pl

from cxresearch.actions.findings import make_findings, no_findings
from cxresearch.actions.scores import NOTEBOOK, TOPIC, unit_of
from cxresearch.actions.sentences import GROUP_CHANGES, GROUPS, LOWEST, measure_id
from cxresearch.language import Message
from cxresearch.period import Period
from cxresearch.transforms.question_scores import ALPHA
from cxresearch.transforms.questions import TOUCHPOINT, WHOLE
from cxresearch.transforms.ranking import chance_of_equals, lowest_tier


def find_groups(
    groups: pl.DataFrame,
    *,
    subject: str,
    period: Period,
    data_until: datetime,
    labels: Mapping[str, Mapping[str, str]] | None = None,
) -> pl.DataFrame:
    """One finding a group: its level, and that it changed where it did.

    Parameters
    ----------
    groups
        As `groups.score_groups` returns it, its column of groups called `subject`.
    subject
        `touchpoint` or `segment`.
    labels
        Names of the groups by language.
    """
    if groups.is_empty():
        return no_findings()
    measure = groups["metric"][0]
    unit = unit_of(measure)
    # Who is asked about a touchpoint is asked another question than who is asked about the whole.
    about = TOUCHPOINT if subject == "touchpoint" else WHOLE
    shared: dict[str, Any] = {
        "topic": TOPIC,
        "notebook": NOTEBOOK,
        "measure": measure_id(voice="customer", measure=measure, about=about),
        "unit": unit,
        "period": period,
        "data_until": data_until,
        "labels": {subject: labels or {}},
    }
    lowest = _lowest(groups, subject=subject)
    levels = make_findings(
        groups.drop("polarity").filter(~pl.col(subject).is_in(lowest[subject].implode())),
        kind="level",
        message=Message(GROUPS[subject, unit]),
        rank=1000,
        **shared,
    )
    # A change, with the level before, would tell a level that is hidden.
    changed = groups.filter("is_change", pl.col("estimate").is_not_null())
    changed = changed.sort(pl.col("change").abs(), descending=True, maintain_order=True).select(
        subject, "n", "is_reliable", "polarity", "q_value",
        pl.col("change").alias("estimate"),
        pl.col("change_low").alias("ci_low"),
        pl.col("change_high").alias("ci_high"),
    )  # fmt: skip
    changes = make_findings(
        changed,
        kind="change",
        message=Message(GROUP_CHANGES[subject, unit], {"before": period.previous()}),
        rank=900,
        **shared,
    )
    if lowest.is_empty():
        return pl.concat([levels, changes])
    worst = make_findings(
        lowest,
        kind="level",
        message=Message(LOWEST[unit], {"of": groups.height}),
        polarity="bad",
        rank=890,
        **shared,
    )
    return pl.concat([worst, levels, changes])


def _lowest(groups: pl.DataFrame, *, subject: str) -> pl.DataFrame:
    """The lowest touchpoint, where touchpoints differ and no other comes near it; else no row."""
    shown = groups.filter(pl.col("estimate").is_not_null(), "is_reliable").drop("polarity")
    tier = lowest_tier(shown)
    is_one = subject == "touchpoint" and tier.height == 1 < shown.height
    return tier.head(1 if is_one and chance_of_equals(shown) <= ALPHA else 0)
