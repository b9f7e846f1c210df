"""What do customers write about, theme by theme?

Unit of observation: a comment; a theme is a set of words that are written together. Base: the
comments of one language, Italian and English apart. A comment may carry several themes or none, and
how many carry none is told. Themes do not depend on the order of the comments; given the terms of
an earlier run they keep their ids and names.

It cannot say whether what is written is praise or blame (tone is measured beside), nor what those
think who write nothing. A theme is a description by its words, never a cause.
"""

from dataclasses import dataclass

import polars as pl

from cxresearch.errors import ParameterError, require_columns
from cxresearch.language import mark
from cxresearch.models.content_words import read_words
from cxresearch.models.shared_words import keep_shared
from cxresearch.models.theme_declared import (
    declared_terms,
    forbidden_words,
    renamed_themes,
    write_declaration,
)
from cxresearch.models.theme_fit import Fitted, fit_themes
from cxresearch.models.theme_names import TERMS
from cxresearch.models.theme_tables import (
    GLANCE,
    TIDY,
    augment_themes,
    carry_themes,
    hide_terms,
    order_comments,
    other_languages,
    tidy_themes,
)
from cxresearch.models.theme_terms import drop_covered, found_terms, name_themes
from cxresearch.study import Themes
from cxresearch.transforms.scales import Table
from cxresearch.transforms.suppress import THRESHOLD

THEME_LANGUAGES = ("it", "en")
LEAST_COMMENTS = 100
"""Comments of a language below which no themes are looked for."""
LEAST_SHARE = 0.002
LEAST_WITH_WORD = 5
"""A word makes themes from this share of comments, and this number of them, up; it must be written
by `hide_below` people besides."""
_RARE = 200_000  # comments for each comment that a word must stand in to be kept at all

_TOO_FEW = mark("fewer comments than themes need")
_NO_WORDS = mark("no words that go together")
_UNKNOWN = mark("no themes are made in this language")


@dataclass(frozen=True)
class ThemeModel:
    """Result of `find_themes`.

    Attributes
    ----------
    themes, carried, vocabulary, quality
        What `tidy`, `augment`, `terms` and `glance` return.
    """

    themes: pl.DataFrame
    carried: pl.DataFrame
    vocabulary: pl.DataFrame
    quality: pl.DataFrame

    def tidy(self) -> pl.DataFrame:
        """A row a theme and language, the most frequent first.

        Returns
        -------
        pl.DataFrame
            theme (id, kept between runs), name, words (its foremost, as people write them; only
            those of `hide_below` people), language, n (comments), n_respondents, base (comments of
            the language), share, ci_low, ci_high (95 %, people as clusters), is_declared (in
            themes.yml), is_suppressed (a declared one of fewer people than `hide_below`: no name,
            no word, no number; a found one is none).
        """
        return self.themes

    def augment(self) -> pl.DataFrame:
        """A row a comment and theme it carries: response_id, theme, weight, is_main."""
        return self.carried

    def terms(self) -> pl.DataFrame:
        """What a later run is given as `known`: theme, name, language, term, word, weight (0-1).

        Words of fewer people than `hide_below`, and those of themes that are hidden, are left out.
        """
        return self.vocabulary

    def glance(self) -> pl.DataFrame:
        """A row a language.

        Returns
        -------
        pl.DataFrame
            language (null: not known), n (comments), n_respondents, n_themes, n_none (comments
            without a theme), share_none, stability (agreement of the themes of two halves, 0-1),
            coherence (mean of the themes, 0-1), reason (English source text: why there are none).
        """
        return self.quality

    def declaration(self) -> str:
        """The themes as text for themes.yml, to rename, join and edit by hand."""
        return write_declaration(self.vocabulary)


def find_themes(
    comments: Table,
    *,
    n_themes: int | None = None,
    known: pl.DataFrame | None = None,
    declared: Themes | None = None,
    hide_below: int = THRESHOLD,
    random_state: int = 0,
) -> ThemeModel:
    """Find the themes of comments.

    Parameters
    ----------
    comments
        `response_id`, `comment`; where present `respondent_id` (people as clusters) and
        `language` (null: the text decides). Other columns are ignored.
    n_themes
        Themes of each language, 2 or more; None chooses 6 to 15 by how well two halves of the
        comments agree. Themes whose words do not go together are left out.
    known
        `terms()` of an earlier run.
    declared
        themes.yml of the study (`Study.themes`).
    hide_below
        Least number of people of a theme, and of a word, that is shown.
    random_state
        Seed of the halves.

    Returns
    -------
    ThemeModel
        With `tidy()`, `augment()`, `terms()`, `glance()` and `declaration()`.

    Raises
    ------
    DataError
        A column is missing.
    ParameterError
        `n_themes` is below 2; a word of themes.yml names no subject.

    Notes
    -----
    See `theme_fit.fit_themes` for the method and `docs/decisions/0016-themes.md` for the reasons.

    Examples
    --------
    >>> said = ["lunga coda alla cassa", "la cassa ha sempre coda", "app che si blocca"]
    >>> table = pl.DataFrame({"response_id": ["a", "b", "c"], "comment": said, "language": "it"})
    >>> find_themes(table).glance()["reason"].to_list()
    ['fewer comments than themes need']
    """
    if n_themes is not None and n_themes < 2:
        raise ParameterError(f"n_themes={n_themes}", allowed="2 or more, or None to choose")
    if known is not None:
        require_columns(known, *TERMS)
    ordered = order_comments(comments)
    declared = declared or Themes()
    parts: list[_Part] = []
    taken = ({theme.id for theme in declared.themes} | _ids(known)) - set(renamed_themes(declared))
    for language in THEME_LANGUAGES:
        part = _find_in(
            ordered.filter(pl.col("language") == language),
            language=language,
            n_themes=n_themes,
            known=known,
            declared=declared,
            taken=taken,
            random_state=random_state,
            hide_below=hide_below,
        )
        taken |= _ids(part.terms)
        parts.append(part)
    others = ordered.filter(~pl.col("language").is_in(THEME_LANGUAGES).fill_null(value=False))
    quality = [part.quality for part in parts if part.quality["n"].item()]
    return ThemeModel(
        pl.concat([pl.DataFrame(schema=TIDY), *(part.themes for part in parts)]),
        augment_themes(pl.concat([part.carried for part in parts])),
        pl.concat([pl.DataFrame(schema=TERMS), *(part.terms for part in parts)]),
        pl.concat(
            [pl.DataFrame(schema=GLANCE), *quality, other_languages(others, reason=_UNKNOWN)]
        ),
    )


@dataclass(frozen=True)
class _Part:
    """The themes of one language."""

    themes: pl.DataFrame
    carried: pl.DataFrame
    terms: pl.DataFrame
    quality: pl.DataFrame


def _ids(terms: pl.DataFrame | None) -> set[str]:
    return set() if terms is None else set(terms["theme"])


def _find_in(
    comments: pl.DataFrame,
    *,
    language: str,
    n_themes: int | None,
    known: pl.DataFrame | None,
    declared: Themes,
    taken: set[str],
    random_state: int,
    hide_below: int,
) -> _Part:
    """The themes of the comments of one language, in order."""
    n = comments.height
    content = read_words(
        comments["text"],
        language=language,
        least=1 + n // _RARE,
        forbidden=forbidden_words(declared, language),
    )
    by_hand = declared_terms(declared.themes, content, language=language)
    shared = keep_shared(content, comments["person"], at_least=hide_below)
    fitted = None
    if n >= LEAST_COMMENTS:
        least = max(LEAST_WITH_WORD, int(LEAST_SHARE * n))
        fitted = fit_themes(
            shared, n_texts=n, n_themes=n_themes, least=least, random_state=random_state
        )
    hand = {theme.id for theme in declared.themes}
    earlier = (pl.DataFrame(schema=TERMS) if known is None else known).filter(language=language)
    found = found_terms(fitted, shared, by_hand, language=language)
    found = drop_covered(found, by_hand, comments, content)
    found = name_themes(
        found,
        comments,
        shared,
        earlier,
        by_hand,
        language=language,
        taken=taken,
        renamed=renamed_themes(declared, language),
    )
    terms = pl.concat([by_hand, found])
    carried = carry_themes(comments, content, terms)
    themes = tidy_themes(carried, comments, terms, shared, declared=hand, hide_below=hide_below)
    carried = carried.join(themes, on="theme", how="semi", maintain_order="left")
    quality = _quality(comments, carried, themes, fitted, language=language)
    return _Part(themes, carried, hide_terms(terms, themes, shared), quality)


def _quality(
    comments: pl.DataFrame,
    carried: pl.DataFrame,
    themes: pl.DataFrame,
    fitted: Fitted | None,
    *,
    language: str,
) -> pl.DataFrame:
    """The row of `glance` of one language."""
    n = comments.height
    n_none = n - carried["row"].n_unique()
    row = {
        "language": language,
        "n": n,
        "n_respondents": comments["person"].n_unique(),
        "n_themes": themes.height,
        "n_none": n_none,
        "share_none": n_none / n if n else None,
        "stability": fitted.stability if fitted else None,
        "coherence": float(fitted.coherence.mean()) if fitted else None,
        "reason": None if themes.height else _TOO_FEW if n < LEAST_COMMENTS else _NO_WORDS,
    }
    return pl.DataFrame([row], schema=GLANCE)
