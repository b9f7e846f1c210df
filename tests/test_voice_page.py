"""The page of comments on small and strange studies: a line says what is missing, nothing stops.

The cells of the notebook are run as they are, in one process.
"""

import json

import polars as pl
import pytest

from tests.notebook_pages import run_page
from tests.test_themes import make_comments
from tests.voiced import write_study

pytestmark = pytest.mark.slow
HOSTILE = [
    "<script>alert(1)</script><img src=x onerror=alert(1)> orribile",
    '=HYPERLINK("http://evil","x") pessimo',
    "{{ 7*7 }} {% for x in y %} gentili",
    "\u202eolacsap\u202c ottimo",
    "המלון היה נהדר",
    "😀" * 500,
    "a" * 20_000 + " terribile",
    "great\u200b\x07\x1b[31m staff",
    "!!!!!",
]


@pytest.mark.parametrize(
    ("comments", "said"),
    [
        ([None] * 40, "nothing to read"),
        (["bello", "brutto", "pessimo", "Ottimo!", "mah"], "Too few comments"),
        (["😀", "😡", "👍", "😀😀"] * 15, "comments are positive"),
        (["martedì treno binario", "via Roma"] * 30, "nothing speaks"),
        (["great room", "awful room", "nice staff", "dirty bathroom"] * 20, "net tone"),
        (HOSTILE * 8, "comments are positive"),
    ],
    ids=["no comment", "five", "only emoji", "only unknown", "one language", "hostile"],
)
def test_a_strange_study_has_a_page_that_says_what_is_missing(root, tmp_path, comments, said):
    shown = run_page(root, "50_voice", write_study(tmp_path, comments), tmp_path / "results")
    kind, answer = shown[0]
    assert kind == "answer"
    assert any(said in sentence for sentence in answer["sentences"])
    assert len(shown) > 10
    assert not any("Infinity" in json.dumps(content) for _, content in shown)


@pytest.mark.parametrize("n", [1, 3, 9])
def test_few_comments_among_many_answers_are_said_to_be_too_few(root, tmp_path, n):
    comments = ["camera sporca", "personale gentile", "ottimo"] * 3
    study = write_study(tmp_path, [*comments[:n], *[None] * (120 - n)])
    shown = run_page(root, "50_voice", study, tmp_path / "results")
    kind, answer = shown[0]
    assert kind == "answer"
    assert answer["sentences"] == [f"Too few comments to say anything of their tone: {n} in all."]


def test_comments_without_any_score_are_read_all_the_same(root, tmp_path):
    said = ["camera sporca", "personale gentile", "colazione ottima"] * 30
    shown = run_page(
        root, "50_voice", write_study(tmp_path, said, is_rated=False), tmp_path / "results"
    )
    assert "66% of comments are positive" in shown[0][1]["sentences"][0]


def test_labels_of_people_say_how_right_the_reading_is(root, tmp_path):
    said = ["great room", "awful room", "nice staff", "dirty bathroom", "ok"] * 24
    labels = ["positive", "negative", "positive", "negative", "neutral"] * 24
    shown = run_page(
        root, "50_voice", write_study(tmp_path, said, labels=labels), tmp_path / "results"
    )
    notes = [content["text"] for kind, content in shown if kind == "note"]
    assert any(text.startswith("Of 120 comments labelled by people") for text in notes)


def test_results_hold_no_comment_but_quotes(root, tmp_path):
    run_page(
        root,
        "50_voice",
        write_study(tmp_path, ["great room", "awful room"] * 40),
        tmp_path / "results",
    )
    folder = tmp_path / "results" / "50_voice"
    held = {file.stem: pl.read_parquet(file).columns for file in folder.glob("*.parquet")}
    assert {name for name, columns in held.items() if "comment" in columns} <= {"quotes"}
    assert {"tone", "themes", "terms", "comments", "mentions", "findings"} <= held.keys()


def test_names_of_themes_last_and_a_second_run_makes_the_same_tables(root, tmp_path):
    study = write_study(tmp_path, make_comments()["comment"].to_list())
    runs = [tmp_path / name for name in ("first", "second", "third")]
    run_page(root, "50_voice", study, runs[0])
    terms = runs[0] / "50_voice" / "terms.parquet"
    assert pl.read_parquet(terms)["theme"].n_unique() >= 2
    run_page(root, "50_voice", study, runs[1], earlier=runs[0])
    for file in sorted((runs[0] / "50_voice").glob("*.parquet")):
        assert (runs[1] / "50_voice" / file.name).read_bytes() == file.read_bytes(), file.name
    # What an earlier run called a theme it is called, whatever its words would make of it.
    given = pl.read_parquet(terms).with_columns(name=pl.lit("as before ") + pl.col("name"))
    given.write_parquet(terms)
    run_page(root, "50_voice", study, runs[2], earlier=runs[0])
    names = pl.read_parquet(runs[2] / "50_voice" / "themes.parquet")["name"]
    assert names.str.starts_with("as before ").all()
