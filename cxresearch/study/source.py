"""Where do rows come from, and how do they become rows of the contract?

A `Source` maps one export, whatever its shape, to one contract table: rename, value codes,
constants, unpivot, dates, scale. It cannot join files or compute new columns: do that before.
"""

from typing import Literal, Self

from pydantic import Field, model_validator

from cxresearch.contract import DIRECTIONS, KINDS, METRICS, POLARITIES, TONES, VOICES
from cxresearch.errors import did_you_mean
from cxresearch.study.parts import Code, Constant, Name, Names, Part, Timezone, refuse

ENUMERATIONS = {
    "metric": METRICS,
    "voice": VOICES,
    "kind": KINDS,
    "direction": DIRECTIONS,
    "high_is": POLARITIES,
    "label": TONES,
}
"""Contract columns that take a closed list of words."""

_SCALE_COLUMNS = ("scale_min", "scale_max", "high_is")
_ENDINGS = {
    "csv": (".csv", ".tsv", ".txt"),
    "parquet": (".parquet",),
    "jsonl": (".jsonl", ".ndjson"),
    "excel": (".xlsx", ".xls"),
}


class Scale(Part):
    """The scale on which a question is answered."""

    min: float = Field(description="The lowest answer possible.")
    max: float = Field(description="The highest answer possible.")
    high_is: Literal["good", "bad"] = Field(
        default="good", description="Whether a high answer is good or bad news."
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.min >= self.max:
            raise refuse(
                f"the scale runs from {self.min:g} to {self.max:g}",
                allowed="min below max",
                next_step="where a low answer is the good one, add high_is: bad instead",
            )
        return self


_NPS = Scale(min=0, max=10)


class Csv(Part):
    """How a delimited file is written. What is left out is found out, or refused if ambiguous."""

    separator: str | None = Field(
        default=None, min_length=1, max_length=1, description="The character between columns."
    )
    encoding: Name = Field(
        default="utf-8", description="How text is encoded, such as utf-8, latin-1 or cp1252."
    )
    decimal_comma: bool = Field(
        default=False, description="Whether 3,5 means three and a half (and 1.000 a thousand)."
    )
    skip_rows: int = Field(default=0, ge=0, description="Rows to leave out above the header.")
    skip_rows_after_header: int = Field(
        default=0, ge=0, description="Rows to leave out right below the header, such as labels."
    )


class Sql(Part):
    """A query. Its address comes from the environment, so that no secret is written in a file."""

    uri_env: Name = Field(description="The environment variable that holds the database URI.")
    query: Name = Field(description="The SELECT to run.")


class Unpivot(Part):
    """A wide survey: one column a question becomes one row an answer."""

    columns: dict[str, Name] = Field(
        min_length=1, description="Source column, and the value of `into` it stands for."
    )
    into: Name = Field(default="touchpoint", description="The contract column that gets the name.")
    values: Name = Field(default="score", description="The contract column that gets the answer.")


class Dates(Part):
    """How instants are written where they carry no time zone."""

    format: Name | None = Field(
        default=None, description="The pattern, as in %d/%m/%Y %H:%M; found out when left out."
    )
    day_first: bool | None = Field(
        default=None, description="Whether 03/04/2025 is 3 April; ambiguous dates are refused."
    )
    timezone: Timezone | None = Field(
        default=None, description="The time zone of instants without one; default the study's."
    )


class Source(Part):
    """Where rows of one contract table come from, and how they map to it."""

    table: Literal["customers", "interactions", "responses", "invitations", "labels"] = Field(
        description="The contract table these rows belong to."
    )
    name: Name | None = Field(
        default=None, description="What reports and errors call this source; default its file."
    )
    files: Names | None = Field(
        default=None, description="A path or a glob, or several, against the data folder."
    )
    sql: Sql | None = Field(default=None, description="A query instead of files.")
    format: Literal["csv", "parquet", "jsonl", "excel"] | None = Field(
        default=None, description="How the files are written; default by their ending."
    )
    sheet: Name | None = Field(default=None, description="The sheet of an Excel file.")
    csv: Csv = Field(default=Csv(), description="How a delimited file is written.")
    preset: Name | None = Field(
        default=None, description="A ready mapping to start from; keys written here win over it."
    )
    columns: dict[str, Name] = Field(
        default={},
        description="Contract column, and the source column it is read from. A source column that "
        "already bears the contract's name need not be written.",
    )
    constants: dict[str, Constant] = Field(
        default={}, description="Contract column, and the value every row of this source has."
    )
    prefixes: dict[str, Name] = Field(
        default={},
        description="Contract id column, and the text put before it where numbering starts again "
        "in each file.",
    )
    values: dict[str, dict[str, Code]] = Field(
        default={},
        description="Contract column, then code as written in the file, then what it means "
        "(null for a blank).",
    )
    unpivot: Unpivot | None = Field(
        default=None, description="Turns one column a question into one row an answer."
    )
    dates: Dates = Field(default=Dates(), description="How instants are written.")
    scale: Scale | None = Field(
        default=None,
        description="The scale of the score; belongs to the data, never assumed. Answers given as "
        "faces to the metric emoji are read without codes: 😡 😞 😐 🙂 😍 on a scale from 1 to 5, "
        "👎 and 👍 as the ends of any.",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.files is None) == (self.sql is None):
            given = "both files and sql are given" if self.files else "no rows are pointed at"
            raise refuse(given, allowed="exactly one of files and sql")
        self._check_twice()
        self._check_words()
        if self.table == "responses":
            self._check_scale()
        return self

    @property
    def filled(self) -> set[str]:
        """Contract columns this source fills."""
        return {name for _, name in self._fills()}

    def _fills(self) -> list[tuple[str, str]]:
        """Contract columns this source fills, each with the key that does."""
        filled = [("columns", name) for name in self.columns]
        filled += [("constants", name) for name in self.constants]
        if self.unpivot:
            filled += [(f"unpivot.{key}", getattr(self.unpivot, key)) for key in ("into", "values")]
        return filled + ([("scale", name) for name in _SCALE_COLUMNS] if self.scale else [])

    def _check_twice(self) -> None:
        taken: dict[str, str] = {}
        for key, name in self._fills():
            if name in taken:
                raise refuse(
                    f"'{name}' is filled twice, by {taken[name]} and by {key}",
                    allowed="each contract column once",
                    next_step=f"remove it from {taken[name]} or from {key}",
                    key=key,
                )
            taken[name] = key

    def _check_words(self) -> None:
        for column, words in ENUMERATIONS.items():
            codes = self.values.get(column, {})
            given = {f"values.{column}.{code}": value for code, value in codes.items()}
            for key, value in {**given, f"constants.{column}": self.constants.get(column)}.items():
                if value is not None and value not in words:
                    raise refuse(
                        f"'{value}' is not a {column}.{did_you_mean(str(value), words)}",
                        allowed=", ".join(words),
                        key=key,
                    )

    def _check_scale(self) -> None:
        metric = self.constants.get("metric")
        has_scale = self.filled.issuperset(_SCALE_COLUMNS)
        if metric not in (None, "nps") and not has_scale:  # NPS has one scale only
            raise refuse(
                f"the metric {metric} is given without its scale",
                allowed="scale: {min: 1, max: 5}, with high_is: bad where a high answer is bad",
                next_step="declare the scale as the question was asked",
            )
        scale = self.scale or _NPS
        if metric == "nps" and scale != _NPS:
            raise refuse(
                f"NPS on a scale from {scale.min:g} to {scale.max:g}, high is {scale.high_is}",
                allowed="scale: {min: 0, max: 10}; NPS is never rescaled",
                next_step="if the question had another scale, its metric is not nps",
                key="scale",
            )


def format_of(path: str) -> str | None:
    """The format a file's ending tells, or None."""
    return next((kind for kind, ends in _ENDINGS.items() if path.lower().endswith(ends)), None)
