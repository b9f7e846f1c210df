"""Where does an idiom of two to seven words stand, and which of two overlapping ones counts?

Unit of observation: a place in the words of many texts. Candidates are found by the word of each
idiom that is rarest in these texts, then tried word by word, all at once: ten thousand idioms cost
little more than a hundred. Idioms do not cross the end of a clause other than a comma. The longest
counts, of equally long ones the first, at one place `keep`; none overlaps another.

It cannot find an idiom with a word more in its middle: then it has to be entered with `_`.
"""

import numpy as np
import polars as pl

from cxresearch.transforms.text.lexicon import ROLES
from cxresearch.transforms.text.tokens import Flags, Ints
from cxresearch.transforms.text.vocabulary import Patterns, Vocabulary


def find_idioms(
    words: Ints, section: Ints, vocabulary: Vocabulary, patterns: Patterns
) -> tuple[Ints, Flags, Flags]:
    """The idiom that begins at each word, the words that belong to one, and where mockery begins.

    Parameters
    ----------
    words
        Token ids of all words, one text after the other.
    section
        Number of the section of each word; an idiom lies in one.
    vocabulary, patterns
        What is known of the tokens and of the lexicon.

    Returns
    -------
    tuple
        Position of the idiom that begins at each word, else -1; whether a word is part of one;
        whether an idiom of sarcasm begins there, whose words go on speaking for themselves.
    """
    begins = np.full(len(words), -1, dtype=np.int64)
    covered = np.zeros(len(words), dtype=np.bool_)
    start, idiom = _candidates(words, section, vocabulary, patterns)
    mocks = patterns.role[patterns.idiom_role[idiom]] == ROLES.index("sarcasm")
    mockery = np.zeros(len(words), dtype=np.bool_)
    mockery[start[mocks]] = True
    speaks = ~mocks | (patterns.idiom_tone[idiom] >= 0)
    start, idiom = start[speaks], idiom[speaks]
    length = patterns.idiom_length[idiom]
    for size in range(patterns.idioms.shape[1], 1, -1):
        of_size = length == size
        if not of_size.any():
            continue
        at, which = start[of_size], idiom[of_size]
        reach = at[:, None] + np.arange(size)
        free = ~covered[reach].any(axis=1)
        at, which = _without_overlap(at[free], which[free], size, patterns)
        begins[at] = which
        covered[at[:, None] + np.arange(size)] = True
    return begins, covered, mockery


def _candidates(
    words: Ints, section: Ints, vocabulary: Vocabulary, patterns: Patterns
) -> tuple[Ints, Ints]:
    """Every place where all words of an idiom stand: start and idiom."""
    empty = np.zeros(0, dtype=np.int64)
    if not len(words) or not len(patterns.idioms):
        return empty, empty
    token, part = (vocabulary.parts[name].to_numpy().astype(np.int64) for name in ("token", "part"))
    known = token * patterns.n_parts + part
    anchor = _rarest(words, token, part, patterns)
    n_idioms = np.arange(len(patterns.idioms))
    anchors = pl.DataFrame({"part": patterns.idioms[n_idioms, anchor], "idiom": n_idioms})
    pairs = vocabulary.parts.join(anchors, on="part").sort("token", "idiom")
    first = np.searchsorted(pairs["token"].to_numpy(), np.arange(words.max() + 2))
    count = np.diff(first)[words]
    at = np.repeat(np.arange(len(words)), count)
    nth = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    idiom = pairs["idiom"].to_numpy().astype(np.int64)[first[words[at]] + nth]
    start = at - anchor[idiom]
    end = start + patterns.idiom_length[idiom] - 1
    inside = (start >= 0) & (end < len(words))
    start, idiom, end = start[inside], idiom[inside], end[inside]
    together = section[start] == section[end]
    start, idiom = start[together], idiom[together]
    for place in range(patterns.idioms.shape[1]):
        wanted = patterns.idioms[idiom, place]
        asked = wanted >= 0
        here = words[np.minimum(start + place, len(words) - 1)]
        fits = ~asked | _is_known(here * patterns.n_parts + wanted, known)
        start, idiom = start[fits], idiom[fits]
    return start, idiom


def _rarest(words: Ints, token: Ints, part: Ints, patterns: Patterns) -> Ints:
    """The place of the word of each idiom that is rarest in these texts."""
    in_text = np.bincount(words, minlength=int(token.max(initial=0)) + 1)
    count = np.bincount(part, weights=in_text[token], minlength=patterns.n_parts)
    often = np.where(patterns.idioms < 0, np.inf, count[patterns.idioms])
    rarest: Ints = often.argmin(axis=1)
    return rarest


def _is_known(keys: Ints, known: Ints) -> Flags:
    """Which keys are among the sorted known ones."""
    at = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    found: Flags = known[at] == keys
    return found


def _without_overlap(at: Ints, which: Ints, size: int, patterns: Patterns) -> tuple[Ints, Ints]:
    """Of equally long idioms those that overlap none before them, counted from where they touch."""
    says = patterns.role[patterns.idiom_role[which]] != ROLES.index("keep")
    order = np.lexsort((which, says, at))
    at, which = at[order], which[order]
    new = np.diff(at, prepend=-1) > 0
    at, which = at[new], which[new]
    chain = np.diff(at, prepend=-size) >= size
    begin = at[np.flatnonzero(chain)][np.cumsum(chain) - 1] if len(at) else at
    kept = (at - begin) % size == 0
    return at[kept], which[kept]
