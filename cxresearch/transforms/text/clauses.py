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
    events
        A row an event: row (of the text), sentence, clause, part (between any two marks), first
        and last (tokens), at and end (words before its first, and its last, over all texts), entry
        (with tone, else -1), role (number of another role, else 0), strength (of that role's
        entry: a factor), is_face, is_quoted, is_opening (first word of its sentence), is_question,
        n_exclaims, is_loud, is_long, is_most,
        is_mocking (an idiom of sarcasm begins), negates (an idiom that holds a negator).
    """

    clause: Ints
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
    speaks = np.flatnonzero(tokens.kind[tokens.id] != SILENT).astype(np.int32)
    row, token = tokens.row[speaks], tokens.id[speaks]
    kind = tokens.kind[token]
    ends = kind == SENTENCE_ENDS
    sentence = _number(_is_new(row) | (_before(ends) & ~ends))
    is_comma = (tokens.words == ",").to_numpy()[token]
    known = _look_up(row, token, kind, is_comma, vocabulary, patterns)
    role = patterns.role[known.other]
    part, clause = _clauses(sentence, kind, is_comma, np.isin(role, _OPENERS))
    at = np.flatnonzero((known.entry >= 0) | (role > 0) | known.mocks)
    order, last = np.cumsum(kind == WORDS, dtype=np.int32), known.last[at]
    columns: dict[str, Any] = {
        "row": row[at],
        "sentence": sentence[at],
        "clause": clause[at],
        "part": part[at],
    }
    columns |= {"first": speaks[at], "last": speaks[last], "at": order[at], "end": order[last]}
    columns |= {"entry": known.entry[at], "role": role[at], "is_face": kind[at] == FACES}
    columns |= {"strength": patterns.strength[known.other[at]], "is_mocking": known.mocks[at]}
    columns |= {"is_quoted": _is_quoted(row, kind, at, last)}
    columns |= {"negates": patterns.negates[known.entry[at]]}
    columns |= _marks(at, sentence, token, order, tokens) | _spoken(
        at, row, token, kind, vocabulary
    )
    return Stream(_for_all(clause, speaks, tokens), pl.DataFrame(columns))


def _is_new(number: Ints) -> Flags:
    """Where a number differs from the one before; the first does."""
    new = np.ones(len(number), dtype=np.bool_)
    np.not_equal(number[1:], number[:-1], out=new[1:])
    return new


def _number(begins: Flags) -> Ints:
    """The number, from 0, of the stretch in which each stands."""
    number: Ints = np.cumsum(begins, dtype=np.int32) - 1
    return number


def _before(flags: Flags) -> Flags:
    """Each token's flag of the token before."""
    shifted = np.roll(flags, 1)
    shifted[:1] = False
    return shifted


def _look_up(
    row: Ints, token: Ints, kind: Any, is_comma: Flags, vocabulary: Vocabulary, patterns: Patterns
) -> _Known:
    """Entries of words and faces, the longest idiom in place of its words."""
    new_row = _is_new(row)
    divides = (kind == SENTENCE_ENDS) | ((kind == CLAUSE_ENDS) & ~is_comma)
    place = np.flatnonzero(kind == WORDS)
    section = _number(new_row | divides)[place]
    begins, covered, mockery = find_idioms(token[place], section, vocabulary, patterns)
    entry, other = vocabulary.tone[token], vocabulary.role[token]
    mocks = patterns.role[other] == ROLES.index("sarcasm")
    mocks[place[mockery]] = True
    # The same emoji again and again says no more than once.
    again = (kind == FACES) & ~new_row & (token == np.roll(token, 1))
    entry[again], other[again] = -1, -1
    entry[place[covered]], other[place[covered]] = -1, -1
    last = np.arange(len(token), dtype=np.int32)
    starts = np.flatnonzero(begins >= 0)
    idiom = begins[starts]
    entry[place[starts]] = patterns.idiom_tone[idiom]
    other[place[starts]] = patterns.idiom_role[idiom]
    last[place[starts]] = place[starts + patterns.idiom_length[idiom] - 1]
    entry[patterns.role[other] == ROLES.index("keep")] = -1
    return _Known(entry, other, last, mocks)


def _clauses(sentence: Ints, kind: Any, is_comma: Flags, opens: Flags) -> tuple[Ints, Ints]:
    """Number of the part between any two marks, and of the clause, of each token."""
    new = _is_new(sentence) | opens
    mark = kind == CLAUSE_ENDS
    part = _number(new | _before(mark))
    n_words = np.append(np.bincount(part[kind == WORDS], minlength=int(part.max(initial=0)) + 1), 0)
    is_long = n_words >= LEAST_WORDS
    commas = np.flatnonzero(is_comma)
    weak = np.zeros(len(part), dtype=np.bool_)
    weak[commas] = ~(is_long[part[commas]] & is_long[part[commas] + 1])
    return part, _number(new | _before(mark & ~weak))


def _marks(at: Ints, sentence: Ints, token: Ints, order: Ints, tokens: Tokens) -> dict[str, Any]:
    """How the sentence of each event ends, and whether the event is its first word."""
    n = int(sentence.max(initial=0)) + 1
    n_asks, n_shouts = (
        np.bincount(sentence[tokens.words.str.contains(mark).to_numpy()[token]], minlength=n)
        for mark in (r"^[!?‼⁉]*[?⁉]", r"^[!‼⁉]")
    )
    begins = np.flatnonzero(_is_new(sentence))
    # No word has come before the first of a sentence that had not come before its first token.
    first = order[begins] - (tokens.kind[token[begins]] == WORDS)
    return {
        "is_question": n_asks[sentence[at]] > 0,
        "n_exclaims": n_shouts[sentence[at]],
        "is_opening": order[at] - 1 == first[sentence[at]],
    }


def _spoken(
    at: Ints, row: Ints, token: Ints, kind: Any, vocabulary: Vocabulary
) -> dict[str, Flags]:
    """Loud where the text is not all in capitals; lengthened; a superlative."""
    n = int(row.max(initial=0)) + 1
    n_loud = np.bincount(row[vocabulary.is_loud[token]], minlength=n)
    calm = n_loud < np.bincount(row[kind == WORDS], minlength=n) / 2
    spoken = token[at]
    return {
        "is_loud": vocabulary.is_loud[spoken] & calm[row[at]],
        "is_long": vocabulary.is_long[spoken],
        "is_most": vocabulary.is_most[spoken],
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
