"""Drivers as assessed, small enough to check in the head."""

import polars as pl

LABELS = {
    "desk": {"en": "Change desk", "it": "Sportello cambi"},
    "refund": {"en": "Refund", "it": "Rimborso"},
    "app": {"en": "App", "it": "L'app"},
    "region": {"en": "Region", "it": "Regione"},
}


def driver(name, estimate, *, outcome="leaving", half=0.02, **given):
    """An effect give or take `half`; beyond chance where that holds no zero."""
    low, high = estimate - half, estimate + half
    row = {
        "outcome": outcome,
        "driver": name,
        "touchpoint": name,
        "role": "actionable",
        "source": "operations",
        "estimate": estimate,
        "ci_low": low,
        "ci_high": high,
        "n": 900,
        "n_people": 700,
        "unit": "points" if outcome == "nps" else "share",
        "q_value": 0.001 if low > 0 or high < 0 else 0.5,
        "is_clear": low > 0 or high < 0,
        "tier": 1,
        "tied": 1,
        "e_value": 3.0,
        "e_value_low": 2.0,
        "horizon_months": 3,
        "performance": 0.6,
        "performance_low": 0.55,
        "performance_high": 0.65,
        "quadrant": "mend",
        "is_reliable": True,
    }
    return row | given


def table(*rows):
    return pl.DataFrame(list(rows), schema_overrides={"touchpoint": pl.String})


EFFECTS = table(
    driver("desk", 0.13),
    driver("refund", 0.12, tier=1),
    driver("app", 0.01, quadrant="let_be", performance=0.9),
    driver("region", 0.05, role="context", touchpoint=None, source="attribute"),
)
SCORES = table(
    driver("desk", -9.0, outcome="nps", half=2.0),
    driver("app", -4.0, outcome="nps", half=1.0, tier=2, quadrant="keep"),
)
TOGETHER = pl.DataFrame(
    {
        "outcome": ["leaving"] * 3 + ["nps"] * 2,
        "driver": ["desk", "refund", "app", "desk", "app"],
        "estimate": [0.01, 0.006, 0.0, 0.06, 0.02],
        "ci_low": [0.008, 0.004, 0.0, 0.05, 0.01],
        "ci_high": [0.012, 0.008, 0.001, 0.07, 0.03],
        "r2": [0.016] * 3 + [0.08] * 2,
        "n": [9000] * 3 + [3000] * 2,
        "relative_weight": [0.01, 0.006, 0.0, 0.06, 0.02],
    }
)
