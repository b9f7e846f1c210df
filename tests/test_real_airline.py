"""One wide file of real ratings without dates runs as a study, mapped by text files alone."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from cxresearch.intake import StudyTables, prepare_study
from cxresearch.report.run import Request, run_study
from cxresearch.study import read_study
from cxresearch.transforms.drawn import compare_drawn
from cxresearch.transforms.gaps import rank_gaps
from cxresearch.transforms.journey import count_touchpoints
from cxresearch.transforms.promise import measure_pledges, measure_promises

pytestmark = pytest.mark.slow
STUDY = Path(__file__).parent / "studies" / "airline"
RATINGS = 14


@pytest.fixture(scope="module")
def data(real_data: Path) -> Path:
    return real_data / "tabular" / "airline_satisfaction"


@pytest.fixture(scope="module")
def raw(data: Path) -> pl.DataFrame:
    return pl.read_csv(data / "airline_passenger_satisfaction.csv")


@pytest.fixture(scope="module")
def tables(data: Path, tmp_path_factory: pytest.TempPathFactory) -> StudyTables:
    return prepare_study(STUDY, tmp_path_factory.mktemp("air") / "prepared", data=data)


@pytest.fixture(scope="module")
def promises(tables: StudyTables) -> pl.DataFrame:
    return measure_promises(tables, period=tables.period("2019"))


def test_every_row_is_kept_and_none_is_quarantined(tables: StudyTables, raw: pl.DataFrame) -> None:
    counts = dict(tables.verdict.conservation.select("source", "n_accepted").iter_rows())
    assert counts == {
        "passengers": raw.height,
        "departures": raw.height,
        "arrivals": raw.height,
        "ratings": RATINGS * raw.height,
        "whole": raw.height,
    }
    assert tables.verdict.quarantine_summary.is_empty()


def test_every_touchpoint_of_the_mapping_is_drawn() -> None:
    study = read_study(STUDY)
    rated = {name for s in study.sources if s.unpivot for name in s.unpivot.columns.values()}
    delayed = {s.constants["touchpoint"] for s in study.sources if "touchpoint" in s.constants}
    assert rated | delayed == {place.id for place in study.experience.touchpoints}
    assert len(rated) == RATINGS


def test_every_label_exists_in_both_languages() -> None:
    study = read_study(STUDY)
    for kind in ("touchpoint", "stage", "team", "attribute", "pledge", "channel"):
        for id_, label in study.labels(kind).items():
            assert label["en"], id_
            assert label["it"], id_


def test_age_and_gender_are_protected() -> None:
    attributes = read_study(STUDY).attributes
    assert {attributes["age"].role, attributes["gender"].role} == {"protected"}


def test_a_rating_of_nought_is_no_answer(tables: StudyTables, raw: pl.DataFrame) -> None:
    assert tables.responses is not None
    wifi = tables.responses.filter(pl.col("touchpoint") == "wifi").collect()
    assert wifi["score"].null_count() == (raw["In-flight Wifi Service"] == 0).sum()
    assert wifi["score"].min() == 1


def test_every_promise_has_a_figure_and_a_gap(promises: pl.DataFrame) -> None:
    assert promises.height == RATINGS + 2
    assert promises["gap"].null_count() == 0
    assert not promises["is_suppressed"].any()


def test_figures_are_those_of_the_file(promises: pl.DataFrame, raw: pl.DataFrame) -> None:
    rows = {row["touchpoint"]: row for row in promises.rows(named=True)}
    baggage, legroom = raw["Baggage Handling"], raw["Leg Room Service"]
    assert rows["baggage"]["estimate"] == pytest.approx((baggage >= 4).mean())
    assert rows["legroom"]["estimate"] == pytest.approx(legroom.filter(legroom > 0).mean())
    on_time = (raw["Departure Delay"] <= 15).mean()
    assert rows["departure"]["estimate"] == pytest.approx(on_time)
    late = raw["Arrival Delay"].drop_nulls().to_numpy()
    assert rows["arrival"]["estimate"] == np.quantile(late, 0.9, method="averaged_inverted_cdf")
    assert rows["arrival"]["n_unknown"] == raw["Arrival Delay"].null_count() == 393


def test_the_share_content_is_that_of_the_file(tables: StudyTables, raw: pl.DataFrame) -> None:
    pledges = measure_pledges(tables, period=tables.period("2019"))
    content = pledges.filter(pledge="content").row(0, named=True)
    assert content["estimate"] == pytest.approx((raw["Satisfaction"] == "Satisfied").mean())
    on_time = pledges.filter(pledge="on_time").row(0, named=True)
    assert (on_time["estimate"], on_time["verdict"]) == (0, "kept")  # the median delay is none


def test_contacts_with_two_places_do_not_rank_them_before_fourteen_others(
    tables: StudyTables, promises: pl.DataFrame
) -> None:
    assert tables.interactions is not None
    ranked = rank_gaps(promises, count_touchpoints(tables.interactions), None)
    delays = ranked.filter(pl.col("touchpoint").is_in(["departure", "arrival"]))
    assert delays["reach"].to_list() == [1.0, 1.0]
    assert set(ranked["basis"]) == {"shortfall"}
    assert ranked["touchpoint"][0] == "wifi"
    assert ranked["rank"].count() == promises.filter(verdict="broken").height


def test_what_was_rated_or_logged_is_met_and_delays_follow_the_map(tables: StudyTables) -> None:
    result = compare_drawn(tables, period=tables.period("2019"))
    assert result.undrawn.is_empty()
    assert result.never_met.is_empty()
    assert result.backward.is_empty()
    assert set(result.fit["share"]) == {1.0}


@pytest.mark.run
def test_a_run_on_the_file_yields_a_full_report(data: Path, tmp_path: Path) -> None:
    report = run_study(Request(STUDY, out=tmp_path, period="2019", data=data))
    assert report.failed == []
    levels = report.findings.filter(pl.col("kind") == "level", pl.col("measure") == "csat")
    assert levels.height >= 1
