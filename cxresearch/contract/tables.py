"""Which columns has each table, of which type and unit, and what must hold in them?

One schema a table (dataframely): columns, types, units, ranges, keys and rules. Instants are UTC;
ids and touchpoints are strings.
"""

from collections.abc import Callable, Mapping, Sequence

import dataframely as dy
import polars as pl

METRICS = ("nps", "csat", "ces", "stars", "emoji", "expectation")
VOICES = ("customer", "employee", "walkthrough")
KINDS = ("contact", "purchase", "use")
DIRECTIONS = ("inbound", "outbound")
POLARITIES = ("good", "bad")
FINDING_KINDS = ("level", "change", "gap", "effect", "gain", "count")
FINDING_POLARITIES = ("good", "bad", "neutral")
EVIDENCE = ("described", "adjusted", "randomised")
TONES = ("positive", "negative", "neutral", "mixed")

CHOICES: Mapping[str, tuple[str, ...]] = {
    "kind": KINDS,
    "direction": DIRECTIONS,
    "voice": VOICES,
    "metric": METRICS,
    "high_is": POLARITIES,
    "label": TONES,
}
"""What a column of a study's tables may hold, where the values are few."""

ATTRIBUTE_TYPES: Mapping[str, Callable[..., dy.Column]] = {
    "text": dy.String,
    "number": dy.Float64,
    "whole": dy.Int64,
    "flag": dy.Bool,
    "day": dy.Date,
}
"""Column type of a declared customer attribute, by the name used in study.yml."""


def _id(*, primary_key: bool = False, nullable: bool = False) -> dy.String:
    return dy.String(primary_key=primary_key, nullable=nullable, min_length=1)


def _instant(*, nullable: bool = False) -> dy.Datetime:
    return dy.Datetime(nullable=nullable, time_zone="UTC", time_unit="us")


def _one_of(values: Sequence[str], *, nullable: bool = False) -> dy.String:
    return dy.String(nullable=nullable, check={"known": lambda column: column.is_in(list(values))})


def _amount(*, nullable: bool = True) -> dy.Float64:
    return dy.Float64(nullable=nullable, min=0.0)


class Customers(dy.Schema):
    """A row is a customer. Attributes declared in study.yml follow these columns."""

    customer_id = _id(primary_key=True)
    joined_at = _instant(nullable=True)
    left_at = _instant(nullable=True)
    left_reason = dy.String(nullable=True)
    preferred_channel = dy.String(nullable=True)
    opted_out_channels = dy.String(nullable=True)  # ids separated by a semicolon
    is_contactable = dy.Bool(nullable=True)
    annual_value = dy.Float64(nullable=True)
    language = dy.String(nullable=True)

    @dy.rule()
    def left_after_joined(cls) -> pl.Expr:
        return pl.col("left_at") >= pl.col("joined_at")


class Interactions(dy.Schema):
    """A row is one contact, purchase or use."""

    interaction_id = _id(primary_key=True)
    customer_id = _id(nullable=True)
    at = _instant()
    kind = _one_of(KINDS)
    direction = _one_of(DIRECTIONS)
    touchpoint = _id()
    channel = _id()
    case_id = _id(nullable=True)
    reason = dy.String(nullable=True)
    closed_at = _instant(nullable=True)
    is_resolved = dy.Bool(nullable=True)
    is_context_known = dy.Bool(nullable=True)
    wait_minutes = _amount()
    duration_minutes = _amount()
    amount = dy.Float64(nullable=True)  # negative for a refund
    cost = _amount()
    team = dy.String(nullable=True)
    template = dy.String(nullable=True)
    is_automated = dy.Bool(nullable=True)
    language = dy.String(nullable=True)
    message = dy.String(nullable=True)

    @dy.rule()
    def closed_after_start(cls) -> pl.Expr:
        return pl.col("closed_at") >= pl.col("at")


class Responses(dy.Schema):
    """A row is one answer to one question. A null touchpoint is an answer about the whole."""

    response_id = _id(primary_key=True)
    respondent_id = _id()
    customer_id = _id(nullable=True)
    interaction_id = _id(nullable=True)
    touchpoint = _id(nullable=True)
    channel = dy.String(nullable=True)
    at = _instant()
    voice = _one_of(VOICES)
    team = dy.String(nullable=True)
    question = dy.String(nullable=True)
    metric = _one_of(METRICS, nullable=True)  # null: a comment without a score
    score = dy.Float64(nullable=True)
    scale_min = dy.Float64(nullable=True)
    scale_max = dy.Float64(nullable=True)
    high_is = _one_of(POLARITIES, nullable=True)
    comment = dy.String(nullable=True)
    language = dy.String(nullable=True)
    weight = dy.Float64(nullable=True, min=0.0)

    @dy.rule()
    def score_has_metric(cls) -> pl.Expr:
        return pl.col("score").is_null() | pl.col("metric").is_not_null()

    @dy.rule()
    def metric_has_scale(cls) -> pl.Expr:
        declared = pl.all_horizontal(pl.col("scale_min", "scale_max", "high_is").is_not_null())
        return pl.col("metric").is_null() | declared

    @dy.rule()
    def score_on_scale(cls) -> pl.Expr:
        return pl.col("score").is_between(pl.col("scale_min"), pl.col("scale_max"))

    @dy.rule()
    def nps_is_whole(cls) -> pl.Expr:
        return (pl.col("metric") != "nps") | (pl.col("score") == pl.col("score").round(0))

    @dy.rule()
    def nps_scale_is_0_to_10(cls) -> pl.Expr:
        ends = (pl.col("scale_min") == 0) & (pl.col("scale_max") == 10)
        return (pl.col("metric") != "nps") | (ends & (pl.col("high_is") == "good"))


class Invitations(dy.Schema):
    """A row is one request to answer. A null response_id is a request nobody answered."""

    invitation_id = _id(primary_key=True)
    customer_id = _id(nullable=True)
    touchpoint = _id(nullable=True)
    channel = _id()
    at = _instant()
    response_id = _id(nullable=True)


class Labels(dy.Schema):
    """A row is the tone that one person gave one comment. A null label is one not given yet."""

    response_id = _id(primary_key=True)
    coder = _id(primary_key=True)  # who labelled: two may label the same comment
    label = _one_of(TONES, nullable=True)
    touchpoint = _id(nullable=True)  # what the comment is about, where the coder said so
    weight = dy.Float64(nullable=True, min=0.0)  # comments that this one stands for


class Findings(dy.Schema):
    """A row is one thing found, with its evidence. What notebooks hand on; see `actions`."""

    finding_id = _id(primary_key=True)
    topic = _id()
    notebook = _id()
    period_start = dy.Date()
    period_end = dy.Date()
    data_until = _instant()
    kind = _one_of(FINDING_KINDS)
    touchpoint = dy.String(nullable=True)
    channel = dy.String(nullable=True)
    segment = dy.String(nullable=True)
    team = dy.String(nullable=True)
    measure = _id()
    estimate = dy.Float64()
    ci_low = dy.Float64(nullable=True)
    ci_high = dy.Float64(nullable=True)
    n = dy.Int64(min=0)
    base = dy.String(nullable=True)
    target = dy.Float64(nullable=True)
    q_value = dy.Float64(nullable=True, min=0.0, max=1.0)
    value = dy.Float64(nullable=True)
    currency = dy.String(nullable=True)
    unit = _id()
    polarity = _one_of(FINDING_POLARITIES)
    evidence = _one_of(EVIDENCE)
    is_reliable = dy.Bool()
    is_headline = dy.Bool()
    rank = dy.Int64()  # order on a page: the smallest first
    message = _id()  # the English sentence with its places
    values = dy.String()  # JSON: the raw values of the places

    @dy.rule()
    def interval_holds_estimate(cls) -> pl.Expr:
        rounding = 1e-9
        low, high = pl.col("ci_low") - rounding, pl.col("ci_high") + rounding
        return pl.col("estimate").is_between(low, high)


SCHEMAS: dict[str, type[dy.Schema]] = {
    "customers": Customers,
    "interactions": Interactions,
    "responses": Responses,
    "invitations": Invitations,
    "labels": Labels,
}
TABLES = tuple(SCHEMAS)
KEYS = {name: schema.primary_key()[0] for name, schema in SCHEMAS.items()}
"""The id of each table; of labels the comment's, which every coder may label once."""


def build_schema(table: str, *, attributes: Mapping[str, str] | None = None) -> type[dy.Schema]:
    """The schema of `table`, with the attributes a study declares for its customers.

    Parameters
    ----------
    table
        One of `TABLES`.
    attributes
        Type name (`text`, `number`, `whole`, `flag`, `day`) by attribute; `customers` only.

    Examples
    --------
    >>> schema = build_schema("customers", attributes={"region": "text"})
    >>> schema.column_names()[-1]
    'region'
    """
    schema = SCHEMAS[table]
    if table != "customers" or not attributes:
        return schema
    columns = {name: ATTRIBUTE_TYPES[kind](nullable=True) for name, kind in attributes.items()}
    return type("StudyCustomers", (schema,), columns)
