"""Which experience does the company want to deliver? The parts of experience.yml.

Promises belong to touchpoints, pledges to the customer experience statement; both say a statistic
of a measure and a bound. Nothing here is measured: the file is what the data is held against.
"""

from datetime import date
from typing import Literal, Self

from pydantic import Field, model_validator

from cxresearch.study.aspects import Words
from cxresearch.study.parts import (
    MINUTES,
    Effort,
    Identifier,
    Measure,
    Metric,
    Name,
    Part,
    Statistic,
    Text,
    check_measure,
    check_target,
    refuse,
)


class Promise(Part):
    """What is promised: a statistic of a measure, at least or at most so much."""

    measure: Measure = Field(description="What is measured.")
    statistic: Statistic = Field(description="Which statistic of it is promised.")
    threshold: float | None = Field(
        default=None,
        description="For a share: the score from which an answer counts as satisfied, or the "
        "minutes up to which a wait counts as kept. Required for minutes.",
    )
    at_least: float | None = Field(
        default=None, description="The promise is kept from this value up (a share is 0 to 1)."
    )
    at_most: float | None = Field(
        default=None, description="The promise is kept up to this value (a share is 0 to 1)."
    )
    touchpoint: Identifier | None = Field(
        default=None, description="Only at this touchpoint; default every one, or the one it is on."
    )
    channel: Identifier | None = Field(default=None, description="Only in this channel.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        check_measure(self.measure, self.statistic, threshold=self.threshold)
        if (self.at_least is None) == (self.at_most is None):
            raise refuse(
                "neither at_least nor at_most is given"
                if self.at_least is None
                else "both at_least and at_most are given",
                allowed="exactly one of at_least and at_most",
                next_step="write a second promise where two bounds are meant",
            )
        if self.statistic == "share" and self.measure in MINUTES and self.threshold is None:
            raise refuse(
                f"a share of {self.measure} without the minutes that count as kept",
                allowed="threshold: minutes, such as 10",
                next_step="add threshold, or promise the median or the p90",
            )
        key = "at_least" if self.at_least is not None else "at_most"
        check_target(self.measure, self.statistic, self.target, key=key)
        return self

    @property
    def target(self) -> float:
        """The value promised, whichever side it bounds."""
        value = self.at_least if self.at_least is not None else self.at_most
        assert value is not None  # noqa: S101  exactly one is given
        return value


class Stage(Part):
    """A stage of the journey; their order in the file is the order of the journey."""

    id: Identifier = Field(description="Short name used by touchpoints.")
    label: Text = Field(description="What readers see.")


class Team(Part):
    """A team that owns or supports touchpoints."""

    id: Identifier = Field(description="Short name used by touchpoints and in the data.")
    label: Text = Field(description="What readers see.")


class Channel(Part):
    """A channel through which customers and the company meet."""

    id: Identifier = Field(description="The value of the column `channel` in the data.")
    label: Text = Field(description="What readers see.")


class Touchpoint(Part):
    """A place where customers meet the company."""

    id: Identifier = Field(description="The value of the column `touchpoint` in the data.")
    label: Text = Field(description="What readers see.")
    stage: Identifier = Field(description="The stage it belongs to.")
    kind: Literal["physical", "virtual"] = Field(
        default="physical", description="Whether customers meet people and things, or a screen."
    )
    channels: list[Identifier] = Field(default=[], description="Channels that lead to it.")
    words: Words | None = Field(
        default=None,
        description="How customers name it in comments; default by its label.",
    )
    owner: Identifier | None = Field(default=None, description="The team that answers for it.")
    supported_by: list[Identifier] = Field(
        default=[], description="Teams behind the scenes that it depends on."
    )
    promise: Promise | None = Field(default=None, description="What customers are promised here.")
    effort: Effort | None = Field(default=None, description="How much work improving it takes.")
    moment_of_truth: bool = Field(
        default=False, description="Whether the company believes that it decides who stays."
    )
    reviewed_on: date | None = Field(
        default=None, description="The day someone last checked that this entry is still right."
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        named = self.promise.touchpoint if self.promise else None
        if named not in (None, self.id):
            raise refuse(
                f"the promise of '{self.id}' names the touchpoint '{named}'",
                allowed="the touchpoint it is written on",
                next_step="remove touchpoint, or move the promise",
                key="promise.touchpoint",
            )
        return self


class Driver(Part):
    """What may be said about a driver of satisfaction or leaving."""

    id: Identifier = Field(description="A touchpoint, an attribute or a feature by its name.")
    role: Literal["actionable", "context", "proxy"] = Field(
        description="Whether the company can change it, it is given, or it stands for another."
    )
    downstream_of: list[Identifier] = Field(
        default=[], description="Drivers that cause this one; it is left out when they are judged."
    )
    label: Text | None = Field(default=None, description="What readers see.")


class Pledge(Part):
    """One sentence of the statement, with the promise that measures it."""

    id: Identifier = Field(description="Short name that stays the same between runs.")
    text: Text = Field(description="The sentence as customers read it.")
    promise: Promise = Field(description="How it is measured.")


class Statement(Part):
    """The customer experience statement."""

    text: Text = Field(description="The statement as customers read it.")
    pledges: list[Pledge] = Field(default=[], description="What it pledges, one by one.")


class Objective(Part):
    """A figure the company wants to reach by a day."""

    id: Identifier = Field(description="Short name used by programmes.")
    measure: Measure = Field(description="What is measured.")
    statistic: Statistic = Field(description="Which statistic of it.")
    target: float = Field(description="The value to reach (a share is 0 to 1).")
    by_on: date = Field(description="The day by which it is to be reached.")
    label: Text | None = Field(default=None, description="What readers see.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        check_measure(self.measure, self.statistic)
        if self.statistic == "share" and self.measure in MINUTES:
            raise refuse(
                f"an objective for a share of {self.measure}",
                allowed="mean, median, p90",
                next_step="promise the share at a touchpoint or in a pledge instead",
                key="statistic",
            )
        check_target(self.measure, self.statistic, self.target, key="target")
        return self


class Programme(Part):
    """What is being done to reach an objective."""

    id: Identifier = Field(description="Short name that stays the same between runs.")
    label: Text = Field(description="What readers see.")
    objective: Identifier = Field(description="The objective it serves.")
    sponsor: Name | None = Field(default=None, description="Who pays and is asked.")
    owner: Identifier | None = Field(default=None, description="The team that carries it out.")
    findings: list[Name] = Field(default=[], description="Ids of the findings it answers.")
    started_on: date | None = Field(default=None, description="The day it started.")
    due_on: date | None = Field(default=None, description="The day it is due.")
    status: Literal["planned", "running", "done", "stopped"] = Field(
        default="planned", description="Where it stands."
    )
    effort: Effort | None = Field(default=None, description="How much work it takes.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.started_on and self.due_on and self.due_on < self.started_on:
            raise refuse(
                f"due on {self.due_on}, before it starts on {self.started_on}",
                allowed="due_on after started_on",
                key="due_on",
            )
        return self


class Competitor(Part):
    """A published figure of a competitor."""

    name: Name = Field(description="The competitor.")
    metric: Metric = Field(description="Which metric.")
    value: float = Field(description="The figure (NPS in points, a share 0 to 1).")
    n: int | None = Field(default=None, ge=1, description="Answers behind it, where published.")
    source: Name = Field(description="Where it was published.")
    as_of: date = Field(description="The day it stands for.")
    method: Name | None = Field(
        default=None, description="How it was asked; a different method is not comparable."
    )


class Stated(Part):
    """Strengths to threats as people state them: shown as stated, never as measured."""

    strengths: list[Text] = Field(default=[], description="What people say we do well.")
    weaknesses: list[Text] = Field(default=[], description="What people say we do badly.")
    opportunities: list[Text] = Field(default=[], description="What people hope for.")
    threats: list[Text] = Field(default=[], description="What people fear.")


class Experience(Part):
    """experience.yml: the experience the company wants to deliver."""

    stages: list[Stage] = Field(default=[], description="The stages of the journey, in order.")
    touchpoints: list[Touchpoint] = Field(
        default=[], description="Where customers meet the company, in the order of the journey."
    )
    channels: list[Channel] = Field(default=[], description="Channels and their labels.")
    teams: list[Team] = Field(default=[], description="Teams and their labels.")
    drivers: list[Driver] = Field(default=[], description="What is known about drivers.")
    statement: Statement | None = Field(default=None, description="The experience statement.")
    objectives: list[Objective] = Field(default=[], description="Figures to reach by a day.")
    programmes: list[Programme] = Field(default=[], description="What is being done for them.")
    competitors: list[Competitor] = Field(default=[], description="Published figures of others.")
    stated: Stated = Field(default=Stated(), description="Strengths to threats as people say.")
