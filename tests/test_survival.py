"""Curves of staying: sums that fit in the head, late entry, lifelines' figures, small groups."""

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxresearch.errors import DataError, ParameterError
from cxresearch.models.durations import curve_by_group, survival_table
from cxresearch.models.survival import CURVE, estimate_survival, summarise_survival
from cxresearch.models.survival_gaps import GAPS, compare_survival
from cxresearch.period import parse_period
from tests import oracle_inputs

ORACLE = Path(__file__).parent / "oracles" / "survival_lifelines.json"
COLUMNS = {"duration": "duration", "event": "event"}


@pytest.fixture(scope="module")
def recorded() -> dict:
    return json.loads(ORACLE.read_text(encoding="utf-8"))["figures"]


@pytest.fixture(scope="module")
def made() -> pl.DataFrame:
    return oracle_inputs.make_stays()


def stays(*rows: tuple[float, bool], entry: list[float | None] | None = None) -> pl.DataFrame:
    frame = pl.DataFrame(rows, schema={"duration": pl.Float64, "event": pl.Boolean}, orient="row")
    return frame if entry is None else frame.with_columns(pl.Series("entry", entry, pl.Float64))


def figures(curve: pl.DataFrame) -> list[tuple]:
    return curve.select("time", "n_at_risk", "n_events", "n_censored", "estimate").rows()


def test_each_who_leaves_takes_a_share_of_those_still_there() -> None:
    five = stays((1, True), (2, False), (2, True), (3, True), (5, False))
    assert figures(estimate_survival(five, **COLUMNS)) == [
        (0, 5, 0, 0, 1.0),
        (1, 5, 1, 0, 0.8),
        (2, 4, 1, 1, pytest.approx(0.6)),
        (3, 2, 1, 0, pytest.approx(0.3)),
        (5, 1, 0, 1, pytest.approx(0.3)),
    ]


def test_who_enters_late_counts_only_from_then_on() -> None:
    late = stays((2, True), (4, True), (4, False), entry=[None, 2, 1])
    # At 2 the second has not come yet: 1 of 2 leaves; at 4 one of two leaves.
    assert figures(estimate_survival(late, **COLUMNS, entry="entry"))[1:] == [
        (2, 2, 1, 0, 0.5),
        (4, 2, 1, 1, 0.25),
    ]


def test_a_curve_of_late_entries_starts_where_the_first_came() -> None:
    curve = estimate_survival(stays((7, True), (9, False), entry=[5, 6]), **COLUMNS, entry="entry")
    assert curve["time"][0] == 5
    assert summarise_survival(curve)["since"].item() == 5


def test_nobody_leaving_leaves_doubt() -> None:
    curve = estimate_survival(stays(*[(3.0, False)] * 40), **COLUMNS)
    assert curve["estimate"].to_list() == [1.0, 1.0]
    assert curve["ci_low"].max() < 0.95
    assert summarise_survival(curve)["median"].item() is None


def test_everybody_leaving_leaves_doubt() -> None:
    curve = estimate_survival(stays(*[(3.0, True)] * 40), **COLUMNS)
    last = curve.row(-1, named=True)
    assert last["estimate"] == 0
    assert 0 < last["ci_high"] < 0.15
    assert summarise_survival(curve).select("median", "restricted_mean").row(0) == (3.0, 3.0)


def test_nobody_at_all_gives_no_row() -> None:
    empty = estimate_survival(stays(), **COLUMNS, entry=None)
    assert empty.is_empty()
    assert empty.columns == [*CURVE]
    assert summarise_survival(empty).is_empty()


@pytest.mark.parametrize("name", ["all", "all, from the start", "north", "south", "west"])
def test_the_curve_is_the_one_of_lifelines(name: str, recorded: dict, made: pl.DataFrame) -> None:
    asked = recorded["made"][name]
    rows = made if name.startswith("all") else made.filter(group=name)
    entry = None if name.endswith("start") else "entry"
    ours = estimate_survival(rows, **COLUMNS, entry=entry)
    theirs = pl.DataFrame({key: asked[key] for key in ("time", "estimate", "ci_low", "ci_high")})
    # lifelines also has a row at each late entry, at which nothing happens.
    both = ours.join(theirs, on="time", suffix="_their")
    assert both.height == ours.height
    assert (both["estimate"] - both["estimate_their"]).abs().max() < 1e-6
    inside = both.filter(pl.col("estimate").is_between(0, 1, closed="none"))
    assert inside.height > 5
    for limit in ("ci_low", "ci_high"):
        assert (inside[limit] - inside[f"{limit}_their"]).abs().max() < 1e-6
    summary = summarise_survival(ours, until=asked["until"])
    assert summary["median"].item() == asked["median"]
    assert summary["restricted_mean"].item() == pytest.approx(asked["restricted_mean"], abs=1e-3)


def test_curves_of_the_telecom_set_are_those_of_lifelines(real_data: Path, recorded: dict) -> None:
    raw = pl.read_csv(real_data / "tabular/ibm_telco/telco.csv")
    raw = raw.with_columns(event=pl.col("Churn") == "Yes")
    curves = estimate_survival(raw, duration="tenure", event="event", by="Contract")
    for name, shares in recorded["telco"]["curves"].items():
        one = curves.filter(Contract=name)
        for time, share in zip(recorded["telco"]["times"], shares, strict=True):
            ours = one.filter(pl.col("time") <= time)["estimate"][-1]
            assert ours == pytest.approx(share, abs=1e-6)
    gaps = compare_survival(raw, duration="tenure", event="event", by="Contract")
    assert gaps["is_difference"].all()


def test_the_order_of_rows_changes_nothing(made: pl.DataFrame) -> None:
    mixed = made.sample(fraction=1, shuffle=True, seed=1)
    for by in (None, "group"):
        once, again = (estimate_survival(t, **COLUMNS, entry="entry", by=by) for t in (made, mixed))
        assert once.equals(again)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 6), st.booleans(), st.integers(0, 5)), min_size=1))
def test_the_curve_is_the_product_a_loop_finds(rows: list[tuple[int, bool, int]]) -> None:
    rows = [(end, left, start - 0.5) for end, left, start in rows if start - 0.5 < end]
    if not rows:
        return
    frame = pl.DataFrame(rows, schema=["duration", "event", "entry"], orient="row")
    curve = estimate_survival(frame, **COLUMNS, entry="entry")
    share = 1.0
    for time in sorted({end for end, _, _ in rows}):
        there = sum(start < time <= end for end, _, start in rows)
        left = sum(end == time and event for end, event, _ in rows)
        share *= 1 - left / there
        row = curve.filter(time=float(time)).row(0, named=True)
        assert (row["n_at_risk"], row["n_events"]) == (there, left)
        assert row["estimate"] == pytest.approx(share)


def test_small_groups_are_hidden_with_the_one_that_would_give_them_away() -> None:
    groups = ["a"] * 4 + ["b"] * 12 + ["c"] * 30
    frame = stays(*[(float(i % 7 + 1), i % 2 == 0) for i in range(46)])
    curves = estimate_survival(frame.with_columns(plan=pl.Series(groups)), **COLUMNS, by="plan",
                               hide_below=10)  # fmt: skip
    hidden = curves.filter("is_suppressed")
    assert hidden["plan"].to_list() == ["a", "b"]
    assert hidden.select(pl.exclude("plan", "is_suppressed")).null_count().row(0) == (1 * 2,) * 8
    assert (
        summarise_survival(curves, by="plan").filter("is_suppressed")["n"].to_list() == [None] * 2
    )


def test_a_curve_ends_where_few_are_left_under_watch() -> None:
    many = stays(*[(float(i + 1), True) for i in range(50)])
    curve = estimate_survival(many, **COLUMNS, hide_below=10, reliable_from=30)
    assert curve["n_at_risk"].min() == 10
    assert curve.filter("is_reliable")["n_at_risk"].min() == 30


def test_a_curve_starts_where_enough_have_come() -> None:
    entries = [float(i) for i in range(40)]
    late = stays((1.5, True), *[(60.0 + i, True) for i in range(39)], entry=[-1.0, *entries[1:]])
    curve = estimate_survival(late, **COLUMNS, entry="entry", hide_below=10)
    # One of two who left early would have halved everything that follows.
    assert curve["time"][0] == 1.5
    assert curve["estimate"][0] == 1.0
    assert curve["n_at_risk"].min() >= 10


@pytest.mark.slow
def test_intervals_hold_what_they_claim() -> None:
    rng = np.random.default_rng(0)
    held = []
    for _ in range(300):
        left, seen = rng.exponential(20, 120), rng.uniform(5, 40, 120)
        entry = rng.uniform(0, 10, 120)
        frame = pl.DataFrame(
            {"duration": np.minimum(left, seen), "event": left <= seen, "entry": entry}
        ).filter(pl.col("entry") < pl.col("duration"))
        curve = estimate_survival(frame, **COLUMNS, entry="entry", hide_below=10)
        since, row = curve["time"][0], curve.filter(pl.col("time") <= 15).row(-1, named=True)
        held.append(row["ci_low"] <= np.exp(-(15 - since) / 20) <= row["ci_high"])
    assert np.mean(held) >= 0.92


def test_rows_that_cannot_be_are_named() -> None:
    with pytest.raises(DataError, match="1 rows have a negative 'duration'"):
        estimate_survival(stays((-1, True)), **COLUMNS)
    with pytest.raises(DataError, match="not before their 'duration'"):
        estimate_survival(stays((2, True), entry=[2]), **COLUMNS, entry="entry")
    with pytest.raises(ParameterError, match="hide_below=0"):
        estimate_survival(stays((2, True)), **COLUMNS, hide_below=0)
    curve = estimate_survival(stays((2, True), (4, False)), **COLUMNS)
    with pytest.raises(ParameterError, match="until=9"):
        summarise_survival(curve, until=9)


def test_groups_are_compared_as_lifelines_does(made: pl.DataFrame, recorded: dict) -> None:
    gaps = compare_survival(made, **COLUMNS, by="group")
    from scipy.special import chdtrc

    assert gaps["p_value_all"][0] == pytest.approx(chdtrc(2, recorded["log_rank"]), rel=1e-6)
    assert gaps.columns == [*GAPS]
    south = gaps.filter(group="north", against="south").row(0, named=True)
    assert south["is_difference"]
    assert south["ci_low"] < south["estimate"] < south["ci_high"] < 1


@pytest.mark.slow
def test_equal_groups_differ_by_chance_alone() -> None:
    rng = np.random.default_rng(3)
    called = 0
    for _ in range(200):
        left, seen = rng.exponential(10, 150), rng.uniform(2, 30, 150)
        frame = pl.DataFrame({"duration": np.minimum(left, seen), "event": left <= seen,
                              "plan": rng.choice(["a", "b", "c"], 150)})  # fmt: skip
        called += compare_survival(frame, **COLUMNS, by="plan")["is_difference"].any()
    assert called <= 18  # 5 % of 200, with its one-sided bound


def test_a_single_group_has_nothing_to_be_compared_with() -> None:
    frame = stays((2, True), (3, False)).with_columns(plan=pl.lit("a"))
    assert compare_survival(frame, **COLUMNS, by="plan").is_empty()


def test_groups_in_which_nobody_left_have_no_figure() -> None:
    frame = stays((2, False), (3, False)).with_columns(plan=pl.Series(["a", "b"]))
    row = compare_survival(frame, **COLUMNS, by="plan").row(0, named=True)
    assert row["estimate"] is None
    assert row["q_value"] is None
    assert row["is_difference"] is False


def test_unknown_entries_are_left_out_and_counted() -> None:
    def day(n: int) -> datetime:
        return datetime(2025, 1, n, tzinfo=UTC)

    leaving = pl.DataFrame(
        {
            "customer_id": [*"abcde"],
            "entered_at": [day(3), None, datetime(2024, 12, 31, tzinfo=UTC), day(3), day(11)],
            "left_at": [day(5), None, day(1), None, datetime(2025, 3, 1, tzinfo=UTC)],
        }
    )
    found = survival_table(leaving, parse_period("2025-01-02/2025-01-11"), unit="days")
    # c left the day before the window, e came on the day after it.
    assert found.table.rows() == [("a", 2.0, 0.0, True), ("d", 8.0, 0.0, False)]
    assert dict(found.left_out.iter_rows()) == {
        "entered_unknown": 1,
        "entered_later": 1,
        "left_before": 1,
    }
    with pytest.raises(ParameterError, match="no unit of time"):
        survival_table(leaving, parse_period("2025-01"), unit="weeks")


def test_nobody_is_watched_before_a_first_purchase_is_seen_nor_in_too_short_a_silence() -> None:
    def day(n: int) -> datetime:
        return datetime(2025, 1, n, tzinfo=UTC)

    leaving = pl.DataFrame(
        {
            "customer_id": ["a", "b"],
            "entered_at": [day(1), day(1)],
            "left_at": [day(20), None],
            "at_risk_from": [day(6), day(30)],
            "seen_until": [day(26), day(26)],
        }
    )
    found = survival_table(leaving, parse_period("2025-01"), unit="days")
    assert found.table.rows() == [("a", 19.0, 5.0, True)]
    assert found.left_out.rows() == [("entered_later", 1)]


def test_who_leaves_at_once_was_there_for_a_moment() -> None:
    instant = datetime(2025, 1, 5, tzinfo=UTC)
    leaving = pl.DataFrame({"customer_id": ["a"], "entered_at": [instant], "left_at": [instant]})
    table = survival_table(leaving, parse_period("2025-01"), unit="days").table
    assert estimate_survival(table, **COLUMNS, entry="entry")["n_events"].sum() == 1


@pytest.mark.slow
def test_the_coast_leaves_faster_in_the_sample(tmp_path: Path) -> None:
    from cxresearch.intake.prepare import open_study
    from cxresearch.intake.sample import make_sample, write_sample
    from cxresearch.transforms.leaving import find_leaving

    write_sample(make_sample(seed=0, n_customers=2000), tmp_path)
    tables = open_study(tmp_path)
    window = tables.period().window(24)
    leaving = find_leaving(tables, period=window)
    found = curve_by_group(tables, leaving, period=window, by="region")
    gaps = found.gaps.filter((pl.col("group") == "Costa") | (pl.col("against") == "Costa"))
    assert gaps["is_difference"].all()
    assert not found.gaps.join(gaps, on=["group", "against"], how="anti")["is_difference"].any()
    everybody = curve_by_group(tables, leaving, period=window)
    assert everybody.summary.height == 1
    assert everybody.gaps.is_empty()
    with pytest.raises(ParameterError, match="'first_bad' is no attribute"):
        curve_by_group(tables, leaving, period=window, by="first_bad")
