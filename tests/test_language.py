"""Everything a stakeholder reads exists in each language, and nothing else is in the catalogue."""

import string
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from cxresearch.errors import ParameterError
from cxresearch.language import LOCALES, format_value, message, translations

METHODS = [
    ("cxresearch/**.py", "python"),
    ("cxresearch/report/templates/**", "jinja2"),
    ("notebooks/**.ipynb", "cxresearch.language:extract_notebook"),
]


def _sentences(root: Path) -> set[str]:
    keywords = {"message": None, "mark": None, "_": None}
    found = extract_from_dir(root, METHODS, keywords=keywords, directory_filter=_wanted)
    return {key for _, _, key, _, _ in found if isinstance(key, str)}


def _wanted(path: str) -> bool:
    return not Path(path).name.startswith((".", "tests", "benchmarks", "reports", "data"))


@pytest.fixture(scope="module")
def catalogue():
    with (LOCALES / "it" / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale="it")


def test_every_sentence_is_translated(root, catalogue):
    translated = {entry.id for entry in catalogue if entry.id and entry.string}
    assert sorted(_sentences(root) - translated) == []


def test_no_entry_of_the_catalogue_is_unused(root, catalogue):
    entries = {entry.id for entry in catalogue if entry.id}
    assert sorted(entries - _sentences(root)) == []
    assert not catalogue.obsolete


def test_no_translation_is_fuzzy(catalogue):
    assert [entry.id for entry in catalogue if entry.fuzzy and entry.id] == []


def test_a_translation_names_the_same_places_as_its_source(catalogue):
    def places(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    wrong = [
        entry.id for entry in catalogue if entry.id and places(entry.id) != places(entry.string)
    ]
    assert wrong == []


SIX = datetime(2025, 11, 3, 6, tzinfo=UTC)
WRITTEN = [
    (12345, "count", "12,345", "12.345"),
    (31.4, "points", "31", "31"),
    (-3.61, "signed1", "−3.6", "−3,6"),
    (6, "signed", "+6", "+6"),
    (-0.2, "signed", "0", "0"),
    (0.4237, "share", "42%", "42%"),
    (-0.123, "gap", "−12", "−12"),
    (4.2, "score", "4.20", "4,20"),
    (date(2025, 11, 3), "day", "3 November 2025", "3 novembre 2025"),
    ("2025-11-03", "day", "3 November 2025", "3 novembre 2025"),
    ("2025-10", "period", "October 2025", "ottobre 2025"),
    ("2025-Q3", "period", "Q3 2025", "3° trimestre 2025"),
    ("2025", "period", "2025", "2025"),
    (
        "2024-11-01/2025-11-01",
        "period",
        "November 2024 – October 2025",
        "novembre 2024 – ottobre 2025",
    ),
    (
        "2025-10-06/2025-10-13",
        "period",
        "6 October 2025 – 12 October 2025",
        "6 ottobre 2025 – 12 ottobre 2025",
    ),
    (SIX, "datetime", "3 November 2025 06:00", "3 novembre 2025 06:00"),
    ((410_000, "EUR"), "money", "€410,000", "410.000 €"),
    (["a", "b", "c"], "list", "a, b and c", "a, b e c"),
    (None, "count", "–", "–"),
    (float("nan"), "share", "–", "–"),
    ({"en": "Desk", "it": "Sportello"}, "", "Desk", "Sportello"),
]


@pytest.mark.parametrize(("value", "spec", "english", "italian"), WRITTEN)
def test_each_language_writes_a_value_in_its_own_way(value, spec, english, italian):
    written = [
        format_value(value, spec, language).replace("\xa0", " ") for language in ("en", "it")
    ]
    assert written == [english, italian]


def test_a_message_within_a_message_is_in_the_same_language():
    outer = message("{what}: {n:count}", what=message("{n:count}", n=1000), n=1000)
    assert outer.in_language("it") == "1.000: 1.000"


def test_markup_and_braces_in_a_value_stay_text():
    hostile = "{{ 7*7 }} {0.__class__} <script>"
    assert message("{label}", label=hostile).in_language("en") == hostile


def test_an_unknown_format_or_language_is_refused_with_those_known():
    with pytest.raises(ParameterError, match="points"):
        format_value(1, "pionts", "en")
    with pytest.raises(ParameterError, match="en, it"):
        translations("de")
