"""What was met in a customer's month, and did the customer leave in the months after?

Unit of observation: a customer's month (`models.panel`). A driver is whether a bad experience at a
touchpoint fell into it. Where customers leave by their own rhythm, it is seen only once a silence
is long enough: so many months more are waited for, and how long somebody had not bought when the
month began is adjusted for.

It cannot tell apart two bad experiences at one place in one month, nor see who, by rhythm, left
after a silence longer than is waited for.
"""

from dataclasses import replace
from math import ceil

import numpy as np
import polars as pl

from cxresearch.intake.tables import StudyTables
from cxresearch.models.driver_parts import Parts, Place, nothing, read_attributes
from cxresearch.models.moment_fits import FEW_LEAVERS, FEWEST_LEAVERS, NO_EXPERIENCE, NO_LEAVING
from cxresearch.models.panel import Panel, build_panel
from cxresearch.period import Period
from cxresearch.transforms.leaving import find_leaving
from cxresearch.transforms.people import knows_leaving
from cxresearch.transforms.rhythm import list_purchases

_DAYS_A_MONTH = 365.25 / 12
_RHYTHM_COLUMNS = ("joined_at", "left_at")


def gather_months(
    tables: StudyTables, *, outcome: str, window: Period, horizon_months: int
) -> Parts:
    """Customers' months, the bad experiences of each, and who left after."""
    unit = "share" if outcome == "leaving" else ""
    tables, silence = _by_rhythm(tables, window)
    waited = horizon_months + silence
    panel = build_panel(
        tables, period=window, horizon_months=waited, lookback_months=horizon_months
    )
    used = np.flatnonzero(np.isfinite(panel.leaves))
    if not panel.touchpoints:
        return nothing(NO_EXPERIENCE, unit=unit)
    if panel.n_left is None or tables.customers is None:
        return nothing(NO_LEAVING, unit=unit)
    left = np.unique(panel.customer[used][panel.leaves[used] > 0]).size
    if left < FEWEST_LEAVERS:
        return nothing(FEW_LEAVERS, unit=unit)
    places = {
        name: Place(source, pl.col(f"met:{name}") > 0, worst=1.0, best=0.0, unit="bad")
        for name, source in zip(panel.touchpoints, panel.sources, strict=True)
    }
    ids = tables.customers.select("customer_id").sort("customer_id").collect()["customer_id"]
    columns = {
        "case": np.arange(used.size),
        "person": ids.gather(panel.customer[used]),
        "outcome": panel.leaves[used],
        **_experiences(panel, used),
        "month": pl.Series(panel.month[used]).cast(pl.String),
        **_known_before(panel, used),
    }
    table = pl.DataFrame(columns)
    if silence:
        starts = [window.window(m).start_at for m in range(_months(window) + horizon_months, 0, -1)]
        table = _add_silence(table, tables, starts=pl.Series(starts).gather(panel.month[used]))
    attributes = read_attributes(tables, taken=places)
    table = table.join(
        attributes, left_on="person", right_on="customer_id", how="left", maintain_order="left"
    )
    context = [name for name in table.columns[3:] if name not in places]
    months = len(np.unique(panel.month[used]))
    return Parts(
        table, places, context, unit, share=months / max(_months(window), 1), horizon_months=waited
    )


def _months(window: Period) -> int:
    count = 0
    while window.window(count).start > window.start:
        count += 1
    return count


def _by_rhythm(tables: StudyTables, window: Period) -> tuple[StudyTables, int]:
    """The study with leaving by rhythm where that is how it is known, and the silence it takes.

    The silence is that of the middle leaver, in months begun; 0 where leaving is by contract.
    """
    if tables.study.leaving is None or knows_leaving(tables):
        return tables, 0
    leaving = find_leaving(tables, period=window)
    days = (pl.col("left_at") - pl.col("last_purchase_at")).dt.total_days()
    silence = leaving.filter("is_left").select(days.median()).item()
    customers = leaving.lazy().select("customer_id", "left_at", joined_at="at_risk_from")
    if tables.customers is not None:
        own = tables.customers.drop(_RHYTHM_COLUMNS, strict=False)
        customers = customers.join(own, on="customer_id", how="left", maintain_order="left")
    return replace(tables, customers=customers), ceil((silence or 0) / _DAYS_A_MONTH)


def _add_silence(table: pl.DataFrame, tables: StudyTables, *, starts: pl.Series) -> pl.DataFrame:
    """How long, when the month began, the customer had not bought: the logarithm of the days."""
    if tables.interactions is None:
        return table
    zone = tables.study.timezone
    bought = list_purchases(tables.interactions, timezone=zone).select(
        "at", bought_at="at", person="customer_id"
    )
    dated = table.with_columns(at=starts.dt.convert_time_zone("UTC").cast(pl.Datetime("us", "UTC")))
    last = dated.select("case", "person", "at").sort("at").join_asof(
        bought.collect().sort("at"), on="at", by="person", allow_exact_matches=False,
        check_sortedness=False,
    )  # fmt: skip
    days = (pl.col("at") - pl.col("bought_at")).dt.total_days()
    since = last.select("case", since_purchase=days.fill_null(0).cast(pl.Float64).log1p())
    return table.join(since, on="case", how="left", maintain_order="left")


def _experiences(panel: Panel, used: np.ndarray) -> dict[str, np.ndarray]:
    """Had a bad one (0 or 1), and whether the place was met with or without telling how it went."""
    told = (panel.bad + panel.good + panel.ordinary)[used] > 0
    sides = {"": panel.bad[used] > 0, "met:": told, "unknown:": panel.unknown[used] > 0}
    return {
        f"{kind}{name}": values[:, i].astype(np.float32)
        for kind, values in sides.items()
        for i, name in enumerate(panel.touchpoints)
    }


def _known_before(panel: Panel, used: np.ndarray) -> dict[str, np.ndarray]:
    """What the panel adjusts for, but for attributes and months: those stay as they are read."""
    return {
        name: panel.adjusters[used, i]
        for i, name in enumerate(panel.adjuster_names)
        if not name.startswith(("attribute:", "month:"))
    }
