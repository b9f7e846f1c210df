"""Silent churn: by hand, planted, absent where nothing is planted, and at the edges."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from cxresearch.errors import ParameterError
from cxresearch.intake import StudyTables
from cxresearch.intake.prepare import open_study
from cxresearch.intake.sample import SampleCompany, make_sample, write_sample
from cxresearch.models.logit import fit_logit
from cxresearch.models.silent import (
    FEW_LEAVERS,
    NO_LEAVING,
    NO_RECORDS,
    SilentChurn,
    size_silent_churn,
)
from cxresearch.models.silent_bounds import (
    ASSUMPTIONS,
    BOTH,
    NAIVE,
    REASONS,
    RECORDS,
    Bounds,
    bounds_of_both,
    bounds_of_reasons,
    bounds_of_records,
    do_contradict,
)
from cxresearch.models.silent_hazard import EXPERIENCES, fit_months
from cxresearch.models.silent_months import in_months_before, lay_out_months
from cxresearch.models.silent_reasons import count_reasons
from cxresearch.models.silent_tables import BOUNDS, GLANCE
from cxresearch.models.silent_words import find_silence, find_words
from cxresearch.transforms.leaving import find_leaving
from tests.decisive import FEW, YEAR, answer, contact, decisive_tables, on, simple_company
from tests.promised import study_of

JOINED = datetime(2020, 1, 1, tzinfo=UTC)


def customer(name: str, left: datetime | None = None, **more: Any) -> dict[str, Any]:
    return {"customer_id": name, "joined_at": JOINED, "left_at": left, **more}


def size(tables: StudyTables, **options: Any) -> SilentChurn:
    return size_silent_churn(tables, period=YEAR, window_months=12, **options)


def five() -> StudyTables:
    """Ann complained, Bob did so long before, Cem gave a 3, Dea said nothing and Eve stayed."""
    people = [
        customer("Ann", on(6, 20), annual_value=100.0),
        customer("Bob", on(8, 20), annual_value=200.0),
        customer("Cem", on(9, 20), annual_value=300.0),
        customer("Dea", on(10, 20), annual_value=400.0),
        customer("Eve", annual_value=500.0),
    ]
    contacts = [
        contact("Ann", on(6, 19), reason="Complaint about a queue"),
        contact("Bob", on(5, 19), reason="reclamo"),
        contact("Dea", on(10, 1), reason="invoice", is_resolved=False),
        contact("Eve", on(1, 5), reason="complaint"),
    ]
    answers = [answer("Cem", on(8), 3), answer("Dea", on(8), 9), answer("Eve", on(8), 2, "desk")]
    return decisive_tables(contacts=contacts, answers=answers, customers=people)


def test_silent_are_those_who_said_no_word_in_the_months_before_they_left() -> None:
    model = size(five())
    told = dict(model.leavers.select("customer_id", "is_silent").iter_rows())
    assert told == {"Ann": False, "Bob": True, "Cem": False, "Dea": True}
    row = model.glance().row(0, named=True)
    assert list(row) == list(GLANCE)
    assert (row["n_left"], row["n_silent"], row["share"]) == (4, 2, 0.5)
    assert (row["n_stayed"], row["k_months"]) == (1, 3)
    # One customer stayed: fewer than may be shown.
    assert row["share_stayed"] is None


def test_the_value_is_that_of_a_year_however_long_the_window() -> None:
    # Bob (200) and Dea (400) left in silence, both in the last twelve months.
    for months, days in ((12, 365), (24, 731)):
        row = size_silent_churn(five(), period=YEAR, window_months=months).glance()
        assert row["n_silent"].item() == 2
        assert row["years"].item() == pytest.approx(days / 365.25)
        assert row["value_high"].item() == pytest.approx(600 / (days / 365.25))


def test_what_no_record_shows_counts_as_much_again_and_no_more() -> None:
    # The odds of leaving are 1, without the bad experience a third: 1 - 1/4 : 1/2 = half of them.
    n, last = 10, 11
    bad = np.zeros((n, 13, 1), dtype=bool)
    bad[:4, last] = True
    months = SimpleNamespace(bad=bad, n_months=last + 1)
    harm = np.array([np.log(3.0)])
    hazard: Any = SimpleNamespace(
        months=months,
        n_places=1,
        clear=np.array([True]),
        good=np.array([0.0]),
        harms=lambda: harm,
        draw_harms=lambda draws, _: (np.tile(harm, (draws, 1)),) * 2,
        log_odds=lambda customer, _: np.zeros(customer.size),
    )
    found = bounds_of_records(
        hazard,
        np.arange(n),
        np.full(n, last),
        n_silent=n + 2,
        random_state=0,
        confidence=0.95,
    )
    assert found.low == pytest.approx(4 / 2)
    assert found.high == pytest.approx(2 * 4 / 2 + 2)  # as many again, and two nobody knows of
    assert 0 <= found.ci_low <= found.low
    assert found.high <= found.ci_high <= n + 2


def test_an_earlier_word_counts_when_more_months_do() -> None:
    model = size(five(), k_months=4)
    assert model.leavers.filter("is_silent")["customer_id"].to_list() == ["Dea"]


def test_a_negative_comment_is_a_word_once_comments_are_handed_in() -> None:
    scored = pl.DataFrame(
        {
            "customer_id": ["Dea", "Bob"],
            "at": [on(9), on(7)],
            "label": ["negative", "positive"],
        }
    )
    model = size(five(), scored=scored)
    assert model.leavers.filter("is_silent")["customer_id"].to_list() == ["Bob"]
    words = find_words(five(), scored=scored)
    assert sorted(words["kind"]) == ["answer", "answer", "comment", *["complaint"] * 3]


def test_few_leavers_leave_only_the_naive_count_and_the_base_rate() -> None:
    model = size(five())
    only = model.tidy().row(0, named=True)
    assert model.tidy().height == 1
    assert list(only) == list(BOUNDS)
    assert (only["assumption"], only["low"], only["high"], only["base"]) == (NAIVE, 0, 2, 2)
    assert (only["share_low"], only["share_high"], only["is_headline"]) == (0, 0.5, True)
    row = model.glance().row(0, named=True)
    assert (row["is_fitted"], row["why_not"]) == (False, FEW_LEAVERS)
    # Two silent leavers a year, 300 each on average.
    assert row["value_low"] == 0
    assert row["value_high"] == pytest.approx(600, rel=0.01)
    assert model.experiences.is_empty()


def test_every_row_of_bounds_has_a_sentence() -> None:
    assert set(ASSUMPTIONS) == {NAIVE, RECORDS, REASONS, BOTH}
    assert all(sentence.endswith(".") for sentence in ASSUMPTIONS.values())


def test_nobody_left_and_everybody_left() -> None:
    stayed = decisive_tables(customers=[customer("Ann"), customer("Bob")])
    model = size(stayed)
    row = model.glance().row(0, named=True)
    assert model.tidy().is_empty()
    assert (row["n_left"], row["share"], row["high"], row["why_not"]) == (0, None, None, NO_LEAVING)
    gone = decisive_tables(customers=[customer("Ann", on(5)), customer("Bob", on(6))])
    row = size(gone).glance().row(0, named=True)
    assert (row["n_left"], row["n_silent"], row["share_stayed"]) == (2, 2, None)
    assert (row["high"], row["value_high"]) == (2, None)


def test_without_operations_bounds_stay_from_nobody_to_everybody() -> None:
    people = [customer(f"c{i}", on(1 + i % 12) if i < 120 else None) for i in range(300)]
    model = size(decisive_tables(customers=people))
    assert model.glance()["why_not"].item() == NO_RECORDS
    assert model.tidy()["assumption"].to_list() == [NAIVE]
    assert model.tidy()["high"].to_list() == [120]


def test_of_few_leavers_nothing_is_told() -> None:
    study = study_of(window_months=12, privacy={"hide_below": 5, "reliable_from": 5})
    model = size(replace(five(), study=study))
    assert model.tidy().is_empty()
    row = model.glance().row(0, named=True)
    assert (row["n_left"], row["n_silent"], row["share"], row["low"]) == (4, None, None, None)


def test_a_study_of_logs_alone_is_read_by_its_rhythm() -> None:
    contacts = [
        contact(f"c{i:03d}", on(m), "shop", kind="purchase")
        for i in range(250)
        for m in range(1, 6 if i < 120 else 13)
    ]
    study = study_of(window_months=12, privacy=FEW, leaving={"times": [2, 3, 4]})
    model = size(decisive_tables(contacts=contacts, study=study))
    assert model.glance().select("n_left", "n_silent", "why_not").row(0) == (120, 120, NO_RECORDS)


def test_a_month_is_what_k_says() -> None:
    with pytest.raises(ParameterError, match="1 month or more"):
        size(five(), k_months=0)


# --- what bad experiences add -------------------------------------------------------------------


def test_who_left_after_being_refused_would_mostly_have_stayed() -> None:
    # Of those refused .4 leave in the month after, of others .04: nine in ten left through it.
    tables = simple_company(3000)
    model = size(tables, k_months=1)
    refused = tables.interactions.filter(touchpoint="desk", is_resolved=False).collect()
    month_after = pl.col("left_at").dt.month() == pl.col("at").dt.month() + 1
    after = model.leavers.join(refused, on="customer_id").filter(month_after)
    assert after.height > 250
    # A little more than nine in ten: nobody leaves in the month of a visit, or after being served.
    assert 0.9 <= after["chance"].mean() <= 0.95
    others = model.leavers.join(after, on="customer_id", how="anti")
    assert others["chance"].max() < 0.05
    found = dict(model.experiences.select("touchpoint", "is_clear").iter_rows())
    assert found == {"desk": True, "site": False}
    bounds = {row["assumption"]: row for row in model.tidy().iter_rows(named=True)}
    true = 0.9 * after.height
    assert bounds[RECORDS]["ci_low"] < bounds[RECORDS]["low"] < true < bounds[RECORDS]["ci_high"]


def test_nothing_of_the_month_of_leaving_enters() -> None:
    tables = simple_company(900)
    left = tables.customers.drop_nulls("left_at").collect()
    late = [
        contact(name, at.replace(day=1), "desk", is_resolved=False)
        for name, at in left.select("customer_id", "left_at").iter_rows()
    ]
    more = pl.concat(
        [tables.interactions.collect(), decisive_tables(contacts=late).interactions.collect()],
        how="diagonal_relaxed",
    )
    poisoned = replace(tables, interactions=more.lazy())
    one, two = size(tables, k_months=2), size(poisoned, k_months=2)
    assert_frame_equal(one.experiences, two.experiences)
    assert_frame_equal(one.tidy(), two.tidy())


def test_where_all_who_come_leave_nothing_is_laid_at_the_door_of_a_bad_experience() -> None:
    # Whoever comes to the desk is about to leave, however it goes there.
    rng = np.random.default_rng(3)
    n = 1500
    comes, solved = rng.random(n) < 0.4, rng.random(n) < 0.5
    left = np.where(comes, rng.random(n) < 0.5, rng.random(n) < 0.05)
    contacts = [
        contact(f"c{i:04d}", on(5), is_resolved=bool(solved[i])) for i in range(n) if comes[i]
    ]
    people = [customer(f"c{i:04d}", on(6) if left[i] else None) for i in range(n)]
    model = size(decisive_tables(contacts=contacts, customers=people))
    assert not model.experiences["is_clear"].any()
    records = model.tidy().filter(assumption=RECORDS).row(0, named=True)
    assert records["low"] == records["ci_low"] == 0


def test_the_order_of_rows_changes_nothing() -> None:
    tables = simple_company(400)
    shuffled = replace(
        tables,
        customers=tables.customers.collect().sample(fraction=1, shuffle=True, seed=1).lazy(),
        interactions=tables.interactions.collect().sample(fraction=1, shuffle=True, seed=2).lazy(),
    )
    one, two = size(tables), size(shuffled)
    assert_frame_equal(one.tidy(), two.tidy())
    assert_frame_equal(one.leavers, two.leavers)


def test_augment_keeps_every_row_and_says_nothing_of_who_stayed() -> None:
    tables = simple_company(400)
    augmented = size(tables).augment(tables.customers)
    assert augmented.height == 400
    assert augmented.filter(pl.col("left_at").is_null())["is_silent"].null_count() == (
        augmented["left_at"].null_count()
    )


def test_where_few_are_drawn_the_bounds_are_those_of_all() -> None:
    tables = simple_company(1200)
    model = size(tables, most_customers=900, k_months=1)
    row = model.tidy().filter(assumption=RECORDS).row(0, named=True)
    assert row["base"] == model.glance()["n_silent"].item() > row["n"]
    full = size(tables, k_months=1).tidy().filter(assumption=RECORDS).row(0, named=True)
    assert row["low"] == pytest.approx(full["low"], rel=0.25)


def test_by_rhythm_experiences_before_the_missing_purchase_count() -> None:
    # Everybody buys every month; those refused in May stop at once, the others go on.
    rng = np.random.default_rng(0)
    contacts, people = [], []
    for i in range(400):
        name, refused = f"c{i:03d}", i < 150
        last = 5 if refused else 12
        people.append({"customer_id": name, "joined_at": JOINED})
        day = int(rng.integers(1, 25))
        contacts += [contact(name, on(m, day), "shop", kind="purchase") for m in range(1, last + 1)]
        contacts.append(contact(name, on(5, 27), "desk", is_resolved=not refused))
    study = study_of(
        window_months=12, privacy=FEW, leaving={"times": [2, 3, 4], "at_least_days": 30}
    )
    tables = decisive_tables(contacts=contacts, customers=people, study=study)
    model = size(tables)
    row = model.glance().row(0, named=True)
    assert (row["n_left"], row["n_silent"], row["is_fitted"]) == (150, 150, True)
    assert dict(model.experiences.select("touchpoint", "is_clear").iter_rows())["desk"]
    assert row["low"] > 75


# --- stated reasons -----------------------------------------------------------------------------


def test_reasons_are_counted_by_what_study_yml_says_of_them() -> None:
    codes = ["service", "service", "price", "moved", "dull", None]
    people = [customer(f"c{i}", on(5), left_reason=code) for i, code in enumerate(codes)]
    study = study_of(
        window_months=12,
        privacy=FEW,
        left_reasons={"service": "experience", "price": "other", "moved": "unknown"},
    )
    tables = decisive_tables(customers=people, study=study)
    leavers = pl.DataFrame({"customer_id": [f"c{i}" for i in range(6)], "is_silent": [True] * 6})
    found = count_reasons(tables, leavers)
    assert (found.n_blaming, found.n_told, found.n_not_mapped) == (2, 3, 1)
    assert found.codes.rows() == [
        ("service", "experience", 2, 2),
        ("dull", None, None, None),  # fewer than may be shown
        ("moved", "unknown", None, None),
        ("price", "other", None, None),
    ]
    model = size(tables)
    assert model.tidy()["assumption"].to_list() == [NAIVE, REASONS]
    assert model.glance().select("n_told", "n_not_mapped").row(0) == (3, 1)


def test_everybody_told_and_nobody_mistaken_is_certain_up_to_the_wrong_tenth() -> None:
    found = bounds_of_reasons(n_blaming=50, n_told=100, n_silent=100, confidence=0.95)
    assert found.low == pytest.approx(100 * (0.5 - 0.1) / 0.9)
    assert found.high == pytest.approx(100 * 0.5 / 0.9)
    assert found.ci_low == pytest.approx(found.low, abs=0.01)


@pytest.mark.parametrize("n_blaming", [0, 20, 40])
def test_bounds_of_reasons_stay_among_those_who_left(n_blaming: int) -> None:
    found = bounds_of_reasons(n_blaming=n_blaming, n_told=40, n_silent=90, confidence=0.95)
    assert 0 <= found.ci_low <= found.low <= found.high <= found.ci_high <= 90


def test_records_and_reasons_meet_or_are_said_to_contradict_each_other() -> None:
    records = Bounds(RECORDS, 20, 60, 10, 70, n=100, base=100)
    reasons = Bounds(REASONS, 30, 40, 25, 50, n=40, base=100)
    both = bounds_of_both(records, reasons)
    assert (both.low, both.high, both.ci_low, both.ci_high) == (30, 40, 25, 50)
    assert not do_contradict(records, reasons)
    elsewhere = Bounds(REASONS, 80, 90, 75, 95, n=40, base=100)
    hull = bounds_of_both(records, elsewhere)
    assert do_contradict(records, elsewhere)
    assert (hull.low, hull.high, hull.ci_low, hull.ci_high) == (20, 90, 10, 95)
    near = bounds_of_both(records, Bounds(REASONS, 64, 68, 55, 75, n=40, base=100))
    assert near.ci_low <= near.low <= near.high <= near.ci_high


# --- the parts ----------------------------------------------------------------------------------


def test_a_column_that_parts_all_cases_is_held_back_by_its_prior() -> None:
    parts = np.repeat([0.0, 1.0], 20)
    beta = fit_logit(parts[:, None], parts, penalty=np.array([0.0, 0.25])).coefficients
    assert np.isfinite(beta).all()
    assert 2 < beta[1] < 10


def test_sums_before_a_month_leave_the_month_out() -> None:
    values = np.array([[1.0, 2.0, 4.0]])
    assert in_months_before(values, 1).tolist() == [[0, 1, 2, 4]]
    assert in_months_before(values, 5).tolist() == [[0, 1, 3, 7]]


def test_who_stayed_is_looked_at_as_long_as_who_left() -> None:
    people = [customer("Ann", on(6, 20)), customer("Bob"), customer("Cem"), customer("Dea")]
    contacts = [
        contact("Bob", on(6, 14), reason="complaint"),  # in the three months to the middle of June
        contact("Cem", on(6, 16), reason="complaint"),  # after it
        contact("Dea", on(3, 14), reason="complaint"),  # before them
    ]
    tables = decisive_tables(contacts=contacts, customers=people)
    leaving = find_leaving(tables, period=YEAR)
    found = find_silence(leaving, find_words(tables), period=YEAR, k_months=3)
    assert found.share_stayed == pytest.approx(2 / 3)


def by_rhythm(*said: tuple[str, datetime], k_months: int = 3) -> Any:
    """Ann's last purchase was in March at a pace of two months: gone by September. Bob stays."""
    last, gone = on(3, 10), on(9, 6)
    instant = pl.Datetime("us", "UTC")
    leaving = pl.DataFrame(
        {"customer_id": ["Ann", "Bob"], "definition": ["rhythm"] * 2, "is_left": [True, False],
         "entered_at": [JOINED] * 2, "last_purchase_at": [last, on(12)],
         "left_at": [gone, None], "usual_gap_days": [60.0] * 2},
        schema_overrides=dict.fromkeys(("entered_at", "last_purchase_at", "left_at"), instant),
    )  # fmt: skip
    words = pl.DataFrame(
        {"customer_id": [name for name, _ in said], "at": [at for _, at in said]},
        schema={"customer_id": pl.String, "at": instant},
    )
    return find_silence(leaving, words, period=YEAR, k_months=k_months)


@pytest.mark.parametrize(
    ("said", "is_silent"),
    [
        (on(3, 15), False),  # five days after the last purchase
        (on(1, 15), False),  # two months before it
        (on(8, 1), False),  # in the long wait
        (on(9, 6), False),  # on the last day
        (datetime(2024, 12, 9, tzinfo=UTC), True),  # more than three months before it
        (on(9, 7), True),  # once gone
    ],
)
def test_by_rhythm_words_count_around_the_last_purchase(said: datetime, is_silent: bool) -> None:
    found = by_rhythm(("Ann", said))
    assert found.leavers["is_silent"].to_list() == [is_silent]
    assert found.leavers["left_at"].to_list() == [on(9, 6)]


def test_by_rhythm_who_stayed_is_heard_through_as_long_a_wait() -> None:
    # Three months and a wait of 180 days to the middle of September: from the middle of December.
    assert by_rhythm(("Bob", on(1, 2))).share_stayed == 0
    assert by_rhythm(("Bob", datetime(2024, 12, 2, tzinfo=UTC))).share_stayed == 1
    assert by_rhythm(("Bob", on(9, 20))).share_stayed == 1


def test_a_place_with_few_bad_experiences_is_left_out() -> None:
    tables = simple_company(900)
    leaving = find_leaving(tables, period=YEAR)
    months = lay_out_months(tables, leaving, period=YEAR, k_months=2)
    assert fit_months(months, hide_below=2).months.touchpoints == ["desk", "site"]
    none = fit_months(months, hide_below=10_000)
    assert none.experiences().schema == pl.DataFrame(schema=EXPERIENCES).schema
    assert none.experiences().is_empty()


# --- the sample company -------------------------------------------------------------------------


@cache
def company(seed: int, without: tuple[str, ...] = (), n: int = 2500) -> SampleCompany:
    return make_sample(seed=seed, n_customers=n, without=without)


def opened(made: SampleCompany, folder: Path) -> StudyTables:
    write_sample(made, folder)
    return open_study(folder)


def test_those_who_left_through_an_experience_mostly_say_so() -> None:
    made = company(3, n=1500)
    people = made.truth["people"].join(made.customers.unique("customer_id"), on="customer_id")
    told = people.drop_nulls("left_reason").filter(pl.col("left_reason") != "not_stated")
    blames = told.group_by("left_through").agg((pl.col("left_reason") == "service").mean())
    share = dict(blames.iter_rows())
    assert share[True] > 0.75
    assert share[False] < 0.15
    assert people.filter(pl.col("left_at").is_null())["left_reason"].null_count() == (
        people.filter(pl.col("left_at").is_null()).height
    )
    assert 0.25 < told.height / people["left_at"].count() < 0.45


def test_who_left_through_an_experience_agrees_with_the_potential_outcomes() -> None:
    made = company(3, n=1500)
    worlds = made.truth["leaving"].filter(story="any_bad_experience")
    both = worlds.join(made.truth["people"], on="customer_id")
    # Whoever would never have left without it, left through it; nobody who stayed did.
    assert both.filter("left_with", ~pl.col("left_without"))["left_through"].all()
    assert not both.filter(~pl.col("left_with"))["left_through"].any()
    assert not company(3, ("all",), 300).truth["people"]["left_through"].any()


def in_truth(model: SilentChurn, made: SampleCompany) -> tuple[float, float]:
    """Of silent leavers: who left through an experience, and who would else be here today."""
    silent = model.leavers.filter("is_silent").join(made.truth["people"], on="customer_id")
    worlds = made.truth["leaving"].filter(story="any_bad_experience")
    lost = silent.join(worlds, on="customer_id").filter(~pl.col("left_without")).height
    return float(silent["left_through"].sum()), float(lost)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_the_truth_lies_within_bounds_that_are_narrow_enough(seed: int, tmp_path: Path) -> None:
    made = company(seed)
    tables = opened(made, tmp_path)
    model = size_silent_churn(tables, period=tables.period())
    through, for_good = in_truth(model, made)
    for row in model.tidy().iter_rows(named=True):
        assert row["ci_low"] <= for_good <= through <= row["ci_high"], row["assumption"]
        width = (row["ci_high"] - row["ci_low"]) / row["base"]
        limit = {NAIVE: 1.0, RECORDS: 0.75, REASONS: 0.5, BOTH: 0.5}[row["assumption"]]
        assert width <= limit
    assert model.tidy()["assumption"].to_list() == [NAIVE, RECORDS, REASONS, BOTH]
    assert not model.glance()["is_contradicting"].item()
    found = model.experiences.filter("is_clear")["touchpoint"]
    assert {"on_board", "refund_on_the_spot", "ticket_change_desk"} >= set(found)
    assert found.len() >= 2


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_without_stories_nobody_is_said_to_have_left_through_us(seed: int, tmp_path: Path) -> None:
    tables = opened(company(seed, ("all",), 1500), tmp_path)
    model = size_silent_churn(tables, period=tables.period())
    headline = model.tidy().filter("is_headline").row(0, named=True)
    assert headline["low"] <= 0.02 * headline["base"]
    assert headline["ci_low"] <= 0.01 * headline["base"]
    assert not model.experiences["is_clear"].any()
