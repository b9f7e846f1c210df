"""Which touchpoints has nobody looked at for long?

The unit is a touchpoint of experience.yml; how long is counted back from the end of the data, never
from today. It cannot say whether the entry is still right, only that nobody says so.
"""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import polars as pl

from cxresearch.period import add_months
from cxresearch.study import Study

REVIEW_MONTHS = 6
"""After so many months a touchpoint nobody looked at again counts as not reviewed."""

_SCHEMA = {"touchpoint": pl.String, "owner": pl.String, "reviewed_on": pl.Date, "months": pl.Int64}


def list_unreviewed(
    study: Study, *, data_until: datetime, months: int = REVIEW_MONTHS
) -> pl.DataFrame:
    """Touchpoints whose `reviewed_on` lies so far back, or was never written.

    Parameters
    ----------
    data_until
        The first instant after the data.
    months
        How long a review is good.

    Returns
    -------
    pl.DataFrame
        touchpoint, owner, reviewed_on (null: never), months (whole months since; null: never);
        those never reviewed first, then the longest ago.
    """
    today = data_until.astimezone(ZoneInfo(study.timezone)).date()
    rows = [
        {
            "touchpoint": place.id,
            "owner": place.owner,
            "reviewed_on": place.reviewed_on,
            "months": place.reviewed_on and months_between(place.reviewed_on, today),
        }
        for place in study.experience.touchpoints
        if place.reviewed_on is None or place.reviewed_on < add_months(today, -months)
    ]
    table = pl.DataFrame(rows, schema=_SCHEMA)
    return table.sort("reviewed_on", nulls_last=False, maintain_order=True)


def months_between(day: date, today: date) -> int:
    """Whole months from `day` to `today`.

    Examples
    --------
    >>> months_between(date(2025, 1, 31), date(2025, 2, 28))
    1
    >>> months_between(date(2025, 1, 15), date(2025, 3, 14))
    1
    """
    months = (today.year - day.year) * 12 + today.month - day.month
    return months - (add_months(day, months) > today)
