"""The made set of comments: what is found, what is taken wrongly, what must survive."""

import re

import pytest

from tests.redacted import Score, plant, read_planted, redact_planted, score

CHECKED = ("iban", "fiscal code", "vat number", "card", "email")
LANGUAGES = ("it", "en")
SURVIVE = {
    "an amount": r"(?:[€$£] ?)?\d+(?:[.,]\d{3})*[.,]\d\d(?: ?(?:€|euro|\$))?",
    "a date": r"\b\d{1,2}[/.-]\d{1,2}[/.-](?:20)\d\d\b",
    "a time": r"\b\d{1,2}:\d\d\b",
    "a train or flight": r"\b(?:Frecciarossa|regionale|treno|train|Train|Flight|flight|volo|Volo)"
    r" (?:[A-Z]{2} ?)?\d{3,5}\b",
    "a share": r"\d+(?:[.,]\d+)?%",
    "a year": r"\b(?:nel|dal|in|since|from|From) (?:19|20)\d\d\b",
}


@pytest.fixture(scope="module")
def judged() -> dict[str, Score]:
    """Both languages, redacted once."""
    made = {language: read_planted(language) for language in LANGUAGES}
    return {name: score(lines, redact_planted(lines, name)) for name, lines in made.items()}


def test_the_tags_of_a_made_comment_become_places() -> None:
    text, kinds, places = plant("a <phone>12</phone> b")
    assert text == "a 12 b"
    assert kinds == [None, None, "phone", "phone", None, None]
    assert places == [(2, 4, "phone")]


def test_the_judge_counts_what_is_missed_and_what_is_taken_wrongly() -> None:
    made = [plant("<name>Ann</name> in Rome"), plant("call <phone>12 34</phone>")]
    result = score(made, ["Ann in [address 1]", "call [phone 1] 34"])
    assert result.recall("name", "phone") == 0
    assert dict(result.right) == {"address": 0, "phone": 1}
    assert result.precision() == 0.5


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_set_is_large_enough_and_a_third_of_it_is_clean(language: str) -> None:
    made = read_planted(language)
    assert len({one.text for one in made}) >= 400
    assert sum(not one.places for one in made) / len(made) >= 0.35


@pytest.mark.parametrize("language", LANGUAGES)
def test_checked_numbers_and_mail_addresses_are_found(
    judged: dict[str, Score], language: str
) -> None:
    assert judged[language].recall(*CHECKED) >= 0.98, judged[language].faults


@pytest.mark.parametrize("language", LANGUAGES)
def test_telephone_numbers_are_found(judged: dict[str, Score], language: str) -> None:
    assert judged[language].recall("phone") >= 0.95, judged[language].faults


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_are_found(judged: dict[str, Score], language: str) -> None:
    assert judged[language].recall("name") >= 0.85, judged[language].faults


@pytest.mark.parametrize("part", ["fourth", "fifth"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_names_near_a_cue_are_found_and_other_capitals_stay(language: str, part: str) -> None:
    made = read_planted(language, part)
    assert sum(not one.places for one in made) >= 40
    result = score(made, redact_planted(made, language))
    assert result.recall("name") >= 0.85, result.faults
    assert result.precision() >= 0.97, result.faults


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_without_a_cue_are_mostly_found(language: str) -> None:
    made = [
        one
        for part in ("fourth without cues", "fifth without cues")
        for one in read_planted(language, part)
    ]
    assert score(made, redact_planted(made, language)).recall("name") >= 0.75


@pytest.mark.parametrize("language", LANGUAGES)
def test_addresses_and_order_numbers_are_found(judged: dict[str, Score], language: str) -> None:
    assert judged[language].recall("address", "order") >= 0.90, judged[language].faults


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_removed_was_personal(judged: dict[str, Score], language: str) -> None:
    assert judged[language].precision() >= 0.97, judged[language].faults


@pytest.mark.parametrize("what", SURVIVE)
@pytest.mark.parametrize("language", LANGUAGES)
def test_harmless_numbers_survive(language: str, what: str) -> None:
    made = read_planted(language)
    n = 0
    for one, shown in zip(made, redact_planted(made, language), strict=True):
        for met in re.finditer(SURVIVE[what], one.text):
            if not any(one.kinds[met.start() : met.end()]):
                n += 1
                assert met[0] in shown, (met[0], shown)
    assert n >= 3


def test_a_wrong_checksum_without_a_cue_is_left() -> None:
    lines = [one for one in read_planted("it", "first") if "non significa nulla" in one.text]
    assert lines
    assert redact_planted(lines, "it") == [one.text for one in lines]
