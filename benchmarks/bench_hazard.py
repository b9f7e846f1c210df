"""Do `fit_hazard` and `check_forward` find what is planted, and hold what their intervals claim?

Two hundred tables of 1,500 customers at risk over 24 months (`tests/person_months.py`: seeds 0 to
199; half entered before the window, a bad wait acts for three months, leaving gets rarer with
time): how often the interval of each effect holds the log odds planted, how often features without
effect are called clear, how often the interval of the risk within three months holds the truth for
four kinds of customer, and how often predicted / observed of the last three months holds 1. A line
holds unless the one-sided 95 % binomial bound excludes its target; for risks that is 0.90, as a
strong penalty draws them a little to the middle.

And on the telecom set, where it is there: the concordance of customers unseen beside that of Cox
regression as lifelines has it (recorded in tests/oracles), and the time that a curve takes. Writes
hazard.md.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl
from scipy.stats import beta

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from cxresearch.models.hazard import fit_hazard  # noqa: E402
from cxresearch.models.hazard_forward import check_forward  # noqa: E402
from cxresearch.models.survival import estimate_survival  # noqa: E402
from tests.person_months import (  # noqa: E402
    BASE,
    COAST,
    PER_PRICE,
    PER_WAIT,
    chance_within_three,
    make_person_months,
)

SEEDS = range(200)
N_CUSTOMERS = 1500
FEATURES = ["price", "region", "noise", "other", "waited"]
PLANTED = {"waited": PER_WAIT, "price": PER_PRICE, "region": COAST, "noise": 0.0, "other": 0.0}
TENURE = 12.0
TELCO = ROOT.parent / "shared/data/tabular/ibm_telco/telco.csv"
ORACLE = ROOT / "tests/oracles/survival_lifelines.json"


def kinds() -> pl.DataFrame:
    """Four kinds of customer and the truth about each."""
    coast, waited = np.array([0, 0, 1, 1]), np.array([False, True, False, True])
    truth = chance_within_three(
        BASE + COAST * coast, np.full((4, 1), TENURE), waited[:, None], effect=1.0
    )
    return pl.DataFrame(
        {
            "customer_id": ["inland", "inland, waited", "coast", "coast, waited"],
            "region": np.where(coast, "coast", "inland"),
            "waited": waited,
            "truth": truth[:, 0],
            "tenure": TENURE,
            "price": 0.0,
            "noise": 0.0,
            "other": 0.0,
        }
    )


def check(seed: int) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Effects, risks and the last months of one table."""
    months = make_person_months(N_CUSTOMERS, seed=seed)
    options = {"features": FEATURES, "time": "tenure", "month_length": 1}
    model = fit_hazard(months, **options)
    sign = pl.when(category="inland").then(-1).otherwise(1)
    effects = model.tidy().select(
        "feature",
        (pl.col("feature").replace_strict(PLANTED, return_dtype=pl.Float64) * sign * pl.col("sd"))
        .is_between("ci_low", "ci_high")
        .alias("held"),
        "is_clear",
    )
    asked = kinds()
    risks = model.predict_risk(asked, horizon_months=3).with_columns(asked["truth"])
    forward = check_forward(months, horizon_months=3, **options).glance()
    return effects, risks, forward


def telco() -> list[str]:
    """Concordance beside Cox's, and what a curve costs."""
    if not TELCO.exists():
        return ["The telecom set is not there."]
    raw = pl.read_csv(TELCO).drop("TotalCharges").with_columns(left=pl.col("Churn") == "Yes")
    life = raw.with_columns(life=pl.int_ranges(pl.col("tenure"))).explode("life").drop_nulls("life")
    last = (pl.col("life") == pl.col("tenure") - 1) & pl.col("left")
    months = life.with_columns(leaves=last).drop("Churn", "tenure", "left")
    start = time.process_time()
    model = fit_hazard(months, person="customerID", time="life", month_length=1)
    seconds = time.process_time() - start
    quality = model.glance().row(0, named=True)
    start = time.process_time()
    estimate_survival(raw, duration="tenure", event="left", by="Contract")
    curve = time.process_time() - start
    recorded = json.loads(ORACLE.read_text(encoding="utf-8"))
    cox = recorded["figures"]["telco"]["cox_concordance"]
    return [
        "| telecom set | figure |",
        "|---|---|",
        f"| concordance, customers unseen ({quality['model']}) | {quality['c_index']:.4f} "
        f"({quality['c_low']:.4f} to {quality['c_high']:.4f}) |",
        f"| Cox, the customers it was fitted on (lifelines {recorded['versions']['lifelines']}) | "
        f"{cox:.4f} |",
        f"| fit on {quality['n']:,} months | {seconds:.1f} s of CPU |",
        f"| three curves of {raw.height:,} customers | {curve * 1000:.0f} ms of CPU |",
    ]


def bounds(hits: int, n: int) -> tuple[float, float]:
    """One-sided 95 % binomial bounds of a share."""
    low = float(beta.ppf(0.05, hits, n - hits + 1)) if hits else 0.0
    return low, float(beta.ppf(0.95, hits + 1, n - hits)) if hits < n else 1.0


def main() -> None:
    """Run the tables and write what was found."""
    effects, risks, forward = (
        pl.concat(parts) for parts in zip(*(check(seed) for seed in SEEDS), strict=True)
    )
    nothing = effects.filter(pl.col("feature").is_in(["noise", "other"]))
    lines = [("features without effect called clear", nothing["is_clear"], "at most 0.05")]
    lines += [
        (f"interval of {name} holds {PLANTED[name]:g}", rows["held"], "at least 0.95")
        for (name,), rows in effects.group_by("feature", maintain_order=True)
    ]
    held = pl.col("truth").is_between("ci_low", "ci_high")
    lines += [
        (
            f"risk, {name}: interval holds the truth ({rows['truth'][0]:.3f}, "
            f"mean estimate {rows['risk'].mean():.3f})",
            rows.select(held).to_series(),
            "at least 0.90",
        )
        for (name,), rows in risks.group_by("customer_id", maintain_order=True)
    ]
    judged = forward.drop_nulls("ratio")
    lines.append(
        (
            f"last three months: interval holds 1 (mean ratio {judged['ratio'].mean():.3f})",
            judged.select(pl.lit(1.0).is_between("ci_low", "ci_high")).to_series(),
            "at least 0.90",
        )
    )
    rows, broken = [], []
    for name, hits, target in lines:
        n_hits, n, bar = int(hits.sum()), hits.len(), float(target.split()[-1])
        low, high = bounds(n_hits, n)
        holds = low <= bar if target.startswith("at most") else high >= bar
        rows.append(
            f"| {name} | {n_hits} | {n} | {n_hits / n:.3f} | {low:.3f} | {high:.3f} | {target} |"
        )
        broken += [] if holds else [name]
    text = "\n".join(
        [
            "# The chance to leave: found where planted, and held",
            "",
            f"{len(SEEDS)} tables of {N_CUSTOMERS:,} customers, seeds 0 to {SEEDS.stop - 1}; "
            "bounds are one-sided 95 %. `python benchmarks/bench_hazard.py`",
            "",
            "| line | hits | of | share | bound below | bound above | target |",
            "|---|---|---|---|---|---|---|",
            *rows,
            "",
            *telco(),
            "",
        ]
    )
    (ROOT / "benchmarks" / "hazard.md").write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    if broken:
        sys.exit(f"does not hold: {'; '.join(broken)}")


if __name__ == "__main__":
    main()
