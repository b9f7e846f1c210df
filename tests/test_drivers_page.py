"""The page on drivers on small and strange studies: words instead of figures, and nothing stops.

The cells of the notebook are run as they are, in one process.
"""

import json

import polars as pl
import pytest

from cxresearch.intake.sample import make_sample, write_sample
from tests.notebook_pages import run_page
from tests.voiced import write_study

pytestmark = pytest.mark.slow


def assert_says_why(shown, output):
    """Words instead of figures: an answer, what was not looked at and why, no gain handed on."""
    kind, answer = shown[0]
    assert kind == "answer"
    assert answer["figures"] == []
    assert "no gain is put forward" in answer["sentences"][0]
    notes = [content["text"] for kind, content in shown if kind == "note"]
    assert any(text.startswith("Not looked at: Leaving") for text in notes)
    assert not any(kind == "scenarios" for kind, _ in shown)
    assert "Infinity" not in json.dumps(shown)
    gains = pl.read_parquet(output / "70_drivers" / "gains.parquet")
    assert gains.is_empty()
    assert {"touchpoint", "is_joint", "leavers_a_year", "value_a_year"} <= set(gains.columns)
    assert pl.read_parquet(output / "70_drivers" / "findings.parquet").is_empty()


def test_responses_alone_say_what_would_be_needed(root, tmp_path):
    study = write_study(tmp_path, ["bello", "brutto", None] * 30)
    assert_says_why(run_page(root, "70_drivers", study, tmp_path / "results"), tmp_path / "results")


def test_thirty_customers_get_words_and_no_figure(root, tmp_path):
    study = write_sample(make_sample(seed=3, n_customers=30), tmp_path / "study")
    assert_says_why(run_page(root, "70_drivers", study, tmp_path / "results"), tmp_path / "results")


def test_where_nobody_left_leaving_has_its_reason(root, tmp_path):
    folder = write_sample(make_sample(seed=3, n_customers=200), tmp_path / "study")
    file = next(folder.rglob("customers.parquet"))
    customers = pl.read_parquet(file)
    nobody = pl.lit(None, dtype=customers.schema["left_at"]).alias("left_at")
    customers.with_columns(nobody).write_parquet(file)
    shown = run_page(root, "70_drivers", folder, tmp_path / "results")
    notes = [content["text"] for kind, content in shown if kind == "note"]
    assert any(text.startswith("Not looked at: Leaving") for text in notes)
    gains = pl.read_parquet(tmp_path / "results" / "70_drivers" / "gains.parquet")
    assert "leaving" not in gains["outcome"].to_list()
