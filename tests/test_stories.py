"""What is planted is found; where nothing is planted, nothing is.

The demo company holds every story, the company without stories none. Both go the way of a study:
written, checked, prepared, analysed.
"""

from pathlib import Path

import polars as pl
import pytest

from cxresearch.actions.scores import find_changes_on_year
from cxresearch.intake.prepare import open_study
from cxresearch.intake.sample import make_sample, write_sample
from cxresearch.intake.tables import StudyTables
from cxresearch.models.nonresponse import compare_silent, reweight_score
from cxresearch.period import Period
from cxresearch.transforms.compare import compare
from cxresearch.transforms.groups import score_groups
from cxresearch.transforms.metrics import measure
from cxresearch.transforms.question_scores import compare_questions, track_question
from cxresearch.transforms.questions import WHOLE, Question, answers_to, most_answered
from cxresearch.transforms.ranking import chance_of_equals

pytestmark = pytest.mark.slow
RECOMMEND = Question("customer", "nps", WHOLE)
FIXED_SEEDS = (101, 102, 103)


@pytest.fixture(scope="module")
def demo(root) -> StudyTables:
    return open_study(root / "data" / "demo")


@pytest.fixture(scope="module")
def touchpoints(demo) -> pl.DataFrame:
    recent = demo.period().window(12)
    question = most_answered(demo.responses.filter(recent.contains()), about="touchpoint")
    return score_groups(demo.responses, question, by="touchpoint", period=recent)


def test_the_desk_that_breaks_its_promise_is_rated_lowest(touchpoints):
    lowest, next_lowest = touchpoints.head(2).rows(named=True)
    assert lowest["touchpoint"] == "ticket_change_desk"
    assert lowest["ci_high"] < touchpoints["estimate"].median()
    assert next_lowest["touchpoint"] == "website"  # rated low as well, with no effect


def test_the_release_of_the_app_shows_in_the_score_since_its_month(demo):
    series = track_question(demo.responses, RECOMMEND, period=demo.period())
    after = series.filter(pl.col("period") >= "2025-07")
    assert after["signal"].to_list() == ["outside"] * 4
    assert (after["estimate"] > after["limit_high"]).all()


def test_the_release_of_the_app_is_a_change_on_the_year_before(demo):
    now = demo.period()
    changes = compare_questions(demo.responses, period=now, against=now.year_before())
    found = find_changes_on_year(changes, period=now, data_until=demo.data_until)
    risen = found.filter(pl.col("polarity") == "good")["measure"].to_list()
    assert "nps_on_year" in risen


def test_a_change_of_chance_is_not_called_one_in_the_same_data(demo):
    # nothing is planted between September and October 2025
    now = demo.period()
    changes = compare_questions(demo.responses, period=now, against=now.previous())
    assert not changes["is_change"].any()


def test_the_touchpoint_nobody_drew_is_named(demo):
    named = demo.verdict.warnings.filter(pl.col("warning") == "touchpoints_not_drawn")
    assert named["values"].str.contains("access_gate").all()
    assert named.height > 0


def test_a_partner_that_double_books_is_rated_below_the_others(demo):
    partner = answers_to(demo.responses, Question("customer", "csat", "touchpoint")).filter(
        pl.col("touchpoint") == "partner_booking"
    )
    booked = demo.interactions.select("interaction_id", "reason", "template", "team")
    joined = partner.join(booked, on="interaction_id").collect()
    scores = measure(joined, metric="csat", by="reason").sort("estimate")
    cars = scores.filter(pl.col("reason").str.contains("car"))
    assert scores["reason"][0] == cars["reason"][0]


def test_the_unhappy_answer_less_and_the_score_is_too_good(demo):
    recent = demo.period().window(12)
    model = compare_silent(demo, RECOMMEND, period=recent)
    unresolved = model.tidy().filter(pl.col("feature") == "n_unresolved").row(0, named=True)
    assert unresolved["ci_high"] < 0
    reweighted = reweight_score(model, demo, RECOMMEND, period=recent).row(0, named=True)
    assert reweighted["shift"] < 0


def flag_cells(tables: StudyTables) -> pl.DataFrame:
    """Every call of the metrics page that says "this is more than chance": how often, of how many.

    Returns check, n (cells looked at), n_flagged.
    """
    now = tables.period()
    recent = now.window(12)
    touchpoint = most_answered(tables.responses, about="touchpoint")
    groups = score_groups(tables.responses, touchpoint, by="touchpoint", period=recent)
    series = track_question(tables.responses, RECOMMEND, period=now)
    checks = {
        "change since the month before": _changed(tables, now, now.previous()),
        "change since the year before": _changed(tables, now, now.year_before()),
        "touchpoint changed": groups["is_change"],
        "touchpoints differ": pl.Series([chance_of_equals(groups) < 0.05]),
        "month outside its limits": series["signal"].eq_missing("outside"),
    }
    return pl.DataFrame(
        [(name, len(flags), int(flags.sum())) for name, flags in checks.items()],
        schema={"check": pl.String, "n": pl.Int64, "n_flagged": pl.Int64},
        orient="row",
    )


def _changed(tables: StudyTables, period: Period, against: Period) -> pl.Series:
    return compare_questions(tables.responses, period=period, against=against)["is_change"]


@pytest.fixture(scope="module", params=FIXED_SEEDS)
def without_stories(request, tmp_path_factory) -> StudyTables:
    folder: Path = tmp_path_factory.mktemp("none")
    company = make_sample(seed=request.param, n_customers=2500, without=["all"])
    write_sample(company, folder, format="parquet")
    return open_study(folder)


def test_without_stories_at_most_one_cell_in_twenty_is_flagged(without_stories):
    flags = flag_cells(without_stories)
    assert flags["n"].sum() > 50
    assert flags["n_flagged"].sum() <= 0.05 * flags["n"].sum()


def test_without_stories_halves_drawn_by_lot_do_not_differ(without_stories):
    answers = answers_to(without_stories.responses, RECOMMEND).collect()
    half = pl.col("respondent_id").str.slice(-1).is_in(list("13579"))
    change = compare(answers.filter(half), against=answers.filter(~half), metric="nps")
    assert change["ci_low"].item() < 0 < change["ci_high"].item()
