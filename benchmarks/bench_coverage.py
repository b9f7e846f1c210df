"""Do the intervals hold what they claim? Every table of `coverage.md`, computed anew.

Exact enumeration where answers are independent; simulation (seeds 0 to 199, pooled) where people
repeat or answers are weighted. Run: python benchmarks/bench_coverage.py
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import gammaln, ndtri

from cxresearch.transforms.intervals import adjusted_wald, normal_quantile, wilson
from cxresearch.transforms.metrics import measure
from cxresearch.transforms.weights import rake

Array = NDArray[np.float64]
HERE = Path(__file__).parent
Z = normal_quantile(0.95)
SEEDS = range(200)
CELLS = 10  # a seed
MIXES = [(0.5, 0.2), (0.35, 0.35), (0.1, 0.1), (0.7, 0.05), (0.9, 0.02), (0.1, 0.6)]
SHARES = [0.5, 0.7, 0.35, 0.9, 0.95, 0.2]


def nps_coverage(n: int, promoters: float, detractors: float) -> float:
    """Exact coverage: every possible sample, weighted with its multinomial probability."""
    plus, minus = np.meshgrid(np.arange(n + 1), np.arange(n + 1), indexing="ij")
    possible = plus + minus <= n
    plus, minus = plus[possible], minus[possible]
    counts = np.stack([plus, minus, n - plus - minus])
    shares = np.array([promoters, detractors, 1 - promoters - detractors])
    chance = np.exp(
        gammaln(n + 1) - gammaln(counts + 1).sum(axis=0) + (counts.T * np.log(shares)).sum(axis=1)
    )
    mean, square, size = (plus - minus) / n, (plus + minus) / n, np.full(plus.shape, float(n))
    low, high = adjusted_wald(mean=mean, square=square, n=size, z=Z)
    return _held(chance, low, high, promoters - detractors)


def csat_coverage(n: int, satisfied: float) -> float:
    """Exact coverage of the Wilson interval."""
    count = np.arange(n + 1)
    chance = np.exp(
        gammaln(n + 1)
        - gammaln(count + 1)
        - gammaln(n - count + 1)
        + count * np.log(satisfied)
        + (n - count) * np.log(1 - satisfied)
    )
    low, high = wilson(share=count / n, n=np.full(count.shape, float(n)), z=Z)
    return _held(chance, low, high, satisfied)


def _held(chance: Array, low: Array, high: Array, truth: float) -> float:
    return float(chance[(low <= truth + 1e-12) & (truth <= high + 1e-12)].sum())


def repeated(metric: str, mix: tuple[float, ...], people: int, times: int, rho: float) -> float:
    """Coverage where every person answers several times, latent moods correlated `rho` within."""
    drawn = []
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        mood = rng.standard_normal((CELLS, people, 1)) * np.sqrt(rho)
        drawn.append(mood + rng.standard_normal((CELLS, people, times)) * np.sqrt(1 - rho))
    latent = np.concatenate(drawn)
    if metric == "nps":
        score = np.where(latent > ndtri(1 - mix[0]), 10, np.where(latent < ndtri(mix[1]), 0, 8))
        truth = 100 * (mix[0] - mix[1])
    else:
        score, truth = np.where(latent > ndtri(1 - mix[0]), 5, 2), mix[0]
    cells = latent.shape[0]
    answers = pl.DataFrame(
        {
            "cell": np.repeat(np.arange(cells), people * times),
            "respondent_id": np.tile(np.repeat(np.arange(people), times), cells),
            "score": score.ravel(),
        }
    )
    result = measure(answers, metric=metric, by="cell")
    low, high = result["ci_low"].to_numpy(), result["ci_high"].to_numpy()
    return float(((low <= truth + 1e-9) & (truth <= high + 1e-9)).mean())


def weighted() -> Iterator[dict[str, object]]:
    """Coverage and width of raked NPS where region decides both the score and who answers."""
    shares, size = [0.16, 0.22, 0.28, 0.34], 300

    def answers(rng: np.random.Generator, n: int, p: list[float]) -> pl.DataFrame:
        region = rng.choice(4, n, p=p)
        score = np.clip(np.round(7 + 1.8 * (region - 1.5) + 2 * rng.standard_normal(n)), 0, 10)
        return pl.DataFrame({"score": score, "region": region.astype(str)})

    all_ = measure(answers(np.random.default_rng(999), 2_000_000, [0.25] * 4), metric="nps")
    truth = all_["estimate"].item()
    forms = {"unweighted": {}, "fixed": {"weight": "weight"}} | {
        "calibrated": {"weight": "weight", "calibrated_on": "region"}
    }
    for form, options in forms.items():
        rows = []
        for seed in SEEDS:
            sample = answers(np.random.default_rng(seed), size, shares)
            raked = rake(sample, margins={"region": dict.fromkeys("0123", 0.25)})
            rows.append(measure(raked, metric="nps", **options).select("ci_low", "ci_high").row(0))
        limits = np.array(rows)
        held = ((limits[:, 0] <= truth) & (truth <= limits[:, 1])).mean()
        yield {"interval": form, "coverage": held, "width": np.ptp(limits, axis=1).mean()}


def exact_table() -> pl.DataFrame:
    """A row a metric and n: coverage in each of six mixes, mean and worst."""
    rows = []
    for n in (10, 30, 100, 1000):
        for metric, values in (
            ("nps", [nps_coverage(n, *mix) for mix in MIXES]),
            ("csat", [csat_coverage(n, share) for share in SHARES]),
        ):
            mixes = {f"mix_{i + 1}": value for i, value in enumerate(values)}
            rows.append(
                {"metric": metric, "n": n, "mean": np.mean(values), "worst": min(values)} | mixes
            )
    return pl.DataFrame(rows).sort("metric", "n", descending=[True, False])


def clustered_table() -> pl.DataFrame:
    """A row a metric, answers a person, people and correlation; pooled over 2,000 cells a mix."""
    rows = []
    for metric, mixes in (("nps", MIXES), ("csat", [(share,) for share in SHARES])):
        for rho in (0.5, 0.8):
            for times in (1, 2, 3, 14):
                for people in (10, 30):
                    values = [repeated(metric, mix, people, times, rho) for mix in mixes]
                    row = {"metric": metric, "correlation": rho, "times": times, "people": people}
                    rows.append(row | {"mean": np.mean(values), "worst": min(values)})
    return pl.DataFrame(rows)


def _markdown(table: pl.DataFrame) -> str:
    def shown(value: object) -> str:
        return f"{value:.3f}" if isinstance(value, float) else str(value)

    lines = [list(table.columns), ["---"] * table.width]
    lines += [[shown(value) for value in row] for row in table.rows()]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main() -> None:
    """Write coverage.md beside this file."""
    mixes = ", ".join(f"{100 * p:g}/{100 * d:g}" for p, d in MIXES)
    shares = ", ".join(f"{100 * share:g} %" for share in SHARES)
    parts = [
        "# Coverage of nominal 95 % intervals",
        "Made by `python benchmarks/bench_coverage.py`.",
        "## Independent answers, exact enumeration",
        f"Mixes 1 to 6, promoters/detractors: {mixes}; satisfied: {shares}.",
        _markdown(exact_table()),
        "## People who answer several times, simulated",
        "Latent correlation within a person; 200 seeds of 10 cells in each of the six mixes.",
        _markdown(clustered_table()),
        "## Raked answers, simulated",
        "NPS of 300 answers whose region decides both the score and who answers; 200 seeds.",
        _markdown(pl.DataFrame(list(weighted()))),
    ]
    (HERE / "coverage.md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
