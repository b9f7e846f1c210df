"""What does a chart carry besides its marks?

The unit is one figure: a finding as title, what is drawn as subtitle, a text for those who cannot
see it, the table it is drawn from, and a way to draw it in each language and at two widths. It
computes nothing: the table comes finished from a transform or a model.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import altair as alt
import polars as pl

from cxresearch.charts.table import MIME, Column, tabulate
from cxresearch.charts.theme import NARROW, WIDE, specify
from cxresearch.errors import ParameterError
from cxresearch.language import LANGUAGES, Message

Draw = Callable[[str, int], alt.TopLevelMixin]
"""`draw(language, width)`: the chart without title, its words in `language`, for `width` pixels."""

VEGALITE = "application/vnd.vegalite.v5+json"  # the newest that JupyterLab draws offline


@dataclass(frozen=True)
class Figure:
    """A chart with everything a reader needs to trust it.

    Parameters
    ----------
    name
        Lower-case words joined by hyphens, unique on its page; names the CSV file and the anchor.
    title
        The finding, in a sentence.
    subtitle
        What is drawn: measure, unit, n, period.
    alt
        What a reader who cannot see the chart is told: its kind, and the figures that matter.
    draw
        Draws the chart, see `Draw`. A chart that fills any width ignores the second argument;
        facets and concatenations use it, and a chart may turn when it is below 500.
    table
        The rows the chart is drawn from.
    columns
        What is shown of them beside the chart.
    language
        The language of JupyterLab's display.
    is_headline
        Whether it is the chart that must stand even where scripts are off: one a notebook.

    Raises
    ------
    ParameterError
        The name could not be an anchor.
    """

    name: str
    title: Message
    subtitle: Message
    alt: Message
    draw: Draw
    table: pl.DataFrame
    columns: tuple[Column, ...]
    language: str = "en"
    is_headline: bool = False

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9-]*", self.name):
            raise ParameterError(
                f"figure name '{self.name}' cannot be an anchor",
                allowed="lower-case letters, digits and hyphens, beginning with a letter",
                next_step="name it after what is seen, as in 'score-by-touchpoint'",
            )

    def spec(self, language: str, *, width: int = WIDE) -> dict[str, Any]:
        """The Vega-Lite specification, themed, without title."""
        return specify(self.draw(language, width), language)

    def content(self, language: str) -> dict[str, Any]:
        """Texts, table and specification in `language`; `spec_narrow` only where it differs."""
        spec, narrow = (self.spec(language, width=width) for width in (WIDE, NARROW))
        return {
            "title": self.title.in_language(language),
            "subtitle": self.subtitle.in_language(language),
            "alt": self.alt.in_language(language),
            "spec": spec,
            **({} if narrow == spec else {"spec_narrow": narrow}),
            "table": tabulate(self.table, self.columns, language),
        }

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        languages: dict[str, Any] = {language: self.content(language) for language in LANGUAGES}
        shown = languages[self.language]
        title = {"text": shown["title"], "subtitle": shown["subtitle"], "anchor": "start"}
        return {
            VEGALITE: {**shown["spec"], "title": title},
            "text/plain": shown["alt"],
            MIME: {
                "kind": "figure",
                "name": self.name,
                "is_headline": self.is_headline,
                "languages": languages,
            },
        }
