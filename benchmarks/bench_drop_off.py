"""Does the drop-off find places where there is nothing to find, and the planted one where there is?

Companies of the sample without stories: leaving has nothing to do with any touchpoint, so a table
with a touchpoint called bad or good is a false discovery. Companies with all stories: the desk of
the broken promise makes people leave. Prints and writes `benchmarks/drop_off.md`.
"""

import platform
from collections.abc import Sequence
from pathlib import Path

import polars as pl
from scipy.stats import beta

from cxresearch.intake.sample import make_sample
from cxresearch.transforms.journey import measure_drop_off, prepare_log

SEEDS = range(200)
STORY_SEEDS = range(20)
N_CUSTOMERS = 3000
NOMINAL = 0.05
PLANTED = "ticket_change_desk"


def call(seed: int, without: Sequence[str]) -> set[str]:
    """Touchpoints beyond chance in one company."""
    company = make_sample(seed=seed, n_customers=N_CUSTOMERS, without=without)
    log = prepare_log(company.interactions, order="interaction_id")
    table = measure_drop_off(log, company.customers)
    return set(table.filter(pl.col("polarity") != "neutral")["touchpoint"].cast(pl.String))


def bound_below(hits: int, n: int) -> float:
    """One-sided 95 % bound of a share (Clopper & Pearson 1934)."""
    return float(beta.ppf(0.05, hits, n - hits + 1)) if hits else 0.0


def main() -> None:
    """Measure and write the table."""
    n_false = sum(bool(call(seed, ["all"])) for seed in SEEDS)
    n_found = sum(PLANTED in call(seed, []) for seed in STORY_SEEDS)
    low = bound_below(n_false, len(SEEDS))
    text = "\n".join(
        [
            "# What the drop-off finds",
            "",
            f"Companies of {N_CUSTOMERS:,} customers, last touchpoint before leaving against the "
            "base rate, Benjamini-Hochberg at 0.05 over touchpoints.",
            "",
            "| companies | seeds | with | of | share |",
            "|---|---|--:|--:|--:|",
            f"| without stories: any touchpoint beyond chance | {SEEDS[0]}-{SEEDS[-1]} "
            f"| {n_false} | {len(SEEDS)} | {n_false / len(SEEDS):.3f} |",
            f"| with all stories: the desk of the broken promise | "
            f"{STORY_SEEDS[0]}-{STORY_SEEDS[-1]} | {n_found} | {len(STORY_SEEDS)} "
            f"| {n_found / len(STORY_SEEDS):.2f} |",
            "",
            f"Nominal {NOMINAL} without stories: {'holds' if low <= NOMINAL else 'does not hold'} "
            f"(one-sided 95 % bound from below {low:.3f}).",
            "",
            f"Python {platform.python_version()}, polars {pl.__version__}, {platform.machine()}.",
        ]
    )
    print(text)
    Path(__file__).with_name("drop_off.md").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
