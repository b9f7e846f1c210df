"""Which columns are answers, and which of them form one battery of ratings?

A column of small whole numbers is a rating when its name says so, or when it stands in a run of
such columns on one scale: a group code (stratum, age class) looks the same, but stands alone and
rarely uses the whole scale. What is left is reported, never mapped.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cxresearch.intake.starter import words
from cxresearch.intake.starter.guess import Guess
from cxresearch.intake.starter.words import plain, shorten, slug

LEAST_IN_RUN = 3


@dataclass(frozen=True)
class Battery:
    """Ratings of several touchpoints on one scale.

    Parameters
    ----------
    score
        Metric, scale and codes of them all.
    members
        Column, id of its touchpoint and label for readers.
    """

    score: Guess
    members: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Answers:
    """The questions of an export: about the whole, in the order of the file; about touchpoints."""

    single: tuple[Guess, ...]
    batteries: tuple[Battery, ...]


def group_answers(guesses: Sequence[Guess]) -> Answers:
    """Part the scores into questions about the whole, batteries and those left out.

    Parameters
    ----------
    guesses
        One a column, in the order of the file.
    """
    runs = _find_runs(guesses)
    in_run = {guess.column for run in runs for guess in run}
    alone = [g for g in guesses if g.role == "score" and g.column not in in_run]
    named = [guess for guess in alone if guess.is_named]
    if sum(guess.metric == "nps" for guess in named) > 1:
        named = [_as_rating(guess) for guess in named]
    single = [g for g in named if g.metric in ("nps", "ces") or _is_whole(g)]
    by_scale: dict[tuple[str, tuple[int, int]], list[Guess]] = {}
    for guess in named:
        if guess not in single:
            by_scale.setdefault((guess.metric, guess.scale), []).append(guess)
    whole = next((g for g in single if g.metric in ("csat", "stars")), None)
    batteries: list[list[Guess]] = []
    for group in [*runs, *by_scale.values()]:
        about_all = next((g for g in group if _is_whole(g)), None) if not whole else None
        if len(group) == 1 and not whole:
            about_all = group[0]
        if about_all:
            whole = about_all
            single.append(about_all)
        rest = [guess for guess in group if guess is not about_all]
        batteries += [rest] if rest else []
    # An export's only column of answers from 0 to 10 is taken for the recommendation question.
    from_0_to_10 = [g for g in alone if not g.is_named and g.scale == (0, 10)]
    if not single and not batteries and len(from_0_to_10) == 1:
        single = from_0_to_10
    order = {guess.column: n for n, guess in enumerate(guesses)}
    single.sort(key=lambda guess: order[guess.column])
    return Answers(tuple(single), _as_batteries(batteries))


def _find_runs(guesses: Sequence[Guess]) -> list[list[Guess]]:
    """Neighbouring columns on one scale, nearly every answer of which occurs in each."""
    runs: list[list[Guess]] = [[]]
    for guess in guesses:
        is_rating = guess.role == "score" and _as_rating(guess).metric != "nps"
        fits = is_rating and guess.is_full
        if not fits or (runs[-1] and runs[-1][-1].scale != guess.scale):
            runs.append([])
        if fits:
            runs[-1].append(guess)
    long = [run for run in runs if len(run) >= LEAST_IN_RUN]
    return [[replace(guess, metric=_metric_of(run)) for guess in run] for run in long]


def _as_rating(guess: Guess) -> Guess:
    """One of several scores from 0 to 10 that is not named like the recommendation question."""
    is_asked = words.NPS.search(plain(f"{guess.column} {guess.label}"))
    return guess if guess.metric != "nps" or is_asked else replace(guess, metric="csat")


def _metric_of(run: Sequence[Guess]) -> str:
    metrics = {guess.metric for guess in run if guess.is_named}
    return metrics.pop() if len(metrics) == 1 and all(g.is_named for g in run) else "csat"


def _is_whole(guess: Guess) -> bool:
    return bool(words.WHOLE.search(plain(f"{guess.column} {guess.label}")))


def _as_batteries(groups: Sequence[Sequence[Guess]]) -> tuple[Battery, ...]:
    taken: set[str] = set()
    batteries = []
    for group in groups:
        members = []
        for guess, label in zip(group, shorten([g.label for g in group]), strict=True):
            name = slug(label, taken=taken)
            taken.add(name)
            members.append((guess.column, name, label))
        codes = {code: value for guess in group for code, value in guess.codes.items()}
        batteries.append(Battery(replace(group[0], codes=codes), tuple(members)))
    return tuple(batteries)
