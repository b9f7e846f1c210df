"""Checking: good rows pass, broken rows are told by file, row, column and value, none is lost."""

import random
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxresearch.contract import build_schema
from cxresearch.intake import Verdict, check_study
from cxresearch.intake.build import Built, build_tables
from cxresearch.intake.check import build_rules
from tests.small_studies import ANSWERS, HEADER, answers, with_more, write_study

CUSTOMERS = {"table": "customers", "files": "customers.csv"}
LINKED = with_more(columns={**ANSWERS["columns"], "customer_id": "who"})
LOG = {"table": "interactions", "files": "log.csv"}


def build(folder: Path, content: str, **keys: object) -> Built:
    return build_tables(write_study(folder, {"answers.csv": content}, **keys))


def warned(verdict: Verdict) -> list[str]:
    return verdict.warnings["warning"].to_list()


def test_every_broken_rule_is_a_line_with_its_place_and_value(tmp_path: Path) -> None:
    built = build(tmp_path, HEADER + "R1,9,2025-03-01\nR2,x,soon\n" + answers(3, start=5))
    assert built.quarantine.select("file", "row", "column", "value", "rule").rows() == [
        ("answers.csv", 2, "score", "9", "score_on_scale"),
        ("answers.csv", 3, "at", "soon", "at|dtype"),
        ("answers.csv", 3, "score", "x", "score|dtype"),
    ]
    assert built.verdict.conservation.row(0)[2:] == (5, 5, 3, 2)


def test_an_unreadable_value_is_not_called_empty_as_well(tmp_path: Path) -> None:
    built = build(tmp_path, HEADER + "R1,4,soon\nR2,4,\n" + answers(2, start=5))
    assert built.quarantine["rule"].to_list() == ["at|dtype", "at|nullability"]


def test_a_code_outside_the_scale_brings_the_line_that_maps_it(tmp_path: Path) -> None:
    content = HEADER + answers(50) + "X1,11,2025-03-01\nX2,11,2025-03-01\n"
    verdict = build(tmp_path, content).verdict
    assert "codes_outside_scale" in warned(verdict)
    assert "values: {score: {'11': null}}" in verdict.messages("warning")[0].in_language("en")


def test_unknown_customers_are_quarantined_or_made_anonymous_as_declared(tmp_path: Path) -> None:
    files = {
        "customers.csv": "customer_id\nC1\n",
        "answers.csv": "id,vote,when,who\n"
        "R1,4,2025-03-01,C1\nR2,4,2025-03-01,C9\nR3,4,2025-03-01,\n",
    }
    strict = build_tables(write_study(tmp_path / "a", files, CUSTOMERS, LINKED))
    assert strict.tables["responses"]["response_id"].to_list() == ["R1", "R3"]
    assert strict.quarantine.select("row", "value", "rule").rows() == [
        (3, "C9", "unknown_customer")
    ]
    open_ = build_tables(
        write_study(tmp_path / "b", files, CUSTOMERS, LINKED, unknown_customers="anonymous")
    )
    assert open_.tables["responses"]["customer_id"].to_list() == ["C1", None, None]
    assert open_.set_aside.select("row", "value", "rule").rows() == [(3, "C9", "unknown_customer")]
    assert "link_set_aside" in warned(open_.verdict)


def test_without_a_customers_table_no_customer_is_unknown(tmp_path: Path) -> None:
    content = "id,vote,when,who\nR1,4,2025-03-01,C1\n"
    built = build_tables(write_study(tmp_path, {"answers.csv": content}, LINKED))
    assert built.tables["responses"]["customer_id"].to_list() == ["C1"]


def test_an_answer_to_an_unknown_interaction_is_kept_without_it(tmp_path: Path) -> None:
    source = with_more(columns={**ANSWERS["columns"], "interaction_id": "contact"})
    log = (
        "interaction_id,at,kind,direction,touchpoint,channel\n"
        "I1,2025-03-01,contact,inbound,desk,shop\n"
    )
    content = "id,vote,when,contact\nR1,4,2025-03-02,I1\nR2,4,2025-03-02,I9\n"
    files = {"log.csv": log, "answers.csv": content}
    built = build_tables(write_study(tmp_path, files, LOG, source))
    assert built.tables["responses"]["interaction_id"].to_list() == ["I1", None]
    assert built.set_aside["value"].to_list() == ["I9"]
    assert built.quarantine.height == 0


def test_copies_are_told_across_files_and_the_first_is_kept(tmp_path: Path) -> None:
    files = {"m1.csv": HEADER + "R1,4,2025-03-01\n", "m2.csv": HEADER + "R1,4.0,2025-03-01 00:00\n"}
    built = build_tables(write_study(tmp_path, files, with_more(files="m*.csv")))
    assert built.tables["responses"].height == 1
    assert built.quarantine.select("file", "rule").rows() == [("m2.csv", "exact_duplicate")]


def test_answers_without_ids_are_never_taken_for_copies(tmp_path: Path) -> None:
    source = with_more(columns={"score": "vote", "at": "when"})
    content = "vote,when\n4,2025-03-01\n4,2025-03-01\n"
    built = build_tables(write_study(tmp_path, {"answers.csv": content}, source))
    assert built.tables["responses"].height == 2
    assert built.tables["responses"]["respondent_id"].n_unique() == 2


def test_a_good_row_and_an_unreadable_one_of_the_same_id_are_a_conflict(tmp_path: Path) -> None:
    built = build(tmp_path, HEADER + "R1,,2025-03-01\nR1,x,2025-03-01\n" + answers(1, start=5))
    assert built.tables["responses"].height == 1
    assert built.quarantine.select("row", "rule").rows() == [
        (2, "primary_key"),
        (3, "primary_key"),
        (3, "score|dtype"),
    ]


def test_the_rules_evaluated_are_those_of_the_schema(tmp_path: Path) -> None:
    """The one-pass evaluation and `Schema.filter` reject the same rows for the same reasons."""
    rng = random.Random(0)  # noqa: S311
    n = 300
    schema = build_schema("responses")

    def some(values: list[object]) -> list[object]:
        return [rng.choice(values) for _ in range(n)]

    moment = datetime(2025, 3, 1, tzinfo=UTC)
    rows = pl.DataFrame(
        {
            "response_id": [f"R{i}" for i in range(n)],
            "respondent_id": some(["a", "b", "", None]),
            "at": some([moment, moment, None]),
            "voice": some(["customer", "employee", "nobody"]),
            "metric": some(["nps", "csat", "net", None]),
            "score": some([None, 0.0, 4.5, 9.0, 11.0, float("nan"), float("inf")]),
            "scale_min": some([None, 0.0, 1.0]),
            "scale_max": some([5.0, 10.0]),
            "high_is": some(["good", "good", "bad", None]),
            "weight": some([None, 1.0, -1.0]),
        },
        schema_overrides={
            name: column.dtype
            for name, column in schema.columns().items()
            if name in ("at", "score", "scale_min", "scale_max", "weight")
        },
    )
    rows = rows.with_columns(
        pl.lit(None, dtype=column.dtype).alias(name)
        for name, column in schema.columns().items()
        if name not in rows.columns
    ).select(schema.column_names())
    _, failure = schema.filter(rows)
    rules = build_rules("responses", write_study(tmp_path, {"answers.csv": HEADER}), None)
    counts = rows.select((~rule).sum().alias(name) for name, rule in rules.items()).row(
        0, named=True
    )
    assert {name: n for name, n in counts.items() if n} == failure.counts()
    assert len(failure.counts()) > 8


CELLS = st.sampled_from(["1", "5", "3.5", "6", "", "x", "4,0", " 2 ", "nan"])
DAYS = st.sampled_from(["2025-03-01", "2025-03-02 10:00", "1899-12-30", "2025-02-30", "", "later"])
IDS = st.sampled_from(["R1", "R2", "R3", "R4", "R5", ""])
WHO = st.sampled_from(["C1", "C2", "C9", ""])
ROWS = st.lists(st.tuples(IDS, CELLS, DAYS, WHO, st.booleans()), min_size=1, max_size=12)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(rows=ROWS, split=st.integers(0, 12), anonymous=st.booleans())
def test_whatever_comes_no_row_is_lost_and_what_passes_keeps_the_contract(
    rows: list[tuple[str, str, str, str, bool]], split: int, anonymous: bool
) -> None:
    lines = [
        ",".join([i, f'"{v}"', d, w]) + (",extra" if is_long else "")
        for i, v, d, w, is_long in rows
    ]
    head = "id,vote,when,who\n"
    files = {
        "customers.csv": "customer_id\nC1\nC2\n",
        "m1.csv": head + "".join(f"{line}\n" for line in lines[:split]) + "A1,4,2025-03-01,C1\n",
        "m2.csv": head + "".join(f"{line}\n" for line in lines[split:]) + "A2,4,2025-03-01,C1\n",
    }
    with TemporaryDirectory() as folder:
        study = write_study(
            Path(folder),
            files,
            CUSTOMERS,
            {**LINKED, "files": "m*.csv"},
            unknown_customers="anonymous" if anonymous else "quarantine",
        )
        built = build_tables(study)
    table = built.tables["responses"]
    row = built.verdict.conservation.row(1, named=True)
    quarantined = built.quarantine.select("file", "row").n_unique()
    assert row["n_mapped"] == len(rows) + 2 == table.height + quarantined
    assert row["n_accepted"] == table.height
    assert row["n_quarantined"] == quarantined
    assert build_schema("responses").is_valid(table)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(rows=st.lists(st.tuples(st.sampled_from("ABC"), st.integers(1, 3)), max_size=12))
def test_copies_and_conflicts_are_those_a_naive_loop_finds(rows: list[tuple[str, int]]) -> None:
    content = HEADER + "Z,4,2025-03-01\n" + "".join(f"{i},{v},2025-03-01\n" for i, v in rows)
    with TemporaryDirectory() as folder:
        built = build(Path(folder), content)
    seen: set[tuple[str, int]] = set()
    expected: list[tuple[int, str]] = []
    contents = Counter(i for i, _ in set(rows))
    for number, cell in enumerate(rows, start=3):
        if cell in seen:
            expected.append((number, "exact_duplicate"))
        elif contents[cell[0]] > 1:
            expected.append((number, "primary_key"))
        seen.add(cell)
    assert built.quarantine.select("row", "rule").rows() == expected


@pytest.mark.parametrize(
    ("low", "n_blank", "is_told"),
    [
        ({1: 10, 2: 10, 3: 10}, 10, True),  # ten zeros are missing, ten blanks are there
        ({1: 10, 2: 10, 3: 10}, 1, False),  # too few blanks to hold them
        ({1: 3, 2: 2, 3: 2}, 10, False),  # too few low answers to miss the zeros
    ],
)
def test_zeros_written_as_blanks_are_suspected_only_where_the_numbers_say_so(
    tmp_path: Path, low: dict[int, int], n_blank: int, is_told: bool
) -> None:
    scores = [str(score) for score, n in {**low, 9: 60}.items() for _ in range(n)] + [""] * n_blank
    content = HEADER + "".join(f"R{i},{s},2025-03-01 10:00\n" for i, s in enumerate(scores))
    source = with_more(constants={"metric": "nps"}, scale={"min": 0, "max": 10})
    verdict = check_study(write_study(tmp_path / "no", {"answers.csv": content}, source))
    assert ("zeros_as_blanks" in warned(verdict)) is is_told
    with_zero = content + "Z,0,2025-03-01 10:00\n"
    verdict = check_study(write_study(tmp_path / "yes", {"answers.csv": with_zero}, source))
    assert "zeros_as_blanks" not in warned(verdict)


def test_mixed_time_zones_unused_and_empty_columns_are_told(tmp_path: Path) -> None:
    content = (
        "id,vote,when,language,agent\nR1,4,2025-03-01T10:00:00Z,,x\nR2,4,2025-03-01 10:00,,y\n"
    )
    verdict = build(tmp_path, content).verdict
    assert warned(verdict) == ["mixed_time_zones", "unused_columns", "empty_columns"]
    texts = [message.in_language("en") for message in verdict.messages()]
    assert "at carries a time zone 1 times and none 1 times" in texts[0]
    assert texts[1].endswith("not used: agent.")
    assert texts[2].endswith("hold nothing: language.")


def test_link_coverage_is_a_share_of_rows_and_low_is_a_warning(tmp_path: Path) -> None:
    files = {
        "customers.csv": "customer_id\nC1\n",
        "answers.csv": "id,vote,when,who\nR1,4,2025-03-01 10:00,C1\n"
        + "".join(f"R{i},4,2025-03-01 10:00,\n" for i in range(2, 6)),
    }
    verdict = check_study(write_study(tmp_path, files, CUSTOMERS, LINKED))
    link = verdict.link_coverage.filter(pl.col("link") == "customer_id").row(0, named=True)
    assert (link["n"], link["n_linked"], link["linked_share"]) == (5, 1, 0.2)
    assert "Of 5 rows of responses that come from customers, 1 (20%)" in verdict.messages(
        "warning"
    )[0].in_language("en")


def test_touchpoints_nobody_drew_are_kept_and_told(tmp_path: Path) -> None:
    drawn = {"stages": [{"id": "buy", "label": "Buy"}], "touchpoints": []}
    drawn["touchpoints"] = [{"id": "shop", "label": "Shop", "stage": "buy"}]  # type: ignore[list-item]
    study = write_study(tmp_path, {"answers.csv": HEADER + answers(3)}, experience=drawn)
    built = build_tables(study)
    assert built.tables["responses"]["touchpoint"].unique().to_list() == ["desk"]
    assert "touchpoints_not_drawn" in warned(built.verdict)


def test_reasons_for_leaving_that_nobody_mapped_are_told_by_name(tmp_path: Path) -> None:
    left = "customer_id,left_reason\nC1,price\nC2,price\nC3,rude\nC4,\n"
    for number, mapped in enumerate(({}, {"price": "other"}, {"price": "other", "rude": "other"})):
        folder = tmp_path / str(number)
        study = write_study(
            folder,
            {"customers.csv": left},
            CUSTOMERS,
            left_reasons=mapped,
            data_until="2025-04-01",
        )
        told = check_study(study).messages("note")
        said = " ".join(note.in_language("en") for note in told)
        assert (
            said
            == (
                "Reasons for leaving that left_reasons in study.yml does not map: price and rude "
                "(3 customers). They count as not stated.",
                "Reasons for leaving that left_reasons in study.yml does not map: rude "
                "(1 customers). They count as not stated.",
                "",
            )[number]
        )


def test_an_end_of_data_far_from_the_rest_is_doubted_unless_declared(tmp_path: Path) -> None:
    content = HEADER + answers(60) + "X,4,2052-01-01 10:00\n"
    assert "lonely_end" in warned(build(tmp_path / "a", content).verdict)
    declared = build(tmp_path / "b", HEADER + answers(60), data_until="2025-04-01")
    assert "lonely_end" not in warned(declared.verdict)


def test_days_without_times_are_told(tmp_path: Path) -> None:
    verdict = build(tmp_path, HEADER + "R1,4,2025-03-01\nR2,4,2025-07-01\n").verdict
    assert warned(verdict) == ["days_only"]
