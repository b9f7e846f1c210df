"""Moments of truth: by hand, planted, absent where nothing is planted, and at the edges."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from cxresearch.intake import StudyTables
from cxresearch.intake.prepare import open_study
from cxresearch.intake.sample import make_sample, write_sample
from cxresearch.models.moment_fits import NO_EXPERIENCE, NO_LOYALTY
from cxresearch.models.moment_tables import IMPORTANCE, MOMENTS, NOT_MET, ORDINARY
from cxresearch.models.moments import MomentsModel, find_moments
from cxresearch.models.outcomes import FEW_LEAVERS, NO_LEAVING
from cxresearch.study.experience import Driver
from tests.decisive import FEW, YEAR, answer, contact, decisive_tables, on, simple_company
from tests.promised import place, study_of


def find(tables: StudyTables, **options) -> MomentsModel:
    return find_moments(tables, period=YEAR, window_months=12, **options)


def row(model: MomentsModel, touchpoint: str, side: str, outcome: str = "leaving") -> dict:
    return model.tidy().row(
        by_predicate=(pl.col("touchpoint") == touchpoint)
        & (pl.col("side") == side)
        & (pl.col("outcome") == outcome),
        named=True,
    )


@cache
def company(seed: int = 11, without: tuple[str, ...] = (), n_customers: int = 3000) -> MomentsModel:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        write_sample(make_sample(seed=seed, n_customers=n_customers, without=without), folder)
        tables = open_study(Path(folder))
        return find_moments(tables, period=tables.period())


def share_leaving(tables: StudyTables, *, is_resolved: bool) -> float:
    """Who left in the month after the desk solved, or did not solve, the matter."""
    desk = tables.interactions.filter(touchpoint="desk", is_resolved=is_resolved)
    met = desk.join(tables.customers, on="customer_id").collect()
    return (met["left_at"].dt.month() == met["at"].dt.month() + 1).fill_null(value=False).mean()


@pytest.mark.parametrize("seed", range(3))
def test_nothing_else_at_work_the_effect_is_the_difference_of_the_shares(seed: int) -> None:
    # Others leave with a chance of .04 in a month; the horizon is one month.
    tables = simple_company(3000, seed=seed)
    model = find(tables, horizon_months=1)
    penalty, reward = (row(model, "desk", side) for side in ("penalty", "reward"))
    refused, solved = (share_leaving(tables, is_resolved=ended) for ended in (False, True))
    assert 0.3 < refused < 0.5
    assert solved == 0
    assert penalty["estimate"] == pytest.approx(refused - 0.04, abs=0.02)
    assert reward["estimate"] == pytest.approx(solved - 0.04, abs=0.02)
    assert penalty["is_moment"]
    assert reward["is_moment"]
    assert (penalty["polarity"], reward["polarity"]) == ("bad", "good")
    assert (penalty["unit"], penalty["source"], penalty["base"]) == ("share", "resolved", NOT_MET)


def test_n_counts_experiences_and_customers_in_the_months_looked_at() -> None:
    tables = simple_company(900)
    model = find(tables, horizon_months=1)
    people = tables.customers.collect()
    met = tables.interactions.collect().join(people, on="customer_id")
    last = pl.col("left_at").is_null() | (pl.col("left_at").dt.month() > pl.col("at").dt.month())
    counted = met.filter(last, pl.col("at").dt.month() < 12)
    for touchpoint, side, solved in (("desk", "penalty", False), ("site", "reward", True)):
        expected = counted.filter(touchpoint=touchpoint, is_resolved=solved)
        found = row(model, touchpoint, side)
        assert (found["n"], found["n_customers"]) == (
            expected.height,
            expected["customer_id"].n_unique(),
        )


def test_importance_is_what_bad_costs_against_good() -> None:
    tables = simple_company(3000)
    model = find(tables, horizon_months=1)
    desk = model.importance().row(by_predicate=pl.col("touchpoint") == "desk", named=True)
    assert list(desk) == list(IMPORTANCE)
    assert desk["outcome"] == "leaving"
    gap = row(model, "desk", "penalty")["estimate"] - row(model, "desk", "reward")["estimate"]
    assert desk["importance"] == pytest.approx(gap)
    assert gap == pytest.approx(share_leaving(tables, is_resolved=False), abs=0.02)
    assert desk["importance_low"] < gap < desk["importance_high"]
    assert desk["n"] == row(model, "desk", "penalty")["n"] + row(model, "desk", "reward")["n"]


def test_meeting_a_touchpoint_at_all_is_no_moment_where_bad_does_no_worse_than_good() -> None:
    # Whoever comes to the desk is about to leave, however it goes there.
    rng = np.random.default_rng(3)
    n = 1500
    comes, solved = rng.random(n) < 0.4, rng.random(n) < 0.5
    left = np.where(comes, rng.random(n) < 0.5, rng.random(n) < 0.05)
    ids = [f"c{i:04d}" for i in range(n)]
    contacts = [contact(ids[i], on(5), is_resolved=bool(solved[i])) for i in range(n) if comes[i]]
    joined = datetime(2020, 1, 1, tzinfo=UTC)
    customers = [
        {"customer_id": ids[i], "joined_at": joined, "left_at": on(6) if left[i] else None}
        for i in range(n)
    ]
    model = find(decisive_tables(contacts=contacts, customers=customers), horizon_months=1)
    penalty = row(model, "desk", "penalty")
    assert penalty["estimate"] > 0.3
    assert penalty["q_value"] < 0.001
    assert not penalty["is_moment"]


def test_the_order_of_rows_changes_nothing() -> None:
    tables = simple_company(400)
    mixed = replace(
        tables,
        interactions=tables.interactions.collect().sample(fraction=1, shuffle=True, seed=1).lazy(),
        customers=tables.customers.collect().sample(fraction=1, shuffle=True, seed=1).lazy(),
    )
    straight, shuffled = find(tables).tidy(), find(mixed).tidy()
    assert straight.select(pl.exclude(pl.Float64)).equals(shuffled.select(pl.exclude(pl.Float64)))
    floats = (table.select(pl.col(pl.Float64)).to_numpy() for table in (straight, shuffled))
    assert np.allclose(*floats, rtol=1e-6, equal_nan=True)


def test_what_is_declared_to_come_from_a_touchpoint_is_left_out_when_that_is_judged() -> None:
    # Every refusal at the desk is followed by a call that goes wrong in the same month.
    tables = simple_company(2000)
    desk = tables.interactions.filter(pl.col("touchpoint") == "desk").collect()
    calls = desk.with_columns(
        touchpoint=pl.lit("call"), at=pl.col("at") + pl.duration(hours=1)
    ).filter(~pl.col("is_resolved") | (pl.int_range(pl.len()) % 9 == 0))
    log = pl.concat([tables.interactions.collect(), calls])
    drawn = study_of(place("desk"), place("call"), window_months=12, privacy=FEW)
    declared = drawn.experience.model_copy(
        update={"drivers": [Driver(id="call", role="actionable", downstream_of=["desk"])]}
    )
    plain, judged = (
        row(
            find(replace(tables, interactions=log.lazy(), study=study), horizon_months=1),
            "desk",
            "penalty",
        )
        for study in (drawn, drawn.model_copy(update={"experience": declared}))
    )
    assert judged["ci_low"] < 0.36 < judged["ci_high"]
    assert plain["estimate"] is None or (
        plain["ci_high"] - plain["ci_low"] > 2 * (judged["ci_high"] - judged["ci_low"])
    )


def test_answers_are_held_against_customers_who_gave_neither_extreme() -> None:
    rng = np.random.default_rng(0)
    answers = []
    for i in range(600):
        score = int(rng.choice([1, 4, 5]))
        later = 3 if score == 1 else 9
        month = int(rng.integers(2, 9))
        answers += [answer(f"c{i}", on(month), score, "desk")]
        answers += [answer(f"c{i}", on(month + 1), later), answer(f"c{i}", on(month - 1), 9)]
    model = find(decisive_tables(answers=answers), horizon_months=1)
    penalty = row(model, "desk", "penalty", "loyalty")
    assert penalty["base"] == ORDINARY
    assert penalty["unit"] == "points"
    assert penalty["is_moment"]
    assert penalty["ci_low"] < -200 < penalty["ci_high"]
    assert not row(model, "desk", "reward", "loyalty")["is_moment"]
    assert model.glance()["leaving_reason"].item() == NO_LEAVING
    assert model.importance()["outcome"].unique().to_list() == ["loyalty"]
    assert model.importance()["importance"].item() > 100


def test_believed_is_what_experience_yml_says_and_unknown_for_what_nobody_drew() -> None:
    study = study_of(place("desk", moment_of_truth=True), window_months=12, privacy=FEW)
    model = find(replace(simple_company(500), study=study))
    assert row(model, "desk", "penalty")["believed"] is True
    assert row(model, "site", "penalty")["believed"] is None
    # In the order of the file, what is not in it at the end.
    assert model.tidy()["touchpoint"].to_list()[0] == "desk"


def test_a_side_that_fewer_people_met_than_may_be_shown_is_hidden() -> None:
    study = study_of(window_months=12, privacy={"hide_below": 30, "reliable_from": 30})
    tables = simple_company(900)
    rare = pl.col("touchpoint") == "site"
    few = (
        tables.interactions.collect()
        .with_columns(is_resolved=pl.when(rare).then(False).otherwise("is_resolved"))
        .with_columns(
            is_resolved=pl.when(rare & (pl.int_range(pl.len()) % 20 == 0))
            .then(True)
            .otherwise("is_resolved")
        )
    )
    model = find(replace(tables, study=study, interactions=few.lazy()))
    hidden = row(model, "site", "reward")
    shown = model.importance().row(by_predicate=pl.col("touchpoint") == "site", named=True)
    assert shown["importance"] is None
    assert shown["n"] == row(model, "site", "penalty")["n"]
    assert hidden["is_suppressed"]
    assert hidden["n"] is None
    assert hidden["n_customers"] is None
    assert hidden["estimate"] is None


def test_where_too_few_leavers_are_to_be_expected_nothing_is_tested() -> None:
    # Fourteen were served well at the site; at about .07 leavers a month one is to be expected.
    tables = simple_company(400)
    at_site, is_rare = pl.col("touchpoint") == "site", pl.int_range(pl.len()) % 20 == 0
    ended = pl.when(at_site).then(is_rare).otherwise("is_resolved")
    log = tables.interactions.collect().with_columns(is_resolved=ended)
    model = find(replace(tables, interactions=log.lazy()), horizon_months=1)
    rare = row(model, "site", "reward")
    assert rare["n_customers"] > FEW["reliable_from"]
    assert rare["estimate"] is not None
    assert (rare["is_reliable"], rare["p_value"], rare["q_value"]) == (False, None, None)
    assert not rare["is_moment"]
    others = model.tidy().filter(pl.col("is_reliable"))
    assert others.height == 3
    assert others["p_value"].null_count() == 0


@pytest.mark.parametrize(
    ("tables", "leaving", "loyalty"),
    [
        (decisive_tables(), NO_EXPERIENCE, NO_EXPERIENCE),
        (decisive_tables(contacts=[contact("a", on(1))]), NO_EXPERIENCE, NO_EXPERIENCE),
        (decisive_tables(answers=[answer("a", on(1), 5, "desk")]), NO_LEAVING, NO_LOYALTY),
        (simple_company(120), FEW_LEAVERS, NO_LOYALTY),
    ],
)
def test_where_an_outcome_is_not_known_the_reason_is_said(
    tables: StudyTables, leaving: str, loyalty: str
) -> None:
    model = find(tables)
    assert model.tidy().is_empty()
    assert model.tidy().schema == pl.Schema(MOMENTS)
    assert model.importance().schema == pl.Schema(IMPORTANCE)
    assert model.glance().select("leaving_reason", "loyalty_reason").row(0) == (leaving, loyalty)


def test_a_window_shorter_than_the_horizon_says_that_nobody_left() -> None:
    model = find_moments(simple_company(300), period=YEAR, window_months=2)
    assert model.glance()["leaving_reason"].item() == FEW_LEAVERS


@pytest.mark.slow
def test_the_refund_the_queue_and_the_delay_are_found_with_the_right_signs() -> None:
    model = company()
    signs = {
        ("refund_on_the_spot", "penalty"): 1,
        ("refund_on_the_spot", "reward"): -1,
        ("ticket_change_desk", "penalty"): 1,
        ("on_board", "penalty"): 1,
    }
    for (touchpoint, side), sign in signs.items():
        leaving, loyalty = (row(model, touchpoint, side, o) for o in ("leaving", "loyalty"))
        assert leaving["is_moment"], (touchpoint, side)
        assert loyalty["is_moment"], (touchpoint, side)
        assert leaving["estimate"] * sign > 0
        assert loyalty["estimate"] * sign < 0
        assert leaving["e_value_low"] > 1
    assert model.glance()["is_within"].item()


@pytest.mark.slow
def test_the_low_rated_website_decides_nothing() -> None:
    assert not company().tidy().filter(touchpoint="website")["is_moment"].any()


@pytest.mark.slow
def test_the_story_gone_its_moment_is_gone() -> None:
    gone = company(without=("moment_of_truth",)).tidy()
    assert not gone.filter(touchpoint="refund_on_the_spot")["is_moment"].any()
    assert gone.filter(touchpoint="ticket_change_desk")["is_moment"].any()


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_company_without_stories_has_no_moment_beyond_chance(seed: int) -> None:
    found = company(seed, ("all",)).tidy()
    assert not found["is_moment"].any()
    tested = found.drop_nulls("p_value")
    assert tested.height > 30
    # 5 % may be below .05: eight or more of about 55 have a chance of one in a hundred.
    assert (tested["p_value"] < 0.05).sum() < 8
