"""Eight years of a real survey whose columns change every year, mapped by text files alone."""

from pathlib import Path

import polars as pl
import pytest

from cxresearch.intake import StudyTables, Verdict, check_study, prepare_study
from cxresearch.report.run import Request, run_study
from cxresearch.study import Study, read_study

pytestmark = pytest.mark.slow

YEARS = range(2010, 2018)
STUDY = Path(__file__).parent / "studies" / "sfo"


@pytest.fixture(scope="module")
def study() -> Study:
    return read_study(STUDY)


@pytest.fixture(scope="module")
def surveys(real_data: Path) -> Path:
    return real_data / "tabular" / "sfo_survey"


@pytest.fixture(scope="module")
def verdict(study: Study, surveys: Path) -> Verdict:
    return check_study(study, data=surveys)


@pytest.fixture(scope="module")
def tables(study: Study, surveys: Path, tmp_path_factory: pytest.TempPathFactory) -> StudyTables:
    return prepare_study(study, tmp_path_factory.mktemp("sfo") / "prepared", data=surveys)


@pytest.fixture(scope="module")
def responses(tables: StudyTables) -> pl.DataFrame:
    assert tables.responses is not None
    return tables.responses.collect().with_columns(
        year=pl.col("at").dt.convert_time_zone("America/Los_Angeles").dt.year()
    )


def raw(surveys: Path, year: int) -> pl.DataFrame:
    """A year's file as text, trailing blanks of the header cut."""
    table = pl.read_csv(surveys / f"sfo_{year}.csv", infer_schema=False)
    return table.rename({name: name.strip() for name in table.columns})


def nps(scores: pl.Series, weights: pl.Series) -> float:
    """The formula in two lines, as an oracle."""
    sign = (scores >= 9).cast(pl.Float64) - (scores <= 6).cast(pl.Float64)
    return 100 * float((sign * weights).sum()) / float(weights.sum())


def test_the_files_are_valid_and_every_touchpoint_of_the_mapping_is_drawn(study: Study) -> None:
    mapped = {name for s in study.sources if s.unpivot for name in s.unpivot.columns.values()}
    assert mapped == {touchpoint.id for touchpoint in study.experience.touchpoints}
    assert len({t.id for t in study.experience.touchpoints if "clean" not in t.id}) == 14


def test_every_label_exists_in_both_languages(study: Study) -> None:
    for kind in ("touchpoint", "stage", "team", "attribute", "pledge", "objective", "programme"):
        for id_, label in study.labels(kind).items():
            assert label["en"], id_
            assert label["it"], id_


def test_rows_mapped_are_rows_accepted_and_quarantined_in_every_source(verdict: Verdict) -> None:
    table = verdict.conservation
    assert table.height == 8 * 3 + 1
    assert (table["n_mapped"] == table["n_accepted"] + table["n_quarantined"]).all()


def test_every_respondent_of_every_year_is_kept_once(verdict: Verdict, surveys: Path) -> None:
    accepted = verdict.conservation.filter(table="customers").select("source", "n_accepted")
    counts = dict(accepted.iter_rows())
    assert counts == {f"respondents_{year}": raw(surveys, year).height for year in YEARS}


def test_a_wide_row_becomes_one_answer_a_question(verdict: Verdict, surveys: Path) -> None:
    mapped = dict(verdict.conservation.select("source", "n_mapped").iter_rows())
    n = {year: raw(surveys, year).height for year in YEARS}
    assert mapped["ratings_2010"] == n[2010] * (13 + 6)  # no question about Wi-Fi yet
    assert mapped["ratings_2017"] == n[2017] * (14 + 6)


def test_nothing_of_the_survey_is_quarantined(verdict: Verdict) -> None:
    """Every code is declared: what would be left is a code nobody explained."""
    assert verdict.quarantine_summary.height == 0


def test_codes_for_blank_and_never_used_are_answers_without_a_score(
    responses: pl.DataFrame, surveys: Path
) -> None:
    file = raw(surveys, 2017)["Q7FOOD"]
    food = responses.filter(pl.col("year") == 2017, pl.col("touchpoint") == "restaurants")
    assert food.height == file.len()
    assert food["score"].null_count() == file.is_in(["0", "6"]).sum()
    assert food["score"].drop_nulls().sort().to_list() == sorted(
        float(cell) for cell in file.filter(~file.is_in(["0", "6"]))
    )


def test_scores_never_leave_the_declared_scale(responses: pl.DataFrame) -> None:
    inside = pl.col("score").is_between(pl.col("scale_min"), pl.col("scale_max"))
    assert responses.filter(~inside).height == 0


def test_code_11_is_never_a_promoter(responses: pl.DataFrame, surveys: Path) -> None:
    file = raw(surveys, 2017)["NETPRO"]
    answers = responses.filter(pl.col("metric") == "nps")
    assert answers["score"].max() == 10
    assert answers["score"].null_count() == (file == "11").sum() + file.null_count()
    assert (answers["score"] >= 9).sum() == file.is_in(["9", "10"]).sum()


def test_nps_of_2017_is_39_8_unweighted_and_40_4_weighted(responses: pl.DataFrame) -> None:
    given = responses.filter(pl.col("metric") == "nps", pl.col("score").is_not_null())
    ones = pl.repeat(1.0, given.height, eager=True)
    assert nps(given["score"], ones) == pytest.approx(39.8, abs=0.05)
    assert nps(given["score"], given["weight"]) == pytest.approx(40.4, abs=0.05)


def test_weights_exist_except_in_2011_and_2012(responses: pl.DataFrame) -> None:
    blank = responses.group_by("year").agg(pl.col("weight").is_null().any())
    assert set(blank.filter("weight")["year"]) == {2011, 2012}


def test_every_answer_is_dated_in_may_of_its_year(responses: pl.DataFrame) -> None:
    local = responses["at"].dt.convert_time_zone("America/Los_Angeles")
    assert set(local.dt.month()) == {5}
    assert set(local.dt.year()) == set(YEARS)
    assert (local.dt.year().cast(pl.String) == responses["respondent_id"].str.head(4)).all()


def test_the_weekday_in_the_file_is_that_of_the_date(
    responses: pl.DataFrame, surveys: Path
) -> None:
    """INTDATE is a bare number in 2017; the column DAY proves that it is the day of May."""
    file = raw(surveys, 2017).select(
        respondent_id=pl.lit("2017-") + pl.col("RESPNUM"), day=pl.col("DAY").str.head(3)
    )
    days = responses.filter(pl.col("metric") == "nps").join(file, on="respondent_id")
    local = days["at"].dt.convert_time_zone("America/Los_Angeles").dt.strftime("%a")
    agrees = local.str.to_uppercase() == days["day"]
    assert agrees.mean() > 0.99  # a handful of cells were typed wrong


def test_the_whole_and_the_touchpoints_are_kept_apart(responses: pl.DataFrame) -> None:
    whole = responses.filter(pl.col("touchpoint").is_null(), pl.col("metric") == "csat")
    assert whole.group_by("year", "respondent_id").len()["len"].max() == 1


def test_age_and_gender_are_protected(study: Study) -> None:
    roles = {name: attribute.role for name, attribute in study.attributes.items()}
    assert {roles["age_group"], roles["gender"]} == {"protected"}


def test_a_run_can_be_limited_to_one_boarding_area(
    study: Study, surveys: Path, tmp_path: Path
) -> None:
    limited = prepare_study(study, tmp_path / "g", data=surveys, where={"boarding_area": "G"})
    assert limited.customers is not None
    named = {2012: "BAREA", 2014: "AREA", 2015: "BAREA", 2016: "BAREA", 2017: "BAREA"}
    in_g = sum((raw(surveys, year)[column] == "G").sum() for year, column in named.items())
    assert limited.customers.collect().height == in_g


def test_the_run_of_2017_covers_the_survey_of_2017(
    tables: StudyTables, responses: pl.DataFrame
) -> None:
    period = tables.period("2017")
    inside = responses.filter(period.contains("at"))
    assert set(inside["year"]) == {2017}
    assert tables.period("").label == "2017-05"


@pytest.mark.run
def test_a_run_on_the_survey_yields_a_full_report(surveys: Path, tmp_path: Path) -> None:
    report = run_study(Request(STUDY, out=tmp_path, period="2017", data=surveys))
    assert report.failed == []
    assert [row["name"] for row in report.record["notebooks"]] == [
        "00_intake",
        "10_metrics",
        "20_journey",
        "50_voice",
        "60_churn",
        "70_drivers",
        "30_promise",
        "90_actions",
    ]
    levels = report.findings.filter(pl.col("kind") == "level", pl.col("measure") == "nps")
    whole = levels.filter(pl.col("segment").is_null()).row(0, named=True)
    assert whole["estimate"] == pytest.approx(40.4, abs=0.05)
