"""What was met in the last months, and did the customer leave in the month after?

Unit of observation: a customer's month (`models.panel`). A driver is whether a bad experience at a
touchpoint fell into the last months, this one among them; the outcome is leaving in the next month
alone. So each leaver is counted in one case, however often something went wrong before. What is
adjusted for was known before these months began. Where customers leave by their own rhythm, they do
so when the next purchase was due and never came; it is seen only once a silence is long enough, so
the last months are not looked at.

It cannot credit what acts later than so many months, tell apart two bad experiences at one place in
them, nor see who, by rhythm, left in a silence longer than is waited for.
"""

from dataclasses import replace
from math import ceil

import numpy as np
import polars as pl

from cxresearch.intake.tables import StudyTables
from cxresearch.language import mark
from cxresearch.models.driver_parts import Parts, Place, nothing, read_attributes
from cxresearch.models.moment_fits import NO_EXPERIENCE
from cxresearch.models.outcomes import FEW_LEAVERS, FEWEST_LEAVERS, NO_LEAVING
from cxresearch.models.panel import Panel, build_panel
from cxresearch.period import Period
from cxresearch.transforms.leaving import find_leaving
from cxresearch.transforms.people import knows_leaving
from cxresearch.transforms.rhythm import list_purchases

SILENCE_TOO_LONG = mark(
    "the window is too short for the silence after which customers count as gone"
)

_DAYS_A_MONTH = 365.25 / 12
_RHYTHM_COLUMNS = ("joined_at", "left_at")


def gather_months(
    tables: StudyTables, *, outcome: str, window: Period, horizon_months: int
) -> Parts:
    """Customers' months, the bad experiences up to each, and who left in the next.

    Experiences of `horizon_months` months count, earlier ones of as many are adjusted for.
    """
    unit = "share" if outcome == "leaving" else ""
    tables, silence = _by_rhythm(tables, window)
    if silence and silence + 1 >= _months(window):
        return nothing(SILENCE_TOO_LONG, unit=unit)
    panel = build_panel(
        tables,
        period=window,
        horizon_months=1,
        lookback_months=horizon_months,
        exposure_months=horizon_months,
    )
    before = 2 * horizon_months - 1
    is_seen = panel.month + 1 < before + _months(window) - silence
    used = np.flatnonzero(np.isfinite(panel.leaves) & is_seen)
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
        starts = [window.window(m).start_at for m in range(_months(window) + before, 0, -1)]
        first = panel.month[used] - horizon_months + 1
        table = _add_silence(table, tables, starts=pl.Series(starts).gather(first))
    attributes = read_attributes(tables, taken=places)
    table = table.join(
        attributes, left_on="person", right_on="customer_id", how="left", maintain_order="left"
    )
    context = [name for name in table.columns[3:] if name not in places]
    months = len(np.unique(panel.month[used]))
    share = months / max(_months(window), 1)
    return Parts(table, places, context, unit, share=share, horizon_months=1)


def _months(window: Period) -> int:
    count = 0
    while window.window(count).start > window.start:
        count += 1
    return count


def _by_rhythm(tables: StudyTables, window: Period) -> tuple[StudyTables, int]:
    """The study with leaving by rhythm where that is how it is known, and the months it takes.

    Who leaves by rhythm leaves when the next purchase was due. The months until that is seen are
    those of the middle leaver, begun ones counted whole; 0 where leaving is by contract.
    """
    if tables.study.leaving is None or knows_leaving(tables):
        return tables, 0
    leaving = find_leaving(tables, period=window)
    due = pl.col("last_purchase_at") + pl.duration(
        seconds=(pl.col("usual_gap_days") * 86_400).cast(pl.Int64)
    )
    due = pl.min_horizontal("left_at", pl.when(pl.col("left_at").is_not_null()).then(due))
    days = (pl.col("left_at") - due).dt.total_days()
    silence = leaving.filter("is_left").select(days.median()).item()
    leaving = leaving.with_columns(left_at=due)
    customers = leaving.lazy().select("customer_id", "left_at", joined_at="at_risk_from")
    if tables.customers is not None:
        own = tables.customers.drop(_RHYTHM_COLUMNS, strict=False)
        customers = customers.join(own, on="customer_id", how="left", maintain_order="left")
    return replace(tables, customers=customers), ceil((silence or 0) / _DAYS_A_MONTH)


def _add_silence(table: pl.DataFrame, tables: StudyTables, *, starts: pl.Series) -> pl.DataFrame:
    """How long, when the months began, the customer had not bought: the logarithm of the days."""
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
