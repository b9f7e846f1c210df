"""Which sentences does the map deserve, held against the journey that is lived?

The unit is one touchpoint nobody drew, one that nobody meets, or the map as a whole. None of it is
good or bad: a map that lags behind is no promise broken. What to do about it is in `actions.plan`.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import polars as pl

from cxresearch.actions.findings import make_findings, no_findings
from cxresearch.language import LANGUAGES, format_value, message
from cxresearch.period import Period
from cxresearch.transforms.drawn import DrawnAgainstLived

TOPIC, NOTEBOOK = "map", "30_promise"

_RANK = 300

Labels = Mapping[str, Mapping[str, str]]


def find_map(
    comparison: DrawnAgainstLived,
    *,
    labels: Labels,
    period: Period,
    data_until: datetime,
    notebook: str = NOTEBOOK,
) -> pl.DataFrame:
    """What the map lacks, what nobody meets, how many journeys follow it, what waits for a review.

    Parameters
    ----------
    comparison
        As `drawn.compare_drawn` returns it.
    labels
        Names of touchpoints by language; one that is not drawn is called by its id.
    """
    shared: dict[str, Any] = {
        "topic": TOPIC,
        "notebook": notebook,
        "period": period,
        "data_until": data_until,
        "labels": {"touchpoint": labels},
    }
    undrawn = make_findings(
        comparison.undrawn.with_columns(
            pl.col("n_customers").cast(pl.Float64).alias("estimate"),
            pl.col("first_at").dt.convert_time_zone(period.timezone),
        ),
        measure="undrawn",
        kind="count",
        unit="count",
        message=message(
            "{touchpoint}: met by {n_customers:count} customers, and not on the map "
            "({n:count} contacts, the first on {first_at:day}).",
        ),
        rank=_RANK,
        **shared,
    )
    nobody = pl.lit(0.0).alias("estimate"), pl.lit(0, pl.Int64).alias("n")
    never_met = make_findings(
        comparison.never_met.with_columns(nobody),
        measure="never_met",
        kind="count",
        unit="count",
        message=message("{touchpoint}: on the map, and nobody is known to have met it."),
        rank=_RANK + 10,
        **shared,
    )
    fit = make_findings(
        comparison.fit.filter(of="journeys", rule="fits").with_columns(estimate="share", n="base"),
        measure="fits_map",
        kind="level",
        unit="share",
        message=message(
            "{estimate:share} of journeys follow the map: nothing off it and no step back "
            "({ci_low:share} to {ci_high:share}, {n:count} journeys)."
        ),
        rank=_RANK + 20,
        **shared,
    )
    return pl.concat([undrawn, never_met, fit, _unreviewed(comparison, labels, shared)])


def _unreviewed(
    comparison: DrawnAgainstLived, labels: Labels, shared: Mapping[str, Any]
) -> pl.DataFrame:
    late = comparison.unreviewed
    if late.is_empty():
        return no_findings()
    written = {
        language: format_value(
            [labels[id_][language] for id_ in late["touchpoint"]], "list", language
        )
        for language in LANGUAGES
    }
    return make_findings(
        pl.DataFrame({"estimate": [float(late.height)], "n": [late.height]}),
        measure="unreviewed",
        kind="count",
        unit="count",
        message=message(
            "Touchpoints whose entry nobody has reviewed lately: {n:count} ({names}).",
            names=written,
        ),
        rank=_RANK + 30,
        **shared,
    )
