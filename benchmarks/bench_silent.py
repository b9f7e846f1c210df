"""Do the bounds of silent churn hold the truth, and does the list put first who leaves in silence?

Twenty companies with all stories and twenty without any, each made from its own seed (0 to 19),
written, checked, prepared and analysed as a study, three ways: without stated reasons (records
alone), with 200 coded reasons drawn by lot, and with all there are.

The truth is that of the potential outcomes, read both ways: leavers in silence who left in a month
they would have stayed through had nothing gone wrong, and those of them who would still be here at
the end. Bounds hold where they hold both; widths are shares of all who left in silence (zero to
naive). AUC: scores learned from other people, a customer's month a case. Against the truth those
count who leave in silence through an experience; as observed, all who leave in silence. Beside it
the AUC of the hazard that made the company, which no model can pass on the long run.

A line holds unless the one-sided 95 % binomial bound excludes its target. Writes silent.md.
"""

import sys
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
from bench_moments import _fixed_logit, _met, bounds

from cxresearch.intake.prepare import open_study
from cxresearch.intake.sample import SampleCompany, make_sample, write_sample
from cxresearch.intake.sample.seasons import N_MONTHS
from cxresearch.intake.sample.stories import EFFECTS
from cxresearch.intake.tables import StudyTables
from cxresearch.models.evaluation import measure_ranking
from cxresearch.models.silent import SilentChurn, size_silent_churn
from cxresearch.models.silent_signals import SIGNALS, score_signals

ROOT = Path(__file__).resolve().parents[1]
SEEDS = range(20)
N_CUSTOMERS = 2500
WAYS = {"records alone": (0, 0.75), "200 coded reasons": (200, 0.5), "all reasons": (None, 0.5)}
"""Coded reasons kept, and the widest bounds asked for."""
SEEN = ("waited", "paid", "refused", "delayed", "asked_again")


def with_reasons(tables: StudyTables, kept: int | None, *, seed: int) -> StudyTables:
    """The study with so many stated reasons, drawn by lot."""
    customers = tables.customers.collect()
    told = np.flatnonzero(customers["left_reason"].is_not_null().to_numpy())
    chosen = np.zeros(customers.height, dtype=bool)
    chosen[np.random.default_rng(seed).permutation(told)[:kept]] = True
    reason = pl.when(pl.lit(pl.Series(chosen))).then("left_reason").alias("left_reason")
    return replace(tables, customers=customers.with_columns(reason).lazy())


def truth_of(model: SilentChurn, company: SampleCompany) -> tuple[float, float]:
    """Of all silent leavers: who left through an experience; who would else still be here."""
    silent = model.leavers.filter("is_silent").join(company.truth["people"], on="customer_id")
    worlds = company.truth["leaving"]
    stays = worlds.filter(pl.col("story") == "any_bad_experience", ~pl.col("left_without"))
    lost = silent.join(stays, on="customer_id", how="semi")
    return float(silent["left_through"].sum()), float(lost.height)


def check_bounds(
    tables: StudyTables, company: SampleCompany, *, seed: int
) -> Iterable[dict[str, object]]:
    """Each way's headline against the truth."""
    for way, (kept, limit) in WAYS.items():
        study = with_reasons(tables, kept, seed=seed)
        model = size_silent_churn(study, period=tables.period(), random_state=seed)
        row = model.tidy().filter("is_headline").row(0, named=True)
        through, for_good = truth_of(model, company)
        n = row["base"]
        yield {
            "way": way,
            "holds": row["ci_low"] <= for_good and through <= row["ci_high"],
            "narrow": (row["ci_high"] - row["ci_low"]) / n <= limit,
            "through": through / n,
            "for_good": for_good / n,
            "low": row["ci_low"] / n,
            "high": row["ci_high"] / n,
            "naive": n / model.leavers.height,
            "stayed": model.glance()["share_stayed"].item(),
        }


def made_with(company: SampleCompany) -> pl.DataFrame:
    """The log odds of leaving that made the company, by customer and month (double bookings not)"""
    people = company.truth["people"].join(company.customers, on="customer_id").sort("customer_id")
    logit = _fixed_logit(people)[:, :N_MONTHS].copy()
    for event in SEEN:
        total = np.pad(_met(company, people, event).cumsum(axis=1), ((0, 0), (1, 0)))
        month = np.arange(N_MONTHS)
        recent = total[:, month] - total[:, np.maximum(month - EFFECTS[event].months, 0)]
        logit += EFFECTS[event].leaving * (recent > 0)
    row, month = np.indices(logit.shape)
    ids = people["customer_id"].gather(row.ravel())
    return pl.DataFrame({"customer_id": ids, "month": month.ravel(), "truth": logit.ravel()})


def check_list(tables: StudyTables, company: SampleCompany, *, seed: int) -> dict[str, float]:
    """AUC of each signal among silent customers, against the truth and as observed."""
    rows = score_signals(tables, period=tables.period(), random_state=seed).filter("is_silent")
    rows = rows.join(company.truth["people"], on="customer_id").join(
        made_with(company), on=["customer_id", "month"], maintain_order="left"
    )
    leaves = (rows["leaves_in"] == 0).fill_null(value=False)
    lost = leaves & rows["left_through"]
    found = {}
    for name, left, of in (("truth", lost, lost | ~leaves), ("observed", leaves, leaves | True)):
        for signal in (*SIGNALS, "truth"):
            kept = rows.filter(of)
            score = kept[signal].to_numpy()
            ranked = measure_ranking(left.filter(of).to_numpy(), score)
            found[f"{name}: {signal}"] = ranked["auc"].item()
    return found


def check_null(seed: int) -> dict[str, object]:
    """The headline of a company in which nothing acts."""
    company = make_sample(seed=seed, n_customers=N_CUSTOMERS, without=["all"])
    with tempfile.TemporaryDirectory() as folder:
        write_sample(company, folder)
        tables = open_study(folder)
        model = size_silent_churn(tables, period=tables.period(), random_state=seed)
    row = model.tidy().filter("is_headline").row(0, named=True)
    clear = model.experiences["is_clear"].any()
    return {"says": row["ci_low"] > 0.005 * row["base"], "clear": clear, "high": row["ci_high"]}


def main() -> None:
    """Run the companies and write the table."""
    told, lists = [], []
    for seed in SEEDS:
        company = make_sample(seed=seed, n_customers=N_CUSTOMERS)
        with tempfile.TemporaryDirectory() as folder:
            write_sample(company, folder)
            tables = open_study(folder)
            told += check_bounds(tables, company, seed=seed)
            lists.append(check_list(tables, company, seed=seed))
    table = pl.DataFrame(told)
    lines = []
    for way, (_, limit) in WAYS.items():
        own = table.filter(pl.col("way") == way)
        mean = own.mean().row(0, named=True)
        text = (
            f"{way}: bounds hold the truth (on average {mean['low']:.2f} to {mean['high']:.2f} of "
            f"who left in silence, truth {mean['for_good']:.2f} and {mean['through']:.2f})"
        )
        lines.append((text, int(own["holds"].sum()), own.height, "at least 0.90"))
        width = own["high"] - own["low"]
        text = (
            f"{way}: bounds at most {limit:g} as wide as zero to naive (mean {width.mean():.2f}, "
            f"widest {width.max():.2f})"
        )
        lines.append((text, int(own["narrow"].sum()), own.height, "at least 0.90"))
    null = pl.DataFrame([check_null(seed) for seed in SEEDS])
    for name, text in (
        ("says", "no story: the lower bound is above 0.5 % of who left in silence"),
        ("clear", "no story: a bad experience goes with leaving"),
    ):
        lines.append((text, int(null[name].sum()), null.height, "at most 0.05"))
    found = pl.DataFrame(lists)
    best = found["truth: operations_usage"]
    lines.append(
        ("operations and usage: AUC of 0.80", int((best >= 0.8).sum()), best.len(), "at least 0.90")
    )
    silent = table.filter(pl.col("way") == "records alone")
    write(lines, found, shares=(float(silent["naive"].mean()), float(silent["stayed"].mean())))


def write(
    lines: list[tuple[str, int, int, str]], found: pl.DataFrame, *, shares: tuple[float, float]
) -> None:
    """The tables, and an error where a line does not hold."""
    rows, broken = [], []
    for name, hits, n, target in lines:
        low, high = bounds(hits, n)
        share = float(target.split()[-1])
        holds = low <= share if target.startswith("at most") else high >= share
        rows.append(
            f"| {name} | {hits} | {n} | {hits / n:.3f} | {low:.3f} | {high:.3f} | {target} |"
        )
        broken += [] if holds else [name]
    figures = {
        signal: (found[f"truth: {signal}"], found[f"observed: {signal}"])
        for signal in (*SIGNALS, "truth")
    }
    aucs = [
        f"| {signal} | {true.mean():.3f} | {true.min():.3f} | {seen.mean():.3f} |"
        for signal, (true, seen) in figures.items()
    ]
    aucs[-1] = aucs[-1].replace("| truth |", "| the hazard that made the company |")
    text = "\n".join(
        [
            "# Silent churn: bounds that hold the truth, and who leads the list",
            "",
            f"{len(SEEDS)} companies of {N_CUSTOMERS:,} customers each way, seeds {SEEDS.start} to "
            f"{SEEDS.stop - 1}; bounds are one-sided 95 %. `python benchmarks/bench_silent.py`",
            "",
            f"Silent are {shares[0]:.3f} of those who left, {shares[1]:.3f} of those who stayed.",
            "",
            "| line | hits | of | share | bound below | bound above | target |",
            "|---|---|---|---|---|---|---|",
            *rows,
            "",
            "AUC among silent customers, a month ahead: of leaving in silence through an "
            "experience (the truth, against staying), and of any leaving in silence, as observed.",
            "",
            "| signal | truth, mean | truth, lowest | observed, mean |",
            "|---|---|---|---|",
            *aucs,
            "",
        ]
    )
    (ROOT / "benchmarks" / "silent.md").write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    if broken:
        sys.exit(f"does not hold: {'; '.join(broken)}")


if __name__ == "__main__":
    main()
