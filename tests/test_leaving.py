"""Who left, by contract or by the customer's own rhythm, and who only stayed away for a while."""

import tempfile
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxresearch.errors import ParameterError
from cxresearch.intake.prepare import open_study
from cxresearch.intake.sample import make_sample, write_sample
from cxresearch.period import Period, parse_period
from cxresearch.transforms.leaving import (
    COMPARISON_COLUMNS,
    LEAVING_COLUMNS,
    compare_definitions,
    find_leaving,
    find_recorded_leaving,
)
from cxresearch.transforms.rhythm import find_returns, follow_rhythm, list_purchases, measure_pace
from tests.decisive import FEW, answer, contact, decisive_tables
from tests.promised import study_of

YEAR = parse_period("2025")
START = datetime(2025, 1, 1, 12, tzinfo=UTC)
RHYTHM = {"times": [2, 3, 4], "at_least_days": 30}


def bought(customer: str | None, *days: float) -> list[dict]:
    """Purchases on these days of 2025."""
    at = [START + timedelta(days=day) for day in days]
    return [contact(customer, when, "shop", kind="purchase") for when in at]  # type: ignore[arg-type]


def shop(*purchases: dict, leaving: dict | None = RHYTHM, customers=None, answers=None):
    study = study_of(window_months=12, privacy=FEW, leaving=leaving)
    rows = [*purchases] or pl.DataFrame(
        schema={"customer_id": pl.String, "at": pl.Datetime("us", "UTC"), "kind": pl.String}
    )
    return decisive_tables(contacts=rows, customers=customers, answers=answers, study=study)


def by_customer(table: pl.DataFrame, column: str) -> dict:
    return dict(table.select("customer_id", column).rows())


def days(instant: datetime | None) -> float | None:
    return None if instant is None else (instant - START) / timedelta(days=1)


EVEN = [*bought("stays", *range(0, 360, 20)), *bought("goes", *range(0, 101, 20))]


def test_who_does_not_buy_for_three_usual_gaps_has_left_at_that_instant() -> None:
    leaving = find_leaving(shop(*EVEN), period=YEAR)
    assert leaving.columns == list(LEAVING_COLUMNS)
    assert by_customer(leaving, "usual_gap_days") == pytest.approx({"stays": 20, "goes": 20})
    left = by_customer(leaving, "left_at")
    assert left["stays"] is None
    assert days(left["goes"]) == pytest.approx(100 + 60, abs=0.01)
    assert by_customer(leaving, "left_month")["goes"] == datetime(2025, 6, 1, tzinfo=UTC)
    assert by_customer(leaving, "is_left") == {"goes": True, "stays": False}
    assert leaving["definition"].unique().to_list() == ["rhythm"]
    assert leaving["times"].unique().to_list() == [3.0]


@pytest.mark.parametrize(("times", "gone"), [(2, 140), (4, 180)])
def test_x_says_after_how_many_usual_gaps(times: float, gone: float) -> None:
    leaving = find_leaving(shop(*EVEN), period=YEAR, times=times)
    assert days(by_customer(leaving, "left_at")["goes"]) == pytest.approx(gone, abs=0.01)


def test_nobody_leaves_before_the_least_number_of_days_however_fast_their_pace() -> None:
    fast = [*bought("a", *range(0, 101, 2)), *bought("b", *range(0, 340, 2))]
    leaving = find_leaving(shop(*fast, leaving=RHYTHM | {"at_least_days": 50}), period=YEAR)
    assert days(by_customer(leaving, "left_at")["a"]) == pytest.approx(150, abs=0.01)


def test_a_silence_too_young_to_count_is_not_leaving() -> None:
    late = [*bought("a", *range(0, 320, 20)), *bought("b", *range(0, 321, 20))]
    leaving = find_leaving(shop(*late), period=YEAR)  # the last purchases lie 65 and 45 days back
    assert by_customer(leaving, "is_left") == {"a": True, "b": False}


def test_who_buys_again_came_back_and_who_came_back_entered_then() -> None:
    rows = [*EVEN, *bought("goes", 300, 320, 340)]
    tables = shop(*rows)
    leaving = find_leaving(tables, period=YEAR)
    assert days(by_customer(leaving, "came_back_at")["goes"]) == 300
    assert days(by_customer(leaving, "entered_at")["goes"]) == 0
    later = find_leaving(tables, period=Q4)
    assert days(by_customer(later, "entered_at")["goes"]) == 300
    assert by_customer(later, "left_at")["goes"] is None


Q4 = parse_period("2025-Q4")


def test_who_was_gone_before_the_window_is_not_in_it() -> None:
    leaving = find_leaving(shop(*EVEN), period=Q4)
    assert leaving["customer_id"].to_list() == ["stays"]


def test_a_customers_later_purchases_never_change_when_they_left() -> None:
    company = [row for n in range(40) for row in bought(f"c{n}", *range(0, 360, 19 + n % 3))]
    first, again = (
        find_leaving(shop(*EVEN, *company, *later), period=YEAR)
        for later in ([], bought("goes", 300, 301, 302))
    )
    # The pace of all, a constant of the definition, moves a little; their own gaps of a day do not
    # count, which alone would halve the usual gap.
    gone = [days(by_customer(table, "left_at")["goes"]) for table in (first, again)]
    assert gone[1] == pytest.approx(gone[0], rel=0.02)


def test_a_contract_tells_itself_and_the_rhythm_only_on_demand() -> None:
    customers = [
        {"customer_id": "goes", "joined_at": None, "left_at": START + timedelta(days=200)},
        {"customer_id": "stays", "joined_at": datetime(2020, 1, 1, tzinfo=UTC), "left_at": None},
        {"customer_id": "silent", "joined_at": None, "left_at": None},
    ]
    tables = shop(*EVEN, customers=customers)
    leaving = find_leaving(tables, period=YEAR)
    assert leaving["definition"].unique().to_list() == ["contract"]
    assert by_customer(leaving, "is_left") == {"goes": True, "silent": False, "stays": False}
    assert days(by_customer(leaving, "last_purchase_at")["goes"]) == 100
    entered = by_customer(leaving, "entered_at")
    assert entered == {"goes": START, "silent": None, "stays": datetime(2020, 1, 1, tzinfo=UTC)}
    asked = find_leaving(tables, period=YEAR, times=3)
    assert asked["definition"].unique().to_list() == ["rhythm"]
    assert asked["customer_id"].to_list() == ["goes", "stays"]  # who never bought has no rhythm


def test_leaving_after_the_data_or_the_window_is_not_seen_in_it() -> None:
    customers = [
        {"customer_id": name, "joined_at": None, "left_at": left}
        for name, left in {
            "before": datetime(2024, 12, 31, tzinfo=UTC),
            "within": datetime(2025, 6, 30, 23, tzinfo=UTC),
            "at the end": datetime(2025, 7, 1, tzinfo=UTC),
            "announced": datetime(2026, 3, 1, tzinfo=UTC),
        }.items()
    ]
    half = Period(YEAR.start, parse_period("2025-07").start)
    leaving = find_leaving(decisive_tables(customers=customers), period=half)
    expected = {"announced": False, "at the end": False, "within": True}
    assert by_customer(leaving, "is_left") == expected
    assert by_customer(leaving, "left_at")["announced"] is None
    assert by_customer(leaving, "left_at")["at the end"] is not None


def test_without_a_contract_nor_a_declaration_nobody_is_called_gone() -> None:
    leaving = find_leaving(shop(*EVEN, leaving=None), period=YEAR)
    assert leaving["is_left"].to_list() == [False, False]
    assert leaving["definition"].unique().to_list() == ["contract"]


@pytest.mark.parametrize("rows", [[], bought("a", 1), [*bought("a", 1), *bought("b", 9)]])
def test_where_nobody_bought_twice_there_is_no_pace_and_nobody_leaves(rows: list[dict]) -> None:
    leaving = find_leaving(shop(*rows), period=YEAR)
    assert leaving.height == len(rows)
    assert not leaving["is_left"].any()
    assert leaving["usual_gap_days"].null_count() == len(rows)
    assert compare_definitions(shop(*rows), period=YEAR)["n_left"].to_list() == [0, 0, 0]


def test_a_list_of_names_is_no_record_that_everybody_stayed() -> None:
    tables = decisive_tables(answers=[answer("a", START, 9)])
    assert find_leaving(tables, period=YEAR).height == 1
    assert find_recorded_leaving(tables, period=YEAR).is_empty()
    by_rhythm = shop(*EVEN)
    assert find_recorded_leaving(by_rhythm, period=YEAR).height > 0


def test_answers_alone_name_customers_who_never_leave() -> None:
    tables = decisive_tables(answers=[answer("a", START, 9), {**answer("b", START, 9)}])
    leaving = find_leaving(tables, period=YEAR)
    assert leaving.select("customer_id", "entered_at", "is_left").rows() == [
        ("a", START, False),
        ("b", START, False),
    ]


def test_anonymous_purchases_and_a_second_one_on_the_day_do_not_count() -> None:
    rows = [*EVEN, *bought(None, *range(0, 300, 5)), *bought("goes", 100.1)]
    assert find_leaving(shop(*rows), period=YEAR).equals(find_leaving(shop(*EVEN), period=YEAR))


def test_the_order_of_rows_does_not_matter() -> None:
    straight, turned = (
        find_leaving(shop(*rows), period=YEAR) for rows in (EVEN, list(reversed(EVEN)))
    )
    assert straight.equals(turned)


def test_x_below_one_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"times=0\.5"):
        find_leaving(shop(*EVEN), period=YEAR, times=0.5)


def test_three_definitions_stand_side_by_side_with_who_came_back() -> None:
    rows = [*EVEN, *bought("back", *range(0, 101, 20), 170, 190)]
    table = compare_definitions(shop(*rows), period=YEAR)
    assert table.columns == list(COMPARISON_COLUMNS)
    figures = table.select("times", "n", "n_left", "n_came_back").rows()
    # "back" is silent for 70 days, 3.5 usual gaps, and again from day 190 on.
    assert figures == [(2.0, 3, 2, 1), (3.0, 3, 2, 1), (4.0, 3, 2, 0)]
    assert table["share"].to_list() == pytest.approx([2 / 3] * 3)
    assert (table["ci_low"] < table["share"]).all()
    assert (table["share"] < table["ci_high"]).all()
    nobody = compare_definitions(shop(*bought("stays", *range(0, 360, 20))), period=YEAR)
    assert nobody["share_came_back"].to_list() == [None] * 3


def test_missing_two_purchases_and_returning_is_a_defection_missing_one_is_not() -> None:
    steady = [20 * number for number in range(18)]
    rows = bought("steady", *steady)
    rows += bought("one", *(day for day in steady if day != 100))
    rows += bought("two", *(day for day in steady if day not in (100, 120)))
    rows += bought("gone", *(day for day in steady if day < 200))
    leaving = find_leaving(shop(*rows), period=YEAR)
    expected = {"gone": False, "one": False, "steady": False, "two": True}
    assert by_customer(leaving, "is_defector") == expected
    before = find_leaving(shop(*rows), period=Period(YEAR.start, Q4.start)).filter("is_defector")
    assert before["customer_id"].to_list() == ["two"]
    assert not find_leaving(shop(*rows), period=Q4)["is_defector"].any()


def test_who_buys_at_odd_intervals_misses_nothing_by_a_long_one() -> None:
    rng = np.random.default_rng(0)
    rows = []
    for number in range(40):
        gaps = np.exp(rng.normal(2.5, 1.0, 12))
        rows += bought(f"odd {number}", *np.cumsum(np.ceil(gaps)).tolist())
    table = find_leaving(shop(*rows), period=YEAR)
    purchases = list_purchases(shop(*rows).interactions).collect()
    long = purchases.filter(pl.col("gap_days") > 2.5 * np.exp(2.5))
    assert long["customer_id"].n_unique() > 30  # nearly all of them pause for as long
    assert table["is_defector"].sum() <= 8  # one gap in a hundred, eleven gaps each


def test_a_single_gap_is_drawn_to_the_pace_of_all() -> None:
    rows = bought("once", 0)
    rows += bought("twice", 0, 90)
    for number in range(20):
        rows += bought(f"c{number}", *range(0, 240, 20 + number % 3))
    purchases = list_purchases(shop(*rows).interactions).collect()
    pace = measure_pace(purchases)
    usual = follow_rhythm(purchases, pace=pace).unique("customer_id", keep="last")
    gap = by_customer(usual, "usual_gap_days")
    assert gap["once"] == pytest.approx(pace.usual_gap_days)
    assert 20 < gap["once"] < gap["twice"] < 90
    assert gap["c0"] == pytest.approx(20, rel=0.02)


visits = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 360)), max_size=40)


@settings(max_examples=12, deadline=None)
@given(visits=visits, times=st.sampled_from([2.0, 3.0]), start=st.sampled_from([0, 100, 200]))
def test_the_rhythm_is_what_a_loop_over_purchases_finds(visits, times: float, start: int) -> None:
    rows = [row for customer, day in visits for row in bought(customer, day)]
    window = Period(YEAR.start + timedelta(days=start), YEAR.end)
    tables = shop(*rows)
    pace = measure_pace(list_purchases(tables.interactions))
    expected = {}
    for customer in sorted({name for name, _ in visits}):
        found = _loop(sorted({day for name, day in visits if name == customer}), pace, times, start)
        if found:
            expected[customer] = found
    leaving = find_leaving(tables, period=window, times=times)
    found = {
        name: (days(entered), days(left), days(back))
        for name, entered, left, back in leaving.select(
            "customer_id", "entered_at", "left_at", "came_back_at"
        ).rows()
    }
    assert found.keys() == expected.keys()
    for name, (entered, left, back) in expected.items():
        assert found[name][0] == entered
        assert found[name][1] == (None if left is None else pytest.approx(left, abs=0.01))
        assert found[name][2] == back


def _loop(bought_on: list[int], pace, times: float, start: int):
    """The first stretch that reaches into the window: entered, left, back."""
    since, logs, n = bought_on[0], 0.0, 0
    for place, day in enumerate(bought_on):
        if place:
            logs, n = logs + np.log(day - bought_on[place - 1]), n + 1
        following = bought_on[place + 1] if place + 1 < len(bought_on) else None
        if np.isnan(pace.usual_gap_days):
            gone = np.inf
        else:
            weight = max(pace.weight, 1e-9)
            usual = np.exp((logs + weight * np.log(pace.usual_gap_days)) / (n + weight))
            gone = day + np.ceil(max(times * usual, 30) * 1440) / 1440
        if following is not None and following <= gone:
            continue
        if gone >= start - 0.5:  # purchases are made at noon
            is_seen = gone < 364.5
            return since, gone if is_seen else None, following if is_seen else None
        if following is None:
            return None
        since = following
    return None


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_planted_defectors_are_found_and_far_fewer_without_their_story(seed: int) -> None:
    found = {}
    for story in ("with", "without"):
        without = ["temporary_defectors"] if story == "without" else []
        company = make_sample(seed=seed, n_customers=6000, without=without)
        with tempfile.TemporaryDirectory() as folder:
            write_sample(company, folder)
            tables = open_study(folder)
            leaving = find_leaving(tables, period=tables.period().window(24))
        assert leaving["definition"].unique().to_list() == ["contract"]
        found[story] = set(leaving.filter("is_defector")["customer_id"])
        if story == "with":
            planted = set(company.truth["defections"].filter("is_back")["customer_id"])
    hit = len(found["with"] & planted)
    assert hit / len(planted) > 0.4
    assert hit / len(found["with"]) > 0.5
    assert len(found["without"]) < 0.6 * len(found["with"])


@pytest.mark.slow
def test_the_rhythm_finds_most_of_who_left_by_contract_and_few_others() -> None:
    company = make_sample(seed=0, n_customers=6000)
    with tempfile.TemporaryDirectory() as folder:
        write_sample(company, folder)
        tables = open_study(folder)
        period = tables.period().window(24)
        contract = find_leaving(tables, period=period)
        rhythm = find_leaving(tables, period=period, times=3)
    # Who left by contract a year before the data end has had time to fall silent.
    early = contract.filter(pl.col("left_at") < period.window(12).start_at)["customer_id"]
    gone = rhythm.filter("is_left")["customer_id"]
    seen = early.filter(early.is_in(rhythm["customer_id"].implode()))
    assert seen.is_in(gone.implode()).mean() > 0.9
    stayed = contract.filter(~pl.col("is_left"))["customer_id"]
    assert stayed.is_in(gone.implode()).mean() < 0.1


def test_returns_are_listed_only_where_a_customer_has_other_gaps() -> None:
    rows = [*bought("a", 0, 10, 20, 30, 90), *bought("b", 0, 60)]
    rows += bought("c", *range(0, 300, 10))
    purchases = list_purchases(shop(*rows).interactions).collect()
    returns = find_returns(purchases, pace=measure_pace(purchases))
    assert returns.select("customer_id", "gap_days").rows() == [("a", 60)]
