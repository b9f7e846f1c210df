"""How is a lexicon made ready, so that many words and idioms are matched at once?

Unit of observation: an entry. Words of one entry, and the words of idioms, become patterns (whole
words or beginnings of words); idioms become a tree in which idioms that begin alike share a path,
so that ten thousand of them cost little more than a hundred.

It cannot match a pattern that begins with any letters.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from cxresearch.transforms.text.lexicon import LONGEST, ROLES, Lexicon
from cxresearch.transforms.text.tokens import Ints

TONE, ROLE, PART = range(3)
"""What a pattern is for: an entry with tone, an entry with another role, a word of idioms."""


@dataclass(frozen=True, eq=False)
class Patterns:
    """A lexicon made ready for matching.

    Parameters
    ----------
    patterns
        A row a pattern and purpose: pattern, is_stem, length, purpose, target (position of the
        entry, or number of the word of idioms).
    role, strength
        Of each entry: number of the role in `ROLES`, strength (1 where there is none); last, of no
        entry (-1): 0 and 1.
    negates
        Of each entry, and last of none, whether it is an idiom that holds a negator: who negates
        once more ("nessuno risponde e non funziona") does not take it back.
    branches
        The tree of idioms, its root 0: node, part (word of idioms; -1 any word), child.
    idiom
        Of each node, the idiom that ends there; -1 where none does.
    idiom_tone, idiom_role, idiom_length
        Of each idiom: entry with tone, entry with another role (-1 where there is none), words. Of
        equally long ones the one with more letters comes first.
    """

    patterns: pl.DataFrame
    role: NDArray[Any]
    strength: NDArray[Any]
    negates: NDArray[np.bool_]
    branches: pl.DataFrame
    idiom: Ints
    idiom_tone: Ints
    idiom_role: Ints
    idiom_length: Ints


@lru_cache(maxsize=8)
def compile_lexicon(lexicon: Lexicon) -> Patterns:
    """A lexicon made ready for matching, once a lexicon."""
    is_tone = pl.col("role") == "tone"
    n_letters = pl.col("parts").list.join("").str.len_chars().cast(pl.Int64)
    entries = lexicon.entries.with_row_index("entry_id").with_columns(n=pl.col("parts").list.len())
    single = entries.filter(pl.col("n") == 1).select(
        written=pl.col("parts").list.first(),
        purpose=pl.when(is_tone).then(TONE).otherwise(ROLE),
        target="entry_id",
    )
    idioms = (
        entries.filter(pl.col("n") > 1)
        .group_by("parts", "n", maintain_order=True)
        .agg(
            tone=pl.col("entry_id").filter(is_tone).first(),
            role=pl.col("entry_id").filter(~is_tone).first(),
        )
        .sort(-n_letters, maintain_order=True)
    )
    words = idioms.select(pl.int_range(pl.len()).alias("idiom"), "parts").explode("parts")
    known = words.select(written="parts").unique(maintain_order=True)
    parts = known.filter(pl.col("written") != "_").with_row_index("target")
    part = parts.select("written", pl.lit(PART).alias("purpose"), "target")
    is_stem = pl.col("written").str.contains(r"^[\p{L}\p{N}].*\*$")  # no emoticon such as :*
    stem = pl.when(is_stem).then(pl.col("written").str.strip_suffix("*")).otherwise("written")
    patterns = pl.concat([single, part], how="vertical_relaxed").select(
        stem.alias("pattern"),
        is_stem.alias("is_stem"),
        stem.str.len_chars().alias("length"),
        "purpose",
        pl.col("target").cast(pl.Int64),
    )
    number = {role: code for code, role in enumerate(ROLES)}
    branches, ends = _tree(words, parts, idioms.height)
    return Patterns(
        patterns,
        np.append(entries["role"].replace_strict(number, return_dtype=pl.Int64).to_numpy(), 0),
        np.append(entries["strength"].fill_null(1.0).to_numpy(), 1.0),
        _hold_negator(entries),
        branches,
        ends,
        idioms["tone"].cast(pl.Int64).fill_null(-1).to_numpy(),
        idioms["role"].cast(pl.Int64).fill_null(-1).to_numpy(),
        idioms["n"].cast(pl.Int64).to_numpy(),
    )


def _hold_negator(entries: pl.DataFrame) -> NDArray[np.bool_]:
    """Whether each entry is an idiom with a word that negates; last, of no entry: no."""
    is_negator = pl.col("role").is_in(["negator", "denier"]) & (pl.col("n") == 1)
    words = entries.filter(is_negator).select(pl.col("parts").list.first()).to_series()
    known = [re.escape(word).replace(r"\*", ".*") for word in words]
    negating = "|".join([*known, ".*n't"])
    holds = pl.element().str.contains(f"^(?:{negating})$").any()
    flags = entries.select((pl.col("n") > 1) & pl.col("parts").list.eval(holds).list.first())
    return np.append(flags.to_series().to_numpy(), False).astype(np.bool_)


def _tree(words: pl.DataFrame, parts: pl.DataFrame, n: int) -> tuple[pl.DataFrame, Ints]:
    """The branches of the tree of idioms, and the idiom that ends at each node."""
    placed = words.with_columns(place=pl.int_range(pl.len()).over("idiom")).join(
        parts, left_on="parts", right_on="written", how="left", maintain_order="left"
    )
    table = np.full((n, LONGEST), -2, dtype=np.int64)
    number = placed["target"].cast(pl.Int64).fill_null(-1).to_numpy()
    table[placed["idiom"].to_numpy(), placed["place"].to_numpy()] = number
    node = np.zeros(n, dtype=np.int64)
    found, n_nodes = [np.zeros((0, 3), dtype=np.int64)], 1
    for place in range(LONGEST):
        going = np.flatnonzero(table[:, place] > -2)
        steps = np.stack([node[going], table[going, place]], axis=1)
        branch, child = np.unique(steps, axis=0, return_inverse=True)
        node[going] = n_nodes + child.reshape(-1)
        found.append(np.column_stack([branch, n_nodes + np.arange(len(branch))]))
        n_nodes += len(branch)
    ends = np.full(n_nodes, -1, dtype=np.int64)
    ends[node] = np.arange(n)
    branches = pl.DataFrame(np.concatenate(found), schema=["node", "part", "child"], orient="row")
    return branches, ends
