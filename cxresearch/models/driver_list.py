"""Which drivers are there, and what is each of them taken for?

Unit of observation: a driver that enough people met. What experience.yml declares of it counts;
what it does not name is taken to be the company's to change.

It cannot say whether a driver matters.
"""

from collections.abc import Sequence
from typing import Any

import polars as pl

from cxresearch.models.driver_parts import Parts
from cxresearch.models.driver_roles import list_causes
from cxresearch.study import Study
from cxresearch.transforms.experiences import OPERATIONS

DRIVERS: dict[str, Any] = {
    "driver": pl.String,
    "label": pl.Struct({"en": pl.String, "it": pl.String}),
    "touchpoint": pl.String,
    "role": pl.String,
    "is_declared": pl.Boolean,
    "source": pl.String,
    "measured_by": pl.String,
    "downstream_of": pl.List(pl.String),
    "worst": pl.Float64,
    "best": pl.Float64,
    "unit": pl.String,
    "n": pl.Int64,
    "n_people": pl.Int64,
}


def describe_drivers(parts: Parts, attributes: Sequence[str], study: Study) -> pl.DataFrame:
    """A row a driver that enough people met.

    Parameters
    ----------
    parts
        The cases, with a column a driver.
    attributes
        Which columns of context are drivers too.
    study
        Says roles, labels and what comes from what, and below how many people a driver is hidden.

    Returns
    -------
    pl.DataFrame
        `DRIVERS`; n counts the cases in which something is known of it.
    """
    declared = {driver.id: driver for driver in study.experience.drivers}
    causes = list_causes({name: driver.downstream_of for name, driver in declared.items()})
    rows = []
    for name in [*parts.places, *attributes]:
        place = parts.places.get(name)
        met = parts.table.filter(place.met if place else pl.col(name).is_not_null())
        shown = met.filter(pl.col(name) > 0) if place and place.unit == "bad" else met
        if shown["person"].n_unique() < study.privacy.hide_below:
            continue
        role = declared[name].role if name in declared else "actionable"
        kind = "operations" if place and place.measured_by in OPERATIONS else "answers"
        rows.append(
            {
                "driver": name,
                "label": _label(name, study, declared, is_place=place is not None),
                "touchpoint": name if place else None,
                "role": role,
                "is_declared": name in declared,
                "source": kind if place else "attribute",
                "measured_by": place.measured_by if place else None,
                "downstream_of": sorted(causes.get(name, ())),
                "worst": place.worst if place else None,
                "best": place.best if place else None,
                "unit": place.unit if place else "number",
                "n": met.height,
                "n_people": met["person"].n_unique(),
            }
        )
    found = pl.DataFrame(rows, schema=DRIVERS)
    known = pl.element().filter(pl.element().is_in(found["driver"].to_list()))
    return found.with_columns(pl.col("downstream_of").list.eval(known))


def _label(name: str, study: Study, declared: Any, *, is_place: bool) -> dict[str, str]:
    if name in declared and declared[name].label is not None:
        return dict(study.label("driver", name))
    return dict(study.label("touchpoint" if is_place else "attribute", name))
