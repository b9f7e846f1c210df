"""Do the two files fit together, and do they name columns that exist?

Each check takes the parts already read and yields what is wrong; nothing is raised here, so that
all problems of a file are told at once.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any

from cxresearch.contract import SCHEMAS
from cxresearch.errors import did_you_mean
from cxresearch.study.aspects import Aspects
from cxresearch.study.experience import Experience
from cxresearch.study.models import StudyFile
from cxresearch.study.problems import Problem
from cxresearch.study.reading import Location
from cxresearch.study.source import Source
from cxresearch.study.themes import Themes

_PROTECTED = re.compile(
    r"(^|_)(gender|sex|age|agegroup|birth\w*|dob|yob|ethnic\w*|race|religio\w*|nationalit\w*|"
    r"citizen\w*|disab\w*|senior\w*|partner|married|marital\w*|dependents?|pregnan\w*|orientation|"
    r"sesso|genere|eta|nascita|etnia|nazionalita|cittadinanza|invalid\w*|stato_civile|coniug\w*|"
    r"sposat[oa])(_|$)|^(under|over)_\d\d$"
)


def is_protected_name(name: str) -> bool:
    """Whether a column's name suggests a protected characteristic.

    Examples
    --------
    >>> [is_protected_name(name) for name in ("SeniorCitizen", "Q19AGE", "usage", "stato civile")]
    [True, True, False, True]
    >>> [is_protected_name(name) for name in ("Under 30", "calls over 30 minutes", "dob")]
    [True, False, True]
    """
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[0-9])(?=[A-Za-z])", "_", name)
    words = re.sub(r"[^a-z0-9]+", "_", words.lower().replace("à", "a"))
    return bool(_PROTECTED.search(words))


def check_study(study: StudyFile) -> list[Problem]:
    """What is wrong in study.yml beyond the form of its parts."""
    names = [(("sources", n, "name"), source.name) for n, source in enumerate(study.sources)]
    problems = [*_duplicates((where, name) for where, name in names if name)]
    problems += _unnamed_twins(study.sources)
    for n, source in enumerate(study.sources):
        problems += _check_source(source, ("sources", n), study.attributes)
    return problems


def _check_source(source: Source, at: Location, attributes: Mapping[str, Any]) -> Iterator[Problem]:
    is_open = source.table == "customers"  # the study may declare more columns
    known = SCHEMAS[source.table].column_names() + (list(attributes) if is_open else [])
    keys = ("columns", "constants", "prefixes", "values")
    named: list[tuple[Location, str]] = [
        ((key, name), name) for key in keys for name in getattr(source, key)
    ]
    if source.unpivot:
        named += [(("unpivot", key), getattr(source.unpivot, key)) for key in ("into", "values")]
    for where, name in named:
        if name not in known:
            yield Problem(
                (*at, *where),
                f"'{name}' is not a column of {source.table}.{did_you_mean(name, known)}",
                ", ".join(known),
                "declare it under attributes" if is_open else "",
            )
        key = where[0]
        if key in ("values", "prefixes") and name in source.constants:
            yield Problem(
                (*at, *where),
                f"'{name}' has {key}, but is a constant",
                f"{key} of columns that are read from the file",
                f"remove it from {key}, or read it under columns",
            )


def _unnamed_twins(sources: Sequence[Source]) -> Iterator[Problem]:
    # Ids that a file lacks are made of the source's name, file and row: two mappings of the same
    # file would make the same ids twice.
    seen: set[tuple[str, str]] = set()
    for n, source in enumerate(sources):
        pairs = {(source.table, file) for file in source.files or []} if not source.name else set()
        for _, file in sorted(pairs & seen):
            yield Problem(
                ("sources", n),
                f"{file} is read twice as {source.table}, and neither source has a name",
                "a name for each source that reads a file another one reads",
                "add name, such as: name: comments",
            )
        seen |= pairs


def check_experience(experience: Experience) -> list[Problem]:
    """What is wrong in experience.yml beyond the form of its parts."""
    parts: list[tuple[Location, Any]] = [
        ((key, n), part) for key in _NAMED for n, part in enumerate(getattr(experience, key))
    ]
    pledges = experience.statement.pledges if experience.statement else []
    parts += [(("statement", "pledges", n), pledge) for n, pledge in enumerate(pledges)]
    promises = [((*at, "promise"), getattr(part, "promise", None)) for at, part in parts]
    return [
        *_duplicates(((*at, "id"), part.id) for at, part in parts),
        *_check_references(experience, [*parts, *promises]),
        *_check_drivers(experience),
    ]


def check_aspects(own: Aspects) -> list[Problem]:
    """What is wrong in aspects.yml beyond the form of its parts."""
    return [*_duplicates((("aspects", n, "id"), part.id) for n, part in enumerate(own.aspects))]


def check_themes(themes: Themes) -> list[Problem]:
    """What is wrong in themes.yml beyond the form of its parts."""
    return [*_duplicates((("themes", n, "id"), part.id) for n, part in enumerate(themes.themes))]


_NAMED = ("stages", "touchpoints", "channels", "teams", "drivers", "objectives", "programmes")
_REFERENCES = {
    "stage": "stages",
    "owner": "teams",
    "supported_by": "teams",
    "channel": "channels",
    "channels": "channels",
    "touchpoint": "touchpoints",
    "objective": "objectives",
    "downstream_of": "drivers",
}
"""Keys that hold ids, and the list in which each id must stand."""
_MAY_BE_MISSING = ("channels", "touchpoints")
"""Lists that need not be drawn; once they are, they are complete."""


def _check_references(
    experience: Experience, parts: Iterable[tuple[Location, Any]]
) -> Iterator[Problem]:
    known = {to: [part.id for part in getattr(experience, to)] for to in _REFERENCES.values()}
    for (at, part), (key, to) in product(parts, _REFERENCES.items()):
        value = getattr(part, key, None) or []
        for id_ in [value] if isinstance(value, str) else value:
            if id_ in known[to] or (not known[to] and to in _MAY_BE_MISSING):
                continue
            yield Problem(
                (*at, key),
                f"'{id_}' is not among the {to}.{did_you_mean(id_, known[to])}",
                ", ".join(sorted(known[to])) or f"nothing yet: the file has no {to}",
                f"add it under {to}",
            )


def _check_drivers(experience: Experience) -> Iterator[Problem]:
    causes = {driver.id: driver.downstream_of for driver in experience.drivers}
    for n, driver in enumerate(experience.drivers):
        if driver.id in _ancestors(driver.id, causes):
            yield Problem(
                ("drivers", n, "downstream_of"),
                f"'{driver.id}' is downstream of itself, through {', '.join(causes[driver.id])}",
                "causes before effects, without a circle",
            )


def _ancestors(id_: str, causes: Mapping[str, Sequence[str]]) -> set[str]:
    found: set[str] = set()
    waiting = list(causes[id_])
    while waiting:
        cause = waiting.pop()
        if cause not in found:
            found.add(cause)
            waiting += causes.get(cause, [])
    return found


def _duplicates(named: Iterable[tuple[Location, str]]) -> Iterator[Problem]:
    """Names given twice in one list."""
    seen: set[tuple[Location, str]] = set()
    for location, name in named:
        if (location[:-2], name) in seen:
            yield Problem(location, f"'{name}' is given twice", "each name once")
        seen.add((location[:-2], name))
