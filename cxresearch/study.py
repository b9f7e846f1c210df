"""What does the company have, and which experience does it want to deliver?

A study is a folder with two text files. `study.yml` says where the data is and how it maps to the
contract; `experience.yml` holds the experience we want: stages, touchpoints, owners, promises, the
customer experience statement. Both are read here into typed objects, or refused with file, line,
key and a suggestion.
"""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Text = str | dict[Literal["en", "it"], str]
"""One text, or one a language."""

Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
Measure = Literal[
    "csat", "nps", "ces", "wait_minutes", "duration_minutes", "resolved", "context_known"
]
Statistic = Literal["share", "mean", "median", "p90", "nps"]


class _Part(BaseModel):
    """Base of every part of the two files: unknown keys are refused, objects never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


# ---------------------------------------------------------------- study.yml


class Scale(_Part):
    """The scale on which a question is answered."""

    min: float
    max: float
    high_is: Literal["good", "bad"] = "good"


class Csv(_Part):
    """How a delimited file is written. What is left out is found out, or refused if ambiguous."""

    separator: str | None = None
    encoding: str = "utf-8"
    decimal_comma: bool = False
    skip_rows: int = 0


class Sql(_Part):
    """A query. The URI comes from the environment variable `uri_env`, so no secret is written."""

    uri_env: str
    query: str


class Unpivot(_Part):
    """A wide survey: one column a question becomes one row an answer."""

    columns: dict[str, str]  # source column -> value of `into`
    into: str = "touchpoint"  # the contract column that receives the name
    values: str = "score"  # the contract column that receives the answer


class Dates(_Part):
    """How instants are written where they carry no time zone."""

    format: str | None = None
    day_first: bool | None = None
    timezone: str | None = None  # default: the study's


class Source(_Part):
    """Where rows of one contract table come from, and how they map to it."""

    table: Literal["customers", "interactions", "responses", "invitations"]
    name: str | None = None
    files: str | list[str] | None = None  # paths or globs, against the data folder
    sql: Sql | None = None
    format: Literal["csv", "parquet", "jsonl", "excel"] | None = None  # default: by file ending
    sheet: str | None = None
    csv: Csv = Csv()
    preset: str | None = None
    columns: dict[str, str] = {}  # contract column -> source column
    constants: dict[str, str | int | float | bool] = {}  # contract column -> value
    values: dict[str, dict[str, str | int | float | bool | None]] = {}  # column -> code -> value
    unpivot: Unpivot | None = None
    dates: Dates = Dates()
    scale: Scale | None = None


class Attribute(_Part):
    """A column of `customers` beyond the contract."""

    role: Literal["context", "usage", "protected"]
    type: Literal["text", "number", "whole", "flag", "day"] = "text"
    label: Text | None = None


class Privacy(_Part):
    """When a small group is hidden, and when it is flagged."""

    hide_below: int = Field(default=10, ge=2)
    reliable_from: int = Field(default=30, ge=2)


class Leaving(_Part):
    """Without a contract: no purchase for `times` the usual gap and at least `at_least_days`."""

    times: tuple[float, float, float] = (2.0, 3.0, 4.0)
    at_least_days: int = Field(default=60, ge=1)


class Study(_Part):
    """study.yml, with the experience beside it."""

    name: str
    languages: list[Literal["en", "it"]] = ["en"]
    currency: str = "EUR"
    timezone: str = "UTC"
    data_until: date | None = None  # the first day without data
    data_root: str | None = None
    window_months: int = Field(default=24, ge=1)
    attributes: dict[Identifier, Attribute] = {}
    privacy: Privacy = Privacy()
    leaving: Leaving | None = None
    unknown_customers: Literal["quarantine", "anonymous"] = "quarantine"
    sources: list[Source]
    folder: Path = Field(default=Path(), exclude=True)
    experience: "Experience" = Field(default_factory=lambda: Experience(), exclude=True)

    def label(self, kind: str, id_: str) -> Mapping[str, str]:
        """The label of a touchpoint, channel, team, stage or attribute in each language."""
        return {"en": id_, "it": id_}


# ----------------------------------------------------------- experience.yml


class Promise(_Part):
    """What is promised: a statistic of a measure, at least or at most so much."""

    measure: Measure
    statistic: Statistic
    threshold: float | None = None
    at_least: float | None = None
    at_most: float | None = None
    touchpoint: Identifier | None = None
    channel: Identifier | None = None


class Stage(_Part):
    id: Identifier
    label: Text


class Team(_Part):
    id: Identifier
    label: Text


class Channel(_Part):
    id: Identifier
    label: Text


class Touchpoint(_Part):
    """A place where customers meet the company."""

    id: Identifier
    label: Text
    stage: Identifier
    kind: Literal["physical", "virtual"] = "physical"
    channels: list[Identifier] = []
    owner: Identifier | None = None
    supported_by: list[Identifier] = []
    promise: Promise | None = None
    effort: Literal["low", "medium", "high"] | None = None
    moment_of_truth: bool = False
    reviewed_on: date | None = None


class Driver(_Part):
    id: Identifier
    role: Literal["actionable", "context", "proxy"]
    downstream_of: list[Identifier] = []
    label: Text | None = None


class Pledge(_Part):
    id: Identifier
    text: Text
    promise: Promise


class Statement(_Part):
    """The customer experience statement."""

    text: Text
    pledges: list[Pledge] = []


class Objective(_Part):
    id: Identifier
    measure: Measure
    statistic: Statistic
    target: float
    by_on: date
    label: Text | None = None


class Programme(_Part):
    id: Identifier
    label: Text
    objective: Identifier
    sponsor: str | None = None
    owner: Identifier | None = None
    findings: list[str] = []
    started_on: date | None = None
    due_on: date | None = None
    status: Literal["planned", "running", "done", "stopped"] = "planned"
    effort: Literal["low", "medium", "high"] | None = None


class Competitor(_Part):
    name: str
    metric: str
    value: float
    n: int | None = None
    source: str
    as_of: date
    method: str | None = None


class Stated(_Part):
    """Strengths to threats as people state them: shown as stated, never as measured."""

    strengths: list[Text] = []
    weaknesses: list[Text] = []
    opportunities: list[Text] = []
    threats: list[Text] = []


class Experience(_Part):
    """experience.yml."""

    stages: list[Stage] = []
    touchpoints: list[Touchpoint] = []
    channels: list[Channel] = []
    teams: list[Team] = []
    drivers: list[Driver] = []
    statement: Statement | None = None
    objectives: list[Objective] = []
    programmes: list[Programme] = []
    competitors: list[Competitor] = []
    stated: Stated = Stated()


Study.model_rebuild()


def read_yaml(path: Path) -> Any:
    """Read a YAML file."""
    from ruamel.yaml import YAML

    return YAML(typ="safe").load(path)


def read_study(folder: Path | str) -> Study:
    """Read study.yml and experience.yml of `folder`."""
    folder = Path(folder)
    experience = folder / "experience.yml"
    found = Experience(**read_yaml(experience)) if experience.exists() else Experience()
    return Study(**read_yaml(folder / "study.yml"), folder=folder, experience=found)
