"""By which expressions is each touchpoint of a study recognised in a comment?

The unit is a touchpoint. Its declared `words` are taken where experience.yml has any. Else it is
recognised by its label (all words of it in one clause, in any form), and by the generic aspects
that are places (`place: true` in lexicons/aspects.yml): the touchpoint that is called "app" by what
customers say of apps, the one that is called "booking" and "telephone" by both in one clause. Where
two touchpoints are called by the same places, these name neither.

It cannot know house names: those go into `words`.
"""

from collections import Counter
from collections.abc import Iterator

import polars as pl

from cxresearch.language import LANGUAGES
from cxresearch.study import Aspect, Study, Words, fold_expression
from cxresearch.study.experience import Touchpoint
from cxresearch.study.models import in_every_language
from cxresearch.transforms.text.aspects import (
    SEED_COLUMNS,
    find_named,
    read_aspect_seeds,
    seeds_of,
)

_LABEL, _PLACES, _DECLARED = 1, 2, 3
"""Ways in which a touchpoint is named."""

_EMPTY_WORDS = (
    "a ad al alla alle ai agli allo con da dal dalla dei del della delle degli di e ed gli i il "
    "in la le lo nel nella per su sui sul sulla tra un una the an and at by for from of on or "
    "our to via with your my nostro nostra nostri dopo prima after before presso servizio "
    "servizi service services area customer cliente clienti "
)
"""Words of a label by which nothing is recognised."""
_PREPOSITIONS = ("a", "al", "alla", "in", "on", "at", "sul", "sulla", "nel", "nella")
"""A label that begins with one is looked for as it is: "a bordo"."""
_ENDINGS = {"it": ("ioni", "ione", "zi", "a", "e", "i", "o"), "en": ("ing", "es", "s", "e")}
_LEAST_LETTERS = 4
"""Letters that must be left of a word where its ending is cut."""


def read_touchpoint_seeds(study: Study) -> pl.DataFrame:
    """How customers name each touchpoint of a study.

    Parameters
    ----------
    study
        Its experience.yml has the touchpoints.

    Returns
    -------
    pl.DataFrame
        name (of the touchpoint), language, way, part, expression: all parts of a way must be in the
        clause. A touchpoint that nothing is known of has no row.

    Examples
    --------
    >>> place = {"id": "front", "label": {"en": "Front desk", "it": "Reception"}, "stage": "stay"}
    >>> from cxresearch.study import Experience, Source
    >>> hotel = Study(name="Acme", sources=[Source(table="responses", files="r.csv")],
    ...               experience=Experience(touchpoints=[place]))
    >>> read_touchpoint_seeds(hotel).filter(language="it")["expression"].to_list()[:2]
    ['reception*', 'reception']
    """
    touchpoints = study.experience.touchpoints
    declared = {point.id: point.words for point in touchpoints if point.words}
    said = seeds_of(declared).with_columns(way=pl.lit(_DECLARED, pl.Int64))
    rows = [row for point in touchpoints for row in _label_rows(point)]
    places = _places_of(touchpoints, study)
    rows += _place_rows(places, study.aspects)
    guessed = pl.DataFrame(rows, schema=SEED_COLUMNS, orient="row")
    # Where people said how it is called in a language, nothing is guessed in that language.
    known = said.select("name", "language").unique()
    guessed = guessed.join(known, on=("name", "language"), how="anti", maintain_order="left")
    return pl.concat([said, guessed])


_Row = tuple[str, str, int, int, str]


def _label_rows(point: Touchpoint) -> Iterator[_Row]:
    """The words of the label in each language, each a part of one way."""
    label = in_every_language(point.label, fallback=point.id)
    empty = _EMPTY_WORDS.split()
    for language in LANGUAGES:
        words = fold_expression(label[language].replace("_", " ")).split()
        if words[:1] and words[0] in _PREPOSITIONS:
            yield point.id, language, _LABEL, 0, " ".join(words)
            continue
        words = [word for word in words if word not in empty and len(word) > 1]
        for part, word in enumerate(dict.fromkeys(_stem(word, language) for word in words)):
            yield point.id, language, _LABEL, part, word


def _stem(word: str, language: str) -> str:
    """A word with any ending.

    Examples
    --------
    >>> _stem("biglietti", "it"), _stem("booking", "en"), _stem("app", "en")
    ('bigliett*', 'book*', 'app')
    """
    for ending in _ENDINGS[language]:
        if word.endswith(ending) and len(word) - len(ending) >= _LEAST_LETTERS:
            return word.removesuffix(ending) + "*"
    return word + "*" if len(word) >= _LEAST_LETTERS else word


def _places_of(touchpoints: list[Touchpoint], study: Study) -> dict[str, frozenset[str]]:
    """The places that each touchpoint is called by: by its label, else by a channel of its own."""
    places = {aspect.id: aspect for aspect in study.aspects if aspect.place}
    seeds = read_aspect_seeds(study).filter(pl.col("name").is_in(list(places)))
    channels = study.labels("channel")
    led_to = Counter(channel for point in touchpoints for channel in point.channels)
    own = [channel for channel, n in led_to.items() if n == 1]
    called = [
        (way, point.id, language, text.replace("_", " "))
        for point in touchpoints
        for way, labels in [
            ("label", in_every_language(point.label, fallback=point.id)),
            *(("channel", channels.get(name, {})) for name in point.channels if name in own),
        ]
        for language, text in labels.items()
    ]
    schema = dict.fromkeys(("way", "name", "language", "clause_text"), pl.String)
    names = pl.DataFrame(called, schema=schema, orient="row")
    named = find_named(
        names.select(
            "language", "clause_text", response_id=pl.col("way") + ":" + pl.col("name"),
            clause=pl.int_range(pl.len()), tone=pl.lit(None, pl.Float64),
            evidence=pl.lit(0, pl.UInt32), label=pl.lit("unknown"),
        ),
        seeds,
    )  # fmt: skip
    found: dict[str, set[str]] = {}
    for called_by, place in named.select("response_id", "name").unique().sort(pl.all()).iter_rows():
        found.setdefault(called_by, set()).add(place)
    nothing: set[str] = set()
    return {
        point.id: frozenset(
            found.get(f"label:{point.id}", nothing) or found.get(f"channel:{point.id}", nothing)
        )
        for point in touchpoints
    }


def _place_rows(places: dict[str, frozenset[str]], aspects: tuple[Aspect, ...]) -> Iterator[_Row]:
    """The expressions of the places that only one touchpoint is called by, each place a part."""
    words: dict[str, Words] = {aspect.id: aspect for aspect in aspects}
    alike = Counter(places.values())
    for touchpoint, named in places.items():
        for part, place in enumerate(sorted(named) if alike[named] == 1 else ()):
            for language in LANGUAGES:
                for expression in getattr(words[place], language):
                    yield touchpoint, language, _PLACES, part, fold_expression(expression)
