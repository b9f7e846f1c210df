"""Counts of lived paths: tables that fit in the head, limits, and a naive loop on random logs."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import cycle, groupby, pairwise

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from cxresearch.errors import DataError, ParameterError
from cxresearch.transforms.journey import (
    count_funnel,
    count_steps,
    count_touchpoints,
    count_transitions,
    count_variants,
    describe_log,
    names_of_hidden,
    prepare_log,
    split_journeys,
    transitions,
    walk,
)
from cxresearch.transforms.metrics import measure

START = datetime(2025, 1, 1, tzinfo=UTC)
STAGES = {"discover": ["a"], "buy": ["b"], "use": ["c"]}
COUNTS = (
    count_touchpoints,
    count_transitions,
    count_variants,
    count_steps,
    lambda log, **options: count_funnel(log, STAGES, **options),
)


def make(*rows):
    """Events from (customer, day, touchpoint)."""
    return pl.DataFrame(
        {
            "customer_id": pl.Series([who for who, _, _ in rows], dtype=pl.String),
            "at": pl.Series(
                [START + timedelta(days=day) for _, day, _ in rows],
                dtype=pl.Datetime("us", "UTC"),
            ),
            "touchpoint": pl.Series([where for _, _, where in rows], dtype=pl.String),
        }
    )


def made(*rows):
    return prepare_log(make(*rows))


TRIP = made(
    ("anna", 0, "a"),
    ("anna", 2, "b"),
    ("anna", 3, "c"),
    ("anna", 60, "a"),
    ("ben", 0, "a"),
    ("ben", 4, "b"),
)
"""Two customers; Anna comes back after a pause of 57 days."""


def picked(table, *columns):
    return table.select(pl.col(columns).cast(pl.String, strict=False)).rows()


def test_transitions_are_shares_of_all_who_leave_a_touchpoint():
    table = count_transitions(TRIP, hide_below=1)
    rows = {(a, b, place): (n, base) for a, b, place, n, base in table.select(
        "from_touchpoint", "to_touchpoint", "place", "n", "base").rows()}  # fmt: skip
    assert rows == {
        ("a", "b", "touchpoint"): (2, 3),
        ("a", None, "end"): (1, 3),
        ("b", "c", "touchpoint"): (1, 2),
        ("b", None, "end"): (1, 2),
        ("c", None, "end"): (1, 1),
    }
    first = table.row(0, named=True)
    assert first["share"] == pytest.approx(2 / 3)
    assert first["n_customers"] == 2
    assert first["median_days"] == pytest.approx(3, rel=0.01)  # 2 and 4 days
    assert first["p90_days"] == pytest.approx(3.8, rel=0.01)


def test_without_a_gap_a_customer_has_one_journey():
    table = count_transitions(TRIP, gap_days=None, hide_below=1)
    rows = picked(table.filter(pl.col("to_touchpoint") == "a"), "from_touchpoint", "n")
    assert rows == [("c", "1")]


def test_a_pause_of_exactly_the_gap_does_not_split():
    log = made(("anna", 0, "a"), ("anna", 30, "b"), ("anna", 60.01, "c"))
    assert split_journeys(log)["journey"].to_list() == [1, 1, 2]
    assert split_journeys(log)["step"].to_list() == [1, 2, 1]


def test_reach_counts_a_customer_once():
    table = count_touchpoints(TRIP, hide_below=1)
    assert table.select("touchpoint", "n", "n_customers", "base", "reach").rows() == [
        ("a", 3, 2, 2, 1.0),
        ("b", 2, 2, 2, 1.0),
        ("c", 1, 1, 2, 0.5),
    ]
    assert table["first_at"].to_list()[2] == START + timedelta(days=3)


def test_variants_cover_all_journeys():
    table = count_variants(TRIP, hide_below=1)
    assert table.select("variant", "n", "base", "coverage").rows() == [
        (["a"], 1, 3, pytest.approx(1 / 3)),
        (["a", "b"], 1, 3, pytest.approx(2 / 3)),
        (["a", "b", "c"], 1, 3, 1.0),
    ]
    assert table["median_days"].to_list() == pytest.approx([0, 4, 3], rel=0.01)
    assert table["variant"].dtype == pl.List(pl.String)


def test_what_is_not_among_the_top_is_one_row():
    table = count_variants(TRIP, top=1, hide_below=1)
    assert table.select("variant", "n", "n_customers", "coverage").rows() == [
        (["a"], 1, 1, pytest.approx(1 / 3)),
        (None, 2, None, 1.0),
    ]


def test_steps_say_where_journeys_are_and_which_are_over():
    table = count_steps(TRIP, steps=3, hide_below=1)
    assert table.select("step", "touchpoint", "n", "n_customers", "base").rows() == [
        (1, "a", 3, 2, 3),
        (2, "b", 2, 2, 3),
        (2, None, 1, 1, 3),
        (3, "c", 1, 1, 3),
        (3, None, 2, 2, 3),
    ]


def test_the_funnel_counts_who_got_at_least_that_far():
    table = count_funnel(TRIP, STAGES, hide_below=1)
    assert table.select("stage", "n_customers", "share", "share_of_previous").rows() == [
        ("discover", 2, 1.0, None),
        ("buy", 2, 1.0, 1.0),
        ("use", 1, 0.5, 0.5),
    ]


def test_a_later_stage_counts_for_the_earlier_ones():
    table = count_funnel(made(("anna", 0, "c"), ("ben", 0, "a"), ("cleo", 0, "x")), STAGES,
                         hide_below=1)  # fmt: skip
    assert table["n_customers"].to_list() == [2, 1, 1]
    assert table["base"].to_list() == [3, 3, 3]


def test_intervals_take_customers_as_clusters():
    """The same figures as a share of answers, a departure being an answer of its customer."""
    rows = [(f"c{i:02d}", day, "b" if (i * day) % 7 > 2 else "a")
            for i in range(25) for day in range(3 + i % 5)]  # fmt: skip
    log = made(*rows)
    journeys = split_journeys(log, gap_days=None)
    last = pl.col("customer_id") != pl.col("customer_id").shift(-1)
    answers = journeys.with_columns(
        to=pl.when(~last.fill_null(value=True)).then(pl.col("touchpoint").shift(-1))
    ).filter(pl.col("touchpoint") == "a")
    answers = answers.select(
        respondent_id="customer_id", score=(pl.col("to") == "b").fill_null(value=False)
    )
    expected = measure(answers, metric="share")
    row = count_transitions(log, gap_days=None, hide_below=1).row(
        by_predicate=(pl.col("from_touchpoint") == "a") & (pl.col("to_touchpoint") == "b"),
        named=True,
    )
    for ours, theirs in {"share": "estimate", "ci_low": "ci_low", "ci_high": "ci_high"}.items():
        assert row[ours] == pytest.approx(expected[theirs].item(), rel=1e-12)
    assert row["base"] == expected["n"].item()


def test_repeating_customers_widen_the_interval():
    many = made(*((f"c{i}", day, "a") for i in range(40) for day in range(0, 400, 40)))
    alone = made(*((f"c{i}", 0, "a") for i in range(400)))
    few, all_ = (count_variants(log, hide_below=1).row(0, named=True) for log in (many, alone))
    assert few["base"] == all_["base"] == 400
    assert few["ci_low"] < all_["ci_low"]


# Small numbers of customers


def crowd(touchpoint, n):
    """`n` customers who go from `start` to a touchpoint."""
    return [
        row
        for who in (f"{touchpoint}{i}" for i in range(n))
        for row in ((who, 0, "start"), (who, 1, touchpoint))
    ]


def test_transitions_of_few_customers_are_joined_and_still_sum():
    log = made(*crowd("a", 30), *crowd("b", 12), *crowd("c", 3))
    table = count_transitions(log).filter(pl.col("from_touchpoint") == "start")
    # 12 stay with the 3: by subtraction from 45 the 3 could be found
    assert table.select("to_touchpoint", "place", "n", "n_customers").rows() == [
        ("a", "touchpoint", 30, 30),
        (None, "other", 15, None),
    ]
    assert table["n"].sum() == table["base"][0] == 45
    # nobody goes on from c: fewer than 10 customers leave it, so it is not shown at all
    assert "c" not in count_transitions(log)["from_touchpoint"].cast(pl.String).to_list()


def test_joined_transitions_have_no_times():
    """One person may be behind all of them: these are twelve trips of Zoe's."""
    trips = [("zoe", 60 * i + step, where) for i in range(12)
             for step, where in ((0, "start"), (7, f"z{i}"))]  # fmt: skip
    table = count_transitions(made(*crowd("a", 30), *trips))
    other = table.filter(pl.col("place") == "other").row(0, named=True)
    assert (other["n"], other["median_days"], other["p90_days"]) == (12, None, None)
    assert other["ci_low"] < 12 / 42 < other["ci_high"]
    known = table.filter(pl.col("place") == "touchpoint")
    assert known["median_days"].to_list() == pytest.approx([1], rel=0.01)


def test_small_variants_stay_with_the_others():
    log = made(*crowd("a", 30), *crowd("b", 12), *crowd("c", 3))
    table = count_variants(log)
    assert table.select("variant", "n", "n_customers").rows() == [
        (["start", "a"], 30, 30),
        (None, 15, None),
    ]


def test_small_steps_are_joined_and_still_sum():
    log = made(*crowd("a", 30), *crowd("b", 12), *crowd("c", 3))
    table = count_steps(log, steps=2).filter(pl.col("step") == 2)
    assert table.select("touchpoint", "place", "n").rows() == [
        ("a", "touchpoint", 30),
        (None, "other", 15),
    ]


def test_small_touchpoints_lose_their_figures():
    log = made(*crowd("a", 30), *crowd("b", 12), *crowd("c", 3))
    table = count_touchpoints(log)
    shown = dict(table.select(pl.col("touchpoint").cast(pl.String), "is_suppressed").rows())
    # b stays: customers are in several rows, so those of c cannot be found by subtraction
    assert shown == {"start": False, "a": False, "b": False, "c": True}
    hidden = table.filter("is_suppressed").drop("touchpoint", "is_suppressed")
    assert all(column.null_count() == 1 for column in hidden)


PROTECTING = made(
    *((f"c{i:03d}", day, where) for i in range(200) for day, where in ((0, "a"), (3, "b"))),
    *((f"c{i:03d}", 1, "c") for i in range(12)),
    *((f"c{i:03d}", 4, "d") for i in range(3)),
)
"""12 customers at c, 3 at d."""


def test_a_touchpoint_that_is_hidden_is_hidden_in_every_path():
    assert names_of_hidden(count_touchpoints(PROTECTING)) == ["d"]
    hidden = ["c", "d"]
    moves = count_transitions(PROTECTING, hidden=hidden)
    named = ("from_touchpoint", "to_touchpoint")
    assert not {"c", "d"} & {name for column in named for name in moves[column]}
    steps = count_steps(PROTECTING, hidden=hidden)
    assert not {"c", "d"} & set(steps["touchpoint"])
    paths = count_variants(PROTECTING, hidden=hidden)
    assert not {"c", "d"} & {name for path in paths["variant"].drop_nulls() for name in path}
    # every sum is kept
    for of, table in {"from_touchpoint": moves, "step": steps}.items():
        sums = table.group_by(of).agg(pl.col("n").sum(), pl.col("base").first())
        assert sums["n"].equals(sums["base"], check_names=False)
    assert paths["n"].sum() == 200


def test_what_is_hidden_is_never_joined_alone():
    log = made(*crowd("a", 40), *crowd("b", 30), *crowd("c", 12))
    moves = count_transitions(log, hidden=["c"]).filter(from_touchpoint="start")
    assert moves.select("to_touchpoint", "n").rows() == [("a", 40), (None, 42)]
    steps = count_steps(log, steps=2, hidden=["c"]).filter(step=2)
    assert steps.select("touchpoint", "n").rows() == [("a", 40), (None, 42)]
    paths = count_variants(log, hidden=["c"])
    assert paths.select("variant", "n").rows() == [(["start", "a"], 40), (None, 42)]


def test_a_touchpoint_hidden_that_is_not_in_the_log_changes_nothing():
    log = made(*crowd("a", 40), *crowd("b", 30))
    for count in (count_transitions, count_steps, count_variants):
        assert_frame_equal(count(log, hidden=["z"]), count(log))


def test_small_stages_lose_their_figures():
    log = made(*crowd("a", 30), *crowd("c", 3))
    table = count_funnel(log, {"one": ["a"], "two": ["c"]})
    assert table["is_suppressed"][1]
    assert table["share_of_previous"].null_count() == 2


@pytest.mark.parametrize(
    ("one", "two", "three", "nowhere", "shown"),
    [
        (1, 10, 30, 0, [41, None, 30]),  # 40 of 41 would tell of one
        (1, 10, 30, 1, [None, None, 30]),
        (7, 20, 30, 20, [57, None, 30]),
        (0, 0, 30, 0, [30, 30, 30]),
        (20, 3, 0, 10, [23, None, 0]),
        (10, 4, 10, 10, [24, 14, None]),
        (4, 5, 0, 0, [None, None, None]),
    ],
)
def test_no_two_figures_of_a_funnel_differ_by_few_people(one, two, three, nowhere, shown):
    rows = {"a": one, "b": two, "c": three, "x": nowhere}
    log = made(*((f"{where}{i}", 0, where) for where, n in rows.items() for i in range(n)))
    table = count_funnel(log, STAGES)
    assert table["n_customers"].to_list() == shown
    assert table["is_suppressed"].to_list() == [n is None for n in shown]
    hidden = table.filter("is_suppressed").drop("stage", "is_suppressed")
    assert all(column.null_count() == hidden.height for column in hidden)


def test_few_customers_give_no_rows_of_paths():
    log = made(*crowd("a", 9))
    for count in (count_transitions, count_variants, count_steps):
        assert count(log).height == 0
        assert count(log).schema == count(TRIP, hide_below=1).schema | count(log).schema


# Limits


def test_one_event():
    log = made(("anna", 0, "a"))
    assert picked(count_transitions(log, hide_below=1), "from_touchpoint", "place", "n") == [
        ("a", "end", "1")
    ]
    assert count_variants(log, hide_below=1)["variant"].to_list() == [["a"]]
    assert count_steps(log, steps=2, hide_below=1)["touchpoint"].to_list() == ["a", None]
    assert count_touchpoints(log, hide_below=1)["reach"].to_list() == [1.0]


@pytest.mark.parametrize("n_parts", [1, 3])
def test_an_empty_log_gives_empty_tables_of_the_same_columns(n_parts):
    empty = made()
    for count in COUNTS:
        table = count(empty, hide_below=1, n_parts=n_parts)
        assert table.height == (3 if table.columns[0] == "stage" else 0)
        assert table.columns == count(TRIP, hide_below=1).columns
    assert describe_log(empty)["n_events"].item() == 0
    assert split_journeys(empty).height == 0


def test_a_customer_with_a_hundred_thousand_events():
    n = 100_000
    log = prepare_log(
        pl.DataFrame(
            {
                "customer_id": ["anna"] * n,
                "at": pl.datetime_range(START, START + timedelta(minutes=n - 1), "1m", eager=True),
                "touchpoint": ["a", "b"] * (n // 2),
            }
        )
    )
    table = count_transitions(log, hide_below=1)
    assert table.filter(pl.col("place") == "touchpoint")["n"].to_list() == [n // 2, n // 2 - 1]
    assert table["median_days"][0] == pytest.approx(1 / 1440, rel=0.01)
    assert len(count_variants(log, hide_below=1)["variant"][0]) == n
    assert count_steps(log, steps=1000, hide_below=1).height == 1000
    # All events are one person's: they say hardly more than one.
    assert table["ci_high"][0] - table["ci_low"][0] > 0.5


def test_a_touchpoint_seen_once():
    log = made(*crowd("a", 30), ("zoe", 5, "b"))
    table = count_touchpoints(log, hide_below=1)
    assert table.row(-1)[:3] == ("b", 1, 1)


def test_simultaneous_events_keep_the_declared_order():
    events = make(("anna", 0, "b"), ("anna", 0, "a"), ("anna", 0, "c")).with_columns(
        number=pl.Series([2, 1, 3])
    )
    assert prepare_log(events)["touchpoint"].to_list() == ["b", "a", "c"]
    log = prepare_log(events, order="number")
    assert log["touchpoint"].to_list() == ["a", "b", "c"]
    assert describe_log(log)["n_simultaneous"].item() == 2
    table = count_transitions(log, hide_below=1).filter(pl.col("place") == "touchpoint")
    assert table["median_days"].to_list() == [0.0, 0.0]


def test_a_clock_going_back_is_sorted_by_preparing_and_refused_without():
    events = make(("anna", 5, "b"), ("anna", 0, "a"))
    assert prepare_log(events)["touchpoint"].to_list() == ["a", "b"]
    turned = prepare_log(events).reverse()
    for count in COUNTS[:4]:
        with pytest.raises(DataError, match="not in order"):
            count(turned)


def test_customers_apart_are_refused():
    log = made(("anna", 0, "a"), ("ben", 0, "a"), ("cleo", 0, "a"))
    with pytest.raises(DataError, match="not in order"):
        count_transitions(pl.concat([log, log]))


def test_rows_without_a_customer_are_counted_and_in_no_path():
    log = made(("anna", 0, "a"), (None, 1, "b"), (None, 2, "b"))
    assert log["customer_id"].to_list() == ["anna", None, None]
    assert describe_log(log)["n_without_customer"].item() == 2
    assert count_touchpoints(log, hide_below=1)["touchpoint"].to_list() == ["a"]
    assert count_variants(log, hide_below=1)["base"].to_list() == [1]


@pytest.mark.parametrize("column", ["at", "touchpoint"])
def test_events_without_instant_or_touchpoint_are_refused(column):
    events = TRIP.with_columns(
        pl.when(pl.int_range(pl.len()) > 3).then(pl.col(column)).alias(column)
    )
    with pytest.raises(DataError, match=f"4 of 6 events have no value in column '{column}'"):
        prepare_log(events)


def test_text_for_an_instant_is_refused():
    with pytest.raises(DataError, match="'when' is String"):
        prepare_log(
            pl.DataFrame({"c": ["anna"], "when": ["2025-01-01"], "t": ["a"]}),
            customer="c",
            at="when",
            touchpoint="t",
        )


def test_two_columns_for_one_role_are_refused():
    events = make(("anna", 0, "a")).with_columns(page=pl.lit("x"))
    with pytest.raises(ParameterError, match="'touchpoint'"):
        prepare_log(events, touchpoint="page")


def test_an_unprepared_frame_is_refused():
    with pytest.raises(DataError, match="prepare_log"):
        count_transitions(make(("anna", 0, "a")))


@pytest.mark.parametrize(
    "wrong", [{"gap_days": 0.0}, {"n_parts": 0}, {"hide_below": 0}, {"gap_days": float("nan")}]
)
def test_parameters_out_of_range_are_refused(wrong):
    with pytest.raises(ParameterError):
        count_transitions(TRIP, **wrong)


def test_stages_are_checked():
    with pytest.raises(ParameterError, match="more than one stage"):
        count_funnel(TRIP, {"one": ["a"], "two": ["a"]})
    with pytest.raises(ParameterError, match="in the log"):
        count_funnel(TRIP, {"one": ["A"]})


@pytest.mark.parametrize("kind", [pl.Int32, pl.Categorical, pl.Enum(["z", "anna", "ben"])])
def test_customers_may_be_of_any_type(kind):
    names = {"anna": "7", "ben": "3"} if kind == pl.Int32 else {"anna": "anna", "ben": "ben"}
    events = make(("anna", 1, "b"), ("ben", 0, "a"), ("anna", 0, "a")).with_columns(
        pl.col("customer_id").replace(names).cast(kind)
    )
    table = count_transitions(prepare_log(events), hide_below=1)
    assert picked(table, "from_touchpoint", "place", "n") == [
        ("a", "touchpoint", "1"),
        ("a", "end", "1"),
        ("b", "end", "1"),
    ]


# A naive loop on random logs

EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["anna", "ben", "cleo", "dan", None]),
        st.integers(0, 12),
        st.sampled_from("abcx"),
    ),
    min_size=1,
    max_size=40,
)
GAPS = st.sampled_from([None, 1.0, 3.0])


def naive_journeys(rows, gap):
    """Journeys as (customer, [(day, touchpoint)]), in the order of a log."""
    known = sorted((row for row in rows if row[0]), key=lambda row: (row[0], row[1]))
    journeys = []
    for who, events in groupby(known, key=lambda row: row[0]):
        for before, (_, day, where) in pairwise([None, *events]):
            if before is None or (gap is not None and day - before[1] > gap):
                journeys.append((who, []))
            journeys[-1][1].append((day, where))
    return journeys


@pytest.mark.slow
@settings(deadline=None, max_examples=150)
@given(EVENTS, GAPS, st.integers(1, 4))
def test_transitions_equal_a_naive_loop(rows, gap, n_parts):
    table = count_transitions(made(*rows), gap_days=gap, hide_below=1, n_parts=n_parts)
    pairs, people, times = Counter(), {}, {}
    for who, events in naive_journeys(rows, gap):
        for (day, where), (later, to) in pairwise([*events, (None, None)]):
            pairs[where, to] += 1
            people.setdefault((where, to), set()).add(who)
            if to:
                times.setdefault((where, to), []).append(later - day)
    base = Counter()
    for (where, _), n in pairs.items():
        base[where] += n
    found = table.select("from_touchpoint", "to_touchpoint", "n", "n_customers", "base").rows()
    expected = [(*pair, n, len(people[pair]), base[pair[0]]) for pair, n in pairs.items()]
    assert sorted(found, key=str) == sorted(expected, key=str)
    middle = pl.DataFrame(
        [(*pair, *(float(pl.Series(days).quantile(q, "linear")) for q in (0.5, 0.9)))
         for pair, days in times.items()],
        schema=["from_touchpoint", "to_touchpoint", "median", "p90"], orient="row",
    )  # fmt: skip
    named = table.filter(pl.col("place") == "touchpoint").with_columns(
        pl.col("from_touchpoint", "to_touchpoint").cast(pl.String)
    )
    if middle.height:
        both = named.join(middle, on=["from_touchpoint", "to_touchpoint"], validate="1:1")
        assert both["median_days"].to_list() == pytest.approx(both["median"].to_list(), rel=0.0101)
        assert both["p90_days"].to_list() == pytest.approx(both["p90"].to_list(), rel=0.0101)


@pytest.mark.slow
@settings(deadline=None, max_examples=100)
@given(EVENTS, GAPS, st.integers(1, 4))
def test_variants_and_steps_equal_a_naive_loop(rows, gap, n_parts):
    log, options = made(*rows), {"gap_days": gap, "hide_below": 1, "n_parts": n_parts}
    journeys = naive_journeys(rows, gap)
    paths, people = Counter(), {}
    cells, met = Counter(), {}
    for who, events in journeys:
        path = tuple(where for _, where in events)
        paths[path] += 1
        people.setdefault(path, set()).add(who)
        for step, where in enumerate([*path, *[None] * 5][:5], start=1):
            cells[step, where] += 1
            met.setdefault((step, where), set()).add(who)
    variants = count_variants(log, top=100, **options).select("variant", "n", "n_customers").rows()
    expected = {path: (n, len(people[path])) for path, n in paths.items()}
    assert {tuple(path): figures for path, *figures in variants} == {
        path: list(figures) for path, figures in expected.items()
    }
    steps = count_steps(log, steps=5, **options)
    found = steps.select("step", "touchpoint", "n", "n_customers").rows()
    assert {(step, where): (n, who) for step, where, n, who in found} == {
        cell: (n, len(met[cell])) for cell, n in cells.items()
    }
    assert set(steps["base"]) <= {len(journeys)}


@pytest.mark.slow
@settings(deadline=None, max_examples=75)
@given(EVENTS, st.integers(1, 4))
def test_reach_and_funnel_equal_a_naive_loop(rows, n_parts):
    log, options = made(*rows), {"hide_below": 1, "n_parts": n_parts}
    known = [row for row in rows if row[0]]
    met = {where: {who for who, _, other in known if other == where} for where in "abcx"}
    touchpoints = count_touchpoints(log, **options).select("touchpoint", "n", "n_customers")
    expected = [
        (where, sum(row[2] == where for row in known), len(people))
        for where, people in met.items()
        if people
    ]
    assert sorted(touchpoints.rows()) == expected
    if any(where in "abc" for _, _, where in rows):
        funnel = count_funnel(log, STAGES, **options)
        assert funnel["n_customers"].to_list() == [
            len(met["a"] | met["b"] | met["c"]), len(met["b"] | met["c"]), len(met["c"])
        ]  # fmt: skip


# Parts, files, order


@pytest.fixture(scope="module")
def many():
    """A log of 400 customers, some rows of nobody."""
    n = 4000
    return prepare_log(
        pl.DataFrame({"i": range(n)}).select(
            customer_id=pl.when(pl.col("i") % 17 > 0).then(
                pl.format("c{}", (pl.col("i") * 7919) % 400)
            ),
            at=pl.lit(START) + pl.duration(minutes=(pl.col("i") * 104_729) % 500_000),
            touchpoint=pl.format("t{}", (pl.col("i") * 31) % 11 % 7),
        )
    )


@pytest.mark.parametrize("count", COUNTS[:4])
def test_parts_and_files_do_not_change_a_figure(many, count, tmp_path):
    many.write_parquet(tmp_path / "log.parquet")
    whole = count(many)
    for n_parts in (2, 7):
        scanned = pl.scan_parquet(tmp_path / "log.parquet")
        assert_frame_equal(count(scanned, n_parts=n_parts), whole, check_exact=True)


@pytest.mark.parametrize("count", COUNTS[:4])
def test_parts_may_need_keys_of_different_width(many, count, monkeypatch):
    whole, widths = count(many), cycle([pl.UInt32, pl.UInt64])
    for module in (walk, transitions):
        monkeypatch.setattr(module, "key_type", lambda n_keys: next(widths))
    assert_frame_equal(count(many, n_parts=3), whole, check_exact=True)


@pytest.mark.parametrize("count", COUNTS[:4])
def test_the_order_of_the_rows_does_not_matter(many, count):
    mixed = prepare_log(many.sample(fraction=1, shuffle=True, seed=1))
    assert_frame_equal(count(mixed), count(many), check_exact=True)


def test_a_window_of_a_log_is_a_log(many):
    window = many.filter(pl.col("at").is_between(START, START + timedelta(days=90)))
    assert count_transitions(window)["n"].sum() < count_transitions(many)["n"].sum()


def test_every_event_of_a_customer_is_one_departure(many):
    table = count_transitions(many, hide_below=1)
    assert table["n"].sum() == describe_log(many).select(
        pl.col("n_events") - pl.col("n_without_customer")
    ).item()  # fmt: skip
