"""From weights of words to themes with words, id and name.

Unit: a word of a theme in one language. Themes that lie mostly on words declared by hand are left
out; of the others those known before keep id and name, and the most frequent choose theirs first.
"""

import polars as pl

from cxresearch.models.content_words import ContentWords
from cxresearch.models.theme_declared import is_absorbed
from cxresearch.models.theme_fit import Fitted
from cxresearch.models.theme_names import TERMS, make_id, match_known, name_theme
from cxresearch.models.theme_tables import carry_themes


def found_terms(
    fitted: Fitted | None, content: ContentWords, by_hand: pl.DataFrame, *, language: str
) -> pl.DataFrame:
    """The words of found themes; `theme` is their position. Absorbed themes are left out."""
    parts = [pl.DataFrame(schema=TERMS)]
    for position, weights in enumerate(fitted.weights if fitted else []):
        used = weights.nonzero()[0]
        words = content.words.select("key", "shown")[fitted.word[used]] if fitted else None
        if words is None or is_absorbed(
            dict(zip(words["key"], weights[used], strict=True)), by_hand
        ):
            continue
        parts.append(
            words.select(
                pl.lit(str(position)).alias("theme"),
                pl.lit("").alias("name"),
                pl.lit(language).alias("language"),
                pl.col("key").alias("term"),
                pl.col("shown").alias("word"),
                pl.Series("weight", weights[used]).round(6),
            )
        )
    return pl.concat(parts)


def name_themes(
    found: pl.DataFrame,
    comments: pl.DataFrame,
    content: ContentWords,
    known: pl.DataFrame,
    by_hand: pl.DataFrame,
    *,
    language: str,
    taken: set[str],
) -> pl.DataFrame:
    """Found themes with id and name: those known before keep theirs, the frequent choose first."""
    carried = carry_themes(comments, content, found)
    frequent = carried.group_by("theme").len().sort(["len", "theme"], descending=[True, False])
    order = frequent["theme"].to_list()
    groups = {position: found.filter(pl.col("theme") == position) for position in order}
    weights = [dict(group.select("term", "weight").iter_rows()) for group in groups.values()]
    same = match_known(weights, known)
    ids, names = set(taken), set(by_hand["name"]) | {name for _, name in same.values()}
    parts = [pl.DataFrame(schema=TERMS)]
    for place, (position, group) in enumerate(groups.items()):
        if place in same:
            id_, name = same[place]
        else:
            rows = carried.filter(pl.col("theme") == position)["row"]
            name = name_theme(group, content, rows=rows, taken=names)
            id_ = make_id(name, language=language, taken=ids)
        ids.add(id_)
        names.add(name)
        parts.append(group.with_columns(theme=pl.lit(id_), name=pl.lit(name)))
    return pl.concat(parts)
