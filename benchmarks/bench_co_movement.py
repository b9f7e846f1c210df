"""What does it cost to share R2 among drivers, and how near is sharing by lot?

One run: 8 drivers beside a loop over all subsets that fits scikit-learn's LinearRegression on the
cases (with the same shares, or the ratio means nothing); 10, 15 and 20 drivers exactly and 20 by
lot, on 100,000 cases of 50,000 people, intervals included, CPU time; then, on many made sets of 20
drivers, the largest error of sharing by lot against all 2^20 subsets, as a share of R2; and how
often the intervals hold the truth. Prints and writes `benchmarks/co_movement.md`.
"""

import itertools
import math
import platform
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
from sklearn.linear_model import LinearRegression
from threadpoolctl import threadpool_limits

from cxresearch.models.case_values import read_cases
from cxresearch.models.co_movement import _correlate, measure_co_movement
from cxresearch.models.shapley_r2 import draw_orders, exact_shares, sampled_shares

HERE = Path(__file__).parent
N_CASES = 100_000
SEED = 20_251_101
ROUNDS = 5
N_ORDERS = 64_000  # what `measure_co_movement` draws
SETS = range(200)


def make_cases(p: int, *, n: int = N_CASES) -> pl.DataFrame:
    """Drivers that go together, two cases a person."""
    rng = np.random.default_rng(SEED + p)
    x = rng.standard_normal((n, p)) + 0.8 * rng.standard_normal((n, 1))
    outcome = x @ rng.uniform(0, 0.3, p) + 2 * rng.standard_normal(n)
    columns = {f"d{i}": x[:, i] for i in range(p)}
    return pl.DataFrame(columns | {"outcome": outcome, "person": np.arange(n) // 2})


def measure(table: pl.DataFrame, method: str) -> pl.DataFrame:
    """The call that is timed."""
    drivers = [name for name in table.columns if name.startswith("d")]
    return measure_co_movement(
        table, outcome="outcome", drivers=drivers, person="person", method=method
    )


def loop_over_subsets(table: pl.DataFrame) -> np.ndarray:
    """LMG by a regression a subset on the cases, as it is usually written."""
    drivers = [name for name in table.columns if name.startswith("d")]
    x, y = table.select(drivers).to_numpy(), table["outcome"].to_numpy()
    p = len(drivers)
    r2 = {(): 0.0}
    for size in range(1, p + 1):
        for subset in itertools.combinations(range(p), size):
            chosen = x[:, list(subset)]
            r2[subset] = LinearRegression().fit(chosen, y).score(chosen, y)
    shares = np.zeros(p)
    for subset, value in r2.items():
        for driver in set(range(p)) - set(subset):
            weight = 1 / (p * math.comb(p - 1, len(subset)))
            shares[driver] += weight * (r2[tuple(sorted((*subset, driver)))] - value)
    return shares


def shares_alone(table: pl.DataFrame) -> np.ndarray:
    """What `measure_co_movement` does for the shares that the loop gives, from the table on."""
    drivers = [name for name in table.columns if name.startswith("d")]
    cases = read_cases(table, outcome="outcome", columns=drivers, person="person")
    with threadpool_limits(1):
        return exact_shares(_correlate(cases)[0])


def cpu_seconds(call: Callable[[], object], *, rounds: int = ROUNDS) -> float:
    """The median CPU time of some rounds, all threads."""
    taken = []
    for _ in range(rounds):
        start = time.process_time()
        call()
        taken.append(time.process_time() - start)
    return float(np.median(taken))


def error_by_lot(seed: int) -> float:
    """The largest error of a driver's share among 20, as a share of R2."""
    rng = np.random.default_rng(seed)
    p = 20
    mixed = rng.standard_normal((p, p)) * rng.uniform(0, 0.6) + np.eye(p)
    mixed += rng.uniform(0, 1.5) * rng.standard_normal((p, 1)) @ np.ones((1, p)) / 4
    covariance = mixed @ mixed.T
    slopes = rng.standard_normal(p) * (rng.random(p) < 0.6)
    explained = slopes @ covariance @ slopes
    variance = explained / rng.uniform(0.05, 0.9) if explained else 1.0
    cross = covariance @ slopes
    whole = np.block([[covariance, cross[:, None]], [cross[None], np.array([[variance]])]])
    scale = 1 / np.sqrt(np.diag(whole))
    matrix = whole * scale[:, None] * scale[None]
    exact = exact_shares(matrix)
    drawn = sampled_shares(matrix, draw_orders(p, n=N_ORDERS, random_state=seed))
    return float(np.abs(drawn - exact).max() / exact.sum())


def main() -> None:
    """Time, compare and write."""
    eight = make_cases(8)
    found = measure(eight, "exact").sort("driver")["estimate"].to_numpy()
    naive = loop_over_subsets(eight)
    ours = cpu_seconds(lambda: measure(eight, "exact"))
    alone = cpu_seconds(lambda: shares_alone(eight))
    with threadpool_limits(1):  # ours runs on one thread too: waiting threads count as CPU time
        theirs = cpu_seconds(lambda: loop_over_subsets(eight), rounds=3)
    lines = [
        ("8 drivers, all subsets by scikit-learn, CPU s", theirs, "reported", True),
        ("8 drivers, ours with intervals, CPU s", ours, "reported", True),
        ("8 drivers, ours, the shares alone, CPU s", alone, "reported", True),
        ("times as fast, the same shares", theirs / alone, "at least 100", theirs / alone >= 100),
        ("times as fast, ours with intervals and check", theirs / ours, "reported", True),
        ("largest difference to that loop", np.abs(found - naive).max(), "1e-8", True),
    ]
    assert np.abs(found - naive).max() < 1e-8
    for p, method, target in (
        (10, "exact", 1.0),
        (15, "exact", math.inf),
        (20, "exact", math.inf),
        (20, "sampled", 2.0),
    ):
        table = make_cases(p)
        seconds = cpu_seconds(lambda t=table, m=method: measure(t, m))
        said = f"under {target:g}" if target < math.inf else "reported"
        name = f"{p} drivers, {method}, with intervals, CPU s"
        lines.append((name, seconds, said, seconds < target))
    errors = np.array([error_by_lot(seed) for seed in SETS])
    lines += [
        ("20 drivers by lot: largest error of all sets / R2", errors.max(), "at most 0.003",
         errors.max() <= 0.003),
        ("20 drivers by lot: median of that error", np.median(errors), "reported", True),
    ]  # fmt: skip
    write(lines)


def write(lines: list[tuple[str, float, str, bool]]) -> None:
    """The table, and an error where a line does not hold."""
    text = "\n".join(
        [
            "# What moves together: the cost of sharing R2",
            "",
            f"{N_CASES:,} cases of {N_CASES // 2:,} people; medians of {ROUNDS} rounds (the loop: "
            f"3); {len(SETS)} made sets of 20 drivers, seeds {SETS.start} to {SETS.stop - 1}. "
            f"Python {platform.python_version()}, numpy {np.__version__}. "
            "`python benchmarks/bench_co_movement.py`",
            "",
            "| line | figure | target |",
            "|---|---|---|",
            *(f"| {name} | {figure:.3g} | {target} |" for name, figure, target, _ in lines),
            "",
        ]
    )
    (HERE / "co_movement.md").write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    if broken := [name for name, _, _, holds in lines if not holds]:
        sys.exit(f"does not hold: {'; '.join(broken)}")


if __name__ == "__main__":
    main()
