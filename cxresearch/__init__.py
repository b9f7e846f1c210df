"""Customer experience research: polars tables in, polars tables and Altair charts out.

Where what lives, in the order of the data:

- `contract`, `study`: the tables every analysis starts from; what the company has and wants.
- `privacy`: what must nobody read leaves the comments at preparation.
- `intake`: files and queries become good rows and a quarantine; the sample company.
- `transforms`: metrics, weights, comparisons, journeys, promises: functions from table to table.
- `models`: what is estimated with scikit-learn.
- `actions`: findings, the one table that reports are written from, and the plan made of them.
- `charts`: figures with their table, alt text and words in each language.
- `report`: notebooks run, pages, index, publication. `cli`: the command `cxresearch`.

Names are resolved when first used, so that importing the package costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cxresearch.intake.prepare import open_study
    from cxresearch.intake.sample import make_sample
    from cxresearch.models.churn import fit_churn
    from cxresearch.models.co_movement import measure_co_movement
    from cxresearch.models.drivers import assess_drivers
    from cxresearch.models.fairness import audit_equity
    from cxresearch.models.leaks import find_leaks
    from cxresearch.models.moments import find_moments
    from cxresearch.models.what_if import simulate_gain
    from cxresearch.privacy import redact_comments
    from cxresearch.study import read_study
    from cxresearch.transforms.journey import (
        count_steps,
        count_touchpoints,
        count_transitions,
        count_variants,
        prepare_log,
    )
    from cxresearch.transforms.metrics import ces, ces_share, csat, emoji, enps, measure, nps, stars
    from cxresearch.transforms.promise import measure_pledges, measure_promises

__version__ = "0.1.0"

_HOMES = {
    "open_study": "cxresearch.intake.prepare",
    "make_sample": "cxresearch.intake.sample",
    "read_study": "cxresearch.study",
    "redact_comments": "cxresearch.privacy",
    "fit_churn": "cxresearch.models.churn",
    "assess_drivers": "cxresearch.models.drivers",
    "audit_equity": "cxresearch.models.fairness",
    "find_leaks": "cxresearch.models.leaks",
    "find_moments": "cxresearch.models.moments",
    "measure_co_movement": "cxresearch.models.co_movement",
    "simulate_gain": "cxresearch.models.what_if",
    "prepare_log": "cxresearch.transforms.journey",
    "count_steps": "cxresearch.transforms.journey",
    "count_touchpoints": "cxresearch.transforms.journey",
    "count_transitions": "cxresearch.transforms.journey",
    "count_variants": "cxresearch.transforms.journey",
    "measure_pledges": "cxresearch.transforms.promise",
    "measure_promises": "cxresearch.transforms.promise",
    "ces": "cxresearch.transforms.metrics",
    "ces_share": "cxresearch.transforms.metrics",
    "csat": "cxresearch.transforms.metrics",
    "emoji": "cxresearch.transforms.metrics",
    "enps": "cxresearch.transforms.metrics",
    "measure": "cxresearch.transforms.metrics",
    "nps": "cxresearch.transforms.metrics",
    "stars": "cxresearch.transforms.metrics",
}

__all__ = [
    "__version__",
    "assess_drivers",
    "audit_equity",
    "ces",
    "ces_share",
    "count_steps",
    "count_touchpoints",
    "count_transitions",
    "count_variants",
    "csat",
    "emoji",
    "enps",
    "find_leaks",
    "find_moments",
    "fit_churn",
    "make_sample",
    "measure",
    "measure_co_movement",
    "measure_pledges",
    "measure_promises",
    "nps",
    "open_study",
    "prepare_log",
    "read_study",
    "redact_comments",
    "simulate_gain",
    "stars",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'cxresearch' has no attribute '{name}'")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
