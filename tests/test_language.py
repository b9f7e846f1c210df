"""Everything a stakeholder reads exists in each language, and nothing else is in the catalogue."""

import ast
import re
import string
from collections.abc import Iterator
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po
from jinja2 import Environment, nodes

from cxresearch.errors import ParameterError
from cxresearch.language import FORMATS, LANGUAGES, LOCALES, format_value, message, translations
from cxresearch.language import Message as Sentence
from cxresearch.report.typeset import TEMPLATES


def _sentences(root: Path) -> set[str]:
    with (root / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)
    keywords = {"message": None, "mark": None, "_": None}
    found = extract_from_dir(
        root, methods, options, keywords=keywords, directory_filter=_may_hold_sentences
    )
    return {key for _, _, key, _, _ in found if isinstance(key, str)}


def _may_hold_sentences(path: str) -> bool:
    return not Path(path).name.startswith((".", "tests", "benchmarks", "reports", "data"))


@pytest.fixture(scope="module")
def sentences(root) -> set[str]:
    return _sentences(root)


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    with (LOCALES / "it" / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale="it")


@pytest.fixture(scope="module")
def entries(catalogue) -> list[Message]:
    return [entry for entry in catalogue if entry.id]


def test_every_sentence_is_translated(sentences, entries):
    translated = {entry.id for entry in entries if entry.string}
    assert sorted(sentences - translated) == []


def test_no_entry_of_the_catalogue_is_unused(sentences, entries, catalogue):
    assert sorted({entry.id for entry in entries} - sentences) == []
    assert not catalogue.obsolete


def test_sentences_come_from_code_from_templates_and_from_notebooks(sentences):
    """Else an extractor that finds nothing would leave nothing to translate."""
    for known in ("Net Promoter Score", "Download CSV", "## Who does not answer?"):
        assert known in sentences


def _computed_keys(tree: ast.AST) -> list[str]:
    """Calls of `message` and `mark` that put their text together, where Babel cannot read it.

    A bare name may hold a text that is marked where it is written.
    """
    called = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args)
    named = (node for node in called if getattr(node.func, "id", "") in ("message", "mark"))
    readable = ast.Constant | ast.Name
    return [ast.unparse(node) for node in named if not isinstance(node.args[0], readable)]


def test_every_sentence_is_written_out_where_it_is_said(root):
    sources = [path.read_text("utf-8") for path in (root / "cxresearch").rglob("*.py")]
    assert [call for source in sources for call in _computed_keys(ast.parse(source))] == []
    assert _computed_keys(ast.parse("message(f'{n}'); mark('n')")) == ["message(f'{n}')"]


def test_no_translation_is_fuzzy(entries):
    assert [entry.id for entry in entries if entry.fuzzy] == []


def _places(text: str) -> set[tuple[str, str]]:
    return {(name, spec or "") for _, name, spec, _ in string.Formatter().parse(text) if name}


def test_a_translation_has_the_same_places_written_the_same_way_as_its_source(entries):
    assert [entry.id for entry in entries if _places(entry.id) != _places(entry.string)] == []


def test_every_place_is_written_in_a_known_format(entries):
    specs = {spec for entry in entries for _, spec in _places(entry.id)}
    assert specs - {""} <= FORMATS.keys()


DUMMIES: dict[str, Any] = {
    "": "X",
    "day": date(2025, 11, 8),
    "datetime": datetime(2025, 11, 8, 6, tzinfo=UTC),
    "period": "2025-10",
    "short_period": "2025-10",
    "than_period": "2025-10",
    "money": (410_000, "EUR"),
    "list": ["X", "Y"],
}
"""A value for each format that does not write numbers."""


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_can_be_written_with_its_values(entries, language):
    for entry in entries:
        values = {name: DUMMIES.get(spec, 0.5) for name, spec in _places(entry.id)}
        written = Sentence(entry.id, values).in_language(language)
        assert written.strip(), entry.id
        assert not {"{", "}"} & set(written), entry.id


SAME_IN_BOTH = {
    "Net Promoter Score",
    "Employee Net Promoter Score",
    "Notebook",
    "customer experience",
}
"""What Italians call by its English name."""


def test_a_translation_is_not_its_source(entries):
    same = {entry.id for entry in entries if entry.id == entry.string}
    only_places = {key for key in same if not re.search(r"[a-z]{2}", re.sub(r"{[^}]*}", "", key))}
    assert sorted(same - only_places - SAME_IN_BOTH) == []


def test_a_translation_is_spaced_and_marked_up_as_its_source(entries):
    def frame(text: str) -> tuple[str, str, str]:
        """Spaces and heading marks before, spaces behind, the last sign of a sentence."""
        before = re.match(r"[\s#]*", text)[0]
        return before, text[len(text.rstrip()) :], re.search(r"[.?:]?$", text.rstrip())[0]

    assert [entry.id for entry in entries if frame(entry.id) != frame(entry.string)] == []
    doubled = [text for entry in entries for text in (entry.id, entry.string) if "  " in text]
    assert doubled == []


ARTICLE = r"(?:\b(?:il|lo|la|i|gli|le|(?:a|da|de|ne|su)(?:l|llo|lla|i|gli|lle))\s+|l')"


def test_no_italian_article_stands_before_a_figure_that_may_need_another(entries):
    """The 8 % is "l'8%", the 7 % "il 7%": a sentence with a place must not choose."""
    spoken = [spec for spec in FORMATS if spec in ("share", "share1", "day", "datetime", "period")]
    wrong = re.compile(rf"{ARTICLE}{{\w+:(?:{'|'.join(spoken)})}}", re.IGNORECASE)
    assert [entry.string for entry in entries if wrong.search(entry.string)] == []


def test_no_italian_sentence_begins_with_a_month(entries):
    """Months are lower-case in Italian."""
    begins = re.compile(r"(?:^|[.?!] ){\w+:(?:short_)?period}")
    assert [entry.string for entry in entries if begins.search(entry.string)] == []


def test_italian_quotes_as_italians_do(entries):
    """Guillemets; a straight sign only as apostrophe, after a letter."""
    wrong = re.compile(r"[\"“”„]|(?<![\w}])'")
    assert [entry.string for entry in entries if wrong.search(entry.string)] == []


READ_ATTRIBUTES = {"alt", "aria-label", "aria-description", "content", "placeholder", "title"}
WRITTEN_ALIKE = {"English", "Italiano"}
"""A language is named in itself."""


class _Words(HTMLParser):
    """Collect what a reader would see or hear of a page: text, and attributes read aloud."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = tag
        if tag != "meta":
            self.found += [value for name, value in attrs if value and name in READ_ATTRIBUTES]

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside not in ("style", "script"):
            self.found.append(data)


NOT_PRINTED = ("test", "iter", "target", "args", "kwargs", "arg", "key", "template", "defaults")
"""Parts of a template's nodes that decide or are handed on; what `message` is told is one."""


def _literals(node: nodes.Node) -> Iterator[str]:
    """The text of a template, and the constants it prints without `message`."""
    if isinstance(node, nodes.TemplateData):
        yield node.data
    elif isinstance(node, nodes.Const) and node.value not in WRITTEN_ALIKE:
        yield f" {node.value} "
    for part in node.iter_child_nodes(exclude=NOT_PRINTED):
        yield from _literals(part)


def _hard_coded(template: str) -> list[str]:
    parser = _Words()
    parser.feed("".join(_literals(Environment(autoescape=True).parse(template))))
    parser.close()
    return [" ".join(text.split()) for text in parser.found if re.search(r"[^\W\d_]", text)]


@pytest.mark.parametrize("path", sorted(TEMPLATES.glob("*.j2")), ids=lambda path: path.name)
def test_no_template_speaks_english_by_itself(path):
    assert _hard_coded(path.read_text(encoding="utf-8")) == []


def test_words_outside_message_are_found_wherever_a_reader_meets_them():
    template = """
    <style>p{color:red}</style><p class="small" aria-label="Heard">Seen {{ message("Told") }}</p>
    {% if stopped %}{{ "Printed" if a == "b" else "Else" }}{% endif %}<a href="{{ page }}">·</a>
    """
    assert _hard_coded(template) == ["Heard", "Seen", "Printed Else"]


@pytest.mark.parametrize("name", ["page.css", "page.js"])
def test_style_and_script_put_no_words_on_the_page(name):
    text = re.sub(r"/\*.*?\*/", "", (TEMPLATES / name).read_text("utf-8"), flags=re.DOTALL)
    assert re.findall(r"content:\s*[\"'][^\"']*[a-z]{2}", text) == []
    assert re.findall(r"(?:textContent|innerText|innerHTML|title)\s*=[^=]", text) == []


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
    ("2025-10", "than_period", "October 2025", "a ottobre 2025"),
    ("2025", "than_period", "2025", "al 2025"),
    ("2025-Q3", "than_period", "Q3 2025", "al 3° trimestre 2025"),
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
