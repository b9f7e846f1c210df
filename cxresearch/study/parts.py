"""What are the parts of the two files made of? Texts, ids, measures, and how each is refused.

Every part refuses unknown keys and never changes once read. A part that is wrong raises through
`refuse`, which carries what was given, what is allowed and what to do next to `problems.py`.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from cxresearch.errors import did_you_mean
from cxresearch.language import LANGUAGES

Measure = Literal[
    "csat", "nps", "ces", "wait_minutes", "duration_minutes", "resolved", "context_known"
]
Metric = Literal["nps", "csat", "ces", "stars", "emoji", "expectation"]
Statistic = Literal["share", "mean", "median", "p90", "nps"]
Effort = Literal["low", "medium", "high"]

STATISTICS: Mapping[str, tuple[str, ...]] = {
    "csat": ("share", "mean", "median"),
    "nps": ("nps",),
    "ces": ("share", "mean", "median"),
    "wait_minutes": ("share", "mean", "median", "p90"),
    "duration_minutes": ("share", "mean", "median", "p90"),
    "resolved": ("share",),
    "context_known": ("share",),
}
"""The statistics that mean something for each measure."""

MINUTES = ("wait_minutes", "duration_minutes")
SCALES: Mapping[str, tuple[float, float]] = {"csat": (1, 5), "ces": (1, 7), "nps": (-100, 100)}
"""The range in which a target of each score lies; a share lies between 0 and 1."""


class Part(BaseModel):
    """Base of every part of the two files: unknown keys are refused, objects never change."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def refuse(cause: str, *, allowed: str, next_step: str = "", key: str = "") -> PydanticCustomError:
    """An error about a part; `key` names the key inside the part that is wrong."""
    context = {"cause": cause, "allowed": allowed, "next_step": next_step, "key": key}
    return PydanticCustomError("cxresearch", "{cause}", context)


def _check_text(value: Any) -> str | dict[str, str]:
    if isinstance(value, str) and value.strip():
        return value
    texts = list(value.values()) if isinstance(value, dict) and set(value) <= set(LANGUAGES) else []
    if texts and all(isinstance(text, str) and text.strip() for text in texts):
        checked: dict[str, str] = value
        return checked
    raise refuse(
        f"{value!r} is not a text",
        allowed="a text, or one a language: {en: Ticket office, it: Biglietteria}",
        next_step="put a number or a date in quotes",
    )


def _check_timezone(name: str) -> str:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise refuse(
            f"'{name}' is not a time zone.{did_you_mean(name, available_timezones())}",
            allowed="a name of the IANA database, such as Europe/Rome or UTC",
        ) from error
    return name


def _check_currency(code: str) -> str:
    from babel import Locale

    known = Locale("en").currencies
    if code not in known:
        raise refuse(
            f"'{code}' is not a currency.{did_you_mean(code, known)}",
            allowed="an ISO 4217 code, such as EUR or USD",
        )
    return code


def _as_plain(value: Any) -> Any:
    # YAML reads 2025-10-01 as a day; a constant or a code is compared with text from a file.
    return value.isoformat() if isinstance(value, date | datetime) else value


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


_TEXT_SCHEMA = {"type": "string", "minLength": 1}
_LANGUAGES_SCHEMA = {
    "type": "object",
    "minProperties": 1,
    "additionalProperties": False,
    "properties": {language: {"type": "string"} for language in LANGUAGES},
}
_LIST_SCHEMA = {"type": "array", "items": _TEXT_SCHEMA, "minItems": 1}

Text = Annotated[
    str | dict[Literal["en", "it"], str],
    BeforeValidator(_check_text),
    WithJsonSchema({"anyOf": [_TEXT_SCHEMA, _LANGUAGES_SCHEMA]}),
]
"""One text, or one a language."""

Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
"""An id that is safe in file names, addresses and tables."""

Name = Annotated[str, Field(min_length=1, pattern=r"\S")]
Timezone = Annotated[str, AfterValidator(_check_timezone)]
Currency = Annotated[str, AfterValidator(_check_currency)]
Constant = Annotated[str | int | float | bool, BeforeValidator(_as_plain)]
Code = Annotated[str | int | float | bool | None, BeforeValidator(_as_plain)]
Names = Annotated[
    list[Name],
    Field(min_length=1),
    BeforeValidator(_as_list),
    WithJsonSchema({"anyOf": [_TEXT_SCHEMA, _LIST_SCHEMA]}),
]
"""One name, or a list of names; always a list once read."""


def check_measure(measure: str, statistic: str, *, threshold: float | None = None) -> None:
    """Refuse a statistic that means nothing for the measure, or a threshold out of place."""
    if statistic not in STATISTICS[measure]:
        raise refuse(
            f"statistic '{statistic}' does not fit measure '{measure}'",
            allowed=", ".join(STATISTICS[measure]),
            key="statistic",
        )
    if threshold is None:
        return
    if statistic != "share" or measure in ("resolved", "context_known"):
        raise refuse(
            f"a threshold has no meaning for the {statistic} of {measure}",
            allowed="threshold only with statistic share of a score or of minutes",
            next_step="remove threshold",
            key="threshold",
        )
    _check_reach(threshold, measure, what=f"threshold of {measure}", key="threshold")


def check_target(measure: str, statistic: str, target: float, *, key: str) -> None:
    """Refuse a target that its measure can never reach, such as a share of 80."""
    if statistic != "share":
        _check_reach(target, measure, what=f"{statistic} of {measure}", key=key)
    elif not 0 <= target <= 1:
        raise refuse(
            f"{target:g} is outside the range of a share",
            allowed="0 to 1",
            next_step=f"write {target / 100:g}" if 1 < target <= 100 else "",
            key=key,
        )


def _check_reach(value: float, measure: str, *, what: str, key: str) -> None:
    if measure in MINUTES:
        if value < 0:
            raise refuse(f"{value:g} minutes", allowed="0 or more", key=key)
        return
    low, high = SCALES[measure]
    if not low <= value <= high:
        cause = f"{value:g} is outside the range of {what}"
        raise refuse(cause, allowed=f"{low:g} to {high:g}", key=key)
