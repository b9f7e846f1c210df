"""Which sentences do the lived paths deserve?

The unit is one touchpoint: what follows it, or that it was the last before leaving. All of it is
described. Only a last contact that is more frequent among those who left, beyond chance, is called
bad.
"""

from datetime import datetime
from typing import Any

import polars as pl

from cxresearch.actions.findings import make_findings, no_findings
from cxresearch.actions.path_titles import Labels, common_steps, name_of, worse_than_chance
from cxresearch.language import message
from cxresearch.period import Period

TOPIC, NOTEBOOK = "paths", "20_journey"
_FOUND = 3  # so many steps make findings
_RANK = 400


def find_drop_off(
    drop_off: pl.DataFrame, *, labels: Labels, period: Period, data_until: datetime
) -> pl.DataFrame:
    """One finding a touchpoint that is more often the last before leaving, beyond chance.

    The first of them is a headline.

    Parameters
    ----------
    drop_off
        As `journey.measure_drop_off` returns it.
    labels
        Names of touchpoints by language.
    """
    if drop_off.is_empty():
        return no_findings()
    rows = worse_than_chance(drop_off).select(
        "touchpoint", "n", "share", "share_stayed", "ci_low", "ci_high", "q_value", "polarity",
        pl.col("difference").alias("estimate"),
        pl.lit("customers who left, with a contact before").alias("base"),
    )  # fmt: skip
    found = _find(
        rows,
        measure="drop_off",
        kind="effect",
        message=message(
            "{touchpoint}: the last contact of {share:share} of those who left and of "
            "{share_stayed:share} of those who stayed ({estimate:gap} percentage points, "
            "{ci_low:gap} to {ci_high:gap})."
        ),
        rank=_RANK,
        labels=labels,
        period=period,
        data_until=data_until,
    )
    position = pl.int_range(pl.len(), dtype=pl.Int64)
    return found.with_columns((position == 0).alias("is_headline"), pl.col("rank") + position)


def find_steps(
    transitions: pl.DataFrame, *, labels: Labels, period: Period, data_until: datetime
) -> pl.DataFrame:
    """One finding for each of the three commonest steps from one touchpoint to another.

    Parameters
    ----------
    transitions
        As `journey.count_transitions` returns it.
    labels
        Names of touchpoints by language.
    """
    moved = common_steps(transitions).filter(pl.col("from_touchpoint") != pl.col("to_touchpoint"))
    parts = [
        _find(
            moved[number].select(
                pl.col("from_touchpoint").alias("touchpoint"),
                "share",
                "ci_low",
                "ci_high",
                pl.col("share").alias("estimate"),
                pl.col("base").alias("n"),
                pl.lit("all who leave it, the end of the journey included").alias("base"),
            ),
            measure=f"next_{moved['to_touchpoint'][number]}",
            kind="level",
            message=message(
                "{touchpoint}: after {estimate:share} of contacts the next is: {next} "
                "({ci_low:share} to {ci_high:share}).",
                next=name_of(moved["to_touchpoint"][number], labels),
            ),
            rank=_RANK + 20 + number,
            labels=labels,
            period=period,
            data_until=data_until,
        )
        for number in range(min(_FOUND, moved.height))
    ]
    return pl.concat(parts) if parts else no_findings()


def _find(table: pl.DataFrame, *, labels: Labels, **given: Any) -> pl.DataFrame:
    return make_findings(
        table.with_columns(pl.col("touchpoint").cast(pl.String)),
        topic=TOPIC,
        notebook=NOTEBOOK,
        unit="share",
        labels={"touchpoint": labels},
        **given,
    )
