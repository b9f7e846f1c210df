"""Gains as the page on drivers hands them on, small enough to check in the head."""

import polars as pl

LABELS = {
    "desk": {"en": "Desk", "it": "Sportello"},
    "app": {"en": "App", "it": "L'app"},
}
SHARES = (0.0, 0.5, 1.0)


def gain(touchpoint, outcome="leaving", *, estimate=0.0, spread=0.25, share=1.0, **given):
    """A gain at a share mended; its interval is the estimate give or take `spread` of it.

    Of leaving `estimate` is the fewer leavers a year, each of whom pays 100 a year.
    """
    left = outcome == "leaving"
    change = (-estimate / 10_000 if left else estimate) * share
    half = abs(change) * spread
    row = {
        "touchpoint": touchpoint,
        "is_joint": touchpoint is None,
        "share_mended": share,
        "outcome": outcome,
        "unit": "points" if outcome == "nps" else "share",
        "estimate": change,
        "ci_low": change - half,
        "ci_high": change + half,
        "n": 4000,
        "base": "customers' months",
        "currency": "EUR",
        "model_gap": abs(change) / 10,
        "e_value": 2.0,
    }
    kept = estimate * share if left else None
    for name, price in (("leavers_a_year", 1), ("value_a_year", 100)):
        ends = (
            [] if kept is None else sorted(kept * price * (1 + by) for by in (-spread, 0, spread))
        )
        names = (f"{name}_low", name, f"{name}_high")
        row |= dict(zip(names, ends or [None] * 3, strict=True))
    return row | given


def table(*rows):
    """Gains as a table whose empty columns keep their type."""
    numbers = [
        f"{name}_a_year{end}" for name in ("leavers", "value") for end in ("", "_low", "_high")
    ]
    types = {"touchpoint": pl.String, "currency": pl.String} | dict.fromkeys(numbers, pl.Float64)
    return pl.DataFrame(list(rows), schema_overrides=types, infer_schema_length=None)


def scenarios(shares=SHARES, *, with_score=True):
    """Desk and app, alone and together, on leaving and on the Net Promoter Score."""
    rows = [
        gain(place, estimate=kept, share=share)
        for place, kept in (("desk", 800.0), ("app", 200.0), (None, 900.0))
        for share in shares
    ]
    if with_score:
        rows += [
            gain(place, "nps", estimate=points, share=share)
            for place, points in (("desk", 3.0), (None, 4.0))
            for share in shares
        ]
    return table(*rows)


def gains(**given):
    """The same with all mended, as `gains` is handed on."""
    return scenarios((1.0,), **given).drop("share_mended")
