"""Does `find_moments` find what is planted, and nothing where nothing is?

Twenty companies without a story, twenty with only those stories in which nothing that happens at a
touchpoint acts on what customers do later (a halo, a pilot better everywhere, a coast that queues
and leaves more), and twenty with all: each made from its own seed (0 to 19), written, checked,
prepared and analysed as a study.

In the first two: companies in which anything is called a moment of truth, and rows whose 95 %
interval leaves out 0, the truth (at most 5 % each). With all stories: how often each planted moment
is found, how often anything else is called one (calls after an e-mail truly act a little), and how
often the interval of leaving holds the true effect on those who met it, worked out from the model
that made the company (at least 95 %). A line holds unless the one-sided 95 % binomial bound
excludes its target. Writes moments.md.
"""

import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import polars as pl
from scipy.stats import beta

from cxresearch.intake.prepare import open_study
from cxresearch.intake.sample import SampleCompany, make_sample, write_sample
from cxresearch.intake.sample.model import BASE_LOGIT
from cxresearch.intake.sample.seasons import N_MONTHS, START, TIMEZONE
from cxresearch.intake.sample.stories import EFFECTS, LONG_DELAY_MINUTES, PILOT_MONTH, STORIES
from cxresearch.models.moments import find_moments
from cxresearch.period import Period, add_months

ROOT = Path(__file__).resolve().parents[1]
SEEDS = range(20)
N_CUSTOMERS = 6000
HORIZON = 3
PLANTED = {
    ("ticket_change_desk", "penalty"): "waited",
    ("refund_on_the_spot", "penalty"): "refused",
    ("refund_on_the_spot", "reward"): "paid",
    ("on_board", "penalty"): "delayed",
}
ACTING = {effect.story for effect in EFFECTS.values()}
"""Stories in which what happens at a touchpoint changes what customers do later."""


def moments_of(company: SampleCompany) -> pl.DataFrame:
    """The effects found in one company."""
    with tempfile.TemporaryDirectory() as folder:
        write_sample(company, folder)
        tables = open_study(folder)
        return find_moments(tables, period=tables.period(), horizon_months=HORIZON).tidy()


def truth_of(company: SampleCompany) -> dict[str, float]:
    """Mean true change in the chance to leave within the horizon, of those who met an event.

    The event of one month is taken away, all else of that customer stays. What would have happened
    after leaving is what happened to another customer, drawn among those still there.
    """
    people = company.truth["people"].join(company.customers, on="customer_id").sort("customer_id")
    met = {name: _met(company, people, name) for name in (*PLANTED.values(), "asked_again")}
    still_here = _still_here(people)
    _go_on(met, still_here)
    fixed = _fixed_logit(people)
    exposed = met | {"delayed": _met(company, people, "late")}  # what the promise calls too late
    return {
        name: _effect(name, exposed[name], met, fixed=fixed, here=still_here)
        for name in PLANTED.values()
    }


def _met(company: SampleCompany, people: pl.DataFrame, event: str) -> np.ndarray:
    """Customers by months: how often the event happened."""
    spot, wait = pl.col("touchpoint") == "refund_on_the_spot", pl.col("wait_minutes")
    happened = {
        "waited": (pl.col("touchpoint") == "ticket_change_desk") & (wait > 10),
        "paid": spot & pl.col("is_resolved"),
        "refused": spot & ~pl.col("is_resolved"),
        "delayed": (pl.col("touchpoint") == "on_board") & (wait >= LONG_DELAY_MINUTES),
        "late": (pl.col("touchpoint") == "on_board") & (wait > 15),
        "asked_again": ~pl.col("is_context_known") & (pl.col("touchpoint") != "ticket_office"),
    }[event]
    local = pl.col("at").dt.convert_time_zone(TIMEZONE)
    month = (local.dt.year().cast(pl.Int64) - START.year) * 12 + local.dt.month() - START.month
    numbered = people.select("customer_id").with_row_index("row")
    rows = (
        company.interactions.unique("interaction_id", maintain_order=True)
        .filter(happened, pl.col("direction") == "inbound")
        .join(numbered, on="customer_id")
        .select("row", month.alias("month"))
    )
    counts = np.zeros((people.height, N_MONTHS))
    np.add.at(counts, (rows["row"].to_numpy(), rows["month"].to_numpy()), 1)
    return counts


def _still_here(people: pl.DataFrame) -> np.ndarray:
    """Customers by months: whether a customer to the end of the month."""
    ends = [Period(START, add_months(START, k), TIMEZONE).end_at for k in range(1, N_MONTHS + 1)]
    edges = np.array([end.timestamp() * 1e6 for end in ends])
    left = people["left_at"].dt.epoch("us").fill_null(2**62).to_numpy()
    joined = people["joined_at"].dt.epoch("us").to_numpy()
    return (joined[:, None] < edges) & (left[:, None] >= edges)


def _go_on(met: dict[str, np.ndarray], here: np.ndarray) -> None:
    """Events of the months in which a customer is gone, from a customer who is not."""
    rng = np.random.default_rng(0)
    for month in range(N_MONTHS):
        stays, gone = np.flatnonzero(here[:, month]), np.flatnonzero(~here[:, month])
        donors = rng.choice(stays, gone.size)
        for counts in met.values():
            counts[gone, month] = counts[donors, month]


def _fixed_logit(people: pl.DataFrame) -> np.ndarray:
    """What acts on leaving beside events, customers by months."""
    halo = STORIES["halo"].sizes["leaving (log odds for a sd)"]
    calm = STORIES["right_journey"].sizes["leaving (log odds a month)"]
    rival = STORIES["confounded_driver"].sizes["leaving on the coast (log odds a month)"]
    coast = (people["region"] == "Costa").to_numpy()
    own = BASE_LOGIT + halo * people["trait"].to_numpy() + rival * coast
    since = np.arange(N_MONTHS + HORIZON) >= PILOT_MONTH
    return own[:, None] + calm * (people["is_pilot"].to_numpy()[:, None] & since)


def _effect(
    name: str,
    exposed: np.ndarray,
    met: dict[str, np.ndarray],
    *,
    fixed: np.ndarray,
    here: np.ndarray,
) -> float:
    """Mean difference that the events of one month make to those who were exposed in it."""
    customer, month = np.nonzero((exposed > 0) & here)
    kept = month < N_MONTHS - HORIZON
    customer, month = customer[kept], month[kept]
    stays = {True: np.ones(customer.size), False: np.ones(customer.size)}
    for step in range(1, HORIZON + 1):
        for has in stays:
            logit = fixed[customer, month + step].copy()
            for event, counts in met.items():
                total = np.pad(counts.cumsum(axis=1), ((0, 0), (1, 0)))
                first = np.maximum(month + step - EFFECTS[event].months, 0)
                recent = total[customer, month + step] - total[customer, first]
                if event == name and not has:
                    recent -= np.where(first <= month, counts[customer, month], 0)
                logit += EFFECTS[event].leaving * (recent > 0)
            stays[has] *= 1 - 1 / (1 + np.exp(-logit))
    return float((stays[False] - stays[True]).mean())


def check_null(seed: int, *, without: Iterable[str]) -> tuple[int, int, int]:
    """Companies with a moment, rows whose interval leaves out 0, and rows, of one company."""
    found = moments_of(make_sample(seed=seed, n_customers=N_CUSTOMERS, without=without))
    tested = found.filter(pl.col("p_value").is_not_null())
    wrong = tested.filter(pl.col("p_value") < 0.05).height
    return int(found["is_moment"].any()), wrong, tested.height


def check_full(seed: int) -> pl.DataFrame:
    """Each effect on leaving beside the truth, and whether a moment was found where one is."""
    company = make_sample(seed=seed, n_customers=N_CUSTOMERS)
    truth = truth_of(company)
    event = pl.concat_str("touchpoint", "side", separator=" ").replace_strict(
        {" ".join(key): name for key, name in PLANTED.items()},
        default=None,
        return_dtype=pl.String,
    )
    return (
        moments_of(company)
        .with_columns(event=event)
        .with_columns(
            truth=pl.col("event").replace_strict(truth, default=0.0, return_dtype=pl.Float64),
            seed=pl.lit(seed),
        )
    )


def bounds(hits: int, n: int) -> tuple[float, float]:
    """One-sided 95 % bounds of a share, below and above (Clopper & Pearson 1934)."""
    low = float(beta.ppf(0.05, hits, n - hits + 1)) if hits else 0.0
    return low, float(beta.ppf(0.95, hits + 1, n - hits)) if hits < n else 1.0


def main() -> None:
    """Run the companies and write the table."""
    lines = []
    for name, without in (("no story", ["all"]), ("only stories beside", ACTING)):
        checks = [check_null(seed, without=without) for seed in SEEDS]
        companies, wrong, n_rows = (sum(column) for column in zip(*checks, strict=True))
        lines += [
            (f"{name}: companies with a moment of truth", companies, len(SEEDS), "at most 0.05"),
            (f"{name}: rows whose interval leaves out 0", wrong, n_rows, "at most 0.05"),
        ]
    full = pl.concat([check_full(seed) for seed in SEEDS])
    leaving = full.filter(pl.col("outcome") == "leaving", pl.col("p_value").is_not_null())
    held = pl.col("truth").is_between(pl.col("ci_low"), pl.col("ci_high"))
    for (touchpoint, side), event in PLANTED.items():
        rows = leaving.filter(pl.col("event") == event)
        both = full.filter(pl.col("event") == event)
        lines += [
            (f"{event} ({touchpoint}, {side}): found for {outcome}", hits, len(SEEDS), "reported")
            for outcome, hits in both.group_by("outcome", maintain_order=True)
            .agg(pl.col("is_moment").sum())
            .rows()
        ]
        mean = rows.select(pl.col("truth", "estimate").mean()).row(0)
        text = (
            f"{event}: interval holds the truth (mean truth {mean[0]:.4f}, estimate {mean[1]:.4f})"
        )
        lines.append((text, rows.filter(held).height, rows.height, "at least 0.95"))
    rest = full.filter(pl.col("event").is_null())
    lines.append(("moments found elsewhere", rest["is_moment"].sum(), rest.height, "at most 0.05"))
    site = rest.filter(pl.col("touchpoint") == "website")
    lines.append(
        ("the website called a moment", site["is_moment"].sum(), site.height, "at most 0.05")
    )
    write(lines)


def write(lines: list[tuple[str, int, int, str]]) -> None:
    """The table, and an error where a line does not hold."""
    rows, broken = [], []
    for name, hits, n, target in lines:
        low, high = bounds(hits, n)
        holds = not (target == "at most 0.05" and low > 0.05)
        holds &= not (target == "at least 0.95" and high < 0.95)
        rows.append(
            f"| {name} | {hits} | {n} | {hits / n:.3f} | {low:.3f} | {high:.3f} | {target} |"
        )
        broken += [] if holds else [name]
    text = "\n".join(
        [
            "# Moments of truth: found where planted, and only there",
            "",
            f"{len(SEEDS)} companies of {N_CUSTOMERS:,} customers each way, seeds {SEEDS.start} to "
            f"{SEEDS.stop - 1}; bounds are one-sided 95 %. `python benchmarks/bench_moments.py`",
            "",
            "| line | hits | of | share | bound below | bound above | target |",
            "|---|---|---|---|---|---|---|",
            *rows,
            "",
        ]
    )
    (ROOT / "benchmarks" / "moments.md").write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    if broken:
        sys.exit(f"does not hold: {'; '.join(broken)}")


if __name__ == "__main__":
    main()
