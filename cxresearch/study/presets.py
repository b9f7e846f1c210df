"""Which survey tools are known, and how does each write its exports?

A preset is a mapping kept as YAML beside the intake: how the tool writes files, the columns it
always has, and the headers by which its exports are recognised. It never says what a question
measures: only the study can.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field

from cxresearch.errors import StudyError, did_you_mean
from cxresearch.study.parts import Name, Part
from cxresearch.study.reading import read_yaml

FOLDER = Path(__file__).parents[1] / "intake" / "presets"


class Preset(Part):
    """A survey tool's way of writing exports."""

    label: Name = Field(description="The tool, as people call it.")
    recognised_by: list[Name] = Field(
        min_length=1, description="Headers that its exports always have."
    )
    ignored: list[Name] = Field(default=[], description="Columns that answer no question.")
    source: dict[str, Any] = Field(description="The part of a source that the preset fills.")


def list_presets() -> list[str]:
    """Names of the presets that come with the project.

    Examples
    --------
    >>> "qualtrics" in list_presets()
    True
    """
    return sorted(path.stem for path in FOLDER.glob("*.yml"))


def read_preset(name: str) -> Preset:
    """Read a preset by its name.

    Raises
    ------
    StudyError
        There is no such preset.
    """
    if name not in list_presets():
        raise StudyError(
            f"'{name}' is not a preset.{did_you_mean(name, list_presets())}",
            allowed=", ".join(list_presets()),
            next_step="choose one of these, or write the mapping under columns",
        )
    return Preset.model_validate(read_yaml(FOLDER / f"{name}.yml"))


def apply_preset(source: Mapping[str, Any]) -> dict[str, Any]:
    """A source as written, on top of the preset it names; what is written wins.

    Raises
    ------
    StudyError
        There is no such preset.

    Examples
    --------
    >>> merged = apply_preset({"preset": "qualtrics", "columns": {"comment": "Q3"}})
    >>> merged["columns"]["at"], merged["columns"]["comment"]
    ('RecordedDate', 'Q3')
    """
    return _merge(read_preset(source["preset"]).source, source)


def _merge(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    shared = {
        key: _merge(under[key], value)
        for key, value in over.items()
        if isinstance(value, Mapping) and isinstance(under.get(key), Mapping)
    }
    return {**under, **over, **shared}
