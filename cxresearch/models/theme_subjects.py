"""Which words of themes judge rather than name a subject?

Unit: a content word of comments in one language, judged by the lexicon of tone. Such words neither
lead the name of a theme nor carry it alone: what is broken may be a lift or a card. Nouns of
trouble (delay, noise) are subjects, though the lexicon counts them as blame.

It cannot tell a word that judges here and names a subject there.
"""

from functools import cache

import polars as pl

from cxresearch.models.content_words import stem_words
from cxresearch.transforms.text.lexicon import fold, read_lexicon

JUDGING_WEIGHT = 0.15
"""Factor of the weight of a word that judges: three of them alone carry no theme."""
_SUBJECTS = {
    "it": (
        *("ritardo", "rumore", "coda", "fila", "attesa", "puzza", "odore", "sporcizia", "polvere"),
        *("muffa", "furto", "sciopero", "truffa", "multa", "danno", "perdita", "guasti", "caldo"),
        *("freddo", "fumo", "insetti", "traffico"),
    ),
    "en": (
        *("delay", "queue", "line", "noise", "wait", "waiting", "smell", "odor", "dirt", "dust"),
        *("mold", "theft", "strike", "scam", "damage", "leak", "breakdown", "cancellation"),
        *("heat", "smoke", "bugs", "traffic", "crowd"),
    ),
}


def find_judging(words: pl.DataFrame, *, language: str) -> set[str]:
    """The keys of words, and of pairs with one, that judge.

    Parameters
    ----------
    words
        `ContentWords.words`: key, shown, is_pair.

    Examples
    --------
    >>> table = pl.DataFrame({"key": ["spotles", "room", "room spotles"],
    ...     "shown": ["spotless", "room", "room spotless"], "is_pair": [False, False, True]})
    >>> sorted(find_judging(table, language="en"))
    ['room spotles', 'spotles']
    """
    exact, beginnings = _toned(language)
    written = fold(pl.col("shown").str.to_lowercase())
    toned = written.is_in(list(exact)) | written.str.contains(rf"^(?:{'|'.join(beginnings)})")
    subjects = stem_words(
        pl.Series(_SUBJECTS[language], dtype=pl.String), language=language
    ).to_list()
    single = words.filter(~pl.col("is_pair"))
    judging = single.filter(toned, ~pl.col("key").is_in(subjects))["key"].to_list()
    pairs = words.filter("is_pair").filter(
        pl.col("key").str.split(" ").list.eval(pl.element().is_in(judging)).list.any()
    )
    return {*judging, *pairs["key"]}


@cache
def _toned(language: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """Words with tone: whole ones, and beginnings."""
    entries = read_lexicon(language).entries.filter(
        pl.col("role") == "tone", pl.col("strength") != 0, pl.col("parts").list.len() == 1
    )
    parts = entries["parts"].list.first().to_list()
    plain = [part for part in parts if part.rstrip("*").replace("'", "").isalpha()]
    whole = frozenset(part for part in plain if not part.endswith("*"))
    return whole, tuple(sorted({part[:-1] for part in plain if part.endswith("*")})) or ("\\b$",)
