"""What does the company have? study.yml as a typed object, with the experience beside it."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from cxresearch.contract import SCHEMAS
from cxresearch.errors import ParameterError, did_you_mean
from cxresearch.language import LANGUAGES
from cxresearch.study.aspects import Aspect, Aspects, merge_aspects
from cxresearch.study.experience import Experience
from cxresearch.study.parts import Currency, Identifier, Name, Part, Text, Timezone, refuse
from cxresearch.study.source import Source
from cxresearch.study.themes import Themes


class Attribute(Part):
    """A column of `customers` beyond the contract."""

    role: Literal["context", "usage", "protected"] = Field(
        description="Context describes a customer, usage what they do; a protected attribute is "
        "never a driver nor a filter for treatment."
    )
    type: Literal["text", "number", "whole", "flag", "day"] = Field(
        default="text", description="How its values are read; text is not redacted."
    )
    label: Text | None = Field(default=None, description="What readers see.")


class Privacy(Part):
    """When a small group is hidden or flagged, and what is never redacted."""

    hide_below: int = Field(
        default=10, ge=2, description="Groups with fewer respondents are never shown."
    )
    reliable_from: int = Field(
        default=30, ge=2, description="Figures on fewer answers are flagged as uncertain."
    )
    keep: list[Name] = Field(
        default=[],
        description="Words that are never taken for a name, an address or an order number, such as "
        "your brands and products; and addresses or numbers of your own that may be shown.",
    )
    country: str | None = Field(
        default=None,
        pattern="^[A-Z]{2}$",
        description="Country of telephone numbers without a country code, such as IT; default by "
        "the language of the text.",
    )


class Leaving(Part):
    """When a customer without a contract counts as gone."""

    times: tuple[float, float, float] = Field(
        default=(2.0, 3.0, 4.0),
        description="No purchase for so many times the customer's usual gap; results show all "
        "three, the middle one leads.",
    )
    at_least_days: int = Field(
        default=60, ge=1, description="And for at least so many days, however short the gap."
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        first, second, third = self.times
        if not 1 <= first < second < third:
            raise refuse(
                f"times {first:g}, {second:g}, {third:g}",
                allowed="three rising numbers from 1 up, such as [2, 3, 4]",
                key="times",
            )
        return self


Blame = Literal["experience", "other", "unknown"]
"""What a stated reason for leaving says: an experience with us, another cause, or nothing."""


class StudyFile(Part):
    """study.yml: where the data is and how it maps."""

    name: Name = Field(description="The company or brand, as reports call it.")
    languages: list[Literal["en", "it"]] = Field(
        default=["en"], min_length=1, description="Languages of the reports, the first one leads."
    )
    currency: Currency = Field(default="EUR", description="ISO 4217 code of every amount.")
    timezone: Timezone = Field(
        default="UTC", description="Where days and months begin, such as Europe/Rome."
    )
    data_until: date | None = Field(
        default=None, description="The first day without data; default after the latest instant."
    )
    data_root: Name | None = Field(
        default=None, description="Folder of the source files; default the study's folder."
    )
    window_months: int = Field(
        default=24, ge=1, description="How far back models and the journey look."
    )
    attributes: dict[Identifier, Attribute] = Field(
        default={}, description="Columns of customers beyond the contract, each with a role."
    )
    privacy: Privacy = Field(default=Privacy(), description="When small groups are hidden.")
    leaving: Leaving | None = Field(
        default=None, description="When a customer counts as gone, where no left_at is known."
    )
    left_reasons: dict[Name, Blame] = Field(
        default={},
        description="What each code of left_reason says: experience (something that went wrong "
        "with us), other (price, a move, a competitor), unknown (asked, but nothing said).",
    )
    unknown_customers: Literal["quarantine", "anonymous"] = Field(
        default="quarantine",
        description="What happens to rows of customers who are not in the customers table.",
    )
    sources: list[Source] = Field(min_length=1, description="Where rows come from.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if len(set(self.languages)) < len(self.languages):
            raise refuse(
                f"a language is given twice: {', '.join(self.languages)}",
                allowed="each of en, it once",
                key="languages",
            )
        taken = [name for name in self.attributes if name in SCHEMAS["customers"].column_names()]
        if taken:
            raise refuse(
                f"attribute '{taken[0]}' is a column of the contract",
                allowed="names beyond " + ", ".join(SCHEMAS["customers"].column_names()),
                next_step="map it under columns, without declaring it",
                key=f"attributes.{taken[0]}",
            )
        return self


class Study(StudyFile):
    """A study as read: the keys of study.yml, its folder, and the experience beside it."""

    folder: Path = Field(default=Path(), exclude=True)
    experience: Experience = Field(default=Experience(), exclude=True)
    own_aspects: Aspects = Field(default=Aspects(), exclude=True)
    themes: Themes = Field(default=Themes(), exclude=True)

    @property
    def aspects(self) -> tuple[Aspect, ...]:
        """What customers speak about: the generic aspects with those of aspects.yml on top."""
        return merge_aspects(self.own_aspects.aspects)

    def labels(self, kind: str) -> Mapping[str, Mapping[str, str]]:
        """Labels by id, each in every language.

        Parameters
        ----------
        kind
            touchpoint, channel, team, stage, driver, objective, programme, pledge, attribute or
            aspect.

        Returns
        -------
        mapping
            Id to {language: text}, in the order of the file. A text given in one language only
            stands in for the others; without a text the id does.

        Raises
        ------
        ParameterError
            `kind` is none of these.

        Examples
        --------
        >>> study = Study(name="Acme", sources=[Source(table="customers", files="c.csv")],
        ...               attributes={"region": Attribute(role="context", label={"it": "Regione"})})
        >>> study.labels("attribute")
        {'region': {'en': 'Regione', 'it': 'Regione'}}
        """
        texts: dict[str, list[tuple[str, Text | None]]] = {
            of: [(part.id, part.label) for part in getattr(self.experience, f"{of}s")]
            for of in ("touchpoint", "channel", "team", "stage", "driver", "objective", "programme")
        }
        statement = self.experience.statement
        texts["pledge"] = [
            (part.id, part.text) for part in (statement.pledges if statement else [])
        ]
        texts["aspect"] = [(part.id, part.label) for part in self.aspects]
        texts["attribute"] = [(name, part.label) for name, part in self.attributes.items()]
        if kind not in texts:
            raise ParameterError(
                f"'{kind}' has no labels.{did_you_mean(kind, texts)}", allowed=", ".join(texts)
            )
        return {id_: in_every_language(text, fallback=id_) for id_, text in texts[kind]}

    def label(self, kind: str, id_: str) -> Mapping[str, str]:
        """The label of one id in each language; the id itself where none is declared."""
        return self.labels(kind).get(id_) or in_every_language(None, fallback=id_)


def in_every_language(text: Text | None, *, fallback: str = "") -> dict[str, str]:
    """A text of the study's files in each language.

    Examples
    --------
    >>> in_every_language({"en": "Ticket office"})
    {'en': 'Ticket office', 'it': 'Ticket office'}
    """
    if not isinstance(text, dict):
        return dict.fromkeys(LANGUAGES, text or fallback)
    first = next(iter(text.values()))
    return {language: text.get(language, first) for language in LANGUAGES}
