"""Where to look first: the need complained of most, where, and who answers for it."""

from datetime import UTC, datetime

import polars as pl

from cxresearch.actions.findings import finding_sentences
from cxresearch.actions.voice_complaints import find_complaint
from cxresearch.models.need_shares import share_needs
from cxresearch.period import parse_period
from cxresearch.study import Study

DATES = {"period": parse_period("2025-10"), "data_until": datetime(2025, 11, 1, tzinfo=UTC)}
STAGES = [{"id": "trip", "label": {"en": "Trip"}}]


def make_study(owner=None):
    desk = {"id": "desk", "label": {"en": "Desk"}, "stage": "trip", "owner": owner}
    teams = [{"id": "sales", "label": {"en": "Sales team"}}] if owner else []
    return Study.model_validate(
        {
            "name": "Small",
            "timezone": "Europe/Rome",
            "sources": [{"table": "responses", "files": "r.csv"}],
            "experience": {"stages": STAGES, "touchpoints": [desk], "teams": teams},
        }
    )


def sentence_of(touchpoints, *, study, n_comments=100):
    n = len(touchpoints)
    ids = [f"R{i}" for i in range(n_comments)]
    comments = pl.DataFrame({"response_id": ids, "respondent_id": ids})
    blamed = comments.head(n).with_columns(
        pl.lit("waiting").alias("aspect"),
        pl.Series("touchpoint", touchpoints, dtype=pl.String),
        label=pl.lit("negative"),
    )
    found = find_complaint(share_needs(blamed, comments), blamed, study=study, **DATES)
    assert found["is_headline"].all()
    assert found["n"].to_list() == [n_comments] * found.height  # what the share is of
    assert set(found["polarity"]) <= {"neutral"}
    return finding_sentences(found, "en")


def test_the_first_complaint_says_how_many_of_how_many():
    (said,) = sentence_of([None] * 40, study=make_study())
    assert said.startswith("Look first at ")
    assert "40 of 100 comments complain of it (40%; " in said
    assert said.endswith("%).")


def test_the_touchpoint_and_its_owner_are_named_where_known():
    (said,) = sentence_of(["desk"] * 25 + [None] * 15, study=make_study())
    assert said.endswith("most often those on Desk (25).")
    (owned,) = sentence_of(["desk"] * 25 + [None] * 15, study=make_study("sales"))
    assert owned.endswith("most often those on Desk (25), which Sales team answers for.")


def test_a_touchpoint_of_few_people_or_that_leaves_few_elsewhere_is_not_named():
    for touchpoints in (["desk"] * 9 + [None] * 31, ["desk"] * 31 + [None] * 9):
        (said,) = sentence_of(touchpoints, study=make_study())
        assert "Desk" not in said
    assert "Desk" in sentence_of(["desk"] * 40, study=make_study())[0]


def test_complaints_of_few_people_give_no_finding():
    assert sentence_of([None] * 9, study=make_study()) == []
    assert sentence_of([], study=make_study()) == []
