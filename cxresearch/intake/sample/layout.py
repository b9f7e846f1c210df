"""How is the sample company built: touchpoints, channels, teams, reasons, regions?

`experience.yml` says the same to people; a test keeps the two together. `access_gate` is missing
there on purpose: it is the touchpoint nobody drew.
"""

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class Place:
    """A touchpoint: its channel, the team at work and its visits a customer and month."""

    channel: str
    team: str
    kind: str = "contact"
    monthly: float = 0.0
    level: float = 0.0  # shift of the score in standard deviations, story `uneven_touchpoints`


PLACES = {
    "website": Place("web", "digital", monthly=0.04),
    "social_page": Place("social", "marketing", monthly=0.02, level=-0.15),
    "app_purchase": Place("app", "digital", "purchase"),
    "ticket_office": Place("desk", "ticket_offices", "purchase", level=-0.1),
    "phone_booking": Place("phone", "contact_centre", "purchase", level=-0.05),
    "partner_booking": Place("partner", "partners", "purchase", level=0.1),
    "station": Place("station", "stations", "use", monthly=0.05),
    "on_board": Place("train", "operations", "use", monthly=0.11, level=0.15),
    "ticket_change_desk": Place("desk", "stations", monthly=0.035),
    "delay_information": Place("app", "operations"),
    "refund_on_the_spot": Place("desk", "stations", monthly=0.03),
    "email_support": Place("email", "contact_centre"),
    "phone_support": Place("phone", "contact_centre", monthly=0.10),  # all support, split later
    "chat_support": Place("chat", "contact_centre"),
    "social_care": Place("social", "marketing", level=-0.1),
    "after_sales": Place("phone", "loyalty", monthly=0.02, level=0.1),
    "loyalty_programme": Place("app", "loyalty", monthly=0.02, level=0.05),
    "access_gate": Place("station", "stations", "use", monthly=0.02),
}
UNDRAWN = "access_gate"
SUPPORT = ("phone_support", "email_support", "chat_support", "social_care")
TEAMS = (
    "marketing", "digital", "ticket_offices", "stations", "operations", "contact_centre",
    "partners", "loyalty",
)  # fmt: skip
CHANNELS = (
    "web", "app", "desk", "phone", "email", "chat", "social", "station", "train", "partner",
    "sms",
)  # fmt: skip
REASONS = {"refund": 0.30, "invoice": 0.15, "timetable": 0.25, "change": 0.20, "lost_property": 0.1}
HARD_REASONS = ("refund", "invoice")
PARTNER_PRODUCTS = {"hotel": 0.4, "car": 0.3, "bike": 0.15, "parking": 0.15}
REGIONS = {"Nord": 0.38, "Centro": 0.27, "Sud": 0.20, "Costa": 0.15}

TOUCHPOINT = pl.Enum(list(PLACES))
Value = pl.Expr | str | float | bool | None


def case(*branches: tuple[pl.Expr, Value], otherwise: Value = None) -> pl.Expr:
    """The value beside the first condition that holds; text stands for a column.

    Examples
    --------
    >>> size = case((pl.col("n") < 3, pl.lit("few")), otherwise=pl.lit("many"))
    >>> pl.DataFrame({"n": [1, 5]}).select(size).to_series().to_list()
    ['few', 'many']
    """
    chosen: Value = otherwise
    for condition, value in reversed(branches):
        chosen = pl.when(condition).then(value).otherwise(chosen)
    assert isinstance(chosen, pl.Expr)  # noqa: S101  there is at least one branch
    return chosen


def pick(u: str | pl.Expr, shares: dict[str, float]) -> pl.Expr:
    """The key of `shares` in whose slice of 0 to 1 the uniform column `u` falls.

    Examples
    --------
    >>> draws = pl.DataFrame({"u": [0.1, 0.5, 0.9]})
    >>> draws.select(pick("u", {"a": 1, "b": 3})).to_series().to_list()
    ['a', 'b', 'b']
    """
    column = pl.col(u) if isinstance(u, str) else u
    total = sum(shares.values())
    names = list(shares)
    chosen = pl.lit(names[-1])
    edge = 1.0
    for name, share in reversed(shares.items()):
        chosen = pl.when(column < edge).then(pl.lit(name)).otherwise(chosen)
        edge -= share / total
    return chosen
