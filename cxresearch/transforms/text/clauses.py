"""In which clause and sentence does each word stand, and which words does a rule have to look at?

Unit of observation: a token, then an event: a token or idiom that the lexicon knows. A sentence
ends with . ! ? … or a line break. A clause ends with it, with ; : brackets or a dash, before a
contrast (`ma`, `but`) or a concession (`anche se`, `although`), and at a comma that has at least
three words on either side.

It cannot find a clause that no mark and no such word divides.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from cxresearch.transforms.text.idioms import find_idioms
from cxresearch.transforms.text.lexicon import ROLES
from cxresearch.transforms.text.patterns import Patterns
from cxresearch.transforms.text.tokens import (
    CLAUSE_ENDS,
    FACES,
    QUOTES,
    SENTENCE_ENDS,
    SILENT,
    WORDS,
    Flags,
    Ints,
    Tokens,
)
from cxresearch.transforms.text.vocabulary import Vocabulary

LEAST_WORDS = 3
"""Words on either side of a comma that ends a clause."""
_OPENERS = [ROLES.index(role) for role in ("contrast", "concession")]


@dataclass(frozen=True)
class Stream:
    """The tokens of many texts with their places.

    Parameters
    ----------
    clause
        Number of the clause of each token, over all texts.
    is_word
        Whether each token is a word.
    events
        A row an event: row (of the text), sentence, clause, part (between any two marks), first
        and last (tokens), at and end (words before its first, and its last, over all texts), entry
        (with tone, else -1), role (number of another role, else 0), strength (of that role's
        entry: a factor), is_face, is_quoted, is_opening (first word of its sentence), is_question,
        n_exclaims, is_loud, is_long, is_most,
        is_mocking (an idiom of sarcasm begins).
    """

    clause: Ints
    is_word: Flags
    events: pl.DataFrame


@dataclass(frozen=True)
class _Known:
    """What the lexicon says of each token: entries, the last token of it, where mockery begins."""

    entry: Ints
    other: Ints
    last: Ints
    mocks: Flags


def read_stream(tokens: Tokens, vocabulary: Vocabulary, patterns: Patterns) -> Stream:
    """Clauses and events of texts.

    Parameters
    ----------
    tokens
        From `tokens.split_tokens`; silent ones change nothing.
    vocabulary, patterns
        What is known of the tokens and of the lexicon.
    """
    speaks = np.flatnonzero(tokens.kind[tokens.id] != SILENT)
    row, token = tokens.row[speaks], tokens.id[speaks]
    kind = tokens.kind[token]
    ends = kind == SENTENCE_ENDS
    sentence = np.cumsum((np.diff(row, prepend=-1) != 0) | (_before(ends) & ~ends)) - 1
    is_comma = (kind == CLAUSE_ENDS) & tokens.words.is_in([","]).to_numpy()[token]
    known = _look_up(row, token, kind, is_comma, vocabulary, patterns)
    role = patterns.role[known.other]
    part, clause = _clauses(sentence, kind, is_comma, np.isin(role, _OPENERS))
    is_word = kind == WORDS
    order = np.cumsum(is_word)
    at = np.flatnonzero((known.entry >= 0) | (role > 0) | known.mocks)
    marks = _marks(sentence, token, is_word, tokens)
    columns = {"row": row, "sentence": sentence, "clause": clause, "part": part}
    columns |= {"at": order, "end": order[known.last], "entry": known.entry, "role": role}
    columns |= {"first": speaks, "last": speaks[known.last], "is_face": kind == FACES} | marks
    columns |= {"is_mocking": known.mocks}
    columns |= _spoken(row, token, is_word, vocabulary)
    events = pl.DataFrame({name: values[at] for name, values in columns.items()}).with_columns(
        pl.Series("strength", patterns.strength[known.other[at]]),
        pl.Series("is_quoted", _is_quoted(row, kind, at, known.last[at])),
    )
    return Stream(_for_all(clause, speaks, tokens), _for_all(is_word, speaks, tokens), events)


def _before(flags: Flags) -> Flags:
    """Each token's flag of the token before."""
    shifted = np.roll(flags, 1)
    shifted[:1] = False
    return shifted


def _look_up(
    row: Ints, token: Ints, kind: Any, is_comma: Flags, vocabulary: Vocabulary, patterns: Patterns
) -> _Known:
    """Entries of words and faces, the longest idiom in place of its words."""
    new_row = np.diff(row, prepend=-1) != 0
    divides = (kind == SENTENCE_ENDS) | ((kind == CLAUSE_ENDS) & ~is_comma)
    place = np.flatnonzero(kind == WORDS)
    section = np.cumsum(new_row | divides)[place]
    begins, covered, mockery = find_idioms(token[place], section, vocabulary, patterns)
    entry, other = vocabulary.tone[token], vocabulary.role[token]
    mocks = patterns.role[other] == ROLES.index("sarcasm")
    mocks[place[mockery]] = True
    # The same emoji again and again says no more than once.
    again = (kind == FACES) & ~new_row & (token == np.roll(token, 1))
    entry[again], other[again] = -1, -1
    entry[place[covered]], other[place[covered]] = -1, -1
    last = np.arange(len(token))
    starts = np.flatnonzero(begins >= 0)
    idiom = begins[starts]
    entry[place[starts]] = patterns.idiom_tone[idiom]
    other[place[starts]] = patterns.idiom_role[idiom]
    last[place[starts]] = place[starts + patterns.idiom_length[idiom] - 1]
    entry[patterns.role[other] == ROLES.index("keep")] = -1
    return _Known(entry, other, last, mocks)


def _clauses(sentence: Ints, kind: Any, is_comma: Flags, opens: Flags) -> tuple[Ints, Ints]:
    """Number of the part between any two marks, and of the clause, of each token."""
    new = np.diff(sentence, prepend=-1) != 0
    mark = kind == CLAUSE_ENDS
    part = np.cumsum(new | _before(mark) | opens) - 1
    n_words = np.append(np.bincount(part, weights=kind == WORDS), 0) if len(part) else np.zeros(1)
    is_long = n_words >= LEAST_WORDS
    weak = is_comma & ~(is_long[part] & is_long[np.minimum(part + 1, len(n_words) - 1)])
    return part, np.cumsum(new | _before(mark & ~weak) | opens) - 1


def _marks(sentence: Ints, token: Ints, is_word: Flags, tokens: Tokens) -> dict[str, Any]:
    """How the sentence of each token ends, and whether the token is its first word."""
    n = int(sentence[-1]) + 1 if len(sentence) else 0
    asks = tokens.words.str.contains(r"^[!?‼⁉]*[?⁉]").to_numpy()[token]
    shouts = tokens.words.str.contains(r"^[!‼⁉]").to_numpy()[token]
    n_asks, n_shouts, n_words = (
        np.bincount(sentence, weights=flags, minlength=n) for flags in (asks, shouts, is_word)
    )
    before: Ints = np.cumsum(is_word) - is_word
    first = (np.cumsum(n_words) - n_words)[sentence] if n else before
    return {
        "is_question": n_asks[sentence] > 0,
        "n_exclaims": n_shouts[sentence].astype(np.int64),
        "is_opening": before == first,
    }


def _spoken(row: Ints, token: Ints, is_word: Flags, vocabulary: Vocabulary) -> dict[str, Flags]:
    """Loud where the text is not all in capitals; lengthened; a superlative."""
    loud = vocabulary.is_loud[token]
    n_loud, n_words = (np.bincount(row, weights=flags) for flags in (loud, is_word))
    calm = n_loud < n_words / 2
    return {
        "is_loud": loud & calm[row],
        "is_long": vocabulary.is_long[token],
        "is_most": vocabulary.is_most[token],
    }


def _is_quoted(row: Ints, kind: Any, first: Ints, last: Ints) -> Flags:
    """Whether quotes of the same text stand right before and right after."""
    quoted = np.append(np.where(kind == QUOTES, row, -1), -1)
    inside: Flags = (quoted[first - 1] == row[first]) & (quoted[last + 1] == row[first])
    return inside


def _for_all(values: Any, speaks: Ints, tokens: Tokens) -> Any:
    """Values of the tokens that speak, for all: a silent one has that of the one before it."""
    if len(speaks) in {0, len(tokens.id)}:
        return values if len(speaks) else np.zeros(len(tokens.id), dtype=values.dtype)
    at = np.cumsum(tokens.kind[tokens.id] != SILENT) - 1
    # What is silent before the first of a text belongs to what follows.
    at = np.maximum(at, 0)
    other = tokens.row[speaks][at] != tokens.row
    return values[np.minimum(at + other, len(values) - 1)]
