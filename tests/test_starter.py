"""A study begun from nothing, or guessed from exports whose meaning is known here."""

import csv
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cxresearch.errors import DataError, StudyError
from cxresearch.intake import check_study, prepare_study
from cxresearch.intake.starter import propose_study, write_starter
from cxresearch.intake.starter.batteries import group_answers
from cxresearch.intake.starter.columns import guess_column
from cxresearch.intake.starter.guess import Column, Guess
from cxresearch.intake.starter.writing import write_value
from cxresearch.study import Source, read_study, read_yaml

ANSWERS = "Nothing to add, it all went well|You took three days to answer me|The queue was long"


def write(
    path: Path, rows: Sequence[Sequence[object]], *, separator: str = ",", encoding: str = "utf-8"
) -> Path:
    """Rows, the header among them, as a delimited file."""
    with path.open("w", newline="", encoding=encoding) as file:
        csv.writer(file, delimiter=separator).writerows(rows)
    return path


def table(header: Sequence[str], columns: Sequence[Sequence[object]], n: int) -> list[list[object]]:
    """A header and `n` rows, each column repeating its values."""
    loops = [cycle(column) for column in columns]
    return [list(header), *([next(loop) for loop in loops] for _ in range(n))]


def guess(name: str, values: Sequence[object], *, label: str = "") -> Guess:
    cells = pl.Series([str(value) for value in values], dtype=pl.String)
    return guess_column(Column(name, label or name, cells, cells.len()))


def by_name(sources: Sequence[Source]) -> dict[str, Source]:
    return {str(source.name): source for source in sources}


def accepted(folder: Path) -> dict[str, int]:
    """Accepted rows by source; nothing may be quarantined."""
    verdict = check_study(folder)
    assert verdict.quarantine_summary.height == 0
    assert not verdict.messages("refusal")
    return dict(verdict.conservation.select("source", "n_accepted").iter_rows())


# ----------------------------------------------------------------------------- starter


def test_a_starter_is_valid_as_it_stands(tmp_path: Path) -> None:
    paths = write_starter(tmp_path / "new" / "study")
    study = read_study(tmp_path / "new" / "study")
    assert [path.name for path in paths] == ["study.yml", "experience.yml"]
    assert study.experience.touchpoints[0].owner == "stores"
    assert study.sources[0].values == {"score": {"99": None}}


def test_what_is_commented_out_in_the_starter_is_valid_too(tmp_path: Path) -> None:
    """Each example a user may uncomment must work."""
    write_starter(tmp_path)
    for name in ("study.yml", "experience.yml"):
        path = tmp_path / name
        lines = path.read_text(encoding="utf-8").splitlines()
        opened = [_uncomment(line) for line in lines]
        path.write_text("\n".join(opened) + "\n", encoding="utf-8")
    study = read_study(tmp_path)
    assert len(study.sources) == 5
    assert study.leaving is not None
    assert set(study.attributes) == {"region", "visits_a_month", "age"}
    assert study.experience.statement is not None
    assert study.experience.programmes[0].objective == "nps_2026"
    assert study.experience.stated.strengths == ["Friendly staff"]


def _uncomment(line: str) -> str:
    """A commented YAML line without its mark; prose (no key, no list, no bracket) stays."""
    bare = line.lstrip()
    if not bare.startswith("# ") or bare.startswith(
        ("# yaml-l", "# Where", "# wrong", "# The", "# A ")
    ):
        return line
    code = bare[2:]
    is_yaml = code.lstrip().split(" ")[0].endswith(":") or code.lstrip().startswith(("- ", "start"))
    is_yaml = is_yaml or code.lstrip().startswith(("method", "due_on"))
    return line[: len(line) - len(bare)] + code if is_yaml else line


def test_an_editor_finds_the_schema_beside_the_study(tmp_path: Path) -> None:
    for path in write_starter(tmp_path):
        head = path.read_text(encoding="utf-8").splitlines()[0]
        schema = tmp_path / head.removeprefix("# yaml-language-server: $schema=")
        assert schema.is_file()


def test_a_study_is_never_overwritten(tmp_path: Path) -> None:
    write_starter(tmp_path)
    before = (tmp_path / "study.yml").read_bytes()
    with pytest.raises(StudyError, match=r"study\.yml already exists"):
        write_starter(tmp_path)
    export = write(tmp_path / "a.csv", table(["date", "nps"], [["2025-10-01"], range(11)], 20))
    with pytest.raises(StudyError, match="already exists"):
        propose_study(export, tmp_path)
    assert (tmp_path / "study.yml").read_bytes() == before


def test_a_lone_experience_is_not_overwritten_either(tmp_path: Path) -> None:
    (tmp_path / "experience.yml").write_text("stages: []\n")
    with pytest.raises(StudyError, match=r"experience\.yml already exists"):
        write_starter(tmp_path)


def test_a_file_in_the_way_of_the_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(StudyError, match="cannot be made"):
        write_starter(tmp_path / "taken")


@given(text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
@example("a\u2028b\x85c\ufeff")
@example("yes")
@example("2025-10-01")
@example("1_000")
@example("- a")
@example("*RESPNUM")
@settings(max_examples=150, deadline=None)
def test_any_header_survives_being_written_as_yaml(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    path = tmp_path_factory.mktemp("yaml") / "a.yml"
    path.write_text(f"columns: {write_value({text: text})}\n", encoding="utf-8")
    assert read_yaml(path) == {"columns": {text: text}}


# ------------------------------------------------------------------------ single columns


@pytest.mark.parametrize(
    ("name", "values", "role", "metric", "scale"),
    [
        ("NPS", range(11), "score", "nps", (0, 10)),
        ("How likely are you to recommend us?", range(11), "score", "nps", (0, 10)),
        ("Ci consiglieresti a un amico?", range(11), "score", "nps", (0, 10)),
        ("csat", range(1, 6), "score", "csat", (1, 5)),
        ("soddisfazione", range(1, 6), "score", "csat", (1, 5)),
        ("satisfaction", range(11), "score", "csat", (0, 10)),
        ("How easy was it?", range(1, 8), "score", "ces", (1, 7)),
        ("stars", range(1, 6), "score", "stars", (1, 5)),
        ("recommended", [0, 1], "outcome", "", (1, 5)),
        ("churn", ["Yes", "No"], "outcome", "", (1, 5)),
        ("channel", ["web", "shop"], "channel", "", (1, 5)),
        ("canale", ["web", "negozio"], "channel", "", (1, 5)),
        ("touchpoint", ["desk", "app"], "touchpoint", "", (1, 5)),
        ("lingua", ["it", "en"], "language", "", (1, 5)),
        ("peso", ["0.5", "1.5"], "weight", "", (1, 5)),
        ("customer_id", [f"C{n}" for n in range(20)], "customer_id", "", (1, 5)),
        ("ResponseId", [f"R{n}" for n in range(20)], "answer_id", "", (1, 5)),
        ("e-mail", [f"a{n}@b.example" for n in range(30)], "personal", "", (1, 5)),
        ("Commento", ANSWERS.split("|"), "comment", "", (1, 5)),
        ("What could we do better?", ANSWERS.split("|"), "comment", "", (1, 5)),
        ("region", ["North", "South"], "text", "", (1, 5)),
        ("distance", [12, 300, 41, 77], "number", "", (1, 5)),
        ("zip", [20121, 184, 10121], "number", "", (1, 5)),
    ],
)
def test_a_column_is_read_by_its_name_and_values(
    name: str, values: Sequence[object], role: str, metric: str, scale: tuple[int, int]
) -> None:
    found = guess(name, values)
    assert (found.role, found.metric, found.scale) == (role, metric, scale)
    assert found.why


def test_a_high_effort_is_bad_and_ease_is_good() -> None:
    assert guess("effort", range(1, 8)).high_is == "bad"
    assert guess("sforzo richiesto", range(1, 8)).high_is == "bad"
    assert guess("ease", range(1, 8)).high_is == "good"


def test_codes_that_are_no_answer_are_blank() -> None:
    assert dict(guess("netpro", [*range(12), 99]).codes) == {"11": None, "99": None}
    assert dict(guess("rating", [0, 1, 2, 3, 4, 5]).codes) == {"0": None}
    assert dict(guess("rating", [*range(7), "Blank"]).codes) == {
        "0": None,
        "6": None,
        "Blank": None,
    }


def test_answers_in_words_become_numbers() -> None:
    found = guess("satisfaction", ["Very satisfied", "Satisfied", "Neutral", "Dissatisfied"])
    assert dict(found.codes) == {
        "Very satisfied": 5,
        "Satisfied": 4,
        "Neutral": 3,
        "Dissatisfied": 2,
    }


def test_a_few_slips_leave_a_score_a_score_and_are_told() -> None:
    found = guess("soddisfazione", [*list(range(1, 6)) * 78, *["molto"] * 8])
    assert (found.role, found.scale, found.confidence) == ("score", (1, 5), "unsure")
    assert "8 cells such as 'molto'" in found.why
    words_ = ["Very satisfied", "Satisfied", "Neutral", "Dissatisfied"]
    assert dict(guess("satisfaction", [*words_ * 20, "so so"]).codes)["Neutral"] == 3
    assert guess("soddisfazione", [*list(range(1, 6)) * 10, *["molto"] * 8]).role != "score"
    assert guess("distance", [*list(range(1, 6)) * 78, 2.5]).role == "number"


def test_a_group_code_is_no_score() -> None:
    """A stratum and an age class are small whole numbers too."""
    for name, values in {"STRATA": [1, 2, 3], "Q19AGE": range(9), "region_code": [1, 2, 3]}.items():
        found = group_answers([guess(name, list(values) * 20)])
        assert (found.single, found.batteries) == ((), ())


@pytest.mark.parametrize(
    ("values", "format_", "day_first", "is_ambiguous"),
    [
        (["2025-10-31", "2025-11-01"], None, None, False),
        (["2025-10-31 10:15:00", "2025-11-01 00:00:00"], None, None, False),
        (["2025-10-31T10:15:00Z"], None, None, False),
        (["20251031", "20251101"], None, None, False),
        (["31/10/2025", "01/11/2025"], None, True, False),
        (["10/31/2025", "11/01/2025"], None, False, False),
        (["01/02/2025", "03/04/2025"], None, True, True),
        (["31/10/2025 9.05.00", "1/11/2025 10.05.00"], "%d/%m/%Y %H.%M.%S", True, False),
        (["10/31/2025 9:05:00 AM"], None, False, False),
        (["2025/10/31 9:05:00 AM GMT+2"], "%Y/%m/%d %I:%M:%S %p %Z", None, False),
    ],
)
def test_the_form_of_a_date_is_found(
    values: list[str], format_: str | None, day_first: bool | None, is_ambiguous: bool
) -> None:
    form = guess("date", values * 3).date_form
    assert form is not None
    assert (form.format, form.day_first, form.is_ambiguous) == (format_, day_first, is_ambiguous)


@pytest.mark.parametrize("values", [["10:30", "11:45"], ["1/2", "3/4"], ["12/31/1899 09:30:00 AM"]])
def test_what_is_no_date_is_not_read_as_one(values: list[str]) -> None:
    assert guess("date", values * 3).date_form is None


# ------------------------------------------------------------------------------ exports


@pytest.fixture
def qualtrics(tmp_path: Path) -> Path:
    """Three header rows, as the tool writes them; the meaning is in the second."""
    asked = {
        "StartDate": "Start Date",
        "EndDate": "End Date",
        "IPAddress": "IP Address",
        "RecordedDate": "Recorded Date",
        "ResponseId": "Response ID",
        "DistributionChannel": "Distribution Channel",
        "UserLanguage": "User Language",
        "Q1_NPS_GROUP": "How likely are you to recommend us to a friend? - Group",
        "Q1": "How likely are you to recommend us to a friend?",
        "Q2_1": "How satisfied are you with the following? - Price",
        "Q2_2": "How satisfied are you with the following? - Staff",
        "Q2_3": "How satisfied are you with the following? - Delivery\ntime",
        "Q3": "What could we do better?",
        "Q4": "How easy was it to solve your problem?",
    }
    words = ["Extremely dissatisfied", "Somewhat dissatisfied", "Somewhat satisfied", ""]
    days = [f"2025-{month:02d}-{day:02d} 10:15:00" for month in (9, 10) for day in range(1, 29)]
    columns: list[Sequence[object]] = [days, days, ["1.2.3.4"], days, [], ["email"], ["EN"]]
    columns += [["Promoter", "Detractor"], range(11), words, words, words[::-1]]
    texts = [f"{text}, order {n}" for n in range(20) for text in ANSWERS.split("|")]
    columns += [texts, range(1, 8)]
    columns[4] = [f"R_{n}" for n in range(60)]
    rows = table(list(asked), columns, 60)
    labels = [list(asked.values()), [f'{{"ImportId":"{name}"}}' for name in asked]]
    return write(tmp_path / "qualtrics.csv", [rows[0], *labels, *rows[1:]], encoding="utf-8-sig")


def test_a_qualtrics_export_becomes_a_study_that_runs(qualtrics: Path, tmp_path: Path) -> None:
    found = propose_study(qualtrics, tmp_path / "study")
    assert found.preset == "qualtrics"
    assert accepted(tmp_path / "study") == {"q1": 60, "q4": 60, "ratings": 180}
    sources = by_name(found.study.sources)
    assert sources["q1"].constants["metric"] == "nps"
    assert sources["q1"].columns["comment"] == "Q3"
    assert sources["q4"].constants["question"] == "How easy was it to solve your problem?"
    assert sources["ratings"].unpivot is not None
    assert sources["ratings"].unpivot.columns == {
        "Q2_1": "price",
        "Q2_2": "staff",
        "Q2_3": "delivery_time",
    }
    labels = found.study.labels("touchpoint")
    assert [label["en"] for label in labels.values()] == ["Price", "Staff", "Delivery time"]


def test_the_answers_in_words_arrive_as_numbers(qualtrics: Path, tmp_path: Path) -> None:
    propose_study(qualtrics, tmp_path / "study")
    tables = prepare_study(tmp_path / "study", tmp_path / "prepared")
    assert tables.responses is not None
    price = tables.responses.filter(touchpoint="price").collect()["score"]
    assert price.to_list()[:4] == [1.0, 2.0, 4.0, None]


def test_the_rows_of_a_tool_are_left_out_with_the_reason(qualtrics: Path, tmp_path: Path) -> None:
    found = propose_study(qualtrics, tmp_path / "study")
    reading = {r.column: r for r in found.readings}
    assert reading["IPAddress"].becomes == ""
    assert reading["IPAddress"].why == "written by qualtrics"
    assert reading["Q1_NPS_GROUP"].becomes == ""
    text = (tmp_path / "study" / "study.yml").read_text(encoding="utf-8")
    assert "# - IPAddress: written by qualtrics" in text


def test_a_qualtrics_export_without_its_label_rows_is_read_as_well(
    qualtrics: Path, tmp_path: Path
) -> None:
    lines = qualtrics.read_text(encoding="utf-8-sig").splitlines()
    bare = tmp_path / "bare.csv"
    bare.write_text("\n".join([lines[0], *lines[4:]]) + "\n", encoding="utf-8")
    found = propose_study(bare, tmp_path / "study", preset="qualtrics")
    assert found.study.sources[0].csv.skip_rows_after_header == 0
    assert accepted(tmp_path / "study")["q1"] == 60


def test_one_row_of_labels_is_told_from_two(qualtrics: Path, tmp_path: Path) -> None:
    """The tool's Excel export has no row of ImportId."""
    with qualtrics.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    export = write(tmp_path / "one.csv", [*rows[:2], *rows[3:]])
    found = propose_study(export, tmp_path / "study")
    assert found.study.sources[0].csv.skip_rows_after_header == 1
    assert accepted(tmp_path / "study")["q1"] == 60


def with_columns(export: Path, name: str, **columns: Sequence[object]) -> Path:
    """The tool's export with more columns, each repeating its values below the label rows."""
    with export.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    for column, values in columns.items():
        cells = cycle(values)
        head = [column, column, f'{{"ImportId":"{column}"}}']
        rows = [[*row, head[n] if n < 3 else next(cells)] for n, row in enumerate(rows)]
    return write(export.parent / name, rows)


@pytest.mark.parametrize(
    ("status", "finished"),
    [(["IP Address"] * 4 + ["Survey Preview"], ["True"] * 9 + ["False"]), ("00001", "1111111110")],
)
def test_previews_and_unfinished_answers_are_told_and_how_to_leave_them_out(
    qualtrics: Path, tmp_path: Path, status: Sequence[object], finished: Sequence[object]
) -> None:
    export = with_columns(qualtrics, "more.csv", Status=status, Finished=finished)
    notes = propose_study(export, tmp_path / "study").notes
    assert "12 of 60 rows are previews" in notes[0]
    assert "6 of 60 rows are of people who did not finish" in notes[1]
    assert all("filter them in the survey tool" in note for note in notes[:2])


def test_a_filled_reference_is_the_customer(qualtrics: Path, tmp_path: Path) -> None:
    people = [f"C{n}" for n in range(20)]
    export = with_columns(qualtrics, "known.csv", ExternalReference=people)
    columns = propose_study(export, tmp_path / "study").study.sources[0].columns
    assert columns["customer_id"] == columns["respondent_id"] == "ExternalReference"
    assert columns["response_id"] == "ResponseId"
    export = with_columns(qualtrics, "some.csv", ExternalReference=[*people, ""])
    columns = propose_study(export, tmp_path / "some").study.sources[0].columns
    assert (columns["customer_id"], columns["respondent_id"]) == ("ExternalReference", "ResponseId")
    assert sum(accepted(tmp_path / "some").values()) == 300
    export = with_columns(qualtrics, "blank.csv", ExternalReference=[""])
    columns = propose_study(export, tmp_path / "blank").study.sources[0].columns
    assert "customer_id" not in columns


@pytest.fixture
def google_forms(tmp_path: Path) -> Path:
    """Moduli Google, Italian account, with a name that has blanks, brackets and quotes."""
    header = [
        "Informazioni cronologiche",
        "Quanto consiglieresti il nostro negozio a un amico?",
        "Quanto sei soddisfatto di [Prezzi]",
        "Quanto sei soddisfatto di [Personale]",
        "Perché hai dato questo voto?",
        "Indirizzo email",
    ]
    words = ["Molto soddisfatto", "Soddisfatto", "Neutrale", "Poco soddisfatto"]
    days = [f"{day:02d}/{month:02d}/2025 18.05.09" for month in (9, 10) for day in range(1, 29)]
    texts = ["Il personale è stato gentile", "La fila era lunga, non tornerò", ""]
    mails = [f"a{n}@b.example" for n in range(60)]
    rows = table(header, [days, range(11), words, words[::-1], texts, mails], 60)
    return write(tmp_path / 'Risposte [1] "soddisfazione" l\'autunno.csv', rows)


def test_an_italian_google_form_becomes_a_study_that_runs(
    google_forms: Path, tmp_path: Path
) -> None:
    found = propose_study(google_forms, tmp_path / "study")
    assert found.preset == "google_forms_it"
    assert found.study.languages == ["it", "en"]
    assert found.study.timezone == "Europe/Rome"
    rows = accepted(tmp_path / "study")
    assert rows == {"quanto_consiglieresti_il_nostro_negozio": 60, "ratings": 120}
    assert found.study.label("touchpoint", "prezzi")["it"] == "Prezzi"
    assert {r.column: r.becomes for r in found.readings}["Indirizzo email"] == "respondent_id"
    assert found.study.attributes == {}  # an address is no customer number


def test_an_address_most_left_out_tells_nobody(google_forms: Path, tmp_path: Path) -> None:
    with google_forms.open(newline="") as file:
        rows = list(csv.reader(file))
    some = [rows[0], *([*row[:-1], row[-1] if n % 3 else ""] for n, row in enumerate(rows[1:]))]
    found = propose_study(write(tmp_path / "some.csv", some), tmp_path / "study")
    assert all("respondent_id" not in source.columns for source in found.study.sources)
    assert sum(accepted(tmp_path / "study").values()) == 180


def test_its_instants_are_local_time(google_forms: Path, tmp_path: Path) -> None:
    propose_study(google_forms, tmp_path / "study")
    tables = prepare_study(tmp_path / "study", tmp_path / "prepared")
    assert tables.responses is not None
    earliest = tables.responses.select(pl.col("at").min()).collect().item()
    assert earliest == datetime(2025, 9, 1, 16, 5, 9, tzinfo=UTC)


@pytest.fixture
def retail(tmp_path: Path) -> Path:
    """A shop's own export: semicolons, decimal commas, Windows encoding, day first."""
    header = [
        "id_cliente",
        "data_risposta",
        "canale",
        "punto_di_contatto",
        "nps",
        "soddisfazione",
        "commento",
        "peso",
    ]
    days = [f"{day:02d}/{month:02d}/2025 10:30" for month in (9, 10) for day in range(1, 29)]
    columns: list[Sequence[object]] = [
        [f"C{n}" for n in range(25)],
        days,
        ["E-mail", "telefono"],
        ["Cassa", "Servizio clienti", "Città"],
        range(11),
        range(1, 6),
        ["È andato tutto bene però è caro", "Fila troppo lunga alla cassa", ""],
        ["0,5", "1,25"],
    ]
    rows = table(header, columns, 56)
    return write(tmp_path / "negozio.csv", rows, separator=";", encoding="cp1252")


def test_a_shops_own_export_becomes_a_study_that_runs(retail: Path, tmp_path: Path) -> None:
    found = propose_study(retail, tmp_path / "study")
    source = by_name(found.study.sources)["nps"]
    assert (source.csv.encoding, source.csv.decimal_comma) == ("cp1252", True)
    assert source.columns["customer_id"] == source.columns["respondent_id"] == "id_cliente"
    assert source.values["touchpoint"]["Città"] == "citta"
    assert accepted(tmp_path / "study") == {"nps": 56, "soddisfazione": 56}
    assert found.study.label("touchpoint", "citta")["it"] == "Città"
    assert list(found.study.labels("channel")) == ["e_mail", "telefono"]
    tables = prepare_study(tmp_path / "study", tmp_path / "prepared")
    assert tables.responses is not None
    weights = tables.responses.collect()["weight"]
    assert set(weights) == {0.5, 1.25}


@pytest.mark.parametrize("name", ["ID risposta", "id", "ResponseId", "response id"])
def test_rows_exported_twice_are_counted_once(tmp_path: Path, name: str) -> None:
    header = [name, "id_cliente", "data", "nps", "soddisfazione"]
    days = [f"2025-{month:02d}-{day:02d}" for month in (9, 10) for day in range(1, 29)]
    columns = [[f"A{n}" for n in range(40)], [f"C{n}" for n in range(13)], days]
    rows = table(header, [*columns, range(11), range(1, 6)], 40)
    export = write(tmp_path / "twice.csv", [*rows, *rows[1:11]])
    found = propose_study(export, tmp_path / "study")
    assert [source.columns["response_id"] for source in found.study.sources] == [name, name]
    verdict = check_study(tmp_path / "study")
    assert verdict.conservation["n_accepted"].to_list() == [40, 40]
    assert set(verdict.quarantine_summary["rule"]) == {"exact_duplicate"}


def test_paths_are_relative_so_that_both_folders_can_move(retail: Path, tmp_path: Path) -> None:
    found = propose_study(retail, tmp_path / "studies" / "shop")
    assert found.study.data_root == "../.."
    assert found.study.sources[0].files == ["negozio.csv"]
    beside = propose_study(retail, tmp_path)
    assert beside.study.data_root is None


def test_an_excel_export_is_read_like_a_csv(tmp_path: Path) -> None:
    rows = table(["date", "nps"], [[f"2025-10-{d:02d}" for d in range(1, 29)], range(11)], 40)
    frame = pl.DataFrame(rows[1:], schema=["date", "nps"], orient="row")
    frame.write_excel(tmp_path / "answers.xlsx")
    propose_study(tmp_path / "answers.xlsx", tmp_path / "study")
    assert accepted(tmp_path / "study") == {"nps": 40}


def test_customers_are_described_where_an_id_tells_them_apart(tmp_path: Path) -> None:
    header = ["id", "date", "nps", "region", "Age", "spend", "churn"]
    columns: list[Sequence[object]] = [
        range(1, 41),
        ["2025-10-01", "2025-09-01"],
        range(11),
        ["N", "S"],
        range(20, 60),
        [12.5, 40, 80.25],
        ["Yes", "No"],
    ]
    export = write(tmp_path / "a.csv", table(header, columns, 40))
    found = propose_study(export, tmp_path / "study")
    roles = {name: attribute.role for name, attribute in found.study.attributes.items()}
    assert roles == {"region": "context", "age": "protected", "spend": "usage"}
    assert accepted(tmp_path / "study") == {"customers": 40, "nps": 40}


def test_answers_of_one_month_make_that_month_complete(tmp_path: Path) -> None:
    rows = table(["date", "nps"], [["2025-10-03", "2025-10-20"], range(11)], 40)
    propose_study(write(tmp_path / "a.csv", rows), tmp_path / "study")
    tables = prepare_study(tmp_path / "study", tmp_path / "prepared")
    assert tables.period("").label == "2025-10"


def test_an_export_without_dates_says_so_and_can_be_run(tmp_path: Path) -> None:
    export = write(tmp_path / "a.csv", table(["nps"], [range(11)], 40))
    found = propose_study(export, tmp_path / "study")
    assert "holds no date" in found.notes[0]
    assert accepted(tmp_path / "study") == {"nps": 40}
    text = (tmp_path / "study" / "study.yml").read_text(encoding="utf-8")
    assert "# unsure: the export holds no date" in text


def test_ambiguous_dates_are_told_first(tmp_path: Path) -> None:
    rows = table(["date", "nps"], [["03/04/2025", "05/06/2025"], range(11)], 40)
    found = propose_study(write(tmp_path / "a.csv", rows), tmp_path / "study")
    assert "day_first" in found.notes[0]
    date = next(reading for reading in found.readings if reading.column == "date")
    assert (date.becomes, date.confidence) == ("at", "unsure")


def test_nothing_like_an_answer_is_refused_with_the_columns(tmp_path: Path) -> None:
    export = write(tmp_path / "a.csv", table(["date", "city"], [["2025-10-01"], ["Rome"]], 5))
    with pytest.raises(DataError, match="looks like an answer") as caught:
        propose_study(export, tmp_path / "study")
    assert "date, city" in caught.value.allowed
    assert not (tmp_path / "study").exists()


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (b"", "is empty"),
        (b"date,nps\n", "a header, but no rows"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x81\x8d", "a.csv is no text file"),
        (b"PK\x03\x04\x00\x00abc", "a.csv is no text file"),
    ],
)
def test_an_export_without_rows_to_read_is_refused_with_a_step_that_fits(
    tmp_path: Path, content: bytes, cause: str
) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(DataError, match=cause) as caught:
        propose_study(tmp_path / "a.csv", tmp_path / "study")
    assert "export" in caught.value.next_step
    assert "study.yml" not in caught.value.next_step
    assert "cp1252" not in str(caught.value)


def test_a_folder_is_called_a_folder(tmp_path: Path) -> None:
    write(tmp_path / "answers.csv", [["a"]])
    with pytest.raises(DataError, match="is a folder") as caught:
        propose_study(tmp_path, tmp_path / "study")
    assert "answers.csv" in caught.value.next_step


def test_a_missing_export_suggests_its_neighbour(tmp_path: Path) -> None:
    write(tmp_path / "answers.csv", [["a"]])
    with pytest.raises(DataError, match=r"Did you mean 'answers.csv'"):
        propose_study(tmp_path / "anwsers.csv", tmp_path / "study")


def test_an_unknown_preset_is_refused_before_anything_is_written(
    retail: Path, tmp_path: Path
) -> None:
    with pytest.raises(StudyError, match="Did you mean 'qualtrics'"):
        propose_study(retail, tmp_path / "study", preset="qualtrix")
    assert not (tmp_path / "study").exists()


# ------------------------------------------------------------------------- real exports


@pytest.mark.slow
def test_fourteen_ratings_of_an_airline_are_one_battery(real_data: Path, tmp_path: Path) -> None:
    path = real_data / "tabular" / "airline_satisfaction" / "airline_passenger_satisfaction.csv"
    found = propose_study(path, tmp_path / "study")
    ratings = by_name(found.study.sources)["ratings"]
    assert ratings.unpivot is not None
    assert len(ratings.unpivot.columns) == 14
    assert ratings.values == {"score": {"0": None}}  # 0 is "not applicable", not a bad score
    assert found.study.attributes["gender"].role == "protected"
    assert "satisfaction" not in found.study.attributes  # the outcome explains nothing
    assert accepted(tmp_path / "study") == {"customers": 129_880, "ratings": 14 * 129_880}


@pytest.mark.slow
def test_lounge_reviews_become_a_score_a_battery_and_comments(
    real_data: Path, tmp_path: Path
) -> None:
    path = real_data / "tabular" / "skytrax_reviews" / "lounge.csv"
    found = propose_study(path, tmp_path / "study")
    sources = by_name(found.study.sources)
    assert sources["overall_rating"].columns["comment"] == "content"
    assert sources["overall_rating"].columns["at"] == "date"
    assert sources["ratings"].unpivot is not None
    assert len(sources["ratings"].unpivot.columns) == 7
    assert accepted(tmp_path / "study") == {"overall_rating": 2264, "ratings": 7 * 2264}


@pytest.mark.slow
def test_an_airport_survey_is_mapped_nearly_as_by_hand(
    real_data: Path, root: Path, tmp_path: Path
) -> None:
    path = real_data / "tabular" / "sfo_survey" / "sfo_2017.csv"
    found = by_name(propose_study(path, tmp_path / "study").study.sources)
    by_hand = by_name(read_study(root / "tests" / "studies" / "sfo").sources)
    wide = [source.unpivot.columns for source in found.values() if source.unpivot]
    guessed = {column for columns in wide for column in columns}
    mapped = by_hand["ratings_2017"].unpivot
    assert mapped is not None
    assert set(mapped.columns) <= guessed
    assert found["netpro"].values["score"] == by_hand["recommend_2017"].values["score"]
    assert found["q7_all"].columns["weight"] == "WEIGHT"


# -------------------------------------------------------------- other tables than surveys


def test_a_log_of_contacts_becomes_interactions(tmp_path: Path) -> None:
    header = ["TicketID", "CustomerID", "OpenedDate", "Channel", "Theme"]
    columns: list[Sequence[object]] = [
        [f"T{n}" for n in range(60)],
        [f"C{n}" for n in range(20)],
        ["2025-09-30", "2025-10-01"],
        ["E-mail", "phone"],
        ["refund", "delay", "seat"],
    ]
    export = write(tmp_path / "tickets.csv", table(header, columns, 60))
    found = propose_study(export, tmp_path / "study")
    source = found.study.sources[0]
    assert source.table == "interactions"
    assert source.columns == {
        "interaction_id": "TicketID",
        "customer_id": "CustomerID",
        "at": "OpenedDate",
        "channel": "Channel",
        "reason": "Theme",
    }
    assert "taken for contacts" in found.notes[0]
    assert accepted(tmp_path / "study") == {"contacts": 60}


def test_columns_that_bear_the_names_of_the_contract_need_no_mapping(tmp_path: Path) -> None:
    header = ["response_id", "respondent_id", "at", "touchpoint", "metric", "score"]
    header += ["scale_min", "scale_max", "high_is"]
    days = ["2025-09-30", "2025-10-01"]
    columns: list[Sequence[object]] = [range(40), range(20), days, ["desk", "My app"]]
    columns += [["csat"], range(1, 6), [1], [5], ["good"]]
    export = write(tmp_path / "responses.csv", table(header, columns, 40))
    found = propose_study(export, tmp_path / "study")
    assert found.study.sources[0].columns == {}
    assert found.study.sources[0].values == {"touchpoint": {"My app": "my_app"}}
    assert list(found.study.labels("touchpoint")) == ["my_app", "desk"]
    assert accepted(tmp_path / "study") == {"responses": 40}


def test_customers_bring_their_attributes_along(tmp_path: Path) -> None:
    header = ["customer_id", "joined_at", "left_at", "region", "gender"]
    columns: list[Sequence[object]] = [
        [f"C{n}" for n in range(40)],
        ["2024-01-01", "2024-02-01"],
        ["", "2025-03-01"],
        ["N", "S"],
        ["f", "m"],
    ]
    export = write(tmp_path / "customers.csv", table(header, columns, 40))
    found = propose_study(export, tmp_path / "study")
    roles = {name: attribute.role for name, attribute in found.study.attributes.items()}
    assert roles == {"region": "context", "gender": "protected"}
    assert accepted(tmp_path / "study") == {"customers": 40}


@pytest.mark.slow
def test_real_complaints_become_contacts(real_data: Path, tmp_path: Path) -> None:
    path = real_data / "tabular" / "bpi2016_complaints" / "complaints.csv"
    found = propose_study(path, tmp_path / "study")
    assert found.study.sources[0].columns["at"] == "ContactDate"
    assert accepted(tmp_path / "study") == {"contacts": 289}
