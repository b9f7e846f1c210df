"""What would mending bring in the sample company? Worked out from how it is made, not estimated.

A case is a customer's month; where something bad was recorded in the three months up to and with it
these are undone, all others staying as they were, and the chance to leave in the months after is
worked out with and without.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from cxresearch.intake.sample import company as making
from cxresearch.intake.sample import make_sample, write_sample
from cxresearch.intake.sample.model import BASE_LOGIT, Leaving, leaving_logits
from cxresearch.intake.sample.seasons import N_MONTHS, month_of
from cxresearch.intake.sample.stories import EFFECTS

EVENTS: Mapping[str, str] = {"ticket_change_desk": "waited", "on_board": "delayed"}
"""The event behind a bad experience at a place."""


@dataclass(frozen=True)
class Made:
    """How a company was made: people, what they met, and who left."""

    people: pl.DataFrame
    visits: pl.DataFrame
    stories: frozenset[str]
    leaving: Leaving


def make(monkeypatch, folder, **sample) -> Made:
    """Write a company to `folder`; what is otherwise forgotten of how it was made is returned."""
    kept = []
    draw = making.draw_leaving

    def draw_and_keep(streams, people, visits, stories):
        found = draw(streams, people, visits, stories)
        kept.append(Made(people, visits, stories, found))
        return found

    monkeypatch.setattr(making, "draw_leaving", draw_and_keep)
    write_sample(make_sample(**sample), folder)
    (made,) = kept
    return made


def true_gain(made: Made, cases: pl.DataFrame, places: Sequence[str], *, horizon: int) -> float:
    """Mean change of the chance to leave within `horizon` months of each case's month."""
    number = {name: i for i, name in enumerate(made.people["customer_id"])}
    who = np.array([number[name] for name in cases["person"]])
    column = cases["month"].cast(pl.Int64).to_numpy()
    month = column - column.min()  # the window is the company's whole life
    total = sum(
        leaving_logits(made.people, made.leaving.exposure, made.stories).values(), BASE_LOGIT
    )
    change = np.zeros(cases.height)
    for now in range(month.max() + 1):
        rows = np.flatnonzero(month == now)
        after = slice(now + 1, now + 1 + horizon)
        mended = total[who[rows]]
        for place in places:
            effect = EFFECTS[EVENTS[place]]
            if effect.story in made.stories:
                met = _met(made, EVENTS[place])[who[rows]]
                bad = (cases[place][rows].fill_null(0) > 0).to_numpy()
                met[bad, max(now - 2, 0) : now + 1] = False
                still = np.zeros_like(met)
                for lag in range(1, effect.months + 1):
                    still[:, lag:] |= met[:, :-lag]
                mended += effect.leaving * (
                    still.astype(float) - made.leaving.exposure[EVENTS[place]][who[rows]]
                )
        change[rows] = _stays(total[who[rows]][:, after]) - _stays(mended[:, after])
    return float(change.mean())


def _met(made: Made, event: str) -> np.ndarray:
    met = np.zeros((made.people.height, N_MONTHS), dtype=bool)
    rows = made.visits.filter(pl.col("event") == event).select("customer", month=month_of())
    met[rows["customer"].to_numpy(), rows["month"].to_numpy()] = True
    return met


def _stays(logit: np.ndarray) -> np.ndarray:
    return np.prod(1 / (1 + np.exp(logit)), axis=1)
