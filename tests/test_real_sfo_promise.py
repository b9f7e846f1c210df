"""A real survey held against promises: fourteen touchpoints, weighted, each with its gap."""

from pathlib import Path

import polars as pl
import pytest

from cxresearch.actions.findings import finding_sentences
from cxresearch.actions.promise import find_pledges, find_promises, find_verdicts
from cxresearch.intake import StudyTables, prepare_study
from cxresearch.period import Period
from cxresearch.transforms.drawn import compare_drawn
from cxresearch.transforms.gaps import rank_gaps
from cxresearch.transforms.promise import measure_pledges, measure_promises
from cxresearch.transforms.views import measure_views

pytestmark = pytest.mark.slow
STUDY = Path(__file__).parent / "studies" / "sfo"


@pytest.fixture(scope="module")
def surveys(real_data: Path) -> Path:
    return real_data / "tabular" / "sfo_survey"


@pytest.fixture(scope="module")
def tables(surveys: Path, tmp_path_factory: pytest.TempPathFactory) -> StudyTables:
    return prepare_study(STUDY, tmp_path_factory.mktemp("sfo") / "prepared", data=surveys)


@pytest.fixture(scope="module")
def period(tables: StudyTables) -> Period:
    return tables.period("2017")


@pytest.fixture(scope="module")
def promises(tables: StudyTables, period: Period) -> pl.DataFrame:
    return measure_promises(tables, period=period)


def satisfied(surveys: Path, column: str) -> tuple[float, float]:
    """The weighted and the unweighted share of 4 and 5 in the file of 2017, by hand."""
    file = pl.read_csv(surveys / "sfo_2017.csv", infer_schema=False)
    given = file.rename({name: name.strip() for name in file.columns}).select(
        pl.col(column).cast(pl.Float64).alias("score"), pl.col("WEIGHT").cast(pl.Float64)
    )
    answered = given.filter(pl.col("score").is_between(1, 5))
    happy = answered["score"] >= 4
    weights = answered["WEIGHT"]
    return float((happy * weights).sum() / weights.sum()), float(happy.mean())


def test_the_fourteen_touchpoints_each_have_a_figure_and_a_gap(promises: pl.DataFrame) -> None:
    places = promises.filter(~pl.col("touchpoint").str.starts_with("clean"))
    assert places.height == 14
    for name in ("estimate", "ci_low", "ci_high", "gap", "gap_low", "gap_high", "q_value"):
        assert places[name].null_count() == 0
    assert places["n_respondents"].min() > 500
    assert places["is_reliable"].all()
    assert set(places["verdict"]) == {"kept", "broken", "open"}


@pytest.mark.parametrize(
    ("touchpoint", "column"),
    [("restaurants", "Q7FOOD"), ("signs", "Q7SIGN"), ("airtrain", "Q7AIRTRAIN")],
)
def test_the_figure_is_the_weighted_share_of_the_file(
    promises: pl.DataFrame, surveys: Path, touchpoint: str, column: str
) -> None:
    row = promises.filter(touchpoint=touchpoint).row(0, named=True)
    weighted, unweighted = satisfied(surveys, column)
    assert row["estimate"] == pytest.approx(weighted)
    assert row["estimate_unweighted"] == pytest.approx(unweighted)
    assert row["gap"] == pytest.approx(weighted - row["target"])


def test_blanks_and_never_used_are_counted_beside(promises: pl.DataFrame, surveys: Path) -> None:
    file = pl.read_csv(surveys / "sfo_2017.csv", infer_schema=False)
    row = promises.filter(touchpoint="restaurants").row(0, named=True)
    assert row["n"] + row["n_unknown"] == file.height


def test_a_verdict_needs_the_whole_interval_and_survives_all_tests_together(
    promises: pl.DataFrame,
) -> None:
    called = promises.filter(pl.col("verdict") != "open")
    assert called["q_value"].max() <= 0.05
    assert promises.filter(verdict="kept")["gap_low"].min() >= 0
    assert promises.filter(verdict="broken")["gap_high"].max() < 0


def test_without_contacts_the_shortfall_alone_ranks_and_says_so(promises: pl.DataFrame) -> None:
    ranked = rank_gaps(promises, None, None)
    assert set(ranked["basis"]) == {"shortfall"}
    first = ranked.row(0, named=True)
    assert (first["touchpoint"], first["rank"], first["tier"]) == ("restaurants", 1, 1)
    assert ranked["rank"].drop_nulls().to_list() == list(
        range(1, promises.filter(verdict="broken").height + 1)
    )


def test_pledges_are_judged_and_quoted(tables: StudyTables, period: Period) -> None:
    pledges = measure_pledges(tables, period=period)
    assert pledges["pledge"].to_list() == [
        "find_your_way", "clean_restrooms", "good_food", "worth_telling",
    ]  # fmt: skip
    nps = pledges.row(3, named=True)
    assert nps["touchpoint"] is None
    assert nps["estimate"] == pytest.approx(40.4, abs=0.05)
    dates = {"period": period, "data_until": tables.data_until}
    found = find_pledges(pledges, texts=tables.study.labels("pledge"), **dates)
    assert found.height == 4
    assert "“You eat well before you fly.” Broken: 58% satisfied" in "".join(
        finding_sentences(found, "en")
    )
    assert not any("–" in sentence for sentence in finding_sentences(found, "it"))


def test_findings_of_every_promise_can_be_made(
    tables: StudyTables, period: Period, promises: pl.DataFrame
) -> None:
    labels = tables.study.labels("touchpoint")
    dates = {"period": period, "data_until": tables.data_until}
    found = find_promises(rank_gaps(promises, None, None), labels=labels, **dates)
    assert found.height == promises.height
    counts = find_verdicts(promises, measure_pledges(tables, period=period), **dates)
    assert counts["n"].to_list() == [4, promises.height]


def test_a_question_no_longer_asked_is_never_met(tables: StudyTables, period: Period) -> None:
    result = compare_drawn(tables, period=period)
    assert result.never_met["touchpoint"].to_list() == ["clean_parking"]
    assert result.undrawn.is_empty()
    assert result.fit.is_empty()


def test_views_are_what_is_promised_and_what_is_felt(tables: StudyTables, period: Period) -> None:
    views = measure_views(tables, period=period)
    assert set(views["view"]) == {"promised", "felt"}
