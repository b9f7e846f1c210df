"""How does a page hand over text to be copied? A few lines as they are, in a fixed width.

The unit is one text, such as a part of a file that readers may paste. It is shown escaped and never
translated; its title and what to do with it are.
"""

from dataclasses import dataclass
from html import escape
from typing import Any

from cxresearch.charts.table import MIME
from cxresearch.language import LANGUAGES, Message


@dataclass(frozen=True)
class Listing:
    """Text to copy, with a title and what to do with it."""

    name: str
    title: Message
    subtitle: Message
    text: str
    language: str = "en"

    def content(self, language: str) -> dict[str, Any]:
        """Title and subtitle in `language`, and the text."""
        return {
            "title": self.title.in_language(language),
            "subtitle": self.subtitle.in_language(language),
            "text": self.text,
        }

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        title = self.title.in_language(self.language)
        return {
            "text/plain": f"{title}\n{self.text}",
            "text/html": f"<h4>{escape(title)}</h4><pre>{escape(self.text)}</pre>",
            MIME: {
                "kind": "listing",
                "name": self.name,
                "languages": {language: self.content(language) for language in LANGUAGES},
            },
        }


def show_listing(
    text: str, *, name: str, title: Message, subtitle: Message, language: str = "en"
) -> Listing:
    """Show `text` as it is, to be copied.

    Examples
    --------
    >>> from cxresearch.language import message
    >>> shown = show_listing("- id: gate", name="patch", title=message("For the map"),
    ...                      subtitle=message("To paste"))
    >>> shown.content("en")["text"]
    '- id: gate'
    """
    return Listing(name, title, subtitle, text, language)
