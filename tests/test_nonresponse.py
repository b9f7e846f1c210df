"""Whoever stays silent is compared with who answers, and without enough of both nothing is said."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from cxresearch.intake.tables import StudyTables
from cxresearch.intake.verdict import make_verdict
from cxresearch.models.nonresponse import compare_silent, reweight_score
from cxresearch.study import Study
from cxresearch.study.models import Privacy
from cxresearch.transforms.metrics import nps
from cxresearch.transforms.question_scores import measure_questions
from cxresearch.transforms.questions import Question
from tests.asked import OCTOBER, answers

pytestmark = pytest.mark.slow

RECOMMEND = Question("customer", "nps", "whole")
STUDY = Study.model_validate(
    {
        "name": "x",
        "sources": [{"table": "responses", "files": "r.csv"}],
        "attributes": {"region": {"role": "context"}, "gender": {"role": "protected"}},
    }
)
INSTANT = pl.Datetime("us", "UTC")


def on(day, month=10):
    return datetime(2025, month, day, tzinfo=UTC)


def study_tables(*, hide_below=10, **tables):
    names = ("customers", "interactions", "responses", "invitations")
    lazy = {name: tables[name].lazy() if tables.get(name) is not None else None for name in names}
    return StudyTables(
        study=STUDY.model_copy(update={"privacy": Privacy(hide_below=hide_below)}),
        folder=Path(),
        **lazy,
        verdict=make_verdict([], []),
        data_until=on(1, 11),
        fingerprint="x",
        where={},
    )


def company(n=3000, *, pull=1.5, seed=7, touchpoint=None):
    """Those who waited long are unhappier and, with `pull`, answer less often."""
    rng = np.random.default_rng(seed)
    wait = rng.exponential(10, n)
    score = np.clip(np.round(9.5 - 0.25 * wait + 1.5 * rng.standard_normal(n)), 0, 10)
    says = rng.random(n) < 1 / (1 + np.exp(-(0.2 - pull * (wait - 10) / 10)))
    people = [f"c{i}" for i in range(n)]
    invitations = pl.DataFrame(
        {
            "invitation_id": [f"i{i}" for i in range(n)],
            "customer_id": people,
            "touchpoint": pl.Series([touchpoint] * n, dtype=pl.String),
            "channel": rng.choice(["mail", "app"], n),
            "at": pl.Series([on(10)] * n, dtype=INSTANT),
            "response_id": [f"r{i}" if said else None for i, said in enumerate(says)],
        }
    )
    contacts = pl.DataFrame(
        {
            "interaction_id": [f"x{i}" for i in range(n)],
            "customer_id": people,
            "kind": ["contact"] * n,
            "at": pl.Series([on(1)] * n, dtype=INSTANT),
            "closed_at": pl.Series([on(2)] * n, dtype=INSTANT),
            "is_resolved": [True] * n,
            "wait_minutes": wait,
        }
    )
    customers = pl.DataFrame(
        {
            "customer_id": people,
            "joined_at": pl.Series([on(1, 1)] * n, dtype=INSTANT),
            "region": rng.choice(["Nord", "Sud"], n),
            "gender": np.where(wait > 10, "f", "m"),
        }
    )
    scored = answers(score, touchpoint=touchpoint).with_columns(
        response_id=pl.Series([f"r{i}" for i in range(n)]),
        respondent_id=pl.Series(people),
        at=pl.lit(on(12)).cast(INSTANT),
    )
    return {
        "truth": nps(scored)["estimate"].item(),
        "tables": {
            "customers": customers,
            "interactions": contacts,
            "invitations": invitations,
            "responses": scored.filter(pl.Series(says)),
        },
    }


@pytest.fixture(scope="module")
def planted():
    given = company()
    tables = study_tables(**given["tables"])
    return given["truth"], tables, compare_silent(tables, RECOMMEND, period=OCTOBER)


@pytest.mark.slow
def test_reweighting_brings_the_score_nearer_to_that_of_everybody(planted):
    truth, tables, model = planted
    row = reweight_score(model, tables, RECOMMEND, period=OCTOBER).row(0, named=True)
    assert row["estimate_unweighted"] - truth > 8  # those who answer are happier
    assert abs(row["estimate"] - truth) < 0.4 * (row["estimate_unweighted"] - truth)
    assert row["ci_low"] <= row["estimate"] <= row["ci_high"]
    assert row["n"] == model.glance()["n_answered"].item()


def test_the_wait_is_what_tells_who_answers_and_the_region_is_not(planted):
    _, _, model = planted
    parts = {row["feature"]: row for row in model.tidy().iter_rows(named=True)}
    assert parts["longest_wait_minutes"]["ci_high"] < -0.3
    assert not parts["region"]["is_notable"]


def test_a_protected_attribute_is_never_looked_at(planted):
    _, _, model = planted
    assert "gender" not in model.tidy()["feature"].to_list()


@pytest.mark.slow
def test_where_answering_is_a_matter_of_chance_the_score_stays():
    tables = study_tables(**company(pull=0.0)["tables"])
    model = compare_silent(tables, RECOMMEND, period=OCTOBER)
    row = reweight_score(model, tables, RECOMMEND, period=OCTOBER).row(0, named=True)
    assert abs(row["shift"]) < (row["ci_high"] - row["ci_low"]) / 4


@pytest.mark.parametrize("missing", ["invitations", "responses"])
def test_without_the_table_nothing_is_said(missing):
    tables = study_tables(**{**company(400)["tables"], missing: None})
    model = compare_silent(tables, RECOMMEND, period=OCTOBER)
    assert reweight_score(model, tables, RECOMMEND, period=OCTOBER).is_empty()
    if missing == "invitations":
        assert model.tidy().is_empty()
        assert model.glance().is_empty()
        assert "is_notable" in model.tidy().columns


def test_invitations_alone_can_be_compared():
    invitations = company(600)["tables"]["invitations"]
    model = compare_silent(study_tables(invitations=invitations), RECOMMEND, period=OCTOBER)
    assert model.tidy()["feature"].unique().to_list() == ["channel"]


def test_invitations_of_which_nothing_is_known_say_nothing():
    bare = company(400)["tables"]["invitations"].with_columns(channel=pl.lit("mail"))
    assert (
        compare_silent(study_tables(invitations=bare), RECOMMEND, period=OCTOBER).tidy().is_empty()
    )


@pytest.mark.parametrize("kept", ["few", "all answered", "nobody answered", "none at all"])
def test_too_few_of_one_kind_say_nothing(kept):
    given = company(400)["tables"]
    said = pl.col("response_id").is_not_null()
    rows = {"few": pl.int_range(pl.len()) < 60, "all answered": said, "nobody answered": ~said}
    given["invitations"] = given["invitations"].filter(rows.get(kept, pl.lit(value=False)))
    tables = study_tables(**given)
    model = compare_silent(tables, RECOMMEND, period=OCTOBER)
    assert model.tidy().is_empty()
    assert reweight_score(model, tables, RECOMMEND, period=OCTOBER).is_empty()


def test_invitations_of_another_period_or_about_something_else_are_not_counted():
    tables = study_tables(**company(400)["tables"])
    assert compare_silent(tables, RECOMMEND, period=OCTOBER.previous()).tidy().is_empty()
    about_desk = Question("customer", "nps", "touchpoint")
    assert compare_silent(tables, about_desk, period=OCTOBER).tidy().is_empty()
    desk = study_tables(**company(800, touchpoint="desk")["tables"])
    assert compare_silent(desk, about_desk, period=OCTOBER).glance()["n"].item() == 800


def test_an_invitation_to_nobody_known_is_still_an_invitation():
    given = company(800)["tables"]
    unknown = pl.when(pl.int_range(pl.len()) % 4 > 0).then(pl.col("customer_id"))
    given["invitations"] = given["invitations"].with_columns(unknown.alias("customer_id"))
    model = compare_silent(study_tables(**given), RECOMMEND, period=OCTOBER)
    assert model.glance()["n"].item() == 800


@pytest.mark.parametrize(("n_towns", "is_compared"), [(50, True), (51, False)])
def test_an_attribute_of_many_values_does_not_silence_the_others(n_towns, is_compared):
    given = company(1600)["tables"]
    towns = pl.format("town {}", pl.int_range(pl.len()) % n_towns)
    given["customers"] = given["customers"].with_columns(towns.alias("region"))
    tables = study_tables(**given, hide_below=2)
    model = compare_silent(tables, RECOMMEND, period=OCTOBER)
    features = model.tidy()["feature"].to_list()
    assert "longest_wait_minutes" in features
    assert ("region" in features) is is_compared


@pytest.mark.parametrize(
    ("answered", "silent", "is_shown"),
    [(10, 10, True), (9, 30, False), (30, 9, False), (1, 0, False)],
)
def test_a_category_of_few_people_is_not_shown(answered, silent, is_shown):
    given = company(800)["tables"]
    said = pl.col("response_id").is_not_null()
    invited = given["invitations"]
    few = pl.concat([invited.filter(said).head(answered), invited.filter(~said).head(silent)])[
        "customer_id"
    ]
    is_few = pl.col("customer_id").is_in(few.implode())
    given["customers"] = given["customers"].with_columns(
        pl.when(is_few).then(pl.lit("Isole")).otherwise("region").alias("region"),
        pl.when(~is_few)
        .then(pl.col("joined_at") + pl.duration(days=pl.int_range(pl.len()) % 90))
        .alias("joined_at"),
    )
    rows = compare_silent(study_tables(**given), RECOMMEND, period=OCTOBER).tidy()
    shown = set(rows.select("feature", "category").rows())
    assert {("region", "Nord"), ("region", "Sud"), ("tenure_days", None)} <= shown
    assert (("region", "Isole") in shown) is is_shown
    assert (("tenure_days", "missing") in shown) is is_shown


def test_a_person_asked_often_is_still_one_person():
    given = company(800)["tables"]
    invited = given["invitations"]
    alone = invited["customer_id"][0]
    again = pl.concat([invited.head(1)] * 60).with_columns(
        invitation_id=pl.format("again {}", pl.int_range(pl.len())),
        response_id=pl.when(pl.int_range(pl.len()) % 2 == 0).then(pl.lit("r")),
        channel=pl.lit("letter"),
    )
    given["invitations"] = pl.concat([invited, again])
    model = compare_silent(study_tables(**given), RECOMMEND, period=OCTOBER)
    assert alone is not None
    assert "letter" not in model.tidy()["category"].to_list()


def test_a_weighted_study_is_reweighted_from_its_own_figure(planted):
    _, tables, model = planted
    weighted = tables.responses.with_columns(
        weight=pl.when(pl.col("score") > 8).then(0.5).otherwise(2.0)
    ).collect()
    study = study_tables(invitations=tables.invitations.collect(), responses=weighted)
    row = reweight_score(model, study, RECOMMEND, period=OCTOBER).row(0, named=True)
    on_page = measure_questions(weighted, period=OCTOBER)["estimate"].item()
    assert row["estimate_unweighted"] == pytest.approx(on_page)
    assert row["shift"] < -3


@pytest.mark.slow
def test_an_answer_that_no_invitation_asked_for_is_left_out(planted):
    _, tables, model = planted
    strangers = answers([0] * 500)
    more = study_tables(
        invitations=tables.invitations.collect(),
        responses=pl.concat([tables.responses.collect(), strangers], how="diagonal_relaxed"),
    )
    assert reweight_score(model, more, RECOMMEND, period=OCTOBER).equals(
        reweight_score(model, tables, RECOMMEND, period=OCTOBER)
    )


def test_a_question_the_invitations_did_not_ask_has_no_reweighted_score(planted):
    _, tables, model = planted
    satisfied = Question("customer", "csat", "whole")
    assert reweight_score(model, tables, satisfied, period=OCTOBER).is_empty()


@pytest.mark.parametrize("kept", [9, 60], ids=["nine people", "sixty who said the same"])
def test_a_score_that_would_give_people_away_is_not_shown(planted, kept):
    _, tables, model = planted
    alike = tables.responses.filter(pl.col("score") == 10) if kept == 60 else tables.responses
    few = study_tables(
        invitations=tables.invitations.collect(), responses=alike.collect().head(kept)
    )
    assert few.responses.collect().height == kept
    assert reweight_score(model, few, RECOMMEND, period=OCTOBER).is_empty()


@pytest.mark.slow
def test_the_order_of_rows_does_not_matter(planted):
    _, tables, model = planted
    turned = study_tables(
        **{name: getattr(tables, name).collect().reverse() for name in tables.tables}
    )
    again = compare_silent(turned, RECOMMEND, period=OCTOBER)
    assert again.glance().equals(model.glance())


def test_an_answer_of_another_period_is_left_out(planted):
    _, tables, model = planted
    first = pl.int_range(pl.len()) < 200
    late = tables.responses.with_columns(
        pl.when(first).then(pl.lit(on(3, 11)).cast(INSTANT)).otherwise("at").alias("at")
    )
    moved = study_tables(invitations=tables.invitations.collect(), responses=late.collect())
    n = reweight_score(model, moved, RECOMMEND, period=OCTOBER)["n"].item()
    assert n == model.glance()["n_answered"].item() - 200
