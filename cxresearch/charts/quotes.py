"""How are customers quoted? In their own words, redacted, with what is known of each quote.

The unit is one comment. Its text is shown as it was written, escaped, marked with its language and
cut after `LONGEST` characters; beneath stand touchpoint, date and the id of the record. Quotes are
examples: how many think so stands in the charts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

import polars as pl

from cxresearch.charts.answer import Note, show_note
from cxresearch.charts.marks import Labels
from cxresearch.charts.table import MIME
from cxresearch.errors import require_columns
from cxresearch.language import LANGUAGES, Message, format_value, in_every_language, mark, message

LONGEST = 320
"""Letters after which a quote is cut."""

TONES = {
    "negative": mark("negative tone"),
    "positive": mark("positive tone"),
    "mixed": mark("mixed tone"),
    "neutral": mark("neutral tone"),
    "unknown": mark("unknown tone"),
}
_POLARITY = {"negative": "bad", "positive": "good"}


@dataclass(frozen=True)
class Quotes:
    """Quotes in groups, each with its source.

    Parameters
    ----------
    name
        Short and unique on its page.
    title, subtitle
        What they are; how they were chosen.
    table
        `response_id`, `comment`, `language`, `at`, `touchpoint`, `label` and the column `by`, in
        the order to show.
    by
        The column of groups.
    labels
        Names of groups and of touchpoints by language, `{column: {id: {language: text}}}`.
    language
        The language of JupyterLab's display.
    """

    name: str
    title: Message
    subtitle: Message
    table: pl.DataFrame
    by: str
    labels: Mapping[str, Labels]
    language: str = "en"

    def content(self, language: str) -> dict[str, Any]:
        """Title, subtitle and the groups of quotes, what stands beneath them in `language`."""
        groups = [
            {
                "name": self._called(self.by, group, language),
                "quotes": [self._quote(row, language) for row in rows.rows(named=True)],
            }
            for (group,), rows in self.table.group_by([self.by], maintain_order=True)
        ]
        return {
            "title": self.title.in_language(language),
            "subtitle": self.subtitle.in_language(language),
            "groups": groups,
        }

    def _quote(self, row: Mapping[str, Any], language: str) -> dict[str, Any]:
        tone = in_every_language(TONES).get(row["label"] or "unknown", {})
        place = (
            ""
            if self.by == "touchpoint"
            else self._called("touchpoint", row["touchpoint"], language)
        )
        return {
            "text": row["comment"],
            "lang": row["language"] or "",
            "tone": tone.get(language, ""),
            "polarity": _POLARITY.get(row["label"] or "", "neutral"),
            "place": place,
            "at": format_value(row["at"].date(), "day", language) if row["at"] else "",
            "id": row["response_id"],
        }

    def _called(self, column: str, value: Any, language: str) -> str:
        if value is None:
            return ""
        return format_value(self.labels.get(column, {}).get(value, str(value)), "", language)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        shown = self.content(self.language)
        cards = [
            f"<h5>{escape(group['name'])}</h5>"
            + "".join(
                f'<blockquote dir="auto" lang="{escape(quote["lang"])}">{escape(quote["text"])}'
                f"</blockquote><p><small>{escape(_beneath(quote))}</small></p>"
                for quote in group["quotes"]
            )
            for group in shown["groups"]
        ]
        head = f"<h4>{escape(shown['title'])}</h4><p>{escape(shown['subtitle'])}</p>"
        return {
            "text/plain": shown["title"],
            "text/html": head + "".join(cards),
            MIME: {
                "kind": "quotes",
                "name": self.name,
                "languages": {language: self.content(language) for language in LANGUAGES},
            },
        }


def show_quotes(
    quotes: pl.DataFrame,
    *,
    by: str,
    name: str,
    title: Message,
    subtitle: Message,
    labels: Mapping[str, Labels] | None = None,
    language: str = "en",
) -> Quotes | Note:
    """Quotes in the order of the table, those of one group together.

    Parameters
    ----------
    quotes
        As `models.quotes.choose_quotes` returns them.
    by, name, title, subtitle, labels
        As in `Quotes`.

    Raises
    ------
    DataError
        A column is missing.
    """
    require_columns(quotes, by, "response_id", "comment", "language", "at", "touchpoint", "label")
    if quotes.is_empty():
        nothing = message("No comment can be quoted here.")
        return show_note(nothing, tone="missing", language=language)
    text = pl.col("comment")
    cut = pl.when(text.str.len_chars() > LONGEST).then(
        pl.concat_str(text.str.slice(0, LONGEST).str.replace(r"\s+\S*$", ""), pl.lit(" …"))
    )
    shown = quotes.with_columns(cut.otherwise(text).alias("comment"))
    return Quotes(name, title, subtitle, shown, by, labels or {}, language)


def _beneath(quote: Mapping[str, str]) -> str:
    parts = (quote["tone"], quote["place"], quote["at"], quote["id"])
    return " · ".join(part for part in parts if part)
