"""How does every sentence a stakeholder reads exist in each language?

A sentence is a `Message`: an English source text with named places, and raw values. Translation
(gettext) and formatting of numbers and dates (Babel) happen when it is rendered in a language, so
one finding can be read in Italian and in English from the same row.

The English text is the key. The catalogues are `locales/<language>/LC_MESSAGES/messages.po`, read
and compiled in memory. Babel finds the texts by the names `message` and `mark`.
"""

import re
import string
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

from cxresearch.errors import ParameterError

Language = Literal["en", "it"]
LANGUAGES: tuple[Language, ...] = ("en", "it")
LOCALES = Path(__file__).parent / "locales"

# en-GB dates (3 November 2025) suit a European reader; numbers are the same as in en-US.
_BABEL_LOCALE = {"en": "en_GB", "it": "it_IT"}
_MISSING = "–"


@dataclass(frozen=True)
class Message:
    """A sentence that exists in every language.

    Parameters
    ----------
    key
        The English text, with places as in `str.format`: ``{name}`` or ``{name:spec}`` where spec
        is one of `FORMATS`.
    values
        Raw values by name. A value may be text, a number, a date, a `Message`, or a mapping from
        language to text.

    Examples
    --------
    >>> m = message("NPS {estimate:points} of {n:count} answers", estimate=31.2, n=2140)
    >>> m.in_language("en")
    'NPS 31 of 2,140 answers'
    """

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.in_language("en")

    def in_language(self, language: str) -> str:
        """The sentence in `language`, numbers and dates written as that language writes them."""
        return _LocalFormatter(language).vformat(translate(self.key, language), (), self.values)


def message(key: str, /, **values: Any) -> Message:
    """A sentence with its values. The first argument must be a literal, so that Babel finds it."""
    return Message(key, values)


def mark(key: str) -> str:
    """Mark a text for translation where it is declared; it is translated where it is shown."""
    return key


def in_every_language(texts: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Names by id, each in every language, from texts marked where they are declared.

    Examples
    --------
    >>> in_every_language({"nps": "NPS"})
    {'nps': {'en': 'NPS', 'it': 'NPS'}}
    """
    return {
        id_: {language: translate(text, language) for language in LANGUAGES}
        for id_, text in texts.items()
    }


def translate(key: str, language: str) -> str:
    """The text of `key` in `language`, without any values; the key itself where none exists."""
    return translations(language).gettext(key) if key else ""


def check_language(language: str) -> str:
    """Return `language` if it is one we speak.

    Raises
    ------
    ParameterError
        For any other.
    """
    if language not in LANGUAGES:
        raise ParameterError(
            f"language '{language}' is not known",
            allowed=", ".join(LANGUAGES),
            next_step="choose one of these",
        )
    return language


@cache
def translations(language: str) -> NullTranslations:
    """The catalogue of `language`, compiled in memory; English is its own source."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    check_language(language)
    path = LOCALES / language / "LC_MESSAGES" / "messages.po"
    if language == "en" or not path.exists():
        return NullTranslations()
    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)


def format_value(value: Any, spec: str, language: str) -> str:
    """Write one value as a reader of `language` expects it.

    Parameters
    ----------
    value
        The raw value; None and NaN become an en dash.
    spec
        Empty for text, or a name in `FORMATS`.
    language
        `en` or `it`.

    Raises
    ------
    ParameterError
        The spec is not in `FORMATS`.

    Examples
    --------
    >>> format_value(0.4237, "share1", "it"), format_value(-3.6, "signed", "en")
    ('42,4%', '−4')
    >>> format_value("2025-10", "period", "it"), format_value(None, "count", "en")
    ('ottobre 2025', '–')
    """
    if value is None or (isinstance(value, float) and value != value):
        return _MISSING
    if isinstance(value, Message):
        return value.in_language(language)
    if isinstance(value, Mapping):
        return str(value.get(language) or next(iter(value.values()), _MISSING))
    if not spec:
        return str(value)
    if spec not in FORMATS:
        raise ParameterError(
            f"format '{spec}' is not known",
            allowed=", ".join(sorted(FORMATS)),
            next_step="use one of these in the message",
        )
    return FORMATS[spec](value, language)


class _LocalFormatter(string.Formatter):
    def __init__(self, language: str) -> None:
        self.language = language

    def format_field(self, value: Any, format_spec: str) -> str:
        return format_value(value, format_spec, self.language)


def _number(pattern: str, scale: float = 1.0) -> Any:
    def write(value: Any, language: str) -> str:
        from babel.numbers import format_decimal

        text = format_decimal(float(value) * scale, pattern, locale=_BABEL_LOCALE[language])
        return _zero_without_sign(text).replace("-", "−")

    return write


def _percent(pattern: str) -> Any:
    def write(value: Any, language: str) -> str:
        from babel.numbers import format_percent

        text = format_percent(float(value), pattern, locale=_BABEL_LOCALE[language])
        return str(text).replace("-", "−")

    return write


def _zero_without_sign(text: str) -> str:
    return text[1:] if text[:1] in "+-" and not re.search(r"[1-9]", text) else text


def _day(value: Any, language: str) -> str:
    from babel.dates import format_date

    day = date.fromisoformat(value[:10]) if isinstance(value, str) else value
    return format_date(day, "d MMMM y", locale=_BABEL_LOCALE[language])


def _datetime(value: Any, language: str) -> str:
    from babel.dates import format_datetime

    instant = datetime.fromisoformat(value) if isinstance(value, str) else value
    zone = instant.tzinfo  # Babel would otherwise turn an aware instant into UTC
    return format_datetime(instant, "d MMMM y HH:mm", tzinfo=zone, locale=_BABEL_LOCALE[language])


def _period(value: Any, language: str, month: str = "MMMM y") -> str:
    from cxresearch.period import Period, parse_period

    period = value if isinstance(value, Period) else parse_period(str(value))
    label = period.label
    if "/" in label:
        # Readers count the last day in, periods leave their end out.
        last = period.end - timedelta(days=1)
        if period.start.day == 1 and period.end.day == 1:
            return f"{_month(period.start, language, month)} – {_month(last, language, month)}"
        return f"{_day(period.start, language)} – {_day(last, language)}"
    if "Q" in label:
        year, quarter = label.split("-Q")
        return f"{quarter}° trimestre {year}" if language == "it" else f"Q{quarter} {year}"
    return label if "-" not in label else _month(period.start, language, month)


def _month(day: date, language: str, pattern: str) -> str:
    from babel.dates import format_date

    return str(format_date(day, pattern, locale=_BABEL_LOCALE[language]))


def _than_period(value: Any, language: str) -> str:
    """A period after "compared with"; in Italian after "rispetto", with its preposition."""
    text = _period(value, language)
    if language != "it":
        return text
    return f"a {text}" if text[0].isalpha() or "–" in text else f"al {text}"


def _short_period(value: Any, language: str) -> str:
    return _period(value, language, month="MMM y")


def _money(value: Any, language: str) -> str:
    from babel.numbers import format_currency

    amount, currency = value
    # Whole units: no estimate of ours is precise to the cent.
    pattern = {"en": "¤#,##0", "it": "#,##0\xa0¤"}[language]
    text = format_currency(
        amount, currency, pattern, locale=_BABEL_LOCALE[language], currency_digits=False
    )
    return str(text).replace("-", "−")


def _list(value: Sequence[Any], language: str) -> str:
    from babel.lists import format_list

    return format_list(
        [format_value(item, "", language) for item in value], locale=_BABEL_LOCALE[language]
    )


FORMATS: dict[str, Callable[[Any, str], str]] = {
    "count": _number("#,##0"),
    "points": _number("#,##0"),
    "points1": _number("#,##0.0"),
    "signed": _number("+#,##0;-#,##0"),
    "signed1": _number("+#,##0.0;-#,##0.0"),
    "gap": _number("+#,##0;-#,##0", scale=100.0),
    "gap1": _number("+#,##0.0;-#,##0.0", scale=100.0),
    "pp": _number("#,##0", scale=100.0),
    "score": _number("0.00"),
    "minutes": _number("#,##0"),
    "number1": _number("#,##0.0"),
    "number2": _number("#,##0.00"),
    "number3": _number("#,##0.000"),
    "share": _percent("#,##0%"),
    "share1": _percent("#,##0.0%"),
    "day": _day,
    "datetime": _datetime,
    "period": _period,
    "short_period": _short_period,
    "than_period": _than_period,
    "money": _money,
    "list": _list,
}
"""How a raw value is written, by the name used after the colon in a message."""
