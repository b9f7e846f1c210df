"""Do the two files fit together, and do they name columns that exist?

Each check takes the parts already read and yields what is wrong; nothing is raised here, so that
all problems of a file are told at once.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from cxresearch.contract import SCHEMAS
from cxresearch.errors import did_you_mean
from cxresearch.study.experience import Experience, Promise
from cxresearch.study.models import StudyFile
from cxresearch.study.problems import Problem
from cxresearch.study.reading import Location
from cxresearch.study.source import Source

_PROTECTED = re.compile(
    r"(^|_)(gender|sex|age|agegroup|birth\w*|ethnic\w*|race|religio\w*|nationalit\w*|disab\w*|"
    r"senior\w*|partner|married|marital\w*|dependents|pregnan\w*|orientation|"
    r"sesso|genere|eta|nascita|etnia|nazionalita|invalid\w*|stato_civile|coniug\w*)(_|$)"
)


def is_protected_name(name: str) -> bool:
    """Whether a column's name suggests a protected characteristic.

    Examples
    --------
    >>> [is_protected_name(name) for name in ("SeniorCitizen", "Q19AGE", "usage", "stato civile")]
    [True, True, False, True]
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
    known = SCHEMAS[source.table].column_names()
    if source.table == "customers":
        known = known + list(attributes)
    for location, name in _named_columns(source, at):
        if name not in known:
            hint = "declare it under attributes" if source.table == "customers" else ""
            yield Problem(
                location,
                f"'{name}' is not a column of {source.table}.{did_you_mean(name, known)}",
                ", ".join(known),
                hint,
            )
    for key in ("values", "prefixes"):
        for name in getattr(source, key):
            if name in source.constants:
                yield Problem(
                    (*at, key, name),
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


def _named_columns(source: Source, at: Location) -> Iterator[tuple[Location, str]]:
    for key in ("columns", "constants", "prefixes", "values"):
        for name in getattr(source, key):
            yield (*at, key, name), name
    if source.unpivot:
        yield (*at, "unpivot", "into"), source.unpivot.into
        yield (*at, "unpivot", "values"), source.unpivot.values


def check_experience(experience: Experience) -> list[Problem]:
    """What is wrong in experience.yml beyond the form of its parts."""
    return [
        *_check_ids(experience),
        *_check_references(experience),
        *_check_promises(experience),
        *_check_drivers(experience),
    ]


def _check_ids(experience: Experience) -> Iterator[Problem]:
    for key in ("stages", "touchpoints", "channels", "teams", "drivers", "objectives"):
        yield from _duplicates(_ids((key,), getattr(experience, key)))
    yield from _duplicates(_ids(("programmes",), experience.programmes))
    if experience.statement:
        yield from _duplicates(_ids(("statement", "pledges"), experience.statement.pledges))


def _check_references(experience: Experience) -> Iterator[Problem]:
    teams, channels = _set(experience.teams), _set(experience.channels)
    for n, touchpoint in enumerate(experience.touchpoints):
        at: Location = ("touchpoints", n)
        yield from _known((*at, "stage"), [touchpoint.stage], _set(experience.stages), "stages")
        if touchpoint.owner:
            yield from _known((*at, "owner"), [touchpoint.owner], teams, "teams")
        yield from _known((*at, "supported_by"), touchpoint.supported_by, teams, "teams")
        if channels:
            yield from _known((*at, "channels"), touchpoint.channels, channels, "channels")
    for n, programme in enumerate(experience.programmes):
        at = ("programmes", n)
        objectives = _set(experience.objectives)
        yield from _known((*at, "objective"), [programme.objective], objectives, "objectives")
        if programme.owner:
            yield from _known((*at, "owner"), [programme.owner], teams, "teams")


def _check_promises(experience: Experience) -> Iterator[Problem]:
    touchpoints, channels = _set(experience.touchpoints), _set(experience.channels)
    for at, promise, home in _promises(experience):
        if promise.touchpoint and home and promise.touchpoint != home:
            yield Problem(
                (*at, "touchpoint"),
                f"the promise of '{home}' names the touchpoint '{promise.touchpoint}'",
                "the touchpoint it is written on",
                "remove touchpoint, or move the promise",
            )
        elif promise.touchpoint and touchpoints:
            where = (*at, "touchpoint")
            yield from _known(where, [promise.touchpoint], touchpoints, "touchpoints")
        if promise.channel and channels:
            yield from _known((*at, "channel"), [promise.channel], channels, "channels")


def _promises(experience: Experience) -> Iterator[tuple[Location, Promise, str | None]]:
    for n, touchpoint in enumerate(experience.touchpoints):
        if touchpoint.promise:
            yield ("touchpoints", n, "promise"), touchpoint.promise, touchpoint.id
    for n, pledge in enumerate(experience.statement.pledges if experience.statement else []):
        yield ("statement", "pledges", n, "promise"), pledge.promise, None


def _check_drivers(experience: Experience) -> Iterator[Problem]:
    causes = {driver.id: driver.downstream_of for driver in experience.drivers}
    for n, driver in enumerate(experience.drivers):
        at: Location = ("drivers", n, "downstream_of")
        yield from _known(at, driver.downstream_of, set(causes), "drivers")
        if driver.id in _ancestors(driver.id, causes):
            yield Problem(
                at,
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


def _known(at: Location, ids: Sequence[str], known: set[str], what: str) -> Iterator[Problem]:
    for id_ in ids:
        if id_ not in known:
            yield Problem(
                at,
                f"'{id_}' is not among the {what}.{did_you_mean(id_, known)}",
                ", ".join(sorted(known)) or f"nothing yet: the file has no {what}",
                f"add it under {what}",
            )


def _duplicates(named: Iterable[tuple[Location, str]]) -> Iterator[Problem]:
    seen: set[str] = set()
    for location, name in named:
        if name in seen:
            yield Problem(location, f"'{name}' is given twice", "each name once")
        seen.add(name)


def _ids(at: Location, parts: Sequence[Any]) -> Iterator[tuple[Location, str]]:
    return (((*at, n, "id"), part.id) for n, part in enumerate(parts))


def _set(parts: Sequence[Any]) -> set[str]:
    return {part.id for part in parts}
