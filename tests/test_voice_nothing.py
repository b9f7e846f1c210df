"""The whole page of a company where nothing happened: it tells of nothing.

Three fixed seeds. A page without stories calls something different or changed one time in twenty;
that two of three do has a chance below one in a hundred.
"""

from pathlib import Path

import polars as pl
import pytest

from cxresearch.intake.sample import make_sample, write_sample
from tests.notebook_pages import run_page

pytestmark = pytest.mark.slow
SEEDS = (101, 102, 103)


def findings_of(root: Path, folder: Path, *, seed: int, stories: bool) -> pl.DataFrame:
    company = make_sample(seed=seed, n_customers=5_000, without=[] if stories else ["all"])
    study = write_sample(company, folder / "study")
    run_page(root, "50_voice", study, folder / "results")
    return pl.read_parquet(folder / "results" / "50_voice" / "findings.parquet")


def judged(findings: pl.DataFrame) -> pl.DataFrame:
    """What is told as good, bad or changed; not what goes with the score, for something does."""
    is_changed = pl.col("kind").is_in(["change", "gap"]) & (pl.col("q_value") <= 0.05)
    is_judged = is_changed.fill_null(value=False) | (pl.col("polarity") != "neutral")
    return findings.filter(pl.col("kind") != "effect", is_judged)


def test_without_stories_no_page_tells_of_any(root, tmp_path):
    told = [
        judged(findings_of(root, tmp_path / str(seed), seed=seed, stories=False)) for seed in SEEDS
    ]
    assert sum(table.height for table in told) <= 1


def test_with_the_stories_the_change_desk_is_named(root, tmp_path):
    findings = findings_of(root, tmp_path, seed=101, stories=True)
    named = findings.filter("is_headline", polarity="bad")
    assert "ticket_change_desk" in named["touchpoint"].to_list()
