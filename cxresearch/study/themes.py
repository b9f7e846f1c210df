"""What do people call the themes of comments, and which words make them? The parts of themes.yml.

Themes are found in the comments themselves; this file is for what a person knows better: a name,
several themes that are one, words that make no theme. Nothing is measured here.
"""

from functools import cache
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from cxresearch.study.aspects import fold_expression
from cxresearch.study.packaged import read_packaged
from cxresearch.study.parts import Identifier, Part, Text, refuse

_STOP_WORDS = Path(__file__).parents[1] / "lexicons" / "stopwords.yml"
_LEAST_LETTERS = 2
LONGEST = 4
"""Words of an expression, those of grammar counted in."""


def _check_theme_word(text: str) -> str:
    words = fold_expression(text).replace("*", " ").split()
    if 1 <= len(words) <= LONGEST and "_" not in words:
        return text
    raise refuse(
        f"'{text}' is no word of a theme",
        allowed=f"a word, or two side by side with the small words between them, at most {LONGEST} "
        "in all; * at the end stands for any ending",
        next_step="write it as customers do: rimbors*, or: sala d'attesa",
    )


ThemeWord = Annotated[str, Field(min_length=1), AfterValidator(_check_theme_word)]
"""A word, or two that stand side by side; `*` any ending."""


class ThemeWords(Part):
    """Words in each language."""

    it: list[ThemeWord] = Field(default=[], description="Words in Italian.")
    en: list[ThemeWord] = Field(default=[], description="Words in English.")


class DeclaredTheme(Part):
    """A theme as a person wants it: a comment with one of its words carries it."""

    id: Identifier = Field(description="Short name, kept for good.")
    name: Text = Field(description="What readers see.")
    words: ThemeWords = Field(
        default=ThemeWords(),
        description="The words that make it, in each language; none renames the found theme.",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        is_found = self.id.startswith(("it-", "en-"))
        if not (self.words.it or self.words.en or is_found):
            raise refuse(
                f"theme '{self.id}' has no words",
                allowed="words in Italian or in English",
                next_step="add words: {it: [rimbors*]}, or take the theme out",
                key="words",
            )
        for language in ("it", "en"):
            _check_subjects(getattr(self.words, language), language)
        return self


def _check_subjects(words: list[str], language: str) -> None:
    """Refuse expressions of words that can name no subject."""
    whole, beginnings = _stop_words(language)
    empty = [
        text
        for text in words
        if all(
            word in whole or word.startswith(beginnings) or len(word) < _LEAST_LETTERS
            for word in fold_expression(text).replace("*", " ").split()
        )
    ]
    if empty:
        raise refuse(
            ", ".join(f"'{text}'" for text in empty) + " names no subject",
            allowed="words for a thing; articles, courtesies and judgements name none",
            next_step="name the thing itself, or take the word out",
            key="words",
        )


@cache
def _stop_words(language: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """Words of `lexicons/stopwords.yml` that name no subject: whole ones, and beginnings."""
    groups = read_packaged(_STOP_WORDS)[language]
    lines = (line for lines in groups.values() for line in lines)
    listed = (str(w) for line in lines for w in (line if isinstance(line, list) else [line]))
    words = [fold_expression(word).strip() for word in listed]
    whole = frozenset(word for word in words if not word.endswith("*"))
    return whole, tuple(word[:-1] for word in words if word.endswith("*"))


class Themes(Part):
    """themes.yml: themes that are named or joined by hand, and words that make none."""

    themes: list[DeclaredTheme] = Field(default=[], description="Themes declared by hand.")
    forbidden: ThemeWords = Field(
        default=ThemeWords(), description="Words that make no theme, such as the company's name."
    )
