"""From weights of words to themes with words, id and name.

Unit: a word of a theme in one language. Themes that lie mostly on words declared by hand are left
out; of the others those known before keep id and name, and the most frequent choose theirs first.
"""

import polars as pl

from cxresearch.models.content_words import ContentWords
from cxresearch.models.theme_declared import is_absorbed
from cxresearch.models.theme_fit import Fitted
from cxresearch.models.theme_names import TERMS, make_id, match_known, name_theme
from cxresearch.models.theme_subjects import JUDGING_WEIGHT, find_judging
from cxresearch.models.theme_tables import carry_themes

COVERED_FROM = 0.7
"""Share of a found theme's comments that carry a declared one from which that stands for it."""


def found_terms(
    fitted: Fitted | None, content: ContentWords, by_hand: pl.DataFrame, *, language: str
) -> pl.DataFrame:
    """The words of found themes; `theme` is their position. Absorbed themes are left out.

    A word that judges keeps a small part of its weight (`theme_subjects`).
    """
    parts = [pl.DataFrame(schema=TERMS)]
    judging = list(find_judging(content.words, language=language))
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
    part = pl.when(pl.col("term").is_in(judging)).then(JUDGING_WEIGHT).otherwise(1.0)
    return pl.concat(parts).with_columns((pl.col("weight") * part).round(6))


def drop_covered(
    found: pl.DataFrame, by_hand: pl.DataFrame, comments: pl.DataFrame, content: ContentWords
) -> pl.DataFrame:
    """Found themes without those most of whose comments carry one declared theme."""
    own = carry_themes(comments, content, found).select("row", "theme")
    hand = carry_themes(comments, content, by_hand).select("row", hand="theme")
    sizes = own.group_by("theme").len("size")
    covered = (
        own.join(hand, on="row")
        .group_by("theme", "hand")
        .len("both")
        .join(sizes, on="theme")
        .filter(pl.col("both") >= COVERED_FROM * pl.col("size"))
    )
    return found.join(covered, on="theme", how="anti", maintain_order="left")


def name_themes(
    found: pl.DataFrame,
    comments: pl.DataFrame,
    content: ContentWords,
    known: pl.DataFrame,
    by_hand: pl.DataFrame,
    *,
    language: str,
    taken: set[str],
    renamed: dict[str, str],
) -> pl.DataFrame:
    """Found themes with id and name: those known before keep theirs, the frequent choose first.

    One that would have the id of a declared theme with words gives way to it; one whose id is in
    `renamed` takes the name given there.
    """
    judging = find_judging(content.words, language=language)
    hand = set(by_hand["theme"])
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
            name = name_theme(
                group, content, rows=rows, n_texts=comments.height, taken=names, judging=judging
            )
            plain = make_id(name, language=language, taken=set())
            id_ = plain if plain in hand else make_id(name, language=language, taken=ids)
        if id_ in hand:
            continue
        name = renamed.get(id_, name)
        ids.add(id_)
        names.add(name)
        parts.append(group.with_columns(theme=pl.lit(id_), name=pl.lit(name)))
    return pl.concat(parts)
