"""Where does an idiom of two to seven words stand, and which of two overlapping ones counts?

Unit of observation: a place in the words of many texts. From every word at which an idiom may begin
the tree of idioms is climbed, one word a step, all places at once. Idioms do not cross the end of a
clause other than a comma. The longest counts, of equally long ones the first, at one place `keep`;
none overlaps another.

It cannot find an idiom with a word more in its middle: then it has to be entered with `_`.
"""

import numpy as np
import polars as pl

from cxresearch.transforms.text.lexicon import LONGEST, ROLES
from cxresearch.transforms.text.patterns import Patterns
from cxresearch.transforms.text.tokens import Flags, Ints
from cxresearch.transforms.text.vocabulary import Vocabulary

_SIEVE = 2**20 - 1
"""Most keys are unknown: a look at their last 20 bits spares the search for them."""


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
    start, idiom = _climb(words, section, vocabulary, patterns)
    mocks = patterns.role[patterns.idiom_role[idiom]] == ROLES.index("sarcasm")
    mockery = np.zeros(len(words), dtype=np.bool_)
    mockery[start[mocks]] = True
    speaks = ~mocks | (patterns.idiom_tone[idiom] >= 0)
    start, idiom = start[speaks], idiom[speaks]
    length = patterns.idiom_length[idiom]
    for size in range(LONGEST, 1, -1):
        at, which = start[length == size], idiom[length == size]
        free = ~covered[at[:, None] + np.arange(size)].any(axis=1)
        at, which = _without_overlap(at[free], which[free], size, patterns)
        begins[at] = which
        covered[at[:, None] + np.arange(size)] = True
    return begins, covered, mockery


def _climb(
    words: Ints, section: Ints, vocabulary: Vocabulary, patterns: Patterns
) -> tuple[Ints, Ints]:
    """Every place where all words of an idiom stand: start and idiom."""
    n_tokens = len(vocabulary.tone)
    steps = patterns.branches.join(vocabulary.parts, on="part").select(
        (pl.col("node") * n_tokens + pl.col("token")).alias("key"), "child"
    )
    key, child = (steps.sort("key", "child")[name].to_numpy() for name in ("key", "child"))
    any_word = np.full(len(patterns.idiom), -1, dtype=np.int64)
    wild = patterns.branches.filter(pl.col("part") == -1)
    any_word[wild["node"].to_numpy()] = wild["child"].to_numpy()
    sieve = np.zeros(_SIEVE + 1, dtype=np.bool_)
    sieve[key & _SIEVE] = True
    ahead = _words_ahead(section)
    at, step = _first_steps(words, key, n_tokens)
    skips = _before_known(words, key, int(any_word[0]), n_tokens)
    at, node = np.concatenate([at, skips]), np.concatenate([child[step], any_word[skips * 0]])
    found = []
    for place in range(1, LONGEST):
        inside = ahead[at] >= place
        at, node = at[inside], node[inside]
        known, step = _steps(node * n_tokens + words[at + place], key, sieve=sieve)
        skips = np.flatnonzero(any_word[node] >= 0)
        at, node = (
            np.concatenate([at[known], at[skips]]),
            np.concatenate([child[step], any_word[node[skips]]]),
        )
        idiom = patterns.idiom[node]
        found.append((at[idiom >= 0], idiom[idiom >= 0]))
    start, idiom = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return start, idiom


def _words_ahead(section: Ints) -> Ints:
    """How many words of its section follow each word."""
    last = np.append(np.flatnonzero(np.diff(section)), len(section) - 1).astype(np.int32)
    size = np.diff(last, prepend=np.int32(-1))
    ahead: Ints = (np.repeat(last, size) - np.arange(len(section))).astype(np.int32)
    return ahead


def _first_steps(words: Ints, key: Ints, n_tokens: int) -> tuple[Ints, Ints]:
    """Every word at which an idiom may begin, once for each branch of the root."""
    first = np.searchsorted(key, np.arange(n_tokens + 1))
    count = np.diff(first)[words]
    at = np.repeat(np.arange(len(words), dtype=np.int32), count)
    nth = np.arange(len(at)) - np.repeat(np.cumsum(count) - count, count)
    return at, first[words[at]] + nth


def _before_known(words: Ints, key: Ints, node: int, n_tokens: int) -> Ints:
    """Every word before one that goes on from `node`, where idioms begin with any word."""
    low, high = np.searchsorted(key, [node * n_tokens, (node + 1) * n_tokens])
    goes_on = np.zeros(n_tokens, dtype=np.bool_)
    goes_on[key[low:high] - node * n_tokens] = node >= 0
    before: Ints = np.flatnonzero(goes_on[words[1:]]).astype(np.int32)
    return before


def _steps(asked: Ints, key: Ints, *, sieve: Flags) -> tuple[Ints, Ints]:
    """Which of the asked keys are known, once for each of the sorted keys that equals it."""
    likely = np.flatnonzero(sieve[asked & _SIEVE])
    first = np.searchsorted(key, asked[likely])
    # A word may match two branches, as itself and by its beginning: their keys stand together.
    is_known = np.append(key, -1)[first] == asked[likely]
    known, first = likely[is_known], first[is_known]
    count = np.searchsorted(key, asked[known], side="right") - first
    nth = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    return np.repeat(known, count), np.repeat(first, count) + nth


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
