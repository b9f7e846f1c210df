"""Which features does a study have, and which columns may never be one?

A feature is something known of a customer before a month began. What a row of `customers` says is
as of the export: only attributes of the role context are taken. Usage may have been measured after
somebody left; what a customer is worth a year, why they left and whether they may be contacted are
written down on leaving; protected attributes are only ever looked at beside.

It cannot know which of them matters.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from cxresearch.contract import METRICS
from cxresearch.intake.tables import StudyTables
from cxresearch.period import Period
from cxresearch.study import is_protected_name
from cxresearch.transforms.experiences import choose_sources
from cxresearch.transforms.people import knows_leaving

FEATURE_COLUMNS = ("feature", "group", "touchpoint", "months", "role", "is_definition")
_TYPES = (pl.String, pl.String, pl.String, pl.Int64, pl.String, pl.Boolean)
_Row = tuple[str, str, str | None, int | None, str, bool]
ASKED = tuple(metric for metric in METRICS if metric != "expectation")
FIRST_DAY = date(1990, 1, 1)
"""Before all data: earlier instants are quarantined."""


def list_features(
    tables: StudyTables, *, at: datetime | None = None, has_tone: bool = False
) -> pl.DataFrame:
    """The features of a study, in the order of their columns.

    Parameters
    ----------
    at
        Touchpoints and questions known by then; default the end of the data.
    has_tone
        Whether scored comments are handed in.

    Returns
    -------
    pl.DataFrame
        `FEATURE_COLUMNS`: feature (column), group {usage, operations, complaint, survey, text,
        tenure, context}, touchpoint, months (of the window; null: all before, or none), role
        {usage, operations, answers, context}, is_definition (leaving by rhythm is made of it: it
        foretells leaving by definition, not as a cause).
    """
    sources = choose_sources(tables, period=all_before(tables, at))
    asked = asked_metrics(tables, at=at)
    return tabulate(tables, sources=sources, asked=asked, has_tone=has_tone)


def tabulate(
    tables: StudyTables, *, sources: pl.DataFrame, asked: pl.DataFrame, has_tone: bool
) -> pl.DataFrame:
    """`list_features` from the touchpoints with a source and the metrics asked."""
    places, metrics = (list(table.to_series()) for table in (sources, asked))
    rows = list(_rows(tables, places=places, metrics=metrics, has_tone=has_tone))
    schema = dict(zip(FEATURE_COLUMNS, _TYPES, strict=True))
    return pl.DataFrame(rows, schema=schema, orient="row")


def _rows(
    tables: StudyTables, *, places: list[str], metrics: list[str], has_tone: bool
) -> Iterator[_Row]:
    yield "tenure_days", "tenure", None, None, "context", False
    if tables.interactions is not None:
        yield from _from_interactions(tables, places=places)
    if tables.interactions is not None or tables.responses is not None:
        yield from (
            (f"n_complaints_{months}m", "complaint", None, months, "operations", False)
            for months in (3, 12)
        )
    if tables.responses is not None:
        yield from ((f"last_{name}", "survey", None, None, "answers", False) for name in metrics)
        yield "days_since_answer", "survey", None, None, "answers", False
        yield "n_comments_12m", "text", None, 12, "answers", False
    if has_tone:
        yield "tone_12m", "text", None, 12, "answers", False
    if tables.invitations is not None:
        yield "n_invited_12m", "survey", None, 12, "operations", False
        if tables.responses is not None:
            yield "answered_share_12m", "survey", None, 12, "answers", False
    for name in context_attributes(tables):
        yield name, "context", None, None, "context", False


def _from_interactions(tables: StudyTables, *, places: list[str]) -> Iterator[_Row]:
    by_rhythm = tables.study.leaving is not None and not knows_leaving(tables)
    for kind, role in (("purchases", "usage"), ("contacts", "operations"), ("uses", "usage")):
        for months in (1, 3, 12):
            mine = by_rhythm and kind == "purchases"
            yield f"n_{kind}_{months}m", role, None, months, role, mine
    for months in (3, 12):
        yield f"amount_{months}m", "usage", None, months, "usage", by_rhythm
    for kind, role in (("purchase", "usage"), ("contact", "operations"), ("use", "usage")):
        yield f"days_since_{kind}", role, None, None, role, by_rhythm and kind == "purchase"
    yield "gap_ratio", "usage", None, None, "usage", by_rhythm
    yield "trend_purchases", "usage", None, 6, "usage", by_rhythm
    for name in places:
        for side in ("bad", "good"):
            yield f"{side}_{name}_3m", "operations", name, 3, "operations", False
    for name in ("n_bad", "n_repeat_contacts", "n_unresolved", "wait_minutes"):
        yield f"{name}_3m", "operations", None, 3, "operations", False


def all_before(tables: StudyTables, at: datetime | None) -> Period:
    """All days of the data before the day of `at`, or all there are."""
    zone = tables.study.timezone
    end = at or tables.data_until + timedelta(days=1)
    return Period(FIRST_DAY, end.astimezone(ZoneInfo(zone)).date(), zone)


def asked_metrics(tables: StudyTables, *, at: datetime | None) -> pl.DataFrame:
    """The metrics customers answered: metric, is_whole (asked of the whole: only that counts)."""
    if tables.responses is None:
        return pl.DataFrame(schema={"metric": pl.String, "is_whole": pl.Boolean})
    until = (at or tables.data_until + timedelta(days=1)).astimezone(UTC)
    asked = (
        tables.responses.filter(
            pl.col("voice") == "customer",
            pl.col("customer_id").is_not_null(),
            pl.col("score").is_not_null(),
            pl.col("metric").is_in(ASKED),
            pl.col("at") < pl.lit(until).cast(pl.Datetime("us", "UTC")),
        )
        .group_by("metric")
        .agg(is_whole=pl.col("touchpoint").is_null().any())
        .collect()
    )
    order = {name: rank for rank, name in enumerate(ASKED)}
    return asked.sort(pl.col("metric").replace_strict(order, return_dtype=pl.Int64))


def context_attributes(tables: StudyTables) -> list[str]:
    """Declared attributes that describe a customer, neither usage nor protected."""
    if tables.customers is None:
        return []
    present = tables.customers.collect_schema().names()
    return [
        name
        for name, part in tables.study.attributes.items()
        if part.role == "context" and name in present and not is_protected_name(name)
    ]


def read_protected(tables: StudyTables) -> pl.DataFrame:
    """Protected attributes of each customer, to be looked at for fairness and for nothing else.

    Returns
    -------
    pl.DataFrame
        customer_id and the attributes declared as protected, or named like one.
    """
    if tables.customers is None:
        return pl.DataFrame(schema={"customer_id": pl.String})
    present = tables.customers.collect_schema().names()
    kept = [
        name
        for name, part in tables.study.attributes.items()
        if name in present and (part.role == "protected" or is_protected_name(name))
    ]
    return tables.customers.select("customer_id", *kept).sort("customer_id").collect()
