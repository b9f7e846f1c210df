"""Only what was known before the month began enters a feature."""

import tempfile
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxresearch.errors import DataError, ParameterError
from cxresearch.intake.prepare import open_study
from cxresearch.intake.sample import make_sample, write_sample
from cxresearch.period import parse_period
from cxresearch.transforms import feature_rows
from cxresearch.transforms.features import (
    build_features,
    build_person_months,
    list_features,
    read_protected,
    with_outcome,
)
from cxresearch.transforms.leaving import find_leaving
from tests.decisive import FEW, YEAR, answer, contact, decisive_tables, on
from tests.promised import place, study_of, waits

JULY = datetime(2025, 7, 1, tzinfo=UTC)
INSTANT = pl.Datetime("us", "UTC")
ATTRIBUTES = {
    "region": {"role": "context"},
    "trips": {"role": "usage", "type": "whole"},
    "gender": {"role": "protected"},
    "age_band": {"role": "context"},
}


def bought(customer: str | None, at: datetime, amount: float = 10.0) -> dict:
    return contact(customer, at, "shop", kind="purchase", amount=amount)  # type: ignore[arg-type]


def customer(name: str, *, joined: datetime | None = None, left: datetime | None = None) -> dict:
    joined = joined or datetime(2020, 1, 1, tzinfo=UTC)
    return {"customer_id": name, "joined_at": joined, "left_at": left}


EARLY = contact("z", datetime(2024, 1, 5, tzinfo=UTC), "shop", kind="use")
"""The log begins long before the windows."""


def tables_of(*contacts: dict, customers=None, answers=None, **study):
    study = {"window_months": 12, "privacy": FEW, **study}
    places = study.pop("places", ())
    return decisive_tables(
        contacts=[EARLY, *contacts],
        customers=customers,
        answers=answers,
        study=study_of(*places, **study),
    )


def features_of(tables, name: str = "a", **more) -> dict:
    table = build_features(tables, at=JULY, **more).filter(pl.col("customer_id") == name)
    assert table.height == 1
    return table.row(0, named=True)


def test_windows_are_whole_months_before_the_cutoff() -> None:
    at = [on(6, 30, 23), on(6, 1, 0), on(5, 31, 23), on(4, 1, 0), on(3, 31), on(7, 1, 0), on(8)]
    rows = [bought("a", when, amount=2**place) for place, when in enumerate(at)]
    row = features_of(tables_of(*rows))
    counts = [row[f"n_purchases_{months}m"] for months in (1, 3, 12)]
    assert counts == [2, 4, 5]
    assert (row["amount_3m"], row["amount_12m"]) == (15, 31)
    assert row["days_since_purchase"] == 0
    assert row["trend_purchases"] == 4 - 1
    assert row["n_contacts_12m"] == 0
    assert row["days_since_contact"] is None


def test_months_begin_in_the_zone_of_the_study() -> None:
    tables = tables_of(
        bought("a", datetime(2025, 6, 30, 22, 30, tzinfo=UTC)), timezone="Europe/Rome"
    )
    rome = datetime(2025, 6, 30, 22, tzinfo=UTC)
    assert build_features(tables, at=rome).filter(pl.col("customer_id") == "a").is_empty()
    with pytest.raises(ParameterError, match="not the start of a month in Europe/Rome"):
        build_features(tables, at=JULY)
    with pytest.raises(ParameterError, match="not the start of a month"):
        build_features(tables, at=datetime(2025, 7, 1))  # noqa: DTZ001


def test_a_window_that_begins_before_the_log_is_unknown() -> None:
    study = study_of(window_months=12, privacy=FEW)
    tables = decisive_tables(contacts=[bought("a", on(4, 2)), bought("a", on(6))], study=study)
    row = features_of(tables)
    assert (row["n_purchases_1m"], row["n_purchases_3m"], row["n_purchases_12m"]) == (1, 2, None)
    assert row["trend_purchases"] is None
    assert row["n_uses_3m"] == 0
    later = decisive_tables(contacts=[bought("a", on(5, 2)), bought("a", on(6))], study=study)
    row = features_of(later)
    assert (row["n_purchases_1m"], row["n_purchases_3m"]) == (1, None)


def test_the_gap_is_held_against_the_usual_one_known_by_then() -> None:
    days = [datetime(2025, 5, 1, tzinfo=UTC) + timedelta(days=10 * step) for step in range(5)]
    rows = [bought("a", when) for when in [*days, on(8, 1), on(12, 1)]]
    row = features_of(tables_of(*rows))
    assert row["days_since_purchase"] == 21  # since the first instant of 10 June
    assert row["gap_ratio"] == pytest.approx(21 / 10)


def test_what_others_buy_later_does_not_change_the_pace_of_a_past_feature() -> None:
    others = [datetime(2025, 4, 1, tzinfo=UTC) + timedelta(days=20 * step) for step in range(4)]
    known = [bought("a", on(6, 10, 0)), *(bought("b", when) for when in others)]
    later = [bought("c", on(month, day)) for month in (8, 9) for day in range(1, 20)]
    for rows in (known, known + later):
        tables = tables_of(*rows)
        row = features_of(tables)  # bought once: the pace of all, 20 days
        assert row["gap_ratio"] == pytest.approx(21 / 20)
        leaving = find_leaving(tables, period=YEAR)
        months = build_person_months(tables, period=YEAR, leaving=leaving)
        july = months.filter(pl.col("customer_id") == "a", pl.col("month") == date(2025, 7, 1))
        assert july["gap_ratio"].to_list() == pytest.approx([21 / 20])


def test_who_has_a_pace_of_their_own_is_held_against_it() -> None:
    first = {
        "a": (datetime(2025, 5, 1, tzinfo=UTC), 10),
        "b": (datetime(2025, 1, 1, tzinfo=UTC), 40),
    }
    rows = [
        bought(name, start + timedelta(days=every * step))
        for name, (start, every) in first.items()
        for step in range(5)
    ]
    tables = tables_of(*rows)  # both last bought on 10 June; the pace of all is 20 days
    assert features_of(tables)["gap_ratio"] == pytest.approx(21 / 10)
    assert features_of(tables, "b")["gap_ratio"] == pytest.approx(21 / 40)


def test_how_a_contact_went_is_known_when_it_was_over() -> None:
    promised = place("desk", promise=waits("share", threshold=10, at_least=0.9))
    base = [contact("z", on(1, day), wait_minutes=5.0 * day) for day in (1, 2, 3, 4)]
    late = datetime(2025, 6, 30, 23, 50, tzinfo=UTC)
    rows = [
        contact("a", late, wait_minutes=30.0),  # still waiting when July begins
        contact("b", late, wait_minutes=9.0),
        contact("c", on(6, 1), wait_minutes=30.0, closed_at=on(7, 2), is_resolved=False),
        contact("d", on(6, 1), wait_minutes=30.0, closed_at=on(6, 2), is_resolved=False),
        contact("d", on(6, 3), wait_minutes=30.0, closed_at=JULY, is_resolved=False),
    ]
    tables = tables_of(*base, *rows, places=[promised])
    table = build_features(tables, at=JULY).filter(pl.col("customer_id") != "z")
    figures = table.select(
        *("customer_id", "n_contacts_1m", "bad_desk_3m", "good_desk_3m"),
        *("n_bad_3m", "n_unresolved_3m", "wait_minutes_3m"),
    )
    assert figures.rows() == [
        ("a", 1, 0, 0, 0, 0, None),
        ("b", 1, 0, 1, 0, 0, 9.0),
        ("c", 1, 0, 0, 0, 0, None),
        ("d", 2, 1, 0, 1, 1, 30.0),
    ]


def test_a_contact_soon_after_the_close_of_one_about_the_same_is_a_repeat() -> None:
    rows = [
        contact("a", on(6, 1), reason="refund", closed_at=on(6, 4)),
        contact("a", on(6, 11), reason="refund"),  # seven days from the close
        contact("a", on(6, 19), reason="refund"),  # eight days later
        contact("a", on(6, 20), reason="invoice"),
        contact("a", on(6, 21), reason=None),
        contact("a", on(6, 22), reason=None),
        contact("b", on(6, 20), reason="refund"),
    ]
    assert features_of(tables_of(*rows))["n_repeat_contacts_3m"] == 1


def test_a_complaint_is_a_reason_that_says_so_or_a_bad_score_with_words() -> None:
    rows = [contact("a", on(6, 1), reason="Reclamo formale"), contact("a", on(6, 2), reason="x")]
    answers = [
        answer("a", on(6, 3), 2, "desk", comment="too slow"),
        answer("a", on(6, 4), 2, "desk", comment="  "),
        answer("a", on(6, 5), 5, "desk", comment="lovely"),
        answer("a", datetime(2024, 2, 1, tzinfo=UTC), 5, comment=None),
    ]
    tables = tables_of(*rows, answers=answers)
    row = features_of(tables)
    assert row["n_complaints_3m"] == 2
    assert row["n_comments_12m"] == 2
    spoken = pl.DataFrame(
        {
            "customer_id": ["a", "a", "a"],
            "at": [on(6, 3), on(6, 5), on(7, 5)],
            "tone": [-0.5, -0.1, 1],
        }
    ).cast({"at": INSTANT})
    told = features_of(tables, comments=spoken)
    assert told["n_complaints_3m"] == 3  # the bad score of 3 June is no second complaint
    assert told["tone_12m"] == pytest.approx(-0.3)


def test_the_last_answer_counts_about_the_whole_where_that_is_asked() -> None:
    answers = [
        answer("a", on(1), 3),
        answer("a", on(5), 9),
        answer("a", on(6), 0, "desk", metric="nps"),
        answer("a", on(4), 4, "desk"),
        answer("a", on(6, 29), 2, metric="ces", high_is="bad"),
        answer("a", on(7), 0),
    ]
    row = features_of(tables_of(answers=answers))
    assert (row["last_nps"], row["last_csat"]) == (9, 0.75)
    assert row["last_ces"] == pytest.approx(1 - 1 / 6)
    assert row["days_since_answer"] == 1


def test_an_invitation_is_answered_only_once_the_answer_is_there() -> None:
    answers = [answer("a", at, 9, response_id=name) for name, at in (("r", on(6)), ("s", on(7)))]
    invited = pl.DataFrame(
        {
            "invitation_id": ["1", "2", "3"],
            "customer_id": ["a"] * 3,
            "channel": ["app"] * 3,
            "at": [datetime(2024, 6, 15, tzinfo=UTC), on(6, 9), on(6, 9)],
            "response_id": [None, "r", "s"],
        },
        schema_overrides={"at": INSTANT},
    )
    tables = replace(tables_of(answers=answers), invitations=invited.lazy())
    row = features_of(tables)
    assert (row["n_invited_12m"], row["answered_share_12m"]) == (2, 0.5)


def test_only_who_is_a_customer_at_the_cutoff_has_a_row() -> None:
    customers = [
        customer("before", left=on(6, 30)),
        customer("after", left=on(7, 1, 0)),
        customer("new", joined=on(6, 30)),
        customer("later", joined=on(7, 1, 0)),
        {**customer("unknown"), "joined_at": None},
    ]
    table = build_features(tables_of(customers=customers), at=JULY)
    assert table["customer_id"].to_list() == ["after", "new", "unknown"]
    assert table["tenure_days"].to_list() == [2008, 0, None]


def test_who_leaves_at_the_first_instant_of_a_month_leaves_in_that_month() -> None:
    tables = tables_of(customers=[customer("a", left=JULY), customer("b", joined=JULY)])
    leaving = find_leaving(tables, period=YEAR)
    months = build_person_months(tables, period=YEAR, leaving=leaving)
    last = months.filter(pl.col("customer_id") == "a").tail(1)
    assert last.select("month", "leaves").row(0) == (date(2025, 7, 1), True)
    assert build_features(tables, at=JULY, leaving=leaving)["customer_id"].to_list() == ["a"]
    assert months.filter(pl.col("customer_id") == "b")["month"].min() == date(2025, 8, 1)


def test_usage_value_reasons_and_protected_attributes_are_no_features() -> None:
    people = [
        {
            "region": "north",
            "trips": 3,
            "gender": "f",
            "age_band": "old",
            "annual_value": 5.0,
            "left_reason": "price",
            "is_contactable": False,
            **customer("a"),
        }
    ]
    tables = tables_of(customers=people, attributes=ATTRIBUTES)
    table = build_features(tables, at=JULY)
    names = {"trips", "gender", "age_band", "annual_value", "left_reason", "is_contactable"}
    assert not names & {*table.columns, *list_features(tables)["feature"]}
    assert table["region"].to_list() == ["north"]
    assert read_protected(tables).columns == ["customer_id", "gender", "age_band"]


def test_the_list_names_the_columns_in_their_order() -> None:
    tables = sampled(300)
    table = build_features(tables, at=tables.period().end_at)
    listed = list_features(tables)
    assert table.columns == ["customer_id", "at", *listed["feature"]]
    assert set(listed["group"]) <= {
        *("usage", "operations", "complaint", "survey", "text", "tenure", "context")
    }
    assert not listed["is_definition"].any()  # leaving is known by contract
    places = listed.filter(pl.col("touchpoint").is_not_null())
    assert places["feature"].str.contains(r"^(bad|good)_").all()


def test_by_rhythm_the_list_says_what_leaving_is_made_of() -> None:
    tables = tables_of(bought("a", on(5)), leaving={"times": [2, 3, 4]})
    listed = list_features(tables).filter("is_definition")["feature"].to_list()
    assert "gap_ratio" in listed
    assert "n_contacts_3m" not in listed


@pytest.mark.parametrize("part", ["customers", "interactions", "responses"])
def test_any_one_table_gives_what_it_can(part: str) -> None:
    whole = tables_of(
        bought("a", on(5)),
        customers=[customer("a")],
        answers=[answer("a", on(5), 9, comment="fine")],
    )
    alone = replace(
        whole, **{n: None for n in ("customers", "interactions", "responses") if n != part}
    )
    table = build_features(alone, at=JULY).filter(pl.col("customer_id") == "a")
    months = build_person_months(alone, period=YEAR, leaving=find_leaving(alone, period=YEAR))
    assert table.height == 1
    assert ("last_nps" in table.columns) == (part == "responses")
    assert ("n_purchases_3m" in table.columns) == (part == "interactions")
    assert ["customer_id", "at", *list_features(alone)["feature"]] == table.columns
    assert months.filter(pl.col("customer_id") == "a").height == (12 if part == "customers" else 7)
    assert not months["leaves"].any()


def test_nobody_gives_an_empty_table() -> None:
    none = decisive_tables()
    assert build_features(none, at=JULY).is_empty()
    leaving = find_leaving(none, period=YEAR)
    assert build_person_months(none, period=YEAR, leaving=leaving).is_empty()
    gone = tables_of(customers=[customer("a", left=on(1))])
    assert build_features(gone, at=JULY).is_empty()


def test_rows_of_nobody_count_for_nobody() -> None:
    tables = tables_of(bought("a", on(5)), bought(None, on(5)), bought(None, on(6)))
    assert build_features(tables, at=JULY)["n_purchases_12m"].to_list() == [1, 0]


def test_person_months_run_from_the_month_after_joining_to_that_of_leaving() -> None:
    customers = [
        customer("old", left=on(3, 31, 23)),
        customer("new", joined=on(11, 10)),
        customer("brief", joined=on(5, 2), left=on(5, 30)),
    ]
    tables = tables_of(bought("old", on(2)), customers=customers)
    months = build_person_months(tables, period=YEAR, leaving=find_leaving(tables, period=YEAR))
    assert months.select("customer_id", "month", "month_number", "leaves").rows() == [
        ("new", date(2025, 12, 1), 11, False),
        ("old", date(2025, 1, 1), 0, False),
        ("old", date(2025, 2, 1), 1, False),
        ("old", date(2025, 3, 1), 2, True),
    ]
    assert months.filter(pl.col("customer_id") == "old")["n_purchases_1m"].to_list() == [0, 0, 1]


def test_contacts_in_the_month_of_leaving_do_not_count() -> None:
    customers = [customer("a", left=on(6, 20)), customer("b")]
    before = [contact("a", on(5)), contact("b", on(5))]
    leaving_itself = [contact("a", on(6, day), is_resolved=False) for day in range(1, 20)]
    quiet, loud = (
        tables_of(*rows, customers=customers) for rows in (before, [*before, *leaving_itself])
    )
    leaving = find_leaving(quiet, period=YEAR)
    first, second = (
        build_person_months(tables, period=YEAR, leaving=leaving) for tables in (quiet, loud)
    )
    assert first.equals(second)
    last = second.filter(pl.col("customer_id") == "a", pl.col("leaves"))
    assert last.select("month", "n_contacts_1m", "n_contacts_3m").rows() == [
        (date(2025, 6, 1), 1, 1)
    ]


def test_only_months_wholly_in_the_window_and_the_data_count() -> None:
    tables = tables_of(customers=[customer("a")])
    leaving = find_leaving(tables, period=YEAR)
    odd = parse_period("2025-02-10/2025-05-20")
    months = build_person_months(tables, period=odd, leaving=leaving)
    assert months["month"].to_list() == [date(2025, 3, 1), date(2025, 4, 1)]
    early = replace(tables, data_until=on(4, 20))
    months = build_person_months(early, period=odd, leaving=leaving)
    assert months["month"].to_list() == [date(2025, 3, 1)]
    none = build_person_months(
        tables, period=parse_period("2025-02-10/2025-02-20"), leaving=leaving
    )
    assert none.is_empty()


def test_the_outcome_is_unknown_where_the_horizon_reaches_past_the_data() -> None:
    customers = [customer("a", left=on(11, 5)), customer("b")]
    tables = tables_of(customers=customers)
    leaving = find_leaving(tables, period=YEAR)
    months = build_person_months(tables, period=YEAR, leaving=leaving)
    told = with_outcome(months, leaving, horizon_months=3)
    of_a = told.filter(pl.col("customer_id") == "a")["leaves_within"].to_list()
    of_b = told.filter(pl.col("customer_id") == "b")["leaves_within"].to_list()
    assert of_a == [False] * 8 + [True] * 2 + [None]
    assert of_b == [False] * 10 + [None] * 2
    at = with_outcome(build_features(tables, at=on(9, 1, 0)), leaving, horizon_months=3)
    assert at["leaves_within"].to_list()[:2] == [True, False]
    with pytest.raises(ParameterError, match="horizon_months=0"):
        with_outcome(months, leaving, horizon_months=0)
    with pytest.raises(DataError, match="seen_until"):
        with_outcome(months, leaving.drop("seen_until"), horizon_months=1)


def test_the_order_of_rows_and_the_parts_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    tables = sampled(300)
    period = tables.period().window(24)
    leaving = find_leaving(tables, period=period)
    straight = build_person_months(tables, period=period, leaving=leaving)
    turned = replace(
        tables,
        **{
            name: getattr(tables, name).collect().sample(fraction=1, shuffle=True, seed=1).lazy()
            for name in ("customers", "interactions", "responses", "invitations")
        },
    )
    assert find_leaving(turned, period=period).equals(leaving)
    assert build_person_months(turned, period=period, leaving=leaving).equals(straight)
    monkeypatch.setattr(feature_rows, "PART_CELLS", 36 * 50)
    assert build_person_months(tables, period=period, leaving=leaving).equals(straight)


@pytest.mark.slow
def test_a_month_of_the_panel_is_the_features_at_its_start() -> None:
    tables = with_few(sampled(900))
    period = tables.period().window(24)
    leaving = find_leaving(tables, period=period)
    months = build_person_months(tables, period=period, leaving=leaving)
    middle = period.window(10)
    single = build_features(tables, at=middle.start_at)
    of_month = months.filter(pl.col("month") == middle.start)
    assert of_month["customer_id"].equals(single["customer_id"])
    shared = [name for name in single.columns if name in months.columns]
    assert len(shared) > 25
    assert of_month.select(shared).equals(single.select(shared))


_SAMPLES: dict[tuple, object] = {}


def sampled(n: int, seed: int = 0):
    if (n, seed) not in _SAMPLES:
        company = make_sample(seed=seed, n_customers=n)
        with tempfile.TemporaryDirectory() as folder:
            write_sample(company, folder)
            tables = open_study(folder)
        _SAMPLES[n, seed] = tables
    return _SAMPLES[n, seed]


def with_few(tables):
    """Two experiences of a kind are enough: the same sources tell in every month."""
    privacy = tables.study.privacy.model_copy(update={"reliable_from": 2})
    return replace(tables, study=tables.study.model_copy(update={"privacy": privacy}))


def poisoned(tables, at: datetime):
    """Everything at or after an instant is absurd; half of it is doubled, some of it is gone."""
    is_later = pl.col("at") >= pl.lit(at).cast(INSTANT)

    def spoil(log: pl.LazyFrame, **values: pl.Expr) -> pl.LazyFrame:
        spoilt = [
            pl.when(is_later).then(v).otherwise(pl.col(k)).alias(k) for k, v in values.items()
        ]
        table = log.with_columns(spoilt).collect()
        later = table.filter(is_later)
        more = later.gather_every(2).with_columns(
            (pl.col(table.columns[0]) + "x").alias(table.columns[0])
        )
        kept = pl.concat([table.filter(~is_later), later[: later.height // 2], more])
        return kept.sort("customer_id", "at", table.columns[0], nulls_last=True).lazy()

    absurd = {
        **{name: pl.lit(1e9) for name in ("wait_minutes", "duration_minutes", "amount", "cost")},
        **{name: ~pl.col(name) for name in ("is_resolved", "is_context_known")},
        "kind": pl.lit("purchase"),
        "direction": pl.lit("inbound"),
        "touchpoint": pl.lit("on_board", tables.interactions.collect_schema()["touchpoint"]),
        "reason": pl.lit("complaint"),
        "closed_at": pl.col("at"),
    }
    answered = {
        "score": pl.col("scale_min"),
        "comment": pl.lit("awful, a complaint"),
        "touchpoint": pl.lit(None, pl.String),
        "metric": pl.lit("stars"),
    }
    invited = {"response_id": pl.lit(None, pl.String)}
    usage = {n: pl.lit(0) for n, p in tables.study.attributes.items() if p.role == "usage"}
    left = pl.col("left_at") >= pl.lit(at).cast(INSTANT)
    customers = tables.customers.with_columns(
        **usage,
        annual_value=pl.lit(-1.0),
        left_reason=pl.lit("absurd"),
        left_at=pl.when(~left).then("left_at"),
    )
    return replace(
        tables,
        customers=customers,
        interactions=spoil(tables.interactions, **absurd),
        responses=spoil(tables.responses, **answered),
        invitations=spoil(tables.invitations, **invited),
    )


@pytest.mark.parametrize("months_before_end", [1, 9])
@pytest.mark.parametrize("leaving", [None, {"times": [2, 3, 4], "at_least_days": 60}])
def test_nothing_at_or_after_the_cutoff_enters(months_before_end: int, leaving) -> None:
    tables = sampled(900)
    if leaving:
        declared = type(tables.study).model_validate(
            {**tables.study.model_dump(exclude_none=True), "leaving": leaving}
        )
        study = declared.model_copy(update={"experience": tables.study.experience})
        unknown = tables.customers.with_columns(left_at=pl.lit(None, INSTANT))
        tables = replace(tables, study=study, customers=unknown)
    at = tables.period().window(months_before_end).start_at
    said = tables.responses.filter(
        pl.col("comment").is_not_null(), pl.col("customer_id").is_not_null()
    )
    tone = said.select("customer_id", "at", tone=pl.col("score") / 10 - 0.5).collect()
    awful = tone.with_columns(
        tone=pl.when(pl.col("at") >= pl.lit(at).cast(INSTANT)).then(-1e9).otherwise("tone")
    )
    clean = build_features(tables, at=at, comments=tone)
    spoilt = build_features(poisoned(tables, at), at=at, comments=awful)
    assert clean.height > 500
    assert clean.write_ipc(None).getvalue() == spoilt.write_ipc(None).getvalue()
    # The poison is real: a month later it is seen.
    later = (
        tables.period().window(months_before_end - 1).start_at if months_before_end > 1 else None
    )
    if later:
        known = build_features(tables, at=later)
        assert not known.equals(build_features(poisoned(tables, at), at=later))


@pytest.mark.slow
def test_earlier_person_months_do_not_see_later_ones() -> None:
    tables = with_few(sampled(900))
    period = tables.period().window(24)
    at = period.window(6).start_at
    leaving = find_leaving(tables, period=period)
    clean = build_person_months(tables, period=period, leaving=leaving)
    spoilt = build_person_months(poisoned(tables, at), period=period, leaving=leaving)
    shared = [name for name in clean.columns if name in spoilt.columns]
    assert set(clean.columns) - set(shared) == set()
    until = pl.col("month") <= period.window(6).start
    assert clean.filter(until).equals(spoilt.filter(until).select(shared))
    assert not clean.filter(~until).equals(spoilt.filter(~until).select(shared))


kinds = st.sampled_from(["purchase", "contact", "use"])
events = st.lists(
    st.tuples(st.sampled_from(["a", "b", None]), st.integers(0, 620), kinds, st.booleans()),
    max_size=30,
)


@settings(max_examples=10, deadline=None)
@given(events=events)
def test_counts_are_what_a_loop_over_rows_finds(events) -> None:
    first = datetime(2024, 1, 1, 12, tzinfo=UTC)
    rows = [
        contact(
            who,
            first + timedelta(days=day),
            kind=kind,  # type: ignore[arg-type]
            direction="inbound" if own else "outbound",
            amount=float(day),
        )
        for who, day, kind, own in events
    ]
    customers = [customer("a"), customer("b", left=on(5, 5))]
    tables = tables_of(*rows, customers=customers)
    months = build_person_months(tables, period=YEAR, leaving=find_leaving(tables, period=YEAR))
    assert months.height == 12 + 5
    starts = {month: datetime(2025, month, 1, tzinfo=UTC) for month in range(1, 13)}
    back = {1: 1, 3: 3, 12: 12}
    for row in months.iter_rows(named=True):
        now = starts[row["month"].month]
        for kind in ("purchase", "contact", "use"):
            own = [
                first + timedelta(days=day)
                for who, day, what, inbound in events
                if who == row["customer_id"] and what == kind and (inbound or kind != "contact")
            ]
            for months_back in back:
                since = _months_earlier(now, months_back)
                expected = sum(since <= at < now for at in own)
                assert row[f"n_{kind}s_{months_back}m"] == expected
            before = [at for at in own if at < now]
            expected = (now - max(before)).days if before else None
            assert row[f"days_since_{kind}"] == expected
        paid = sum(
            day
            for who, day, _, _ in events
            if who == row["customer_id"]
            and _months_earlier(now, 3) <= first + timedelta(days=day) < now
        )
        assert row["amount_3m"] == paid


def _months_earlier(at: datetime, months: int) -> datetime:
    year, month = divmod(at.year * 12 + at.month - 1 - months, 12)
    return at.replace(year=year, month=month + 1)
