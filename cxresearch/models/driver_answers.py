"""What came before an answer about the whole?

Unit of observation: an answer about the whole, with the experiences of the months before it. Where
operations tell how a touchpoint went, the driver is whether a bad experience became known in these
months; elsewhere it is the latest grade the same person gave it, at the latest in the same survey.

It cannot keep apart what happened and how a person grades everything, where grades are all there
is.
"""

from datetime import timedelta

import polars as pl

from cxresearch.intake.tables import StudyTables
from cxresearch.language import mark
from cxresearch.models.driver_parts import Parts, Place, nothing, read_attributes
from cxresearch.period import Period
from cxresearch.transforms.experiences import OPERATIONS, rate_experiences, rating
from cxresearch.transforms.questions import WHOLE, Question, answers_to
from cxresearch.transforms.scales import counted, find_metric, with_scale

FEWEST_PEOPLE = 100
NOT_ASKED = mark("nobody was asked this about the whole")
FEW_ANSWERS = mark("too few people answered this about the whole")

_PERSON = pl.coalesce("customer_id", pl.format("respondent {}", "respondent_id"))
_DAYS_A_MONTH = 365.25 / 12


def gather_answers(
    tables: StudyTables, *, outcome: str, window: Period, horizon_months: int
) -> Parts:
    """Answers about the whole, what was met and graded before, and what is known of the people."""
    metric = find_metric(Question("customer", outcome, WHOLE).measure)
    unit = "points" if metric.unit == 100 else "share"
    if tables.responses is None:
        return nothing(NOT_ASKED, unit=unit)
    asked = answers_to(tables.responses, Question("customer", outcome, WHOLE))
    cases = (
        with_scale(asked, metric=metric, score="score")
        .filter(window.contains(), pl.col("score").is_not_null(), _PERSON.is_not_null())
        .select(
            "customer_id",
            "at",
            "response_id",
            _PERSON.alias("person"),
            (counted(metric, score="score") * metric.unit).alias("outcome"),
        )
        .collect()
        .sort("person", "at", "response_id")
        .drop("response_id")
        .with_row_index("case")
        .cast({"case": pl.Int64})
    )
    if cases.is_empty():
        return nothing(NOT_ASKED, unit=unit)
    if cases["person"].n_unique() < FEWEST_PEOPLE:
        return nothing(FEW_ANSWERS, unit=unit)
    back = timedelta(days=horizon_months * _DAYS_A_MONTH)
    met, places = _add_contacts(cases, tables, window=window, back=back, months=horizon_months)
    met, graded = _add_grades(met, tables, taken=places, back=back)
    places |= graded
    met = _add_earlier(met, tables.responses, back=back)
    met = _add_person(met, tables, places=places)
    context = [name for name in met.columns[5:] if name not in places]
    return Parts(met.drop("customer_id", "at"), places, context, unit)


def _add_contacts(
    cases: pl.DataFrame, tables: StudyTables, *, window: Period, back: timedelta, months: int
) -> tuple[pl.DataFrame, dict[str, Place]]:
    """Whether a bad contact at each touchpoint fell into the months before, and whether any did."""
    longer = window.window(_months_of(window) + months)
    rated = rate_experiences(tables, period=longer).filter(pl.col("source").is_in(OPERATIONS))
    sources = dict(rated.select("touchpoint", "source").unique().sort("touchpoint").iter_rows())
    before = cases.select("case", "customer_id", asked_at="at").join(rated, on="customer_id")
    before = before.filter(
        pl.col("known_at") <= pl.col("asked_at"), pl.col("known_at") >= pl.col("asked_at") - back
    )
    told, is_bad = pl.col("side").is_in(["good", "bad"]), pl.col("side") == "bad"
    flags = before.group_by("case").agg(
        *(
            (here & (pl.col("touchpoint") == name)).any().cast(pl.Float32).alias(f"{kind}{name}")
            for kind, here in (("", is_bad), ("met:", told), ("unknown:", ~told))
            for name in sources
        )
    )
    found = cases.join(flags, on="case", how="left", maintain_order="left")
    names = flags.columns[1:]
    places = {
        name: Place(source, pl.col(f"met:{name}") > 0, worst=1.0, best=0.0, unit="bad")
        for name, source in sources.items()
    }
    return found.with_columns(pl.col(names).fill_null(0.0)), places


def _months_of(window: Period) -> int:
    count = 1
    while window.window(count).start > window.start:
        count += 1
    return count


def _add_grades(
    cases: pl.DataFrame, tables: StudyTables, *, taken: dict[str, Place], back: timedelta
) -> tuple[pl.DataFrame, dict[str, Place]]:
    """The latest grade of each touchpoint that operations tell nothing of."""
    given = _grades(tables, taken=list(taken)).join(cases, on="person", how="semi")
    scales = given.group_by("touchpoint", "metric", "low", "high").len()
    usual = scales.sort("len", "metric", "low", "high", descending=[True, False, False, False])
    usual = usual.unique("touchpoint", keep="first", maintain_order=True).sort("touchpoint")
    given = given.join(usual.drop("len"), on=["touchpoint", "metric", "low", "high"])
    before = cases.select("case", "person", asked_at="at").join(given, on="person")
    latest = (
        before.filter(pl.col("at") <= pl.col("asked_at"), pl.col("at") >= pl.col("asked_at") - back)
        .sort("case", "touchpoint", "at", "grade")
        .unique(["case", "touchpoint"], keep="last", maintain_order=True)
    )
    if latest.is_empty():
        return cases, {}
    wide = latest.pivot("touchpoint", index="case", values="grade")
    places = {
        name: Place(metric, pl.col(name).is_not_null(), worst=low, best=high, unit="grade")
        for name, metric, low, high in usual.drop("len").iter_rows()
        if name in wide.columns
    }
    return cases.join(
        wide.select("case", *places), on="case", how="left", maintain_order="left"
    ), places


def _grades(tables: StudyTables, *, taken: list[str]) -> pl.DataFrame:
    """Grades customers gave touchpoints, high being good."""
    assert tables.responses is not None  # noqa: S101  whoever answered about the whole did answer
    low, high = pl.col("scale_min"), pl.col("scale_max")
    return (
        tables.responses.filter(
            pl.col("voice") == "customer",
            *(pl.col(name).is_not_null() for name in ("touchpoint", "metric", "score")),
            pl.col("metric") != "expectation",
            high > low,
        )
        .with_columns(pl.col("touchpoint").cast(pl.String))
        .filter(~pl.col("touchpoint").is_in(taken), _PERSON.is_not_null())
        .select(
            _PERSON.alias("person"),
            *("at", "touchpoint", "metric"),
            (low + rating() * (high - low)).alias("grade"),
            low.alias("low"),
            high.alias("high"),
        )
        .collect()
    )


def _add_earlier(cases: pl.DataFrame, responses: pl.LazyFrame, *, back: timedelta) -> pl.DataFrame:
    """How the person graded everything before these months: the mean, and whether there is one."""
    given = (
        responses.filter(
            pl.col("voice") == "customer",
            *(pl.col(name).is_not_null() for name in ("metric", "score")),
            _PERSON.is_not_null(),
        )
        .select(_PERSON.alias("person"), "at", "metric", "touchpoint", rating().alias("rating"))
        .with_columns(
            z=(pl.col("rating") - pl.col("rating").mean().over("metric", "touchpoint"))
            / pl.col("rating").std().over("metric", "touchpoint")
        )
        .filter(pl.col("z").is_finite())
        .collect()
    )
    before = cases.select("case", "person", asked_at="at").join(given, on="person")
    before = before.filter(pl.col("at") < pl.col("asked_at") - back)
    n = pl.len().cast(pl.Float64)
    earlier = before.group_by("case").agg(
        (pl.col("z").sum() / (n + 1)).alias("earlier_rating"), n.log1p().alias("earlier_answers")
    )
    found = cases.join(earlier, on="case", how="left", maintain_order="left")
    return found.with_columns(pl.col("earlier_rating", "earlier_answers").fill_null(0.0))


def _add_person(
    cases: pl.DataFrame, tables: StudyTables, *, places: dict[str, Place]
) -> pl.DataFrame:
    """The calendar month of the answer, how long a customer, and the attributes of context."""
    timezone = tables.study.timezone
    month = pl.col("at").dt.convert_time_zone(timezone).dt.strftime("%Y-%m").alias("month")
    known = cases.with_columns(month)
    if tables.customers is None:
        return known
    if "joined_at" in tables.customers.collect_schema().names():
        joined = tables.customers.select("customer_id", "joined_at").collect()
        years = (pl.col("at") - pl.col("joined_at")).dt.total_days() / 365.25
        known = (
            known.join(joined, on="customer_id", how="left", maintain_order="left")
            .with_columns(tenure=pl.max_horizontal(years, 0.0).log1p())
            .drop("joined_at")
        )
    attributes = read_attributes(tables, taken=places)
    return known.join(attributes, on="customer_id", how="left", maintain_order="left")
