"""What does the company have, and which experience does it want to deliver?

A study is a folder with text files. `study.yml` says where the data is and how it maps to the
contract; `experience.yml` holds the experience we want: stages, touchpoints, owners, promises, the
customer experience statement. Where there are such, `aspects.yml` says how its customers name
things and `themes.yml` what the themes of their comments are called. They are read here into typed
objects, or refused with file, line, key and a suggestion.
"""

import warnings
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from cxresearch.errors import CxWarning, StudyError, did_you_mean
from cxresearch.study.aspects import Aspect, Aspects, Words, fold_expression
from cxresearch.study.checks import (
    check_aspects,
    check_experience,
    check_study,
    check_themes,
    is_protected_name,
)
from cxresearch.study.experience import Experience, Objective, Promise
from cxresearch.study.models import Attribute, Study, StudyFile
from cxresearch.study.packaged import read_packaged
from cxresearch.study.parts import Part
from cxresearch.study.presets import apply_preset, list_presets, read_preset
from cxresearch.study.problems import Problem, explain, raise_problems
from cxresearch.study.reading import Document, read_document, read_yaml
from cxresearch.study.source import Csv, Dates, Source, Sql, format_of
from cxresearch.study.themes import DeclaredTheme, Themes, ThemeWords

__all__ = [
    "Aspect",
    "Aspects",
    "Attribute",
    "Csv",
    "Dates",
    "DeclaredTheme",
    "Experience",
    "Objective",
    "Promise",
    "Source",
    "Sql",
    "Study",
    "ThemeWords",
    "Themes",
    "Words",
    "fold_expression",
    "format_of",
    "is_protected_name",
    "list_presets",
    "read_packaged",
    "read_preset",
    "read_study",
    "read_yaml",
]

_Model = TypeVar("_Model", bound=Part)


def read_study(folder: Path | str) -> Study:
    """Read study.yml, experience.yml, aspects.yml and themes.yml of a folder.

    Parameters
    ----------
    folder
        The study's folder. Without experience.yml the experience is empty, without aspects.yml
        customers speak of the generic aspects.

    Returns
    -------
    Study
        Checked within each file and across the two; presets are merged into their sources.

    Raises
    ------
    StudyError
        Names file, line and key of everything wrong in a file, what is allowed and what to do.

    Warns
    -----
    CxWarning
        An attribute whose name suggests a protected characteristic has another role.
    """
    folder = Path(folder)
    if not folder.is_dir():
        beside = [p.name for p in folder.parent.iterdir()] if folder.parent.is_dir() else []
        raise StudyError(
            f"the study folder {folder} does not exist.{did_you_mean(folder.name, beside)}",
            allowed="a folder with study.yml",
            next_step=f"write a starter study with: cxresearch init {folder}",
        )
    study = read_document(folder / "study.yml")
    file = _validate(StudyFile, study, _with_presets(study))
    raise_problems(study, check_study(file))
    experience = Experience()
    if (folder / "experience.yml").exists():
        drawn = read_document(folder / "experience.yml")
        experience = _validate(Experience, drawn, drawn.data)
        raise_problems(drawn, check_experience(experience))
    own_aspects = Aspects()
    if (folder / "aspects.yml").exists():
        spoken = read_document(folder / "aspects.yml")
        own_aspects = _validate(Aspects, spoken, spoken.data)
        raise_problems(spoken, check_aspects(own_aspects))
    _warn_of_protected(file, study)
    return Study(
        **dict(file),
        folder=folder,
        experience=experience,
        own_aspects=own_aspects,
        themes=_read_themes(folder),
    )


def _read_themes(folder: Path) -> Themes:
    if not (folder / "themes.yml").exists():
        return Themes()
    written = read_document(folder / "themes.yml")
    themes = _validate(Themes, written, written.data)
    raise_problems(written, check_themes(themes))
    return themes


def _with_presets(study: Document) -> Any:
    """The data of study.yml, each source on top of the preset it names."""
    sources = study.data.get("sources") if isinstance(study.data, dict) else None
    if not isinstance(sources, list):
        return study.data
    merged = list(sources)
    for n, source in enumerate(sources):
        if isinstance(source, dict) and isinstance(source.get("preset"), str):
            try:
                merged[n] = apply_preset(source)
            except StudyError as error:
                told = Problem(
                    ("sources", n, "preset"), error.cause, error.allowed, error.next_step
                )
                raise_problems(study, [told])
    return {**study.data, "sources": merged}


def _validate(model: type[_Model], document: Document, data: Any) -> _Model:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise_problems(document, explain(error, model, document))
        raise


def _warn_of_protected(file: StudyFile, study: Document) -> None:
    for name, attribute in file.attributes.items():
        if attribute.role != "protected" and is_protected_name(name):
            line = study.line(("attributes", name, "role"))
            warnings.warn(
                f"{study.path} line {line}: '{name}' looks like a protected characteristic but "
                f"has the role {attribute.role}, so it may become a driver or a segment. "
                f"If it is one, write: {name}: {{role: protected}}",
                CxWarning,
                stacklevel=3,
            )
