"""Do the intervals of gains hold what is planted, whatever colours the ratings?

Surveys of which the gain of each driver is known (`planted_drivers.py`), with a halo of 0, .4 and
.8 on all ratings: how often the widest interval, and that of each model, holds the gain if
everybody's experience was at least 4, which is what mending means; beside it the gain if everybody
rated at least 4, moods and all. Seeds 0 to 19 each, or as many as are given. A line holds unless
the one-sided 95 % binomial bound excludes its target. Prints and writes `benchmarks/what_if.md`.
"""

import sys
from pathlib import Path

import polars as pl
from planted_drivers import plant_drivers
from scipy.stats import beta

from cxresearch.models.what_if import simulate_gain

HERE = Path(__file__).parent
HALOS = (0.0, 0.4, 0.8)
SEEDS = range(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
TARGET = 0.90


def measure(seed: int, halo: float) -> pl.DataFrame:
    """Gains of one survey beside the truth."""
    planted = plant_drivers(seed, halo=halo)
    found = simulate_gain(
        planted.table,
        outcome="leaves",
        drivers=planted.drivers,
        context=planted.context,
        downstream_of=planted.downstream_of,
        person="person",
        targets=dict.fromkeys(planted.drivers, 4),
        rated=planted.drivers,
        shares=[1.0],
    )
    truth = planted.truth.select("driver", "gain", "gain_rated")
    return (
        found.tidy()
        .join(truth, on="driver")
        .with_columns(pl.lit(seed).alias("seed"), pl.lit(halo).alias("halo"))
    )


def bound_above(hits: int, n: int) -> float:
    """One-sided 95 % bound of a share (Clopper & Pearson 1934)."""
    return float(beta.ppf(0.95, hits + 1, n - hits)) if hits < n else 1.0


def main() -> None:
    """Simulate, compare and write."""
    rows = pl.concat([measure(seed, halo) for halo in HALOS for seed in SEEDS])
    lines, broken = [], []

    def add(name: str, part: pl.DataFrame, truth: str, *, target: bool = False) -> None:
        held = part.select(pl.col(truth).is_between("ci_low", "ci_high")).to_series()
        high = bound_above(int(held.sum()), held.len())
        goal = f"at least {TARGET:.2f}" if target else "reported"
        share = held.mean()
        lines.append(
            f"| {name} | {held.sum()} | {held.len()} | {share:.3f} | {high:.3f} | {goal} |"
        )
        if target and high < TARGET:
            broken.append(name)

    widest = rows.filter(model="widest")
    add("widest", widest, "gain", target=True)
    add("widest, if everybody rated at least 4", widest, "gain_rated")
    for halo in HALOS:
        add(f"widest, halo {halo}", widest.filter(halo=halo), "gain")
        add(f"widest, halo {halo}, rated at least 4", widest.filter(halo=halo), "gain_rated")
    for kind in ("linear", "boosted"):
        add(f"{kind} alone", rows.filter(model=kind), "gain")
    add("everything together", widest.filter(driver="all"), "gain")
    for (driver,), part in widest.group_by("driver", maintain_order=True):
        add(f"{driver} (mean estimate {part['estimate'].mean():.4f}, truth "
            f"{part['gain'].mean():.4f})", part, "gain")  # fmt: skip
    text = "\n".join(
        [
            "# What would be gained: intervals against planted gains",
            "",
            f"8,000 people, 12 drivers and all together; seeds {SEEDS.start} to {SEEDS.stop - 1} "
            f"for each halo. `python benchmarks/bench_what_if.py`",
            "",
            "| line | held | of | share | bound above | target |",
            "|---|---|---|---|---|---|",
            *lines,
            "",
        ]
    )
    (HERE / "what_if.md").write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    if broken:
        sys.exit(f"does not hold: {'; '.join(broken)}")


if __name__ == "__main__":
    main()
