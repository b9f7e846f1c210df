"""What does a notebook answer, in words and in two to four figures?

The unit is one answer: the question, one to three sentences, the figures that carry them, each
with its interval and n. A note says what is missing or doubtful. Nothing is computed here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Literal

from cxresearch.charts.table import MIME
from cxresearch.errors import ParameterError
from cxresearch.language import LANGUAGES, Message, format_value, message

Polarity = Literal["good", "bad", "neutral"]
Tone = Literal["note", "doubt", "missing"]


@dataclass(frozen=True)
class KeyFigure:
    """One figure of a headline.

    Parameters
    ----------
    label
        What it is, with its base where it is a rate.
    estimate
        The value; None where it must not be shown (too few answers), a `Message` where it is words.
    spec
        How it is written, a name in `language.FORMATS`.
    ci_low, ci_high
        The 95 % interval, in the unit of the estimate. Only a count has none.
    n
        How many answers, contacts or customers it rests on.
    counted
        What `n` counts, where a reader would take it for something else.
    change
        What changed, since when, with its interval.
    polarity
        Whether the change is good, bad or neither.
    spark
        The same measure in earlier periods, oldest first; None where it was not measured.

    Raises
    ------
    ParameterError
        An estimate without n or interval.

    Examples
    --------
    >>> nps = KeyFigure(message("Net Promoter Score"), 31.2, "points", 28.1, 34.3, 2140)
    >>> nps.content("it")["value"], nps.content("en")["n"]
    ('31', 'n 2,140')
    """

    label: Message
    estimate: float | int | Message | Sequence[Any] | None
    spec: str = "count"
    ci_low: float | Sequence[Any] | None = None
    ci_high: float | Sequence[Any] | None = None
    n: int | None = None
    change: Message | None = None
    polarity: Polarity = "neutral"
    spark: tuple[float | None, ...] = ()
    counted: Message | None = None

    def __post_init__(self) -> None:
        is_number = isinstance(self.estimate, int | float)
        is_bare = self.n is None or (self.spec != "count" and self.ci_low is None)
        if is_number and self.spec != "count" and is_bare:
            raise ParameterError(
                f"figure '{self.label.in_language('en')}' stands without its n or its interval",
                allowed="an estimate with n, ci_low and ci_high; only a count stands alone",
                next_step="pass n=, ci_low= and ci_high= from the estimate table",
            )

    def content(self, language: str) -> dict[str, Any]:
        """The figure as text in `language`; `spark` stays numbers."""
        return {
            "label": self.label.in_language(language),
            "value": format_value(self.estimate, self.spec, language),
            "interval": self._interval(language),
            "n": self._base(language),
            "change": self.change.in_language(language) if self.change else "",
            "polarity": self.polarity,
            "spark": list(self.spark),
        }

    def _base(self, language: str) -> str:
        if self.n is None:
            return ""
        if self.counted is None:
            return message("n {n:count}", n=self.n).in_language(language)
        text = message("n {n:count} {counted}", n=self.n, counted=self.counted)
        return text.in_language(language)

    def _interval(self, language: str) -> str:
        if self.estimate is None:
            return message("hidden").in_language(language)
        if self.ci_low is None:
            return ""
        low, high = (format_value(x, self.spec, language) for x in (self.ci_low, self.ci_high))
        return message("{low} to {high}", low=low, high=high).in_language(language)


@dataclass(frozen=True)
class Answer:
    """The answer of a notebook: question, sentences, figures."""

    question: Message
    sentences: tuple[Message, ...]
    figures: tuple[KeyFigure, ...] = ()
    language: str = "en"

    def content(self, language: str) -> dict[str, Any]:
        """Everything as text in `language`."""
        return {
            "question": self.question.in_language(language),
            "sentences": [sentence.in_language(language) for sentence in self.sentences],
            "figures": [figure.content(language) for figure in self.figures],
        }

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        shown = self.content(self.language)
        figures = "".join(
            f"<li>{escape(f['label'])}: <b>{escape(f['value'])}</b> "
            f"{escape(' · '.join(filter(None, (f['interval'], f['n'], f['change']))))}</li>"
            for f in shown["figures"]
        )
        text = " ".join(shown["sentences"])
        html = f"<h2>{escape(shown['question'])}</h2><p>{escape(text)}</p><ul>{figures}</ul>"
        return _bundle("answer", self.content, text, html)


def show_answer(
    question: Message,
    *sentences: Message,
    figures: Sequence[KeyFigure] = (),
    language: str = "en",
) -> Answer:
    """Show the answer of a notebook at the top of its page.

    Examples
    --------
    >>> answer = show_answer(message("How do they rate us?"), message("They rate us better."))
    >>> answer.content("en")["sentences"]
    ['They rate us better.']
    """
    return Answer(question, sentences, tuple(figures), language)


@dataclass(frozen=True)
class Note:
    """A line of doubt, or of what would be needed.

    `tone` is `note` (good to know), `doubt` (read with care) or `missing` (not computed, and why).
    """

    text: Message
    tone: Tone = "note"
    language: str = "en"

    def content(self, language: str) -> dict[str, Any]:
        """The text in `language`, and the tone."""
        return {"text": self.text.in_language(language), "tone": self.tone}

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        text = self.text.in_language(self.language)
        return _bundle("note", self.content, text, f"<p><em>{escape(text)}</em></p>")


def show_note(text: Message, *, tone: Tone = "note", language: str = "en") -> Note:
    """Show one line of doubt or of what is missing.

    Examples
    --------
    >>> show_note(message("Too few answers."), tone="missing").content("en")
    {'text': 'Too few answers.', 'tone': 'missing'}
    """
    return Note(text, tone, language)


def _bundle(kind: str, content: Any, text: str, html: str) -> dict[str, Any]:
    languages = {language: content(language) for language in LANGUAGES}
    return {"text/plain": text, "text/html": html, MIME: {"kind": kind, "languages": languages}}
