"""Which words do enough different people write for them to be shown?

Unit: a word, or two words side by side. A word of one person may be who that person is: what few
people write makes no theme, names none and is handed on to no later run. Base: the comments of one
language.

It cannot tell a rare word that anybody may write from one that points at somebody.
"""

import numpy as np
import polars as pl

from cxresearch.models.content_words import ContentWords


def keep_shared(content: ContentWords, person: pl.Series, *, at_least: int) -> ContentWords:
    """The words that `at_least` different people write, counted anew.

    Parameters
    ----------
    content
        Words of texts; its rows count `person`.
    person
        Who wrote each text.

    Examples
    --------
    >>> from cxresearch.models.content_words import read_words
    >>> content = read_words(pl.Series(["lunga coda", "coda infinita", "coda"]), language="it")
    >>> keep_shared(content, pl.Series(["a", "b", "b"]), at_least=2).words["shown"].to_list()
    ['coda']
    """
    used = pl.DataFrame({"row": content.row, "word": content.word}).with_columns(
        person=person.to_physical().rank("dense").gather(content.row)
    )
    people = used.group_by("word").agg(pl.col("person").n_unique())
    enough = people.filter(pl.col("person") >= at_least)["word"].to_numpy()
    kept = np.zeros(content.words.height, dtype=bool)
    kept[enough] = True
    place = np.cumsum(kept) - 1
    told = kept[content.word]
    return ContentWords(
        content.row[told], place[content.word[told]], content.words.filter(pl.Series(kept))
    )
