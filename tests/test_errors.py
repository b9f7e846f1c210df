import polars as pl
import pytest

from cxresearch.errors import CxError, DataError, did_you_mean, require_columns


def test_an_error_says_what_is_allowed_and_what_to_do_next():
    text = str(CxError("row 3", allowed="0 to 10", next_step="map it"))
    assert text.splitlines() == ["row 3", "  allowed: 0 to 10", "  next: map it"]


def test_an_error_without_advice_is_one_line():
    assert str(CxError("row 3")) == "row 3"


def test_a_suggestion_ignores_case_and_keeps_the_spelling():
    assert did_you_mean("netpro", ["NETPRO", "Q7"]) == " Did you mean 'NETPRO'?"


def test_required_columns_are_found_in_a_lazy_table():
    require_columns(pl.LazyFrame({"score": [1]}), "score")


def test_a_missing_column_lists_those_present():
    with pytest.raises(DataError, match=r"'score' is missing(.|\n)*present: n, points"):
        require_columns(pl.DataFrame({"n": [1], "points": [2]}), "score")
