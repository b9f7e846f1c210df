"""Removal effects: by hand, against a naive walk, against do-attribution, and at the edges."""

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxresearch.errors import DataError, ParameterError
from cxresearch.models.removal import REMOVAL, fit_removal, removal_effects
from tests.oracle_inputs import make_ends, make_log, make_random_paths

ORACLE = json.loads(
    Path(__file__).with_name("oracles").joinpath("removal_do_attribution.json").read_text("utf-8")
)["figures"]


def log_of(*paths: str) -> pl.DataFrame:
    """A log in which customer i walks the letters of path i."""
    rows = [(f"c{i:03d}", at, name) for i, path in enumerate(paths) for at, name in enumerate(path)]
    return pl.DataFrame(rows, schema=["customer_id", "at", "touchpoint"], orient="row")


def ends_of(*reached: bool | None) -> pl.DataFrame:
    ids = [f"c{i:03d}" for i in range(len(reached))]
    return pl.DataFrame(
        {"customer_id": ids, "is_reached": reached}, schema_overrides={"is_reached": pl.Boolean}
    )


def effects_of(model) -> dict[str, float]:
    return dict(model.tidy().select("touchpoint", "estimate").rows())


def test_what_every_path_to_the_outcome_passes_takes_all_of_it_away() -> None:
    # Four people: a -> out, a -> b -> out, b -> null, b -> null. Of those at b a third reaches the
    # outcome; of those at a half at once and half through b: 1/2 + 1/2 * 1/3 = 2/3. Start goes half
    # to each: 1/2 * 2/3 + 1/2 * 1/3 = 1/2. Without a 1/2 * 1/3 is left, without b 1/2 * 1/2.
    model = fit_removal(
        log_of("a", "ab", "b", "b"), ends_of(True, True, False, False), outcome="leaving"
    )
    assert effects_of(model) == pytest.approx({"a": 1 - (1 / 6) / 0.5, "b": 1 - 0.25 / 0.5})
    assert model.tidy().columns == list(REMOVAL)
    assert model.glance().row(0) == ("leaving", 4, 2, 0.5, 400)


def test_paths_are_counted_once_however_often_they_return() -> None:
    model = fit_removal(log_of("aba", "b"), ends_of(True, False), outcome="leaving")
    assert dict(model.tidy().select("touchpoint", "n").rows()) == {"a": 1, "b": 2}
    assert model.tidy()["base"].to_list() == [2, 2]


def test_events_from_until_on_do_not_belong_to_the_path() -> None:
    ends = ends_of(True, False).with_columns(until=pl.Series([1, None]))
    model = fit_removal(log_of("ab", "ab"), ends, outcome="leaving")
    assert dict(model.tidy().select("touchpoint", "n").rows()) == {"a": 2, "b": 1}


def test_customers_without_outcome_or_without_event_have_no_path() -> None:
    model = fit_removal(log_of("a", "a", "a"), ends_of(True, None, False, True), outcome="leaving")
    assert model.glance()["n"].item() == 2


@pytest.mark.parametrize("reached", [True, False])
def test_an_outcome_of_all_or_of_nobody(reached: bool) -> None:
    model = fit_removal(log_of("ab", "a"), ends_of(reached, reached), outcome="leaving")
    expected = {"a": 1.0, "b": 0.5} if reached else {"a": None, "b": None}
    found = effects_of(model)
    assert set(found) == {"a", "b"}
    assert found["a"] == expected["a"]
    # a -> b half the time at a; all of these paths end in the outcome.
    assert found["b"] == (pytest.approx(0.5) if reached else None)


def test_nobody_at_all_gives_an_empty_table() -> None:
    model = fit_removal(log_of("ab").head(0), ends_of(True), outcome="leaving")
    assert model.tidy().is_empty()
    assert model.tidy().columns == list(REMOVAL)
    assert model.glance()["n"].item() == 0


def test_one_customer() -> None:
    model = fit_removal(log_of("a"), ends_of(True), outcome="leaving")
    assert model.tidy().select("estimate", "ci_low", "ci_high").row(0) == (1.0, 1.0, 1.0)


def test_simultaneous_events_keep_the_order_of_the_log_and_customers_any_order() -> None:
    log = log_of("ab", "ba", "b").with_columns(at=pl.lit(0))
    ends = ends_of(True, False, True)
    model = fit_removal(log, ends, outcome="leaving")
    again = fit_removal(
        log.sort("customer_id", descending=True, maintain_order=True),
        ends.sample(fraction=1.0, shuffle=True, seed=1),
        outcome="leaving",
    )
    assert model.tidy().equals(again.tidy())


def test_two_outcomes_of_a_customer_are_refused() -> None:
    with pytest.raises(DataError, match="more than one outcome"):
        fit_removal(log_of("a"), pl.concat([ends_of(True), ends_of(False)]), outcome="leaving")


def test_a_negative_number_of_resamples_is_refused() -> None:
    with pytest.raises(ParameterError):
        fit_removal(log_of("a"), ends_of(True), outcome="leaving", n_resamples=-1)


def test_what_fewer_customers_passed_than_may_be_shown_is_hidden() -> None:
    model = fit_removal(
        log_of("ab", "a", "a"), ends_of(True, True, False), outcome="leaving", hide_below=2
    )
    rows = model.tidy().select("touchpoint", "n", "estimate", "ci_low", "is_suppressed").rows()
    assert rows[1] == ("b", None, None, None, True)
    assert rows[0][:3] == ("a", 3, 1.0)


def test_no_resamples_no_interval() -> None:
    model = fit_removal(log_of("a", "b"), ends_of(True, False), outcome="x", n_resamples=0)
    assert model.tidy()["ci_low"].null_count() == 2
    assert model.tidy()["estimate"].null_count() == 0


def naive_effect(paths: list[str], reached: list[bool], removed: str) -> float:
    """The effect of a touchpoint, by walking the chain step by step with and without it."""
    moves: dict[str, list[str]] = {}
    for path, is_reached in zip(paths, reached, strict=True):
        stops = ["start", *path, "out" if is_reached else "null"]
        for here, there in pairwise(stops):
            moves.setdefault(here, []).append(there)

    def chance(without: str) -> float:
        mass, total = {"start": 1.0}, 0.0
        for _ in range(2000):
            following: dict[str, float] = {}
            for here, weight in mass.items():
                for there in moves[here]:
                    share = weight / len(moves[here])
                    if there == "out":
                        total += share
                    elif there not in ("null", without):
                        following[there] = following.get(there, 0.0) + share
            mass = following
            if sum(mass.values()) < 1e-13:
                break
        return total

    return 1 - chance(removed) / chance("")


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.text(alphabet="abc", min_size=1, max_size=5), st.booleans()),
        min_size=1,
        max_size=8,
    ).filter(lambda people: any(reached for _, reached in people))
)
def test_effects_equal_a_naive_walk_along_the_chain(people: list[tuple[str, bool]]) -> None:
    paths, reached = [list(part) for part in zip(*people, strict=True)]
    model = fit_removal(log_of(*paths), ends_of(*reached), outcome="x", n_resamples=0)
    for name, effect in effects_of(model).items():
        assert effect == pytest.approx(naive_effect(paths, reached, name), abs=1e-9)


def test_effects_equal_do_attribution_on_random_logs() -> None:
    logs = make_random_paths()
    assert logs["log"].n_unique() == 20
    for (number,), log in logs.group_by("log"):
        recorded = ORACLE[f"random {number}"]
        ends = log.select("customer_id", "is_reached").unique()
        model = fit_removal(log, ends, outcome="leaving", n_resamples=0)
        assert model.glance()["estimate"].item() == pytest.approx(recorded["chance"], abs=1e-9)
        assert effects_of(model) == pytest.approx(recorded["effects"], abs=1e-9)


@pytest.mark.slow
def test_effects_equal_do_attribution_on_the_sample_company() -> None:
    model = fit_removal(make_log(), make_ends(), outcome="leaving", n_resamples=0)
    recorded = ORACLE["sample"]
    assert model.glance()["n"].item() == recorded["n"]
    assert effects_of(model) == pytest.approx(recorded["effects"], abs=1e-9)


def test_the_same_seed_gives_the_same_interval_and_another_a_near_one() -> None:
    paths = ["ab", "a", "b", "ba"] * 40
    ends = ends_of(*([True, False, False, True] * 40))
    first, second, other = (
        fit_removal(log_of(*paths), ends, outcome="x", random_state=seed).tidy()
        for seed in (1, 1, 2)
    )
    assert first.equals(second)
    assert not first.equals(other)
    assert np.abs((first["ci_low"] - other["ci_low"]).to_numpy()).max() < 0.05


def test_intervals_hold_the_true_effect_about_as_often_as_they_say() -> None:
    # From start to a or b alike; a ends in the outcome half the time, b one time in four:
    # the effect of a is (1/2 * 1/2) / (1/2 * 1/2 + 1/2 * 1/4) = 2/3.
    rng = np.random.default_rng(5)
    held = 0
    for seed in range(60):
        is_a = rng.random(200) < 0.5
        reached = rng.random(200) < np.where(is_a, 0.5, 0.25)
        log = log_of(*np.where(is_a, "a", "b").tolist())
        tidy = fit_removal(
            log, ends_of(*reached.tolist()), outcome="x", n_resamples=200, random_state=seed
        ).tidy()
        low, high = tidy.filter(pl.col("touchpoint") == "a").select("ci_low", "ci_high").row(0)
        held += low <= 2 / 3 <= high
    assert held >= 51  # P(Binomial(60, .95) <= 50) < .001


@pytest.mark.parametrize(("confidence", "z"), [(0.95, 1.959964), (0.8, 1.281552)])
def test_intervals_are_as_wide_as_their_confidence_asks(confidence: float, z: float) -> None:
    # Of 150 who reach the outcome 100 come through a: the effect of a is their share, so its
    # standard error is that of a share, sqrt(2/3 * 1/3 / 150).
    paths = ["a"] * 100 + ["b"] * 50 + ["a", "b"] * 50
    ends = ends_of(*([True] * 150 + [False] * 100))
    model = fit_removal(log_of(*paths), ends, outcome="x", n_resamples=4000, confidence=confidence)
    low, high = model.tidy().filter(touchpoint="a").select("ci_low", "ci_high").row(0)
    assert high - low == pytest.approx(2 * z * (2 / 9 / 150) ** 0.5, rel=0.08)


def test_a_touchpoint_no_chain_enters_changes_nothing() -> None:
    counts = np.zeros((1, 3, 4))
    counts[0, 0, 2], counts[0, 2, 0] = 3, 3  # start -> first -> outcome; the second never met
    assert removal_effects(counts).tolist() == [[1.0, 0.0]]
