"""Is the fast reading of our own files the careful one?"""

from pathlib import Path

import pytest

import cxresearch
from cxresearch.study import read_packaged, read_yaml

FILES = sorted((Path(cxresearch.__file__).parent / "lexicons").glob("*.yml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_lexicon_reads_the_same_both_ways(path) -> None:
    assert read_packaged(path) == read_yaml(path)


def test_words_that_older_yaml_took_for_truth_stay_words(tmp_path) -> None:
    path = tmp_path / "a.yml"
    path.write_text("no: [no, on, y, 1:30, true, 2, -0.5, null, ok]\n", encoding="utf-8")
    assert read_packaged(path) == {"no": ["no", "on", "y", "1:30", True, 2, -0.5, None, "ok"]}
    assert read_yaml(path) == read_packaged(path)
