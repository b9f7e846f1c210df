"""Which words help to tell a name from anything else? The lists of names, no_names and cues."""

from functools import cache
from pathlib import Path
from typing import Any

from cxresearch.study import read_yaml


@cache
def read_words(name: str) -> Any:
    """One of the files, as read."""
    return read_yaml(Path(__file__).with_name(f"{name}.yml"))


@cache
def words_of(name: str) -> frozenset[str]:
    """A list of names.yml or no_names.yml, in small letters."""
    found = (read_words("names") | read_words("no_names"))[name]
    if isinstance(found, dict):
        found = " ".join(found.values())
    parts = found.split("|") if "|" in found else found.split()
    return frozenset(part.strip().lower() for part in parts)
