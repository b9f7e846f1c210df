"""Which drivers are found, and what is each given, where it is known what makes customers leave?

Surveys of `planted_drivers` from seeds 0 to 19, without halo and with .4 and .8 of each rating's
variance belonging to the person. Three answers to "which drivers count": the share of R2 of overall
satisfaction and of leaving (`measure_co_movement`), and the effect on leaving with all else held
still (`assess_drivers`), the last with the common mood undone and without. Of each: rank
correlation with the true effects, credit given to drivers of no effect, how often the driver that a
region hides has the right sign, and how often drivers of no effect are called clear.

Then a world without halo in which three ratings truly do harm alike, which looks like a mood: how
often the intervals hold the true effects of all drivers, how often a mood is undone all the same,
and how often one of the three is called clear with the right sign or with the wrong one.

At last a mood that also keeps people from leaving by itself, which nothing recorded shows: what is
called clear then, and how strong `halo_needed` says that it would have to be. And the sample
company without stories. Writes drivers.md.
"""

import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from planted_drivers import CONFOUNDED, HARMFUL, NO_EFFECT, Planted, plant_drivers
from scipy.stats import beta, spearmanr

from cxresearch.intake.prepare import open_study
from cxresearch.intake.sample import make_sample, write_sample
from cxresearch.models.co_movement import measure_co_movement
from cxresearch.models.driver_cases import gather_cases
from cxresearch.models.drivers import assess_drivers

ROOT = Path(__file__).resolve().parents[1]
SEEDS = range(20)
HALOS = (0.0, 0.4, 0.8)
N = 8000
N_COMPANIES = 3
UNSEEN = 0.5
HARM = 0.3
MANY = 20_000


def assess(survey: Planted) -> pl.DataFrame:
    """Effects in the order of the truth."""
    found = assess_drivers(
        survey.table,
        outcome="leaves",
        drivers=survey.drivers,
        context=survey.context,
        downstream_of=survey.downstream_of,
        person="person",
        rated=survey.drivers,
    ).tidy()
    return survey.truth.select("driver", "effect").join(found, on="driver", maintain_order="left")


def move_together(survey: Planted, outcome: str) -> np.ndarray:
    """Shares of R2 in the order of the drivers."""
    found = measure_co_movement(survey.table, outcome=outcome, drivers=survey.drivers)
    shares = dict(found.select("driver", "estimate").iter_rows())
    return np.array([shares[name] for name in survey.drivers])


def score(survey: Planted, given: np.ndarray, *, credit: np.ndarray | None = None) -> list[float]:
    """Rank correlation of what is given with the true effects, and credit of those without."""
    truth = -survey.truth["effect"].drop_nulls().to_numpy()
    nobody = np.isin(survey.drivers, NO_EFFECT)
    paid = np.maximum(given if credit is None else credit, 0)
    return [float(spearmanr(given, truth)[0]), float(paid[nobody].sum() / max(paid.sum(), 1e-12))]


def check(seed: int, halo: float, mood: float = 0.0, n: int = N) -> dict[str, Any]:
    """All figures of one survey."""
    survey = plant_drivers(seed, n=n, halo=halo, halo_on_leaving=mood)
    row: dict[str, Any] = {"halo": halo, "mood": mood}
    for outcome in ("satisfaction", "leaves"):
        row[f"lmg {outcome}"], row[f"lmg {outcome} credit"] = score(
            survey, move_together(survey, outcome)
        )
    found = assess(survey)
    helps = -found["estimate"].to_numpy()
    clear = found["is_clear"].fill_null(value=False).to_numpy()
    row["effects"], row["effects credit"] = score(survey, helps, credit=helps * clear)
    nobody = found.filter(pl.col("driver").is_in(NO_EFFECT))
    row["flagged"] = nobody["is_clear"].sum()
    row["sign"] = found.filter(driver=CONFOUNDED)["estimate"].item() < 0
    row["needed"] = nobody.filter("is_clear")["halo_needed"].median()
    return row


def check_harm(seed: int) -> dict[str, int]:
    """Counts of one survey without halo, in which three ratings truly do harm."""
    survey = plant_drivers(seed, harm=HARM)
    found = assess(survey)
    clear = found.filter("is_clear", pl.col("driver").is_in(HARMFUL))
    plain = found["estimate_plain"].to_numpy()
    return {
        "held": int(found["effect"].is_between(found["ci_low"], found["ci_high"]).sum()),
        "drivers": found.height,
        "undone": int(not np.allclose(found["estimate"].to_numpy(), plain)),
        "right": int((clear["estimate"] > 0).sum()),
        "wrong": int((found["is_clear"] & (found["estimate"] * found["effect"] < 0)).sum()),
    }


def bounds(hits: int, n: int) -> tuple[float, float]:
    """One-sided 95 % bounds of a share, below and above (Clopper & Pearson 1934)."""
    low = float(beta.ppf(0.05, hits, n - hits + 1)) if hits else 0.0
    return low, float(beta.ppf(0.95, hits + 1, n - hits)) if hits < n else 1.0


def without_stories(seed: int) -> tuple[int, int]:
    """Clear drivers, and drivers tested, of a company in which nothing acts."""
    with tempfile.TemporaryDirectory() as folder:
        write_sample(make_sample(seed=seed, n_customers=3000, without=["all"]), folder)
        tables = open_study(folder)
        clear = tested = 0
        for outcome in ("leaving", "nps"):
            cases = gather_cases(tables, outcome=outcome, period=tables.period())
            operations = cases.drivers.filter(source="operations")["driver"].to_list()
            found = assess_drivers(cases.table, **cases.arguments).tidy()
            found = found.filter(pl.col("driver").is_in(operations))
            clear += int(found["is_clear"].sum())
            tested += found["q_value"].count()
    return clear, tested


def main() -> None:
    """Run the surveys and write the tables."""
    seen = pl.DataFrame([check(seed, halo) for halo in HALOS for seed in SEEDS])
    unseen = pl.DataFrame([check(seed, 0.8, UNSEEN) for seed in SEEDS])
    many = pl.DataFrame([check(seed, 0.8, n=MANY) for seed in SEEDS])
    lines = [
        "# Drivers: what is given to whom where the truth is known",
        "",
        f"{N:,} answers each, seeds {SEEDS.start} to {SEEDS.stop - 1}; rank correlation (Spearman) "
        "with the true effect on leaving, mean over seeds; in brackets the share of the credit "
        "given to the four drivers of no effect (of effects: of what is clear). "
        "`python benchmarks/bench_drivers.py`",
        "",
        "| halo | shares of R2 of satisfaction | shares of R2 of leaving | effects |",
        "|---|---|---|---|",
    ]
    names = ("lmg satisfaction", "lmg leaves", "effects")
    groups = [(f"{halo:g}", seen.filter(halo=halo)) for halo in HALOS]
    groups += [("all", seen), (f"0.8, and the mood keeps people ({UNSEEN:g})", unseen)]
    groups.append((f"0.8, {MANY:,} answers", many))
    for label, rows in groups:
        cells = [f"{rows[k].mean():.2f} ({rows[f'{k} credit'].mean():.3f})" for k in names]
        lines.append(f"| {label} | " + " | ".join(cells) + " |")
    counted = []
    for label, rows in groups:
        target = {"0": "at most 0.05", "0.4": "at most 0.10", "0.8": "at most 0.10",
                  f"0.8, {MANY:,} answers": "at most 0.10"}  # fmt: skip
        n = len(NO_EFFECT) * rows.height
        name = f"halo {label}: drivers of no effect called clear"
        counted.append((name, int(rows["flagged"].sum()), n, target.get(label, "reported")))
        name = f"halo {label}: the driver hidden by the region has the right sign"
        counted.append((name, int(rows["sign"].sum()), rows.height, "reported"))
    harmed = pl.DataFrame([check_harm(seed) for seed in SEEDS])
    n = int(harmed["drivers"].sum())
    label = "three truly harmful, no halo"
    counted += [
        (f"{label}: intervals hold the effect", int(harmed["held"].sum()), n, "reported"),
        (f"{label}: a mood undone all the same", int(harmed["undone"].sum()), len(SEEDS),
         "reported"),
        (f"{label}: one of the three called clear", int(harmed["right"].sum()),
         len(HARMFUL) * len(SEEDS), "reported"),
        (f"{label}: called clear with the wrong sign", int(harmed["wrong"].sum()), n,
         "at most 0.05"),
    ]  # fmt: skip
    pairs = [without_stories(seed) for seed in range(N_COMPANIES)]
    hits, n = (sum(column) for column in zip(*pairs, strict=True))
    name = f"{N_COMPANIES} companies without stories: drivers told by operations called clear"
    counted.append((name, hits, n, "at most 0.05"))
    lines += ["", "| line | hits | of | share | bound below | bound above | target |"]
    lines.append("|---|---|---|---|---|---|---|")
    broken = []
    for name, hits, n, target in counted:
        low, high = bounds(hits, n)
        lines.append(
            f"| {name} | {hits} | {n} | {hits / n:.3f} | {low:.3f} | {high:.3f} | {target} |"
        )
        broken += [name] if target != "reported" and low > float(target.split()[-1]) else []
    needed = unseen["needed"].median()
    if needed is not None:
        lines += [
            "",
            "Where the mood itself keeps people no method is safe. Of drivers of no effect that "
            "are called clear then, a mood is said to explain them if a standard deviation of it "
            f"changed the chance to leave by {needed:.3f} (median).",
        ]
    lines.append("")
    text = "\n".join(lines)
    (ROOT / "benchmarks" / "drivers.md").write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    if broken:
        sys.exit(f"does not hold: {'; '.join(broken)}")


if __name__ == "__main__":
    main()
