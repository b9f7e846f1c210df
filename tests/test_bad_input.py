"""Every way an export goes wrong gets a message a person can act on, and loses nothing."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cxresearch.errors import DataError
from cxresearch.intake import Verdict, check_study, prepare_study
from cxresearch.intake.build import build_tables
from cxresearch.study import read_study
from tests.small_studies import ANSWERS, HEADER, answers, with_more, write_study


def check(folder: Path, content: str | bytes, **more: object) -> Verdict:
    return check_study(write_study(folder, {"answers.csv": content}, with_more(**more)))


def refusal(folder: Path, content: str | bytes, **more: object) -> DataError:
    with pytest.raises(DataError) as caught:
        check(folder, content, **more)
    return caught.value


def counts(verdict: Verdict) -> tuple[int, int, int]:
    """Mapped, accepted, quarantined."""
    row = verdict.conservation.row(0, named=True)
    return row["n_mapped"], row["n_accepted"], row["n_quarantined"]


def sentences(verdict: Verdict, severity: str | None = None) -> str:
    return "\n".join(message.in_language("en") for message in verdict.messages(severity))


def test_a_missing_file_is_named_with_the_files_that_are_there(tmp_path: Path) -> None:
    study = write_study(tmp_path, {"answer.csv": HEADER + answers(2)}, ANSWERS)
    with pytest.raises(DataError) as caught:
        check_study(study)
    assert "answers.csv: no such file in the data folder" in caught.value.cause
    assert "answer.csv" in caught.value.allowed
    assert "--data" in caught.value.next_step


def test_a_glob_without_matches_lists_the_files_that_are_there(tmp_path: Path) -> None:
    study = write_study(tmp_path, {"answers.csv": HEADER}, with_more(files="2025-*.csv"))
    with pytest.raises(DataError, match=r"2025-\*\.csv: no such file") as caught:
        check_study(study)
    assert "answers.csv" in caught.value.allowed


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path, "").cause == "answers.csv is empty (0 bytes)"


@pytest.mark.parametrize("content", [HEADER, HEADER.strip(), HEADER + "\n\n"])
def test_a_header_alone_is_refused(tmp_path: Path, content: str) -> None:
    assert refusal(tmp_path, content).cause == "answers.csv: a header, but no rows"


def test_a_header_alone_among_other_files_is_a_warning(tmp_path: Path) -> None:
    files = {"m1.csv": HEADER + answers(3), "m2.csv": HEADER}
    verdict = check_study(write_study(tmp_path, files, with_more(files="m*.csv")))
    assert counts(verdict) == (3, 3, 0)
    assert sentences(verdict, "warning") == "m2.csv has a header but no rows."


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found_out(tmp_path: Path, separator: str) -> None:
    content = (HEADER + answers(4)).replace(",", separator)
    assert counts(check(tmp_path, content)) == (4, 4, 0)


def test_a_wrong_declared_separator_is_named_with_the_right_one(tmp_path: Path) -> None:
    error = refusal(tmp_path, HEADER + answers(4), csv={"separator": ";"})
    assert "declared separator ';' leaves one single column: 'id,vote,when'" in error.cause
    assert "`csv: {separator: ','}`" in error.next_step


def test_an_unheard_of_separator_shows_what_the_header_looks_like(tmp_path: Path) -> None:
    error = refusal(tmp_path, (HEADER + answers(4)).replace(",", "^"))
    assert error.allowed == "columns of the file: id^vote^when"
    assert "separator" in error.next_step


def test_a_separator_that_cannot_be_told_must_be_declared(tmp_path: Path) -> None:
    columns = {"touchpoint": "touchpoint"}
    source = {"table": "responses", "files": "answers.csv", "columns": columns}
    study = write_study(tmp_path, {"answers.csv": "a,b;c\nx,y;z\n"}, source)
    with pytest.raises(DataError, match="separator is not certain: ',' and ';'") as caught:
        check_study(study)
    assert "csv: {separator: ','}" in caught.value.next_step


def test_a_wrong_encoding_names_line_and_byte(tmp_path: Path) -> None:
    content = (HEADER + answers(3) + "Perù,4,2025-03-03\n").encode("latin-1")
    error = refusal(tmp_path, content)
    assert "line 5 holds the byte 0xf9" in error.cause
    assert "Perù" in error.cause
    assert "`csv: {encoding: latin-1}`" in error.next_step
    assert counts(check(tmp_path, content, csv={"encoding": "latin-1"})) == (4, 4, 0)


def test_windows_quotes_point_to_the_windows_encoding(tmp_path: Path) -> None:
    content = HEADER.encode() + b"l\x92ora,4,2025-03-03\n"
    assert "cp1252" in refusal(tmp_path, content).next_step


def test_a_bad_byte_far_down_is_found_as_well(tmp_path: Path) -> None:
    content = (HEADER + answers(5_000)).encode() + b"caff\xe8,4,2025-03-03\n"
    assert "line 5002 holds the byte 0xe8" in refusal(tmp_path, content).cause


def test_utf_16_is_recognised(tmp_path: Path) -> None:
    content = (HEADER + answers(3)).encode("utf-16")
    assert "{encoding: utf-16}" in refusal(tmp_path, content).next_step
    assert counts(check(tmp_path, content, csv={"encoding": "utf-16"})) == (3, 3, 0)


def test_a_line_for_excel_above_the_header_is_recognised(tmp_path: Path) -> None:
    content = "sep=;\n" + (HEADER + answers(3)).replace(",", ";")
    error = refusal(tmp_path, content)
    assert "begins with a line for Excel: 'sep=;'" in error.cause
    assert "{skip_rows: 1}" in error.next_step
    assert counts(check(tmp_path, content, csv={"skip_rows": 1})) == (3, 3, 0)


def test_an_unknown_encoding_is_refused(tmp_path: Path) -> None:
    assert "'klingon' is not known" in refusal(tmp_path, HEADER, csv={"encoding": "klingon"}).cause


def test_a_binary_file_is_no_text(tmp_path: Path) -> None:
    assert "is not a text file" in refusal(tmp_path, b"PAR1" + bytes(300)).cause


def test_decimal_commas_are_quarantined_and_the_line_to_write_is_shown(tmp_path: Path) -> None:
    content = "id;vote;when\nR1;4;2025-03-01\nR2;3,5;2025-03-01\nR3;2;2025-03-02\n"
    verdict = check(tmp_path, content)
    assert counts(verdict) == (3, 2, 1)
    assert "csv: {decimal_comma: true}" in sentences(verdict, "warning")
    assert counts(check(tmp_path, content, csv={"decimal_comma": True})) == (3, 3, 0)


def test_with_decimal_commas_a_point_is_never_taken_for_nothing(tmp_path: Path) -> None:
    content = "id;vote;when\nR1;4.5;2025-03-01\nR2;3,5;2025-03-01\n"
    verdict = check(tmp_path, content, csv={"decimal_comma": True})
    assert counts(verdict) == (2, 1, 1)
    assert verdict.quarantine_summary["value"].to_list() == ["4.5"]


def test_a_missing_column_names_the_nearest_and_those_present(tmp_path: Path) -> None:
    error = refusal(tmp_path, "id,votes,when\nR1,4,2025-03-01\n")
    assert "column 'vote' is missing. Did you mean 'votes'?" in error.cause
    assert error.allowed == "columns of the file: id, votes, when"
    assert "`columns: {score: vote}`" in error.next_step


def test_a_column_missing_in_one_of_many_files_names_that_file(tmp_path: Path) -> None:
    files = {"m1.csv": HEADER + answers(3), "m2.csv": "id,when\nR9,2025-03-01\n"}
    with pytest.raises(DataError, match=r"m2\.csv: the column 'vote' is missing"):
        check_study(write_study(tmp_path, files, with_more(files="m*.csv")))


def test_what_the_contract_needs_and_nothing_gives_is_refused(tmp_path: Path) -> None:
    source = {"table": "responses", "files": "answers.csv", "columns": {"comment": "text"}}
    study = write_study(tmp_path, {"answers.csv": "text\nnice\n"}, source)
    with pytest.raises(DataError, match="nothing gives 'at', which responses need"):
        check_study(study)


def test_a_doubled_column_is_refused(tmp_path: Path) -> None:
    error = refusal(tmp_path, "id,vote,vote,when\nR1,4,5,2025-03-01\n")
    assert "'vote' stands 2 times in the header (columns 2 and 3)" in error.cause


def test_a_tenth_of_bad_rows_is_a_loud_warning_and_no_refusal(tmp_path: Path) -> None:
    bad = "".join(f"B{i},n/a,2025-03-01 10:00\n" for i in range(10))
    verdict = check(tmp_path, HEADER + answers(90) + bad)
    assert counts(verdict) == (100, 90, 10)
    assert not verdict.is_refused
    text = sentences(verdict, "warning")
    assert "10 of 100 rows of answers.csv (10.0%) are quarantined" in text
    assert "score cannot be read as a number. The first is in answers.csv, row 92." in text
    assert "values: {score: {'n/a': null}}" in text


def test_a_second_date_format_is_quarantined_with_its_text(tmp_path: Path) -> None:
    verdict = check(tmp_path, HEADER + answers(8) + "X1,4,14/03/2025\nX2,4,15/03/2025\n")
    assert counts(verdict) == (10, 8, 2)
    first = verdict.quarantine_summary.row(0, named=True)
    assert (first["rule"], first["row"], first["value"]) == ("at|dtype", 10, "14/03/2025")


def test_ambiguous_dates_are_refused_until_declared(tmp_path: Path) -> None:
    content = HEADER + "R1,4,03/04/2025\nR2,5,05/06/2025\n"
    error = refusal(tmp_path, content)
    assert "03/04/2025 is ambiguous" in error.cause
    assert "`dates: {day_first: true}`" in error.next_step
    assert counts(check(tmp_path, content, dates={"day_first": True})) == (2, 2, 0)


def test_both_orders_of_day_and_month_are_refused(tmp_path: Path) -> None:
    error = refusal(tmp_path, HEADER + "R1,4,25/03/2025\nR2,5,03/26/2025\n")
    assert "two orders, such as 25/03/2025 and 03/26/2025" in error.cause


def test_ids_that_repeat_keep_copies_once_and_conflicts_never(tmp_path: Path) -> None:
    content = HEADER + (
        "R1,4,2025-03-01\nR1,4,2025-03-01\nR2,3,2025-03-01\nR2,5,2025-03-01\nR3,2,2025-03-01\n"
    )
    verdict = check(tmp_path, content)
    assert counts(verdict) == (5, 2, 3)
    rules = dict(verdict.quarantine_summary.select("rule", "n").iter_rows())
    assert rules == {"exact_duplicate": 1, "primary_key": 2}


def test_a_line_with_too_many_cells_is_quarantined_whole(tmp_path: Path) -> None:
    verdict = check(tmp_path, HEADER + "R1,4,2025-03-01,oops,more\n" + answers(3, start=2))
    assert counts(verdict) == (4, 3, 1)
    broken = verdict.quarantine_summary.row(0, named=True)
    assert (broken["rule"], broken["row"]) == ("more_cells_than_header", 2)
    assert broken["value"] is None  # a whole line may hold a comment: only in quarantine.csv
    line = build_tables(read_study(tmp_path)).quarantine["value"].item()
    assert line == "R1,4,2025-03-01,oops,more"


def test_a_quotation_mark_never_closed_names_its_line(tmp_path: Path) -> None:
    error = refusal(tmp_path, HEADER + 'R1,4,2025-03-01\nR2,"4,2025-03-01\n' + answers(5))
    assert "opened in line 3 is never closed" in error.cause


def test_blank_lines_are_no_rows(tmp_path: Path) -> None:
    content = HEADER + "\n\nR1,4,2025-03-01\n\nR2,4,2025-03-01\n\n"
    assert counts(check(tmp_path, content)) == (2, 2, 0)


def test_a_row_that_is_blank_where_the_mapping_looks_is_still_a_row(tmp_path: Path) -> None:
    source = {
        "table": "responses",
        "files": "a.csv",
        "columns": {"score": "vote", "comment": "said"},
        "constants": {"metric": "csat", "at": "2025-03-01"},
        "scale": {"min": 1, "max": 5},
    }
    content = "vote,said,agent\n4,good,x\n,,y\n,,\n\n5,,z\n"
    verdict = check_study(write_study(tmp_path, {"a.csv": content}, source))
    assert counts(verdict) == (3, 3, 0)


def test_dates_that_cannot_be_are_quarantined(tmp_path: Path) -> None:
    bad = "B1,4,1900-01-01\nB2,4,9999-12-31\nB3,4,2025-02-30\nB4,4,2025-03-30 02:30\n"
    verdict = check(tmp_path, HEADER + answers(200) + bad)
    assert counts(verdict) == (204, 200, 4)
    rules = set(verdict.quarantine_summary["rule"])
    assert rules == {"at|before_1990", "at|after_2090", "at|dtype", "at|skipped_hour"}


def test_instants_after_the_declared_end_are_quarantined(tmp_path: Path) -> None:
    content = HEADER + "R1,4,2025-03-31 23:59\nR2,4,2025-04-01 00:00\n"
    study = write_study(tmp_path, {"answers.csv": content}, data_until="2025-04-01")
    verdict = check_study(study)
    assert counts(verdict) == (2, 1, 1)
    assert verdict.quarantine_summary["rule"].to_list() == ["at|after_end_of_data"]


def test_a_table_without_an_accepted_row_is_refused_with_the_reason(tmp_path: Path) -> None:
    study = write_study(tmp_path, {"answers.csv": HEADER + 'R1,"4,0",2025-03-01\n'})
    assert check_study(study).is_refused
    with pytest.raises(DataError) as caught:
        prepare_study(study, tmp_path / "out")
    assert "None of the 1 rows of responses from answers.csv was accepted" in caught.value.cause
    assert "decimal_comma" in caught.value.next_step
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("a.parquet", "a.parquet is not a Parquet file"),
        ("a.xlsx", "a.xlsx is not an Excel workbook"),
        ("a.jsonl", "a.jsonl holds no row: line 1 is no JSON object: not at all what you expect"),
        ("a.dat", "a.dat: what kind of file this is cannot be told from its ending"),
    ],
)
def test_a_file_that_is_not_what_its_ending_says_is_refused(
    tmp_path: Path, name: str, told: str
) -> None:
    source = {"table": "responses", "files": name}
    study = write_study(tmp_path, {name: b"not at all what you expect"}, source)
    with pytest.raises(DataError) as caught:
        prepare_study(study, tmp_path / "out")
    assert told in caught.value.cause


PIECES = st.sampled_from(
    [
        "R1",
        ",",
        ",",
        ";",
        "4",
        "\n",
        "\r\n",
        '"',
        "2025-03-01",
        "\t",
        "é",
        "\ufeff",
        "\x00",
        "'",
        "|",
    ]
)


@pytest.mark.slow
@settings(max_examples=80, deadline=None)
@given(pieces=st.lists(PIECES, max_size=30), has_header=st.booleans())
@example(pieces=["R1", ",", '"'], has_header=True)
@example(pieces=['"', "\n"], has_header=False)
def test_whatever_a_file_holds_it_is_conserved_or_refused_in_words(
    pieces: list[str], has_header: bool
) -> None:
    content = (HEADER if has_header else "") + "".join(pieces)
    with TemporaryDirectory() as folder:
        told: DataError | Verdict
        try:
            told = check(Path(folder), content)
        except DataError as error:
            told = error
    if isinstance(told, DataError):
        assert told.allowed
        assert told.next_step
    else:
        mapped, accepted, quarantined = counts(told)
        assert mapped == accepted + quarantined > 0


WIDE = "id,vote,when,a,b,c\n"


def test_lines_cut_short_are_a_warning_with_the_first_of_them(tmp_path: Path) -> None:
    whole = "".join(f"R{i},4,2025-03-01 10:00,x,y,z\n" for i in range(6))
    cut = "S1,4,2025-03-01 10:00\nS2,4,2025-03-01 10:00,x\n"
    verdict = check(tmp_path, WIDE + whole + "\n" + cut)
    assert counts(verdict) == (8, 8, 0)
    assert (
        "2 of the 8 lines of answers.csv looked at have fewer cells than the header; the first is "
        "row 9. What is missing was read as blank." in sentences(verdict, "warning")
    )


def test_a_last_cell_left_out_everywhere_is_a_note(tmp_path: Path) -> None:
    lines = "".join(f"R{i},4,2025-03-01 10:00,x,y{',z' * (i % 2)}\n" for i in range(6))
    verdict = check(tmp_path, WIDE + lines)
    assert "3 of the 6 lines of answers.csv looked at leave out the last cell" in sentences(
        verdict, "note"
    )
    assert sentences(verdict, "warning") == ""


def test_blank_cells_with_their_separators_are_no_short_lines(tmp_path: Path) -> None:
    told = sentences(check(tmp_path, WIDE + "R1,4,2025-03-01 10:00,,,\nR2,5,2025-03-02,,,z\n"))
    assert "lines of answers.csv" not in told


def test_short_lines_are_found_in_other_encodings_and_below_labels(tmp_path: Path) -> None:
    text = WIDE + "label\n" + "R1,4,2025-03-01 10:00,x,y,è\nS,4,2025-03-01 10:00,x\n"
    csv = {"encoding": "cp1252", "skip_rows_after_header": 1}
    verdict = check(tmp_path, text.encode("cp1252"), csv=csv)
    assert "1 of the 2 lines" in sentences(verdict, "warning")
    assert "row 4" in sentences(verdict, "warning")


def test_copies_without_an_id_are_told_only_where_the_whole_row_is_the_same(
    tmp_path: Path,
) -> None:
    columns = {"score": "vote", "at": "when"}
    same, alike = "4,2025-03-01,Ann\n" * 3, "4,2025-03-01,Bob\n5,2025-03-01,Ann\n"
    verdict = check(tmp_path / "a", "vote,when,who\n" + same + alike, columns=columns)
    assert (
        "2 rows of answers.csv are exact copies of another row and have no id of their own: if "
        "they were exported twice, they are counted twice. If a column numbers the "
        "rows, map it as response_id."
    ) in sentences(verdict, "note")
    distinct = "4,2025-03-01,Ann\n" + alike
    verdict = check(tmp_path / "b", "vote,when,who\n" + distinct, columns=columns)
    assert "exact copies" not in sentences(verdict)


def test_two_sources_of_one_file_tell_its_faults_once(tmp_path: Path) -> None:
    columns = {"score": "vote", "at": "when"}
    two = [with_more(name=name, columns=columns) for name in ("a", "b")]
    content = {"answers.csv": "vote,when,who\n" + "4,2025-03-01,Ann\n" * 3}
    verdict = check_study(write_study(tmp_path, content, *two))
    assert sentences(verdict).count("exact copies") == 1


def test_the_columns_not_used_beyond_those_listed_are_counted(tmp_path: Path) -> None:
    header = ",".join(f"c{i}" for i in range(11))
    verdict = check(tmp_path, f"id,vote,when,{header}\nR1,4,2025-03-01" + ",x" * 11 + "\n")
    assert "c6, c7 and 3 more." in sentences(verdict, "note")
