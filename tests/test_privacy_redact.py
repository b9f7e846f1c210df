"""Redaction of tables: the same value the same number, whatever the order, and what is reported."""

import hashlib
import random
from itertools import pairwise

import polars as pl
import pytest

from cxresearch.errors import DataError
from cxresearch.intake import check_study, open_study, prepare_study
from cxresearch.intake import fingerprint as fingerprints
from cxresearch.privacy import KINDS, REDACTIONS, redact_comments, redact_tables, redaction_sentence
from cxresearch.privacy import redact as module
from cxresearch.privacy.phones import read_phone
from tests.small_studies import ANSWERS, with_more, write_study

SAID = [
    "Write to Anna.Verdi@example.com",
    "anna.verdi@EXAMPLE.com, or 347 123 4567",
    "call +39 347 1234567",
    "call 0039 3471234567 or 347-1234567",
    "I spoke to Mario Rossi",
    "Thanks MARIO ROSSI",
    None,
    "nothing here, 12.50 on 3 May",
]


def redact(*comments: str | None, **options: object) -> list[str | None]:
    table = pl.DataFrame({"comment": comments}, schema={"comment": pl.String})
    return redact_comments(table, **options)["comment"].to_list()  # type: ignore[arg-type]


def number_of(text: str | None) -> str:
    assert text is not None
    return text[text.index("[") : text.index("]") + 1]


def test_the_same_value_has_the_same_number_however_it_is_written() -> None:
    first, second, third, fourth, fifth, sixth, nothing, clean = redact(*SAID, country="IT")
    assert number_of(first) == number_of(second) == "[email 1]"
    assert third == f"call {number_of(third)}"
    assert fourth == f"call {number_of(third)} or {number_of(third)}"
    assert number_of(fifth) == number_of(sixth) == "[name 1]"
    assert nothing is None
    assert clean == SAID[-1]


def test_numbers_are_dense_and_do_not_follow_the_alphabet() -> None:
    made = [f"user{number:03d}@example.com" for number in range(200)]
    numbers = [int(number_of(text)[7:-1]) for text in redact(*made)]
    assert sorted(numbers) == list(range(1, 201))
    later = sum(a < b for a, b in pairwise(numbers))
    assert 70 < later < 130


def test_a_number_changes_when_another_value_comes_so_that_it_cannot_be_guessed() -> None:
    made = [f"user{number:03d}@example.com" for number in range(50)]
    assert redact(*made) != redact(*made, "one.more@example.com")[:50]


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_rows_changes_nothing(seed: int) -> None:
    order = random.Random(seed).sample(range(len(SAID)), len(SAID))  # noqa: S311
    shuffled = redact(*(SAID[place] for place in order), country="IT")
    straight = redact(*SAID, country="IT")
    assert shuffled == [straight[place] for place in order]


@pytest.mark.parametrize("size", [1, 3, 100])
def test_the_number_of_parts_changes_nothing(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    straight = redact(*SAID)
    monkeypatch.setattr(module, "_SLICE", size)
    assert redact(*SAID) == straight


def test_the_same_value_has_the_same_number_in_every_table() -> None:
    tables = {
        "responses": pl.DataFrame({"comment": ["a@example.com", "b@example.com"]}),
        "interactions": pl.DataFrame({"message": ["to b@example.com", "to c@example.com"]}),
    }
    found = redact_tables(tables).tables
    assert found["interactions"]["message"][0] == f"to {found['responses']['comment'][1]}"


def test_the_input_is_left_as_it_was_and_other_columns_stay() -> None:
    table = pl.DataFrame({"id": ["347 1234567"], "comment": ["a@example.com"]})
    before = table.clone()
    assert redact_comments(table)["id"].to_list() == ["347 1234567"]
    assert table.equals(before)


def test_a_table_without_the_column_says_so() -> None:
    with pytest.raises(DataError, match="comment"):
        redact_comments(pl.DataFrame({"text": ["x"]}))


def test_a_redacted_text_is_not_redacted_again() -> None:
    text = "order no. 4500123987, Mario Rossi, 347 1234567, via Roma 12, order [order 1234]"
    once = redact(text, country="IT")
    assert redact(*once, country="IT") == once


def test_words_to_keep_stay() -> None:
    said = ("Mario Rossi in Via Roma 12", "call 02 12345678 or Luca Bianchi", "m.r@acme.example")
    kept = redact(*said, keep=["mario rossi", "Via Roma", "+39 02 12345678"], country="IT")
    assert kept[0] == said[0]
    assert kept[1] == "call 02 12345678 or [name 1]"
    assert kept[2] == "[email 1]"


def test_the_country_tells_how_a_number_is_read() -> None:
    assert read_phone("044 668 18 00", region="CH", has_cue=True) == "+41446681800"
    assert read_phone("347 123 4567", region="IT", has_cue=False) == "+393471234567"
    assert read_phone("07700 900123", region="GB", has_cue=False) == "+447700900123"


@pytest.mark.parametrize(
    "hidden",
    [
        "３４７ １２３４５６７",
        "3\u200b4\u200b7\u200b1\u200b2\u200b3\u200b4\u200b5\u200b6\u200b7",
        "347\u00a0123\u00a04567",
        "347\u2011123\u20114567",
        "347\u2013123\u20134567",
        "\u202a347 1234567\u202c",
        "347\x001234567",
        "٣٤٧ ١٢٣٤٥٦٧",
        "𝟛𝟜𝟟 𝟙𝟚𝟛𝟜𝟝𝟞𝟟",
        "3️⃣4️⃣7️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣",
        "+39 (347) 123.45.67",
    ],
)
def test_signs_that_hide_a_number_do_not(hidden: str) -> None:
    assert redact(f"call {hidden} now", country="IT") == ["call [phone 1] now"]


def test_hidden_mail_addresses_are_found_and_emoji_stay_whole() -> None:
    assert redact("anna\u200b.verdi＠example．com 👨‍👩‍👧")[0] == "[email 1] 👨‍👩‍👧"
    assert redact("a.b&#64;example.com")[0] == "[email 1]"


def test_masks_written_by_a_customer_are_no_masks() -> None:
    assert redact("x \ue000\ue010\ue001 y \ue002 z") == ["x  y  z"]


def test_what_was_removed_is_counted_by_column_and_kind() -> None:
    table = pl.DataFrame({"comment": ["a@example.com b@example.com", "a@example.com", "no", None]})
    found = redact_tables({"responses": table}).redactions
    assert found.schema == pl.Schema(REDACTIONS)
    assert found["kind"].to_list() == list(KINDS)
    assert found.row(0) == ("responses", "comment", "email", 3, 2, 2, 3)
    assert found["n"].sum() == 3


def test_without_texts_there_is_nothing_to_say() -> None:
    empty = pl.DataFrame(schema={"comment": pl.String})
    assert redaction_sentence(redact_tables({"responses": empty}).redactions) is None
    clean = redact_tables({"responses": pl.DataFrame({"comment": ["fine"]})}).redactions
    told = redaction_sentence(clean)
    assert told is not None
    assert told.in_language("en") == "No personal data was found in the 1 texts people wrote."


FILES = {
    "answers.csv": "id,vote,when,said,who\n"
    "R1,4,2025-03-04,write to anna@example.com,\n"
    "R2,2,2025-03-05,Acme Rossi shop was fine,\n"
    "R3,x,2025-03-05,call 347 1234567,\n"
    "R4,4,2025-03-05,ok,,much too long anna@example.com\n",
}
SOURCE = with_more(columns={**ANSWERS["columns"], "comment": "said", "customer_id": "who"})


def test_a_prepared_study_holds_no_raw_comment_anywhere(tmp_path) -> None:
    write_study(tmp_path / "s", FILES, SOURCE, privacy={"country": "IT"})
    tables = prepare_study(tmp_path / "s", tmp_path / "out")
    assert tables.responses is not None
    comments = tables.responses.collect()["comment"].to_list()
    assert comments == ["write to [email 1]", "Acme Rossi shop was fine"]
    for path in (tmp_path / "out").rglob("*"):
        if path.is_file():
            assert b"anna@example.com" not in path.read_bytes(), path
    removed = tables.redactions.filter(pl.col("n") > 0)
    assert removed.rows() == [("responses", "comment", "email", 1, 1, 1, 2)]


def test_the_verdict_says_what_was_removed(tmp_path) -> None:
    study = write_study(tmp_path / "s", FILES, SOURCE)
    told = check_study(study).redacted()
    assert told is not None
    assert "e-mail addresses 1" in told.in_language("en")
    assert "indirizzi e-mail 1" in told.in_language("it")


def test_a_hint_quotes_no_personal_data(tmp_path) -> None:
    lines = "id,vote,when\nR0,4,2025-03-04\n"
    lines += "".join(f"R{number},4,write to anna@example.com\n" for number in range(1, 9))
    study = write_study(tmp_path / "s", {"answers.csv": lines}, with_more())
    told = check_study(study).warnings.filter(pl.col("warning") == "unreadable_dates")
    assert told.height == 1
    assert "write to [email 1]" in told["values"][0]


def test_the_name_of_the_study_and_words_to_keep_are_never_redacted(tmp_path) -> None:
    source = with_more(columns={**ANSWERS["columns"], "comment": "said"})
    lines = "id,vote,when,said\nR1,4,2025-03-04,thanks to Anna Ferri\n"
    write_study(tmp_path / "a", {"answers.csv": lines}, source, privacy={"keep": ["Anna Ferri"]})
    kept = prepare_study(tmp_path / "a", tmp_path / "out").responses
    assert kept is not None
    assert kept.collect()["comment"].to_list() == ["thanks to Anna Ferri"]


def test_other_code_of_redaction_is_another_preparation(monkeypatch, tmp_path) -> None:
    study = write_study(tmp_path / "s", FILES, SOURCE)
    before = fingerprints.fingerprint_study(study, where={})
    read = fingerprints.Path.read_bytes
    monkeypatch.setattr(
        fingerprints.Path,
        "read_bytes",
        lambda path: read(path) + (b"#" if path.name == "names.yml" else b""),
    )
    fingerprints._code.cache_clear()
    after = fingerprints.fingerprint_study(study, where={})
    monkeypatch.undo()
    fingerprints._code.cache_clear()
    assert before != after
    assert fingerprints.fingerprint_study(study, where={}) == before
    assert hashlib.sha256(before.encode()).digest()  # a name for a folder


def test_a_study_opened_twice_reads_the_same_redacted_comments(tmp_path, monkeypatch) -> None:
    (tmp_path / "desk" / "reports").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "desk")
    write_study(tmp_path / "s", FILES, SOURCE)
    first, second = (open_study(tmp_path / "s").responses for _ in range(2))
    assert first is not None
    assert second is not None
    assert first.collect().equals(second.collect())


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("call (555) 123-4567", "call [phone 1]"),
        ("4111 1111 1111 1111", "[card 1]"),
        ("carta n. 4111 1111 1111 1112", "carta n. [card 1]"),
        ("IBAN: IT00X0542811101000000123456", "IBAN: [iban 1]"),
        ("cordiali saluti mario rossi", "cordiali saluti [name 1]"),
        ("mario.rossi @ gmail . com", "[email 1]"),
        ("order total 1200.50", "order total 1200.50"),
        ("Frecciarossa 9632 delle 17:20, 12/05/2024", "Frecciarossa 9632 delle 17:20, 12/05/2024"),
        ("andato via alle 18, via mail 3 volte", "andato via alle 18, via mail 3 volte"),
        ("Santa Maria Novella, Milano Centrale", "Santa Maria Novella, Milano Centrale"),
        ("numero verde 800 123 456", "numero verde 800 123 456"),
        ("12.500.000 euro, 1 234 567 euro", "12.500.000 euro, 1 234 567 euro"),
    ],
)
def test_a_few_texts_to_check_by_eye(said: str, shown: str) -> None:
    assert redact(said, country="IT") == [shown]
