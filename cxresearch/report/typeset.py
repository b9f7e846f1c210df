"""How does text from data become a page without ever becoming code?

One Jinja environment with escaping on, and the few pieces that must not be escaped: markdown
rendered with raw HTML off, JSON that cannot close its script element, CSV without formulas,
sparklines, and the colours of the theme as CSS. Everything else is text.
"""

import csv
import io
import json
import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup, escape

from cxresearch.charts.theme import TOKENS
from cxresearch.language import Message, format_value, translate
from cxresearch.report.blocks import markdown_blocks

TEMPLATES = Path(__file__).parent / "templates"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def equip(environment: Environment) -> Environment:
    """Give `environment` escaping, our filters and our globals; it is changed and returned."""
    environment.autoescape = True
    environment.undefined = StrictUndefined
    environment.trim_blocks = environment.lstrip_blocks = True
    environment.filters |= {
        "json_script": json_script,
        "csv_uri": csv_uri,
        "spark": draw_spark,
        "highlight_python": highlight_python,
        "script_hash": script_hash,
    }
    environment.globals |= {
        "colours": colour_css(),
        "asset": read_asset,
    }
    return environment


@cache
def environment() -> Environment:
    """The environment of pages that do not come from a notebook."""
    return equip(Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True))


@cache
def read_asset(name: str) -> Markup:
    """A style sheet or script of ours, as it is."""
    return Markup((TEMPLATES / name).read_text(encoding="utf-8"))  # noqa: S704 - our own file


class Words:
    """The page's own words in its language.

    A template calls it `message`, the name by which Babel finds texts:
    ``{{ message("Data until {day:day}", day=...) }}``.
    """

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, key: str, /, **values: Any) -> str:
        return Message(key, values).in_language(self.language)

    def write(self, value: Any, spec: str = "") -> str:
        """One value as a reader of the page's language expects it."""
        return format_value(value, spec, self.language)


@dataclass(frozen=True)
class Heading:
    """A heading of the page, for the contents."""

    level: int
    text: str
    anchor: str


@cache
def _markdown() -> MarkdownIt:
    # Raw HTML is shown as text; pictures could call outside, so only their words are kept.
    parser = MarkdownIt("commonmark", {"html": False, "typographer": False}).enable("table")
    parser.add_render_rule(
        "image", lambda self, tokens, index, options, env: str(escape(tokens[index].content))
    )
    return parser


def translate_markdown(source: str, language: str) -> str:
    """Markdown in `language`, block by block: the block is the unit of the catalogue."""
    return "\n\n".join(translate(block, language) for block in markdown_blocks(source))


def render_markdown(source: str, *, anchor: str = "part") -> tuple[Markup, list[Heading]]:
    """Markdown as HTML, with its headings.

    The first level becomes the second, for a page has one title; raw HTML is shown as text.

    Parameters
    ----------
    anchor
        Beginning of the headings' ids, unique for each call on a page.

    Examples
    --------
    >>> html, headings = render_markdown("## Why <b>", anchor="c3")
    >>> print(html, headings[0].text)
    <h2 id="c3-1">Why &lt;b&gt;</h2>
    Why <b>
    """
    tokens = _markdown().parse(source)
    headings: list[Heading] = []
    for token, inline in pairwise(tokens):
        if token.type == "heading_open":
            level = max(2, int(token.tag[1]))
            headings.append(Heading(level, _plain(inline), f"{anchor}-{len(headings) + 1}"))
            token.tag = f"h{level}"
            token.attrSet("id", headings[-1].anchor)
        elif token.type == "heading_close":
            token.tag = f"h{headings[-1].level}"
    html = _markdown().renderer.render(tokens, _markdown().options, {})
    return Markup(html.strip()), headings  # noqa: S704 - markdown-it escaped it


def _plain(inline: Any) -> str:
    return "".join(child.content for child in inline.children or [])


def json_script(value: Any) -> Markup:
    r"""JSON that cannot end its script element nor begin a comment in it.

    Examples
    --------
    >>> print(json_script("</script>"))
    "\u003c/script\u003e"
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 - nothing in it can end a script element


def neutralise(cell: str) -> str:
    """A cell that a spreadsheet will not run: a formula gets a leading apostrophe, a number none.

    Examples
    --------
    >>> [neutralise(cell) for cell in ("=1+1", "-4.5", "@x", "app")]
    ["'=1+1", '-4.5', "'@x", 'app']
    """
    is_number = re.fullmatch(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", cell) is not None
    return f"'{cell}" if cell.startswith(_FORMULA) and not is_number else cell


def csv_uri(rows: Sequence[Sequence[str]]) -> str:
    """A CSV file as a `data:` address, UTF-8 with the mark that spreadsheets look for."""
    file = io.StringIO()
    csv.writer(file).writerows([neutralise(cell) for cell in row] for row in rows)
    return "data:text/csv;charset=utf-8," + quote("\ufeff" + file.getvalue())


def draw_spark(values: Sequence[float | None], polarity: str = "neutral") -> Markup:
    """A line of earlier values, without axes: the shape only; the figures stand beside it.

    Missing values leave a gap. Fewer than three known values draw nothing.
    """
    known = [value for value in values if value is not None]
    if len(known) < 3:
        return Markup("")
    low, span = min(known), (max(known) - min(known)) or 1.0
    step = 156 / (len(values) - 1)
    points = [
        None if value is None else (2 + index * step, 26 - 22 * (value - low) / span)
        for index, value in enumerate(values)
    ]
    path, pen = "", "M"
    for point in points:
        path += f"{pen}{point[0]:.1f} {point[1]:.1f}" if point else ""
        pen = "L" if point else "M"
    x, y = [point for point in points if point][-1]
    return Markup(
        '<svg class="spark {}" viewBox="0 0 162 30" width="162" height="30" aria-hidden="true">'
        '<path d="{}"/><circle cx="{:.1f}" cy="{:.1f}" r="3"/></svg>'
    ).format(polarity, path, x, y)


def highlight_python(source: str) -> Markup:
    """Python with its words marked up by class, every character of it escaped."""
    from pygments import highlight  # type: ignore[import-untyped]
    from pygments.formatters import HtmlFormatter  # type: ignore[import-untyped]
    from pygments.lexers import PythonLexer  # type: ignore[import-untyped]

    return Markup(highlight(source, PythonLexer(), HtmlFormatter(nowrap=True)))  # noqa: S704


def script_hash(script: str) -> str:
    """What a content security policy names a script by, so that no other script can run."""
    return "sha256-" + b64encode(sha256(script.encode()).digest()).decode()


@cache
def colour_css() -> Markup:
    """The theme's colours as CSS variables for light and dark, and the rules that recolour charts.

    A chart is drawn once, in the light colours; these rules match its marks by those colours.
    """
    light = "".join(f"--{name}:{colour[0]};" for name, colour in TOKENS.items())
    dark = "".join(f"--{name}:{colour[1]};" for name, colour in TOKENS.items())
    marks = "".join(
        f'.chart [{what}="{colour[0]}"]{{{what}:var(--{name})}}'
        for name, colour in TOKENS.items()
        for what in ("fill", "stroke")
    )
    return Markup(  # noqa: S704 - made of our own constants
        f":root{{color-scheme:light;{light}}}"
        f"@media screen and (prefers-color-scheme:dark){{:root{{color-scheme:dark;{dark}}}}}{marks}"
    )
