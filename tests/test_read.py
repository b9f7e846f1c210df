"""Reading: every format gives the same rows, each with the place a person finds it at."""

import sqlite3
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from cxresearch.errors import DataError
from cxresearch.intake.instants import read_instants
from cxresearch.intake.map import choose_columns, map_source
from cxresearch.intake.read import read_source
from cxresearch.study import Dates, Study
from tests.small_studies import ANSWERS, HEADER, answers, with_more, write_study

WANTED = ["id", "vote", "when"]


def rows_of(study: Study) -> pl.DataFrame:
    source = study.sources[0]
    choose = lambda label, header: choose_columns(source, study, label, header)  # noqa: E731
    return read_source(source, study=study, choose=choose).rows


def mapped(study: Study) -> pl.DataFrame:
    source = study.sources[0]
    choose = lambda label, header: choose_columns(source, study, label, header)  # noqa: E731
    return map_source(read_source(source, study=study, choose=choose), study).rows


def instants(*text: str | None, zone: str = "Europe/Rome", **dates: object) -> list[str | None]:
    read = read_instants(
        pl.Series(text, dtype=pl.String), dates=Dates(**dates), timezone=zone, what="at"
    )
    return [value and value.strftime("%Y-%m-%d %H:%M:%S") for value in read.values]


def test_csv_rows_carry_file_and_line_and_stay_text(tmp_path: Path) -> None:
    rows = rows_of(write_study(tmp_path, {"answers.csv": HEADER + "R1,4,2025-03-01\nR2, x ,\n"}))
    assert rows.rows() == [
        ("answers.csv", 2, "R1", "4", "2025-03-01"),
        ("answers.csv", 3, "R2", " x ", None),
    ]


def test_a_quoted_line_break_is_one_row(tmp_path: Path) -> None:
    content = 'id,vote,when,said\nR1,4,2025-03-01,"one\ntwo, ""three"""\nR2,5,2025-03-01,x\n'
    columns = {**ANSWERS["columns"], "comment": "said"}
    rows = rows_of(write_study(tmp_path, {"answers.csv": content}, with_more(columns=columns)))
    assert rows["said"].to_list() == ['one\ntwo, "three"', "x"]
    assert rows["_row"].to_list() == [2, 3]


def test_headers_lose_blanks_and_byte_order_mark(tmp_path: Path) -> None:
    content = b"\xef\xbb\xbf id ,vote,when  \r\nR1,4,2025-03-01\r\n"
    rows = rows_of(write_study(tmp_path, {"answers.csv": content}))
    assert rows.columns[2:] == WANTED
    assert rows["when"].to_list() == ["2025-03-01"]


def test_rows_above_and_below_the_header_are_left_out_and_still_counted(tmp_path: Path) -> None:
    content = "Export of March\n" + HEADER + "Id,Your vote,Day\nR1,4,2025-03-01\n"
    csv = {"skip_rows": 1, "skip_rows_after_header": 1}
    rows = rows_of(write_study(tmp_path, {"answers.csv": content}, with_more(csv=csv)))
    assert rows.rows() == [("answers.csv", 4, "R1", "4", "2025-03-01")]


def test_files_of_a_glob_are_read_in_the_order_of_their_names(tmp_path: Path) -> None:
    files = {f"in/m{n}.csv": HEADER + answers(1, start=n) for n in (2, 1, 3)}
    rows = rows_of(write_study(tmp_path, files, with_more(files="in/m*.csv")))
    assert rows["_file"].to_list() == ["in/m1.csv", "in/m2.csv", "in/m3.csv"]


def test_columns_may_stand_in_another_order_in_each_file(tmp_path: Path) -> None:
    files = {
        "m1.csv": "id,vote,when\nR1,4,2025-03-01\n",
        "m2.csv": "when;id;vote\n2025-03-02;R2;5\n",
    }
    rows = rows_of(write_study(tmp_path, files, with_more(files="m*.csv")))
    assert rows.select(WANTED).rows() == [("R1", "4", "2025-03-01"), ("R2", "5", "2025-03-02")]


def test_a_file_named_with_brackets_is_found(tmp_path: Path) -> None:
    files = {"answers[1].csv": HEADER + answers(1)}
    assert rows_of(write_study(tmp_path, files, with_more(files="answers[1].csv"))).height == 1


def test_files_of_the_same_name_in_two_places_are_both_read(tmp_path: Path) -> None:
    files = {"a/x.csv": HEADER + answers(1), "b/x.csv": HEADER + answers(1, start=1)}
    paths = [str(tmp_path / name) for name in files]
    write_study(tmp_path, files)
    rows = rows_of(write_study(tmp_path / "study", {}, with_more(files=paths)))
    assert rows["id"].to_list() == ["R0", "R1"]


def test_data_may_lie_elsewhere(tmp_path: Path) -> None:
    study = write_study(
        tmp_path / "study", {"../exports/answers.csv": HEADER + answers(2)}, data_root="../exports"
    )
    assert rows_of(study)["_file"].to_list() == ["answers.csv"] * 2


TABLE = pl.DataFrame(
    {
        "id": ["R1", "R2"],
        "vote": [4, None],
        "when": pl.Series(["2025-03-01 10:00", "2025-07-01 10:00"]).str.to_datetime(),
    }
)
EXPECTED = [
    ("R1", 4.0, datetime(2025, 3, 1, 9, tzinfo=UTC)),
    ("R2", None, datetime(2025, 7, 1, 8, tzinfo=UTC)),
]


def written(folder: Path, kind: str) -> Study:
    study = write_study(folder, {}, with_more(files=f"answers.{kind}"))
    path = folder / f"answers.{kind}"
    if kind == "parquet":
        TABLE.write_parquet(path)
    elif kind == "jsonl":
        TABLE.write_ndjson(path)
    elif kind == "xlsx":
        TABLE.write_excel(path)
    else:
        TABLE.write_csv(path)
    return study


@pytest.mark.parametrize(("kind", "first"), [("csv", 2), ("parquet", 1), ("jsonl", 1), ("xlsx", 2)])
def test_every_format_gives_the_same_rows(tmp_path: Path, kind: str, first: int) -> None:
    rows = mapped(written(tmp_path, kind))
    assert rows.select("response_id", "score", "at").rows() == EXPECTED
    assert rows["_row"].to_list() == [first, first + 1]


def test_a_sheet_is_named_or_the_first(tmp_path: Path) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        TABLE.write_excel(book, worksheet="answers")
        TABLE.head(1).write_excel(book, worksheet="other")
    files = with_more(files="a.xlsx")
    assert rows_of(write_study(tmp_path, {}, files)).height == 2
    assert rows_of(write_study(tmp_path, {}, {**files, "sheet": "other"})).height == 1
    with pytest.raises(DataError, match=r"no sheet 'othr'\. Did you mean 'other'"):
        rows_of(write_study(tmp_path, {}, {**files, "sheet": "othr"}))


def test_lines_that_are_no_json_are_kept_with_their_number(tmp_path: Path) -> None:
    content = (
        '{"id": "R1", "vote": 4.0, "when": "2025-03-01"}\n\nnot json\n{"id": "R2", "vote": null}\n'
    )
    study = write_study(tmp_path, {"a.jsonl": content}, with_more(files="a.jsonl"))
    source = study.sources[0]
    raw = read_source(source, study=study, choose=lambda _, header: list(header))
    assert raw.rows["_row"].to_list() == [1, 4]
    assert raw.rows["vote"].to_list() == ["4", None]
    assert raw.unreadable.rows() == [("a.jsonl", 3, "not json", "not_json")]


def sql_source(query: str) -> dict[str, object]:
    source = with_more(sql={"uri_env": "CX_TEST_URI", "query": query})
    del source["files"]
    return source


def sqlite_file(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute('CREATE TABLE answers (id TEXT, vote, "when" TEXT)')
        rows = [
            ("R1", 4, "2025-03-01 10:00"),
            ("R2", "n/a", "2025-03-02"),
            ("R3", None, "2025-03-03"),
        ]
        connection.executemany("INSERT INTO answers VALUES (?, ?, ?)", rows)
    connection.close()


def test_a_query_on_sqlite_gives_its_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sqlite_file(tmp_path / "survey.db")
    monkeypatch.setenv("CX_TEST_URI", "sqlite:///survey.db")
    rows = rows_of(write_study(tmp_path, {}, sql_source("SELECT * FROM answers ORDER BY id")))
    assert rows["vote"].to_list() == ["4", "n/a", None]  # mixed types stay text
    assert rows["_row"].to_list() == [1, 2, 3]


def test_a_query_on_duckdb_gives_its_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import duckdb

    with duckdb.connect(str(tmp_path / "survey.duckdb")) as connection:
        connection.execute(
            "CREATE TABLE answers AS SELECT 'R1' AS id, 4.0::DECIMAL(3,1) AS vote, "
            "TIMESTAMP '2025-03-01 10:00' AS \"when\" UNION ALL SELECT 'R2', NULL, NULL"
        )
    monkeypatch.setenv("CX_TEST_URI", f"duckdb:///{tmp_path / 'survey.duckdb'}")
    rows = mapped(write_study(tmp_path, {}, sql_source("SELECT * FROM answers ORDER BY id")))
    assert rows["score"].to_list() == [4.0, None]
    assert rows["at"].to_list() == [datetime(2025, 3, 1, 9, tzinfo=UTC), None]


@pytest.mark.parametrize(
    ("uri", "told"),
    [
        ("", "CX_TEST_URI is not set"),
        ("postgresql://me:secret@host/db", "has the scheme 'postgresql'"),
        ("sqlite:///nothing-secret.db", "points at no database file"),
    ],
)
def test_a_uri_that_cannot_be_used_is_refused_and_never_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, uri: str, told: str
) -> None:
    monkeypatch.setenv("CX_TEST_URI", uri)
    with pytest.raises(DataError) as caught:
        rows_of(write_study(tmp_path, {}, sql_source("SELECT 1")))
    assert told in str(caught.value)
    assert "secret" not in str(caught.value)
    assert "sqlite:///" in str(caught.value)


def test_a_query_the_database_refuses_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sqlite_file(tmp_path / "survey.db")
    monkeypatch.setenv("CX_TEST_URI", "sqlite:///survey.db")
    with pytest.raises(DataError, match="refused the query: no such table: answer"):
        rows_of(write_study(tmp_path, {}, sql_source("SELECT * FROM answer")))


def test_a_query_cannot_change_the_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sqlite_file(tmp_path / "survey.db")
    monkeypatch.setenv("CX_TEST_URI", "sqlite:///survey.db")
    with pytest.raises(DataError, match="readonly"):
        rows_of(write_study(tmp_path, {}, sql_source("DELETE FROM answers")))


def test_without_duckdb_the_extra_to_install_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    (tmp_path / "a.duckdb").write_bytes(b"x")
    monkeypatch.setitem(sys.modules, "duckdb", None)
    monkeypatch.setenv("CX_TEST_URI", "duckdb:///a.duckdb")
    with pytest.raises(DataError, match=r"cxresearch\[duckdb\]"):
        rows_of(write_study(tmp_path, {}, sql_source("SELECT 1")))


def test_a_wide_survey_becomes_a_row_an_answer(tmp_path: Path) -> None:
    source = {
        "table": "responses",
        "files": "wide.csv",
        "columns": {"response_id": "*RESPNUM", "at": "day", "weight": "w"},
        "constants": {"metric": "csat"},
        "unpivot": {"columns": {"Q7FOOD": "food", "Q7WIFI": "wifi"}},
        "values": {"score": {"0": None, "6": None}},
        "scale": {"min": 1, "max": 5},
    }
    content = "*RESPNUM,day,w,Q7FOOD,Q7WIFI\n1,2017-05-01,1.5,5,0\n2,2017-05-02,0.5,6,3\n"
    rows = mapped(write_study(tmp_path, {"wide.csv": content}, source))
    assert rows.select("response_id", "touchpoint", "question", "score", "weight").rows() == [
        ("1:Q7FOOD", "food", "Q7FOOD", 5.0, 1.5),
        ("2:Q7FOOD", "food", "Q7FOOD", None, 0.5),
        ("1:Q7WIFI", "wifi", "Q7WIFI", None, 1.5),
        ("2:Q7WIFI", "wifi", "Q7WIFI", 3.0, 0.5),
    ]
    assert rows["respondent_id"].to_list() == ["wide.csv:2", "wide.csv:3"] * 2


def test_a_comment_beside_unpivoted_questions_is_refused(tmp_path: Path) -> None:
    source = with_more(
        columns={"response_id": "id", "at": "when", "comment": "said"},
        unpivot={"columns": {"vote": "desk"}},
        constants={"metric": "csat"},
    )
    study = write_study(tmp_path, {"answers.csv": "id,vote,when,said\nR1,4,2025-03-01,x\n"}, source)
    with pytest.raises(DataError, match="comment would be repeated"):
        mapped(study)


def test_codes_constants_and_prefixes_are_applied(tmp_path: Path) -> None:
    source = {
        "table": "interactions",
        "files": "log.csv",
        "columns": {"interaction_id": "n", "is_resolved": "done", "channel": "via"},
        "constants": {
            "at": "2025-03-01 12:00",
            "kind": "contact",
            "direction": "inbound",
            "touchpoint": "desk",
            "wait_minutes": 3,
        },
        "prefixes": {"interaction_id": "crm-"},
        "values": {"channel": {"1": "phone", "2": "chat"}, "is_resolved": {"J": True, "N": False}},
    }
    rows = mapped(write_study(tmp_path, {"log.csv": "n,done,via\n7,J,1\n8,sì,2\n9,,3\n"}, source))
    assert rows.select("interaction_id", "is_resolved", "channel").rows() == [
        ("crm-7", True, "phone"),
        ("crm-8", True, "chat"),
        ("crm-9", None, "3"),
    ]
    assert rows["at"].unique().to_list() == [datetime(2025, 3, 1, 11, tzinfo=UTC)]
    assert rows["wait_minutes"].to_list() == [3.0] * 3


def test_a_column_of_voices_wins_over_the_voice_of_customers(tmp_path: Path) -> None:
    content = "id,vote,when,voice\nR1,4,2025-03-01,employee\n"
    assert (
        mapped(write_study(tmp_path / "a", {"answers.csv": content}))["voice"].item() == "employee"
    )
    plain = write_study(tmp_path / "b", {"answers.csv": HEADER + answers(1)})
    assert mapped(plain)["voice"].item() == "customer"


def test_two_sources_on_one_file_make_different_ids_and_the_same_respondent(tmp_path: Path) -> None:
    common = {"table": "responses", "files": "a.csv", "constants": {"at": "2025-03-01"}}
    sources = [{**common, "name": x, "columns": {"comment": x}} for x in ("good", "bad")]
    study = write_study(tmp_path, {"a.csv": "good,bad\nx,y\n"}, *sources)
    found = []
    for source in study.sources:
        raw = read_source(source, study=study, choose=lambda _, header: list(header))
        found.append(map_source(raw, study).rows.row(0, named=True))
    assert found[0]["response_id"] != found[1]["response_id"]
    assert found[0]["respondent_id"] == found[1]["respondent_id"] == "a.csv:2"


def test_declared_attributes_are_read_as_their_types(tmp_path: Path) -> None:
    kinds = {
        "region": "text",
        "trips": "whole",
        "fare": "number",
        "is_member": "flag",
        "born": "day",
    }
    attributes = {name: {"role": "context", "type": kind} for name, kind in kinds.items()}
    content = (
        "customer_id,region,trips,fare,is_member,born\n"
        "C1,Nord,3.0,2.5,yes,1980-02-03\nC2,,2.5,x,maybe,\n"
    )
    study = write_study(
        tmp_path,
        {"c.csv": content},
        {"table": "customers", "files": "c.csv"},
        attributes=attributes,
    )
    rows = mapped(study).select(*kinds).rows()
    assert rows == [("Nord", 3, 2.5, True, date(1980, 2, 3)), (None, None, None, None, None)]


def test_a_day_is_the_same_day_in_every_zone(tmp_path: Path) -> None:
    source = {"table": "customers", "files": "c.csv", "dates": {"timezone": "Europe/Rome"}}
    attributes = {"born": {"role": "context", "type": "day"}}
    files = {"c.csv": "customer_id,born\nC1,1980-02-03\n"}
    rows = mapped(write_study(tmp_path, files, source, attributes=attributes))
    assert rows["born"].to_list() == [date(1980, 2, 3)]


def test_every_resolution_and_offset_is_read() -> None:
    assert instants(
        "2025-07-01", "2025-07-01 10:00", "2025-07-01T10:00:05", "2025-07-01 10:00:05.250",
        "2025-07-01T10:00:00Z", "2025-07-01T10:00:00+0100", "2025-07-01 10:00:00+01:00",
        "2025-7-1 9:05", "20250701", None, "soon",
    ) == [
        "2025-06-30 22:00:00", "2025-07-01 08:00:00", "2025-07-01 08:00:05", "2025-07-01 08:00:05",
        "2025-07-01 10:00:00", "2025-07-01 09:00:00", "2025-07-01 09:00:00",
        "2025-07-01 07:05:00", "2025-06-30 22:00:00", None, None,
    ]  # fmt: skip


def test_the_hour_that_occurs_twice_is_the_first_and_the_skipped_one_is_told() -> None:
    text = pl.Series(["2025-10-26 02:30", "2025-03-30 02:30", "2025-03-30 03:30"])
    read = read_instants(text, dates=Dates(), timezone="Europe/Rome", what="at")
    assert instants("2025-10-26 02:30") == ["2025-10-26 00:30:00"]
    assert read.skipped.to_list() == [False, True, False]


def test_a_declared_format_and_zone_win() -> None:
    assert instants("01.02.25 7:05 PM", format="%d.%m.%y %I:%M %p", timezone="UTC") == [
        "2025-02-01 19:05:00"
    ]
    assert instants("2025-01-01 00:00", timezone="America/New_York") == ["2025-01-01 05:00:00"]


def test_one_day_above_twelve_proves_the_order() -> None:
    assert instants("03/04/2025", "25/04/2025", zone="UTC") == [
        "2025-04-03 00:00:00",
        "2025-04-25 00:00:00",
    ]
    assert instants("03/04/2025", "04/25/2025", zone="UTC") == [
        "2025-03-04 00:00:00",
        "2025-04-25 00:00:00",
    ]


@pytest.mark.parametrize(("year", "n_rows"), [(2013, 14), (2016, 14), (2017, 14)])
def test_the_real_airport_survey_is_read_and_conserved(
    real_data: Path, tmp_path: Path, year: int, n_rows: int
) -> None:
    from cxresearch.intake import check_study

    path = real_data / "tabular" / "sfo_survey" / f"sfo_{year}.csv"
    header = [name.strip() for name in pl.read_csv(path, n_rows=0, encoding="utf8-lossy").columns]
    wide = [name for name in header if name.startswith("Q7") and "COM" not in name][:n_rows]
    source = {
        "table": "responses",
        "files": path.name,
        "columns": {"response_id": next(n for n in header if n.endswith("RESPNUM"))},
        "constants": {"metric": "csat", "at": f"{year}-05-01"},
        "unpivot": {"columns": {name: name.lower() for name in wide}},
        "values": {"score": {"0": None, "6": None}},
        "scale": {"min": 1, "max": 5},
    }
    verdict = check_study(write_study(tmp_path, {}, source), data=path.parent)
    row = verdict.conservation.row(0, named=True)
    assert row["n_mapped"] == row["n_source_rows"] * len(wide)
    assert row["n_mapped"] == row["n_accepted"] + row["n_quarantined"]
    assert row["n_quarantined"] < 0.01 * row["n_mapped"]
