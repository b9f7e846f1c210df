"""How much of what is known today is left some months on?

Unit of observation: a customer at the start of a month, with a month that followed and was seen. A
bad experience wears off and another may come; a region stays. How much of each feature is left is
how well it foretells itself; what the odds then still miss is learned from months ahead, each
foretold from other people.

It takes the fading of one customer's features as that of all.
"""

from dataclasses import dataclass

import numpy as np

from cxresearch.models.balance import People
from cxresearch.models.hazard_fits import Choice, thin_out
from cxresearch.models.logit import fit_logit
from cxresearch.transforms.intervals import Array

MOST_LEADS = 12
LEAST_LEFT = 50
"""A month ahead is learned of where so many left in it; those further ahead are taken like it."""

_SPREAD = 0.25  # how far intercept or slope may move from one month ahead to the next, unprompted


@dataclass(frozen=True)
class Leads:
    """How log odds of today become those of a month ahead.

    Attributes
    ----------
    slopes
        What a standard deviation of each column adds to the log odds.
    left
        Months ahead by columns, this month first: the share of each column that is left.
    middle
        Mean of the log odds foretold for months in which somebody left.
    shift, bend
        A number a month ahead: added to the odds, and to their slope around the middle.
    covariance
        Of shift and bend, a month ahead.
    """

    slopes: Array
    left: Array
    middle: float
    shift: Array
    bend: Array
    covariance: Array

    def at(self, lead: int, log_odds: Array, known: Array) -> tuple[Array, Array, float]:
        """Log odds `lead` months ahead (0: this month), their error, and slope on those given."""
        k = min(lead, self.shift.size - 1)
        faded = log_odds + known @ (self.slopes * (self.left[k] - 1))
        off = faded - self.middle
        pair = np.column_stack([np.ones_like(off), off])
        variance = np.einsum("ij,jk,ik->i", pair, self.covariance[k], pair)
        return faded + self.shift[k] + self.bend[k] * off, np.sqrt(variance), 1 + self.bend[k]

    def left_after(self, months: int) -> Array:
        """Months by columns: the share of each column left in each of the months ahead."""
        return self.left[np.minimum(np.arange(months), self.shift.size - 1)]


def learn_leads(
    choice: Choice,
    known: Array,
    leaves: Array,
    *,
    time: Array,
    people: People,
    month_length: float,
    random_state: int = 0,
) -> Leads:
    """Learn from rows sorted by customer and month.

    Notes
    -----
    A column's share is its slope on itself, months before. Then a logistic regression a month ahead
    with the odds as an offset, drawn to the one before: the recalibration of Cox (1958), by
    landmarks (van Houwelingen 2007, Scand. J. Stat. 34).
    """
    gone = leaves > 0
    middle = float(choice.unseen[gone].mean()) if gone.any() else 0.0
    target, found, spread, left = np.zeros(2), [], [], []
    rng = np.random.default_rng(random_state)
    for lead in range(MOST_LEADS):
        rows = np.flatnonzero(people[: people.size - lead] == people[lead:])
        after = leaves[rows + lead]
        if lead and after.sum() < LEAST_LEFT:
            break
        left.append(_share_left(known, rows, lead))
        kept, more = thin_out(after, rng=rng)
        rows, after = rows[kept], after[kept]
        odds = choice.unseen_at(known, time[rows] + lead * month_length, rows)
        odds = odds + known[rows] @ (choice.slopes * (left[-1] - 1))
        fit = fit_logit(
            (odds - middle)[:, None],
            after,
            penalty=np.full(2, _SPREAD**-2),
            people=people[rows],
            target=target,
            offset=odds + more,
        )
        target = fit.coefficients
        found.append(target)
        spread.append(fit.clustered)
    pairs = np.array(found)
    return Leads(choice.slopes, np.array(left), middle, pairs[:, 0], pairs[:, 1], np.array(spread))


def _share_left(known: Array, rows: People, lead: int) -> Array:
    """Slope of each column on itself `lead` months before; 1 where it does not vary."""
    if not lead:
        return np.ones(known.shape[1])
    then, now = known[rows], known[rows + lead]
    then = then - then.mean(axis=0)
    squares = (then**2).sum(axis=0)
    shared = np.einsum("ij,ij->j", then, now)
    return np.asarray(np.where(squares > 0, shared / np.where(squares > 0, squares, 1), 1.0))
