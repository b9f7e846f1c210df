"""What do the project's own YAML files say? Read fast, for they are checked when they are written.

`reading.read_yaml` explains every mistake a person can make, and takes a second for the thousands
of entries of a lexicon. The files that come with the package hold no mistake (a test reads each
both ways), so libyaml may read them, by the same rules: YAML 1.2, keys as written.
"""

import re
from pathlib import Path
from typing import Any

import yaml

_INT, _FLOAT = r"[-+]?[0-9]+", r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)(?:[eE][-+]?[0-9]+)?"
_PLAIN = {
    "null": (r"~|null|Null|NULL|", "~nN\0"),
    "bool": (r"true|True|TRUE|false|False|FALSE", "tTfF"),
    "int": (_INT, "-+0123456789"),
    "float": (_FLOAT, "-+.0123456789"),
}
"""Plain scalars of the YAML 1.2 core schema, with the signs they begin with."""


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """libyaml with the scalars of YAML 1.2: `no` and `on` are words."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012


for _kind, (_pattern, _signs) in _PLAIN.items():
    _Loader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_kind}",
        re.compile(rf"^(?:{_pattern})$"),
        [*_signs.replace("\0", ""), ""],
    )


def read_packaged(path: Path) -> Any:
    """The content of a YAML file that comes with the package: plain dicts, lists and scalars."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506
