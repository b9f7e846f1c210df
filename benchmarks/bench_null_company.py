"""How often does the metrics page call chance an effect?

Companies without a single story, each made from its own seed (0 to 19), written, checked, prepared
and analysed as a study. A cell is one question, touchpoint or month that could have been flagged.
The line holds unless the one-sided 95 % binomial bound excludes 5 %. Writes null_company.md.
"""

import sys
import tempfile
from pathlib import Path

import polars as pl
from scipy.stats import beta

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from test_stories import flag_cells  # noqa: E402  the very cells that the tests look at

from cxresearch.intake.prepare import open_study  # noqa: E402
from cxresearch.intake.sample import make_sample, write_sample  # noqa: E402

SEEDS = range(20)
N_CUSTOMERS = 2500
ALLOWED = 0.05


def flags_of(seed: int) -> pl.DataFrame:
    """Cells and flags of one company without stories."""
    with tempfile.TemporaryDirectory() as folder:
        company = make_sample(seed=seed, n_customers=N_CUSTOMERS, without=["all"])
        write_sample(company, folder, format="parquet")
        return flag_cells(open_study(folder))


def least_share(flagged: int, n: int) -> float:
    """One-sided 95 % lower bound of a share (Clopper & Pearson 1934)."""
    return float(beta.ppf(0.05, flagged, n - flagged + 1)) if flagged else 0.0


def main() -> None:
    """Run the companies and write the table."""
    pooled = (
        pl.concat([flags_of(seed) for seed in SEEDS])
        .group_by("check", maintain_order=True)
        .agg(pl.col("n", "n_flagged").sum())
    )
    total = pooled.select(pl.lit("all").alias("check"), pl.col("n", "n_flagged").sum())
    rows = pl.concat([pooled, total]).with_columns(
        (pl.col("n_flagged") / pl.col("n")).round(4).alias("share"),
        pl.struct("n_flagged", "n")
        .map_elements(lambda c: round(least_share(c["n_flagged"], c["n"]), 4), pl.Float64)
        .alias("bound"),
    )
    lines = [f"| {' | '.join(str(value) for value in row)} |" for row in rows.rows()]
    table = [
        "# Companies without stories: cells flagged",
        "",
        f"{len(SEEDS)} companies of {N_CUSTOMERS:,} customers, seeds {SEEDS.start} to "
        f"{SEEDS.stop - 1}. At most {ALLOWED:.0%} may be flagged; `bound` is the one-sided 95 % "
        "lower bound of the share. `python benchmarks/bench_null_company.py`",
        "",
        "| check | cells | flagged | share | bound |",
        "|---|---|---|---|---|",
        *lines,
        "",
    ]
    text = "\n".join(table)
    (ROOT / "benchmarks" / "null_company.md").write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    if rows.filter(pl.col("bound") > ALLOWED).height:
        sys.exit("more than chance is flagged: see the rows whose bound is above 5 %")


if __name__ == "__main__":
    main()
