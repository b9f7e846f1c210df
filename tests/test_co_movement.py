"""What moves together: shares of R2 that add up, whatever the order, and an interval that holds."""

import itertools
import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxresearch.errors import DataError, ParameterError
from cxresearch.models.case_values import ALL_ALIKE, PROTECTED, RARELY_KNOWN
from cxresearch.models.co_movement import (
    CO_MOVEMENT,
    FEW_CASES,
    NO_CHANGE,
    measure_co_movement,
)
from cxresearch.models.shapley_r2 import (
    draw_orders,
    error_forms,
    exact_shares,
    relative_weights,
    sampled_shares,
)

# Fertility, agriculture, examination, education, catholic, infant mortality of 47 French-speaking
# provinces of Switzerland about 1888 (Mosteller & Tukey 1977; `swiss` in R), public domain.
SWISS = """
80.2 17.0 15 12 9.96 22.2
83.1 45.1 6 9 84.84 22.2
92.5 39.7 5 5 93.40 20.2
85.8 36.5 12 7 33.77 20.3
76.9 43.5 17 15 5.16 20.6
76.1 35.3 9 7 90.57 26.6
83.8 70.2 16 7 92.85 23.6
92.4 67.8 14 8 97.16 24.9
82.4 53.3 12 7 97.67 21.0
82.9 45.2 16 13 91.38 24.4
87.1 64.5 14 6 98.61 24.5
64.1 62.0 21 12 8.52 16.5
66.9 67.5 14 7 2.27 19.1
68.9 60.7 19 12 4.43 22.7
61.7 69.3 22 5 2.82 18.7
68.3 72.6 18 2 24.20 21.2
71.7 34.0 17 8 3.30 20.0
55.7 19.4 26 28 12.11 20.2
54.3 15.2 31 20 2.15 10.8
65.1 73.0 19 9 2.84 20.0
65.5 59.8 22 10 5.23 18.0
65.0 55.1 14 3 4.52 22.4
56.6 50.9 22 12 15.14 16.7
57.4 54.1 20 6 4.20 15.3
72.5 71.2 12 1 2.40 21.0
74.2 58.1 14 8 5.23 23.8
72.0 63.5 6 3 2.56 18.0
60.5 60.8 16 10 7.72 16.3
58.3 26.8 25 19 18.46 20.9
65.4 49.5 15 8 6.10 22.5
75.5 85.9 3 2 99.71 15.1
69.3 84.9 7 6 99.68 19.8
77.3 89.7 5 2 100.00 18.3
70.5 78.2 12 6 98.96 19.4
79.4 64.9 7 3 98.22 20.2
65.0 75.9 9 9 99.06 17.8
92.2 84.6 3 3 99.46 16.3
79.3 63.1 13 13 96.83 18.1
70.4 38.4 26 12 5.62 20.3
65.7 7.7 29 11 13.79 20.5
72.7 16.7 22 13 11.22 18.9
64.4 17.6 35 32 16.92 23.0
77.6 37.6 15 7 4.97 20.0
67.6 18.7 25 7 8.65 19.5
35.0 1.2 37 53 42.34 18.0
44.7 46.6 16 29 50.43 18.2
42.8 27.7 22 29 58.33 19.3
"""
COLUMNS = ("fertility", "agriculture", "examination", "education", "catholic", "infant_mortality")
RELAIMPO = (0.05709122, 0.17117303, 0.26013468, 0.10557015, 0.11276592)
"""LMG as R's relaimpo prints it for the same regression."""


def swiss() -> pl.DataFrame:
    rows = [[float(cell) for cell in line.split()] for line in SWISS.strip().splitlines()]
    return pl.DataFrame(rows, schema=COLUMNS, orient="row")


def make_cases(n: int, p: int, *, seed: int = 0, effects: int | None = None) -> pl.DataFrame:
    """Drivers that go together; the first `effects` of them move the outcome."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, p)) + 0.7 * rng.standard_normal((n, 1))
    outcome = x[:, : effects or p].sum(axis=1) + 2 * rng.standard_normal(n)
    return pl.DataFrame({f"d{i}": x[:, i] for i in range(p)} | {"outcome": outcome})


def drivers_of(table: pl.DataFrame) -> list[str]:
    return [name for name in table.columns if name.startswith("d")]


def by_name(found: pl.DataFrame, column: str = "estimate") -> dict[str, float]:
    return dict(found.select("driver", column).iter_rows())


def naive_shares(table: pl.DataFrame, outcome: str, drivers: list[str]) -> dict[str, float]:
    """By the letter: every order of entry, every regression by least squares."""
    y = table[outcome].to_numpy()

    def r2(names: tuple[str, ...]) -> float:
        x = np.column_stack([np.ones(y.size), *(table[name].to_numpy() for name in names)])
        rest = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
        return float(1 - (rest**2).sum() / ((y - y.mean()) ** 2).sum())

    shares = dict.fromkeys(drivers, 0.0)
    for order in itertools.permutations(drivers):
        for place, name in enumerate(order):
            shares[name] += r2(order[: place + 1]) - r2(order[:place])
    return {name: value / math.factorial(len(drivers)) for name, value in shares.items()}


def test_the_swiss_figures_are_those_published() -> None:
    found = by_name(measure_co_movement(swiss(), outcome="fertility", drivers=COLUMNS[1:]))
    assert [found[name] for name in COLUMNS[1:]] == pytest.approx(RELAIMPO, abs=5e-9)


def test_drivers_that_do_not_go_together_get_their_own_correlation_squared() -> None:
    # wait alone moves the score of the four corners; price has nothing to do with either.
    table = pl.DataFrame(
        {"wait": [0, 0, 1, 1, 0], "price": [0, 1, 0, 1, None], "score": [0, 0, 8, 8, 9]}
    )
    found = measure_co_movement(table, outcome="score", drivers=["price", "wait"])
    assert found.select(
        "driver", pl.col("estimate", "share").round(6), "n", "n_missing"
    ).rows() == [
        ("wait", 1.0, 1.0, 4, 0),
        ("price", 0.0, 0.0, 4, 1),
    ]
    assert found.schema == pl.Schema(CO_MOVEMENT)


def test_two_copies_of_one_driver_share_evenly() -> None:
    table = make_cases(400, 2, seed=1).with_columns(d2=pl.col("d1") * 3 + 1)
    alone = by_name(measure_co_movement(table, outcome="outcome", drivers=["d0", "d1"]))
    for method in ("exact", "sampled"):
        found = measure_co_movement(
            table, outcome="outcome", drivers=["d0", "d1", "d2"], method=method
        )
        twice = by_name(found)
        assert twice["d1"] == pytest.approx(twice["d2"], abs=1e-6)
        assert sum(twice.values()) == pytest.approx(sum(alone.values()), abs=1e-6)
        assert found["ci_low"].is_finite().all()
        weights = by_name(found, "relative_weight")
        assert weights["d1"] == pytest.approx(weights["d2"], abs=1e-6)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 5), st.integers(0, 10_000))
def test_shares_equal_those_of_all_regressions_one_by_one(p: int, seed: int) -> None:
    table = make_cases(40, p, seed=seed)
    naive = naive_shares(table, "outcome", drivers_of(table))
    for method in ("exact", "sampled"):
        found = measure_co_movement(
            table, outcome="outcome", drivers=drivers_of(table), method=method
        )
        assert by_name(found) == pytest.approx(naive, abs=1e-8)
        assert found["estimate"].sum() == pytest.approx(found["r2"][0])


def test_relative_weights_equal_those_by_singular_vectors() -> None:
    # Johnson's own way: Z = U S V' of the standardised drivers, nearest Q = U V'.
    table = make_cases(300, 6, seed=3)
    x = table.select(drivers_of(table)).to_numpy()
    x = (x - x.mean(axis=0)) / x.std(axis=0) / math.sqrt(len(x))
    y = table["outcome"].to_numpy()
    y = (y - y.mean()) / y.std() / math.sqrt(y.size)
    left, singular, right = np.linalg.svd(x, full_matrices=False)
    nearest = left @ right
    loadings = right.T @ np.diag(singular) @ right
    expected = loadings**2 @ (nearest.T @ y) ** 2
    whole = np.column_stack([x, y])
    assert relative_weights(whole.T @ whole) == pytest.approx(expected, abs=1e-10)
    found = measure_co_movement(table, outcome="outcome", drivers=drivers_of(table))
    assert found["relative_weight"].sum() == pytest.approx(found["r2"][0])


def test_twenty_drivers_by_lot_are_within_three_thousandths_of_the_exact() -> None:
    table = make_cases(3000, 20, seed=4)
    both = [
        measure_co_movement(table, outcome="outcome", drivers=drivers_of(table), method=method)
        for method in ("exact", "sampled")
    ]
    exact, sampled = (by_name(found) for found in both)
    assert max(abs(exact[name] - sampled[name]) for name in exact) <= 0.003 * both[0]["r2"][0]
    assert both[1]["n_permutations"][0] >= 8000
    assert both[0]["method"][0] == "exact"


def test_every_driver_stands_at_every_place_equally_often() -> None:
    orders = draw_orders(9, n=500, random_state=1)
    assert (np.sort(orders, axis=1) == np.arange(9)).all()
    counts = [np.bincount(place, minlength=9) for place in orders.T]
    assert np.ptp(counts) == 0
    assert len(draw_orders(4, n=500, random_state=1)) == 24


def test_what_the_cases_add_to_the_error_adds_up_to_the_share() -> None:
    table = make_cases(200, 4, seed=5)
    matrix = np.corrcoef(table.select(*drivers_of(table), "outcome").to_numpy().T)
    forms = error_forms(matrix, draw_orders(4, n=24, random_state=0))
    shares = np.einsum("jkl,kl->j", forms, matrix)
    assert shares == pytest.approx(exact_shares(matrix), abs=1e-8)


def test_the_interval_is_that_of_leaving_each_person_out() -> None:
    # The jackknife needs no formula: shares without one person after the other.
    table = make_cases(240, 3, seed=6).with_row_index("row").with_columns(who=pl.col("row") // 2)
    drivers = ["d0", "d1", "d2"]
    found = measure_co_movement(table, outcome="outcome", drivers=drivers, person="who")
    left_out = []
    for who in range(120):
        kept = table.filter(pl.col("who") != who).select(*drivers, "outcome").to_numpy()
        left_out.append(exact_shares(np.corrcoef(kept.T)))
    error = np.sqrt(np.var(left_out, axis=0) * 119)
    half = found.sort("driver").select(pl.col("ci_high") - pl.col("estimate")).to_series()
    assert (half / 1.98).to_list() == pytest.approx(error.tolist(), rel=0.08)


def test_many_cases_of_few_people_widen_the_interval() -> None:
    table = make_cases(100, 3, seed=7)
    repeated = pl.concat([table.with_row_index("who")] * 10)
    alone = measure_co_movement(table, outcome="outcome", drivers=drivers_of(table))
    people = measure_co_movement(
        repeated, outcome="outcome", drivers=drivers_of(table), person="who"
    )
    cases = measure_co_movement(repeated, outcome="outcome", drivers=drivers_of(table))
    assert by_name(people) == pytest.approx(by_name(alone))
    assert people["n_people"][0] == 100
    wide, same, narrow = ((t["ci_high"] - t["ci_low"]).sum() for t in (people, alone, cases))
    assert wide == pytest.approx(same, rel=0.1)
    assert narrow < 0.5 * wide


def test_weights_count_as_copies_do() -> None:
    table = make_cases(60, 3, seed=8).with_row_index("row").with_columns(w=pl.col("row") % 3)
    copies = pl.concat([table.filter(pl.col("w") > k) for k in range(2)])
    drivers = drivers_of(table)
    weighted = measure_co_movement(table, outcome="outcome", drivers=drivers, weight="w")
    copied = measure_co_movement(copies, outcome="outcome", drivers=drivers)
    assert by_name(weighted) == pytest.approx(by_name(copied))


def test_the_order_of_rows_and_of_drivers_changes_nothing() -> None:
    table = make_cases(500, 6, seed=9).with_row_index("row").with_columns(who=pl.col("row") // 3)
    drivers = drivers_of(table)
    first = measure_co_movement(table, outcome="outcome", drivers=drivers, person="who")
    shuffled = table.sample(fraction=1, shuffle=True, seed=1)
    second = measure_co_movement(shuffled, outcome="outcome", drivers=drivers, person="who")
    assert second.select("driver", pl.col("estimate", "ci_low", "ci_high").round(9)).equals(
        first.select("driver", pl.col("estimate", "ci_low", "ci_high").round(9))
    )
    turned = measure_co_movement(table, outcome="outcome", drivers=drivers[::-1], person="who")
    assert by_name(turned) == pytest.approx(by_name(first))


def test_an_outcome_of_yes_and_no_takes_true_and_false() -> None:
    table = make_cases(500, 3, seed=10).with_columns(left=pl.col("outcome") > 0)
    flags = measure_co_movement(table, outcome="left", drivers=["d0", "d1"])
    numbers = measure_co_movement(
        table.with_columns(pl.col("left").cast(pl.Int8)), outcome="left", drivers=["d0", "d1"]
    )
    assert flags.equals(numbers)


def test_columns_that_cannot_be_used_are_named_with_the_reason() -> None:
    table = make_cases(200, 2, seed=11).with_columns(
        same=pl.lit(3.0),
        rare=pl.when(pl.int_range(200) % 10 < 4).then("d0"),
        gender=pl.col("d1") > 0,
        nothing=pl.lit(None),
    )
    drivers = ["d0", "d1", "same", "rare", "gender", "nothing"]
    found = measure_co_movement(table, outcome="outcome", drivers=drivers)
    assert by_name(found, "why_not") == {
        "d0": None, "d1": None, "same": ALL_ALIKE, "rare": RARELY_KNOWN, "gender": PROTECTED,
        "nothing": RARELY_KNOWN,
    }  # fmt: skip
    assert found["n"].unique().to_list() == [200]
    assert found.filter(pl.col("why_not").is_not_null())["estimate"].null_count() == 4
    kept = measure_co_movement(
        table, outcome="outcome", drivers=["d0", "gender"], allow_protected=["gender"]
    )
    assert kept["why_not"].null_count() == 2


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        (make_cases(4, 3), FEW_CASES),
        (make_cases(0, 3), None),
        (make_cases(100, 3).with_columns(outcome=pl.lit(0.0)), NO_CHANGE),
        (make_cases(100, 3).with_columns(outcome=pl.lit(None, dtype=pl.Float64)), None),
    ],
)
def test_where_nothing_can_be_shared_no_figure_is_given(
    table: pl.DataFrame, reason: str | None
) -> None:
    found = measure_co_movement(table, outcome="outcome", drivers=["d0", "d1", "d2"])
    assert found.height == 3
    assert found.select("estimate", "ci_low", "ci_high", "r2").null_count().row(0) == (3, 3, 3, 3)
    assert found["why_not"].is_not_null().all()
    if reason:
        assert set(found["why_not"]) == {reason}
    assert not found["is_reliable"].any()


def test_thirty_cases_and_ten_drivers_are_shared_but_not_relied_on() -> None:
    found = measure_co_movement(
        make_cases(30, 10), outcome="outcome", drivers=[f"d{i}" for i in range(10)]
    )
    assert found["estimate"].is_finite().all()
    assert not found["is_reliable"].any()


def test_an_outcome_that_the_drivers_tell_whole_has_r2_one() -> None:
    table = make_cases(50, 2).with_columns(outcome=pl.col("d0") + pl.col("d1"))
    found = measure_co_movement(table, outcome="outcome", drivers=["d0", "d1"])
    assert found["r2"][0] == pytest.approx(1, abs=1e-6)
    assert found["ci_high"].max() <= 1


def test_wrong_questions_are_refused_in_words() -> None:
    table = make_cases(50, 2).with_columns(region=pl.lit("north"))
    with pytest.raises(ParameterError, match="names nothing"):
        measure_co_movement(table, outcome="outcome", drivers=[])
    with pytest.raises(ParameterError, match="'d0' is named twice"):
        measure_co_movement(table, outcome="outcome", drivers=["d0", "d0"])
    with pytest.raises(ParameterError, match="is the outcome"):
        measure_co_movement(table, outcome="outcome", drivers=["d0", "outcome"])
    with pytest.raises(ParameterError, match="method='fast'"):
        measure_co_movement(table, outcome="outcome", drivers=["d0"], method="fast")
    with pytest.raises(DataError, match="column 'region' holds String"):
        measure_co_movement(table, outcome="outcome", drivers=["d0", "region"])
    with pytest.raises(DataError, match="column 'd9' is missing"):
        measure_co_movement(table, outcome="outcome", drivers=["d9"])
    with pytest.raises(DataError, match="weights"):
        measure_co_movement(
            table.with_columns(w=-pl.lit(1.0)), outcome="outcome", drivers=["d0"], weight="w"
        )
    many = make_cases(60, 21)
    with pytest.raises(ParameterError, match="21 drivers"):
        measure_co_movement(many, outcome="outcome", drivers=drivers_of(many), method="exact")
    assert measure_co_movement(many, outcome="outcome", drivers=drivers_of(many))["method"][0] == (
        "sampled"
    )


def test_intervals_hold_the_truth_nineteen_times_in_twenty() -> None:
    # 150 people of two cases each; the truth from the correlations the cases are drawn with.
    p, rng = 5, np.random.default_rng(2)
    covariance = np.full((p, p), 0.4) + 0.6 * np.eye(p)
    slopes = np.array([0.6, 0.4, 0.2, 0.1, 0.0])
    cross = covariance @ slopes
    variance = slopes @ cross + 1
    whole = np.block([[covariance, cross[:, None]], [cross[None], np.array([[variance]])]])
    scale = 1 / np.sqrt(np.diag(whole))
    truth = exact_shares(whole * scale[:, None] * scale[None])
    held, tried = 0, 200
    root = np.linalg.cholesky(covariance)
    for _ in range(tried):
        own = rng.standard_normal((150, 1, p)) * np.sqrt(0.5)
        x = ((own + rng.standard_normal((150, 2, p)) * np.sqrt(0.5)) @ root.T).reshape(-1, p)
        mood = np.repeat(rng.standard_normal(150), 2) * np.sqrt(0.5)
        y = x @ slopes + mood + rng.standard_normal(300) * np.sqrt(0.5)
        table = pl.DataFrame(x, schema=[f"d{i}" for i in range(p)]).with_columns(
            outcome=pl.Series(y), who=pl.int_range(300) // 2
        )
        found = measure_co_movement(
            table, outcome="outcome", drivers=drivers_of(table), person="who"
        ).sort("driver")
        inside = (found["ci_low"].to_numpy() <= truth) & (truth <= found["ci_high"].to_numpy())
        held += int(inside.sum())
    assert 0.92 <= held / (tried * p) <= 0.985


def test_orders_drawn_by_lot_agree_with_all_subsets() -> None:
    table = make_cases(500, 10, seed=12)
    matrix = np.corrcoef(table.select(*drivers_of(table), "outcome").to_numpy().T)
    drawn = sampled_shares(matrix, draw_orders(10, n=4000, random_state=3))
    assert drawn == pytest.approx(exact_shares(matrix), abs=2e-3)
    assert drawn.sum() == pytest.approx(exact_shares(matrix).sum(), abs=1e-7)
