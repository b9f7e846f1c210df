"""Effects turned to the change where it goes badly keep their interval around them."""

from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxresearch.actions.driver_study import _turn


def effect(driver: str, low: float, estimate: float, high: float, **more: Any) -> dict[str, Any]:
    row = {"driver": driver, "role": "actionable", "is_clear": low > 0 or high < 0}
    ends = {"estimate": estimate, "ci_low": low, "ci_high": high, "estimate_plain": estimate}
    return {**row, **ends, "tier": 9, "tied": 9, "rank": 9, **more}


def cases_of(**is_up: bool | None) -> Any:
    """Drivers whose best lies above their worst, or below; None: neither is known."""
    rows = [
        {"driver": name, "touchpoint": name, "source": "operations",
         "best": None if up is None else float(up),
         "worst": None if up is None else float(not up)}
        for name, up in is_up.items()
    ]  # fmt: skip
    ends = {"best": pl.Float64, "worst": pl.Float64}
    return SimpleNamespace(drivers=pl.DataFrame(rows, schema_overrides=ends))


def turned(*rows: dict[str, Any], **is_up: bool | None) -> dict[str, dict[str, Any]]:
    table = _turn(pl.DataFrame(list(rows)), cases_of(**is_up))
    return {row["driver"]: row for row in table.rows(named=True)}


def test_a_grade_is_turned_and_a_share_of_bad_is_not() -> None:
    found = turned(
        effect("grade", 1.0, 2.0, 4.0), effect("bad", 1.0, 2.0, 4.0),
        effect("region", 1.0, 2.0, 4.0),
        grade=True, bad=False, region=None,
    )  # fmt: skip
    ends = ("ci_low", "estimate", "ci_high")
    assert [found["grade"][end] for end in ends] == [-4.0, -2.0, -1.0]
    assert [found["bad"][end] for end in ends] == [1.0, 2.0, 4.0]
    assert [found["region"][end] for end in ends] == [1.0, 2.0, 4.0]


@settings(max_examples=50, deadline=None)
@given(
    ends=st.lists(st.floats(-9, 9), min_size=3, max_size=3).map(sorted),
    is_up=st.sampled_from([True, False, None]),
)
def test_an_interval_holds_its_estimate_whichever_way_it_is_turned(
    ends: list[float], is_up: bool | None
) -> None:
    row = turned(effect("desk", *ends), desk=is_up)["desk"]
    assert row["ci_low"] <= row["estimate"] <= row["ci_high"]
    assert row["ci_high"] - row["ci_low"] == pytest.approx(ends[2] - ends[0])


def test_tiers_are_of_the_size_whatever_the_sign_and_of_what_is_clear_and_ours() -> None:
    found = turned(
        effect("much", 8.0, 9.0, 10.0), effect("less", -8.5, -7.5, -6.5),
        effect("little", 1.0, 2.0, 3.0),
        effect("unclear", -1.0, 5.0, 11.0), effect("given", 20.0, 21.0, 22.0, role="context"),
        much=True, less=False, little=False, unclear=False, given=False,
    )  # fmt: skip
    tiers = {name: (row["tier"], row["tied"]) for name, row in found.items()}
    assert tiers == {
        "much": (1, 2), "less": (1, 2), "little": (2, 1),
        "unclear": (None, None), "given": (None, None),
    }  # fmt: skip
