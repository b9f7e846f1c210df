"""Our counts on the sample equal those recorded by `make oracles` from other programs."""

import json

import polars as pl
import pytest

from cxresearch.transforms.journey import count_transitions, count_variants, prepare_log
from tests.oracle_inputs import N_CUSTOMERS, SEED, make_log

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def log():
    return prepare_log(make_log())


@pytest.fixture(scope="module")
def recorded(root):
    def read(name):
        return json.loads((root / "tests" / "oracles" / f"{name}.json").read_text("utf-8"))

    return read


def counted(table):
    """From, to and n of what goes on."""
    goes_on = table.filter(pl.col("place") == "touchpoint")
    names = pl.col("from_touchpoint", "to_touchpoint").cast(pl.String)
    return sorted(goes_on.select(names, "n").rows())


def ended(table):
    ends = table.filter(pl.col("place") == "end")
    return sorted(ends.select(pl.col("from_touchpoint").cast(pl.String), "n").rows())


def as_rows(figures):
    return sorted(tuple(row) for row in figures)


def check_times(table, recorded_seconds):
    """Every median within the 1 % that the bins allow, and a recorded figure for each."""
    names = pl.col("from_touchpoint", "to_touchpoint").cast(pl.String)
    goes_on = table.filter(pl.col("place") == "touchpoint")
    ours = {row[:2]: row[2] * 86_400 for row in goes_on.select(names, "median_days").rows()}
    theirs = {(source, to): seconds for source, to, seconds in recorded_seconds}
    assert ours.keys() == theirs.keys()
    assert [ours[pair] for pair in theirs] == pytest.approx(list(theirs.values()), rel=0.01)


@pytest.mark.parametrize("name", ["paths_pm4py", "paths_retentioneering"])
def test_the_recorded_input_is_this_one(name, log, recorded):
    expected = {"seed": SEED, "n_customers": N_CUSTOMERS, "n_events": log.height}
    given = recorded(name)["input"]
    assert {key: given[key] for key in expected} == expected


def test_transitions_and_times_equal_pm4py(log, recorded):
    figures = recorded("paths_pm4py")["figures"]
    table = count_transitions(log, gap_days=None, hide_below=1)
    assert counted(table) == as_rows(figures["transitions"])
    assert ended(table) == as_rows(figures["ends"])
    check_times(table, figures["median_seconds"])


def test_variants_equal_pm4py(log, recorded):
    figures = recorded("paths_pm4py")["figures"]
    table = count_variants(log, top=10_000, gap_days=None, hide_below=1)
    assert table.height == figures["n_variants"]
    top = table.head(len(figures["variants"])).select(pl.col("variant").list.join(" > "), "n")
    assert top.rows() == [tuple(row) for row in figures["variants"]]


@pytest.mark.parametrize(("unit", "gap_days"), [("whole", None), ("sessions", 30.0)])
def test_transitions_and_times_equal_retentioneering(unit, gap_days, log, recorded):
    figures = recorded("paths_retentioneering")["figures"][unit]
    table = count_transitions(log, gap_days=gap_days, hide_below=1)
    assert counted(table) == as_rows(figures["transitions"])
    assert ended(table) == as_rows(figures["ends"])
    check_times(table, figures["median_seconds"])
