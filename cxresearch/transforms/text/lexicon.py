"""Which words and idioms carry tone, which turn it, and how strongly?

Unit of observation: an entry of a lexicon: a word or an idiom of two to seven words with its role.
The lexicons are text files to read and to edit (`lexicons/it.yml`, `en.yml`; `emoji.yml` is part of
both). Words are matched in lower case without accents; `*` at the end of a word stands for any
ending, `_` for any one word. A study adds entries of its own with `extra`.

It cannot say how a word is meant that has two meanings: then the idiom has to be entered.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from cxresearch.errors import StudyError, did_you_mean
from cxresearch.language import LANGUAGES
from cxresearch.study import read_packaged
from cxresearch.transforms.text.clean import drop_unseen
from cxresearch.transforms.text.tokens import FACE, WORD

FOLDER = Path(__file__).parents[2] / "lexicons"

ROLES = (
    *("none", "tone", "negator", "weak_negator", "booster", "damper", "contrast", "concession"),
    *("unreal", "question", "sarcasm", "keep", "ironic", "thanks", "denier"),
)
"""What an entry does; the position is its number."""

ENTRY_SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "entry": pl.String,
    "role": pl.String,
    "strength": pl.Float64,
    "emotion": pl.String,
    "parts": pl.List(pl.String),
}
"""Columns of `Lexicon.entries`."""

EMOTIONS = ("anger", "disappointment", "worry", "relief", "delight")
LONGEST = 7
"""Words of the longest idiom."""
REACH = 4
"""Words that a negator reaches where the file does not say."""

LISTS = {
    "weak_negators": "weak_negator",
    "contrast": "contrast",
    "concession": "concession",
    "unreal": "unreal",
    "questions": "question",
    "sarcasm": "sarcasm",
    "keep": "keep",
    "ironic": "ironic",
    "thanks": "thanks",
}
"""Sections that are lists, and the role of what they hold."""
FACTORS = {"boosters": "booster", "dampers": "damper"}
"""Sections that map an entry to a factor, and their role."""
SECTIONS = ("language", "entries", "negators", "ratings", *LISTS, *FACTORS)
_GROUP = ("strength", "emotion", "words", "idioms")
_PART = rf"_|{FACE}|(?:{WORD})\*?"
_FACTORS_ALLOWED = (0.1, 2.0)


@dataclass(frozen=True, eq=False)
class Lexicon:
    """The entries of one language, with those of emoji and of the study.

    Parameters
    ----------
    language
        it, en, or emoji alone.
    entries
        A row an entry: entry (as written), role (one of `ROLES`), strength (of tone -3 to 3; of
        boosters and dampers their factor), emotion, parts (its words as they are matched).
    reach
        Words that a negator reaches.
    """

    language: str
    entries: pl.DataFrame
    reach: int

    def __repr__(self) -> str:
        """The language and how many entries carry tone."""
        n = self.entries.filter(pl.col("role") == "tone").height
        return (
            f"Lexicon({self.language!r}, {n:,} entries with tone, {self.entries.height:,} in all)"
        )


def read_lexicon(language: str, *, extra: Mapping[str, Any] | None = None) -> Lexicon:
    """The lexicon of a language.

    Parameters
    ----------
    language
        it or en; `emoji` for emoji and emoticons alone.
    extra
        Entries of a study in the form of the files; they take the place of equal ones.

    Raises
    ------
    StudyError
        There is no such language, or an entry is wrong: names the file, the entry and what is
        allowed.

    Examples
    --------
    >>> own = {"entries": [{"strength": -2, "idioms": ["tornello bloccat*"]}]}
    >>> read_lexicon("it", extra=own).entries.row(-1, named=True)["parts"]
    ['tornello', 'bloccat*']
    """
    if language not in (*LANGUAGES, "emoji"):
        raise StudyError(
            f"there is no lexicon for the language '{language}'",
            allowed=", ".join((*LANGUAGES, "emoji")),
            next_step="choose one of these",
        )
    lexicon = _read_files(language)
    if extra is None:
        return lexicon
    own = make_lexicon(extra, language=language, name="extra")
    kept = lexicon.entries.join(own.entries, on="parts", how="anti", maintain_order="left")
    return Lexicon(language, pl.concat([kept, own.entries]), lexicon.reach)


@cache
def _read_files(language: str) -> Lexicon:
    """The lexicon as it comes with the project, once a process."""
    parts = [
        make_lexicon(read_packaged(path), language=language, name=path.name)
        for path in (FOLDER / f"{name}.yml" for name in dict.fromkeys((language, "emoji")))
        if path.exists()
    ]
    if not parts:
        return Lexicon(language, pl.DataFrame(schema=ENTRY_SCHEMA), REACH)
    return Lexicon(language, pl.concat([part.entries for part in parts]), parts[0].reach)


def make_lexicon(data: Any, *, language: str, name: str = "lexicon") -> Lexicon:
    """A lexicon out of what a file holds.

    Parameters
    ----------
    data
        The sections of a lexicon file.
    language
        The language it is for.
    name
        What messages call the file.

    Raises
    ------
    StudyError
        A section or a key is unknown, a strength or factor out of range, an entry has no word or
        too many, or is entered twice with different strengths.

    Examples
    --------
    >>> data = {"entries": [{"strength": 2, "words": ["gentil*"]}], "boosters": {"molto": 1.3}}
    >>> make_lexicon(data, language="it").entries.select("entry", "role", "strength").rows()
    [('gentil*', 'tone', 2.0), ('molto', 'booster', 1.3)]
    """
    if not isinstance(data, Mapping):
        raise StudyError(f"{name} holds no sections", allowed=", ".join(SECTIONS))
    for section in data:
        _require(section, SECTIONS, f"{name} has a section '{section}'")
    rows = [
        *_tones(data.get("entries") or [], name),
        *_factors(data, name),
        *_listed(data, name),
    ]
    table = pl.DataFrame(rows, schema=list(ENTRY_SCHEMA)[:4], orient="row", strict=False)
    entries = _with_parts(table.cast({k: ENTRY_SCHEMA[k] for k in table.columns}), name)
    negators = data.get("negators")
    reach = negators.get("reach", REACH) if isinstance(negators, Mapping) else REACH
    if not isinstance(reach, int) or not 1 <= reach <= 10:
        raise StudyError(f"{name}: negators reach {reach} words", allowed="a whole number, 1 to 10")
    return Lexicon(language, entries, reach)


def _tones(groups: Any, name: str) -> Iterator[tuple[Any, ...]]:
    """Entries with tone: a row an entry."""
    for group in _as_list(groups, name, "entries"):
        if not isinstance(group, Mapping):
            raise StudyError(f"{name}: '{group}' is no group of entries", allowed=", ".join(_GROUP))
        for key in group:
            _require(key, _GROUP, f"{name} has a group of entries with '{key}'")
        strength, emotion = group.get("strength"), group.get("emotion")
        told = f"{name}: the group of {_first(group)}"
        if not isinstance(strength, int | float) or not -3 <= strength <= 3:
            raise StudyError(f"{told} has the strength {strength}", allowed="a number from -3 to 3")
        if emotion is not None:
            _require(emotion, EMOTIONS, f"{told} has the emotion '{emotion}'")
        for key in ("words", "idioms"):
            for entry in _as_list(group.get(key) or [], name, key):
                yield (_as_text(entry, name), "tone", float(strength), emotion)


def _factors(data: Mapping[str, Any], name: str) -> Iterator[tuple[Any, ...]]:
    """Boosters, dampers and ratings: a row an entry."""
    for section, role in {**FACTORS, "ratings": "tone"}.items():
        low, high = (-3.0, 3.0) if role == "tone" else _FACTORS_ALLOWED
        factors = data.get(section) or {}
        if not isinstance(factors, Mapping):
            raise StudyError(f"{name}: {section} is no mapping", allowed="entry: number")
        for entry, factor in factors.items():
            if not isinstance(factor, int | float) or not low <= factor <= high:
                raise StudyError(
                    f"{name}: '{entry}' in {section} has the value {factor}",
                    allowed=f"a number from {low:g} to {high:g}",
                )
            yield (_as_text(entry, name), role, float(factor), None)


def _listed(data: Mapping[str, Any], name: str) -> Iterator[tuple[Any, ...]]:
    """Everything that is a list of entries: a row an entry."""
    negators = data.get("negators") or []
    if not isinstance(negators, Mapping):
        negators = {"words": negators}
    for key in negators:
        _require(key, ("words", "reach", "denying"), f"{name}: negators has '{key}'")
    lists = {"denying": negators.get("denying") or [], "negators": negators.get("words") or []}
    lists |= {section: data.get(section) or [] for section in LISTS}
    for section, listed in lists.items():
        role = {"denying": "denier", "negators": "negator"}.get(section) or LISTS[section]
        for entry in _as_list(listed, name, section):
            yield (_as_text(entry, name), role, None, None)


def fold(text: pl.Expr) -> pl.Expr:
    """Words as they are matched: lower case, without accents, one kind of apostrophe.

    Examples
    --------
    >>> pl.DataFrame({"w": ["Più", "CAN’T"]}).select(fold(pl.col("w")))["w"].to_list()
    ['piu', "can't"]
    """
    plain = text.str.to_lowercase().str.normalize("NFKD").str.replace_all(r"\p{M}", "")
    return plain.str.replace_all("[’´`‘]", "'")


def _with_parts(table: pl.DataFrame, name: str) -> pl.DataFrame:
    """The entries with their words, each once."""
    parts = fold(drop_unseen(pl.col("entry")))
    split = table.with_columns(parts=parts.str.extract_all(_PART))
    n = pl.col("parts").list.len()
    if (wrong := split.filter(n.is_between(1, LONGEST).not_())).height:
        raise StudyError(
            f"{name}: '{wrong['entry'][0]}' has {wrong['parts'].list.len()[0]} words",
            allowed=f"1 to {LONGEST} words; * at the end of a word, _ for any one word",
        )
    tones = split.filter(pl.col("role") == "tone").sort("entry")
    if (double := tones.filter(pl.col("strength").n_unique().over("parts") > 1)).height:
        told = ", ".join(f"'{e}' ({s:g})" for e, s in double.select("entry", "strength").rows()[:6])
        raise StudyError(
            f"{name}: the same entry has two strengths: {told}",
            allowed="each entry once",
            next_step="keep one of them (accents and capitals make no difference)",
        )
    return split.unique(["parts", "role"], keep="first", maintain_order=True).select(
        list(ENTRY_SCHEMA)
    )


def _as_list(value: Any, name: str, section: str) -> list[Any]:
    if not isinstance(value, list):
        raise StudyError(f"{name}: {section} is no list", allowed="[one entry, another entry]")
    return value


def _as_text(entry: Any, name: str) -> str:
    if not isinstance(entry, str):
        raise StudyError(
            f"{name}: the entry {entry} is no text", allowed="text", next_step=f'write "{entry}"'
        )
    return entry


def _first(group: Mapping[str, Any]) -> str:
    entries = [*(group.get("words") or []), *(group.get("idioms") or [])]
    return f"'{entries[0]}'" if entries else "no entry"


def _require(word: Any, allowed: tuple[str, ...], told: str) -> None:
    if word not in allowed:
        raise StudyError(f"{told}.{did_you_mean(str(word), allowed)}", allowed=", ".join(allowed))
