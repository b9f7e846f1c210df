"""The page of leaving on small and strange studies: clear words, no crash, no invented figure.

The cells of the notebook are run as they are, in one process.
"""

import json
import re
from pathlib import Path

import polars as pl
import pytest

from tests.churned import write_customers
from tests.notebook_pages import run_page
from tests.small_studies import ANSWERS, HEADER, answers, write_study

pytestmark = pytest.mark.slow


def page_of(root: Path, folder: Path, n: int, n_left: int, more: str = "") -> list:
    return run_page(
        root, "60_churn", write_customers(folder, n, n_left=n_left, more=more), folder / "results"
    )


def sentences_of(shown: list) -> str:
    kind, answer = shown[0]
    assert kind == "answer"
    return " ".join(answer["sentences"])


def texts_of(shown: list) -> str:
    return " ".join(content.get("text") or content.get("title") or "" for _, content in shown)


def is_written_whole(shown: list) -> bool:
    # "None of 70 customers" is a sentence, a bare None is not.
    return not re.search(r"Infinity|NaN|nan%|\bNone\b(?! of )", json.dumps(shown))


@pytest.mark.parametrize(("n", "n_left"), [(30, 6), (30, 0), (60, 60), (300, 40)])
def test_few_customers_have_a_page_that_foretells_nothing(root, tmp_path, n, n_left):
    shown = page_of(root, tmp_path, n, n_left)
    assert is_written_whole(shown)
    said = texts_of(shown)
    assert "Nothing is foretold" in said
    assert "Nobody is listed" in said or "No list was made" in said
    names = {content["title"] for kind, content in shown if kind == "figure"}
    assert not any("foretold" in name for name in names)


def test_where_nobody_left_the_rate_is_nought_with_its_interval(root, tmp_path):
    shown = page_of(root, tmp_path, 60, 0)
    assert "0.0% of customers left (0.0% to" in sentences_of(shown)


def test_answers_alone_say_what_it_takes(root, tmp_path):
    study = write_study(tmp_path, {"answers.csv": HEADER + answers(40)}, ANSWERS)
    shown = run_page(root, "60_churn", study.folder, tmp_path / "results")
    assert is_written_whole(shown)
    assert "Who leaves is not known" in sentences_of(shown)


def test_leaving_by_rhythm_shows_three_definitions(root, tmp_path):
    more = "leaving: {times: [2, 3, 4], at_least_days: 30}\n"
    shown = page_of(root, tmp_path, 200, 0, more)
    assert is_written_whole(shown)
    figures = [content for kind, content in shown if kind == "figure"]
    assert any(len(content["table"]["rows"]) == 3 for content in figures)
    assert "Without a contract" in texts_of(shown)


def test_no_page_and_no_published_table_names_a_customer(root, tmp_path):
    shown = page_of(root, tmp_path, 500, 160)
    assert "SECRET-" not in json.dumps(shown)
    folder = tmp_path / "results" / "60_churn"
    named = {
        file.stem
        for file in folder.glob("*.parquet")
        if "customer_id" in pl.read_parquet(file).columns
    }
    assert named <= {"at_risk"}
    listed = pl.read_parquet(folder / "at_risk.parquet")
    assert listed.height > 0
    assert listed["customer_id"].str.starts_with("SECRET-").all()


def test_protected_columns_are_no_feature_and_are_looked_at(root, tmp_path):
    shown = page_of(root, tmp_path, 900, 300)
    assert is_written_whole(shown)
    links = [c for k, c in shown if k == "figure" and "Odds of leaving in a month" in c["subtitle"]]
    assert links
    assert "gender" not in json.dumps(links).lower()
    assert any(t.startswith("Never used to foretell: gender") for t in map(_text, shown))


def _text(entry: tuple[str, dict]) -> str:
    return entry[1].get("text", "")
