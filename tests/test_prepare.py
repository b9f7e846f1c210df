"""Preparing: whole or not there, the same bytes for the same input, prepared once."""

import hashlib
import multiprocessing
import os
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from cxresearch.engine import split_by_customer
from cxresearch.errors import DataError, ParameterError, StudyError
from cxresearch.intake import open_study, prepare_study
from cxresearch.intake import prepare as module
from cxresearch.study import Study
from tests.small_studies import ANSWERS, HEADER, answers, with_more, write_study

CUSTOMERS = {"table": "customers", "files": "customers.csv"}
LOG = {"table": "interactions", "files": "log.csv"}
EXPERIENCE = {
    "stages": [{"id": "buy", "label": "Buy"}, {"id": "use", "label": "Use"}],
    "touchpoints": [
        {"id": "shop", "label": "Shop", "stage": "buy"},
        {"id": "desk", "label": "Desk", "stage": "use"},
    ],
}
FILES = {
    "customers.csv": "customer_id,region\nC1,Nord\nC2,Sud\nC3,\n",
    "log.csv": "interaction_id,customer_id,at,kind,direction,touchpoint,channel\n"
    "I4,,2025-03-01 08:00,use,inbound,desk,web\n"
    "I3,C2,2025-03-02,use,inbound,kiosk,web\n"
    "I2,C1,2025-03-03,contact,inbound,desk,phone\n"
    "I1,C1,2025-03-03,purchase,inbound,shop,web\n",
    "answers.csv": "id,vote,when,who\n"
    "R1,4,2025-03-04,C1\nR2,2,2025-03-31 23:30,C2\nR3,x,2025-03-05,\n",
}


@pytest.fixture(autouse=True)
def apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test writes into the reports of the checkout."""
    (tmp_path / "desk" / "reports").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "desk")


def full_study(folder: Path) -> Study:
    linked = with_more(columns={**ANSWERS["columns"], "customer_id": "who"})
    attributes = {"region": {"role": "context"}}
    return write_study(
        folder, FILES, CUSTOMERS, LOG, linked, experience=EXPERIENCE, attributes=attributes
    )


def digest(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_prepared_study_is_shown_in_one_line(tmp_path: Path) -> None:
    full_study(tmp_path / "s")
    assert repr(open_study(tmp_path / "s")) == (
        "StudyTables('Acme', customers: 3, interactions: 4, responses: 2, data until 2025-04-01)"
    )


def test_a_study_with_responses_alone_opens_and_says_what_it_lacks(tmp_path: Path) -> None:
    write_study(tmp_path / "s", {"answers.csv": HEADER + answers(5)})
    tables = open_study(tmp_path / "s")
    assert tables.tables == ("responses",)
    assert tables.customers is None
    assert tables.responses is not None
    assert tables.responses.collect().height == 5


def test_the_log_is_sorted_and_knows_the_order_of_the_journey(tmp_path: Path) -> None:
    full_study(tmp_path / "s")
    log = open_study(tmp_path / "s").interactions
    assert log is not None
    rows = log.collect()
    assert rows["interaction_id"].to_list() == ["I1", "I2", "I3", "I4"]
    assert rows["touchpoint"].dtype == pl.Enum(["shop", "desk", "kiosk"])
    assert rows["channel"].dtype == pl.Enum(["phone", "web"])
    assert rows["stage"].to_list() == ["buy", "use", None, "use"]


def test_the_data_end_with_the_day_of_the_latest_instant(tmp_path: Path) -> None:
    full_study(tmp_path / "s")
    tables = open_study(tmp_path / "s")
    assert tables.data_until == datetime(2025, 3, 31, 22, tzinfo=UTC)  # midnight in Rome
    assert tables.period().label == "2025-03"
    assert tables.period("2025-Q1").label == "2025-Q1"


def test_a_declared_end_of_data_wins(tmp_path: Path) -> None:
    write_study(tmp_path / "s", {"answers.csv": HEADER + answers(5)}, data_until="2025-06-01")
    assert open_study(tmp_path / "s").period().label == "2025-05"


def test_the_same_input_gives_the_same_bytes_wherever_it_lies(tmp_path: Path) -> None:
    for name in ("a", "b"):
        prepare_study(full_study(tmp_path / name), tmp_path / "out" / name)
    first, second = digest(tmp_path / "out" / "a"), digest(tmp_path / "out" / "b")
    assert first == second
    assert {"customers.parquet", "interactions.parquet", "responses.parquet"} < set(first)


@pytest.mark.parametrize("changed", ["answers.csv", "study.yml", "experience.yml"])
def test_a_change_of_data_or_study_changes_the_fingerprint(tmp_path: Path, changed: str) -> None:
    folder = tmp_path / "s"
    full_study(folder)
    before = open_study(folder)
    path = folder / changed
    text = path.read_text()
    new = {"answers.csv": text.replace("R1,4", "R1,5")}
    path.write_text(new.get(changed, text.replace("Acme", "Other").replace("Shop", "Store")))
    after = open_study(folder)
    assert before.fingerprint != after.fingerprint
    os.utime(path)
    assert open_study(folder).fingerprint == after.fingerprint


def test_a_study_is_prepared_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full_study(tmp_path / "s")
    first = open_study(tmp_path / "s")
    assert first.folder.parent == tmp_path / "desk" / "reports" / ".cache"

    def never(*_: object, **__: object) -> None:
        raise AssertionError("prepared twice")

    monkeypatch.setattr(module, "build_tables", never)
    assert open_study(tmp_path / "s").fingerprint == first.fingerprint


def test_a_prepared_folder_opens_as_it_is_with_its_verdict(tmp_path: Path) -> None:
    made = prepare_study(full_study(tmp_path / "s"), tmp_path / "inputs")
    opened = open_study(tmp_path / "inputs")
    assert opened.fingerprint == made.fingerprint
    assert opened.study.name == "Acme"
    assert opened.verdict.conservation.equals(made.verdict.conservation)
    assert opened.verdict.quarantine_summary["rule"].to_list() == ["score|dtype"]
    with pytest.raises(ParameterError, match="is prepared"):
        open_study(tmp_path / "inputs", where={"region": "Nord"})


def test_a_filter_keeps_its_customers_and_counts_the_rows_left_out(tmp_path: Path) -> None:
    full_study(tmp_path / "s")
    tables = open_study(tmp_path / "s", where={"region": "Nord"})
    assert tables.customers is not None
    assert tables.interactions is not None
    assert tables.responses is not None
    assert tables.customers.collect()["customer_id"].to_list() == ["C1"]
    assert tables.interactions.collect()["interaction_id"].to_list() == ["I1", "I2"]
    assert tables.responses.collect()["response_id"].to_list() == ["R1"]
    assert tables.where == {"region": "Nord"}
    texts = [message.in_language("en") for message in tables.verdict.messages("note")]
    assert (
        "Limited to region = Nord: 2 of 4 rows of interactions; "
        "1 rows without a customer are left out."
    ) in texts


@pytest.mark.parametrize(
    ("where", "told"),
    [
        ({"regoin": "Nord"}, "'regoin' is not an attribute of the study. Did you mean 'region'?"),
        ({"region": "nord"}, "no customer has region = 'nord'. Did you mean 'Nord'?"),
    ],
)
def test_a_filter_on_nothing_known_is_refused(
    tmp_path: Path, where: dict[str, str], told: str
) -> None:
    full_study(tmp_path / "s")
    with pytest.raises(ParameterError) as caught:
        open_study(tmp_path / "s", where=where)
    assert caught.value.cause == told


def test_a_filter_without_customers_is_refused(tmp_path: Path) -> None:
    write_study(tmp_path / "s", {"answers.csv": HEADER + answers(5)})
    with pytest.raises(ParameterError, match="no customers table"):
        open_study(tmp_path / "s", where={"region": "Nord"})


def test_quarantined_text_is_no_formula_in_a_spreadsheet(tmp_path: Path) -> None:
    content = HEADER + '=HYPERLINK("x"),9,2025-03-01\nR2,-7,2025-03-01\n' + answers(2, start=5)
    prepared = prepare_study(write_study(tmp_path / "s", {"answers.csv": content}), tmp_path / "o")
    lines = (prepared.folder / "quarantine.csv").read_text().splitlines()
    assert lines[0] == "file,row,table,source,column,value,rule"
    assert [line.split(",")[5] for line in lines[1:]] == ["9", "'-7"]


def test_a_folder_that_holds_something_is_never_written_over(tmp_path: Path) -> None:
    study = full_study(tmp_path / "s")
    with pytest.raises(ParameterError, match="is not empty"):
        prepare_study(study, tmp_path / "s")


def test_an_interruption_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "write_table", interrupt)
    with pytest.raises(KeyboardInterrupt):
        prepare_study(full_study(tmp_path / "s"), tmp_path / "out" / "inputs")
    assert list((tmp_path / "out").iterdir()) == []


def test_what_a_killed_process_left_is_removed_a_day_later(tmp_path: Path) -> None:
    study = full_study(tmp_path / "s")
    old, new = tmp_path / "kept" / ".x-1.part", tmp_path / "kept" / ".x-2.part"
    for folder in (old, new):
        folder.mkdir(parents=True)
    os.utime(old, (0, 0))
    prepare_study(study, tmp_path / "kept" / "out")
    assert [path.exists() for path in (old, new)] == [False, True]


def _open(folder: str) -> str:
    return open_study(folder).fingerprint


@pytest.mark.slow
def test_two_processes_may_prepare_the_same_study_at_once(tmp_path: Path) -> None:
    full_study(tmp_path / "s")
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        found = pool.map(_open, [str(tmp_path / "s")] * 4, chunksize=1)
    cache = tmp_path / "desk" / "reports" / ".cache"
    assert [path.name for path in cache.iterdir()] == [found[0]]
    assert len(set(found)) == 1


def test_whoever_comes_second_keeps_what_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = full_study(tmp_path / "s")
    real = module._write

    def slow(built: object, study: Study, folder: Path, *rest: object) -> None:
        real(built, study, folder, *rest)  # type: ignore[arg-type]
        if not out.exists():  # another process is faster
            out.mkdir()
            (out / "manifest.json").write_text((folder / "manifest.json").read_text())

    out = tmp_path / "kept"
    monkeypatch.setattr(module, "_write", slow)
    module._prepare(study, out, "f", None, {})
    assert [path.name for path in out.iterdir()] == ["manifest.json"]
    assert not list(tmp_path.glob(".kept*"))


def test_a_folder_without_a_study_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StudyError):
        open_study(tmp_path / "nowhere")


def test_data_that_carry_no_instant_need_a_declared_end(tmp_path: Path) -> None:
    files = {"customers.csv": "customer_id\nC1\n"}
    write_study(tmp_path / "s", files, CUSTOMERS)
    with pytest.raises(DataError, match="the end of the data is not known"):
        open_study(tmp_path / "s")
    write_study(tmp_path / "s", files, CUSTOMERS, data_until="2025-04-01")
    assert open_study(tmp_path / "s").tables == ("customers",)


def test_parts_hold_whole_customers_and_every_row_once(tmp_path: Path) -> None:
    log = pl.LazyFrame(
        {
            "customer_id": [f"C{i % 7}" if i % 5 else None for i in range(200)],
            "interaction_id": [f"I{i}" for i in range(200)],
        }
    )
    parts = [part.collect() for part in split_by_customer(log, 4)]
    assert sum(part.height for part in parts) == 200
    homes = pl.concat(part.select("customer_id").unique() for part in parts)
    assert homes.drop_nulls().is_unique().all()
    assert next(split_by_customer(log, 1)) is log
