"""What was met in a customer's month, and did the customer leave in the months after?

Unit of observation: a customer's month (`models.panel`). A driver is whether a bad experience at a
touchpoint fell into it.

It cannot tell apart two bad experiences at one place in one month.
"""

import numpy as np
import polars as pl

from cxresearch.intake.tables import StudyTables
from cxresearch.models.driver_parts import Parts, Place, nothing, read_attributes
from cxresearch.models.moment_fits import FEW_LEAVERS, FEWEST_LEAVERS, NO_EXPERIENCE, NO_LEAVING
from cxresearch.models.panel import Panel, build_panel
from cxresearch.period import Period


def gather_months(
    tables: StudyTables, *, outcome: str, window: Period, horizon_months: int
) -> Parts:
    """Customers' months, the bad experiences of each, and who left after."""
    unit = "share" if outcome == "leaving" else ""
    panel = build_panel(
        tables, period=window, horizon_months=horizon_months, lookback_months=horizon_months
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
    attributes = read_attributes(tables, taken=places)
    table = table.join(
        attributes, left_on="person", right_on="customer_id", how="left", maintain_order="left"
    )
    context = [name for name in table.columns[3:] if name not in places]
    months = len(np.unique(panel.month[used]))
    n_window = sum(1 for _ in _months(window))
    return Parts(table, places, context, unit, share=months / max(n_window, 1))


def _months(window: Period) -> range:
    count = 0
    while window.window(count).start > window.start:
        count += 1
    return range(count)


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
