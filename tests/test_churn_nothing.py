"""The whole page of leaving of a company where nothing happened: it judges nothing.

Three fixed seeds. A page without stories judges something one time in twenty; that two of three do
has a chance below one in a hundred.
"""

from pathlib import Path

import polars as pl
import pytest

from cxresearch.intake.sample import make_sample, write_sample
from tests.notebook_pages import run_page

pytestmark = pytest.mark.slow
SEEDS = (101, 102, 103)


def findings_of(root: Path, folder: Path, *, seed: int, without: list[str]) -> pl.DataFrame:
    company = make_sample(seed=seed, n_customers=1500, without=without)
    study = write_sample(company, folder / "study")
    run_page(root, "60_churn", study, folder / "results")
    return pl.read_parquet(folder / "results" / "60_churn" / "findings.parquet")


def judged(findings: pl.DataFrame) -> pl.DataFrame:
    """What is told as good or bad, changed, or to differ."""
    is_told = pl.col("kind").is_in(["change", "gap", "effect"]) & (pl.col("q_value") <= 0.05)
    return findings.filter(is_told.fill_null(value=False) | (pl.col("polarity") != "neutral"))


def at_risk(findings: pl.DataFrame) -> float:
    """The share of silent customers of whom a raised risk is told."""
    row = findings.filter(measure="at_risk_in_silence").row(0, named=True)
    return row["estimate"] / row["n"]


def test_without_stories_nothing_is_judged_and_hardly_anybody_listed(root, tmp_path):
    told = [findings_of(root, tmp_path / str(s), seed=s, without=["all"]) for s in SEEDS]
    assert sum(judged(one).height for one in told) <= 1
    assert max(at_risk(one) for one in told) <= 0.005


def test_with_the_stories_leaving_after_the_change_desk_is_told(root, tmp_path):
    told = findings_of(root, tmp_path, seed=101, without=[])
    assert "ticket_change_desk" in judged(told)["touchpoint"].to_list()
    assert at_risk(told) > 0.05
